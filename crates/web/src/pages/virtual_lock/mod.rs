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
use hub::ports::{Bodies, BodyState};

use super::{Frame, Here, Sent, Visit, page, see};
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
}

struct Body {
    state: BodyState,
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
    let mut frame = visit.frame("Virtual lock", Here::Doors).live("lagged");
    frame.body = id.to_string();
    let bodies = bodies(&visit)?;
    let (address, name, door, door_id, zone, now) = place(&visit, id)?;
    frame.title = format!("{name}, virtual lock");
    let (body, down) = match bodies.state(&address).await {
        Ok(state) => (Some(seen(state, &zone, now)), None),
        Err(error) => (None, Some(error.to_string())),
    };
    page(&VirtualLock { frame, id: id.to_string(), name, door, door_id, body, down })
}

/// `POST /virtual/{id}/hand`
pub(crate) async fn hand(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let hand = hands::read(form.raw("do"))
        .ok_or_else(|| Problem::bad_input("No hand can do that here. Use the buttons of the page."))?;
    let (address, ..) = place(&visit, id)?;
    bodies(&visit)?.hand(&address, hand).await?;
    Ok(see(&format!("/virtual/{id}"), ""))
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

fn switches(state: &BodyState) -> Vec<Switch> {
    let troubles = &state.troubles;
    let switch = |label, on, hand_on: &'static str, hand_off: &'static str| Switch {
        label,
        on,
        hand: if on { hand_off } else { hand_on },
    };
    vec![
        switch("Out of radio reach", troubles.out_of_reach, "radio:out", "radio:in"),
        switch("Something in the strike: jam", troubles.jam, "jam:on", "jam:off"),
        switch("Wet keypad: drops presses", troubles.wet_keypad > 0, "wet:on", "wet:off"),
        switch("Power cut", !state.powered, "power:cut", "power:on"),
        switch("Dead battery", state.battery.percent == 0, "battery:dead", "battery:fresh"),
        switch("Clock lost", state.clock.is_none(), "clock:lose", "clock:lose"),
        switch("Bolt sensor dead", troubles.bolt_sensor_dead, "bolt-sensor:dead", "bolt-sensor:works"),
        switch("Door sensor dead", troubles.door_sensor_dead, "door-sensor:dead", "door-sensor:works"),
        switch("Outer plate off", troubles.cover_off, "cover:off", "cover:on"),
        switch(
            "Bad radio: slow, lossy, doubled",
            troubles.radio != hub::ports::body::RadioFaults::default(),
            "radio:bad",
            "radio:good",
        ),
    ]
}
