//! Virtual locks: one press adds one; a drawn door with keypad, thumbturn, key, leaf, battery, and switches
//! for its troubles. What a hand does here goes to the lock's body; the hub learns of it by radio only.

mod hands;
mod make;

pub(crate) use make::make;

use std::sync::Arc;

use access::{DoorId, LockAddress, LockId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::ports::body::RadioFaults;
use hub::ports::{Bodies, BodyError, BodyState, Order, SecondController};

use super::{Frame, Here, Sent, Visit, page, see};
use crate::pages::locks::Doing;
use crate::problem::Problem;
use crate::words::{Moment, Zone};

#[derive(Template)]
#[template(path = "pages/virtual_lock/list.html")]
struct List {
    frame: Frame,
    locks: Vec<(String, String, String)>,
}

/// One switch: what it is called, whether it is on, and what pressing it does.
struct Switch {
    label: &'static str,
    on: bool,
    /// The word for the hand.
    hand: &'static str,
    /// What it does while it is on.
    effect: &'static str,
}

#[derive(Template)]
#[template(path = "pages/virtual_lock/virtual_lock.html")]
struct VirtualLock {
    frame: Frame,
    id: String,
    name: String,
    door: String,
    door_id: String,
    body: Option<Body>,
    /// Why there is nothing to be seen.
    down: Option<String>,
    /// What a hand could not do just now, and why.
    refused: Option<String>,
    /// Slots with a code of ours: whom a finger or card can be given to.
    holders: Vec<(u16, String)>,
    doing: Doing,
}

struct Body {
    state: BodyState,
    /// What of all this asks for attention, in plain words.
    told: Vec<String>,
    /// Where the bolt is drawn, 0 to 60.
    bolt_x: u16,
    bolt_words: String,
    lockout: Option<Moment>,
    clock: Option<Moment>,
    decided: Option<Moment>,
    switches: Vec<Switch>,
    battery_words: String,
}

/// `GET /virtual`
pub(crate) async fn list(visit: Visit) -> Result<Response, Problem> {
    let frame = visit.frame("Virtual locks", Here::Doors);
    let bodies = bodies(&visit)?;
    let locks = visit.app.hub.view(|view| {
        bodies
            .list()
            .into_iter()
            .filter_map(|(address, name)| {
                let lock = view.house.locks.values().find(|lock| lock.address == address)?;
                let door = view.house.doors.get(&lock.door).map_or(String::new(), |d| d.name.clone());
                Some((lock.id.to_string(), name, door))
            })
            .collect()
    });
    page(&List { frame, locks })
}

/// `POST /virtual`: one press.
pub(crate) async fn add(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let door = form.maybe::<DoorId>("door", "Door")?;
    let id = make(&visit.app, visit.actor()?, None, door).await?;
    Ok(see(&format!("/virtual/{id}"), "added"))
}

/// `GET /virtual/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<LockId>) -> Result<Response, Problem> {
    page(&virtual_page(&visit, id, None).await?)
}

async fn virtual_page(visit: &Visit, id: LockId, refused: Option<String>) -> Result<VirtualLock, Problem> {
    let mut frame = visit.frame("Virtual lock", Here::Doors).live("lock lagged");
    frame.body = id.to_string();
    let bodies = bodies(visit)?;
    let (address, name, door, door_id, zone, now) = place(visit, id)?;
    frame.title = format!("{name}, virtual lock");
    let (body, down) = match bodies.state(&address).await {
        Ok(state) => (Some(seen(state, &zone, now)), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let (holders, doing) = visit.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).ok_or_else(|| Problem::not_found("virtual lock"))?;
        let doing = crate::pages::locks::doing(view, lock, &zone, "virtual".to_owned());
        Ok::<_, Problem>((holders(view, id), doing))
    })?;
    Ok(VirtualLock { frame, id: id.to_string(), name, door, door_id, body, down, refused, holders, doing })
}

