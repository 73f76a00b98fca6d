//! Running worlds and counting what happens in them.
//!
//! Worlds come in groups. In the first pass a group shares what we do not know and its worlds differ by
//! chance, so the
//! spread between groups is ignorance. In the second a group shares the attempt and its worlds differ in
//! what we do not
//! know, so the spread between groups is chance. Only whole numbers are added up, so the number of
//! threads cannot matter.

use std::ops::Range;

use super::draws::world_key;
use super::model::{Build, Draws, LANES, Shared, World};
use super::stats::Groups;
use crate::figures::{Attacker, FigureError, Figures};
use crate::survey::Survey;
use crate::ways::{FORCE, Mechanisms, Outcome, PICKING, Part, Way};

/// Points of the curve, in seconds.
pub const GRID: &[f64] = &[
    5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 150.0, 180.0, 240.0, 300.0, 360.0, 420.0, 480.0,
    540.0, 600.0,
];
/// Most groups of a run.
const MAX_GROUPS: usize = 4096;
/// Most worlds of the second pass.
const MAX_CHANCE_WORLDS: usize = 8192;
/// Worlds that share a group's draw, where intervals are wanted. Without detail each world stands alone,
/// which gives the share itself more exactly.
const PER_GROUP: usize = 10;
/// Ways through a part are counted where it gives within this, s.
const THROUGH_S: f64 = 1200.0;
/// Cells of a time histogram: eight to a doubling, from 1 s to 65,536 s.
const CELLS: usize = 128;

/// A door as one attacker meets it, ready to be sampled.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What is drawn.
    pub draws: Draws,
    pub(super) mechanisms: Mechanisms,
}

/// How to sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// Same seed, same result.
    pub seed: u64,
    /// Worlds for each attacker, at least 200.
    pub worlds: usize,
    /// Threads to share the work.
    pub threads: usize,
    /// Times at which the share that is in is counted, rising, s.
    pub grid: Vec<f64>,
    /// Also count ways, parts and the attempt-to-attempt spread.
    pub detail: bool,
}

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Groups that share what we do not know.
    pub ignorance: Groups,
    /// Groups that share the attempt; absent without detail.
    pub chance: Option<Groups>,
    /// Worlds in which each way was the first to succeed before he gave up.
    pub first: [u64; Way::COUNT],
    /// The same for each group, for the interval of the share.
    pub first_by_group: Vec<[u16; Way::COUNT]>,
    /// Worlds in which each part gave first.
    pub parts: [u64; Part::COUNT],
    /// The same counting ways by force only.
    pub parts_force: [u64; Part::COUNT],
    /// The same counting picking, raking and bumping only.
    pub ways_picking: [u64; Way::COUNT],
    way_times: Vec<[u32; CELLS]>,
    part_times: Vec<[u32; CELLS]>,
    /// Worlds in which each way was the quickest through each part, within [`THROUGH_S`].
    part_ways: Vec<[u32; Way::COUNT]>,
    /// Values of the unknown answers, one row for each group.
    pub unknown: Vec<Vec<f32>>,
    worlds: u64,
}

impl Attempt {
    /// Prepares one attacker's attempt at a door.
    ///
    /// # Errors
    /// A figure is missing.
    pub fn new(survey: &Survey, figures: &Figures, attacker: &Attacker) -> Result<Self, FigureError> {
        let mut build = Build::new(survey, figures, attacker);
        let mechanisms = Mechanisms::build(&mut build);
        Ok(Self { draws: build.finish()?, mechanisms })
    }

    /// Prepares the same attacker's attempt at the door of a changed survey, to be compared with this one.
    ///
    /// # Errors
    /// A figure is missing.
    pub fn changed(
        &self,
        survey: &Survey,
        figures: &Figures,
        attacker: &Attacker,
    ) -> Result<Self, FigureError> {
        let mut build = Build::like(survey, figures, attacker, &self.draws);
        let mechanisms = Mechanisms::build(&mut build);
        Ok(Self { draws: build.finish()?, mechanisms })
    }

