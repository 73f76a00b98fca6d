//! One door before and after changes, on the very same worlds.
//!
//! A change touches a few quantities; all others keep their values. So each block of worlds is drawn once,
//! and for each change only what it draws otherwise is put in, tried, and put back. The values are those
//! that a run of the changed door by itself would draw, since each depends on seed, world and name alone.

use std::ops::Range;

use super::model::{Keys, Otherwise};
use super::run::{Attempt, Blocks};
use crate::ways::Outcome;

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparing {
    /// Same seed, same result.
    pub seed: u64,
    /// Worlds, each standing alone.
    pub worlds: usize,
    /// Threads to share the work.
    pub threads: usize,
    /// In within so many seconds.
    pub within_s: f64,
}

/// P(in within the time) of `base`, and of each of `changed`, which were made from it by
/// [`Attempt::changed`].
pub fn compare(base: &Attempt, changed: &[Attempt], how: &Comparing) -> (f64, Vec<f64>) {
    let others: Vec<Otherwise> = changed.iter().map(|one| one.draws.otherwise(&base.draws)).collect();
    let worlds = how.worlds.max(1);
    let threads = how.threads.clamp(1, 64).min(worlds);
    let work = |range: Range<usize>| count(base, changed, &others, how, range);
    let counts = if threads == 1 {
        work(0..worlds)
    } else {
        let share = worlds.div_ceil(threads);
        let ranges = (0..threads).map(|at| (at * share).min(worlds)..((at + 1) * share).min(worlds));
        let parts: Vec<Option<Vec<u64>>> = std::thread::scope(|scope| {
            let handles: Vec<_> = ranges.map(|range| scope.spawn(|| work(range))).collect();
            handles.into_iter().map(|handle| handle.join().ok()).collect()
        });
        let mut whole = vec![0; changed.len() + 1];
        for part in parts.into_iter().flatten() {
            whole.iter_mut().zip(part).for_each(|(sum, one)| *sum += one);
        }
        whole
    };
    let share = |count: &u64| *count as f64 / worlds as f64;
    (counts.first().map_or(0.0, share), counts.iter().skip(1).map(share).collect())
}

/// Worlds in which each is in: the base first, then the changed ones.
fn count(
    base: &Attempt,
    changed: &[Attempt],
    others: &[Otherwise],
    how: &Comparing,
    range: Range<usize>,
) -> Vec<u64> {
    let mut counts = vec![0; changed.len() + 1];
    let mut world = base.draws.start();
    let mut out = Outcome::default();
    let mut kept = Vec::new();
    for block in Blocks::of(range, 1) {
        let keys = Keys { chance: block.keys(how.seed, 2), ignorance: block.keys(how.seed, 1) };
        let lanes = block.0.len();
        base.draws.chance(&mut world, &keys.chance);
        base.draws.ignorance(&mut world, &keys.ignorance);
        let mut tried = |attempt: &Attempt, world: &mut super::model::World| {
            let mut inside = 0;
            for lane in 0..lanes {
                world.look(lane);
                let patience = attempt.mechanisms.run(world, &mut out);
                let least = patience.min(how.within_s);
                inside += u64::from(out.first().is_some_and(|(_, time, _)| time <= least));
            }
            inside
        };
        counts[0] += tried(base, &mut world);
        for ((attempt, other), count) in changed.iter().zip(others).zip(&mut counts[1..]) {
            other.change(&mut world, &keys, &mut kept);
            *count += tried(attempt, &mut world);
            other.put_back(&mut world, &kept);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::run::Sampling;
    use crate::figures::Figures;
    use crate::survey::Survey;

    /// D4: comparing gives the very share that a run of the changed door by itself gives.
    #[test]
    fn d4_a_change_is_measured_on_the_same_worlds_as_a_run_by_itself() {
        let figures = Figures::builtin().unwrap();
        let survey = Survey::from_toml("[door]\nleaf = \"solid\"\n[frame]\nscrew_length_mm = 19\n").unwrap();
        let changes = [
            "[door]\nleaf = \"solid\"\n[frame]\nscrew_length_mm = 76\n",
            "[frame]\nscrew_length_mm = 19\n",
            "[door]\nleaf = \"steel\"\nclass = \"rc3\"\n[cylinder]\nkind = \"none\"\n[smart]\nkind = \"none\"",
            "",
        ];
        for attacker in &figures.attackers {
            let base = Attempt::new(&survey, &figures, attacker).unwrap();
            let changed: Vec<Survey> = changes.iter().map(|text| Survey::from_toml(text).unwrap()).collect();
            let attempts: Vec<Attempt> =
                changed.iter().map(|one| base.changed(one, &figures, attacker).unwrap()).collect();
            let alone = |survey: &Survey| {
                let sampling =
                    Sampling { seed: 9, worlds: 1000, threads: 1, grid: vec![300.0], detail: false };
                Attempt::new(survey, &figures, attacker).unwrap().run(&sampling).ignorance.share(0).p
            };
            for threads in [1, 3] {
                let how = Comparing { seed: 9, worlds: 1000, threads, within_s: 300.0 };
                let (before, after) = compare(&base, &attempts, &how);
                assert!((before - alone(&survey)).abs() < 1e-9, "{}", attacker.name);
                for (one, survey) in after.iter().zip(&changed) {
                    assert!((one - alone(survey)).abs() < 1e-9, "{} {one}", attacker.name);
                }
            }
        }
    }
}
