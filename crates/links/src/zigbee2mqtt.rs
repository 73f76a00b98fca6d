//! The link to Zigbee locks through a Zigbee2MQTT, over MQTT 5.
//!
//! It finds the locks by what they expose, sends codes and operations, and passes on what happens. What it
//! does not do: pair devices, change a setting of Zigbee2MQTT (`expose_pin` above all, which puts codes
//! into MQTT messages), keep a schedule on a lock, or take any message as a reason to move a bolt.
//!
//! What the owner should know of this road, all of it Zigbee2MQTT's doing (2.14.1): it does not tell
//! whether a lock *refused* a code (its answer is not looked at), so that only reading back shows it; when a
//! write fails it publishes the failed command, with the code, on `bridge/logging`; whoever may publish
//! below the base topic can unlock. So give the broker TLS, a password for each user and an access list.
//!
//! From message to event: [`wire`] reads, [`desk`] decides what follows, this file carries it out.

mod ask;
mod broker;
mod config;
mod counters;
mod desk;
mod facts;
mod translate;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use access::{LockAddress, Pin, ReadBack};
use async_trait::async_trait;
use futures::SinkExt;
use futures::channel::mpsc;
use hub::ports::{
    Ack, Bolt, Clock, Ids, Link, LinkError, LinkEvent, Observed, Operation, SlotWrite, UnlockProof,
};
use jiff::Timestamp;
use rumqttc::Event;
use rumqttc::mqttbytes::v5::{Packet, Publish};
use zeroize::Zeroizing;

use ask::{Answer, Question, observed};
use broker::{Broken, Client};
use desk::{Desk, Out, View};
use wire::User;

pub use crate::gateway::ConfigError;
pub use config::{Tls, Z2mConfig};
pub use counters::Counts;

/// What an owner should read before a code goes this way; shown on the page where the link is set up.
/// Seen with Zigbee2MQTT 2.14.1.
pub const WORTH_KNOWING: [&str; 4] = [
    "Zigbee2MQTT keeps no schedules on a lock: codes with hours or an end work by being sent and removed, and end \
     only while the hub runs.",
    "Zigbee2MQTT does not say when a lock refuses a code; only reading it back shows it. Whether the right code is \
     there shows only with its device option expose_pin, which puts codes into MQTT messages.",
    "When a code cannot be delivered, Zigbee2MQTT publishes the failed command, with the code, on bridge/logging: \
     let nobody else read that topic.",
    "Whoever may publish to the broker below the base topic can unlock and can pretend to be the lock: give \
     every user a password of its own and an access list.",
];
/// Longest wait for any sign of a lock that was not heard since the connection came about.
const ALIVE_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for a slot that was asked for; Zigbee2MQTT itself gives up after about 10 s.
const READ_WAIT: Duration = Duration::from_secs(15);
/// Longest wait for the bolt to arrive.
const BOLT_WAIT: Duration = Duration::from_secs(10);
/// First and longest pause between attempts to connect.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long the answer of the broker to a stranger holds.
const STRANGER: Duration = Duration::from_secs(3600);
/// Messages waiting between the connection and the desk; when it is full the connection waits.
const INBOX: usize = 1024;

/// A link to one Zigbee2MQTT. Works until it is dropped; reconnects by itself.
///
/// Deadlines: a write 5 s, an operation 20 s, a read 55 s, beside the wait for a command before it to the
/// same lock.
pub struct Zigbee2Mqtt {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    name: String,
    config: Z2mConfig,
    client_id: String,
    clock: Arc<dyn Clock>,
    counters: Arc<counters::Counters>,
    desk: Mutex<Desk>,
    client: Mutex<Option<Client>>,
    /// One command at a time for each lock.
    gates: Mutex<BTreeMap<String, Arc<futures::lock::Mutex<()>>>>,
    events: mpsc::Sender<LinkEvent>,
}

