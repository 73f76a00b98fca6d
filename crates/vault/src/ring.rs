//! The keys in memory and what is derived from them: sealing, digests, sub-keys. Knows no file.
//!
//! One *root* key lives as long as the data folder and gives the sub-keys of lasting identity (the log's
//! signing key). *Generations* seal and digest; the newest one seals, older ones still open. Every use has a
//! sub-key of its own by HKDF-SHA-256 (RFC 5869), so that no key is ever used for two things.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use hub::ports::{Place, VaultError};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A 256-bit key, wiped on drop.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// First byte of everything sealed: the form below.
const FORM: u8 = 1;
const NONCE: usize = 24;
/// Form, key id, nonce.
const HEAD: usize = 1 + 4 + NONCE;

/// One sealing key and its id.
pub(crate) struct Generation {
    /// Random, not zero, unique in the ring: stands in front of what it sealed.
    pub(crate) id: u32,
    /// Master key of this generation, kept for the key file.
    pub(crate) master: Key,
    seal: Key,
    digest: Key,
}

impl Generation {
    pub(crate) fn new(id: u32, master: Key) -> Result<Self, VaultError> {
        let seal = derive(&master, &[b"doorward/seal/1"])?;
        let digest = derive(&master, &[b"doorward/digest/1"])?;
        Ok(Self { id, master, seal, digest })
    }
}

/// Root key and generations, oldest first, never empty.
pub(crate) struct Ring {
    pub(crate) root: Key,
    pub(crate) older: Vec<Generation>,
    pub(crate) newest: Generation,
}

impl Ring {
    /// Fresh keys from the operating system's generator.
    pub(crate) fn fresh() -> Result<Self, VaultError> {
        let newest = Generation::new(random_id(&[])?, random_key()?)?;
        Ok(Self { root: random_key()?, older: Vec::new(), newest })
    }

    /// Adds a fresh generation, which seals from now on.
    pub(crate) fn rotate(&mut self) -> Result<(), VaultError> {
        let taken: Vec<u32> = self.generations().map(|g| g.id).collect();
        let next = Generation::new(random_id(&taken)?, random_key()?)?;
        let previous = std::mem::replace(&mut self.newest, next);
        self.older.push(previous);
        Ok(())
    }

    /// Oldest first.
    pub(crate) fn generations(&self) -> impl Iterator<Item = &Generation> {
        self.older.iter().chain(std::iter::once(&self.newest))
    }

    pub(crate) fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        fill(&mut nonce)?;
        let generation = &self.newest;
        let aad = associated(generation.id, place);
        let body = cipher(&generation.seal)
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| damaged(place))?;
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(FORM);
        sealed.extend_from_slice(&generation.id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    pub(crate) fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (id, nonce, body) = split(sealed).ok_or_else(|| damaged(place))?;
        let generation = self.generations().find(|g| g.id == id).ok_or_else(|| damaged(place))?;
        let aad = associated(id, place);
        cipher(&generation.seal)
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| damaged(place))
    }

    /// Whether the newest generation sealed this.
    pub(crate) fn is_newest(&self, sealed: &[u8]) -> bool {
        split(sealed).is_some_and(|(id, _, _)| id == self.newest.id)
    }

    pub(crate) fn digest(&self, domain: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError> {
        let key = derive(&self.newest.digest, &[b"domain/", domain.as_bytes()])?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_slice()).map_err(|_| VaultError::Sealed)?;
        mac.update(bytes);
        Ok(mac.finalize().into_bytes().into())
    }

    pub(crate) fn subkey(&self, purpose: &str) -> Result<Key, VaultError> {
        derive(&self.root, &[b"doorward/subkey/1/", purpose.as_bytes()])
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&**key).into())
}

fn damaged(place: Place<'_>) -> VaultError {
    VaultError::Damaged(format!("{} {} ({})", place.table, place.row, place.column))
}

/// Form, key id and place, each part behind its length: no two places share these bytes.
fn associated(id: u32, place: Place<'_>) -> Vec<u8> {
    let mut bytes = vec![FORM];
    bytes.extend_from_slice(&id.to_be_bytes());
    for part in [place.table, place.row, place.column] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

/// Key id, nonce, ciphertext with tag.
fn split(sealed: &[u8]) -> Option<(u32, [u8; NONCE], &[u8])> {
    let (head, body) = sealed.split_at_checked(HEAD)?;
    let (form, rest) = head.split_first()?;
    let (id, nonce) = rest.split_first_chunk::<4>()?;
    (*form == FORM).then_some((u32::from_be_bytes(*id), nonce.try_into().ok()?, body))
}

/// HKDF-SHA-256 with the key as input keying material and the parts, joined, as info. Cannot fail in
/// truth: the output is one hash long, HKDF's limit is 255.
fn derive(key: &Key, info: &[&[u8]]) -> Result<Key, VaultError> {
    let mut out = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, key.as_slice())
        .expand_multi_info(info, out.as_mut_slice())
        .map_err(|_| VaultError::Sealed)?;
    Ok(out)
}

/// 32 random bytes from the operating system.
fn random_key() -> Result<Key, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    fill(key.as_mut_slice())?;
    Ok(key)
}

