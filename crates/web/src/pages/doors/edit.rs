//! Entering, changing and removing a door.

use access::{Command, Door, DoorId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use crate::pages::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/doors/edit.html")]
struct Edit {
    frame: Frame,
    /// `None`: a new door.
    id: Option<String>,
    name: String,
    time_zone: String,
    note: String,
    locks: usize,
}

/// `GET /doors/new`
pub(crate) async fn new(visit: Visit) -> Result<Response, Problem> {
    let time_zone = visit.app.config.time_zone.clone();
    let frame = visit.frame("Enter a door", Here::Doors);
    page(&Edit { frame, id: None, name: String::new(), time_zone, note: String::new(), locks: 0 })
}

/// `POST /doors`
pub(crate) async fn add(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let id = DoorId::new(visit.app.fresh_id());
    let done = match read(&form) {
        Ok((name, time_zone, note)) => {
            let command = Command::AddDoor { id, name, time_zone, note };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/doors/{id}"), "added")),
        Err(problem) => again(&visit, None, &form, &problem),
    }
}

/// `GET /doors/{id}/edit`
pub(crate) async fn edit(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    let frame = visit.frame("Change a door", Here::Doors);
    let template = visit.app.hub.view(|view| {
        let door = view.house.doors.get(&id).ok_or_else(|| Problem::not_found("door"))?;
        let Door { name, time_zone, note, .. } = door.clone();
        let locks = view.house.locks_of(id).count();
        Ok::<_, Problem>(Edit { frame, id: Some(id.to_string()), name, time_zone, note, locks })
    })?;
    page(&template)
}

/// `POST /doors/{id}/edit`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<DoorId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = match read(&form) {
        Ok((name, time_zone, note)) => {
            let command = Command::ChangeDoor { id, name, time_zone, note };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/doors/{id}"), "changed")),
        Err(problem) => again(&visit, Some(id), &form, &problem),
    }
}

/// `POST /doors/{id}/remove`
pub(crate) async fn remove(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    visit.app.hub.act(visit.actor()?, Command::RemoveDoor { id }).await?;
    Ok(see("/", "removed"))
}

fn read(form: &Fields) -> Result<(String, String, String), Problem> {
    let name = form.needed("name", "Name", 80)?;
    let time_zone = form.needed("time_zone", "Time zone", 64)?;
    Ok((name, time_zone, form.text("note", "Note", 500)?))
}

fn again(visit: &Visit, id: Option<DoorId>, form: &Fields, problem: &Problem) -> Result<Response, Problem> {
    let title = if id.is_some() { "Change a door" } else { "Enter a door" };
    let field = |name: &str| form.raw(name).chars().take(600).collect::<String>();
    let template = Edit {
        frame: visit.frame(title, Here::Doors).wrong(Some(problem)),
        locks: id.map_or(0, |id| visit.app.hub.view(|view| view.house.locks_of(id).count())),
        id: id.map(|id| id.to_string()),
        name: field("name"),
        time_zone: field("time_zone"),
        note: field("note"),
    };
    page_with(problem.status, &template)
}
