//! What people do, and what goes wrong: one act of a story after the other.

use access::{
    Command, CredentialId, Days, GiveAccess, GrantId, PersonId, PersonKind, Pin, ScheduleId, Target, Window,
};
use hub::ports::Ids as _;
use hub::{Actor, CodeWish};
use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::body::{Command as Sent, Origin};
use crate::disk::Trouble;
use crate::facts::{Entry, Promise};
use crate::story::{Act, Shape, ZONES};
use crate::time::{HOUR, MINUTE, Ms};
use crate::weather::Weather;
use crate::world::{Todo, World, air_of, is_fault};

/// How long after a fault its last effects may come: a late copy, a late answer, the longest wait between two tries.
const ECHO: Ms = 16 * MINUTE;

impl World {
    /// One act.
    pub(crate) fn perform(&mut self, act: &Act) -> anyhow::Result<()> {
        if self.hub.is_none() && !is_fault(act) {
            return Ok(());
        }
        if self.trace.keeps() {
            self.trace.tell(self.clock.ms(), &format!("{act:?}"));
        }
        match *act {
            Act::Arrive { door, shape } => self.arrive(door, shape),
            Act::Give { person, door, shape } => {
                if let Some((person, code)) = self.person(person) {
                    self.give(person, code, door, shape);
                }
            }
            Act::Revoke { grant } if self.options.lying_disk => {
                self.lie_about_the_disk();
                self.revoke(grant);
                self.die("with a disk that lied");
                self.disk.set_trouble(Trouble::None);
            }
            Act::Revoke { grant } => self.revoke(grant),
            Act::Extend { grant, hours } => self.extend(grant, hours),
            Act::Recode { person } => self.recode(person, None),
            Act::SameDigits { person } => {
                let other =
                    self.person(person + 1).and_then(|(_, code)| self.facts.pin(code).map(str::to_owned));
                self.recode(person, other);
            }
            Act::OldDigits { person } => {
                let code = self.person(person + 1).map(|(_, code)| code);
                let before = code
                    .and_then(|code| self.facts.codes.get(&code))
                    .and_then(|(_, pins)| pins.iter().rev().nth(1));
                let digits = before.map(|(_, pin)| pin.clone());
                self.recode(person, digits);
            }
            Act::RemoveLock { lock } => {
                let id = self.doors[lock % self.doors.len()].lock;
                self.act(Command::RemoveLock { id });
            }
            Act::Tidy => self.tidy(),
            Act::Leave { person } => self.leave(person),
            Act::Enter { person, door } => self.enter(person, door, false),
            Act::EnterOld { person, door } => self.enter(person, door, true),
            Act::Guess { door } => self.type_digits(door, "90817263", None),
            Act::Retry { lock } => self.retry(lock),
            Act::RemoveForeign { lock } => self.remove_foreign(lock),
            ref fault => self.go_wrong(fault)?,
        }
        self.rest()
    }

    fn person(&self, n: usize) -> Option<(PersonId, CredentialId)> {
        (!self.people.is_empty()).then(|| self.people[n % self.people.len()])
    }

    pub(crate) fn make_schedules(&mut self) {
        let at = |hour| jiff::civil::time(hour, 0, 0, 0);
        let windows = [
            Window { days: Days::WEEKDAYS, start: at(8), end: at(18) },
            Window { days: Days::ALL, start: at(22), end: at(6) },
        ];
        for (n, window) in windows.into_iter().enumerate() {
            let id = ScheduleId::new(self.ids.uuid());
            let name = ["office hours", "nights"][n].to_owned();
            if self.act(Command::AddSchedule { id, name, windows: vec![window] }) {
                self.schedules[n] = Some(id);
            }
        }
    }

