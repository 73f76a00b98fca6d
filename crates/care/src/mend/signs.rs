//! What the hub has seen of a lock, one sighting at a time: whether it holds, and the evidence in words. What is not
//! known holds nothing. Bounds are estimates and only set the order of causes.

use door::stranded::LOW_BATTERY;
use door::survey::{Key, Value};
use jiff::{SignedDuration, Timestamp};

use crate::living::calendar::sag_words;
use crate::living::sight::{DoorSight, Home, LockSight, What};
use crate::living::travel::Trend;
use crate::words::{say, word};

/// Every sighting that a rule may name.
pub const NAMES: &[&str] = &[
    "gateway-down",
    "gateway-up",
    "others-silent",
    "silent",
    "silent-a-day",
    "heard-now",
    "sleeps",
    "signal-weak",
    "signal-strong",
    "battery-low",
    "battery-good",
    "battery-fast",
    "bolt-slow",
    "bolt-steady",
    "jams-lately",
    "screws-loose",
    "gap-wide",
    "busy",
    "quiet",
    "changes-wait",
    "changes-stuck",
    "nothing-waits",
    "shut-out",
    "wrong-codes",
    "refused-known",
    "battery-refused",
    "mode-refused",
    "mode-other",
    "mode-normal",
    "mode-passage",
    "hours-refused",
    "disabled-refused",
    "budget-spent",
    "clock-lost",
    "clock-unconfirmed",
    "clock-right",
    "clock-refused",
    "clock-lately",
    "restarted-lately",
    "hand-lately",
    "late-lately",
    "code-changed-lately",
    "foreign-codes",
    "unknown-lately",
    "ajar-lately",
    "locks-itself",
    "autolock-told-off",
    "records-lost",
];

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Heard within this it is heard now.
const NOW: SignedDuration = SignedDuration::from_mins(5);
/// Told so much later than it happened is late.
const LATE: SignedDuration = SignedDuration::from_secs(60);
/// Link quality of 255 below which a link is weak, and from which on it is strong.
const LQI: (f64, f64) = (60.0, 120.0);
/// The same for a level in dBm.
const DBM: (f64, f64) = (-80.0, -65.0);
/// Cells that last less than so many days last short.
const SHORT_DAYS: i64 = 120;
/// Movements a day from which on a door is busy, and up to which it is quiet.
const BUSY: (usize, usize) = (30, 10);
/// Cells from this percentage on are good.
const GOOD_BATTERY: f64 = 50.0;

/// The evidence for a sighting; `None` when it does not hold or is not known.
pub fn sign(name: &str, home: &Home, door: &DoorSight, lock: &LockSight) -> Option<String> {
    let at = At { home, door, lock };
    at.contact(name)
        .or_else(|| at.changes(name))
        .or_else(|| at.cells_and_bolt(name))
        .or_else(|| at.keypad(name))
        .or_else(|| at.entries(name))
        .or_else(|| at.time(name))
}

struct At<'a> {
    home: &'a Home,
    door: &'a DoorSight,
    lock: &'a LockSight,
}

