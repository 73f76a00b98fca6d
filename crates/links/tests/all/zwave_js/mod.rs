//! Z-Wave locks: against the real driver and server with mock locks, and against a server that lies.

mod include;
mod lies;
mod many;
pub(crate) mod rig;
mod story;
