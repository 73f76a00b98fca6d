//! The port to durable storage. One [`Batch`] is one transaction: rows of the house, journal leaves and
//! errands together, durable when the call returns, or not there at all.

use std::path::Path;

use access::{Change, House, LockId};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::vault::PasswordHash;

/// The database.
#[async_trait]
pub trait Store: Send + Sync {
    /// Everything but the log, at start.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(&self) -> Result<Loaded, StoreError>;

    /// Writes a batch in one durable transaction.
    ///
    /// # Errors
    /// [`StoreError`]; after an error nothing of the batch is there.
    async fn commit(&self, batch: Batch) -> Result<(), StoreError>;

    /// Log rows that match, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn log(&self, query: &LogQuery) -> Result<Vec<LeafRow>, StoreError>;

    /// Leaves `from..to` in order, for proofs, verification and export; at most 10,000 a call.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn leaves(&self, from: u64, to: u64) -> Result<Vec<LeafRow>, StoreError>;

    /// Stored hashes of the journal tree at a tile level, `from..to`: 0 the leaves themselves, without their rows;
    /// 1 one hash for 256 leaves each, and so on.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn nodes(&self, level: u8, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError>;

    /// A consistent copy of the whole database in a new file, while the hub works.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn backup(&self, to: &Path) -> Result<(), StoreError>;
}

/// One transaction.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Rows of the house.
    pub changes: Vec<Change>,
    /// Everything else.
    pub writes: Vec<Write>,
    /// Journal leaves, in order, with consecutive indices from the tree's size.
    pub leaves: Vec<LeafRow>,
    /// Inner hashes that these leaves completed.
    pub nodes: Vec<NodeRow>,
    /// The journal's state after these leaves.
    pub journal: Option<JournalState>,
}

/// A row that is not of the house.
#[derive(Debug, Clone)]
pub enum Write {
    /// Insert or replace an owner.
    Owner(Owner),
    /// Remove an owner with their sessions and tokens.
    OwnerGone(Uuid),
    /// Insert or replace a session.
    Session(Session),
    /// Remove a session by the hash of its token.
    SessionGone([u8; 32]),
    /// Insert or replace an API token.
    Token(ApiToken),
    /// Revoke an API token.
    TokenGone(Uuid),
    /// Insert or replace an invitation.
    Invite(Invite),
    /// Remove an invitation.
    InviteGone(Uuid),
    /// Where a lock's record sequence stands.
    Cursor(Cursor),
    /// Insert or replace a document.
    Document(Document),
    /// Remove a document.
    DocumentGone {
        /// Kind.
        kind: String,
        /// Key.
        key: String,
    },
    /// Insert or replace a person's log key, sealed.
    SubjectKey {
        /// The pseudonym under which the log knows the person.
        subject: Uuid,
        /// The key, sealed by the vault.
        sealed: Vec<u8>,
    },
    /// Erase a person from the log: the key and the salts of their leaves go, every proof stays whole.
    SubjectErased(Uuid),
}

/// What [`Store::load`] returns.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The house.
    pub house: House,
    /// Owners, sessions, tokens, invitations.
    pub accounts: Accounts,
    /// Record cursors, one a lock.
    pub cursors: Vec<Cursor>,
    /// Documents: settings, link configurations, surveys, ...
    pub documents: Vec<Document>,
    /// Sealed log keys by pseudonym.
    pub subjects: Vec<(Uuid, Vec<u8>)>,
    /// The journal's state; `None` in a new database.
    pub journal: Option<JournalState>,
}

/// Who may sign in.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    /// Owners.
    pub owners: Vec<Owner>,
    /// Sessions.
    pub sessions: Vec<Session>,
    /// API tokens.
    pub tokens: Vec<ApiToken>,
    /// Invitations not yet taken.
    pub invites: Vec<Invite>,
}

/// A small free-form row: settings, link configurations, surveys. `body` is JSON without secrets, or sealed bytes in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is: `link`, `notify`, `survey`, ...
    pub kind: String,
    /// Which one of that kind.
    pub key: String,
    /// JSON, at most 256 KiB.
    pub body: String,
    /// Counts changes, from 1.
    pub version: u64,
}

/// The last record of a lock that is durable here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Which lock.
    pub lock: LockId,
    /// Its boot counter.
    pub boot: u32,
    /// Its sequence number.
    pub seq: u64,
}

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, owners included.
    Owner,
    /// People, codes and doors, but no owners, tokens, links or backups.
    Manager,
    /// Looks only; sees no code.
    Viewer,
}

/// An account.
#[derive(Clone)]
pub struct Owner {
    /// Its id.
    pub id: Uuid,
    /// Name to sign in with, 1 to 80 characters, unique.
    pub name: String,
    /// Argon2id.
    pub password: PasswordHash,
    /// Role.
    pub role: Role,
    /// When made.
    pub created: Timestamp,
}

