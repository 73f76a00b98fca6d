//! What is remembered of one lock: what it told, what was written from here, when to look again. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use access::Capabilities;
use hub::ports::LockReport;

use super::budget::Budget;
use super::facts::Facts;
use super::translate::BoltValues;

/// A change of a slot so soon after ours is ours.
pub(super) const OWN_CHANGE: Duration = Duration::from_secs(30);
/// A refusal as duplicate counts for a write so long ago at most.
const REFUSAL: Duration = Duration::from_secs(60);
/// That every slot is empty, proven by a checksum of zero, holds for so long at most.
const EMPTY_HOLDS: Duration = Duration::from_secs(60);
/// The checksum over all codes is asked for so long after the last change from here, ...
const SETTLED: Duration = Duration::from_secs(20);
/// ... and again after so long.
const CHECK_AGAIN: Duration = Duration::from_secs(12 * 3600);

/// One lock.
pub(super) struct Known {
    pub facts: Facts,
    pub key: String,
    pub told: Capabilities,
    pub bolt: BoltValues,
    pub report: LockReport,
    pub auto_relock: Option<u16>,
    pub contact: Option<bool>,
    pub asleep: bool,
    pub wake_up_s: Option<u32>,
    pub own: BTreeMap<u16, Duration>,
    pub refused: Option<(Option<u16>, Duration)>,
    /// Slots seen empty since they were last written: nothing of a schedule is left there.
    pub clean: BTreeSet<u16>,
    /// Every slot was proven empty at that moment; those written since.
    pub all_empty: Option<(Duration, BTreeSet<u16>)>,
    pub empty_asked: bool,
    pub masked: bool,
    pub statuses: BTreeMap<u16, u8>,
    pub check: Check,
    pub ping: Option<(u32, Duration)>,
    pub budget: Budget,
}

/// The drift check of one lock.
#[derive(Debug, Default)]
pub(super) struct Check {
    sum: Option<u16>,
    /// Last change from here: the sum is not as it was for a reason.
    pub changed: Option<Duration>,
    pub due: Option<Duration>,
    pub under_way: bool,
}

impl Check {
    /// Takes the sum over all codes; true: it is not as it was, and nothing explains why.
    pub(super) fn take(&mut self, sum: Option<u16>, now: Duration) -> bool {
        self.under_way = false;
        self.due = Some(now + CHECK_AGAIN);
        let Some(sum) = sum else { return false };
        let explained = self.changed.take().is_some();
        let before = self.sum.replace(sum);
        before.is_some_and(|before| before != sum) && !explained
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        let settled = self.changed.is_none_or(|at| now.saturating_sub(at) >= SETTLED);
        let wanted = self.changed.is_some() || self.due.is_none_or(|due| due <= now);
        !self.under_way && settled && wanted
    }
}

impl Known {
    pub(super) fn new(key: &str, facts: &Facts, now: Duration) -> Self {
        Self {
            facts: facts.clone(),
            key: key.to_owned(),
            told: facts.capabilities(false),
            bolt: BoltValues::default(),
            report: LockReport::default(),
            auto_relock: None,
            contact: None,
            asleep: false,
            wake_up_s: None,
            own: BTreeMap::new(),
            refused: None,
            clean: BTreeSet::new(),
            all_empty: None,
            empty_asked: false,
            masked: false,
            statuses: BTreeMap::new(),
            check: Check::default(),
            ping: None,
            budget: Budget::new(now),
        }
    }

    /// A slot is about to be written from here.
    pub(super) fn writing(&mut self, slot: u16, now: Duration) {
        self.own.retain(|_, at| now.saturating_sub(*at) < OWN_CHANGE);
        self.own.insert(slot, now);
        self.check.changed = Some(now);
        self.clean.remove(&slot);
        self.refused = None;
        if let Some((_, written)) = &mut self.all_empty {
            written.insert(slot);
        }
    }

    /// A slot was read from here.
    pub(super) fn read(&mut self, slot: u16, empty: bool) {
        if empty {
            self.clean.insert(slot);
        } else {
            self.clean.remove(&slot);
        }
    }

    /// A checksum of zero was asked for: every slot is empty, or not.
    pub(super) fn asked_all(&mut self, sum: u16, now: Duration) {
        self.empty_asked = true;
        if sum == 0 {
            self.all_empty = Some((now, BTreeSet::new()));
        }
    }

    /// Whether this slot is known to be empty without asking for it.
    pub(super) fn is_surely_empty(&self, slot: u16, now: Duration) -> bool {
        self.all_empty
            .as_ref()
            .is_some_and(|(at, written)| now.saturating_sub(*at) < EMPTY_HOLDS && !written.contains(&slot))
    }

    /// Somebody else changed codes: what rested on nobody having done so no longer holds.
    pub(super) fn foreign_change(&mut self, now: Duration) {
        self.all_empty = None;
        self.clean.clear();
        self.check.changed = Some(now);
    }

    /// Whether the lock refused what was last written to this slot as a duplicate.
    pub(super) fn was_refused(&mut self, slot: u16, now: Duration) -> bool {
        let hit = self.refused.is_some_and(|(named, at)| {
            now.saturating_sub(at) < REFUSAL && named.is_none_or(|named| named == slot)
        });
        hit && self.refused.take().is_some()
    }
}
