//! Every sheet against doors that differ in one measure: each gets its own answer, and names what decided.

use super::*;
use crate::choose::sheet::builtin;

const US: &str = "[measure]\nprep = \"bored\"\nthickness_mm = \"1 3/4in\"\nbackset_mm = \"2 3/8in\"\ncross_bore_mm = \"2 1/8in\"\nedge_bore_mm = \"1in\"\n[frame]\nhole_depth_mm = 26\n";

fn sheet(id: &str) -> Sheet {
    builtin().unwrap().into_iter().find(|sheet| sheet.id == id).unwrap()
}

fn door(text: &str) -> Survey {
    Survey::from_toml(text).unwrap()
}

fn check(id: &str, text: &str) -> Fit {
    fit(&door(text), &sheet(id))
}

#[test]
fn a4_a_common_door_takes_a_common_deadbolt() {
    let fit = check("stone-harbor-deadbolt", US);
    assert_eq!(fit.verdict, Verdict::Fits, "{:#?}", fit.lines);
    let thick = fit.lines.iter().find(|line| line.field == "thickness").unwrap();
    assert_eq!(thick.decided[0].key, "door.thickness_mm");
    assert!(thick.source.as_ref().unwrap().address.contains("StoneHarbor"));
}

#[test]
fn a4_one_measure_changes_the_answer_and_is_named() {
    for (id, from, to, verdict, field, says) in [
        ("stone-harbor-deadbolt", "\"1 3/4in\"", "60", Verdict::DoesNotFit, "thickness", "60 mm thick"),
        ("stone-harbor-deadbolt", "\"1 3/4in\"", "30", Verdict::DoesNotFit, "thickness", "30 mm thick"),
        ("copper-creek-dbs2410", "\"1 3/4in\"", "55", Verdict::AfterWork, "thickness", "kit for thick doors"),
        ("tell-db1000", "\"2 3/8in\"", "60", Verdict::DoesNotFit, "backset", "cannot be moved"),
        (
            "copper-creek-dbs2410",
            "\"2 1/8in\"",
            "38",
            Verdict::AfterWork,
            "cross_bore",
            "Widen the large hole",
        ),
        ("copper-creek-dbs2410", "\"2 1/8in\"", "60", Verdict::AfterWork, "cross_bore", "steel plate"),
        (
            "copper-creek-dbs2410",
            "edge_bore_mm = \"1in\"",
            "edge_bore_mm = 22",
            Verdict::AfterWork,
            "edge_bore",
            "Widen",
        ),
        (
            "copper-creek-dbs2410",
            "hole_depth_mm = 26",
            "hole_depth_mm = 12",
            Verdict::AfterWork,
            "throw",
            "25.4 mm deep",
        ),
        (
            "copper-creek-dbs2410",
            "prep = \"bored\"",
            "prep = \"mortice\"",
            Verdict::DoesNotFit,
            "mount",
            "large round hole",
        ),
        (
            "stone-harbor-deadbolt",
            "\"1 3/4in\"",
            "\"unknown\"",
            Verdict::CannotTell,
            "thickness",
            "door thickness",
        ),
    ] {
        let fit = check(id, &US.replacen(from, to, 1));
        assert_eq!(fit.verdict, verdict, "{id} {to}: {:#?}", fit.lines);
        assert!(fit.said.contains(says), "{id} {to}: {}", fit.said);
        let line = fit.lines.iter().find(|line| line.field == field).unwrap();
        assert_eq!(line.verdict, verdict);
        assert!(!line.decided.is_empty());
    }
}

#[test]
fn a4_what_is_not_measured_is_asked_for() {
    let fit = check("kwikset-zwave-deadbolt", "");
    assert_eq!(fit.verdict, Verdict::CannotTell);
    let keys: Vec<&str> = fit.measure.iter().map(|one| one.key).collect();
    for key in ["measure.prep", "door.thickness_mm", "measure.backset_mm", "measure.cross_bore_mm"] {
        assert!(keys.contains(&key), "{keys:?}");
    }
}

#[test]
fn a4_what_no_page_states_is_not_guessed() {
    let fit = check("danalock-v3-zwave", US);
    assert_eq!(fit.verdict, Verdict::CannotTell);
    assert!(fit.said.contains("Ask the maker"), "{}", fit.said);
    assert!(fit.not_stated.contains(&"thickness"));
    let encode = check("schlage-encode-be489", US);
    assert_eq!(encode.verdict, Verdict::CannotTell);
    assert!(encode.not_stated.contains(&"backset") && !encode.not_stated.contains(&"thickness"));
}

#[test]
fn a4_a_door_without_holes_is_drilled_and_a_renter_asks_first() {
    let blank = "[measure]\nprep = \"none\"\nthickness_mm = 44\n[frame]\nhole_depth_mm = 30\n";
    let own = check("cal-royal-cb160", blank);
    assert_eq!(own.verdict, Verdict::AfterWork, "{:#?}", own.lines);
    assert!(own.ask.is_none());
    let rent = check("cal-royal-cb160", &format!("{blank}[home]\ntenure = \"rent\"\n"));
    assert!(rent.ask.unwrap().contains("landlord"));
}

#[test]
fn a4_a_lock_on_the_cylinder_wants_one_that_turns_from_both_sides() {
    let euro = "[cylinder]\nshape = \"profile\"\n[measure]\ncylinder_inside_mm = 4\nboth_sides = true\n";
    assert_eq!(check("nuki-smart-lock", euro).verdict, Verdict::Fits);
    let one = check("nuki-smart-lock", &euro.replace("true", "false"));
    assert_eq!(one.verdict, Verdict::AfterWork);
    assert!(one.said.contains("turns from both sides"));
    let flush = check("nuki-smart-lock", &euro.replace("= 4", "= 1"));
    assert!(flush.said.contains("Glue it on"), "{}", flush.said);
    let us = check("nuki-smart-lock", "[cylinder]\nshape = \"bored\"\n");
    assert_eq!(us.verdict, Verdict::DoesNotFit);
    let turn = check("switchbot-lock", "[bolt]\nkind = \"deadbolt\"\n[measure]\ndepth_inside_mm = 60\n");
    assert_eq!(turn.verdict, Verdict::DoesNotFit);
}

#[test]
fn a4_hands_and_strikes() {
    let door = "[measure]\nthickness_mm = 44\nbackset_mm = 40\n";
    let inward = check("union-1027", &format!("{door}handing = \"left-in\"\n"));
    assert_eq!(inward.verdict, Verdict::AfterWork, "{:#?}", inward.lines);
    let outward = check("union-1027", &format!("{door}handing = \"left-out\"\n"));
    assert_eq!(outward.verdict, Verdict::DoesNotFit);
    let off = check("stone-harbor-deadbolt", &US.replace("[frame]", "strike_offset_mm = 4\n[frame]"));
    assert!(off.said.contains("Move the strike"), "{}", off.said);
}

#[test]
fn a4_all_sheets_come_with_the_best_first() {
    let all = fit_all(&door(US), &builtin().unwrap());
    assert_eq!(all[0].verdict, Verdict::Fits);
    assert!(all.windows(2).all(|two| two[0].verdict <= two[1].verdict));
    assert!(all.iter().all(|fit| !fit.said.is_empty()));
}
