//! Choosing and setting up: the same as the pages, as JSON.

use access::DoorId;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use care::choose::fit::{fit as fit_one, fit_all};
use hub::SetupWord;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{By, Input};
use crate::pages::advice::{Question, advice_of, risks_of, sheet, sheets};
use crate::problem::Problem;

/// What the caller has in mind.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mind {
    /// One of the audit's upgrades: `new-keypad`, `keyless`, `reinforced-strike`, ...
    #[serde(default)]
    plan: String,
    /// A data sheet's short name.
    #[serde(default)]
    model: String,
}

/// A word on a step of a set-up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepIn {
    /// Short name of the step.
    step: String,
    /// Done, or open again.
    done: bool,
    /// A note, at most 300 characters.
    #[serde(default)]
    note: String,
}

fn there(by: &By, id: DoorId) -> Result<(), Problem> {
    let found = by.app.hub.view(|view| view.house.doors.contains_key(&id));
    if found { Ok(()) } else { Err(Problem::not_found("door")) }
}

fn as_json(value: &impl serde::Serialize) -> Result<Json<Value>, Problem> {
    serde_json::to_value(value).map(Json).map_err(|error| Problem::internal("Writing the answer", &error))
}

/// Which lock for this door: kinds, ways of access, trade-offs, mistakes in a plan. Shape: docs/advice.md.
#[utoipa::path(get, path = "/api/v1/doors/{id}/advice", tag = "advice", params(("id" = Uuid, Path), Mind),
    responses((status = 200, body = Value), (status = 404, body = super::ErrorBody),
    (status = 422, body = super::ErrorBody)))]
pub(crate) async fn choose(
    by: By,
    Path(id): Path<DoorId>,
    Query(mind): Query<Mind>,
) -> Result<Json<Value>, Problem> {
    there(&by, id)?;
    let advice = advice_of(&by.app, id, &Question::of(&mind.plan, &mind.model)?).await?;
    as_json(advice.as_ref())
}

/// Every data sheet against the measures of a door, or one with `model`.
#[utoipa::path(get, path = "/api/v1/doors/{id}/fit", tag = "advice", params(("id" = Uuid, Path), Mind),
    responses((status = 200, body = Value), (status = 404, body = super::ErrorBody),
    (status = 422, body = super::ErrorBody)))]
pub(crate) async fn fit(
    by: By,
    Path(id): Path<DoorId>,
    Query(mind): Query<Mind>,
) -> Result<Json<Value>, Problem> {
    there(&by, id)?;
    let survey = by.app.hub.survey(id);
    if mind.model.is_empty() {
        return as_json(&fit_all(&survey, &sheets()?));
    }
    let sheet = sheet(&mind.model)?;
    Ok(Json(json!({ "fit": fit_one(&survey, &sheet), "sheet": sheet })))
}

/// This door's set-up beside the risky one: differences only, each with its cost in P(in).
#[utoipa::path(get, path = "/api/v1/doors/{id}/risks", tag = "advice", params(("id" = Uuid, Path)),
    responses((status = 200, body = Value), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn risks(by: By, Path(id): Path<DoorId>) -> Result<Json<Value>, Problem> {
    there(&by, id)?;
    as_json(risks_of(&by.app, id).await?.as_ref())
}

/// The checklist of a door's set-up: each step with how it stands and what that rests on.
#[utoipa::path(get, path = "/api/v1/doors/{id}/setup", tag = "advice", params(("id" = Uuid, Path)),
    responses((status = 200, body = Value), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn setup(by: By, Path(id): Path<DoorId>) -> Result<Json<Value>, Problem> {
    there(&by, id)?;
    let calls = care::setup::calls::calls(&by.app.hub.survey(id));
    Ok(Json(json!({ "steps": by.app.hub.setup(id), "calls": calls })))
}

/// Says that a step of the set-up is done, or open again.
#[utoipa::path(post, path = "/api/v1/doors/{id}/setup", tag = "advice", params(("id" = Uuid, Path)),
    request_body = StepIn, responses((status = 204), (status = 404, body = super::ErrorBody),
    (status = 409, body = super::ErrorBody)))]
pub(crate) async fn say(
    by: By,
    Path(id): Path<DoorId>,
    Input(step): Input<StepIn>,
) -> Result<StatusCode, Problem> {
    let word = SetupWord { step: step.step, done: step.done, note: step.note, photo: String::new() };
    by.app.hub.say_setup(&by.actor, id, word).await?;
    Ok(StatusCode::NO_CONTENT)
}
