//! The survey of a door: what its owner told, kept as a document, and what the hub sees by itself laid over it.
//! What an answer is worth is the room `door`'s business.

pub(crate) mod seen;

use std::collections::BTreeMap;

use ::door::survey::{Evidence, Key, Kind, Survey, Value};
use access::DoorId;
use jiff::Timestamp;

use crate::actor::Actor;
use crate::error::HubError;
use crate::hub::Hub;
use crate::ports::Scope;
use crate::state::State;

/// Document kind of surveys; the key is the door's id.
const KIND: &str = "survey";
/// Seconds in a month of 30 days, for ages told in months.
pub(crate) const MONTH_S: i64 = 30 * 86_400;
/// An age is not told longer than this many months.
const AGE_MAX: f64 = 600.0;

#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Kept {
    toml: String,
    /// When each age was told: it grows on from there.
    #[serde(default)]
    told: BTreeMap<String, Timestamp>,
}

impl Hub {
    /// The survey of a door: told answers with the seen ones over them. A damaged document counts as nothing
    /// told.
    pub fn survey(&self, door: DoorId) -> Survey {
        let now = self.clock.now();
        let state = self.state();
        of_door(&state, &seen::Uses::of(&state.house), door, now)
    }

    /// What was told of a door; ages have grown since.
    pub fn survey_told(&self, door: DoorId) -> Survey {
        let now = self.clock.now();
        told(&self.state(), door, now)
    }

    /// Keeps what was told of a door. Answers that the hub sees by itself are left out of it.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn tell_survey(&self, actor: &Actor, door: DoorId, survey: &Survey) -> Result<(), HubError> {
        let now = self.clock.now();
        let before = kept(&self.state(), door);
        let grown = self.survey_told(door);
        let mut told = Survey::default();
        let mut when = BTreeMap::new();
        for (key, answer) in survey.known().filter(|(_, answer)| answer.evidence == Evidence::Told) {
            told.put(key, answer.clone());
            if is_age(key) {
                // an age that was only sent back as it was shown stays as it was told
                let same = grown.value(key) == Some(answer.value);
                let old = before.told.get(key.path()).filter(|_| same);
                if let (Some(at), Some(value)) = (old, first_told(&before).value(key)) {
                    told.tell(key, value);
                    when.insert(key.path().to_owned(), *at);
                } else {
                    when.insert(key.path().to_owned(), now);
                }
            }
        }
        let body = serde_json::to_string(&Kept { toml: told.to_toml(), told: when })
            .map_err(|error| HubError::Refused(error.to_string()))?;
        self.put_document(
            actor,
            Scope::Manage,
            KIND,
            &door.to_string(),
            body,
            "changed the survey of a door",
        )
        .await?;
        self.watch_flags().await;
        Ok(())
    }
}

/// The survey of a door in this state of the house; `uses` are the house's, made once for all doors.
pub(crate) fn of_door(state: &State, uses: &seen::Uses<'_>, door: DoorId, now: Timestamp) -> Survey {
    let mut survey = told(state, door, now);
    let seen = seen::seen(state, uses, door, now);
    // the hub knows an age from below only: what was told may be more
    let older = |key: Key| survey.number(key).zip(seen.number(key)).is_some_and(|(told, seen)| told > seen);
    let keep = older(Key::SmartFirmwareAge).then(|| survey.answer(Key::SmartFirmwareAge).cloned()).flatten();
    survey.overlay(&seen);
    if let Some(answer) = keep {
        survey.put(Key::SmartFirmwareAge, answer);
    }
    survey
}

fn kept(state: &State, door: DoorId) -> Kept {
    let document = state.documents.get(&(KIND.to_owned(), door.to_string()));
    document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default()
}

fn first_told(kept: &Kept) -> Survey {
    Survey::from_toml(&kept.toml).unwrap_or_default()
}

fn told(state: &State, door: DoorId, now: Timestamp) -> Survey {
    let kept = kept(state, door);
    let mut survey = first_told(&kept);
    for (path, at) in &kept.told {
        let Some(key) = Key::of_path(path).filter(|key| is_age(*key)) else { continue };
        let months = (now.as_second() - at.as_second()).max(0) / MONTH_S;
        if let Some(number) = survey.number(key).filter(|_| months > 0) {
            survey.tell(key, Value::Number((number + months as f64).min(age_max(key))));
        }
    }
    survey
}

/// Whether the answer is so many months ago, and so grows by itself.
fn is_age(key: Key) -> bool {
    matches!(key.spec().kind, Kind::Count { unit: "months", .. })
}

fn age_max(key: Key) -> f64 {
    if let Kind::Count { max, .. } = key.spec().kind { f64::from(max) } else { AGE_MAX }
}
