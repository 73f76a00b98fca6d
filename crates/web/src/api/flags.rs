//! Red flags that are up.

use axum::Json;
use hub::RedFlag;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::By;

/// A red flag at a door.
#[derive(Serialize, ToSchema)]
pub(crate) struct FlagOut {
    door: Uuid,
    door_name: String,
    /// `backup-untested`, `code-shared`, `firmware-old`, `strike-screws`, `account-password`, `visible-gap`.
    id: &'static str,
    what: &'static str,
    /// The answer it rests on, and how that is known.
    evidence: String,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// This door has two or more: a maintenance pass this month.
    maintenance_pass: bool,
}

/// Every red flag that is up, by door.
#[utoipa::path(get, path = "/api/v1/flags", tag = "flags", responses((status = 200, body = [FlagOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<FlagOut>> {
    let flags = by.app.hub.red_flags(None);
    let out = |flag: &RedFlag| FlagOut {
        door: flag.door.uuid(),
        door_name: flag.door_name.clone(),
        id: flag.id,
        what: flag.what,
        evidence: flag.evidence.clone(),
        since: flag.since,
        maintenance_pass: flags.iter().filter(|other| other.door == flag.door).count() >= 2,
    };
    Json(flags.iter().map(out).collect())
}
