//! The desk by itself: events and moments in, events and chores out.

use std::time::Duration;

use hub::ports::{Bolt, LinkEvent, RecordKind};
use jiff::Timestamp;
use serde_json::json;

use super::super::facts::{Kind, Remembered, facts};
use super::super::slots::DoorState;
use super::super::wire::{Event, FullState, Node};
use super::{Chore, Desk, Out};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn node(product: u16) -> Node {
    let text = json!({
        "nodeId": 5, "status": 4, "ready": true, "isFrequentListening": "1000ms", "isListening": false,
        "manufacturerId": 1, "productType": 1, "productId": product,
        "endpoints": [{ "index": 0, "commandClasses": [{ "id": 98, "version": 4 }, { "id": 99, "version": 2 }] }],
    });
    serde_json::from_value(text).unwrap()
}

fn described(desk: &mut Desk, product: u16, now: Duration) -> Vec<Out> {
    let told = Remembered {
        users: 10,
        slots: 10,
        code: Some((4, 8)),
        checksum: true,
        bolt: true,
        door: true,
        ..Remembered::default()
    };
    let node = node(product);
    desk.described(&node, facts(&node, 0, Kind::Code, &told), now, NOW)
}

fn desk() -> (Desk, String) {
    let mut desk = Desk::new("zwave_js".into());
    let state: FullState =
        serde_json::from_value(json!({ "controller": { "homeId": 7 }, "nodes": [] })).unwrap();
    assert!(matches!(desk.listening(state, 7, at(0))[..], [Out::Event(LinkEvent::Up)]));
    described(&mut desk, 1, at(0));
    let state = DoorState { current_mode: Some(255), bolt_status: Some("locked".into()), door_status: None };
    let told = events(&desk.state_told(5, &state, NOW));
    assert!(told.iter().any(|told| told.contains("Extended")), "{told:?}");
    let key = desk.key_of(5).unwrap();
    (desk, key)
}

fn event(desk: &mut Desk, name: &str, args: serde_json::Value, now: Duration) -> Vec<Out> {
    let event = json!({ "source": "node", "event": name, "nodeId": 5, "ccId": 113, "args": args });
    desk.event(serde_json::from_value::<Event>(event).unwrap(), now, NOW).unwrap()
}

fn events(out: &[Out]) -> Vec<String> {
    let event = |out: &Out| match out {
        Out::Event(event) => Some(format!("{event:?}")),
        Out::Chore(_) => None,
    };
    out.iter().filter_map(event).collect()
}

fn chores(out: &[Out]) -> Vec<&'static str> {
    let name = |out: &Out| match out {
        Out::Chore(Chore::Check(_)) => Some("check"),
        Out::Chore(Chore::Sweep(_)) => Some("sweep"),
        Out::Chore(Chore::Ping(_)) => Some("ping"),
        Out::Chore(Chore::AskState(_)) => Some("state"),
        Out::Chore(_) => Some("other"),
        Out::Event(_) => None,
    };
    out.iter().filter_map(name).collect()
}

