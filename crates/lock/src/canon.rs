//! A canonical form of the state, for walking all states of a small lock and for comparing locks before and after
//! loss of power. Two locks with the same form do the same for ever, up to the renamings named at each field. Not
//! used by the lock itself.

use crate::lock::Lock;
use crate::state::{Core, Partial, Travel};
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

impl<
    const U: usize,
    const C: usize,
    const W: usize,
    const Y: usize,
    const H: usize,
    const A: usize,
    const R: usize,
> Lock<U, C, W, Y, H, A, R>
{
    /// Feeds the canonical form to `out`, piece by piece.
    pub fn canonical(&mut self, view: View, out: &mut impl FnMut(&[u8])) {
        let core = self.core();
        core.canonical_config(out);
        if !view.configuration_only {
            core.canonical_vitals(view, out);
            core.canonical_live(view, out);
        }
    }

    /// Instants after now at which time alone changes what the lock does, relative to now, in milliseconds: its
    /// timers, and the ends of what it only looks at when asked.
    #[must_use]
    pub fn next_change(&mut self) -> Option<Millis> {
        let next = self.next_timer();
        let core = self.core();
        let now = core.live.now;
        let silent = [core.live.hand_until, core.live.partial.until, core.live.entry_until];
        let challenges = core.live.challenges.iter().map(|c| c.until);
        let all = silent.into_iter().chain(challenges).chain(next);
        all.filter_map(|at| at.checked_sub(now)).filter(|wait| *wait > 0).min()
    }

    /// Wrong attempts since the last valid entry that the lock knows of at the keypad and in remote commands, each
    /// lock-out counted with the attempts that led to it.
    #[must_use]
    pub fn attempts_known(&self) -> [u32; 2] {
        let limit = u32::from(self.config.settings.wrong_limit);
        let [keypad, _, _, remote] = self.vitals.attempts;
        [keypad, remote]
            .map(|a| u32::from(a.wrong).saturating_add(u32::from(a.lockouts).saturating_mul(limit)))
    }
}

