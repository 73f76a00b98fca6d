//! Which measurement would help most: Morris's elementary effects of every figure on the chance to open.
//!
//! Each trajectory starts at a random point of what we think the figures may be and changes one figure after
//! another (Morris 1991); the same cylinders and hands are used at every point, so that only the figure
//! differs. The mean size of an effect (mu*, Campolongo 2007) ranks the figures; its scatter tells of
//! interplay.

use crate::{
    attacker::Attacker,
    describe::Description,
    error::Error,
    lock::{Lock, Maker},
    param::{COUNT, NAMES, Tag, Values},
    rng::Rng,
    times::{Attack, Figures, one_attempt},
};
use alloc::{vec, vec::Vec};
use serde::Serialize;

/// The effect of one figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Name of the figure.
    pub figure: &'static str,
    /// How it is known now.
    pub tag: Tag,
    /// Mean size of the change in P(open) when it moves across about two thirds of its range.
    pub mean: f64,
    /// Scatter of that change.
    pub scatter: f64,
}

/// Size of one screening.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Seed.
    pub seed: u64,
    /// Trajectories (4 to 20 are usual).
    pub trajectories: u32,
    /// Attempts at each point.
    pub attempts: u32,
    /// P(open within this many seconds) is looked at.
    pub within: f64,
}

/// Scores of a figure's low and high setting.
const LEVELS: [f64; 4] = [-1.5, -0.5, 0.5, 1.5];

/// Ranks all figures, strongest first. `go_on` is asked before each trajectory.
///
/// # Errors
/// As [`Maker::new`].
pub fn screen(
    d: &Description,
    attacker: &Attacker,
    attack: Attack,
    figures: &Figures,
    s: &Screen,
    go_on: &dyn Fn(u32) -> bool,
) -> Result<Vec<Effect>, Error> {
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); COUNT];
    for t in 0..s.trajectories {
        if t > 0 && !go_on(t) {
            break;
        }
        let mut rng = Rng::keyed(s.seed ^ 0x3033_1991, u64::from(t));
        let mut level: Vec<usize> = (0..COUNT).map(|_| rng.below(4) as usize).collect();
        let mut order: Vec<usize> = (0..COUNT).collect();
        for k in (1..COUNT).rev() {
            order.swap(k, rng.below(k as u32 + 1) as usize);
        }
        let mut values = figures.parameters.central();
        for (i, l) in level.iter().enumerate() {
            set(&mut values, figures, i, LEVELS[*l]);
        }
        let mut last = p_open(d, attacker, attack, figures, s, &values)?;
        for i in order {
            // two levels on, within the four: the step that keeps all points equally likely
            level[i] = (level[i] + 2) % 4;
            set(&mut values, figures, i, LEVELS[level[i]]);
            let now = p_open(d, attacker, attack, figures, s, &values)?;
            effects[i].push(now - last);
            last = now;
        }
    }
    let mut out: Vec<Effect> = effects
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let n = e.len().max(1) as f64;
            let plain = e.iter().sum::<f64>() / n;
            Effect {
                figure: NAMES[i],
                tag: figures.parameters.all().nth(i).map_or(Tag::Estimate, |f| f.1.tag),
                mean: e.iter().map(|v| v.abs()).sum::<f64>() / n,
                scatter: libm::sqrt(e.iter().map(|v| (v - plain) * (v - plain)).sum::<f64>() / n),
            }
        })
        .collect();
    out.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(out)
}

fn set(values: &mut Values, figures: &Figures, index: usize, score: f64) {
    values.set_index(index, figures.parameters.at_score(index, score));
}

fn p_open(
    d: &Description,
    attacker: &Attacker,
    attack: Attack,
    figures: &Figures,
    s: &Screen,
    values: &Values,
) -> Result<f64, Error> {
    let maker = Maker::new(d, &figures.families, values, None)?;
    let hand = attacker.under(values);
    let mut lock = Lock::empty();
    let mut opened = 0;
    for k in 0..s.attempts {
        let mut rng = Rng::keyed(s.seed, u64::from(k));
        maker.make(&mut lock, &mut rng);
        opened += u32::from(one_attempt(&lock, &hand, attack, values, &mut rng, s.within).is_finite());
    }
    Ok(f64::from(opened) / f64::from(s.attempts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Security, Tolerance};

    #[test]
    fn bumping_hangs_on_bumping_figures_and_not_on_spools() {
        let f = Figures::embedded().unwrap();
        let d = Description {
            kind: "pin-tumbler".into(),
            pins: Some(5),
            security: Security::None,
            tolerance: Tolerance::Medium,
            ..Description::default()
        };
        let s = Screen { seed: 1, trajectories: 4, attempts: 60, within: 180.0 };
        let e = screen(&d, f.attackers.get("expert").unwrap(), Attack::Bump, &f, &s, &|_| true).unwrap();
        let place = |name: &str| e.iter().position(|x| x.figure == name).unwrap();
        assert!(place("strike_speed") < 8, "{e:?}");
        assert!(place("waist_depth") > place("strike_speed"));
        assert_eq!(e[place("waist_depth")].mean, 0.0, "no spool here");
    }
}
