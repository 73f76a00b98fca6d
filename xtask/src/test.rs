//! `cargo xtask test`: installs what the tests need, then runs all of them: formatting, lints, tidy, the lock core's
//! bare build and exhaustive walk, unit and property tests, and the release binary from outside.

use std::process::Command;

use crate::bare;
use crate::install;
use crate::run::{root, sh, target_dir};
use crate::tidy;

/// Install what the tests need and run all of them.
#[derive(clap::Args)]
pub struct Test {
    /// Leave out formatting, lints, tidy, and the bare build and the walk of the lock core.
    #[arg(long)]
    tests_only: bool,
    /// Passed on to the test runner, for example a part of a test's name.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    runner: Vec<String>,
}

/// Runs everything; the last lines are the runner's own summary.
pub fn run(args: &Test) -> anyhow::Result<()> {
    install::tests()?;
    if !args.tests_only {
        sh("cargo", &["fmt", "--all", "--check"])?;
        tidy::run()?;
        sh("cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])?;
        bare::run()?;
        // every reachable state of a small lock, in the release folder that the program is built in below
        sh("cargo", &["run", "--quiet", "--release", "--package", "lock", "--example", "walk"])?;
    }
    // the mechanics stay free of std, so that a WebAssembly build can follow
    sh("cargo", &["check", "--quiet", "--package", "cylinder", "--no-default-features"])?;
    // the end-to-end tests use the shipped binary
    sh("cargo", &["build", "--release", "--package", "doorward"])?;
    let nextest =
        Command::new("cargo").args(["nextest", "--version"]).output().is_ok_and(|out| out.status.success());
    let mut runner = Command::new("cargo");
    runner
        .args(if nextest {
            ["nextest", "run", "--no-fail-fast"].as_slice()
        } else {
            ["test", "--no-fail-fast"].as_slice()
        })
        .arg("--workspace")
        .args(&args.runner)
        .env("DOORWARD_BIN", target_dir().join("release/doorward"))
        .env("DOORWARD_REQUIRE_COUNTERPARTS", "1")
        .current_dir(root());
    let status = runner.status()?;
    std::process::exit(status.code().unwrap_or(1));
}
