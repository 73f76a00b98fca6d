//! What a step costs with 100 users and 200 credentials, storage in memory: time, instructions, stack, memory. Prints
//! one JSON array of rows; `cargo xtask bench` makes the table.
//!
//! Time: the same sequence of steps is run many times from the same start; of each step the shortest time counts, since
//! the work is the same and the rest is the machine's. The worst case is the longest of these. Instructions and stack
//! are counted by valgrind, which runs this program again on one kind of step.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints, stops when it cannot go on, and looks at the clock"
)]

#[path = "cost/desk.rs"]
mod desk;
#[path = "cost/peer.rs"]
mod peer;
#[path = "cost/tools.rs"]
mod tools;
#[path = "cost/welch.rs"]
mod welch;

use serde::Serialize;

use desk::{Desk, KINDS, Large};
use lock::{HomeLock, Lock, PEERS, RECORD_BYTES};

/// One measured figure, as `cargo xtask bench` reads it.
#[derive(Serialize)]
pub struct Row {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    target: Option<f64>,
    met: Option<bool>,
    note: String,
}

impl Row {
    /// A figure without a target.
    pub fn told(name: &str, value: f64, unit: &'static str, note: &str) -> Self {
        let value = Some((value * 1000.0).round() / 1000.0);
        Self { name: name.to_owned(), value, unit, target: None, met: None, note: note.to_owned() }
    }
    /// A figure that should be below the target.
    pub fn below(name: &str, value: f64, unit: &'static str, target: f64, note: &str) -> Self {
        Self { target: Some(target), met: Some(value < target), ..Self::told(name, value, unit, note) }
    }
    /// A figure that could not be measured.
    pub fn missing(name: &str, unit: &'static str, why: &str) -> Self {
        Self { value: None, ..Self::told(name, 0.0, unit, why) }
    }
}

/// A lock of 50 users, 100 credentials and 50 schedules of each kind.
type Fifty = Lock<50, 100, 1, 1, 10, 8, 1, PEERS, 256>;
/// The lock of the walk.
type Walked = Lock<2, 2, 1, 1, 1, 0, 0, 2, 4>;

/// Of each step of a sequence the shortest time of many rounds: kind and nanoseconds.
fn shortest(rounds: usize, steps: impl Fn(&mut Desk) -> Vec<(usize, u128)>) -> Vec<(usize, u128)> {
    let start = Desk::new();
    let mut shortest = steps(&mut start.clone());
    for _ in 1..rounds {
        for ((_, known), (_, time)) in shortest.iter_mut().zip(steps(&mut start.clone())) {
            *known = (*known).min(time);
        }
    }
    shortest
}

fn time(rounds: usize, rows: &mut Vec<Row>) {
    let micros = |nanos: u128| f64::from(u32::try_from(nanos).unwrap_or(u32::MAX)) / 1000.0;
    let every = shortest(rounds, Desk::everything);
    let worst = every.iter().max_by_key(|(_, time)| *time).copied().unwrap_or_default();
    let how = format!(
        "of {} steps of every kind, the shortest of {rounds} runs each; the longest was: {}",
        every.len(),
        KINDS[worst.0]
    );
    rows.push(Row::below("lock: longest step", micros(worst.1), "us", 20.0, &how));
    let day = shortest(rounds, Desk::day);
    let sum: u128 = day.iter().map(|(_, time)| time).sum();
    let steps = f64::from(u32::try_from(day.len()).unwrap_or(1).max(1));
    let how = format!(
        "over the {} steps of a day: 24 entries by code and 2 remote unlocks with their keys, sensor reports and \
         timers",
        day.len()
    );
    rows.push(Row::below("lock: mean step", micros(sum) / steps, "us", 1.0, &how));
    for (kind, name) in KINDS.iter().enumerate() {
        let longest = every.iter().filter(|(other, _)| *other == kind).map(|(_, time)| *time).max();
        if let Some(longest) = longest {
            rows.push(Row::told(&format!("lock: {name}"), micros(longest), "us", "longest of its kind"));
        }
    }
}

fn sizes(rows: &mut Vec<Row>) {
    let bytes = |size: usize| f64::from(u32::try_from(size).unwrap_or(u32::MAX));
    let whole = size_of::<Fifty>() + 256 * RECORD_BYTES;
    let how = "50 users, 100 credentials, 50 schedules of each kind in memory; the 256 records, which lie in storage, \
               counted as well";
    rows.push(Row::below("lock: whole state with records", bytes(whole), "bytes", 32_768.0, how));
    let walked = size_of::<Walked>();
    rows.push(Row::below("lock: state of the walked lock", bytes(walked), "bytes", 1024.0, "size_of"));
    let home = size_of::<HomeLock>();
    rows.push(Row::told("lock: state of a home's lock", bytes(home), "bytes", "size_of, records apart"));
    rows.push(Row::told("lock: state measured here", bytes(size_of::<Large>()), "bytes", "size_of"));
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |at: usize| words.get(at).map(String::as_str);
    if let (Some("--repeat"), Some(kind), Some(times)) = (word(0), word(1), word(2)) {
        return desk::repeat(
            kind.parse().unwrap_or(0),
            times.parse().unwrap_or(0),
            word(3) == Some("--thread"),
        );
    }
    let quick = words.iter().any(|word| word == "--quick");
    let mut rows = Vec::new();
    sizes(&mut rows);
    time(if quick { 20 } else { 400 }, &mut rows);
    welch::measure(if quick { 20_000 } else { 1_000_000 }, &mut rows);
    tools::measure(if quick { 3 } else { KINDS.len() }, &mut rows);
    println!("{}", serde_json::to_string_pretty(&rows).expect("rows are JSON"));
}
