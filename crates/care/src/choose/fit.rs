//! Does this lock go into this door? A data sheet against the measures of the survey: fits, fits after this work, does
//! not fit, or cannot tell until something is measured. Says nothing of how good the lock is.

use door::survey::{Key, Survey};
use serde::Serialize;

use super::sheet::{Field, Sheet, Source, Stated};
use crate::rule::Decided;
use crate::words::{list, say, word};

/// How far a measure with a ruler may be off, mm: a sixteenth of an inch. Estimate.
pub const TOLERANCE_MM: f64 = 1.6;
/// A bolt that meets its hole this far off its middle rubs, mm. Estimate; a motor gives up sooner than a hand.
pub const OFFSET_MM: f64 = 2.0;

/// How it comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As the door is.
    Fits,
    /// After work that is named.
    AfterWork,
    /// Until a measure is taken, or the maker asked.
    CannotTell,
    /// Not at all.
    DoesNotFit,
}

impl Verdict {
    /// The word in files and addresses.
    pub fn id(self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::AfterWork => "after-work",
            Self::CannotTell => "cannot-tell",
            Self::DoesNotFit => "does-not-fit",
        }
    }

    /// In words.
    pub fn words(self) -> String {
        word(&format!("choose.verdict.{}", self.id()))
    }
}

/// One measure of the check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The field of the data sheet.
    pub field: &'static str,
    /// How this measure comes out.
    pub verdict: Verdict,
    /// Why, with both numbers.
    pub why: String,
    /// Work that makes it fit.
    pub work: Option<String>,
    /// The work cuts into door or frame.
    pub cuts: bool,
    /// Answers that decided.
    pub decided: Vec<Decided>,
    /// Where the lock's side is from.
    pub source: Option<Source>,
}

/// A measure still to be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToMeasure {
    /// The key of the survey.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// How to find out.
    pub help: &'static str,
}

/// The check of one lock for one door.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fit {
    /// The sheet's short name.
    pub id: String,
    /// Maker and model.
    pub name: String,
    /// How it comes out.
    pub verdict: Verdict,
    /// In one sentence.
    pub said: String,
    /// Each measure.
    pub lines: Vec<Line>,
    /// What to measure first.
    pub measure: Vec<ToMeasure>,
    /// Fields that the sheet does not state and that are needed.
    pub not_stated: Vec<&'static str>,
    /// Whom to ask before the work.
    pub ask: Option<String>,
}

/// Checks every measure that the sheet states or that every lock needs.
pub fn fit(survey: &Survey, sheet: &Sheet) -> Fit {
    let mut check = Check { survey, sheet, lines: Vec::new(), measure: Vec::new(), not_stated: Vec::new() };
    check.mount();
    check.thickness();
    let retrofit = matches!(check.mounted(), Some("on-cylinder" | "on-deadbolt"));
    if !retrofit {
        check.backset();
        if check.mounted().is_none_or(|mount| mount == "bored") {
            check.hole("cross_bore", Key::MeasureCrossBore);
            check.hole("edge_bore", Key::MeasureEdgeBore);
        }
        check.depth();
    }
    check.handing();
    check.room("clearance", Key::MeasureClearance);
    check.room("depth_inside", Key::MeasureDepthInside);
    check.on_cylinder();
    check.strike();
    check.done()
}

/// Checks every sheet, those that fit first.
pub fn fit_all(survey: &Survey, sheets: &[Sheet]) -> Vec<Fit> {
    let mut all: Vec<Fit> = sheets.iter().map(|sheet| fit(survey, sheet)).collect();
    all.sort_by(|a, b| a.verdict.cmp(&b.verdict).then(a.name.cmp(&b.name)));
    all
}

/// A length for people: `44.5 mm`.
pub fn mm(length: f64) -> String {
    format!("{} mm", (length * 10.0).round() / 10.0)
}

struct Check<'a> {
    survey: &'a Survey,
    sheet: &'a Sheet,
    lines: Vec<Line>,
    measure: Vec<Key>,
    not_stated: Vec<&'static str>,
}

