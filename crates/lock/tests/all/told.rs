//! What the lock tells: every field of its records, its status, and what an erasure leaves. That records come in order
//! and survive is in `channel.rs` and `power_cut.rs`.

use lock::{
    Alarm, AllowedBy, Answer, BatteryLevel, BatteryReading, Bolt, ClockQuality, Command, CredentialFields,
    CredentialKind, CredentialRef, DoorState, Emergency, Feedback, Hand, Holiday, Input, Key, Leaf,
    LockState, Mode, Operation, OperationError, PeerEnd, Record, RecordKind, SettingId, Source, UserFields,
    UserType, WeekDay, YearDay,
};

use crate::support::{Bench, Rig, commissioning, pin_fields, pin_ref};

/// 2026-11-23 00:00:00 UTC, a Monday.
const T0: u64 = 1_795_392_000;

fn last(rig: &mut Rig, kind: RecordKind) -> Record {
    rig.records().into_iter().rev().find(|record| record.kind == kind).expect("a record of this kind")
}

fn set(rig: &mut Rig, id: SettingId, value: u32) {
    assert!(rig.send(&Command::WriteSetting(id, value)) == Answer::Done);
}

/// A card with a new user.
fn add_card(rig: &mut Rig, data: &[u8]) {
    let fields = CredentialFields {
        credential: CredentialRef { kind: CredentialKind::Rfid, index: 1 },
        data: lock::Secret::new(data).expect("short"),
        ..pin_fields(1, "135790")
    };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
}

#[test]
fn l1_a_refusal_tells_what_was_asked_by_whom_and_why() {
    let mut rig = Rig::new();
    let never = rig.add(1, "135791", UserType::NonAccess);
    rig.pin("246802");
    let wrong = last(&mut rig, RecordKind::Refused);
    assert_eq!((wrong.operation, wrong.source), (Some(Operation::Unlock), Source::Keypad));
    assert_eq!((wrong.error, wrong.user), (Some(OperationError::InvalidCredential), 0));
    assert_eq!((wrong.credentials, wrong.version, wrong.detail), ([None; 3], 0, 1), "the first wrong one");
    rig.pin("135791");
    let known = last(&mut rig, RecordKind::Refused);
    assert_eq!((known.operation, known.error), (Some(Operation::NonAccess), Some(OperationError::NonAccess)));
    assert_eq!((known.user, known.credentials), (never, [Some(pin_ref(1)), None, None]));
    assert!(known.version > 0 && known.detail == 2);
    rig.pin("246803");
    let begun = last(&mut rig, RecordKind::LockOut);
    assert_eq!((begun.error, begun.detail), (Some(OperationError::InvalidCredential), 10), "seconds");
    // by remote, with the peer's names
    rig.send(&Command::Unlock(lock::Secret::new(b"246804")));
    let remote = last(&mut rig, RecordKind::Refused);
    assert_eq!((remote.source, remote.fabric, remote.node), (Source::Remote, 1, 0x1234));
    assert_eq!(remote.detail, 1, "channels count apart");
}

#[test]
fn l1_a_weak_card_duress_and_an_emergency_are_told_whole() {
    let mut rig = Rig::new();
    let card = b"a public number";
    add_card(&mut rig, card);
    let data = lock::Secret::new(card).expect("short");
    let shown = rig.step(Input::Shown { kind: CredentialKind::Rfid, data, weak: true });
    assert_eq!((shown.feedback, shown.motion.is_some()), (Some(Feedback::Refused), false));
    let weak = last(&mut rig, RecordKind::Refused);
    assert_eq!((weak.operation, weak.source), (Some(Operation::Unlock), Source::Rfid));
    assert_eq!(weak.error, Some(OperationError::InvalidCredential));
    let forced = rig.add(2, "135792", UserType::Forced);
    assert!(rig.opens("135792"));
    let duress = last(&mut rig, RecordKind::Alarm);
    assert_eq!((duress.operation, duress.user), (Some(Operation::Forced), forced));
    assert_eq!(duress.detail, u32::from(Alarm::Duress.code()));
    rig.send(&Command::Lock(None));
    let spare = CredentialFields { emergency: Emergency::UntilChanged, ..pin_fields(3, "135793135") };
    assert!(matches!(rig.send(&Command::SetCredential(spare)), Answer::CredentialSet(..)));
    assert!(rig.opens("135793135"));
    let used = last(&mut rig, RecordKind::Emergency);
    assert_eq!((used.user, used.credentials[0]), (3, Some(pin_ref(3))));
    assert_eq!(last(&mut rig, RecordKind::Allowed).allowed_by, AllowedBy::Emergency);
}

