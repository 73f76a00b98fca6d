//! From answers to rows: what was sent, acknowledged, read, refused, seen or used at the door, folded into
//! what is known of a slot.
//!
//! The rules of evidence: an acknowledgement is only the lock's word; *in force* needs a read-back,
//! a checksum or a use; a lock that can never be read gives *accepted, unreadable*; an observation older
//! than the last operation is discarded; an unclear answer is tried three times and then waits for a person.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::decide::{Change, Draft, grants, locks, people};
use crate::house::House;
use crate::ids::{LockId, OpId};
use crate::plan::{Op, Slot, Work};
use crate::sync::{Errand, ErrandState, Evidence, Holds, Seen, Wanted};

/// Unclear answers after which an errand is suspended, or, when it ends access, told to a person.
pub const UNCLEAR_MAX: u32 = 3;
/// Wait after the first unclear answer; doubles each time.
const UNCLEAR_WAIT: SignedDuration = SignedDuration::from_secs(4);
/// Shortest and longest wait for a lock that does not answer.
const SILENT_WAIT: (SignedDuration, SignedDuration) =
    (SignedDuration::from_secs(5), SignedDuration::from_mins(15));
/// Waits for a silent lock are lengthened by up to 63 of so many parts.
const SPREAD: i32 = 256;
/// A report of a taken slot so soon after it was proven empty is an echo of the write before, until read.
const ECHO: SignedDuration = SignedDuration::from_mins(2);
/// Wait before reading back what only the gateway confirmed.
const GATEWAY_WAIT: SignedDuration = SignedDuration::from_secs(1);
/// Longest text of an error that is kept, in characters.
const ERROR_CHARS: usize = 200;

/// What a read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The expected code, read back or proven.
    Matches {
        /// Whether it is enabled on the lock.
        enabled: bool,
    },
    /// The expected code, with other hours or another end than expected.
    OtherHours,
    /// Another code than expected.
    Differs,
    /// Plainly empty.
    Empty,
    /// Taken, by what cannot be told.
    Taken,
    /// It can never be read, or the answer says nothing.
    Unreadable,
}

/// What an operation failed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The lock refuses and would refuse the same again.
    Rejected(String),
    /// The lock says that these digits are on it already, in another slot.
    Duplicate,
    /// No answer: asleep, out of reach.
    Unreachable(String),
    /// Something that cannot be understood.
    Unexpected(String),
}

/// A slot in the middle of being folded: its rows as they will be.
struct Fold<'a> {
    draft: Draft<'a>,
    wanted: Wanted,
    seen: Seen,
    errand: Errand,
    /// Whether a write of ours was sent and has not been settled: what is found may be its doing.
    wrote: bool,
    zone: TimeZone,
}

impl<'a> Fold<'a> {
    fn of(house: &'a House, lock: LockId, slot: u16, now: Timestamp) -> Option<Self> {
        house.locks.get(&lock)?;
        let key = (lock, slot);
        let wanted = house.wanted.get(&key)?.clone();
        let seen = house.seen.get(&key).cloned().unwrap_or_else(|| unknown(lock, slot, now));
        let errand = house.errands.get(&key).cloned().unwrap_or_else(|| due(&wanted, now));
        let wrote = errand.op.is_some();
        let mut draft = Draft::new(house, now);
        let zone = draft.zone(lock);
        Some(Self { draft, wanted, seen, errand, wrote, zone })
    }

    fn now(&self) -> Timestamp {
        self.draft.now
    }

    /// Whether a later operation was sent, so that this answer says nothing any more.
    fn is_stale(&self, id: OpId) -> bool {
        self.seen.after.is_some_and(|after| after > id) || self.errand.op.is_some_and(|op| op > id)
    }

    /// Notes what the slot holds. The moment stays that of the first such proof, also when it was doubted
    /// in between.
    fn saw(&mut self, holds: Holds, evidence: Evidence, after: Option<OpId>) {
        let doubted = !self.wrote && self.seen.evidence == Evidence::LocksWord;
        let again = self.seen.holds == holds && (self.seen.evidence == evidence || doubted);
        if !again || holds == Holds::Empty {
            self.seen.at = self.now();
        }
        let proven = matches!(holds, Holds::Ours { .. } | Holds::Empty) && evidence != Evidence::LocksWord;
        if proven {
            for past in self.seen.past.iter_mut().filter(|past| past.digest.is_some()) {
                past.digest = None;
                past.ended = self.draft.now;
            }
            crate::decide::draft::trim_past(&mut self.seen.past);
        }
        self.seen.holds = holds;
        self.seen.evidence = evidence;
        self.seen.after = after.or(self.seen.after);
        self.seen.version = self.seen.version.max(self.wanted.version);
    }

