//! Who still has access: each with its last use and its questions; keep or end in one step.

use access::{Question, ReviewBy};
use askama::Template;
use axum::response::Response;
use hub::{ReviewLine, View};

use crate::pages::doors::home_zone;
use crate::pages::{Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words::{Moment, Zone};

struct Line {
    id: String,
    person: String,
    person_id: String,
    what: String,
    doors: String,
    since: Option<Moment>,
    last: Option<Moment>,
    questions: Vec<&'static str>,
    kept: Option<Moment>,
    told: bool,
    grant: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/care/review.html")]
struct ReviewPage {
    frame: Frame,
    lines: Vec<Line>,
    open: usize,
    last: Option<Moment>,
    months: u8,
}

/// What a question asks, in words.
pub(crate) fn question(question: Question) -> &'static str {
    match question {
        Question::EndedAndStillThere => "It ended, and the code may still be on a lock",
        Question::NeverUsed => "Never used since it was given, for three months or more",
        Question::LongUnused => "Not used for three months",
        Question::NoEnd => "No guest or service needs access without an end",
        Question::NoReason => "Nobody wrote down why",
    }
}

/// `GET /care/review`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let lines = visit.app.hub.review(visit.actor()?).await?;
    page(&review(&visit, &lines, None))
}

fn review(visit: &Visit, lines: &[ReviewLine], problem: Option<&Problem>) -> ReviewPage {
    let frame = visit.frame("Who still has access", Here::People).wrong(problem);
    let (last, months) = visit.app.hub.review_state();
    visit.app.hub.view(|view| {
        let zone = home_zone(view, &visit.app.config.time_zone);
        let lines: Vec<Line> = lines.iter().map(|line| shown(view, line, &zone)).collect();
        ReviewPage {
            frame,
            open: lines.iter().filter(|line| line.kept.is_none() && !line.questions.is_empty()).count(),
            lines,
            last: last.map(|at| zone.moment(at, view.now)),
            months,
        }
    })
}

fn shown(view: &View<'_>, line: &ReviewLine, zone: &Zone) -> Line {
    let item = &line.item;
    let name = |id: &access::DoorId| view.house.doors.get(id).map(|door| door.name.clone());
    let (what, told, grant) = match &item.by {
        ReviewBy::Grant(id) => {
            let grant = view.house.grants.get(id);
            let reason = grant.map(|grant| grant.reason.clone()).filter(|reason| !reason.is_empty());
            (reason.unwrap_or_else(|| "no reason written".to_owned()), false, Some(id.to_string()))
        }
        ReviewBy::Told { what, .. } => (what.clone(), true, None),
    };
    Line {
        id: line.id.clone(),
        person: view.house.people.get(&item.person).map_or("somebody removed", |p| &p.name).to_owned(),
        person_id: item.person.to_string(),
        what,
        doors: item.doors.iter().filter_map(name).collect::<Vec<_>>().join(", "),
        since: item.since.map(|at| zone.moment(at, view.now)),
        last: item.last_use.map(|at| zone.moment(at, view.now)),
        questions: item.questions.iter().map(|one| question(*one)).collect(),
        kept: line.kept.map(|at| zone.moment(at, view.now)),
        told,
        grant,
    }
}

/// `POST /care/review`: keep or end one, set the months, or the whole is done.
pub(crate) async fn decide(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let (hub, actor) = (&visit.app.hub, visit.actor()?);
    let id = form.text("id", "Access", 300)?;
    let (done, word) = match form.raw("do") {
        "keep" => (hub.review_keep(actor, &id).await, "kept"),
        "end" => (hub.review_end(actor, &id).await, "revoked"),
        "done" => (hub.review_done(actor).await, "reviewed"),
        "every" => (hub.review_every(actor, form.parsed("months", "Months")?).await, "saved"),
        _ => return Err(Problem::bad_input("Choose: keep, end, or done.")),
    };
    match done.map_err(Problem::from) {
        Ok(()) => Ok(see("/care/review", word)),
        Err(problem) if problem.code == "refused" => {
            let lines = hub.review(actor).await?;
            page_with(problem.status, &review(&visit, &lines, Some(&problem)))
        }
        Err(problem) => Err(problem),
    }
}
