//! A state of the walk: the lock, its storage and the shadow; how an act leads to the next one; and its fingerprint.
//! What must hold is in `check.rs`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use lock::{
    Answer, Bolt, Command, Effects, Input, Leaf, Lock, Millis, Motion, OperationError, PeerEnd, View, step,
};

use crate::act::{self, Act, Remote};
use crate::disk::{Disk, Fault, RING};
use crate::scene::{self, KEY, KEY_2, LOCK_ID, Setup, T0};
use crate::shadow::Shadow;

/// The walked lock: 2 users, 2 credentials, 1 week-day and 1 year-day schedule each, 1 holiday, 2 peers.
pub type Small = Lock<2, 2, 1, 1, 1, 0, 0, 2, RING>;

/// A state.
#[derive(Clone)]
pub struct Node {
    pub lock: Small,
    pub disk: Disk,
    pub now: Millis,
    pub shadow: Shadow,
    pub depth: u32,
    pub setup: &'static Setup,
    /// The last frame that the lock accepted.
    pub frame: Option<lock::Frame>,
    /// The lock has just started from its storage and done nothing since.
    pub reborn: bool,
    /// A credential was compared in this act.
    pub compared: bool,
    /// A fingerprint of the configuration in memory after the last act.
    pub configuration: u128,
}

/// What one act gave.
pub struct Seen {
    pub effects: Vec<Effects>,
    pub answer: Option<Answer>,
    /// Power went in the middle; the lock has started again.
    pub lost: bool,
    /// Writes waiting at each storage operation of the act.
    pub waiting: Vec<usize>,
    /// A sync went through.
    pub synced: bool,
    /// The record of a retract that would not have outlived loss of power right then.
    pub not_durable: Option<u64>,
}

impl Seen {
    pub fn nothing() -> Self {
        Self {
            effects: Vec::new(),
            answer: None,
            lost: false,
            waiting: Vec::new(),
            synced: false,
            not_durable: None,
        }
    }

    /// Whether the bolt was told to go in.
    pub fn opened(&self) -> bool {
        self.effects.iter().any(|e| matches!(e.motion, Some(Motion::Retract { .. })))
    }
}

impl Node {
    /// Applies an act under a fault.
    pub fn apply(&mut self, act: Act, fault: Fault) -> Seen {
        self.disk.begin(fault);
        let mut seen = Seen::nothing();
        self.compared = false;
        self.reborn = false;
        match act {
            Act::Send(remote) => self.send(remote, 1, &mut seen),
            Act::SendAsSecond(remote) => self.send(remote, 2, &mut seen),
            Act::Replay => {
                if let Some(frame) = self.frame.clone() {
                    self.step(Input::Frame(frame), &mut seen);
                }
            }
            Act::Wait => {
                self.now += self.lock.next_change().unwrap_or(scene::IDLE_MS);
                self.step(Input::Timer, &mut seen);
            }
            Act::Reboot => seen.lost = true,
            act => {
                self.sense(act);
                for input in act::inputs(act) {
                    self.step(input, &mut seen);
                }
            }
        }
        seen.waiting = std::mem::take(&mut self.disk.waiting);
        seen.synced = self.disk.synced;
        if act == Act::Reboot {
            seen.waiting = vec![self.disk.pending()];
            self.disk.lose(fault);
        }
        if self.disk.dead() || seen.lost {
            seen.lost = true;
            self.restart(&mut seen);
        }
        self.note_configuration();
        seen
    }

    /// What the sensors said, by the shadow's account.
    fn sense(&mut self, act: Act) {
        let s = &mut self.shadow;
        match act {
            Act::Bolt(bolt) => s.bolt = bolt,
            Act::Leaf(leaf) => {
                s.leaf = leaf;
                s.leaf_seen |= leaf != Leaf::Unknown;
            }
            Act::Battery(millivolts) => s.measured(millivolts),
            Act::ClockLost => (s.clock, s.doubtful) = (None, false),
            _ => {}
        }
    }

    fn step(&mut self, input: Input, seen: &mut Seen) {
        if self.disk.dead() {
            return;
        }
        let effects = step(&mut self.lock, self.now, input, &mut self.disk);
        self.compared |= effects.decision.is_some_and(|d| match d.refused {
            // refused before the comparison when nobody is named
            Some(OperationError::StorageFailed) => d.user != 0,
            Some(OperationError::LockedOut) => false,
            _ => true,
        });
        let record = match &effects.motion {
            Some(Motion::Retract { by, .. }) => Some(by.record()),
            _ => None,
        };
        // after power went nothing that the step returned can have been done
        if !self.disk.dead() {
            seen.effects.push(effects);
            seen.not_durable = seen.not_durable.or(record.filter(|seq| !self.durable(*seq)));
        }
        if record.is_some() && self.setup.obeys {
            for bolt in [Bolt::Retracted, Bolt::Extended] {
                self.shadow.bolt = bolt;
                self.step(Input::Bolt(bolt), seen);
            }
        }
    }

