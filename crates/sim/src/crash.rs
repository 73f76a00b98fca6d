//! Where the hub may die: every await of a port is a point, counted. At the point that is due the future never goes
//! on, and the world drops the whole hub with everything that it was waiting for.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts the points of one machine.
#[derive(Default)]
pub struct Crash {
    passed: AtomicU64,
    due: AtomicU64,
    struck: AtomicBool,
}

impl Crash {
    /// The hub dies at the `after`-th point from now, 1 being the next; 0: not at all.
    pub fn arm(&self, after: u64) {
        let due = if after == 0 { 0 } else { self.passed.load(Ordering::Relaxed) + after };
        self.due.store(due, Ordering::Relaxed);
    }

    /// Points passed so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Whether the hub is to be dropped now.
    pub fn struck(&self) -> bool {
        self.struck.load(Ordering::Relaxed)
    }

    /// The machine starts again.
    pub fn reset(&self) {
        self.struck.store(false, Ordering::Relaxed);
        self.arm(0);
    }

    /// One point. Does not return when the machine dies here.
    pub async fn point(&self) {
        let passed = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if passed == self.due.load(Ordering::Relaxed) {
            self.struck.store(true, Ordering::Relaxed);
        }
        if self.struck() {
            futures::future::pending::<()>().await;
        }
    }
}
