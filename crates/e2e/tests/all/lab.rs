//! `doorward lab` from outside (D6): the contract of its JSON, bad input named by field, the same bits on any
//! number of threads, drawings, and Ctrl-C that prints what there is.

use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::{binary, must, run};
use serde_json::{Value, json};

fn lab(words: &[&str], input: &str) -> (i32, String, String) {
    let output = run(&[&["lab"], words].concat(), &[], input);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn answered(words: &[&str], input: &str) -> Value {
    let (code, out, err) = lab(words, input);
    assert_eq!(code, 0, "{words:?}: {err}");
    must(serde_json::from_str(&out), "one JSON document")
}

fn refused(words: &[&str], input: &str, named: &str) {
    let (code, out, err) = lab(words, input);
    assert_ne!(code, 0, "{words:?}: {out}");
    assert!(err.contains(named), "{words:?} should name {named}: {err}");
}

/// Published counts, to the last digit, and nothing but the two of the contract.
#[test]
fn d6_keys_are_counted_exactly() {
    for (pins, depths, macs, total, legal) in [
        ("5", "10", "7", 100_000, 79_666),
        ("6", "10", "7", 1_000_000, 753_754),
        ("5", "6", "4", 7_776, 6_306),
        ("5", "7", "4", 16_807, 10_483),
        ("6", "6", "3", 46_656, 20_650),
    ] {
        let words = ["keys", "--pins", pins, "--depths", depths, "--macs", macs, "--json"];
        assert_eq!(answered(&words, ""), json!({ "total": total, "legal": legal }));
    }
    assert_eq!(answered(&["keys", "--system", "lw4", "--json"], "")["legal"], 79_666);
    let all = answered(
        &["keys", "--system", "sc1", "--top", "4,6,2,5,3", "--trials", "100000", "--json", "--all"],
        "",
    );
    assert_eq!((&all["held"], &all["en1303"]), (&json!(77_688), &json!(76_512)));
    assert_eq!(all["master_probes"], json!({ "most": 45, "mean": 22.5, "blanks": 5, "two_step": 20 }));
    assert_eq!(all["master_system"]["change_keys"], 1024);
    let band = all["sampled"]["sampling"].as_array().unwrap().clone();
    assert!(band[0].as_f64().unwrap() < 80_500.0 && band[1].as_f64().unwrap() > 78_900.0, "{band:?}");
    let (bits, left) = (all["bits"].as_f64().unwrap(), all["bits_after_photo"].as_f64().unwrap());
    assert!(left < 0.5 * bits, "a picture gives most of a key away: {left} of {bits}");
}

/// The contract of `rank`: the order of the input, bands, and *not rated* with a reason.
#[test]
fn d6_rank_keeps_the_order_and_says_what_it_cannot_rate() {
    let list = json!([
        { "id": "hard", "kind": "pin-tumbler", "pins": 7, "security": "all", "tolerance": "tight" },
        { "kind": "magnetic" },
        { "id": "easy", "kind": "pin-tumbler", "pins": 4, "security": "none", "tolerance": "loose" },
        { "id": "discs", "kind": "disc-detainer", "pins": 9, "false_gates": true, "sidebar": false },
    ])
    .to_string();
    let words = ["rank", "-", "--json", "--seed", "5", "--trials", "960"];
    let rows = answered(&words, &list);
    let ids: Vec<&str> = rows.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["hard", "2", "easy", "discs"]);
    assert_eq!(rows[1]["rated"], false);
    assert!(rows[1]["median_s"].is_null() && !rows[1]["why"].as_str().unwrap().is_empty());
    for k in [0, 2, 3] {
        let row = &rows[k];
        assert_eq!(row["rated"], true, "{row}");
        let p = row["p_open_300s"].as_f64().unwrap();
        for band in ["sampling", "lock_to_lock", "ignorance"] {
            let (low, high) = (row[band][0].as_f64().unwrap(), row[band][1].as_f64().unwrap());
            assert!(low <= p && p <= high, "{band} of {row}");
        }
    }
    assert!(rows[0]["p_open_300s"].as_f64().unwrap() < rows[2]["p_open_300s"].as_f64().unwrap());
    assert!(rows[2]["median_s"].as_f64().unwrap() > 0.0);
    let one = answered(&[&words[..], &["--threads", "1"]].concat(), &list);
    let three = answered(&[&words[..], &["--threads", "3"]].concat(), &list);
    assert_eq!(one, three, "the same bits on any number of threads");
    assert_eq!(one, rows);
    assert_ne!(answered(&["rank", "-", "--json", "--seed", "6", "--trials", "960"], &list), rows);
}

