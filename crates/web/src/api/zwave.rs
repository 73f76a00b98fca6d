//! The gateway to Z-Wave JS.

use axum::Json;
use axum::http::StatusCode;
use hub::settings::{Secret, ZwaveJs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{By, Input, Text};
use crate::pages::settings::{ZWAVE_PORT, check_zwave};
use crate::problem::Problem;

/// The gateway to Z-Wave JS; never its password.
#[derive(Serialize, ToSchema)]
pub(crate) struct ZwaveOut {
    host: String,
    port: u16,
    path: String,
    tls: bool,
    ca_pem: Option<String>,
    user: Option<String>,
    /// Whether a password is kept.
    password_set: bool,
    allow_open: bool,
}

/// Sets the gateway.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZwaveIn {
    /// Host name or address of the server.
    host: String,
    /// 3000 when left out.
    #[serde(default)]
    port: Option<u16>,
    /// `/` when left out.
    #[serde(default)]
    path: Option<String>,
    /// For a proxy in front of it.
    #[serde(default)]
    tls: bool,
    /// Certificate authority in PEM form, for a proxy with a certificate of one's own.
    #[serde(default)]
    ca_pem: Option<String>,
    #[serde(default)]
    user: Option<String>,
    /// Left out: as before. Empty: none.
    #[serde(default)]
    password: Option<Text>,
    /// The server lets everybody on its network in, and that is meant.
    #[serde(default)]
    allow_open: bool,
}

/// The gateway to Z-Wave JS.
#[utoipa::path(get, path = "/api/v1/settings/zwave", tag = "settings",
    responses((status = 200, body = ZwaveOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn zwave(by: By) -> Result<Json<ZwaveOut>, Problem> {
    let set = by.app.hub.zwave_js().ok_or_else(|| Problem::not_found("gateway"))?;
    Ok(Json(ZwaveOut {
        host: set.host,
        port: set.port,
        path: set.path,
        tls: set.tls,
        ca_pem: set.ca_pem,
        user: set.user,
        password_set: set.password.is_some(),
        allow_open: set.allow_open,
    }))
}

/// Sets the gateway to Z-Wave JS; it is connected at once.
#[utoipa::path(put, path = "/api/v1/settings/zwave", tag = "settings", request_body = ZwaveIn,
    responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn set_zwave(by: By, Input(input): Input<ZwaveIn>) -> Result<StatusCode, Problem> {
    let settings = ZwaveJs {
        host: input.host,
        port: input.port.unwrap_or(ZWAVE_PORT),
        path: input.path.unwrap_or_else(|| "/".to_owned()),
        tls: input.tls,
        ca_pem: input.ca_pem,
        user: input.user,
        password: None,
        allow_open: input.allow_open,
    };
    check_zwave(&settings)?;
    let password = match input.password.as_ref().map(Text::expose) {
        None => Secret::Keep,
        Some("") => Secret::None,
        Some(text) => Secret::New(text),
    };
    by.app.hub.set_zwave_js(&by.actor, settings, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disconnects Z-Wave JS. Its locks stay, out of reach.
#[utoipa::path(delete, path = "/api/v1/settings/zwave", tag = "settings", responses((status = 204)))]
pub(crate) async fn unset_zwave(by: By) -> Result<StatusCode, Problem> {
    by.app.hub.unset_zwave_js(&by.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
