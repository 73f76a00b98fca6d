//! What the gateways of other makers have in common: where one is and whom to trust on the way to it, and what of a
//! lock's state is news. Knows no protocol.

use std::net::IpAddr;

use hub::ports::LockReport;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Longest host name (RFC 1035, section 2.3.4).
const HOST_MAX: usize = 253;

/// What is wrong with a configuration, and in which field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct ConfigError {
    /// Name of the field as the configuration has it: `host`, `tls.ca_pem`, ...
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

pub(crate) fn wrong(field: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError { field, problem: problem.into() }
}

/// A host name or address alone; `scheme` is what people put before it by mistake.
pub(crate) fn check_host(host: &str, scheme: &str) -> Result<(), ConfigError> {
    if host.is_empty() || host.len() > HOST_MAX {
        return Err(wrong("host", format!("give its name or address, 1 to {HOST_MAX} characters")));
    }
    if host.contains("://") || host.contains('/') {
        return Err(wrong(
            "host",
            format!("give the name or address alone, without {scheme} and without a path"),
        ));
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@') {
        return Err(wrong("host", "a host name holds no spaces and no user; those have fields of their own"));
    }
    Ok(())
}

/// Whether that host is this machine, so that nobody else on the network hears what is said to it.
pub(crate) fn is_here(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The certificate authorities to trust: those in `pem`, which is the field `field`, or the operating system's.
///
/// # Errors
/// [`ConfigError`] when `pem` holds no usable certificate, or when none was given and the operating system has none
/// either.
pub(crate) fn roots(pem: Option<&str>, field: &'static str) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = pem else {
        for cert in rustls_native_certs::load_native_certs().certs {
            // single unusable certificates in the system's store are nobody's mistake here
            let _ = roots.add(cert);
        }
        if roots.is_empty() {
            return Err(wrong("tls", "this system trusts no certificate authority: give one (ca_pem)"));
        }
        return Ok(roots);
    };
    for cert in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let cert = cert.map_err(|e| wrong(field, format!("not a PEM certificate: {e}")))?;
        roots.add(cert).map_err(|e| wrong(field, format!("not usable as an authority: {e}")))?;
    }
    if roots.is_empty() {
        return Err(wrong(field, "holds no certificate (-----BEGIN CERTIFICATE-----)"));
    }
    Ok(roots)
}

/// Keeps in `new` only what differs from `known`, and brings `known` up to date. `None`: nothing is new.
pub(crate) fn news(known: &mut LockReport, new: LockReport) -> Option<LockReport> {
    fn fresh<T: Clone + PartialEq>(known: &mut Option<T>, new: Option<T>) -> Option<T> {
        if new.is_none() || *known == new {
            return None;
        }
        known.clone_from(&new);
        new
    }
    let report = LockReport {
        bolt: fresh(&mut known.bolt, new.bolt),
        door: fresh(&mut known.door, new.door),
        battery_percent: fresh(&mut known.battery_percent, new.battery_percent),
        battery_mv: fresh(&mut known.battery_mv, new.battery_mv),
        battery_low: fresh(&mut known.battery_low, new.battery_low),
        jammed: fresh(&mut known.jammed, new.jammed),
        firmware: fresh(&mut known.firmware, new.firmware),
        signal: fresh(&mut known.signal, new.signal),
        ..LockReport::default()
    };
    (report != LockReport::default()).then_some(report)
}

#[cfg(test)]
mod tests {
    use hub::ports::LockReport;

    use super::{is_here, news};

    #[test]
    fn l1_only_news_is_told() {
        let both =
            || LockReport { battery_percent: Some(80), signal: Some("120".into()), ..LockReport::default() };
        let mut known = LockReport::default();
        assert_eq!(news(&mut known, both()), Some(both()));
        assert_eq!(news(&mut known, both()), None);
        let told = news(&mut known, LockReport { battery_percent: Some(79), ..both() }).unwrap();
        assert_eq!((told.battery_percent, told.signal), (Some(79), None));
        assert_eq!(news(&mut known, LockReport::default()), None, "silence is no news");
    }

    #[test]
    fn s5_only_loopback_is_this_machine() {
        assert!(
            ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::1"].map(is_here).iter().all(|here| *here)
        );
        assert!(["localhost.lan", "0.0.0.0", "10.0.0.1", "::"].map(is_here).iter().all(|here| !here));
    }
}
