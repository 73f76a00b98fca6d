//! What a lock tells of itself and what can be asked of it: decisions, modes, rehearsals, duress and emergency codes,
//! the budget of wrong codes, a clock that jumped. From outside: API and command line.

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{SOON, bolt, front, give, hand, id, in_force, logged, person, press};

const CODE: &str = "004711";

fn ready(hub: &HubProcess) -> (String, String) {
    let (door, lock) = front(hub);
    let grant = give(hub, &person(hub, "Ana"), &door, CODE);
    in_force(hub, &grant);
    (door, lock)
}

/// Gives a code with a purpose; waits until it is in force.
fn give_for(hub: &HubProcess, name: &str, door: &str, pin: &str, purpose: &str) {
    let body = json!({ "person": person(hub, name), "door": door,
        "new_code": { "pin": pin, "purpose": purpose } });
    in_force(hub, &id(&hub.post("/grants", &body)));
}

fn alerts(hub: &HubProcess, kind: &str) -> Value {
    let is = |alert: &Value| alert["kind"] == kind;
    let all = hub.until("/alerts", SOON, |alerts| alerts.as_array().into_iter().flatten().any(is));
    all.as_array().into_iter().flatten().find(|alert| is(alert)).cloned().unwrap_or_default()
}

fn out(hub: &HubProcess, arguments: &[&str]) -> String {
    let output = hub.command(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Issue 3, *how this lock decides*: credential, hours, mode, lock-out, result; page, API and shell say the same.
#[test]
fn e1_how_the_lock_decided_is_told_and_survives_a_restart() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    press(&hub, &lock, CODE);
    logged(&hub, "Ana unlocked Front by code");
    let said = hub.until(&format!("/doors/{door}"), SOON, |door| {
        door["decision"].as_str().is_some_and(|text| text.starts_with("Allowed: it unlocked."))
    });
    let said = said["decision"].as_str().unwrap_or_default().to_owned();
    for part in ["code in slot 1, of Ana", "at any time", "mode: normal", "lock-out: none"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    press(&hub, &lock, "739518");
    logged(&hub, "A wrong code at Front");
    let shown = out(&hub, &["log", "--why", "--limit", "10"]);
    assert!(shown.contains("nothing that it knows") && shown.contains("of Ana"), "{shown}");
    assert!(out(&hub, &["doors", "show", "Front door"]).contains("Last decision: Refused"));
    hub.kill_and_start();
    let again = hub.get(&format!("/doors/{door}"))["decision"].as_str().unwrap_or_default().to_owned();
    assert!(again.starts_with("Refused: no code, card or finger"), "{again}");
}

/// E3: modes from the shell, with what each means.
#[test]
fn e3_vacation_privacy_and_passage_from_the_command_line() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    let said = out(&hub, &["locks", "mode", "Front", "vacation"]);
    assert!(said.contains("in vacation mode") && said.contains("the key"), "{said}");
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["mode"] == "vacation");
    let state = press(&hub, &lock, CODE);
    assert_eq!(
        (&state["decision"]["allowed"], &state["mode"]),
        (&json!(false), &json!("vacation")),
        "{state}"
    );
    logged(&hub, "Ana was refused at Front: the lock's mode keeps them out");
    hub.command_json(&["locks", "mode", "Front", "passage"]);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["mode"] == "passage");
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], true);
    hub.command_json(&["locks", "mode", "Front", "normal"]);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["mode"] == "normal");
    logged(&hub, "asked Front to go into passage mode");
}

/// E5, P4: both rehearsals with their reports, kept over a restart; the emergency code counts as tested.
#[test]
fn e5_p4_rehearsals_have_reports_and_test_the_emergency_code() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    give_for(&hub, "Neighbour", &door, "270918364", "emergency");
    assert!(hub.get(&format!("/locks/{lock}"))["told"]["backup_tested"].is_null());
    hub.command_json(&["locks", "rehearse", "Front", "dead-battery", "--minutes", "5"]);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["rehearsing"] == true);
    let twice = hub.command(&["locks", "rehearse", "Front", "power-cut"]);
    assert_eq!(twice.status.code(), Some(1));
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], false);
    press(&hub, &lock, "270918364");
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
    let tried = |lock: &Value| {
        let passed = |check: &&Value| check["outcome"] == "passed";
        lock["rehearsing"]["checks"].as_array().is_some_and(|all| all.iter().filter(passed).count() == 4)
    };
    hub.until(&format!("/locks/{lock}"), SOON, tried);
    let report = out(&hub, &["locks", "rehearse", "Front", "--end"]);
    assert!(report.contains("nothing went wrong") && report.contains("counts as tested"), "{report}");
    let kept = hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["rehearsing"].is_null());
    assert!(kept["told"]["backup_tested"].is_string(), "{kept}");

    hub.post(&format!("/locks/{lock}/rehearsal"), &json!({ "kind": "power_cut" }));
    hand(&hub, &lock, &json!({ "do": "power", "on": false }));
    hand(&hub, &lock, &json!({ "do": "power", "on": true }));
    logged(&hub, "Front started anew");
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["clock_known"] == true);
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], true);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| {
        lock["rehearsing"].to_string().contains("opened it afterwards")
    });
    hub.ask("DELETE", &format!("/locks/{lock}/rehearsal"), None).ok();
    hub.kill_and_start();
    let kept = hub.get(&format!("/locks/{lock}"));
    let kinds: Vec<&Value> =
        kept["rehearsals"].as_array().into_iter().flatten().map(|one| &one["kind"]).collect();
    assert_eq!(kinds, [&json!("power_cut"), &json!("dead_battery")], "{kept}");
    assert_eq!(kept["rehearsals"][0]["good"], true, "{kept}");
    assert!(out(&hub, &["locks", "show", "Front"]).contains("Rehearsal of a power cut"));
}