/// Random bytes from the operating system. A machine that has none makes no keys: the vault stays closed.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|_| VaultError::Sealed)
}

/// A random id that is neither zero nor taken. The loop ends: a ring holds a few ids out of 2^32.
fn random_id(taken: &[u32]) -> Result<u32, VaultError> {
    loop {
        let mut bytes = [0; 4];
        fill(&mut bytes)?;
        let id = u32::from_be_bytes(bytes);
        if id != 0 && !taken.contains(&id) {
            return Ok(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Ring, associated};
    use hub::ports::{Place, VaultError};
    use proptest::prelude::*;

    const PLACE: Place<'static> = Place { table: "credential", row: "7", column: "pin" };

    #[test]
    fn opens_at_its_place_and_nowhere_else_p1() {
        let ring = Ring::fresh().unwrap();
        let sealed = ring.seal(PLACE, b"004711").unwrap();
        assert_eq!(ring.open(PLACE, &sealed).unwrap().as_slice(), b"004711");
        for other in [
            Place { table: "credentials", ..PLACE },
            Place { row: "8", ..PLACE },
            Place { column: "digest", ..PLACE },
            // the same letters, cut at another place
            Place { table: "credential7", row: "", column: "pin" },
        ] {
            assert!(matches!(ring.open(other, &sealed), Err(VaultError::Damaged(_))), "{other:?}");
        }
    }

    #[test]
    fn another_key_and_every_flipped_bit_are_refused() {
        let ring = Ring::fresh().unwrap();
        let sealed = ring.seal(PLACE, b"004711").unwrap();
        assert!(Ring::fresh().unwrap().open(PLACE, &sealed).is_err());
        for bit in 0..sealed.len() * 8 {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open(PLACE, &bent).is_err(), "bit {bit}");
        }
        for cut in 0..sealed.len() {
            assert!(ring.open(PLACE, &sealed[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn the_same_code_never_looks_the_same_twice() {
        let ring = Ring::fresh().unwrap();
        let (a, b) = (ring.seal(PLACE, b"1234").unwrap(), ring.seal(PLACE, b"1234").unwrap());
        assert_ne!(a[HEAD..], b[HEAD..]);
        assert_ne!(a[5..HEAD], b[5..HEAD], "nonces");
    }

    #[test]
    fn rotation_keeps_the_old_readable_and_seals_with_the_new() {
        let mut ring = Ring::fresh().unwrap();
        let old = ring.seal(PLACE, b"1234").unwrap();
        let signing = ring.subkey("log").unwrap();
        let digest = ring.digest("pin", b"1234").unwrap();
        ring.rotate().unwrap();
        assert_eq!(ring.open(PLACE, &old).unwrap().as_slice(), b"1234");
        assert!(!ring.is_newest(&old));
        assert!(ring.is_newest(&ring.seal(PLACE, b"1234").unwrap()));
        assert_eq!(ring.subkey("log").unwrap(), signing, "the log keeps its identity");
        assert_ne!(ring.digest("pin", b"1234").unwrap(), digest, "a leaked key says nothing of new digests");
    }

    #[test]
    fn digests_differ_by_domain_and_key() {
        let ring = Ring::fresh().unwrap();
        assert_eq!(ring.digest("pin", b"1").unwrap(), ring.digest("pin", b"1").unwrap());
        assert_ne!(ring.digest("pin", b"1").unwrap(), ring.digest("pi", b"n1").unwrap());
        assert_ne!(ring.digest("pin", b"1").unwrap(), ring.digest("pin", b"2").unwrap());
        assert_ne!(ring.digest("pin", b"1").unwrap(), Ring::fresh().unwrap().digest("pin", b"1").unwrap());
        assert_ne!(ring.subkey("a").unwrap(), ring.subkey("b").unwrap());
        assert_ne!(*ring.subkey("a").unwrap(), [0; 32]);
    }

    proptest! {
        #[test]
        fn round_trip(table in ".{0,20}", row in ".{0,40}", column in ".{0,20}", plain: Vec<u8>) {
            let ring = Ring::fresh().unwrap();
            let place = Place { table: &table, row: &row, column: &column };
            let sealed = ring.seal(place, &plain).unwrap();
            let opened = ring.open(place, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
        }

        /// One text cut into three at two pairs of places: the same letters in the same order, and still
        /// the same bytes only for the same cuts.
        #[test]
        fn places_are_unambiguous(text in "[a-c]{0,8}", mut cuts: [prop::sample::Index; 4]) {
            cuts.sort_unstable_by_key(|cut| cut.index(text.len() + 1));
            let at = |n: usize| cuts[n].index(text.len() + 1);
            let cut = |a: usize, b: usize| Place { table: &text[..a], row: &text[a..b], column: &text[b..] };
            let (one, other) = (cut(at(0), at(2)), cut(at(1), at(3)));
            prop_assert_eq!(one == other, associated(1, one) == associated(1, other));
        }

        #[test]
        fn noise_never_opens(noise: Vec<u8>) {
            prop_assert!(Ring::fresh().unwrap().open(PLACE, &noise).is_err());
        }
    }
}
