//! The proof of the sync: one seed, a world. The **shipped** hub on the **shipped** SQLite store lives through weeks of
//! a house or a year of a letting business, with locks of every kind and every fault that is known from the field, and
//! after every step checkers hold its word against the truth.
//!
//! The same seed gives the same trace. There is one thread and one queue of tasks (`tasks`); time moves from event to
//! event (`time`); the store is driven to the end of every call before anything else happens (`disk`); ids, radio,
//! weather and people come from the seed (`ports`, `air`, `story`). The hub may die at every await of a port (`crash`).
//!
//! What is simulated: clock, ids, vault, messages, radio and locks. What is not: everything between them.
//! `docs/sync.md` says which properties are checked, what they found, and how to repeat it.

mod acts;
mod air;
mod body;
mod check;
mod crash;
mod disk;
mod facts;
mod kinds;
mod link;
mod machine;
mod ports;
mod run;
mod sabotage;
mod story;
mod tasks;
mod time;
mod trace;
mod watch;
mod weather;
mod world;

pub use facts::Violation;
pub use kinds::{KINDS, Kind};
pub use run::{Report, live, runs, shrink};
pub use sabotage::Sabotage;
pub use story::{Act, Habit, Shape, Story, span};
pub use time::{DAY, HOUR, MINUTE, Ms};
pub use world::{Options, Outcome};
