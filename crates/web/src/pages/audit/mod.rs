//! How would someone get in: the result for a door, its survey, a what-if, and the list of figures.
//! What is reckoned and drawn comes from the room `door`; what is told and seen comes from the hub.

use std::sync::LazyLock;

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use door::draw::{form, page as picture};
use door::figures::{FigureError, Figures, Kind};
use door::report::Report;
use door::survey::{SPECS, Survey};
use door::{AuditError, Options, audit};

use super::{Asked, Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;

static FIGURES: LazyLock<Result<Figures, FigureError>> = LazyLock::new(Figures::builtin);

#[derive(Template)]
#[template(path = "pages/audit/result.html")]
struct ResultPage {
    frame: Frame,
    id: String,
    name: String,
    /// The report without a frame around it.
    report: String,
    known: usize,
    /// Keys that can be changed, and whether it is the one chosen.
    keys: Vec<(&'static str, bool)>,
    value: String,
}

#[derive(Template)]
#[template(path = "pages/audit/survey.html")]
struct SurveyPage {
    frame: Frame,
    id: String,
    name: String,
    fields: String,
    problems: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/audit/figures.html")]
struct FiguresPage {
    frame: Frame,
    total: usize,
    estimates: usize,
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
    source: Option<(String, String)>,
    note: String,
    ways: String,
}

fn figures() -> Result<&'static Figures, Problem> {
    FIGURES.as_ref().map_err(|error| Problem::internal("Reading the figures", error))
}

fn name_of(visit: &Visit, id: DoorId) -> Result<String, Problem> {
    let name = visit.app.hub.view(|view| view.house.doors.get(&id).map(|door| door.name.clone()));
    name.ok_or_else(|| Problem::not_found("door"))
}

/// Works a report out beside the server's own threads: it takes a good part of a second.
async fn report(survey: Survey, options: Options) -> Result<(Report, Survey), Problem> {
    let figures = figures()?;
    let done =
        tokio::task::spawn_blocking(move || audit(&survey, figures, &options).map(|report| (report, survey)))
            .await;
    match done {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(AuditError::Figure(error))) => Err(Problem::internal("The audit", &error)),
        Ok(Err(error)) => Err(Problem::bad_input(error.to_string())),
        Err(error) => Err(Problem::internal("The audit", &error)),
    }
}

/// `GET /doors/{id}/audit`, with `key` and `value` for a what-if.
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<DoorId>,
    Asked(asked): Asked,
) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let key = asked.text("key", "What to change", 60)?;
    let value = asked.text("value", "To what", 60)?;
    let what_if = if key.is_empty() { Vec::new() } else { vec![(key.clone(), value.clone())] };
    let survey = visit.app.hub.survey(id);
    let known = survey.known().count();
    let changed = report(survey.clone(), Options { what_if, ..Options::default() }).await;
    let (status, wrong, (report, survey)) = match changed {
        Ok(done) => (StatusCode::OK, None, done),
        Err(problem) if !key.is_empty() => {
            (problem.status, Some(problem), report(survey, Options::default()).await?)
        }
        Err(problem) => return Err(problem),
    };
    let shown = ResultPage {
        frame: visit.frame(format!("{name}: how would someone get in?"), Here::Doors).wrong(wrong.as_ref()),
        id: id.to_string(),
        name,
        report: picture::fragment(&report, &survey),
        known,
        keys: SPECS.iter().map(|spec| (spec.path, spec.path == key)).collect(),
        value,
    };
    page_with(status, &shown)
}

/// `GET /doors/{id}/survey`
pub(crate) async fn ask(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    let survey = visit.app.hub.survey(id);
    page(&survey_page(&visit, id, survey, Vec::new()).await?)
}

async fn survey_page(
    visit: &Visit,
    id: DoorId,
    survey: Survey,
    problems: Vec<(String, String)>,
) -> Result<SurveyPage, Problem> {
    let name = name_of(visit, id)?;
    let quick = Options { worlds: 2000, upgrade_worlds: 200, ..Options::default() };
    // a survey that contradicts itself has no report; its questions are then asked in the table's order
    let questions =
        report(survey.clone(), quick).await.map(|(report, _)| report.questions).unwrap_or_default();
    Ok(SurveyPage {
        frame: visit.frame(format!("Survey of {name}"), Here::Doors),
        id: id.to_string(),
        name,
        fields: form::fields(&survey, &questions),
        problems,
    })
}

/// `POST /doors/{id}/survey`
pub(crate) async fn tell(
    visit: Visit,
    Path(id): Path<DoorId>,
    Sent(sent): Sent,
) -> Result<Response, Problem> {
    name_of(&visit, id)?;
    let survey = visit.app.hub.survey(id);
    match form::read(&survey, &pairs(&sent)) {
        Ok(told) => {
            visit.app.hub.tell_survey(visit.actor()?, id, &told).await?;
            Ok(see(&format!("/doors/{id}/audit"), "saved"))
        }
        Err(problems) => {
            let problems =
                problems.into_iter().map(|(key, problem)| (key.replace('.', "-"), problem.what)).collect();
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &survey_page(&visit, id, survey, problems).await?)
        }
    }
}

fn pairs(sent: &Fields) -> Vec<(String, String)> {
    let values = |path: &'static str| {
        sent.all(path).take(32).map(move |value| (path.to_owned(), value.chars().take(80).collect()))
    };
    SPECS.iter().flat_map(|spec| values(spec.path)).collect()
}

/// `GET /figures`, with `only=estimates` for what we do not know.
pub(crate) async fn list_figures(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let figures = figures()?;
    let users = figures.users().map_err(|error| Problem::internal("The figures", &error))?;
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
            source: figure.source.as_ref().map(|source| (source.title.clone(), source.address.clone())),
            note: figure.note.clone(),
            ways: users.get(&figure.id).map(|ways| ways.join(", ")).unwrap_or_default(),
        })
        .collect();
    page(&FiguresPage {
        frame: visit.frame("Figures", Here::Doors),
        total: figures.all().count(),
        estimates: figures.all().filter(|figure| figure.kind == Kind::Estimate).count(),
        only,
        rows,
    })
}
