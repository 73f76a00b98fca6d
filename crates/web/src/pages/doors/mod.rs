//! Doors: the overview, one door, entering and changing one.

mod door;
mod edit;
mod overview;

pub(crate) use door::{confirm_unlock, operate, show};
pub(crate) use edit::{add, change, edit, new, remove};
pub(crate) use overview::overview;

use access::{Door, Lock};
use hub::ports::{Bolt, DoorSensor};
use hub::{LockLive, View};

use crate::words::{self, Moment, Tone, Zone};

/// A door's state in one word, with what it rests on.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub word: &'static str,
    pub detail: String,
    pub tone: Tone,
}

/// A door with several locks is locked when one bolt is out and none is in doubt.
pub(crate) fn state(view: &View<'_>, locks: &[&Lock], zone: &Zone) -> State {
    let live: Vec<&LockLive> =
        locks.iter().filter(|lock| !lock.address.is_told()).map(|lock| view.live(lock.id)).collect();
    if live.is_empty() {
        let (word, detail) = match locks.is_empty() {
            true => ("No lock", "enter the lock on this door, or add a virtual one to look around"),
            false => ("Not watched", "no lock here can be reached: what is shown was told"),
        };
        return State { word, detail: detail.to_owned(), tone: Tone::Quiet };
    }
    let open = live.iter().find(|live| matches!(live.door.0, DoorSensor::Open | DoorSensor::Ajar));
    if let Some(open) = open {
        let detail = if open.door.0 == DoorSensor::Ajar {
            "for too long, by the door sensor"
        } else {
            "by the door sensor"
        };
        return State { word: "Open", detail: detail.to_owned(), tone: Tone::Bad };
    }
    let rank = |live: &&&LockLive| match live.bolt.0 {
        _ if live.jammed => 0,
        Bolt::Between => 1,
        Bolt::Extended => 2,
        Bolt::Retracted => 3,
        Bolt::Unknown => 4,
    };
    let Some(speaks) = live.iter().min_by_key(rank) else {
        return State { word: "Unknown", detail: String::new(), tone: Tone::Quiet };
    };
    let (word, why, tone) = words::bolt(speaks.bolt.0, speaks.jammed);
    // when it said that it does not know tells nothing
    let known = speaks.bolt.1.filter(|_| speaks.bolt.0 != Bolt::Unknown);
    let seen = known.map(|at| format!(" {}", zone.moment(at, view.now).ago())).unwrap_or_default();
    if speaks.reachable == Some(false) {
        let since = speaks.silent_since.or(speaks.last_contact).map(|at| zone.moment(at, view.now).words());
        let since = since.map(|at| format!(" since {at}")).unwrap_or_default();
        let detail =
            format!("out of reach{since}: where its bolt is now is not known; codes and keys still work");
        return State { word: "Unknown", detail, tone: Tone::Quiet };
    }
    let leaf = match speaks.door.0 {
        DoorSensor::Unknown => String::new(),
        door => format!(" · {}", words::door_leaf(door)),
    };
    State { word, detail: format!("{why}{seen}{leaf}"), tone }
}

/// When the lock was last heard, in the door's zone.
pub(crate) fn last_contact(view: &View<'_>, live: &LockLive, zone: &Zone) -> Option<Moment> {
    live.last_contact.map(|at| zone.moment(at, view.now))
}

/// The zone of the first door, for pages that belong to none; else the machine's own.
pub(crate) fn home_zone(view: &View<'_>, fallback: &str) -> Zone {
    let first = view.house.doors.values().min_by_key(|door: &&Door| door.created);
    Zone::named(first.map_or(fallback, |door| &door.time_zone))
}
