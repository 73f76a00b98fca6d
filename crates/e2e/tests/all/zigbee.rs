//! Journey 7: a lock of the real Zigbee2MQTT at a real Mosquitto with TLS, password and access list, through
//! the hub's own settings. One test in chapters, because a start of Zigbee2MQTT takes seconds.

#[path = "../../counterparts/processes.rs"]
#[expect(dead_code, reason = "shared with the tests of the links, which use more of it")]
pub mod processes;

use e2e::pages::Browser;
use e2e::{HubProcess, must};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::{around_now_in_utc, days_far_from_today, door, id, logged, person, settled, wait_for};
use processes::{Broker, Certificate, LOCK, Zigbee2Mqtt, installed, password};

/// With leading zeros, and never to be seen but on the air.
const CODE: &str = "0047193";

struct Street {
    broker: Broker,
    z2m: Zigbee2Mqtt,
    ca: String,
    hub: HubProcess,
    _folder: TempDir,
}

impl Street {
    fn new() -> Self {
        let folder = must(tempfile::tempdir(), "a folder");
        let certificate = certificate();
        let broker = must(Broker::start(folder.path(), &certificate), "Mosquitto");
        let z2m = must(Zigbee2Mqtt::start(folder.path(), &broker), "Zigbee2MQTT");
        Self { broker, z2m, ca: certificate.ca, hub: HubProcess::with_owner(), _folder: folder }
    }

    /// Lays a hand on the lock; its memory.
    fn lock(&self, request: &str) -> Value {
        must(serde_json::from_str(&must(self.z2m.hand(request), "the lock")), "the lock's memory")
    }

    /// The slot of the lock's memory that holds this code.
    fn slot_of(&self, code: &str) -> Option<String> {
        let memory = self.lock("/");
        let pins = memory["pins"].as_object()?;
        pins.iter().find(|(_, pin)| pin["pin"] == code).map(|(slot, _)| slot.clone())
    }

    fn settings(&self) -> Value {
        json!({ "host": "localhost", "port": self.broker.port, "ca_pem": self.ca, "user": "hub", "password": password("hub") })
    }
}

fn certificate() -> Certificate {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate whose issuer has its own name for self-signed
    ca.distinguished_name.push(rcgen::DnType::CommonName, "authority of the test");
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let cert = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    Certificate { ca: ca_pem, cert: cert.pem(), key: key.serialize_pem() }
}

fn link_up(hub: &HubProcess, up: bool) -> Value {
    let zigbee = |links: &Value| {
        let mut links = links.as_array().into_iter().flatten();
        links.find(|link| link["name"] == "zigbee2mqtt").cloned()
    };
    let links = hub.until("/links", 60, |links| zigbee(links).is_some_and(|link| link["up"] == up));
    zigbee(&links).unwrap_or_default()
}

/// S2, L1, E1, P1, S5.
#[test]
fn s2_a_zigbee_lock_from_the_settings_to_a_foreign_code() {
    if !installed(&["mosquitto", "mosquitto_pub", "zigbee2mqtt"]) {
        return;
    }
    let mut street = Street::new();
    let (door, lock) = found_and_added(&street);
    let ana = person(&street.hub, "Ana");
    let grant = code_given(&street, &door, &ana);
    hours_are_emulated(&street, &door);
    entries_and_bolt(&street, &lock);
    restarts(&mut street, &door, &grant);
    killed_in_the_middle(&mut street, &door, &lock);
    foreign_codes(&street, &lock, &ana);
    let hub = &street.hub;
    assert!(!hub.output().contains(CODE) && !street.z2m.output().contains("[outbound]"));
    assert!(!hub.output().contains(&password("hub")));
    assert_eq!(hub.post("/log/verify", &json!({}))["whole"], true);
}

fn found_and_added(street: &Street) -> (String, String) {
    let hub = &street.hub;
    let mut wrong = street.settings();
    wrong["password"] = json!("not the password");
    assert_eq!(hub.ask("PUT", "/settings/mqtt", Some(&wrong)).status, 204);
    let down = link_up(hub, false);
    assert!(down["why"].as_str().is_some_and(|why| why.contains("refuses this user or password")), "{down}");
    assert_eq!(hub.ask("PUT", "/settings/mqtt", Some(&street.settings())).status, 204);
    link_up(hub, true);
    assert!(!hub.get("/settings/mqtt").to_string().contains(&password("hub")));
    let join = json!({ "time": 60 }).to_string();
    let topic = "zigbee2mqtt/bridge/request/permit_join";
    assert!(must(street.broker.publish("admin", topic, join.as_bytes(), false), "pairing"));
    let found = hub.until("/found-locks", 60, |found| {
        found[0]["key"] == LOCK && found[0]["capabilities"]["slots"] == 49
    });
    assert_eq!(found[0]["model"], "Yale YRD256HA20BP", "{found}");
    assert_eq!(
        (&found[0]["capabilities"]["code"]["min"], &found[0]["capabilities"]["schedules"]["lease"]),
        (&json!(4), &json!(false))
    );
    assert_eq!(found[0]["capabilities"]["lockout"], "short", "read from the lock's own attributes: {found}");
    let door = door(hub, "Front door", "UTC");
    let added = hub.command_json(&["locks", "add", LOCK, "--door", "Front door", "--name", "Yale"]);
    // D1: the audit of the door takes it as seen and does not ask
    let mut browser = must(Browser::sign_in(hub, "Olga", e2e::PASSWORD), "signed in");
    let (_, page) = browser.get(&format!("/doors/{door}/audit"));
    let seen =
        page.split_once("<li>smart.lockout: ").map(|(_, rest)| rest.chars().take(90).collect::<String>());
    assert!(seen.as_deref().is_some_and(|said| said.contains(">seen 2")), "{seen:?}");
    (door, id(&added))
}

