//! The body of a simulated lock: what it holds and what it does with it. It knows the truth: who put each code where,
//! and which digits were typed. No radio is in here, and nothing goes wrong but what its kind does by habit.

use std::collections::{BTreeMap, VecDeque};

use access::Validity;
use hub::ports::{Denial, LinkError, LockRecord, Observed, RecordKind, RecordSource, SlotWrite};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::kinds::{Duplicates, Kind};
use crate::time::Ms;
use access::ReadBack;

/// Records a lock keeps while nobody acknowledges them.
const RING: usize = 200;

/// Who put something into a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A command of the hub, delivered once.
    Hub,
    /// A late copy of a command of the hub.
    Replay,
    /// Another controller, the keypad, another hub.
    Foreign,
}

/// One place for a code.
#[derive(Clone)]
pub struct Place {
    /// The digits; `None`: a user without a code (half of a write).
    pub pin: Option<String>,
    /// Version of the wish, where it keeps it.
    pub version: u64,
    /// Switched on.
    pub enabled: bool,
    /// Hours that it keeps.
    pub validity: Vec<Validity>,
    /// Their zone.
    pub zone: String,
    /// Ends by itself.
    pub not_after: Option<Timestamp>,
    /// Opens once.
    pub once: bool,
    /// And has.
    pub used: bool,
    /// Who put it there.
    pub origin: Origin,
    /// When it came.
    pub since: Ms,
}

/// A whole write as it travels, so that a late copy can come.
#[derive(Clone)]
pub enum Command {
    /// Write a place.
    Set(Box<SlotWrite>),
    /// Empty it.
    Clear(u16),
}

impl Command {
    /// The place that it is about.
    pub fn slot(&self) -> u16 {
        match self {
            Self::Set(write) => write.slot,
            Self::Clear(slot) => *slot,
        }
    }
}

/// What came of digits typed at the keypad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// It opened.
    pub opened: bool,
    /// The place that was recognised.
    pub slot: Option<u16>,
}

/// A lock's clock.
#[derive(Clone)]
pub struct LockClock {
    known: bool,
    /// True time when it was set, and what it was told then.
    set: (Timestamp, Timestamp),
    zone: TimeZone,
    offset: SignedDuration,
}

/// One lock.
pub struct Body {
    /// What it can do.
    pub kind: Kind,
    /// What it holds.
    pub places: BTreeMap<u16, Place>,
    /// Its clock.
    pub clock: LockClock,
    /// No battery: no radio, no keypad.
    pub dead: bool,
    /// Starts since it was made.
    pub boot: u32,
    seq: u64,
    /// Records not yet acknowledged.
    pub ring: VecDeque<LockRecord>,
    /// The seeded bug of I8.
    pub toggles: bool,
    /// When somebody other than our hub touched a place last.
    pub disturbed: BTreeMap<u16, Ms>,
}

impl Body {
    /// As it comes out of its box.
    pub fn new(kind: Kind) -> Self {
        let clock = LockClock {
            known: false,
            set: (Timestamp::MIN, Timestamp::MIN),
            zone: TimeZone::UTC,
            offset: SignedDuration::ZERO,
        };
        Self {
            kind,
            places: BTreeMap::new(),
            clock,
            dead: false,
            boot: 1,
            seq: 0,
            ring: VecDeque::new(),
            toggles: false,
            disturbed: BTreeMap::new(),
        }
    }

    /// Its clock is set to `told` at `truth`.
    pub fn set_clock(&mut self, truth: Timestamp, told: Timestamp, zone: &str) {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let offset = SignedDuration::from_secs(i64::from(zone.to_offset(told).seconds()));
        self.clock = LockClock { known: true, set: (truth, told), zone, offset };
    }

    /// Whether its clock is set.
    pub fn knows_time(&self) -> bool {
        self.clock.known
    }

