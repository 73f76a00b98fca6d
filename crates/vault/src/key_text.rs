//! The text of a key file, and the passphrase that may wrap it. Pure but for the salt; touches no disk.
//!
//! Plain form, one key a line, oldest generation first:
//! ```text
//! doorward-keys 1
//! root 64 hex digits
//! key 8 hex digits (id) 64 hex digits
//! ```
//! Under a passphrase the lines after the first are sealed as one (XChaCha20-Poly1305, the two lines before
//! it as associated data) by a key that Argon2id makes of the passphrase:
//! ```text
//! doorward-keys 1
//! argon2id 65536 3 4 32 hex digits of salt
//! sealed nonce and ciphertext in hex
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::key_file::KeyFileError;
use crate::ring::{Generation, Key, Ring, fill};

const TITLE: &str = "doorward-keys 1";
/// RFC 9106, section 4, second recommendation: 64 MiB, three passes, four lanes.
const COST: Cost = Cost { memory_kib: 65_536, passes: 3, lanes: 4 };
/// No more than this is believed of a file: 1 GiB, 32 passes, 16 lanes.
const COST_LIMIT: Cost = Cost { memory_kib: 1 << 20, passes: 32, lanes: 16 };
/// Fewest characters of a passphrase.
const PASSPHRASE_MIN: usize = 12;
/// Most generations in a file: a rotation a month for twenty years without retiring any.
const GENERATIONS_MAX: usize = 240;
const NONCE: usize = 24;

/// Argon2id parameters.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// What stands between a reader of the file and the keys.
pub(crate) enum Protection {
    /// The permissions of the file alone.
    Permissions,
    /// A passphrase; kept here is only the key made of it, to write the file again.
    Passphrase { cost: Cost, salt: [u8; 16], key: Key },
}

impl Protection {
    /// For a new file or a new passphrase, with a fresh salt.
    pub(crate) fn new(passphrase: Option<&str>) -> Result<Self, KeyFileError> {
        let Some(passphrase) = passphrase else { return Ok(Self::Permissions) };
        if passphrase.chars().count() < PASSPHRASE_MIN {
            return Err(KeyFileError::ShortPassphrase { least: PASSPHRASE_MIN });
        }
        let mut salt = [0; 16];
        fill(&mut salt).map_err(|_| KeyFileError::NoRandomness)?;
        Ok(Self::Passphrase { cost: COST, salt, key: stretch(COST, &salt, passphrase)? })
    }
}

fn stretch(cost: Cost, salt: &[u8; 16], passphrase: &str) -> Result<Key, KeyFileError> {
    let mut key = Zeroizing::new([0; 32]);
    Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                passphrase.as_bytes(),
                salt,
                key.as_mut_slice(),
            )
        })
        .map_err(|_| KeyFileError::WrongPassphrase)?;
    Ok(key)
}

/// A line that does not read: its number from 1 and what was expected there.
pub(crate) struct BadLine {
    pub(crate) line: usize,
    pub(crate) what: &'static str,
}

/// Why a text does not open.
pub(crate) enum TextError {
    Line(BadLine),
    Key(KeyFileError),
}

impl From<BadLine> for TextError {
    fn from(bad: BadLine) -> Self {
        Self::Line(bad)
    }
}

/// The text of a key file.
pub(crate) fn write(ring: &Ring, protection: &Protection) -> Result<Zeroizing<String>, KeyFileError> {
    let keys = write_keys(ring);
    match protection {
        Protection::Permissions => Ok(Zeroizing::new(format!("{TITLE}\n{}", keys.as_str()))),
        Protection::Passphrase { cost, salt, key } => {
            let head = head(*cost, salt);
            let mut nonce = [0; NONCE];
            fill(&mut nonce).map_err(|_| KeyFileError::NoRandomness)?;
            let body = XChaCha20Poly1305::new((&**key).into())
                .encrypt(&XNonce::from(nonce), Payload { msg: keys.as_bytes(), aad: head.as_bytes() })
                .map_err(|_| KeyFileError::WrongPassphrase)?;
            Ok(Zeroizing::new(format!("{head}sealed {}{}\n", hex::encode(nonce), hex::encode(body))))
        }
    }
}

fn head(cost: Cost, salt: &[u8; 16]) -> String {
    format!("{TITLE}\nargon2id {} {} {} {}\n", cost.memory_kib, cost.passes, cost.lanes, hex::encode(salt))
}

fn write_keys(ring: &Ring) -> Zeroizing<String> {
    // long enough from the start, so that no half of it is left behind by growing
    let mut text = Zeroizing::new(String::with_capacity(80 * (ring.older.len() + 2)));
    let mut line = |word: &str, key: &Key| {
        let digits = Zeroizing::new(hex::encode(key.as_slice()));
        text.push_str(word);
        text.push_str(&digits);
        text.push('\n');
    };
    line("root ", &ring.root);
    for generation in ring.generations() {
        line(&format!("key {:08x} ", generation.id), &generation.master);
    }
    text
}

