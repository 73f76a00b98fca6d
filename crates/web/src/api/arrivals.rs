//! Who comes in the next days and whether the locks are ready; what a change of access would do before it does.

use access::{Command, CredentialId, GrantId};
use axum::Json;
use axum::extract::{Path, Query};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::grants::{GrantChange, GrantIn, changed, give};
use super::{By, Input};
use crate::problem::Problem;
use crate::words::{self, Zone};

/// Days ahead that are looked at unless asked otherwise, and at most.
pub(crate) const DAYS: u8 = 14;
const DAYS_MAX: u8 = 90;

/// One code on one lock that is to open from some moment on.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArrivalOut {
    grant: Uuid,
    person: Uuid,
    person_name: String,
    door: Uuid,
    door_name: String,
    lock: Uuid,
    lock_name: String,
    /// From when; in the past: it should open already.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `proven`, `accepted`, `sent_then`, `coming`, `told` or `at_risk`.
    ready: &'static str,
    /// As the page says it.
    words: String,
}

/// How far ahead.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Ahead {
    /// Days, 1 to 90; 14 unless said.
    days: Option<u8>,
}

/// Everything that begins in the coming days, or should open by now and is not known to, soonest first.
#[utoipa::path(get, path = "/api/v1/arrivals", tag = "grants", params(Ahead),
    responses((status = 200, body = [ArrivalOut]), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn coming(by: By, Query(ahead): Query<Ahead>) -> Result<Json<Vec<ArrivalOut>>, Problem> {
    let days = ahead.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::bad_input(format!("days: 1 to {DAYS_MAX}.")));
    }
    Ok(Json(by.app.hub.view(|view| {
        let house = view.house;
        let out = |one: access::Arrival| {
            let (door, lock) = (house.doors.get(&one.door)?, house.locks.get(&one.lock)?);
            let said = words::ready(&one.ready, &Zone::named(&door.time_zone), view.now);
            Some(ArrivalOut {
                grant: one.grant.uuid(),
                person: one.person.uuid(),
                person_name: house.people.get(&one.person)?.name.clone(),
                door: door.id.uuid(),
                door_name: door.name.clone(),
                lock: lock.id.uuid(),
                lock_name: lock.name.clone(),
                at: one.at,
                ready: said.code,
                words: said.sentence(),
            })
        };
        view.arrivals(days).into_iter().filter_map(out).collect()
    })))
}

/// What a change would do to one lock.
#[derive(Serialize, ToSchema)]
pub(crate) struct ForeseenOut {
    lock: Uuid,
    /// Door and lock.
    place: String,
    person: Option<String>,
    /// `{"what": "send", "alone": true}`, `send_later` with `at`, `take_off`, `nothing`, ...
    #[schema(value_type = Object)]
    effect: serde_json::Value,
    /// As the page says it.
    words: String,
}

fn foreseen(by: &By, command: Command) -> Result<Json<Vec<ForeseenOut>>, Problem> {
    let all = crate::foresee::foresee(&by.app, command)?;
    Ok(Json(all.into_iter().map(foreseen_out).collect()))
}

pub(super) fn foreseen_out(one: words::Ahead) -> ForeseenOut {
    let words::Ahead { lock, place, person, what, words } = one;
    ForeseenOut { lock: lock.uuid(), place, person, effect: what, words }
}

/// What giving this would change on which lock; nothing is given and no code is made.
#[utoipa::path(post, path = "/api/v1/grants/foresee", tag = "grants", request_body = GrantIn,
    responses((status = 200, body = [ForeseenOut]), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn giving(by: By, Input(grant): Input<GrantIn>) -> Result<Json<Vec<ForeseenOut>>, Problem> {
    let credential = CredentialId::new(grant.code().unwrap_or_else(|| by.app.fresh_id()));
    let give = give(&by, &grant, credential)?;
    foreseen(&by, Command::Give(give))
}

/// What changing a grant would do to which lock; nothing is changed.
#[utoipa::path(post, path = "/api/v1/grants/{id}/foresee", tag = "grants", params(("id" = Uuid, Path)),
    request_body = GrantChange,
    responses((status = 200, body = [ForeseenOut]), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn changing(
    by: By,
    Path(id): Path<GrantId>,
    Input(change): Input<GrantChange>,
) -> Result<Json<Vec<ForeseenOut>>, Problem> {
    foreseen(&by, changed(id, change))
}

/// What ending a grant would do to which lock; nothing is ended.
#[utoipa::path(get, path = "/api/v1/grants/{id}/ending", tag = "grants", params(("id" = Uuid, Path)),
    responses((status = 200, body = [ForeseenOut]), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn ending(by: By, Path(id): Path<GrantId>) -> Result<Json<Vec<ForeseenOut>>, Problem> {
    foreseen(&by, Command::Revoke { id })
}
