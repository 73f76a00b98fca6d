//! The result of an audit: the shape of `doorward audit --json`, version 1. Documented in `docs/audit.md`.
//!
//! Probabilities lie in 0 to 1, shares add to 1 where anything succeeds, `null` means *cannot tell* or
//! *never*.

use serde::Serialize;

use crate::flags::Flag;
use crate::picked::Picked;
use crate::stranded::LockOut;

/// Version of the shape.
pub const SCHEMA: u32 = 1;

/// An audit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Version of this shape.
    pub schema: u32,
    /// The seed; the same seed gives the same report.
    pub seed: u64,
    /// Sampled worlds for each attacker.
    pub worlds: usize,
    /// The time that single probabilities are for, s.
    pub within_s: f64,
    /// What this is and is not.
    pub about: &'static str,
    /// Each attacker's chances.
    pub attackers: Vec<AttackerResult>,
    /// The weakest way in; `null` when nobody gets in.
    pub weakest: Option<Weakest>,
    /// What comes of it by layer of the door, for the attacker of `weakest`; the most important first.
    pub layers: Vec<Layer>,
    /// The same among ways by force only.
    pub layers_force: Vec<Layer>,
    /// Parts of the door and how soon each gives, for the drawing.
    pub parts: Vec<PartResult>,
    /// Red flags.
    pub flags: Vec<Flag>,
    /// Two flags or more: a maintenance pass this month.
    pub maintenance_pass: bool,
    /// What would help, the most effective first.
    pub upgrades: Vec<UpgradeResult>,
    /// The upgrade to begin with: the cheapest that brings at least half of what the best one brings.
    pub do_first: Option<String>,
    /// The best upgrades one after the other, for the attacker of `weakest`.
    pub waterfall: Vec<Step>,
    /// The unknown worth asking first; `null` when nothing unknown matters.
    pub next_question: Option<Question>,
    /// All unknowns that matter, the best first.
    pub questions: Vec<Question>,
    /// A change that was asked about, side by side.
    pub what_if: Option<WhatIf>,
    /// Whether the cylinder can be picked.
    pub can_be_picked: Picked,
    /// The risk of standing outside oneself.
    pub lock_out: LockOut,
    /// Every figure it rests on.
    pub figures: Vec<FigureUse>,
    /// How many of those are estimates.
    pub estimates: usize,
    /// Figures that the owner put in place of ours.
    pub overridden: Vec<String>,
    /// The answers given, with how each is known.
    pub answers: Vec<Given>,
}

/// A probability with its two 90 % intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chance {
    /// The probability.
    pub p: f64,
    /// From attempt to attempt, what we do not know averaged over.
    pub chance: (f64, f64),
    /// From what we do not know, attempts averaged over.
    pub ignorance: (f64, f64),
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Seconds from the start of the attempt.
    pub t_s: f64,
    /// In by then.
    #[serde(flatten)]
    pub at: Chance,
}

/// What one attacker can do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttackerResult {
    /// Short name.
    pub name: String,
    /// In plain words.
    pub who: String,
    /// In within `within_s`.
    pub within: Chance,
    /// Over time.
    pub curve: Vec<Point>,
    /// Every way in, those that are first most often first.
    pub ways: Vec<WayResult>,
}

/// One way in for one attacker.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WayResult {
    /// Id of the way.
    pub id: &'static str,
    /// In plain words.
    pub words: &'static str,
    /// How often it is the first to succeed, among worlds where anything does before he gives up.
    pub first_share: f64,
    /// 90 % interval of that share from what we do not know.
    pub ignorance: (f64, f64),
    /// Median time where it can be done at all, s; `null` where it never can.
    pub median_s: Option<f64>,
    /// Share of worlds in which it can be done at all.
    pub possible: f64,
    /// Figures it rests on.
    pub figures: Vec<String>,
}

/// The weakest way in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weakest {
    /// Id of the way.
    pub way: &'static str,
    /// Whose way in it is: the attacker with the highest P(in), or the one asked for.
    pub attacker: String,
    /// In one sentence.
    pub said: String,
    /// Ways that the data cannot tell from it.
    pub cannot_tell_from: Vec<&'static str>,
}

