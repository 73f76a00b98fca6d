//! Mail against aiosmtpd, a real SMTP server in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use hub::ports::{Notify, NotifyError};
use notify::{Mail, MailConfig, MailSecurity};
use serde_json::{Value, json};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::{CANARY, Pki, alert, pki};

/// A running mail server; ended by id when dropped.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u16,
    _files: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn python() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../e2e/counterparts/mail");
    let python = folder.join("venv/bin/python");
    if python.exists() {
        return Some(python);
    }
    assert!(
        std::env::var_os("DOORWARD_REQUIRE_COUNTERPARTS").is_none(),
        "aiosmtpd is missing: run crates/e2e/counterparts/setup.sh"
    );
    eprintln!("skipped: aiosmtpd is not installed (crates/e2e/counterparts/setup.sh)");
    None
}

/// Starts a server; `None`: not installed.
fn server(mode: &str, pki: &Pki, sign_in: bool, reply: Option<&str>) -> Option<Server> {
    let python = python()?;
    let files = tempfile::tempdir().unwrap();
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&cert, &pki.cert).unwrap();
    std::fs::write(&key, &pki.key).unwrap();
    let mut options = json!({ "mode": mode, "cert": cert, "key": key, "reply": reply });
    if sign_in {
        options["user"] = json!("door");
        options["password"] = json!(CANARY);
    }
    let mut child = Command::new(&python)
        .arg(python.parent().unwrap().join("../../receiver.py"))
        .arg(options.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let port = line.trim().parse().expect("the mail server prints its port");
    Some(Server { child, output, port, _files: files })
}

impl Server {
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn config(&self, security: MailSecurity, pki: &Pki) -> MailConfig {
        MailConfig {
            host: "localhost".into(),
            port: self.port,
            security,
            ca_pem: Some(pki.ca.clone()),
            user: Some("door".into()),
            password: Some(Zeroizing::new(CANARY.into())),
            from: "Doorward <door@example.org>".into(),
            to: vec!["ana@example.org".into(), "Ben <ben@example.org>".into()],
        }
    }
}

#[tokio::test]
async fn an_alert_arrives_by_mail_over_tls() {
    let pki = pki();
    for (mode, security) in [("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls)] {
        let Some(mut server) = server(mode, &pki, true, None) else { return };
        Mail::new(&server.config(security, &pki)).unwrap().send(&alert()).await.unwrap();
        let mail = server.next();
        assert_eq!(mail["to"], json!(["ana@example.org", "ben@example.org"]));
        assert_eq!(mail["from"], "door@example.org");
        assert_eq!(mail["subject"], "Haustür: keypad locked out after wrong codes");
        assert_eq!(mail["id"], format!("<{}@doorward>", alert().id));
        assert_eq!((&mail["tls"], &mail["signed_in"]), (&json!(true), &json!(true)), "{mode}");
        let text = mail["text"].as_str().unwrap();
        assert!(text.contains(&alert().text) && text.contains("2026-11-22T12:02:03Z"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let (good, other) = (pki(), pki());
    for (mode, security) in [("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls)] {
        let Some(server) = server(mode, &good, true, None) else { return };
        let error = Mail::new(&server.config(security, &other)).unwrap().send(&alert()).await.unwrap_err();
        assert!(!format!("{error:?}").contains(CANARY));
        assert!(error.to_string().contains("mail server localhost"), "{error}");
    }
}

/// A server without STARTTLS is refused: neither password nor mail goes out in the clear.
#[tokio::test]
async fn no_fall_back_to_plain_text() {
    let pki = pki();
    let Some(server) = server("none", &pki, false, None) else { return };
    let error =
        Mail::new(&server.config(MailSecurity::StartTls, &pki)).unwrap().send(&alert()).await.unwrap_err();
    assert!(matches!(&error, NotifyError::Refused(why) if why.contains("STARTTLS")), "{error:?}");
}

#[tokio::test]
async fn answers_are_told_apart() {
    let pki = pki();
    let wrong = |mut config: MailConfig| {
        config.password = Some(Zeroizing::new("wrong".into()));
        config
    };
    let Some(closed) = server("starttls", &pki, true, None) else { return };
    let error = Mail::new(&wrong(closed.config(MailSecurity::StartTls, &pki))).unwrap().send(&alert()).await;
    assert!(
        matches!(&error, Err(NotifyError::Refused(why)) if why.contains("user or password")),
        "{error:?}"
    );
    for (reply, later) in [("451 busy with ana@example.org", true), ("550 no such ana@example.org", false)] {
        let server = server("starttls", &pki, true, Some(reply)).unwrap();
        let mail = Mail::new(&server.config(MailSecurity::StartTls, &pki)).unwrap();
        let error = mail.send(&alert()).await.unwrap_err();
        assert_eq!(matches!(error, NotifyError::Later(_)), later, "{error:?}");
        assert!(!error.to_string().contains("ana@"), "{error}");
    }
}

#[tokio::test]
async fn plain_mail_stays_on_this_machine() {
    let pki = pki();
    let Some(mut server) = server("none", &pki, false, None) else { return };
    let mut config = server.config(MailSecurity::None, &pki);
    (config.user, config.password) = (None, None);
    Mail::new(&config).unwrap().send(&alert()).await.unwrap();
    assert_eq!(server.next()["tls"], false);
    config.host = "mail.example.org".into();
    assert_eq!(Mail::new(&config).err().map(|e| e.field), Some("mail.security"));
}

#[test]
fn mistakes_name_their_field() {
    let good = MailConfig {
        host: "mail.example.org".into(),
        port: 587,
        security: MailSecurity::StartTls,
        ca_pem: None,
        user: None,
        password: None,
        from: "door@example.org".into(),
        to: vec!["ana@example.org".into()],
    };
    let field = |change: fn(&mut MailConfig)| {
        let mut config = good.clone();
        change(&mut config);
        Mail::new(&config).err().map(|e| e.field)
    };
    assert_eq!(field(|_| ()), None);
    assert_eq!(field(|c| c.host = "smtp://x".into()), Some("mail.host"));
    assert_eq!(field(|c| c.port = 0), Some("mail.port"));
    assert_eq!(field(|c| c.user = Some("u".into())), Some("mail.password"));
    assert_eq!(field(|c| c.from = "nobody".into()), Some("mail.from"));
    assert_eq!(field(|c| c.to = vec!["a@b\r\nBcc: c@d".into()]), Some("mail.to"));
    assert_eq!(field(|c| c.to.clear()), Some("mail.to"));
    assert_eq!(field(|c| c.ca_pem = Some("hello".into())), Some("mail.ca_pem"));
}
