//! The rules of who may open, one by one: dual and tri credentials, modes, holidays, cards, emergency codes, settings
//! (E1, E3, E4). The clock with its zone is in `clock.rs`.

use lock::{
    Alarm, AllowedBy, Answer, Bolt, Command, CredentialFields, CredentialKind, CredentialRef, CredentialRule,
    DataOperation, Effects, Emergency, Feedback, Hand, Holiday, Input, Key, Leaf, LockState, Mode, Motion,
    Operation, OperationError, RecordKind, Refusal, Secret, SettingId, Source, UserFields, UserStatus,
    UserType, WeekDay, YearDay,
};

use crate::support::{Rig, pin_fields, pin_ref};

/// 2026-11-23 00:00:00 UTC, a Monday.
const MONDAY: u64 = 1_795_392_000;

fn opened(effects: &Effects) -> bool {
    matches!(effects.motion, Some(Motion::Retract { .. }))
}

fn refused(effects: &Effects) -> Option<OperationError> {
    effects.decision.and_then(|decision| decision.refused)
}

fn shown(kind: CredentialKind, data: &[u8], weak: bool) -> Input {
    Input::Shown { kind, data: Secret::new(data).expect("short"), weak }
}

const CARD: &[u8] = b"a card of its own";
const FINGER: &[u8] = &[7, 0];

/// A credential of another kind for a user who is there.
fn give(rig: &mut Rig, user: u16, kind: CredentialKind, index: u16, data: &[u8]) {
    let fields = CredentialFields {
        credential: CredentialRef { kind, index },
        data: Secret::new(data).expect("short"),
        user: Some(user),
        ..pin_fields(index, "000000")
    };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(None, _)));
}

fn change(rig: &mut Rig, user: u16, fields: UserFields) {
    assert!(rig.send(&Command::SetUser(DataOperation::Modify, user, fields)) == Answer::Done);
}

fn rule(rig: &mut Rig, user: u16, rule: CredentialRule) {
    change(rig, user, UserFields { rule: Some(rule), ..UserFields::default() });
}

fn set(rig: &mut Rig, id: SettingId, value: u32) {
    assert!(rig.send(&Command::WriteSetting(id, value)) == Answer::Done);
}

fn mode(rig: &mut Rig, mode: Mode) {
    set(rig, SettingId::OperatingMode, mode.code().into());
}

#[test]
fn e1_dual_needs_two_different_credentials_of_one_user_within_half_a_minute() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    rig.add(2, "246813", UserType::Unrestricted);
    give(&mut rig, user, CredentialKind::Rfid, 1, CARD);
    rule(&mut rig, user, CredentialRule::Dual);
    let card = shown(CredentialKind::Rfid, CARD, false);
    let first = rig.pin("135792");
    assert!(!opened(&first) && first.feedback == Some(Feedback::ShowNext));
    assert!(!opened(&rig.pin("135792")), "the same one again is no second one");
    let second = rig.step(card.clone());
    let Some(Motion::Retract { by, .. }) = second.motion else { panic!("two are enough") };
    assert_eq!(by.credentials().iter().flatten().count(), 2);
    rig.wait(70_000);
    assert!(!opened(&rig.step(card.clone())), "the card first");
    rig.wait(29_999);
    assert!(opened(&rig.pin("135792")), "just in time");
    rig.wait(70_000);
    assert!(!opened(&rig.step(card.clone())));
    rig.wait(30_000);
    assert!(!opened(&rig.pin("135792")), "too late: this is the first again");
    assert!(rig.opens("246813"), "somebody else in between");
    rig.wait(70_000);
    assert!(!opened(&rig.step(card.clone())), "so the first one is forgotten");
    assert!(!opened(&rig.pin("999999")), "and a wrong one forgets it too");
    assert!(!opened(&rig.pin("135792")));
    let remote = rig.send(&Command::Unlock(Secret::new(b"135792")));
    assert!(remote == Answer::Denied(OperationError::MoreCredentials), "a remote command has one code only");
}

