//! The hub's memory: the house, what the locks last said, accounts, documents, the journal's head. Changed
//! only by the writer, after the same change is durable; live state of locks is the exception, it is not
//! stored and starts as *unknown*.

use std::collections::{BTreeMap, VecDeque};

use access::battery::{History, Outlook};
use access::{House, LockAddress, LockId, PersonId};
use jiff::Timestamp;
use journal::{SubjectKey, Tree};
use serde::Serialize;
use uuid::Uuid;

use crate::ports::{
    Accounts, Alert, Bolt, Budget, Cursor, Document, DoorSensor, JournalState, Loaded, LockReport, Mode,
    Place, Vault,
};

/// Alerts kept in memory for the page.
const ALERTS_KEPT: usize = 100;

/// What a lock last said of itself. Everything is `None` or unknown until it says something.
#[derive(Debug, Clone, Serialize)]
pub struct LockLive {
    /// Whether it answers now; `None`: nothing heard yet.
    pub reachable: Option<bool>,
    /// When it was last heard from.
    pub last_contact: Option<Timestamp>,
    /// Since when it has been out of reach.
    pub silent_since: Option<Timestamp>,
    /// When a sleeping lock is next expected.
    pub next_contact: Option<Timestamp>,
    /// Bolt and when that was reported.
    pub bolt: (Bolt, Option<Timestamp>),
    /// Door leaf and when that was reported.
    pub door: (DoorSensor, Option<Timestamp>),
    /// Battery in percent and when.
    pub battery_percent: Option<(u8, Timestamp)>,
    /// When the cells run out: an estimate, once there is something to go by.
    pub outlook: Option<Outlook>,
    /// The lock calls its battery low.
    pub battery_low: bool,
    /// The bolt is jammed.
    pub jammed: bool,
    /// The keypad is shut until then.
    pub lockout_until: Option<Timestamp>,
    /// Whether its clock is set.
    pub clock_known: Option<bool>,
    /// Its clock jumped and waits for somebody to confirm the time.
    pub clock_unconfirmed: bool,
    /// Operating mode in force, where it has modes.
    pub mode: Option<Mode>,
    /// Budget of wrong codes, where it has one.
    pub budget: Option<Budget>,
    /// A rehearsal of a dead battery runs.
    pub rehearsing: bool,
    /// Firmware it reported.
    pub firmware: Option<String>,
    /// Link quality in the gateway's unit.
    pub signal: Option<String>,
}

impl Default for LockLive {
    fn default() -> Self {
        Self {
            reachable: None,
            last_contact: None,
            silent_since: None,
            next_contact: None,
            bolt: (Bolt::Unknown, None),
            door: (DoorSensor::Unknown, None),
            battery_percent: None,
            outlook: None,
            battery_low: false,
            jammed: false,
            lockout_until: None,
            clock_known: None,
            clock_unconfirmed: false,
            mode: None,
            budget: None,
            rehearsing: false,
            firmware: None,
            signal: None,
        }
    }
}

impl LockLive {
    /// Takes in a report; what it does not say stays.
    pub(crate) fn take(&mut self, report: &LockReport, now: Timestamp) {
        if let Some(bolt) = report.bolt {
            self.bolt = (bolt, Some(now));
        }
        if let Some(door) = report.door {
            self.door = (door, Some(now));
        }
        if let Some(percent) = report.battery_percent {
            self.battery_percent = Some((percent.min(100), now));
        }
        if let Some(low) = report.battery_low {
            self.battery_low = low;
        }
        if let Some(jammed) = report.jammed {
            self.jammed = jammed;
        }
        if let Some(ms) = report.lockout_ms {
            let until = now.checked_add(jiff::SignedDuration::from_millis(i64::from(ms))).ok();
            self.lockout_until = (ms > 0).then_some(until).flatten();
        }
        if report.clock_known.is_some() {
            self.clock_known = report.clock_known;
        }
        self.clock_unconfirmed = report.clock_unconfirmed.unwrap_or(self.clock_unconfirmed);
        self.mode = report.mode.or(self.mode);
        self.budget = report.budget.or(self.budget);
        self.rehearsing = report.rehearsing.unwrap_or(self.rehearsing);
        if report.firmware.is_some() {
            self.firmware.clone_from(&report.firmware);
        }
        if report.signal.is_some() {
            self.signal.clone_from(&report.signal);
        }
    }

