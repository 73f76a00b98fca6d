//! What the owner sets: the gateways to Zigbee2MQTT and Z-Wave JS, and where alerts go. Kept as documents; secrets in them
//! are sealed for their place and never come back to a page. The binary reads them to build links and
//! notifiers, and builds anew when they change.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::actor::Actor;
use crate::error::HubError;
use crate::hub::Hub;
use crate::ports::{AlertKind, Scope};

/// Document kind of gateways.
pub const LINK: &str = "link";
/// Key of the Zigbee2MQTT gateway, and the name of its link.
pub const ZIGBEE2MQTT: &str = "zigbee2mqtt";
/// Key of the Z-Wave JS gateway, and the name of its link.
pub const ZWAVE_JS: &str = "zwave_js";
/// Document kind and key of alerts.
pub const NOTIFY: &str = "notify";

/// Where Zigbee2MQTT's broker is. The password is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zigbee2Mqtt {
    /// Host name or address of the broker.
    pub host: String,
    /// Port, usually 8883 with TLS and 1883 without.
    pub port: u16,
    /// Whether to speak TLS.
    pub tls: bool,
    /// Certificate authority in PEM form, for a broker with a certificate of one's own.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// User.
    #[serde(default)]
    pub user: Option<String>,
    /// Password, sealed.
    #[serde(default)]
    pub password: Option<String>,
    /// Base topic of Zigbee2MQTT.
    pub base_topic: String,
    /// The owner insists on a broker that lets everybody in.
    #[serde(default)]
    pub allow_anonymous: bool,
}

/// Where the Z-Wave JS server is. The password is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZwaveJs {
    /// Host name or address of the server.
    pub host: String,
    /// Port, usually 3000.
    pub port: u16,
    /// Path of the WebSocket, usually `/`.
    pub path: String,
    /// Whether to speak TLS, to a proxy in front of the server.
    pub tls: bool,
    /// Certificate authority in PEM form, for a proxy with a certificate of one's own.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// User at the proxy.
    #[serde(default)]
    pub user: Option<String>,
    /// Password, sealed.
    #[serde(default)]
    pub password: Option<String>,
    /// The owner insists on a server that lets everybody on its network in.
    #[serde(default)]
    pub allow_open: bool,
}

/// Where alerts go. Addresses that carry secrets are sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Webhook.
    pub webhook: Option<Webhook>,
    /// Mail.
    pub mail: Option<Mail>,
    /// Kinds that are not sent.
    pub off: Vec<AlertKind>,
}

/// A webhook: both parts sealed, since many services put their secret into the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Address, sealed.
    pub url: String,
    /// Secret of the signature header, sealed.
    #[serde(default)]
    pub secret: Option<String>,
    /// Host of the address, for the page.
    pub shown: String,
}

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `tls`, `starttls`, or `none` (only on this machine).
    pub security: String,
    /// User.
    #[serde(default)]
    pub user: Option<String>,
    /// Password, sealed.
    #[serde(default)]
    pub password: Option<String>,
    /// Sender address.
    pub from: String,
    /// Receiver address.
    pub to: String,
}

/// A secret of a form: a new one, or the one that was kept before.
pub enum Secret<'a> {
    /// Keep what is sealed.
    Keep,
    /// None.
    None,
    /// A new one.
    New(&'a str),
}

impl Hub {
    /// The gateway to Zigbee2MQTT as it is set.
    pub fn zigbee2mqtt(&self) -> Option<Zigbee2Mqtt> {
        self.document(LINK, ZIGBEE2MQTT).and_then(|body| serde_json::from_str(&body).ok())
    }

    /// Sets the gateway. `settings.password` is ignored; `password` says what to do with it.
    ///
    /// # Errors
    /// `Forbidden`, the vault, storage.
    pub async fn set_zigbee2mqtt(
        &self,
        actor: &Actor,
        mut settings: Zigbee2Mqtt,
        password: Secret<'_>,
    ) -> Result<(), HubError> {
        actor.need(Scope::Admin)?;
        let before = self.zigbee2mqtt().and_then(|old| old.password);
        settings.password = self.sealed(LINK, ZIGBEE2MQTT, &password, before)?;
        let body = serde_json::to_string(&settings).map_err(|error| HubError::Refused(error.to_string()))?;
        self.put_document(actor, Scope::Admin, LINK, ZIGBEE2MQTT, body, "set the gateway to Zigbee2MQTT")
            .await
    }

