//! How to reach a Z-Wave JS server: its address, TLS where a proxy stands in front of it, a user at that proxy.
//! Checks what the owner entered and names the field that is wrong. Opens no connection.

use std::fmt;

use rustls::RootCertStore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::gateway::{self, ConfigError, wrong};

/// Longest path, user name or password taken, in bytes.
const TEXT_MAX: usize = 1024;

/// Where and how to reach a Z-Wave JS server. The password is not part of what is stored: the hub seals it,
/// and hands it over in clear only here.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZwaveConfig {
    /// Host name or address.
    pub host: String,
    /// Its port; 3000 is the server's own default.
    pub port: u16,
    /// Path of the WebSocket, for a proxy that serves several; `/` otherwise.
    #[serde(default = "default_path")]
    pub path: String,
    /// TLS towards a proxy in front of the server, which has none of its own.
    #[serde(default)]
    pub tls: bool,
    /// The only certificate authorities to trust, as PEM. `None`: those of the operating system.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// User at a proxy that asks for one (HTTP Basic).
    #[serde(default)]
    pub user: Option<String>,
    /// Password at that proxy.
    #[serde(skip)]
    pub password: Option<Zeroizing<String>>,
    /// The owner said that a server which lets everybody on the network in is meant.
    #[serde(default)]
    pub allow_open: bool,
}

fn default_path() -> String {
    "/".to_owned()
}

impl fmt::Debug for ZwaveConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZwaveConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("path", &self.path)
            .field("tls", &self.tls)
            .field("user", &self.user)
            .field("password", &self.password.is_some())
            .field("allow_open", &self.allow_open)
            .finish_non_exhaustive()
    }
}

impl ZwaveConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is wrong and says what would be right.
    pub fn validate(&self) -> Result<(), ConfigError> {
        gateway::check_host(&self.host, "ws://")?;
        if self.port == 0 {
            return Err(wrong("port", "0 is not a port; 3000 is usual"));
        }
        let odd = |c: char| c.is_whitespace() || c.is_control() || !c.is_ascii();
        if !self.path.starts_with('/') || self.path.len() > TEXT_MAX || self.path.contains(odd) {
            return Err(wrong("path", "begins with / and holds no spaces; / alone is usual"));
        }
        match (&self.user, &self.password) {
            (Some(user), _) if user.is_empty() || user.len() > TEXT_MAX || user.contains(':') => {
                return Err(wrong(
                    "user",
                    format!("1 to {TEXT_MAX} bytes without a colon, or leave it away"),
                ));
            }
            (None, Some(_)) => return Err(wrong("user", "a password needs its user")),
            (Some(_), None) => return Err(wrong("password", "this user needs its password")),
            (_, Some(password)) if password.is_empty() || password.len() > TEXT_MAX => {
                return Err(wrong("password", format!("1 to {TEXT_MAX} bytes, or leave it away")));
            }
            _ => {}
        }
        let guarded = self.tls && self.user.is_some();
        if !(self.is_here() || guarded || self.allow_open) {
            return Err(wrong(
                "allow_open",
                "a Z-Wave JS server asks nobody for a password: whoever reaches it on the network can unlock. \
                 Run it on this machine, put a proxy with TLS and a password in front of it, or say expressly \
                 that an open server is meant",
            ));
        }
        if self.tls {
            self.roots()?;
        }
        Ok(())
    }

    /// Whether the server is on this machine.
    pub(super) fn is_here(&self) -> bool {
        gateway::is_here(&self.host)
    }

    /// The certificate authorities to trust.
    ///
    /// # Errors
    /// As [`gateway::roots`].
    pub(super) fn roots(&self) -> Result<RootCertStore, ConfigError> {
        gateway::roots(self.ca_pem.as_deref(), "ca_pem")
    }

    /// What an owner should know about this configuration before codes are sent over it.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if !self.tls && !self.is_here() {
            warnings.push(format!(
                "Codes travel unencrypted to {}: whoever can listen on that network can read them.",
                self.host
            ));
        }
        if !self.is_here() && self.user.is_none() {
            warnings
                .push("This server lets everybody on its network in: whoever reaches it can unlock.".into());
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::ZwaveConfig;
    use zeroize::Zeroizing;

    fn good() -> ZwaveConfig {
        ZwaveConfig {
            host: "127.0.0.1".into(),
            port: 3000,
            path: "/".into(),
            tls: false,
            ca_pem: None,
            user: Some("hub".into()),
            password: Some(Zeroizing::new("s3cret-canary".into())),
            allow_open: false,
        }
    }

    fn field(change: impl FnOnce(&mut ZwaveConfig)) -> Option<&'static str> {
        let mut config = good();
        change(&mut config);
        config.validate().err().map(|e| e.field)
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert_eq!(field(|_| ()), None);
        assert_eq!(field(|c| c.host = String::new()), Some("host"));
        assert_eq!(field(|c| c.host = "ws://server".into()), Some("host"));
        assert_eq!(field(|c| c.host = "me@server".into()), Some("host"));
        assert_eq!(field(|c| c.port = 0), Some("port"));
        assert_eq!(field(|c| c.path = "zwave".into()), Some("path"));
        assert_eq!(field(|c| c.path = "/a b".into()), Some("path"));
        assert_eq!(field(|c| c.user = None), Some("user"));
        assert_eq!(field(|c| c.user = Some("a:b".into())), Some("user"));
        assert_eq!(field(|c| c.password = None), Some("password"));
        let bad = |c: &mut ZwaveConfig| (c.tls, c.ca_pem) = (true, Some("hello".into()));
        assert_eq!(field(bad), Some("ca_pem"));
    }

    /// S5, A12: a server that asks nobody for a password is refused beyond this machine unless it is meant.
    #[test]
    fn an_open_server_needs_the_owners_word() {
        let open = |c: &mut ZwaveConfig| (c.host, c.user, c.password) = ("hub.lan".into(), None, None);
        assert_eq!(field(open), Some("allow_open"));
        let meant = |c: &mut ZwaveConfig| {
            open(c);
            c.allow_open = true;
        };
        assert_eq!(field(meant), None);
        let mut config = good();
        meant(&mut config);
        assert_eq!(config.warnings().len(), 2);
        let alone = |c: &mut ZwaveConfig| (c.user, c.password) = (None, None);
        assert_eq!(field(alone), None, "on this machine nobody else reaches it");
    }

    #[test]
    fn the_password_is_neither_stored_nor_shown() {
        for text in [serde_json::to_string(&good()).unwrap(), format!("{:?}", good())] {
            assert!(!text.contains("canary"), "{text}");
        }
    }
}
