//! Ports for tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::channel::mpsc;
use hub::access::{Capabilities, CodeLengths, LockAddress, ReadBack, ScheduleSupport};
use hub::ports::{
    Ack, Alert, Batch, Clock, Ids, JournalState, LeafRow, Link, LinkError, LinkEvent, Loaded, LogQuery,
    NodeRow, Notify, NotifyError, Observed, Operation, PasswordHash, Place, SlotWrite, Store, StoreError,
    UnlockProof, Vault, VaultError, Write,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Time that only the test moves; sleepers wake when it passes their moment.
pub struct HandClock {
    start: Timestamp,
    passed_ms: AtomicU64,
    jumped_ms: AtomicU64,
    sleepers: Mutex<Vec<(u64, futures::channel::oneshot::Sender<()>)>>,
}

impl HandClock {
    pub fn new(start: &str) -> Arc<Self> {
        let start = start.parse().expect("a timestamp");
        Arc::new(Self { start, passed_ms: 0.into(), jumped_ms: 0.into(), sleepers: Mutex::default() })
    }

    pub fn pass(&self, duration: Duration) {
        let now = self.passed_ms.fetch_add(duration.as_millis() as u64, Ordering::SeqCst)
            + duration.as_millis() as u64;
        let mut sleepers = self.sleepers.lock().expect("sleepers");
        let (due, later) = std::mem::take(&mut *sleepers).into_iter().partition(|(at, _)| *at <= now);
        *sleepers = later;
        let due: Vec<(u64, futures::channel::oneshot::Sender<()>)> = due;
        due.into_iter().for_each(|(_, wake)| wake.send(()).unwrap_or(()));
    }

    /// The wall clock is set forward without time having passed.
    pub fn jump(&self, duration: Duration) {
        self.jumped_ms.fetch_add(duration.as_millis() as u64, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let ms = self.passed_ms.load(Ordering::SeqCst) + self.jumped_ms.load(Ordering::SeqCst);
        self.start.checked_add(SignedDuration::from_millis(ms as i64)).expect("in range")
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }

    async fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let (wake, woken) = futures::channel::oneshot::channel();
        let at = self.passed_ms.load(Ordering::SeqCst) + duration.as_millis().max(1) as u64;
        self.sleepers.lock().expect("sleepers").push((at, wake));
        woken.await.ok();
    }
}

/// Ids and bytes from a counter: different every time, the same in every run.
#[derive(Default)]
pub struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64, so that the bytes look random to whoever checks codes for patterns
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (z ^ (z >> 31)) as u8;
        }
    }
}

/// Sealing that is enough for tests: reversible, bound to its place, not secret.
pub struct PlainVault;

impl Vault for PlainVault {
    fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut sealed = format!("{}/{}/{}:", place.table, place.row, place.column).into_bytes();
        sealed.extend(plain.iter().map(|byte| byte ^ 0xA5));
        Ok(sealed)
    }

    fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let head = format!("{}/{}/{}:", place.table, place.row, place.column).into_bytes();
        let rest = sealed.strip_prefix(head.as_slice()).ok_or(VaultError::Damaged(place.table.into()))?;
        Ok(Zeroizing::new(rest.iter().map(|byte| byte ^ 0xA5).collect()))
    }

    fn digest(&self, domain: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError> {
        use sha2::Digest as _;
        Ok(sha2::Sha256::new().chain_update(domain).chain_update([0]).chain_update(bytes).finalize().into())
    }

    fn subkey(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        Ok(Zeroizing::new(self.digest("subkey", purpose.as_bytes())?))
    }

    fn hash_password(&self, password: &str) -> Result<PasswordHash, VaultError> {
        Ok(PasswordHash(password.to_owned()))
    }

    fn check_password(&self, hash: Option<&PasswordHash>, password: &str) -> bool {
        hash.is_some_and(|hash| hash.0 == password)
    }
}

#[derive(Default)]
pub struct Disk {
    pub loaded: Loaded,
    pub leaves: Vec<LeafRow>,
    pub nodes: Vec<NodeRow>,
    pub commits: u64,
}

