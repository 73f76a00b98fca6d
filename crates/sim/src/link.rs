//! The link port over the simulated air. Dropping a call abandons the wait, not the command.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use access::LockAddress;
use async_trait::async_trait;
use hub::ports::{Ack, Clock as _, Link, LinkError, Observed, Operation, SlotWrite, UnlockProof};
use jiff::Timestamp;

use crate::air::Air;
use crate::body::{Command, Origin};
use crate::crash::Crash;
use crate::time::SimClock;

/// The air, shared between links and the world. One thread: it is never waited for.
pub type SharedAir = Arc<Mutex<Air>>;

/// Access to the air.
pub fn air(shared: &SharedAir) -> MutexGuard<'_, Air> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One hub's way to the locks.
pub struct SimLink {
    /// The air.
    pub air: SharedAir,
    /// Where its hub may die.
    pub crash: Arc<Crash>,
    /// Time.
    pub clock: Arc<SimClock>,
    /// A hub that should not be there: to ours it is somebody else.
    pub foreign: bool,
}

impl SimLink {
    async fn command(&self, lock: &LockAddress, command: Command) -> Result<Ack, LinkError> {
        self.crash.point().await;
        let answer = if self.foreign {
            let done = air(&self.air).command(&lock.key, &command, Origin::Foreign, false);
            self.clock.sleep(std::time::Duration::from_millis(200)).await;
            done.map(|()| Ack::Applied)
        } else {
            let answer = air(&self.air).send(&lock.key, command);
            answer.await.unwrap_or_else(|_| Err(LinkError::Unreachable("the gateway is gone".into())))
        };
        self.crash.point().await;
        answer
    }
}

#[async_trait]
impl Link for SimLink {
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        self.command(lock, Command::Set(Box::new(write))).await
    }

    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        self.command(lock, Command::Clear(slot)).await
    }

    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        self.crash.point().await;
        let answer = air(&self.air).look(&lock.key, slot, expected);
        let seen = answer.await.unwrap_or_else(|_| Err(LinkError::Unreachable("the gateway is gone".into())));
        self.crash.point().await;
        seen
    }

    async fn operate(&self, _: &LockAddress, _: Operation, _: UnlockProof) -> Result<Ack, LinkError> {
        Err(LinkError::Unsupported("bolts are not simulated"))
    }

    async fn set_clock(&self, lock: &LockAddress, now: Timestamp, zone: &str) -> Result<Ack, LinkError> {
        self.crash.point().await;
        self.clock.sleep(std::time::Duration::from_millis(80)).await;
        let truth = self.clock.truth();
        {
            let mut air = air(&self.air);
            let there = air.reaches(&lock.key);
            let Some(station) = air.stations.get_mut(&lock.key).filter(|_| there) else {
                return Err(LinkError::Unreachable("no answer from the lock".into()));
            };
            station.body.set_clock(truth, now, zone);
            station.touched = true;
        }
        self.crash.point().await;
        Ok(Ack::Applied)
    }

    async fn acknowledge(&self, lock: &LockAddress, boot: u32, seq: u64) -> Result<Ack, LinkError> {
        self.crash.point().await;
        if let Some(station) = air(&self.air).stations.get_mut(&lock.key) {
            station.body.acknowledge(boot, seq);
        }
        Ok(Ack::Applied)
    }
}
