//! When a validity holds: arithmetic in the door's own time zone, right at both edges of daylight saving.
//!
//! The rules: weekly windows follow the clock on the wall, so a window inside the skipped hour does not
//! happen that day and one inside the repeated hour happens twice. First and last moments are single
//! instants: of a repeated hour the earlier (a code that ended does not come back), of a skipped hour the
//! moment after it.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::model::{Days, Window};
use crate::sync::Validity;

/// How far ahead weekly windows are looked through: a week and a day on either side.
const LOOK_DAYS: i64 = 8;

/// The instant of a local moment; outside the calendar, the end of time.
pub(crate) fn instant(at: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_timestamp(at).unwrap_or(Timestamp::MAX)
}

impl Validity {
    /// Holds always.
    pub const ALWAYS: Self = Self { from: None, until: None, windows: Vec::new() };

    /// Whether it has no limit at all.
    pub fn is_always(&self) -> bool {
        self.from.is_none() && self.until.is_none() && self.windows.is_empty()
    }

    /// Whether it has ended for good.
    pub fn is_over(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.until.is_some_and(|until| instant(until, zone) <= now)
    }

    /// The instant at which it first may hold, if that is still to come.
    pub fn starts(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.from.map(|from| instant(from, zone)).filter(|from| *from > now)
    }

    /// Whether it holds now.
    pub fn holds(&self, now: Timestamp, zone: &TimeZone) -> bool {
        if self.is_over(now, zone) || self.starts(now, zone).is_some() {
            return false;
        }
        let local = zone.to_datetime(now);
        self.windows.is_empty() || self.windows.iter().any(|window| window.contains(local))
    }
}

impl Window {
    /// Whether it runs on into the next day.
    pub fn crosses_midnight(&self) -> bool {
        self.end <= self.start && self.end != Time::midnight()
    }

    /// Whether a moment on the door's clock lies in it.
    pub fn contains(&self, local: DateTime) -> bool {
        let (day, time) = (local.weekday(), local.time());
        let begun = self.days.contains(day) && time >= self.start;
        if self.end > self.start {
            return begun && time < self.end;
        }
        begun || (self.crosses_midnight() && self.days.contains(day.previous()) && time < self.end)
    }

    /// The same as windows that stay within one day each.
    pub fn within_days(&self) -> impl Iterator<Item = Window> {
        let midnight = Time::midnight();
        let (first, second) = if self.crosses_midnight() {
            let next = Window { days: self.days.shifted(), start: midnight, end: self.end };
            (Window { end: midnight, ..*self }, Some(next))
        } else {
            (*self, None)
        };
        [Some(first), second].into_iter().flatten()
    }
}

impl Days {
    /// Each day moved to the next.
    fn shifted(self) -> Self {
        let next: Vec<Weekday> = self.iter().map(Weekday::next).collect();
        Self::of(&next)
    }
}

/// Whether any of the periods holds now.
pub(crate) fn any_holds(periods: &[Validity], now: Timestamp, zone: &TimeZone) -> bool {
    periods.iter().any(|validity| validity.holds(now, zone))
}

/// The first moment after `now` at which [`any_holds`] changes its answer, among first and last moments and
/// the windows of the coming week.
pub(crate) fn next_change(periods: &[Validity], now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let held = any_holds(periods, now, zone);
    moments(periods, now, zone).into_iter().find(|at| any_holds(periods, *at, zone) != held)
}

/// When to look again at the latest: the next change, or else the next moment at which one may come into view.
pub(crate) fn next_look(periods: &[Validity], now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let moments = moments(periods, now, zone);
    let held = any_holds(periods, now, zone);
    let change = moments.iter().copied().find(|at| any_holds(periods, *at, zone) != held);
    let windows = periods.iter().any(|p| !p.windows.is_empty() && !p.is_over(now, zone));
    let week =
        windows.then(|| now.saturating_add(SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX));
    change.or_else(|| moments.first().copied().into_iter().chain(week).min())
}

/// The next first or last moment, for a lock that keeps the windows by itself.
pub(crate) fn next_edge(periods: &[Validity], now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let edges = periods.iter().flat_map(|validity| [validity.from, validity.until]);
    edges.flatten().map(|at| instant(at, zone)).filter(|at| *at > now).min()
}

/// Every moment after `now` at which something may begin or end, in order.
fn moments(periods: &[Validity], now: Timestamp, zone: &TimeZone) -> Vec<Timestamp> {
    let today = zone.to_datetime(now).date();
    let mut moments = Vec::new();
    for validity in periods.iter().filter(|validity| !validity.is_over(now, zone)) {
        moments.extend([validity.from, validity.until].into_iter().flatten().map(|at| instant(at, zone)));
        for window in &validity.windows {
            for day in (-1..=LOOK_DAYS).filter_map(|n| today.checked_add(n.days()).ok()) {
                window_moments(window, day, zone, &mut moments);
            }
        }
    }
    if periods.iter().any(|validity| !validity.windows.is_empty()) {
        // at a change of the clock a window can begin or end in between
        let horizon = now.saturating_add(SignedDuration::from_hours(24 * (LOOK_DAYS + 1)));
        let horizon = horizon.unwrap_or(Timestamp::MAX);
        moments.extend(zone.following(now).map(|change| change.timestamp()).take_while(|at| *at <= horizon));
    }
    moments.retain(|at| *at > now);
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn window_moments(window: &Window, day: Date, zone: &TimeZone, moments: &mut Vec<Timestamp>) {
    if !window.days.contains(day.weekday()) {
        return;
    }
    let last = if window.end <= window.start { day.tomorrow().ok() } else { Some(day) };
    let ends = last.map(|last| last.to_datetime(window.end));
    for local in [Some(day.to_datetime(window.start)), ends].into_iter().flatten() {
        let both = zone.to_ambiguous_timestamp(local);
        moments.extend([both.earlier(), both.later()].into_iter().filter_map(Result::ok));
    }
}

/// The union of periods in its one spelling: sorted, without doubles and without what another covers.
pub(crate) fn union(mut periods: Vec<Validity>) -> Vec<Validity> {
    for validity in &mut periods {
        validity.windows.sort_unstable_by_key(window_key);
        validity.windows.dedup();
    }
    periods.sort_by_cached_key(|v| (v.from, v.until, v.windows.iter().map(window_key).collect::<Vec<_>>()));
    periods.dedup();
    let covered: Vec<bool> =
        periods.iter().map(|v| periods.iter().any(|other| other != v && covers(other, v))).collect();
    let mut covered = covered.into_iter();
    periods.retain(|_| !covered.next().unwrap_or(false));
    periods
}

fn window_key(window: &Window) -> (Vec<i8>, Time, Time) {
    let days = window.days.iter().map(Weekday::to_monday_zero_offset).collect();
    (days, window.start, window.end)
}

fn covers(outer: &Validity, inner: &Validity) -> bool {
    let begins = outer.from.is_none_or(|from| inner.from.is_some_and(|other| from <= other));
    let ends = outer.until.is_none_or(|until| inner.until.is_some_and(|other| until >= other));
    begins && ends && (outer.windows.is_empty() || outer.windows == inner.windows)
}
