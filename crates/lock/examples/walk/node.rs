//! A state of the walk: the lock, its storage, and a shadow that keeps count independently of the lock; what can be
//! done in it; and what must hold after (G1 to G8).

use lock::{
    Answer, BatteryReading, Bolt, Command, Effects, Hand, Input, Key, Leaf, Lock, LockState, Millis, Mode,
    Motion, Motor, OperationError, PeerEnd, Secret, SettingId, Source, View, Zone, step,
};

use crate::disk::{Disk, Fault, RING};
use crate::scene::{self, CODES, KEY, LOCK_ID, T0};

/// The walked lock: 2 users, 2 credentials, 1 week-day and 1 year-day schedule each.
pub type Small = Lock<2, 2, 1, 1, 1, 0, 0, 2, RING>;

/// One thing that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Code 0 or 1 is typed, or a wrong one (2).
    Type(usize),
    /// A digit alone.
    Digit,
    /// A remote command.
    Send(Remote),
    /// A challenge is asked for and not used.
    Ask,
    /// A frame that does not open.
    Forge,
    /// The last accepted frame comes again.
    Replay,
    /// Sensors, motor and hands.
    Bolt(Bolt),
    Leaf(Leaf),
    Motor(Motor),
    Hand(Hand),
    Battery(u16),
    ClockLost,
    /// Time passes to the next instant at which it matters.
    Wait,
    /// Power goes and comes back.
    Reboot,
}

/// Remote commands of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    Unlock,
    UnlockWith(usize),
    Lock,
    Revoke(usize),
    Grant(usize),
    Mode(Mode),
    Clock(u64),
    Confirm,
}

/// What the walk knows by itself.
#[derive(Clone)]
pub struct Shadow {
    /// Last reports since power-up.
    pub bolt: Bolt,
    pub leaf: Leaf,
    pub leaf_seen: bool,
    /// Which codes are set.
    pub granted: [bool; 2],
    /// Wrong codes compared since the last right one: keypad, remote. Stops at 6.
    pub wrong: [u32; 2],
    pub mode: Mode,
    /// The wall time that the lock was told, and when; and whether it was told something doubtful.
    pub clock: Option<(u64, Millis)>,
    pub doubtful: bool,
    /// The last frame that the lock accepted.
    pub frame: Option<lock::Frame>,
}

/// A state.
#[derive(Clone)]
pub struct Node {
    pub lock: Small,
    pub disk: Disk,
    pub now: Millis,
    pub shadow: Shadow,
    pub depth: u32,
    /// The second user has a schedule.
    pub scheduled: bool,
    /// The bolt goes in and out again at once, so that its travel adds no states where it is not the question.
    pub obeys: bool,
    /// The lock has just started from its storage and done nothing since.
    pub reborn: bool,
    /// A code was compared in this act.
    pub compared: bool,
    /// Writes waiting at each storage operation of the last act.
    pub operations: Vec<usize>,
}

impl Shadow {
    /// Wall time by the shadow's account.
    pub fn wall(&self, now: Millis) -> Option<u64> {
        self.clock.map(|(base, at)| base + (now - at) / 1000)
    }
}

/// What one act gave.
pub struct Seen {
    pub effects: Vec<Effects>,
    pub answer: Option<Answer>,
    /// Power went in the middle; the lock has started again.
    pub lost: bool,
}

const PEER: u8 = 1;

