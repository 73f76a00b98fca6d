//! Random numbers for trials: xoshiro256++ (Blackman and Vigna, 2019), keyed by a hash of (seed, trial).
//!
//! Written out here because results must be the same bits in every release and on every platform, which
//! general purpose "small" generators do not promise. Not for secrets.

/// One stream of random numbers; each trial has its own.
#[derive(Debug, Clone)]
pub struct Rng {
    s: [u64; 4],
}

/// SplitMix64 (Steele, Lea and Flood, 2014): spreads a counter over 64 bits.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// The stream for one trial: the same seed and trial always give the same numbers, whatever ran before.
    #[must_use]
    pub fn keyed(seed: u64, trial: u64) -> Self {
        let mut mix = seed;
        let mut key = splitmix(&mut mix) ^ trial.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Self { s: [splitmix(&mut key), splitmix(&mut key), splitmix(&mut key), splitmix(&mut key)] }
    }

    /// The next 64 bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.s;
        let out = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        out
    }

    /// Uniform in 0 to 1 (1 excluded).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform whole number below `n` (`n` at least 1).
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Close to standard normal: the sum of four 16-bit uniforms, scaled to variance 1. It never passes 3.47
    /// in size, which suits hands and tolerances: both have limits.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let b = self.bits();
        let sum = (b & 0xffff) + ((b >> 16) & 0xffff) + ((b >> 32) & 0xffff) + (b >> 48);
        // mean 4 * 32767.5, variance 4 * (65536^2 - 1) / 12
        (sum as f64 - 131_070.0) * (1.0 / 37_837.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_key_same_numbers_and_neighbours_differ() {
        let (mut a, mut b, mut c) = (Rng::keyed(7, 3), Rng::keyed(7, 3), Rng::keyed(7, 4));
        let first: Vec<u64> = (0..8).map(|_| a.bits()).collect();
        assert_eq!(first, (0..8).map(|_| b.bits()).collect::<Vec<_>>());
        assert_ne!(first, (0..8).map(|_| c.bits()).collect::<Vec<_>>());
    }

    #[test]
    fn moments_are_right() {
        let mut r = Rng::keyed(1, 1);
        let n = 200_000;
        let (mut sum, mut squares, mut uniform) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let z = r.normal();
            sum += z;
            squares += z * z;
            uniform += r.uniform();
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.01);
        assert!((squares / n - 1.0).abs() < 0.02);
        assert!((uniform / n - 0.5).abs() < 0.005);
    }
}
