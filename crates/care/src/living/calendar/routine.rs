//! Tasks of a door and of the home: strike and hinges, a bolt that grows slow, red flags, codes that end, the review.

use door::survey::Key;

use super::{ENDS_WITHIN_DAYS, Task, Words, days_after, latest, months_after};
use crate::living::sight::{DoorSight, Home, LockSight, day_words, short};
use crate::living::travel::Sag;
use crate::words::{say, word};

/// Months between looks at strike and hinges. Estimates: wood moves with the seasons, other frames hardly do, and
/// screws that were loose once come loose again.
const WOOD_MONTHS: i64 = 6;
const OTHER_MONTHS: i64 = 12;
const LOOSE_MONTHS: i64 = 3;
/// Days from the first sign of a sagging door to the day by which it is looked at.
const LOOK_DAYS: i64 = 7;
/// Days from a red flag to the day by which it is dealt with.
const FLAG_DAYS: i64 = 30;

/// Strike and hinges: how often depends on the frame and on its screws.
pub(super) fn strike_hinges(home: &Home, door: &DoorSight) -> Task {
    let subject = short(door.id.uuid());
    let loose = [Key::FrameScrewState, Key::HingeScrewState]
        .into_iter()
        .find(|key| door.survey.word(*key).is_some_and(|word| word == "loose" || word == "stripped"));
    let wood = door.survey.word(Key::FrameMaterial).is_none_or(|word| word == "wood");
    let (months, key) = match loose {
        Some(key) => (LOOSE_MONTHS, key),
        None if wood => (WOOD_MONTHS, Key::FrameMaterial),
        None => (OTHER_MONTHS, Key::FrameMaterial),
    };
    let because = door.answer(key).unwrap_or_else(|| word("living.decided.frame-unknown"));
    let last = latest(home.last_done(&format!("strike-hinges-{subject}")), None, |at| door.day(at));
    let (from, by) = last.unwrap_or_else(|| {
        let day = day_words(door.day(door.created));
        (door.day(door.created), say("living.decided.entered", &[("day", &day)]))
    });
    let count = months.to_string();
    let by = format!("{by} {}", say("living.decided.every", &[("months", &count), ("because", &because)]));
    let words = Words { kind: "strike-hinges", places: &[("door", &door.name)], minutes: 20 };
    let task = words.task(&subject, months_after(from, months), by);
    Task { door: Some(door.id), estimate: true, place: format!("/doors/{}/survey", door.id), ..task }
}

/// A bolt that has grown slow, or stalls: hinges and strike now.
pub(super) fn bolt_travel(home: &Home, door: &DoorSight, lock: &LockSight) -> Option<Task> {
    let subject = short(lock.id.uuid());
    let sag = lock.travel.sags(home.now)?;
    let by = sag_words(&sag);
    // once looked at, it is looked at again after a month if the bolt is still slow
    let noticed = lock.travel.noticed(home.now).unwrap_or(home.now);
    let due = match home.last_done(&format!("bolt-travel-{subject}")) {
        Some(done) => days_after(door.day(done.at), FLAG_DAYS),
        None => days_after(door.day(noticed), LOOK_DAYS),
    };
    let words =
        Words { kind: "bolt-travel", places: &[("lock", &lock.name), ("door", &door.name)], minutes: 20 };
    let task = words.task(&subject, due, by);
    let place = format!("/doors/{}/mend?symptom=jams", door.id);
    Some(Task { door: Some(door.id), lock: Some(lock.id), estimate: true, place, ..task })
}

/// A sign of a sagging door in words.
pub fn sag_words(sag: &Sag) -> String {
    match sag {
        Sag::Slower { first, last, stalls } => {
            let (first, last, stalls) = (first.to_string(), last.to_string(), stalls.to_string());
            say("living.decided.slower", &[("first", &first), ("last", &last), ("stalls", &stalls)])
        }
        Sag::Stalls { stalls } => say("living.decided.stalls", &[("stalls", &stalls.to_string())]),
    }
}