/// Slots of a lock with the person whose code is meant to be in each.
fn holders(view: &hub::View<'_>, id: LockId) -> Vec<(u16, String)> {
    let person = |wanted: &access::Wanted| {
        let code = view.house.credentials.get(&wanted.spec.as_ref()?.credential)?;
        let person = view.house.people.get(&code.person)?;
        Some((wanted.slot, person.name.clone()))
    };
    view.house.wanted_of(id).filter_map(person).collect()
}

/// `POST /virtual/{id}/hand`
pub(crate) async fn hand(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let hand = hands::read(&form)?;
    let (address, ..) = place(&visit, id)?;
    match bodies(&visit)?.hand(&address, hand).await {
        Ok(_) => Ok(see(&format!("/virtual/{id}"), "")),
        // what is impossible at the door is said beside it
        Err(BodyError::Refused(why)) => page(&virtual_page(&visit, id, Some(why)).await?),
        Err(error) => Err(error.into()),
    }
}

/// `POST /virtual/{id}/order`: a finger or card is learnt, or a second controller does something.
pub(crate) async fn order(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let (address, ..) = place(&visit, id)?;
    let slot = || form.parsed::<u16>("slot", "Slot");
    let user = || form.parsed::<u16>("user", "Whose");
    let done = match form.raw("do") {
        "enrol:finger" => {
            let order = Order::EnrolFinger { user: user()?, template: hands::template(&form)? };
            visit.app.hub.order(visit.actor()?, id, order).await?;
            "enrolled"
        }
        "enrol:card" => {
            let order = Order::EnrolCard { user: user()?, number: hands::card(&form)? };
            visit.app.hub.order(visit.actor()?, id, order).await?;
            "enrolled"
        }
        "other:writes" => {
            let slot = slot()?;
            bodies(&visit)?
                .second_controller(&address, SecondController::OtherControllerWrites { slot })
                .await?;
            "other"
        }
        "other:clears" => {
            let slot = slot()?;
            bodies(&visit)?
                .second_controller(&address, SecondController::OtherControllerClears { slot })
                .await?;
            "other"
        }
        _ => return Err(Problem::bad_input("Use the buttons of the page.")),
    };
    Ok(see(&format!("/virtual/{id}"), done))
}

pub(crate) fn bodies_of(app: &crate::state::App) -> Result<Arc<dyn Bodies>, Problem> {
    app.bodies.clone().ok_or_else(|| {
        Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            "no_virtual_locks",
            "This house has no virtual locks.",
        )
    })
}

fn bodies(visit: &Visit) -> Result<Arc<dyn Bodies>, Problem> {
    bodies_of(&visit.app)
}

type Place = (LockAddress, String, String, String, Zone, jiff::Timestamp);

fn place(visit: &Visit, id: LockId) -> Result<Place, Problem> {
    visit.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).filter(|lock| lock.address.link == "virtual");
        let lock = lock.ok_or_else(|| Problem::not_found("virtual lock"))?;
        let door = view.house.doors.get(&lock.door).ok_or_else(|| Problem::not_found("door"))?;
        let zone = Zone::named(&door.time_zone);
        Ok((lock.address.clone(), lock.name.clone(), door.name.clone(), door.id.to_string(), zone, view.now))
    })
}

fn seen(state: BodyState, zone: &Zone, now: jiff::Timestamp) -> Body {
    let moment = |at| zone.moment(at, now);
    let bolt_words = match state.bolt {
        0 => "The bolt is in.".to_owned(),
        1000 => "The bolt is fully out.".to_owned(),
        part => format!("The bolt is {} % out.", part / 10),
    };
    let battery = &state.battery;
    let load = match battery.under_load_millivolts {
        0 => String::new(),
        mv => format!(", {:.2} V under load", f64::from(mv) / 1000.0),
    };
    let battery_words = format!(
        "{} % left, {:.2} V at rest{load}; the lock calls it {}",
        battery.percent,
        f64::from(battery.millivolts) / 1000.0,
        battery.level
    );
    Body {
        told: told(&state),
        bolt_x: state.bolt.min(1000) * 46 / 1000,
        bolt_words,
        lockout: state.locked_out_until.filter(|until| *until > now).map(moment),
        clock: state.clock.map(moment),
        decided: state.decision.as_ref().map(|decision| moment(decision.at)),
        switches: switches(&state),
        battery_words,
        state,
    }
}

