//! Choosing and setting up from outside (A1 to A7, A9): five homes walked from their first survey to a done set-up,
//! over forms, API and shell; data sheets, measures and photos that are not right.

use std::collections::BTreeSet;

use e2e::pages::{Browser, between};
use e2e::{HubProcess, must, run};
use serde_json::{Value, json};

use crate::house::{bolt, door, hand, virtual_lock};

/// A home: its name, doors, what is told of each, and what must come first.
struct Home {
    name: &'static str,
    doors: &'static [&'static str],
    told: &'static [(&'static str, &'static str)],
    kind: &'static str,
    /// A lock against its measures.
    fits: (&'static str, &'static str),
    electronic: bool,
}

const HOMES: [Home; 5] = [
    Home {
        name: "flat to rent",
        doors: &["Flat"],
        told: &[
            ("home.tenure", "rent"),
            ("home.kind", "flat"),
            ("home.people", "2"),
            ("home.doors", "1"),
            ("cylinder.shape", "profile"),
            ("measure.prep", "mortice"),
            ("measure.both_sides", "true"),
            ("measure.cylinder_inside_mm", "4"),
            ("measure.backset_mm", "55"),
            ("door.thickness_mm", "45"),
        ],
        kind: "phone-inside",
        fits: ("nuki-smart-lock", "fits"),
        electronic: false,
    },
    Home {
        name: "family house",
        doors: &["House"],
        told: &[
            ("home.tenure", "own"),
            ("home.kind", "house"),
            ("home.people", "4"),
            ("home.doors", "2"),
            ("home.children", "true"),
            ("measure.prep", "bored"),
            ("measure.backset_mm", "2 3/8in"),
            ("measure.cross_bore_mm", "2 1/8in"),
            ("measure.edge_bore_mm", "1in"),
            ("door.thickness_mm", "1 3/4in"),
            ("frame.hole_depth_mm", "26"),
        ],
        kind: "keypad-key",
        fits: ("kwikset-zwave-deadbolt", "fits"),
        electronic: true,
    },
    Home {
        name: "holiday let",
        doors: &["Let 1", "Let 2", "Let 3", "Let 4"],
        told: &[
            ("home.tenure", "own"),
            ("home.kind", "holiday-let"),
            ("home.doors", "4"),
            ("home.helpers", "true"),
            ("measure.prep", "bored"),
            ("measure.backset_mm", "2 3/4in"),
            ("measure.cross_bore_mm", "38"),
            ("measure.edge_bore_mm", "25"),
            ("door.thickness_mm", "44"),
            ("frame.hole_depth_mm", "26"),
        ],
        kind: "managed",
        fits: ("copper-creek-dbs2410", "after_work"),
        electronic: true,
    },
    Home {
        name: "shared house",
        doors: &["Shared"],
        told: &[
            ("home.tenure", "own"),
            ("home.kind", "shared"),
            ("home.people", "4"),
            ("home.doors", "1"),
            ("home.helpers", "true"),
            ("habits.codes_shared", "untracked"),
            ("measure.prep", "bored"),
            ("measure.backset_mm", "60"),
            ("door.thickness_mm", "60"),
        ],
        kind: "keypad-key",
        fits: ("stone-harbor-deadbolt", "does_not_fit"),
        electronic: true,
    },
    Home {
        name: "house with a builder's lock just bought",
        doors: &["New house"],
        told: &[
            ("home.tenure", "own"),
            ("home.kind", "house"),
            ("home.people", "2"),
            ("home.doors", "1"),
            ("frame.material", "wood"),
            ("frame.strike", "plate"),
            ("frame.screw_length_mm", "3/4in"),
            ("bolt.kind", "deadbolt"),
            ("bolt.grade", "ansi-3"),
            ("cylinder.kind", "pin-tumbler"),
            ("cylinder.pins", "5"),
            ("cylinder.copies_out", "3"),
            ("smart.kind", "none"),
        ],
        kind: "keypad-key",
        fits: ("tell-db1000", "cannot_tell"),
        electronic: false,
    },
];

