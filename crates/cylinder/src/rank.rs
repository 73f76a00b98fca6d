//! Difficulty of a list of cylinders for one named attacker, each with its bands, or the reason why it is not
//! rated.

use crate::{
    attacker::Attacker,
    describe::Description,
    error::Error,
    times::{Attack, Figures, Plan, run},
};
use alloc::{
    format,
    string::{String, ToString},
};
use serde::Serialize;

/// One line of a ranking, in the order of the input. Numbers are absent where `rated` is false.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// The description's id, or its place in the list (from 1).
    pub id: String,
    /// Whether the model has something to say.
    pub rated: bool,
    /// Median time to open (s); absent also where too few attempts opened to say.
    pub median_s: Option<f64>,
    /// P(open within 300 s).
    pub p_open_300s: Option<f64>,
    /// 90 % band of that from chance alone.
    pub sampling: Option<[f64; 2]>,
    /// 90 % band of that from one such cylinder to the next.
    pub lock_to_lock: Option<[f64; 2]>,
    /// 90 % band of that from what we do not know.
    pub ignorance: Option<[f64; 2]>,
    /// What it rests on, or why it is not rated.
    pub why: String,
}

/// Time after which an attempt of a ranking is given up (s).
pub const HORIZON_S: f64 = 1800.0;

/// The plan of a ranking with about `trials` attempts for each cylinder.
#[must_use]
pub fn plan(seed: u64, trials: u32, threads: usize) -> Plan {
    let locks = (trials / 96).max(2);
    Plan { seed, draws: 24, locks, attempts: 4, horizon_s: HORIZON_S, threads }
}

/// Rates one cylinder; `place` (from 0) names it where it has no id.
///
/// # Errors
/// [`Error::Field`] for impossible input. What cannot be simulated is no error: it is not rated.
pub fn rank_one(
    d: &Description,
    place: usize,
    attack: Attack,
    attacker: &Attacker,
    figures: &Figures,
    plan: &Plan,
) -> Result<Ranked, Error> {
    let id = d.id.clone().unwrap_or_else(|| (place + 1).to_string());
    let unrated = |why: String| Ranked {
        id: id.clone(),
        rated: false,
        median_s: None,
        p_open_300s: None,
        sampling: None,
        lock_to_lock: None,
        ignorance: None,
        why,
    };
    let times = match run(d, attacker, attack, figures, plan) {
        Ok(t) => t,
        Err(Error::NotRated(why)) => return Ok(unrated(why)),
        Err(other) => return Err(other),
    };
    let p = times.p_open(300.0);
    let mut why = format!("{} attempts by {}", times.trials(), attacker.title.to_lowercase());
    let open = d.open_questions();
    if !open.is_empty() {
        why += &format!("; not told and drawn: {}", open.join(", "));
    }
    let median = times.median_extended();
    match median {
        Some((_, true)) => why += "; median extended from the rate of openings",
        None => why += "; too few openings in half an hour to give a median",
        Some((_, false)) => {}
    }
    Ok(Ranked {
        id,
        rated: true,
        median_s: median.map(|m| m.0),
        p_open_300s: Some(p.value),
        sampling: Some(p.sampling),
        lock_to_lock: Some(p.lock_to_lock),
        ignorance: Some(p.ignorance),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Driver, Security, Tolerance};

    fn rate(d: &Description) -> Ranked {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("expert").unwrap();
        rank_one(d, 0, Attack::Pick, a, &f, &Plan { draws: 8, ..plan(1, 400, 2) }).unwrap()
    }

    #[test]
    fn harder_things_take_longer() {
        let base = Description {
            kind: "pin-tumbler".into(),
            pins: Some(4),
            security: Security::None,
            tolerance: Tolerance::Loose,
            ..Description::default()
        };
        let easy = rate(&base);
        let hard = rate(&Description {
            pins: Some(7),
            security: Security::All,
            tolerance: Tolerance::Tight,
            ..base
        });
        assert!(easy.rated && hard.rated);
        assert!(easy.median_s.unwrap() < hard.median_s.unwrap());
        assert!(easy.p_open_300s.unwrap() > hard.p_open_300s.unwrap());
    }

    #[test]
    fn what_has_no_model_is_not_rated_and_says_why() {
        for d in [
            Description { kind: "magnetic".into(), ..Description::default() },
            Description { kind: "pin-tumbler".into(), driver: Driver::Stepped, ..Description::default() },
        ] {
            let r = rate(&d);
            assert!(!r.rated && r.median_s.is_none() && !r.why.is_empty(), "{r:?}");
        }
    }
}
