//! Battery: a level from the voltage under load and the temperature, early warning, a reserve of one unlock and one
//! lock, and the rehearsal of a dead battery. Never moves the bolt in.

use crate::answer::{Answer, Refusal};
use crate::effects::{Effects, Feedback};
use crate::input::{BatteryReading, Bolt, Leaf};
use crate::record::{Record, RecordKind};
use crate::remote::From;
use crate::state::Core;
use crate::storage::Storage;
use crate::travel::Wish;
use crate::words::{Alarm, BatteryLevel, Source};

/// A level rises again only this far above its threshold, in millivolts.
const HYSTERESIS_MV: u16 = 100;
/// Allowance for cold in millivolts for each degree below 20 C, for a pack of four alkaline cells. Estimate: alkaline
/// cells lose roughly a tenth of their voltage under load between 20 C and -20 C.
const COLD_MV_PER_DEGREE: u16 = 12;
/// Longest rehearsal in minutes.
pub const REHEARSAL_MINUTES: u8 = 15;

impl Core<'_> {
    /// The level that a voltage under load means at a temperature.
    fn level(&self, reading: BatteryReading, extra: u16) -> BatteryLevel {
        let cold = u16::try_from(20i16.saturating_sub(i16::from(reading.celsius)).max(0)).unwrap_or(0);
        let as_if = reading.millivolts.saturating_add(cold.saturating_mul(COLD_MV_PER_DEGREE));
        let settings = &self.config.settings;
        let above = |threshold: u16| as_if >= threshold.saturating_add(extra);
        if above(settings.low_mv) {
            BatteryLevel::Good
        } else if above(settings.reserve_mv) {
            BatteryLevel::Low
        } else if above(settings.empty_mv) {
            BatteryLevel::Reserve
        } else {
            BatteryLevel::Empty
        }
    }

    pub(crate) fn battery(
        &mut self,
        reading: BatteryReading,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        let old = self.live.battery;
        if reading.under_load {
            self.live.millivolts = reading.millivolts;
        }
        let falls = self.level(reading, 0);
        let rises = self.level(reading, HYSTERESIS_MV);
        let new = if old == BatteryLevel::Unknown || (falls > old && reading.under_load) {
            falls
        } else if rises < old {
            // a resting pack reads high, so without load only a clearly full one counts as changed
            if reading.under_load || rises == BatteryLevel::Good { rises } else { old }
        } else {
            old
        };
        if new == old {
            return;
        }
        self.live.battery = new;
        effects.changed = true;
        if new == BatteryLevel::Good {
            self.vitals.reserve_spent = false;
        }
        let detail = (u32::from(new.code()) << 16) | u32::from(reading.millivolts);
        self.note(
            Record { detail, ..Record::of(RecordKind::Battery, Source::Unspecified) },
            storage,
            effects,
        );
        if new > old && new > BatteryLevel::Good {
            effects.feedback = Some(Feedback::BatteryLow);
            match new {
                BatteryLevel::Low => self.alarm(Alarm::BatteryLow, storage, effects),
                BatteryLevel::Reserve | BatteryLevel::Empty => {
                    self.alarm(Alarm::BatteryReserve, storage, effects)
                }
                _ => {}
            }
        }
        // power is back after a brown-out in mid-travel: finish what was last wished, if that was to lock
        let astray = !matches!(self.live.bolt, Bolt::Extended | Bolt::Unknown);
        let idle = self.live.travel.is_none() && self.live.leaf != Leaf::Open;
        if new < old && self.vitals.want_locked && astray && idle && self.config.commissioned {
            let _ = self.close(&Wish::AUTO_LOCK, storage, effects);
        }
    }

    /// For some minutes the lock behaves as if the battery were empty: codes are refused, key and thumbturn work, and
    /// an emergency code typed meanwhile counts as tested.
    pub(crate) fn rehearse(
        &mut self,
        minutes: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        if minutes > REHEARSAL_MINUTES {
            return Answer::Refused(Refusal::Constraint);
        }
        self.live.rehearsal_until = match minutes {
            0 => 0,
            minutes => self.live.now.saturating_add(u64::from(minutes).saturating_mul(60_000)),
        };
        effects.changed = true;
        let detail = u32::from(minutes);
        self.note(Record { detail, ..from.record(RecordKind::Rehearsal) }, storage, effects);
        Answer::Done
    }
}
