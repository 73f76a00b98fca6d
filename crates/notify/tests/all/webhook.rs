//! Webhooks against a small HTTP receiver.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use hub::ports::{Notify, NotifyError};
use notify::{
    ChannelConfig, Kinds, NotifyConfig, SIGNATURE_HEADER, Switchboard, Target, Webhook, WebhookConfig,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::{CANARY, Pki, alert, pki};

/// One request as it came: head and body.
struct Got {
    head: String,
    body: Vec<u8>,
}

struct Receiver {
    port: u16,
    got: mpsc::UnboundedReceiver<Got>,
}

/// Answers every request with this status line and these headers.
async fn receiver(answer: &'static str, tls: Option<&Pki>) -> Receiver {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, got) = mpsc::unbounded_channel();
    let acceptor = tls.map(|pki| {
        let certs =
            CertificateDer::pem_slice_iter(pki.cert.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_slice(pki.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certs, key)
            .unwrap();
        tokio_rustls::TlsAcceptor::from(Arc::new(config))
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (told, acceptor) = (told.clone(), acceptor.clone());
            tokio::spawn(async move {
                match acceptor {
                    None => serve(stream, answer, told).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            serve(stream, answer, told).await;
                        }
                    }
                }
            });
        }
    });
    Receiver { port, got }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    told: mpsc::UnboundedSender<Got>,
) {
    let mut bytes = Vec::new();
    let (mut head_end, mut length) = (None, 0);
    while head_end.is_none_or(|end: usize| bytes.len() < end + length) {
        let mut some = [0; 1024];
        match stream.read(&mut some).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&some[..n]),
            _ => return,
        }
        if head_end.is_none()
            && let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n")
        {
            head_end = Some(at + 4);
            let head = String::from_utf8_lossy(&bytes[..at]).to_lowercase();
            length = head.lines().find_map(|l| l.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        }
    }
    let end = head_end.unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    told.send(Got { head, body: bytes[end..].to_vec() }).ok();
    stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

fn to(port: u16) -> WebhookConfig {
    WebhookConfig { url: format!("http://127.0.0.1:{port}/{CANARY}?t=1"), ca_pem: None, secret: None }
}

#[tokio::test]
async fn an_alert_arrives_signed() {
    let mut receiver = receiver("204 No Content", None).await;
    let mut config = to(receiver.port);
    config.secret = Some(Zeroizing::new("0123456789abcdef-key".into()));
    Webhook::new(&config).unwrap().send(&alert()).await.unwrap();
    let got = receiver.got.recv().await.unwrap();
    assert!(got.head.starts_with(&format!("POST /{CANARY}?t=1 HTTP/1.1")), "{}", got.head);
    let body: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "version": 1, "id": alert().id.to_string(), "kind": "lockout", "about": "Haustür",
            "text": alert().text, "at": "2026-11-22T12:02:03Z"
        })
    );
    // the receiver's own computation
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"0123456789abcdef-key").unwrap();
    mac.update(&got.body);
    let expected = format!("{SIGNATURE_HEADER}: sha256={}", hex::encode(mac.finalize().into_bytes()));
    assert!(got.head.to_lowercase().contains(&expected), "{}", got.head);
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let mut receiver = receiver("200 OK", None).await;
    Webhook::new(&to(receiver.port)).unwrap().send(&alert()).await.unwrap();
    assert!(!receiver.got.recv().await.unwrap().head.to_lowercase().contains(SIGNATURE_HEADER));
}

#[tokio::test]
async fn https_with_an_authority_of_ones_own() {
    let (good, other) = (pki(), pki());
    let mut receiver = receiver("200 OK", Some(&good)).await;
    let mut config = to(receiver.port);
    config.url = config.url.replace("http:", "https:");
    config.ca_pem = Some(good.ca.clone());
    Webhook::new(&config).unwrap().send(&alert()).await.unwrap();
    assert!(receiver.got.recv().await.is_some());
    for ca_pem in [Some(other.ca), None] {
        let refused = Webhook::new(&WebhookConfig { ca_pem, ..config.clone() }).unwrap().send(&alert()).await;
        assert!(matches!(refused, Err(NotifyError::Later(_))), "{refused:?}");
        assert!(receiver.got.try_recv().is_err(), "nothing is sent to a server that is not trusted");
    }
}

#[tokio::test]
async fn answers_are_told_apart_and_no_address_is_repeated() {
    for (answer, later) in [
        ("500 Oops", true),
        ("429 Slow down", true),
        ("404 Not Found", false),
        ("302 Found\r\nlocation: http://127.0.0.1:1/", false),
    ] {
        let mut receiver = receiver(answer, None).await;
        let error = Webhook::new(&to(receiver.port)).unwrap().send(&alert()).await.unwrap_err();
        assert_eq!(matches!(error, NotifyError::Later(_)), later, "{error:?}");
        assert!(!format!("{error:?} {error}").contains(CANARY), "{error:?}");
        receiver.got.recv().await.unwrap();
        assert!(receiver.got.try_recv().is_err(), "a redirect is not followed");
    }
    let nobody = Webhook::new(&to(1)).unwrap().send(&alert()).await.unwrap_err();
    assert!(matches!(&nobody, NotifyError::Later(why) if !why.contains(CANARY)), "{nobody:?}");
}

#[test]
fn mistakes_name_their_field() {
    let field = |url: &str, secret: Option<&str>| {
        let secret = secret.map(|s| Zeroizing::new(s.to_owned()));
        Webhook::new(&WebhookConfig { url: url.into(), ca_pem: None, secret }).err().map(|e| e.field)
    };
    assert_eq!(field("https://example.org/x", None), None);
    assert_eq!(field("ftp://example.org/x", None), Some("url"));
    assert_eq!(field("example.org/x", None), Some("url"));
    assert_eq!(field("https://u:p@example.org/x", None), Some("url"));
    assert_eq!(field("https://example.org/x", Some("short")), Some("secret"));
    let bad_ca = WebhookConfig { url: "https://a/".into(), ca_pem: Some("hello".into()), secret: None };
    assert_eq!(Webhook::new(&bad_ca).err().map(|e| e.field), Some("ca_pem"));
}

#[tokio::test]
async fn a_configuration_is_stored_without_its_secret() {
    let channel = |name: &str| ChannelConfig {
        name: name.into(),
        kinds: Kinds::All,
        target: Target::Webhook(WebhookConfig { secret: Some(Zeroizing::new(CANARY.into())), ..to(1) }),
    };
    let config = NotifyConfig { channels: vec![channel("a")] };
    let shown = format!("{config:?}");
    assert!(!shown.contains(CANARY), "{shown}");
    let stored = serde_json::to_string(&config).unwrap();
    assert!(!stored.contains(&format!("\"{CANARY}")), "{stored}");
    let twice = NotifyConfig { channels: vec![channel("a"), channel("a")] };
    assert_eq!(Switchboard::new(&twice).err().map(|e| e.field), Some("name"));
    let back: NotifyConfig = serde_json::from_str(&stored).unwrap();
    assert!(!Switchboard::new(&back).unwrap().is_empty());
}
