//! What the end-to-end tests share: the shipped binary as a process of its own on a free port and a folder of
//! its own, ended by its id. Nothing here reaches into the program.

#![allow(
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test fails by panicking, and waits by looking again until a deadline"
)]

mod hub;
pub mod pages;
mod sealed;
pub mod shared;

pub use hub::{Answer, HubProcess, PASSWORD, run};
pub use sealed::{must, random_code};

/// The binary under test: `DOORWARD_BIN`, else the release build in the target folder.
///
/// # Panics
/// When there is none: a test that tests nothing must not pass.
pub fn binary() -> std::path::PathBuf {
    if let Some(path) = std::env::var_os("DOORWARD_BIN") {
        return path.into();
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let path = target.join("release/doorward");
    assert!(path.exists(), "{} is not there: `cargo build --release -p doorward` first", path.display());
    path
}