fn signed_in(hub: &HubProcess) -> Browser<'_> {
    match Browser::sign_in(hub, "Olga", e2e::PASSWORD) {
        Ok(browser) => browser,
        Err(text) => panic!("{text}"),
    }
}

fn tell(browser: &mut Browser<'_>, door: &str, told: &[(&str, &str)]) {
    let page = format!("/doors/{door}/survey");
    let (status, text) = browser.send(&page, &page, told);
    assert_eq!(status, 303, "{text}");
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Ticks every open step by its form, as a person with a screwdriver would.
fn walk(hub: &HubProcess, browser: &mut Browser<'_>, door: &str) -> usize {
    let steps = hub.get(&format!("/doors/{door}/setup"));
    let page = format!("/doors/{door}/setup");
    for step in rows(&steps, "steps").iter().filter(|step| step["stands"] == "open") {
        let id = step["id"].as_str().unwrap_or_default();
        let (status, text) = browser.send(&page, &page, &[("step", id), ("do", "done"), ("note", "tried")]);
        assert_eq!(status, 303, "{id}: {text}");
    }
    let steps = hub.get(&format!("/doors/{door}/setup"));
    let left: Vec<&Value> = rows(&steps, "steps").iter().filter(|step| step["stands"] == "open").collect();
    assert!(left.is_empty(), "{left:?}");
    let (status, text) = browser.get(&page);
    assert!(status == 200 && text.contains("Everything on the list is done."), "{text}");
    rows(&steps, "steps").len()
}

/// A1 A2 A4 A5 A7: each home gets its own kind of lock, its own answer to one lock, and its own checklist to the end.
#[test]
fn a2_a4_a5_five_homes_from_first_survey_to_done_set_up() {
    let hub = HubProcess::with_owner();
    let mut browser = signed_in(&hub);
    let mut lists = BTreeSet::new();
    for home in &HOMES {
        for name in home.doors {
            let id = door(&hub, name, "UTC");
            if home.electronic {
                virtual_lock(&hub, &id, name);
            }
            tell(&mut browser, &id, home.told);
            let fit = hub.get(&format!("/doors/{id}/fit?model={}", home.fits.0));
            assert_eq!(fit["fit"]["verdict"], home.fits.1, "{}: {}", home.name, fit["fit"]["said"]);
            let steps = hub.get(&format!("/doors/{id}/setup"));
            let ids: Vec<String> = rows(&steps, "steps").iter().map(|step| step["id"].to_string()).collect();
            assert_eq!(
                ids.iter().any(|id| id == "\"pair\""),
                home.electronic || !told_plain(home),
                "{ids:?}"
            );
            lists.insert(ids);
            walk(&hub, &mut browser, &id);
        }
        let first = home.doors[0];
        let advice = hub.command_json(&["compare", first]);
        assert_eq!(
            advice["home"]["kinds"][0]["id"], home.kind,
            "{}: {}",
            home.name, advice["home"]["kinds"][0]
        );
        let reasons = rows(&advice["home"]["kinds"][0], "reasons");
        let named = reasons.iter().any(|reason| !rows(reason, "decided").is_empty());
        assert!(named || home.kind == "keypad-key", "{}: {reasons:?}", home.name);
    }
    assert!(lists.len() >= 3, "homes that differ get different lists");
    let (status, text) = browser.get("/advice");
    assert!(status == 200 && HOMES.iter().all(|home| text.contains(home.doors[0])), "{text}");
}

fn told_plain(home: &Home) -> bool {
    home.told.contains(&("smart.kind", "none"))
}

/// A1 A3 A9: the page says the ways, the trade-offs with the audit's own numbers, and the mistakes of a plan.
#[test]
fn a1_a3_a9_the_page_compares_and_finds_mistakes_before_money_is_spent() {
    let hub = HubProcess::with_owner();
    let mut browser = signed_in(&hub);
    let id = door(&hub, "New house", "UTC");
    tell(&mut browser, &id, HOMES[4].told);
    let (status, text) = browser.get(&format!("/doors/{id}/advice"));
    assert_eq!(status, 200, "{text}");
    for words in
        ["Kinds of lock for this home", "Ways to open it, side by side", "What brings what", "estimate"]
    {
        assert!(text.contains(words), "{words}");
    }
    let advice = hub.get(&format!("/doors/{id}/advice"));
    for way in rows(&advice["ways"], "ways") {
        assert_eq!(rows(way, "cells").len(), 10, "{}", way["id"]);
        assert!(rows(way, "cells").iter().all(|cell| !cell["rests"].is_null() && cell["why"] != ""));
    }
    let strike = rows(&advice["options"], "choices").iter().find(|one| one["id"] == "reinforce");
    let strike = strike.unwrap_or_else(|| panic!("a stronger strike: {advice}"));
    assert!(strike["p"]["p_before"].as_f64() > strike["p"]["p_after"].as_f64(), "{strike}");
    let plan = hub.get(&format!("/doors/{id}/advice?plan=new-keypad&model=brinks-80"));
    let found: Vec<&str> = rows(&plan, "mistakes").iter().filter_map(|one| one["id"].as_str()).collect();
    for mistake in ["old-strike", "default-code", "stray-keys"] {
        assert!(found.contains(&mistake), "{found:?}");
    }
    let (_, text) = browser.get(&format!("/doors/{id}/advice?plan=new-keypad"));
    assert!(text.contains("The new lock goes onto the old strike with short screws."), "{text}");
    let refused = hub.ask("GET", &format!("/doors/{id}/advice?plan=moat"), None);
    assert!(refused.status == 422 && refused.text.contains("screws-3in"), "{}", refused.text);
    let (status, text) = browser.get(&format!("/doors/{id}/fit?model=moat"));
    assert!(status == 422 && text.contains("no data sheet"), "{text}");
}

/// A6: differences only, each with its cost; in the shell as well.
#[test]
fn a6_safe_against_risky_for_this_door() {
    let hub = HubProcess::with_owner();
    let mut browser = signed_in(&hub);
    let id = door(&hub, "New house", "UTC");
    tell(&mut browser, &id, HOMES[4].told);
    let risks = hub.command_json(&["setup", "New house", "--risks"]);
    let strike = rows(&risks, "differences").iter().find(|one| one["id"] == "strike-screws");
    let strike = strike.unwrap_or_else(|| panic!("{risks}"));
    assert_eq!(strike["side"], "risky");
    assert!(strike["p_risky"].as_f64() > strike["p_safe"].as_f64());
    assert!(
        !rows(&risks, "differences").iter().any(|one| one["id"] == "default-code"),
        "no electronics here"
    );
    assert!(risks["p_all_risky"].as_f64() >= risks["p_all_safe"].as_f64());
    let (status, text) = browser.get(&format!("/doors/{id}/risks"));
    assert!(
        status == 200 && text.contains("Everything risky") && text.contains("Screws in the strike"),
        "{text}"
    );
}

/// A5: what the hub sees ticks itself; a set-up is left and taken up elsewhere; a replaced lock counts anew.
#[test]
fn a5_seen_by_the_hub_left_and_taken_up_and_counted_anew() {
    let mut hub = HubProcess::with_owner();
    let id = door(&hub, "Front door", "UTC");
    let lock = virtual_lock(&hub, &id, "Front");
    let stands = |hub: &HubProcess, step: &str| {
        let steps = hub.get(&format!("/doors/{id}/setup"));
        let found = rows(&steps, "steps").iter().find(|one| one["id"] == step).cloned();
        found.unwrap_or_else(|| panic!("{step}: {steps}"))
    };
    // cells are measured while the motor runs
    hub.command_json(&["lock", "Front door"]);
    let cells = hub.until(&format!("/doors/{id}/setup"), 30, |steps| {
        rows(steps, "steps").iter().any(|one| one["id"] == "batteries" && one["stands"] == "seen")
    });
    assert!(cells.to_string().contains("cells hold"), "{cells}");
    // the bolt: all the way out, and its ways alike
    for _ in 0..3 {
        for (order, end) in [("unlock", 0), ("lock", 1000)] {
            hub.command_json(&[order, "Front door"]);
            bolt(&hub, &lock, end);
        }
    }
    let free = |stands: &'static str| {
        move |steps: &Value| {
            rows(steps, "steps").iter().any(|one| one["id"] == "bolt-free" && one["stands"] == stands)
        }
    };
    let seen = hub.until(&format!("/doors/{id}/setup"), 30, free("seen"));
    assert!(seen.to_string().contains("ms, alike"), "{seen}");
    hand(&hub, &lock, &json!({ "do": "jam", "on": true }));
    hub.command_json(&["unlock", "Front door"]);
    hub.command_json(&["lock", "Front door"]);
    hub.until(&format!("/doors/{id}/setup"), 30, free("open"));
    hand(&hub, &lock, &json!({ "do": "jam", "on": false }));
    hub.command_json(&["setup", "Front door", "--done", "mount", "--note", "bolt moves freely"]);
    let mount = stands(&hub, "mount");
    assert_eq!((&mount["stands"], &mount["note"]), (&json!("ticked"), &json!("bolt moves freely")));
    assert!(mount["evidence"].as_str().is_some_and(|text| text.contains("said so on")), "{mount}");
    // another device, after a crash: it stands as it was left
    hub.kill_and_start();
    assert_eq!(stands(&hub, "mount")["stands"], "ticked");
    hub.command_json(&["setup", "Front door", "--open", "mount"]);
    assert_eq!(stands(&hub, "mount")["stands"], "open");
    hub.command_json(&["setup", "Front door", "--done", "mount"]);
    hub.ask("POST", &format!("/locks/{lock}/forget"), Some(&json!({}))).ok();
    virtual_lock(&hub, &id, "Second");
    assert_eq!(stands(&hub, "mount")["stands"], "anew", "{}", stands(&hub, "mount"));
    let log = hub.get("/log?limit=100").to_string();
    assert!(log.contains("noted a step of the set-up of Front door as done: mount"), "{log}");
    let refused =
        hub.ask("POST", &format!("/doors/{id}/setup"), Some(&json!({ "step": "dance", "done": true })));
    assert_eq!(refused.status, 404, "{}", refused.text);
}

