//! Common mistakes found in one's own plan before money is spent (A9): choosing by app features alone, the old strike
//! reused, the code it came with, battery and firmware ignored, a lock that does not fit. The rules are data,
//! `rules/mistakes.toml`; what each costs in P(in) is the audit's.

use std::sync::LazyLock;

use door::report::{BeforeAfter, Report};
use door::survey::{Key, Survey};
use serde::{Deserialize, Serialize};

use super::fit::{Fit, Verdict};
use super::options::TELLS;
use crate::rule::{Decided, When, read};
use crate::words::{say, word};

/// A mistake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// Short name.
    pub id: String,
    /// What is wrong.
    pub what: String,
    /// What to do instead.
    pub mend: String,
    /// What mending it brings: the attacker for whom it does most, before and after. `null` where the audit does not
    /// count it.
    pub costs: Option<BeforeAfter>,
    /// Answers that decided.
    pub decided: Vec<Decided>,
}

/// A plan.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The door as it is.
    pub now: &'a Survey,
    /// The door as it would stand; the same where nothing is planned.
    pub then: &'a Survey,
    /// The audit of the door as it is.
    pub report: &'a Report,
    /// The audit of the door as it would stand.
    pub then_report: &'a Report,
    /// The lock that is to be bought, against the measures.
    pub fit: Option<&'a Fit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mistake: Vec<RawMistake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMistake {
    id: String,
    #[serde(default)]
    new: bool,
    #[serde(default)]
    upgrade: Vec<String>,
    when: When,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("mistakes.toml", include_str!("../../rules/mistakes.toml")));

/// The mistakes of a plan, the costliest first.
pub fn mistakes(plan: &Plan<'_>) -> Vec<Mistake> {
    let rules = RULES.as_ref().map(|file| file.mistake.as_slice()).unwrap_or_default();
    let mut found: Vec<Mistake> = rules.iter().filter_map(|rule| one(plan, rule)).collect();
    found.extend(features_alone(plan));
    found.extend(does_not_fit(plan));
    let cost = |one: &Mistake| one.costs.as_ref().map_or(0.0, |costs| costs.p_before - costs.p_after);
    found.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
    found
}

fn one(plan: &Plan<'_>, rule: &RawMistake) -> Option<Mistake> {
    if rule.new && !new_lock(plan) {
        return None;
    }
    let decided = rule.when.holds(plan.then)?;
    let id = &rule.id;
    Some(Mistake {
        what: word(&format!("choose.mistake.{id}")),
        mend: word(&format!("choose.mend.{id}")),
        costs: rule.upgrade.iter().find_map(|upgrade| costs(plan.then_report, upgrade)),
        decided,
        id: rule.id.clone(),
    })
}

fn costs(report: &Report, upgrade: &str) -> Option<BeforeAfter> {
    let found = report.upgrades.iter().find(|one| one.id == upgrade)?;
    Some(BeforeAfter { attacker: found.attacker.clone(), p_before: found.p_before, p_after: found.p_after })
}

/// Whether the plan brings a lock that is not there now.
fn new_lock(plan: &Plan<'_>) -> bool {
    plan.fit.is_some()
        || [Key::SmartKind, Key::CylinderKind, Key::BoltKind, Key::BoltGrade, Key::CylinderStandard]
            .iter()
            .any(|key| plan.now.value(*key) != plan.then.value(*key))
}

/// The plan changes electronics only, and hardly anybody is kept out by it, while something else would do it.
fn features_alone(plan: &Plan<'_>) -> Option<Mistake> {
    let changed: Vec<Key> = door::survey::SPECS
        .iter()
        .map(|spec| spec.key)
        .filter(|key| plan.now.value(*key) != plan.then.value(*key))
        .collect();
    let electronic = |key: &Key| matches!(key.section(), "smart" | "account" | "network");
    if changed.is_empty() || !changed.iter().all(electronic) {
        return None;
    }
    let mean = |report: &Report| {
        report.attackers.iter().map(|one| one.within.p).sum::<f64>() / report.attackers.len().max(1) as f64
    };
    let gained = mean(plan.report) - mean(plan.then_report);
    let id = plan.report.do_first.as_deref()?;
    let better = plan.report.upgrades.iter().find(|one| one.id == id)?;
    if gained + TELLS >= better.mean_drop {
        return None;
    }
    Some(Mistake {
        id: "features-alone".to_owned(),
        what: word("choose.mistake.features-alone"),
        mend: say("choose.mend.features-alone", &[("what", &better.what)]),
        costs: costs(plan.report, id),
        decided: changed.iter().map(|key| Decided::of(plan.then, *key)).collect(),
    })
}

