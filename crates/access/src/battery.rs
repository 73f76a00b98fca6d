//! When the cells of a lock run out: an estimate with an interval, from the percentages that the lock told of
//! itself, however coarse. Pure: the readings and the moment are arguments. Knows no chemistry of any one cell.
//!
//! # How
//!
//! What a lock calls its percentage is some curve of the charge that is left, and at some percentage its motor stops;
//! which, no lock says. So several are taken together: `percent = end + (100 - end) * charge ^ a`, for the exponents
//! and ends in [`SHAPES`] and [`ENDS`]: one that stays high and drops, one that falls first and lingers, one that is
//! dead at a quarter. Under each of them the readings become a charge, a straight line is laid through it (use is taken
//! as even), and the line's own uncertainty, that of the steps between the percentages and that of how the house will
//! use its door from now on are added. Each curve weighs by how well its line fits, but never as if the readings said
//! more than [`EVIDENCE`] independent ones: none of the curves is the true one. The forecast is the median of all of
//! it, the interval its middle [`COVERAGE`]. Every constant here is an *estimate*; `battery_test.rs` counts how often
//! the true day lies within, on packs that were made up and follow none of these curves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The interval is meant to hold the true day so often.
pub const COVERAGE: f64 = 0.9;
/// Warn when the early end of the interval is nearer than this.
pub const WARN_AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A rise of so many points is a fresh pack (estimate: cold nights and rest give back less).
pub const FRESH_RISE: u8 = 20;
/// Readings kept at most; older ones are thinned out.
pub const KEPT: usize = 200;
/// A further reading of the same percentage is kept after this time.
const SAME_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Readings closer than this tell nothing new.
const APART: SignedDuration = SignedDuration::from_hours(1);
/// Before this much time with one pack no rate is believed.
const SPAN_MIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Nor before it has fallen by so many points.
const FALL_MIN: u8 = 3;

/// Exponents of the curves from charge to percentage, with what each is believed beforehand.
const SHAPES: [(f64, f64); 3] = [(0.6, 0.3), (1.0, 0.4), (1.6, 0.3)];
/// Percentages at which the motor stops, with what each is believed beforehand.
const ENDS: [(f64, f64); 3] = [(0.0, 0.5), (10.0, 0.25), (25.0, 0.25)];
/// So many independent readings at most speak for one curve against another.
const EVIDENCE: f64 = 5.0;
/// Spread of future use against past use, as a share (standard deviation).
const USE_SPREAD: f64 = 0.1;
/// A percentage is wrong by so many points besides its steps (temperature, load at the time).
const NOISE: f64 = 1.2;
/// Of the charge at the end so much is left or already missing (standard deviation, share).
const END_SPREAD: f64 = 0.02;
/// Standard normal quantiles at the middles of nine equal parts.
const NINE: [f64; 9] = [-1.593, -0.967, -0.589, -0.282, 0.0, 0.282, 0.589, 0.967, 1.593];
/// No forecast reaches further than this.
const FAR_DAYS: f64 = 5.0 * 365.0;

/// A percentage that a lock told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// When.
    pub at: Timestamp,
    /// 0 to 100.
    pub percent: u8,
}

/// The readings of one pack, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// What was told since these cells are in.
    pub readings: Vec<Reading>,
    /// The owner was warned of the end of these cells.
    pub warned: bool,
}

impl History {
    /// Takes a reading; true when it told something that is worth keeping. A clear rise begins a new pack.
    pub fn take(&mut self, reading: Reading) -> bool {
        let Some(last) = self.readings.last().copied() else {
            self.readings.push(reading);
            return true;
        };
        if reading.percent >= last.percent.saturating_add(FRESH_RISE) {
            *self = Self { readings: vec![reading], warned: false };
            return true;
        }
        let since = reading.at.duration_since(last.at);
        if since < APART || (reading.percent == last.percent && since < SAME_AGAIN) {
            return false;
        }
        self.readings.push(reading);
        if self.readings.len() > KEPT {
            self.thin_out();
        }
        true
    }

    /// Every second reading of the older half goes; first and newest stay.
    fn thin_out(&mut self) {
        let half = self.readings.len() / 2;
        let mut place = 0;
        self.readings.retain(|_| {
            place += 1;
            place > half || place % 2 == 1
        });
    }
}

/// When the cells run out. An estimate, and to be called one wherever it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// The day in the middle: as likely before as after.
    pub day: Timestamp,
    /// The early end of the interval.
    pub early: Timestamp,
    /// The late end.
    pub late: Timestamp,
    /// Since when these cells were watched.
    pub since: Timestamp,
    /// Readings it rests on.
    pub readings: u32,
}

impl Outlook {
    /// Whether the owner should hear of it now: the cells may be empty in two weeks.
    pub fn is_near(&self, now: Timestamp) -> bool {
        self.early.duration_since(now) <= WARN_AHEAD
    }
}