/// A34, E3: at the door a duress code is a code; the owner hears of it.
#[test]
fn a34_duress_opens_with_the_same_light_and_the_owner_hears_of_it() {
    let hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    give_for(&hub, "Ben", &door, "918273", "duress");
    let ordinary = press(&hub, &lock, CODE);
    bolt(&hub, &lock, 0);
    hand(&hub, &lock, &json!({ "do": "turn", "with": "thumbturn", "lock": true }));
    let duress = press(&hub, &lock, "918273");
    for part in ["meaning", "light", "sound"] {
        assert_eq!(duress["keypad"][part], ordinary["keypad"][part]);
    }
    assert!(!duress.to_string().to_lowercase().contains("duress"), "{duress}");
    bolt(&hub, &lock, 0);
    let alert = alerts(&hub, "duress");
    assert_eq!(alert["text"], "Ben opened Front under duress");
    // a code with hours cannot be one: the lock would have to keep two rules for it
    let body = json!({ "person": person(&hub, "Cleo"), "door": door, "until": "2099-01-01T00:00",
        "new_code": { "pin": "364518", "purpose": "duress" } });
    let grant = id(&hub.post("/grants", &body));
    crate::house::stands(&hub, &grant, "refused");
    let short = json!({ "person": person(&hub, "Dan"), "door": door,
        "new_code": { "pin": "519273", "purpose": "emergency" } });
    let refused = hub.ask("POST", "/grants", Some(&short));
    assert!(
        (400..500).contains(&refused.status) && refused.text.contains("9 or 10 digits"),
        "{}",
        refused.text
    );
}

/// G6: a guesser who lets residents clear his lock-outs spends the budget; ordinary codes stop, the owner is told,
/// strong codes open, and the owner lifts it.
#[test]
fn g6_a_spent_budget_is_told_strong_codes_open_and_the_owner_lifts_it() {
    let hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    give_for(&hub, "Neighbour", &door, "270918364", "ordinary");
    // no motor and no wandering bolt: only the counting
    hand(&hub, &lock, &json!({ "do": "motor_speed", "travel_ms": 0 }));
    for wrong in 0..36 {
        press(&hub, &lock, &format!("{:06}", 731_000 + wrong));
        if wrong % 2 == 1 && wrong < 35 {
            assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], true, "after {wrong}");
        }
    }
    let alert = alerts(&hub, "budget_spent");
    assert!(alert["text"].as_str().is_some_and(|text| text.contains("Codes of nine digits")), "{alert}");
    let spent = hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["budget"]["spent"] == true);
    assert_eq!(
        (&spent["live"]["budget"]["used"], &spent["live"]["budget"]["limit"]),
        (&json!(36), &json!(36))
    );
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], false);
    assert!(out(&hub, &["locks", "show", "Front"]).contains("spent, ordinary codes do not open"));
    hub.command_json(&["locks", "lift-budget", "Front"]);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["budget"]["spent"] == false);
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], true);
    logged(&hub, "The count of wrong codes at Front begins anew");
}

/// A16: a clock that jumped waits for a person.
#[test]
fn a16_a_clock_that_jumped_is_told_and_confirmed_by_the_owner() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["clock_known"] == true);
    hand(&hub, &lock, &json!({ "do": "wrong_clock", "seconds": 172_800 }));
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["clock_unconfirmed"] == true);
    let alert = alerts(&hub, "clock_jumped");
    assert!(alert["text"].as_str().is_some_and(|text| text.contains("confirms the time")), "{alert}");
    assert!(out(&hub, &["locks", "show", "Front"]).contains("confirm-clock"));
    hub.command_json(&["locks", "confirm-clock", "Front"]);
    hub.until(&format!("/locks/{lock}"), SOON, |lock| {
        lock["live"]["clock_unconfirmed"] == false && lock["live"]["clock_known"] == true
    });
}

/// E1: a finger and a card of somebody with a code, enrolled from the shell.
#[test]
fn e1_fingers_and_cards_are_enrolled_and_open() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    hub.command_json(&["locks", "enrol", "Front", "--slot", "1", "--finger", "7"]);
    hub.command_json(&["locks", "enrol", "Front", "--slot", "1", "--card", "1001"]);
    assert_eq!(hand(&hub, &lock, &json!({ "do": "finger", "template": 7 }))["decision"]["allowed"], true);
    logged(&hub, "Ana unlocked Front by finger");
    hand(&hub, &lock, &json!({ "do": "turn", "with": "thumbturn", "lock": true }));
    assert_eq!(
        hand(&hub, &lock, &json!({ "do": "card", "number": 1002, "copied": false }))["decision"]["allowed"],
        false
    );
    assert_eq!(
        hand(&hub, &lock, &json!({ "do": "card", "number": 1001, "copied": false }))["decision"]["allowed"],
        true
    );
    logged(&hub, "Ana unlocked Front by card");
}
