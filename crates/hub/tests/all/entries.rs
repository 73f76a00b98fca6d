//! An entry, from the lock's record to the log (L1, L2), with repeats, gaps and strangers.

use std::sync::atomic::Ordering;

use hub::Actor;
use hub::access::{Command, ReadBack};
use hub::ports::{AlertKind, Denial, LinkEvent, LockRecord, RecordKind, RecordSource};

use crate::house::TestHouse;
use crate::ports::address;

const CODE: &str = "739518";

fn record(seq: u64, kind: RecordKind, slot: Option<u16>) -> LinkEvent {
    let record = LockRecord {
        sequence: Some((1, seq)),
        at: Some("2026-11-23T08:00:00Z".parse().expect("a time")),
        kind,
        source: RecordSource::Keypad,
        slot,
        version: None,
        why: None,
    };
    LinkEvent::Record { address: address(), record }
}

fn with_ana() -> TestHouse {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    house.give(ana, code, None);
    house.pass(10);
    house
}

#[test]
fn l1_an_entry_says_who_how_and_is_acknowledged_after_it_is_kept() {
    let mut house = with_ana();
    house.tell(record(1, RecordKind::Unlocked, Some(1)));
    assert!(house.log().iter().any(|line| line == "Ana unlocked Front lock by code"), "{:?}", house.log());
    assert!(house.link.calls.lock().expect("calls").contains(&"ack 1/1".to_owned()));
}

#[test]
fn l1_a_repeat_is_dropped_and_a_gap_is_flagged() {
    let mut house = with_ana();
    house.tell(record(1, RecordKind::Unlocked, Some(1)));
    house.tell(record(1, RecordKind::Unlocked, Some(1)));
    let entries = |house: &mut TestHouse| house.log().iter().filter(|line| line.contains("unlocked")).count();
    assert_eq!(entries(&mut house), 1);
    house.tell(record(4, RecordKind::Locked, Some(1)));
    assert!(
        house.log().iter().any(|line| line.contains("2 records of Front lock are missing")),
        "{:?}",
        house.log()
    );
    let mut house = house.killed_and_started();
    house.tell(record(4, RecordKind::Locked, Some(1)));
    assert_eq!(
        house.log().iter().filter(|line| line.contains("locked Front lock by code")).count(),
        2,
        "no third line"
    );
}

#[test]
fn l1_a_record_waits_out_a_full_disk_and_is_not_acknowledged_before() {
    let mut house = with_ana();
    house.store.full.store(true, Ordering::SeqCst);
    house.tell(record(1, RecordKind::Unlocked, Some(1)));
    house.pass(30);
    assert!(!house.link.calls.lock().expect("calls").iter().any(|call| call.starts_with("ack")));
    house.store.full.store(false, Ordering::SeqCst);
    house.pass(30);
    assert!(house.link.calls.lock().expect("calls").contains(&"ack 1/1".to_owned()));
    assert!(house.log().iter().any(|line| line == "Ana unlocked Front lock by code"));
}

#[test]
fn a8_an_entry_by_nobody_known_raises_an_alert() {
    let mut house = with_ana();
    house.tell(record(1, RecordKind::Unlocked, Some(7)));
    assert!(house.log().iter().any(|line| line == "Somebody we do not know unlocked Front lock by code"));
    house.pass(10);
    assert!(house.mail.sent.lock().expect("mail").iter().any(|alert| alert.kind == AlertKind::UnknownEntry));
}

#[test]
fn e3_lockout_and_refusals_give_their_reasons() {
    let mut house = with_ana();
    house.tell(record(1, RecordKind::Denied(Denial::Schedule), Some(1)));
    house.tell(record(2, RecordKind::WrongCode, None));
    house.tell(record(3, RecordKind::LockedOut { seconds: 60 }, None));
    let log = house.log();
    assert!(
        log.iter().any(|line| line.contains("Ana was refused at Front lock: outside their hours")),
        "{log:?}"
    );
    assert!(log.iter().any(|line| line.contains("the keypad of Front lock is shut for 60 s")));
    house.pass(10);
    assert!(house.mail.sent.lock().expect("mail").iter().any(|alert| alert.kind == AlertKind::Lockout));
}

