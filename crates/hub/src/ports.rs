//! The ports: everything the hub needs from outside, as traits. Adapters on the floor above implement
//! them; the simulator implements the same ones with a seed. The hub spawns nothing and reads no timer
//! itself: waiting goes through [`Clock`], parallel work is futures that the hub polls inside
//! [`Hub::run`](crate::Hub::run).

pub mod body;
mod link;
mod notify;
mod order;
mod pairing;
mod store;
mod vault;

pub use body::{Bodies, BodyError, BodyState, Hand, SecondController};
pub use link::{
    Ack, Bolt, Denial, DoorSensor, Link, LinkError, LinkEvent, LockRecord, LockReport, Observed, Operation,
    RecordKind, RecordSource, SlotWrite, UnlockProof,
};
pub use notify::{Alert, AlertKind, Notify, NotifyError};
pub use order::{Budget, Mode, Order, Purpose, Why};
pub use pairing::{Include, Pairing, PairingState};
pub use store::{
    Accounts, ApiToken, Batch, Cursor, Document, Invite, JournalState, LeafRow, Loaded, LogQuery, NodeRow,
    Owner, Role, Scope, Session, Store, StoreError, Write,
};
pub use vault::{PasswordHash, Place, Vault, VaultError};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

/// Time. `now` may jump (somebody sets the clock); `monotonic` never does.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Wall time.
    fn now(&self) -> Timestamp;
    /// Time since an arbitrary start, never going back.
    fn monotonic(&self) -> std::time::Duration;
    /// Completes when `monotonic` has advanced by this much.
    async fn sleep(&self, duration: std::time::Duration);
    /// How long the hub may nap before it compares `now` with `monotonic` to notice that somebody set the clock.
    /// A clock that wakes its sleepers when it is set may allow more.
    fn nap_max(&self) -> std::time::Duration {
        std::time::Duration::from_secs(30)
    }
}

/// Ids and randomness, from the operating system's generator in the program, from the seed in the simulator.
pub trait Ids: Send + Sync {
    /// A fresh UUID, version 7.
    fn uuid(&self) -> Uuid;
    /// Fills the buffer with random bytes fit for keys and codes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Somewhere to put the files of an export: a folder, or an archive on its way to a browser.
pub trait Shelf: Send {
    /// Puts one file under a relative name with `/` between folders.
    ///
    /// # Errors
    /// Plain words about what went wrong.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), String>;
}

/// Makes whole backups: a consistent copy of the database and the vault's key, encrypted with a passphrase.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Makes a backup and returns where it lies.
    ///
    /// # Errors
    /// [`StoreError`]; nothing half-written is left.
    async fn backup(&self, passphrase: &str) -> Result<std::path::PathBuf, StoreError>;
}
