//! Finding out what is wrong with a lock: from the page of its door, from an entry of the log, step by step. What was
//! ruled out is kept, so that another device can go on.

use std::collections::BTreeMap;

use access::{DoorId, LockId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use care::mend::calm::{Calm, calm};
use care::mend::entry::{Judged, Verdict, judge};
use care::mend::{Button, Ranked, Standing, ranked, shown, stop, symptom, symptoms, title};
use hub::{Actor, Hub};
use serde::Serialize;

use crate::pages::{Asked, Fields, Frame, Here, Sent, Visit, page, see};
use crate::problem::Problem;

/// Everything that the page, the API and the command say.
#[derive(Serialize)]
pub(crate) struct Doctor {
    pub door: String,
    pub door_id: DoorId,
    pub lock: String,
    pub lock_id: LockId,
    /// Nobody can reach the lock: only what was told counts.
    pub told: bool,
    /// Symptoms that the hub sees by itself.
    pub shows: Vec<Choice>,
    /// Every symptom.
    pub symptoms: Vec<Choice>,
    pub symptom: Option<Choice>,
    /// The causes, the likeliest first.
    pub causes: Vec<Ranked>,
    /// When to stop, and whom to call.
    pub stop: Option<String>,
    /// Whether a silence is more than a lost connection.
    pub connection: Option<Calm>,
    /// An entry that nobody recognised, judged.
    pub entry: Option<Judged>,
    pub entry_summary: Option<String>,
    /// What is to be said of a flow that was begun earlier.
    pub resumed: Option<String>,
}

/// A symptom.
#[derive(Clone, Serialize)]
pub(crate) struct Choice {
    pub id: String,
    pub title: String,
}

fn choice(id: &str) -> Choice {
    Choice { id: id.to_owned(), title: title(id) }
}

/// Looks at a door. `lock` picks one of several; without `wished` a flow that was begun goes on.
pub(crate) async fn examined(
    hub: &Hub,
    actor: &Actor,
    door: DoorId,
    lock: Option<LockId>,
    wished: Option<&str>,
    entry: Option<u64>,
) -> Result<Doctor, Problem> {
    let home = hub.home_at(actor, door).await?;
    let facts = match entry {
        Some(index) => Some(hub.entry_facts(actor, index).await?),
        None => None,
    };
    if facts.as_ref().is_some_and(|facts| facts.door != door) {
        return Err(Problem::not_found("entry at this door"));
    }
    let sight = home.door(door).ok_or_else(|| Problem::not_found("door"))?;
    let flow = hub.mending(door);
    let meant = facts.as_ref().map(|facts| facts.lock).or(lock);
    let meant = meant.or(flow.as_ref().filter(|(_, there)| *there).map(|(flow, _)| flow.lock));
    let sick = sight.locks.iter().find(|lock| !shown(&home, sight, lock).is_empty());
    let lock = match meant {
        Some(id) => sight.locks.iter().find(|lock| lock.id == id),
        None => sick.or(sight.locks.first()),
    };
    let lock = lock.ok_or_else(|| Problem::bad_input("This door has no lock yet: enter its lock first."))?;
    let wished = wished.or(entry.map(|_| "stranger"));
    let begun = flow.as_ref().filter(|(flow, there)| *there && flow.lock == lock.id);
    let chosen = wished.or(begun.map(|(flow, _)| flow.symptom.as_str()));
    let chosen = match chosen {
        Some(id) => Some(symptom(id).ok_or_else(|| {
            let all: Vec<&str> = symptoms().iter().map(|one| one.id.as_str()).collect();
            Problem::bad_input(format!("There is no symptom `{id}`: one of {}.", all.join(", ")))
        })?),
        None => None,
    };
    let checked = begun.filter(|(flow, _)| chosen.is_some_and(|one| one.id == flow.symptom));
    let resumed = match &flow {
        Some((flow, false)) => Some(format!(
            "The search that was begun here was for the lock {}, which is no longer on this door. What was found of \
             it is set aside.",
            flow.lock_name
        )),
        Some((flow, true)) if checked.is_some() => {
            Some(format!("You began this search on {}: it goes on.", sight.moment(flow.began)))
        }
        _ => None,
    };
    let nothing = BTreeMap::new();
    let answers = checked.map_or(&nothing, |(flow, _)| &flow.checked);
    Ok(Doctor {
        door: sight.name.clone(),
        door_id: door,
        lock: lock.name.clone(),
        lock_id: lock.id,
        told: lock.told,
        shows: shown(&home, sight, lock).into_iter().map(choice).collect(),
        symptoms: symptoms().iter().map(|one| choice(&one.id)).collect(),
        symptom: chosen.map(|one| choice(&one.id)),
        causes: chosen.map(|one| ranked(one, &home, sight, lock, answers)).unwrap_or_default(),
        stop: chosen.map(|one| stop(&one.id)),
        connection: calm(&home, sight, lock),
        entry: facts.as_ref().map(judge),
        entry_summary: facts.map(|facts| format!("{} ({})", facts.summary, facts.at.1)),
        resumed,
    })
}

struct CauseLine {
    cause: Ranked,
    tone: &'static str,
    mark: &'static str,
    button: Option<Pressed>,
}

/// A button: where it goes, and what it says. `fields` make it a form.
struct Pressed {
    action: String,
    words: &'static str,
    post: bool,
    fields: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "pages/care/mend.html")]
