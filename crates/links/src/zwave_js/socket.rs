//! The WebSocket to a Z-Wave JS server: one connection, with TLS and a user where a proxy asks for them, and its
//! errors in plain words. The WebSocket library stays behind this file.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use hub::ports::Clock;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use zeroize::Zeroizing;

use super::config::ZwaveConfig;
use super::wire::MESSAGE_MAX;

/// Longest wait for a connection with its handshakes.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Buffer for reading, in bytes.
const READ_BUFFER: usize = 16 * 1024;

trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

type Stream = WebSocketStream<Box<dyn Bytes>>;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// In plain words.
    pub why: String,
    /// The other side said no: it will say so again until somebody changes something.
    pub refused: bool,
}

/// The sending half.
pub(super) struct Outward(SplitSink<Stream, Message>);
/// The receiving half.
pub(super) struct Inward(SplitStream<Stream>);

/// What comes in.
pub(super) enum Came {
    /// A message.
    Text(tokio_tungstenite::tungstenite::Utf8Bytes),
    /// A sign of life without content.
    Life,
}

/// Opens a connection.
pub(super) async fn connect(config: &ZwaveConfig, clock: &dyn Clock) -> Result<(Outward, Inward), Broken> {
    tokio::select! {
        opened = open(config) => opened,
        () = clock.sleep(CONNECT_WAIT) => {
            Err(lost(format!("no answer from {}:{}", config.host, config.port)))
        }
    }
}

fn lost(why: String) -> Broken {
    Broken { why, refused: false }
}

fn refused(why: impl Into<String>) -> Broken {
    Broken { why: why.into(), refused: true }
}

async fn open(config: &ZwaveConfig) -> Result<(Outward, Inward), Broken> {
    let place = format!("{}:{}", config.host, config.port);
    let host = config.host.trim_matches(['[', ']']).to_owned();
    let tcp = TcpStream::connect((host.as_str(), config.port))
        .await
        .map_err(|error| lost(format!("no connection to {place}: {error}")))?;
    // small messages go out at once
    let _ = tcp.set_nodelay(true);
    let stream: Box<dyn Bytes> =
        if config.tls { tls(config, host, tcp, &place).await? } else { Box::new(tcp) };
    let scheme = if config.tls { "wss" } else { "ws" };
    let mut request = format!("{scheme}://{place}{}", config.path)
        .into_client_request()
        .map_err(|_| refused(format!("{place}{} is no address of a WebSocket", config.path)))?;
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        let pair = Zeroizing::new(format!("{user}:{}", password.as_str()));
        let basic = Zeroizing::new(format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair.as_bytes())
        ));
        let mut value =
            HeaderValue::from_str(&basic).map_err(|_| refused("this user or password cannot be sent"))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    let limits = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX));
    let shaken = tokio_tungstenite::client_async_with_config(request, stream, Some(limits)).await;
    let (socket, _) = shaken.map_err(|error| broken(&error, &place))?;
    let (outward, inward) = socket.split();
    Ok((Outward(outward), Inward(inward)))
}

async fn tls(
    config: &ZwaveConfig,
    host: String,
    tcp: TcpStream,
    place: &str,
) -> Result<Box<dyn Bytes>, Broken> {
    let roots = config.roots().map_err(|error| refused(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host).map_err(|_| refused("this host name cannot be used with TLS"))?;
    let stream = tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, tcp).await;
    match stream {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(refused(format!("the certificate of {place} is not trusted: {error}")))
        }
        Err(error) => Err(lost(format!("TLS with {place} failed: {error}"))),
    }
}

/// An error of the library in plain words, without anything that was sent.
fn broken(error: &Error, place: &str) -> Broken {
    match error {
        Error::Http(answer) => match answer.status().as_u16() {
            401 | 403 => refused("the proxy refuses this user or password"),
            status => refused(format!("{place} answers HTTP {status}: no WebSocket there")),
        },
        Error::Io(error) => lost(format!("the connection to {place} broke: {error}")),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            lost("the server sent more than it was allowed to (64 MiB)".to_owned())
        }
        Error::ConnectionClosed | Error::AlreadyClosed => lost("the server ended the connection".to_owned()),
        _ => lost(format!("{place} does not speak WebSocket as it should")),
    }
}

impl Outward {
    /// Sends a message.
    pub(super) async fn text(&mut self, text: String) -> Result<(), Broken> {
        self.0.send(Message::text(text)).await.map_err(|error| broken(&error, "the server"))
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&mut self) -> Result<(), Broken> {
        self.0.send(Message::Ping(Vec::new().into())).await.map_err(|error| broken(&error, "the server"))
    }
}

impl Inward {
    /// The next thing that comes.
    pub(super) async fn next(&mut self) -> Result<Came, Broken> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(Came::Text(text)),
            Some(Ok(Message::Close(frame))) => Err(match frame {
                // the server's own word while its driver starts
                Some(frame) if u16::from(frame.code) == 1013 => {
                    lost("the Z-Wave driver behind the server is not ready yet".to_owned())
                }
                _ => lost("the server ended the connection".to_owned()),
            }),
            Some(Ok(_)) => Ok(Came::Life),
            Some(Err(error)) => Err(broken(&error, "the server")),
            None => Err(lost("the server ended the connection".to_owned())),
        }
    }
}
