//! The gateway to Zigbee2MQTT and where alerts go. A secret field left empty keeps what is sealed.

use axum::response::Response;
use hub::ports::AlertKind;
use hub::settings::{Alerts, Mail, Secret, Webhook, Zigbee2Mqtt};

use super::show::{ALERT_KINDS, again};
use crate::pages::{Fields, Sent, Visit, see};
use crate::problem::Problem;

const PEM_MAX: usize = 32 * 1024;

/// `POST /settings/mqtt`
pub(crate) async fn set_mqtt(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    match save_mqtt(&visit, &form).await {
        Ok(()) => Ok(see("/settings#mqtt", "saved")),
        Err(problem) => again(&visit, "mqtt", &form, &problem),
    }
}

async fn save_mqtt(visit: &Visit, form: &Fields) -> Result<(), Problem> {
    let settings = read_mqtt(form)?;
    let password = secret(form, "password", "no_password");
    Ok(visit.app.hub.set_zigbee2mqtt(visit.actor()?, settings, password).await?)
}

/// `POST /settings/mqtt/remove`
pub(crate) async fn unset_mqtt(visit: Visit) -> Result<Response, Problem> {
    visit.app.hub.unset_zigbee2mqtt(visit.actor()?).await?;
    Ok(see("/settings#mqtt", "removed"))
}

/// Reads the fields; the password is handled apart.
fn read_mqtt(form: &Fields) -> Result<Zigbee2Mqtt, Problem> {
    let tls = form.has("tls");
    let filled = |text: String| if text.is_empty() { None } else { Some(text) };
    let base_topic = form.text("base_topic", "Base topic", 120)?;
    let settings = Zigbee2Mqtt {
        host: form.needed("host", "Broker", 253)?,
        port: port(form, "port")?.unwrap_or(if tls { 8883 } else { 1883 }),
        tls,
        ca_pem: filled(form.text("ca_pem", "Certificate authority", PEM_MAX)?),
        user: filled(form.text("user", "User", 120)?),
        password: None,
        base_topic: if base_topic.is_empty() { "zigbee2mqtt".to_owned() } else { base_topic },
        allow_anonymous: form.has("allow_anonymous"),
    };
    check_mqtt(&settings)?;
    Ok(settings)
}

/// Every field within its limits.
pub(crate) fn check_mqtt(settings: &Zigbee2Mqtt) -> Result<(), Problem> {
    let Zigbee2Mqtt { host, port, ca_pem, user, base_topic, .. } = settings;
    if host.is_empty() || host.len() > 253 || host.contains(['/', '@', ' ']) {
        return Err(Problem::bad_input("Broker: only the host name or address, for example broker.lan."));
    }
    if *port == 0 {
        return Err(Problem::bad_input("Port: 1 to 65535."));
    }
    if ca_pem.as_ref().is_some_and(|pem| pem.len() > PEM_MAX || !pem.contains("-----BEGIN CERTIFICATE-----"))
    {
        return Err(Problem::bad_input(
            "Certificate authority: a PEM text that begins with BEGIN CERTIFICATE.",
        ));
    }
    if user.as_ref().is_some_and(|user| user.len() > 120) {
        return Err(Problem::bad_input("User: at most 120 characters."));
    }
    let outer = base_topic.starts_with('/') || base_topic.ends_with('/');
    if base_topic.is_empty() || base_topic.len() > 120 || base_topic.contains(['#', '+']) || outer {
        return Err(Problem::bad_input("Base topic: without #, + and outer /; usually zigbee2mqtt."));
    }
    Ok(())
}

/// `POST /settings/alerts`
pub(crate) async fn set_alerts(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    match save_alerts(&visit, &form).await {
        Ok(()) => Ok(see("/settings#alerts", "saved")),
        Err(problem) => again(&visit, "alerts", &form, &problem),
    }
}

async fn save_alerts(visit: &Visit, form: &Fields) -> Result<(), Problem> {
    let before = visit.app.hub.alert_settings();
    let settings = read_alerts(form, &before)?;
    let url = match form.raw("webhook_url").trim() {
        "" => Secret::Keep,
        url => Secret::New(url),
    };
    let webhook_secret = secret(form, "webhook_secret", "no_webhook_secret");
    let mail_password = secret(form, "mail_password", "no_mail_password");
    Ok(visit.app.hub.set_alerts(visit.actor()?, settings, url, webhook_secret, mail_password).await?)
}

