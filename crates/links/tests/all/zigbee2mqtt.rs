//! Journey 7 with the real Zigbee2MQTT: pairing, codes, entries, a keypad, battery, forged messages, a lock out
//! of reach, restarts. One test in chapters, because a start of Zigbee2MQTT takes seconds.

use std::time::{Duration, Instant};

use access::{Capabilities, Pin, ReadBack};
use hub::ports::{
    Ack, Bolt, Link, LinkError, LinkEvent, LockReport, Observed, Operation, RecordKind, RecordSource,
    SlotWrite, UnlockProof,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::capture;
use crate::processes::{Broker, LOCK, Zigbee2Mqtt, installed, password};
use crate::rig::{Rig, broker, config, front};

/// Codes that must never show anywhere; with leading zeros, and one of zeros alone.
const CODES: [&str; 4] = ["04719", "00000", "086420", "0975310"];

struct House {
    broker: Broker,
    z2m: Zigbee2Mqtt,
    rig: Rig,
    ca: String,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (broker, pki) = broker(folder.path());
        let z2m = Zigbee2Mqtt::start(folder.path(), &broker).unwrap();
        let rig = Rig::start(config(&broker, &pki.ca));
        Self { broker, z2m, rig, ca: pki.ca, _folder: folder }
    }

    /// The lock's own memory.
    fn lock(&self, hand: &str) -> Value {
        serde_json::from_str(&self.z2m.hand(hand).unwrap()).unwrap()
    }

    fn admin(&self, topic: &str, payload: &Value) {
        assert!(self.broker.publish("admin", topic, payload.to_string().as_bytes(), false).unwrap());
    }

    async fn bolt(&mut self, wanted: Bolt) {
        self.rig
            .until(&format!("bolt {wanted:?}"), |e| report(e).filter(|r| r.bolt == Some(wanted)).map(drop))
            .await;
    }

    async fn record(&mut self) -> (RecordKind, RecordSource, Option<u16>) {
        self.rig
            .until("record", |event| match event {
                LinkEvent::Record { record, .. } => Some((record.kind.clone(), record.source, record.slot)),
                _ => None,
            })
            .await
    }

    async fn found(&mut self, wanted: impl Fn(&Capabilities) -> bool) -> (String, String, Capabilities) {
        self.rig
            .until("lock found", |event| match event {
                LinkEvent::Found { name, model, capabilities, address } if wanted(capabilities) => {
                    assert_eq!(*address, front());
                    Some((name.clone(), model.clone(), capabilities.clone()))
                }
                _ => None,
            })
            .await
    }

    async fn read(&self, slot: u16, code: Option<&str>) -> Result<Observed, LinkError> {
        self.rig.link.read_slot(&front(), slot, code.map(|code| write(slot, code, true))).await
    }
}

fn report(event: &LinkEvent) -> Option<LockReport> {
    match event {
        LinkEvent::Report { report, .. } => Some(report.clone()),
        _ => None,
    }
}

fn write(slot: u16, code: &str, enabled: bool) -> SlotWrite {
    SlotWrite {
        slot,
        version: 1,
        pin: Pin::parse(code).unwrap(),
        enabled,
        validity: vec![],
        time_zone: "UTC".into(),
        not_after: None,
        once: false,
        purpose: hub::ports::Purpose::Ordinary,
    }
}

fn proof() -> UnlockProof {
    UnlockProof { actor: uuid::Uuid::nil() }
}

/// S2, L1, E1, S5, A12.
#[tokio::test]
async fn a_zigbee_lock_from_pairing_to_restart() {
    if !installed(&["mosquitto", "mosquitto_pub", "zigbee2mqtt"]) {
        return;
    }
    capture::start();
    let mut house = House::new().await;
    pairing(&mut house).await;
    codes(&mut house).await;
    refused_by_the_lock(&mut house).await;
    values_read_back(&mut house).await;
    operations(&mut house).await;
    entries(&mut house).await;
    latency(&mut house).await;
    forged(&mut house).await;
    planted(&mut house).await;
    out_of_reach(&mut house).await;
    broker_restarts(&mut house).await;
    zigbee2mqtt_restarts(&mut house).await;
    nothing_leaked(&house);
}

