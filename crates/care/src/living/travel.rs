//! How long the bolt takes for its way, over the months. A bolt that grows slow, or stalls now and then, is an early
//! sign of a door that sags: hinges give, the strike no longer meets the bolt. Knows no motor of any one lock.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Travels kept.
pub const KEPT: usize = 300;
/// The first so many travels are what later ones are held against.
const FIRST: usize = 10;
/// The last so many say how it is now.
const LAST: usize = 5;
/// Grown by this share it is called slower. An estimate: below it cold and tired cells explain as much.
pub const SLOWER: f64 = 0.25;
/// So many travels alike show that a new lock moves freely. An estimate.
const ALIKE: usize = 3;
/// Stalls in thirty days from which on the door is looked at. An estimate.
pub const STALLS: usize = 3;
const MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Times longer than this are no travel of a bolt, ms.
const LONGEST_MS: u32 = 20_000;

/// The travels of a lock's bolt, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// The first travels after mounting, ms.
    pub first: Vec<u32>,
    /// The latest travels.
    pub travels: Vec<Travel>,
    /// When it stalled.
    pub stalls: Vec<Timestamp>,
}

/// One way of the bolt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Travel {
    /// When.
    pub at: Timestamp,
    /// How long, ms.
    pub ms: u32,
}

/// What the travels say.
#[derive(Debug, Clone, PartialEq)]
pub enum Trend {
    /// Too few to say.
    TooFew {
        /// How many there are.
        travels: usize,
    },
    /// As at the beginning.
    Steady {
        /// Median of the first, ms.
        first: u32,
        /// Median of the last, ms.
        last: u32,
    },
    /// It has grown slow.
    Slower {
        /// Median of the first, ms.
        first: u32,
        /// Median of the last, ms.
        last: u32,
    },
}

impl History {
    /// Takes a travel; false when it says nothing (none, or longer than any bolt takes).
    pub fn take(&mut self, at: Timestamp, ms: u32) -> bool {
        if ms == 0 || ms > LONGEST_MS {
            return false;
        }
        if self.first.len() < FIRST {
            self.first.push(ms);
        }
        self.travels.push(Travel { at, ms });
        if self.travels.len() > KEPT {
            self.travels.remove(0);
        }
        true
    }

    /// Takes a stall.
    pub fn stall(&mut self, at: Timestamp) {
        self.stalls.push(at);
        if self.stalls.len() > KEPT {
            self.stalls.remove(0);
        }
    }

    /// What the travels say.
    pub fn trend(&self) -> Trend {
        let travels = self.travels.len();
        if self.first.len() < FIRST || travels < FIRST + LAST {
            return Trend::TooFew { travels };
        }
        let first = median(self.first.clone());
        let last = median(self.travels[travels - LAST..].iter().map(|travel| travel.ms).collect());
        if f64::from(last) >= f64::from(first) * (1.0 + SLOWER) {
            Trend::Slower { first, last }
        } else {
            Trend::Steady { first, last }
        }
    }

    /// Stalls in the thirty days before `now`.
    pub fn stalls_lately(&self, now: Timestamp) -> usize {
        self.stalls.iter().filter(|at| now.duration_since(**at) <= MONTH).count()
    }

    /// Whether the bolt moves freely now: shortest and longest of the last travels, ms, when they are alike and nothing
    /// stalled in the month before `now`. `None`: too few, one of them much slower, or a stall.
    pub fn free(&self, now: Timestamp) -> Option<(u32, u32)> {
        let last = self.travels.len().checked_sub(ALIKE).and_then(|from| self.travels.get(from..))?;
        let (low, high) =
            last.iter().fold((u32::MAX, 0), |(low, high), one| (low.min(one.ms), high.max(one.ms)));
        let alike = f64::from(high) <= f64::from(low) * (1.0 + SLOWER);
        (alike && self.stalls_lately(now) == 0).then_some((low, high))
    }

