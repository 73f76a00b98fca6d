//! What the audit promises, tried from outside the crate.

mod common;
mod figures;
mod laws;
mod survey;
