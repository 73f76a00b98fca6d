//! Contact at the shear line: who carries the plug's load, and what Coulomb friction then holds.
//!
//! An element between plug and shell touches both: the straight wall of its chamber (friction `mu N`) and the
//! plug's edge, where its curve has slope `s` (a cam: `N (s + mu) / (1 - mu s)`, self-locking from `mu s = 1`
//! on).

/// Force (N) that resists lifting an element loaded with `n` (N) on a piece of slope `s`; infinite when the
/// piece locks itself, negative when the load helps.
#[inline]
#[must_use]
pub fn resist_up(n: f64, s: f64, mu: f64) -> f64 {
    if n <= 0.0 {
        return 0.0;
    }
    if s < 0.0 {
        let p = -s;
        if mu * p >= 1.0 { f64::INFINITY } else { n * (mu + (p + mu) / (1.0 - mu * p)) }
    } else {
        n * (mu + (mu - s) / (1.0 + mu * s))
    }
}

/// Downward force that one newton of load holds up on a piece of slope `s`; infinite when the piece locks
/// itself.
#[inline]
#[must_use]
pub fn hold_down(s: f64, mu: f64) -> f64 {
    if s > 0.0 {
        if mu * s >= 1.0 { f64::INFINITY } else { mu + (mu + s) / (1.0 - mu * s) }
    } else {
        mu + (mu + s) / (1.0 - mu * s)
    }
}

/// Upward push of one newton of load on a rising piece of slope `s`; not above zero when friction holds.
#[inline]
#[must_use]
pub fn push_up(s: f64, mu: f64) -> f64 {
    (s - mu) / (1.0 + mu * s) - mu
}

/// Plug travel (mm) at which the elements that it reaches carry `force` (N) together: solves
/// `sum k max(0, y - Y_i) = force` exactly. `skip` leaves one element out (`usize::MAX`: none).
#[inline]
#[must_use]
pub fn plug_travel(ys: &[f64], force: f64, k: f64, skip: usize) -> f64 {
    let mut least = f64::INFINITY;
    for (i, &y) in ys.iter().enumerate() {
        if i != skip && y < least {
            least = y;
        }
    }
    if least == f64::INFINITY {
        return crate::curve::GATE;
    }
    let wind = force / k;
    let mut y = least + wind;
    let mut count = 1.0;
    // each pass takes in more of the elements within reach; the set only grows, so it ends after at most n
    // passes
    loop {
        let (mut sum, mut within) = (0.0, 0.0);
        for (i, &v) in ys.iter().enumerate() {
            if i != skip && v < y {
                sum += v;
                within += 1.0;
            }
        }
        if within <= count {
            return y;
        }
        let next = (wind + sum) / within;
        // an element taken in at y may be out again at the lower y: then the smaller set was right to
        // rounding
        if next >= y {
            return y;
        }
        y = next;
        count = within;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn the_load_balances_for_any_set_of_gaps() {
        let mut rng = Rng::keyed(5, 5);
        for _ in 0..2000 {
            let n = 1 + rng.below(12) as usize;
            let ys: Vec<f64> = (0..n).map(|_| 0.1 * rng.uniform()).collect();
            let (force, k) = (0.1 + 8.0 * rng.uniform(), 2000.0 + 18_000.0 * rng.uniform());
            let y = plug_travel(&ys, force, k, usize::MAX);
            let carried: f64 = ys.iter().map(|v| k * (y - v).max(0.0)).sum();
            assert!((carried - force).abs() < 1e-9 * k, "{carried} for {force}");
        }
    }

    #[test]
    fn straight_walls_give_twice_mu_and_steep_lips_lock() {
        assert!((resist_up(2.0, 0.0, 0.25) - 1.0).abs() < 1e-12);
        assert!(resist_up(2.0, -4.0, 0.25).is_infinite());
        assert!(hold_down(1e6, 0.1).is_infinite());
        // MIT Guide, chapter 4: friction grows with torque
        assert!(resist_up(4.0, 0.0, 0.3) > resist_up(2.0, 0.0, 0.3));
    }
}
