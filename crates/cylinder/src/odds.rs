//! P(open) against time for one description and one named attacker, with its three bands, in one call: what
//! an audit or a page asks for. The mechanics are elsewhere; this chooses the size of the run.

use crate::{
    describe::Description,
    error::Error,
    times::{Attack, Banded, Figures, Plan, Times, run},
};
use alloc::vec::Vec;
use serde::Serialize;

/// Times (s) of the table: from the pace of a hand to half an hour.
pub const AT_S: [f64; 12] = [5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 900.0, 1800.0];

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Within so many seconds.
    pub at_s: f64,
    /// P(open) with its bands `sampling`, `lock_to_lock` and `ignorance` (each 90 %).
    #[serde(flatten)]
    pub p: Banded,
}

/// A table with what it rests on, and the times behind it for somebody else's sampling.
#[derive(Debug, Clone)]
pub struct Odds {
    /// P(open) at the times of [`AT_S`] up to the horizon.
    pub points: Vec<Point>,
    /// Median time (s) and whether it is extended beyond the horizon; see [`Times::median_extended`].
    pub median: Option<(f64, bool)>,
    /// Answers that were not told and are drawn, in words.
    pub open_questions: Vec<&'static str>,
    /// The run: [`Times::sample`] draws one time to open from three uniforms (what is not known, the
    /// cylinder, the attempt), [`Times::p_open`] gives P at any time.
    pub times: Times,
}

/// Works out the odds. `horizon_s` is when the attacker gives up (1 to 1800 s is sensible); nothing opens
/// beyond it. The same seed gives the same bits on any number of threads and any machine.
///
/// 32 draws of what is not known, 12 cylinders under each, 6 attempts on each: 2,304 attempts. Measured for a
/// pin tumbler of which nothing else is known, within 300 s, on one core of a server processor: 30 to 70 ms
/// (`cargo xtask bench`). Remember the answer by (description, attacker, attack, seed).
///
/// # Errors
/// [`Error::NotRated`] with the reason where there is no model (then say so; never guess);
/// [`Error::Field`] naming an attacker, a horizon or a part of the description that cannot be.
pub fn odds(
    cylinder: &Description,
    attacker: &str,
    attack: Attack,
    figures: &Figures,
    seed: u64,
    horizon_s: f64,
) -> Result<Odds, Error> {
    let plan = Plan { seed, draws: 32, locks: 12, attempts: 6, horizon_s, threads: 1 };
    let times = run(cylinder, figures.attackers.get(attacker)?, attack, figures, &plan)?;
    let points = AT_S
        .iter()
        .filter(|at| **at <= horizon_s)
        .map(|at| Point { at_s: *at, p: times.p_open(*at) })
        .collect();
    Ok(Odds { points, median: times.median_extended(), open_questions: cylinder.open_questions(), times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_rise_with_time_and_bands_hold_them() {
        let f = Figures::embedded().unwrap();
        let d = Description { kind: "pin-tumbler".into(), ..Description::default() };
        let o = odds(&d, "hobbyist", Attack::Pick, &f, 1, 300.0).unwrap();
        assert_eq!(o.points.last().unwrap().at_s, 300.0);
        assert!(o.points.windows(2).all(|w| w[0].p.value <= w[1].p.value));
        for p in &o.points {
            for band in [p.p.sampling, p.p.lock_to_lock, p.p.ignorance] {
                assert!(band[0] <= p.p.value && p.p.value <= band[1], "{p:?}");
            }
        }
        assert_eq!(o.open_questions.len(), 3);
        let again = odds(&d, "hobbyist", Attack::Pick, &f, 1, 300.0).unwrap();
        assert_eq!(o.points, again.points, "the same seed, the same bits");
    }

    #[test]
    fn what_has_no_model_is_refused_with_the_reason() {
        let f = Figures::embedded().unwrap();
        let d = Description { kind: "magnetic".into(), ..Description::default() };
        assert!(matches!(odds(&d, "expert", Attack::Pick, &f, 1, 300.0), Err(Error::NotRated(_))));
        let d = Description { kind: "wafer".into(), ..Description::default() };
        assert!(matches!(odds(&d, "expert", Attack::Bump, &f, 1, 300.0), Err(Error::NotRated(_))));
        let e = odds(&d, "expert", Attack::Pick, &f, 1, f64::NAN).unwrap_err().to_string();
        assert!(e.starts_with("horizon_s"), "{e}");
    }
}
