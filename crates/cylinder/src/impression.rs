//! Impressioning: a blank is turned hard and rocked, the pins that bind leave marks on it, the marks are
//! filed down, until it turns.
//!
//! No new geometry: the blank puts every element at a lift, the plug turns until the least of the curves
//! holds it, and an element that carries load marks. A cut filed past its gate marks again and is filed on;
//! such a blank is spoilt, and the next one begins from nothing.

use crate::{
    attacker::Attacker,
    contact::plug_travel,
    curve::OPEN,
    describe::{Description, ELEMENTS},
    error::Error,
    family::Kind,
    lock::Lock,
    param::{P, Values},
    rng::Rng,
};
use alloc::format;

/// Most blanks in one attempt.
const MOST_BLANKS: u32 = 1000;

/// Whether impressioning is a thing for this cylinder.
///
/// # Errors
/// [`Error::NotRated`] for families whose elements leave no mark that is read and filed, and for a sidebar
/// (its elements bind against the bar, not against the key).
pub fn applies(d: &Description) -> Result<(), Error> {
    match d.family()? {
        Kind::PinTumbler | Kind::Wafer if !d.sidebar => Ok(()),
        Kind::PinTumbler | Kind::Wafer => Err(Error::NotRated(
            "impressioning is modelled for elements that bind against the key; those of a sidebar do not"
                .into(),
        )),
        other => Err(Error::NotRated(format!(
            "impressioning is modelled for pins and wafers on the edge of a blank, not for a {}",
            other.word()
        ))),
    }
}

/// Time until a filed blank turns (s), or infinity when `horizon` (s) is reached first. Each round takes
/// `round_s`; a mark appears with probability `1 - exp(-N / N0)` under a load of `N`, and with `false_mark`
/// where there is none. Filing goes to the next depth of the system, which the attacker knows, with an error.
#[must_use]
pub fn open(lock: &Lock, a: &Attacker, v: &Values, rng: &mut Rng, horizon: f64) -> f64 {
    let mut time = a.setup_s;
    for _ in 0..MOST_BLANKS {
        // depth of each cut so far, in steps; the blank stands one step above the shallowest cut
        let mut depth = [-1_i32; ELEMENTS];
        let mut lift = [0.0; ELEMENTS];
        for x in lift.iter_mut().take(lock.n) {
            *x = lifted(lock, a, -1, rng);
        }
        loop {
            time += a.round_s * (0.75 + 0.5 * rng.uniform());
            if time > horizon {
                return f64::INFINITY;
            }
            let torque = v.get(P::ImpressionTorque) * (1.0 + a.torque_cv * rng.normal()).max(0.2);
            let ys: [f64; ELEMENTS] =
                core::array::from_fn(|i| if i < lock.n { lock.curves[i].at(lift[i]) } else { 0.0 });
            let y = plug_travel(&ys[..lock.n], torque / lock.radius, lock.stiffness, usize::MAX);
            if y >= OPEN {
                return time;
            }
            let mut spoilt = false;
            for i in 0..lock.n {
                let load = lock.stiffness * (y - ys[i]).max(0.0);
                let seen = 1.0 - libm::exp(-load / v.get(P::MarkForce));
                if rng.uniform() < seen.max(a.false_mark) {
                    depth[i] += 1;
                    lift[i] = lifted(lock, a, depth[i], rng);
                    spoilt |= depth[i] >= i32::from(lock.depths);
                }
            }
            if spoilt {
                break;
            }
        }
        // another blank
        time += a.setup_s + 2.0 * a.round_s;
    }
    f64::INFINITY
}

/// Lift on a cut of `depth` steps, filed by hand (mm).
fn lifted(lock: &Lock, a: &Attacker, depth: i32, rng: &mut Rng) -> f64 {
    let exact = lock.rest + lock.step * (f64::from(lock.depths) - 1.0 - f64::from(depth));
    let error = if depth < 0 { 0.0 } else { a.file_mm * rng.normal() };
    (exact + error).clamp(0.0, lock.travel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        describe::{Security, Tolerance},
        times::{Attack, Figures, Plan, run},
    };

    fn p_open(pins: u8, who: &str, within: f64) -> f64 {
        let f = Figures::embedded().unwrap();
        let d = Description {
            kind: "pin-tumbler".into(),
            pins: Some(pins),
            security: Security::None,
            tolerance: Tolerance::Medium,
            ..Description::default()
        };
        let plan = Plan { seed: 5, draws: 1, locks: 300, attempts: 2, horizon_s: within, threads: 1 };
        run(&d, f.attackers.get(who).unwrap(), Attack::Impression, &f, &plan).unwrap().p_open(within).value
    }

    #[test]
    fn more_pins_take_longer_and_practice_helps() {
        let (five, six) = (p_open(5, "expert", 600.0), p_open(6, "expert", 600.0));
        assert!(five > six, "{five} {six}");
        assert!(p_open(5, "expert", 1800.0) > p_open(5, "novice", 1800.0) + 0.1);
    }

    #[test]
    fn nobody_is_faster_than_filing_takes() {
        // the record of 2008 is 5 min 13 s on a six-pin cylinder (blackbag.toool.nl): fastest of many
        let p = p_open(6, "expert", 120.0);
        assert!(p < 0.02, "{p}");
    }

    #[test]
    fn sidebars_and_discs_are_not_rated() {
        for d in [
            Description { kind: "disc-detainer".into(), ..Description::default() },
            Description { kind: "pin-tumbler".into(), sidebar: true, ..Description::default() },
        ] {
            assert!(matches!(applies(&d), Err(Error::NotRated(_))));
        }
    }
}
