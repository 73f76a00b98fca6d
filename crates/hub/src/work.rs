//! The work loop: takes the difference between wanted and seen to the locks, one operation a lock at a time,
//! revocations first (the planner orders them). Every wait goes through the clock port.
//!
//! An operation is written down before it is sent and after it is answered, so a crash in between leaves a
//! named *in flight* errand, and the first thing after a start is to look what became of it.

use std::time::Duration;

use access::{Change, ErrandState, LockId, Op, OpId, Work};
use futures::channel::mpsc;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::alerts::{raise, raise_strangers};
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{Ack, AlertKind, LinkError, Observed, Purpose, SlotWrite};
use crate::rounds::Rounds;
use crate::state::State;
use crate::words;

/// A lock's clock is set at least this often.
const CLOCK_AGAIN: SignedDuration = SignedDuration::from_hours(12);
/// Before a lock is asked again whose answer could not be written down.
const STORE_WAIT: Duration = Duration::from_secs(10);
/// After a failed attempt to set a lock's clock.
const CLOCK_RETRY: SignedDuration = SignedDuration::from_mins(1);

impl Hub {
    pub(crate) async fn work(&self, mut wake: mpsc::Receiver<()>) {
        let mut rounds = Rounds::new(self.clock.as_ref());
        let mut running = FuturesUnordered::new();
        let mut alerts = self.alert_loop().boxed().fuse();
        while !self.is_stopping() {
            self.look_around(&mut rounds).await;
            for (lock, task) in self.next_tasks(&mut rounds) {
                rounds.busy.insert(lock);
                running.push(self.perform(lock, task));
            }
            let nap = self.until_due(&rounds);
            let mut sleep = self.clock.sleep(nap).fuse();
            // in this order and not by chance: the same events give the same work
            futures::select_biased! {
                () = alerts => {}
                done = running.select_next_some() => self.task_done(&mut rounds, done),
                _ = wake.next() => {}
                () = sleep => {}
            }
            while let Some(Some(done)) = running.next().now_or_never() {
                self.task_done(&mut rounds, done);
            }
        }
    }

    fn task_done(&self, rounds: &mut Rounds, done: LockId) {
        rounds.busy.remove(&done);
        rounds.again.insert(done);
    }

