//! Time and randomness of the real machine.

#![allow(clippy::disallowed_methods, reason = "this is where the Clock and Ids ports meet the machine")]

use std::time::{Duration, Instant};

use async_trait::async_trait;
use hub::ports::{Clock, Ids};
use jiff::Timestamp;
use uuid::Uuid;

/// The machine's clocks.
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The operating system's random generator.
pub struct SystemIds;

impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        let mut random = [0_u8; 10];
        self.fill(&mut random);
        let now = Timestamp::now().as_millisecond();
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now).unwrap_or(0), &random).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // without randomness every key and code would be guessable: better no program at all
            eprintln!("doorward: the operating system gives no random numbers");
            std::process::abort();
        }
    }
}
