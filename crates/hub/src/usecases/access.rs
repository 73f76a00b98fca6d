//! Changes of access (flow 1): decide, write, then the work loop takes it to the locks.

use access::{Command, CredentialId, GiveAccess, LockId, Notice, PersonId, Pin};
use journal::SubjectKey;

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{Observed, Place, Purpose, Scope, SlotWrite, Write};
use crate::purpose;
use crate::state::{State, subject_place};
use crate::words;

/// Digits of a generated code unless asked otherwise (rule A19 of the threat model: six or more).
pub const CODE_DIGITS: u8 = 6;
/// Fewest digits of an emergency code: [`lock::STRONG_DIGITS`], which open also while somebody guesses.
const STRONG_DIGITS: usize = lock::STRONG_DIGITS;
/// Tries to generate a code that is neither weak nor taken.
const GENERATE_TRIES: usize = 64;

/// Which code a person shall have.
pub enum CodeWish {
    /// A random one with so many digits (4 to 10).
    Generate {
        /// Digits.
        digits: u8,
    },
    /// The one that was typed.
    Typed(Pin),
}

impl Hub {
    /// Carries out a command. Codes go through [`set_code`](Self::set_code) and [`adopt`](Self::adopt), which seal them.
    ///
    /// # Errors
    /// `Forbidden`, or `Refused` with the reason; nothing was changed then.
    pub async fn act(&self, actor: &Actor, command: Command) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        if matches!(command, Command::SetCode { .. } | Command::AdoptForeign { .. }) {
            return Err(HubError::Refused("codes are set through their own request".into()));
        }
        self.carry_out(actor.name.clone(), command).await
    }

    pub(crate) async fn carry_out(&self, who: String, command: Command) -> Result<(), HubError> {
        let subject = match &command {
            Command::AddPerson { id, .. } => Some(self.new_subject(*id)?),
            _ => None,
        };
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut draft = decided(state, &who, command, now)?;
                if let Some((id, key, sealed)) = subject {
                    draft.writes.push(Write::SubjectKey { subject: id.uuid(), sealed });
                    draft.subjects.push((id, key));
                }
                Ok(draft)
            }),
        )
        .await
    }

    /// A log key for a new person: random, sealed for the store.
    pub(super) fn new_subject(&self, id: PersonId) -> Result<(PersonId, SubjectKey, Vec<u8>), HubError> {
        let mut bytes = [0_u8; 32];
        self.ids.fill(&mut bytes);
        let key = SubjectKey::new(bytes);
        let sealed = self.vault.seal(subject_place(&id.to_string()), key.expose())?;
        zeroize::Zeroize::zeroize(&mut bytes);
        Ok((id, key, sealed))
    }

    /// Gives access; the same as [`act`](Self::act) with [`Command::Give`].
    ///
    /// # Errors
    /// As [`act`](Self::act).
    pub async fn give(&self, actor: &Actor, give: GiveAccess) -> Result<(), HubError> {
        self.act(actor, Command::Give(give)).await
    }

    /// What should be known before this is given: it ends only while the hub runs, a lock is full, a code too short...
    pub fn preview(&self, give: &GiveAccess) -> Vec<Notice> {
        access::notices(&self.state().house, give, self.clock.now())
    }

    /// Sets a person's code: a new one with `None`, else the digits of that credential change everywhere.
    ///
    /// # Errors
    /// `Forbidden`, `Weak`, `Refused` for a duplicate with the reason.
    pub async fn set_code(
        &self,
        actor: &Actor,
        person: PersonId,
        credential: Option<CredentialId>,
        wish: CodeWish,
    ) -> Result<CredentialId, HubError> {
        self.set_code_for(actor, person, credential, wish, Purpose::Ordinary).await
    }

    /// The same with what a new code is for; one that is there keeps its purpose.
    ///
    /// # Errors
    /// As [`set_code`](Self::set_code); `Refused` for an emergency code of fewer than nine digits.
    pub async fn set_code_for(
        &self,
        actor: &Actor,
        person: PersonId,
        credential: Option<CredentialId>,
        wish: CodeWish,
        purpose: Purpose,
    ) -> Result<CredentialId, HubError> {
        actor.need(Scope::Manage)?;
        let kept = credential.map(|id| purpose::of(&self.state(), id));
        let is_new = kept.is_none();
        let purpose = kept.unwrap_or(purpose);
        let id = credential.unwrap_or_else(|| CredentialId::new(self.ids.uuid()));
        let pin = match wish {
            CodeWish::Typed(pin) => match access::weakness(&pin) {
                Some(weakness) => return Err(HubError::Weak(weakness.to_string())),
                None => pin,
            },
            CodeWish::Generate { digits } => self.generate(digits)?,
        };
        if purpose.is_emergency() && usize::from(pin.digits()) < STRONG_DIGITS {
            return Err(HubError::Refused(format!(
                "an emergency code works for long and always: give it {STRONG_DIGITS} or 10 digits"
            )));
        }
        let (sealed, digest) = self.seal_pin(id, &pin)?;
        let command = Command::SetCode { credential: id, person, digits: pin.digits(), sealed, digest };
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut draft = decided(state, &who, command, now)?;
                if is_new {
                    purpose::put(&mut draft, id, purpose);
                }
                Ok(draft)
            }),
        )
        .await?;
        Ok(id)
    }

    pub(super) fn generate(&self, digits: u8) -> Result<Pin, HubError> {
        for _ in 0..GENERATE_TRIES {
            let mut random = zeroize::Zeroizing::new([0_u8; 64]);
            self.ids.fill(random.as_mut());
            let Some(pin) = access::generate(digits, random.as_ref()) else { continue };
            let digest = self.vault.digest("pin", pin.expose().as_bytes())?;
            if !self.state().house.credentials.values().any(|other| other.digest == digest) {
                return Ok(pin);
            }
        }
        Err(HubError::Refused(format!(
            "no free code of {digits} digits was found: ask for 4 to 10 digits, longer is freer"
        )))
    }

    pub(super) fn seal_pin(&self, id: CredentialId, pin: &Pin) -> Result<(Vec<u8>, [u8; 32]), HubError> {
        let row = id.to_string();
        let sealed = self.vault.seal(pin_place(&row), pin.expose().as_bytes())?;
        Ok((sealed, self.vault.digest("pin", pin.expose().as_bytes())?))
    }

    /// The digits of a credential, opened.
    pub(crate) fn open_pin(&self, id: CredentialId) -> Result<Pin, HubError> {
        let sealed = self.state().house.credentials.get(&id).map(|row| row.sealed.clone());
        let sealed = sealed.ok_or(HubError::NotFound("code"))?;
        let plain = self.vault.open(pin_place(&id.to_string()), &sealed)?;
        let text = std::str::from_utf8(&plain).ok().and_then(|text| Pin::parse(text).ok());
        text.ok_or_else(|| crate::ports::VaultError::Damaged("credential".into()).into())
    }

    /// Shows the digits of a code to somebody who may see them; the log says who looked.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, `NotFound`.
    pub async fn reveal(&self, actor: &Actor, credential: CredentialId) -> Result<Pin, HubError> {
        actor.need_fresh(Scope::Reveal)?;
        let pin = self.open_pin(credential)?;
        let who = actor.name.clone();
        // the log comes first: a look that is not written down does not happen
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let row = state.house.credentials.get(&credential).ok_or(HubError::NotFound("code"))?;
                let summary =
                    format!("{who} looked at a code of {}", words::person(&state.house, row.person));
                let event = Event { person: Some(row.person), ..Event::plain("access", summary) };
                Ok(Draft { events: vec![event], ..Draft::default() })
            }),
        )
        .await?;
        Ok(pin)
    }

    /// Takes a code found on a lock as a person's. The digits must be told; where the lock can be read they are checked.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` when the lock holds another code, `Link`.
    pub async fn adopt(
        &self,
        actor: &Actor,
        lock: LockId,
        slot: u16,
        person: PersonId,
        pin: Pin,
        reason: String,
    ) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let (address, time_zone) = self.address_of(lock)?;
        let expected = SlotWrite {
            slot,
            version: 0,
            pin: pin.clone(),
            enabled: true,
            validity: Vec::new(),
            time_zone,
            not_after: None,
            once: false,
            purpose: Purpose::Ordinary,
        };
        match self.link(&address)?.read_slot(&address, slot, Some(expected)).await? {
            Observed::Differs => {
                return Err(HubError::Refused("the lock holds another code in that slot".into()));
            }
            Observed::Empty => return Err(HubError::Refused("that slot is empty by now".into())),
            Observed::Matches { .. } | Observed::OtherHours | Observed::Taken | Observed::Unreadable => {}
        }
        let id = CredentialId::new(self.ids.uuid());
        let (sealed, digest) = self.seal_pin(id, &pin)?;
        let credential = access::Credential {
            id,
            person,
            digits: pin.digits(),
            sealed,
            digest,
            version: 1,
            changed: self.clock.now(),
        };
        let grant = access::GrantId::new(self.ids.uuid());
        let command = Command::AdoptForeign { lock, slot, grant, credential, reason };
        self.carry_out(actor.name.clone(), command).await
    }

    /// Makes everything that waits or was suspended on a lock due at once.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn retry(&self, actor: &Actor, lock: LockId) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let who = actor.name.clone();
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, now| {
                let (name, door) = words::lock(&state.house, lock);
                if door.is_none() {
                    return Err(HubError::NotFound("lock"));
                }
                let changes = access::retry(&state.house, lock, now);
                let event =
                    Event { door, ..Event::plain("sync", format!("{who} asked to try {name} again")) };
                Ok(Draft { changes, events: vec![event], ..Draft::default() })
            }),
        )
        .await
    }
}

fn decided(state: &State, who: &str, command: Command, now: jiff::Timestamp) -> Result<Draft, HubError> {
    let event = words::event(&state.house, who, &command);
    let changes =
        access::decide(&state.house, command, now).map_err(|no| HubError::Refused(no.to_string()))?;
    Ok(Draft { changes, events: vec![event], ..Draft::default() })
}

fn pin_place(row: &str) -> Place<'_> {
    Place { table: "credential", row, column: "sealed" }
}
