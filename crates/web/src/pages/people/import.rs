//! Bringing a list of people in from the page: pasted, checked, then brought in as a whole.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use hub::Imported;

use super::super::{Frame, Here, Sent, Visit, page, page_with};
use crate::problem::Problem;
use crate::words;

struct Line {
    number: u64,
    person: String,
    new_person: bool,
    gives: bool,
    /// Place and words.
    locks: Vec<(String, String)>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/people/import.html")]
struct Import {
    frame: Frame,
    columns: String,
    /// The list as it was pasted, unless it holds codes: those come back on no page.
    list: String,
    held_codes: bool,
    lines: Vec<Line>,
    problems: usize,
    /// `None`: nothing was sent yet.
    brought_in: Option<bool>,
}

fn empty(visit: &Visit, problem: Option<&Problem>) -> Import {
    Import {
        frame: visit.frame("Bring in a list", Here::People).wrong(problem),
        columns: crate::list::COLUMNS.join(", "),
        list: String::new(),
        held_codes: false,
        lines: Vec::new(),
        problems: 0,
        brought_in: None,
    }
}

/// `GET /people/import`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    page(&empty(&visit, None))
}

/// `POST /people/import`
pub(crate) async fn bring_in(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let text = form.raw("list");
    let dry_run = form.raw("do") != "bring in";
    let lines = match crate::list::read(text) {
        Ok(lines) => lines,
        Err(problem) => return page_with(problem.status, &empty(&visit, Some(&problem))),
    };
    let held_codes = lines.iter().any(|line| line.code.is_some());
    let told = match visit.app.hub.import(visit.actor()?, lines, dry_run).await {
        Ok(told) => told,
        Err(error) => {
            let problem = Problem::from(error);
            return page_with(problem.status, &empty(&visit, Some(&problem)));
        }
    };
    let problems = told.iter().filter(|one| one.problem.is_some()).count();
    let brought_in = !dry_run && problems == 0;
    let status = if problems > 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let lines = visit.app.hub.view(|view| {
        let line = |one: Imported| Line {
            number: one.number,
            person: one.person,
            new_person: one.new_person,
            gives: one.gives,
            locks: words::ahead(view, &one.locks).into_iter().map(|it| (it.place, it.words)).collect(),
            problem: one.problem,
        };
        told.into_iter().map(line).collect()
    });
    let list = if held_codes || brought_in { String::new() } else { text.to_owned() };
    let import =
        Import { list, held_codes, lines, problems, brought_in: Some(brought_in), ..empty(&visit, None) };
    page_with(status, &import)
}
