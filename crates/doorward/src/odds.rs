//! `doorward odds`: what a guesser at the keypad can hope for, for any policy. The arithmetic is `lock::odds`.

use std::process::ExitCode;

use anyhow::bail;
use lock::{Policy, odds};
use serde_json::json;

use crate::output::print;

/// What a guesser at the keypad can hope for.
#[derive(clap::Args)]
pub struct Odds {
    /// Digits of a code, 4 to 10.
    #[arg(long, default_value_t = Policy::DEFAULT.digits, value_parser = clap::value_parser!(u8).range(4..=10))]
    digits: u8,
    /// Active codes.
    #[arg(long, default_value_t = Policy::DEFAULT.codes)]
    codes: u32,
    /// Wrong attempts at once before the budget is spent; 0 for a lock without a budget.
    #[arg(long, default_value_t = Policy::DEFAULT.budget)]
    budget: u32,
    /// Minutes in which one attempt of the budget comes back.
    #[arg(long, default_value_t = Policy::DEFAULT.refill_minutes, value_parser = clap::value_parser!(u32).range(1..))]
    refill_minutes: u32,
    /// Wrong codes in a row until a lock-out.
    #[arg(long, default_value_t = Policy::DEFAULT.wrong_limit, value_parser = clap::value_parser!(u32).range(1..=255))]
    wrong_limit: u32,
    /// Seconds of the first lock-out, 1 to 255.
    #[arg(long, default_value_t = Policy::DEFAULT.first_lockout, value_parser = clap::value_parser!(u8).range(1..))]
    first_lockout: u8,
    /// Valid entries of residents in a day.
    #[arg(long, default_value_t = Policy::DEFAULT.valid_per_day)]
    valid_per_day: u32,
    /// Days that the guesser stands there.
    #[arg(long, default_value_t = Policy::DEFAULT.days, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
}

/// Prints the odds.
pub fn run(args: &Odds, as_json: bool) -> anyhow::Result<ExitCode> {
    if u64::from(args.codes) > 10_u64.pow(u32::from(args.digits)) {
        bail!("there are only 10^{} codes of {} digits: give fewer --codes", args.digits, args.digits);
    }
    let policy = Policy {
        digits: args.digits,
        codes: args.codes,
        budget: args.budget,
        refill_minutes: args.refill_minutes,
        wrong_limit: args.wrong_limit,
        first_lockout: args.first_lockout,
        valid_per_day: args.valid_per_day,
        days: args.days,
        ..Policy::DEFAULT
    };
    let found = odds(&policy);
    let value = json!({
        "digits": policy.digits, "codes": policy.codes, "budget": policy.budget, "days": policy.days,
        "attempts": found.attempts, "probability": found.probability, "bound": found.bound,
    });
    print(as_json, &value, |_| {
        println!("In {} days a guesser at the keypad gets at most {} attempts.", policy.days, found.attempts);
        println!(
            "With {} codes of {} digits one of them opens with a probability of at most {}.",
            policy.codes,
            policy.digits,
            chance(found.bound)
        );
        println!("{}", formula(&policy, &found));
        println!(
            "Attempts never repeated; residents enter {} valid codes a day meanwhile.",
            policy.valid_per_day
        );
    });
    Ok(ExitCode::SUCCESS)
}

/// The formula with its numbers, and what it means for those who live there.
fn formula(policy: &Policy, found: &lock::Odds) -> String {
    let attempts = if policy.budget == 0 {
        format!("K = {} by the lock-outs between two valid entries", found.attempts)
    } else {
        format!(
            "K = at most {} + {} days x 1440 min / {} min, here {}",
            policy.budget, policy.days, policy.refill_minutes, found.attempts
        )
    };
    let residents = if policy.budget == 0 {
        String::new()
    } else {
        format!(
            "\nOnce the budget of {} wrong codes is spent, codes of fewer than {} digits do not open at the keypad \
             while somebody guesses, and are back within {} minutes after he has gone. Codes of {} digits and more, \
             cards, fingers, the key and remote commands open all the time; the owner is told and can lift it.",
            policy.budget,
            lock::STRONG_DIGITS,
            policy.refill_minutes,
            lock::STRONG_DIGITS
        )
    };
    format!(
        "{attempts}; P <= K x {} / 10^{} = {}{residents}",
        policy.codes,
        policy.digits,
        chance(found.bound)
    )
}

fn chance(p: f64) -> String {
    if p >= 0.01 {
        format!("{:.1} %", p * 100.0)
    } else {
        format!("1 in {:.0}", 1.0 / p.max(f64::MIN_POSITIVE))
    }
}
