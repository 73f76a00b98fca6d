//! What of a wish a lock can keep by itself, and what the hub must do in its place by setting and clearing.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::hours::{any_holds, instant, next_change};
use crate::model::{Capabilities, ScheduleSupport, Window};
use crate::sync::{SlotSpec, Validity};

/// A wish as one lock can take it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// The code is to be on the lock.
    Present {
        /// Schedules for the lock to keep, fit for it; empty: always.
        validity: Vec<Validity>,
        /// When the code shall end at the lock by itself.
        not_after: Option<Timestamp>,
    },
    /// The code is not to be on the lock now.
    Absent(Absence),
}

/// Why a wanted code is not to be on the lock now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// It begins later, and the lock cannot keep the beginning.
    NotYet(Timestamp),
    /// Outside its hours, which the lock cannot keep.
    OffHours,
    /// Every period has ended.
    Over,
}

/// Fits a wish to a lock.
pub(crate) fn keep(spec: &SlotSpec, can: &Capabilities, now: Timestamp, zone: &TimeZone) -> Kept {
    let live: Vec<Validity> = spec.validity.iter().filter(|v| !v.is_over(now, zone)).cloned().collect();
    if live.is_empty() {
        return Kept::Absent(Absence::Over);
    }
    // as it was sent before its beginning where the lock can take that, so that the same wish stays the same
    let whole = lower(&live, can.schedules);
    let live: Vec<Validity> = live.iter().map(|v| begun(v, now, zone)).collect();
    if let Some((validity, ends)) = whole.or_else(|| lower(&live, can.schedules)) {
        return Kept::Present { validity, not_after: ends.map(|until| instant(until, zone)) };
    }
    if any_holds(&live, now, zone) {
        // the hub ends the period; where the lock knows leases it ends also without the hub
        let ends = if can.schedules.lease { next_change(&live, now, zone) } else { None };
        return Kept::Present { validity: Vec::new(), not_after: ends };
    }
    let starts: Vec<Option<Timestamp>> = live.iter().map(|v| v.starts(now, zone)).collect();
    match starts.iter().copied().collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min()) {
        Some(first) => Kept::Absent(Absence::NotYet(first)),
        None => Kept::Absent(Absence::OffHours),
    }
}

/// Without a first moment that has passed: a lock without date ranges need not know it.
fn begun(validity: &Validity, now: Timestamp, zone: &TimeZone) -> Validity {
    let from = validity.from.filter(|_| validity.starts(now, zone).is_some());
    Validity { from, ..validity.clone() }
}

/// The periods in a form that the lock keeps by itself, with the moment of a lease; `None`: it cannot.
fn lower(
    periods: &[Validity],
    can: ScheduleSupport,
) -> Option<(Vec<Validity>, Option<jiff::civil::DateTime>)> {
    if periods.iter().any(Validity::is_always) {
        return Some((Vec::new(), None));
    }
    let split = |v: &Validity| v.windows.iter().flat_map(Window::within_days).collect::<Vec<_>>();
    let fits = |windows: usize, ranges: usize| {
        let mixed = windows > 0 && ranges > 0 && can.one_kind;
        !mixed && windows <= usize::from(can.week_day) && ranges <= usize::from(can.year_day)
    };
    if let [one] = periods {
        let windows = split(one);
        let lease = one.until.filter(|_| can.lease);
        let by_lease = lease.is_some() && one.from.is_none();
        let ranges = usize::from(one.from.is_some() || one.until.is_some());
        if fits(windows.len(), ranges) {
            return Some((vec![Validity { windows, ..one.clone() }], lease));
        }
        if by_lease && fits(windows.len(), 0) {
            let rest = Validity { from: None, until: None, windows };
            return Some((if rest.is_always() { Vec::new() } else { vec![rest] }, lease));
        }
        return None;
    }
    // several periods: a lock takes the union of windows, or of date ranges, but knows no "or" between both
    let windows: Vec<Window> = periods.iter().flat_map(split).collect();
    let only_windows = periods.iter().all(|v| v.from.is_none() && v.until.is_none());
    let only_ranges = windows.is_empty();
    if only_windows && fits(windows.len(), 0) {
        return Some((vec![Validity { from: None, until: None, windows }], None));
    }
    (only_ranges && fits(0, periods.len())).then(|| (periods.to_vec(), None))
}

/// How well a lock keeps a wish without the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alone {
    /// It begins (and comes back each day) without the hub.
    pub begins: bool,
    /// It ends without the hub.
    pub ends: bool,
}

