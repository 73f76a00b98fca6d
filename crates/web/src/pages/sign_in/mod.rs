//! Coming in: the first visit, signing in and out, an invitation, the password once more.

use askama::Template;
use axum::extract::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use hub::{HubError, SignedIn};

use super::{Asked, Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::auth::{Caller, From, expired_cookie, session_cookie};
use crate::problem::Problem;

const NAME_MAX: usize = 80;
const PASSWORD_MAX: usize = 256;
const SETUP_CODE_WRONG: &str = "The set-up code is not right. It stands in the terminal where Doorward was \
     started; stop and start Doorward there, and it prints it again.";
const INVITE_WRONG: &str = "The invitation code is not right, was used already, or is older than seven days. \
     Ask an owner of the house for a new one.";

#[derive(Template)]
#[template(path = "pages/sign_in/first_visit.html")]
struct FirstVisit {
    frame: Frame,
    name: String,
}

#[derive(Template)]
#[template(path = "pages/sign_in/sign_in.html")]
struct SignIn {
    frame: Frame,
    name: String,
    back: String,
}

#[derive(Template)]
#[template(path = "pages/sign_in/invite.html")]
struct Invited {
    frame: Frame,
    name: String,
}

#[derive(Template)]
#[template(path = "pages/sign_in/confirm.html")]
struct Confirm {
    frame: Frame,
    back: String,
}

/// `GET /first-visit`
pub(crate) async fn first_visit(visit: Visit) -> Result<Response, Problem> {
    if !visit.app.hub.needs_owner() {
        return Ok(see("/sign-in", ""));
    }
    page(&FirstVisit { frame: visit.frame("Welcome", Here::None), name: String::new() })
}

/// `POST /first-visit`
pub(crate) async fn take_house(
    visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let name = form.raw("name").trim().to_owned();
    let done = match new_account(&form) {
        Ok((name, password)) => {
            let code = form.raw("setup_code").trim();
            let done = visit.app.hub.first_owner(code, &name, password, &from.0).await;
            done.map_err(|error| with_way_out(error, SETUP_CODE_WRONG))
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(signed_in) => enter(&visit, &signed_in, "/"),
        Err(problem) => {
            let frame = visit.frame("Welcome", Here::None).wrong(Some(&problem));
            refused(&problem, &FirstVisit { frame, name })
        }
    }
}

/// `GET /sign-in`
pub(crate) async fn show(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    if visit.app.hub.needs_owner() {
        return Ok(see("/first-visit", ""));
    }
    let frame = visit.frame("Sign in", Here::None);
    page(&SignIn { frame, name: String::new(), back: back(&query).to_owned() })
}

/// `POST /sign-in`
pub(crate) async fn sign_in(
    visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let name = form.text("name", "Name", NAME_MAX)?;
    let back = back(&form).to_owned();
    let password = form.raw("password");
    let done = if password.len() > PASSWORD_MAX {
        Err(HubError::BadPassword)
    } else {
        visit.app.hub.sign_in(&name, password, &from.0).await
    };
    match done {
        Ok(signed_in) => enter(&visit, &signed_in, &back),
        Err(error) => {
            let problem = Problem::from(error);
            let frame = visit.frame("Sign in", Here::None).wrong(Some(&problem));
            refused(&problem, &SignIn { frame, name, back })
        }
    }
}

/// `POST /sign-out`
pub(crate) async fn sign_out(visit: Visit) -> Result<Response, Problem> {
    if let Caller::Browser { token, .. } = &visit.caller {
        visit.app.hub.sign_out(token).await?;
    }
    let mut response = see("/sign-in", "");
    response.headers_mut().insert(header::SET_COOKIE, expired_cookie(visit.app.config.secure()));
    let clear = HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert("clear-site-data", clear);
    Ok(response)
}

/// `GET /invite`: the code is typed, so that it stands in no address and no history.
pub(crate) async fn invited(visit: Visit) -> Result<Response, Problem> {
    page(&Invited { frame: visit.frame("Take an invitation", Here::None), name: String::new() })
}

/// `POST /invite`
pub(crate) async fn take_invite(
    visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let name = form.raw("name").trim().to_owned();
    let done = match new_account(&form) {
        Ok((name, password)) => {
            let code = form.raw("code").trim();
            let done = visit.app.hub.take_invite(code, &name, password, &from.0).await;
            done.map_err(|error| with_way_out(error, INVITE_WRONG))
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(signed_in) => enter(&visit, &signed_in, "/"),
        Err(problem) => {
            let frame = visit.frame("Take an invitation", Here::None).wrong(Some(&problem));
            refused(&problem, &Invited { frame, name })
        }
    }
}

/// `GET /confirm`
pub(crate) async fn ask_again(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    let frame = visit.frame("Your password again", Here::None);
    page(&Confirm { frame, back: back(&query).to_owned() })
}

/// `POST /confirm`
pub(crate) async fn confirm(
    visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let Caller::Browser { token, .. } = &visit.caller else { return Err(Problem::sign_in_first()) };
    let back = back(&form).to_owned();
    match visit.app.hub.confirm(token, form.raw("password"), &from.0).await {
        Ok(signed_in) => {
            let join = if back.contains('?') { '&' } else { '?' };
            enter(&visit, &signed_in, &format!("{back}{join}done=confirmed"))
        }
        Err(error) => {
            let problem = Problem::from(error);
            let frame = visit.frame("Your password again", Here::None).wrong(Some(&problem));
            refused(&problem, &Confirm { frame, back })
        }
    }
}

/// A wrong one-time code says where the right one is.
fn with_way_out(error: HubError, words: &str) -> Problem {
    let wrong_code = matches!(error, HubError::BadCode);
    let mut problem = Problem::from(error);
    if wrong_code {
        words.clone_into(&mut problem.message);
    }
    problem
}

/// Name and password of a new account, typed twice.
fn new_account(form: &Fields) -> Result<(String, &str), Problem> {
    let name = form.needed("name", "Your name", NAME_MAX)?;
    let password = form.raw("password");
    if password != form.raw("again") {
        return Err(Problem::bad_input("The two passwords differ. Type the same one twice."));
    }
    if password.len() > PASSWORD_MAX {
        return Err(Problem::bad_input(format!("Password: at most {PASSWORD_MAX} bytes.")));
    }
    Ok((name, password))
}

/// Where to go after signing in: a path of this site and nothing else.
fn back(fields: &Fields) -> &str {
    let back = fields.raw("back");
    let own = back.starts_with('/')
        && !back.starts_with("//")
        && !back.contains(['\\', '\r', '\n'])
        && back.len() <= 512;
    if own { back } else { "/" }
}

fn enter(visit: &Visit, signed_in: &SignedIn, to: &str) -> Result<Response, Problem> {
    let cookie = session_cookie(&signed_in.token, signed_in.expires, visit.now(), visit.app.config.secure())
        .ok_or_else(|| Problem::internal("Signing in", &"the token does not fit a cookie"))?;
    let mut response = see(to, "");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

fn refused(problem: &Problem, template: &impl Template) -> Result<Response, Problem> {
    let status = if problem.status == StatusCode::TOO_MANY_REQUESTS {
        StatusCode::TOO_MANY_REQUESTS
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(status, template)
}

#[cfg(test)]
mod tests {
    use super::back;
    use crate::pages::Asked;
    use axum::extract::FromRequestParts;
    use axum::http::Request;

    #[tokio::test]
    async fn s5_nobody_is_led_to_another_site() {
        for (given, wanted) in [
            ("%2Fdoors%2F1", "/doors/1"),
            ("https%3A%2F%2Fevil.example", "/"),
            ("%2F%2Fevil.example", "/"),
            ("%2F%5Cevil.example", "/"),
            ("", "/"),
        ] {
            let request = Request::get(format!("/sign-in?back={given}")).body(()).expect("a request");
            let (mut parts, ()) = request.into_parts();
            let asked = Asked::from_request_parts(&mut parts, &()).await.unwrap_or_else(|_| panic!("fields"));
            assert_eq!(back(&asked.0), wanted);
        }
    }
}
