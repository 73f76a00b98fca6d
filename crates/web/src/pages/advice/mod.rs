//! Advice on choosing and setting up: for the home, for a door, whether a lock fits, the checklist, safe against risky.
//! What is advised comes from the room `care`, every probability from `door`; here is only how it looks.

mod choose;
mod fit;
mod home;
mod kept;
mod risks;
mod setup;

use care::rule::{Decided, Rests};
use door::report::BeforeAfter;

pub(crate) use choose::show as choose;
pub(crate) use fit::show as fit;
pub(crate) use home::show as home;
pub(crate) use kept::{Kept, Question, advice_of, risks_of, sheet, sheets};
pub(crate) use risks::show as risks;
pub(crate) use setup::{photo, say, send_photo, show as setup};

/// What decided a piece of advice, in one line; empty where it is the same for every home.
fn decided(all: &[Decided]) -> String {
    all.iter().map(|one| format!("{} {} ({})", one.ask, one.answer, one.how)).collect::<Vec<_>>().join("; ")
}

/// What a statement rests on: words, and the page it was read on.
fn rests(rests: &Rests) -> (String, String) {
    match rests {
        Rests::Estimate => ("estimate".to_owned(), String::new()),
        Rests::Works => ("follows from how it works".to_owned(), String::new()),
        Rests::Audit => ("this door's audit".to_owned(), String::new()),
        Rests::Source { title, address } => (title.clone(), address.clone()),
    }
}

/// `31 %`.
fn percent(share: f64) -> String {
    door::draw::percent(share)
}

/// `31 % → 12 %`.
fn before_after(p: &BeforeAfter) -> String {
    format!("{} → {}", percent(p.p_before), percent(p.p_after))
}

/// `40 to 160`, or nothing to pay.
fn price(price: Option<(f64, f64)>) -> String {
    match price {
        None => "not known".to_owned(),
        Some((_, high)) if high <= 0.0 => "nothing".to_owned(),
        Some((low, high)) => format!("{low:.0} to {high:.0}"),
    }
}

/// `once in 14 years`, for a risk a year.
fn once_in(per_year: f64) -> String {
    if per_year <= 0.0 {
        return "never".to_owned();
    }
    let years = 1.0 / per_year;
    if years >= 2.0 { format!("once in {years:.0} years") } else { format!("{per_year:.1} times a year") }
}
