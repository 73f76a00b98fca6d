//! A bench for the lock: storage in memory with faults on demand, a peer, a bolt that obeys, and short words for what
//! tests do.

use std::collections::BTreeMap;

use lock::{
    Answer, Bolt, Command, Commissioning, CredentialFields, CredentialKind, CredentialRef, DataOperation,
    Effects, Emergency, Input, Key, Leaf, Lock, Millis, Motion, PeerEnd, Record, Region, Secret, Storage,
    StorageError, UserIndex, Zone, step,
};

/// A bench lock: 6 users, 12 credentials, 2 week-day and 2 year-day schedules each, 2 holidays, 2 Aliro keys, 64
/// records.
pub type Bench = Lock<6, 12, 2, 2, 2, 2, 1, 4, 64>;

/// Storage in memory. Counts operations, keeps a trace of what was written where, and can fail or be cut.
#[derive(Clone, Default)]
pub struct Memory {
    /// What is durable.
    pub durable: BTreeMap<Region, Vec<u8>>,
    /// What was written since the last sync.
    pub pending: Vec<(Region, usize, Vec<u8>)>,
    /// Region and length of every write, `None` for a sync.
    pub trace: Vec<Option<(Region, usize)>>,
    /// Writes and syncs so far.
    pub operations: usize,
    /// All operations from this one on fail.
    pub fail_from: Option<usize>,
    /// Power goes at this operation.
    pub cut: Option<Cut>,
    /// Power went.
    pub dead: bool,
}

/// See [`Cut::torn`].
pub const LAST: usize = 1_000_000;

/// Where power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// At this operation, counted from 0.
    pub at: usize,
    /// So many bytes of the write arrive (of a sync: so many of the pending writes, in order; from [`LAST`] on so many
    /// of the last ones and none of those before, as a disk that writes out of order may leave it).
    pub torn: usize,
}

impl Memory {
    fn put(durable: &mut BTreeMap<Region, Vec<u8>>, region: Region, at: usize, bytes: &[u8]) {
        let place = durable.entry(region).or_default();
        if place.len() < at + bytes.len() {
            place.resize(at + bytes.len(), 0xFF);
        }
        place[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn refused(&mut self) -> bool {
        let at = self.operations;
        self.operations += 1;
        self.dead || self.fail_from.is_some_and(|from| at >= from)
    }

    /// What a lock finds after power came back: what was durable, and of what was pending what the cut let through.
    #[must_use]
    pub fn after_power_cut(&self) -> Self {
        Self { durable: self.durable.clone(), ..Self::default() }
    }
}

impl Storage for Memory {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        if self.dead {
            return Err(StorageError);
        }
        let mut durable = self.durable.get(&region).cloned().unwrap_or_default();
        for (_, at, bytes) in self.pending.iter().filter(|(other, _, _)| *other == region) {
            let mut one = BTreeMap::from([(region, durable)]);
            Self::put(&mut one, region, *at, bytes);
            durable = one.remove(&region).unwrap_or_default();
        }
        for (i, byte) in into.iter_mut().enumerate() {
            *byte = durable.get(offset as usize + i).copied().unwrap_or(0xFF);
        }
        Ok(())
    }

    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let at = self.operations;
        if self.refused() {
            return Err(StorageError);
        }
        self.trace.push(Some((region, bytes.len())));
        if let Some(cut) = self.cut.filter(|cut| cut.at == at) {
            // unsynced writes before this one may or may not have arrived: here they have, in order
            for (region, at, bytes) in std::mem::take(&mut self.pending) {
                Self::put(&mut self.durable, region, at, &bytes);
            }
            Self::put(&mut self.durable, region, offset as usize, &bytes[..cut.torn.min(bytes.len())]);
            self.dead = true;
            return Err(StorageError);
        }
        self.pending.push((region, offset as usize, bytes.to_vec()));
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        let at = self.operations;
        if self.refused() {
            return Err(StorageError);
        }
        self.trace.push(None);
        let cut = self.cut.filter(|cut| cut.at == at);
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len();
        for (i, (region, at, bytes)) in pending.into_iter().enumerate() {
            let arrives = |cut: Cut| match cut.torn.checked_sub(LAST) {
                Some(last) => i + last >= count,
                None => i < cut.torn,
            };
            if cut.is_none_or(arrives) {
                Self::put(&mut self.durable, region, at, &bytes);
            }
        }
        if cut.is_some() {
            self.dead = true;
            return Err(StorageError);
        }
        Ok(())
    }
}

/// The commissioning that tests use.
#[must_use]
pub fn commissioning() -> Commissioning {
    Commissioning {
        lock_id: *b"bench lock no. 1",
        mac_key: [7; 32],
        chain_key: [9; 32],
        peer_key: [5; 32],
        fabric: 1,
        node: 0x1234,
    }
}

/// A lock on the bench with its storage, its peer and the time.
#[derive(Clone)]
pub struct Rig {
    pub lock: Bench,
    pub storage: Memory,
    pub now: Millis,
    pub salt: u64,
    /// The motor obeys and the bolt sensor reports.
    pub motor_works: bool,
}

impl Rig {
    /// A commissioned lock, bolt out, leaf shut, clock unknown.
    #[must_use]
    pub fn new() -> Self {
        let mut rig = Self::factory();
        rig.step(Input::Commission(commissioning()));
        rig
    }