/// P1, P2: before the code is given it is said what only the hub keeps; on the air the zeros are there.
fn code_given(street: &Street, door: &str, ana: &str) -> String {
    let hub = &street.hub;
    let body =
        json!({ "person": ana, "door": door, "until": "2099-12-31T18:00", "new_code": { "pin": CODE } });
    let notices = hub.post("/grants/preview", &body).to_string();
    assert!(notices.contains("it ends only while the hub runs"), "{notices}");
    let grant = id(&hub.post("/grants", &body));
    let stands = hub.until(&format!("/grants/{grant}"), 60, |grant| {
        ["in_force", "accepted_unreadable"]
            .contains(&grant["locks"][0]["standing"].as_str().unwrap_or_default())
    });
    assert!(street.slot_of(CODE).is_some(), "on the air with its zeros: {stands}");
    let too_long = json!({ "person": ana, "door": door, "new_code": { "pin": "0047193582" } });
    let notices = hub.post("/grants/preview", &too_long);
    let blocks = notices
        .as_array()
        .into_iter()
        .flatten()
        .any(|n| n["blocks"] == true && n["text"].to_string().contains("4 to 8"));
    let answer = hub.ask("POST", "/grants", Some(&too_long));
    assert!(blocks || answer.status >= 400, "{notices} {}", answer.text);
    assert!(answer.status >= 400 && answer.text.contains("4 to 8"), "{}", answer.text);
    grant
}

/// P2, L1: hours are kept by the hub here: outside them the code is not live on the lock.
fn hours_are_emulated(street: &Street, door: &str) {
    let hub = &street.hub;
    let hours =
        id(&hub.post("/schedules", &json!({ "name": "Other days", "windows": days_far_from_today() })));
    let dora = person(hub, "Dora");
    let body = json!({ "person": dora, "door": door, "schedule": hours, "new_code": { "pin": "0338271" } });
    let notices = hub.post("/grants/preview", &body).to_string();
    assert!(notices.contains("while the hub runs"), "{notices}");
    let grant = id(&hub.post("/grants", &body));
    crate::house::stands(hub, &grant, "off_hours");
    settled(hub);
    let memory = street.lock("/");
    let live = |pin: &Value| pin["pin"] == "0338271" && pin["status"] == 1;
    assert!(!memory["pins"].as_object().into_iter().flatten().any(|(_, pin)| live(pin)), "{memory}");
    assert_eq!(
        hub.ask(
            "PUT",
            &format!("/schedules/{hours}"),
            Some(&json!({ "name": "Now", "windows": around_now_in_utc() }))
        )
        .status,
        204
    );
    wait_for("the code at the lock within its hours", 60, || {
        street.lock("/")["pins"].as_object()?.values().any(live).then_some(())
    });
    assert_eq!(hub.ask("DELETE", &format!("/grants/{grant}"), None).status, 204);
    wait_for("the code gone", 60, || street.slot_of("0338271").is_none().then_some(()));
}

fn entries_and_bolt(street: &Street, lock: &str) {
    let hub = &street.hub;
    let slot = street.slot_of(CODE).unwrap_or_default();
    street.lock(&format!("/op?src=0&code=2&user={slot}"));
    let entry = logged(hub, "Ana unlocked Yale by code");
    assert_eq!(entry["kind"], "entry");
    hub.command_json(&["lock", "Front door"]);
    assert_eq!(street.lock("/")["state"], 1);
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["bolt"][0] == "extended");
    hub.command_json(&["unlock", "Front door"]);
    assert_eq!(street.lock("/")["state"], 2);
    street.lock("/battery?half=40");
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["battery_percent"][0] == 20);
}