impl Node {
    /// Applies an act under a fault.
    pub fn apply(&mut self, act: Act, fault: Fault) -> Seen {
        self.disk.begin(fault);
        let mut seen = Seen { effects: Vec::new(), answer: None, lost: false };
        self.compared = false;
        self.reborn = false;
        match act {
            Act::Type(which) => {
                for digit in CODES[which].bytes() {
                    self.step(Input::Key(Key::Digit(digit - b'0')), &mut seen);
                }
                self.step(Input::Key(Key::Enter), &mut seen);
            }
            Act::Digit => self.step(Input::Key(Key::Digit(1)), &mut seen),
            Act::Send(Remote::Confirm) => {
                let wall = self.shadow.wall(self.now).unwrap_or(T0);
                self.send(&Command::ConfirmClock(wall), &mut seen);
            }
            Act::Send(remote) => self.send(&command(remote), &mut seen),
            Act::Ask => self.step(Input::AskChallenge { peer: PEER, entropy: [0; 16] }, &mut seen),
            Act::Forge => {
                let mut forged = [9; 40];
                forged[0] = lock::FRAME_VERSION;
                forged[1] = PEER;
                self.step(Input::Frame(lock::Frame::new(&forged).expect("short")), &mut seen);
            }
            Act::Replay => {
                if let Some(frame) = self.shadow.frame.clone() {
                    self.step(Input::Frame(frame), &mut seen);
                }
            }
            Act::Bolt(bolt) => {
                self.shadow.bolt = bolt;
                self.step(Input::Bolt(bolt), &mut seen);
            }
            Act::Leaf(leaf) => {
                self.shadow.leaf = leaf;
                self.shadow.leaf_seen |= leaf != Leaf::Unknown;
                self.step(Input::Leaf(leaf), &mut seen);
            }
            Act::Motor(motor) => self.step(Input::Motor(motor), &mut seen),
            Act::Hand(hand) => self.step(Input::Hand(hand), &mut seen),
            Act::Battery(millivolts) => {
                let reading = BatteryReading { millivolts, under_load: true, celsius: 20 };
                self.step(Input::Battery(reading), &mut seen);
            }
            Act::ClockLost => {
                self.shadow.clock = None;
                self.step(Input::ClockLost, &mut seen);
            }
            Act::Wait => {
                self.now += self.lock.next_change().unwrap_or(scene::IDLE_MS);
                self.step(Input::Timer, &mut seen);
            }
            Act::Reboot => seen.lost = true,
        }
        self.operations = std::mem::take(&mut self.disk.waiting);
        if self.disk.dead() || seen.lost {
            seen.lost = true;
            self.restart(&mut seen);
        }
        seen
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
        let opened = matches!(effects.motion, Some(Motion::Retract { .. }));
        // after power went nothing that the step returned can have been done
        if !self.disk.dead() {
            seen.effects.push(effects);
        }
        if opened && self.obeys {
            for bolt in [Bolt::Retracted, Bolt::Extended] {
                self.shadow.bolt = bolt;
                self.step(Input::Bolt(bolt), seen);
            }
        }
    }

    /// Asks for a challenge and sends a command under it.
    pub fn send(&mut self, command: &Command, seen: &mut Seen) {
        self.step(Input::AskChallenge { peer: PEER, entropy: [0; 16] }, seen);
        let Some(challenge) = seen.effects.last().and_then(|e| e.challenge) else { return };
        let end = PeerEnd::new(KEY, LOCK_ID, PEER);
        let Some(frame) = end.seal_command(&challenge, [0; 8], command) else { return };
        self.step(Input::Frame(frame.clone()), seen);
        let answer = seen.effects.last().and_then(|e| e.answer.clone());
        seen.answer = answer.and_then(|a| end.open_answer(&challenge, [0; 8], a.as_bytes()));
        if seen.answer.is_some() {
            self.shadow.frame = Some(frame);
        }
    }

    /// Power comes back: memory is gone, sensors have not spoken yet.
    fn restart(&mut self, seen: &mut Seen) {
        self.disk = self.disk.after_loss();
        let (lock, effects) = Small::boot(0, &mut self.disk);
        self.lock = lock;
        self.reborn = true;
        self.now = 0;
        self.shadow.bolt = Bolt::Unknown;
        self.shadow.leaf = Leaf::Unknown;
        self.shadow.leaf_seen = false;
        self.shadow.clock = None;
        seen.effects.push(effects);
    }

    /// A fingerprint of the state. The storage counts as what a start would make of it: a start reads the newer whole
    /// copy, and writes go to the other, so which copy is which and what the older one says changes nothing.
    pub fn fingerprint(&mut self, view: View) -> u128 {
        let mut hash = Fnv::new();
        self.lock.canonical(view, &mut |bytes| hash.feed(bytes));
        if !self.reborn {
            let mut disk = self.disk.after_loss();
            let (mut reborn, _) = Small::boot(0, &mut disk);
            reborn.canonical(view, &mut |bytes| hash.feed(bytes));
        }
        let s = &self.shadow;
        let text = format!(
            "{:?}{:?}{}{:?}{:?}{:?}{}{}{}",
            s.bolt,
            s.leaf,
            s.leaf_seen,
            s.granted,
            s.wrong,
            s.mode,
            self.disk.unsynced(),
            s.doubtful,
            s.clock.is_some()
        );
        hash.feed(text.as_bytes());
        hash.value()
    }

    fn configuration(lock: &mut Small) -> u128 {
        let mut hash = Fnv::new();
        let view = View { horizon: u64::MAX, configuration_only: true };
        lock.canonical(view, &mut |bytes| hash.feed(bytes));
        hash.value()
    }

