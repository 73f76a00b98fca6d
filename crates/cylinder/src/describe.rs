//! A cylinder as told: the description, its checks, and what is filled in where it says nothing.
//!
//! Unknown answers stay unknown: [`Description::resolve`] draws them anew for every draw of what we do not
//! know.

use crate::{
    error::{Error, field, in_range},
    family::{Families, Kind},
    rng::Rng,
};
use alloc::{format, string::String, vec::Vec};
use core::fmt;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Visitor},
};

/// Most elements (pins, discs, levers, sidebar elements together) in one cylinder.
pub const ELEMENTS: usize = 24;

/// How many elements are security elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Security {
    None,
    Some,
    All,
    #[default]
    Unknown,
}

/// Shape of a security driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    /// Plain cylinder.
    Standard,
    /// Waist between two full-width ends.
    #[default]
    Spool,
    /// Fine grooves all along.
    Serrated,
    /// A taper down to a full-width end.
    Mushroom,
    /// Narrower lower part.
    Stepped,
    /// Spool, serrated and mushroom by turns.
    Mixed,
}

/// Quality of make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Tolerance {
    Loose,
    Medium,
    Tight,
    #[default]
    Unknown,
}

/// How stiff the springs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Springs {
    Soft,
    #[default]
    Normal,
    Stiff,
}

/// A cylinder as described by a person, a survey or a file. Only `kind` is needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Description {
    /// Any word to know it by.
    pub id: Option<String>,
    /// `pin-tumbler`, `dimple`, `wafer`, `disc-detainer`, `lever`, `slider`; other words are not rated.
    pub kind: String,
    /// Number of pins, wafers, discs, levers or sliders, 1 to 24.
    pub pins: Option<u8>,
    /// How many of them are security elements.
    pub security: Security,
    /// What shape those have (pin stacks only).
    pub driver: Driver,
    /// A second row of elements against an active sidebar.
    #[serde(deserialize_with = "there")]
    pub sidebar: bool,
    /// False gates on discs, levers, sliders or the sidebar's elements.
    #[serde(deserialize_with = "there")]
    pub false_gates: bool,
    /// Quality of make.
    pub tolerance: Tolerance,
    /// Spring stiffness against the usual.
    pub springs: Springs,
    /// Measures against bumping (chambers whose pins a bump key does not reach).
    #[serde(deserialize_with = "there")]
    pub anti_bump: bool,
    /// Chambers with a master pin.
    pub master_pins: u8,
    /// The cuts, bow to tip; drawn at random where not given.
    pub bitting: Option<Vec<u8>>,
    /// Number of depths (2 to 16).
    pub depths: Option<u8>,
    /// Largest difference between neighbouring cuts, not above `depths`.
    pub macs: Option<u8>,
    /// Depth step (mm).
    pub depth_step_mm: Option<f64>,
    /// Spread of the chamber offsets (µm, one standard deviation), in place of `tolerance`.
    pub offset_um: Option<f64>,
    /// Width of the set window (µm), in place of `tolerance`.
    pub window_um: Option<f64>,
    /// Spring force at rest (N).
    pub spring_preload_n: Option<f64>,
    /// Spring stiffness (N/mm).
    pub spring_rate_n_mm: Option<f64>,
    /// Room above the plug for a driver (mm); must hold driver and spring at full lift.
    pub chamber_mm: Option<f64>,
}

/// Whether something is there: `true` or `false`, or how many of them there are; `null` is as good as not told.
fn there<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    struct There;

    impl Visitor<'_> for There {
        type Value = bool;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("true, false or how many there are")
        }

        fn visit_bool<E>(self, said: bool) -> Result<bool, E> {
            Ok(said)
        }

        fn visit_u64<E>(self, many: u64) -> Result<bool, E> {
            Ok(many > 0)
        }

        /// As some formats hand over every whole number.
        fn visit_i64<E: de::Error>(self, many: i64) -> Result<bool, E> {
            u64::try_from(many)
                .map(|many| many > 0)
                .map_err(|_| E::invalid_value(de::Unexpected::Signed(many), &self))
        }

        fn visit_unit<E>(self) -> Result<bool, E> {
            Ok(false)
        }
    }

    from.deserialize_any(There)
}

/// A description with nothing left open.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The family.
    pub kind: Kind,
    /// Elements in the main row.
    pub pins: usize,
    /// Elements against the sidebar.
    pub side: usize,
    /// How many are security elements (never `Unknown`).
    pub security: Security,
    /// Quality of make (never `Unknown`).
    pub tolerance: Tolerance,
    /// Depths, MACS and step (mm).
    pub depths: u8,
    /// Largest difference between neighbouring cuts.
    pub macs: u8,
    /// Depth step (mm).
    pub step: f64,
}

