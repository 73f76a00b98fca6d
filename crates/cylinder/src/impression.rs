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
use alloc::{format, vec::Vec};
use serde::Serialize;

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

/// A blank in the plug, its cuts so far, and who files it.
struct Blank<'a> {
    lock: &'a Lock,
    a: &'a Attacker,
    v: &'a Values,
    /// Depth of each cut in steps; an uncut place stands at -1, one step above the shallowest cut.
    depth: [i32; ELEMENTS],
    lift: [f64; ELEMENTS],
}

/// One turn and one look.
struct Look {
    /// The plug turned.
    turned: bool,
    /// What each element was pressed with, N.
    load: [f64; ELEMENTS],
    /// Where a mark was seen and filed.
    marked: [bool; ELEMENTS],
    /// A cut is deeper than the deepest of the system.
    spoilt: bool,
}

impl<'a> Blank<'a> {
    fn new(lock: &'a Lock, a: &'a Attacker, v: &'a Values, rng: &mut Rng) -> Self {
        let mut lift = [0.0; ELEMENTS];
        for x in lift.iter_mut().take(lock.n) {
            *x = lifted(lock, a, -1, rng);
        }
        Self { lock, a, v, depth: [-1; ELEMENTS], lift }
    }

    /// Turns it hard, looks for marks and files every one of them down by a step.
    fn turn_and_file(&mut self, rng: &mut Rng) -> Look {
        let Self { lock, a, v, .. } = *self;
        let mut look =
            Look { turned: false, load: [0.0; ELEMENTS], marked: [false; ELEMENTS], spoilt: false };
        let torque = v.get(P::ImpressionTorque) * (1.0 + a.torque_cv * rng.normal()).max(0.2);
        let ys: [f64; ELEMENTS] =
            core::array::from_fn(|i| if i < lock.n { lock.curves[i].at(self.lift[i]) } else { 0.0 });
        let y = plug_travel(&ys[..lock.n], torque / lock.radius, lock.stiffness, usize::MAX);
        if y >= OPEN {
            look.turned = true;
            return look;
        }
        for (i, at) in ys.iter().enumerate().take(lock.n) {
            look.load[i] = lock.stiffness * (y - at).max(0.0);
            let seen = 1.0 - libm::exp(-look.load[i] / v.get(P::MarkForce));
            if rng.uniform() < seen.max(a.false_mark) {
                look.marked[i] = true;
                self.depth[i] += 1;
                self.lift[i] = lifted(lock, a, self.depth[i], rng);
                look.spoilt |= self.depth[i] >= i32::from(lock.depths);
            }
        }
        look
    }
}

/// How long one round takes, s.
fn round_s(a: &Attacker, rng: &mut Rng) -> f64 {
    a.round_s * (0.75 + 0.5 * rng.uniform())
}

/// Time until a filed blank turns (s), or infinity when `horizon` (s) is reached first. Each round takes
/// `round_s`; a mark appears with probability `1 - exp(-N / N0)` under a load of `N`, and with `false_mark`
/// where there is none. Filing goes to the next depth of the system, which the attacker knows, with an error.
#[must_use]
pub fn open(lock: &Lock, a: &Attacker, v: &Values, rng: &mut Rng, horizon: f64) -> f64 {
    let mut time = a.setup_s;
    for _ in 0..MOST_BLANKS {
        let mut blank = Blank::new(lock, a, v, rng);
        loop {
            time += round_s(a, rng);
            if time > horizon {
                return f64::INFINITY;
            }
            let look = blank.turn_and_file(rng);
            if look.turned {
                return time;
            }
            if look.spoilt {
                break;
            }
        }
        // another blank
        time += a.setup_s + 2.0 * a.round_s;
    }
    f64::INFINITY
}

/// One round as a picture shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Round {
    /// Which blank, from 1.
    pub blank: u32,
    /// Time at the end of the round, s.
    pub time_s: f64,
    /// Depth of each cut during the turn, in steps; -1 is uncut.
    pub cut: Vec<i32>,
    /// What each element was pressed with, N.
    pub load: Vec<f64>,
    /// Where a mark was seen; each is then filed one step deeper.
    pub marked: Vec<bool>,
    /// The plug turned: the blank is a key now.
    pub turned: bool,
    /// A cut went deeper than the deepest of the system: the blank is spoilt.
    pub spoilt: bool,
}

/// The first rounds of an attempt, at most `most` of them, until it turns: the same turns and files as [`open`].
///
/// # Errors
/// [`Error::NotRated`] as [`applies`].
pub fn rounds(
    d: &Description,
    lock: &Lock,
    a: &Attacker,
    v: &Values,
    rng: &mut Rng,
    most: usize,
) -> Result<Vec<Round>, Error> {
    applies(d)?;
    let mut time = a.setup_s;
    let mut all = Vec::new();
    for number in 1..=MOST_BLANKS {
        let mut blank = Blank::new(lock, a, v, rng);
        loop {
            if all.len() >= most {
                return Ok(all);
            }
            time += round_s(a, rng);
            let cut = blank.depth[..lock.n].to_vec();
            let look = blank.turn_and_file(rng);
            all.push(Round {
                blank: number,
                time_s: time,
                cut,
                load: look.load[..lock.n].to_vec(),
                marked: look.marked[..lock.n].to_vec(),
                turned: look.turned,
                spoilt: look.spoilt,
            });
            if look.turned {
                return Ok(all);
            }
            if look.spoilt {
                break;
            }
        }
        time += a.setup_s + 2.0 * a.round_s;
    }
    Ok(all)
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
        lock::Maker,
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
    fn d6_what_is_shown_is_what_the_odds_are_made_of() {
        let f = Figures::embedded().unwrap();
        let d = Description { kind: "pin-tumbler".into(), pins: Some(5), ..Description::default() };
        let maker = Maker::new(&d, &f.families, &f.parameters.central(), None).unwrap();
        let expert = f.attackers.get("expert").unwrap();
        let mut lock = Lock::empty();
        for k in 0..40 {
            maker.make(&mut lock, &mut Rng::keyed(3, 2 * k));
            let v = maker.values();
            let time = open(&lock, expert, v, &mut Rng::keyed(3, 2 * k + 1), 1e9);
            let shown = rounds(&d, &lock, expert, v, &mut Rng::keyed(3, 2 * k + 1), 100_000).unwrap();
            let last = shown.last().unwrap();
            assert!(last.turned && last.time_s.to_bits() == time.to_bits(), "{} {time}", last.time_s);
            assert!(shown.iter().rev().skip(1).all(|round| !round.turned));
            // each mark is filed a step deeper, and nothing else is
            for pair in shown.windows(2).filter(|pair| pair[0].blank == pair[1].blank) {
                for i in 0..lock.n {
                    assert_eq!(pair[1].cut[i] - pair[0].cut[i], i32::from(pair[0].marked[i]));
                }
            }
        }
        assert_eq!(rounds(&d, &lock, expert, maker.values(), &mut Rng::keyed(1, 1), 3).unwrap().len(), 3);
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
