//! Arrival readiness: for everything that begins within the coming days, and for what should be open by now and is
//! not known to be, whether the code is proven on the lock and, if not, whether it will be in time.
//!
//! It foresees nothing that the lock has not shown: *in time* means that nothing known now stands against it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::decide::draft::zone_named;
use crate::hours::{instant, next_change};
use crate::house::House;
use crate::ids::{DoorId, GrantId, LockId, PersonId};
use crate::keep::{Kept, keep};
use crate::model::{Grant, Lock};
use crate::plan::Slot;
use crate::standing::{Contact, NO_PLACE, Standing, standing};
use crate::sync::{Evidence, Holds, Validity};

/// What a write, its proof and two further attempts take at most in good order (*estimate*: the hub's waits after a
/// first and a second failure are seconds, one exchange with a slow lock is up to a minute).
const SPARE: SignedDuration = SignedDuration::from_mins(5);
/// A lock that does not sleep and has been silent for longer than this is not called a passing fault any more.
const PASSING: SignedDuration = SignedDuration::from_mins(30);
/// A sleeping lock that wakes later than announced by no more than this is not called missing.
const WAKES: SignedDuration = SignedDuration::from_mins(10);
/// This close to the beginning a silent lock is a risk however short the silence.
const CLOSE: SignedDuration = SignedDuration::from_hours(2);

/// One code on one lock that is to open from some moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Arrival {
    /// By which grant.
    pub grant: GrantId,
    /// Who comes.
    pub person: PersonId,
    /// To which door.
    pub door: DoorId,
    /// With which lock.
    pub lock: LockId,
    /// From when it is to open; in the past: it should open already.
    pub at: Timestamp,
    /// How it stands.
    pub ready: Ready,
}

/// How ready a lock is for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ready {
    /// The code is on the lock, and this is how we know.
    Proven {
        /// Since when that is known.
        since: Timestamp,
        /// How.
        evidence: Evidence,
    },
    /// The lock took the code and can never be read.
    Accepted {
        /// Since when.
        since: Timestamp,
    },
    /// The lock cannot keep the beginning: the hub sends the code then, and the lock answers now.
    SentThen,
    /// Not there yet; nothing known stands against it being there in time.
    Coming {
        /// What it waits for, in plain words.
        why: String,
        /// When it is next tried, or the lock expected.
        by: Option<Timestamp>,
    },
    /// Nothing can be sent there: the owner sees to it at the lock.
    Told,
    /// As things stand it will not be there in time.
    AtRisk {
        /// Why, in plain words.
        why: String,
    },
}

impl Ready {
    /// Whether somebody may stand before a door that does not open.
    pub fn is_at_risk(&self) -> bool {
        matches!(self, Self::AtRisk { .. })
    }

    /// Whether the code is on the lock as far as that lock lets itself be asked.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Proven { .. } | Self::Accepted { .. })
    }
}

/// Everything that begins before `now + ahead` or should have begun and is not proven, soonest first. `contact` is
/// what is known of a lock's reach.
pub fn arrivals(
    house: &House,
    now: Timestamp,
    ahead: SignedDuration,
    contact: impl Fn(LockId) -> Contact,
) -> Vec<Arrival> {
    let horizon = now.saturating_add(ahead).unwrap_or(Timestamp::MAX);
    let mut all = Vec::new();
    for grant in house.grants.values().filter(|grant| grant.revoked.is_none()) {
        for door in house.doors_of(grant.target).iter().filter_map(|id| house.doors.get(id)) {
            let zone = zone_named(&door.time_zone);
            let Some(at) = begins(house, grant, now, &zone).filter(|at| *at <= horizon) else { continue };
            for lock in house.locks_of(door.id).filter(|lock| lock.removing.is_none()) {
                let ready = readiness(house, grant, lock, at, now, &zone, &contact(lock.id));
                // what opens, and has been shown to, is no arrival
                let open = at <= now && (ready.is_there() || ready == Ready::Told);
                if !open {
                    let (grant, person) = (grant.id, grant.person);
                    all.push(Arrival { grant, person, door: door.id, lock: lock.id, at, ready });
                }
            }
        }
    }
    all.sort_by_key(|one| (one.at, one.person, one.door, one.lock));
    all
}

/// From when a grant opens a door in this time zone; a moment in the past if it opens now. `None`: it is over.
fn begins(house: &House, grant: &Grant, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let schedule = grant.schedule.and_then(|id| house.schedules.get(&id));
    let windows = schedule.map(|schedule| schedule.windows.clone()).unwrap_or_default();
    let validity = Validity { from: grant.from, until: grant.until, windows };
    if validity.is_over(now, zone) {
        return None;
    }
    if let Some(start) = validity.starts(now, zone) {
        return Some(start);
    }
    if validity.holds(now, zone) {
        return Some(grant.from.map_or(grant.created, |from| instant(from, zone)).max(grant.created));
    }
    next_change(&[validity], now, zone)
}

