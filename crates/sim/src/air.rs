//! The air between hubs and locks: deliveries, answers and events under way, each with its moment; weather decides what
//! is lost, late, doubled, half done or lied about. What becomes of the n-th command of a lock depends on the seed, the
//! lock and n alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::LockAddress;
use futures::channel::{mpsc, oneshot};
use hub::ports::{Ack, LinkError, LinkEvent, LockRecord, Observed, SlotWrite};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::body::{Body, Command, Origin, Place};
use crate::kinds::Kind;
use crate::sabotage::Sabotage;
use crate::time::{Ms, SimClock};
use crate::weather::Weather;

/// Name of the one gateway.
pub const GATEWAY: &str = "air";
/// How long a sleeping lock stays awake after it was last spoken to.
const AWAKE: Ms = 30_000;
/// How long a link waits for a lock that does not answer.
const TIMEOUT: Ms = 8_000;

type Reply<T> = oneshot::Sender<Result<T, LinkError>>;

/// Something under way.
enum Flight {
    Do { key: String, command: Command, origin: Origin, part: bool, answer: Option<(Ms, Reply<Ack>, bool)> },
    Look { key: String, slot: u16, expected: Option<Box<SlotWrite>>, answer: (Ms, Reply<Observed>) },
    Done(Reply<Ack>, Result<Ack, LinkError>),
    Seen(Reply<Observed>, Result<Observed, LinkError>),
    Event(LinkEvent),
    Wake(String),
    Sleep(String),
}

/// What was asked of a lock by our hub, in one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// Writes.
    pub writes: u32,
    /// Reads.
    pub reads: u32,
    /// Commands of either kind that it did not answer.
    pub unanswered: u32,
}

/// A lock and the air around it.
pub struct Station {
    /// The lock.
    pub body: Body,
    /// The weather.
    pub weather: Weather,
    /// Nothing reaches it.
    pub out: bool,
    awake_until: Ms,
    next_wake: Ms,
    rng: ChaCha8Rng,
    /// By day.
    pub effort: BTreeMap<Ms, Effort>,
    /// Writes of our hub that arrived, newest last, a few.
    pub delivered: Vec<(Ms, Command)>,
    /// Our hub's writes of one wish into one place: its version and how many in a row.
    pub repeats: BTreeMap<u16, (u64, u32)>,
    /// The body changed since the checkers looked.
    pub touched: bool,
    /// Strangers' codes that our hub wrote over, with the place as it was.
    pub overwrote: Vec<(u16, Place)>,
    /// Digits that a command of our hub took off the lock, with its place.
    pub took: Vec<(u16, String)>,
    record_after: Ms,
}

/// All stations of a world.
pub struct Air {
    clock: Arc<SimClock>,
    /// Locks by their address.
    pub stations: BTreeMap<String, Station>,
    queue: BTreeMap<(Ms, u64), Flight>,
    next: u64,
    /// Where events of our hub go; `None` while it is down.
    pub ear: Option<mpsc::Sender<(String, LinkEvent)>>,
    /// The gateway is up.
    pub up: bool,
    /// How often each thing happened.
    pub coverage: BTreeMap<&'static str, u64>,
    /// A seeded bug.
    pub sabotage: Option<Sabotage>,
    /// What went over the air, in words for a reader, where they are kept.
    pub said: Option<Vec<String>>,
    /// Answers that never come: the seeded bug of L3.
    withheld: Vec<Reply<Ack>>,
}

/// The address of a lock.
pub fn address(key: &str) -> LockAddress {
    LockAddress { link: GATEWAY.into(), key: key.to_owned() }
}

fn silence(why: &str) -> LinkError {
    LinkError::Unreachable(why.into())
}

impl Air {
    /// Still air.
    pub fn new(clock: Arc<SimClock>) -> Self {
        Self {
            clock,
            stations: BTreeMap::new(),
            queue: BTreeMap::new(),
            next: 0,
            ear: None,
            up: true,
            coverage: BTreeMap::new(),
            sabotage: None,
            said: None,
            withheld: Vec::new(),
        }
    }

