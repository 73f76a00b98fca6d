//! The machine's disk: the shipped SQLite store in a folder in memory, driven to the end of every call before anything
//! else happens, so that its worker threads cannot change the order of anything. It outlives the hub.
//!
//! Faults: a full disk, an error, a lie (the mutant that forgets what it acknowledged). Everything that is committed
//! passes the *tap*: the log entries in the clear, the rows that changed, for checkers and the trace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access::{Change, CredentialId, LockId, PersonId};
use async_trait::async_trait;
use hub::ports::{Batch, LeafRow, Loaded, LogQuery, Place, Store, StoreError, Vault as _, Write};
use journal::SubjectKey;
use store_sqlite::SqliteStore;
use uuid::Uuid;

use crate::crash::Crash;
use crate::ports::SimVault;

/// One log entry as it was committed, opened.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its kind.
    pub kind: String,
    /// Plain words.
    pub summary: String,
    /// The person it names.
    pub person: Option<Uuid>,
    /// Facts.
    pub detail: serde_json::Value,
    /// The whole payload, for the search for codes.
    pub text: String,
}

/// What was committed since the checkers looked last.
#[derive(Default)]
pub struct Tap {
    /// Entries, in order.
    pub told: Vec<Told>,
    /// Locks of which a row changed.
    pub locks: BTreeSet<LockId>,
    /// Locks of which a wish changed.
    pub wished: BTreeSet<LockId>,
    /// Codes that were set: whose, and the digits.
    pub codes: Vec<(CredentialId, PersonId, String)>,
    /// Transactions so far.
    pub commits: u64,
    /// Rows and entries so far.
    pub rows: u64,
}

/// What goes wrong with the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trouble {
    /// Nothing.
    #[default]
    None,
    /// No room.
    Full,
    /// Errors.
    Error,
    /// Says that it is written and forgets it. No disk of ours: a seeded bug that the checkers must see.
    Lies,
}

#[derive(Default)]
struct Inner {
    store: Option<Arc<SqliteStore>>,
    keys: BTreeMap<Uuid, SubjectKey>,
    tap: Tap,
    trouble: Trouble,
}

/// The disk of one machine.
pub struct Disk {
    runtime: Arc<tokio::runtime::Runtime>,
    folder: PathBuf,
    crash: Arc<Crash>,
    inner: Mutex<Inner>,
}

