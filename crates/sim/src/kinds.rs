//! The kinds of locks in a simulated house: what each can do, and the bad habits it has. Habits are those met in the
//! field (docs/sync.md names the sources).

use access::{Capabilities, CodeLengths, ReadBack, ScheduleSupport};

use crate::time::{MINUTE, Ms};

/// One kind of lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What it is called in stories.
    pub name: &'static str,
    /// What reading back shows.
    pub read_back: ReadBack,
    /// Code slots.
    pub slots: u16,
    /// Number of the first.
    pub first: u16,
    /// Schedules that it keeps.
    pub schedules: ScheduleSupport,
    /// It keeps the version of each slot and refuses older ones; its records carry it.
    pub versioned: bool,
    /// Its records are numbered and kept until they are acknowledged.
    pub sequenced: bool,
    /// It tells of every change of a slot.
    pub tells_slots: bool,
    /// It refuses digits that another slot holds; `late`: after it has said *accepted*.
    pub duplicates: Duplicates,
    /// Only the gateway answers (*accepted*); the lock does it a little later.
    pub gateway_answers: bool,
    /// It wakes so often and sleeps in between; 0: it does not sleep.
    pub wakes_every: Ms,
    /// Longest time for an answer.
    pub slow: Ms,
    /// Least time between writes.
    pub gap_ms: u32,
    /// It knows only the offset of the moment in which its clock was set, not the next change of it.
    pub offset_only: bool,
    /// Its clock is off by so many parts in a million.
    pub drift_ppm: i64,
}

/// What becomes of digits that are on the lock already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// It does not look.
    Taken,
    /// It says no.
    Refused,
    /// It says yes and does nothing.
    Dropped,
}

const NONE: ScheduleSupport =
    ScheduleSupport { week_day: 0, year_day: 0, lease: false, once: false, one_kind: false };
const FULL: ScheduleSupport =
    ScheduleSupport { week_day: 7, year_day: 3, lease: true, once: true, one_kind: false };
const ZWAVE: ScheduleSupport =
    ScheduleSupport { week_day: 7, year_day: 1, lease: false, once: false, one_kind: true };
const LEASE: ScheduleSupport = ScheduleSupport { lease: true, ..NONE };

const PLAIN: Kind = Kind {
    name: "plain",
    read_back: ReadBack::Value,
    slots: 10,
    first: 1,
    schedules: NONE,
    versioned: false,
    sequenced: false,
    tells_slots: false,
    duplicates: Duplicates::Refused,
    gateway_answers: false,
    wakes_every: 0,
    slow: 700,
    gap_ms: 0,
    offset_only: false,
    drift_ppm: 0,
};

/// All of them.
pub const KINDS: &[Kind] = &[
    // a lock of our own core: all that there is
    Kind {
        name: "own core",
        slots: 20,
        schedules: FULL,
        versioned: true,
        sequenced: true,
        drift_ppm: 100,
        ..PLAIN
    },
    // Zigbee: value and slot reports, no hours, counts from nought
    Kind { name: "zigbee", first: 0, tells_slots: true, duplicates: Duplicates::Taken, gap_ms: 250, ..PLAIN },
    // Z-Wave User Code with Schedule Entry Lock, a clock that drifts and does not know the zone
    Kind {
        name: "z-wave schedules",
        slots: 12,
        schedules: ZWAVE,
        offset_only: true,
        drift_ppm: 200,
        tells_slots: true,
        ..PLAIN
    },
    // answers ***** when read
    Kind { name: "masked", read_back: ReadBack::Presence, tells_slots: true, ..PLAIN },
    // can be written and never read (Matter PINs)
    Kind { name: "write-only", read_back: ReadBack::Never, schedules: FULL, drift_ppm: 50, ..PLAIN },
    Kind { name: "four slots", slots: 4, ..PLAIN },
    Kind { name: "sleepy", wakes_every: 60 * MINUTE, slow: 4_000, ..PLAIN },
    Kind { name: "slow", slow: 45_000, ..PLAIN },
    // the duplicate is refused after *accepted*, which nobody hears
    Kind { name: "silent refusal", gateway_answers: true, duplicates: Duplicates::Dropped, ..PLAIN },
    Kind { name: "lease", schedules: LEASE, sequenced: true, ..PLAIN },
];

impl Kind {
    /// The kind of that name; the first for a name that there is not.
    pub fn named(name: &str) -> Self {
        KINDS.iter().copied().find(|kind| kind.name == name).unwrap_or(KINDS[0])
    }

    /// As its link describes it.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            slots: self.slots,
            first_slot: self.first,
            code: CodeLengths { min: 4, max: 10 },
            read_back: self.read_back,
            schedules: self.schedules,
            remote: true,
            bolt_sensor: false,
            door_sensor: false,
            sequenced_log: self.sequenced,
            sleeps: self.wakes_every > 0,
            write_gap_ms: self.gap_ms,
            link_security: None,
            firmware: None,
            lockout: None,
        }
    }
}
