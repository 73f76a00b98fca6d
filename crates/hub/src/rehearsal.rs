//! Rehearsals of a dead battery and of a power cut: begun by a person, watched by what the lock tells meanwhile, kept
//! as a report. A document a lock, so that *last tested when* survives a restart. What was not tried is called so.

use access::LockId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::live::Live;
use crate::ports::{Bolt, Denial, Document, LockRecord, Order, RecordKind, RecordSource, Scope, Write};
use crate::state::State;
use crate::words;

/// Document kind of rehearsals; the key is the lock's id.
const KIND: &str = "rehearsal";
/// Reports kept for each lock.
const KEPT: usize = 10;
/// Longest rehearsal of a dead battery, in minutes: the lock's own bound.
pub const MINUTES_MAX: u8 = 15;

/// What is rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RehearsalKind {
    /// The lock behaves as if its cells were empty.
    DeadBattery,
    /// Somebody takes the cells out, and puts them back.
    PowerCut,
}

/// One rehearsal, running or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// What.
    pub kind: RehearsalKind,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub began: Timestamp,
    /// When it ended; `None`: it runs.
    pub ended: Option<Timestamp>,
    /// Where the bolt was at the beginning.
    pub bolt_before: Bolt,
    /// Where it was at the end.
    pub bolt_after: Option<Bolt>,
    /// A code, card or finger was refused for want of power.
    pub refused: Option<Timestamp>,
    /// The key or thumbturn turned the bolt.
    pub by_hand: Option<Timestamp>,
    /// An emergency code was tried.
    pub emergency: Option<Timestamp>,
    /// The lock started anew.
    pub restarted: Option<Timestamp>,
    /// A code, card or finger opened after that.
    pub opened_after: Option<Timestamp>,
    /// Something opened while the battery was meant to be dead, other than a hand.
    pub opened_meanwhile: Option<Timestamp>,
    /// Records were lost.
    pub lost: bool,
    /// Its clock was right at the end.
    pub clock_known: Option<bool>,
}

/// How a check of a rehearsal came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// Nobody tried, or it cannot be known.
    NotTried,
    /// Not as it should be.
    Failed,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// How it came out.
    pub outcome: Outcome,
    /// In a sentence.
    pub text: String,
}

/// The rehearsals of a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rehearsals {
    /// The one that runs.
    pub running: Option<Rehearsal>,
    /// Those that are over, newest first, at most ten.
    pub kept: Vec<Rehearsal>,
}

impl Rehearsals {
    /// The newest finished one of a kind.
    pub fn last(&self, kind: RehearsalKind) -> Option<&Rehearsal> {
        self.kept.iter().find(|rehearsal| rehearsal.kind == kind)
    }

    fn end(&mut self, now: Timestamp, bolt: Bolt, clock_known: Option<bool>) {
        let Some(mut over) = self.running.take() else { return };
        over.ended = Some(now);
        over.bolt_after = Some(bolt);
        over.clock_known = clock_known;
        self.kept.insert(0, over);
        self.kept.truncate(KEPT);
    }
}

impl Rehearsal {
    /// Takes in what the lock tells; true when it says something about this rehearsal.
    fn note(&mut self, record: &LockRecord, now: Timestamp) -> bool {
        let before = self.clone();
        let at = Some(record.at.filter(|at| *at >= self.began && *at <= now).unwrap_or(now));
        let hand =
            matches!(record.source, RecordSource::Key | RecordSource::Thumbturn | RecordSource::Manual);
        let person =
            matches!(record.source, RecordSource::Keypad | RecordSource::Rfid | RecordSource::Fingerprint);
        match &record.kind {
            RecordKind::Denied(Denial::Battery) => self.refused = at,
            RecordKind::EmergencyCode => self.emergency = at,
            RecordKind::Unlocked | RecordKind::Locked if hand => self.by_hand = at,
            RecordKind::Unlocked if person && self.restarted.is_some() => self.opened_after = at,
            RecordKind::Unlocked => self.opened_meanwhile = at,
            RecordKind::Restarted => self.restarted = at,
            RecordKind::RecordsLost { .. } => self.lost = true,
            _ => {}
        }
        *self != before
    }

    /// The report: what was seen, what was not tried, what went wrong.
    pub fn checks(&self) -> Vec<Check> {
        match self.kind {
            RehearsalKind::DeadBattery => self.checks_of_dead_battery(),
            RehearsalKind::PowerCut => self.checks_of_power_cut(),
        }
    }

