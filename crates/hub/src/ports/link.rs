//! The port to real locks. One [`Link`] is one gateway (a broker with Zigbee2MQTT, a Z-Wave server, the
//! virtual locks' supervisor) with many locks behind it. It is written for the most awkward of them:
//! sleeping nodes, write-only PINs, user apart from credential, schedules on the lock or not.
//!
//! A link translates and nothing more: it keeps no wish, retries nothing and decides nothing. Events go to
//! the [`futures::channel::mpsc::Sender`] it was given at construction, in the order in which the gateway
//! told them; when that queue is full the link waits, it never drops a record.

use access::{Capabilities, LockAddress, Pin, Validity};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::order::{Budget, Mode, Order, Purpose, Why};

/// A gateway to locks.
///
/// Every call ends within the link's own deadline (documented by the adapter, at most 60 s) with an answer
/// or an error; dropping the future abandons the wait, not the command.
#[async_trait]
pub trait Link: Send + Sync {
    /// Writes a whole slot: code, user, enabled flag, schedules. Idempotent.
    ///
    /// # Errors
    /// [`LinkError`]; `Rejected` means that the same write would be refused again.
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError>;

    /// Empties a slot. Emptying an empty slot is done.
    ///
    /// # Errors
    /// As [`write_slot`](Self::write_slot).
    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError>;

    /// Reads one slot. `expected` is the code (and schedules) that ought to be there; the link compares by
    /// whatever the lock allows (value or keyed proof) and never gives the value away.
    ///
    /// # Errors
    /// [`LinkError`] when no answer came.
    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError>;

    /// Locks or unlocks. The record of it comes as an event like every other.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn operate(
        &self,
        lock: &LockAddress,
        operation: Operation,
        proof: UnlockProof,
    ) -> Result<Ack, LinkError>;

    /// Gives the lock the time and its zone's offset with the next transitions, where it keeps a clock.
    /// A lock without a clock answers [`Ack::Applied`].
    ///
    /// # Errors
    /// [`LinkError`].
    async fn set_clock(&self, lock: &LockAddress, now: Timestamp, time_zone: &str) -> Result<Ack, LinkError>;

    /// Tells the lock that its records up to and including this sequence number are durable here.
    /// A lock without a sequenced log answers [`Ack::Applied`].
    ///
    /// # Errors
    /// [`LinkError`].
    async fn acknowledge(&self, lock: &LockAddress, boot: u32, seq: u64) -> Result<Ack, LinkError>;

    /// Whether its locks know duress and emergency codes. To one that does not, the hub sends none: an ordinary
    /// code in its place would promise an alarm that never comes.
    fn keeps_purposes(&self) -> bool {
        false
    }

    /// Asks for something besides. A link whose locks cannot do it need not implement this.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Unsupported`] from locks that cannot do it.
    async fn order(&self, lock: &LockAddress, order: &Order) -> Result<Ack, LinkError> {
        let _ = (lock, order);
        Err(LinkError::Unsupported("its gateway offers nothing of the kind"))
    }
}

/// A whole slot as it should be on the lock.
#[derive(Clone)]
pub struct SlotWrite {
    /// Slot, in the lock's own counting.
    pub slot: u16,
    /// [`access::Wanted::version`]: locks that keep it refuse older writes.
    pub version: u64,
    /// The code.
    pub pin: Pin,
    /// Enabled now. For locks without schedules the hub switches it (or clears the slot) by itself.
    pub enabled: bool,
    /// Schedules for the lock to keep, already fit for its capabilities; empty: always.
    pub validity: Vec<Validity>,
    /// IANA zone in which `validity` is meant.
    pub time_zone: String,
    /// The code ends by itself at this moment, where the lock can do it.
    pub not_after: Option<Timestamp>,
    /// Opens once only, where the lock can do it.
    pub once: bool,
    /// What the code is for. Anything but ordinary goes only to links that [keep it](Link::keeps_purposes).
    pub purpose: Purpose,
}

/// The gateway's answer to a command. An acknowledgement is not proof: only a read, a checksum or an event
/// after it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// The lock itself confirmed.
    Applied,
    /// The gateway took it; nothing is known of the lock yet.
    Accepted,
}

