//! The link to Z-Wave locks through a Z-Wave JS server, over its WebSocket.
//!
//! It finds the locks, sends codes with their hours and operations, reads back, and passes on what happens; it
//! takes locks into the network and lets them go. What it does not do: learn fingers or cards, update firmware,
//! SmartStart, change a setting of a lock other than its clock and its auto-relock, or take any event as a reason to move a bolt.
//!
//! What the owner should know of this road is in [`WORTH_KNOWING`]. From message to event: [`wire`] reads,
//! [`desk`] decides what follows, this file carries it out; [`slots`] writes and reads codes.

mod budget;
mod calls;
mod chores;
mod config;
mod counters;
mod desk;
mod facts;
mod known;
mod network;
mod orders;
mod pairing;
mod schedule;
mod slots;
mod socket;
mod translate;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use access::{LockAddress, Pin};
use async_trait::async_trait;
use futures::SinkExt;
use futures::channel::mpsc;
use hub::ports::{
    Ack, Bolt, Clock, Link, LinkError, LinkEvent, Observed, Operation, Order, SlotWrite, UnlockProof,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use calls::{Answer, CallError, Calls, MEMORY_WAIT, RADIO_WAIT};
use desk::{Desk, Out, View};
use facts::Facts;
use wire::class;

pub use crate::gateway::ConfigError;
pub use config::ZwaveConfig;
pub use counters::Counts;

/// What an owner should read before a code goes this way; shown on the page where the link is set up.
/// Seen with Z-Wave JS 15.29 and its server 3.10.
pub const WORTH_KNOWING: [&str; 5] = [
    "A Z-Wave JS server asks nobody for a password: whoever reaches it on the network can unlock. Keep it on this \
     machine, or put a proxy with TLS and a password in front of it.",
    "When a lock joins, Z-Wave JS clears every code on it, unless its option queryAllUserCodes is on. Codes that \
     people use now are gone then: give them anew.",
    "Z-Wave JS keeps codes in plain text in its own files; guard its folder.",
    "A lock that asks for the time gets that of the server's machine: let it be in the time zone of its doors.",
    "Most locks keep hours either by day of the week or by date, not both for one person; what a lock cannot keep \
     is kept by sending and removing the code, and the page says so before the code is given.",
];
/// Longest that a write or a read of a slot takes, with all its exchanges.
const SLOT_WAIT: Duration = Duration::from_secs(55);
/// Longest wait for the bolt to arrive.
const BOLT_WAIT: Duration = Duration::from_secs(10);
/// How often the bolt is looked at meanwhile.
const BOLT_LOOK: Duration = Duration::from_millis(50);

/// Commands, and questions of our own, that are with the server at once.
const COMMANDS: usize = 4;
const QUESTIONS: usize = 2;

/// A link to one Z-Wave JS server. Works until it is dropped; reconnects by itself.
///
/// Deadlines: a write, a clear or a read of a slot 55 s, an operation 30 s, beside the wait for a command before
/// it to the same lock.
pub struct ZwaveJs {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    name: String,
    config: ZwaveConfig,
    clock: Arc<dyn Clock>,
    counters: Arc<counters::Counters>,
    desk: Mutex<Desk>,
    calls: Calls,
    /// One command at a time for each lock.
    gates: Mutex<BTreeMap<String, Arc<futures::lock::Mutex<()>>>>,
    /// Commands with the radio at once: there is one radio, and the wait for an answer begins when it is asked.
    radio: tokio::sync::Semaphore,
    /// Questions of our own with the radio at once; they never stand before a command.
    asking: tokio::sync::Semaphore,
    events: mpsc::Sender<LinkEvent>,
}

impl Drop for ZwaveJs {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // nothing that is done under these locks can leave them half done
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hub is gone.
struct NobodyListens;

impl ZwaveJs {
    /// Starts the link, on the running tokio runtime. `name` is the name of this link in every
    /// [`LockAddress`]; `events` is the hub's queue.
    ///
    /// # Errors
    /// [`ConfigError`] names the field of the configuration that is wrong. A server that cannot be reached, or is
    /// too old, is no error here: it comes as [`LinkEvent::Down`], and the link goes on trying.
    pub fn start(
        name: &str,
        config: ZwaveConfig,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<LinkEvent>,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            desk: Mutex::new(Desk::new(name.to_owned())),
            config,
            clock,
            counters: Arc::default(),
            calls: Calls::default(),
            gates: Mutex::new(BTreeMap::new()),
            radio: tokio::sync::Semaphore::new(COMMANDS),
            asking: tokio::sync::Semaphore::new(QUESTIONS),
            events,
        });
        let task = tokio::spawn(chores::keep_connected(shared.clone()));
        Ok(Self { shared, task })
    }

    /// Counts of messages, connections and radio exchanges since the start.
    pub fn counts(&self) -> Counts {
        self.shared.counters.snapshot()
    }
}

