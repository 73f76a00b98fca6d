//! The calendar's secret address. The hub keeps the hash of it alone: it is shown once, can be made anew or ended, and
//! whoever guesses is held off.

use ::care::living::calendar::{Task, tasks};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::kept;
use crate::actor::Actor;
use crate::error::HubError;
use crate::hub::Hub;
use crate::ports::Scope;

/// Document kind and key.
const FEED: &str = "calendar";

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Feed {
    /// SHA-256 of the secret, which has 256 random bits: no slow hash is needed. Empty: no feed.
    hash: String,
    /// When the address was made.
    made: Option<Timestamp>,
}

impl Hub {
    /// Since when the calendar can be subscribed to; `None`: it cannot.
    pub fn calendar_since(&self) -> Option<Timestamp> {
        let feed: Feed = kept(&self.state(), FEED, FEED);
        feed.made.filter(|_| !feed.hash.is_empty())
    }

    /// Makes the secret part of the address, anew where there was one: the old one ends. Shown once.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn calendar_open(&self, actor: &Actor) -> Result<Zeroizing<String>, HubError> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        self.ids.fill(bytes.as_mut());
        let secret = Zeroizing::new(hex::encode(bytes.as_ref()));
        let feed = Feed { hash: hash(&secret), made: Some(self.clock.now()) };
        let body = serde_json::to_string(&feed).map_err(|error| HubError::Refused(error.to_string()))?;
        let summary = "made a new secret address for the care calendar";
        self.put_document(actor, Scope::Manage, FEED, FEED, body, summary).await?;
        Ok(secret)
    }

    /// Ends the address.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn calendar_close(&self, actor: &Actor) -> Result<(), HubError> {
        let summary = "ended the secret address of the care calendar";
        self.remove_document(actor, Scope::Manage, FEED, FEED, summary).await
    }

    /// The tasks for whoever knows the address.
    ///
    /// # Errors
    /// `NotFound` for a wrong one, `Throttled` after some of them from the same place.
    pub fn calendar_tasks(&self, secret: &str, from: &str) -> Result<(Vec<Task>, Timestamp), HubError> {
        let feed: Feed = kept(&self.state(), FEED, FEED);
        // hashes are compared, so the time taken tells nothing of the secret
        if feed.hash.is_empty() || hash(secret) != feed.hash {
            self.gate.admit("calendar", from)?;
            return Err(HubError::NotFound("page"));
        }
        let home = self.home();
        Ok((tasks(&home), home.now))
    }
}

fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
