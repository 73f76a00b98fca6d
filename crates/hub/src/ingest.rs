//! What links tell (flow 2): contact, state, entries. A lock's record is written to the log once, in order,
//! and only then acknowledged to the lock; duplicates are dropped and gaps flagged by the lock's own sequence
//! numbers.

use access::{LockAddress, LockId, PersonId};
use futures::StreamExt;
use futures::channel::mpsc;
use jiff::Timestamp;

use crate::alerts::{raise, raise_strangers};
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::living;
use crate::ports::{
    AlertKind, Cursor, Denial, LinkEvent, LockRecord, LockReport, RecordKind, RecordSource, StoreError, Write,
};
use crate::rehearsal;
use crate::state::{FoundLock, LinkState, LockLive, State};
use crate::words;
use crate::work::proofs;

/// Found locks remembered at once: a gateway cannot fill the memory.
const FOUND_MAX: usize = 500;
/// Wait before writing a record again that storage refused.
const STORE_WAIT: std::time::Duration = std::time::Duration::from_secs(2);
/// A record is told while what was told last of its lock still holds, when it is not older than this.
const FRESH: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

impl Hub {
    pub(crate) async fn ingest_events(&self, mut events: mpsc::Receiver<(String, LinkEvent)>) {
        while let Some((link, event)) = events.next().await {
            if self.is_stopping() {
                return;
            }
            self.ingest(&link, event).await;
        }
        // without links there is nothing to hear, but the hub goes on
        futures::future::pending::<()>().await;
    }

    async fn ingest(&self, link: &str, event: LinkEvent) {
        match event {
            LinkEvent::Up => self.link_changed(link, true, None),
            LinkEvent::Down { why } => self.link_changed(link, false, Some(why)),
            LinkEvent::Found { address, name, model, capabilities } => {
                self.found(FoundLock { address, name, model, capabilities, at: self.clock.now() }).await;
            }
            LinkEvent::Lost { address } => {
                {
                    let mut state = self.state_mut();
                    state.found.remove(&address);
                    state.found_live.remove(&address);
                }
                self.contact(&address, false, None).await;
                self.publish(&[Live::Links]);
            }
            LinkEvent::Contact { address, reachable, next } => self.contact(&address, reachable, next).await,
            LinkEvent::Report { address, report } => self.report(&address, &report).await,
            LinkEvent::Record { address, record } => self.record(&address, record).await,
            LinkEvent::Slot { address, slot, taken } => self.slot_told(&address, slot, taken).await,
            LinkEvent::Pairing(state) => self.paired(link, state).await,
        }
    }

    fn link_changed(&self, link: &str, up: bool, why: Option<String>) {
        let now = self.clock.now();
        let mut touched = Vec::new();
        {
            let mut state = self.state_mut();
            let before = state.links.get(link).map(|old| (old.up, old.since));
            let since = before.filter(|(was, _)| *was == up).map_or(now, |(_, since)| since);
            state.links.insert(link.to_owned(), LinkState { name: link.to_owned(), up, since, why });
            if !up {
                state.found_live.retain(|address, _| address.link != link);
            }
            let behind: Vec<LockId> = state
                .house
                .locks
                .values()
                .filter(|lock| lock.address.link == link)
                .map(|lock| lock.id)
                .collect();
            for id in behind {
                if !up {
                    state.live.entry(id).or_default().silent(now);
                }
                touched.push(id);
            }
        }
        let mut messages = vec![Live::Links];
        messages.extend(touched.iter().map(|id| Live::Lock(*id)));
        self.publish(&messages);
        touched.into_iter().for_each(|id| self.rouse_lock(id));
    }

    async fn found(&self, found: FoundLock) {
        let known = self.state().lock_at(&found.address).map(|lock| (lock.id, lock.capabilities.clone()));
        match known {
            Some((id, capabilities)) => {
                if capabilities != found.capabilities {
                    let command = access::Command::RedescribeLock { id, capabilities: found.capabilities };
                    // a refused redescription leaves the lock as it was known
                    let _ = self.carry_out("Doorward".into(), command).await;
                }
                self.rouse_lock(id);
            }
            None => {
                {
                    let mut state = self.state_mut();
                    if state.found.len() < FOUND_MAX || state.found.contains_key(&found.address) {
                        state.found.insert(found.address.clone(), found);
                    }
                }
                self.publish(&[Live::Links]);
            }
        }
    }

