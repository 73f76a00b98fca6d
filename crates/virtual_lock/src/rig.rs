//! For tests: a body with storage in memory, a peer with the key, and a keypad to type at. No files, no
//! sockets; time is moved by hand.

use std::collections::BTreeMap;

use lock::{
    Answer, Command, CredentialFields, CredentialKind, CredentialRef, DataOperation, Emergency, PeerEnd,
    Record, Region, Secret, Status, Storage, StorageError, Zone,
};

use crate::body::{Body, Out};
use crate::dice::Dice;
use crate::frame::Message;
use crate::hand::{Hand, Key};
use crate::keep::Keep;
use crate::pairing::Pairing;
use crate::radio::{HUB, LineId};
use crate::world::World;

/// 2026-06-01T12:00:00Z, a Monday.
pub const START: u64 = 1_780_315_200;

/// Storage in memory; what was not synced is gone with the power.
#[derive(Default, Clone)]
pub struct Memory {
    pub durable: BTreeMap<Region, Vec<u8>>,
    fresh: Vec<(Region, usize, Vec<u8>)>,
    pub world: Option<World>,
}

fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if into.len() < at + bytes.len() {
        into.resize(at + bytes.len(), 0);
    }
    into[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Storage for Memory {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        let mut whole = self.durable.get(&region).cloned().unwrap_or_default();
        for (_, at, bytes) in self.fresh.iter().filter(|(r, ..)| *r == region) {
            put(&mut whole, *at, bytes);
        }
        let at = usize::try_from(offset).unwrap();
        whole.resize(whole.len().max(at + into.len()), 0);
        into.copy_from_slice(&whole[at..at + into.len()]);
        Ok(())
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        self.fresh.push((region, usize::try_from(offset).unwrap(), bytes.to_vec()));
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        for (region, at, bytes) in self.fresh.drain(..) {
            put(self.durable.entry(region).or_default(), at, &bytes);
        }
        Ok(())
    }
}

impl Keep for Memory {
    fn keep(&mut self, world: &World) -> Result<(), StorageError> {
        self.world = Some(world.clone());
        Ok(())
    }
}

/// A lock, its hub and its door.
pub struct Rig {
    pub body: Body<Memory>,
    pub end: PeerEnd,
    pub now: u64,
    line: LineId,
    token: u32,
    /// Records that arrived, in the order of arrival.
    pub records: Vec<Record>,
    pub statuses: Vec<Status>,
    /// Every frame that went either way.
    pub overheard: Vec<Message>,
    pub answers: Vec<Message>,
}

pub fn pairing() -> Pairing {
    Pairing { lock_id: [1; 16], mac_key: [2; 32], chain_key: [3; 32], peer_key: [4; 32], hand_key: [5; 32] }
}

impl Rig {
    pub fn new() -> Self {
        Self::with(World { travel_ms: 0, ..World::default() }, Memory::default(), 1)
    }

    pub fn with(world: World, memory: Memory, seed: u64) -> Self {
        let p = pairing();
        let mut chance = Dice::new(seed ^ 0xDEAD);
        let entropy = Box::new(move |into: &mut [u8]| {
            into.fill_with(|| u8::try_from(chance.up_to(255)).unwrap());
            true
        });
        let body = Body::new(world, memory, pairing(), i64::try_from(START * 1000).unwrap(), seed, entropy);
        let mut rig = Self {
            body,
            end: PeerEnd::new(p.peer_key, p.lock_id, HUB),
            now: 0,
            line: 1,
            token: 0,
            records: Vec::new(),
            statuses: Vec::new(),
            overheard: Vec::new(),
            answers: Vec::new(),
        };
        rig.body.connect(1, HUB);
        rig.collect();
        rig
    }

    /// Cuts the process off and starts another one on what was durable.
    pub fn killed(self, host_ms_later: u64) -> Self {
        let durable = self.body.keep;
        let memory = Memory { fresh: Vec::new(), ..durable };
        let world = memory.world.clone().unwrap_or_default();
        let mut next = Self::with(world, memory, 77 + host_ms_later);
        next.records = self.records;
        next
    }

