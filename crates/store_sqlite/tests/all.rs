//! The SQLite store from outside: the story every store must be able to tell, and what only a file on a disk
//! can suffer: a second opener, damage, newer versions, a full disk, `kill -9`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests, their helpers included")]

mod disk;
mod fixture;
mod kill;
mod speed;
mod story;