#[test]
fn e1_tri_needs_three_and_a_change_of_the_user_begins_anew() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    give(&mut rig, user, CredentialKind::Rfid, 1, CARD);
    give(&mut rig, user, CredentialKind::Fingerprint, 1, FINGER);
    rule(&mut rig, user, CredentialRule::Tri);
    let (card, finger) =
        (shown(CredentialKind::Rfid, CARD, false), shown(CredentialKind::Fingerprint, FINGER, false));
    assert!(!opened(&rig.pin("135792")) && !opened(&rig.step(card.clone())));
    assert!(opened(&rig.step(finger.clone())));
    rig.wait(70_000);
    assert!(!opened(&rig.pin("135792")) && !opened(&rig.step(card)));
    change(&mut rig, user, UserFields { user_type: Some(UserType::Unrestricted), ..UserFields::default() });
    assert!(!opened(&rig.step(finger)), "what was shown before the change does not count");
}

#[test]
fn e1_the_first_of_two_neither_counts_as_wrong_nor_clears_what_was_wrong() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    give(&mut rig, user, CredentialKind::Rfid, 1, CARD);
    rule(&mut rig, user, CredentialRule::Dual);
    (0..2).for_each(|_| assert!(!rig.opens("999999")));
    (0..5).for_each(|_| assert!(!rig.opens("135792")));
    assert_eq!(rig.lock.attempts_known()[0], 2);
    assert!(!rig.opens("999999"));
    assert!(rig.lock.status(rig.now).keypad_lockout > 0, "the third wrong one locks out");
}

#[test]
fn e1_cards_and_fingers_open_with_their_source_and_weak_cards_do_not() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    give(&mut rig, user, CredentialKind::Rfid, 1, CARD);
    give(&mut rig, user, CredentialKind::Fingerprint, 1, FINGER);
    for (input, source) in [
        (shown(CredentialKind::Rfid, CARD, false), lock::Source::Rfid),
        (shown(CredentialKind::Fingerprint, FINGER, false), lock::Source::Biometric),
    ] {
        let effects = rig.step(input);
        let Some(Motion::Retract { by, .. }) = effects.motion else { panic!("it opens") };
        assert_eq!((by.source(), by.user()), (source, user));
    }
    let weak = shown(CredentialKind::Rfid, CARD, true);
    let before = rig.lock.status(rig.now).next_record;
    assert!(!opened(&rig.step(weak.clone())), "A25: a public number is no credential");
    assert_eq!(rig.lock.status(rig.now).next_record, before + 1, "and it is told");
    set(&mut rig, SettingId::WeakRfid, 1);
    assert!(opened(&rig.step(weak)), "but where the owner chose so");
    assert!(!opened(&rig.step(shown(CredentialKind::Pin, b"135792", false))), "a code comes by key only");
    assert!(!opened(&rig.step(shown(CredentialKind::Fingerprint, CARD, false))), "kinds are kept apart");
}

#[test]
fn g6_fingers_and_cards_lock_out_each_on_their_own() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    give(&mut rig, user, CredentialKind::Fingerprint, 1, FINGER);
    for _ in 0..3 {
        rig.step(Input::NotMatched(CredentialKind::Fingerprint));
    }
    let finger = shown(CredentialKind::Fingerprint, FINGER, false);
    assert_eq!(refused(&rig.step(finger.clone())), Some(OperationError::LockedOut));
    assert!(rig.opens("135792"), "the keypad is not touched");
    rig.wait(70_000);
    assert!(opened(&rig.step(finger)));
}

#[test]
fn a33_an_owner_may_choose_that_remote_lock_outs_hold_at_the_keypad() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    set(&mut rig, SettingId::RemoteLocksKeypad, 1);
    for _ in 0..3 {
        rig.send(&Command::Unlock(Secret::new(b"000000")));
    }
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::LockedOut));
    rig.wait(10_000);
    assert!(rig.opens("135792"));
}

