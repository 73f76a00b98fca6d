//! What the owner enters: people, doors, locks, groups, schedules, grants, and what a lock can do.
//! Plain data with serde; every limit on a field is named in [`crate::decide`], which checks it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::ids::{CredentialId, DoorId, GrantId, GroupId, LockId, PersonId, ScheduleId};

/// Why somebody has access at all; it decides what a review asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// Lives here.
    Resident,
    /// Stays or visits for a time.
    Guest,
    /// Cleaner, nurse, tradesperson, agency.
    Service,
}

/// A person who has, had or will have access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// As the owner calls them; 1 to 80 characters, unique among living people.
    pub name: String,
    /// Resident, guest or service.
    pub kind: PersonKind,
    /// Free words of the owner, at most 500 characters.
    pub note: String,
    /// When entered.
    pub created: Timestamp,
    /// Set while the person is being removed: their codes are cleared from every lock first, so that a late
    /// entry still finds its name. Lists leave them out.
    #[serde(default)]
    pub removing: Option<Timestamp>,
}

/// A door: the thing one walks through. Holds no lock, one or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Its id.
    pub id: DoorId,
    /// As the owner calls it; 1 to 80 characters, unique.
    pub name: String,
    /// IANA time zone in which its schedules run, for example `Europe/Vienna`.
    pub time_zone: String,
    /// Free words of the owner, at most 500 characters.
    pub note: String,
    /// When entered.
    pub created: Timestamp,
}

/// Doors that a grant can name together: "all flats", "the house at the lake".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// 1 to 80 characters, unique.
    pub name: String,
    /// The doors in it.
    pub doors: BTreeSet<DoorId>,
}

/// Which link carries a lock and under which key it knows it. `link` is `told` for a lock nobody can reach.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LockAddress {
    /// Name of the link instance: `virtual`, `zigbee2mqtt`, `told`, ...
    pub link: String,
    /// The link's own key: an IEEE address, a node id, a socket name.
    pub key: String,
}

impl LockAddress {
    /// The address of a lock that Doorward cannot reach (S6).
    pub fn told() -> Self {
        Self { link: "told".into(), key: String::new() }
    }

    /// True when no link reaches this lock: everything about it is told.
    pub fn is_told(&self) -> bool {
        self.link == "told"
    }
}

/// A lock on a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its id.
    pub id: LockId,
    /// The door it is mounted on.
    pub door: DoorId,
    /// 1 to 80 characters.
    pub name: String,
    /// How it is reached.
    pub address: LockAddress,
    /// What it can do, as its link described it; for a told lock what the owner said.
    pub capabilities: Capabilities,
    /// What the owner told about it.
    pub told: Told,
    /// When entered.
    pub created: Timestamp,
    /// Set while the lock is being removed in two phases: its codes are cleared first, then it is forgotten.
    pub removing: Option<Timestamp>,
}