    fn arrive(&mut self, door: usize, shape: Shape) {
        self.arrivals += 1;
        let id = PersonId::new(self.ids.uuid());
        let name = format!("Guest {}", self.arrivals);
        if !self.act(Command::AddPerson { id, name, kind: PersonKind::Guest, note: String::new() }) {
            return;
        }
        let pin = self.digits();
        let set = self.ask(|hub| {
            Box::pin(
                async move { hub.set_code(&Actor::at_the_machine(), id, None, CodeWish::Typed(pin)).await },
            )
        });
        if let Some(Ok(code)) = set {
            self.people.push((id, code));
            self.give(id, code, door, shape);
        }
    }

    /// Eight digits that nobody has and nobody would guess first.
    fn digits(&mut self) -> Pin {
        loop {
            let mut bytes = [0; 8];
            self.ids.fill(&mut bytes);
            let text: String = bytes.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
            if let Ok(pin) = Pin::parse(&text)
                && access::weakness(&pin).is_none()
                && !self.facts.owners.contains_key(&text)
            {
                return pin;
            }
        }
    }

    fn local(&self, door: usize, ahead: Ms) -> Option<DateTime> {
        let hub = self.hub.as_ref()?;
        let id = self.doors[door % self.doors.len()].id;
        let zone = hub.view(|view| view.house.doors.get(&id).map(|door| door.time_zone.clone()))?;
        let zone = jiff::tz::TimeZone::get(&zone).ok()?;
        let at =
            self.clock.truth().checked_add(SignedDuration::from_millis(i64::try_from(ahead).ok()?)).ok()?;
        let local = zone.to_datetime(at);
        // to the minute, as pages have it
        local.with().second(0).subsec_nanosecond(0).build().ok()
    }

    fn give(&mut self, person: PersonId, credential: CredentialId, door: usize, shape: Shape) {
        let hours = |n: u32| u64::from(n) * HOUR;
        let (from, until) = match shape {
            Shape::Always | Shape::Weekdays | Shape::Nights | Shape::Once => (None, None),
            Shape::Hours(length) => (None, self.local(door, hours(length))),
            Shape::Stay(begins, length) => {
                (self.local(door, hours(begins)), self.local(door, hours(begins + length)))
            }
        };
        let schedule = match shape {
            Shape::Weekdays => self.schedules[0],
            Shape::Nights => self.schedules[1],
            _ => None,
        };
        let id = GrantId::new(self.ids.uuid());
        let number = door % self.doors.len();
        let give = GiveAccess {
            id,
            person,
            credential,
            target: Target::Door(self.doors[number].id),
            schedule,
            from,
            until,
            once: shape == Shape::Once,
            reason: "stays".into(),
        };
        let done = self.ask(|hub| Box::pin(async move { hub.give(&Actor::at_the_machine(), give).await }));
        if matches!(done, Some(Ok(()))) {
            self.grants.push((id, number));
            self.facts.promises.insert(id, Promise::Lives);
        }
    }

    fn living(&self, n: usize) -> Option<GrantId> {
        let living: Vec<GrantId> = self
            .facts
            .promises
            .iter()
            .filter(|(_, promise)| **promise == Promise::Lives)
            .map(|(id, _)| *id)
            .collect();
        (!living.is_empty()).then(|| living[n % living.len()])
    }

    fn revoke(&mut self, n: usize) {
        let Some(id) = self.living(n) else { return };
        if self.act(Command::Revoke { id }) {
            self.facts.promises.insert(id, Promise::Ended);
        }
    }

    fn extend(&mut self, n: usize, hours: u32) {
        let Some(id) = self.living(n) else { return };
        let door = self.grants.iter().find(|(grant, _)| *grant == id).map_or(0, |(_, door)| *door);
        let Some(row) =
            self.hub.as_ref().and_then(|hub| hub.view(|view| view.house.grants.get(&id).cloned()))
        else {
            return;
        };
        let until = self.local(door, u64::from(hours) * HOUR);
        self.act(Command::ChangeGrant {
            id,
            schedule: row.schedule,
            from: row.from,
            until,
            reason: row.reason,
        });
    }

