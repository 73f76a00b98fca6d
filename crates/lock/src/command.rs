//! What a peer can ask of the lock, and its encoding. A decoded [`Command`] is only data: the lock acts on none that
//! has not come out of its sealed channel (`channel.rs`). Encodings are little-endian, a tag byte first.

use crate::secret::Secret;
use crate::wire::{Reader, Writer, copy};
use crate::words::{
    CredentialKind, CredentialRef, CredentialRule, LocalSeconds, Mode, Privilege, Seconds, UserIndex,
    UserStatus, UserType, coded,
};

/// Longest encoded command.
pub const MAX_COMMAND: usize = 160;
/// Index that means *all* in user and credential commands.
pub const ALL: u16 = 0xFFFE;
/// Index that means *all* in schedule commands.
pub const ALL_SCHEDULES: u8 = 0xFE;
/// `unique_id` of a user without one.
pub const NO_UNIQUE_ID: u32 = 0xFFFF_FFFF;

coded! {
    /// Add or modify (Matter DataOperationTypeEnum).
    DataOperation {
        /// Into a free slot.
        Add = 0,
        /// Clear: in records only.
        Clear = 1,
        /// In an occupied slot.
        Modify = 2,
    }
}

coded! {
    /// Whether a credential is an emergency code.
    Emergency {
        /// An ordinary credential.
        No = 0,
        /// Opens with hub and clock gone and at a low battery, once; then it is disabled.
        Once = 1,
        /// As `Once`, until it is changed.
        UntilChanged = 2,
    }
}

coded! {
    /// A setting by name; values are `u32`. See [`crate::Settings`] for units and ranges.
    SettingId {
        /// Three letters, low byte first.
        Language = 0,
        /// 0 to 2.
        LedSettings = 1,
        /// Seconds, 0 = off.
        AutoRelockTime = 2,
        /// 0 to 3.
        SoundVolume = 3,
        /// [`Mode`] code.
        OperatingMode = 4,
        /// 0 or 1.
        EnableOneTouchLocking = 5,
        /// 0 or 1.
        EnableInsideStatusLed = 6,
        /// 0 or 1.
        EnablePrivacyModeButton = 7,
        /// 1 to 255.
        WrongCodeEntryLimit = 8,
        /// Seconds, 1 to 255.
        UserCodeTemporaryDisableTime = 9,
        /// 0 or 1.
        RequirePinForRemoteOperation = 10,
        /// Minutes, 1 to 2880.
        ExpiringUserTimeout = 11,
        /// Seconds until an open door is ajar, 0 = off.
        OpenPeriod = 12,
        /// Times the door opened.
        DoorOpenEvents = 13,
        /// Times the door shut.
        DoorClosedEvents = 14,
        /// 0 or 1: an emergency code opens in privacy mode.
        EmergencyInPrivacy = 15,
        /// 0 or 1: wrong remote codes also lock the keypad (off by default).
        RemoteLocksKeypad = 16,
        /// 0 or 1: a card may be known by its public number alone (weak; off by default).
        WeakRfid = 17,
        /// Wrong attempts that a channel allows at once before its budget is spent, 1 to 1000; 0 = no budget.
        GuessingBudget = 18,
        /// Minutes in which one spent attempt comes back, 1 to 10080.
        BudgetRefill = 19,
        /// Low level in millivolts under load at 20 degrees C.
        BatteryLowMillivolts = 20,
        /// Reserve level in millivolts under load at 20 degrees C.
        BatteryReserveMillivolts = 21,
        /// Empty level in millivolts under load at 20 degrees C.
        BatteryEmptyMillivolts = 22,
        /// Largest step of the clock in seconds that needs no confirmation.
        ClockStepBound = 23,
        /// Matter LocalProgrammingFeatures, 0 to 15. Stored and reported; there is no programming at the keypad.
        LocalProgrammingFeatures = 24,
        /// 0 or 1. Stored and reported; the lock has no code to send, only MACs.
        SendPinOverTheAir = 25,
    }
}

/// A change of the offset of local time from UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Transition {
    /// When, 0 for none.
    pub at: Seconds,
    /// Seconds east of UTC from then on.
    pub offset: i32,
}

/// The zone as the hub pushes it: the offset now and the next four changes in order of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Zone {
    /// Seconds east of UTC before the first transition.
    pub offset: i32,
    /// Next changes; unused ones have `at` = 0 and stand last.
    pub next: [Transition; 4],
}

