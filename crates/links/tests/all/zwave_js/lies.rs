//! Against a server that lies, answers out of order, never answers, sends megabytes, speaks another schema, gives a
//! number to another device, or has locks that sleep. None of it stops another lock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use hub::ports::{Ack, LinkError, LinkEvent, Observed};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;

use super::rig::{Rig, config, timed};

/// What a lock answers; `None`: nothing.
type Radio = dyn Fn(&Value) -> Option<Value> + Send + Sync;

/// How the server behaves.
#[derive(Clone)]
struct Manner {
    max_schema: u32,
    nodes: Value,
    /// Answers to commands over the radio; `None`: never.
    radio: Arc<Radio>,
    /// Answers in pairs, the later question first.
    backwards: bool,
}

/// A server: says what it was asked, and sends what it is told to.
struct Server {
    port: u16,
    say: Arc<Mutex<Option<UnboundedSender<String>>>>,
    asked: UnboundedReceiver<Value>,
}

fn node(id: u16, extra: &Value) -> Value {
    let mut node = json!({
        "nodeId": id, "status": 4, "ready": true, "isListening": false, "isFrequentListening": "1000ms",
        "manufacturerId": 1, "productType": 2, "productId": 3, "firmwareVersion": "1.0", "highestSecurityClass": 2,
        "canSleep": false,
        "endpoints": [{ "nodeId": id, "index": 0, "commandClasses": [
            { "id": 98, "version": 4 }, { "id": 99, "version": 2 }, { "id": 113, "version": 8 } ] }],
        "values": [],
    });
    for (key, value) in extra.as_object().unwrap() {
        node[key] = value.clone();
    }
    node
}

fn manner() -> Manner {
    Manner {
        max_schema: 50,
        nodes: json!([node(2, &json!({})), node(3, &json!({}))]),
        radio: Arc::new(honest),
        backwards: false,
    }
}

/// A lock without codes that takes everything.
fn honest(asked: &Value) -> Option<Value> {
    Some(match asked["methodName"].as_str().unwrap_or_default() {
        "get" if asked["commandClass"] == 98 => {
            json!({ "response": { "currentMode": 255, "boltStatus": "locked", "doorStatus": "closed" } })
        }
        "get" => json!({ "response": { "userIdStatus": 0, "userCode": "" } }),
        _ => json!({ "response": { "status": 255 } }),
    })
}

fn answer(asked: &Value, manner: &Manner) -> Option<Value> {
    let result = match asked["command"].as_str().unwrap() {
        "initialize" => json!({}),
        "start_listening" => {
            json!({ "state": { "driver": {}, "controller": { "homeId": 7 }, "nodes": manner.nodes } })
        }
        "node.get_value" => match asked["valueId"]["property"].as_str().unwrap() {
            "boltSupported" | "doorSupported" => json!({ "value": true }),
            _ => json!({}),
        },
        "endpoint.access_control.get_user_capabilities_cached" => {
            json!({ "capabilities": { "maxUsers": 10, "supportedUserTypes": [0] } })
        }
        "endpoint.access_control.get_credential_capabilities_cached" => json!({ "capabilities": {
            "supportedCredentialTypes": { "1": { "numberOfCredentialSlots": 10, "minCredentialLength": 4, "maxCredentialLength": 8 } } } }),
        _ => return (manner.radio)(asked).map(|result| reply(asked, &result)),
    };
    Some(reply(asked, &result))
}

fn reply(asked: &Value, result: &Value) -> Value {
    json!({ "type": "result", "success": true, "messageId": asked["messageId"], "result": result })
}

impl Server {
    async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, asked) = unbounded_channel();
        let say = Arc::new(Mutex::new(None));
        let sayer = say.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                let (sender, mut to_say) = unbounded_channel::<String>();
                *sayer.lock().unwrap() = Some(sender);
                let hello = json!({ "type": "version", "driverVersion": "15", "serverVersion": "3", "homeId": 7,
                    "minSchemaVersion": 0, "maxSchemaVersion": manner.max_schema });
                socket.send(Message::text(hello.to_string())).await.unwrap();
                let mut kept: Option<Value> = None;
                loop {
                    let out: Vec<Value> = tokio::select! {
                        text = to_say.recv() => match text {
                            Some(text) => {
                                if socket.send(Message::text(text)).await.is_err() { break }
                                continue;
                            }
                            None => break,
                        },
                        came = socket.next() => match came {
                            Some(Ok(Message::Text(text))) => {
                                let asked: Value = serde_json::from_str(&text).unwrap();
                                let said = answer(&asked, &manner);
                                let radio = asked["command"] == "endpoint.invoke_cc_api";
                                let _ = heard.send(asked);
                                match (said, manner.backwards && radio, kept.take()) {
                                    (Some(said), true, None) => { kept = Some(said); Vec::new() }
                                    (Some(said), true, Some(before)) => vec![said, before],
                                    (said, ..) => said.into_iter().collect(),
                                }
                            }
                            Some(Ok(_)) => Vec::new(),
                            _ => break,
                        },
                    };
                    for message in out {
                        if socket.send(Message::text(message.to_string())).await.is_err() {
                            break;
                        }
                    }
                }
            }
        });
        Self { port, say, asked }
    }

    fn say(&self, text: impl Into<String>) {
        self.say.lock().unwrap().as_ref().unwrap().send(text.into()).unwrap();
    }

    fn event(&self, event: &Value) {
        self.say(json!({ "type": "event", "event": event }).to_string());
    }
}

