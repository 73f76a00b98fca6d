//! The odds of a guesser at a keypad, for any policy, with the formula beside them and the truth about residents
//! meanwhile. The arithmetic is `lock::odds`; nothing here knows a lock of this house but by name.

use askama::Template;
use axum::response::Response;
use lock::{Odds, Policy, STRONG_DIGITS, odds};

use super::{Asked, Fields, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;

struct Line {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "pages/odds/odds.html")]
struct OddsPage {
    frame: Frame,
    policy: Policy,
    found: Found,
    /// The same with other lengths: digits, chance, whether it is this policy's.
    lengths: Vec<(u8, String, bool)>,
    strong_digits: usize,
    /// Locks whose budget is low: id, name, what is used.
    low: Vec<(String, String, String)>,
}

struct Found {
    attempts: u64,
    chance: String,
    per_attempt: String,
    formula: Vec<Line>,
    /// Hours after which one wrong attempt is forgotten.
    refill: String,
}

/// `GET /odds`
pub(crate) async fn show(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    let frame = visit.frame("Odds of a guesser", Here::Doors);
    match policy(&query) {
        Ok(policy) => page(&fill(&visit, frame, policy)),
        Err(problem) => {
            let frame = frame.wrong(Some(&problem));
            page_with(problem.status, &fill(&visit, frame, Policy::DEFAULT))
        }
    }
}

fn policy(query: &Fields) -> Result<Policy, Problem> {
    let number = |name: &str, label: &str, default: u32, min: u32, max: u32| {
        let number = query.maybe::<u32>(name, label)?.unwrap_or(default);
        if (min..=max).contains(&number) {
            return Ok(number);
        }
        Err(Problem::bad_input(format!("{label}: {min} to {max}.")))
    };
    let d = Policy::DEFAULT;
    let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let digits = small(number("digits", "Digits", d.digits.into(), 4, 10)?);
    let policy = Policy {
        digits,
        codes: number("codes", "Codes", d.codes, 1, 1000)?,
        budget: number("budget", "Wrong codes at once", d.budget, 0, 1000)?,
        refill_minutes: number("refill", "Minutes until one comes back", d.refill_minutes, 1, 10_080)?,
        wrong_limit: number("limit", "Wrong codes to a lock-out", d.wrong_limit, 1, 255)?,
        first_lockout: small(number("lockout", "Seconds of lock-out", d.first_lockout.into(), 1, 255)?),
        valid_per_day: number("valid", "Valid entries a day", d.valid_per_day, 0, 1000)?,
        days: number("days", "Days", d.days, 1, 3650)?,
        ..d
    };
    Ok(policy)
}

fn fill(visit: &Visit, frame: Frame, policy: Policy) -> OddsPage {
    let found = odds(&policy);
    let lengths = [4, 5, 6, 7, 8, 9].map(|digits| {
        let other = odds(&Policy { digits, ..policy });
        (digits, chance(other.bound), digits == policy.digits)
    });
    let low = visit.app.hub.view(|view| {
        let row = |lock: &access::Lock| {
            let budget = view.live(lock.id).budget.filter(hub::ports::Budget::is_low)?;
            let of = budget.limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
            let word = if budget.spent { "spent" } else { "low" };
            Some((lock.id.to_string(), lock.name.clone(), format!("{word}: {}{of} used", budget.used)))
        };
        view.house.locks.values().filter_map(row).collect()
    });
    OddsPage {
        frame,
        found: words(&policy, &found),
        policy,
        lengths: lengths.to_vec(),
        strong_digits: STRONG_DIGITS,
        low,
    }
}

fn words(policy: &Policy, found: &Odds) -> Found {
    let space = 10_u64.pow(u32::from(policy.digits));
    let by_budget = policy.budget > 0
        && found.attempts
            == u64::from(policy.budget)
                + u64::from(policy.days) * 1440 / u64::from(policy.refill_minutes.max(1));
    let attempts = if by_budget {
        format!(
            "{} + {} days × 1440 min ÷ {} min = {}",
            policy.budget, policy.days, policy.refill_minutes, found.attempts
        )
    } else if policy.budget > 0 {
        format!("{} in all: the lock-outs bound it more than the budget does", found.attempts)
    } else {
        format!("{} in all, by the lock-outs between two valid entries", found.attempts)
    };
    let formula = vec![
        Line { label: "Attempts K", value: attempts },
        Line {
            label: "Chance p of one attempt",
            value: format!(
                "{} codes ÷ 10^{} = {}",
                policy.codes,
                policy.digits,
                chance(f64::from(policy.codes) / space as f64,)
            ),
        },
        Line {
            label: "Chance of all, nothing tried twice",
            value: format!(
                "at most K × p = {} × {} ÷ 10^{} = {}",
                found.attempts,
                policy.codes,
                policy.digits,
                chance(found.bound)
            ),
        },
        Line {
            label: "Chance of all, each drawn anew",
            value: format!("1 − (1 − p)^K = {}", chance(found.probability)),
        },
    ];
    Found {
        attempts: found.attempts,
        chance: chance(found.bound),
        per_attempt: chance(f64::from(policy.codes) / space as f64),
        formula,
        refill: span(policy.refill_minutes),
    }
}

/// `1 in 1,042`, or from a hundredth on `9.6 %`.
pub(crate) fn chance(p: f64) -> String {
    if p >= 1.0 {
        return "certain".to_owned();
    }
    if p >= 0.01 {
        return format!("{:.1} %", p * 100.0);
    }
    let one_in = (1.0 / p.max(1e-15)).round() as u64;
    let digits = one_in.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("1 in {grouped}")
}

fn span(minutes: u32) -> String {
    match minutes {
        minutes if minutes % 60 == 0 && minutes > 60 => format!("{} hours", minutes / 60),
        60 => "an hour".to_owned(),
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::{chance, policy, words};
    use crate::pages::Fields;
    use lock::{Policy, odds};

    #[test]
    fn g6_the_page_shows_the_formula_with_its_numbers() {
        let shown = words(&Policy::DEFAULT, &odds(&Policy::DEFAULT));
        assert_eq!(shown.attempts, 96);
        assert_eq!(shown.chance, "1 in 1,042");
        assert_eq!(shown.formula[0].value, "36 + 30 days × 1440 min ÷ 720 min = 96");
        assert!(shown.formula[2].value.contains("96 × 10 ÷ 10^6"), "{}", shown.formula[2].value);
        assert_eq!(shown.refill, "12 hours");
    }

    #[test]
    fn g6_odd_policies_are_refused_in_words_and_empty_ones_are_the_default() {
        assert_eq!(policy(&Fields::empty()).ok(), Some(Policy::DEFAULT));
        assert_eq!(chance(0.0916), "9.2 %");
        assert_eq!(chance(1.0), "certain");
    }
}
