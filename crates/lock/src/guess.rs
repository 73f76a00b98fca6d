//! Bounded guessing (G6, A18, A19, A33): every attempt is counted durably before it is compared, each channel counts
//! apart, lock-outs lengthen, and a budget that valid entries do not clear bounds what a patient guesser gets in
//! thirty days. Compares nothing; `decide.rs` does.
//!
//! The budget is a leaky bucket: `budget` wrong attempts at once (36), one back in `budget_refill` minutes (720). In
//! thirty days that is at most 36 + 60 = 96 wrong attempts however many valid entries come between; with six digits
//! and ten codes the chance is below 96 x 10 / 10^6 = 9.6e-4 < 2^-10. While it is spent, ordinary codes wait for the
//! next attempt to come back (12 hours at most), codes of nine digits and more for a minute; cards, fingers, key and
//! remote are not touched, and a peer can lift it.

use crate::effects::Effects;
use crate::state::{Attempts, CHANNELS, Channel, Core, Settings};
use crate::storage::{Storage, StorageError};
use crate::words::{Alarm, Millis};

/// Wait between attempts when the budget is spent, for strong codes only.
pub const SPENT_WAIT_MS: Millis = 60_000;
/// Lock-outs in seconds from the second on without a valid entry between; the first is a setting.
pub const LOCKOUT_SECONDS: [u32; 3] = [60, 300, 900];

/// The lock-out in a row from which on all are the longest.
const LONGEST: u8 = 4;

/// A span that is never longer than a refill time or a lock-out.
pub(crate) fn short(span: Millis) -> u32 {
    u32::try_from(span).unwrap_or(u32::MAX)
}

/// What one attempt was charged with: the counters stand as if it had failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charge {
    pub channel: Channel,
    /// The budget was spent: only strong codes count as codes.
    pub strong_only: bool,
    before: Attempts,
    until_before: Millis,
    /// Length in seconds of the lock-out that a failure begins.
    lockout: Option<u32>,
}

/// Length in seconds of the `count`-th lock-out in a row, counted from 1.
#[must_use]
pub fn lockout_seconds(first: u8, count: u8) -> u32 {
    let first = u32::from(first);
    match usize::from(count) {
        0 | 1 => first,
        n => LOCKOUT_SECONDS
            .get(n.saturating_sub(2))
            .or(LOCKOUT_SECONDS.last())
            .map_or(first, |s| first.max(*s)),
    }
}

