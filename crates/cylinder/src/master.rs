//! Master-key systems: how many keys they hold, and how soon the holder of one change key finds the key above
//! it. Exact sums over all codes; nothing here names a lock or makes a key.

use crate::{
    error::{Error, field},
    keys::{DEPTHS, Space},
};
use alloc::{format, vec, vec::Vec};
use serde::Serialize;

/// Size of a system under one top master key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct System {
    /// Change keys that differ from the top master in every position: the progression.
    pub change_keys: u128,
    /// Those of them within MACS.
    pub legal: u128,
    /// Codes that open one cylinder pinned for one change key and the top master: each chamber has two shear
    /// lines, so it is 2 to the power of the chambers. Nobody cut most of them.
    pub open_one_cylinder: u128,
}

/// The system below the top master key `top` (cuts from 0), with depths in steps of `progression` (1 or 2).
///
/// # Errors
/// [`Error::Field`] naming `top` or `progression`.
pub fn system(space: &Space, top: &[u8], progression: u8) -> Result<System, Error> {
    if top.len() != usize::from(space.pins()) || top.iter().any(|c| *c >= space.depths()) {
        let why = format!("it needs {} cuts from 0 to {}", space.pins(), space.depths() - 1);
        return Err(field("top", format!("{top:?}"), why));
    }
    if !(1..=2).contains(&progression) {
        return Err(field("progression", progression, "it must be 1 or 2"));
    }
    let fits = |i: usize, d: usize| {
        let apart = d.abs_diff(usize::from(top[i]));
        apart > 0 && apart.is_multiple_of(usize::from(progression))
    };
    let change_keys = (0..top.len())
        .map(|i| (0..usize::from(space.depths())).filter(|d| fits(i, *d)).count() as u128)
        .product();
    Ok(System { change_keys, legal: space.legal_where(fits), open_one_cylinder: 1 << top.len() })
}

/// Mean number of keys that the holder of a change key cuts and tries until the master key is known (Blaze
/// 2003), exactly, over all pairs of legal change key and legal master key: one position is varied at a time
/// from the shallowest cut on, a cut that MACS forbids beside its neighbours is not tried, the search of a
/// position ends with the first that opens, and a position where none opens has the cut of the change key.
#[must_use]
pub fn mean_probes(space: &Space) -> f64 {
    let (n, d) = (usize::from(space.pins()), usize::from(space.depths()));
    let near = |a: usize, b: usize| a.abs_diff(b) <= usize::from(space.macs());
    // ways to complete a legal code to the left (and, by symmetry, to the right) of a position
    let mut ways = vec![[0.0_f64; DEPTHS]; n];
    ways[0][..d].fill(1.0);
    for i in 1..n {
        for b in 0..d {
            ways[i][b] = (0..d).filter(|a| near(*a, b)).map(|a| ways[i - 1][a]).sum();
        }
    }
    let all: f64 = ways[n - 1][..d].iter().sum();
    let mut mean = 0.0;
    for i in 0..n {
        // chance of each cut of the master key here
        let master: Vec<f64> = (0..d).map(|m| ways[i][m] * ways[n - 1 - i][m] / all).collect();
        // neighbours of the change key's cut here; a missing neighbour allows everything
        let sides = |at: Option<usize>| -> Vec<(Option<usize>, f64)> {
            match at {
                None => vec![(None, 1.0)],
                Some(j) => (0..d).map(|a| (Some(a), ways[j][a])).collect(),
            }
        };
        let left = sides(i.checked_sub(1));
        let right = sides((i + 1 < n).then(|| n - 2 - i));
        for c in 0..d {
            for (l, wl) in left.iter().filter(|(l, _)| l.is_none_or(|l| near(l, c))) {
                for (r, wr) in right.iter().filter(|(r, _)| r.is_none_or(|r| near(r, c))) {
                    let may = |x: usize| l.is_none_or(|l| near(l, x)) && r.is_none_or(|r| near(r, x));
                    let tries: Vec<usize> = (0..d).filter(|x| *x != c && may(*x)).collect();
                    let expected: f64 = (0..d)
                        .map(|m| {
                            let place = tries.iter().position(|t| *t == m);
                            master[m] * place.map_or(tries.len(), |k| k + 1) as f64
                        })
                        .sum();
                    mean += wl * wr / all * expected;
                }
            }
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_system_sizes_are_met() {
        // lockpicking101, t=58768: two-step on ten depths 4^5, single step on six depths 5^5
        let schlage = Space::new(5, 10, 7).unwrap();
        assert_eq!(system(&schlage, &[4, 6, 2, 5, 3], 2).unwrap().change_keys, 1024);
        let kwikset = Space::new(5, 6, 4).unwrap();
        let s = system(&kwikset, &[2, 3, 1, 4, 2], 1).unwrap();
        assert_eq!((s.change_keys, s.open_one_cylinder), (3125, 32));
        assert!(s.legal < s.change_keys);
        assert!(system(&kwikset, &[1, 2], 1).unwrap_err().to_string().starts_with("top"));
    }

    /// Plays the search for every pair of keys.
    fn played(p: usize, d: usize, macs: usize) -> f64 {
        let code = |k: usize| -> Vec<usize> { (0..p).map(|i| k / d.pow(i as u32) % d).collect() };
        let legal: Vec<Vec<usize>> = (0..d.pow(p as u32))
            .map(code)
            .filter(|c| c.windows(2).all(|w| w[0].abs_diff(w[1]) <= macs))
            .collect();
        let mut tries = 0;
        for change in &legal {
            for master in &legal {
                for i in 0..p {
                    for x in 0..d {
                        let mut key = change.clone();
                        key[i] = x;
                        if x == change[i] || key.windows(2).any(|w| w[0].abs_diff(w[1]) > macs) {
                            continue;
                        }
                        tries += 1;
                        if x == master[i] {
                            break;
                        }
                    }
                }
            }
        }
        tries as f64 / (legal.len() * legal.len()) as f64
    }

    #[test]
    fn the_mean_is_what_playing_every_pair_gives() {
        for (p, d, macs) in [(3, 4, 3), (3, 4, 2), (4, 3, 1), (1, 5, 4)] {
            let space = Space::new(p as u8, d as u8, macs as u8).unwrap();
            let (sum, seen) = (mean_probes(&space), played(p, d, macs));
            assert!((sum - seen).abs() < 1e-9, "{p} {d} {macs}: {sum} {seen}");
        }
    }
}
