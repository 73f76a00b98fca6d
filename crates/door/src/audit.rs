//! An audit from end to end: check, sample every attacker, rank, try what would help, and put it in words.

use std::collections::BTreeMap;

use crate::engine::run::{Attempt, Counts, GRID, Sampling};
use crate::engine::stats::{Share, interval};
use crate::figures::{Attacker, FigureError, Figures, Renter};
use crate::flags;
use crate::picked::picked;
use crate::question;
use crate::report::{
    AttackerResult, BeforeAfter, Chance, FigureUse, Given, Layer, PartResult, Point, Question, Report,
    SCHEMA, Step, UpgradeResult, WayResult, Weakest, WhatIf,
};
use crate::stranded::lock_out;
use crate::survey::{Evidence, Key, Problem, Survey, Value};
use crate::upgrades;
use crate::ways::{Part, Way};

/// What this is and is not: stands on every page of a report.
pub const ABOUT: &str = "Shares of sampled worlds, worked out from what was said about this door and from public figures. \
It is no test of this door, no forecast of a burglary and no certificate.";

/// How to audit.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Same seed, same report.
    pub seed: u64,
    /// Worlds for each attacker, 1,000 to 10,000,000.
    pub worlds: usize,
    /// Worlds for each upgrade and attacker.
    pub upgrade_worlds: usize,
    /// Single probabilities are for this time, s: 1 to 3,600.
    pub within_s: f64,
    /// Only this attacker.
    pub attacker: Option<String>,
    /// Answers to change, key and value.
    pub what_if: Vec<(String, String)>,
    /// Threads.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            worlds: 10_000,
            upgrade_worlds: 4_000,
            within_s: 300.0,
            attacker: None,
            what_if: Vec::new(),
            threads: 1,
        }
    }
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Answers that cannot both be true.
    #[error("the survey contradicts itself:\n{}", list(.0))]
    Contradictions(Vec<Problem>),
    /// A figure is missing or damaged.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// No attacker of that name.
    #[error("there is no attacker `{name}`; did you mean `{nearest}`?")]
    Attacker {
        /// What was asked for.
        name: String,
        /// The nearest there is.
        nearest: String,
    },
    /// An option out of range.
    #[error("{0}")]
    Option(String),
    /// A what-if that cannot be read.
    #[error("what-if: {0}")]
    WhatIf(Problem),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

/// One attacker's attempt and what came of it.
struct Run<'a> {
    attacker: &'a Attacker,
    attempt: Attempt,
    counts: Counts,
}

/// Audits a door.
///
/// # Errors
/// Contradictions, a missing figure, an unknown attacker, an option out of range or a what-if that cannot
/// be read.
pub fn audit(survey: &Survey, figures: &Figures, options: &Options) -> Result<Report, AuditError> {
    check(survey, options)?;
    let sampling = sampling(options);
    let at = sampling.grid.iter().position(|t| *t >= options.within_s).unwrap_or(0);
    let runs = runs(survey, figures, options, &sampling)?;
    let attackers: Vec<AttackerResult> =
        runs.iter().map(|run| attacker_result(run, &sampling.grid, at)).collect();
    let lead = leading(&attackers);
    let pairs: Vec<(&Attempt, &Counts)> = runs.iter().map(|run| (&run.attempt, &run.counts)).collect();
    let questions = questions(&question::ranked(&pairs, at));
    let tried = tried(survey, figures, options, &runs)?;
    let flags = flags::flags(survey);
    let tool = runs.iter().find(|run| run.attacker.name == "tool-burglar").map(|run| &run.counts);
    let used = figures_used(figures, &runs);
    Ok(Report {
        schema: SCHEMA,
        seed: options.seed,
        worlds: options.worlds,
        within_s: options.within_s,
        about: ABOUT,
        weakest: lead.and_then(|at_run| weakest(&runs[at_run], &attackers[at_run], options.within_s)),
        layers: lead.map(|at_run| layers(&runs[at_run].counts.parts)).unwrap_or_default(),
        layers_force: lead.map(|at_run| layers(&runs[at_run].counts.parts_force)).unwrap_or_default(),
        parts: parts(survey, &runs),
        maintenance_pass: flags::maintenance_pass(&flags),
        flags,
        do_first: do_first(&tried),
        waterfall: match lead {
            Some(at_run) => waterfall(survey, figures, options, &runs[at_run], &tried)?,
            None => Vec::new(),
        },
        upgrades: tried,
        next_question: questions.first().cloned(),
        questions,
        what_if: what_if(survey, figures, options, &runs)?,
        can_be_picked: picked(survey, figures, tool, options.seed)?,
        lock_out: lock_out(survey, figures, options.seed)?,
        estimates: used.iter().filter(|figure| figure.kind == "estimate").count(),
        overridden: used
            .iter()
            .filter(|figure| figures.get(&figure.id).is_some_and(|f| f.overridden))
            .map(|f| f.id.clone())
            .collect(),
        figures: used,
        answers: answers(survey),
        attackers,
    })
}

