//! Laws that the audit must obey for any door, tried on random surveys.

use door::engine::run::{Attempt, GRID, Sampling};
use door::engine::stats::interval;
use door::figures::Renter;
use door::report::Report;
use door::survey::{Key, Kind, SPECS, Survey, Value};
use door::{Options, audit, upgrades};
use proptest::prelude::*;

use crate::common::{BUILDERS_LOCK, FIGURES, p300, run, sampling, survey};

/// Parts from weak to strong, as words or numbers: with everything else the same, a later one never helps an attacker.
const STRONGER: &[(Key, &[&str])] = &[
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
];

/// A survey in which each key is answered at random or left unknown, without contradictions.
fn any_survey() -> impl Strategy<Value = Survey> {
    proptest::collection::vec((any::<bool>(), 0.0..1.0_f64), SPECS.len()).prop_map(|draws| {
        let mut survey = Survey::default();
        for (spec, (told, u)) in SPECS.iter().zip(draws) {
            if told {
                let before = survey.clone();
                survey.tell(spec.key, value_at(spec.key, u));
                if !survey.contradictions().is_empty() {
                    survey = before;
                }
            }
        }
        survey
    })
}

fn value_at(key: Key, u: f64) -> Value {
    match key.spec().kind {
        Kind::Choice(options) => Value::Choice((u * options.len() as f64) as u8),
        Kind::Many(options) => Value::Many((u * f64::from(1 << options.len())) as u32),
        Kind::Length { min, max } => Value::Number(min + u * (max - min)),
        Kind::Count { min, max, .. } => {
            Value::Number((f64::from(min) + u * f64::from(max.min(24) - min.min(24))).floor())
        }
        Kind::YesNo => Value::Yes(u < 0.5),
    }
}

fn any_attacker() -> impl Strategy<Value = String> {
    (0..FIGURES.attackers.len()).prop_map(|at| FIGURES.attackers[at].name.clone())
}

fn with(survey: &Survey, key: Key, text: &str) -> Survey {
    let mut changed = survey.clone();
    changed.set_text(key.path(), text).unwrap();
    changed
}

fn p(survey: &Survey, attacker: &str, worlds: usize) -> f64 {
    p300(survey, attacker, 11, worlds)
}

fn quick_report(survey: &Survey) -> Report {
    let options = Options { worlds: 1000, upgrade_worlds: 300, ..Options::default() };
    audit(survey, &FIGURES, &options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    /// D4: a stronger part never raises P(in), world by world.
    #[test]
    fn d4_a_stronger_part_never_helps(survey in any_survey(), attacker in any_attacker(), at in 0..STRONGER.len()) {
        let (key, words) = STRONGER[at];
        let shares: Vec<f64> = words.iter().map(|word| p(&with(&survey, key, word), &attacker, 1000)).collect();
        prop_assert!(shares.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{} {attacker} {words:?} {shares:?}", key.path());
    }

    /// D1: an unknown answer lies between its best and its worst value.
    #[test]
    fn d1_unknown_lies_between_best_and_worst(survey in any_survey(), attacker in any_attacker(), at in 0..STRONGER.len()) {
        let (key, _) = STRONGER[at];
        if let Kind::Choice(options) = key.spec().kind {
            let mut unknown = survey.clone();
            unknown.forget(key);
            let middle = p(&unknown, &attacker, 1000);
            let each: Vec<f64> = options.iter().map(|opt| p(&with(&survey, key, opt.word), &attacker, 1000)).collect();
            let (low, high) = each.iter().fold((1.0_f64, 0.0_f64), |(low, high), p| (low.min(*p), high.max(*p)));
            prop_assert!(low - 1e-9 <= middle && middle <= high + 1e-9, "{} {middle} {each:?}", key.path());
        }
    }

    /// H1, D2: whatever is answered, the report keeps its shape: probabilities in 0 to 1, intervals around them,
    /// shares that add to 1 where anything succeeds, curves that rise.
    #[test]
    fn d2_a_report_keeps_its_shape(survey in any_survey()) {
        let report = quick_report(&survey);
        let unit = |p: f64| (0.0..=1.0).contains(&p);
        for attacker in &report.attackers {
            for point in &attacker.curve {
                let at = point.at;
                prop_assert!(unit(at.p) && at.chance.0 <= at.p && at.p <= at.chance.1);
                prop_assert!(at.ignorance.0 <= at.p && at.p <= at.ignorance.1 && unit(at.chance.0) && unit(at.ignorance.1));
            }
            prop_assert!(attacker.curve.windows(2).all(|pair| pair[0].at.p <= pair[1].at.p && pair[0].t_s < pair[1].t_s));
            let sum: f64 = attacker.ways.iter().map(|way| way.first_share).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9 || sum == 0.0, "{sum}");
        }
        let sum: f64 = report.layers.iter().map(|layer| layer.share).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9 || report.layers.is_empty());
        prop_assert!(report.upgrades.iter().all(|upgrade| unit(upgrade.p_before) && unit(upgrade.p_after)));
        prop_assert_eq!(report.maintenance_pass, report.flags.len() >= 2);
        prop_assert!(!door::draw::page::html(&report, &survey).contains("<script"));
    }

    /// D4: a renter hears of nothing that an owner does not, and never of what is the owner's alone.
    #[test]
    fn d4_the_renters_list_is_part_of_the_owners(survey in any_survey()) {
        let own = with(&survey, Key::HomeTenure, "own");
        let rent = with(&survey, Key::HomeTenure, "rent");
        for upgrade in &FIGURES.upgrades {
            let (mine, theirs) = (
                upgrades::apply(upgrade, &own).is_some() && upgrades::offered(upgrade, &own),
                upgrades::apply(upgrade, &rent).is_some() && upgrades::offered(upgrade, &rent),
            );
            prop_assert!(mine || !theirs);
            prop_assert!(!theirs || upgrade.renter != Renter::No);
        }
    }

    /// D1: the file's words survive writing and reading.
    #[test]
    fn d1_any_survey_survives_its_file(survey in any_survey()) {
        prop_assert_eq!(Survey::from_toml(&survey.to_toml()).unwrap(), survey);
    }

    /// D1: no text makes the reader panic.
    #[test]
    fn d1_no_text_breaks_the_reader(text in "[\\[\\]a-z_.=\"0-9\\-\n ]{0,300}") {
        let _ = Survey::from_toml(&text);
    }
}

