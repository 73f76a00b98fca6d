//! The link to virtual locks, and their supervisor: the processes, the sealed radio channel to each, and the
//! hand channel for whoever shows them. It reaches a lock only over the byte protocol of
//! `docs/virtual-lock-protocol.md`.

mod chain;
mod challenges;
mod child;
mod errands;
mod hands;
#[cfg(test)]
mod hands_test;
mod link;
mod outbox;
mod plan;
mod second;
mod session;
mod slug;
mod supervisor;
mod told;
mod versions;
mod wire;
mod words;
mod zone;

pub use child::{Launch, launch_program};
pub use link::VirtualLink;
pub use outbox::Events;
pub use supervisor::{Supervisor, SupervisorOptions};
