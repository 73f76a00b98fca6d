//! One cylinder as made: curves, springs and offsets drawn from a description and one set of figures.

use crate::{
    curve::{Curve, GATE},
    describe::{DRIVER_MM, Description, Driver, ELEMENTS, Resolved, Security, Springs, Tolerance},
    error::Error,
    family::{Families, Family, Kind},
    param::{P, Values},
    profile::{Edge, Gate, Profile, single_piece, stack},
    rng::Rng,
};
use alloc::{vec, vec::Vec};

/// One cylinder: everything an attack meets. Arrays are by element; the main row comes first, then the
/// sidebar's.
#[derive(Debug, Clone)]
pub struct Lock {
    /// Elements in use.
    pub n: usize,
    /// Elements of the main row among them.
    pub main: usize,
    /// Obstacle curves.
    pub curves: Vec<Curve>,
    /// Spring force at rest (N).
    pub preload: [f64; ELEMENTS],
    /// Spring stiffness (N/mm).
    pub rate: [f64; ELEMENTS],
    /// Drag of an element without spring (N).
    pub drag: [f64; ELEMENTS],
    /// Whether a spring returns the element.
    pub sprung: [bool; ELEMENTS],
    /// Whether the element parts at the shear line, so that a set one feels loose.
    pub split: [bool; ELEMENTS],
    /// Lift at which the first gate opens (mm).
    pub set_lift: [f64; ELEMENTS],
    /// Driver shape (pin stacks; `Standard` elsewhere).
    pub driver: [Driver; ELEMENTS],
    /// Offset of each chamber against the tightest (mm): its share of the binding order.
    pub gap: [f64; ELEMENTS],
    /// Cut under each element of the main row.
    pub cuts: [u8; ELEMENTS],
    /// Length of the key pin (mm).
    pub key_pin: [f64; ELEMENTS],
    /// Whether a bump key reaches it.
    pub struck: [bool; ELEMENTS],
    /// How much coarser the hand is at this element.
    pub hand: [f64; ELEMENTS],
    /// Friction (1).
    pub mu: f64,
    /// Stiffness of one contact at the shear line (N/mm).
    pub stiffness: f64,
    /// Plug radius (mm).
    pub radius: f64,
    /// Length of the tension wrench (mm).
    pub wrench: f64,
    /// How much slower work is in this family.
    pub pace: f64,
    /// How far a loaded stack shoots on when it comes free (mm).
    pub jump: f64,
    /// Share of a hand's lift noise that grows with the force it pushes with.
    pub noise_grows: f64,
    /// Longest lift (mm).
    pub travel: f64,
    /// Depths of its bitting system.
    pub depths: u8,
    /// Largest difference between neighbouring cuts.
    pub macs: u8,
    /// Depth step (mm).
    pub step: f64,
    /// Lift of the deepest cut (mm).
    pub rest: f64,
}

impl Lock {
    /// An empty lock, to be filled by [`Maker::make`].
    #[must_use]
    pub fn empty() -> Self {
        Self {
            n: 0,
            main: 0,
            curves: vec![Curve::default(); ELEMENTS],
            preload: [0.0; ELEMENTS],
            rate: [0.0; ELEMENTS],
            drag: [0.0; ELEMENTS],
            sprung: [true; ELEMENTS],
            split: [true; ELEMENTS],
            set_lift: [0.0; ELEMENTS],
            driver: [Driver::Standard; ELEMENTS],
            gap: [0.0; ELEMENTS],
            cuts: [0; ELEMENTS],
            key_pin: [0.0; ELEMENTS],
            struck: [true; ELEMENTS],
            hand: [1.0; ELEMENTS],
            mu: 0.25,
            stiffness: 6000.0,
            radius: 6.35,
            wrench: 80.0,
            pace: 1.0,
            jump: 0.0,
            noise_grows: 0.0,
            travel: 4.0,
            depths: 10,
            macs: 9,
            step: 0.381,
            rest: 0.4,
        }
    }

    /// Force of the spring (or drag) at lift `x` (N).
    #[inline]
    #[must_use]
    pub fn spring(&self, i: usize, x: f64) -> f64 {
        self.preload[i] + self.rate[i] * x
    }
}

/// Makes cylinders of one description under one set of figures.
#[derive(Debug, Clone)]
pub struct Maker {
    resolved: Resolved,
    family: Family,
    security: Driver,
    false_gates: bool,
    anti_bump: bool,
    master_pins: usize,
    bitting: Option<Vec<u8>>,
    offset: f64,
    window: f64,
    preload: f64,
    rate: f64,
    values: Values,
}