fn check(survey: &Survey, options: &Options) -> Result<(), AuditError> {
    let contradictions = survey.contradictions();
    if !contradictions.is_empty() {
        return Err(AuditError::Contradictions(contradictions));
    }
    if !(1.0..=3600.0).contains(&options.within_s) {
        return Err(AuditError::Option(format!("within is 1 to 3600 seconds, not {}", options.within_s)));
    }
    if !(1000..=10_000_000).contains(&options.worlds) {
        return Err(AuditError::Option(format!("worlds are 1000 to 10000000, not {}", options.worlds)));
    }
    Ok(())
}

fn sampling(options: &Options) -> Sampling {
    let mut grid: Vec<f64> = GRID.to_vec();
    if !grid.contains(&options.within_s) {
        grid.push(options.within_s);
        grid.sort_by(f64::total_cmp);
    }
    Sampling { seed: options.seed, worlds: options.worlds, threads: options.threads, grid, detail: true }
}

fn runs<'a>(
    survey: &Survey,
    figures: &'a Figures,
    options: &Options,
    sampling: &Sampling,
) -> Result<Vec<Run<'a>>, AuditError> {
    let chosen: Vec<&Attacker> = match &options.attacker {
        None => figures.attackers.iter().collect(),
        Some(name) => vec![figures.attacker(name).ok_or_else(|| AuditError::Attacker {
            name: name.clone(),
            nearest: figures.nearest_attacker(name).to_owned(),
        })?],
    };
    let mut runs = Vec::new();
    for attacker in chosen {
        let attempt = Attempt::new(survey, figures, attacker)?;
        let counts = attempt.run(sampling);
        runs.push(Run { attacker, attempt, counts });
    }
    Ok(runs)
}

fn attacker_result(run: &Run<'_>, grid: &[f64], at: usize) -> AttackerResult {
    let chance = |at: usize| {
        let ignorance = run.counts.ignorance.share(at);
        let chance = run.counts.chance.as_ref().map_or(ignorance, |groups| groups.share(at));
        Chance { p: ignorance.p, chance: holding(chance, ignorance.p), ignorance: ignorance.interval }
    };
    let curve = grid.iter().enumerate().map(|(at, t_s)| Point { t_s: *t_s, at: chance(at) }).collect();
    AttackerResult {
        name: run.attacker.name.clone(),
        who: run.attacker.who.clone(),
        within: chance(at),
        curve,
        ways: ways(run),
    }
}

/// The two passes differ a little in their means: the interval is made to hold the one that is shown.
fn holding(share: Share, p: f64) -> (f64, f64) {
    (share.interval.0.min(p), share.interval.1.max(p))
}

fn ways(run: &Run<'_>) -> Vec<WayResult> {
    let total: u64 = run.counts.first.iter().sum();
    let mut rests_on: BTreeMap<Way, Vec<String>> = BTreeMap::new();
    for (id, users) in &run.attempt.draws.used {
        for way in users {
            rests_on.entry(*way).or_default().push(id.clone());
        }
    }
    let mut ways: Vec<WayResult> = Way::ALL
        .iter()
        .map(|way| {
            let possible = run.counts.way_possible(*way);
            WayResult {
                id: way.id(),
                words: way.words(),
                first_share: run.counts.first[*way as usize] as f64 / total.max(1) as f64,
                ignorance: share_interval(&run.counts, *way),
                median_s: run.counts.way_median(*way),
                possible,
                figures: if possible > 0.0 { rests_on.remove(way).unwrap_or_default() } else { Vec::new() },
            }
        })
        .collect();
    ways.sort_by(|a, b| b.first_share.total_cmp(&a.first_share));
    ways
}