    async fn contact(&self, address: &LockAddress, reachable: bool, next: Option<Timestamp>) {
        let now = self.clock.now();
        let known = self.state().lock_at(address).map(|lock| lock.id);
        let Some(id) = known else {
            let heard = |live: &mut LockLive| if reachable { live.heard(now) } else { live.silent(now) };
            return self.of_a_found_lock(address, heard);
        };
        let came_back = {
            let mut state = self.state_mut();
            let live = state.live.entry(id).or_default();
            let came_back = reachable && live.reachable != Some(true);
            if reachable {
                live.heard(now);
            } else {
                live.silent(now);
            }
            live.next_contact = next;
            came_back
        };
        if came_back {
            self.back_in_reach(id).await;
        }
        self.publish(&[Live::Lock(id)]);
        self.rouse_lock(id);
    }

    /// Keeps what a lock says that nobody has added yet: it will not say it again.
    fn of_a_found_lock(&self, address: &LockAddress, take: impl FnOnce(&mut LockLive)) {
        let mut state = self.state_mut();
        if state.found.contains_key(address) {
            take(state.found_live.entry(address.clone()).or_default());
        }
    }

    async fn report(&self, address: &LockAddress, report: &LockReport) {
        let now = self.clock.now();
        let known = self.state().lock_at(address).map(|lock| lock.id);
        let Some(id) = known else {
            return self.of_a_found_lock(address, |live| live.take(report, now));
        };
        let begun = {
            let mut state = self.state_mut();
            let live = state.live.entry(id).or_default();
            let spent = |live: &LockLive| live.budget.is_some_and(|budget| budget.spent);
            let lost = |live: &LockLive| live.clock_known == Some(false) && !live.clock_unconfirmed;
            let before = (live.battery_low, live.jammed, spent(live));
            let known = live.clock_known == Some(true);
            live.heard(now);
            live.take(report, now);
            if known
                && lost(live)
                && let Ok(mut due) = self.clocks_due.lock()
            {
                // whoever has hours stands outside until it is set
                due.insert(id);
            }
            Begun {
                low: live.battery_low && !before.0,
                jam: live.jammed && !before.1,
                spent: spent(live) && !before.2,
            }
        };
        self.publish(&[Live::Lock(id)]);
        if let Some(percent) = report.battery_percent {
            self.battery_told(id, percent.min(100), now).await;
        }
        if let Some(ms) = report.travel_ms {
            self.travel_told(id, ms).await;
        }
        if begun.low || begun.jam || begun.spent {
            self.state_alarm(id, begun).await;
        }
        self.rouse_lock(id);
    }