    fn send(&mut self, remote: Remote, peer: u8, seen: &mut Seen) {
        let wall = self.shadow.wall(self.now).unwrap_or(T0);
        let version = self.lock.status(self.now).version;
        self.send_command(&act::command(remote, wall, version), peer, seen);
    }

    /// Asks for a challenge and sends a command under it.
    pub fn send_command(&mut self, command: &Command, peer: u8, seen: &mut Seen) {
        self.step(Input::AskChallenge { peer, entropy: [0; 16] }, seen);
        let Some(challenge) = seen.effects.last().and_then(|e| e.challenge) else { return };
        let end = PeerEnd::new(if peer == 1 { KEY } else { KEY_2 }, LOCK_ID, peer);
        let Some(frame) = end.seal_command(&challenge, [0; 8], command) else { return };
        self.step(Input::Frame(frame.clone()), seen);
        // the bolt may have moved after the answer
        let answer = seen.effects.iter().rev().find_map(|e| e.answer.clone());
        seen.answer = answer.and_then(|a| end.open_answer(&challenge, [0; 8], a.as_bytes()));
        if seen.answer.is_some() {
            self.frame = Some(frame);
        }
    }

    /// Power comes back: memory is gone, sensors have not spoken yet.
    fn restart(&mut self, seen: &mut Seen) {
        self.disk = self.disk.after_loss();
        let (lock, effects) = Small::boot(0, &mut self.disk);
        self.lock = lock;
        self.reborn = true;
        self.now = 0;
        self.shadow.lost_power();
        seen.effects.push(effects);
    }

    /// A fingerprint of the state. The storage counts as what a start would make of it: a start reads the newer whole
    /// copy, and writes go to the other, so which copy is which and what the older one says changes nothing. Where
    /// writes wait for a sync, each combination of them that a loss of power may leave counts.
    pub fn fingerprint(&mut self, view: View, starts: &mut Starts) -> u128 {
        let mut bytes = Vec::with_capacity(8_192);
        self.lock.canonical(view, &mut |piece| bytes.extend_from_slice(piece));
        if !self.reborn {
            for disk in self.disk.after_every_loss() {
                bytes.extend_from_slice(&starts.from(disk, view).to_le_bytes());
            }
        }
        self.shadow.feed(self.now, &mut bytes);
        bytes.push(u8::from(self.frame.is_some()));
        fingerprint(&bytes)
    }

    /// Looks at the configuration in memory, for `check`.
    pub fn note_configuration(&mut self) {
        let mut bytes = Vec::with_capacity(2_048);
        let view = View { horizon: u64::MAX, configuration_only: true };
        self.lock.canonical(view, &mut |piece| bytes.extend_from_slice(piece));
        self.configuration = fingerprint(&bytes);
    }

    /// Whether the record of this number would be found after loss of power.
    pub fn durable(&self, seq: u64) -> bool {
        let mut disk = self.disk.after_loss();
        let (mut lock, _) = Small::boot(0, &mut disk);
        lock.record(seq, &mut disk).is_some()
    }
}

/// What a start makes of the storage, remembered by what lies there, so that each is started from once.
#[derive(Default)]
pub struct Starts(HashMap<u128, u128>);

impl Starts {
    /// As many as are remembered before it begins anew: 32 bytes each.
    const MOST: usize = 500_000;

    fn from(&mut self, mut disk: Disk, view: View) -> u128 {
        let held = fingerprint(&disk.bytes());
        if let Some(known) = self.0.get(&held) {
            return *known;
        }
        let (mut reborn, _) = Small::boot(0, &mut disk);
        let mut bytes = Vec::with_capacity(4_096);
        reborn.canonical(view, &mut |piece| bytes.extend_from_slice(piece));
        let made = fingerprint(&bytes);
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        self.0.insert(held, made);
        made
    }
}

/// 128 bits of fingerprint: two SipHashes (the standard library's) of the same bytes, told apart by their first byte.
/// Among a million states two share one by chance with a probability of about 10^-27.
fn fingerprint(bytes: &[u8]) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(bytes);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
