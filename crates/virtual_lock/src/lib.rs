//! A virtual lock: the shipped lock core with a body (motor, bolt, door, battery, keypad, radio), faults on
//! demand, and a process of its own behind a byte protocol. It knows no hub: a hub knows it as it would know
//! any lock.
//!
//! [`Body`] is pure: time is an argument, so that a test runs a year in a second. [`run`] gives it a clock,
//! sockets and files.

mod air;
mod battery;
mod body;
mod dice;
pub mod frame;
pub mod hand;
mod hands;
mod keep;
mod pairing;
mod process;
mod radio;
#[cfg(test)]
mod rig;
mod seal;
#[cfg(test)]
mod stories;
mod travel;
mod view;
mod world;

pub use body::{Body, Entropy, Out};
pub use hands::card_bytes;
pub use keep::{Files, Keep};
pub use pairing::{Pairing, PairingError};
pub use process::{Options, Ready, RunError, run};
pub use radio::{HUB, LineId, UNASKED};
pub use seal::HandSeal;
pub use travel::STALL_MS;
pub use view::{credential_words, schedule_words};
pub use world::{JAM_AT, OUT, World};

/// Places in the record ring: what the lock can keep while nobody hears it.
pub const RING: usize = 1024;

/// The lock core at the size that a virtual lock has: 50 users, 100 credentials, 7 week-day and 3 year-day
/// schedules for each user, 10 holidays, 8 Aliro keys.
pub type Core = lock::Lock<50, 100, 7, 3, 10, 8, 1, { lock::PEERS }, RING>;
