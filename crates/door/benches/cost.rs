//! What the audit costs: the engine by itself on one core, the pages of the hub from outside, memory of the
//! command, and the same sampling in NumPy and with OpenTURNS. Prints one JSON array of rows on standard output.
//! The engine and its peers, one thread each, are timed by their own processor time; pages by the wall clock.
//! Nothing here is asserted: speed is of a machine, not of the code alone.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a measurement reads the clock and prints"
)]

#[path = "cost/house.rs"]
mod house;
#[path = "../../doorward/benches/foundation/own_time.rs"]
mod own_time;
#[path = "cost/peers.rs"]
mod peers;
#[path = "../../doorward/benches/foundation/row.rs"]
#[allow(dead_code, reason = "shared with the house's bench, which uses all of it")]
mod row;

use std::path::PathBuf;
use std::time::Duration;

use door::audit::{First, what_if};
use door::draw::page;
use door::engine::run::{Attempt, GRID, Sampling};
use door::figures::Figures;
use door::survey::Survey;
use door::{Options, audit};

use own_time::timed;
use row::{Row, millis};

/// Worlds of the rate, as the target says.
const WORLDS: usize = 1_000_000;

struct Args {
    binary: PathBuf,
    quick: bool,
    only: Vec<String>,
}

fn main() {
    let args = args();
    let figures = Figures::builtin().unwrap();
    let mut rows = Vec::new();
    let wanted = |part: &str| args.only.is_empty() || args.only.iter().any(|only| only == part);
    if wanted("engine") {
        engine(&figures, args.quick, &mut rows);
    }
    if wanted("peers") {
        peers::measure(&figures, args.quick, &mut rows);
    }
    if wanted("pages") {
        house::pages(&args.binary, if args.quick { 3 } else { 15 }, &mut rows);
        house::memory(&args.binary, &mut rows);
    }
    println!("{}", serde_json::to_string_pretty(&rows).unwrap());
}

fn args() -> Args {
    let mut args = Args { binary: PathBuf::new(), quick: false, only: Vec::new() };
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        match arg.as_str() {
            "--binary" => args.binary = given.next().map(PathBuf::from).unwrap_or_default(),
            "--quick" => args.quick = true,
            "--only" => args.only = given.next().unwrap_or_default().split(',').map(str::to_owned).collect(),
            _ => {}
        }
    }
    args
}

/// The engine on one core, nothing known of the door: then every way in is possible.
fn engine(figures: &Figures, quick: bool, rows: &mut Vec<Row>) {
    let survey = Survey::default();
    let worlds = if quick { WORLDS / 20 } else { WORLDS };
    let mut slowest = (Duration::ZERO, String::new());
    for attacker in &figures.attackers {
        let attempt = Attempt::new(&survey, figures, attacker).unwrap();
        let sampling = Sampling { seed: 1, worlds, threads: 1, grid: GRID.to_vec(), detail: true };
        let took = median(3, || drop(attempt.run(&sampling)));
        if took > slowest.0 {
            slowest = (took, attacker.name.clone());
        }
    }
    let seconds = slowest.0.as_secs_f64() * (WORLDS as f64 / worlds as f64);
    rows.push(Row::at_most("1,000,000 worlds of one attacker, all ways", seconds, "s", 1.0).note(format!(
        "one core, processor time, nothing known of the door, the slowest of six attackers: {}",
        slowest.1
    )));
    let options = Options::default();
    let runs = if quick { 3 } else { 15 };
    let first = median(runs, || {
        let first = First::of(&survey, figures, &options).unwrap();
        drop(page::opening(first.weakest().as_ref()));
    });
    rows.push(
        Row::told("first result by itself", millis(first), "ms").note("six attackers at 10,000 worlds"),
    );
    let whole = median(runs, || {
        let report = audit(&survey, figures, &options).unwrap();
        drop(page::fragment(&report, &survey));
    });
    rows.push(Row::at_most("full report, drawn", whole.as_secs_f64(), "s", 1.0).note(
        "one core, processor time: six attackers at 10,000 worlds, every upgrade at 4,000, SVG and tables",
    ));
    let options =
        Options { what_if: vec![("frame.screw_length_mm".into(), "76".into())], ..Options::default() };
    let one = median(runs, || drop(what_if(&survey, figures, &options).unwrap()));
    rows.push(Row::told("what-if by itself", millis(one), "ms").note("six attackers at 4,000 worlds, twice"));
}

/// The median time of some runs, by this thread's own clock.
pub(crate) fn median(runs: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<f64> = (0..runs).map(|_| timed(&mut work)).collect();
    times.sort_by(f64::total_cmp);
    Duration::from_secs_f64(times[runs / 2])
}
