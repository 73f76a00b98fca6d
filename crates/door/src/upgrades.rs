//! What could be done to this door: each upgrade as a changed survey, measured with common random numbers.

use crate::engine::compare::{Comparing, compare};
use crate::engine::run::Attempt;
use crate::figures::{Attacker, FigureError, Figures, Renter, Upgrade};
use crate::survey::{Key, Problem, Survey, Value};
use crate::ways::Part;

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
    /// With the attacker for whom it does most: of equals the first, since attackers stand in the order of
    /// how often they come. `None` without attackers.
    fn of(at: usize, each: Vec<(String, f64, f64)>) -> Option<Self> {
        let best = each.iter().rev().max_by(|a, b| (a.1 - a.2).total_cmp(&(b.1 - b.2))).cloned();
        best.map(|(attacker, before, after)| Self { at, attacker, before, after, each })
    }

    /// Mean drop of P(in) over the attackers: nobody knows who will come, so each counts the same.
    pub fn mean_drop(&self) -> f64 {
        self.each.iter().map(|(_, before, after)| before - after).sum::<f64>() / self.each.len().max(1) as f64
    }
}

impl Upgrade {
    /// The part of the door that its first change is about.
    pub fn part(&self) -> Option<Part> {
        let (path, _) = self.changes.first()?;
        part_of(Key::of_path(path)?)
    }
}

/// The part of the door that a question is about; `None` where it is about the home.
pub fn part_of(key: Key) -> Option<Part> {
    Some(match key {
        Key::DoorGlass | Key::DoorGlazing => Part::Glass,
        Key::FrameGap | Key::FrameMaterial => Part::Frame,
        Key::CylinderKeyControl | Key::CylinderCopies | Key::CylinderMaster | Key::HabitKeyOutside => {
            Part::Keys
        }
        _ => match key.section() {
            "door" => Part::Leaf,
            "frame" => Part::Strike,
            "hinges" => Part::Hinges,
            "bolt" => Part::Bolt,
            "cylinder" => Part::Cylinder,
            "second_lock" => Part::SecondLock,
            "smart" => Part::Electronics,
            "account" | "network" => Part::Account,
            "habits" => Part::Habits,
            _ => return None,
        },
    })
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

/// Tries every upgrade that applies, on every attacker whom it could hinder.
///
/// # Errors
/// A figure is missing.
pub fn try_all(
    survey: &Survey,
    figures: &Figures,
    attempts: &[(&Attacker, &Attempt)],
    how: &Comparing,
) -> Result<Vec<Tried>, FigureError> {
    let changes: Vec<Change> = figures
        .upgrades
        .iter()
        .enumerate()
        .filter(|(_, upgrade)| offered(upgrade, survey))
        .filter_map(|(at, upgrade)| Some(Change::new(at, apply(upgrade, survey)?, survey)))
        .collect();
    let mut each: Vec<Vec<(String, f64, f64)>> = vec![Vec::new(); changes.len()];
    for (attacker, attempt) in attempts {
        let touched: Vec<bool> =
            changes.iter().map(|one| one.keys.iter().any(|key| attempt.draws.asked.contains(key))).collect();
        let changed = changes
            .iter()
            .zip(&touched)
            .filter(|(_, touched)| **touched)
            .map(|(one, _)| attempt.changed(&one.survey, figures, attacker))
            .collect::<Result<Vec<_>, _>>()?;
        let (before, after) = compare(attempt, &changed, how);
        let mut after = after.into_iter();
        for (row, touched) in each.iter_mut().zip(touched) {
            let after = if touched { after.next().unwrap_or(before) } else { before };
            row.push((attacker.name.clone(), before, after));
        }
    }
    let mut tried: Vec<Tried> =
        changes.iter().zip(each).filter_map(|(one, each)| Tried::of(one.at, each)).collect();
    tried.sort_by(|a, b| b.mean_drop().total_cmp(&a.mean_drop()).then(a.at.cmp(&b.at)));
    Ok(tried)
}

/// An upgrade applied to a survey.
struct Change {
    /// Its place among the figures' upgrades.
    at: usize,
    survey: Survey,
    /// What it changes.
    keys: Vec<Key>,
}

impl Change {
    fn new(at: usize, changed: Survey, survey: &Survey) -> Self {
        let keys = every_key().filter(|key| changed.value(*key) != survey.value(*key)).collect();
        Self { at, survey: changed, keys }
    }
}

fn every_key() -> impl Iterator<Item = Key> {
    crate::survey::SPECS.iter().map(|spec| spec.key)
}
