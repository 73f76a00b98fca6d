//! Radio networks that take locks in and let them go.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use hub::ports::{Include, PairingState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::{By, Input, Text};
use crate::problem::Problem;

/// A network and where taking in or letting go stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetworkOut {
    /// Name of its link.
    name: String,
    /// `step` is one of `idle`, `waiting`, `pin_wanted` (with `rest`, the key without its first five digits),
    /// `joining`, `joined` (with `security`, `weak`, and `key` once it is known to be a lock), `leaving`, `left`,
    /// `failed` (with `why`).
    #[schema(value_type = Object)]
    state: PairingState,
}

/// How a lock is taken in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IncludeIn {
    /// Text of the QR code on the device: then no PIN is asked for.
    #[serde(default)]
    qr: Option<Text>,
    /// Also with the old security (S0).
    #[serde(default)]
    old_security: bool,
}

/// The five digits from the device's label.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DevicePinIn {
    pin: Text,
}

/// Radio networks that take locks in.
#[utoipa::path(get, path = "/api/v1/networks", tag = "networks", responses((status = 200, body = [NetworkOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<NetworkOut>> {
    Json(by.app.hub.networks().into_iter().map(|(name, state)| NetworkOut { name, state }).collect())
}

/// Waits for a device that wants in.
#[utoipa::path(post, path = "/api/v1/networks/{name}/include", tag = "networks", params(("name" = String, Path)),
    request_body = IncludeIn, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn include(
    by: By,
    Path(name): Path<String>,
    Input(input): Input<IncludeIn>,
) -> Result<StatusCode, Problem> {
    let qr = input.qr.as_ref().map(|text| Zeroizing::new(text.expose().to_owned()));
    by.app.hub.include(&by.actor, &name, Include { qr, old_security: input.old_security }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands over the PIN of the device that wants in.
#[utoipa::path(post, path = "/api/v1/networks/{name}/pin", tag = "networks", params(("name" = String, Path)),
    request_body = DevicePinIn, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn pin(
    by: By,
    Path(name): Path<String>,
    Input(input): Input<DevicePinIn>,
) -> Result<StatusCode, Problem> {
    let pin = Zeroizing::new(input.pin.expose().to_owned());
    by.app.hub.enter_device_pin(&by.actor, &name, pin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Waits for a device that wants out.
#[utoipa::path(post, path = "/api/v1/networks/{name}/exclude", tag = "networks", params(("name" = String, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn exclude(by: By, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    by.app.hub.exclude(&by.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops waiting.
#[utoipa::path(post, path = "/api/v1/networks/{name}/stop", tag = "networks", params(("name" = String, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn stop(by: By, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    by.app.hub.stop_pairing(&by.actor, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