    async fn state_alarm(&self, id: LockId, begun: Begun) {
        let (ids, percent) =
            (self.ids.clone(), self.state().live.get(&id).and_then(|live| live.battery_percent));
        let written = self
            .write(
                Touches::Lock(id),
                Box::new(move |state, now| {
                    let (name, door) = words::lock(&state.house, id);
                    let mut draft = Draft::default();
                    let mut say = |kind, text: String| {
                        draft.events.push(Event { door, ..Event::plain("alert", text.clone()) });
                        raise(&mut draft, state, ids.as_ref(), now, kind, &name, text);
                    };
                    if begun.low {
                        let level = percent.map(|(p, _)| format!(" ({p} %)")).unwrap_or_default();
                        say(
                            AlertKind::LowBattery,
                            format!("the battery of {name} is low{level}: change it soon"),
                        );
                    }
                    if begun.spent {
                        say(AlertKind::BudgetSpent, budget_spent(&name));
                    }
                    if begun.jam {
                        say(
                            AlertKind::Jam,
                            format!("the bolt of {name} met something and did not go all the way"),
                        );
                    }
                    Ok(draft)
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "an alert could not be written");
        }
    }

    async fn slot_told(&self, address: &LockAddress, slot: u16, taken: bool) {
        let Some(id) = self.state().lock_at(address).map(|lock| lock.id) else { return };
        let ids = self.ids.clone();
        let written = self
            .write(
                Touches::Lock(id),
                Box::new(move |state, now| {
                    let changes = access::slot_told(&state.house, id, slot, taken, now);
                    let mut draft = Draft { changes, ..Draft::default() };
                    raise_strangers(&mut draft, state, ids.as_ref(), now);
                    Ok(draft)
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "what a lock told of a slot could not be written");
        }
        // nobody here wants it: the report may be late, so the lock itself is asked
        let wanted = self.state().house.wanted.contains_key(&(id, slot));
        if !wanted && let Ok(mut patrol) = self.patrol.lock() {
            patrol.doubt(id, slot);
        }
        self.rouse_lock(id);
    }

    /// Writes one record of a lock, waiting out a full disk, then acknowledges it.
    async fn record(&self, address: &LockAddress, record: LockRecord) {
        let Some(id) = self.state().lock_at(address).map(|lock| lock.id) else { return };
        {
            let now = self.clock.now();
            let mut state = self.state_mut();
            state.live.entry(id).or_default().heard(now);
        }
        if record.kind == RecordKind::Restarted
            && let Ok(mut due) = self.clocks_due.lock()
        {
            due.insert(id);
        }
        loop {
            let (ids, record) = (self.ids.clone(), record.clone());
            let decide =
                move |state: &State, now: Timestamp| Ok(record_draft(state, id, &record, now, ids.as_ref()));
            match self.write(Touches::Lock(id), Box::new(decide)).await {
                Ok(()) => break,
                Err(HubError::Store(StoreError::Full | StoreError::Other(_))) => {
                    tracing::error!("a lock's record cannot be written yet; the lock keeps it until it is");
                    self.clock.sleep(STORE_WAIT).await;
                }
                Err(_) => return,
            }
        }
        if let Some((boot, seq)) = record.sequence
            && let Ok(link) = self.link(address)
        {
            // a lost acknowledgement makes the lock send again; the cursor drops the repeat
            let _ = link.acknowledge(address, boot, seq).await;
        }
        self.rouse_lock(id);
    }
}

/// What a report says that was not so before.
#[derive(Clone, Copy)]
struct Begun {
    low: bool,
    jam: bool,
    spent: bool,
}

/// The truth about residents while somebody guesses (docs/lock.md).
fn budget_spent(lock: &str) -> String {
    format!(
        "somebody has typed so many wrong codes at {lock} that ordinary codes do not open it for now: they come \
         back within twelve hours of quiet. Codes of nine digits and more, cards, fingers, the key and Doorward \
         still open it. If it was you, lift it on the lock's page"
    )
}

/// Everything that one record changes: log leaf, cursor, evidence, alerts. Empty for a repeat.
fn record_draft(
    state: &State,
    id: LockId,
    record: &LockRecord,
    now: Timestamp,
    ids: &dyn crate::ports::Ids,
) -> Draft {
    let mut draft = Draft::default();
    let (lock_name, door) = words::lock(&state.house, id);
    let cursor = state.cursors.get(&id);
    if let Some((boot, seq)) = record.sequence {
        if cursor.is_some_and(|cursor| (boot, seq) <= (cursor.boot, cursor.seq)) {
            return draft;
        }
        if let Some(missing) =
            cursor.map(|cursor| seq.saturating_sub(cursor.seq + 1)).filter(|missing| *missing > 0)
        {
            let text = format!("{missing} records of {lock_name} are missing before number {seq}");
            draft.events.push(Event { door, ..Event::plain("alert", text.clone()) });
            raise(&mut draft, state, ids, now, AlertKind::RecordsLost, &lock_name, text);
        }
        draft.writes.push(Write::Cursor(Cursor { lock: id, boot, seq }));
    }
    let who =
        record.slot.and_then(|slot| access::holder(&state.house, id, slot, record.version, record.at, now));
    let person = who.map(|credential| credential.1);
    let name = person.map(|person| words::person(&state.house, person));
    if let (RecordKind::Unlocked, Some(slot)) = (&record.kind, record.slot) {
        draft.changes = access::used(&state.house, id, slot, record.version, now);
    }
    let record = &with_mode(state, id, record, now);
    tested(&mut draft, state, id, record, now);
    rehearsal::note(&mut draft, state, id, record, now);
    if record.kind == RecordKind::Jammed {
        living::travel::stalled(&mut draft, state, id, record.at.filter(|at| *at <= now).unwrap_or(now));
    }
    let happened = record.at.filter(|at| *at <= now).or(Some(now));
    draft.events.push(Event {
        happened,
        kind: kind_of(&record.kind),
        summary: sentence(record, name.as_deref(), &lock_name),
        door,
        person,
        detail: serde_json::json!({ "lock": id, "record": record }),
    });
    // the first use of a code that cannot be read is its proof
    let proven = proofs(state, &draft.changes);
    draft.events.extend(proven);
    alarm(&mut draft, state, record, person, &lock_name, now, ids);
    draft.live.push(Live::Lock(id));
    draft
}

/// The record with the mode that was in force, where it is not too old to know.
fn with_mode(state: &State, id: LockId, record: &LockRecord, now: Timestamp) -> LockRecord {
    let mut record = record.clone();
    let fresh = record.at.is_none_or(|at| now.duration_since(at).abs() < FRESH);
    if let Some(why) = record.why.as_mut().filter(|_| fresh) {
        why.mode = state.live.get(&id).and_then(|live| live.mode);
    }
    record
}

/// An emergency code that was used or tried, and a key turned in a rehearsal, are a backup that was tested (P4).
fn tested(draft: &mut Draft, state: &State, id: LockId, record: &LockRecord, now: Timestamp) {
    let Some(lock) = state.house.locks.get(&id) else { return };
    let turned = matches!(record.kind, RecordKind::Unlocked | RecordKind::Locked);
    let rehearsing = state.live.get(&id).is_some_and(|live| live.rehearsing);
    let by_key = turned && record.source == RecordSource::Key && rehearsing;
    if record.kind != RecordKind::EmergencyCode && !by_key {
        return;
    }
    let at = record.at.filter(|at| *at <= now).unwrap_or(now);
    if lock.told.backup_tested.is_none_or(|before| before < at) {
        let told = access::Told { backup_tested: Some(at), ..lock.told.clone() };
        draft.changes.push(access::Change::Lock(access::Lock { told, ..lock.clone() }));
    }
}

fn kind_of(kind: &RecordKind) -> &'static str {
    match kind {
        RecordKind::Unlocked | RecordKind::Locked => "entry",
        RecordKind::WrongCode | RecordKind::Denied(_) | RecordKind::LockedOut { .. } | RecordKind::Failed => {
            "refused"
        }
        RecordKind::Jammed
        | RecordKind::Ajar
        | RecordKind::Forced
        | RecordKind::Duress
        | RecordKind::BatteryLow
        | RecordKind::FactoryReset
        | RecordKind::Tamper
        | RecordKind::ClockJumped
        | RecordKind::ChainBroken
        | RecordKind::RecordsLost { .. } => "alert",
        RecordKind::Restarted
        | RecordKind::ClockChanged
        | RecordKind::CodeChanged
        | RecordKind::EmergencyCode
        | RecordKind::RehearsalBegan
        | RecordKind::RehearsalEnded
        | RecordKind::BudgetLifted
        | RecordKind::Other(_) => "lock",
    }
}

fn by_way(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Keypad => "by code",
        RecordSource::Key => "with the key",
        RecordSource::Manual => "by hand",
        RecordSource::Thumbturn => "with the thumbturn",
        RecordSource::Remote => "from Doorward or another controller",
        RecordSource::Rfid => "by card",
        RecordSource::Fingerprint => "by finger",
        RecordSource::Auto => "by itself",
        RecordSource::Unknown => "in a way the lock did not say",
    }
}

