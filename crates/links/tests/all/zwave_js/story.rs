//! Both kinds of lock through a day: codes, hours, entries, stars, refusals, silence, restarts. One test in chapters,
//! because a start of Z-Wave JS takes seconds.

use std::time::Duration;

use access::{Days, LockAddress, ReadBack, Validity, Window};
use hub::ports::{
    Ack, Bolt, Link, LinkError, LinkEvent, Observed, Operation, Order, RecordKind, RecordSource, UnlockProof,
};
use jiff::civil::{date, time};
use serde_json::{Value, json};

use super::rig::{House, Rig, timed, with_hours};
use crate::capture;
use crate::processes::installed;

/// Codes that must never show anywhere; with leading zeros, and one of zeros alone.
const CODES: [&str; 4] = ["0039471", "000000", "0880246", "0061739"];
const NODES: &str = r#"[{"id":2,"kind":"code","users":30},{"id":3,"kind":"credential","users":30}]"#;

/// S2, L1, E1, E3, E4, P2, S5
#[tokio::test]
async fn both_kinds_of_lock_from_the_first_code_to_a_restart() {
    if !installed(&["zwave_js"]) {
        return;
    }
    capture::start();
    let mut house = House::new(NODES).await;
    let (old, new) = (house.rig.lock(2).await, house.rig.lock(3).await);
    found(&house, &old, &new);
    for lock in [&old, &new] {
        codes(&mut house, lock).await;
    }
    hours(&mut house, &old).await;
    clocks(&mut house, &old).await;
    refusals(&mut house, &old, &new).await;
    entries(&mut house, &old).await;
    troubles(&mut house, &old).await;
    operations(&mut house, &new).await;
    relock(&mut house, &old).await;
    foreign_hands(&mut house, &old, &new).await;
    stars(&mut house, &old).await;
    out_of_reach(&mut house, &new).await;
    restarts(&mut house, &new).await;
    nothing_leaked(&house);
}

fn found(house: &House, old: &LockAddress, new: &LockAddress) {
    assert_eq!(old.key, "7e570001-2-ffff4c4b0002");
    assert_eq!(new.key, "7e570001-3-ffff4c4b0003");
    let can = |node: u16| house.rig.locks[&node].1.clone();
    for node in [2, 3] {
        let can = can(node);
        assert_eq!((can.slots, can.first_slot, can.code.min, can.code.max), (30, 1, 4, 10));
        assert_eq!(can.read_back, ReadBack::Value);
        assert!(can.bolt_sensor && can.door_sensor && can.remote && !can.sleeps && !can.sequenced_log);
        assert!(can.has_weak_link(), "these two joined without security: {:?}", can.link_security);
        assert_eq!(can.firmware.as_deref(), Some("1.0"));
    }
    assert_eq!((can(2).schedules.week_day, can(2).schedules.year_day, can(2).schedules.once), (2, 2, false));
    assert_eq!((can(3).schedules.week_day, can(3).schedules.year_day, can(3).schedules.once), (0, 0, true));
}

fn node(lock: &LockAddress) -> u16 {
    lock.key.split('-').nth(1).unwrap().parse().unwrap()
}

