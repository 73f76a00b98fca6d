//! The air between a hub and the lock: delay, jitter (and with it overtaking), loss, duplication, sleep, and
//! being out of reach altogether. Works in the lock's own time and from a seed, so that a run can be
//! repeated. Looks into no message.

use std::collections::BTreeMap;

use lock::Millis;

use crate::dice::Dice;
use crate::hand::RadioFaults;

/// Messages in the air at most; beyond that a message is lost, as on a real channel.
const MOST: usize = 512;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From a peer to the lock.
    Down,
    /// From the lock to a peer.
    Up,
}

/// What is on its way.
#[derive(Debug)]
struct Flying<T> {
    way: Way,
    what: T,
}

/// The air around one lock.
#[derive(Debug)]
pub struct Air<T> {
    /// How bad it is.
    pub faults: RadioFaults,
    /// Whether anything gets through at all.
    pub reach: bool,
    dice: Dice,
    order: u64,
    flying: BTreeMap<(Millis, u64), Flying<T>>,
    lost: u64,
}

impl<T: Clone> Air<T> {
    /// Clear air.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            faults: RadioFaults::default(),
            reach: true,
            dice: Dice::new(seed),
            order: 0,
            flying: BTreeMap::new(),
            lost: 0,
        }
    }

    /// Sends a message.
    pub fn send(&mut self, now: Millis, way: Way, what: T) {
        if !self.reach || self.dice.hits(self.faults.loss) {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        if self.dice.hits(self.faults.duplicate) {
            self.launch(now, way, what.clone());
        }
        self.launch(now, way, what);
    }

    fn launch(&mut self, now: Millis, way: Way, what: T) {
        if self.flying.len() >= MOST {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        let late = Millis::from(self.faults.delay_ms) + self.dice.up_to(u64::from(self.faults.jitter_ms));
        let mut due = now.saturating_add(late);
        let sleep = Millis::from(self.faults.sleep_ms);
        if way == Way::Down && sleep > 0 {
            due = due.div_ceil(sleep).saturating_mul(sleep);
        }
        self.order += 1;
        self.flying.insert((due, self.order), Flying { way, what });
    }

    /// The next message that arrives at `now` or before.
    pub fn arrive(&mut self, now: Millis) -> Option<(Way, T)> {
        loop {
            let entry = self.flying.first_entry()?;
            if entry.key().0 > now {
                return None;
            }
            let flying = entry.remove();
            if self.reach {
                return Some((flying.way, flying.what));
            }
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// The next message for a peer that arrives at `now` or before.
    pub fn arrive_up(&mut self, now: Millis) -> Option<T> {
        let due = self.flying.range(..=(now, u64::MAX));
        let key = due.filter(|(_, flying)| flying.way == Way::Up).map(|(key, _)| *key).next()?;
        let flying = self.flying.remove(&key).filter(|_| self.reach);
        if flying.is_none() {
            self.lost = self.lost.saturating_add(1);
        }
        flying.map(|flying| flying.what)
    }

    /// When the next message arrives.
    #[must_use]
    pub fn next(&self) -> Option<Millis> {
        self.flying.first_key_value().map(|((due, _), _)| *due)
    }

    /// Messages lost so far.
    #[cfg(test)]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::{Air, Way};
    use crate::hand::RadioFaults;

    fn sent_and_got(faults: RadioFaults, count: u64) -> Vec<(u64, u64)> {
        let mut air = Air::new(3);
        air.faults = faults;
        let mut got = Vec::new();
        for now in 0..count + 1000 {
            if now < count {
                air.send(now, Way::Up, now);
            }
            while let Some((_, what)) = air.arrive(now) {
                got.push((now, what));
            }
        }
        got
    }

    #[test]
    fn clear_air_delivers_everything_at_once_and_in_order() {
        let mut air = Air::new(3);
        for n in 0..100 {
            air.send(n, Way::Up, n);
            assert_eq!(air.arrive(n), Some((Way::Up, n)));
            assert!(air.arrive(n).is_none());
        }
    }

    #[test]
    fn bad_air_loses_doubles_delays_and_swaps() {
        let faults = RadioFaults { delay_ms: 50, jitter_ms: 40, loss: 200, duplicate: 100, sleep_ms: 0 };
        let got = sent_and_got(faults, 2000);
        let mut kinds: Vec<u64> = got.iter().map(|g| g.1).collect();
        let sorted = kinds.windows(2).all(|w| w[0] <= w[1]);
        kinds.sort_unstable();
        let doubles = kinds.windows(2).filter(|w| w[0] == w[1]).count();
        kinds.dedup();
        assert!(!sorted, "nothing overtook");
        assert!((1500..1700).contains(&kinds.len()), "{} arrived", kinds.len());
        assert!((100..220).contains(&doubles), "{doubles} doubled");
        assert!(got.iter().all(|(at, n)| (n + 50..=n + 90).contains(at)));
    }

    #[test]
    fn a_sleeping_lock_hears_at_its_waking_only() {
        let mut air = Air::new(1);
        air.faults.sleep_ms = 1000;
        air.send(1, Way::Down, ());
        assert_eq!(air.next(), Some(1000));
        air.send(1, Way::Up, ());
        assert_eq!(air.next(), Some(1), "what the lock itself says need not wait");
    }

    #[test]
    fn out_of_reach_loses_what_is_in_the_air_too() {
        let mut air = Air::new(1);
        air.faults.delay_ms = 10;
        air.send(0, Way::Down, 1);
        air.reach = false;
        assert!(air.arrive(10).is_none());
        air.send(10, Way::Down, 2);
        air.reach = true;
        assert!(air.arrive(100).is_none());
        assert_eq!(air.lost(), 2);
    }

    #[test]
    fn the_air_is_bounded() {
        let mut air = Air::new(1);
        air.faults.delay_ms = 1000;
        for n in 0..10_000 {
            air.send(0, Way::Down, n);
        }
        assert_eq!(air.lost(), 10_000 - super::MOST as u64);
    }
}
