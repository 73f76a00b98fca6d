//! What lies outside the tree: the payload, its salt, and the seal under a person's key. Destroying key and
//! salt erases the content for good and leaves every hash and proof as it was.
//!
//! Stored form of a sealed payload: `0x01` | nonce, 24 bytes | XChaCha20-Poly1305 ciphertext and tag, with
//! the leaf's commitment as associated data. A payload that concerns no person is stored as it is.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::hash::{Hash, leaf_hash};
use crate::leaf::{Leaf, LeafError};

/// Largest payload, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

/// Length of a leaf's salt, in bytes.
pub const SALT_BYTES: usize = 32;

const SEALED_VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Key of one person's payloads: 256 random bits, wiped on drop, without `Debug`.
#[derive(Clone)]
pub struct SubjectKey([u8; 32]);

impl SubjectKey {
    /// Takes random bytes as a key.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the vault to seal.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for SubjectKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// What is to be written down.
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// What kind: 1 to 32 characters of `a-z`, `0-9`, `_`, `.`.
    pub kind: &'a str,
    /// Now, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// When it happened, milliseconds since 1970 UTC.
    pub happened_ms: i64,
    /// JSON, at most [`PAYLOAD_BYTES_MAX`].
    pub payload: &'a [u8],
    /// 32 random bytes, fresh for every leaf.
    pub salt: &'a [u8; SALT_BYTES],
    /// Key of the person it concerns with 24 random bytes, fresh for every leaf; `None` when it concerns
    /// no person.
    pub subject: Option<(&'a SubjectKey, &'a [u8; NONCE_BYTES])>,
}

/// A draft made ready: the leaf for the tree and the payload as it is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Bytes of the leaf.
    pub leaf: Vec<u8>,
    /// Its hash, for [`Tree::append`](crate::Tree::append).
    pub hash: Hash,
    /// The payload as stored: sealed if it concerns a person, else as it was.
    pub stored: Vec<u8>,
}

/// Why a payload could not be opened or is not the one that was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The leaf itself cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The payload is sealed and no key was given: the person was erased, or the key is not there.
    #[error("the entry is sealed and its key is not here")]
    NoKey,
    /// The seal does not open: other key, or altered bytes.
    #[error("the sealed entry does not open: it was altered, or the key is another")]
    Seal,
    /// It opens, and is not what the leaf commits to.
    #[error("the entry is not the one that was written down")]
    Commitment,
}

fn mac(salt: &[u8; SALT_BYTES], payload: &[u8]) -> Hmac<Sha256> {
    // HMAC fills a key that is shorter than its block with zeros (RFC 2104): this is the same key
    let mut block = [0; 64];
    block[..SALT_BYTES].copy_from_slice(salt);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(payload);
    mac
}

/// `HMAC-SHA-256(salt, payload)`.
pub fn commitment(salt: &[u8; SALT_BYTES], payload: &[u8]) -> Hash {
    mac(salt, payload).finalize().into_bytes().into()
}

/// Whether payload and salt are those of the commitment; in constant time. A salt of another length than
/// [`SALT_BYTES`] is not.
pub fn check_commitment(commitment: &Hash, salt: &[u8], payload: &[u8]) -> bool {
    salt.try_into().is_ok_and(|salt| mac(salt, payload).verify_slice(commitment).is_ok())
}

/// Makes a leaf and its stored payload.
///
/// # Errors
/// [`LeafError`] for a kind that is not allowed or a payload that is too large.
pub fn seal(draft: &Draft<'_>) -> Result<Sealed, LeafError> {
    let bytes = draft.payload.len();
    let too_large = LeafError::Payload { bytes, max: PAYLOAD_BYTES_MAX };
    if bytes > PAYLOAD_BYTES_MAX {
        return Err(too_large);
    }
    let commitment = commitment(draft.salt, draft.payload);
    let leaf = Leaf {
        kind: draft.kind.to_owned(),
        at_ms: draft.at_ms,
        happened_ms: draft.happened_ms,
        sealed: draft.subject.is_some(),
        commitment,
    }
    .encode()?;
    let stored = match draft.subject {
        None => draft.payload.to_vec(),
        Some((key, nonce)) => {
            let cipher = XChaCha20Poly1305::new(&Key::from(key.0));
            let message = Payload { msg: draft.payload, aad: &commitment };
            let sealed = cipher.encrypt(&XNonce::from(*nonce), message).map_err(|_| too_large)?;
            let mut stored = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
            stored.push(SEALED_VERSION);
            stored.extend(nonce);
            stored.extend(sealed);
            stored
        }
    };
    Ok(Sealed { hash: leaf_hash(&leaf), leaf, stored })
}

/// Opens a stored payload and checks it against its leaf.
///
/// # Errors
/// [`OpenError`].
pub fn open(leaf: &[u8], salt: &[u8], stored: &[u8], key: Option<&SubjectKey>) -> Result<Vec<u8>, OpenError> {
    let leaf = Leaf::decode(leaf)?;
    open_decoded(&leaf, salt, stored, key)
}

pub(crate) fn open_decoded(
    leaf: &Leaf,
    salt: &[u8],
    stored: &[u8],
    key: Option<&SubjectKey>,
) -> Result<Vec<u8>, OpenError> {
    let payload = if leaf.sealed {
        let key = key.ok_or(OpenError::NoKey)?;
        let Some((&[SEALED_VERSION], rest)) = stored.split_first_chunk() else {
            return Err(OpenError::Seal);
        };
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Seal)?;
        XChaCha20Poly1305::new(&Key::from(key.0))
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &leaf.commitment })
            .map_err(|_| OpenError::Seal)?
    } else {
        stored.to_vec()
    };
    if check_commitment(&leaf.commitment, salt, &payload) { Ok(payload) } else { Err(OpenError::Commitment) }
}

#[cfg(test)]
mod tests {
    use super::{check_commitment, commitment};

    #[test]
    fn commitments_are_plain_hmac() {
        // HMAC-SHA-256 of "what do ya want for nothing?" under a key of 32 bytes 0x01..0x20, computed with
        // the standard library of Python
        let salt: [u8; 32] = std::array::from_fn(|n| n as u8 + 1);
        let expected = "4d9d653fcd05f91cd858a20d50c74b604fe38f2cac49d9b0a7099584cf4fb35a";
        let made = commitment(&salt, b"what do ya want for nothing?");
        assert_eq!(hex::encode(made), expected);
        assert!(check_commitment(&made, &salt, b"what do ya want for nothing?"));
        assert!(!check_commitment(&made, &salt[..31], b"what do ya want for nothing?"));
        assert!(!check_commitment(&made, &salt, b"what do ya want for something?"));
    }
}
