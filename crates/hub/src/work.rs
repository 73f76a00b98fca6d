//! The work loop: takes the difference between wanted and seen to the locks, one operation a lock at a time,
//! revocations first (the planner orders them). Every wait goes through the clock port.
//!
//! An operation is written down before it is sent and after it is answered, so a crash in between leaves a
//! named *in flight* errand, and the first thing after a start is to look what became of it.

use std::collections::{BTreeMap, BTreeSet};
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
use crate::state::State;
use crate::words;

/// The loop looks around at least this often, to notice a wall clock that jumped and a lock that fell silent.
const ROUND: Duration = Duration::from_secs(30);
/// A lock that is silent for longer than this, although it does not sleep, is worth an alert.
const SILENT: SignedDuration = SignedDuration::from_mins(10);
/// Wall time may drift from monotonic time by so much in one round before it counts as a jump.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// Slots whose time is over are freed within this: the codes themselves end by the plan, on the minute.
const LAPSE_EVERY: Duration = Duration::from_secs(10);
/// Red flags are looked at so often.
const FLAGS_EVERY: Duration = Duration::from_secs(5);
/// How often the forecasts of all batteries are looked at, told or not.
const BATTERIES_EVERY: Duration = Duration::from_secs(3600);
/// A lock's clock is set at least this often.
const CLOCK_AGAIN: SignedDuration = SignedDuration::from_hours(12);
/// After a failed attempt to set a lock's clock.
const CLOCK_RETRY: SignedDuration = SignedDuration::from_mins(1);

/// What the loop remembers between rounds; nothing in it has to survive.
struct Rounds {
    busy: BTreeSet<LockId>,
    again: BTreeSet<LockId>,
    due: BTreeMap<LockId, Timestamp>,
    /// When each lock's clock was set or tried last, and for which zone.
    clock_tried: BTreeMap<LockId, (Timestamp, String)>,
    told_silent: BTreeSet<LockId>,
    last: (Timestamp, Duration),
    lapsed: Option<Duration>,
    flags: Option<Duration>,
    batteries: Option<Duration>,
    arrivals: crate::arrivals::Watch,
}

