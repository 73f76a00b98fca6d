//! The clock with its zone: hours at both daylight-saving edges, bounded steps, what is known after a loss of power
//! (A16, E4).

use lock::{Alarm, Answer, Command, Input, Refusal, SettingId, Transition, UserType, WeekDay, Zone};

use crate::support::Rig;

/// 2026-11-23 00:00:00 UTC, a Monday.
const MONDAY: u64 = 1_795_392_000;

/// Europe/Berlin: +1 h, from 2026-03-29 01:00 UTC +2 h, from 2026-10-25 01:00 UTC +1 h again.
const BERLIN: Zone = Zone {
    offset: 3_600,
    next: [
        Transition { at: 1_774_746_000, offset: 7_200 },
        Transition { at: 1_792_890_000, offset: 3_600 },
        Transition { at: 0, offset: 0 },
        Transition { at: 0, offset: 0 },
    ],
};

#[test]
fn a16_hours_hold_in_local_time_at_both_daylight_saving_edges() {
    // 02:00 to 02:59 on Sundays: in spring that hour is not there, in autumn it is there twice
    let hours = WeekDay { days: 1, start_hour: 2, start_minute: 0, end_hour: 2, end_minute: 59 };
    for (around, expected) in [
        // 01:59:59 local, then the clock jumps to 03:00: the hour does not come
        (1_774_746_000, [(-1, false), (0, false), (3_599, false), (-3_600, false)]),
        // 02:00 to 02:59 twice: an hour before the edge it begins, an hour after the edge it ends
        (1_792_890_000, [(-3_601, false), (-3_600, true), (3_599, true), (3_600, false)]),
    ] {
        for (off, may) in expected {
            let mut rig = Rig::new();
            let user = rig.add(1, "135792", UserType::WeekDay);
            assert!(rig.send(&Command::SetWeekDay(1, user, hours)) == Answer::Done);
            let begin = u64::try_from(around + off - 60).expect("after 1970");
            assert!(rig.send(&Command::SetClock(begin, BERLIN)) == Answer::Done);
            rig.wait(60_000);
            assert_eq!(rig.opens("135792"), may, "{around} {off}");
            rig.reboot();
            assert!(!rig.opens("135792"), "no clock after loss of power");
            rig.step(Input::ClockChip(Some(begin + 60)));
            assert_eq!(rig.opens("135792"), may, "the zone outlives loss of power: {around} {off}");
        }
    }
}

#[test]
fn a16_zones_out_of_order_or_out_of_range_are_refused_and_nothing_changes() {
    let mut rig = Rig::new();
    let mut crossed = BERLIN;
    crossed.next.swap(0, 1);
    let far = Zone { offset: 18 * 3_600 + 1, ..Zone::NONE };
    for (unix, zone) in [(MONDAY, crossed), (MONDAY, far), (0, Zone::NONE)] {
        assert!(rig.send(&Command::SetClock(unix, zone)) == Answer::Refused(Refusal::Constraint));
        assert_eq!(rig.lock.status(rig.now).wall, 0);
    }
    let edge = Zone { offset: -18 * 3_600, ..Zone::NONE };
    assert!(rig.send(&Command::SetClock(MONDAY, edge)) == Answer::Done);
}

#[test]
fn a16_steps_within_the_bound_are_taken_and_beyond_it_wait() {
    for (step, trusted) in [(120, true), (121, false), (-120, true), (-121, false)] {
        let mut rig = Rig::new();
        rig.clock(MONDAY);
        let to = MONDAY.saturating_add_signed(step);
        let (_, effects) = rig.send_as(1, [5; 32], &Command::SetClock(to, Zone::NONE));
        assert_eq!(effects.alarms.has(Alarm::ClockJump), !trusted, "{step}");
        let status = rig.lock.status(rig.now);
        assert_eq!((status.clock == lock::ClockQuality::Trusted, status.wall), (trusted, to), "{step}");
        if !trusted {
            rig.clock(to);
            assert!(rig.lock.status(rig.now).clock != lock::ClockQuality::Trusted, "nor by asking again");
            let wrong = Command::ConfirmClock(to + 121);
            assert!(rig.send(&wrong) == Answer::Refused(Refusal::Constraint));
            assert!(rig.send(&Command::ConfirmClock(to + 120)) == Answer::Done);
            assert!(rig.lock.status(rig.now).clock == lock::ClockQuality::Trusted);
        }
    }
}

#[test]
fn a16_after_loss_of_power_the_last_time_known_bounds_the_first_setting() {
    let day = 86_400;
    for (later, trusted) in [(0, true), (400 * day, true), (400 * day + 1, false), (-1, false)] {
        for by_chip in [false, true] {
            let mut rig = Rig::new();
            rig.step(Input::ClockChip(Some(MONDAY)));
            assert_eq!(
                rig.lock.status(rig.now).wall,
                0,
                "a chip is not believed before any peer set the clock"
            );
            rig.clock(MONDAY);
            // any record makes the time durable
            rig.send(&Command::WriteSetting(SettingId::SoundVolume, 1));
            rig.reboot();
            assert_eq!(rig.lock.status(rig.now).wall, 0);
            let to = MONDAY.saturating_add_signed(later);
            let effects = match by_chip {
                true => rig.step(Input::ClockChip(Some(to))),
                false => rig.send_as(1, [5; 32], &Command::SetClock(to, Zone::NONE)).1,
            };
            assert_eq!(effects.alarms.has(Alarm::ClockJump), !trusted, "{later}");
            let quality = rig.lock.status(rig.now).clock;
            assert_eq!(quality == lock::ClockQuality::Trusted, trusted, "{later}");
        }
    }
}
