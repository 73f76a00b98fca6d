//! "Can this lock be picked?" (D5): a plain answer for a door's own cylinder and for each family of
//! cylinders,
//! with reasons and the comparison with a common mechanical lock. Price and app features do not enter (D7).

use serde::Serialize;

use crate::engine::run::{Attempt, Counts, GRID, Sampling};
use crate::figures::{FigureError, Figures};
use crate::mechanics::{Bench, bench};
use crate::survey::{Key, Survey};
use crate::ways::{FORCE, PICKING, Way};

/// Worlds for each cylinder that is compared.
const WORLDS: usize = 2000;

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Picked {
    /// In one sentence.
    pub answer: String,
    /// Share of attempts by a skilled picker in which this cylinder opens before he gives up; `null`
    /// without one.
    pub skilled: Option<f64>,
    /// The same for a common five-pin cylinder without security pins or standard.
    pub common: f64,
    /// Share of a tool-carrying burglar's successes that would be by pick, rake or bump key.
    pub matters: f64,
    /// Why.
    pub reasons: Vec<String>,
    /// What the mechanical model says of the same cylinder; `null` where it is not known or not rated.
    pub bench: Option<Bench>,
}

/// How a family of cylinders fares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Family {
    /// The word of `cylinder.kind`.
    pub kind: &'static str,
    /// In plain words.
    pub words: &'static str,
    /// Share of attempts by a skilled picker in which it opens before he gives up.
    pub skilled: f64,
    /// The same for somebody with little practice and a rake or bump key.
    pub learner: f64,
}

/// Every family of cylinders with nothing else known, as a comparison.
///
/// # Errors
/// A figure is missing.
pub fn families(figures: &Figures, seed: u64) -> Result<Vec<Family>, FigureError> {
    let kinds = Key::CylinderKind.options().iter().filter(|opt| opt.word != "none");
    kinds
        .map(|opt| {
            let mut survey = Survey::default();
            // the words are those of the table
            let _ = survey.set_text(Key::CylinderKind.path(), opt.word);
            let skilled = opened(&survey, figures, "picker", seed)?;
            let learner = opened(&survey, figures, "tool-burglar", seed)?;
            Ok(Family { kind: opt.word, words: opt.means, skilled, learner })
        })
        .collect()
}

/// The answer for a class of locks, of which only the cylinder's answers in `survey` count; nothing is known of
/// the door it sits in.
///
/// # Errors
/// A figure is missing.
pub fn class(survey: &Survey, figures: &Figures, seed: u64) -> Result<Picked, FigureError> {
    let mut only = Survey::default();
    for (key, answer) in survey.known().filter(|(key, _)| key.section() == "cylinder") {
        only.put(key, answer.clone());
    }
    let tool = match figures.attacker("tool-burglar") {
        Some(attacker) => {
            let sampling = Sampling { seed, worlds: WORLDS, threads: 1, grid: GRID.to_vec(), detail: true };
            Some(Attempt::new(&only, figures, attacker)?.run(&sampling))
        }
        None => None,
    };
    answer(&only, figures, tool.as_ref(), seed, "At a door of which nothing else is known")
}

/// The answer for a surveyed door. `tool` is what came of a tool-carrying burglar's attempt there, if it
/// was run.
///
/// # Errors
/// A figure is missing.
pub fn picked(
    survey: &Survey,
    figures: &Figures,
    tool: Option<&Counts>,
    seed: u64,
) -> Result<Picked, FigureError> {
    answer(survey, figures, tool, seed, "At this door")
}

fn answer(
    survey: &Survey,
    figures: &Figures,
    tool: Option<&Counts>,
    seed: u64,
    place: &str,
) -> Result<Picked, FigureError> {
    let common = opened(&common_lock(), figures, "picker", seed)?;
    let matters = tool.map_or(0.0, |counts| {
        let all: u64 = counts.first.iter().sum();
        let picking: u64 = PICKING.iter().map(|way| counts.first[*way as usize]).sum();
        picking as f64 / all.max(1) as f64
    });
    let mut reasons = reasons(survey);
    if let Some(counts) = tool {
        reasons.push(matters_there(counts, place));
    }
    reasons.push(
        "Price and app features say nothing about it: the mechanism, its standard and its wear do."
            .to_owned(),
    );
    if survey.word(Key::CylinderKind) == Some("none") {
        let answer =
            "No: there is no keyway to pick. What remains is force, codes, radio and the account.".to_owned();
        return Ok(Picked { answer, skilled: None, common, matters, reasons, bench: None });
    }
    let skilled = opened(survey, figures, "picker", seed)?;
    let how = match skilled {
        p if p < 0.1 => "Hardly",
        p if p < 0.35 => "Sometimes",
        p if p < 0.65 => "About as likely as not",
        _ => "Mostly yes",
    };
    let known = if survey.value(Key::CylinderKind).is_none() {
        " Which cylinder it is has not been said, so this is wide."
    } else {
        ""
    };
    let compare = match skilled - common {
        d if d < -0.1 => "less than",
        d if d > 0.1 => "more than",
        _ => "about the same as",
    };
    let answer = format!(
        "{how}: a skilled picker opens it in about {} of 100 attempts before giving up, {compare} a common five-pin cylinder ({}).{known}",
        hundred(skilled),
        hundred(common)
    );
    let bench = bench(survey, seed);
    for (how, share) in
        bench.iter().flat_map(|bench| [("with picks", bench.pick), ("with a bump key", bench.bump)])
    {
        let Some(share) = share else { continue };
        reasons.push(format!(
            "Beside that, the mechanical model of such a cylinder opens {how} in {} of 100 tries of five minutes by a practised hand ({} to {} by what is not known; {} to {} from one such cylinder to the next).",
            hundred(share.value),
            hundred(share.ignorance[0]),
            hundred(share.ignorance[1]),
            hundred(share.lock_to_lock[0]),
            hundred(share.lock_to_lock[1])
        ));
    }
    Ok(Picked { answer, skilled: Some(skilled), common, matters, reasons, bench })
}

