//! The port to a radio network that takes devices in and lets them go: Z-Wave's inclusion and exclusion. A link
//! that has one hands it over beside itself. Nothing here gives codes or moves a bolt.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::link::LinkError;

/// How a lock is taken in.
#[derive(Clone, Default)]
pub struct Include {
    /// The text of the QR code on the device, if it was scanned: then no PIN is asked for. It holds the PIN.
    pub qr: Option<Zeroizing<String>>,
    /// The owner knows that the device has no S2 and insists on the first generation of Z-Wave security (S0).
    pub old_security: bool,
}

/// Where taking in or letting go stands. One of them at a time for each network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum PairingState {
    /// Nothing is going on.
    #[default]
    Idle,
    /// The network waits for a device that wants in.
    Waiting {
        /// It stops by itself then.
        until: Timestamp,
    },
    /// A device shows its key; the first five digits are on its label and are the proof that it is the right one.
    PinWanted {
        /// The rest of the key, to compare with the label.
        rest: String,
        /// It stops by itself then.
        until: Timestamp,
    },
    /// Keys are exchanged, then the device is asked what it can do; up to a minute.
    Joining,
    /// It is in.
    Joined {
        /// What the network calls it.
        name: String,
        /// Key of its address once it is known to be a lock.
        key: Option<String>,
        /// Security class it was granted, for ever.
        security: String,
        /// The class is none or S0: not fit for a lock.
        weak: bool,
    },
    /// The network waits for a device that wants out.
    Leaving {
        /// It stops by itself then.
        until: Timestamp,
    },
    /// It is out.
    Left {
        /// What it was called, if it was known here.
        name: Option<String>,
    },
    /// It did not work.
    Failed {
        /// Why and what to do, in plain words.
        why: String,
    },
}

impl PairingState {
    /// Whether it is waiting for somebody or something.
    pub fn is_going_on(&self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::PinWanted { .. } | Self::Joining | Self::Leaving { .. })
    }
}

/// Takes devices into a radio network and lets them go.
///
/// Every call ends within 30 s. What follows from it comes as
/// [`LinkEvent::Pairing`](super::LinkEvent::Pairing).
#[async_trait]
pub trait Pairing: Send + Sync {
    /// Where it stands.
    fn state(&self) -> PairingState;

    /// Waits for a device that wants in.
    ///
    /// # Errors
    /// [`LinkError`]: out of reach, already going on, a text that is no QR code.
    async fn include(&self, how: Include) -> Result<(), LinkError>;

    /// The five digits from the device's label.
    ///
    /// # Errors
    /// [`LinkError::Rejected`] when it is not five digits or nobody asked for it.
    async fn enter_pin(&self, pin: Zeroizing<String>) -> Result<(), LinkError>;

    /// Waits for a device that wants out.
    ///
    /// # Errors
    /// As [`include`](Self::include).
    async fn exclude(&self) -> Result<(), LinkError>;

    /// Stops waiting.
    ///
    /// # Errors
    /// [`LinkError`].
    async fn stop(&self) -> Result<(), LinkError>;
}