    fn recode(&mut self, n: usize, digits: Option<String>) {
        let Some((person, code)) = self.person(n) else { return };
        let pin = match digits.and_then(|text| Pin::parse(&text).ok()) {
            Some(pin) => pin,
            None => self.digits(),
        };
        let _ = self.ask(|hub| {
            Box::pin(async move {
                hub.set_code(&Actor::at_the_machine(), person, Some(code), CodeWish::Typed(pin)).await
            })
        });
    }

    fn leave(&mut self, n: usize) {
        let Some((id, _)) = self.person(n) else { return };
        if self.act(Command::RemovePerson { id }) {
            self.gone(id);
        }
    }

    /// The access review: whoever has no access any more is taken off the list.
    fn tidy(&mut self) {
        let Some(hub) = self.hub.clone() else { return };
        let over: Vec<PersonId> = hub.view(|view| {
            let wanted: std::collections::BTreeSet<CredentialId> = view
                .house
                .wanted
                .values()
                .filter_map(|row| row.spec.as_ref())
                .map(|spec| spec.credential)
                .collect();
            self.people.iter().filter(|(_, code)| !wanted.contains(code)).map(|(person, _)| *person).collect()
        });
        for id in over {
            if self.act(Command::RemovePerson { id }) {
                self.gone(id);
            }
        }
    }

    /// A person is gone: nobody can be asked for them any more.
    fn gone(&mut self, id: PersonId) {
        self.people.retain(|(person, _)| *person != id);
        let Some(hub) = self.hub.clone() else { return };
        let theirs: Vec<GrantId> = hub.view(|view| {
            view.house.grants.values().filter(|grant| grant.person == id).map(|grant| grant.id).collect()
        });
        for grant in theirs {
            self.facts.promises.insert(grant, Promise::Ended);
        }
    }

    /// After a crash: what was done although nobody heard of it.
    pub(crate) fn adopt_what_is_there(&mut self) {
        let Some(hub) = self.hub.clone() else { return };
        let (codes, grants) = hub.view(|view| {
            let codes: Vec<_> = view
                .house
                .credentials
                .values()
                .filter(|code| view.house.people.get(&code.person).is_some_and(|row| row.removing.is_none()))
                .map(|code| (code.person, code.id))
                .collect();
            let grants: Vec<_> = view
                .house
                .grants
                .values()
                .map(|grant| {
                    let door = view.house.doors_of(grant.target).first().copied();
                    (grant.id, grant.revoked.is_some(), door)
                })
                .collect();
            (codes, grants)
        });
        let missing: Vec<_> = codes.iter().filter(|row| !self.people.contains(row)).copied().collect();
        self.people.extend(missing);
        self.people.retain(|row| codes.contains(row));
        for (id, revoked, door) in grants {
            let known = self.facts.promises.get(&id);
            if known.is_none() {
                let number = self.doors.iter().position(|row| Some(row.id) == door).unwrap_or(0);
                self.grants.push((id, number));
                self.facts.promises.insert(id, if revoked { Promise::Ended } else { Promise::Lives });
            } else if revoked {
                // it was asked for and not answered
                self.facts.promises.insert(id, Promise::Ended);
            }
        }
    }

    fn enter(&mut self, n: usize, door: usize, old: bool) {
        let number = door % self.doors.len();
        let person = if n == usize::MAX {
            let id = self.doors[number].id;
            let guests = self.hub.as_ref().map(|hub| {
                hub.view(|view| {
                    let here = view
                        .house
                        .grants
                        .values()
                        .filter(|g| g.revoked.is_none() && g.target == Target::Door(id));
                    here.map(|grant| (grant.person, grant.credential)).next_back()
                })
            });
            guests.flatten()
        } else {
            self.person(n)
        };
        let Some((person, code)) = person else { return };
        let Some((_, pins)) = self.facts.codes.get(&code) else { return };
        let back = if old { 2 } else { 1 };
        let Some((_, pin)) = pins.len().checked_sub(back).and_then(|at| pins.get(at)).cloned() else {
            return;
        };
        self.type_digits(number, &pin, Some(person));
    }

