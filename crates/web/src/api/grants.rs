//! Grants: who may open what, when.

use access::{Command, CredentialId, GiveAccess, Grant, GrantId, PersonId, ScheduleId, Target};
use access::{DoorId, GroupId};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::View;
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::doors::{StandingOut, standing_out};
use super::people::CodeIn;
use super::{By, Input, Made, made};
use crate::pages::give::code_fits;
use crate::pages::when;
use crate::problem::Problem;
use crate::words::{self, Zone};

/// A grant with where it stands on every lock it concerns.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantOut {
    id: Uuid,
    person: Uuid,
    person_name: String,
    code: Uuid,
    door: Option<Uuid>,
    group: Option<Uuid>,
    schedule: Option<Uuid>,
    /// Door's local time.
    #[schema(value_type = Option<String>)]
    from: Option<DateTime>,
    /// Door's local time.
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
    once: bool,
    reason: String,
    /// Hours and limits in words.
    when: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked: Option<Timestamp>,
    locks: Vec<StandingOut>,
}

/// Access to be given. Names a door or a group, and an existing code or a new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantIn {
    person: Uuid,
    #[serde(default)]
    door: Option<Uuid>,
    #[serde(default)]
    group: Option<Uuid>,
    /// An existing code of the person. Without it a new one is made as `new_code` says.
    #[serde(default)]
    code: Option<Uuid>,
    #[serde(default)]
    new_code: Option<CodeIn>,
    #[serde(default)]
    schedule: Option<Uuid>,
    /// Door's local time, `2026-06-30T18:00`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<DateTime>,
    /// Door's local time, `2026-06-30T18:00`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
    /// Opens once, then ends.
    #[serde(default)]
    once: bool,
    /// At most 200 characters.
    #[serde(default)]
    reason: String,
}

impl GrantIn {
    /// The code that it names, if it names one.
    pub(super) fn code(&self) -> Option<Uuid> {
        self.code
    }
}

/// What may change of a grant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantChange {
    #[serde(default)]
    schedule: Option<Uuid>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    from: Option<DateTime>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
    #[serde(default)]
    reason: String,
}

/// Something to know before access is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeOut {
    text: String,
    /// It cannot be given like this.
    blocks: bool,
}

/// Which grants.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Which {
    /// Also ended ones.
    #[serde(default)]
    ended: bool,
    /// Only of this person.
    person: Option<Uuid>,
}

fn out(view: &View<'_>, grant: &Grant) -> GrantOut {
    let house = view.house;
    let mut locks = Vec::new();
    for door in house.doors_of(grant.target).iter().filter_map(|id| house.doors.get(id)) {
        let zone = Zone::named(&door.time_zone);
        locks.extend(house.locks_of(door.id).map(|lock| {
            let said = words::standing(&view.standing(grant, lock), view.live(lock.id), &zone, view.now);
            standing_out(&lock.id.to_string(), &lock.name, &said)
        }));
    }
    let (door, group) = match grant.target {
        Target::Door(id) => (Some(id.uuid()), None),
        Target::Group(id) => (None, Some(id.uuid())),
    };
    GrantOut {
        id: grant.id.uuid(),
        person: grant.person.uuid(),
        person_name: house.people.get(&grant.person).map_or(String::new(), |p| p.name.clone()),
        code: grant.credential.uuid(),
        door,
        group,
        schedule: grant.schedule.map(ScheduleId::uuid),
        from: grant.from,
        until: grant.until,
        once: grant.once,
        reason: grant.reason.clone(),
        when: when(house, grant),
        created: grant.created,
        revoked: grant.revoked,
        locks,
    }
}

pub(super) fn give(by: &By, grant: &GrantIn, credential: CredentialId) -> Result<GiveAccess, Problem> {
    let target = match (grant.door, grant.group) {
        (Some(door), None) => Target::Door(DoorId::new(door)),
        (None, Some(group)) => Target::Group(GroupId::new(group)),
        _ => return Err(Problem::bad_input("Name a door or a group, and not both.")),
    };
    Ok(GiveAccess {
        id: GrantId::new(by.app.fresh_id()),
        person: PersonId::new(grant.person),
        credential,
        target,
        schedule: grant.schedule.map(ScheduleId::new),
        from: grant.from,
        until: grant.until,
        once: grant.once,
        reason: grant.reason.clone(),
    })
}