async fn pairing(house: &mut House) {
    house.rig.until("Up", |event| matches!(event, LinkEvent::Up).then_some(())).await;
    house.admin("zigbee2mqtt/bridge/request/permit_join", &json!({ "time": 60 }));
    let (name, model, _) = house.found(|_| true).await;
    assert_eq!((name.as_str(), model.as_str()), (LOCK, "Yale YRD256HA20BP"));
    // the lock's own limits are asked for and count more than the table: users 0 to 49, of which 0 is not used
    let (_, _, capabilities) = house.found(|capabilities| capabilities.slots == 49).await;
    assert_eq!((capabilities.first_slot, capabilities.code.min, capabilities.code.max), (1, 4, 8));
    assert_eq!(capabilities.read_back, ReadBack::Presence);
    assert!(capabilities.bolt_sensor && capabilities.remote && !capabilities.schedules.lease);
    house
        .admin("zigbee2mqtt/bridge/request/device/rename", &json!({ "from": LOCK, "to": "hall/front door" }));
    house.found(|_| true).await;
    // under its new name it is heard
    house.lock("/report?state=2");
    house.lock("/battery?half=40");
    let heard = |e: &LinkEvent| report(e).filter(|r| r.battery_percent == Some(20)).map(drop);
    house.rig.until("battery 20 %", heard).await;
    assert!(house.rig.told.iter().any(|e| e.contains("200/255")), "link quality: {:?}", house.rig.told);
}

async fn codes(house: &mut House) {
    assert_eq!(house.read(3, None).await, Ok(Observed::Empty));
    for (slot, code) in [(3, CODES[0]), (4, CODES[1])] {
        let answer = house.rig.link.write_slot(&front(), write(slot, code, true)).await;
        assert_eq!(answer, Ok(Ack::Accepted));
        assert_eq!(house.read(slot, Some(code)).await, Ok(Observed::Taken), "presence proves no value");
        // on the air and in the lock: the same digits, leading zeros and all
        assert_eq!(house.lock("/")["pins"][slot.to_string()]["pin"], code);
    }
    house.rig.link.write_slot(&front(), write(5, CODES[2], false)).await.unwrap();
    assert_eq!(house.read(5, None).await, Ok(Observed::Taken));
    assert_eq!(house.lock("/")["pins"]["5"]["status"], 3, "not enabled");
    house.rig.link.clear_slot(&front(), 5).await.unwrap();
    assert_eq!(house.read(5, None).await, Ok(Observed::Empty));
    assert_eq!(house.read(5, None).await, Ok(Observed::Empty), "and once more, though nothing changed");
    assert_eq!(house.lock("/")["pins"]["5"], Value::Null);
    assert_eq!(
        house.rig.link.clear_slot(&front(), 5).await,
        Ok(Ack::Accepted),
        "emptying an empty slot is done"
    );
    for (slot, code) in [(0, CODES[0]), (50, CODES[0]), (6, "123456789")] {
        let answer = house.rig.link.write_slot(&front(), write(slot, code, true)).await;
        assert!(matches!(answer, Err(LinkError::Rejected(_))), "{slot}: {answer:?}");
    }
}

/// Zigbee2MQTT does not tell that a lock refused a code: only reading back does.
async fn refused_by_the_lock(house: &mut House) {
    house.lock("/refuse?status=3");
    assert_eq!(house.rig.link.write_slot(&front(), write(6, CODES[0], true)).await, Ok(Ack::Accepted));
    assert_eq!(house.read(6, Some(CODES[0])).await, Ok(Observed::Empty));
    house.lock("/refuse?status=0");
    let mut ends = write(6, CODES[0], true);
    ends.not_after = Some(jiff::Timestamp::MAX);
    let answer = house.rig.link.write_slot(&front(), ends).await;
    assert!(matches!(answer, Err(LinkError::Unsupported(_))), "an end that nobody would keep: {answer:?}");
}

