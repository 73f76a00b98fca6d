//! Wanted against seen: the two halves of every statement "Ana's code is in force on the front door".

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::ids::{CredentialId, LockId, OpId, PersonId};
use crate::model::Window;

/// When a slot's code may open, in the door's own local time: the union of periods. Several arise when one
/// person has several grants to the same door by the same code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Validity {
    /// First moment; `None`: at once.
    pub from: Option<DateTime>,
    /// First moment after the end; `None`: open-ended.
    pub until: Option<DateTime>,
    /// Weekly windows; empty: the whole week.
    pub windows: Vec<Window>,
}

/// What a slot ought to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSpec {
    /// The code.
    pub credential: CredentialId,
    /// Which change of its digits.
    pub credential_version: u64,
    /// Union of periods; empty means never (kept only while a removal is being proven).
    pub validity: Vec<Validity>,
    /// Opens once, then ends at the lock.
    pub once: bool,
}

/// One wanted slot of one lock; durable before any radio is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which lock.
    pub lock: LockId,
    /// Which slot. Given once and never renumbered while the code lives.
    pub slot: u16,
    /// Counts changes of this slot's wish, from 1, over all its owners: a late report for an older wish is
    /// recognised by it.
    pub version: u64,
    /// What it should hold; `None`: it should be empty, and stays here as a tombstone until that is proven.
    pub spec: Option<SlotSpec>,
    /// Since when this is wanted.
    pub since: Timestamp,
}

/// How we know what is said of a slot, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The value, or a keyed proof of it, was read from the lock after the write.
    ReadBack,
    /// A checksum of the lock over its codes matched.
    Checksum,
    /// The code opened the door after the write.
    UsedAtDoor,
    /// The lock said so: not enough for *in force*.
    LocksWord,
    /// The lock accepted and can never be read: *accepted, unreadable*, until used.
    Unreadable,
}

/// What a slot holds as far as we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Nothing heard yet.
    Unknown,
    /// The lock says plainly that it is empty.
    Empty,
    /// Our wish of that version, whole: code and, where the lock keeps them, schedules.
    Ours {
        /// The credential in it.
        credential: CredentialId,
        /// [`Wanted::version`] that was written.
        version: u64,
        /// Whether the code is enabled there now (false: emulated schedule outside its hours).
        enabled: bool,
    },
    /// A code that nobody here gave: shown, never touched silently.
    Foreign,
}

/// What is known of one slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which lock.
    pub lock: LockId,
    /// Which slot.
    pub slot: u16,
    /// What it holds.
    pub holds: Holds,
    /// How we know.
    pub evidence: Evidence,
    /// When that was seen.
    pub at: Timestamp,
    /// The last operation that this observation is newer than, if any.
    pub after: Option<OpId>,
    /// Highest [`Wanted::version`] that this slot ever had: the next wish counts on from it, also after its
    /// row was removed, so that a lock or a late report never meets the same version twice.
    #[serde(default)]
    pub version: u64,
    /// Codes that were in this slot before, oldest first, a few of them: a late entry still finds its
    /// person, and a code that may still be in the slot is not put into another.
    #[serde(default)]
    pub past: Vec<Past>,
}

/// A code that was in a slot before.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Which.
    pub credential: CredentialId,
    /// Whose.
    pub person: PersonId,
    /// Lowest [`Wanted::version`] under which it was wanted here.
    #[serde(default)]
    pub first: u64,
    /// Highest.
    pub version: u64,
    /// Keyed digest of its digits while it may still be in the slot; `None` once it is proven gone.
    pub digest: Option<[u8; 32]>,
    /// When the code before it was gone; `None`: there was none.
    #[serde(default)]
    pub began: Option<Timestamp>,
    /// When it stopped being wanted here; once it is proven gone, when that was.
    pub ended: Timestamp,
}

impl std::fmt::Debug for Past {
    /// Without the digest.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Past")
            .field("credential", &self.credential)
            .field("version", &self.version)
            .field("gone", &self.digest.is_none())
            .finish_non_exhaustive()
    }
}

/// Where the work on one slot stands: the outbox row. It is written in the same transaction as the wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Which lock.
    pub lock: LockId,
    /// Which slot.
    pub slot: u16,
    /// [`Wanted::version`] that this errand serves.
    pub version: u64,
    /// Where it stands.
    pub state: ErrandState,
    /// The operation in flight or last sent, journalled before it is sent.
    pub op: Option<OpId>,
    /// Attempts for this version so far.
    pub tries: u32,
    /// Not before this moment.
    pub next_try: Option<Timestamp>,
    /// What went wrong last, in words without secrets.
    pub last_error: Option<String>,
    /// Since when it waits.
    pub since: Timestamp,
}

/// State of an [`Errand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrandState {
    /// To be done as soon as the lock can be reached.
    Due,
    /// Sent, answer outstanding.
    InFlight,
    /// The lock refused: another try of the same would fail the same. The owner must change something.
    Refused,
    /// Tried too often without a clear answer: waits until the wish changes, the lock returns or the owner asks.
    Suspended,
}
