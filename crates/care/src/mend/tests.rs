//! The rules by example: for each symptom two locks that get another first cause, with the sighting that decided.

use std::collections::{BTreeMap, BTreeSet};

use access::battery::Outlook;

use super::*;
use crate::living::samples::{ago, happened, home};
use crate::living::sight::{Gateway, Waiting, What};
use crate::living::travel::Travel;

fn first(symptom_id: &str, change: impl FnOnce(&mut Home)) -> Ranked {
    let mut home = home("");
    change(&mut home);
    let door = &home.doors[0];
    ranked(symptom(symptom_id).unwrap(), &home, door, &door.locks[0], &BTreeMap::new()).remove(0)
}

/// The first cause under two homes, and a piece of the evidence that decided each.
fn differ(symptom: &str, a: (fn(&mut Home), &str, &str), b: (fn(&mut Home), &str, &str)) {
    for (change, cause, evidence) in [a, b] {
        let found = first(symptom, change);
        assert_eq!(found.id, cause, "{symptom}: {found:?}");
        assert_eq!(found.standing, Standing::Likely);
        assert!(found.seen_for.iter().any(|seen| seen.contains(evidence)), "{symptom}: {found:?}");
    }
}

fn silent(home: &mut Home) {
    let lock = &mut home.doors[0].locks[0];
    (lock.reachable, lock.silent_since, lock.last_contact) = (Some(false), Some(ago(2)), Some(ago(2)));
}

fn past(home: &mut Home, what: What, hours: i64) {
    home.doors[0].locks[0].past.push(happened(what, hours));
}

#[test]
fn a8_offline_the_gateway_or_the_cells() {
    differ(
        "offline",
        (
            |home| {
                silent(home);
                let why = Some("no answer from the broker".into());
                home.gateways = vec![Gateway { name: "zigbee2mqtt".into(), up: false, since: ago(2), why }];
            },
            "gateway-down",
            "no answer from the broker",
        ),
        (
            |home| {
                silent(home);
                home.doors[0].locks[0].battery = Some((9, ago(5)));
            },
            "cells-empty",
            "9 %",
        ),
    );
    let weak = first("offline", |home| {
        silent(home);
        home.doors[0].locks[0].signal = Some("30/255".into());
    });
    assert_eq!(weak.id, "radio-weak");
}

#[test]
fn a8_battery_runs_down_by_a_bolt_that_binds_or_by_its_cells() {
    differ(
        "battery",
        (
            |home| {
                let travel = &mut home.doors[0].locks[0].travel;
                travel.first = vec![900; 10];
                travel.travels = (0..20).map(|n| Travel { at: ago(400 - n), ms: 1400 }).collect();
            },
            "bolt-binds",
            "1400 ms",
        ),
        (
            |home| {
                let (since, early, day, late) = (ago(50 * 24), ago(-240), ago(-480), ago(-720));
                let outlook = Outlook { day, early, late, since, readings: 30 };
                home.doors[0].locks[0].outlook = Some(outlook);
            },
            "cells-poor",
            "70 days",
        ),
    );
}

#[test]
fn a8_it_jams_by_a_sagging_door_or_by_something_in_the_strike() {
    differ(
        "jams",
        (
            |home| {
                home.doors[0].survey =
                    door::survey::Survey::from_toml("[hinges]\nscrew_state = \"loose\"").unwrap()
            },
            "door-sags",
            "hinges.screw_state",
        ),
        (|home| past(home, What::Jammed, 1), "strike-rubs", "1 times"),
    );
}

#[test]
fn a8_it_refuses_by_a_lock_out_or_by_its_battery() {
    differ(
        "refuses",
        (|home| home.doors[0].locks[0].lockout_until = Some(ago(-1)), "shut-out", "13:00"),
        (
            |home| {
                past(home, What::BatteryRefused, 1);
                home.doors[0].locks[0].battery = Some((3, ago(1)));
            },
            "battery-refuses",
            "3 %",
        ),
    );
    let mode = first("refuses", |home| home.doors[0].locks[0].mode = Some("vacation".into()));
    assert_eq!((mode.id.as_str(), mode.button), ("mode-keeps-out", Some(Button::ModeNormal)));
}