    /// The configuration that a start would find.
    pub fn stored_configuration(&self) -> u128 {
        let mut disk = self.disk.after_loss();
        let (mut lock, _) = Small::boot(0, &mut disk);
        Self::configuration(&mut lock)
    }

    /// Whether the record of this number would be found after loss of power.
    fn durable(&self, seq: u64) -> bool {
        let mut disk = self.disk.after_loss();
        let (mut lock, _) = Small::boot(0, &mut disk);
        lock.record(seq, &mut disk).is_some()
    }

    /// What must hold after an act that began in `before`.
    pub fn check(&mut self, before: &Node, act: Act, seen: &Seen) -> Result<(), String> {
        self.check_motion(before, act, seen)?;
        self.keep_shadow(before, act, seen)
    }

    /// What must hold in a state, however it was reached.
    pub fn check_state(&mut self) -> Result<(), String> {
        // G3: *locked* only from the sensors
        let status = self.lock.status(self.now);
        let (s, state) = (&self.shadow, status.lock);
        let may_be_locked = s.bolt == Bolt::Extended && (s.leaf == Leaf::Closed || !s.leaf_seen);
        if state == LockState::Locked && !may_be_locked {
            return Err(format!("G3: locked is said with bolt {:?} and leaf {:?}", s.bolt, s.leaf));
        }
        // G2: a hand can always lock, and no motor works against it
        let mut by_hand = self.clone();
        let mut after = Seen { effects: Vec::new(), answer: None, lost: false };
        by_hand.disk.begin(Fault::FailFrom(0));
        by_hand.step(Input::Hand(Hand::ThumbturnLock), &mut after);
        by_hand.step(Input::Bolt(Bolt::Extended), &mut after);
        if after.effects.iter().any(|e| matches!(e.motion, Some(Motion::Retract { .. }))) {
            return Err("G2: the motor works against the hand".to_owned());
        }
        // G7: nothing opens twice
        if self.shadow.frame.is_some() {
            let mut again = self.clone();
            let replayed = again.apply(Act::Replay, Fault::None);
            if replayed.effects.iter().any(|e| e.motion.is_some() || e.answer.is_some()) {
                return Err("G7: a frame worked twice".to_owned());
            }
        }
        Ok(())
    }

    fn check_motion(&mut self, before: &Node, act: Act, seen: &Seen) -> Result<(), String> {
        for effects in &seen.effects {
            let Some(Motion::Retract { by, .. }) = &effects.motion else { continue };
            // G5: the record first, and durable
            if !self.durable(by.record()) {
                return Err(format!("G5: retract before record {} was durable", by.record()));
            }
            // G1 and G8: only a code that is set and allowed, or a peer's command, ever opens
            let code = match act {
                Act::Type(which @ 0..=1) => Some((which, Source::Keypad)),
                Act::Send(Remote::UnlockWith(which @ 0..=1)) => Some((which, Source::Remote)),
                Act::Send(Remote::Unlock) => None,
                other => return Err(format!("G1: {other:?} opened")),
            };
            match code {
                Some((which, source)) => {
                    let named = by.credentials().first().copied().flatten().map(|c| usize::from(c.index));
                    if !before.shadow.granted[which] || named != Some(which + 1) || by.source() != source {
                        return Err(format!("G1/G4: code {which} opened as {named:?} by {:?}", by.source()));
                    }
                    scene::may_open(before, act, which)
                        .map_err(|why| format!("G1: code {which} opened {why}"))?;
                }
                None if by.source() == Source::Remote && by.user() == 0 => {}
                None => return Err("G1: a command without a code named a user".to_owned()),
            }
            let channel = usize::from(matches!(act, Act::Send(_)));
            let known = before.shadow.wrong[channel];
            if before.lock.attempts_known()[channel] < known {
                return Err("G6: opened with forgotten attempts".to_owned());
            }
        }
        Ok(())
    }

