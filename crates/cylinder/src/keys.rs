//! Keys and their number: bitting systems as data, exact counts by transfer matrix, what a rule takes away,
//! what a change key's holder needs to find a master key, and what a picture or a sound of a key gives away.
//!
//! Counts only. There is no way here from a code to a key or from a lock to a code.

use crate::error::{Error, field, in_range};
use alloc::{format, string::String, vec};
#[cfg(feature = "std")]
use alloc::{string::ToString, vec::Vec};
use serde::{Deserialize, Serialize};

/// Most depths that the counts accept.
pub const DEPTHS: usize = 16;
/// Most cuts that the counts accept.
pub const CUTS: u8 = 24;
/// Most codes that are looked at one by one (for rules that no small matrix holds).
pub const LISTED: u128 = 20_000_000;

/// A bitting system; see the head of `figures/cylinder/bitting.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // documented once, in the figures file
pub struct System {
    pub name: String,
    pub maker: String,
    pub pins: u8,
    pub depths: u8,
    pub macs: u8,
    pub first_cut_mm: Option<f64>,
    pub spacing_mm: Option<f64>,
    pub root_mm: Option<f64>,
    pub step_mm: Option<f64>,
    pub first_code: u8,
    pub source: String,
}

/// Reads bitting systems from TOML text.
///
/// # Errors
/// [`Error::Figures`], or a field error for a system that cannot be.
#[cfg(feature = "std")]
pub fn systems(text: &str) -> Result<Vec<System>, Error> {
    #[derive(Deserialize)]
    struct File {
        system: Vec<System>,
    }
    let file: File = toml::from_str(text)
        .map_err(|e| Error::Figures { file: "cylinder/bitting.toml", why: e.to_string() })?;
    for s in &file.system {
        Space::new(s.pins, s.depths, s.macs)?;
    }
    Ok(file.system)
}

/// The bitting systems that came with the program.
///
/// # Errors
/// Only if the embedded file were damaged.
#[cfg(feature = "std")]
pub fn embedded_systems() -> Result<Vec<System>, Error> {
    systems(include_str!("../../../figures/cylinder/bitting.toml"))
}

/// Key codes with `pins` cuts of `depths` depths, neighbours differing by at most `macs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    pins: u8,
    depths: u8,
    macs: u8,
}

/// Exact counts of a [`Space`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counts {
    /// `depths` to the power of `pins`.
    pub total: u128,
    /// Those within MACS.
    pub legal: u128,
    /// Of the legal ones, those that cannot be drawn out turned (see [`Space::not_drawable`]).
    pub held: u128,
    /// Of the legal ones, those that also keep the EN 1303 rules as paraphrased at [`Space::en1303`]; absent
    /// where there are too many to list.
    pub en1303: Option<u128>,
}

impl Space {
    /// A space of codes.
    ///
    /// # Errors
    /// [`Error::Field`] naming `pins`, `depths` or `macs`.
    pub fn new(pins: u8, depths: u8, macs: u8) -> Result<Self, Error> {
        in_range("pins", f64::from(pins), 1.0, f64::from(CUTS))?;
        in_range("depths", f64::from(depths), 1.0, DEPTHS as f64)?;
        if macs > depths {
            return Err(field("macs", macs, format!("it must not be above the number of depths, {depths}")));
        }
        Ok(Self { pins, depths, macs })
    }

    /// Number of cuts.
    #[must_use]
    pub fn pins(&self) -> u8 {
        self.pins
    }

    /// Number of depths.
    #[must_use]
    pub fn depths(&self) -> u8 {
        self.depths
    }

    /// Largest difference between neighbouring cuts.
    #[must_use]
    pub fn macs(&self) -> u8 {
        self.macs
    }

