//! What is known of a home at one moment: the answers of its surveys, what its locks last told, its gateways, who has
//! access, what was done. The hub makes it; every rule of living and mending reads it and nothing else.

use access::battery::Outlook;
use access::{DoorId, GrantId, LockId};
use door::survey::Survey;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::travel;

/// A home.
#[derive(Debug, Clone)]
pub struct Home {
    /// The moment.
    pub now: Timestamp,
    /// Doors, by name.
    pub doors: Vec<DoorSight>,
    /// Gateways to locks.
    pub gateways: Vec<Gateway>,
    /// Who has access.
    pub access: AccessSight,
    /// Copies of keys that are out.
    pub keys: Vec<KeyOut>,
    /// What was done, oldest first.
    pub done: Vec<Done>,
}

/// A door.
#[derive(Debug, Clone)]
pub struct DoorSight {
    /// Its id.
    pub id: DoorId,
    /// Its name.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// When it was entered.
    pub created: Timestamp,
    /// Told answers with what the hub sees laid over them.
    pub survey: Survey,
    /// Red flags that are up.
    pub flags: Vec<FlagUp>,
    /// Its locks, those being removed left out.
    pub locks: Vec<LockSight>,
}

/// A red flag that is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagUp {
    /// Its name, as in `door::flags`.
    pub id: &'static str,
    /// In plain words.
    pub what: &'static str,
    /// The answer it rests on, and how that is known.
    pub evidence: String,
    /// Since when the hub has known.
    pub since: Timestamp,
}

/// A lock.
#[derive(Debug, Clone)]
pub struct LockSight {
    /// Its id.
    pub id: LockId,
    /// Its name.
    pub name: String,
    /// Maker and model, as told or reported.
    pub model: Option<String>,
    /// Nobody can reach it from here: everything about it is told.
    pub told: bool,
    /// The gateway it is behind; `told` without one.
    pub gateway: String,
    /// When it was entered.
    pub created: Timestamp,
    /// Whether it answers now; `None`: nothing was heard yet.
    pub reachable: Option<bool>,
    /// Last heard from.
    pub last_contact: Option<Timestamp>,
    /// Out of reach since.
    pub silent_since: Option<Timestamp>,
    /// It sleeps between contacts.
    pub sleeps: bool,
    /// Link quality in the gateway's words.
    pub signal: Option<String>,
    /// Last percentage, and when it was told.
    pub battery: Option<(u8, Timestamp)>,
    /// It calls its battery low.
    pub battery_low: bool,
    /// When the cells run out: an estimate.
    pub outlook: Option<Outlook>,
    /// The bolt is jammed now.
    pub jammed: bool,
    /// The keypad is shut until then.
    pub lockout_until: Option<Timestamp>,
    /// The budget of wrong codes is spent.
    pub budget_spent: bool,
    /// Whether its clock is set; `None`: it does not say.
    pub clock_known: Option<bool>,
    /// Its clock jumped and waits for somebody's word.
    pub clock_unconfirmed: bool,
    /// Operating mode in a word: `normal`, `passage`, ...
    pub mode: Option<String>,
    /// Where the log of this lock is kept, in the owner's words.
    pub log_place: Option<String>,
    /// Firmware it reports or the owner told, and since when the hub has known that version.
    pub firmware: Option<(String, Option<Timestamp>)>,
    /// It can rehearse a dead battery.
    pub rehearses: bool,
    /// Last rehearsal of a dead battery: when, and whether nothing went wrong.
    pub rehearsed: Option<(Timestamp, bool)>,
    /// Spare key or emergency code last tried.
    pub backup_tested: Option<Timestamp>,
    /// How long its bolt took, lately and before.
    pub travel: travel::History,
    /// Changes of codes that wait, were refused or given up.
    pub waiting: Vec<Waiting>,
    /// Codes on it that nobody here gave.
    pub strangers: usize,
    /// What happened at it lately, newest first, at most [`PAST_MAX`].
    pub past: Vec<Happened>,
}

/// Most happenings of a lock that are looked at.
pub const PAST_MAX: usize = 200;

/// A change of a code that has not reached its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// The lock refused it, or it was given up after many tries.
    pub stuck: bool,
    /// What the lock or its gateway said last.
    pub error: Option<String>,
}

