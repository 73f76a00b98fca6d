//! D4: a stronger part never helps an attacker, in no world of any door.

use door::engine::run::{Attempt, GRID};
use door::survey::{Key, Survey};
use door::ways::Way;
use proptest::prelude::*;

use crate::common::{BUILDERS_LOCK, FIGURES, run, sampling, survey};
use crate::laws::{any_attacker, any_survey, cases, with};

/// Parts from weak to strong, as words or numbers: with everything else the same, a later one never helps an attacker.
pub const STRONGER: &[(Key, &[&str])] = &[
    (Key::DoorLeaf, &["hollow-core", "solid", "steel"]),
    (Key::DoorThickness, &["35", "44", "60"]),
    (Key::DoorGlazing, &["within-reach", "out-of-reach", "none"]),
    (Key::DoorGlass, &["float", "toughened", "filmed"]),
    (Key::DoorClass, &["none", "rc2", "rc3", "rc4", "rc5", "rc6"]),
    (Key::FrameGap, &["8", "5", "3", "1.5"]),
    (Key::FrameStrike, &["plate", "box", "reinforced"]),
    (Key::FrameScrewLength, &["12", "19", "38", "76", "100"]),
    (Key::FrameScrews, &["1", "2", "3", "4"]),
    (Key::FrameScrewState, &["stripped", "loose", "tight"]),
    (Key::FrameHoleDepth, &["12", "20", "30"]),
    (Key::HingePins, &["exposed", "hidden"]),
    (Key::HingeCount, &["2", "3", "4"]),
    (Key::HingeBolts, &["false", "true"]),
    (Key::BoltThrow, &["12", "20", "25", "40"]),
    (Key::BoltDeadlocks, &["false", "true"]),
    (Key::BoltGrade, &["none", "ansi-3", "ansi-2", "ansi-1"]),
    (Key::BoltThumbturn, &["turn", "lockable", "none"]),
    (Key::CylinderPins, &["4", "5", "6", "7"]),
    (Key::CylinderKeyControl, &["none", "card", "restricted"]),
    (Key::CylinderCopies, &["10", "3", "0"]),
    (Key::SecondKind, &["none", "chain", "deadbolt"]),
    (Key::SecondUsed, &["never", "seldom", "at-night", "always"]),
    (Key::SmartLockout, &["none", "short", "escalating"]),
    (Key::SmartCodeLength, &["4", "6", "8"]),
    (Key::SmartCodeChoice, &["chosen", "random"]),
    (Key::SmartDefaultCode, &["unchanged", "changed"]),
    (Key::SmartKeypadWear, &["visible", "none"]),
    (Key::SmartAutoUnlock, &["true", "false"]),
    (Key::SmartAutoLock, &["false", "true"]),
    (Key::SmartRadioClass, &["none", "legacy", "current"]),
    (Key::SmartFirmwareAge, &["48", "12", "0"]),
    (Key::SmartRemote, &["true", "false"]),
    (Key::SmartMotor, &["outside", "inside", "shielded"]),
    (Key::AccountPassword, &["default", "reused", "unique"]),
    (Key::AccountSecondFactor, &["none", "sms", "app", "passkey"]),
    (Key::NetworkKind, &["shared", "own", "separate"]),
    (Key::HabitUnlocked, &["often", "sometimes", "never"]),
    (Key::HabitCodesShared, &["untracked", "tracked", "none"]),
    (Key::HabitGuestCodesExpire, &["false", "true"]),
    (Key::HabitKeyOutside, &["true", "false"]),
    (Key::HabitPhoneLocked, &["false", "true"]),
    (Key::DoorGlass, &["float", "toughened", "filmed", "laminated"]),
    (Key::DoorClass, &["none", "pas24", "rc3"]),
    (Key::HingeScrewLength, &["12", "25", "50", "75"]),
    (Key::HingeScrewState, &["stripped", "loose", "tight"]),
    (Key::HingePins, &["exposed", "fixed"]),
    (Key::BoltKind, &["none", "latch"]),
    (Key::BoltKind, &["none", "deadbolt"]),
    (Key::BoltGrade, &["none", "bhma-c", "bhma-b", "bhma-a"]),
    (Key::CylinderShape, &["profile", "rim", "bored"]),
    (Key::CylinderAntiSnap, &["false", "true"]),
    (Key::CylinderProjection, &["12", "3", "0"]),
    (Key::CylinderMaster, &["true", "false"]),
    (Key::CylinderStandard, &["none", "en-1303-b", "en-1303-d"]),
    (Key::CylinderStandard, &["none", "a156-30", "ul-437"]),
    (Key::CylinderStandard, &["none", "skg-1", "skg-2", "skg-3"]),
    (Key::CylinderStandard, &["none", "ts007-1", "ts007-3"]),
    (Key::CylinderStandard, &["none", "vds-a", "vds-az", "vds-bz"]),
    (Key::SecondKind, &["none", "chain", "surface-bolt"]),
    (Key::SecondKind, &["none", "rim", "deadbolt"]),
    (Key::SmartLockout, &["none", "short", "long"]),
    (Key::HabitBoltThrown, &["never", "sometimes", "always"]),
    (Key::HabitStalePeople, &["9", "1", "0"]),
];

