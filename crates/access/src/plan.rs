//! The planner: from wanted and seen to the next operations for one lock. It writes nothing and remembers
//! nothing; asked again, it answers the same.
//!
//! Its rules: revocations first, then what ends, then changes, then additions; the whole slot is always
//! sent; what was written is read back before it counts; a slot that was never looked into is read before
//! it is written; a code that nobody here gave is never touched without the owner's word; a code is not put
//! into a slot while it may still be in another; and when two people swap codes, one slot is cleared first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::hours::{next_edge, next_look};
use crate::house::House;
use crate::ids::{CredentialId, LockId};
use crate::keep::{Kept, alone, keep};
use crate::model::{Capabilities, Lock};
use crate::sync::{Errand, ErrandState, Evidence, Holds, Seen, SlotSpec, Validity, Wanted};

/// An empty slot is looked into again before a write when it was last seen longer ago than this: somebody
/// may have set a code at the keypad.
const EMPTY_STALE: SignedDuration = SignedDuration::from_mins(10);

/// No wait between two tries is longer: one that seems to be was worked out before somebody set the clock back.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(20);

/// The next operation for one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// Slot, in the lock's own counting.
    pub slot: u16,
    /// [`Wanted::version`] that it serves.
    pub version: u64,
    /// What to do.
    pub work: Work,
}

/// What is to be done to a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Write the whole slot.
    Set {
        /// The code.
        credential: CredentialId,
        /// Which change of its digits.
        credential_version: u64,
        /// Enabled at the lock.
        enabled: bool,
        /// Schedules for the lock to keep, fit for it; empty: always.
        validity: Vec<Validity>,
        /// When the code shall end at the lock by itself, where it can.
        not_after: Option<Timestamp>,
        /// Opens once only, where the lock can do that.
        once: bool,
    },
    /// Empty the slot.
    Clear,
    /// Look what is in it.
    Read,
}

impl Work {
    /// Whether it changes the lock.
    pub fn is_write(&self) -> bool {
        !matches!(self, Self::Read)
    }
}

/// What to do on a lock, in order, and when to ask again at the latest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Operations that can be sent now; each is to be answered before the next is planned.
    pub ops: Vec<Op>,
    /// When something begins, ends or is to be tried again, if nothing else happens before.
    pub next_at: Option<Timestamp>,
    /// Every period of some slot has ended: [`lapse`](crate::lapse) frees it.
    pub over: bool,
}

/// How urgent: in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Revoke,
    ProveRevoked,
    End,
    Change,
    Add,
}

struct Step {
    class: Class,
    since: Timestamp,
    op: Op,
    /// Digits that the step puts into its slot.
    digest: Option<[u8; 32]>,
}

/// Plans for one lock. Nothing may be in flight to it: an errand that says so is left over from a crash,
/// and the plan begins by looking what became of it. `zone` is that of the lock's door.
pub fn plan(house: &House, lock: LockId, now: Timestamp, zone: &TimeZone) -> Plan {
    let mut plan = Plan::default();
    let Some(row) = house.locks.get(&lock).filter(|row| !row.address.is_told()) else { return plan };
    let mut steps = Vec::new();
    let mut looks = Looks::default();
    for wanted in house.wanted_of(lock) {
        let slot = Slot::of(house, row, wanted);
        if let Some(spec) = &wanted.spec {
            plan.next_at = earlier(plan.next_at, looks.next(&spec.validity, row, now, zone));
            plan.over |= spec.validity.iter().all(|period| period.is_over(now, zone));
        }
        let Some((class, work)) = slot.step(now, zone) else { continue };
        match slot.errand.map(|errand| (errand.state, errand.next_try)) {
            Some((ErrandState::Refused | ErrandState::Suspended, _)) => continue,
            Some((_, Some(at))) if at > now && at.duration_since(now) <= LONGEST_WAIT => {
                plan.next_at = earlier(plan.next_at, Some(at));
                continue;
            }
            _ => {}
        }
        let digest = match &work {
            Work::Set { credential, .. } => house.credentials.get(credential).map(|code| code.digest),
            Work::Clear | Work::Read => None,
        };
        let op = Op { slot: wanted.slot, version: wanted.version, work };
        steps.push(Step { class, since: wanted.since, op, digest });
    }
    hold_back(house, lock, &mut steps);
    steps.sort_by_key(|step| (step.class, step.since, step.op.slot));
    plan.ops = steps.into_iter().map(|step| step.op).collect();
    plan
}

