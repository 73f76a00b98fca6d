//! The stories.

use std::time::Duration;

use access::{Days, Validity, Window};
use hub::ports::Order;
use hub::ports::body::{RadioFaults, SecondController, Turner};
use hub::ports::{
    Ack, Bodies, BodyError, Bolt, Denial, Hand, Link, LinkError, LinkEvent, Observed, Operation, RecordKind,
    RecordSource, SlotWrite,
};
use jiff::civil::time;

use super::house::{House, by_number, is_unlock, pause, proof, write};

const CODE: &str = "004711";
const OTHER: &str = "815042";

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

pub fn story<F: Future<Output = ()>>(story: impl FnOnce(House) -> F) {
    runtime().block_on(async { story(House::new()).await });
}

#[test]
fn e1_p2_a_code_is_set_read_back_used_and_cleared() {
    story(|mut house| async move {
        let lock = house.lock("Front door").await;
        let found = house
            .wait_for("Found", 5, |event| match event {
                LinkEvent::Found { name, capabilities, .. } => Some((name.clone(), capabilities.clone())),
                _ => None,
            })
            .await;
        assert_eq!(found.0, "Front door");
        assert_eq!((found.1.slots, found.1.first_slot, found.1.code.min), (50, 1, 6));
        assert!(found.1.bolt_sensor && found.1.sequenced_log);

        assert_eq!(house.link.read_slot(&lock, 3, None).await, Ok(Observed::Empty));
        house.give(&lock, 3, 7, CODE).await;
        let seen = |expected| house.link.read_slot(&lock, 3, expected);
        assert_eq!(seen(Some(write(3, 7, CODE))).await, Ok(Observed::Matches { enabled: true }));
        assert_eq!(seen(Some(write(3, 7, OTHER))).await, Ok(Observed::Differs));
        assert_eq!(seen(None).await, Ok(Observed::Taken));
        assert_eq!(house.link.write_slot(&lock, write(4, 1, CODE)).await, Err(LinkError::Duplicate));

        let after = house.typed(&lock, CODE).await;
        assert_eq!((after.bolt, after.keypad.meaning.as_str()), (0, "Opened"));
        let entry = house.record("entry", is_unlock).await;
        assert_eq!((entry.slot, entry.version, entry.source), (Some(3), Some(7), RecordSource::Keypad));
        assert!(entry.at.is_some() && entry.sequence.is_some());
        house
            .wait_for("report of the bolt", 5, |event| match event {
                LinkEvent::Report { report, .. } if report.bolt == Some(Bolt::Retracted) => Some(()),
                _ => None,
            })
            .await;

        assert_eq!(house.link.clear_slot(&lock, 3).await, Ok(Ack::Applied));
        assert_eq!(house.link.clear_slot(&lock, 3).await, Ok(Ack::Applied));
        assert_eq!(house.link.read_slot(&lock, 3, None).await, Ok(Observed::Empty));
        house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        let refused = house.typed(&lock, CODE).await;
        assert_eq!(refused.bolt, 1000);
        house.record("wrong code", |r| r.kind == RecordKind::WrongCode).await;
        let by_key = house.record("key", |r| r.source == RecordSource::Key).await;
        assert_eq!(by_key.kind, RecordKind::Locked);
    });
}

/// Days that neither are today nor begin while a test runs.
fn other_days() -> Days {
    let today = jiff::civil::Weekday::from_monday_zero_offset(house_day()).expect("a day");
    let others: Vec<_> = today.cycle_forward().skip(2).take(4).collect();
    Days::of(&others)
}

fn house_day() -> i8 {
    let vienna = jiff::Timestamp::now().in_tz("Europe/Vienna").expect("a zone");
    vienna.weekday().to_monday_zero_offset()
}