#[test]
fn e3_vacation_leaves_the_keypad_to_the_programming_user_and_to_emergency_codes() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let chief = rig.add(2, "246813", UserType::Unrestricted);
    change(&mut rig, chief, UserFields { user_type: Some(UserType::Programming), ..UserFields::default() });
    let fields = CredentialFields { emergency: Emergency::UntilChanged, ..pin_fields(3, "864200864") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    mode(&mut rig, Mode::Vacation);
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::Mode));
    assert!(rig.opens("246813") && rig.opens("864200864"));
    assert!(rig.send(&Command::Unlock(None)) == Answer::Done, "remote commands go on");
}

#[test]
fn e3_no_remote_refuses_remote_commands_and_nothing_else() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    mode(&mut rig, Mode::NoRemote);
    for command in [Command::Unlock(None), Command::Lock(None), Command::Unlock(Secret::new(b"135792"))] {
        assert!(rig.send(&command) == Answer::Denied(OperationError::Mode));
    }
    assert!(rig.opens("135792"));
}

#[test]
fn e3_privacy_keeps_everybody_out_and_the_emergency_code_only_where_the_owner_chose_so() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let fields = CredentialFields { emergency: Emergency::UntilChanged, ..pin_fields(3, "864200864") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    set(&mut rig, SettingId::EnablePrivacyModeButton, 0);
    rig.step(Input::Hand(Hand::PrivacyButton));
    assert!(rig.opens("135792"), "the owner turned the button off");
    set(&mut rig, SettingId::EnablePrivacyModeButton, 1);
    rig.step(Input::Hand(Hand::PrivacyButton));
    assert_eq!(rig.lock.status(rig.now).mode, Mode::Privacy);
    assert!(!rig.opens("135792") && rig.send(&Command::Unlock(None)) != Answer::Done);
    assert!(rig.send(&Command::Unlock(Secret::new(b"864200864"))) != Answer::Done, "at the door only");
    assert!(rig.opens("864200864"));
    set(&mut rig, SettingId::EmergencyInPrivacy, 0);
    assert_eq!(refused(&rig.pin("864200864")), Some(OperationError::Mode));
    rig.reboot();
    assert!(!rig.opens("135792"), "privacy outlives loss of power");
    rig.step(Input::Hand(Hand::PrivacyButton));
    assert!(rig.opens("135792"));
    assert!(rig.records().iter().any(|r| r.kind == RecordKind::Mode));
}

#[test]
fn e3_passage_keeps_the_door_open_after_the_first_who_may_and_locks_when_it_ends() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    mode(&mut rig, Mode::Passage);
    assert_eq!(rig.wait(600_000), 0, "the mode itself opens nothing");
    assert!(!rig.opens("999999") && rig.opens("135792"));
    assert_eq!(rig.wait(600_000), 0, "and nothing locks it again");
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Unlocked);
    mode(&mut rig, Mode::Normal);
    assert_eq!(rig.wait(59_000), 0);
    assert_eq!(rig.wait(2_000), 1, "the relock counts from the end of the mode");
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked);
}

#[test]
fn e4_a_holiday_sets_its_mode_for_its_hours_and_only_with_a_trusted_clock() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let holiday = Holiday { start: MONDAY + 100, end: MONDAY + 200, mode: Mode::Privacy };
    assert!(rig.send(&Command::SetHoliday(1, holiday)) == Answer::Done);
    assert!(rig.opens("135792"), "no clock, no holiday");
    rig.clock(MONDAY);
    rig.wait(99_000);
    assert!(rig.opens("135792"));
    rig.wait(1_000);
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::Mode));
    rig.wait(99_000);
    assert!(!rig.opens("135792"));
    rig.wait(1_000);
    assert!(rig.opens("135792"));
    let passage = Holiday { start: MONDAY + 300, end: MONDAY + 400, mode: Mode::Passage };
    assert!(rig.send(&Command::SetHoliday(2, passage)) == Answer::Done);
    assert!(rig.send(&Command::ClearHoliday(1)) == Answer::Done);
    assert!(rig.send(&Command::GetHoliday(1)) == Answer::Refused(Refusal::NotFound));
    rig.wait(61_000);
    rig.now = rig.now.max(1) + 40_000;
    rig.wait(1);
    assert_eq!(rig.lock.status(rig.now).mode, Mode::Passage);
    assert!(rig.opens("135792"));
    rig.wait(50_000);
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Unlocked);
    rig.wait(120_000);
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked, "its end locks the door");
    assert!(rig.send(&Command::ClearHoliday(lock::ALL_SCHEDULES)) == Answer::Done);
    assert!(rig.send(&Command::GetHoliday(2)) == Answer::Refused(Refusal::NotFound));
}

