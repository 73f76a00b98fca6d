//! Living with a lock: what is to be done when, who still has access, where the spare key is, who sees the log.
//!
//! Everything is worked out from a [`sight::Home`], a picture of one home at one moment. Nothing here reads a clock,
//! changes anything or knows how the picture was made.

pub mod calendar;
pub mod hygiene;
pub mod privacy;
pub mod register;
pub mod sight;
pub mod travel;

#[cfg(test)]
pub(crate) mod samples;
