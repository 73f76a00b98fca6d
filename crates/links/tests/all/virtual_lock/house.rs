//! A house of virtual locks in a folder that goes away, and a hub's ear.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use access::{LockAddress, Pin};
use async_trait::async_trait;
use futures::StreamExt;
use futures::channel::mpsc;
use hub::ports::body::{Key, Turner};
use hub::ports::{
    Bodies, BodyState, Clock, Hand, Ids, Link, LinkEvent, LockRecord, RecordKind, SlotWrite, UnlockProof,
};
use links::virtual_lock::{Supervisor, SupervisorOptions, VirtualLink};

/// Tells this program that it is a virtual lock, and in which folder.
pub const DATA: &str = "DOORWARD_TEST_VIRTUAL_LOCK";

/// The machine's clock.
struct RealClock;

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
    async fn sleep(&self, duration: Duration) {
        pause(duration).await;
    }
}

/// The system's randomness.
struct RealIds;

impl Ids for RealIds {
    fn uuid(&self) -> uuid::Uuid {
        uuid::Uuid::nil()
    }
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("random bytes");
    }
}

pub async fn pause(duration: Duration) {
    tokio::time::sleep_until(tokio::time::Instant::now() + duration).await;
}

pub struct House {
    pub supervisor: Arc<Supervisor>,
    pub link: Arc<VirtualLink>,
    events: mpsc::Receiver<(String, LinkEvent)>,
    /// Events that nobody asked for yet, in order.
    heard: Vec<LinkEvent>,
    folder: Arc<tempfile::TempDir>,
}

fn launch(folder: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(std::env::current_exe().expect("this program"));
    command
        .args(["--exact", "virtual_lock::a_virtual_lock", "--nocapture", "--quiet", "--test-threads=1"])
        .env(DATA, folder);
    command
}

/// Virtual locks in a folder, their events to this queue.
pub fn supervisor(folder: &Path, events: mpsc::Sender<(String, LinkEvent)>) -> Arc<Supervisor> {
    Supervisor::start(SupervisorOptions {
        root: folder.join("virtual"),
        launch: Box::new(launch),
        link: "virtual".into(),
        events,
        clock: Arc::new(RealClock),
        ids: Arc::new(RealIds),
    })
    .expect("the supervisor starts")
}

/// A code typed at a lock's keypad, and what the lock then shows.
pub async fn typed(supervisor: &Supervisor, lock: &LockAddress, code: &str) -> BodyState {
    for digit in code.bytes() {
        let key = Key::Digit(digit - b'0');
        supervisor.hand(lock, Hand::Press { key }).await.expect("pressed");
    }
    supervisor.hand(lock, Hand::Press { key: Key::Enter }).await.expect("pressed")
}

impl House {
    pub fn new() -> Self {
        Self::open(Arc::new(tempfile::tempdir().expect("a folder")), 1024)
    }

    fn open(folder: Arc<tempfile::TempDir>, queue: usize) -> Self {
        let (send, events) = mpsc::channel(queue);
        let supervisor = supervisor(folder.path(), send);
        let link = supervisor.link();
        Self { supervisor, link, events, heard: Vec::new(), folder }
    }

    /// The hub is started anew: nothing of the old one is left.
    pub async fn restart(self) -> Self {
        self.supervisor.stop().await;
        let folder = self.folder.clone();
        drop(self);
        Self::open(folder, 1024)
    }

    pub fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("virtual")
    }

    /// The next event that is wanted; the others are kept. Gives up after so many seconds.
    pub async fn wait_for<T>(
        &mut self,
        what: &str,
        seconds: u64,
        wanted: impl Fn(&LinkEvent) -> Option<T>,
    ) -> T {
        let looked = self.heard.iter().enumerate().find_map(|(at, event)| Some((at, wanted(event)?)));
        if let Some((at, found)) = looked {
            self.heard.remove(at);
            return found;
        }
        let until = tokio::time::Instant::now() + Duration::from_secs(seconds);
        loop {
            let next = tokio::time::timeout_at(until, self.events.next()).await;
            let event =
                next.unwrap_or_else(|_| panic!("no {what} within {seconds} s; heard {:?}", self.heard));
            let event = event.expect("the queue is open").1;
            if let Some(found) = wanted(&event) {
                return found;
            }
            self.heard.push(event);
        }
    }

    pub async fn record(&mut self, what: &str, wanted: impl Fn(&LockRecord) -> bool) -> LockRecord {
        self.wait_for(what, 20, |event| match event {
            LinkEvent::Record { record, .. } if wanted(record) => Some(record.clone()),
            _ => None,
        })
        .await
    }

    pub async fn contact(&mut self, wanted: bool) {
        let what = if wanted { "contact" } else { "loss of contact" };
        self.wait_for(what, 30, |event| match event {
            LinkEvent::Contact { reachable, .. } if *reachable == wanted => Some(()),
            _ => None,
        })
        .await;
    }

    /// Everything heard until now.
    pub fn drain(&mut self) -> Vec<LinkEvent> {
        while let Ok((_, event)) = self.events.try_recv() {
            self.heard.push(event);
        }
        std::mem::take(&mut self.heard)
    }

    /// A new lock in contact, its motor without delay, without auto-relock, its clock set, bolt out.
    pub async fn lock(&mut self, name: &str) -> LockAddress {
        let address = self.supervisor.create(name).await.expect("a new lock");
        self.contact(true).await;
        self.hand(&address, Hand::MotorSpeed { travel_ms: 0 }).await;
        let relock = hub::ports::Order::AutoRelock { seconds: 0 };
        self.link.order(&address, &relock).await.expect("no auto-relock");
        self.link.set_clock(&address, RealClock.now(), "Europe/Vienna").await.expect("clock set");
        self.hand(&address, Hand::Turn { with: Turner::Thumbturn, lock: true }).await;
        address
    }

    pub async fn hand(&self, lock: &LockAddress, hand: Hand) -> BodyState {
        self.supervisor.hand(lock, hand).await.expect("the hand does it")
    }

    pub async fn state(&self, lock: &LockAddress) -> BodyState {
        self.supervisor.state(lock).await.expect("a picture")
    }

    pub async fn typed(&self, lock: &LockAddress, code: &str) -> BodyState {
        typed(&self.supervisor, lock, code).await
    }

    pub async fn give(&self, lock: &LockAddress, slot: u16, version: u64, code: &str) {
        self.link.write_slot(lock, write(slot, version, code)).await.expect("the code is written");
    }
}

pub fn proof() -> UnlockProof {
    UnlockProof { actor: uuid::Uuid::nil() }
}

pub fn write(slot: u16, version: u64, code: &str) -> SlotWrite {
    SlotWrite {
        slot,
        version,
        pin: Pin::parse(code).expect("a code"),
        enabled: true,
        validity: Vec::new(),
        time_zone: "Europe/Vienna".into(),
        not_after: None,
        once: false,
        purpose: hub::ports::Purpose::Ordinary,
    }
}

/// Records among events, by sequence number; panics when one comes twice.
pub fn by_number(events: &[LinkEvent]) -> BTreeMap<u64, LockRecord> {
    let mut all = BTreeMap::new();
    for event in events {
        if let LinkEvent::Record { record, .. } = event {
            let Some((_, seq)) = record.sequence else { panic!("a record without a number: {record:?}") };
            assert!(all.insert(seq, record.clone()).is_none(), "record {seq} came twice");
        }
    }
    all
}

pub fn is_unlock(record: &LockRecord) -> bool {
    record.kind == RecordKind::Unlocked
}
