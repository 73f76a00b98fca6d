//! The hub: the use cases and the work loop, over ports. Knows no SQL, no HTTP and no maker of locks.

pub mod ports;
