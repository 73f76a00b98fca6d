//! Advice and care: what to choose for this home, how to set it up, how to look after it, and what to do when
//! something is wrong.
//!
//! Pure: no clock, no files, no randomness of its own. It reads what is known of a home (the survey and the audit of
//! `door`, people and codes of `access`, what the hub saw of its locks) and answers with reasons. Every piece of advice
//! names the answer or the sighting that decided it; two homes that differ in it get different advice.

pub mod ask;
pub mod choose;
pub mod living;
pub mod mend;
pub mod rule;
pub mod setup;
#[cfg(test)]
mod testing;
pub mod words;
