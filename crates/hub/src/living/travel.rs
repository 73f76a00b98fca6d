//! How long bolts took: kept as a document a lock, so that a trend over months survives a restart.

use ::care::living::travel::History;
use access::LockId;
use jiff::Timestamp;

use super::{kept, put};
use crate::draft::Draft;
use crate::hub::{Hub, Touches};
use crate::state::State;

/// Document kind; the key is the lock's id.
const KIND: &str = "travel";

/// What is kept of a lock's bolt.
pub(crate) fn history(state: &State, lock: LockId) -> History {
    kept(state, KIND, &lock.to_string())
}

/// Notes a stall in a draft that is being made of it.
pub(crate) fn stalled(draft: &mut Draft, state: &State, lock: LockId, at: Timestamp) {
    let mut history = history(state, lock);
    history.stall(at);
    put(draft, state, KIND, &lock.to_string(), &history);
}

impl Hub {
    /// Takes the time of a travel that a lock or its gateway told just now.
    pub(crate) async fn travel_told(&self, lock: LockId, ms: u32) {
        let written = self
            .write(
                Touches::Lock(lock),
                Box::new(move |state, now| {
                    let mut draft = Draft::default();
                    let mut history = history(state, lock);
                    if history.take(now, ms) {
                        put(&mut draft, state, KIND, &lock.to_string(), &history);
                    }
                    Ok(draft)
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "the time of a bolt's travel could not be kept");
        }
    }
}
