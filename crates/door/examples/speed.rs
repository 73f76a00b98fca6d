//! Times sampled worlds of one attacker: `cargo run --release -p door --example speed`. Only for looking; the bench command measures.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]
use door::engine::run::{Attempt, GRID, Sampling};
use door::figures::Figures;
use door::survey::Survey;

fn main() {
    let figures = Figures::builtin().unwrap();
    for attacker in &figures.attackers {
        let attempt = Attempt::new(&Survey::default(), &figures, attacker).unwrap();
        let sampling = Sampling { seed: 1, worlds: 1_000_000, threads: 1, grid: GRID.to_vec(), detail: true };
        let start = std::time::Instant::now();
        let counts = attempt.run(&sampling);
        let share = counts.ignorance.share(12);
        println!(
            "{:18} {:?} {:.3} {:?} chance {:?}",
            attacker.name,
            start.elapsed(),
            share.p,
            share.interval,
            counts.chance.as_ref().unwrap().share(12).interval
        );
        let total: u64 = counts.first.iter().sum();
        for way in door::ways::Way::ALL {
            let n = counts.first[*way as usize];
            if n > 0 {
                print!(
                    "  {} {:.3} ({:.0}s)",
                    way.id(),
                    n as f64 / total as f64,
                    counts.way_median(*way).unwrap_or(0.0)
                );
            }
        }
        println!();
    }
}
