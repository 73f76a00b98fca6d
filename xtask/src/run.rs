//! `cargo xtask run`: from a clean clone to a running hub. With npm the pages are live; without it they are
//! plain forms.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};

use crate::install;

/// Build the program and start the hub.
#[derive(clap::Args)]
pub struct Run {
    /// Passed on to `doorward serve`, for example `--listen 127.0.0.1:9000`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    serve: Vec<String>,
}

/// The project's root folder.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Runs a command in the project's root and fails when it fails.
pub fn sh(program: &str, args: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(args)
        .current_dir(root())
        .status()
        .with_context(|| format!("{program} could not be started"))?;
    if !status.success() {
        bail!("`{program} {}` failed", args.join(" "));
    }
    Ok(())
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Builds, then becomes the hub until it is stopped.
pub fn run(args: &Run) -> anyhow::Result<()> {
    install::pages();
    sh("cargo", &["build", "--release", "--package", "doorward"])?;
    let binary = target_dir().join("release/doorward");
    let status = Command::new(&binary)
        .arg("serve")
        .args(&args.serve)
        .status()
        .with_context(|| format!("{} could not be started", binary.display()))?;
    std::process::exit(status.code().unwrap_or(1));
}

/// Builds the simulation and lives its worlds.
pub fn sim(args: &[String]) -> anyhow::Result<()> {
    let mut whole = vec!["run", "--quiet", "--profile", "sim", "--package", "sim", "--"];
    whole.extend(args.iter().map(String::as_str));
    sh("cargo", &whole)
}

/// Writes the API's description as the routes give it.
pub fn openapi() -> anyhow::Result<()> {
    let output = Command::new("cargo")
        .args(["run", "--quiet", "--package", "doorward", "--", "openapi"])
        .current_dir(root())
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!("the program could not print its API: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::create_dir_all(root().join("openapi"))?;
    std::fs::write(root().join("openapi/doorward.json"), output.stdout)?;
    Ok(())
}
