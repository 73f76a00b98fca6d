//! Loss of power at every storage operation of every scenario, before it, torn within it, and with any part of what
//! was not yet synced: what is read back is old or new; attempts are never under-counted; a record of a movement is
//! never lost (G5, G6, G8, A18).

use lock::{
    AliroReader, Answer, BatteryReading, Bolt, Command, Commissioning, CredentialFields, CredentialKind,
    DataOperation, Effects, Emergency, Hand, Holiday, Input, Key, Leaf, Mode, Motion, Motor, PeerFields,
    Privilege, RecordKind, Secret, SettingId, UserFields, UserType, View, WeekDay, YearDay, Zone,
};

use crate::support::{Bench, Cut, LAST, Memory, Rig, commissioning, pin_fields, pin_ref};

/// What happens, whether it clears the count of wrong codes, and how.
type Scenario = (&'static str, bool, fn(&mut Rig) -> Option<Effects>);

fn sent(rig: &mut Rig, command: &Command) -> Option<Effects> {
    let end = lock::PeerEnd::new([5; 32], commissioning().lock_id, 1);
    let challenge = rig.challenge(1);
    let frame = end.seal_command(&challenge, [9; 8], command).expect("it fits");
    Some(rig.step(Input::Frame(frame)))
}

fn typed(rig: &mut Rig, code: &str) -> Option<Effects> {
    for digit in code.bytes() {
        rig.step(Input::Key(Key::Digit(digit - b'0')));
    }
    Some(rig.step(Input::Key(Key::Enter)))
}

fn input(rig: &mut Rig, input: Input) -> Option<Effects> {
    Some(rig.step(input))
}

fn week() -> WeekDay {
    WeekDay { days: 2, start_hour: 8, start_minute: 0, end_hour: 9, end_minute: 0 }
}

/// At the door: codes, hands, bolt, leaf, motor, battery, time.
const AT_THE_DOOR: &[Scenario] = &[
    ("a right code", true, |rig| typed(rig, "135792")),
    ("a wrong code", false, |rig| typed(rig, "000000")),
    ("the third wrong code", false, |rig| typed(rig, "000001")),
    ("a disposable user", true, |rig| typed(rig, "111222")),
    ("the first use of an expiring user", true, |rig| typed(rig, "333444")),
    ("a one-time emergency code", true, |rig| typed(rig, "864200864")),
    ("a code under duress", true, |rig| typed(rig, "555666")),
    ("a finger not known", false, |rig| input(rig, Input::NotMatched(CredentialKind::Fingerprint))),
    ("a lock-out that ends", false, |rig| {
        typed(rig, "000001");
        rig.now += 10_000;
        input(rig, Input::Timer)
    }),
    ("locking with a code", true, |rig| {
        for digit in "135792".bytes() {
            rig.step(Input::Key(Key::Digit(digit - b'0')));
        }
        input(rig, Input::Key(Key::Lock))
    }),
    ("a hand", false, |rig| input(rig, Input::Hand(Hand::ThumbturnUnlock))),
    ("a key", false, |rig| input(rig, Input::Hand(Hand::KeyLock))),
    ("the outer plate", false, |rig| input(rig, Input::Hand(Hand::FrontRemoved))),
    ("the privacy button", false, |rig| input(rig, Input::Hand(Hand::PrivacyButton))),
    ("the bolt arrives", false, |rig| input(rig, Input::Bolt(Bolt::Retracted))),
    ("the leaf opens", false, |rig| input(rig, Input::Leaf(Leaf::Open))),
    ("a stall", true, |rig| {
        typed(rig, "135792");
        input(rig, Input::Motor(Motor::Stalled))
    }),
    ("an auto-relock", true, |rig| {
        typed(rig, "135792");
        rig.step(Input::Bolt(Bolt::Unlatched));
        rig.now += 60_000;
        input(rig, Input::Timer)
    }),
    ("a low battery", false, |rig| {
        input(rig, Input::Battery(BatteryReading { millivolts: 4_300, under_load: true, celsius: 20 }))
    }),
    ("a lost clock", false, |rig| input(rig, Input::ClockLost)),
    ("erasure", true, |rig| input(rig, Input::Hand(Hand::FactoryReset))),
];

/// From outside.
const FROM_OUTSIDE: &[Scenario] = &[
    ("a remote unlock", false, |rig| sent(rig, &Command::Unlock(None))),
    ("a remote unlock with a code", true, |rig| sent(rig, &Command::Unlock(Secret::new(b"135792")))),
    ("a remote lock", false, |rig| sent(rig, &Command::Lock(None))),
    ("a wrong remote code", false, |rig| sent(rig, &Command::Unlock(Secret::new(b"999999")))),
    ("a new credential", false, |rig| sent(rig, &Command::SetCredential(pin_fields(4, "777888")))),
    ("a credential cleared", false, |rig| sent(rig, &Command::ClearCredential(Some(pin_ref(1)), 0))),
    ("everything revoked", false, |rig| sent(rig, &Command::RevokeThrough(100))),
    ("a user", false, |rig| sent(rig, &Command::SetUser(DataOperation::Add, 6, UserFields::default()))),
    ("a user cleared", false, |rig| sent(rig, &Command::ClearUser(2))),
    ("everyone cleared", false, |rig| sent(rig, &Command::ClearUser(lock::ALL))),
    ("a week-day schedule", false, |rig| sent(rig, &Command::SetWeekDay(1, 1, week()))),
    ("a year-day schedule", false, |rig| {
        sent(rig, &Command::SetYearDay(1, 1, YearDay { start: MONDAY, end: MONDAY + 5 }))
    }),
    ("schedules cleared", false, |rig| sent(rig, &Command::ClearWeekDay(lock::ALL_SCHEDULES, 2))),
    ("a holiday", false, |rig| {
        sent(rig, &Command::SetHoliday(1, Holiday { start: MONDAY, end: MONDAY + 5, mode: Mode::Privacy }))
    }),
    ("a setting", false, |rig| sent(rig, &Command::WriteSetting(SettingId::AutoRelockTime, 7))),
    ("a count", false, |rig| sent(rig, &Command::WriteSetting(SettingId::DoorOpenEvents, 7))),
    ("the clock with a new zone", false, |rig| {
        sent(rig, &Command::SetClock(MONDAY + 90, Zone { offset: 3_600, ..Zone::NONE }))
    }),
    ("a clock that jumps", false, |rig| sent(rig, &Command::SetClock(MONDAY + 9_000, Zone::NONE))),
    ("a peer", false, |rig| {
        let peer = PeerFields { id: 2, key: [6; 32], privilege: Privilege::View, fabric: 2, node: 2 };
        sent(rig, &Command::SetPeer(peer))
    }),
    ("a reader", false, |rig| {
        let reader = AliroReader {
            signing_key: [1; 32],
            verification_key: [2; 65],
            group: [3; 16],
            resolving_key: [4; 16],
        };
        sent(rig, &Command::SetAliroReader(reader))
    }),
    ("an acknowledgement", false, |rig| sent(rig, &Command::AckRecords(3))),
    ("a lifted budget", true, |rig| sent(rig, &Command::LiftBudget)),
    ("a rehearsal", false, |rig| sent(rig, &Command::RehearseDeadBattery(5))),
];

/// 2026-11-23 00:00:00 UTC.
const MONDAY: u64 = 1_795_392_000;

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.motor_works = false;
    rig.add(1, "135792", UserType::Unrestricted);
    rig.add(2, "111222", UserType::Disposable);
    rig.add(3, "333444", UserType::Expiring);
    rig.add(6, "555666", UserType::Forced);
    let fields = CredentialFields { emergency: Emergency::Once, ..pin_fields(5, "864200864") };
    assert!(matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..)));
    rig.send(&Command::WriteSetting(SettingId::EnablePrivacyModeButton, 1));
    rig.send(&Command::SetWeekDay(1, 2, week()));
    rig.clock(MONDAY);
    typed(&mut rig, "000002");
    typed(&mut rig, "000003");
    rig
}

