//! The body around the shipped lock core: joins core, motor, sensors, battery, keypad and radio, in its own
//! time. No clock, socket or file of its own: time is an argument, storage a trait, randomness a function.
//! The rules of who may enter are all in [`lock`].
//!
//! What a hand can do is in `hands.rs`, the radio in `radio.rs`, what is to be seen in `view.rs`.

use std::collections::{BTreeMap, VecDeque};

use lock::{BatteryReading, Commissioning, Effects, Feedback, Input, Millis, Motion, Motor};

use crate::Core;
use crate::air::Air;
use crate::battery;
use crate::dice::Dice;
use crate::keep::Keep;
use crate::pairing::Pairing;
use crate::radio::{Line, LineId, Packet};
use crate::travel::{Mark, Travel};
use crate::world::{OUT, World};

/// How long a light stays on, milliseconds.
const LIGHT_MS: Millis = 4_000;
/// How long a begun entry shows as begun, milliseconds; the core drops it by itself.
const ENTRY_MS: Millis = 10_000;
/// How long the motor holds the latch in, milliseconds.
const LATCH_MS: Millis = 3_000;
/// How often the battery is measured at rest, milliseconds.
const REST_READING_MS: Millis = 6 * 3_600_000;
/// Inputs that one cause may lead to; far more than any does.
const CASCADE: usize = 64;

/// Fills a buffer with random bytes fit for keys; false when the system has none.
pub type Entropy = Box<dyn FnMut(&mut [u8]) -> bool + Send>;

/// What the body asks of its process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// Send this to the peer on that line.
    Radio(LineId, crate::frame::Message),
    /// The lock was erased from the inside: make new keys and pair it with them.
    Erased,
}

/// The light and sound of the keypad.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub feedback: Option<Feedback>,
    pub until: Millis,
    pub count: u64,
    pub pressed: u8,
    pub pressed_until: Millis,
}

/// A lock with a body.
pub struct Body<K: Keep> {
    pub(crate) core: Option<Box<Core>>,
    pub(crate) keep: K,
    pub(crate) world: World,
    pub(crate) pairing: Pairing,
    pub(crate) now: Millis,
    boot_at: Millis,
    host_at_start: i64,
    pub(crate) travel: Option<Travel>,
    pub(crate) air: Air<Packet>,
    pub(crate) lines: BTreeMap<LineId, Line>,
    pub(crate) entropy: Entropy,
    pub(crate) dice: Dice,
    pub(crate) shown: Shown,
    pub(crate) decision: Option<(i64, lock::Decision)>,
    pub(crate) dropped: u64,
    pub(crate) out: Vec<Out>,
    pub(crate) tell_records: bool,
    pub(crate) tell_status: bool,
    pending: VecDeque<Input>,
    told_bolt: Option<lock::Bolt>,
    /// When the latch springs back.
    latch_until: Option<Millis>,
    idle_since: Millis,
    rest_reading: Millis,
    timer_after: Millis,
    changed: bool,
}

impl<K: Keep> Body<K> {
    /// Puts the body together and, if there is power, starts the lock. `host_ms` is the host's wall clock at
    /// time 0.
    #[must_use]
    pub fn new(world: World, keep: K, pairing: Pairing, host_ms: i64, seed: u64, entropy: Entropy) -> Self {
        let mut body = Self {
            core: None,
            keep,
            air: Air::new(seed),
            world,
            pairing,
            now: 0,
            boot_at: 0,
            host_at_start: host_ms,
            travel: None,
            lines: BTreeMap::new(),
            entropy,
            dice: Dice::new(seed.rotate_left(32)),
            shown: Shown::default(),
            decision: None,
            dropped: 0,
            out: Vec::new(),
            tell_records: false,
            tell_status: false,
            pending: VecDeque::new(),
            told_bolt: None,
            latch_until: None,
            idle_since: 0,
            rest_reading: 0,
            timer_after: 0,
            changed: true,
        };
        body.air.reach = !body.world.out_of_reach;
        body.air.faults = body.world.radio;
        body.power_up();
        body.settle();
        body
    }

    /// Milliseconds since 1970 by the host's clock.
    pub(crate) fn host_ms(&self) -> i64 {
        self.host_at_start.saturating_add(i64::try_from(self.now).unwrap_or(i64::MAX))
    }

    /// The lock's own monotonic clock.
    pub(crate) fn lock_now(&self) -> Millis {
        self.now.saturating_sub(self.boot_at)
    }

    /// What the process is to do.
    pub fn take_out(&mut self) -> Vec<Out> {
        std::mem::take(&mut self.out)
    }

    /// Whether an onlooker sees something new since the last time this was asked.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The storage, for the process to flush.
    pub fn keep_mut(&mut self) -> &mut K {
        &mut self.keep
    }

    /// Pairs the erased lock with new keys.
    pub fn pair(&mut self, pairing: Pairing) {
        self.pairing = pairing;
        self.commission();
        self.settle();
    }

