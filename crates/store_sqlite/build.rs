//! Rebuilds the crate when a migration is added: the migrations are embedded at compile time.
#![allow(clippy::print_stdout, reason = "the way to speak to cargo")]

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