/// What a read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// The expected code, read back or proven: *known and accepted*.
    Matches {
        /// Whether it is enabled on the lock.
        enabled: bool,
    },
    /// The expected code, with other hours or another end than expected.
    OtherHours,
    /// Another code than expected.
    Differs,
    /// Plainly empty.
    Empty,
    /// Taken, by what cannot be told.
    Taken,
    /// This lock can never be read, or the answer says nothing.
    Unreadable,
}

/// What a command failed with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The lock refuses, and would refuse the same again: the owner must change something.
    #[error("the lock refuses: {0}")]
    Rejected(String),
    /// The lock says that this code is already on it, in another slot.
    #[error("the lock already holds this code in another slot")]
    Duplicate,
    /// No answer, asleep, out of reach: try again later.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// Something unexpected: after a few of these the errand is suspended.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
    /// This kind of lock cannot do it at all.
    #[error("this lock cannot do that: {0}")]
    Unsupported(&'static str),
}

/// What can be asked of a bolt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Throw the bolt.
    Lock,
    /// Draw the bolt.
    Unlock,
}

/// Who asks for an operation: goes to the lock where its protocol has a place for it, and into the log always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlockProof {
    /// The signed-in owner or token on whose behalf this is sent, as an opaque id.
    pub actor: uuid::Uuid,
}

/// What a link tells the hub.
#[derive(Debug, Clone)]
pub enum LinkEvent {
    /// The gateway answers.
    Up,
    /// The gateway is gone; every lock behind it is out of reach.
    Down {
        /// Why, in plain words without secrets.
        why: String,
    },
    /// A lock is there, added here or not.
    Found {
        /// Where.
        address: LockAddress,
        /// What the gateway calls it.
        name: String,
        /// Maker and model as reported.
        model: String,
        /// What it can do.
        capabilities: Capabilities,
    },
    /// The gateway no longer knows this lock.
    Lost {
        /// Where it was.
        address: LockAddress,
    },
    /// The lock was heard from (`reachable`) or did not answer when it should.
    Contact {
        /// Which.
        address: LockAddress,
        /// Whether it can be reached now.
        reachable: bool,
        /// For a sleeping lock: when it is next expected.
        next: Option<Timestamp>,
    },
    /// State, without a reason.
    Report {
        /// Which.
        address: LockAddress,
        /// What it says.
        report: LockReport,
    },
    /// Something happened: an entry, a refusal, an alarm.
    Record {
        /// Which.
        address: LockAddress,
        /// What.
        record: LockRecord,
    },
    /// A slot changed or was seen outside a read of ours.
    Slot {
        /// Which.
        address: LockAddress,
        /// Slot.
        slot: u16,
        /// True: something is in it; false: plainly empty.
        taken: bool,
    },
    /// Taking a device in or letting it go came to another step.
    Pairing(super::pairing::PairingState),
}

/// State as a lock tells it. `None` is *not said this time*.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LockReport {
    /// Bolt, from its sensor.
    pub bolt: Option<Bolt>,
    /// Door leaf, from its sensor.
    pub door: Option<DoorSensor>,
    /// Battery, 0 to 100.
    pub battery_percent: Option<u8>,
    /// Battery voltage in millivolts, where the lock tells it.
    pub battery_mv: Option<u32>,
    /// The lock itself calls its battery low.
    pub battery_low: Option<bool>,
    /// The bolt is jammed.
    pub jammed: Option<bool>,
    /// How long the motor took for its last whole way, ms: as the lock told it, or as its gateway saw it begin and end.
    pub travel_ms: Option<u32>,
    /// The keypad is locked out for so many more milliseconds; 0: not.
    pub lockout_ms: Option<u32>,
    /// Whether the lock's clock is set and trusted.
    pub clock_known: Option<bool>,
    /// The clock jumped: codes with hours wait until somebody confirms the time.
    pub clock_unconfirmed: Option<bool>,
    /// Operating mode in force, where the lock has modes.
    pub mode: Option<Mode>,
    /// Budget of wrong codes, where the lock has one.
    pub budget: Option<Budget>,
    /// Whether a rehearsal of a dead battery runs.
    pub rehearsing: Option<bool>,
    /// Firmware version.
    pub firmware: Option<String>,
    /// Link quality in the gateway's own unit, with that unit: `200/255`, `-71 dBm`.
    pub signal: Option<String>,
}

