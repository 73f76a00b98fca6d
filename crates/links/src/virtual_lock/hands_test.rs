//! The hub's words for hands and pictures against the lock's own: neither room may import the other, so that this is
//! where they are held together (decision 8). Sends nothing.

use hub::ports::body::{Hand, Key, RadioFaults, Turner};
use hub::ports::{BodyState, Mode};
use serde_json::{Value, json};
use virtual_lock::hand as theirs;

/// The place of every hand in [`every_hand`]: a hand that is added to the port and not there does not compile.
fn place(hand: &Hand) -> usize {
    match hand {
        Hand::Press { .. } => 0,
        Hand::Turn { .. } => 1,
        Hand::Door { .. } => 2,
        Hand::ForceDoor => 3,
        Hand::PrivacyButton => 4,
        Hand::FactoryReset => 5,
        Hand::Cover { .. } => 6,
        Hand::Finger { .. } => 7,
        Hand::StrangeFinger => 8,
        Hand::Card { .. } => 9,
        Hand::SetBattery { .. } => 10,
        Hand::ReplaceBattery => 11,
        Hand::Power { .. } => 12,
        Hand::PowerCutAt { .. } => 13,
        Hand::Radio { .. } => 14,
        Hand::RadioFaults(_) => 15,
        Hand::Jam { .. } => 16,
        Hand::LoseClock => 17,
        Hand::WrongClock { .. } => 18,
        Hand::WetKeypad { .. } => 19,
        Hand::PushBolt { .. } => 20,
        Hand::BoltSensor { .. } => 21,
        Hand::DoorSensor { .. } => 22,
        Hand::Temperature { .. } => 23,
        Hand::MotorSpeed { .. } => 24,
    }
}

fn radio() -> RadioFaults {
    RadioFaults { delay_ms: 1, jitter_ms: 2, loss: 3, duplicate: 4, sleep_ms: 5 }
}

/// Every hand, each with values of its own.
fn every_hand() -> Vec<Hand> {
    vec![
        Hand::Press { key: Key::Digit(7) },
        Hand::Turn { with: Turner::Thumbturn, lock: true },
        Hand::Door { open: true },
        Hand::ForceDoor,
        Hand::PrivacyButton,
        Hand::FactoryReset,
        Hand::Cover { off: true },
        Hand::Finger { template: 65_535 },
        Hand::StrangeFinger,
        Hand::Card { number: u32::MAX, copied: true },
        Hand::SetBattery { percent: 100 },
        Hand::ReplaceBattery,
        Hand::Power { on: true },
        Hand::PowerCutAt { position: 1000 },
        Hand::Radio { reach: true },
        Hand::RadioFaults(radio()),
        Hand::Jam { on: true },
        Hand::LoseClock,
        Hand::WrongClock { seconds: -31_536_000 },
        Hand::WetKeypad { drops: 1000 },
        Hand::PushBolt { to: 999 },
        Hand::BoltSensor { works: true },
        Hand::DoorSensor { works: true },
        Hand::Temperature { celsius: -40 },
        Hand::MotorSpeed { travel_ms: 10_000 },
    ]
}

/// A hand of the lock in the hub's words, field by field. It names every hand and every field, so that one which is
/// added to either side does not compile until it is in both.
fn back(hand: theirs::Hand) -> Hand {
    match hand {
        theirs::Hand::Press { key: theirs::Key(key) } => Hand::Press { key: key_back(key) },
        theirs::Hand::Turn { with: theirs::Turner::Key, lock } => Hand::Turn { with: Turner::Key, lock },
        theirs::Hand::Turn { with: theirs::Turner::Thumbturn, lock } => {
            Hand::Turn { with: Turner::Thumbturn, lock }
        }
        theirs::Hand::Door { open } => Hand::Door { open },
        theirs::Hand::ForceDoor => Hand::ForceDoor,
        theirs::Hand::PrivacyButton => Hand::PrivacyButton,
        theirs::Hand::FactoryReset => Hand::FactoryReset,
        theirs::Hand::Cover { off } => Hand::Cover { off },
        theirs::Hand::Finger { template } => Hand::Finger { template },
        theirs::Hand::StrangeFinger => Hand::StrangeFinger,
        theirs::Hand::Card { number, copied } => Hand::Card { number, copied },
        theirs::Hand::SetBattery { percent } => Hand::SetBattery { percent },
        theirs::Hand::ReplaceBattery => Hand::ReplaceBattery,
        theirs::Hand::Power { on } => Hand::Power { on },
        theirs::Hand::PowerCutAt { position } => Hand::PowerCutAt { position },
        theirs::Hand::Radio { reach } => Hand::Radio { reach },
        theirs::Hand::RadioFaults(theirs::RadioFaults { delay_ms, jitter_ms, loss, duplicate, sleep_ms }) => {
            Hand::RadioFaults(RadioFaults { delay_ms, jitter_ms, loss, duplicate, sleep_ms })
        }
        theirs::Hand::Jam { on } => Hand::Jam { on },
        theirs::Hand::LoseClock => Hand::LoseClock,
        theirs::Hand::WrongClock { seconds } => Hand::WrongClock { seconds },
        theirs::Hand::WetKeypad { drops } => Hand::WetKeypad { drops },
        theirs::Hand::PushBolt { to } => Hand::PushBolt { to },
        theirs::Hand::BoltSensor { works } => Hand::BoltSensor { works },
        theirs::Hand::DoorSensor { works } => Hand::DoorSensor { works },
        theirs::Hand::Temperature { celsius } => Hand::Temperature { celsius },
        theirs::Hand::MotorSpeed { travel_ms } => Hand::MotorSpeed { travel_ms },
    }
}