impl<'a> Check<'a> {
    fn mounted(&self) -> Option<&'a str> {
        self.sheet.words("mount").first().map(String::as_str)
    }

    fn line(&mut self, field: &'static str, verdict: Verdict, why: String, keys: &[Key]) -> &mut Line {
        let decided = keys.iter().map(|key| Decided::of(self.survey, *key)).collect();
        let source = self.sheet.field(field).map(|field| field.source.clone());
        self.lines.push(Line { field, verdict, why, work: None, cuts: false, decided, source });
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn needs(&mut self, field: &'static str, key: Key) {
        let why = say("choose.fit.measure-first", &[("what", &word(&format!("choose.field.{field}")))]);
        self.line(field, Verdict::CannotTell, why, &[key]);
        self.measure.push(key);
    }

    fn stated(&mut self, field: &'static str, needed: bool) -> Option<&'a Field> {
        let found = self.sheet.field(field);
        if found.is_none() && needed {
            self.not_stated.push(field);
        }
        found
    }

    /// How the lock is held, against how the door is cut.
    fn mount(&mut self) {
        if self.stated("mount", true).is_none() {
            return;
        }
        let Some(mount) = self.mounted() else { return };
        let prep = self.survey.word(Key::MeasurePrep);
        let shape = self.survey.word(Key::CylinderShape);
        let bolt = self.survey.word(Key::BoltKind);
        let (verdict, reason, key) = match mount {
            "bored" => (by_prep(prep, "bored"), "bored", Key::MeasurePrep),
            "mortice" => (by_prep(prep, "mortice"), "mortice", Key::MeasurePrep),
            "on-cylinder" => match shape {
                Some("profile") => (Some(Verdict::Fits), "on-cylinder", Key::CylinderShape),
                Some(_) => (Some(Verdict::DoesNotFit), "on-cylinder", Key::CylinderShape),
                None => (None, "on-cylinder", Key::CylinderShape),
            },
            "on-deadbolt" => match bolt {
                Some("deadbolt" | "rim") => (Some(Verdict::Fits), "on-deadbolt", Key::BoltKind),
                Some(_) => (Some(Verdict::DoesNotFit), "on-deadbolt", Key::BoltKind),
                None => (None, "on-deadbolt", Key::BoltKind),
            },
            _ => (Some(Verdict::AfterWork), "rim", Key::MeasurePrep),
        };
        let Some(verdict) = verdict else { return self.needs("mount", key) };
        let why = word(&format!("choose.mount.{reason}"));
        let line = self.line("mount", verdict, why, &[key]);
        if verdict == Verdict::AfterWork {
            line.work = Some(word(&format!("choose.cut.{reason}")));
            line.cuts = true;
        }
    }

    fn thickness(&mut self) {
        let Some(field) = self.stated("thickness", self.needs_thickness()) else { return };
        let Stated::Range(from, to) = field.stated else { return };
        let Some(thick) = self.survey.number(Key::DoorThickness) else {
            return self.needs("thickness", Key::DoorThickness);
        };
        let kit = match self.sheet.field("thickness_kit").map(|kit| &kit.stated) {
            Some(Stated::Range(_, Some(to))) => Some(*to),
            _ => None,
        };
        let (door, range) = (mm(thick), range(from, to));
        let places: &[(&str, &str)] = &[("door", &door), ("lock", &range)];
        let keys = &[Key::DoorThickness];
        if from.is_some_and(|from| thick < from - TOLERANCE_MM) {
            self.line("thickness", Verdict::DoesNotFit, say("choose.fit.too-thin", places), keys);
        } else if to.is_none_or(|to| thick <= to + TOLERANCE_MM) {
            self.line("thickness", Verdict::Fits, say("choose.fit.thick-enough", places), keys);
        } else if let Some(most) = kit.filter(|most| thick <= most + TOLERANCE_MM) {
            let work = say("choose.fit.thick-kit", &[("most", &mm(most))]);
            let line = self.line("thickness", Verdict::AfterWork, say("choose.fit.too-thick", places), keys);
            line.work = Some(work);
        } else {
            self.line("thickness", Verdict::DoesNotFit, say("choose.fit.too-thick", places), keys);
        }
    }

    fn needs_thickness(&self) -> bool {
        !matches!(self.mounted(), Some("on-cylinder" | "on-deadbolt"))
    }

    fn backset(&mut self) {
        let Some(field) = self.stated("backset", true) else { return };
        if self.survey.word(Key::MeasurePrep) == Some("none") {
            let why = say("choose.fit.backset-free", &[("lock", &lengths(&field.stated))]);
            self.line("backset", Verdict::Fits, why, &[Key::MeasurePrep]);
            return;
        }
        let Some(door) = self.survey.number(Key::MeasureBackset) else {
            return self.needs("backset", Key::MeasureBackset);
        };
        let places = [("door", mm(door)), ("lock", lengths(&field.stated))];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        let (verdict, key) = if takes(&field.stated, door) {
            (Verdict::Fits, "choose.fit.backset-right")
        } else {
            (Verdict::DoesNotFit, "choose.fit.backset-wrong")
        };
        self.line("backset", verdict, say(key, &places), &[Key::MeasureBackset]);
    }

    /// A round hole: a smaller one can be widened, a wider one needs a plate that covers it.
    fn hole(&mut self, name: &'static str, key: Key) {
        let Some(field) = self.stated(name, true) else { return };
        if self.survey.word(Key::MeasurePrep) == Some("none") {
            return;
        }
        let Some(door) = self.survey.number(key) else { return self.needs(name, key) };
        let what = word(&format!("choose.field.{name}"));
        let places = [("what", what.clone()), ("door", mm(door)), ("lock", lengths(&field.stated))];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        if takes(&field.stated, door) {
            self.line(name, Verdict::Fits, say("choose.fit.hole-right", &places), &[key]);
            return;
        }
        let widest = widest(&field.stated);
        let (why, work) = if door < widest {
            ("choose.fit.hole-small", say("choose.fit.widen", &[("what", &what), ("lock", &mm(widest))]))
        } else {
            ("choose.fit.hole-wide", say("choose.fit.cover", &[("what", &what)]))
        };
        let cuts = door < widest;
        let line = self.line(name, Verdict::AfterWork, say(why, &places), &[key]);
        line.work = Some(work);
        line.cuts = cuts;
    }

    /// The hole in the frame must take the whole bolt.
    fn depth(&mut self) {
        let stated = self.sheet.field("hole_depth").or_else(|| self.sheet.field("throw"));
        let Some(field) = stated else { return };
        let name = if self.sheet.field("hole_depth").is_some() { "hole_depth" } else { "throw" };
        let needed = widest(&field.stated);
        let Some(depth) = self.survey.number(Key::FrameHoleDepth) else {
            return self.needs(name, Key::FrameHoleDepth);
        };
        let places = [("door", mm(depth)), ("lock", mm(needed))];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        let keys = &[Key::FrameHoleDepth];
        if depth + TOLERANCE_MM >= needed {
            self.line(name, Verdict::Fits, say("choose.fit.deep-enough", &places), keys);
        } else {
            let work = say("choose.fit.deepen", &[("lock", &mm(needed))]);
            let line = self.line(name, Verdict::AfterWork, say("choose.fit.not-deep", &places), keys);
            line.work = Some(work);
            line.cuts = true;
        }
    }

    fn handing(&mut self) {
        let Some(field) = self.stated("handing", false) else { return };
        let Stated::Words(hands) = &field.stated else { return };
        let both = |side: &str| hands.iter().any(|hand| hand == side);
        if both("left") && both("right") {
            self.line("handing", Verdict::Fits, word("choose.fit.any-hand"), &[]);
            return;
        }
        let Some(door) = self.survey.word(Key::MeasureHanding) else {
            return self.needs("handing", Key::MeasureHanding);
        };
        let side = door.split('-').next().unwrap_or_default();
        let fits = both(side) || both(door);
        let (verdict, key) = if fits {
            (Verdict::Fits, "choose.fit.hand-right")
        } else {
            (Verdict::DoesNotFit, "choose.fit.hand-wrong")
        };
        self.line("handing", verdict, word(key), &[Key::MeasureHanding]);
    }

    fn room(&mut self, name: &'static str, key: Key) {
        let Some(field) = self.stated(name, false) else { return };
        let needed = widest(&field.stated);
        let Some(room) = self.survey.number(key) else { return self.needs(name, key) };
        let places = [("door", mm(room)), ("lock", mm(needed))];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        let (verdict, words) = if room >= needed {
            (Verdict::Fits, "choose.fit.room")
        } else {
            (Verdict::DoesNotFit, "choose.fit.no-room")
        };
        self.line(name, verdict, say(words, &places), &[key]);
    }

    /// Locks that sit on the inside of the cylinder that is there.
    fn on_cylinder(&mut self) {
        if self.mounted() != Some("on-cylinder") || self.survey.word(Key::CylinderShape) != Some("profile") {
            return;
        }
        if self.stated("both_sides", false).is_some() {
            match self.survey.yes(Key::MeasureBothSides) {
                None => self.needs("both_sides", Key::MeasureBothSides),
                Some(true) => {
                    let why = word("choose.fit.both-sides");
                    self.line("both_sides", Verdict::Fits, why, &[Key::MeasureBothSides]);
                }
                Some(false) => {
                    let why = word("choose.fit.one-side");
                    let line = self.line("both_sides", Verdict::AfterWork, why, &[Key::MeasureBothSides]);
                    line.work = Some(word("choose.fit.change-cylinder"));
                }
            }
        }
        let Some(field) = self.stated("cylinder_inside", false) else { return };
        let Stated::Range(Some(from), _) = field.stated else { return };
        let Some(out) = self.survey.number(Key::MeasureCylinderInside) else {
            return self.needs("cylinder_inside", Key::MeasureCylinderInside);
        };
        let places = [("door", mm(out)), ("lock", mm(from))];
        let places = places.each_ref().map(|(name, text)| (*name, text.as_str()));
        let keys = &[Key::MeasureCylinderInside];
        if out >= from {
            self.line("cylinder_inside", Verdict::Fits, say("choose.fit.cylinder-out", &places), keys);
        } else {
            let why = say("choose.fit.cylinder-flush", &places);
            let line = self.line("cylinder_inside", Verdict::AfterWork, why, keys);
            line.work = Some(word("choose.fit.glue"));
        }
    }

    /// Every bolt must meet its hole; a motor cannot pull the door straight as a hand does.
    fn strike(&mut self) {
        let Some(off) = self.survey.number(Key::MeasureStrikeOffset) else { return };
        let keys = &[Key::MeasureStrikeOffset];
        let far = mm(off);
        if off <= OFFSET_MM {
            let why = say("choose.fit.strike-right", &[("door", &far)]);
            self.line("strike", Verdict::Fits, why, keys);
        } else {
            let why = say("choose.fit.strike-off", &[("door", &far), ("most", &mm(OFFSET_MM))]);
            let line = self.line("strike", Verdict::AfterWork, why, keys);
            line.work = Some(word("choose.fit.move-strike"));
            line.cuts = true;
        }
    }

    fn done(self) -> Fit {
        let worst = self.lines.iter().map(|line| line.verdict).max().unwrap_or(Verdict::CannotTell);
        let verdict = match worst {
            Verdict::DoesNotFit => Verdict::DoesNotFit,
            _ if !self.not_stated.is_empty() => Verdict::CannotTell,
            worst => worst,
        };
        let work: Vec<String> = self.lines.iter().filter_map(|line| line.work.clone()).collect();
        let cuts = self.lines.iter().any(|line| line.cuts);
        let rented = self.survey.word(Key::HomeTenure) == Some("rent");
        let said = said(verdict, &self.lines, &self.measure, &self.not_stated);
        Fit {
            id: self.sheet.id.clone(),
            name: self.sheet.name(),
            verdict,
            said,
            ask: (rented && cuts && !work.is_empty()).then(|| word("choose.fit.ask-landlord")),
            lines: self.lines,
            measure: self.measure.iter().map(|key| to_measure(*key)).collect(),
            not_stated: self.not_stated,
        }
    }
}

/// The question of a measure still to be taken.
pub fn to_measure(key: Key) -> ToMeasure {
    let spec = key.spec();
    ToMeasure { key: spec.path, ask: spec.ask, help: spec.help }
}

fn said(verdict: Verdict, lines: &[Line], measure: &[Key], not_stated: &[&'static str]) -> String {
    let names = |fields: &mut dyn Iterator<Item = &'static str>| {
        list(&fields.map(|field| word(&format!("choose.field.{field}"))).collect::<Vec<_>>())
    };
    match verdict {
        Verdict::Fits => word("choose.said.fits"),
        Verdict::AfterWork => {
            let work: Vec<String> = lines.iter().filter_map(|line| line.work.clone()).collect();
            say("choose.said.after-work", &[("work", &work.join(" "))])
        }
        Verdict::DoesNotFit => {
            let no = lines.iter().find(|line| line.verdict == Verdict::DoesNotFit);
            say("choose.said.does-not-fit", &[("why", no.map_or("", |line| &line.why))])
        }
        Verdict::CannotTell if !measure.is_empty() => {
            let open = lines.iter().filter(|line| line.verdict == Verdict::CannotTell).map(|line| line.field);
            say("choose.said.measure", &[("what", &names(&mut open.into_iter()))])
        }
        Verdict::CannotTell => {
            say("choose.said.not-stated", &[("what", &names(&mut not_stated.iter().copied()))])
        }
    }
}

/// Fits where the door is cut that way, after work where it is not cut at all.
fn by_prep(prep: Option<&str>, wanted: &str) -> Option<Verdict> {
    Some(match prep? {
        prep if prep == wanted => Verdict::Fits,
        "none" => Verdict::AfterWork,
        _ => Verdict::DoesNotFit,
    })
}

fn takes(stated: &Stated, door: f64) -> bool {
    match stated {
        Stated::Any(any) => any.iter().any(|one| (one - door).abs() <= TOLERANCE_MM),
        Stated::Range(from, to) => {
            from.is_none_or(|from| door >= from - TOLERANCE_MM)
                && to.is_none_or(|to| door <= to + TOLERANCE_MM)
        }
        Stated::Words(_) | Stated::Text(_) => true,
    }
}

/// The largest length that is stated; of an open range its lower end.
fn widest(stated: &Stated) -> f64 {
    match stated {
        Stated::Any(any) => any.iter().copied().fold(0.0, f64::max),
        Stated::Range(from, to) => to.or(*from).unwrap_or(0.0),
        Stated::Words(_) | Stated::Text(_) => 0.0,
    }
}

/// What is stated, for people.
pub fn lengths(stated: &Stated) -> String {
    match stated {
        Stated::Any(any) => say_or(&any.iter().map(|one| mm(*one)).collect::<Vec<_>>()),
        Stated::Range(from, to) => range(*from, *to),
        Stated::Words(words) => words.join(", "),
        Stated::Text(text) => text.clone(),
    }
}

fn say_or(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => say("choose.list.or", &[("most", &most.join(", ")), ("last", last)]),
    }
}

fn range(from: Option<f64>, to: Option<f64>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => say("choose.list.range", &[("from", &mm(from)), ("to", &mm(to))]),
        (Some(from), None) => say("choose.list.at-least", &[("from", &mm(from))]),
        (None, Some(to)) => say("choose.list.at-most", &[("to", &mm(to))]),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
#[path = "fit_test.rs"]
mod tests;
