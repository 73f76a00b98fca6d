//! Advice for the home: every door with the kind of lock that suits it, how far its set-up is, and where to go on.

use askama::Template;
use axum::response::Response;
use care::choose::homes::home_fit;

use super::decided;
use crate::pages::{Frame, Here, Visit, page};
use crate::problem::Problem;

struct DoorRow {
    id: String,
    name: String,
    first: String,
    why: String,
    decided: String,
    done: usize,
    steps: usize,
    measured: bool,
}

#[derive(Template)]
#[template(path = "pages/advice/home.html")]
struct HomePage {
    frame: Frame,
    doors: Vec<DoorRow>,
}

/// `GET /advice`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let doors = visit
        .app
        .hub
        .view(|view| view.house.doors.values().map(|door| (door.id, door.name.clone())).collect::<Vec<_>>());
    let rows = doors.into_iter().map(|(id, name)| {
        let survey = visit.app.hub.survey(id);
        let fit = home_fit(&survey);
        let first = fit.kinds.first();
        let reason = first.and_then(|kind| kind.reasons.iter().find(|reason| reason.steps > 0));
        let steps = visit.app.hub.setup(id);
        DoorRow {
            id: id.to_string(),
            name,
            first: first.map(|kind| kind.words.clone()).unwrap_or_default(),
            why: reason.map(|reason| reason.why.clone()).unwrap_or_default(),
            decided: reason.map(|reason| decided(&reason.decided)).unwrap_or_default(),
            done: steps.iter().filter(|step| step.done()).count(),
            steps: steps.len(),
            measured: survey.number(door::survey::Key::MeasureBackset).is_some(),
        }
    });
    page(&HomePage { frame: visit.frame("Advice", Here::Doors), doors: rows.collect() })
}
