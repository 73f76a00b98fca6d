//! The survey of a door: what its owner told, kept as a document, and what the hub sees by itself laid over it.
//! What an answer is worth is the room `door`'s business.

use std::collections::BTreeSet;

use ::door::survey::{Answer, Evidence, Key, Survey, Value};
use access::{DoorId, Grant, House, Lock, PersonKind};
use jiff::Timestamp;

use crate::actor::Actor;
use crate::error::HubError;
use crate::hub::Hub;
use crate::ports::Scope;

/// Document kind of surveys; the key is the door's id.
const KIND: &str = "survey";
/// Seconds in a month of 30 days, for ages told in months.
const MONTH_S: i64 = 30 * 86_400;

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    toml: String,
}

impl Hub {
    /// The survey of a door: told answers with the seen ones over them. A damaged document counts as nothing told.
    pub fn survey(&self, door: DoorId) -> Survey {
        let mut survey = self.survey_told(door);
        let seen = self.view(|view| seen(view.house, door, view.now));
        survey.overlay(&seen);
        survey
    }

    /// What was told of a door.
    pub fn survey_told(&self, door: DoorId) -> Survey {
        self.document(KIND, &door.to_string())
            .and_then(|body| serde_json::from_str::<Kept>(&body).ok())
            .and_then(|kept| Survey::from_toml(&kept.toml).ok())
            .unwrap_or_default()
    }

    /// Keeps what was told of a door. Answers that the hub sees by itself are left out of it.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn tell_survey(&self, actor: &Actor, door: DoorId, survey: &Survey) -> Result<(), HubError> {
        let mut told = Survey::default();
        for (key, answer) in survey.known().filter(|(_, answer)| answer.evidence == Evidence::Told) {
            told.put(key, answer.clone());
        }
        let body = serde_json::to_string(&Kept { toml: told.to_toml() })
            .map_err(|error| HubError::Refused(error.to_string()))?;
        self.put_document(actor, Scope::Manage, KIND, &door.to_string(), body, "changed the survey of a door")
            .await
    }
}

/// What the hub sees of a door's locks, each answer with the time of the sighting.
pub fn seen(house: &House, door: DoorId, now: Timestamp) -> Survey {
    let mut sight = Sight { survey: Survey::default(), when: now.to_string() };
    let locks: Vec<&Lock> = house.locks_of(door).filter(|lock| lock.removing.is_none()).collect();
    let reached = locks.iter().find(|lock| !lock.address.is_told());
    if let Some(lock) = reached {
        sight.word(Key::SmartKind, "stand-alone");
        sight.word(Key::SmartLogPlace, "home");
        match lock.address.link.as_str() {
            "zigbee2mqtt" => sight.word(Key::SmartRadio, "zigbee"),
            "zwave_js" => sight.word(Key::SmartRadio, "zwave"),
            "matter" => sight.word(Key::SmartRadio, "thread"),
            _ => {}
        }
        codes(&mut sight, house, door);
    }
    if let Some(tested) = locks.iter().filter_map(|lock| lock.told.backup_tested).max() {
        let months = (now.as_second() - tested.as_second()).max(0) / MONTH_S;
        sight.number(Key::HabitBackupTested, (months as f64).min(600.0));
    }
    sight.survey
}

/// Codes in use on the door: how many, how short the shortest, whether those of guests end by themselves.
fn codes(sight: &mut Sight, house: &House, door: DoorId) {
    let here = |grant: &&Grant| grant.revoked.is_none() && house.doors_of(grant.target).contains(&door);
    let grants: Vec<&Grant> = house.grants.values().filter(here).collect();
    let credentials: BTreeSet<_> = grants.iter().map(|grant| grant.credential).collect();
    let shortest =
        credentials.iter().filter_map(|id| house.credentials.get(id)).map(|code| code.digits).min();
    if let Some(digits) = shortest {
        sight.number(Key::SmartCodes, credentials.len() as f64);
        sight.number(Key::SmartCodeLength, f64::from(digits).clamp(3.0, 12.0));
    }
    let guest =
        |grant: &&&Grant| house.people.get(&grant.person).is_some_and(|who| who.kind != PersonKind::Resident);
    let mut guests = grants.iter().filter(guest).peekable();
    if guests.peek().is_some() {
        let end = guests.all(|grant| grant.until.is_some() || grant.once);
        sight.put(Key::HabitGuestCodesExpire, Value::Yes(end));
    }
}

struct Sight {
    survey: Survey,
    when: String,
}

impl Sight {
    fn put(&mut self, key: Key, value: Value) {
        self.survey.put(key, Answer { value, evidence: Evidence::Seen { when: self.when.clone() } });
    }

    fn number(&mut self, key: Key, number: f64) {
        self.put(key, Value::Number(number));
    }

    fn word(&mut self, key: Key, word: &str) {
        if let Some(at) = key.option(word) {
            self.put(key, Value::Choice(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use ::door::survey::Key;
    use access::{Capabilities, Change, DoorId, House, Lock, LockAddress, LockId, Told};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::seen;

    fn lock(link: &str, door: DoorId, tested: Option<Timestamp>) -> Lock {
        Lock {
            id: LockId::new(Uuid::from_u128(7)),
            door,
            name: "lock".into(),
            address: LockAddress { link: link.into(), key: "k".into() },
            capabilities: Capabilities::told(),
            told: Told { backup_tested: tested, ..Told::default() },
            created: Timestamp::UNIX_EPOCH,
            removing: None,
        }
    }

    #[test]
    fn d1_what_the_hub_sees_fills_itself() {
        let door = DoorId::new(Uuid::from_u128(1));
        let now = Timestamp::from_second(400 * 86_400).unwrap();
        let mut house = House::default();
        assert_eq!(seen(&house, door, now).known().count(), 0);
        house.apply(Change::Lock(lock("zigbee2mqtt", door, Some(Timestamp::UNIX_EPOCH))));
        let survey = seen(&house, door, now);
        assert_eq!(survey.word(Key::SmartKind), Some("stand-alone"));
        assert_eq!(survey.word(Key::SmartRadio), Some("zigbee"));
        assert_eq!(survey.number(Key::HabitBackupTested), Some(13.0));
        let flags = ::door::flags::flags(&survey);
        assert_eq!(flags.len(), 1);
        assert!(flags[0].evidence.contains("seen 1971-"), "{}", flags[0].evidence);
    }

    #[test]
    fn s6_a_lock_nobody_reaches_says_nothing_by_itself() {
        let door = DoorId::new(Uuid::from_u128(1));
        let mut house = House::default();
        house.apply(Change::Lock(lock("told", door, None)));
        assert_eq!(seen(&house, door, Timestamp::UNIX_EPOCH).known().count(), 0);
    }
}
