//! The lock as its host holds it: capacities, start, step, timers, and what may be asked without a step. The rules
//! are in the modules that work on [`Core`]; this file only joins them.

use crate::answer::{Answer, Status};
use crate::command::{AliroReader, Holiday, WeekDay, YearDay};
use crate::effects::{Decision, Effects};
use crate::input::{Bolt, Frame, Input, Leaf};
use crate::record::Record;
use crate::secret::Entry;
use crate::state::{
    AliroKey, CHANNELS, Challenge, Config, Core, Credential, Live, PEERS, Partial, Peer, User, Vitals,
};
use crate::storage::{Region, Storage, StorageError};
use crate::words::{BatteryLevel, Millis, Mode};

/// A lock of `U` users, `C` credentials of all kinds together, `W` week-day and `Y` year-day schedules for each
/// user, `H` holidays, `A` Aliro keys (which take credential slots besides), `E` Aliro reader configurations (0 or 1),
/// `P` peers and a ring of `R` records.
///
/// At most 1023 users, 65533 credentials, 1023 Aliro keys, 253 schedules of a kind, 255 peers and 65535 records; at least one peer and
/// one record.
#[derive(Clone)]
pub struct Lock<
    const U: usize,
    const C: usize,
    const W: usize,
    const Y: usize,
    const H: usize,
    const A: usize,
    const E: usize,
    const P: usize,
    const R: usize,
> {
    pub(crate) config: Config,
    pub(crate) peers: [Peer; P],
    pub(crate) aliro: [Option<AliroReader>; E],
    pub(crate) users: [User; U],
    pub(crate) credentials: [Credential; C],
    pub(crate) week_days: [[WeekDay; W]; U],
    pub(crate) year_days: [[YearDay; Y]; U],
    pub(crate) holidays: [Holiday; H],
    pub(crate) aliro_keys: [AliroKey; A],
    pub(crate) vitals: Vitals,
    pub(crate) live: Live,
    pub(crate) challenges: [Challenge; P],
}

/// A lock for a home: 50 users, 100 credentials, 2 week-day and 2 year-day schedules each, 10 holidays, 8 Aliro
/// keys with a reader, 4 peers, 256 records.
pub type HomeLock = Lock<50, 100, 2, 2, 10, 8, 1, PEERS, 256>;

impl<
    const U: usize,
    const C: usize,
    const W: usize,
    const Y: usize,
    const H: usize,
    const A: usize,
    const E: usize,
    const P: usize,
    const R: usize,