    /// Counts an unclear answer: again after a while, or suspended. What ends is never given up: the code may open.
    fn unclear(&mut self, why: &str) {
        self.errand.tries = self.errand.tries.saturating_add(1);
        self.errand.last_error = Some(brief(why));
        if self.errand.tries >= UNCLEAR_MAX && self.wanted.spec.is_some() {
            self.errand.state = ErrandState::Suspended;
            self.errand.next_try = None;
        } else {
            self.errand.state = ErrandState::Due;
            let wait = UNCLEAR_WAIT * 2_i32.pow(self.errand.tries.saturating_sub(1).min(8));
            self.errand.next_try = later(self.now(), wait.min(SILENT_WAIT.1));
        }
    }

    fn stop(&mut self, state: ErrandState, why: &str) {
        self.errand.state = state;
        self.errand.next_try = None;
        self.errand.last_error = Some(brief(why));
    }

    /// The rows as they are now; whatever is finished is removed.
    fn write(self) -> Vec<Change> {
        self.settle().finish()
    }

    fn is_settled(&self) -> bool {
        let row = self.draft.house.locks.get(&self.wanted.lock);
        let seen = Some(&self.seen);
        let slot = row.map(|lock| Slot { lock, wanted: &self.wanted, seen, errand: Some(&self.errand) });
        slot.is_some_and(|slot| slot.is_settled(self.draft.now, &self.zone))
    }

    fn settle(mut self) -> Draft<'a> {
        let (lock, slot) = (self.wanted.lock, self.wanted.slot);
        let settled = self.is_settled();
        self.draft.put_seen(self.seen.clone());
        let over = |wanted: &Wanted| match &wanted.spec {
            None => true,
            Some(spec) => spec.validity.iter().all(|v| v.is_over(self.draft.now, &self.zone)),
        };
        if settled && over(&self.wanted) && self.seen.holds == Holds::Empty {
            self.draft.unwant(lock, slot);
            self.finish_removals(lock);
        } else if settled && self.seen.holds != Holds::Foreign {
            self.draft.push(Change::ErrandGone(lock, slot));
        } else {
            self.draft.push(Change::Errand(self.errand));
        }
        self.draft
    }

    fn finish_removals(&mut self, lock: LockId) {
        let removing = self.draft.lock(lock).is_some_and(|row| row.removing.is_some());
        if removing && self.draft.wanted_of(lock).next().is_none() {
            locks::take_away(&mut self.draft, lock);
        } else {
            people::finish_removed(&mut self.draft, None);
        }
    }

    /// The slot holds a code that nobody here gave: it is left alone, and a wish for it moves to a free one.
    fn foreign(mut self) -> Vec<Change> {
        let (lock, slot) = (self.wanted.lock, self.wanted.slot);
        self.seen.holds = Holds::Foreign;
        self.seen.evidence = Evidence::ReadBack;
        self.seen.at = self.now();
        self.seen.version = self.seen.version.max(self.wanted.version);
        let Some(spec) = self.wanted.spec.clone() else { return self.write() };
        match self.draft.free_slot(lock) {
            Ok(free) => {
                self.draft.put_seen(self.seen);
                self.draft.unwant(lock, slot);
                self.draft.want(lock, free, Some(spec));
                self.draft.finish()
            }
            Err(full) => {
                let why = format!("its place holds a code that nobody here gave, and {full}");
                self.stop(ErrandState::Refused, &why);
                self.write()
            }
        }
    }
}

fn unknown(lock: LockId, slot: u16, now: Timestamp) -> Seen {
    Seen {
        lock,
        slot,
        holds: Holds::Unknown,
        evidence: Evidence::LocksWord,
        at: now,
        after: None,
        version: 0,
        past: Vec::new(),
    }
}

