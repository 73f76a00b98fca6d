//! Trade-offs side by side (A3): keep the cylinder, a higher grade, keyless, a second lock, a stronger strike. P(in),
//! prices and minutes are the audit's own; the risk of being locked out is `door`'s for the door as it would stand.

use door::figures::{FigureError, Figures};
use door::report::{BeforeAfter, Report, UpgradeResult};
use door::stranded::lock_out;
use door::survey::{Key, Survey};
use door::upgrades;
use serde::Serialize;

use crate::rule::Decided;
use crate::words::word;

/// An option and the upgrades of the audit that it may be, the first that applies.
const OPTIONS: &[(&str, &[&str])] = &[
    ("keep", &[]),
    ("higher-cylinder", &["higher-cylinder", "anti-snap"]),
    ("keyless", &["keyless"]),
    ("second-lock", &["second-lock"]),
    ("reinforce", &["reinforced-strike", "box-strike", "screws-3in"]),
    ("keypad", &["new-keypad"]),
];

/// A drop of P(in) smaller than this is within what sampling cannot tell.
pub const TELLS: f64 = 0.005;

/// The risk of standing outside, times a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stranded {
    /// In the middle.
    pub per_year: f64,
    /// 90 % interval.
    pub ignorance: (f64, f64),
    /// Why.
    pub why: String,
}

/// One column of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Short name.
    pub id: &'static str,
    /// In words.
    pub words: String,
    /// What is done; empty for keeping things as they are.
    pub what: String,
    /// The audit's name of it; `null` where it is nothing to do.
    pub upgrade: Option<String>,
    /// P(in) of the attacker of the audit's weakest way, before and after.
    pub p: Option<BeforeAfter>,
    /// Mean drop over all attackers.
    pub mean_drop: f64,
    /// The same for every attacker.
    pub each: Vec<BeforeAfter>,
    /// What that comes to, in words.
    pub said: String,
    /// Risk of standing outside as it would then be.
    pub stranded: Stranded,
    /// Price range; `null` where nothing is bought or it is not known.
    pub price: Option<(f64, f64)>,
    /// Where the price is from.
    pub price_note: String,
    /// Minutes of work.
    pub minutes: u32,
    /// Whom to ask first; `null`: nobody.
    pub ask: Option<String>,
    /// What is left when it is taken away again.
    pub undo: String,
    /// Answers that decided.
    pub decided: Vec<Decided>,
}

/// An option that does not come up here, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NotHere {
    /// Short name.
    pub id: &'static str,
    /// In words.
    pub words: String,
    /// Why.
    pub why: String,
    /// Answers that decided.
    pub decided: Vec<Decided>,
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Options {
    /// Seconds that P(in) is for.
    pub within_s: f64,
    /// The attacker whose P(in) stands first; `null` when nobody gets in.
    pub attacker: Option<String>,
    /// The weakest way in, in one sentence.
    pub weakest: Option<String>,
    /// Side by side; the door as it is first, then what brings most.
    pub choices: Vec<Choice>,
    /// What does not come up here.
    pub not_here: Vec<NotHere>,
}

/// Compares them for this door; `report` is its audit with `seed`.
///
/// # Errors
/// A figure is missing.
pub fn options(survey: &Survey, figures: &Figures, report: &Report) -> Result<Options, FigureError> {
    let attacker = report.weakest.as_ref().map(|weakest| weakest.attacker.clone());
    let mut choices = vec![keep(survey, figures, report)?];
    let mut not_here = Vec::new();
    for (id, candidates) in OPTIONS.iter().skip(1) {
        let found = candidates.iter().find_map(|id| report.upgrades.iter().find(|one| one.id == *id));
        match found {
            Some(upgrade) => choices.push(choice(survey, figures, report, id, upgrade)?),
            None => not_here.push(missing(survey, id)),
        }
    }
    choices[1..].sort_by(|a, b| b.mean_drop.total_cmp(&a.mean_drop));
    let weakest = report.weakest.as_ref().map(|weakest| weakest.said.clone());
    Ok(Options { within_s: report.within_s, attacker, weakest, choices, not_here })
}

