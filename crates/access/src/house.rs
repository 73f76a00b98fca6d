//! The house: everything the owner entered and everything known of the locks, as one value. The hub keeps
//! it in memory, changes it only by committed [`Change`](crate::decide::Change)s, and the store keeps it.

use std::collections::BTreeMap;

use crate::decide::Change;
use crate::ids::{CredentialId, DoorId, GrantId, GroupId, LockId, PersonId, ScheduleId};
use crate::model::{Credential, Door, Grant, Group, Lock, Person, Schedule, Target};
use crate::sync::{Errand, Seen, Wanted};

/// The whole of it. Maps are ordered so that every walk over them is the same walk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct House {
    /// People.
    pub people: BTreeMap<PersonId, Person>,
    /// Doors.
    pub doors: BTreeMap<DoorId, Door>,
    /// Locks.
    pub locks: BTreeMap<LockId, Lock>,
    /// Groups of doors.
    pub groups: BTreeMap<GroupId, Group>,
    /// Named schedules.
    pub schedules: BTreeMap<ScheduleId, Schedule>,
    /// Grants, revoked ones included until the retention ends.
    pub grants: BTreeMap<GrantId, Grant>,
    /// Credentials, sealed.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// What each slot should hold.
    pub wanted: BTreeMap<(LockId, u16), Wanted>,
    /// What each slot is known to hold.
    pub seen: BTreeMap<(LockId, u16), Seen>,
    /// Where the work on each slot stands.
    pub errands: BTreeMap<(LockId, u16), Errand>,
}

impl House {
    /// The locks on a door.
    pub fn locks_of(&self, door: DoorId) -> impl Iterator<Item = &Lock> {
        self.locks.values().filter(move |lock| lock.door == door)
    }

    /// The doors that a target means now.
    pub fn doors_of(&self, target: Target) -> Vec<DoorId> {
        match target {
            Target::Door(door) => self.doors.contains_key(&door).then_some(door).into_iter().collect(),
            Target::Group(group) => {
                self.groups.get(&group).into_iter().flat_map(|g| g.doors.iter().copied()).collect()
            }
        }
    }

    /// The wanted slots of a lock, by slot.
    pub fn wanted_of(&self, lock: LockId) -> impl Iterator<Item = &Wanted> {
        self.wanted.range((lock, 0)..=(lock, u16::MAX)).map(|(_, wanted)| wanted)
    }

    /// The seen slots of a lock, by slot.
    pub fn seen_of(&self, lock: LockId) -> impl Iterator<Item = &Seen> {
        self.seen.range((lock, 0)..=(lock, u16::MAX)).map(|(_, seen)| seen)
    }

    /// Applies one row. The store commits the same rows first, so memory never holds what disk does not.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::Person(row) => drop(self.people.insert(row.id, row)),
            Change::PersonGone(id) => drop(self.people.remove(&id)),
            Change::Door(row) => drop(self.doors.insert(row.id, row)),
            Change::DoorGone(id) => drop(self.doors.remove(&id)),
            Change::Lock(row) => drop(self.locks.insert(row.id, row)),
            Change::LockGone(id) => {
                self.locks.remove(&id);
                self.wanted.retain(|(lock, _), _| *lock != id);
                self.seen.retain(|(lock, _), _| *lock != id);
                self.errands.retain(|(lock, _), _| *lock != id);
            }
            Change::Group(row) => drop(self.groups.insert(row.id, row)),
            Change::GroupGone(id) => drop(self.groups.remove(&id)),
            Change::Schedule(row) => drop(self.schedules.insert(row.id, row)),
            Change::ScheduleGone(id) => drop(self.schedules.remove(&id)),
            Change::Grant(row) => drop(self.grants.insert(row.id, row)),
            Change::GrantGone(id) => drop(self.grants.remove(&id)),
            Change::Credential(row) => drop(self.credentials.insert(row.id, row)),
            Change::CredentialGone(id) => drop(self.credentials.remove(&id)),
            Change::Wanted(row) => drop(self.wanted.insert((row.lock, row.slot), row)),
            Change::WantedGone(lock, slot) => drop(self.wanted.remove(&(lock, slot))),
            Change::Seen(row) => drop(self.seen.insert((row.lock, row.slot), row)),
            Change::SeenGone(lock, slot) => drop(self.seen.remove(&(lock, slot))),
            Change::Errand(row) => drop(self.errands.insert((row.lock, row.slot), row)),
            Change::ErrandGone(lock, slot) => drop(self.errands.remove(&(lock, slot))),
        }
    }
}
