//! One thread, one queue: tasks are polled in the order in which they were woken, so that the same seed gives the same
//! order every time.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Polls in one run of the queue after which something must be spinning.
pub const POLLS_MAX: u32 = 200_000;

type Body = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Queue(Mutex<VecDeque<u64>>);

impl Queue {
    fn push(&self, id: u64) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !queue.contains(&id) {
            queue.push_back(id);
        }
    }

    fn pop(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

struct Woken {
    id: u64,
    queue: Arc<Queue>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.queue.push(self.id);
    }
}

/// Tasks and who is due.
#[derive(Default)]
pub struct Tasks {
    queue: Arc<Queue>,
    next: u64,
    live: Vec<(u64, Waker, Body)>,
}

impl Tasks {
    /// Adds a task; it is polled at the next [`run`](Self::run).
    pub fn spawn(&mut self, body: impl Future<Output = ()> + 'static) -> u64 {
        self.next += 1;
        let id = self.next;
        let waker = Waker::from(Arc::new(Woken { id, queue: self.queue.clone() }));
        self.live.push((id, waker, Box::pin(body)));
        self.queue.push(id);
        id
    }

    /// Drops a task where it stands.
    pub fn kill(&mut self, id: u64) {
        self.live.retain(|(other, ..)| *other != id);
    }

    /// Drops all of them.
    pub fn kill_all(&mut self) {
        self.live.clear();
    }

    /// Polls until nobody is due or `stop` says so; false when it did not come to rest.
    pub fn run(&mut self, stop: impl Fn() -> bool) -> bool {
        for _ in 0..POLLS_MAX {
            if stop() {
                return true;
            }
            let Some(id) = self.queue.pop() else { return true };
            let Some(at) = self.live.iter().position(|(other, ..)| *other == id) else { continue };
            let (_, waker, body) = &mut self.live[at];
            let waker = waker.clone();
            if body.as_mut().poll(&mut Context::from_waker(&waker)) == Poll::Ready(()) {
                self.live.retain(|(other, ..)| *other != id);
            }
        }
        false
    }
}
