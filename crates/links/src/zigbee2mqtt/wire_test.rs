//! The parser against real messages of Zigbee2MQTT 2.14.1 and against anything at all.

use access::Pin;
use proptest::prelude::*;

use super::{DoorState, Drop, LockState, STATE_MAX, UserStatus, devices, info, log_line, online, state};

/// As published by the running program for a Yale YRD256 with `expose_pin` on.
const KEYPAD_EVENT: &str = r#"{"action":"unlock","action_source":0,"action_source_name":"keypad","action_user":3,
"auto_relock_time":null,"battery":10,"battery_low":false,"linkquality":200,"lock_state":"locked","pin_code":null,
"sound_volume":null,"state":"LOCK","users":{"3":{"pin_code":"0471","status":"enabled"},"4":{"status":"available"}}}"#;

#[test]
fn a_keypad_event_is_read_whole() {
    let state = state(KEYPAD_EVENT.as_bytes()).unwrap();
    assert_eq!(state.action.as_deref(), Some("unlock"));
    assert_eq!(state.action_user, Some(3));
    assert_eq!(state.action_source_name.as_deref(), Some("keypad"));
    assert_eq!(state.lock_state, Some(LockState::Locked));
    assert_eq!((state.battery, state.linkquality), (Some(10), Some(200)));
    assert_eq!(state.users[&4].status, UserStatus::Available);
    assert!(state.users[&3].is(&Pin::parse("0471").unwrap()), "leading zeros live");
    assert!(!state.users[&3].is(&Pin::parse("4710").unwrap()));
    assert!(!state.users[&3].is(&Pin::parse("00471").unwrap()));
}

/// S5: no code in `Debug`.
#[test]
fn a_code_does_not_show() {
    let state = state(KEYPAD_EVENT.as_bytes()).unwrap();
    assert!(!format!("{state:?}").contains("471"));
}

#[test]
fn masks_and_numbers_are_no_values() {
    let text = r#"{"users":{"1":{"status":"enabled","pin_code":"****"},"2":{"status":"enabled","pin_code":471},
        "3":{"status":"not_supported_255"},"x":{"status":"enabled"},"70000":{"status":"enabled"}}}"#;
    let state = state(text.as_bytes()).unwrap();
    assert_eq!(state.users.len(), 3);
    assert!(!state.users[&1].has_value() && !state.users[&2].has_value());
    assert_eq!(state.users[&3].status, UserStatus::Unknown);
}

#[test]
fn one_odd_field_does_not_cost_the_others() {
    let state =
        state(br#"{"lock_state":"ajar?","battery":"full","linkquality":7,"door_state":"error_jammed"}"#)
            .unwrap();
    assert_eq!((state.lock_state, state.battery), (None, None));
    assert_eq!((state.linkquality, state.door_state), (Some(7), Some(DoorState::ErrorJammed)));
}

#[test]
fn what_is_not_an_object_is_malformed() {
    for text in
        ["", "LOCK", "null", "[]", "3", "{\"a\":", "{\"action\":\"lock\",\"action\":\"unlock\"}", "\u{0}"]
    {
        assert_eq!(state(text.as_bytes()).err(), Some(Drop::Malformed), "{text:?}");
    }
    assert_eq!(state(&[0xff, 0xfe]).err(), Some(Drop::Malformed));
}

#[test]
fn limits_hold() {
    let large = format!("{{\"x\":\"{}\"}}", "a".repeat(STATE_MAX));
    assert_eq!(state(large.as_bytes()).err(), Some(Drop::Oversized));
    let deep = format!("{{\"users\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(state(deep.as_bytes()).unwrap().users.is_empty());
    let many: Vec<String> = (0..1100).map(|n| format!("\"{n}\":{{\"status\":\"enabled\"}}")).collect();
    assert_eq!(
        state(format!("{{\"users\":{{{}}}}}", many.join(",")).as_bytes()).err(),
        Some(Drop::Oversized)
    );
    assert_eq!(online(&vec![b' '; 5000]).err(), Some(Drop::Oversized));
}

#[test]
fn both_forms_of_online_are_known() {
    assert_eq!(online(br#"{"state":"online"}"#), Ok(true));
    assert_eq!(online(b"offline"), Ok(false));
    assert_eq!(online(b"on fire"), Err(Drop::Malformed));
}

#[test]
fn a_device_that_cannot_be_read_is_left_out() {
    let text = r#"[{"ieee_address":"0x000d6f0011223344","friendly_name":"front","definition":{"vendor":"Yale",
        "model":"YRD256HA20BP","exposes":[{"type":"lock","features":[{"property":"lock_state","type":"enum"}]}]}},
        {"ieee_address":17},{"ieee_address":"0x000d6f001122334g","friendly_name":"g"},
        {"ieee_address":"0x000d6f0011223345","friendly_name":"a/#"}]"#;
    let list = devices(text.as_bytes()).unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].definition.as_ref().unwrap().exposes[0].kind, "lock");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Every parser takes any bytes without a panic.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = (state(&bytes).is_ok(), devices(&bytes).is_ok(), info(&bytes).is_ok());
        let _ = (online(&bytes).is_ok(), log_line(&bytes).is_ok());
    }

    /// A real message with bytes changed, cut or doubled is read or dropped, and never shows its code.
    #[test]
    fn a_real_message_damaged(cut in 0usize..400, at in 0usize..400, byte in any::<u8>()) {
        let mut bytes = KEYPAD_EVENT.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        if let Ok(state) = state(&bytes) {
            let shown = format!("{:?}", state.users);
            prop_assert!(!shown.contains("0471"), "a code shows");
        }
    }

    /// Any value in any known field.
    #[test]
    fn any_value_in_a_field(
        name in prop::sample::select(vec!["lock_state", "door_state", "battery", "voltage", "linkquality",
            "action", "action_user", "action_source_name", "users", "doorward_limits", "battery_low"]),
        value in prop::sample::select(vec!["null", "-1", "1e308", "\"\"", "{}", "[]", "true", "99999999999999999999",
            "{\"1\":null}", "\"\\u0000\"", "\"locked\"", "{\"numOfPinUsersSupported\":0,\"maxPinLen\":0,\"minPinLen\":0}"]),
    ) {
        let parsed = state(format!("{{\"{name}\":{value}}}").as_bytes());
        prop_assert!(parsed.is_ok());
        let parsed = parsed.unwrap();
        prop_assert!(parsed.battery.is_none_or(|b| b <= 100));
        prop_assert!(parsed.limits.is_none());
    }
}
