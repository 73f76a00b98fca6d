//! `cargo xtask bench`: builds the release binary, measures it beside what this machine cannot beat, prints a
//! table or JSON, and writes `docs/performance.md` anew. Measures nothing itself: the bench targets of [`BENCHES`]
//! do, each printing one JSON array of rows.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::run::{root, sh, target_dir};

/// The page that is written.
const PAGE: &str = "docs/performance.md";

/// The bench targets, in the order of the page: crate, target, heading of its part of the page.
/// Each is called with `--binary PATH` and, where asked, `--quick` and `--only PARTS`, and prints rows as JSON.
const BENCHES: &[(&str, &str, &str)] = &[
    ("doorward", "foundation", "The house"),
    ("lock", "cost", "The lock core"),
    ("door", "cost", "The audit"),
    ("care", "cost", "Advice"),
    ("cylinder", "cost", "Cylinders"),
];

/// Measure.
#[derive(clap::Args)]
pub struct Bench {
    /// Print one JSON array of rows and nothing else on standard output; writes no page.
    #[arg(long)]
    json: bool,
    /// Fewer of everything: shows that the measurement works. Writes no page.
    #[arg(long)]
    quick: bool,
    /// Only one crate's bench (doorward, lock, door, care, cylinder): writes its part of the page anew and leaves the
    /// others. Or only these parts of the house, separated by commas: start, plan, entries, many, log, lab, zigbee,
    /// zwave; that writes no page.
    #[arg(long)]
    only: Option<String>,
}

/// One row as the measurement prints it.
#[derive(Deserialize, Serialize)]
struct Row {
    name: String,
    value: Option<f64>,
    unit: String,
    target: Option<f64>,
    met: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    floor: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

/// Builds, measures, prints, writes. A target that is not met is told and is not a failure.
pub fn run(args: &Bench) -> anyhow::Result<()> {
    sh("cargo", &["build", "--release", "--quiet", "--package", "doorward"])?;
    let wanted: Vec<_> = match &args.only {
        Some(only) => match BENCHES.iter().find(|(package, ..)| package == only) {
            Some(one) => vec![(one, None)],
            None => vec![(&BENCHES[0], Some(only))],
        },
        None => BENCHES.iter().map(|one| (one, None)).collect(),
    };
    // built before, so that no compiler runs beside the measurement
    for ((package, target, _), _) in &wanted {
        sh("cargo", &["bench", "--quiet", "--package", package, "--bench", target, "--no-run"])?;
    }
    let load = load();
    let mut parts = Vec::new();
    for ((package, target, heading), only) in wanted {
        parts.push((*heading, measure(package, target, args.quick, only.map(String::as_str))?));
    }
    if args.json {
        let rows: Vec<&Row> = parts.iter().flat_map(|(_, rows)| rows).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    for (heading, rows) in &parts {
        println!("\n{heading}");
        print(rows);
    }
    let whole = args.only.as_deref().is_none_or(|only| BENCHES.iter().any(|(package, ..)| *package == only));
    if !args.quick && whole {
        let page = root().join(PAGE);
        let before = std::fs::read_to_string(&page).unwrap_or_default();
        std::fs::write(&page, written(&before, &parts, &load)).context(PAGE)?;
        println!("\nwritten: {PAGE}");
    }
    Ok(())
}

/// Runs one bench target and reads its rows.
fn measure(package: &str, target: &str, quick: bool, only: Option<&str>) -> anyhow::Result<Vec<Row>> {
    let mut command = Command::new("cargo");
    command
        .args(["bench", "--quiet", "--package", package, "--bench", target, "--", "--binary"])
        .arg(target_dir().join("release/doorward"))
        .current_dir(root())
        .stderr(Stdio::inherit());
    if quick {
        command.arg("--quick");
    }
    if let Some(only) = only {
        command.args(["--only", only]);
    }
    let output = command.output().context("cargo could not be started")?;
    if !output.status.success() {
        bail!("the measurement {package} {target} failed");
    }
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the measurement {package} {target} printed no rows"))
}

fn print(rows: &[Row]) {
    let wide = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    println!("{:wide$}  {:>10} {:<9} {:>10} {:>10}  met", "", "value", "", "target", "floor");
    for row in rows {
        let [value, target, floor] = [row.value, row.target, row.floor].map(figure);
        println!("{:wide$}  {value:>10} {:<9} {target:>10} {floor:>10}  {}", row.name, row.unit, met(row));
        if row.value.is_none() {
            println!("{:wide$}  {}", "", row.note);
        }
    }
    let met = rows.iter().filter(|row| row.met == Some(true)).count();
    println!("\n{met} of {} targets met", rows.iter().filter(|row| row.met.is_some()).count());
}

fn figure(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        Some(value) if value >= 1000.0 || value == value.trunc() => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.3}"),
    }
}

