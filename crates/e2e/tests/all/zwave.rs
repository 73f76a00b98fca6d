//! Z-Wave locks of the real Z-Wave JS driver and server, through the hub's own settings: taken in, given codes,
//! robbed of their radio, their server and their hub, and let go.

#[path = "../../counterparts/street.rs"]
#[expect(dead_code, reason = "shared with the tests of the links, which use more of it")]
mod street;

use std::time::{Duration, Instant};

use e2e::{HubProcess, must};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::{door, id, logged, person, settled, stands, wait_for};
use crate::zigbee::processes::{self, installed};
use street::Street;

/// With leading zeros, and never to be seen but on the air.
const CODE: &str = "0058213";

struct House {
    street: Street,
    hub: HubProcess,
    folder: TempDir,
}

impl House {
    fn new(nodes: &str) -> Self {
        let folder = must(tempfile::tempdir(), "a folder");
        let street = must(Street::start(folder.path(), nodes), "Z-Wave JS");
        let house = Self { street, hub: HubProcess::with_owner(), folder };
        let settings = json!({ "host": "127.0.0.1", "port": house.street.port });
        assert_eq!(house.hub.ask("PUT", "/settings/zwave", Some(&settings)).status, 204);
        house.link_up(true);
        house
    }

    /// A lock's memory, after a hand was laid on it.
    fn hand(&self, request: &str) -> Value {
        must(serde_json::from_str(&must(self.street.hand(request), "the lock")), "the lock's memory")
    }

    /// How many codes the lock holds.
    fn codes(&self, node: u16) -> usize {
        self.hand(&format!("/?node={node}"))["codes"].as_object().map_or(0, serde_json::Map::len)
    }

    fn link_up(&self, up: bool) -> Value {
        let zwave = |links: &Value| {
            links.as_array().into_iter().flatten().find(|link| link["name"] == "zwave_js").cloned()
        };
        let links = self.hub.until("/links", 60, |links| zwave(links).is_some_and(|link| link["up"] == up));
        zwave(&links).unwrap_or_default()
    }

    /// Waits until this node was found; its row.
    fn found(&self, node: u16) -> Value {
        let part = format!("-{node}-");
        let is = |row: &&Value| row["key"].as_str().is_some_and(|key| key.contains(&part));
        let rows = self
            .hub
            .until("/found-locks", 90, |rows| rows.as_array().into_iter().flatten().any(|row| is(&row)));
        rows.as_array().into_iter().flatten().find(is).cloned().unwrap_or_default()
    }

    /// Adds this node to a new door, insisting on it as it is; ids of door and lock.
    fn added(&self, node: u16, name: &str) -> (String, String) {
        let row = self.found(node);
        let door = door(&self.hub, &format!("{name} door"), "Europe/Vienna");
        let mut body = json!({ "link": row["link"], "key": row["key"], "door": door, "name": name });
        let refused = self.hub.ask("POST", "/found-locks", Some(&body));
        assert!(refused.status >= 400 && refused.text.contains("insist"), "{}", refused.text);
        body["insist"] = json!(true);
        let lock = id(&self.hub.post("/found-locks", &body));
        self.hub.until(&format!("/locks/{lock}"), 60, |lock| lock["live"]["reachable"] == true);
        (door, lock)
    }

    fn give(&self, number: usize, door: &str) -> String {
        let person = person(&self.hub, &format!("Guest {number}"));
        let pin = format!("{:06}", 4711 + 37 * number);
        id(&self.hub.post("/grants", &json!({ "person": person, "door": door, "new_code": { "pin": pin } })))
    }
}