impl Drop for Zigbee2Mqtt {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // nothing that is done under these locks can leave them half done
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Zigbee2Mqtt {
    /// Starts the link, on the running tokio runtime. `name` is the name of this link in every
    /// [`LockAddress`]; `events` is the hub's queue.
    ///
    /// # Errors
    /// [`ConfigError`] names the field of the configuration that is wrong. A broker that cannot be reached
    /// is no error here: it comes as [`LinkEvent::Down`], and the link goes on trying.
    pub fn start(
        name: &str,
        config: Z2mConfig,
        clock: Arc<dyn Clock>,
        ids: &dyn Ids,
        events: mpsc::Sender<LinkEvent>,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        let counters = Arc::new(counters::Counters::default());
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            client_id: format!("doorward-{}", ids.uuid().simple()),
            desk: Mutex::new(Desk::new(name.to_owned(), config.base_topic.clone(), counters.clone())),
            config,
            clock,
            counters,
            client: Mutex::new(None),
            gates: Mutex::new(BTreeMap::new()),
            events,
        });
        let task = tokio::spawn(keep_connected(shared.clone()));
        Ok(Self { shared, task })
    }

    /// Counts of messages, dropped messages and connections since the start.
    pub fn counts(&self) -> Counts {
        self.shared.counters.snapshot()
    }
}

