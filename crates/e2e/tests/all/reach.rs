//! Journey 4: the radio is cut and comes back.

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{bolt, front, give, hand, in_force, logged, person, press, radio, stands};

/// L1, E5: codes and key work without the hub; a change waits with its reason; what was missed arrives with
/// the lock's own times, in order, none lost, none twice.
#[test]
fn l1_e5_out_of_reach_a_change_waits_and_missed_entries_arrive_once_and_in_order() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let (ana, ben) = (person(&hub, "Ana"), person(&hub, "Ben"));
    in_force(&hub, &give(&hub, &ana, &door, "004711"));
    radio(&hub, &lock, false);
    // the hub cannot operate it, and says so at once
    let answer = hub.ask("POST", &format!("/locks/{lock}/operate"), Some(&json!({ "operation": "lock" })));
    assert!(answer.status >= 500, "{}", answer.text);
    assert!(
        answer.json["error"]["message"].as_str().is_some_and(|words| words.len() > 10),
        "{}",
        answer.text
    );
    let grant = give(&hub, &ben, &door, "047193");
    let waiting = stands(&hub, &grant, "waiting");
    let words = waiting["locks"][0]["words"].as_str().unwrap_or_default().to_owned();
    assert!(words.starts_with("waiting since ") && words.contains("out of reach"), "{words}");
    assert!(!waiting["locks"][0]["since"].is_null());
    // a grant that is not at the lock does not open
    assert_eq!(press(&hub, &lock, "047193")["decision"]["allowed"], false);
    for _ in 0..3 {
        assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
        bolt(&hub, &lock, 0);
        hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
        bolt(&hub, &lock, 1000);
    }
    assert!(entries(&hub).is_empty(), "nothing arrives while it is out of reach");
    radio(&hub, &lock, true);
    in_force(&hub, &grant);
    hub.until(&format!("/virtual-locks/{lock}"), 30, |state| state["unsent_records"] == 0);
    let entries = entries(&hub);
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let kinds: Vec<String> = entries.iter().map(|entry| text(entry, "summary")).collect();
    let round = ["Ana unlocked Front by code", "Somebody locked Front with the key"];
    assert_eq!(kinds, round.repeat(3));
    // as text a whole second sorts after its own fractions: bring all to nine decimals first
    let moment = |entry: &Value, key: &str| {
        let words = text(entry, key);
        let (second, fraction) =
            words.trim_end_matches('Z').split_once('.').unwrap_or((words.trim_end_matches('Z'), ""));
        format!("{second}.{fraction:0<9}")
    };
    let own: Vec<String> = entries.iter().map(|entry| moment(entry, "happened")).collect();
    assert!(own.is_sorted(), "{own:?}");
    // the lock's own times, from before the hub heard of it
    assert!(entries.iter().all(|entry| moment(entry, "happened") < moment(entry, "at")));
    let numbers: Vec<&Value> = entries.iter().map(|entry| &entry["detail"]["record"]["sequence"]).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
    assert_eq!(press(&hub, &lock, "047193")["decision"]["allowed"], true);
    logged(&hub, "Ben unlocked Front by code");
}

/// L1: over a radio that loses, delays, doubles and reorders, a change still becomes true and no entry is
/// told twice.
#[test]
fn l1_a_bad_radio_changes_nothing_of_that() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let bad = json!({ "do": "radio_faults", "delay_ms": 20, "jitter_ms": 60, "loss": 150, "duplicate": 200 });
    hand(&hub, &lock, &bad);
    in_force(&hub, &give(&hub, &person(&hub, "Ana"), &door, "004711"));
    for _ in 0..2 {
        assert_eq!(press(&hub, &lock, "004711")["decision"]["allowed"], true);
        bolt(&hub, &lock, 0);
        hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
        bolt(&hub, &lock, 1000);
    }
    hub.until(&format!("/virtual-locks/{lock}"), 60, |state| state["unsent_records"] == 0);
    let kinds: Vec<Value> =
        entries(&hub).iter().map(|entry| entry["detail"]["record"]["kind"].clone()).collect();
    assert_eq!(kinds, ["unlocked", "locked", "unlocked", "locked"]);
}

fn entries(hub: &HubProcess) -> Vec<Value> {
    let log = hub.get("/log?kind=entry&limit=500");
    log.as_array().into_iter().flatten().rev().cloned().collect()
}
