//! What a change of rows proves, for the log: a code in force, accepted, or gone.

use crate::decide::Change;
use crate::house::House;
use crate::ids::{LockId, PersonId};
use crate::model::ReadBack;
use crate::sync::{Evidence, Holds};

/// What a committed row proves, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// On which lock.
    pub lock: LockId,
    /// In which slot.
    pub slot: u16,
    /// Whose code.
    pub person: Option<PersonId>,
    /// What is proven.
    pub what: Proven,
}

/// What can be proven of a code on a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proven {
    /// It opens, by this evidence.
    InForce(Evidence),
    /// The lock took it and can never be read.
    Accepted,
    /// It is no longer there.
    Gone,
    /// The lock took its removal and can never be read.
    RemovalAccepted,
}

/// Whether a row says something new that is proven; `house` is as it was before the row.
pub fn proven(house: &House, change: &Change) -> Option<Proof> {
    match change {
        Change::Seen(seen) => {
            let Holds::Ours { credential, .. } = &seen.holds else { return None };
            let before = house.seen.get(&(seen.lock, seen.slot));
            let known = before.is_some_and(|b| b.holds == seen.holds && b.evidence != Evidence::LocksWord);
            let what = match seen.evidence {
                Evidence::LocksWord => return None,
                Evidence::Unreadable if known => return None,
                Evidence::Unreadable => Proven::Accepted,
                _ if known && before.is_some_and(|b| b.evidence != Evidence::Unreadable) => return None,
                evidence => Proven::InForce(evidence),
            };
            let person = house.credentials.get(credential).map(|code| code.person);
            Some(Proof { lock: seen.lock, slot: seen.slot, person, what })
        }
        Change::WantedGone(lock, slot) => {
            let seen = house.seen.get(&(*lock, *slot))?;
            if seen.past.is_empty() || seen.holds == Holds::Foreign {
                return None;
            }
            let person = seen.past.last().map(|past| past.person);
            let row = house.locks.get(lock);
            let never = row.is_some_and(|row| row.capabilities.read_back == ReadBack::Never);
            let what = if never { Proven::RemovalAccepted } else { Proven::Gone };
            Some(Proof { lock: *lock, slot: *slot, person, what })
        }
        _ => None,
    }
}