fn hundred(share: f64) -> u32 {
    libm::round(share * 100.0) as u32
}

/// The lock that most people have.
fn common_lock() -> Survey {
    let mut survey = Survey::default();
    for (path, word) in [
        ("cylinder.kind", "pin-tumbler"),
        ("cylinder.pins", "5"),
        ("cylinder.security", "none"),
        ("cylinder.standard", "none"),
    ] {
        // the words are those of the table; a test reads them
        let _ = survey.set_text(path, word);
    }
    survey
}

/// Share of attempts in which pick, rake or bump key opens before he gives up.
fn opened(survey: &Survey, figures: &Figures, attacker: &str, seed: u64) -> Result<f64, FigureError> {
    let Some(attacker) = figures.attacker(attacker) else { return Ok(0.0) };
    let mut alone = attacker.clone();
    alone.tools.retain(|tool| ["hands", "picks", "rake", "bump-key"].contains(&tool.as_str()));
    let sampling = Sampling { seed, worlds: WORLDS, threads: 1, grid: GRID.to_vec(), detail: true };
    let counts = Attempt::new(survey, figures, &alone)?.run(&sampling);
    let opened: u64 = counts.ways_picking.iter().sum();
    Ok(opened as f64 / counts.worlds().max(1) as f64)
}

fn reasons(survey: &Survey) -> Vec<String> {
    let mut reasons = Vec::new();
    match survey.word(Key::CylinderKind) {
        Some("pin-tumbler") => reasons.push("Pin cylinders are the commonest and best understood; many can also be raked or bumped.".to_owned()),
        Some("dimple") => reasons.push("Dimple cylinders are harder to pick; bumping works on many.".to_owned()),
        Some("disc-detainer") => reasons.push("Disc cylinders have no springs: they cannot be bumped or raked, and picking needs special tools.".to_owned()),
        Some("wafer") => reasons.push("Wafer locks give to jiggling and raking.".to_owned()),
        Some("lever") => reasons.push("Lever locks cannot be bumped or raked; picking needs tools made for them.".to_owned()),
        Some("slider") => reasons.push("Laser-cut sliders are harder to pick and seldom give to a rake.".to_owned()),
        Some(_) => {}
        None => reasons.push("The kind of cylinder is not known; compare the key with the pictures.".to_owned()),
    }
    if survey.has(Key::CylinderSecurity, "spools") == Some(true) {
        reasons.push("Security pins slow picking; nobody has published by how much.".to_owned());
    }
    if survey.has(Key::CylinderSecurity, "sidebar") == Some(true) {
        reasons.push("A side bar must be solved as well as the pins.".to_owned());
    }
    match survey.word(Key::CylinderStandard) {
        Some("ul-437") => {
            reasons.push("UL 437 tests ten minutes of picking, and bumping since 2013.".to_owned())
        }
        Some("bs-3621" | "ss312") => {
            reasons.push("The assessment allows no technique to succeed within three minutes.".to_owned())
        }
        Some("ts007-1" | "ts007-3") => {
            reasons.push("TS 007 includes a bump test; picking is not what its stars are about.".to_owned())
        }
        Some("none") => reasons.push("It holds no standard, so nothing was promised.".to_owned()),
        Some(_) => {
            reasons.push("Its standard is about force and key numbers more than about picking.".to_owned())
        }
        None => {}
    }
    reasons
}

fn matters_there(counts: &Counts, place: &str) -> String {
    let share = |ways: &[Way]| {
        let all: u64 = counts.first.iter().sum();
        ways.iter().map(|way| counts.first[*way as usize]).sum::<u64>() as f64 / all.max(1) as f64
    };
    let (picking, force) = (share(PICKING), share(FORCE));
    if picking > force {
        format!(
            "{place} it matters: of a tool-carrying burglar's successes {} in 100 are by pick, rake or bump key.",
            hundred(picking)
        )
    } else {
        format!(
            "{place} it is not what matters most: of a tool-carrying burglar's successes {} in 100 are by force and {} by pick, rake or bump key.",
            hundred(force),
            hundred(picking)
        )
    }
}