fn key_back(key: lock::Key) -> Key {
    match key {
        lock::Key::Digit(digit) => Key::Digit(digit),
        lock::Key::Enter => Key::Enter,
        lock::Key::Clear => Key::Clear,
        lock::Key::Lock => Key::Lock,
    }
}

/// What the lock's end makes of a hand that the hub sends.
fn received(hand: &Hand) -> theirs::Hand {
    let sent = serde_json::to_vec(&json!({ "id": 7, "hand": hand })).unwrap();
    let request: theirs::Request = serde_json::from_slice(&sent).unwrap();
    assert_eq!(request.id, 7);
    request.hand.unwrap()
}

#[test]
fn every_hand_arrives_as_it_was_meant() {
    let hands = every_hand();
    for (at, hand) in hands.iter().enumerate() {
        assert_eq!(place(hand), at, "{hand:?}");
        assert_eq!(&back(received(hand)), hand);
    }
    for key in (0..=9).map(Key::Digit).chain([Key::Enter, Key::Clear, Key::Lock]) {
        let press = Hand::Press { key };
        assert_eq!(back(received(&press)), press);
    }
    for with in [Turner::Key, Turner::Thumbturn] {
        let turn = Hand::Turn { with, lock: false };
        assert_eq!(back(received(&turn)), turn);
    }
}

#[test]
fn a_hand_that_the_lock_does_not_know_is_refused() {
    for bad in [
        json!({"id": 1, "hand": {"do": "kick"}}),
        json!({"id": 1, "hand": {"do": "jam", "on": true, "harder": true}}),
        json!({"id": 1, "hand": {"do": "press", "key": "10"}}),
        json!({"id": 1, "hand": {"do": "turn", "with": "spoon", "lock": true}}),
    ] {
        assert!(serde_json::from_value::<theirs::Request>(bad.clone()).is_err(), "{bad}");
    }
}

/// A picture in which no field has the value that it has by default.
fn picture(mode: &'static str) -> theirs::BodyState {
    theirs::BodyState {
        at: 1_780_000_000_123,
        powered: true,
        bolt: 450,
        moving: true,
        door_open: true,
        keypad: theirs::Keypad {
            pressed: 4,
            light: "amber",
            sound: "short click",
            meaning: "Refused",
            count: 9,
        },
        battery: theirs::Battery {
            percent: 61,
            millivolts: 5_900,
            under_load_millivolts: 5_400,
            celsius: -11,
            level: "reserve",
        },
        troubles: theirs::Troubles {
            out_of_reach: true,
            radio: theirs::RadioFaults { delay_ms: 1, jitter_ms: 2, loss: 3, duplicate: 4, sleep_ms: 5 },
            jam: true,
            power_cut_at: Some(500),
            wet_keypad: 30,
            bolt_sensor_dead: true,
            door_sensor_dead: true,
            cover_off: true,
            travel_ms: 1_200,
        },
        locked_out_until: Some(1_780_000_010_456),
        clock: Some(1_780_000_001),
        clock_trusted: true,
        mode,
        rehearsing: true,
        decision: Some(theirs::Decision {
            at: 1_780_000_000_001,
            asked: "unlock",
            source: "keypad",
            credential: Some("code in slot 3".to_owned()),
            user: Some(3),
            schedule: "week-day schedule",
            mode,
            lockout_s: 60,
            allowed: true,
            result: "Opened.".to_owned(),
        }),
        unsent_records: 12,
        frames_dropped: 34,
    }
}

/// Through the hub's words and out again: whatever the hub does not know, or reads otherwise, is missing or different.
fn through_the_hub(sent: &theirs::BodyState) -> (BodyState, Value, Value) {
    let sent = serde_json::to_value(sent).unwrap();
    let seen: BodyState = serde_json::from_value(sent.clone()).unwrap();
    let again = serde_json::to_value(&seen).unwrap();
    (seen, sent, again)
}

#[test]
fn a_picture_arrives_whole() {
    let (seen, sent, again) = through_the_hub(&picture("privacy"));
    assert_eq!(sent, again);
    assert_eq!(seen.mode, Mode::Privacy);
    assert_eq!(seen.troubles.radio, radio());
    assert_eq!(seen.at.as_millisecond(), 1_780_000_000_123);
    assert_eq!(seen.locked_out_until.map(|at| at.as_millisecond()), Some(1_780_000_010_456));
    assert_eq!(seen.clock.map(|at| at.as_second()), Some(1_780_000_001));
    assert_eq!(seen.decision.map(|d| d.at.as_millisecond()), Some(1_780_000_000_001));
}

#[test]
fn a_picture_arrives_without_what_is_not_known() {
    let bare = theirs::BodyState {
        locked_out_until: None,
        clock: None,
        decision: None,
        troubles: theirs::Troubles { power_cut_at: None, ..picture("normal").troubles },
        ..picture("normal")
    };
    let (seen, sent, again) = through_the_hub(&bare);
    assert_eq!(sent, again);
    assert_eq!((seen.locked_out_until, seen.clock, seen.decision), (None, None, None));
}

#[test]
fn every_mode_of_the_lock_has_a_word_for_the_hub() {
    for (word, mode) in [
        ("normal", Mode::Normal),
        ("vacation", Mode::Vacation),
        ("privacy", Mode::Privacy),
        ("no_remote", Mode::NoRemote),
        ("passage", Mode::Passage),
    ] {
        let (seen, sent, again) = through_the_hub(&picture(word));
        assert_eq!(seen.mode, mode);
        assert_eq!(sent, again);
    }
}
