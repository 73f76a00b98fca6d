//! How values of the house stand in columns: moments, ids, words, lists. Pure conversions, both ways.

use access::{ErrandState, Evidence, PersonKind};
use hub::ports::Role;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::trouble::Trouble;

/// Nanoseconds since 1970. Exact from 1677 to 2262; a moment beyond (a lock with a mad clock) is kept as the
/// nearer end.
pub(crate) fn moment(at: Timestamp) -> i64 {
    let clamped = at.as_nanosecond().clamp(i64::MIN.into(), i64::MAX.into());
    // the clamp makes this exact
    i64::try_from(clamped).unwrap_or(i64::MAX)
}

pub(crate) fn read_moment(nanoseconds: i64) -> Result<Timestamp, Trouble> {
    Timestamp::from_nanosecond(nanoseconds.into()).map_err(|_| Trouble::Row("a moment out of range".into()))
}

pub(crate) fn read_moment_option(nanoseconds: Option<i64>) -> Result<Option<Timestamp>, Trouble> {
    nanoseconds.map(read_moment).transpose()
}

pub(crate) fn civil(at: Option<DateTime>) -> Option<String> {
    at.map(|at| at.to_string())
}

pub(crate) fn read_civil(text: Option<String>) -> Result<Option<DateTime>, Trouble> {
    text.map(|text| text.parse().map_err(|_| Trouble::Row(format!("{text:?} is no date and time"))))
        .transpose()
}

/// Counters and positions: SQLite's integers are signed.
pub(crate) fn count(number: u64) -> Result<i64, Trouble> {
    i64::try_from(number).map_err(|_| Trouble::Refused(format!("{number} is more than a database can count")))
}

pub(crate) fn read_count<T: TryFrom<i64>>(number: i64) -> Result<T, Trouble> {
    T::try_from(number).map_err(|_| Trouble::Row(format!("{number} is out of range")))
}

pub(crate) fn read_hash(bytes: Vec<u8>) -> Result<[u8; 32], Trouble> {
    bytes.try_into().map_err(|bytes: Vec<u8>| Trouble::Row(format!("a hash of {} bytes", bytes.len())))
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, Trouble> {
    serde_json::to_string(value).map_err(|e| Trouble::Refused(format!("a value has no JSON form: {e}")))
}

pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text).map_err(|e| Trouble::Row(format!("JSON that does not read: {e}")))
}

/// A value that stands in its column as one word.
pub(crate) trait Word: Sized + Copy {
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
    fn read(word: &str) -> Result<Self, Trouble> {
        Self::from_word(word).ok_or_else(|| Trouble::Row(format!("the unknown word {word:?}")))
    }
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {$(
        impl Word for $type {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}

words! {
    PersonKind { Resident = "resident", Guest = "guest", Service = "service" }
    Role { Owner = "owner", Manager = "manager", Viewer = "viewer" }
    Evidence {
        ReadBack = "read_back",
        Checksum = "checksum",
        UsedAtDoor = "used_at_door",
        LocksWord = "locks_word",
        Unreadable = "unreadable",
    }
    ErrandState { Due = "due", InFlight = "in_flight", Refused = "refused", Suspended = "suspended" }
}

#[cfg(test)]
mod tests {
    use super::{moment, read_moment};
    use jiff::Timestamp;

    #[test]
    fn moments_are_exact_or_the_nearer_end() {
        for at in ["2026-11-23T08:00:00.123456789Z", "1969-12-31T23:59:59.999999999Z", "2262-04-11T23:47:16Z"]
        {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(read_moment(moment(at)).unwrap(), at);
        }
        assert_eq!(moment(Timestamp::MAX), i64::MAX);
        assert_eq!(moment(Timestamp::MIN), i64::MIN);
        assert!(read_moment(i64::MIN).is_ok() && read_moment(i64::MAX).is_ok());
    }
}
