//! Safe against risky (A6): this door's set-up beside the risky one, differences only, each with what it costs in P(in).
//! Which answers count is data, `rules/risks.toml`; every probability is a what-if of the audit.

use std::sync::LazyLock;

use door::audit::what_if;
use door::figures::Figures;
use door::report::Report;
use door::survey::{Key, Survey};
use door::{AuditError, Options};
use serde::{Deserialize, Serialize};

use crate::rule::{Decided, When, read};
use crate::words::word;

/// Which side this door is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// As it should be.
    Safe,
    /// As it should not be.
    Risky,
    /// Not known.
    Unknown,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Short name.
    pub id: String,
    /// What it is about.
    pub what: String,
    /// This door's answer.
    pub yours: Decided,
    /// The safe answer, in words.
    pub safe: String,
    /// The risky one.
    pub risky: String,
    /// Which side this door is on.
    pub side: Side,
    /// P(in) with the safe answer.
    pub p_safe: f64,
    /// P(in) with the risky answer.
    pub p_risky: f64,
    /// Answers because of which it comes up here.
    pub decided: Vec<Decided>,
}

impl Difference {
    /// What the risky answer costs.
    pub fn costs(&self) -> f64 {
        self.p_risky - self.p_safe
    }
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Risks {
    /// The attacker for whom the probabilities are.
    pub attacker: Option<String>,
    /// Seconds that they are for.
    pub within_s: f64,
    /// P(in) of the door as it is.
    pub p_now: f64,
    /// P(in) with every risky answer at once.
    pub p_all_risky: f64,
    /// P(in) with every safe answer at once.
    pub p_all_safe: f64,
    /// The differences, the costliest first.
    pub differences: Vec<Difference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    risk: Vec<RawRisk>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRisk {
    id: String,
    key: String,
    risky: String,
    safe: String,
    /// For numbers: whether `more` or `less` is safe.
    #[serde(default)]
    better: String,
    #[serde(default)]
    when: When,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("risks.toml", include_str!("../../rules/risks.toml")));

/// Compares this door with the risky set-up; `report` is its audit, `options` how to try the what-ifs.
///
/// # Errors
/// As an audit.
pub fn risks(
    survey: &Survey,
    figures: &Figures,
    report: &Report,
    options: &Options,
) -> Result<Risks, AuditError> {
    let attacker = report.weakest.as_ref().map(|weakest| weakest.attacker.clone());
    let attacker = attacker.or_else(|| report.attackers.first().map(|one| one.name.clone()));
    let p = |changes: &[(String, String)]| -> Result<f64, AuditError> {
        let options = Options { attacker: attacker.clone(), what_if: changes.to_vec(), ..options.clone() };
        let done = what_if(survey, figures, &options)?;
        Ok(done.and_then(|done| done.attackers.first().map(|one| one.p_after)).unwrap_or(0.0))
    };
    let rules = RULES.as_ref().map(|file| file.risk.as_slice()).unwrap_or_default();
    let here: Vec<(&RawRisk, Key, Vec<Decided>)> = rules
        .iter()
        .filter_map(|risk| Some((risk, Key::of_path(&risk.key)?, risk.when.holds(survey)?)))
        .collect();
    let mut differences = Vec::new();
    for (risk, key, decided) in &here {
        let one = |text: &str| vec![(risk.key.clone(), text.to_owned())];
        differences.push(Difference {
            id: risk.id.clone(),
            what: word(&format!("setup.risk.{}", risk.id)),
            yours: Decided::of(survey, *key),
            safe: in_words(*key, &risk.safe),
            risky: in_words(*key, &risk.risky),
            side: side(survey, *key, risk),
            p_safe: p(&one(&risk.safe))?,
            p_risky: p(&one(&risk.risky))?,
            decided: decided.clone(),
        });
    }
    let all = |text: fn(&RawRisk) -> &String| {
        here.iter().map(|(risk, ..)| (risk.key.clone(), text(risk).clone())).collect::<Vec<_>>()
    };
    differences.sort_by(|a, b| b.costs().total_cmp(&a.costs()));
    let of_name = |name: &String| report.attackers.iter().find(|one| one.name == *name);
    Ok(Risks {
        within_s: options.within_s,
        p_now: attacker.as_ref().and_then(of_name).map_or(0.0, |one| one.within.p),
        p_all_risky: p(&all(|risk| &risk.risky))?,
        p_all_safe: p(&all(|risk| &risk.safe))?,
        differences,
        attacker: attacker.clone(),
    })
}

fn in_words(key: Key, text: &str) -> String {
    let mut one = Survey::default();
    let _ = one.set_text(key.path(), text);
    one.in_words(key).unwrap_or_default()
}

/// On which side an answer is: a number at least as good as the safe one is safe, the others are risky.
fn side(survey: &Survey, key: Key, risk: &RawRisk) -> Side {
    let Some(yours) = survey.value(key) else { return Side::Unknown };
    let mut safe = Survey::default();
    if safe.set_text(key.path(), &risk.safe).is_err() {
        return Side::Unknown;
    }
    let good = match (survey.number(key), safe.number(key)) {
        // a millimetre of a ruler either way
        (Some(yours), Some(safe)) if risk.better == "more" => yours >= safe - 1.0,
        (Some(yours), Some(safe)) => yours <= safe + 1.0,
        _ => safe.value(key) == Some(yours) || between(survey, key, risk),
    };
    if good { Side::Safe } else { Side::Risky }
}

/// An answer that is neither of the two named ones counts as safe when it stands above the risky one in the list.
fn between(survey: &Survey, key: Key, risk: &RawRisk) -> bool {
    let (Some(yours), Some(risky), Some(safe)) =
        (survey.word(key).and_then(|word| key.option(word)), key.option(&risk.risky), key.option(&risk.safe))
    else {
        return false;
    };
    if safe > risky { yours >= safe } else { yours <= safe }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FIGURES, home, options, report};

    fn of(text: &str) -> Risks {
        let survey = home(text);
        risks(&survey, &FIGURES, &report(&survey), &options()).unwrap()
    }

    const GOOD: &str = "[frame]\nmaterial = \"wood\"\nscrew_length_mm = 76\nscrew_state = \"tight\"\n[bolt]\nkind = \"deadbolt\"\n[smart]\nkind = \"none\"\n[habits]\nleft_unlocked = \"never\"\n";

    #[test]
    fn a6_the_rules_are_whole() {
        for risk in &RULES.as_ref().unwrap().risk {
            assert!(Key::of_path(&risk.key).is_some(), "{}", risk.key);
            for text in [&risk.safe, &risk.risky] {
                Survey::default().set_text(&risk.key, text).unwrap();
            }
            assert!(crate::words::has(&format!("setup.risk.{}", risk.id)), "{}", risk.id);
            risk.when.tells_two_homes_apart(&risk.id);
        }
    }

    #[test]
    fn a6_each_difference_has_its_cost_and_its_side() {
        let good = of(GOOD);
        let strike = good.differences.iter().find(|one| one.id == "strike-screws").unwrap();
        assert_eq!(strike.side, Side::Safe);
        assert!(strike.p_risky > strike.p_safe, "{strike:?}");
        assert_eq!((strike.yours.key, strike.yours.how.as_str()), ("frame.screw_length_mm", "told"));
        let bad = of(&GOOD.replace("= 76", "= 19"));
        assert_eq!(bad.differences.iter().find(|one| one.id == "strike-screws").unwrap().side, Side::Risky);
        let unknown = of(&GOOD.replace("screw_length_mm = 76\n", ""));
        assert_eq!(
            unknown.differences.iter().find(|one| one.id == "strike-screws").unwrap().side,
            Side::Unknown
        );
        assert!(good.p_all_risky >= good.p_all_safe);
        assert!(good.differences.windows(2).all(|two| two[0].costs() >= two[1].costs()));
    }

    #[test]
    fn a6_only_what_comes_up_at_this_door_is_shown() {
        let ids = |risks: &Risks| risks.differences.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
        let plain = of(GOOD);
        assert!(!ids(&plain).contains(&"default-code".to_owned()));
        let smart = of(&GOOD.replace("kind = \"none\"", "kind = \"stand-alone\"\nways = [\"keypad\"]"));
        let code = smart.differences.iter().find(|one| one.id == "default-code").unwrap();
        assert_eq!(code.decided[0].key, "smart.kind");
    }
}
