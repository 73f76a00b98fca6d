//! The HTTP API under `/api/v1`: everything that the pages can do, as JSON. Each handler carries its own
//! description, from which the OpenAPI document is made.

pub(crate) mod accounts;
pub(crate) mod advice;
pub(crate) mod arrivals;
pub(crate) mod care;
pub(crate) mod doors;
pub(crate) mod flags;
pub(crate) mod grants;
pub(crate) mod groups;
pub(crate) mod import;
mod input;
pub(crate) mod keep;
pub(crate) mod lab;
pub(crate) mod locks;
pub(crate) mod log;
pub(crate) mod networks;
pub(crate) mod people;
pub(crate) mod schedules;
pub(crate) mod settings;
pub(crate) mod strangers;
pub(crate) mod virtual_locks;
pub(crate) mod zwave;

pub(crate) use input::{By, Disclosed, Input, PinText, Text};

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::problem::Problem;

/// A new thing's id.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    id: Uuid,
}

/// `201` with the id.
pub(crate) fn made(id: Uuid) -> (StatusCode, Json<Made>) {
    (StatusCode::CREATED, Json(Made { id }))
}

/// Every refusal and failure.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    error: ErrorWords,
}

#[derive(Serialize, ToSchema)]
struct ErrorWords {
    /// Stable word for programs: `bad_input`, `not_found`, `forbidden`, `refused`, `throttled`, ...
    code: String,
    /// What is wrong and the way out, for a person.
    message: String,
}

/// A problem as JSON.
pub(crate) fn problem_json(problem: &Problem) -> Response {
    let words = ErrorWords { code: problem.code.to_owned(), message: problem.message.clone() };
    let mut response = (problem.status, Json(ErrorBody { error: words })).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The description of this API, OpenAPI 3.1.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "service",
    responses((status = 200, description = "the document", content_type = "application/json")))]
pub(crate) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi())
}
