//! Tasks of one lock: its cells, its firmware, its backup, a rehearsal of a dead battery.

use door::survey::Key;

use super::{Task, Words, days_after, latest, months_after};
use crate::living::sight::{DoorSight, Home, LockSight, day_words, short};
use crate::words::{say, word};

/// Without a forecast cells are changed once in so many months. An estimate: makers name 6 to 12 months and more.
const CELLS_MONTHS: i64 = 12;
/// Months after which firmware counts as out of date: the red flag's own edge.
const FIRMWARE_MONTHS: i64 = door::flags::FIRMWARE_MONTHS as i64;
/// Months after which a backup counts as untested: the red flag's own edge.
const BACKUP_MONTHS: i64 = door::flags::BACKUP_MONTHS as i64;
/// Months between rehearsals of a dead battery. An estimate: once in each warm and cold half would be better.
const REHEARSAL_MONTHS: i64 = 12;
/// What was never tried is due so many days after the lock was entered.
const FIRST_DAYS: i64 = 14;

/// Whether it has cells at all: a plain deadbolt has none.
fn electronic(door: &DoorSight, lock: &LockSight) -> bool {
    !lock.told || door.survey.word(Key::SmartKind).is_some_and(|word| word == "stand-alone")
}

fn at_lock(task: Task, door: &DoorSight, lock: &LockSight) -> Task {
    let place = format!("/locks/{}", lock.id);
    Task { door: Some(door.id), lock: Some(lock.id), place, ..task }
}

/// Fresh cells, by the forecast where there is one.
pub(super) fn battery(home: &Home, door: &DoorSight, lock: &LockSight) -> Option<Task> {
    if !electronic(door, lock) {
        return None;
    }
    let subject = short(lock.id.uuid());
    let words = Words { kind: "battery", places: &[("lock", &lock.name)], minutes: 10 };
    let today = door.day(home.now);
    let task = if lock.battery_low {
        let level = lock.battery.map_or_else(String::new, |(percent, _)| format!(" ({percent} %)"));
        words.task(
            &subject,
            today,
            say("living.decided.battery-low", &[("lock", &lock.name), ("level", &level)]),
        )
    } else if let Some(outlook) = &lock.outlook {
        let (early, middle) = (door.day(outlook.early), door.day(outlook.day));
        let since = day_words(door.day(outlook.since));
        let count = outlook.readings.to_string();
        let places = [
            ("early", &*day_words(early)),
            ("middle", &*day_words(middle)),
            ("count", &*count),
            ("since", &*since),
        ];
        words.task(&subject, early.max(today), say("living.decided.forecast", &places))
    } else {
        let last = latest(home.last_done(&format!("battery-{subject}")), None, |at| door.day(at));
        let (from, by) = last.unwrap_or_else(|| (door.day(lock.created), word("living.decided.no-forecast")));
        words.task(&subject, months_after(from, CELLS_MONTHS), by)
    };
    let estimate = !lock.battery_low;
    Some(at_lock(Task { estimate, ..task }, door, lock))
}

/// A look for new firmware.
pub(super) fn firmware(home: &Home, door: &DoorSight, lock: &LockSight) -> Option<Task> {
    if !electronic(door, lock) {
        return None;
    }
    let subject = short(lock.id.uuid());
    let seen = lock.firmware.as_ref().map(|(version, since)| {
        // a version that was met a moment ago is as old as the lock here
        let since = since.unwrap_or(lock.created);
        let day = day_words(door.day(since));
        (since, say("living.decided.firmware", &[("version", version), ("day", &day)]))
    });
    let last = latest(home.last_done(&format!("firmware-{subject}")), seen, |at| door.day(at));
    let (from, by) =
        last.unwrap_or_else(|| (door.day(lock.created), word("living.decided.firmware-unknown")));
    let words = Words { kind: "firmware", places: &[("lock", &lock.name)], minutes: 15 };
    let task = words.task(&subject, months_after(from, FIRMWARE_MONTHS), by);
    Some(at_lock(Task { estimate: true, ..task }, door, lock))
}

/// The spare key or emergency code, tried.
pub(super) fn backup(door: &DoorSight, lock: &LockSight) -> Task {
    let keyless = door.survey.word(Key::CylinderKind) == Some("none");
    let tested = lock.backup_tested.map(|at| {
        let day = day_words(door.day(at));
        (door.day(at), say("living.decided.backup", &[("lock", &lock.name), ("day", &day)]))
    });
    let (due, by) = match tested {
        Some((day, by)) => (months_after(day, BACKUP_MONTHS), by),
        None => (days_after(door.day(lock.created), FIRST_DAYS), word("living.decided.backup-never")),
    };
    let by = match door.answer(Key::CylinderKind).filter(|_| keyless) {
        Some(answer) => format!("{by} {}", say("living.decided.keyless", &[("answer", &answer)])),
        None => by,
    };
    let words = if keyless {
        Words { kind: "backup-keyless", places: &[("lock", &lock.name)], minutes: 10 }
    } else {
        Words { kind: "backup", places: &[("lock", &lock.name)], minutes: 10 }
    };
    let task = words.task(&short(lock.id.uuid()), due, by);
    let id = format!("backup-{}", short(lock.id.uuid()));
    let place = format!("/care/keys#lock-{}", lock.id);
    Task { id, kind: "backup", place, ..at_lock(task, door, lock) }
}

/// A dead battery played through, where the lock can do it.
pub(super) fn rehearsal(door: &DoorSight, lock: &LockSight) -> Option<Task> {
    if !lock.rehearses {
        return None;
    }
    let seen = lock.rehearsed.map(|(at, good)| {
        let day = day_words(door.day(at));
        let key = if good { "living.decided.rehearsed" } else { "living.decided.rehearsed-badly" };
        (at, good, say(key, &[("day", &day)]))
    });
    let (due, by) = match seen {
        // what went wrong is tried again once it is mended
        Some((at, false, by)) => (days_after(door.day(at), FIRST_DAYS), by),
        Some((at, true, by)) => (months_after(door.day(at), REHEARSAL_MONTHS), by),
        None => (days_after(door.day(lock.created), FIRST_DAYS), word("living.decided.never-rehearsed")),
    };
    let words = Words { kind: "rehearsal", places: &[("lock", &lock.name)], minutes: 15 };
    let task = words.task(&short(lock.id.uuid()), due, by);
    let place = format!("/locks/{}#rehearsals", lock.id);
    let itself = Some(word("living.itself.rehearsal"));
    Some(Task { place, estimate: true, by_itself: itself, ..at_lock(task, door, lock) })
}
