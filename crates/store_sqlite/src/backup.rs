//! Copies of the database: made while the hub works, put back while it does not. Both are checked whole
//! before they get their name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use hub::ports::StoreError;
use sqlx::{ConnectOptions, Connection};

use crate::folder::{self, DATABASE, FolderLock};
use crate::store::told;
use crate::trouble::{Kind, Trouble};
use crate::{damage, open};

/// Most old databases kept beside a restored one.
const ASIDE_MAX: u32 = 1_000;

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the database that was there before now lies, if there was one.
    pub aside: Option<PathBuf>,
}

/// A consistent copy in a new file, mode 0600, checked and durable. The hub goes on writing meanwhile.
pub(crate) async fn copy(file: &Path, to: &Path) -> Result<(), Trouble> {
    if to.symlink_metadata().is_ok() {
        return Err(Trouble::Refused(format!("{} is there already: choose another name", to.display())));
    }
    let part = folder::beside(to, ".part");
    folder::remove(&part)?;
    let made = copy_to(file, &part).await;
    match made {
        Ok(()) => {
            fs::rename(&part, to).map_err(Trouble::file(format!("rename {}", part.display())))?;
            folder::sync_folder(parent(to))
        }
        Err(trouble) => {
            folder::remove(&part)?;
            Err(trouble)
        }
    }
}

async fn copy_to(file: &Path, part: &Path) -> Result<(), Trouble> {
    let made = folder::make_private(part)?;
    let name = part.to_str().ok_or_else(|| {
        Trouble::Refused(format!("{} is not a name that SQLite can write to", part.display()))
    })?;
    // a connection of its own: it reads for as long as the copy takes, and VACUUM is no query
    let mut conn = open::options(file).connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut conn).await;
    conn.close().await?;
    copied?;
    made.sync_all().map_err(Trouble::file(format!("sync {}", part.display())))?;
    damage::check_file(part).await
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Puts a backup in the place of the database of a data folder. No hub may be running on it. The backup is
/// copied and the copy checked before anything is moved; the database that was there is kept aside as
/// `doorward.db.before-N`. Interrupted at any moment, the old or the new database is there, whole.
///
/// # Errors
/// [`StoreError::InUse`] while a hub runs, [`StoreError::Newer`] for a backup of a newer version,
/// [`StoreError::Damaged`] for a backup that does not pass, [`StoreError::Full`]; nothing is then changed.
pub async fn restore(folder: &Path, from: &Path) -> Result<Restored, StoreError> {
    match try_restore(folder, from).await {
        Ok(restored) => Ok(restored),
        Err(trouble) => Err(told(trouble, folder).await),
    }
}

async fn try_restore(folder: &Path, from: &Path) -> Result<Restored, Trouble> {
    let _lock = FolderLock::take(folder)?;
    let file = folder.join(DATABASE);
    let incoming = folder::beside(&file, ".restoring");
    folder::remove(&incoming)?;
    let copied = copy_in(from, &incoming).await;
    if copied.is_err() {
        folder::remove(&incoming)?;
    }
    copied?;
    settle(&file).await;
    let aside = put_aside(folder, &file)?;
    fs::rename(&incoming, &file).map_err(Trouble::file(format!("rename {}", incoming.display())))?;
    folder::remove(&folder::beside(&file, "-shm"))?;
    folder::sync_folder(folder)?;
    Ok(Restored { aside })
}

async fn copy_in(from: &Path, incoming: &Path) -> Result<(), Trouble> {
    let mut source = File::open(from).map_err(Trouble::file(format!("read {}", from.display())))?;
    let mut target = folder::make_private(incoming)?;
    io::copy(&mut source, &mut target).map_err(Trouble::file(format!("copy {}", from.display())))?;
    target.sync_all().map_err(Trouble::file(format!("sync {}", incoming.display())))?;
    damage::check_file(incoming).await.map_err(|trouble| match trouble.kind() {
        Kind::Damaged(what) => Trouble::Row(format!("{} is no good backup: {what}", from.display())),
        Kind::Full => Trouble::Told(StoreError::Full),
        Kind::Other(error) => Trouble::Told(error),
    })
}

/// Brings the write-ahead log of the old database home, when that database still opens at all: then one file
/// is all there is of it.
async fn settle(file: &Path) {
    if !file.exists() || open::header(file).await.is_err() {
        return;
    }
    let Ok(conn) = open::writer(file).await else { return };
    if let Err(error) = conn.close().await {
        tracing::info!(%error, "the old database is put aside with its write-ahead log");
    }
}

/// Gives the old database a second name and takes its write-ahead log (if one is left) out of the way: a log
/// beside a database that it does not belong to would be played into it.
fn put_aside(folder: &Path, file: &Path) -> Result<Option<PathBuf>, Trouble> {
    if !file.exists() {
        return Ok(None);
    }
    let aside = (1..=ASIDE_MAX)
        .map(|n| folder.join(format!("{DATABASE}.before-{n}")))
        .find(|path| path.symlink_metadata().is_err())
        .ok_or_else(|| Trouble::Refused(format!("{ASIDE_MAX} old databases lie here: remove some")))?;
    let log = folder::beside(file, "-wal");
    if log.exists() {
        let log_aside = folder::beside(&aside, "-wal");
        fs::rename(&log, &log_aside).map_err(Trouble::file(format!("rename {}", log.display())))?;
    }
    // a second name keeps the first one there until the rename replaces it; not every file system has them
    if fs::hard_link(file, &aside).is_err() {
        fs::rename(file, &aside).map_err(Trouble::file(format!("rename {}", file.display())))?;
    }
    folder::sync_folder(folder)?;
    Ok(Some(aside))
}
