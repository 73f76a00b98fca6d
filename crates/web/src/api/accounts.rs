//! Accounts, invitations, tokens.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::ports::{ApiToken, Invite, Owner, Role, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Disclosed, Input, Text};
use crate::problem::Problem;

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeOut {
    id: Uuid,
    name: String,
    /// `owner`, `manager`, `viewer`.
    #[schema(value_type = String)]
    role: Role,
    /// Scopes of the token; none for a browser.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Scope>>,
    /// The program's version.
    version: String,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnerOut {
    id: Uuid,
    name: String,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
}

/// An invitation not yet taken.
#[derive(Serialize, ToSchema)]
pub(crate) struct InviteOut {
    id: Uuid,
    #[schema(value_type = String)]
    role: Role,
    #[schema(value_type = String, format = DateTime)]
    expires: Timestamp,
}

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InviteIn {
    /// `owner`, `manager`, `viewer`.
    #[schema(value_type = String)]
    role: Role,
}

/// A token without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenOut {
    id: Uuid,
    name: String,
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    used: Option<Timestamp>,
}

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenIn {
    /// 1 to 80 characters.
    name: String,
    /// `read`, `manage`, `operate`, `reveal`, `admin`; at least one.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecretOut {
    id: Uuid,
    secret: Disclosed,
}

/// A change of the own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordIn {
    old: Text,
    /// 12 characters or more.
    new: Text,
}

/// Who asks, and the version of the program.
#[utoipa::path(get, path = "/api/v1/me", tag = "accounts", responses((status = 200, body = MeOut)))]
pub(crate) async fn me(by: By) -> Json<MeOut> {
    let version = by.app.config.version.to_owned();
    let hub::Actor { id, name, role, scopes, .. } = by.actor;
    Json(MeOut { id, name, role, scopes, version })
}

/// Accounts.
#[utoipa::path(get, path = "/api/v1/owners", tag = "accounts", responses((status = 200, body = [OwnerOut])))]
pub(crate) async fn owners(by: By) -> Json<Vec<OwnerOut>> {
    let out = |owner: &Owner| OwnerOut {
        id: owner.id,
        name: owner.name.clone(),
        role: owner.role,
        created: owner.created,
    };
    Json(by.app.hub.view(|view| view.owners().iter().map(out).collect()))
}

/// Removes an account with its sessions and tokens.
#[utoipa::path(delete, path = "/api/v1/owners/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn remove_owner(by: By, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    by.app.hub.remove_owner(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the own password. Every session of the account ends; tokens stay.
#[utoipa::path(put, path = "/api/v1/password", tag = "accounts", request_body = PasswordIn,
    responses((status = 204), (status = 403, body = super::ErrorBody), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn password(by: By, Input(change): Input<PasswordIn>) -> Result<StatusCode, Problem> {
    let (old, new) = (change.old.expose(), change.new.expose());
    by.app.hub.change_password(&by.actor, old, new, &by.from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invitations not yet taken.
#[utoipa::path(get, path = "/api/v1/invites", tag = "accounts", responses((status = 200, body = [InviteOut])))]
pub(crate) async fn invites(by: By) -> Json<Vec<InviteOut>> {
    let out = |invite: &Invite| InviteOut { id: invite.id, role: invite.role, expires: invite.expires };
    Json(by.app.hub.view(|view| view.invites().iter().map(out).collect()))
}

/// Makes an invitation: a one-time code, good for seven days, shown this once.
#[utoipa::path(post, path = "/api/v1/invites", tag = "accounts", request_body = InviteIn,
    responses((status = 201, body = SecretOut), (status = 403, body = super::ErrorBody)))]
pub(crate) async fn invite(by: By, Input(invite): Input<InviteIn>) -> Result<impl IntoResponse, Problem> {
    let (id, code) = by.app.hub.invite(&by.actor, invite.role).await?;
    Ok((StatusCode::CREATED, Json(SecretOut { id, secret: Disclosed::new(code) })))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/api/v1/invites/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn withdraw(by: By, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    by.app.hub.withdraw_invite(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tokens, without their secrets.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "accounts", responses((status = 200, body = [TokenOut])))]
pub(crate) async fn tokens(by: By) -> Json<Vec<TokenOut>> {
    let out = |token: &ApiToken| TokenOut {
        id: token.id,
        name: token.name.clone(),
        scopes: token.scopes.clone(),
        created: token.created,
        used: token.used,
    };
    Json(by.app.hub.view(|view| view.tokens().iter().map(out).collect()))
}

/// Makes a token; its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "accounts", request_body = TokenIn,
    responses((status = 201, body = SecretOut), (status = 403, body = super::ErrorBody)))]
pub(crate) async fn make_token(by: By, Input(token): Input<TokenIn>) -> Result<impl IntoResponse, Problem> {
    let (id, secret) = by.app.hub.make_token(&by.actor, &token.name, token.scopes).await?;
    Ok((StatusCode::CREATED, Json(SecretOut { id, secret: Disclosed::new(secret) })))
}

/// Revokes a token.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "accounts", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn revoke_token(by: By, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    by.app.hub.revoke_token(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
