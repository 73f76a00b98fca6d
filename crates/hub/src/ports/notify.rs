//! The port for messages out of the house: to a webhook or a mailbox that the owner named.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Sends alerts. Retrying and de-duplicating is the hub's business; one call is one attempt.
#[async_trait]
pub trait Notify: Send + Sync {
    /// Sends one alert to every channel of this adapter.
    ///
    /// # Errors
    /// [`NotifyError`] says whether another attempt makes sense.
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError>;
}

/// Something an owner wants to hear of. Carries no code and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Same id, same alert: receivers can drop repeats.
    pub id: Uuid,
    /// What kind.
    pub kind: AlertKind,
    /// Name of the door or link it is about.
    pub about: String,
    /// One sentence for a person.
    pub text: String,
    /// When it happened.
    pub at: Timestamp,
}

/// Kinds of alerts; also the words of the settings page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Too many wrong codes.
    Lockout,
    /// The bolt met something.
    Jam,
    /// The door stood open too long.
    Ajar,
    /// Nothing heard for longer than the lock's kind should be silent.
    LostContact,
    /// Battery low.
    LowBattery,
    /// A change of access was refused by a lock.
    ChangeRefused,
    /// An entry by nobody we know.
    UnknownEntry,
    /// A code on a lock that nobody here gave.
    ForeignCode,
    /// Opened under duress.
    Duress,
    /// The bolt or door moved without authority, or the cover is off.
    Tamper,
    /// The lock's records have a gap.
    RecordsLost,
    /// The wall clock of the hub or of a lock jumped.
    ClockJumped,
    /// The house's own database: a nightly copy or its check failed.
    Storage,
    /// A red flag is up at a door.
    RedFlag,
    /// So many wrong codes that ordinary ones do not open for a while.
    BudgetSpent,
    /// A lock's records do not fit its chain.
    ChainBroken,
    /// Somebody comes soon and the code may not be on the lock in time.
    ArrivalAtRisk,
}

impl AlertKind {
    /// Every kind, in the order of the settings page.
    pub const ALL: &'static [Self] = &[
        Self::Lockout,
        Self::Jam,
        Self::Ajar,
        Self::LostContact,
        Self::LowBattery,
        Self::ChangeRefused,
        Self::UnknownEntry,
        Self::ForeignCode,
        Self::Duress,
        Self::Tamper,
        Self::RecordsLost,
        Self::ClockJumped,
        Self::Storage,
        Self::RedFlag,
        Self::BudgetSpent,
        Self::ChainBroken,
        Self::ArrivalAtRisk,
    ];
}

/// Why an alert did not go out. Texts never repeat an address with credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// Worth another try later.
    #[error("not delivered yet: {0}")]
    Later(String),
    /// The receiver refuses it; another try would be refused too.
    #[error("refused: {0}")]
    Refused(String),
}
