//! The engine: slots and draws ([`model`]), independent random numbers ([`draws`]), running worlds
//! ([`run`])
//! and turning counts into shares with two intervals ([`stats`]).

pub mod draws;
pub mod model;
pub mod run;
pub mod stats;
