//! How would someone get in: the result for a door, its survey, a what-if, a class of locks, the figures and the
//! validation. What is reckoned and drawn comes from the room `door`; what is told and seen from the hub.

mod desk;
mod figures;
mod picked;
mod result;
mod survey;
mod what_if;

use access::DoorId;
use door::AuditError;
use door::survey::{SPECS, Survey};

pub(crate) use desk::{Desk, name as survey_name};
pub(crate) use figures::{list_figures, validation};
pub(crate) use picked::picked;
pub(crate) use result::show;
pub(crate) use survey::{ask, tell};
pub(crate) use what_if::what_if;

use super::{Fields, Visit};
use crate::problem::Problem;

pub(crate) fn name_of(visit: &Visit, id: DoorId) -> Result<String, Problem> {
    let name = visit.app.hub.view(|view| view.house.doors.get(&id).map(|door| door.name.clone()));
    name.ok_or_else(|| Problem::not_found("door"))
}

/// What went wrong with an audit, in the visitor's words.
pub(crate) fn refused(error: AuditError) -> Problem {
    match error {
        AuditError::Figure(error) => Problem::internal("The audit", &error),
        error => Problem::bad_input(error.to_string()),
    }
}

/// The answers in a form, each question's in order, with a limit on number and length.
fn pairs(sent: &Fields) -> Vec<(String, String)> {
    let values = |path: &'static str| {
        sent.all(path).take(32).map(move |value| (path.to_owned(), value.chars().take(80).collect()))
    };
    SPECS.iter().flat_map(|spec| values(spec.path)).collect()
}

/// Works something out beside the server's own threads.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal("The audit", &error))?
}

/// How many answers are known.
fn known(survey: &Survey) -> usize {
    survey.known().count()
}
