//! The vault from outside: key files on a real disk, rotation over a restart, backups opened and refused.

#![allow(clippy::unwrap_used, reason = "tests, their helpers included")]

mod backups;
mod key_files;
