//! "Can this lock be picked?" for a class of locks: what is known of a cylinder, and nothing of a door.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use door::draw::{form, percent};
use door::picked::{Picked, class, families};
use door::survey::{Key, Survey};

use super::{aside, pairs, refused};
use crate::pages::{Asked, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;

/// Same seed, same answer.
const SEED: u64 = 1;
/// What is asked of the cylinder.
const KEYS: &[Key] = &[Key::CylinderKind, Key::CylinderPins, Key::CylinderSecurity, Key::CylinderStandard];

#[derive(Template)]
#[template(path = "pages/audit/picked.html")]
struct PickedPage {
    frame: Frame,
    questions: String,
    answer: Option<Picked>,
    /// Words, share of a skilled picker, share of a learner.
    families: Vec<(&'static str, String, String)>,
}

/// `GET /picked`, with answers of the cylinder under their own names.
pub(crate) async fn picked(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let figures = visit.app.desk.figures()?;
    let frame = visit.frame("Can this lock be picked?", Here::Doors);
    let (survey, wrong) = match form::read(&Survey::default(), &pairs(&asked)) {
        Ok(survey) => (survey, None),
        Err(problems) => {
            let what = problems.into_iter().map(|(_, problem)| problem.what).collect::<Vec<_>>().join("; ");
            (Survey::default(), Some(Problem::bad_input(what)))
        }
    };
    let questions = KEYS.iter().map(|key| form::one(&survey, *key)).collect();
    let _seat = visit.app.desk.seat().await?;
    let (answer, families) = aside(move || {
        let failed = |error| refused(door::AuditError::Figure(error));
        let some = survey.known().next().is_some();
        let answer = some.then(|| class(&survey, &figures, SEED)).transpose().map_err(failed)?;
        Ok((answer, families(&figures, SEED).map_err(failed)?))
    })
    .await?;
    let families = families
        .into_iter()
        .map(|family| (family.words, percent(family.skilled), percent(family.learner)))
        .collect();
    let shown = PickedPage { frame: frame.wrong(wrong.as_ref()), questions, answer, families };
    match wrong {
        Some(_) => page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown),
        None => page(&shown),
    }
}
