//! What advice costs: loading the whole catalogue of rules, words and data sheets, and the pages of the hub from
//! outside. Prints one JSON array of rows on standard output. Nothing here is asserted: speed is of a machine, not of
//! the code alone.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a measurement reads the clock and prints"
)]

#[path = "../../door/benches/cost/house.rs"]
#[allow(dead_code, reason = "shared with the audit's bench, which uses all of it")]
mod house;
#[path = "../../doorward/benches/foundation/row.rs"]
#[allow(dead_code, reason = "shared with the house's bench, which uses all of it")]
mod row;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use care::choose::{homes, sheet};
use care::rule::read;
use care::words::{ENGLISH, Words};
use door::survey::Survey;

use row::{Row, Times, millis};

/// Every file of rules.
const RULES: &[(&str, &str)] = &[
    ("ways.toml", include_str!("../rules/ways.toml")),
    ("homes.toml", include_str!("../rules/homes.toml")),
    ("mistakes.toml", include_str!("../rules/mistakes.toml")),
    ("steps.toml", include_str!("../rules/steps.toml")),
    ("calls.toml", include_str!("../rules/calls.toml")),
    ("risks.toml", include_str!("../rules/risks.toml")),
];

fn main() {
    let (mut binary, mut quick) = (PathBuf::new(), false);
    let mut given = std::env::args().skip(1);
    while let Some(arg) = given.next() {
        match arg.as_str() {
            "--binary" => binary = given.next().map(PathBuf::from).unwrap_or_default(),
            "--quick" => quick = true,
            _ => {}
        }
    }
    let mut rows = vec![catalogue(if quick { 3 } else { 31 })];
    if let Err(why) = pages(&binary, if quick { 3 } else { 25 }, &mut rows) {
        rows.push(Row::missing("advice pages", "ms", Some(50.0), &format!("not measured: {why}")));
    }
    println!("{}", serde_json::to_string_pretty(&rows).unwrap());
}

/// Words, rules and data sheets read from their text, then one ranking.
fn catalogue(runs: usize) -> Row {
    let survey = Survey::default();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            let words = Words::read(ENGLISH).unwrap();
            let rules: Vec<toml::Table> =
                RULES.iter().map(|(file, text)| read(file, text).unwrap()).collect();
            let sheets = sheet::builtin().unwrap();
            let home = homes::home_fit(&survey);
            assert!(words.all().count() > 100 && rules.len() == RULES.len() && sheets.len() >= 10);
            assert!(!home.kinds.is_empty());
            start.elapsed()
        })
        .collect();
    times.sort();
    Row::at_most("whole catalogue loaded", millis(times[runs / 2]), "ms", 10.0)
        .note("words, rules and data sheets from their text, and one ranking")
}

/// Pages once the audit of the door is kept; the first visit after a change works it out.
fn pages(binary: &std::path::Path, runs: usize, rows: &mut Vec<Row>) -> Result<(), String> {
    let house = house::House::start(binary)?;
    let door = house.door()?;
    house.form(&format!("/doors/{door}/survey"), "home.tenure=rent&frame.screw_length_mm=19")?;
    let mut first = Row::told("first advice after a change of the survey", 0.0, "ms");
    for (at, (name, path, words)) in [
        ("which lock?", format!("/doors/{door}/advice"), "What brings what"),
        ("does it fit?", format!("/doors/{door}/fit?model=tell-db1000"), "How to measure"),
        ("set it up", format!("/doors/{door}/setup"), "Do it yourself or call someone"),
        ("safe against risky", format!("/doors/{door}/risks"), "Everything risky"),
        ("advice for the home", "/advice".to_owned(), "Choose and set up"),
    ]
    .into_iter()
    .enumerate()
    {
        let cold = house.get(&path)?;
        cold.until(words)?;
        if at == 0 {
            first = Row::told("first advice after a change of the survey", millis(cold.whole), "ms")
                .note("with the whole audit that it rests on");
        }
        let mut times = Vec::new();
        for _ in 0..runs {
            let page = house.get(&path)?;
            page.until(words)?;
            times.push(page.whole);
        }
        let note = format!("median of {runs}, to the last byte, the audit kept");
        rows.push(Row::at_most(name, Times::new(times).percentile(50), "ms", 50.0).note(note));
    }
    rows.push(first);
    Ok(())
}