    /// The next thing to do for every idle lock that changed or is due.
    fn next_tasks(&self, rounds: &mut Rounds) -> Vec<(LockId, Task)> {
        let now = self.clock.now();
        let mut look = std::mem::take(&mut rounds.again);
        if let Ok(mut due) = self.clocks_due.lock() {
            for id in std::mem::take(&mut *due) {
                rounds.clock_tried.remove(&id);
            }
        }
        if let Ok(mut dirty) = self.dirty.lock() {
            look.append(&mut dirty);
        }
        look.extend(rounds.due.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id));
        let state = self.state();
        let mut tasks = Vec::new();
        for id in look {
            if rounds.busy.contains(&id) {
                rounds.again.insert(id);
                continue;
            }
            rounds.due.remove(&id);
            let Some(lock) = state.house.locks.get(&id).filter(|lock| !lock.address.is_told()) else {
                continue;
            };
            let door = state.house.doors.get(&lock.door);
            let zone = door.and_then(|door| TimeZone::get(&door.time_zone).ok()).unwrap_or(TimeZone::UTC);
            let plan = access::plan(&state.house, id, now, &zone);
            rounds.over |= plan.over;
            if let Some(next) = plan.next_at {
                rounds.due.insert(id, next.max(now));
            }
            let reachable = state.live.get(&id).and_then(|live| live.reachable) == Some(true);
            if !reachable {
                // a lock that once gave no answer may never speak by itself: what is due is tried all the same,
                // with the errand's own growing waits, unless nothing can go out at all
                let up = state.links.get(&lock.address.link).is_some_and(|link| link.up);
                let asleep =
                    state.live.get(&id).and_then(|live| live.next_contact).is_some_and(|at| at > now);
                if let Some(op) = plan.ops.into_iter().next().filter(|_| up && !asleep) {
                    tasks.push((id, Task::Do(op)));
                }
                continue;
            }
            let live = state.live.get(&id);
            // a clock that jumped waits for a person, not for the hub
            let clock_lost =
                live.is_some_and(|live| live.clock_known == Some(false) && !live.clock_unconfirmed);
            let again = if clock_lost { CLOCK_RETRY } else { CLOCK_AGAIN };
            // a door that moved to another zone has another clock
            let zone_name = door.map_or("UTC", |door| door.time_zone.as_str());
            let tried = rounds.clock_tried.get(&id).filter(|(_, zone)| zone == zone_name);
            let clock_at = tried.map(|(tried, _)| {
                // a lock that is told only the offset of now needs the next one at once
                let change = zone.following(*tried).next().map(|change| change.timestamp());
                change.map_or(later(*tried, again), |change| change.min(later(*tried, again)))
            });
            if let Some(at) = clock_at.filter(|at| *at > now) {
                let due = rounds.due.entry(id).or_insert(at);
                *due = at.min(*due);
            }
            if clock_at.is_none_or(|at| at <= now) {
                rounds.clock_tried.insert(id, (now, zone_name.to_owned()));
                tasks.push((id, Task::SetClock));
            } else if let Some(op) = plan.ops.into_iter().next() {
                tasks.push((id, Task::Do(op)));
            } else if let Ok(mut patrol) = self.patrol.lock() {
                match patrol.due(&state.house, id, now) {
                    Ok(op) => tasks.push((id, Task::Do(op))),
                    Err(Some(at)) => {
                        let due = rounds.due.entry(id).or_insert(at);
                        *due = at.min(*due);
                    }
                    Err(None) => {}
                }
            }
        }
        tasks
    }

    /// Performs one task and keeps the lock's write gap before it counts as idle again.
    async fn perform(&self, lock: LockId, task: Task) -> LockId {
        match task {
            Task::SetClock => {
                if let Ok((address, zone)) = self.address_of(lock)
                    && let Ok(link) = self.link(&address)
                {
                    // a lock that did not take the time says so by its own reports, and is asked again
                    let _ = link.set_clock(&address, self.clock.now(), &zone).await;
                }
            }
            Task::Do(op) => {
                if let Err(error) = self.do_op(lock, op).await {
                    tracing::warn!(%error, "work on a lock stopped");
                    // storage that is full or stopping: do not spin, and do not ask the lock again and again
                    self.clock.sleep(STORE_WAIT).await;
                }
                let gap = self.state().house.locks.get(&lock).map_or(0, |row| row.capabilities.write_gap_ms);
                if gap > 0 {
                    self.clock.sleep(Duration::from_millis(u64::from(gap))).await;
                }
            }
        }
        lock
    }

    async fn do_op(&self, lock: LockId, op: Op) -> Result<(), HubError> {
        let id = self.next_op();
        let (address, zone) = self.address_of(lock)?;
        let link = self.link(&address)?;
        if op.work.is_write() {
            let sent = op.clone();
            self.write(
                Touches::Lock(lock),
                Box::new(move |state, now| {
                    let changes = access::sent(&state.house, lock, &sent, id, now);
                    Ok(Draft { changes, ..Draft::default() })
                }),
            )
            .await?;
        }
        match &op.work {
            Work::Set { .. } => {
                let answer = match self.slot_write(&op, zone) {
                    Ok(write) if write.purpose != Purpose::Ordinary && !link.keeps_purposes() => {
                        Err(LinkError::Unsupported("it knows no duress and no emergency codes"))
                    }
                    Ok(write) => link.write_slot(&address, write).await,
                    Err(error) => Err(LinkError::Rejected(error.to_string())),
                };
                self.answered(lock, op, id, answer).await
            }
            Work::Clear => {
                let answer = link.clear_slot(&address, op.slot).await;
                self.answered(lock, op, id, answer).await
            }
            Work::Read => {
                let expected = self.expected(lock, op.slot, zone);
                match link.read_slot(&address, op.slot, expected).await {
                    Ok(observed) => {
                        let answers = observed != Observed::Unreadable;
                        self.observed(lock, op, id, observed).await?;
                        if answers {
                            self.answers(lock).await;
                        }
                        Ok(())
                    }
                    Err(error) => self.answered(lock, op, id, Err(error)).await,
                }
            }
        }
    }

    fn slot_write(&self, op: &Op, time_zone: String) -> Result<SlotWrite, HubError> {
        let Work::Set { credential, enabled, validity, not_after, once, .. } = &op.work else {
            return Err(HubError::NotFound("code"));
        };
        Ok(SlotWrite {
            slot: op.slot,
            version: op.version,
            pin: self.open_pin(*credential)?,
            enabled: *enabled,
            validity: validity.clone(),
            time_zone,
            not_after: *not_after,
            once: *once,
            purpose: crate::purpose::of(&self.state(), *credential),
        })
    }

    /// What a read of this slot should find, if anything of ours is wanted there.
    fn expected(&self, lock: LockId, slot: u16, zone: String) -> Option<SlotWrite> {
        let op = {
            let state = self.state();
            access::expected(
                &state.house,
                lock,
                slot,
                self.clock.now(),
                &TimeZone::get(&zone).unwrap_or(TimeZone::UTC),
            )
        }?;
        self.slot_write(&op, zone).ok()
    }

    async fn answered(
        &self,
        lock: LockId,
        op: Op,
        id: OpId,
        answer: Result<Ack, LinkError>,
    ) -> Result<(), HubError> {
        let ids = self.ids.clone();
        let silent = matches!(answer, Err(LinkError::Unreachable(_)));
        // a gateway may accept for a lock that sleeps: only what the lock itself did shows that it is there
        let answers = answer == Ok(Ack::Applied);
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, now| {
                let changes = match &answer {
                    Ok(ack) => access::acknowledged(&state.house, lock, &op, id, *ack == Ack::Applied, now),
                    Err(error) => access::failed(&state.house, lock, &op, id, &failure(error), now),
                };
                let mut draft = Draft { changes, ..Draft::default() };
                if let Err(error) = &answer {
                    refusal(&mut draft, state, lock, &op, error, now, ids.as_ref());
                }
                let proven = proofs(state, &draft.changes);
                draft.events.extend(proven);
                Ok(draft)
            }),
        )
        .await?;
        if silent {
            let now = self.clock.now();
            self.state_mut().live.entry(lock).or_default().silent(now);
            self.publish(&[crate::live::Live::Lock(lock)]);
        } else if answers {
            self.answers(lock).await;
        }
        Ok(())
    }

    /// A lock that did what it was told is in reach, whatever was thought of it.
    async fn answers(&self, lock: LockId) {
        if self.state().live.get(&lock).and_then(|live| live.reachable) == Some(true) {
            return;
        }
        let now = self.clock.now();
        self.state_mut().live.entry(lock).or_default().heard(now);
        self.back_in_reach(lock).await;
        self.publish(&[crate::live::Live::Lock(lock)]);
        self.rouse_lock(lock);
    }

    async fn observed(&self, lock: LockId, op: Op, id: OpId, observed: Observed) -> Result<(), HubError> {
        let ids = self.ids.clone();
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, now| {
                let changes = access::observed(&state.house, lock, &op, id, reading(observed), now);
                let events = proofs(state, &changes);
                let mut draft = Draft { changes, events, ..Draft::default() };
                raise_strangers(&mut draft, state, ids.as_ref(), now);
                stopped(&mut draft, state, lock, op.slot, now, ids.as_ref());
                Ok(draft)
            }),
        )
        .await
    }

    /// A lock came back: what was suspended for its silence is due again.
    pub(crate) async fn back_in_reach(&self, lock: LockId) {
        let written = self
            .write(
                Touches::Lock(lock),
                Box::new(move |state, now| {
                    let changes = access::retry(&state.house, lock, now);
                    Ok(Draft { changes, ..Draft::default() })
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "a lock came back, and its waiting changes could not be made due");
        }
    }
}

