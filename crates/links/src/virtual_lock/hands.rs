//! The hand channel's client: asks a lock's process for its picture, lends it a hand, and hears every change.
//! Knows nothing of the radio.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hub::ports::{BodyError, BodyState, Hand};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use virtual_lock::frame::{Channel, Message};
use virtual_lock::{HandSeal, Pairing};

use super::wire::{Broken, Wire};

/// An answer that does not come within this time does not come.
const ANSWER: Duration = Duration::from_secs(5);
/// Wait before the next attempt to connect.
const RECONNECT: Duration = Duration::from_millis(200);
/// Questions on their way at most.
const ASKED: usize = 64;

/// A question to the body.
pub struct HandRequest {
    /// What to do; nothing: only look.
    pub hand: Option<Hand>,
    /// For the answer.
    pub reply: oneshot::Sender<Result<BodyState, BodyError>>,
}

#[derive(Serialize)]
struct Question<'a> {
    id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    hand: Option<&'a Hand>,
}

#[derive(Deserialize)]
struct Reply {
    id: Option<u32>,
    refused: Option<String>,
    state: BodyState,
}

/// What to do with every picture that comes.
pub type Gallery = Box<dyn Fn(BodyState) + Send + Sync>;

/// Runs the client until its requests' sender is gone. Every picture goes to `pictures`.
pub async fn run(
    folder: PathBuf,
    mut target: watch::Receiver<Option<SocketAddr>>,
    mut requests: mpsc::Receiver<HandRequest>,
    pictures: Gallery,
) {
    loop {
        let address = *target.borrow_and_update();
        let why = match address {
            None => "its process does not run".to_owned(),
            Some(address) => match Line::connect(address, &folder).await {
                Ok(mut line) => match line.serve(&mut requests, &mut target, &pictures).await {
                    Ok(()) => return,
                    Err(Broken(why)) => why,
                },
                Err(Broken(why)) => why,
            },
        };
        let again = Instant::now() + RECONNECT;
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => drop(request.reply.send(Err(BodyError::NotRunning(why.clone())))),
                    None => return,
                },
                changed = target.changed() => {
                    if changed.is_err() { return; }
                    break;
                }
                () = tokio::time::sleep_until(again), if address.is_some() => break,
            }
        }
    }
}

struct Asked {
    reply: oneshot::Sender<Result<BodyState, BodyError>>,
    until: Instant,
}

struct Line {
    wire: Wire,
    seal: HandSeal,
    last_id: u32,
    asked: BTreeMap<u32, Asked>,
}

impl Line {
    async fn connect(address: SocketAddr, folder: &std::path::Path) -> Result<Self, Broken> {
        let (wire, welcome) = Wire::connect(address, Channel::Hand, 0).await?;
        let pairing = Pairing::read(folder).map_err(|error| Broken(error.to_string()))?;
        if pairing.lock_id != welcome.lock_id {
            return Err(Broken("another lock answers in its place".into()));
        }
        let seal = HandSeal::new(&pairing.hand_key, welcome.lock_id, welcome.salt, false);
        let mut line = Self { wire, seal, last_id: 0, asked: BTreeMap::new() };
        // who asks once hears every change afterwards
        line.ask(None, None).await?;
        Ok(line)
    }

    async fn serve(
        &mut self,
        requests: &mut mpsc::Receiver<HandRequest>,
        target: &mut watch::Receiver<Option<SocketAddr>>,
        pictures: &Gallery,
    ) -> Result<(), Broken> {
        loop {
            let overdue = self.asked.values().map(|asked| asked.until).min();
            tokio::select! {
                message = self.wire.next() => self.hear(&message?, pictures)?,
                request = requests.recv(), if self.asked.len() < ASKED => match request {
                    Some(request) => self.ask(request.hand.as_ref(), Some(request.reply)).await?,
                    None => return Ok(()),
                },
                changed = target.changed() => {
                    changed.map_err(|_| Broken("the lock is removed".into()))?;
                    return Err(Broken("its process started anew".into()));
                }
                () = tokio::time::sleep_until(overdue.unwrap_or_else(Instant::now)), if overdue.is_some() => {
                    return Err(Broken("the lock's process does not answer".into()));
                }
            }
        }
    }

    async fn ask(
        &mut self,
        hand: Option<&Hand>,
        reply: Option<oneshot::Sender<Result<BodyState, BodyError>>>,
    ) -> Result<(), Broken> {
        self.last_id = self.last_id.wrapping_add(1);
        let question = zeroize::Zeroizing::new(
            serde_json::to_vec(&Question { id: self.last_id, hand })
                .map_err(|error| Broken(error.to_string()))?,
        );
        if let Some(reply) = reply {
            self.asked.insert(self.last_id, Asked { reply, until: Instant::now() + ANSWER });
        }
        let sealed = self.seal.seal(&question);
        self.wire.send(&Message::Hand(sealed)).await
    }

    fn hear(&mut self, message: &Message, pictures: &Gallery) -> Result<(), Broken> {
        let Message::Hand(sealed) = message else { return Ok(()) };
        let plain = self.seal.open(sealed).ok_or_else(|| Broken("a frame was changed on its way".into()))?;
        let reply: Reply = serde_json::from_slice(&plain)
            .map_err(|_| Broken("the lock's process speaks another version: start it anew".into()))?;
        pictures(reply.state.clone());
        if let Some(asked) = reply.id.and_then(|id| self.asked.remove(&id)) {
            let answer = match reply.refused {
                None => Ok(reply.state),
                Some(why) => Err(BodyError::Refused(why)),
            };
            asked.reply.send(answer).ok();
        }
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        while let Some((_, asked)) = self.asked.pop_first() {
            asked.reply.send(Err(BodyError::NotRunning("its process hung up".into()))).ok();
        }
    }
}
