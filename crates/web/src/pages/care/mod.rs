//! Living with the locks: what is to be done and when, who still has access, where the keys are, who sees the log, what
//! is wrong, and questions. What is judged comes from the room `care`; what is known and kept from the hub.

mod ask;
mod calendar;
mod here;
mod keys;
mod mend;
mod privacy;
mod review;

pub(crate) use ask::ask;
pub(crate) use calendar::{address, done, feed, show};
pub(crate) use here::hubs;
pub(crate) use keys::{back, backup, enter, list as keys, place};
pub(crate) use mend::{check, show as mend};
pub(crate) use privacy::{answer as privacy_answer, show as privacy};
pub(crate) use review::{decide, question, show as review};

pub(crate) use ask::replied;
pub(crate) use mend::{Doctor, examined};
pub(crate) use privacy::{Standing as PrivacyStanding, standing as privacy_standing};

use jiff::civil::Date;

/// `23 November 2026`.
fn day(date: Date) -> String {
    care::living::sight::day_words(date)
}
