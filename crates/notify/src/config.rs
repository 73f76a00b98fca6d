//! Where alerts go, as the owner entered it. Secrets are not stored with the rest: the hub seals them and
//! puts them in before a channel is built.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use hub::ports::AlertKind;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Most channels.
const CHANNELS_MAX: usize = 10;
/// Most receivers of one mail.
const RECEIVERS_MAX: usize = 10;
/// Longest name of a channel, characters.
const NAME_MAX: usize = 80;
/// Longest address, user name or secret, bytes.
const TEXT_MAX: usize = 2048;
/// Shortest secret of a signature, bytes: RFC 2104 advises no less than the hash's 32.
const SECRET_MIN: usize = 16;

/// All channels.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    /// At most 10.
    pub channels: Vec<ChannelConfig>,
}

/// One channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelConfig {
    /// As the owner calls it; 1 to 80 characters, unique. Errors name it.
    pub name: String,
    /// Which alerts it carries.
    pub kinds: Kinds,
    /// Where to.
    pub target: Target,
}

/// Switches per kind of alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kinds {
    /// Every kind, also those that come later.
    All,
    /// These alone.
    Only(BTreeSet<AlertKind>),
}

impl Kinds {
    /// Whether this kind is switched on.
    pub fn contains(&self, kind: AlertKind) -> bool {
        match self {
            Self::All => true,
            Self::Only(kinds) => kinds.contains(&kind),
        }
    }
}

/// Where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A POST to an address.
    Webhook(WebhookConfig),
    /// A mail through an SMTP server.
    Mail(MailConfig),
}

/// A webhook.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// `https://…`, or `http://…` where that is meant. Not shown in errors: it may hold a token.
    pub url: String,
    /// The only certificate authorities to trust, as PEM. `None`: those of the operating system.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// Key of the signature over the body; at least 16 bytes.
    #[serde(skip)]
    pub secret: Option<Zeroizing<String>>,
}

/// A mailbox.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// The SMTP server that takes the mail.
    pub host: String,
    /// Its port: 587 with STARTTLS, 465 with TLS.
    pub port: u16,
    /// How the way there is protected.
    pub security: MailSecurity,
    /// The only certificate authority to trust, as PEM. `None`: those of Mozilla's list.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// User name at the server.
    #[serde(default)]
    pub user: Option<String>,
    /// Password at the server.
    #[serde(skip)]
    pub password: Option<Zeroizing<String>>,
    /// Sender, `name@example.org` or `Door <name@example.org>`.
    pub from: String,
    /// Receivers, 1 to 10.
    pub to: Vec<String>,
}

/// How the way to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Plain greeting, then TLS before anything else is said; refused when the server has none.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Nothing. Only to a server on this machine.
    None,
}

/// What is wrong with a configuration, and in which field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ConfigError {
    /// Name of the field: `url`, `mail.host`, ...
    pub field: &'static str,
    /// What is wrong and what would be right. Holds no secret.
    pub problem: String,
}

pub(crate) fn wrong(field: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError { field, problem: problem.into() }
}

impl fmt::Debug for WebhookConfig {
    /// Without the address and the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookConfig").field("signed", &self.secret.is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for MailConfig {
    /// Without user, password and receivers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

impl NotifyConfig {
    /// Checks what concerns the channels together; each channel checks itself when it is built.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.channels.len() > CHANNELS_MAX {
            return Err(wrong("channels", format!("at most {CHANNELS_MAX}")));
        }
        let mut names = BTreeSet::new();
        for channel in &self.channels {
            let length = channel.name.chars().count();
            if !(1..=NAME_MAX).contains(&length) || channel.name.chars().any(char::is_control) {
                return Err(wrong("name", format!("1 to {NAME_MAX} characters on one line")));
            }
            if !names.insert(channel.name.as_str()) {
                return Err(wrong("name", format!("there is already a channel called {}", channel.name)));
            }
        }
        Ok(())
    }
}

impl WebhookConfig {
    /// Checks the fields and gives the address.
    pub(crate) fn address(&self) -> Result<reqwest::Url, ConfigError> {
        if self.url.len() > TEXT_MAX {
            return Err(wrong("url", format!("at most {TEXT_MAX} bytes")));
        }
        let url = reqwest::Url::parse(&self.url)
            .map_err(|e| wrong("url", format!("not an address such as https://example.org/path: {e}")))?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(wrong("url", "begins with https:// (or http:// where that is meant) and a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("url", "holds no user and password; use the signature or a token in the path"));
        }
        if self.secret.as_ref().is_some_and(|s| s.len() < SECRET_MIN || s.len() > TEXT_MAX) {
            return Err(wrong("secret", format!("{SECRET_MIN} to {TEXT_MAX} bytes")));
        }
        Ok(url)
    }
}

impl MailConfig {
    /// Checks the fields that are plain text; addresses are read by [`crate::Mail`].
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.host.is_empty()
            || self.host.len() > 253
            || self.host.contains(|c: char| c.is_whitespace() || c == '/')
        {
            return Err(wrong("mail.host", "the name or address of the mail server alone"));
        }
        if self.port == 0 {
            return Err(wrong("mail.port", "0 is not a port; 587 is usual with STARTTLS, 465 with TLS"));
        }
        if self.security == MailSecurity::None && !is_loopback(&self.host) {
            return Err(wrong("mail.security", "mail without TLS goes only to a server on this machine"));
        }
        match (&self.user, &self.password) {
            (Some(_), Some(_)) | (None, None) => (),
            (Some(_), None) => return Err(wrong("mail.password", "this user needs its password")),
            (None, Some(_)) => return Err(wrong("mail.user", "a password needs its user")),
        }
        if self.to.is_empty() || self.to.len() > RECEIVERS_MAX {
            return Err(wrong("mail.to", format!("1 to {RECEIVERS_MAX} receivers")));
        }
        Ok(())
    }
}

/// Whether this is certainly the machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The certificate authorities to trust: those given, or the operating system's.
pub(crate) fn roots(pem: Option<&str>) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = pem else {
        for cert in rustls_native_certs::load_native_certs().certs {
            // single unusable certificates in the system's store are nobody's mistake here
            let _ = roots.add(cert);
        }
        return Ok(roots);
    };
    for cert in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let cert = cert.map_err(|e| wrong("ca_pem", format!("not a PEM certificate: {e}")))?;
        roots.add(cert).map_err(|e| wrong("ca_pem", format!("not usable as an authority: {e}")))?;
    }
    if roots.is_empty() {
        return Err(wrong("ca_pem", "holds no certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(roots)
}
