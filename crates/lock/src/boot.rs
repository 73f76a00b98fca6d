//! The start of a lock: what it takes from storage, and its commissioning and erasure. Opens nothing.

use crate::answer::Status;
use crate::effects::Effects;
use crate::image::Found;
use crate::input::{Bolt, Commissioning, Leaf};
use crate::record::{Record, RecordKind};
use crate::state::{Challenge, Core, Live, Peer, Vitals};
use crate::storage::Storage;
use crate::words::{Alarm, ClockQuality, DoorState, LockState, Mode, Privilege, Source};

/// Fewest and most digits of a code.
pub(crate) const PIN_DIGITS: core::ops::RangeInclusive<usize> = 6..=10;

impl Core<'_> {
    pub(crate) fn boot(&mut self, now: u64, storage: &mut impl Storage, effects: &mut Effects) {
        self.live.now = now;
        self.live.aged_at = now;
        let vitals = self.load_vitals(storage);
        let config = self.load_config(storage, u64::MAX);
        if vitals == Found::Unreadable || config == Found::Unreadable {
            self.live.storage_failed = true;
            effects.alarms.raise(Alarm::StorageFailed);
        }
        if vitals != Found::Whole {
            *self.vitals = Vitals::FACTORY;
            if config == Found::Whole {
                // counters gone from a lock in use: somebody may want them gone, so begin with a lock-out
                self.start_locked_out();
                self.number_after_ring(storage);
            }
        }
        self.recover_ring(storage);
        self.vitals.boot = self.vitals.boot.saturating_add(1);
        self.vitals.quality = ClockQuality::Unknown;
        for (until, attempts) in self.live.lockout.iter_mut().zip(&self.vitals.attempts) {
            *until = now.saturating_add(attempts.left.into());
        }
        if self.config.commissioned {
            effects.alarms.raise(Alarm::PowerCycled);
            let lost = u32::try_from(self.lost()).unwrap_or(u32::MAX);
            let record = Record { detail: lost, ..Record::of(RecordKind::Boot, Source::Auto) };
            self.note(record, storage, effects);
            effects.changed = true;
        } else {
            self.settle_vitals(storage);
        }
    }

    /// Pairs a factory-new lock.
    pub(crate) fn commission(
        &mut self,
        c: &Commissioning,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> bool {
        if self.config.commissioned {
            return false;
        }
        self.config.commissioned = true;
        self.config.lock_id = c.lock_id;
        self.config.mac_key = c.mac_key;
        if let Some(first) = self.peers.first_mut() {
            *first = Peer {
                used: true,
                privilege: Privilege::Admin,
                fabric: c.fabric,
                node: c.node,
                key: c.peer_key,
            };
        }
        let before = *self.vitals;
        self.vitals.chain_key = c.chain_key;
        self.vitals.chain_mac = [0; 16];
        self.vitals.acked = self.vitals.next_seq.saturating_sub(1);
        self.vitals.want_locked = self.live.bolt == Bolt::Extended;
        // the counters first: a chain key without a lock in use does nothing, the other way round would chain wrongly
        if self.write_vitals(storage).and_then(|()| self.sync(storage)).is_err() {
            *self.vitals = before;
            self.forget_configuration();
            return false;
        }
        if self.save_config(storage).is_err() {
            return false;
        }
        let record =
            Record { fabric: c.fabric, node: c.node, ..Record::of(RecordKind::Peer, Source::Button) };
        self.note(record, storage, effects);
        effects.changed = true;
        true
    }

    /// Erases everything, by a hand inside: credentials, peers, keys. The last act of the old life is a sealed push
    /// of the `Reset` record to the first peer.
    pub(crate) fn factory_reset(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        effects.alarms.raise(Alarm::FactoryReset);
        self.note(Record::of(RecordKind::Reset, Source::Button), storage, effects);
        let answer = self.records_after(self.vitals.next_seq.saturating_sub(2), storage);
        if let Some(first) = self.peers.first().copied().filter(|peer| peer.used) {
            effects.answer = self.seal_push(1, &first.key, &answer);
        }
        self.forget_configuration();
        // the other copy too, so that no key of the old life stays in storage
        let erased = self.save_config(storage).is_ok() && self.wipe_old_config(storage).is_ok();
        if !erased {
            effects.alarms.raise(Alarm::StorageFailed);
            return;
        }
        let (boot, next_seq) = (self.vitals.boot, self.vitals.next_seq);
        *self.vitals = Vitals { boot, next_seq, want_locked: self.vitals.want_locked, ..Vitals::FACTORY };
        self.settle_vitals(storage);
        self.settle_vitals(storage);
        let Live { now, bolt, leaf, leaf_fitted, battery, millivolts, config_seq, .. } = self.live.clone();
        let (vitals_seq, vitals_waiting) = (self.live.vitals_seq, self.live.vitals_waiting);
        // within one start no challenge and no push number comes twice, also when the same keys are given again
        let (challenge_count, push_count) = (self.live.challenge_count, self.live.push_count);
        *self.live = Live {
            now,
            aged_at: now,
            bolt,
            leaf,
            leaf_fitted,
            battery,
            millivolts,
            config_seq,
            vitals_seq,
            vitals_waiting,
            challenge_count,
            push_count,
            ..Live::START
        };
        self.challenges.fill(Challenge::NONE);
        effects.changed = true;
    }

    /// Writes a record of something that happened whether or not storage takes it, and makes it durable; a number is
    /// given up when that fails.
    pub(crate) fn note(&mut self, record: Record, storage: &mut impl Storage, effects: &mut Effects) {
        if !self.config.commissioned {
            return;
        }
        let before = *self.vitals;
        let written = self
            .append(record, storage)
            .and_then(|_| self.write_vitals(storage))
            .and_then(|()| self.sync(storage));
        if written.is_ok() {
            self.live.storage_failed = false;
            effects.records = true;
            return;
        }
        self.vitals.next_seq = before.next_seq;
        self.vitals.chain_key = before.chain_key;
        self.vitals.chain_mac = before.chain_mac;
        self.give_up_number();
        if !self.live.storage_failed {
            effects.alarms.raise(Alarm::StorageFailed);
        }
        self.live.storage_failed = true;
    }

    /// Writes the counters and makes them durable, where a failure only costs the newest of them.
    pub(crate) fn settle_vitals(&mut self, storage: &mut impl Storage) {
        if self.write_vitals(storage).and_then(|()| self.sync(storage)).is_err() {
            self.live.storage_failed = true;
        }
    }

    pub(crate) fn lock_state(&self) -> LockState {
        match self.live.bolt {
            Bolt::Unknown => LockState::Unknown,
            Bolt::Between => LockState::NotFullyLocked,
            Bolt::Retracted => LockState::Unlocked,
            Bolt::Unlatched => LockState::Unlatched,
            Bolt::Extended => match self.live.leaf {
                Leaf::Closed => LockState::Locked,
                Leaf::Unknown if !self.live.leaf_fitted => LockState::Locked,
                _ => LockState::NotFullyLocked,
            },
        }
    }

    pub(crate) fn door_state(&self) -> DoorState {
        match self.live.leaf {
            Leaf::Unknown => DoorState::Unknown,
            Leaf::Closed => DoorState::Closed,
            Leaf::Open if self.live.forced => DoorState::ForcedOpen,
            Leaf::Open if self.live.ajar => DoorState::Ajar,
            Leaf::Open => DoorState::Open,
        }
    }

    /// The mode in force: a holiday's, else the one that was set.
    pub(crate) fn mode(&self) -> Mode {
        let Some(local) = self.local() else { return self.config.settings.mode };
        let holiday = self.holidays.iter().find(|h| h.end > 0 && (h.start..h.end).contains(&local));
        holiday.map_or(self.config.settings.mode, |h| h.mode)
    }

    pub(crate) fn status(&self, now: u64) -> Status {
        let now = now.max(self.live.now);
        let left =
            |channel: usize| self.live.lockout.get(channel).map_or(0, |until| until.saturating_sub(now));
        let spent = self.vitals.attempts.first().map_or(0, |keypad| keypad.spent);
        let small = |len: usize| u8::try_from(len).unwrap_or(u8::MAX);
        let wide = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
        Status {
            lock: self.lock_state(),
            door: self.door_state(),
            mode: self.mode(),
            battery: self.live.battery,
            millivolts: self.live.millivolts,
            clock: self.vitals.quality,
            wall: self.wall(),
            boot: self.vitals.boot,
            next_record: self.vitals.next_seq,
            oldest_record: self.oldest(),
            acked: self.vitals.acked,
            revoked: self.config.revoked,
            version: self.config.version,
            keypad_lockout: left(0),
            remote_lockout: left(3),
            budget_used: u32::from(spent),
            budget_spent: self.config.settings.budget > 0 && spent >= self.config.settings.budget,
            moving: self.live.travel.is_some(),
            jammed: self.live.jammed,
            rehearsing: self.live.rehearsal_until > now,
            users: wide(self.users.len()),
            credentials: wide(self.credentials.len()),
            week_days: small(self.week_per_user),
            year_days: small(self.year_per_user),
            holidays: small(self.holidays.len()),
            min_pin: small(*PIN_DIGITS.start()),
            max_pin: small(*PIN_DIGITS.end()),
        }
    }
}