impl Disk {
    /// The database in that folder, made if it is not there.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(
        runtime: Arc<tokio::runtime::Runtime>,
        folder: &Path,
        crash: Arc<Crash>,
    ) -> Result<Arc<Self>, StoreError> {
        let disk = Self { runtime, folder: folder.to_owned(), crash, inner: Mutex::default() };
        disk.reopen()?;
        Ok(Arc::new(disk))
    }

    /// Closes the database and opens the file again, as a machine does that starts.
    ///
    /// # Errors
    /// What the store says.
    pub fn reopen(&self) -> Result<(), StoreError> {
        self.close();
        let store = self.runtime.block_on(SqliteStore::open(&self.folder))?;
        self.inner().store = Some(Arc::new(store));
        Ok(())
    }

    /// Closes the database.
    pub fn close(&self) {
        let store = self.inner().store.take();
        if let Some(store) = store {
            self.runtime.block_on(store.close());
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Result<Arc<SqliteStore>, StoreError> {
        self.inner().store.clone().ok_or_else(|| StoreError::Other("the disk is gone".into()))
    }

    /// From now on this goes wrong.
    pub fn set_trouble(&self, trouble: Trouble) {
        self.inner().trouble = trouble;
    }

    /// What was committed since the last call.
    pub fn tap(&self) -> Tap {
        let mut inner = self.inner();
        let (commits, rows) = (inner.tap.commits, inner.tap.rows);
        std::mem::replace(&mut inner.tap, Tap { commits, rows, ..Tap::default() })
    }

    /// A consistent copy of the database in another folder, as a backup makes it.
    ///
    /// # Errors
    /// What the store says.
    pub fn copy_to(&self, folder: &Path) -> Result<(), StoreError> {
        let store = self.store()?;
        self.runtime.block_on(store.backup(&folder.join(store_sqlite::DATABASE)))
    }

    fn note(&self, batch: &Batch) {
        let mut inner = self.inner();
        for write in &batch.writes {
            if let Write::SubjectKey { subject, sealed } = write {
                let row = subject.to_string();
                let place = Place { table: "subject", row: &row, column: "key" };
                let key = SimVault.open(place, sealed).ok();
                let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
                if let Some(key) = key {
                    inner.keys.insert(*subject, SubjectKey::new(key));
                }
            }
        }
        for change in &batch.changes {
            let lock = match change {
                Change::Wanted(row) => Some(row.lock),
                Change::Seen(row) => Some(row.lock),
                Change::Errand(row) => Some(row.lock),
                Change::WantedGone(lock, _) | Change::SeenGone(lock, _) | Change::ErrandGone(lock, _) => {
                    Some(*lock)
                }
                Change::Lock(row) => Some(row.id),
                _ => None,
            };
            inner.tap.locks.extend(lock);
            match change {
                Change::Wanted(row) => drop(inner.tap.wished.insert(row.lock)),
                Change::WantedGone(lock, _) => drop(inner.tap.wished.insert(*lock)),
                Change::Credential(row) => {
                    inner.tap.codes.extend(digits(row).map(|pin| (row.id, row.person, pin)))
                }
                _ => {}
            }
        }
        for leaf in &batch.leaves {
            let told = told(leaf, &inner.keys);
            inner.tap.told.push(told);
        }
        inner.tap.commits += 1;
        inner.tap.rows += (batch.changes.len() + batch.writes.len() + batch.leaves.len()) as u64;
    }
}

/// The digits of a code, opened.
fn digits(row: &access::Credential) -> Option<String> {
    let id = row.id.to_string();
    let place = Place { table: "credential", row: &id, column: "sealed" };
    let plain = SimVault.open(place, &row.sealed).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

fn told(leaf: &LeafRow, keys: &BTreeMap<Uuid, SubjectKey>) -> Told {
    let key = leaf.subject.and_then(|subject| keys.get(&subject));
    let payload = match (&leaf.salt, &leaf.payload) {
        (Some(salt), Some(stored)) => journal::open(&leaf.leaf, salt, stored, key).ok(),
        _ => None,
    };
    let text = payload.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    Told {
        kind: leaf.kind.clone(),
        summary: value["summary"].as_str().unwrap_or_default().to_owned(),
        person: leaf.subject,
        detail: value["detail"].clone(),
        text,
    }
}

#[async_trait]
impl Store for Disk {
    async fn load(&self) -> Result<Loaded, StoreError> {
        let store = self.store()?;
        let loaded = self.runtime.block_on(store.load())?;
        let mut inner = self.inner();
        for (subject, sealed) in &loaded.subjects {
            let row = subject.to_string();
            let place = Place { table: "subject", row: &row, column: "key" };
            if let Some(key) =
                SimVault.open(place, sealed).ok().and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok())
            {
                inner.keys.insert(*subject, SubjectKey::new(key));
            }
        }
        drop(inner);
        Ok(loaded)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        self.crash.point().await;
        let trouble = self.inner().trouble;
        match trouble {
            Trouble::Full => return Err(StoreError::Full),
            Trouble::Error => return Err(StoreError::Other("input/output error".into())),
            Trouble::Lies => return Ok(()),
            Trouble::None => {}
        }
        self.runtime.block_on(self.store()?.commit(batch.clone()))?;
        self.note(&batch);
        self.crash.point().await;
        Ok(())
    }

    async fn log(&self, query: &LogQuery) -> Result<Vec<LeafRow>, StoreError> {
        self.runtime.block_on(self.store()?.log(query))
    }

    async fn leaves(&self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError> {
        self.runtime.block_on(self.store()?.leaves(from, to))
    }

    async fn nodes(&self, level: u8, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.runtime.block_on(self.store()?.nodes(level, from, to))
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.runtime.block_on(self.store()?.backup(to))
    }
}
