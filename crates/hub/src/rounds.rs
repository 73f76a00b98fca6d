//! What the work loop does besides work: it notices what no event tells (a clock that jumped, a lock that fell
//! silent, access that ran out), looks at red flags and batteries, delivers alerts, and says how long it may nap.
//!
//! Each of these has a moment of its own. A house in which nothing happens is looked at no more often than
//! [`Clock::nap_max`] asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::LockId;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};

use crate::alerts::raise;
use crate::draft::{Draft, Event};
use crate::hub::{Hub, Touches};
use crate::ports::{AlertKind, Clock};
use crate::words;

/// A lock that is silent for longer than this, although it does not sleep, is worth an alert.
const SILENT: SignedDuration = SignedDuration::from_mins(10);
/// Wall time may drift from monotonic time by so much in one round before it counts as a jump.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// Slots whose time is over are freed no more often than this: the codes themselves end by the plan, on the minute.
const LAPSE_EVERY: Duration = Duration::from_secs(10);
/// After a change, red flags are looked at so soon.
const FLAGS_AFTER: Duration = Duration::from_secs(5);
/// And without one so often: a flag that only time raises counts in months.
const FLAGS_EVERY: Duration = Duration::from_secs(3600);
/// How often the forecasts of all batteries are looked at, told or not.
const BATTERIES_EVERY: Duration = Duration::from_secs(3600);

/// What the loop remembers between rounds; nothing in it has to survive.
pub(crate) struct Rounds {
    pub busy: BTreeSet<LockId>,
    pub again: BTreeSet<LockId>,
    pub due: BTreeMap<LockId, Timestamp>,
    /// When each lock's clock was set or tried last, and for which zone.
    pub clock_tried: BTreeMap<LockId, (Timestamp, String)>,
    /// Something ran out: its slot is to be freed.
    pub over: bool,
    /// What living grants give was looked for since the start and the last jump of the clock.
    resumed: bool,
    told_silent: BTreeSet<LockId>,
    /// When the next lock will have been silent for too long.
    silent_at: Option<Timestamp>,
    last: (Timestamp, Duration),
    lapsed: Option<Duration>,
    /// When red flags were looked at, and which change was the newest then.
    flags: Option<(Duration, u64)>,
    batteries: Option<Duration>,
    arrivals: crate::arrivals::Watch,
}

impl Rounds {
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self {
            busy: BTreeSet::new(),
            again: BTreeSet::new(),
            due: BTreeMap::new(),
            clock_tried: BTreeMap::new(),
            over: false,
            resumed: false,
            told_silent: BTreeSet::new(),
            silent_at: None,
            last: (clock.now(), clock.monotonic()),
            lapsed: None,
            flags: None,
            batteries: None,
            arrivals: crate::arrivals::Watch::default(),
        }
    }
}

/// What is left of a wait that began then.
fn rest(wait: Duration, began: Option<Duration>, now: Duration) -> Duration {
    began.map_or(Duration::ZERO, |began| wait.saturating_sub(now.saturating_sub(began)))
}

impl Hub {
    /// How long nothing is due, unless something happens.
    pub(crate) fn until_due(&self, rounds: &Rounds) -> Duration {
        if rounds.again.iter().any(|id| !rounds.busy.contains(id)) {
            return Duration::ZERO;
        }
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let next = rounds.due.iter().filter(|(id, _)| !rounds.busy.contains(id)).map(|(_, at)| *at).min();
        let next = next.into_iter().chain(rounds.silent_at).min();
        let nap = next.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
        let mut nap = nap.unwrap_or(Duration::MAX).min(self.clock.nap_max());
        let (flags_at, flags_of) = rounds.flags.unzip();
        let changed = flags_of != Some(self.changed());
        nap = nap.min(rest(if changed { FLAGS_AFTER } else { FLAGS_EVERY }, flags_at, monotonic));
        nap = nap.min(rest(BATTERIES_EVERY, rounds.batteries, monotonic));
        nap = nap.min(rounds.arrivals.rest(monotonic, self.changed()));
        if rounds.over { nap.min(rest(LAPSE_EVERY, rounds.lapsed, monotonic)) } else { nap }
    }

