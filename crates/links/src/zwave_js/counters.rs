//! How many messages came, were dropped, and how many exchanges went over the radio because of us: for the
//! metrics page. No names, no node numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Running counts of one link since its start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub received: AtomicU64,
    pub oversized: AtomicU64,
    pub malformed: AtomicU64,
    pub unasked: AtomicU64,
    pub connections: AtomicU64,
    pub refused: AtomicU64,
    pub exchanges: AtomicU64,
}

/// A snapshot of the counts of one link since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages that the server sent.
    pub received: u64,
    /// Dropped: larger than its kind may be.
    pub oversized: u64,
    /// Dropped: not what its kind must look like.
    pub malformed: u64,
    /// Dropped: answers to nothing that was asked, or to what is no longer waited for.
    pub unasked: u64,
    /// Connections that came about.
    pub connections: u64,
    /// Connections refused: wrong user, certificate or schema.
    pub refused: u64,
    /// Exchanges over the radio that this link caused.
    pub exchanges: u64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    /// The counts now.
    pub(super) fn snapshot(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            received: read(&self.received),
            oversized: read(&self.oversized),
            malformed: read(&self.malformed),
            unasked: read(&self.unasked),
            connections: read(&self.connections),
            refused: read(&self.refused),
            exchanges: read(&self.exchanges),
        }
    }
}