async fn values_read_back(house: &mut House) {
    let options = json!({ "id": LOCK, "options": { "expose_pin": true } });
    house.admin("zigbee2mqtt/bridge/request/device/options", &options);
    house.found(|capabilities| capabilities.read_back == ReadBack::Value).await;
    assert_eq!(house.read(3, Some(CODES[0])).await, Ok(Observed::Matches { enabled: true }));
    assert_eq!(house.read(3, Some(CODES[2])).await, Ok(Observed::Differs));
    house.rig.link.write_slot(&front(), write(3, CODES[3], false)).await.unwrap();
    assert_eq!(house.read(3, Some(CODES[3])).await, Ok(Observed::Matches { enabled: false }));
    assert_eq!(house.read(4, None).await, Ok(Observed::Taken));
}

async fn operations(house: &mut House) {
    let operate = |operation| {
        let link = house.rig.link.clone();
        async move { link.operate(&front(), operation, proof()).await }
    };
    assert_eq!(operate(Operation::Lock).await, Ok(Ack::Applied));
    assert_eq!(house.lock("/")["state"], 1);
    assert_eq!(operate(Operation::Lock).await, Ok(Ack::Applied), "locked already");
    assert_eq!(operate(Operation::Unlock).await, Ok(Ack::Applied));
    assert_eq!(house.lock("/")["state"], 2);
    assert_eq!(operate(Operation::Lock).await, Ok(Ack::Applied));
    house.bolt(Bolt::Extended).await;
    house.bolt(Bolt::Retracted).await;
    house.bolt(Bolt::Extended).await;
}

async fn entries(house: &mut House) {
    house.lock("/op?src=0&code=2&user=3");
    assert_eq!(house.record().await, (RecordKind::Unlocked, RecordSource::Keypad, Some(3)));
    let after = house.rig.during(Duration::from_millis(500)).await;
    assert!(
        !after.iter().any(|e| report(e).is_some_and(|r| r.bolt.is_some())),
        "an entry is not a state: {after:?}"
    );
    house.lock("/report?state=2");
    house.bolt(Bolt::Retracted).await;
    house.lock("/report?state=0");
    house.bolt(Bolt::Between).await;
    house.lock("/op?src=0&code=5&user=0");
    assert_eq!(house.record().await, (RecordKind::WrongCode, RecordSource::Keypad, None));
    house.lock("/op?src=2&code=13&user=0");
    assert_eq!(house.record().await, (RecordKind::Locked, RecordSource::Manual, None));
    house.lock("/report?state=1");
    house.bolt(Bolt::Extended).await;
    // a code programmed at the lock by hand: nobody here gave it
    house.lock("/program?code=2&user=7&pin=086420");
    assert_eq!(house.record().await, (RecordKind::CodeChanged, RecordSource::Keypad, Some(7)));
    let slot = |event: &LinkEvent| match event {
        LinkEvent::Slot { slot, taken, .. } => Some((*slot, *taken)),
        _ => None,
    };
    assert_eq!(house.rig.until("slot 7", slot).await, (7, true));
    assert_eq!(house.read(7, Some(CODES[0])).await, Ok(Observed::Differs));
}

