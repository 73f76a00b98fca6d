//! A house with locks that hold codes: every operation that the planner asks for is carried out on them,
//! with faults on demand, and the invariants are checked after each.

use std::collections::BTreeMap;

use access::*;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// What really is in a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    pub digest: [u8; 32],
    /// `None`: nobody here gave it.
    pub person: Option<PersonId>,
    pub enabled: bool,
    pub validity: Vec<Validity>,
    pub not_after: Option<Timestamp>,
}

/// What goes wrong with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It did not arrive, and no answer came.
    Lost,
    /// It arrived, and no answer came.
    AnswerLost,
    /// The answer says done, and nothing was done.
    FalseSuccess,
    /// It was done, and the answer makes no sense.
    FalseFailure,
    /// The hub died after writing down that it sends.
    CrashBefore,
    /// The hub died after the lock had done it.
    CrashAfter,
}

#[derive(Debug, Clone, Default)]
pub struct Body {
    pub slots: BTreeMap<u16, Held>,
    pub reachable: bool,
    /// Faults of the next operations, first first.
    pub faults: Vec<Fault>,
    /// Operations carried out.
    pub writes: u32,
    pub reads: u32,
}

pub struct World {
    pub house: House,
    pub now: Timestamp,
    pub bodies: BTreeMap<LockId, Body>,
    ids: u128,
}

