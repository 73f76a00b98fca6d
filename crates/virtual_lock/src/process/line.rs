//! One connection: reads frames and hands them to the process, writes what it is given. Knows no lock.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc;

use crate::frame::{Channel, Decoder, Message, Parsed, Refused};
use crate::radio::LineId;

/// How long a new connection may take for its greeting.
const GREETING: Duration = Duration::from_secs(5);
/// Frames waiting for a peer that reads slowly; beyond that the connection is given up.
const QUEUE: usize = 512;

/// Something on a connection.
pub struct Event {
    /// Which.
    pub id: LineId,
    /// What.
    pub kind: EventKind,
}

/// See [`Event`].
pub enum EventKind {
    /// It greets.
    Hello {
        /// For what.
        channel: Channel,
        /// As which peer.
        peer: u8,
        /// Frames to it; dropping this hangs up.
        send: mpsc::Sender<Vec<u8>>,
    },
    /// Something after the greeting.
    Frame(Parsed),
    /// It never greeted properly.
    Ungreeted,
    /// It is gone.
    Closed,
}

/// Reads a connection until it ends.
pub async fn read(stream: TcpStream, id: LineId, events: mpsc::Sender<Event>) {
    stream.set_nodelay(true).ok();
    let (mut input, output) = stream.into_split();
    let mut decoder = Decoder::default();
    let greeting = tokio::time::timeout(GREETING, next(&mut input, &mut decoder)).await;
    let tell = async |kind| events.send(Event { id, kind }).await.is_ok();
    match greeting {
        Ok(Some(Parsed::Message(Message::Hello { channel, peer }))) => {
            let (send, frames) = mpsc::channel(QUEUE);
            let mut writer = tokio::spawn(write(output, frames));
            let mut going = tell(EventKind::Hello { channel, peer, send }).await;
            while going {
                tokio::select! {
                    parsed = next(&mut input, &mut decoder) => match parsed {
                        Some(Parsed::Lost) => {
                            tell(EventKind::Frame(Parsed::Lost)).await;
                            going = false;
                        }
                        Some(parsed) => going = tell(EventKind::Frame(parsed)).await,
                        None => going = false,
                    },
                    // the process hung up
                    _ = &mut writer => going = false,
                }
            }
        }
        Ok(Some(_)) => {
            tell(EventKind::Ungreeted).await;
            let mut output = output;
            output.write_all(&Message::Refused(Refused::Greeting).encode()).await.ok();
        }
        Ok(None) | Err(_) => {}
    }
    tell(EventKind::Closed).await;
}

async fn next(input: &mut (impl AsyncReadExt + Unpin), decoder: &mut Decoder) -> Option<Parsed> {
    let mut bytes = [0; 4096];
    loop {
        if let Some(parsed) = decoder.next() {
            return Some(parsed);
        }
        match input.read(&mut bytes).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => decoder.push(bytes.get(..length)?),
        }
    }
}

async fn write(mut output: OwnedWriteHalf, mut frames: mpsc::Receiver<Vec<u8>>) {
    let mut many = Vec::new();
    while frames.recv_many(&mut many, 64).await > 0 {
        let bytes = many.concat();
        many.clear();
        if output.write_all(&bytes).await.is_err() {
            return;
        }
    }
    output.shutdown().await.ok();
}
