//! Locks that a link found, to be added to a door; and locks that nobody can reach, entered as told.

use access::{Capabilities, Command, DoorId, LockAddress, LockId, Told, ToldCode};
use askama::Template;
use axum::response::Response;
use hub::FoundLock;

use super::{DoorChoice, door_choices, lock};
use crate::pages::{Asked, Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words;

struct FoundLine {
    link: String,
    link_words: String,
    key: String,
    name: String,
    model: String,
    can: Vec<(&'static str, String)>,
    weak: bool,
    security: String,
}

#[derive(Template)]
#[template(path = "pages/locks/found.html")]
struct Found {
    frame: Frame,
    found: Vec<FoundLine>,
    doors: Vec<DoorChoice>,
    links: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "pages/locks/told.html")]
struct AskTold {
    frame: Frame,
    doors: Vec<DoorChoice>,
    people: Vec<(String, String)>,
    name: String,
    maker: String,
    model: String,
    log_place: String,
}

/// `GET /locks/found`
pub(crate) async fn found(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    page(&found_page(&visit, query.maybe("door", "Door")?, None))
}

fn found_page(visit: &Visit, door: Option<DoorId>, problem: Option<&Problem>) -> Found {
    let frame = visit.frame("Found locks", Here::Doors).live("links lagged").wrong(problem);
    visit.app.hub.view(|view| Found {
        frame,
        found: view.found().into_iter().map(line).collect(),
        doors: door_choices(view.house, door),
        links: view.links().iter().map(|link| (words::link_name(&link.name).to_owned(), link.up)).collect(),
    })
}

fn line(found: FoundLock) -> FoundLine {
    FoundLine {
        link_words: words::link_name(&found.address.link).to_owned(),
        can: words::capabilities(&found.capabilities),
        weak: found.capabilities.has_weak_link(),
        security: found.capabilities.link_security.clone().unwrap_or_default(),
        link: found.address.link,
        key: found.address.key,
        name: found.name,
        model: found.model,
    }
}

/// `POST /locks/found`
pub(crate) async fn add_found(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let done = match read_found(&visit, &form).await {
        Ok((address, door, name)) => {
            let insist = form.has("insist");
            let added = visit.app.hub.add_found(visit.actor()?, address, door, name, insist).await;
            if added.is_err() && form.raw("door") == "new" {
                take_back(&visit, door).await;
            }
            added.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(id) => Ok(see(&format!("/locks/{id}"), "added")),
        Err(problem) => page_with(problem.status, &found_page(&visit, None, Some(&problem))),
    }
}

async fn read_found(visit: &Visit, form: &Fields) -> Result<(LockAddress, DoorId, String), Problem> {
    let name = form.needed("name", "Name", 80)?;
    let address =
        LockAddress { link: form.needed("link", "Lock", 64)?, key: form.needed("key", "Lock", 256)? };
    let door = door_or_new(visit, form, &name).await?;
    Ok((address, door, name))
}

/// The chosen door, or a new one named as typed.
async fn door_or_new(visit: &Visit, form: &Fields, fallback: &str) -> Result<DoorId, Problem> {
    if form.raw("door") != "new" {
        return form.parsed("door", "Door");
    }
    let name = match form.text("new_door", "Name of the new door", 80)? {
        name if name.is_empty() => fallback.to_owned(),
        name => name,
    };
    let id = DoorId::new(visit.app.fresh_id());
    let time_zone = visit.app.config.time_zone.clone();
    visit.app.hub.act(visit.actor()?, Command::AddDoor { id, name, time_zone, note: String::new() }).await?;
    Ok(id)
}

/// A door that was made for a lock which was then refused goes again.
async fn take_back(visit: &Visit, door: DoorId) {
    let Ok(actor) = visit.actor() else { return };
    if let Err(error) = visit.app.hub.act(actor, Command::RemoveDoor { id: door }).await {
        tracing::warn!(%error, "a door without a lock stays");
    }
}

/// `GET /locks/told`
pub(crate) async fn ask_told(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    page(&told_page(&visit, &query, None))
}

fn told_page(visit: &Visit, form: &Fields, problem: Option<&Problem>) -> AskTold {
    let frame = visit.frame("A lock nobody can reach", Here::Doors).wrong(problem);
    let field = |name: &str| form.raw(name).chars().take(80).collect::<String>();
    let door = form.raw("door").parse().ok();
    visit.app.hub.view(|view| AskTold {
        frame,
        doors: door_choices(view.house, door),
        people: super::people_choices(view.house),
        name: field("name"),
        maker: field("maker"),
        model: field("model"),
        log_place: field("log_place"),
    })
}

/// `POST /locks/told`
pub(crate) async fn add_told(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let id = LockId::new(visit.app.fresh_id());
    let done = match read_told(&visit, &form, id).await {
        Ok(command) => {
            let door = match &command {
                Command::AddLock { door, .. } if form.raw("door") == "new" => Some(*door),
                _ => None,
            };
            let told = visit.app.hub.act(visit.actor()?, command).await;
            if let (Err(_), Some(door)) = (&told, door) {
                take_back(&visit, door).await;
            }
            told.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/locks/{id}"), "added")),
        Err(problem) => page_with(problem.status, &told_page(&visit, &form, Some(&problem))),
    }
}

async fn read_told(visit: &Visit, form: &Fields, id: LockId) -> Result<Command, Problem> {
    let name = form.needed("name", "Name", 80)?;
    let what = form.text("what", "What they hold", 80)?;
    let what = if what.is_empty() { "key or code".to_owned() } else { what };
    let holders: Result<Vec<access::PersonId>, _> = form.all("holders").map(str::parse).collect();
    let holders = holders.map_err(|_| Problem::bad_input("Who has it: please tick people on the page."))?;
    let codes =
        holders.into_iter().map(|person| ToldCode { person, what: what.clone(), until: None }).collect();
    let told = Told { codes, ..lock::told(form)? };
    let door = door_or_new(visit, form, &name).await?;
    let (address, capabilities) = (LockAddress::told(), Capabilities::told());
    Ok(Command::AddLock { id, door, name, address, capabilities, told })
}