/// From the hand at the keypad to Zigbee2MQTT's message (seen by a bare client) and to our event: our share is
/// the difference.
async fn latency(house: &mut House) {
    let (heard, mut at) = tokio::sync::mpsc::unbounded_channel();
    let ca = house.ca.clone();
    let port = house.broker.port;
    let watching = tokio::spawn(async move {
        let mut options = rumqttc::MqttOptions::new("watch", ("localhost", port));
        options.set_credentials("admin", password("admin").into_bytes());
        options.set_max_packet_size(Some(1 << 20));
        options.set_transport(rumqttc::Transport::tls(ca.into_bytes(), None, None));
        let (client, mut events) = rumqttc::AsyncClient::builder(options).capacity(8).build();
        client.subscribe("zigbee2mqtt/hall/front door", rumqttc::QoS::AtMostOnce).await.unwrap();
        loop {
            if let rumqttc::Event::Incoming(rumqttc::Packet::Publish(message)) = events.poll().await.unwrap()
                && message.payload.windows(8).any(|w| w == b"\"action\"")
            {
                heard.send(Instant::now()).unwrap();
            }
        }
    });
    house.rig.during(Duration::from_secs(1)).await;
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        let hand = Instant::now();
        house.lock("/op?src=0&code=2&user=3");
        house.record().await;
        let event = Instant::now();
        let message = at.recv().await.unwrap();
        theirs.push(message.saturating_duration_since(hand));
        ours.push(event.saturating_duration_since(message));
    }
    watching.abort();
    theirs.sort_unstable();
    ours.sort_unstable();
    let (_, memory) = house.z2m.footprint().unwrap_or_default();
    eprintln!(
        "Zigbee2MQTT: started in {:?}, peak memory {} MiB; keypad to its message {:?} (median of 20); our link adds {:?}",
        house.z2m.started_in,
        memory / 1024,
        theirs[10],
        ours[10]
    );
    assert!(ours[10] < Duration::from_millis(100), "{ours:?}");
}

