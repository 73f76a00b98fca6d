//! A what-if: one answer changed, side by side with the door as it is, on the same worlds. A page of its own, of
//! which a browser with scripts takes only the part that changed.

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use door::Options;
use door::audit::what_if as reckon;
use door::draw::{form, page as picture};
use door::survey::{Key, Survey};

use super::result::questions;
use super::{aside, name_of, pairs, refused};
use crate::pages::{Asked, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/audit/what_if.html")]
struct WhatIfPage {
    frame: Frame,
    id: String,
    name: String,
    questions: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
    key: &'static str,
    /// What is known now.
    now: String,
    /// The question, to be answered.
    question: String,
    /// Before and after, once it was answered.
    compared: String,
    changes: String,
}

/// `GET /doors/{id}/what-if`: `key` names the question; its answer, where given, stands under its own name.
pub(crate) async fn what_if(
    visit: Visit,
    Path(id): Path<DoorId>,
    Asked(asked): Asked,
) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let path = asked.needed("key", "What to change", 60)?;
    let key = Key::of_path(&path)
        .ok_or_else(|| Problem::bad_input(format!("There is no question `{path}` in the survey.")))?;
    let survey = visit.app.hub.survey(id);
    let figures = visit.app.desk.figures()?;
    let answered: Vec<(String, String)> =
        pairs(&asked).into_iter().filter(|(asked, _)| asked == key.path()).collect();
    let mut shown = WhatIfPage {
        frame: visit.frame(format!("{name}: what if?"), Here::Doors),
        id: id.to_string(),
        name,
        questions: questions(),
        key: key.path(),
        now: survey.in_words(key).unwrap_or_else(|| "not known".to_owned()),
        question: form::one(&Survey::default(), key),
        compared: String::new(),
        changes: String::new(),
    };
    if answered.is_empty() {
        return page(&shown);
    }
    // read as the survey's own form is: the same words, the same refusals
    let change = match form::read(&Survey::default(), &answered) {
        Ok(change) => change,
        Err(problems) => {
            let what = problems.into_iter().map(|(_, problem)| problem.what).collect::<Vec<_>>().join("; ");
            shown.frame = shown.frame.wrong(Some(&Problem::bad_input(what)));
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    };
    let text = change
        .value(key)
        .map_or_else(|| "unknown".to_owned(), |value| door::survey::write::as_text(key, value));
    shown.changes = change.in_words(key).unwrap_or_else(|| "not known".to_owned());
    let options = Options { what_if: vec![(key.path().to_owned(), text)], ..Options::default() };
    let _seat = visit.app.desk.seat().await?;
    match aside(move || reckon(&survey, &figures, &options).map_err(refused)).await {
        Ok(Some(done)) => shown.compared = picture::compared(&done),
        Ok(None) => {}
        Err(problem) => {
            shown.frame = shown.frame.wrong(Some(&problem));
            return page_with(problem.status, &shown);
        }
    }
    page(&shown)
}