    /// Counts that something happened.
    pub fn count(&mut self, what: &'static str) {
        *self.coverage.entry(what).or_default() += 1;
    }

    fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(said) = &mut self.said {
            said.push(line());
        }
    }

    fn put(&mut self, at: Ms, flight: Flight) {
        self.next += 1;
        self.queue.insert((at, self.next), flight);
    }

    /// Mounts a lock in the world.
    pub fn add(&mut self, key: &str, kind: Kind, seed: u64) {
        let now = self.clock.ms();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(100 + self.stations.len() as u64);
        let station = Station {
            body: Body::new(kind),
            weather: Weather::default(),
            out: false,
            awake_until: now + AWAKE,
            next_wake: now + kind.wakes_every,
            rng,
            effort: BTreeMap::new(),
            delivered: Vec::new(),
            repeats: BTreeMap::new(),
            touched: true,
            overwrote: Vec::new(),
            took: Vec::new(),
            record_after: 0,
        };
        let mut station = station;
        station.body.toggles = self.sabotage == Some(Sabotage::Toggles);
        self.stations.insert(key.to_owned(), station);
        if kind.wakes_every > 0 {
            self.put(now + kind.wakes_every, Flight::Wake(key.to_owned()));
            self.put(now + AWAKE, Flight::Sleep(key.to_owned()));
        }
    }

    /// When the next thing arrives.
    pub fn next(&self) -> Option<Ms> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Whether a command would arrive now.
    pub fn reaches(&self, key: &str) -> bool {
        let now = self.clock.ms();
        self.up
            && self.stations.get(key).is_some_and(|one| {
                !one.out && !one.body.dead && (one.body.kind.wakes_every == 0 || now <= one.awake_until)
            })
    }

    /// Our hub sends a write. The answer comes through the channel; nobody has to wait for it.
    pub fn send(&mut self, key: &str, command: Command) -> oneshot::Receiver<Result<Ack, LinkError>> {
        let (reply, answer) = oneshot::channel();
        let now = self.clock.ms();
        self.effort(key, now, |effort| effort.writes += 1);
        if !self.reaches(key) {
            self.effort(key, now, |effort| effort.unanswered += 1);
            self.put(now + TIMEOUT, Flight::Done(reply, Err(silence("no answer from the lock"))));
            return answer;
        }
        let sabotage = self.sabotage;
        let Some(station) = self.stations.get_mut(key) else { return answer };
        let version = if let Command::Set(write) = &command { write.version } else { 0 };
        let repeat = station.repeats.entry(command.slot()).or_default();
        *repeat = if repeat.0 == version { (version, repeat.1 + 1) } else { (version, 1) };
        let fate = station.fate();
        station.stay_awake(now);
        let slow = station.body.kind.slow;
        let mut there = now + 20 + station.rng.random_range(0..slow);
        if fate.late {
            there += station.rng.random_range(0..30_000);
        }
        let again = there + station.rng.random_range(1_000..900_000);
        let gateway = station.body.kind.gateway_answers;
        let replays = fate.replay && !station.body.kind.versioned;
        let command = sabotage.map_or(command.clone(), |bug| bug.bend(command, &station.body));
        let flight = |answer, origin, part| Flight::Do {
            key: key.to_owned(),
            command: command.clone(),
            origin,
            part,
            answer,
        };
        let mut counts = Vec::new();
        match fate.of {
            Of::Lost => {
                counts.push("command lost");
                self.put(now + TIMEOUT, Flight::Done(reply, Err(silence("no answer from the lock"))));
            }
            Of::AnswerLost => {
                counts.push("answer lost");
                let late = flight(None, Origin::Hub, false);
                self.put(there, late);
                self.put(
                    now + TIMEOUT.max(there - now),
                    Flight::Done(reply, Err(silence("the answer is missing"))),
                );
            }
            Of::Lies => {
                counts.push("said done and was not");
                self.put(there, Flight::Done(reply, Ok(Ack::Applied)));
            }
            Of::Part => {
                counts.push("half done");
                let half = flight(Some((there, reply, true)), Origin::Hub, true);
                self.put(there, half);
            }
            Of::Fine if gateway => {
                let late = flight(None, Origin::Hub, false);
                self.put(now + 600, late);
                self.put(now + 150, Flight::Done(reply, Ok(Ack::Accepted)));
            }
            Of::Fine => {
                let whole = flight(Some((there + 10, reply, false)), Origin::Hub, false);
                self.put(there, whole);
            }
        }
        if replays && !matches!(fate.of, Of::Lost | Of::Lies) {
            counts.push("late copy of a command");
            let copy = flight(None, Origin::Replay, false);
            self.put(again, copy);
        }
        counts.into_iter().for_each(|what| self.count(what));
        answer
    }

    /// Our hub reads a place.
    pub fn look(
        &mut self,
        key: &str,
        slot: u16,
        expected: Option<SlotWrite>,
    ) -> oneshot::Receiver<Result<Observed, LinkError>> {
        let (reply, answer) = oneshot::channel();
        let now = self.clock.ms();
        self.effort(key, now, |effort| effort.reads += 1);
        let lost = !self.reaches(key)
            || self.stations.get_mut(key).is_none_or(|station| matches!(station.fate().of, Of::Lost));
        if lost {
            self.effort(key, now, |effort| effort.unanswered += 1);
            self.put(now + TIMEOUT, Flight::Seen(reply, Err(silence("no answer from the lock"))));
            return answer;
        }
        let Some(station) = self.stations.get_mut(key) else { return answer };
        station.stay_awake(now);
        let slow = station.body.kind.slow;
        let there = now + 20 + station.rng.random_range(0..slow);
        let key = key.to_owned();
        self.put(
            there,
            Flight::Look { key, slot, expected: expected.map(Box::new), answer: (there + 10, reply) },
        );
        answer
    }

    fn effort(&mut self, key: &str, now: Ms, count: impl FnOnce(&mut Effort)) {
        if let Some(station) = self.stations.get_mut(key) {
            count(station.effort.entry(now / crate::time::DAY).or_default());
        }
    }

    /// A lock or the gateway tells something.
    pub fn tell(&mut self, event: LinkEvent) {
        let now = self.clock.ms();
        if !self.up && !matches!(event, LinkEvent::Down { .. }) {
            return;
        }
        let key = match &event {
            LinkEvent::Record { address, .. } | LinkEvent::Slot { address, .. } => Some(address.key.clone()),
            _ => None,
        };
        let Some(station) = key.and_then(|key| self.stations.get_mut(&key)) else {
            self.put(now + 5, Flight::Event(event));
            return;
        };
        if station.out || station.body.dead || !self.up {
            return;
        }
        let (lost, twice) =
            (station.roll(station.weather.event_lost), station.roll(station.weather.event_twice));
        let ordered = matches!(&event, LinkEvent::Record { record, .. } if record.sequence.is_some());
        let mut at = now + 5 + station.rng.random_range(0..200);
        if ordered {
            // a link keeps the order of numbered records
            at = at.max(station.record_after + 1);
            station.record_after = at;
        }
        let copy = twice.then(|| at + station.rng.random_range(500..600_000));
        if lost && !ordered {
            self.count("event lost");
        } else {
            self.put(at, Flight::Event(event.clone()));
        }
        if let Some(at) = copy.filter(|_| !lost) {
            self.count("event twice");
            self.put(at, Flight::Event(event));
        }
    }

    /// Tells a record of a lock.
    pub fn tell_record(&mut self, key: &str, record: Option<LockRecord>) {
        if let Some(record) = record {
            let record = self.sabotage.map_or(record.clone(), |bug| bug.bend_record(record));
            self.tell(LinkEvent::Record { address: address(key), record });
        }
    }

    /// Tells our hub what a link tells when it begins: itself, its locks, and records that wait.
    pub fn introduce(&mut self) {
        if !self.up {
            return;
        }
        self.tell(LinkEvent::Up);
        let keys: Vec<String> = self.stations.keys().cloned().collect();
        for key in keys {
            self.introduce_lock(&key);
        }
    }

    /// The same for one lock.
    pub fn introduce_lock(&mut self, key: &str) {
        let Some(station) = self.stations.get(key) else { return };
        let (kind, ring) = (station.body.kind, station.body.ring.clone());
        self.tell(LinkEvent::Found {
            address: address(key),
            name: key.to_owned(),
            model: kind.name.to_owned(),
            capabilities: kind.capabilities(),
        });
        let reachable = self.reaches(key);
        self.contact(key, reachable);
        if reachable {
            for record in ring {
                self.tell_record(key, Some(record));
            }
        }
    }

    /// Tells whether a lock is in reach.
    pub fn contact(&mut self, key: &str, reachable: bool) {
        let next =
            self.stations.get(key).filter(|one| one.body.kind.wakes_every > 0).map(|one| one.next_wake);
        let next = next.map(|at| self.clock.at(at));
        self.tell(LinkEvent::Contact { address: address(key), reachable, next });
    }

    /// Carries out everything that is due now. Returns whether there was anything.
    pub fn arrive(&mut self) -> bool {
        let now = self.clock.ms();
        let mut any = false;
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= now) {
            let Some((_, flight)) = self.queue.pop_first() else { break };
            any = true;
            self.land(flight, now);
        }
        any
    }

    fn land(&mut self, flight: Flight, now: Ms) {
        match flight {
            Flight::Done(reply, _) if self.sabotage == Some(Sabotage::NeverAnswers) => {
                self.withheld.push(reply)
            }
            Flight::Done(reply, result) => drop(reply.send(result)),
            Flight::Seen(reply, result) => drop(reply.send(result)),
            Flight::Event(event) => {
                if let Some(ear) = &mut self.ear
                    && ear.try_send((GATEWAY.to_owned(), event)).is_err()
                {
                    self.count("event queue full");
                }
            }
            Flight::Do { key, command, origin, part, answer } => {
                let half = self.sabotage.is_some_and(|bug| bug.halves(&command));
                let result = self.command(&key, &command, origin, part || half);
                if let Some((at, reply, silent)) = answer {
                    let gone = silent || matches!(result, Err(LinkError::Unreachable(_)));
                    let result = if gone {
                        Err(silence("the answer is missing"))
                    } else {
                        result.map(|()| Ack::Applied)
                    };
                    let result =
                        self.sabotage.map_or(result.clone(), |bug| bug.bend_answer(result, &command));
                    self.put(at, Flight::Done(reply, result));
                }
            }
            Flight::Look { key, slot, expected, answer: (at, reply) } => {
                let station = self.stations.get(&key).filter(|one| !one.out && !one.body.dead);
                let seen = station.map(|one| {
                    let seen = one.body.read(slot, expected.as_deref());
                    self.sabotage.map_or(seen, |bug| bug.bend_reading(seen, expected.is_some()))
                });
                self.say(|| format!("  {key}: place {slot} is read: {seen:?}"));
                self.put(at, Flight::Seen(reply, seen.ok_or_else(|| silence("no answer from the lock"))));
            }
            Flight::Wake(key) => self.wake(&key, now),
            Flight::Sleep(key) => self.sleep(&key, now),
        }
    }

    /// A command reaches a lock.
    pub fn command(
        &mut self,
        key: &str,
        command: &Command,
        origin: Origin,
        part: bool,
    ) -> Result<(), LinkError> {
        let now = self.clock.ms();
        let Some(station) = self.stations.get_mut(key) else { return Err(silence("no such lock")) };
        if station.body.dead || station.out && origin != Origin::Foreign {
            return Err(silence("no answer from the lock"));
        }
        let was = station.body.places.get(&command.slot());
        let before = was.is_some();
        if let Some(place) = was.filter(|place| origin == Origin::Hub && place.origin == Origin::Foreign) {
            let row = (command.slot(), place.clone());
            station.overwrote.push(row);
        }
        let held = station.body.digits();
        let result = station.body.apply(command, origin, now, part);
        if self.sabotage == Some(Sabotage::PushesOut) && matches!(command, Command::Set(_)) {
            let other = station.body.places.keys().copied().find(|slot| *slot != command.slot());
            other.and_then(|slot| station.body.places.remove(&slot));
        }
        if origin == Origin::Hub {
            let left = station.body.digits();
            let still = |pin: &String| left.iter().any(|(_, other)| other == pin);
            station.took.extend(held.into_iter().filter(|(_, pin)| !still(pin)));
        }
        let (done, half) = (result.clone(), if part { ", half of it" } else { "" });
        station.touched = true;
        if origin == Origin::Hub && !part && result.is_ok() {
            station.delivered.push((now, command.clone()));
            if station.delivered.len() > 8 {
                station.delivered.remove(0);
            }
        }
        let taken = station.body.places.contains_key(&command.slot());
        self.say(|| {
            let what = if matches!(command, Command::Set(_)) { "is set" } else { "is emptied" };
            let who = match origin {
                Origin::Hub => "by the hub",
                Origin::Replay => "by a late copy of a command",
                Origin::Foreign => "by somebody else",
            };
            let refused = done.err().map(|why| format!(", refused: {why}")).unwrap_or_default();
            format!("  {key}: place {} {what} {who}{half}{refused}", command.slot())
        });
        let Some(station) = self.stations.get(key) else { return result };
        if station.body.kind.tells_slots && (before != taken || taken) && result.is_ok() {
            self.tell(LinkEvent::Slot { address: address(key), slot: command.slot(), taken });
        }
        result
    }

    fn wake(&mut self, key: &str, now: Ms) {
        let Some(station) = self.stations.get_mut(key) else { return };
        let every = station.body.kind.wakes_every;
        station.next_wake = now + every;
        station.awake_until = now + AWAKE;
        let ring = station.body.ring.clone();
        self.put(now + every, Flight::Wake(key.to_owned()));
        self.put(now + AWAKE, Flight::Sleep(key.to_owned()));
        if self.reaches(key) {
            self.contact(key, true);
            for record in ring {
                self.tell_record(key, Some(record));
            }
        }
    }

    fn sleep(&mut self, key: &str, now: Ms) {
        let Some(station) = self.stations.get(key) else { return };
        if station.awake_until > now {
            let until = station.awake_until;
            self.put(until, Flight::Sleep(key.to_owned()));
        } else if !station.out && !station.body.dead {
            self.contact(key, false);
        }
    }
}

/// What happens to one command.
struct Fate {
    of: Of,
    late: bool,
    replay: bool,
}

enum Of {
    Fine,
    Lost,
    AnswerLost,
    Lies,
    Part,
}

impl Station {
    fn roll(&mut self, of: u16) -> bool {
        of > 0 && self.rng.random_range(0..1000_u16) < of
    }

    fn stay_awake(&mut self, now: Ms) {
        self.awake_until = self.awake_until.max(now + AWAKE);
    }

    fn fate(&mut self) -> Fate {
        if self.weather.is_calm() {
            return Fate { of: Of::Fine, late: false, replay: false };
        }
        let w = self.weather;
        let roll = self.rng.random_range(0..1000_u16);
        let mut below = 0;
        let mut of = Of::Fine;
        for (part, fate) in
            [(w.lost, Of::Lost), (w.answer_lost, Of::AnswerLost), (w.lies, Of::Lies), (w.part, Of::Part)]
        {
            if (below..below + part).contains(&roll) {
                of = fate;
            }
            below += part;
        }
        Fate { of, late: self.roll(w.late), replay: self.roll(w.replay) }
    }
}
