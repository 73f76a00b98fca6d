//! The terms of the lock, with the numbers that Matter gives them (Door Lock cluster 0x0101, revision 10, Matter 1.6
//! data model), so that a gateway translates nothing but names. Holds no rule.

/// Milliseconds on the lock's own monotonic clock since this boot. Supplied by the host, never decreasing.
pub type Millis = u64;
/// Seconds since 1970-01-01 00:00:00 UTC. 0 means *none* where a moment is optional.
pub type Seconds = u64;
/// Seconds since 1970-01-01 00:00:00 of a *local* clock face (the zone offset already added).
pub type LocalSeconds = u64;
/// A user slot, counted from 1. 0 means *nobody*.
pub type UserIndex = u16;

/// Declares an enum of one-byte codes with `code` and `from_code`.
macro_rules! coded {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:expr),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant = $code),+ }
        impl $name {
            /// Every value, in order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The one-byte code.
            #[must_use]
            pub const fn code(self) -> u8 { self as u8 }
            /// The value with this code.
            #[must_use]
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $(x if x == $code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// Kind of credential (Matter CredentialTypeEnum). Indexes are counted apart for each kind.
    CredentialKind {
        /// The programming PIN: index 0 only.
        ProgrammingPin = 0,
        /// A code typed at the keypad or sent with a remote command.
        Pin = 1,
        /// A card or tag.
        Rfid = 2,
        /// A finger, by the number of its template in the sensor.
        Fingerprint = 3,
        /// A vein pattern, by template.
        FingerVein = 4,
        /// A face, by template.
        Face = 5,
        /// Aliro credential issuer public key, stored and reported.
        AliroIssuer = 6,
        /// Aliro endpoint public key that may be evicted, stored and reported.
        AliroEvictable = 7,
        /// Aliro endpoint public key that may not be evicted, stored and reported.
        AliroNonEvictable = 8,
    }
}

impl CredentialKind {
    /// Whether the credential is an Aliro public key, kept as such and reported.
    #[must_use]
    pub const fn is_aliro(self) -> bool {
        matches!(self, Self::AliroIssuer | Self::AliroEvictable | Self::AliroNonEvictable)
    }
}

coded! {
    /// Whether a user record is in use (Matter UserStatusEnum).
    UserStatus {
        /// The slot is free.
        Available = 0,
        /// In use and allowed.
        Enabled = 1,
        /// In use, not allowed at present.
        Disabled = 3,
    }
}

coded! {
    /// What a user may do (Matter UserTypeEnum).
    UserType {
        /// Always.
        Unrestricted = 0,
        /// Within a year-day schedule.
        YearDay = 1,
        /// Within a week-day schedule.
        WeekDay = 2,
        /// May programme and operate.
        Programming = 3,
        /// Recorded, never opens.
        NonAccess = 4,
        /// Opens and raises the silent alarm (duress).
        Forced = 5,
        /// Opens once, then is disabled.
        Disposable = 6,
        /// Opens until a number of minutes after first use.
        Expiring = 7,
        /// Within every kind of schedule that it has.
        ScheduleRestricted = 8,
        /// By remote command only; its code is dead at the keypad.
        RemoteOnly = 9,
    }
}

coded! {
    /// How many different credentials of a user one opening asks for (Matter CredentialRuleEnum).
    CredentialRule {
        /// One.
        Single = 0,
        /// Two.
        Dual = 1,
        /// Three.
        Tri = 2,
    }
}

coded! {
    /// Operating mode (Matter OperatingModeEnum).
    Mode {
        /// Everything works.
        Normal = 0,
        /// At the door only the programming user and emergency codes; the remote as usual.
        Vacation = 1,
        /// Nothing from outside but key and, where so set, the emergency code.
        Privacy = 2,
        /// No remote operation.
        NoRemote = 3,
        /// Once unlocked, the door stays so while the mode lasts.
        Passage = 4,
    }
}

coded! {
    /// What is known of the bolt and latch (Matter LockStateEnum, with *unknown* for its null).
    LockState {
        /// The bolt sensor says neither end, or the door is open with the bolt out.
        NotFullyLocked = 0,
        /// Bolt out in the strike, door shut if there is a door sensor.
        Locked = 1,
        /// Bolt in, latch holding.
        Unlocked = 2,
        /// Bolt and latch in.
        Unlatched = 3,
        /// No sensor report since power-up.
        Unknown = 255,
    }
}

coded! {
    /// What is known of the leaf (Matter DoorStateEnum, with *unknown* for its null).
    DoorState {
        /// Open.
        Open = 0,
        /// Shut.
        Closed = 1,
        /// Sensor says jammed.
        Jammed = 2,
        /// Opened while the bolt was out.
        ForcedOpen = 3,
        /// Sensor fault.
        Error = 4,
        /// Open for longer than the ajar time.
        Ajar = 5,
        /// No door sensor, or no report yet.
        Unknown = 255,
    }
}

coded! {
    /// Where an operation came from (Matter OperationSourceEnum).
    Source {
        /// Not known.
        Unspecified = 0,
        /// Key or thumbturn.
        Manual = 1,
        /// A maker's own remote.
        ProprietaryRemote = 2,
        /// The keypad.
        Keypad = 3,
        /// The lock itself, by timer.
        Auto = 4,
        /// A button on the lock.
        Button = 5,
        /// A schedule of the lock.
        Schedule = 6,
        /// A remote command.
        Remote = 7,
        /// A card or tag.
        Rfid = 8,
        /// A finger, vein or face.
        Biometric = 9,
        /// An Aliro reader.
        Aliro = 10,
    }
}

coded! {
    /// What was done or asked (Matter LockOperationTypeEnum, with `Unbolt` besides).
    Operation {
        /// Bolt out.
        Lock = 0,
        /// Bolt in.
        Unlock = 1,
        /// A user who never opens showed a credential.
        NonAccess = 2,
        /// A user under duress opened.
        Forced = 3,
        /// Latch in.
        Unlatch = 4,
        /// Bolt in, latch left out. Matter reports it as Unlock.
        Unbolt = 5,
    }
}

coded! {
    /// Why an operation was refused or failed. 0 to 4 are Matter OperationErrorEnum; the rest say more and map to
    /// the Matter value given by [`OperationError::matter`].
    OperationError {
        /// No reason known.
        Unspecified = 0,
        /// No such credential.
        InvalidCredential = 1,
        /// The user is disabled.
        DisabledUser = 2,
        /// A mode, schedule or lock-out forbids it.
        Restricted = 3,
        /// The battery is below its reserve.
        InsufficientBattery = 4,
        /// Outside the user's hours.
        OutsideSchedule = 16,
        /// The user needs a clock and the time is not known or not confirmed.
        TimeUnknown = 17,
        /// The credential's lease is over.
        LeaseOver = 18,
        /// Wrong-code lock-out.
        LockedOut = 19,
        /// The operating mode forbids it.
        Mode = 20,
        /// The user may not use this source.
        WrongSource = 21,
        /// A further credential of the same user is needed.
        MoreCredentials = 22,
        /// The motor stalled before the end of travel.
        Stalled = 23,
        /// The bolt did not arrive in time.
        Jammed = 24,
        /// Storage refused the record, so the bolt stayed.
        StorageFailed = 25,
        /// A PIN is required and was not given.
        PinRequired = 26,
        /// Power failed in mid-travel.
        BrownOut = 27,
        /// The user never opens.
        NonAccess = 28,
        /// The guessing budget of thirty days is spent: waits are longer.
        BudgetSpent = 29,
        /// The leaf is open, so the bolt stays in.
        DoorOpen = 30,
    }
}

impl OperationError {
    /// The nearest Matter OperationErrorEnum value.
    #[must_use]
    pub const fn matter(self) -> u8 {
        match self {
            Self::InvalidCredential | Self::PinRequired => 1,
            Self::DisabledUser => 2,
            Self::InsufficientBattery => 4,
            Self::Unspecified | Self::Stalled | Self::Jammed | Self::StorageFailed | Self::BrownOut => 0,
            _ => 3,
        }
    }
}

coded! {
    /// An alarm. 0 to 8 are Matter AlarmCodeEnum.
    Alarm {
        /// The bolt did not reach its end.
        LockJammed = 0,
        /// Everything was erased.
        FactoryReset = 1,
        /// The lock started anew after loss of power.
        PowerCycled = 3,
        /// Too many wrong codes.
        WrongCodeLimit = 4,
        /// The outer plate was taken off.
        FrontRemoved = 5,
        /// The door opened while bolted.
        DoorForced = 6,
        /// The door stayed open.
        DoorAjar = 7,
        /// A duress code was used. Never shown at the door.
        Duress = 8,
        /// The bolt moved without a command or a hand on key or thumbturn.
        UnauthorisedMovement = 16,
        /// The thirty-day guessing budget is spent.
        BudgetSpent = 17,
        /// Battery low: change it.
        BatteryLow = 18,
        /// Battery at its reserve: one unlock and one lock are left.
        BatteryReserve = 19,
        /// The clock was moved by more than the bound.
        ClockJump = 20,
        /// Storage refuses writes.
        StorageFailed = 21,
        /// Many sealed commands failed to open.
        ForgedCommands = 22,
    }
}

coded! {
    /// How far the lock trusts its wall clock.
    ClockQuality {
        /// No time at all: scheduled and leased credentials are denied.
        Unknown = 0,
        /// Moved by more than the bound: denied likewise until confirmed.
        Unconfirmed = 1,
        /// Set by an authorised peer.
        Trusted = 2,
    }
}

coded! {
    /// Battery level by voltage under load and temperature.
    BatteryLevel {
        /// No reading yet.
        Unknown = 0,
        /// Plenty.
        Good = 1,
        /// Change soon; the owner is told.
        Low = 2,
        /// One unlock and one lock are kept: remote and auto operations stop.
        Reserve = 3,
        /// Below the reserve: no electric unlocking at all.
        Empty = 4,
    }
}

coded! {
    /// Which rule of time allowed an opening.
    AllowedBy {
        /// The user needs no schedule.
        Always = 0,
        /// A week-day schedule.
        WeekDay = 1,
        /// A year-day schedule.
        YearDay = 2,
        /// Both kinds.
        Both = 3,
        /// The minutes of an expiring user.
        Expiring = 4,
        /// An emergency code.
        Emergency = 5,
        /// A remote command without a code, by the peer's privilege.
        Privilege = 6,
        /// A passage-mode holiday or setting.
        Passage = 7,
    }
}

coded! {
    /// What a peer may ask for.
    Privilege {
        /// Read status and records.
        View = 1,
        /// Lock and unlock.
        Operate = 3,
        /// Settings, clock, acknowledgement.
        Manage = 4,
        /// Users, credentials, schedules, peers.
        Admin = 5,
    }
}

/// A credential on the lock: its kind and its index within that kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CredentialRef {
    /// Kind.
    pub kind: CredentialKind,
    /// Index, from 1 (0 for the programming PIN).
    pub index: u16,
}