/// S2, P1, E1, E4, S5: from the settings to a wrong hand.
#[test]
fn s2_a_zwave_lock_is_taken_in_used_and_let_go() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let house = House::new(r#"[{"id":2,"kind":"code","users":5}]"#);
    let hub = &house.hub;
    let wrong = json!({ "host": "zwave.lan" });
    let answer = hub.ask("PUT", "/settings/zwave", Some(&wrong));
    assert!(answer.status >= 400 && answer.text.contains("asks nobody for a password"), "{}", answer.text);
    // taken in from the command line, with the PIN on the label
    let label = house.hand("/include?id=9");
    let pin = label["dsk"].as_str().unwrap_or_default()[..5].to_owned();
    let done = hub.command_told(&["networks", "include"], &format!("{pin}\n"));
    let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("S2 Access Control"), "{said}");
    assert!(!said.contains(&pin), "the PIN is not shown: {said}");
    let row = house.found(9);
    assert_eq!(row["capabilities"]["link_security"], "S2 Access Control");
    let door = door(hub, "Front door", "Europe/Vienna");
    let key = row["key"].as_str().unwrap_or_default();
    let added = hub.command_json(&["locks", "add", key, "--door", "Front door", "--name", "Oak"]);
    let lock = id(&added);
    let shown = hub.until(&format!("/locks/{lock}"), 60, |lock| lock["live"]["reachable"] == true);
    assert_eq!(shown["capabilities"]["link_security"], "S2 Access Control", "for ever after");
    let ana = person(hub, "Ana");
    let body = json!({ "person": ana, "door": door, "new_code": { "pin": CODE } });
    let grant = id(&hub.post("/grants", &body));
    let stands = stands(hub, &grant, "in_force");
    assert!(stands.to_string().contains("read back"), "by reading it back: {stands}");
    let slot = house.hand("/?node=9")["codes"]
        .as_object()
        .and_then(|codes| codes.iter().find(|(_, code)| code["code"] == CODE).map(|(slot, _)| slot.clone()));
    let slot = slot.unwrap_or_default();
    house.hand(&format!("/operate?node=9&mode=0&event=6&user={slot}"));
    let entry = logged(hub, "Ana unlocked Oak by code");
    assert_eq!(entry["kind"], "entry");
    house.hand("/operate?node=9&mode=255&event=1");
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["bolt"][0] == "extended");
    house.hand("/battery?node=9&level=9");
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["battery_percent"][0] == 9);
    // ended, gone from the lock, and the lock let go
    assert_eq!(hub.ask("DELETE", &format!("/grants/{grant}"), None).status, 204);
    wait_for("the code gone", 60, || (house.codes(9) == 0).then_some(()));
    house.hand("/exclude?node=9");
    let done = hub.command(&["networks", "exclude"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    logged(hub, "left the network");
    assert!(!hub.output().contains(CODE) && !hub.output().contains(&pin));
    assert!(!house.street.output().contains("[outbound]"));
    assert!(house.folder.path().exists());
}

/// Where a peer was seen to stay at three of ten codes while it still showed *locked*: the lock falls silent at the
/// fourth of ten and comes back.
#[test]
fn p2_a_lock_that_falls_silent_at_the_fourth_of_ten_codes() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let house = House::new(r#"[{"id":2,"kind":"code","users":20},{"id":3,"kind":"credential","users":20}]"#);
    let hub = &house.hub;
    let (door, lock) = house.added(2, "Oak");
    let (other, _) = house.added(3, "Elm");
    house.hand("/operate?node=2&mode=255&event=1");
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["bolt"][0] == "extended");
    house.hand("/set?node=2&silentAt=4");
    let grants: Vec<String> = (0..10).map(|number| house.give(number, &door)).collect();
    let gone = hub.until(&format!("/locks/{lock}"), 60, |lock| lock["live"]["reachable"] == false);
    assert_eq!(gone["live"]["bolt"][0], "unknown", "never locked of a lock that is gone: {gone}");
    assert_eq!(house.codes(2), 3);
    let waiting = hub.get(&format!("/grants/{}", grants[9]));
    assert_eq!(waiting["locks"][0]["standing"], "waiting", "{waiting}");
    // the other lock goes on meanwhile
    let elsewhere = house.give(10, &other);
    stands(hub, &elsewhere, "in_force");
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        assert_eq!(hub.get(&format!("/locks/{lock}"))["live"]["bolt"][0], "unknown");
        std::thread::sleep(Duration::from_secs(1));
    }
    house.hand("/set?node=2&mute=false");
    let back = Instant::now();
    for grant in &grants {
        stands(hub, grant, "in_force");
    }
    let took = back.elapsed();
    eprintln!("Z-Wave: silent at the fourth of ten codes; all in force {took:?} after its return");
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(house.codes(2), 10);
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["bolt"][0] == "extended");
}