/// D2: an answer learnt never widens the ignorance interval on average over what it may turn out to be.
#[test]
fn d2_learning_narrows_ignorance_on_average() {
    let mut before_sum = 0.0;
    let mut after_sum = 0.0;
    for (key, attacker) in [
        (Key::HabitUnlocked, "opportunist"),
        (Key::BoltKind, "practised-burglar"),
        (Key::FrameMaterial, "practised-burglar"),
        (Key::CylinderKind, "picker"),
        (Key::CylinderKeyControl, "ex-guest"),
        (Key::HabitKeyOutside, "opportunist"),
    ] {
        let width = |survey: &Survey| {
            let mut sampling = sampling(13, 6000);
            sampling.detail = true;
            let (low, high) = run(survey, attacker, &sampling).ignorance.share(12).interval;
            high - low
        };
        let before = width(&Survey::default());
        let words: Vec<(String, f64)> = weights(key);
        let total: f64 = words.iter().map(|(_, weight)| weight).sum();
        let after: f64 = words
            .iter()
            .map(|(word, weight)| weight / total * width(&with(&Survey::default(), key, word)))
            .sum();
        assert!(after <= before + 0.03, "{} {before} -> {after}", key.path());
        before_sum += before;
        after_sum += after;
    }
    assert!(after_sum < before_sum, "{before_sum} -> {after_sum}");
}

fn weights(key: Key) -> Vec<(String, f64)> {
    match &FIGURES.get(&format!("prior.{}", key.path())).unwrap().dist {
        door::figures::Dist::Weights(weights) => weights
            .iter()
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(word, weight)| {
                (
                    if word == "yes" {
                        "true".into()
                    } else if word == "no" {
                        "false".into()
                    } else {
                        word.clone()
                    },
                    *weight,
                )
            })
            .collect(),
        other => panic!("{} is no choice: {other:?}", key.path()),
    }
}

/// D2: same seed, same result, whatever the number of threads.
#[test]
fn d2_same_seed_same_result_whatever_the_threads() {
    let door = survey(BUILDERS_LOCK);
    let report = |threads| {
        let options = Options { worlds: 2000, upgrade_worlds: 500, threads, ..Options::default() };
        serde_json::to_string(&audit(&door, &FIGURES, &options).unwrap()).unwrap()
    };
    assert_eq!(report(1), report(3));
}

