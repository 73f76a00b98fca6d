//! The table is whole, and two homes that differ in one answer get different cells that name it.

use super::*;
use crate::testing::{home, report};

#[test]
fn a1_every_way_answers_every_question() {
    assert!(RULES.as_ref().is_ok(), "{:?}", RULES.as_ref().err());
    let survey = home("");
    let table = table(&survey, &report(&survey));
    assert_eq!(table.ways.len(), WAYS.len());
    for way in &table.ways {
        let asked: Vec<&str> = way.cells.iter().map(|cell| cell.ask).collect();
        let all: Vec<&str> = ASKS.iter().map(|(id, _)| *id).collect();
        assert_eq!(asked, all, "{}", way.id);
    }
    // every cell of the file is reachable: its words exist
    for raw in &RULES.as_ref().unwrap().cell {
        assert!(WAYS.contains(&raw.way.as_str()) && ASKS.iter().any(|(id, _)| *id == raw.ask));
        assert!(crate::words::has(&format!("choose.cell.{}", raw.words)), "{}", raw.words);
        raw.when.tells_two_homes_apart(&raw.words);
    }
}

fn cell_of(text: &str, way: &str, ask: &str) -> Cell {
    let survey = home(text);
    let table = table(&survey, &report(&survey));
    let way = table.ways.into_iter().find(|one| one.id == way).unwrap();
    way.cells.into_iter().find(|cell| cell.ask == ask).unwrap()
}

#[test]
fn a1_two_homes_get_different_cells_and_the_answer_is_named() {
    for (way, ask, one, other, key) in [
        ("keypad", "cleaners", "[habits]\ncodes_shared = \"untracked\"", "", "habits.codes_shared"),
        ("keyless", "dead-battery", "[home]\ndoors = 2", "[home]\ndoors = 1", "home.doors"),
        (
            "phone",
            "lost-phone",
            "[habits]\nphone_locked = false",
            "[habits]\nphone_locked = true",
            "habits.phone_locked",
        ),
        ("keypad", "power-cut", "[smart]\nkind = \"electric-strike\"", "", "smart.kind"),
        ("fingerprint", "wet", "[home]\ncold = true", "[home]\ncold = false", "home.cold"),
        ("phone", "gloves", "[smart]\nauto_unlock = true", "", "smart.auto_unlock"),
        (
            "key-and-keypad",
            "dead-battery",
            "[habits]\nbackup_tested_months = 2",
            "",
            "habits.backup_tested_months",
        ),
        ("keyless", "picked", "[smart]\nkeypad_wear = \"visible\"", "", "smart.keypad_wear"),
    ] {
        let (left, right) = (cell_of(one, way, ask), cell_of(other, way, ask));
        assert_ne!(left.why, right.why, "{way} {ask}");
        assert_eq!(left.decided[0].key, key);
    }
}

#[test]
fn a1_what_this_home_needs_orders_the_ways() {
    let needs = home("[home]\nchildren = true\nno_phone = true\ncold = true\n");
    let for_it = table(&needs, &report(&needs));
    let place = |table: &Table, id: &str| table.ways.iter().position(|way| way.id == id).unwrap();
    assert!(place(&for_it, "key-and-keypad") < place(&for_it, "phone"));
    assert!(for_it.asks.iter().find(|ask| ask.id == "children").unwrap().matters);
    let adults = home("[home]\nchildren = false\n");
    let for_them = table(&adults, &report(&adults));
    assert!(!for_them.asks.iter().find(|ask| ask.id == "children").unwrap().matters);
    let poor = |table: &Table| table.ways.iter().find(|way| way.id == "phone").unwrap().poor_here;
    assert!(poor(&for_it) > poor(&for_them));
}

#[test]
fn a1_the_picked_cell_is_the_audits_word() {
    let cell = cell_of("[cylinder]\nkind = \"pin-tumbler\"\n", "keypad", "picked");
    assert_eq!(cell.rests, Rests::Audit);
    let survey = home("[cylinder]\nkind = \"pin-tumbler\"\n");
    assert!(cell.why.contains(&report(&survey).can_be_picked.answer));
    assert_eq!(cell_of("", "keyless", "picked").does, Does::Good);
}