#[test]
fn e4_schedules_are_set_read_cleared_and_bounded_alike() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::ScheduleRestricted);
    let week = WeekDay { days: 2, start_hour: 8, start_minute: 0, end_hour: 9, end_minute: 0 };
    let year = YearDay { start: MONDAY, end: MONDAY + 5 };
    for (index, who, bad) in [
        (0, user, Refusal::InvalidCommand),
        (3, user, Refusal::InvalidCommand),
        (1, 0, Refusal::InvalidCommand),
        (1, 7, Refusal::InvalidCommand),
        (1, 5, Refusal::Failure),
    ] {
        assert!(rig.send(&Command::SetWeekDay(index, who, week)) == Answer::Refused(bad), "{index} {who}");
        assert!(rig.send(&Command::SetYearDay(index, who, year)) == Answer::Refused(bad), "{index} {who}");
    }
    for bad in [
        WeekDay { days: 0, ..week },
        WeekDay { days: 128, ..week },
        WeekDay { end_hour: 8, ..week },
        WeekDay { end_hour: 24, ..week },
        WeekDay { end_minute: 60, ..week },
        WeekDay { start_hour: 24, ..week },
        WeekDay { start_minute: 60, ..week },
    ] {
        let answer = rig.send(&Command::SetWeekDay(1, user, bad));
        assert!(answer == Answer::Refused(Refusal::InvalidCommand), "{bad:?}");
    }
    let same = YearDay { start: MONDAY, end: MONDAY };
    assert!(rig.send(&Command::SetYearDay(1, user, same)) == Answer::Refused(Refusal::InvalidCommand));
    let backwards = Holiday { start: MONDAY, end: MONDAY, mode: Mode::Normal };
    assert!(rig.send(&Command::SetHoliday(1, backwards)) == Answer::Refused(Refusal::InvalidCommand));
    assert!(rig.send(&Command::SetHoliday(3, backwards)) == Answer::Refused(Refusal::InvalidCommand));
    for index in 1..=2 {
        assert!(rig.send(&Command::GetWeekDay(index, user)) == Answer::Refused(Refusal::NotFound));
        assert!(rig.send(&Command::SetWeekDay(index, user, week)) == Answer::Done);
        assert!(rig.send(&Command::GetWeekDay(index, user)) == Answer::WeekDay(week));
        assert!(rig.send(&Command::SetYearDay(index, user, year)) == Answer::Done);
        assert!(rig.send(&Command::GetYearDay(index, user)) == Answer::YearDay(year));
    }
    assert!(rig.send(&Command::ClearWeekDay(1, user)) == Answer::Done);
    assert!(rig.send(&Command::GetWeekDay(1, user)) == Answer::Refused(Refusal::NotFound));
    assert!(rig.send(&Command::GetWeekDay(2, user)) == Answer::WeekDay(week), "only the one");
    assert!(rig.send(&Command::ClearYearDay(lock::ALL_SCHEDULES, user)) == Answer::Done);
    for index in 1..=2 {
        assert!(rig.send(&Command::GetYearDay(index, user)) == Answer::Refused(Refusal::NotFound));
    }
    assert!(rig.send(&Command::ClearWeekDay(1, 5)) == Answer::Refused(Refusal::Failure));
    assert!(rig.send(&Command::ClearWeekDay(3, user)) == Answer::Refused(Refusal::InvalidCommand));
    let other = rig.add(2, "246813", UserType::WeekDay);
    assert!(rig.send(&Command::GetWeekDay(1, other)) == Answer::Refused(Refusal::NotFound));
    rig.reboot();
    assert!(rig.send(&Command::GetWeekDay(2, user)) == Answer::WeekDay(week), "it outlives loss of power");
    assert!(rig.send(&Command::ClearUser(user)) == Answer::Done);
    let back = rig.add(1, "135792", UserType::WeekDay);
    assert!(rig.send(&Command::GetWeekDay(2, back)) == Answer::Refused(Refusal::NotFound));
}

