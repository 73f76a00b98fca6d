//! One door: its drawing, its state, who can get in with the evidence, lock and unlock, the log of the day.

use access::{Door, DoorId, Lock, LockId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::ports::Operation;
use hub::{LogFilter, LogItem, RedFlag, View};
use jiff::Timestamp;

use super::{State, last_contact, state};
use crate::drawing::DoorDrawing;
use crate::pages::locks::last_rehearsed;
use crate::pages::{Asked, Frame, Here, Sent, Visit, WhoRow, page, see, who_can_open};
use crate::problem::Problem;
use crate::words::{self, Decided, Moment, Tone, Zone};

/// So many entries of the day are shown; the log has all.
const DAY_MAX: u32 = 40;
/// How far back the last decision is looked for.
const DECISIONS_BACK: u32 = 20;

/// What a person at the door would call an event; the log has the rest.
const DAY_KINDS: [&str; 4] = ["entry", "refused", "access", "alert"];

struct LockLine {
    id: String,
    name: String,
    told: bool,
    remote: bool,
    virtual_lock: bool,
    bolt: &'static str,
    reach: (&'static str, Tone),
    last: Option<Moment>,
    battery: Option<String>,
    /// How long the cells last: an estimate.
    outlook: Option<String>,
    notes: Vec<(Tone, String)>,
    /// The budget of wrong codes, where it is low or spent.
    budget: Option<(Tone, String)>,
    /// The clock waits for a person's word.
    clock_waits: bool,
    /// When backup access and power were last tried.
    tested: Vec<String>,
}

/// The last decision of a lock on this door.
struct LastDecision {
    at: Moment,
    lock: Option<String>,
    decided: Decided,
}

struct ToldHolder {
    person: String,
    what: String,
    lock: String,
}

struct DayLine {
    at: Moment,
    text: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "pages/doors/door.html")]
struct DoorPage {
    frame: Frame,
    id: String,
    name: String,
    note: String,
    zone: String,
    local_time: Moment,
    state: State,
    drawing: DoorDrawing,
    /// Whether the survey says what cylinder is in it.
    lab: bool,
    locks: Vec<LockLine>,
    who: Vec<WhoRow>,
    told: Vec<ToldHolder>,
    strangers: Vec<(String, String, u16, Moment)>,
    /// Red flags: what, evidence, since.
    flags: Vec<(&'static str, String, Moment)>,
    day: Vec<DayLine>,
    log_size: u64,
    decision: Option<LastDecision>,
}

#[derive(Template)]
#[template(path = "pages/doors/unlock.html")]
struct Unlock {
    frame: Frame,
    lock: String,
    name: String,
    door: String,
    door_name: String,
}

/// `GET /doors/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    let frame = visit.frame("Door", Here::Doors).live("door lock people log links lagged");
    let (door, midnight) = visit.app.hub.view(|view| {
        let door = view.house.doors.get(&id).cloned().ok_or_else(|| Problem::not_found("door"))?;
        let zone = Zone::named(&door.time_zone);
        let midnight = zone.instant(zone.civil(view.now).date().at(0, 0, 0, 0));
        Ok::<_, Problem>((door, midnight))
    })?;
    let kinds = DAY_KINDS.map(str::to_owned).to_vec();
    let today = LogFilter { door: Some(id), since: midnight, kinds, limit: DAY_MAX, ..LogFilter::default() };
    let items = visit.app.hub.log(visit.actor()?, &today).await?;
    let flags = visit.app.hub.red_flags(Some(id));
    let mut newest = items.iter().find(|item| words::decided(item, None).is_some()).cloned();
    if newest.is_none() {
        let kinds = words::DECISIONS.map(str::to_owned).to_vec();
        let before = LogFilter { door: Some(id), kinds, limit: DECISIONS_BACK, ..LogFilter::default() };
        let older = visit.app.hub.log(visit.actor()?, &before).await?;
        newest = older.into_iter().find(|item| words::decided(item, None).is_some());
    }
    let mut template = visit.app.hub.view(|view| {
        let mut template = fill(view, frame, &door, &items, &flags);
        let zone = Zone::named(&door.time_zone);
        template.decision = newest.as_ref().and_then(|item| last_decision(view, item, &zone));
        template
    });
    template.lab = door::mechanics::description(&visit.app.hub.survey(id)).is_some();
    page(&template)
}

fn fill(view: &View<'_>, mut frame: Frame, door: &Door, items: &[LogItem], flags: &[RedFlag]) -> DoorPage {
    let zone = Zone::named(&door.time_zone);
    let locks: Vec<&Lock> = view.house.locks_of(door.id).collect();
    let drawn: Vec<_> = locks.iter().map(|lock| (*lock, view.live(lock.id))).collect();
    frame.title.clone_from(&door.name);
    let strangers = view
        .strangers()
        .into_iter()
        .filter_map(|(id, slot, at)| {
            let lock = locks.iter().find(|lock| lock.id == id)?;
            Some((lock.id.to_string(), lock.name.clone(), slot, zone.moment(at, view.now)))
        })
        .collect();
    let told = locks
        .iter()
        .flat_map(|lock| lock.told.codes.iter().map(move |code| (lock, code)))
        .map(|(lock, code)| ToldHolder {
            person: view.house.people.get(&code.person).map_or("somebody", |p| &p.name).to_owned(),
            what: format!("{} {}", code.what, words::span(None, code.until)),
            lock: lock.name.clone(),
        })
        .collect();
    DoorPage {
        id: door.id.to_string(),
        name: door.name.clone(),
        note: door.note.clone(),
        zone: door.time_zone.clone(),
        local_time: zone.moment(view.now, view.now),
        state: state(view, &locks, &zone),
        drawing: DoorDrawing::new(&door.name, &drawn),
        lab: false,
        locks: locks.iter().map(|lock| line(view, lock, &zone)).collect(),
        who: who_can_open(view, door),
        told,
        strangers,
        flags: flags
            .iter()
            .map(|flag| (flag.what, flag.evidence.clone(), zone.moment(flag.since, view.now)))
            .collect(),
        day: items.iter().map(|item| day_line(item, &zone, view.now)).collect(),
        log_size: view.journal().size,
        decision: None,
        frame,
    }
}

fn line(view: &View<'_>, lock: &Lock, zone: &Zone) -> LockLine {
    let live = view.live(lock.id);
    let told = lock.address.is_told();
    let mut notes = Vec::new();
    if live.jammed {
        notes
            .push((Tone::Bad, "Jammed: check that the door is shut and the bolt meets its hole.".to_owned()));
    }
    if let Some(until) = live.lockout_until.filter(|until| *until > view.now) {
        let until = zone.moment(until, view.now).words();
        notes.push((Tone::Bad, format!("Too many wrong codes: the keypad is shut until {until}.")));
    }
    notes.extend(words::notes(live, zone, view.now));
    if live.reachable == Some(false) {
        let next = live.next_contact.map(|at| zone.moment(at, view.now).words());
        let next = next.map_or(String::new(), |at| format!(" Next contact about {at}."));
        let text = format!("Out of reach: codes and keys still work at the door; changes wait.{next}");
        notes.push((Tone::Amber, text));
    }
    if lock.removing.is_some() {
        notes.push((Tone::Moving, "Being removed: its codes are taken off first.".to_owned()));
    }
    LockLine {
        id: lock.id.to_string(),
        name: lock.name.clone(),
        told,
        remote: lock.capabilities.remote && !told,
        virtual_lock: lock.address.link == "virtual",
        bolt: words::bolt(live.bolt.0, live.jammed).0,
        reach: words::reach(live.reachable),
        last: last_contact(view, live, zone),
        battery: words::battery(live, zone, view.now),
        outlook: live.outlook.as_ref().map(|outlook| words::outlook(outlook, zone)),
        budget: words::budget(live.budget),
        clock_waits: live.clock_unconfirmed,
        tested: tested(view, lock, zone),
        notes,
    }
}

/// `Spare key or emergency code last tried 3 Nov 14:02`, and the rehearsals.
fn tested(view: &View<'_>, lock: &Lock, zone: &Zone) -> Vec<String> {
    let backup = lock.told.backup_tested.map(|at| zone.moment(at, view.now).words());
    let mut lines = vec![match backup {
        Some(at) => format!("Spare key or emergency code last tried {at}"),
        None => "Spare key or emergency code: never tried, as far as is known".to_owned(),
    }];
    lines.extend(last_rehearsed(view, lock.id, zone));
    lines
}

fn last_decision(view: &View<'_>, item: &LogItem, zone: &Zone) -> Option<LastDecision> {
    let person = item.person.and_then(|id| view.house.people.get(&id)).map(|person| person.name.as_str());
    let decided = words::decided(item, person)?;
    let id: Option<LockId> = item.detail.get("lock").and_then(|id| serde_json::from_value(id.clone()).ok());
    let lock = id.and_then(|id| view.house.locks.get(&id)).map(|lock| lock.name.clone());
    Some(LastDecision { at: zone.moment(item.happened, view.now), lock, decided })
}

fn day_line(item: &LogItem, zone: &Zone, now: Timestamp) -> DayLine {
    let late = item.at.duration_since(item.happened).as_secs() > 60;
    DayLine { at: zone.moment(item.happened, now), text: item.summary.clone(), late }
}

/// `GET /locks/{id}/unlock`: the deliberate second press, for browsers without script and for everybody else.
pub(crate) async fn confirm_unlock(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    let (lock, door) = place(&visit, id)?;
    let frame = visit.frame(format!("Unlock {}", door.name), Here::Doors);
    let (door_name, door) = (door.name, door.id.to_string());
    page(&Unlock { frame, lock: id.to_string(), name: lock.name, door, door_name })
}

/// `POST /locks/{id}/operate`
pub(crate) async fn operate(
    visit: Visit,
    Path(id): Path<LockId>,
    Asked(_): Asked,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let (_, door) = place(&visit, id)?;
    let (operation, done) = match form.raw("do") {
        "lock" => (Operation::Lock, "locking"),
        "unlock" if form.raw("sure") == "yes" => (Operation::Unlock, "unlocking"),
        "unlock" => return Ok(see(&format!("/locks/{id}/unlock"), "")),
        _ => return Err(Problem::bad_input("Choose lock or unlock.")),
    };
    visit.app.hub.operate(visit.actor()?, id, operation).await?;
    Ok(see(&format!("/doors/{}", door.id), done))
}

fn place(visit: &Visit, id: LockId) -> Result<(Lock, Door), Problem> {
    visit.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).cloned().ok_or_else(|| Problem::not_found("lock"))?;
        let door = view.house.doors.get(&lock.door).cloned().ok_or_else(|| Problem::not_found("door"))?;
        Ok((lock, door))
    })
}
