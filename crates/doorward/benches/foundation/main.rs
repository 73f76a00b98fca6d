//! Measures the foundation: the release binary from outside, and the rooms that carry the load by themselves.
//! Prints one JSON array of rows on standard output. `cargo xtask bench` builds the binary, runs this and
//! makes the table. Nothing here is asserted in a test: speed is of a machine, not of the code alone.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement reads the clock, waits, and prints"
)]

mod disk;
mod entries;
mod hub;
mod lab;
mod live;
mod log;
mod plan;
#[allow(dead_code, clippy::expect_used, clippy::panic, reason = "shared with the tests, which use all of it")]
#[path = "../../../e2e/counterparts/processes.rs"]
mod processes;
mod row;
mod start;
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
#[path = "../../../e2e/counterparts/street.rs"]
mod street;
mod zigbee;
mod zwave;

use std::path::{Path, PathBuf};

use clap::Parser;

use row::Row;

/// Measures the foundation. Use `cargo xtask bench`.
#[derive(Parser)]
struct Args {
    /// The release binary.
    #[arg(long, env = "DOORWARD_BIN")]
    binary: PathBuf,
    /// Fewer of everything: shows that the measurement works, not what the program can do.
    #[arg(long)]
    quick: bool,
    /// Only these parts: start, entries, many, plan, log, lab, zigbee, zwave.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

/// How much of everything.
struct Sizes {
    writes: usize,
    starts: usize,
    entries: usize,
    locks: usize,
    seconds: usize,
    leaves: u64,
    events: usize,
}

const WHOLE: Sizes =
    Sizes { writes: 1000, starts: 11, entries: 200, locks: 100, seconds: 60, leaves: 1_000_000, events: 100 };
const QUICK: Sizes =
    Sizes { writes: 200, starts: 3, entries: 20, locks: 10, seconds: 10, leaves: 20_000, events: 10 };

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // on the disk of the build: a temporary folder may be memory
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let sizes = if args.quick { &QUICK } else { &WHOLE };
    let rows = runtime.block_on(measure(&args, sizes, folder.path()))?;
    println!("{}", serde_json::to_string_pretty(&rows)?);
    Ok(())
}

async fn measure(args: &Args, sizes: &Sizes, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let binary = args.binary.as_path();
    let wanted = |part: &str| {
        let wanted = args.only.is_empty() || args.only.iter().any(|only| only == part);
        if wanted {
            eprintln!("measuring: {part}");
        }
        wanted
    };
    let floor = disk::measure(folder, sizes.writes, &mut rows)?;
    if wanted("start") {
        let done = start::measure(binary, folder, sizes.starts, &mut rows).await;
        told(done, "start, memory, size", &mut rows);
    }
    if wanted("plan") {
        told(plan::measure(&mut rows), "10,000 grants planned", &mut rows);
    }
    if wanted("entries") {
        let done = entries::one_lock(binary, folder, sizes.entries, floor, &mut rows).await;
        told(done, "entries at one lock", &mut rows);
    }
    if wanted("many") {
        let done = entries::many_locks(binary, folder, sizes.locks, sizes.seconds, floor, &mut rows).await;
        told(done, "entries and a revocation at many locks", &mut rows);
    }
    if wanted("log") {
        told(log::measure(folder, sizes.leaves, floor, &mut rows).await, "log", &mut rows);
    }
    if wanted("lab") {
        let moves = if args.quick { 120 } else { 1200 };
        told(lab::measure(binary, folder, moves, &mut rows).await, "cylinder lab", &mut rows);
    }
    if wanted("zigbee") {
        zigbee::measure(binary, folder, sizes.events, &mut rows).await;
    }
    if wanted("zwave") {
        zwave::measure(binary, folder, sizes.events, &mut rows).await;
    }
    Ok(rows)
}

/// A part that failed becomes a row that says so; the others are measured all the same.
fn told(done: anyhow::Result<()>, part: &str, rows: &mut Vec<Row>) {
    if let Err(error) = done {
        rows.push(Row::missing(part, "", None, &format!("not measured to its end: {error:#}")));
    }
}
