//! The desk: everything that is known of one Zigbee2MQTT and its locks, and what follows from a message.
//! Pure (no socket, no clock): messages and moments go in, events, subscriptions and questions come out. It
//! never lets a message cause a command to a bolt or to a code slot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use access::{Capabilities, LockAddress};
use futures::channel::oneshot;
use hub::ports::{Bolt, LinkError, LinkEvent, LockReport, RecordKind, RecordSource};

use crate::gateway;

use super::ask::{Answer, Ask, Heard, Question, failure};
use super::counters::{Counters, count};
use super::facts::{self, Exposed};
use super::translate;
use super::wire::{self, Device, Drop, LIMITS_ATTRIBUTES, LIMITS_PROPERTY, Limits, State, User};

/// Most locks behind one Zigbee2MQTT that are looked after.
const LOCKS_MAX: usize = 500;
/// Most questions waiting at once.
const ASKS_MAX: usize = 1000;
/// Zigbee2MQTT tells `online` at once to who subscribes; silence for so long means that it is not there.
const HELLO: Duration = Duration::from_secs(10);
/// A state that was asked for and did not come is asked for again after so long, then twice as long, ...
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// ... and after so many times the lock counts as out of reach.
const ASK_TIMES: u32 = 3;
/// A code change that the lock reports so soon after ours is ours.
const OWN_WRITE: Duration = Duration::from_secs(60);
/// Topics of Zigbee2MQTT itself, below the base topic. State first: it says whether the rest can be believed.
const BRIDGE_TOPICS: [&str; 4] = ["bridge/state", "bridge/info", "bridge/devices", "bridge/logging"];

/// What follows from a message.
#[derive(Debug)]
pub(super) enum Out {
    /// To the hub.
    Event(LinkEvent),
    /// Topics to subscribe to.
    Subscribe(Vec<String>),
    /// Topics no longer wanted.
    Unsubscribe(Vec<String>),
    /// A question to a lock: topic and payload. Never a command to a bolt or a code slot.
    Ask(String, String),
}

/// One lock.
struct Known {
    device: Device,
    definition: wire::Definition,
    exposed: Exposed,
    capabilities: Capabilities,
    limits: Option<Limits>,
    limits_asked: bool,
    /// Something was heard since the connection came about: from then on a change is a change.
    heard: bool,
    report: LockReport,
    users: BTreeMap<u16, User>,
    contact: Option<bool>,
    /// A state was asked for: when, and how often.
    asked: Option<(Duration, u32)>,
    own_writes: BTreeMap<u16, Duration>,
}

/// What the link needs to know of a lock before it sends something there.
pub(super) struct View {
    pub capabilities: Capabilities,
    pub bolt: Option<Bolt>,
    pub heard: bool,
}

/// The desk of one link.
pub(super) struct Desk {
    link: String,
    base: String,
    counters: Arc<Counters>,
    locks: BTreeMap<String, Known>,
    by_name: BTreeMap<String, String>,
    info: wire::Info,
    connected_at: Option<Duration>,
    online: Option<bool>,
    asks: Vec<Ask>,
}

impl Desk {
    pub(super) fn new(link: String, base: String, counters: Arc<Counters>) -> Self {
        Self {
            link,
            base,
            counters,
            locks: BTreeMap::new(),
            by_name: BTreeMap::new(),
            info: wire::Info::default(),
            connected_at: None,
            online: None,
            asks: Vec::new(),
        }
    }

    /// Whether commands can be sent.
    pub(super) fn is_up(&self) -> bool {
        self.connected_at.is_some() && self.online == Some(true)
    }

    pub(super) fn view(&self, key: &str) -> Option<View> {
        self.locks.get(key).map(|lock| View {
            capabilities: lock.capabilities.clone(),
            bolt: lock.report.bolt,
            heard: lock.heard,
        })
    }

    /// Notes that a slot is about to be written from here.
    pub(super) fn writing(&mut self, key: &str, slot: u16, now: Duration) {
        if let Some(lock) = self.locks.get_mut(key) {
            lock.own_writes.retain(|_, at| now.saturating_sub(*at) < OWN_WRITE);
            lock.own_writes.insert(slot, now);
        }
    }

