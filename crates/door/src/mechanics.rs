//! The surveyed cylinder on the bench: what the mechanical model of the room `cylinder` says of it.
//!
//! The level of the audit's times rests on published trials (`figures/locks.toml`), which the model misses at the
//! expert's end; from the model the audit takes what no trial has measured: what pins and security elements
//! change, and how attempts differ (`figures/mechanics.toml`, made by `cargo xtask join`). The model's own answer
//! for the surveyed cylinder is shown beside the audit's, with its bands, so that each can prove the other wrong.

use cylinder::describe::{Description, Security};
use cylinder::times::{Attack, Banded, Figures as Mechanical, Plan, run};
use serde::Serialize;

use crate::survey::{Key, Survey};

/// Draws of what is not known, cylinders and attempts: small, since it stands beside a result that it
/// does not change.
const DRAWS: u32 = 24;
const LOCKS: u32 = 6;
const ATTEMPTS: u32 = 4;
/// When a try on the bench ends, s.
pub const HORIZON_S: f64 = 300.0;

/// What the model says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bench {
    /// Share opened within five minutes by a practised picker.
    pub pick: Option<Banded>,
    /// The same with a bump key; `null` where a bump key does nothing.
    pub bump: Option<Banded>,
}

/// The cylinder as the model takes it; `None` where its kind is not known or there is none.
pub fn description(survey: &Survey) -> Option<Description> {
    let kind = survey.word(Key::CylinderKind).filter(|word| *word != "none")?;
    let has = |word| survey.has(Key::CylinderSecurity, word);
    Some(Description {
        kind: kind.to_owned(),
        pins: survey.number(Key::CylinderPins).map(|pins| pins as u8),
        security: match has("spools") {
            Some(true) => Security::Some,
            Some(false) => Security::None,
            None => Security::Unknown,
        },
        sidebar: has("sidebar") == Some(true),
        anti_bump: has("anti-bump") == Some(true),
        ..Description::default()
    })
}

/// Puts the surveyed cylinder on the bench; `None` where the model does not rate it.
pub fn bench(survey: &Survey, seed: u64) -> Option<Bench> {
    let cylinder = description(survey)?;
    let figures = Mechanical::embedded().ok()?;
    let expert = figures.attackers.get("expert").ok()?;
    let plan =
        Plan { seed, draws: DRAWS, locks: LOCKS, attempts: ATTEMPTS, horizon_s: HORIZON_S, threads: 1 };
    let share =
        |attack| run(&cylinder, expert, attack, &figures, &plan).ok().map(|times| times.p_open(HORIZON_S));
    Some(Bench { pick: share(Attack::Pick), bump: share(Attack::Bump) })
}
