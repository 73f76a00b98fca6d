//! A canonical form of the state, for walking all states of a small lock and for comparing locks before and after
//! loss of power. Two locks with the same form do the same for ever, up to the renamings named at each field. Not
//! used by the lock itself.
//!
//! Every field of the state is fed by the derived `Hash`; here stand only the renamings, as changes to a copy. A field
//! that is added counts by itself.

use core::hash::{Hash, Hasher};
use core::num::NonZeroU64;

use crate::lock::Lock;
use crate::state::moment;
use crate::state::{Challenge, Core, Live, Partial, Peer, Travel};
use crate::words::{Millis, Seconds};

/// How to look at a state.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Wall times at or beyond this are one (every rule compares the wall clock with constants, so beyond the last of
    /// them nothing changes). Use a moment after every schedule and lease in play.
    pub horizon: Seconds,
    /// Leave out everything but the configuration.
    pub configuration_only: bool,
}

/// Hands everything that is hashed to `out`.
struct Feed<'a, F: FnMut(&[u8])>(&'a mut F);

impl<F: FnMut(&[u8])> Hasher for Feed<'_, F> {
    fn write(&mut self, bytes: &[u8]) {
        (self.0)(bytes);
    }
    fn finish(&self) -> u64 {
        0
    }
}

impl<
    const U: usize,
    const C: usize,
    const W: usize,
    const Y: usize,
    const H: usize,
    const A: usize,
    const E: usize,
    const P: usize,
    const R: usize,
> Lock<U, C, W, Y, H, A, E, P, R>
{
    /// Feeds the canonical form to `out`, piece by piece.
    pub fn canonical(&mut self, view: View, out: &mut impl FnMut(&[u8])) {
        let core = self.core();
        let feed = &mut Feed(out);
        core.canonical_config(feed);
        if !view.configuration_only {
            core.canonical_vitals(view, feed);
            core.canonical_live(view, feed);
        }
    }

    /// Instants after now at which time alone changes what the lock does, relative to now, in milliseconds: its
    /// timers, and the ends of what it only looks at when asked.
    #[must_use]
    pub fn next_change(&mut self) -> Option<Millis> {
        let next = self.next_timer();
        let core = self.core();
        let now = core.live.now;
        // an entry and the first of two credentials have timers of their own while there is one
        let silent = core.challenges.iter().map(|c| c.until).chain([core.live.hand_until]);
        let all = silent.chain(next);
        all.filter_map(|at| at.checked_sub(now)).filter(|wait| *wait > 0).min()
    }

    /// Wrong attempts since the last valid entry that the lock knows of at the keypad, with cards, with fingers and in
    /// remote commands, each lock-out counted with the attempts that led to it.
    #[must_use]
    pub fn attempts_known(&self) -> [u32; 4] {
        let limit = u32::from(self.config.settings.wrong_limit);
        self.vitals
            .attempts
            .map(|a| u32::from(a.wrong).saturating_add(u32::from(a.lockouts).saturating_mul(limit)))
    }
}

