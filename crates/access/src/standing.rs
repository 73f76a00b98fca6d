//! Where one grant stands on one lock, in the words of the pages: in force since, sending, waiting, refused...

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::decide::allot::place_due;
use crate::decide::draft::zone_named;
use crate::hours::instant;
use crate::house::House;
use crate::keep::{Absence, Kept, keep};
use crate::model::{Grant, Lock, Target};
use crate::plan::Slot;
use crate::sync::{Errand, ErrandState, Evidence, Holds};

/// What the hub knows of a lock's reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contact {
    /// Whether it can be reached now; `None` when not known.
    pub reachable: Option<bool>,
    /// When a sleeping lock is next expected.
    pub next: Option<Timestamp>,
    /// Since when it has been out of reach.
    pub since: Option<Timestamp>,
}

/// Where a grant stands on a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing can be sent there: what stands there is what the owner says.
    Told,
    /// It begins later.
    Scheduled {
        /// When.
        starts: Timestamp,
    },
    /// It opens, and this is how we know.
    InForce {
        /// Since when that is known.
        since: Timestamp,
        /// How.
        evidence: Evidence,
    },
    /// On its way.
    Sending {
        /// Since when.
        since: Timestamp,
    },
    /// It waits.
    Waiting {
        /// Since when.
        since: Timestamp,
        /// For what, in plain words.
        why: String,
        /// When it is tried next, or the lock expected.
        next: Option<Timestamp>,
    },
    /// The lock took it and can never be read: its first use proves it.
    AcceptedUnreadable {
        /// Since when.
        since: Timestamp,
    },
    /// The lock refuses it: something must be changed.
    Refused {
        /// Why, in plain words.
        why: String,
        /// Since when.
        since: Timestamp,
    },
    /// Tried too often without a clear answer: waits for a person.
    Suspended {
        /// What went wrong last.
        why: String,
        /// Since when.
        since: Timestamp,
    },
    /// Taken off the lock outside its hours, which the hub keeps in the lock's place.
    OffHours,
    /// Ended here, and not yet proven gone from the lock.
    Ending {
        /// Since when.
        since: Timestamp,
    },
    /// Ended.
    Ended,
}

/// Every place is taken.
pub(crate) const NO_PLACE: &str =
    "every place of the lock is taken: the nearest guest gets the next one that becomes free";

/// Where a grant stands on one of the locks of its target.
pub fn standing(house: &House, grant: &Grant, lock: &Lock, now: Timestamp, contact: &Contact) -> Standing {
    let zone = house.doors.get(&lock.door).map_or(TimeZone::UTC, |door| zone_named(&door.time_zone));
    let over = grant.until.is_some_and(|until| instant(until, &zone) <= now);
    let here = match grant.target {
        Target::Door(door) => door == lock.door,
        Target::Group(group) => {
            house.groups.get(&group).is_some_and(|group| group.doors.contains(&lock.door))
        }
    };
    let told = lock.address.is_told() || lock.capabilities.slots == 0;
    if grant.revoked.is_some() || over || !here || lock.removing.is_some() {
        return if told { Standing::Ended } else { ending(house, grant, lock, now, &zone) };
    }
    if told {
        return Standing::Told;
    }
    let wished = |wanted: &&crate::Wanted| {
        wanted.spec.as_ref().is_some_and(|spec| spec.credential == grant.credential)
    };
    let Some(wanted) = house.wanted_of(lock.id).find(wished) else {
        let next = place_due(house, grant, lock, now);
        return Standing::Waiting { since: grant.created, why: NO_PLACE.to_owned(), next };
    };
    let slot = Slot::of(house, lock, wanted);
    if let Some(stuck) = slot.errand.and_then(stopped) {
        return stuck;
    }
    let starts = grant.from.map(|from| instant(from, &zone)).filter(|from| *from > now);
    if slot.is_settled(now, &zone) {
        return settled(&slot, starts, now, &zone);
    }
    pending(&slot, now, contact)
}

/// Whether anything of an ended grant may still be on the lock.
fn ending(house: &House, grant: &Grant, lock: &Lock, now: Timestamp, zone: &TimeZone) -> Standing {
    for wanted in house.wanted_of(lock.id) {
        let slot = Slot::of(house, lock, wanted);
        match &wanted.spec {
            Some(spec) if spec.credential == grant.credential => {
                let over = matches!(keep(spec, &lock.capabilities, now, zone), Kept::Absent(Absence::Over));
                if over && !slot.is_settled(now, zone) {
                    return Standing::Ending { since: wanted.since };
                }
            }
            None => {
                let past = slot.seen.map(|seen| seen.past.as_slice()).unwrap_or_default();
                let theirs = past.iter().any(|p| p.digest.is_some() && p.credential == grant.credential);
                if theirs {
                    return slot.errand.and_then(stopped).unwrap_or(Standing::Ending { since: wanted.since });
                }
            }
            Some(_) => {}
        }
    }
    Standing::Ended
}

fn stopped(errand: &Errand) -> Option<Standing> {
    let why = errand.last_error.clone().unwrap_or_else(|| "no reason was given".to_owned());
    match errand.state {
        ErrandState::Refused => Some(Standing::Refused { why, since: errand.since }),
        ErrandState::Suspended => Some(Standing::Suspended { why, since: errand.since }),
        ErrandState::Due | ErrandState::InFlight => None,
    }
}

fn settled(slot: &Slot<'_>, starts: Option<Timestamp>, now: Timestamp, zone: &TimeZone) -> Standing {
    if let Some(starts) = starts {
        return Standing::Scheduled { starts };
    }
    let kept = slot.wanted.spec.as_ref().map(|spec| keep(spec, &slot.lock.capabilities, now, zone));
    match (kept, slot.seen) {
        (Some(Kept::Absent(Absence::OffHours)), _) => Standing::OffHours,
        (Some(Kept::Absent(Absence::NotYet(starts))), _) => Standing::Scheduled { starts },
        (Some(Kept::Present { .. }), Some(seen)) if matches!(seen.holds, Holds::Ours { .. }) => {
            match seen.evidence {
                Evidence::Unreadable => Standing::AcceptedUnreadable { since: seen.at },
                evidence => Standing::InForce { since: seen.at, evidence },
            }
        }
        (Some(Kept::Present { .. }), Some(seen)) if seen.holds == Holds::Foreign => Standing::Refused {
            why: "its place on the lock holds a code that nobody here gave".to_owned(),
            since: seen.at,
        },
        _ => Standing::Ended,
    }
}

fn pending(slot: &Slot<'_>, now: Timestamp, contact: &Contact) -> Standing {
    let since = slot.errand.map_or(slot.wanted.since, |errand| errand.since);
    let in_flight = slot.errand.is_some_and(|errand| errand.state == ErrandState::InFlight);
    if contact.reachable == Some(false) {
        let asleep = slot.lock.capabilities.sleeps;
        let why = if asleep { "the lock is asleep" } else { "the lock is out of reach" };
        return Standing::Waiting { since, why: why.to_owned(), next: contact.next };
    }
    if contact.reachable.is_none() && !in_flight {
        let why = "nothing was heard from the lock yet".to_owned();
        return Standing::Waiting { since, why, next: contact.next };
    }
    let next = slot.errand.and_then(|errand| errand.next_try).filter(|at| *at > now);
    let error = slot.errand.and_then(|errand| errand.last_error.clone());
    match (next, error) {
        (Some(next), Some(why)) => Standing::Waiting { since, why, next: Some(next) },
        _ => Standing::Sending { since },
    }
}