/// The head of a PNG of two pixels: enough to be told from anything else.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01\x08\x06\0\0\0\0\0\0\0";

/// A5: a photo stays in the data folder; 100 MB and what is no photo are refused in plain words.
#[test]
fn a5_a_photo_stays_here_and_what_is_none_is_refused() {
    let hub = HubProcess::with_owner();
    let mut browser = signed_in(&hub);
    let id = door(&hub, "Front door", "UTC");
    let page = format!("/doors/{id}/setup");
    let to = format!("{page}/photo");
    let (_, text) = browser.get(&page);
    let csrf = between(&text, "name=\"csrf\" value=\"", "\"").unwrap_or_default().to_owned();
    let send = |browser: &mut Browser<'_>, csrf: &str, bytes: Vec<u8>| {
        browser.upload(&to, &[("csrf", csrf), ("step", "strike-off")], "photo", bytes)
    };
    assert_eq!(send(&mut browser, "wrong", PNG.to_vec()).0, 403);
    let (status, text) = send(&mut browser, &csrf, b"%PDF-1.7 not a photo".to_vec());
    assert!(status == 422 && text.contains("This is no photo"), "{status}: {text}");
    let (status, text) = send(&mut browser, &csrf, vec![0xff; 100 * 1024 * 1024]);
    assert!(status == 413 && text.contains("at most 8 MB"), "{status}: {text}");
    assert!(hub.files().iter().all(|file| !file.display().to_string().contains("photos/")));
    assert_eq!(send(&mut browser, &csrf, PNG.to_vec()).0, 303);
    let kept = hub.files().into_iter().find(|file| file.display().to_string().contains("photos/"));
    let kept = kept.unwrap_or_else(|| panic!("no photo in the data folder"));
    assert_eq!(must(std::fs::read(kept), "the photo"), PNG);
    assert_eq!(browser.get(&format!("{to}/strike-off")).0, 200);
    assert!(browser.get(&page).1.contains("Photo of: "));
    assert_eq!(browser.get(&format!("{to}/..%2f..%2fhub.db")).0, 404);
}

