//! The use cases, one file a subject: access, locks, keeping, setting up.

mod access;
mod keeping;
mod locks;
mod setup;

pub use access::{CODE_DIGITS, CodeWish};
pub use locks::Operated;
pub use setup::SetupWord;