async fn connected(manner: Manner) -> (Server, Rig) {
    let server = Server::start(manner).await;
    let mut rig = Rig::start(server.port);
    rig.up().await;
    (server, rig)
}

#[tokio::test]
async fn an_old_server_is_refused_with_the_reason() {
    let server = Server::start(Manner { max_schema: 47, ..manner() }).await;
    let mut rig = Rig::start(server.port);
    let why = rig.down().await;
    assert!(why.contains("speaks schema 47 at most") && why.contains("update it"), "{why}");
    assert_eq!((rig.link.counts().connections, rig.link.counts().refused), (0, 1));
}

/// Something else that listens there, and nobody at all.
#[tokio::test]
async fn what_is_no_server_is_said() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
            socket.send(Message::text("{\"hello\":1}")).await.unwrap();
            socket.next().await;
        }
    });
    let why = Rig::start(port).down().await;
    assert!(why.contains("no Z-Wave JS server"), "{why}");
    let free = crate::processes::free_port().unwrap();
    let mut rig = Rig::start(free);
    let why = rig.down().await;
    assert!(why.contains("no connection to 127.0.0.1"), "{why}");
    assert!(rig.during(Duration::from_secs(2)).await.is_empty(), "the same reason is not repeated");
    assert!(
        links::zwave_js::ZwaveJs::start(
            "zwave_js",
            links::zwave_js::ZwaveConfig { host: "somewhere.lan".into(), ..config(3000) },
            Arc::new(crate::rig::RealClock::new()),
            futures::channel::mpsc::channel(1).0,
        )
        .is_err(),
        "an open server elsewhere is not used unasked"
    );
}

