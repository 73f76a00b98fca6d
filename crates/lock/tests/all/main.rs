//! The lock from outside: everything a host can do to it.

mod door;
#[allow(missing_docs, reason = "plain bench words")]
mod support;