/// One record as a sentence. Names nobody who was not recognised.
fn sentence(record: &LockRecord, name: Option<&str>, lock: &str) -> String {
    let way = by_way(record.source);
    let credential =
        matches!(record.source, RecordSource::Keypad | RecordSource::Rfid | RecordSource::Fingerprint);
    let nobody = if credential { "somebody we do not know" } else { "somebody" };
    let who = name.unwrap_or(if record.source == RecordSource::Auto { "the lock" } else { nobody });
    match &record.kind {
        RecordKind::Unlocked => format!("{who} unlocked {lock} {way}"),
        RecordKind::Locked => format!("{who} locked {lock} {way}"),
        RecordKind::Failed => format!("{lock} did not finish locking or unlocking ({way})"),
        RecordKind::WrongCode => format!("a wrong code at {lock}"),
        RecordKind::Denied(why) => format!("{who} was refused at {lock}: {}", denial(*why)),
        RecordKind::LockedOut { seconds: 0 } => {
            format!("too many wrong codes: the keypad of {lock} is shut for a while")
        }
        RecordKind::LockedOut { seconds } => {
            format!("too many wrong codes: the keypad of {lock} is shut for {seconds} s")
        }
        RecordKind::Jammed => format!("the bolt of {lock} met something and did not go all the way"),
        RecordKind::Ajar => format!("the door of {lock} stands open for long"),
        RecordKind::Forced => format!("the bolt or door of {lock} moved without any authority"),
        RecordKind::Duress => format!("{} opened {lock} under duress", name.unwrap_or("somebody")),
        RecordKind::BatteryLow => format!("the battery of {lock} is low"),
        RecordKind::Restarted => format!("{lock} started anew (power was cut, or the battery changed)"),
        RecordKind::ClockChanged => format!("the clock of {lock} was set or lost"),
        RecordKind::CodeChanged => match record.slot {
            Some(slot) => format!("the code in slot {slot} of {lock} was changed"),
            None => format!("a code of {lock} was changed"),
        },
        RecordKind::ClockJumped => {
            format!("the clock of {lock} jumped: codes with hours wait until somebody confirms the time")
        }
        RecordKind::EmergencyCode => format!("the emergency code of {lock} was used or tested"),
        RecordKind::RehearsalBegan => format!("a rehearsal of a dead battery began at {lock}"),
        RecordKind::RehearsalEnded => format!("the rehearsal of a dead battery ended at {lock}"),
        RecordKind::BudgetLifted => format!("the count of wrong codes at {lock} begins anew"),
        RecordKind::ChainBroken => format!(
            "the records of {lock} do not fit together any more: some were changed or put in another's place"
        ),
        RecordKind::FactoryReset => {
            format!("{lock} was reset to its factory state: every code on it is gone")
        }
        RecordKind::Tamper => format!("the cover of {lock} was taken off"),
        RecordKind::RecordsLost { count } => {
            format!("{lock} overwrote {count} records before they reached here")
        }
        RecordKind::Other(word) => format!("{lock}: {word}"),
    }
}