    fn checks_of_dead_battery(&self) -> Vec<Check> {
        vec![
            tried(
                self.refused.is_some(),
                "A code was refused, as it would be with empty cells.",
                "No code was tried: whether the lock refuses it was not seen.",
            ),
            match self.opened_meanwhile {
                None => check(Outcome::Passed, "Nothing opened it but a hand."),
                Some(_) => {
                    check(Outcome::Failed, "Something opened it although the battery counted as empty.")
                }
            },
            tried(
                self.by_hand.is_some(),
                "The key or thumbturn turned the bolt.",
                "Nobody turned the key: try whether it is there, and turns.",
            ),
            tried(
                self.emergency.is_some(),
                "The emergency code was typed and known; it counts as tested.",
                "No emergency code was typed.",
            ),
        ]
    }

    fn checks_of_power_cut(&self) -> Vec<Check> {
        let mut checks = vec![tried(
            self.restarted.is_some(),
            "The power was gone, and the lock started anew.",
            "The lock did not lose its power as far as is known.",
        )];
        if self.restarted.is_none() {
            return checks;
        }
        checks.push(match (self.bolt_before, self.bolt_after) {
            (Bolt::Unknown, _) | (_, None | Some(Bolt::Unknown)) => {
                check(Outcome::NotTried, "Where the bolt was, before or after, is not known.")
            }
            (before, Some(after)) if before == after => {
                check(Outcome::Passed, "The bolt is where it was before.")
            }
            (_, Some(_)) if self.by_hand.is_some() || self.opened().is_some() => {
                check(Outcome::Passed, "The bolt moved by a hand or a code only, as far as is known.")
            }
            (_, Some(Bolt::Extended)) => check(Outcome::Passed, "The bolt went out: it ended locked."),
            (_, Some(_)) => {
                check(Outcome::Failed, "The bolt is not where it was, and no hand is known to have moved it.")
            }
        });
        checks.push(match self.clock_known {
            Some(true) => check(Outcome::Passed, "Its clock is right again: codes with hours work."),
            Some(false) => {
                check(Outcome::Failed, "Its clock was not right again at the end: codes with hours waited.")
            }
            None => check(Outcome::NotTried, "It tells nothing of a clock."),
        });
        checks.push(if self.lost {
            check(Outcome::Failed, "Records of entries were lost.")
        } else {
            check(Outcome::Passed, "No record of an entry is missing.")
        });
        checks.push(tried(
            self.opened_after.is_some(),
            "A code opened it afterwards.",
            "No code was tried afterwards: try one.",
        ));
        checks
    }

    fn opened(&self) -> Option<Timestamp> {
        self.opened_after.or(self.opened_meanwhile)
    }

    /// Whether nothing went wrong.
    pub fn is_good(&self) -> bool {
        self.checks().iter().all(|check| check.outcome != Outcome::Failed)
    }
}

fn check(outcome: Outcome, text: &str) -> Check {
    Check { outcome, text: text.to_owned() }
}

fn tried(seen: bool, good: &str, not: &str) -> Check {
    if seen { check(Outcome::Passed, good) } else { check(Outcome::NotTried, not) }
}

/// What is kept of a lock.
pub(crate) fn kept(state: &State, lock: LockId) -> Rehearsals {
    let document = state.documents.get(&(KIND.to_owned(), lock.to_string()));
    document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default()
}

fn put(draft: &mut Draft, state: &State, lock: LockId, all: &Rehearsals) {
    let key = lock.to_string();
    let version = state.documents.get(&(KIND.to_owned(), key.clone())).map_or(1, |old| old.version + 1);
    if let Ok(body) = serde_json::to_string(all) {
        draft.writes.push(Write::Document(Document { kind: KIND.into(), key, body, version }));
    }
}

/// Lets a running rehearsal know of a record. A rehearsal of a dead battery ends with the lock's own word.
pub(crate) fn note(draft: &mut Draft, state: &State, lock: LockId, record: &LockRecord, now: Timestamp) {
    let mut all = kept(state, lock);
    let Some(running) = &mut all.running else { return };
    let mut told = running.note(record, now);
    if record.kind == RecordKind::RehearsalEnded && running.kind == RehearsalKind::DeadBattery {
        let live = state.live.get(&lock);
        let bolt = live.map_or(Bolt::Unknown, |live| live.bolt.0);
        all.end(now, bolt, live.and_then(|live| live.clock_known));
        told = true;
    }
    if told {
        put(draft, state, lock, &all);
    }
}

