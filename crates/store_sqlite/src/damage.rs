//! Finding damage in a database file, and the newest backup that is good.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};

use crate::folder::BACKUPS;
use crate::open::{self, Header};
use crate::trouble::Trouble;

/// Files up to this size are checked whole at every start (43 MB took 0.11 s on a busy two-core
/// machine); larger ones by
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

/// What a file in `backups/` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A database, to be checked.
    Plain,
    /// An encrypted backup: made from a checked copy, but not to be looked into without its passphrase.
    Encrypted,
}

fn form(path: &Path) -> Option<Form> {
    if path.extension()? == "db" {
        return Some(Form::Plain);
    }
    // every age file begins with its version line: https://age-encryption.org/v1
    let mut start = [0; AGE.len()];
    std::io::Read::read_exact(&mut fs::File::open(path).ok()?, &mut start).ok()?;
    (start == *AGE).then_some(Form::Encrypted)
}

const AGE: &[u8; 22] = b"age-encryption.org/v1\n";

/// Files in `backups/`, newest first by their time of change.
fn candidates(folder: &Path) -> Vec<(PathBuf, Form)> {
    let Ok(entries) = fs::read_dir(folder.join(BACKUPS)) else { return Vec::new() };
    let mut found: Vec<(SystemTime, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(BACKUPS_LOOKED_AT);
    found
        .into_iter()
        .filter_map(|(_, path)| Some((form(&path)?, path)))
        .map(|(form, path)| (path, form))
        .collect()
}

/// A backup worth trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoodBackup {
    /// Where it lies.
    pub path: PathBuf,
    /// Whether its content was checked now. An encrypted one (`age`) was made from a checked copy, but can
    /// be looked into only with its passphrase.
    pub checked: bool,
}

impl GoodBackup {
    /// Its file name, with what is not known of it.
    pub(crate) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        if self.checked {
            name.into_owned()
        } else {
            format!("{name} (encrypted: checked when it is restored)")
        }
    }
}

/// The newest backup in the data folder's `backups/`, among the 50 newest files: a database `*.db` that
/// passes a whole check, or an encrypted backup. `None`: there is none.
pub async fn newest_good_backup(folder: &Path) -> Option<GoodBackup> {
    for (path, form) in candidates(folder) {
        match form {
            Form::Encrypted => return Some(GoodBackup { path, checked: false }),
            Form::Plain if check_file(&path).await.is_ok() => {
                return Some(GoodBackup { path, checked: true });
            }
            Form::Plain => {}
        }
    }
    None
}
