//! What follows from the first result: what would help, a what-if, the questions left, what it rests on.

use std::collections::BTreeMap;

use super::{AuditError, Options, Run, chosen};
use crate::engine::compare::{Comparing, compare};
use crate::engine::run::Attempt;
use crate::figures::{Attacker, Figures, Renter};
use crate::question;
use crate::report::{BeforeAfter, FigureSource, FigureUse, Given, Question, Step, UpgradeResult, WhatIf};
use crate::stranded::lock_out;
use crate::survey::{Evidence, Survey};
use crate::upgrades;
use crate::ways::Part;

pub(super) fn tried(
    survey: &Survey,
    figures: &Figures,
    options: &Options,
    runs: &[Run<'_>],
) -> Result<Vec<UpgradeResult>, AuditError> {
    let attempts: Vec<(&Attacker, &Attempt)> = runs.iter().map(|run| (run.attacker, &run.attempt)).collect();
    let tried = upgrades::try_all(survey, figures, &attempts, &comparing(options, options.upgrade_worlds))?;
    let result = |one: upgrades::Tried| {
        let upgrade = &figures.upgrades[one.at];
        let mean_drop = one.mean_drop();
        let middle = upgrade.price.map(|(low, high)| ((low + high) / 2.0).max(1.0));
        UpgradeResult {
            id: upgrade.id.clone(),
            what: upgrade.what.clone(),
            part: upgrade.part().map(Part::id),
            attacker: one.attacker,
            within_s: options.within_s,
            p_before: one.before,
            p_after: one.after,
            price: upgrade.price,
            mean_drop,
            per_100: middle.map(|price| mean_drop / price * 100.0),
            minutes: upgrade.minutes,
            renter: upgrade.renter == Renter::May,
            ask: upgrade.ask.clone(),
            price_note: upgrade.price_note.clone(),
            each: one
                .each
                .into_iter()
                .map(|(attacker, p_before, p_after)| BeforeAfter { attacker, p_before, p_after })
                .collect(),
        }
    };
    Ok(tried.into_iter().map(result).collect())
}

/// Comparing before and after: only the one time, no detail.
fn comparing(options: &Options, worlds: usize) -> Comparing {
    Comparing { seed: options.seed, worlds, threads: options.threads, within_s: options.within_s }
}

/// The cheapest of those that bring at least half of what the best one brings.
pub(super) fn do_first(upgrades: &[UpgradeResult]) -> Option<String> {
    let drop = |upgrade: &UpgradeResult| upgrade.mean_drop;
    let best = upgrades.first().map(drop).filter(|drop| *drop > 0.002)?;
    let price = |upgrade: &UpgradeResult| upgrade.price.map_or(f64::INFINITY, |(low, high)| low + high);
    upgrades
        .iter()
        .filter(|upgrade| drop(upgrade) >= best / 2.0)
        .min_by(|a, b| price(a).total_cmp(&price(b)).then(drop(b).total_cmp(&drop(a))))
        .map(|upgrade| upgrade.id.clone())
}

/// Most steps of the waterfall.
const STEPS: usize = 6;

/// Applies the upgrades that do most for this attacker one upon the other.
pub(super) fn waterfall(
    survey: &Survey,
    figures: &Figures,
    options: &Options,
    run: &Run<'_>,
    tried: &[UpgradeResult],
) -> Result<Vec<Step>, AuditError> {
    let name = &run.attacker.name;
    let drop = |upgrade: &UpgradeResult| {
        upgrade.each.iter().find(|one| one.attacker == *name).map_or(0.0, |one| one.p_before - one.p_after)
    };
    let mut order: Vec<&UpgradeResult> = tried.iter().filter(|upgrade| drop(upgrade) > 0.002).collect();
    order.sort_by(|a, b| drop(b).total_cmp(&drop(a)));
    let mut stands = survey.clone();
    let mut taken: Vec<(&UpgradeResult, Attempt)> = Vec::new();
    for one in order {
        let Some(upgrade) = figures.upgrades.iter().find(|upgrade| upgrade.id == one.id) else { continue };
        let Some(changed) = upgrades::apply(upgrade, &stands) else { continue };
        stands = changed;
        taken.push((one, run.attempt.changed(&stands, figures, run.attacker)?));
        if taken.len() == STEPS {
            break;
        }
    }
    let (ones, attempts): (Vec<&UpgradeResult>, Vec<Attempt>) = taken.into_iter().unzip();
    let (_, after) = compare(&run.attempt, &attempts, &comparing(options, options.upgrade_worlds));
    let step =
        |(one, p_after): (&UpgradeResult, f64)| Step { id: one.id.clone(), what: one.what.clone(), p_after };
    Ok(ones.into_iter().zip(after).map(step).collect())
}

/// The what-if of the options, each attacker before and after on the same worlds.
pub(super) fn what_if(
    survey: &Survey,
    figures: &Figures,
    options: &Options,
    worlds: usize,
) -> Result<Option<WhatIf>, AuditError> {
    if options.what_if.is_empty() {
        return Ok(None);
    }
    let changed = upgrades::what_if(survey, &options.what_if).map_err(AuditError::WhatIf)?;
    let contradictions = changed.contradictions();
    if !contradictions.is_empty() {
        return Err(AuditError::Contradictions(contradictions));
    }
    let mut attackers = Vec::new();
    for attacker in chosen(figures, options)? {
        let base = Attempt::new(survey, figures, attacker)?;
        let other = base.changed(&changed, figures, attacker)?;
        let (p_before, after) = compare(&base, &[other], &comparing(options, worlds));
        let p_after = after.first().copied().unwrap_or(p_before);
        attackers.push(BeforeAfter { attacker: attacker.name.clone(), p_before, p_after });
    }
    Ok(Some(WhatIf {
        changes: options.what_if.iter().map(|(key, value)| format!("{key}={value}")).collect(),
        attackers,
        lock_out: (
            lock_out(survey, figures, options.seed)?.per_year,
            lock_out(&changed, figures, options.seed)?.per_year,
        ),
    }))
}

pub(super) fn questions(ranked: &[question::Worth]) -> Vec<Question> {
    let question = |worth: &question::Worth| {
        let spec = worth.key.spec();
        Question { key: spec.path, ask: spec.ask, help: spec.help, gain: worth.gain }
    };
    ranked.iter().filter(|worth| worth.gain > 0.0).map(question).collect()
}

pub(super) fn figures_used(figures: &Figures, runs: &[Run<'_>]) -> Vec<FigureUse> {
    let mut used: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for run in runs {
        for (id, ways) in &run.attempt.draws.used {
            let users = used.entry(id).or_default();
            for way in ways {
                if !users.contains(&way.id()) {
                    users.push(way.id());
                }
            }
        }
    }
    used.into_iter()
        .filter_map(|(id, ways)| {
            let figure = figures.get(id)?;
            let source = figure.source.as_ref().map(|source| FigureSource {
                title: source.title.clone(),
                year: source.year,
                address: source.address.clone(),
            });
            Some(FigureUse {
                id: id.to_owned(),
                kind: figure.kind.word(),
                what: figure.what.clone(),
                source,
                ways,
            })
        })
        .collect()
}

/// Those among the figures used that the owner put in place of ours, and the owner's attackers and upgrades.
pub(super) fn overridden(figures: &Figures, used: &[FigureUse]) -> Vec<String> {
    let own = |id: &str| figures.get(id).is_some_and(|figure| figure.overridden);
    let figures_of_own = used.iter().filter(|figure| own(&figure.id)).map(|figure| figure.id.clone());
    figures_of_own.chain(figures.replaced.iter().cloned()).collect()
}

pub(super) fn answers(survey: &Survey) -> Vec<Given> {
    survey
        .known()
        .map(|(key, answer)| Given {
            key: key.path(),
            answer: crate::survey::write::in_words(key, answer.value),
            how: match &answer.evidence {
                Evidence::Seen { when } => format!("seen {when}"),
                Evidence::Told => "told".to_owned(),
            },
        })
        .collect()
}
