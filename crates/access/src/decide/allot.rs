//! Who gets a place on a lock that has fewer of them than people: the nearest guest first.
//!
//! A wish without a place is no row: it is a living grant for which nothing is wanted on a lock. It gets the next place
//! that becomes free, in the order of beginnings; and a wish that begins earlier takes the place of one that begins
//! later and has not begun. What there will never be room for is refused before it is accepted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::draft::{Draft, zone_named};
use crate::hours::instant;
use crate::house::House;
use crate::ids::{CredentialId, LockId};
use crate::model::{Grant, Lock};
use crate::sync::{Holds, Validity, Wanted};

/// From when to when something lasts, hours within it left aside.
type Span = (Timestamp, Timestamp);

/// The first and the last moment of a period.
fn span(validity: &Validity, zone: &TimeZone) -> Span {
    let from = validity.from.map_or(Timestamp::MIN, |from| instant(from, zone));
    (from, validity.until.map_or(Timestamp::MAX, |until| instant(until, zone)))
}

/// From the first beginning to the last end.
fn whole(periods: &[Validity], zone: &TimeZone) -> Span {
    let spans = periods.iter().map(|period| span(period, zone));
    spans.fold((Timestamp::MAX, Timestamp::MIN), |all, one| (all.0.min(one.0), all.1.max(one.1)))
}

fn of_grant(grant: &Grant, zone: &TimeZone) -> Span {
    span(&Validity { from: grant.from, until: grant.until, windows: Vec::new() }, zone)
}

impl Draft<'_> {
    /// Living grants on a lock for which nothing is wished there, the nearest first.
    fn without_place(&mut self, lock: LockId) -> Vec<CredentialId> {
        let Some(door) = self.lock(lock).filter(|row| row.removing.is_none()).map(|row| row.door) else {
            return Vec::new();
        };
        let (zone, now) = (self.zone(lock), self.now);
        let wished = self.wanted_of(lock).filter_map(|row| row.spec.as_ref());
        let wished: BTreeSet<CredentialId> = wished.map(|spec| spec.credential).collect();
        let mut nearest: BTreeMap<CredentialId, (Timestamp, Timestamp)> = BTreeMap::new();
        for grant in
            self.grants().filter(|grant| grant.revoked.is_none() && !wished.contains(&grant.credential))
        {
            let (from, until) = of_grant(grant, &zone);
            if until > now && self.targets(grant.target, door) {
                let order = nearest.entry(grant.credential).or_insert((from, grant.created));
                *order = (from, grant.created).min(*order);
            }
        }
        let mut all: Vec<_> = nearest.into_iter().map(|(code, order)| (order, code)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, code)| code).collect()
    }

    /// Gives places to what living grants give on a lock and nobody wishes, the nearest first, until there is none left.
    pub(crate) fn resume(&mut self, lock: LockId) {
        for credential in self.without_place(lock) {
            // a code that the lock does not take any more has said so, and stands in nobody's way
            let refused = self.reconcile(&BTreeSet::from([(lock, credential)])).is_err();
            if !refused && self.slot_of(lock, credential).is_none() {
                return;
            }
        }
    }

    /// Gives on the places that this decision has freed.
    pub(crate) fn give_on(&mut self) {
        while let Some((lock, freed)) = self.freed.pop_first() {
            // somebody can only have waited if there was none before
            if self.free_places(lock) <= freed {
                self.resume(lock);
            }
        }
    }

    /// Places that nobody wants and that hold nothing as far as known.
    fn free_places(&self, lock: LockId) -> usize {
        let Some(row) = self.lock(lock) else { return 0 };
        let taken: BTreeSet<u16> = self.wanted_of(lock).map(|wanted| wanted.slot).collect();
        usize::from(row.capabilities.slots).saturating_sub(taken.len() + self.strangers(lock, &taken))
    }

    fn strangers(&self, lock: LockId, but: &BTreeSet<u16>) -> usize {
        let foreign = |slot: &u16| self.seen(lock, *slot).is_some_and(|seen| seen.holds == Holds::Foreign);
        let slots: BTreeSet<u16> = self.house.seen_of(lock).map(|seen| seen.slot).collect();
        slots.difference(but).filter(|slot| foreign(slot)).count()
    }

    /// Whether a code for which a lock has no place now can have one from its beginning to its end.
    pub(crate) fn may_wait(&mut self, lock: LockId, credential: CredentialId, periods: &[Validity]) -> bool {
        let Some((door, slots)) = self.lock(lock).map(|row| (row.door, row.capabilities.slots)) else {
            return false;
        };
        let (zone, now) = (self.zone(lock), self.now);
        let (from, until) = whole(periods, &zone);
        let from = from.max(now);
        let mut others: BTreeMap<CredentialId, Vec<Span>> = BTreeMap::new();
        for grant in self.grants().filter(|g| g.revoked.is_none() && g.credential != credential) {
            let span = of_grant(grant, &zone);
            if span.1 > from && span.0 < until && self.targets(grant.target, door) {
                others.entry(grant.credential).or_default().push(span);
            }
        }
        // a place is kept from the first beginning to the last end
        let spans: Vec<Span> = others
            .values()
            .map(|all| all.iter().fold((Timestamp::MAX, Timestamp::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1))))
            .collect();
        let room = usize::from(slots).saturating_sub(self.strangers(lock, &BTreeSet::new()));
        let begins = spans.iter().map(|span| span.0).filter(|at| *at > from).chain([from]);
        let at_once = |at: Timestamp| spans.iter().filter(|span| span.0 <= at && at < span.1).count();
        // the beginning itself is also when a place is handed over: who leaves then does not count
        begins.into_iter().all(|at| at_once(at) < room)
    }

    /// Takes the place of the wish that begins last, if it begins after `from` and has not begun.
    pub(crate) fn make_room(&mut self, lock: LockId, periods: &[Validity]) {
        let zone = self.zone(lock);
        let from = whole(periods, &zone).0.max(self.now);
        let begins = |row: &Wanted| row.spec.as_ref().map(|spec| whole(&spec.validity, &zone).0);
        let last = self.wanted_of(lock).filter_map(|row| Some((begins(row)?, row.slot))).max();
        if let Some((_, slot)) = last.filter(|(at, _)| *at > from) {
            self.end_slot(lock, slot);
        }
    }
}

/// Whether a living grant has no place on a lock, and when one becomes free for it, as far as ends are known.
pub(crate) fn place_due(house: &House, grant: &Grant, lock: &Lock, now: Timestamp) -> Option<Timestamp> {
    let zone = house.doors.get(&lock.door).map_or(TimeZone::UTC, |door| zone_named(&door.time_zone));
    let mut ends: Vec<Timestamp> = house
        .wanted_of(lock.id)
        .map(|row| row.spec.as_ref().map_or(now, |spec| whole(&spec.validity, &zone).1.max(now)))
        .collect();
    ends.sort_unstable();
    let order = |grant: &Grant| (of_grant(grant, &zone).0, grant.created, grant.id);
    let wished: BTreeSet<CredentialId> =
        house.wanted_of(lock.id).filter_map(|row| row.spec.as_ref()).map(|spec| spec.credential).collect();
    let before = house.grants.values().filter(|other| {
        other.revoked.is_none()
            && other.credential != grant.credential
            && !wished.contains(&other.credential)
            && of_grant(other, &zone).1 > now
            && house.doors_of(other.target).contains(&lock.door)
            && order(other) < order(grant)
    });
    let before: BTreeSet<CredentialId> = before.map(|other| other.credential).collect();
    ends.get(before.len()).copied().filter(|at| *at < Timestamp::MAX)
}
