//! From a slot as the hub wants it to user type and schedules as the lock keeps them, and back for
//! comparison. Pure; speaks to no lock. What the lock cannot keep is refused with the reason, never bent.

use access::{Validity, Window};
use hub::ports::{LinkError, Purpose, SlotWrite};
use jiff::civil::{DateTime, Time};
use lock::{Emergency, LocalSeconds, Seconds, UserStatus, UserType, WeekDay, YearDay};

/// The last second that a year-day schedule without an end runs to: 9999-12-31T23:59:59.
const FOR_EVER: LocalSeconds = 253_402_300_799;

/// What the lock is to hold besides the code itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotPlan {
    /// By which rule the user is judged.
    pub user_type: UserType,
    /// Enabled or disabled.
    pub status: UserStatus,
    /// Week-day schedules.
    pub week_days: Vec<WeekDay>,
    /// Year-day schedules.
    pub year_days: Vec<YearDay>,
    /// Lease end, 0 for none.
    pub not_after: Seconds,
    /// Whether the code is an emergency code.
    pub emergency: Emergency,
}

/// Room for schedules of one user on a lock.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Week-day schedules.
    pub week_days: usize,
    /// Year-day schedules.
    pub year_days: usize,
}

impl SlotPlan {
    /// Plans a slot.
    ///
    /// # Errors
    /// [`LinkError::Rejected`] when this lock cannot keep it.
    pub fn new(write: &SlotWrite, room: Room) -> Result<Self, LinkError> {
        let (windows, ranges) = split(&write.validity)?;
        let mut week_days = Vec::new();
        for window in &windows {
            week_days.extend(week_day_parts(window));
        }
        week_days.sort_by_key(key_of);
        week_days.dedup();
        let year_days: Vec<YearDay> = ranges.iter().map(|(from, until)| year_day(*from, *until)).collect();
        if week_days.iter().any(|s| (s.start_hour, s.start_minute) >= (s.end_hour, s.end_minute)) {
            return Err(LinkError::Rejected(
                "this lock keeps windows of two minutes and more on each day: make it longer".into(),
            ));
        }
        if year_days.iter().any(|s| s.start >= s.end) {
            return Err(LinkError::Rejected("the period ends before it begins: turn its dates round".into()));
        }
        too_many("week-day windows", week_days.len(), room.week_days)?;
        too_many("date ranges", year_days.len(), room.year_days)?;
        // an end before 1970 is over, whatever it was; 0 would mean none
        let not_after = write.not_after.map_or(0, |end| u64::try_from(end.as_second()).unwrap_or(1).max(1));
        let emergency = match write.purpose {
            Purpose::Emergency => Emergency::UntilChanged,
            Purpose::EmergencyOnce => Emergency::Once,
            Purpose::Ordinary | Purpose::Duress => Emergency::No,
        };
        let always = !write.once && week_days.is_empty() && year_days.is_empty() && not_after == 0;
        if write.purpose != Purpose::Ordinary && !always {
            return Err(LinkError::Rejected(
                "this lock keeps no hours and no end for duress and emergency codes: give it always".into(),
            ));
        }
        let user_type = match (write.once, week_days.is_empty(), year_days.as_slice()) {
            (false, true, []) if write.purpose == Purpose::Duress => UserType::Forced,
            (false, true, []) => UserType::Unrestricted,
            (false, false, []) => UserType::WeekDay,
            (false, true, _) => UserType::YearDay,
            (false, false, _) => UserType::ScheduleRestricted,
            (true, true, []) => UserType::Disposable,
            // a code for one opening may still have an end: the lock keeps that as its lease
            (true, true, [only]) if only.start == 0 && not_after != 0 => UserType::Disposable,
            (true, ..) => {
                return Err(LinkError::Rejected(
                    "this lock keeps no hours and no first day for a code that opens once: give it from now on, \
                     with an end only"
                        .into(),
                ));
            }
        };
        let year_days = if user_type == UserType::Disposable { Vec::new() } else { year_days };
        let status = if write.enabled { UserStatus::Enabled } else { UserStatus::Disabled };
        Ok(Self { user_type, status, week_days, year_days, not_after, emergency })
    }

    /// Whether these schedules, in any order, are the planned ones.
    pub fn schedules_match(&self, mut week_days: Vec<WeekDay>, mut year_days: Vec<YearDay>) -> bool {
        week_days.retain(|s| s.days != 0);
        week_days.sort_by_key(key_of);
        year_days.retain(|s| s.end != 0);
        year_days.sort_by_key(|s| (s.start, s.end));
        let mut wanted = self.year_days.clone();
        wanted.sort_by_key(|s| (s.start, s.end));
        week_days == self.week_days && year_days == wanted
    }
}

fn key_of(s: &WeekDay) -> (u8, u8, u8, u8, u8) {
    (s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute)
}

fn too_many(what: &str, wanted: usize, room: usize) -> Result<(), LinkError> {
    if wanted <= room {
        return Ok(());
    }
    Err(LinkError::Rejected(format!(
        "this lock keeps {room} {what} for each code, and this one needs {wanted}: choose a simpler schedule"
    )))
}

