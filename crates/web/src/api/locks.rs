//! Locks: found, added, told, operated, removed.

use access::{Capabilities, Command, DoorId, Lock, LockAddress, LockId, PersonId, Told, ToldCode};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::ports::{Operation, Order};
use hub::{RehearsalKind, View};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::virtual_locks::Quietly;
use super::{By, Input, Made, made};
use crate::problem::Problem;

/// A lock with what it last said.
#[derive(Serialize, ToSchema)]
pub(crate) struct LockOut {
    id: Uuid,
    door: Uuid,
    name: String,
    /// `virtual`, `zigbee2mqtt`, `told`, ...
    link: String,
    /// The link's own key.
    key: String,
    /// What it can do: slots, code lengths, read-back, schedules, sensors.
    #[schema(value_type = Object)]
    capabilities: Capabilities,
    /// What the owner told.
    #[schema(value_type = Object)]
    told: Told,
    /// What it last said: reach, bolt, door, battery, jam, lock-out, clock, firmware.
    #[schema(value_type = Object)]
    live: Value,
    /// When the cells run out, an estimate: `day`, `early`, `late` (its interval), `since`, `readings`.
    #[schema(value_type = Option<Object>)]
    outlook: Option<access::battery::Outlook>,
    /// The rehearsal that runs.
    rehearsing: Option<RehearsalOut>,
    /// Those that are over, newest first.
    rehearsals: Vec<RehearsalOut>,
    /// Changes that wait, are in flight, were refused or given up.
    errands: Vec<ErrandOut>,
    /// Set while it is being removed.
    #[schema(value_type = Option<String>, format = DateTime)]
    removing: Option<Timestamp>,
}

/// A rehearsal with what was seen of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RehearsalOut {
    #[schema(value_type = String, example = "dead_battery")]
    kind: RehearsalKind,
    by: String,
    #[schema(value_type = String, format = DateTime)]
    began: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamp>,
    /// Nothing went wrong. What was not tried did not go wrong.
    good: bool,
    /// `outcome`: `passed`, `not_tried`, `failed`; `text`.
    #[schema(value_type = Vec<Object>)]
    checks: Vec<hub::Check>,
}

/// Begins a rehearsal.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RehearseIn {
    /// `dead_battery` or `power_cut`.
    #[schema(value_type = String, example = "dead_battery")]
    kind: RehearsalKind,
    /// 1 to 15 minutes of a dead battery; 5 when left out.
    #[serde(default)]
    minutes: Option<u8>,
}

/// Work on one slot.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrandOut {
    slot: u16,
    /// `due`, `in_flight`, `refused`, `suspended`.
    #[schema(value_type = String)]
    state: access::ErrandState,
    tries: u32,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try: Option<Timestamp>,
    last_error: Option<String>,
}

/// A lock that a link sees and nobody has added.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundOut {
    link: String,
    key: String,
    name: String,
    model: String,
    #[schema(value_type = Object)]
    capabilities: Capabilities,
}

/// Adds a found lock to a door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddFound {
    link: String,
    key: String,
    door: Uuid,
    /// 1 to 80 characters.
    name: String,
    /// The owner insists on a lock whose radio is open, or as good as.
    #[serde(default)]
    insist: bool,
}

/// What an owner tells of a lock.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToldIn {
    maker: Option<String>,
    model: Option<String>,
    firmware: Option<String>,
    /// Where its log is kept: `on the lock`, `maker's cloud`.
    log_place: Option<String>,
    /// When the spare key or emergency code was last tried.
    #[schema(value_type = Option<String>, format = DateTime)]
    backup_tested: Option<Timestamp>,
    /// Who holds a code or key that Doorward did not give.
    #[serde(default)]
    codes: Vec<HolderIn>,
}

/// A code or key that exists on a told lock.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderIn {
    person: Uuid,
    /// `key`, `code in the app`.
    what: String,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
}

/// Enters a lock that nobody can reach.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddTold {
    door: Uuid,
    /// 1 to 80 characters.
    name: String,
    #[serde(default)]
    told: ToldIn,
}

/// Changes a lock's name, door or what is told of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LockChange {
    door: Uuid,
    name: String,
    /// Left out: as before.
    #[serde(default)]
    told: Option<ToldIn>,
}

