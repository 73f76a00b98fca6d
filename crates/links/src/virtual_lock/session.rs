//! One lock's session: keeps a connection, asks one command at a time under a challenge of the lock, hears
//! what the lock pushes, and hands records on in order and without holes. Decides nothing and wishes nothing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use access::LockAddress;
use hub::ports::{Clock, Ids, LinkError, LinkEvent, LockReport, RecordKind};
use lock::{Answer, Command, PeerEnd, RECORDS_PER_ANSWER, Record, SettingId, Status};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use virtual_lock::frame::{Channel, Message};
use virtual_lock::{HUB, Pairing, UNASKED};

use super::chain::Chain;
use super::challenges::Challenges;
use super::outbox::{Events, Outbox};
use super::told::{self, Count};
use super::versions::Versions;
use super::wire::{Broken, Wire};
use super::words;

/// A command is given up after this time, and twice the lock's sleep besides.
const COMMAND: Duration = Duration::from_secs(10);
/// The same for the question whether the lock is still there.
const HEARTBEAT_ANSWER: Duration = Duration::from_secs(4);
/// How often that is asked when nothing else is heard.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often it is asked while the lock does not answer.
const LOST_HEARTBEAT: Duration = Duration::from_secs(1);
/// A frame that was not answered is sent again after this time; the lock does nothing twice for it.
const AGAIN: Duration = Duration::from_secs(1);
/// No wait is longer than this, however long the lock sleeps.
const LONGEST: Duration = Duration::from_secs(55);
/// An acknowledgement waits so long for commands that somebody waits for, and never longer than the second.
const ACK_WAITS: (Duration, Duration) = (Duration::from_millis(40), Duration::from_secs(1));
/// Waits between attempts to connect: the first, doubled up to the second.
const RECONNECT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// A command and where its answer goes.
pub struct Request {
    /// What to ask.
    pub command: Command,
    /// Whether another command is likely to follow at once.
    pub more: bool,
    /// For the answer.
    pub reply: oneshot::Sender<Result<Answer, LinkError>>,
}

/// What a session needs.
pub struct Setup {
    /// Under which the hub knows the lock.
    pub address: LockAddress,
    /// Its name for people.
    pub name: String,
    /// The lock's folder: its pairing, and the table of versions.
    pub folder: PathBuf,
    /// Where the lock's process listens; `None` while it does not run.
    pub target: watch::Receiver<Option<SocketAddr>>,
    /// To the hub.
    pub events: Events,
    /// The table of versions.
    pub versions: Arc<std::sync::Mutex<Versions>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Random salts.
    pub ids: Arc<dyn Ids>,
    /// What the lock last said of itself, for whoever writes its slots.
    pub status: watch::Sender<Option<Status>>,
    /// Records that are durable at the hub, through this number.
    pub acks: watch::Receiver<u64>,
}

/// Runs a session until its requests' sender is gone.
pub async fn run(setup: Setup, mut requests: mpsc::Receiver<Request>) {
    let mut outbox = Outbox::new(setup.events.clone(), setup.address.clone());
    let mut target = setup.target.clone();
    let mut wait = RECONNECT.0;
    let mut reachable = None;
    // what was handed on stays known over reconnections: nothing is told twice
    let mut told = None;
    let mut chain = None;
    loop {
        let address = *target.borrow_and_update();
        let why = match address {
            None => "its process does not run".to_owned(),
            Some(address) => {
                match Session::connect(&setup, address, &mut outbox, &mut reachable, told, &mut chain).await {
                    Ok(mut session) => {
                        wait = RECONNECT.0;
                        let ended = session.serve(&mut requests, &mut target).await;
                        told = session.told;
                        chain = Some(session.chain);
                        match ended {
                            Ended::Stop => return,
                            Ended::Moved => "its process started anew".to_owned(),
                            Ended::Broken(Broken(why)) => why,
                        }
                    }
                    Err(Broken(why)) => why,
                }
            }
        };
        if reachable != Some(false) {
            tracing::debug!(lock = %setup.address.key, %why, "virtual lock out of contact");
            reachable = Some(false);
            outbox.contact(false, None);
        }
        let again = Instant::now() + wait;
        if address.is_some() {
            wait = (wait * 2).min(RECONNECT.1);
        }
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => drop(request.reply.send(Err(LinkError::Unreachable(why.clone())))),
                    None => return,
                },
                () = outbox.ready(), if outbox.waits() => outbox.flush(),
                changed = target.changed() => {
                    if changed.is_err() { return; }
                    wait = RECONNECT.0;
                    break;
                }
                () = tokio::time::sleep_until(again), if address.is_some() => break,
            }
        }
    }
}

