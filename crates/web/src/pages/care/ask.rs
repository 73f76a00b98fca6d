//! The question box: answers from this home's own data, without any model and any network.

use access::DoorId;
use askama::Template;
use axum::response::Response;
use care::ask::{About, AskError, QUESTIONS, Reply, title};
use door::Options;

use crate::pages::{Asked, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/care/ask.html")]
struct AskPage {
    frame: Frame,
    doors: Vec<(String, String, bool)>,
    door: String,
    question: String,
    reply: Option<Reply>,
    can: Vec<String>,
}

/// Answers a question about a door. The audit is the one that the door's own page shows.
pub(crate) async fn replied(app: &App, door: DoorId, question: &str) -> Result<Reply, Problem> {
    // what cannot be taken is refused before anything is worked out
    care::ask::question(question).map_err(refused)?;
    let home = app.hub.home();
    let Some(sight) = home.door(door).cloned() else { return Err(Problem::not_found("door")) };
    let survey = sight.survey.clone();
    let report = match app.desk.kept(&survey) {
        Some(report) => report,
        None => {
            let _seat = app.desk.seat().await?;
            let (figures, asked) = (app.desk.figures()?, survey.clone());
            let work = move || door::audit(&asked, &figures, &Options::default());
            let report = tokio::task::spawn_blocking(work).await;
            let report = report.map_err(|error| Problem::internal("The audit", &error))?;
            let report = report.map_err(crate::pages::audit::refused)?;
            app.desk.keep(&survey, &report);
            report
        }
    };
    let audit = format!("/doors/{door}/audit");
    let about = About { survey: &survey, report: &report, sight: Some(&sight), audit };
    care::ask::ask(question, &about).map_err(refused)
}

fn refused(error: AskError) -> Problem {
    Problem::bad_input(error.to_string())
}

/// `GET /ask`
pub(crate) async fn ask(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    let question: String = query.raw("q").chars().take(1000).collect();
    let chosen = query.maybe::<DoorId>("door", "Door")?;
    let first = visit.app.hub.view(|view| view.house.doors.values().min_by_key(|d| d.created).map(|d| d.id));
    let (door, asked) = (chosen.or(first), query.has("q"));
    let reply = match door.filter(|_| asked) {
        Some(door) => Some(replied(&visit.app, door, &question).await),
        None => None,
    };
    let doors = visit.app.hub.view(|view| {
        let doors = view.house.doors.values();
        doors.map(|one| (one.id.to_string(), one.name.clone(), Some(one.id) == door)).collect()
    });
    let mut shown = AskPage {
        frame: visit.frame("Ask", Here::None),
        doors,
        door: door.map(|id| id.to_string()).unwrap_or_default(),
        question,
        reply: None,
        can: QUESTIONS.iter().map(|id| title(id)).collect(),
    };
    match reply {
        None => page(&shown),
        Some(Ok(reply)) => {
            shown.reply = Some(reply);
            page(&shown)
        }
        Some(Err(problem)) if problem.code == "bad_input" => {
            shown.frame = shown.frame.wrong(Some(&problem));
            page_with(problem.status, &shown)
        }
        Some(Err(problem)) => Err(problem),
    }
}