#[test]
fn e4_hours_and_ends_are_kept_by_the_lock() {
    story(|mut house| async move {
        let lock = house.lock("Side door").await;
        let never = Window { days: other_days(), start: time(8, 0, 0, 0), end: time(18, 0, 0, 0) };
        let hours = SlotWrite {
            validity: vec![Validity { from: None, until: None, windows: vec![never] }],
            ..write(1, 1, CODE)
        };
        house.link.write_slot(&lock, hours.clone()).await.expect("written");
        let read = house.link.read_slot(&lock, 1, Some(hours)).await;
        assert_eq!(read, Ok(Observed::Matches { enabled: true }));
        // the same code without its hours is something else
        let always = write(1, 1, CODE);
        assert_eq!(house.link.read_slot(&lock, 1, Some(always)).await, Ok(Observed::OtherHours));
        let decided = house.typed(&lock, CODE).await.decision.expect("a decision");
        assert!(!decided.allowed, "{decided:?}");
        assert_eq!(decided.credential.as_deref(), Some("code in slot 1"));
        house
            .record("refusal", |r| r.kind == RecordKind::Denied(Denial::Schedule) && r.slot == Some(1))
            .await;

        let over = SlotWrite {
            not_after: Some("2020-01-01T00:00:00Z".parse().expect("a time")),
            ..write(2, 1, OTHER)
        };
        house.link.write_slot(&lock, over).await.expect("written");
        house.typed(&lock, OTHER).await;
        house.record("expired", |r| r.kind == RecordKind::Denied(Denial::Expired) && r.slot == Some(2)).await;

        // from hours to always, and to disabled, in place
        house.give(&lock, 1, 2, CODE).await;
        assert_eq!(house.typed(&lock, CODE).await.bolt, 0);
        let off = SlotWrite { enabled: false, ..write(1, 3, CODE) };
        house.link.write_slot(&lock, off.clone()).await.expect("written");
        assert_eq!(house.link.read_slot(&lock, 1, Some(off)).await, Ok(Observed::Matches { enabled: false }));

        let once = SlotWrite { once: true, ..write(5, 1, "777001") };
        house.link.write_slot(&lock, once).await.expect("written");
        house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        assert_eq!(house.typed(&lock, "777001").await.bolt, 0);
        house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        assert_eq!(house.typed(&lock, "777001").await.bolt, 1000, "a one-time code opened twice");
    });
}

#[test]
fn e2_out_of_reach_the_door_works_and_everything_arrives_later_once_and_in_order() {
    story(|mut house| async move {
        let lock = house.lock("Shed").await;
        house.give(&lock, 1, 1, CODE).await;
        house.hand(&lock, Hand::Radio { reach: false }).await;
        house.contact(false).await;
        let before = house.drain();
        for _ in 0..12 {
            assert_eq!(house.typed(&lock, CODE).await.bolt, 0);
            house.hand(&lock, Hand::Turn { with: Turner::Thumbturn, lock: true }).await;
        }
        let while_away = house.link.write_slot(&lock, write(2, 1, OTHER));
        let late =
            tokio::time::timeout(Duration::from_secs(25), while_away).await.expect("within its deadline");
        assert!(matches!(late, Err(LinkError::Unreachable(_))));
        assert!(by_number(&house.drain()).is_empty(), "a record came without radio");
        house.hand(&lock, Hand::Radio { reach: true }).await;
        house.contact(true).await;
        house.give(&lock, 2, 1, OTHER).await;
        house.record("the last of the missed entries", |r| r.slot == Some(2) || is_unlock(r)).await;
        pause(Duration::from_millis(500)).await;
        let mut all = before;
        all.extend(house.drain());
        let records = by_number(&all);
        let numbers: Vec<u64> = records.keys().copied().collect();
        assert!(numbers.windows(2).filter(|w| w[1] != w[0] + 1).count() <= 1, "holes in {numbers:?}");
        assert!(records.values().filter(|r| is_unlock(r)).count() >= 11);
    });
}

