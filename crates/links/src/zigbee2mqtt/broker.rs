//! The connection to the MQTT broker (MQTT 5, over TLS or plain): one connection, its errors in plain words,
//! and the test whether the broker would let anybody in. The MQTT library stays behind this file.
//!
//! A connection is used once. After a break a new one is made from nothing, so that no command that waited
//! in the old one (an unlock, say) goes out late; every message also carries an expiry for the same reason.

use std::sync::Arc;
use std::time::Duration;

use hub::ports::LinkError;
use rumqttc::mqttbytes::v5::{ConnectReturnCode, Packet, PubAckReason, PublishProperties};
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, PublishNoticeError, PublishOptions,
    PublishResult, QoS, StateError, SubscribeFilter, TlsConfiguration, Transport,
};

use super::config::Z2mConfig;
use super::wire::PACKET_MAX;

/// Longest wait for a connection with its handshakes.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for the broker's word on a message.
const PUBLISH_WAIT: Duration = Duration::from_secs(5);
/// The broker drops a message that Zigbee2MQTT did not take within so many seconds.
const EXPIRY_S: u32 = 30;
/// Seconds without traffic after which a ping is sent.
const KEEP_ALIVE_S: u16 = 20;
/// Requests waiting to be sent.
const REQUESTS: usize = 64;
/// Most topics in one SUBSCRIBE.
const TOPICS_AT_ONCE: usize = 50;

/// An open connection: what to send with, and what to poll.
pub(super) struct Connection {
    pub client: Client,
    pub events: EventLoop,
}

/// Sends over an open connection.
#[derive(Clone)]
pub(super) struct Client(AsyncClient);

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// In plain words.
    pub why: String,
    /// The broker or its certificate said no: it will say so again until somebody changes something.
    pub refused: bool,
}

/// Opens a connection as the configured user.
pub(super) async fn connect(config: &Z2mConfig, client_id: &str) -> Result<Connection, Broken> {
    let mut options = options(config, client_id)?;
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        options.set_credentials(user.clone(), password.as_bytes().to_vec());
    }
    open(options, config).await
}

/// Whether the broker lets in somebody without a name. A broker that cannot be reached lets nobody in.
pub(super) async fn lets_anybody_in(config: &Z2mConfig, client_id: &str) -> bool {
    let Ok(options) = options(config, client_id) else { return false };
    match open(options, config).await {
        Ok(mut connection) => {
            if connection.client.0.disconnect().await.is_ok() {
                // one turn sends the farewell; whatever it answers, the connection is dropped
                let _ = tokio::time::timeout(Duration::from_secs(1), connection.events.poll()).await;
            }
            true
        }
        Err(_) => false,
    }
}

fn options(config: &Z2mConfig, client_id: &str) -> Result<MqttOptions, Broken> {
    let mut options = MqttOptions::new(client_id, (config.host.clone(), config.port));
    options.set_keep_alive(KEEP_ALIVE_S);
    options.set_connect_timeout(CONNECT_WAIT);
    options.set_max_packet_size(Some(PACKET_MAX));
    if config.tls.is_some() {
        options.set_transport(Transport::tls_with_config(tls(config)?));
    }
    Ok(options)
}

fn tls(config: &Z2mConfig) -> Result<TlsConfiguration, Broken> {
    let roots = config.roots().map_err(|e| Broken { why: e.to_string(), refused: true })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Broken { why: format!("TLS cannot be set up: {e}"), refused: true })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth().into())
}

async fn open(options: MqttOptions, config: &Z2mConfig) -> Result<Connection, Broken> {
    let (client, mut events) = AsyncClient::builder(options)
        .capacity(REQUESTS)
        .try_build()
        .map_err(|e| Broken { why: format!("the connection cannot be set up: {e}"), refused: true })?;
    let greeting = tokio::time::timeout(CONNECT_WAIT, events.poll()).await;
    match greeting {
        Ok(Ok(Event::Incoming(Packet::ConnAck(_)))) => Ok(Connection { client: Client(client), events }),
        Ok(Ok(_)) => Err(Broken { why: "the broker does not speak MQTT 5".into(), refused: true }),
        Ok(Err(error)) => Err(broken(&error, config)),
        Err(_) => {
            Err(Broken { why: format!("no answer from {}:{}", config.host, config.port), refused: false })
        }
    }
}

