//! Reading figures, attackers and upgrades from TOML, and refusing what is not fully described.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::dist::Dist;
use super::{Attacker, Band, Figure, Figures, Kind, Renter, Source, Upgrade};
use crate::survey::{Key, Survey};

/// Why a figure file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// The file is not TOML or has unknown or missing fields.
    #[error("figures file {file}: {what}")]
    File {
        /// Which.
        file: String,
        /// What is wrong with it.
        what: String,
    },
    /// One figure is not fully described or cannot be right.
    #[error("figures file {file}, figure `{id}`: {what}")]
    Figure {
        /// Which file.
        file: String,
        /// Which figure.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// The engine asks for a figure that is not there.
    #[error("figure `{0}` is missing: the audit cannot be made without it")]
    Missing(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    figure: Vec<RawFigure>,
    #[serde(default)]
    attacker: Vec<RawAttacker>,
    #[serde(default)]
    upgrade: Vec<RawUpgrade>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    id: String,
    what: String,
    unit: String,
    population: String,
    band: String,
    value: RawValue,
    draw: Option<String>,
    seen: String,
    source: Option<RawSource>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    year: u16,
    address: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawValue {
    point: Option<f64>,
    range: Option<[f64; 2]>,
    log: Option<[f64; 2]>,
    normal: Option<[f64; 2]>,
    trials: Option<u32>,
    successes: Option<u32>,
    quantiles: Option<Vec<[f64; 2]>>,
    weights: Option<BTreeMap<String, f64>>,
    curve: Option<Vec<[f64; 2]>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAttacker {
    name: String,
    who: String,
    tools: Vec<String>,
    skill: String,
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawUpgrade {
    id: String,
    what: String,
    changes: BTreeMap<String, String>,
    #[serde(default)]
    only_if: BTreeMap<String, Vec<String>>,
    price: Option<[f64; 2]>,
    minutes: u32,
    renter: String,
    ask: Option<String>,
    price_note: String,
}

impl Figures {
    pub(super) fn add(&mut self, file: &str, text: &str, overriding: bool) -> Result<(), FigureError> {
        let read: File = toml::from_str(text).map_err(|error| FigureError::File {
            file: file.to_owned(),
            what: error.to_string().trim().to_owned(),
        })?;
        for raw in read.figure {
            let id = raw.id.clone();
            let figure = figure(raw, overriding).map_err(|what| FigureError::Figure {
                file: file.to_owned(),
                id: id.clone(),
                what,
            })?;
            let before = self.figures.insert(id.clone(), figure);
            if before.is_some() && !overriding {
                let what = "there are two figures of this name".to_owned();
                return Err(FigureError::Figure { file: file.to_owned(), id, what });
            }
        }
        for raw in read.attacker {
            let attacker =
                Attacker { name: raw.name, who: raw.who, tools: raw.tools, skill: raw.skill, note: raw.note };
            if !["none", "learner", "practised", "expert"].contains(&attacker.skill.as_str()) {
                let what = format!("skill `{}` is none of none, learner, practised, expert", attacker.skill);
                return Err(FigureError::Figure { file: file.to_owned(), id: attacker.name, what });
            }
            if overriding {
                self.replaced.push(format!("attacker {}", attacker.name));
            }
            // one of the same name keeps its place: the order says how often they come
            match self.attackers.iter_mut().find(|other| other.name == attacker.name) {
                Some(other) => *other = attacker,
                None => self.attackers.push(attacker),
            }
        }
        for raw in read.upgrade {
            let id = raw.id.clone();
            let upgrade =
                upgrade(raw).map_err(|what| FigureError::Figure { file: file.to_owned(), id, what })?;
            if overriding {
                self.replaced.push(format!("upgrade {}", upgrade.id));
            }
            match self.upgrades.iter_mut().find(|other| other.id == upgrade.id) {
                Some(other) => *other = upgrade,
                None => self.upgrades.push(upgrade),
            }
        }
        Ok(())
    }

    /// Whole only if there is somebody to keep out and something to rest on.
    pub(super) fn check(&self) -> Result<(), FigureError> {
        if self.attackers.is_empty() {
            return Err(FigureError::Missing("attackers".to_owned()));
        }
        for attacker in &self.attackers {
            for group in ["patience", "noise"] {
                let id = format!("{group}.{}", attacker.name);
                if !self.figures.contains_key(&id) {
                    return Err(FigureError::Missing(id));
                }
            }
        }
        Ok(())
    }
}

fn figure(raw: RawFigure, overridden: bool) -> Result<Figure, String> {
    for (name, text) in
        [("what", &raw.what), ("unit", &raw.unit), ("population", &raw.population), ("id", &raw.id)]
    {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is empty"));
        }
    }
    let kind = match raw.seen.as_str() {
        "primary" => Kind::Primary,
        "secondary" => Kind::Secondary,
        "mirror" => Kind::Mirror,
        "computed" => Kind::Computed,
        "estimate" => Kind::Estimate,
        other => {
            return Err(format!(
                "`seen` is `{other}`: it is one of primary, secondary, mirror, computed, estimate"
            ));
        }
    };
    let band = match raw.band.as_str() {
        "chance" => Band::Chance,
        "ignorance" => Band::Ignorance,
        other => return Err(format!("`band` is `{other}`: it is chance or ignorance")),
    };
    let source = source(raw.source, kind)?;
    if matches!(kind, Kind::Computed | Kind::Estimate) && raw.note.trim().is_empty() {
        return Err(format!("a figure that is {} needs a `note` saying how it was come by", kind.word()));
    }
    let dist = dist(raw.value)?;
    let share = raw.unit == "share";
    if share
        && let Some((low, _)) =
            dist.range90().filter(|(low, high)| *low < 0.0 || *high > 1.0 + 1e-9 && *low > 1.0)
    {
        return Err(format!("a share lies between 0 and 1, this one starts at {low}"));
    }
    Ok(Figure {
        table: Arc::new(dist.table(share)),
        draw: raw.draw.unwrap_or_else(|| raw.id.clone()),
        id: raw.id,
        what: raw.what,
        unit: raw.unit,
        population: raw.population,
        band,
        dist,
        kind,
        source,
        note: raw.note,
        overridden,
    })
}

fn source(raw: Option<RawSource>, kind: Kind) -> Result<Option<Source>, String> {
    match raw {
        Some(source) => {
            if source.title.trim().is_empty()
                || !source.address.starts_with("http")
                    && !["doi:", "docs/"].iter().any(|start| source.address.starts_with(start))
            {
                return Err(
                    "a source has a title and an address that starts with http, doi: or docs/".to_owned()
                );
            }
            Ok(Some(Source { title: source.title, year: source.year, address: source.address }))
        }
        None if kind == Kind::Estimate => Ok(None),
        None => {
            Err(format!("it is `{}` and so needs a source; without one it is an `estimate`", kind.word()))
        }
    }
}

fn dist(raw: RawValue) -> Result<Dist, String> {
    let pair = |pair: [f64; 2], name: &str| {
        let [low, high] = pair;
        if low.is_finite() && high.is_finite() && low < high {
            Ok((low, high))
        } else {
            Err(format!("`{name}` goes from a smaller to a larger number"))
        }
    };
    let mut found = Vec::new();
    if let Some(value) = raw.point {
        found.push(if value.is_finite() {
            Dist::Point(value)
        } else {
            return Err("`point` is no number".to_owned());
        });
    }
    if let Some(range) = raw.range {
        let (low, high) = pair(range, "range")?;
        found.push(Dist::Range(low, high));
    }
    if let Some(range) = raw.log {
        let (low, high) = pair(range, "log")?;
        found.push(if low > 0.0 {
            Dist::Log(low, high)
        } else {
            return Err("`log` starts above 0".to_owned());
        });
    }
    if let Some(range) = raw.normal {
        let (low, high) = pair(range, "normal")?;
        found.push(Dist::Normal(low, high));
    }
    match (raw.trials, raw.successes) {
        (Some(trials), Some(successes)) if successes <= trials && trials > 0 => {
            found.push(Dist::Trials { trials, successes })
        }
        (None, None) => {}
        _ => return Err("`trials` and `successes` go together, successes at most trials".to_owned()),
    }
    if let Some(points) = raw.quantiles {
        found.push(Dist::Quantiles(rising(points, true)?));
    }
    if let Some(points) = raw.curve {
        found.push(Dist::Curve(rising(points, false)?));
    }
    if let Some(weights) = raw.weights {
        let good = !weights.is_empty() && weights.values().all(|weight| weight.is_finite() && *weight >= 0.0);
        if !good || weights.values().sum::<f64>() <= 0.0 {
            return Err("`weights` are numbers from 0 up, not all 0".to_owned());
        }
        found.push(Dist::Weights(weights));
    }
    match (found.pop(), found.len()) {
        (Some(dist), 0) => Ok(dist),
        _ => Err("`value` is exactly one of point, range, log, normal, trials with successes, quantiles, weights, curve".to_owned()),
    }
}

fn rising(points: Vec<[f64; 2]>, quantiles: bool) -> Result<Vec<(f64, f64)>, String> {
    let points: Vec<(f64, f64)> = points.into_iter().map(|[x, y]| (x, y)).collect();
    let rises = points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
    let finite = points.iter().all(|(x, y)| x.is_finite() && y.is_finite());
    let within = !quantiles || points.iter().all(|(p, value)| (0.0..=1.0).contains(p) && *value > 0.0);
    if points.len() >= 2 && rises && finite && within {
        Ok(points)
    } else {
        Err("points rise, and there are two or more".to_owned())
    }
}

fn upgrade(raw: RawUpgrade) -> Result<Upgrade, String> {
    let renter = match raw.renter.as_str() {
        "may" => Renter::May,
        "ask" => Renter::Ask,
        "no" => Renter::No,
        other => return Err(format!("`renter` is `{other}`: it is may, ask or no")),
    };
    if renter != Renter::May && raw.ask.is_none() {
        return Err("`ask` must say who is asked".to_owned());
    }
    let mut trial = Survey::default();
    for (path, value) in &raw.changes {
        let value = value.trim_start_matches(">=").trim_start_matches("<=");
        trial.set_text(path, value).map_err(|problem| problem.to_string())?;
    }
    for (path, words) in &raw.only_if {
        let key = Key::of_path(path).ok_or_else(|| format!("`only_if` names no key: {path}"))?;
        if let Some(word) = words.iter().find(|word| {
            *word != "unknown" && key.option(word).is_none() && !["true", "false"].contains(&word.as_str())
        }) {
            return Err(format!("`only_if`: `{path}` has no word `{word}`"));
        }
    }
    if let Some([low, high]) = raw.price
        && !(0.0 <= low && low <= high && high.is_finite())
    {
        return Err("`price` goes from a smaller to a larger amount".to_owned());
    }
    Ok(Upgrade {
        id: raw.id,
        what: raw.what,
        changes: raw.changes.into_iter().collect(),
        only_if: raw.only_if.into_iter().collect(),
        price: raw.price.map(|[low, high]| (low, high)),
        minutes: raw.minutes,
        renter,
        ask: raw.ask,
        price_note: raw.price_note,
    })
}