impl Maker {
    /// Prepares to make cylinders: checks the description and fills in what is open (`rng`: see
    /// [`Description::resolve`]).
    ///
    /// # Errors
    /// As [`Description::check`].
    pub fn new(
        d: &Description,
        families: &Families,
        values: &Values,
        rng: Option<&mut Rng>,
    ) -> Result<Self, Error> {
        d.check(families)?;
        let resolved = d.resolve(families, rng)?;
        let family = families.get(resolved.kind).clone();
        let (offset, window) = match resolved.tolerance {
            Tolerance::Loose => (P::OffsetLoose, P::WindowLoose),
            Tolerance::Tight => (P::OffsetTight, P::WindowTight),
            Tolerance::Medium | Tolerance::Unknown => (P::OffsetMedium, P::WindowMedium),
        };
        let springs = match d.springs {
            Springs::Soft => 0.6,
            Springs::Normal => 1.0,
            Springs::Stiff => 2.0,
        } * family.spring_factor;
        Ok(Self {
            offset: d.offset_um.map_or(values.get(offset) * family.offset_factor, |um| um * 1e-3),
            window: d.window_um.map_or(values.get(window) * family.window_factor, |um| um * 1e-3),
            preload: d.spring_preload_n.unwrap_or(values.get(P::SpringPreload) * springs),
            rate: d.spring_rate_n_mm.unwrap_or(values.get(P::SpringRate) * springs),
            security: d.driver,
            false_gates: d.false_gates,
            anti_bump: d.anti_bump,
            master_pins: usize::from(d.master_pins),
            bitting: d.bitting.clone(),
            resolved,
            family,
            values: values.clone(),
        })
    }

    /// What was filled in.
    #[must_use]
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// The family's usual figures.
    #[must_use]
    pub fn family(&self) -> &Family {
        &self.family
    }

    /// The figures in use.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Makes one cylinder into `lock`.
    pub fn make(&self, lock: &mut Lock, rng: &mut Rng) {
        let r = &self.resolved;
        let v = &self.values;
        lock.n = r.pins + r.side;
        lock.main = r.pins;
        lock.mu = v.get(P::Friction);
        lock.stiffness = v.get(P::ContactStiffness);
        lock.radius = v.get(P::PlugRadius);
        lock.wrench = v.get(P::WrenchLength);
        lock.jump = v.get(P::ReleaseJump);
        (lock.depths, lock.macs, lock.step) = (r.depths, r.macs, r.step);
        lock.rest = self.family.rest_lift_mm;
        lock.noise_grows = v.get(P::NoiseGrows);
        lock.pace = self.family.pace_factor;
        lock.travel = self.family.rest_lift_mm + r.step * f64::from(r.depths - 1) + 3.0 * self.window + 0.6;
        self.cut(lock, rng);
        let secured = self.security_mask(rng, r.pins);
        for (i, secured) in secured.into_iter().enumerate().take(lock.n) {
            self.element(lock, i, secured, rng);
        }
        if self.anti_bump {
            // two chambers, at least one, whose pins a bump key does not reach
            for _ in 0..2 {
                lock.struck[rng.below(r.pins as u32) as usize] = false;
            }
        }
    }

    fn element(&self, lock: &mut Lock, i: usize, secured: bool, rng: &mut Rng) {
        let (r, v) = (&self.resolved, &self.values);
        let side = i >= r.pins;
        let split = self.family.split && !side;
        let sprung = self.family.sprung && !side;
        // 3.5 spreads up, so that no chamber's gap is negative: only differences matter
        lock.gap[i] = self.offset * (3.5 + rng.normal());
        lock.split[i] = split;
        lock.sprung[i] = sprung;
        lock.preload[i] = if sprung { self.preload * (1.0 + 0.08 * rng.normal()) } else { 0.0 };
        lock.rate[i] = if sprung { self.rate } else { 0.0 };
        lock.drag[i] = if sprung { 0.0 } else { v.get(P::DiscDrag) };
        lock.hand[i] = self.family.hand_factor * if side { 1.3 } else { 1.0 };
        lock.struck[i] = true;
        let cut = lock.cuts[i];
        lock.set_lift[i] = self.family.rest_lift_mm + r.step * f64::from(r.depths - 1 - cut);
        lock.key_pin[i] = 4.19 + r.step * f64::from(cut);
        lock.driver[i] = Driver::Standard;
        let window = self.window * (1.0 + 0.12 * rng.normal());
        if split {
            self.make_stack(lock, i, window, secured, rng);
        } else {
            let gated = if side { self.false_gates } else { self.false_gates || secured };
            self.make_single(lock, i, window, gated, rng);
        }
    }