#[test]
fn alerts_wait_for_a_receiver_that_is_down_also_over_a_restart() {
    let mut house = with_ana();
    house.mail.down.store(true, Ordering::SeqCst);
    house.tell(record(1, RecordKind::Jammed, None));
    house.pass(60);
    assert!(house.mail.sent.lock().expect("mail").is_empty());
    let mut house = house.killed_and_started();
    house.mail.down.store(false, Ordering::SeqCst);
    house.pass(3700);
    let jams =
        house.mail.sent.lock().expect("mail").iter().filter(|alert| alert.kind == AlertKind::Jam).count();
    assert_eq!(jams, 1, "sent once, not once a try");
}

#[test]
fn l2_the_whole_log_verifies_and_a_changed_entry_is_named() {
    let mut house = with_ana();
    for seq in 1..=300 {
        house.tell(record(seq, RecordKind::Unlocked, Some(1)));
    }
    let (hub, owner) = (house.hub.clone(), house.owner());
    let verdict = house.pool.run_until(hub.verify(&owner)).expect("verified");
    assert!(verdict.whole, "{verdict:?}");
    assert!(verdict.checked > 300);
    let at = 150;
    house.store.disk.lock().expect("disk").leaves[at].happened += jiff::SignedDuration::from_secs(60);
    let verdict = house.pool.run_until(hub.verify(&owner)).expect("a verdict");
    assert_eq!(verdict.broken_at, Some(at as u64), "{verdict:?}");
}

#[test]
fn l3_erasing_a_person_leaves_every_proof_whole() {
    let mut house = with_ana();
    house.tell(record(1, RecordKind::Unlocked, Some(1)));
    let ana = house.hub.view(|view| *view.house.people.keys().next().expect("Ana"));
    let (hub, owner) = (house.hub.clone(), house.owner());
    assert!(house.pool.run_until(hub.erase_person(&owner, ana)).is_err(), "not while on the list");
    house.act(Command::RemovePerson { id: ana });
    house.pass(60);
    house.pool.run_until(hub.erase_person(&owner, ana)).expect("erased");
    let log = house.log();
    assert!(!log.iter().any(|line| line.contains("Ana")), "{log:?}");
    assert!(log.iter().any(|line| line.starts_with("Erased")));
    let verdict = house.pool.run_until(hub.verify(&owner)).expect("a verdict");
    assert!(verdict.whole, "{verdict:?}");
    assert!(verdict.erased > 0);
}

#[test]
fn s5_a_viewer_may_look_and_nothing_more() {
    let mut house = with_ana();
    let viewer = Actor { role: hub::ports::Role::Viewer, ..house.owner() };
    let (hub, lock) = (house.hub.clone(), house.lock);
    assert!(house.pool.run_until(hub.operate(&viewer, lock, hub::ports::Operation::Unlock)).is_err());
    assert!(house.pool.run_until(hub.verify(&viewer)).is_ok());
    let code = house.hub.view(|view| *view.house.credentials.keys().next().expect("a code"));
    assert!(house.pool.run_until(hub.reveal(&viewer, code)).is_err());
    let stale = Actor { fresh: false, ..house.owner() };
    assert!(
        house.pool.run_until(hub.reveal(&stale, code)).is_err_and(|e| e == hub::HubError::NeedsFreshPassword)
    );
}

#[test]
fn a_wall_clock_that_jumps_is_noticed() {
    let mut house = with_ana();
    house.clock.jump(std::time::Duration::from_secs(7200));
    house.pass(60);
    assert!(
        house.log().iter().any(|line| line.contains("clock of this machine jumped")),
        "{:?}",
        house.log()
    );
}
