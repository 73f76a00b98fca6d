//! Advice and comparisons that were worked out before, by what they were worked out from. One is worked out at a time,
//! at the audit's own desk: it takes a core for part of a second.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use access::DoorId;
use care::choose::sheet::{Sheet, builtin};
use care::choose::{Advice, Wish, advice};
use care::setup::risks::{Risks, risks};
use door::Options;
use door::figures::Figures;
use door::report::Report;
use door::survey::Survey;

use crate::pages::Fields;
use crate::pages::audit::{aside, refused, survey_name};
use crate::problem::Problem;
use crate::state::App;

/// Answers kept of each kind.
const KEPT: usize = 32;

/// What was worked out.
#[derive(Default)]
pub(crate) struct Kept {
    advice: Mutex<VecDeque<(String, Arc<Advice>)>>,
    risks: Mutex<VecDeque<(String, Arc<Risks>)>>,
}

/// What the visitor has in mind.
pub(crate) struct Question {
    /// As it stands in the address, for the form.
    pub plan: String,
    /// The sheet's short name, for the form.
    pub model: String,
    wish: Wish,
}

impl Question {
    /// Reads `plan` and `model` of an address.
    pub(crate) fn read(asked: &Fields) -> Result<Self, Problem> {
        let plan = asked.text("plan", "What you plan", 60)?;
        let model = asked.text("model", "Which lock", 60)?;
        Self::of(&plan, &model)
    }

    /// The same from two words.
    pub(crate) fn of(plan: &str, model: &str) -> Result<Self, Problem> {
        let sheet = if model.is_empty() { None } else { Some(sheet(model)?) };
        let upgrade = Some(plan.to_owned()).filter(|plan| !plan.is_empty());
        let wish = Wish { upgrade, changes: Vec::new(), sheet };
        Ok(Self { plan: plan.to_owned(), model: model.to_owned(), wish })
    }
}

/// The data sheet of that name.
pub(crate) fn sheet(id: &str) -> Result<Sheet, Problem> {
    sheets()?.into_iter().find(|sheet| sheet.id == id).ok_or_else(|| {
        Problem::bad_input(format!("There is no data sheet `{id}`. Choose one from the list on the page."))
    })
}

/// Every data sheet.
pub(crate) fn sheets() -> Result<Vec<Sheet>, Problem> {
    builtin().map_err(|error| Problem::internal("The data sheets", &error))
}

fn find<T>(kept: &Mutex<VecDeque<(String, Arc<T>)>>, name: &str) -> Option<Arc<T>> {
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter().find(|(old, _)| old == name).map(|(_, found)| Arc::clone(found))
}

fn keep<T>(kept: &Mutex<VecDeque<(String, Arc<T>)>>, name: String, found: T) -> Arc<T> {
    let found = Arc::new(found);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.pop_front();
    }
    kept.push_back((name, Arc::clone(&found)));
    found
}

/// Evidence, too, shows in advice, so it belongs to the name; the figures by which ones they are.
fn name(survey: &Survey, figures: &Arc<Figures>, rest: &str) -> String {
    format!("{}|{:p}|{}|{rest}", survey_name(survey), Arc::as_ptr(figures), survey.to_toml())
}

/// The audit of a survey, kept at the audit's desk.
async fn report_of(app: &App, survey: &Survey) -> Result<Report, Problem> {
    if let Some(report) = app.desk.kept(survey) {
        return Ok(report);
    }
    let figures = app.desk.figures()?;
    let _seat = app.desk.seat().await?;
    let asked = survey.clone();
    let report = aside(move || door::audit(&asked, &figures, &Options::default()).map_err(refused)).await?;
    app.desk.keep(survey, &report);
    Ok(report)
}

/// The advice for a door and a plan.
pub(crate) async fn advice_of(app: &App, door: DoorId, question: &Question) -> Result<Arc<Advice>, Problem> {
    let survey = app.hub.survey(door);
    let figures = app.desk.figures()?;
    let name = name(&survey, &figures, &format!("{}|{}", question.plan, question.model));
    if let Some(found) = find(&app.advice.advice, &name) {
        return Ok(found);
    }
    let report = report_of(app, &survey).await?;
    let wish = question.wish.clone();
    let _seat = app.desk.seat().await?;
    let made = aside(move || advice(&survey, &figures, &report, &Options::default(), &wish).map_err(refused))
        .await?;
    Ok(keep(&app.advice.advice, name, made))
}

/// Safe against risky for a door.
pub(crate) async fn risks_of(app: &App, door: DoorId) -> Result<Arc<Risks>, Problem> {
    let survey = app.hub.survey(door);
    let figures = app.desk.figures()?;
    let name = name(&survey, &figures, "");
    if let Some(found) = find(&app.advice.risks, &name) {
        return Ok(found);
    }
    let report = report_of(app, &survey).await?;
    let _seat = app.desk.seat().await?;
    let made = aside(move || risks(&survey, &figures, &report, &Options::default()).map_err(refused)).await?;
    Ok(keep(&app.advice.risks, name, made))
}
