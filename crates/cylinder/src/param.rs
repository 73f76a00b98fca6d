//! The figures that the mechanics rest on: value, bounds, unit, tag and source of each, and draws from them.
//!
//! The data are `figures/cylinder/parameters.toml` (embedded here); a caller may parse its own text instead.

use crate::{error::Error, rng::Rng};
#[cfg(feature = "std")]
use alloc::string::ToString;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

const FILE: &str = "cylinder/parameters.toml";

/// How a figure is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tag {
    /// Read in a public source, which is named.
    Published,
    /// Worked out from named inputs.
    Computed,
    /// Judgement; nobody was found to have measured it.
    Estimate,
}

/// One figure with its bounds (5 % and 95 % of what we think it may be).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Central value.
    pub value: f64,
    /// 5 % bound.
    pub low: f64,
    /// 95 % bound.
    pub high: f64,
    /// Unit of the three.
    pub unit: String,
    /// How it is known.
    pub tag: Tag,
    /// Where it comes from.
    pub source: String,
}

macro_rules! parameters {
    ($($name:ident = $key:literal),* $(,)?) => {
        /// Index of a figure; its name in the file is [`P::name`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)] // the file itself says what each is
        pub enum P { $($name),* }

        /// Names of all figures, in the order of [`P`].
        pub const NAMES: &[&str] = &[$($key),*];
    };
}

parameters! {
    Friction = "friction",
    ContactStiffness = "contact_stiffness",
    PlugRadius = "plug_radius",
    WrenchLength = "wrench_length",
    OffsetLoose = "offset_loose",
    OffsetMedium = "offset_medium",
    OffsetTight = "offset_tight",
    WindowLoose = "window_loose",
    WindowMedium = "window_medium",
    WindowTight = "window_tight",
    Chamfer = "chamfer",
    ChamferSlope = "chamfer_slope",
    KeyPinEdge = "key_pin_edge",
    KeyPinSlope = "key_pin_slope",
    ReleaseJump = "release_jump",
    SpringPreload = "spring_preload",
    SpringRate = "spring_rate",
    WaistDepth = "waist_depth",
    LipLength = "lip_length",
    LipSlope = "lip_slope",
    SerrationDepth = "serration_depth",
    FalseGateDepth = "false_gate_depth",
    FalseGatesEach = "false_gates_each",
    DiscDrag = "disc_drag",
    HandNoise = "hand_noise",
    NoiseGrows = "noise_grows",
    HandPace = "hand_pace",
    HandTorque = "hand_torque",
    ClickSense = "click_sense",
    StrikeSpeed = "strike_speed",
    KeyRamp = "key_ramp",
    KeyRestitution = "key_restitution",
    PinRestitution = "pin_restitution",
    Recoil = "recoil",
    PlugInertia = "plug_inertia",
    BumpTorque = "bump_torque",
    DriverMass = "driver_mass",
    KeyPinDensity = "key_pin_density",
    KeepsSets = "keeps_sets",
    Ratchet = "ratchet",
    SnapSpeed = "snap_speed",
    ImpressionTorque = "impression_torque",
    MarkForce = "mark_force",
    MachineTry = "machine_try",
    MachineError = "machine_error",
}

/// Number of figures.
pub const COUNT: usize = NAMES.len();

impl P {
    /// The name in the figures file.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// One number for each figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Values([f64; COUNT]);

impl Values {
    /// The number for one figure.
    #[inline]
    #[must_use]
    pub fn get(&self, p: P) -> f64 {
        self.0[p as usize]
    }

    /// Sets one number (for what-if questions and tests).
    pub fn set(&mut self, p: P, value: f64) {
        self.0[p as usize] = value;
    }
}

impl Values {
    /// Sets the number at `index` of [`NAMES`].
    pub fn set_index(&mut self, index: usize, value: f64) {
        if let Some(v) = self.0.get_mut(index) {
            *v = value;
        }
    }
}

/// All figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    figures: Vec<Figure>,
}

impl Parameters {
    /// The figures that came with the program.
    ///
    /// # Errors
    /// Only if the embedded file were damaged.
    #[cfg(feature = "std")]
    pub fn embedded() -> Result<Self, Error> {
        Self::parse(include_str!("../../../figures/cylinder/parameters.toml"))
    }

