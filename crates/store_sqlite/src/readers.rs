//! The connections that read: a few, opened when needed, each lent to one reader at a time.
//!
//! No pool as for servers: such a pool asks each connection after use whether it still lives, on a task of its own, so
//! that two short reads in a row find none free and open a second. A file does not go away.

use std::sync::{Mutex, PoisonError};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::trouble::Trouble;

/// Most connections at once; further readers wait.
const READERS: u32 = 4;

pub(crate) struct Readers {
    options: SqliteConnectOptions,
    places: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

impl Readers {
    /// None is opened yet.
    pub(crate) fn new(options: SqliteConnectOptions) -> Self {
        Self { options, places: Semaphore::new(READERS as usize), idle: Mutex::default() }
    }

    /// One connection. Who is done gives it back; one that is dropped (its reader failed or was abandoned) is closed.
    ///
    /// # Errors
    /// It does not open; or [`close`](Self::close) was called.
    pub(crate) async fn take(&self) -> Result<Reader<'_>, Trouble> {
        let place = self.places.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.options.connect().await?,
        };
        Ok(Reader { conn, place })
    }

    pub(crate) fn give_back(&self, reader: Reader<'_>) {
        let Reader { conn, place } = reader;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        // another may come only after the connection is back
        drop(place);
    }

    /// Waits for those who read, closes every connection and refuses what comes after.
    pub(crate) async fn close(&self) {
        let all = self.places.acquire_many(READERS).await;
        self.places.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for conn in idle {
            if let Err(error) = conn.close().await {
                tracing::warn!(%error, "a connection that reads did not close cleanly; nothing is lost");
            }
        }
    }
}

/// A connection on loan.
pub(crate) struct Reader<'a> {
    pub(crate) conn: SqliteConnection,
    place: SemaphorePermit<'a>,
}
