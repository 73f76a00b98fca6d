//! Alerts to a webhook (a receiver that is first down, then up) and by mail, to a real mail server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{front, give, in_force, person, press};

/// A request as it came: head, body.
type Came = (String, String);

/// Takes requests and answers with these statuses in turn, then with 200.
fn receiver(statuses: Vec<&'static str>) -> (String, Receiver<Came>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, came) = channel();
    std::thread::spawn(move || {
        let mut statuses = statuses.into_iter();
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                head.push_str(&line);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).ok();
            let status = statuses.next().unwrap_or("200 OK");
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).ok();
            if sender.send((head, String::from_utf8_lossy(&body).into_owned())).is_err() {
                return;
            }
        }
    });
    (format!("http://{address}/hook?secret=in-the-address"), came)
}

/// L1, S5: a lock-out reaches the webhook, again after a failure, once more than needed never, without a code.
#[test]
fn l1_a_lock_out_is_told_to_the_webhook_and_repeated_until_it_is_taken() {
    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    in_force(&hub, &give(&hub, &person(&hub, "Ana"), &door, "004711"));
    let (url, came) = receiver(vec!["503 Service Unavailable"]);
    let settings = json!({ "webhook": { "url": url, "secret": "a secret of the receiver" } });
    assert_eq!(hub.ask("PUT", "/settings/alerts", Some(&settings)).status, 204);
    let shown = hub.get("/settings/alerts").to_string();
    assert!(shown.contains("127.0.0.1") && !shown.contains("in-the-address"), "{shown}");
    for wrong in 0..10 {
        if !press(&hub, &lock, &format!("73190{wrong}"))["locked_out_until"].is_null() {
            break;
        }
    }
    let next = || came.recv_timeout(Duration::from_secs(90)).expect("an alert within 90 s");
    let (head, first) = next();
    let (_, second) = next();
    assert_eq!(first, second, "the one that was not taken comes again, under the same id");
    let alert: Value = serde_json::from_str(&first).unwrap();
    assert_eq!((&alert["kind"], &alert["version"]), (&json!("lockout"), &json!(1)));
    assert!(alert["text"].as_str().is_some_and(|text| text.contains("wrong codes")), "{alert}");
    assert!(head.to_lowercase().contains("doorward-signature: sha256="), "{head}");
    assert!(!first.contains("73190") && !first.contains("004711"));
    // taken: it is not sent a third time
    assert!(came.recv_timeout(Duration::from_secs(3)).is_err());
}

/// L1, S5: a lock-out arrives by mail at a real SMTP server (aiosmtpd), once, without a code in it.
#[test]
fn l1_a_lock_out_is_told_by_mail() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("counterparts/mail");
    let python = folder.join("venv/bin/python");
    if !python.exists() {
        let required = std::env::var("DOORWARD_REQUIRE_COUNTERPARTS").is_ok_and(|value| value == "1");
        assert!(!required, "aiosmtpd is missing: run crates/e2e/counterparts/setup.sh");
        eprintln!("skipped: aiosmtpd is not installed (crates/e2e/counterparts/setup.sh)");
        return;
    }
    let mut server = Command::new(python)
        .arg(folder.join("receiver.py"))
        .arg(json!({ "mode": "none" }).to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut mails = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    mails.read_line(&mut line).unwrap();
    let port: u16 = line.trim().parse().expect("the mail server prints its port");

    let hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    in_force(&hub, &give(&hub, &person(&hub, "Ana"), &door, "004711"));
    let settings = json!({ "mail": {
        "host": "localhost", "port": port, "security": "none",
        "from": "door@example.org", "to": "owner@example.org",
    } });
    let answer = hub.ask("PUT", "/settings/alerts", Some(&settings));
    assert_eq!(answer.status, 204, "{}", answer.text);
    for wrong in 0..10 {
        if !press(&hub, &lock, &format!("73190{wrong}"))["locked_out_until"].is_null() {
            break;
        }
    }
    let (sender, came) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while mails.read_line(&mut line).is_ok_and(|length| length > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    let mail = came.recv_timeout(Duration::from_secs(60)).expect("a mail within 60 s");
    assert!(came.recv_timeout(Duration::from_secs(3)).is_err(), "told once");
    let mail: Value = serde_json::from_str(&mail).unwrap();
    assert_eq!((&mail["from"], &mail["to"]), (&json!("door@example.org"), &json!(["owner@example.org"])));
    let words = mail["text"].as_str().unwrap_or_default();
    assert!(words.contains("wrong codes") && words.contains("Front"), "{words}");
    assert!(!mail.to_string().contains("73190") && !mail.to_string().contains("004711"));
    // it ends when its input closes
    drop(server.stdin.take());
    server.wait().unwrap();
}
