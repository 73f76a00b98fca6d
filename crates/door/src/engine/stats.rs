//! From counts in groups to a share with its interval, and to what an unknown answer is worth.

use libm::sqrt;

/// Counts of worlds by group and time.
#[derive(Debug, Clone)]
pub struct Groups {
    width: usize,
    cells: Vec<u32>,
    sizes: Vec<u32>,
}

/// A share with its 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share, 0 to 1.
    pub p: f64,
    /// 90 % interval, holding `p`.
    pub interval: (f64, f64),
}

impl Groups {
    pub(super) fn new(grid: usize, groups: usize) -> Self {
        Self { width: grid, cells: vec![0; grid * groups], sizes: vec![0; groups] }
    }

    /// Counts one world: in at `time`, or never.
    #[inline]
    pub(super) fn count(&mut self, row: usize, time: Option<f64>, grid: &[f64]) {
        self.sizes[row] += 1;
        if let Some(time) = time {
            let at = grid.partition_point(|t| *t < time);
            if at < self.width {
                self.cells[row * self.width + at] += 1;
            }
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.cells.extend(other.cells);
        self.sizes.extend(other.sizes);
    }

    /// The share that is in by the grid's time number `at`, for each group.
    pub fn shares(&self, at: usize) -> Vec<f64> {
        self.cells
            .chunks(self.width.max(1))
            .zip(&self.sizes)
            .map(|(row, size)| f64::from(row[..=at].iter().sum::<u32>()) / f64::from((*size).max(1)))
            .collect()
    }

    /// Worlds in each group.
    pub fn group_size(&self) -> f64 {
        self.sizes.first().copied().map_or(1.0, f64::from)
    }

    /// The share in by the grid's time number `at`, with the interval of what the groups share.
    pub fn share(&self, at: usize) -> Share {
        interval(&self.shares(at), self.group_size())
    }
}

/// Mean and 90 % interval of the groups' true shares. What the shares of small groups differ by chance
/// alone is taken off:
/// each is drawn towards the mean so that the spread left is the spread between groups (analysis of
/// variance).
/// Where the mean lies outside (a few groups hold nearly all), the interval is widened to hold it.
pub fn interval(shares: &[f64], group_size: f64) -> Share {
    let spread = Spread::of(shares, group_size);
    let mut drawn: Vec<f64> =
        shares.iter().map(|p| spread.mean + spread.shrink * (p - spread.mean)).collect();
    drawn.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&drawn, 0.05), quantile(&drawn, 0.95));
    let interval = (low.min(spread.mean).clamp(0.0, 1.0), high.max(spread.mean).clamp(0.0, 1.0));
    Share { p: spread.mean.clamp(0.0, 1.0), interval }
}

/// Spread of group shares, split into what is between groups and what is chance within.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Mean share.
    pub mean: f64,
    /// Variance between groups, chance within taken off.
    pub between: f64,
    /// Mean variance of a group's share by chance within.
    pub within: f64,
    /// Factor that draws a group's share towards the mean.
    pub shrink: f64,
}

impl Spread {
    /// Splits the spread of shares from groups of `group_size`.
    pub fn of(shares: &[f64], group_size: f64) -> Self {
        let n = shares.len().max(1) as f64;
        let mean = shares.iter().sum::<f64>() / n;
        let observed = shares.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / n;
        let within = shares.iter().map(|p| p * (1.0 - p)).sum::<f64>() / n / (group_size - 1.0).max(1.0);
        let between = (observed - within).max(0.0);
        let shrink = if observed > 0.0 { sqrt(between / observed) } else { 0.0 };
        Self { mean, between, within, shrink }
    }
}

/// Quantile of sorted values.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len().max(1) - 1) as f64;
    let low = place as usize;
    match (sorted.get(low), sorted.get(low + 1)) {
        (Some(left), Some(right)) => left + (right - left) * (place - low as f64),
        (Some(only), None) => *only,
        (None, _) => 0.0,
    }
}

/// The share of the variance between groups that knowing one quantity would take away: its first-order
/// (Sobol) index,
/// estimated by putting groups into bins by that quantity, chance taken off. 0 to 1.
pub fn explained(shares: &[f64], group_size: f64, values: &[f32]) -> f64 {
    let spread = Spread::of(shares, group_size);
    if spread.between <= 1e-12 || values.len() != shares.len() {
        return 0.0;
    }
    let bins = bins(values);
    let n = shares.len() as f64;
    let mut between = 0.0;
    let mut used = 0.0;
    for bin in &bins {
        let mean = bin.iter().map(|at| shares[*at]).sum::<f64>() / bin.len() as f64;
        between += bin.len() as f64 / n * (mean - spread.mean) * (mean - spread.mean);
        used += 1.0;
    }
    // bins of noise alone would differ by (bins - 1) / n of the whole variance
    let noise = (used - 1.0) / n * (spread.between + spread.within);
    ((between - noise) / spread.between).clamp(0.0, 1.0)
}

/// Groups by value: one bin for each value where there are few, eight of equal size otherwise.
fn bins(values: &[f32]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut distinct: Vec<Vec<usize>> = Vec::new();
    for at in &order {
        match distinct.last_mut() {
            Some(bin) if bin.last().is_some_and(|last| values[*last].to_bits() == values[*at].to_bits()) => {
                bin.push(*at)
            }
            _ => distinct.push(vec![*at]),
        }
        if distinct.len() > 20 {
            return order.chunks(values.len().div_ceil(8)).map(<[usize]>::to_vec).collect();
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draws::{uniform, world_key};

    #[test]
    fn d2_chance_within_groups_is_taken_off_the_interval() {
        // 400 groups of 20 worlds, all with p = 0.3: nothing is shared, so nothing may be left
        let shares: Vec<f64> = (0..400_u64)
            .map(|group| {
                (0..20_u64).filter(|world| uniform(world_key(1, 9, group * 20 + world), 5) < 0.3).count()
                    as f64
                    / 20.0
            })
            .collect();
        let share = interval(&shares, 20.0);
        assert!((share.p - 0.3).abs() < 0.02);
        assert!(share.interval.1 - share.interval.0 < 0.12, "{share:?}");
    }

    #[test]
    fn d2_a_true_spread_is_kept() {
        let shares: Vec<f64> = (0..400_u64)
            .map(|group| {
                let p = (group as f64 + 0.5) / 400.0;
                (0..20_u64).filter(|world| uniform(world_key(2, 9, group * 20 + world), 5) < p).count() as f64
                    / 20.0
            })
            .collect();
        let share = interval(&shares, 20.0);
        assert!(share.interval.0 < 0.1 && share.interval.1 > 0.9, "{share:?}");
        let values: Vec<f32> = (0..400).map(|group| group as f32).collect();
        assert!(explained(&shares, 20.0, &values) > 0.9);
        let noise: Vec<f32> = (0..400_u64).map(|group| uniform(world_key(3, 9, group), 1) as f32).collect();
        assert!(explained(&shares, 20.0, &noise) < 0.05);
    }
}
