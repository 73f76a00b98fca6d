//! Invitations, tokens, the own password. Codes and tokens are shown once and kept as a hash only.

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::header;
use axum::response::Response;
use hub::ports::{Role, Scope};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::show::SCOPES;
use crate::auth::{From, session_cookie};
use crate::pages::{Frame, Here, Sent, Visit, page, see};
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
pub(crate) async fn invite(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let role = match form.raw("role") {
        "owner" => Role::Owner,
        "manager" => Role::Manager,
        "viewer" => Role::Viewer,
        _ => return Err(Problem::bad_input("Role: choose owner, manager or viewer.")),
    };
    let (_, code) = visit.app.hub.invite(visit.actor()?, role).await?;
    let words = format!(
        "Tell this code to the person you invite. They open {}invite and choose their own name and password. \
         It works once, for seven days.",
        visit.app.url
    );
    let frame = visit.frame("Invitation", Here::Settings);
    page(&ShownOnce { frame, heading: "Invitation code", secret: Zeroizing::new(code), words })
}

/// `POST /settings/invites/{id}/withdraw`
pub(crate) async fn withdraw_invite(visit: Visit, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    visit.app.hub.withdraw_invite(visit.actor()?, id).await?;
    Ok(see("/settings", "removed"))
}

/// `POST /settings/tokens`
pub(crate) async fn make_token(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
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
    page(&ShownOnce { frame, heading: "New token", secret: Zeroizing::new(token), words })
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
    let (old, new) = (form.raw("old"), form.raw("password"));
    if new != form.raw("again") {
        return Err(Problem::bad_input("The two new passwords differ. Type the same one twice."));
    }
    let signed_in = visit.app.hub.change_password(visit.actor()?, old, new, &from.0).await?;
    let cookie = session_cookie(&signed_in.token, signed_in.expires, visit.now(), visit.app.config.secure())
        .ok_or_else(|| Problem::internal("Changing the password", &"the token does not fit a cookie"))?;
    let mut response = see("/settings", "password");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