/// A user name of at most ten bytes of UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Name {
    len: u8,
    bytes: [u8; 10],
}

impl Zone {
    /// UTC, no transitions.
    pub const NONE: Self = Self { offset: 0, next: [Transition { at: 0, offset: 0 }; 4] };
}

impl Name {
    /// No name.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; 10] };

    /// A name, or `None` when it is longer than ten bytes.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut name = Self { len: u8::try_from(text.len()).ok()?, ..Self::EMPTY };
        copy(name.bytes.get_mut(..text.len())?, text);
        Some(name)
    }
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

/// Fields of a user; `None` = default on add, unchanged on modify.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UserFields {
    /// Name.
    pub name: Option<Name>,
    /// The hub's own number for the person.
    pub unique_id: Option<u32>,
    /// Enabled or disabled.
    pub status: Option<UserStatus>,
    /// Type.
    pub user_type: Option<UserType>,
    /// Rule.
    pub rule: Option<CredentialRule>,
}

/// A credential to set.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialFields {
    /// Add or modify.
    pub operation: DataOperation,
    /// Which.
    pub credential: CredentialRef,
    /// The code's ASCII digits, the card's bytes, the template's number (two bytes, low first), or an Aliro key.
    pub data: Secret,
    /// Whose: `None` with `Add` makes a new user.
    pub user: Option<UserIndex>,
    /// Status of the new user.
    pub status: Option<UserStatus>,
    /// Type of the new user.
    pub user_type: Option<UserType>,
    /// Version of the hub's policy that this belongs to; must be above every revoked one. 0: the lock takes the next.
    pub version: u32,
    /// Lease end; 0 for none.
    pub not_after: Seconds,
    /// Whether it is an emergency code.
    pub emergency: Emergency,
}

/// A week-day schedule in local time; never over midnight.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct WeekDay {
    /// Bit 0 = Sunday to bit 6 = Saturday; 0 = slot free.
    pub days: u8,
    /// Start hour, 0 to 23.
    pub start_hour: u8,
    /// Start minute, 0 to 59.
    pub start_minute: u8,
    /// End hour, 0 to 23.
    pub end_hour: u8,
    /// End minute, 0 to 59; the whole of that minute belongs to the schedule.
    pub end_minute: u8,
}

/// A year-day schedule in local time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct YearDay {
    /// First second.
    pub start: LocalSeconds,
    /// First second after it; 0 = slot free.
    pub end: LocalSeconds,
}

/// A holiday: an operating mode for a span of local time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Holiday {
    /// First second.
    pub start: LocalSeconds,
    /// First second after it; 0 = slot free.
    pub end: LocalSeconds,
    /// Mode meanwhile.
    pub mode: Mode,
}

impl Default for Holiday {
    fn default() -> Self {
        Self { start: 0, end: 0, mode: Mode::Normal }
    }
}

/// A peer: who may send sealed commands, under a key of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerFields {
    /// Slot, 1 to [`crate::PEERS`].
    pub id: u8,
    /// Key of the pair; the two directions use keys derived from it.
    pub key: [u8; 32],
    /// What it may ask.
    pub privilege: Privilege,
    /// Fabric, for records.
    pub fabric: u8,
    /// Node, for records.
    pub node: u64,
}

/// Aliro reader configuration, stored and reported; there is no radio for it here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AliroReader {
    /// Private signing key of the reader. Never reported.
    pub signing_key: [u8; 32],
    /// Its public half, uncompressed P-256 point.
    pub verification_key: [u8; 65],
    /// Group identifier.
    pub group: [u8; 16],
    /// Group resolving key, with the Bluetooth and ultra-wideband feature.
    pub resolving_key: [u8; 16],
}