    /// Samples the attempt.
    pub fn run(&self, sampling: &Sampling) -> Counts {
        let worlds = sampling.worlds.max(200);
        let groups = if sampling.detail { (worlds / PER_GROUP).clamp(1, MAX_GROUPS) } else { worlds };
        let per_group = worlds / groups;
        let mut counts = self.shared_out(sampling, groups, |range| self.pass(sampling, range, per_group));
        if sampling.detail {
            let groups = (worlds.min(MAX_CHANCE_WORLDS) / PER_GROUP).max(1);
            let part =
                self.shared_out(sampling, groups, |range| self.chance_pass(sampling, range, PER_GROUP));
            counts.chance = Some(part.ignorance);
        }
        counts
    }

    /// Shares groups among threads and joins what they counted, in order.
    fn shared_out(
        &self,
        sampling: &Sampling,
        groups: usize,
        work: impl Fn(Range<usize>) -> Counts + Sync,
    ) -> Counts {
        let threads = sampling.threads.clamp(1, 64).min(groups);
        if threads == 1 {
            return work(0..groups);
        }
        let share = groups.div_ceil(threads);
        let ranges =
            (0..threads).map(|thread| (thread * share).min(groups)..((thread + 1) * share).min(groups));
        let parts: Vec<Option<Counts>> = std::thread::scope(|scope| {
            let handles: Vec<_> = ranges.map(|range| scope.spawn(|| work(range))).collect();
            handles.into_iter().map(|handle| handle.join().ok()).collect()
        });
        let mut whole = Counts::new(sampling.grid.len(), 0);
        for part in parts.into_iter().flatten() {
            whole.join(part);
        }
        whole
    }

    fn pass(&self, sampling: &Sampling, groups: Range<usize>, per_group: usize) -> Counts {
        let mut counts = Counts::new(sampling.grid.len(), groups.len());
        let mut world = self.draws.start();
        let mut out = Outcome::default();
        let first = groups.start;
        let mut held = None;
        for block in Blocks::of(groups, per_group) {
            let keys = block.keys(sampling.seed, 2);
            let shared = block.shared(sampling.seed, 1, per_group);
            self.draws.chance(&mut world, &keys);
            // a block all of one group, after another of the same: it stands there already
            let alone = if let [one] = shared.as_slice() { Some(one.key) } else { None };
            if alone.is_none() || alone != held {
                self.draws.ignorance_shared(&mut world, &shared);
            }
            held = alone;
            for (lane, index) in block.0.enumerate() {
                world.look(lane);
                if sampling.detail && index % per_group == 0 {
                    counts.note(&self.draws, &world);
                }
                let patience = self.mechanisms.run(&world, &mut out);
                counts.world(index / per_group - first, &out, patience, &sampling.grid, sampling.detail);
            }
        }
        counts
    }

    fn chance_pass(&self, sampling: &Sampling, groups: Range<usize>, per_group: usize) -> Counts {
        let mut counts = Counts::new(sampling.grid.len(), groups.len());
        let mut world = self.draws.start();
        let mut out = Outcome::default();
        let first = groups.start;
        for block in Blocks::of(groups, per_group) {
            let keys = block.keys(sampling.seed, 4);
            let shared = block.shared(sampling.seed, 3, per_group);
            self.draws.ignorance(&mut world, &keys);
            self.draws.chance_shared(&mut world, &shared);
            for (lane, index) in block.0.enumerate() {
                world.look(lane);
                let patience = self.mechanisms.run(&world, &mut out);
                counts.world(index / per_group - first, &out, patience, &sampling.grid, false);
            }
        }
        counts
    }
}

/// Worlds drawn together: their numbers.
pub(super) struct Block(pub(super) Range<usize>);

/// Cuts the worlds of some groups into blocks.
pub(super) struct Blocks(Range<usize>);

impl Blocks {
    pub(super) fn of(groups: Range<usize>, per_group: usize) -> Self {
        Self(groups.start * per_group..groups.end * per_group)
    }
}

