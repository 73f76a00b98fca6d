//! The state of a lock, in three parts: what a peer configured ([`Config`] and the slots), what must survive loss of
//! power from one use to the next ([`Vitals`]), and what may be forgotten ([`Live`]). Holds no rule.

use core::num::NonZeroU64;

use crate::clock::Offsets;
use crate::command::{AliroReader, Emergency, Holiday, NO_UNIQUE_ID, Name, WeekDay, YearDay};
use crate::effects::Decision;
use crate::input::{Bolt, Leaf};
use crate::secret::{Entry, MAX_SECRET};
use crate::words::{
    AllowedBy, BatteryLevel, ClockQuality, CredentialKind, CredentialRef, CredentialRule, Millis, Mode,
    Operation, Privilege, Seconds, Source, UserIndex, UserStatus, UserType,
};

/// Peer slots of a home's lock.
pub const PEERS: usize = 4;

/// A user slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct User {
    pub status: UserStatus,
    pub user_type: UserType,
    pub rule: CredentialRule,
    pub name: Name,
    pub unique_id: u32,
    pub creator: u8,
    pub modifier: u8,
    /// End of an expiring user, 0 before first use.
    pub expires: Seconds,
    /// Was cleared with all others, and the log has not named it yet. Not kept over loss of power: the record of the
    /// order itself is.
    pub gone: bool,
}

impl User {
    pub const FREE: Self = Self {
        status: UserStatus::Available,
        user_type: UserType::Unrestricted,
        rule: CredentialRule::Single,
        name: Name::EMPTY,
        unique_id: NO_UNIQUE_ID,
        creator: 0,
        modifier: 0,
        expires: 0,
        gone: false,
    };
    pub fn taken(&self) -> bool {
        self.status != UserStatus::Available
    }
}

/// A credential slot. `user` 0 = free.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Credential {
    pub user: UserIndex,
    pub which: CredentialRef,
    pub emergency: Emergency,
    pub creator: u8,
    pub modifier: u8,
    /// A one-time emergency code was used.
    pub spent: bool,
    /// A code of at least [`crate::STRONG_DIGITS`] digits: it still opens, after a short wait, when the budget of
    /// wrong attempts is spent.
    pub strong: bool,
    pub version: u32,
    pub not_after: Seconds,
    pub tested: Seconds,
    pub mac: [u8; 16],
}

impl Credential {
    pub const FREE: Self = Self {
        user: 0,
        which: CredentialRef { kind: CredentialKind::Pin, index: 0 },
        emergency: Emergency::No,
        creator: 0,
        modifier: 0,
        spent: false,
        strong: false,
        version: 0,
        not_after: 0,
        tested: 0,
        mac: [0; 16],
    };
    pub fn taken(&self) -> bool {
        self.user != 0
    }
}

/// The public key behind an Aliro credential. `index` 0 = free.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AliroKey {
    pub which: CredentialRef,
    pub key: [u8; MAX_SECRET],
}

impl AliroKey {
    pub const FREE: Self =
        Self { which: CredentialRef { kind: CredentialKind::AliroIssuer, index: 0 }, key: [0; MAX_SECRET] };
}

/// A peer slot.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer {
    pub used: bool,
    pub privilege: Privilege,
    pub fabric: u8,
    pub node: u64,
    pub key: [u8; 32],
}

impl Peer {
    pub const FREE: Self = Self { used: false, privilege: Privilege::View, fabric: 0, node: 0, key: [0; 32] };
}

/// Settings; ids, units and ranges are those of [`crate::SettingId`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// Three letters.
    pub language: [u8; 3],
    /// Matter LEDSettingEnum.
    pub led: u8,
    /// Seconds until the bolt goes out again after an unlock, 0 = never.
    pub auto_relock: u32,
    /// Matter SoundVolumeEnum.
    pub volume: u8,
    /// Mode as set (holidays apart).
    pub mode: Mode,
    /// The keypad's lock key works without a code.
    pub one_touch: bool,
    /// Inside light.
    pub inside_led: bool,
    /// The inside button sets privacy.
    pub privacy_button: bool,
    /// Wrong codes in a row until the lock-out.
    pub wrong_limit: u8,
    /// Seconds of the first lock-out.
    pub disable_time: u8,
    /// A remote operation needs a code.
    pub require_pin: bool,
    /// Minutes of an expiring user.
    pub expiring: u16,
    /// Seconds until an open door is ajar, 0 = never.
    pub open_period: u16,
    /// An emergency code opens in privacy mode.
    pub emergency_in_privacy: bool,
    /// Wrong remote codes lock the keypad too.
    pub remote_locks_keypad: bool,
    /// Cards may be known by their public number alone.
    pub weak_rfid: bool,
    /// Wrong attempts that a channel allows at once, 0 = no budget.
    pub budget: u16,
    /// Minutes in which one of them comes back.
    pub budget_refill: u16,
    /// Low level, millivolts.
    pub low_mv: u16,
    /// Reserve level, millivolts.
    pub reserve_mv: u16,
    /// Empty level, millivolts.
    pub empty_mv: u16,
    /// Largest clock step without confirmation, seconds.
    pub clock_step: u32,
    /// Matter LocalProgrammingFeatures.
    pub local_programming: u8,
    /// Matter SendPINOverTheAir.
    pub send_pin: bool,
}

