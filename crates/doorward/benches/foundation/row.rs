//! One line of the table, and the percentiles that go into it. Prints nothing.

use std::time::Duration;

use serde::Serialize;

/// One measured figure.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figure; none when it could not be measured.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// At most (or, for rates, at least) this; none for a figure that is told for comparison only.
    pub target: Option<f64>,
    /// Whether the target is met; none without a target. What could not be measured is not met.
    pub met: Option<bool>,
    /// What this machine cannot beat, in the same unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// How it was measured, or why it was not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Row {
    /// A figure told for comparison.
    pub fn told(name: &str, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            value: Some(round(value)),
            unit,
            target: None,
            met: None,
            floor: None,
            note: String::new(),
        }
    }

    /// A figure that should be at most so much.
    pub fn at_most(name: &str, value: f64, unit: &'static str, target: f64) -> Self {
        let met = Some(value <= target);
        Self { target: Some(round(target)), met, ..Self::told(name, value, unit) }
    }

    /// A figure that should be at least so much.
    pub fn at_least(name: &str, value: f64, unit: &'static str, target: f64) -> Self {
        let met = Some(value >= target);
        Self { target: Some(round(target)), met, ..Self::told(name, value, unit) }
    }

    /// A figure that could not be measured, with the reason; never met.
    pub fn missing(name: &str, unit: &'static str, target: Option<f64>, why: &str) -> Self {
        let met = Some(false);
        Self { value: None, target, met, note: why.to_owned(), ..Self::told(name, 0.0, unit) }
    }

    /// With the floor beside it.
    pub fn beside(mut self, floor: f64) -> Self {
        self.floor = Some(round(floor));
        self
    }

    /// With a remark.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Four significant digits: more would be noise.
fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let digits = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits);
    if digits > 0 { (value * scale).round() / scale } else { value.round() }
}

/// Times in milliseconds, sorted.
pub struct Times(Vec<f64>);

impl Times {
    /// Sorts them.
    pub fn new(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<f64> = times.into_iter().map(millis).collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The nearest-rank percentile, 0 to 100; not a number without times.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or(f64::NAN)
    }
}

/// Milliseconds with their fraction.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