#[test]
fn e7_a_killed_process_comes_back_with_everything_and_a_restarted_hub_hears_what_it_missed() {
    story(|mut house| async move {
        let lock = house.lock("Garage").await;
        house.give(&lock, 1, 4, CODE).await;
        house.typed(&lock, CODE).await;
        let entry = house.record("entry", is_unlock).await;
        // not acknowledged: the next hub must hear it again
        kill_process_of(&house, "garage");
        house.contact(false).await;
        house.contact(true).await;
        let state = house.state(&lock).await;
        assert_eq!(state.bolt, 0, "the bolt moved while nobody was there");
        let read = house.link.read_slot(&lock, 1, Some(write(1, 4, CODE))).await;
        assert_eq!(read, Ok(Observed::Matches { enabled: true }));

        let mut house = house.restart().await;
        house.contact(true).await;
        let again = house.record("the entry again", is_unlock).await;
        assert_eq!(again, entry, "the entry changed over the restarts");
        let (boot, seq) = entry.sequence.expect("a number");
        house.link.acknowledge(&lock, boot, seq).await.expect("acknowledged");
        pause(Duration::from_millis(300)).await;
        house.drain();
        let mut house = house.restart().await;
        house.contact(true).await;
        pause(Duration::from_millis(500)).await;
        let records = by_number(&house.drain());
        assert!(records.keys().all(|n| *n > seq), "an acknowledged record came again");
    });
}

/// Kills the process whose listening line the supervisor got: the only one with this folder in its
/// environment.
fn kill_process_of(house: &House, key: &str) {
    let folder = house.root().join(key);
    let wanted = format!("{}={}", super::house::DATA, folder.display());
    for process in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Ok(environment) = std::fs::read(process.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()) {
            let pid = process.file_name().into_string().expect("a number");
            let killed = std::process::Command::new("kill").args(["-9", &pid]).status().expect("kill runs");
            assert!(killed.success());
            return;
        }
    }
    panic!("no process of {key}");
}

#[test]
fn e3_e5_jam_power_cut_and_dead_battery_are_told_and_locked_is_never_said_of_them() {
    story(|mut house| async move {
        let lock = house.lock("Back door").await;
        house.give(&lock, 1, 1, CODE).await;
        house.typed(&lock, CODE).await;
        house.record("entry", is_unlock).await;
        house.hand(&lock, Hand::MotorSpeed { travel_ms: 300 }).await;
        house.drain();

        house.hand(&lock, Hand::Jam { on: true }).await;
        assert_eq!(house.link.operate(&lock, Operation::Lock, proof()).await, Ok(Ack::Applied));
        house.record("jam", |r| r.kind == RecordKind::Jammed).await;
        house
            .wait_for("report of the jam", 5, |event| match event {
                LinkEvent::Report { report, .. } if report.jammed == Some(true) => {
                    assert_ne!(report.bolt, Some(Bolt::Extended));
                    Some(())
                }
                _ => None,
            })
            .await;
        house.hand(&lock, Hand::Jam { on: false }).await;

        house.hand(&lock, Hand::PowerCutAt { position: 700 }).await;
        house.link.operate(&lock, Operation::Lock, proof()).await.expect("the lock starts to lock");
        house.contact(false).await;
        let state = house.state(&lock).await;
        assert_eq!((state.powered, state.bolt), (false, 700));
        house.hand(&lock, Hand::Power { on: true }).await;
        house.contact(true).await;
        house.record("restart", |r| r.kind == RecordKind::Restarted).await;
        house
            .record("locked in the end", |r| r.kind == RecordKind::Locked && r.source == RecordSource::Auto)
            .await;
        // the sensor says *out* a little before the motor stands
        assert!(house.state(&lock).await.bolt >= 980);

        house.hand(&lock, Hand::SetBattery { percent: 0 }).await;
        assert!(!house.typed(&lock, CODE).await.powered);
        let turned = house.hand(&lock, Hand::Turn { with: Turner::Key, lock: false }).await;
        assert_eq!(turned.bolt, 0, "the key does not need a battery");
        house.drain();
        house.hand(&lock, Hand::ReplaceBattery).await;
        house.record("restart with new cells", |r| r.kind == RecordKind::Restarted).await;
        let status = house.state(&lock).await;
        assert!(status.powered && status.clock_trusted, "{status:?}");
    });
}

