//! The planner alone: 10,000 grants on 100 locks, from nothing known to what to send first.

use std::time::Instant;

use access::{
    Capabilities, CodeLengths, Command, Credential, CredentialId, Days, Door, DoorId, GiveAccess, GrantId,
    House, Lock, LockAddress, LockId, Person, PersonId, PersonKind, ReadBack, Schedule, ScheduleId,
    ScheduleSupport, Target, Told, Window, decide, plan,
};
use anyhow::{Context, ensure};
use jiff::Timestamp;
use uuid::Uuid;

use crate::row::{Row, Times};

const GRANTS: u128 = 10_000;
const LOCKS: u128 = 100;
const TIMES: usize = 11;
const TARGET_MS: f64 = 50.0;

/// Plans every lock of the house, several times.
pub fn measure(rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let now: Timestamp = "2026-05-04T10:00:00Z".parse()?;
    let house = house(now)?;
    let zone = jiff::tz::TimeZone::get("Europe/Vienna")?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let start = Instant::now();
        let ops: usize = house.locks.keys().map(|lock| plan(&house, *lock, now, &zone).ops.len()).sum();
        times.push(start.elapsed());
        ensure!(ops as u128 == GRANTS, "{ops} operations planned");
    }
    let value = Times::new(times).percentile(50);
    let note = format!("on {LOCKS} locks, half of them with hours; median of {TIMES}");
    rows.push(Row::at_most("10,000 grants planned", value, "ms", TARGET_MS).note(note));
    Ok(())
}

fn house(now: Timestamp) -> anyhow::Result<House> {
    let mut house = House::default();
    let id = |kind: u128, n: u128| Uuid::from_u128(kind << 64 | n);
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    let schedule = ScheduleId::new(id(1, 0));
    let windows = vec![Window { days: Days::WEEKDAYS, start: time(8), end: time(18) }];
    house.schedules.insert(schedule, Schedule { id: schedule, name: "hours".into(), windows });
    for n in 0..LOCKS {
        let door = DoorId::new(id(2, n));
        let (name, note) = (format!("door {n}"), String::new());
        let time_zone = "Europe/Vienna".to_owned();
        house.doors.insert(door, Door { id: door, name, time_zone, note, created: now });
        let lock = lock(LockId::new(id(3, n)), door, now);
        house.locks.insert(lock.id, lock);
    }
    for n in 0..GRANTS {
        let (person, credential) = (PersonId::new(id(4, n)), CredentialId::new(id(5, n)));
        let (name, note) = (format!("person {n}"), String::new());
        let kind = PersonKind::Guest;
        house.people.insert(person, Person { id: person, name, kind, note, created: now, removing: None });
        let mut digest = [0; 32];
        digest[..16].copy_from_slice(&n.to_be_bytes());
        let code = Credential {
            id: credential,
            person,
            digits: 6,
            sealed: vec![1],
            digest,
            version: 1,
            changed: now,
        };
        house.credentials.insert(credential, code);
        let give = GiveAccess {
            id: GrantId::new(id(6, n)),
            person,
            credential,
            target: Target::Door(DoorId::new(id(2, n % LOCKS))),
            schedule: (n % 2 == 0).then_some(schedule),
            from: None,
            until: None,
            once: false,
            reason: String::new(),
        };
        let changes = decide(&house, Command::Give(give), now).ok().context("a grant was refused")?;
        for change in changes {
            house.apply(change);
        }
    }
    Ok(house)
}

fn lock(id: LockId, door: DoorId, created: Timestamp) -> Lock {
    let capabilities = Capabilities {
        slots: 250,
        code: CodeLengths { min: 4, max: 8 },
        read_back: ReadBack::Value,
        schedules: ScheduleSupport { week_day: 7, year_day: 2, lease: true, once: true, one_kind: false },
        ..Capabilities::told()
    };
    let address = LockAddress { link: "virtual".into(), key: id.uuid().to_string() };
    Lock {
        id,
        door,
        name: "lock".into(),
        address,
        capabilities,
        told: Told::default(),
        created,
        removing: None,
    }
}