impl Core<'_> {
    fn canonical_config(&self, out: &mut impl FnMut(&[u8])) {
        let config = &*self.config;
        out(&[u8::from(config.commissioned)]);
        for peer in &config.peers {
            out(&[u8::from(peer.used), peer.privilege.code(), peer.fabric]);
        }
        self.settings_bytes(out);
        out(&config.zone.offset.to_le_bytes());
        for change in config.zone.next {
            out(&change.at.to_le_bytes());
            out(&change.offset.to_le_bytes());
        }
        for user in self.users.iter() {
            out(&[user.status.code(), user.user_type.code(), user.rule.code(), user.creator]);
            out(&user.expires.to_le_bytes());
        }
        for c in self.credentials.iter() {
            out(&c.user.to_le_bytes());
            out(&[c.which.kind.code(), c.emergency.code(), c.creator, u8::from(c.spent), u8::from(c.strong)]);
            out(&c.which.index.to_le_bytes());
            out(&c.not_after.to_le_bytes());
            out(&c.mac);
            // versions are only compared: an order-preserving renaming changes nothing, so their rank will do
            let below = self.credentials.iter().filter(|o| o.taken() && o.version < c.version).count();
            out(&[u8::from(c.version <= config.revoked), u8::try_from(below).unwrap_or(u8::MAX)]);
        }
        for s in self.week_days.iter() {
            out(&[s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute]);
        }
        for s in self.year_days.iter() {
            out(&s.start.to_le_bytes());
            out(&s.end.to_le_bytes());
        }
        for h in self.holidays.iter() {
            out(&h.start.to_le_bytes());
            out(&h.end.to_le_bytes());
            out(&[h.mode.code()]);
        }
    }

    fn clamp(wall: Seconds, view: View) -> [u8; 8] {
        wall.min(view.horizon).to_le_bytes()
    }

    /// Left out: numbers of records and starts, chain key, acknowledgement (records are only numbered on; a renaming
    /// changes nothing), and counts of door movements (no rule reads them).
    fn canonical_vitals(&self, view: View, out: &mut impl FnMut(&[u8])) {
        let v = &*self.vitals;
        for attempts in v.attempts {
            out(&[attempts.wrong, attempts.lockouts]);
            out(&attempts.spent.to_le_bytes());
            if attempts.spent > 0 {
                let age = attempts.age.saturating_add(self.live.now.saturating_sub(self.live.aged_at));
                out(&age.to_le_bytes());
            }
        }
        out(&Self::clamp(v.wall, view));
        out(&[v.quality.code(), u8::from(v.want_locked), u8::from(v.reserve_spent)]);
    }

    /// Times are relative to now (only differences are ever looked at) and over is over. Left out: challenge bytes
    /// (fresh each time: a renaming), push and challenge counts, millivolts and the last decision (only shown).
    fn canonical_live(&self, view: View, out: &mut impl FnMut(&[u8])) {
        let live = &*self.live;
        let left = |at: Millis| at.saturating_sub(live.now).to_le_bytes();
        out(&[bolt_code(live.bolt), leaf_code(live.leaf), u8::from(live.leaf_fitted)]);
        out(&[u8::from(live.forced), u8::from(live.ajar), u8::from(live.jammed), live.retries]);
        if live.leaf == crate::Leaf::Open && !live.ajar {
            out(&left(self.ajar_at().unwrap_or(0)));
        }
        canonical_travel(live.travel, live.now, out);
        out(&left(live.hand_until));
        out(&[u8::from(live.relock_at.is_some())]);
        out(&left(live.relock_at.unwrap_or(0)));
        canonical_partial(&live.partial, live.now, out);
        out(live.entry.expose());
        if !live.entry.is_empty() {
            out(&left(live.entry_until));
        }
        for until in live.lockout {
            out(&left(until));
        }
        out(&[live.mode_seen.code(), live.battery.code(), u8::from(live.storage_failed), u8::from(live.gap)]);
        out(&Self::clamp(self.wall(), view));
        for challenge in live.challenges {
            out(&left(challenge.until));
            out(&[if challenge.until > live.now { challenge.failed } else { 0 }]);
        }
        out(&left(live.rehearsal_until));
        if self.vitals.attempts.iter().any(|a| a.spent > 0) {
            out(&live.now.saturating_sub(live.vitals_at).to_le_bytes());
        }
        out(&[u8::from(live.vitals_seq != live.vitals_synced)]);
    }
}

fn canonical_travel(travel: Option<Travel>, now: Millis, out: &mut impl FnMut(&[u8])) {
    let Some(t) = travel else { return out(&[0]) };
    out(&[1, t.operation.code(), t.source.code(), t.allowed_by.code(), t.fabric]);
    out(&t.user.to_le_bytes());
    out(&t.until.saturating_sub(now).to_le_bytes());
    out(&t.relock.to_le_bytes());
}

fn canonical_partial(partial: &Partial, now: Millis, out: &mut impl FnMut(&[u8])) {
    out(&partial.user.to_le_bytes());
    if partial.user != 0 {
        out(&partial.until.saturating_sub(now).to_le_bytes());
        for shown in partial.shown {
            out(&[shown.map_or(255, |c| c.kind.code())]);
            out(&shown.map_or(0, |c| c.index).to_le_bytes());
        }
    }
}

const fn bolt_code(bolt: crate::Bolt) -> u8 {
    match bolt {
        crate::Bolt::Extended => 0,
        crate::Bolt::Retracted => 1,
        crate::Bolt::Unlatched => 2,
        crate::Bolt::Between => 3,
        crate::Bolt::Unknown => 4,
    }
}

const fn leaf_code(leaf: crate::Leaf) -> u8 {
    match leaf {
        crate::Leaf::Closed => 0,
        crate::Leaf::Open => 1,
        crate::Leaf::Unknown => 2,
    }
}