#[test]
fn e5_only_the_emergency_code_counts_as_tested_in_a_rehearsal() {
    let mut rig = Rig::new();
    rig.clock(T0);
    rig.add(1, "135791", UserType::Unrestricted);
    for index in [2, 3] {
        let code = format!("13579{index}135");
        let spare = CredentialFields { emergency: Emergency::UntilChanged, ..pin_fields(index, &code) };
        assert!(matches!(rig.send(&Command::SetCredential(spare)), Answer::CredentialSet(..)));
    }
    assert!(rig.send(&Command::RehearseDeadBattery(1)) == Answer::Done);
    let tested = |rig: &mut Rig, index| match rig.send(&Command::GetCredential(pin_ref(index))) {
        Answer::Credential(view) => view.detail.map_or(0, |detail| detail.tested),
        _ => panic!("no credential"),
    };
    rig.pin("135791");
    assert!(rig.records().iter().all(|record| record.kind != RecordKind::Emergency));
    rig.pin("135793135");
    let told = last(&mut rig, RecordKind::Emergency);
    assert_eq!((told.user, told.credentials[0], told.source), (3, Some(pin_ref(3)), Source::Keypad));
    assert_eq!([1, 2, 3].map(|index| tested(&mut rig, index)), [0, 0, T0]);
}

#[test]
fn e1_the_decision_on_a_command_without_a_code_is_told() {
    let mut rig = Rig::new();
    assert!(rig.send(&Command::Unlock(None)) == Answer::Done);
    let decision = rig.lock.decision().expect("a decision");
    assert_eq!((decision.source, decision.allowed_by), (Source::Remote, AllowedBy::Privilege));
    assert_eq!((decision.user, decision.refused), (0, None));
}

#[test]
fn e3_the_lock_key_enters_what_was_typed_and_locks_where_nothing_was() {
    let mut rig = Rig::new();
    rig.add(1, "135791", UserType::Unrestricted);
    rig.step(Input::Hand(Hand::ThumbturnUnlock));
    rig.step(Input::Bolt(Bolt::Retracted));
    for digit in "135791".bytes() {
        rig.step(Input::Key(Key::Digit(digit - b'0')));
    }
    rig.step(Input::Key(Key::Lock));
    let decision = rig.lock.decision().expect("a decision");
    assert_eq!((decision.operation, decision.source, decision.user), (Operation::Lock, Source::Keypad, 1));
    assert!(rig.step(Input::Key(Key::Enter)).decision.is_none(), "nothing typed is no attempt");
    rig.step(Input::Key(Key::Lock));
    assert_eq!(rig.lock.decision().map(|decision| decision.source), Some(Source::Button));
}

#[test]
fn g3_a_leaf_that_was_never_seen_is_not_waited_for_and_one_that_was_is() {
    let mut storage = crate::support::Memory::default();
    let (mut lock, _) = Bench::boot(0, &mut storage);
    lock::step(&mut lock, 0, Input::Bolt(Bolt::Extended), &mut storage);
    assert_eq!(lock.status(0).lock, LockState::Locked, "no sensor was fitted");
    for (leaf, state) in [
        (Leaf::Closed, LockState::Locked),
        (Leaf::Unknown, LockState::NotFullyLocked),
        (Leaf::Open, LockState::NotFullyLocked),
    ] {
        lock::step(&mut lock, 0, Input::Leaf(leaf), &mut storage);
        assert_eq!(lock.status(0).lock, state);
    }
    for (bolt, state) in [
        (Bolt::Between, LockState::NotFullyLocked),
        (Bolt::Retracted, LockState::Unlocked),
        (Bolt::Unlatched, LockState::Unlatched),
        (Bolt::Unknown, LockState::Unknown),
    ] {
        lock::step(&mut lock, 0, Input::Bolt(bolt), &mut storage);
        assert_eq!(lock.status(0).lock, state);
    }
}