    fn make_stack(&self, lock: &mut Lock, i: usize, window: f64, secured: bool, rng: &mut Rng) {
        let lift = lock.set_lift[i];
        let v = &self.values;
        let driver = match (secured, self.security) {
            (false, _) => Driver::Standard,
            (true, Driver::Mixed) => [Driver::Spool, Driver::Serrated, Driver::Mushroom][i % 3],
            (true, told) => told,
        };
        lock.driver[i] = driver;
        let overset_gap = (lock.gap[i] + 0.2 * self.offset * rng.normal()).max(0.0);
        let mut gates = [lift, 0.0];
        let mut used = 1;
        if i < self.master_pins {
            // a master pin of two or more steps gives a second shear line further up
            let most = f64::from(self.resolved.depths - 1) * self.resolved.step;
            let steps = 2 + rng.below(u32::from(self.resolved.depths.saturating_sub(3)).max(1));
            let second = lift + f64::from(steps) * self.resolved.step;
            if second <= self.family.rest_lift_mm + most {
                gates[1] = second;
                used = 2;
            }
        }
        let shape = Profile {
            driver,
            depth: if driver == Driver::Serrated { v.get(P::SerrationDepth) } else { v.get(P::WaistDepth) },
            lip: v.get(P::LipLength),
            slope: v.get(P::LipSlope),
            length: DRIVER_MM,
        };
        let upper = Edge { height: v.get(P::KeyPinEdge), slope: v.get(P::KeyPinSlope) };
        let ends = [lock.gap[i], overset_gap];
        stack(&mut lock.curves[i], &shape, ends, &gates[..used], window, [self.edge(), upper], lock.travel);
    }

    fn make_single(&self, lock: &mut Lock, i: usize, window: f64, gated: bool, rng: &mut Rng) {
        let lift = lock.set_lift[i];
        let (r, v) = (&self.resolved, &self.values);
        let mut false_at = [0.0; 4];
        let mut count = 0;
        if gated {
            let want = (libm::round(v.get(P::FalseGatesEach)) as usize).clamp(1, 3);
            for _ in 0..8 {
                let at = self.family.rest_lift_mm + r.step * f64::from(rng.below(u32::from(r.depths)));
                let clear = (at - lift).abs() > 0.5 * r.step
                    && false_at[..count].iter().all(|f| (f - at).abs() > 0.5 * r.step);
                if clear && count < want && at > 0.5 * r.step {
                    false_at[count] = at;
                    count += 1;
                }
            }
            false_at[..count].sort_by(f64::total_cmp);
        }
        let shape = (v.get(P::FalseGateDepth), v.get(P::LipSlope));
        let gate = Gate { gap: lock.gap[i], lift, window };
        single_piece(&mut lock.curves[i], &gate, &false_at[..count], shape, self.edge(), lock.travel);
    }

    fn edge(&self) -> Edge {
        Edge { height: self.values.get(P::Chamfer), slope: self.values.get(P::ChamferSlope) }
    }

    /// Draws (or copies) the cuts; the sidebar's elements draw theirs freely.
    fn cut(&self, lock: &mut Lock, rng: &mut Rng) {
        let r = &self.resolved;
        let depths = u32::from(r.depths);
        match &self.bitting {
            Some(cuts) => lock.cuts[..r.pins].copy_from_slice(&cuts[..r.pins]),
            None => {
                for _ in 0..64 {
                    for i in 0..r.pins {
                        lock.cuts[i] = rng.below(depths) as u8;
                    }
                    let steps = lock.cuts[..r.pins].windows(2);
                    if steps.into_iter().all(|p| p[0].abs_diff(p[1]) <= r.macs) {
                        break;
                    }
                }
            }
        }
        for i in r.pins..r.pins + r.side {
            lock.cuts[i] = rng.below(depths) as u8;
        }
        if r.kind == Kind::DiscDetainer {
            // a disc that needs no turn holds nothing: keep the cut that turns least away from rest
            for cut in &mut lock.cuts[..r.pins] {
                *cut = (*cut).min(r.depths - 2);
            }
        }
    }

    fn security_mask(&self, rng: &mut Rng, n: usize) -> [bool; ELEMENTS] {
        let mut mask = [false; ELEMENTS];
        match self.resolved.security {
            Security::All => mask[..n].fill(true),
            Security::Some => {
                let mut left = n.div_ceil(2);
                for (i, m) in mask[..n].iter_mut().enumerate() {
                    // selection sampling: each half of the chambers is equally likely
                    if (rng.below((n - i) as u32) as usize) < left {
                        *m = true;
                        left -= 1;
                    }
                }
            }
            Security::None | Security::Unknown => {}
        }
        mask
    }
}

/// A curve's travel in its gate is beyond every finite obstacle.
#[must_use]
pub fn is_gate(y: f64) -> bool {
    y >= GATE
}