/// Bolt position. *Locked* is said only of `Extended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bolt {
    /// Fully out, by its sensor.
    Extended,
    /// Fully in.
    Retracted,
    /// Neither: not fully locked.
    Between,
    /// No sensor report.
    Unknown,
}

/// Door leaf position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorSensor {
    /// Shut.
    Closed,
    /// Open.
    Open,
    /// Open for longer than set.
    Ajar,
    /// No sensor or no report.
    Unknown,
}

/// One thing that happened at a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockRecord {
    /// The lock's own boot counter and sequence number, where it keeps one: duplicates are dropped and gaps
    /// flagged by it.
    pub sequence: Option<(u32, u64)>,
    /// When, by the lock's own clock, if it has one that is set.
    pub at: Option<Timestamp>,
    /// What.
    pub kind: RecordKind,
    /// By which way.
    pub source: RecordSource,
    /// The slot of the code that did it, if one was recognised.
    pub slot: Option<u16>,
    /// [`access::Wanted::version`] of that slot at the lock at that time, where the lock keeps it.
    pub version: Option<u64>,
    /// How the lock decided, where its record says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// The bolt was drawn.
    Unlocked,
    /// The bolt was thrown.
    Locked,
    /// A lock or unlock that was allowed did not complete.
    Failed,
    /// A code that is not on the lock.
    WrongCode,
    /// A known code outside its hours, ended or disabled: the reason in one word.
    Denied(Denial),
    /// The keypad shut itself after too many wrong codes, for so many seconds.
    LockedOut {
        /// Seconds; 0: the lock does not say.
        seconds: u32,
    },
    /// The bolt met something.
    Jammed,
    /// The door stood open too long.
    Ajar,
    /// The bolt or door moved without authority.
    Forced,
    /// Opened under duress; shown to owners only.
    Duress,
    /// The battery crossed a warning level.
    BatteryLow,
    /// The lock started (power cut, battery change).
    Restarted,
    /// Its clock was lost or set.
    ClockChanged,
    /// Its clock jumped by more than it believes without asking.
    ClockJumped,
    /// An emergency code opened, or was tried in a rehearsal.
    EmergencyCode,
    /// A rehearsal of a dead battery began.
    RehearsalBegan,
    /// It ended.
    RehearsalEnded,
    /// The owner lifted a spent budget of wrong codes.
    BudgetLifted,
    /// The records that came do not fit the lock's chain: somebody changed them, or put others in their place.
    ChainBroken,
    /// A code was changed at the lock or by another controller.
    CodeChanged,
    /// The lock was reset to its factory state.
    FactoryReset,
    /// The cover was taken off.
    Tamper,
    /// So many records were overwritten before they could be delivered.
    RecordsLost {
        /// How many.
        count: u32,
    },
    /// Something else; the gateway's own word, at most 60 characters.
    Other(String),
}

/// Why a known code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// Outside its hours.
    Schedule,
    /// Ended.
    Expired,
    /// Disabled.
    Disabled,
    /// The lock's clock is not set, so that hours cannot be checked.
    ClockUnknown,
    /// The keypad is locked out.
    LockedOut,
    /// The budget of wrong codes is spent.
    BudgetSpent,
    /// Too little battery.
    Battery,
    /// The lock's mode (vacation, privacy) keeps it out.
    Mode,
}

/// By which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordSource {
    /// Code at the keypad.
    Keypad,
    /// Mechanical key from outside.
    Key,
    /// Thumbturn or button inside, or a key: the lock cannot tell.
    Manual,
    /// Thumbturn inside.
    Thumbturn,
    /// Command through the link.
    Remote,
    /// Card.
    Rfid,
    /// Finger.
    Fingerprint,
    /// The lock by itself: auto-relock, schedule.
    Auto,
    /// Not said.
    Unknown,
}