impl Hub {
    /// Begins a rehearsal. For a dead battery the lock is asked to behave so for `minutes` (1 to 15); for a power cut
    /// the person takes the cells out and puts them back.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Refused` when one runs already or the minutes are out of range, `Link`.
    pub async fn begin_rehearsal(
        &self,
        actor: &Actor,
        lock: LockId,
        kind: RehearsalKind,
        minutes: u8,
    ) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let (address, _) = self.address_of(lock)?;
        if address.is_told() {
            return Err(HubError::Refused(
                "this lock is only told: note the day of your test on its page instead".into(),
            ));
        }
        if kind == RehearsalKind::DeadBattery && !(1..=MINUTES_MAX).contains(&minutes) {
            return Err(HubError::Refused(format!("a rehearsal takes 1 to {MINUTES_MAX} minutes")));
        }
        let by = actor.name.clone();
        let begin: crate::hub::Decide = Box::new(move |state, now| {
            let mut all = kept(state, lock);
            if all.running.is_some() {
                return Err(HubError::Refused("a rehearsal of this lock runs already: end it first".into()));
            }
            let bolt_before = state.live.get(&lock).map_or(Bolt::Unknown, |live| live.bolt.0);
            let (name, door) = words::lock(&state.house, lock);
            let what = match kind {
                RehearsalKind::DeadBattery => "a dead battery",
                RehearsalKind::PowerCut => "a power cut",
            };
            let text = format!("{by} began a rehearsal of {what} at {name}");
            all.running = Some(Rehearsal {
                kind,
                by,
                began: now,
                ended: None,
                bolt_before,
                bolt_after: None,
                refused: None,
                by_hand: None,
                emergency: None,
                restarted: None,
                opened_after: None,
                opened_meanwhile: None,
                lost: false,
                clock_known: None,
            });
            let detail = serde_json::json!({ "lock": lock });
            let mut draft = Draft::default();
            draft.events.push(Event { door, detail, ..Event::plain("command", text) });
            put(&mut draft, state, lock, &all);
            draft.live.push(Live::Lock(lock));
            Ok(draft)
        });
        self.write(Touches::Lock(lock), begin).await?;
        if kind == RehearsalKind::DeadBattery
            && let Err(error) = self.order(actor, lock, Order::RehearseDeadBattery { minutes }).await
        {
            // nothing began: nothing is kept
            self.forget_running(lock).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Ends the rehearsal that runs and keeps its report. Without one nothing happens.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, storage. A lock out of reach ends its own rehearsal by itself.
    pub async fn end_rehearsal(&self, actor: &Actor, lock: LockId) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        self.address_of(lock)?;
        let Some(running) = kept(&self.state(), lock).running else { return Ok(()) };
        if running.kind == RehearsalKind::DeadBattery {
            let ended = self.order(actor, lock, Order::RehearseDeadBattery { minutes: 0 }).await;
            if let Err(error) = ended {
                tracing::debug!(%error, "the lock ends its rehearsal by itself");
            }
        }
        let end: crate::hub::Decide = Box::new(move |state, now| {
            let mut all = kept(state, lock);
            if all.running.is_none() {
                // the lock's own word was quicker
                return Ok(Draft::default());
            }
            let live = state.live.get(&lock);
            let bolt = live.map_or(Bolt::Unknown, |live| live.bolt.0);
            all.end(now, bolt, live.and_then(|live| live.clock_known));
            let (name, door) = words::lock(&state.house, lock);
            let text = format!("the rehearsal at {name} ended; its report is on the lock's page");
            let detail = serde_json::json!({ "lock": lock });
            let mut draft = Draft::default();
            draft.events.push(Event { door, detail, ..Event::plain("command", text) });
            put(&mut draft, state, lock, &all);
            draft.live.push(Live::Lock(lock));
            Ok(draft)
        });
        self.write(Touches::Lock(lock), end).await
    }

    async fn forget_running(&self, lock: LockId) -> Result<(), HubError> {
        self.write(
            Touches::Lock(lock),
            Box::new(move |state, _| {
                let mut draft = Draft::default();
                put(&mut draft, state, lock, &Rehearsals { running: None, ..kept(state, lock) });
                Ok(draft)
            }),
        )
        .await
    }
}