/// The forecast; `None` while there is too little to go by: less than a week, or less than three points, or the
/// smallest step of this lock, fallen.
pub fn outlook(history: &History, now: Timestamp) -> Option<Outlook> {
    let (first, last) = (history.readings.first()?, history.readings.last()?);
    let span = last.at.duration_since(first.at);
    let step = step_of(&history.readings);
    let lowest = history.readings.iter().map(|reading| reading.percent).min()?;
    if span < SPAN_MIN || first.percent.saturating_sub(lowest) < FALL_MIN.max(step) {
        return None;
    }
    let mut days = Vec::with_capacity(SHAPES.len() * ENDS.len() * NINE.len() * NINE.len());
    let curves = SHAPES.iter().flat_map(|shape| ENDS.iter().map(move |end| (shape, end)));
    for ((exponent, believed), (end, believed_too)) in curves {
        // a lock that still works at less is none that ends there
        let Some(line) = Line::through(&history.readings, *exponent, *end, f64::from(step)) else { continue };
        let weight = believed * believed_too * line.likelihood;
        for rate_error in NINE {
            for use_error in NINE {
                days.push((line.ends(rate_error, use_error), weight));
            }
        }
    }
    days.sort_by(|one, other| one.0.total_cmp(&other.0));
    let at = |share: f64| {
        let days_on = quantile(&days, share)?.min(FAR_DAYS);
        // rounding down to the second loses nothing that the interval does not
        let seconds = (days_on * 86_400.0) as i64;
        first.at.checked_add(SignedDuration::from_secs(seconds)).ok().map(|day| day.max(now))
    };
    let tail = (1.0 - COVERAGE) / 2.0;
    Some(Outlook {
        day: at(0.5)?,
        early: at(tail)?,
        late: at(1.0 - tail)?,
        since: first.at,
        readings: u32::try_from(history.readings.len()).unwrap_or(u32::MAX),
    })
}

/// The smallest difference between percentages that this lock ever told, 1 to 50.
fn step_of(readings: &[Reading]) -> u8 {
    let mut told: Vec<u8> = readings.iter().map(|reading| reading.percent).collect();
    told.sort_unstable();
    told.dedup();
    let gaps = told.windows(2).filter_map(|pair| pair.last()?.checked_sub(*pair.first()?));
    gaps.min().unwrap_or(1).clamp(1, 50)
}

/// A straight line through the charge under one shape, in days since the first reading.
struct Line {
    /// Middle of the days and of the charge.
    middle: (f64, f64),
    /// Charge lost in a day.
    rate: f64,
    /// Its standard error.
    rate_error: f64,
    /// Standard error of the charge at the middle.
    level_error: f64,
    /// How well it fits, against the other shapes.
    likelihood: f64,
    /// Last day of a reading.
    last: f64,
}

impl Line {
    fn through(readings: &[Reading], exponent: f64, end: f64, step: f64) -> Option<Self> {
        let first = readings.first()?.at;
        if end > 0.0 && readings.iter().any(|reading| f64::from(reading.percent) <= end) {
            return None;
        }
        let points: Vec<(f64, f64, f64)> = readings
            .iter()
            .map(|reading| {
                let day = reading.at.duration_since(first).as_secs_f64() / 86_400.0;
                // a lock that tells steps tells the step it is in: the middle of it is meant
                let middle = if step > 1.0 { step / 2.0 } else { 0.0 };
                let percent = (f64::from(reading.percent) - middle - end) / (100.0 - end) * 100.0;
                let percent = percent.clamp(0.5, 100.0);
                let spread = (NOISE * NOISE + step * step / 12.0).sqrt();
                let charge = (percent / 100.0).powf(1.0 / exponent);
                let slope = (percent / 100.0).powf(1.0 / exponent - 1.0) / exponent / (100.0 - end);
                // where the curve is flat a point of percent is little charge, but never none
                (day, charge, (spread * slope).max(0.004))
            })
            .collect();
        let weight = |spread: f64| 1.0 / (spread * spread);
        let total: f64 = points.iter().map(|p| weight(p.2)).sum();
        let mean =
            |of: fn(&(f64, f64, f64)) -> f64| points.iter().map(|p| weight(p.2) * of(p)).sum::<f64>() / total;
        let (day, charge) = (mean(|p| p.0), mean(|p| p.1));
        let sxx: f64 = points.iter().map(|p| weight(p.2) * (p.0 - day).powi(2)).sum();
        let sxy: f64 = points.iter().map(|p| weight(p.2) * (p.0 - day) * (p.1 - charge)).sum();
        let rate = -sxy / sxx;
        if !rate.is_finite() || rate <= 1e-6 {
            return None;
        }
        let misfit = |p: &(f64, f64, f64)| (p.1 - charge + rate * (p.0 - day)) / p.2;
        let chi: f64 = points.iter().map(|p| misfit(p).powi(2)).sum();
        let count = points.len() as f64;
        // steps make neighbours err alike: so many readings count as one
        let alike = (1.0 + step / 2.0).min(count / 2.0).max(1.0);
        let spread = (chi / (count - 2.0).max(1.0)).max(1.0) * alike;
        Some(Self {
            middle: (day, charge),
            rate,
            rate_error: (spread / sxx).sqrt(),
            level_error: (spread / total).sqrt(),
            likelihood: (1.0 + chi / count).powf(-(count / alike).min(EVIDENCE) / 2.0),
            last: points.last()?.0,
        })
    }

    /// Days after the first reading at which the charge is gone, if rate and future use err so.
    fn ends(&self, rate_error: f64, use_error: f64) -> f64 {
        let rate = (self.rate + rate_error * self.rate_error).max(self.rate / 10.0);
        let level = self.middle.1 + use_error * (self.level_error + END_SPREAD);
        let past = (self.last - self.middle.0).max(0.0);
        let left = (level - rate * past).max(0.0);
        self.last + left / (rate * (1.0 - use_error * USE_SPREAD).max(0.3))
    }
}

/// The value below which this share of the weight lies; the values are in order.
fn quantile(values: &[(f64, f64)], share: f64) -> Option<f64> {
    let total: f64 = values.iter().map(|value| value.1).sum();
    let mut sum = 0.0;
    for (value, weight) in values {
        sum += weight;
        if sum >= share * total {
            return Some(*value);
        }
    }
    values.last().map(|value| value.0)
}

#[cfg(test)]
#[path = "battery_test.rs"]
mod tests;
