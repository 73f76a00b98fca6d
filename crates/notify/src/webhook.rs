//! An alert as a POST with a JSON body, signed where a secret was given. Follows no redirect, uses no proxy,
//! reads no more of the answer than its status.
//!
//! Body: `{"version":1,"id","kind","about","text","at"}`, `at` in RFC 3339. With a secret the header
//! [`SIGNATURE_HEADER`] holds `sha256=` and the HMAC-SHA-256 of the body's bytes in hex; a receiver compares
//! it in constant time and drops an `id` that it has seen.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use hub::ports::{Alert, AlertKind, Notify, NotifyError};
use reqwest::{StatusCode, Url, redirect};
use serde::Serialize;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::config::{ConfigError, WebhookConfig, roots, wrong};

/// Header that carries the signature.
pub const SIGNATURE_HEADER: &str = "doorward-signature";
/// Longest wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// Longest wait for all of it.
const WAIT: Duration = Duration::from_secs(10);

/// A webhook.
pub struct Webhook {
    client: reqwest::Client,
    url: Url,
    /// What errors may say of the address: its host.
    place: String,
    secret: Option<Zeroizing<String>>,
}

/// The body. Its own type, so that what leaves the house does not change with the hub's types.
#[derive(Serialize)]
struct Body<'a> {
    version: u8,
    id: uuid::Uuid,
    kind: AlertKind,
    about: &'a str,
    text: &'a str,
    at: String,
}

impl Webhook {
    /// Sets the channel up; connects to nothing yet.
    ///
    /// # Errors
    /// [`ConfigError`] names the field that is wrong.
    pub fn new(config: &WebhookConfig) -> Result<Self, ConfigError> {
        let url = config.address()?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong("url", format!("TLS cannot be set up: {e}")))?
            .with_root_certificates(roots(config.ca_pem.as_deref())?)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_WAIT)
            .timeout(WAIT)
            .user_agent(concat!("doorward/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| wrong("url", "the HTTP client cannot be set up"))?;
        let place = url.host_str().unwrap_or_default().to_owned();
        Ok(Self { client, url, place, secret: config.secret.clone() })
    }

    fn signature(&self, body: &[u8]) -> Option<String> {
        let secret = self.secret.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(body);
        Some(format!("sha256={}", hex::encode(mac.finalize().into_bytes())))
    }

    fn later(&self, what: &str) -> NotifyError {
        NotifyError::Later(format!("the webhook at {} {what}", self.place))
    }

    fn refused(&self, what: &str) -> NotifyError {
        NotifyError::Refused(format!("the webhook at {} {what}", self.place))
    }

    fn judge(&self, status: StatusCode) -> Result<(), NotifyError> {
        let code = status.as_u16();
        match code {
            200..=299 => Ok(()),
            300..=399 => Err(self.refused(&format!(
                "sends elsewhere ({code}), which is not followed: enter the final address"
            ))),
            408 | 425 | 429 | 500..=599 => Err(self.later(&format!("answered {code}"))),
            _ => Err(self.refused(&format!("answered {code}"))),
        }
    }
}

#[async_trait]
impl Notify for Webhook {
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError> {
        let body = Body {
            version: 1,
            id: alert.id,
            kind: alert.kind,
            about: &alert.about,
            text: &alert.text,
            at: alert.at.to_string(),
        };
        let body = serde_json::to_vec(&body).map_err(|_| self.refused("cannot be given this alert"))?;
        let mut request = self.client.post(self.url.clone()).header("content-type", "application/json");
        if let Some(signature) = self.signature(&body) {
            request = request.header(SIGNATURE_HEADER, signature);
        }
        match request.body(body).send().await {
            Ok(answer) => self.judge(answer.status()),
            // the error's own text would repeat the address
            Err(error) if error.is_timeout() => Err(self.later("did not answer in time")),
            Err(error) if error.is_connect() => {
                Err(self.later("cannot be reached, or its certificate is not trusted"))
            }
            Err(_) => Err(self.later("broke off")),
        }
    }
}