/// Every attack answers with points and three bands, and draws.
#[test]
fn d6_every_attack_answers_and_draws() {
    let folder = must(tempfile::tempdir(), "a folder");
    for attack in ["pick", "rake", "bump", "snap", "impression", "machine"] {
        let svg = folder.path().join(format!("{attack}.svg"));
        let svg = svg.to_str().unwrap();
        let words = [attack, "--pins", "5", "--security", "none", "--trials", "512", "--json", "--svg", svg];
        let answer = answered(&words, "");
        assert_eq!(answer["attack"], attack);
        assert_eq!(answer["stopped_early"], false);
        let points = answer["points"].as_array().unwrap();
        assert!(points.len() >= 8, "{attack}");
        let p = |k: usize| points[k]["p_open"].as_f64().unwrap();
        assert!((1..points.len()).all(|k| p(k - 1) <= p(k)), "{attack}: P(open) never falls with time");
        assert!(points.iter().all(|at| at["ignorance"][0].as_f64() <= at["ignorance"][1].as_f64()));
        let accounts = answer["accounts"].as_array().unwrap().len();
        assert_eq!(accounts, if matches!(attack, "bump" | "snap") { 2 } else { 0 }, "{attack}");
        let drawn = must(std::fs::read_to_string(svg), "the drawing");
        assert!(drawn.starts_with("<svg") && drawn.contains("<title") && drawn.contains("<desc"), "{attack}");
    }
    let list = r#"[{"id":"a","kind":"wafer"},{"id":"b","kind":"dimple"}]"#;
    let compared = answered(&["compare", "-", "--trials", "512", "--json"], list);
    assert_eq!(compared[1]["id"], "b");
}

/// Bad input: the field is named and nothing is guessed.
#[test]
fn d6_bad_input_names_the_field() {
    let one = |fields: &str| format!(r#"[{{"kind":"pin-tumbler",{fields}}}]"#);
    for (fields, named) in [
        (r#""pins":0"#, "pins"),
        (r#""pins":3.5"#, "pins"),
        (r#""depths":6,"macs":7"#, "macs"),
        (r#""spring_rate_n_mm":-1"#, "spring_rate_n_mm"),
        (r#""chamber_mm":4"#, "chamber_mm"),
        (r#""tolerance":"exact""#, "tolerance"),
        (r#""colour":"red""#, "colour"),
        (r#""bitting":[1,2,99]"#, "bitting"),
    ] {
        refused(&["rank", "-"], &one(fields), named);
        refused(&["rank", "-"], &one(fields), "entry 1");
    }
    refused(&["rank", "-"], "{}", "array");
    refused(&["rank", "-"], "[{]", "JSON");
    refused(&["pick", "--offset-um", "NaN"], "", "offset_um");
    refused(&["pick", "--trials", "99999999999"], "", "trials");
    refused(&["pick", "--trials", "0"], "", "trials");
    refused(&["pick", "--attacker", "wizard"], "", "attacker");
    refused(&["pick", "--set", "friction=-1"], "", "friction");
    refused(&["pick", "--set", "luck=1"], "", "figure");
    refused(&["bump", "--kind", "wafer"], "", "not rated");
    refused(&["pick", "--kind", "magnetic"], "", "not rated");
    refused(&["keys", "--pins", "5", "--depths", "6", "--macs", "9"], "", "macs");
    refused(&["keys", "--system", "XX9"], "", "system");
}

/// Ctrl-C on a run of many minutes: what there is is printed, as success, and it says that it was stopped.
#[test]
fn d6_ctrl_c_prints_what_there_is() {
    let words = ["lab", "pick", "--attacker", "novice", "--trials", "100000000", "--threads", "1", "--json"];
    let child = Command::new(binary()).args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = must(child, "the lab");
    std::thread::sleep(Duration::from_secs(3));
    must(Command::new("kill").args(["-INT", &child.id().to_string()]).status(), "kill");
    let output = must(child.wait_with_output(), "its end");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = must(serde_json::from_slice(&output.stdout), "one JSON document");
    assert_eq!(answer["stopped_early"], true);
    assert!(answer["trials"].as_u64().unwrap() > 0);
}

/// The schema that the help points to lists every field of a description.
#[test]
fn d6_the_schema_lists_every_field() {
    let schema = answered(&["--schema"], "");
    let fields = schema["properties"].as_object().unwrap();
    for field in
        ["kind", "pins", "security", "sidebar", "false_gates", "tolerance", "springs", "bitting", "macs"]
    {
        assert!(fields.contains_key(field), "{field}");
    }
}
