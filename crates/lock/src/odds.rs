//! The odds of a guesser at the keypad, for any policy. Pure arithmetic: knows no lock and no person.
//!
//! With a budget: a guesser gets at most `budget` wrong attempts at once and one more in each refill time, so in `D`
//! days `K = budget + D x 1440 / refill`, however many valid entries come between (they clear the count of wrong
//! codes, not the budget). Without one: between two valid entries the lock-outs alone bound him. Each attempt hits one
//! of `n` codes among `10^d` with `p = n / 10^d`, so that `P = 1 - (1 - p)^K`; a guesser who never repeats himself
//! does no better than `K x p`, which is what [`Odds::bound`] gives. Codes of nine digits and more, which are tried
//! once a minute while the budget is spent, are counted besides.

use crate::guess::{SPENT_WAIT_MS, lockout_seconds};

/// A policy and the life around it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Policy {
    /// Digits of an ordinary code.
    pub digits: u8,
    /// Active ordinary codes.
    pub codes: u32,
    /// Active codes of [`crate::STRONG_DIGITS`] digits or more.
    pub strong_codes: u32,
    /// Digits of those.
    pub strong_digits: u8,
    /// Wrong attempts at once before the budget is spent; 0 for no budget.
    pub budget: u32,
    /// Minutes in which one comes back.
    pub refill_minutes: u32,
    /// Wrong codes in a row until a lock-out.
    pub wrong_limit: u32,
    /// Seconds of the first lock-out.
    pub first_lockout: u8,
    /// Valid entries of residents in a day, evenly spread.
    pub valid_per_day: u32,
    /// Seconds that one attempt takes.
    pub seconds_per_attempt: u32,
    /// Days that the guesser stands there.
    pub days: u32,
}

impl Policy {
    /// What a newly commissioned lock does: six digits, ten codes, a budget of 36 with one back in twelve hours,
    /// three wrong codes to a lock-out of ten seconds; ten valid entries a day; thirty days.
    pub const DEFAULT: Self = Self {
        digits: 6,
        codes: 10,
        strong_codes: 0,
        strong_digits: 9,
        budget: 36,
        refill_minutes: 720,
        wrong_limit: 3,
        first_lockout: 10,
        valid_per_day: 10,
        seconds_per_attempt: 3,
        days: 30,
    };
}

/// What a guesser can hope for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Odds {
    /// Most attempts at ordinary codes.
    pub attempts: u64,
    /// Most attempts at strong codes besides, while the budget is spent.
    pub strong_attempts: u64,
    /// Probability that one of them opens, each attempt a fresh draw.
    pub probability: f64,
    /// Upper bound for a guesser who never tries a code twice.
    pub bound: f64,
}

/// Chance that one attempt hits one of `codes` among all of `digits` digits.
fn chance(codes: u32, digits: u8) -> f64 {
    let space = libm::pow(10.0, f64::from(digits));
    (f64::from(codes) / space).min(1.0)
}

/// Most attempts between two valid entries that are `seconds` apart, by the lock-outs alone.
fn between(policy: &Policy, seconds: u64) -> u64 {
    let limit = u64::from(policy.wrong_limit.max(1));
    let round = limit.saturating_mul(u64::from(policy.seconds_per_attempt.max(1)));
    let (mut used, mut attempts, mut count) = (0u64, 0u64, 0u8);
    // each round but the first few costs the longest lock-out, so this ends after at most seconds / 900 + 4 rounds
    while used.saturating_add(round) <= seconds {
        attempts = attempts.saturating_add(limit);
        count = count.saturating_add(1);
        let lockout = u64::from(lockout_seconds(policy.first_lockout, count)).max(1);
        used = used.saturating_add(round).saturating_add(lockout);
    }
    // the attempts before the next lock-out would begin
    let rest = seconds.saturating_sub(used) / u64::from(policy.seconds_per_attempt.max(1));
    attempts.saturating_add(rest.min(limit.saturating_sub(1)))
}

/// The odds under a policy.
#[must_use]
pub fn odds(policy: &Policy) -> Odds {
    let days = u64::from(policy.days);
    let valid = u64::from(policy.valid_per_day).max(1);
    let free = days.saturating_mul(valid).saturating_mul(between(policy, 86_400 / valid));
    let minutes = days.saturating_mul(1_440);
    let (attempts, strong_attempts) = if policy.budget == 0 {
        (free, free)
    } else {
        let back = minutes / u64::from(policy.refill_minutes.max(1));
        let budgeted = u64::from(policy.budget).saturating_add(back);
        let spent = minutes.saturating_mul(60_000) / SPENT_WAIT_MS;
        (free.min(budgeted), free.min(budgeted).saturating_add(spent))
    };
    let weak = chance(policy.codes, policy.digits);
    let strong = chance(policy.strong_codes, policy.strong_digits);
    // 1 - (1 - p)^K (1 - q)^L without losing small chances
    let log_miss = log_miss(weak, attempts) + log_miss(strong, strong_attempts);
    let bound = weak * count(attempts) + strong * count(strong_attempts);
    Odds { attempts, strong_attempts, probability: -libm::expm1(log_miss), bound: bound.min(1.0) }
}

fn log_miss(chance: f64, attempts: u64) -> f64 {
    if attempts == 0 || chance <= 0.0 { 0.0 } else { count(attempts) * libm::log1p(-chance) }
}

/// As a float; attempts stay far below 2^32, where a float is exact.
fn count(attempts: u64) -> f64 {
    f64::from(u32::try_from(attempts).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g6_the_default_policy_is_below_two_to_the_minus_ten() {
        let odds = odds(&Policy::DEFAULT);
        assert_eq!(odds.attempts, 96);
        assert!(odds.bound <= 1.0 / 1024.0 && odds.probability <= odds.bound, "{odds:?}");
    }

    #[test]
    fn strong_codes_among_the_ten_make_it_no_worse() {
        for strong_codes in 0..=10 {
            let policy = Policy { codes: 10 - strong_codes, strong_codes, ..Policy::DEFAULT };
            assert!(odds(&policy).bound <= 1.0 / 1024.0, "{strong_codes}");
        }
    }

    #[test]
    fn without_a_budget_ten_valid_entries_a_day_let_a_guesser_through() {
        let odds = odds(&Policy { budget: 0, ..Policy::DEFAULT });
        assert!(odds.attempts > 5_000 && odds.bound > 0.05, "{odds:?}");
    }

    #[test]
    fn four_digits_are_worse_and_odd_policies_are_still_chances() {
        let four = odds(&Policy { digits: 4, ..Policy::DEFAULT });
        assert!((four.probability - 0.0916).abs() < 0.001, "{four:?}");
        let policies = [
            Policy { wrong_limit: 0, refill_minutes: 0, seconds_per_attempt: 0, ..Policy::DEFAULT },
            Policy { digits: 0, codes: u32::MAX, ..Policy::DEFAULT },
            Policy { budget: 0, valid_per_day: 0, days: 3_650, ..Policy::DEFAULT },
        ];
        for policy in policies {
            let p = odds(&policy).probability;
            assert!((0.0..=1.0).contains(&p), "{policy:?} {p}");
        }
    }
}
