//! The cylinder lab for programs: odds and counts, within the same bounds as on the pages.

use axum::Json;
use cylinder::keys::{Space, master_probes};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::By;
use crate::lab::{self, AttackWord, Chosen};
use crate::pages::Asked;
use crate::problem::Problem;

/// P(open) by one time, with its three 90 % bands apart.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointOut {
    t_s: f64,
    p_open: f64,
    /// Chance: so many tries could have come out so.
    sampling: [f64; 2],
    /// From one such cylinder to the next.
    lock_to_lock: [f64; 2],
    /// From what nobody has measured, and from what was not told.
    ignorance: [f64; 2],
}

/// The odds of one cylinder.
#[derive(Serialize, ToSchema)]
pub(crate) struct OddsOut {
    cylinder: String,
    attack: String,
    attacker: String,
    trials: u64,
    /// Time in which half of all tries are done; absent where fewer than half opened in half an hour.
    median_s: Option<f64>,
    /// Whether the clock cut the run short.
    cut: bool,
    /// Answers that were not told and were drawn.
    open_questions: Vec<String>,
    points: Vec<PointOut>,
}

/// Which odds. A cylinder of one's own is told by further fields, as on the page: `kind`, `pins`, `security`,
/// `driver`, `tolerance`, `springs`, `false_gates`, `anti_bump`.
#[derive(Deserialize, IntoParams)]
#[expect(dead_code, reason = "describes the query; the fields are read as those of the page are")]
pub(crate) struct OddsOf {
    /// A word of the row (`three-pins` ... `discs`), `own`, or `door-ID`.
    cylinder: Option<String>,
    /// `pick`, `rake`, `bump`, `snap`, `impression` or `machine`.
    attack: Option<String>,
    /// `novice`, `hobbyist`, `expert` or `burglar`.
    attacker: Option<String>,
    /// The same seed gives the same numbers.
    trial: Option<u32>,
}

/// P(open) against time for a cylinder and an attacker.
#[utoipa::path(get, path = "/api/v1/lab/odds", tag = "lab", params(OddsOf), responses((status = 200, body = OddsOut)))]
pub(crate) async fn odds(by: By, Asked(asked): Asked) -> Result<Json<OddsOut>, Problem> {
    let chosen = Chosen::find(&by.app, asked.raw("cylinder"), &asked)?;
    let attack = AttackWord::read(asked.raw("attack"))?;
    let attacker = asked.text("attacker", "Attacker", 20)?;
    let attacker = if attacker.is_empty() { "expert".to_owned() } else { attacker };
    let seed = asked.maybe::<u32>("trial", "Seed")?.map_or(1, u64::from);
    let question = lab::Asked { description: chosen.description, attack, attacker: attacker.clone(), seed };
    let odds = by.app.lab.odds(&question).await?;
    let point = |(t_s, p): (f64, cylinder::times::Banded)| PointOut {
        t_s,
        p_open: p.value,
        sampling: p.sampling,
        lock_to_lock: p.lock_to_lock,
        ignorance: p.ignorance,
    };
    Ok(Json(OddsOut {
        cylinder: chosen.name,
        attack: attack.word().to_owned(),
        attacker,
        trials: odds.times.trials(),
        median_s: odds.times.median(),
        cut: odds.cut,
        open_questions: odds.open_questions.iter().map(|&question| question.to_owned()).collect(),
        points: odds.points().into_iter().map(point).collect(),
    }))
}

/// A bitting system.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct System {
    /// Cuts, 1 to 24.
    pins: u8,
    /// Depths, 1 to 16.
    depths: u8,
    /// Largest step between neighbouring cuts.
    macs: u8,
}

/// Counts of keys, as decimal text: they can be larger than a JSON number holds.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeysOut {
    /// Depths to the power of cuts.
    total: String,
    /// Those within MACS.
    legal: String,
    /// Of those, keys that cannot be drawn out turned.
    held: String,
    /// Of the legal ones, by EN 1303's rule as paraphrased; absent where there are too many to list.
    en1303: Option<String>,
    /// Keys that a change key's holder tries at most to find the master key.
    master_probes: u32,
}

/// How many keys a bitting system has.
#[utoipa::path(get, path = "/api/v1/lab/keys", tag = "lab", params(System), responses((status = 200, body = KeysOut)))]
pub(crate) async fn keys(
    by: By,
    axum::extract::Query(asked): axum::extract::Query<System>,
) -> Result<Json<KeysOut>, Problem> {
    let space = Space::new(asked.pins, asked.depths, asked.macs).map_err(|error| lab::refused(&error))?;
    let probes = master_probes(asked.pins, asked.depths).map_err(|error| lab::refused(&error))?;
    let counts = by.app.lab.counted(move || space.counts()).await?;
    Ok(Json(KeysOut {
        total: counts.total.to_string(),
        legal: counts.legal.to_string(),
        held: counts.held.to_string(),
        en1303: counts.en1303.map(|n| n.to_string()),
        master_probes: probes.most,
    }))
}
