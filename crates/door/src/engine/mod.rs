//! The engine: slots and draws ([`model`]), independent random numbers ([`draws`]), running worlds
//! ([`run`]), changes side by side ([`compare`]) and turning counts into shares with two intervals ([`stats`]).

pub mod compare;
pub mod draws;
pub mod model;
pub mod run;
pub mod stats;