/// Why [`Session::serve`] came back.
enum Ended {
    /// Nobody asks any more.
    Stop,
    /// The process listens elsewhere now.
    Moved,
    /// The connection broke.
    Broken(Broken),
}

/// Why there is no answer.
enum Trouble {
    /// The lock did not answer in time.
    Silent,
    /// The connection broke.
    Broken(Broken),
}

struct Session<'a> {
    setup: &'a Setup,
    outbox: &'a mut Outbox,
    reachable: &'a mut Option<bool>,
    wire: Wire,
    end: PeerEnd,
    sleep: Duration,
    token: u32,
    /// The last status that was read under a challenge, or pushed after it.
    status: Option<Status>,
    /// Pushes up to this number have been seen.
    pushes: u64,
    /// Records up to this number have been told to the hub.
    told: Option<u64>,
    /// The lock holds records that have not been told.
    behind: bool,
    heard: Instant,
    /// When it was last asked how it is.
    tried: Option<Instant>,
    challenges: Challenges,
    /// Wrong attempts that the lock allows, once it was asked.
    budget: Option<u32>,
    /// What the lock's records must fit.
    chain: Chain,
    acks: watch::Receiver<u64>,
    /// Acknowledged to the lock through.
    acked: u64,
    /// Since when an acknowledgement waits to be sent.
    ack_since: Option<Instant>,
    /// When the last command of somebody was done.
    served: Instant,
    /// Since when the motor runs.
    motor_since: Option<Instant>,
}

impl<'a> Session<'a> {
    async fn connect(
        setup: &'a Setup,
        address: SocketAddr,
        outbox: &'a mut Outbox,
        reachable: &'a mut Option<bool>,
        told: Option<u64>,
        chain: &mut Option<Chain>,
    ) -> Result<Self, Broken> {
        let (wire, welcome) = Wire::connect(address, Channel::Radio, HUB).await?;
        let pairing = Pairing::read(&setup.folder).map_err(|error| Broken(error.to_string()))?;
        if pairing.lock_id != welcome.lock_id {
            return Err(Broken("another lock answers in its place".into()));
        }
        Ok(Self {
            setup,
            outbox,
            reachable,
            wire,
            end: PeerEnd::new(pairing.peer_key, pairing.lock_id, HUB),
            sleep: Duration::from_millis(u64::from(welcome.sleep_ms)),
            token: 0,
            status: None,
            pushes: 0,
            told,
            behind: false,
            heard: Instant::now(),
            tried: None,
            challenges: Challenges::default(),
            budget: None,
            chain: chain
                .take()
                .filter(|chain| chain.is_of(&pairing))
                .unwrap_or_else(|| Chain::open(&setup.folder, &pairing)),
            acks: setup.acks.clone(),
            acked: 0,
            ack_since: None,
            served: Instant::now(),
            motor_since: None,
        })
    }