/// Interval of how often a way comes first, over what we do not know.
fn share_interval(counts: &Counts, way: Way) -> (f64, f64) {
    let shares: Vec<f64> = group_shares(counts, way).into_iter().flatten().collect();
    let share = interval(&shares, counts.ignorance.group_size());
    share.interval
}

/// In each group, how often a way was first among successes; `None` where nothing succeeded.
fn group_shares(counts: &Counts, way: Way) -> Vec<Option<f64>> {
    let share = |row: &[u16; Way::COUNT]| {
        let all: u32 = row.iter().map(|n| u32::from(*n)).sum();
        (all > 0).then(|| f64::from(row[way as usize]) / f64::from(all))
    };
    counts.first_by_group.iter().map(share).collect()
}

/// Where the highest P(in) is; `None` when nobody ever gets in.
fn leading(attackers: &[AttackerResult]) -> Option<usize> {
    let mut best = None;
    let mut highest = 0.0;
    for (at, attacker) in attackers.iter().enumerate() {
        if attacker.within.p > highest {
            highest = attacker.within.p;
            best = Some(at);
        }
    }
    best
}

fn weakest(run: &Run<'_>, result: &AttackerResult, within_s: f64) -> Option<Weakest> {
    let within = crate::draw::duration(within_s);
    let first = result.ways.first().filter(|way| way.first_share > 0.0)?;
    let way = Way::of_id(first.id)?;
    let mine = group_shares(&run.counts, way);
    let ties: Vec<&WayResult> = result.ways[1..]
        .iter()
        .filter(|other| other.first_share > 0.05)
        .filter(|other| {
            let Some(theirs) = Way::of_id(other.id).map(|way| group_shares(&run.counts, way)) else {
                return false;
            };
            let both: Vec<bool> =
                mine.iter().zip(&theirs).filter_map(|(a, b)| Some((*a)? >= (*b)?)).collect();
            let ahead = both.iter().filter(|ahead| **ahead).count();
            (ahead as f64) < 0.8 * both.len() as f64
        })
        .collect();
    let p = result.within.p;
    let times = libm::round(first.first_share * 100.0);
    let mut said = format!(
        "The weakest way in is to {}: the first to succeed in {times} of 100 successful attempts by {}, who is in within {within} in {} of 100.",
        first.words,
        run.attacker.who,
        libm::round(p * 100.0)
    );
    if !ties.is_empty() {
        let names: Vec<&str> = ties.iter().map(|way| way.words).collect();
        said.push_str(&format!(" From what is known it cannot be told apart from: {}.", names.join("; ")));
    }
    Some(Weakest {
        way: first.id,
        attacker: run.attacker.name.clone(),
        said,
        cannot_tell_from: ties.iter().map(|way| way.id).collect(),
    })
}

fn layers(counts: &[u64; Part::COUNT]) -> Vec<Layer> {
    let total: u64 = counts.iter().sum();
    let mut layers: Vec<Layer> = Part::ALL
        .iter()
        .filter(|part| counts[**part as usize] > 0)
        .map(|part| Layer {
            id: part.id(),
            words: part.words(),
            share: counts[*part as usize] as f64 / total.max(1) as f64,
        })
        .collect();
    layers.sort_by(|a, b| b.share.total_cmp(&a.share));
    layers
}

