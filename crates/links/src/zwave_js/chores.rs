//! The connection kept up, and what has to be asked because of what was heard: who is there, where the bolt is,
//! whether a silent lock answers, whether codes are as they were.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use hub::ports::LinkError;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::calls::{Answer, MEMORY_WAIT, RADIO_WAIT};
use super::counters::count;
use super::desk::{Chore, Out};
use super::facts::{self, Facts, Kind, Places, Remembered};
use super::slots::DoorState;
use super::socket::{self, Broken, Came, Inward, Outward};
use super::wire::{self, Incoming, Listening, Node, SCHEMA_MAX, SCHEMA_MIN, Version, class};
use super::{NobodyListens, Shared, held};

/// First and longest pause between attempts to connect.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// Longest wait for the greeting, and for the whole state.
const GREETING_WAIT: Duration = Duration::from_secs(10);
const STATE_WAIT: Duration = Duration::from_secs(60);
/// A sign of life is asked for this often; two without answer end the connection.
const PING: Duration = Duration::from_secs(15);
/// Events waiting between the connection and the desk; when it is full the connection waits.
const INBOX: usize = 1024;
/// Messages waiting to be sent.
const OUTBOX: usize = 256;
/// Most slots looked at in one sweep.
const SWEEP_MAX: u16 = 100;

