//! `cargo xtask conformance [DIR]`: Matter's own test steps for the Door Lock cluster, as data, against the lock core.
//! The files stay where they are; this reads and runs them, prints what happened to each step, and fails when one
//! fails. Nothing here decides what a lock does: `cluster.rs` translates, the core answers.

mod attributes;
mod check;
mod cluster;
mod device;
mod events;
mod names;
mod pics;
mod session;
mod suite;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran and every expectation held.
    Passed,
    /// It ran and this expectation did not hold.
    Failed(String),
    /// It did not run, and why.
    Skipped(String),
}

/// What became of one file.
pub struct Report {
    /// File name.
    pub file: String,
    /// Label and outcome of every step, in order.
    pub steps: Vec<(String, Outcome)>,
}

impl Report {
    fn count(&self, which: fn(&Outcome) -> bool) -> usize {
        self.steps.iter().filter(|(_, outcome)| which(outcome)).count()
    }
}

/// Where the published files are expected, seen from the project's root.
pub const DEFAULT_DIR: &str = "../shared/conformance/drlk";

/// Runs every YAML file of a directory.
///
/// # Errors
/// When the directory, its `ci-pics-values` or a file cannot be read.
pub fn run_dir(dir: &Path) -> anyhow::Result<Vec<Report>> {
    let pics = pics::Pics::read(&dir.join("ci-pics-values"))?;
    let entries = std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "yaml"));
    files.sort();
    let mut reports = Vec::new();
    for file in files {
        let suite = suite::Suite::read(&file).with_context(|| format!("{}", file.display()))?;
        reports.push(session::run(&suite, &pics));
    }
    Ok(reports)
}

/// The subcommand: prints each file with its counts, every failure, the reasons for what was skipped, and the sum.
///
/// # Errors
/// When something could not be read, or a step failed.
pub fn run(dir: Option<&str>, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let dir = dir.map_or_else(|| root.join(DEFAULT_DIR), PathBuf::from);
    let reports = run_dir(&dir)?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for report in &reports {
        let counts = [
            report.count(|o| *o == Outcome::Passed),
            report.count(|o| matches!(o, Outcome::Failed(_))),
            report.count(|o| matches!(o, Outcome::Skipped(_))),
        ];
        let [p, f, s] = counts;
        writeln!(out, "{}: {} steps, {p} passed, {f} failed, {s} skipped", report.file, report.steps.len())?;
        for (number, (label, outcome)) in report.steps.iter().enumerate() {
            match outcome {
                Outcome::Passed => {}
                Outcome::Failed(why) => writeln!(out, "  FAILED step {number} \"{label}\": {why}")?,
                Outcome::Skipped(why) => writeln!(out, "  skipped step {number} \"{label}\": {why}")?,
            }
        }
        passed += p;
        failed += f;
        skipped += s;
    }
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
    if failed > 0 {
        bail!("{failed} conformance steps failed");
    }
    if passed == 0 {
        bail!("no conformance step ran in {}", dir.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_active_step_of_the_published_files_passes() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(DEFAULT_DIR);
        if !dir.is_dir() {
            eprintln!("skipped: {} is not there", dir.display());
            return;
        }
        for report in run_dir(&dir).expect("readable") {
            for (label, outcome) in &report.steps {
                assert!(!matches!(outcome, Outcome::Failed(_)), "{} {label}: {outcome:?}", report.file);
            }
        }
    }
}
