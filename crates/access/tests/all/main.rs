//! Integration tests of access: houses that live through commands, faults and time, against locks that
//! really hold what was written to them.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod ahead;
mod codes;
mod commands;
mod evidence;
mod faults;
mod limits;
mod places;
mod schedules;
mod speed;
mod standing;
mod world;
