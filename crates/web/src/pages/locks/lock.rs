//! One lock: abilities and limits, what is told of it, its slots, removing it.

use access::{Command, DoorId, Lock, LockId, Told};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::{Actor, View};

use super::{Doing, DoorChoice, door_choices};
use crate::pages::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::state::App;
use crate::words::{self, Moment, Tone, Zone};

struct Slot {
    slot: u16,
    since: Moment,
}

#[derive(Template)]
#[template(path = "pages/locks/lock.html")]
struct LockPage {
    frame: Frame,
    id: String,
    name: String,
    door: String,
    door_id: String,
    doors: Vec<DoorChoice>,
    link: String,
    key: String,
    told: bool,
    virtual_lock: bool,
    state: Vec<(&'static str, String)>,
    can: Vec<(&'static str, String)>,
    maker: String,
    model: String,
    firmware: String,
    log_place: String,
    backup_tested: Option<Moment>,
    backup_stale: bool,
    strangers: Vec<Slot>,
    people: Vec<(String, String)>,
    /// Changes that wait, were refused or given up.
    errands: Vec<(Tone, String)>,
    removing: bool,
    codes: usize,
    doing: Doing,
}

/// `GET /locks/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    page(&lock_page(&visit, id, None)?)
}

pub(super) fn lock_page(
    visit: &Visit,
    id: LockId,
    problem: Option<&Problem>,
) -> Result<impl Template, Problem> {
    let frame = visit.frame("Lock", Here::Doors).live("lock lagged").wrong(problem);
    visit.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).ok_or_else(|| Problem::not_found("lock"))?;
        Ok::<_, Problem>(fill(view, frame, lock))
    })
}

fn fill(view: &View<'_>, mut frame: Frame, lock: &Lock) -> LockPage {
    let house = view.house;
    let door = house.doors.get(&lock.door);
    let zone = Zone::named(door.map_or("UTC", |door| &door.time_zone));
    frame.title.clone_from(&lock.name);
    let strangers = view.strangers().into_iter().filter(|(at, ..)| *at == lock.id);
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let year = jiff::SignedDuration::from_hours(366 * 24);
    LockPage {
        id: lock.id.to_string(),
        name: lock.name.clone(),
        door: door.map_or("no door", |door| &door.name).to_owned(),
        door_id: lock.door.to_string(),
        doors: door_choices(house, Some(lock.door)),
        link: words::link_name(&lock.address.link).to_owned(),
        key: lock.address.key.clone(),
        told: lock.address.is_told(),
        virtual_lock: lock.address.link == "virtual",
        state: live_lines(view, lock, &zone),
        can: words::capabilities(&lock.capabilities),
        maker: text(&lock.told.maker),
        model: text(&lock.told.model),
        firmware: text(&lock.told.firmware),
        log_place: text(&lock.told.log_place),
        backup_tested: lock.told.backup_tested.map(|at| zone.moment(at, view.now)),
        backup_stale: lock.told.backup_tested.is_none_or(|at| view.now.duration_since(at) > year),
        strangers: strangers.map(|(_, slot, at)| Slot { slot, since: zone.moment(at, view.now) }).collect(),
        people: super::people_choices(house),
        errands: errands(view, lock, &zone),
        removing: lock.removing.is_some(),
        doing: super::doing(view, lock, &zone, "lock".to_owned()),
        codes: house.wanted_of(lock.id).filter(|wanted| wanted.spec.is_some()).count(),
        frame,
    }
}

fn live_lines(view: &View<'_>, lock: &Lock, zone: &Zone) -> Vec<(&'static str, String)> {
    let live = view.live(lock.id);
    if lock.address.is_told() {
        return Vec::new();
    }
    let moment = |at| zone.moment(at, view.now).ago();
    let mut lines = vec![("Reach", words::reach(live.reachable).0.to_owned())];
    if let Some(at) = live.last_contact {
        lines.push(("Last heard", moment(at)));
    }
    if let Some(at) = live.silent_since {
        lines.push(("Silent since", zone.moment(at, view.now).words()));
    }
    if let Some(at) = live.next_contact {
        lines.push(("Next contact", format!("about {}", zone.moment(at, view.now).words())));
    }
    let (bolt, why, _) = words::bolt(live.bolt.0, live.jammed);
    lines.push(("Bolt", format!("{bolt}: {why}")));
    lines.push(("Door", words::door_leaf(live.door.0).to_owned()));
    if let Some((percent, at)) = live.battery_percent {
        let low = if live.battery_low { ", low" } else { "" };
        lines.push(("Battery", format!("{percent} %{low}, {}", moment(at))));
    }
    if let Some(outlook) = &live.outlook {
        lines.push(("Cells last", words::outlook(outlook, zone)));
    }
    if let Some(known) = live.clock_known {
        let words = match (known, live.clock_unconfirmed) {
            (true, _) => "set",
            (false, true) => "jumped: codes with hours wait until somebody confirms the time",
            (false, false) => "not set: codes with hours are refused",
        };
        lines.push(("Clock", words.to_owned()));
    }
    if let Some(mode) = live.mode {
        lines.push(("Mode", mode.name().to_owned()));
    }
    if let Some(signal) = &live.signal {
        lines.push(("Signal", signal.clone()));
    }
    let firmware = live.firmware.as_ref().or(lock.capabilities.firmware.as_ref());
    lines.push(("Firmware", firmware.map_or("not reported".to_owned(), |f| format!("{f}, reported"))));
    lines
}

