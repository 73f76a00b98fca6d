//! At the door: codes, lock-out, schedules, leases, relock, jam, tamper.

use lock::{
    Alarm, Answer, Bolt, Command, CredentialFields, Emergency, Feedback, Hand, Input, Key, Leaf, LockState,
    Mode, Motion, Motor, OperationError, RecordKind, SettingId, UserType, WeekDay, YearDay,
};

use crate::support::{Rig, pin_fields, pin_ref};

/// 2026-11-23 00:00:00 UTC, a Monday.
const MONDAY: u64 = 1_795_392_000;

#[test]
fn e7_a22_a_factory_new_lock_opens_to_no_code() {
    let mut rig = Rig::factory();
    for code in ["000000", "123456", "1234", "0000", "999999"] {
        assert!(!rig.opens(code));
    }
    assert!(!rig.lock.commissioned());
}

#[test]
fn g1_a_code_opens_and_the_retract_names_it() {
    let mut rig = Rig::new();
    let user = rig.add(2, "024681", UserType::Unrestricted);
    let effects = rig.pin("024681");
    let Some(Motion::Retract { by, .. }) = effects.motion else { panic!("it should open") };
    assert_eq!((by.user(), by.credentials()[0]), (user, Some(pin_ref(2))));
    let allowed = rig.lock.record(by.record(), &mut rig.storage).expect("durable");
    assert_eq!(allowed.kind, RecordKind::Allowed);
    assert_eq!(effects.feedback, Some(Feedback::Accepted));
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Unlocked);
    assert!(!rig.opens("24681"), "leading zeros live");
}

#[test]
fn a20_only_a_whole_entry_is_compared_and_counts_once() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    assert!(!rig.opens("9135792"), "no sliding window");
    assert!(!rig.opens("13579200"));
    let wrong = rig.records().iter().filter(|r| r.kind == RecordKind::Refused).count();
    assert_eq!(wrong, 2);
}

#[test]
fn g6_lockout_escalates_from_the_second_and_survives_power_loss() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let fail = |rig: &mut Rig| (0..3).for_each(|_| assert!(!rig.opens("999999")));
    fail(&mut rig);
    assert!(!rig.opens("135792"), "locked out");
    rig.wait(10_000);
    fail(&mut rig);
    assert_eq!(rig.lock.status(rig.now).keypad_lockout, 60_000);
    rig.reboot();
    assert!(!rig.opens("135792"), "still locked out after loss of power");
    assert!(rig.lock.status(rig.now).keypad_lockout > 59_000);
    rig.wait(60_000);
    assert!(rig.opens("135792"));
    fail(&mut rig);
    assert_eq!(rig.lock.status(rig.now).keypad_lockout, 10_000, "a valid entry starts anew");
}

#[test]
fn a33_remote_wrong_codes_do_not_shut_the_keypad() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let wrong = Command::Unlock(lock::Secret::new(b"000000"));
    for _ in 0..10 {
        assert!(rig.send(&wrong) != Answer::Done);
    }
    assert!(rig.opens("135792"));
}

#[test]
fn e4_week_day_schedule_holds_in_local_time_and_at_its_edges() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::WeekDay);
    let hours = WeekDay { days: 0b010_0010, start_hour: 8, start_minute: 0, end_hour: 17, end_minute: 59 };
    assert!(!rig.opens("135792"), "no schedule, no clock");
    assert!(rig.send(&Command::SetWeekDay(1, user, hours)) == Answer::Done);
    rig.clock(MONDAY + 8 * 3600 - 1);
    assert!(!rig.opens("135792"));
    rig.now += 1_000;
    assert!(rig.opens("135792"));
    rig.now += (10 * 3600 - 1) * 1000;
    rig.wait(1);
    assert!(rig.opens("135792"), "17:59:59 belongs to it");
    rig.now += 1_000;
    assert!(!rig.opens("135792"));
    rig.wait(24 * 3600 * 1000);
    rig.now -= 5 * 3600 * 1000;
    assert!(!rig.opens("135792"), "Tuesday");
}