/// A12: whoever is at the broker cannot make the hub move a bolt or believe an oversized or broken message.
async fn forged(house: &mut House) {
    let before = house.rig.link.counts();
    let state = "zigbee2mqtt/hall/front door";
    let publish =
        |user: &str, topic: &str, payload: &[u8]| house.broker.publish(user, topic, payload, false).unwrap();
    assert!(
        !publish("guest", &format!("zigbee2mqtt/{LOCK}/set"), br#"{"state":"UNLOCK"}"#),
        "the access list"
    );
    assert!(
        !publish("hub", "zigbee2mqtt/bridge/request/permit_join", br#"{"time":60}"#),
        "the hub may not pair"
    );
    let large = format!(r#"{{"lock_state":"unlocked","x":"{}"}}"#, "x".repeat(200_000));
    for payload in [large.as_bytes(), b"UNLOCK", b"\xff\x00", br#"["lock_state"]"#, b"{\"action\":"] {
        assert!(publish("admin", state, payload));
    }
    assert!(publish("admin", &format!("{state}/action"), b"unlock"));
    assert!(publish("admin", "zigbee2mqtt/bridge/devices", b"nonsense"));
    assert!(publish("admin", "zigbee2mqtt/bridge/state", b"nonsense"));
    // larger than the broker may send to us at all
    assert!(publish("admin", state, &vec![b'x'; 10 << 20]));
    let came = house.rig.during(Duration::from_secs(1)).await;
    assert!(came.is_empty(), "{came:?}");
    let counts = house.rig.link.counts();
    assert_eq!(counts.oversized - before.oversized, 1);
    assert_eq!(counts.malformed - before.malformed, 6);
    assert_eq!(counts.connections, before.connections, "the connection lives");
    assert_eq!(house.lock("/")["state"], 1, "the bolt has not moved");
}

/// A12: what waits at the broker for a new connection is no news.
async fn planted(house: &mut House) {
    let state = "zigbee2mqtt/hall/front door";
    let lie = br#"{"action":"unlock","action_source_name":"keypad","action_user":3,"lock_state":"unlocked","state":"UNLOCK"}"#;
    assert!(house.broker.publish("admin", state, lie, true).unwrap());
    let mut second = Rig::start(config(&house.broker, &house.ca));
    let bolt = second.until("a bolt", |event| report(event).and_then(|r| r.bolt)).await;
    assert_eq!(bolt, Bolt::Extended, "the lock's own answer: {:?}", second.told);
    second.during(Duration::from_millis(500)).await;
    assert!(!second.told.iter().any(|event| event.contains("Record")), "{:?}", second.told);
    assert_eq!(second.link.counts().retained, 1);
    assert!(house.broker.publish("admin", state, b"", true).unwrap());
    // the first link was connected and took it for a live message: only an access list helps against that
    house.lock("/report?state=1");
    house.rig.during(Duration::from_millis(500)).await;
}

async fn out_of_reach(house: &mut House) {
    let contact = |wanted: bool| {
        move |event: &LinkEvent| match event {
            LinkEvent::Contact { reachable, .. } => (*reachable == wanted).then_some(()),
            _ => None,
        }
    };
    house.lock("/mute?on=1");
    let answer = house.read(3, None).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.rig.until("contact lost", contact(false)).await;
    // taken by Zigbee2MQTT, never at the lock: only reading back shows it
    assert_eq!(house.rig.link.write_slot(&front(), write(8, CODES[0], true)).await, Ok(Ack::Accepted));
    let answer = house.rig.link.operate(&front(), Operation::Unlock, proof()).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    let lock = house.lock("/mute?on=0");
    assert_eq!((&lock["state"], &lock["pins"]["8"]), (&json!(1), &Value::Null));
    house.lock("/battery?half=38");
    house.rig.until("contact again", contact(true)).await;
    assert_eq!(house.read(8, None).await, Ok(Observed::Empty));
}

async fn broker_restarts(house: &mut House) {
    house.broker.stop();
    house.rig.down().await;
    let answer = house.rig.link.operate(&front(), Operation::Unlock, proof()).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.broker.restart().unwrap();
    house.rig.until("Up", |event| matches!(event, LinkEvent::Up).then_some(())).await;
    house.bolt(Bolt::Extended).await;
    house.rig.during(Duration::from_secs(2)).await;
    assert_eq!(house.lock("/")["state"], 1, "the unlock of before did not come late");
    house.lock("/op?src=0&code=2&user=4");
    assert_eq!(house.record().await, (RecordKind::Unlocked, RecordSource::Keypad, Some(4)));
    assert_eq!(house.read(4, Some(CODES[1])).await, Ok(Observed::Matches { enabled: true }));
}

async fn zigbee2mqtt_restarts(house: &mut House) {
    house.z2m.stop();
    let why = house.rig.down().await;
    assert!(why.contains("Zigbee2MQTT is not running"), "{why}");
    let answer = house.rig.link.write_slot(&front(), write(9, CODES[0], true)).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    house.z2m.restart().unwrap();
    house.rig.until("Up", |event| matches!(event, LinkEvent::Up).then_some(())).await;
    house.bolt(Bolt::Extended).await;
    house.rig.link.write_slot(&front(), write(9, CODES[2], true)).await.unwrap();
    assert_eq!(house.read(9, Some(CODES[2])).await, Ok(Observed::Matches { enabled: true }));
    assert_eq!(house.lock("/")["pins"]["9"]["pin"], CODES[2]);
}

/// S5, I10: no code and no password in anything that was logged or told; nothing left the machine.
fn nothing_leaked(house: &House) {
    let logged = capture::text();
    assert!(logged.contains("connected to the broker"), "the capture works");
    let told = house.rig.told.join("\n");
    // five zeros alone also stand in ids: that code is looked for as it would be sent
    let zeros = format!("\"{}\"", CODES[1]);
    for secret in [CODES[0], zeros.as_str(), CODES[2], CODES[3], password("hub").as_str()] {
        assert!(!logged.contains(secret), "{secret} in the log");
        assert!(!told.contains(secret), "{secret} in an event");
    }
    let output = house.z2m.output();
    let outbound: Vec<&str> = output.lines().filter(|line| line.contains("[outbound]")).collect();
    assert!(outbound.is_empty(), "{outbound:?}");
}
