//! Whose code it was: from a slot in a lock's record to a person, or to nobody, which is said as such.

use jiff::Timestamp;

use crate::house::House;
use crate::ids::{CredentialId, LockId, PersonId};
use crate::sync::{Evidence, Holds, Past, Seen};

/// Who held a slot when something happened there. `version` is that of the slot's wish at the lock at that
/// time, where the lock keeps it; `at` is the lock's own time of the event. A slot that changed hands is
/// told apart by them: the name given is never that of the next holder, rather none. A history that reaches
/// beyond `now` was written by a clock that somebody has set right since, and tells nobody apart.
pub fn holder(
    house: &House,
    lock: LockId,
    slot: u16,
    version: Option<u64>,
    at: Option<Timestamp>,
    now: Timestamp,
) -> Option<(CredentialId, PersonId)> {
    let seen = house.seen.get(&(lock, slot));
    let wanted = house.wanted.get(&(lock, slot));
    let spec = wanted.and_then(|row| row.spec.as_ref()).map(|spec| spec.credential);
    let person =
        |credential: CredentialId| house.credentials.get(&credential).map(|code| (credential, code.person));
    let past = seen.map(|seen| seen.past.as_slice()).unwrap_or_default();
    if let Some(version) = version {
        if past.last().is_some_and(|last| version <= last.version) {
            let then = past.iter().find(|past| (past.first..=past.version).contains(&version));
            return then.map(|past| (past.credential, past.person));
        }
        return wanted.filter(|row| version <= row.version).and(spec).and_then(person);
    }
    // what is there now has been there since it was proven, whatever a clock that was ahead says of the end before
    let proven = seen.filter(|seen| matches!(seen.holds, Holds::Ours { .. }) && seen.at <= now).map(|s| s.at);
    let ended = |p: &Past| proven.map_or(p.ended, |at| at.min(p.ended));
    if let Some(at) = at
        && past.last().is_some_and(|last| at < ended(last))
    {
        if past.iter().any(|p| ended(p) > now) {
            return None;
        }
        let then = past.iter().find(|p| p.began.is_none_or(|began| began <= at) && at < ended(p));
        return then.map(|past| (past.credential, past.person));
    }
    match seen {
        Some(Seen { holds: Holds::Ours { credential, .. }, .. }) => person(*credential),
        // a change that is not proven: the code of before may still be there, or the one of now already
        Some(Seen { holds: Holds::Unknown, .. })
        | Some(Seen { holds: Holds::Empty, evidence: Evidence::LocksWord, .. }) => {
            let before = past.iter().filter(|past| past.digest.is_some());
            let mut all = before.map(|past| (past.credential, past.person)).chain(spec.and_then(person));
            let first = all.next()?;
            all.all(|(_, other)| other == first.1).then_some(first)
        }
        _ => None,
    }
}
