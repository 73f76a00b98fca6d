//! A link at a real server with mock locks, and what it tells.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use access::{Capabilities, LockAddress, Pin, Validity};
use futures::StreamExt;
use futures::channel::mpsc;
use hub::ports::{
    Ack, Link, LinkError, LinkEvent, LockReport, Observed, RecordKind, RecordSource, SlotWrite,
};
use links::zwave_js::{ZwaveConfig, ZwaveJs};
use serde_json::Value;
use tempfile::TempDir;

use crate::rig::RealClock;
use crate::street::Street;

/// Longest wait for anything that must come.
const PATIENCE: Duration = Duration::from_secs(150);
const LINK: &str = "zwave_js";

pub(crate) fn config(port: u16) -> ZwaveConfig {
    ZwaveConfig {
        host: "127.0.0.1".into(),
        port,
        path: "/".into(),
        tls: false,
        ca_pem: None,
        user: None,
        password: None,
        allow_open: false,
    }
}

/// A link and its events.
pub(crate) struct Rig {
    pub(crate) link: Arc<ZwaveJs>,
    events: mpsc::Receiver<LinkEvent>,
    /// Everything that came, in short form, for messages of failures.
    pub(crate) told: Vec<String>,
    /// Locks found so far, by node.
    pub(crate) locks: BTreeMap<u16, (LockAddress, Capabilities)>,
}

impl Rig {
    pub(crate) fn start(port: u16) -> Self {
        let (to, events) = mpsc::channel(64);
        let clock = Arc::new(RealClock::new());
        let link = ZwaveJs::start(LINK, config(port), clock, to).unwrap();
        Self { link: Arc::new(link), events, told: Vec::new(), locks: BTreeMap::new() }
    }

    fn note(&mut self, event: &LinkEvent) {
        self.told.push(format!("{event:?}"));
        if let LinkEvent::Found { address, capabilities, .. } = event {
            let node = address.key.split('-').nth(1).unwrap().parse().unwrap();
            self.locks.insert(node, (address.clone(), capabilities.clone()));
        }
    }

    /// Waits for the first event of which `pick` makes something.
    pub(crate) async fn until<T>(&mut self, what: &str, pick: impl Fn(&LinkEvent) -> Option<T>) -> T {
        let end = tokio::time::sleep(PATIENCE);
        tokio::pin!(end);
        loop {
            let event = tokio::select! {
                event = self.events.next() => event.expect("the link is alive"),
                () = &mut end => panic!("no {what}; the link told: {:#?}", self.told),
            };
            self.note(&event);
            if let Some(found) = pick(&event) {
                return found;
            }
        }
    }

    /// Everything that comes within this time.
    pub(crate) async fn during(&mut self, time: Duration) -> Vec<LinkEvent> {
        let mut came = Vec::new();
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return came,
                Some(event) = self.events.next() => {
                    self.note(&event);
                    came.push(event);
                }
            }
        }
    }

    /// Waits for a `Down` and gives its reason.
    pub(crate) async fn down(&mut self) -> String {
        self.until("Down", |event| match event {
            LinkEvent::Down { why } => Some(why.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn up(&mut self) {
        self.until("Up", |event| matches!(event, LinkEvent::Up).then_some(())).await;
    }

    /// Waits until this node is a lock, answers, and where its bolt is is known.
    pub(crate) async fn lock(&mut self, node: u16) -> LockAddress {
        if !self.locks.contains_key(&node) {
            let suffix = format!("-{node}-");
            self.until(&format!("node {node}"), |event| match event {
                LinkEvent::Found { address, .. } if address.key.contains(&suffix) => Some(()),
                _ => None,
            })
            .await;
        }
        self.locks[&node].0.clone()
    }

    pub(crate) async fn reachable(&mut self, lock: &LockAddress, wanted: bool) {
        self.until(&format!("contact {wanted}"), |event| match event {
            LinkEvent::Contact { address, reachable, .. } => {
                (address == lock && *reachable == wanted).then_some(())
            }
            _ => None,
        })
        .await;
    }

    pub(crate) async fn record(&mut self) -> (RecordKind, RecordSource, Option<u16>) {
        self.until("record", |event| match event {
            LinkEvent::Record { record, .. } => Some((record.kind.clone(), record.source, record.slot)),
            _ => None,
        })
        .await
    }

    pub(crate) async fn report(&mut self, what: &str, wanted: impl Fn(&LockReport) -> bool) {
        self.until(what, |event| match event {
            LinkEvent::Report { report, .. } => wanted(report).then_some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn write(&self, lock: &LockAddress, slot: u16, code: &str) -> Result<Ack, LinkError> {
        self.link.write_slot(lock, write(slot, code)).await
    }

    pub(crate) async fn read(
        &self,
        lock: &LockAddress,
        slot: u16,
        code: Option<&str>,
    ) -> Result<Observed, LinkError> {
        self.link.read_slot(lock, slot, code.map(|code| write(slot, code))).await
    }
}

pub(crate) fn write(slot: u16, code: &str) -> SlotWrite {
    SlotWrite {
        slot,
        version: 1,
        pin: Pin::parse(code).unwrap(),
        enabled: true,
        validity: vec![],
        time_zone: "Europe/Vienna".into(),
        not_after: None,
        once: false,
        purpose: hub::ports::Purpose::Ordinary,
    }
}

pub(crate) fn with_hours(slot: u16, code: &str, validity: Vec<Validity>) -> SlotWrite {
    SlotWrite { validity, ..write(slot, code) }
}

/// A street, a link at it, and the folder they live in.
pub(crate) struct House {
    pub(crate) street: Street,
    pub(crate) rig: Rig,
    _folder: TempDir,
}

impl House {
    pub(crate) async fn new(nodes: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let street = Street::start(folder.path(), nodes).unwrap();
        let mut rig = Rig::start(street.port);
        rig.up().await;
        Self { street, rig, _folder: folder }
    }

    /// A lock's own memory.
    pub(crate) fn hand(&self, request: &str) -> Value {
        serde_json::from_str(&self.street.hand(request).unwrap()).unwrap()
    }
}

/// How long something took.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    (work.await, start.elapsed())
}