/// D4: a new keypad on the old strike and screws changes little; screws and strike change much.
#[test]
fn d4_screws_and_strike_change_much_a_keypad_little() {
    let door = survey(BUILDERS_LOCK);
    let before = p(&door, "practised-burglar", 6000);
    let screws = p(&with(&door, Key::FrameScrewLength, "3in"), "practised-burglar", 6000);
    let upgrade = FIGURES.upgrades.iter().find(|upgrade| upgrade.id == "new-keypad").unwrap();
    let keypad = p(&upgrades::apply(upgrade, &door).unwrap(), "practised-burglar", 6000);
    assert!(before - screws > 0.15, "{before} -> {screws}");
    assert!((before - keypad).abs() < 0.05, "{before} -> {keypad}");
}

/// D4: going keyless takes picking away and adds the risk of standing outside.
#[test]
fn d4_keyless_removes_picking_and_adds_lock_out() {
    let door = with(&survey(BUILDERS_LOCK), Key::HabitBackupTested, "2");
    let mut keyless = door.clone();
    keyless.exchange(Key::CylinderKind, Value::Choice(Key::CylinderKind.option("none").unwrap()));
    keyless.set_text("smart.kind", "stand-alone").unwrap();
    keyless.set_text("smart.ways", "keypad").unwrap();
    let mut with_key = door.clone();
    with_key.set_text("smart.kind", "stand-alone").unwrap();
    let mut detail = sampling(2, 2000);
    detail.detail = true;
    assert!(run(&door, "picker", &detail).ways_picking.iter().sum::<u64>() > 0);
    assert_eq!(run(&keyless, "picker", &detail).ways_picking.iter().sum::<u64>(), 0);
    let risk = |survey: &Survey| door::stranded::lock_out(survey, &FIGURES, 1).unwrap().per_year;
    assert!(risk(&keyless) > 2.0 * risk(&with_key), "{} {}", risk(&keyless), risk(&with_key));
    let report = quick_report(&keyless);
    assert!(report.can_be_picked.skilled.is_none() && report.can_be_picked.answer.starts_with("No"));
}

/// D2: the two intervals are kept apart: with the door known, ignorance shrinks and chance stays.
#[test]
fn d2_chance_and_ignorance_are_kept_apart() {
    let mut detail = sampling(4, 8000);
    detail.detail = true;
    let width = |pair: (f64, f64)| pair.1 - pair.0;
    let unknown = run(&Survey::default(), "opportunist", &detail);
    // a door of which all that matters to an opportunist is known, held by nothing
    let known =
        run(&survey("[bolt]\nkind = \"none\"\n[second_lock]\nkind = \"none\""), "opportunist", &detail);
    assert!(width(unknown.ignorance.share(12).interval) > 0.4);
    assert!(width(known.ignorance.share(12).interval) < 0.05);
    assert!(width(unknown.chance.unwrap().share(12).interval) > 0.3);
}

/// D3: nothing is known: the result is wide and the first question is there. D5: wide is said.
#[test]
fn d1_an_empty_survey_gives_a_wide_result_and_a_question() {
    let report = quick_report(&Survey::default());
    let burglar = report.attackers.iter().find(|one| one.name == "practised-burglar").unwrap();
    assert!(burglar.within.ignorance.1 - burglar.within.ignorance.0 > 0.4);
    let question = report.next_question.clone().unwrap();
    assert!(question.gain > 0.0 && Key::of_path(question.key).is_some());
    assert!(report.can_be_picked.answer.contains("has not been said"));
    assert!(report.figures.iter().any(|figure| figure.kind == "estimate"));
}

/// D7: neither price nor app features enter: only keys asked for by a mechanism can change a result.
#[test]
fn d7_keys_without_a_mechanism_change_nothing() {
    for attacker in &FIGURES.attackers {
        let asked = Attempt::new(&Survey::default(), &FIGURES, attacker).unwrap().draws.asked;
        for key in [Key::HomeTenure, Key::HomeDoors, Key::DoorViewer, Key::SmartLogDays, Key::SmartBattery] {
            assert!(!asked.contains(&key), "{}", key.path());
        }
    }
}

/// D2: without detail every world stands alone; with it they come in groups; both estimate the same share.
#[test]
fn d2_both_ways_of_sampling_agree() {
    let door = survey(BUILDERS_LOCK);
    let alone = p(&door, "practised-burglar", 20_000);
    let detail = Sampling { detail: true, ..sampling(12, 20_000) };
    let at = GRID.iter().position(|t| *t >= 300.0).unwrap();
    let counts = run(&door, "practised-burglar", &detail);
    let grouped = interval(&counts.ignorance.shares(at), counts.ignorance.group_size()).p;
    assert!((alone - grouped).abs() < 0.03, "{alone} {grouped}");
}