/// Answers in another order than the questions, answers that nobody asked for, twice, and nonsense between them.
#[tokio::test]
async fn answers_find_their_questions() {
    let (server, mut rig) = connected(Manner { backwards: true, ..manner() }).await;
    let (one, two) = (rig.lock(2).await, rig.lock(3).await);
    for text in [
        "",
        "{}",
        "[]",
        "null",
        "{\"type\":\"result\"}",
        "{\"type\":\"event\"}",
        "{\"type\":\"event\",\"event\":7}",
    ] {
        server.say(text);
    }
    server.say(r#"{"type":"result","success":true,"messageId":"99999","result":{}}"#);
    server.event(&json!({ "source": "node", "event": "value updated", "nodeId": 2, "args": [1] }));
    server.event(&json!({ "source": "node", "event": "notification", "nodeId": 2, "ccId": 113, "args": { "type": "x" } }));
    let (a, b) = tokio::join!(rig.write(&one, 1, "0471"), rig.write(&two, 1, "0472"));
    assert_eq!((a, b), (Ok(Ack::Applied), Ok(Ack::Applied)));
    let counts = rig.link.counts();
    assert_eq!((counts.unasked, counts.connections), (1, 1), "{counts:?}");
    assert!(counts.malformed >= 6, "{counts:?}");
}

/// One lock never answers: its own commands end within the deadline, the other's go on at once.
#[tokio::test]
async fn a_lock_that_never_answers_stops_nobody_else() {
    let radio = |asked: &Value| if asked["nodeId"] == 2 { None } else { honest(asked) };
    let (_server, mut rig) = connected(Manner { radio: Arc::new(radio), ..manner() }).await;
    let (silent, other) = (rig.lock(2).await, rig.lock(3).await);
    let link = rig.link.clone();
    let slow = silent.clone();
    let waiting = tokio::spawn(async move {
        timed(hub::ports::Link::write_slot(link.as_ref(), &slow, super::rig::write(1, "0471"))).await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (answer, took) = timed(rig.write(&other, 1, "0471")).await;
    assert_eq!(answer, Ok(Ack::Applied));
    assert!(took < Duration::from_secs(1), "{took:?}");
    rig.reachable(&silent, false).await;
    let (answer, took) = waiting.await.unwrap();
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

/// A lock that answers something else than was asked, or another code: never taken for ours.
#[tokio::test]
async fn lies_are_no_proof() {
    let radio = |asked: &Value| match (asked["methodName"].as_str(), &asked["args"][0]) {
        (Some("get"), slot) if *slot == 1 => {
            Some(json!({ "response": { "userIdStatus": 1, "userCode": "9999" } }))
        }
        (Some("get"), slot) if *slot == 2 => {
            Some(json!({ "response": { "userIdStatus": 1, "userCode": 471 } }))
        }
        (Some("get"), slot) if *slot == 3 => Some(json!({ "response": { "userIdStatus": 200 } })),
        (Some("get"), slot) if *slot == 4 => Some(json!({ "response": "yes" })),
        (Some("get"), slot) if *slot == 5 => Some(json!({})),
        (Some("get"), slot) if *slot == 6 => {
            Some(json!({ "response": { "userIdStatus": 1, "userCode": "********" } }))
        }
        (Some("set"), _) => Some(json!({ "response": { "status": 2 } })),
        _ => honest(asked),
    };
    let (_server, mut rig) = connected(Manner { radio: Arc::new(radio), ..manner() }).await;
    let lock = rig.lock(2).await;
    let read = async |slot| rig.read(&lock, slot, Some("0471")).await;
    assert_eq!(read(1).await, Ok(Observed::Differs));
    assert_eq!(read(2).await, Ok(Observed::Taken), "a number has lost its zeros");
    assert_eq!(read(3).await, Ok(Observed::Unreadable));
    assert!(matches!(read(4).await, Err(LinkError::Unexpected(_))));
    assert!(matches!(read(5).await, Err(LinkError::Unreachable(_))));
    assert_eq!(read(6).await, Ok(Observed::Taken));
    // a lock that says no, and does not hold it
    assert!(matches!(rig.write(&lock, 7, "0471").await, Err(LinkError::Rejected(_))));
}

/// Megabytes: a large event is dropped; more than the limit ends the connection, and a new one is made.
#[tokio::test]
async fn megabytes_do_not_fill_the_memory() {
    let (server, mut rig) = connected(manner()).await;
    let lock = rig.lock(2).await;
    let padding = "x".repeat(5 << 20);
    server
        .event(&json!({ "source": "node", "event": "value updated", "nodeId": 2, "args": { "x": padding } }));
    assert_eq!(rig.write(&lock, 1, "0471").await, Ok(Ack::Applied));
    assert_eq!(rig.link.counts().oversized, 1);
    server.say(format!("\"{}\"", "x".repeat(65 << 20)));
    let why = rig.down().await;
    assert!(why.contains("more than it was allowed to"), "{why}");
    rig.up().await;
    assert_eq!(rig.link.counts().connections, 2);
}

/// The number is given to another device: another lock, found anew; nothing of the first is taken for it.
#[tokio::test]
async fn a_number_that_changes_its_device_is_another_lock() {
    let (server, mut rig) = connected(manner()).await;
    let first = rig.lock(2).await;
    server.event(&json!({ "source": "node", "event": "ready", "nodeId": 2, "nodeState": node(2, &json!({ "productId": 99 })) }));
    let lost = rig.until("lost", |event| match event {
        LinkEvent::Lost { address } => Some(address.clone()),
        _ => None,
    });
    assert_eq!(lost.await, first);
    let other = rig.until("found", |event| match event {
        LinkEvent::Found { address, .. } => Some(address.clone()),
        _ => None,
    });
    assert_ne!(other.await, first);
    assert!(matches!(rig.write(&first, 1, "0471").await, Err(LinkError::Unreachable(_))));
    // and with another stick every number is another device
    server.event(&json!({ "source": "driver", "event": "driver ready" }));
    rig.during(Duration::from_millis(300)).await;
}

/// A lock that sleeps: nothing is handed to the driver, which would send it whenever it wakes; its waking and when it
/// is next expected are told.
#[tokio::test]
async fn a_sleeping_lock_is_left_in_peace() {
    let wake_up = json!({ "commandClass": 132, "endpoint": 0, "property": "wakeUpInterval", "value": 3600 });
    let sleeper = json!({ "status": 1, "canSleep": true, "isFrequentListening": false, "values": [wake_up] });
    let nodes = json!([node(2, &sleeper), node(3, &json!({}))]);
    let (mut server, mut rig) = connected(Manner { nodes, ..manner() }).await;
    let lock = rig.lock(2).await;
    assert!(rig.locks[&2].1.sleeps);
    let next = rig.until("asleep", |event| match event {
        LinkEvent::Contact { address, reachable: false, next } if address.key.contains("-2-") => Some(*next),
        _ => None,
    });
    let next = next.await.expect("it said how often it wakes");
    let wait = next.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((3500..3700).contains(&wait), "{wait}");
    let answer = rig.write(&lock, 1, "0471").await;
    assert!(matches!(&answer, Err(LinkError::Unreachable(why)) if why.contains("sleeps")), "{answer:?}");
    server.event(&json!({ "source": "node", "event": "wake up", "nodeId": 2, "oldStatus": 1 }));
    rig.reachable(&lock, true).await;
    assert_eq!(rig.write(&lock, 1, "0471").await, Ok(Ack::Applied));
    let mut sent = Vec::new();
    while let Ok(asked) = server.asked.try_recv() {
        sent.extend((asked["nodeId"] == 2 && asked["methodName"] == "set").then_some(()));
    }
    assert_eq!(sent.len(), 1, "once, and only when it was awake");
}