impl Settings {
    /// What a newly commissioned lock does. The figures are argued in `docs/lock.md`.
    pub const DEFAULT: Self = Self {
        language: *b"en\0",
        led: 0,
        auto_relock: 60,
        volume: 0,
        mode: Mode::Normal,
        one_touch: true,
        inside_led: false,
        privacy_button: true,
        wrong_limit: 3,
        disable_time: 10,
        require_pin: false,
        expiring: 2880,
        open_period: 120,
        emergency_in_privacy: true,
        remote_locks_keypad: false,
        weak_rfid: false,
        budget: 36,
        budget_refill: 720,
        low_mv: 4800,
        reserve_mv: 4400,
        empty_mv: 4000,
        clock_step: 120,
        local_programming: 0,
        send_pin: false,
    };
}

/// Configuration apart from the slots and tables.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Config {
    pub commissioned: bool,
    pub lock_id: [u8; 16],
    pub mac_key: [u8; 32],
    pub settings: Settings,
    pub zone: Offsets,
    /// Nothing set at or before this version is accepted.
    pub revoked: u32,
    /// Highest version seen.
    pub version: u32,
}

impl Config {
    pub const FACTORY: Self = Self {
        commissioned: false,
        lock_id: [0; 16],
        mac_key: [0; 32],
        settings: Settings::DEFAULT,
        zone: Offsets::UTC,
        revoked: 0,
        version: 0,
    };
}

/// Channels that count wrong attempts apart (A33): a flood on one never shuts another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Channel {
    /// Codes at the keypad.
    Keypad = 0,
    /// Cards and Aliro.
    Card = 1,
    /// Fingers, veins, faces.
    Biometric = 2,
    /// Codes in remote commands.
    Remote = 3,
}

/// How many channels.
pub(crate) const CHANNELS: usize = 4;

/// Wrong attempts of one channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Attempts {
    /// Since the last valid entry or lock-out.
    pub wrong: u8,
    /// Lock-outs since the last valid entry.
    pub lockouts: u8,
    /// Attempts of the thirty-day budget used up; a valid entry does not clear them, one comes back in each refill
    /// time.
    pub spent: u16,
    /// Milliseconds of running since the last one came back; below a week, the longest refill time.
    pub age: u32,
    /// Milliseconds that were left of the lock-out, or of the wait of a spent budget, when this was written; at most
    /// the longest lock-out.
    pub left: u32,
}

/// What survives loss of power, written at every attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Vitals {
    pub boot: u32,
    pub next_seq: u64,
    pub acked: u64,
    pub chain_key: [u8; 32],
    pub chain_mac: [u8; 16],
    pub attempts: [Attempts; CHANNELS],
    /// Latest wall time known; 0 for never.
    pub wall: Seconds,
    pub quality: ClockQuality,
    /// Whether the bolt ought to be out.
    pub want_locked: bool,
    /// The unlock of the battery's reserve was used.
    pub reserve_spent: bool,
    pub door_open_events: u32,
    pub door_closed_events: u32,
}

impl Vitals {
    pub const FACTORY: Self = Self {
        boot: 0,
        next_seq: 1,
        acked: 0,
        chain_key: [0; 32],
        chain_mac: [0; 16],
        attempts: [Attempts { wrong: 0, lockouts: 0, spent: 0, age: 0, left: 0 }; CHANNELS],
        wall: 0,
        quality: ClockQuality::Unknown,
        want_locked: true,
        reserve_spent: false,
        door_open_events: 0,
        door_closed_events: 0,
    };
}

