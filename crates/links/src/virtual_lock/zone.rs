//! The zone as a lock takes it: the offset now and the next four changes. The lock holds no zone data of its
//! own.

use hub::ports::LinkError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lock::{Transition, Zone};

/// The offset in force at `now` and the changes after it.
///
/// # Errors
/// [`LinkError::Rejected`] for a name that is no IANA zone.
pub fn zone_for(now: Timestamp, name: &str) -> Result<Zone, LinkError> {
    let zone = TimeZone::get(name)
        .map_err(|_| LinkError::Rejected(format!("{name} is not a time zone: write it as Europe/Vienna")))?;
    let mut out = Zone { offset: zone.to_offset(now).seconds(), ..Zone::default() };
    for (place, change) in out.next.iter_mut().zip(zone.following(now)) {
        let at = u64::try_from(change.timestamp().as_second()).unwrap_or(0);
        *place = Transition { at, offset: change.offset().seconds() };
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::zone_for;
    use lock::Transition;

    #[test]
    fn both_edges_of_summer_time_are_told_before_they_come() {
        let zone = zone_for("2026-02-01T12:00:00Z".parse().unwrap(), "Europe/Vienna").unwrap();
        assert_eq!(zone.offset, 3600);
        // last Sundays of March and October at 01:00 UTC
        let at = |text: &str| u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_second()).unwrap();
        assert_eq!(zone.next[0], Transition { at: at("2026-03-29T01:00:00Z"), offset: 7200 });
        assert_eq!(zone.next[1], Transition { at: at("2026-10-25T01:00:00Z"), offset: 3600 });
        assert_eq!(zone.next[3].at, at("2027-10-31T01:00:00Z"));
    }

    #[test]
    fn a_zone_without_changes_has_none_and_no_zone_is_refused() {
        let zone = zone_for("2026-02-01T12:00:00Z".parse().unwrap(), "Asia/Tokyo").unwrap();
        assert_eq!((zone.offset, zone.next), (9 * 3600, [Transition::default(); 4]));
        assert!(zone_for("2026-02-01T12:00:00Z".parse().unwrap(), "Mars/Base").is_err());
    }

    /// The clock face that a lock reckons from what it was pushed: the last change at or before a moment counts.
    fn face(zone: &lock::Zone, at: u64) -> i64 {
        let last = zone.next.iter().rev().find(|change| change.at != 0 && change.at <= at);
        i64::try_from(at).unwrap() + i64::from(last.map_or(zone.offset, |change| change.offset))
    }

    #[test]
    fn e4_both_edges_are_right_to_the_second_for_two_years_after_one_push() {
        for name in ["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"] {
            let pushed: jiff::Timestamp = "2026-02-01T12:00:00Z".parse().unwrap();
            let zone = zone_for(pushed, name).unwrap();
            let real = jiff::tz::TimeZone::get(name).unwrap();
            for change in zone.next.iter().filter(|change| change.at != 0) {
                for at in [change.at - 3600, change.at - 1, change.at, change.at + 1, change.at + 3600] {
                    let moment = jiff::Timestamp::from_second(i64::try_from(at).unwrap()).unwrap();
                    let wanted = moment.as_second() + i64::from(real.to_offset(moment).seconds());
                    assert_eq!(face(&zone, at), wanted, "{name} at {moment}");
                }
            }
        }
    }
}
