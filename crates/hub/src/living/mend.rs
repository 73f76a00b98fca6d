//! A flow of troubleshooting, kept a door: begun, left, gone on with on another device. When the lock was replaced in
//! the meantime, what was found of the old one is set aside.

use std::collections::BTreeMap;

use access::{DoorId, LockId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{kept, put};
use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::Scope;

/// Document kind; the key is the door's id.
const KIND: &str = "mend";

/// A flow that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MendState {
    /// Which symptom.
    pub symptom: String,
    /// Of which lock.
    pub lock: LockId,
    /// Its name then.
    pub lock_name: String,
    /// When it began.
    pub began: Timestamp,
    /// Causes that were checked: true, it was that; false, it was not.
    pub checked: BTreeMap<String, bool>,
}

impl Hub {
    /// The flow of a door that was begun and not ended; and whether its lock is still there.
    pub fn mending(&self, door: DoorId) -> Option<(MendState, bool)> {
        let state = self.state();
        let flow: Option<MendState> = kept(&state, KIND, &door.to_string());
        let flow = flow?;
        let there = state.house.locks.get(&flow.lock).is_some_and(|lock| lock.door == door);
        Some((flow, there))
    }

    /// Notes what a check found. A flow of another symptom, or of a lock that is no longer there, begins anew.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for a symptom or cause that is not known.
    pub async fn mend_checked(
        &self,
        actor: &Actor,
        door: DoorId,
        lock: LockId,
        symptom: &str,
        cause: &str,
        was_it: bool,
    ) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let known =
            ::care::mend::symptom(symptom).is_some_and(|one| one.causes.iter().any(|c| c.id == cause));
        if !known {
            return Err(HubError::NotFound("check"));
        }
        let (symptom, cause, who) = (symptom.to_owned(), cause.to_owned(), actor.name.clone());
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let row = state.house.locks.get(&lock).filter(|row| row.door == door);
                let row = row.ok_or(HubError::NotFound("lock"))?;
                let before: Option<MendState> = kept(state, KIND, &door.to_string());
                let same = before.filter(|flow| flow.symptom == symptom && flow.lock == lock);
                let mut flow = same.unwrap_or_else(|| MendState {
                    symptom: symptom.clone(),
                    lock,
                    lock_name: row.name.clone(),
                    began: now,
                    checked: BTreeMap::new(),
                });
                flow.checked.insert(cause.clone(), was_it);
                let mut draft = Draft::default();
                put(&mut draft, state, KIND, &door.to_string(), &Some(flow));
                if was_it {
                    let title = ::care::mend::title(&symptom);
                    let found = ::care::mend::cause_title(&cause);
                    let text = format!("{who} found the cause at {}: {title}: {found}", row.name);
                    draft.events.push(Event { door: Some(door), ..Event::plain("system", text) });
                }
                Ok(draft)
            }),
        )
        .await
    }

    /// Ends the flow of a door; nothing of it is kept but the log.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn mend_ended(&self, actor: &Actor, door: DoorId) -> Result<(), HubError> {
        let summary = "ended a search for a fault";
        self.remove_document(actor, Scope::Manage, KIND, &door.to_string(), summary).await
    }
}
