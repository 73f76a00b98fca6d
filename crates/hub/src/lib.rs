//! The hub: the use cases and the work loop, over [`ports`]. Knows no SQL, no HTTP and no maker of locks.
//!
//! How data goes through it:
//!
//! 1. A use case (`usecases/`) hands the *writer* a closure that decides over the present [`State`] and drafts
//!    rows and log events. The writer commits the draft in one transaction, then applies it to memory, then
//!    answers. There is one writer, so there is one order; a caller that goes away cannot leave memory and disk
//!    apart.
//! 2. The *work loop* (`work.rs`) compares wanted with seen, lock by lock, and drives one operation a lock.
//! 3. *Ingest* (`ingest.rs`) turns what links tell into log leaves, state and alerts.
//!
//! All three run inside [`Hub::run`], which the binary polls in one task. The hub spawns nothing, reads no
//! timer and no random source itself; a simulator that implements the ports sees the same trace for the same
//! seed.

mod accounts;
mod actor;
mod alerts;
mod arrivals;
mod battery;
mod draft;
mod error;
mod flags;
mod hub;
mod ingest;
mod live;
mod living;
mod log;
mod patrol;
pub mod ports;
mod purpose;
mod rehearsal;
mod rounds;
pub mod settings;
mod state;
pub mod survey;
mod usecases;
mod view;
mod whole_log;
mod words;
mod work;

pub use access;
pub use accounts::{SessionInfo, SignedIn};
pub use actor::Actor;
pub use error::{HubError, OpenError};
pub use flags::RedFlag;
pub use hub::{Hub, Ports};
pub use live::{Live, Subscription};
pub use living::{Given, KeyWish, MendState, ReviewLine};
pub use log::{ExportSummary, LogFilter, LogItem, Verdict};
pub use rehearsal::{Check, MINUTES_MAX, Outcome, Rehearsal, RehearsalKind, Rehearsals};
pub use state::{FoundLock, LinkState, LockLive};
pub use usecases::{CODE_DIGITS, CodeWish, ImportLine, Imported, LINES_MAX, Operated, SetupWord};
pub use view::{JournalInfo, View};
pub use whole_log::check_log;
