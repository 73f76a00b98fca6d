//! The lock's challenges that wait for a command, each of which serves once. Seals nothing and sends nothing.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// A challenge that came with an answer is used within this time; the lock lets it live ten seconds.
const CARRIED: Duration = Duration::from_secs(4);
/// Challenges that were used are remembered, so that a doubled message brings none back.
const USED: usize = 16;

/// What one session knows of its lock's challenges.
#[derive(Default)]
pub struct Challenges {
    /// The one that came with the last answer, and when.
    carried: Option<([u8; 16], Instant)>,
    /// Those that commands were sealed under.
    used: VecDeque<[u8; 16]>,
}

impl Challenges {
    /// One came unasked, with an answer.
    pub fn carry(&mut self, challenge: [u8; 16], now: Instant) {
        if !self.used.contains(&challenge) {
            self.carried = Some((challenge, now));
        }
    }

    /// The one to seal the next command under, if one came with the last answer and still lives.
    pub fn take(&mut self, now: Instant) -> Option<[u8; 16]> {
        self.carried
            .take()
            .filter(|(_, at)| now.duration_since(*at) < CARRIED)
            .map(|(challenge, _)| challenge)
    }

    /// A command is sealed under this one, wherever it came from. The lock answers a question with the same one that
    /// it sent unasked while that is unused, so both may have come: kept for the next command, it would be a forgery
    /// to the lock.
    pub fn spend(&mut self, challenge: [u8; 16]) {
        self.carried.take_if(|(carried, _)| *carried == challenge);
        if self.used.len() >= USED {
            self.used.pop_front();
        }
        self.used.push_back(challenge);
    }

    /// The lock started anew, or is out of reach: none that waits outlives that.
    pub fn forget(&mut self) {
        self.carried = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{CARRIED, Challenges};
    use tokio::time::Instant;

    const FIRST: [u8; 16] = [1; 16];
    const NEXT: [u8; 16] = [2; 16];

    #[test]
    fn g7_a_challenge_that_came_twice_serves_once() {
        let (mut challenges, now) = (Challenges::default(), Instant::now());
        // late with the last answer, while it was asked for as well
        challenges.carry(FIRST, now);
        challenges.spend(FIRST);
        assert_eq!(challenges.take(now), None);
        // and once more, behind the command
        challenges.carry(FIRST, now);
        assert_eq!(challenges.take(now), None);
        challenges.carry(NEXT, now);
        assert_eq!(challenges.take(now), Some(NEXT));
        assert_eq!(challenges.take(now), None);
    }

    #[test]
    fn a05_a_challenge_is_dropped_long_before_it_dies_at_the_lock() {
        let (mut challenges, now) = (Challenges::default(), Instant::now());
        challenges.carry(FIRST, now);
        assert_eq!(challenges.take(now + CARRIED), None);
        challenges.carry(NEXT, now);
        challenges.forget();
        assert_eq!(challenges.take(now), None);
    }
}
