//! What the hub sees of a door's locks by itself. What it cannot know stays unknown: nothing is guessed.

use std::collections::{BTreeMap, BTreeSet};

use ::door::survey::{Answer, Evidence, Key, Survey, Value};
use access::{DoorId, Grant, Holds, House, Lock, LockoutRule, PersonKind};
use jiff::{Timestamp, Unit};

use super::MONTH_S;
use crate::state::State;

/// Security classes by the words that links use for them.
const CLASSES: &[(&str, &str)] = &[
    ("S0", "legacy"),
    ("S2", "current"),
    ("install code", "current"),
    ("AEAD", "current"),
    ("Poly1305", "current"),
];

/// Grants in use, by the doors they open: gathered once for all doors.
pub(crate) struct Uses<'a>(BTreeMap<DoorId, Vec<&'a Grant>>);

impl<'a> Uses<'a> {
    /// Gathers them.
    pub(crate) fn of(house: &'a House) -> Self {
        let mut uses: BTreeMap<DoorId, Vec<&Grant>> = BTreeMap::new();
        for grant in house.grants.values().filter(|grant| grant.revoked.is_none()) {
            for door in house.doors_of(grant.target) {
                uses.entry(door).or_default().push(grant);
            }
        }
        Self(uses)
    }
}

/// What the hub sees of a door's locks, each answer with the time of the sighting.
pub(crate) fn seen(state: &State, uses: &Uses<'_>, door: DoorId, now: Timestamp) -> Survey {
    let mut sight = Sight { survey: Survey::default(), when: minute(now) };
    let house = &state.house;
    let locks: Vec<&Lock> = house.locks_of(door).filter(|lock| lock.removing.is_none()).collect();
    let reached: Vec<&Lock> = locks.iter().copied().filter(|lock| !lock.address.is_told()).collect();
    if let Some(lock) = reached.first() {
        sight.word(Key::SmartKind, "stand-alone");
        sight.word(Key::SmartLogPlace, "home");
        match lock.address.link.as_str() {
            "zigbee2mqtt" => sight.word(Key::SmartRadio, "zigbee"),
            "zwave_js" => sight.word(Key::SmartRadio, "zwave"),
            "matter" => sight.word(Key::SmartRadio, "thread"),
            _ => {}
        }
        hardware(&mut sight, state, lock, now);
        let grants = uses.0.get(&door).map(Vec::as_slice).unwrap_or_default();
        codes(&mut sight, house, grants);
        strays(&mut sight, house, &reached, grants);
    }
    if let Some(tested) = locks.iter().filter_map(|lock| lock.told.backup_tested).max() {
        sight.number(Key::HabitBackupTested, months_since(tested, now).min(600.0));
    }
    sight.survey
}

/// What the first lock that is reached is and says of itself.
fn hardware(sight: &mut Sight, state: &State, lock: &Lock, now: Timestamp) {
    match lock.capabilities.lockout {
        Some(LockoutRule::None) => sight.word(Key::SmartLockout, "none"),
        Some(LockoutRule::Short) => sight.word(Key::SmartLockout, "short"),
        Some(LockoutRule::Escalating) => sight.word(Key::SmartLockout, "escalating"),
        Some(LockoutRule::Long) => sight.word(Key::SmartLockout, "long"),
        None => {}
    }
    let class = lock
        .capabilities
        .link_security
        .as_deref()
        .and_then(|said| CLASSES.iter().find(|(word, _)| said.contains(word)).map(|(_, class)| *class));
    if let Some(class) = class {
        sight.word(Key::SmartRadioClass, class);
    }
    if let Some((percent, at)) = state.live.get(&lock.id).and_then(|live| live.battery_percent) {
        let answer = Answer {
            value: Value::Number(f64::from(percent)),
            evidence: Evidence::Seen { when: minute(at) },
        };
        sight.survey.put(Key::SmartBattery, answer);
    }
    // the version was there when the hub first met it: it is at least as old as that
    if let Some(since) = crate::flags::firmware_since(state, lock.id) {
        let months = months_since(since, now);
        if months >= 1.0 {
            sight.number(Key::SmartFirmwareAge, months.min(240.0));
        }
    }
}

/// Codes in use on the door: how many, how short the shortest, whether those of guests end by themselves.
fn codes(sight: &mut Sight, house: &House, grants: &[&Grant]) {
    let credentials: BTreeSet<_> = grants.iter().map(|grant| grant.credential).collect();
    let shortest =
        credentials.iter().filter_map(|id| house.credentials.get(id)).map(|code| code.digits).min();
    if let Some(digits) = shortest {
        sight.number(Key::SmartCodes, (credentials.len() as f64).min(1000.0));
        sight.number(Key::SmartCodeLength, f64::from(digits).clamp(3.0, 12.0));
    }
    let guest =
        |grant: &&&Grant| house.people.get(&grant.person).is_some_and(|who| who.kind != PersonKind::Resident);
    let mut guests = grants.iter().filter(guest).peekable();
    if guests.peek().is_some() {
        let end = guests.all(|grant| grant.until.is_some() || grant.once);
        sight.put(Key::HabitGuestCodesExpire, Value::Yes(end));
    }
}

/// Codes on the locks that should not be there: of nobody, of several people, of people whose access ended.
fn strays(sight: &mut Sight, house: &House, locks: &[&Lock], grants: &[&Grant]) {
    let slots: Vec<&access::Seen> = locks
        .iter()
        .flat_map(|lock| house.seen.range((lock.id, 0)..=(lock.id, u16::MAX)).map(|(_, seen)| seen))
        .collect();
    let held: Vec<_> = grants.iter().filter_map(|grant| house.credentials.get(&grant.credential)).collect();
    let twice = held.iter().any(|one| held.iter().any(|o| o.person != one.person && o.digest == one.digest));
    if slots.iter().any(|slot| slot.holds == Holds::Foreign) {
        // a code nobody here gave: somebody uses it, and nobody knows who
        sight.word(Key::HabitCodesShared, "untracked");
    } else if twice {
        sight.word(Key::HabitCodesShared, "tracked");
    }
    let granted: BTreeSet<_> = grants.iter().map(|grant| grant.credential).collect();
    let stale: BTreeSet<_> = slots
        .iter()
        .filter_map(|slot| match slot.holds {
            Holds::Ours { credential, enabled: true, .. } => Some(credential),
            _ => None,
        })
        .filter(|credential| !granted.contains(credential))
        .collect();
    if !slots.is_empty() {
        sight.number(Key::HabitStalePeople, stale.len() as f64);
    }
}

fn months_since(then: Timestamp, now: Timestamp) -> f64 {
    ((now.as_second() - then.as_second()).max(0) / MONTH_S) as f64
}

/// RFC 3339, whole minutes: more would say nothing.
fn minute(at: Timestamp) -> String {
    at.round(Unit::Minute).unwrap_or(at).to_string()
}

struct Sight {
    survey: Survey,
    when: String,
}

impl Sight {
    fn put(&mut self, key: Key, value: Value) {
        self.survey.put(key, Answer { value, evidence: Evidence::Seen { when: self.when.clone() } });
    }

    fn number(&mut self, key: Key, number: f64) {
        self.put(key, Value::Number(number));
    }

    fn word(&mut self, key: Key, word: &str) {
        if let Some(at) = key.option(word) {
            self.put(key, Value::Choice(at));
        }
    }
}
