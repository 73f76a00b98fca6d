//! People: the list, one person with codes and grants, entering, changing, removing, erasing.

pub(crate) mod import;

use access::{Command, Person, PersonId, PersonKind};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::ports::Purpose;
use hub::{LogFilter, View};

use super::{Fields, Frame, Here, Sent, Visit, WhoRow, page, page_with, see};
use crate::problem::Problem;
use crate::words::{self, Moment, Zone};

/// So many entries of somebody removed are shown before they are erased.
const GONE_LINES: u32 = 20;

struct PersonLine {
    id: String,
    name: String,
    kind: &'static str,
    /// `Front door, all flats`.
    places: String,
    codes: usize,
    /// Removed, and some lock still holds a code.
    leaving: bool,
}

#[derive(Template)]
#[template(path = "pages/people/gone.html")]
struct Gone {
    frame: Frame,
    id: String,
    lines: Vec<(Moment, String)>,
}

#[derive(Template)]
#[template(path = "pages/people/people.html")]
struct People {
    frame: Frame,
    people: Vec<PersonLine>,
    name: String,
    kind: String,
    note: String,
}

struct CodeLine {
    id: String,
    digits: u8,
    changed: Moment,
    /// What it is for, unless it is an ordinary one.
    purpose: Option<&'static str>,
}

struct GrantLine {
    place: String,
    row: WhoRow,
    ended: bool,
}

#[derive(Template)]
#[template(path = "pages/people/person.html")]
struct PersonPage {
    frame: Frame,
    id: String,
    name: String,
    kind: &'static str,
    kind_key: &'static str,
    note: String,
    created: Moment,
    leaving: bool,
    codes: Vec<CodeLine>,
    grants: Vec<GrantLine>,
    ended: usize,
}

/// `GET /people`
pub(crate) async fn list(visit: Visit) -> Result<Response, Problem> {
    page(&people(&visit, None, None))
}

fn people(visit: &Visit, form: Option<&Fields>, problem: Option<&Problem>) -> People {
    let frame = visit.frame("People", Here::People).live("people lagged").wrong(problem);
    let field = |name: &str| form.map_or("", |form| form.raw(name)).chars().take(500).collect::<String>();
    visit.app.hub.view(|view| {
        let mut people: Vec<PersonLine> = view.house.people.values().map(|p| person_line(view, p)).collect();
        people.sort_by_key(|line| line.name.to_lowercase());
        People { frame, people, name: field("name"), kind: field("kind"), note: field("note") }
    })
}

fn person_line(view: &View<'_>, person: &Person) -> PersonLine {
    let house = view.house;
    let mut places: Vec<String> = house
        .grants
        .values()
        .filter(|grant| grant.person == person.id && grant.revoked.is_none())
        .filter_map(|grant| super::give::place(house, grant.target).ok())
        .collect();
    places.dedup();
    PersonLine {
        id: person.id.to_string(),
        name: person.name.clone(),
        kind: kind_words(person.kind),
        places: if places.is_empty() { "no access".to_owned() } else { places.join(", ") },
        codes: house.credentials.values().filter(|code| code.person == person.id).count(),
        leaving: person.removing.is_some(),
    }
}

/// `POST /people`
pub(crate) async fn add(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let id = PersonId::new(visit.app.fresh_id());
    let done = match read(&form) {
        Ok((name, kind, note)) => {
            let command = Command::AddPerson { id, name, kind, note };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/people/{id}"), "added")),
        Err(problem) => page_with(problem.status, &people(&visit, Some(&form), Some(&problem))),
    }
}

/// `GET /people/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<PersonId>) -> Result<Response, Problem> {
    if visit.app.hub.view(|view| view.house.people.contains_key(&id)) {
        return page(&person(&visit, id, None)?);
    }
    page(&gone(&visit, id).await?)
}

/// Somebody who is on no list any more, but in the log: it can be forgotten who that was.
async fn gone(visit: &Visit, id: PersonId) -> Result<Gone, Problem> {
    let filter = LogFilter { person: Some(id), limit: GONE_LINES, ..LogFilter::default() };
    let items = visit.app.hub.log(visit.actor()?, &filter).await?;
    let items: Vec<_> = items.into_iter().filter(|item| !item.erased).collect();
    if items.is_empty() {
        return Err(Problem::not_found("person"));
    }
    let frame = visit.frame("Somebody removed", Here::People);
    let (zone, now) =
        visit.app.hub.view(|view| (super::doors::home_zone(view, &visit.app.config.time_zone), view.now));
    let line = |item: hub::LogItem| (zone.moment(item.happened, now), item.summary);
    Ok(Gone { frame, id: id.to_string(), lines: items.into_iter().map(line).collect() })
}