/// What a read of this slot should find if everything is as wished now; `None` when it should be empty.
pub fn expected(house: &House, lock: LockId, slot: u16, now: Timestamp, zone: &TimeZone) -> Option<Op> {
    let (row, wanted) = (house.locks.get(&lock)?, house.wanted.get(&(lock, slot))?);
    let work = Slot::of(house, row, wanted).set(now, zone)?;
    Some(Op { slot, version: wanted.version, work })
}

/// When to look at a schedule again; the slots of a lock share few schedules, so each is worked out once.
#[derive(Default)]
struct Looks<'a>(Vec<(&'a [Validity], Option<Timestamp>)>);

impl<'a> Looks<'a> {
    const KEPT: usize = 8;

    fn next(
        &mut self,
        periods: &'a [Validity],
        lock: &Lock,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<Timestamp> {
        if periods.iter().any(Validity::is_always) {
            return None;
        }
        if let Some((_, at)) = self.0.iter().find(|(known, _)| *known == periods) {
            return *at;
        }
        let at = if alone(periods, lock.capabilities.schedules).begins {
            next_edge(periods, now, zone)
        } else {
            next_look(periods, now, zone)
        };
        if self.0.len() < Self::KEPT {
            self.0.push((periods, at));
        }
        at
    }
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Takes out the steps that would put digits into a slot while they may still be in another, and breaks
/// a ring of such slots by clearing one of them.
fn hold_back(house: &House, lock: LockId, steps: &mut Vec<Step>) {
    let mut held = Vec::new();
    for seen in house.seen_of(lock) {
        held.extend(seen.past.iter().filter_map(|past| past.digest).map(|digest| (seen.slot, digest)));
    }
    if held.is_empty() {
        return;
    }
    let mut waits: BTreeMap<u16, u16> = BTreeMap::new();
    for step in steps.iter() {
        let Some(digest) = step.digest else { continue };
        let other = held.iter().find(|(slot, there)| *slot != step.op.slot && *there == digest);
        if let Some((slot, _)) = other {
            waits.insert(step.op.slot, *slot);
        }
    }
    let ring = waits.keys().find_map(|start| ring_from(*start, &waits));
    for step in steps.iter_mut().filter(|step| Some(step.op.slot) == ring) {
        waits.remove(&step.op.slot);
        step.op.work = Work::Clear;
    }
    steps.retain(|step| !waits.contains_key(&step.op.slot));
}

/// The lowest slot of the ring that waiting leads into, if it does.
fn ring_from(start: u16, waits: &BTreeMap<u16, u16>) -> Option<u16> {
    let mut walked = BTreeSet::new();
    let mut at = start;
    while let Some(next) = waits.get(&at) {
        if !walked.insert(at) {
            let mut ring = vec![at];
            let mut on = *next;
            while on != at {
                ring.push(on);
                on = *waits.get(&on)?;
            }
            return ring.into_iter().min();
        }
        at = *next;
    }
    None
}

/// One wanted slot with what is known of it.
pub(crate) struct Slot<'a> {
    pub lock: &'a Lock,
    pub wanted: &'a Wanted,
    pub seen: Option<&'a Seen>,
    pub errand: Option<&'a Errand>,
}

impl<'a> Slot<'a> {
    pub(crate) fn of(house: &'a House, lock: &'a Lock, wanted: &'a Wanted) -> Self {
        let key = (wanted.lock, wanted.slot);
        Self { lock, wanted, seen: house.seen.get(&key), errand: house.errands.get(&key) }
    }