/// `kill -9` of the hub at the twelfth of thirty codes, and 0.3 s after a change was acknowledged.
#[test]
fn p2_a_hub_that_is_killed_in_the_middle_of_thirty_codes() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let mut house = House::new(r#"[{"id":2,"kind":"code","users":30}]"#);
    let (door, lock) = house.added(2, "Oak");
    house.hand("/set?node=2&sloth=30");
    let grants: Vec<String> = (0..29).map(|number| house.give(number, &door)).collect();
    wait_for("twelve codes", 60, || (house.codes(2) >= 12).then_some(()));
    house.hub.kill();
    let at = house.codes(2);
    assert!((12..29).contains(&at), "killed in the middle, at {at}");
    house.hub.start_again();
    let back = Instant::now();
    house.link_up(true);
    for grant in &grants {
        stands(&house.hub, grant, "in_force");
    }
    eprintln!("Z-Wave: killed at {at} of 29 codes; all in force {:?} after the start", back.elapsed());
    let memory = house.hand("/?node=2");
    let codes = memory["codes"].as_object().cloned().unwrap_or_default();
    let digits: std::collections::BTreeSet<&str> =
        codes.values().filter_map(|code| code["code"].as_str()).collect();
    assert_eq!((codes.len(), digits.len()), (29, 29), "each once: {memory}");
    let sent = |name: &str| memory["frames"][name].as_u64().unwrap_or(0);
    let sets = sent("UserCodeCCSet") + sent("UserCodeCCExtendedUserCodeSet");
    assert!((29..=30).contains(&sets), "none but the one in flight again: {}", memory["frames"]);
    // acknowledged, then killed: it is still wanted after the start, and done
    let last = house.give(29, &door);
    std::thread::sleep(Duration::from_millis(300));
    house.hub.kill_and_start();
    stands(&house.hub, &last, "in_force");
    settled(&house.hub);
    assert_eq!(house.codes(2), 30);
    // the server is ended in the middle as well
    let gone: Vec<String> = grants[..10].to_vec();
    for grant in &gone {
        assert_eq!(house.hub.ask("DELETE", &format!("/grants/{grant}"), None).status, 204);
    }
    wait_for("the first codes gone", 60, || (house.codes(2) <= 27).then_some(()));
    house.street.stop();
    house.link_up(false);
    let shown = house.hub.get(&format!("/locks/{lock}"));
    assert_eq!((&shown["live"]["reachable"], &shown["live"]["bolt"][0]), (&json!(false), &json!("unknown")));
    must(house.street.restart(), "Z-Wave JS");
    house.link_up(true);
    wait_for("ten codes gone", 90, || (house.codes(2) == 20).then_some(()));
    settled(&house.hub);
    assert_eq!(house.hub.post("/log/verify", &json!({}))["whole"], true);
}

/// A person takes a lock in, gives five people codes with different hours and pulls plugs; the page tells the truth
/// throughout.
#[test]
fn s2_a_person_takes_a_lock_in_and_pulls_plugs() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let folder = must(tempfile::tempdir(), "a folder");
    let street = must(Street::start(folder.path(), r#"[{"id":2,"kind":"code","users":5}]"#), "Z-Wave JS");
    let more =
        [("DOORWARD_ZWAVE_PORT", street.port.to_string()), ("DOORWARD_ZWAVE_HAND", street.hand.to_string())];
    crate::browser::run_with("zwave.test.mjs", "desktop", &more);
}
