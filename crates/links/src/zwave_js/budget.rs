//! How many exchanges with one lock are allowed: each costs its battery. Pure; moments are arguments.
//!
//! The figures are ours (*estimate*): a lock that a person uses ten times a day exchanges 20 to 40 messages a
//! day by itself; 30 codes given at once take about 100. What ends access may go twice as far.

use std::time::Duration;

/// Exchanges that may follow each other at once.
const BURST: u32 = 600;
/// One more is allowed after each of these: 480 a day.
const REFILL: Duration = Duration::from_secs(180);

/// What one lock has left.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    spent: u32,
    at: Duration,
}

impl Budget {
    pub(super) fn new(now: Duration) -> Self {
        Self { spent: 0, at: now }
    }

    /// Takes one exchange, or says how long to wait for the next. `urgent`: it ends access.
    pub(super) fn take(&mut self, urgent: bool, now: Duration) -> Result<(), Duration> {
        let periods = now.saturating_sub(self.at).as_secs() / REFILL.as_secs();
        let refilled = u32::try_from(periods).unwrap_or(u32::MAX);
        self.spent = self.spent.saturating_sub(refilled);
        self.at = if self.spent == 0 { now } else { self.at + REFILL * refilled };
        if self.spent >= if urgent { 2 * BURST } else { BURST } {
            return Err(REFILL.saturating_sub(now.saturating_sub(self.at)));
        }
        self.spent += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BURST, Budget, REFILL};

    /// R9, I11: bounded whatever the hub asks for, and what ends access goes further.
    #[test]
    fn a_lock_is_not_worn_out() {
        let mut budget = Budget::new(Duration::ZERO);
        let taken = (0..10_000).filter(|_| budget.take(false, Duration::ZERO).is_ok()).count();
        assert_eq!(taken, BURST as usize);
        assert_eq!(budget.take(false, REFILL / 2), Err(REFILL / 2));
        let urgent = (0..10_000).filter(|_| budget.take(true, Duration::ZERO).is_ok()).count();
        assert_eq!(urgent, BURST as usize);
        let mut day = Budget::new(Duration::ZERO);
        let seconds = 0..86_400_u64;
        let all = seconds.filter(|s| day.take(false, Duration::from_secs(*s)).is_ok()).count();
        assert!((1_070..=1_090).contains(&all), "{all} in the first day");
    }
}
