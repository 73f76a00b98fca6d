//! Walks every reachable state of the shipped `step` with small capacities, breadth first to closure, with every
//! storage failure and every loss of power at every storage operation, and checks the goals G1 to G8 in each.
//!
//! `cargo run --release -p lock --example walk [--large] [SCENE ...]`; without names the scenes that close within three
//! minutes on two cores, with `--large` the wide ones, which take hours. Exits with 1 when a goal is broken, and prints
//! how that state was reached.
//!
//! What is taken together, and why it may be:
//! - *renamings*: the canonical form of `lock::Lock::canonical` names each;
//! - *times are differences*: only the time left until each instant counts, not when that is;
//! - *storage as a start sees it*: it counts as what a start would make of it (`node.rs`);
//! - *scenes*: not every act meets every other. Each scene has the acts that bear on one goal; all inputs and commands
//!   are in some scene, and each in one with every fault (checked at the start).
//!
//! What is not walked: inputs come at the instants at which the lock changes by itself and right after each other, not at
//! every millisecond between; a code is typed without pauses between its digits.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program for the bench: it may print, stop, and look at the clock to say how long it took"
)]

mod act;
mod check;
mod coverage;
mod disk;
mod explore;
mod menu;
mod node;
mod scene;
mod shadow;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use scene::Scene;

fn report(scene: &Scene) -> Result<explore::Closed, String> {
    let begun = Instant::now();
    let closed = explore::walk(scene)?;
    let took = begun.elapsed().as_secs_f64();
    let explore::Closed { states, transitions, depth } = closed;
    println!(
        "{}: closed: {states} states, {transitions} transitions, depth {depth}, {took:.1} s",
        scene.name
    );
    Ok(closed)
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let large = wanted.iter().any(|word| word == "--large");
    wanted.retain(|word| word != "--large");
    let all = menu::scenes();
    if let Err(missing) = coverage::covers_everything(&all) {
        println!("{missing}");
        return ExitCode::FAILURE;
    }
    let chosen: Vec<&Scene> = all
        .iter()
        .filter(|scene| match wanted.as_slice() {
            [] => scene.large == large,
            names => names.iter().any(|name| name == scene.name),
        })
        .collect();
    println!("state of the walked lock: {} bytes; {} scenes", size_of::<node::Small>(), chosen.len());
    let begun = Instant::now();
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(scene) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = report(scene);
                    results.lock().expect("no worker panics while it holds this").push(result);
                }
            });
        }
    });
    let results = results.into_inner().expect("the workers are done");
    let broken: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    for why in &broken {
        println!("{why}");
    }
    let whole = results.iter().flatten().fold(explore::Closed::NOTHING, explore::Closed::and);
    let explore::Closed { states, transitions, depth } = whole;
    let took = begun.elapsed().as_secs_f64();
    let (closed, failed) = (results.len() - broken.len(), broken.len());
    let goals = if failed == 0 { "G1 to G8 hold in every state" } else { "a goal is broken" };
    println!(
        "walk: {closed} scenes closed, {failed} failed; {states} states, {transitions} transitions, depth {depth}; \
         {goals}; {took:.0} s"
    );
    if broken.is_empty() && !chosen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
