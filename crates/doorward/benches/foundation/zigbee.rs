//! Zigbee2MQTT by itself in the same run: its start, its memory, its time from the keypad to MQTT; and what
//! our link, log and page add to that. The lock is one in memory instead of a radio.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::hub::{self, Hub};
use crate::live::{self, Page};
use crate::processes::{Broker, Certificate, LOCK, Zigbee2Mqtt, installed, password};
use crate::row::{Row, Times, millis};

const ROWS: [(&str, &str); 6] = [
    ("Zigbee2MQTT: start", "ms"),
    ("Zigbee2MQTT: memory at rest", "MiB"),
    ("Zigbee2MQTT: keypad to MQTT, p50", "ms"),
    ("Zigbee2MQTT: keypad to MQTT, p99", "ms"),
    ("our share: MQTT to the entry at a page, p50", "ms"),
    ("our share: MQTT to the entry at a page, p99", "ms"),
];
const PACE: Duration = Duration::from_millis(150);
/// Longest wait for one message.
const LATE: Duration = Duration::from_secs(30);
/// Name of the link.
const LINK: &str = "zigbee2mqtt";

/// All rows, or rows that say why there is nothing to tell.
pub async fn measure(binary: &Path, folder: &Path, events: usize, rows: &mut Vec<Row>) {
    if !installed(&["mosquitto", "mosquitto_passwd", "mosquitto_pub", "mosquitto_sub", "zigbee2mqtt"]) {
        let why =
            "not measured: Zigbee2MQTT or Mosquitto is not installed (crates/e2e/counterparts/setup.sh)";
        rows.extend(ROWS.map(|(name, unit)| Row::missing(name, unit, None, why)));
        return;
    }
    match all(binary, folder, events).await {
        Ok(measured) => rows.extend(measured),
        Err(error) => {
            let why = format!("not measured: {error:#}");
            rows.extend(ROWS.map(|(name, unit)| Row::missing(name, unit, None, &why)));
        }
    }
}

async fn all(binary: &Path, folder: &Path, events: usize) -> anyhow::Result<Vec<Row>> {
    let own = folder.join("zigbee");
    std::fs::create_dir_all(&own)?;
    let certificate = certificate()?;
    let broker = Broker::start(&own, &certificate)?;
    let z2m = Zigbee2Mqtt::start(&own, &broker)?;
    let hub = Hub::with_owner(binary, &folder.join("zigbee_house")).await?;
    let door = join(&hub, &broker, &certificate).await?;
    let (_child, mut heard) = subscriber(&own, &broker)?;
    let page = Page::open(&hub).await?;
    // what is retained comes first
    tokio::time::sleep(Duration::from_secs(2)).await;
    let from = live::log_size(&hub).await?;
    let (mut theirs, mut at_broker) = (Vec::new(), Vec::new());
    for _ in 0..events {
        let pressed = Instant::now();
        z2m.hand("/op?src=0&code=2&user=1&state=2")?;
        let arrived = tokio::time::timeout(LATE, unlocking(&mut heard)).await.context("no message")??;
        theirs.push(arrived.duration_since(pressed));
        at_broker.push(arrived);
        tokio::time::sleep(PACE).await;
    }
    let entries = entries(&hub, &door, from, events).await?;
    let mut ours = Vec::new();
    for (index, arrived) in entries.iter().zip(&at_broker) {
        let at = page.at(*index).context("an entry was not heard of at the page")?;
        ours.push(at.saturating_duration_since(*arrived));
    }
    let memory = hub::resident(z2m.footprint().context("Zigbee2MQTT has ended")?.0)?;
    hub.stop().await?;
    let values = figures(&z2m, memory, &Times::new(theirs), &Times::new(ours));
    let note = format!("{events} unlockings at its keypad, message by message");
    Ok(ROWS
        .iter()
        .zip(values)
        .map(|((name, unit), value)| Row::told(name, value, unit).note(note.clone()))
        .collect())
}

fn figures(z2m: &Zigbee2Mqtt, memory: f64, theirs: &Times, ours: &Times) -> [f64; 6] {
    [
        millis(z2m.started_in),
        memory,
        theirs.percentile(50),
        theirs.percentile(99),
        ours.percentile(50),
        ours.percentile(99),
    ]
}