/// What the troubles have done, as far as it can be seen on the body.
fn told(state: &BodyState) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |text: &str| lines.push(text.to_owned());
    if !state.powered {
        say("The lock has no power: keypad, readers and motor do nothing; key and thumbturn turn the bolt.");
    }
    if (1..1000).contains(&state.bolt) && !state.moving {
        say("The bolt stands half way: the door is neither locked nor free.");
    }
    if state.troubles.power_cut_at.is_some() {
        say("The power will go when the bolt is half way: press Lock or type a code, and see where it ends.");
    }
    if state.powered && state.clock.is_none() {
        say(
            "The clock has lost the time: codes with hours are refused, others work, until Doorward sets it.",
        );
    } else if state.powered && !state.clock_trusted {
        say(
            "The clock jumped: codes with hours wait until somebody confirms the time, under Rehearsals below.",
        );
    }
    if state.rehearsing {
        say("A rehearsal of a dead battery runs: codes are refused, key and thumbturn work.");
    }
    if state.locked_out_until.is_some() {
        say("Too many wrong codes: the keypad takes none for now.");
    }
    if state.unsent_records > 0 && state.troubles.out_of_reach {
        say("Entries wait on the lock until Doorward can hear it again.");
    }
    lines
}

fn switches(state: &BodyState) -> Vec<Switch> {
    let troubles = &state.troubles;
    let switch = |label, effect, on, hand_on: &'static str, hand_off: &'static str| Switch {
        label,
        on,
        hand: if on { hand_off } else { hand_on },
        effect,
    };
    let radio = &troubles.radio;
    let slow = radio.delay_ms == hands::SLOW_RADIO.delay_ms && radio.loss == 0;
    vec![
        switch(
            "Out of radio reach",
            "Doorward cannot hear it. Codes and keys work; entries wait on the lock.",
            troubles.out_of_reach,
            "radio:out",
            "radio:in",
        ),
        switch(
            "Slow radio: 150 ms each way",
            "Everything from Doorward takes longer; nothing is lost.",
            slow,
            "radio:slow",
            "radio:good",
        ),
        switch(
            "Bad radio: slow, lossy, doubled",
            "Messages come late, twice or never; they are sent again.",
            *radio != RadioFaults::default() && !slow,
            "radio:bad",
            "radio:good",
        ),
        switch(
            "Something in the strike: jam",
            "The bolt stops half way. The lock tries again, then says jammed.",
            troubles.jam,
            "jam:on",
            "jam:off",
        ),
        switch(
            "Wet keypad: drops presses",
            "About one press in three is not taken: watch the count of keys.",
            troubles.wet_keypad > 0,
            "wet:on",
            "wet:off",
        ),
        switch(
            "Power cut",
            "Keypad and motor are dark; key and thumbturn work. The bolt stays where it is.",
            !state.powered,
            "power:cut",
            "power:on",
        ),
        switch(
            "Dead battery",
            "As a power cut, until fresh cells are in.",
            state.battery.percent == 0,
            "battery:dead",
            "battery:fresh",
        ),
        switch(
            "Freezing: -20 degrees",
            "Cold cells give less: a weak pack may fail under the motor.",
            state.battery.celsius < 0,
            "temperature:cold",
            "temperature:warm",
        ),
        switch(
            "Bolt sensor dead",
            "The lock no longer says locked: it does not know.",
            troubles.bolt_sensor_dead,
            "bolt-sensor:dead",
            "bolt-sensor:works",
        ),
        switch(
            "Door sensor dead",
            "The lock does not know whether the door is shut.",
            troubles.door_sensor_dead,
            "door-sensor:dead",
            "door-sensor:works",
        ),
        switch(
            "Outer plate off",
            "Somebody is at the wires: an alert goes out.",
            troubles.cover_off,
            "cover:off",
            "cover:on",
        ),
    ]
}
