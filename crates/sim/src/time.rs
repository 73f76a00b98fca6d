//! Simulated time: the hub's clock port. Nothing passes by itself; the world moves it from event to event. Wall time
//! is monotonic time plus an offset that somebody may change, and changing it wakes every sleeper.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use hub::ports::Clock;
use jiff::{SignedDuration, Timestamp};

/// Milliseconds since the world began.
pub type Ms = u64;
/// One minute.
pub const MINUTE: Ms = 60_000;
/// One hour.
pub const HOUR: Ms = 60 * MINUTE;
/// One day.
pub const DAY: Ms = 24 * HOUR;

#[derive(Default)]
struct Inner {
    now: Ms,
    /// Milliseconds by which the machine's wall clock is ahead of the truth.
    ahead: i64,
    /// Counts changes of `ahead`.
    set: u64,
    next: u64,
    sleepers: BTreeMap<(Ms, u64), Waker>,
}

/// The clock of one simulated machine.
pub struct SimClock {
    start: Timestamp,
    inner: Mutex<Inner>,
}

impl SimClock {
    /// A clock that shows `start` at first.
    pub fn new(start: Timestamp) -> Arc<Self> {
        Arc::new(Self { start, inner: Mutex::default() })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the world began.
    pub fn ms(&self) -> Ms {
        self.inner().now
    }

    /// The true moment, whatever the machine's clock says.
    pub fn truth(&self) -> Timestamp {
        self.at(self.ms())
    }

    /// The true moment so long after the beginning.
    pub fn at(&self, ms: Ms) -> Timestamp {
        let passed = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// When the next sleeper wakes.
    pub fn next(&self) -> Option<Ms> {
        self.inner().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// Moves on to that moment and wakes whoever waited for it, in order.
    pub fn advance(&self, to: Ms) {
        let due = {
            let mut inner = self.inner();
            inner.now = inner.now.max(to);
            let later = inner.sleepers.split_off(&(to + 1, 0));
            std::mem::replace(&mut inner.sleepers, later)
        };
        due.into_values().for_each(Waker::wake);
    }

    /// Somebody sets the machine's wall clock to be so far ahead of the truth.
    pub fn set(&self, ahead_ms: i64) {
        let woken = {
            let mut inner = self.inner();
            inner.ahead = ahead_ms;
            inner.set += 1;
            std::mem::take(&mut inner.sleepers)
        };
        woken.into_values().for_each(Waker::wake);
    }
}

struct Sleep<'a> {
    clock: &'a SimClock,
    until: Ms,
    set: u64,
    place: Option<(Ms, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.clock.inner();
        if let Some(place) = self.place {
            inner.sleepers.remove(&place);
        }
        if inner.now >= self.until || inner.set != self.set {
            drop(inner);
            self.place = None;
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or_else(|| {
            inner.next += 1;
            (self.until, inner.next)
        });
        inner.sleepers.insert(place, cx.waker().clone());
        drop(inner);
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.clock.inner().sleepers.remove(&place);
        }
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let inner = self.inner();
        let ms = i64::try_from(inner.now).unwrap_or(i64::MAX).saturating_add(inner.ahead);
        self.start.saturating_add(SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.ms())
    }

    async fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let (until, set) = {
            let inner = self.inner();
            let ms = Ms::try_from(duration.as_millis()).unwrap_or(Ms::MAX).max(1);
            (inner.now.saturating_add(ms), inner.set)
        };
        Sleep { clock: self, until, set, place: None }.await;
    }

    fn nap_max(&self) -> Duration {
        Duration::from_millis(DAY)
    }
}
