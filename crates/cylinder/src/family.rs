//! What is usual for each family of cylinder, read from `figures/cylinder/families.toml`.

use crate::{error::Error, param::Tag};
#[cfg(feature = "std")]
use alloc::string::ToString;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

const FILE: &str = "cylinder/families.toml";

/// A family that the model can simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Pins over a plug, cut edge of the key.
    PinTumbler,
    /// Pins over a plug, cuts drilled in the flat of the key.
    Dimple,
    /// One-piece sprung wafers.
    Wafer,
    /// Turning discs and a sidebar, no springs.
    DiscDetainer,
    /// Sprung levers and a bolt stump.
    Lever,
    /// Sliders against a sidebar.
    Slider,
}

impl Kind {
    /// Every family, in a fixed order.
    pub const ALL: [Kind; 6] =
        [Kind::PinTumbler, Kind::Dimple, Kind::Wafer, Kind::DiscDetainer, Kind::Lever, Kind::Slider];

    /// The word used in descriptions.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::PinTumbler => "pin-tumbler",
            Kind::Dimple => "dimple",
            Kind::Wafer => "wafer",
            Kind::DiscDetainer => "disc-detainer",
            Kind::Lever => "lever",
            Kind::Slider => "slider",
        }
    }

    /// The family of a word, if the model has it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.word() == word)
    }

    /// What one element is called.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Kind::PinTumbler | Kind::Dimple => "pin",
            Kind::Wafer => "wafer",
            Kind::DiscDetainer => "disc",
            Kind::Lever => "lever",
            Kind::Slider => "slider",
        }
    }
}

/// What is usual for one family; see the head of the figures file for each field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // documented once, in the figures file
pub struct Family {
    pub depths: u8,
    pub depth_step_mm: f64,
    pub macs: u8,
    pub rest_lift_mm: f64,
    pub window_factor: f64,
    pub offset_factor: f64,
    pub spring_factor: f64,
    pub sprung: bool,
    /// Whether an element is two pieces that part at the shear line (a pin stack) or one.
    pub split: bool,
    pub elements: Vec<u8>,
    pub hand_factor: f64,
    pub pace_factor: f64,
    pub tag: Tag,
    pub source: String,
}

/// All families.
#[derive(Debug, Clone, PartialEq)]
pub struct Families(BTreeMap<Kind, Family>);

impl Families {
    /// The families that came with the program.
    ///
    /// # Errors
    /// Only if the embedded file were damaged.
    #[cfg(feature = "std")]
    pub fn embedded() -> Result<Self, Error> {
        Self::parse(include_str!("../../../figures/cylinder/families.toml"))
    }

    /// Reads families from TOML text.
    ///
    /// # Errors
    /// [`Error::Figures`] naming what is missing or impossible.
    #[cfg(feature = "std")]
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(toml::from_str(text).map_err(|e| Error::Figures { file: FILE, why: e.to_string() })?)
    }

    /// Takes families by kind.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn new(map: BTreeMap<Kind, Family>) -> Result<Self, Error> {
        let bad = |why: String| Error::Figures { file: FILE, why };
        for kind in Kind::ALL {
            let f = map.get(&kind).ok_or_else(|| bad(format!("{} is missing", kind.word())))?;
            let numbers = [f.depth_step_mm, f.window_factor, f.offset_factor, f.hand_factor, f.pace_factor];
            let sound = numbers.iter().all(|v| v.is_finite() && *v > 0.0)
                && (0.0..=2.0).contains(&f.rest_lift_mm)
                && f.spring_factor >= 0.0
                && f.depths >= 2
                && f.macs < f.depths
                && !f.elements.is_empty();
            if !sound {
                return Err(bad(format!("{}: a number is out of range", kind.word())));
            }
        }
        Ok(Self(map))
    }

    /// One family.
    #[must_use]
    pub fn get(&self, kind: Kind) -> &Family {
        // `parse` holds every kind, so the first is only a formal fallback
        self.0.get(&kind).unwrap_or_else(|| &self.0[&Kind::PinTumbler])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_families_are_all_there() {
        let f = Families::embedded().unwrap();
        assert!(f.get(Kind::PinTumbler).split && !f.get(Kind::DiscDetainer).sprung);
    }
}
