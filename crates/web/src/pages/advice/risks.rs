//! Safe against risky for this door: differences only, each with what it costs in P(in).

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use care::setup::risks::{Difference, Side};

use super::kept::risks_of;
use super::{decided, percent};
use crate::pages::audit::name_of;
use crate::pages::{Frame, Here, Visit, page};
use crate::problem::Problem;

struct Row {
    what: String,
    tone: &'static str,
    mark: &'static str,
    yours: String,
    how: String,
    safe: String,
    risky: String,
    p_safe: String,
    p_risky: String,
    decided: String,
}

#[derive(Template)]
#[template(path = "pages/advice/risks.html")]
struct RisksPage {
    frame: Frame,
    id: String,
    name: String,
    attacker: String,
    minutes: String,
    now: String,
    all_safe: String,
    all_risky: String,
    rows: Vec<Row>,
}

/// `GET /doors/{id}/risks`
pub(crate) async fn show(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let risks = risks_of(&visit.app, id).await?;
    page(&RisksPage {
        frame: visit.frame(format!("{name}: safe against risky"), Here::Doors),
        id: id.to_string(),
        name,
        attacker: risks.attacker.clone().unwrap_or_default(),
        minutes: format!("{:.0}", risks.within_s / 60.0),
        now: percent(risks.p_now),
        all_safe: percent(risks.p_all_safe),
        all_risky: percent(risks.p_all_risky),
        rows: risks.differences.iter().map(row).collect(),
    })
}

fn row(one: &Difference) -> Row {
    let (tone, mark) = match one.side {
        Side::Safe => ("good", "✓"),
        Side::Risky => ("bad", "!"),
        Side::Unknown => ("quiet", "?"),
    };
    Row {
        what: one.what.clone(),
        tone,
        mark,
        yours: one.yours.answer.clone(),
        how: one.yours.how.clone(),
        safe: one.safe.clone(),
        risky: one.risky.clone(),
        p_safe: percent(one.p_safe),
        p_risky: percent(one.p_risky),
        decided: decided(&one.decided),
    }
}
