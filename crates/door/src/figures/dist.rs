//! Distributions as tables of quantiles: one way of drawing from all of them, monotone in the uniform
//! number.
//!
//! 256 steps keep a table within a few cache lines; what lies beyond the outermost 1/512 on either side
//! is cut.
//! The figures are far rougher than that.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libm::{erf, exp, lgamma, log, pow, sqrt};

/// Steps of a quantile table.
pub const STEPS: usize = 256;

/// A value as written in a figure file.
#[derive(Debug, Clone, PartialEq)]
pub enum Dist {
    /// One number.
    Point(f64),
    /// Uniform between two numbers.
    Range(f64, f64),
    /// Log-normal with its 5 % and 95 % points.
    Log(f64, f64),
    /// Normal with its 5 % and 95 % points.
    Normal(f64, f64),
    /// What is known of a share after so many successes in so many trials (beta, Jeffreys prior 1/2, 1/2).
    Trials {
        /// Trials.
        trials: u32,
        /// Successes among them.
        successes: u32,
    },
    /// Points of the distribution function: probability and value, joined straight in the logarithm of
    /// the value.
    Quantiles(Vec<(f64, f64)>),
    /// Words with weights.
    Weights(BTreeMap<String, f64>),
    /// A curve, not a spread: pairs of argument and value.
    Curve(Vec<(f64, f64)>),
}

/// Quantiles at the steps of a table.
pub type Steps = [f64; STEPS + 1];

/// The value at the probability that 64 random bits stand for: as [`Table::at`] of their fraction, with the
/// step read off the leading bits.
#[inline]
pub fn at_bits(table: &Steps, bits: u64) -> f64 {
    let low = (bits >> 56) as usize;
    let within = ((bits >> 11 & ((1 << 45) - 1)) as f64 + 0.5) * (1.0 / (1_u64 << 45) as f64);
    let (left, right) = (table[low], table[low + 1]);
    left + (right - left) * within
}

/// Ready for sampling.
#[derive(Debug, Clone, PartialEq)]
pub enum Table {
    /// One number.
    Point(f64),
    /// Quantiles at 0, 1/256 … 1 (the ends cut at 1/512).
    Quantiles(Box<Steps>),
    /// Words and curves are not drawn from a table.
    None,
}

impl Table {
    /// The value at probability `u` in 0..1.
    #[inline]
    pub fn at(&self, u: f64) -> f64 {
        match self {
            Self::Point(value) => *value,
            Self::Quantiles(table) => {
                let place = u * STEPS as f64;
                let low = (place as usize).min(STEPS - 1);
                let (left, right) = (table[low], table[low + 1]);
                left + (right - left) * (place - low as f64)
            }
            Self::None => 0.0,
        }
    }
}

impl Dist {
    /// The table to draw from; shares are cut at 0 and 1 when `share` is set.
    pub fn table(&self, share: bool) -> Table {
        let cut = |value: f64| if share { value.clamp(0.0, 1.0) } else { value };
        let fill = |quantile: &dyn Fn(f64) -> f64| {
            Table::Quantiles(Box::new(std::array::from_fn(|step| cut(quantile(probability(step))))))
        };
        let normal = |value: &dyn Fn(f64) -> f64| {
            Table::Quantiles(Box::new(std::array::from_fn(|step| cut(value(NORMAL[step])))))
        };
        match self {
            Self::Point(value) => Table::Point(cut(*value)),
            Self::Range(low, high) => fill(&|p| low + (high - low) * p),
            Self::Log(low, high) => {
                let (mid, half) = ((log(*low) + log(*high)) / 2.0, (log(*high) - log(*low)) / 2.0);
                normal(&|z| exp(mid + half * z / Z95))
            }
            Self::Normal(low, high) => normal(&|z| (low + high) / 2.0 + (high - low) / 2.0 * z / Z95),
            Self::Trials { trials, successes } => {
                let beta = BetaTable::new(f64::from(*successes) + 0.5, f64::from(trials - successes) + 0.5);
                fill(&|p| beta.quantile(p))
            }
            Self::Quantiles(points) => fill(&|p| between(points, p)),
            Self::Weights(_) | Self::Curve(_) => Table::None,
        }
    }

    /// The middle value, for people; `None` for words and curves.
    pub fn median(&self) -> Option<f64> {
        match self {
            Self::Point(value) => Some(*value),
            Self::Weights(_) | Self::Curve(_) => None,
            _ => Some(self.table(false).at(0.5)),
        }
    }

    /// The 5 % and 95 % points, for people; `None` for words and curves.
    pub fn range90(&self) -> Option<(f64, f64)> {
        match self {
            Self::Point(value) => Some((*value, *value)),
            Self::Weights(_) | Self::Curve(_) => None,
            _ => {
                let table = self.table(false);
                Some((table.at(0.05), table.at(0.95)))
            }
        }
    }
}

