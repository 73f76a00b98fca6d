//! From the shape of a driver, wafer, disc or lever to its obstacle curve.
//!
//! For a pin stack the question is only "what is at the shear line at this lift?": the driver at height `z`
//! above its lower end (z = set lift - x), nothing (the gate), or the key pin. A waist of depth `d` there
//! lets the plug go `d` on.

use crate::{
    curve::{Curve, GATE},
    describe::Driver,
};

/// Shape of one driver; lengths in mm.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Which shape.
    pub driver: Driver,
    /// Depth of waist, groove or step.
    pub depth: f64,
    /// Length of the full-width end.
    pub lip: f64,
    /// Steepness of the waist's edge.
    pub slope: f64,
    /// Whole length.
    pub length: f64,
}

/// The broken edge of pin ends and chamber mouths.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// Plug travel that it takes up (mm).
    pub height: f64,
    /// Plug travel per mm of lift.
    pub slope: f64,
}

impl Edge {
    /// Lift that it takes up (mm).
    fn width(self) -> f64 {
        self.height / self.slope
    }
}

/// Corners of a driver's cut-away depth against height above its lower end, lowest first.
struct Cutaway {
    len: usize,
    at: [(f64, f64); 24],
}

impl Cutaway {
    fn push(&mut self, z: f64, cut: f64) {
        if self.len < self.at.len() {
            self.at[self.len] = (z, cut);
            self.len += 1;
        }
    }

    fn value(&self, z: f64) -> f64 {
        let corners = &self.at[..self.len];
        for w in corners.windows(2) {
            let ((z0, c0), (z1, c1)) = (w[0], w[1]);
            if z >= z0 && z <= z1 {
                return c0 + (c1 - c0) * (z - z0) / (z1 - z0).max(1e-9);
            }
        }
        corners.last().map_or(0.0, |c| c.1)
    }
}

impl Profile {
    fn cutaway(&self) -> Cutaway {
        let mut c = Cutaway { len: 0, at: [(0.0, 0.0); 24] };
        let edge = self.depth / self.slope;
        match self.driver {
            Driver::Standard | Driver::Mixed => c.push(0.0, 0.0),
            Driver::Spool => {
                c.push(0.0, 0.0);
                c.push(self.lip, 0.0);
                c.push(self.lip + edge, self.depth);
                c.push(self.length - self.lip - edge, self.depth);
                c.push(self.length - self.lip, 0.0);
            }
            Driver::Mushroom => {
                let lip = 0.5 * self.lip;
                c.push(0.0, 0.0);
                c.push(lip, 0.0);
                // a taper over 1.5 mm up to a thin stem
                c.push(lip + 1.5, self.depth);
                c.push(self.length - self.lip - edge, self.depth);
                c.push(self.length - self.lip, 0.0);
            }
            Driver::Serrated => {
                c.push(0.0, 0.0);
                for k in 0..2 {
                    let z = 0.30 + 0.6 * f64::from(k);
                    c.push(z, 0.0);
                    c.push(z + edge, self.depth);
                    c.push(z + edge + 0.15, self.depth);
                    c.push(z + 2.0 * edge + 0.15, 0.0);
                }
            }
            Driver::Stepped => {
                c.push(0.0, self.depth);
                c.push(1.0, self.depth);
                // a square step
                c.push(1.0 + self.depth / 12.0, 0.0);
            }
        }
        c
    }
}

/// Builds the curve of a pin stack. `gaps`: play while the driver blocks, and while the key pin does;
/// `gates`: centres of the lifts that clear, lowest first; `edges`: of the driver's lower end and of the key
/// pin's upper end.
pub fn stack(
    curve: &mut Curve,
    shape: &Profile,
    gaps: [f64; 2],
    gates: &[f64],
    window: f64,
    edges: [Edge; 2],
    travel: f64,
) {
    let [edge, upper] = edges;
    let (chamfer, width) = (edge.height, edge.width());
    let cutaway = shape.cutaway();
    let [gap, overset_gap] = gaps;
    let half = 0.5 * window;
    let first = (gates[0] - half).max(0.02);
    curve.clear();
    curve.push(0.0, gap + cutaway.value(first));
    for &(z, cut) in cutaway.at[..cutaway.len].iter().rev() {
        if z < first && z > width {
            curve.push(first - z, gap + cut);
        }
    }
    let near = gap + cutaway.value(0.0);
    curve.push((first - width).max(0.0), near);
    curve.push(first, near + chamfer);
    for (k, &centre) in gates.iter().enumerate() {
        if k > 0 {
            curve.push(centre - half - width, overset_gap);
            curve.push(centre - half, overset_gap + chamfer);
        }
        curve.push(if k == 0 { first } else { centre - half }, GATE);
        curve.push(centre + half, GATE);
        curve.push(centre + half, overset_gap + upper.height);
        curve.push(centre + half + upper.width(), overset_gap);
    }
    curve.push(travel.max(gates[gates.len() - 1] + half + 2.0 * upper.width()), overset_gap);
}