    /// Legal codes whose cut at position `i` is one that `fits(i, depth)`: the transfer matrix again.
    #[must_use]
    pub fn legal_where(&self, fits: impl Fn(usize, usize) -> bool) -> u128 {
        let d = usize::from(self.depths);
        let mut ways = [0_u128; DEPTHS];
        for (depth, w) in ways.iter_mut().enumerate().take(d) {
            *w = u128::from(fits(0, depth));
        }
        for i in 1..usize::from(self.pins) {
            let mut next = [0_u128; DEPTHS];
            for (b, sum) in next.iter_mut().enumerate().take(d).filter(|(b, _)| fits(i, *b)) {
                *sum = (0..d).filter(|a| a.abs_diff(b) <= usize::from(self.macs)).map(|a| ways[a]).sum();
            }
            ways = next;
        }
        ways[..d].iter().sum()
    }

    /// Legal codes that keep a rule, by looking at each: only for up to [`LISTED`] codes.
    #[must_use]
    pub fn count(&self, keeps: &dyn Fn(&[u8]) -> bool) -> u128 {
        self.list(&mut vec![0_u8; usize::from(self.pins)], 0, keeps)
    }

    /// Bits of a legal code, all alike probable.
    #[must_use]
    pub fn bits(&self) -> f64 {
        libm::log2(self.legal() as f64)
    }

    /// Share of `draws` random codes (before MACS) that are legal: a count by dice, to check the exact one.
    #[must_use]
    pub fn sampled_share(&self, seed: u64, draws: u32) -> f64 {
        let mut rng = crate::rng::Rng::keyed(seed, 0x6b65_7973);
        let mut legal = 0_u32;
        for _ in 0..draws {
            let mut last = rng.below(u32::from(self.depths));
            let mut keeps = true;
            for _ in 1..self.pins {
                let next = rng.below(u32::from(self.depths));
                keeps &= last.abs_diff(next) <= u32::from(self.macs);
                last = next;
            }
            legal += u32::from(keeps);
        }
        f64::from(legal) / f64::from(draws.max(1))
    }

    /// All counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let legal = self.legal();
        Counts {
            total: self.total(),
            legal,
            held: legal - self.not_drawable(),
            en1303: (self.total() <= LISTED).then(|| self.en1303()),
        }
    }

    /// `depths` to the power of `pins` (at most 16^24, which fits).
    #[must_use]
    pub fn total(&self) -> u128 {
        u128::from(self.depths).pow(u32::from(self.pins))
    }

    /// Codes within MACS: the transfer matrix with a one where two depths may be neighbours, applied `pins -
    /// 1` times.
    #[must_use]
    pub fn legal(&self) -> u128 {
        self.walk(|a, b| a.abs_diff(b) <= usize::from(self.macs))
    }

    /// Legal codes whose cuts only get deeper from bow to tip or stay: such a key can be drawn out of a
    /// turned plug.
    #[must_use]
    pub fn not_drawable(&self) -> u128 {
        self.walk(|a, b| b >= a && b - a <= usize::from(self.macs))
    }

    fn walk(&self, allowed: impl Fn(usize, usize) -> bool) -> u128 {
        let d = usize::from(self.depths);
        let mut ways = [0_u128; DEPTHS];
        ways[..d].fill(1);
        for _ in 1..self.pins {
            let mut next = [0_u128; DEPTHS];
            for (b, sum) in next.iter_mut().enumerate().take(d) {
                *sum = (0..d).filter(|a| allowed(*a, b)).map(|a| ways[a]).sum();
            }
            ways = next;
        }
        ways[..d].iter().sum()
    }

    /// Legal codes that also have at least three different depths, never three alike in a row, and at most 60
    /// % alike. A common paraphrase of EN 1303's rule; its grades one by one are in [`crate::en1303`].
    #[must_use]
    pub fn en1303(&self) -> u128 {
        self.count(&keeps_en1303)
    }

    fn list(&self, code: &mut [u8], at: usize, keeps: &dyn Fn(&[u8]) -> bool) -> u128 {
        if at == code.len() {
            return u128::from(keeps(code));
        }
        let mut sum = 0;
        for c in 0..self.depths {
            if at == 0 || code[at - 1].abs_diff(c) <= self.macs {
                code[at] = c;
                sum += self.list(code, at + 1, keeps);
            }
        }
        sum
    }

    /// Mean number of legal codes that share all differences between neighbouring cuts with a given one: what
    /// is left when a sound gives the differences but not the height (best case for the listener).
    #[must_use]
    pub fn left_after_sound(&self) -> f64 {
        let d = self.depths;
        let within = |w: u8| if w == 0 { 0 } else { Space { depths: w, ..*self }.legal_in_window() };
        let mut sum = 0.0;
        for range in 0..d {
            // codes of exactly this range with a given lowest cut, by inclusion and exclusion over windows
            let exactly = within(range + 1) + if range > 0 { within(range - 1) } else { 0 }
                - 2 * within(range).min(u128::MAX / 2);
            let shifts = f64::from(d - range);
            sum += shifts * shifts * exactly as f64;
        }
        sum / self.legal() as f64
    }

    fn legal_in_window(&self) -> u128 {
        self.walk(|a, b| a.abs_diff(b) <= usize::from(self.macs))
    }

    /// Bits left of a code after a picture that shows each cut with an error of `sigma` (mm, one standard
    /// deviation) on depths `step` (mm) apart: pins times the mean entropy of one cut, given its picture.
    /// (MACS is left out.)
    #[must_use]
    pub fn bits_after_photo(&self, step: f64, sigma: f64) -> f64 {
        let d = usize::from(self.depths);
        let width = 0.05 * sigma.max(1e-6);
        let mut entropy = 0.0;
        let (mut x, end) = (-5.0 * sigma, step * (d - 1) as f64 + 5.0 * sigma);
        while x < end {
            let mut seen = [0.0; DEPTHS];
            let mut all = 0.0;
            for (k, s) in seen.iter_mut().enumerate().take(d) {
                let z = (x - step * k as f64) / sigma;
                *s = libm::exp(-0.5 * z * z);
                all += *s;
            }
            if all > 1e-300 {
                let h: f64 = seen[..d]
                    .iter()
                    .map(|s| s / all)
                    .filter(|p| *p > 1e-12)
                    .map(|p| -p * libm::log2(p))
                    .sum();
                // density of x: mixture of d normals
                entropy += h * all * width / (d as f64 * sigma * 2.506_628_274_631);
            }
            x += width;
        }
        entropy * f64::from(self.pins)
    }
}