fn configuration(storage: &Memory) -> Vec<u8> {
    let mut storage = storage.after_power_cut();
    let (mut lock, _) = Bench::boot(0, &mut storage);
    let mut bytes = Vec::new();
    let view = View { horizon: u64::MAX, configuration_only: true };
    lock.canonical(view, &mut |piece| bytes.extend_from_slice(piece));
    bytes
}

#[test]
fn every_cut_leaves_old_or_new_and_forgets_nothing() {
    let start = rig();
    for (name, clears, scenario) in AT_THE_DOOR.iter().chain(FROM_OUTSIDE) {
        let mut whole = start.clone();
        let old = configuration(&whole.storage);
        let begun = whole.storage.operations;
        scenario(&mut whole);
        let new = configuration(&whole.storage);
        let operations = whole.storage.operations - begun;
        assert!(operations > 0, "{name}: nothing was written");
        for at in 0..operations {
            for torn in [0, 1, 60, LAST - 1, LAST + 1, LAST + 2] {
                let mut cut = start.clone();
                let known = cut.lock.attempts_known();
                cut.storage.cut = Some(Cut { at: begun + at, torn });
                let effects = scenario(&mut cut);
                assert!(cut.storage.dead, "{name}: operation {at} was not reached");
                let stored = configuration(&cut.storage);
                let erasing = *name == "erasure";
                assert!(
                    stored == old || stored == new || erasing && stored.first() == Some(&0),
                    "{name}: {at} {torn}"
                );
                cut.reboot();
                // G5: what moved the motor is in the log, whatever became of the power afterwards
                if let Some(Motion::Retract { by, .. }) = effects.and_then(|e| e.motion) {
                    let record = cut.lock.record(by.record(), &mut cut.storage);
                    assert!(
                        record.is_some_and(|r| r.kind == RecordKind::Allowed),
                        "{name}: operation {at}: opened before the record was safe"
                    );
                }
                let forgotten = cut.lock.attempts_known().iter().zip(known).any(|(is, was)| *is < was);
                assert!(*clears || !forgotten, "{name}: {at} {torn}: attempts forgotten");
                check_log(&mut cut, name);
            }
        }
    }
}