    fn type_digits(&mut self, door: usize, pin: &str, person: Option<PersonId>) {
        let row = &self.doors[door % self.doors.len()];
        let (key, lock) = (row.key.clone(), row.lock);
        let truth = self.clock.truth();
        let Some((typed, record)) =
            air_of(self).stations.get_mut(&key).map(|station| station.body.type_code(pin, truth))
        else {
            return;
        };
        self.count(if typed.opened { "opened by code" } else { "refused at the door" });
        if let Some(record) = &record {
            let owners = self.facts.owners.get(pin).into_iter().flatten();
            let owners = owners.filter(|code| self.facts.pin(**code) == Some(pin));
            let owners = owners.filter_map(|code| self.facts.codes.get(code).map(|(person, _)| *person));
            let people = owners.chain(person).collect();
            self.facts.entries.push(Entry {
                lock,
                slot: record.slot,
                stamp: record.at,
                sequence: record.sequence,
                people,
            });
            if self.facts.entries.len() > 2_000 {
                self.facts.entries.drain(..1_000);
            }
        }
        if typed.opened {
            self.check_entry(lock, typed.slot.unwrap_or(0), pin);
        }
        air_of(self).tell_record(&key, record);
    }

    pub(crate) fn retry(&mut self, lock: usize) {
        let lock = self.doors[lock % self.doors.len()].lock;
        let _ = self.ask(|hub| Box::pin(async move { hub.retry(&Actor::at_the_machine(), lock).await }));
    }

    pub(crate) fn remove_foreign(&mut self, lock: usize) {
        let lock = self.doors[lock % self.doors.len()].lock;
        let Some(hub) = self.hub.clone() else { return };
        let strangers = hub.view(|view| view.strangers());
        for (_, slot, _) in strangers.into_iter().filter(|(of, ..)| *of == lock) {
            self.facts.may_go.insert((lock, slot));
            self.act(Command::RemoveForeign { lock, slot });
        }
    }