/// A moment as an option that takes no more room than the moment. The first millisecond after power-up counts as the
/// second.
pub(crate) fn moment(at: Millis) -> Option<NonZeroU64> {
    NonZeroU64::new(at.max(1))
}

/// Where the motor is taking the bolt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Travel {
    pub operation: Operation,
    pub source: Source,
    pub user: UserIndex,
    pub credentials: [Option<CredentialRef>; 3],
    pub allowed_by: AllowedBy,
    pub fabric: u8,
    pub node: u64,
    /// Number of the `Allowed` record.
    pub record: u64,
    /// When it counts as jammed.
    pub until: Millis,
    /// Auto-relock time of this unlock in seconds.
    pub relock: u32,
    /// Version of the credential.
    pub version: u32,
}

/// Credentials already shown towards a dual or tri rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Partial {
    pub user: UserIndex,
    pub shown: [Option<CredentialRef>; 3],
    pub until: Millis,
}

impl Partial {
    pub const NONE: Self = Self { user: 0, shown: [None; 3], until: 0 };
}

/// An outstanding challenge.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Challenge {
    pub bytes: [u8; 16],
    /// 0 = none outstanding.
    pub until: Millis,
    pub failed: u8,
    /// A record tells of forgeries in this peer's name since its last genuine command.
    pub told: bool,
}

impl Challenge {
    pub const NONE: Self = Self { bytes: [0; 16], until: 0, failed: 0, told: false };
}

/// What may be forgotten.
#[derive(Clone, Hash)]
pub(crate) struct Live {
    pub now: Millis,
    pub bolt: Bolt,
    pub leaf: Leaf,
    /// The leaf sensor has answered since power-up.
    pub leaf_fitted: bool,
    pub forced: bool,
    pub ajar: bool,
    pub open_since: Millis,
    pub travel: Option<Travel>,
    pub jammed: bool,
    /// How often a jammed lock travel was tried again.
    pub retries: u8,
    /// The mode at the last look, to notice a holiday's edge.
    pub mode_seen: Mode,
    pub hand_until: Millis,
    pub relock_at: Option<NonZeroU64>,
    pub partial: Partial,
    pub entry: Entry,
    pub entry_until: Millis,
    /// End of the lock-out, or of the wait of a spent budget, by channel.
    pub lockout: [Millis; CHANNELS],
    /// When the ages of the budgets were last brought up to date.
    pub aged_at: Millis,
    /// When the counters were last written.
    pub vitals_at: Millis,
    /// Wall time at `wall_at` of the monotonic clock.
    pub wall_base: Seconds,
    pub wall_at: Millis,
    pub challenge_count: u32,
    pub push_count: u32,
    pub battery: BatteryLevel,
    pub millivolts: u16,
    pub rehearsal_until: Millis,
    pub storage_failed: bool,
    /// The fabric that cleared everybody, while those who are gone are still being named in the log.
    pub naming: Option<u8>,
    pub config_seq: u64,
    /// Storage refused a configuration after it may have taken it: the one in force is written over it with the next
    /// sync, so that what was refused does not come back with the power.
    pub config_unsure: bool,
    pub vitals_seq: u64,
    /// The counters written last wait for a sync.
    pub vitals_waiting: bool,
    /// A record number was given up, so the counters must be written before the next record.
    pub gap: bool,
    /// The chain before the records that wait for a sync: number, key, MAC. Written in place of the newest, so that a
    /// start finds those records by itself, or none of them.
    pub synced_chain: Option<(NonZeroU64, [u8; 32], [u8; 16])>,
    pub decision: Option<Decision>,
}

/// A view of one lock whatever its capacities: the rules are written over this and compiled once.
pub(crate) struct Core<'a> {
    pub config: &'a mut Config,
    pub peers: &'a mut [Peer],
    pub aliro: &'a mut [Option<AliroReader>],
    pub users: &'a mut [User],
    pub credentials: &'a mut [Credential],
    pub week_days: &'a mut [WeekDay],
    pub year_days: &'a mut [YearDay],
    pub holidays: &'a mut [Holiday],
    pub aliro_keys: &'a mut [AliroKey],
    pub vitals: &'a mut Vitals,
    pub live: &'a mut Live,
    /// Outstanding challenges, one place for each peer.
    pub challenges: &'a mut [Challenge],
    /// Week-day schedules of each user.
    pub week_per_user: usize,
    /// Year-day schedules of each user.
    pub year_per_user: usize,
    /// Places in the record ring.
    pub ring: u16,
}