impl Iterator for Blocks {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let start = self.0.start;
        let end = (start + LANES).min(self.0.end);
        self.0.start = end;
        (start < end).then_some(Block(start..end))
    }
}

impl Block {
    /// A key for each world, from a stream of the seed.
    pub(super) fn keys(&self, seed: u64, stream: u64) -> [u64; LANES] {
        std::array::from_fn(|lane| world_key(seed, stream, (self.0.start + lane) as u64))
    }

    /// The groups of the block: each its key and its lanes.
    fn shared(&self, seed: u64, stream: u64, per_group: usize) -> Vec<Shared> {
        let groups = self.0.start / per_group..self.0.end.div_ceil(per_group);
        let lanes = |group: usize| {
            let start = (group * per_group).max(self.0.start);
            let end = ((group + 1) * per_group).min(self.0.end);
            start - self.0.start..end - self.0.start
        };
        groups
            .map(|group| Shared { key: world_key(seed, stream, group as u64), lanes: lanes(group) })
            .collect()
    }
}

impl Counts {
    fn new(grid: usize, groups: usize) -> Self {
        Self {
            ignorance: Groups::new(grid, groups),
            chance: None,
            first: [0; Way::COUNT],
            first_by_group: vec![[0; Way::COUNT]; groups],
            parts: [0; Part::COUNT],
            parts_force: [0; Part::COUNT],
            ways_picking: [0; Way::COUNT],
            way_times: vec![[0; CELLS]; Way::COUNT],
            part_times: vec![[0; CELLS]; Part::COUNT],
            part_ways: vec![[0; Way::COUNT]; Part::COUNT],
            unknown: Vec::new(),
            worlds: 0,
        }
    }

    #[inline]
    fn world(&mut self, row: usize, out: &Outcome, patience: f64, grid: &[f64], detail: bool) {
        self.worlds += 1;
        let first = out.first().filter(|(_, time, _)| *time <= patience);
        self.ignorance.count(row, first.map(|(_, time, _)| time), grid);
        if !detail {
            return;
        }
        if let Some((way, _, part)) = first {
            self.first[way as usize] += 1;
            self.first_by_group[row][way as usize] += 1;
            self.parts[part as usize] += 1;
        }
        let mut by_part = [(f64::INFINITY, Way::Unlocked); Part::COUNT];
        for way in Way::ALL {
            let time = out.time(*way);
            if time.is_finite() {
                self.way_times[*way as usize][cell(time)] += 1;
                let least = &mut by_part[out.part(*way) as usize];
                if time < least.0 {
                    *least = (time, *way);
                }
            }
        }
        for (part, (time, way)) in by_part.iter().enumerate() {
            if time.is_finite() {
                self.part_times[part][cell(*time)] += 1;
                if *time <= THROUGH_S {
                    self.part_ways[part][*way as usize] += 1;
                }
            }
        }
        if let Some(way) = quickest(out, FORCE, patience) {
            self.parts_force[out.part(way) as usize] += 1;
        }
        if let Some(way) = quickest(out, PICKING, patience) {
            self.ways_picking[way as usize] += 1;
        }
    }

    /// Writes down the unknown answers of a group.
    fn note(&mut self, draws: &Draws, world: &World) {
        self.unknown.push(draws.unknown.iter().map(|unknown| world.get(unknown.slot) as f32).collect());
    }