fn fit(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let output = run(&[&["fit"], arguments].concat(), &[], input);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A4: from a file, without a hub; impossible measures, mixed units and half-filled sheets are clear errors.
#[test]
fn a4_fit_from_a_file_and_bad_input() {
    let good = "[measure]\nprep = \"bored\"\nthickness_mm = \"1 3/4in\"\nbackset_mm = \"2.375in\"\ncross_bore_mm = 54\nedge_bore_mm = 25\n[frame]\nhole_depth_mm = 26\n";
    let (code, out, error) = fit(&["-", "stone-harbor-deadbolt"], good);
    assert_eq!(code, Some(0), "{error}");
    assert!(out.contains("It fits as the door is."), "{out}");
    let (_, out, _) = fit(&["-", "--json"], good);
    let all: Value = must(serde_json::from_str(&out), "JSON");
    assert!(all.as_array().is_some_and(|all| all.len() >= 10 && all[0]["verdict"] == "fits"), "{out}");
    let (_, out, _) = fit(&["-", "tell-db1000"], "");
    assert!(out.contains("Measure first") && out.contains("measure.backset_mm"), "{out}");
    for (survey, says) in [
        ("[measure]\nbackset_mm = 2.375\n", "if these are inches"),
        ("[measure]\nbackset_mm = \"2in 5mm\"\n", "mixes two units"),
        ("[measure]\nthickness_mm = 30\nedge_bore_mm = 35\n", "as wide as the door is thick"),
        ("[measure]\nhanding = \"up\"\n", "did you mean"),
    ] {
        let (code, _, error) = fit(&["-", "tell-db1000"], survey);
        assert!(code == Some(1) && error.contains(says), "{survey}: {error}");
    }
    let (code, _, error) = fit(&["-", "moat"], good);
    assert!(code == Some(1) && error.contains("tell-db1000"), "{error}");
    let folder = must(tempfile::tempdir(), "a folder");
    let sheet = folder.path().join("own.toml");
    let head = "id = \"own\"\nmaker = \"A\"\nmodel = \"1\"\n[[source]]\nid = \"s\"\ntitle = \"T\"\naddress = \"https://example.org\"\nseen = \"primary\"\n[field]\n";
    for (field, says) in [
        ("", "not filled in"),
        ("thickness = { from = 35, to = 45, says = \"x\" }\n", "has no source"),
        ("thickness = { from = 45, to = 35, source = \"s\", says = \"x\" }\n", "more than `to`"),
    ] {
        must(std::fs::write(&sheet, format!("{head}{field}")), "the sheet");
        let (code, _, error) = fit(&["-", &sheet.display().to_string()], good);
        assert!(code == Some(1) && error.contains(says), "{field}: {error}");
    }
    let output = run(&["compare", "-", "--plan", "keyless"], &[], "[home]\ndoors = 1\n");
    let (code, out) = (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned());
    assert!(code == Some(0) && out.contains("only one door"), "{out}");
}