/// A store in memory. It outlives the hub, so that a hub can be "killed" and opened again on it.
#[derive(Default)]
pub struct MemoryStore {
    pub disk: Mutex<Disk>,
    pub full: AtomicBool,
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self) -> Result<Loaded, StoreError> {
        Ok(self.disk.lock().expect("disk").loaded.clone())
    }

    async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        let mut disk = self.disk.lock().expect("disk");
        disk.commits += 1;
        batch.changes.into_iter().for_each(|change| disk.loaded.house.apply(change));
        for write in batch.writes {
            keep(&mut disk, write);
        }
        disk.leaves.extend(batch.leaves);
        disk.nodes.extend(batch.nodes);
        if let Some(journal) = batch.journal {
            assert_eq!(journal.size, disk.leaves.len() as u64, "the tree and its leaves go together");
            disk.loaded.journal = Some(JournalState { ..journal });
        }
        Ok(())
    }

    async fn log(&self, query: &LogQuery) -> Result<Vec<LeafRow>, StoreError> {
        let disk = self.disk.lock().expect("disk");
        let rows = disk.leaves.iter().rev().filter(|row| {
            query.below.is_none_or(|below| row.index < below)
                && query.subject.is_none_or(|subject| row.subject == Some(subject))
                && query.door.is_none_or(|door| row.door == Some(door))
                && (query.kinds.is_empty() || query.kinds.contains(&row.kind))
        });
        Ok(rows.take(query.limit as usize).cloned().collect())
    }

    async fn leaves(&self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError> {
        let disk = self.disk.lock().expect("disk");
        Ok(disk.leaves.iter().filter(|row| (from..to).contains(&row.index)).cloned().collect())
    }

    async fn nodes(&self, level: u8, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let disk = self.disk.lock().expect("disk");
        if level == 0 {
            let wanted = disk.leaves.iter().filter(|leaf| (from..to).contains(&leaf.index));
            return Ok(wanted.map(|leaf| leaf.hash).collect());
        }
        let wanted = disk.nodes.iter().filter(|node| node.level == level && (from..to).contains(&node.index));
        Ok(wanted.map(|node| node.hash).collect())
    }

    async fn backup(&self, _to: &Path) -> Result<(), StoreError> {
        Ok(())
    }
}

fn keep(disk: &mut Disk, write: Write) {
    let accounts = &mut disk.loaded.accounts;
    match write {
        Write::Owner(row) => {
            accounts.owners.retain(|old| old.id != row.id);
            accounts.owners.push(row);
        }
        Write::OwnerGone(id) => accounts.owners.retain(|old| old.id != id),
        Write::Session(row) => {
            accounts.sessions.retain(|old| old.token_hash != row.token_hash);
            accounts.sessions.push(row);
        }
        Write::SessionGone(hash) => accounts.sessions.retain(|old| old.token_hash != hash),
        Write::Token(row) => {
            accounts.tokens.retain(|old| old.id != row.id);
            accounts.tokens.push(row);
        }
        Write::TokenGone(id) => accounts.tokens.retain(|old| old.id != id),
        Write::Invite(row) => accounts.invites.push(row),
        Write::InviteGone(id) => accounts.invites.retain(|old| old.id != id),
        Write::Cursor(row) => {
            disk.loaded.cursors.retain(|old| old.lock != row.lock);
            disk.loaded.cursors.push(row);
        }
        Write::Document(row) => {
            disk.loaded.documents.retain(|old| (&old.kind, &old.key) != (&row.kind, &row.key));
            disk.loaded.documents.push(row);
        }
        Write::DocumentGone { kind, key } => {
            disk.loaded.documents.retain(|old| (&old.kind, &old.key) != (&kind, &key))
        }
        Write::SubjectKey { subject, sealed } => disk.loaded.subjects.push((subject, sealed)),
        Write::SubjectErased(subject) => {
            disk.loaded.subjects.retain(|(id, _)| *id != subject);
            for row in disk.leaves.iter_mut().filter(|row| row.subject == Some(subject)) {
                row.salt = None;
                row.payload = None;
            }
        }
    }
}

/// What one slot of the test lock holds.
#[derive(Clone)]
pub struct Held {
    pub pin: String,
    pub enabled: bool,
}