/// 95 % point of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// Standard normal quantiles at the steps of a table, worked out once.
static NORMAL: LazyLock<Box<Steps>> =
    LazyLock::new(|| Box::new(std::array::from_fn(|step| normal_quantile(probability(step)))));

/// The probability that a step of a table stands for.
fn probability(step: usize) -> f64 {
    (step as f64 / STEPS as f64).clamp(0.5 / STEPS as f64, 1.0 - 0.5 / STEPS as f64)
}

/// Inverse of the standard normal distribution function by bisection: exact enough for a table.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..60 {
        let mid = (low + high) / 2.0;
        if 0.5 * (1.0 + erf(mid / sqrt(2.0))) < p { low = mid } else { high = mid }
    }
    (low + high) / 2.0
}

/// A beta distribution function summed on a fine grid.
struct BetaTable {
    cumulative: Vec<f64>,
}

impl BetaTable {
    const CELLS: usize = 2048;

    fn new(a: f64, b: f64) -> Self {
        let norm = lgamma(a + b) - lgamma(a) - lgamma(b);
        let mut sum = 0.0;
        let mut cumulative = Vec::with_capacity(Self::CELLS);
        for cell in 0..Self::CELLS {
            let x = (cell as f64 + 0.5) / Self::CELLS as f64;
            sum += exp(norm + (a - 1.0) * log(x) + (b - 1.0) * log(1.0 - x));
            cumulative.push(sum);
        }
        for value in &mut cumulative {
            *value /= sum;
        }
        Self { cumulative }
    }

    fn quantile(&self, p: f64) -> f64 {
        let cell = self.cumulative.partition_point(|value| *value < p);
        let before = if cell == 0 { 0.0 } else { self.cumulative[cell - 1] };
        let here = self.cumulative.get(cell).copied().unwrap_or(1.0);
        let within = if here > before { (p - before) / (here - before) } else { 0.5 };
        (cell as f64 + within.clamp(0.0, 1.0)) / Self::CELLS as f64
    }
}

/// Value at probability `p` between given points, straight in the logarithm; flat beyond the outermost
/// points.
fn between(points: &[(f64, f64)], p: f64) -> f64 {
    let at = points.partition_point(|(probability, _)| *probability < p);
    match (at.checked_sub(1).and_then(|i| points.get(i)), points.get(at)) {
        (Some((p0, v0)), Some((p1, v1))) => {
            let t = (p - p0) / (p1 - p0);
            v0 * pow(v1 / v0, t)
        }
        (Some((_, value)), None) | (None, Some((_, value))) => *value,
        (None, None) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_tables_keep_their_90_percent_points() {
        let (low, high) = Dist::Log(10.0, 1000.0).range90().unwrap();
        assert!((low / 10.0 - 1.0).abs() < 0.02 && (high / 1000.0 - 1.0).abs() < 0.02, "{low} {high}");
        assert!((Dist::Log(10.0, 1000.0).median().unwrap() - 100.0).abs() < 0.5);
        let (low, high) = Dist::Normal(-1.0, 3.0).range90().unwrap();
        assert!((low + 1.0).abs() < 0.02 && (high - 3.0).abs() < 0.02);
    }

    #[test]
    fn d2_bits_and_their_fraction_give_the_same_value() {
        let table = Dist::Log(1.0, 9.0).table(false);
        let Table::Quantiles(steps) = &table else { panic!("a spread has steps") };
        for at in 0..5000_u64 {
            let bits = at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let u = ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            assert!((at_bits(steps, bits) - table.at(u)).abs() < 1e-12);
        }
    }

    #[test]
    fn d2_trials_give_the_jeffreys_interval() {
        // 47 of 60: Jeffreys 90 % interval 0.688 to 0.860 (beta quantiles of 47.5 and 13.5).
        let (low, high) = Dist::Trials { trials: 60, successes: 47 }.range90().unwrap();
        assert!((low - 0.688).abs() < 0.006 && (high - 0.860).abs() < 0.006, "{low} {high}");
        let none = Dist::Trials { trials: 56, successes: 0 }.table(true);
        assert!(none.at(0.95) < 0.05 && none.at(0.01) < 0.001);
    }

    #[test]
    fn d2_a_table_rises() {
        for dist in [Dist::Range(1.0, 2.0), Dist::Log(1.0, 9.0), Dist::Trials { trials: 5, successes: 2 }] {
            let table = dist.table(false);
            let values: Vec<f64> = (0..1000).map(|i| table.at(f64::from(i) / 1000.0)).collect();
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }
}
