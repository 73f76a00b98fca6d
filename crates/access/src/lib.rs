//! People, credentials, schedules and grants; what every lock ought to hold (*wanted*) against what is
//! known of it (*seen*); the planner between the two; the access review.
//!
//! Pure: no clock, randomness, files or sockets. Time and random bytes are arguments. This room knows no
//! radio and no maker: a lock is its [`Capabilities`].
//!
//! The straight line through it: a [`Command`] meets the [`House`] in [`decide()`], which answers with
//! [`Change`]s or a [`Refusal`]; [`plan()`] turns wanted against seen into the next operations for one lock;
//! [`sent`], [`acknowledged`], [`observed`] and [`failed`] fold what came of them back into rows;
//! [`standing()`] says it in the words of the pages.
//!
//! Absences that hold here: a [`Pin`] has no `Debug`, `Display` or `Serialize`; the planner never deletes
//! a working code as a side effect of something else; *in force* is never concluded from a lock's word.

pub mod battery;
pub mod decide;
mod evidence;
mod foresee;
mod hours;
mod house;
mod ids;
mod keep;
mod model;
mod notices;
mod patrol;
mod pin;
mod plan;
mod proof;
mod readiness;
mod refusal;
mod review;
mod standing;
mod sync;
mod weak;
mod who;

pub use decide::{Change, Command, GiveAccess, decide, lapse, resume};
pub use evidence::{
    Failure, Reading, UNCLEAR_MAX, acknowledged, failed, observed, retry, sent, slot_told, used,
};
pub use foresee::{Effect, Foreseen, foresee};
pub use house::House;
pub use ids::{CredentialId, DoorId, GrantId, GroupId, LockId, OpId, PersonId, ScheduleId};
pub use model::{
    Capabilities, CodeLengths, Credential, Days, Door, Grant, Group, LINK_NONE, LINK_S0, Lock, LockAddress,
    LockoutRule, Person, PersonKind, ReadBack, Schedule, ScheduleSupport, Target, Told, ToldCode, Window,
};
pub use notices::{Notice, NoticeKind, notices, zone_of};
pub use patrol::{look, patrol};
pub use pin::{Pin, PinError};
pub use plan::{Op, Plan, Work, expected, plan};
pub use proof::{Proof, Proven, proven};
pub use readiness::{Arrival, Ready, arrivals};
pub use refusal::Refusal;
pub use review::{LastUse, Question, ReviewBy, ReviewItem, review};
pub use standing::{Contact, Standing, standing};
pub use sync::{Errand, ErrandState, Evidence, Holds, Past, Seen, SlotSpec, Validity, Wanted};
pub use weak::{Weakness, generate, weakness};
pub use who::holder;
