//! Alerts to real receivers on loopback: HTTP and HTTPS for webhooks, a real SMTP server (aiosmtpd, from
//! PyPI) for mail.

// helpers outside test functions may fail loudly too
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mail;
mod webhook;

use hub::ports::{Alert, AlertKind};
use uuid::Uuid;

/// Marker that must never show where a secret could.
pub(crate) const CANARY: &str = "canary-7f3a-secret";

pub(crate) fn alert() -> Alert {
    Alert {
        id: Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001),
        kind: AlertKind::Lockout,
        about: "Haustür".into(),
        text: "Five wrong codes; the keypad is locked out for 60 seconds.".into(),
        at: "2026-11-22T12:02:03Z".parse().unwrap(),
    }
}

/// A certificate authority and a certificate of it for localhost and 127.0.0.1, as PEM.
pub(crate) struct Pki {
    pub(crate) ca: String,
    pub(crate) cert: String,
    pub(crate) key: String,
}

pub(crate) fn pki() -> Pki {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca_cert = ca.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let cert = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    Pki { ca: ca_cert.pem(), cert: cert.pem(), key: key.serialize_pem() }
}
