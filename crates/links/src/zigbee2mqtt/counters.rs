//! How many messages came and how many were dropped, and why: for the metrics page. No names, no topics.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Running counts of one link since its start.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub received: AtomicU64,
    pub retained: AtomicU64,
    pub oversized: AtomicU64,
    pub malformed: AtomicU64,
    pub unknown: AtomicU64,
    pub connections: AtomicU64,
    pub refused: AtomicU64,
}

/// A snapshot of the counts of one link since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages that the broker delivered.
    pub received: u64,
    /// Dropped: retained by the broker where only news may count (state, events, log lines).
    pub retained: u64,
    /// Dropped: larger than its kind may be.
    pub oversized: u64,
    /// Dropped: not what its kind must look like.
    pub malformed: u64,
    /// Dropped: on a topic that belongs to nothing known.
    pub unknown: u64,
    /// Connections to the broker that came about.
    pub connections: u64,
    /// Connections that were refused: wrong password, certificate, or an open broker.
    pub refused: u64,
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
            retained: read(&self.retained),
            oversized: read(&self.oversized),
            malformed: read(&self.malformed),
            unknown: read(&self.unknown),
            connections: read(&self.connections),
            refused: read(&self.refused),
        }
    }
}