#[test]
fn e5_the_status_tells_budget_rehearsal_battery_and_what_fits() {
    let mut rig = Rig::new();
    set(&mut rig, SettingId::GuessingBudget, 2);
    set(&mut rig, SettingId::WrongCodeEntryLimit, 255);
    let budget = |rig: &mut Rig| {
        let status = rig.lock.status(rig.now);
        (status.budget_used, status.budget_spent)
    };
    assert_eq!(budget(&mut rig), (0, false));
    rig.pin("246802");
    assert_eq!(budget(&mut rig), (1, false));
    let spent = rig.pin("246802");
    assert_eq!(budget(&mut rig), (2, true));
    assert!(spent.alarms.has(Alarm::BudgetSpent) && !spent.alarms.is_empty());
    // one comes back in twelve hours of running, and not a minute before
    rig.wait(12 * 3_600_000 - 60_000);
    rig.pin("246802");
    assert_eq!(budget(&mut rig), (2, true));
    rig.wait(60_000);
    rig.pin("2");
    rig.step(Input::Key(Key::Clear));
    assert!(rig.send(&Command::LiftBudget) == Answer::Done);
    assert_eq!(budget(&mut rig), (0, false));
    set(&mut rig, SettingId::GuessingBudget, 0);
    rig.pin("246802");
    assert_eq!(budget(&mut rig), (0, false), "without a budget none is spent");
    assert!(!rig.lock.status(rig.now).rehearsing);
    assert!(rig.send(&Command::RehearseDeadBattery(1)) == Answer::Done);
    let now = rig.now;
    assert!(rig.lock.status(now + 59_999).rehearsing && !rig.lock.status(now + 60_000).rehearsing);
    let reading = BatteryReading { millivolts: 4_300, under_load: true, celsius: 20 };
    rig.step(Input::Battery(reading));
    let status = rig.lock.status(rig.now);
    assert_eq!((status.battery, status.millivolts), (BatteryLevel::Reserve, 4_300));
    let told = last(&mut rig, RecordKind::Battery);
    assert_eq!(told.detail, (u32::from(BatteryLevel::Reserve.code()) << 16) | 4_300);
    let fits = (status.users, status.credentials, status.week_days, status.year_days, status.holidays);
    assert_eq!((fits, status.min_pin, status.max_pin), ((6, 12, 2, 2, 2), 6, 10));
}

#[test]
fn a23_an_erasure_keeps_what_the_body_is_and_numbers_and_nothing_else() {
    let mut rig = Rig::new();
    rig.clock(T0);
    rig.add(1, "135791", UserType::Unrestricted);
    rig.pin("246802");
    let reading = BatteryReading { millivolts: 4_300, under_load: true, celsius: 20 };
    rig.step(Input::Battery(reading));
    let before = rig.lock.status(rig.now);
    let effects = rig.step(Input::Hand(Hand::FactoryReset));
    assert!(effects.alarms.has(Alarm::FactoryReset) && effects.changed);
    // the last word of the old life, sealed to its first peer
    let end = PeerEnd::new([5; 32], commissioning().lock_id, 1);
    let pushed = effects.answer.expect("a push");
    let (counter, answer) = end.open_push(pushed.as_bytes()).expect("it opens");
    assert_eq!(counter >> 32, u64::from(before.boot), "counted apart in every start");
    let Answer::Records(_, _, records) = answer else { panic!("no records") };
    assert!(records.iter().flatten().any(|record| record.kind == RecordKind::Reset));
    let after = rig.lock.status(rig.now);
    assert!(!rig.lock.commissioned());
    assert_eq!((after.lock, after.door), (LockState::Locked, DoorState::Closed));
    assert_eq!((after.battery, after.millivolts), (BatteryLevel::Reserve, 4_300));
    assert_eq!((after.boot, after.next_record), (before.boot, before.next_record + 1));
    assert_eq!((after.wall, after.clock), (0, ClockQuality::Unknown));
    assert_eq!((after.budget_used, after.version, after.revoked), (0, 0, 0));
    // and so it is after the power was away
    rig.reboot();
    let started = rig.lock.status(rig.now);
    assert_eq!(started.next_record, after.next_record, "numbers go on");
    assert!(!rig.lock.commissioned() && started.boot == after.boot + 1);
}

