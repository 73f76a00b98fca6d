//! The use cases, one file a subject: access, locks, pairing, keeping.

mod access;
mod keeping;
mod locks;
mod pairing;

pub use access::{CODE_DIGITS, CodeWish};
pub use locks::Operated;
