//! The process around a body: gives it a clock, sockets, files and signals. One thread; it sleeps until
//! something arrives or the body's next timer is due. Holds no rule of the lock.

mod line;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::body::{Body, Out};
use crate::frame::{Channel, Message, Parsed, Refused};
use crate::hand::{Hand, Reply, Request};
use crate::keep::Files;
use crate::pairing::{Pairing, PairingError};
use crate::radio::LineId;
use crate::seal::HandSeal;
use line::{Event, EventKind};

/// Connections at one time; more are closed at once.
const CONNECTIONS: usize = 32;
/// Events waiting for the body.
const EVENTS: usize = 256;
/// Malformed frames on one connection before it is closed.
const MALFORMED: u32 = 100;

/// How to run a virtual lock.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen. Port 0: any free one.
    pub listen: SocketAddr,
    /// The lock's folder; made when missing.
    pub data: PathBuf,
    /// How many times faster than the host's clock time runs here; 1 unless for tests.
    pub speed: u32,
    /// End when standard input is closed: with the process that started this one.
    pub stop_with_stdin: bool,
}

/// What is told once the lock can be reached.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Ready {
    /// Where it listens.
    pub listening: SocketAddr,
}

/// Why a virtual lock does not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its folder cannot be used.
    #[error("the lock's folder {0}: {1}")]
    Folder(PathBuf, std::io::Error),
    /// Its keys cannot be read or made.
    #[error(transparent)]
    Pairing(#[from] PairingError),
    /// The address cannot be used.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// Not a loopback address.
    #[error(
        "a virtual lock listens on this machine only: {0} is not a loopback address. Use 127.0.0.1 and a \
         port, or [::1] and a port"
    )]
    NotLoopback(SocketAddr),
    /// The system refuses something basic.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

/// Runs a virtual lock until SIGTERM, an interrupt, or the end of standard input where that was asked for.
/// `ready` is called once, as soon as the lock can be reached.
///
/// # Errors
/// [`RunError`] when it cannot start. Once it runs, a failing disk is reported in the log and by the lock
/// itself.
pub fn run(options: &Options, ready: impl FnOnce(Ready) -> std::io::Result<()>) -> Result<(), RunError> {
    if !options.listen.ip().is_loopback() {
        return Err(RunError::NotLoopback(options.listen));
    }
    let folder = |error| RunError::Folder(options.data.clone(), error);
    make_folder(&options.data).map_err(folder)?;
    let (files, world) = Files::open(&options.data).map_err(folder)?;
    let pairing = Pairing::read_or_make(&options.data)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(|error| RunError::Listen(options.listen, error))?;
        let entropy = Box::new(|into: &mut [u8]| getrandom::fill(into).is_ok());
        let body = Body::new(world, files, pairing, host_ms(), seed()?, entropy);
        let mut host = Host::new(options, body);
        // whoever reads that the lock is ready may end it at once
        let ends = Ends { parent: Parent::watch(options.stop_with_stdin)?, terminate: Terminate::new()? };
        ready(Ready { listening: listener.local_addr()? })?;
        host.serve(&listener, ends).await?;
        host.body.stop();
        host.body.keep_world();
        host.body.keep_mut().flush().map_err(RunError::System)
    });
    // a reader of standard input may still sit in the system: do not wait for it
    runtime.shutdown_background();
    ended
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[expect(clippy::disallowed_methods, reason = "here the body gets its clock")]
fn host_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn seed() -> std::io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| std::io::Error::other("no random bytes"))?;
    Ok(u64::from_be_bytes(bytes))
}

/// A greeted connection.
struct Connection {
    channel: Channel,
    send: mpsc::Sender<Vec<u8>>,
    seal: Option<HandSeal>,
    /// Has shown on the hand channel that it holds the key.
    trusted: bool,
    malformed: u32,
}

struct Host {
    body: Body<Files>,
    folder: PathBuf,
    speed: u32,
    started: Instant,
    connections: BTreeMap<LineId, Connection>,
    open: usize,
    last_id: LineId,
}

impl Host {
    fn new(options: &Options, body: Body<Files>) -> Self {
        Self {
            body,
            folder: options.data.clone(),
            speed: options.speed.max(1),
            started: Instant::now(),
            connections: BTreeMap::new(),
            open: 0,
            last_id: 0,
        }
    }

    fn now(&self) -> u64 {
        let real = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        real.saturating_mul(u64::from(self.speed))
    }