#[test]
fn e5_an_emergency_code_works_without_clock_and_hub_once_or_until_changed() {
    let mut rig = Rig::new();
    for (index, code, emergency) in
        [(1, "864200864", Emergency::Once), (2, "975310975", Emergency::UntilChanged)]
    {
        let fields = CredentialFields { emergency, ..pin_fields(index, code) };
        assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    }
    rig.reboot();
    let effects = rig.pin("864200864");
    let Some(Motion::Retract { by, .. }) = effects.motion else { panic!("it opens") };
    assert_eq!(by.allowed_by(), AllowedBy::Emergency);
    assert_eq!(refused(&rig.pin("864200864")), Some(OperationError::DisabledUser), "once");
    rig.reboot();
    assert!(!rig.opens("864200864"), "also over loss of power");
    assert!(rig.opens("975310975") && rig.opens("975310975"));
    let again = CredentialFields {
        operation: DataOperation::Modify,
        user: Some(1),
        emergency: Emergency::Once,
        ..pin_fields(1, "864200865")
    };
    assert!(matches!(rig.send(&Command::SetCredential(again)), Answer::CredentialSet(..)));
    assert!(!rig.opens("864200864") && rig.opens("864200865"), "a new code may be used once again");
    let leased =
        CredentialFields { emergency: Emergency::Once, not_after: MONDAY, ..pin_fields(3, "111222333") };
    assert!(matches!(rig.send(&Command::SetCredential(leased)), Answer::CredentialRefused(..)));
}

#[test]
fn e3_timed_unlock_overrides_the_relock_once_and_unbolt_leaves_the_latch() {
    let mut rig = Rig::new();
    assert!(rig.send(&Command::UnlockWithTimeout(5, None)) == Answer::Done);
    assert_eq!(rig.wait(4_999), 0);
    assert_eq!(rig.wait(1), 1);
    assert!(rig.send(&Command::Unlock(None)) == Answer::Done);
    assert_eq!(rig.wait(59_999), 0, "the next one has the usual time");
    assert_eq!(rig.wait(1), 1);
    rig.motor_works = false;
    let (_, effects) = rig.send_as(1, [5; 32], &Command::Unbolt(None));
    assert!(matches!(effects.motion, Some(Motion::Retract { unlatch: false, .. })));
    rig.step(Input::Bolt(Bolt::Retracted));
    let (_, effects) = rig.send_as(1, [5; 32], &Command::Unlock(None));
    assert!(matches!(effects.motion, Some(Motion::Retract { unlatch: true, .. })));
    rig.step(Input::Bolt(Bolt::Unlatched));
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Unlatched);
    let unlatched = rig.records().iter().any(|r| r.operation == Some(Operation::Unlatch));
    assert!(unlatched, "the latch is told apart");
}

#[test]
fn e1_a_code_may_be_required_for_remote_commands() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    set(&mut rig, SettingId::RequirePinForRemoteOperation, 1);
    for command in [Command::Unlock(None), Command::Lock(None)] {
        assert!(rig.send(&command) == Answer::Denied(OperationError::PinRequired));
    }
    assert_eq!(rig.lock.attempts_known()[3], 0, "a missing code is no wrong code");
    assert!(rig.send(&Command::Unlock(Secret::new(b"135792"))) == Answer::Done);
    for _ in 0..3 {
        rig.send(&Command::Unlock(Secret::new(b"000000")));
    }
    set(&mut rig, SettingId::RequirePinForRemoteOperation, 0);
    assert!(rig.send(&Command::Unlock(None)) == Answer::Denied(OperationError::LockedOut));
}