impl Shared {
    async fn carry_out(&self, out: Vec<Out>) -> Result<Vec<desk::Chore>, NobodyListens> {
        let mut chores = Vec::new();
        for out in out {
            match out {
                Out::Event(event) => self.events.clone().send(event).await.map_err(|_| NobodyListens)?,
                Out::Chore(chore) => chores.push(chore),
            }
        }
        Ok(chores)
    }

    /// The lock, if commands can be sent to it now.
    fn ready(&self, lock: &LockAddress, slot: u16) -> Result<View, LinkError> {
        let desk = held(&self.desk);
        if !desk.is_up() {
            return Err(LinkError::Unreachable("the Z-Wave JS server cannot be reached".into()));
        }
        let known = Some(lock)
            .filter(|lock| lock.link == self.name)
            .and_then(|lock| desk.view(&lock.key, slot, self.clock.monotonic()));
        let view = known
            .ok_or_else(|| LinkError::Unreachable("the Z-Wave network does not know this lock now".into()))?;
        if view.asleep {
            // the driver would keep the command until the lock wakes, and nobody could take it back
            return Err(LinkError::Unreachable("the lock sleeps: it is sent when it wakes".into()));
        }
        Ok(view)
    }

    fn gate(&self, lock: &LockAddress) -> Arc<futures::lock::Mutex<()>> {
        held(&self.gates).entry(lock.key.clone()).or_default().clone()
    }

    /// Takes one exchange from the lock's budget.
    async fn spend(&self, key: &str, urgent: bool) -> Result<(), LinkError> {
        let now = self.clock.monotonic();
        let taken = held(&self.desk).lock_mut(key).map(|lock| lock.budget.take(urgent, now));
        let Some(Err(wait)) = taken else {
            counters::count(&self.counters.exchanges);
            return Ok(());
        };
        let out = held(&self.desk).rests(key, wait, self.clock.now(), now);
        // the hub being gone is the event loop's business
        let _ = self.carry_out(out).await;
        let seconds = wait.as_secs() + 1;
        let why = format!("to spare the lock's battery nothing more is sent to it for {seconds} s");
        Err(LinkError::Unreachable(why))
    }

    /// One exchange with a lock.
    async fn radio(
        &self,
        key: &str,
        command: &str,
        arguments: &str,
        urgent: bool,
    ) -> Result<Answer, LinkError> {
        self.spend(key, urgent).await?;
        // never closed; without a turn the command would only wait in the driver, out of sight
        let _turn = self.radio.acquire().await;
        self.exchange(key, command, arguments).await
    }

    /// One exchange, now: for a bolt, and for questions that have waited for their own turn.
    async fn exchange(&self, key: &str, command: &str, arguments: &str) -> Result<Answer, LinkError> {
        match self.calls.ask(self.clock.as_ref(), command, arguments, RADIO_WAIT).await {
            Ok(answer) => Ok(answer),
            Err(CallError::Late) => Err(self.silent(key).await),
            Err(error) => {
                let error = LinkError::from(error);
                if matches!(error, LinkError::Unreachable(_)) {
                    self.silent(key).await;
                }
                Err(error)
            }
        }
    }

