//! The round: every slot that we use or used is looked into now and then, so that what somebody else changed there is
//! noticed also where the lock tells nothing of it.
//!
//! One slot at a time, spread over the day; never all codes at once. Locks that cannot be read are left alone.

use jiff::SignedDuration;

use crate::house::House;
use crate::ids::LockId;
use crate::model::ReadBack;
use crate::plan::{Op, Work};
use crate::sync::Holds;

/// Time for one round over a lock.
const ROUND: SignedDuration = SignedDuration::from_hours(24);
/// Shortest time between two looks: a lock with more than 144 used slots has a longer round.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);

/// The next slot of a lock to look into on its round, after the slot that was looked into last, and how long to wait
/// before the one after it. `None`: there is nothing to look into.
pub fn patrol(house: &House, lock: LockId, after: Option<u16>) -> Option<(Op, SignedDuration)> {
    let row = house.locks.get(&lock).filter(|row| !row.address.is_told())?;
    if row.capabilities.read_back == ReadBack::Never {
        return None;
    }
    let first = row.capabilities.first_slot;
    let inside = |slot: u16| slot >= first && slot - first < row.capabilities.slots;
    let slots: Vec<u16> = house
        .seen_of(lock)
        .filter(|seen| seen.holds != Holds::Unknown && inside(seen.slot))
        .filter(|seen| !house.errands.contains_key(&(lock, seen.slot)))
        .map(|seen| seen.slot)
        .collect();
    let next = slots.iter().find(|slot| after.is_none_or(|after| **slot > after)).or(slots.first())?;
    let wait = (ROUND / i32::try_from(slots.len()).unwrap_or(i32::MAX)).max(SHORTEST);
    Some((look(house, lock, *next), wait))
}

/// A look into one slot.
pub fn look(house: &House, lock: LockId, slot: u16) -> Op {
    let wanted = house.wanted.get(&(lock, slot)).map(|row| row.version);
    let seen = house.seen.get(&(lock, slot)).map(|row| row.version);
    Op { slot, version: wanted.or(seen).unwrap_or(0), work: Work::Read }
}
