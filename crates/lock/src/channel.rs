//! The sealed channel between a peer and the lock: XChaCha20-Poly1305 under keys of one pair and one direction,
//! bound to the lock, the peer and a challenge of the lock. Knows no command and no rule; keeps no state.
//!
//! Frames are `version 1 | peer | salt 8 | ciphertext | tag 16`, all lengths in bytes, and the first ten bytes with
//! the lock's identity are the associated data. The 24-byte nonce is the challenge (16) and the salt (8), so that
//! no nonce is used twice even when a peer seals two commands under one challenge. Unasked frames from the lock
//! (*pushes*) use a fixed word in place of the challenge and `boot | counter` as salt: a receiver keeps the highest
//! salt seen and drops what is not above it.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::answer::{Answer, MAX_ANSWER};
use crate::command::{Command, MAX_COMMAND};
use crate::input::{Frame, MAX_FRAME};
use crate::words::CredentialKind;

/// Version byte of a frame. There is one version per build and no negotiation.
pub const FRAME_VERSION: u8 = 1;
const HEADER: usize = 10;
const TAG: usize = 16;
const PUSH: [u8; 16] = *b"doorward-push-v1";

/// HMAC-SHA-256 over several parts.
pub(crate) fn hmac256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length, so the error arm is never taken; it gives a MAC that matches nothing known
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first 16 bytes of [`hmac256`].
pub(crate) fn hmac128(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut out = [0u8; 16];
    for (to, from) in out.iter_mut().zip(hmac256(key, parts)) {
        *to = from;
    }
    out
}

/// The keyed MAC under which a lock keeps a code: HMAC-SHA-256 over `"doorward credential v1"`, the kind and the
/// bytes, first 16 bytes. A hub that shares `mac_key` proves by it what is on the lock. It covers no slot, so that
/// one comparison serves all slots and a second use of the same code is seen.
#[must_use]
pub fn credential_mac(mac_key: &[u8; 32], kind: CredentialKind, data: &[u8]) -> [u8; 16] {
    hmac128(mac_key, &[b"doorward credential v1", &[kind.code()], data])
}

#[derive(Clone, Copy)]
enum Way {
    Down,
    Up,
}

fn cipher(key: &[u8; 32], way: Way) -> XChaCha20Poly1305 {
    let label: &[u8] = match way {
        Way::Down => b"doorward to lock v1",
        Way::Up => b"doorward from lock v1",
    };
    let mut derived = hmac256(key, &[label]);
    let cipher = XChaCha20Poly1305::new(&derived.into());
    derived.zeroize();
    cipher
}

fn nonce(challenge: &[u8; 16], salt: &[u8; 8]) -> XNonce {
    let mut bytes = [0u8; 24];
    for (to, from) in bytes.iter_mut().zip(challenge.iter().chain(salt)) {
        *to = *from;
    }
    bytes.into()
}

fn associated(lock_id: &[u8; 16], header: &[u8]) -> [u8; 26] {
    let mut bytes = [0u8; 26];
    for (to, from) in bytes.iter_mut().zip(lock_id.iter().chain(header)) {
        *to = *from;
    }
    bytes
}

/// Where a frame goes and what it is bound to.
pub(crate) struct Bind<'a> {
    pub key: &'a [u8; 32],
    pub lock_id: &'a [u8; 16],
    pub peer: u8,
    pub challenge: &'a [u8; 16],
}

fn seal(bind: &Bind<'_>, way: Way, salt: [u8; 8], plain: &mut [u8]) -> Option<Frame> {
    let mut header = [0u8; HEADER];
    for (to, from) in header.iter_mut().zip([FRAME_VERSION, bind.peer].iter().chain(&salt)) {
        *to = *from;
    }
    let aad = associated(bind.lock_id, &header);
    let tag = cipher(bind.key, way)
        .encrypt_inout_detached(&nonce(bind.challenge, &salt), &aad, (&mut *plain).into())
        .ok()?;
    let mut bytes = [0u8; MAX_FRAME];
    let mut w = crate::wire::Writer::new(&mut bytes);
    w.bytes(&header);
    w.bytes(plain);
    w.bytes(&tag);
    let len = w.finish()?;
    Frame::new(bytes.get(..len)?)
}

