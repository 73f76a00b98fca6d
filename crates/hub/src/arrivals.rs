//! Arrivals at risk: somebody comes soon and, as things stand, the door will not open for them. Told once, days before
//! where that is known, and withdrawn in the log when it is mended. What readiness is stands in [`access::arrivals`].

use std::collections::BTreeMap;
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
/// And so often where nothing changed and every lock is in reach: time alone makes a risk by the hour.
const UNCHANGED: Duration = Duration::from_secs(1800);
/// And so often where nothing changed and a lock is out of reach: a silence becomes a risk after half an hour.
const SILENT: Duration = Duration::from_secs(300);
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
    /// Some lock was out of reach then.
    silent: bool,
}

impl Watch {
    /// How long until the next look.
    pub(crate) fn rest(&self, now: Duration, changed: u64) -> Duration {
        let settling = SETTLE.saturating_sub(now.saturating_sub(self.started.unwrap_or(now)));
        let unchanged = if self.silent { SILENT } else { UNCHANGED };
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
}

impl Hub {
    /// Compares who is at risk with who was, and tells the difference.
    pub(crate) async fn watch_arrivals(&self, watch: &mut Watch) {
        if !watch.is_due(self.clock.monotonic(), self.changed()) {
            return;
        }
        watch.silent = self.state().live.values().any(|live| live.reachable == Some(false));
        let (now, ids) = (self.clock.now(), self.ids.clone());
        if difference(&self.state(), now, ids.as_ref()).is_empty() {
            return;
        }
        let written = self
            .write(Touches::House, Box::new(move |state, now| Ok(difference(state, now, ids.as_ref()))))
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "an arrival at risk could not be written down yet");
        }
    }
}

fn difference(state: &State, now: Timestamp, ids: &dyn Ids) -> Draft {
    let mut draft = Draft::default();
    let mut risks = BTreeMap::new();
    for arrival in View::new(state, now).arrivals(DAYS) {
        if let Some(why) = why(&arrival, now) {
            risks.insert(format!("{} {}", arrival.grant, arrival.lock), (arrival, why));
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
fn why(arrival: &Arrival, now: Timestamp) -> Option<String> {
    match &arrival.ready {
        Ready::AtRisk { why } => Some(why.clone()),
        Ready::Coming { why, .. } if now.duration_since(arrival.at) > LATE => Some(why.clone()),
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