fn met(row: &Row) -> &'static str {
    match row.met {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

/// The page with these parts new; a part that was not measured now stays as it was.
fn written(before: &str, parts: &[(&str, Vec<Row>)], load: &str) -> String {
    let mut text = String::from(
        "# What it takes\n\nWritten by `cargo xtask bench`, which measures the release binary from outside, and \
         the rooms that carry the load by themselves. The floor is what this machine cannot beat, such as one \
         durable write of its disk, in the same unit. Rows without a target are told for comparison. A target \
         that is not met says no.\n",
    );
    for (.., heading) in BENCHES {
        let head = format!("\n## {heading}\n");
        if let Some((_, rows)) = parts.iter().find(|(measured, _)| measured == heading) {
            text.push_str(&head);
            table(&mut text, rows, load);
        } else if let Some((_, rest)) = before.split_once(&head) {
            text.push_str(&head);
            text.push_str(rest.split_once("\n## ").map_or(rest, |(part, _)| part).trim_end());
            text.push('\n');
        }
    }
    text
}

fn table(text: &mut String, rows: &[Row], load: &str) {
    let _ = writeln!(text, "\nMachine: {}. {load}\n", machine());
    text.push_str("| | value | unit | target | met | floor | how |\n|---|--:|---|--:|---|--:|---|\n");
    for row in rows {
        let [value, target, floor] = [row.value, row.target, row.floor].map(figure);
        let value = if row.value.is_none() { "not measured".to_owned() } else { value };
        let note = row.note.replace('|', "/").replace('\n', " ");
        let Row { name, unit, .. } = row;
        let _ = writeln!(text, "| {name} | {value} | {unit} | {target} | {} | {floor} | {note} |", met(row));
    }
}

/// Processor, cores, memory, system; what others need to compare.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let after = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let processor = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "processor unknown".into());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = after(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let kib: f64 = memory.trim_end_matches(" kB").parse().unwrap_or(0.0);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{processor}, {cores} cores, {:.0} GiB of memory, Linux {}", kib / 1_048_576.0, kernel.trim())
}

/// How busy the machine was with other things when the measurement began.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = text.split_whitespace().next().unwrap_or("unknown");
    format!("Load average of the minute before, which includes the build: {minute}.")
}

#[cfg(test)]
mod tests {
    use super::{BENCHES, Row, written};

    fn row(name: &str) -> Row {
        let (unit, note) = ("ms".to_owned(), String::new());
        Row { name: name.to_owned(), value: Some(1.0), unit, target: None, met: None, floor: None, note }
    }

    #[test]
    fn a_part_measured_again_leaves_the_others() {
        let parts = BENCHES.iter().map(|(.., heading)| (*heading, vec![row("first")])).collect::<Vec<_>>();
        let page = written("", &parts, "quiet");
        let again = written(&page, &[(BENCHES[1].2, vec![row("second")])], "quiet");
        assert_eq!(again, page.replacen("first", "second", 2).replacen("second", "first", 1));
        assert_eq!(written(&again, &[(BENCHES[1].2, vec![row("first")])], "quiet"), page);
    }
}
