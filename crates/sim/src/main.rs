//! `sim`: lives worlds by their seeds and says what they came to. `cargo xtask sim` builds and starts it.

#![allow(clippy::print_stdout, reason = "a command line prints")]
#![allow(clippy::disallowed_methods, reason = "how long a run takes is said in real time")]

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use sim::{Options, Outcome, Report, Story, live, runs, shrink};

/// Lives simulated worlds: the shipped hub and store, every kind of lock, every known fault, checkers after each step.
#[derive(Parser)]
struct Args {
    /// How many worlds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// A letting business for a year in place of a house for three weeks.
    #[arg(long)]
    long: bool,
    /// Doors of the letting business.
    #[arg(long, default_value_t = 40)]
    doors: usize,
    /// Days of the letting business.
    #[arg(long, default_value_t = 365)]
    days: u64,
    /// Worlds at once; without it one a core.
    #[arg(long)]
    threads: Option<usize>,
    /// Tell the whole story of the first seed, broken or not.
    #[arg(long)]
    tell: bool,
    /// Tries to make the story of a failing seed shorter.
    #[arg(long, default_value_t = 400)]
    shrink: u32,
    /// The seed is a door of its own: its hash alone is printed.
    #[arg(long)]
    hash: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<bool> {
    let story = |seed| if args.long { Story::long(seed, args.doors, args.days) } else { Story::short(seed) };
    if args.tell || args.hash {
        let outcome = live(&story(args.first_seed), Options { lines: args.tell, ..Options::default() })?;
        tell(&outcome);
        return Ok(outcome.violations.is_empty());
    }
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let began = Instant::now();
    let report = runs(args.first_seed, args.seeds, threads, Options::default(), story)?;
    let took = began.elapsed();
    print_coverage(&report);
    for (seed, outcome) in &report.failures {
        for broken in outcome.violations.iter().take(1) {
            println!("seed {seed}: {} {}: {}", broken.property, sim::span(broken.at), broken.what);
        }
    }
    if let Some((seed, outcome)) = report.failures.first() {
        explain(&story(*seed), outcome, args.shrink)?;
    }
    let each = took.as_secs_f64() * 1_000.0 * threads as f64 / report.seeds.max(1) as f64;
    println!(
        "{} transactions, {each:.1} ms of one core a world, {:.1} s in all",
        report.commits,
        took.as_secs_f64()
    );
    println!("{} seeds, {} violations", report.seeds, report.failed);
    Ok(report.failed == 0)
}

fn print_coverage(report: &Report) {
    println!("met, over all worlds:");
    for (what, times) in &report.coverage {
        println!("  {times:>10}  {what}");
    }
}

/// The shortest story that still breaks the same promise, in words.
fn explain(story: &Story, outcome: &Outcome, tries: u32) -> anyhow::Result<()> {
    let Some(broken) = outcome.violations.first() else { return Ok(()) };
    println!("\nthe story of seed {} made short:", story.seed);
    let short = shrink(story, broken.property, Options::default(), tries)?;
    tell(&live(&short, Options { lines: true, ..Options::default() })?);
    println!("acts: {:?}\n", short.acts);
    Ok(())
}

fn tell(outcome: &Outcome) {
    for line in &outcome.lines {
        println!("{line}");
    }
    for broken in &outcome.violations {
        println!("BROKEN {} at {}: {}", broken.property, sim::span(broken.at), broken.what);
    }
    println!("trace {} ({} transactions)", outcome.hash, outcome.commits);
}
