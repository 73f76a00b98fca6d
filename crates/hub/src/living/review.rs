//! The access review (P3): everybody who still has access, with the last use from the log; keep or end each in one
//! step; what was kept and when the whole was done is remembered and stands in the log.

use std::collections::BTreeMap;

use access::{Command, GrantId, LastUse, LockId, Question, ReviewBy, ReviewItem, Told, review};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{CARE, kept, put};
use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::log::LogFilter;
use crate::ports::{LockRecord, RecordKind, Scope};
use crate::words;

/// Document key of the review.
pub(super) const KEY: &str = "review";
/// Not used for so long is worth a question.
const UNUSED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Entries of a door that are looked through for last uses.
const ENTRIES: u32 = 500;

/// What is kept of reviews.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Review {
    /// When the last whole one was done.
    pub last: Option<Timestamp>,
    /// Months from one to the next, where the owner set it.
    pub every_months: Option<u8>,
    /// Accesses that were kept, by [`ReviewLine::id`], and when.
    pub kept: BTreeMap<String, Timestamp>,
}

/// One access in the review.
#[derive(Debug, Clone)]
pub struct ReviewLine {
    /// By which it is kept or ended: a grant's id, or `LOCK:PERSON:WHAT` for what is told.
    pub id: String,
    /// The access.
    pub item: ReviewItem,
    /// Kept in this round: since the last whole review, or the beginning.
    pub kept: Option<Timestamp>,
}

fn name_of(item: &ReviewItem) -> String {
    match &item.by {
        ReviewBy::Grant(grant) => grant.to_string(),
        ReviewBy::Told { lock, what } => format!("{lock}:{}:{what}", item.person),
    }
}