    /// When the sign began: the first of the slow travels without a break, else the oldest stall of thirty days.
    pub fn noticed(&self, now: Timestamp) -> Option<Timestamp> {
        match self.sags(now)? {
            Sag::Slower { first, .. } => {
                let slow = |travel: &&Travel| f64::from(travel.ms) >= f64::from(first) * (1.0 + SLOWER);
                self.travels.iter().rev().take_while(slow).last().map(|travel| travel.at)
            }
            Sag::Stalls { .. } => self.stalls.iter().find(|at| now.duration_since(**at) <= MONTH).copied(),
        }
    }

    /// Whether hinges and strike are worth a look now, and by which sighting.
    pub fn sags(&self, now: Timestamp) -> Option<Sag> {
        let stalls = self.stalls_lately(now);
        match self.trend() {
            Trend::Slower { first, last } => Some(Sag::Slower { first, last, stalls }),
            _ if stalls >= STALLS => Some(Sag::Stalls { stalls }),
            _ => None,
        }
    }
}

/// A sign of a door that sags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sag {
    /// The bolt takes longer than at first.
    Slower {
        /// Median of the first, ms.
        first: u32,
        /// Median of the last, ms.
        last: u32,
        /// Stalls in thirty days.
        stalls: usize,
    },
    /// It stalled several times.
    Stalls {
        /// In thirty days.
        stalls: usize,
    },
}

fn median(mut values: Vec<u32>) -> u32 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{History, STALLS, Sag, Trend};
    use jiff::Timestamp;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + n * 86_400).unwrap()
    }

    fn door(ms: impl Fn(i64) -> u32) -> History {
        let mut history = History::default();
        for n in 0..40 {
            assert!(history.take(day(n), ms(n)));
        }
        history
    }

    #[test]
    fn a8_a_bolt_that_grows_slow_is_a_sign_and_a_steady_one_is_none() {
        let sagging = door(|n| 900 + u32::try_from(n * 10).unwrap());
        let Some(Sag::Slower { first, last, .. }) = sagging.sags(day(40)) else { panic!("{sagging:?}") };
        assert!(first < 1000 && last > 1200, "{first} {last}");
        assert_eq!(sagging.noticed(day(40)), Some(day(29)), "the first that took a quarter longer");
        let sound = door(|n| if n % 3 == 0 { 930 } else { 890 });
        assert_eq!(sound.sags(day(40)), None);
        assert!(matches!(sound.trend(), Trend::Steady { .. }));
    }

    #[test]
    fn a5_a_new_bolt_moves_freely_when_three_ways_are_alike_and_nothing_stalls() {
        let mut history = History::default();
        assert!(history.take(day(0), 900) && history.take(day(0), 950));
        assert_eq!(history.free(day(0)), None, "two say little");
        assert!(history.take(day(0), 880));
        assert_eq!(history.free(day(0)), Some((880, 950)));
        assert!(history.take(day(1), 1300));
        assert_eq!(history.free(day(1)), None, "the last one took far longer");
        for _ in 0..3 {
            assert!(history.take(day(1), 1300));
        }
        assert!(history.free(day(1)).is_some());
        history.stall(day(2));
        assert_eq!((history.free(day(3)), history.free(day(40))), (None, Some((1300, 1300))));
    }

    #[test]
    fn a8_one_slow_night_is_not_a_trend() {
        let cold = door(|n| if n == 38 { 3000 } else { 900 });
        assert_eq!(cold.sags(day(40)), None);
    }

    #[test]
    fn a8_stalls_count_for_a_month() {
        let mut history = door(|_| 900);
        for n in 0..i64::try_from(STALLS).unwrap() {
            history.stall(day(n));
        }
        assert_eq!(history.sags(day(5)), Some(Sag::Stalls { stalls: STALLS }));
        assert_eq!(history.noticed(day(5)), Some(day(0)));
        assert_eq!(history.sags(day(60)), None);
    }

    #[test]
    fn a8_few_travels_say_nothing_and_absurd_ones_are_not_taken() {
        let mut history = History::default();
        assert!(!history.take(day(0), 0) && !history.take(day(0), 60_000));
        history.take(day(0), 900);
        assert_eq!(history.trend(), Trend::TooFew { travels: 1 });
    }
}