/// What of these periods the lock keeps when the hub is not there.
pub(crate) fn alone(periods: &[Validity], can: ScheduleSupport) -> Alone {
    if lower(periods, can).is_some() {
        return Alone { begins: true, ends: true };
    }
    // after a first moment has passed, the rest may be within what the lock keeps
    let begun: Vec<Validity> = periods.iter().map(|v| Validity { from: None, ..v.clone() }).collect();
    Alone { begins: false, ends: can.lease || lower(&begun, can).is_some() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Weekday, date, time};

    use super::{Alone, alone, lower};
    use crate::model::{Days, ScheduleSupport, Window};
    use crate::sync::Validity;

    const FULL: ScheduleSupport =
        ScheduleSupport { week_day: 3, year_day: 2, lease: true, once: false, one_kind: false };
    const BARE: ScheduleSupport =
        ScheduleSupport { week_day: 0, year_day: 0, lease: false, once: false, one_kind: false };
    const LEASE: ScheduleSupport = ScheduleSupport { lease: true, ..BARE };

    fn night() -> Window {
        Window { days: Days::of(&[Weekday::Sunday]), start: time(22, 0, 0, 0), end: time(6, 0, 0, 0) }
    }

    fn windows(windows: &[Window]) -> Validity {
        Validity { windows: windows.to_vec(), ..Validity::ALWAYS }
    }

    fn range(from: i8, until: i8) -> Validity {
        let day = |day| Some(date(2026, 6, day).at(0, 0, 0, 0));
        Validity { from: day(from), until: day(until), windows: Vec::new() }
    }

    #[test]
    fn a_night_becomes_two_windows_and_sunday_runs_into_monday() {
        let (kept, lease) = lower(&[windows(&[night()])], FULL).unwrap();
        assert_eq!((kept.len(), lease), (1, None));
        let [evening, morning] = kept[0].windows[..] else { panic!("{kept:?}") };
        assert_eq!((evening.start, evening.end), (time(22, 0, 0, 0), time(0, 0, 0, 0)));
        assert_eq!((morning.days, morning.end), (Days::of(&[Weekday::Monday]), time(6, 0, 0, 0)));
        let one = ScheduleSupport { week_day: 1, ..FULL };
        assert_eq!(lower(&[windows(&[night()])], one), None, "two windows do not fit into one");
    }

    #[test]
    fn several_periods_fit_only_where_or_means_the_same() {
        let day = Window { end: time(23, 0, 0, 0), ..night() };
        let (both, _) = lower(&[windows(&[day]), windows(&[night()])], FULL).unwrap();
        assert_eq!((both.len(), both[0].windows.len()), (1, 3));
        let (ranges, _) = lower(&[range(1, 2), range(5, 6)], FULL).unwrap();
        assert_eq!(ranges.len(), 2);
        assert_eq!(lower(&[range(1, 2), range(5, 6), range(8, 9)], FULL), None, "three ranges, two places");
        assert_eq!(lower(&[range(1, 2), windows(&[night()])], FULL), None, "a lock knows no such or");
        assert_eq!(lower(&[range(1, 2), Validity::ALWAYS], BARE), Some((Vec::new(), None)));
    }

    #[test]
    fn a_lease_keeps_an_end_and_nothing_else() {
        let end = Validity { from: None, ..range(1, 9) };
        let (kept, lease) = lower(std::slice::from_ref(&end), LEASE).unwrap();
        assert_eq!((kept, lease), (Vec::new(), end.until));
        assert_eq!(lower(&[range(1, 9)], LEASE), None, "it cannot begin by itself");
        assert_eq!(alone(&[range(1, 9)], LEASE), Alone { begins: false, ends: true });
        assert_eq!(alone(&[windows(&[night()])], LEASE), Alone { begins: false, ends: true });
        assert_eq!(alone(&[windows(&[night()])], BARE), Alone { begins: false, ends: false });
        assert_eq!(alone(&[Validity::ALWAYS], BARE), Alone { begins: true, ends: true });
        let in_range = Validity { windows: vec![night()], ..range(1, 9) };
        assert_eq!(alone(std::slice::from_ref(&in_range), FULL), Alone { begins: true, ends: true });
        let one_kind = ScheduleSupport { one_kind: true, lease: false, ..FULL };
        assert_eq!(lower(std::slice::from_ref(&in_range), one_kind), None, "windows or dates, never both");
        assert_eq!(alone(&[in_range], one_kind), Alone { begins: false, ends: false });
        assert_eq!(alone(&[range(1, 9)], one_kind), Alone { begins: true, ends: true });
    }
}
