//! Journey 5: `kill -9` of the hub in the middle of changes, a full disk, the lock's power cut in mid-throw.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use e2e::{HubProcess, random_code};
use serde_json::{Value, json};

use crate::house::{bolt, front, give, hand, id, in_force, logged, person, press, settled, wait_for};

/// What the hub acknowledged: names of people, ids of grants.
#[derive(Default)]
struct Acknowledged {
    people: Vec<String>,
    grants: Vec<(String, String)>,
}

/// L2, E5: nothing acknowledged is lost, nothing stays in flight, the log is whole.
#[test]
fn l2_e5_a_hub_killed_in_the_middle_of_changes_loses_nothing_acknowledged() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let acknowledged = Mutex::new(Acknowledged::default());
    for round in 0..5 {
        let before = acknowledged.lock().unwrap().people.len();
        // one to six more changes, then the kill: at whatever the next one has come to
        let enough = before + 1 + usize::from(random_code(4).as_bytes()[3] % 6);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (stop, url, token) = (&stop, hub.url().to_owned(), hub.token().to_owned());
            let (door, acknowledged) = (&door, &acknowledged);
            scope.spawn(move || change_until_it_dies(&url, &token, door, round, acknowledged, stop));
            wait_for("changes", 60, || (acknowledged.lock().unwrap().people.len() >= enough).then_some(()));
            hub.kill();
            stop.store(true, Ordering::SeqCst);
        });
        hub.start_again();
        let known = hub.get("/people").to_string();
        for name in &acknowledged.lock().unwrap().people {
            assert!(known.contains(&format!("\"{name}\"")), "round {round}: {name} is lost");
        }
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(!acknowledged.grants.is_empty());
    settled(&hub);
    for (grant, _) in &acknowledged.grants {
        in_force(&hub, grant);
    }
    let (_, newest) = acknowledged.grants.last().unwrap();
    assert_eq!(press(&hub, &lock, newest)["decision"]["allowed"], true);
    assert_eq!(hub.post("/log/verify", &json!({}))["whole"], true);
    // every change that was acknowledged is in the log, once
    let log = all_of_the_log(&hub);
    for name in &acknowledged.people {
        let added = log
            .iter()
            .filter(|entry| entry["summary"].as_str().is_some_and(|s| s.ends_with(&format!("added {name}"))));
        assert_eq!(added.count(), 1, "{name}");
    }
}

fn change_until_it_dies(
    url: &str,
    token: &str,
    door: &str,
    round: usize,
    acknowledged: &Mutex<Acknowledged>,
    stop: &AtomicBool,
) {
    let http = reqwest::blocking::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let post = |path: &str, body: &Value| {
        let sent = http.post(format!("{url}/api/v1{path}")).bearer_auth(token).json(body).send().ok()?;
        // a status alone is no acknowledgement: the answer has to arrive whole
        let status = sent.status();
        let made: Value = sent.json().ok()?;
        assert!(status.is_success(), "{path}: {made}");
        made["id"].as_str().map(str::to_owned)
    };
    for number in 0..40 {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let name = format!("Person {round} {number}");
        let Some(person) = post("/people", &json!({ "name": name, "kind": "guest" })) else { return };
        acknowledged.lock().unwrap().people.push(name);
        let pin = random_code(7);
        let body = json!({ "person": person, "door": door, "new_code": { "pin": pin } });
        let Some(grant) = post("/grants", &body) else { return };
        acknowledged.lock().unwrap().grants.push((grant, pin));
    }
}

fn all_of_the_log(hub: &HubProcess) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = "/log?limit=500".to_owned();
    loop {
        let page = hub.get(&path);
        let rows = page.as_array().cloned().unwrap_or_default();
        let Some(last) = rows.last().map(|entry| entry["index"].clone()) else { return all };
        all.extend(rows);
        path = format!("/log?limit=500&below={last}");
    }
}

/// E5, L1: entries made while the hub is dead are not lost either, and come once.
#[test]
fn e5_l1_entries_while_the_hub_is_killed_arrive_after_its_start() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    in_force(&hub, &give(&hub, &person(&hub, "Ana"), &door, "004711"));
    assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
    hub.kill_and_start();
    logged(&hub, "Ana unlocked Front by code");
    hub.until(&format!("/virtual-locks/{lock}"), 30, |state| state["unsent_records"] == 0);
    let entries = hub.get("/log?kind=entry&limit=500");
    let count = entries
        .as_array()
        .into_iter()
        .flatten()
        .filter(|e| e["detail"]["record"]["kind"] == "unlocked")
        .count();
    assert_eq!(count, 1, "{entries}");
}

