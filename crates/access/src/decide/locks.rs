//! Locks: mounted, changed, described anew, removed in two phases.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::slots::Pair;
use super::{Change, doors, people, words};
use crate::ids::{CredentialId, DoorId, LockId};
use crate::model::{Capabilities, Lock, LockAddress, Told};
use crate::pin::{PIN_DIGITS_MAX, PIN_DIGITS_MIN};
use crate::refusal::Refusal;

const LOCKS_MAX: usize = 20_000;
const TOLD_CODES_MAX: usize = 200;
const TOLD_WORDS_MAX: usize = 200;

pub(super) fn add(
    d: &mut Draft<'_>,
    id: LockId,
    door: DoorId,
    name: &str,
    address: LockAddress,
    capabilities: Capabilities,
    told: Told,
) -> Result<(), Refusal> {
    words::room("locks", d.house.locks.len(), LOCKS_MAX)?;
    if d.house.locks.contains_key(&id) {
        return Err(Refusal::Exists("lock"));
    }
    check_address(d, &address)?;
    check_capabilities(&capabilities)?;
    let created = d.now;
    let row = Lock {
        id,
        door,
        name: String::new(),
        address,
        capabilities,
        told: Told::default(),
        created,
        removing: None,
    };
    put(d, row, name, told)?;
    let pairs = pairs_on(d, id, &BTreeSet::from([door]));
    d.reconcile(&pairs)
}

fn check_address(d: &Draft<'_>, address: &LockAddress) -> Result<(), Refusal> {
    let plain = |text: &str| !text.chars().any(char::is_control) && text.len() <= 200;
    if address.link.is_empty() || !plain(&address.link) || !plain(&address.key) {
        return Err(Refusal::Capabilities("its address"));
    }
    if address.is_told() {
        return Ok(());
    }
    match d.house.locks.values().find(|lock| lock.address == *address) {
        Some(lock) => Err(Refusal::AddressTaken(lock.name.clone())),
        None => Ok(()),
    }
}

fn check_capabilities(can: &Capabilities) -> Result<(), Refusal> {
    let lengths = PIN_DIGITS_MIN..=PIN_DIGITS_MAX;
    let sane = |digits: u8| lengths.contains(&usize::from(digits));
    if can.slots > 0 && (!sane(can.code.min) || !sane(can.code.max) || can.code.min > can.code.max) {
        return Err(Refusal::Capabilities("its code lengths"));
    }
    if can.first_slot.checked_add(can.slots).is_none() {
        return Err(Refusal::Capabilities("its slot numbers"));
    }
    Ok(())
}

/// Checks and writes a lock's row; the name is unique on its door.
fn put(d: &mut Draft<'_>, row: Lock, name: &str, mut told: Told) -> Result<(), Refusal> {
    if !d.house.doors.contains_key(&row.door) {
        return Err(Refusal::NotFound("door"));
    }
    let name = words::name("lock", name)?;
    let others = d.house.locks_of(row.door).filter(|lock| lock.id != row.id);
    words::unique("lock", &name, others.map(|lock| lock.name.as_str()))?;
    let unknown = told.codes.iter().any(|code| !d.house.people.contains_key(&code.person));
    if told.codes.len() > TOLD_CODES_MAX || unknown {
        return Err(Refusal::Told { max: TOLD_CODES_MAX });
    }
    for text in [&mut told.maker, &mut told.model, &mut told.firmware, &mut told.log_place] {
        if let Some(words) = text.take() {
            let kept = words::free("description of a lock", &words, TOLD_WORDS_MAX)?;
            *text = Some(kept).filter(|kept| !kept.is_empty());
        }
    }
    for code in &mut told.codes {
        code.what = words::free("description of a code", &code.what, TOLD_WORDS_MAX)?;
    }
    d.put_lock(Lock { name, told, ..row });
    Ok(())
}