    fn can(&self) -> &Capabilities {
        &self.lock.capabilities
    }

    /// The write that brings the wish onto the lock; `None` when the slot should be empty now.
    pub(crate) fn set(&self, now: Timestamp, zone: &TimeZone) -> Option<Work> {
        let spec = self.wanted.spec.as_ref()?;
        match keep(spec, self.can(), now, zone) {
            Kept::Absent(_) => None,
            Kept::Present { validity, not_after } => Some(Work::Set {
                credential: spec.credential,
                credential_version: spec.credential_version,
                enabled: true,
                validity,
                not_after,
                once: spec.once && self.can().schedules.once,
            }),
        }
    }

    /// Whether what is known of the slot is what is wished now, on evidence that is final.
    pub(crate) fn is_settled(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.step(now, zone).is_none()
    }

    /// The next thing to do, whatever the errand says about when.
    fn step(&self, now: Timestamp, zone: &TimeZone) -> Option<(Class, Work)> {
        if self.errand.is_some_and(|errand| errand.state == ErrandState::InFlight) {
            return Some((self.class(Class::ProveRevoked, Class::Change), Work::Read));
        }
        match self.set(now, zone) {
            Some(set) => self.step_present(set, now, zone),
            None => self.step_absent(),
        }
    }

    fn class(&self, tombstone: Class, living: Class) -> Class {
        if self.wanted.spec.is_none() { tombstone } else { living }
    }

    fn step_absent(&self) -> Option<(Class, Work)> {
        let seen = self.seen?;
        let clear = (self.class(Class::Revoke, Class::End), Work::Clear);
        match (&seen.holds, seen.evidence) {
            (Holds::Empty, Evidence::LocksWord) => {
                Some((self.class(Class::ProveRevoked, Class::End), Work::Read))
            }
            (Holds::Empty, _) => None,
            (Holds::Foreign, _) if self.wanted.spec.is_some() => None,
            (Holds::Foreign | Holds::Unknown | Holds::Ours { .. }, _) => Some(clear),
        }
    }

    /// Whether the wish, as this lock keeps it, is another one by now than when it was seen there: one of several
    /// periods has ended, and what is left fits the lock in another form.
    fn has_changed(&self, set: &Work, seen: &Seen, zone: &TimeZone) -> bool {
        let limited = |spec: &SlotSpec| spec.validity.iter().all(|period| !period.is_always());
        self.wanted.spec.as_ref().is_some_and(limited)
            && self.set(seen.at, zone).is_some_and(|before| before != *set)
    }

    fn step_present(&self, set: Work, now: Timestamp, zone: &TimeZone) -> Option<(Class, Work)> {
        let Some(seen) = self.seen else { return Some((Class::Add, Work::Read)) };
        let Work::Set { credential: wished, .. } = &set else { return None };
        match (&seen.holds, seen.evidence) {
            (Holds::Unknown, Evidence::LocksWord) => Some((Class::Change, Work::Read)),
            (Holds::Unknown, _) => Some((Class::Change, set)),
            // a clear that is not proven yet, or too long ago
            (Holds::Empty, Evidence::LocksWord) => Some((Class::Add, Work::Read)),
            (Holds::Empty, _) if now.duration_since(seen.at) > EMPTY_STALE => Some((Class::Add, Work::Read)),
            (Holds::Empty, _) => Some((Class::Add, set)),
            (Holds::Foreign, _) => None,
            (Holds::Ours { credential, version, enabled: true }, evidence)
                if credential == wished && *version == self.wanted.version =>
            {
                if evidence == Evidence::LocksWord {
                    return Some((Class::Change, Work::Read));
                }
                self.has_changed(&set, seen, zone).then_some((Class::Change, set))
            }
            (Holds::Ours { .. }, _) => Some((Class::Change, set)),
        }
    }
}
