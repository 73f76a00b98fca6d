//! The hub through its public surface, over ports made for tests: a store in memory that can fail, a clock
//! that is turned by hand, a lock that can be cut off. The shipped adapters have tests of their own.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails where it expects in vain")]

#[path = "all/accounts.rs"]
mod accounts;
#[path = "all/arrivals.rs"]
mod arrivals;
#[path = "all/entries.rs"]
mod entries;
#[path = "all/flags.rs"]
mod flags;
#[path = "all/house.rs"]
mod house;
#[path = "all/import.rs"]
mod import;
#[path = "all/living.rs"]
mod living;
#[path = "all/ports.rs"]
mod ports;
#[path = "all/power.rs"]
mod power;
#[path = "all/sync.rs"]
mod sync;