/// An error of the library in plain words, without anything that was sent.
pub(super) fn broken(error: &ConnectionError, config: &Z2mConfig) -> Broken {
    let place = format!("{}:{}", config.host, config.port);
    match error {
        ConnectionError::ConnectionRefused(code)
        | ConnectionError::MqttState(StateError::ConnFail { reason: code }) => refusal(*code),
        ConnectionError::Tls(rumqttc::TlsError::Io(error)) | ConnectionError::Io(error) => io(error, &place),
        ConnectionError::Tls(error) => {
            Broken { why: format!("TLS with {place} failed: {error}"), refused: true }
        }
        ConnectionError::MqttState(StateError::Io(error)) => io(error, &place),
        ConnectionError::Timeout(_) => Broken { why: format!("no answer from {place}"), refused: false },
        ConnectionError::MqttState(StateError::ServerDisconnect { reason_code, .. }) => {
            Broken { why: format!("the broker ended the connection ({reason_code:?})"), refused: false }
        }
        ConnectionError::MqttState(StateError::IncomingPacketTooLarge { .. }) => {
            Broken { why: "the broker sent more than it was allowed to".into(), refused: false }
        }
        _ => Broken { why: format!("the connection to {place} broke"), refused: false },
    }
}

fn io(error: &std::io::Error, place: &str) -> Broken {
    // a certificate that is not trusted comes as an I/O error of the kind InvalidData
    let refused = error.kind() == std::io::ErrorKind::InvalidData;
    let why = if refused {
        format!("the certificate of {place} is not trusted: {error}")
    } else {
        format!("no connection to {place}: {error}")
    };
    Broken { why, refused }
}

fn refusal(code: ConnectReturnCode) -> Broken {
    let why = match code {
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
            "the broker refuses this user or password".to_owned()
        }
        ConnectReturnCode::UnsupportedProtocolVersion | ConnectReturnCode::RefusedProtocolVersion => {
            "the broker does not speak MQTT 5".to_owned()
        }
        other => format!("the broker refuses the connection ({other:?})"),
    };
    Broken { why, refused: true }
}

impl Client {
    /// Subscribes, and waits until the broker has done so: what is told afterwards is heard from then on.
    pub(super) async fn subscribe(&self, topics: &[String]) {
        for some in topics.chunks(TOPICS_AT_ONCE) {
            let filters: Vec<_> =
                some.iter().map(|topic| SubscribeFilter::new(topic.clone(), QoS::AtLeastOnce)).collect();
            let done = async {
                let notice = self.0.subscribe_many_tracked(filters).await.ok()?;
                notice.wait_completion_async().await.ok()
            };
            if tokio::time::timeout(PUBLISH_WAIT, done).await.ok().flatten().is_none() {
                tracing::warn!("the broker did not take a subscription: may this user read there?");
            }
        }
    }

    /// Ends subscriptions.
    pub(super) async fn unsubscribe(&self, topics: &[String]) {
        for topic in topics {
            if self.0.unsubscribe(topic.clone()).await.is_err() {
                tracing::debug!("end of a subscription not sent: the connection is gone");
            }
        }
    }

    /// Sends a question; what becomes of it shows in the answer.
    pub(super) async fn ask(&self, topic: &str, payload: &str) {
        if self.0.publish(topic, payload.to_owned(), expiring()).await.is_err() {
            tracing::debug!("question not sent: the connection is gone");
        }
    }

    /// Sends a message and waits until the broker has taken it.
    pub(super) async fn publish(&self, topic: &str, payload: &str) -> Result<(), LinkError> {
        let sent = async {
            // the library's errors are dropped unread: they may hold the message
            let sent = self.0.publish_tracked(topic, payload.to_owned(), expiring()).await;
            let notice = sent.map_err(|_| gone())?;
            taken(notice.wait_async().await)
        };
        tokio::time::timeout(PUBLISH_WAIT, sent).await.unwrap_or_else(|_| Err(gone()))
    }
}

/// At least once, never retained, and void when it was not taken in time.
fn expiring() -> PublishOptions {
    let properties =
        PublishProperties { message_expiry_interval: Some(EXPIRY_S), ..PublishProperties::default() };
    PublishOptions::at_least_once().properties(properties)
}

fn gone() -> LinkError {
    LinkError::Unreachable("the connection to the broker is gone".into())
}

fn taken(result: Result<PublishResult, PublishNoticeError>) -> Result<(), LinkError> {
    let reason = match result {
        Ok(PublishResult::Qos1(ack)) => ack.reason,
        Err(PublishNoticeError::V5PubAck(reason)) => reason,
        Ok(_) => PubAckReason::Success,
        Err(_) => return Err(gone()),
    };
    match reason {
        PubAckReason::Success => Ok(()),
        PubAckReason::NoMatchingSubscribers => {
            Err(LinkError::Unreachable("Zigbee2MQTT does not listen at the broker".into()))
        }
        PubAckReason::NotAuthorized => Err(LinkError::Rejected(
            "the broker does not allow this user to send commands to Zigbee2MQTT: change its access list"
                .into(),
        )),
        PubAckReason::QuotaExceeded => Err(LinkError::Unreachable("the broker takes no more for now".into())),
        other => Err(LinkError::Unexpected(format!("the broker answered {other:?}"))),
    }
}
