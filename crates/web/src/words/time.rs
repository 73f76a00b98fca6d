//! Times: short in words, the exact one on hover, in the door's own zone.

use std::fmt;

use access::{Schedule, Window};
use askama::filters::HtmlSafe;
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A time zone with its name; an unknown name falls back to UTC and says so.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    pub(crate) fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// A moment in this zone, told as seen from `now`.
    pub(crate) fn moment(&self, at: Timestamp, now: Timestamp) -> Moment {
        Moment { at: at.to_zoned(self.0.clone()), now: now.to_zoned(self.0.clone()) }
    }

    /// The date and time on this zone's wall.
    pub(crate) fn civil(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.0.clone()).datetime()
    }

    /// The moment at which this zone's wall shows the time. In a gap or fold, the earlier.
    pub(crate) fn instant(&self, at: DateTime) -> Option<Timestamp> {
        at.to_zoned(self.0.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

/// A moment, written as a `<time>` element with the exact time on hover.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    at: Zoned,
    now: Zoned,
}

impl Moment {
    /// `14:02`, `yesterday 14:02`, `Mon 14:02`, `3 Nov 14:02`, `3 Nov 2025 14:02`.
    pub(crate) fn words(&self) -> String {
        let clock = format!("{:02}:{:02}", self.at.hour(), self.at.minute());
        let days = self.at.date().since(self.now.date()).map_or(i32::MAX, |span| span.get_days());
        match days {
            0 => clock,
            -1 => format!("yesterday {clock}"),
            1 => format!("tomorrow {clock}"),
            -6..=6 => format!("{} {clock}", short(self.at.weekday())),
            _ if self.at.year() == self.now.year() => {
                format!("{} {} {clock}", self.at.day(), month(self.at.month()))
            }
            _ => format!("{} {} {} {clock}", self.at.day(), month(self.at.month()), self.at.year()),
        }
    }

    /// The moment itself.
    pub(crate) fn timestamp(&self) -> Timestamp {
        self.at.timestamp()
    }

    /// `14:02:07`, for lists under a heading that names the day.
    pub(crate) fn clock(&self) -> String {
        self.at.strftime("%H:%M:%S").to_string()
    }

    /// With date, seconds and zone.
    pub(crate) fn exact(&self) -> String {
        self.at.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// `40 s ago`, `3 min ago`, `2 h ago`, else as [`words`](Self::words).
    pub(crate) fn ago(&self) -> String {
        let seconds = self.now.timestamp().duration_since(self.at.timestamp()).as_secs();
        match seconds {
            ..0 => self.words(),
            0..5 => "just now".to_owned(),
            5..90 => format!("{seconds} s ago"),
            90..5400 => format!("{} min ago", seconds / 60),
            5400..79200 => format!("{} h ago", (seconds + 1800) / 3600),
            _ => self.words(),
        }
    }

    /// `Monday, 23 November 2026`.
    pub(crate) fn day(&self) -> String {
        let date = self.at.date();
        let today = self.now.date();
        let long = self.at.strftime("%A, %-d %B %Y").to_string();
        if date == today { format!("Today, {long}") } else { long }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = self.at.strftime("%Y-%m-%dT%H:%M:%S%:z");
        write!(f, "<time datetime=\"{iso}\" title=\"{}\">{}</time>", self.exact(), self.words())
    }
}

/// Holds digits and fixed words only, and writes its own markup.
impl HtmlSafe for Moment {}

/// A date and time without zone: `3 Nov 2026 14:02`.
fn civil(at: DateTime) -> String {
    format!("{} {} {} {:02}:{:02}", at.day(), month(at.month()), at.year(), at.hour(), at.minute())
}

/// `weekdays 8 to 18`, `Mon, Wed 22:30 to 6 (next day)`.
fn window(window: &Window) -> String {
    let days: Vec<Weekday> = window.days.iter().collect();
    let days = if window.days == access::Days::ALL {
        "every day".to_owned()
    } else if window.days == access::Days::WEEKDAYS {
        "weekdays".to_owned()
    } else if days == [Weekday::Saturday, Weekday::Sunday] {
        "weekends".to_owned()
    } else {
        days.iter().map(|day| short(*day)).collect::<Vec<_>>().join(", ")
    };
    let midnight = Time::midnight();
    if window.start == midnight && window.end == midnight {
        return format!("{days}, all day");
    }
    let next = if window.end != midnight && window.end <= window.start { " (next day)" } else { "" };
    let end = if window.end == midnight { "24".to_owned() } else { clock(window.end) };
    format!("{days} {} to {end}{next}", clock(window.start))
}

/// All windows of a schedule.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    if schedule.windows.is_empty() {
        return "always".to_owned();
    }
    schedule.windows.iter().map(window).collect::<Vec<_>>().join("; ")
}