type Range = (Option<DateTime>, Option<DateTime>);

/// Windows and date ranges whose combination is the union of the periods. The lock asks for *one of the
/// windows and one of the ranges*, so that different windows in different ranges cannot be told apart there.
fn split(validity: &[Validity]) -> Result<(Vec<Window>, Vec<Range>), LinkError> {
    let whole = |v: &Validity| v.from.is_none() && v.until.is_none();
    if validity.is_empty() || validity.iter().any(|v| whole(v) && v.windows.is_empty()) {
        return Ok((Vec::new(), Vec::new()));
    }
    let (Some(first), rest) = (validity.first(), validity.get(1..).unwrap_or(&[])) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let range = |v: &Validity| (v.from, v.until);
    if rest.iter().all(|v| range(v) == range(first)) {
        let windows = if validity.iter().any(|v| v.windows.is_empty()) {
            Vec::new()
        } else {
            validity.iter().flat_map(|v| v.windows.iter().copied()).collect()
        };
        let ranges = if whole(first) { Vec::new() } else { vec![range(first)] };
        return Ok((windows, ranges));
    }
    if rest.iter().all(|v| v.windows == first.windows) {
        let ranges =
            if validity.iter().any(whole) { Vec::new() } else { validity.iter().map(range).collect() };
        return Ok((first.windows.clone(), ranges));
    }
    Err(LinkError::Rejected(
        "this lock cannot keep different hours in different periods under one code: give the person a second \
         code, or the same hours in all periods"
            .into(),
    ))
}

fn year_day(from: Option<DateTime>, until: Option<DateTime>) -> YearDay {
    YearDay { start: from.map_or(0, local_seconds), end: until.map_or(FOR_EVER, local_seconds).max(1) }
}

/// Seconds since 1970-01-01T00:00:00 of the same clock face; 0 for anything before.
fn local_seconds(face: DateTime) -> LocalSeconds {
    let utc = face.to_zoned(jiff::tz::TimeZone::UTC);
    utc.map_or(0, |at| u64::try_from(at.timestamp().as_second()).unwrap_or(0))
}

