//! The simulation's own tests: the same seed is the same world, every checker can fail, the hub may die at every await,
//! what went wrong in the field, and a model of the protocol walked to its end.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

#[path = "all/checkers.rs"]
mod checkers;
#[path = "all/crashes.rs"]
mod crashes;
#[path = "all/field.rs"]
mod field;
#[path = "all/protocol.rs"]
mod protocol;
#[path = "all/seeds.rs"]
mod seeds;
#[path = "all/shrinks.rs"]
mod shrinks;
#[path = "all/tale.rs"]
mod tale;
