//! All automation of the project, in Rust: `cargo xtask run | test | bench | tidy | openapi | ...`.

#![allow(clippy::print_stdout, reason = "a command line prints")]

mod bare;
mod bench;
mod conformance;
mod install;
mod join_cylinder;
mod run;
mod sqlx_prepare;
mod test;
mod tidy;
mod validate_cylinder;
mod validate_door;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Automation of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the program and start the hub on its embedded database.
    Run(run::Run),
    /// Install what the tests need and run all of them.
    Test(test::Test),
    /// Measure the release binary and write docs/performance.md.
    Bench(bench::Bench),
    /// Check the shape of the code: allowed imports, sizes, module docs, dead files.
    Tidy,
    /// Build the lock core with nothing but `core`, and check that no panic can be reached in it.
    Bare,
    /// Run Matter's Door Lock steps against the lock core (default folder: ../shared/conformance/drlk).
    Conformance {
        /// Folder with the YAML files.
        folder: Option<String>,
    },
    /// Write `openapi/doorward.json` from the routes.
    Openapi,
    /// Hold a model against published results and write its document: `door`, `cylinder`.
    Validate {
        /// What to validate.
        what: String,
    },
    /// Work out what the audit takes from the mechanics of cylinders: `figures/mechanics.toml`.
    Join,
    /// Live simulated worlds by their seeds (docs/sync.md): `--seeds 200 --first-seed 1 [--long]`.
    Sim {
        /// Passed on to the simulation; `--help` tells what there is.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Make `.sqlx/` anew: the data by which statements are checked without a database.
    SqlxPrepare,
}

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Run(run) => run::run(&run),
        Task::Test(test) => test::run(&test),
        Task::Bench(bench) => bench::run(&bench),
        Task::Conformance { folder } => conformance::run(folder.as_deref(), &mut std::io::stdout().lock()),
        Task::Tidy => tidy::run(),
        Task::Bare => bare::run(),
        Task::Openapi => run::openapi(),
        Task::Validate { what } if what == "cylinder" => validate_cylinder::run(&run::root()),
        Task::Validate { what } => validate_door::run(Some(&what)),
        Task::Join => join_cylinder::run(&run::root()),
        Task::Sim { args } => run::sim(&args),
        Task::SqlxPrepare => sqlx_prepare::run(&run::root()),
    }
}
