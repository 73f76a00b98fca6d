//! The access review (P3): who can still get in, by what, since when, when it was last used, and whether the
//! reason still holds. It judges nothing away: it puts the questions in order.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::decide::draft::zone_named;
use crate::hours::instant;
use crate::house::House;
use crate::ids::{CredentialId, DoorId, GrantId, LockId, PersonId};
use crate::model::PersonKind;
use crate::sync::Holds;

/// When a code was last used at a door, from the log.
pub type LastUse = BTreeMap<(CredentialId, DoorId), Timestamp>;

/// One access to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// Who.
    pub person: PersonId,
    /// By which grant, or by what the owner told of a lock.
    pub by: ReviewBy,
    /// Doors that it opens.
    pub doors: Vec<DoorId>,
    /// Since when it is given; `None` when only told.
    pub since: Option<Timestamp>,
    /// Last use on any of its doors, if known.
    pub last_use: Option<Timestamp>,
    /// What to ask, most pressing first; empty: nothing.
    pub questions: Vec<Question>,
}

/// What an access rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewBy {
    /// A grant from here.
    Grant(GrantId),
    /// A code or key that the owner told of.
    Told {
        /// On which lock.
        lock: LockId,
        /// What it is, in the owner's words.
        what: String,
    },
}

/// What to ask the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// It was to end, and is still there as far as is known.
    EndedAndStillThere,
    /// Never used since it was given, for longer than the limit.
    NeverUsed,
    /// Not used for longer than the limit.
    LongUnused,
    /// A guest or a service without an end.
    NoEnd,
    /// Nobody wrote down why.
    NoReason,
}

/// Everyone who still has access, those with the most pressing question first. `unused` is how long without
/// a use is worth a question.
pub fn review(house: &House, used: &LastUse, unused: SignedDuration, now: Timestamp) -> Vec<ReviewItem> {
    let granted = house.grants.values().filter_map(|grant| {
        let doors = house.doors_of(grant.target);
        let ended = grant.revoked.is_some() || over(house, &doors, grant.until, now);
        let left = ended && still_there(house, grant.credential, now);
        if ended && !left {
            return None;
        }
        let last_use = doors.iter().filter_map(|door| used.get(&(grant.credential, *door))).max().copied();
        let mut questions = Vec::new();
        if left {
            questions.push(Question::EndedAndStillThere);
        }
        if now.duration_since(last_use.unwrap_or(grant.created)) > unused {
            questions.push(if last_use.is_some() { Question::LongUnused } else { Question::NeverUsed });
        }
        let resident = house.people.get(&grant.person).is_some_and(|p| p.kind == PersonKind::Resident);
        if !resident && grant.until.is_none() {
            questions.push(Question::NoEnd);
        }
        if grant.reason.is_empty() && !resident {
            questions.push(Question::NoReason);
        }
        let (person, since, by) = (grant.person, Some(grant.created), ReviewBy::Grant(grant.id));
        Some(ReviewItem { person, by, doors, since, last_use, questions })
    });
    let told = house.locks.values().flat_map(|lock| {
        lock.told.codes.iter().map(move |code| {
            let doors = vec![lock.door];
            let ended = over(house, &doors, code.until, now);
            let questions = if ended { vec![Question::EndedAndStillThere] } else { Vec::new() };
            let by = ReviewBy::Told { lock: lock.id, what: code.what.clone() };
            ReviewItem { person: code.person, by, doors, since: None, last_use: None, questions }
        })
    });
    let mut items: Vec<ReviewItem> = granted.chain(told).collect();
    items.sort_by_key(|item| (item.questions.is_empty(), item.questions.first().copied(), item.since));
    items
}

/// Whether an end has passed on every door.
fn over(house: &House, doors: &[DoorId], until: Option<jiff::civil::DateTime>, now: Timestamp) -> bool {
    let Some(until) = until else { return false };
    let doors = doors.iter().filter_map(|id| house.doors.get(id));
    doors.map(|door| zone_named(&door.time_zone)).all(|zone| instant(until, &zone) <= now)
}

/// Whether a code that nobody wants, or that ran out, may still be on some lock.
fn still_there(house: &House, credential: CredentialId, now: Timestamp) -> bool {
    house.wanted.values().any(|row| {
        let Some(seen) = house.seen.get(&(row.lock, row.slot)) else { return false };
        match &row.spec {
            None => seen.past.iter().any(|p| p.digest.is_some() && p.credential == credential),
            Some(spec) if spec.credential == credential => {
                let door = house.locks.get(&row.lock).map(|lock| lock.door);
                let zone = door.map_or(TimeZone::UTC, |door| crate::zone_of(house, door));
                let over = spec.validity.iter().all(|validity| validity.is_over(now, &zone));
                over && seen.holds != Holds::Empty
            }
            Some(_) => false,
        }
    })
}
