//! [`SqliteStore`]: the port, over one writer and a few readers.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use hub::ports::{Batch, LeafRow, Loaded, LogQuery, Store, StoreError, Write};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Sqlite, Transaction};
use tokio::sync::{Mutex, OnceCell};

use crate::folder::{DATABASE, FolderLock};
use crate::readers::Readers;
use crate::trouble::{Kind, Trouble};
use crate::{backup, damage, load_rest, log, open, write_house, write_rest};

/// The database of one data folder, open and held: a second one on the same folder is refused.
pub struct SqliteStore {
    folder: PathBuf,
    file: PathBuf,
    pub(crate) writer: Mutex<Writer>,
    readers: Readers,
    /// The backup named when damage is met: looked for once, not at every failing call.
    offered: OnceCell<Option<String>>,
    // last: let go of only after the connections
    _lock: FolderLock,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").field("file", &self.file).finish_non_exhaustive()
    }
}

/// The connection that writes. `None` after an error it could not roll back from: the next batch opens it
/// anew, which is also what SQLite asks for after an I/O error.
pub(crate) struct Writer {
    pub(crate) conn: Option<SqliteConnection>,
    closed: bool,
    /// Leaves in the tree; `None` when the last batch was abandoned and it is not known whether it is there.
    size: Option<u64>,
}

impl SqliteStore {
    /// Opens or makes the database in a data folder: takes the folder, refuses what is newer or not ours,
    /// checks the file when it is small (up to 16 MiB; [`check`](Self::check) larger ones), migrates.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Newer`], [`StoreError::Damaged`] with the newest good backup,
    /// [`StoreError::Full`], [`StoreError::Other`].
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        match Self::try_open(folder).await {
            Ok(store) => Ok(store),
            Err(trouble) => Err(told(trouble, folder).await),
        }
    }

    async fn try_open(folder: &Path) -> Result<Self, Trouble> {
        let lock = FolderLock::take(folder)?;
        let file = folder.join(DATABASE);
        let mut conn = open::prepare(&file).await?;
        let bytes = file.metadata().map_err(Trouble::file(format!("read {}", file.display())))?.len();
        if bytes <= damage::CHECK_AT_START_MAX {
            damage::check(&mut conn).await?;
        }
        damage::check_journal(&mut conn).await?;
        let writer = Mutex::new(Writer { conn: Some(conn), closed: false, size: None });
        let readers = Readers::new(open::reading(&file));
        Ok(Self { folder: folder.to_owned(), file, writer, readers, offered: OnceCell::new(), _lock: lock })
    }

    /// A whole check of the file while the hub works: minutes for gigabytes. Call it some time after the
    /// start, now and then.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names the first fault and the newest good backup.
    pub async fn check(&self) -> Result<(), StoreError> {
        let checked = async {
            let mut reader = self.readers.take().await?;
            damage::check(&mut reader.conn).await?;
            damage::check_journal(&mut reader.conn).await?;
            self.readers.give_back(reader);
            Ok(())
        };
        self.tell(checked.await).await
    }

    /// Closes every connection; the write-ahead log goes into the database and away. What is asked
    /// afterwards is refused. Dropping the store instead loses nothing: the next start picks the log up.
    pub async fn close(&self) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        writer.closed = true;
        if let Some(conn) = writer.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::warn!(%error, "the database did not close cleanly; nothing is lost");
        }
    }

    async fn tell<T>(&self, result: Result<T, Trouble>) -> Result<T, StoreError> {
        match result.map_err(Trouble::kind) {
            Ok(value) => Ok(value),
            Err(Kind::Full) => Err(StoreError::Full),
            Err(Kind::Other(error)) => Err(error),
            Err(Kind::Damaged(what)) => {
                let backup = self.offered.get_or_init(|| backup_name(&self.folder)).await.clone();
                Err(StoreError::Damaged { what, backup })
            }
        }
    }

    async fn try_commit(&self, batch: Batch) -> Result<(), Trouble> {
        let erases = batch.writes.iter().any(|write| matches!(write, Write::SubjectErased(_)));
        let mut guard = self.writer.lock().await;
        let writer = &mut *guard;
        let conn = match &mut writer.conn {
            Some(conn) => conn,
            None if writer.closed => return Err(Trouble::Refused("the database is closed".into())),
            none => none.insert(open::writer(&self.file).await?),
        };
        let known = writer.size.take();
        let written = write(conn, &batch, known).await;
        match written {
            Ok(size) => writer.size = Some(size),
            Err(Failed { trouble, unusable }) => {
                if unusable {
                    writer.conn = None;
                }
                return Err(trouble);
            }
        }
        if erases && let Some(conn) = &mut writer.conn {
            wipe_log(conn).await;
        }
        Ok(())
    }
}

/// What went wrong, and whether the connection must be thrown away.
struct Failed {
    trouble: Trouble,
    unusable: bool,
}

