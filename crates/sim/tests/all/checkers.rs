//! Every checker is seen to fail: a seeded bug for each property, on a story that breaks nothing without it.

use sim::{Act, DAY, HOUR, MINUTE, Options, Sabotage, Shape, live};

use crate::tale::{broken_by, tale};

fn comes(door: usize) -> (u64, Act) {
    (MINUTE, Act::Arrive { door, shape: Shape::Always })
}

fn comes_and_goes() -> Vec<(u64, Act)> {
    vec![comes(0), (HOUR, Act::Revoke { grant: 0 }), (2 * DAY, Act::Guess { door: 0 })]
}

#[test]
fn i1_a_code_that_is_said_to_be_gone_and_is_not() {
    let broken = broken_by(Sabotage::SaysEmpty, &["zigbee"], comes_and_goes());
    assert!(broken.contains(&"I1"), "{broken:?}");
}

#[test]
fn i2_a_code_that_opens_long_after_its_end() {
    let broken = broken_by(Sabotage::RefusesClears, &["zigbee"], comes_and_goes());
    assert!(broken.contains(&"I2"), "{broken:?}");
    assert!(broken.contains(&"I12"), "a place that is never free again: {broken:?}");
}

#[test]
fn i3_in_force_where_nothing_is() {
    let broken = broken_by(
        Sabotage::SaysMatches,
        &["zigbee"],
        vec![comes(0), (HOUR, Act::Enter { person: 0, door: 0 })],
    );
    assert!(broken.contains(&"I3"), "{broken:?}");
    assert!(broken.contains(&"L1"), "a wish that never comes true: {broken:?}");
}

#[test]
fn i4_a_name_in_the_log_that_is_another_persons() {
    let acts = vec![
        comes(0),
        (2 * MINUTE, Act::Arrive { door: 0, shape: Shape::Always }),
        (HOUR, Act::Enter { person: 0, door: 0 }),
    ];
    let broken = broken_by(Sabotage::NamesTheNeighbour, &["z-wave schedules"], acts);
    assert!(broken.contains(&"I4"), "{broken:?}");
}

#[test]
fn i5_two_people_with_the_same_digits() {
    let acts = vec![comes(0), (2 * MINUTE, Act::Arrive { door: 0, shape: Shape::Always })];
    let broken = broken_by(Sabotage::SameDigits, &["zigbee"], acts);
    assert!(broken.contains(&"I5"), "{broken:?}");
}

#[test]
fn i6_a_strangers_code_is_written_over() {
    let acts = vec![
        (MINUTE, Act::ForeignSet { lock: 0, place: 9 }),
        (2 * HOUR, Act::Arrive { door: 0, shape: Shape::Always }),
    ];
    let broken = broken_by(Sabotage::LastPlace, &["zigbee"], acts);
    assert!(broken.contains(&"I6"), "{broken:?}");
}

#[test]
fn i6_a_code_that_is_pushed_off_for_another() {
    let acts = vec![comes(0), (HOUR, Act::Arrive { door: 0, shape: Shape::Always })];
    let broken = broken_by(Sabotage::PushesOut, &["zigbee"], acts);
    assert!(broken.contains(&"I6"), "{broken:?}");
}

#[test]
fn i7_a_command_that_was_accepted_and_lost() {
    let story = tale(&["zigbee"], comes_and_goes());
    let options = Options { lying_disk: true, go_on: true, ..Options::default() };
    let outcome = live(&story, options).unwrap();
    assert!(outcome.violations.iter().any(|one| one.property == "I7"), "{:?}", outcome.violations);
}

#[test]
fn i8_a_write_that_does_something_else_the_second_time() {
    let broken = broken_by(Sabotage::Toggles, &["zigbee"], vec![comes(0)]);
    assert!(broken.contains(&"I8"), "{broken:?}");
}

#[test]
fn i9_a_user_that_stays_behind_its_code() {
    let broken = broken_by(Sabotage::LeavesTheUser, &["zigbee"], comes_and_goes());
    assert!(broken.contains(&"I9"), "{broken:?}");
}

#[test]
fn i10_digits_in_the_log() {
    let broken = broken_by(Sabotage::TellsTheCode, &["zigbee"], vec![comes(0)]);
    assert!(broken.contains(&"I10"), "{broken:?}");
}

#[test]
fn i11_more_commands_than_a_battery_bears() {
    // somebody's script presses *try again* every other minute at a lock that does not answer
    let mut acts = vec![(0, Act::Out { lock: 0, minutes: 3000, told: false }), comes(0)];
    acts.extend((10..1200).map(|minute| (2 * minute * MINUTE, Act::Retry { lock: 0 })));
    acts.sort_by_key(|(at, _)| *at);
    let outcome = live(&tale(&["zigbee"], acts), Options::default()).unwrap();
    assert_eq!(outcome.violations.first().map(|one| one.property), Some("I11"), "{:?}", outcome.violations);
}

#[test]
fn i13_a_code_that_opens_outside_its_hours() {
    let acts = vec![
        (MINUTE, Act::Arrive { door: 0, shape: Shape::Hours(2) }),
        (HOUR, Act::Out { lock: 0, minutes: 600, told: true }),
        (5 * HOUR, Act::Enter { person: 0, door: 0 }),
    ];
    let broken = broken_by(Sabotage::LosesTheEnd, &["own core"], acts);
    assert!(broken.contains(&"I13"), "{broken:?}");
}

#[test]
fn i14_a_stranger_whom_nobody_notices() {
    let acts = vec![comes(0), (HOUR, Act::ForeignSet { lock: 0, place: 0 })];
    let broken = broken_by(Sabotage::HidesStrangers, &["four slots"], acts);
    assert!(broken.contains(&"I14"), "{broken:?}");
}

#[test]
fn l2_a_revocation_that_hangs_and_nobody_is_told() {
    let broken = broken_by(Sabotage::MutesAlerts, &["zigbee"], comes_and_goes());
    assert!(broken.contains(&"L2"), "{broken:?}");
}

#[test]
fn l3_a_change_that_is_on_its_way_for_ever() {
    let broken = broken_by(Sabotage::NeverAnswers, &["zigbee"], vec![comes(0)]);
    assert!(broken.contains(&"L3"), "{broken:?}");
}

#[test]
fn l4_a_suspended_change_that_does_not_go_on() {
    let broken = broken_by(Sabotage::Babbles, &["zigbee"], vec![comes(0)]);
    assert!(broken.contains(&"L4"), "{broken:?}");
}
