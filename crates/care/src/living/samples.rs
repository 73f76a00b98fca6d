//! Homes for the tests of this crate, as plain as they can be: each test changes the one thing that it is about.

use access::{DoorId, LockId};
use door::survey::Survey;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::sight::{AccessSight, DoorSight, Gateway, Happened, Home, LockSight, What};
use super::travel::History;

/// 23 November 2026, 12:00 in UTC.
pub(crate) const NOW: i64 = 1_795_435_200;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(crate) fn ago(hours: i64) -> Timestamp {
    now().checked_sub(SignedDuration::from_hours(hours)).unwrap()
}

/// A lock that is in reach and well, mounted forty days ago.
pub(crate) fn lock(number: u128) -> LockSight {
    LockSight {
        id: LockId::new(Uuid::from_u128(number)),
        name: format!("Lock {number}"),
        model: Some("Example Bolt".into()),
        told: false,
        gateway: "zigbee2mqtt".into(),
        created: ago(40 * 24),
        reachable: Some(true),
        last_contact: Some(ago(0)),
        silent_since: None,
        sleeps: false,
        signal: None,
        battery: Some((80, ago(1))),
        battery_low: false,
        outlook: None,
        jammed: false,
        lockout_until: None,
        budget_spent: false,
        clock_known: Some(true),
        clock_unconfirmed: false,
        mode: None,
        log_place: None,
        firmware: None,
        rehearses: false,
        rehearsed: None,
        backup_tested: Some(ago(30 * 24)),
        travel: History::default(),
        waiting: Vec::new(),
        strangers: 0,
        past: Vec::new(),
    }
}

/// A door with one such lock and this survey.
pub(crate) fn door(number: u128, survey: &str) -> DoorSight {
    DoorSight {
        id: DoorId::new(Uuid::from_u128(1000 + number)),
        name: format!("Door {number}"),
        zone: "UTC".into(),
        created: ago(40 * 24),
        survey: Survey::from_toml(survey).unwrap(),
        flags: Vec::new(),
        locks: vec![lock(number)],
    }
}

/// A home of one such door.
pub(crate) fn home(survey: &str) -> Home {
    Home {
        now: now(),
        doors: vec![door(1, survey)],
        gateways: vec![Gateway { name: "zigbee2mqtt".into(), up: true, since: ago(100), why: None }],
        access: AccessSight { every_months: 6, ..AccessSight::default() },
        keys: Vec::new(),
        done: Vec::new(),
    }
}

/// Something that happened so many hours ago.
pub(crate) fn happened(what: What, hours: i64) -> Happened {
    Happened { index: 1, at: ago(hours), told: ago(hours), what, known: false }
}