#[test]
fn s1_bad_radio_is_survived() {
    story(|mut house| async move {
        let lock = house.lock("Far shed").await;
        let bad = RadioFaults { delay_ms: 5, jitter_ms: 30, loss: 150, duplicate: 200, sleep_ms: 0 };
        house.hand(&lock, Hand::RadioFaults(bad)).await;
        for version in 1..=5 {
            let code = format!("60000{version}");
            let mut answers = Vec::new();
            while answers.len() < 5 && !answers.iter().any(Result::is_ok) {
                answers.push(house.link.write_slot(&lock, write(1, version, &code)).await);
            }
            assert!(answers.iter().any(Result::is_ok), "code {version} was never written: {answers:?}");
            let typed = house.typed(&lock, &code).await;
            assert_eq!(typed.bolt, 0, "code {version}, written last, does not open: {answers:?}, {typed:?}");
            house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        }
        house.hand(&lock, Hand::RadioFaults(RadioFaults::default())).await;
        for version in 1..=5_u64 {
            house.record("entry by each code", |r| is_unlock(r) && r.version == Some(version)).await;
        }
        by_number(&house.drain());
    });
}

#[test]
fn a32_another_controller_is_told_and_its_codes_are_seen() {
    story(|mut house| async move {
        let lock = house.lock("Flat").await;
        house.give(&lock, 1, 1, CODE).await;
        house
            .supervisor
            .second_controller(&lock, SecondController::OtherControllerWrites { slot: 9 })
            .await
            .expect("written");
        let slot = |house: &mut House, wanted: u16, now: bool| {
            let lock = lock.clone();
            let _ = house;
            move |event: &LinkEvent| match event {
                LinkEvent::Slot { slot, taken, address } if *slot == wanted && *taken == now => {
                    assert_eq!(*address, lock);
                    Some(())
                }
                _ => None,
            }
        };
        let wanted = slot(&mut house, 9, true);
        house.wait_for("the foreign code", 5, wanted).await;
        assert_eq!(house.link.read_slot(&lock, 9, None).await, Ok(Observed::Taken));
        house.record("a change by somebody else", |r| r.kind == RecordKind::CodeChanged).await;
        let ours = house
            .supervisor
            .second_controller(&lock, SecondController::OtherControllerWrites { slot: 1 })
            .await;
        assert!(matches!(ours, Err(BodyError::Refused(_))), "{ours:?}");
        house
            .supervisor
            .second_controller(&lock, SecondController::OtherControllerClears { slot: 1 })
            .await
            .expect("cleared");
        let wanted = slot(&mut house, 1, false);
        house.wait_for("our code cleared by somebody else", 5, wanted).await;
        assert_eq!(house.link.clear_slot(&lock, 9).await, Ok(Ack::Applied));
        assert_eq!(house.link.read_slot(&lock, 9, None).await, Ok(Observed::Empty));
    });
}

#[test]
fn e1_fingers_cards_and_orders() {
    story(|mut house| async move {
        let lock = house.lock("Office").await;
        house.give(&lock, 2, 6, CODE).await;
        house.link.order(&lock, &Order::EnrolFinger { user: 2, template: 17 }).await.expect("enrolled");
        house.link.order(&lock, &Order::EnrolCard { user: 2, number: 4242 }).await.expect("enrolled");
        house.hand(&lock, Hand::Finger { template: 17 }).await;
        let entry = house.record("finger", is_unlock).await;
        assert_eq!((entry.slot, entry.source, entry.version), (Some(2), RecordSource::Fingerprint, Some(6)));
        house.hand(&lock, Hand::Card { number: 4242, copied: true }).await;
        house
            .record("a copied card", |r| r.kind == RecordKind::WrongCode && r.source == RecordSource::Rfid)
            .await;
        house.link.order(&lock, &Order::RehearseDeadBattery { minutes: 5 }).await.expect("rehearsal");
        assert!(house.state(&lock).await.rehearsing);
        house.typed(&lock, CODE).await;
        house.record("refused in the rehearsal", |r| r.kind == RecordKind::Denied(Denial::Battery)).await;
        house.link.order(&lock, &Order::RehearseDeadBattery { minutes: 0 }).await.expect("ended");
        let long = house.link.order(&lock, &Order::RehearseDeadBattery { minutes: 200 }).await;
        assert!(matches!(long, Err(hub::ports::LinkError::Rejected(_))));
        assert_eq!(house.link.clear_slot(&lock, 2).await, Ok(Ack::Applied));
        house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        let shown = house.hand(&lock, Hand::Finger { template: 17 }).await;
        assert_eq!(shown.bolt, 1000, "the finger outlived its person");
    });
}