/// The whole batch in one transaction; gives the size of the tree after it.
async fn write(conn: &mut SqliteConnection, batch: &Batch, known: Option<u64>) -> Result<u64, Failed> {
    let unusable = |trouble: Trouble| Failed { trouble, unusable: true };
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(|e| unusable(e.into()))?;
    match fill(&mut tx, batch, known).await {
        Ok(size) => {
            // a COMMIT that fails has either rolled back by itself or left the transaction open: start afresh
            tx.commit().await.map_err(|e| unusable(e.into()))?;
            Ok(size)
        }
        Err(trouble) => {
            // a full disk makes SQLite roll back by itself, and then this fails
            let rolled_back = tx.rollback().await;
            Err(Failed { trouble, unusable: rolled_back.is_err() })
        }
    }
}

async fn fill(tx: &mut Transaction<'_, Sqlite>, batch: &Batch, known: Option<u64>) -> Result<u64, Trouble> {
    let size = match known {
        Some(size) => size,
        None => write_rest::journal_size(tx).await?,
    };
    let after = check_leaves(batch, size)?;
    for change in &batch.changes {
        write_house::apply(tx, change).await?;
    }
    for write in &batch.writes {
        write_rest::apply(tx, write).await?;
    }
    write_rest::leaves(tx, &batch.leaves).await?;
    for node in &batch.nodes {
        write_rest::node(tx, node).await?;
    }
    if let Some(state) = &batch.journal {
        write_rest::journal(tx, state).await?;
    }
    Ok(after)
}

/// Leaves follow on the tree as it is, and its state is told with them.
fn check_leaves(batch: &Batch, size: u64) -> Result<u64, Trouble> {
    let mut next = size;
    for leaf in &batch.leaves {
        if leaf.index != next {
            let index = leaf.index;
            return Err(Trouble::Refused(format!("journal entry {index} does not follow on {next} entries")));
        }
        next += 1;
    }
    match &batch.journal {
        Some(state) if state.size != next => {
            let told = state.size;
            Err(Trouble::Refused(format!("the journal's state tells {told} entries where there are {next}")))
        }
        None if next != size => Err(Trouble::Refused("journal entries without the journal's state".into())),
        _ => Ok(next),
    }
}

/// After an erasure: what the write-ahead log still holds of it goes into the database (where it is
/// overwritten) and the log is cut to nothing. A reader at work may stand in the way for now; then the next
/// pass of the log over the same pages takes it.
async fn wipe_log(conn: &mut SqliteConnection) {
    match open::pragma(conn, "PRAGMA wal_checkpoint(TRUNCATE)").await {
        Ok(0) => {}
        Ok(_) => tracing::info!("a reader holds the write-ahead log: it is cut a little later"),
        Err(error) => tracing::warn!(%error, "the write-ahead log was not cut after an erasure"),
    }
}

async fn backup_name(folder: &Path) -> Option<String> {
    damage::newest_good_backup(folder).await.map(|backup| backup.name())
}

/// Sorts trouble; damage names the newest good backup.
pub(crate) async fn told(trouble: Trouble, folder: &Path) -> StoreError {
    match trouble.kind() {
        Kind::Full => StoreError::Full,
        Kind::Other(error) => error,
        Kind::Damaged(what) => StoreError::Damaged { what, backup: backup_name(folder).await },
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        let loaded = async {
            let mut reader = self.readers.take().await?;
            let mut tx = reader.conn.begin().await?;
            let loaded = load_rest::loaded(&mut tx).await?;
            tx.rollback().await?;
            self.readers.give_back(reader);
            Ok(loaded)
        };
        self.tell(loaded.await).await
    }

    /// Dropping the future before it is done leaves the batch there whole or not at all; which of the two
    /// is settled before the next batch is written.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let committed = self.try_commit(batch).await;
        self.tell(committed).await
    }

    async fn log(&self, query: &LogQuery) -> Result<Vec<LeafRow>, StoreError> {
        let found = async {
            let mut reader = self.readers.take().await?;
            let rows = log::log(&mut reader.conn, query).await?;
            self.readers.give_back(reader);
            Ok(rows)
        };
        self.tell(found.await).await
    }

    async fn leaves(&self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError> {
        let found = async {
            let mut reader = self.readers.take().await?;
            let rows = log::leaves(&mut reader.conn, from, to).await?;
            self.readers.give_back(reader);
            Ok(rows)
        };
        self.tell(found.await).await
    }

    async fn nodes(&self, level: u8, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let found = async {
            let mut reader = self.readers.take().await?;
            let rows = log::nodes(&mut reader.conn, level, from, to).await?;
            self.readers.give_back(reader);
            Ok(rows)
        };
        self.tell(found.await).await
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let copied = backup::copy(&self.file, to).await;
        self.tell(copied).await
    }
}