/// Something that happened at a lock, as its log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Position in the log.
    pub index: u64,
    /// When, by the best clock known.
    pub at: Timestamp,
    /// When it was written here.
    pub told: Timestamp,
    /// What.
    pub what: What,
    /// A person was recognised.
    pub known: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// Opened by a code, card or finger.
    OpenedByCredential,
    /// Opened or shut with key, thumbturn or by hand.
    ByHand,
    /// Opened from here or by another controller.
    OpenedFromAfar,
    /// The lock locked by itself.
    LockedItself,
    /// Locked by somebody.
    Locked,
    /// A code that is not on the lock.
    WrongCode,
    /// Refused: outside its hours, not begun or ended.
    OutsideHours,
    /// Refused: its code is switched off.
    Disabled,
    /// Refused: the lock does not know the time.
    ClockUnknown,
    /// Refused: too many wrong codes.
    ShutOut,
    /// Refused: too little battery.
    BatteryRefused,
    /// Refused: the mode keeps it out.
    ModeRefused,
    /// The bolt met something, or a movement was not finished.
    Jammed,
    /// The bolt or door moved without authority, or the cover came off.
    Forced,
    /// The lock started anew.
    Restarted,
    /// Its clock was set, lost or jumped.
    Clock,
    /// A code was changed at the lock or by another controller.
    CodeChanged,
    /// The battery crossed a warning level.
    BatteryLow,
    /// Records were lost on the way.
    RecordsLost,
    /// The door stood open for long.
    Ajar,
}

/// A gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub up: bool,
    /// Since when.
    pub since: Timestamp,
    /// Why it is down.
    pub why: Option<String>,
}

/// Who has access, as far as the calendar needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessSight {
    /// People who can get in, by a code from here or as told.
    pub people: usize,
    /// Of these, accesses with a question: unused, without an end, ended and still there.
    pub questions: usize,
    /// Since when somebody has had access.
    pub since: Option<Timestamp>,
    /// Last whole review.
    pub reviewed: Option<Timestamp>,
    /// Months between reviews.
    pub every_months: u8,
    /// Accesses that end soon.
    pub ends: Vec<Ends>,
}

/// An access that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The grant.
    pub grant: GrantId,
    /// A door of it.
    pub door: DoorId,
    /// Its last day, in the door's own zone.
    pub on: Date,
    /// Every lock concerned ends it by itself; else it ends only while the hub runs.
    pub by_itself: bool,
}

/// A copy of a key that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOut {
    /// Its id in the register.
    pub id: uuid::Uuid,
    /// The door.
    pub door: DoorId,
    /// To be back by.
    pub back_by: Option<Date>,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The task's id.
    pub task: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// A note; may be empty.
    #[serde(default)]
    pub note: String,
}

impl Home {
    /// A door by its id.
    pub fn door(&self, id: DoorId) -> Option<&DoorSight> {
        self.doors.iter().find(|door| door.id == id)
    }

    /// When a task was last done.
    pub fn last_done(&self, task: &str) -> Option<&Done> {
        self.done.iter().rev().find(|done| done.task == task)
    }

    /// The day of a moment at home: in the zone of the first door.
    pub fn day(&self, at: Timestamp) -> Date {
        let zone = self.doors.first().map_or("UTC", |door| door.zone.as_str());
        in_zone(at, zone).date()
    }
}

impl DoorSight {
    /// The day of a moment at this door.
    pub fn day(&self, at: Timestamp) -> Date {
        in_zone(at, &self.zone).date()
    }

    /// A moment at this door in words: `23 November 2026, 14:02`.
    pub fn moment(&self, at: Timestamp) -> String {
        in_zone(at, &self.zone).strftime("%-d %B %Y, %H:%M").to_string()
    }

    /// A survey answer in words with how it is known: `19 mm (told)`; `None` when unknown.
    pub fn answer(&self, key: door::survey::Key) -> Option<String> {
        let answer = self.survey.answer(key)?;
        let how = match &answer.evidence {
            door::survey::Evidence::Seen { when } => format!("seen {when}"),
            door::survey::Evidence::Told => "told".to_owned(),
        };
        Some(format!("{}: {} ({how})", key.path(), self.survey.in_words(key)?))
    }
}

impl LockSight {
    /// Happenings of these kinds since a moment, newest first.
    pub fn since<'a>(&'a self, at: Timestamp, of: &'a [What]) -> impl Iterator<Item = &'a Happened> {
        self.past.iter().filter(move |one| one.at >= at && of.contains(&one.what))
    }
}

fn in_zone(at: Timestamp, zone: &str) -> Zoned {
    at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC))
}

/// The end of an id, enough to tell the things of one home apart, short enough to type.
pub fn short(id: uuid::Uuid) -> String {
    let text = id.simple().to_string();
    text[text.len() - 8..].to_owned()
}

/// `23 November 2026`.
pub fn day_words(day: Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}
