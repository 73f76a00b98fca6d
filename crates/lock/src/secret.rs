//! Bytes that must not be seen: a code, a card, a template number, a key in transit. No `Debug`, no `Display`;
//! erased from memory when dropped; compared in constant time.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::wire::copy;

/// Longest secret: an Aliro public key (uncompressed P-256 point).
pub const MAX_SECRET: usize = 65;

/// Up to [`MAX_SECRET`] bytes, zeroised on drop.
#[derive(Clone)]
pub struct Secret {
    len: u8,
    bytes: [u8; MAX_SECRET],
}

impl Secret {
    /// Nothing.
    pub const EMPTY: Self = Self { len: 0, bytes: [0; MAX_SECRET] };

    /// Takes a copy; `None` when longer than [`MAX_SECRET`].
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut secret = Self { len: u8::try_from(bytes.len()).ok()?, bytes: [0; MAX_SECRET] };
        copy(secret.bytes.get_mut(..bytes.len())?, bytes);
        Some(secret)
    }
    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
    /// Appends one byte; beyond the end the secret stays as it is and `false` says so.
    pub fn push(&mut self, byte: u8) -> bool {
        match self.bytes.get_mut(usize::from(self.len)) {
            Some(place) => {
                *place = byte;
                self.len = self.len.saturating_add(1);
                true
            }
            None => false,
        }
    }
    /// Erases it.
    pub fn clear(&mut self) {
        self.bytes.zeroize();
        self.len = 0;
    }
    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }
    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Most digits that an entry keeps: one more than any code has, so that a longer entry is wrong whatever follows, and
/// is still one attempt (A20).
const ENTRY_DIGITS: usize = 11;

/// The digits typed so far, zeroised on drop.
#[derive(Clone, Default, Hash)]
pub(crate) struct Entry {
    len: u8,
    digits: [u8; ENTRY_DIGITS],
}

impl Entry {
    pub const EMPTY: Self = Self { len: 0, digits: [0; ENTRY_DIGITS] };

    /// The ASCII digits.
    pub fn expose(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or(&[])
    }
    /// Appends a digit; beyond the end it is dropped.
    pub fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(usize::from(self.len)) {
            *place = digit;
            self.len = self.len.saturating_add(1);
        }
    }
    pub fn clear(&mut self) {
        self.digits.zeroize();
        self.len = 0;
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.clear();
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        bool::from(self.bytes.ct_eq(&other.bytes) & self.len.ct_eq(&other.len))
    }
}

impl Eq for Secret {}
