//! The cylinder lab: a cylinder to tension and pick, the same without scripts step by step, the odds, a
//! comparison, the number of keys. The mechanics run in the hub (`crate::lab`); `assets/lab.js` moves the picture.

mod bench;
mod keys;
mod odds;
mod others;

pub(crate) use bench::{at, first};
pub(crate) use keys::keys;
pub(crate) use odds::{compare, odds};

use crate::assets;

/// Addresses of the lab's own files.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub style: String,
    pub script: String,
}

impl Files {
    fn new() -> Self {
        Self { style: assets::Links.of("lab.css"), script: assets::Links.of("lab.js") }
    }
}

/// A share in words that do not pretend: whole per cent, and the ends named.
fn percent(p: f64) -> String {
    match p {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 0.01 => "under 1 %".to_owned(),
        p if p >= 1.0 => "100 %".to_owned(),
        p if p > 0.99 => "over 99 %".to_owned(),
        p => format!("{:.0} %", 100.0 * p),
    }
}

/// A 90 % band.
fn band(b: [f64; 2]) -> String {
    format!("{:.0} to {:.0} %", 100.0 * b[0], 100.0 * b[1])
}

/// A time as people say it.
fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
