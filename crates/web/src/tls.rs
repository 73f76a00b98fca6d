//! Certificates: one made here at first start, or the owner's own. One provider of cryptography: ring.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

/// A new certificate is made when the old one is older than this. Browsers of phones refuse certificates
/// valid for longer than 825 days (Apple, requirements for trusted certificates since iOS 13).
const RENEW_AFTER_DAYS: i64 = 700;
const VALID_DAYS: i64 = 820;

/// What can go wrong with a certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {why}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Making a certificate failed.
    #[error("making a certificate failed: {0}")]
    Make(String),
}

/// A certificate made here: its files and its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoCertificate {
    /// Certificate, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM, readable by its owner only (0600).
    pub key: PathBuf,
    /// SHA-256 over the certificate's DER, pairs of upper-case hex digits with colons, as browsers show it.
    pub fingerprint: String,
}

/// Loads the certificate in `data/tls`, or makes one for this machine's names and addresses. It is made anew
/// after 700 days, and when `listen` is an address that the old one does not name.
///
/// # Errors
/// [`TlsError`].
pub fn auto_certificate(data: &Path, listen: IpAddr, now: Timestamp) -> Result<AutoCertificate, TlsError> {
    let folder = data.join("tls");
    let (certificate, key, note) =
        (folder.join("certificate.pem"), folder.join("key.pem"), folder.join("made"));
    let names = names(listen);
    let kept = fs::read_to_string(&note).is_ok_and(|note| {
        let mut lines = note.lines();
        let made = lines.next().and_then(|line| line.parse::<Timestamp>().ok());
        let fresh = made.is_some_and(|made| now < made + (RENEW_AFTER_DAYS * 24).hours());
        let named: Vec<&str> = lines.collect();
        fresh && names.iter().all(|name| named.contains(&name.as_str()))
    });
    if !(kept && certificate.exists() && key.exists()) {
        make(&folder, &names, now, &certificate, &key, &note)?;
    }
    let der = CertificateDer::from_pem_file(&certificate)
        .map_err(|error| TlsError::Content { path: certificate.clone(), why: error.to_string() })?;
    let pairs: Vec<String> = Sha256::digest(&der).iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(AutoCertificate { certificate, key, fingerprint: pairs.join(":") })
}

fn make(
    folder: &Path,
    names: &[String],
    now: Timestamp,
    certificate: &Path,
    key: &Path,
    note: &Path,
) -> Result<(), TlsError> {
    let failed = |error: rcgen::Error| TlsError::Make(error.to_string());
    let mut params = rcgen::CertificateParams::new(names).map_err(failed)?;
    let day = |at: Timestamp| {
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        rcgen::date_time_ymd(
            date.year().into(),
            u8::try_from(date.month()).unwrap_or(1),
            u8::try_from(date.day()).unwrap_or(1),
        )
    };
    params.not_before = day(now - 24.hours());
    params.not_after = day(now + (VALID_DAYS * 24).hours());
    params.distinguished_name.push(rcgen::DnType::CommonName, "Doorward");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let pair = rcgen::KeyPair::generate().map_err(failed)?;
    let made = params.self_signed(&pair).map_err(failed)?;
    let file = |path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::File { path, error }
    };
    fs::create_dir_all(folder).map_err(file(folder))?;
    write(key, pair.serialize_pem().as_bytes()).map_err(file(key))?;
    write(certificate, made.pem().as_bytes()).map_err(file(certificate))?;
    write(note, format!("{now}\n{}\n", names.join("\n")).as_bytes()).map_err(file(note))
}

/// Writes beside, syncs and renames, so that a cut leaves the old file or the new one. 0600 from the first byte.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// The names under which this machine is reached at home.
fn names(listen: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_ascii_lowercase();
    let plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if plain && host != "localhost" {
        names.push(format!("{host}.local"));
        names.push(host);
    }
    let own = if listen.is_unspecified() { home_address() } else { Some(listen) };
    if let Some(ip) = own.filter(|ip| !ip.is_loopback()) {
        names.push(ip.to_string());
    }
    names
}

/// The address by which the home network sees this machine: the one that a packet to outside would carry.
/// Nothing is sent (192.0.2.1 is reserved for documentation, RFC 5737).
pub(crate) fn home_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

/// The server side of TLS 1.2 and 1.3 with this certificate chain and key.
pub(crate) fn server_config(certificate: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let content = |path: &Path, why: String| TlsError::Content { path: path.to_owned(), why };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| content(certificate, format!("not a PEM certificate: {error}")))?;
    if chain.is_empty() {
        return Err(content(certificate, "holds no certificate in PEM form".to_owned()));
    }
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| content(key, format!("not a PEM private key: {error}")))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Make(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| content(key, format!("certificate and key do not go together: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::{auto_certificate, server_config};
    use jiff::{Timestamp, ToSpan};

    #[test]
    fn s7_certificate_is_made_once_and_renewed() {
        let folder = tempfile::tempdir().expect("a folder");
        let now: Timestamp = "2026-11-23T00:00:00Z".parse().expect("a time");
        let ip = "192.0.2.4".parse().expect("an address");
        let first = auto_certificate(folder.path(), ip, now).expect("made");
        assert_eq!(first.fingerprint.len(), 32 * 3 - 1);
        assert!(server_config(&first.certificate, &first.key).is_ok());
        let again = auto_certificate(folder.path(), ip, now + 24.hours()).expect("kept");
        assert_eq!(again, first);
        let later = auto_certificate(folder.path(), ip, now + (701 * 24).hours()).expect("renewed");
        assert_ne!(later.fingerprint, first.fingerprint);
        let moved =
            auto_certificate(folder.path(), "192.0.2.5".parse().expect("ip"), now).expect("made anew");
        assert_ne!(moved.fingerprint, later.fingerprint, "a certificate for another address does not serve");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&first.key).expect("key").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_wrong_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cert.pem");
        std::fs::write(&path, "hello").expect("written");
        let error = server_config(&path, &path).expect_err("refused").to_string();
        assert!(error.contains("cert.pem"), "{error}");
    }
}
