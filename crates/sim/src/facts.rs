//! What the world knows to be true, beside the locks themselves: which digits were ever whose, what was promised to
//! people, who typed what, when something was wrong. Checkers hold the hub's word against it.

use std::collections::{BTreeMap, BTreeSet};

use access::{CredentialId, Grant, GrantId, House, LockId, PersonId, Window};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::time::{MINUTE, Ms};

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which property, by its number: `I1` to `I14`, `L1` to `L4`.
    pub property: &'static str,
    /// When.
    pub at: Ms,
    /// What was seen.
    pub what: String,
}

/// Digits somebody typed, and what came of it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where.
    pub lock: LockId,
    /// Place that the lock recognised.
    pub slot: Option<u16>,
    /// The lock's own time, as its record says it.
    pub stamp: Option<Timestamp>,
    /// Its number.
    pub sequence: Option<(u32, u64)>,
    /// Who it was, and whose the digits are by now: to a lock, who types a code is whose code it is.
    pub people: BTreeSet<PersonId>,
}

/// What was accepted from a person and has to come true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promise {
    /// This grant lives.
    Lives,
    /// It has ended.
    Ended,
}

/// Everything.
#[derive(Debug, Default)]
pub struct Facts {
    /// Digits of each code, oldest first, with the moment of each.
    pub codes: BTreeMap<CredentialId, (PersonId, Vec<(Ms, String)>)>,
    /// Whose code these digits ever were.
    pub owners: BTreeMap<String, BTreeSet<CredentialId>>,
    /// When a lock's wishes changed last.
    pub stirred: BTreeMap<LockId, Ms>,
    /// Until when the machine itself was in trouble.
    pub hub_troubled: Ms,
    /// Until when the air around a lock was.
    pub troubled: BTreeMap<LockId, Ms>,
    /// Who typed what, the last few hundred.
    pub entries: Vec<Entry>,
    /// Places where the owner said that what is there may go.
    pub may_go: BTreeSet<(LockId, u16)>,
    /// What was promised.
    pub promises: BTreeMap<GrantId, Promise>,
    /// Where each code was seen to be wanted.
    pub places: BTreeMap<(LockId, CredentialId), u16>,
    /// Days on which a lock's wishes changed so often.
    pub wishes: BTreeMap<(LockId, Ms), u32>,
    /// How long a lock is allowed for everything that it has to do, sleep included.
    pub bounds: BTreeMap<LockId, Ms>,
    /// When a hub of ours began to run last; `None` while it is down.
    pub up_since: Option<Ms>,
    /// Until when the owner's telephone had no network.
    pub phone_troubled: Ms,
    /// The machine's clock is wrong.
    pub clock_wrong: bool,
}

/// The shortest bound: longest wait between two tries (19 minutes), the work itself, and a clock that drifts.
pub const BOUND: Ms = 25 * MINUTE;

impl Facts {
    /// Notes digits that were set.
    pub fn set(&mut self, credential: CredentialId, person: PersonId, pin: String, now: Ms) {
        self.owners.entry(pin.clone()).or_default().insert(credential);
        let code = self.codes.entry(credential).or_insert_with(|| (person, Vec::new()));
        if code.1.last().is_none_or(|(_, last)| *last != pin) {
            code.1.push((now, pin));
        }
    }

    /// The digits of a code now.
    pub fn pin(&self, credential: CredentialId) -> Option<&str> {
        self.codes.get(&credential)?.1.last().map(|(_, pin)| pin.as_str())
    }

    /// Whether everything around a lock has been well, and its wishes unchanged, for as long as it may need.
    pub fn is_quiet(&self, lock: LockId, now: Ms) -> bool {
        self.quiet_since(lock).is_some_and(|since| now >= since + self.bound(lock))
    }

    /// Since when; `None` while the hub is down or its clock is wrong.
    pub fn quiet_since(&self, lock: LockId) -> Option<Ms> {
        if self.clock_wrong {
            return None;
        }
        let stirred = self.stirred.get(&lock).copied().unwrap_or(0);
        let troubled = self.troubled.get(&lock).copied().unwrap_or(0);
        Some(stirred.max(troubled).max(self.hub_troubled).max(self.up_since?))
    }

    /// How long a lock may need.
    pub fn bound(&self, lock: LockId) -> Ms {
        self.bounds.get(&lock).copied().unwrap_or(BOUND)
    }

    /// Something is wrong with a lock until then.
    pub fn trouble(&mut self, lock: LockId, until: Ms) {
        let before = self.troubled.entry(lock).or_default();
        *before = until.max(*before);
    }
}

/// Whether a grant opens a lock at a moment: worked out anew, not by the room that is being checked.
fn grants(house: &House, grant: &Grant, lock: LockId, at: Timestamp) -> bool {
    let Some(row) = house.locks.get(&lock) else { return false };
    let Some(door) = house.doors.get(&row.door) else { return false };
    if grant.revoked.is_some() || row.removing.is_some() || !house.doors_of(grant.target).contains(&door.id) {
        return false;
    }
    let zone = TimeZone::get(&door.time_zone).unwrap_or(TimeZone::UTC);
    let moment = |local: jiff::civil::DateTime| zone.to_timestamp(local).unwrap_or(Timestamp::MAX);
    if grant.from.is_some_and(|from| at < moment(from))
        || grant.until.is_some_and(|until| at >= moment(until))
    {
        return false;
    }
    let windows = grant.schedule.and_then(|id| house.schedules.get(&id)).map(|s| s.windows.as_slice());
    let windows = windows.unwrap_or_default();
    let local = zone.to_datetime(at);
    windows.is_empty() || windows.iter().any(|window| inside(window, local))
}

fn inside(window: &Window, local: jiff::civil::DateTime) -> bool {
    let (day, time) = (local.weekday(), local.time());
    let midnight = jiff::civil::Time::midnight();
    if window.end > window.start {
        return window.days.contains(day) && time >= window.start && time < window.end;
    }
    let evening = window.days.contains(day) && time >= window.start;
    let morning = window.end != midnight && window.days.contains(day.previous()) && time < window.end;
    evening || morning
}

/// Whether any living grant opens a lock for a code at a moment.
pub fn permits(house: &House, lock: LockId, credential: CredentialId, at: Timestamp) -> bool {
    house.grants.values().any(|grant| grant.credential == credential && grants(house, grant, lock, at))
}
