//! The use cases, one file a subject: access, import, locks, pairing, keeping.

mod access;
mod import;
mod keeping;
mod locks;
mod pairing;

pub use access::{CODE_DIGITS, CodeWish};
pub use import::{ImportLine, Imported, LINES_MAX};
pub use locks::Operated;
