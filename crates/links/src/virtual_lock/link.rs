//! The hub's link port over the sessions. Translates and nothing more.

use std::future::Future;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use access::LockAddress;
use async_trait::async_trait;
use hub::ports::{Ack, Clock, Link, LinkError, Observed, Operation, Order, SlotWrite, UnlockProof};
use jiff::Timestamp;

use super::errands::Asker;
use super::supervisor::Registry;

/// Every call ends within this time.
const DEADLINE: Duration = Duration::from_secs(58);

/// The link to the virtual locks of a [`super::Supervisor`].
pub struct VirtualLink {
    name: String,
    locks: Arc<Registry>,
    clock: Arc<dyn Clock>,
}

impl VirtualLink {
    pub(super) fn new(name: String, locks: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { name, locks, clock }
    }

    fn asker(&self, lock: &LockAddress) -> Result<Asker, LinkError> {
        let locks = self.locks.read().unwrap_or_else(PoisonError::into_inner);
        let found = locks.get(&lock.key).filter(|_| lock.link == self.name).map(|entry| entry.asker.clone());
        found.ok_or_else(|| LinkError::Unreachable(format!("there is no virtual lock called {}", lock.key)))
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, LinkError>> + Send) -> Result<T, LinkError> {
    let ended = tokio::time::timeout(DEADLINE, work).await;
    ended.unwrap_or_else(|_| Err(LinkError::Unreachable("the lock answers too slowly".into())))
}

#[async_trait]
impl Link for VirtualLink {
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        in_time(self.asker(lock)?.write_slot(&write)).await
    }

    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        in_time(self.asker(lock)?.clear_slot(slot)).await
    }

    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        in_time(self.asker(lock)?.read_slot(slot, expected.as_ref())).await
    }

    async fn operate(
        &self,
        lock: &LockAddress,
        operation: Operation,
        _proof: UnlockProof,
    ) -> Result<Ack, LinkError> {
        // the lock knows its peer by its key; who asked the hub stands in the hub's own log
        in_time(self.asker(lock)?.operate(operation)).await
    }

    async fn set_clock(&self, lock: &LockAddress, now: Timestamp, time_zone: &str) -> Result<Ack, LinkError> {
        in_time(self.asker(lock)?.set_clock(now, time_zone)).await
    }

    async fn acknowledge(&self, lock: &LockAddress, _boot: u32, seq: u64) -> Result<Ack, LinkError> {
        // the lock numbers its records over all its starts
        Ok(self.asker(lock)?.acknowledge(seq))
    }

    fn keeps_purposes(&self) -> bool {
        true
    }

    async fn order(&self, lock: &LockAddress, order: &Order) -> Result<Ack, LinkError> {
        in_time(self.asker(lock)?.order(order, self.clock.now())).await
    }
}
