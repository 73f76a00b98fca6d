//! Journeys 2 and 3: a virtual lock, a code with leading zeros, entries, lock-out, hours.

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{
    bolt, days_far_from_today, door, front, give, hand, id, in_force, logged, person, press, virtual_lock,
};

/// E1, L1, P1: from the API.
#[test]
fn e1_p1_a_code_with_leading_zeros_opens_and_the_log_says_who_how_and_when() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let ana = person(&hub, "Ana");
    let grant = give(&hub, &ana, &door, "004711");
    let words = in_force(&hub, &grant)["locks"][0]["words"].clone();
    assert!(
        words.as_str().is_some_and(|w| w.starts_with("in force since") && w.contains("read back")),
        "{words}"
    );
    hand(&hub, &lock, &json!({ "do": "turn", "with": "thumbturn", "lock": true }));
    bolt(&hub, &lock, 1000);
    hub.until(&format!("/doors/{door}"), 10, |door| door["state"] == "Locked");
    // without its zeros it is another code
    let state = press(&hub, &lock, "4711");
    assert_eq!(state["decision"]["allowed"], false, "{state}");
    let state = press(&hub, &lock, "004711");
    assert_eq!(
        (&state["decision"]["allowed"], &state["keypad"]["meaning"]),
        (&json!(true), &json!("Opened"))
    );
    bolt(&hub, &lock, 0);
    hub.until(&format!("/doors/{door}"), 10, |door| door["state"] == "Unlocked");
    let entry = logged(&hub, "Ana unlocked Front by code");
    assert_eq!(
        (&entry["kind"], &entry["person"], &entry["door"]),
        (&json!("entry"), &json!(ana), &json!(door))
    );
    assert_eq!(entry["detail"]["record"]["source"], "keypad");
    assert!(entry["happened"].as_str().is_some_and(|at| at.starts_with("20")), "{entry}");
    assert!(!hub.get("/log?limit=500").to_string().contains("004711"));
}

/// E1, P1, E7: the same from the shell, with a generated code.
#[test]
fn e1_e7_the_same_from_the_command_line_with_a_generated_code() {
    let hub = HubProcess::with_owner();
    hub.command_json(&["doors", "add", "Front door", "--time-zone", "UTC"]);
    let lock = id(&hub.command_json(&["locks", "virtual", "Front"]));
    hub.until(&format!("/locks/{lock}"), 20, |lock| lock["live"]["reachable"] == true);
    let locks = hub.command_json(&["locks"]);
    assert_eq!(locks[0]["name"], "Front");
    let doors = hub.command_json(&["doors"]);
    let door = doors.as_array().into_iter().flatten().find(|door| door["id"] == locks[0]["door"]).cloned();
    let door = door.map(|door| door["name"].as_str().unwrap_or_default().to_owned()).unwrap_or_default();
    hub.command_json(&["people", "add", "Ana"]);
    let grant =
        id(&hub.command_json(&["grant", "Ana", "--door", &door, "--digits", "8", "--reason", "guest"]));
    in_force(&hub, &grant);
    let shown = hub.command_json(&["people", "code", "Ana"]);
    let code = shown["pin"].as_str().unwrap_or_default();
    assert!(code.len() == 8 && code.bytes().all(|digit| digit.is_ascii_digit()));
    hub.command_json(&["lock", &door]);
    bolt(&hub, &lock, 1000);
    assert_eq!(press(&hub, &lock, code)["decision"]["allowed"], true);
    bolt(&hub, &lock, 0);
    logged(&hub, "Ana unlocked Front by code");
    hub.command_json(&["unlock", &door]);
    let log = hub.command_json(&["log", "--kind", "entry", "--person", "Ana", "--limit", "5"]);
    assert_eq!(log.as_array().map(Vec::len), Some(1), "{log}");
    hub.command_json(&["revoke", "Ana", "--door", &door]);
    crate::house::settled(&hub);
    assert_eq!(press(&hub, &lock, code)["decision"]["allowed"], false);
}

/// E4: wrong codes end in a lock-out that lock and log tell of; a right code is refused while it lasts.
#[test]
fn e4_wrong_codes_lock_the_keypad_and_the_log_says_so() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let grant = give(&hub, &person(&hub, "Ana"), &door, "004711");
    in_force(&hub, &grant);
    let mut state = Value::Null;
    for wrong in
        ["731901", "731902", "731903", "731904", "731905", "731906", "731907", "731908", "731909", "731910"]
    {
        state = press(&hub, &lock, wrong);
        assert_eq!(state["decision"]["allowed"], false);
        if !state["locked_out_until"].is_null() {
            break;
        }
    }
    assert!(!state["locked_out_until"].is_null(), "ten wrong codes: {state}");
    let state = press(&hub, &lock, "004711");
    assert_eq!(
        (&state["decision"]["allowed"], &state["keypad"]["meaning"]),
        (&json!(false), &json!("Locked out for now"))
    );
    let entry = logged(&hub, "Too many wrong codes: the keypad of Front is shut");
    assert_eq!(entry["kind"], "refused");
    logged(&hub, "A wrong code at Front");
    hub.until(&format!("/locks/{lock}"), 10, |lock| !lock["live"]["lockout_until"].is_null());
    let alerts = hub.get("/alerts");
    assert_eq!(alerts[0]["kind"], "lockout", "{alerts}");
}

/// P2: outside the hours the lock itself refuses, and the log gives the reason.
#[test]
fn p2_outside_the_hours_is_refused_with_the_reason() {
    let hub = HubProcess::with_owner();
    let door = door(&hub, "Front door", "Europe/Vienna");
    let lock = virtual_lock(&hub, &door, "Front");
    let hours =
        id(&hub.post("/schedules", &json!({ "name": "Other days", "windows": days_far_from_today() })));
    let ana = person(&hub, "Ana");
    let body = json!({ "person": ana, "door": door, "schedule": hours, "until": "2099-12-31T18:00",
        "new_code": { "pin": "004711" } });
    let notices = hub.post("/grants/preview", &body);
    assert!(!notices.to_string().contains("while the hub runs"), "this lock keeps hours itself: {notices}");
    let grant = id(&hub.post("/grants", &body));
    in_force(&hub, &grant);
    let state = press(&hub, &lock, "004711");
    assert_eq!(state["decision"]["allowed"], false);
    let why = state["decision"]["result"].as_str().unwrap_or_default();
    assert!(why.contains("outside its hours"), "{why}");
    let entry = logged(&hub, "Ana was refused at Front: outside their hours");
    assert_eq!((&entry["kind"], &entry["person"]), (&json!("refused"), &json!(ana)));
}

/// P1: what cannot be a code is refused with the reason, and nothing is left behind.
#[test]
fn p1_weak_double_and_unfitting_codes_are_refused_with_the_reason() {
    let hub = HubProcess::with_owner();
    let (door, _) = front(&hub);
    let (ana, ben) = (person(&hub, "Ana"), person(&hub, "Ben"));
    in_force(&hub, &give(&hub, &ana, &door, "004711"));
    for pin in ["000000", "123456", "12345678901", "12a456", "004711"] {
        let body = json!({ "person": ben, "door": door, "new_code": { "pin": pin } });
        let answer = hub.ask("POST", "/grants", Some(&body));
        assert!((400..500).contains(&answer.status), "{pin}: {} {}", answer.status, answer.text);
        let words = answer.json["error"]["message"].as_str().unwrap_or_default();
        assert!(words.len() > 10 && !words.contains(pin), "{pin}: {words}");
    }
    assert_eq!(hub.get(&format!("/people/{ben}"))["codes"], json!([]));
}