fn denial(why: Denial) -> &'static str {
    match why {
        Denial::Schedule => "outside their hours",
        Denial::Expired => "their access has ended",
        Denial::Disabled => "their code is switched off",
        Denial::ClockUnknown => "the lock does not know the time, so it cannot check their hours",
        Denial::LockedOut => "the keypad is shut after too many wrong codes",
        Denial::BudgetSpent => "too many wrong codes this month, only codes of nine digits and more open",
        Denial::Battery => "too little battery",
        Denial::Mode => "the lock's mode keeps them out",
    }
}

fn alarm(
    draft: &mut Draft,
    state: &State,
    record: &LockRecord,
    person: Option<PersonId>,
    lock: &str,
    now: Timestamp,
    ids: &dyn crate::ports::Ids,
) {
    let by_code =
        matches!(record.source, RecordSource::Keypad | RecordSource::Rfid | RecordSource::Fingerprint);
    let kind = match &record.kind {
        RecordKind::LockedOut { .. } => AlertKind::Lockout,
        RecordKind::Jammed => AlertKind::Jam,
        RecordKind::Ajar => AlertKind::Ajar,
        RecordKind::Forced | RecordKind::Tamper | RecordKind::FactoryReset => AlertKind::Tamper,
        RecordKind::Duress => AlertKind::Duress,
        RecordKind::BatteryLow => AlertKind::LowBattery,
        RecordKind::RecordsLost { .. } => AlertKind::RecordsLost,
        RecordKind::ChainBroken => AlertKind::ChainBroken,
        RecordKind::ClockJumped => AlertKind::ClockJumped,
        RecordKind::Unlocked if by_code && person.is_none() => AlertKind::UnknownEntry,
        _ => return,
    };
    let text = sentence(record, person.map(|person| words::person(&state.house, person)).as_deref(), lock);
    raise(draft, state, ids, now, kind, lock, text);
}