/// Connects the hub to the broker and adds the lock that it finds to a door; id of the door.
async fn join(hub: &Hub, broker: &Broker, certificate: &Certificate) -> anyhow::Result<String> {
    let settings = json!({ "host": "localhost", "port": broker.port, "tls": true, "ca_pem": certificate.ca,
        "user": "hub", "password": password("hub") });
    hub.put("/settings/mqtt", &settings).await?;
    let every = Duration::from_millis(100);
    let up = |links: &Value| {
        let links = links.as_array().map(Vec::as_slice).unwrap_or_default();
        links.iter().any(|link| link["name"] == LINK && link["up"] == true)
    };
    hub.until("/links", every, LATE, up).await.context("the link did not come up")?;
    // pairing is the gateway's own business: the hub may not ask for it
    let topic = "zigbee2mqtt/bridge/request/permit_join";
    ensure!(broker.publish("admin", topic, br#"{"time":60}"#, false)?, "the broker did not take permit_join");
    let is_it = |found: &Value| found["link"] == LINK && found["key"] == LOCK;
    let has = |found: &Value| found.as_array().is_some_and(|found| found.iter().any(is_it));
    hub.until("/found-locks", every, LATE, has).await.context("the lock was not found")?;
    let door = hub.make("/doors", &json!({ "name": "Back", "time_zone": "UTC" })).await?;
    let body = json!({ "link": LINK, "key": LOCK, "door": door, "name": "Back" });
    let lock = hub.make("/found-locks", &body).await?;
    hub.until(&format!("/locks/{lock}"), every, LATE, |lock| lock["live"]["reachable"] == true).await?;
    Ok(door)
}

/// A subscriber of another make, whose lines come as the messages do.
fn subscriber(folder: &Path, broker: &Broker) -> anyhow::Result<(Child, Lines<BufReader<ChildStdout>>)> {
    let mut child = Command::new("mosquitto_sub")
        .args([
            "-V",
            "5",
            "-h",
            "localhost",
            "-p",
            &broker.port.to_string(),
            "-t",
            &format!("zigbee2mqtt/{LOCK}"),
        ])
        .args(["-u", "hub", "-P", &password("hub"), "--cafile"])
        .arg(folder.join("ca.pem"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().context("the subscriber has no output")?;
    Ok((child, BufReader::new(output).lines()))
}

/// When the next message with an unlocking came.
async fn unlocking(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Instant> {
    loop {
        let line = lines.next_line().await?.context("the subscriber ended")?;
        let now = Instant::now();
        let message: Value = serde_json::from_str(&line).unwrap_or_default();
        if message["action"] == "unlock" {
            return Ok(now);
        }
    }
}

/// Indices of the entries that the unlockings made, oldest first.
async fn entries(hub: &Hub, door: &str, from: u64, events: usize) -> anyhow::Result<Vec<u64>> {
    let path = format!("/log?door={door}&limit=500");
    let ours = |log: &Value| -> Vec<u64> {
        let rows = log.as_array().map(Vec::as_slice).unwrap_or_default();
        let unlocked = rows.iter().filter(|row| row["detail"]["record"]["kind"] == "unlocked");
        let mut found: Vec<u64> =
            unlocked.filter_map(|row| row["index"].as_u64()).filter(|index| *index >= from).collect();
        found.sort_unstable();
        found
    };
    let log = hub.until(&path, Duration::from_millis(100), LATE, |log| ours(log).len() >= events).await;
    Ok(ours(&log.context("entries are missing in the log")?))
}

/// An authority and a certificate of it for localhost.
fn certificate() -> anyhow::Result<Certificate> {
    let ca_key = rcgen::KeyPair::generate()?;
    let mut ca = rcgen::CertificateParams::new(Vec::<String>::new())?;
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // with the same name as its issuer, OpenSSL takes a certificate for self-signed
    ca.distinguished_name.push(rcgen::DnType::CommonName, "authority of the measurement");
    let ca_pem = ca.self_signed(&ca_key)?.pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate()?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let cert = rcgen::CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    Ok(Certificate { ca: ca_pem, cert: cert.pem(), key: key.serialize_pem() })
}
