//! The storage port: how the lock keeps what must survive loss of power. Holds no policy; the layout of the regions
//! is in `image.rs` and `ring.rs`.
//!
//! A host maps each [`Region`] to a place of its own (a flash page, a file range). Bytes never written read as
//! anything; the lock checks a checksum before it believes them. `write` may be torn at any byte by loss of power;
//! after [`Storage::sync`] has returned `Ok` everything written before it must be there. An error from `write` or
//! `sync` makes the lock refuse what asked for it. The lock overwrites a torn place the next time it writes there.

/// A place in storage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Region {
    /// Configuration (users, credentials, schedules, settings, peers), copy 0 or 1. At most
    /// [`crate::Lock::CONFIG_BYTES`] each.
    Config(u8),
    /// Counters, clock and chain key, copy 0 or 1. At most [`crate::VITALS_BYTES`] each.
    Vitals(u8),
    /// One place of the record ring, 0 to R-1. [`crate::RECORD_BYTES`] each.
    Record(u16),
}

/// Storage refused. The reason is the host's to log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StorageError;

/// What the lock asks of its host's storage.
pub trait Storage {
    /// Fills `into` from `offset` of the region.
    ///
    /// # Errors
    /// When the medium cannot be read. A place never written is not an error: any bytes will do.
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError>;
    /// Puts `bytes` at `offset` of the region; not durable before [`Storage::sync`].
    ///
    /// # Errors
    /// When the medium refuses.
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError>;
    /// Returns once everything written so far would survive loss of power.
    ///
    /// # Errors
    /// When that cannot be promised.
    fn sync(&mut self) -> Result<(), StorageError>;
}