/// Reads the text of a key file back.
pub(crate) fn read(text: &str, passphrase: Option<&str>) -> Result<(Ring, Protection), TextError> {
    let bad = |line, what| TextError::Line(BadLine { line, what });
    let mut lines = text.lines();
    match lines.next() {
        Some(TITLE) => {}
        Some(title) if title.starts_with("doorward-keys ") => {
            return Err(TextError::Key(KeyFileError::Newer));
        }
        _ => return Err(bad(1, "\"doorward-keys 1\"")),
    }
    let second = lines.next().ok_or_else(|| bad(2, "\"root\" or \"argon2id\""))?;
    let Some(cost_line) = second.strip_prefix("argon2id ") else {
        if passphrase.is_some() {
            return Err(TextError::Key(KeyFileError::NotProtected));
        }
        let rest = text.strip_prefix(TITLE).unwrap_or_default().trim_start();
        return Ok((read_keys(rest, 2)?, Protection::Permissions));
    };
    let (cost, salt) = read_cost(cost_line).ok_or_else(|| bad(2, "memory, passes, lanes and salt"))?;
    let passphrase = passphrase.ok_or(TextError::Key(KeyFileError::PassphraseNeeded))?;
    let sealed = lines
        .next()
        .and_then(|line| line.strip_prefix("sealed "))
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or_else(|| bad(3, "\"sealed\" and hex digits"))?;
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or_else(|| bad(3, "more hex digits"))?;
    let key = stretch(cost, &salt, passphrase).map_err(TextError::Key)?;
    let aad = head(cost, &salt);
    let keys = XChaCha20Poly1305::new((&*key).into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: aad.as_bytes() })
        .map(Zeroizing::new)
        .map_err(|_| TextError::Key(KeyFileError::WrongPassphrase))?;
    let keys = std::str::from_utf8(&keys).map_err(|_| bad(3, "text"))?;
    Ok((read_keys(keys, 3)?, Protection::Passphrase { cost, salt, key }))
}

fn read_cost(line: &str) -> Option<(Cost, [u8; 16])> {
    let mut words = line.split(' ');
    let mut number = || words.next()?.parse::<u32>().ok();
    let cost = Cost { memory_kib: number()?, passes: number()?, lanes: number()? };
    let mut salt = [0; 16];
    hex::decode_to_slice(words.next()?, &mut salt).ok()?;
    let fits = cost.memory_kib <= COST_LIMIT.memory_kib
        && cost.passes <= COST_LIMIT.passes
        && cost.lanes <= COST_LIMIT.lanes;
    (fits && words.next().is_none()).then_some((cost, salt))
}

/// The key lines; `first` is the number of the first one, for messages.
fn read_keys(text: &str, first: usize) -> Result<Ring, BadLine> {
    let mut lines = text.lines().zip(first..);
    let root = lines
        .next()
        .and_then(|(line, _)| key_of(line.strip_prefix("root ")?))
        .ok_or(BadLine { line: first, what: "\"root\" and 64 hex digits" })?;
    let mut older: Vec<Generation> = Vec::new();
    for (text, line) in lines {
        let generation =
            generation_of(text).ok_or(BadLine { line, what: "\"key\", an id and 64 hex digits" })?;
        if older.len() >= GENERATIONS_MAX {
            return Err(BadLine { line, what: "no more keys than 240" });
        }
        if generation.id == 0 || older.iter().any(|g| g.id == generation.id) {
            return Err(BadLine { line, what: "an id that is not zero and not there twice" });
        }
        older.push(generation);
    }
    let newest = older.pop().ok_or(BadLine { line: first + 1, what: "at least one key" })?;
    Ok(Ring { root, older, newest })
}

fn generation_of(line: &str) -> Option<Generation> {
    let (id, key) = line.strip_prefix("key ")?.split_once(' ')?;
    Generation::new(u32::from_str_radix(id, 16).ok()?, key_of(key)?).ok()
}

fn key_of(digits: &str) -> Option<Key> {
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, key.as_mut_slice()).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::{BadLine, Protection, TextError, read, write};
    use crate::key_file::KeyFileError;
    use crate::ring::Ring;
    use proptest::prelude::*;

    fn line(text: &str) -> Option<usize> {
        match read(text, None) {
            Err(TextError::Line(BadLine { line, .. })) => Some(line),
            _ => None,
        }
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let key = "0".repeat(64);
        assert_eq!(line(""), Some(1));
        assert_eq!(line("PNG"), Some(1));
        assert_eq!(line("doorward-keys 1\n"), Some(2));
        assert_eq!(line("doorward-keys 1\nroot 12\n"), Some(2));
        assert_eq!(line(&format!("doorward-keys 1\nroot {key}\n")), Some(3));
        assert_eq!(line(&format!("doorward-keys 1\nroot {key}\nkey 1 {key}\nkey 1 {key}\n")), Some(4));
        assert_eq!(line(&format!("doorward-keys 1\nroot {key}\nkey 0 {key}\n")), Some(3));
        assert_eq!(line("doorward-keys 1\nargon2id 99999999 3 4 00\n"), Some(2));
        assert!(matches!(read("doorward-keys 2\nx", None), Err(TextError::Key(KeyFileError::Newer))));
    }

    #[test]
    fn a_passphrase_hides_every_key() {
        let ring = Ring::fresh().unwrap();
        let text = write(&ring, &Protection::new(Some("a long passphrase")).unwrap()).unwrap();
        assert!(!text.contains(&hex::encode(ring.root.as_slice())));
        assert!(!text.contains(&hex::encode(ring.newest.master.as_slice())));
        let (again, _) = read(&text, Some("a long passphrase")).ok().unwrap();
        assert_eq!(again.root, ring.root);
        assert!(matches!(
            read(&text, Some("a long passphrasE")),
            Err(TextError::Key(KeyFileError::WrongPassphrase))
        ));
        assert!(matches!(read(&text, None), Err(TextError::Key(KeyFileError::PassphraseNeeded))));
        // a changed cost line does not open either: it is authenticated
        let weaker = text.replace("argon2id 65536 3 4", "argon2id 65536 2 4");
        assert!(read(&weaker, Some("a long passphrase")).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(
            text in "(doorward-keys 1\n)?(root |key |argon2id |sealed |[0-9a-f ]|\n|.){0,200}",
        ) {
            let _ = read(&text, None);
        }
    }
}
