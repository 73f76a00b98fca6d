//! Whole backups: a consistent copy of the database and the key file, packed and encrypted with a passphrase.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use hub::ports::{Keeper, Store, StoreError};
use store_sqlite::SqliteStore;
use vault::backup::{SealFor, pack};

/// Makes backups in the data folder's `backups/`.
pub struct FolderKeeper {
    data: PathBuf,
    store: Arc<SqliteStore>,
}

/// Name of the database inside a backup.
pub const DATABASE: &str = store_sqlite::DATABASE;

impl FolderKeeper {
    /// For a data folder and its open store.
    pub fn new(data: PathBuf, store: Arc<SqliteStore>) -> Self {
        Self { data, store }
    }
}

#[async_trait]
impl Keeper for FolderKeeper {
    async fn backup(&self, passphrase: &str) -> Result<PathBuf, StoreError> {
        let other = |error: std::io::Error| StoreError::Other(error.to_string());
        let folder = self.data.join(store_sqlite::BACKUPS);
        std::fs::create_dir_all(&folder).map_err(other)?;
        let stamp = crate::machine::stamp();
        let copy = folder.join(format!("{stamp}.db.part"));
        let target = folder.join(format!("doorward-{stamp}.backup"));
        self.store.backup(&copy).await?;
        let key = self.data.join(vault::KEY_FILE);
        let files = [(DATABASE, copy.clone()), (vault::KEY_FILE, key)];
        let who = SealFor::Passphrase(zeroize::Zeroizing::new(passphrase.to_owned()));
        let sealed = tokio::task::spawn_blocking({
            let target = target.clone();
            move || {
                let files: Vec<(&str, &std::path::Path)> =
                    files.iter().map(|(name, path)| (*name, path.as_path())).collect();
                pack(&target, &files, &who)
            }
        })
        .await;
        std::fs::remove_file(&copy).ok();
        match sealed {
            Ok(Ok(())) => Ok(target),
            Ok(Err(error)) => Err(StoreError::Other(error.to_string())),
            Err(error) => Err(StoreError::Other(error.to_string())),
        }
    }
}
