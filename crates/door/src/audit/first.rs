//! The first result in shapes and words: each attacker's curve and ways, the weakest way in, layers, parts.

use std::collections::BTreeMap;

use super::Run;
use crate::engine::run::Counts;
use crate::engine::stats::{Share, interval};
use crate::report::{AttackerResult, Chance, Layer, PartResult, PartWay, Point, WayResult, Weakest};
use crate::survey::{Key, Survey};
use crate::ways::{Part, Way};

pub(super) fn attacker_result(run: &Run<'_>, grid: &[f64], at: usize) -> AttackerResult {
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
pub(super) fn leading(attackers: &[AttackerResult]) -> Option<usize> {
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

pub(super) fn weakest(run: &Run<'_>, result: &AttackerResult, within_s: f64) -> Option<Weakest> {
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

pub(super) fn layers(counts: &[u64; Part::COUNT]) -> Vec<Layer> {
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
pub(super) fn parts(survey: &Survey, runs: &[Run<'_>]) -> Vec<PartResult> {
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
            let soon = |run: &Run<'_>| [300.0, 1200.0].map(|seconds| run.counts.part_within(*part, seconds));
            let first = runs
                .iter()
                .filter(|run| soon(run)[1] > 0.0)
                .reduce(|best, run| if soon(run) > soon(best) { run } else { best });
            let way = |(way, share): (Way, f64)| PartWay { id: way.id(), words: way.words(), share };
            PartResult {
                id: part.id(),
                words: part.words(),
                there: there(survey, *part),
                within,
                class,
                attacker: first.map(|run| run.attacker.name.clone()),
                ways: first.map_or_else(Vec::new, |run| {
                    run.counts.ways_through(*part).into_iter().map(way).collect()
                }),
            }
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
