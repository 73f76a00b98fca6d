//! A bare Z-Wave JS server in the same run: one and thirty codes set and read back by a client of a few lines; and
//! from the wish to *proven on the lock* through the hub. The locks are mock nodes without a radio's delay, so that
//! our share shows. Exchanges are counted at the mock node. The memory of locks behind a gateway is that of a hub at
//! a made-up server of many nodes.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::hub::{self, Hub};
use crate::processes::installed;
use crate::row::{Row, Times, millis};
use crate::street::Street;

const CODES: u16 = 30;
/// Most that the hub may add to each code (issue: Z-Wave, cost).
const SHARE: f64 = 5.0;
/// A set and a get for each code; a single question beforehand shows that the lock is empty.
const EXCHANGES: f64 = 2.1;
/// KiB for each lock behind a gateway.
const MEMORY: f64 = 20.0;
/// Locks behind the made-up server.
const LOCKS: u16 = 200;
/// Longest wait for anything.
const LATE: Duration = Duration::from_secs(120);
const ROWS: [(&str, &str, Option<f64>); 9] = [
    ("bare Z-Wave JS: one code set and read back, p50", "ms", None),
    ("Z-Wave: one code, wish to proven on the lock, p50", "ms", None),
    ("bare Z-Wave JS: 30 codes set and read back", "ms", None),
    ("Z-Wave: 30 codes, wish to proven on the lock", "ms", None),
    ("our share of 30 codes, for each", "ms", Some(SHARE)),
    ("exchanges with the lock for each of 30 codes", "", Some(EXCHANGES)),
    ("the same by a client that reads all slots after each change", "", None),
    ("keypad to an entry in the log of the hub, p50", "ms", None),
    ("memory for each lock behind a gateway", "KiB", Some(MEMORY)),
];

/// All rows, or rows that say why there is nothing to tell.
pub async fn measure(binary: &Path, folder: &Path, events: usize, rows: &mut Vec<Row>) {
    let missing = |why: &str| ROWS.map(|(name, unit, target)| Row::missing(name, unit, target, why));
    if !installed(&["zwave_js"]) {
        rows.extend(missing("not measured: Z-Wave JS is not installed (crates/e2e/counterparts/setup.sh)"));
        return;
    }
    match all(binary, folder, events).await {
        Ok(measured) => rows.extend(measured),
        Err(error) => rows.extend(missing(&format!("not measured: {error:#}"))),
    }
}

