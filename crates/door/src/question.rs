//! The next question: which unknown answer would narrow the result most.
//!
//! For each unknown the worlds already sampled are sorted by its value. How much of the spread between
//! groups that explains
//! (its first-order Sobol index) says by how much the ignorance interval would shrink, on average over
//! the answers, were it known.

use std::collections::BTreeMap;

use libm::sqrt;

use crate::engine::run::{Attempt, Counts};
use crate::engine::stats::{explained, interval};
use crate::survey::Key;

/// What asking is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// The unknown key.
    pub key: Key,
    /// Expected narrowing of the 90 % ignorance interval of P(in), mean over attackers, 0 to 1.
    pub gain: f64,
}

/// All unknown keys by what asking them is worth, the best first.
pub fn ranked(runs: &[(&Attempt, &Counts)], at: usize) -> Vec<Worth> {
    let mut gains: BTreeMap<Key, f64> = BTreeMap::new();
    for (attempt, counts) in runs {
        let shares = counts.ignorance.shares(at);
        let size = counts.ignorance.group_size();
        let whole = interval(&shares, size).interval;
        let mut explains: BTreeMap<Key, f64> = BTreeMap::new();
        for (column, unknown) in attempt.draws.unknown.iter().enumerate() {
            let values: Vec<f32> = counts.unknown.iter().map(|row| row[column]).collect();
            *explains.entry(unknown.key).or_default() += explained(&shares, size, &values);
        }
        for (key, share) in explains {
            let narrowing = (whole.1 - whole.0) * (1.0 - sqrt(1.0 - share.min(1.0)));
            *gains.entry(key).or_default() += narrowing / runs.len() as f64;
        }
    }
    let mut ranked: Vec<Worth> = gains.into_iter().map(|(key, gain)| Worth { key, gain }).collect();
    ranked.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.key.cmp(&b.key)));
    ranked
}