/// Families that exist but have no model here, with the reason given.
const UNMODELLED: &[(&str, &str)] = &[
    ("magnetic", "magnets need fields, not lifts"),
    ("combination", "wheels behind a fence are manipulated, not picked with a tension tool"),
    ("electronic", "there is no mechanism to pick"),
    ("pump", "push locks have no turning plug"),
];

impl Description {
    /// The family.
    ///
    /// # Errors
    /// [`Error::NotRated`] for a family without a model.
    pub fn family(&self) -> Result<Kind, Error> {
        if let Some(k) = Kind::from_word(&self.kind) {
            return Ok(k);
        }
        let why = UNMODELLED.iter().find(|(w, _)| *w == self.kind).map_or_else(
            || {
                let words: Vec<&str> = Kind::ALL.iter().map(|k| k.word()).collect();
                format!("kind {:?} has no model here; there are {}", self.kind, words.join(", "))
            },
            |(w, why)| format!("kind {w} has no model here: {why}"),
        );
        Err(Error::NotRated(why))
    }

    /// Whether there is a model of picking such a cylinder, in which the quick solver has been shown to agree
    /// with the exact one (the test `fast_agrees_with_event` goes through every family). What is not shown is
    /// not rated.
    ///
    /// # Errors
    /// [`Error::NotRated`] with the reason.
    pub fn rated(&self) -> Result<(), Error> {
        let kind = self.family()?;
        let stacks = matches!(kind, Kind::PinTumbler | Kind::Dimple);
        if stacks
            && self.security != Security::None
            && matches!(self.driver, Driver::Stepped | Driver::Serrated)
        {
            return Err(Error::NotRated(
                "the quick and the exact solver do not agree well enough for stepped or serrated drivers alone"
                    .into(),
            ));
        }
        Ok(())
    }

    /// Checks every number for sense.
    ///
    /// # Errors
    /// [`Error::Field`] naming the field and the way out; [`Error::NotRated`] for a family without a model.
    pub fn check(&self, families: &Families) -> Result<(), Error> {
        let kind = self.family()?;
        let f = families.get(kind);
        if let Some(n) = self.pins {
            in_range("pins", f64::from(n), 1.0, ELEMENTS as f64)?;
        }
        let depths = self.depths.unwrap_or(f.depths);
        in_range("depths", f64::from(depths), 2.0, 16.0)?;
        if let Some(m) = self.macs
            && m > depths
        {
            return Err(field("macs", m, format!("it must not be above the number of depths, {depths}")));
        }
        let step = in_range("depth_step_mm", self.depth_step_mm.unwrap_or(f.depth_step_mm), 0.05, 3.0)?;
        let travel = f.rest_lift_mm + step * f64::from(depths - 1);
        for (name, v, low, high) in [
            ("offset_um", self.offset_um, 0.0, 500.0),
            ("window_um", self.window_um, 1.0, 2000.0),
            ("spring_preload_n", self.spring_preload_n, 0.0, 50.0),
            ("spring_rate_n_mm", self.spring_rate_n_mm, 0.0, 50.0),
            ("chamber_mm", self.chamber_mm, 0.1, 50.0),
        ] {
            if let Some(v) = v {
                in_range(name, v, low, high)?;
            }
        }
        if let Some(room) = self.chamber_mm
            && room < travel + DRIVER_MM
        {
            let need = travel + DRIVER_MM;
            let why = format!("a driver of {DRIVER_MM} mm lifted by {travel:.2} mm needs {need:.2} mm");
            return Err(field("chamber_mm", room, why));
        }
        if let Some(cuts) = &self.bitting {
            self.check_bitting(cuts, depths)?;
        }
        if usize::from(self.master_pins) > usize::from(self.pins.unwrap_or(ELEMENTS as u8)) {
            return Err(field("master_pins", self.master_pins, "there are not so many chambers"));
        }
        if self.master_pins > 0 && !f.split {
            return Err(field("master_pins", self.master_pins, "only pin stacks have master pins"));
        }
        Ok(())
    }

    fn check_bitting(&self, cuts: &[u8], depths: u8) -> Result<(), Error> {
        let shown = format!("{cuts:?}");
        if let Some(n) = self.pins
            && usize::from(n) != cuts.len()
        {
            return Err(field("bitting", shown, format!("it must have one cut for each of the {n} pins")));
        }
        if cuts.is_empty() || cuts.len() > ELEMENTS {
            return Err(field("bitting", shown, format!("it must have 1 to {ELEMENTS} cuts")));
        }
        if cuts.iter().any(|c| *c >= depths) {
            return Err(field("bitting", shown, format!("cuts count from 0 to {}", depths - 1)));
        }
        Ok(())
    }

