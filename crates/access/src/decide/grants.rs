//! Grants and the schedules that they name.

use std::collections::BTreeSet;

use jiff::civil::DateTime;

use super::draft::Draft;
use super::slots::Pair;
use super::{Change, GiveAccess, people, words};
use crate::hours::instant;
use crate::ids::{CredentialId, GrantId, ScheduleId};
use crate::model::{Grant, Schedule, Target, Window};
use crate::refusal::Refusal;

const GRANTS_MAX: usize = 200_000;
const SCHEDULES_MAX: usize = 2_000;
/// Most windows of a schedule: three for each day of the week.
const WINDOWS_MAX: usize = 21;

pub(super) fn give(d: &mut Draft<'_>, give: GiveAccess) -> Result<(), Refusal> {
    words::room("grants", d.house.grants.len(), GRANTS_MAX)?;
    if d.house.grants.contains_key(&give.id) {
        return Err(Refusal::Exists("grant"));
    }
    people::living(d.house, give.person)?;
    let code = d.credential(give.credential).ok_or(Refusal::NotFound("code"))?;
    if code.person != give.person {
        return Err(Refusal::NotTheirCode);
    }
    let grant = Grant {
        id: give.id,
        person: give.person,
        credential: give.credential,
        target: give.target,
        schedule: give.schedule,
        from: give.from,
        until: give.until,
        once: give.once,
        reason: words::free("reason", &give.reason, words::REASON_MAX)?,
        created: d.now,
        revoked: None,
    };
    check_target(d, grant.target)?;
    check_times(d, &grant)?;
    let locks = locks_of(d, grant.target);
    d.put_grant(grant.clone());
    for lock in locks {
        d.add_grant(lock, &grant)?;
    }
    Ok(())
}

fn check_target(d: &Draft<'_>, target: Target) -> Result<(), Refusal> {
    match target {
        Target::Door(id) if !d.house.doors.contains_key(&id) => Err(Refusal::NotFound("door")),
        Target::Group(id) if !d.house.groups.contains_key(&id) => Err(Refusal::NotFound("group")),
        _ => Ok(()),
    }
}

/// The schedule must exist, the end lie behind the beginning and not everywhere in the past.
fn check_times(d: &mut Draft<'_>, grant: &Grant) -> Result<(), Refusal> {
    if grant.schedule.is_some_and(|id| d.schedule(id).is_none()) {
        return Err(Refusal::NotFound("schedule"));
    }
    let Some(until) = grant.until else { return Ok(()) };
    if grant.from.is_some_and(|from| until <= from) {
        return Err(Refusal::Period);
    }
    let doors = d.doors_of(grant.target);
    let zones = doors.iter().filter_map(|id| d.house.doors.get(id));
    let mut zones = zones.map(|door| super::draft::zone_named(&door.time_zone)).peekable();
    let here = zones.peek().is_some();
    if here && zones.all(|zone| instant(until, &zone) <= d.now) {
        return Err(Refusal::Past);
    }
    Ok(())
}

/// Locks on the doors of a target.
fn locks_of(d: &Draft<'_>, target: Target) -> Vec<crate::LockId> {
    d.locks_on(&d.doors_of(target))
}

fn pairs_of(d: &Draft<'_>, grant: &Grant) -> BTreeSet<Pair> {
    locks_of(d, grant.target).into_iter().map(|lock| (lock, grant.credential)).collect()
}

fn living(d: &Draft<'_>, id: GrantId) -> Result<Grant, Refusal> {
    let grant = d.house.grants.get(&id).ok_or(Refusal::NotFound("grant"))?;
    if grant.revoked.is_some() { Err(Refusal::Ended) } else { Ok(grant.clone()) }
}

pub(super) fn change(
    d: &mut Draft<'_>,
    id: GrantId,
    schedule: Option<ScheduleId>,
    from: Option<DateTime>,
    until: Option<DateTime>,
    reason: &str,
) -> Result<(), Refusal> {
    let reason = words::free("reason", reason, words::REASON_MAX)?;
    let grant = Grant { schedule, from, until, reason, ..living(d, id)? };
    check_times(d, &grant)?;
    let pairs = pairs_of(d, &grant);
    d.put_grant(grant);
    if pairs.iter().any(|(lock, credential)| d.shares_once(*lock, *credential)) {
        return Err(Refusal::OnceShared);
    }
    d.reconcile(&pairs)
}

pub(super) fn revoke(d: &mut Draft<'_>, id: GrantId) -> Result<(), Refusal> {
    let grant = Grant { revoked: Some(d.now), ..living(d, id)? };
    let pairs = pairs_of(d, &grant);
    d.put_grant(grant);
    d.reconcile(&pairs)
}

/// A code that opens once was used: every such grant of it ends, on every lock.
pub(crate) fn spend(d: &mut Draft<'_>, credential: CredentialId) {
    let once = |grant: &&Grant| grant.revoked.is_none() && grant.once && grant.credential == credential;
    let spent: Vec<Grant> = d.house.grants.values().filter(once).cloned().collect();
    for grant in spent {
        d.put_grant(Grant { revoked: Some(d.now), ..grant });
    }
    let on: Vec<_> = d
        .house
        .wanted
        .values()
        .filter(|row| row.spec.as_ref().is_some_and(|spec| spec.credential == credential && spec.once))
        .map(|row| (row.lock, row.slot))
        .collect();
    for (lock, slot) in on {
        d.end_slot(lock, slot);
    }
}

pub(super) fn add_schedule(
    d: &mut Draft<'_>,
    id: ScheduleId,
    name: &str,
    windows: Vec<Window>,
) -> Result<(), Refusal> {
    words::room("schedules", d.house.schedules.len(), SCHEDULES_MAX)?;
    if d.house.schedules.contains_key(&id) {
        return Err(Refusal::Exists("schedule"));
    }
    put_schedule(d, id, name, windows)
}

pub(super) fn change_schedule(
    d: &mut Draft<'_>,
    id: ScheduleId,
    name: &str,
    windows: Vec<Window>,
) -> Result<(), Refusal> {
    if !d.house.schedules.contains_key(&id) {
        return Err(Refusal::NotFound("schedule"));
    }
    put_schedule(d, id, name, windows)?;
    let named = d.house.grants.values().filter(|g| g.revoked.is_none() && g.schedule == Some(id));
    let pairs: BTreeSet<Pair> = named.flat_map(|grant| pairs_of(d, grant)).collect();
    d.reconcile(&pairs)
}

fn put_schedule(d: &mut Draft<'_>, id: ScheduleId, name: &str, windows: Vec<Window>) -> Result<(), Refusal> {
    let name = words::name("schedule", name)?;
    let others = d.house.schedules.values().filter(|schedule| schedule.id != id);
    words::unique("schedule", &name, others.map(|schedule| schedule.name.as_str()))?;
    if windows.len() > WINDOWS_MAX || windows.iter().any(|window| window.days.is_empty()) {
        return Err(Refusal::Windows { max: WINDOWS_MAX });
    }
    d.put_schedule(Schedule { id, name, windows });
    Ok(())
}

pub(super) fn remove_schedule(d: &mut Draft<'_>, id: ScheduleId) -> Result<(), Refusal> {
    if !d.house.schedules.contains_key(&id) {
        return Err(Refusal::NotFound("schedule"));
    }
    let named = |grant: &&Grant| grant.revoked.is_none() && grant.schedule == Some(id);
    let grants = d.house.grants.values().filter(named).count();
    if grants > 0 {
        return Err(Refusal::InUse { what: "schedule", grants });
    }
    d.push(Change::ScheduleGone(id));
    Ok(())
}