/// S2, E5: broker and Zigbee2MQTT go and come; what was asked in between goes in afterwards.
fn restarts(street: &mut Street, door: &str, grant: &str) {
    let ben = person(&street.hub, "Ben");
    street.broker.stop();
    link_up(&street.hub, false);
    let body = json!({ "person": ben, "door": door, "new_code": { "pin": "0918273" } });
    let waiting = id(&street.hub.post("/grants", &body));
    crate::house::stands(&street.hub, &waiting, "waiting");
    must(street.broker.restart(), "Mosquitto");
    link_up(&street.hub, true);
    wait_for("Ben's code at the lock", 90, || street.slot_of("0918273"));
    street.z2m.stop();
    link_up(&street.hub, false);
    assert_eq!(street.hub.ask("DELETE", &format!("/grants/{waiting}"), None).status, 204);
    must(street.z2m.restart(), "Zigbee2MQTT");
    link_up(&street.hub, true);
    wait_for("Ben's code gone", 90, || street.slot_of("0918273").is_none().then_some(()));
    settled(&street.hub);
    assert!(
        street.slot_of(CODE).is_some(),
        "Ana's is untouched: {}",
        street.hub.get(&format!("/grants/{grant}"))
    );
}

/// E5, L2: `kill -9` while changes are on their way.
fn killed_in_the_middle(street: &mut Street, door: &str, lock: &str) {
    let carla = person(&street.hub, "Carla");
    let body = json!({ "person": carla, "door": door, "new_code": { "pin": "0651907" } });
    id(&street.hub.post("/grants", &body));
    street.hub.kill();
    // what waits at the broker for the next start is no news, whoever planted it (A12)
    let lie = br#"{"action":"unlock","action_source_name":"keypad","action_user":1,"state":"UNLOCK"}"#;
    let topic = format!("zigbee2mqtt/{LOCK}");
    assert!(must(street.broker.publish("admin", &topic, lie, true), "a planted message"));
    let before = street.lock("/")["state"].clone();
    street.hub.start_again();
    link_up(&street.hub, true);
    wait_for("Carla's code at the lock", 90, || street.slot_of("0651907"));
    settled(&street.hub);
    let memory = street.lock("/");
    let places =
        memory["pins"].as_object().into_iter().flatten().filter(|(_, pin)| pin["pin"] == "0651907").count();
    assert_eq!(places, 1, "once: {memory}");
    assert_eq!(memory["state"], before, "no bolt moved");
    let log = street.hub.get("/log?kind=entry&limit=500");
    let opened =
        log.as_array().into_iter().flatten().filter(|entry| entry["detail"]["record"]["kind"] == "unlocked");
    assert_eq!(opened.filter(|entry| entry["detail"]["record"]["source"] == "keypad").count(), 1, "{log}");
    assert!(must(street.broker.publish("admin", &topic, b"", true), "and taken away"));
    street.hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["reachable"] == true);
}

/// S2, P6: codes that nobody here gave are shown, and only taken or removed on request.
fn foreign_codes(street: &Street, lock: &str, ana: &str) {
    let hub = &street.hub;
    let seen = |slot: u64| {
        hub.until("/strangers", 60, |list| {
            list.as_array().into_iter().flatten().any(|row| row["slot"] == slot)
        })
    };
    street.lock("/program?code=2&user=27&pin=086420");
    seen(27);
    logged(hub, "nobody here gave");
    // H1: a red flag raised by the live lock, with its evidence
    let shared = |list: &Value| {
        let flags = list.as_array().into_iter().flatten();
        flags.filter(|flag| flag["id"] == "code-shared").count()
    };
    let flags = hub.until("/flags", 30, |list| shared(list) == 1);
    assert!(
        flags.to_string().contains("habits.codes_shared") && flags.to_string().contains("(seen 20"),
        "{flags}"
    );
    logged(hub, "Red flag at");
    street.lock("/program?code=2&user=28&pin=0864201");
    seen(28);
    let memory = street.lock("/");
    assert_eq!(
        (&memory["pins"]["27"]["pin"], &memory["pins"]["28"]["pin"]),
        (&json!("086420"), &json!("0864201"))
    );
    let adopt = json!({ "person": ana, "pin": "086420", "reason": "hers since before" });
    let answer = hub.ask("POST", &format!("/locks/{lock}/slots/27/adopt"), Some(&adopt));
    assert_eq!(answer.status, 204, "{}", answer.text);
    let answer = hub.ask("DELETE", &format!("/locks/{lock}/slots/28"), None);
    assert_eq!(answer.status, 204, "{}", answer.text);
    wait_for("the stranger's code gone", 60, || street.lock("/")["pins"]["28"].is_null().then_some(()));
    hub.until("/strangers", 60, |list| list.as_array().is_some_and(Vec::is_empty));
    // H1: and cleared by itself, once the lock holds nothing strange
    hub.until("/flags", 30, |list| shared(list) == 0);
    logged(hub, "Red flag cleared at");
    assert_eq!(street.lock("/")["pins"]["27"]["pin"], "086420", "adopted, it stays");
    street.lock("/op?src=0&code=2&user=27");
    wait_for("Ana's entry by the adopted code", 30, || {
        let log = hub.get("/log?kind=entry&limit=50");
        let mut of_slot = log.as_array()?.iter().filter(|entry| entry["detail"]["record"]["slot"] == 27);
        of_slot.any(|entry| entry["person"] == json!(ana)).then_some(())
    });
}
