//! Where the pages are served and under which protection. The rule that nobody may listen beyond this
//! machine without TLS lives here and nowhere else.

use std::net::SocketAddr;
use std::path::PathBuf;

/// How the connection is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for the machine itself only.
    Off,
    /// A certificate made here at first start, kept in the data folder; its fingerprint is shown.
    Auto,
    /// The owner's own certificate chain and private key, PEM files.
    Own {
        /// Certificate chain, PEM.
        certificate: PathBuf,
        /// Private key, PEM.
        key: PathBuf,
    },
    /// A reverse proxy ends TLS under this host name (`house.example.org`) and passes requests on.
    /// Its `X-Forwarded-For` is believed, and only `https://` pages of that name may send forms.
    Proxy {
        /// Public host name of the proxy.
        name: String,
    },
}

/// Everything that is set at start.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// Address and port; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Protection.
    pub tls: Tls,
    /// Data folder: certificate, and a folder for files on their way to a browser.
    pub data: PathBuf,
    /// Time zone proposed for a new door, an IANA name.
    pub time_zone: String,
    /// Version of the program, shown on the page about it.
    pub version: &'static str,
}

/// Why the address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Beyond loopback without TLS.
    #[error(
        "{0} can be reached by others, and without TLS they could read passwords and codes: add `--tls auto` \
         (own certificate made here), `--tls CERT KEY`, or `--proxy NAME` for a reverse proxy; or listen on 127.0.0.1"
    )]
    Unprotected(SocketAddr),
    /// The proxy's name is not a host name.
    #[error("`{0}` is not a host name: give the proxy's public name, for example house.example.org")]
    BadProxyName(String),
}

impl WebConfig {
    /// Whether these settings may be served at all.
    ///
    /// # Errors
    /// [`ListenError`] names the way out.
    pub fn check(&self) -> Result<(), ListenError> {
        match &self.tls {
            Tls::Off if !self.listen.ip().is_loopback() => Err(ListenError::Unprotected(self.listen)),
            Tls::Proxy { name } if !is_host_name(name) => Err(ListenError::BadProxyName(name.clone())),
            _ => Ok(()),
        }
    }

    /// Whether browsers reach the pages by `https`.
    pub fn secure(&self) -> bool {
        self.tls != Tls::Off
    }
}

fn is_host_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// The time zone of this machine as an IANA name: `TZ`, else where `/etc/localtime` points, else `UTC`.
pub fn local_time_zone() -> String {
    let known = |name: &str| jiff::tz::TimeZone::get(name).is_ok().then(|| name.to_owned());
    if let Some(name) = std::env::var("TZ").ok().and_then(|tz| known(tz.trim_start_matches(':'))) {
        return name;
    }
    std::fs::read_link("/etc/localtime")
        .ok()
        .and_then(|path| {
            let path = path.to_str()?.to_owned();
            path.split_once("zoneinfo/").and_then(|(_, name)| known(name))
        })
        .unwrap_or_else(|| "UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ListenError, Tls, WebConfig};

    fn at(listen: &str, tls: Tls) -> WebConfig {
        let listen = listen.parse().expect("an address");
        WebConfig { listen, tls, data: "data".into(), time_zone: "UTC".into(), version: "0" }
    }

    #[test]
    fn s7_beyond_loopback_needs_protection() {
        assert!(at("127.0.0.1:8080", Tls::Off).check().is_ok());
        assert!(at("[::1]:8080", Tls::Off).check().is_ok());
        assert!(matches!(at("0.0.0.0:8080", Tls::Off).check(), Err(ListenError::Unprotected(_))));
        assert!(matches!(at("192.0.2.4:8080", Tls::Off).check(), Err(ListenError::Unprotected(_))));
        assert!(at("0.0.0.0:8443", Tls::Auto).check().is_ok());
        assert!(at("0.0.0.0:8080", Tls::Proxy { name: "house.example.org".into() }).check().is_ok());
    }

    #[test]
    fn a_proxy_has_a_host_name() {
        for bad in ["", "http://house", "a..b", "-a.b", "house/x", "house:8443"] {
            let refused = at("127.0.0.1:1", Tls::Proxy { name: bad.into() }).check();
            assert_eq!(refused, Err(ListenError::BadProxyName(bad.into())));
        }
    }
}
