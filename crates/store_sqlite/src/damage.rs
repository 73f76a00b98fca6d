//! Finding damage in a database file, and the newest backup that is good.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};

use crate::folder::BACKUPS;
use crate::open::{self, Header};
use crate::trouble::Trouble;

/// Files up to this size are checked whole at every start (some tens of milliseconds); larger ones by
/// [`crate::SqliteStore::check`] while the hub works, and by every backup.
pub(crate) const CHECK_AT_START_MAX: u64 = 16 * 1024 * 1024;
/// Most backups looked at for the newest good one.
const BACKUPS_LOOKED_AT: usize = 50;

/// Pages, records, indexes, foreign keys. The first fault found is named.
pub(crate) async fn check(conn: &mut SqliteConnection) -> Result<(), Trouble> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *conn).await?;
    if found != "ok" {
        return Err(Trouble::Row(found));
    }
    if let Some(row) = sqlx::query("PRAGMA foreign_key_check").fetch_optional(conn).await? {
        let table: String = sqlx::Row::try_get(&row, 0)?;
        return Err(Trouble::Row(format!("a row of the table {table} belongs to nothing")));
    }
    Ok(())
}

/// The journal's own arithmetic: as many leaves as its state says. Cheap: both ends of one index.
pub(crate) async fn check_journal(conn: &mut SqliteConnection) -> Result<(), Trouble> {
    let size = crate::write_rest::journal_size(conn).await?;
    let last = sqlx::query_scalar!("SELECT max(position) FROM leaf").fetch_one(conn).await?;
    let leaves = last.map_or(0, |last| last.saturating_add(1));
    if i64::try_from(size) == Ok(leaves) {
        Ok(())
    } else {
        Err(Trouble::Row(format!("the journal should have {size} entries and has {leaves}")))
    }
}

/// A whole check of a file that nobody writes to: ours, not newer, sound.
pub(crate) async fn check_file(file: &Path) -> Result<(), Trouble> {
    let mut conn = open::options(file).read_only(true).connect().await?;
    let checked = async {
        match open::header_of(&mut conn).await? {
            Header::Empty => return Err(Trouble::Row("there is nothing in it".into())),
            Header::Ours(_) => {}
        }
        check(&mut conn).await?;
        check_journal(&mut conn).await
    }
    .await;
    conn.close().await?;
    checked
}

/// Files in `backups/`, newest first by their time of change.
fn candidates(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join(BACKUPS)) else { return Vec::new() };
    let mut found: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "db"))
        .filter_map(|path| Some((path.metadata().ok()?.modified().ok()?, path)))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(BACKUPS_LOOKED_AT);
    found.into_iter().map(|(_, path)| path).collect()
}

/// The newest file `*.db` in the data folder's `backups/` that passes a whole check, among the 50 newest.
/// `None`: there is none.
pub async fn newest_good_backup(folder: &Path) -> Option<PathBuf> {
    for path in candidates(folder) {
        if check_file(&path).await.is_ok() {
            return Some(path);
        }
    }
    None
}
