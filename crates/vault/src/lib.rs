//! The vault: everything secret that must be kept, sealed. Door codes and log keys are sealed for the place
//! where they live, passwords are hashed, equal codes are found by a keyed digest, backups are encrypted.
//!
//! It does not know what a code or a person is, keeps no database, and never hands out its master keys:
//! the hub asks through [`hub::ports::Vault`].
//!
//! - [`KeyVault`] opens (or makes) the key file of a data folder and implements the port.
//! - [`KeyVault::rotate`] and [`KeyVault::reseal`] change the key without losing what the old one sealed.
//! - [`backup`] packs files into one encrypted file that stock `age` and `tar` open too.
//!
//! No cryptography of our own: XChaCha20-Poly1305, HKDF-SHA-256, HMAC-SHA-256, Argon2id and age, each from
//! its well-kept crate. Every key in memory is wiped when it is dropped.

pub mod backup;
mod key_file;
mod key_text;
mod password;
mod ring;
mod vault;

pub use key_file::{KEY_FILE, KeyFileError};
pub use vault::KeyVault;
