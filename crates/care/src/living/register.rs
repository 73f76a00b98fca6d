//! The register of keys (P4): which copies of a key there are, who holds each, since when, whether it came back; and
//! where the spare lies. The words on the place are the owner's own and come here sealed: this room cannot read them.

use access::{DoorId, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most copies in a register.
pub const KEYS_MAX: usize = 500;
/// Longest name of a holder or of a key, characters.
pub const NAME_MAX: usize = 80;
/// Longest words on a place, characters.
pub const PLACE_MAX: usize = 300;

/// All keys of a home.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Register {
    /// Copies, in the order in which they were entered.
    pub keys: Vec<KeyCopy>,
}

/// Who has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Somebody in the list of people.
    Person(PersonId),
    /// Somebody else, in the owner's words.
    Named(String),
    /// Nobody: it lies somewhere. Where is sealed.
    Place {
        /// The words on the place, sealed by the vault, in hex.
        sealed: String,
    },
}

/// One copy of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCopy {
    /// Its id.
    pub id: Uuid,
    /// The door that it opens.
    pub door: DoorId,
    /// What it is, in the owner's words: `spare key`, `copy 3`.
    pub what: String,
    /// Who has it.
    pub holder: Holder,
    /// Since when.
    pub since: Timestamp,
    /// To be back by.
    #[serde(default)]
    pub back_by: Option<Date>,
    /// When it came back; it is out no longer.
    #[serde(default)]
    pub returned: Option<Timestamp>,
    /// It is lost.
    #[serde(default)]
    pub lost: Option<Timestamp>,
}

/// Why a copy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A text is empty or too long.
    #[error("{what}: 1 to {most} characters, please")]
    Text {
        /// Which text.
        what: &'static str,
        /// Most characters.
        most: usize,
    },
    /// The register is full.
    #[error("a register holds {KEYS_MAX} keys at most: remove some that came back")]
    Full,
    /// No such key.
    #[error("there is no such key in the register")]
    Unknown,
    /// It is back already.
    #[error("this key is back already")]
    Back,
}

impl Register {
    /// Enters a copy.
    ///
    /// # Errors
    /// [`KeyError`] for texts out of bounds or a full register.
    pub fn enter(&mut self, key: KeyCopy) -> Result<(), KeyError> {
        text("The key", &key.what, NAME_MAX)?;
        if let Holder::Named(name) = &key.holder {
            text("Who has it", name, NAME_MAX)?;
        }
        if self.keys.len() >= KEYS_MAX {
            let Some(old) = self.keys.iter().position(|key| key.returned.is_some()) else {
                return Err(KeyError::Full);
            };
            self.keys.remove(old);
        }
        self.keys.push(key);
        Ok(())
    }

    /// Marks a copy as back.
    ///
    /// # Errors
    /// [`KeyError::Unknown`], [`KeyError::Back`].
    pub fn back(&mut self, id: Uuid, now: Timestamp) -> Result<&KeyCopy, KeyError> {
        let key = self.keys.iter_mut().find(|key| key.id == id).ok_or(KeyError::Unknown)?;
        if key.returned.is_some() {
            return Err(KeyError::Back);
        }
        (key.returned, key.lost) = (Some(now), None);
        Ok(key)
    }

    /// Marks a copy as lost.
    ///
    /// # Errors
    /// [`KeyError::Unknown`], [`KeyError::Back`].
    pub fn lost(&mut self, id: Uuid, now: Timestamp) -> Result<&KeyCopy, KeyError> {
        let key = self.keys.iter_mut().find(|key| key.id == id).ok_or(KeyError::Unknown)?;
        if key.returned.is_some() {
            return Err(KeyError::Back);
        }
        key.lost = Some(now);
        Ok(key)
    }

    /// Copies that somebody holds or that are lost.
    pub fn out(&self) -> impl Iterator<Item = &KeyCopy> {
        self.keys.iter().filter(|key| key.returned.is_none() && !matches!(key.holder, Holder::Place { .. }))
    }

    /// Lost copies of a door: each is a key that nobody can account for.
    pub fn lost_of(&self, door: DoorId) -> usize {
        self.keys
            .iter()
            .filter(|key| key.door == door && key.lost.is_some() && key.returned.is_none())
            .count()
    }
}

fn text(what: &'static str, text: &str, most: usize) -> Result<(), KeyError> {
    let length = text.trim().chars().count();
    if length == 0 || length > most { Err(KeyError::Text { what, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(id: u128, holder: Holder) -> KeyCopy {
        KeyCopy {
            id: Uuid::from_u128(id),
            door: DoorId::new(Uuid::from_u128(9)),
            what: "copy".into(),
            holder,
            since: Timestamp::UNIX_EPOCH,
            back_by: None,
            returned: None,
            lost: None,
        }
    }

    #[test]
    fn p4_a_copy_goes_out_and_comes_back_once() {
        let mut register = Register::default();
        register.enter(copy(1, Holder::Named("the plumber".into()))).unwrap();
        register.enter(copy(2, Holder::Place { sealed: "00".into() })).unwrap();
        assert_eq!(register.out().count(), 1);
        register.lost(Uuid::from_u128(1), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(register.lost_of(DoorId::new(Uuid::from_u128(9))), 1);
        assert!(register.back(Uuid::from_u128(1), Timestamp::UNIX_EPOCH).unwrap().lost.is_none());
        assert_eq!(register.back(Uuid::from_u128(1), Timestamp::UNIX_EPOCH), Err(KeyError::Back));
        assert_eq!(register.back(Uuid::from_u128(7), Timestamp::UNIX_EPOCH), Err(KeyError::Unknown));
        assert_eq!(register.out().count(), 0);
    }

    #[test]
    fn p4_a_register_is_bounded_and_drops_what_came_back_first() {
        let mut register = Register::default();
        for id in 0..KEYS_MAX as u128 {
            register.enter(copy(id, Holder::Named("a".into()))).unwrap();
        }
        assert_eq!(register.enter(copy(9999, Holder::Named("a".into()))), Err(KeyError::Full));
        register.back(Uuid::from_u128(3), Timestamp::UNIX_EPOCH).unwrap();
        register.enter(copy(9999, Holder::Named("a".into()))).unwrap();
        assert_eq!(register.keys.len(), KEYS_MAX);
        assert!(register.enter(copy(5, Holder::Named(" ".into()))).is_err());
        assert!(
            register.enter(KeyCopy { what: "x".repeat(81), ..copy(5, Holder::Named("a".into())) }).is_err()
        );
    }
}