async fn all(binary: &Path, folder: &Path, events: usize) -> anyhow::Result<Vec<Row>> {
    let own = folder.join("zwave_counterpart");
    std::fs::create_dir_all(&own)?;
    // one lock for each way, all alike
    let node = |id: u16| format!(r#"{{"id":{id},"kind":"code","users":40}}"#);
    let nodes: Vec<String> = (2..=4).map(node).collect();
    let street = Street::start(&own, &format!("[{}]", nodes.join(",")))?;
    let mut bare = Bare::connect(street.port).await?;
    bare.wait_for_nodes().await?;
    let hub = Hub::with_owner(binary, &folder.join("zwave_house")).await?;
    hub.put("/settings/zwave", &json!({ "host": "127.0.0.1", "port": street.port })).await?;
    let bare_thirty = bare.thirty(2).await?;
    let mut bare_one = Vec::new();
    for number in 0..events.min(20) {
        bare_one.push(bare.code(2, 31, &format!("{:06}", 9000 + number)).await?);
    }
    let naive = bare.naive(4, &street).await?;
    let house = House::new(&hub, &street).await?;
    let (ours_thirty, exchanges) = house.thirty().await?;
    let ours_one = house.ones(events.min(20)).await?;
    let keypad = house.keypad(events.min(50)).await?;
    hub.stop().await?;
    let memory = memory(binary, &folder.join("zwave_memory")).await?;
    let (bare_one, ours_one) = (Times::new(bare_one), Times::new(ours_one));
    let share = (millis(ours_thirty) - millis(bare_thirty)) / f64::from(CODES);
    let values = [
        bare_one.percentile(50),
        ours_one.percentile(50),
        millis(bare_thirty),
        millis(ours_thirty),
        share,
        exchanges,
        naive,
        Times::new(keypad).percentile(50),
        memory,
    ];
    let notes = [
        "a client of a few lines: set, get",
        "from the request of a grant to *in force*, with its log entry on disk",
        "one after the other, as one radio has it",
        "30 grants for a door without a lock; from adding its lock to the last one in force",
        "what the hub needs beyond the bare server: wish, log, disk, first look",
        "counted at the lock; the bare protocol needs 2: a set and a get",
        "counted at the lock",
        "as the API shows it, asked every 2 ms",
        "a hub at a made-up server of 200 locks with 30 slots each, against the same with one",
    ];
    let mut rows = Vec::new();
    for (((name, unit, target), value), note) in ROWS.into_iter().zip(values).zip(notes) {
        let row = match target {
            Some(target) => Row::at_most(name, value, unit, target),
            None => Row::told(name, value, unit),
        };
        rows.push(row.note(note));
    }
    Ok(rows)
}

/// A client of a few lines, without a thought of its own.
struct Bare {
    socket: WebSocketStream<TcpStream>,
    last: u64,
}

impl Bare {
    async fn connect(port: u16) -> anyhow::Result<Self> {
        let tcp = TcpStream::connect(("127.0.0.1", port)).await?;
        tcp.set_nodelay(true)?;
        let (socket, _) = tokio_tungstenite::client_async(format!("ws://127.0.0.1:{port}/"), tcp).await?;
        let mut bare = Self { socket, last: 0 };
        bare.ask("initialize", json!({ "schemaVersion": 50 })).await?;
        Ok(bare)
    }

    async fn ask(&mut self, command: &str, mut body: Value) -> anyhow::Result<Value> {
        self.last += 1;
        let id = self.last.to_string();
        body["messageId"] = id.clone().into();
        body["command"] = command.into();
        self.socket.send(Message::text(body.to_string())).await?;
        loop {
            let message =
                tokio::time::timeout(LATE, self.socket.next()).await?.context("the server ended")??;
            let Message::Text(text) = message else { continue };
            let answer: Value = serde_json::from_str(&text)?;
            if answer["messageId"] == id {
                ensure!(answer["success"] == true, "{command}: {answer}");
                return Ok(answer["result"].clone());
            }
        }
    }

    async fn wait_for_nodes(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + LATE;
        loop {
            let told = self.ask("start_listening", json!({})).await?;
            let nodes = told["state"]["nodes"].as_array().cloned().unwrap_or_default();
            if nodes.iter().all(|node| node["ready"] == true) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the locks were not interviewed");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn invoke(&mut self, node: u16, function: &str, arguments: Value) -> anyhow::Result<Value> {
        let body = json!({ "nodeId": node, "endpoint": 0, "commandClass": 99, "methodName": function, "args": arguments });
        self.ask("endpoint.invoke_cc_api", body).await
    }

    /// Sets and reads back one code.
    async fn code(&mut self, node: u16, slot: u16, code: &str) -> anyhow::Result<Duration> {
        let start = Instant::now();
        self.invoke(node, "set", json!([slot, 1, code])).await?;
        let told = self.invoke(node, "get", json!([slot])).await?;
        ensure!(told["response"]["userCode"] == code, "read back {told}");
        Ok(start.elapsed())
    }

    async fn thirty(&mut self, node: u16) -> anyhow::Result<Duration> {
        let start = Instant::now();
        for slot in 1..=CODES {
            self.code(node, slot, &format!("{:06}", 5000 + slot)).await?;
        }
        Ok(start.elapsed())
    }

    /// Exchanges for each code of a client that reads every slot after each change.
    async fn naive(&mut self, node: u16, street: &Street) -> anyhow::Result<f64> {
        street.hand(&format!("/zero?node={node}"))?;
        for slot in 1..=CODES {
            self.invoke(node, "set", json!([slot, 1, format!("{:06}", 6000 + slot)])).await?;
            for every in 1..=CODES {
                self.invoke(node, "get", json!([every])).await?;
            }
        }
        exchanges(street, node)
    }
}

/// Exchanges that the lock had since they were counted from zero, for each of the codes.
fn exchanges(street: &Street, node: u16) -> anyhow::Result<f64> {
    let memory: Value = serde_json::from_str(&street.hand(&format!("/?node={node}"))?)?;
    let frames = memory["frames"].as_object().context("no count of frames")?;
    let all: u64 = frames.values().filter_map(Value::as_u64).sum();
    Ok(all as f64 / f64::from(CODES))
}

/// The hub with one lock of the street.
struct House<'a> {
    hub: &'a Hub,
    street: &'a Street,
    door: String,
}

impl<'a> House<'a> {
    async fn new(hub: &'a Hub, street: &'a Street) -> anyhow::Result<Self> {
        let door = hub.make("/doors", &json!({ "name": "Oak", "time_zone": "UTC" })).await?;
        Ok(Self { hub, street, door })
    }

    async fn grant(&self, number: u16) -> anyhow::Result<String> {
        let name = format!("Guest {number}");
        let person = self.hub.make("/people", &json!({ "name": name, "kind": "guest" })).await?;
        let pin = format!("{:06}", 475_000 + 13 * u32::from(number));
        let body = json!({ "person": person, "door": self.door, "new_code": { "pin": pin } });
        self.hub.make("/grants", &body).await
    }

    /// From adding the lock to thirty codes in force; and the exchanges for each.
    async fn thirty(&self) -> anyhow::Result<(Duration, f64)> {
        for number in 0..CODES {
            self.grant(number).await?;
        }
        let every = Duration::from_millis(5);
        let is_it = |row: &Value| row["key"].as_str().is_some_and(|key| key.contains("-3-"));
        let has = |found: &Value| found.as_array().is_some_and(|found| found.iter().any(is_it));
        let found = self.hub.until("/found-locks", every, LATE, has).await?;
        let row = found.as_array().into_iter().flatten().find(|row| is_it(row)).cloned().unwrap_or_default();
        self.street.hand("/zero?node=3")?;
        let body = json!({ "link": row["link"], "key": row["key"], "door": self.door, "name": "Oak", "insist": true });
        let start = Instant::now();
        self.hub.make("/found-locks", &body).await?;
        let proven = |grants: &Value| {
            let grants = grants.as_array().map(Vec::as_slice).unwrap_or_default();
            let here = |grant: &&Value| grant["locks"][0]["standing"] == "in_force";
            grants.iter().filter(here).count() == usize::from(CODES)
        };
        self.hub.until("/grants", every, LATE, proven).await.context("not all codes came into force")?;
        let took = start.elapsed();
        // the clock of the lock is set beside, which is no part of a code
        Ok((took, exchanges(self.street, 3)?))
    }

    async fn ones(&self, times: usize) -> anyhow::Result<Vec<Duration>> {
        let mut took = Vec::new();
        for number in 0..times {
            let name = format!("Late {number}");
            let person = self.hub.make("/people", &json!({ "name": name, "kind": "guest" })).await?;
            let pin = format!("{:06}", 486_000 + 13 * number);
            let body = json!({ "person": person, "door": self.door, "new_code": { "pin": pin } });
            let start = Instant::now();
            let grant = self.hub.make("/grants", &body).await?;
            let path = format!("/grants/{grant}");
            let every = Duration::from_millis(2);
            self.hub.until(&path, every, LATE, |g| g["locks"][0]["standing"] == "in_force").await?;
            took.push(start.elapsed());
            // the slot is free again for the next one
            self.hub.delete(&path).await?;
            self.hub
                .until(&path, every, LATE, |g| {
                    g["locks"].as_array().is_none_or(|l| l.iter().all(|l| l["standing"] != "in_force"))
                })
                .await?;
        }
        Ok(took)
    }

    async fn keypad(&self, times: usize) -> anyhow::Result<Vec<Duration>> {
        let size = |state: &Value| state["size"].as_u64().unwrap_or(0);
        let mut took = Vec::new();
        for _ in 0..times {
            let before = size(&self.hub.get("/log/state").await?);
            let start = Instant::now();
            self.street.hand("/operate?node=3&mode=0&event=6&user=3")?;
            let every = Duration::from_millis(2);
            self.hub.until("/log/state", every, LATE, |state| size(state) > before).await?;
            took.push(start.elapsed());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(took)
    }
}

/// KiB of a hub for each lock behind its gateway.
async fn memory(binary: &Path, folder: &Path) -> anyhow::Result<f64> {
    std::fs::create_dir_all(folder)?;
    let mut at = Vec::new();
    for locks in [1, LOCKS] {
        let port = made_up(locks).await?;
        let hub = Hub::with_owner(binary, &folder.join(format!("house_{locks}"))).await?;
        hub.put("/settings/zwave", &json!({ "host": "127.0.0.1", "port": port })).await?;
        let all = |found: &Value| found.as_array().is_some_and(|found| found.len() == usize::from(locks));
        hub.until("/found-locks", Duration::from_millis(50), LATE, all).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        at.push(hub::resident(hub.id())?);
        hub.stop().await?;
    }
    let [one, many] = at[..] else { anyhow::bail!("two measurements were made") };
    Ok((many - one) * 1024.0 / f64::from(LOCKS - 1))
}

/// A server with so many locks that never say anything.
async fn made_up(locks: u16) -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let state = json!({ "driver": {}, "controller": { "homeId": 7 }, "nodes": (2..2 + locks).map(node).collect::<Vec<_>>() });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { continue };
            let hello = json!({ "type": "version", "driverVersion": "15", "serverVersion": "3", "homeId": 7,
                "minSchemaVersion": 0, "maxSchemaVersion": 50 });
            let mut out = Some(hello);
            loop {
                if let Some(out) = out.take()
                    && socket.send(Message::text(out.to_string())).await.is_err()
                {
                    break;
                }
                let Some(Ok(message)) = socket.next().await else { break };
                let Message::Text(text) = message else { continue };
                let asked: Value = serde_json::from_str(&text).unwrap_or_default();
                let result = match asked["command"].as_str().unwrap_or_default() {
                    "start_listening" => json!({ "state": state }),
                    "node.get_value" => json!({ "value": true }),
                    "endpoint.access_control.get_user_capabilities_cached" => {
                        json!({ "capabilities": { "maxUsers": 30, "supportedUserTypes": [0] } })
                    }
                    "endpoint.access_control.get_credential_capabilities_cached" => json!({ "capabilities": {
                        "supportedCredentialTypes": { "1": { "numberOfCredentialSlots": 30,
                            "minCredentialLength": 4, "maxCredentialLength": 8 } } } }),
                    "endpoint.invoke_cc_api" if asked["commandClass"] == 98 => {
                        json!({ "response": { "currentMode": 255, "boltStatus": "locked", "doorStatus": "closed" } })
                    }
                    "endpoint.invoke_cc_api" => json!({ "response": 4711 }),
                    _ => json!({}),
                };
                out = Some(
                    json!({ "type": "result", "success": true, "messageId": asked["messageId"], "result": result }),
                );
            }
        }
    });
    Ok(port)
}

fn node(id: u16) -> Value {
    let user = |slot: u16| {
        json!({ "endpoint": 0, "commandClass": 99, "commandClassName": "User Code", "property": "userIdStatus",
            "propertyKey": slot, "propertyName": "userIdStatus", "ccVersion": 2, "value": 1,
            "metadata": { "type": "number", "states": { "0": "Available", "1": "Enabled", "2": "Disabled" } } })
    };
    json!({
        "nodeId": id, "status": 4, "ready": true, "isListening": false, "isFrequentListening": "1000ms", "canSleep": false,
        "manufacturerId": 1, "productType": 2, "productId": 3, "firmwareVersion": "1.0", "highestSecurityClass": 2,
        "endpoints": [{ "nodeId": id, "index": 0, "commandClasses": [
            { "id": 98, "version": 4 }, { "id": 99, "version": 2 }, { "id": 113, "version": 8 } ] }],
        "values": (1..=30).map(user).collect::<Vec<_>>(),
    })
}