struct MendPage {
    frame: Frame,
    at: Doctor,
    lines: Vec<CauseLine>,
    locks: Vec<(String, String, bool)>,
}

/// `GET /doors/{id}/mend`
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<DoorId>,
    Asked(query): Asked,
) -> Result<Response, Problem> {
    let wished = query.text("symptom", "Symptom", 40)?;
    let lock = query.maybe::<LockId>("lock", "Lock")?;
    let entry = query.maybe::<u64>("entry", "Entry")?;
    let wished = Some(wished.as_str()).filter(|text| !text.is_empty());
    let at = examined(&visit.app.hub, visit.actor()?, id, lock, wished, entry).await?;
    let frame = visit.frame(format!("{}: what is wrong?", at.door), Here::Doors);
    let lines = at
        .causes
        .iter()
        .map(|cause| CauseLine {
            cause: cause.clone(),
            tone: tone(cause.standing).0,
            mark: tone(cause.standing).1,
            button: cause.button.map(|button| pressed(button, id, at.lock_id)),
        })
        .collect();
    let locks = visit.app.hub.view(|view| {
        let of = view.house.locks_of(id).filter(|lock| lock.removing.is_none());
        of.map(|lock| (lock.id.to_string(), lock.name.clone(), lock.id == at.lock_id)).collect()
    });
    page(&MendPage { frame, at, lines, locks })
}

fn tone(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Found => ("good", "✓"),
        Standing::Likely => ("amber", "!"),
        Standing::Possible => ("quiet", "·"),
        Standing::Unlikely | Standing::RuledOut => ("quiet", "–"),
    }
}

fn pressed(button: Button, door: DoorId, lock: LockId) -> Pressed {
    let go = |action: String, words| Pressed { action, words, post: false, fields: Vec::new() };
    let press = |action: &str, words, fields| Pressed {
        action: format!("/locks/{lock}/{action}"),
        words,
        post: true,
        fields,
    };
    match button {
        Button::Retry => press("retry", "Try now", Vec::new()),
        Button::ConfirmClock => press("confirm-clock", "The time is right", vec![("back", "lock")]),
        Button::LiftBudget => press("lift-budget", "Forget the wrong codes", vec![("back", "lock")]),
        Button::ModeNormal => {
            press("mode", "Back into the normal mode", vec![("mode", "normal"), ("back", "lock")])
        }
        Button::Lock => press("operate", "Throw the bolt and watch", vec![("do", "lock")]),
        Button::Settings => go("/settings#mqtt".into(), "Look at the gateway"),
        Button::Log => go(format!("/log?door={door}"), "Look at the log"),
        Button::Survey => go(format!("/doors/{door}/survey"), "Write down what you find"),
        Button::Grants => go(format!("/doors/{door}#who"), "Look who may come when"),
        Button::Strangers => go(format!("/locks/{lock}#strangers"), "Look at that code"),
        Button::Door => go(format!("/doors/{door}/edit"), "Look at the time zone"),
    }
}

/// `POST /doors/{id}/mend`: what a check found, or the end of the search.
pub(crate) async fn check(
    visit: Visit,
    Path(id): Path<DoorId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let actor = visit.actor()?;
    if form.raw("do") == "end" {
        visit.app.hub.mend_ended(actor, id).await?;
        return Ok(see(&format!("/doors/{id}"), "mended"));
    }
    let (lock, symptom, cause, was_it) = read(&form)?;
    visit.app.hub.mend_checked(actor, id, lock, &symptom, &cause, was_it).await?;
    Ok(see(&format!("/doors/{id}/mend?symptom={symptom}&lock={lock}"), "checked"))
}

fn read(form: &Fields) -> Result<(LockId, String, String, bool), Problem> {
    let was_it = match form.raw("was_it") {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::bad_input("Say whether it was that.")),
    };
    Ok((
        form.parsed("lock", "Lock")?,
        form.needed("symptom", "Symptom", 40)?,
        form.needed("cause", "Cause", 40)?,
        was_it,
    ))
}