    /// What its clock shows at the true moment.
    pub fn believes(&self, truth: Timestamp) -> Timestamp {
        let passed = truth.duration_since(self.clock.set.0);
        let drift = SignedDuration::from_millis(
            i64::try_from(passed.as_millis()).unwrap_or(0) / 1_000 * self.kind.drift_ppm / 1_000,
        );
        self.clock.set.1.saturating_add(passed + drift).unwrap_or(Timestamp::MAX)
    }

    /// Local time on its clock. One that does not know the next change of the offset is an hour off after it.
    fn local(&self, believed: Timestamp) -> jiff::civil::DateTime {
        if self.kind.offset_only {
            let shifted = believed.saturating_add(self.clock.offset).unwrap_or(Timestamp::MAX);
            return TimeZone::UTC.to_datetime(shifted);
        }
        self.clock.zone.to_datetime(believed)
    }

    /// The battery was changed, or power came back: the clock is lost.
    pub fn restart(&mut self) -> Option<LockRecord> {
        self.dead = false;
        self.boot += 1;
        self.seq = 0;
        self.clock.known = false;
        self.record(None, RecordKind::Restarted, RecordSource::Auto, None)
    }

    /// Carries out a command of a controller. `part`: only half of it (a user without a code, a code without its user).
    ///
    /// # Errors
    /// As a lock of this kind refuses.
    pub fn apply(&mut self, command: &Command, origin: Origin, now: Ms, part: bool) -> Result<(), LinkError> {
        let slot = command.slot();
        if origin != Origin::Hub {
            self.disturbed.insert(slot, now);
        }
        match command {
            Command::Clear(_) if part => {
                if let Some(place) = self.places.get_mut(&slot) {
                    place.pin = None;
                }
            }
            Command::Clear(_) => drop(self.places.remove(&slot)),
            Command::Set(write) => return self.write(write, origin, now, part),
        }
        Ok(())
    }

    fn write(&mut self, write: &SlotWrite, origin: Origin, now: Ms, part: bool) -> Result<(), LinkError> {
        let inside = write.slot >= self.kind.first && write.slot - self.kind.first < self.kind.slots;
        if !inside {
            return Err(LinkError::Rejected("it has no such place".into()));
        }
        let before = self.places.get(&write.slot);
        if self.kind.versioned && before.is_some_and(|place| write.version < place.version) {
            return Err(LinkError::Rejected("an older version than it holds".into()));
        }
        let pin = write.pin.expose();
        let elsewhere =
            self.places.iter().any(|(slot, p)| *slot != write.slot && p.pin.as_deref() == Some(pin));
        if elsewhere {
            match self.kind.duplicates {
                Duplicates::Taken => {}
                Duplicates::Refused => return Err(LinkError::Duplicate),
                Duplicates::Dropped => return Ok(()),
            }
        }
        let same = before.is_some_and(|p| p.pin.as_deref() == Some(pin) && p.version == write.version);
        let place = Place {
            pin: (!part).then(|| pin.to_owned()),
            version: write.version,
            enabled: write.enabled && !(self.toggles && same && before.is_some_and(|place| place.enabled)),
            validity: write.validity.clone(),
            zone: write.time_zone.clone(),
            not_after: write.not_after.filter(|_| self.kind.schedules.lease),
            once: write.once && self.kind.schedules.once,
            used: same && before.is_some_and(|place| place.used),
            origin,
            since: now,
        };
        self.places.insert(write.slot, place);
        Ok(())
    }

    /// A read, by whatever this kind shows.
    pub fn read(&self, slot: u16, expected: Option<&SlotWrite>) -> Observed {
        match (self.kind.read_back, self.places.get(&slot)) {
            (ReadBack::Never, _) => Observed::Unreadable,
            (_, None) => Observed::Empty,
            (ReadBack::Presence, Some(_)) => Observed::Taken,
            (ReadBack::Value, Some(place)) => match (expected, &place.pin) {
                (None, _) => Observed::Taken,
                (Some(write), Some(pin)) if pin == write.pin.expose() => {
                    if self.keeps(place, write) {
                        Observed::Matches { enabled: place.enabled }
                    } else {
                        Observed::OtherHours
                    }
                }
                (Some(_), _) => Observed::Differs,
            },
        }
    }

