//! Everything that can reach the lock from outside its own state. Holds no rule.

use crate::secret::Secret;
use crate::wire::copy;
use crate::words::{CredentialKind, Seconds};

/// A key of the keypad.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Key {
    /// 0 to 9; anything else is ignored.
    Digit(u8),
    /// Ends an entry: only a whole entry is ever compared.
    Enter,
    /// Drops the entry.
    Clear,
    /// The one-touch locking key (when enabled).
    Lock,
}

/// A hand at the door.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hand {
    /// The key outside turned the bolt out.
    KeyLock,
    /// The key outside turned the bolt in.
    KeyUnlock,
    /// The thumbturn inside turned the bolt out.
    ThumbturnLock,
    /// The thumbturn inside turned the bolt in.
    ThumbturnUnlock,
    /// The privacy button inside.
    PrivacyButton,
    /// The erase button inside, held with the door open, as the hardware defines it.
    FactoryReset,
    /// The outer plate came off.
    FrontRemoved,
}

/// What the bolt sensor says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Bolt {
    /// Out.
    Extended,
    /// In, latch out.
    Retracted,
    /// In, latch in.
    Unlatched,
    /// Neither.
    Between,
    /// No answer from the sensor.
    Unknown,
}

/// What the leaf sensor says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Leaf {
    /// Shut.
    Closed,
    /// Open.
    Open,
    /// No answer from the sensor.
    Unknown,
}

/// What the motor driver says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Motor {
    /// The current rose and the shaft stands: stall.
    Stalled,
    /// The driver ran its time without meeting an end: slip.
    NoEnd,
    /// The supply fell below the driver's limit in mid-travel.
    BrownOut,
}

/// A battery reading.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BatteryReading {
    /// Millivolts across the pack.
    pub millivolts: u16,
    /// Whether the motor drew current at the time; only such readings lower the level.
    pub under_load: bool,
    /// Degrees Celsius at the pack.
    pub celsius: i8,
}

/// What the hub and the lock share from the start.
#[derive(Clone, PartialEq, Eq)]
pub struct Commissioning {
    /// Identity of this lock; bound into every sealed frame.
    pub lock_id: [u8; 16],
    /// Key of the credential MACs.
    pub mac_key: [u8; 32],
    /// Seed of the record chain; the hub keeps it to verify.
    pub chain_key: [u8; 32],
    /// The first peer: slot 1, all privileges.
    pub peer_key: [u8; 32],
    /// Fabric of the first peer.
    pub fabric: u8,
    /// Node of the first peer.
    pub node: u64,
}

/// An input of [`crate::step`].
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "no allocation: there is no box to put the frame in")]
pub enum Input {
    /// Pair a factory-new lock, by someone inside. Refused on a lock that is in use.
    Commission(Commissioning),
    /// A key press.
    Key(Key),
    /// A card, finger, vein or face shown: the bytes as for [`crate::CredentialFields::data`]. A card whose reader
    /// could only read its public number says so with `weak`.
    Shown {
        /// Which kind of reader.
        kind: CredentialKind,
        /// What it read.
        data: Secret,
        /// Only a public, copyable number was read.
        weak: bool,
    },
    /// A reader saw something that it knows nobody by (finger not matched): a failed attempt.
    NotMatched(CredentialKind),
    /// A peer asks for a challenge. `entropy` comes from the host's random generator.
    AskChallenge {
        /// Peer slot.
        peer: u8,
        /// 16 random bytes.
        entropy: [u8; 16],
    },
    /// A sealed frame arrived.
    Frame(Frame),
    /// A hand at the door.
    Hand(Hand),
    /// Bolt sensor.
    Bolt(Bolt),
    /// Leaf sensor.
    Leaf(Leaf),
    /// Motor driver.
    Motor(Motor),
    /// Battery.
    Battery(BatteryReading),
    /// The clock chip answers: the time that it kept (with its own battery), or nothing.
    ClockChip(Option<Seconds>),
    /// The clock is lost.
    ClockLost,
    /// The time that [`crate::Effects::wake_at`] asked for has come (or any other time: harmless).
    Timer,
}

/// Longest sealed frame: header 10, answer or command, tag 16.
pub const MAX_FRAME: usize = 448;

/// A sealed frame of at most [`MAX_FRAME`] bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    len: u16,
    bytes: [u8; MAX_FRAME],
}

impl Frame {
    /// Takes a copy; `None` when longer than [`MAX_FRAME`].
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut frame = Self { len: u16::try_from(bytes.len()).ok()?, bytes: [0; MAX_FRAME] };
        copy(frame.bytes.get_mut(..bytes.len())?, bytes);
        Some(frame)
    }
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}