impl Core<'_> {
    pub(crate) fn attempts(&mut self, channel: Channel) -> &mut Attempts {
        // the array has a place for every channel; the other arm is for the compiler
        let [keypad, card, biometric, remote] = &mut self.vitals.attempts;
        match channel {
            Channel::Keypad => keypad,
            Channel::Card => card,
            Channel::Biometric => biometric,
            Channel::Remote => remote,
        }
    }

    fn lockout(&mut self, channel: Channel) -> &mut Millis {
        let [keypad, card, biometric, remote] = &mut self.live.lockout;
        match channel {
            Channel::Keypad => keypad,
            Channel::Card => card,
            Channel::Biometric => biometric,
            Channel::Remote => remote,
        }
    }

    /// Lets time give attempts back.
    pub(crate) fn age_budgets(&mut self) {
        let elapsed = self.live.now.saturating_sub(self.live.aged_at);
        self.live.aged_at = self.live.now;
        let refill = u64::from(self.config.settings.budget_refill.max(1)).saturating_mul(60_000);
        for attempts in &mut self.vitals.attempts {
            if attempts.spent == 0 {
                attempts.age = 0;
                continue;
            }
            let age = u64::from(attempts.age).saturating_add(elapsed);
            let back = age.checked_div(refill).unwrap_or(0);
            attempts.age = short(age.checked_rem(refill).unwrap_or(0));
            attempts.spent = attempts.spent.saturating_sub(u16::try_from(back).unwrap_or(u16::MAX));
        }
    }

    fn budget_spent(&mut self, channel: Channel) -> bool {
        let budget = self.config.settings.budget;
        budget > 0 && self.attempts(channel).spent >= budget
    }

    /// Milliseconds of lock-out or wait left on a channel.
    pub(crate) fn lockout_left(&mut self, channel: Channel) -> Millis {
        let now = self.live.now;
        self.lockout(channel).saturating_sub(now)
    }

    /// Counts an attempt as failed, lock-out included, and makes that durable; only then may it be compared. Whoever
    /// cuts power after the comparison finds the failure counted. On an error nothing may be compared and nothing is
    /// counted.
    pub(crate) fn charge(
        &mut self,
        channel: Channel,
        storage: &mut impl Storage,
    ) -> Result<Charge, StorageError> {
        self.age_budgets();
        let now = self.live.now;
        let strong_only = self.budget_spent(channel);
        let Settings { budget, wrong_limit, disable_time, .. } = self.config.settings;
        let (before, until_before) = (*self.attempts(channel), *self.lockout(channel));
        let attempts = self.attempts(channel);
        let mut lockout = None;
        let mut wait = None;
        if strong_only {
            wait = Some(SPENT_WAIT_MS);
        } else {
            attempts.wrong = attempts.wrong.saturating_add(1);
            if budget > 0 {
                attempts.spent = attempts.spent.saturating_add(1);
            }
            if attempts.wrong >= wrong_limit.max(1) {
                attempts.wrong = 0;
                // beyond the longest lock-out there is nothing to count
                attempts.lockouts = attempts.lockouts.saturating_add(1).min(LONGEST);
                let seconds = lockout_seconds(disable_time, attempts.lockouts);
                lockout = Some(seconds);
                wait = Some(u64::from(seconds).saturating_mul(1000));
            }
        }
        if let Some(wait) = wait {
            *self.lockout(channel) = now.saturating_add(wait);
        }
        match self.write_vitals(storage).and_then(|()| self.sync(storage)) {
            Ok(()) => Ok(Charge { channel, strong_only, before, until_before, lockout }),
            Err(error) => {
                *self.attempts(channel) = before;
                *self.lockout(channel) = until_before;
                Err(error)
            }
        }
    }

    /// Takes a charge back after the right code: when the entry was valid in full (`valid`) the count of wrong ones
    /// starts anew; after the first of several credentials only this attempt goes.
    pub(crate) fn forgive(&mut self, charge: Charge, valid: bool) {
        *self.attempts(charge.channel) =
            if valid { Attempts { wrong: 0, lockouts: 0, ..charge.before } } else { charge.before };
        *self.lockout(charge.channel) = charge.until_before;
    }

    /// After a wrong attempt: tells, and gives the length in seconds of the lock-out that began, if one did.
    pub(crate) fn settle_wrong(&mut self, charge: Charge, effects: &mut Effects) -> Option<u32> {
        if self.budget_spent(charge.channel) && !charge.strong_only {
            effects.alarms.raise(Alarm::BudgetSpent);
        }
        charge.lockout?;
        if charge.channel == Channel::Remote && self.config.settings.remote_locks_keypad {
            *self.lockout(Channel::Keypad) = *self.lockout(Channel::Remote);
        }
        effects.alarms.raise(Alarm::WrongCodeLimit);
        effects.changed = true;
        charge.lockout
    }

    /// Begins locked out on every channel: the counters are gone from a lock in use.
    pub(crate) fn start_locked_out(&mut self) {
        let longest = LOCKOUT_SECONDS.last().copied().unwrap_or(0);
        for attempts in &mut self.vitals.attempts {
            attempts.lockouts = 1;
            attempts.left = longest.saturating_mul(1000);
        }
    }

    /// The owner has looked: every channel has its budget again.
    pub(crate) fn lift_budget(&mut self) {
        for attempts in &mut self.vitals.attempts {
            *attempts = Attempts { left: 0, ..Attempts::default() };
        }
        self.live.lockout = [0; CHANNELS];
    }
}