    /// Digits that are on it and switched on, with their places.
    pub fn digits(&self) -> Vec<(u16, String)> {
        let on = self.places.iter().filter(|(_, place)| place.enabled);
        on.filter_map(|(slot, place)| Some((*slot, place.pin.clone()?))).collect()
    }

    /// Whether the hours in a place are those expected.
    fn keeps(&self, place: &Place, write: &SlotWrite) -> bool {
        let hours = place.validity == write.validity && place.zone == write.time_zone;
        let lease = !self.kind.schedules.lease || place.not_after == write.not_after;
        (write.validity.is_empty() && place.validity.is_empty() || hours) && lease
    }

    /// Whether these digits would open at that true moment, and from which place.
    pub fn opens(&self, pin: &str, truth: Timestamp) -> Typed {
        let found = self.places.iter().find(|(_, place)| place.pin.as_deref() == Some(pin));
        let Some((slot, place)) = found else { return Typed { opened: false, slot: None } };
        Typed { opened: !self.dead && self.denial(place, truth).is_none(), slot: Some(*slot) }
    }

    fn denial(&self, place: &Place, truth: Timestamp) -> Option<Denial> {
        if !place.enabled {
            return Some(Denial::Disabled);
        }
        if place.used {
            return Some(Denial::Expired);
        }
        if place.validity.is_empty() && place.not_after.is_none() {
            return None;
        }
        if !self.clock.known {
            return Some(Denial::ClockUnknown);
        }
        let believed = self.believes(truth);
        if place.not_after.is_some_and(|end| believed >= end) {
            return Some(Denial::Expired);
        }
        let local = self.local(believed);
        let holds = |v: &Validity| {
            v.from.is_none_or(|from| local >= from)
                && v.until.is_none_or(|until| local < until)
                && (v.windows.is_empty() || v.windows.iter().any(|window| window.contains(local)))
        };
        (!place.validity.is_empty() && !place.validity.iter().any(holds)).then_some(Denial::Schedule)
    }

    /// Somebody types digits. What it records goes out with the answer.
    pub fn type_code(&mut self, pin: &str, truth: Timestamp) -> (Typed, Option<LockRecord>) {
        if self.dead {
            return (Typed { opened: false, slot: None }, None);
        }
        let typed = self.opens(pin, truth);
        let at = self.clock.known.then(|| self.believes(truth));
        let Some(slot) = typed.slot else {
            return (typed, self.record(at, RecordKind::WrongCode, RecordSource::Keypad, None));
        };
        let kind = match self.places.get(&slot).and_then(|place| self.denial(place, truth)) {
            Some(why) => RecordKind::Denied(why),
            None => RecordKind::Unlocked,
        };
        if let Some(place) = self.places.get_mut(&slot).filter(|place| place.once && typed.opened) {
            place.used = true;
        }
        (typed, self.record(at, kind, RecordSource::Keypad, Some(slot)))
    }

    fn record(
        &mut self,
        at: Option<Timestamp>,
        kind: RecordKind,
        source: RecordSource,
        slot: Option<u16>,
    ) -> Option<LockRecord> {
        self.seq += 1;
        let version = slot.and_then(|slot| self.places.get(&slot)).map(|place| place.version);
        let record = LockRecord {
            sequence: self.kind.sequenced.then_some((self.boot, self.seq)),
            at,
            kind,
            source,
            slot,
            version: version.filter(|_| self.kind.versioned),
            why: None,
        };
        if self.kind.sequenced {
            self.ring.push_back(record.clone());
            if self.ring.len() > RING {
                self.ring.pop_front();
            }
        }
        Some(record)
    }

    /// Records through this number are durable at the hub.
    pub fn acknowledge(&mut self, boot: u32, seq: u64) {
        self.ring.retain(|record| record.sequence.is_none_or(|of| of > (boot, seq)));
    }
}
