//! The secrets that a virtual lock and its hub share from the start, made at random when the lock first runs
//! and kept in a file that only its owner can read. There is no default key and none is derived from a name
//! or number. On a real lock this is the card in the box.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Name of the file in the lock's folder.
pub const FILE: &str = "pairing.json";
/// Longest such file that is read.
const MAX_FILE: u64 = 4096;

/// The shared secrets. No `Debug`: they do not belong into a log.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pairing {
    /// Identity of the lock.
    pub lock_id: [u8; 16],
    /// Key of the credential MACs.
    pub mac_key: [u8; 32],
    /// Seed of the record chain.
    pub chain_key: [u8; 32],
    /// Key of the first peer, the hub.
    pub peer_key: [u8; 32],
    /// Key of the hand channel.
    pub hand_key: [u8; 32],
}

/// Why there is no pairing.
#[derive(Debug, thiserror::Error)]
pub enum PairingError {
    /// The file cannot be read or written.
    #[error("the pairing file {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The file is not one of ours.
    #[error(
        "the pairing file {0} is damaged: {1}. Put it back from a backup, or delete the lock's folder to \
         start it from factory state"
    )]
    Damaged(PathBuf, String),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes for new keys")]
    NoRandomness,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Text {
    version: u8,
    lock_id: String,
    mac_key: String,
    chain_key: String,
    peer_key: String,
    hand_key: String,
}

impl Pairing {
    /// New random secrets.
    ///
    /// # Errors
    /// [`PairingError::NoRandomness`].
    pub fn random() -> Result<Self, PairingError> {
        let mut new = Self {
            lock_id: [0; 16],
            mac_key: [0; 32],
            chain_key: [0; 32],
            peer_key: [0; 32],
            hand_key: [0; 32],
        };
        let parts: [&mut [u8]; 5] =
            [&mut new.lock_id, &mut new.mac_key, &mut new.chain_key, &mut new.peer_key, &mut new.hand_key];
        for part in parts {
            getrandom::fill(part).map_err(|_| PairingError::NoRandomness)?;
        }
        Ok(new)
    }

    /// Reads the pairing of a lock's folder.
    ///
    /// # Errors
    /// [`PairingError::File`] and [`PairingError::Damaged`].
    pub fn read(folder: &Path) -> Result<Self, PairingError> {
        let path = folder.join(FILE);
        let mut text = zeroize::Zeroizing::new(String::new());
        OpenOptions::new()
            .read(true)
            .open(&path)
            .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
            .map_err(|error| PairingError::File(path.clone(), error))?;
        let text: Text =
            serde_json::from_str(&text).map_err(|e| PairingError::Damaged(path.clone(), place_of(&e)))?;
        if text.version != 1 {
            return Err(PairingError::Damaged(path, format!("version {} is not 1", text.version)));
        }
        let damaged =
            |name: &str| PairingError::Damaged(path.clone(), format!("{name} is not hex of its length"));
        Ok(Self {
            lock_id: from_hex(&text.lock_id).ok_or_else(|| damaged("lock_id"))?,
            mac_key: from_hex(&text.mac_key).ok_or_else(|| damaged("mac_key"))?,
            chain_key: from_hex(&text.chain_key).ok_or_else(|| damaged("chain_key"))?,
            peer_key: from_hex(&text.peer_key).ok_or_else(|| damaged("peer_key"))?,
            hand_key: from_hex(&text.hand_key).ok_or_else(|| damaged("hand_key"))?,
        })
    }

    /// Reads the pairing, or makes one where there is none yet. The file is on the disk before this returns.
    ///
    /// # Errors
    /// [`PairingError`].
    pub fn read_or_make(folder: &Path) -> Result<Self, PairingError> {
        match Self::read(folder) {
            Err(PairingError::File(_, error)) if error.kind() == ErrorKind::NotFound => Self::renew(folder),
            other => other,
        }
    }

    /// Makes a new pairing in place of the one that is there.
    ///
    /// # Errors
    /// [`PairingError`]; the old one stays then.
    pub fn renew(folder: &Path) -> Result<Self, PairingError> {
        let new = Self::random()?;
        new.write(folder)?;
        Ok(new)
    }

    fn write(&self, folder: &Path) -> Result<(), PairingError> {
        let text = Text {
            version: 1,
            lock_id: hex::encode(self.lock_id),
            mac_key: hex::encode(self.mac_key),
            chain_key: hex::encode(self.chain_key),
            peer_key: hex::encode(self.peer_key),
            hand_key: hex::encode(self.hand_key),
        };
        let path = folder.join(FILE);
        let part = folder.join("pairing.part");
        let written = serde_json::to_vec(&text).map_err(std::io::Error::other).and_then(|bytes| {
            let bytes = zeroize::Zeroizing::new(bytes);
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&part)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)?;
            std::fs::File::open(folder)?.sync_all()
        });
        written.map_err(|error| PairingError::File(path, error))
    }
}

/// Where a JSON error is, without the text around it: that could be a key.
fn place_of(error: &serde_json::Error) -> String {
    format!("line {} column {}", error.line(), error.column())
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    hex::decode_to_slice(text, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{FILE, Pairing, PairingError};

    #[test]
    fn made_once_and_read_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let first = Pairing::read_or_make(folder.path()).unwrap();
        assert!(Pairing::read_or_make(folder.path()).unwrap() == first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "others can read the keys");
        }
    }

    #[test]
    fn a_thousand_locks_have_a_thousand_keys() {
        let keys: std::collections::BTreeSet<_> =
            (0..1000).map(|_| Pairing::random().unwrap()).flat_map(|p| [p.peer_key, p.mac_key]).collect();
        assert_eq!(keys.len(), 2000);
    }

    #[test]
    fn a_damaged_file_is_refused_and_its_text_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let made = Pairing::read_or_make(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"peer_key\":\"", "\"peer_key\":\"zz")).unwrap();
        let Err(error @ PairingError::Damaged(..)) = Pairing::read(folder.path()) else { panic!("was read") };
        assert!(error.to_string().contains("peer_key"));
        assert!(!error.to_string().contains(&hex::encode(made.peer_key)));
    }
}
