//! What went wrong in the field, by its cause, and what becomes of it here. Each names where it was reported; docs/sync.md
//! has the table.

use sim::{Act, DAY, HOUR, Habit, MINUTE, Shape};

use crate::tale::{line, lines, tell};

fn comes(at: u64) -> (u64, Act) {
    (at, Act::Arrive { door: 0, shape: Shape::Always })
}

/// zwave-js #9188: *deleted* was reported and cached as empty while the lock still held the code.
#[test]
fn a_code_reported_as_deleted_was_still_on_the_lock() {
    let told = tell(
        &["z-wave schedules"],
        vec![
            comes(MINUTE),
            (HOUR, Act::Habit { lock: 0, habit: Habit::Lies, minutes: 30 }),
            (HOUR + MINUTE, Act::Revoke { grant: 0 }),
        ],
    );
    let gone = line(&told, &["is gone from Lock 0"]).expect("gone in the end");
    assert!(
        told.lines[gone].trim_start() > "day   0 01:30",
        "not before the lies ended: {}",
        told.lines[gone]
    );
    assert_eq!(told.held, [(0, 0)]);
}

/// Lockly over Home Assistant #49, Wyze over Zigbee2MQTT #3018: the write timed out and had landed.
#[test]
fn a_write_timed_out_and_had_landed() {
    let told =
        tell(&["zigbee"], vec![(0, Act::Habit { lock: 0, habit: Habit::Mute, minutes: 10 }), comes(MINUTE)]);
    let proven = line(&told, &["Guest 1 is in force on Lock 0 (read back)"]).expect("proven");
    assert!(
        told.lines[proven].trim_start() < "day   0 00:05",
        "by a look, without waiting: {}",
        told.lines[proven]
    );
    assert_eq!(told.asked[0].0, 1, "written once");
}

/// Zigbee2MQTT #32289: delivered, acknowledged, not applied; the page showed `{}`.
#[test]
fn a_command_was_acknowledged_and_not_applied() {
    let told =
        tell(&["zigbee"], vec![(0, Act::Habit { lock: 0, habit: Habit::Lies, minutes: 20 }), comes(MINUTE)]);
    let proven = line(&told, &["is in force on Lock 0"]).expect("in the end");
    assert!(
        told.lines[proven].trim_start() > "day   0 00:20",
        "never before it was so: {}",
        told.lines[proven]
    );
}

/// Zigbee2MQTT #17205: clearing failed again and again on a sleeping lock, and then just worked.
#[test]
fn clearing_failed_on_a_sleeping_lock_until_it_did_not() {
    let told = tell(
        &["sleepy"],
        vec![
            comes(MINUTE),
            (5 * HOUR, Act::Habit { lock: 0, habit: Habit::Deaf, minutes: 300 }),
            (5 * HOUR + MINUTE, Act::Revoke { grant: 0 }),
        ],
    );
    assert!(line(&told, &["is gone from Lock 0"]).is_some());
    assert_eq!(told.held, [(0, 0)]);
    assert!(told.asked[0].0 < 60, "it is not called without end: {:?}", told.asked);
}

/// keymaster #460: code and no code, for ever, between two controllers.
#[test]
fn two_controllers_do_not_flap() {
    let mut acts = vec![comes(MINUTE)];
    acts.extend((1..40).map(|hour| (hour * HOUR, Act::ForeignClear { lock: 0, place: 0 })));
    let told = tell(&["zigbee"], acts);
    assert!(told.asked[0].0 <= 4, "written {} times against a controller that removes it", told.asked[0].0);
    assert!(
        line(&told, &["was removed at the lock or by another controller"]).is_some(),
        "and a person is told"
    );
}

/// keymaster #270, #373, #694: *adding* and *deleting* for ever.
#[test]
fn nothing_is_on_its_way_for_ever() {
    let told = tell(
        &["zigbee", "silent refusal"],
        vec![
            comes(MINUTE),
            (2 * MINUTE, Act::Arrive { door: 1, shape: Shape::Always }),
            (HOUR, Act::Weather { lock: 0, minutes: 600 }),
            (HOUR, Act::Weather { lock: 1, minutes: 600 }),
            (HOUR + MINUTE, Act::Recode { person: 0 }),
            (HOUR + 2 * MINUTE, Act::Recode { person: 1 }),
            (HOUR + 3 * MINUTE, Act::Crash { minutes: 3 }),
            (2 * HOUR, Act::Revoke { grant: 0 }),
        ],
    );
    assert_eq!(told.held.iter().map(|(ours, _)| ours).sum::<usize>(), 1);
}

/// Lock Code Manager #1335: a push said one thing, the poll timed out, and polling drained the battery.
#[test]
fn a_report_in_doubt_does_not_drain_the_battery() {
    let told = tell(
        &["zigbee"],
        vec![
            comes(MINUTE),
            (HOUR, Act::Habit { lock: 0, habit: Habit::Deaf, minutes: 600 }),
            (HOUR + MINUTE, Act::ForeignClear { lock: 0, place: 0 }),
        ],
    );
    let (writes, reads) = told.asked[0];
    assert!(writes + reads < 120, "{writes} writes and {reads} reads in three days");
}