impl Core<'_> {
    /// Left out: identity and keys (a renaming: they are only compared and used as keys), names, numbers of persons,
    /// nodes, last modifiers and last tests (only shown). Versions are only compared, so their order will do.
    fn canonical_config(&self, feed: &mut impl Hasher) {
        let mut config = *self.config;
        (config.lock_id, config.mac_key) = ([0; 16], [0; 32]);
        let revoked = config.revoked;
        config.version = u32::from(config.version > revoked);
        config.revoked = 0;
        config.hash(feed);
        for peer in self.peers.iter() {
            Peer { node: 0, key: [0; 32], ..*peer }.hash(feed);
        }
        self.aliro.hash(feed);
        for user in self.users.iter() {
            let mut user = *user;
            (user.name, user.unique_id, user.modifier) = (crate::Name::EMPTY, 0, 0);
            // no part of the configuration; below
            user.gone = false;
            user.hash(feed);
        }
        for credential in self.credentials.iter() {
            let mut c = *credential;
            let below = self.credentials.iter().filter(|o| o.taken() && o.version < c.version).count();
            (c.version <= revoked, below).hash(feed);
            (c.version, c.modifier, c.tested) = (0, 0, 0);
            c.hash(feed);
        }
        self.week_days.hash(feed);
        self.year_days.hash(feed);
        self.holidays.hash(feed);
        self.aliro_keys.hash(feed);
    }

    /// Left out: numbers of records and starts, chain, acknowledgement (records are only numbered on: a renaming), and
    /// counts of door movements (no rule reads them). What was left of lock-outs when the counters were last written
    /// is overwritten before it is used; the lock-outs themselves are in the live part.
    fn canonical_vitals(&self, view: View, feed: &mut impl Hasher) {
        let mut v = *self.vitals;
        (v.boot, v.next_seq, v.acked) = (0, 0, 0);
        (v.chain_key, v.chain_mac) = ([0; 32], [0; 16]);
        (v.door_open_events, v.door_closed_events) = (0, 0);
        v.wall = v.wall.min(view.horizon);
        let since = self.live.now.saturating_sub(self.live.aged_at);
        for attempts in &mut v.attempts {
            attempts.left = 0;
            let age = if attempts.spent > 0 { u64::from(attempts.age).saturating_add(since) } else { 0 };
            attempts.age = 0;
            age.hash(feed);
        }
        v.hash(feed);
    }

    /// Times are relative to now (only differences are ever looked at) and over is over. Left out: challenge bytes
    /// (fresh each time: a renaming), push and challenge counts and storage's sequence numbers (only numbered on),
    /// millivolts and the last decision (only shown).
    fn canonical_live(&self, view: View, feed: &mut impl Hasher) {
        let mut live = self.live.clone();
        let now = core::mem::take(&mut live.now);
        let left = |at: Millis| at.saturating_sub(now);
        live.open_since = self.ajar_at().map_or(0, left);
        live.travel = live.travel.map(|travel| Travel {
            until: left(travel.until),
            // only for the log
            credentials: [None; 3],
            node: 0,
            record: 0,
            version: 0,
            ..travel
        });
        live.hand_until = left(live.hand_until);
        // due is due, however long ago
        live.relock_at = live.relock_at.and_then(|at| moment(left(at.get())));
        live.partial.until = left(live.partial.until);
        if live.partial.user == 0 || live.partial.until == 0 {
            live.partial = Partial::NONE;
        }
        live.entry_until = if live.entry.is_empty() { 0 } else { left(live.entry_until) };
        live.lockout = live.lockout.map(left);
        live.aged_at = 0;
        let counting = self.vitals.attempts.iter().any(|a| a.spent > 0);
        live.vitals_at = if counting { now.saturating_sub(live.vitals_at) } else { 0 };
        let wall = self.wall();
        let ticking = wall > 0 && wall < view.horizon;
        live.wall_at = if ticking { now.saturating_sub(live.wall_at) % 1000 } else { 0 };
        live.wall_base = wall.min(view.horizon);
        live.rehearsal_until = left(live.rehearsal_until);
        (live.challenge_count, live.push_count) = (0, 0);
        (live.millivolts, live.decision) = (0, None);
        (live.config_seq, live.vitals_seq) = (0, 0);
        live.synced_chain = live.synced_chain.map(|_| (NonZeroU64::MIN, [0; 32], [0; 16]));
        Live::hash(&live, feed);
        self.users.iter().for_each(|user| user.gone.hash(feed));
        for challenge in self.challenges.iter() {
            let until = left(challenge.until);
            let failed = if until > 0 { challenge.failed } else { 0 };
            Challenge { bytes: [0; 16], until, failed, ..*challenge }.hash(feed);
        }
    }
}