    /// Notices what no event tells, and does what is due besides work on locks.
    pub(crate) async fn look_around(&self, rounds: &mut Rounds) {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        let (then, since) = rounds.last;
        let passed = SignedDuration::try_from(monotonic.saturating_sub(since)).unwrap_or_default();
        let jump = now.duration_since(then) - passed;
        rounds.last = (now, monotonic);
        if jump.abs() > JUMP {
            let text = format!("the clock of this machine jumped by {} s: check its time", jump.as_secs());
            self.alert(None, AlertKind::ClockJumped, "this machine", text).await;
            rounds.clock_tried.clear();
            rounds.resumed = false;
            self.rouse_all();
        }
        if !rounds.resumed {
            rounds.resumed = self.resume_what_lives().await;
        }
        if rest(BATTERIES_EVERY, rounds.batteries, monotonic).is_zero() {
            rounds.batteries = Some(monotonic);
            self.look_at_batteries(now).await;
        }
        if rounds.over && rest(LAPSE_EVERY, rounds.lapsed, monotonic).is_zero() {
            rounds.lapsed = Some(monotonic);
            rounds.over = !self.end_what_ran_out().await;
        }
        let changed = rounds.flags.is_none_or(|(_, of)| of != self.changed());
        let wait = if changed { FLAGS_AFTER } else { FLAGS_EVERY };
        if rest(wait, rounds.flags.map(|(at, _)| at), monotonic).is_zero() {
            rounds.flags = Some((monotonic, self.changed()));
            self.watch_flags().await;
        }
        self.watch_arrivals(&mut rounds.arrivals).await;
        self.look_for_silent(rounds, now).await;
    }

    async fn look_for_silent(&self, rounds: &mut Rounds, now: Timestamp) {
        let mut silent: Vec<(LockId, String)> = Vec::new();
        rounds.silent_at = None;
        {
            let state = self.state();
            for (id, live) in state.live.iter().filter(|(_, live)| live.reachable == Some(false)) {
                let Some(expected) = live.next_contact.or(live.silent_since) else { continue };
                let late = now.duration_since(expected);
                if late > SILENT {
                    silent.push((*id, words::lock(&state.house, *id).0));
                } else {
                    // a moment more, so that it has passed by then
                    let at = expected.checked_add(SILENT + SignedDuration::from_secs(1)).ok();
                    rounds.silent_at = rounds.silent_at.into_iter().chain(at).min();
                }
            }
        }
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

    /// Grants whose time is over free their slots. False when that could not be written yet.
    async fn end_what_ran_out(&self) -> bool {
        if access::lapse(&self.state().house, self.clock.now()).is_empty() {
            return true;
        }
        let written = self
            .write(
                Touches::House,
                Box::new(|state, now| {
                    Ok(Draft { changes: access::lapse(&state.house, now), ..Draft::default() })
                }),
            )
            .await;
        if let Err(error) = &written {
            tracing::warn!(%error, "access that has ended could not be cleared yet");
        }
        written.is_ok()
    }

    /// A clock that was wrong ended what had not run out: it is wished again. False when that could not be written yet.
    async fn resume_what_lives(&self) -> bool {
        if access::resume(&self.state().house, self.clock.now()).is_empty() {
            return true;
        }
        let written = self
            .write(
                Touches::House,
                Box::new(|state, now| {
                    Ok(Draft { changes: access::resume(&state.house, now), ..Draft::default() })
                }),
            )
            .await;
        if let Err(error) = &written {
            tracing::warn!(%error, "access that lives again could not be wished yet");
        }
        written.is_ok()
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
    pub(crate) async fn alert_loop(&self) {
        let mut seen = self.subscribe();
        while !self.is_stopping() {
            let next = self.deliver_alerts().await;
            let now = self.clock.now();
            let wait = next.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
            let wait = wait.unwrap_or(Duration::MAX).min(self.clock.nap_max());
            let mut sleep = self.clock.sleep(wait).fuse();
            loop {
                futures::select_biased! {
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
