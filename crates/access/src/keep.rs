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
    let live: Vec<Validity> =
        spec.validity.iter().filter(|v| !v.is_over(now, zone)).map(|v| begun(v, now, zone)).collect();
    if live.is_empty() {
        return Kept::Absent(Absence::Over);
    }
    if let Some((validity, ends)) = lower(&live, can.schedules) {
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
        windows <= usize::from(can.week_day) && ranges <= usize::from(can.year_day)
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