impl At<'_> {
    fn moment(&self, at: Timestamp) -> String {
        self.door.moment(at)
    }

    fn since(&self, ago: SignedDuration) -> Timestamp {
        self.home.now.checked_sub(ago).unwrap_or(self.home.now)
    }

    /// How often one of these happened lately and when last, in words of this key (`{count}`, `{last}`).
    fn lately(&self, ago: SignedDuration, of: &[What], key: &str) -> Option<String> {
        let since = self.since(ago);
        let mut found = self.lock.since(since, of);
        let last = self.moment(found.next()?.at);
        let count = (1 + found.count()).to_string();
        Some(say(key, &[("count", &count), ("last", &last)]))
    }

    /// Whether it can be heard.
    fn contact(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        let gateway = self.home.gateways.iter().find(|gateway| gateway.name == lock.gateway);
        match name {
            "gateway-down" => {
                let down = gateway.filter(|gateway| !gateway.up)?;
                let why = down.why.clone().unwrap_or_default();
                let since = self.moment(down.since);
                let places = [("gateway", &*down.name), ("since", &*since), ("why", &*why)];
                Some(say("mend.seen.gateway-down", &places))
            }
            "gateway-up" => {
                let up = gateway.filter(|gateway| gateway.up)?;
                let since = self.moment(up.since);
                Some(say("mend.seen.gateway-up", &[("gateway", &up.name), ("since", &since)]))
            }
            "others-silent" => self.others_silent(),
            "silent" => {
                let since = self.moment(lock.silent_since.filter(|_| lock.reachable == Some(false))?);
                Some(say("mend.seen.silent", &[("since", &since)]))
            }
            "silent-a-day" => {
                let last = lock.last_contact.filter(|_| lock.reachable == Some(false))?;
                let long = self.home.now.duration_since(last) > DAY;
                long.then(|| say("mend.seen.silent-a-day", &[("last", &self.moment(last))]))
            }
            "heard-now" => {
                let last = lock.last_contact.filter(|_| lock.reachable == Some(true))?;
                let fresh = self.home.now.duration_since(last) <= NOW;
                fresh.then(|| say("mend.seen.heard-now", &[("last", &self.moment(last))]))
            }
            "sleeps" => lock.sleeps.then(|| word("mend.seen.sleeps")),
            "signal-weak" | "signal-strong" => {
                let said = lock.signal.as_deref()?;
                let (weak, strong) = quality(said)?;
                let holds = if name == "signal-weak" { weak } else { strong };
                let key = if weak { "mend.seen.signal-weak" } else { "mend.seen.signal-strong" };
                holds.then(|| say(key, &[("signal", said)]))
            }
            _ => None,
        }
    }

    /// Other locks behind the same gateway that are out of reach too.
    fn others_silent(&self) -> Option<String> {
        let of =
            |lock: &&LockSight| lock.gateway == self.lock.gateway && lock.id != self.lock.id && !lock.told;
        let others: Vec<_> = self.home.doors.iter().flat_map(|door| &door.locks).filter(of).collect();
        let silent = others.iter().filter(|other| other.reachable == Some(false)).count();
        let (count, all) = (silent.to_string(), others.len().to_string());
        (silent > 0).then(|| say("mend.seen.others-silent", &[("silent", &count), ("all", &all)]))
    }

    /// Changes of codes on their way, and records on theirs.
    fn changes(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        match name {
            "changes-wait" => {
                let first = lock.waiting.iter().map(|one| one.since).min()?;
                let count = lock.waiting.len().to_string();
                let since = self.moment(first);
                Some(say("mend.seen.changes-wait", &[("count", &count), ("since", &since)]))
            }
            "changes-stuck" => {
                let stuck = lock.waiting.iter().find(|one| one.stuck)?;
                let error = stuck.error.clone().unwrap_or_default();
                let since = self.moment(stuck.since);
                Some(say("mend.seen.changes-stuck", &[("since", &since), ("error", &error)]))
            }
            "nothing-waits" => {
                (!lock.told && lock.waiting.is_empty()).then(|| word("mend.seen.nothing-waits"))
            }
            "late-lately" => {
                let since = self.since(WEEK);
                let late = |one: &&_| is_late(one);
                let mut late = lock.past.iter().filter(|one| one.at >= since).filter(late);
                let last = late.next()?;
                let minutes = (last.told.duration_since(last.at).as_secs() / 60).to_string();
                let count = (1 + late.count()).to_string();
                let at = self.moment(last.at);
                let places = [("count", &*count), ("last", &*at), ("minutes", &*minutes)];
                Some(say("mend.seen.late-lately", &places))
            }
            "records-lost" => self.lately(WEEK, &[What::RecordsLost], "mend.seen.records-lost"),
            _ => None,
        }
    }

    /// Cells, motor, bolt and door.
    fn cells_and_bolt(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        match name {
            "battery-low" | "battery-good" => self.cells(name == "battery-low"),
            "battery-fast" => {
                let outlook = lock.outlook?;
                let days = outlook.day.duration_since(outlook.since).as_hours() / 24;
                (days < SHORT_DAYS).then(|| say("mend.seen.battery-fast", &[("days", &days.to_string())]))
            }
            "bolt-slow" => lock.travel.sags(self.home.now).map(|sag| sag_words(&sag)),
            "bolt-steady" => match lock.travel.trend() {
                Trend::Steady { first, last } if lock.travel.sags(self.home.now).is_none() => {
                    let (first, last) = (first.to_string(), last.to_string());
                    Some(say("mend.seen.bolt-steady", &[("first", &first), ("last", &last)]))
                }
                _ => None,
            },
            "jams-lately" => self.lately(WEEK, &[What::Jammed], "mend.seen.jams-lately"),
            "ajar-lately" => self.lately(WEEK, &[What::Ajar], "mend.seen.ajar-lately"),
            "screws-loose" => [Key::FrameScrewState, Key::HingeScrewState]
                .into_iter()
                .filter(|key| self.door.survey.word(*key).is_some_and(|word| word != "tight"))
                .find_map(|key| self.door.answer(key)),
            "gap-wide" => {
                let gap = self.door.survey.number(Key::FrameGap);
                let wide = gap.is_some_and(|mm| mm >= door::flags::VISIBLE_GAP_MM);
                self.door.answer(Key::FrameGap).filter(|_| wide)
            }
            "busy" | "quiet" => self.movements(name == "busy"),
            "locks-itself" => self.lately(WEEK, &[What::LockedItself], "mend.seen.locks-itself"),
            "autolock-told-off" => {
                let off = self.door.survey.value(Key::SmartAutoLock) == Some(Value::Yes(false));
                self.door.answer(Key::SmartAutoLock).filter(|_| off)
            }
            _ => None,
        }
    }

    fn cells(&self, low: bool) -> Option<String> {
        let Some((percent, at)) = self.lock.battery else {
            return (low && self.lock.battery_low).then(|| word("mend.seen.battery-low-said"));
        };
        let (level, text, at) = (f64::from(percent), percent.to_string(), self.moment(at));
        let is_low = self.lock.battery_low || level <= LOW_BATTERY;
        if low {
            return is_low.then(|| say("mend.seen.battery-low", &[("percent", &text), ("at", &at)]));
        }
        let good = !is_low && level >= GOOD_BATTERY;
        good.then(|| say("mend.seen.battery-good", &[("percent", &text), ("at", &at)]))
    }

    /// Movements a day over the time that the happenings reach back.
    fn movements(&self, busy: bool) -> Option<String> {
        let moves = [What::OpenedByCredential, What::OpenedFromAfar, What::LockedItself, What::Locked];
        let oldest = self.lock.past.last()?.at;
        let days = usize::try_from(self.home.now.duration_since(oldest).as_hours() / 24).ok()?.max(1);
        let a_day = self.lock.past.iter().filter(|one| moves.contains(&one.what)).count() / days;
        let holds = if busy { a_day >= BUSY.0 } else { a_day <= BUSY.1 };
        holds.then(|| say("mend.seen.movements", &[("count", &a_day.to_string())]))
    }

    /// Refusals and modes.
    fn keypad(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        match name {
            "shut-out" => match lock.lockout_until.filter(|until| *until > self.home.now) {
                Some(until) => Some(say("mend.seen.shut-out-now", &[("until", &self.moment(until))])),
                None => self.lately(DAY, &[What::ShutOut], "mend.seen.shut-out"),
            },
            "wrong-codes" => self.lately(DAY, &[What::WrongCode], "mend.seen.wrong-codes"),
            "refused-known" => {
                let known = [
                    What::OutsideHours,
                    What::Disabled,
                    What::ClockUnknown,
                    What::BatteryRefused,
                    What::ModeRefused,
                ];
                self.lately(DAY, &known, "mend.seen.refused-known")
            }
            "battery-refused" => self.lately(WEEK, &[What::BatteryRefused], "mend.seen.battery-refused"),
            "mode-refused" => self.lately(DAY, &[What::ModeRefused], "mend.seen.mode-refused"),
            "mode-other" | "mode-passage" | "mode-normal" => {
                let mode = lock.mode.as_deref()?;
                let holds = match name {
                    "mode-other" => mode != "normal" && mode != "passage",
                    "mode-passage" => mode == "passage",
                    _ => mode == "normal",
                };
                holds.then(|| say("mend.seen.mode", &[("mode", mode)]))
            }
            "hours-refused" => self.lately(DAY, &[What::OutsideHours], "mend.seen.hours-refused"),
            "disabled-refused" => self.lately(DAY, &[What::Disabled], "mend.seen.disabled-refused"),
            "budget-spent" => lock.budget_spent.then(|| word("mend.seen.budget-spent")),
            _ => None,
        }
    }

    /// Who came, and codes that changed.
    fn entries(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        match name {
            "foreign-codes" => {
                let count = lock.strangers.to_string();
                (lock.strangers > 0).then(|| say("mend.seen.foreign-codes", &[("count", &count)]))
            }
            "code-changed-lately" => self.lately(WEEK, &[What::CodeChanged], "mend.seen.code-changed-lately"),
            "unknown-lately" => {
                let since = self.since(WEEK);
                let mut found = lock.since(since, &[What::OpenedByCredential]).filter(|one| !one.known);
                let last = self.moment(found.next()?.at);
                let count = (1 + found.count()).to_string();
                Some(say("mend.seen.unknown-lately", &[("count", &count), ("last", &last)]))
            }
            "hand-lately" => self.lately(WEEK, &[What::ByHand], "mend.seen.hand-lately"),
            _ => None,
        }
    }

    /// Its clock and its starts.
    fn time(&self, name: &str) -> Option<String> {
        let lock = self.lock;
        match name {
            "clock-unconfirmed" => lock.clock_unconfirmed.then(|| word("mend.seen.clock-unconfirmed")),
            "clock-lost" if lock.clock_unconfirmed => Some(word("mend.seen.clock-unconfirmed")),
            "clock-lost" => (lock.clock_known == Some(false)).then(|| word("mend.seen.clock-lost")),
            "clock-right" => (lock.clock_known == Some(true)).then(|| word("mend.seen.clock-right")),
            "clock-refused" => self.lately(DAY, &[What::ClockUnknown], "mend.seen.clock-refused"),
            "clock-lately" => self.lately(WEEK, &[What::Clock], "mend.seen.clock-lately"),
            "restarted-lately" => self.lately(WEEK, &[What::Restarted], "mend.seen.restarted-lately"),
            _ => None,
        }
    }
}

