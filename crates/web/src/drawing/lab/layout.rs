//! Where things are in the side view: one column for each element, the shear line level with the gates.
//! `assets/lab-view.js` has the same formulas for what moves.

use cylinder::describe::DRIVER_MM;
use cylinder::lock::Lock;

/// How much plug lag is drawn larger than it is.
pub(crate) const EXAGGERATED: f64 = 12.0;
/// Height of what lies above the first part (px).
const ROOF: f64 = 12.0;
/// Room for a compressed spring (mm).
const SPRING_MM: f64 = 1.4;
/// Height of the two lines of words under a column (px).
const WORDS: f64 = 40.0;
/// Height of the view from above onto the shear line (px).
const PLAN: f64 = 62.0;
/// Travel (mm) from which the curves' axis bends: below it a hundredth of a millimetre shows.
const BEND_MM: f64 = 0.02;
/// Travel at the end of the curves' axis (mm).
const END_MM: f64 = 5.0;

/// The layout of one cylinder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Elements drawn.
    pub n: usize,
    /// Whether elements are stacks of pins.
    pub split: bool,
    /// Pixels per millimetre of lift.
    pub s: f64,
    /// Column pitch, half width of an element, left margin (px).
    pub pitch: f64,
    pub half: f64,
    pub left: f64,
    /// Height of the shear line (px).
    pub y0: f64,
    /// Lower end of the plug (px).
    pub floor: f64,
    /// Width and height of the picture (px).
    pub width: f64,
    pub height: f64,
    /// Longest lift (mm).
    pub travel: f64,
}

impl Layout {
    pub fn of(lock: &Lock) -> Self {
        let n = lock.n;
        let split = lock.split[0];
        let half = if n <= 6 { 12.0 } else { 9.0 };
        let s = if split { 14.0 } else { (96.0 / (lock.travel + 1.5)).min(14.0) };
        let pitch = match (n, split) {
            (0..=6, true) => 62.0,
            (0..=6, false) => 66.0,
            _ => 46.0,
        };
        let reach = (0..n).fold(0.0_f64, |most, i| most.max(lock.set_lift[i] + lock.key_pin[i]));
        let (y0, below) = if split {
            (ROOF + (DRIVER_MM + lock.travel + SPRING_MM) * s, reach * s)
        } else {
            (ROOF + (lock.travel + 1.5) * s, (lock.travel + 1.5) * s)
        };
        let floor = y0 + below + 34.0;
        let height = floor + WORDS + if split { PLAN } else { 0.0 };
        let left = 22.0;
        Self {
            n,
            split,
            s,
            pitch,
            half,
            left,
            y0,
            floor,
            width: left + pitch * n as f64 + 10.0,
            height,
            travel: lock.travel,
        }
    }

    /// Middle of column `i`.
    pub fn cx(&self, i: usize) -> f64 {
        self.left + self.pitch * i as f64 + self.half + 4.0
    }

    /// Left end and width of the curve beside column `i`.
    pub fn curve(&self, i: usize) -> (f64, f64) {
        let gap = if self.split { 4.0 } else { 12.0 };
        let from = self.cx(i) + self.half + gap;
        (from, self.left + self.pitch * (i + 1) as f64 - from - 2.0)
    }

    /// Place of a plug travel on a curve's axis, 0 to 1.
    pub fn bent(y: f64) -> f64 {
        ((1.0 + y.max(0.0) / BEND_MM).ln() / (1.0 + END_MM / BEND_MM).ln()).min(1.0)
    }

    /// Middle of the view onto the shear line.
    pub fn plan(&self) -> f64 {
        self.floor + WORDS + 30.0
    }

    /// How deep a fence or an edge is drawn for a travel (px), for elements of one piece.
    pub fn depth(y: f64) -> f64 {
        if y >= 1.0 { 11.0 } else { (y.max(0.0) / 0.6).min(1.0) * 8.0 }
    }
}

/// A number for SVG: two decimals at most.
pub(super) fn f(v: f64) -> String {
    let text = format!("{v:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
