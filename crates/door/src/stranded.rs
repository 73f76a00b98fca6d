//! The other side of a lock: the risk of standing outside one's own door. Going keyless takes picking
//! away and adds this.

use serde::Serialize;

use crate::engine::draws::{name_key, uniform, world_key};
use crate::engine::stats::quantile;
use crate::figures::{FigureError, Figures};
use crate::flags::BACKUP_MONTHS;
use crate::survey::{Key, Survey};

/// Worlds sampled: the sum of three wide figures needs no more.
const WORLDS: u64 = 1000;

/// A battery this full or less counts as nearly empty, percent.
pub const LOW_BATTERY: f64 = 20.0;

/// How often in a year somebody of the household is left outside with no way in of their own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LockOut {
    /// Times a year, in the middle.
    pub per_year: f64,
    /// 90 % interval from what we do not know.
    pub ignorance: (f64, f64),
    /// What it rests on, in words.
    pub why: String,
}

/// Works it out for this door.
///
/// # Errors
/// A figure is missing.
pub fn lock_out(survey: &Survey, figures: &Figures, seed: u64) -> Result<LockOut, FigureError> {
    let keyless = survey.word(Key::CylinderKind) == Some("none");
    let electronic = survey.word(Key::SmartKind).is_some_and(|word| word != "none") || keyless;
    let tested = survey.number(Key::HabitBackupTested).is_some_and(|months| months <= BACKUP_MONTHS);
    let backup = match (keyless, tested) {
        (true, _) => "stranded.keyless_rescue",
        (false, true) => "stranded.spare_tested",
        (false, false) => "stranded.spare_untested",
    };
    let cause = if electronic { "stranded.electronics" } else { "stranded.key" };
    let table = |id: &str| figures.get(id).ok_or_else(|| FigureError::Missing(id.to_owned()));
    let (cause_figure, backup_figure) = (table(cause)?, table(backup)?);
    let low = electronic && survey.number(Key::SmartBattery).is_some_and(|percent| percent <= LOW_BATTERY);
    let low_figure = table("stranded.battery_low")?;
    let low_name = name_key(&low_figure.draw);
    let (cause_name, backup_name) = (name_key(cause), name_key(&backup_figure.draw));
    // what helps where there is no key helps beside a key as well
    let contact_figure = table("stranded.keyless_rescue")?;
    let contact_name = name_key(&contact_figure.draw);
    let mut values: Vec<f64> = (0..WORLDS)
        .map(|world| {
            let key = world_key(seed, 5, world);
            let happens = cause_figure.table.at(uniform(key, cause_name));
            let times = if low { low_figure.table.at(uniform(key, low_name)) } else { 1.0 };
            let spare = backup_figure.table.at(uniform(key, backup_name));
            let contact = if electronic { contact_figure.table.at(uniform(key, contact_name)) } else { 0.0 };
            happens * times * (1.0 - spare.max(contact))
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let why = match (keyless, electronic, tested) {
        (true, ..) => {
            "No keyway: if battery or electronics fail, only the outside contact or another door helps."
        }
        (false, true, true) => "If the electronics fail, the key that was tried within a year opens.",
        (false, true, false) => {
            "If the electronics fail, it hangs on a key that nobody has tried within a year, or on the outside contact."
        }
        (false, false, true) => "If a key is lost, the spare that was tried within a year opens.",
        (false, false, false) => "If a key is lost, it hangs on a spare that nobody has tried within a year.",
    };
    Ok(LockOut {
        per_year: quantile(&values, 0.5),
        ignorance: (quantile(&values, 0.05), quantile(&values, 0.95)),
        why: if low { format!("{why} Its battery is nearly empty now.") } else { why.to_owned() },
    })
}
