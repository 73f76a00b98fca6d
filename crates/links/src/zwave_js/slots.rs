//! Writing, clearing and reading a slot, for locks where user and code are one (User Code) and for locks where a
//! user holds credentials (User Credential), with their schedules.
//!
//! The order of what is sent matters: a code with hours is put there switched off, then its hours, then it is
//! switched on, so that it never opens outside them, not even for a second; where a lock cannot switch a code off,
//! the hours follow the code at once.

use std::time::Duration;

use access::{Pin, Validity};
use hub::ports::{Ack, LinkError, Observed, SlotWrite};
use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::calls::Answer;
use super::desk::View;
use super::facts::{Facts, Kind, STATUS_DISABLED};
use super::schedule::{self, Entry};
use super::wire::class;
use super::{Shared, held};

/// Status of a user code that opens.
const STATUS_ENABLED: u8 = 1;
/// Credential type of a PIN.
const PIN_CODE: u8 = 1;
/// User types: general, and one that works once.
const USER_GENERAL: u8 = 0;
const USER_DISPOSABLE: u8 = 6;
/// A refusal as duplicate may come so much later than the word that the write was taken.
const REFUSAL_WAIT: Duration = Duration::from_millis(500);

/// What `Door Lock get` answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DoorState {
    pub current_mode: Option<u8>,
    pub bolt_status: Option<String>,
    pub door_status: Option<String>,
}

#[derive(Deserialize)]
struct Response<T> {
    response: Option<T>,
}

#[derive(Deserialize)]
struct Supervised {
    status: u8,
}

/// What became of a supervised command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// The lock confirmed it.
    Applied,
    /// It went out; the lock confirms nothing, or not yet.
    Accepted,
    /// The lock says no.
    Failed,
}

