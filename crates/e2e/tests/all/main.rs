//! The program from outside, without a browser: the journeys of a house over the API, the forms and the
//! command line, through crashes, restores and restarts. Nothing here reaches into the program.

#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and waits by looking again until a deadline"
)]

mod accounts;
mod advice;
mod ahead;
mod alerts;
mod audit;
mod browser;
mod care;
mod clock;
mod command_line;
mod configuration;
mod crash;
mod groups;
mod house;
mod journal;
mod keeping;
mod lab;
mod lab_stream;
mod lock_page;
mod lock_troubles;
mod reach;
mod secrets;
mod virtual_lock;
mod zigbee;
mod zwave;