/// What an owner can say about a lock, seen or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// Maker.
    pub maker: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Where its log is kept, in the owner's words: `on the lock`, `maker's cloud`, ...
    pub log_place: Option<String>,
    /// When a spare key or emergency code was last tried.
    pub backup_tested: Option<Timestamp>,
    /// People who have a code or key to it although Doorward did not give it.
    pub codes: Vec<ToldCode>,
}

/// A code or key that exists on a told lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldCode {
    /// Who holds it.
    pub person: PersonId,
    /// What it is, in the owner's words: `key`, `code in the app`.
    pub what: String,
    /// Until when, if it ends.
    pub until: Option<DateTime>,
}

/// Days of the week as a set; Monday first, as the pages show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(u8);

impl Days {
    /// Monday to Friday.
    pub const WEEKDAYS: Self = Self(0b001_1111);
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// The set of the given days.
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | 1 << day.to_monday_zero_offset()))
    }

    /// Whether the day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// Whether no day is in it.
    pub fn is_empty(self) -> bool {
        self.0 & Self::ALL.0 == 0
    }

    /// The days in it, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        (0..7).filter_map(|n| Weekday::from_monday_zero_offset(n).ok()).filter(move |d| self.contains(*d))
    }
}

/// One weekly window in a door's own local time. `end <= start` crosses midnight into the next day;
/// an end of `00:00` means the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// The days on which it starts.
    pub days: Days,
    /// First minute in which the code opens.
    pub start: Time,
    /// First minute in which it no longer opens.
    pub end: Time,
}

/// A schedule with a name, shared by grants. No window means always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub id: ScheduleId,
    /// 1 to 80 characters, unique.
    pub name: String,
    /// Windows that together make it; at most 21. Empty: always.
    pub windows: Vec<Window>,
}

/// What a grant opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One door, with every lock on it.
    Door(DoorId),
    /// Every door of a group, also those that join it later.
    Group(GroupId),
}

/// Person x door (or group) x schedule x reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Who.
    pub person: PersonId,
    /// By which of their credentials.
    pub credential: CredentialId,
    /// Where.
    pub target: Target,
    /// When in the week; `None` is always.
    pub schedule: Option<ScheduleId>,
    /// First moment, in each door's own local time; `None` is at once.
    pub from: Option<DateTime>,
    /// First moment after the end, in each door's own local time; `None` is open-ended.
    pub until: Option<DateTime>,
    /// Opens once, then ends.
    pub once: bool,
    /// Why, in the owner's words; at most 200 characters. The review asks whether it still holds.
    pub reason: String,
    /// When given.
    pub created: Timestamp,
    /// When revoked, if it was. A revoked grant is kept for the history and wants nothing.
    pub revoked: Option<Timestamp>,
}

/// A PIN of a person. The digits are sealed by the vault; this room never holds them at rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose.
    pub person: PersonId,
    /// How many digits it has.
    pub digits: u8,
    /// The digits, sealed (opaque bytes of the vault).
    pub sealed: Vec<u8>,
    /// Keyed digest of the digits, equal for equal codes: finds duplicates without opening anything.
    pub digest: [u8; 32],
    /// Counts changes of the digits, from 1.
    pub version: u64,
    /// When the digits were last changed.
    pub changed: Timestamp,
}

impl std::fmt::Debug for Credential {
    /// Without the sealed bytes and the digest: a six-digit code could be searched out of a leaked digest
    /// by whoever also has the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("id", &self.id)
            .field("person", &self.person)
            .field("digits", &self.digits)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// What can be learnt by reading a slot back from a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadBack {
    /// The value, or a proof of it: *read back* is possible.
    Value,
    /// Only whether the slot is taken.
    Presence,
    /// Nothing (Matter PINs, masked Z-Wave locks): the best is *accepted, unreadable*, until used.
    Never,
}

/// Which schedules a lock keeps by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct ScheduleSupport {
    /// Week-day windows per user; 0: none, the hub emulates by adding and removing.
    pub week_day: u8,
    /// Date ranges per user; 0: none.
    pub year_day: u8,
    /// Whether the lock itself ends a code at a given moment (lease).
    pub lease: bool,
    /// Whether the lock can make a code work once only.
    pub once: bool,
    /// Whether it keeps one kind for a user at a time, week-day windows or date ranges, never both (Z-Wave
    /// Schedule Entry Lock).
    #[serde(default)]
    pub one_kind: bool,
}

/// Code lengths that a lock takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CodeLengths {
    /// Fewest digits.
    pub min: u8,
    /// Most digits.
    pub max: u8,
}

/// [`Capabilities::link_security`] of a Z-Wave lock that joined with the first generation of its security: the
/// key was sent in a form that everybody near could read (S0).
pub const LINK_S0: &str = "S0 Legacy";
/// [`Capabilities::link_security`] of a lock whose radio is not encrypted at all.
pub const LINK_NONE: &str = "none";

/// What a lock can do. Told locks have `slots: 0`: no code can be sent there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Code slots for us; 0: none can be set from here.
    pub slots: u16,
    /// Number of the first slot (Zigbee counts from 0, Z-Wave and Matter from 1).
    pub first_slot: u16,
    /// Accepted code lengths.
    pub code: CodeLengths,
    /// What reading back shows.
    pub read_back: ReadBack,
    /// Schedules kept on the lock.
    pub schedules: ScheduleSupport,
    /// Whether it can lock and unlock on command.
    pub remote: bool,
    /// Whether a bolt sensor reports; without one the page never says *locked*.
    pub bolt_sensor: bool,
    /// Whether a door sensor reports.
    pub door_sensor: bool,
    /// Whether entries come with the lock's own sequence number and time, so that gaps show.
    pub sequenced_log: bool,
    /// Whether the device sleeps between contacts.
    pub sleeps: bool,
    /// Least time between two writes, milliseconds.
    pub write_gap_ms: u32,
    /// Security class of the link in the maker's words (`AEAD`, `S2 Access Control`, `install code`), if known.
    pub link_security: Option<String>,
    /// Firmware the link reported, if any.
    pub firmware: Option<String>,
    /// What the lock does after wrong codes, where its link knows.
    #[serde(default)]
    pub lockout: Option<LockoutRule>,
}

/// What a lock does after wrong codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockoutRule {
    /// Nothing.
    None,
    /// A pause of up to about a minute.
    Short,
    /// Each pause longer than the one before.
    Escalating,
    /// A pause of ten minutes or more.
    Long,
}

impl Capabilities {
    /// Whether codes and commands go over its radio in the open, or as good as: such a lock is taken only when
    /// the owner insists.
    pub fn has_weak_link(&self) -> bool {
        matches!(self.link_security.as_deref(), Some(LINK_S0 | LINK_NONE))
    }

    /// A lock that nobody can reach.
    pub fn told() -> Self {
        Self {
            slots: 0,
            first_slot: 1,
            code: CodeLengths { min: 4, max: 10 },
            read_back: ReadBack::Never,
            schedules: ScheduleSupport {
                week_day: 0,
                year_day: 0,
                lease: false,
                once: false,
                one_kind: false,
            },
            remote: false,
            bolt_sensor: false,
            door_sensor: false,
            sequenced_log: false,
            sleeps: false,
            write_gap_ms: 0,
            link_security: None,
            firmware: None,
            lockout: None,
        }
    }
}