/// What a peer asks. Privileges are in [`Command::privilege`].
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Bolt out.
    Lock(Option<Secret>),
    /// Bolt and latch in.
    Unlock(Option<Secret>),
    /// Bolt in, latch stays out.
    Unbolt(Option<Secret>),
    /// Unlock, and lock again after this many seconds instead of the auto-relock time.
    UnlockWithTimeout(u16, Option<Secret>),
    /// Make or change a user.
    SetUser(DataOperation, UserIndex, UserFields),
    /// Read a user.
    GetUser(UserIndex),
    /// Remove a user with credentials and schedules; [`ALL`] for everyone.
    ClearUser(UserIndex),
    /// Make or change a credential.
    SetCredential(CredentialFields),
    /// Read a credential back: exists, user, enabled, version, MAC.
    GetCredential(CredentialRef),
    /// Remove a credential; index [`ALL`] for all of the kind, `None` for all. The second field is the policy
    /// version of the removal (0: next): nothing set at or before it is accepted afterwards.
    ClearCredential(Option<CredentialRef>, u32),
    /// Remove every credential whose version is at or below this and accept none such afterwards.
    RevokeThrough(u32),
    /// Set a week-day schedule: index, user.
    SetWeekDay(u8, UserIndex, WeekDay),
    /// Read one.
    GetWeekDay(u8, UserIndex),
    /// Remove one, [`ALL_SCHEDULES`] for all of the user.
    ClearWeekDay(u8, UserIndex),
    /// Set a year-day schedule: index, user.
    SetYearDay(u8, UserIndex, YearDay),
    /// Read one.
    GetYearDay(u8, UserIndex),
    /// Remove one, [`ALL_SCHEDULES`] for all of the user.
    ClearYearDay(u8, UserIndex),
    /// Set a holiday.
    SetHoliday(u8, Holiday),
    /// Read one.
    GetHoliday(u8),
    /// Remove one, [`ALL_SCHEDULES`] for all.
    ClearHoliday(u8),
    /// Write a setting.
    WriteSetting(SettingId, u32),
    /// Read a setting.
    ReadSetting(SettingId),
    /// Read the whole state for people.
    ReadStatus,
    /// Set clock and zone.
    SetClock(Seconds, Zone),
    /// Confirm a clock that jumped: the value must be within the step bound of the lock's own.
    ConfirmClock(Seconds),
    /// Records after this number, as many as fit one answer.
    ReadRecords(u64),
    /// The hub has made every record up to this number durable.
    AckRecords(u64),
    /// Set a peer.
    SetPeer(PeerFields),
    /// Remove a peer; never the last with [`Privilege::Admin`].
    ClearPeer(u8),
    /// Store the Aliro reader configuration.
    SetAliroReader(AliroReader),
    /// Erase it.
    ClearAliroReader,
    /// Read its public part.
    GetAliroReader,
    /// Lift a spent guessing budget (the owner has looked).
    LiftBudget,
    /// For this many minutes (at most 15; 0 ends it) behave as if the battery were empty.
    RehearseDeadBattery(u8),
}

impl Command {
    /// The least privilege that may ask this.
    #[must_use]
    pub const fn privilege(&self) -> Privilege {
        match self {
            Self::ReadSetting(_) | Self::ReadStatus | Self::ReadRecords(_) => Privilege::View,
            Self::Lock(_) | Self::Unlock(_) | Self::Unbolt(_) | Self::UnlockWithTimeout(..) => {
                Privilege::Operate
            }
            Self::WriteSetting(id, _) => id.privilege(),
            Self::SetClock(..)
            | Self::ConfirmClock(_)
            | Self::AckRecords(_)
            | Self::RehearseDeadBattery(_) => Privilege::Manage,
            _ => Privilege::Admin,
        }
    }

    /// Encodes into `into`; the length, or `None` when it does not fit ([`MAX_COMMAND`] always does).
    #[must_use]
    pub fn encode(&self, into: &mut [u8]) -> Option<usize> {
        let mut w = Writer::new(into);
        encode::command(self, &mut w);
        w.finish()
    }

    /// Decodes; `None` when anything is malformed, unknown or left over.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let command = decode::command(&mut r)?;
        r.finish().then_some(command)
    }
}

impl SettingId {
    /// The least privilege that may write this.
    #[must_use]
    pub const fn privilege(self) -> Privilege {
        match self {
            Self::WrongCodeEntryLimit
            | Self::UserCodeTemporaryDisableTime
            | Self::RequirePinForRemoteOperation
            | Self::ExpiringUserTimeout
            | Self::EmergencyInPrivacy
            | Self::RemoteLocksKeypad
            | Self::WeakRfid
            | Self::GuessingBudget
            | Self::BudgetRefill
            | Self::LocalProgrammingFeatures
            | Self::SendPinOverTheAir
            | Self::ClockStepBound => Privilege::Admin,
            _ => Privilege::Manage,
        }
    }
}

#[path = "command_decode.rs"]
mod decode;
#[path = "command_encode.rs"]
mod encode;

/// A credential reference on the wire; an unknown kind marks the reader as failed.
pub(crate) fn read_credential(r: &mut Reader<'_>) -> CredentialRef {
    CredentialRef { kind: r.word(CredentialKind::from_code, CredentialKind::Pin), index: r.u16() }
}
