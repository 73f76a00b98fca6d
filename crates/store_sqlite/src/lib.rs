//! The hub's store in SQLite: one file in the data folder, every batch of the hub one durable transaction.
//!
//! It keeps rows and gives them back; it decides nothing, opens nothing that is sealed and knows no clock.
//! One connection writes (WAL, `synchronous = FULL`), a few read. Every statement is checked against the
//! schema when the program is built (`query!` with the data in `.sqlx/`, made by `cargo xtask sqlx-prepare`).
//!
//! - [`SqliteStore::open`] takes the data folder for itself, checks the file and brings it up to date.
//! - [`restore`] puts a backup in the place of the database, [`newest_good_backup`] finds one.
//!
//! Absences that hold: nothing is written outside a transaction; the journal has no delete (the schema
//! refuses it); a database of a newer version is not touched.

mod backup;
mod damage;
mod folder;
mod load_house;
mod load_rest;
mod log;
mod open;
mod readers;
mod store;
#[cfg(test)]
mod store_test;
mod trouble;
mod values;
mod write_house;
mod write_rest;

pub use backup::{Restored, restore};
pub use damage::{GoodBackup, newest_good_backup};
pub use folder::{BACKUPS, DATABASE};
pub use store::SqliteStore;