    pub fn collect(&mut self) {
        for out in self.body.take_out() {
            let Out::Radio(_, message) = out else { continue };
            self.overheard.push(message.clone());
            if let Message::Push(sealed) = &message {
                match self.end.open_push(sealed) {
                    Some((_, Answer::Records(_, _, records))) => {
                        self.records.extend(records.iter().flatten())
                    }
                    Some((_, Answer::Changed(status))) => self.statuses.push(status),
                    _ => panic!("a push that does not open"),
                }
            } else {
                self.answers.push(message);
            }
        }
    }

    pub fn wait(&mut self, ms: u64) {
        self.now += ms;
        self.body.advance(self.now);
        self.collect();
    }

    pub fn hand(&mut self, hand: Hand) -> Result<(), &'static str> {
        let done = self.body.hand(self.now, hand);
        self.body.advance(self.now);
        self.collect();
        done
    }

    pub fn typed(&mut self, code: &str) {
        for digit in code.bytes() {
            self.hand(Hand::Press { key: Key(lock::Key::Digit(digit - b'0')) }).unwrap();
        }
        self.hand(Hand::Press { key: Key(lock::Key::Enter) }).unwrap();
    }

    pub fn send(&mut self, message: Message) {
        self.overheard.push(message.clone());
        self.body.radio(self.now, self.line, message);
        self.collect();
    }

    /// Asks a command, sending again every second up to `tries` times, as the link does.
    pub fn ask_patiently(&mut self, command: &Command, tries: u32) -> Option<Answer> {
        self.token += 1;
        let token = self.token;
        let salt = u64::from(token).to_be_bytes();
        self.answers.clear();
        let mut challenge = None;
        for _ in 0..tries {
            self.send(Message::Ask { token });
            self.wait(if challenge.is_none() { 1000 } else { 0 });
            challenge = self.answers.iter().find_map(|m| match m {
                Message::Challenge { token: t, challenge } if *t == token => Some(*challenge),
                _ => None,
            });
            if challenge.is_some() {
                break;
            }
        }
        let challenge = challenge?;
        let sealed = self.end.seal_command(&challenge, salt, command)?.as_bytes().to_vec();
        for _ in 0..tries {
            self.send(Message::Command(sealed.clone()));
            let opened = |rig: &Self| {
                rig.answers.iter().find_map(|m| match m {
                    Message::Answer(sealed) => rig.end.open_answer(&challenge, salt, sealed),
                    _ => None,
                })
            };
            if let Some(answer) = opened(self) {
                return Some(answer);
            }
            self.wait(1000);
            if let Some(answer) = opened(self) {
                return Some(answer);
            }
        }
        None
    }

    /// Asks a command in clear air.
    pub fn ask(&mut self, command: &Command) -> Answer {
        self.token += 1;
        let token = self.token;
        let salt = u64::from(token).to_be_bytes();
        self.answers.clear();
        self.send(Message::Ask { token });
        let Some(Message::Challenge { challenge, .. }) = self.answers.pop() else { panic!("no challenge") };
        let sealed = self.end.seal_command(&challenge, salt, command).unwrap().as_bytes().to_vec();
        self.send(Message::Command(sealed));
        let Some(Message::Answer(sealed)) = self.answers.pop() else { panic!("no answer") };
        self.end.open_answer(&challenge, salt, &sealed).expect("the answer opens")
    }

    pub fn status(&mut self) -> Status {
        match self.ask(&Command::ReadStatus) {
            Answer::Status(status) => status,
            _ => panic!("no status"),
        }
    }

    pub fn set_clock(&mut self) {
        let now = START + self.now / 1000;
        assert!(self.ask(&Command::SetClock(now, Zone::default())) == Answer::Done);
    }

    /// A code for anybody, at any time.
    pub fn give(&mut self, index: u16, code: &str) {
        let answer = self.ask(&Command::SetCredential(CredentialFields {
            operation: DataOperation::Add,
            credential: CredentialRef { kind: CredentialKind::Pin, index },
            data: Secret::new(code.as_bytes()).unwrap(),
            user: None,
            status: None,
            user_type: None,
            version: 0,
            not_after: 0,
            emergency: Emergency::No,
        }));
        assert!(matches!(answer, Answer::CredentialSet(..)), "the code was not taken");
    }

    /// Numbers of the records that arrived, each once, in order.
    pub fn numbers(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self.records.iter().map(|record| record.seq).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    pub fn has(&self, kind: lock::RecordKind, what: impl Fn(&Record) -> bool) -> bool {
        self.records.iter().any(|record| record.kind == kind && what(record))
    }
}