/// E5, E2: power lost in mid-throw: the page never claims what no sensor said, and with power the lock is whole.
#[test]
fn e5_e2_the_locks_power_is_cut_in_mid_throw() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    in_force(&hub, &give(&hub, &person(&hub, "Ana"), &door, "004711"));
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
    bolt(&hub, &lock, 1000);
    hand(&hub, &lock, &json!({ "do": "power_cut_at", "position": 500 }));
    assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
    let state = hub.until(&format!("/virtual-locks/{lock}"), 20, |state| state["powered"] == false);
    let at = state["bolt"].as_u64().unwrap_or_default();
    assert!((1..1000).contains(&at), "the bolt stands half way: {state}");
    let shown = hub.until(&format!("/doors/{door}"), 40, |door| {
        door["state"] != "Locked" && door["state"] != "Unlocked"
    });
    assert!(
        ["Unknown", "Not fully locked", "Jammed"].contains(&shown["state"].as_str().unwrap_or_default()),
        "{shown}"
    );
    hand(&hub, &lock, &json!({ "do": "power", "on": true }));
    hub.until(&format!("/locks/{lock}"), 30, |lock| lock["live"]["reachable"] == true);
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
    bolt(&hub, &lock, 1000);
    hub.until(&format!("/doors/{door}"), 30, |door| door["state"] == "Locked");
    assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
    bolt(&hub, &lock, 0);
    assert_eq!(hub.post("/log/verify", &json!({}))["whole"], true);
}

/// L2, S2: a change that waits for a lock out of reach outlives the kill.
#[test]
fn l2_a_waiting_change_outlives_the_kill() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    crate::house::radio(&hub, &lock, false);
    let ana = person(&hub, "Ana");
    let body = json!({ "person": ana, "door": door, "new_code": { "pin": "004711" } });
    let grant = id(&hub.post("/grants", &body));
    hub.kill_and_start();
    crate::house::stands(&hub, &grant, "waiting");
    let path = format!("/virtual-locks/{lock}");
    wait_for("the virtual lock", 30, || (hub.ask("GET", &path, None).status == 200).then_some(()));
    crate::house::radio(&hub, &lock, true);
    in_force(&hub, &grant);
    assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
}

/// E5, L2: on a full disk changes are refused with the reason and nothing is half done; with room again it
/// goes on without a start.
#[test]
fn e5_l2_a_full_disk_refuses_changes_and_loses_nothing() {
    let Some(mut hub) = HubProcess::start_on_a_small_disk(16 * 1024) else { return };
    let token = e2e::pages::Browser::first_owner(&hub).make_token("tests", &e2e::pages::SCOPES);
    hub.use_token(token);
    let ballast = hub.data_inside().join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    let end = std::io::copy(&mut std::io::repeat(0), &mut file).expect_err("the disk gets full");
    assert_eq!(end.kind(), std::io::ErrorKind::StorageFull);
    let add = |name: &str| hub.ask("POST", "/people", Some(&json!({ "name": name, "kind": "guest" })));
    let note = "n".repeat(400);
    let mut taken = Vec::new();
    // the write-ahead log may have some room of its own left
    let refused = (0..400).find_map(|number| {
        let name = format!("Person {number}");
        let body = json!({ "name": name, "kind": "guest", "note": note });
        let answer = hub.ask("POST", "/people", Some(&body));
        if answer.status == 201 {
            taken.push(name);
            return None;
        }
        Some(answer)
    });
    let refused = refused.expect("a change that does not fit");
    assert!(refused.status >= 500, "{}", refused.text);
    assert!(
        refused.json["error"]["message"].as_str().is_some_and(|w| w.contains("disk is full")),
        "{}",
        refused.text
    );
    let known = hub.get("/people");
    assert_eq!(
        known.as_array().map(Vec::len),
        Some(taken.len()),
        "reading goes on, and nothing is half there"
    );
    drop(file);
    std::fs::remove_file(&ballast).unwrap();
    let after = add("After");
    assert_eq!(after.status, 201, "with room again: {}", after.text);
    assert_eq!(hub.post("/log/verify", &json!({}))["whole"], true);
    assert_eq!(hub.get("/people").as_array().map(Vec::len), Some(taken.len() + 1));
}