fn does_not_fit(plan: &Plan<'_>) -> Option<Mistake> {
    let fit = plan.fit.filter(|fit| matches!(fit.verdict, Verdict::DoesNotFit | Verdict::CannotTell))?;
    let id = if fit.verdict == Verdict::DoesNotFit { "does-not-fit" } else { "not-measured" };
    let lines = fit.lines.iter().filter(|line| line.verdict == fit.verdict);
    Some(Mistake {
        id: id.to_owned(),
        what: say(&format!("choose.mistake.{id}"), &[("lock", &fit.name)]),
        mend: fit.said.clone(),
        costs: None,
        decided: lines.flat_map(|line| line.decided.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choose::{fit::fit, sheet::builtin};
    use crate::testing::{home, report};

    const DOOR: &str = "[frame]\nmaterial = \"wood\"\nstrike = \"plate\"\nscrew_length_mm = 19\n[bolt]\nkind = \"deadbolt\"\n[cylinder]\nkind = \"pin-tumbler\"\n[smart]\nkind = \"none\"\n";

    fn found(now: &str, then: &str) -> Vec<Mistake> {
        let (now, then) = (home(now), home(then));
        let (report, then_report) = (report(&now), report(&then));
        mistakes(&Plan { now: &now, then: &then, report: &report, then_report: &then_report, fit: None })
    }

    fn ids(found: &[Mistake]) -> Vec<&str> {
        found.iter().map(|one| one.id.as_str()).collect()
    }

    #[test]
    fn a9_the_rules_are_whole() {
        for rule in &RULES.as_ref().unwrap().mistake {
            for upgrade in &rule.upgrade {
                assert!(crate::testing::FIGURES.upgrades.iter().any(|one| one.id == *upgrade), "{upgrade}");
            }
            assert!(crate::words::has(&format!("choose.mistake.{}", rule.id)), "{}", rule.id);
            assert!(crate::words::has(&format!("choose.mend.{}", rule.id)), "{}", rule.id);
            rule.when.tells_two_homes_apart(&rule.id);
        }
    }

    #[test]
    fn a9_a_new_lock_on_the_old_strike_is_found_with_its_cost() {
        let then = DOOR.replace("[smart]\nkind = \"none\"", "[smart]\nkind = \"stand-alone\"");
        let all = found(DOOR, &then);
        let strike = all.iter().find(|one| one.id == "old-strike").unwrap();
        let costs = strike.costs.as_ref().unwrap();
        assert!(costs.p_before > costs.p_after);
        assert_eq!(strike.decided[0].answer, "19 mm");
        let mended = found(DOOR, &then.replace("= 19", "= 76"));
        assert!(!ids(&mended).contains(&"old-strike"));
    }

    #[test]
    fn a9_features_alone_keep_nobody_out() {
        let then =
            DOOR.replace("[smart]\nkind = \"none\"", "[smart]\nkind = \"stand-alone\"\nradio = \"wifi\"");
        let all = found(DOOR, &then);
        let alone = all.iter().find(|one| one.id == "features-alone").unwrap();
        assert!(alone.decided.iter().any(|one| one.key == "smart.kind"));
        let strike = found(DOOR, &DOOR.replace("\"plate\"", "\"reinforced\""));
        assert!(!ids(&strike).contains(&"features-alone"));
    }

    #[test]
    fn a9_code_battery_firmware_and_backup_are_not_ignored() {
        let bad = "[smart]\nkind = \"stand-alone\"\ndefault_code = \"unchanged\"\nbattery_percent = 10\nfirmware_age_months = 8\n[habits]\nbackup_tested_months = \"never\"\n";
        let all = found(bad, bad);
        for id in ["default-code", "battery-low", "firmware-old", "backup-untested"] {
            let one = all.iter().find(|one| one.id == id).unwrap_or_else(|| panic!("{id}"));
            assert!(!one.decided.is_empty() && !one.mend.is_empty());
        }
        let good = "[smart]\nkind = \"stand-alone\"\ndefault_code = \"changed\"\nbattery_percent = 90\nfirmware_age_months = 1\n[habits]\nbackup_tested_months = 1\n";
        assert!(ids(&found(good, good)).is_empty(), "{:?}", found(good, good));
    }

    #[test]
    fn a9_a_lock_that_does_not_fit_is_found_before_it_is_bought() {
        let sheet = builtin().unwrap().into_iter().find(|sheet| sheet.id == "tell-db1000").unwrap();
        let door = home("[measure]\nprep = \"bored\"\nbackset_mm = 60\n");
        let fits = fit(&door, &sheet);
        let report = report(&door);
        let plan = Plan { now: &door, then: &door, report: &report, then_report: &report, fit: Some(&fits) };
        let all = mistakes(&plan);
        let no = all.iter().find(|one| one.id == "does-not-fit").unwrap();
        assert_eq!(no.decided[0].key, "measure.backset_mm");
    }
}