/// The log has no hole and goes on.
fn check_log(rig: &mut Rig, name: &str) {
    let records = rig.records();
    for pair in records.windows(2) {
        assert_eq!(pair[1].seq, pair[0].seq + 1, "{name}: a hole that nobody asked for");
    }
    if rig.lock.commissioned() {
        let before = rig.lock.status(rig.now).next_record;
        rig.send(&Command::Lock(None));
        assert!(rig.lock.status(rig.now).next_record > before, "{name}: the log stands still");
    }
}

#[test]
fn a18_a_guesser_who_cuts_power_after_every_attempt_gains_nothing() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let mut compared = 0;
    for _ in 0..20 {
        if typed(&mut rig, "000000").and_then(|e| e.decision).and_then(|d| d.refused)
            == Some(lock::OperationError::InvalidCredential)
        {
            compared += 1;
        }
        rig.reboot();
    }
    assert_eq!(compared, 3, "then the lock-out holds, whatever becomes of the power");
}

#[test]
fn a18_power_cut_right_after_the_comparison_that_begins_a_lockout_does_not_undo_it() {
    let mut whole = rig();
    let begun = whole.storage.operations;
    typed(&mut whole, "000001");
    // the first sync makes the failure durable; only then is anything compared
    let sync = whole.storage.trace.iter().skip(begun).position(Option::is_none).expect("a sync");
    let compared = begun + sync + 1..whole.storage.operations;
    assert!(!compared.is_empty(), "the record of the refusal comes after the comparison");
    for at in compared {
        for torn in [0, 1, LAST - 1] {
            let mut cut = rig();
            cut.storage.cut = Some(Cut { at, torn });
            typed(&mut cut, "000001");
            cut.reboot();
            assert!(cut.lock.status(cut.now).keypad_lockout > 0, "operation {at}");
        }
    }
}

#[test]
fn a18_storage_is_written_alike_for_right_and_wrong_codes() {
    let mut right = Rig::new();
    right.add(1, "135792", UserType::Unrestricted);
    right.motor_works = false;
    let mut wrong = right.clone();
    let mut third = right.clone();
    (0..2).for_each(|_| assert!(typed(&mut third, "000000").is_some()));
    for rig in [&mut right, &mut wrong, &mut third] {
        rig.storage.trace.clear();
    }
    assert!(matches!(typed(&mut right, "135792").and_then(|e| e.motion), Some(Motion::Retract { .. })));
    typed(&mut wrong, "135793");
    typed(&mut third, "135793");
    let kinds = |rig: &Rig| -> Vec<_> {
        let kind = |op: &Option<(lock::Region, usize)>| {
            op.map(|(region, len)| (std::mem::discriminant(&region), len))
        };
        rig.storage.trace.iter().map(kind).collect()
    };
    assert_eq!(kinds(&right), kinds(&wrong));
    assert_eq!(kinds(&right), kinds(&third), "the code that begins a lock-out too");
}

#[test]
fn commissioning_cut_anywhere_leaves_a_lock_that_can_be_commissioned() {
    let mut whole = Rig::factory();
    let begun = whole.storage.operations;
    whole.step(Input::Commission(commissioning()));
    for at in begun..whole.storage.operations {
        let mut cut = Rig::factory();
        cut.storage.cut = Some(Cut { at, torn: 1 });
        cut.step(Input::Commission(commissioning()));
        cut.reboot();
        if !cut.lock.commissioned() {
            cut.step(Input::Commission(Commissioning { fabric: 3, ..commissioning() }));
        }
        assert!(matches!(cut.send(&Command::ReadStatus), Answer::Status(_)), "operation {at}");
    }
}

#[test]
fn g5_the_record_is_durable_when_the_motor_is_told() {
    let mut rig = Rig::new();
    rig.motor_works = false;
    rig.add(1, "135792", UserType::Unrestricted);
    let effects = typed(&mut rig, "135792").expect("a step");
    let Some(Motion::Retract { by, .. }) = effects.motion else { panic!("it should open") };
    let mut left = rig.storage.after_power_cut();
    let (mut lock, _) = Bench::boot(0, &mut left);
    assert!(lock.record(by.record(), &mut left).is_some_and(|r| r.kind == RecordKind::Allowed));
}
