//! Every figure with its source and who uses it, and how well the audit agrees with published results.

use askama::Template;
use axum::response::Response;
use door::figures::Kind;
use door::validation::{Outcome, outcomes};

use super::refused;
use crate::pages::{Asked, Frame, Here, Visit, page};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/audit/figures.html")]
struct FiguresPage {
    frame: Frame,
    total: usize,
    estimates: usize,
    own: usize,
    only: bool,
    rows: Vec<FigureRow>,
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

/// `GET /figures`, with `only=estimates` for what we do not know.
pub(crate) async fn list_figures(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let figures = visit.app.desk.figures()?;
    let users = figures.users().map_err(|error| refused(error.into()))?;
    let only = asked.raw("only") == "estimates";
    let rows = figures
        .all()
        .filter(|figure| !only || figure.kind == Kind::Estimate)
        .map(|figure| FigureRow {
            id: figure.id.clone(),
            what: figure.what.clone(),
            population: figure.population.clone(),
            value: figure.in_words(),
            unit: figure.unit.clone(),
            kind: figure.kind.word(),
            own: figure.overridden,
            source: figure.source.as_ref().map(|source| (source.title.clone(), source.address.clone())),
            note: figure.note.clone(),
            ways: users.get(&figure.id).map(|ways| ways.join(", ")).unwrap_or_default(),
        })
        .collect();
    page(&FiguresPage {
        frame: visit.frame("Figures", Here::Doors),
        total: figures.all().count(),
        estimates: figures.all().filter(|figure| figure.kind == Kind::Estimate).count(),
        own: figures.all().filter(|figure| figure.overridden).count(),
        only,
        rows,
    })
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
