//! From grants to slots: what every lock concerned should hold after a change. A slot is given once; several
//! grants of one code on one lock share it; a code that is no longer wanted leaves a tombstone.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use crate::hours::union;
use crate::ids::{CredentialId, LockId};
use crate::model::{Credential, Grant, Lock};
use crate::refusal::Refusal;
use crate::sync::{Holds, SlotSpec};

/// Former digits that are tracked for one slot before a further change of code is refused.
pub(crate) const PAST_MAX: usize = 16;

/// A code on a lock.
pub(crate) type Pair = (LockId, CredentialId);

impl Draft<'_> {
    /// Brings the wanted rows of these pairs in line with the grants.
    pub(crate) fn reconcile(&mut self, pairs: &BTreeSet<Pair>) -> Result<(), Refusal> {
        let concerned: BTreeSet<CredentialId> = pairs.iter().map(|(_, credential)| *credential).collect();
        let mut grants: BTreeMap<CredentialId, Vec<Grant>> = BTreeMap::new();
        for grant in self.grants().filter(|g| g.revoked.is_none() && concerned.contains(&g.credential)) {
            grants.entry(grant.credential).or_default().push(grant.clone());
        }
        // what frees slots comes first, so that what takes slots finds them
        let mut wishes = Vec::with_capacity(pairs.len());
        for (lock, credential) in pairs {
            let of = grants.get(credential).map(Vec::as_slice).unwrap_or_default();
            wishes.push((*lock, *credential, self.wish(*lock, *credential, of)));
        }
        wishes.sort_by_key(|(.., wish)| wish.is_some());
        for (lock, credential, wish) in wishes {
            self.settle_slot(lock, credential, wish)?;
        }
        Ok(())
    }

    /// What a lock should hold of a code by these grants.
    fn wish(&mut self, lock: LockId, credential: CredentialId, grants: &[Grant]) -> Option<SlotSpec> {
        let row = self.lock(lock)?;
        if row.removing.is_some() || row.address.is_told() || row.capabilities.slots == 0 {
            return None;
        }
        let (door, zone) = (row.door, self.zone(lock));
        let here = grants.iter().filter(|grant| self.targets(grant.target, door));
        let here = here.map(|grant| (grant.once, self.validity(grant)));
        let here: Vec<_> = here.filter(|(_, validity)| !validity.is_over(self.now, &zone)).collect();
        let version = self.credential(credential)?.version;
        // beside others a grant for one use gives nothing: the code would go on opening after its use
        let once = here.iter().all(|(once, _)| *once);
        let periods: Vec<_> =
            here.into_iter().filter(|(one, _)| once || !one).map(|(_, validity)| validity).collect();
        (!periods.is_empty()).then(|| SlotSpec {
            credential,
            credential_version: version,
            validity: union(periods),
            once,
        })
    }

    /// Adds one grant's period to what a lock should hold: the same as [`reconcile`](Self::reconcile) for
    /// a grant that is new, without looking at any other grant.
    pub(crate) fn add_grant(&mut self, lock: LockId, grant: &Grant) -> Result<(), Refusal> {
        let mut added = self.wish(lock, grant.credential, std::slice::from_ref(grant));
        let present = self.slot_of(lock, grant.credential).and_then(|slot| self.wanted(lock, slot));
        if let (Some(wish), Some(spec)) = (&mut added, present.and_then(|row| row.spec.clone())) {
            if wish.once || spec.once {
                return Err(Refusal::OnceShared);
            }
            let zone = self.zone(lock);
            wish.validity.extend(spec.validity.into_iter().filter(|v| !v.is_over(self.now, &zone)));
            wish.validity = union(std::mem::take(&mut wish.validity));
        }
        match added {
            Some(wish) => self.settle_slot(lock, grant.credential, Some(wish)),
            None => Ok(()),
        }
    }

    /// Whether a code that opens once would share a lock with another living grant of the same code.
    pub(crate) fn shares_once(&mut self, lock: LockId, credential: CredentialId) -> bool {
        let Some(door) = self.lock(lock).map(|row| row.door) else { return false };
        let zone = self.zone(lock);
        let grants = self.grants().filter(|g| g.revoked.is_none() && g.credential == credential);
        let here: Vec<bool> = grants
            .filter(|grant| self.targets(grant.target, door))
            .filter(|grant| !self.validity(grant).is_over(self.now, &zone))
            .map(|grant| grant.once)
            .collect();
        here.len() > 1 && here.contains(&true)
    }

    /// The slot that holds a code's wish on a lock, or the tombstone of the same code.
    pub(crate) fn slot_of(&self, lock: LockId, credential: CredentialId) -> Option<u16> {
        let mut tombstone = None;
        for row in self.wanted_of(lock) {
            match &row.spec {
                Some(spec) if spec.credential == credential => return Some(row.slot),
                Some(_) => {}
                None => {
                    let last = self.seen(lock, row.slot).and_then(|seen| seen.past.last());
                    if last.is_some_and(|past| past.credential == credential) {
                        tombstone = Some(row.slot);
                    }
                }
            }
        }
        tombstone
    }

    fn settle_slot(
        &mut self,
        lock: LockId,
        credential: CredentialId,
        wish: Option<SlotSpec>,
    ) -> Result<(), Refusal> {
        let slot = self.slot_of(lock, credential);
        let current = slot.and_then(|slot| self.wanted(lock, slot)).and_then(|row| row.spec.as_ref());
        match (slot, wish) {
            (Some(slot), None) if current.is_some() => self.end_slot(lock, slot),
            (_, None) => {}
            (Some(_), Some(wish)) if current == Some(&wish) => {}
            (slot, Some(wish)) => {
                let held = current.is_some();
                if current.is_none_or(|spec| spec.credential_version != wish.credential_version) {
                    self.check_code(lock, credential)?;
                }
                let slot = match slot {
                    Some(slot) => slot,
                    None => match self.place_for(lock, credential, &wish)? {
                        Some(slot) => slot,
                        None => return Ok(()),
                    },
                };
                if held && current_version(self, lock, slot) != Some(wish.credential_version) {
                    self.note_changed(lock, slot)?;
                }
                self.want(lock, slot, Some(wish));
            }
        }
        Ok(())
    }

    /// A free slot, also one that was kept for somebody who comes later; `None`: the wish waits for one.
    fn place_for(
        &mut self,
        lock: LockId,
        credential: CredentialId,
        wish: &SlotSpec,
    ) -> Result<Option<u16>, Refusal> {
        let full = match self.free_slot(lock) {
            Ok(slot) => return Ok(Some(slot)),
            Err(refusal) => refusal,
        };
        if !self.may_wait(lock, credential, &wish.validity) {
            return Err(full);
        }
        self.make_room(lock, &wish.validity);
        Ok(self.free_slot(lock).ok())
    }

    /// Ends a slot's code: a tombstone until the lock proves it gone; at once if it was never written.
    pub(crate) fn end_slot(&mut self, lock: LockId, slot: u16) {
        let clean = self.is_clean(lock, slot);
        self.note_past(lock, slot);
        if clean { self.unwant(lock, slot) } else { self.want(lock, slot, None) }
    }

    fn note_changed(&mut self, lock: LockId, slot: u16) -> Result<(), Refusal> {
        let past = self.seen(lock, slot).map(|seen| seen.past.iter().filter(|p| p.digest.is_some()).count());
        if past.is_some_and(|open| open >= PAST_MAX) {
            let lock = self.lock(lock).map(|row| row.name.clone()).unwrap_or_default();
            return Err(Refusal::TooManyChanges { lock, max: PAST_MAX });
        }
        self.note_past(lock, slot);
        Ok(())
    }

    /// What is known to fail before it is sent: length, and the digits of somebody else on the same lock.
    fn check_code(&self, lock: LockId, credential: CredentialId) -> Result<(), Refusal> {
        let (Some(row), Some(code)) = (self.lock(lock), self.credential(credential)) else {
            return Err(Refusal::NotFound("code"));
        };
        check_length(row, code)?;
        let same = self.wanted_of(lock).filter_map(|other| other.spec.as_ref()).any(|spec| {
            spec.credential != credential
                && self.credential(spec.credential).is_some_and(|other| other.digest == code.digest)
        });
        if same { Err(Refusal::Duplicate) } else { Ok(()) }
    }

    /// The lowest slot that nobody wants and that holds nothing as far as known.
    pub(crate) fn free_slot(&self, lock: LockId) -> Result<u16, Refusal> {
        let Some(row) = self.lock(lock) else { return Err(Refusal::NotFound("lock")) };
        let taken: BTreeSet<u16> = self.wanted_of(lock).map(|wanted| wanted.slot).collect();
        let first = row.capabilities.first_slot;
        let free = (0..row.capabilities.slots)
            .filter_map(|n| first.checked_add(n))
            .filter(|slot| !taken.contains(slot))
            .find(|slot| {
                self.seen(lock, *slot).is_none_or(|seen| matches!(seen.holds, Holds::Empty | Holds::Unknown))
            });
        free.ok_or_else(|| Refusal::Full { lock: row.name.clone(), slots: row.capabilities.slots })
    }
}

/// Whether a lock takes codes of this length.
pub(crate) fn check_length(lock: &Lock, code: &Credential) -> Result<(), Refusal> {
    let takes = lock.capabilities.code;
    if (takes.min..=takes.max).contains(&code.digits) {
        return Ok(());
    }
    Err(Refusal::CodeLength { lock: lock.name.clone(), digits: code.digits, takes })
}

fn current_version(draft: &Draft<'_>, lock: LockId, slot: u16) -> Option<u64> {
    draft.wanted(lock, slot).and_then(|row| row.spec.as_ref()).map(|spec| spec.credential_version)
}
