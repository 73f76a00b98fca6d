//! Loss of power at every storage operation of every scenario, before it, torn within it, and with any part of what
//! was not yet synced: what is read back is old or new; attempts are never under-counted; a record of a movement is
//! never lost (G5, G6, G8, A18).

use lock::{
    Answer, Bolt, Command, Commissioning, Effects, Hand, Input, Key, Motion, Secret, SettingId, UserType,
    View,
};

use crate::support::{Bench, Cut, LAST, Memory, Rig, commissioning, pin_fields, pin_ref};

type Scenario = (&'static str, fn(&mut Rig) -> Option<Effects>);

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

const SCENARIOS: &[Scenario] = &[
    ("a right code", |rig| typed(rig, "135792")),
    ("a wrong code", |rig| typed(rig, "000000")),
    ("the third wrong code", |rig| typed(rig, "000001")),
    ("a disposable user", |rig| typed(rig, "111222")),
    ("a remote unlock", |rig| sent(rig, &Command::Unlock(None))),
    ("a remote lock", |rig| sent(rig, &Command::Lock(None))),
    ("a wrong remote code", |rig| sent(rig, &Command::Unlock(Secret::new(b"999999")))),
    ("a new credential", |rig| sent(rig, &Command::SetCredential(pin_fields(4, "777888")))),
    ("a credential cleared", |rig| sent(rig, &Command::ClearCredential(Some(pin_ref(1)), 0))),
    ("everyone cleared", |rig| sent(rig, &Command::ClearUser(lock::ALL))),
    ("a setting", |rig| sent(rig, &Command::WriteSetting(SettingId::AutoRelockTime, 7))),
    ("an acknowledgement", |rig| sent(rig, &Command::AckRecords(3))),
    ("a hand", |rig| Some(rig.step(Input::Hand(Hand::ThumbturnUnlock)))),
    ("the bolt arrives", |rig| Some(rig.step(Input::Bolt(Bolt::Retracted)))),
    ("erasure", |rig| Some(rig.step(Input::Hand(Hand::FactoryReset)))),
];

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.motor_works = false;
    rig.add(1, "135792", UserType::Unrestricted);
    rig.add(2, "111222", UserType::Disposable);
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
    for (name, scenario) in SCENARIOS {
        let mut whole = rig();
        let old = configuration(&whole.storage);
        let begun = whole.storage.operations;
        scenario(&mut whole);
        let new = configuration(&whole.storage);
        let operations = whole.storage.operations - begun;
        for at in 0..operations {
            for torn in [0, 1, 60, LAST - 1, LAST + 1, LAST + 2] {
                let mut cut = rig();
                let known = cut.lock.attempts_known()[0];
                cut.storage.cut = Some(Cut { at: begun + at, torn });
                let effects = scenario(&mut cut);
                assert!(cut.storage.dead, "{name}: operation {at} was not reached");
                let opened = effects.is_some_and(|e| matches!(e.motion, Some(Motion::Retract { .. })));
                assert!(
                    !opened,
                    "{name}: operation {at}: opened although power went before the record was safe"
                );
                let stored = configuration(&cut.storage);
                let erasing = *name == "erasure";
                assert!(
                    stored == old || stored == new || erasing && stored.first() == Some(&0),
                    "{name}: {at} {torn}"
                );
                cut.reboot();
                if !name.contains("right") && !name.contains("erasure") && !name.contains("disposable") {
                    assert!(cut.lock.attempts_known()[0] >= known, "{name}: {at} {torn}: attempts forgotten");
                }
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
    assert!(lock.record(by.record(), &mut left).is_some_and(|r| r.kind == lock::RecordKind::Allowed));
}
