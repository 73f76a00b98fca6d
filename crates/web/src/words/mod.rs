//! Words and times for people: what a state means, since when, and what to do. No look at the hub here;
//! everything is an argument.

mod ahead;
mod errand;
mod lock;
mod power;
mod time;
mod why;

pub(crate) use ahead::{Ahead, ahead, ready};
pub(crate) use errand::{Said, Tone, standing};
pub(crate) use lock::{bolt, capabilities, door_leaf, link_name, reach};
pub(crate) use power::{battery, budget, notes, outlook};
pub(crate) use time::{Moment, Zone, schedule, span};
pub(crate) use why::{Decided, KINDS as DECISIONS, decided, sentence};
