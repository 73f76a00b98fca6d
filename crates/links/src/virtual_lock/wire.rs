//! One connection to a virtual lock, either channel: greeting, frames out, frames in. Knows no command.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use virtual_lock::frame::{Channel, Decoder, Message, Parsed};

/// How long connecting and greeting may take, and how long the other end may leave bytes unread.
const PATIENCE: Duration = Duration::from_secs(5);

/// Frames that are none before the connection is given up.
const MALFORMED: u32 = 100;

/// Why a connection ended, in words without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// What the lock's end says at the greeting.
#[derive(Debug, Clone, Copy)]
pub struct Welcome {
    /// Identity of the lock.
    pub lock_id: [u8; 16],
    /// What the hand channel's seals are bound to.
    pub salt: [u8; 16],
    /// How often the radio listens, milliseconds.
    pub sleep_ms: u32,
}

/// A greeted connection.
pub struct Wire {
    stream: TcpStream,
    decoder: Decoder,
    malformed: u32,
}

impl Wire {
    /// Connects and greets.
    pub async fn connect(address: SocketAddr, channel: Channel, peer: u8) -> Result<(Self, Welcome), Broken> {
        let greeted = tokio::time::timeout(PATIENCE, async {
            let stream = TcpStream::connect(address).await.map_err(|error| Broken(error.to_string()))?;
            stream.set_nodelay(true).map_err(|error| Broken(error.to_string()))?;
            let mut wire = Self { stream, decoder: Decoder::default(), malformed: 0 };
            wire.send(&Message::Hello { channel, peer }).await?;
            match wire.next().await? {
                Message::Welcome { lock_id, salt, sleep_ms } => {
                    Ok((wire, Welcome { lock_id, salt, sleep_ms }))
                }
                Message::Refused(why) => Err(Broken(format!("the lock refuses the connection: {why:?}"))),
                _ => Err(Broken("something else than a virtual lock answers there".into())),
            }
        });
        greeted.await.unwrap_or_else(|_| Err(Broken("no greeting came back".into())))
    }

    /// Sends a frame.
    pub async fn send(&mut self, message: &Message) -> Result<(), Broken> {
        let frame = message.encode();
        match tokio::time::timeout(PATIENCE, self.stream.write_all(&frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Broken(error.to_string())),
            Err(_) => Err(Broken("the lock's process does not read".into())),
        }
    }

    /// The next message; malformed ones are counted and passed over. May be dropped while it waits.
    pub async fn next(&mut self) -> Result<Message, Broken> {
        let mut bytes = [0; 4096];
        loop {
            match self.decoder.next() {
                Some(Parsed::Message(message)) => return Ok(message),
                Some(Parsed::Malformed) => {
                    if self.malformed == 0 {
                        tracing::warn!("a virtual lock sends frames that are none: they are passed over");
                    }
                    self.malformed = self.malformed.saturating_add(1);
                    if self.malformed >= MALFORMED {
                        return Err(Broken("too many frames from the lock were none".into()));
                    }
                }
                Some(Parsed::Lost) => {
                    return Err(Broken("the lock's bytes cannot be followed any more".into()));
                }
                None => match self.stream.read(&mut bytes).await {
                    Ok(0) => return Err(Broken("the lock's process hung up".into())),
                    Ok(length) => self.decoder.push(bytes.get(..length).unwrap_or_default()),
                    Err(error) => return Err(Broken(error.to_string())),
                },
            }
        }
    }
}
