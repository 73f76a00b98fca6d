//! Rows to store: one of every kind, with every optional part both there and not.

use access::{
    Capabilities, Change, CodeLengths, Credential, CredentialId, Days, Door, DoorId, Errand, ErrandState,
    Evidence, Grant, GrantId, Group, GroupId, Holds, Lock, LockAddress, LockId, OpId, Past, Person, PersonId,
    PersonKind, ReadBack, Schedule, ScheduleId, ScheduleSupport, Seen, SlotSpec, Target, Told, ToldCode,
    Validity, Wanted, Window,
};
use hub::ports::{Batch, JournalState, LeafRow, NodeRow};
use jiff::Timestamp;
use jiff::civil::{date, time};
use uuid::Uuid;

pub fn id(n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0194_0000_0000_7000, 0x8000_0000_0000_0000 | n)
}

/// A moment with nanoseconds, so that rounding shows.
pub fn at(second: i64) -> Timestamp {
    Timestamp::new(1_790_000_000 + second, 123_456_789).unwrap()
}

pub fn person(n: u64) -> Person {
    let kind = [PersonKind::Resident, PersonKind::Guest, PersonKind::Service][n as usize % 3];
    Person {
        id: PersonId::new(id(n)),
        name: format!("Ana {n}"),
        kind,
        note: "écran 'quoted'".into(),
        created: at(0),
        removing: (n % 4 == 1).then(|| at(7)),
    }
}

pub fn door(n: u64) -> Door {
    Door {
        id: DoorId::new(id(n)),
        name: format!("Door {n}"),
        time_zone: "Europe/Vienna".into(),
        note: String::new(),
        created: at(1),
    }
}

pub fn lock(n: u64, door: u64) -> Lock {
    let told = Told {
        maker: Some("A maker".into()),
        backup_tested: Some(at(5)),
        codes: vec![ToldCode {
            person: PersonId::new(id(1)),
            what: "key".into(),
            until: Some(date(2027, 1, 2).at(3, 4, 5, 0)),
        }],
        ..Told::default()
    };
    let capabilities = Capabilities {
        slots: 30,
        first_slot: 0,
        code: CodeLengths { min: 4, max: 8 },
        read_back: ReadBack::Value,
        schedules: ScheduleSupport { week_day: 2, year_day: 1, lease: true, once: false, one_kind: false },
        remote: true,
        sleeps: true,
        write_gap_ms: 300,
        link_security: Some("AEAD".into()),
        ..Capabilities::told()
    };
    Lock {
        id: LockId::new(id(n)),
        door: DoorId::new(id(door)),
        name: format!("Lock {n}"),
        address: LockAddress { link: "virtual".into(), key: format!("v{n}") },
        capabilities,
        told,
        created: at(2),
        removing: (n % 2 == 1).then(|| at(9)),
    }
}

pub fn windows() -> Vec<Window> {
    vec![
        Window { days: Days::WEEKDAYS, start: time(8, 0, 0, 0), end: time(18, 0, 0, 0) },
        Window { days: Days::ALL, start: time(22, 30, 0, 0), end: time(6, 0, 0, 0) },
    ]
}

pub fn grant(n: u64, target: Target) -> Grant {
    Grant {
        id: GrantId::new(id(n)),
        person: PersonId::new(id(1)),
        credential: CredentialId::new(id(50)),
        target,
        schedule: n.is_multiple_of(2).then(|| ScheduleId::new(id(40))),
        from: n.is_multiple_of(3).then(|| date(2026, 11, 23).at(8, 0, 0, 0)),
        until: n.is_multiple_of(2).then(|| date(9999, 12, 31).at(23, 59, 59, 999_999_999)),
        once: n.is_multiple_of(5),
        reason: "cleans".into(),
        created: at(3),
        revoked: n.is_multiple_of(7).then(|| at(8)),
    }
}

pub fn credential(n: u64) -> Credential {
    Credential {
        id: CredentialId::new(id(n)),
        person: PersonId::new(id(1)),
        digits: 6,
        sealed: vec![1, 2, 3, n as u8],
        digest: [n as u8; 32],
        version: 3,
        changed: at(4),
    }
}

pub fn wanted(lock: u64, slot: u16, spec: bool) -> Wanted {
    let spec = spec.then(|| SlotSpec {
        credential: CredentialId::new(id(50)),
        credential_version: 3,
        validity: vec![Validity {
            from: Some(date(2026, 1, 1).at(0, 0, 0, 0)),
            until: None,
            windows: windows(),
        }],
        once: slot % 2 == 1,
    });
    Wanted { lock: LockId::new(id(lock)), slot, version: 7, spec, since: at(5) }
}