    async fn serve(
        &mut self,
        requests: &mut mpsc::Receiver<Request>,
        target: &mut watch::Receiver<Option<SocketAddr>>,
    ) -> Ended {
        loop {
            if let Err(broken) = self.catch_up().await {
                return Ended::Broken(broken);
            }
            let beat_at = self.beat_at();
            let ack_at = self.ack_at();
            let done = tokio::select! {
                message = self.wire.next() => match message {
                    Ok(message) => { self.hear(message); Ok(()) }
                    Err(broken) => Err(broken),
                },
                request = requests.recv() => match request {
                    Some(request) => self.serve_request(request).await,
                    None => return Ended::Stop,
                },
                changed = target.changed() => return if changed.is_ok() { Ended::Moved } else { Ended::Stop },
                () = self.outbox.ready(), if self.outbox.waits() => { self.outbox.flush(); Ok(()) }
                _ = self.acks.changed(), if self.ack_since.is_none() && !self.acks_closed() => {
                    self.ack_since = Some(Instant::now());
                    Ok(())
                }
                () = tokio::time::sleep_until(ack_at.unwrap_or(beat_at)), if ack_at.is_some() => {
                    self.acknowledge().await
                }
                () = tokio::time::sleep_until(beat_at) => self.beat().await,
            };
            if let Err(broken) = done {
                return Ended::Broken(broken);
            }
        }
    }

    /// When to ask next how the lock is: at once at the start, then when it has been quiet, then often until
    /// it is back.
    fn beat_at(&self) -> Instant {
        match (self.tried, *self.reachable == Some(true) && self.status.is_some()) {
            (None, _) => Instant::now(),
            (Some(_), true) => self.heard + HEARTBEAT.max(self.sleep),
            (Some(tried), false) => tried + LOST_HEARTBEAT,
        }
    }

    fn acks_closed(&self) -> bool {
        self.acks.has_changed().is_err()
    }

    /// When to tell the lock what is durable: when nobody is waiting for an answer, and in the end anyway.
    fn ack_at(&self) -> Option<Instant> {
        let since = self.ack_since.filter(|_| *self.reachable == Some(true) && self.status.is_some())?;
        let quiet = since.max(self.served) + ACK_WAITS.0;
        Some(quiet.min(since + ACK_WAITS.1))
    }

    /// Tells the lock what is durable at the hub: the newest number stands for all before it.
    async fn acknowledge(&mut self) -> Result<(), Broken> {
        self.ack_since = None;
        let through = *self.acks.borrow_and_update();
        if through <= self.acked {
            return Ok(());
        }
        // the place in the chain first: what is acknowledged does not come again
        self.chain.keep(through);
        match self.exchange(&Command::AckRecords(through), false, HEARTBEAT_ANSWER).await {
            Ok(_) => self.acked = through,
            Err(Trouble::Silent) => {
                // once more as soon as it is heard of: nothing else would remind us
                self.ack_since = Some(Instant::now());
                self.contact(false);
            }
            Err(Trouble::Broken(broken)) => return Err(broken),
        }
        Ok(())
    }

    async fn serve_request(&mut self, request: Request) -> Result<(), Broken> {
        let (answer, broken) = match self.exchange(&request.command, request.more, COMMAND).await {
            Ok(answer) => (Ok(answer), Ok(())),
            Err(Trouble::Silent) => {
                self.contact(false);
                (Err(LinkError::Unreachable("the lock did not answer in time".into())), Ok(()))
            }
            Err(Trouble::Broken(broken)) => {
                (Err(LinkError::Unreachable(format!("the connection broke: {broken}"))), Err(broken))
            }
        };
        self.served = Instant::now();
        // whoever asked may have gone: the command is done all the same
        request.reply.send(answer).ok();
        broken
    }

    /// Asks how the lock is, when nothing was heard of it for a while; first of all at the start.
    async fn beat(&mut self) -> Result<(), Broken> {
        let first = self.status.is_none();
        let answer = self.exchange(&Command::ReadStatus, first, HEARTBEAT_ANSWER).await;
        self.tried = Some(Instant::now());
        match answer {
            Ok(Answer::Status(status)) => {
                self.pushes = self.pushes.max(u64::from(status.boot) << 32);
                if first {
                    self.outbox.tell(LinkEvent::Found {
                        address: self.setup.address.clone(),
                        name: self.setup.name.clone(),
                        model: "Doorward virtual lock".into(),
                        capabilities: words::capabilities(
                            &status,
                            u32::try_from(self.sleep.as_millis()).unwrap_or(u32::MAX),
                        ),
                    });
                }
                self.contact(true);
                self.take_status(status);
                if first { self.ask_budget().await } else { Ok(()) }
            }
            Ok(_) => Err(Broken("the lock gives an unexpected answer".into())),
            Err(Trouble::Silent) => {
                self.contact(false);
                Ok(())
            }
            Err(Trouble::Broken(broken)) => Err(broken),
        }
    }

