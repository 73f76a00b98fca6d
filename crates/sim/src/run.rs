//! Running worlds: one, many at once on every core, and a failing one again and again until its story is short.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::Context as _;

use crate::story::Story;
use crate::world::{Options, Outcome, World};

/// Stories kept of failing seeds in one run.
const FAILURES_MAX: usize = 20;

/// A folder in memory where there is one: a crash of the hub loses nothing of it, and nothing wears out.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("doorward-sim-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }
}

/// An empty database, made once: every world begins with a copy of it.
fn empty() -> anyhow::Result<Vec<u8>> {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = EMPTY.get() {
        return Ok(bytes.clone());
    }
    let folder = scratch()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let store = store_sqlite::SqliteStore::open(folder.path()).await?;
        store.close().await;
        anyhow::Ok(())
    })?;
    let bytes = std::fs::read(folder.path().join(store_sqlite::DATABASE))?;
    Ok(EMPTY.get_or_init(|| bytes).clone())
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // sqlx wants one around it; nothing of ours runs in it but the call that waits
    tokio::runtime::Builder::new_current_thread().enable_time().build().context("no runtime")
}

thread_local! {
    static RUNTIME: OnceLock<Arc<tokio::runtime::Runtime>> = const { OnceLock::new() };
}

/// One world, from its story to its end.
///
/// # Errors
/// What has nothing to do with the hub: no room for the folder, a database that cannot be made.
pub fn live(story: &Story, options: Options) -> anyhow::Result<Outcome> {
    let made = Arc::new(runtime()?);
    let runtime = RUNTIME.with(|kept| kept.get_or_init(|| made).clone());
    let folder = scratch()?;
    let file = folder.path().join(store_sqlite::DATABASE);
    std::fs::write(&file, empty()?)?;
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let path: PathBuf = folder.path().to_owned();
    World::new(story.clone(), options, path, runtime)?.live()
}

/// What many worlds came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Worlds.
    pub seeds: u64,
    /// Those that broke a promise, with the first one that each broke.
    pub failures: Vec<(u64, Outcome)>,
    /// How many broke one, also those that are not kept.
    pub failed: u64,
    /// Faults and states met, over all.
    pub coverage: BTreeMap<&'static str, u64>,
    /// Transactions, over all.
    pub commits: u64,
}

/// Lives `seeds` worlds from `first` on, `threads` at once; `story` makes each.
///
/// # Errors
/// As [`live`].
pub fn runs(
    first: u64,
    seeds: u64,
    threads: usize,
    options: Options,
    story: impl Fn(u64) -> Story + Sync,
) -> anyhow::Result<Report> {
    let (next, report, trouble) = (AtomicU64::new(first), Mutex::new(Report::default()), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    match live(&story(seed), options) {
                        Ok(outcome) => take(&report, seed, outcome),
                        Err(error) => {
                            let mut first = trouble.lock().unwrap_or_else(PoisonError::into_inner);
                            first.get_or_insert(error.context(format!("seed {seed}")));
                            return;
                        }
                    }
                }
            });
        }
    });
    match trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(report.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn take(report: &Mutex<Report>, seed: u64, outcome: Outcome) {
    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
    report.seeds += 1;
    report.commits += outcome.commits;
    for (what, times) in &outcome.coverage {
        *report.coverage.entry(what).or_default() += times;
    }
    if !outcome.violations.is_empty() {
        report.failed += 1;
        if report.failures.len() < FAILURES_MAX {
            report.failures.push((seed, outcome));
            report.failures.sort_by_key(|(seed, _)| *seed);
        }
    }
}

/// Takes acts out of a failing story for as long as it breaks the same promise, at most `tries` times.
///
/// # Errors
/// As [`live`].
pub fn shrink(story: &Story, property: &str, options: Options, tries: u32) -> anyhow::Result<Story> {
    let mut story = story.clone();
    let mut left = tries;
    let mut size = story.acts.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let mut shorter = false;
        while at < story.acts.len() && left > 0 {
            let mut fewer = story.clone();
            fewer.acts.drain(at..(at + size).min(story.acts.len()));
            left -= 1;
            let still = live(&fewer, options)?.violations.first().is_some_and(|one| one.property == property);
            if still {
                story = fewer;
                shorter = true;
            } else {
                at += size;
            }
        }
        if left == 0 || (size == 1 && !shorter) {
            return Ok(story);
        }
        size = if shorter { size } else { (size / 2).max(1) };
    }
}