/// Pain 16: a code is a text of digits on every step, and in the lock.
async fn codes(house: &mut House, lock: &LockAddress) {
    let id = node(lock);
    house.hand(&format!("/zero?node={id}"));
    assert_eq!(house.rig.read(lock, 3, None).await, Ok(Observed::Empty));
    assert_eq!(house.rig.read(lock, 4, Some(CODES[1])).await, Ok(Observed::Empty));
    let memory = house.hand(&format!("/?node={id}"));
    let exchanges: u64 = memory["frames"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!(exchanges, 1, "one checksum proves every slot empty: {}", memory["frames"]);
    for (slot, code) in [(3, CODES[0]), (4, CODES[1])] {
        assert_eq!(house.rig.write(lock, slot, code).await, Ok(Ack::Applied));
        assert_eq!(house.rig.read(lock, slot, Some(code)).await, Ok(Observed::Matches { enabled: true }));
        assert_eq!(house.hand(&format!("/?node={id}"))["codes"][slot.to_string()]["code"], code);
    }
    assert_eq!(house.rig.read(lock, 3, Some(CODES[2])).await, Ok(Observed::Differs));
    assert_eq!(house.rig.read(lock, 3, None).await, Ok(Observed::Taken));
    // changed in its place, then switched off, then gone
    assert_eq!(house.rig.write(lock, 4, CODES[2]).await, Ok(Ack::Applied));
    assert_eq!(house.rig.read(lock, 4, Some(CODES[2])).await, Ok(Observed::Matches { enabled: true }));
    let mut off = super::rig::write(4, CODES[2]);
    off.enabled = false;
    assert_eq!(house.rig.link.write_slot(lock, off).await, Ok(Ack::Applied));
    assert_eq!(house.rig.read(lock, 4, Some(CODES[2])).await, Ok(Observed::Matches { enabled: false }));
    for _ in 0..2 {
        assert_eq!(house.rig.link.clear_slot(lock, 4).await, Ok(Ack::Applied), "emptying twice is done");
    }
    assert_eq!(house.rig.read(lock, 4, None).await, Ok(Observed::Empty));
    for (slot, code) in [(0, CODES[0]), (31, CODES[0])] {
        let answer = house.rig.write(lock, slot, code).await;
        assert!(matches!(answer, Err(LinkError::Rejected(_))), "{slot}: {answer:?}");
    }
}

/// E4: hours on the lock; the code is never there without them, and hours of before do not stay.
async fn hours(house: &mut House, lock: &LockAddress) {
    let window = Window { days: Days::WEEKDAYS, start: time(8, 0, 0, 0), end: time(18, 30, 0, 0) };
    let office = vec![Validity { windows: vec![window], ..Validity::ALWAYS }];
    house.hand("/zero?node=2");
    let wish = with_hours(7, CODES[3], office.clone());
    assert_eq!(house.rig.read(lock, 7, Some(CODES[3])).await, Ok(Observed::Empty));
    assert_eq!(house.rig.link.write_slot(lock, wish.clone()).await, Ok(Ack::Applied));
    assert_eq!(
        house.rig.link.read_slot(lock, 7, Some(wish.clone())).await,
        Ok(Observed::Matches { enabled: true })
    );
    let memory = house.hand("/?node=2");
    assert_eq!(
        memory["schedules"]["7_1_2"],
        json!({"weekdays":[1,2,3,4,5],"startHour":8,"startMinute":0,"durationHour":10,"durationMinute":30})
    );
    assert_eq!(memory["codes"]["7"], json!({ "code": CODES[3], "status": 1 }));
    // other hours than wished are another slot
    let mut other = wish.clone();
    other.validity[0].windows[0].end = time(19, 0, 0, 0);
    assert_eq!(house.rig.link.read_slot(lock, 7, Some(other)).await, Ok(Observed::OtherHours));
    let stay = Validity {
        from: Some(date(2027, 6, 1).at(15, 0, 0, 0)),
        until: Some(date(2027, 6, 8).at(11, 0, 0, 0)),
        windows: vec![],
    };
    let dates = with_hours(7, CODES[3], vec![stay.clone()]);
    assert_eq!(house.rig.link.write_slot(lock, dates.clone()).await, Ok(Ack::Applied));
    assert_eq!(house.rig.link.read_slot(lock, 7, Some(dates)).await, Ok(Observed::Matches { enabled: true }));
    assert_eq!(house.hand("/?node=2")["schedules"]["7_1_1"]["stopYear"], 27);
    // what such a lock cannot say is refused, not sent without
    let mixed = vec![Validity { windows: office[0].windows.clone(), ..stay }];
    let answer = house.rig.link.write_slot(lock, with_hours(8, CODES[2], mixed)).await;
    assert!(matches!(answer, Err(LinkError::Unsupported(_))), "{answer:?}");
    let mut ends = super::rig::write(8, CODES[2]);
    ends.once = true;
    assert!(matches!(house.rig.link.write_slot(lock, ends).await, Err(LinkError::Unsupported(_))));
    assert_eq!(house.hand("/?node=2")["codes"]["8"], Value::Null);
    house.rig.link.clear_slot(lock, 7).await.unwrap();
}

async fn clocks(house: &mut House, lock: &LockAddress) {
    let summer = "2027-07-01T10:00:00Z".parse().unwrap();
    assert_eq!(house.rig.link.set_clock(lock, summer, "Europe/Vienna").await, Ok(Ack::Applied));
    assert_eq!(house.hand("/?node=2")["offsets"], json!([120, 120]));
    let winter = "2027-01-01T10:00:00Z".parse().unwrap();
    assert_eq!(house.rig.link.set_clock(lock, winter, "Asia/Kolkata").await, Ok(Ack::Applied));
    assert_eq!(house.hand("/?node=2")["offsets"], json!([330, 330]));
}

/// A duplicate is refused after the lock said yes (User Code), or at once with nothing left behind (User
/// Credential). A lock that says yes and forgets shows when it is read.
async fn refusals(house: &mut House, old: &LockAddress, new: &LockAddress) {
    assert_eq!(house.rig.write(old, 9, CODES[0]).await, Ok(Ack::Applied), "the lock's first word");
    house.rig.during(Duration::from_millis(200)).await;
    assert_eq!(house.rig.read(old, 9, Some(CODES[0])).await, Err(LinkError::Duplicate));
    assert_eq!(house.rig.write(new, 9, CODES[0]).await, Err(LinkError::Duplicate));
    assert_eq!(house.rig.read(new, 9, None).await, Ok(Observed::Empty));
    assert_eq!(house.hand("/?node=3")["users"]["9"], Value::Null, "no user is left without a code");
    house.hand("/set?node=2&forget=true");
    assert_eq!(house.rig.write(old, 10, CODES[3]).await, Ok(Ack::Applied));
    assert_eq!(house.rig.read(old, 10, Some(CODES[3])).await, Ok(Observed::Empty));
    house.hand("/set?node=2&forget=false");
}

/// E1: who and how.
async fn entries(house: &mut House, old: &LockAddress) {
    house.hand("/operate?node=2&mode=0&event=6&user=3");
    assert_eq!(house.rig.record().await, (RecordKind::Unlocked, RecordSource::Keypad, Some(3)));
    house.hand("/operate?node=2&mode=255&event=1&user=3");
    assert_eq!(house.rig.record().await, (RecordKind::Locked, RecordSource::Manual, None));
    house.hand("/operate?node=2&mode=255&event=9");
    assert_eq!(house.rig.record().await, (RecordKind::Locked, RecordSource::Auto, None));
    for (event, kind) in [(50, RecordKind::WrongCode), (20, RecordKind::WrongCode)] {
        house.hand(&format!("/note?node=2&event={event}"));
        assert_eq!(house.rig.record().await.0, kind);
    }
    let mut quick = Vec::new();
    for _ in 0..10 {
        let ((), took) = timed(async {
            house.hand("/operate?node=2&mode=0&event=6&user=3");
            house.rig.record().await;
        })
        .await;
        quick.push(took);
    }
    quick.sort_unstable();
    eprintln!("Z-Wave: hand at the keypad to our event {:?} (median of 10)", quick[5]);
    assert!(quick[5] < Duration::from_millis(200), "{quick:?}");
    assert!(
        !house.rig.told.iter().any(|told| told.contains("Slot") && told.contains(&old.key)),
        "{:?}",
        house.rig.told
    );
}

/// E3, E5: jam, tamper, low battery, the door leaf.
async fn troubles(house: &mut House, _: &LockAddress) {
    house.hand("/note?node=2&event=11");
    house.rig.report("a jam", |report| report.jammed == Some(true)).await;
    house.hand("/operate?node=2&mode=255&event=1");
    house.rig.report("no jam any more", |report| report.jammed == Some(false)).await;
    house.hand("/note?node=2&type=7&event=3");
    house
        .rig
        .until("tamper", |event| match event {
            LinkEvent::Record { record, .. } => (record.kind == RecordKind::Tamper).then_some(()),
            _ => None,
        })
        .await;
    house.hand("/battery?node=2&level=9");
    house.rig.report("battery 9 %", |report| report.battery_percent == Some(9)).await;
    house.hand("/operate?node=2&mode=0&door=open");
    house.rig.report("an open door", |report| report.door == Some(hub::ports::DoorSensor::Open)).await;
    house.hand("/operate?node=2&mode=255");
    house.rig.report("bolt out", |report| report.bolt == Some(Bolt::Extended)).await;
}

async fn operations(house: &mut House, lock: &LockAddress) {
    let proof = || UnlockProof { actor: uuid::Uuid::nil() };
    for (operation, mode) in [(Operation::Unlock, 0), (Operation::Lock, 255), (Operation::Unlock, 0)] {
        // the bolt of the mock reports itself only when a hand moved it: what counts is the lock's mode
        let answer = house.rig.link.operate(lock, operation, proof()).await;
        assert!(answer.is_ok(), "{answer:?}");
        assert_eq!(house.hand("/?node=3")["mode"], mode);
        house.hand(&format!("/operate?node=3&mode={mode}"));
        house.rig.during(Duration::from_millis(100)).await;
    }
}

/// E3: when it locks itself, read back from the lock; nothing else of its configuration changes.
async fn relock(house: &mut House, lock: &LockAddress) {
    let order = |seconds| Order::AutoRelock { seconds };
    assert_eq!(house.rig.link.order(lock, &order(45)).await, Ok(Ack::Applied));
    assert_eq!(house.hand("/?node=2")["autolock"], 45);
    assert_eq!(house.rig.link.order(lock, &order(0)).await, Ok(Ack::Applied));
    assert_eq!(house.hand("/?node=2")["autolock"], 0);
    assert!(matches!(house.rig.link.order(lock, &order(70_000)).await, Err(LinkError::Rejected(_))));
    let other = house.rig.link.order(lock, &Order::LiftBudget).await;
    assert!(matches!(other, Err(LinkError::Unsupported(_))));
}

/// I14: another controller and a keypad change codes: noticed, told, never taken for ours.
async fn foreign_hands(house: &mut House, old: &LockAddress, new: &LockAddress) {
    house.hand("/program?node=2&user=20&code=515253");
    assert_eq!(house.rig.record().await, (RecordKind::CodeChanged, RecordSource::Unknown, Some(20)));
    let slot = |event: &LinkEvent| match event {
        LinkEvent::Slot { slot, taken, .. } => Some((*slot, *taken)),
        _ => None,
    };
    assert_eq!(house.rig.until("slot 20", slot).await, (20, true));
    house.rig.during(Duration::from_millis(300)).await;
    assert_eq!(house.rig.read(old, 20, None).await, Ok(Observed::Taken));
    assert_eq!(house.rig.read(old, 20, Some(CODES[0])).await, Ok(Observed::Differs));
    // our own look told the driver, and so us, once more; that is not the news waited for
    house.rig.during(Duration::from_millis(300)).await;
    house.hand("/program?node=2&user=20");
    assert_eq!(house.rig.until("slot 20 empty", slot).await, (20, false));
    // without a word of the lock: it shows when the slot is read
    house.hand("/quiet?node=2&user=21&code=616263");
    assert_eq!(house.rig.read(old, 21, None).await, Ok(Observed::Taken));
    assert_eq!(house.rig.read(new, 3, Some(CODES[0])).await, Ok(Observed::Matches { enabled: true }));
}

/// Locks that answer with stars prove no code.
async fn stars(house: &mut House, lock: &LockAddress) {
    house.hand("/set?node=2&masked=true");
    assert_eq!(house.rig.read(lock, 3, Some(CODES[0])).await, Ok(Observed::Taken));
    let presence = |event: &LinkEvent| match event {
        LinkEvent::Found { capabilities, .. } => Some(capabilities.read_back),
        _ => None,
    };
    assert_eq!(house.rig.until("a lock that shows stars", presence).await, ReadBack::Presence);
    assert_eq!(house.rig.read(lock, 11, Some(CODES[0])).await, Ok(Observed::Empty), "empty shows plainly");
    house.hand("/set?node=2&masked=false");
}

/// P2, pain 11: a silent lock is told as such, the other one goes on, and its return is noticed by itself.
async fn out_of_reach(house: &mut House, new: &LockAddress) {
    let old = house.rig.locks[&2].0.clone();
    house.hand("/set?node=3&mute=true");
    let answer = house.rig.write(new, 12, CODES[3]).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.rig.reachable(new, false).await;
    assert_eq!(house.rig.write(&old, 12, CODES[3]).await, Ok(Ack::Applied));
    let answer =
        house.rig.link.operate(new, Operation::Unlock, UnlockProof { actor: uuid::Uuid::nil() }).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.hand("/set?node=3&mute=false");
    let ((), took) = timed(house.rig.reachable(new, true)).await;
    assert!(took < Duration::from_secs(25), "noticed after {took:?}");
    assert_eq!(house.rig.write(new, 12, CODES[3]).await, Ok(Ack::Applied));
}

/// The WebSocket server alone, then the driver with it: reconnected, subscribed anew, nothing sent late.
async fn restarts(house: &mut House, new: &LockAddress) {
    house.hand("/server?on=false");
    house.rig.down().await;
    let answer = house.rig.write(new, 13, CODES[2]).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.hand("/server?on=true");
    house.rig.up().await;
    house.rig.reachable(new, true).await;
    house.hand("/operate?node=2&mode=0&event=6&user=3");
    assert_eq!(house.rig.record().await, (RecordKind::Unlocked, RecordSource::Keypad, Some(3)));
    house.street.stop();
    house.rig.down().await;
    house.street.restart().unwrap();
    house.rig.up().await;
    house.rig.reachable(new, true).await;
    assert_eq!(house.rig.read(new, 12, Some(CODES[3])).await, Ok(Observed::Matches { enabled: true }));
    assert_eq!(house.rig.read(new, 13, None).await, Ok(Observed::Empty), "what failed did not come late");
    assert_eq!(house.rig.link.counts().connections, 3);
    let mut second = Rig::start(house.street.port);
    second.up().await;
    second.lock(2).await;
}

/// S5, I10: no code in anything that was logged or told; nothing left the machine.
fn nothing_leaked(house: &House) {
    let logged = capture::text();
    // the WebSocket library's own trace is not the program's log: it is never turned on there
    let logged: String = logged.lines().filter(|line| !line.contains("tungstenite")).collect();
    assert!(logged.contains("connected to the Z-Wave JS server"), "the capture works");
    let told = house.rig.told.join("\n");
    for secret in CODES.iter().filter(|code| **code != "000000") {
        assert!(!logged.contains(secret), "{secret} in the log");
        assert!(!told.contains(secret), "{secret} in an event");
    }
    let output = house.street.output();
    let outbound: Vec<&str> = output.lines().filter(|line| line.contains("[outbound]")).collect();
    assert!(outbound.is_empty(), "{outbound:?}");
}