fn keeps_en1303(code: &[u8]) -> bool {
    let mut count = [0_usize; DEPTHS];
    for c in code {
        count[usize::from(*c)] += 1;
    }
    let kinds = count.iter().filter(|c| **c > 0).count();
    let most = count.iter().max().copied().unwrap_or(0);
    let row = code.windows(3).any(|w| w[0] == w[1] && w[1] == w[2]);
    kinds >= 3 && !row && 5 * most <= 3 * code.len()
}

/// What the holder of a change key needs to find the master key of its cylinder (Blaze 2003; the count after
/// Eastlake 2003): one position is varied at a time, the others left as on the change key.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Probes {
    /// Most keys tried: `pins * (depths - 1)`.
    pub most: u32,
    /// Half of that: the usual figure for the mean.
    pub mean: f64,
    /// Blanks, when each is cut from shallow to deep: one for each position.
    pub blanks: u32,
    /// Most keys tried when the system keeps to every second depth (two-step progression).
    pub two_step: u32,
}

/// Probes for `pins` positions of `depths` depths.
///
/// # Errors
/// [`Error::Field`] naming `pins` or `depths`.
pub fn master_probes(pins: u8, depths: u8) -> Result<Probes, Error> {
    Space::new(pins, depths, 0)?;
    let others = u32::from(depths) - 1;
    let most = u32::from(pins) * others;
    let two_step = u32::from(pins) * (u32::from(depths).div_ceil(2) - 1);
    Ok(Probes { most, mean: f64::from(most) / 2.0, blanks: u32::from(pins), two_step })
}