/// Connects, again and again.
pub(super) async fn keep_connected(shared: Arc<Shared>) {
    let mut pause = PAUSE.0;
    let mut last: Option<Broken> = None;
    loop {
        let broken = match shared.session().await {
            Ended::Gone => return,
            Ended::After(broken) => {
                pause = PAUSE.0;
                last = None;
                broken
            }
            Ended::Before(broken) => broken,
        };
        shared.calls.disconnected();
        if broken.refused {
            count(&shared.counters.refused);
        }
        if last.as_ref() != Some(&broken) {
            tracing::warn!(link = shared.name, why = broken.why, "the Z-Wave JS server cannot be reached");
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

/// What a chore came to.
enum Done {
    Nothing,
    Out(Vec<Out>),
    /// The connection is of no use any more.
    Broken(Broken),
}

impl Shared {
    /// One connection from beginning to end.
    async fn session(&self) -> Ended {
        let (outward, mut inward) = match socket::connect(&self.config, self.clock.as_ref()).await {
            Ok(halves) => halves,
            Err(broken) => return Ended::Before(broken),
        };
        let version = match self.greeting(&mut inward).await {
            Ok(version) => version,
            Err(broken) => return Ended::Before(broken),
        };
        let schema = match schema(&version) {
            Ok(schema) => schema,
            Err(why) => return Ended::Before(Broken { why, refused: true }),
        };
        let (outbox, to_send) = tokio::sync::mpsc::channel::<String>(OUTBOX);
        self.calls.connected(outbox);
        let (inbox, events) = tokio::sync::mpsc::channel::<wire::Event>(INBOX);
        let started = std::sync::atomic::AtomicBool::new(false);
        let broken = tokio::select! {
            broken = self.listen(inward, inbox) => broken,
            broken = self.speak(outward, to_send) => broken,
            ended = self.work(schema, version.home_id, events, &started) => match ended {
                Some(broken) => broken,
                None => return Ended::Gone,
            },
        };
        self.calls.disconnected();
        if started.into_inner() { Ended::After(broken) } else { Ended::Before(broken) }
    }

    async fn greeting(&self, inward: &mut Inward) -> Result<Version, Broken> {
        let read = async {
            loop {
                if let Came::Text(text) = inward.next().await? {
                    return match wire::read(&text) {
                        Ok(Incoming::Version(version)) => Ok(version),
                        _ => Err(Broken { why: "this is no Z-Wave JS server".into(), refused: true }),
                    };
                }
            }
        };
        tokio::select! {
            read = read => read,
            () = self.clock.sleep(GREETING_WAIT) => {
                Err(Broken { why: "the server says nothing: is it a Z-Wave JS server?".into(), refused: false })
            }
        }
    }

    /// Takes what the server sends until the connection breaks.
    async fn listen(&self, mut inward: Inward, inbox: tokio::sync::mpsc::Sender<wire::Event>) -> Broken {
        let mut unheard = 0_u32;
        loop {
            let came = tokio::select! {
                came = inward.next() => came,
                () = self.clock.sleep(PING + PING / 2) => {
                    unheard += 1;
                    if unheard >= 2 {
                        return Broken { why: "the server no longer answers".into(), refused: false };
                    }
                    continue;
                }
            };
            unheard = 0;
            let text = match came {
                Ok(Came::Text(text)) => text,
                Ok(Came::Life) => continue,
                Err(broken) => return broken,
            };
            count(&self.counters.received);
            let event = match wire::read(&text) {
                Ok(Incoming::Answer { id, outcome }) => {
                    if !self.calls.answered(id, outcome) {
                        count(&self.counters.unasked);
                    }
                    continue;
                }
                Ok(Incoming::Event(raw)) => wire::event(raw),
                Ok(_) => continue,
                Err(reason) => Err(reason),
            };
            match event {
                Ok(event) => {
                    if inbox.send(event).await.is_err() {
                        return Broken { why: "the link stopped".into(), refused: false };
                    }
                }
                Err(reason) => self.dropped(reason),
            }
        }
    }

    fn dropped(&self, reason: wire::Drop) {
        count(match reason {
            wire::Drop::Oversized => &self.counters.oversized,
            wire::Drop::Malformed => &self.counters.malformed,
        });
    }

    /// Sends what is asked, and asks for signs of life.
    async fn speak(&self, mut outward: Outward, mut outbox: tokio::sync::mpsc::Receiver<String>) -> Broken {
        loop {
            let sent = tokio::select! {
                text = outbox.recv() => match text {
                    Some(text) => outward.text(text).await,
                    None => return Broken { why: "the link stopped".into(), refused: false },
                },
                () = self.clock.sleep(PING) => outward.ping().await,
            };
            if let Err(broken) = sent {
                return broken;
            }
        }
    }

    /// Starts to listen, then takes events, moments and finished chores. `None`: nobody listens any more.
    async fn work(
        &self,
        schema: u32,
        home: Option<u32>,
        mut events: tokio::sync::mpsc::Receiver<wire::Event>,
        started: &std::sync::atomic::AtomicBool,
    ) -> Option<Broken> {
        let body = format!(
            r#"{{"schemaVersion":{schema},"additionalUserAgentComponents":{{"doorward":"{}"}}}}"#,
            env!("CARGO_PKG_VERSION")
        );
        if let Err(error) = self.calls.ask(self.clock.as_ref(), "initialize", &body, GREETING_WAIT).await {
            let why = format!("the server refuses the handshake: {}", LinkError::from(error));
            return Some(Broken { why, refused: true });
        }
        let mut out = match self.full_state(home).await {
            Ok(out) => out,
            Err(broken) => return Some(broken),
        };
        started.store(true, std::sync::atomic::Ordering::Relaxed);
        count(&self.counters.connections);
        tracing::info!(link = self.name, schema, "connected to the Z-Wave JS server");
        let mut chores: FuturesUnordered<BoxFuture<'_, Done>> = FuturesUnordered::new();
        let mut second = self.clock.sleep(Duration::from_secs(1));
        loop {
            match self.carry_out(std::mem::take(&mut out)).await {
                Ok(new) => chores.extend(new.into_iter().map(|chore| self.chore(chore, home).boxed())),
                Err(NobodyListens) => return None,
            }
            tokio::select! {
                Some(event) = events.recv() => {
                    let took = held(&self.desk).event(event, self.clock.monotonic(), self.clock.now());
                    match took {
                        Ok(follows) => out = follows,
                        Err(reason) => self.dropped(reason),
                    }
                }
                Some(done) = chores.next() => match done {
                    Done::Nothing => {}
                    Done::Out(follows) => out = follows,
                    Done::Broken(broken) => return Some(broken),
                },
                () = &mut second => {
                    out = held(&self.desk).tick(self.clock.monotonic(), self.clock.now());
                    second = self.clock.sleep(Duration::from_secs(1));
                }
            }
        }
    }

    async fn full_state(&self, home: Option<u32>) -> Result<Vec<Out>, Broken> {
        let lost = |why: String| Broken { why, refused: false };
        let answer = self.calls.ask(self.clock.as_ref(), "start_listening", "{}", STATE_WAIT).await;
        let answer = answer.map_err(|error| {
            lost(format!("the server did not tell its state: {}", LinkError::from(error)))
        })?;
        let listening: Listening = serde_json::from_str(answer.text())
            .map_err(|_| lost("the server's state cannot be understood".to_owned()))?;
        let home = listening.state.controller.home_id.or(home).unwrap_or(0);
        Ok(held(&self.desk).listening(listening.state, home, self.clock.monotonic()))
    }

    async fn chore(&self, chore: Chore, home: Option<u32>) -> Done {
        match chore {
            Chore::Describe(node) => self.describe(&node).await,
            Chore::Refresh(node) => self.refresh(node).await,
            Chore::AskState(node) => self.ask_state(node).await,
            Chore::Ping(node) => self.ping(node).await,
            Chore::Check(node) => self.check(node).await,
            Chore::Sweep(node) => self.sweep(node).await,
            Chore::Resync => match self.full_state(home).await {
                Ok(out) => Done::Out(out),
                Err(broken) => Done::Broken(broken),
            },
            Chore::Pair(ask) => {
                self.pair_ask(ask).await;
                Done::Nothing
            }
        }
    }

    async fn ping(&self, node: u16) -> Done {
        #[derive(Deserialize)]
        struct Told {
            responded: bool,
        }
        let _turn = self.asking.acquire().await;
        let body = format!(r#"{{"nodeId":{node}}}"#);
        let answer = self.calls.ask(self.clock.as_ref(), "node.ping", &body, RADIO_WAIT).await;
        let told = answer.ok().and_then(|answer| answer.read::<Told>().ok());
        if told.is_some_and(|told| told.responded) {
            Done::Out(held(&self.desk).heard(node, self.clock.now()))
        } else {
            Done::Nothing
        }
    }

    async fn refresh(&self, node: u16) -> Done {
        #[derive(Deserialize)]
        struct Told {
            state: Node,
        }
        let body = format!(r#"{{"nodeId":{node}}}"#);
        let answer = self.calls.ask(self.clock.as_ref(), "node.get_state", &body, MEMORY_WAIT).await;
        let told = answer.ok().and_then(|answer| answer.read::<Told>().ok());
        match told {
            // the short state has no values and no list of classes
            Some(told) if !told.state.endpoints.is_empty() => self.describe(&told.state).await,
            _ => Done::Nothing,
        }
    }

    /// What the driver remembers of the node's interview. Costs no radio.
    async fn describe(&self, node: &Node) -> Done {
        let Some((endpoint, kind)) = facts::lock_endpoint(node) else { return Done::Nothing };
        match self.remember(node, endpoint, kind).await {
            Ok(told) => {
                let facts = facts::facts(node, endpoint, kind, &told);
                let (now, wall) = (self.clock.monotonic(), self.clock.now());
                Done::Out(held(&self.desk).described(node, facts, now, wall))
            }
            Err(error) => {
                tracing::warn!(link = self.name, node = node.node_id, %error, "a lock could not be described");
                Done::Nothing
            }
        }
    }

    async fn remember(&self, node: &Node, endpoint: u8, kind: Kind) -> Result<Remembered, LinkError> {
        let value = |class: u16, property: &'static str| self.value(node.node_id, endpoint, class, property);
        let (bolt, door) = (
            value(class::DOOR_LOCK, "boltSupported").await?,
            value(class::DOOR_LOCK, "doorSupported").await?,
        );
        let mut told = Remembered {
            bolt: bolt.unwrap_or_else(|| has(node, endpoint, "boltStatus")),
            door: door.unwrap_or_else(|| has(node, endpoint, "doorStatus")),
            auto_relock: value(class::DOOR_LOCK, "autoRelockSupported").await?.unwrap_or(false),
            ..Remembered::default()
        };
        if kind == Kind::Keyless {
            return Ok(told);
        }
        self.users_and_codes(node, endpoint, &mut told).await?;
        let sum = match kind {
            Kind::Credential => (class::USER_CREDENTIAL, "supportsAllUsersChecksum"),
            _ => (class::USER_CODE, "supportsUserCodeChecksum"),
        };
        told.checksum = value(sum.0, sum.1).await?.unwrap_or(false);
        if kind == Kind::Code {
            let states = node.values.iter().find(|value| !value.states.is_empty());
            told.statuses = states.map(|value| value.states.clone()).unwrap_or_default();
            if facts::offers(node, endpoint, class::SCHEDULE_ENTRY_LOCK) {
                told.places = Places {
                    week_day: self.places(node, endpoint, "numWeekDaySlots").await?,
                    year_day: self.places(node, endpoint, "numYearDaySlots").await?,
                    daily: self.places(node, endpoint, "numDailyRepeatingSlots").await?,
                };
            }
        }
        Ok(told)
    }

    async fn places(&self, node: &Node, endpoint: u8, property: &'static str) -> Result<u8, LinkError> {
        let places = self.value(node.node_id, endpoint, class::SCHEDULE_ENTRY_LOCK, property).await?;
        Ok(places.unwrap_or(0))
    }

    async fn users_and_codes(
        &self,
        node: &Node,
        endpoint: u8,
        told: &mut Remembered,
    ) -> Result<(), LinkError> {
        #[derive(Deserialize)]
        struct Told<T> {
            capabilities: T,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Users {
            max_users: u16,
            #[serde(default)]
            supported_user_types: Vec<u8>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Credentials {
            #[serde(default)]
            supported_credential_types: std::collections::BTreeMap<String, Credential>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Credential {
            number_of_credential_slots: u16,
            min_credential_length: u8,
            max_credential_length: u8,
        }
        let body = format!(r#"{{"nodeId":{},"endpoint":{endpoint}}}"#, node.node_id);
        let ask = async |command: &str| -> Result<Answer, LinkError> {
            let command = format!("endpoint.access_control.{command}");
            Ok(self.calls.ask(self.clock.as_ref(), &command, &body, MEMORY_WAIT).await?)
        };
        let users: Told<Users> = ask("get_user_capabilities_cached").await?.read()?;
        let codes: Told<Credentials> = ask("get_credential_capabilities_cached").await?.read()?;
        told.users = users.capabilities.max_users;
        told.user_types = users.capabilities.supported_user_types;
        // type 1 is a PIN; a lock that takes letters as well has type 2 in its place, which takes digits too
        let types = &codes.capabilities.supported_credential_types;
        if let Some(pin) = types.get("1") {
            told.code = Some((pin.min_credential_length, pin.max_credential_length));
            told.slots = pin.number_of_credential_slots;
        }
        Ok(())
    }

    /// A value that the driver remembers.
    async fn value<T: serde::de::DeserializeOwned>(
        &self,
        node: u16,
        endpoint: u8,
        class: u16,
        property: &'static str,
    ) -> Result<Option<T>, LinkError> {
        #[derive(Deserialize)]
        struct Told {
            value: Option<Box<RawValue>>,
        }
        let body = format!(
            r#"{{"nodeId":{node},"valueId":{{"commandClass":{class},"endpoint":{endpoint},"property":"{property}"}}}}"#
        );
        let told: Told =
            self.calls.ask(self.clock.as_ref(), "node.get_value", &body, MEMORY_WAIT).await?.read()?;
        Ok(told.value.and_then(|raw| serde_json::from_str(raw.get()).ok()))
    }

    fn facts_of(&self, node: u16) -> Option<(String, Facts)> {
        let mut desk = held(&self.desk);
        let key = desk.key_of(node)?;
        let facts = desk.lock_mut(&key)?.facts.clone();
        Some((key, facts))
    }

    async fn ask_state(&self, node: u16) -> Done {
        #[derive(Deserialize)]
        struct Told {
            response: Option<DoorState>,
        }
        let Some((key, facts)) = self.facts_of(node) else { return Done::Nothing };
        let _turn = self.asking.acquire().await;
        if self.spend(&key, false).await.is_err() {
            return Done::Nothing;
        }
        let body = format!(
            r#"{{"nodeId":{node},"endpoint":{},"commandClass":{},"methodName":"get","args":[]}}"#,
            facts.endpoint,
            class::DOOR_LOCK
        );
        let answer = self.exchange(&key, "endpoint.invoke_cc_api", &body).await;
        match answer.and_then(|answer| answer.read::<Option<Told>>()) {
            Ok(Some(Told { response: Some(state) })) => {
                Done::Out(held(&self.desk).state_told(node, &state, self.clock.now()))
            }
            Ok(_) => {
                self.silent(&key).await;
                Done::Nothing
            }
            // who did not answer was marked as out of reach where it was noticed
            Err(_) => Done::Nothing,
        }
    }

    async fn check(&self, node: u16) -> Done {
        let Some((key, facts)) = self.facts_of(node) else { return Done::Nothing };
        let _turn = self.asking.acquire().await;
        let sum = self.checksum(&key, &facts).await.ok();
        Done::Out(held(&self.desk).checked(node, sum, self.clock.monotonic()))
    }

    /// Looks whether each slot is taken, one by one: the codes are not as they were.
    async fn sweep(&self, node: u16) -> Done {
        let Some((key, facts)) = self.facts_of(node) else { return Done::Nothing };
        let address = access::LockAddress { link: self.name.clone(), key: key.clone() };
        let mut out = Vec::new();
        let _asking = self.asking.acquire().await;
        for slot in facts::FIRST_SLOT..=facts.users.min(SWEEP_MAX) {
            let gate = self.gate(&address);
            let _turn = gate.lock().await;
            let Ok(view) = self.ready(&address, slot) else { break };
            match self.read(&key, &view, slot, None).await {
                Ok(hub::ports::Observed::Empty) => out.extend(held(&self.desk).swept(node, slot, false)),
                Ok(_) => out.extend(held(&self.desk).swept(node, slot, true)),
                Err(_) => break,
            }
        }
        Done::Out(out)
    }
}

fn has(node: &Node, endpoint: u8, property: &str) -> bool {
    node.values.iter().any(|value| {
        value.class == class::DOOR_LOCK
            && value.endpoint == endpoint
            && value.property.text() == property
            && value.value != wire::Scalar::None
    })
}

/// The schema to speak, or why there is none.
fn schema(version: &Version) -> Result<u32, String> {
    if version.max_schema_version < SCHEMA_MIN {
        return Err(format!(
            "this Z-Wave JS server ({}) speaks schema {} at most, and users and credentials came with schema \
             {SCHEMA_MIN}: update it",
            version.server_version.chars().take(20).collect::<String>(),
            version.max_schema_version
        ));
    }
    if version.min_schema_version > SCHEMA_MAX {
        return Err(format!(
            "this Z-Wave JS server speaks schema {} at least, Doorward {SCHEMA_MAX} at most: update Doorward",
            version.min_schema_version
        ));
    }
    Ok(version.max_schema_version.min(SCHEMA_MAX))
}

#[cfg(test)]
mod tests {
    use super::schema;
    use crate::zwave_js::wire::Version;

    #[test]
    fn an_older_server_is_refused_with_the_reason() {
        let version = |min, max| Version {
            server_version: "1.40.0".into(),
            driver_version: "15".into(),
            home_id: None,
            min_schema_version: min,
            max_schema_version: max,
        };
        assert_eq!(schema(&version(0, 48)), Ok(48));
        assert_eq!(schema(&version(0, 50)), Ok(50));
        assert_eq!(schema(&version(0, 77)), Ok(50));
        assert!(schema(&version(0, 47)).unwrap_err().contains("schema 47 at most"));
        assert!(schema(&version(51, 60)).unwrap_err().contains("update Doorward"));
    }
}