fn readiness(
    house: &House,
    grant: &Grant,
    lock: &Lock,
    at: Timestamp,
    now: Timestamp,
    zone: &TimeZone,
    contact: &Contact,
) -> Ready {
    let stands = standing(house, grant, lock, now, contact);
    match stands {
        Standing::Told => Ready::Told,
        Standing::InForce { since, evidence } => Ready::Proven { since, evidence },
        Standing::AcceptedUnreadable { since } => Ready::Accepted { since },
        Standing::Refused { why, .. } => Ready::AtRisk { why: format!("the lock refuses the code: {why}") },
        Standing::Suspended { why, .. } => {
            Ready::AtRisk { why: format!("it was tried several times without success: {why}") }
        }
        Standing::Scheduled { .. } | Standing::OffHours => on_the_lock(house, grant, lock, now, zone)
            .unwrap_or_else(|| match reach(lock, at, now, contact) {
                Some(hindered) => hindered,
                None => Ready::SentThen,
            }),
        Standing::Sending { .. } => Ready::Coming { why: "it is being sent".to_owned(), by: None },
        Standing::Waiting { why, next, .. } if why == NO_PLACE => match next {
            Some(by) if by <= in_time(at) => Ready::Coming { why, by: next },
            _ => Ready::AtRisk {
                why: "every place of the lock is taken, and none is known to become free in time".to_owned(),
            },
        },
        Standing::Waiting { why, next, .. } => waiting(lock, at, now, contact, why, next),
        Standing::Ending { .. } | Standing::Ended => {
            Ready::AtRisk { why: "it has no place on the lock".to_owned() }
        }
    }
}

/// A code that is on the lock with its hours, before they begin.
fn on_the_lock(house: &House, grant: &Grant, lock: &Lock, now: Timestamp, zone: &TimeZone) -> Option<Ready> {
    let theirs =
        |row: &&crate::Wanted| row.spec.as_ref().is_some_and(|spec| spec.credential == grant.credential);
    let wanted = house.wanted_of(lock.id).find(theirs)?;
    let kept = keep(wanted.spec.as_ref()?, &lock.capabilities, now, zone);
    let slot = Slot::of(house, lock, wanted);
    let seen = slot.seen.filter(|seen| matches!(seen.holds, Holds::Ours { .. }))?;
    if !matches!(kept, Kept::Present { .. }) || !slot.is_settled(now, zone) {
        return None;
    }
    Some(match seen.evidence {
        Evidence::Unreadable => Ready::Accepted { since: seen.at },
        evidence => Ready::Proven { since: seen.at, evidence },
    })
}

/// Not sent yet, or without an answer.
fn waiting(
    lock: &Lock,
    at: Timestamp,
    now: Timestamp,
    contact: &Contact,
    why: String,
    next: Option<Timestamp>,
) -> Ready {
    if let Some(hindered) = reach(lock, at, now, contact) {
        return hindered;
    }
    match next.filter(|next| *next > in_time(at).max(now)) {
        Some(_) if at > now => Ready::AtRisk { why: format!("{why}; it is tried again too late") },
        _ => Ready::Coming { why, by: next },
    }
}

/// The last moment at which a first attempt is early enough.
fn in_time(at: Timestamp) -> Timestamp {
    at.saturating_sub(SPARE).unwrap_or(Timestamp::MIN)
}

/// What a lock out of reach means for a code that has to get there; `None`: it answers.
fn reach(lock: &Lock, at: Timestamp, now: Timestamp, contact: &Contact) -> Option<Ready> {
    match contact.reachable {
        Some(true) => return None,
        Some(false) => {}
        None => {
            let why = "nothing was heard from the lock yet".to_owned();
            return Some(Ready::Coming { why, by: contact.next });
        }
    }
    let close = at.duration_since(now) <= CLOSE;
    if lock.capabilities.sleeps {
        return Some(match contact.next {
            Some(next) if next <= in_time(at) && next > now => {
                Ready::Coming { why: "the lock sleeps: it is sent when it wakes".to_owned(), by: Some(next) }
            }
            // a moment of grace: it wakes about now
            Some(next) if next <= now && now.duration_since(next) <= WAKES && !close => {
                Ready::Coming { why: "the lock sleeps: it is sent when it wakes".to_owned(), by: Some(next) }
            }
            Some(next) if next <= now => {
                Ready::AtRisk { why: "the lock should have woken by now and has not".to_owned() }
            }
            Some(_) => Ready::AtRisk { why: "the lock sleeps until it is too late".to_owned() },
            None if close => {
                Ready::AtRisk { why: "the lock sleeps and did not say when it wakes".to_owned() }
            }
            None => Ready::Coming { why: "the lock sleeps: it is sent when it wakes".to_owned(), by: None },
        });
    }
    let for_long = contact.since.is_some_and(|since| now.duration_since(since) > PASSING);
    let why = "the lock is out of reach".to_owned();
    Some(if close || for_long { Ready::AtRisk { why } } else { Ready::Coming { why, by: contact.next } })
}
