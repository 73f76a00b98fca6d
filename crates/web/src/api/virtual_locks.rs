//! Virtual locks: made, lent a hand, looked at. No secret passes back.

use access::{DoorId, LockAddress, LockId};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::ports::{BodyState, Hand, Order, SecondController};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Input, Made, made};
use crate::pages::virtual_lock::{bodies_of, make};
use crate::problem::Problem;

/// A virtual lock.
#[derive(Serialize, ToSchema)]
pub(crate) struct VirtualOut {
    /// Id of the lock; none while it is made but not added to a door.
    lock: Option<Uuid>,
    name: String,
    /// Its key at the link `virtual`.
    key: String,
}

/// A virtual lock to be made.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VirtualIn {
    /// 1 to 40 characters; named for its door when left out.
    name: Option<String>,
    /// The door to mount it on; a new one is entered when left out.
    door: Option<Uuid>,
}

/// Every virtual lock.
#[utoipa::path(get, path = "/api/v1/virtual-locks", tag = "virtual locks", responses((status = 200, body = [VirtualOut])))]
pub(crate) async fn list(by: By) -> Result<Json<Vec<VirtualOut>>, Problem> {
    let bodies = bodies_of(&by.app)?;
    Ok(Json(by.app.hub.view(|view| {
        let lock = |address: &LockAddress| view.house.locks.values().find(|lock| lock.address == *address);
        let out = |(address, name): (LockAddress, String)| VirtualOut {
            lock: lock(&address).map(|lock| lock.id.uuid()),
            name,
            key: address.key,
        };
        bodies.list().into_iter().map(out).collect()
    })))
}

/// Makes a virtual lock and mounts it on a door. The answer names the lock.
#[utoipa::path(post, path = "/api/v1/virtual-locks", tag = "virtual locks", request_body = VirtualIn,
    responses((status = 201, body = Made), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(input): Input<VirtualIn>) -> Result<impl IntoResponse, Problem> {
    let id = make(&by.app, &by.actor, input.name, input.door.map(DoorId::new)).await?;
    Ok(made(id.uuid()))
}

/// What an onlooker sees of it.
#[utoipa::path(get, path = "/api/v1/virtual-locks/{id}", tag = "virtual locks", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 503, body = super::ErrorBody)))]
pub(crate) async fn state(by: By, Path(id): Path<LockId>) -> Result<Json<BodyState>, Problem> {
    let bodies = bodies_of(&by.app)?;
    Ok(Json(bodies.state(&address(&by, id)?).await?))
}

/// Does one thing at the door: `{"do": "press", "key": "4"}`, `{"do": "turn", "with": "key", "lock": true}`,
/// `{"do": "radio", "reach": false}`, `{"do": "replace_battery"}`, ... The answer is what is to be seen then.
#[utoipa::path(post, path = "/api/v1/virtual-locks/{id}/hand", tag = "virtual locks", params(("id" = Uuid, Path)),
    request_body = Object, responses((status = 200, body = Object), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn hand(
    by: By,
    Path(id): Path<LockId>,
    Input(hand): Input<Quietly<Hand>>,
) -> Result<Json<BodyState>, Problem> {
    let bodies = bodies_of(&by.app)?;
    Ok(Json(bodies.hand(&address(&by, id)?, hand.0).await?))
}

/// Sends an order over its radio: `{"order": "mode", "mode": "privacy"}`, `{"order": "rehearse_dead_battery",
/// "minutes": 5}`, ...
#[utoipa::path(post, path = "/api/v1/virtual-locks/{id}/order", tag = "virtual locks", params(("id" = Uuid, Path)),
    request_body = Object, responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn order(
    by: By,
    Path(id): Path<LockId>,
    Input(order): Input<Quietly<AnyOrder>>,
) -> Result<StatusCode, Problem> {
    let bodies = bodies_of(&by.app)?;
    let address = address(&by, id)?;
    match order.0 {
        AnyOrder::Second(does) => bodies.second_controller(&address, does).await?,
        AnyOrder::Lock(order) => {
            by.app.hub.order(&by.actor, id, order).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What the hub asks of the lock, or a second controller beside it does.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum AnyOrder {
    Second(SecondController),
    Lock(Order),
}

/// Reads a value, and on failure says what would be right without repeating what came: keys in a row are a
/// code.
pub(crate) struct Quietly<T>(T);

impl<T> Quietly<T> {
    /// The value.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Quietly<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let wrong = "no hand or order of that form; the API's description lists them";
        serde_json::from_value(value).map(Self).map_err(|_| serde::de::Error::custom(wrong))
    }
}

fn address(by: &By, id: LockId) -> Result<LockAddress, Problem> {
    by.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).filter(|lock| lock.address.link == "virtual");
        lock.map(|lock| lock.address.clone()).ok_or_else(|| Problem::not_found("virtual lock"))
    })
}
