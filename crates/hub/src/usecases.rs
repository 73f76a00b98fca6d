//! The use cases, one file a subject: access, locks, keeping.

mod access;
mod keeping;
mod locks;

pub use access::{CODE_DIGITS, CodeWish};
pub use locks::Operated;
