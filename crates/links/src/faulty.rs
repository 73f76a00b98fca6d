//! A wrapper that makes any link unreliable, from a seed: commands are lost, late, done although they are
//! said to have failed, or said to be done although they were not; events are lost, late, doubled or out of
//! order. For tests of the hub and for the simulator; it knows no gateway and never invents a record.
//!
//! Deterministic: what happens to the n-th command or event of a lock depends on the seed, the lock and n
//! alone, not on what other locks do meanwhile. Time is the [`Clock`] that it was given.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use access::LockAddress;
use async_trait::async_trait;
use futures::channel::mpsc;
use futures::future::{Either, FutureExt, select};
use futures::stream::FuturesUnordered;
use futures::{SinkExt, StreamExt};
use hub::ports::{
    Ack, Clock, Link, LinkError, LinkEvent, Observed, Operation, Order, SlotWrite, UnlockProof,
};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Most events held back at once; beyond it events go through as they come.
const HELD_MAX: usize = 64;
/// How long an event is held back so that others overtake it.
pub const OVERTAKEN: Duration = Duration::from_secs(2);

/// How often what goes wrong, each in thousandths (0 to 1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaultPlan {
    /// A command never reaches the lock; the answer is [`LinkError::Unreachable`].
    pub lost: u16,
    /// A command is done, and the answer is [`LinkError::Unreachable`] all the same.
    pub false_failure: u16,
    /// A writing command never reaches the lock, and the answer is [`Ack::Applied`] all the same.
    pub false_success: u16,
    /// A command or event is late, by up to [`delay_max`](Self::delay_max).
    pub late: u16,
    /// Longest delay.
    pub delay_max: Duration,
    /// An event never arrives.
    pub event_lost: u16,
    /// An event arrives twice.
    pub event_doubled: u16,
    /// An event is held back for [`OVERTAKEN`], so that later ones come before it.
    pub event_swapped: u16,
}

impl FaultPlan {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        lost: 0,
        false_failure: 0,
        false_success: 0,
        late: 0,
        delay_max: Duration::ZERO,
        event_lost: 0,
        event_doubled: 0,
        event_swapped: 0,
    };

    /// A bad day: every fault happens, most things get through in the end.
    pub const ROUGH: Self = Self {
        lost: 100,
        false_failure: 100,
        false_success: 50,
        late: 300,
        delay_max: Duration::from_secs(20),
        event_lost: 50,
        event_doubled: 100,
        event_swapped: 100,
    };
}

/// What happens to one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    Lost,
    FalseFailure,
    FalseSuccess,
}

/// An unreliable link around a reliable one.
pub struct Faulty {
    inner: Arc<dyn Link>,
    clock: Arc<dyn Clock>,
    dice: Arc<Dice>,
}

/// Brings the inner link's events to the hub, with their faults. To be polled beside the hub; it ends when
/// the inner link has dropped its sender or the hub its receiver.
pub struct Events {
    from: mpsc::Receiver<LinkEvent>,
    to: mpsc::Sender<LinkEvent>,
    clock: Arc<dyn Clock>,
    dice: Arc<Dice>,
}

struct Dice {
    plan: FaultPlan,
    seed: u64,
    calm: AtomicBool,
    streams: Mutex<BTreeMap<String, ChaCha8Rng>>,
}

