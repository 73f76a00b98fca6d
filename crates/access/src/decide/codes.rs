//! Codes: set, changed, and those found on locks that nobody here gave.

use super::draft::Draft;
use super::slots::check_length;
use super::{Change, people, words};
use crate::ids::{CredentialId, GrantId, LockId, PersonId};
use crate::model::{Credential, Grant, Lock, Target};
use crate::pin::{PIN_DIGITS_MAX, PIN_DIGITS_MIN};
use crate::refusal::Refusal;
use crate::sync::{Errand, ErrandState, Evidence, Holds, Seen, SlotSpec, Validity, Wanted};

/// Most codes of one person.
const CODES_MAX: usize = 20;

/// The body of [`Command::SetCode`](super::Command::SetCode).
pub(super) struct NewCode {
    pub credential: CredentialId,
    pub person: PersonId,
    pub digits: u8,
    pub sealed: Vec<u8>,
    pub digest: [u8; 32],
}

pub(super) fn set(d: &mut Draft<'_>, new: NewCode) -> Result<(), Refusal> {
    people::living(d.house, new.person)?;
    if !(PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&usize::from(new.digits)) {
        return Err(Refusal::Digits);
    }
    let before = d.house.credentials.get(&new.credential).cloned();
    match &before {
        Some(old) if old.person != new.person => return Err(Refusal::NotTheirCode),
        Some(_) => {}
        None => words::room("codes of one person", people::codes_of(d.house, new.person).len(), CODES_MAX)?,
    }
    unused(d, new.credential, &new.digest)?;
    let same = before.as_ref().is_some_and(|old| old.digest == new.digest);
    let version = before.as_ref().map_or(1, |old| if same { old.version } else { old.version + 1 });
    d.put_credential(Credential {
        id: new.credential,
        person: new.person,
        digits: new.digits,
        sealed: new.sealed,
        digest: new.digest,
        version,
        changed: before.filter(|_| same).map_or(d.now, |old| old.changed),
    });
    let wanted = d.house.wanted.values();
    let slots: Vec<_> = wanted
        .filter(|row| row.spec.as_ref().is_some_and(|spec| spec.credential == new.credential))
        .map(|row| (row.lock, new.credential))
        .collect();
    d.reconcile(&slots.into_iter().collect())
}

/// Refuses digits that somebody has.
fn unused(d: &Draft<'_>, credential: CredentialId, digest: &[u8; 32]) -> Result<(), Refusal> {
    let taken = d.house.credentials.values().any(|other| other.id != credential && other.digest == *digest);
    if taken { Err(Refusal::Duplicate) } else { Ok(()) }
}

fn foreign<'a>(d: &'a Draft<'_>, lock: LockId, slot: u16) -> Result<(&'a Lock, &'a Seen), Refusal> {
    let row = d.house.locks.get(&lock).ok_or(Refusal::NotFound("lock"))?;
    let seen = d.seen(lock, slot).filter(|seen| seen.holds == Holds::Foreign);
    match seen {
        Some(seen) => Ok((row, seen)),
        None => Err(Refusal::NotForeign { lock: row.name.clone(), slot }),
    }
}

/// Takes a foreign code over, with a grant for its lock's door without limits: that is how it opens now.
pub(super) fn adopt(
    d: &mut Draft<'_>,
    lock: LockId,
    slot: u16,
    grant: GrantId,
    credential: Credential,
    reason: &str,
) -> Result<(), Refusal> {
    let person = people::living(d.house, credential.person)?.id;
    let (row, seen) = foreign(d, lock, slot)?;
    if row.removing.is_some() {
        return Err(Refusal::Removing(row.name.clone()));
    }
    check_length(row, &credential)?;
    let (door, after) = (row.door, seen.after);
    let (version, past) = (seen.version + 1, seen.past.clone());
    if d.house.grants.contains_key(&grant) {
        return Err(Refusal::Exists("grant"));
    }
    if d.house.credentials.contains_key(&credential.id) {
        return Err(Refusal::Exists("code"));
    }
    if d.wanted(lock, slot).is_some() {
        return Err(Refusal::NotForeign { lock: row.name.clone(), slot });
    }
    words::room("codes of one person", people::codes_of(d.house, person).len(), CODES_MAX)?;
    unused(d, credential.id, &credential.digest)?;
    let reason = words::free("reason", reason, words::REASON_MAX)?;
    let spec = SlotSpec {
        credential: credential.id,
        credential_version: credential.version,
        validity: vec![Validity::ALWAYS],
        once: false,
    };
    d.put_grant(Grant {
        id: grant,
        person,
        credential: credential.id,
        target: Target::Door(door),
        schedule: None,
        from: None,
        until: None,
        once: false,
        reason,
        created: d.now,
        revoked: None,
    });
    let holds = Holds::Ours { credential: credential.id, version, enabled: true };
    let given = credential.id;
    d.put_credential(credential);
    // the slot becomes theirs as it is; a read, where there is one, proves it
    let now = d.now;
    d.push(Change::Wanted(Wanted { lock, slot, version, spec: Some(spec), since: now }));
    d.put_seen(Seen { lock, slot, holds, evidence: Evidence::LocksWord, at: now, after, version, past });
    let state = ErrandState::Due;
    let op = after;
    let errand =
        Errand { lock, slot, version, state, op, tries: 0, next_try: None, last_error: None, since: now };
    d.push(Change::Errand(errand));
    // the door's other locks get the code too: that is what the grant says
    let others: Vec<LockId> = d.house.locks_of(door).filter(|other| other.id != lock).map(|l| l.id).collect();
    d.reconcile(&others.into_iter().map(|other| (other, given)).collect())
}

pub(super) fn remove_foreign(d: &mut Draft<'_>, lock: LockId, slot: u16) -> Result<(), Refusal> {
    let (_, seen) = foreign(d, lock, slot)?;
    let seen = seen.clone();
    if let Some(spec) = d.wanted(lock, slot).and_then(|row| row.spec.clone()) {
        // somebody's wish waits on that slot: it moves to a free one first
        match d.free_slot(lock) {
            Ok(other) => d.want(lock, other, Some(spec)),
            Err(_) => {
                // on a full lock it takes the slot itself: the owner has said that what is there may go
                d.put_seen(Seen { holds: Holds::Unknown, evidence: Evidence::ReadBack, at: d.now, ..seen });
                d.want(lock, slot, Some(spec));
                return Ok(());
            }
        }
    }
    d.want(lock, slot, None);
    Ok(())
}
