//! Tasks of the care calendar, and what was done of them.

use ::care::living::calendar::{Task, tasks};
use ::care::living::sight::Done;
use access::{Change, Lock, LockId, Told};

use super::{CARE, kept, put};
use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::ports::Scope;
use crate::state::State;
use crate::words;

/// Document key of what was done.
const DONE: &str = "done";
/// What was done so long ago that so much was done since is dropped; the log has it for good.
const DONE_MAX: usize = 400;
/// Longest note, characters.
pub(super) const NOTE_MAX: usize = 300;

/// What was done, oldest first.
pub(super) fn ledger(state: &State) -> Vec<Done> {
    kept(state, CARE, DONE)
}

/// A note that fits.
pub(super) fn note(text: &str) -> Result<String, HubError> {
    let text = text.trim();
    if text.chars().count() > NOTE_MAX {
        return Err(HubError::Refused(format!("a note has at most {NOTE_MAX} characters")));
    }
    Ok(text.to_owned())
}

impl Hub {
    /// Everything that is to be done in this home, the most pressing first.
    pub fn tasks(&self) -> Vec<Task> {
        tasks(&self.home())
    }

    /// Ticks a task off, with a note; it stands in the log. A backup that was tried counts as tested from then on.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for a note that is too long or a task that goes by itself.
    pub async fn tick_off(&self, actor: &Actor, id: &str, said: &str) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let note = note(said)?;
        let task = self.tasks().into_iter().find(|task| task.id == id).ok_or(HubError::NotFound("task"))?;
        if let Some(why) = task.by_itself {
            return Err(HubError::Refused(why));
        }
        if let Some(lock) = task.lock.filter(|_| task.kind == "backup") {
            return self.backup_tried(actor, lock, true, &note).await;
        }
        let (who, said) = (actor.name.clone(), with_note(&note));
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut draft = Draft::default();
                ticked(&mut draft, state, Done { task: task.id, at: now, by: who.clone(), note });
                let text = format!("{who} did a task: {}{said}", task.title);
                draft.events.push(Event { door: task.door, ..Event::plain("system", text) });
                Ok(draft)
            }),
        )
        .await
    }

    /// The spare key or emergency code of a lock was tried just now. One that works clears the red flag; one that does
    /// not stands in the log and leaves it up.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` for a note that is too long.
    pub async fn backup_tried(
        &self,
        actor: &Actor,
        lock: LockId,
        works: bool,
        said: &str,
    ) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let note = note(said)?;
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let row = state.house.locks.get(&lock).ok_or(HubError::NotFound("lock"))?;
                let (name, door) = words::lock(&state.house, lock);
                let outcome = if works { "it works" } else { "it does not work" };
                let text =
                    format!("{who} tried the spare key or code of {name}: {outcome}{}", with_note(&note));
                let mut draft = Draft::default();
                if works {
                    let told = Told { backup_tested: Some(now), ..row.told.clone() };
                    draft.changes.push(Change::Lock(Lock { told, ..row.clone() }));
                    let id = ::care::living::sight::short(lock.uuid());
                    ticked(&mut draft, state, Done { task: format!("backup-{id}"), at: now, by: who, note });
                }
                let kind = if works { "system" } else { "alert" };
                draft.events.push(Event { door, ..Event::plain(kind, text) });
                draft.live.push(Live::Lock(lock));
                Ok(draft)
            }),
        )
        .await?;
        self.watch_flags().await;
        Ok(())
    }
}

/// Adds to what was done.
pub(super) fn ticked(draft: &mut Draft, state: &State, done: Done) {
    let mut all = ledger(state);
    all.push(done);
    let over = all.len().saturating_sub(DONE_MAX);
    all.drain(..over);
    put(draft, state, CARE, DONE, &all);
}

/// A note behind a sentence.
fn with_note(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({note})") }
}