/// A lock with every code that is, or is to be, on it by a grant for any of these doors.
fn pairs_on(d: &Draft<'_>, lock: LockId, doors: &BTreeSet<DoorId>) -> BTreeSet<Pair> {
    let here = d
        .grants()
        .filter(|grant| grant.revoked.is_none() && doors.iter().any(|door| d.targets(grant.target, *door)));
    let granted: Vec<CredentialId> = here.map(|grant| grant.credential).collect();
    let wanted = d.wanted_of(lock).filter_map(|row| row.spec.as_ref()).map(|spec| spec.credential);
    granted.into_iter().chain(wanted).map(|credential| (lock, credential)).collect()
}

fn known(d: &Draft<'_>, id: LockId) -> Result<Lock, Refusal> {
    d.house.locks.get(&id).cloned().ok_or(Refusal::NotFound("lock"))
}

pub(super) fn change(
    d: &mut Draft<'_>,
    id: LockId,
    door: DoorId,
    name: &str,
    told: Told,
) -> Result<(), Refusal> {
    let before = known(d, id)?;
    let from = before.door;
    put(d, Lock { door, ..before }, name, told)?;
    if from == door {
        return Ok(());
    }
    let zone = |id: DoorId| d.house.doors.get(&id).map(|row| row.time_zone.as_str());
    let moved = zone(from) != zone(door);
    let pairs = pairs_on(d, id, &BTreeSet::from([from, door]));
    d.reconcile(&pairs)?;
    if moved {
        doors::rewrite_limited(d, id);
    }
    Ok(())
}

/// What the lock says of itself is a fact and is not refused; codes that no longer fit are named by their
/// errands.
pub(super) fn redescribe(d: &mut Draft<'_>, id: LockId, capabilities: Capabilities) -> Result<(), Refusal> {
    let before = known(d, id)?;
    check_capabilities(&capabilities)?;
    if before.capabilities == capabilities {
        return Ok(());
    }
    let was = before.capabilities.clone();
    let can = capabilities.clone();
    d.put_lock(Lock { capabilities, ..before });
    let inside = |slot: u16| slot >= can.first_slot && slot - can.first_slot < can.slots;
    let outside: Vec<_> =
        d.wanted_of(id).filter(|row| !inside(row.slot)).map(|row| (row.slot, row.spec.clone())).collect();
    for (slot, spec) in outside {
        // that place is gone with whatever was in it; the wish moves, or waits where it is
        if let Some(spec) = spec {
            match d.free_slot(id) {
                Ok(other) => d.want(id, other, Some(spec)),
                Err(_) => continue,
            }
        }
        d.unwant(id, slot);
    }
    if was.schedules != can.schedules {
        doors::rewrite_limited(d, id);
    }
    if was.slots == 0 && can.slots > 0 {
        let door =
            BTreeSet::from([d.lock(id).map_or_else(|| DoorId::new(uuid::Uuid::nil()), |row| row.door)]);
        let pairs = pairs_on(d, id, &door);
        d.reconcile(&pairs)?;
    }
    if can.slots > was.slots {
        d.resume(id);
    }
    Ok(())
}

pub(super) fn remove(d: &mut Draft<'_>, id: LockId) -> Result<(), Refusal> {
    let before = known(d, id)?;
    if before.removing.is_some() {
        return Err(Refusal::Removing(before.name));
    }
    if before.address.is_told() || before.capabilities.slots == 0 {
        take_away(d, id);
        return Ok(());
    }
    d.put_lock(Lock { removing: Some(d.now), ..before });
    let slots: Vec<u16> = d.wanted_of(id).filter(|row| row.spec.is_some()).map(|row| row.slot).collect();
    for slot in slots {
        d.end_slot(id, slot);
    }
    if d.wanted_of(id).next().is_none() {
        take_away(d, id);
    }
    Ok(())
}

/// The lock's row goes with all that hangs on it.
pub(crate) fn take_away(d: &mut Draft<'_>, id: LockId) {
    d.push(Change::LockGone(id));
    people::finish_removed(d, Some(id));
}

pub(super) fn forget(d: &mut Draft<'_>, id: LockId) -> Result<(), Refusal> {
    known(d, id)?;
    take_away(d, id);
    Ok(())
}
