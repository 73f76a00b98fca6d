//! Living with locks and mending them, from outside: the API, the command line, a calendar read by another's library.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use e2e::HubProcess;
use e2e::pages::Browser;
use serde_json::{Value, json};

use crate::house::{SOON, bolt, front, give, hand, in_force, logged, person, press, radio};

fn out(hub: &HubProcess, arguments: &[&str]) -> String {
    let output = hub.command(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn task(hub: &HubProcess, kind: &str) -> Value {
    let tasks = hub.command_json(&["tasks"]);
    let found = tasks.as_array().into_iter().flatten().find(|task| task["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} in {tasks}")).clone()
}

fn words(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Reads a calendar with a library that is not ours; `None` where that is not installed.
fn read_by_another(text: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterparts/calendar");
    let python = folder.join("venv/bin/python");
    if !python.exists() {
        let required = std::env::var("DOORWARD_REQUIRE_COUNTERPARTS").is_ok_and(|value| value == "1");
        assert!(!required, "icalendar is missing: run crates/e2e/counterparts/setup.sh");
        eprintln!("skipped: icalendar is not installed (crates/e2e/counterparts/setup.sh)");
        return None;
    }
    let mut reader = Command::new(python)
        .arg(folder.join("read.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "another's library refuses it: {text}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// H3: the calendar as a command, ticked off, and as a feed that another's library reads; a guessed address is nothing.
#[test]
fn h3_tasks_by_command_and_as_a_feed_that_others_can_read() {
    let mut hub = HubProcess::with_owner();
    let token = hub.token().to_owned();
    let (door, _) = front(&hub);
    let ana = person(&hub, "Ana");
    let until = "2036-06-30T18:00";
    let body = json!({ "person": ana, "door": door, "until": until, "new_code": { "pin": "004711" } });
    in_force(&hub, &crate::house::id(&hub.post("/grants", &body)));
    let listed = out(&hub, &["tasks"]);
    for part in ["Fresh cells for Front", "Look for new firmware", "Play through a dead battery at Front"] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    let firmware = task(&hub, "firmware");
    assert!(words(&firmware["decided_by"]).contains("Version"), "{firmware}");
    out(&hub, &["tasks", "--done", words(&firmware["id"]), "--note", "none yet"]);
    logged(&hub, "did a task: Look for new firmware for Front (none yet)");
    assert!(words(&task(&hub, "firmware")["decided_by"]).contains("ticked off by"));
    let refused = hub.command(&["tasks", "--done", words(&task(&hub, "rehearsal")["id"])]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("by itself"));

    let address = hub.command_json(&["calendar", "open"])["address"].as_str().unwrap().to_owned();
    let path = address.split_once("/calendar/").unwrap().1.to_owned();
    hub.use_token(String::new());
    let get = |name: &str| {
        let url = format!("{}/calendar/{name}", hub.url());
        let answer =
            reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(url).send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    };
    let (status, feed) = get(&path);
    assert_eq!(status, 200, "{feed}");
    assert!(!feed.contains("Ana") && !feed.contains("004711"), "{feed}");
    if let Some(read) = read_by_another(&feed) {
        let events = read["events"].as_array().unwrap();
        let cells = events.iter().find(|event| words(&event["summary"]).contains("Fresh cells")).unwrap();
        assert_eq!(words(&cells["start"]).len(), 10, "a day: {cells}");
        assert!(words(&cells["description"]).contains("Keep the door open"), "{cells}");
        let uids: std::collections::BTreeSet<_> = events.iter().map(|event| words(&event["uid"])).collect();
        assert_eq!(uids.len(), events.len());
    }
    let guesses: Vec<u16> = (0..40).map(|n| get(&format!("{n:064x}.ics")).0).collect();
    assert!(guesses.iter().all(|status| [404, 429].contains(status)), "{guesses:?}");
    assert!(guesses.contains(&404) && guesses.contains(&429), "{guesses:?}");
    assert_eq!(get(&path).0, 200, "whoever knows it is not held off");
    hub.use_token(token);
    let renewed = hub.command_json(&["calendar", "open"])["address"].as_str().unwrap().to_owned();
    assert_ne!(renewed, address);
    let get = |url: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        client.get(url).send().unwrap().status().as_u16()
    };
    assert_ne!(get(&address), 200, "the old one has ended");
    assert_eq!(get(&renewed), 200);
    hub.command_json(&["calendar", "close"]);
    assert_ne!(get(&renewed), 200);
}

/// P3: who still has access, with the last use; kept or ended in one step.
#[test]
fn p3_the_review_by_command() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let grant = give(&hub, &person(&hub, "Ana"), &door, "004711");
    in_force(&hub, &grant);
    in_force(&hub, &give(&hub, &person(&hub, "Ben"), &door, "739518"));
    press(&hub, &lock, "004711");
    logged(&hub, "Ana unlocked Front by code");
    let review = hub.command_json(&["review"]);
    let of = |name: &str| {
        let all = review["accesses"].as_array().into_iter().flatten();
        all.clone().find(|one| one["person_name"] == name).unwrap().clone()
    };
    assert!(of("Ana")["last_use"].is_string() && of("Ben")["last_use"].is_null(), "{review}");
    assert!(of("Ben")["questions"].to_string().contains("without an end"), "{review}");
    assert!(out(&hub, &["review"]).contains("no use known"));
    out(&hub, &["review", "--keep", words(&of("Ana")["id"])]);
    out(&hub, &["review", "--end", words(&of("Ben")["id"])]);
    logged(&hub, "ended the access of Ben to Front door");
    hub.until("/review", SOON, |review| {
        review["accesses"].as_array().is_some_and(|all| all.iter().all(|one| one["person_name"] != "Ben"))
    });
    out(&hub, &["review", "--done"]);
    assert!(words(&task(&hub, "review")["decided_by"]).contains("last review was done"));
    out(&hub, &["review", "--every", "3"]);
    assert_eq!(hub.get("/review")["every_months"], 3);
}

/// P4: keys and where the spare lies, sealed; a backup that was tried clears the red flag.
#[test]
fn p4_keys_and_backup_by_command() {
    let hub = HubProcess::with_owner();
    let (_, lock) = front(&hub);
    let place = "behind the loose brick";
    out(&hub, &["keys", "add", "spare key", "--door", "Front door", "--place", place]);
    out(
        &hub,
        &[
            "keys",
            "add",
            "copy 3",
            "--door",
            "Front door",
            "--holder",
            "the plumber",
            "--back-by",
            "2026-01-01",
        ],
    );
    let keys = hub.command_json(&["keys"]);
    assert!(!keys.to_string().contains("brick"), "{keys}");
    assert!(words(&task(&hub, "key-back")["title"]).contains("is to come back"));
    let spare = words(&keys[0]["id"]).to_owned();
    assert_eq!(out(&hub, &["keys", "place", &spare]).trim(), place);
    logged(&hub, "looked where a key to Front door lies");
    for file in hub.files() {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains(place), "{} holds it in the clear", file.display());
    }
    out(&hub, &["keys", "lost", words(&keys[1]["id"])]);
    out(&hub, &["keys", "back", words(&keys[1]["id"])]);
    assert_eq!(hub.command(&["keys", "back", words(&keys[1]["id"])]).status.code(), Some(1));
    out(&hub, &["keys", "tried", "Front", "--note", "turns well"]);
    logged(&hub, "tried the spare key or code of Front: it works (turns well)");
    assert!(hub.get(&format!("/locks/{lock}"))["told"]["backup_tested"].is_string());
}

/// A8: what is wrong, ranked by what the hub has seen; a lost connection is no break-in.
#[test]
fn a8_the_doctor_by_command_and_a_lost_connection_is_no_break_in() {
    let hub = HubProcess::with_owner();
    let (_, lock) = front(&hub);
    assert!(out(&hub, &["doctor", "Front door"]).contains("nothing wrong"));
    radio(&hub, &lock, false);
    let sick = hub.command_json(&["doctor", "Front door"]);
    assert_eq!(sick["shows"][0]["id"], "offline", "{sick}");
    assert_eq!(sick["connection"]["only_connection"], true, "{sick}");
    let said = out(&hub, &["doctor", "Front door", "offline"]);
    assert!(said.contains("lost connection and no break-in") && said.contains("Out of reach"), "{said}");
    assert!(said.contains("When to stop"), "{said}");
    radio(&hub, &lock, true);
    hand(&hub, &lock, &json!({ "do": "jam", "on": true }));
    hub.ask("POST", &format!("/locks/{lock}/operate"), Some(&json!({ "operation": "lock" })));
    logged(&hub, "met something");
    let jams = hub.command_json(&["doctor", "Front door", "jams"]);
    assert_eq!(jams["causes"][0]["standing"], "likely", "{jams}");
    assert!(jams["causes"][0]["seen_for"].to_string().contains("met something"), "{jams}");
    let wrong = hub.command(&["doctor", "Front door", "sneezes"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("one of offline, battery"), "{wrong:?}");
}

/// A8: an entry by hand has a plain reason; one by a code that another controller wrote fits nobody and has its steps.
#[test]
fn a8_an_entry_that_nobody_knows_is_judged_from_the_log() {
    let hub = HubProcess::with_owner();
    let (_, lock) = front(&hub);
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
    bolt(&hub, &lock, 1000);
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": false }));
    let by_key = logged(&hub, "unlocked Front");
    let index = by_key["index"].to_string();
    let judged = hub.command_json(&["doctor", "Front door", "--entry", &index]);
    assert_eq!(judged["entry"]["fits_nobody"], false, "{judged}");
    assert_eq!(judged["entry"]["reasons"][0]["verdict"], "explains", "{judged}");
    assert_eq!(hub.command(&["doctor", "Front door", "--entry", "0"]).status.code(), Some(1));
}

/// A8: the time of the bolt's travel is seen and kept; a bolt that grows slow becomes a task.
#[test]
fn a8_a_bolt_that_grows_slow_is_seen() {
    let hub = HubProcess::with_owner();
    let (_, lock) = front(&hub);
    let to_and_fro = |times: u32, ms: u16| {
        hand(&hub, &lock, &json!({ "do": "motor_speed", "travel_ms": ms }));
        for _ in 0..times {
            for (operation, at) in [("lock", 1000), ("unlock", 0)] {
                hub.post(&format!("/locks/{lock}/operate"), &json!({ "operation": operation }));
                bolt(&hub, &lock, at);
            }
        }
    };
    to_and_fro(6, 300);
    let steady = hub.command_json(&["doctor", "Front door", "jams"]);
    assert!(!steady.to_string().contains("takes"), "{steady}");
    to_and_fro(4, 900);
    let slow = hub.until("/tasks", SOON, |tasks| tasks.to_string().contains("bolt-travel"));
    assert!(slow.to_string().contains("at first and takes"), "{slow}");
    let jams = hub.command_json(&["doctor", "Front door", "jams"]);
    assert!(jams["causes"][0]["seen_for"].to_string().contains("at first and takes"), "{jams}");
}

/// L4, L5, H2: where logs are kept, advice with its reasons asked again on a change, and a red warning beforehand.
#[test]
fn l4_l5_h2_privacy_by_command() {
    let hub = HubProcess::with_owner();
    front(&hub);
    let before = hub.command_json(&["privacy"]);
    assert_eq!((&before["logs"][0]["place"], &before["logs"][0]["how"]), (&json!("home"), &json!("seen")));
    assert!(before["advice"].is_null());
    let after = hub.command_json(&["privacy", "--from-afar", "yes"]);
    assert_eq!(after["advice"]["id"], "own-tunnel", "{after}");
    let tested = |id: &str| {
        let all = after["hygiene"].as_array().into_iter().flatten();
        all.clone().find(|point| point["id"] == id).unwrap().clone()
    };
    assert_eq!((&tested("reach")["state"], &tested("tls")["state"]), (&json!("good"), &json!("good")));
    assert_eq!(tested("second-factor-here")["state"], "bad");
    let stop = out(&hub, &["privacy", "--reach", "house.example.org"]);
    assert!(stop.contains("STOP: house.example.org is taken as the open internet"), "{stop}");
    assert!(stop.contains("no TLS"), "{stop}");
    assert!(!out(&hub, &["privacy", "--reach", "192.168.1.4"]).contains("STOP"));
    let door = crate::house::door(&hub, "Back door", "UTC");
    hub.post(
        "/told-locks",
        &json!({ "door": door, "name": "Cloud lock", "told": { "log_place": "maker's cloud" } }),
    );
    let again = hub.command_json(&["privacy"]);
    assert!(again["asked_again"].to_string().contains("Cloud lock"), "{again}");
    assert!(out(&hub, &["privacy"]).contains("Asked again"));
}

/// Ask: by command about a door of the hub and about a file without a hub; a stranger is told what can be answered.
#[test]
fn ask_about_a_door_in_the_hub_and_in_a_file() {
    let hub = HubProcess::with_owner();
    front(&hub);
    let said = out(&hub, &["ask", "will it work without Wi-Fi?"]);
    assert!(said.starts_with("Yes: it speaks to a gateway at home"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plain.toml");
    std::fs::write(&file, "[smart]\nkind = \"none\"\n[cylinder]\nkind = \"pin-tumbler\"\n").unwrap();
    let path = file.to_str().unwrap();
    let output = e2e::run(&["ask", "will it work without wifi?", "--door", path], &[], "");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("Yes: it has no electronics"), "{output:?}");
    let output = e2e::run(&["--json", "ask", "tell me a joke", "--door", path], &[], "");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(said["question"].is_null() && said["others"].as_array().unwrap().len() == 9, "{said}");
    let empty = e2e::run(&["ask", " ", "--door", path], &[], "");
    assert_eq!(empty.status.code(), Some(1));
    std::fs::write(&file, "[smart]\nkind = \"nonesuch\"").unwrap();
    let broken = e2e::run(&["ask", "pick or bump?", "--door", path], &[], "");
    assert!(String::from_utf8_lossy(&broken.stderr).contains("plain.toml"), "{broken:?}");
}

/// Red flags: two at one door make a maintenance pass with dates.
#[test]
fn h1_h3_two_red_flags_are_a_dated_pass() {
    let mut hub = HubProcess::start();
    let token = {
        let mut olga = Browser::first_owner(&hub);
        olga.make_token("tests", &e2e::pages::SCOPES)
    };
    hub.use_token(token);
    let (door, _) = front(&hub);
    let mut olga = Browser::sign_in(&hub, "Olga", e2e::PASSWORD).unwrap();
    let page = format!("/doors/{door}/survey");
    let (status, text) = olga.send(&page, &page, &[("frame.gap_mm", "6"), ("frame.screw_length_mm", "19")]);
    assert_eq!(status, 303, "{text}");
    let tasks = hub.command_json(&["tasks"]);
    let pass: Vec<&Value> =
        tasks.as_array().into_iter().flatten().filter(|task| task["pass"] == true).collect();
    assert_eq!(pass.len(), 2, "{tasks}");
    assert_ne!(pass[0]["due"], pass[1]["due"]);
    assert!(words(&pass[0]["decided_by"]).contains("(told)"), "{pass:?}");
}
