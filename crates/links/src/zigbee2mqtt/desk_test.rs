//! The desk with messages as Zigbee2MQTT sends them, and with messages that nobody ought to send.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use hub::ports::{Bolt, LinkError, LinkEvent};
use proptest::prelude::*;

use super::{Desk, Out};
use crate::zigbee2mqtt::ask::{Answer, Question};
use crate::zigbee2mqtt::counters::Counters;

const KEY: &str = "0x000d6f0011223344";
const DEVICES: &str = r#"[{"ieee_address":"0x00124b00aabbccdd","friendly_name":"Coordinator","type":"Coordinator"},
{"ieee_address":"0x000d6f0011223344","friendly_name":"front","power_source":"Battery","definition":{"vendor":"Yale",
"model":"YRD256HA20BP","exposes":[{"type":"lock","features":[{"property":"lock_state"}]},
{"type":"composite","property":"pin_code"}]}}]"#;

struct Bench {
    desk: Desk,
    counters: Arc<Counters>,
    now: Duration,
}

impl Bench {
    fn new() -> Self {
        let counters = Arc::new(Counters::default());
        Self {
            desk: Desk::new("z".into(), "zigbee2mqtt".into(), counters.clone()),
            counters,
            now: Duration::ZERO,
        }
    }

    /// Connected, online, one lock known and heard.
    fn up() -> Self {
        let mut bench = Self::new();
        bench.desk.connected(bench.now);
        bench.tell("bridge/devices", DEVICES, true);
        bench.tell("bridge/state", r#"{"state":"online"}"#, true);
        bench.tell(
            "front",
            r#"{"lock_state":"locked","battery":80,"linkquality":100,"state":"LOCK"}"#,
            false,
        );
        bench
    }

    fn tell(&mut self, topic: &str, payload: &str, retained: bool) -> Vec<Out> {
        self.now += Duration::from_millis(10);
        self.desk.message(&format!("zigbee2mqtt/{topic}"), payload.as_bytes(), retained, self.now)
    }

    fn events(&mut self, topic: &str, payload: &str) -> Vec<String> {
        events(&self.tell(topic, payload, false))
    }
}

/// Events in short form.
fn events(out: &[Out]) -> Vec<String> {
    out.iter()
        .filter_map(|out| match out {
            Out::Event(LinkEvent::Record { record, .. }) => {
                Some(format!("{:?} {:?} {:?}", record.kind, record.source, record.slot))
            }
            Out::Event(LinkEvent::Report { report, .. }) => Some(format!(
                "bolt {:?} battery {:?} jammed {:?}",
                report.bolt, report.battery_percent, report.jammed
            )),
            Out::Event(LinkEvent::Contact { reachable, .. }) => Some(format!("contact {reachable}")),
            Out::Event(LinkEvent::Slot { slot, taken, .. }) => Some(format!("slot {slot} {taken}")),
            Out::Event(LinkEvent::Found { name, .. }) => Some(format!("found {name}")),
            Out::Event(LinkEvent::Lost { .. }) => Some("lost".into()),
            Out::Event(LinkEvent::Up) => Some("up".into()),
            Out::Event(LinkEvent::Down { .. }) => Some("down".into()),
            _ => None,
        })
        .collect()
}

/// S2: a lock is found by what it exposes, and asked where it stands.
#[test]
fn a_lock_is_found_and_asked() {
    let mut bench = Bench::new();
    let out = bench.desk.connected(bench.now);
    assert!(matches!(&out[0], Out::Subscribe(topics) if topics[0] == "zigbee2mqtt/bridge/state"));
    let out = bench.tell("bridge/devices", DEVICES, true);
    assert!(events(&out).is_empty(), "nothing is told before Zigbee2MQTT is there");
    assert!(matches!(&out[0], Out::Subscribe(topics) if topics[0] == "zigbee2mqtt/front"));
    let out = bench.tell("bridge/state", "online", true);
    assert_eq!(events(&out), ["up", "found front"]);
    assert!(matches!(out.last(), Some(Out::Ask(topic, _)) if *topic == format!("zigbee2mqtt/{KEY}/get")));
    let out = bench.tell("front", r#"{"lock_state":"locked","battery":80}"#, false);
    assert_eq!(events(&out), ["contact true", "bolt Some(Extended) battery Some(80) jammed None"]);
    assert!(matches!(out.last(), Some(Out::Ask(_, q)) if q.contains("maxPinLen")), "{out:?}");
}

/// E1: an entry is a record; it does not move the bolt of the page.
#[test]
fn an_operation_event_does_not_change_the_state() {
    let mut bench = Bench::up();
    let event = r#"{"action":"unlock","action_source_name":"keypad","action_user":3,"lock_state":"locked","battery":80}"#;
    assert_eq!(bench.events("front", event), ["Unlocked Keypad Some(3)"]);
    assert_eq!(
        bench.events("front", r#"{"lock_state":"unlocked","battery":80}"#),
        ["bolt Some(Retracted) battery None jammed None"]
    );
    assert_eq!(
        bench.events("front", r#"{"lock_state":"not_fully_locked"}"#),
        ["bolt Some(Between) battery None jammed None"]
    );
}

/// A12: what the broker kept is no news, whoever put it there.
#[test]
fn retained_messages_move_nothing() {
    let mut bench = Bench::up();
    for payload in [r#"{"action":"unlock","action_user":3}"#, r#"{"lock_state":"unlocked"}"#, "UNLOCK"] {
        assert!(bench.tell("front", payload, true).is_empty(), "{payload}");
    }
    assert!(bench.tell("bridge/logging", r#"{"level":"error","message":"x"}"#, true).is_empty());
    assert_eq!(bench.counters.snapshot().retained, 4);
}

#[test]
fn strange_messages_are_counted_and_dropped() {
    let mut bench = Bench::up();
    let large = format!(r#"{{"lock_state":"unlocked","x":"{}"}}"#, "x".repeat(70_000));
    for (topic, payload) in [
        ("front", "UNLOCK"),
        ("front", large.as_str()),
        ("front/set", r#"{"state":"UNLOCK"}"#),
        ("back", r#"{"lock_state":"unlocked"}"#),
        ("bridge/devices", "[{"),
        ("bridge/state", "maybe"),
    ] {
        assert!(bench.tell(topic, payload, false).is_empty(), "{topic}");
    }
    assert!(bench.desk.message("elsewhere/front", b"{}", false, bench.now).is_empty());
    let counts = bench.counters.snapshot();
    assert_eq!((counts.oversized, counts.malformed, counts.unknown), (1, 3, 3));
    assert_eq!(bench.desk.view(KEY).unwrap().bolt, Some(Bolt::Extended));
}

#[test]
fn a_code_changed_at_the_lock_is_told_and_ours_is_not() {
    let mut bench = Bench::up();
    let added = r#"{"action":"pin_code_added","action_source_name":"keypad","action_user":4}"#;
    assert_eq!(bench.events("front", added), ["CodeChanged Keypad Some(4)", "slot 4 true"]);
    bench.desk.writing(KEY, 5, bench.now);
    let ours = r#"{"action":"pin_code_added","action_source_name":"rf","action_user":5}"#;
    assert!(bench.events("front", ours).is_empty());
    let users = r#"{"users":{"6":{"status":"enabled"},"7":{"status":"available"}}}"#;
    assert_eq!(bench.events("front", users), ["slot 6 true", "slot 7 false"]);
    assert!(bench.events("front", users).is_empty(), "repeated");
}

#[test]
fn an_answer_reaches_its_question() {
    let mut bench = Bench::up();
    let mut answer = bench.desk.ask(KEY, Question::User(3)).unwrap();
    assert!(bench.events("front", r#"{"battery":79}"#).len() == 1);
    assert!(answer.try_recv().unwrap().is_none());
    assert!(bench.events("front", r#"{"battery":79,"users":{"3":{"status":"enabled"}}}"#).is_empty());
    assert!(matches!(answer.try_recv().unwrap(), Some(Answer::User { repeated: false, .. })));

    let mut again = bench.desk.ask(KEY, Question::User(3)).unwrap();
    bench.events("front", r#"{"battery":78,"users":{"3":{"status":"enabled"}}}"#);
    assert!(again.try_recv().unwrap().is_none(), "the battery was the reason of this message");
    bench.events("front", r#"{"battery":78,"linkquality":90,"users":{"3":{"status":"enabled"}}}"#);
    assert!(matches!(again.try_recv().unwrap(), Some(Answer::User { repeated: true, .. })));
}

#[test]
fn a_failure_ends_the_question_and_the_contact() {
    let mut bench = Bench::up();
    let mut read = bench.desk.ask(KEY, Question::User(3)).unwrap();
    let mut bolt = bench.desk.ask(KEY, Question::Bolt { target: Bolt::Retracted, change: true }).unwrap();
    let line =
        r#"{"level":"error","message":"z2m: Publish 'get' 'pin_code' to 'front' failed: 'Error: Timeout'"}"#;
    assert_eq!(bench.events("bridge/logging", line), ["contact false"]);
    assert!(matches!(read.try_recv().unwrap(), Some(Answer::Failed(LinkError::Unreachable(_)))));
    assert!(bolt.try_recv().unwrap().is_none());
    assert_eq!(bench.events("front", r#"{"battery":79}"#)[0], "contact true");
}

#[test]
fn down_ends_every_question_and_up_starts_anew() {
    let mut bench = Bench::up();
    let answer = bench.desk.ask(KEY, Question::Alive).unwrap();
    assert_eq!(bench.events("bridge/state", r#"{"state":"offline"}"#), ["down"]);
    assert!(matches!(answer.now_or_never(), Some(Ok(Answer::Failed(_)))));
    assert!(!bench.desk.is_up());
    assert!(bench.events("front", r#"{"lock_state":"unlocked"}"#).is_empty(), "nobody is there to say so");
    assert_eq!(bench.events("bridge/state", r#"{"state":"online"}"#), ["up", "found front"]);
    let first = bench.events("front", r#"{"lock_state":"locked"}"#);
    assert_eq!(first, ["contact true", "bolt Some(Extended) battery None jammed None"]);
}

#[test]
fn names_change_and_locks_go() {
    let mut bench = Bench::up();
    let renamed = DEVICES.replace("\"front\"", "\"hall/front\"");
    let out = bench.tell("bridge/devices", &renamed, false);
    assert_eq!(events(&out), ["found hall/front"]);
    assert!(out.iter().any(|o| matches!(o, Out::Unsubscribe(t) if t[0] == "zigbee2mqtt/front")));
    assert_eq!(bench.events("hall/front", r#"{"battery":3}"#).len(), 1);
    assert_eq!(bench.events("bridge/devices", "[]"), ["lost"]);
    assert!(bench.desk.view(KEY).is_none());
}

#[test]
fn what_the_lock_and_the_settings_say_changes_what_it_can_do() {
    let mut bench = Bench::up();
    let limits = r#"{"doorward_limits":{"numOfPinUsersSupported":50,"maxPinLen":8,"minPinLen":6}}"#;
    assert_eq!(bench.events("front", limits), ["found front"]);
    assert_eq!(bench.desk.view(KEY).unwrap().capabilities.slots, 49);
    assert_eq!(bench.desk.view(KEY).unwrap().capabilities.lockout, None);
    let rule = limits.replace(
        "\"maxPinLen\"",
        "\"wrongCodeEntryLimit\":5,\"userCodeTemporaryDisableTime\":60,\"maxPinLen\"",
    );
    assert_eq!(bench.events("front", &rule), ["found front"]);
    assert_eq!(bench.desk.view(KEY).unwrap().capabilities.lockout, Some(access::LockoutRule::Short));
    let info = r#"{"version":"2.14.1","config":{"devices":{"0x000d6f0011223344":{"expose_pin":true}}}}"#;
    assert_eq!(bench.events("bridge/info", info), ["found front"]);
    assert_eq!(bench.desk.view(KEY).unwrap().capabilities.read_back, access::ReadBack::Value);
    assert!(bench.events("bridge/info", info).is_empty());
}

#[test]
fn silence_is_said() {
    let mut bench = Bench::new();
    bench.desk.connected(Duration::ZERO);
    assert!(bench.desk.tick(Duration::from_secs(9)).is_empty());
    assert_eq!(events(&bench.desk.tick(Duration::from_secs(10))), ["down"]);
    assert!(bench.desk.tick(Duration::from_secs(30)).is_empty(), "once");

    let mut bench = Bench::new();
    bench.desk.connected(Duration::ZERO);
    bench.tell("bridge/devices", DEVICES, true);
    bench.tell("bridge/state", "online", true);
    let mut asked = 0;
    for second in 1..60 {
        let out = bench.desk.tick(Duration::from_secs(second));
        asked += out.iter().filter(|o| matches!(o, Out::Ask(..))).count();
        if events(&out) == ["contact false"] {
            assert_eq!(asked, 2, "three times in all");
            return;
        }
    }
    panic!("a lock that never answers must be said to be out of reach");
}

/// Where Zigbee2MQTT watches who is there, its word counts more than what it remembers.
#[test]
fn availability_is_believed() {
    let mut bench = Bench::new();
    bench.desk.connected(bench.now);
    bench.tell("bridge/state", "online", true);
    bench.tell("bridge/info", r#"{"config":{"availability":{"enabled":true}}}"#, true);
    bench.tell("bridge/devices", DEVICES, true);
    let remembered = bench.events("front", r#"{"lock_state":"locked"}"#);
    assert_eq!(remembered, ["bolt Some(Extended) battery None jammed None"]);
    let told = bench.tell("front/availability", r#"{"state":"offline"}"#, true);
    assert_eq!(events(&told), ["contact false"]);
    assert_eq!(bench.events("front/availability", r#"{"state":"online"}"#), ["contact true"]);
    assert!(bench.events("front/availability", "").is_empty(), "cleared after a rename");
}

#[test]
fn a_jam_is_a_record_and_a_report() {
    let mut bench = Bench::up();
    assert_eq!(
        bench.events("front", r#"{"door_state":"error_jammed"}"#),
        ["Jammed Unknown None", "bolt None battery None jammed Some(true)"]
    );
    assert!(bench.events("front", r#"{"door_state":"error_jammed"}"#).is_empty());
}

fn topic() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "zigbee2mqtt/front",
            "zigbee2mqtt/front/set",
            "zigbee2mqtt/front/action",
            "zigbee2mqtt/bridge/state",
            "zigbee2mqtt/bridge/devices",
            "zigbee2mqtt/bridge/info",
            "zigbee2mqtt/bridge/logging",
            "zigbee2mqtt/front/availability",
            "zigbee2mqtt",
            "zigbee2mqtt/",
            "other/front",
        ])
        .prop_map(str::to_owned),
        "[a-z/+#]{0,20}",
    ]
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            r#"{"lock_state":"unlocked","users":{"3":{"status":"enabled","pin_code":"0471"}}}"#,
            r#"{"action":"unlock","action_source_name":"keypad","action_user":3}"#,
            r#"{"action":"pin_code_deleted","action_source_name":"rf","action_user":70000}"#,
            r#"{"state":"online"}"#, r#"{"state":"offline"}"#, "online", DEVICES, "[]", "{}", "null",
            r#"{"state":"UNLOCK"}"#, r#"{"pin_code":{"user":1,"pin_code":"0471"}}"#,
            r#"{"level":"error","message":"z2m: Publish 'set' 'pin_code' to 'front' failed: 'Error: Timeout 0471'"}"#,
            r#"{"config":{"devices":{"0x000d6f0011223344":{"expose_pin":true}},"availability":{"enabled":true}}}"#,
        ]).prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..80),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever is said, in whatever order: no panic, no command to a bolt or a code slot, no code in an
    /// event, and nothing at all from a retained message of a lock.
    #[test]
    fn no_message_moves_a_bolt(messages in prop::collection::vec((topic(), payload(), any::<bool>()), 1..40)) {
        let mut bench = Bench::up();
        for (topic, payload, retained) in messages {
            bench.now += Duration::from_secs(1);
            let mut out = bench.desk.message(&topic, &payload, retained, bench.now);
            if retained && (topic.ends_with("/front") || topic.ends_with("/logging")) {
                prop_assert!(out.is_empty());
            }
            out.extend(bench.desk.tick(bench.now));
            for out in &out {
                if let Out::Ask(topic, question) = out {
                    prop_assert!(topic.ends_with("/get") || question.starts_with(r#"{"read":"#), "{out:?}");
                    prop_assert!(!question.contains("LOCK") && !question.contains("pin_code"), "{out:?}");
                }
                let shown = format!("{out:?}");
                prop_assert!(!shown.contains("0471"), "a code shows");
            }
        }
    }
}
