//! Bringing a list of people in.

use axum::Json;
use hub::Imported;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::arrivals::{ForeseenOut, foreseen_out};
use super::{By, Input, Text};
use crate::problem::Problem;
use crate::words;

/// A list, and whether to bring it in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListIn {
    /// Comma-separated text; the first line names the columns: person, kind, place, schedule, from, until, once,
    /// reason, code. At most 64 kB and 1,000 lines. It may hold codes.
    csv: Text,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// What became of a line, or would.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedOut {
    line: u64,
    person: String,
    new_person: bool,
    /// Access is given that was not there.
    gives: bool,
    locks: Vec<ForeseenOut>,
    /// Why the line cannot be taken; then nothing was brought in.
    problem: Option<String>,
}

/// What became of the list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListOut {
    /// Whether it was brought in; never with a problem in any line, never in a dry run.
    done: bool,
    lines: Vec<ImportedOut>,
}

/// Brings people and their access in, all or nothing. What is there already is left as it is.
#[utoipa::path(post, path = "/api/v1/import", tag = "people", request_body = ListIn,
    responses((status = 200, body = ListOut), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn import(by: By, Input(list): Input<ListIn>) -> Result<Json<ListOut>, Problem> {
    let lines = crate::list::read(list.csv.expose())?;
    let told = by.app.hub.import(&by.actor, lines, list.dry_run).await?;
    let done = !list.dry_run && told.iter().all(|one| one.problem.is_none());
    let lines = by.app.hub.view(|view| {
        let out = |one: Imported| ImportedOut {
            line: one.number,
            person: one.person,
            new_person: one.new_person,
            gives: one.gives,
            locks: words::ahead(view, &one.locks).into_iter().map(foreseen_out).collect(),
            problem: one.problem,
        };
        told.into_iter().map(out).collect()
    });
    Ok(Json(ListOut { done, lines }))
}
