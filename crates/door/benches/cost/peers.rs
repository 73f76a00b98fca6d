//! The same sampling by others: NumPy written as an expert would, and OpenTURNS, a well-known open library for
//! Monte Carlo studies of risk (it draws, the same NumPy model judges: its own advice for vectorised models).
//! One attacker at a door without electronics, so that the mechanisms fit on one page; P(in) must agree.

use std::path::{Path, PathBuf};
use std::process::Command;

use door::engine::run::{Attempt, Sampling};
use door::figures::Figures;
use door::survey::Survey;

use crate::median;
use crate::row::Row;

/// The door of `peers/opportunist.py`.
const DOOR: &str = r#"
[door]
leaf = "solid"
thickness_mm = 44
glazing = "within-reach"
glass = "float"
class = "none"
[frame]
material = "wood"
gap_mm = 3
strike = "plate"
screw_length_mm = 19
screws = 2
screw_state = "tight"
[hinges]
pins = "hidden"
count = 3
screw_length_mm = 25
screw_state = "tight"
bolts = false
[bolt]
kind = "deadbolt"
throw_mm = 25.4
deadlocks = true
thumbturn = "turn"
grade = "none"
[cylinder]
kind = "pin-tumbler"
key_control = "none"
copies_out = 2
master_keyed = false
[second_lock]
kind = "none"
[smart]
kind = "none"
[habits]
left_unlocked = "sometimes"
bolt_thrown = "always"
key_outside = false
"#;

/// How far apart two shares of so many worlds may be and still be of the same sampling.
const APART: f64 = 0.01;

pub fn measure(figures: &Figures, quick: bool, rows: &mut Vec<Row>) {
    let worlds = if quick { 50_000 } else { 1_000_000 };
    let survey = Survey::from_toml(DOOR).unwrap();
    let attempt = Attempt::new(&survey, figures, figures.attacker("opportunist").unwrap()).unwrap();
    let sampling = Sampling { seed: 1, worlds, threads: 1, grid: vec![300.0], detail: false };
    let mut p = 0.0;
    let own = median(3, || p = attempt.run(&sampling).ignorance.share(0).p).as_secs_f64();
    rows.push(Row::told("opportunist at a mechanical door", own, "s").note(format!(
        "{worlds} worlds on one core, processor time, each drawn by itself; P(in within 5 min) {p:.3}"
    )));
    for (library, name) in [("numpy", "the same in NumPy"), ("openturns", "the same with OpenTURNS")] {
        match peer(library, worlds) {
            Ok((seconds, theirs)) if (theirs - p).abs() <= APART => rows.push(
                Row::told(name, seconds, "s")
                    .note(format!("P {theirs:.3}; {:.1} times as long as ours", seconds / own)),
            ),
            Ok((_, theirs)) => rows.push(Row::missing(
                name,
                "s",
                None,
                &format!("not measured: it samples something else, P {theirs:.3} against {p:.3}"),
            )),
            Err(why) => rows.push(Row::missing(name, "s", None, &format!("not measured: {why}"))),
        }
    }
}

fn peer(library: &str, worlds: usize) -> Result<(f64, f64), String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = python()?;
    let mut times = Vec::new();
    let mut p = 0.0;
    for _ in 0..3 {
        let output = Command::new(&python)
            .arg(here.join("benches/peers/opportunist.py"))
            .arg(here.join("../../figures"))
            .arg(library)
            .arg(worlds.to_string())
            // one core for everybody
            .envs([("OPENBLAS_NUM_THREADS", "1"), ("OMP_NUM_THREADS", "1")])
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(said.lines().last().unwrap_or("it failed").to_owned());
        }
        let found: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        times.push(found["seconds"].as_f64().ok_or("no time")?);
        p = found["p"].as_f64().ok_or("no share")?;
    }
    times.sort_by(f64::total_cmp);
    Ok((times[1], p))
}

/// The interpreter with the libraries; installed by `peers/setup.sh`, by name from the registry.
fn python() -> Result<PathBuf, String> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("door-peers");
    let python = venv.join("bin/python");
    let ready = || {
        Command::new(&python)
            .args(["-c", "import numpy, openturns"])
            .output()
            .is_ok_and(|out| out.status.success())
    };
    if !ready() {
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/setup.sh");
        let done = Command::new("sh").arg(setup).arg(&venv).output().map_err(|error| error.to_string())?;
        if !done.status.success() || !ready() {
            let said = String::from_utf8_lossy(&done.stderr);
            return Err(format!("benches/peers/setup.sh: {}", said.lines().last().unwrap_or("it failed")));
        }
    }
    Ok(python)
}