pub fn seen(lock: u64, slot: u16, holds: Holds) -> Seen {
    Seen {
        lock: LockId::new(id(lock)),
        slot,
        holds,
        evidence: Evidence::ReadBack,
        at: at(6),
        after: (slot % 2 == 1).then(|| OpId::new(id(900))),
        version: u64::from(slot) + 9,
        past: (0..slot % 3).map(past).collect(),
    }
}

fn past(n: u16) -> Past {
    Past {
        credential: CredentialId::new(id(50)),
        person: PersonId::new(id(1)),
        first: u64::from(n),
        version: u64::from(n) + 1,
        digest: (n == 1).then_some([8; 32]),
        began: (n == 1).then(|| at(5)),
        ended: at(6),
    }
}

pub fn errand(lock: u64, slot: u16, state: ErrandState) -> Errand {
    Errand {
        lock: LockId::new(id(lock)),
        slot,
        version: 7,
        state,
        op: (slot % 2 == 1).then(|| OpId::new(id(901))),
        tries: 3,
        next_try: slot.is_multiple_of(2).then(|| at(60)),
        last_error: slot.is_multiple_of(2).then(|| "no answer".into()),
        since: at(5),
    }
}

/// A house with something in every table.
pub fn house_changes() -> Vec<Change> {
    let ours = Holds::Ours { credential: CredentialId::new(id(50)), version: 7, enabled: true };
    let door_ids = [DoorId::new(id(10)), DoorId::new(id(11))];
    let schedule = Schedule { id: ScheduleId::new(id(40)), name: "Weekdays".into(), windows: windows() };
    vec![
        Change::Person(person(1)),
        Change::Person(person(2)),
        Change::Door(door(10)),
        Change::Door(door(11)),
        Change::Lock(lock(20, 10)),
        Change::Lock(lock(21, 11)),
        Change::Group(Group { id: GroupId::new(id(30)), name: "All".into(), doors: door_ids.into() }),
        Change::Group(Group { id: GroupId::new(id(31)), name: "None yet".into(), doors: [].into() }),
        Change::Schedule(schedule),
        Change::Credential(credential(50)),
        Change::Grant(grant(60, Target::Door(DoorId::new(id(10))))),
        Change::Grant(grant(63, Target::Group(GroupId::new(id(30))))),
        Change::Grant(grant(70, Target::Group(GroupId::new(id(30))))),
        Change::Wanted(wanted(20, 0, true)),
        Change::Wanted(wanted(20, 1, false)),
        Change::Wanted(wanted(21, u16::MAX, true)),
        Change::Seen(seen(20, 0, ours)),
        Change::Seen(seen(20, 1, Holds::Unknown)),
        Change::Seen(seen(20, 2, Holds::Empty)),
        Change::Seen(seen(21, 3, Holds::Foreign)),
        Change::Errand(errand(20, 0, ErrandState::Due)),
        Change::Errand(errand(20, 1, ErrandState::InFlight)),
        Change::Errand(errand(21, 2, ErrandState::Refused)),
        Change::Errand(errand(21, 3, ErrandState::Suspended)),
    ]
}

/// Doors 1 to 3 and no door, two subjects and none, three kinds, times that do not follow the order.
pub fn leaf(n: u64) -> LeafRow {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&n.to_be_bytes());
    LeafRow {
        index: n,
        leaf: format!("leaf {n}").into_bytes(),
        hash,
        at: at(1000 + n as i64),
        happened: at(1000 + n as i64 - if n % 10 == 9 { 500 } else { 0 }),
        kind: ["entry", "change", "alarm"][n as usize % 3].into(),
        door: (!n.is_multiple_of(4)).then(|| id(n % 4)),
        subject: (!n.is_multiple_of(3)).then(|| id(100 + n % 3)),
        salt: Some(vec![9; 16]),
        payload: Some(format!("payload {n}").into_bytes()),
    }
}

pub fn journal(size: u64) -> JournalState {
    let mut root = [1; 32];
    root[..8].copy_from_slice(&size.to_be_bytes());
    let frontier = (0..size.count_ones()).map(|n| [n as u8; 32]).collect();
    JournalState { size, root, frontier, checkpoint: (size > 0).then(|| format!("doorward/log\n{size}\n")) }
}

/// Leaves `from..to` with the inner hashes they complete and the state after them.
pub fn leaves(from: u64, to: u64) -> Batch {
    let nodes = (from / 256..to / 256).map(|n| NodeRow { level: 1, index: n, hash: [n as u8; 32] }).collect();
    Batch { leaves: (from..to).map(leaf).collect(), nodes, journal: Some(journal(to)), ..Batch::default() }
}

pub fn changes(changes: Vec<Change>) -> Batch {
    Batch { changes, ..Batch::default() }
}
