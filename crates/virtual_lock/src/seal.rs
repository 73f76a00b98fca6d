//! The hand channel's seal: XChaCha20-Poly1305 under the hand key of the pairing file, bound to the salt of
//! the lock's welcome, the direction and a counter. Each end refuses a counter that it has already seen, so
//! that a recorded frame does nothing a second time and nothing on another connection.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const TAG: usize = 16;
const COUNTER: usize = 8;
/// Set in the nonce of what the lock sends, never in a counter.
const DIRECTION: u64 = 1 << 63;

/// One end of a hand channel.
pub struct HandSeal {
    cipher: XChaCha20Poly1305,
    salt: [u8; 16],
    lock_id: [u8; 16],
    lock_end: bool,
    sent: u64,
    seen: u64,
}

impl HandSeal {
    /// The end of the lock (`lock_end`) or of the one who shows it.
    #[must_use]
    pub fn new(key: &[u8; 32], lock_id: [u8; 16], salt: [u8; 16], lock_end: bool) -> Self {
        let cipher = XChaCha20Poly1305::new(&(*key).into());
        Self { cipher, salt, lock_id, lock_end, sent: 0, seen: 0 }
    }

    /// Seals a message: `counter 8 | ciphertext | tag 16`.
    #[must_use]
    pub fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        self.sent += 1;
        let mut text = plain.to_vec();
        let nonce = self.nonce(self.lock_end, self.sent);
        let Ok(tag) = self.cipher.encrypt_inout_detached(&nonce, &self.lock_id, text.as_mut_slice().into())
        else {
            // only for a message of 256 GiB: the other end drops the empty frame
            return Vec::new();
        };
        let mut out = self.sent.to_be_bytes().to_vec();
        out.append(&mut text);
        out.extend(tag);
        out
    }

    /// Opens a message; `None` when it was changed, is from elsewhere or was seen before.
    #[must_use]
    pub fn open(&mut self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (counter, rest) = sealed.split_first_chunk::<COUNTER>()?;
        let (text, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        let number = u64::from_be_bytes(*counter);
        if number <= self.seen || number >= DIRECTION {
            return None;
        }
        let tag = Tag::try_from(tag).ok()?;
        let mut plain = Zeroizing::new(text.to_vec());
        let nonce = self.nonce(!self.lock_end, number);
        self.cipher.decrypt_inout_detached(&nonce, &self.lock_id, plain.as_mut_slice().into(), &tag).ok()?;
        self.seen = number;
        Some(plain)
    }

    /// Salt 16, counter 8 with the direction in its highest bit: 2^63 messages are not reached on one
    /// connection.
    fn nonce(&self, from_lock: bool, number: u64) -> XNonce {
        let number = if from_lock { number | DIRECTION } else { number };
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(&self.salt);
        bytes[16..].copy_from_slice(&number.to_be_bytes());
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::HandSeal;

    fn ends() -> (HandSeal, HandSeal) {
        let end = |lock| HandSeal::new(&[7; 32], [1; 16], [2; 16], lock);
        (end(true), end(false))
    }

    #[test]
    fn goes_both_ways_and_only_once() {
        let (mut lock, mut page) = ends();
        let first = page.seal(b"press");
        assert_eq!(lock.open(&first).as_deref().map(Vec::as_slice), Some(b"press".as_slice()));
        assert!(lock.open(&first).is_none(), "a replayed frame opens twice");
        let state = lock.seal(b"state");
        assert_eq!(page.open(&state).as_deref().map(Vec::as_slice), Some(b"state".as_slice()));
        assert!(lock.open(&state).is_none(), "a frame opens at the end that sent it");
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let (_, mut page) = ends();
        let sealed = page.seal(b"open the door");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            let (mut lock, _) = ends();
            assert!(lock.open(&changed).is_none(), "byte {at}");
        }
        for length in 0..sealed.len() {
            let (mut lock, _) = ends();
            assert!(lock.open(&sealed[..length]).is_none(), "length {length}");
        }
    }

    #[test]
    fn another_salt_is_another_channel() {
        let (_, mut page) = ends();
        let sealed = page.seal(b"x");
        let mut other = HandSeal::new(&[7; 32], [1; 16], [3; 16], true);
        assert!(other.open(&sealed).is_none());
    }
}
