//! Whoever repeats something cheap a thousand times must neither wash the log away nor make a number come twice: the
//! lock key leant on, public card numbers, forged frames, an erasure, counters that are gone.

use lock::{
    Alarm, Answer, Command, CredentialKind, FORGERIES, Feedback, Frame, Hand, Input, Key, PeerEnd,
    RecordKind, Region, Secret, UserType,
};

use crate::support::{Bench, Rig, commissioning};

/// More than the ring holds.
const MANY: usize = 200;

fn next_record(rig: &mut Rig) -> u64 {
    rig.lock.status(rig.now).next_record
}

#[test]
fn g5_the_lock_key_on_a_locked_door_leaves_no_records() {
    let mut rig = Rig::new();
    rig.add(1, "135791", UserType::Unrestricted);
    assert!(rig.opens("135791"));
    assert!(rig.step(Input::Key(Key::Lock)).motion.is_some());
    let before = next_record(&mut rig);
    for _ in 0..MANY {
        let leant = rig.step(Input::Key(Key::Lock));
        assert_eq!((leant.feedback, leant.motion), (Some(Feedback::Locked), None));
    }
    assert_eq!(next_record(&mut rig), before);
}

#[test]
fn a25_g6_a_public_card_number_is_an_attempt_and_locks_out() {
    let mut rig = Rig::new();
    let data = || Secret::new(b"a public number").expect("short");
    let before = next_record(&mut rig);
    for _ in 0..MANY {
        let shown = rig.step(Input::Shown { kind: CredentialKind::Rfid, data: data(), weak: true });
        assert!(shown.motion.is_none());
    }
    assert!(rig.records().iter().any(|record| record.kind == RecordKind::LockOut));
    assert!(next_record(&mut rig) - before < 10, "while it waits nothing is compared and nothing written");
}

#[test]
fn a06_g5_a_flood_of_forgeries_is_recorded_once_until_the_peer_is_heard() {
    let mut rig = Rig::new();
    let forged = Frame::new(&[[1, 1].as_slice(), &[7; 25]].concat()).expect("short");
    let flood = |rig: &mut Rig| {
        let mut alarms = 0;
        for _ in 0..MANY {
            rig.now += 60_000;
            rig.challenge(1);
            for _ in 0..FORGERIES {
                alarms +=
                    usize::from(rig.step(Input::Frame(forged.clone())).alarms.has(Alarm::ForgedCommands));
            }
        }
        alarms
    };
    let told = |rig: &mut Rig| {
        let code = u32::from(Alarm::ForgedCommands.code());
        rig.records().iter().filter(|r| r.kind == RecordKind::Alarm && r.detail == code).count()
    };
    assert_eq!(flood(&mut rig), MANY, "said each time");
    assert_eq!(told(&mut rig), 1);
    rig.now += 60_000;
    assert!(rig.send(&Command::Lock(None)) == Answer::Done);
    flood(&mut rig);
    assert_eq!(told(&mut rig), 2, "a genuine command lies between");
}

#[test]
fn g7_a23_no_challenge_or_push_number_comes_twice_over_an_erasure() {
    let mut rig = Rig::new();
    let end = PeerEnd::new([5; 32], commissioning().lock_id, 1);
    let mut challenges = Vec::new();
    let mut pushes = Vec::new();
    for _ in 0..3 {
        challenges.push(rig.challenge(1));
        let erased = rig.step(Input::Hand(Hand::FactoryReset)).answer.expect("a push");
        pushes.push(end.open_push(erased.as_bytes()).expect("it opens").0);
        // the same keys are given to it again, without a start in between
        rig.step(Input::Commission(commissioning()));
    }
    assert!(challenges[0] != challenges[1] && challenges[1] != challenges[2]);
    assert!(pushes.is_sorted_by(|a, b| a < b), "{pushes:?}");
}

#[test]
fn g5_g7_with_the_counters_gone_numbers_go_on_after_the_newest_record() {
    let mut rig = Rig::new();
    rig.add(1, "135791", UserType::Unrestricted);
    rig.reboot();
    assert!(rig.opens("135791"));
    let before = rig.lock.status(rig.now);
    let mut storage = rig.storage.after_power_cut();
    storage.durable.retain(|region, _| !matches!(region, Region::Vitals(_)));
    let (lock, effects) = Bench::boot(0, &mut storage);
    assert!(effects.motion.is_none());
    (rig.lock, rig.storage, rig.now) = (lock, storage, 0);
    let after = rig.lock.status(0);
    assert!(after.next_record > before.next_record && after.boot > before.boot, "{before:?} {after:?}");
    assert!(!rig.opens("135791"), "it begins with a lock-out");
    let seqs: Vec<u64> = rig.records().iter().map(|record| record.seq).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b));
}
