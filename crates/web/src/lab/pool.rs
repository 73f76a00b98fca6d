//! Who has a cylinder under hand, and how much the lab may use of this machine.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::odds::Odds;

/// Every bound of the lab.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Cylinders under hand in the whole house.
    pub sessions: usize,
    /// Time that one message of a browser keeps the next one waiting: a hand moves the pick 60 times a second.
    pub pace: Duration,
    /// Longest message that is read; a longer one is dropped with a word.
    pub message: usize,
    /// Messages that could not be read before the stream is closed.
    pub wrong: u32,
    /// Silence after which a cylinder is put away.
    pub idle: Duration,
    /// Longest session.
    pub longest: Duration,
    /// Threads that moves may keep busy at a time.
    pub threads: usize,
    /// Runs of the odds at a time.
    pub runs: usize,
    /// Runs that may wait for their turn.
    pub waiting: usize,
    /// Longest run before it is told with what there is.
    pub run: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 12,
            pace: Duration::from_millis(11),
            message: 512,
            wrong: 20,
            idle: Duration::from_secs(180),
            longest: Duration::from_secs(3600),
            threads: 1,
            runs: 1,
            waiting: 3,
            run: Duration::from_secs(4),
        }
    }
}

/// Kept results of runs.
const KEPT: usize = 64;

/// Shared by all handlers of the lab.
pub(crate) struct Lab {
    pub limits: Limits,
    sessions: Arc<Semaphore>,
    threads: Arc<Semaphore>,
    runs: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// For each browser (hash of its session) the way to end the cylinder that it has under hand.
    holders: Mutex<BTreeMap<String, (u64, oneshot::Sender<()>)>>,
    next: std::sync::atomic::AtomicU64,
    kept: Mutex<VecDeque<(String, Arc<Odds>)>>,
}

/// The right to have a cylinder under hand. Dropping it gives it back.
pub(crate) struct Seat {
    lab: Arc<Lab>,
    browser: String,
    number: u64,
    /// Completes when the same browser takes a cylinder elsewhere.
    pub moved: oneshot::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

/// Why there is no seat.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// A run's turn.
pub(crate) struct Turn {
    _run: OwnedSemaphorePermit,
    _queued: OwnedSemaphorePermit,
}

impl Lab {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            sessions: Arc::new(Semaphore::new(limits.sessions)),
            threads: Arc::new(Semaphore::new(limits.threads)),
            runs: Arc::new(Semaphore::new(limits.runs)),
            queue: Arc::new(Semaphore::new(limits.runs + limits.waiting)),
            limits,
            holders: Mutex::default(),
            next: std::sync::atomic::AtomicU64::new(1),
            kept: Mutex::default(),
        })
    }

    fn holders(&self) -> MutexGuard<'_, BTreeMap<String, (u64, oneshot::Sender<()>)>> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for this browser. The newest wins: one that it had elsewhere ends and its place is taken over, so
    /// that a window that died does not keep its owner out.
    pub(crate) async fn sit(self: &Arc<Self>, browser: &str) -> Result<Seat, Full> {
        let old = self.holders().remove(browser);
        let had = old.is_some();
        drop(old);
        let sessions = self.sessions.clone();
        let permit = if had {
            // the old one gives its place back as soon as it hears of it
            let wait = tokio::time::timeout(Duration::from_secs(2), sessions.acquire_owned());
            wait.await.ok().and_then(Result::ok).ok_or(Full)?
        } else {
            sessions.try_acquire_owned().map_err(|_| Full)?
        };
        let (end, moved) = oneshot::channel();
        let number = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // a rival that came in between goes
        self.holders().insert(browser.to_owned(), (number, end));
        Ok(Seat { lab: self.clone(), browser: browser.to_owned(), number, moved, _permit: permit })
    }

    /// Cylinders under hand now.
    pub(crate) fn seated(&self) -> usize {
        self.limits.sessions - self.sessions.available_permits()
    }

    /// Runs a move on one of the lab's own threads; waits for its turn.
    pub(crate) async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let permit = self.threads.clone().acquire_owned().await.ok()?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.ok()
    }

    /// A turn for a run of the odds, waiting behind at most [`Limits::waiting`] others.
    pub(crate) async fn turn(&self) -> Result<Turn, Full> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| Full)?;
        let run = self.runs.clone().acquire_owned().await.map_err(|_| Full)?;
        Ok(Turn { _run: run, _queued: queued })
    }

    fn kept_runs(&self) -> MutexGuard<'_, VecDeque<(String, Arc<Odds>)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of the same question, if it is still kept.
    pub(crate) fn kept(&self, question: &str) -> Option<Arc<Odds>> {
        self.kept_runs().iter().find(|(asked, _)| asked == question).map(|(_, odds)| odds.clone())
    }

    /// Keeps a result; the oldest goes.
    pub(crate) fn keep(&self, question: String, odds: Arc<Odds>) {
        let mut kept = self.kept_runs();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((question, odds));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut holders = self.lab.holders();
        if holders.get(&self.browser).is_some_and(|(number, _)| *number == self.number) {
            holders.remove(&self.browser);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Lab, Limits};

    #[tokio::test]
    async fn d6_seats_are_bounded_and_one_browser_has_one() {
        let lab = Lab::new(Limits { sessions: 2, ..Limits::default() });
        let a = lab.sit("a").await.expect("the first");
        let b = lab.sit("b").await.expect("the second");
        assert_eq!(lab.sit("c").await.err(), Some(Full), "no third");
        assert_eq!(lab.seated(), 2);
        // the same browser again: the old one hears of it, leaves, and the new one sits down
        let again = {
            let lab = lab.clone();
            tokio::spawn(async move { lab.sit("a").await.expect("newest wins") })
        };
        let mut a = a;
        assert!((&mut a.moved).await.is_err(), "its sender is gone");
        drop(a);
        let a2 = again.await.expect("done");
        assert_eq!(lab.seated(), 2);
        drop(b);
        drop(a2);
        assert_eq!(lab.seated(), 0);
        assert!(lab.holders().is_empty());
    }

    #[tokio::test]
    async fn d6_runs_wait_in_a_short_line() {
        let lab = Lab::new(Limits { runs: 1, waiting: 1, ..Limits::default() });
        let first = lab.turn().await.expect("a turn");
        let waiting = tokio::spawn({
            let lab = lab.clone();
            async move { lab.turn().await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert_eq!(lab.turn().await.err(), Some(Full), "one waits already");
        drop(first);
        assert!(waiting.await.expect("done"));
        assert!(lab.turn().await.is_ok());
    }
}
