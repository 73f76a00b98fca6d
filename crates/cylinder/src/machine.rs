//! The machine that tries every combination: no feeling, only patience. It puts every element at the lift of
//! a depth, tries the plug, and goes on to the next legal code.
//!
//! Not every try is played: how many codes open this cylinder is counted exactly (a transfer matrix over the
//! depths whose lift lies in a gate), and the place of the first of them in a random order is drawn.

use crate::{
    describe::ELEMENTS,
    keys::DEPTHS,
    lock::Lock,
    param::{P, Values},
    rng::Rng,
};

/// Most passes over all codes before it is given up.
const MOST_PASSES: u32 = 10_000;

/// Legal codes of the cylinder's system (neighbours within MACS), by transfer matrix. `fits(i, d)` says which
/// depths count for chamber `i`.
fn codes(lock: &Lock, fits: impl Fn(usize, usize) -> bool) -> f64 {
    let d = usize::from(lock.depths).min(DEPTHS);
    let mut ways = [0.0_f64; DEPTHS];
    for (depth, w) in ways.iter_mut().enumerate().take(d) {
        *w = f64::from(u8::from(fits(0, depth)));
    }
    for i in 1..lock.n {
        let mut next = [0.0; DEPTHS];
        for (b, sum) in next.iter_mut().enumerate().take(d) {
            if fits(i, b) {
                *sum = (0..d).filter(|a| a.abs_diff(b) <= usize::from(lock.macs)).map(|a| ways[a]).sum();
            }
        }
        ways = next;
    }
    ways[..d].iter().sum()
}

/// One pass over all codes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pass {
    /// Legal codes of the system.
    pub all: f64,
    /// How many of them open this cylinder in this pass.
    pub open: f64,
    /// The first of those in the random order, from 1; `all` where none opens.
    pub place: f64,
    /// Seconds for each try.
    pub each_s: f64,
}

impl Pass {
    /// Goes through all codes once in a random order, until one opens.
    #[must_use]
    pub fn of(lock: &Lock, v: &Values, rng: &mut Rng) -> Self {
        Self::counted(lock, v, codes(lock, |_, _| true), rng)
    }

    fn counted(lock: &Lock, v: &Values, all: f64, rng: &mut Rng) -> Self {
        let (each_s, error) = (v.get(P::MachineTry), v.get(P::MachineError));
        // where the machine's error leaves each depth of each chamber in this pass
        let mut hits = [[false; DEPTHS]; ELEMENTS];
        for (i, row) in hits.iter_mut().enumerate().take(lock.n) {
            for (d, hit) in row.iter_mut().enumerate().take(usize::from(lock.depths)) {
                let exact = lock.rest + lock.step * (f64::from(lock.depths) - 1.0 - d as f64);
                let x = exact + error * rng.normal();
                *hit = lock.curves[i].gate_at(x);
            }
        }
        let open = codes(lock, |i, d| hits[i][d]);
        // the first of `open` codes in a random order of `all`: exact for one, close for more
        let first = |open: f64, u: f64| libm::ceil(all * (1.0 - libm::pow(u, 1.0 / open))).max(1.0);
        let place = if open >= 1.0 { first(open, rng.uniform()) } else { all };
        Self { all, open, place, each_s }
    }
}

/// Time until the machine opens it (s), or infinity when `horizon` (s) is reached first.
#[must_use]
pub fn open(lock: &Lock, v: &Values, rng: &mut Rng, horizon: f64) -> f64 {
    let all = codes(lock, |_, _| true);
    let mut time = 0.0;
    for _ in 0..MOST_PASSES {
        let pass = Pass::counted(lock, v, all, rng);
        time += pass.place * pass.each_s;
        if pass.open >= 1.0 {
            return if time <= horizon { time } else { f64::INFINITY };
        }
        if time > horizon {
            break;
        }
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        describe::{Description, Security, Tolerance},
        lock::Maker,
        times::Figures,
    };

    fn mean_and_worst(pins: u8, depths: u8) -> (f64, f64) {
        let f = Figures::embedded().unwrap();
        let mut v = f.parameters.central();
        v.set(P::MachineError, 0.0);
        let d = Description {
            kind: "pin-tumbler".into(),
            pins: Some(pins),
            depths: Some(depths),
            macs: Some(depths - 1),
            security: Security::None,
            tolerance: Tolerance::Medium,
            ..Description::default()
        };
        let maker = Maker::new(&d, &f.families, &v, None).unwrap();
        let mut lock = Lock::empty();
        let (mut sum, mut worst) = (0.0, 0.0_f64);
        for k in 0..2000 {
            maker.make(&mut lock, &mut Rng::keyed(3, 2 * k));
            let t = open(&lock, &v, &mut Rng::keyed(3, 2 * k + 1), 1e9);
            sum += t;
            worst = worst.max(t);
        }
        (sum / 2000.0, worst)
    }

    #[test]
    fn a_machine_takes_the_published_times() {
        // etinaude "Unlocked": 0.7 s a combination; 4 x 4 about 3 min, 5 x 5 about 35 min for all
        let (mean, worst) = mean_and_worst(4, 4);
        assert!((worst - 179.0).abs() < 3.0 && (mean - 90.0).abs() < 4.0, "{mean} {worst}");
        let (mean, worst) = mean_and_worst(5, 5);
        assert!((worst - 2188.0).abs() < 25.0 && (mean - 1094.0).abs() < 50.0, "{mean} {worst}");
    }

    #[test]
    fn a_master_pin_halves_the_work_and_a_shaky_machine_takes_longer() {
        let f = Figures::embedded().unwrap();
        let time = |master_pins, error| {
            let mut v = f.parameters.central();
            v.set(P::MachineError, error);
            let d = Description {
                kind: "pin-tumbler".into(),
                pins: Some(4),
                security: Security::None,
                tolerance: Tolerance::Medium,
                master_pins,
                ..Description::default()
            };
            let maker = Maker::new(&d, &f.families, &v, None).unwrap();
            let mut lock = Lock::empty();
            let mut sum = 0.0;
            for k in 0..1000 {
                maker.make(&mut lock, &mut Rng::keyed(4, 2 * k));
                sum += open(&lock, &v, &mut Rng::keyed(4, 2 * k + 1), 1e9).min(1e9);
            }
            sum / 1000.0
        };
        let plain = time(0, 0.0);
        assert!(time(4, 0.0) < 0.6 * plain);
        assert!(time(0, 0.06) > 1.3 * plain);
    }
}