/// Connects, again and again.
async fn keep_connected(shared: Arc<Shared>) {
    let mut pause = PAUSE.0;
    let mut last: Option<Broken> = None;
    let mut stranger_asked: Option<Duration> = None;
    loop {
        let broken = match shared.session(&mut stranger_asked).await {
            Ended::Gone => return,
            Ended::After(broken) => {
                pause = PAUSE.0;
                last = None;
                broken
            }
            Ended::Before(broken) => broken,
        };
        if broken.refused {
            counters::count(&shared.counters.refused);
        }
        if last.as_ref() != Some(&broken) {
            tracing::warn!(link = shared.name, why = broken.why, "Zigbee2MQTT cannot be reached");
            let out = held(&shared.desk).disconnected(&broken.why);
            if shared.carry_out(out).await.is_err() {
                return;
            }
            last = Some(broken);
        }
        shared.clock.sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// How a session ended.
enum Ended {
    /// It never came about.
    Before(Broken),
    /// It had come about.
    After(Broken),
    /// Nobody listens to the events any more.
    Gone,
}

/// The hub is gone.
struct NobodyListens;

impl Shared {
    /// One connection from beginning to end.
    async fn session(&self, stranger_asked: &mut Option<Duration>) -> Ended {
        let connection = match broker::connect(&self.config, &self.client_id).await {
            Ok(connection) => connection,
            Err(broken) => return Ended::Before(broken),
        };
        if let Err(broken) = self.refuse_open_broker(stranger_asked).await {
            return Ended::Before(broken);
        }
        counters::count(&self.counters.connections);
        tracing::info!(link = self.name, "connected to the broker");
        *held(&self.client) = Some(connection.client);
        let (inbox, messages) = tokio::sync::mpsc::channel::<Publish>(INBOX);
        let out = held(&self.desk).connected(self.clock.monotonic());
        let ended = tokio::select! {
            broken = listen(connection.events, inbox, &self.config) => Ended::After(broken),
            NobodyListens = self.work(out, messages) => Ended::Gone,
        };
        *held(&self.client) = None;
        ended
    }

    /// A broker that lets in everybody is not used unless the owner said so (threat A12 of the threat
    /// model: whoever reaches such a broker can unlock).
    async fn refuse_open_broker(&self, asked: &mut Option<Duration>) -> Result<(), Broken> {
        let now = self.clock.monotonic();
        if self.config.allow_anonymous || asked.is_some_and(|at| now.saturating_sub(at) < STRANGER) {
            return Ok(());
        }
        if broker::lets_anybody_in(&self.config, &format!("{}-stranger", self.client_id)).await {
            let why = "this broker lets in everybody without a password, so everybody can unlock: close it \
                       (allow_anonymous false in Mosquitto), or say expressly that an open broker is meant"
                .to_owned();
            return Err(Broken { why, refused: true });
        }
        *asked = Some(now);
        Ok(())
    }

    /// Takes messages and moments until nobody listens any more.
    async fn work(
        &self,
        first: Vec<Out>,
        mut messages: tokio::sync::mpsc::Receiver<Publish>,
    ) -> NobodyListens {
        let mut out = first;
        let mut second = self.clock.sleep(Duration::from_secs(1));
        loop {
            if self.carry_out(std::mem::take(&mut out)).await.is_err() {
                return NobodyListens;
            }
            tokio::select! {
                Some(message) = messages.recv() => {
                    let topic = String::from_utf8_lossy(&message.topic);
                    let now = self.clock.monotonic();
                    out = held(&self.desk).message(&topic, &message.payload, message.retain, now);
                }
                () = &mut second => {
                    out = held(&self.desk).tick(self.clock.monotonic());
                    second = self.clock.sleep(Duration::from_secs(1));
                }
            }
        }
    }

    async fn carry_out(&self, out: Vec<Out>) -> Result<(), NobodyListens> {
        let client = held(&self.client).clone();
        for out in out {
            match (out, &client) {
                (Out::Event(event), _) => {
                    self.events.clone().send(event).await.map_err(|_| NobodyListens)?;
                }
                (Out::Subscribe(topics), Some(client)) => client.subscribe(&topics).await,
                (Out::Unsubscribe(topics), Some(client)) => client.unsubscribe(&topics).await,
                (Out::Ask(topic, payload), Some(client)) => client.ask(&topic, &payload).await,
                (_, None) => (),
            }
        }
        Ok(())
    }

    /// The lock, if commands can be sent to it now.
    fn ready(&self, lock: &LockAddress) -> Result<View, LinkError> {
        let desk = held(&self.desk);
        if !desk.is_up() {
            return Err(LinkError::Unreachable("Zigbee2MQTT cannot be reached".into()));
        }
        let known = Some(lock).filter(|lock| lock.link == self.name).and_then(|lock| desk.view(&lock.key));
        known.ok_or_else(|| LinkError::Unreachable("Zigbee2MQTT does not know this lock".into()))
    }

    fn gate(&self, lock: &LockAddress) -> Arc<futures::lock::Mutex<()>> {
        held(&self.gates).entry(lock.key.clone()).or_default().clone()
    }

    async fn publish(&self, lock: &LockAddress, verb: &str, payload: &str) -> Result<(), LinkError> {
        let client = held(&self.client).clone();
        let client =
            client.ok_or_else(|| LinkError::Unreachable("the connection to the broker is gone".into()))?;
        client.publish(&format!("{}/{}/{verb}", self.config.base_topic, lock.key), payload).await
    }

    /// Registers a question, sends it, waits for its answer. `None`: no answer in time.
    async fn ask(
        &self,
        lock: &LockAddress,
        question: Question,
        messages: &[(&str, &str)],
        wait: Duration,
    ) -> Result<Option<Answer>, LinkError> {
        let answer = held(&self.desk)
            .ask(&lock.key, question)
            .ok_or_else(|| LinkError::Unexpected("too many questions are waiting".into()))?;
        for (verb, payload) in messages {
            self.publish(lock, verb, payload).await?;
        }
        tokio::select! {
            answer = answer => match answer {
                Ok(Answer::Failed(error)) => Err(error),
                Ok(answer) => Ok(Some(answer)),
                Err(_) => Err(LinkError::Unexpected("the question was lost".into())),
            },
            () = self.clock.sleep(wait) => Ok(None),
        }
    }

    /// No answer in time: the lock counts as out of reach until it is heard again.
    async fn silent(&self, lock: &LockAddress) -> LinkError {
        let out = held(&self.desk).silent(&lock.key);
        // the hub being gone is the event loop's business
        let _ = self.carry_out(out).await;
        LinkError::Unreachable("the lock did not answer in time".into())
    }

    async fn ask_user(&self, lock: &LockAddress, slot: u16) -> Result<(User, bool), LinkError> {
        let payload = format!(r#"{{"pin_code":{{"user":{slot}}}}}"#);
        let answer = self.ask(lock, Question::User(slot), &[("get", &payload)], READ_WAIT).await?;
        match answer {
            Some(Answer::User { user, repeated }) => Ok((user, repeated)),
            Some(_) => Err(LinkError::Unexpected("an answer to another question".into())),
            None => Err(self.silent(lock).await),
        }
    }
}

/// Takes what the broker sends until the connection breaks.
async fn listen(
    mut events: rumqttc::EventLoop,
    inbox: tokio::sync::mpsc::Sender<Publish>,
    config: &Z2mConfig,
) -> Broken {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(message))) => {
                if inbox.send(message).await.is_err() {
                    return Broken { why: "the link stopped".into(), refused: false };
                }
            }
            Ok(_) => (),
            Err(error) => return broker::broken(&error, config),
        }
    }
}

fn check_slot(view: &View, slot: u16) -> Result<(), LinkError> {
    let c = &view.capabilities;
    if c.slots == 0 {
        return Err(LinkError::Unsupported("no code can be sent to this model"));
    }
    let last = c.first_slot + c.slots - 1;
    if (c.first_slot..=last).contains(&slot) {
        return Ok(());
    }
    Err(LinkError::Rejected(format!(
        "slot {slot}: this lock takes codes in slots {} to {last}",
        c.first_slot
    )))
}