/// Locks or unlocks from here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperateIn {
    /// `lock` or `unlock`.
    #[schema(value_type = String, example = "lock")]
    operation: Operation,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperatedOut {
    /// `confirmed` by the lock, or `sent`: only the gateway took it. Where the bolt is says its sensor alone.
    #[schema(value_type = String)]
    result: hub::Operated,
}

impl From<ToldIn> for Told {
    fn from(told: ToldIn) -> Self {
        let ToldIn { maker, model, firmware, log_place, backup_tested, codes } = told;
        let code = |code: HolderIn| ToldCode {
            person: PersonId::new(code.person),
            what: code.what,
            until: code.until,
        };
        let codes = codes.into_iter().map(code).collect();
        Self { maker, model, firmware, log_place, backup_tested, codes }
    }
}

fn rehearsal_out(rehearsal: &hub::Rehearsal) -> RehearsalOut {
    RehearsalOut {
        kind: rehearsal.kind,
        by: rehearsal.by.clone(),
        began: rehearsal.began,
        ended: rehearsal.ended,
        good: rehearsal.is_good(),
        checks: rehearsal.checks(),
    }
}

fn out(view: &View<'_>, lock: &Lock) -> LockOut {
    let errands = view.errands(lock).into_iter().map(|errand| ErrandOut {
        slot: errand.slot,
        state: errand.state,
        tries: errand.tries,
        since: errand.since,
        next_try: errand.next_try,
        last_error: errand.last_error.clone(),
    });
    let rehearsals = view.rehearsals(lock.id);
    LockOut {
        id: lock.id.uuid(),
        door: lock.door.uuid(),
        name: lock.name.clone(),
        link: lock.address.link.clone(),
        key: lock.address.key.clone(),
        capabilities: lock.capabilities.clone(),
        told: lock.told.clone(),
        live: serde_json::to_value(view.live(lock.id)).unwrap_or_default(),
        outlook: view.live(lock.id).outlook,
        rehearsing: rehearsals.running.as_ref().map(rehearsal_out),
        rehearsals: rehearsals.kept.iter().map(rehearsal_out).collect(),
        errands: errands.collect(),
        removing: lock.removing,
    }
}

/// Every lock.
#[utoipa::path(get, path = "/api/v1/locks", tag = "locks", responses((status = 200, body = [LockOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<LockOut>> {
    Json(by.app.hub.view(|view| view.house.locks.values().map(|lock| out(view, lock)).collect()))
}

