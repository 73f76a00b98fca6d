//! The obstacle curve: how far the plug may turn while one element sits at a given lift.
//!
//! Everything a cylinder does is read off these curves. The plug's travel `y` (mm at the shear line) is held
//! by `y <= min Y_i(x_i)` over the elements; `x_i` is the lift of a pin, wafer, lever or slider, or the way
//! round of a disc (mm). Set, false set, counter-rotation, dropped pins and overset are shapes of `Y`, not
//! rules.

use alloc::vec::Vec;
/// Plug travel (mm) at which a cylinder counts as open: beyond every ledge and waist.
pub const OPEN: f64 = 2.0;
/// Value of a curve in its gate (mm): out of reach of the plug, so a gate never holds anything.
pub const GATE: f64 = 5.0;
/// Width given to an upright wall (mm). Any slope this steep is self-locking for every friction above 1e-5.
pub const WALL: f64 = 1e-6;
/// Most corners one curve may have.
pub const CORNERS: usize = 40;

/// Piecewise-linear `Y(x)`; flat beyond its last corner.
#[derive(Debug, Clone)]
pub struct Curve {
    len: usize,
    xs: [f64; CORNERS],
    ys: [f64; CORNERS],
    slopes: [f64; CORNERS],
}

impl Default for Curve {
    fn default() -> Self {
        Self { len: 0, xs: [0.0; CORNERS], ys: [0.0; CORNERS], slopes: [0.0; CORNERS] }
    }
}

impl Curve {
    /// Forgets all corners.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds a corner to the right. A corner not to the right of the last is moved one wall's width on; beyond
    /// [`CORNERS`] the curve keeps its last value (profiles are built well below that).
    pub fn push(&mut self, x: f64, y: f64) {
        if self.len == CORNERS {
            return;
        }
        let mut at = x;
        if self.len > 0 {
            let (last_x, last_y) = (self.xs[self.len - 1], self.ys[self.len - 1]);
            at = at.max(last_x + WALL);
            self.slopes[self.len - 1] = (y - last_y) / (at - last_x);
        }
        self.xs[self.len] = at;
        self.ys[self.len] = y;
        self.slopes[self.len] = 0.0;
        self.len += 1;
    }

    /// Number of corners.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no corner at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lift of corner `k` (mm).
    #[inline]
    #[must_use]
    pub fn x(&self, k: usize) -> f64 {
        self.xs[k]
    }

    /// Height of corner `k` (mm).
    #[inline]
    #[must_use]
    pub fn y(&self, k: usize) -> f64 {
        self.ys[k]
    }

    /// Slope of the piece that begins at corner `k` (0 after the last).
    #[inline]
    #[must_use]
    pub fn slope(&self, k: usize) -> f64 {
        self.slopes[k]
    }

    /// Value on piece `k` at lift `x`.
    #[inline]
    #[must_use]
    pub fn on(&self, k: usize, x: f64) -> f64 {
        self.ys[k] + self.slopes[k] * (x - self.xs[k])
    }

    /// The piece that holds `x`: the last corner at or left of it.
    #[must_use]
    pub fn piece(&self, x: f64) -> usize {
        let mut k = 0;
        while k + 1 < self.len && self.xs[k + 1] <= x {
            k += 1;
        }
        k
    }

    /// `Y(x)`.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        self.on(self.piece(x), x)
    }

    /// The corners, for drawing: (lift, travel) in mm.
    #[must_use]
    pub fn corners(&self) -> Vec<(f64, f64)> {
        (0..self.len).map(|k| (self.xs[k], self.ys[k])).collect()
    }

    /// Whether an element at lift `x` lets the plug through.
    #[must_use]
    pub fn gate_at(&self, x: f64) -> bool {
        let k = self.piece(x);
        self.slopes[k] == 0.0 && self.ys[k] >= GATE
    }

    /// The intervals of lift in which the curve lets the plug through.
    #[must_use]
    pub fn gates(&self) -> Vec<(f64, f64)> {
        let mut gates = Vec::new();
        for k in 0..self.len.saturating_sub(1) {
            if self.ys[k] >= GATE && self.ys[k + 1] >= GATE {
                gates.push((self.xs[k], self.xs[k + 1]));
            }
        }
        gates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_found_and_values_are_on_the_line() {
        let mut c = Curve::default();
        for (x, y) in [(0.0, 0.1), (1.0, 0.1), (1.0, GATE), (1.2, GATE), (1.2, 0.2), (3.0, 0.2)] {
            c.push(x, y);
        }
        let gates = c.gates();
        assert_eq!(gates.len(), 1);
        assert!((gates[0].0 - 1.0).abs() < 1e-5 && (gates[0].1 - 1.2).abs() < 1e-5);
        assert!((c.at(0.5) - 0.1).abs() < 1e-12);
        assert!((c.at(2.0) - 0.2).abs() < 1e-12);
        assert!((c.at(9.0) - 0.2).abs() < 1e-12, "flat beyond the end");
    }
}
