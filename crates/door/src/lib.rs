//! The whole door: what is known of it, the ways in, and what would help.
//!
//! Pure: no clock, no files, no randomness of its own. A [`survey::Survey`] (what is known),
//! [`figures::Figures`]
//! (what every number rests on) and a seed go in; a [`report::Report`] comes out.
//! There is no score: results are shares of sampled worlds in which somebody is in within a time,
//! with what is chance and what is ignorance kept apart.

pub mod audit;
pub mod draw;
pub mod engine;
pub mod figures;
pub mod flags;
pub mod mechanics;
pub mod picked;
pub mod question;
pub mod report;
pub mod stranded;
pub mod survey;
pub mod upgrades;
pub mod validation;
pub mod ways;

pub use audit::{AuditError, Options, audit};
