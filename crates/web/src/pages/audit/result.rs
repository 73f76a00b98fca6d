//! The result page. The first result is sent as soon as every attacker is sampled, the rest when it is worked
//! out: one answer in pieces, so it needs no script. A report that was made before comes whole.

use std::convert::Infallible;

use access::DoorId;
use askama::Template;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use door::Options;
use door::audit::First;
use door::draw::{escape, form, page as picture};
use door::report::Report;
use door::survey::{Evidence, Key, SECTIONS, SPECS, Survey};
use futures::StreamExt as _;
use futures::channel::{mpsc, oneshot};

use super::{known, name_of, refused};
use crate::pages::{Frame, Here, Visit, page};
use crate::problem::Problem;

/// Stands where the report goes; no text of the page holds it.
const REPORT: &str = "\u{1}report\u{1}";

#[derive(Template)]
#[template(path = "pages/audit/result.html")]
struct ResultPage {
    frame: Frame,
    id: String,
    name: String,
    known: usize,
    /// Whether the survey says what cylinder is in it.
    lab: bool,
    about: &'static str,
    report: String,
    questions: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
}

/// `GET /doors/{id}/audit`
pub(crate) async fn show(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let survey = visit.app.hub.survey(id);
    let desk = &visit.app.desk;
    let figures = desk.figures()?;
    let form = QuestionForm::new(&visit, id);
    let mut shown = ResultPage {
        frame: visit.frame(format!("{name}: how would someone get in?"), Here::Doors),
        id: id.to_string(),
        name,
        known: known(&survey),
        lab: door::mechanics::description(&survey).is_some(),
        about: door::audit::ABOUT,
        report: REPORT.to_owned(),
        questions: questions(),
    };
    if let Some(report) = desk.kept(&survey) {
        shown.report = picture::opening(report.weakest.as_ref()) + &later(&report, &survey, &form);
        return page(&shown);
    }
    let html = shown.render().map_err(|error| Problem::internal("Writing the page", &error))?;
    let (before, after) = html.split_once(REPORT).unwrap_or((&html, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    let (begun, first) = oneshot::channel::<Result<(), Problem>>();
    let (pieces, body) = mpsc::unbounded::<Result<String, Infallible>>();
    let app = visit.app.clone();
    tokio::spawn(async move {
        let Ok(seat) = app.desk.seat().await else { return };
        let app_inside = app.clone();
        // ends by itself within a second; a visitor who left is served no further
        let work = tokio::task::spawn_blocking(move || {
            let options = Options::default();
            let first = match First::of(&survey, &figures, &options) {
                Ok(first) => first,
                Err(error) => return drop(begun.send(Err(refused(error)))),
            };
            let _ = begun.send(Ok(()));
            let opening = picture::opening(first.weakest().as_ref());
            if pieces.unbounded_send(Ok(before + &opening)).is_err() {
                return;
            }
            let rest = match first.finish() {
                Ok(report) => {
                    app_inside.desk.keep(&survey, &report);
                    later(&report, &survey, &form)
                }
                Err(error) => {
                    let problem = refused(error);
                    format!("</section><p class=\"note bad\" role=\"alert\">{}</p>", escape(&problem.message))
                }
            };
            let _ = pieces.unbounded_send(Ok(rest + &after));
        });
        let _ = work.await;
        drop(seat);
    });
    first.await.map_err(|error| Problem::internal("The audit", &error))??;
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    Ok((kind, Body::from_stream(body.map(|piece| piece.map(axum::body::Bytes::from)))).into_response())
}

/// The questions for a what-if, by section.
pub(super) fn questions() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let of = |section: &'static str| SPECS.iter().filter(move |spec| spec.key.section() == section);
    SECTIONS
        .iter()
        .map(|(section, title)| (*title, of(section).map(|spec| (spec.path, spec.ask)).collect()))
        .collect()
}

/// The form around the next question; absent for who may not answer.
struct QuestionForm(Option<(String, String)>);

impl QuestionForm {
    fn new(visit: &Visit, id: DoorId) -> Self {
        let frame = visit.frame("", Here::Doors);
        Self(frame.manage.then(|| (format!("/doors/{id}/survey"), frame.csrf)))
    }
}

/// What follows the first words: the lead's rest, the next question to be answered on the spot, and the body.
fn later(report: &Report, survey: &Survey, form: &QuestionForm) -> String {
    picture::lead(report) + &next_question(report, form) + &picture::rest(report, survey)
}

fn next_question(report: &Report, form: &QuestionForm) -> String {
    let key = report.next_question.as_ref().and_then(|question| Key::of_path(question.key));
    let (Some(key), Some((action, csrf))) = (key, &form.0) else { return String::new() };
    format!(
        "<section class=\"survey\" id=\"next\" aria-labelledby=\"next-h\"><h2 id=\"next-h\">The next question</h2>\
         <form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"csrf\" value=\"{}\">{}\
         <button class=\"primary\">Answer and look again</button></form></section>",
        escape(action),
        escape(csrf),
        form::one(&Survey::default(), key)
    )
}

/// Whether the hub has seen this answer itself.
pub(super) fn is_seen(survey: &Survey, key: Key) -> bool {
    survey.answer(key).is_some_and(|answer| matches!(answer.evidence, Evidence::Seen { .. }))
}