    fn keep_shadow(&mut self, before: &Node, act: Act, seen: &Seen) -> Result<(), String> {
        let channel = usize::from(matches!(act, Act::Send(_)));
        let opened = seen.effects.iter().any(|e| matches!(e.motion, Some(Motion::Retract { .. })));
        let wrong = matches!(act, Act::Type(2) | Act::Send(Remote::UnlockWith(2)));
        let spent = before.lock.clone().status(before.now).budget_spent && channel == 0;
        let right = match act {
            Act::Type(which @ 0..=1) | Act::Send(Remote::UnlockWith(which @ 0..=1)) => {
                before.shadow.granted[which]
            }
            _ => false,
        };
        // a right code is right even when power or storage goes before the bolt moves: the count may be back at none;
        // a wrong one counts as soon as it was compared, except where a spent budget lets only strong codes through
        if right
            && self.compared
            && (opened || scene::may_open(before, act, usize::from(shown_code(act))).is_ok())
        {
            self.shadow.wrong[channel] = 0;
        } else if wrong && self.compared && !spent {
            self.shadow.wrong[channel] = (self.shadow.wrong[channel] + 1).min(6);
        }
        // G6: the lock never knows of fewer attempts than there were
        let known = self.lock.attempts_known();
        for (wrong, known) in self.shadow.wrong.iter().zip(known) {
            if known < *wrong {
                return Err(format!("G6: {wrong} wrong attempts, the lock knows of {known}"));
            }
        }
        if matches!(seen.answer, Some(Answer::Done | Answer::CredentialSet(..))) {
            match act {
                Act::Send(Remote::Revoke(which)) => self.shadow.granted[which] = false,
                Act::Send(Remote::Grant(which)) => self.shadow.granted[which] = true,
                Act::Send(Remote::Mode(mode)) => self.shadow.mode = mode,
                Act::Send(Remote::Clock(offset)) => self.told_time(T0 + offset),
                Act::Send(Remote::Confirm) => self.shadow.doubtful = false,
                _ => {}
            }
        } else if let (true, Act::Send(Remote::Revoke(_) | Remote::Grant(_) | Remote::Mode(_))) =
            (seen.lost, act)
        {
            // nobody was told, so old or new are both right; which, the lock shows
            let stored = self.stored_configuration();
            let old = before.stored_configuration();
            let mut done = before.clone();
            done.apply(act, Fault::None);
            if stored != old && stored != done.stored_configuration() {
                return Err("a cut left neither the old nor the new configuration".to_owned());
            }
            if stored != old {
                self.shadow.granted = match act {
                    Act::Send(Remote::Revoke(which)) => set(self.shadow.granted, which, false),
                    Act::Send(Remote::Grant(which)) => set(self.shadow.granted, which, true),
                    _ => self.shadow.granted,
                };
                if let Act::Send(Remote::Mode(mode)) = act {
                    self.shadow.mode = mode;
                }
            }
        }
        Ok(())
    }
}

impl Node {
    /// The lock was told a time. More than two minutes off what it can have known is doubtful until confirmed.
    fn told_time(&mut self, new: u64) {
        let known = self.shadow.wall(self.now);
        let jump = match known {
            Some(wall) => wall.abs_diff(new) > 120,
            None => false,
        };
        // a clock that was lost begins anew; what was doubtful before the loss is judged again by the lock
        self.shadow.doubtful = if known.is_some() { self.shadow.doubtful || jump } else { false };
        self.shadow.clock = Some((new, self.now));
    }

    /// Whether the second user needs a schedule.
    pub fn second_is_scheduled(&self) -> bool {
        self.scheduled
    }
}

/// Which code an act shows.
fn shown_code(act: Act) -> u8 {
    match act {
        Act::Type(which) | Act::Send(Remote::UnlockWith(which)) => u8::try_from(which).unwrap_or(0),
        _ => 0,
    }
}

fn set(mut granted: [bool; 2], which: usize, value: bool) -> [bool; 2] {
    granted[which] = value;
    granted
}

/// The command that a word of the walk stands for.
pub fn command(remote: Remote) -> Command {
    match remote {
        Remote::Unlock => Command::Unlock(None),
        Remote::UnlockWith(which) => Command::Unlock(Secret::new(CODES[which].as_bytes())),
        Remote::Lock => Command::Lock(None),
        Remote::Revoke(which) => Command::ClearCredential(Some(scene::pin(which)), 0),
        Remote::Grant(which) => scene::grant(which),
        Remote::Mode(mode) => Command::WriteSetting(SettingId::OperatingMode, mode.code().into()),
        Remote::Clock(offset) => Command::SetClock(T0 + offset, Zone::NONE),
        Remote::Confirm => Command::ConfirmClock(T0),
    }
}

/// FNV-1a over 128 bits (Fowler, Noll, Vo; the published offset basis and prime).
struct Fnv(u128);

impl Fnv {
    const fn new() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
        }
    }
    const fn value(&self) -> u128 {
        self.0
    }
}
