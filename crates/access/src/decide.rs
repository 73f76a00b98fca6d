//! Every change of access as a command, and what it changes: pure decisions over the [`House`]. Nothing is
//! sent here and no row is written: the answer is the list of rows to commit, wishes and errands together.

pub(crate) mod allot;
mod codes;
mod doors;
pub(crate) mod draft;
pub(crate) mod grants;
pub(crate) mod locks;
pub(crate) mod people;
mod slots;
mod words;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::house::House;
use crate::ids::{CredentialId, DoorId, GrantId, GroupId, LockId, PersonId, ScheduleId};
use crate::model::{
    Capabilities, Credential, Door, Grant, Group, Lock, LockAddress, Person, PersonKind, Schedule, Target,
    Told, Window,
};
use crate::refusal::Refusal;
use crate::sync::{Errand, Seen, Wanted};

pub(crate) use draft::Draft;

#[allow(missing_docs, reason = "the fields are those of the model, documented there")]
/// What somebody asks for. Ids are minted by the caller, so that a retried request is the same request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Enter a person.
    AddPerson { id: PersonId, name: String, kind: PersonKind, note: String },
    /// Change what is entered of a person.
    ChangePerson { id: PersonId, name: String, kind: PersonKind, note: String },
    /// End every grant of a person and take the person off the list. Their codes are removed from every lock first.
    RemovePerson { id: PersonId },
    /// Enter a door.
    AddDoor { id: DoorId, name: String, time_zone: String, note: String },
    /// Change a door; a new time zone moves every schedule on it.
    ChangeDoor { id: DoorId, name: String, time_zone: String, note: String },
    /// Remove a door without locks.
    RemoveDoor { id: DoorId },
    /// Enter a group of doors.
    AddGroup { id: GroupId, name: String, doors: Vec<DoorId> },
    /// Change its name or doors; every grant to it follows.
    ChangeGroup { id: GroupId, name: String, doors: Vec<DoorId> },
    /// Remove a group that no living grant names.
    RemoveGroup { id: GroupId },
    /// Enter a named schedule.
    AddSchedule { id: ScheduleId, name: String, windows: Vec<Window> },
    /// Change it; every grant that names it follows.
    ChangeSchedule { id: ScheduleId, name: String, windows: Vec<Window> },
    /// Remove a schedule that no living grant names.
    RemoveSchedule { id: ScheduleId },
    /// Mount a lock on a door.
    AddLock {
        id: LockId,
        door: DoorId,
        name: String,
        address: LockAddress,
        capabilities: Capabilities,
        told: Told,
    },
    /// Change its name, its door or what is told of it.
    ChangeLock { id: LockId, door: DoorId, name: String, told: Told },
    /// The link describes the lock anew (firmware update, slot table shrank).
    RedescribeLock { id: LockId, capabilities: Capabilities },
    /// First phase of removal: every code of ours is cleared from it. A told lock goes at once.
    RemoveLock { id: LockId },
    /// Second phase, also before the codes are proven gone: the owner takes the lock away as it is.
    ForgetLock { id: LockId },
    /// Set or change the digits of a person's code. The caller sealed and digested them and asked
    /// `weakness` before.
    SetCode { credential: CredentialId, person: PersonId, digits: u8, sealed: Vec<u8>, digest: [u8; 32] },
    /// Give access.
    Give(GiveAccess),
    /// Change schedule, limits or reason of a living grant.
    ChangeGrant {
        id: GrantId,
        schedule: Option<ScheduleId>,
        from: Option<DateTime>,
        until: Option<DateTime>,
        reason: String,
    },
    /// End a grant.
    Revoke { id: GrantId },
    /// A code found on a lock is taken as a person's: the slot becomes theirs with the code as it is there.
    AdoptForeign { lock: LockId, slot: u16, grant: GrantId, credential: Credential, reason: String },
    /// A code found on a lock that nobody here gave is to be removed from it.
    RemoveForeign { lock: LockId, slot: u16 },
}

/// The body of [`Command::Give`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveAccess {
    /// New id.
    pub id: GrantId,
    /// Who.
    pub person: PersonId,
    /// By which code of theirs.
    pub credential: CredentialId,
    /// Where.
    pub target: Target,
    /// When in the week.
    pub schedule: Option<ScheduleId>,
    /// From when, door's local time.
    pub from: Option<DateTime>,
    /// Until when, door's local time.
    pub until: Option<DateTime>,
    /// Once only.
    pub once: bool,
    /// Why.
    pub reason: String,
}