    /// When the body wants to be called, in the host's time.
    fn wake(&mut self) -> Option<Instant> {
        let at = self.body.next_timer()?.div_ceil(u64::from(self.speed));
        self.started.checked_add(Duration::from_millis(at))
    }

    async fn serve(&mut self, listener: &TcpListener, mut ends: Ends) -> std::io::Result<()> {
        let (events, mut incoming) = mpsc::channel::<Event>(EVENTS);
        loop {
            let wake = self.wake();
            tokio::select! {
                () = ends.terminate.asked() => return Ok(()),
                () = ends.parent.gone() => return Ok(()),
                Some(event) = incoming.recv() => {
                    self.take(event);
                    // what came in meanwhile belongs to the same moment
                    while let Ok(event) = incoming.try_recv() {
                        self.take(event);
                    }
                }
                Ok((stream, _)) = listener.accept() => {
                    if self.open < CONNECTIONS {
                        self.open += 1;
                        self.last_id = self.last_id.wrapping_add(1);
                        tokio::spawn(line::read(stream, self.last_id, events.clone()));
                    }
                }
                () = until(wake) => {
                    let now = self.now();
                    self.body.advance(now);
                }
            }
            self.send_out();
            // what is to be sent leaves before what is due next, which may write to the disk
            tokio::task::yield_now().await;
            // what the core left to be written with the next thing (the hub's last word) is written now, when nobody
            // waits for it; a failure shows at the core's own next write
            lock::Storage::sync(self.body.keep_mut()).ok();
        }
    }

    fn take(&mut self, event: Event) {
        match event.kind {
            EventKind::Hello { channel, peer, send } => self.greet(event.id, channel, peer, send),
            EventKind::Frame(parsed) => self.frame(event.id, parsed),
            EventKind::Closed => {
                self.open = self.open.saturating_sub(1);
                self.close(event.id);
            }
            EventKind::Ungreeted => self.body.count_malformed(),
        }
        self.send_out();
    }

    fn greet(&mut self, id: LineId, channel: Channel, peer: u8, send: mpsc::Sender<Vec<u8>>) {
        let known = match channel {
            Channel::Radio => (1..=lock::PEERS).contains(&usize::from(peer)),
            Channel::Hand => peer == 0,
        };
        let mut salt = [0; 16];
        let refused = if !known {
            Some(Refused::Greeting)
        } else if getrandom::fill(&mut salt).is_err() {
            Some(Refused::Busy)
        } else {
            None
        };
        if let Some(why) = refused {
            self.body.count_malformed();
            send.try_send(Message::Refused(why).encode()).ok();
            return;
        }
        let (lock_id, sleep_ms) = (self.body.pairing.lock_id, self.body.world.radio.sleep_ms);
        send.try_send(Message::Welcome { lock_id, salt, sleep_ms }.encode()).ok();
        let seal = (channel == Channel::Hand)
            .then(|| HandSeal::new(&self.body.pairing.hand_key, lock_id, salt, true));
        self.connections.insert(id, Connection { channel, send, seal, trusted: false, malformed: 0 });
        if channel == Channel::Radio {
            let now = self.now();
            self.body.advance(now);
            self.body.connect(id, peer);
        }
    }

    fn frame(&mut self, id: LineId, parsed: Parsed) {
        let now = self.now();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match (parsed, connection.channel) {
            (Parsed::Message(Message::Hand(sealed)), Channel::Hand) => self.hand(id, &sealed),
            (
                Parsed::Message(
                    message @ (Message::Ask { .. } | Message::Command(_) | Message::CommandMore(_)),
                ),
                Channel::Radio,
            ) => {
                self.body.radio(now, id, message);
            }
            _ => {
                connection.malformed += 1;
                let too_many = connection.malformed >= MALFORMED;
                self.body.count_malformed();
                if too_many {
                    self.close(id);
                }
            }
        }
    }

    fn hand(&mut self, id: LineId, sealed: &[u8]) {
        let now = self.now();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let opened = connection.seal.as_mut().and_then(|seal| seal.open(sealed));
        let Some(request) = opened.and_then(|plain| serde_json::from_slice::<Request>(&plain).ok()) else {
            // forged, replayed or not of this protocol: whoever it is does not hold the key, or speaks
            // another version
            self.body.count_malformed();
            self.close(id);
            return;
        };
        connection.trusted = true;
        let slept = self.body.world.radio.sleep_ms;
        let refused = match request.hand {
            Some(hand) => self.lend(now, hand),
            None => {
                self.body.advance(now);
                None
            }
        };
        // what the radio says of it goes out before the picture of it
        self.send_radio();
        let state = self.body.state();
        self.reply(id, &Reply { id: Some(request.id), refused, state });
        if slept != self.body.world.radio.sleep_ms {
            // a peer learns from the welcome how often the lock listens
            self.close_channel(Channel::Radio);
        }
    }