    fn commission(&mut self) {
        if self.core.as_ref().is_some_and(|core| !core.commissioned()) {
            let p = &self.pairing;
            self.feed(Input::Commission(Commissioning {
                lock_id: p.lock_id,
                mac_key: p.mac_key,
                chain_key: p.chain_key,
                peer_key: p.peer_key,
                fabric: 1,
                node: 1,
            }));
        }
    }

    /// Whether the cells and the switch give power.
    pub(crate) fn has_power(&self) -> bool {
        !self.world.power_cut && self.world.pack.millivolts(0.0) >= battery::DEAD_MV
    }

    pub(crate) fn power_up(&mut self) {
        if self.core.is_some() || !self.has_power() {
            return;
        }
        self.boot_at = self.now;
        let (core, effects) = Core::boot(0, &mut self.keep);
        self.core = Some(Box::new(core));
        self.timer_after = 0;
        self.told_bolt = None;
        self.apply(effects);
        self.commission();
        self.sense_bolt();
        self.feed(Input::Leaf(self.world.leaf_sensor()));
        let chip = self.world.chip.and_then(|ahead| u64::try_from((self.host_ms() + ahead) / 1000).ok());
        self.feed(Input::ClockChip(chip));
        self.read_battery(0.0);
        for line in self.lines.values_mut() {
            line.begin_again();
        }
        self.tell_records = true;
        self.tell_status = true;
    }

    pub(crate) fn power_down(&mut self) {
        if let Some(travel) = self.travel.take() {
            self.world.bolt = travel.position(self.now);
        }
        self.core = None;
        self.pending.clear();
        self.shown.feedback = None;
        self.shown.pressed = 0;
        self.keep_world();
        self.changed = true;
    }

    /// Keeps the mechanics. A disk that refuses is told by the process (see
    /// [`crate::keep::Files::take_error`]).
    pub(crate) fn keep_world(&mut self) {
        self.keep.keep(&self.world).ok();
        self.changed = true;
    }

    /// Lets the core know something; what follows from it is done by [`Body::settle`].
    pub(crate) fn feed(&mut self, input: Input) {
        if self.core.is_some() {
            self.pending.push_back(input);
        }
    }

    /// Tells the core what the bolt sensor says, when that is new.
    pub(crate) fn sense_bolt(&mut self) {
        let says = self.world.bolt_sensor();
        if self.told_bolt != Some(says) {
            self.told_bolt = Some(says);
            self.feed(Input::Bolt(says));
        }
    }

    fn read_battery(&mut self, milliamperes: f64) -> u32 {
        let millivolts = self.world.pack.millivolts(milliamperes);
        self.feed(Input::Battery(BatteryReading {
            millivolts: u16::try_from(millivolts).unwrap_or(u16::MAX),
            under_load: milliamperes > 0.0,
            celsius: self.world.pack.celsius,
        }));
        self.rest_reading = self.now + REST_READING_MS;
        millivolts
    }

    /// Everything that follows at this moment: inputs of the core, arrivals by radio, marks of the travel.
    pub(crate) fn settle(&mut self) {
        for _ in 0..CASCADE {
            if let Some(input) = self.pending.pop_front() {
                self.step(input);
            } else if self.tell_records && self.travel.as_ref().and_then(Travel::next).is_some() {
                // what is decided and stored is told before the bolt goes its way, which takes writes of its own
                break;
            } else if let Some(mark) = self.travel.as_mut().and_then(|travel| travel.take(self.now)) {
                self.pass(mark);
            } else if !self.receive() {
                break;
            }
        }
        self.send_news();
    }

    pub(crate) fn step(&mut self, input: Input) {
        let now = self.lock_now();
        let Some(core) = &mut self.core else { return };
        let effects = lock::step(core, now, input, &mut self.keep);
        self.apply(effects);
    }

    pub(crate) fn apply(&mut self, effects: Effects) {
        match effects.motion {
            Some(Motion::Extend) => self.start(OUT, false, None),
            Some(Motion::Retract { by, unlatch }) => self.start(0, unlatch, Some(by)),
            Some(Motion::Brake) => self.stop(),
            None => {}
        }
        if let Some(feedback) = effects.feedback {
            self.show(feedback);
        }
        self.farewell(effects.answer);
        self.tell_records |= effects.records;
        self.tell_status |= effects.changed;
        self.changed |= effects.changed || effects.records;
        if let Some(decision) = effects.decision {
            self.decision = Some((self.host_ms(), decision));
            self.changed = true;
        }
    }

    fn show(&mut self, feedback: Feedback) {
        if feedback == Feedback::KeyTaken {
            self.shown.pressed = self.shown.pressed.saturating_add(1);
            self.shown.pressed_until = self.now + ENTRY_MS;
        } else {
            self.shown.pressed = 0;
        }
        self.shown.feedback = Some(feedback);
        self.shown.until = self.now + LIGHT_MS;
        self.shown.count += 1;
        self.changed = true;
    }