fn errands(view: &View<'_>, lock: &Lock, zone: &Zone) -> Vec<(Tone, String)> {
    let rows = view.errands(lock).into_iter();
    rows.map(|errand| {
        let (tone, word) = match errand.state {
            access::ErrandState::Due => (Tone::Amber, "waits"),
            access::ErrandState::InFlight => (Tone::Moving, "is being sent"),
            access::ErrandState::Refused => (Tone::Bad, "was refused by the lock"),
            access::ErrandState::Suspended => (Tone::Bad, "was given up for now"),
        };
        let since = zone.moment(errand.since, view.now).words();
        let why = errand.last_error.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let tries = if errand.tries > 1 { format!(", {} tries", errand.tries) } else { String::new() };
        let next = errand.next_try.map(|at| format!(", next try {}", zone.moment(at, view.now).words()));
        let next = next.unwrap_or_default();
        (tone, format!("The change of slot {} {word} since {since}{why}{tries}{next}", errand.slot))
    })
    .collect()
}

/// `POST /locks/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let before = visit.app.hub.view(|view| view.house.locks.get(&id).map(|lock| lock.told.clone()));
    let before = before.ok_or_else(|| Problem::not_found("lock"))?;
    let command = (|| {
        let name = form.needed("name", "Name", 80)?;
        let door = form.parsed("door", "Door")?;
        let told = Told { codes: before.codes, backup_tested: before.backup_tested, ..told(&form)? };
        Ok::<_, Problem>(Command::ChangeLock { id, door, name, told })
    })();
    let done = match command {
        Ok(command) => visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/locks/{id}"), "changed")),
        Err(problem) => page_with(problem.status, &lock_page(&visit, id, Some(&problem))?),
    }
}

/// What the owner tells of a lock.
pub(super) fn told(form: &Fields) -> Result<Told, Problem> {
    let field = |name: &str, label: &str| {
        form.text(name, label, 80).map(|text| if text.is_empty() { None } else { Some(text) })
    };
    Ok(Told {
        maker: field("maker", "Maker")?,
        model: field("model", "Model")?,
        firmware: field("firmware", "Firmware")?,
        log_place: field("log_place", "Where its log is kept")?,
        ..Told::default()
    })
}

/// `POST /locks/{id}/backup-tested`: the spare key or emergency code was tried just now.
pub(crate) async fn backup_tested(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    let command = visit.app.hub.view(|view| {
        let lock = view.house.locks.get(&id)?;
        let told = Told { backup_tested: Some(view.now), ..lock.told.clone() };
        Some(Command::ChangeLock { id, door: lock.door, name: lock.name.clone(), told })
    });
    let command = command.ok_or_else(|| Problem::not_found("lock"))?;
    visit.app.hub.act(visit.actor()?, command).await?;
    Ok(see(&format!("/locks/{id}"), "tested"))
}

/// `POST /locks/{id}/retry`
pub(crate) async fn retry(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    visit.app.hub.retry(visit.actor()?, id).await?;
    Ok(see(&format!("/locks/{id}"), "retry"))
}

/// `POST /locks/{id}/remove`: first its codes, then the lock.
pub(crate) async fn remove(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    let door = visit.app.hub.view(|view| view.house.locks.get(&id).map(|lock| lock.door));
    let door = door.ok_or_else(|| Problem::not_found("lock"))?;
    visit.app.hub.act(visit.actor()?, Command::RemoveLock { id }).await?;
    Ok(see(&format!("/doors/{door}"), "removing"))
}

/// `POST /locks/{id}/forget`: as it is, codes and all.
pub(crate) async fn forget(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    let door = forget_lock(&visit.app, visit.actor()?, id).await?;
    Ok(see(&format!("/doors/{door}"), "removed"))
}

/// Forgets a lock as it is and says on which door it was. A virtual lock has no other owner: its process and
/// its storage go with it.
pub(crate) async fn forget_lock(app: &App, actor: &Actor, id: LockId) -> Result<DoorId, Problem> {
    let lock = app.hub.view(|view| view.house.locks.get(&id).cloned());
    let lock = lock.ok_or_else(|| Problem::not_found("lock"))?;
    app.hub.act(actor, Command::ForgetLock { id }).await?;
    if let Some(bodies) = app.bodies.as_ref().filter(|_| lock.address.link == "virtual") {
        bodies.remove(&lock.address).await?;
    }
    Ok(lock.door)
}