    /// Heard from it.
    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.reachable = Some(true);
        self.last_contact = Some(now);
        self.silent_since = None;
    }

    /// It does not answer: its bolt and door are no longer known.
    pub(crate) fn silent(&mut self, now: Timestamp) {
        if self.reachable != Some(false) {
            self.silent_since = Some(now);
        }
        self.reachable = Some(false);
        self.bolt.0 = Bolt::Unknown;
        self.door.0 = DoorSensor::Unknown;
    }
}

/// A lock that a link sees and nobody has added.
#[derive(Debug, Clone, Serialize)]
pub struct FoundLock {
    /// Where.
    pub address: LockAddress,
    /// What the gateway calls it.
    pub name: String,
    /// Maker and model as reported.
    pub model: String,
    /// What it can do.
    pub capabilities: access::Capabilities,
    /// When it was last seen.
    pub at: Timestamp,
}

/// A gateway.
#[derive(Debug, Clone, Serialize)]
pub struct LinkState {
    /// Its name.
    pub name: String,
    /// Whether it answers.
    pub up: bool,
    /// Since when.
    pub since: Timestamp,
    /// Why it is down, in plain words.
    pub why: Option<String>,
}

/// All of it.
pub(crate) struct State {
    pub house: House,
    pub live: BTreeMap<LockId, LockLive>,
    pub accounts: Accounts,
    pub cursors: BTreeMap<LockId, Cursor>,
    pub documents: BTreeMap<(String, String), Document>,
    pub subjects: BTreeMap<PersonId, SubjectKey>,
    pub tree: Tree,
    pub checkpoint: Option<String>,
    /// Battery readings as they were last kept or looked at.
    pub packs: BTreeMap<LockId, History>,
    pub found: BTreeMap<LockAddress, FoundLock>,
    /// What those said, for the moment when one of them is added.
    pub found_live: BTreeMap<LockAddress, LockLive>,
    pub links: BTreeMap<String, LinkState>,
    pub alerts: VecDeque<Alert>,
    /// Leaves that the last whole verification covered, and when it ran.
    pub verified: Option<(u64, Timestamp)>,
}

impl State {
    /// Builds the memory from what the store loaded.
    pub(crate) fn new(loaded: Loaded, vault: &dyn Vault) -> Result<Self, crate::OpenError> {
        let mut subjects = BTreeMap::new();
        for (subject, sealed) in &loaded.subjects {
            subjects.insert(PersonId::new(*subject), open_subject(vault, *subject, sealed)?);
        }
        let tree = match &loaded.journal {
            Some(JournalState { size, root, frontier, .. }) => {
                Tree::restore(*size, frontier.clone(), root)
                    .map_err(|error| crate::OpenError::Journal(error.to_string()))?
            }
            None => Tree::default(),
        };
        Ok(Self {
            live: loaded.house.locks.keys().map(|id| (*id, LockLive::default())).collect(),
            house: loaded.house,
            accounts: loaded.accounts,
            cursors: loaded.cursors.into_iter().map(|cursor| (cursor.lock, cursor)).collect(),
            documents: loaded
                .documents
                .into_iter()
                .map(|doc| ((doc.kind.clone(), doc.key.clone()), doc))
                .collect(),
            subjects,
            tree,
            checkpoint: loaded.journal.and_then(|journal| journal.checkpoint),
            packs: BTreeMap::new(),
            found: BTreeMap::new(),
            found_live: BTreeMap::new(),
            links: BTreeMap::new(),
            alerts: VecDeque::new(),
            verified: None,
        })
    }

    /// The lock at an address.
    pub(crate) fn lock_at(&self, address: &LockAddress) -> Option<&access::Lock> {
        self.house.locks.values().find(|lock| lock.address == *address)
    }

    /// Remembers an alert for the page.
    pub(crate) fn remember(&mut self, alert: Alert) {
        self.alerts.push_front(alert);
        self.alerts.truncate(ALERTS_KEPT);
    }
}

fn open_subject(vault: &dyn Vault, subject: Uuid, sealed: &[u8]) -> Result<SubjectKey, crate::OpenError> {
    let row = subject.to_string();
    let place = subject_place(&row);
    let plain = vault.open(place, sealed)?;
    let key = <[u8; 32]>::try_from(plain.as_slice())
        .map_err(|_| crate::OpenError::Journal("a person's log key has the wrong length".into()))?;
    Ok(SubjectKey::new(key))
}

/// Where a person's log key is sealed for.
pub(crate) fn subject_place(row: &str) -> Place<'_> {
    Place { table: "subject", row, column: "key" }
}