    fn lend(&mut self, now: u64, hand: Hand) -> Option<String> {
        self.body.hand(now, hand).err().map(str::to_owned)
    }

    fn reply(&mut self, id: LineId, reply: &Reply) {
        let Ok(json) = serde_json::to_vec(reply) else { return };
        self.send_hand(id, &json);
    }

    fn send_hand(&mut self, id: LineId, json: &[u8]) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let Some(seal) = connection.seal.as_mut() else { return };
        let frame = Message::Hand(seal.seal(json)).encode();
        if connection.send.try_send(frame).is_err() {
            self.close(id);
        }
    }

    fn send_radio(&mut self) {
        for out in self.body.take_out() {
            match out {
                Out::Radio(id, message) => {
                    let Some(connection) = self.connections.get(&id) else { continue };
                    // a peer that does not read is as good as gone; it will hear everything when it returns
                    if connection.send.try_send(message.encode()).is_err() {
                        self.close(id);
                    }
                }
                Out::Erased => self.pair_anew(),
            }
        }
    }

    fn send_out(&mut self) {
        self.send_radio();
        if self.body.take_changed() {
            let trusted: Vec<LineId> =
                self.connections.iter().filter(|(_, c)| c.trusted).map(|(id, _)| *id).collect();
            if !trusted.is_empty() {
                let state = self.body.state();
                if let Ok(json) = serde_json::to_vec(&Reply { id: None, refused: None, state }) {
                    for id in trusted {
                        self.send_hand(id, &json);
                    }
                }
            }
        }
        if let Some(error) = self.body.keep_mut().take_error() {
            tracing::warn!(folder = %self.folder.display(), %error, "the disk refuses");
        }
    }

    /// After an erasure: new keys, and nobody stays connected under the old ones.
    fn pair_anew(&mut self) {
        match Pairing::renew(&self.folder) {
            Ok(pairing) => self.body.pair(pairing),
            Err(error) => tracing::error!(%error, "the erased lock stays without keys until it starts anew"),
        }
        self.close_channel(Channel::Radio);
    }

    fn close_channel(&mut self, channel: Channel) {
        let ids: Vec<LineId> =
            self.connections.iter().filter(|(_, c)| c.channel == channel).map(|(id, _)| *id).collect();
        for id in ids {
            self.close(id);
        }
    }

    /// Forgets a connection; its writer sends what it holds and hangs up, and its reader ends with it.
    fn close(&mut self, id: LineId) {
        self.connections.remove(&id);
        self.body.disconnect(id);
    }
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What ends the process.
struct Ends {
    parent: Parent,
    terminate: Terminate,
}

/// The request to end.
struct Terminate {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Terminate {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    async fn asked(&mut self) {
        #[cfg(unix)]
        let terminated = async { self.signal.recv().await.map_or((), |()| ()) };
        #[cfg(not(unix))]
        let terminated = std::future::pending();
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

/// The process that started this one, as far as standard input tells.
enum Parent {
    Nobody,
    #[cfg(unix)]
    Pipe(tokio::net::unix::pipe::Receiver),
    Input(tokio::io::Stdin),
}

impl Parent {
    fn watch(wanted: bool) -> std::io::Result<Self> {
        if !wanted {
            return Ok(Self::Nobody);
        }
        #[cfg(unix)]
        {
            use std::os::fd::AsFd;
            let input = std::io::stdin().as_fd().try_clone_to_owned()?;
            // a pipe is watched without a thread; anything else is read in one
            if let Ok(pipe) = tokio::net::unix::pipe::Receiver::from_owned_fd(input) {
                return Ok(Self::Pipe(pipe));
            }
        }
        Ok(Self::Input(tokio::io::stdin()))
    }

    async fn gone(&mut self) {
        use tokio::io::AsyncReadExt;
        let mut ignored = [0; 64];
        loop {
            let read = match self {
                Self::Nobody => std::future::pending().await,
                #[cfg(unix)]
                Self::Pipe(pipe) => pipe.read(&mut ignored).await,
                Self::Input(input) => input.read(&mut ignored).await,
            };
            if !matches!(read, Ok(1..)) {
                return;
            }
        }
    }
}
