//! Taking locks into a radio network and letting them go, in the owner's name and into the log. How it is done
//! is the link's business.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::ports::{Include, Pairing, PairingState, Scope};

impl Hub {
    /// Connects the network of a link; its name is the link's.
    pub fn add_network(&self, name: &str, network: Arc<dyn Pairing>) {
        if let Ok(mut networks) = self.networks.write() {
            networks.insert(name.to_owned(), network);
        }
        self.publish(&[Live::Links]);
    }

    /// Networks that take devices in, and where that stands, by name of the link.
    pub fn networks(&self) -> Vec<(String, PairingState)> {
        let networks = self.networks.read().ok();
        let all = networks.iter().flat_map(|networks| networks.iter());
        all.map(|(name, network)| (name.clone(), network.state())).collect()
    }

    fn network(&self, name: &str) -> Result<Arc<dyn Pairing>, HubError> {
        let networks = self.networks.read().map_err(|_| HubError::Stopping)?;
        networks.get(name).cloned().ok_or(HubError::NotFound("radio network"))
    }

    /// Waits for a device that wants in. What follows shows in [`networks`](Self::networks).
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Link`.
    pub async fn include(&self, actor: &Actor, network: &str, how: Include) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let old = if how.old_security { ", also with old security (S0)" } else { "" };
        let text = format!("{} began to take a device into the network “{network}”{old}", actor.name);
        let link = self.network(network)?;
        self.say("command", text).await?;
        Ok(link.include(how).await?)
    }

    /// Hands over the five digits from the device's label.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Link`.
    pub async fn enter_device_pin(
        &self,
        actor: &Actor,
        network: &str,
        pin: Zeroizing<String>,
    ) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        Ok(self.network(network)?.enter_pin(pin).await?)
    }

    /// Waits for a device that wants out.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Link`.
    pub async fn exclude(&self, actor: &Actor, network: &str) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let link = self.network(network)?;
        let text = format!("{} began to let a device out of the network “{network}”", actor.name);
        self.say("command", text).await?;
        Ok(link.exclude().await?)
    }

    /// Stops waiting for a device.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Link`.
    pub async fn stop_pairing(&self, actor: &Actor, network: &str) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        Ok(self.network(network)?.stop().await?)
    }

    /// A network came to another step: open pages hear of it, and what is final goes into the log.
    pub(crate) async fn paired(&self, network: &str, state: PairingState) {
        let text = match &state {
            PairingState::Joined { name, security, weak, key: None } => {
                let mark = if *weak { ", which is not fit for a lock" } else { "" };
                Some(format!("{name} joined the network “{network}” with security {security}{mark}"))
            }
            PairingState::Left { name } => {
                let name = name.as_deref().unwrap_or("a device");
                Some(format!("{name} left the network “{network}”"))
            }
            PairingState::Failed { why } => {
                Some(format!("the network “{network}” took nothing in and let nothing go: {why}"))
            }
            _ => None,
        };
        if let Some(text) = text
            && let Err(error) = self.say("system", text).await
        {
            tracing::warn!(%error, "a step of a pairing could not be written");
        }
        self.publish(&[Live::Links]);
    }

    pub(crate) async fn say(&self, kind: &'static str, text: String) -> Result<(), HubError> {
        self.write(
            Touches::House,
            Box::new(move |_, _| Ok(Draft { events: vec![Event::plain(kind, text)], ..Draft::default() })),
        )
        .await
    }
}