    /// Reads figures from TOML text.
    ///
    /// # Errors
    /// [`Error::Figures`] naming the figure that is missing, unknown or out of order.
    #[cfg(feature = "std")]
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(toml::from_str(text).map_err(|e| Error::Figures { file: FILE, why: e.to_string() })?)
    }

    /// Takes figures by name.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn new(mut table: BTreeMap<String, Figure>) -> Result<Self, Error> {
        let bad = |why: String| Error::Figures { file: FILE, why };
        let mut figures = Vec::with_capacity(COUNT);
        for &name in NAMES {
            let f = table.remove(name).ok_or_else(|| bad(format!("{name} is missing")))?;
            let ordered = f.low <= f.value && f.value <= f.high && f.low >= 0.0 && f.high.is_finite();
            if !ordered {
                return Err(bad(format!("{name}: must hold 0 <= low <= value <= high")));
            }
            figures.push(f);
        }
        if let Some(name) = table.keys().next() {
            return Err(bad(format!("{name} is not a figure that the model knows")));
        }
        Ok(Self { figures })
    }

    /// One figure with its source.
    #[must_use]
    pub fn figure(&self, p: P) -> &Figure {
        &self.figures[p as usize]
    }

    /// The same figures with one of them known to be `value` (its bounds closed), for what-if questions.
    ///
    /// # Errors
    /// [`Error::Field`] naming a figure that is not there, or a value outside 0 to a thousand times its high
    /// bound.
    pub fn with(&self, name: &str, value: f64) -> Result<Self, Error> {
        let Some(index) = NAMES.iter().position(|n| *n == name) else {
            return Err(crate::error::field(
                "figure",
                name,
                format!("it must be one of {}", NAMES.join(", ")),
            ));
        };
        crate::error::in_range(NAMES[index], value, 0.0, 1e3 * self.figures[index].high.max(1.0))?;
        let mut changed = self.clone();
        let f = &mut changed.figures[index];
        (f.value, f.low, f.high) = (value, value, value);
        Ok(changed)
    }

    /// Name and figure, in order.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Figure)> {
        NAMES.iter().copied().zip(&self.figures)
    }

    /// The central values.
    #[must_use]
    pub fn central(&self) -> Values {
        Values(core::array::from_fn(|i| self.figures[i].value))
    }

    /// One draw of all figures from what we think they may be.
    #[must_use]
    pub fn draw(&self, rng: &mut Rng) -> Values {
        Values(core::array::from_fn(|i| at_score(&self.figures[i], rng.normal())))
    }

    /// The value of figure `index` at standard score `z` (for rankings).
    #[must_use]
    pub fn at_score(&self, index: usize, z: f64) -> f64 {
        at_score(&self.figures[index], z)
    }
}

/// Two half-normals on the log scale (on the plain scale when a bound is 0), joined at the central value so
/// that the bounds are the 5 % and 95 % points; never beyond twice the score of a bound, and never beyond [0,
/// 1] for a share.
fn at_score(f: &Figure, z: f64) -> f64 {
    let r = (z / 1.645).clamp(-1.6, 1.6);
    let bound = if r < 0.0 { f.low } else { f.high };
    if f.low <= 0.0 || f.value <= 0.0 {
        let v = f.value + (bound - f.value) * r.abs();
        return v.clamp(f.low, f.high);
    }
    let v = f.value * libm::pow(bound / f.value, r.abs());
    if f.unit == "1" && f.high <= 1.0 { v.min(1.0) } else { v }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_figures_parse_and_each_has_a_source() {
        let p = Parameters::embedded().unwrap();
        for (name, f) in p.all() {
            assert!(f.source.len() > 10, "{name} needs a source");
        }
        assert!((p.central().get(P::Friction) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn draws_fall_mostly_between_the_bounds() {
        let p = Parameters::embedded().unwrap();
        let mut rng = Rng::keyed(1, 0);
        let f = p.figure(P::SpringRate).clone();
        let inside = (0..4000)
            .filter(|_| {
                let v = p.draw(&mut rng).get(P::SpringRate);
                v >= f.low && v <= f.high
            })
            .count();
        assert!((3500..=3700).contains(&inside), "about 90 %: {inside}");
    }

    #[test]
    fn a_missing_figure_is_named() {
        let text = include_str!("../../../figures/cylinder/parameters.toml").replace("[recoil]", "[recoill]");
        let e = Parameters::parse(&text).unwrap_err().to_string();
        assert!(e.contains("recoil is missing"), "{e}");
    }
}
