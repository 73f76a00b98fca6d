//! The port to sealed secrets. The hub never sees the master key.

use zeroize::Zeroizing;

/// Where a sealed value lives. It is authenticated with the value, so that a value copied to another place
/// does not open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Table.
    pub table: &'a str,
    /// Row id as text.
    pub row: &'a str,
    /// Column.
    pub column: &'a str,
}

/// A password hash in PHC string form (`$argon2id$...`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

/// Seals, opens, digests.
pub trait Vault: Send + Sync {
    /// Seals bytes for a place (XChaCha20-Poly1305, random nonce, key id in front).
    ///
    /// # Errors
    /// [`VaultError::Sealed`] when the vault has no key.
    fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError>;

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] for another place, another key or changed bytes.
    fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// Keyed digest (HMAC-SHA-256 under a sub-key per domain): equal for equal input, useless without the key.
    ///
    /// # Errors
    /// [`VaultError::Sealed`].
    fn digest(&self, domain: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError>;

    /// A 32-byte sub-key for one named use (HKDF-SHA-256), for example the seed of the journal's signing key.
    ///
    /// # Errors
    /// [`VaultError::Sealed`].
    fn subkey(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, VaultError>;

    /// Argon2id hash of a password with a fresh salt. Slow on purpose: call it off the work loop.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when hashing fails (out of memory).
    fn hash_password(&self, password: &str) -> Result<PasswordHash, VaultError>;

    /// Whether the password matches. Takes as long for an unknown user when given [`None`].
    fn check_password(&self, hash: Option<&PasswordHash>, password: &str) -> bool;
}

/// What the vault cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// No key: wrong passphrase or key file missing.
    #[error("the vault is closed: its key file is missing or the passphrase is wrong")]
    Sealed,
    /// Does not open here: changed, copied from elsewhere, or sealed under a key that is gone.
    #[error("a sealed value in {0} does not open: damaged, or from another data folder")]
    Damaged(String),
}
