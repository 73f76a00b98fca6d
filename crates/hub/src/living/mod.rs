//! Living with the locks: the picture of the home that the room `care` judges, and what is kept of its advice: tasks
//! that were done, the review, the register of keys, the calendar's secret address, a flow of troubleshooting. What is
//! to be done and why is `care`'s business; here is only what was seen, what is kept, and who may change it.

mod calendar;
mod entry;
mod keys;
mod mend;
mod picture;
mod privacy;
mod review;
mod tasks;
pub(crate) mod travel;

pub use keys::{Given, KeyWish};
pub use mend::MendState;
pub use review::ReviewLine;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::draft::Draft;
use crate::ports::{Document, Write};
use crate::state::State;

/// Document kind of what is kept for the home as a whole.
const CARE: &str = "care";

/// A document's content; what cannot be read counts as nothing kept.
fn kept<T: DeserializeOwned + Default>(state: &State, kind: &str, key: &str) -> T {
    let document = state.documents.get(&(kind.to_owned(), key.to_owned()));
    document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default()
}

/// Adds a document to a draft.
fn put<T: Serialize>(draft: &mut Draft, state: &State, kind: &str, key: &str, content: &T) {
    let version = state.documents.get(&(kind.to_owned(), key.to_owned())).map_or(1, |old| old.version + 1);
    if let Ok(body) = serde_json::to_string(content) {
        draft.writes.push(Write::Document(Document { kind: kind.into(), key: key.into(), body, version }));
    }
}
