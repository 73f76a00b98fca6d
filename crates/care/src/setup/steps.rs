//! The checklist of a set-up (A5), made for this door: only the steps that it needs, each ticked by what the hub has
//! seen, by what the survey says, or by somebody's word, with the evidence. The steps are data, `rules/steps.toml`.

use std::sync::LazyLock;

use door::survey::{Evidence, Survey};
use serde::{Deserialize, Serialize};

use super::calls::{Call, call};
use super::progress::Progress;
use crate::choose::guide::draw;
use crate::rule::{Decided, When, read};
use crate::words::{say, word};

/// A sighting of the hub that is no answer of the survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Short name: `bolt`, `battery`, `dead-battery`, `power-cut`.
    pub id: &'static str,
    /// What was seen, in words.
    pub what: String,
    /// When (RFC 3339).
    pub when: String,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// The hub has seen it.
    Seen,
    /// The survey says so, by somebody's word.
    Told,
    /// Somebody ticked it.
    Ticked,
    /// It was done at a lock that has been replaced since.
    Anew,
    /// Open.
    Open,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Short name.
    pub id: String,
    /// What.
    pub what: String,
    /// How.
    pub how: String,
    /// How it stands.
    pub stands: Stands,
    /// What that rests on, in words; empty for an open one.
    pub evidence: String,
    /// The hub can see it by itself.
    pub sees: bool,
    /// A photo helps.
    pub photo: bool,
    /// Ending of the photo that is there; empty.
    pub has_photo: String,
    /// The note that was left.
    pub note: String,
    /// Who does it.
    pub call: Option<Call>,
    /// Why this door has the step: the answers that decided; empty for every door.
    pub decided: Vec<Decided>,
    /// A drawing, SVG; empty.
    #[serde(skip)]
    pub drawing: String,
}

impl Step {
    /// Whether it is done.
    pub fn done(&self) -> bool {
        matches!(self.stands, Stands::Seen | Stands::Told | Stands::Ticked)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    step: Vec<RawStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    id: String,
    #[serde(default)]
    when: When,
    #[serde(default)]
    done: When,
    #[serde(default)]
    fact: String,
    #[serde(default)]
    call: String,
    #[serde(default)]
    draw: String,
    #[serde(default)]
    photo: bool,
    #[serde(default)]
    lock: bool,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("steps.toml", include_str!("../../rules/steps.toml")));

/// Whether there is such a step.
pub fn known(id: &str) -> bool {
    RULES.as_ref().is_ok_and(|file| file.step.iter().any(|step| step.id == id))
}

/// The checklist; `lock` names the lock at the door now, empty without one.
pub fn steps(survey: &Survey, facts: &[Fact], progress: &Progress, lock: &str) -> Vec<Step> {
    let rules = RULES.as_ref().map(|file| file.step.as_slice()).unwrap_or_default();
    rules.iter().filter_map(|raw| step(raw, survey, facts, progress, lock)).collect()
}

fn step(raw: &RawStep, survey: &Survey, facts: &[Fact], progress: &Progress, lock: &str) -> Option<Step> {
    let decided = raw.when.holds(survey)?;
    let said = progress.said(&raw.id);
    let (stands, evidence) = stands(raw, survey, facts, progress, lock);
    let id = &raw.id;
    Some(Step {
        what: word(&format!("setup.step.{id}")),
        how: word(&format!("setup.step.{id}-how")),
        stands,
        evidence,
        sees: !raw.fact.is_empty() || raw.done.keys().any(seen_by_hub),
        photo: raw.photo,
        has_photo: said.map(|said| said.photo.clone()).unwrap_or_default(),
        note: said.map(|said| said.note.clone()).unwrap_or_default(),
        call: call(survey, &raw.call),
        decided,
        drawing: draw(&raw.draw, &raw.id).unwrap_or_default(),
        id: raw.id.clone(),
    })
}

/// Answers that the hub can have by itself.
fn seen_by_hub(key: door::survey::Key) -> bool {
    use door::survey::Key;
    matches!(
        key,
        Key::SmartBattery
            | Key::SmartRadioClass
            | Key::SmartCodes
            | Key::HabitBackupTested
            | Key::SmartLockout
    )
}

fn stands(
    raw: &RawStep,
    survey: &Survey,
    facts: &[Fact],
    progress: &Progress,
    lock: &str,
) -> (Stands, String) {
    if let Some(fact) = facts.iter().find(|fact| !raw.fact.is_empty() && fact.id == raw.fact) {
        return (Stands::Seen, say("setup.evidence.fact", &[("what", &fact.what), ("when", &fact.when)]));
    }
    let answers = raw.done.holds(survey).filter(|_| !raw.done.always());
    if let Some(answers) = answers {
        let seen = raw
            .done
            .keys()
            .filter_map(|key| survey.answer(key))
            .any(|answer| matches!(answer.evidence, Evidence::Seen { .. }));
        let known: Vec<&Decided> = answers.iter().filter(|one| one.how != "unknown").collect();
        let row = known.iter().map(|one| format!("{} {} ({})", one.ask, one.answer, one.how));
        return (if seen { Stands::Seen } else { Stands::Told }, row.collect::<Vec<_>>().join(" "));
    }
    match progress.said(&raw.id).filter(|said| said.done) {
        None => (Stands::Open, String::new()),
        Some(said) => {
            let places: &[(&str, &str)] = &[("by", &said.by), ("when", &said.at)];
            if raw.lock && !said.lock.is_empty() && said.lock != lock {
                (Stands::Anew, say("setup.evidence.anew", places))
            } else {
                (Stands::Ticked, say("setup.evidence.ticked", places))
            }
        }
    }
}

#[cfg(test)]
#[path = "steps_test.rs"]
mod tests;