#[test]
fn a8_a_code_is_not_there_yet_or_outside_its_hours() {
    differ(
        "code",
        (
            |home| {
                silent(home);
                let waiting = Waiting { since: ago(3), stuck: false, error: None };
                home.doors[0].locks[0].waiting = vec![waiting];
            },
            "not-there-yet",
            "wait since",
        ),
        (|home| past(home, What::OutsideHours, 2), "outside-hours", "outside"),
    );
    let stuck = first("code", |home| {
        let error = Some("the lock already holds this code".into());
        home.doors[0].locks[0].waiting = vec![Waiting { since: ago(3), stuck: true, error }];
    });
    assert!(stuck.seen_for.iter().any(|seen| seen.contains("already holds")) || stuck.id == "not-there-yet");
}

#[test]
fn a8_an_unknown_entry_by_hand_or_by_a_foreign_code() {
    differ(
        "stranger",
        (|home| past(home, What::ByHand, 2), "by-hand", "by hand"),
        (
            |home| {
                home.doors[0].locks[0].strangers = 1;
                past(home, What::OpenedByCredential, 2);
            },
            "foreign-code",
            "nobody here gave",
        ),
    );
}

#[test]
fn a8_auto_lock_clock_and_app() {
    differ(
        "autolock",
        (|home| home.doors[0].locks[0].mode = Some("passage".into()), "mode-passage", "passage"),
        (|home| past(home, What::Ajar, 2), "door-not-shut", "stood open"),
    );
    differ(
        "clock",
        (|home| home.doors[0].locks[0].clock_unconfirmed = true, "clock-waits", "somebody"),
        (|home| past(home, What::Restarted, 2), "power-was-cut", "started anew"),
    );
    differ("app", (silent, "lock-silent", "Out of reach"), (|_| (), "app-behind", "heard"));
}

#[test]
fn a8_what_the_owner_ruled_out_goes_last_and_what_was_found_first() {
    let home = home("");
    let door = &home.doors[0];
    let jams = symptom("jams").unwrap();
    let checked = BTreeMap::from([("door-sags".to_owned(), false), ("cells-weak".to_owned(), true)]);
    let order = ranked(jams, &home, door, &door.locks[0], &checked);
    assert_eq!((order[0].id.as_str(), order[0].standing), ("cells-weak", Standing::Found));
    let last = order.last().unwrap();
    assert_eq!((last.id.as_str(), last.standing), ("door-sags", Standing::RuledOut));
}

#[test]
fn s6_a_told_lock_has_no_button_that_asks_it_something() {
    let mut home = home("");
    home.doors[0].locks[0].told = true;
    let door = &home.doors[0];
    for symptom in symptoms() {
        let causes = ranked(symptom, &home, door, &door.locks[0], &BTreeMap::new());
        assert!(causes.iter().all(|cause| cause.button.is_none_or(|button| !button.asks_the_lock())));
    }
}

#[test]
fn a8_what_a_lock_shows_is_offered_first() {
    let well = home("");
    assert!(shown(&well, &well.doors[0], &well.doors[0].locks[0]).is_empty());
    let mut ill = home("");
    silent(&mut ill);
    ill.doors[0].locks[0].battery_low = true;
    assert_eq!(shown(&ill, &ill.doors[0], &ill.doors[0].locks[0]), ["offline", "battery"]);
}

#[test]
fn a8_the_rules_are_whole_and_every_sighting_is_used() {
    let all = read(RULES).unwrap();
    assert_eq!(all.len(), 9);
    let named: BTreeSet<&str> = all
        .iter()
        .flat_map(|symptom| &symptom.causes)
        .flat_map(|cause| cause.speaks_for.iter().chain(&cause.against))
        .map(String::as_str)
        .collect();
    let unused: Vec<_> = signs::NAMES.iter().filter(|name| !named.contains(*name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
    for symptom in &all {
        assert!(!title(&symptom.id).is_empty() && !stop(&symptom.id).is_empty());
        let ids: BTreeSet<_> = symptom.causes.iter().map(|cause| &cause.id).collect();
        assert_eq!(ids.len(), symptom.causes.len(), "{}", symptom.id);
    }
}

#[test]
fn a8_broken_rules_are_named() {
    let rule = |often: u8, sign: &str| {
        format!(
            "[[symptom]]\nid = \"x\"\ncause = [{{ id = \"y\", often = {often}, for = [\"{sign}\"], against = [] }}]"
        )
    };
    assert!(read(&rule(3, "silent")).is_ok());
    assert_eq!(read(&rule(9, "silent")).unwrap_err().to_string(), "x, y: `often` is 1 to 5");
    assert_eq!(read(&rule(3, "sillent")).unwrap_err().to_string(), "x, y: there is no sighting `sillent`");
    assert!(read("[[symptom]]\nname = 3").is_err());
}
