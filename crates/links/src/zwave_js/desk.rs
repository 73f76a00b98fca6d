//! The desk: everything that is known of one Z-Wave network and its locks, and what follows from an event. Pure
//! (no socket, no clock): events and moments go in, events for the hub and chores come out. It never lets an
//! event cause a command to a bolt or to a code slot.

mod hands;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::LockAddress;
use hub::ports::{Bolt, LinkEvent, LockRecord, LockReport, RecordKind};
use jiff::{SignedDuration, Timestamp};

use crate::gateway;

use super::facts::{self, Facts};
use super::known::Known;
use super::pairing::Pair;
use super::translate::{self, BoltValues, Means};
use super::wire::{self, Changed, Drop, Event, Node, Notified, Statistics, Value, class};

/// Most locks behind one server that are looked after.
const LOCKS_MAX: usize = 500;
/// The end of an interview so soon after its node was ready belongs to it.
const JUST: Duration = Duration::from_secs(10);
/// Waits before a silent lock is pinged: a lock that came back is noticed within 20 s, and after half an hour of
/// silence within two minutes. A lock that is out of reach does not spend battery on a ping.
const PINGS: [(u32, Duration); 3] =
    [(3, Duration::from_secs(5)), (90, Duration::from_secs(20)), (u32::MAX, Duration::from_secs(120))];
/// A lock that sleeps is expected so much later than it said.
const WAKE_GRACE: SignedDuration = SignedDuration::from_secs(60);

/// Driver's word for what a node does.
mod status {
    pub(super) const ASLEEP: u8 = 1;
    pub(super) const DEAD: u8 = 3;
}

/// What follows from an event.
#[derive(Debug)]
pub(super) enum Out {
    /// To the hub.
    Event(LinkEvent),
    /// Something to ask the server or a lock; never a command.
    Chore(Chore),
}

/// Something to ask.
#[derive(Debug)]
pub(super) enum Chore {
    /// What the driver remembers of the node's interview.
    Describe(Box<Node>),
    /// The node's state anew, then as above.
    Refresh(u16),
    /// Where the bolt is.
    AskState(u16),
    /// Whether the node answers.
    Ping(u16),
    /// The checksum over its codes.
    Check(u16),
    /// Whether each slot is taken: only after a checksum that is not as it was.
    Sweep(u16),
    /// The whole state anew: the driver started again.
    Resync,
    /// What a pairing needs.
    Pair(super::pairing::Ask),
}

/// What the link needs to know of a lock before it sends something there.
pub(super) struct View {
    pub facts: Facts,
    pub bolt: Option<Bolt>,
    pub asleep: bool,
    pub clean: bool,
    pub all_empty: bool,
    pub may_ask_empty: bool,
}

/// The desk of one link.
pub(super) struct Desk {
    link: String,
    pub home: u32,
    up: bool,
    locks: BTreeMap<u16, Known>,
    by_key: BTreeMap<String, u16>,
    /// Nodes that were described because they became ready: the end of the same interview is no news.
    ready: BTreeMap<u16, Duration>,
    pub pair: Pair,
}