/// The door with its part as in `word`, fitted as such parts are: a longer bolt comes with a hole that it goes into
/// (what happens without one is told by [`d4_a_bolt_that_its_hole_stops_can_be_pushed_back`]).
fn fitted(survey: &Survey, key: Key, word: &str) -> Survey {
    let door = with(survey, key, word);
    match door.number(Key::FrameHoleDepth) {
        Some(_) if key == Key::BoltThrow => with(&door, Key::FrameHoleDepth, "60"),
        _ => door,
    }
}

/// Whether he is in by each time of the grid, world by world.
fn inside(survey: &Survey, attacker: &str, worlds: usize) -> Vec<Vec<f64>> {
    let attempt = Attempt::new(survey, &FIGURES, FIGURES.attacker(attacker).unwrap()).unwrap();
    let counts = attempt.run(&sampling(11, worlds));
    (0..GRID.len()).map(|at| counts.ignorance.shares(at)).collect()
}

/// The worlds in which he is in by some time with the second door and not with the first.
fn helped(first: &[Vec<f64>], second: &[Vec<f64>]) -> usize {
    let by = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).filter(|(a, b)| b > a).count();
    first.iter().zip(second).map(|(a, b)| by(a, b)).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(cases(12))]

    /// D4: of two doors that differ in one part, the one with the stronger part is entered no sooner in any world,
    /// whatever else is true of them and whoever comes. Every part is tried on every door.
    #[test]
    fn d4_a_stronger_part_never_helps(survey in any_survey(), attacker in any_attacker()) {
        for (key, words) in STRONGER {
            let doors: Vec<_> =
                words.iter().map(|word| inside(&fitted(&survey, *key, word), &attacker, 300)).collect();
            for (pair, words) in doors.windows(2).zip(words.windows(2)) {
                prop_assert_eq!(helped(&pair[0], &pair[1]), 0, "{} {:?} {}", key.path(), words, attacker);
            }
        }
    }
}

/// D4: a bolt that its hole stops has not dead-locked. It can be pushed back, and by nothing else is it the worse.
#[test]
fn d4_a_bolt_that_its_hole_stops_can_be_pushed_back() {
    let slipped = |throw: &str, hole: &str| {
        let door = with(&with(&survey(BUILDERS_LOCK), Key::BoltThrow, throw), Key::FrameHoleDepth, hole);
        run(&door, "practised-burglar", &detailed(3000)).way_possible(Way::Slip)
    };
    // a few doors whose bolt is always thrown are only pulled shut after all
    let dead_locked = slipped("15", "16");
    assert!(dead_locked < 0.05, "{dead_locked}");
    assert!(slipped("25", "16") > dead_locked + 0.1);
    assert!((slipped("25", "26") - dead_locked).abs() < 1e-9);
    // the hole that nobody measured was cut for its bolt, however long that is
    let unmeasured = slipped("25", "unknown");
    assert!(
        unmeasured > dead_locked + 0.02 && (unmeasured - slipped("15", "unknown")).abs() < 1e-9,
        "{unmeasured}"
    );
}

/// D2: a key in his hand is quicker than one under the mat, so the one under the mat cannot slow him down.
#[test]
fn d2_who_has_a_key_does_not_look_for_one() {
    let copies = with(&survey(BUILDERS_LOCK), Key::CylinderCopies, "5");
    let median = |outside: &str| {
        let door = with(&copies, Key::HabitKeyOutside, outside);
        let counts = run(&door, "ex-guest", &detailed(4000));
        (counts.way_possible(Way::Key), counts.way_within(Way::Key, 11.0))
    };
    let (none, mat) = (median("false"), median("true"));
    assert!(mat.0 > none.0 && mat.1 >= none.1, "{none:?} {mat:?}");
}

fn detailed(worlds: usize) -> door::engine::run::Sampling {
    door::engine::run::Sampling { detail: true, ..sampling(5, worlds) }
}
