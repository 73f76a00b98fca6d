//! Codes found on locks that nobody here gave.

use access::{Command, LockId, PersonId};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Input, PinText};
use crate::problem::Problem;

/// A code that nobody here gave.
#[derive(Serialize, ToSchema)]
pub(crate) struct StrangerOut {
    lock: Uuid,
    slot: u16,
    #[schema(value_type = String, format = DateTime)]
    seen: Timestamp,
}

/// Whose it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdoptIn {
    person: Uuid,
    /// The code as it is typed at the lock.
    pin: PinText,
    /// At most 200 characters.
    #[serde(default)]
    reason: String,
}

/// Every code that nobody here gave.
#[utoipa::path(get, path = "/api/v1/strangers", tag = "strangers", responses((status = 200, body = [StrangerOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<StrangerOut>> {
    let out = |(lock, slot, seen): (LockId, u16, Timestamp)| StrangerOut { lock: lock.uuid(), slot, seen };
    Json(by.app.hub.view(|view| view.strangers().into_iter().map(out).collect()))
}

/// Takes the code as a person's.
#[utoipa::path(post, path = "/api/v1/locks/{id}/slots/{slot}/adopt", tag = "strangers",
    params(("id" = Uuid, Path), ("slot" = u16, Path)), request_body = AdoptIn,
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn adopt(
    by: By,
    Path((lock, slot)): Path<(LockId, u16)>,
    Input(adopt): Input<AdoptIn>,
) -> Result<StatusCode, Problem> {
    let person = PersonId::new(adopt.person);
    by.app.hub.adopt(&by.actor, lock, slot, person, adopt.pin.0, adopt.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the code from the lock.
#[utoipa::path(delete, path = "/api/v1/locks/{id}/slots/{slot}", tag = "strangers",
    params(("id" = Uuid, Path), ("slot" = u16, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path((lock, slot)): Path<(LockId, u16)>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemoveForeign { lock, slot }).await?;
    Ok(StatusCode::NO_CONTENT)
}