/// A single gate: play beside it, lift of its middle, width (mm).
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Gate {
    pub gap: f64,
    pub lift: f64,
    pub window: f64,
}

/// Builds the curve of an element of one piece with one gate and false gates at `false_at` (sorted).
/// `shape`: depth of a false gate and steepness of its edges.
pub fn single_piece(
    curve: &mut Curve,
    at: &Gate,
    false_at: &[f64],
    shape: (f64, f64),
    edge: Edge,
    travel: f64,
) {
    let Gate { gap, lift, window } = *at;
    let (depth, slope) = shape;
    let (chamfer, width) = (edge.height, edge.width());
    let half = 0.5 * window;
    let side = depth / slope;
    let mut gate_done = false;
    curve.clear();
    curve.push(0.0, gap);
    let gate = |curve: &mut Curve| {
        let low = (lift - half).max(0.02);
        curve.push((low - width).max(0.0), gap);
        curve.push(low, gap + chamfer);
        curve.push(low, GATE);
        curve.push(lift + half, GATE);
        curve.push(lift + half, gap + chamfer);
        curve.push(lift + half + width, gap);
    };
    for &at in false_at {
        if at > lift && !gate_done {
            gate(curve);
            gate_done = true;
        }
        curve.push(at - half - side, gap);
        curve.push(at - half, gap + depth);
        curve.push(at + half, gap + depth);
        curve.push(at + half + side, gap);
    }
    if !gate_done {
        gate(curve);
    }
    curve.push(travel.max(lift + half + 2.0 * width), gap);
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGE: Edge = Edge { height: 0.02, slope: 1.0 };

    fn shape(driver: Driver) -> Profile {
        Profile { driver, depth: 0.4, lip: 0.6, slope: 1.6, length: 4.6 }
    }

    #[test]
    fn a_spool_has_a_waist_a_lip_and_a_gate() {
        let mut c = Curve::default();
        stack(&mut c, &shape(Driver::Spool), [0.05, 0.05], &[2.0], 0.1, [EDGE; 2], 4.5);
        assert!((c.at(0.5) - 0.45).abs() < 1e-9, "waist: {}", c.at(0.5));
        assert!((c.at(1.6) - 0.05).abs() < 1e-9, "lip: {}", c.at(1.6));
        assert!(c.at(2.0) >= GATE);
        assert!((c.at(2.5) - 0.05).abs() < 1e-9, "overset");
        assert_eq!(c.gates().len(), 1);
    }

    #[test]
    fn every_driver_has_one_gate_of_the_right_width_at_every_lift() {
        for driver in [Driver::Standard, Driver::Spool, Driver::Serrated, Driver::Mushroom, Driver::Stepped] {
            for step in 0..10 {
                let lift = 0.4 + 0.381 * f64::from(step);
                let mut c = Curve::default();
                stack(&mut c, &shape(driver), [0.05, 0.06], &[lift], 0.1, [EDGE; 2], 4.5);
                let gates = c.gates();
                assert_eq!(gates.len(), 1, "{driver:?} at {lift}");
                assert!((gates[0].1 - gates[0].0 - 0.1).abs() < 1e-3);
                assert!((0..c.len() - 1).all(|k| c.x(k) < c.x(k + 1)), "corners in order");
                assert!((0..c.len()).all(|k| c.y(k) >= 0.0));
            }
        }
    }

    #[test]
    fn a_master_pin_gives_two_gates_and_false_gates_give_none() {
        let mut c = Curve::default();
        stack(&mut c, &shape(Driver::Standard), [0.05, 0.05], &[1.0, 2.1], 0.1, [EDGE; 2], 4.5);
        assert_eq!(c.gates().len(), 2);
        let gate = Gate { gap: 0.05, lift: 2.0, window: 0.2 };
        single_piece(&mut c, &gate, &[1.0, 3.0], (0.25, 1.6), EDGE, 5.0);
        assert_eq!(c.gates().len(), 1);
        assert!((c.at(1.0) - 0.30).abs() < 1e-9 && (c.at(3.0) - 0.30).abs() < 1e-9);
    }
}
