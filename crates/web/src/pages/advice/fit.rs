//! Does a lock fit this door: the measuring guide with its drawings, every data sheet with its answer, and one lock
//! measure by measure.

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use care::choose::fit::{Fit, Line, Verdict, fit, fit_all, lengths};
use care::choose::guide::{Measure, guide};
use care::choose::sheet::{FIELDS, Sheet};

use super::decided;
use super::kept::{sheet, sheets};
use crate::pages::audit::name_of;
use crate::pages::{Asked, Frame, Here, Visit, page};
use crate::problem::Problem;

struct LineRow {
    tone: &'static str,
    mark: &'static str,
    why: String,
    work: String,
    source: Option<(String, String)>,
    decided: String,
}

struct FieldRow {
    name: &'static str,
    value: String,
    says: String,
    title: String,
    address: String,
    seen: String,
}

struct Chosen {
    name: String,
    note: String,
    verdict: (&'static str, &'static str, String),
    said: String,
    ask: String,
    lines: Vec<LineRow>,
    fields: Vec<FieldRow>,
    /// Fields that no page states.
    unknown: Vec<&'static str>,
}

struct SheetRow {
    id: String,
    name: String,
    verdict: (&'static str, &'static str, String),
    said: String,
}

#[derive(Template)]
#[template(path = "pages/advice/fit.html")]
struct FitPage {
    frame: Frame,
    id: String,
    name: String,
    chosen: Option<Chosen>,
    sheets: Vec<SheetRow>,
    /// Each with the place of its question in the survey's form.
    measures: Vec<(Measure, String)>,
    taken: usize,
}

/// `GET /doors/{id}/fit`: `model` names a data sheet.
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<DoorId>,
    Asked(asked): Asked,
) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let survey = visit.app.hub.survey(id);
    let model = asked.text("model", "Which lock", 60)?;
    let chosen = if model.is_empty() {
        None
    } else {
        let sheet = sheet(&model)?;
        let fit = fit(&survey, &sheet);
        Some(chosen(&fit, &sheet))
    };
    let rows = fit_all(&survey, &sheets()?);
    let measures = guide(&survey);
    page(&FitPage {
        frame: visit.frame(format!("{name}: does a lock fit?"), Here::Doors),
        id: id.to_string(),
        name,
        chosen,
        sheets: rows.iter().map(row).collect(),
        taken: measures.iter().filter(|one| one.now.how != "unknown").count(),
        measures: measures.into_iter().map(|one| (one.clone(), one.key.replace('.', "-"))).collect(),
    })
}

fn shown(verdict: Verdict) -> (&'static str, &'static str, String) {
    let (tone, mark) = match verdict {
        Verdict::Fits => ("good", "✓"),
        Verdict::AfterWork => ("amber", "~"),
        Verdict::CannotTell => ("quiet", "?"),
        Verdict::DoesNotFit => ("bad", "✗"),
    };
    (tone, mark, verdict.words())
}

fn row(fit: &Fit) -> SheetRow {
    SheetRow {
        id: fit.id.clone(),
        name: fit.name.clone(),
        verdict: shown(fit.verdict),
        said: fit.said.clone(),
    }
}

fn chosen(fit: &Fit, sheet: &Sheet) -> Chosen {
    let fields = FIELDS.iter().filter_map(|(name, _)| {
        let field = sheet.field(name)?;
        Some(FieldRow {
            name,
            value: lengths(&field.stated),
            says: field.says.clone(),
            title: field.source.title.clone(),
            address: field.source.address.clone(),
            seen: field.source.seen.clone(),
        })
    });
    Chosen {
        name: fit.name.clone(),
        note: sheet.note.clone(),
        verdict: shown(fit.verdict),
        said: fit.said.clone(),
        ask: fit.ask.clone().unwrap_or_default(),
        lines: fit.lines.iter().map(line).collect(),
        fields: fields.collect(),
        unknown: FIELDS.iter().map(|(name, _)| *name).filter(|name| sheet.field(name).is_none()).collect(),
    }
}

fn line(line: &Line) -> LineRow {
    let (tone, mark, _) = shown(line.verdict);
    LineRow {
        tone,
        mark,
        why: line.why.clone(),
        work: line.work.clone().unwrap_or_default(),
        source: line.source.as_ref().map(|source| (source.title.clone(), source.address.clone())),
        decided: decided(&line.decided),
    }
}