/// Reads the fields; addresses and passwords that are secret are handled apart.
fn read_alerts(form: &Fields, before: &Alerts) -> Result<Alerts, Problem> {
    let off = ALERT_KINDS.iter().filter(|(key, ..)| !form.all("kinds").any(|kind| kind == *key));
    let off: Vec<AlertKind> = off.map(|(_, kind, _)| *kind).collect();
    Ok(Alerts { webhook: webhook(form, before)?, mail: mail(form)?, off })
}

fn webhook(form: &Fields, before: &Alerts) -> Result<Option<Webhook>, Problem> {
    if !form.has("webhook") {
        return Ok(None);
    }
    let url = form.raw("webhook_url").trim();
    let shown = match (url, &before.webhook) {
        ("", Some(old)) => old.shown.clone(),
        ("", None) => return Err(Problem::bad_input("Webhook: please fill in its address.")),
        (url, _) => webhook_host(url)?,
    };
    Ok(Some(Webhook { url: String::new(), secret: None, shown }))
}

/// The host of a webhook's address; the rest may hold a secret and is not shown again.
pub(crate) fn webhook_host(url: &str) -> Result<String, Problem> {
    let wrong =
        || Problem::bad_input("Webhook: the address begins with https:// (http:// for this machine only).");
    if url.len() > 2048 || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(wrong());
    }
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let own = matches!(name, "localhost" | "127.0.0.1") || host.starts_with("[::1]");
    match scheme {
        "https" if !host.is_empty() => Ok(host.to_owned()),
        "http" if own => Ok(host.to_owned()),
        _ => Err(wrong()),
    }
}

fn mail(form: &Fields) -> Result<Option<Mail>, Problem> {
    if !form.has("mail") {
        return Ok(None);
    }
    let security = form.text("mail_security", "Protection", 16)?;
    let usual = if security == "tls" { 465 } else { 587 };
    let user = form.text("mail_user", "User", 120)?;
    check_mail(Mail {
        host: form.needed("mail_host", "Mail server", 253)?,
        port: port(form, "mail_port")?.unwrap_or(usual),
        security,
        user: if user.is_empty() { None } else { Some(user) },
        password: None,
        from: form.needed("mail_from", "From", 254)?,
        to: form.needed("mail_to", "To", 254)?,
    })
    .map(Some)
}

/// Every field within its limits.
pub(crate) fn check_mail(mail: Mail) -> Result<Mail, Problem> {
    let wrong = |words: &str| Err(Problem::bad_input(words));
    if mail.host.is_empty() || mail.host.len() > 253 || mail.host.contains(['/', '@', ' ']) || mail.port == 0
    {
        return wrong("Mail server: a host name or address, and a port from 1 to 65535.");
    }
    if !matches!(mail.security.as_str(), "tls" | "starttls" | "none") {
        return wrong("Protection: tls, starttls or none.");
    }
    if mail.security == "none" && !matches!(mail.host.as_str(), "localhost" | "127.0.0.1" | "::1") {
        return wrong(
            "Protection: without TLS only a mail server on this machine; alerts would be readable.",
        );
    }
    if mail.user.as_ref().is_some_and(|user| user.len() > 120) {
        return wrong("User: at most 120 characters.");
    }
    let address = |text: &str| {
        let parts =
            text.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        parts && text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control())
    };
    if !address(&mail.from) || !address(&mail.to) {
        return wrong("From and To: write an address such as you@example.org.");
    }
    Ok(mail)
}

/// A port; `None` when left empty.
fn port(form: &Fields, name: &str) -> Result<Option<u16>, Problem> {
    match form.raw(name).trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(Problem::bad_input(
                "Port: a number from 1 to 65535, or leave it empty for the usual one.",
            )),
        },
    }
}

fn secret<'a>(form: &'a Fields, name: &str, none: &str) -> Secret<'a> {
    match form.raw(name) {
        _ if form.has(none) => Secret::None,
        "" => Secret::Keep,
        text => Secret::New(text),
    }
}

#[cfg(test)]
mod tests {
    use super::webhook_host;

    #[test]
    fn webhooks_need_tls_beyond_this_machine() {
        assert_eq!(
            webhook_host("https://hooks.example.org/secret/path").ok().as_deref(),
            Some("hooks.example.org")
        );
        assert_eq!(webhook_host("http://127.0.0.1:9000/x").ok().as_deref(), Some("127.0.0.1:9000"));
        assert!(webhook_host("http://hooks.example.org/x").is_err());
        assert!(webhook_host("http://127.0.0.1.example.org/x").is_err());
        assert!(webhook_host("ftp://example.org").is_err());
        assert!(webhook_host("https://").is_err());
    }
}