/// Seconds for a machine that tries every combination at `per_try` seconds each: most, and mean.
#[must_use]
pub fn brute_force(space: &Space, per_try: f64) -> (f64, f64) {
    let n = space.legal() as f64;
    (n * per_try, (n + 1.0) / 2.0 * per_try)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(p: u8, d: u8, m: u8) -> Space {
        Space::new(p, d, m).unwrap()
    }

    #[test]
    fn published_counts_are_met_to_the_last_digit() {
        assert_eq!(space(5, 10, 7).legal(), 79_666);
        assert_eq!(space(6, 10, 7).legal(), 753_754);
        assert_eq!(space(5, 6, 4).legal(), 6_306);
        assert_eq!(space(5, 7, 4).legal(), 10_483);
        assert_eq!(space(6, 6, 3).legal(), 20_650);
        assert_eq!(space(6, 6, 4).legal(), 35_954);
    }

    #[test]
    fn rules_take_away_what_they_should() {
        for (s, held, en) in [
            (space(5, 10, 7), 77_688, 76_512),
            (space(6, 10, 7), 748_784, 718_008),
            (space(5, 6, 4), 6_058, 5_568),
        ] {
            let c = s.counts();
            assert_eq!((c.held, c.en1303), (held, Some(en)));
        }
    }

    #[test]
    fn master_key_probes_match_eastlake() {
        let p = master_probes(5, 10).unwrap();
        assert_eq!((p.most, p.blanks, p.two_step), (45, 5, 20));
        assert!((p.mean - 22.5).abs() < 1e-12);
    }

    #[test]
    fn the_matrix_agrees_with_listing_every_code() {
        for (p, d, m) in [(4, 5, 2), (3, 6, 0), (5, 4, 3)] {
            let mut n = 0;
            for k in 0..u32::from(d).pow(u32::from(p)) {
                let mut code = Vec::new();
                let mut r = k;
                for _ in 0..p {
                    code.push(r % u32::from(d));
                    r /= u32::from(d);
                }
                n += u128::from(code.windows(2).all(|w| w[0].abs_diff(w[1]) <= u32::from(m)));
            }
            assert_eq!(space(p, d, m).legal(), n);
        }
    }

    #[test]
    fn pictures_and_sounds_give_away_most() {
        let s = space(5, 10, 7);
        assert!(s.bits_after_photo(0.381, 0.02) < 0.01, "a sharp picture is the key");
        let blurred = s.bits_after_photo(0.381, 3.0);
        assert!((blurred / (5.0 * libm::log2(10.0)) - 1.0).abs() < 0.2, "a blur says nothing: {blurred}");
        let left = s.left_after_sound();
        assert!((1.0..4.5).contains(&left), "{left}");
        // listing: mean over codes of how many shifts stay within the depths
        let t = space(3, 4, 3);
        let mut sum = 0.0;
        for k in 0..64_u32 {
            let c = [k % 4, k / 4 % 4, k / 16];
            let (lo, hi) = (c.iter().min().unwrap(), c.iter().max().unwrap());
            sum += f64::from(4 - (hi - lo));
        }
        assert!((t.left_after_sound() - sum / 64.0).abs() < 1e-9);
    }

    #[test]
    fn robots_take_the_published_time() {
        // etinaude "Unlocked": 0.7 s a combination; 4 x 4 about 3 min, 5 x 5 about 35 min
        assert!((brute_force(&space(4, 4, 3), 0.7).0 - 179.2).abs() < 0.1);
        assert!((brute_force(&space(5, 5, 4), 0.7).0 - 2187.5).abs() < 0.1);
    }

    #[test]
    fn lockwood_counts_are_those_published() {
        // arialocks.com: five cuts, MACS 7, without depths 0 and 1: 32,768
        assert_eq!(space(5, 8, 7).legal(), 32_768);
        let lw4 = embedded_systems().unwrap().into_iter().find(|s| s.name == "LW4").unwrap();
        assert_eq!(space(lw4.pins, lw4.depths, lw4.macs).legal(), 79_666);
    }

    #[test]
    fn counting_by_dice_agrees() {
        let s = space(5, 10, 7);
        assert!((s.sampled_share(1, 200_000) - 0.79666).abs() < 0.004);
    }

    #[test]
    fn every_system_has_a_source_and_counts() {
        for s in embedded_systems().unwrap() {
            assert!(s.source.len() > 10 && Space::new(s.pins, s.depths, s.macs).unwrap().legal() > 0);
        }
        let e = Space::new(5, 6, 9).unwrap_err().to_string();
        assert!(e.starts_with("macs"), "{e}");
    }
}