/// Grants with where each stands.
#[utoipa::path(get, path = "/api/v1/grants", tag = "grants", params(Which),
    responses((status = 200, body = [GrantOut])))]
pub(crate) async fn list(by: By, Query(which): Query<Which>) -> Json<Vec<GrantOut>> {
    Json(by.app.hub.view(|view| {
        let person = which.person.map(PersonId::new);
        let wanted = |grant: &&Grant| {
            (which.ended || grant.revoked.is_none()) && person.is_none_or(|id| grant.person == id)
        };
        view.house.grants.values().filter(wanted).map(|grant| out(view, grant)).collect()
    }))
}

/// One grant.
#[utoipa::path(get, path = "/api/v1/grants/{id}", tag = "grants", params(("id" = Uuid, Path)),
    responses((status = 200, body = GrantOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn get(by: By, Path(id): Path<GrantId>) -> Result<Json<GrantOut>, Problem> {
    by.app.hub.view(|view| {
        let grant = view.house.grants.get(&id).ok_or_else(|| Problem::not_found("grant"))?;
        Ok(Json(out(view, grant)))
    })
}

/// What should be known before this is given; changes nothing.
#[utoipa::path(post, path = "/api/v1/grants/preview", tag = "grants", request_body = GrantIn,
    responses((status = 200, body = [NoticeOut]), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn preview(by: By, Input(grant): Input<GrantIn>) -> Result<Json<Vec<NoticeOut>>, Problem> {
    let credential = CredentialId::new(grant.code.unwrap_or_else(|| by.app.fresh_id()));
    let notices = by.app.hub.preview(&give(&by, &grant, credential)?);
    let out = |notice: access::Notice| NoticeOut { text: notice.text, blocks: notice.blocks };
    Ok(Json(notices.into_iter().map(out).collect()))
}

/// Gives access. A new code is made first when none is named; show it with `POST /codes/{id}/reveal`.
#[utoipa::path(post, path = "/api/v1/grants", tag = "grants", request_body = GrantIn,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(mut grant): Input<GrantIn>) -> Result<impl IntoResponse, Problem> {
    let new_code = grant.new_code.take();
    let credential = match (grant.code, new_code) {
        (Some(_), Some(_)) => return Err(Problem::bad_input("Give code or new_code, not both.")),
        (Some(code), None) => CredentialId::new(code),
        (None, new_code) => {
            // checked before it is made, so that a refused grant does not leave a code behind
            let new_code = new_code.unwrap_or_default();
            let purpose = new_code.purpose();
            let wish = new_code.wish()?;
            let target = give(&by, &grant, CredentialId::new(grant.person))?.target;
            by.app.hub.view(|view| code_fits(view.house, target, &wish))?;
            by.app.hub.set_code_for(&by.actor, PersonId::new(grant.person), None, wish, purpose).await?
        }
    };
    let access = give(&by, &grant, credential)?;
    let id = access.id;
    by.app.hub.give(&by.actor, access).await?;
    Ok(made(id.uuid()))
}

/// Changes hours, limits or reason.
#[utoipa::path(put, path = "/api/v1/grants/{id}", tag = "grants", params(("id" = Uuid, Path)),
    request_body = GrantChange, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<GrantId>,
    Input(change): Input<GrantChange>,
) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, changed(id, change)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The command that changes a grant.
pub(super) fn changed(id: GrantId, change: GrantChange) -> Command {
    let GrantChange { schedule, from, until, reason } = change;
    Command::ChangeGrant { id, schedule: schedule.map(ScheduleId::new), from, until, reason }
}

/// Ends a grant; its code is taken off every lock.
#[utoipa::path(delete, path = "/api/v1/grants/{id}", tag = "grants", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn revoke(by: By, Path(id): Path<GrantId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::Revoke { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