fn keep(survey: &Survey, figures: &Figures, report: &Report) -> Result<Choice, FigureError> {
    // upgrades are tried on fewer worlds than the audit: the door as it is stands on the same ones
    let tried = report.upgrades.first().map(|one| one.each.as_slice()).unwrap_or_default();
    let each: Vec<BeforeAfter> = report
        .attackers
        .iter()
        .map(|one| {
            let same = tried.iter().find(|other| other.attacker == one.name);
            let p = same.map_or(one.within.p, |same| same.p_before);
            BeforeAfter { attacker: one.name.clone(), p_before: p, p_after: p }
        })
        .collect();
    Ok(Choice {
        id: "keep",
        words: word("choose.option.keep"),
        what: String::new(),
        upgrade: None,
        p: leading(report, &each),
        mean_drop: 0.0,
        said: word("choose.brings.as-it-is"),
        stranded: stranded(survey, figures, report.seed)?,
        each,
        price: Some((0.0, 0.0)),
        price_note: String::new(),
        minutes: 0,
        ask: None,
        undo: word("choose.undo.keep"),
        decided: vec![Decided::of(survey, Key::HabitBackupTested)],
    })
}

fn choice(
    survey: &Survey,
    figures: &Figures,
    report: &Report,
    id: &'static str,
    upgrade: &UpgradeResult,
) -> Result<Choice, FigureError> {
    let known = figures.upgrades.iter().find(|one| one.id == upgrade.id);
    let after = known.and_then(|one| upgrades::apply(one, survey));
    let mut keys: Vec<Key> = known
        .map(|one| one.only_if.iter().filter_map(|(path, _)| Key::of_path(path)).collect())
        .unwrap_or_default();
    if upgrade.ask.is_some() || !upgrade.renter {
        keys.push(Key::HomeTenure);
    }
    let rented = survey.word(Key::HomeTenure) == Some("rent");
    Ok(Choice {
        id,
        words: word(&format!("choose.option.{id}")),
        what: upgrade.what.clone(),
        upgrade: Some(upgrade.id.clone()),
        p: leading(report, &upgrade.each),
        mean_drop: upgrade.mean_drop,
        each: upgrade.each.clone(),
        said: brings(upgrade.mean_drop),
        stranded: stranded(after.as_ref().unwrap_or(survey), figures, report.seed)?,
        price: upgrade.price,
        price_note: upgrade.price_note.clone(),
        minutes: upgrade.minutes,
        ask: upgrade.ask.clone().filter(|_| rented && !upgrade.renter),
        undo: word(&format!("choose.undo.{id}")),
        decided: keys.into_iter().map(|key| Decided::of(survey, key)).collect(),
    })
}

/// In words what a drop of P(in) comes to.
fn brings(drop: f64) -> String {
    word(match drop {
        drop if drop >= 0.1 => "choose.brings.much",
        drop if drop >= 0.02 => "choose.brings.some",
        drop if drop >= TELLS => "choose.brings.little",
        drop if drop > -TELLS => "choose.brings.nothing",
        _ => "choose.brings.worse",
    })
}

/// The attacker of the audit's weakest way among all.
fn leading(report: &Report, each: &[BeforeAfter]) -> Option<BeforeAfter> {
    let name = &report.weakest.as_ref()?.attacker;
    each.iter().find(|one| one.attacker == *name).cloned()
}

fn stranded(survey: &Survey, figures: &Figures, seed: u64) -> Result<Stranded, FigureError> {
    let risk = lock_out(survey, figures, seed)?;
    Ok(Stranded { per_year: risk.per_year, ignorance: risk.ignorance, why: risk.why })
}

