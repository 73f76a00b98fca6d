//! The lock from outside: everything a host can do to it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]

mod bookkeeping;
mod channel;
mod clock;
mod constant;
mod door;
mod floods;
mod guessing;
mod kept;
mod power_cut;
mod property;
mod rules;
mod size;
#[allow(missing_docs, reason = "plain bench words")]
mod support;
mod told;