> Lock<U, C, W, Y, H, A, E, P, R>
{
    /// Most bytes that one copy of the configuration takes in storage.
    pub const CONFIG_BYTES: usize = crate::image::config_bytes(U, C, U * W, U * Y, H, A, E, P);

    fn blank() -> Self {
        Self {
            config: Config::FACTORY,
            peers: [Peer::FREE; P],
            aliro: [None; E],
            users: [User::FREE; U],
            credentials: [Credential::FREE; C],
            week_days: [[WeekDay::default(); W]; U],
            year_days: [[YearDay::default(); Y]; U],
            holidays: [Holiday::default(); H],
            aliro_keys: [AliroKey::FREE; A],
            vitals: Vitals::FACTORY,
            live: Live::START,
            challenges: [Challenge::NONE; P],
        }
    }

    /// Starts the lock from storage: after power-up, and for the first time in its life. Reads the newest whole copy
    /// of everything, takes over records written after it, writes a `Boot` record and begins what is left of a
    /// lock-out. A lock never commissioned, or whose configuration cannot be read, holds no credential and opens to
    /// nobody but by hand.
    pub fn boot(now: Millis, storage: &mut impl Storage) -> (Self, Effects) {
        let mut lock = Self::blank();
        let mut effects = Effects::default();
        lock.core().boot(now, storage, &mut effects);
        effects.wake_at = lock.next_timer();
        (lock, effects)
    }

    pub(crate) fn core(&mut self) -> Core<'_> {
        Core {
            config: &mut self.config,
            peers: &mut self.peers,
            aliro: &mut self.aliro,
            users: &mut self.users,
            credentials: &mut self.credentials,
            week_days: self.week_days.as_flattened_mut(),
            year_days: self.year_days.as_flattened_mut(),
            holidays: &mut self.holidays,
            aliro_keys: &mut self.aliro_keys,
            vitals: &mut self.vitals,
            live: &mut self.live,
            challenges: &mut self.challenges,
            week_per_user: W,
            year_per_user: Y,
            ring: u16::try_from(R).unwrap_or(u16::MAX),
        }
    }

    /// Whether the lock has been commissioned.
    #[must_use]
    pub fn commissioned(&self) -> bool {
        self.config.commissioned
    }

    /// The lock's identity, zeros before commissioning.
    #[must_use]
    pub fn lock_id(&self) -> [u8; 16] {
        self.config.lock_id
    }

    /// What people and hubs see.
    #[must_use]
    pub fn status(&mut self, now: Millis) -> Status {
        self.core().status(now)
    }

    /// The last decision since power-up.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        self.live.decision
    }

    /// A record still held in the ring.
    #[must_use]
    pub fn record(&mut self, seq: u64, storage: &mut impl Storage) -> Option<Record> {
        self.core().read_record(seq, storage)
    }

    /// Up to [`crate::RECORDS_PER_ANSWER`] records after `after`, sealed as a push to `peer`; `None` when there is none or
    /// no such peer.
    pub fn seal_records(&mut self, peer: u8, after: u64, storage: &mut impl Storage) -> Option<Frame> {
        let answer = self.core().records_after(after, storage);
        match &answer {
            Answer::Records(_, _, records) if records.iter().flatten().next().is_some() => {
                self.seal_push(peer, &answer)
            }
            _ => None,
        }
    }

    /// The status sealed as a push to `peer`; `None` when there is no such peer.
    pub fn seal_status(&mut self, peer: u8, now: Millis) -> Option<Frame> {
        let status = self.core().status(now);
        self.seal_push(peer, &Answer::Changed(status))
    }

    fn seal_push(&mut self, peer: u8, answer: &Answer) -> Option<Frame> {
        let slot = self.peers.get(usize::from(peer).checked_sub(1)?).copied().filter(|slot| slot.used)?;
        self.core().seal_push(peer, &slot.key, answer)
    }

    /// When [`step`] wants a `Timer` at the latest.
    #[must_use]
    pub fn next_timer(&mut self) -> Option<Millis> {
        self.core().next_timer()
    }
}

/// Takes one input at `now` and says what to do. Bounded work, no panic; see the crate's page for the contract.
pub fn step<
    const U: usize,
    const C: usize,
    const W: usize,
    const Y: usize,
    const H: usize,
    const A: usize,
    const E: usize,
    const P: usize,
    const R: usize,
>(
    lock: &mut Lock<U, C, W, Y, H, A, E, P, R>,
    now: Millis,
    input: Input,
    storage: &mut impl Storage,
) -> Effects {
    let mut effects = Effects::default();
    let mut core = lock.core();
    core.step(now, input, storage, &mut effects);
    effects.wake_at = core.next_timer();
    effects
}

/// Storage behind a pointer, so that a firmware compiles the lock once.
struct Port<'a>(&'a mut dyn Storage);

impl Storage for Port<'_> {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        self.0.read(region, offset, into)
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        self.0.write(region, offset, bytes)
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        self.0.sync()
    }
}

/// [`Lock::boot`] for a home, compiled in this crate. Its machine code is what the panic check looks at.
pub fn home_boot(now: Millis, storage: &mut dyn Storage) -> (HomeLock, Effects) {
    HomeLock::boot(now, &mut Port(storage))
}

/// [`step`] for a home, compiled in this crate. Its machine code is what the panic check looks at.
pub fn home_step(lock: &mut HomeLock, now: Millis, input: Input, storage: &mut dyn Storage) -> Effects {
    step(lock, now, input, &mut Port(storage))
}

impl Live {
    pub const START: Self = Self {
        now: 0,
        bolt: Bolt::Unknown,
        leaf: Leaf::Unknown,
        leaf_fitted: false,
        forced: false,
        ajar: false,
        open_since: 0,
        travel: None,
        jammed: false,
        retries: 0,
        mode_seen: Mode::Normal,
        hand_until: 0,
        relock_at: None,
        partial: Partial::NONE,
        entry: Entry::EMPTY,
        entry_until: 0,
        lockout: [0; CHANNELS],
        aged_at: 0,
        vitals_at: 0,
        wall_base: 0,
        wall_at: 0,
        challenge_count: 0,
        push_count: 0,
        battery: BatteryLevel::Unknown,
        millivolts: 0,
        rehearsal_until: 0,
        storage_failed: false,
        naming: None,
        config_seq: 0,
        config_unsure: false,
        vitals_seq: 0,
        vitals_waiting: false,
        gap: false,
        synced_chain: None,
        decision: None,
    };
}