fn check_code(view: &View, pin: &Pin) -> Result<(), LinkError> {
    let code = view.capabilities.code;
    if (code.min..=code.max).contains(&pin.digits()) {
        return Ok(());
    }
    Err(LinkError::Rejected(format!("this lock takes codes of {} to {} digits", code.min, code.max)))
}

#[async_trait]
impl Link for Zigbee2Mqtt {
    async fn write_slot(&self, lock: &LockAddress, write: SlotWrite) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock)?;
        check_slot(&view, write.slot)?;
        check_code(&view, &write.pin)?;
        if !write.validity.is_empty() || write.not_after.is_some() || write.once {
            // sent without them the code would open for ever
            return Err(LinkError::Unsupported("it keeps no schedule and no end by itself"));
        }
        held(&self.shared.desk).writing(&lock.key, write.slot, self.shared.clock.monotonic());
        // the code goes as a text: as a number it would lose its leading zeros
        let payload = Zeroizing::new(format!(
            r#"{{"pin_code":{{"user":{},"user_type":"unrestricted","user_enabled":{},"pin_code":"{}"}}}}"#,
            write.slot,
            write.enabled,
            write.pin.expose()
        ));
        self.shared.publish(lock, "set", &payload).await?;
        Ok(Ack::Accepted)
    }

    async fn clear_slot(&self, lock: &LockAddress, slot: u16) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock)?;
        check_slot(&view, slot)?;
        held(&self.shared.desk).writing(&lock.key, slot, self.shared.clock.monotonic());
        let payload = format!(r#"{{"pin_code":{{"user":{slot},"pin_code":null}}}}"#);
        self.shared.publish(lock, "set", &payload).await?;
        Ok(Ack::Accepted)
    }

    async fn read_slot(
        &self,
        lock: &LockAddress,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> Result<Observed, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock)?;
        check_slot(&view, slot)?;
        if view.capabilities.read_back == ReadBack::Never {
            return Ok(Observed::Unreadable);
        }
        // what Zigbee2MQTT remembers must be known before an answer can be told from it
        let state = [("get", r#"{"state":""}"#)];
        if !view.heard && self.shared.ask(lock, Question::Alive, &state, ALIVE_WAIT).await?.is_none() {
            return Err(self.shared.silent(lock).await);
        }
        let pin = expected.as_ref().map(|write| &write.pin);
        let (user, repeated) = self.shared.ask_user(lock, slot).await?;
        let seen = observed(&user, pin);
        if repeated && seen == Observed::Empty {
            // *removed* is never said on a message that could be an old one: ask once more
            let (user, _) = self.shared.ask_user(lock, slot).await?;
            return Ok(observed(&user, pin));
        }
        Ok(seen)
    }

    async fn operate(
        &self,
        lock: &LockAddress,
        operation: Operation,
        _proof: UnlockProof,
    ) -> Result<Ack, LinkError> {
        let gate = self.shared.gate(lock);
        let _turn = gate.lock().await;
        let view = self.shared.ready(lock)?;
        let (target, payload) = match operation {
            Operation::Lock => (Bolt::Extended, r#"{"state":"LOCK"}"#),
            Operation::Unlock => (Bolt::Retracted, r#"{"state":"UNLOCK"}"#),
        };
        let change = view.bolt != Some(target);
        let mut messages = vec![("set", payload)];
        if !change {
            // a bolt that is there already moves nothing and reports nothing: ask where it is
            messages.push(("get", r#"{"state":""}"#));
        }
        let question = Question::Bolt { target, change };
        let answer = self.shared.ask(lock, question, &messages, BOLT_WAIT).await?;
        Ok(if answer.is_some() { Ack::Applied } else { Ack::Accepted })
    }

    /// Zigbee2MQTT keeps the locks' clocks itself, over the Zigbee time cluster.
    async fn set_clock(&self, _: &LockAddress, _: Timestamp, _: &str) -> Result<Ack, LinkError> {
        Ok(Ack::Applied)
    }

    /// These locks keep no sequenced log.
    async fn acknowledge(&self, _: &LockAddress, _: u32, _: u64) -> Result<Ack, LinkError> {
        Ok(Ack::Applied)
    }
}