/// Pain 7: codes are not polled. One checksum says that nothing changed; only when it did is every slot looked at.
#[test]
fn a_checksum_watches_over_the_codes() {
    let (mut desk, key) = desk();
    assert_eq!(chores(&desk.tick(at(1), NOW)), ["check"]);
    assert!(chores(&desk.tick(at(2), NOW)).is_empty(), "one at a time");
    assert!(desk.checked(5, Some(100), at(2)).is_empty());
    assert!(chores(&desk.tick(at(3600), NOW)).is_empty());
    assert_eq!(chores(&desk.tick(at(13 * 3600), NOW)), ["check"], "twice a day");
    assert!(desk.checked(5, Some(100), at(13 * 3600)).is_empty(), "as it was");
    // our own write explains a new sum, which is taken once it is quiet
    let now = 14 * 3600;
    desk.lock_mut(&key).unwrap().writing(3, at(now));
    assert!(chores(&desk.tick(at(now + 5), NOW)).is_empty());
    assert_eq!(chores(&desk.tick(at(now + 21), NOW)), ["check"]);
    assert!(desk.checked(5, Some(200), at(now + 21)).is_empty());
    // nobody explains this one
    assert_eq!(chores(&desk.tick(at(now + 13 * 3600), NOW)), ["check"]);
    let out = desk.checked(5, Some(300), at(now + 13 * 3600));
    assert_eq!(chores(&out), ["sweep"]);
    assert!(events(&out)[0].contains("CodeChanged"));
    assert!(events(&desk.swept(5, 4, true))[0].contains("slot: 4, taken: true"));
    assert!(events(&desk.swept(5, 11, true)).is_empty(), "no such slot");
    // after a break of the connection it looks again soon
    desk.disconnected("gone");
    assert!(desk.tick(at(now + 14 * 3600), NOW).is_empty(), "nothing without a connection");
}

/// A changed slot is told once, with whose doing it was in mind.
#[test]
fn own_changes_are_no_news() {
    let (mut desk, key) = desk();
    let status = |slot: u16, value: u8| json!({ "commandClass": 99, "endpoint": 0, "property": "userIdStatus", "propertyKey": slot, "newValue": value });
    desk.lock_mut(&key).unwrap().writing(3, at(10));
    assert!(events(&event(&mut desk, "value added", status(3, 1), at(11))).is_empty());
    let told = events(&event(&mut desk, "value added", status(4, 1), at(11)));
    assert!(told[0].contains("slot: 4, taken: true"), "{told:?}");
    assert!(events(&event(&mut desk, "value updated", status(4, 1), at(12))).is_empty(), "said already");
    let added = json!({ "type": 6, "event": 14, "parameters": { "userId": 3 } });
    assert!(events(&event(&mut desk, "notification", added.clone(), at(20))).is_empty(), "the echo of ours");
    let told = events(&event(&mut desk, "notification", added, at(50)));
    assert!(told[0].contains("CodeChanged") && told[1].contains("slot: 3"), "{told:?}");
    let gone = json!({ "type": 6, "event": 12 });
    assert_eq!(chores(&event(&mut desk, "notification", gone, at(60))), ["sweep"]);
}

/// A refusal that comes after the yes counts for the slot that was written, once, and not for ever.
#[test]
fn a_late_refusal_belongs_to_its_write() {
    let (mut desk, key) = desk();
    let refused = |slot: Option<u16>| match slot {
        Some(slot) => json!({ "type": 6, "event": 15, "parameters": { "userId": slot } }),
        None => json!({ "type": 6, "event": 15 }),
    };
    let lock = |desk: &mut Desk, slot, now| desk.lock_mut(&key).unwrap().was_refused(slot, at(now));
    event(&mut desk, "notification", refused(Some(4)), at(10));
    assert!(!lock(&mut desk, 3, 11));
    assert!(lock(&mut desk, 4, 11));
    assert!(!lock(&mut desk, 4, 11), "once");
    event(&mut desk, "notification", refused(None), at(20));
    assert!(!lock(&mut desk, 4, 90), "too long ago");
    event(&mut desk, "notification", refused(None), at(100));
    desk.lock_mut(&key).unwrap().writing(5, at(101));
    assert!(!lock(&mut desk, 5, 102), "a refusal of before the write");
}

/// Every slot known to be empty: for a minute, not for what was written since, and not after a foreign hand.
#[test]
fn a_checksum_of_zero_spares_questions_for_a_minute() {
    let (mut desk, key) = desk();
    let sure = |desk: &Desk, slot, now| desk.view(&key, slot, at(now)).unwrap().all_empty;
    assert!(desk.view(&key, 3, at(1)).unwrap().may_ask_empty);
    desk.lock_mut(&key).unwrap().asked_all(0, at(1));
    assert!(sure(&desk, 3, 2) && sure(&desk, 3, 60) && !sure(&desk, 3, 61));
    desk.lock_mut(&key).unwrap().writing(3, at(2));
    desk.lock_mut(&key).unwrap().writing(4, at(45));
    assert!(!sure(&desk, 3, 50) && !sure(&desk, 4, 50) && sure(&desk, 5, 50));
    let added = json!({ "type": 6, "event": 14, "parameters": { "userId": 9 } });
    event(&mut desk, "notification", added, at(51));
    assert!(!sure(&desk, 5, 52));
}