/// How many random lives: `DOORWARD_CASES` for long runs.
pub fn cases(usual: u32) -> u32 {
    std::env::var("DOORWARD_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn caps(slots: u16) -> Capabilities {
    Capabilities {
        slots,
        first_slot: 1,
        code: CodeLengths { min: 4, max: 8 },
        read_back: ReadBack::Value,
        schedules: ScheduleSupport { week_day: 7, year_day: 2, lease: true, once: true, one_kind: false },
        ..Capabilities::told()
    }
}

/// A lock that keeps no schedules at all.
pub fn plain(slots: u16) -> Capabilities {
    let schedules = ScheduleSupport { week_day: 0, year_day: 0, lease: false, once: false, one_kind: false };
    Capabilities { schedules, ..caps(slots) }
}

impl World {
    pub fn new() -> Self {
        Self { house: House::default(), now: at("2026-05-04T10:00:00Z"), bodies: BTreeMap::new(), ids: 0 }
    }

    pub fn uuid(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Decides, checks the shape of the answer, applies.
    pub fn act(&mut self, command: Command) -> Result<(), Refusal> {
        let changes = decide(&self.house, command.clone(), self.now)?;
        assert_eq!(changes, decide(&self.house, command, self.now).unwrap(), "the same again is the same");
        for change in &changes {
            if let Change::Wanted(wanted) = change {
                // every changed wish comes with its errand in the same list
                let errand = changes.iter().any(|other| {
                    matches!(other, Change::Errand(e) if (e.lock, e.slot, e.version, e.state)
                        == (wanted.lock, wanted.slot, wanted.version, ErrandState::Due))
                });
                let gone = changes.contains(&Change::WantedGone(wanted.lock, wanted.slot));
                assert!(errand || gone, "a wish without an errand: {wanted:?}");
            }
        }
        self.apply(changes);
        self.check();
        Ok(())
    }

    pub fn apply(&mut self, changes: Vec<Change>) {
        changes.into_iter().for_each(|change| self.house.apply(change));
    }

    pub fn person(&mut self, name: &str) -> PersonId {
        let id = PersonId::new(self.uuid());
        let (name, note) = (name.to_owned(), String::new());
        self.act(Command::AddPerson { id, name, kind: PersonKind::Guest, note }).unwrap();
        id
    }

    pub fn door(&mut self, name: &str, zone: &str) -> DoorId {
        let id = DoorId::new(self.uuid());
        let (name, time_zone) = (name.to_owned(), zone.to_owned());
        self.act(Command::AddDoor { id, name, time_zone, note: String::new() }).unwrap();
        id
    }

    pub fn lock(&mut self, door: DoorId, capabilities: Capabilities) -> LockId {
        let id = LockId::new(self.uuid());
        let name = format!("lock {}", self.ids);
        let address = LockAddress { link: "virtual".into(), key: self.ids.to_string() };
        self.act(Command::AddLock { id, door, name, address, capabilities, told: Told::default() }).unwrap();
        self.bodies.insert(id, Body { reachable: true, ..Body::default() });
        id
    }

    /// Sets a person's code; equal numbers are equal codes.
    pub fn code(&mut self, person: PersonId, number: u8) -> CredentialId {
        let id = CredentialId::new(self.uuid());
        self.recode(id, person, number).unwrap();
        id
    }

    pub fn recode(&mut self, id: CredentialId, person: PersonId, number: u8) -> Result<(), Refusal> {
        let (sealed, digest) = (vec![number; 3], [number; 32]);
        self.act(Command::SetCode { credential: id, person, digits: 6, sealed, digest })
    }

    pub fn wish(&mut self, person: PersonId, credential: CredentialId, target: Target) -> GiveAccess {
        GiveAccess {
            id: GrantId::new(self.uuid()),
            person,
            credential,
            target,
            schedule: None,
            from: None,
            until: None,
            once: false,
            reason: String::new(),
        }
    }

    pub fn give(&mut self, person: PersonId, credential: CredentialId, door: DoorId) -> GrantId {
        let give = self.wish(person, credential, Target::Door(door));
        let id = give.id;
        self.act(Command::Give(give)).unwrap();
        id
    }

    pub fn group(&mut self, name: &str, doors: &[DoorId]) -> GroupId {
        let id = GroupId::new(self.uuid());
        self.act(Command::AddGroup { id, name: name.to_owned(), doors: doors.to_vec() }).unwrap();
        id
    }

    pub fn schedule(&mut self, windows: Vec<Window>) -> ScheduleId {
        let id = ScheduleId::new(self.uuid());
        let name = format!("schedule {}", self.ids);
        self.act(Command::AddSchedule { id, name, windows }).unwrap();
        id
    }

    pub fn zone(&self, lock: LockId) -> TimeZone {
        zone_of(&self.house, self.house.locks[&lock].door)
    }

    pub fn plan(&self, lock: LockId) -> Plan {
        plan(&self.house, lock, self.now, &self.zone(lock))
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Does everything that can be done now, on every lock in reach, within a budget of operations.
    pub fn work(&mut self) {
        let locks: Vec<LockId> = self.bodies.keys().copied().collect();
        for lock in locks {
            for step in 0.. {
                assert!(step < 2_000, "the planner goes round in circles: {:?}", self.plan(lock).ops.first());
                let known = self.house.locks.contains_key(&lock) && self.bodies[&lock].reachable;
                let Some(op) = known.then(|| self.plan(lock).ops.into_iter().next()).flatten() else { break };
                self.perform(lock, &op);
                self.check();
            }
        }
    }

    /// Works and lets time pass until nothing is left to do but what time or a person must bring.
    pub fn settle(&mut self) {
        for _ in 0..40 {
            self.work();
            let locks: Vec<LockId> = self.bodies.keys().copied().collect();
            for lock in locks {
                let changes = retry(&self.house, lock, self.now);
                self.apply(changes);
            }
            self.wait(2);
        }
        self.work();
    }

    fn content(&self, lock: LockId, op: &Op) -> Held {
        let Work::Set { credential, enabled, validity, not_after, .. } = &op.work else {
            panic!("not a set")
        };
        let code = &self.house.credentials[credential];
        assert!(op.slot >= self.house.locks[&lock].capabilities.first_slot);
        Held {
            digest: code.digest,
            person: Some(code.person),
            enabled: *enabled,
            validity: validity.clone(),
            not_after: *not_after,
        }
    }

    fn land(&mut self, lock: LockId, op: &Op) {
        let held = matches!(op.work, Work::Set { .. }).then(|| self.content(lock, op));
        let wants_it_gone = self.house.wanted[&(lock, op.slot)].spec.is_none();
        let body = self.bodies.get_mut(&lock).unwrap();
        body.writes += 1;
        let foreign = body.slots.get(&op.slot).is_some_and(|held| held.person.is_none());
        assert!(!foreign || wants_it_gone, "a code that nobody here gave was touched: {op:?}");
        match held {
            Some(held) => drop(body.slots.insert(op.slot, held)),
            None => drop(body.slots.remove(&op.slot)),
        }
    }

    /// Carries out one operation as the hub does, with the next fault of the lock.
    pub fn perform(&mut self, lock: LockId, op: &Op) {
        let id = OpId::new(self.uuid());
        let body = self.bodies.get_mut(&lock).unwrap();
        let fault = if body.faults.is_empty() { None } else { Some(body.faults.remove(0)) };
        if !op.work.is_write() {
            self.read(lock, op, id, fault);
            return;
        }
        let changes = sent(&self.house, lock, op, id, self.now);
        assert!(!changes.is_empty(), "nothing is sent that was not written down");
        self.apply(changes);
        let lands = !matches!(fault, Some(Fault::Lost | Fault::FalseSuccess | Fault::CrashBefore));
        if lands {
            self.land(lock, op);
        }
        let failure = match fault {
            Some(Fault::CrashBefore | Fault::CrashAfter) => return,
            Some(Fault::Lost | Fault::AnswerLost) => Some(Failure::Unreachable("no answer".into())),
            Some(Fault::FalseFailure) => Some(Failure::Unexpected("odd answer".into())),
            None | Some(Fault::FalseSuccess) => None,
        };
        let changes = match &failure {
            Some(failure) => failed(&self.house, lock, op, id, failure, self.now),
            None => acknowledged(&self.house, lock, op, id, true, self.now),
        };
        self.apply(changes);
    }

    fn read(&mut self, lock: LockId, op: &Op, id: OpId, fault: Option<Fault>) {
        self.bodies.get_mut(&lock).unwrap().reads += 1;
        if matches!(fault, Some(Fault::Lost | Fault::AnswerLost)) {
            let failure = Failure::Unreachable("no answer".into());
            let changes = failed(&self.house, lock, op, id, &failure, self.now);
            return self.apply(changes);
        }
        let reading = self.reading(lock, op.slot);
        let changes = observed(&self.house, lock, op, id, reading, self.now);
        self.apply(changes);
    }

    pub fn reading(&self, lock: LockId, slot: u16) -> Reading {
        let expected = expected(&self.house, lock, slot, self.now, &self.zone(lock));
        let expected = expected.map(|op| self.content(lock, &op));
        let held = self.bodies[&lock].slots.get(&slot);
        match (self.house.locks[&lock].capabilities.read_back, held, expected) {
            (ReadBack::Never, ..) => Reading::Unreadable,
            (_, None, _) => Reading::Empty,
            (ReadBack::Presence, Some(_), _) | (_, Some(_), None) => Reading::Taken,
            (ReadBack::Value, Some(held), Some(expected)) => {
                let same = Held { enabled: true, ..held.clone() } == expected;
                match (same, held.digest == expected.digest) {
                    (true, _) => Reading::Matches { enabled: held.enabled },
                    (false, true) => Reading::OtherHours,
                    (false, false) => Reading::Differs,
                }
            }
        }
    }

    /// Whether the digits open the lock now.
    pub fn opens(&self, lock: LockId, digest: [u8; 32]) -> bool {
        let zone = self.zone(lock);
        self.bodies[&lock].slots.values().any(|held| {
            held.digest == digest
                && held.enabled
                && held.not_after.is_none_or(|end| self.now < end)
                && (held.validity.is_empty() || held.validity.iter().any(|v| v.holds(self.now, &zone)))
        })
    }

    /// Whether the grants say that a code opens a lock now.
    pub fn should_open(&self, lock: LockId, credential: CredentialId) -> bool {
        let (row, zone) = (&self.house.locks[&lock], self.zone(lock));
        row.removing.is_none()
            && self.house.grants.values().any(|grant| {
                let schedule = grant.schedule.map(|id| self.house.schedules[&id].windows.clone());
                let validity =
                    Validity { from: grant.from, until: grant.until, windows: schedule.unwrap_or_default() };
                grant.revoked.is_none()
                    && grant.credential == credential
                    && self.house.doors_of(grant.target).contains(&row.door)
                    && validity.holds(self.now, &zone)
            })
    }

    /// What must hold at every moment.
    pub fn check(&self) {
        for (lock, body) in &self.bodies {
            let held: Vec<&Held> = body.slots.values().collect();
            for (n, one) in held.iter().enumerate() {
                for other in &held[n + 1..] {
                    let two = one.person != other.person && one.enabled && other.enabled;
                    assert!(!(two && one.digest == other.digest), "I5: two people share a code on a lock");
                }
            }
            let Some(row) = self.house.locks.get(lock) else { continue };
            let contact = Contact { reachable: Some(body.reachable), next: None, since: None };
            for grant in self.house.grants.values() {
                let standing = standing(&self.house, grant, row, self.now, &contact);
                let readable = row.capabilities.read_back == ReadBack::Value;
                if let (Standing::InForce { .. }, true) = (standing, readable) {
                    let digest = self.house.credentials[&grant.credential].digest;
                    let there = body.slots.values().any(|held| held.digest == digest);
                    assert!(there, "I3: in force is said and the code is not there");
                }
            }
        }
        let mut wished: Vec<(LockId, CredentialId)> = self
            .house
            .wanted
            .values()
            .filter_map(|row| row.spec.as_ref().map(|spec| (row.lock, spec.credential)))
            .collect();
        let all = wished.len();
        wished.dedup();
        wished.sort_unstable();
        wished.dedup();
        assert_eq!(wished.len(), all, "I6: one code has two slots on one lock");
    }

    /// What must hold once everything was done: locks open for those who are granted now, and nobody else.
    pub fn assert_converged(&self) {
        for (lock, body) in self.bodies.iter().filter(|(id, _)| self.house.locks.contains_key(id)) {
            for code in self.house.credentials.values() {
                assert_eq!(
                    self.opens(*lock, code.digest),
                    self.should_open(*lock, code.id),
                    "code {} on {lock} at {}: {:?}\nwanted {:?}\nseen {:?}\nerrands {:?}",
                    code.digest[0],
                    self.now,
                    body.slots,
                    self.house.wanted_of(*lock).collect::<Vec<_>>(),
                    self.house.seen_of(*lock).collect::<Vec<_>>(),
                    self.house.errands,
                );
            }
            let known: Vec<[u8; 32]> = self.house.credentials.values().map(|code| code.digest).collect();
            for held in body.slots.values().filter(|held| held.person.is_some()) {
                assert!(known.contains(&held.digest), "a code of ours is left that nobody has any more");
            }
        }
    }
}
