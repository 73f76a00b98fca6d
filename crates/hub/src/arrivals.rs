//! Arrivals at risk: somebody comes soon and, as things stand, the door will not open for them. Told once, days before
//! where that is known, and withdrawn in the log when it is mended. What readiness is stands in [`access::arrivals`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::{Arrival, Ready};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::alerts::raise;
use crate::draft::{Draft, Event};
use crate::hub::{Hub, Touches};
use crate::ports::{AlertKind, Document, Ids, Write};
use crate::state::State;
use crate::view::View;
use crate::words;

/// Document kind of risks that were told; the key is `GRANT LOCK`.
const KIND: &str = "arrival";
/// How far ahead a risk is worth a message.
const DAYS: u8 = 3;
/// And so often where nothing changed, every lock is in reach and nothing on its way: time makes a risk by the hour.
const UNCHANGED: Duration = Duration::from_secs(1800);
/// And so often where nothing changed and a lock is out of reach or a code on its way.
const PRESSING: Duration = Duration::from_secs(300);
/// Looked at so often after changes.
const EVERY: Duration = Duration::from_secs(60);
/// Not before so long after a start: locks first say that they are there.
const SETTLE: Duration = Duration::from_secs(120);
/// A code that should open by now is on its way for so long before it counts as a risk: one slow lock with others
/// before it in its queue.
const LATE: SignedDuration = SignedDuration::from_mins(10);

/// When the arrivals were looked at last.
#[derive(Default)]
pub(crate) struct Watch {
    started: Option<Duration>,
    looked: Option<Duration>,
    /// Which change of memory was the newest then.
    seen: Option<u64>,
    /// Some lock was out of reach then, or some code on its way.
    pressing: bool,
    /// Codes that should open and are on their way, with the moment in which that was noticed.
    coming: BTreeMap<String, Timestamp>,
}

impl Watch {
    /// How long until the next look.
    pub(crate) fn rest(&self, now: Duration, changed: u64) -> Duration {
        let settling = SETTLE.saturating_sub(now.saturating_sub(self.started.unwrap_or(now)));
        let unchanged = if self.pressing { PRESSING } else { UNCHANGED };
        let wait = if self.seen == Some(changed) { unchanged } else { EVERY };
        let waiting = self.looked.map(|at| wait.saturating_sub(now.saturating_sub(at)));
        settling.max(waiting.unwrap_or_default())
    }

    fn is_due(&mut self, now: Duration, changed: u64) -> bool {
        self.started.get_or_insert(now);
        let due = self.rest(now, changed).is_zero();
        if due {
            (self.looked, self.seen) = (Some(now), Some(changed));
        }
        due
    }

    /// Notes what is on its way although it should open; returns what has been for too long. A code that goes onto the
    /// lock with each of its hours, or changes, is on its way for a moment every time.
    fn late(&mut self, arrivals: &[Arrival], now: Timestamp) -> BTreeSet<String> {
        let due = |one: &&Arrival| one.at <= now && matches!(one.ready, Ready::Coming { .. });
        let keys: BTreeSet<String> = arrivals.iter().filter(due).map(key).collect();
        self.coming.retain(|key, since| keys.contains(key) && *since <= now);
        for key in keys {
            self.coming.entry(key).or_insert(now);
        }
        let late = self.coming.iter().filter(|(_, since)| now.duration_since(**since) > LATE);
        late.map(|(key, _)| key.clone()).collect()
    }
}

/// One code on one lock, as its document is called.
fn key(arrival: &Arrival) -> String {
    format!("{} {}", arrival.grant, arrival.lock)
}

impl Hub {
    /// Compares who is at risk with who was, and tells the difference.
    pub(crate) async fn watch_arrivals(&self, watch: &mut Watch) {
        if !watch.is_due(self.clock.monotonic(), self.changed()) {
            return;
        }
        let (now, ids) = (self.clock.now(), self.ids.clone());
        let late = {
            let state = self.state();
            let late = watch.late(&View::new(&state, now).arrivals(DAYS), now);
            let silent = state.live.values().any(|live| live.reachable == Some(false));
            watch.pressing = silent || !watch.coming.is_empty();
            if difference(&state, now, ids.as_ref(), &late).is_empty() {
                return;
            }
            late
        };
        let written = self
            .write(
                Touches::House,
                Box::new(move |state, now| Ok(difference(state, now, ids.as_ref(), &late))),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "an arrival at risk could not be written down yet");
        }
    }
}

fn difference(state: &State, now: Timestamp, ids: &dyn Ids, late: &BTreeSet<String>) -> Draft {
    let mut draft = Draft::default();
    let mut risks = BTreeMap::new();
    for arrival in View::new(state, now).arrivals(DAYS) {
        if let Some(why) = why(&arrival, late) {
            risks.insert(key(&arrival), (arrival, why));
        }
    }
    for (key, (arrival, why)) in &risks {
        if !state.documents.contains_key(&(KIND.to_owned(), key.clone())) {
            tell(&mut draft, state, ids, now, arrival, why);
            let body = format!("\"{}\"", arrival.at);
            draft.writes.push(Write::Document(Document {
                kind: KIND.into(),
                key: key.clone(),
                body,
                version: 1,
            }));
        }
    }
    let over = state.documents.values().filter(|one| one.kind == KIND && !risks.contains_key(&one.key));
    for document in over {
        draft.writes.push(Write::DocumentGone { kind: KIND.into(), key: document.key.clone() });
    }
    draft
}

/// Why somebody may stand before a door that does not open.
fn why(arrival: &Arrival, late: &BTreeSet<String>) -> Option<String> {
    match &arrival.ready {
        Ready::AtRisk { why } => Some(why.clone()),
        Ready::Coming { why, .. } if late.contains(&key(arrival)) => Some(why.clone()),
        _ => None,
    }
}

fn tell(draft: &mut Draft, state: &State, ids: &dyn Ids, now: Timestamp, arrival: &Arrival, why: &str) {
    let house = &state.house;
    let who = words::person(house, arrival.person);
    let (lock, door) = words::lock(house, arrival.lock);
    let place = house.doors.get(&arrival.door);
    let zone = place.and_then(|door| TimeZone::get(&door.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let when = zone.to_datetime(arrival.at).strftime("%Y-%m-%d %H:%M");
    let text = if arrival.at > now {
        format!("{who} is to come in from {when} on, and the code may not be on {lock} in time: {why}")
    } else {
        format!(
            "{who} should be able to come in since {when}, and the code is not known to be on {lock}: {why}"
        )
    };
    draft.events.push(Event { door, person: Some(arrival.person), ..Event::plain("alert", text.clone()) });
    let about = format!("{who} at {lock}");
    raise(draft, state, ids, now, AlertKind::ArrivalAtRisk, &about, text);
}