/// A signed-in browser. Only the SHA-256 of its token is kept.
#[derive(Clone)]
pub struct Session {
    /// SHA-256 of the cookie's token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub owner: Uuid,
    /// SHA-256 of the CSRF token is not needed: the token is derived from the session token.
    pub created: Timestamp,
    /// Last request, kept to the minute.
    pub seen: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
    /// When the password was last entered: showing a code and the like need it fresh.
    pub confirmed: Timestamp,
}

/// What an API token may do. A token has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read doors, people, grants, log. Never a code.
    Read,
    /// Change people, grants, doors.
    Manage,
    /// Lock and unlock.
    Operate,
    /// Show a code.
    Reveal,
    /// Back up, export, erase, links, settings.
    Admin,
}

/// A token for programs; shown once, kept as a hash.
#[derive(Clone)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// What the owner calls it.
    pub name: String,
    /// SHA-256 of the token (which has 256 random bits, so no slow hash is needed).
    pub token_hash: [u8; 32],
    /// Made by.
    pub owner: Uuid,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When made.
    pub created: Timestamp,
    /// Last used, kept to the hour.
    pub used: Option<Timestamp>,
}

/// An invitation for a second account, taken with a one-time code.
#[derive(Clone)]
pub struct Invite {
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of the code.
    pub code_hash: [u8; 32],
    /// The role it gives.
    pub role: Role,
    /// Made by.
    pub by: Uuid,
    /// When it ends.
    pub expires: Timestamp,
}

macro_rules! quiet_debug {
    ($($name:ident: $($field:ident),+;)+) => {$(
        impl std::fmt::Debug for $name {
            /// Without hashes and tokens.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))+.finish_non_exhaustive()
            }
        }
    )+};
}
quiet_debug! {
    Owner: id, name, role;
    Session: owner, created, expires;
    ApiToken: id, name, scopes;
    Invite: id, role, expires;
}

/// One journal leaf with what lies outside the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafRow {
    /// Position in the tree, from 0.
    pub index: u64,
    /// The leaf's bytes as hashed into the tree (`journal` says their form): commitments, nothing personal.
    pub leaf: Vec<u8>,
    /// RFC 6962 leaf hash of those bytes.
    pub hash: [u8; 32],
    /// When it was appended here.
    pub at: Timestamp,
    /// When it happened, by the best clock known.
    pub happened: Timestamp,
    /// What kind: the first word of the payload, for filters.
    pub kind: String,
    /// The door it concerns.
    pub door: Option<Uuid>,
    /// The pseudonym of the person it concerns.
    pub subject: Option<Uuid>,
    /// Salt of the commitment; `None` once erased or past retention.
    pub salt: Option<Vec<u8>>,
    /// The payload: JSON, sealed under the subject's key where it concerns a person; `None` once erased.
    pub payload: Option<Vec<u8>>,
}

/// An inner hash at a tile level: the root of `256^level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeRow {
    /// 1, 2, 3...
    pub level: u8,
    /// Position at that level, from 0.
    pub index: u64,
    /// Hash.
    pub hash: [u8; 32],
}

/// The journal's durable state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalState {
    /// Leaves in the tree.
    pub size: u64,
    /// Root hash at that size.
    pub root: [u8; 32],
    /// Roots of the perfect subtrees that make up the tree, largest first (to go on appending).
    pub frontier: Vec<[u8; 32]>,
    /// The newest signed checkpoint (signed-note text), of this or an earlier size.
    pub checkpoint: Option<String>,
}

/// Which log rows.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Only of this door.
    pub door: Option<Uuid>,
    /// Only of this person's pseudonym.
    pub subject: Option<Uuid>,
    /// Only of these kinds; empty: all.
    pub kinds: Vec<String>,
    /// Happened at or after.
    pub since: Option<Timestamp>,
    /// Happened before.
    pub before: Option<Timestamp>,
    /// Index below this one: paging.
    pub below: Option<u64>,
    /// At most so many, 1 to 1,000.
    pub limit: u32,
}

/// What storage failed with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk is full: nothing was changed.
    #[error("the disk is full: free some space; nothing was changed")]
    Full,
    /// The database is damaged; the newest good backup is named if there is one.
    #[error("the database is damaged: {what}{}", backup.as_ref().map(|b| format!("; newest good backup: {b}")).unwrap_or_default())]
    Damaged {
        /// What was found.
        what: String,
        /// File name of the newest backup that passes its check.
        backup: Option<String>,
    },
    /// Written by a newer version; left untouched.
    #[error(
        "the database was written by a newer version of Doorward and is left untouched: use that version"
    )]
    Newer,
    /// Another hub has the same data folder open.
    #[error("another hub is using this data folder")]
    InUse,
    /// Anything else.
    #[error("storage failed: {0}")]
    Other(String),
}