/// Why an option does not come up, with the answer that says so.
fn missing(survey: &Survey, id: &'static str) -> NotHere {
    let key = match id {
        "higher-cylinder" if survey.word(Key::CylinderKind) == Some("none") => Key::CylinderKind,
        "higher-cylinder" => Key::CylinderStandard,
        "keyless" => Key::CylinderKind,
        "second-lock" => Key::SecondKind,
        "keypad" => Key::SmartKind,
        _ => Key::FrameStrike,
    };
    NotHere {
        id,
        words: word(&format!("choose.option.{id}")),
        why: word(&format!("choose.not-here.{id}")),
        decided: vec![Decided::of(survey, key)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FIGURES, home, report};

    const WEAK: &str = "[home]\ntenure = \"own\"\n[door]\nleaf = \"solid\"\nglazing = \"none\"\n[frame]\nmaterial = \"wood\"\nstrike = \"plate\"\nscrew_length_mm = 19\n[bolt]\nkind = \"deadbolt\"\n[cylinder]\nkind = \"pin-tumbler\"\nshape = \"bored\"\n[second_lock]\nkind = \"none\"\n[smart]\nkind = \"none\"\n";

    fn of(text: &str) -> Options {
        let survey = home(text);
        options(&survey, &FIGURES, &report(&survey)).unwrap()
    }

    fn named<'a>(all: &'a Options, id: &str) -> &'a Choice {
        all.choices.iter().find(|one| one.id == id).unwrap()
    }

    #[test]
    fn a3_every_option_stands_beside_the_door_as_it_is() {
        let all = of(WEAK);
        assert_eq!(all.choices[0].id, "keep");
        for (id, _) in OPTIONS {
            let here = all.choices.iter().any(|one| one.id == *id);
            assert!(here || all.not_here.iter().any(|one| one.id == *id), "{id}");
        }
        for one in &all.choices[1..] {
            let now = all.choices[0].p.as_ref().unwrap().p_after;
            assert_eq!(one.p.as_ref().unwrap().p_before, now, "all start from the same worlds");
            let (before, after) = one.p.as_ref().map(|p| (p.p_before, p.p_after)).unwrap();
            assert!((0.0..=1.0).contains(&before) && (0.0..=1.0).contains(&after));
            assert!(one.price.is_some() && one.minutes > 0 && !one.undo.is_empty());
            assert!(!one.decided.is_empty(), "{}", one.id);
        }
    }

    #[test]
    fn a3_the_audits_own_numbers_are_shown() {
        let survey = home(WEAK);
        let report = report(&survey);
        let all = options(&survey, &FIGURES, &report).unwrap();
        let strike = report.upgrades.iter().find(|one| one.id == "reinforced-strike").unwrap();
        let shown = named(&all, "reinforce");
        assert_eq!((shown.mean_drop, shown.price), (strike.mean_drop, strike.price));
        assert_eq!(shown.each, strike.each);
    }

    #[test]
    fn a3_keyless_trades_picking_for_being_locked_out() {
        let all = of(&format!("{WEAK}[habits]\nbackup_tested_months = 1\n"));
        let (keep, keyless) = (named(&all, "keep"), named(&all, "keyless"));
        assert!(keyless.stranded.why.contains("No keyway"));
        assert_ne!(keep.stranded.per_year, keyless.stranded.per_year);
        let untested = of(WEAK);
        assert!(named(&untested, "keep").stranded.per_year > keep.stranded.per_year);
        assert_eq!(keep.decided[0].key, "habits.backup_tested_months");
    }

    #[test]
    fn a3_a_renter_is_told_whom_to_ask_and_an_owner_is_not() {
        let own = of(WEAK);
        assert!(named(&own, "reinforce").ask.is_none());
        let rent = of(&WEAK.replace("\"own\"", "\"rent\""));
        assert!(named(&rent, "reinforce").ask.as_ref().unwrap().contains("landlord"));
        assert!(named(&rent, "higher-cylinder").ask.is_none());
    }

    #[test]
    fn a3_what_is_there_already_is_not_offered() {
        let long = WEAK.replace("= 19", "= 76\nscrew_state = \"tight\"");
        let strong = of(&long.replace("\"plate\"", "\"reinforced\""));
        let gone = strong.not_here.iter().find(|one| one.id == "reinforce").unwrap();
        assert_eq!(gone.decided[0].key, "frame.strike");
        assert!(of(WEAK).choices.iter().any(|one| one.id == "reinforce"));
    }
}
