//! The wrapper against a link that counts: same seed, same faults; no lie about reads; calm means calm.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{LockAddress, Pin};
use async_trait::async_trait;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use hub::ports::{Ack, Clock, Link, LinkError, LinkEvent, Observed, Operation, SlotWrite, UnlockProof};
use jiff::Timestamp;

use super::{FaultPlan, Faulty};

/// Virtual time: a sleep only adds up.
#[derive(Default)]
struct Hours(Mutex<Duration>);

#[async_trait]
impl Clock for Hours {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

#[derive(Default)]
struct Counting(AtomicU32);

impl Counting {
    fn done(&self) -> Result<Ack, LinkError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Ack::Accepted)
    }
}

#[async_trait]
impl Link for Counting {
    async fn write_slot(&self, _: &LockAddress, _: SlotWrite) -> Result<Ack, LinkError> {
        self.done()
    }
    async fn clear_slot(&self, _: &LockAddress, _: u16) -> Result<Ack, LinkError> {
        self.done()
    }
    async fn read_slot(&self, _: &LockAddress, _: u16, _: Option<SlotWrite>) -> Result<Observed, LinkError> {
        self.done().map(|_| Observed::Empty)
    }
    async fn operate(&self, _: &LockAddress, _: Operation, _: UnlockProof) -> Result<Ack, LinkError> {
        self.done()
    }
    async fn set_clock(&self, _: &LockAddress, _: Timestamp, _: &str) -> Result<Ack, LinkError> {
        self.done()
    }
    async fn acknowledge(&self, _: &LockAddress, _: u32, _: u64) -> Result<Ack, LinkError> {
        self.done()
    }
}

struct Bench {
    faulty: Faulty,
    inner: Arc<Counting>,
    feed: mpsc::Sender<LinkEvent>,
    out: mpsc::Receiver<LinkEvent>,
    events: super::Events,
}

fn bench(plan: FaultPlan, seed: u64) -> Bench {
    let inner = Arc::new(Counting::default());
    let (feed, from) = mpsc::channel(1000);
    let (to, out) = mpsc::channel(1000);
    let (faulty, events) = Faulty::new(inner.clone(), plan, seed, Arc::new(Hours::default()), from, to);
    Bench { faulty, inner, feed, out, events }
}

fn lock(key: &str) -> LockAddress {
    LockAddress { link: "test".into(), key: key.into() }
}

fn write() -> SlotWrite {
    SlotWrite {
        slot: 1,
        version: 1,
        pin: Pin::parse("0471").unwrap(),
        enabled: true,
        validity: vec![],
        time_zone: "UTC".into(),
        not_after: None,
        once: false,
        purpose: hub::ports::Purpose::Ordinary,
    }
}

/// Answers and deeds of 200 writes to one lock, with `others` commands to another one in between.
fn writes(seed: u64, others: usize) -> (Vec<bool>, u32) {
    let bench = bench(FaultPlan::ROUGH, seed);
    futures::executor::block_on(async {
        let mut answers = Vec::new();
        for _ in 0..200 {
            answers.push(bench.faulty.write_slot(&lock("a"), write()).await.is_ok());
            for _ in 0..others {
                let _ = bench.faulty.clear_slot(&lock("b"), 1).await;
            }
        }
        (answers, bench.inner.0.load(Ordering::Relaxed))
    })
}

#[test]
fn the_seed_alone_decides() {
    assert_eq!(writes(7, 0), writes(7, 0));
    assert_ne!(writes(7, 0), writes(8, 0));
    assert_eq!(writes(7, 0).0, writes(7, 3).0, "other locks change nothing");
}

#[test]
fn every_fault_happens() {
    let (answers, done) = writes(1, 0);
    let said = answers.iter().filter(|ok| **ok).count();
    assert!((100..200).contains(&said), "{said} of 200 said to be done");
    assert!((100..200).contains(&done), "{done} of 200 done");
    let only = |plan: FaultPlan| {
        let bench = bench(plan, 1);
        let answer = futures::executor::block_on(bench.faulty.write_slot(&lock("a"), write()));
        (answer.is_ok(), bench.inner.0.load(Ordering::Relaxed))
    };
    assert_eq!(only(FaultPlan::NONE), (true, 1));
    assert_eq!(only(FaultPlan { lost: 1000, ..FaultPlan::NONE }), (false, 0));
    assert_eq!(only(FaultPlan { false_failure: 1000, ..FaultPlan::NONE }), (false, 1));
    assert_eq!(only(FaultPlan { false_success: 1000, ..FaultPlan::NONE }), (true, 0));
}

#[test]
fn a_read_never_lies_and_calm_is_calm() {
    let bench = bench(FaultPlan { false_success: 1000, ..FaultPlan::NONE }, 1);
    let read = || futures::executor::block_on(bench.faulty.read_slot(&lock("a"), 1, None));
    assert!(matches!(read(), Err(LinkError::Unreachable(_))));
    bench.faulty.set_calm(true);
    assert_eq!(read(), Ok(Observed::Empty));
}

/// Slots of the events that arrive, in order, out of 0..100 sent.
fn events(plan: FaultPlan, seed: u64) -> Vec<u16> {
    let mut bench = bench(plan, seed);
    futures::executor::block_on(async {
        for slot in 0..100 {
            let event = LinkEvent::Slot { address: lock("a"), slot, taken: true };
            bench.feed.send(event).await.unwrap();
        }
        drop(bench.feed);
        bench.events.run().await;
        let slots = bench.out.map(|event| match event {
            LinkEvent::Slot { slot, .. } => slot,
            other => panic!("{other:?}"),
        });
        slots.collect().await
    })
}

#[test]
fn events_are_lost_doubled_and_swapped() {
    let whole: Vec<u16> = (0..100).collect();
    assert_eq!(events(FaultPlan::NONE, 1), whole);
    assert!(events(FaultPlan { event_lost: 1000, ..FaultPlan::NONE }, 1).is_empty());
    assert_eq!(events(FaultPlan { event_doubled: 1000, ..FaultPlan::NONE }, 1).len(), 200);
    let mut swapped = events(FaultPlan { event_swapped: 200, ..FaultPlan::NONE }, 1);
    assert_ne!(swapped, whole);
    swapped.sort_unstable();
    assert_eq!(swapped, whole, "held back, not lost");
    assert_eq!(events(FaultPlan::ROUGH, 3), events(FaultPlan::ROUGH, 3));
}
