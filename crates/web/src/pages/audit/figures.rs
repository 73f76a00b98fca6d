//! Every figure with its source and who uses it, and how well the audit agrees with published results.

use std::collections::BTreeMap;

use access::DoorId;
use askama::Template;
use axum::response::Response;
use door::Options;
use door::audit::First;
use door::figures::{Figure, Kind};
use door::report::FigureUse;
use door::validation::{Outcome, outcomes};

use super::{aside, name_of, refused};
use crate::pages::{Asked, Frame, Here, Visit, page};
use crate::problem::Problem;

/// Worlds in which the figures of one door are looked for: a figure that none of them draws on decides nothing.
const WORLDS: usize = 2000;
/// Figures on one page.
const ON_A_PAGE: usize = 60;

#[derive(Template)]
#[template(path = "pages/audit/figures.html")]
struct FiguresPage {
    frame: Frame,
    /// Address and name of the door whose figures they are.
    door: Option<(String, String)>,
    total: usize,
    estimates: usize,
    own: usize,
    only: bool,
    rows: Vec<FigureRow>,
    /// Addresses of the pages before and after this one.
    before: Option<String>,
    after: Option<String>,
    /// First and last row shown, of so many.
    shown: (usize, usize, usize),
}

struct FigureRow {
    id: String,
    what: String,
    population: String,
    value: String,
    unit: String,
    kind: &'static str,
    own: bool,
    source: Option<(String, String)>,
    note: String,
    ways: String,
}

impl FigureRow {
    fn of(figure: &Figure, ways: String) -> Self {
        Self {
            id: figure.id.clone(),
            what: figure.what.clone(),
            population: figure.population.clone(),
            value: figure.in_words(),
            unit: figure.unit.clone(),
            kind: figure.kind.word(),
            own: figure.overridden,
            source: figure.source.as_ref().map(|source| (source.title.clone(), source.address.clone())),
            note: figure.note.clone(),
            ways,
        }
    }
}

/// `GET /figures`: with `only=estimates` what we do not know, with `door=ID` what the result of one door rests on,
/// from the row `from` on.
pub(crate) async fn list_figures(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let figures = visit.app.desk.figures()?;
    let only = asked.raw("only") == "estimates";
    let from = asked.maybe::<usize>("from", "From which figure")?.unwrap_or(0);
    let id = asked.maybe::<DoorId>("door", "Door")?;
    let (door, users) = match id {
        None => (None, figures.users().map_err(|error| refused(error.into()))?),
        Some(id) => {
            let name = name_of(&visit, id)?;
            (Some((id.to_string(), name)), used_by(&visit, id).await?)
        }
    };
    let mine = |figure: &&Figure| door.is_none() || users.contains_key(&figure.id);
    let mut every: Vec<&Figure> = figures.all().filter(mine).collect();
    // the owner's own come first, however many pages there are
    every.sort_by_key(|figure| !figure.overridden);
    let estimate = |figure: &&&Figure| figure.kind == Kind::Estimate;
    let wanted: Vec<&Figure> = every.iter().filter(|one| !only || estimate(one)).copied().collect();
    let ways = |figure: &Figure| users.get(&figure.id).map(|ways| ways.join(", ")).unwrap_or_default();
    let address = |from: usize| {
        let door = id.map(|id| format!("&door={id}")).unwrap_or_default();
        format!("/figures?from={from}{door}{}", if only { "&only=estimates" } else { "" })
    };
    let to = wanted.len().min(from.saturating_add(ON_A_PAGE));
    let from = from.min(to);
    page(&FiguresPage {
        total: every.len(),
        estimates: every.iter().filter(estimate).count(),
        own: every.iter().filter(|figure| figure.overridden).count(),
        only,
        rows: wanted[from..to].iter().map(|figure| FigureRow::of(figure, ways(figure))).collect(),
        before: (from > 0).then(|| address(from.saturating_sub(ON_A_PAGE))),
        after: (to < wanted.len()).then(|| address(to)),
        shown: ((from + 1).min(to), to, wanted.len()),
        frame: visit.frame("Figures", Here::Doors),
        door,
    })
}

/// The figures that the result of a door rests on, each with the ways in that use it.
async fn used_by(visit: &Visit, id: DoorId) -> Result<BTreeMap<String, Vec<&'static str>>, Problem> {
    let survey = visit.app.hub.survey(id);
    let by_id = |used: Vec<FigureUse>| used.into_iter().map(|figure| (figure.id, figure.ways)).collect();
    if let Some(report) = visit.app.desk.kept(&survey) {
        return Ok(by_id(report.figures));
    }
    let figures = visit.app.desk.figures()?;
    let _seat = visit.app.desk.seat().await?;
    let options = Options { worlds: WORLDS, ..Options::default() };
    aside(move || First::of(&survey, &figures, &options).map_err(refused).map(|first| by_id(first.figures())))
        .await
}

#[derive(Template)]
#[template(path = "pages/audit/validation.html")]
struct ValidationPage {
    frame: Frame,
    /// Heading, how many agree, rows.
    parts: Vec<(&'static str, usize, Vec<Outcome>)>,
    limits: Vec<String>,
}

/// `GET /validation`: what `cargo xtask validate door` found for the figures as they come with the program.
pub(crate) async fn validation(visit: Visit) -> Result<Response, Problem> {
    let found = outcomes().map_err(|error| Problem::internal("The validation", &error))?;
    let part = |role: &str, title| {
        let rows: Vec<Outcome> = found.targets.iter().filter(|one| one.role == role).cloned().collect();
        (title, rows.iter().filter(|one| one.agrees).count(), rows)
    };
    let parts = vec![part("predict", "Predicted"), part("fit", "Chosen with these in view")];
    let frame = visit.frame("Does the audit agree with the world?", Here::Doors);
    page(&ValidationPage { frame, parts, limits: found.limits })
}