/// Stream of random numbers of one lock, one for commands and one for events.
fn stream_number(name: &str) -> u64 {
    // FNV-1a, 64 bit: only has to keep the locks' streams apart
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Dice {
    /// Draws from the stream of that name; `None` while it is calm.
    fn draw<T>(&self, name: &str, draw: impl FnOnce(&mut ChaCha8Rng, &FaultPlan) -> T) -> Option<T> {
        if self.calm.load(Ordering::Relaxed) {
            return None;
        }
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let rng = streams.entry(name.to_owned()).or_insert_with(|| {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(stream_number(name));
            rng
        });
        Some(draw(rng, &self.plan))
    }

    fn command(&self, lock: &LockAddress) -> (Fate, Duration) {
        let name = format!("command {}/{}", lock.link, lock.key);
        self.draw(&name, |rng, plan| {
            let roll = rng.random_range(0..1000u16);
            let fate = if roll < plan.lost {
                Fate::Lost
            } else if roll < plan.lost.saturating_add(plan.false_failure) {
                Fate::FalseFailure
            } else if roll < plan.lost.saturating_add(plan.false_failure).saturating_add(plan.false_success) {
                Fate::FalseSuccess
            } else {
                Fate::Fine
            };
            (fate, delay(rng, plan))
        })
        .unwrap_or((Fate::Fine, Duration::ZERO))
    }

    /// Copies that arrive (0, 1 or 2), and their delay.
    fn event(&self, event: &LinkEvent) -> (usize, Duration) {
        let Some(lock) = address(event) else { return (1, Duration::ZERO) };
        let name = format!("event {}/{}", lock.link, lock.key);
        self.draw(&name, |rng, plan| {
            let roll = rng.random_range(0..1000u16);
            let copies = if roll < plan.event_lost {
                0
            } else if roll < plan.event_lost.saturating_add(plan.event_doubled) {
                2
            } else {
                1
            };
            let swapped = rng.random_range(0..1000u16) < plan.event_swapped;
            let overtaken = if swapped { OVERTAKEN } else { Duration::ZERO };
            (copies, delay(rng, plan) + overtaken)
        })
        .unwrap_or((1, Duration::ZERO))
    }
}

fn delay(rng: &mut ChaCha8Rng, plan: &FaultPlan) -> Duration {
    // always two numbers, so that a fate does not depend on the delays before it
    let (late, part) = (rng.random_range(0..1000u16) < plan.late, rng.random_range(0..=1000u32));
    if late { plan.delay_max * part / 1000 } else { Duration::ZERO }
}

/// The lock that an event is about; the gateway's own coming and going is told truly.
fn address(event: &LinkEvent) -> Option<&LockAddress> {
    match event {
        LinkEvent::Up
        | LinkEvent::Down { .. }
        | LinkEvent::Found { .. }
        | LinkEvent::Lost { .. }
        | LinkEvent::Pairing(_) => None,
        LinkEvent::Contact { address, .. }
        | LinkEvent::Report { address, .. }
        | LinkEvent::Record { address, .. }
        | LinkEvent::Slot { address, .. } => Some(address),
    }
}

impl Faulty {
    /// Wraps `inner`. `from` receives what the inner link was given a sender for; `to` is the hub's queue.
    pub fn new(
        inner: Arc<dyn Link>,
        plan: FaultPlan,
        seed: u64,
        clock: Arc<dyn Clock>,
        from: mpsc::Receiver<LinkEvent>,
        to: mpsc::Sender<LinkEvent>,
    ) -> (Self, Events) {
        let dice =
            Arc::new(Dice { plan, seed, calm: AtomicBool::new(false), streams: Mutex::new(BTreeMap::new()) });
        let events = Events { from, to, clock: clock.clone(), dice: dice.clone() };
        (Self { inner, clock, dice }, events)
    }

    /// From now on nothing goes wrong (true), or again as planned (false). What is late stays late.
    pub fn set_calm(&self, calm: bool) {
        self.dice.calm.store(calm, Ordering::Relaxed);
    }

    async fn command<T>(
        &self,
        lock: &LockAddress,
        done: impl Future<Output = Result<T, LinkError>> + Send,
        lie: Option<T>,
    ) -> Result<T, LinkError> {
        let (fate, delay) = self.dice.command(lock);
        if !delay.is_zero() {
            self.clock.sleep(delay).await;
        }
        match (fate, lie) {
            (Fate::Lost, _) | (Fate::FalseSuccess, None) => Err(no_answer()),
            (Fate::FalseSuccess, Some(lie)) => Ok(lie),
            (Fate::FalseFailure, _) => {
                let _ = done.await;
                Err(no_answer())
            }
            (Fate::Fine, _) => done.await,
        }
    }
}

fn no_answer() -> LinkError {
    LinkError::Unreachable("injected fault".into())
}

#[async_trait]
impl Link for Faulty {
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.write_slot(lock, write), Some(Ack::Applied)).await
    }

    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.clear_slot(lock, slot), Some(Ack::Applied)).await
    }

    fn keeps_purposes(&self) -> bool {
        self.inner.keeps_purposes()
    }

    /// A read is lost or late, but never lies: it is what everything else is judged by.
    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        self.command(lock, self.inner.read_slot(lock, slot, expected), None).await
    }

    async fn operate(
        &self,
        lock: &LockAddress,
        operation: Operation,
        proof: UnlockProof,
    ) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.operate(lock, operation, proof), Some(Ack::Applied)).await
    }

    async fn set_clock(&self, lock: &LockAddress, now: Timestamp, zone: &str) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.set_clock(lock, now, zone), Some(Ack::Applied)).await
    }

    async fn order(&self, lock: &LockAddress, order: &Order) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.order(lock, order), None).await
    }

    /// Never said to be done when it was not: the lock would then overwrite what the hub has not got.
    async fn acknowledge(&self, lock: &LockAddress, boot: u32, seq: u64) -> Result<Ack, LinkError> {
        self.command(lock, self.inner.acknowledge(lock, boot, seq), None).await
    }
}

impl Events {
    /// Brings events until either end is gone.
    pub async fn run(mut self) {
        let mut late = FuturesUnordered::new();
        loop {
            let arrived = if late.is_empty() {
                self.from.next().await.map(Arrived::New)
            } else {
                match select(self.from.next(), late.next()).await {
                    Either::Left((event, _)) => event.map(Arrived::New),
                    Either::Right((event, _)) => event.map(Arrived::Late),
                }
            };
            let mut send = Vec::new();
            match arrived {
                None => break,
                Some(Arrived::Late(event)) => send.push(event),
                Some(Arrived::New(event)) => {
                    let (copies, delay) = self.dice.event(&event);
                    for _ in 0..copies {
                        if delay.is_zero() || late.len() >= HELD_MAX {
                            send.push(event.clone());
                        } else {
                            let (clock, event) = (self.clock.clone(), event.clone());
                            late.push(async move { clock.sleep(delay).map(|()| event).await });
                        }
                    }
                }
            }
            for event in send {
                if self.to.send(event).await.is_err() {
                    return;
                }
            }
        }
        // the inner link is gone: what was held back still arrives
        while let Some(event) = late.next().await {
            if self.to.send(event).await.is_err() {
                return;
            }
        }
    }
}

enum Arrived {
    New(LinkEvent),
    Late(LinkEvent),
}

#[cfg(test)]
#[path = "faulty_test.rs"]
mod tests;
