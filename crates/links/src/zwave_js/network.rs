//! Taking locks into the network and letting them go, as the owner asks for it.

use async_trait::async_trait;
use hub::ports::{Include, LinkError, LinkEvent, Pairing, PairingState};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::calls::RADIO_WAIT;
use super::desk::Out;
use super::pairing::{self, Ask};
use super::{Shared, ZwaveJs, held};

/// Longest text of a QR code taken.
const QR_MAX: usize = 512;
/// Inclusion strategies of the driver: S2 or nothing, and S2 or S0 for a device that must be secure.
const STRATEGY_S2: u8 = 4;
const STRATEGY_DEFAULT: u8 = 0;

fn busy() -> LinkError {
    LinkError::Rejected("the network is taking a device in or letting one go: stop that first".into())
}

#[async_trait]
impl Pairing for ZwaveJs {
    fn state(&self) -> PairingState {
        held(&self.shared.desk).pair.state.clone()
    }

    async fn include(&self, how: Include) -> Result<(), LinkError> {
        let key = match &how.qr {
            Some(text) => Some(self.shared.key_of_qr(text).await?),
            None => None,
        };
        self.shared.free()?;
        let state = held(&self.shared.desk).pair.including(key, self.shared.clock.now());
        let strategy = if how.old_security { STRATEGY_DEFAULT } else { STRATEGY_S2 };
        let body = format!(r#"{{"options":{{"strategy":{strategy}}}}}"#);
        self.shared.begin("controller.begin_inclusion", &body, state).await
    }

    async fn enter_pin(&self, pin: Zeroizing<String>) -> Result<(), LinkError> {
        let pin = pairing::pin(&pin).ok_or_else(|| {
            LinkError::Rejected("the PIN has five digits: they stand on the lock's label".into())
        })?;
        let state = {
            let mut desk = held(&self.shared.desk);
            if !matches!(desk.pair.state, PairingState::PinWanted { .. }) {
                return Err(LinkError::Rejected("nobody asks for a PIN now".into()));
            }
            desk.pair.pin_given(self.shared.clock.now())
        };
        self.shared.tell_pairing(state).await;
        self.shared.hand_over(&pin).await
    }

    async fn exclude(&self) -> Result<(), LinkError> {
        self.shared.free()?;
        let state = held(&self.shared.desk).pair.excluding(self.shared.clock.now());
        self.shared.begin("controller.begin_exclusion", "{}", state).await
    }

    async fn stop(&self) -> Result<(), LinkError> {
        let (state, ask) = held(&self.shared.desk).pair.stop();
        self.shared.tell_pairing(state).await;
        if let Some(ask) = ask {
            self.shared.pair_ask(ask).await;
        }
        Ok(())
    }
}

impl Shared {
    fn free(&self) -> Result<(), LinkError> {
        let desk = held(&self.desk);
        if !desk.is_up() {
            return Err(LinkError::Unreachable("the Z-Wave JS server cannot be reached".into()));
        }
        if desk.pair.state.is_going_on() { Err(busy()) } else { Ok(()) }
    }

    async fn tell_pairing(&self, state: PairingState) {
        // the hub being gone is the event loop's business
        let _ = self.carry_out(vec![Out::Event(LinkEvent::Pairing(state))]).await;
    }

    async fn begin(&self, command: &str, body: &str, state: PairingState) -> Result<(), LinkError> {
        #[derive(Deserialize)]
        struct Told {
            success: bool,
        }
        self.tell_pairing(state).await;
        let answer = self.calls.ask(self.clock.as_ref(), command, body, RADIO_WAIT).await;
        let begun = answer.map_err(LinkError::from).and_then(|answer| answer.read::<Told>());
        let error = match begun {
            Ok(Told { success: true }) => return Ok(()),
            Ok(Told { success: false }) => busy(),
            Err(error) => error,
        };
        let state = held(&self.desk).pair.stopped(Some(error.to_string()));
        self.tell_pairing(state).await;
        Err(error)
    }

    async fn hand_over(&self, pin: &str) -> Result<(), LinkError> {
        let body = Zeroizing::new(format!(r#"{{"pin":"{pin}"}}"#));
        let command = "controller.validate_dsk_and_enter_pin";
        self.calls.ask(self.clock.as_ref(), command, &body, RADIO_WAIT).await?;
        Ok(())
    }

    /// Carries out what a step asks for. What comes of it comes as events.
    pub(super) async fn pair_ask(&self, ask: Ask) {
        let (command, body) = match ask {
            Ask::Pin(pin) => {
                if let Err(error) = self.hand_over(&pin).await {
                    tracing::warn!(%error, "the PIN of the QR code could not be handed over");
                }
                return;
            }
            Ask::Grant(classes) => {
                let body = serde_json::json!({
                    "inclusionGrant": { "securityClasses": classes, "clientSideAuth": false }
                });
                ("controller.grant_security_classes", body.to_string())
            }
            // reason 6: the person stopped it
            Ask::Cancel => ("controller.cancel_secure_bootstrap_s2", r#"{"reason":6}"#.to_owned()),
            Ask::StopInclusion => ("controller.stop_inclusion", "{}".to_owned()),
            Ask::StopExclusion => ("controller.stop_exclusion", "{}".to_owned()),
        };
        if let Err(error) = self.calls.ask(self.clock.as_ref(), command, &body, RADIO_WAIT).await {
            tracing::warn!(error = %LinkError::from(error), command, "a step of the pairing failed");
        }
    }

    /// The whole key out of the text of a QR code; the server reads it, nothing goes over the radio.
    async fn key_of_qr(&self, text: &str) -> Result<Zeroizing<String>, LinkError> {
        #[derive(Deserialize)]
        struct Told {
            #[serde(rename = "qrProvisioningInformation")]
            read: Key,
        }
        #[derive(Deserialize)]
        struct Key {
            dsk: String,
        }
        let wrong =
            || LinkError::Rejected("this is not the text of a Z-Wave QR code: it begins with 90".into());
        let text = text.trim();
        if text.is_empty() || text.len() > QR_MAX || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong());
        }
        let body = Zeroizing::new(serde_json::json!({ "qr": text }).to_string());
        let answer =
            self.calls.ask(self.clock.as_ref(), "utils.parse_qr_code_string", &body, RADIO_WAIT).await;
        match answer {
            Ok(answer) => {
                let told: Told = answer.read()?;
                Ok(Zeroizing::new(told.read.dsk))
            }
            Err(super::CallError::Refused(_)) => Err(wrong()),
            Err(error) => Err(error.into()),
        }
    }
}
