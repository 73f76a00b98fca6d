//! Opening the database: whose file it is, which version wrote it, what every connection is set to.

use std::path::Path;
use std::time::Duration;

use hub::ports::StoreError;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::folder;
use crate::trouble::Trouble;

/// One folder of migrations, embedded in the program.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
/// The newest `user_version` that this program knows; each migration sets its own.
pub(crate) const VERSION: i64 = 1;
/// `application_id` in the file's header: "Door".
const APPLICATION: i64 = 0x446f_6f72;
/// Prepared statements kept per connection; there are fewer than that in this crate.
const STATEMENTS: usize = 128;

/// What every connection has in common.
pub(crate) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(STATEMENTS)
        .pragma("temp_store", "MEMORY")
        // what is deleted is overwritten: a sealed code or a log key does not linger in free pages
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

/// The one connection that writes.
pub(crate) async fn writer(file: &Path) -> Result<SqliteConnection, Trouble> {
    let options = options(file).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    Ok(options.connect().await?)
}

/// How connections that only read are opened.
pub(crate) fn reading(file: &Path) -> SqliteConnectOptions {
    options(file).pragma("query_only", "ON")
}

/// What the header of a file says, read without changing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// Nothing in it yet.
    Empty,
    /// Ours, of this version.
    Ours(i64),
}

/// Reads the header on a read-only connection and refuses what is not ours or too new.
pub(crate) async fn header(file: &Path) -> Result<Header, Trouble> {
    let mut conn = options(file).read_only(true).connect().await?;
    let read = header_of(&mut conn).await;
    conn.close().await?;
    read
}

pub(crate) async fn header_of(conn: &mut SqliteConnection) -> Result<Header, Trouble> {
    let application = pragma(conn, "PRAGMA application_id").await?;
    let version = pragma(conn, "PRAGMA user_version").await?;
    let tables = pragma(conn, "SELECT count(*) FROM sqlite_schema").await?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(Header::Empty),
        (APPLICATION, version) if version > VERSION => Err(StoreError::Newer.into()),
        (APPLICATION, version) => Ok(Header::Ours(version)),
        _ => Err(Trouble::Refused("this file is a database of another program".into())),
    }
}

/// One number from a statement that `query!` has no use for (its result has no table).
pub(crate) async fn pragma(conn: &mut SqliteConnection, sql: &'static str) -> Result<i64, Trouble> {
    Ok(sqlx::query_scalar(sql).fetch_one(conn).await?)
}

/// Makes or brings up to date the file and gives its writer.
pub(crate) async fn prepare(file: &Path) -> Result<SqliteConnection, Trouble> {
    if !file.exists() {
        // a write-ahead log without its database belongs to one that was moved away: never replay it
        if folder::beside(file, "-wal").exists() {
            return Err(Trouble::Refused(format!(
                "{} is gone but its -wal is there: put the database back beside it, or restore a backup",
                file.display()
            )));
        }
        drop(folder::make_private(file)?);
        if let Some(parent) = file.parent() {
            folder::sync_folder(parent)?;
        }
    }
    header(file).await?;
    let mut conn = writer(file).await?;
    MIGRATIONS.run(&mut conn).await?;
    Ok(conn)
}
