//! The register of keys: who has which copy, where the spare lies, what came back; and the backup, tried.

use access::{DoorId, LockId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use care::living::register::{Holder, KeyCopy, NAME_MAX, PLACE_MAX};
use hub::{Given, KeyWish, View};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::day;
use crate::pages::doors::home_zone;
use crate::pages::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words::{Moment, Zone};

struct KeyLine {
    id: String,
    what: String,
    door: String,
    holder: String,
    lies: bool,
    since: Moment,
    back_by: Option<String>,
    returned: Option<Moment>,
    lost: Option<Moment>,
}

struct BackupLine {
    lock: String,
    name: String,
    door: String,
    tested: Option<Moment>,
    stale: bool,
    told: bool,
    emergency: usize,
}

#[derive(Template)]
#[template(path = "pages/care/keys.html")]
struct KeysPage {
    frame: Frame,
    backups: Vec<BackupLine>,
    out: Vec<KeyLine>,
    back: Vec<KeyLine>,
    doors: Vec<(String, String, bool)>,
    people: Vec<(String, String, bool)>,
    what: String,
    named: String,
    back_by: String,
}

#[derive(Template)]
#[template(path = "pages/care/place.html")]
struct PlacePage {
    frame: Frame,
    what: String,
    place: Zeroizing<String>,
}

/// `GET /care/keys`
pub(crate) async fn list(visit: Visit) -> Result<Response, Problem> {
    page(&keys(&visit, None))
}

fn keys(visit: &Visit, refused: Option<(&Fields, &Problem)>) -> KeysPage {
    let frame = visit.frame("Keys and backup", Here::None).wrong(refused.map(|(_, problem)| problem));
    let register = visit.app.hub.keys();
    let field = |name: &str| {
        refused.map_or("", |(form, _)| form.raw(name)).chars().take(PLACE_MAX).collect::<String>()
    };
    visit.app.hub.view(|view| {
        let zone = home_zone(view, &visit.app.config.time_zone);
        let (mut out, mut back) = (Vec::new(), Vec::new());
        for key in &register.keys {
            let list = if key.returned.is_some() { &mut back } else { &mut out };
            list.push(key_line(view, key, &zone));
        }
        let chosen = |id: &str, field: &str| refused.is_some_and(|(form, _)| form.raw(field) == id);
        let named = |id: String, name: &str, field: &str| (id.clone(), name.to_owned(), chosen(&id, field));
        KeysPage {
            frame,
            backups: backups(view, &zone),
            out,
            back,
            doors: view.house.doors.values().map(|d| named(d.id.to_string(), &d.name, "door")).collect(),
            people: view.house.people.values().map(|p| named(p.id.to_string(), &p.name, "person")).collect(),
            what: field("what"),
            named: field("named"),
            back_by: field("back_by"),
        }
    })
}

fn key_line(view: &View<'_>, key: &KeyCopy, zone: &Zone) -> KeyLine {
    let moment = |at| zone.moment(at, view.now);
    KeyLine {
        id: key.id.to_string(),
        what: key.what.clone(),
        door: view.house.doors.get(&key.door).map_or("a door that was removed", |door| &door.name).to_owned(),
        holder: match &key.holder {
            Holder::Person(id) => {
                view.house.people.get(id).map_or("somebody removed", |p| &p.name).to_owned()
            }
            Holder::Named(name) => name.clone(),
            Holder::Place { .. } => "lies at its place".to_owned(),
        },
        lies: matches!(key.holder, Holder::Place { .. }),
        since: moment(key.since),
        back_by: key.back_by.map(day),
        returned: key.returned.map(moment),
        lost: key.lost.map(moment),
    }
}

fn backups(view: &View<'_>, zone: &Zone) -> Vec<BackupLine> {
    let year = jiff::SignedDuration::from_hours(365 * 24);
    let locks = view.house.locks.values().filter(|lock| lock.removing.is_none());
    locks
        .map(|lock| {
            let tested = lock.told.backup_tested;
            let grants = view.house.grants.values().filter(|grant| grant.revoked.is_none());
            let here = grants.filter(|grant| view.house.doors_of(grant.target).contains(&lock.door));
            BackupLine {
                lock: lock.id.to_string(),
                name: lock.name.clone(),
                door: view.house.doors.get(&lock.door).map_or(String::new(), |door| door.name.clone()),
                tested: tested.map(|at| zone.moment(at, view.now)),
                stale: tested.is_none_or(|at| view.now.duration_since(at) > year),
                told: lock.address.is_told(),
                emergency: here.filter(|grant| view.purpose(grant.credential).is_emergency()).count(),
            }
        })
        .collect()
}

/// `POST /care/keys`
pub(crate) async fn enter(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let done = match wish(&form) {
        Ok(wish) => visit.app.hub.key_enter(visit.actor()?, wish).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see("/care/keys#keys", "added")),
        Err(problem) => page_with(problem.status, &keys(&visit, Some((&form, &problem)))),
    }
}

fn wish(form: &Fields) -> Result<KeyWish, Problem> {
    let back_by = match form.raw("back_by").trim() {
        "" => None,
        text => {
            let refused = |_| Problem::bad_input("Back by: write the day as 2026-06-30.");
            Some(text.parse::<jiff::civil::Date>().map_err(refused)?)
        }
    };
    let given = match form.raw("who") {
        "person" => Given::To(form.parsed("person", "Who has it")?),
        "named" => Given::Named(form.needed("named", "Who has it", NAME_MAX)?),
        "place" => Given::Lies(Zeroizing::new(form.needed("place", "Where it lies", PLACE_MAX)?)),
        _ => return Err(Problem::bad_input("Say who has it, or that it lies somewhere.")),
    };
    let door: DoorId = form.parsed("door", "Door")?;
    Ok(KeyWish { door, what: form.needed("what", "The key", NAME_MAX)?, given, back_by })
}

/// `POST /care/keys/{id}`: it is back, or lost.
pub(crate) async fn back(visit: Visit, Path(id): Path<Uuid>, Sent(form): Sent) -> Result<Response, Problem> {
    let lost = match form.raw("do") {
        "back" => false,
        "lost" => true,
        _ => return Err(Problem::bad_input("Choose: back or lost.")),
    };
    visit.app.hub.key_changed(visit.actor()?, id, lost).await?;
    Ok(see("/care/keys#keys", "changed"))
}

/// `POST /care/keys/{id}/place`: where it lies, shown once and logged.
pub(crate) async fn place(visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let what = visit.app.hub.keys().keys.into_iter().find(|key| key.id == id);
    let what = what.ok_or_else(|| Problem::not_found("key"))?.what;
    let place = match visit.app.hub.key_place(visit.actor()?, id).await {
        Err(hub::HubError::NeedsFreshPassword) => return Ok(see("/confirm?back=/care/keys", "")),
        place => place?,
    };
    page(&PlacePage { frame: visit.frame("Where it lies", Here::None), what, place })
}

/// `POST /care/backup/{id}`: the spare key or emergency code of a lock was tried.
pub(crate) async fn backup(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let works = match form.raw("works") {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::bad_input("Say whether it works.")),
    };
    let note = form.text("note", "Note", 300)?;
    visit.app.hub.backup_tried(visit.actor()?, id, works, &note).await?;
    Ok(see(&format!("/care/keys#lock-{id}"), if works { "tested" } else { "not_working" }))
}
