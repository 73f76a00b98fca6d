//! The leaf that says that something was taken away: who ordered it and which entries lost their content,
//! never what the content was. A payload that is missing without such a leaf counts as tampering.

use serde::{Deserialize, Serialize};

/// [`Leaf::kind`](crate::Leaf::kind) of a redaction.
pub const REDACTION_KIND: &str = "redaction";

/// Most kinds that one retention rule names.
const KINDS_MAX: usize = 64;

/// Payload of a redaction leaf (plain JSON: it concerns no person any more).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Which entries lost their content.
    pub scope: Scope,
    /// Who ordered it: an opaque id of the account, or `retention` for the rule that the owner set.
    pub by: String,
}

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// A person was erased: every entry under this pseudonym written before this leaf. The pseudonym is
    /// random and by now belongs to nobody.
    Subject {
        /// The pseudonym, 16 bytes in lower-case hexadecimal.
        subject: String,
        /// How many entries that were.
        count: u64,
    },
    /// Past retention: entries of these kinds below an index.
    Below {
        /// First index that keeps its content.
        index: u64,
        /// The kinds concerned; empty: all.
        kinds: Vec<String>,
    },
}

/// Why a payload is not a redaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedactionError {
    /// Not the JSON of a redaction.
    #[error("not a redaction entry")]
    Malformed,
    /// The pseudonym is not 16 bytes in hexadecimal.
    #[error("a redaction names a pseudonym of 16 bytes in hexadecimal")]
    Subject,
    /// Too many kinds.
    #[error("a retention rule names at most {KINDS_MAX} kinds")]
    Kinds,
}

impl Redaction {
    /// A person's erasure.
    pub fn subject(subject: [u8; 16], count: u64, by: &str) -> Self {
        Self { scope: Scope::Subject { subject: hex::encode(subject), count }, by: by.to_owned() }
    }

    /// The end of a retention period.
    pub fn below(index: u64, kinds: Vec<String>, by: &str) -> Self {
        Self { scope: Scope::Below { index, kinds }, by: by.to_owned() }
    }

    /// The payload to [`seal`](crate::seal) under [`REDACTION_KIND`], without a subject.
    ///
    /// # Errors
    /// [`RedactionError::Malformed`] when it cannot be written as JSON.
    pub fn to_payload(&self) -> Result<Vec<u8>, RedactionError> {
        serde_json::to_vec(self).map_err(|_| RedactionError::Malformed)
    }

    /// Reads a payload back.
    ///
    /// # Errors
    /// [`RedactionError`].
    pub fn from_payload(payload: &[u8]) -> Result<Self, RedactionError> {
        let this: Self = serde_json::from_slice(payload).map_err(|_| RedactionError::Malformed)?;
        match &this.scope {
            Scope::Subject { .. } if this.pseudonym().is_none() => Err(RedactionError::Subject),
            Scope::Below { kinds, .. } if kinds.len() > KINDS_MAX => Err(RedactionError::Kinds),
            _ => Ok(this),
        }
    }

    /// The pseudonym that it erases, if it erases one.
    pub fn pseudonym(&self) -> Option<[u8; 16]> {
        match &self.scope {
            Scope::Subject { subject, .. } => {
                let mut bytes = [0; 16];
                hex::decode_to_slice(subject, &mut bytes).ok()?;
                (hex::encode(bytes) == *subject).then_some(bytes)
            }
            Scope::Below { .. } => None,
        }
    }
}
