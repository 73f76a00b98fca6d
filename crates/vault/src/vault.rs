//! [`KeyVault`]: a ring of keys with the file that keeps it, behind the hub's port.

use std::path::{Path, PathBuf};

use hub::ports::{PasswordHash, Place, Vault, VaultError};
use zeroize::Zeroizing;

use crate::key_file::{self, KeyFileError};
use crate::key_text::Protection;
use crate::password;
use crate::ring::Ring;

/// The vault of one data folder, open. Sealed bytes are 45 longer than the plain ones
/// (form 1, key id 4, nonce 24, tag 16).
pub struct KeyVault {
    folder: PathBuf,
    ring: Ring,
    protection: Protection,
}

impl std::fmt::Debug for KeyVault {
    /// Without keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyVault").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl KeyVault {
    /// Whether the folder has a key file. Ask before [`create`](Self::create): making new keys beside an
    /// existing database would leave everything in it sealed for good.
    pub fn exists(folder: &Path) -> bool {
        folder.join(key_file::KEY_FILE).symlink_metadata().is_ok()
    }

    /// Makes fresh keys and their file: mode 0600, in the folder, which is made with mode 0700 when it is
    /// not there. With a passphrase the file is useless without it; every attempt costs an Argon2id run over
    /// 64 MiB.
    ///
    /// # Errors
    /// [`KeyFileError`]; an existing key file is never replaced.
    pub fn create(folder: &Path, passphrase: Option<&str>) -> Result<Self, KeyFileError> {
        let ring = Ring::fresh().map_err(|_| KeyFileError::NoRandomness)?;
        let protection = Protection::new(passphrase)?;
        key_file::create(folder, &ring, &protection)?;
        Ok(Self { folder: folder.to_owned(), ring, protection })
    }

    /// Opens the key file of a data folder.
    ///
    /// # Errors
    /// [`KeyFileError`]: missing, readable by others, damaged, wrong or missing passphrase; each with the
    /// way out.
    pub fn open(folder: &Path, passphrase: Option<&str>) -> Result<Self, KeyFileError> {
        let (ring, protection) = key_file::open(folder, passphrase)?;
        Ok(Self { folder: folder.to_owned(), ring, protection })
    }

    /// Makes a new generation of keys, durable when the call returns: it seals and digests from now on, the
    /// older ones still open what they sealed. Sub-keys ([`Vault::subkey`]) stay as they are: the log keeps
    /// its signing key.
    ///
    /// The caller then walks over everything sealed with [`reseal`](Self::reseal), makes every digest anew,
    /// commits that as one batch and calls [`retire`](Self::retire). Interrupted in between, nothing is
    /// lost: `reseal` tells at the next start what is still under an older key.
    ///
    /// # Errors
    /// [`KeyFileError`]; the keys are then as they were.
    pub fn rotate(&mut self) -> Result<(), KeyFileError> {
        self.ring.rotate().map_err(|_| KeyFileError::NoRandomness)?;
        let kept = key_file::replace(&self.folder, &self.ring, &self.protection);
        if kept.is_err()
            && let Some(previous) = self.ring.older.pop()
        {
            self.ring.newest = previous;
        }
        kept
    }

    /// Seals a value anew when an older key sealed it; `None` when it is under the newest already.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn reseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        let plain = self.ring.open(place, sealed)?;
        if self.ring.is_newest(sealed) {
            return Ok(None);
        }
        self.ring.seal(place, &plain).map(Some)
    }

    /// Throws the older generations away. Whatever they sealed and was not sealed anew is lost for good.
    ///
    /// # Errors
    /// [`KeyFileError`]; the older keys are then still there.
    pub fn retire(&mut self) -> Result<(), KeyFileError> {
        let older = std::mem::take(&mut self.ring.older);
        let kept = key_file::replace(&self.folder, &self.ring, &self.protection);
        if kept.is_err() {
            self.ring.older = older;
        }
        kept
    }

    /// Sets, changes or (with `None`) takes off the passphrase. The keys stay the same.
    ///
    /// # Errors
    /// [`KeyFileError`]; the old passphrase then still holds.
    pub fn set_passphrase(&mut self, passphrase: Option<&str>) -> Result<(), KeyFileError> {
        let protection = Protection::new(passphrase)?;
        key_file::replace(&self.folder, &self.ring, &protection)?;
        self.protection = protection;
        Ok(())
    }
}

impl Vault for KeyVault {
    fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.ring.seal(place, plain)
    }

    fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        self.ring.open(place, sealed)
    }

    fn digest(&self, domain: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError> {
        self.ring.digest(domain, bytes)
    }

    fn subkey(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        self.ring.subkey(purpose)
    }

    fn hash_password(&self, password: &str) -> Result<PasswordHash, VaultError> {
        password::hash(password)
    }

    fn check_password(&self, hash: Option<&PasswordHash>, password: &str) -> bool {
        password::check(hash, password)
    }
}
