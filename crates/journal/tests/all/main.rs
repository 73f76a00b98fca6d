//! Integration tests of the journal: what another program makes of an exported log, what tampering is
//! called, and that no input breaks a decoder.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod audit;
mod common;
mod decoders;
mod independent;
mod proofs;
mod speed;
mod tamper;
