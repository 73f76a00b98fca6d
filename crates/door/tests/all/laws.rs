//! Laws that the audit must obey for any door, tried on random surveys.

use door::engine::run::{Attempt, GRID, Sampling};
use door::engine::stats::interval;
use door::figures::Renter;
use door::report::Report;
use door::survey::{Key, Kind, SPECS, Survey, Value};
use door::{Options, audit, upgrades};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::common::{BUILDERS_LOCK, FIGURES, p300, run, sampling, survey};
use crate::stronger::STRONGER;

/// Random cases of a law: `PROPTEST_CASES` where it is set, else so many.
pub fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

/// A survey in which each key is answered at random or left unknown, without contradictions.
pub fn any_survey() -> impl Strategy<Value = Survey> {
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

pub fn any_attacker() -> impl Strategy<Value = String> {
    (0..FIGURES.attackers.len()).prop_map(|at| FIGURES.attackers[at].name.clone())
}

pub fn with(survey: &Survey, key: Key, text: &str) -> Survey {
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
    #![proptest_config(cases(20))]

    /// D1: an unknown answer lies between its best and its worst value.
    #[test]
    fn d1_unknown_lies_between_best_and_worst(survey in any_survey(), attacker in any_attacker(), at in 0..STRONGER.len()) {
        let (key, words) = STRONGER[at];
        let mut candidates: Vec<Survey> = words.iter().map(|word| with(&survey, key, word)).collect();
        let mut told = |value: Value| {
            let mut changed = survey.clone();
            changed.tell(key, value);
            candidates.push(changed);
        };
        match key.spec().kind {
            Kind::Choice(options) => (0..options.len()).for_each(|at| told(Value::Choice(at as u8))),
            Kind::YesNo => [true, false].into_iter().for_each(|yes| told(Value::Yes(yes))),
            Kind::Length { min, max } => [min, max].into_iter().for_each(|mm| told(Value::Number(mm))),
            Kind::Count { min, max, .. } => [min, max].into_iter().for_each(|n| told(Value::Number(f64::from(n)))),
            Kind::Many(_) => {}
        }
        let mut unknown = survey.clone();
        unknown.forget(key);
        let middle = p(&unknown, &attacker, 1000);
        let each: Vec<f64> = candidates.iter().map(|one| p(one, &attacker, 1000)).collect();
        let (low, high) = each.iter().fold((1.0_f64, 0.0_f64), |(low, high), p| (low.min(*p), high.max(*p)));
        prop_assert!(low - 1e-9 <= middle && middle <= high + 1e-9, "{} {middle} {each:?}", key.path());
    }

    /// D4: whatever else is true of a door, going keyless takes picking away and never lowers the risk of standing
    /// outside.
    #[test]
    fn d4_keyless_removes_picking_on_any_door(survey in any_survey()) {
        let mut keyless = with(&with(&survey, Key::SmartKind, "stand-alone"), Key::SmartWays, "keypad");
        keyless.exchange(Key::CylinderKind, Value::Choice(Key::CylinderKind.option("none").unwrap()));
        let mut keyed = keyless.clone();
        keyed.exchange(Key::CylinderKind, Value::Choice(Key::CylinderKind.option("pin-tumbler").unwrap()));
        let mut detail = sampling(2, 1000);
        detail.detail = true;
        prop_assert_eq!(run(&keyless, "picker", &detail).ways_picking.iter().sum::<u64>(), 0);
        let risk = |survey: &Survey| door::stranded::lock_out(survey, &FIGURES, 1).unwrap().per_year;
        prop_assert!(risk(&keyless) >= risk(&keyed), "{} {}", risk(&keyless), risk(&keyed));
    }

    /// D4: on doors that give by their strike, a new keypad changes little where screws and strike change much.
    #[test]
    fn d4_a_keypad_changes_little_on_any_door_with_short_screws(survey in any_survey(), steel in any::<bool>()) {
        // what else such a door is is left to chance; it must not be open by other ways before the strike gives
        let mut door = survey_with(&survey, BUILDERS_LOCK);
        for (key, word) in [
            (Key::DoorLeaf, if steel { "steel" } else { "solid" }), (Key::DoorClass, "none"), (Key::HingePins, "hidden"),
            (Key::BoltGrade, "ansi-2"), (Key::CylinderProjection, "0"), (Key::HabitKeyOutside, "false"),
            (Key::FrameHoleDepth, "28"), (Key::HingeScrewState, "tight"), (Key::HingeCount, "3"), (Key::HingeScrewLength, "50"),
        ] {
            door.set_text(key.path(), word).unwrap();
        }
        let upgrade = |id: &str| FIGURES.upgrades.iter().find(|upgrade| upgrade.id == id).unwrap();
        let burglar = |survey: &Survey| p(survey, "practised-burglar", 3000);
        let before = burglar(&door);
        let strike = before - burglar(&upgrades::apply(upgrade("reinforced-strike"), &door).unwrap());
        let keypad = before - burglar(&upgrades::apply(upgrade("new-keypad"), &door).unwrap());
        prop_assert!(strike > 0.1 && keypad.abs() < 0.05 && keypad.abs() < strike / 2.0, "{before} {strike} {keypad}");
    }

    /// D1: the order of sections and keys in the file does not matter.
    #[test]
    fn d1_order_does_not_matter_for_any_survey(survey in any_survey(), turn in any::<prop::sample::Index>()) {
        let text = survey.to_toml();
        let mut sections: Vec<Vec<&str>> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                sections.push(vec![line]);
            } else {
                sections.last_mut().unwrap().push(line);
            }
        }
        for section in &mut sections {
            section[1..].reverse();
        }
        if !sections.is_empty() {
            let by = turn.index(sections.len());
            sections.rotate_left(by);
        }
        let turned = sections.into_iter().flatten().collect::<Vec<_>>().join("\n");
        prop_assert_eq!(Survey::from_toml(&turned).unwrap(), survey);
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

    /// D2: same seed, same result, to the last digit of the whole report, whatever the number of threads.
    #[test]
    fn d2_same_seed_same_result_whatever_the_threads(survey in any_survey(), seed in any::<u64>(), threads in 2..9_usize) {
        let report = |threads| {
            let options = Options { seed, worlds: 1010, upgrade_worlds: 310, threads, ..Options::default() };
            serde_json::to_string(&audit(&survey, &FIGURES, &options).unwrap()).unwrap()
        };
        prop_assert_eq!(report(1), report(threads));
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

/// What is told of `more`, on top of what is told of `survey`.
fn survey_with(base: &Survey, more: &str) -> Survey {
    let mut both = base.clone();
    // what the text leaves open in these parts would be of another door, and may contradict it
    let ours = ["bolt", "cylinder", "second_lock", "smart", "account", "network", "measure"];
    for spec in SPECS.iter().filter(|spec| ours.contains(&spec.key.section()) || spec.key == Key::DoorGlass) {
        both.forget(spec.key);
    }
    both.overlay(&survey(more));
    both
}

/// D2: an answer learnt never widens the ignorance interval on average over what it may turn out to be: over random
/// surveys, unknown answers and attackers.
#[test]
fn d2_learning_narrows_ignorance_on_average() {
    let mut runner = TestRunner::deterministic();
    let choices: Vec<Key> = STRONGER
        .iter()
        .map(|(key, _)| *key)
        .chain([Key::BoltKind, Key::FrameMaterial, Key::CylinderKind])
        .filter(|key| matches!(key.spec().kind, Kind::Choice(_)))
        .filter(|key| FIGURES.get(&format!("prior.{}", key.path())).is_some())
        .collect();
    assert!(choices.len() > 12, "{}", choices.len());
    let width = |survey: &Survey, attacker: &str| {
        let detail = Sampling { detail: true, ..sampling(13, 4000) };
        let (low, high) = run(survey, attacker, &detail).ignorance.share(12).interval;
        high - low
    };
    let (mut before_sum, mut after_sum) = (0.0, 0.0);
    for case in 0..24 {
        let mut door = any_survey().new_tree(&mut runner).unwrap().current();
        let attacker = any_attacker().new_tree(&mut runner).unwrap().current();
        let key = choices[case % choices.len()];
        door.forget(key);
        let before = width(&door, &attacker);
        let words: Vec<(String, f64)> = weights(key);
        let total: f64 = words.iter().map(|(_, weight)| weight).sum();
        let after: f64 = words
            .iter()
            .map(|(word, weight)| weight / total * width(&with(&door, key, word), &attacker))
            .sum();
        // an interval from 4,000 worlds wavers by some hundredths
        assert!(after <= before + 0.08, "{} {attacker} {before} -> {after}", key.path());
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