/// A layer of the door and its share in what succeeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layer {
    /// Id of the part.
    pub id: &'static str,
    /// In plain words.
    pub words: &'static str,
    /// Share of successes in which this part gave.
    pub share: f64,
}

/// How soon a part gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartResult {
    /// Id of the part.
    pub id: &'static str,
    /// In plain words.
    pub words: &'static str,
    /// Whether this door has it, as far as is known.
    pub there: bool,
    /// Share of worlds in which it has given within a minute, five minutes and twenty minutes, had he
    /// gone for it.
    pub within: [f64; 3],
    /// `now`, `soon`, `minutes` or `holds`.
    pub class: &'static str,
    /// To whom it gives most often within five minutes; `null` where it never gives.
    pub attacker: Option<String>,
    /// The ways through it for him, where it gives within twenty minutes.
    pub ways: Vec<PartWay>,
}

/// A way through a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartWay {
    /// Id of the way.
    pub id: &'static str,
    /// In plain words.
    pub words: &'static str,
    /// How often it is the quickest of those through this part; these shares add to 1.
    pub share: f64,
}

/// An upgrade and what it brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpgradeResult {
    /// Short name.
    pub id: String,
    /// What to do.
    pub what: String,
    /// The part of the door it makes stronger.
    pub part: Option<&'static str>,
    /// The attacker for whom it does most.
    pub attacker: String,
    /// The time that the probabilities are for, s.
    pub within_s: f64,
    /// P(in) before.
    pub p_before: f64,
    /// P(in) after.
    pub p_after: f64,
    /// Mean drop of P(in) over all attackers, by which upgrades are ranked.
    pub mean_drop: f64,
    /// Price range; `null` where not known.
    pub price: Option<(f64, f64)>,
    /// Mean drop for each 100 of the middle price, which counts as 1 at least; `null` without a price.
    pub per_100: Option<f64>,
    /// Minutes of work.
    pub minutes: u32,
    /// A renter may do it without asking.
    pub renter: bool,
    /// Who must be asked otherwise.
    pub ask: Option<String>,
    /// Where the price comes from.
    pub price_note: String,
    /// Before and after for every attacker.
    pub each: Vec<BeforeAfter>,
}

/// A step of the waterfall: an upgrade on top of those before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The upgrade.
    pub id: String,
    /// What to do.
    pub what: String,
    /// P(in) with this and all before it.
    pub p_after: f64,
}

/// A probability before and after a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BeforeAfter {
    /// For whom.
    pub attacker: String,
    /// Before.
    pub p_before: f64,
    /// After.
    pub p_after: f64,
}

/// A question worth asking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// The key.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// How to find out.
    pub help: &'static str,
    /// Expected narrowing of the ignorance interval, mean over attackers.
    pub gain: f64,
}

/// A what-if, side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WhatIf {
    /// The changes.
    pub changes: Vec<String>,
    /// Each attacker before and after.
    pub attackers: Vec<BeforeAfter>,
    /// The risk of standing outside, before and after, times a year.
    pub lock_out: (f64, f64),
}

/// A figure that the result rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureUse {
    /// Its id.
    pub id: String,
    /// `primary`, `secondary`, `mirror`, `computed` or `estimate`.
    pub kind: &'static str,
    /// What it is, in plain words.
    pub what: String,
    /// Where it comes from; `null` for an estimate without one.
    pub source: Option<FigureSource>,
    /// Ways that use it.
    pub ways: Vec<&'static str>,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FigureSource {
    /// Title, with author or publisher.
    pub title: String,
    /// Year of what it reports; 0 where the page gives none.
    pub year: u16,
    /// Address of the page read, or the document of this project that works it out.
    pub address: String,
}

/// An answer given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Given {
    /// The key.
    pub key: &'static str,
    /// In words.
    pub answer: String,
    /// `told`, or `seen` with the time.
    pub how: String,
}