    /// Registers a question. The answer comes over the channel; a dropped receiver withdraws the question.
    pub(super) fn ask(&mut self, key: &str, question: Question) -> Option<oneshot::Receiver<Answer>> {
        self.asks.retain(|ask| !ask.answer.is_canceled());
        let lock = self.locks.get(key).filter(|_| self.asks.len() < ASKS_MAX)?;
        let prior = match question {
            Question::User(slot) => lock.users.get(&slot).cloned(),
            _ => None,
        };
        let (answer, receiver) = oneshot::channel();
        self.asks.push(Ask { lock: key.to_owned(), question, prior, answer });
        Some(receiver)
    }

    /// The lock did not answer a question within its time.
    pub(super) fn silent(&mut self, key: &str) -> Vec<Out> {
        let mut out = Vec::new();
        self.contact(key, false, &mut out);
        out
    }

    /// The connection to the broker came about.
    pub(super) fn connected(&mut self, now: Duration) -> Vec<Out> {
        self.connected_at = Some(now);
        self.online = None;
        let mut topics: Vec<String> = BRIDGE_TOPICS.iter().map(|t| format!("{}/{t}", self.base)).collect();
        for lock in self.locks.values() {
            topics.extend(self.topics(&lock.device.friendly_name));
        }
        vec![Out::Subscribe(topics)]
    }

    /// The connection is gone.
    pub(super) fn disconnected(&mut self, why: &str) -> Vec<Out> {
        self.connected_at = None;
        self.down(why)
    }

    fn down(&mut self, why: &str) -> Vec<Out> {
        self.online = Some(false);
        for lock in self.locks.values_mut() {
            lock.heard = false;
            lock.contact = None;
            lock.asked = None;
            lock.limits_asked = false;
            lock.report = LockReport::default();
            lock.users.clear();
        }
        for ask in self.asks.drain(..) {
            let _ = ask.answer.send(Answer::Failed(LinkError::Unreachable(why.to_owned())));
        }
        vec![Out::Event(LinkEvent::Down { why: why.to_owned() })]
    }

    fn topics(&self, name: &str) -> [String; 2] {
        [format!("{}/{name}", self.base), format!("{}/{name}/availability", self.base)]
    }

    fn address(&self, key: &str) -> LockAddress {
        LockAddress { link: self.link.clone(), key: key.to_owned() }
    }

    /// Takes a message.
    pub(super) fn message(&mut self, topic: &str, payload: &[u8], retained: bool, now: Duration) -> Vec<Out> {
        count(&self.counters.received);
        let Some(rest) = topic.strip_prefix(self.base.as_str()).and_then(|rest| rest.strip_prefix('/'))
        else {
            count(&self.counters.unknown);
            return Vec::new();
        };
        let done = match rest {
            "bridge/state" => wire::online(payload).map(|online| self.bridge_state(online, now)),
            "bridge/info" => wire::info(payload).map(|info| self.bridge_info(info)),
            "bridge/devices" => wire::devices(payload).map(|devices| self.bridge_devices(devices, now)),
            "bridge/logging" => self.unless_retained(retained, |desk| desk.bridge_log(payload)),
            name => self.of_a_lock(name, payload, retained, now),
        };
        done.unwrap_or_else(|reason| {
            count(match reason {
                Drop::Oversized => &self.counters.oversized,
                Drop::Malformed => &self.counters.malformed,
            });
            Vec::new()
        })
    }

    /// What the broker kept for later is no news: it may be hours old, or planted.
    fn unless_retained(
        &mut self,
        retained: bool,
        take: impl FnOnce(&mut Self) -> Result<Vec<Out>, Drop>,
    ) -> Result<Vec<Out>, Drop> {
        if retained {
            count(&self.counters.retained);
            return Ok(Vec::new());
        }
        take(self)
    }

