//! The checkers: the properties of the hub's promise, named by their numbers in docs/sync.md. Each looks at the hub's
//! own view, at what the locks really hold and at the facts, and says what does not fit. They change nothing.

mod effort;
mod entries;
mod places;
mod settled;
mod words;

use std::collections::BTreeMap;

use access::LockId;
use hub::View;
use hub::ports::Alert;
use jiff::Timestamp;

pub use effort::{effort, revocations};
pub use entries::{attribution, entered};
pub use places::{is_full, overwritten, places, taken_off};
pub use settled::{Settled, settled};
pub use words::leaks;

use crate::air::Station;
use crate::facts::{Facts, Violation};
use crate::time::{HOUR, Ms};

/// A change that the hub did not make is noticed within this, while it and the lock are well: one round of reads over
/// all places (a day) and the longest sleep.
pub const VERIFY: Ms = 26 * HOUR;

/// What a checker looks at.
pub struct Picture<'a> {
    /// The hub's word.
    pub view: &'a View<'a>,
    /// The locks, by address.
    pub stations: &'a BTreeMap<String, Station>,
    /// The facts.
    pub facts: &'a Facts,
    /// Milliseconds since the beginning.
    pub now: Ms,
    /// The true time.
    pub truth: Timestamp,
    /// What reached the owner.
    pub alerts: &'a [(Ms, Alert)],
}

impl Picture<'_> {
    /// The station of a lock.
    pub fn station(&self, lock: LockId) -> Option<&Station> {
        let row = self.view.house.locks.get(&lock)?;
        self.stations.get(&row.address.key)
    }

    /// Whether it is an hour that comes twice at a lock's door: a lock that goes by local time cannot tell which it is,
    /// so that what begins or ends within that hour does so a second time.
    pub fn is_hour_twice(&self, lock: LockId) -> bool {
        let door = self.view.house.locks.get(&lock).and_then(|row| self.view.house.doors.get(&row.door));
        let zone = door.and_then(|door| jiff::tz::TimeZone::get(&door.time_zone).ok());
        zone.is_some_and(|zone| zone.to_ambiguous_timestamp(zone.to_datetime(self.truth)).is_ambiguous())
    }

    /// A violation now.
    pub fn wrong(&self, property: &'static str, what: String) -> Violation {
        Violation { property, at: self.now, what }
    }
}
