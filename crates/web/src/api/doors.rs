//! Doors, and who can get in by each.

use access::{Command, Door, DoorId};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::{LogFilter, View};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Input, Made, made};
use crate::pages::doors::state;
use crate::pages::{WhoRow, who_can_open};
use crate::problem::Problem;
use crate::words::{self, Said, Zone};

/// A door with its state.
#[derive(Serialize, ToSchema)]
pub(crate) struct DoorOut {
    id: Uuid,
    name: String,
    /// IANA time zone.
    time_zone: String,
    note: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    /// `Locked` only by a bolt sensor; else `Unlocked`, `Open`, `Jammed`, `Not fully locked`, `Unknown`,
    /// `Not watched`, `No lock`.
    state: String,
    /// What that rests on.
    detail: String,
    /// Ids of its locks.
    locks: Vec<Uuid>,
}

/// A door with everybody who can get in by it.
#[derive(Serialize, ToSchema)]
pub(crate) struct DoorWho {
    #[serde(flatten)]
    door: DoorOut,
    who: Vec<WhoOut>,
    /// The last decision of its locks, in plain words.
    decision: Option<String>,
}

/// One grant on one door.
#[derive(Serialize, ToSchema)]
pub(crate) struct WhoOut {
    grant: Uuid,
    person: Uuid,
    name: String,
    /// Hours and limits in words.
    when: String,
    reason: String,
    locks: Vec<StandingOut>,
}

/// Where a code stands on a lock.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingOut {
    lock: Uuid,
    lock_name: String,
    /// `in_force`, `sending`, `waiting`, `refused`, `suspended`, `accepted_unreadable`, `scheduled`,
    /// `off_hours`, `ending`, `ended`, `told`.
    standing: String,
    /// Since when (for `scheduled`: from when).
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// As the page says it: `in force since 14:02 (read back)`.
    words: String,
}

/// What is entered of a door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoorIn {
    /// 1 to 80 characters, unique.
    name: String,
    /// IANA time zone; the hub's own when left out of a new door.
    #[serde(default)]
    time_zone: Option<String>,
    /// At most 500 characters.
    #[serde(default)]
    note: String,
}

fn out(view: &View<'_>, door: &Door) -> DoorOut {
    let locks: Vec<_> = view.house.locks_of(door.id).collect();
    let state = state(view, &locks, &Zone::named(&door.time_zone));
    DoorOut {
        id: door.id.uuid(),
        name: door.name.clone(),
        time_zone: door.time_zone.clone(),
        note: door.note.clone(),
        created: door.created,
        state: state.word.to_owned(),
        detail: state.detail,
        locks: locks.iter().map(|lock| lock.id.uuid()).collect(),
    }
}

pub(crate) fn standing_out(lock: &str, lock_name: &str, said: &Said) -> StandingOut {
    StandingOut {
        lock: lock.parse().unwrap_or_default(),
        lock_name: lock_name.to_owned(),
        standing: said.code.to_owned(),
        since: said.since.as_ref().map(crate::words::Moment::timestamp),
        words: said.sentence(),
    }
}

fn who_out(row: &WhoRow) -> WhoOut {
    WhoOut {
        grant: row.grant.parse().unwrap_or_default(),
        person: row.person_id.uuid(),
        name: row.person.clone(),
        when: row.when.clone(),
        reason: row.reason.clone(),
        locks: row.stands.iter().map(|s| standing_out(&s.lock_id, &s.lock, &s.said)).collect(),
    }
}

/// Every door with its state.
#[utoipa::path(get, path = "/api/v1/doors", tag = "doors", responses((status = 200, body = [DoorOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<DoorOut>> {
    Json(by.app.hub.view(|view| view.house.doors.values().map(|door| out(view, door)).collect()))
}

/// One door, and who can get in by it.
#[utoipa::path(get, path = "/api/v1/doors/{id}", tag = "doors", params(("id" = Uuid, Path)),
    responses((status = 200, body = DoorWho), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn get(by: By, Path(id): Path<DoorId>) -> Result<Json<DoorWho>, Problem> {
    let kinds = words::DECISIONS.map(str::to_owned).to_vec();
    let filter = LogFilter { door: Some(id), kinds, limit: 20, ..LogFilter::default() };
    let items = by.app.hub.log(&by.actor, &filter).await?;
    by.app.hub.view(|view| {
        let door = view.house.doors.get(&id).ok_or_else(|| Problem::not_found("door"))?;
        let who = who_can_open(view, door).iter().map(who_out).collect();
        let name = |id: access::PersonId| view.house.people.get(&id).map(|person| person.name.as_str());
        let decided = items.iter().find_map(|item| words::decided(item, item.person.and_then(name)));
        let decision = decided.map(|decided| words::sentence(&decided));
        Ok(Json(DoorWho { door: out(view, door), who, decision }))
    })
}

/// Enters a door.
#[utoipa::path(post, path = "/api/v1/doors", tag = "doors", request_body = DoorIn,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(door): Input<DoorIn>) -> Result<impl IntoResponse, Problem> {
    let id = DoorId::new(by.app.fresh_id());
    let time_zone = door.time_zone.unwrap_or_else(|| by.app.config.time_zone.clone());
    let command = Command::AddDoor { id, name: door.name, time_zone, note: door.note };
    by.app.hub.act(&by.actor, command).await?;
    Ok(made(id.uuid()))
}

/// Changes a door. A new time zone moves every schedule on it.
#[utoipa::path(put, path = "/api/v1/doors/{id}", tag = "doors", params(("id" = Uuid, Path)), request_body = DoorIn,
    responses((status = 204), (status = 404, body = super::ErrorBody), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<DoorId>,
    Input(door): Input<DoorIn>,
) -> Result<StatusCode, Problem> {
    let kept = by.app.hub.view(|view| view.house.doors.get(&id).map(|door| door.time_zone.clone()));
    let time_zone = door.time_zone.or(kept).ok_or_else(|| Problem::not_found("door"))?;
    let command = Command::ChangeDoor { id, name: door.name, time_zone, note: door.note };
    by.app.hub.act(&by.actor, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a door without locks.
#[utoipa::path(delete, path = "/api/v1/doors/{id}", tag = "doors", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path(id): Path<DoorId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemoveDoor { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