#[test]
fn a23_an_erasure_that_storage_refuses_says_so_and_leaves_nothing_half_done() {
    let mut rig = Rig::new();
    rig.add(1, "135791", UserType::Unrestricted);
    rig.storage.fail_from = Some(rig.storage.operations);
    let effects = rig.step(Input::Hand(Hand::FactoryReset));
    assert!(effects.alarms.has(Alarm::StorageFailed));
    rig.storage.fail_from = None;
    let now = rig.now;
    assert_eq!(rig.lock.status(now).lock, LockState::Locked);
    assert!(rig.lock.commissioned() && rig.opens("135791"), "refused whole: nothing is half erased");
}

#[test]
fn e7_commissioning_is_told_once_with_its_peer() {
    let mut rig = Rig::factory();
    let effects = rig.step(Input::Commission(commissioning()));
    assert!(effects.changed);
    let told = last(&mut rig, RecordKind::Peer);
    assert_eq!((told.fabric, told.node, told.source), (1, 0x1234, Source::Button));
    let seq = rig.lock.status(rig.now).next_record;
    assert!(!rig.step(Input::Commission(commissioning())).changed, "once");
    assert_eq!(rig.lock.status(rig.now).next_record, seq);
}

#[test]
fn l1_a_start_tells_how_many_records_were_overwritten() {
    let mut rig = Rig::new();
    let boot = |rig: &mut Rig| last(rig, RecordKind::Boot).detail;
    rig.reboot();
    assert_eq!(boot(&mut rig), 0);
    // 64 are held
    for _ in 0..40 {
        rig.step(Input::Hand(Hand::ThumbturnUnlock));
        rig.step(Input::Hand(Hand::ThumbturnLock));
    }
    rig.reboot();
    assert!(boot(&mut rig) > 0);
}

#[test]
fn e4_schedules_holidays_and_names_come_back_with_the_power() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135791", UserType::ScheduleRestricted);
    let name = lock::Name::new(b"Ana").expect("short");
    let fields = UserFields { name: Some(name), unique_id: Some(77), ..UserFields::default() };
    assert!(rig.send(&Command::SetUser(lock::DataOperation::Modify, user, fields)) == Answer::Done);
    let week = WeekDay { days: 0b10, start_hour: 1, start_minute: 2, end_hour: 3, end_minute: 4 };
    let year = YearDay { start: T0, end: T0 + 5 };
    let holiday = Holiday { start: T0, end: T0 + 7, mode: Mode::Vacation };
    assert!(rig.send(&Command::SetWeekDay(2, user, week)) == Answer::Done);
    assert!(rig.send(&Command::SetYearDay(2, user, year)) == Answer::Done);
    assert!(rig.send(&Command::SetHoliday(2, holiday)) == Answer::Done);
    let asked = [
        Command::GetUser(user),
        Command::GetWeekDay(2, user),
        Command::GetYearDay(2, user),
        Command::GetHoliday(2),
        Command::GetCredential(pin_ref(1)),
    ];
    let before: Vec<Answer> = asked.iter().map(|command| rig.send(command)).collect();
    rig.reboot();
    for (command, before) in asked.iter().zip(before) {
        assert!(rig.send(command) == before);
    }
    let Answer::User(view) = rig.send(&asked[0]) else { panic!("no user") };
    assert_eq!(view.user.map(|user| (user.name, user.unique_id)), Some((name, 77)));
    assert!(rig.send(&asked[1]) == Answer::WeekDay(week));
    assert!(rig.send(&asked[2]) == Answer::YearDay(year));
    assert!(rig.send(&asked[3]) == Answer::Holiday(holiday));
}
