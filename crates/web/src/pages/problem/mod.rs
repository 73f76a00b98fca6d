//! A refusal as a page: what happened and the way out. Not signed in leads to the sign-in page, and a stale
//! password to the page that asks for it again.

use askama::Template;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;

use super::{Frame, Here, Visit, page_with, see};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/problem/problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    heading: &'static str,
    message: &'a str,
    back: &'a str,
}

/// Never fails: without a page, the bare status goes out.
pub(crate) fn show(app: &App, caller: &Caller, problem: &Problem, path: &str, method: &Method) -> Response {
    if problem.code == "sign_in_first" && method.is_safe() {
        if app.hub.needs_owner() {
            return see("/first-visit", "");
        }
        return see(&with_back("/sign-in", path), "");
    }
    // after a POST the way back is the page that held the form
    let back = if method.is_safe() { path } else { parent(path) };
    if problem.code == "fresh_password_needed" {
        return see(&with_back("/confirm", back), "");
    }
    let template = ProblemPage {
        frame: Visit::new(app, caller).frame(heading(problem.status), Here::None),
        heading: heading(problem.status),
        message: &problem.message,
        back: if method.is_safe() { "/" } else { back },
    };
    let mut response = page_with(problem.status, &template).unwrap_or_else(|_| {
        let mut response = Response::default();
        *response.status_mut() = problem.status;
        response
    });
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn with_back(page: &str, back: &str) -> String {
    if back == "/" { page.to_owned() } else { format!("{page}?back={}", encode(back)) }
}

fn encode(path: &str) -> String {
    serde_urlencoded::to_string([("", path)]).unwrap_or_default().trim_start_matches('=').to_owned()
}

/// `/doors/1/remove` -> `/doors/1`
fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => path,
        Some((parent, _)) => parent,
    }
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Please sign in",
        403 => "Not allowed",
        404 | 405 => "Not here",
        409 | 422 => "Not done",
        429 => "Too many attempts",
        502 | 503 => "The lock did not answer",
        507 => "Storage failed",
        500..=599 => "Something went wrong here",
        _ => "That did not work",
    }
}

#[cfg(test)]
mod tests {
    use super::{parent, with_back};

    #[test]
    fn the_way_back_is_the_page_with_the_form() {
        assert_eq!(parent("/doors/1/remove"), "/doors/1");
        assert_eq!(parent("/doors"), "/doors");
        assert_eq!(with_back("/sign-in", "/doors/1"), "/sign-in?back=%2Fdoors%2F1");
        assert_eq!(with_back("/sign-in", "/"), "/sign-in");
    }
}
