//! A copy of the database every night without anybody asking, so that a damaged one has a good one to go back
//! to. Copies lie in `backups/` of the data folder; codes in them are sealed as in the database itself, and
//! open with the key file of that folder only. What must outlive the disk is `doorward backup`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hub::Hub;
use hub::ports::{Store, StoreError};
use store_sqlite::SqliteStore;

/// Copies kept when the configuration says nothing.
pub const KEPT: u8 = 7;
/// After a start the house has better things to do.
const FIRST: Duration = Duration::from_mins(10);
const DAY: Duration = Duration::from_hours(24);
/// A copy younger than this is this night's.
const YOUNG: Duration = Duration::from_hours(23);
const PREFIX: &str = "nightly-";

/// Copies for as long as the hub runs. A copy that fails is told as an alert and tried again the next night.
pub async fn keep_copies(hub: Arc<Hub>, store: Arc<SqliteStore>, data: PathBuf, kept: u8) {
    if kept == 0 {
        return;
    }
    let folder = data.join(store_sqlite::BACKUPS);
    let mut wait = first_wait();
    loop {
        pause(wait).await;
        wait = DAY;
        if has_young(&folder) {
            continue;
        }
        match copy(&store, &folder, kept).await {
            Ok(path) => tracing::info!(copy = %path.display(), "the nightly copy of the database is made"),
            Err(error) => {
                tracing::error!(%error, "no nightly copy of the database");
                hub.storage_trouble(format!("The nightly copy of the database was not made: {error}")).await;
            }
        }
    }
}

/// `DOORWARD_NIGHTLY_AFTER_MS` is for tests, which do not wait ten minutes.
fn first_wait() -> Duration {
    let given = std::env::var("DOORWARD_NIGHTLY_AFTER_MS").ok().and_then(|text| text.parse().ok());
    given.map_or(FIRST, Duration::from_millis)
}

#[allow(clippy::disallowed_methods, reason = "the program's own joint: rooms below take time as a port")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// One copy, checked whole before it gets its name; then the oldest beyond `kept` go.
async fn copy(store: &SqliteStore, folder: &Path, kept: u8) -> Result<PathBuf, StoreError> {
    let other = |error: std::io::Error| StoreError::Other(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(other)?;
    let path = folder.join(format!("{PREFIX}{}.db", crate::machine::stamp()));
    store.backup(&path).await?;
    let copies = copies(folder).map_err(other)?;
    let surplus = copies.len().saturating_sub(usize::from(kept));
    for old in copies.iter().take(surplus) {
        std::fs::remove_file(old).map_err(other)?;
    }
    Ok(path)
}

/// The nightly copies, oldest first: their names carry the time.
fn copies(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(".db") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the newest copy is of this night. One from the future is not: the clock was wrong.
fn has_young(folder: &Path) -> bool {
    let newest = copies(folder).ok().and_then(|copies| copies.last().cloned());
    let changed = newest.and_then(|path| std::fs::metadata(path).ok()?.modified().ok());
    changed.and_then(|at| at.elapsed().ok()).is_some_and(|age| age < YOUNG)
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[tokio::test]
    async fn e5_copies_are_whole_and_the_oldest_go() {
        let home = tempfile::tempdir().expect("a folder");
        let store = store_sqlite::SqliteStore::open(home.path()).await.expect("a store");
        let folder = home.path().join(store_sqlite::BACKUPS);
        std::fs::create_dir_all(&folder).expect("a folder");
        for day in ["01", "02", "03"] {
            std::fs::write(folder.join(format!("nightly-202001{day}-030000.db")), "old").expect("a file");
        }
        std::fs::write(folder.join("doorward-20200101-030000.backup"), "kept").expect("a file");
        let made = copy(&store, &folder, 2).await.expect("a copy");
        store.close().await;
        let mut names: Vec<String> = std::fs::read_dir(&folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names.len(), 3, "{names:?}");
        assert_eq!(names[0], "doorward-20200101-030000.backup", "what a person made stays");
        assert_eq!(names[1], "nightly-20200103-030000.db");
        let newest = store_sqlite::newest_good_backup(home.path()).await.expect("a good backup");
        assert_eq!(newest.path, made);
        assert!(newest.checked);
    }
}