fn due(wanted: &Wanted, now: Timestamp) -> Errand {
    Errand {
        lock: wanted.lock,
        slot: wanted.slot,
        version: wanted.version,
        state: ErrandState::Due,
        op: None,
        tries: 0,
        next_try: None,
        last_error: None,
        since: now,
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Option<Timestamp> {
    Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

/// How many of [`SPREAD`] parts a wait is lengthened by, which differs from operation to operation: a hundred locks
/// behind one gateway that comes back are not all tried in the same moment.
fn spread(id: OpId) -> i32 {
    i32::try_from(id.uuid().as_u128() % 64).unwrap_or(0)
}

fn brief(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(ERROR_CHARS).collect()
}

/// A write is about to be sent: commit these rows first. What the slot holds is unknown until it is answered.
pub fn sent(house: &House, lock: LockId, op: &Op, id: OpId, now: Timestamp) -> Vec<Change> {
    let Some(mut fold) = Fold::of(house, lock, op.slot, now) else { return Vec::new() };
    if !op.work.is_write() {
        return Vec::new();
    }
    fold.saw(Holds::Unknown, Evidence::LocksWord, Some(id));
    fold.errand.state = ErrandState::InFlight;
    fold.errand.op = Some(id);
    fold.errand.next_try = None;
    fold.write()
}

/// The gateway or the lock took a write. That is its word, not proof: the slot is read next, after a moment
/// when only the gateway answered (`applied` is false) and the lock may still be busy with it.
pub fn acknowledged(
    house: &House,
    lock: LockId,
    op: &Op,
    id: OpId,
    applied: bool,
    now: Timestamp,
) -> Vec<Change> {
    let Some(mut fold) = Fold::of(house, lock, op.slot, now).filter(|fold| !fold.is_stale(id)) else {
        return Vec::new();
    };
    match &op.work {
        Work::Set { credential, enabled, .. } => {
            let holds = Holds::Ours { credential: *credential, version: op.version, enabled: *enabled };
            fold.saw(holds, Evidence::LocksWord, Some(id));
        }
        Work::Clear => fold.saw(Holds::Empty, Evidence::LocksWord, Some(id)),
        Work::Read => return Vec::new(),
    }
    fold.errand.state = ErrandState::Due;
    fold.errand.next_try = if applied { None } else { later(now, GATEWAY_WAIT) };
    fold.write()
}

/// A read was answered.
pub fn observed(
    house: &House,
    lock: LockId,
    op: &Op,
    id: OpId,
    reading: Reading,
    now: Timestamp,
) -> Vec<Change> {
    let Some(fold) = Fold::of(house, lock, op.slot, now) else {
        return stray(house, lock, op.slot, reading, now, false);
    };
    if fold.is_stale(id) {
        return Vec::new();
    }
    // a look at what is settled, which finds it as it was, changes nothing
    let before =
        house.seen.get(&(lock, op.slot)).cloned().filter(|_| !house.errands.contains_key(&(lock, op.slot)));
    let changes = fold.read(op, id, reading);
    let known = |seen: &Seen| {
        before.as_ref().is_some_and(|was| Seen { after: was.after, at: was.at, ..seen.clone() } == *was)
    };
    let same = |change: &Change| match change {
        Change::Seen(seen) => known(seen),
        Change::ErrandGone(..) => true,
        _ => false,
    };
    if changes.iter().all(same) { Vec::new() } else { changes }
}

impl Fold<'_> {
    fn read(mut self, op: &Op, id: OpId, reading: Reading) -> Vec<Change> {
        let was = (self.seen.holds.clone(), self.seen.evidence);
        let untouched = !self.wrote;
        if self.errand.state == ErrandState::InFlight {
            self.errand.state = ErrandState::Due;
        }
        let credential = self.wanted.spec.as_ref().map(|spec| spec.credential);
        match (reading, credential) {
            (Reading::Matches { enabled }, Some(credential)) => {
                let version = op.version.min(self.wanted.version);
                self.saw(Holds::Ours { credential, version, enabled }, Evidence::ReadBack, Some(id));
                if !enabled {
                    self.unclear("the code is switched off on the lock");
                }
            }
            (Reading::OtherHours, Some(_)) => {
                // it is ours, and the whole slot is sent again
                self.saw(Holds::Unknown, Evidence::ReadBack, Some(id));
                if self.wrote && matches!(was.0, Holds::Ours { .. }) {
                    self.unclear("the lock keeps other hours than were sent");
                }
            }
            (Reading::Empty, _) => return self.read_empty(id, &was.0),
            (Reading::Differs, Some(_)) if untouched => return self.foreign(),
            (Reading::Differs, Some(_)) => {
                self.saw(Holds::Unknown, Evidence::ReadBack, Some(id));
                if matches!(was.0, Holds::Ours { .. }) {
                    self.unclear("the lock holds another code than was sent");
                }
            }
            (Reading::Taken, Some(credential)) => match was.0 {
                Holds::Ours { version, enabled, .. } => {
                    // a code that has opened the door is known better than a look can tell
                    let used = untouched && was.1 == Evidence::UsedAtDoor;
                    let evidence = if used { Evidence::UsedAtDoor } else { Evidence::Unreadable };
                    self.saw(Holds::Ours { credential, version, enabled }, evidence, Some(id));
                }
                _ if untouched => return self.foreign(),
                _ => self.saw(Holds::Unknown, Evidence::Unreadable, Some(id)),
            },
            (Reading::Matches { .. } | Reading::OtherHours | Reading::Differs | Reading::Taken, None) => {
                self.saw(Holds::Unknown, Evidence::ReadBack, Some(id));
                if was.0 == Holds::Empty {
                    self.unclear("the lock still holds the code");
                }
            }
            (Reading::Unreadable, _) => match was {
                // what the lock accepted and nobody can read is as final as it gets
                (holds @ (Holds::Ours { .. } | Holds::Empty), _) => {
                    self.saw(holds, Evidence::Unreadable, Some(id));
                }
                (holds, _) => self.saw(holds, Evidence::Unreadable, Some(id)),
            },
        }
        self.write()
    }

    fn read_empty(mut self, id: OpId, was: &Holds) -> Vec<Change> {
        self.saw(Holds::Empty, Evidence::ReadBack, Some(id));
        let ours = matches!(was, Holds::Ours { .. }) && self.wanted.spec.is_some();
        if ours && self.wrote {
            self.unclear("the lock took the code and does not hold it");
        } else if ours {
            // it was in force: somebody else removed it. Writing it back unasked could go on for ever
            self.stop(ErrandState::Suspended, "the code was removed at the lock or by another controller");
        }
        self.write()
    }
}

/// An operation failed.
pub fn failed(
    house: &House,
    lock: LockId,
    op: &Op,
    id: OpId,
    failure: &Failure,
    now: Timestamp,
) -> Vec<Change> {
    let Some(mut fold) = Fold::of(house, lock, op.slot, now).filter(|fold| !fold.is_stale(id)) else {
        return Vec::new();
    };
    let newer = fold.errand.version != op.version;
    fold.errand.state = ErrandState::Due;
    match failure {
        // the wish has changed since: what was refused is not what is wanted now
        _ if newer => {}
        Failure::Rejected(why) => fold.stop(ErrandState::Refused, why),
        Failure::Duplicate if fold.errand.tries > 0 => {
            let why = "the lock says that it holds this code in another slot, which nobody here gave: \
                       remove it at the lock, or choose another code";
            fold.stop(ErrandState::Refused, why);
        }
        // it may be our own write of before that landed after all: look first
        Failure::Duplicate => fold.unclear("the lock says that it already holds this code"),
        Failure::Unexpected(why) => fold.unclear(why),
        Failure::Unreachable(why) => {
            let wait = (now.duration_since(fold.errand.since) / 2).clamp(SILENT_WAIT.0, SILENT_WAIT.1);
            fold.errand.next_try = later(now, wait + wait * spread(id) / SPREAD);
            fold.errand.last_error = Some(brief(why));
        }
    }
    fold.write()
}

/// Makes what waits on a lock due at once: the lock came back, or the owner asks. What the lock refuses
/// stays refused until the wish changes.
pub fn retry(house: &House, lock: LockId, now: Timestamp) -> Vec<Change> {
    let errands = house.errands.range((lock, 0)..=(lock, u16::MAX)).map(|(_, errand)| errand);
    errands
        .filter(|errand| errand.state == ErrandState::Suspended || errand.next_try.is_some_and(|at| at > now))
        .map(|errand| {
            let suspended = errand.state == ErrandState::Suspended;
            let state = if suspended { ErrandState::Due } else { errand.state };
            let tries = if suspended { 0 } else { errand.tries };
            Change::Errand(Errand { state, tries, next_try: None, ..errand.clone() })
        })
        .collect()
}

/// The lock told of a slot outside a read.
pub fn slot_told(house: &House, lock: LockId, slot: u16, taken: bool, now: Timestamp) -> Vec<Change> {
    if let Some(fold) = Fold::of(house, lock, slot, now) {
        return fold.told(taken, house.seen.contains_key(&(lock, slot)));
    }
    if !house.locks.contains_key(&lock) {
        return Vec::new();
    }
    stray(house, lock, slot, if taken { Reading::Taken } else { Reading::Empty }, now, true)
}

impl Fold<'_> {
    fn told(mut self, taken: bool, looked: bool) -> Vec<Change> {
        if self.wrote || !looked {
            // the echo of our own write, or a slot that will be read before it is written: the read will tell
            return Vec::new();
        }
        match &self.seen.holds {
            Holds::Ours { .. } => {}
            Holds::Empty if taken => self.seen.holds = Holds::Unknown,
            Holds::Empty | Holds::Unknown | Holds::Foreign => return Vec::new(),
        }
        // proven before, so somebody may have changed it: look again, and change nothing until then
        self.seen.evidence = Evidence::LocksWord;
        self.draft.put_seen(self.seen);
        self.draft.finish()
    }
}

/// Something was seen in a slot that nobody here wants. `told`: by a report, which may come late.
fn stray(
    house: &House,
    lock: LockId,
    slot: u16,
    reading: Reading,
    now: Timestamp,
    told: bool,
) -> Vec<Change> {
    let before = house.seen.get(&(lock, slot));
    let mut seen = before.cloned().unwrap_or_else(|| unknown(lock, slot, now));
    let echo =
        told && seen.holds == Holds::Empty && now.duration_since(seen.at) < ECHO && !seen.past.is_empty();
    let holds = match reading {
        Reading::Empty => Holds::Empty,
        Reading::Unreadable => return Vec::new(),
        // a late report of the code that was just removed from here
        _ if echo => return Vec::new(),
        Reading::Matches { .. } | Reading::OtherHours | Reading::Differs | Reading::Taken => Holds::Foreign,
    };
    let known = before.is_some_and(|before| before.holds == holds);
    let looked = !told && before.is_some_and(|before| before.evidence == Evidence::ReadBack);
    if known && (holds == Holds::Foreign || looked) {
        return Vec::new();
    }
    seen.holds = holds;
    seen.evidence = Evidence::ReadBack;
    seen.at = now;
    vec![Change::Seen(seen)]
}

/// A code in this slot opened the door: proof that it is there, and the end of a code that opens once.
/// `version` is that of the slot's wish at the lock at that time, where the lock keeps it.
pub fn used(house: &House, lock: LockId, slot: u16, version: Option<u64>, now: Timestamp) -> Vec<Change> {
    let Some(mut fold) = Fold::of(house, lock, slot, now) else { return Vec::new() };
    let Some(spec) = fold.wanted.spec.clone() else { return Vec::new() };
    let holds = Holds::Ours { credential: spec.credential, version: fold.wanted.version, enabled: true };
    let this = match version {
        Some(version) => version == fold.wanted.version,
        None => fold.seen.holds == holds,
    };
    if !this {
        return Vec::new();
    }
    let unproven = matches!(fold.seen.evidence, Evidence::LocksWord | Evidence::Unreadable);
    if fold.seen.holds != holds || unproven {
        let after = fold.seen.after;
        fold.saw(holds, Evidence::UsedAtDoor, after);
        if fold.errand.state == ErrandState::InFlight {
            fold.errand.state = ErrandState::Due;
        }
    } else if !spec.once {
        return Vec::new();
    }
    let mut draft = fold.settle();
    if spec.once {
        grants::spend(&mut draft, spec.credential);
    }
    draft.finish()
}