#[test]
fn e4_disabled_users_do_not_open_and_come_back() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::Unrestricted);
    let status = |status| UserFields { status: Some(status), ..UserFields::default() };
    change(&mut rig, user, status(UserStatus::Disabled));
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::DisabledUser));
    change(&mut rig, user, status(UserStatus::Enabled));
    assert!(rig.opens("135792"));
}

#[test]
fn e3_one_touch_locks_and_says_why_where_it_is_off_or_the_door_is_open() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    assert!(rig.opens("135792"));
    assert_eq!(rig.step(Input::Key(Key::Lock)).motion, Some(Motion::Extend), "on from the start");
    assert!(rig.opens("135792"));
    let decided = |effects: &Effects| effects.decision.map(|d| (d.source, d.refused));
    set(&mut rig, SettingId::EnableOneTouchLocking, 0);
    let effects = rig.step(Input::Key(Key::Lock));
    assert!(
        effects.motion.is_none() && effects.feedback == Some(Feedback::Refused),
        "the owner turned it off"
    );
    assert_eq!(decided(&effects), Some((Source::Button, Some(OperationError::Restricted))));
    set(&mut rig, SettingId::EnableOneTouchLocking, 1);
    rig.step(Input::Leaf(Leaf::Open));
    let effects = rig.step(Input::Key(Key::Lock));
    assert!(effects.motion.is_none() && effects.feedback == Some(Feedback::Refused));
    assert_eq!(decided(&effects), Some((Source::Button, Some(OperationError::DoorOpen))));
    rig.step(Input::Leaf(Leaf::Closed));
    let effects = rig.step(Input::Key(Key::Lock));
    assert_eq!(effects.motion, Some(Motion::Extend));
    assert_eq!(decided(&effects), Some((Source::Button, None)));
    assert!(rig.opens("135792"));
    for digit in [1, 3, 5, 7, 9, 2] {
        rig.step(Input::Key(Key::Digit(digit)));
    }
    assert_eq!(rig.step(Input::Key(Key::Lock)).motion, Some(Motion::Extend), "a code and the lock key");
}

#[test]
fn e3_an_entry_ends_with_clear_and_after_ten_seconds() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    for key in [Key::Digit(9), Key::Clear] {
        rig.step(Input::Key(key));
    }
    assert!(rig.opens("135792"));
    rig.wait(70_000);
    rig.step(Input::Key(Key::Digit(9)));
    rig.wait(9_999);
    rig.step(Input::Key(Key::Digit(11)));
    rig.wait(9_999);
    assert!(!rig.opens("135792"), "a key within ten seconds goes on with the entry");
    rig.step(Input::Key(Key::Digit(9)));
    rig.wait(10_000);
    assert!(rig.opens("135792"));
}

#[test]
fn g8_what_storage_refused_does_not_come_back_with_the_power() {
    for cut in 0..4 {
        let mut rig = Rig::new();
        rig.add(1, "135792", UserType::Unrestricted);
        // the copy is written, but its sync is refused
        let begun = rig.storage.operations;
        let mut whole = rig.clone();
        whole.add(2, "246813", UserType::Unrestricted);
        let sync = whole.storage.trace.iter().skip(begun).position(Option::is_none).expect("a sync");
        rig.storage.fail_from = Some(begun + sync);
        let answer = rig.send(&Command::SetCredential(pin_fields(2, "246813")));
        assert!(matches!(answer, Answer::CredentialRefused(Refusal::StorageFailed, _)));
        rig.storage.fail_from = None;
        assert!(!rig.opens("246813"));
        for _ in 0..cut {
            rig.wait(1_000_000);
            assert!(rig.opens("135792"), "storage takes writes again");
        }
        rig.reboot();
        assert!(!rig.opens("246813"), "a code that was refused does not come back");
        rig.wait(1_000_000);
        assert!(rig.opens("135792"));
        assert!(rig.send(&Command::GetCredential(pin_ref(2))) != Answer::Done);
    }
}