impl Hub {
    pub(crate) async fn work(&self, mut wake: mpsc::Receiver<()>) {
        let mut rounds = Rounds {
            busy: BTreeSet::new(),
            again: BTreeSet::new(),
            due: BTreeMap::new(),
            clock_tried: BTreeMap::new(),
            told_silent: BTreeSet::new(),
            last: (self.clock.now(), self.clock.monotonic()),
            lapsed: None,
            flags: None,
            batteries: None,
            arrivals: crate::arrivals::Watch::default(),
        };
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
            futures::select! {
                _ = wake.next() => {}
                done = running.select_next_some() => self.task_done(&mut rounds, done),
                () = sleep => {}
                () = alerts => {}
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
            }
        }
        tasks
    }

    fn until_due(&self, rounds: &Rounds) -> Duration {
        let now = self.clock.now();
        let waiting = rounds.again.iter().any(|id| !rounds.busy.contains(id));
        if waiting {
            return Duration::ZERO;
        }
        let next = rounds.due.iter().filter(|(id, _)| !rounds.busy.contains(id)).map(|(_, at)| *at).min();
        let nap = next.map(|at| at.duration_since(now)).and_then(|wait| Duration::try_from(wait).ok());
        match next {
            Some(_) => nap.unwrap_or(Duration::ZERO).min(FLAGS_EVERY),
            None => FLAGS_EVERY,
        }
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
                    // storage that is full or stopping: do not spin
                    self.clock.sleep(Duration::from_secs(1)).await;
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
        let id = OpId::new(self.ids.uuid());
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

    /// Notices what no event tells: a clock that jumped, a lock that fell silent.
    async fn look_around(&self, rounds: &mut Rounds) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let (then, since) = rounds.last;
        let passed = SignedDuration::try_from(monotonic.saturating_sub(since)).unwrap_or_default();
        let jump = now.duration_since(then) - passed;
        rounds.last = (now, monotonic);
        if jump.abs() > JUMP {
            let text = format!("the clock of this machine jumped by {} s: check its time", jump.as_secs());
            self.alert(None, AlertKind::ClockJumped, "this machine", text).await;
            rounds.clock_tried.clear();
            self.rouse_all();
        }
        if rounds.batteries.is_none_or(|at| monotonic.saturating_sub(at) >= BATTERIES_EVERY) {
            rounds.batteries = Some(monotonic);
            self.look_at_batteries(now).await;
        }
        if rounds.lapsed.is_none_or(|at| monotonic.saturating_sub(at) >= LAPSE_EVERY) {
            rounds.lapsed = Some(monotonic);
            self.end_what_ran_out().await;
        }
        if rounds.flags.is_none_or(|at| monotonic.saturating_sub(at) >= FLAGS_EVERY) {
            rounds.flags = Some(monotonic);
            self.watch_flags().await;
        }
        self.watch_arrivals(&mut rounds.arrivals).await;
        let silent: Vec<(LockId, String)> = {
            let state = self.state();
            let gone = state.live.iter().filter(|(_, live)| {
                let expected = live.next_contact.or(live.silent_since);
                live.reachable == Some(false) && expected.is_some_and(|at| now.duration_since(at) > SILENT)
            });
            gone.map(|(id, _)| (*id, words::lock(&state.house, *id).0)).collect()
        };
        let ids: BTreeSet<LockId> = silent.iter().map(|(id, _)| *id).collect();
        rounds.told_silent.retain(|id| ids.contains(id));
        for (id, name) in silent {
            if rounds.told_silent.insert(id) {
                let text =
                    format!("nothing was heard from {name} for more than {} minutes", SILENT.as_mins());
                self.alert(Some(id), AlertKind::LostContact, &name, text).await;
            }
        }
    }

    /// Grants whose time is over free their slots.
    async fn end_what_ran_out(&self) {
        if access::lapse(&self.state().house, self.clock.now()).is_empty() {
            return;
        }
        let written = self
            .write(
                Touches::House,
                Box::new(|state, now| {
                    Ok(Draft { changes: access::lapse(&state.house, now), ..Draft::default() })
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "access that has ended could not be cleared yet");
        }
    }

    /// Raises an alert about the house's own database; the program that keeps its copies calls it.
    pub async fn storage_trouble(&self, text: String) {
        self.alert(None, AlertKind::Storage, "this machine", text).await;
    }

    async fn alert(&self, lock: Option<LockId>, kind: AlertKind, about: &str, text: String) {
        let (ids, about) = (self.ids.clone(), about.to_owned());
        let written = self
            .write(
                Touches::House,
                Box::new(move |state, now| {
                    let door = lock.and_then(|id| words::lock(&state.house, id).1);
                    let mut draft = Draft::default();
                    draft.events.push(Event { door, ..Event::plain("alert", text.clone()) });
                    raise(&mut draft, state, ids.as_ref(), now, kind, &about, text);
                    Ok(draft)
                }),
            )
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "an alert could not be written");
        }
    }

    /// Delivers alerts on its own, so that a slow receiver never holds up a lock.
    async fn alert_loop(&self) {
        let mut seen = self.subscribe();
        while !self.is_stopping() {
            let next = self.deliver_alerts().await;
            let now = self.clock.now();
            let wait = next
                .and_then(|at| Duration::try_from(at.duration_since(now)).ok())
                .unwrap_or(ROUND)
                .min(ROUND);
            let mut sleep = self.clock.sleep(wait).fuse();
            loop {
                futures::select! {
                    () = sleep => break,
                    message = seen.next().fuse() => match message {
                        Some(crate::live::Live::Alerts) => break,
                        Some(crate::live::Live::Lagged) | None => {
                            seen = self.subscribe();
                            break;
                        }
                        Some(_) => {}
                    },
                }
            }
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
    let state_now = draft.changes.iter().find_map(|change| match change {
        Change::Errand(errand) => Some(errand.state),
        _ => None,
    });
    let (name, door) = words::lock(&state.house, lock);
    let whose = whose(state, lock, op.slot);
    let text = match state_now {
        Some(ErrandState::Refused) => format!("{name} refuses the code of {whose}: {error}"),
        Some(ErrandState::Suspended) => {
            format!("the change of {whose} on {name} was tried several times and is suspended: {error}")
        }
        _ => return,
    };
    draft.events.push(Event { door, ..Event::plain("sync", text.clone()) });
    raise(draft, state, ids, now, AlertKind::ChangeRefused, &name, text);
}

fn whose(state: &State, lock: LockId, slot: u16) -> String {
    let spec = state.house.wanted.get(&(lock, slot)).and_then(|wanted| wanted.spec.as_ref());
    let credential = spec.and_then(|spec| state.house.credentials.get(&spec.credential));
    credential.map_or_else(|| format!("slot {slot}"), |row| words::person(&state.house, row.person))
}

/// Log lines for slots that have just been proven: in force, or gone.
fn proofs(state: &State, changes: &[Change]) -> Vec<Event> {
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
