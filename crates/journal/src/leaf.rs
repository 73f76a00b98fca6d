//! Leaf version 1: the bytes that are hashed into the tree. They say what kind of thing was written down
//! and when, and commit to the rest; nothing in them names a person or a door.
//!
//! Layout (integers big-endian): version `0x01` | flags | at, i64 ms | happened, i64 ms | commitment, 32
//! bytes | length of kind, u8 | kind. Flag bit 0: the payload is sealed under a subject's key. The other
//! bits are zero. There is one encoding of each leaf: what decodes, encodes to the same bytes.

use crate::hash::{Hash, leaf_hash};

/// Longest kind, in bytes.
pub const KIND_BYTES_MAX: usize = 32;

const VERSION: u8 = 1;
const FLAG_SEALED: u8 = 1;
const FIXED: usize = 1 + 1 + 8 + 8 + 32 + 1;

/// A leaf's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What kind of thing: 1 to 32 characters of `a-z`, `0-9`, `_` and `.`.
    pub kind: String,
    /// When it was written here, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When it happened by the best clock known, milliseconds since 1970 UTC.
    pub happened_ms: i64,
    /// Whether the payload is sealed under a subject's key.
    pub sealed: bool,
    /// `HMAC-SHA-256(salt, payload)`.
    pub commitment: Hash,
}

/// Why bytes are not a leaf, or a leaf cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// A version that this program does not know.
    #[error("leaf version {0} is not known to this program")]
    Version(u8),
    /// Too short, too long, or a flag set that has no meaning.
    #[error("not a leaf of the log")]
    Malformed,
    /// The kind has characters or a length that is not allowed.
    #[error("a kind has 1 to {KIND_BYTES_MAX} characters of a-z, 0-9, _ and .")]
    Kind,
    /// The payload is too large.
    #[error("a log entry holds at most {max} bytes, this one has {bytes}")]
    Payload {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
}

fn is_kind(kind: &[u8]) -> bool {
    (1..=KIND_BYTES_MAX).contains(&kind.len())
        && kind.iter().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.'))
}

impl Leaf {
    /// The bytes that go into the tree.
    ///
    /// # Errors
    /// [`LeafError::Kind`].
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        if !is_kind(self.kind.as_bytes()) {
            return Err(LeafError::Kind);
        }
        let mut bytes = Vec::with_capacity(FIXED + self.kind.len());
        bytes.push(VERSION);
        bytes.push(if self.sealed { FLAG_SEALED } else { 0 });
        bytes.extend(self.at_ms.to_be_bytes());
        bytes.extend(self.happened_ms.to_be_bytes());
        bytes.extend(self.commitment);
        // is_kind has bounded the length by 32
        bytes.push(self.kind.len() as u8);
        bytes.extend(self.kind.as_bytes());
        Ok(bytes)
    }

    /// Reads a leaf back.
    ///
    /// # Errors
    /// [`LeafError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let (&version, rest) = bytes.split_first().ok_or(LeafError::Malformed)?;
        if version != VERSION {
            return Err(LeafError::Version(version));
        }
        let (&[flags], rest) = rest.split_first_chunk().ok_or(LeafError::Malformed)?;
        let (&at, rest) = rest.split_first_chunk().ok_or(LeafError::Malformed)?;
        let (&happened, rest) = rest.split_first_chunk().ok_or(LeafError::Malformed)?;
        let (&commitment, rest) = rest.split_first_chunk().ok_or(LeafError::Malformed)?;
        let (&[length], kind) = rest.split_first_chunk().ok_or(LeafError::Malformed)?;
        if flags & !FLAG_SEALED != 0 || kind.len() != usize::from(length) {
            return Err(LeafError::Malformed);
        }
        if !is_kind(kind) {
            return Err(LeafError::Kind);
        }
        Ok(Self {
            kind: String::from_utf8(kind.to_vec()).map_err(|_| LeafError::Kind)?,
            at_ms: i64::from_be_bytes(at),
            happened_ms: i64::from_be_bytes(happened),
            sealed: flags & FLAG_SEALED != 0,
            commitment,
        })
    }

    /// RFC 6962 hash of the encoded leaf.
    ///
    /// # Errors
    /// [`LeafError::Kind`].
    pub fn hash(&self) -> Result<Hash, LeafError> {
        Ok(leaf_hash(&self.encode()?))
    }
}
