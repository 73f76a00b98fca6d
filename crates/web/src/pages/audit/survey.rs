//! The survey as a form: the most useful questions first, all others by part of the door.

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use door::Options;
use door::audit::First;
use door::draw::form;
use door::survey::{SPECS, Survey};

use super::result::is_seen;
use super::{aside, name_of, pairs, refused};
use crate::pages::{Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;

/// Worlds for the order of the questions: enough to rank them.
const WORLDS: usize = 2000;

#[derive(Template)]
#[template(path = "pages/audit/survey.html")]
struct SurveyPage {
    frame: Frame,
    id: String,
    name: String,
    fields: String,
    seen: usize,
    told: usize,
    all: usize,
    problems: Vec<(String, String)>,
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
    let figures = visit.app.desk.figures()?;
    let _seat = visit.app.desk.seat().await?;
    let (survey, questions) = aside(move || {
        let options = Options { worlds: WORLDS, ..Options::default() };
        // a survey that contradicts itself has no result; its questions are then asked in the table's order
        let questions =
            First::of(&survey, &figures, &options).map_err(refused).map(|first| first.questions());
        Ok((survey, questions.unwrap_or_default()))
    })
    .await?;
    let seen = SPECS.iter().filter(|spec| is_seen(&survey, spec.key)).count();
    Ok(SurveyPage {
        frame: visit.frame(format!("Survey of {name}"), Here::Doors),
        id: id.to_string(),
        name,
        fields: form::fields(&survey, &questions),
        seen,
        told: survey.known().count() - seen,
        all: SPECS.len(),
        problems,
    })
}

/// `POST /doors/{id}/survey`: any of the questions; those not in the form stay as they are.
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
