//! Batteries: what locks told of them is kept, a document a lock, so that a forecast survives a restart; the owner is
//! warned once of the end of each pack. When the cells run out is worked out by [`access::battery`].

use access::LockId;
use access::battery::{History, Outlook, Reading, outlook};
use jiff::Timestamp;

use crate::alerts::raise;
use crate::draft::{Draft, Event};
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::ports::{AlertKind, Document, Write};
use crate::state::State;
use crate::words;

/// Document kind of battery readings; the key is the lock's id.
const KIND: &str = "battery";

/// What is kept of a lock's cells.
pub(crate) fn history(state: &State, lock: LockId) -> History {
    let kept = state.documents.get(&(KIND.to_owned(), lock.to_string()));
    kept.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default()
}

impl Hub {
    /// Takes a percentage that a lock told just now.
    pub(crate) async fn battery_told(&self, lock: LockId, percent: u8, now: Timestamp) {
        let reading = Reading { at: now, percent };
        let known = {
            let mut state = self.state_mut();
            let kept = history(&state, lock);
            let known = state.packs.entry(lock).or_insert(kept);
            known.take(reading).then(|| known.clone())
        };
        if let Some(history) = known {
            self.keep_battery(lock, history, now).await;
        }
    }

    /// Looks at every lock anew: a forecast also comes nearer while nothing is told.
    pub(crate) async fn look_at_batteries(&self, now: Timestamp) {
        let locks: Vec<LockId> = self.state().house.locks.keys().copied().collect();
        for lock in locks {
            let history = history(&self.state(), lock);
            let Some(found) = outlook(&history, now) else { continue };
            if found.is_near(now) && !history.warned {
                self.keep_battery(lock, history, now).await;
            } else {
                self.show_outlook(lock, Some(found));
            }
        }
    }

    fn show_outlook(&self, lock: LockId, found: Option<Outlook>) {
        {
            let mut state = self.state_mut();
            let live = state.live.entry(lock).or_default();
            if live.outlook == found {
                return;
            }
            live.outlook = found;
        }
        self.publish(&[Live::Lock(lock)]);
    }

    async fn keep_battery(&self, lock: LockId, mut history: History, now: Timestamp) {
        let found = outlook(&history, now);
        let warn = found.filter(|found| found.is_near(now) && !history.warned);
        history.warned |= warn.is_some();
        let Ok(body) = serde_json::to_string(&history) else { return };
        let ids = self.ids.clone();
        let written = self
            .write(
                Touches::Lock(lock),
                Box::new(move |state, now| {
                    let key = lock.to_string();
                    let before = state.documents.get(&(KIND.to_owned(), key.clone()));
                    let version = before.map_or(1, |old| old.version + 1);
                    let document = Document { kind: KIND.into(), key, body, version };
                    let mut draft = Draft { writes: vec![Write::Document(document)], ..Draft::default() };
                    if let Some(found) = warn {
                        let (name, door) = words::lock(&state.house, lock);
                        let text = warning(state, lock, &name, &found);
                        draft.events.push(Event { door, ..Event::plain("alert", text.clone()) });
                        raise(&mut draft, state, ids.as_ref(), now, AlertKind::LowBattery, &name, text);
                    }
                    Ok(draft)
                }),
            )
            .await;
        match written {
            Ok(()) => {
                self.state_mut().packs.insert(lock, history);
                self.show_outlook(lock, found);
            }
            // the next reading tries again
            Err(error) => tracing::warn!(%error, "a battery reading could not be kept"),
        }
    }
}

fn warning(state: &State, lock: LockId, name: &str, found: &Outlook) -> String {
    let zone = state.house.locks.get(&lock).and_then(|lock| state.house.doors.get(&lock.door));
    let zone = zone.and_then(|door| jiff::tz::TimeZone::get(&door.time_zone).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    let day = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%-d %B %Y").to_string();
    format!(
        "the cells of {name} are likely to be empty about {} (between {} and {}, an estimate): change them before \
         {}",
        day(found.day),
        day(found.early),
        day(found.late),
        day(found.early),
    )
}