/// What red flags call for. Two or more make a maintenance pass: within a month, one after the other.
pub(super) fn flags(door: &DoorSight) -> Vec<Task> {
    let pass = door.flags.len() >= 2;
    let mut flags: Vec<_> = door.flags.iter().collect();
    flags.sort_by_key(|flag| flag.since);
    // the pass begins with the flag that made it one
    let second = flags.get(1).map(|flag| flag.since);
    let step = FLAG_DAYS / i64::try_from(flags.len().max(1)).unwrap_or(1);
    flags
        .iter()
        .enumerate()
        .map(|(place, flag)| {
            let number = i64::try_from(place).unwrap_or(0) + 1;
            let due = match second {
                Some(began) => days_after(door.day(began), step * number),
                None => days_after(door.day(flag.since), FLAG_DAYS),
            };
            let since = day_words(door.day(flag.since));
            let by = say("living.decided.flag", &[("evidence", &flag.evidence), ("day", &since)]);
            let words = flag_words(flag.id);
            let task =
                Words { kind: words.0, places: &[("door", &door.name)], minutes: words.1 }.task("", due, by);
            let id = format!("flag-{}-{}", flag.id, short(door.id.uuid()));
            let (why, place) = (task.why.clone(), format!("/doors/{}#flags", door.id));
            let why = if pass { format!("{why} {}", word("living.pass")) } else { why };
            let itself = Some(word("living.itself.flag"));
            Task { id, kind: "flag", door: Some(door.id), why, place, pass, by_itself: itself, ..task }
        })
        .collect()
}

/// The words for a flag and about how many minutes it takes.
fn flag_words(id: &str) -> (&'static str, u16) {
    match id {
        "backup-untested" => ("flag-backup", 10),
        "code-shared" => ("flag-code", 15),
        "firmware-old" => ("flag-firmware", 15),
        "strike-screws" => ("flag-screws", 30),
        "account-password" => ("flag-password", 10),
        "visible-gap" => ("flag-gap", 30),
        _ => ("flag-other", 30),
    }
}

/// Codes of guests and services that end soon: so that nobody stands outside by surprise.
pub(super) fn guest_codes(home: &Home) -> Vec<Task> {
    let today = home.day(home.now);
    let soon = days_after(today, ENDS_WITHIN_DAYS);
    let ends = home.access.ends.iter().filter(|ends| ends.on >= today && ends.on <= soon);
    ends.filter_map(|ends| {
        let door = home.door(ends.door)?;
        let day = day_words(ends.on);
        let key = if ends.by_itself { "living.decided.ends-itself" } else { "living.decided.ends-hub" };
        let words = Words { kind: "guest-code", places: &[("door", &door.name)], minutes: 2 };
        let task = words.task(&short(ends.grant.uuid()), ends.on, say(key, &[("day", &day)]));
        let place = format!("/grants/{}", ends.grant);
        let itself = Some(word("living.itself.guest-code"));
        Some(Task { door: Some(ends.door), grant: Some(ends.grant), place, by_itself: itself, ..task })
    })
    .collect()
}

/// Who still has access.
pub(super) fn review(home: &Home) -> Option<Task> {
    let access = &home.access;
    let since = access.since.filter(|_| access.people > 0)?;
    let (from, by) = match access.reviewed {
        Some(at) => (home.day(at), say("living.decided.reviewed", &[("day", &day_words(home.day(at)))])),
        None => {
            (home.day(since), say("living.decided.never-reviewed", &[("day", &day_words(home.day(since)))]))
        }
    };
    let mut due = months_after(from, i64::from(access.every_months));
    let count = access.questions.to_string();
    let by = if access.questions > 0 {
        // an access that ended and is still there does not wait for months
        due = due.min(home.day(home.now));
        format!("{by} {}", say("living.decided.questions", &[("count", &count)]))
    } else {
        by
    };
    let people = match access.people {
        1 => word("living.people.one"),
        more => say("living.people.more", &[("count", &more.to_string())]),
    };
    let places = [("people", people.as_str())];
    let task = Words { kind: "review", places: &places, minutes: 10 }.task("home", due, by);
    Some(Task { place: "/care/review".into(), by_itself: Some(word("living.itself.review")), ..task })
}
