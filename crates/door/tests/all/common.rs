//! Shared by the tests: the figures, an example survey and one run.

use door::engine::run::{Attempt, Counts, GRID, Sampling};
use door::figures::Figures;
use door::survey::Survey;
use std::sync::LazyLock;

pub static FIGURES: LazyLock<Figures> = LazyLock::new(|| Figures::builtin().unwrap());

pub const BUILDERS_LOCK: &str = r#"
[home]
tenure = "own"
kind = "house"
[door]
leaf = "solid"
glazing = "none"
[frame]
material = "wood"
strike = "plate"
screw_length_mm = "3/4in"
screws = 2
screw_state = "tight"
gap_mm = 3
[bolt]
kind = "deadbolt"
throw_mm = "1in"
deadlocks = true
grade = "ansi-3"
[cylinder]
kind = "pin-tumbler"
pins = 5
shape = "bored"
standard = "none"
[smart]
kind = "none"
[second_lock]
kind = "none"
[habits]
left_unlocked = "never"
bolt_thrown = "always"
"#;

pub fn survey(text: &str) -> Survey {
    Survey::from_toml(text).unwrap()
}

pub fn sampling(seed: u64, worlds: usize) -> Sampling {
    Sampling { seed, worlds, threads: 1, grid: GRID.to_vec(), detail: false }
}

pub fn run(survey: &Survey, attacker: &str, sampling: &Sampling) -> Counts {
    let attacker = FIGURES.attacker(attacker).unwrap();
    Attempt::new(survey, &FIGURES, attacker).unwrap().run(sampling)
}

/// P(in within 300 s).
pub fn p300(survey: &Survey, attacker: &str, seed: u64, worlds: usize) -> f64 {
    let sampling = sampling(seed, worlds);
    let at = sampling.grid.iter().position(|t| *t >= 300.0).unwrap();
    run(survey, attacker, &sampling).ignorance.share(at).p
}