#[test]
fn g4_a_lease_ends_on_the_lock_and_needs_a_clock() {
    let mut rig = Rig::new();
    let fields = CredentialFields { not_after: MONDAY + 100, ..pin_fields(1, "135792") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    assert!(!rig.opens("135792"), "clock unknown");
    rig.clock(MONDAY);
    assert!(rig.opens("135792"));
    rig.wait(100_000);
    assert!(!rig.opens("135792"));
    rig.reboot();
    assert!(!rig.opens("135792"));
    assert_eq!(rig.lock.decision().and_then(|d| d.refused), Some(OperationError::LeaseOver));
}

#[test]
fn g4_what_was_revoked_does_not_come_back_with_a_late_message() {
    let mut rig = Rig::new();
    let set = |version| Command::SetCredential(CredentialFields { version, ..pin_fields(1, "135792") });
    assert!(matches!(rig.send(&set(7)), Answer::CredentialSet(..)));
    assert!(rig.send(&Command::ClearCredential(Some(pin_ref(1)), 8)) == Answer::Done);
    assert!(matches!(rig.send(&set(7)), Answer::CredentialRefused(lock::Refusal::Stale, _)));
    rig.reboot();
    assert!(matches!(rig.send(&set(8)), Answer::CredentialRefused(lock::Refusal::Stale, _)));
    assert!(!rig.opens("135792"));
    assert!(matches!(rig.send(&set(9)), Answer::CredentialSet(..)));
    assert!(rig.opens("135792"));
}

#[test]
fn e3_auto_relock_waits_for_the_door_and_knows_a_jam() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    assert!(rig.opens("135792"));
    rig.step(Input::Leaf(Leaf::Open));
    assert_eq!(rig.wait(90_000), 0, "never into an open door");
    rig.step(Input::Leaf(Leaf::Closed));
    assert_eq!(rig.wait(3_000), 1);
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked);
    assert!(rig.opens("135792"));
    rig.motor_works = false;
    rig.wait(60_000);
    let effects = rig.step(Input::Bolt(Bolt::Between));
    assert!(effects.motion.is_none());
    assert_eq!(rig.lock.status(rig.now).lock, LockState::NotFullyLocked, "G3: never said without the sensor");
    let effects = rig.step(Input::Motor(Motor::Stalled));
    assert_eq!(effects.motion, Some(Motion::Brake));
    assert!(effects.alarms.has(Alarm::LockJammed));
    rig.motor_works = true;
    assert_eq!(rig.wait(31_000), 1, "tried again");
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked);
}

#[test]
fn a26_movement_without_command_or_hand_is_an_alarm_and_is_undone() {
    let mut rig = Rig::new();
    let effects = rig.step(Input::Bolt(Bolt::Between));
    assert!(effects.alarms.has(Alarm::UnauthorisedMovement));
    assert_eq!(effects.motion, Some(Motion::Extend));
    rig.step(Input::Hand(Hand::ThumbturnUnlock));
    assert!(rig.step(Input::Bolt(Bolt::Retracted)).alarms.is_empty(), "a hand may");
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Unlocked);
}

#[test]
fn g2_locking_by_hand_and_key_works_in_a_lockout_and_without_storage() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    rig.send(&Command::WriteSetting(SettingId::EnableOneTouchLocking, 1));
    assert!(rig.opens("135792"));
    (0..3).for_each(|_| assert!(!rig.opens("999999")));
    rig.storage.fail_from = Some(0);
    assert_eq!(rig.step(Input::Key(Key::Lock)).motion, Some(Motion::Extend));
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked);
}

#[test]
fn g8_storage_that_refuses_never_opens() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    // the attempt is counted with three operations, the record made durable with four
    for operations in 0..7 {
        let mut failing = rig.clone();
        failing.storage.fail_from = Some(failing.storage.operations + operations);
        assert!(!failing.opens("135792"), "storage refused from operation {operations} on");
    }
    assert!(rig.opens("135792"));
}

#[test]
fn a34_duress_looks_the_same_and_tells() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    rig.add(2, "246810", UserType::Forced);
    let plain = rig.pin("135792");
    rig.wait(70_000);
    let forced = rig.pin("246810");
    assert!(matches!(forced.motion, Some(Motion::Retract { unlatch: true, .. })));
    assert_eq!(plain.feedback, forced.feedback);
    assert!(forced.alarms.has(Alarm::Duress) && !plain.alarms.has(Alarm::Duress));
}

#[test]
fn e4_disposable_expiring_remote_only_and_non_access_users() {
    let mut rig = Rig::new();
    rig.add(1, "111222", UserType::Disposable);
    rig.add(2, "222333", UserType::Expiring);
    rig.add(3, "333444", UserType::RemoteOnly);
    rig.add(4, "444555", UserType::NonAccess);
    assert!(rig.opens("111222"));
    rig.reboot();
    assert!(!rig.opens("111222"), "once");
    assert!(!rig.opens("222333"), "expiring needs the clock");
    rig.clock(MONDAY);
    rig.wait(11_000);
    assert!(rig.opens("222333"));
    rig.reboot();
    rig.clock(MONDAY + 11 + 2880 * 60 - 1);
    assert!(rig.opens("222333"));
    rig.wait(1_000);
    assert!(!rig.opens("222333"));
    assert!(!rig.opens("333444") && !rig.opens("444555"));
    rig.wait(100_000);
    assert!(rig.send(&Command::Unlock(lock::Secret::new(b"333444"))) == Answer::Done);
}