/// For each part the attacker under whom it gives soonest.
fn parts(survey: &Survey, runs: &[Run<'_>]) -> Vec<PartResult> {
    let within = |part: Part, seconds: f64| {
        runs.iter().map(|run| run.counts.part_within(part, seconds)).fold(0.0, f64::max)
    };
    Part::ALL
        .iter()
        .map(|part| {
            let within = [60.0, 300.0, 1200.0].map(|seconds| within(*part, seconds));
            let class = match within {
                [minute, ..] if minute >= 0.5 => "now",
                [_, five, _] if five >= 0.5 => "soon",
                [_, _, twenty] if twenty >= 0.5 => "minutes",
                _ => "holds",
            };
            PartResult { id: part.id(), words: part.words(), there: there(survey, *part), within, class }
        })
        .collect()
}

fn there(survey: &Survey, part: Part) -> bool {
    let not = |key: Key, word: &str| survey.word(key) != Some(word);
    match part {
        Part::Cylinder | Part::Keys => not(Key::CylinderKind, "none"),
        Part::SecondLock => survey.word(Key::SecondKind).is_some_and(|word| word != "none"),
        Part::Glass => not(Key::DoorGlazing, "none"),
        Part::Electronics | Part::Account => survey.word(Key::SmartKind).is_some_and(|word| word != "none"),
        Part::Bolt => not(Key::BoltKind, "none"),
        Part::Leaf | Part::Frame | Part::Strike | Part::Hinges | Part::Habits => true,
    }
}

fn tried(
    survey: &Survey,
    figures: &Figures,
    options: &Options,
    runs: &[Run<'_>],
) -> Result<Vec<UpgradeResult>, AuditError> {
    let attempts: Vec<(String, Attempt)> =
        runs.iter().map(|run| (run.attacker.name.clone(), run.attempt.clone())).collect();
    let tried = upgrades::try_all(survey, figures, &attempts, &quick(options, options.upgrade_worlds))?;
    let result = |one: upgrades::Tried| {
        let upgrade = &figures.upgrades[one.at];
        let mean_drop = one.mean_drop();
        let middle = upgrade.price.map(|(low, high)| ((low + high) / 2.0).max(1.0));
        UpgradeResult {
            id: upgrade.id.clone(),
            what: upgrade.what.clone(),
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

/// Sampling for comparisons: only the one time, no detail.
fn quick(options: &Options, worlds: usize) -> Sampling {
    Sampling {
        seed: options.seed,
        worlds,
        threads: options.threads,
        grid: vec![options.within_s],
        detail: false,
    }
}

/// The cheapest of those that bring at least half of what the best one brings.
fn do_first(upgrades: &[UpgradeResult]) -> Option<String> {
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
fn waterfall(
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
    let mut steps = Vec::new();
    for one in order {
        let Some(upgrade) = figures.upgrades.iter().find(|upgrade| upgrade.id == one.id) else { continue };
        let Some(changed) = upgrades::apply(upgrade, &stands) else { continue };
        stands = changed;
        let attempt = Attempt::new(&stands, figures, run.attacker)?;
        let p_after = attempt.run(&quick(options, options.upgrade_worlds)).ignorance.share(0).p;
        steps.push(Step { id: one.id.clone(), what: one.what.clone(), p_after });
        if steps.len() == STEPS {
            break;
        }
    }
    Ok(steps)
}

fn what_if(
    survey: &Survey,
    figures: &Figures,
    options: &Options,
    runs: &[Run<'_>],
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
    let sampling = quick(options, options.worlds);
    for run in runs {
        let before = run.attempt.run(&sampling).ignorance.share(0).p;
        let after = Attempt::new(&changed, figures, run.attacker)?.run(&sampling).ignorance.share(0).p;
        attackers.push(BeforeAfter { attacker: run.attacker.name.clone(), p_before: before, p_after: after });
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

fn questions(ranked: &[question::Worth]) -> Vec<Question> {
    let question = |worth: &question::Worth| {
        let spec = worth.key.spec();
        Question { key: spec.path, ask: spec.ask, help: spec.help, gain: worth.gain }
    };
    ranked.iter().filter(|worth| worth.gain > 0.0).map(question).collect()
}

fn figures_used(figures: &Figures, runs: &[Run<'_>]) -> Vec<FigureUse> {
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
            Some(FigureUse { id: id.to_owned(), kind: figure.kind.word(), ways })
        })
        .collect()
}

fn answers(survey: &Survey) -> Vec<Given> {
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

/// A quick before and after for one change, for pages: the leading attacker's P(in), `worlds` each.
///
/// # Errors
/// A figure is missing.
pub fn compare(
    survey: &Survey,
    key: Key,
    value: Option<Value>,
    figures: &Figures,
    options: &Options,
) -> Result<Vec<BeforeAfter>, AuditError> {
    let mut changed = survey.clone();
    match value {
        Some(value) => changed.exchange(key, value),
        None => changed.forget(key),
    }
    let sampling = quick(options, options.upgrade_worlds);
    let mut compared = Vec::new();
    for attacker in &figures.attackers {
        let before = Attempt::new(survey, figures, attacker)?.run(&sampling).ignorance.share(0).p;
        let after = Attempt::new(&changed, figures, attacker)?.run(&sampling).ignorance.share(0).p;
        compared.push(BeforeAfter { attacker: attacker.name.clone(), p_before: before, p_after: after });
    }
    Ok(compared)
}