/// A lock behind a link that can be cut off, made to lie, or made unreadable.
pub struct TestLink {
    pub slots: Mutex<BTreeMap<u16, Held>>,
    pub reachable: AtomicBool,
    pub forgetful: AtomicBool,
    pub refuse: Mutex<Option<LinkError>>,
    pub calls: Mutex<Vec<String>>,
    pub read_back: ReadBack,
}

impl TestLink {
    pub fn new(read_back: ReadBack) -> Arc<Self> {
        Arc::new(Self {
            slots: Mutex::default(),
            reachable: true.into(),
            forgetful: false.into(),
            refuse: Mutex::default(),
            calls: Mutex::default(),
            read_back,
        })
    }

    fn heard(&self, call: String) -> Result<(), LinkError> {
        self.calls.lock().expect("calls").push(call);
        if self.reachable.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err(LinkError::Unreachable("asleep".into()))
        }
    }

    pub fn holds(&self, slot: u16) -> Option<Held> {
        self.slots.lock().expect("slots").get(&slot).cloned()
    }
}

#[async_trait]
impl Link for TestLink {
    async fn write_slot(&self, _lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        self.heard(format!("write {}", write.slot))?;
        if let Some(error) = self.refuse.lock().expect("refuse").clone() {
            return Err(error);
        }
        if !self.forgetful.load(Ordering::SeqCst) {
            let held = Held { pin: write.pin.expose().to_owned(), enabled: write.enabled };
            self.slots.lock().expect("slots").insert(write.slot, held);
        }
        Ok(Ack::Applied)
    }

    async fn clear_slot(&self, _lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        self.heard(format!("clear {slot}"))?;
        self.slots.lock().expect("slots").remove(&slot);
        Ok(Ack::Applied)
    }

    async fn read_slot(
        &self,
        _lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        self.heard(format!("read {slot}"))?;
        if self.read_back == ReadBack::Never {
            return Ok(Observed::Unreadable);
        }
        Ok(match (self.holds(slot), expected) {
            (None, _) => Observed::Empty,
            (Some(held), Some(write)) if held.pin == write.pin.expose() => {
                Observed::Matches { enabled: held.enabled }
            }
            (Some(_), Some(_)) => Observed::Differs,
            (Some(_), None) => Observed::Taken,
        })
    }

    async fn operate(
        &self,
        _lock: &LockAddress,
        operation: Operation,
        _proof: UnlockProof,
    ) -> Result<Ack, LinkError> {
        self.heard(format!("{operation:?}"))?;
        Ok(Ack::Applied)
    }

    async fn set_clock(&self, _lock: &LockAddress, _now: Timestamp, _zone: &str) -> Result<Ack, LinkError> {
        self.heard("clock".into())?;
        Ok(Ack::Applied)
    }

    async fn acknowledge(&self, _lock: &LockAddress, boot: u32, seq: u64) -> Result<Ack, LinkError> {
        self.heard(format!("ack {boot}/{seq}"))?;
        Ok(Ack::Applied)
    }
}

/// Remembers what was sent.
#[derive(Default)]
pub struct Mailbox {
    pub sent: Mutex<Vec<Alert>>,
    pub down: AtomicBool,
}

#[async_trait]
impl Notify for Mailbox {
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(NotifyError::Later("nobody home".into()));
        }
        self.sent.lock().expect("sent").push(alert.clone());
        Ok(())
    }
}

pub fn address() -> LockAddress {
    LockAddress { link: "test".into(), key: "one".into() }
}

pub fn capabilities(read_back: ReadBack, on_lock: bool) -> Capabilities {
    let schedules = ScheduleSupport {
        week_day: if on_lock { 7 } else { 0 },
        year_day: if on_lock { 1 } else { 0 },
        lease: on_lock,
        once: on_lock,
        one_kind: false,
    };
    Capabilities {
        slots: 10,
        first_slot: 1,
        code: CodeLengths { min: 4, max: 8 },
        read_back,
        schedules,
        remote: true,
        bolt_sensor: true,
        door_sensor: true,
        sequenced_log: true,
        ..Capabilities::told()
    }
}

pub type Events = mpsc::Sender<(String, LinkEvent)>;