#[test]
fn e3_emergency_code_in_privacy_once_and_remembered() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let fields = CredentialFields { emergency: Emergency::Once, ..pin_fields(2, "864200864") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    rig.clock(MONDAY);
    let privacy = Command::WriteSetting(SettingId::OperatingMode, u32::from(Mode::Privacy.code()));
    assert!(rig.send(&privacy) == Answer::Done);
    assert!(!rig.opens("135792"));
    assert!(rig.opens("864200864"));
    assert!(!rig.opens("864200864"), "once");
    match rig.send(&Command::GetCredential(pin_ref(2))) {
        Answer::Credential(view) => assert_eq!(view.detail.map(|d| d.tested), Some(MONDAY)),
        _ => panic!("a credential"),
    }
}

#[test]
fn e4_year_days_and_schedule_restricted_users() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::ScheduleRestricted);
    rig.clock(MONDAY + 9 * 3600);
    assert!(!rig.opens("135792"), "no schedule of either kind");
    rig.send(&Command::SetYearDay(1, user, YearDay { start: MONDAY, end: MONDAY + 86_400 }));
    assert!(rig.opens("135792"));
    let evening = WeekDay { days: 2, start_hour: 18, start_minute: 0, end_hour: 19, end_minute: 0 };
    rig.send(&Command::SetWeekDay(2, user, evening));
    assert!(!rig.opens("135792"), "both must hold");
    rig.now += 9 * 3600 * 1000;
    rig.wait(1);
    assert!(rig.opens("135792"));
}

fn battery(rig: &mut Rig, millivolts: u16, celsius: i8) -> lock::Effects {
    rig.step(Input::Battery(lock::BatteryReading { millivolts, under_load: true, celsius }))
}

#[test]
fn e5_battery_warns_early_keeps_one_unlock_and_never_opens() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let fields = CredentialFields { emergency: Emergency::UntilChanged, ..pin_fields(2, "864200864") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    assert!(battery(&mut rig, 6_000, 20).alarms.is_empty());
    assert!(battery(&mut rig, 4_700, 0).alarms.is_empty(), "cold, not empty");
    assert!(battery(&mut rig, 4_700, 20).alarms.has(Alarm::BatteryLow));
    assert!(rig.opens("135792"), "low still opens");
    assert!(battery(&mut rig, 4_300, 20).alarms.has(Alarm::BatteryReserve));
    assert!(rig.send(&Command::Unlock(None)) != Answer::Done, "the reserve is for people at the door");
    assert!(rig.opens("135792"), "once");
    assert!(!rig.opens("135792"));
    assert!(rig.opens("864200864"), "an emergency code as long as the motor turns");
    let effects = battery(&mut rig, 3_900, 20);
    assert!(!matches!(effects.motion, Some(Motion::Retract { .. })));
    assert!(!rig.opens("864200864"));
    battery(&mut rig, 6_000, 20);
    rig.wait(120_000);
    assert!(rig.opens("135792"));
}

#[test]
fn e5_a_brown_out_in_mid_travel_ends_locked_when_power_is_back() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    battery(&mut rig, 4_900, 20);
    assert!(rig.opens("135792"));
    rig.motor_works = false;
    rig.wait(60_000);
    rig.step(Input::Bolt(Bolt::Between));
    assert_eq!(rig.step(Input::Motor(Motor::BrownOut)).motion, Some(Motion::Brake));
    battery(&mut rig, 4_100, 20);
    rig.motor_works = true;
    let effects = battery(&mut rig, 6_000, 20);
    assert_eq!(effects.motion, Some(Motion::Extend), "what was last wished was to lock");
    rig.motor_works = false;
    assert!(rig.opens("135792"));
    rig.wait(1);
    let effects = rig.reboot();
    assert!(effects.motion.is_none(), "a start moves nothing by itself");
}

#[test]
fn e5_the_rehearsal_of_a_dead_battery_refuses_codes_and_tests_the_emergency_code() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let fields = CredentialFields { emergency: Emergency::Once, ..pin_fields(2, "864200864") };
    rig.send(&Command::SetCredential(fields));
    rig.clock(MONDAY);
    assert!(rig.send(&Command::RehearseDeadBattery(5)) == Answer::Done);
    assert!(!rig.opens("135792") && !rig.opens("864200864"));
    assert!(rig.records().iter().any(|r| r.kind == RecordKind::Emergency));
    rig.wait(5 * 60_000);
    assert!(rig.opens("864200864"), "a test does not use it up");
}
