//! The device under test: the shipped lock core with storage in memory, a motor that obeys, a door that is shut, and
//! a clock that is moved by hand. Speaks to the core as a peer, through its sealed channel.

use std::collections::HashMap;

use lock::{
    Answer, Bolt, Command, Commissioning, Input, Leaf, Lock, Millis, Motion, PeerEnd, PeerFields, Privilege,
    Record, Region, Storage, StorageError, step,
};

/// Ten users, ten indexes of each kind of credential, ten schedules of each kind, as the published files ask; six
/// Aliro keys; a log long enough for one file.
pub type Core = Lock<10, 36, 10, 10, 10, 6, 1, 4, 4096>;

/// Most wake-ups that one wait may need: far above what any step of a file causes.
const WAKE_UPS: usize = 100_000;

#[derive(Default)]
struct Memory(HashMap<Region, Vec<u8>>);

impl Storage for Memory {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        let held = self.0.get(&region).map_or(&[][..], Vec::as_slice);
        let offset = usize::try_from(offset).map_err(|_| StorageError)?;
        for (at, byte) in into.iter_mut().enumerate() {
            *byte = held.get(offset + at).copied().unwrap_or(0xFF);
        }
        Ok(())
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let held = self.0.entry(region).or_default();
        let offset = usize::try_from(offset).map_err(|_| StorageError)?;
        if held.len() < offset + bytes.len() {
            held.resize(offset + bytes.len(), 0xFF);
        }
        held.get_mut(offset..offset + bytes.len()).ok_or(StorageError)?.copy_from_slice(bytes);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

/// The lock, and the peers that know a key to it.
pub struct Device {
    core: Core,
    storage: Memory,
    now: Millis,
    salt: u64,
}

const LOCK_ID: [u8; 16] = *b"conformance lock";

fn peer_key(peer: u8) -> [u8; 32] {
    [peer; 32]
}

impl Device {
    /// A commissioned lock, bolt out, door shut, clock not set.
    pub fn new() -> Self {
        let mut storage = Memory::default();
        let (core, _) = Core::boot(0, &mut storage);
        let mut device = Self { core, storage, now: 0, salt: 0 };
        device.input(Input::Bolt(Bolt::Extended));
        device.input(Input::Leaf(Leaf::Closed));
        device.input(Input::Commission(Commissioning {
            lock_id: LOCK_ID,
            mac_key: [11; 32],
            chain_key: [12; 32],
            peer_key: peer_key(1),
            fabric: 1,
            node: 0x1_0001,
        }));
        device
    }

    /// One input; what the motor is told, it does, and the bolt sensor reports it.
    fn input(&mut self, input: Input) -> lock::Effects {
        let effects = step(&mut self.core, self.now, input, &mut self.storage);
        let ends: &[Bolt] = match &effects.motion {
            Some(Motion::Extend) => &[Bolt::Between, Bolt::Extended],
            Some(Motion::Retract { unlatch: true, .. }) => &[Bolt::Between, Bolt::Unlatched, Bolt::Retracted],
            Some(Motion::Retract { unlatch: false, .. }) => &[Bolt::Between, Bolt::Retracted],
            Some(Motion::Brake) | None => &[],
        };
        for end in ends {
            step(&mut self.core, self.now, Input::Bolt(*end), &mut self.storage);
        }
        effects
    }

    /// Lets time pass; the lock is woken whenever it asked for it.
    pub fn wait(&mut self, ms: Millis) {
        let end = self.now + ms;
        for _ in 0..WAKE_UPS {
            let next = self.core.next_timer().filter(|at| *at <= end);
            self.now = next.unwrap_or(end).max(self.now);
            self.input(Input::Timer);
            if self.now >= end && self.core.next_timer().is_none_or(|at| at > end) {
                return;
            }
        }
    }

    /// A second controller gets a slot and a key.
    pub fn pair(&mut self, peer: u8) -> Answer {
        self.send(
            1,
            &Command::SetPeer(PeerFields {
                id: peer,
                key: peer_key(peer),
                privilege: Privilege::Admin,
                fabric: peer,
                node: 0x1_0000 + u64::from(peer),
            }),
        )
    }

    /// Loss of power and a new start.
    pub fn reboot(&mut self) {
        let (core, _) = Core::boot(0, &mut self.storage);
        self.core = core;
        self.now = 0;
        self.input(Input::Bolt(Bolt::Extended));
        self.input(Input::Leaf(Leaf::Closed));
    }

    /// Sends a command as a peer and opens the answer.
    pub fn send(&mut self, peer: u8, command: &Command) -> Answer {
        self.try_send(peer, command).unwrap_or(Answer::Refused(lock::Refusal::Failure))
    }

    fn try_send(&mut self, peer: u8, command: &Command) -> Option<Answer> {
        let end = PeerEnd::new(peer_key(peer), LOCK_ID, peer);
        let entropy = [u8::try_from(self.salt & 0xFF).unwrap_or(0); 16];
        let challenge = self.input(Input::AskChallenge { peer, entropy }).challenge?;
        self.salt += 1;
        let salt = self.salt.to_be_bytes();
        let frame = end.seal_command(&challenge, salt, command)?;
        let answer = self.input(Input::Frame(frame)).answer?;
        end.open_answer(&challenge, salt, answer.as_bytes())
    }

    /// The log, oldest first.
    pub fn records(&mut self) -> Vec<Record> {
        let status = self.core.status(self.now);
        let (core, storage) = (&mut self.core, &mut self.storage);
        (status.oldest_record..status.next_record).filter_map(|seq| core.record(seq, storage)).collect()
    }
}
