//! The dry run: what a command would change on which lock, before it does. It decides on the house as it is and
//! reads the wishes that would follow; nothing is kept and nothing is sent.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::decide::draft::zone_named;
use crate::decide::{Change, Command, decide};
use crate::house::House;
use crate::ids::{CredentialId, LockId, PersonId};
use crate::keep::{Absence, Kept, alone, keep};
use crate::model::{Lock, Target};
use crate::refusal::Refusal;
use crate::sync::{Evidence, Holds, Seen, SlotSpec, Wanted};

/// What would happen to one code on one lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreseen {
    /// Which lock.
    pub lock: LockId,
    /// Whose code; `None`: of somebody who is no longer known.
    pub person: Option<PersonId>,
    /// What.
    pub effect: Effect,
}

/// What would happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Effect {
    /// The code is sent to the lock.
    Send {
        /// The lock keeps its hours and its end by itself.
        alone: bool,
    },
    /// The code is there and its digits or hours change; the code of now works until then.
    Change {
        /// The lock keeps its hours and its end by itself.
        alone: bool,
    },
    /// The hub sends it when it begins.
    SendLater {
        /// When.
        at: Timestamp,
    },
    /// The hub sends it with each of its hours and takes it off after them.
    SendWithHours,
    /// Every place is taken: it gets the next one that becomes free.
    Waits,
    /// It is taken off now and comes back with its hours or its beginning.
    TakeOffUntil {
        /// When it begins; `None`: with its next hours.
        at: Option<Timestamp>,
    },
    /// It is taken off the lock.
    TakeOff,
    /// It never reached the lock: nothing is sent.
    Drop,
    /// Nothing changes on this lock.
    Nothing,
    /// Nothing can be sent there: it is for the owner to change at the lock.
    ByHand,
}

impl Effect {
    /// In plain words. `at` says a moment as the reader's pages do.
    pub fn words(self, at: impl Fn(Timestamp) -> String) -> String {
        match self {
            Self::Send { alone: true } => "the code is sent".into(),
            Self::Send { alone: false } => "the code is sent; it ends only while the hub runs".into(),
            Self::Change { alone: true } => "its code or hours are changed".into(),
            Self::Change { alone: false } => {
                "its code or hours are changed; it ends only while the hub runs".into()
            }
            Self::SendLater { at: when } => format!("nothing now; the hub sends the code {}", at(when)),
            Self::SendWithHours => "nothing now; the hub sends the code with each of its hours".into(),
            Self::Waits => "nothing now; it gets the next place on the lock that becomes free".into(),
            Self::TakeOffUntil { at: Some(when) } => {
                format!("the code is taken off now and sent again {}", at(when))
            }
            Self::TakeOffUntil { at: None } => "the code is taken off now and sent with its hours".into(),
            Self::TakeOff => "the code is taken off".into(),
            Self::Drop => "nothing: the code never reached it".into(),
            Self::Nothing => "nothing changes".into(),
            Self::ByHand => "nothing can be sent there: change it at the lock".into(),
        }
    }
}

/// What this command would change, lock by lock; the same decision as the command itself, not carried out.
///
/// # Errors
/// The [`Refusal`] that the command itself would meet.
pub fn foresee(house: &House, command: Command, now: Timestamp) -> Result<Vec<Foreseen>, Refusal> {
    let (mut concerned, person) = concerned(house, &command);
    let given = if let Command::Give(give) = &command { Some(give.credential) } else { None };
    let changes = decide(house, command, now)?;
    let mut after: BTreeMap<(LockId, u16), Option<&Wanted>> = BTreeMap::new();
    let mut owners: BTreeMap<CredentialId, PersonId> = BTreeMap::new();
    for change in &changes {
        match change {
            Change::Wanted(row) => drop(after.insert((row.lock, row.slot), Some(row))),
            Change::WantedGone(lock, slot) => drop(after.insert((*lock, *slot), None)),
            Change::Credential(row) => drop(owners.insert(row.id, row.person)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for ((id, slot), wanted) in after {
        let Some(lock) = house.locks.get(&id) else { continue };
        let before = house.wanted.get(&(id, slot)).and_then(|row| row.spec.as_ref());
        let spec = wanted.and_then(|row| row.spec.as_ref());
        let credential = spec.or(before).map(|spec| spec.credential);
        let owner = |id: CredentialId| {
            owners.get(&id).copied().or_else(|| house.credentials.get(&id).map(|row| row.person))
        };
        let effect = effect(lock, spec, house.seen.get(&(id, slot)), now, &zone_of(house, lock));
        concerned.remove(&id);
        all.push(Foreseen { lock: id, person: credential.and_then(owner), effect });
    }
    for id in concerned {
        let Some(lock) = house.locks.get(&id) else { continue };
        let by_hand = lock.address.is_told() || lock.capabilities.slots == 0;
        let there = |row: &Wanted| row.spec.as_ref().is_some_and(|spec| Some(spec.credential) == given);
        let waits = given.is_some() && !house.wanted_of(id).any(there);
        let effect = match (by_hand, waits) {
            (true, _) => Effect::ByHand,
            (false, true) => Effect::Waits,
            (false, false) => Effect::Nothing,
        };
        all.push(Foreseen { lock: id, person, effect });
    }
    Ok(all)
}

/// The locks that a command is about, also where nothing would change, and whose code it is about.
fn concerned(house: &House, command: &Command) -> (BTreeSet<LockId>, Option<PersonId>) {
    let on = |target: Target| {
        let doors = house.doors_of(target);
        doors.iter().flat_map(|door| house.locks_of(*door)).map(|lock| lock.id).collect()
    };
    match command {
        Command::Give(give) => (on(give.target), Some(give.person)),
        Command::ChangeGrant { id, .. } | Command::Revoke { id } => {
            let grant = house.grants.get(id);
            (grant.map(|grant| on(grant.target)).unwrap_or_default(), grant.map(|grant| grant.person))
        }
        _ => (BTreeSet::new(), None),
    }
}

fn zone_of(house: &House, lock: &Lock) -> TimeZone {
    house.doors.get(&lock.door).map_or(TimeZone::UTC, |door| zone_named(&door.time_zone))
}

fn effect(
    lock: &Lock,
    spec: Option<&SlotSpec>,
    seen: Option<&Seen>,
    now: Timestamp,
    zone: &TimeZone,
) -> Effect {
    // a lock's word that it removed a code is no proof yet: it is still sent
    let clear = seen.is_none_or(|seen| seen.holds == Holds::Empty && seen.evidence != Evidence::LocksWord);
    let Some(spec) = spec else { return if clear { Effect::Drop } else { Effect::TakeOff } };
    let alone = alone(&spec.validity, lock.capabilities.schedules).ends;
    match keep(spec, &lock.capabilities, now, zone) {
        Kept::Present { .. } => {
            let theirs = |seen: &Seen| matches!(seen.holds, Holds::Ours { credential, .. } if credential == spec.credential);
            if seen.is_some_and(theirs) { Effect::Change { alone } } else { Effect::Send { alone } }
        }
        Kept::Absent(Absence::NotYet(at)) if clear => Effect::SendLater { at },
        Kept::Absent(Absence::NotYet(at)) => Effect::TakeOffUntil { at: Some(at) },
        Kept::Absent(Absence::OffHours) if clear => Effect::SendWithHours,
        Kept::Absent(Absence::OffHours) => Effect::TakeOffUntil { at: None },
        Kept::Absent(Absence::Over) => {
            if clear {
                Effect::Drop
            } else {
                Effect::TakeOff
            }
        }
    }
}