/// One row of the house set or removed. A list of these is what a store commits and what
/// `House::apply` applies: there is no other way to change a house.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Insert or replace.
    Person(Person),
    /// Remove.
    PersonGone(PersonId),
    /// Insert or replace.
    Door(Door),
    /// Remove.
    DoorGone(DoorId),
    /// Insert or replace.
    Lock(Lock),
    /// Remove, with its wanted, seen and errand rows.
    LockGone(LockId),
    /// Insert or replace.
    Group(Group),
    /// Remove.
    GroupGone(GroupId),
    /// Insert or replace.
    Schedule(Schedule),
    /// Remove.
    ScheduleGone(ScheduleId),
    /// Insert or replace.
    Grant(Grant),
    /// Remove (retention).
    GrantGone(GrantId),
    /// Insert or replace.
    Credential(Credential),
    /// Remove: the sealed digits go for good.
    CredentialGone(CredentialId),
    /// Insert or replace.
    Wanted(Wanted),
    /// Remove: the slot is proven empty and nobody wants it.
    WantedGone(LockId, u16),
    /// Insert or replace.
    Seen(Seen),
    /// Remove.
    SeenGone(LockId, u16),
    /// Insert or replace.
    Errand(Errand),
    /// Remove: done.
    ErrandGone(LockId, u16),
}

/// Decides what a command changes. The same command on the same house at the same time gives the same rows,
/// in an order in which they can be applied one by one. Every changed wish comes with its errand.
///
/// # Errors
/// [`Refusal`] with the reason and the way out; nothing is changed then.
pub fn decide(house: &House, command: Command, now: Timestamp) -> Result<Vec<Change>, Refusal> {
    let mut draft = Draft::new(house, now);
    let d = &mut draft;
    match command {
        Command::AddPerson { id, name, kind, note } => people::add(d, id, &name, kind, &note)?,
        Command::ChangePerson { id, name, kind, note } => people::change(d, id, &name, kind, &note)?,
        Command::RemovePerson { id } => people::remove(d, id)?,
        Command::AddDoor { id, name, time_zone, note } => doors::add(d, id, &name, time_zone, &note)?,
        Command::ChangeDoor { id, name, time_zone, note } => doors::change(d, id, &name, time_zone, &note)?,
        Command::RemoveDoor { id } => doors::remove(d, id)?,
        Command::AddGroup { id, name, doors } => doors::add_group(d, id, &name, doors)?,
        Command::ChangeGroup { id, name, doors } => doors::change_group(d, id, &name, doors)?,
        Command::RemoveGroup { id } => doors::remove_group(d, id)?,
        Command::AddSchedule { id, name, windows } => grants::add_schedule(d, id, &name, windows)?,
        Command::ChangeSchedule { id, name, windows } => grants::change_schedule(d, id, &name, windows)?,
        Command::RemoveSchedule { id } => grants::remove_schedule(d, id)?,
        Command::AddLock { id, door, name, address, capabilities, told } => {
            locks::add(d, id, door, &name, address, capabilities, told)?;
        }
        Command::ChangeLock { id, door, name, told } => locks::change(d, id, door, &name, told)?,
        Command::RedescribeLock { id, capabilities } => locks::redescribe(d, id, capabilities)?,
        Command::RemoveLock { id } => locks::remove(d, id)?,
        Command::ForgetLock { id } => locks::forget(d, id)?,
        Command::SetCode { credential, person, digits, sealed, digest } => {
            codes::set(d, codes::NewCode { credential, person, digits, sealed, digest })?;
        }
        Command::Give(give) => grants::give(d, give)?,
        Command::ChangeGrant { id, schedule, from, until, reason } => {
            grants::change(d, id, schedule, from, until, &reason)?;
        }
        Command::Revoke { id } => grants::revoke(d, id)?,
        Command::AdoptForeign { lock, slot, grant, credential, reason } => {
            codes::adopt(d, lock, slot, grant, credential, &reason)?;
        }
        Command::RemoveForeign { lock, slot } => codes::remove_foreign(d, lock, slot)?,
    }
    Ok(draft.finish())
}

/// Wishes anew what living grants give and nobody wishes: after the clock was wrong, grants that had seemed to be over
/// live again. Nothing changes where nothing is missing; what no longer fits is left out.
pub fn resume(house: &House, now: Timestamp) -> Vec<Change> {
    let mut changes = Vec::new();
    for lock in house.locks.keys() {
        let mut draft = Draft::new(house, now);
        draft.resume(*lock);
        changes.extend(draft.finish());
    }
    changes
}

/// Ends what ran out by itself: slots whose every period is over are cleared and freed. The work loop calls
/// it now and then (at the latest when [`Plan::next_at`](crate::Plan::next_at) says so).
pub fn lapse(house: &House, now: Timestamp) -> Vec<Change> {
    let mut draft = Draft::new(house, now);
    for row in house.wanted.values() {
        let Some(spec) = &row.spec else { continue };
        if spec.validity.iter().any(|validity| validity.until.is_none()) {
            continue;
        }
        let zone = draft.zone(row.lock);
        if spec.validity.iter().all(|validity| validity.is_over(now, &zone)) {
            draft.end_slot(row.lock, row.slot);
        }
    }
    draft.finish()
}
