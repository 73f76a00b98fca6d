//! Invitations, tokens, the own password. Codes and tokens are shown once and kept as a hash only.

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::header;
use axum::response::Response;
use hub::ports::{Role, Scope};
use hub::{HubError, SignedIn};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::show::{SCOPES, again};
use crate::auth::{Caller, From, session_cookie};
use crate::pages::{Fields, Frame, Here, Sent, Visit, page, see};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/settings/shown_once.html")]
struct ShownOnce {
    frame: Frame,
    heading: &'static str,
    secret: Zeroizing<String>,
    words: String,
}

/// `POST /settings/invites`
pub(crate) async fn invite(
    mut visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = confirmed(&mut visit, &form, &from.0).await;
    let made = match &done {
        Ok(_) => new_invite(&visit, &form).await,
        Err(problem) => Err(problem.clone()),
    };
    answer(&visit, "accounts", &form, done, made)
}

async fn new_invite(visit: &Visit, form: &Fields) -> Result<ShownOnce, Problem> {
    let role = match form.raw("role") {
        "owner" => Role::Owner,
        "manager" => Role::Manager,
        "viewer" => Role::Viewer,
        _ => return Err(Problem::bad_input("Role: choose owner, manager or viewer.")),
    };
    let (_, code) = visit.app.hub.invite(visit.actor()?, role).await?;
    let words = format!(
        "Tell this code to the person you invite. They open {}invite and choose their own name and \
         password. It works once, for seven days.",
        visit.app.url
    );
    let frame = visit.frame("Invitation", Here::Settings);
    Ok(ShownOnce { frame, heading: "Invitation code", secret: Zeroizing::new(code), words })
}

/// `POST /settings/invites/{id}/withdraw`
pub(crate) async fn withdraw_invite(visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    visit.app.hub.withdraw_invite(visit.actor()?, id).await?;
    Ok(see("/settings", "removed"))
}

/// `POST /settings/tokens`
pub(crate) async fn make_token(
    mut visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = confirmed(&mut visit, &form, &from.0).await;
    let made = match &done {
        Ok(_) => new_token(&visit, &form).await,
        Err(problem) => Err(problem.clone()),
    };
    answer(&visit, "tokens", &form, done, made)
}

async fn new_token(visit: &Visit, form: &Fields) -> Result<ShownOnce, Problem> {
    let name = form.needed("name", "Name", 80)?;
    let scopes: Vec<Scope> = form
        .all("scopes")
        .filter_map(|key| SCOPES.iter().find(|(k, ..)| *k == key).map(|(_, scope, _)| *scope))
        .collect();
    if scopes.is_empty() {
        return Err(Problem::bad_input("Tick at least one thing that the token may do."));
    }
    let (_, token) = visit.app.hub.make_token(visit.actor()?, &name, scopes).await?;
    let words = format!(
        "Copy it now: it is kept as a hash only and cannot be shown again. On the command line: \
         DOORWARD_URL={} and DOORWARD_TOKEN set to it.",
        visit.app.url.trim_end_matches('/')
    );
    let frame = visit.frame("Token", Here::Settings);
    Ok(ShownOnce { frame, heading: "New token", secret: Zeroizing::new(token), words })
}

/// A form that asks for the password again carries it: it is checked as on the page `/confirm`, and the visit
/// goes on in the session that begins with it. Without one the visit stays as it is.
async fn confirmed(visit: &mut Visit, form: &Fields, from: &str) -> Result<Option<SignedIn>, Problem> {
    let password = form.raw("own_password");
    let Caller::Browser { token, .. } = &visit.caller else { return Ok(None) };
    if password.is_empty() {
        return Ok(None);
    }
    let signed_in = visit.app.hub.confirm(token, password, from).await.map_err(|error| match error {
        HubError::BadPassword => Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "bad_password",
            "Your password is not right. Type the one that you sign in with.",
        ),
        error => Problem::from(error),
    })?;
    let (actor, _) = visit.app.hub.session(&signed_in.token).await.ok_or_else(Problem::sign_in_first)?;
    let token = std::sync::Arc::new(Zeroizing::new(signed_in.token.clone()));
    visit.caller = Caller::Browser { actor, token };
    Ok(Some(signed_in))
}

/// What was made is shown once; a refused form of this section comes back. Either answer carries the session that
/// began with the password.
fn answer(
    visit: &Visit,
    part: &'static str,
    form: &Fields,
    done: Result<Option<SignedIn>, Problem>,
    made: Result<ShownOnce, Problem>,
) -> Result<Response, Problem> {
    let mut response = match made {
        Ok(once) => page(&once),
        Err(problem) => again(visit, part, form, &problem),
    }?;
    if let Ok(Some(signed_in)) = done {
        response.headers_mut().insert(header::SET_COOKIE, cookie(visit, &signed_in)?);
    }
    Ok(response)
}

fn cookie(visit: &Visit, signed_in: &SignedIn) -> Result<axum::http::HeaderValue, Problem> {
    session_cookie(&signed_in.token, signed_in.expires, visit.now(), visit.app.config.secure())
        .ok_or_else(|| Problem::internal("Signing in", &"the token does not fit a cookie"))
}

/// `POST /settings/tokens/{id}/revoke`
pub(crate) async fn revoke_token(visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    visit.app.hub.revoke_token(visit.actor()?, id).await?;
    Ok(see("/settings", "removed"))
}

/// `POST /settings/accounts/{id}/remove`
pub(crate) async fn remove_owner(visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    visit.app.hub.remove_owner(visit.actor()?, id).await?;
    Ok(see("/settings", "removed"))
}

/// `POST /settings/password`
pub(crate) async fn password(
    visit: Visit,
    Extension(from): Extension<From>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    match change_password(&visit, &form, &from.0).await {
        Ok(signed_in) => {
            let mut response = see("/settings", "password");
            response.headers_mut().insert(header::SET_COOKIE, cookie(&visit, &signed_in)?);
            Ok(response)
        }
        Err(problem) => again(&visit, "password", &form, &problem),
    }
}

async fn change_password(visit: &Visit, form: &Fields, from: &str) -> Result<SignedIn, Problem> {
    let (old, new) = (form.raw("old"), form.raw("password"));
    if new != form.raw("again") {
        return Err(Problem::bad_input("The two new passwords differ. Type the same one twice."));
    }
    Ok(visit.app.hub.change_password(visit.actor()?, old, new, from).await?)
}