    fn join(&mut self, other: Self) {
        self.ignorance.join(other.ignorance);
        self.first_by_group.extend(other.first_by_group);
        self.unknown.extend(other.unknown);
        self.worlds += other.worlds;
        add(&mut self.first, &other.first);
        add(&mut self.parts, &other.parts);
        add(&mut self.parts_force, &other.parts_force);
        add(&mut self.ways_picking, &other.ways_picking);
        for (mine, theirs) in self.part_ways.iter_mut().zip(&other.part_ways) {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += b;
            }
        }
        for (mine, theirs) in self
            .way_times
            .iter_mut()
            .zip(&other.way_times)
            .chain(self.part_times.iter_mut().zip(&other.part_times))
        {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += b;
            }
        }
    }

    /// Worlds counted.
    pub fn worlds(&self) -> u64 {
        self.worlds
    }

    /// Median time of a way where it can be done at all, s; `None` where it never can.
    pub fn way_median(&self, way: Way) -> Option<f64> {
        median(&self.way_times[way as usize])
    }

    /// Share of worlds in which a way can be done at all, however long it takes.
    pub fn way_possible(&self, way: Way) -> f64 {
        self.way_times[way as usize].iter().map(|n| u64::from(*n)).sum::<u64>() as f64
            / self.worlds.max(1) as f64
    }

    /// Share of worlds in which a way has succeeded within `seconds`, had nothing else been tried.
    pub fn way_within(&self, way: Way, seconds: f64) -> f64 {
        let within: u64 = self.way_times[way as usize][..cell(seconds)].iter().map(|n| u64::from(*n)).sum();
        within as f64 / self.worlds.max(1) as f64
    }

    /// Share of worlds in which a part has given within `seconds`, had he gone for it.
    pub fn part_within(&self, part: Part, seconds: f64) -> f64 {
        let until = cell(seconds);
        let within: u64 = self.part_times[part as usize][..until].iter().map(|n| u64::from(*n)).sum();
        within as f64 / self.worlds.max(1) as f64
    }

    /// The ways through a part where it gives within 20 minutes, by how often each is the quickest; the most
    /// frequent first. Shares add to 1; empty where it never gives.
    pub fn ways_through(&self, part: Part) -> Vec<(Way, f64)> {
        let counts = &self.part_ways[part as usize];
        let all: u64 = counts.iter().map(|n| u64::from(*n)).sum();
        let share = |way: &Way| (*way, f64::from(counts[*way as usize]) / all.max(1) as f64);
        let mut ways: Vec<(Way, f64)> =
            Way::ALL.iter().map(share).filter(|(_, share)| *share > 0.0).collect();
        ways.sort_by(|a, b| b.1.total_cmp(&a.1));
        ways
    }
}

fn add<const N: usize>(mine: &mut [u64; N], theirs: &[u64; N]) {
    for (a, b) in mine.iter_mut().zip(theirs) {
        *a += b;
    }
}

#[inline]
fn quickest(out: &Outcome, ways: &[Way], patience: f64) -> Option<Way> {
    let mut best = None;
    let mut least = patience;
    for way in ways {
        if out.time(*way) <= least {
            least = out.time(*way);
            best = Some(*way);
        }
    }
    best
}

/// Cell of a time: eight to a doubling, by the leading bits of the number.
#[inline]
fn cell(seconds: f64) -> usize {
    let bits = seconds.clamp(1.0, 65_535.0).to_bits() >> 49;
    (bits - (1023 << 3)) as usize
}

/// Lower edge of a cell, s.
fn edge(cell: usize) -> f64 {
    f64::from_bits((cell as u64 + (1023 << 3)) << 49)
}

fn median(cells: &[u32; CELLS]) -> Option<f64> {
    let total: u64 = cells.iter().map(|n| u64::from(*n)).sum();
    let mut sum = 0;
    for (at, n) in cells.iter().enumerate() {
        let n = u64::from(*n);
        if n > 0 && (sum + n) * 2 >= total {
            let within = (total as f64 / 2.0 - sum as f64) / n as f64;
            return Some(edge(at) + within * (edge(at + 1) - edge(at)));
        }
        sum += n;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_cells_cover_times_without_gaps() {
        assert_eq!((cell(0.1), cell(1.0), cell(2.0)), (0, 0, 8));
        assert!(cell(1e9) < CELLS);
        for at in 0..CELLS - 1 {
            assert_eq!(cell(edge(at)), at);
        }
        let mut cells = [0; CELLS];
        for seconds in 1..=1000 {
            cells[cell(f64::from(seconds))] += 1;
        }
        assert!((median(&cells).unwrap() - 500.0).abs() < 10.0);
    }
}