enum Task {
    SetClock,
    Do(Op),
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn failure(error: &LinkError) -> access::Failure {
    match error {
        LinkError::Rejected(why) => access::Failure::Rejected(why.clone()),
        LinkError::Duplicate => access::Failure::Duplicate,
        LinkError::Unreachable(why) => access::Failure::Unreachable(why.clone()),
        LinkError::Unexpected(why) => access::Failure::Unexpected(why.clone()),
        LinkError::Unsupported(what) => {
            access::Failure::Rejected(format!("this lock cannot do that: {what}"))
        }
    }
}

fn reading(observed: Observed) -> access::Reading {
    match observed {
        Observed::Matches { enabled } => access::Reading::Matches { enabled },
        Observed::OtherHours => access::Reading::OtherHours,
        Observed::Differs => access::Reading::Differs,
        Observed::Empty => access::Reading::Empty,
        Observed::Taken => access::Reading::Taken,
        Observed::Unreadable => access::Reading::Unreadable,
    }
}

/// A refused or suspended change goes into the log and to the owner once, when it becomes so.
fn refusal(
    draft: &mut Draft,
    state: &State,
    lock: LockId,
    op: &Op,
    error: &LinkError,
    now: Timestamp,
    ids: &dyn crate::ports::Ids,
) {
    let row = draft.changes.iter().find_map(|change| match change {
        Change::Errand(errand) => Some(errand),
        _ => None,
    });
    let state_now = row.map(|errand| errand.state);
    let hangs = row.is_some_and(|errand| hangs(state, errand));
    let (name, door) = words::lock(&state.house, lock);
    let whose = whose(state, lock, op.slot);
    let text = match state_now {
        Some(ErrandState::Refused) => format!("{name} refuses the code of {whose}: {error}"),
        Some(ErrandState::Suspended) => {
            format!("the change of {whose} on {name} was tried several times and is suspended: {error}")
        }
        _ if hangs => {
            format!("a code that has ended cannot be taken off {name} yet: {error}; it is tried again")
        }
        _ => return,
    };
    draft.events.push(Event { door, ..Event::plain("sync", text.clone()) });
    raise(draft, state, ids, now, AlertKind::ChangeRefused, &name, text);
}

/// The end of a code was answered unclearly so often that a person should know; it is tried on.
fn hangs(state: &State, errand: &access::Errand) -> bool {
    let wanted = state.house.wanted.get(&(errand.lock, errand.slot));
    let before = state.house.errands.get(&(errand.lock, errand.slot)).map_or(0, |row| row.tries);
    wanted.is_some_and(|wanted| wanted.spec.is_none())
        && errand.tries == access::UNCLEAR_MAX
        && before < errand.tries
}

/// A read showed what makes the work on a slot stop: somebody removed the code, or the lock does not keep it.
fn stopped(
    draft: &mut Draft,
    state: &State,
    lock: LockId,
    slot: u16,
    now: Timestamp,
    ids: &dyn crate::ports::Ids,
) {
    let stops = |change: &Change| match change {
        Change::Errand(row) if row.state == ErrandState::Suspended || hangs(state, row) => {
            Some(row.last_error.clone())
        }
        _ => None,
    };
    let Some(why) = draft.changes.iter().find_map(stops) else { return };
    let (name, door) = words::lock(&state.house, lock);
    let why = why.unwrap_or_else(|| "no reason was given".to_owned());
    let text = format!("the code of {} on {name}: {why}", whose(state, lock, slot));
    draft.events.push(Event { door, ..Event::plain("sync", text.clone()) });
    raise(draft, state, ids, now, AlertKind::ChangeRefused, &name, text);
}

fn whose(state: &State, lock: LockId, slot: u16) -> String {
    let spec = state.house.wanted.get(&(lock, slot)).and_then(|wanted| wanted.spec.as_ref());
    let credential = spec.and_then(|spec| state.house.credentials.get(&spec.credential));
    credential.map_or_else(|| format!("slot {slot}"), |row| words::person(&state.house, row.person))
}

/// Log lines for slots that have just been proven: in force, or gone.
pub(crate) fn proofs(state: &State, changes: &[Change]) -> Vec<Event> {
    let mut events = Vec::new();
    for change in changes {
        let Some((lock, slot, text)) = access::proven(&state.house, change).map(|proof| {
            let (name, _) = words::lock(&state.house, proof.lock);
            let who = proof.person.map_or_else(
                || "a code".to_owned(),
                |id| format!("the code of {}", words::person(&state.house, id)),
            );
            let text = match proof.what {
                access::Proven::InForce(access::Evidence::ReadBack) => {
                    format!("{who} is in force on {name} (read back)")
                }
                access::Proven::InForce(access::Evidence::Checksum) => {
                    format!("{who} is in force on {name} (checksum)")
                }
                access::Proven::InForce(_) => format!("{who} is in force on {name} (used at the door)"),
                access::Proven::Accepted => {
                    format!("{who} was accepted by {name}, which cannot be read: its first use proves it")
                }
                access::Proven::Gone => format!("{who} is gone from {name}"),
                access::Proven::RemovalAccepted => {
                    format!("the removal of {who} was accepted by {name}, which cannot be read")
                }
            };
            (proof.lock, (proof.slot, proof.person), text)
        }) else {
            continue;
        };
        let door = words::lock(&state.house, lock).1;
        let detail = serde_json::json!({ "lock": lock, "slot": slot.0 });
        events.push(Event { door, person: slot.1, detail, ..Event::plain("sync", text) });
    }
    events
}