/// The lock's schedules never run over midnight, so that such a window becomes two.
fn week_day_parts(window: &Window) -> Vec<WeekDay> {
    let days = window.days.iter().fold(0_u8, |bits, day| bits | 1 << day.to_sunday_zero_offset());
    let part = |days: u8, start: Time, last: (i8, i8)| WeekDay {
        days,
        start_hour: start.hour().unsigned_abs(),
        start_minute: start.minute().unsigned_abs(),
        end_hour: last.0.unsigned_abs(),
        end_minute: last.1.unsigned_abs(),
    };
    // the hub names the first minute outside, the lock the last one inside
    let last = match (window.end.hour(), window.end.minute()) {
        (0, 0) => None,
        (hour, 0) => Some((hour - 1, 59)),
        (hour, minute) => Some((hour, minute - 1)),
    };
    let minutes = |time: Time| i16::from(time.hour()) * 60 + i16::from(time.minute());
    if days == 0 {
        return Vec::new();
    }
    match last {
        None => vec![part(days, window.start, (23, 59))],
        Some(last) if minutes(window.start) < minutes(window.end) => vec![part(days, window.start, last)],
        Some(last) => {
            let tomorrow = (days << 1 | days >> 6) & 0b111_1111;
            vec![part(days, window.start, (23, 59)), part(tomorrow, Time::midnight(), last)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FOR_EVER, Room, SlotPlan};
    use access::{Days, Pin, Validity, Window};
    use hub::ports::{LinkError, SlotWrite};
    use jiff::civil::{Time, Weekday, date, time};
    use lock::{UserType, WeekDay, YearDay};

    const ROOM: Room = Room { week_days: 7, year_days: 3 };

    fn write(validity: Vec<Validity>) -> SlotWrite {
        SlotWrite {
            slot: 1,
            version: 1,
            pin: Pin::parse("004711").unwrap(),
            enabled: true,
            validity,
            time_zone: "Europe/Vienna".into(),
            not_after: None,
            once: false,
            purpose: hub::ports::Purpose::Ordinary,
        }
    }

    fn window(days: Days, start: Time, end: Time) -> Window {
        Window { days, start, end }
    }

    fn always() -> Validity {
        Validity { from: None, until: None, windows: Vec::new() }
    }

    #[test]
    fn no_validity_and_an_unbounded_one_mean_always() {
        for validity in [vec![], vec![always()]] {
            let plan = SlotPlan::new(&write(validity), ROOM).unwrap();
            assert_eq!(plan.user_type, UserType::Unrestricted);
            assert!(plan.week_days.is_empty() && plan.year_days.is_empty());
        }
    }

    #[test]
    fn weekdays_until_a_date_are_both_kinds_of_schedule() {
        let validity = Validity {
            from: None,
            until: Some(date(2026, 12, 24).at(0, 0, 0, 0)),
            windows: vec![window(Days::WEEKDAYS, time(8, 0, 0, 0), time(18, 0, 0, 0))],
        };
        let plan = SlotPlan::new(&write(vec![validity]), ROOM).unwrap();
        assert_eq!(plan.user_type, UserType::ScheduleRestricted);
        let wanted =
            WeekDay { days: 0b011_1110, start_hour: 8, start_minute: 0, end_hour: 17, end_minute: 59 };
        assert_eq!(plan.week_days, [wanted]);
        assert_eq!(plan.year_days, [YearDay { start: 0, end: 1_798_070_400 }]);
        assert!(plan.schedules_match(vec![WeekDay::default(), wanted], plan.year_days.clone()));
        assert!(!plan.schedules_match(vec![], plan.year_days.clone()));
    }

    #[test]
    fn a_window_over_midnight_becomes_two() {
        let saturday = window(Days::of(&[Weekday::Saturday]), time(22, 30, 0, 0), time(2, 0, 0, 0));
        let plan =
            SlotPlan::new(&write(vec![Validity { windows: vec![saturday], ..always() }]), ROOM).unwrap();
        assert_eq!(plan.user_type, UserType::WeekDay);
        let part = |days, start_hour, start_minute, end_hour, end_minute| WeekDay {
            days,
            start_hour,
            start_minute,
            end_hour,
            end_minute,
        };
        assert_eq!(plan.week_days, [part(0b000_0001, 0, 0, 1, 59), part(0b100_0000, 22, 30, 23, 59)]);
        let to_the_end = window(Days::ALL, time(6, 0, 0, 0), Time::midnight());
        let plan =
            SlotPlan::new(&write(vec![Validity { windows: vec![to_the_end], ..always() }]), ROOM).unwrap();
        assert_eq!(plan.week_days, [part(0b111_1111, 6, 0, 23, 59)]);
    }

    #[test]
    fn two_stays_with_the_same_hours_are_two_ranges() {
        let stay = |month| Validity {
            from: Some(date(2026, month, 1).at(15, 0, 0, 0)),
            until: Some(date(2026, month, 8).at(10, 0, 0, 0)),
            windows: Vec::new(),
        };
        let plan = SlotPlan::new(&write(vec![stay(6), stay(7)]), ROOM).unwrap();
        assert_eq!(plan.user_type, UserType::YearDay);
        assert_eq!(plan.year_days.len(), 2);
        let open = Validity { until: None, ..stay(8) };
        assert_eq!(SlotPlan::new(&write(vec![open]), ROOM).unwrap().year_days[0].end, FOR_EVER);
    }

    #[test]
    fn what_the_lock_cannot_keep_is_refused_with_the_reason() {
        let hours = |start| Validity {
            from: Some(date(2026, 1, start).at(0, 0, 0, 0)),
            until: None,
            windows: vec![window(Days::ALL, time(start, 0, 0, 0), time(23, 0, 0, 0))],
        };
        let different = SlotPlan::new(&write(vec![hours(1), hours(2)]), ROOM);
        assert!(matches!(different, Err(LinkError::Rejected(why)) if why.contains("second code")));
        let many = (1..=8).map(|n| window(Days::ALL, time(n, 0, 0, 0), time(n, 30, 0, 0))).collect();
        let many = SlotPlan::new(&write(vec![Validity { windows: many, ..always() }]), ROOM);
        assert!(matches!(many, Err(LinkError::Rejected(why)) if why.contains("keeps 7")));
        let minute = window(Days::ALL, time(3, 0, 0, 0), time(3, 1, 0, 0));
        let minute = SlotPlan::new(&write(vec![Validity { windows: vec![minute], ..always() }]), ROOM);
        assert!(matches!(minute, Err(LinkError::Rejected(why)) if why.contains("two minutes")));
        let backwards = Validity { until: Some(date(2025, 1, 1).at(0, 0, 0, 0)), ..hours(1) };
        let backwards = SlotPlan::new(&write(vec![backwards]), ROOM);
        assert!(matches!(backwards, Err(LinkError::Rejected(why)) if why.contains("turn its dates")));
        let once = SlotWrite { once: true, ..write(vec![hours(1)]) };
        assert!(matches!(SlotPlan::new(&once, ROOM), Err(LinkError::Rejected(why)) if why.contains("once")));
    }

    #[test]
    fn a_one_time_code_with_an_end_is_disposable_with_a_lease() {
        let validity = Validity { until: Some(date(2026, 12, 24).at(0, 0, 0, 0)), ..always() };
        let end = "2026-12-23T23:00:00Z".parse().unwrap();
        let once = SlotWrite { once: true, not_after: Some(end), ..write(vec![validity]) };
        let plan = SlotPlan::new(&once, ROOM).unwrap();
        assert_eq!(plan.user_type, UserType::Disposable);
        assert_eq!((plan.year_days.len(), plan.not_after), (0, 1_798_066_800));
    }
}