    fn go_wrong(&mut self, fault: &Act) -> anyhow::Result<()> {
        let now = self.clock.ms();
        let end = |minutes: u32| now + u64::from(minutes) * MINUTE;
        let doors = self.doors.len();
        match *fault {
            Act::Weather { lock, minutes } => {
                self.with_station(lock, |station| station.weather = Weather::ROUGH);
                self.trouble(lock, end(minutes) + ECHO);
                self.later(end(minutes), Todo::Calm(lock % doors));
                self.count("bad weather");
            }
            Act::Habit { lock, habit, minutes } => {
                self.with_station(lock, |station| station.weather = Weather::of(habit));
                self.trouble(lock, end(minutes) + ECHO);
                self.later(end(minutes), Todo::Calm(lock % doors));
            }
            Act::Out { lock, minutes, told } => {
                self.with_station(lock, |station| station.out = true);
                self.trouble(lock, end(minutes) + ECHO);
                if told {
                    let key = self.doors[lock % doors].key.clone();
                    let event = hub::ports::LinkEvent::Contact {
                        address: crate::air::address(&key),
                        reachable: false,
                        next: None,
                    };
                    air_of(self).tell(event);
                }
                self.later(end(minutes), Todo::Back(lock % doors, told));
                self.count("lock out of reach");
            }
            Act::BatteryDies { lock, minutes } => {
                self.with_station(lock, |station| station.body.dead = true);
                self.trouble(lock, end(minutes) + ECHO);
                self.later(end(minutes), Todo::Battery(lock % doors));
                self.count("battery empty");
            }
            Act::GatewayDown { minutes } | Act::PowerCut { minutes } => {
                let mut air = air_of(self);
                air.tell(hub::ports::LinkEvent::Down { why: "unplugged".into() });
                air.up = false;
                drop(air);
                (0..doors).for_each(|lock| self.trouble(lock, end(minutes) + ECHO));
                self.later(end(minutes), Todo::GatewayUp);
                self.count("gateway down");
                if matches!(fault, Act::PowerCut { .. }) {
                    self.later(end(minutes) + 20_000, Todo::Start);
                    if self.hub.is_some() {
                        self.die("for want of power");
                    }
                }
            }
            Act::Crash { minutes } => {
                self.later(end(minutes), Todo::Start);
                if self.hub.is_some() {
                    self.die("by itself");
                }
            }
            Act::CrashAt { awaits, .. } => self.crash.arm(awaits),
            Act::DiskFull { minutes } | Act::DiskErrors { minutes } => {
                let full = matches!(fault, Act::DiskFull { .. });
                self.disk.set_trouble(if full { Trouble::Full } else { Trouble::Error });
                self.facts.hub_troubled = self.facts.hub_troubled.max(end(minutes) + ECHO);
                self.later(end(minutes), Todo::DiskWell);
                self.count(if full { "disk full" } else { "disk errors" });
            }
            Act::ClockWrong { seconds, minutes } => {
                self.clock.set(seconds * 1_000);
                self.facts.clock_wrong = true;
                self.later(end(minutes), Todo::ClockRight);
                self.count("clock wrong");
            }
            Act::Zone { door, zone } => self.move_zone(door, zone),
            Act::ForeignSet { lock, place } => self.stranger(lock, place, true),
            Act::ForeignClear { lock, place } => self.stranger(lock, place, false),
            Act::SecondHub { minutes } => {
                self.second_hub()?;
                self.later(end(minutes), Todo::SecondGone);
                self.count("second hub");
            }
            Act::PhoneOff { minutes } => {
                self.phone.switch_off(true);
                self.facts.phone_troubled = self.facts.phone_troubled.max(end(minutes) + HOUR);
                self.later(end(minutes), Todo::PhoneOn);
                self.count("telephone off");
            }
            _ => {}
        }
        Ok(())
    }

    fn move_zone(&mut self, door: usize, zone: usize) {
        let row = &self.doors[door % self.doors.len()];
        let (id, name) = (row.id, row.name.clone());
        let time_zone = ZONES[zone % ZONES.len()].to_owned();
        self.act(Command::ChangeDoor { id, name, time_zone, note: String::new() });
        self.count("door moved to another zone");
    }

    /// Another controller writes or empties a place.
    fn stranger(&mut self, lock: usize, place: u16, sets: bool) {
        let digits = sets.then(|| self.digits());
        let key = self.doors[lock % self.doors.len()].key.clone();
        let kind = air_of(self).stations[&key].body.kind;
        let slot = kind.first + place % kind.slots;
        let command = match digits {
            Some(pin) => Sent::Set(Box::new(hub::ports::SlotWrite {
                slot,
                version: u64::from(u32::MAX),
                pin,
                enabled: true,
                validity: Vec::new(),
                time_zone: "UTC".into(),
                not_after: None,
                once: false,
                purpose: hub::ports::Purpose::Ordinary,
            })),
            None => Sent::Clear(slot),
        };
        // what a stranger is refused is no change
        let _ = air_of(self).command(&key, &command, Origin::Foreign, false);
        self.count(if sets { "stranger set a code" } else { "stranger removed a code" });
    }

    pub(crate) fn with_station(&self, lock: usize, change: impl FnOnce(&mut crate::air::Station)) {
        let key = &self.doors[lock % self.doors.len()].key;
        if let Some(station) = air_of(self).stations.get_mut(key) {
            change(station);
        }
    }

    fn trouble(&mut self, lock: usize, until: Ms) {
        let lock = self.doors[lock % self.doors.len()].lock;
        self.facts.trouble(lock, until);
    }
}
