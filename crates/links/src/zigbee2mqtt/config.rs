//! How to reach a Zigbee2MQTT: the broker's address, its certificate authority, a user, the base topic.
//! Checks what the owner entered and names the field that is wrong. Opens no connection.

use std::fmt;

use rustls::RootCertStore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::gateway::{self, ConfigError, wrong};

/// Longest base topic that leaves room for a friendly name.
const BASE_TOPIC_MAX: usize = 200;
/// Longest user name or password taken, in bytes; MQTT itself allows 65,535.
const CREDENTIAL_MAX: usize = 1024;

/// Where and how to reach Zigbee2MQTT. The password is not part of what is stored: the hub seals it, and
/// hands it over in clear only here.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Z2mConfig {
    /// Host name or address of the MQTT broker.
    pub host: String,
    /// Its port; 8883 is usual with TLS, 1883 without.
    pub port: u16,
    /// TLS, or nothing at all. Without it codes travel readable to everybody on that network.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// User name at the broker.
    #[serde(default)]
    pub user: Option<String>,
    /// Password at the broker.
    #[serde(skip)]
    pub password: Option<Zeroizing<String>>,
    /// `mqtt.base_topic` of Zigbee2MQTT; its own default is `zigbee2mqtt`.
    #[serde(default = "default_base_topic")]
    pub base_topic: String,
    /// The owner said that a broker which lets everybody in without a password is meant.
    #[serde(default)]
    pub allow_anonymous: bool,
}

/// TLS towards the broker. The certificate is always checked; there is no way to turn that off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The only certificate authorities to trust, as PEM. `None`: those of the operating system.
    #[serde(default)]
    pub ca_pem: Option<String>,
}

fn default_base_topic() -> String {
    "zigbee2mqtt".to_owned()
}

impl fmt::Debug for Z2mConfig {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Z2mConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls.is_some())
            .field("user", &self.user)
            .field("password", &self.password.is_some())
            .field("base_topic", &self.base_topic)
            .field("allow_anonymous", &self.allow_anonymous)
            .finish()
    }
}

impl Z2mConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is wrong and says what would be right.
    pub fn validate(&self) -> Result<(), ConfigError> {
        gateway::check_host(&self.host, "mqtt://")?;
        if self.port == 0 {
            return Err(wrong("port", "0 is not a port; 8883 is usual with TLS, 1883 without"));
        }
        self.check_credentials()?;
        self.check_base_topic()?;
        if self.tls.is_some() {
            self.roots()?;
        }
        Ok(())
    }

    fn check_credentials(&self) -> Result<(), ConfigError> {
        match (&self.user, &self.password) {
            (Some(user), _) if user.is_empty() || user.len() > CREDENTIAL_MAX => {
                Err(wrong("user", format!("1 to {CREDENTIAL_MAX} bytes, or leave it away")))
            }
            (_, Some(password)) if password.is_empty() || password.len() > CREDENTIAL_MAX => {
                Err(wrong("password", format!("1 to {CREDENTIAL_MAX} bytes, or leave it away")))
            }
            (None, Some(_)) => Err(wrong("user", "a password needs its user")),
            (Some(_), None) => Err(wrong("password", "this user needs its password")),
            (None, None) if !self.allow_anonymous => Err(wrong(
                "user",
                "a broker that lets everybody in lets everybody unlock: give a user and password, \
                 or say expressly that an open broker is meant (allow_anonymous)",
            )),
            _ => Ok(()),
        }
    }

    fn check_base_topic(&self) -> Result<(), ConfigError> {
        let topic = self.base_topic.as_str();
        if topic.is_empty() || topic.len() > BASE_TOPIC_MAX {
            return Err(wrong("base_topic", format!("1 to {BASE_TOPIC_MAX} bytes, usually zigbee2mqtt")));
        }
        if topic.contains(['+', '#', '\0']) {
            return Err(wrong("base_topic", "a topic without the wildcards + and #"));
        }
        if topic.starts_with('/') || topic.ends_with('/') || topic.starts_with('$') {
            return Err(wrong("base_topic", "does not begin or end with / and does not begin with $"));
        }
        Ok(())
    }

    /// The certificate authorities to trust.
    ///
    /// # Errors
    /// As [`gateway::roots`].
    pub(super) fn roots(&self) -> Result<RootCertStore, ConfigError> {
        gateway::roots(self.tls.as_ref().and_then(|tls| tls.ca_pem.as_deref()), "tls.ca_pem")
    }

    /// What an owner should know about this configuration before codes are sent over it; empty when there
    /// is nothing to say.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.tls.is_none() && !gateway::is_here(&self.host) {
            warnings.push(format!(
                "Codes and the broker's password travel unencrypted to {}: whoever can listen on that \
                 network can read them. Turn TLS on at the broker.",
                self.host
            ));
        }
        if self.allow_anonymous {
            warnings.push(
                "This broker may let everybody in: whoever reaches it can unlock the doors behind it."
                    .to_owned(),
            );
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::{Tls, Z2mConfig};
    use zeroize::Zeroizing;

    fn good() -> Z2mConfig {
        Z2mConfig {
            host: "broker.lan".into(),
            port: 1883,
            tls: None,
            user: Some("hub".into()),
            password: Some(Zeroizing::new("s3cret-canary".into())),
            base_topic: "zigbee2mqtt".into(),
            allow_anonymous: false,
        }
    }

    fn field(change: impl FnOnce(&mut Z2mConfig)) -> Option<&'static str> {
        let mut config = good();
        change(&mut config);
        config.validate().err().map(|e| e.field)
    }

    #[test]
    fn each_mistake_names_its_field() {
        assert_eq!(field(|_| ()), None);
        assert_eq!(field(|c| c.host = String::new()), Some("host"));
        assert_eq!(field(|c| c.host = "mqtts://broker".into()), Some("host"));
        assert_eq!(field(|c| c.host = "hub:pw@broker".into()), Some("host"));
        assert_eq!(field(|c| c.port = 0), Some("port"));
        assert_eq!(field(|c| c.user = None), Some("user"));
        assert_eq!(field(|c| c.password = None), Some("password"));
        assert_eq!(field(|c| c.user = Some("x".repeat(2000))), Some("user"));
        assert_eq!(field(|c| c.base_topic = "zig/#".into()), Some("base_topic"));
        assert_eq!(field(|c| c.base_topic = "/zig".into()), Some("base_topic"));
        assert_eq!(field(|c| c.tls = Some(Tls { ca_pem: Some("hello".into()) })), Some("tls.ca_pem"));
    }

    /// S5, A12: an open broker is refused unless the owner said that it is meant.
    #[test]
    fn no_user_needs_the_owners_word() {
        let open = |c: &mut Z2mConfig| {
            c.user = None;
            c.password = None;
        };
        assert_eq!(field(open), Some("user"));
        assert_eq!(
            field(|c| {
                open(c);
                c.allow_anonymous = true;
            }),
            None
        );
    }

    #[test]
    fn the_password_is_neither_stored_nor_shown() {
        let stored = serde_json::to_string(&good()).unwrap();
        let shown = format!("{:?}", good());
        for text in [stored, shown] {
            assert!(!text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn plain_text_beyond_this_machine_is_said() {
        assert_eq!(good().warnings().len(), 1);
        let mut local = good();
        local.host = "127.0.0.1".into();
        assert!(local.warnings().is_empty());
    }
}
