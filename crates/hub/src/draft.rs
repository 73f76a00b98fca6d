//! What a decision wants written: rows, log events and what to tell open pages. The writer turns events into
//! journal leaves: a salted commitment in the tree, the payload beside it, sealed under the person's key
//! where it concerns a person.

use crate::error::HubError;
use crate::live::Live;
use crate::ports::{Alert, Ids, LeafRow, NodeRow, Write};
use crate::state::State;
use access::{Change, DoorId, PersonId};
use jiff::Timestamp;
use journal::{SubjectKey, Tree};
use serde::{Deserialize, Serialize};

/// Rows, events and messages of one decision.
#[derive(Default)]
pub(crate) struct Draft {
    pub changes: Vec<Change>,
    pub writes: Vec<Write>,
    pub events: Vec<Event>,
    pub live: Vec<Live>,
    pub alerts: Vec<Alert>,
    /// Log keys of people who are new in this draft.
    pub subjects: Vec<(PersonId, SubjectKey)>,
}

impl Draft {
    pub(crate) fn merge(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.writes.extend(other.writes);
        self.events.extend(other.events);
        self.live.extend(other.live);
        self.alerts.extend(other.alerts);
        self.subjects.extend(other.subjects);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.writes.is_empty() && self.events.is_empty()
    }
}

/// One event for the log.
pub(crate) struct Event {
    /// When it happened, if that is not now.
    pub happened: Option<Timestamp>,
    /// First word: `entry`, `refused`, `access`, `sync`, `alert`, `account`, `system`.
    pub kind: &'static str,
    /// Plain words for a person; no code in them.
    pub summary: String,
    /// The door it concerns.
    pub door: Option<DoorId>,
    /// The person it concerns: the payload is sealed under their key.
    pub person: Option<PersonId>,
    /// Facts for programs; no code in them.
    pub detail: serde_json::Value,
}

impl Event {
    /// An event that concerns neither a door nor a person.
    pub(crate) fn plain(kind: &'static str, summary: String) -> Self {
        Self { happened: None, kind, summary, door: None, person: None, detail: serde_json::Value::Null }
    }
}

/// A leaf's payload as JSON.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub kind: String,
    pub summary: String,
    #[serde(default)]
    pub door: Option<DoorId>,
    #[serde(default)]
    pub person: Option<PersonId>,
    #[serde(default)]
    pub detail: serde_json::Value,
}

/// The leaves of a draft and the tree after them.
pub(crate) struct Grown {
    pub tree: Tree,
    pub leaves: Vec<LeafRow>,
    pub nodes: Vec<NodeRow>,
}

/// Turns events into leaves on a copy of the tree.
pub(crate) fn grow(state: &State, draft: &Draft, now: Timestamp, ids: &dyn Ids) -> Result<Grown, HubError> {
    let mut grown =
        Grown { tree: state.tree.clone(), leaves: Vec::with_capacity(draft.events.len()), nodes: Vec::new() };
    for event in &draft.events {
        let payload = payload_bytes(event)?;
        let happened = event.happened.unwrap_or(now);
        let (mut salt, mut nonce) = ([0_u8; 32], [0_u8; 24]);
        ids.fill(&mut salt);
        ids.fill(&mut nonce);
        let key = key_of(state, draft, event);
        let sealed = journal::seal(&journal::Draft {
            kind: event.kind,
            at_ms: now.as_millisecond(),
            happened_ms: happened.as_millisecond(),
            payload: &payload,
            salt: &salt,
            subject: key.map(|key| (key, &nonce)),
        })
        .map_err(|error| HubError::Refused(format!("a log entry could not be written: {error}")))?;
        let index = grown.tree.size();
        for node in grown.tree.append(sealed.hash) {
            grown.nodes.push(NodeRow { level: node.level, index: node.index, hash: node.hash });
        }
        grown.leaves.push(LeafRow {
            index,
            leaf: sealed.leaf,
            hash: sealed.hash,
            at: now,
            happened,
            kind: event.kind.to_owned(),
            door: event.door.map(DoorId::uuid),
            subject: key.and(event.person).map(PersonId::uuid),
            salt: Some(salt.to_vec()),
            payload: Some(sealed.stored),
        });
    }
    Ok(grown)
}

/// Whether every event of a draft fits into a leaf: the only thing that [`grow`] refuses in one draft and not in
/// another.
pub(crate) fn fits(draft: &Draft) -> Result<(), HubError> {
    for event in &draft.events {
        let length = payload_bytes(event)?.len();
        if length > journal::PAYLOAD_BYTES_MAX {
            return Err(HubError::Refused(format!(
                "a log entry of {length} bytes is too large: at most {} bytes; shorten names and notes",
                journal::PAYLOAD_BYTES_MAX
            )));
        }
    }
    Ok(())
}

/// A sentence as it begins.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    first + letters.as_str()
}

fn payload_bytes(event: &Event) -> Result<Vec<u8>, HubError> {
    if event.kind == journal::REDACTION_KIND {
        // its form is the journal's own: the detail is the redaction as it stands
        return serde_json::to_vec(&event.detail).map_err(|error| HubError::Refused(error.to_string()));
    }
    let payload = Payload {
        kind: event.kind.to_owned(),
        summary: capital(&event.summary),
        door: event.door,
        person: event.person,
        detail: event.detail.clone(),
    };
    serde_json::to_vec(&payload)
        .map_err(|error| HubError::Refused(format!("a log entry could not be written: {error}")))
}

fn key_of<'a>(state: &'a State, draft: &'a Draft, event: &Event) -> Option<&'a SubjectKey> {
    let person = event.person?;
    let fresh = draft.subjects.iter().find(|(id, _)| *id == person).map(|(_, key)| key);
    fresh.or_else(|| state.subjects.get(&person))
}

#[cfg(test)]
mod tests {
    use super::{Draft, Event, fits};

    #[test]
    fn l1_an_entry_that_is_too_large_is_named_before_it_joins_others() {
        let sized = |bytes: usize| Draft {
            events: vec![Event::plain("system", "a".repeat(bytes))],
            ..Draft::default()
        };
        assert!(fits(&sized(16_000)).is_ok());
        let said = fits(&sized(17_000)).expect_err("too large").to_string();
        assert!(said.contains("17") && said.contains("at most 16384 bytes"), "{said}");
        assert!(fits(&Draft::default()).is_ok());
    }
}
