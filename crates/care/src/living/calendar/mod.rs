//! The care calendar (H3): what is to be done in this home, when, why, how, and how long it takes. Each task names the
//! answer or the sighting that set its day. Where a lock forecasts nothing and nobody told anything, the day comes from
//! a rule of thumb and the task says so.
//!
//! A title names a door or a lock, never a person and never a code: titles go into calendars of others.

mod keys;
mod locks;
mod routine;

pub use routine::sag_words;

use access::{DoorId, GrantId, LockId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::sight::{Done, Home, day_words};
use crate::words::{say, word};

/// Months between reviews of who has access, unless the owner set another number.
pub const REVIEW_MONTHS: u8 = 6;
/// Accesses that end within so many days are told.
pub const ENDS_WITHIN_DAYS: i64 = 14;
/// Most tasks of a home.
pub const TASKS_MAX: usize = 2000;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// The same from day to day: `battery-1a2b3c4d`.
    pub id: String,
    /// What sort: `battery`, `firmware`, `backup`, `rehearsal`, `strike-hinges`, `bolt-travel`, `flag`, `guest-code`,
    /// `review`, `key-back`.
    pub kind: &'static str,
    /// The door it is at.
    pub door: Option<DoorId>,
    /// The lock it is for.
    pub lock: Option<LockId>,
    /// The access it is about.
    pub grant: Option<GrantId>,
    /// What to do. Holds no name of a person and no code.
    pub title: String,
    /// Why.
    pub why: String,
    /// How, step by step.
    pub how: Vec<String>,
    /// About how long it takes.
    pub minutes: u16,
    /// The day.
    pub due: Date,
    /// The day is over.
    pub overdue: bool,
    /// The answer or sighting that set the day.
    pub decided_by: String,
    /// The day comes from a rule of thumb.
    pub estimate: bool,
    /// Part of a maintenance pass: two red flags or more at one door.
    pub pass: bool,
    /// When it was last done, as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Done>,
    /// The page on which it is done.
    pub place: String,
    /// Why it cannot be ticked off: it goes by itself once what it rests on has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_itself: Option<String>,
}

/// Every task of a home, the most pressing first.
pub fn tasks(home: &Home) -> Vec<Task> {
    let mut all = Vec::new();
    for door in &home.doors {
        for lock in &door.locks {
            all.extend(locks::battery(home, door, lock));
            all.extend(locks::firmware(home, door, lock));
            all.push(locks::backup(door, lock));
            all.extend(locks::rehearsal(door, lock));
            all.extend(routine::bolt_travel(home, door, lock));
        }
        all.push(routine::strike_hinges(home, door));
        all.extend(routine::flags(door));
    }
    all.extend(routine::guest_codes(home));
    all.extend(routine::review(home));
    all.extend(keys::back(home));
    let today = home.day(home.now);
    for task in &mut all {
        task.overdue = task.due < today;
        task.last = home.last_done(&task.id).cloned();
    }
    all.sort_by(|a, b| (a.due, &a.title, &a.id).cmp(&(b.due, &b.title, &b.id)));
    all.truncate(TASKS_MAX);
    all
}

/// The words of a task, its day apart.
struct Words<'a> {
    kind: &'static str,
    /// Places of its title; the other words have none.
    places: &'a [(&'a str, &'a str)],
    minutes: u16,
}

impl Words<'_> {
    /// A task with these words.
    fn task(&self, subject: &str, due: Date, decided_by: String) -> Task {
        let kind = self.kind;
        Task {
            id: format!("{kind}-{subject}"),
            kind,
            door: None,
            lock: None,
            grant: None,
            title: say(&format!("living.task.{kind}.title"), self.places),
            why: word(&format!("living.task.{kind}.why")),
            how: word(&format!("living.task.{kind}.how")).lines().map(str::to_owned).collect(),
            minutes: self.minutes,
            due,
            overdue: false,
            decided_by,
            estimate: false,
            pass: false,
            last: None,
            place: String::new(),
            by_itself: None,
        }
    }
}

/// A day so many months after a moment's day; the last possible day where the calendar ends.
fn months_after(day: Date, months: i64) -> Date {
    day.checked_add(months.months()).unwrap_or(Date::MAX)
}

fn days_after(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(Date::MAX)
}

/// The later of what the owner ticked off and what the hub saw, with words for whichever it was.
fn latest(
    done: Option<&Done>,
    seen: Option<(Timestamp, String)>,
    day: impl Fn(Timestamp) -> Date,
) -> Option<(Date, String)> {
    let ticked = done.map(|done| {
        let words = say("living.decided.ticked", &[("by", &done.by), ("day", &day_words(day(done.at)))]);
        (done.at, words)
    });
    let last = [ticked, seen].into_iter().flatten().max_by_key(|(at, _)| *at)?;
    Some((day(last.0), last.1))
}

#[cfg(test)]
mod tests;