/// Lock Code Manager #139: set and clear in the wrong order, and the lock called it a duplicate.
#[test]
fn digits_that_change_hands_are_never_a_duplicate() {
    let told = tell(
        &["four slots"],
        vec![
            comes(MINUTE),
            comes(2 * MINUTE),
            (HOUR, Act::Recode { person: 1 }),
            // at once, before the lock has the change
            (HOUR, Act::OldDigits { person: 0 }),
            (2 * HOUR, Act::Enter { person: 0, door: 0 }),
        ],
    );
    assert_eq!(lines(&told, &["already holds this code"]), 0);
    assert!(line(&told, &["Guest 1 unlocked Lock 0"]).is_some());
    assert_eq!(told.held, [(2, 0)]);
}

/// Lock Code Manager #1257, #1268: after a restart slots were off, or nothing went on.
#[test]
fn a_restart_in_the_middle_goes_on() {
    for awaits in [2, 3, 5, 8, 11] {
        let told = tell(
            &["zigbee"],
            vec![
                comes(MINUTE),
                (HOUR, Act::CrashAt { awaits, minutes: 1 }),
                (HOUR, Act::Recode { person: 0 }),
                (2 * HOUR, Act::Enter { person: 0, door: 0 }),
            ],
        );
        assert!(line(&told, &["Guest 1 unlocked Lock 0"]).is_some(), "dead at await {awaits}");
        assert_eq!(told.held, [(1, 0)]);
    }
}

/// Lock Code Manager #1538: an edit on two locks deleted codes, *synced* was shown, and a code was another person's.
#[test]
fn an_edit_on_two_locks_keeps_every_code_and_every_name() {
    let told = tell(
        &["zigbee", "z-wave schedules"],
        vec![
            comes(MINUTE),
            (2 * MINUTE, Act::Give { person: 0, door: 1, shape: Shape::Always }),
            (3 * MINUTE, Act::Arrive { door: 1, shape: Shape::Always }),
            (HOUR, Act::Weather { lock: 0, minutes: 120 }),
            (HOUR, Act::Recode { person: 0 }),
            (HOUR + MINUTE, Act::Recode { person: 1 }),
            (5 * HOUR, Act::Enter { person: 0, door: 0 }),
            (6 * HOUR, Act::Enter { person: 0, door: 1 }),
            (7 * HOUR, Act::Enter { person: 1, door: 1 }),
        ],
    );
    assert_eq!(lines(&told, &["Guest 1 unlocked"]), 2, "{}", told.lines.join("\n"));
    assert_eq!(lines(&told, &["Guest 2 unlocked"]), 1);
    assert_eq!(told.held, [(1, 0), (2, 0)]);
}

/// keymaster, `_sync_pin`: a masked answer was taken as *synced*, to avoid flip-flopping.
#[test]
fn a_masked_answer_is_never_proof() {
    let told = tell(&["masked"], vec![comes(MINUTE), (HOUR, Act::Enter { person: 0, door: 0 })]);
    let accepted = line(&told, &["was accepted by Lock 0, which cannot be read"]).expect("accepted");
    let used = line(&told, &["Guest 1 is in force on Lock 0 (used at the door)"]).expect("proven by its use");
    assert!(accepted < used);
    assert_eq!(lines(&told, &["read back"]), 0);
}

/// keymaster, `_sync_pin`: a value from before the clear came late and was taken for a new code.
#[test]
fn a_late_report_brings_no_code_back() {
    let told = tell(
        &["zigbee"],
        vec![
            (0, Act::Habit { lock: 0, habit: Habit::Echoes, minutes: 120 }),
            comes(MINUTE),
            (30 * MINUTE, Act::Revoke { grant: 0 }),
            (DAY, Act::EnterOld { person: 0, door: 0 }),
        ],
    );
    assert_eq!(told.held, [(0, 0)]);
    assert_eq!(lines(&told, &["unlocked"]), 0);
}

/// zwave-js-ui #3065: a set without supervision was said to have failed and was there.
#[test]
fn a_failure_that_was_none_is_found_out_by_a_look() {
    let told = tell(
        &["z-wave schedules"],
        vec![
            (0, Act::Habit { lock: 0, habit: Habit::Mute, minutes: 60 }),
            comes(MINUTE),
            comes(2 * MINUTE),
            (5 * MINUTE, Act::Revoke { grant: 0 }),
        ],
    );
    assert_eq!(lines(&told, &["is in force on Lock 0 (read back)"]), 2);
    assert_eq!(told.held, [(1, 0)]);
}

/// SmartThings #471: the hub forgot a lock and left its codes on it.
#[test]
fn a_lock_that_is_taken_off_keeps_no_code() {
    let told = tell(
        &["zigbee", "zigbee"],
        vec![
            comes(MINUTE),
            (HOUR, Act::Out { lock: 0, minutes: 300, told: true }),
            (2 * HOUR, Act::RemoveLock { lock: 0 }),
        ],
    );
    let gone = line(&told, &["is gone from"]).expect("proven");
    assert!(told.lines[gone].trim_start() > "day   0 06:00", "when it was back: {}", told.lines[gone]);
    assert_eq!(told.held[0], (0, 0));
}

/// keymaster #278, Home Assistant #117828: a place that the interview had not told of could not be set.
#[test]
fn a_place_that_nobody_told_of_is_looked_into_and_set() {
    let told = tell(
        &["four slots"],
        vec![
            // somebody's code is in the first place, and nobody knows
            (0, Act::ForeignSet { lock: 0, place: 0 }),
            comes(HOUR),
            (2 * HOUR, Act::Enter { person: 0, door: 0 }),
        ],
    );
    assert!(line(&told, &["holds a code in slot 1 that nobody here gave"]).is_some());
    assert!(line(&told, &["Guest 1 unlocked Lock 0"]).is_some());
}