impl Hub {
    /// Everybody who still has access, those with a question that nobody has answered in this round first.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn review(&self, actor: &Actor) -> Result<Vec<ReviewLine>, HubError> {
        let used = self.last_uses(actor).await?;
        let now = self.clock.now();
        let state = self.state();
        let kept: Review = kept(&state, CARE, KEY);
        let items = review(&state.house, &used, UNUSED, now);
        let line = |item: ReviewItem| {
            let id = name_of(&item);
            let kept = kept.kept.get(&id).copied().filter(|at| kept.last.is_none_or(|last| *at > last));
            ReviewLine { id, item, kept }
        };
        let mut lines: Vec<ReviewLine> = items.into_iter().map(line).collect();
        lines.sort_by_key(|line| line.kept.is_some());
        Ok(lines)
    }

    /// When codes were last used at each door, as far as the log of the door reaches back.
    async fn last_uses(&self, actor: &Actor) -> Result<LastUse, HubError> {
        let doors: Vec<_> = self.state().house.doors.keys().copied().collect();
        let now = self.clock.now();
        let mut used = LastUse::new();
        for door in doors {
            let kinds = vec!["entry".to_owned()];
            let filter = LogFilter { door: Some(door), kinds, limit: ENTRIES, ..LogFilter::default() };
            let items = self.log(actor, &filter).await?;
            let state = self.state();
            for item in items {
                let read = |key: &str| item.detail.get(key).cloned();
                let lock = read("lock").and_then(|lock| serde_json::from_value::<LockId>(lock).ok());
                let record = read("record").and_then(|one| serde_json::from_value::<LockRecord>(one).ok());
                let (Some(lock), Some(record)) = (lock, record) else { continue };
                let slot = record.slot.filter(|_| record.kind == RecordKind::Unlocked);
                let Some(slot) = slot else { continue };
                let holder =
                    access::holder(&state.house, lock, slot, record.version, Some(item.happened), now);
                if let Some((credential, _)) = holder {
                    let last = used.entry((credential, door)).or_insert(item.happened);
                    *last = item.happened.max(*last);
                }
            }
        }
        Ok(used)
    }

    /// When the last whole review was done, and months from one to the next.
    pub fn review_state(&self) -> (Option<Timestamp>, u8) {
        let review: Review = kept(&self.state(), CARE, KEY);
        (review.last, review.every_months.unwrap_or(::care::living::calendar::REVIEW_MONTHS))
    }

    /// Keeps an access: the reason still holds.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn review_keep(&self, actor: &Actor, id: &str) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let line = self.line(actor, id).await?;
        let (who, id) = (actor.name.clone(), id.to_owned());
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut review: Review = kept(state, CARE, KEY);
                // what is no longer there need not be remembered
                review.kept.retain(|_, at| review.last.is_none_or(|last| *at > last));
                review.kept.insert(id, now);
                let person = words::person(&state.house, line.item.person);
                let text = format!("{who} looked at the access of {person} and kept it");
                let mut draft = Draft::default();
                put(&mut draft, state, CARE, KEY, &review);
                let person = Some(line.item.person);
                let door = line.item.doors.first().copied();
                draft.events.push(Event { person, door, ..Event::plain("access", text) });
                Ok(draft)
            }),
        )
        .await
    }

    /// Ends an access: a grant is revoked on every lock; what is only told leaves the list, and has to be ended at
    /// the lock by hand.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused`.
    pub async fn review_end(&self, actor: &Actor, id: &str) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let line = self.line(actor, id).await?;
        let command = match line.item.by {
            ReviewBy::Grant(grant) => self.ending(grant)?,
            ReviewBy::Told { lock, what } => {
                let state = self.state();
                let row = state.house.locks.get(&lock).ok_or(HubError::NotFound("lock"))?;
                let mut told: Told = row.told.clone();
                told.codes.retain(|code| code.person != line.item.person || code.what != what);
                Command::ChangeLock { id: lock, door: row.door, name: row.name.clone(), told }
            }
        };
        self.act(actor, command).await
    }

    fn ending(&self, id: GrantId) -> Result<Command, HubError> {
        let state = self.state();
        let grant = state.house.grants.get(&id).ok_or(HubError::NotFound("access"))?;
        if grant.revoked.is_some() {
            let text = "it has ended already; the lock has not let go of the code yet: see its page";
            return Err(HubError::Refused(text.into()));
        }
        Ok(Command::Revoke { id })
    }

    async fn line(&self, actor: &Actor, id: &str) -> Result<ReviewLine, HubError> {
        let lines = self.review(actor).await?;
        lines.into_iter().find(|line| line.id == id).ok_or(HubError::NotFound("access"))
    }

    /// The review is done: everything that was not ended stays.
    ///
    /// # Errors
    /// `Forbidden`, `Refused` while a code that ended may still be on a lock and nobody has looked at it.
    pub async fn review_done(&self, actor: &Actor) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let lines = self.review(actor).await?;
        let ended = |line: &&ReviewLine| {
            line.kept.is_none() && line.item.questions.contains(&Question::EndedAndStillThere)
        };
        let left = lines.iter().filter(ended).count();
        if left > 0 {
            let text = format!("{left} ended and may still be on a lock: look at each of them first");
            return Err(HubError::Refused(text));
        }
        let (who, count) = (actor.name.clone(), lines.len());
        self.change_review(move |review, now| {
            review.last = Some(now);
            format!("{who} went through who has access: {count} stay")
        })
        .await
    }

    /// Sets the months from one review to the next, 1 to 24.
    ///
    /// # Errors
    /// `Forbidden`, `Refused` out of range.
    pub async fn review_every(&self, actor: &Actor, months: u8) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        if !(1..=24).contains(&months) {
            return Err(HubError::Refused("a review comes every 1 to 24 months".into()));
        }
        let who = actor.name.clone();
        self.change_review(move |review, _| {
            review.every_months = Some(months);
            format!("{who} set the review of access to every {months} months")
        })
        .await
    }

    async fn change_review(
        &self,
        change: impl FnOnce(&mut Review, Timestamp) -> String + Send + 'static,
    ) -> Result<(), HubError> {
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let mut review: Review = kept(state, CARE, KEY);
                let text = change(&mut review, now);
                let mut draft = Draft::default();
                put(&mut draft, state, CARE, KEY, &review);
                draft.events.push(Event::plain("access", text));
                Ok(draft)
            }),
        )
        .await
    }
}