    fn start(&mut self, wish: u16, unlatch: bool, by: Option<lock::Authorised>) {
        self.stop();
        self.world.latch_in = false;
        self.latch_until = None;
        self.travel = Some(Travel::new(&self.world, self.now, wish, unlatch, by));
        self.changed = true;
    }

    /// The motor stands; the bolt stays where it is.
    pub(crate) fn stop(&mut self) {
        if let Some(travel) = self.travel.take() {
            self.world.bolt = travel.position(self.now);
            self.world.pack.draw(battery::MOTOR_MA, travel.running(self.now));
            self.keep_world();
        }
    }

    /// Something happens on the bolt's way.
    fn pass(&mut self, mark: Mark) {
        let Some(travel) = &self.travel else { return };
        let (to, unlatch, position) = (travel.to, travel.unlatch, travel.position(self.now));
        let last = travel.next().is_none();
        match mark {
            Mark::Tick => {
                self.world.bolt = position;
                self.keep_world();
                self.sense_bolt();
            }
            Mark::Load => self.load(),
            Mark::Cut => {
                self.stop();
                self.world.bolt = self.world.power_cut_at.take().unwrap_or(position);
                self.world.power_cut = true;
                self.power_down();
            }
            Mark::Stands => {
                if last {
                    self.stop();
                }
                self.world.bolt = to;
                self.world.latch_in = unlatch && last;
                self.latch_until = self.world.latch_in.then(|| self.now + LATCH_MS);
                self.keep_world();
                // the core waits for this word even when the bolt has not moved
                self.told_bolt = None;
                self.sense_bolt();
            }
            Mark::Stall => {
                self.stop();
                self.world.pack.draw(battery::STALL_MA, crate::travel::STALL_MS);
                self.read_battery(battery::STALL_MA);
                self.feed(Input::Motor(Motor::Stalled));
                self.sense_bolt();
            }
        }
    }

    /// The motor at full load: the cells show what they can.
    fn load(&mut self) {
        let millivolts = self.read_battery(battery::MOTOR_MA);
        if millivolts < battery::DEAD_MV {
            // the electronics go down with the motor and, at rest, may come back on another day's cells only
            self.stop();
            self.world.power_cut = true;
            self.power_down();
        } else if millivolts < battery::BROWN_OUT_MV {
            self.stop();
            self.feed(Input::Motor(Motor::BrownOut));
            self.sense_bolt();
        }
    }

    /// When [`advance`](Self::advance) is wanted next.
    #[must_use]
    pub fn next_timer(&mut self) -> Option<Millis> {
        let (boot_at, after) = (self.boot_at, self.timer_after);
        let core = self.core.as_mut().and_then(|core| core.next_timer()).map(|at| (at + boot_at).max(after));
        let light = self.shown.feedback.map(|_| self.shown.until);
        let entry = (self.shown.pressed > 0).then_some(self.shown.pressed_until);
        let reading = self.core.is_some().then_some(self.rest_reading);
        let travel = self.travel.as_ref().and_then(Travel::next);
        let again =
            self.lines.values().filter_map(|line| line.again_at).min().filter(|_| self.core.is_some());
        let pending = (!self.pending.is_empty()).then_some(self.now);
        [pending, self.latch_until, core, light, entry, reading, travel, again, self.air.next()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets time pass until `now`, with everything that happens on the way, in order.
    pub fn advance(&mut self, now: Millis) {
        while let Some(next) = self.next_timer().filter(|next| *next <= now) {
            self.pass_time(next);
            self.happen();
        }
        self.pass_time(now);
    }

    fn pass_time(&mut self, to: Millis) {
        self.now = self.now.max(to);
        let idle = self.now - self.idle_since;
        if idle >= 60_000 && self.core.is_some() {
            self.world.pack.draw(battery::STANDBY_MA, idle);
        }
        if idle >= 60_000 {
            self.idle_since = self.now;
        }
    }

    fn happen(&mut self) {
        if self.shown.feedback.is_some() && self.shown.until <= self.now {
            self.shown.feedback = None;
            self.changed = true;
        }
        if self.shown.pressed > 0 && self.shown.pressed_until <= self.now {
            self.shown.pressed = 0;
            self.changed = true;
        }
        if self.latch_until.is_some_and(|at| at <= self.now) {
            self.latch_until = None;
            self.world.latch_in = false;
            self.keep_world();
            self.sense_bolt();
        }
        if self.core.is_some() && self.rest_reading <= self.now {
            self.rest_reading();
        }
        let now = self.lock_now();
        if self.core.as_mut().and_then(|core| core.next_timer()).is_some_and(|at| at <= now) {
            self.feed(Input::Timer);
            // should the core still want this very moment, it waits for the next one: time goes on
            self.timer_after = self.now + 1;
        }
        self.send_again();
        self.settle();
    }

    fn rest_reading(&mut self) {
        self.read_battery(0.0);
        if !self.has_power() {
            self.power_down();
        }
        self.keep.keep(&self.world).ok();
    }
}