#[test]
fn g2_a_hand_stops_the_motor_and_has_the_last_word() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    rig.motor_works = false;
    assert!(rig.opens("135792"));
    assert!(rig.lock.status(rig.now).moving);
    let effects = rig.step(Input::Hand(Hand::ThumbturnLock));
    assert_eq!(effects.motion, Some(Motion::Brake));
    assert!(!rig.lock.status(rig.now).moving);
    assert!(rig.step(Input::Bolt(Bolt::Between)).alarms.is_empty());
    assert!(rig.step(Input::Bolt(Bolt::Extended)).alarms.is_empty(), "a hand within five seconds");
    assert_eq!(rig.lock.status(rig.now).lock, LockState::Locked);
    rig.now += 5_000;
    let effects = rig.step(Input::Bolt(Bolt::Between));
    assert!(effects.alarms.has(Alarm::UnauthorisedMovement), "and not later");
}

#[test]
fn g4_a_lease_is_refused_for_the_right_reason() {
    let mut rig = Rig::new();
    let fields = CredentialFields { not_after: MONDAY + 100, ..pin_fields(1, "135792") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::TimeUnknown));
    rig.clock(MONDAY + 99);
    assert!(rig.opens("135792"), "to its last second");
    rig.wait(70_000);
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::LeaseOver));
    rig.reboot();
    assert_eq!(refused(&rig.pin("135792")), Some(OperationError::LeaseOver), "it is known to be over");
}

#[test]
fn g5_everybody_cleared_is_out_at_once_and_named_in_turn() {
    let mut rig = Rig::new();
    let codes = ["111111", "222222", "333333", "444444", "555555", "666666"];
    for (index, code) in (1..).zip(codes) {
        rig.add(index, code, UserType::Unrestricted);
    }
    let before = rig.lock.status(rig.now).next_record;
    assert!(rig.send(&Command::ClearUser(lock::ALL)) == Answer::Done);
    for code in codes {
        assert!(!rig.opens(code));
        rig.wait(60_000);
    }
    let named: Vec<u16> = rig
        .records()
        .iter()
        .filter(|r| r.seq >= before && r.kind == RecordKind::UserChange)
        .map(|r| r.user)
        .collect();
    assert_eq!(named, [lock::ALL, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn e4_a_year_day_schedule_holds_from_its_first_to_its_last_second() {
    for (off, may) in [(-1, false), (0, true), (99, true), (100, false)] {
        let mut rig = Rig::new();
        let user = rig.add(1, "135792", UserType::YearDay);
        let span = YearDay { start: MONDAY, end: MONDAY + 100 };
        assert!(rig.send(&Command::SetYearDay(2, user, span)) == Answer::Done);
        rig.clock(MONDAY.saturating_add_signed(off));
        assert_eq!(rig.opens("135792"), may, "{off}");
    }
}

#[test]
fn e4_a_schedule_restricted_user_needs_only_the_kinds_that_are_set() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::ScheduleRestricted);
    let morning = WeekDay { days: 2, start_hour: 8, start_minute: 30, end_hour: 9, end_minute: 0 };
    assert!(rig.send(&Command::SetWeekDay(1, user, morning)) == Answer::Done);
    rig.clock(MONDAY + 8 * 3_600);
    assert!(!rig.opens("135792"), "half an hour early");
    rig.wait(30 * 60_000);
    let effects = rig.pin("135792");
    let Some(Motion::Retract { by, .. }) = effects.motion else { panic!("the week-day schedule holds") };
    assert_eq!(by.allowed_by(), AllowedBy::WeekDay);
    rig.wait(2 * 3_600_000);
    assert!(!rig.opens("135792"));
}