/// Pain 11: a lock that fell silent is looked for, soon at first, then less; its first sign ends that.
#[test]
fn a_silent_lock_is_looked_for() {
    let (mut desk, key) = desk();
    desk.checked(5, Some(1), at(0));
    assert!(events(&desk.silent(&key, NOW, at(0)))[0].contains("reachable: false"));
    assert_eq!(desk.view(&key, 1, at(0)).unwrap().bolt, None, "locked is not said of a lock that is gone");
    assert!(desk.silent(&key, NOW, at(1)).is_empty(), "said once");
    let pings = |desk: &mut Desk, from: u64, to: u64| {
        (from..to).filter(|s| chores(&desk.tick(at(*s), NOW)).contains(&"ping")).count()
    };
    let minute = pings(&mut desk, 0, 60);
    assert!((4..=6).contains(&minute), "{minute} in the first minute");
    let hour = pings(&mut desk, 60, 3600);
    assert!((85..=115).contains(&hour), "{hour} in the first hour");
    assert_eq!(pings(&mut desk, 3600, 7200), 30, "every two minutes then");
    let out = event(&mut desk, "alive", json!({}), at(7200));
    assert!(events(&out)[0].contains("reachable: true"), "{out:?}");
    assert_eq!(chores(&out), ["state"], "where its bolt is now, is asked");
    assert_eq!(pings(&mut desk, 7200, 9000), 0);
}

/// *Locked* is not said of a lock that is gone, and another device under the same number is another lock.
#[test]
fn what_was_known_ends_with_what_it_rested_on() {
    let (mut desk, key) = desk();
    assert_eq!(desk.view(&key, 1, at(1)).unwrap().bolt, Some(Bolt::Extended));
    desk.disconnected("gone");
    assert_eq!(desk.view(&key, 1, at(2)).unwrap().bolt, None);
    let out = described(&mut desk, 2, at(3));
    let told = events(&out);
    assert!(told[0].contains("Lost") && told[1].contains("Found"), "{told:?}");
    assert!(desk.view(&key, 1, at(4)).is_none());
    assert_eq!(chores(&out), ["state"], "where the bolt is, is asked anew");
    let state: FullState =
        serde_json::from_value(json!({ "controller": { "homeId": 8 }, "nodes": [] })).unwrap();
    assert!(events(&desk.listening(state, 8, at(5)))[0].contains("Lost"), "another stick, another network");
}

#[test]
fn a_jam_ends_with_the_next_whole_move() {
    let (mut desk, _) = desk();
    let lock_state = json!({ "commandClass": 113, "endpoint": 0, "property": "Access Control",
        "propertyKey": "Lock state", "newValue": 11 });
    assert!(events(&event(&mut desk, "value updated", lock_state, at(1)))[0].contains("jammed: Some(true)"));
    let unlocked = json!({ "type": 6, "event": 6, "parameters": { "userId": 3 } });
    let told = events(&event(&mut desk, "notification", unlocked, at(2)));
    assert!(told.iter().any(|told| told.contains("jammed: Some(false)")), "{told:?}");
    assert!(told.iter().any(|told| told.contains(&format!("{:?}", RecordKind::Unlocked))), "{told:?}");
    // a value of another endpoint, or of a node that is no lock, changes nothing
    let elsewhere = json!({ "commandClass": 98, "endpoint": 1, "property": "currentMode", "newValue": 0 });
    assert!(event(&mut desk, "value updated", elsewhere, at(3)).is_empty());
}
