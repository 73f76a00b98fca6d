//! Laws that the audit must obey for any door.

use crate::common::{BUILDERS_LOCK, p300, run, sampling, survey};

#[test]
fn d2_same_seed_same_result_whatever_the_threads() {
    let door = survey(BUILDERS_LOCK);
    let mut one = sampling(3, 4000);
    one.detail = true;
    let mut four = one.clone();
    four.threads = 4;
    let (a, b) = (run(&door, "tool-burglar", &one), run(&door, "tool-burglar", &four));
    assert_eq!(a.first, b.first);
    for at in 0..one.grid.len() {
        assert_eq!(a.ignorance.share(at), b.ignorance.share(at));
    }
    assert_eq!(a.chance.unwrap().share(12), b.chance.unwrap().share(12));
}

#[test]
fn d4_screws_and_strike_change_much_a_keypad_little() {
    let door = survey(BUILDERS_LOCK);
    let before = p300(&door, "practised-burglar", 5, 8000);
    let mut screws = door.clone();
    screws.set_text("frame.screw_length_mm", "3in").unwrap();
    let mut keypad = door.clone();
    for (key, value) in [
        ("smart.kind", "stand-alone"),
        ("smart.ways", "keypad,key"),
        ("smart.code_length", "6"),
        ("smart.code_choice", "random"),
        ("smart.default_code", "changed"),
        ("habits.codes_shared", "none"),
    ] {
        keypad.set_text(key, value).unwrap();
    }
    let (with_screws, with_keypad) =
        (p300(&screws, "practised-burglar", 5, 8000), p300(&keypad, "practised-burglar", 5, 8000));
    assert!(before - with_screws > 0.15, "{before} -> {with_screws}");
    assert!((before - with_keypad).abs() < 0.05, "{before} -> {with_keypad}");
}
