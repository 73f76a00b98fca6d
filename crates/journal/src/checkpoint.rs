//! Signed checkpoints: size and root of the log as a signed note (c2sp.org/tlog-checkpoint and
//! c2sp.org/signed-note, Ed25519), and the rule that a log only ever grows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::hash::Hash;
use crate::proof::{ProofInvalid, verify_consistency};

/// Signature type byte of plain Ed25519 in signed notes.
const ED25519: u8 = 0x01;
/// Largest note that is read, in bytes; room for a hundred witnesses.
const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Longest origin or key name.
const NAME_BYTES_MAX: usize = 200;

/// A log's size and root under its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log: a name like a URL without scheme, no spaces, no `+`.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

/// The public key of a log, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    name: String,
    key: VerifyingKey,
}

/// Why a note is not a valid checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The name has spaces, a plus or control characters, is empty or too long.
    #[error("a log's name has 1 to {NAME_BYTES_MAX} bytes without spaces, + and control characters")]
    Name,
    /// Not a note, or not one with a checkpoint in it.
    #[error("not a checkpoint of a log")]
    Malformed,
    /// A verifier key that cannot be read.
    #[error("not a key of a log: expected name+id+key")]
    Key,
    /// No signature by the expected key.
    #[error("the checkpoint is not signed by this log's key")]
    NotSigned,
    /// A signature by the expected key that does not hold.
    #[error("the signature of the checkpoint does not hold: it was altered")]
    Signature,
    /// Signed by the key, for another log.
    #[error("the checkpoint is of another log")]
    Origin,
}

/// Why a newer checkpoint does not follow an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// Smaller than one that was seen before.
    #[error("the log was rolled back: it has {new} leaves, {old} were seen before")]
    RolledBack {
        /// Size seen before.
        old: u64,
        /// Size now.
        new: u64,
    },
    /// Same size, other root; or the older tree is not the beginning of the newer.
    #[error("the log was forked: it is not the continuation of the {old} leaves that were seen before")]
    Forked {
        /// Size seen before.
        old: u64,
    },
    /// Of different logs.
    #[error("the checkpoints are of different logs")]
    Origin,
    /// The proof itself is unusable.
    #[error(transparent)]
    Proof(ProofInvalid),
}

fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// Public key of a 32-byte Ed25519 seed.
pub fn public_key(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

impl LogKey {
    /// A key under a name.
    ///
    /// # Errors
    /// [`CheckpointError::Name`] or [`CheckpointError::Key`].
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, CheckpointError> {
        if !is_name(name) {
            return Err(CheckpointError::Name);
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| CheckpointError::Key)?;
        Ok(Self { name: name.to_owned(), key })
    }

    /// Reads the common text form `name+id+base64(type, key)`.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let (name, rest) = text.split_once('+').ok_or(CheckpointError::Key)?;
        let (id, key) = rest.split_once('+').ok_or(CheckpointError::Key)?;
        let bytes = BASE64.decode(key).map_err(|_| CheckpointError::Key)?;
        let Some((&[ED25519], public)) = bytes.split_first_chunk() else {
            return Err(CheckpointError::Key);
        };
        let this = Self::new(name, public.try_into().map_err(|_| CheckpointError::Key)?)?;
        if id == hex::encode(this.id()) { Ok(this) } else { Err(CheckpointError::Key) }
    }

    /// The common text form, for other verifiers.
    pub fn to_text(&self) -> String {
        let mut typed = vec![ED25519];
        typed.extend(self.key.to_bytes());
        format!("{}+{}+{}", self.name, hex::encode(self.id()), BASE64.encode(typed))
    }

    /// Its name; for a log, the origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `SHA-256(name || 0x0A || type || key)[:4]`.
    fn id(&self) -> [u8; 4] {
        let mut sha = Sha256::new();
        sha.update(self.name.as_bytes());
        sha.update([b'\n', ED25519]);
        sha.update(self.key.to_bytes());
        let digest: Hash = sha.finalize().into();
        [digest[0], digest[1], digest[2], digest[3]]
    }
}

impl Checkpoint {
    /// The text that is signed.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    /// Signs with the log's seed; the key's name is the origin. The same input gives the same note.
    ///
    /// # Errors
    /// [`CheckpointError::Name`] for an origin that cannot be one.
    pub fn sign(&self, seed: &[u8; 32]) -> Result<String, CheckpointError> {
        let signing = SigningKey::from_bytes(seed);
        let key = LogKey::new(&self.origin, &signing.verifying_key().to_bytes())?;
        let text = self.text();
        let mut signature = key.id().to_vec();
        signature.extend(signing.sign(text.as_bytes()).to_bytes());
        Ok(format!("{text}\n\u{2014} {} {}\n", self.origin, BASE64.encode(signature)))
    }

    /// Reads a note and verifies that the log's key signed it. Signatures of others (witnesses) are passed
    /// over; extension lines are not taken, since nobody could audit them.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(note: &str, key: &LogKey) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let controls = note.chars().any(|c| c < ' ' && c != '\n');
        if note.len() > NOTE_BYTES_MAX || controls || !note.ends_with('\n') {
            return Err(malformed);
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(malformed)?;
        let text = format!("{text}\n");
        let mut signed = false;
        for line in signatures.lines() {
            let line = line.strip_prefix("\u{2014} ").ok_or(malformed)?;
            let (name, signature) = line.split_once(' ').ok_or(malformed)?;
            let bytes = BASE64.decode(signature).map_err(|_| malformed)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(malformed)?;
            if !is_name(name) {
                return Err(malformed);
            }
            if name != key.name || *id != key.id() {
                continue;
            }
            let signature = Signature::from_slice(signature).map_err(|_| CheckpointError::Signature)?;
            key.key.verify_strict(text.as_bytes(), &signature).map_err(|_| CheckpointError::Signature)?;
            signed = true;
        }
        if !signed {
            return Err(CheckpointError::NotSigned);
        }
        let this = Self::parse(&text)?;
        if this.origin == key.name { Ok(this) } else { Err(CheckpointError::Origin) }
    }

    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let malformed = CheckpointError::Malformed;
        let mut lines = text.split_terminator('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(malformed);
        };
        let root = BASE64.decode(root).map_err(|_| malformed)?;
        let this = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| malformed)?,
            root: root.try_into().map_err(|_| malformed)?,
        };
        // leading zeroes, signs and other spellings of the same do not come back as they were
        if this.text() == text && is_name(origin) { Ok(this) } else { Err(malformed) }
    }

    /// Checks that this checkpoint continues an older one of the same log.
    ///
    /// # Errors
    /// [`HistoryError`]: rolled back, forked, or a proof that cannot be used.
    pub fn continues(&self, older: &Self, proof: &[Hash]) -> Result<(), HistoryError> {
        if self.origin != older.origin {
            return Err(HistoryError::Origin);
        }
        if self.size < older.size {
            return Err(HistoryError::RolledBack { old: older.size, new: self.size });
        }
        verify_consistency(older.size, self.size, &older.root, &self.root, proof).map_err(|why| match why {
            ProofInvalid::OldRoot | ProofInvalid::Root => HistoryError::Forked { old: older.size },
            ProofInvalid::Range | ProofInvalid::Length => HistoryError::Proof(why),
        })
    }
}
