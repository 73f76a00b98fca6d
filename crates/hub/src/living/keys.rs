//! The register of keys (P4). Words on where a key lies are sealed by the vault and shown only when asked for, which
//! the log says.

use ::care::living::register::{Holder, KeyCopy, KeyError, PLACE_MAX, Register};
use access::{DoorId, PersonId};
use jiff::civil::Date;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{CARE, kept, put};
use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::Scope;
use crate::state::State;
use crate::words;

/// Document key of the register.
const KEY: &str = "keys";

/// A key to enter.
pub struct KeyWish {
    /// The door that it opens.
    pub door: DoorId,
    /// What it is, in the owner's words.
    pub what: String,
    /// Who has it, or where it lies.
    pub given: Given,
    /// To be back by.
    pub back_by: Option<Date>,
}

/// Who gets a key.
pub enum Given {
    /// Somebody in the list of people.
    To(PersonId),
    /// Somebody else.
    Named(String),
    /// It lies there.
    Lies(Zeroizing<String>),
}

/// The register as it is kept.
pub(super) fn register(state: &State) -> Register {
    kept(state, CARE, KEY)
}

fn refused(error: &KeyError) -> HubError {
    match error {
        KeyError::Unknown => HubError::NotFound("key"),
        error => HubError::Refused(error.to_string()),
    }
}

impl Hub {
    /// Every key of the register; where one lies is sealed.
    pub fn keys(&self) -> Register {
        register(&self.state())
    }

    /// Enters a key.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for words that are empty or too long, the vault.
    pub async fn key_enter(&self, actor: &Actor, wish: KeyWish) -> Result<Uuid, HubError> {
        actor.need(Scope::Manage)?;
        let id = self.ids.uuid();
        let holder = match wish.given {
            Given::To(person) => Holder::Person(person),
            Given::Named(name) => Holder::Named(name.trim().to_owned()),
            Given::Lies(place) => {
                let length = place.trim().chars().count();
                if length == 0 || length > PLACE_MAX {
                    let text = format!("Where it lies: 1 to {PLACE_MAX} characters, please");
                    return Err(HubError::Refused(text));
                }
                Holder::Place { sealed: self.seal_setting("key", &id.to_string(), place.trim())? }
            }
        };
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                if !state.house.doors.contains_key(&wish.door) {
                    return Err(HubError::NotFound("door"));
                }
                let person = match &holder {
                    Holder::Person(person) if !state.house.people.contains_key(person) => {
                        return Err(HubError::NotFound("person"));
                    }
                    Holder::Person(person) => Some(*person),
                    _ => None,
                };
                let to = match &holder {
                    Holder::Person(person) => format!(", which {} has", words::person(&state.house, *person)),
                    Holder::Named(_) => ", which somebody outside the list has".to_owned(),
                    Holder::Place { .. } => ", which lies at its place".to_owned(),
                };
                let what = wish.what.trim().to_owned();
                let text =
                    format!("{who} entered a key to {}: {what}{to}", words::door(&state.house, wish.door));
                let (door, back_by) = (wish.door, wish.back_by);
                let mut keys = register(state);
                let key = KeyCopy { id, door, what, holder, since: now, back_by, returned: None, lost: None };
                keys.enter(key).map_err(|error| refused(&error))?;
                let mut draft = Draft::default();
                put(&mut draft, state, CARE, KEY, &keys);
                draft.events.push(Event { door: Some(door), person, ..Event::plain("access", text) });
                Ok(draft)
            }),
        )
        .await?;
        Ok(id)
    }

    /// Marks a key as back, or as lost.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` when it is back already.
    pub async fn key_changed(&self, actor: &Actor, id: Uuid, lost: bool) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut keys = register(state);
                let key = if lost { keys.lost(id, now) } else { keys.back(id, now) };
                let key = key.map_err(|error| refused(&error))?.clone();
                let became = if lost { "is lost" } else { "is back" };
                let name = words::door(&state.house, key.door);
                let text = format!("{who} noted that a key to {name} {became}: {}", key.what);
                let mut draft = Draft::default();
                put(&mut draft, state, CARE, KEY, &keys);
                let kind = if lost { "alert" } else { "access" };
                draft.events.push(Event { door: Some(key.door), ..Event::plain(kind, text) });
                Ok(draft)
            }),
        )
        .await
    }

    /// Where a key lies, in the owner's words; the log says who looked.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, `NotFound`, the vault.
    pub async fn key_place(&self, actor: &Actor, id: Uuid) -> Result<Zeroizing<String>, HubError> {
        actor.need_fresh(Scope::Reveal)?;
        let key = self.keys().keys.into_iter().find(|key| key.id == id).ok_or(HubError::NotFound("key"))?;
        let Holder::Place { sealed } = &key.holder else {
            return Err(HubError::Refused("somebody has this key: it lies nowhere".into()));
        };
        let place = self.open_setting("key", &id.to_string(), sealed)?;
        let who = actor.name.clone();
        // the log comes first: a look that is not written down does not happen
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let text =
                    format!("{who} looked where a key to {} lies", words::door(&state.house, key.door));
                let event = Event { door: Some(key.door), ..Event::plain("access", text) };
                Ok(Draft { events: vec![event], ..Draft::default() })
            }),
        )
        .await?;
        Ok(place)
    }
}
