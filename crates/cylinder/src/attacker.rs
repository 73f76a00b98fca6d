//! Who attacks, as parameters. Named attackers are data: `figures/cylinder/attackers.toml`.

use crate::{
    error::{Error, in_range},
    param::{P, Values},
};
#[cfg(feature = "std")]
use alloc::string::ToString;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

const FILE: &str = "cylinder/attackers.toml";

/// One attacker; units and meaning are at the head of the figures file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // documented once, in the figures file
pub struct Attacker {
    pub title: String,
    pub force_noise: f64,
    pub click_mm: f64,
    pub lift_noise_mm: f64,
    pub torque_nmm: f64,
    pub torque_cv: f64,
    pub probe_s: f64,
    pub lift_s: f64,
    pub reset_s: f64,
    pub setup_s: f64,
    pub force_cap_n: f64,
    pub aware: bool,
    pub patience: u32,
    pub brush: f64,
    pub release: f64,
    pub stroke_s: f64,
    pub strikes_per_min: f64,
    pub strike_cv: f64,
    pub strike_factor: f64,
    pub snaps_per_min: f64,
    pub round_s: f64,
    pub file_mm: f64,
    pub false_mark: f64,
    pub source: String,
}

impl Attacker {
    /// Checks every number.
    ///
    /// # Errors
    /// [`Error::Field`] naming the field.
    pub fn check(&self) -> Result<(), Error> {
        in_range("force_noise", self.force_noise, 0.0, 2.0)?;
        in_range("click_mm", self.click_mm, 0.0, 10.0)?;
        in_range("lift_noise_mm", self.lift_noise_mm, 0.0, 2.0)?;
        in_range("torque_nmm", self.torque_nmm, 0.1, 500.0)?;
        in_range("torque_cv", self.torque_cv, 0.0, 1.0)?;
        in_range("probe_s", self.probe_s, 0.001, 60.0)?;
        in_range("lift_s", self.lift_s, 0.001, 60.0)?;
        in_range("reset_s", self.reset_s, 0.001, 600.0)?;
        in_range("setup_s", self.setup_s, 0.0, 600.0)?;
        in_range("force_cap_n", self.force_cap_n, 0.1, 100.0)?;
        in_range("patience", f64::from(self.patience), 1.0, 10_000.0)?;
        in_range("brush", self.brush, 0.0, 1.0)?;
        in_range("release", self.release, 0.0, 10.0)?;
        in_range("stroke_s", self.stroke_s, 0.001, 60.0)?;
        in_range("strikes_per_min", self.strikes_per_min, 0.1, 600.0)?;
        in_range("strike_cv", self.strike_cv, 0.0, 2.0)?;
        in_range("strike_factor", self.strike_factor, 0.05, 5.0)?;
        in_range("snaps_per_min", self.snaps_per_min, 0.1, 6000.0)?;
        in_range("round_s", self.round_s, 0.1, 3600.0)?;
        in_range("file_mm", self.file_mm, 0.0, 1.0)?;
        in_range("false_mark", self.false_mark, 0.0, 1.0)?;
        Ok(())
    }

    /// The same attacker under one draw of what we do not know of hands.
    #[must_use]
    pub fn under(&self, v: &Values) -> Attacker {
        let (noise, pace) = (v.get(P::HandNoise), v.get(P::HandPace));
        Attacker {
            force_noise: self.force_noise * noise,
            lift_noise_mm: self.lift_noise_mm * noise,
            release: self.release * noise,
            brush: (self.brush * noise).min(1.0),
            click_mm: self.click_mm * v.get(P::ClickSense),
            torque_nmm: self.torque_nmm * v.get(P::HandTorque),
            probe_s: self.probe_s * pace,
            lift_s: self.lift_s * pace,
            reset_s: self.reset_s * pace,
            stroke_s: self.stroke_s * pace,
            round_s: self.round_s * pace,
            file_mm: self.file_mm * noise,
            snaps_per_min: self.snaps_per_min / pace,
            ..self.clone()
        }
    }
}

/// All named attackers.
#[derive(Debug, Clone, PartialEq)]
pub struct Attackers(BTreeMap<String, Attacker>);

impl Attackers {
    /// The attackers that came with the program.
    ///
    /// # Errors
    /// Only if the embedded file were damaged.
    #[cfg(feature = "std")]
    pub fn embedded() -> Result<Self, Error> {
        Self::parse(include_str!("../../../figures/cylinder/attackers.toml"))
    }

    /// Reads attackers from TOML text.
    ///
    /// # Errors
    /// [`Error::Figures`] naming the attacker and field.
    #[cfg(feature = "std")]
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(toml::from_str(text).map_err(|e| Error::Figures { file: FILE, why: e.to_string() })?)
    }

    /// Takes attackers by name.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn new(map: BTreeMap<String, Attacker>) -> Result<Self, Error> {
        for (name, a) in &map {
            a.check().map_err(|e| Error::Figures { file: FILE, why: format!("{name}: {e}") })?;
        }
        Ok(Self(map))
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// One attacker by name.
    ///
    /// # Errors
    /// [`Error::Field`] listing the names there are.
    pub fn get(&self, name: &str) -> Result<&Attacker, Error> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            crate::error::field("attacker", name, format!("it must be one of {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_when_one_is_wrong() {
        let all = Attackers::embedded().unwrap();
        assert!(all.get("expert").is_ok());
        let e = all.get("wizard").unwrap_err().to_string();
        assert!(e.contains("attacker") && e.contains("novice"), "{e}");
    }
}