    /// Fills in what is not known: typical values when `rng` is `None`, otherwise one draw. Call
    /// [`Self::check`] first.
    ///
    /// # Errors
    /// [`Error::NotRated`] for a family without a model.
    pub fn resolve(&self, families: &Families, rng: Option<&mut Rng>) -> Result<Resolved, Error> {
        let kind = self.family()?;
        let f = families.get(kind);
        let scores = rng.map(|r| [r.uniform(), r.uniform(), r.uniform()]);
        let pick = |k: usize, n: usize| scores.map_or(n / 2, |s| ((s[k] * n as f64) as usize).min(n - 1));
        let known = self.bitting.as_ref().map(Vec::len).or(self.pins.map(usize::from));
        let pins = known.unwrap_or_else(|| usize::from(f.elements[pick(0, f.elements.len())]));
        let security = match self.security {
            // for elements of one piece that is what `false_gates` says
            Security::Unknown if !f.split => Security::None,
            Security::Unknown => [Security::None, Security::Some, Security::All][pick(1, 3)],
            told => told,
        };
        let tolerance = match self.tolerance {
            Tolerance::Unknown => [Tolerance::Loose, Tolerance::Medium, Tolerance::Tight][pick(2, 3)],
            told => told,
        };
        let side = if self.sidebar { (ELEMENTS - pins).min(SIDE_ELEMENTS) } else { 0 };
        let depths = self.depths.unwrap_or(f.depths);
        let macs = self.macs.unwrap_or(f.macs).min(depths - 1);
        let step = self.depth_step_mm.unwrap_or(f.depth_step_mm);
        Ok(Resolved { kind, pins, side, security, tolerance, depths, macs, step })
    }

    /// Which answers are open and were drawn, in words.
    #[must_use]
    pub fn open_questions(&self) -> Vec<&'static str> {
        let mut open = Vec::new();
        if self.pins.is_none() && self.bitting.is_none() {
            open.push("number of pins");
        }
        if self.security == Security::Unknown
            && self.family().is_ok_and(|k| matches!(k, Kind::PinTumbler | Kind::Dimple))
        {
            open.push("security pins");
        }
        if self.tolerance == Tolerance::Unknown && (self.offset_um.is_none() || self.window_um.is_none()) {
            open.push("tolerance");
        }
        open
    }
}

/// Length of a driver (mm). Source: 0.181 to 0.182 in measured on one lock (blog, few samples).
pub const DRIVER_MM: f64 = 4.6;
/// Elements against an active sidebar where their number is not known. Estimate: side pins or sliders of 3 to
/// 5.
pub const SIDE_ELEMENTS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Description {
        Description { kind: "pin-tumbler".into(), pins: Some(5), ..Description::default() }
    }

    #[test]
    fn bad_input_names_the_field() {
        let fam = Families::embedded().unwrap();
        let cases: [(Description, &str); 7] = [
            (Description { pins: Some(0), ..plain() }, "pins"),
            (Description { depths: Some(6), macs: Some(7), ..plain() }, "macs"),
            (Description { spring_rate_n_mm: Some(-1.0), ..plain() }, "spring_rate_n_mm"),
            (Description { offset_um: Some(f64::NAN), ..plain() }, "offset_um"),
            (Description { chamber_mm: Some(5.0), ..plain() }, "chamber_mm"),
            (Description { bitting: Some(vec![1, 2, 30, 4, 5]), ..plain() }, "bitting"),
            (Description { master_pins: 9, ..plain() }, "master_pins"),
        ];
        for (d, name) in cases {
            let e = d.check(&fam).unwrap_err().to_string();
            assert!(e.starts_with(name), "{name}: {e}");
        }
        assert!(plain().check(&fam).is_ok());
    }

    #[test]
    fn what_is_there_may_be_told_or_counted() {
        let read = |gates: &str| {
            let text = format!(r#"{{"kind": "disc-detainer", "false_gates": {gates}}}"#);
            serde_json::from_str::<Description>(&text).map(|d| d.false_gates)
        };
        assert!(read("true").unwrap() && read("4").unwrap());
        assert!(!read("false").unwrap() && !read("0").unwrap() && !read("null").unwrap());
        for wrong in ["-1", "1.5", "\"four\""] {
            assert!(read(wrong).unwrap_err().to_string().contains("true, false or how many"), "{wrong}");
        }
    }

    #[test]
    fn unmodelled_kinds_are_not_rated() {
        let fam = Families::embedded().unwrap();
        let d = Description { kind: "magnetic".into(), ..plain() };
        assert!(matches!(d.check(&fam), Err(Error::NotRated(_))));
    }

    #[test]
    fn unknown_answers_are_drawn_and_listed() {
        let fam = Families::embedded().unwrap();
        let d = Description { kind: "pin-tumbler".into(), ..Description::default() };
        let mut seen = std::collections::BTreeSet::new();
        for t in 0..60 {
            let r = d.resolve(&fam, Some(&mut Rng::keyed(1, t))).unwrap();
            seen.insert((r.pins, format!("{:?}", r.tolerance)));
        }
        assert!(seen.len() >= 6, "{seen:?}");
        assert_eq!(d.open_questions().len(), 3);
    }
}