/// Opens into `into`; how many bytes came out.
fn open(bind: &Bind<'_>, way: Way, frame: &[u8], into: &mut [u8]) -> Option<usize> {
    let (header, rest) = frame.split_at_checked(HEADER)?;
    let (ciphertext, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    if header.first() != Some(&FRAME_VERSION) || header.get(1) != Some(&bind.peer) {
        return None;
    }
    let salt: [u8; 8] = header.get(2..)?.try_into().ok()?;
    let tag: [u8; TAG] = tag.try_into().ok()?;
    let place = into.get_mut(..ciphertext.len())?;
    for (to, from) in place.iter_mut().zip(ciphertext) {
        *to = *from;
    }
    let aad = associated(bind.lock_id, header);
    let tag: Tag = tag.into();
    cipher(bind.key, way)
        .decrypt_inout_detached(&nonce(bind.challenge, &salt), &aad, (&mut *place).into(), &tag)
        .ok()?;
    Some(ciphertext.len())
}

/// The peer that a frame names, before anything is believed.
pub(crate) fn claimed_peer(frame: &[u8]) -> Option<u8> {
    if frame.first() == Some(&FRAME_VERSION) { frame.get(1).copied() } else { None }
}

/// A command that came out of the sealed channel. There is no other way to make one, and the lock acts on nothing
/// else: plain bytes cannot become a command.
pub(crate) struct Opened {
    pub command: Command,
    /// Echoed in the answer, so that the peer knows to what.
    pub salt: [u8; 8],
}

pub(crate) fn open_command(bind: &Bind<'_>, frame: &[u8]) -> Option<Opened> {
    let mut plain = [0u8; MAX_COMMAND];
    let opened = open(bind, Way::Down, frame, &mut plain).and_then(|len| {
        let salt = frame.get(2..HEADER)?.try_into().ok()?;
        Some(Opened { command: Command::decode(plain.get(..len)?)?, salt })
    });
    plain.zeroize();
    opened
}

pub(crate) fn seal_answer(bind: &Bind<'_>, salt: [u8; 8], answer: &Answer) -> Option<Frame> {
    let mut plain = [0u8; MAX_ANSWER];
    let len = answer.encode(&mut plain)?;
    seal(bind, Way::Up, salt, plain.get_mut(..len)?)
}

pub(crate) fn seal_push(
    key: &[u8; 32],
    lock_id: &[u8; 16],
    peer: u8,
    counter: u64,
    a: &Answer,
) -> Option<Frame> {
    seal_answer(&Bind { key, lock_id, peer, challenge: &PUSH }, counter.to_be_bytes(), a)
}

/// A peer's end of the channel: what a hub needs to speak to one lock. Holds the pair's key; seals commands, opens
/// answers and pushes.
pub struct PeerEnd {
    key: [u8; 32],
    lock_id: [u8; 16],
    peer: u8,
}

impl PeerEnd {
    /// The end of peer slot `peer` of the lock `lock_id`.
    #[must_use]
    pub const fn new(key: [u8; 32], lock_id: [u8; 16], peer: u8) -> Self {
        Self { key, lock_id, peer }
    }

    /// Seals a command under a challenge that the lock gave. `salt` must differ between commands sealed under one
    /// challenge (a counter or random bytes do); the answer comes back with the same salt.
    #[must_use]
    pub fn seal_command(&self, challenge: &[u8; 16], salt: [u8; 8], command: &Command) -> Option<Frame> {
        let mut plain = [0u8; MAX_COMMAND];
        let len = command.encode(&mut plain)?;
        let frame = seal(&self.bind(challenge), Way::Down, salt, plain.get_mut(..len)?);
        plain.zeroize();
        frame
    }

    /// Opens the answer to the command sealed under this challenge and salt; `None` when it is not one.
    #[must_use]
    pub fn open_answer(&self, challenge: &[u8; 16], salt: [u8; 8], frame: &[u8]) -> Option<Answer> {
        if frame.get(2..HEADER)? != salt {
            return None;
        }
        let mut plain = [0u8; MAX_ANSWER];
        let len = open(&self.bind(challenge), Way::Up, frame, &mut plain)?;
        Answer::decode(plain.get(..len)?)
    }

    /// Opens an unasked frame: its number (`boot` in the high 32 bits) and what it says ([`Answer::Records`] or
    /// [`Answer::Changed`]). Drop it unless the number is above every one seen before.
    #[must_use]
    pub fn open_push(&self, frame: &[u8]) -> Option<(u64, Answer)> {
        let counter = u64::from_be_bytes(frame.get(2..HEADER)?.try_into().ok()?);
        let mut plain = [0u8; MAX_ANSWER];
        let len = open(&self.bind(&PUSH), Way::Up, frame, &mut plain)?;
        Some((counter, Answer::decode(plain.get(..len)?)?))
    }

    fn bind<'a>(&'a self, challenge: &'a [u8; 16]) -> Bind<'a> {
        Bind { key: &self.key, lock_id: &self.lock_id, peer: self.peer, challenge }
    }
}

impl Drop for PeerEnd {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Codes of at least this many digits still open, after a minute's wait, when the budget of wrong attempts is spent.
pub const STRONG_DIGITS: usize = 9;