    /// Asks how many wrong attempts the lock allows, so that a page can say how many are left.
    async fn ask_budget(&mut self) -> Result<(), Broken> {
        match self.exchange(&Command::ReadSetting(SettingId::GuessingBudget), false, HEARTBEAT_ANSWER).await {
            Ok(Answer::Setting(limit)) => {
                self.budget = Some(limit);
                if let Some(status) = &self.status {
                    self.outbox.report(words::report(status, self.budget));
                }
                Ok(())
            }
            Ok(_) | Err(Trouble::Silent) => Ok(()),
            Err(Trouble::Broken(broken)) => Err(broken),
        }
    }

    fn contact(&mut self, reachable: bool) {
        if !reachable {
            self.challenges.forget();
        }
        if *self.reachable != Some(reachable) {
            *self.reachable = Some(reachable);
            let next =
                i64::try_from(self.sleep.as_millis()).ok().filter(|sleep| *sleep > 0).and_then(|sleep| {
                    self.setup.clock.now().checked_add(jiff::SignedDuration::from_millis(sleep)).ok()
                });
            self.outbox.contact(reachable, next);
        }
    }

    /// A command sealed under a challenge, which is used up by it.
    fn seal(
        &mut self,
        challenge: [u8; 16],
        salt: [u8; 8],
        command: &Command,
        more: bool,
    ) -> Result<Message, Trouble> {
        let frame = self.end.seal_command(&challenge, salt, command);
        let frame = frame.ok_or_else(|| Broken("the command does not fit a frame".into()));
        self.challenges.spend(challenge);
        let sealed = frame.map_err(Trouble::Broken)?.as_bytes().to_vec();
        Ok(if more { Message::CommandMore(sealed) } else { Message::Command(sealed) })
    }

    /// One command: take the challenge that came with the last answer or ask for one, seal under it, open the
    /// answer. Frames lost on the way are sent again; the lock gives the same challenge and the same answer for
    /// them.
    async fn exchange(&mut self, command: &Command, more: bool, within: Duration) -> Result<Answer, Trouble> {
        self.token = self.token.wrapping_add(1);
        let token = self.token;
        let mut salt = [0; 8];
        self.setup.ids.fill(&mut salt);
        let patience = (within + 2 * self.sleep).min(LONGEST);
        let until = Instant::now() + patience;
        let gap = (AGAIN + self.sleep).min(patience);
        let mut challenge = self.challenges.take(Instant::now());
        let mut sending = match challenge {
            Some(carried) => self.seal(carried, salt, command, more)?,
            None => Message::Ask { token },
        };
        let mut again = Instant::now();
        loop {
            if Instant::now() >= again {
                self.wire.send(&sending).await.map_err(Trouble::Broken)?;
                again = Instant::now() + gap;
            }
            let message = match tokio::time::timeout_at(again.min(until), self.wire.next()).await {
                Ok(message) => message.map_err(Trouble::Broken)?,
                Err(_) if Instant::now() >= until => return Err(Trouble::Silent),
                Err(_) => continue,
            };
            match (message, challenge) {
                (Message::Challenge { token: t, challenge: given }, None) if t == token => {
                    challenge = Some(given);
                    sending = self.seal(given, salt, command, more)?;
                    again = Instant::now();
                }
                (Message::Answer(sealed), Some(given)) => {
                    if let Some(answer) = self.end.open_answer(&given, salt, &sealed) {
                        self.heard = Instant::now();
                        return Ok(answer);
                    }
                }
                (other, _) => self.hear(other),
            }
        }
    }

