//! The cylinder lab from outside: how soon a hand's move is answered over its stream, 60 moves a second, and how
//! many messages a second one browser gets through. The stream is a WebSocket written by hand (RFC 6455): one
//! masked text frame out, one text frame in.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::hub::Hub;
use crate::row::{Row, Times};

/// A screen's frame.
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// How long the rate is measured.
const RATE_FOR: Duration = Duration::from_secs(3);

struct Stream(TcpStream);

impl Stream {
    async fn open(hub: &Hub) -> anyhow::Result<Self> {
        let host = hub.url().trim_start_matches("http://").to_owned();
        let mut tcp = TcpStream::connect(&host).await?;
        tcp.set_nodelay(true)?;
        let head = format!(
            "GET /lab/hands?cylinder=five-pins HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZG9vcndhcmQgbGFiIGtleQ==\r\n\
             Cookie: {}\r\n\r\n",
            hub.url(),
            hub.cookie()
        );
        tcp.write_all(head.as_bytes()).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(tcp.read_u8().await?);
        }
        ensure!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        let mut stream = Self(tcp);
        stream.hear().await.context("the first message")?;
        Ok(stream)
    }

    async fn say(&mut self, text: &str) -> anyhow::Result<()> {
        ensure!(text.len() < 126, "a short order");
        let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
        frame.extend(text.as_bytes());
        Ok(self.0.write_all(&frame).await?)
    }

    /// Length of the next frame's text.
    async fn hear(&mut self) -> anyhow::Result<usize> {
        let opcode = self.0.read_u8().await? & 0x0f;
        let long = match self.0.read_u8().await? & 0x7f {
            126 => usize::from(self.0.read_u16().await?),
            127 => usize::try_from(self.0.read_u64().await?)?,
            short => usize::from(short),
        };
        let mut text = vec![0; long];
        self.0.read_exact(&mut text).await?;
        ensure!(opcode == 1, "the stream ended: {}", String::from_utf8_lossy(&text));
        Ok(long)
    }
}

/// A hand that lifts the third pin up and down.
fn order(k: usize) -> String {
    let wish = 1.5 * (1.0 - (k as f64 / 30.0 * std::f64::consts::TAU).cos());
    format!(r#"{{"do":"hand","torque":14,"at":2,"wish":{wish:.3}}}"#)
}

/// Measures both.
pub async fn measure(binary: &Path, folder: &Path, moves: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let hub = Hub::with_owner(binary, &folder.join("lab")).await?;
    let mut stream = Stream::open(&hub).await?;
    let mut times = Vec::with_capacity(moves);
    let mut bytes = 0;
    let mut next = tokio::time::interval(FRAME);
    for k in 0..moves {
        next.tick().await;
        let sent = Instant::now();
        stream.say(&order(k)).await?;
        bytes += stream.hear().await?;
        times.push(sent.elapsed());
    }
    let times = Times::new(times);
    let frame_ms = FRAME.as_secs_f64() * 1000.0;
    let note = format!("{moves} moves at 60 a second; an answer has {} bytes", bytes / moves.max(1));
    rows.push(Row::at_most("lab: a move answered, median", times.percentile(50), "ms", frame_ms).note(note));
    rows.push(Row::at_most("lab: a move answered, 99 of 100", times.percentile(99), "ms", frame_ms));
    let start = Instant::now();
    let mut answered = 0;
    stream.say(&order(0)).await?;
    while start.elapsed() < RATE_FOR {
        stream.say(&order(answered)).await?;
        stream.hear().await?;
        answered += 1;
    }
    let rate = answered as f64 / start.elapsed().as_secs_f64();
    rows.push(
        Row::at_least("lab: messages of one browser", rate, "1/s", 60.0)
            .note("held back on purpose to about 90 a second for each browser"),
    );
    hub.stop().await
}