fn person(visit: &Visit, id: PersonId, problem: Option<&Problem>) -> Result<PersonPage, Problem> {
    let mut frame = visit.frame("Person", Here::People).live("people lock lagged").wrong(problem);
    let fallback = &visit.app.config.time_zone;
    visit.app.hub.view(|view| {
        let person = view.house.people.get(&id).ok_or_else(|| Problem::not_found("person"))?;
        let zone = super::doors::home_zone(view, fallback);
        frame.title.clone_from(&person.name);
        let code = |code: &access::Credential| CodeLine {
            id: code.id.to_string(),
            digits: code.digits,
            changed: zone.moment(code.changed, view.now),
            purpose: Some(view.purpose(code.id)).filter(|p| *p != Purpose::Ordinary).map(Purpose::name),
        };
        let codes = view.house.credentials.values().filter(|c| c.person == id).map(code).collect();
        let mut grants: Vec<GrantLine> = view
            .house
            .grants
            .values()
            .filter(|grant| grant.person == id)
            .map(|grant| grant_line(view, grant))
            .collect();
        grants.sort_by_key(|line| line.ended);
        Ok(PersonPage {
            id: id.to_string(),
            name: person.name.clone(),
            kind: kind_words(person.kind),
            kind_key: kind_key(person.kind),
            note: person.note.clone(),
            created: zone.moment(person.created, view.now),
            leaving: person.removing.is_some(),
            codes,
            ended: grants.iter().filter(|line| line.ended).count(),
            grants,
            frame,
        })
    })
}

fn grant_line(view: &View<'_>, grant: &access::Grant) -> GrantLine {
    let house = view.house;
    let stands = house
        .doors_of(grant.target)
        .iter()
        .filter_map(|id| house.doors.get(id))
        .flat_map(|door| {
            let zone = Zone::named(&door.time_zone);
            house.locks_of(door.id).map(move |lock| super::Stand {
                lock: format!("{}, {}", door.name, lock.name),
                lock_id: lock.id.to_string(),
                said: words::standing(&view.standing(grant, lock), view.live(lock.id), &zone, view.now),
            })
        })
        .collect();
    let row = WhoRow {
        grant: grant.id.to_string(),
        person: String::new(),
        person_id: grant.person,
        when: super::when(house, grant),
        reason: grant.reason.clone(),
        stands,
    };
    let place = super::give::place(house, grant.target).unwrap_or_else(|_| "a door removed since".to_owned());
    GrantLine { place, ended: grant.revoked.is_some(), row }
}

/// `POST /people/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<PersonId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = match read(&form) {
        Ok((name, kind, note)) => {
            let command = Command::ChangePerson { id, name, kind, note };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/people/{id}"), "changed")),
        Err(problem) => page_with(problem.status, &person(&visit, id, Some(&problem))?),
    }
}

/// `POST /people/{id}/remove`
pub(crate) async fn remove(visit: Visit, Path(id): Path<PersonId>) -> Result<Response, Problem> {
    visit.app.hub.act(visit.actor()?, Command::RemovePerson { id }).await?;
    Ok(see("/people", "removed"))
}

/// `POST /people/{id}/erase`
pub(crate) async fn erase(visit: Visit, Path(id): Path<PersonId>) -> Result<Response, Problem> {
    visit.app.hub.erase_person(visit.actor()?, id).await?;
    Ok(see("/log", "erased"))
}

fn read(form: &Fields) -> Result<(String, PersonKind, String), Problem> {
    let kind = match form.raw("kind") {
        "resident" => PersonKind::Resident,
        "service" => PersonKind::Service,
        "guest" => PersonKind::Guest,
        _ => return Err(Problem::bad_input("Kind: choose resident, guest or service.")),
    };
    Ok((form.needed("name", "Name", 80)?, kind, form.text("note", "Note", 500)?))
}

/// For people.
pub(crate) fn kind_words(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Resident => "lives here",
        PersonKind::Guest => "guest",
        PersonKind::Service => "service",
    }
}

fn kind_key(kind: PersonKind) -> &'static str {
    match kind {
        PersonKind::Resident => "resident",
        PersonKind::Guest => "guest",
        PersonKind::Service => "service",
    }
}