    /// What the driver remembers: costs no radio.
    async fn remembered(&self, facts: &Facts, command: &str, arguments: &str) -> Result<Answer, LinkError> {
        let comma = if arguments.is_empty() { "" } else { "," };
        let body = format!(r#"{{"nodeId":{},"endpoint":{}{comma}{arguments}}}"#, facts.node, facts.endpoint);
        let command = format!("endpoint.access_control.{command}");
        Ok(self.calls.ask(self.clock.as_ref(), &command, &body, MEMORY_WAIT).await?)
    }

    /// No answer in time: the lock counts as out of reach until it is heard again.
    async fn silent(&self, key: &str) -> LinkError {
        let out = held(&self.desk).silent(key, self.clock.now(), self.clock.monotonic());
        // the hub being gone is the event loop's business
        let _ = self.carry_out(out).await;
        LinkError::Unreachable("the lock did not answer in time".into())
    }

    async fn within<T>(
        &self,
        key: &str,
        work: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, LinkError> {
        tokio::select! {
            done = work => done,
            () = self.clock.sleep(SLOT_WAIT) => Err(self.silent(key).await),
        }
    }

    async fn move_bolt(&self, lock: &LockAddress, operation: Operation) -> Result<Ack, LinkError> {
        let view = self.ready(lock, 0)?;
        let (target, mode) = match operation {
            Operation::Lock => (Bolt::Extended, 255),
            Operation::Unlock => (Bolt::Retracted, 0),
        };
        let body = format!(
            r#"{{"nodeId":{},"valueId":{{"commandClass":{},"endpoint":{},"property":"targetMode"}},"value":{mode}}}"#,
            view.facts.node,
            class::DOOR_LOCK,
            view.facts.endpoint
        );
        #[derive(Deserialize)]
        struct Told {
            result: Option<Status>,
        }
        #[derive(Deserialize)]
        struct Status {
            status: u8,
        }
        // a person waits at the door: before every code
        self.spend(&lock.key, true).await?;
        let told: Told = self.exchange(&lock.key, "node.set_value", &body).await?.read()?;
        match told.result.map_or(254, |it| it.status) {
            2 => return Err(LinkError::Unexpected("the lock says that it did not do it".into())),
            0 | 3..=5 => return Err(LinkError::Unsupported("it takes no such command")),
            _ => {}
        }
        let start = self.clock.monotonic();
        while self.clock.monotonic().saturating_sub(start) < BOLT_WAIT {
            if self.ready(lock, 0)?.bolt == Some(target) {
                return Ok(Ack::Applied);
            }
            self.clock.sleep(BOLT_LOOK).await;
        }
        Ok(Ack::Accepted)
    }

    async fn send_clock(
        &self,
        lock: &LockAddress,
        now: Timestamp,
        time_zone: &str,
    ) -> Result<Ack, LinkError> {
        let view = self.ready(lock, 0)?;
        let hours = schedule::Kind::ALL.iter().any(|kind| kind.places(view.facts.places) > 0);
        if !hours {
            return Ok(Ack::Applied);
        }
        if view.facts.clock {
            let body = format!(r#"{{"nodeId":{}}}"#, view.facts.node);
            let _: Answer = self.radio(&lock.key, "node.set_date_and_time", &body, false).await?;
        }
        let zone = TimeZone::get(time_zone)
            .map_err(|_| LinkError::Rejected(format!("{time_zone} is no time zone that is known here")))?;
        // the lock knows no transitions: the offset that holds now, set anew after each of them
        let minutes = zone.to_offset(now).seconds() / 60;
        let offsets = format!(r#"[{{"standardOffset":{minutes},"dstOffset":{minutes}}}]"#);
        let class = class::SCHEDULE_ENTRY_LOCK;
        self.invoke(&lock.key, &view.facts, class, "setTimezone", &offsets, false).await?;
        Ok(Ack::Applied)
    }
}

fn check_slot(view: &View, slot: u16) -> Result<(), LinkError> {
    match view.facts.users {
        0 => Err(LinkError::Unsupported("no code can be sent to this model")),
        last if (facts::FIRST_SLOT..=last).contains(&slot) => Ok(()),
        last => Err(LinkError::Rejected(format!("slot {slot}: this lock takes codes in slots 1 to {last}"))),
    }
}

fn check_code(view: &View, pin: &Pin) -> Result<(), LinkError> {
    let (min, max) = view.facts.code;
    if (min..=max).contains(&pin.digits()) {
        return Ok(());
    }
    Err(LinkError::Rejected(format!("this lock takes codes of {min} to {max} digits")))
}

#[async_trait]
impl Link for ZwaveJs {
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock, write.slot)?;
        check_slot(&view, write.slot)?;
        check_code(&view, &write.pin)?;
        self.shared.within(&lock.key, self.shared.write(&lock.key, &view, &write)).await
    }

    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock, slot)?;
        check_slot(&view, slot)?;
        self.shared.within(&lock.key, self.shared.clear(&lock.key, &view, slot)).await
    }

    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock, slot)?;
        check_slot(&view, slot)?;
        self.shared.within(&lock.key, self.shared.read(&lock.key, &view, slot, expected.as_ref())).await
    }

    async fn operate(
        &self,
        lock: &LockAddress,
        operation: Operation,
        _proof: UnlockProof,
    ) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        self.shared.move_bolt(lock, operation).await
    }

    async fn order(&self, lock: &LockAddress, order: &Order) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        self.shared.carry_order(lock, order).await
    }

    async fn set_clock(&self, lock: &LockAddress, now: Timestamp, time_zone: &str) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        self.shared.send_clock(lock, now, time_zone).await
    }

    /// These locks keep no sequenced log that reaches here.
    async fn acknowledge(&self, _: &LockAddress, _: u32, _: u64) -> Result<Ack, LinkError> {
        Ok(Ack::Applied)
    }
}