    fn of_a_lock(
        &mut self,
        name: &str,
        payload: &[u8],
        retained: bool,
        now: Duration,
    ) -> Result<Vec<Out>, Drop> {
        if let Some(key) = self.by_name.get(name).cloned() {
            return self
                .unless_retained(retained, |desk| Ok(desk.lock_state(&key, wire::state(payload)?, now)));
        }
        let key = name.strip_suffix("/availability").and_then(|name| self.by_name.get(name)).cloned();
        let Some(key) = key else {
            count(&self.counters.unknown);
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        // an empty message only clears what the broker kept, after a rename
        if !payload.is_empty() {
            let online = wire::online(payload)?;
            if self.is_up() {
                self.contact(&key, online, &mut out);
            }
        }
        Ok(out)
    }

    fn bridge_state(&mut self, online: bool, now: Duration) -> Vec<Out> {
        if self.online == Some(online) && online {
            return Vec::new();
        }
        if !online {
            return self.down("Zigbee2MQTT is not running");
        }
        self.online = Some(true);
        let mut out = vec![Out::Event(LinkEvent::Up)];
        let keys: Vec<String> = self.locks.keys().cloned().collect();
        for key in keys {
            out.extend(self.found(&key));
            self.ask_state(&key, now, &mut out);
        }
        out
    }

    fn bridge_info(&mut self, info: wire::Info) -> Vec<Out> {
        self.info = info;
        let keys: Vec<String> = self.locks.keys().cloned().collect();
        keys.iter().flat_map(|key| self.refresh(key)).collect()
    }

    /// Works out anew what a lock can do; tells the hub when that changed.
    fn refresh(&mut self, key: &str) -> Vec<Out> {
        let expose_pin = self.expose_pin(key);
        let Some(lock) = self.locks.get_mut(key) else { return Vec::new() };
        let new = facts::capabilities(&lock.device, &lock.definition, lock.exposed, lock.limits, expose_pin);
        if new == lock.capabilities {
            return Vec::new();
        }
        lock.capabilities = new;
        self.found(key)
    }

    fn expose_pin(&self, key: &str) -> bool {
        let own = self.info.config.devices.get(key).and_then(|options| options.expose_pin);
        own.or(self.info.config.device_options.expose_pin).unwrap_or(false)
    }

    fn found(&self, key: &str) -> Vec<Out> {
        let Some(lock) = self.locks.get(key).filter(|_| self.is_up()) else { return Vec::new() };
        vec![Out::Event(LinkEvent::Found {
            address: self.address(key),
            name: lock.device.friendly_name.clone(),
            model: format!("{} {}", lock.definition.vendor, lock.definition.model).trim().to_owned(),
            capabilities: lock.capabilities.clone(),
        })]
    }

    fn bridge_devices(&mut self, devices: Vec<Device>, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        let mut present = BTreeMap::new();
        for device in devices {
            let Some(definition) = device.definition.clone().filter(|_| !device.disabled) else { continue };
            let Some(exposed) = facts::exposed(&definition) else { continue };
            let own = device.friendly_name.starts_with("bridge/")
                || ["/set", "/get", "/availability"].iter().any(|end| device.friendly_name.ends_with(end));
            if !own && present.len() < LOCKS_MAX {
                present.insert(device.ieee_address.clone(), (device, definition, exposed));
            }
        }
        let gone: Vec<String> =
            self.locks.keys().filter(|key| !present.contains_key(*key)).cloned().collect();
        for key in gone {
            self.forget(&key, &mut out);
        }
        for (key, (device, definition, exposed)) in present {
            self.learn(key, device, definition, exposed, now, &mut out);
        }
        out
    }

    fn forget(&mut self, key: &str, out: &mut Vec<Out>) {
        if let Some(lock) = self.locks.remove(key) {
            self.by_name.remove(&lock.device.friendly_name);
            out.push(Out::Unsubscribe(self.topics(&lock.device.friendly_name).into()));
            out.push(Out::Event(LinkEvent::Lost { address: self.address(key) }));
        }
    }

    fn learn(
        &mut self,
        key: String,
        device: Device,
        definition: wire::Definition,
        exposed: Exposed,
        now: Duration,
        out: &mut Vec<Out>,
    ) {
        let name = device.friendly_name.clone();
        let old_name = self.locks.get(&key).map(|lock| lock.device.friendly_name.clone());
        if old_name.as_ref() != Some(&name) {
            if let Some(old) = &old_name {
                self.by_name.remove(old);
                out.push(Out::Unsubscribe(self.topics(old).into()));
            }
            self.by_name.insert(name.clone(), key.clone());
            out.push(Out::Subscribe(self.topics(&name).into()));
        }
        let limits = self.locks.get(&key).and_then(|lock| lock.limits);
        let capabilities = facts::capabilities(&device, &definition, exposed, limits, self.expose_pin(&key));
        if let Some(lock) = self.locks.get_mut(&key) {
            let same = lock.capabilities == capabilities && lock.definition == definition;
            (lock.device, lock.definition, lock.exposed) = (device, definition, exposed);
            lock.capabilities = capabilities;
            let renamed = old_name.as_ref() != Some(&name);
            if !same || renamed {
                out.extend(self.found(&key));
            }
            if renamed && self.is_up() {
                // whatever it said while it changed its name went unheard
                self.ask_state(&key, now, out);
            }
            return;
        }
        let lock = Known {
            device,
            definition,
            exposed,
            capabilities,
            limits: None,
            limits_asked: false,
            heard: false,
            report: LockReport::default(),
            users: BTreeMap::new(),
            contact: None,
            asked: None,
            own_writes: BTreeMap::new(),
        };
        self.locks.insert(key.clone(), lock);
        out.extend(self.found(&key));
        if self.is_up() {
            self.ask_state(&key, now, out);
        }
    }

    fn ask_state(&mut self, key: &str, now: Duration, out: &mut Vec<Out>) {
        let topic = format!("{}/{key}/get", self.base);
        if let Some(lock) = self.locks.get_mut(key) {
            let times = lock.asked.map_or(0, |(_, times)| times);
            lock.asked = Some((now, times + 1));
            out.push(Out::Ask(topic, r#"{"state":""}"#.to_owned()));
        }
    }

    fn contact(&mut self, key: &str, reachable: bool, out: &mut Vec<Out>) {
        let address = self.address(key);
        if let Some(lock) = self.locks.get_mut(key)
            && lock.contact != Some(reachable)
        {
            lock.contact = Some(reachable);
            out.push(Out::Event(LinkEvent::Contact { address, reachable, next: None }));
        }
    }

    fn lock_state(&mut self, key: &str, mut state: State, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        let Some(lock) = self.locks.get_mut(key).filter(|_| self.online == Some(true)) else { return out };
        let first = !std::mem::replace(&mut lock.heard, true);
        lock.asked = None;
        let happened = translate::action(&state);
        if first && happened.is_some() {
            // an event comes with the state remembered from before it
            state.lock_state = None;
        }
        let door_before = lock.report.door;
        let jam_before = lock.report.jammed;
        let news = gateway::news(&mut lock.report, translate::report(&state));
        let moved = news
            .as_ref()
            .is_some_and(|news| LockReport { signal: None, ..news.clone() } != LockReport::default());
        let answered = self.answer(key, &state, happened.is_some() || moved);
        if happened.is_some() || answered || (moved && !first) || !self.info.config.availability.enabled {
            self.contact(key, true, &mut out);
        }
        if let Some(happened) = happened {
            self.happened(key, happened, now, &mut out);
        }
        let door_changed = news.as_ref().is_some_and(|n| n.door.is_some() || n.jammed.is_some());
        if let (false, true, Some(door)) = (first, door_changed, state.door_state)
            && let Some(record) = translate::door_record(door)
            && !(record.kind == RecordKind::Jammed && jam_before == Some(true))
        {
            tracing::debug!(lock = key, before = ?door_before, "the door state tells of trouble");
            out.push(Out::Event(LinkEvent::Record { address: self.address(key), record }));
        }
        if let Some(report) = news {
            out.push(Out::Event(LinkEvent::Report { address: self.address(key), report }));
        }
        self.slots(key, &state, first, answered, &mut out);
        self.limits(key, &state, &mut out);
        out
    }

    fn answer(&mut self, key: &str, state: &State, has_cause: bool) -> bool {
        let heard = Heard { users: &state.users, bolt: state.lock_state.map(translate::bolt), has_cause };
        let mut answered = false;
        for ask in std::mem::take(&mut self.asks) {
            match Some(&ask).filter(|ask| ask.lock == key).and_then(|ask| ask.answered_by(&heard)) {
                Some(answer) => {
                    answered |= ask.question != Question::Alive;
                    let _ = ask.answer.send(answer);
                }
                None => self.asks.push(ask),
            }
        }
        answered
    }

    fn happened(&mut self, key: &str, happened: translate::Happened, now: Duration, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get(key) else { return };
        let slot = happened.record.slot;
        let own = happened.record.kind == RecordKind::CodeChanged
            && matches!(happened.record.source, RecordSource::Remote | RecordSource::Unknown)
            && slot
                .and_then(|slot| lock.own_writes.get(&slot))
                .is_some_and(|at| now.saturating_sub(*at) < OWN_WRITE);
        if own {
            return;
        }
        let address = self.address(key);
        out.push(Out::Event(LinkEvent::Record { address: address.clone(), record: happened.record }));
        if let (Some(slot), Some(taken)) = (slot, happened.slot_taken) {
            out.push(Out::Event(LinkEvent::Slot { address, slot, taken }));
        }
    }

    /// Slots that show something new without having been asked for from here.
    fn slots(&mut self, key: &str, state: &State, first: bool, answered: bool, out: &mut Vec<Out>) {
        let address = self.address(key);
        let Some(lock) = self.locks.get_mut(key) else { return };
        for (slot, user) in &state.users {
            let new = !lock.users.get(slot).is_some_and(|known| known.same(user));
            lock.users.insert(*slot, user.clone());
            let taken = match user.status {
                wire::UserStatus::Available => false,
                wire::UserStatus::Enabled | wire::UserStatus::Disabled => true,
                wire::UserStatus::Unknown => continue,
            };
            if new && !first && !answered {
                let address = address.clone();
                out.push(Out::Event(LinkEvent::Slot { address, slot: *slot, taken }));
            }
        }
    }

    fn limits(&mut self, key: &str, state: &State, out: &mut Vec<Out>) {
        let topic = format!("{}/{key}/set", self.base);
        let Some(lock) = self.locks.get_mut(key) else { return };
        match state.limits {
            Some(limits) if lock.limits != Some(limits) => {
                lock.limits = Some(limits);
                out.extend(self.refresh(key));
            }
            _ => (),
        }
        let Some(lock) = self.locks.get_mut(key) else { return };
        // what Zigbee2MQTT kept from before may lack the lock-out rule; a lock without one is asked once
        let known = lock.limits.is_some_and(|limits| limits.wrong_code_entry_limit.is_some());
        if lock.exposed.pin_code && !known && !lock.limits_asked {
            lock.limits_asked = true;
            let question = format!(
                r#"{{"read":{{"cluster":"closuresDoorLock","attributes":[{LIMITS_ATTRIBUTES}],"state_property":"{LIMITS_PROPERTY}"}}}}"#
            );
            out.push(Out::Ask(topic, question));
        }
    }

    fn bridge_log(&mut self, payload: &[u8]) -> Result<Vec<Out>, Drop> {
        let line = wire::log_line(payload)?;
        let mut out = Vec::new();
        if line.level != "error"
            || !line.message.contains("Publish '") && !line.message.contains("No converter")
        {
            return Ok(out);
        }
        let hit =
            self.by_name.iter().find_map(|(name, key)| Some((key.clone(), failure(&line.message, name)?)));
        // a name may also be given as the address, which is what commands from here use
        let hit = hit
            .or_else(|| self.locks.keys().find_map(|key| Some((key.clone(), failure(&line.message, key)?))));
        let Some((key, failure)) = hit else { return Ok(out) };
        for ask in std::mem::take(&mut self.asks) {
            let concerned = ask.lock == key
                && match ask.question {
                    Question::User(_) => (failure.verb, failure.key) == ("get", "pin_code"),
                    Question::Alive => (failure.verb, failure.key) == ("get", "state"),
                    Question::Bolt { .. } => failure.key == "state",
                };
            if concerned {
                let _ = ask.answer.send(Answer::Failed(failure.error.clone()));
            } else {
                self.asks.push(ask);
            }
        }
        if matches!(failure.error, LinkError::Unreachable(_)) {
            self.contact(&key, false, &mut out);
        }
        Ok(out)
    }

    /// What is due by now: states asked for that did not come, a Zigbee2MQTT that does not speak.
    pub(super) fn tick(&mut self, now: Duration) -> Vec<Out> {
        if self.online.is_none() && self.connected_at.is_some_and(|at| now.saturating_sub(at) >= HELLO) {
            return self.down(&format!(
                "the broker answers, but no Zigbee2MQTT speaks under the base topic {}: is it running, and \
                 may this user read there?",
                self.base
            ));
        }
        let due: Vec<(String, u32)> = self
            .locks
            .iter()
            .filter_map(|(key, lock)| {
                let (at, times) = lock.asked?;
                let wait = ASK_AGAIN * 2u32.pow(times.saturating_sub(1).min(5));
                (now.saturating_sub(at) >= wait).then(|| (key.clone(), times))
            })
            .collect();
        let mut out = Vec::new();
        for (key, times) in due {
            if times < ASK_TIMES {
                self.ask_state(&key, now, &mut out);
            } else {
                if let Some(lock) = self.locks.get_mut(&key) {
                    lock.asked = None;
                }
                self.contact(&key, false, &mut out);
            }
        }
        out
    }
}

#[cfg(test)]
#[path = "desk_test.rs"]
mod tests;
