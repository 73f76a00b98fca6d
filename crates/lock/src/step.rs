//! One step: what was due by now is done, then the input goes to the rule that answers it. Decides nothing itself.

use core::num::NonZeroU64;

use crate::effects::Effects;
use crate::input::Input;
use crate::record::{Record, RecordKind};
use crate::state::{Core, Partial};
use crate::storage::Storage;
use crate::words::{Millis, Source};

/// While attempts are on the books, the counters are written at least this often, so that time served is kept over
/// loss of power.
const CHECKPOINT_MS: Millis = 3_600_000;

impl Core<'_> {
    pub(crate) fn step(
        &mut self,
        now: Millis,
        input: Input,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        self.live.now = self.live.now.max(now);
        self.due(storage, effects);
        match input {
            Input::Commission(c) => {
                self.commission(&c, storage, effects);
            }
            Input::Key(key) => self.key(key, storage, effects),
            Input::Shown { kind, data, weak } => self.shown(kind, &data, weak, storage, effects),
            Input::NotMatched(kind) => self.not_matched(kind, storage, effects),
            Input::AskChallenge { peer, entropy } => self.ask_challenge(peer, &entropy, effects),
            Input::Frame(frame) => self.frame(&frame, storage, effects),
            Input::Hand(hand) => self.hand(hand, storage, effects),
            Input::Bolt(bolt) => self.bolt(bolt, storage, effects),
            Input::Leaf(leaf) => self.leaf(leaf, storage, effects),
            Input::Motor(motor) => self.motor(motor, storage, effects),
            Input::Battery(reading) => self.battery(reading, storage, effects),
            Input::ClockChip(read) => self.clock_chip(read, storage, effects),
            Input::ClockLost => self.clock_lost(storage, effects),
            Input::Timer => {}
        }
    }

    /// Everything that time alone brings about.
    fn due(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        let now = self.live.now;
        if self.live.entry_until <= now && !self.live.entry.is_empty() {
            self.live.entry.clear();
        }
        if self.live.partial.until <= now {
            self.live.partial = Partial::NONE;
        }
        if self.live.rehearsal_until != 0 && self.live.rehearsal_until <= now {
            self.live.rehearsal_until = 0;
            effects.changed = true;
            self.note(Record::of(RecordKind::Rehearsal, Source::Auto), storage, effects);
        }
        let mut over = false;
        for until in &mut self.live.lockout {
            if *until != 0 && *until <= now {
                *until = 0;
                over = true;
            }
        }
        effects.changed |= over;
        // a lock-out that is over must not come back with the power
        if over || self.checkpoint_at().is_some_and(|at| at <= now) {
            self.age_budgets();
            self.settle_vitals(storage);
            self.live.vitals_at = now;
        }
        self.notice_mode(effects);
        self.door_timers(storage, effects);
        self.name_the_gone(storage, effects);
    }

    fn checkpoint_at(&self) -> Option<Millis> {
        let counting = self.vitals.attempts.iter().any(|attempts| attempts.spent > 0);
        counting.then(|| self.live.vitals_at.saturating_add(CHECKPOINT_MS))
    }

    pub(crate) fn next_timer(&self) -> Option<Millis> {
        let live = &self.live;
        let some = |at: Millis| (at != 0).then_some(at);
        let waits = live.leaf == crate::Leaf::Open || live.travel.is_some();
        let relock = live.relock_at.filter(|_| !waits).map(NonZeroU64::get);
        let single = [
            (!live.entry.is_empty()).then_some(live.entry_until),
            some(live.partial.until),
            some(live.rehearsal_until),
            relock,
            live.travel.map(|travel| travel.until),
            self.ajar_at(),
            self.checkpoint_at(),
            self.next_edge().map(|wait| live.now.saturating_add(wait)),
            live.naming.map(|_| live.now),
        ];
        let lockouts = live.lockout.iter().copied().filter_map(some);
        single.into_iter().flatten().chain(lockouts).min()
    }
}