impl Came {
    fn of(answer: &Answer) -> Result<Self, LinkError> {
        let told: Option<Response<Supervised>> = answer.read()?;
        Ok(match told.and_then(|told| told.response).map(|it| it.status) {
            Some(255) => Self::Applied,
            Some(2) => Self::Failed,
            _ => Self::Accepted,
        })
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Applied, Self::Applied) => Self::Applied,
            _ => Self::Accepted,
        }
    }

    fn ack(self) -> Ack {
        if self == Self::Applied { Ack::Applied } else { Ack::Accepted }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserCode<'a> {
    user_id_status: u8,
    #[serde(borrow)]
    user_code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential<'a> {
    #[serde(default)]
    user_id: u16,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// A code as a lock shows it.
enum Shown {
    /// Not at all, or in a form that is no code.
    Hidden,
    /// As stars.
    Stars,
    Text(Zeroizing<String>),
}

fn shown(raw: Option<&RawValue>) -> Shown {
    let text: Option<String> = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    match text.map(Zeroizing::new) {
        Some(text) if text.is_empty() => Shown::Hidden,
        Some(text) if text.bytes().all(|b| b == b'*') => Shown::Stars,
        Some(text) => Shown::Text(text),
        None => Shown::Hidden,
    }
}

fn same(shown: &str, pin: &Pin) -> bool {
    shown.as_bytes().ct_eq(pin.expose().as_bytes()).into()
}

fn unexpected() -> LinkError {
    LinkError::Unexpected("the server answered something else".into())
}

impl Shared {
    /// Writes a whole slot.
    pub(super) async fn write(&self, key: &str, view: &View, write: &SlotWrite) -> Result<Ack, LinkError> {
        let facts = &view.facts;
        let entries = schedule::entries(&write.validity, facts.places);
        let entries = entries.ok_or(LinkError::Unsupported("it has no place for these hours"))?;
        if write.not_after.is_some() || (write.once && !facts.once) {
            // sent without it the code would open for ever
            return Err(LinkError::Unsupported("it keeps no such end by itself"));
        }
        if let Some(lock) = held(&self.desk).lock_mut(key) {
            lock.writing(write.slot, self.clock.monotonic());
        }
        let came = match facts.kind {
            Kind::Code => self.write_code(key, view, write, &entries).await?,
            Kind::Credential => return self.write_credential(key, view, write).await,
            Kind::Keyless => return Err(LinkError::Unsupported("no code can be sent to this model")),
        };
        if came != Came::Failed {
            return Ok(came.ack());
        }
        // some locks say no and have done it; others say why a moment later
        match self.read_code(key, facts, write.slot, Some(write)).await? {
            Observed::Matches { enabled } if enabled == write.enabled => Ok(Ack::Applied),
            _ => {
                self.clock.sleep(REFUSAL_WAIT).await;
                Err(self.refusal(key, write.slot).unwrap_or_else(|| {
                    LinkError::Rejected(
                        "the lock does not take this code: it may be too simple, or there already".into(),
                    )
                }))
            }
        }
    }

    /// Whether the lock refused what was written to this slot last.
    fn refusal(&self, key: &str, slot: u16) -> Option<LinkError> {
        let now = self.clock.monotonic();
        let refused = held(&self.desk).lock_mut(key).is_some_and(|lock| lock.was_refused(slot, now));
        refused.then_some(LinkError::Duplicate)
    }

    async fn write_code(
        &self,
        key: &str,
        view: &View,
        write: &SlotWrite,
        entries: &[Entry],
    ) -> Result<Came, LinkError> {
        let facts = &view.facts;
        let (slot, has_hours) =
            (write.slot, schedule::Kind::ALL.iter().any(|kind| kind.places(facts.places) > 0));
        let wanted = if write.enabled { STATUS_ENABLED } else { STATUS_DISABLED };
        if wanted == STATUS_DISABLED && !facts.disabled {
            return Err(LinkError::Unsupported("a code on it cannot be switched off"));
        }
        if entries.is_empty() {
            let came = self.set_code(key, facts, slot, wanted, &write.pin).await?;
            if has_hours && !view.clean && came != Came::Failed {
                // hours of an earlier wish would go on to keep this code out
                let off = self.hours(key, facts, "setEnabled", &format!("[false,{slot}]")).await?;
                return Ok(came.and(off));
            }
            return Ok(came);
        }
        let first = if facts.disabled { STATUS_DISABLED } else { wanted };
        let mut came = self.set_code(key, facts, slot, first, &write.pin).await?;
        for kind in schedule::Kind::ALL {
            for place in 1..=kind.places(facts.places) {
                let entry = entries.iter().find(|entry| (entry.kind, entry.place) == (kind, place));
                let body = match entry {
                    Some(entry) => format!(",{}", entry.body),
                    // what an earlier wish left there would widen this one
                    None if entries[0].kind == kind && !view.clean => String::new(),
                    None => continue,
                };
                let place = format!(r#"[{{"userId":{slot},"slotId":{place}}}{body}]"#);
                came = came.and(self.hours(key, facts, kind.functions().0, &place).await?);
            }
        }
        if came != Came::Failed && first != wanted {
            came = came.and(self.set_code(key, facts, slot, wanted, &write.pin).await?);
        }
        Ok(came)
    }

    async fn set_code(
        &self,
        key: &str,
        facts: &Facts,
        slot: u16,
        status: u8,
        pin: &Pin,
    ) -> Result<Came, LinkError> {
        // as a text: as a number it would lose its leading zeros
        let arguments = Zeroizing::new(format!(r#"[{slot},{status},"{}"]"#, pin.expose()));
        Came::of(&self.invoke(key, facts, class::USER_CODE, "set", &arguments, false).await?)
    }

    async fn hours(
        &self,
        key: &str,
        facts: &Facts,
        function: &str,
        arguments: &str,
    ) -> Result<Came, LinkError> {
        Came::of(&self.invoke(key, facts, class::SCHEDULE_ENTRY_LOCK, function, arguments, false).await?)
    }

    async fn write_credential(&self, key: &str, view: &View, write: &SlotWrite) -> Result<Ack, LinkError> {
        let (facts, slot) = (&view.facts, write.slot);
        let kind = if write.once { USER_DISPOSABLE } else { USER_GENERAL };
        // no name goes to the lock: who a code belongs to is nobody's business there
        let options = format!(r#"{{"active":{},"userType":{kind},"credentialRule":1}}"#, write.enabled);
        let pin = write.pin.expose();
        if view.clean {
            let credential = Zeroizing::new(format!(
                r#""userId":{slot},"options":{options},"credential":{{"credentialType":{PIN_CODE},"credentialSlot":{slot},"data":"{pin}"}}"#
            ));
            #[derive(Deserialize)]
            struct Added {
                user: u32,
                credential: Option<u32>,
            }
            // two exchanges: the user, then the credential
            self.spend(key, false).await?;
            let added: Result1<Added> =
                self.access(key, facts, "add_user", &credential, false).await?.read()?;
            match (added.result.user, added.result.credential) {
                (0, Some(0)) => return Ok(Ack::Applied),
                // the place is taken after all: set both as they should be
                (1, _) => {}
                (0, refused) => {
                    // a user without a code is of no use; better the place is as it was
                    let user = format!(r#""userId":{slot}"#);
                    let _ = self.access(key, facts, "delete_user", &user, true).await;
                    return Err(credential_error(refused.unwrap_or(255)));
                }
                (other, _) => return Err(user_error(other)),
            }
        }
        let user = format!(r#""userId":{slot},"options":{options}"#);
        let set: Result1<u32> = self.access(key, facts, "set_user", &user, false).await?.read()?;
        if set.result != 0 {
            return Err(user_error(set.result));
        }
        let credential = Zeroizing::new(format!(
            r#""userId":{slot},"credentialType":{PIN_CODE},"credentialSlot":{slot},"data":"{pin}""#
        ));
        let set: Result1<u32> =
            self.access(key, facts, "set_credential", &credential, false).await?.read()?;
        if set.result == 0 {
            return Ok(Ack::Applied);
        }
        self.drop_bare_user(key, facts, slot).await;
        Err(credential_error(set.result))
    }

    /// A user whose code was refused and who has no other is of no use: better the place is as it was.
    async fn drop_bare_user(&self, key: &str, facts: &Facts, slot: u16) {
        #[derive(Deserialize)]
        struct Told {
            credential: Option<Of>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Of {
            #[serde(default)]
            user_id: u16,
        }
        let which = format!(r#""credentialType":{PIN_CODE},"credentialSlot":{slot}"#);
        let answer = self.access(key, facts, "get_credential", &which, false).await;
        let told = answer.and_then(|answer| answer.read::<Told>());
        if matches!(told, Ok(Told { credential: Some(Of { user_id: 0 }) })) {
            // what is left behind otherwise shows when the slot is read
            let user = format!(r#""userId":{slot}"#);
            let _ = self.access(key, facts, "delete_user", &user, true).await;
        }
    }

    /// Empties a slot.
    pub(super) async fn clear(&self, key: &str, view: &View, slot: u16) -> Result<Ack, LinkError> {
        let facts = &view.facts;
        if let Some(lock) = held(&self.desk).lock_mut(key) {
            lock.writing(slot, self.clock.monotonic());
        }
        match facts.kind {
            Kind::Code => {
                let arguments = format!("[{slot}]");
                let came =
                    Came::of(&self.invoke(key, facts, class::USER_CODE, "clear", &arguments, true).await?)?;
                if came != Came::Failed {
                    return Ok(came.ack());
                }
                match self.read_code(key, facts, slot, None).await? {
                    Observed::Empty => Ok(Ack::Applied),
                    _ => Err(LinkError::Unexpected("the lock did not remove the code".into())),
                }
            }
            Kind::Credential => {
                let user = format!(r#""userId":{slot}"#);
                let gone: Result1<u32> = self.access(key, facts, "delete_user", &user, true).await?.read()?;
                match gone.result {
                    0 | 2 => Ok(Ack::Applied),
                    other => Err(user_error(other)),
                }
            }
            Kind::Keyless => Err(LinkError::Unsupported("no code can be sent to this model")),
        }
    }

    /// Reads a slot and compares.
    pub(super) async fn read(
        &self,
        key: &str,
        view: &View,
        slot: u16,
        expected: Option<&SlotWrite>,
    ) -> Result<Observed, LinkError> {
        if view.facts.kind == Kind::Keyless {
            return Ok(Observed::Unreadable);
        }
        if view.all_empty || (view.may_ask_empty && self.every_slot_is_empty(key, &view.facts).await) {
            if let Some(lock) = held(&self.desk).lock_mut(key) {
                lock.read(slot, true);
            }
            return Ok(Observed::Empty);
        }
        let seen = match view.facts.kind {
            Kind::Credential => self.read_credential(key, &view.facts, slot, expected).await?,
            _ => self.read_code(key, &view.facts, slot, expected).await?,
        };
        if let Some(lock) = held(&self.desk).lock_mut(key) {
            lock.read(slot, seen == Observed::Empty);
        }
        let missing =
            matches!(seen, Observed::Empty | Observed::OtherHours | Observed::Differs) && expected.is_some();
        if missing && let Some(refused) = self.refusal(key, slot) {
            return Err(refused);
        }
        Ok(seen)
    }

    /// One question instead of one for each slot: a checksum of zero says that there is no code at all
    /// (User Code version 2, User Credential).
    async fn every_slot_is_empty(&self, key: &str, facts: &Facts) -> bool {
        match self.checksum(key, facts).await {
            Ok(sum) => {
                let now = self.clock.monotonic();
                if let Some(lock) = held(&self.desk).lock_mut(key) {
                    lock.asked_all(sum, now);
                }
                sum == 0
            }
            Err(_) => false,
        }
    }

    /// The checksum over all codes.
    pub(super) async fn checksum(&self, key: &str, facts: &Facts) -> Result<u16, LinkError> {
        let (class, function) = match facts.kind {
            Kind::Credential => (class::USER_CREDENTIAL, "getAllUsersChecksum"),
            _ => (class::USER_CODE, "getUserCodeChecksum"),
        };
        let told: Option<Response<u16>> =
            self.invoke(key, facts, class, function, "[]", false).await?.read()?;
        told.and_then(|told| told.response).ok_or_else(|| LinkError::Unreachable("no answer in time".into()))
    }

    async fn read_code(
        &self,
        key: &str,
        facts: &Facts,
        slot: u16,
        expected: Option<&SlotWrite>,
    ) -> Result<Observed, LinkError> {
        let answer = self.invoke(key, facts, class::USER_CODE, "get", &format!("[{slot}]"), false).await?;
        #[derive(Deserialize)]
        struct Told<'a> {
            #[serde(borrow)]
            response: Option<UserCode<'a>>,
        }
        let told: Option<Told<'_>> = serde_json::from_str(answer.text()).map_err(|_| unexpected())?;
        let Some(code) = told.and_then(|told| told.response) else { return Err(self.silent(key).await) };
        let enabled = match code.user_id_status {
            0 => return Ok(Observed::Empty),
            STATUS_ENABLED => true,
            2..=4 => false,
            _ => return Ok(Observed::Unreadable),
        };
        let Some(expected) = expected else { return Ok(Observed::Taken) };
        match shown(code.user_code) {
            Shown::Hidden => Ok(Observed::Taken),
            Shown::Stars => {
                self.stars(key).await;
                Ok(Observed::Taken)
            }
            Shown::Text(text) if !same(&text, &expected.pin) => Ok(Observed::Differs),
            Shown::Text(_) if !self.hours_match(key, facts, slot, &expected.validity).await? => {
                Ok(Observed::OtherHours)
            }
            Shown::Text(_) => Ok(Observed::Matches { enabled }),
        }
    }

    async fn stars(&self, key: &str) {
        let out = held(&self.desk).showed_stars(key);
        // the hub being gone is the event loop's business
        let _ = self.carry_out(out).await;
    }

    /// Whether each place holds the hours that it should.
    async fn hours_match(
        &self,
        key: &str,
        facts: &Facts,
        slot: u16,
        validity: &[Validity],
    ) -> Result<bool, LinkError> {
        let Some(entries) = schedule::entries(validity, facts.places) else { return Ok(false) };
        for entry in entries {
            let place = format!(r#"[{{"userId":{slot},"slotId":{}}}]"#, entry.place);
            let function = entry.kind.functions().1;
            let answer = self.invoke(key, facts, class::SCHEDULE_ENTRY_LOCK, function, &place, false).await?;
            let told: Option<Response<serde_json::Value>> = answer.read()?;
            let told = told.and_then(|told| told.response).unwrap_or_default();
            if !schedule::same(&entry.body, &told) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn read_credential(
        &self,
        key: &str,
        facts: &Facts,
        slot: u16,
        expected: Option<&SlotWrite>,
    ) -> Result<Observed, LinkError> {
        let which = format!(r#""credentialType":{PIN_CODE},"credentialSlot":{slot}"#);
        let answer = self.access(key, facts, "get_credential", &which, false).await?;
        #[derive(Deserialize)]
        struct Told<'a> {
            #[serde(borrow)]
            credential: Option<Credential<'a>>,
        }
        let told: Told<'_> = serde_json::from_str(answer.text()).map_err(|_| unexpected())?;
        let Some(credential) = told.credential else { return Err(self.silent(key).await) };
        // what the lock told of its users, kept by the driver: costs no radio
        #[derive(Deserialize)]
        struct User {
            user: Option<Active>,
        }
        #[derive(Deserialize)]
        struct Active {
            #[serde(default)]
            active: bool,
        }
        let user: User =
            self.remembered(facts, "get_user_cached", &format!(r#""userId":{slot}"#)).await?.read()?;
        let active = user.user.is_some_and(|user| user.active);
        if credential.user_id == 0 {
            // a user without a code, or with one in another place: not ours to overwrite
            return Ok(if active && expected.is_none() { Observed::Taken } else { Observed::Empty });
        }
        let Some(expected) = expected.filter(|_| credential.user_id == slot) else {
            return Ok(Observed::Taken);
        };
        match shown(credential.data) {
            Shown::Text(text) if same(&text, &expected.pin) => Ok(Observed::Matches { enabled: active }),
            Shown::Text(_) => Ok(Observed::Differs),
            Shown::Hidden | Shown::Stars => {
                self.stars(key).await;
                Ok(Observed::Taken)
            }
        }
    }

    /// A function of a command class, over the radio.
    pub(super) async fn invoke(
        &self,
        key: &str,
        facts: &Facts,
        class: u16,
        function: &str,
        arguments: &str,
        urgent: bool,
    ) -> Result<Answer, LinkError> {
        let body = Zeroizing::new(format!(
            r#"{{"nodeId":{},"endpoint":{},"commandClass":{class},"methodName":"{function}","args":{arguments}}}"#,
            facts.node, facts.endpoint
        ));
        self.radio(key, "endpoint.invoke_cc_api", &body, urgent).await
    }

    /// A command of access control, over the radio.
    async fn access(
        &self,
        key: &str,
        facts: &Facts,
        command: &str,
        arguments: &str,
        urgent: bool,
    ) -> Result<Answer, LinkError> {
        let body = Zeroizing::new(format!(
            r#"{{"nodeId":{},"endpoint":{},{arguments}}}"#,
            facts.node, facts.endpoint
        ));
        self.radio(key, &format!("endpoint.access_control.{command}"), &body, urgent).await
    }
}

#[derive(Deserialize)]
struct Result1<T> {
    result: T,
}

fn user_error(result: u32) -> LinkError {
    match result {
        1 => LinkError::Unexpected("the lock says that this place is taken".into()),
        2 => LinkError::Unexpected("the lock says that this place is empty".into()),
        _ => LinkError::Unreachable("the lock did not confirm it".into()),
    }
}

fn credential_error(result: u32) -> LinkError {
    match result {
        3 | 5 => LinkError::Duplicate,
        4 => LinkError::Rejected("the lock's own rules forbid this code: choose a less simple one".into()),
        1 | 2 | 6 => LinkError::Unexpected("the lock says that this place belongs to another user".into()),
        _ => LinkError::Unreachable("the lock did not confirm the code".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkError, Shown, credential_error, same, shown};
    use access::Pin;
    use serde_json::value::RawValue;

    #[test]
    fn stars_are_no_code_and_zeros_live() {
        let read = |text: &str| {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            match shown(Some(&raw)) {
                Shown::Text(text) => Some(text.to_string()),
                Shown::Stars => Some("stars".into()),
                Shown::Hidden => None,
            }
        };
        assert_eq!(read(r#""0047""#).as_deref(), Some("0047"));
        assert_eq!(read(r#""*****""#).as_deref(), Some("stars"));
        assert_eq!(read(r#""""#), None);
        assert_eq!(read(r#"{"type":"Buffer","data":[1,2]}"#), None);
        assert_eq!(read("471"), None, "a number has lost its zeros: no proof");
        let pin = Pin::parse("0047").unwrap();
        assert!(same("0047", &pin) && !same("47", &pin) && !same("00470", &pin));
    }

    #[test]
    fn refusals_are_told_apart() {
        assert_eq!(credential_error(3), LinkError::Duplicate);
        assert!(matches!(credential_error(4), LinkError::Rejected(_)));
        assert!(matches!(credential_error(255), LinkError::Unreachable(_)));
    }
}