/// `from 3 Nov 2026 14:02 until ...`, empty when neither is set.
pub(crate) fn span(from: Option<DateTime>, until: Option<DateTime>) -> String {
    match (from, until) {
        (None, None) => String::new(),
        (Some(from), None) => format!("from {}", civil(from)),
        (None, Some(until)) => format!("until {}", civil(until)),
        (Some(from), Some(until)) => format!("from {} until {}", civil(from), civil(until)),
    }
}

fn clock(time: Time) -> String {
    if time.minute() == 0 { time.hour().to_string() } else { format!("{}:{:02}", time.hour(), time.minute()) }
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

fn month(month: i8) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    usize::try_from(month - 1).ok().and_then(|n| NAMES.get(n)).copied().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::{Zone, span, window};
    use access::{Days, Window};
    use jiff::Timestamp;
    use jiff::civil::time;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn p6_times_are_told_in_the_doors_zone() {
        let zone = Zone::named("Europe/Vienna");
        let now = at("2026-11-23T20:00:00Z");
        let words = |text: &str| zone.moment(at(text), now).words();
        assert_eq!(words("2026-11-23T13:02:00Z"), "14:02");
        assert_eq!(words("2026-11-22T23:30:00Z"), "00:30");
        assert_eq!(words("2026-11-22T13:02:00Z"), "yesterday 14:02");
        assert_eq!(words("2026-11-20T13:02:00Z"), "Fri 14:02");
        assert_eq!(words("2026-06-20T13:02:00Z"), "20 Jun 15:02");
        assert_eq!(words("2025-06-20T13:02:00Z"), "20 Jun 2025 15:02");
        let shown = zone.moment(at("2026-11-23T13:02:00Z"), now).to_string();
        let wanted =
            "<time datetime=\"2026-11-23T14:02:00+01:00\" title=\"2026-11-23 14:02:00 CET\">14:02</time>";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn ages_are_told_in_words() {
        let zone = Zone::named("UTC");
        let now = at("2026-11-23T20:00:00Z");
        assert_eq!(zone.moment(at("2026-11-23T19:59:20Z"), now).ago(), "40 s ago");
        assert_eq!(zone.moment(at("2026-11-23T19:50:00Z"), now).ago(), "10 min ago");
        assert_eq!(zone.moment(at("2026-11-23T17:40:00Z"), now).ago(), "2 h ago");
    }

    #[test]
    fn e4_windows_read_plainly() {
        let told = |days, start, end| window(&Window { days, start, end });
        assert_eq!(told(Days::WEEKDAYS, time(8, 0, 0, 0), time(18, 0, 0, 0)), "weekdays 8 to 18");
        assert_eq!(told(Days::ALL, time(22, 30, 0, 0), time(6, 0, 0, 0)), "every day 22:30 to 6 (next day)");
        assert_eq!(told(Days::ALL, time(8, 0, 0, 0), time(0, 0, 0, 0)), "every day 8 to 24");
        assert_eq!(told(Days::ALL, time(0, 0, 0, 0), time(0, 0, 0, 0)), "every day, all day");
        assert_eq!(span(None, None), "");
    }
}