    /// A factory-new lock.
    #[must_use]
    pub fn factory() -> Self {
        let mut storage = Memory::default();
        let (lock, _) = Bench::boot(1_000, &mut storage);
        let mut rig = Self { lock, storage, now: 1_000, salt: 0, motor_works: true };
        rig.step(Input::Bolt(Bolt::Extended));
        rig.step(Input::Leaf(Leaf::Closed));
        rig
    }

    /// One input; the motor obeys when it works.
    pub fn step(&mut self, input: Input) -> Effects {
        let mut effects = step(&mut self.lock, self.now, input, &mut self.storage);
        if self.motor_works {
            let ends: &[Bolt] = match &effects.motion {
                Some(Motion::Extend) => &[Bolt::Extended],
                Some(Motion::Retract { unlatch: true, .. }) => &[Bolt::Unlatched, Bolt::Retracted],
                Some(Motion::Retract { unlatch: false, .. }) => &[Bolt::Retracted],
                _ => &[],
            };
            for end in ends {
                let after = step(&mut self.lock, self.now, Input::Bolt(*end), &mut self.storage);
                effects.records |= after.records;
            }
        }
        effects
    }

    /// Lets time pass, waking the lock whenever it asked for it. The motions that the lock began by itself.
    pub fn wait(&mut self, ms: Millis) -> usize {
        let end = self.now + ms;
        let mut motions = 0;
        for _ in 0..100_000 {
            let next = self.lock.next_timer().filter(|at| *at <= end);
            self.now = next.unwrap_or(end).max(self.now);
            motions += usize::from(self.step(Input::Timer).motion.is_some());
            if self.now >= end && self.lock.next_timer().is_none_or(|at| at > end) {
                return motions;
            }
        }
        panic!("the lock asks to be woken again and again");
    }

    /// Types a code and Enter.
    pub fn pin(&mut self, code: &str) -> Effects {
        for digit in code.bytes() {
            self.step(Input::Key(Key::Digit(digit - b'0')));
        }
        self.step(Input::Key(Key::Enter))
    }

    /// Whether a code opens.
    pub fn opens(&mut self, code: &str) -> bool {
        matches!(self.pin(code).motion, Some(Motion::Retract { .. }))
    }

    /// The challenge for the next command of a peer.
    pub fn challenge(&mut self, peer: u8) -> [u8; 16] {
        self.step(Input::AskChallenge { peer, entropy: [3; 16] }).challenge.expect("a challenge")
    }

    /// Sends a command from peer 1.
    pub fn send(&mut self, command: &Command) -> Answer {
        self.send_as(1, [5; 32], command).0
    }

    /// Sends a command from a peer.
    pub fn send_as(&mut self, peer: u8, key: [u8; 32], command: &Command) -> (Answer, Effects) {
        let end = PeerEnd::new(key, commissioning().lock_id, peer);
        let challenge = self.challenge(peer);
        self.salt += 1;
        let salt = self.salt.to_le_bytes();
        let frame = end.seal_command(&challenge, salt, command).expect("it fits");
        let effects = self.step(Input::Frame(frame));
        let answer = effects.answer.clone().expect("an answer");
        (end.open_answer(&challenge, salt, answer.as_bytes()).expect("it opens"), effects)
    }

    /// Sets the clock to `unix`, UTC.
    pub fn clock(&mut self, unix: u64) {
        assert!(self.send(&Command::SetClock(unix, Zone::NONE)) == Answer::Done);
    }

    /// Adds a PIN with a new user of a type; the user's index.
    pub fn add(&mut self, index: u16, code: &str, user_type: lock::UserType) -> UserIndex {
        let fields = CredentialFields { user_type: Some(user_type), ..pin_fields(index, code) };
        match self.send(&Command::SetCredential(fields)) {
            Answer::CredentialSet(Some(user), _) => user,
            _ => panic!("the credential was not taken"),
        }
    }

    /// Loss of power: memory is gone, storage stays. Sensors report at once.
    pub fn reboot(&mut self) -> Effects {
        let bolt = self.lock.status(self.now).lock;
        self.storage = self.storage.after_power_cut();
        let (lock, effects) = Bench::boot(50, &mut self.storage);
        self.lock = lock;
        self.now = 50;
        let bolt = match bolt {
            lock::LockState::Locked => Bolt::Extended,
            lock::LockState::Unlocked => Bolt::Retracted,
            lock::LockState::Unlatched => Bolt::Unlatched,
            lock::LockState::NotFullyLocked => Bolt::Between,
            lock::LockState::Unknown => Bolt::Unknown,
        };
        self.step(Input::Bolt(bolt));
        self.step(Input::Leaf(Leaf::Closed));
        effects
    }

    /// Every record still held.
    pub fn records(&mut self) -> Vec<Record> {
        let status = self.lock.status(self.now);
        let (lock, storage) = (&mut self.lock, &mut self.storage);
        (status.oldest_record..status.next_record).filter_map(|seq| lock.record(seq, storage)).collect()
    }
}

/// The fields of a PIN with a new user.
#[must_use]
pub fn pin_fields(index: u16, code: &str) -> CredentialFields {
    CredentialFields {
        operation: DataOperation::Add,
        credential: pin_ref(index),
        data: Secret::new(code.as_bytes()).expect("short"),
        user: None,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    }
}

/// PIN number `index`.
#[must_use]
pub fn pin_ref(index: u16) -> CredentialRef {
    CredentialRef { kind: CredentialKind::Pin, index }
}
