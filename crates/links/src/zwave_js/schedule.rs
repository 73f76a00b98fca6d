//! Between a schedule and the places that a Schedule Entry Lock has for it. Pure.
//!
//! Such a lock keeps one kind of schedule for a user at a time: week days (or daily repeating), or dates. The hub
//! knows this (`one_kind`) and asks for no mixture. Times are the lock's own local time, in whole minutes.

use access::{Validity, Window};
use jiff::civil::{DateTime, Weekday};
use serde_json::{Value, json};

use super::facts::Places;

/// First moment that a date range can name; years are counted from 2000 in one octet.
const YEAR_FIRST: i16 = 2000;
/// Last year that a date range can name.
const YEAR_LAST: i16 = 2099;

/// A kind of schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    WeekDay,
    YearDay,
    Daily,
}

/// A schedule in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub kind: Kind,
    /// Place, from 1.
    pub place: u8,
    /// As the driver takes and gives it.
    pub body: Value,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::WeekDay, Self::YearDay, Self::Daily];

    /// Names of the driver's functions: to set, to get.
    pub(super) fn functions(self) -> (&'static str, &'static str) {
        match self {
            Self::WeekDay => ("setWeekDaySchedule", "getWeekDaySchedule"),
            Self::YearDay => ("setYearDaySchedule", "getYearDaySchedule"),
            Self::Daily => ("setDailyRepeatingSchedule", "getDailyRepeatingSchedule"),
        }
    }

    /// How many places of this kind there are.
    pub(super) fn places(self, of: Places) -> u8 {
        match self {
            Self::WeekDay => of.week_day,
            Self::YearDay => of.year_day,
            Self::Daily => of.daily,
        }
    }
}

/// How many weekly windows fit: a daily repeating schedule holds one with all its days, a week-day schedule a
/// single day, so that seven of those are needed for a window that may have any days.
pub(super) fn windows(places: Places) -> u8 {
    if places.daily > 0 { places.daily } else { places.week_day / 7 }
}

/// Puts schedules into places. `None`: they do not fit, or cannot be said to such a lock.
pub(super) fn entries(validity: &[Validity], places: Places) -> Option<Vec<Entry>> {
    let windows: Vec<&Window> = validity.iter().flat_map(|one| &one.windows).collect();
    let ranges: Vec<&Validity> =
        validity.iter().filter(|one| one.from.is_some() || one.until.is_some()).collect();
    let mut entries = Vec::new();
    match (windows.is_empty(), ranges.is_empty()) {
        (true, true) => {}
        (false, true) if places.daily > 0 => {
            for window in windows {
                entries.push((Kind::Daily, daily(window)?));
            }
        }
        (false, true) => {
            for window in windows {
                entries.extend(window.days.iter().map(|day| (Kind::WeekDay, week_day(window, day))));
            }
        }
        (true, false) => {
            for range in ranges {
                entries.push((Kind::YearDay, year_day(range)?));
            }
        }
        (false, false) => return None,
    }
    let room = entries.first().map_or(0, |(kind, _)| kind.places(places));
    if entries.len() > usize::from(room) {
        return None;
    }
    let placed = entries.into_iter().zip(1..).map(|((kind, body), place)| Entry { kind, place, body });
    Some(placed.collect())
}

/// Sunday is 0, as in the specification.
fn number(day: Weekday) -> i8 {
    day.to_sunday_zero_offset()
}

fn minutes(window: &Window) -> (i32, i32) {
    let of = |time: jiff::civil::Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
    let (start, end) = (of(window.start), of(window.end));
    (start, if end <= start { end + 24 * 60 } else { end })
}

fn daily(window: &Window) -> Option<Value> {
    let (start, end) = minutes(window);
    // a whole day has 24 hours, which the field for hours takes; longer windows do not exist
    let length = Some(end - start).filter(|length| (1..=24 * 60).contains(length))?;
    let days: Vec<i8> = window.days.iter().map(number).collect();
    let mut days = days;
    days.sort_unstable();
    Some(json!({
        "weekdays": days, "startHour": start / 60, "startMinute": start % 60,
        "durationHour": length / 60, "durationMinute": length % 60,
    }))
}

fn week_day(window: &Window, day: Weekday) -> Value {
    let (start, end) = minutes(window);
    // the last minute of a day is as near to midnight as a single day can say; windows come split at midnight
    let end = end.min(24 * 60 - 1);
    json!({
        "weekday": number(day), "startHour": start / 60, "startMinute": start % 60,
        "stopHour": end / 60, "stopMinute": end % 60,
    })
}

fn year_day(range: &Validity) -> Option<Value> {
    let first = DateTime::new(YEAR_FIRST, 1, 1, 0, 0, 0, 0).ok()?;
    let last = DateTime::new(YEAR_LAST, 12, 31, 23, 59, 0, 0).ok()?;
    let from = range.from.unwrap_or(first).max(first);
    let until = range.until.unwrap_or(last).min(last);
    if until <= from {
        return None;
    }
    Some(json!({
        "startYear": from.year() - YEAR_FIRST, "startMonth": from.month(), "startDay": from.day(),
        "startHour": from.hour(), "startMinute": from.minute(),
        "stopYear": until.year() - YEAR_FIRST, "stopMonth": until.month(), "stopDay": until.day(),
        "stopHour": until.hour(), "stopMinute": until.minute(),
    }))
}

