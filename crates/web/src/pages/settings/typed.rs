//! What stands in the forms of the settings page: what is kept, or, after a refusal, what was typed. Passwords
//! are never sent back.

use hub::ports::AlertKind;
use hub::settings::{Alerts, Zigbee2Mqtt};

use super::show::{ALERT_KINDS, SCOPES};
use crate::pages::Fields;
use crate::problem::Problem;

/// A form of the settings page that was refused: its section, what was typed, what is wrong.
pub(super) struct Refused<'a> {
    /// The `id` of the section that holds the form.
    pub part: &'static str,
    pub form: &'a Fields,
    pub problem: &'a Problem,
}

impl Refused<'_> {
    /// What was typed, if it was in this section.
    pub(super) fn of<'a>(refused: Option<&'a Self>, part: &str) -> Option<&'a Fields> {
        refused.filter(|refused| refused.part == part).map(|refused| refused.form)
    }
}

/// The gateway's form.
pub(super) struct MqttForm {
    pub known: bool,
    pub host: String,
    pub port: String,
    pub tls: bool,
    pub ca_pem: String,
    pub user: String,
    pub has_password: bool,
    pub no_password: bool,
    pub base_topic: String,
    pub allow_anonymous: bool,
}

impl MqttForm {
    pub(super) fn new(kept: Option<&Zigbee2Mqtt>, refused: Option<&Refused<'_>>) -> Self {
        let known = kept.is_some();
        let has_password = kept.is_some_and(|kept| kept.password.is_some());
        if let Some(form) = Refused::of(refused, "mqtt") {
            return Self {
                known,
                host: held(form, "host", 253),
                port: held(form, "port", 20),
                tls: form.has("tls"),
                ca_pem: held(form, "ca_pem", 32 * 1024),
                user: held(form, "user", 120),
                has_password,
                no_password: form.has("no_password"),
                base_topic: held(form, "base_topic", 120),
                allow_anonymous: form.has("allow_anonymous"),
            };
        }
        let text = |of: fn(&Zigbee2Mqtt) -> Option<String>| kept.and_then(of).unwrap_or_default();
        Self {
            known,
            host: text(|kept| Some(kept.host.clone())),
            port: text(|kept| Some(kept.port.to_string())),
            tls: kept.is_none_or(|kept| kept.tls),
            ca_pem: text(|kept| kept.ca_pem.clone()),
            user: text(|kept| kept.user.clone()),
            has_password,
            no_password: false,
            base_topic: kept.map_or_else(|| "zigbee2mqtt".to_owned(), |kept| kept.base_topic.clone()),
            allow_anonymous: kept.is_some_and(|kept| kept.allow_anonymous),
        }
    }
}

/// The form of the alerts.
pub(super) struct AlertsForm {
    /// Key, words, whether it is sent.
    pub kinds: Vec<(&'static str, &'static str, bool)>,
    pub webhook: bool,
    pub webhook_url: String,
    /// The host that is told now.
    pub webhook_now: Option<String>,
    pub has_secret: bool,
    pub no_secret: bool,
    pub mail: bool,
    pub host: String,
    pub port: String,
    pub security: String,
    pub user: String,
    pub has_password: bool,
    pub no_password: bool,
    pub from: String,
    pub to: String,
}

impl AlertsForm {
    pub(super) fn new(kept: &Alerts, refused: Option<&Refused<'_>>) -> Self {
        let kinds = |on: &dyn Fn(&str, AlertKind) -> bool| {
            ALERT_KINDS.iter().map(|(key, kind, text)| (*key, *text, on(key, *kind))).collect()
        };
        let mail = kept.mail.as_ref();
        let now = Self {
            kinds: kinds(&|_, kind| !kept.off.contains(&kind)),
            webhook: kept.webhook.is_some(),
            webhook_url: String::new(),
            webhook_now: kept.webhook.as_ref().map(|webhook| webhook.shown.clone()),
            has_secret: kept.webhook.as_ref().is_some_and(|webhook| webhook.secret.is_some()),
            no_secret: false,
            mail: mail.is_some(),
            host: mail.map(|mail| mail.host.clone()).unwrap_or_default(),
            port: mail.map(|mail| mail.port.to_string()).unwrap_or_default(),
            security: mail.map(|mail| mail.security.clone()).unwrap_or_default(),
            user: mail.and_then(|mail| mail.user.clone()).unwrap_or_default(),
            has_password: mail.is_some_and(|mail| mail.password.is_some()),
            no_password: false,
            from: mail.map(|mail| mail.from.clone()).unwrap_or_default(),
            to: mail.map(|mail| mail.to.clone()).unwrap_or_default(),
        };
        let Some(form) = Refused::of(refused, "alerts") else { return now };
        Self {
            kinds: kinds(&|key, _| form.all("kinds").any(|kind| kind == key)),
            webhook: form.has("webhook"),
            webhook_url: held(form, "webhook_url", 2048),
            no_secret: form.has("no_webhook_secret"),
            mail: form.has("mail"),
            host: held(form, "mail_host", 253),
            port: held(form, "mail_port", 20),
            security: held(form, "mail_security", 16),
            user: held(form, "mail_user", 120),
            no_password: form.has("no_mail_password"),
            from: held(form, "mail_from", 254),
            to: held(form, "mail_to", 254),
            ..now
        }
    }
}

/// The form of a new token.
pub(super) struct TokenForm {
    pub name: String,
    /// Key, words, whether it is ticked.
    pub scopes: Vec<(&'static str, &'static str, bool)>,
    /// Whether the form stands open.
    pub open: bool,
}

impl TokenForm {
    pub(super) fn new(refused: Option<&Refused<'_>>) -> Self {
        let form = Refused::of(refused, "tokens");
        let ticked =
            |key: &str| form.map_or(key == "read", |form| form.all("scopes").any(|scope| scope == key));
        Self {
            name: form.map(|form| held(form, "name", 80)).unwrap_or_default(),
            scopes: SCOPES.iter().map(|(key, _, text)| (*key, *text, ticked(key))).collect(),
            open: form.is_some(),
        }
    }
}

/// What was typed, at most so many characters of it.
pub(super) fn held(form: &Fields, name: &str, max: usize) -> String {
    form.raw(name).chars().take(max).collect()
}
