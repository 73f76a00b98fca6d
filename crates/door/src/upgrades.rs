//! What could be done to this door: each upgrade as a changed survey, measured with common random numbers.

use crate::engine::run::{Attempt, Sampling};
use crate::figures::{FigureError, Figures, Renter, Upgrade};
use crate::survey::{Key, Problem, Survey, Value};

/// An upgrade tried on a door.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// Its place among the figures' upgrades.
    pub at: usize,
    /// The attacker for whom it does most.
    pub attacker: String,
    /// P(in within the time) before.
    pub before: f64,
    /// P(in within the time) after.
    pub after: f64,
    /// Before and after for every attacker, in the order asked.
    pub each: Vec<(String, f64, f64)>,
}

impl Tried {
    /// Mean drop of P(in) over the attackers: nobody knows who will come, so each counts the same.
    pub fn mean_drop(&self) -> f64 {
        self.each.iter().map(|(_, before, after)| before - after).sum::<f64>() / self.each.len().max(1) as f64
    }
}

/// The survey as it would stand after an upgrade; `None` where it does not apply or would change nothing.
pub fn apply(upgrade: &Upgrade, survey: &Survey) -> Option<Survey> {
    let fits = upgrade.only_if.iter().all(|(path, words)| {
        Key::of_path(path).is_some_and(|key| words.iter().any(|word| stands(survey, key, word)))
    });
    if !fits {
        return None;
    }
    let mut changed = survey.clone();
    for (path, text) in &upgrade.changes {
        let key = Key::of_path(path)?;
        let value = wanted(survey, key, text)?;
        if let Some(value) = value {
            changed.exchange(key, value);
        }
    }
    let same = changed.known().all(|(key, answer)| survey.value(key) == Some(answer.value));
    (!same && changed.contradictions().is_empty()).then_some(changed)
}

fn stands(survey: &Survey, key: Key, word: &str) -> bool {
    match survey.value(key) {
        None => word == "unknown",
        Some(Value::Yes(yes)) => word == if yes { "true" } else { "false" },
        Some(_) => survey.word(key) == Some(word),
    }
}

/// The value a change asks for; inner `None` where the answer is already as good.
fn wanted(survey: &Survey, key: Key, text: &str) -> Option<Option<Value>> {
    let (bound, text) = match text.split_at_checked(2) {
        Some((">=", rest)) => (1, rest),
        Some(("<=", rest)) => (-1, rest),
        _ => (0, text),
    };
    let mut trial = Survey::default();
    trial.set_text(key.path(), text).ok()?;
    let value = trial.value(key)?;
    let good = match (survey.number(key), value) {
        (Some(now), Value::Number(then)) => bound > 0 && now >= then || bound < 0 && now <= then,
        _ => false,
    };
    Some((!good).then_some(value))
}

/// Whether somebody who lives there so may be told of an upgrade: a renter hears of nothing that is the
/// owner's alone.
pub fn offered(upgrade: &Upgrade, survey: &Survey) -> bool {
    survey.word(Key::HomeTenure) != Some("rent") || upgrade.renter != Renter::No
}

/// A what-if: the survey with answers changed, `KEY=VALUE` each.
///
/// # Errors
/// Names what is wrong with a change.
pub fn what_if(survey: &Survey, changes: &[(String, String)]) -> Result<Survey, Problem> {
    let mut changed = survey.clone();
    for (path, text) in changes {
        let mut trial = Survey::default();
        let key = trial.set_text(path, text)?;
        match trial.value(key) {
            Some(value) => changed.exchange(key, value),
            None => changed.forget(key),
        }
    }
    Ok(changed)
}

/// P(in within the last time of the grid) for each attempt.
pub fn shares(attempts: &[(String, Attempt)], sampling: &Sampling) -> Vec<f64> {
    attempts
        .iter()
        .map(|(_, attempt)| attempt.run(sampling).ignorance.share(sampling.grid.len() - 1).p)
        .collect()
}

/// Tries every upgrade that applies, on every attacker whom it could hinder.
///
/// # Errors
/// A figure is missing.
pub fn try_all(
    survey: &Survey,
    figures: &Figures,
    attempts: &[(String, Attempt)],
    sampling: &Sampling,
) -> Result<Vec<Tried>, FigureError> {
    let before = shares(attempts, sampling);
    let mut tried = Vec::new();
    for (at, upgrade) in figures.upgrades.iter().enumerate() {
        let Some(changed) = apply(upgrade, survey).filter(|_| offered(upgrade, survey)) else { continue };
        let keys: Vec<Key> = every_key().filter(|key| changed.value(*key) != survey.value(*key)).collect();
        let mut each = Vec::new();
        for ((name, attempt), before) in attempts.iter().zip(&before) {
            let touched = keys.iter().any(|key| attempt.draws.asked.contains(key));
            let after = match figures.attacker(name).filter(|_| touched) {
                Some(attacker) => {
                    Attempt::new(&changed, figures, attacker)?
                        .run(sampling)
                        .ignorance
                        .share(sampling.grid.len() - 1)
                        .p
                }
                None => *before,
            };
            each.push((name.clone(), *before, after));
        }
        // of equals the first: attackers stand in the order of how often they come
        let best = each.iter().rev().max_by(|a, b| (a.1 - a.2).total_cmp(&(b.1 - b.2))).cloned();
        if let Some((attacker, before, after)) = best {
            tried.push(Tried { at, attacker, before, after, each });
        }
    }
    tried.sort_by(|a, b| b.mean_drop().total_cmp(&a.mean_drop()).then(a.at.cmp(&b.at)));
    Ok(tried)
}

fn every_key() -> impl Iterator<Item = Key> {
    crate::survey::SPECS.iter().map(|spec| spec.key)
}