fn is_late(one: &crate::living::sight::Happened) -> bool {
    one.told.duration_since(one.at) > LATE
}

/// Whether a link is weak or strong by the gateway's own words: `42/255`, `-71 dBm`; `None` when they say neither.
fn quality(said: &str) -> Option<(bool, bool)> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    if let Some(dbm) = said.strip_suffix("dBm").and_then(number) {
        return Some((dbm < DBM.0, dbm >= DBM.1));
    }
    let (value, of) = said.split_once('/')?;
    let (value, of) = (number(value)?, number(of)?);
    let share = value / of.max(1.0) * 255.0;
    Some((share < LQI.0, share >= LQI.1))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, quality, sign};
    use crate::living::samples::home;

    #[test]
    fn a8_link_quality_is_read_in_both_units() {
        assert_eq!(quality("42/255"), Some((true, false)));
        assert_eq!(quality("200/255"), Some((false, true)));
        assert_eq!(quality("-85 dBm"), Some((true, false)));
        assert_eq!(quality("-70 dBm"), Some((false, false)));
        assert_eq!(quality("good"), None);
    }

    #[test]
    fn a8_of_a_lock_that_is_well_nothing_bad_is_seen() {
        let home = home("");
        let door = &home.doors[0];
        let good = ["gateway-up", "heard-now", "battery-good", "nothing-waits", "clock-right"];
        for name in NAMES {
            let seen = sign(name, &home, door, &door.locks[0]);
            assert_eq!(seen.is_some(), good.contains(name), "{name}: {seen:?}");
        }
    }
}
