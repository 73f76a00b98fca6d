//! Doors and their groups. A door's time zone moves its schedules; a group's doors move every grant to it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::draft::Draft;
use super::slots::Pair;
use super::{Change, words};
use crate::ids::{DoorId, GroupId};
use crate::model::{Door, Group, Target};
use crate::refusal::Refusal;

const DOORS_MAX: usize = 20_000;
const GROUPS_MAX: usize = 2_000;

pub(super) fn add(
    d: &mut Draft<'_>,
    id: DoorId,
    name: &str,
    time_zone: String,
    note: &str,
) -> Result<(), Refusal> {
    words::room("doors", d.house.doors.len(), DOORS_MAX)?;
    if d.house.doors.contains_key(&id) {
        return Err(Refusal::Exists("door"));
    }
    let created = d.now;
    put(d, Door { id, name: String::new(), time_zone, note: String::new(), created }, name, note)
}

pub(super) fn change(
    d: &mut Draft<'_>,
    id: DoorId,
    name: &str,
    time_zone: String,
    note: &str,
) -> Result<(), Refusal> {
    let door = d.house.doors.get(&id).ok_or(Refusal::NotFound("door"))?.clone();
    let moved = door.time_zone != time_zone;
    put(d, Door { time_zone, ..door }, name, note)?;
    if moved {
        // the same local hours are other instants now: every limited code is written anew
        for lock in d.locks_on(&BTreeSet::from([id])) {
            rewrite_limited(d, lock);
            // and what was over may not be
            d.resume(lock);
        }
    }
    Ok(())
}

/// Makes every code with a schedule or an end due again, as it is.
pub(super) fn rewrite_limited(d: &mut Draft<'_>, lock: crate::LockId) {
    let limited = |row: &&crate::Wanted| {
        row.spec.as_ref().is_some_and(|spec| spec.validity.iter().all(|validity| !validity.is_always()))
    };
    let rows: Vec<_> = d.wanted_of(lock).filter(limited).map(|row| (row.slot, row.spec.clone())).collect();
    for (slot, spec) in rows {
        d.want(lock, slot, spec);
    }
}

fn put(d: &mut Draft<'_>, row: Door, name: &str, note: &str) -> Result<(), Refusal> {
    let name = words::name("door", name)?;
    let others = d.house.doors.values().filter(|door| door.id != row.id);
    words::unique("door", &name, others.map(|door| door.name.as_str()))?;
    let note = words::free("note", note, words::NOTE_MAX)?;
    if TimeZone::get(&row.time_zone).is_err() {
        return Err(Refusal::TimeZone(row.time_zone.chars().take(40).collect()));
    }
    d.put_door(Door { name, note, ..row });
    Ok(())
}

pub(super) fn remove(d: &mut Draft<'_>, id: DoorId) -> Result<(), Refusal> {
    let door = d.house.doors.get(&id).ok_or(Refusal::NotFound("door"))?;
    if d.house.locks_of(id).next().is_some() {
        return Err(Refusal::DoorHasLocks { door: door.name.clone() });
    }
    let named = |grant: &&crate::Grant| grant.revoked.is_none() && grant.target == Target::Door(id);
    let ended: Vec<_> = d.house.grants.values().filter(named).cloned().collect();
    for mut grant in ended {
        // without a lock on the door no code hangs on it
        grant.revoked = Some(d.now);
        d.put_grant(grant);
    }
    let groups: Vec<_> = d.house.groups.values().filter(|group| group.doors.contains(&id)).cloned().collect();
    for mut group in groups {
        group.doors.remove(&id);
        d.put_group(group);
    }
    d.push(Change::DoorGone(id));
    Ok(())
}

pub(super) fn add_group(
    d: &mut Draft<'_>,
    id: GroupId,
    name: &str,
    doors: Vec<DoorId>,
) -> Result<(), Refusal> {
    words::room("groups", d.house.groups.len(), GROUPS_MAX)?;
    if d.house.groups.contains_key(&id) {
        return Err(Refusal::Exists("group"));
    }
    put_group(d, id, name, doors).map(drop)
}

pub(super) fn change_group(
    d: &mut Draft<'_>,
    id: GroupId,
    name: &str,
    doors: Vec<DoorId>,
) -> Result<(), Refusal> {
    let before = d.house.groups.get(&id).ok_or(Refusal::NotFound("group"))?.doors.clone();
    let after = put_group(d, id, name, doors)?;
    let moved: BTreeSet<DoorId> = before.symmetric_difference(&after).copied().collect();
    let to_group = |grant: &&crate::Grant| grant.revoked.is_none() && grant.target == Target::Group(id);
    let codes: Vec<_> = d.house.grants.values().filter(to_group).map(|grant| grant.credential).collect();
    let locks = d.locks_on(&moved);
    let pairs: BTreeSet<Pair> =
        locks.iter().flat_map(|lock| codes.iter().map(move |code| (*lock, *code))).collect();
    d.reconcile(&pairs)
}

fn put_group(
    d: &mut Draft<'_>,
    id: GroupId,
    name: &str,
    doors: Vec<DoorId>,
) -> Result<BTreeSet<DoorId>, Refusal> {
    let name = words::name("group", name)?;
    let others = d.house.groups.values().filter(|group| group.id != id);
    words::unique("group", &name, others.map(|group| group.name.as_str()))?;
    if doors.iter().any(|door| !d.house.doors.contains_key(door)) {
        return Err(Refusal::NotFound("door"));
    }
    let doors: BTreeSet<DoorId> = doors.into_iter().collect();
    d.put_group(Group { id, name, doors: doors.clone() });
    Ok(doors)
}

pub(super) fn remove_group(d: &mut Draft<'_>, id: GroupId) -> Result<(), Refusal> {
    if !d.house.groups.contains_key(&id) {
        return Err(Refusal::NotFound("group"));
    }
    let named = |grant: &&crate::Grant| grant.revoked.is_none() && grant.target == Target::Group(id);
    let grants = d.house.grants.values().filter(named).count();
    if grants > 0 {
        return Err(Refusal::InUse { what: "group", grants });
    }
    d.push(Change::GroupGone(id));
    Ok(())
}
