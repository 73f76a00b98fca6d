//! What each [`Hand`] does to the body. The core hears of it only what its sensors and keys can tell.

use lock::{CredentialKind, Input, Millis, Secret};

use crate::battery::{PRESS_MAH, Pack};
use crate::body::{Body, Out};
use crate::hand::{Hand, RadioFaults, Turner};
use crate::keep::Keep;
use crate::world::OUT;

const MAX_DELAY_MS: u32 = 60_000;
const MAX_SLEEP_MS: u32 = 3_600_000;
const MAX_TRAVEL_MS: u16 = 10_000;
const MAX_CLOCK_S: u32 = 366 * 86_400;

/// What the reader reads off the card with this number: ten bytes, as the shortest card has that the core
/// takes.
#[must_use]
pub fn card_bytes(number: u32) -> [u8; 10] {
    let mut bytes = *b"card\0\0\0\0\0\0";
    bytes[6..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Why a hand cannot do that, in words for whoever tried.
pub type Refused = &'static str;

impl<K: Keep> Body<K> {
    /// Does one thing at `now`.
    ///
    /// # Errors
    /// [`Refused`] when it is impossible at that door; nothing has happened then.
    pub fn hand(&mut self, now: Millis, hand: Hand) -> Result<(), Refused> {
        self.advance(now);
        let done = self.act(hand);
        self.settle();
        done
    }

    fn act(&mut self, hand: Hand) -> Result<(), Refused> {
        match hand {
            Hand::Press { key } => self.press(key.0),
            Hand::Turn { with, lock } => self.turn(with, lock)?,
            Hand::Door { open } => self.door(open)?,
            Hand::ForceDoor => {
                self.world.door_open = true;
                self.keep_world();
                self.feed(Input::Leaf(self.world.leaf_sensor()));
            }
            Hand::PrivacyButton => self.feed(Input::Hand(lock::Hand::PrivacyButton)),
            Hand::FactoryReset => self.factory_reset()?,
            Hand::Finger { template } => {
                self.show_at_reader(CredentialKind::Fingerprint, &template.to_le_bytes(), false);
            }
            Hand::StrangeFinger => self.feed(Input::NotMatched(CredentialKind::Fingerprint)),
            Hand::Card { number, copied } => {
                self.show_at_reader(CredentialKind::Rfid, &card_bytes(number), copied);
            }
            Hand::SetBattery { percent } if percent > 100 => return Err("a charge is 0 to 100 percent"),
            Hand::SetBattery { percent } => self.new_cells(percent),
            Hand::ReplaceBattery => self.new_cells(100),
            Hand::Power { on } => self.power(on)?,
            Hand::PushBolt { to } if to > OUT => return Err("a position is 0 (in) to 1000 (out)"),
            Hand::PushBolt { to } => {
                self.stop();
                self.world.bolt = to;
                self.world.latch_in = false;
                self.keep_world();
                self.sense_bolt();
            }
            trouble => self.trouble(trouble)?,
        }
        Ok(())
    }

    /// Troubles to be switched on and off.
    fn trouble(&mut self, trouble: Hand) -> Result<(), Refused> {
        match trouble {
            Hand::Cover { off } => {
                self.world.cover_off = off;
                if off {
                    self.feed(Input::Hand(lock::Hand::FrontRemoved));
                }
            }
            Hand::PowerCutAt { position } if position > OUT => {
                return Err("a position is 0 (in) to 1000 (out)");
            }
            Hand::PowerCutAt { position } => self.world.power_cut_at = Some(position),
            Hand::Radio { reach } => self.radio_reach(reach),
            Hand::RadioFaults(faults) => self.radio_faults(faults)?,
            Hand::Jam { on } => self.world.jam = on,
            Hand::LoseClock => {
                self.world.chip = None;
                self.feed(Input::ClockLost);
            }
            Hand::WrongClock { seconds } if seconds.unsigned_abs() > MAX_CLOCK_S => {
                return Err("a clock is set wrong by at most a year");
            }
            Hand::WrongClock { seconds } => {
                let Some(ahead) = self.world.chip else {
                    return Err("the clock has no time that could be wrong: let the hub set it first");
                };
                self.power_down();
                self.world.chip = Some(ahead.saturating_add(i64::from(seconds) * 1000));
                self.power_up();
            }
            Hand::WetKeypad { drops } if drops > 1000 => {
                return Err("of a thousand presses 0 to 1000 are dropped");
            }
            Hand::WetKeypad { drops } => self.world.wet_keypad = drops,
            Hand::BoltSensor { works } => {
                self.world.bolt_sensor_dead = !works;
                self.sense_bolt();
            }
            Hand::DoorSensor { works } => {
                self.world.door_sensor_dead = !works;
                self.feed(Input::Leaf(self.world.leaf_sensor()));
            }
            Hand::Temperature { celsius } if !(-40..=80).contains(&celsius) => {
                return Err("a temperature is -40 to 80 degrees Celsius");
            }
            Hand::Temperature { celsius } => self.world.pack.celsius = celsius,
            Hand::MotorSpeed { travel_ms } if travel_ms > MAX_TRAVEL_MS => {
                return Err("the bolt takes 0 to 10000 ms for its way");
            }
            Hand::MotorSpeed { travel_ms } => self.world.travel_ms = travel_ms,
            // everything else is in `act`
            _ => {}
        }
        self.keep_world();
        Ok(())
    }

    fn press(&mut self, key: lock::Key) {
        if self.core.is_none() || self.dice.hits(self.world.wet_keypad) {
            return;
        }
        self.world.pack.draw_mah(PRESS_MAH);
        self.feed(Input::Key(key));
    }

    fn show_at_reader(&mut self, kind: CredentialKind, data: &[u8], weak: bool) {
        if let Some(data) = Secret::new(data) {
            self.feed(Input::Shown { kind, data, weak });
        }
    }

    fn turn(&mut self, with: Turner, lock: bool) -> Result<(), Refused> {
        if self.travel.is_some() {
            return Err("the motor is turning the bolt: wait until it stands");
        }
        self.feed(Input::Hand(match (with, lock) {
            (Turner::Key, true) => lock::Hand::KeyLock,
            (Turner::Key, false) => lock::Hand::KeyUnlock,
            (Turner::Thumbturn, true) => lock::Hand::ThumbturnLock,
            (Turner::Thumbturn, false) => lock::Hand::ThumbturnUnlock,
        }));
        self.world.bolt = self.world.way(if lock { OUT } else { 0 });
        self.world.latch_in = false;
        self.keep_world();
        self.sense_bolt();
        Ok(())
    }

    fn door(&mut self, open: bool) -> Result<(), Refused> {
        if self.world.door_open == open {
            return Ok(());
        }
        if self.world.bolted() || self.travel.is_some() {
            return Err(if open {
                "the door is bolted: it does not open"
            } else {
                "the bolt is out and meets the frame: draw it first"
            });
        }
        self.world.door_open = open;
        self.keep_world();
        self.feed(Input::Leaf(self.world.leaf_sensor()));
        Ok(())
    }

    fn factory_reset(&mut self) -> Result<(), Refused> {
        if self.core.is_none() {
            return Err("the lock has no power");
        }
        if !self.world.door_open {
            return Err("the erase button works with the door open only");
        }
        self.feed(Input::Hand(lock::Hand::FactoryReset));
        self.settle();
        if self.core.as_ref().is_some_and(|core| !core.commissioned()) {
            self.out.push(Out::Erased);
        }
        Ok(())
    }

    fn new_cells(&mut self, percent: u8) {
        self.power_down();
        self.world.pack = Pack::charged(percent, self.world.pack.celsius);
        self.world.power_cut = false;
        self.power_up();
        self.keep_world();
    }

    fn power(&mut self, on: bool) -> Result<(), Refused> {
        self.world.power_cut = !on;
        if !on {
            self.power_down();
        } else {
            self.power_up();
            if self.core.is_none() {
                return Err("the cells are empty: replace them");
            }
        }
        self.keep_world();
        Ok(())
    }

    fn radio_reach(&mut self, reach: bool) {
        self.world.out_of_reach = !reach;
        self.air.reach = reach;
        if reach {
            for line in self.lines.values_mut() {
                line.begin_again();
            }
            self.tell_records = true;
            self.tell_status = true;
        }
    }

    fn radio_faults(&mut self, faults: RadioFaults) -> Result<(), Refused> {
        if faults.delay_ms > MAX_DELAY_MS || faults.jitter_ms > MAX_DELAY_MS {
            return Err("a message is late by 0 to 60000 ms");
        }
        if faults.loss > 1000 || faults.duplicate > 1000 {
            return Err("of a thousand messages 0 to 1000 are lost or doubled");
        }
        if faults.sleep_ms > MAX_SLEEP_MS {
            return Err("a lock sleeps 0 to 3600000 ms");
        }
        self.world.radio = faults;
        self.air.faults = faults;
        Ok(())
    }
}
