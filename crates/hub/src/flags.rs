//! Red flags (H1), watched continuously: raised, told once, cleared, each with its evidence and since when.
//! What a flag is stands in the room `door`; here is only who watches and who is told.

use std::collections::{BTreeMap, BTreeSet};

use ::door::flags::{Flag, flags, maintenance_pass};
use access::{DoorId, LockId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alerts::raise;
use crate::draft::{Draft, Event};
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::ports::{AlertKind, Document, Ids, Write};
use crate::state::State;
use crate::survey::{of_door, seen::Uses};

/// Document kind of raised flags; the key is `DOOR FLAG`.
const FLAG: &str = "flag";
/// Document kind of firmware versions met; the key is the lock's id.
const FIRMWARE: &str = "firmware";

/// A red flag that is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RedFlag {
    /// Where.
    pub door: DoorId,
    /// The door's name.
    pub door_name: String,
    /// Which, by its name.
    pub id: &'static str,
    /// In plain words.
    pub what: &'static str,
    /// The answer it rests on, and how that is known.
    pub evidence: String,
    /// Since when the hub has known.
    pub since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Raised {
    since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Firmware {
    version: String,
    since: Timestamp,
}

impl Hub {
    /// Every red flag that is up, by door; with `door` only those of that one.
    pub fn red_flags(&self, door: Option<DoorId>) -> Vec<RedFlag> {
        let now = self.clock.now();
        let state = self.state();
        up(&state, now, door)
    }

    /// Compares what is up with what was up, and tells the difference: once when raised, once when cleared.
    pub(crate) async fn watch_flags(&self) {
        let now = self.clock.now();
        let ids = self.ids.clone();
        if difference(&self.state(), now, ids.as_ref()).is_empty() {
            return;
        }
        let written = self
            .write(Touches::House, Box::new(move |state, now| Ok(difference(state, now, ids.as_ref()))))
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "a red flag could not be written down yet");
        }
    }
}

/// When this lock's present firmware was first met; `None` where it says no version.
pub(crate) fn firmware_since(state: &State, lock: LockId) -> Option<Timestamp> {
    let version = firmware(state, lock)?;
    let document = state.documents.get(&(FIRMWARE.to_owned(), lock.to_string()))?;
    let met: Firmware = serde_json::from_str(&document.body).ok()?;
    (met.version == version).then_some(met.since)
}

fn firmware(state: &State, lock: LockId) -> Option<String> {
    let live = state.live.get(&lock).and_then(|live| live.firmware.clone());
    live.or_else(|| state.house.locks.get(&lock).and_then(|lock| lock.capabilities.firmware.clone()))
}

fn up(state: &State, now: Timestamp, only: Option<DoorId>) -> Vec<RedFlag> {
    let uses = Uses::of(&state.house);
    let doors = state.house.doors.values().filter(|door| only.is_none_or(|id| id == door.id));
    doors
        .flat_map(|door| {
            let raised = flags(&of_door(state, &uses, door.id, now));
            raised.into_iter().map(|flag| {
                let since = since(state, door.id, flag.id).unwrap_or(now);
                let Flag { id, what, evidence } = flag;
                RedFlag { door: door.id, door_name: door.name.clone(), id, what, evidence, since }
            })
        })
        .collect()
}

fn since(state: &State, door: DoorId, flag: &str) -> Option<Timestamp> {
    let document = state.documents.get(&(FLAG.to_owned(), key(door, flag)))?;
    serde_json::from_str::<Raised>(&document.body).ok().map(|raised| raised.since)
}

fn key(door: DoorId, flag: &str) -> String {
    format!("{door} {flag}")
}

/// What has to be written so that what is kept is what is up.
fn difference(state: &State, now: Timestamp, ids: &dyn Ids) -> Draft {
    let mut draft = Draft::default();
    let mut wanted = BTreeSet::new();
    let mut by_door: BTreeMap<DoorId, Vec<RedFlag>> = BTreeMap::new();
    for flag in up(state, now, None) {
        wanted.insert(key(flag.door, flag.id));
        by_door.entry(flag.door).or_default().push(flag);
    }
    for (door, flags) in &by_door {
        let all: Vec<Flag> = flags
            .iter()
            .map(|flag| Flag { id: flag.id, what: flag.what, evidence: flag.evidence.clone() })
            .collect();
        for flag in flags.iter().filter(|flag| since(state, *door, flag.id).is_none()) {
            tell(&mut draft, state, ids, now, flag, maintenance_pass(&all));
        }
    }
    let gone = state.documents.values().filter(|one| one.kind == FLAG && !wanted.contains(&one.key));
    for document in gone {
        clear(&mut draft, state, &document.key);
    }
    for lock in state.house.locks.keys() {
        if let Some(version) = firmware(state, *lock).filter(|_| firmware_since(state, *lock).is_none())
            && let Ok(body) = serde_json::to_string(&Firmware { version, since: now })
        {
            draft.writes.push(put(FIRMWARE, lock.to_string(), body));
        }
    }
    draft
}

/// A flag that is new: kept, logged, and one alert.
fn tell(draft: &mut Draft, state: &State, ids: &dyn Ids, now: Timestamp, flag: &RedFlag, pass: bool) {
    let Ok(body) = serde_json::to_string(&Raised { since: now }) else { return };
    draft.writes.push(put(FLAG, key(flag.door, flag.id), body));
    let more = if pass { " Two or more: a maintenance pass this month." } else { "" };
    let text = format!("Red flag at {}: {} ({}).{more}", flag.door_name, flag.what, flag.evidence);
    draft.events.push(Event { door: Some(flag.door), ..Event::plain("alert", text.clone()) });
    draft.live.push(Live::Door(flag.door));
    let about = format!("{}: {}", flag.door_name, flag.what);
    raise(draft, state, ids, now, AlertKind::RedFlag, &about, text);
}

/// A flag that is no longer up; of a door that is gone, nothing is said.
fn clear(draft: &mut Draft, state: &State, key: &str) {
    draft.writes.push(Write::DocumentGone { kind: FLAG.into(), key: key.to_owned() });
    let Some((door, flag)) = key.split_once(' ') else { return };
    let Some(door) = state.house.doors.values().find(|one| one.id.to_string() == door) else { return };
    let text = format!("Red flag cleared at {}: {}", door.name, flag.replace('-', " "));
    draft.events.push(Event { door: Some(door.id), ..Event::plain("system", text) });
    draft.live.push(Live::Door(door.id));
}

fn put(kind: &str, key: String, body: String) -> Write {
    Write::Document(Document { kind: kind.into(), key, body, version: 1 })
}
