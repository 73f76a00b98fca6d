//! Choosing: ways of access side by side, kinds of lock for this home, trade-offs, whether a lock fits the door, and
//! mistakes in a plan before money is spent. Every piece names the answer or the sighting that decided it.

pub mod fit;
pub mod guide;
pub mod homes;
pub mod mistakes;
pub mod options;
pub mod sheet;
pub mod ways;

use door::figures::Figures;
use door::report::Report;
use door::survey::{Key, Survey};
use door::{AuditError, audit, upgrades};
use serde::Serialize;

use fit::Fit;
use mistakes::{Mistake, Plan};
use sheet::Sheet;

/// What somebody has in mind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// One of the audit's upgrades, by its name.
    pub upgrade: Option<String>,
    /// Answers as they would then stand, key and value.
    pub changes: Vec<(String, String)>,
    /// The lock that is to be bought.
    pub sheet: Option<Sheet>,
}

/// All advice on choosing for one door.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// Kinds of lock for this home.
    pub home: homes::HomeFit,
    /// Ways of access side by side.
    pub ways: ways::Table,
    /// Trade-offs.
    pub options: options::Options,
    /// The plan in words; `null` without one.
    pub plan: Option<String>,
    /// The lock of the plan against the measures; `null` without one.
    pub fit: Option<Fit>,
    /// Mistakes in the plan, or in the door as it is where nothing is planned.
    pub mistakes: Vec<Mistake>,
}

/// Works it out; `report` is the audit of the door, `how` how to audit the door as it would stand.
///
/// # Errors
/// A wish that cannot be read, contradictions, a missing figure.
pub fn advice(
    survey: &Survey,
    figures: &Figures,
    report: &Report,
    how: &door::Options,
    wish: &Wish,
) -> Result<Advice, AuditError> {
    let then = planned(survey, figures, wish)?;
    let then_report = match &then {
        Some(then) => Some(audit(then, figures, how)?),
        None => None,
    };
    let fit = wish.sheet.as_ref().map(|sheet| fit::fit(survey, sheet));
    let plan = Plan {
        now: survey,
        then: then.as_ref().unwrap_or(survey),
        report,
        then_report: then_report.as_ref().unwrap_or(report),
        fit: fit.as_ref(),
    };
    let mistakes = mistakes::mistakes(&plan);
    Ok(Advice {
        home: homes::home_fit(survey),
        ways: ways::table(survey, report),
        options: options::options(survey, figures, report)?,
        plan: in_words(figures, wish),
        mistakes,
        fit,
    })
}

/// The door as it would stand; `None` where the wish changes nothing.
fn planned(survey: &Survey, figures: &Figures, wish: &Wish) -> Result<Option<Survey>, AuditError> {
    let mut then = survey.clone();
    if let Some(id) = &wish.upgrade {
        let upgrade = figures.upgrades.iter().find(|one| one.id == *id).ok_or_else(|| {
            let ids: Vec<&str> = figures.upgrades.iter().map(|one| one.id.as_str()).collect();
            AuditError::Option(format!("there is no plan `{id}`; there are: {}", ids.join(", ")))
        })?;
        then = upgrades::apply(upgrade, &then).unwrap_or(then);
    }
    then = upgrades::what_if(&then, &wish.changes).map_err(AuditError::WhatIf)?;
    if let Some(sheet) = &wish.sheet {
        with_sheet(&mut then, sheet);
    }
    let contradictions = then.contradictions();
    if !contradictions.is_empty() {
        return Err(AuditError::Contradictions(contradictions));
    }
    Ok((then != *survey).then_some(then))
}

/// What a lock's sheet says of the door once it is in it.
fn with_sheet(then: &mut Survey, sheet: &Sheet) {
    let ways = sheet.words("ways");
    let mut say = |key: Key, text: &str| {
        let mut one = Survey::default();
        if one.set_text(key.path(), text).is_ok()
            && let Some(value) = one.value(key)
        {
            then.exchange(key, value);
        }
    };
    if ways.iter().any(|way| way != "key") {
        say(Key::SmartKind, "stand-alone");
        say(Key::SmartWays, &ways.join(","));
        if sheet.field("default_code").is_some() {
            say(Key::SmartDefaultCode, "unchanged");
        }
    }
    for (field, key) in [("grade", Key::BoltGrade), ("radio", Key::SmartRadio), ("log", Key::SmartLogPlace)] {
        if let Some(word) = sheet.words(field).first().filter(|word| *word != "none") {
            say(key, word);
        }
    }
}

fn in_words(figures: &Figures, wish: &Wish) -> Option<String> {
    let upgrade = wish.upgrade.as_ref().and_then(|id| figures.upgrades.iter().find(|one| one.id == *id));
    let changes = wish.changes.iter().map(|(key, value)| format!("{key} = {value}"));
    let all: Vec<String> = upgrade
        .map(|one| one.what.clone())
        .into_iter()
        .chain(wish.sheet.as_ref().map(Sheet::name))
        .chain(changes)
        .collect();
    (!all.is_empty()).then(|| crate::words::list(&all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FIGURES, home, options, report};

    fn of(text: &str, wish: &Wish) -> Result<Advice, AuditError> {
        let survey = home(text);
        advice(&survey, &FIGURES, &report(&survey), &options(), wish)
    }

    #[test]
    fn a9_a_lock_from_a_sheet_brings_what_the_sheet_says() {
        let sheet = sheet::builtin().unwrap().into_iter().find(|sheet| sheet.id == "brinks-80");
        let wish = Wish { sheet, ..Wish::default() };
        let advice = of("[smart]\nkind = \"none\"\n[frame]\nscrew_length_mm = 19\n", &wish).unwrap();
        let ids: Vec<&str> = advice.mistakes.iter().map(|one| one.id.as_str()).collect();
        assert!(ids.contains(&"default-code") && ids.contains(&"old-strike"), "{ids:?}");
        assert_eq!(advice.plan.as_deref(), Some("Brinks 80 series digital deadbolt"));
        assert!(advice.fit.is_some());
    }

    #[test]
    fn a9_a_plan_that_there_is_not_is_refused_with_those_that_there_are() {
        let wish = Wish { upgrade: Some("moat".into()), ..Wish::default() };
        let refused = of("", &wish).unwrap_err().to_string();
        assert!(refused.contains("screws-3in"), "{refused}");
        let changes = vec![("frame.gap_mm".to_owned(), "wide".to_owned())];
        assert!(of("", &Wish { changes, ..Wish::default() }).is_err());
        assert!(of("", &Wish::default()).unwrap().plan.is_none());
    }
}