/// Whether the lock told the same schedule. It may tell the days in any order, and years in full.
pub(super) fn same(wanted: &Value, told: &Value) -> bool {
    let (Some(wanted), Some(told)) = (wanted.as_object(), told.as_object()) else { return false };
    wanted.iter().all(|(name, value)| match (name.as_str(), told.get(name)) {
        ("weekdays", Some(Value::Array(days))) => {
            let mut days: Vec<i64> = days.iter().filter_map(Value::as_i64).collect();
            days.sort_unstable();
            json!(days) == *value
        }
        ("startYear" | "stopYear", Some(year)) => {
            year.as_i64().map(|year| year % 100) == value.as_i64().map(|year| year % 100)
        }
        (_, found) => found == Some(value),
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Places, entries, same, windows};
    use access::{Days, Validity, Window};
    use jiff::civil::{Weekday, date, time};
    use serde_json::json;

    const DAILY: Places = Places { week_day: 7, year_day: 2, daily: 2 };
    const WEEK: Places = Places { week_day: 7, year_day: 2, daily: 0 };

    fn office() -> Validity {
        let window = Window { days: Days::WEEKDAYS, start: time(8, 30, 0, 0), end: time(18, 0, 0, 0) };
        Validity { windows: vec![window], ..Validity::ALWAYS }
    }

    /// E4: one window with its days in a daily repeating place, or a day in each week-day place.
    #[test]
    fn a_window_becomes_what_the_lock_has_places_for() {
        let one = entries(&[office()], DAILY).unwrap();
        assert_eq!((one.len(), one[0].kind, one[0].place), (1, Kind::Daily, 1));
        assert_eq!(
            one[0].body,
            json!({"weekdays":[1,2,3,4,5],"startHour":8,"startMinute":30,"durationHour":9,"durationMinute":30})
        );
        let days = entries(&[office()], WEEK).unwrap();
        assert_eq!((days.len(), days[4].kind, days[4].place), (5, Kind::WeekDay, 5));
        assert_eq!(
            days[4].body,
            json!({"weekday":5,"startHour":8,"startMinute":30,"stopHour":18,"stopMinute":0})
        );
        assert_eq!((windows(DAILY), windows(WEEK), windows(Places::default())), (2, 1, 0));
    }

    #[test]
    fn the_end_of_a_day_and_a_sunday() {
        let days = Days::of(&[Weekday::Sunday, Weekday::Saturday]);
        let evening = Window { days, start: time(22, 0, 0, 0), end: time(0, 0, 0, 0) };
        let evening = Validity { windows: vec![evening], ..Validity::ALWAYS };
        let daily = entries(std::slice::from_ref(&evening), DAILY).unwrap();
        assert_eq!(
            daily[0].body,
            json!({"weekdays":[0,6],"startHour":22,"startMinute":0,"durationHour":2,"durationMinute":0})
        );
        let week = entries(&[evening], WEEK).unwrap();
        assert_eq!(week[0].body["stopHour"], 23);
        assert_eq!(week[0].body["stopMinute"], 59);
    }

    #[test]
    fn dates_and_what_does_not_fit() {
        let stay = Validity {
            from: Some(date(2027, 6, 1).at(15, 0, 0, 0)),
            until: Some(date(2027, 6, 8).at(11, 0, 0, 0)),
            windows: Vec::new(),
        };
        let one = entries(std::slice::from_ref(&stay), DAILY).unwrap();
        assert_eq!((one.len(), one[0].kind), (1, Kind::YearDay));
        assert_eq!((&one[0].body["startYear"], &one[0].body["stopDay"]), (&json!(27), &json!(8)));
        let open = Validity { from: None, ..stay.clone() };
        assert_eq!(entries(&[open], DAILY).unwrap()[0].body["startYear"], 0);
        assert_eq!(entries(&[stay.clone(), stay.clone(), stay.clone()], DAILY), None, "three into two");
        assert_eq!(entries(&[Validity { windows: office().windows, ..stay }], DAILY), None, "one kind");
        assert_eq!(entries(&[Validity::ALWAYS], DAILY), Some(Vec::new()));
    }

    #[test]
    fn a_lock_may_tell_it_in_other_words() {
        let wanted = json!({"weekdays":[0,6],"startHour":22});
        assert!(same(&wanted, &json!({"weekdays":[6,0],"startHour":22,"more":1})));
        assert!(!same(&wanted, &json!({"weekdays":[6],"startHour":22})));
        assert!(!same(&wanted, &json!({"weekdays":[0,6],"startHour":21})));
        assert!(!same(&wanted, &json!(null)));
        assert!(same(&json!({"startYear":27}), &json!({"startYear":2027})));
    }
}
