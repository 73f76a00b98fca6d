//! The tamper-evident log: an RFC 6962 tree in C2SP tlog-tiles form, leaves that hold salted commitments,
//! payloads that a person's erasure can take away without breaking a proof, signed checkpoints, proofs and
//! their verification, and the check of a whole log.
//!
//! Pure: it stores nothing, reads no clock and draws no random number. Keys, salts, nonces and times are
//! arguments. It knows nothing of doors: a payload is bytes (JSON by convention).
//!
//! The straight line through it: [`seal`] makes a leaf and what lies outside the tree; [`Tree::append`]
//! takes the leaf's hash and answers with the inner hashes to store; [`Checkpoint::sign`] signs the root.
//! The way back: [`open`] checks a payload against its leaf, [`Audit`] checks a whole log row by row,
//! [`proof`] shows that a leaf is in a tree and that a tree grew out of an older one, [`export`] writes and
//! checks the static files that other programs can verify.
//!
//! Absence that holds here: there is no function that removes a leaf.
//!
//! Sources: RFC 6962 section 2.1 (hashing, proofs), RFC 9162 section 2.1 (their verification),
//! c2sp.org/tlog-tiles, c2sp.org/tlog-checkpoint, c2sp.org/signed-note.

mod audit;
mod checkpoint;
pub mod export;
mod hash;
mod leaf;
mod payload;
pub mod proof;
mod redaction;
pub mod tiles;
mod tree;

pub use audit::{Audit, AuditSummary, Break, Fault, Row};
pub use checkpoint::{Checkpoint, CheckpointError, HistoryError, LogKey, public_key};
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use leaf::{KIND_BYTES_MAX, Leaf, LeafError};
pub use payload::{
    Draft, OpenError, PAYLOAD_BYTES_MAX, SALT_BYTES, Sealed, SubjectKey, check_commitment, commitment, open,
    seal,
};
pub use redaction::{REDACTION_KIND, Redaction, RedactionError, Scope};
pub use tree::{Node, RestoreError, Tree};
