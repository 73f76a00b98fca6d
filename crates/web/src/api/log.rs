//! The log, whether it is whole, and alerts.

use access::{DoorId, PersonId};
use axum::Json;
use axum::extract::Query;
use hub::LogFilter;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::By;
use crate::pages::log::KINDS;
use crate::problem::Problem;
use crate::words;

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only of this door.
    door: Option<Uuid>,
    /// Only of this person.
    person: Option<Uuid>,
    /// `entry`, `refused`, `access`, `sync`, `lock`, `alert`, `account`, `system`, `redaction`; several with
    /// commas.
    kind: Option<String>,
    /// Happened at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Happened before.
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
    /// Index below this one: the next page.
    below: Option<u64>,
    /// 1 to 500; 50 when left out.
    limit: Option<u32>,
}

/// One entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryOut {
    index: u64,
    /// When it was written here.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// When it happened, by the best clock known.
    #[schema(value_type = String, format = DateTime)]
    happened: Timestamp,
    kind: String,
    /// Plain words.
    summary: String,
    door: Option<Uuid>,
    person: Option<Uuid>,
    /// Facts for programs.
    #[schema(value_type = Object)]
    detail: Value,
    /// How the lock decided, in plain words, for entries and refusals of a lock.
    why: Option<String>,
    /// The content was erased; the proof stands.
    erased: bool,
}

/// Whether the whole log fits its tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerdictOut {
    checked: u64,
    whole: bool,
    /// The first entry that does not fit.
    broken_at: Option<u64>,
    what: Option<String>,
    erased: u64,
    /// Root hash, hexadecimal.
    root: String,
}

/// Where the log stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct JournalOut {
    size: u64,
    /// Root hash, hexadecimal.
    root: String,
    /// Newest signed checkpoint (C2SP signed note).
    checkpoint: Option<String>,
    /// Entries that the last whole check covered.
    verified: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    verified_at: Option<Timestamp>,
}

/// An alert.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertOut {
    id: Uuid,
    #[schema(value_type = String)]
    kind: hub::ports::AlertKind,
    about: String,
    text: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// Entries that match, newest first.
#[utoipa::path(get, path = "/api/v1/log", tag = "log", params(Which),
    responses((status = 200, body = [EntryOut]), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn list(by: By, Query(which): Query<Which>) -> Result<Json<Vec<EntryOut>>, Problem> {
    let kinds: Vec<String> =
        which.kind.iter().flat_map(|kinds| kinds.split(',')).map(|kind| kind.trim().to_owned()).collect();
    if let Some(unknown) = kinds.iter().find(|kind| !KINDS.iter().any(|(key, _)| key == kind)) {
        let known = KINDS.map(|(key, _)| key).join(", ");
        let shown: String = unknown.chars().take(40).collect();
        return Err(Problem::bad_input(format!("kind: `{shown}` is none of {known}.")));
    }
    if which.limit.is_some_and(|limit| !(1..=500).contains(&limit)) {
        return Err(Problem::bad_input("limit: 1 to 500."));
    }
    let filter = LogFilter {
        door: which.door.map(DoorId::new),
        person: which.person.map(PersonId::new),
        kinds,
        since: which.since,
        before: which.before,
        below: which.below,
        limit: which.limit.unwrap_or(50),
    };
    let items = by.app.hub.log(&by.actor, &filter).await?;
    let name = |id: PersonId| by.app.hub.view(|view| view.house.people.get(&id).map(|p| p.name.clone()));
    let out = |item: hub::LogItem| EntryOut {
        why: words::decided(&item, item.person.and_then(name).as_deref()).map(|d| words::sentence(&d)),
        index: item.index,
        at: item.at,
        happened: item.happened,
        kind: item.kind,
        summary: item.summary,
        door: item.door.map(DoorId::uuid),
        person: item.person.map(PersonId::uuid),
        detail: item.detail,
        erased: item.erased,
    };
    Ok(Json(items.into_iter().map(out).collect()))
}

/// Where the log stands.
#[utoipa::path(get, path = "/api/v1/log/state", tag = "log", responses((status = 200, body = JournalOut)))]
pub(crate) async fn state(by: By) -> Json<JournalOut> {
    let info = by.app.hub.view(|view| view.journal());
    Json(JournalOut {
        size: info.size,
        root: info.root,
        checkpoint: info.checkpoint,
        verified: info.verified.map(|(size, _)| size),
        verified_at: info.verified.map(|(_, at)| at),
    })
}

/// Checks every entry now. A log that does not fit is an answer (`whole: false`), not an error.
#[utoipa::path(post, path = "/api/v1/log/verify", tag = "log", responses((status = 200, body = VerdictOut)))]
pub(crate) async fn verify(by: By) -> Result<Json<VerdictOut>, Problem> {
    let hub::Verdict { checked, whole, broken_at, what, erased, root, .. } =
        by.app.hub.verify(&by.actor).await?;
    Ok(Json(VerdictOut { checked, whole, broken_at, what, erased, root }))
}

/// The newest alerts.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "log", responses((status = 200, body = [AlertOut])))]
pub(crate) async fn alerts(by: By) -> Json<Vec<AlertOut>> {
    let out = |alert: hub::ports::Alert| AlertOut {
        id: alert.id,
        kind: alert.kind,
        about: alert.about,
        text: alert.text,
        at: alert.at,
    };
    Json(by.app.hub.view(|view| view.alerts().into_iter().map(out).collect()))
}