    /// Takes the gateway away. Its locks stay, out of reach.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn unset_zigbee2mqtt(&self, actor: &Actor) -> Result<(), HubError> {
        self.remove_document(actor, Scope::Admin, LINK, ZIGBEE2MQTT, "took the gateway to Zigbee2MQTT away")
            .await
    }

    /// The gateway to Z-Wave JS as it is set.
    pub fn zwave_js(&self) -> Option<ZwaveJs> {
        self.document(LINK, ZWAVE_JS).and_then(|body| serde_json::from_str(&body).ok())
    }

    /// Sets the gateway to Z-Wave JS. `settings.password` is ignored; `password` says what to do with it.
    ///
    /// # Errors
    /// `Forbidden`, the vault, storage.
    pub async fn set_zwave_js(
        &self,
        actor: &Actor,
        mut settings: ZwaveJs,
        password: Secret<'_>,
    ) -> Result<(), HubError> {
        actor.need(Scope::Admin)?;
        let before = self.zwave_js().and_then(|old| old.password);
        settings.password = self.sealed(LINK, ZWAVE_JS, &password, before)?;
        let body = serde_json::to_string(&settings).map_err(|error| HubError::Refused(error.to_string()))?;
        self.put_document(actor, Scope::Admin, LINK, ZWAVE_JS, body, "set the gateway to Z-Wave JS").await
    }

    /// Takes the gateway to Z-Wave JS away. Its locks stay, out of reach.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn unset_zwave_js(&self, actor: &Actor) -> Result<(), HubError> {
        self.remove_document(actor, Scope::Admin, LINK, ZWAVE_JS, "took the gateway to Z-Wave JS away").await
    }

    /// Where alerts go.
    pub fn alert_settings(&self) -> Alerts {
        self.document(NOTIFY, NOTIFY).and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default()
    }

    /// Sets where alerts go. Sealed fields in `settings` are ignored; the secrets say what to do with them.
    ///
    /// # Errors
    /// `Forbidden`, `Refused` when a webhook has no address, the vault, storage.
    pub async fn set_alerts(
        &self,
        actor: &Actor,
        mut settings: Alerts,
        webhook_url: Secret<'_>,
        webhook_secret: Secret<'_>,
        mail_password: Secret<'_>,
    ) -> Result<(), HubError> {
        actor.need(Scope::Admin)?;
        let before = self.alert_settings();
        if let Some(webhook) = &mut settings.webhook {
            let old = before.webhook.as_ref();
            let url = self.sealed(NOTIFY, "webhook-url", &webhook_url, old.map(|old| old.url.clone()))?;
            webhook.url = url.ok_or_else(|| HubError::Refused("a webhook needs an address".into()))?;
            let kept = old.and_then(|old| old.secret.clone());
            webhook.secret = self.sealed(NOTIFY, "webhook-secret", &webhook_secret, kept)?;
        }
        if let Some(mail) = &mut settings.mail {
            let kept = before.mail.and_then(|old| old.password);
            mail.password = self.sealed(NOTIFY, "mail-password", &mail_password, kept)?;
        }
        let body = serde_json::to_string(&settings).map_err(|error| HubError::Refused(error.to_string()))?;
        self.put_document(actor, Scope::Admin, NOTIFY, NOTIFY, body, "set where alerts go").await
    }

    fn sealed(
        &self,
        kind: &str,
        key: &str,
        secret: &Secret<'_>,
        before: Option<String>,
    ) -> Result<Option<String>, HubError> {
        match secret {
            Secret::Keep => Ok(before),
            Secret::None => Ok(None),
            Secret::New(text) => self.seal_setting(kind, key, text).map(Some),
        }
    }

    /// Opens a sealed field of the settings: `(LINK, ZIGBEE2MQTT)`, `(LINK, ZWAVE_JS)`, `(NOTIFY, "webhook-url")`,
    /// `(NOTIFY, "webhook-secret")`, `(NOTIFY, "mail-password")`.
    ///
    /// # Errors
    /// The vault.
    pub fn secret_setting(&self, kind: &str, key: &str, sealed: &str) -> Result<Zeroizing<String>, HubError> {
        self.open_setting(kind, key, sealed)
    }
}
