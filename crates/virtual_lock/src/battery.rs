//! Four alkaline AA cells in series: charge, voltage at rest and under load, temperature. A lookup curve and
//! an internal resistance, no electrochemistry: enough for a lock to meet a pack that looks well at rest and
//! fails under the motor.
//!
//! All figures are *estimates* of the shape that makers' data sheets of alkaline AA cells show (open-circuit
//! voltage against charge, 150 mΩ and up, about 2.4 Ah at light load); they are not measured on any one cell.

use serde::{Deserialize, Serialize};

/// Cells in series.
pub const CELLS: f64 = 4.0;
/// Charge of a fresh pack, milliampere-hours (estimate).
pub const CAPACITY_MAH: f64 = 2400.0;
/// The motor turning freely, milliamperes (estimate).
pub const MOTOR_MA: f64 = 250.0;
/// The motor stalled, milliamperes (estimate).
pub const STALL_MA: f64 = 900.0;
/// Everything asleep, milliamperes (estimate).
pub const STANDBY_MA: f64 = 0.06;
/// One radio message sent or received: 20 mA for 5 ms (estimate), milliampere-hours.
pub const MESSAGE_MAH: f64 = 20.0 * 0.005 / 3600.0;
/// One key press with its light and sound: 10 mA for 1 s (estimate), milliampere-hours.
pub const PRESS_MAH: f64 = 10.0 / 3600.0;
/// Below this the motor driver stops the motor, millivolts (estimate).
pub const BROWN_OUT_MV: u32 = 3600;
/// Below this the electronics are off, millivolts (estimate).
pub const DEAD_MV: u32 = 2600;

/// Open-circuit voltage of one cell at a share of its charge.
const OPEN_CIRCUIT: [(f64, f64); 8] = [
    (0.0, 0.60),
    (0.03, 1.00),
    (0.10, 1.10),
    (0.25, 1.19),
    (0.50, 1.28),
    (0.75, 1.38),
    (0.90, 1.46),
    (1.0, 1.58),
];
/// Internal resistance of one cell at 20 °C at a share of its charge, ohms.
const RESISTANCE: [(f64, f64); 6] =
    [(0.0, 3.0), (0.03, 0.80), (0.10, 0.40), (0.25, 0.25), (0.50, 0.20), (1.0, 0.15)];

/// The pack.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// Milliampere-hours left.
    charge: f64,
    /// Degrees Celsius.
    pub celsius: i8,
}

impl Pack {
    /// Four cells charged so far, 0 to 100.
    #[must_use]
    pub fn charged(percent: u8, celsius: i8) -> Self {
        Self { charge: CAPACITY_MAH * f64::from(percent.min(100)) / 100.0, celsius }
    }

    /// Takes so much out; never below nothing.
    pub fn draw_mah(&mut self, mah: f64) {
        self.charge = (self.charge - mah.max(0.0)).max(0.0);
    }

    /// Takes a current for a time out.
    pub fn draw(&mut self, milliamperes: f64, milliseconds: u64) {
        self.draw_mah(milliamperes * milliseconds as f64 / 3_600_000.0);
    }

    /// Charge left, 0 to 100, rounded down but never to 0 while anything is left.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let percent = self.share() * 100.0;
        if percent > 0.0 { percent.max(1.0) as u8 } else { 0 }
    }

    /// Millivolts across the pack at a current.
    #[must_use]
    pub fn millivolts(&self, milliamperes: f64) -> u32 {
        let share = self.share();
        let drop = milliamperes / 1000.0 * along(&RESISTANCE, share) * self.cold();
        ((along(&OPEN_CIRCUIT, share) - drop).max(0.0) * CELLS * 1000.0) as u32
    }

    fn share(&self) -> f64 {
        (self.charge / CAPACITY_MAH).clamp(0.0, 1.0)
    }

    /// Cold cells resist more: 3 % more for each degree below 20 °C (estimate).
    fn cold(&self) -> f64 {
        1.0 + 0.03 * f64::from(20 - i32::from(self.celsius)).max(0.0)
    }
}

/// Linear interpolation over points in rising order.
fn along(points: &[(f64, f64)], at: f64) -> f64 {
    for pair in points.windows(2) {
        let [(x0, y0), (x1, y1)] = pair else { break };
        if at <= *x1 {
            return y0 + (y1 - y0) * ((at - x0) / (x1 - x0)).clamp(0.0, 1.0);
        }
    }
    points.last().map_or(0.0, |(_, y)| *y)
}

#[cfg(test)]
mod tests {
    use super::{BROWN_OUT_MV, MOTOR_MA, Pack};

    #[test]
    fn a_pack_runs_down_and_its_voltage_never_rises_meanwhile() {
        let mut pack = Pack::charged(100, 20);
        let mut last = (pack.percent(), pack.millivolts(0.0), pack.millivolts(MOTOR_MA));
        for _ in 0..240 {
            pack.draw_mah(10.0);
            let now = (pack.percent(), pack.millivolts(0.0), pack.millivolts(MOTOR_MA));
            assert!(now.0 <= last.0 && now.1 <= last.1 && now.2 <= last.2, "{last:?} then {now:?}");
            assert!(now.2 <= now.1, "more volts under load than at rest");
            last = now;
        }
        assert_eq!(last.0, 0);
        assert!(last.1 < 2600);
    }

    #[test]
    fn a_weak_pack_looks_well_at_rest_and_fails_under_the_motor_in_the_cold() {
        let weak = Pack::charged(10, -20);
        assert!(weak.millivolts(0.0) > 4000);
        assert!(weak.millivolts(MOTOR_MA) < BROWN_OUT_MV);
        assert!(Pack::charged(10, 20).millivolts(MOTOR_MA) > BROWN_OUT_MV);
    }

    #[test]
    fn nothing_left_is_nothing() {
        let mut pack = Pack::charged(1, 20);
        pack.draw_mah(1e9);
        assert_eq!(pack.percent(), 0);
        pack.draw_mah(-5.0);
        assert_eq!(pack.percent(), 0, "drawing less than nothing charged the pack");
    }
}
