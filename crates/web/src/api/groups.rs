//! Groups of doors.

use access::{Command, DoorId, Group, GroupId};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Input, Made, made};
use crate::problem::Problem;

/// A group.
#[derive(Serialize, ToSchema)]
pub(crate) struct GroupOut {
    id: Uuid,
    name: String,
    doors: Vec<Uuid>,
}

/// What is entered of a group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupIn {
    /// 1 to 80 characters, unique.
    name: String,
    /// Ids of its doors.
    doors: Vec<Uuid>,
}

fn doors(ids: Vec<Uuid>) -> Vec<DoorId> {
    ids.into_iter().map(DoorId::new).collect()
}

/// Every group.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", responses((status = 200, body = [GroupOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<GroupOut>> {
    let out = |group: &Group| GroupOut {
        id: group.id.uuid(),
        name: group.name.clone(),
        doors: group.doors.iter().map(|door| door.uuid()).collect(),
    };
    Json(by.app.hub.view(|view| view.house.groups.values().map(out).collect()))
}

/// Makes a group.
#[utoipa::path(post, path = "/api/v1/groups", tag = "groups", request_body = GroupIn,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(group): Input<GroupIn>) -> Result<impl IntoResponse, Problem> {
    let id = GroupId::new(by.app.fresh_id());
    let command = Command::AddGroup { id, name: group.name, doors: doors(group.doors) };
    by.app.hub.act(&by.actor, command).await?;
    Ok(made(id.uuid()))
}

/// Changes its name or doors; every grant to it follows.
#[utoipa::path(put, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = Uuid, Path)),
    request_body = GroupIn, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<GroupId>,
    Input(group): Input<GroupIn>,
) -> Result<StatusCode, Problem> {
    let command = Command::ChangeGroup { id, name: group.name, doors: doors(group.doors) };
    by.app.hub.act(&by.actor, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a group that no living grant names.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "groups", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path(id): Path<GroupId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemoveGroup { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
