//! Groups of doors: a grant can name all of them at once.

use access::{Command, DoorId, GroupId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;

struct Line {
    id: String,
    name: String,
    doors: String,
}

struct Tick {
    id: String,
    name: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "pages/groups/groups.html")]
struct Groups {
    frame: Frame,
    groups: Vec<Line>,
    name: String,
    doors: Vec<Tick>,
}

#[derive(Template)]
#[template(path = "pages/groups/group.html")]
struct GroupPage {
    frame: Frame,
    id: String,
    name: String,
    doors: Vec<Tick>,
    grants: usize,
}

/// `GET /groups`
pub(crate) async fn list(visit: Visit) -> Result<Response, Problem> {
    page(&groups(&visit, None, None))
}

fn groups(visit: &Visit, form: Option<&Fields>, problem: Option<&Problem>) -> Groups {
    let frame = visit.frame("Groups", Here::Doors).wrong(problem);
    let name = form.map_or(String::new(), |form| form.raw("name").chars().take(80).collect());
    let doors = ticks(visit, |id| form.is_some_and(|form| form.all("doors").any(|d| d == id)));
    visit.app.hub.view(|view| {
        let line = |group: &access::Group| {
            let names = group.doors.iter().filter_map(|id| view.house.doors.get(id)).map(|d| d.name.as_str());
            let doors = names.collect::<Vec<_>>().join(", ");
            Line { id: group.id.to_string(), name: group.name.clone(), doors }
        };
        Groups { frame, groups: view.house.groups.values().map(line).collect(), name, doors }
    })
}

fn ticks(visit: &Visit, on: impl Fn(&str) -> bool) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = visit.app.hub.view(|view| {
        let tick = |door: &access::Door| {
            let id = door.id.to_string();
            Tick { on: on(&id), id, name: door.name.clone() }
        };
        view.house.doors.values().map(tick).collect()
    });
    ticks.sort_by_key(|tick| tick.name.to_lowercase());
    ticks
}

fn read(form: &Fields) -> Result<(String, Vec<DoorId>), Problem> {
    let name = form.needed("name", "Name", 80)?;
    let doors: Result<Vec<DoorId>, _> = form.all("doors").map(str::parse).collect();
    Ok((name, doors.map_err(|_| Problem::bad_input("Doors: please tick them on the page."))?))
}

/// `POST /groups`
pub(crate) async fn add(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let id = GroupId::new(visit.app.fresh_id());
    let done = match read(&form) {
        Ok((name, doors)) => {
            let command = Command::AddGroup { id, name, doors };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see("/groups", "added")),
        Err(problem) => page_with(problem.status, &groups(&visit, Some(&form), Some(&problem))),
    }
}

/// `GET /groups/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<GroupId>) -> Result<Response, Problem> {
    page(&group(&visit, id, None)?)
}

fn group(visit: &Visit, id: GroupId, problem: Option<&Problem>) -> Result<GroupPage, Problem> {
    let (name, held, grants) = visit.app.hub.view(|view| {
        let group = view.house.groups.get(&id).ok_or_else(|| Problem::not_found("group"))?;
        let names_it =
            |grant: &&access::Grant| grant.target == access::Target::Group(id) && grant.revoked.is_none();
        let grants = view.house.grants.values().filter(names_it).count();
        Ok::<_, Problem>((group.name.clone(), group.doors.clone(), grants))
    })?;
    let frame = visit.frame(name.clone(), Here::Doors).wrong(problem);
    let doors = ticks(visit, |id| id.parse().is_ok_and(|id: DoorId| held.contains(&id)));
    Ok(GroupPage { frame, id: id.to_string(), name, doors, grants })
}

/// `POST /groups/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<GroupId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = match read(&form) {
        Ok((name, doors)) => {
            let command = Command::ChangeGroup { id, name, doors };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/groups/{id}"), "changed")),
        Err(problem) => page_with(problem.status, &group(&visit, id, Some(&problem))?),
    }
}

/// `POST /groups/{id}/remove`
pub(crate) async fn remove(visit: Visit, Path(id): Path<GroupId>) -> Result<Response, Problem> {
    visit.app.hub.act(visit.actor()?, Command::RemoveGroup { id }).await?;
    Ok(see("/groups", "removed"))
}
