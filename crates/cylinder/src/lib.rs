//! What a pick, a rake or a bump key does to a lock cylinder.
//!
//! One geometry serves every family: the plug turns as far as the least of its obstacle curves lets it
//! ([`curve`]). A [`describe::Description`] says what is known of a cylinder; [`lock::Maker`] makes cylinders
//! of that kind under one set of [`param`] figures; an [`attacker::Attacker`] works on them with a
//! [`strategy`] through a [`mechanism::Mechanism`], of which [`fast`] is one.
//!
//! ```
//! use cylinder::{describe::Description, odds::odds, times::{Attack, Figures}};
//! let figures = Figures::embedded()?;
//! let cylinder = Description { kind: "pin-tumbler".into(), pins: Some(5), ..Description::default() };
//! let odds = odds(&cylinder, "expert", Attack::Pick, &figures, 1, 300.0)?;
//! let p = odds.times.p_open(120.0); // value, and the bands sampling, lock_to_lock, ignorance
//! assert!(p.ignorance[0] <= p.ignorance[1]);
//! // for one's own sampling: three uniforms pick what we do not know, the cylinder and the attempt
//! let _seconds: Option<f64> = odds.times.sample(0.5, 0.5, 0.5);
//! # Ok::<(), cylinder::Error>(())
//! ```
//!
//! Without the feature `std` the crate needs only an allocator: the mechanics, the keys and the session are
//! there, figures are handed over as values ([`param::Parameters::new`], [`family::Families::new`],
//! [`attacker::Attackers::new`]), and a run uses one thread.
//!
//! The room is pure: no clock, no files, no randomness but seeds. It speaks of cylinders with stated
//! parameters, never of the security of a named product.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod attacker;
pub mod body;
pub mod bump;
pub mod coach;
pub mod contact;
pub mod curve;
pub mod describe;
pub mod en1303;
pub mod error;
pub mod event;
pub mod family;
pub mod fast;
pub mod impression;
pub mod keys;
pub mod lock;
pub mod machine;
pub mod master;
pub mod mechanism;
pub mod morris;
pub mod odds;
pub mod param;
pub mod profile;
mod pull;
pub mod rank;
pub mod rng;
pub mod session;
pub mod slow;
pub mod strategy;
pub mod times;

pub use error::Error;
