//! The gateway to Zigbee2MQTT, where alerts go, and the state of the links.

use axum::Json;
use axum::http::StatusCode;
use hub::ports::AlertKind;
use hub::settings::{Alerts, Mail, Secret, Webhook, Zigbee2Mqtt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{By, Input, Text};
use crate::pages::settings::{check_mail, check_mqtt, webhook_host};
use crate::problem::Problem;

/// A gateway and whether it answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkOut {
    name: String,
    up: bool,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Why it is down.
    why: Option<String>,
}

/// The gateway to Zigbee2MQTT; never its password.
#[derive(Serialize, ToSchema)]
pub(crate) struct MqttOut {
    host: String,
    port: u16,
    tls: bool,
    ca_pem: Option<String>,
    user: Option<String>,
    /// Whether a password is kept.
    password_set: bool,
    base_topic: String,
    allow_anonymous: bool,
}

/// Sets the gateway.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MqttIn {
    /// Host name or address of the broker.
    host: String,
    /// 8883 with TLS, 1883 without, when left out.
    #[serde(default)]
    port: Option<u16>,
    /// On when left out.
    #[serde(default = "yes")]
    tls: bool,
    /// Certificate authority in PEM form, for a broker with a certificate of one's own.
    #[serde(default)]
    ca_pem: Option<String>,
    #[serde(default)]
    user: Option<String>,
    /// Left out: as before. Empty: none.
    #[serde(default)]
    password: Option<Text>,
    /// `zigbee2mqtt` when left out.
    #[serde(default)]
    base_topic: Option<String>,
    /// The broker lets everybody in, and that is meant.
    #[serde(default)]
    allow_anonymous: bool,
}

/// Where alerts go; secrets are not shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertsOut {
    /// Host of the webhook.
    webhook_host: Option<String>,
    mail: Option<MailOut>,
    /// Kinds that are not sent.
    #[schema(value_type = Vec<String>)]
    off: Vec<AlertKind>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct MailOut {
    host: String,
    port: u16,
    security: String,
    user: Option<String>,
    from: String,
    to: String,
}

/// Sets where alerts go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertsIn {
    #[serde(default)]
    webhook: Option<WebhookIn>,
    #[serde(default)]
    mail: Option<MailIn>,
    /// Kinds that are not sent.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    off: Vec<AlertKind>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookIn {
    /// Left out: as before.
    #[serde(default)]
    url: Option<Text>,
    /// Of the signature. Left out: as before. Empty: none.
    #[serde(default)]
    secret: Option<Text>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailIn {
    host: String,
    port: u16,
    /// `tls`, `starttls`, or `none` (only on this machine).
    security: String,
    #[serde(default)]
    user: Option<String>,
    /// Left out: as before. Empty: none.
    #[serde(default)]
    password: Option<Text>,
    from: String,
    to: String,
}

fn yes() -> bool {
    true
}

fn secret(text: Option<&Text>) -> Secret<'_> {
    match text.map(Text::expose) {
        None => Secret::Keep,
        Some("") => Secret::None,
        Some(text) => Secret::New(text),
    }
}

/// Gateways and whether they answer.
#[utoipa::path(get, path = "/api/v1/links", tag = "settings", responses((status = 200, body = [LinkOut])))]
pub(crate) async fn links(by: By) -> Json<Vec<LinkOut>> {
    let out = |l: hub::LinkState| LinkOut { name: l.name, up: l.up, since: l.since, why: l.why };
    Json(by.app.hub.view(|view| view.links().into_iter().map(out).collect()))
}

/// The gateway to Zigbee2MQTT.
#[utoipa::path(get, path = "/api/v1/settings/mqtt", tag = "settings",
    responses((status = 200, body = MqttOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn mqtt(by: By) -> Result<Json<MqttOut>, Problem> {
    let set = by.app.hub.zigbee2mqtt().ok_or_else(|| Problem::not_found("gateway"))?;
    Ok(Json(MqttOut {
        host: set.host,
        port: set.port,
        tls: set.tls,
        ca_pem: set.ca_pem,
        user: set.user,
        password_set: set.password.is_some(),
        base_topic: set.base_topic,
        allow_anonymous: set.allow_anonymous,
    }))
}

/// Sets the gateway to Zigbee2MQTT; it is connected at once.
#[utoipa::path(put, path = "/api/v1/settings/mqtt", tag = "settings", request_body = MqttIn,
    responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn set_mqtt(by: By, Input(input): Input<MqttIn>) -> Result<StatusCode, Problem> {
    let settings = Zigbee2Mqtt {
        host: input.host,
        port: input.port.unwrap_or(if input.tls { 8883 } else { 1883 }),
        tls: input.tls,
        ca_pem: input.ca_pem,
        user: input.user,
        password: None,
        base_topic: input.base_topic.unwrap_or_else(|| "zigbee2mqtt".to_owned()),
        allow_anonymous: input.allow_anonymous,
    };
    check_mqtt(&settings)?;
    by.app.hub.set_zigbee2mqtt(&by.actor, settings, secret(input.password.as_ref())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disconnects Zigbee2MQTT. Its locks stay, out of reach.
#[utoipa::path(delete, path = "/api/v1/settings/mqtt", tag = "settings", responses((status = 204)))]
pub(crate) async fn unset_mqtt(by: By) -> Result<StatusCode, Problem> {
    by.app.hub.unset_zigbee2mqtt(&by.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where alerts go.
#[utoipa::path(get, path = "/api/v1/settings/alerts", tag = "settings", responses((status = 200, body = AlertsOut)))]
pub(crate) async fn alerts(by: By) -> Json<AlertsOut> {
    let Alerts { webhook, mail, off } = by.app.hub.alert_settings();
    let mail = mail.map(|m| MailOut {
        host: m.host,
        port: m.port,
        security: m.security,
        user: m.user,
        from: m.from,
        to: m.to,
    });
    Json(AlertsOut { webhook_host: webhook.map(|webhook| webhook.shown), mail, off })
}

/// Sets where alerts go. Leaving `webhook` or `mail` out turns it off.
#[utoipa::path(put, path = "/api/v1/settings/alerts", tag = "settings", request_body = AlertsIn,
    responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn set_alerts(by: By, Input(input): Input<AlertsIn>) -> Result<StatusCode, Problem> {
    let before = by.app.hub.alert_settings();
    let url = input.webhook.as_ref().and_then(|webhook| webhook.url.as_ref());
    let webhook = match (&input.webhook, url, before.webhook) {
        (None, ..) => None,
        (Some(_), Some(url), _) => Some(webhook_host(url.expose())?),
        (Some(_), None, Some(old)) => Some(old.shown),
        (Some(_), None, None) => return Err(Problem::bad_input("webhook.url: needed the first time.")),
    };
    let webhook = webhook.map(|shown| Webhook { url: String::new(), secret: None, shown });
    let mail = match &input.mail {
        None => None,
        Some(m) => Some(check_mail(Mail {
            host: m.host.clone(),
            port: m.port,
            security: m.security.clone(),
            user: m.user.clone(),
            password: None,
            from: m.from.clone(),
            to: m.to.clone(),
        })?),
    };
    let hook_secret = input.webhook.as_ref().and_then(|webhook| webhook.secret.as_ref());
    let mail_password = input.mail.as_ref().and_then(|mail| mail.password.as_ref());
    let settings = Alerts { webhook, mail, off: input.off };
    let hub = &by.app.hub;
    hub.set_alerts(&by.actor, settings, secret(url), secret(hook_secret), secret(mail_password)).await?;
    Ok(StatusCode::NO_CONTENT)
}