    /// What the lock says unasked.
    fn hear(&mut self, message: Message) {
        if let Message::Challenge { token: UNASKED, challenge } = message {
            self.challenges.carry(challenge, Instant::now());
            return;
        }
        let Message::Push(sealed) = message else { return };
        let Some((number, answer)) = self.end.open_push(&sealed) else { return };
        // before the first status was read under a challenge nothing shows that a push is of today
        if self.status.is_none() || number <= self.pushes {
            return;
        }
        self.pushes = number;
        self.heard = Instant::now();
        self.contact(true);
        match answer {
            Answer::Records(oldest, next, records) => self.take_records(oldest, next, &records, false),
            Answer::Changed(status) => self.take_status(status),
            _ => {}
        }
    }

    fn take_status(&mut self, status: Status) {
        let Some(told) = told::after(self.told, self.status.as_ref().map(Count::of), Count::of(&status))
        else {
            return;
        };
        if self.status.as_ref().is_some_and(|known| known.boot != status.boot) {
            // challenges do not outlive a start of the lock
            self.challenges.forget();
            self.acked = status.acked;
        }
        self.acked = self.acked.max(status.acked);
        self.told = Some(told);
        self.behind |= told + 1 < status.next_record;
        let travel_ms = self.travelled(&status);
        self.outbox.report(LockReport { travel_ms, ..words::report(&status, self.budget) });
        self.setup.status.send_replace(Some(status));
        self.status = Some(status);
    }

    /// How long the motor ran, once it stands where it was meant to: from the push that said that it began to the one
    /// that said that it stands.
    fn travelled(&mut self, status: &Status) -> Option<u32> {
        if status.moving {
            self.motor_since.get_or_insert_with(Instant::now);
            return None;
        }
        let began = self.motor_since.take().filter(|_| !status.jammed)?;
        u32::try_from(began.elapsed().as_millis()).ok()
    }

    /// Hands records on in order. `asked`: they are all that the lock has after the last one told, so that a
    /// hole is a hole and not a lost message.
    fn take_records(
        &mut self,
        oldest: u64,
        next: u64,
        records: &[Option<Record>; RECORDS_PER_ANSWER],
        asked: bool,
    ) {
        let Some(mut told) = self.told else { return };
        for record in records.iter().flatten() {
            if record.seq <= told {
                continue;
            }
            let hole = record.seq - told - 1;
            if (hole > 0 && !asked) || !self.outbox.has_room() {
                self.behind = true;
                self.told = Some(told);
                return;
            }
            if hole > 0 {
                self.tell_hole(hole);
            }
            self.tell_record(record);
            told = record.seq;
        }
        if asked && records.iter().all(Option::is_none) {
            // nothing is left of what was there: overwritten, or given up when its storage failed
            let hole = next.saturating_sub(told + 1);
            if hole > 0 {
                self.tell_hole(hole);
            }
            told = told.max(next.saturating_sub(1));
        }
        self.told = Some(told);
        self.behind = told + 1 < next.max(oldest);
    }

    fn tell_record(&mut self, record: &Record) {
        if !self.chain.fits(record) {
            self.outbox.record(words::unnumbered(RecordKind::ChainBroken));
        }
        let versions = &self.setup.versions;
        let version = |of: u32| versions.lock().ok().and_then(|table| table.hub(of));
        self.outbox.record(words::record(record, version));
        if let Some((slot, taken)) = words::foreign_change(record) {
            self.outbox.tell(LinkEvent::Slot { address: self.setup.address.clone(), slot, taken });
        }
    }

    fn tell_hole(&mut self, count: u64) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.outbox.record(words::unnumbered(RecordKind::RecordsLost { count }));
    }

    /// Reads what the pushes did not bring, while the lock can be reached and the hub takes it.
    async fn catch_up(&mut self) -> Result<(), Broken> {
        while self.behind && *self.reachable == Some(true) && self.outbox.has_room() {
            let after = self.told.unwrap_or(0);
            match self.exchange(&Command::ReadRecords(after), true, HEARTBEAT_ANSWER).await {
                Ok(Answer::Records(oldest, next, records)) => self.take_records(oldest, next, &records, true),
                Ok(_) => return Err(Broken("the lock gives an unexpected answer".into())),
                Err(Trouble::Silent) => self.contact(false),
                Err(Trouble::Broken(broken)) => return Err(broken),
            }
        }
        Ok(())
    }
}