impl Desk {
    pub(super) fn new(link: String) -> Self {
        Self {
            link,
            home: 0,
            up: false,
            locks: BTreeMap::new(),
            by_key: BTreeMap::new(),
            ready: BTreeMap::new(),
            pair: Pair::default(),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.up
    }

    pub(super) fn view(&self, key: &str, slot: u16, now: Duration) -> Option<View> {
        let lock = self.locks.get(self.by_key.get(key)?)?;
        Some(View {
            facts: lock.facts.clone(),
            bolt: lock.report.bolt,
            asleep: lock.asleep,
            clean: lock.clean.contains(&slot),
            all_empty: lock.is_surely_empty(slot, now),
            may_ask_empty: lock.facts.checksum && !lock.empty_asked,
        })
    }

    pub(super) fn lock_mut(&mut self, key: &str) -> Option<&mut Known> {
        self.locks.get_mut(self.by_key.get(key)?)
    }

    fn address(&self, key: &str) -> LockAddress {
        LockAddress { link: self.link.clone(), key: key.to_owned() }
    }

    /// The connection came about and the whole state was told.
    pub(super) fn listening(&mut self, state: wire::FullState, home: u32, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        if self.home != home {
            // another stick, another network: the numbers mean other devices
            let nodes: Vec<u16> = self.locks.keys().copied().collect();
            nodes.into_iter().for_each(|node| self.forget(node, &mut out));
            self.home = home;
        }
        if !self.up {
            self.up = true;
            out.push(Out::Event(LinkEvent::Up));
        }
        let present: BTreeSet<u16> = state.nodes.iter().map(|node| node.node_id).collect();
        let gone: Vec<u16> = self.locks.keys().filter(|node| !present.contains(node)).copied().collect();
        gone.into_iter().for_each(|node| self.forget(node, &mut out));
        for node in state.nodes {
            self.node(node, now, &mut out);
        }
        out
    }

    /// The connection is gone.
    pub(super) fn disconnected(&mut self, why: &str) -> Vec<Out> {
        self.up = false;
        for lock in self.locks.values_mut() {
            lock.contact = None;
            lock.report = LockReport::default();
            lock.bolt = BoltValues::default();
            lock.ping = None;
            lock.all_empty = None;
            lock.empty_asked = false;
            lock.check.under_way = false;
            // somebody may have changed codes meanwhile: look soon after the return
            lock.check.due = Some(Duration::ZERO);
        }
        let mut out = vec![Out::Event(LinkEvent::Down { why: why.to_owned() })];
        if let Some(state) = self.pair.lost() {
            out.push(Out::Event(LinkEvent::Pairing(state)));
        }
        out
    }

    fn node(&mut self, node: Node, _now: Duration, out: &mut Vec<Out>) {
        if facts::lock_endpoint(&node).is_none() || !node.ready {
            return;
        }
        if self.locks.len() < LOCKS_MAX || self.locks.contains_key(&node.node_id) {
            out.push(Out::Chore(Chore::Describe(Box::new(node))));
        }
    }

    fn forget(&mut self, node: u16, out: &mut Vec<Out>) {
        if let Some(lock) = self.locks.remove(&node) {
            self.by_key.remove(&lock.key);
            out.push(Out::Event(LinkEvent::Lost { address: self.address(&lock.key) }));
        }
    }

    /// A node was described: it is a lock, with these facts and values.
    pub(super) fn described(
        &mut self,
        node: &Node,
        facts: Facts,
        now: Duration,
        wall: Timestamp,
    ) -> Vec<Out> {
        let mut out = Vec::new();
        let key = facts.key(self.home);
        if self.locks.get(&node.node_id).is_some_and(|old| old.key != key) {
            // another device under the same number
            self.forget(node.node_id, &mut out);
        }
        let masked = self.locks.get(&node.node_id).is_some_and(|old| old.masked);
        let told = facts.capabilities(masked);
        let (name, model) = (facts.name.clone(), facts.model.clone());
        let new = !self.locks.contains_key(&node.node_id);
        let lock = self.locks.entry(node.node_id).or_insert_with(|| Known::new(&key, &facts, now));
        (lock.facts, lock.told) = (facts, told.clone());
        lock.asleep = lock.facts.sleeps && node.status == status::ASLEEP;
        self.by_key.insert(key.clone(), node.node_id);
        let address = self.address(&key);
        let event = LinkEvent::Found { address: address.clone(), name, model, capabilities: told };
        out.push(Out::Event(event));
        if let Some(state) = self.pair.found(node.node_id, &key) {
            out.push(Out::Event(LinkEvent::Pairing(state)));
        }
        if new {
            tracing::info!(link = self.link, node = node.node_id, "a Z-Wave lock");
        }
        self.first_values(node, wall, &mut out);
        out
    }

    /// Values that were true when the driver last heard them. Where the bolt is, is asked anew: the driver may
    /// have been away since.
    fn first_values(&mut self, node: &Node, wall: Timestamp, out: &mut Vec<Out>) {
        let id = node.node_id;
        let Some(lock) = self.locks.get_mut(&id) else { return };
        let mut report = LockReport { firmware: lock.facts.firmware.clone(), ..LockReport::default() };
        for value in node.values.iter().filter(|value| value.endpoint == lock.facts.endpoint) {
            match translate::value(value.class, &value.property, value.key.as_ref(), &value.value) {
                Means::Report(told) if value.class == class::BATTERY => {
                    report.battery_percent = told.battery_percent.or(report.battery_percent);
                    report.battery_low = told.battery_low.or(report.battery_low);
                }
                Means::WakeUp(seconds) => lock.wake_up_s = Some(seconds),
                Means::AutoRelock(seconds) => lock.auto_relock = Some(seconds),
                Means::Slot(slot, Some(status)) => {
                    lock.statuses.insert(slot, status);
                }
                _ => {}
            }
        }
        let (asleep, dead) = (lock.asleep, node.status == status::DEAD);
        if dead {
            lock.ping = Some((0, Duration::ZERO));
        }
        self.tell(id, report, out);
        if asleep || dead {
            self.contact(id, false, wall, out);
        } else {
            out.push(Out::Chore(Chore::AskState(id)));
        }
    }

    fn tell(&mut self, node: u16, report: LockReport, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get_mut(&node) else { return };
        if let Some(report) = gateway::news(&mut lock.report, report) {
            let address = LockAddress { link: self.link.clone(), key: lock.key.clone() };
            out.push(Out::Event(LinkEvent::Report { address, report }));
        }
    }

    /// The lock was heard, or did not answer.
    fn contact(&mut self, node: u16, reachable: bool, wall: Timestamp, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get_mut(&node) else { return };
        if reachable {
            lock.ping = None;
        }
        if lock.contact == Some(reachable) {
            return;
        }
        let came_back = reachable && lock.contact == Some(false);
        lock.contact = Some(reachable);
        if !reachable {
            // nothing is known of a bolt that nobody can ask
            lock.bolt = BoltValues::default();
            (lock.report.bolt, lock.report.door) = (None, None);
        }
        let wait = lock.wake_up_s.filter(|_| !reachable && lock.asleep);
        let next = wait.and_then(|s| {
            let wait = SignedDuration::from_secs(i64::from(s));
            wall.saturating_add(wait + WAKE_GRACE).ok()
        });
        let address = LockAddress { link: self.link.clone(), key: lock.key.clone() };
        out.push(Out::Event(LinkEvent::Contact { address, reachable, next }));
        if came_back {
            out.push(Out::Chore(Chore::AskState(node)));
        }
    }

    /// The lock did not answer in time.
    pub(super) fn silent(&mut self, key: &str, wall: Timestamp, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        if let Some(node) = self.by_key.get(key).copied() {
            self.start_pings(node, now);
            self.contact(node, false, wall, &mut out);
        }
        out
    }

    /// Nothing more is sent to the lock for so long; then it is asked for like one that fell silent.
    pub(super) fn rests(&mut self, key: &str, wait: Duration, wall: Timestamp, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        if let Some(node) = self.by_key.get(key).copied() {
            if let Some(lock) = self.locks.get_mut(&node) {
                lock.ping = Some((0, now + wait));
            }
            self.contact(node, false, wall, &mut out);
        }
        out
    }

    /// The lock answered a ping.
    pub(super) fn heard(&mut self, node: u16, wall: Timestamp) -> Vec<Out> {
        let mut out = Vec::new();
        self.contact(node, true, wall, &mut out);
        out
    }

    fn start_pings(&mut self, node: u16, now: Duration) {
        if let Some(lock) = self.locks.get_mut(&node).filter(|lock| lock.ping.is_none() && !lock.facts.sleeps)
        {
            lock.ping = Some((0, now + PINGS[0].1));
        }
    }

    /// Takes an event.
    pub(super) fn event(&mut self, event: Event, now: Duration, wall: Timestamp) -> Result<Vec<Out>, Drop> {
        let mut out = Vec::new();
        match (event.source.as_str(), event.node_id) {
            ("driver", _) if event.event == "driver ready" => out.push(Out::Chore(Chore::Resync)),
            ("controller", _) => self.of_the_network(&event, now, wall, &mut out)?,
            ("node", Some(node)) => self.of_a_node(node, &event, now, wall, &mut out)?,
            _ => {}
        }
        Ok(out)
    }

    fn of_the_network(
        &mut self,
        event: &Event,
        now: Duration,
        wall: Timestamp,
        out: &mut Vec<Out>,
    ) -> Result<(), Drop> {
        let node: Option<Node> = event.node.as_deref().map(wire::part).transpose()?;
        let name =
            node.as_ref().and_then(|node| self.locks.get(&node.node_id)).map(|lock| lock.facts.name.clone());
        for step in self.pair.event(event, node.as_ref(), name, now, wall) {
            out.push(match step {
                super::pairing::Step::Told(state) => Out::Event(LinkEvent::Pairing(state)),
                super::pairing::Step::Ask(ask) => Out::Chore(Chore::Pair(ask)),
            });
        }
        if let ("node removed", Some(node)) = (event.event.as_str(), &node) {
            self.forget(node.node_id, out);
        }
        Ok(())
    }

    fn of_a_node(
        &mut self,
        node: u16,
        event: &Event,
        now: Duration,
        wall: Timestamp,
        out: &mut Vec<Out>,
    ) -> Result<(), Drop> {
        match (event.event.as_str(), &event.args) {
            ("ready", _) => {
                if let Some(state) = &event.node_state {
                    self.ready.insert(node, now);
                    self.node(wire::part(state)?, now, out);
                }
                return Ok(());
            }
            // what it can do may have changed, or a device came whose first interview failed
            ("interview completed", _) => {
                let just_ready = self.ready.remove(&node).is_some_and(|at| now.saturating_sub(at) < JUST);
                if !just_ready {
                    out.push(Out::Chore(Chore::Refresh(node)));
                }
                return Ok(());
            }
            _ if !self.locks.contains_key(&node) => return Ok(()),
            ("dead", _) => {
                self.start_pings(node, now);
                self.contact(node, false, wall, out);
            }
            ("alive", _) => self.contact(node, true, wall, out),
            ("wake up", _) => {
                self.asleep(node, false);
                self.contact(node, true, wall, out);
            }
            ("sleep", _) => {
                self.asleep(node, true);
                self.contact(node, false, wall, out);
            }
            ("value updated" | "value added", Some(args)) => {
                let value: Value = wire::part(args)?;
                self.value(node, &value, now, wall, out);
            }
            ("notification", Some(args)) if event.cc_id == Some(class::NOTIFICATION) => {
                let told: Notified = wire::part(args)?;
                self.contact(node, true, wall, out);
                self.notified(node, &told, now, out);
            }
            ("statistics updated", _) => self.heard_how(node, event.statistics.as_ref(), out),
            (kind, Some(args)) if kind.starts_with("user ") || kind.starts_with("credential ") => {
                let changed: Changed = wire::part(args)?;
                self.contact(node, true, wall, out);
                self.user_changed(node, kind, &changed, now, out);
            }
            _ => {}
        }
        Ok(())
    }

    fn asleep(&mut self, node: u16, asleep: bool) {
        if let Some(lock) = self.locks.get_mut(&node) {
            lock.asleep = asleep && lock.facts.sleeps;
        }
    }

    fn heard_how(&mut self, node: u16, statistics: Option<&Statistics>, out: &mut Vec<Out>) {
        // 125 and above stand for *not known*
        let rssi = statistics.and_then(|it| it.rssi).filter(|rssi| (-130.0..0.0).contains(rssi));
        if let Some(rssi) = rssi {
            let signal = Some(format!("{rssi:.0} dBm"));
            self.tell(node, LockReport { signal, ..LockReport::default() }, out);
        }
    }

    fn value(&mut self, node: u16, value: &Value, now: Duration, wall: Timestamp, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get_mut(&node) else { return };
        if value.endpoint != lock.facts.endpoint {
            return;
        }
        let means = translate::value(value.class, &value.property, value.key.as_ref(), &value.value);
        match means {
            Means::Mode(mode) => self.bolt(node, |bolt| bolt.mode = mode.or(bolt.mode), wall, out),
            Means::BoltOut(bolt_out) => self.bolt(node, |bolt| bolt.out = bolt_out.or(bolt.out), wall, out),
            Means::Report(report) => {
                self.contact(node, true, wall, out);
                self.tell(node, report, out);
            }
            Means::Began(report, record) => {
                self.contact(node, true, wall, out);
                self.tell(node, report, out);
                self.record(node, record, out);
            }
            Means::Slot(slot, Some(status)) => self.slot_status(node, slot, status, now, out),
            Means::WakeUp(seconds) => lock.wake_up_s = Some(seconds),
            Means::AutoRelock(seconds) => lock.auto_relock = Some(seconds),
            Means::Slot(_, None) | Means::Nothing => {}
        }
    }

    fn bolt(&mut self, node: u16, change: impl FnOnce(&mut BoltValues), wall: Timestamp, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get_mut(&node) else { return };
        change(&mut lock.bolt);
        let bolt = lock.bolt.bolt();
        // a bolt that went all the way is no longer jammed
        let free = matches!(bolt, Some(Bolt::Extended | Bolt::Retracted)) && lock.report.jammed == Some(true);
        self.contact(node, true, wall, out);
        self.tell(node, LockReport { bolt, jammed: free.then_some(false), ..LockReport::default() }, out);
    }

    /// What the lock answered when it was asked for its state.
    pub(super) fn state_told(
        &mut self,
        node: u16,
        state: &super::slots::DoorState,
        wall: Timestamp,
    ) -> Vec<Out> {
        let mut out = Vec::new();
        self.contact(node, true, wall, &mut out);
        let bolt_out = state.bolt_status.as_deref().map(|text| text == "locked");
        let has_bolt = self.locks.get(&node).is_some_and(|lock| lock.facts.bolt);
        let bolt_out = bolt_out.filter(|_| has_bolt);
        self.bolt(
            node,
            |bolt| (bolt.mode, bolt.out) = (state.current_mode.or(bolt.mode), bolt_out),
            wall,
            &mut out,
        );
        let door =
            state.door_status.as_deref().filter(|_| self.locks.get(&node).is_some_and(|l| l.facts.door));
        if let Some(door) = door {
            let property = wire::Name::Text("doorStatus".into());
            let means = translate::value(class::DOOR_LOCK, &property, None, &wire::Scalar::Text(door.into()));
            if let Means::Report(report) = means {
                self.tell(node, report, &mut out);
            }
        }
        out
    }

    fn record(&mut self, node: u16, record: LockRecord, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get(&node) else { return };
        let address = LockAddress { link: self.link.clone(), key: lock.key.clone() };
        out.push(Out::Event(LinkEvent::Record { address, record }));
    }

    /// What is due by now.
    pub(super) fn tick(&mut self, now: Duration, wall: Timestamp) -> Vec<Out> {
        let mut out = Vec::new();
        if !self.up {
            return out;
        }
        for (node, lock) in &mut self.locks {
            if let Some((times, at)) = lock.ping.filter(|(_, at)| *at <= now) {
                let wait = PINGS.iter().find(|(upto, _)| times < *upto).map_or(PINGS[2].1, |(_, wait)| *wait);
                lock.ping = Some((times.saturating_add(1), now.max(at) + wait));
                out.push(Out::Chore(Chore::Ping(*node)));
            }
            if lock.check.is_due(now) && lock.contact == Some(true) && lock.facts.checksum {
                lock.check.under_way = true;
                out.push(Out::Chore(Chore::Check(*node)));
            }
        }
        if let Some((state, ask)) = self.pair.tick(wall) {
            out.push(Out::Event(LinkEvent::Pairing(state)));
            out.push(Out::Chore(Chore::Pair(ask)));
        }
        out
    }

    /// The checksum came, or did not.
    pub(super) fn checked(&mut self, node: u16, sum: Option<u16>, now: Duration) -> Vec<Out> {
        let mut out = Vec::new();
        let Some(lock) = self.locks.get_mut(&node) else { return out };
        if lock.check.take(sum, now) {
            lock.all_empty = None;
            lock.clean.clear();
            let changed = LockRecord {
                sequence: None,
                at: None,
                kind: RecordKind::CodeChanged,
                source: hub::ports::RecordSource::Unknown,
                slot: None,
                version: None,
                why: None,
            };
            self.record(node, changed, &mut out);
            out.push(Out::Chore(Chore::Sweep(node)));
        }
        out
    }

    /// What a sweep found in a slot.
    pub(super) fn swept(&mut self, node: u16, slot: u16, taken: bool) -> Vec<Out> {
        let mut out = Vec::new();
        self.slot_event(node, Some(slot), taken, &mut out);
        out
    }

    pub(super) fn key_of(&self, node: u16) -> Option<String> {
        self.locks.get(&node).map(|lock| lock.key.clone())
    }

    /// The lock showed a code as stars: from now on it counts as one that cannot be read.
    pub(super) fn showed_stars(&mut self, key: &str) -> Vec<Out> {
        let address = self.address(key);
        let Some(lock) = self.lock_mut(key).filter(|lock| !lock.masked) else { return Vec::new() };
        lock.masked = true;
        lock.told = lock.facts.capabilities(true);
        let (name, model) = (lock.facts.name.clone(), lock.facts.model.clone());
        vec![Out::Event(LinkEvent::Found { address, name, model, capabilities: lock.told.clone() })]
    }
}

#[cfg(test)]
#[path = "desk_test.rs"]
mod tests;