#[test]
fn p1_no_code_lies_in_a_file_or_in_the_open() {
    story(|mut house| async move {
        let lock = house.lock("Vault").await;
        let code = "90817263";
        house.give(&lock, 1, 1, code).await;
        house.typed(&lock, code).await;
        house.record("entry", is_unlock).await;
        let mut files = 0;
        for file in std::fs::read_dir(house.root().join("vault")).expect("the folder").flatten() {
            let bytes = std::fs::read(file.path()).expect("a file");
            assert!(
                !bytes.windows(code.len()).any(|w| w == code.as_bytes()),
                "{:?} holds a code",
                file.path()
            );
            files += 1;
        }
        assert!(files >= 5);
    });
}

#[test]
fn s1_names_are_checked_and_a_removed_lock_is_gone() {
    story(|mut house| async move {
        for bad in ["", "  ", "a\nb", &"x".repeat(41)] {
            assert!(matches!(house.supervisor.create(bad).await, Err(BodyError::Refused(_))), "{bad:?}");
        }
        let lock = house.lock("Door").await;
        let twin = house.lock("Door").await;
        assert_ne!(lock, twin);
        assert_eq!(house.supervisor.list().len(), 2);
        house.supervisor.remove(&twin).await.expect("removed");
        let lost = house
            .wait_for("Lost", 5, |event| match event {
                LinkEvent::Lost { address } => Some(address.clone()),
                _ => None,
            })
            .await;
        assert_eq!(lost, twin);
        assert!(!house.root().join(&twin.key).exists());
        assert!(matches!(house.supervisor.state(&twin).await, Err(BodyError::Unknown(_))));
        assert!(matches!(house.link.read_slot(&twin, 1, None).await, Err(LinkError::Unreachable(_))));
    });
}

#[test]
fn e7_a_reset_lock_is_told_paired_anew_and_empty() {
    story(|mut house| async move {
        let lock = house.lock("Cellar").await;
        house.give(&lock, 1, 1, CODE).await;
        house.typed(&lock, CODE).await;
        house.hand(&lock, Hand::Door { open: true }).await;
        house.drain();
        let keys = std::fs::read(house.root().join("cellar/pairing.json")).expect("keys");
        house.hand(&lock, Hand::FactoryReset).await;
        house.record("the reset", |r| r.kind == RecordKind::FactoryReset).await;
        house.contact(false).await;
        house.contact(true).await;
        assert_ne!(std::fs::read(house.root().join("cellar/pairing.json")).expect("keys"), keys);
        assert_eq!(house.link.read_slot(&lock, 1, None).await, Ok(Observed::Empty));
        house.give(&lock, 1, 2, OTHER).await;
        house
            .link
            .set_clock(&lock, "2026-11-23T12:00:00Z".parse().expect("a time"), "UTC")
            .await
            .expect("set");
        house.hand(&lock, Hand::Door { open: false }).await;
        house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        assert_eq!(house.typed(&lock, CODE).await.bolt, 1000);
        house.hand(&lock, Hand::MotorSpeed { travel_ms: 0 }).await;
        assert_eq!(house.typed(&lock, OTHER).await.bolt, 0);
    });
}

#[test]
fn p2_a_sleeping_lock_says_so_and_is_reached_when_it_wakes() {
    story(|mut house| async move {
        let lock = house.lock("Summer house").await;
        house.drain();
        let sleepy = RadioFaults { sleep_ms: 400, ..RadioFaults::default() };
        house.hand(&lock, Hand::RadioFaults(sleepy)).await;
        let sleeps = house
            .wait_for("Found", 10, |event| match event {
                LinkEvent::Found { capabilities, .. } => Some(capabilities.sleeps),
                _ => None,
            })
            .await;
        assert!(sleeps);
        house
            .wait_for("contact with its next waking", 10, |event| match event {
                LinkEvent::Contact { reachable: true, next: Some(_), .. } => Some(()),
                _ => None,
            })
            .await;
        house.give(&lock, 1, 1, CODE).await;
        assert_eq!(house.typed(&lock, CODE).await.bolt, 0);
        house.record("entry", is_unlock).await;
    });
}
