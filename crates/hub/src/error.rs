//! What a use case can answer instead of doing it. Every text says what is wrong and the way out, and none
//! repeats a secret.

use crate::ports::{LinkError, StoreError, VaultError};

/// A use case refused or failed; nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HubError {
    /// The decision said no; the text is for the person who asked.
    #[error("{0}")]
    Refused(String),
    /// Not allowed for this account or token.
    #[error("this account or token may not do that: ask an owner")]
    Forbidden,
    /// Allowed, but the password must be entered again first.
    #[error("enter your password again to do that")]
    NeedsFreshPassword,
    /// No such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Name or password wrong. Says not which.
    #[error("name or password is not right")]
    BadPassword,
    /// The set-up or invitation code is wrong or used up.
    #[error("that code is not right, or has been used or has run out")]
    BadCode,
    /// Too many tries.
    #[error("too many tries: wait {retry_after_s} seconds")]
    Throttled {
        /// Seconds to wait.
        retry_after_s: u64,
    },
    /// A password or a code that is too easy to guess.
    #[error("{0}")]
    Weak(String),
    /// The lock or its gateway.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The hub is shutting down.
    #[error("the hub is stopping")]
    Stopping,
}

/// Why the hub did not open.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The journal's stored state contradicts itself.
    #[error("the log's state does not fit its own tree: {0}; restore a backup or run `doorward log verify`")]
    Journal(String),
}
