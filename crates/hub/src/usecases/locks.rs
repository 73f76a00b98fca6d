//! Locking and unlocking from here, and taking in locks that a link found.

use std::sync::Arc;

use access::{Command, DoorId, LockAddress, LockId, Told};

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{Ack, Link, Operation, Order, Scope, UnlockProof};
use crate::words;

/// What became of a lock or unlock from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operated {
    /// The lock confirmed. Whether the bolt is out says only its sensor, a moment later.
    Confirmed,
    /// The gateway took it; the lock has not said anything yet.
    Sent,
}

impl Hub {
    /// Locks or unlocks from here. Needs the lock in reach: a command is never kept for later, because a door
    /// that opens by itself an hour later is worse than one that does not open.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for a lock that cannot be operated, `Link`.
    pub async fn operate(
        &self,
        actor: &Actor,
        lock: LockId,
        operation: Operation,
    ) -> Result<Operated, HubError> {
        actor.need(Scope::Operate)?;
        let (address, _) = self.address_of(lock)?;
        let link = self.link(&address)?;
        if !self.state().house.locks.get(&lock).is_some_and(|row| row.capabilities.remote) {
            return Err(HubError::Refused("this lock cannot be operated from here".into()));
        }
        let who = actor.name.clone();
        // the intent is durable before the bolt can move: no unlock without a name in the log
        self.operation_event(lock, operation, format!("{who} asked"), None).await?;
        let proof = UnlockProof { actor: actor.id };
        match link.operate(&address, operation, proof).await {
            Ok(Ack::Applied) => Ok(Operated::Confirmed),
            Ok(Ack::Accepted) => Ok(Operated::Sent),
            Err(error) => {
                self.operation_event(
                    lock,
                    operation,
                    format!("{who} asked, without effect,"),
                    Some(error.to_string()),
                )
                .await?;
                Err(error.into())
            }
        }
    }

    /// Asks something else of a lock: its mode, a rehearsal, to lift a spent budget, to confirm its clock, to learn a
    /// finger or a card. Like [`operate`](Self::operate) it is done now or not at all, and stands in the log.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for a lock without a way to it, `Link`.
    pub async fn order(&self, actor: &Actor, lock: LockId, order: Order) -> Result<Operated, HubError> {
        actor.need(Scope::Manage)?;
        let (address, _) = self.address_of(lock)?;
        let link = self.link(&address)?;
        let (who, what) = (actor.name.clone(), words::order(&order));
        self.order_event(lock, "command", move |name| format!("{who} asked {name} {what}")).await?;
        match link.order(&address, &order).await {
            Ok(Ack::Applied) => Ok(Operated::Confirmed),
            Ok(Ack::Accepted) => Ok(Operated::Sent),
            Err(error) => {
                let (what, why) = (words::order(&order), error.to_string());
                self.order_event(lock, "refused", move |name| {
                    format!("{name} was asked {what}, without effect: {why}")
                })
                .await?;
                Err(error.into())
            }
        }
    }

    async fn order_event(
        &self,
        lock: LockId,
        kind: &'static str,
        text: impl FnOnce(&str) -> String + Send + 'static,
    ) -> Result<(), HubError> {
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, _| {
                let (name, door) = words::lock(&state.house, lock);
                let detail = serde_json::json!({ "lock": lock });
                let event = Event { door, detail, ..Event::plain(kind, text(&name)) };
                Ok(Draft { events: vec![event], ..Draft::default() })
            }),
        )
        .await
    }

    async fn operation_event(
        &self,
        lock: LockId,
        operation: Operation,
        who: String,
        error: Option<String>,
    ) -> Result<(), HubError> {
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, _| {
                let (name, door) = words::lock(&state.house, lock);
                let verb = match operation {
                    Operation::Lock => "lock",
                    Operation::Unlock => "unlock",
                };
                let why = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
                let summary = format!("{who} to {verb} {name} from here{why}");
                let kind = if error.is_some() { "refused" } else { "command" };
                let event = Event {
                    door,
                    detail: serde_json::json!({ "lock": lock }),
                    ..Event::plain(kind, summary)
                };
                Ok(Draft { events: vec![event], ..Draft::default() })
            }),
        )
        .await
    }

    /// Mounts a lock that a link found on a door. A lock whose radio is open, or as good as, is taken only when
    /// the owner insists; its security stays marked wherever the lock is shown.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused`.
    pub async fn add_found(
        &self,
        actor: &Actor,
        address: LockAddress,
        door: DoorId,
        name: String,
        insist: bool,
    ) -> Result<LockId, HubError> {
        actor.need(Scope::Manage)?;
        let found = self.state().found.get(&address).cloned().ok_or(HubError::NotFound("found lock"))?;
        if found.capabilities.has_weak_link() && !insist {
            return Err(HubError::Refused(format!(
                "this lock joined with security “{}”: whoever is near can read its codes off the air or open it. \
                 Let it go and take it in again with the PIN on its label, or say that you insist",
                found.capabilities.link_security.unwrap_or_default()
            )));
        }
        let weak = found.capabilities.link_security.clone().filter(|_| found.capabilities.has_weak_link());
        let heard = self.state().found_live.get(&address).cloned();
        let id = LockId::new(self.ids.uuid());
        let told = Told { model: Some(found.model).filter(|model| !model.is_empty()), ..Told::default() };
        let command = Command::AddLock { id, door, name, address, capabilities: found.capabilities, told };
        self.carry_out(actor.name.clone(), command).await?;
        if let Some(security) = weak {
            let text = format!("{} insisted on a lock with security “{security}”", actor.name);
            self.say("command", text).await?;
        }
        let now = self.clock.now();
        {
            // what it said before it was added is not said again
            let mut state = self.state_mut();
            let live = state.live.entry(id).or_default();
            *live = heard.unwrap_or_default();
            if live.reachable.is_none() {
                live.heard(now);
            }
        }
        self.rouse_lock(id);
        Ok(id)
    }

    /// Address of a lock and the time zone of its door.
    pub(crate) fn address_of(&self, lock: LockId) -> Result<(LockAddress, String), HubError> {
        let state = self.state();
        let row = state.house.locks.get(&lock).ok_or(HubError::NotFound("lock"))?;
        let zone =
            state.house.doors.get(&row.door).map_or_else(|| "UTC".to_owned(), |door| door.time_zone.clone());
        Ok((row.address.clone(), zone))
    }

    /// The link that carries an address.
    pub(crate) fn link(&self, address: &LockAddress) -> Result<Arc<dyn Link>, HubError> {
        if address.is_told() {
            return Err(HubError::Refused("this lock is only told: Doorward cannot reach it".into()));
        }
        let links = self.links.read().map_err(|_| HubError::Stopping)?;
        let link = links.get(&address.link).cloned();
        link.ok_or_else(|| {
            HubError::Refused(format!("its gateway “{}” is not set up: see the settings", address.link))
        })
    }
}
