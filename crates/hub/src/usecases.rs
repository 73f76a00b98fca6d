//! The use cases, one file a subject: access, import, locks, pairing, keeping, setting up.

mod access;
mod import;
mod keeping;
mod locks;
mod pairing;
mod setup;

pub use access::{CODE_DIGITS, CodeWish};
pub use import::{ImportLine, Imported, LINES_MAX};
pub use locks::Operated;
pub use setup::SetupWord;
