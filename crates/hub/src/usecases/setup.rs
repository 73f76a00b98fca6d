//! Setting a lock up: what was said of each step is kept in one document a door, so that it can be left and taken up on
//! another device; what the hub sees by itself is handed in as facts. The steps themselves are `care`'s.

use access::{DoorId, Lock};
use care::setup::progress::{NOTE_MAX, Progress, Said};
use care::setup::steps::{Fact, Step, known, steps};
use jiff::{Timestamp, Unit};

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::living::travel::history;
use crate::ports::{Bolt, Document, Scope, Write};
use crate::rehearsal::{Rehearsal, RehearsalKind, kept};
use crate::state::State;

/// Document kind of set-ups; the key is the door's id.
const KIND: &str = "setup";
/// Cells this full count as fresh, percent.
const FRESH: u8 = 80;

/// What is said of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetupWord {
    /// Which step.
    pub step: String,
    /// Done, or open again.
    pub done: bool,
    /// A note, at most 300 characters.
    pub note: String,
    /// Ending of a photo that was kept; empty without one.
    pub photo: String,
}

impl Hub {
    /// The checklist of a door: its steps, each with how it stands and what that rests on.
    pub fn setup(&self, door: DoorId) -> Vec<Step> {
        let survey = self.survey(door);
        let state = self.state();
        let lock = lock_of(&state, door);
        let name = lock.map(|lock| lock.id.to_string()).unwrap_or_default();
        let facts = lock.map(|lock| facts(&state, lock, self.clock.now())).unwrap_or_default();
        steps(&survey, &facts, &progress(&state, door), &name)
    }

    /// What was said of a door's set-up.
    pub fn setup_progress(&self, door: DoorId) -> Progress {
        progress(&self.state(), door)
    }

    /// Says that a step is done, or open again.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound` for a door or step that there is not, `Refused` for a note that is too long, storage.
    pub async fn say_setup(&self, actor: &Actor, door: DoorId, word: SetupWord) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        if !known(&word.step) {
            return Err(HubError::NotFound("step"));
        }
        if word.note.chars().count() > NOTE_MAX {
            return Err(HubError::Refused(format!("a note has at most {NOTE_MAX} characters")));
        }
        let by = actor.name.clone();
        let decide: crate::hub::Decide = Box::new(move |state, now| {
            let found = state.house.doors.get(&door).ok_or(HubError::NotFound("door"))?;
            let mut progress = progress(state, door);
            let lock = lock_of(state, door).map(|lock| lock.id.to_string()).unwrap_or_default();
            let SetupWord { step, done, note, photo } = word;
            let what = if done { "done" } else { "open again" };
            let summary = format!("{by} noted a step of the set-up of {} as {what}: {step}", found.name);
            progress.say(&step, Said { done, by, at: minute(now), note, photo, lock });
            let body =
                serde_json::to_string(&progress).map_err(|error| HubError::Refused(error.to_string()))?;
            let key = (KIND.to_owned(), door.to_string());
            let version = state.documents.get(&key).map_or(1, |old| old.version + 1);
            let document = Document { kind: key.0, key: key.1, body, version };
            Ok(Draft {
                writes: vec![Write::Document(document)],
                events: vec![Event { door: Some(door), ..Event::plain("system", summary) }],
                live: vec![Live::Door(door)],
                ..Draft::default()
            })
        });
        self.write(Touches::House, decide).await
    }
}

fn progress(state: &State, door: DoorId) -> Progress {
    let document = state.documents.get(&(KIND.to_owned(), door.to_string()));
    Progress::read(document.map(|document| document.body.as_str()))
}

/// The lock that is being set up: the first that is reached, else the first.
fn lock_of(state: &State, door: DoorId) -> Option<&Lock> {
    let mut locks = state.house.locks_of(door).filter(|lock| lock.removing.is_none());
    let first = locks.next()?;
    if !first.address.is_told() {
        return Some(first);
    }
    locks.find(|lock| !lock.address.is_told()).or(Some(first))
}

/// What was seen of the lock that is no answer of the survey.
fn facts(state: &State, lock: &Lock, now: Timestamp) -> Vec<Fact> {
    let mut facts = Vec::new();
    let Some(live) = state.live.get(&lock.id).filter(|_| !lock.address.is_told()) else { return facts };
    let travel = history(state, lock.id);
    // a bolt that stalled lately, or whose way grew long, is not free, wherever it stands just now
    let hindered = !travel.travels.is_empty() && travel.free(now).is_none();
    if let (Bolt::Extended, Some(at)) = live.bolt
        && !live.jammed
        && !hindered
    {
        let mut what =
            "The lock's own sensor says that the bolt is all the way out, and no jam is reported.".to_owned();
        if let Some((low, high)) = travel.free(now) {
            what += &format!(
                " Its last ways took {low} to {high} ms, alike, and nothing stalled in the last month."
            );
        }
        facts.push(Fact { id: "bolt", what, when: minute(at) });
    }
    if let Some((percent, at)) = live.battery_percent.filter(|(percent, _)| *percent >= FRESH) {
        facts.push(Fact { id: "battery", what: format!("The cells hold {percent} %."), when: minute(at) });
    }
    let rehearsals = kept(state, lock.id);
    let passed = |kind: RehearsalKind, good: fn(&Rehearsal) -> bool| {
        rehearsals.kept.iter().find(|one| one.kind == kind && good(one)).and_then(|one| one.ended)
    };
    if let Some(at) =
        passed(RehearsalKind::DeadBattery, |one| one.by_hand.is_some() && one.opened_meanwhile.is_none())
    {
        let what = "In the rehearsal the key or turn moved the bolt, and nothing else opened it.";
        facts.push(Fact { id: "dead-battery", what: what.to_owned(), when: minute(at) });
    }
    if let Some(at) = passed(RehearsalKind::PowerCut, |one| one.restarted.is_some()) {
        let what = "In the rehearsal the power went and came back, and the lock started anew.";
        facts.push(Fact { id: "power-cut", what: what.to_owned(), when: minute(at) });
    }
    facts
}

/// Whole minutes: more would say nothing.
fn minute(at: Timestamp) -> String {
    at.round(Unit::Minute).unwrap_or(at).to_string()
}
