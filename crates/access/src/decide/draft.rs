//! A decision in the making: the changed rows on top of the house, which itself is never copied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Change;
use crate::house::House;
use crate::ids::{CredentialId, DoorId, GrantId, GroupId, LockId, ScheduleId};
use crate::model::{Credential, Door, Grant, Group, Lock, Schedule, Target};
use crate::sync::{Errand, ErrandState, Evidence, Holds, Past, Seen, Validity, Wanted};

/// Former codes kept for a slot so that late entries find their person.
const PAST_KEPT: usize = 4;

/// The house with changes on top.
pub(crate) struct Draft<'a> {
    pub house: &'a House,
    pub now: Timestamp,
    changes: Vec<Change>,
    grants: BTreeMap<GrantId, Grant>,
    groups: BTreeMap<GroupId, Group>,
    schedules: BTreeMap<ScheduleId, Schedule>,
    doors: BTreeMap<DoorId, Door>,
    locks: BTreeMap<LockId, Lock>,
    credentials: BTreeMap<CredentialId, Credential>,
    wanted: BTreeMap<(LockId, u16), Option<Wanted>>,
    seen: BTreeMap<(LockId, u16), Seen>,
    zones: BTreeMap<String, TimeZone>,
    /// Places that became free in this decision, by lock.
    pub(super) freed: BTreeMap<LockId, usize>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(house: &'a House, now: Timestamp) -> Self {
        Self {
            house,
            now,
            changes: Vec::new(),
            grants: BTreeMap::new(),
            groups: BTreeMap::new(),
            schedules: BTreeMap::new(),
            doors: BTreeMap::new(),
            locks: BTreeMap::new(),
            credentials: BTreeMap::new(),
            wanted: BTreeMap::new(),
            seen: BTreeMap::new(),
            zones: BTreeMap::new(),
            freed: BTreeMap::new(),
        }
    }

    /// The rows in order; places that became free are given on.
    pub(crate) fn finish(mut self) -> Vec<Change> {
        self.give_on();
        self.changes
    }

    /// A change that nothing later in this decision looks at.
    pub(crate) fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(crate) fn put_grant(&mut self, row: Grant) {
        self.changes.push(Change::Grant(row.clone()));
        self.grants.insert(row.id, row);
    }

    pub(crate) fn put_group(&mut self, row: Group) {
        self.changes.push(Change::Group(row.clone()));
        self.groups.insert(row.id, row);
    }

    pub(crate) fn put_schedule(&mut self, row: Schedule) {
        self.changes.push(Change::Schedule(row.clone()));
        self.schedules.insert(row.id, row);
    }

    pub(crate) fn put_door(&mut self, row: Door) {
        self.changes.push(Change::Door(row.clone()));
        self.doors.insert(row.id, row);
    }

    pub(crate) fn put_lock(&mut self, row: Lock) {
        self.changes.push(Change::Lock(row.clone()));
        self.locks.insert(row.id, row);
    }

    pub(crate) fn put_credential(&mut self, row: Credential) {
        self.changes.push(Change::Credential(row.clone()));
        self.credentials.insert(row.id, row);
    }

    pub(crate) fn lock(&self, id: LockId) -> Option<&Lock> {
        self.locks.get(&id).or_else(|| self.house.locks.get(&id))
    }

    pub(crate) fn credential(&self, id: CredentialId) -> Option<&Credential> {
        self.credentials.get(&id).or_else(|| self.house.credentials.get(&id))
    }

    pub(crate) fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.get(&id).or_else(|| self.house.schedules.get(&id))
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id).or_else(|| self.house.groups.get(&id))
    }

    /// The time zone of a lock's door; UTC should the stored name have become unknown.
    pub(crate) fn zone(&mut self, lock: LockId) -> TimeZone {
        let door = self.lock(lock).map(|lock| lock.door);
        let door = door.and_then(|id| self.doors.get(&id).or_else(|| self.house.doors.get(&id)));
        let Some(door) = door else { return TimeZone::UTC };
        if let Some(zone) = self.zones.get(&door.time_zone) {
            return zone.clone();
        }
        let (name, zone) = (door.time_zone.clone(), zone_named(&door.time_zone));
        self.zones.insert(name, zone.clone());
        zone
    }

    /// Whether a target means a door, with the groups as changed.
    pub(crate) fn targets(&self, target: Target, door: DoorId) -> bool {
        match target {
            Target::Door(id) => id == door,
            Target::Group(id) => self.group(id).is_some_and(|group| group.doors.contains(&door)),
        }
    }

    /// The doors of a target, with the groups as changed.
    pub(crate) fn doors_of(&self, target: Target) -> BTreeSet<DoorId> {
        match target {
            Target::Door(id) => BTreeSet::from([id]),
            Target::Group(id) => self.group(id).map(|group| group.doors.clone()).unwrap_or_default(),
        }
    }

    /// Locks on any of these doors, those being added or moved here included.
    pub(crate) fn locks_on(&self, doors: &BTreeSet<DoorId>) -> Vec<LockId> {
        let stored = self.house.locks.values().filter(|lock| !self.locks.contains_key(&lock.id));
        let all = stored.chain(self.locks.values());
        all.filter(|lock| doors.contains(&lock.door)).map(|lock| lock.id).collect()
    }

    /// Every grant as changed, revoked ones included.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant> {
        let stored = self.house.grants.values().filter(|grant| !self.grants.contains_key(&grant.id));
        stored.chain(self.grants.values())
    }

    /// When a grant opens.
    pub(crate) fn validity(&self, grant: &Grant) -> Validity {
        let schedule = grant.schedule.and_then(|id| self.schedule(id));
        let windows = schedule.map(|schedule| schedule.windows.clone()).unwrap_or_default();
        Validity { from: grant.from, until: grant.until, windows }
    }

    /// The wanted rows of a lock as changed, in no order.
    pub(crate) fn wanted_of(&self, lock: LockId) -> impl Iterator<Item = &Wanted> {
        let stored =
            self.house.wanted_of(lock).filter(move |row| !self.wanted.contains_key(&(lock, row.slot)));
        let changed = self.wanted.range((lock, 0)..=(lock, u16::MAX));
        stored.chain(changed.filter_map(|(_, row)| row.as_ref()))
    }

    pub(crate) fn wanted(&self, lock: LockId, slot: u16) -> Option<&Wanted> {
        match self.wanted.get(&(lock, slot)) {
            Some(changed) => changed.as_ref(),
            None => self.house.wanted.get(&(lock, slot)),
        }
    }

    pub(crate) fn seen(&self, lock: LockId, slot: u16) -> Option<&Seen> {
        self.seen.get(&(lock, slot)).or_else(|| self.house.seen.get(&(lock, slot)))
    }

    pub(crate) fn put_seen(&mut self, row: Seen) {
        self.changes.push(Change::Seen(row.clone()));
        self.seen.insert((row.lock, row.slot), row);
    }

    /// Sets a slot's wish: counts its version on and makes its errand due.
    pub(crate) fn want(&mut self, lock: LockId, slot: u16, spec: Option<crate::sync::SlotSpec>) {
        let wished = self.wanted(lock, slot).map_or(0, |row| row.version);
        let known = self.seen(lock, slot).map_or(0, |row| row.version);
        let version = wished.max(known) + 1;
        let row = Wanted { lock, slot, version, spec, since: self.now };
        self.changes.push(Change::Wanted(row.clone()));
        self.wanted.insert((lock, slot), Some(row));
        let op = self.house.errands.get(&(lock, slot)).and_then(|errand| errand.op);
        self.changes.push(Change::Errand(Errand {
            lock,
            slot,
            version,
            state: ErrandState::Due,
            op,
            tries: 0,
            next_try: None,
            last_error: None,
            since: self.now,
        }));
    }

    /// Removes a slot's row: nobody wants it and it is proven empty, or was never written.
    pub(crate) fn unwant(&mut self, lock: LockId, slot: u16) {
        self.wanted.insert((lock, slot), None);
        *self.freed.entry(lock).or_default() += 1;
        self.changes.push(Change::WantedGone(lock, slot));
        self.changes.push(Change::ErrandGone(lock, slot));
    }

    /// Notes that the code now wanted in a slot no longer will be, if it may be on the lock.
    pub(crate) fn note_past(&mut self, lock: LockId, slot: u16) {
        let Some(row) = self.wanted(lock, slot).cloned() else { return };
        let Some(spec) = row.spec else { return };
        // as it was before this decision: the digits that may be there are the former ones
        let Some(was) = self.house.credentials.get(&spec.credential) else { return };
        let Some(mut seen) = self.seen(lock, slot).cloned() else { return };
        let digest = (seen.holds != Holds::Empty).then_some(was.digest);
        let before = seen.past.last();
        let (first, began) = (before.map_or(1, |past| past.version + 1), before.map(|past| past.ended));
        let (credential, person, version) = (was.id, was.person, row.version);
        seen.past.push(Past { credential, person, first, version, digest, began, ended: self.now });
        trim_past(&mut seen.past);
        seen.version = seen.version.max(row.version);
        self.put_seen(seen);
    }

    /// Whether a slot is known to be empty of anything of ours without asking the lock.
    pub(crate) fn is_clean(&self, lock: LockId, slot: u16) -> bool {
        match self.seen(lock, slot) {
            None => true,
            Some(seen) => seen.holds == Holds::Empty && seen.evidence != Evidence::LocksWord,
        }
    }
}

/// Forgets the oldest former codes that are proven gone.
pub(crate) fn trim_past(past: &mut Vec<Past>) {
    while past.len() > PAST_KEPT {
        let Some(gone) = past.iter().position(|entry| entry.digest.is_none()) else { break };
        past.remove(gone);
    }
}

/// A named zone; UTC should the name be unknown (decide takes no unknown name).
pub(crate) fn zone_named(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}