/// One lock.
#[utoipa::path(get, path = "/api/v1/locks/{id}", tag = "locks", params(("id" = Uuid, Path)),
    responses((status = 200, body = LockOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn get(by: By, Path(id): Path<LockId>) -> Result<Json<LockOut>, Problem> {
    by.app.hub.view(|view| {
        let lock = view.house.locks.get(&id).ok_or_else(|| Problem::not_found("lock"))?;
        Ok(Json(out(view, lock)))
    })
}

/// Locks that a link sees and nobody has added.
#[utoipa::path(get, path = "/api/v1/found-locks", tag = "locks", responses((status = 200, body = [FoundOut])))]
pub(crate) async fn found(by: By) -> Json<Vec<FoundOut>> {
    let out = |found: hub::FoundLock| FoundOut {
        link: found.address.link,
        key: found.address.key,
        name: found.name,
        model: found.model,
        capabilities: found.capabilities,
    };
    Json(by.app.hub.view(|view| view.found().into_iter().map(out).collect()))
}

/// Adds a found lock to a door.
#[utoipa::path(post, path = "/api/v1/found-locks", tag = "locks", request_body = AddFound,
    responses((status = 201, body = Made), (status = 404, body = super::ErrorBody), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add_found(by: By, Input(add): Input<AddFound>) -> Result<impl IntoResponse, Problem> {
    let address = LockAddress { link: add.link, key: add.key };
    let id = by.app.hub.add_found(&by.actor, address, DoorId::new(add.door), add.name, add.insist).await?;
    Ok(made(id.uuid()))
}

/// Enters a lock that nobody can reach.
#[utoipa::path(post, path = "/api/v1/told-locks", tag = "locks", request_body = AddTold,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add_told(by: By, Input(add): Input<AddTold>) -> Result<impl IntoResponse, Problem> {
    let id = LockId::new(by.app.fresh_id());
    let (door, name, told) = (DoorId::new(add.door), add.name, add.told.into());
    let (address, capabilities) = (LockAddress::told(), Capabilities::told());
    let command = Command::AddLock { id, door, name, address, capabilities, told };
    by.app.hub.act(&by.actor, command).await?;
    Ok(made(id.uuid()))
}

/// Changes a lock's name, door or what is told of it.
#[utoipa::path(put, path = "/api/v1/locks/{id}", tag = "locks", params(("id" = Uuid, Path)),
    request_body = LockChange, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<LockId>,
    Input(change): Input<LockChange>,
) -> Result<StatusCode, Problem> {
    let kept = by.app.hub.view(|view| view.house.locks.get(&id).map(|lock| lock.told.clone()));
    let kept = kept.ok_or_else(|| Problem::not_found("lock"))?;
    let (door, name) = (DoorId::new(change.door), change.name);
    let told = change.told.map_or(kept, Told::from);
    by.app.hub.act(&by.actor, Command::ChangeLock { id, door, name, told }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Locks or unlocks from here: at once, or not at all.
#[utoipa::path(post, path = "/api/v1/locks/{id}/operate", tag = "locks", params(("id" = Uuid, Path)),
    request_body = OperateIn, responses((status = 200, body = OperatedOut), (status = 502, body = super::ErrorBody)))]
pub(crate) async fn operate(
    by: By,
    Path(id): Path<LockId>,
    Input(operate): Input<OperateIn>,
) -> Result<Json<OperatedOut>, Problem> {
    let result = by.app.hub.operate(&by.actor, id, operate.operation).await?;
    Ok(Json(OperatedOut { result }))
}

/// Asks something else of a lock, at once or not at all: `{"order": "mode", "mode": "vacation"}` (`normal`,
/// `vacation`, `privacy`, `no_remote`, `passage`), `{"order": "auto_relock", "seconds": 30}`,
/// `{"order": "lift_budget"}`, `{"order": "confirm_clock"}`, `{"order": "enrol_finger", "user": 1, "template": 7}`,
/// `{"order": "enrol_card", "user": 1, "number": 1001}`.
#[utoipa::path(post, path = "/api/v1/locks/{id}/order", tag = "locks", params(("id" = Uuid, Path)),
    request_body = Object, responses((status = 200, body = OperatedOut), (status = 422, body = super::ErrorBody),
    (status = 502, body = super::ErrorBody)))]
pub(crate) async fn order(
    by: By,
    Path(id): Path<LockId>,
    Input(order): Input<Quietly<Order>>,
) -> Result<Json<OperatedOut>, Problem> {
    let result = by.app.hub.order(&by.actor, id, order.into_inner()).await?;
    Ok(Json(OperatedOut { result }))
}

/// Begins a rehearsal of a dead battery or of a power cut; what the lock tells meanwhile makes its report.
#[utoipa::path(post, path = "/api/v1/locks/{id}/rehearsal", tag = "locks", params(("id" = Uuid, Path)),
    request_body = RehearseIn, responses((status = 204), (status = 409, body = super::ErrorBody),
    (status = 502, body = super::ErrorBody)))]
pub(crate) async fn rehearse(
    by: By,
    Path(id): Path<LockId>,
    Input(rehearse): Input<RehearseIn>,
) -> Result<StatusCode, Problem> {
    let minutes = rehearse.minutes.unwrap_or(5);
    by.app.hub.begin_rehearsal(&by.actor, id, rehearse.kind, minutes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the rehearsal that runs and keeps its report.
#[utoipa::path(delete, path = "/api/v1/locks/{id}/rehearsal", tag = "locks", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn end_rehearsal(by: By, Path(id): Path<LockId>) -> Result<StatusCode, Problem> {
    by.app.hub.end_rehearsal(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes given-up changes due again.
#[utoipa::path(post, path = "/api/v1/locks/{id}/retry", tag = "locks", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn retry(by: By, Path(id): Path<LockId>) -> Result<StatusCode, Problem> {
    by.app.hub.retry(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a lock: its codes are taken off first, then it is forgotten. A told lock goes at once.
#[utoipa::path(delete, path = "/api/v1/locks/{id}", tag = "locks", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path(id): Path<LockId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemoveLock { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a lock as it is; codes still on it keep working there. A virtual lock is erased.
#[utoipa::path(post, path = "/api/v1/locks/{id}/forget", tag = "locks", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn forget(by: By, Path(id): Path<LockId>) -> Result<StatusCode, Problem> {
    crate::pages::locks::forget_lock(&by.app, &by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
