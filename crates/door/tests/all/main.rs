//! What the audit promises, tried from outside the crate.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests say what went wrong by stopping")]

mod common;
mod contract;
mod figures;
mod laws;
mod stronger;
mod survey;
