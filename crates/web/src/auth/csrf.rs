//! Was it this site that asked? Browsers say so in `Sec-Fetch-Site` and `Origin`; forms carry a token bound
//! to the session as well.

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::{Tls, WebConfig};

/// The token that a session's forms carry: derived from the session token, which no page can read.
pub(crate) fn csrf_token(session: &str) -> String {
    let digest = Sha256::new().chain_update(b"doorward form token 1\0").chain_update(session).finalize();
    hex::encode(&digest[..16])
}

/// Compares without telling by time how much was right.
pub(super) fn matches(session: &str, given: &str) -> bool {
    csrf_token(session).as_bytes().ct_eq(given.as_bytes()).into()
}

/// Whether the headers allow that this site's own page sent the request. Programs send neither header and
/// pass; they cannot carry a browser's cookie.
pub(super) fn same_site(headers: &HeaderMap, config: &WebConfig) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(value) = headers.get("sec-fetch-site")
        && !matches!(value.as_bytes(), b"same-origin" | b"none")
    {
        return false;
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let Ok(origin) = origin.to_str() else { return false };
            let scheme = if config.secure() { "https" } else { "http" };
            let host = match &config.tls {
                Tls::Proxy { name } => Some(name.as_str()),
                _ => text(header::HOST),
            };
            host.is_some_and(|host| origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")))
        }
    }
}

/// Whether the `Host` header names this machine: an address, a name without a domain or of a home network,
/// or the named proxy. A page of a stranger's domain that resolves to this machine is not served
/// (DNS rebinding).
pub(super) fn known_host(headers: &HeaderMap, config: &WebConfig) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|value| value.to_str().ok()) else { return false };
    if let Tls::Proxy { name } = &config.tls
        && (host.eq_ignore_ascii_case(name) || host.to_ascii_lowercase().starts_with(&format!("{name}:")))
    {
        return true;
    }
    if host.starts_with('[') {
        return host.split_once(']').is_some_and(|(ip, _)| ip[1..].parse::<std::net::Ipv6Addr>().is_ok());
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.');
    let home = [".local", ".lan", ".home.arpa", ".internal", ".localhost", ".home"];
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || (!name.is_empty() && !name.contains('.'))
        || home.iter().any(|end| name.to_ascii_lowercase().ends_with(end))
        || matches!(config.tls, Tls::Own { .. })
}

#[cfg(test)]
mod tests {
    use super::{csrf_token, known_host, matches, same_site};
    use crate::config::{Tls, WebConfig};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn config(tls: Tls) -> WebConfig {
        let listen = "127.0.0.1:8080".parse().expect("an address");
        WebConfig { listen, tls, data: "data".into(), time_zone: "UTC".into(), version: "0" }
    }

    fn headers(rows: &[(&'static str, &'static str)]) -> HeaderMap {
        let row = |(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        rows.iter().copied().map(row).collect()
    }

    #[test]
    fn s5_other_sites_are_turned_away() {
        let plain = config(Tls::Off);
        let ask = |rows: &[(&'static str, &'static str)]| same_site(&headers(rows), &plain);
        assert!(ask(&[("host", "127.0.0.1:8080")]), "a program");
        assert!(ask(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(!ask(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9090")]));
        assert!(!ask(&[("host", "127.0.0.1:8080"), ("origin", "null")]));
        assert!(!ask(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]));
        assert!(!ask(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "same-site")]));
        let proxy = config(Tls::Proxy { name: "house.example.org".into() });
        let by_proxy = [("host", "127.0.0.1:8080"), ("origin", "https://house.example.org")];
        assert!(same_site(&headers(&by_proxy), &proxy));
    }

    #[test]
    fn s5_a_strangers_name_for_this_machine_is_not_served() {
        let plain = config(Tls::Off);
        for good in ["127.0.0.1:8080", "[::1]:8080", "localhost:1", "attic", "attic.local:8443", "192.0.2.7"]
        {
            assert!(known_host(&headers(&[("host", good)]), &plain), "{good}");
        }
        for bad in ["evil.example:8080", "127.0.0.1.evil.example", "", "[evil]"] {
            assert!(!known_host(&headers(&[("host", bad)]), &plain), "{bad}");
        }
    }

    #[test]
    fn form_token_is_bound_to_the_session() {
        assert!(matches("session-a", &csrf_token("session-a")));
        assert!(!matches("session-a", &csrf_token("session-b")));
        assert!(!matches("session-a", ""));
    }
}
