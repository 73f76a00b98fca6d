//! What changed, for pages that stay open. A reader that is too slow is told once that it missed something
//! and is dropped: it loads anew, the hub never waits for it.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use access::{DoorId, LockId};
use futures::Stream;
use futures::channel::mpsc;
use serde::Serialize;

/// Messages a reader may be behind.
const BACKLOG: usize = 256;
/// Readers at once (pages open in all browsers of a household, and the API's).
const READERS_MAX: usize = 512;

/// Something changed. Says what to look at again, never what it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Live {
    /// A door or who may open it.
    Door(DoorId),
    /// State of a lock.
    Lock(LockId),
    /// People, groups, schedules.
    People,
    /// A log entry with this index.
    Log(u64),
    /// Links and found locks.
    Links,
    /// Alerts.
    Alerts,
    /// Owners, tokens, invitations, settings.
    Accounts,
    /// Some messages were lost: load anew.
    Lagged,
}

#[derive(Default)]
pub(crate) struct Broadcast {
    readers: Mutex<Vec<mpsc::Sender<Live>>>,
    /// Messages so far.
    told: AtomicU64,
}

impl Broadcast {
    pub(crate) fn subscribe(&self) -> Subscription {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        if let Ok(mut readers) = self.readers.lock() {
            if readers.len() >= READERS_MAX {
                readers.remove(0);
            }
            readers.push(sender);
        }
        Subscription { receiver, lagged: false }
    }

    /// How many messages there were so far: who knows an older figure has missed something.
    pub(crate) fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    pub(crate) fn publish(&self, messages: &[Live]) {
        let Ok(mut readers) = self.readers.lock() else { return };
        self.told.fetch_add(messages.len() as u64, Ordering::SeqCst);
        readers.retain_mut(|reader| messages.iter().all(|message| reader.try_send(*message).is_ok()));
    }
}

/// A stream of [`Live`]; ends with [`Live::Lagged`] when it fell behind.
pub struct Subscription {
    receiver: mpsc::Receiver<Live>,
    lagged: bool,
}

impl Stream for Subscription {
    type Item = Live;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Live>> {
        if self.lagged {
            return Poll::Ready(None);
        }
        match Pin::new(&mut self.receiver).poll_next(cx) {
            Poll::Ready(None) => {
                self.lagged = true;
                Poll::Ready(Some(Live::Lagged))
            }
            other => other,
        }
    }
}
