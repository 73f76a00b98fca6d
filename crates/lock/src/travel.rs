//! Bolt, leaf, hand and motor: starting a motion, knowing its end from the sensor, telling jam from stall, locking
//! again, and noticing movement that nobody asked for (G2, G3, G5, A26). Whether somebody may open is decided before.

use crate::effects::{Authorised, Effects, Feedback, Motion};
use crate::guess::Charge;
use crate::input::{Bolt, Hand, Leaf, Motor};
use crate::record::{Record, RecordKind};
use crate::state::{Core, Travel, moment};
use crate::storage::Storage;
use crate::words::{
    Alarm, AllowedBy, BatteryLevel, CredentialRef, Millis, Mode, Operation, OperationError, Source, UserIndex,
};

/// A motion that has not ended after this long is a jam.
pub const TRAVEL_MS: Millis = 6_000;
/// The bolt follows a hand within this time.
const HAND_MS: Millis = 5_000;
/// After the door shuts, the bolt waits this long before it goes out by itself.
const AFTER_CLOSE_MS: Millis = 2_000;
/// A jammed auto-relock is tried again after this long, twice.
const RETRY_MS: Millis = 30_000;
const RETRIES: u8 = 2;

/// A wish to move the bolt, decided already.
#[derive(Clone, Copy)]
pub(crate) struct Wish {
    pub operation: Operation,
    pub source: Source,
    pub user: UserIndex,
    pub credentials: [Option<CredentialRef>; 3],
    pub version: u32,
    pub allowed_by: AllowedBy,
    pub fabric: u8,
    pub node: u64,
    /// Seconds until the bolt goes out again, 0 for never.
    pub relock: u32,
    pub charge: Option<Charge>,
}

impl Wish {
    /// A wish of the lock itself to lock.
    pub const AUTO_LOCK: Self = Self::lock(Source::Auto);

    /// A wish to lock with no credential behind it.
    pub const fn lock(source: Source) -> Self {
        Self {
            operation: Operation::Lock,
            source,
            user: 0,
            credentials: [None; 3],
            version: 0,
            allowed_by: AllowedBy::Always,
            fabric: 0,
            node: 0,
            relock: 0,
            charge: None,
        }
    }

    pub(crate) fn record(&self, kind: RecordKind) -> Record {
        Record {
            operation: Some(self.operation),
            user: self.user,
            credentials: self.credentials,
            version: self.version,
            allowed_by: self.allowed_by,
            fabric: self.fabric,
            node: self.node,
            ..Record::of(kind, self.source)
        }
    }

    fn travel(&self, record: u64, now: Millis) -> Travel {
        Travel {
            operation: self.operation,
            source: self.source,
            user: self.user,
            credentials: self.credentials,
            version: self.version,
            allowed_by: self.allowed_by,
            fabric: self.fabric,
            node: self.node,
            record,
            until: now.saturating_add(TRAVEL_MS),
            relock: self.relock,
        }
    }
}

impl Core<'_> {
    /// Starts to move the bolt in. The `Allowed` record is durable before the effect exists (G5).
    pub(crate) fn open(
        &mut self,
        wish: &Wish,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        let (before, lockout_before) = (*self.vitals, self.live.lockout);
        if let Some(charge) = wish.charge {
            self.forgive(charge, true);
        }
        self.vitals.want_locked = false;
        self.vitals.reserve_spent |= self.live.battery == BatteryLevel::Reserve;
        let written = self.append(wish.record(RecordKind::Allowed), storage).and_then(|record| {
            self.write_vitals(storage)?;
            self.sync(storage)?;
            Ok(record)
        });
        let Ok(record) = written else {
            *self.vitals = before;
            self.live.lockout = lockout_before;
            self.give_up_number();
            self.live.storage_failed = true;
            effects.alarms.raise(Alarm::StorageFailed);
            return Err(OperationError::StorageFailed);
        };
        effects.records = true;
        effects.changed = true;
        self.live.storage_failed = false;
        self.live.relock_at = None;
        self.live.retries = 0;
        self.live.jammed = false;
        let travel = wish.travel(record, self.live.now);
        self.live.travel = Some(travel);
        let by = Authorised::new(wish.credentials, wish.user, wish.source, wish.allowed_by, record);
        effects.motion = Some(Motion::Retract { by, unlatch: wish.operation == Operation::Unlock });
        if matches!(self.live.bolt, Bolt::Retracted | Bolt::Unlatched) && wish.operation != Operation::Unlock
        {
            self.arrived(storage, effects);
        }
        Ok(())
    }

    /// Starts to move the bolt out. Works without storage; the number of a record that could not be written is given
    /// up, so that the hub sees a hole.
    pub(crate) fn close(
        &mut self,
        wish: &Wish,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        if self.live.leaf == Leaf::Open {
            return Err(OperationError::DoorOpen);
        }
        if let Some(charge) = wish.charge {
            self.forgive(charge, true);
        }
        self.vitals.want_locked = true;
        let record = self.vitals.next_seq;
        self.note(wish.record(RecordKind::Allowed), storage, effects);
        effects.changed = true;
        self.live.relock_at = None;
        self.live.jammed = false;
        self.live.travel = Some(wish.travel(record, self.live.now));
        effects.motion = Some(Motion::Extend);
        if self.live.bolt == Bolt::Extended {
            self.arrived(storage, effects);
        }
        Ok(())
    }

    /// Whether the bolt is out because it was sent there, or on its way out.
    pub(crate) fn is_locking(&self) -> bool {
        match self.live.travel {
            Some(travel) => travel.operation == Operation::Lock,
            None => self.live.bolt == Bolt::Extended && self.vitals.want_locked,
        }
    }

    /// The sensor says that the travel is over.
    fn arrived(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        let Some(travel) = self.live.travel.take() else { return };
        effects.changed = true;
        let low = u32::try_from(travel.record & u64::from(u32::MAX)).unwrap_or(0);
        let done = Record { detail: low, ..travel.as_wish().record(RecordKind::Done) };
        if travel.operation == Operation::Lock {
            effects.feedback = Some(Feedback::Locked);
            self.live.retries = 0;
            self.note(done, storage, effects);
            return;
        }
        if self.live.bolt == Bolt::Unlatched {
            self.note(Record { operation: Some(Operation::Unlatch), ..done }, storage, effects);
        }
        self.note(done, storage, effects);
        self.arm_relock(travel.relock);
    }

    fn arm_relock(&mut self, seconds: u32) {
        // a lock without an owner never moves by itself
        let armed = seconds > 0 && self.mode() != Mode::Passage && self.config.commissioned;
        let at = self.live.now.saturating_add(u64::from(seconds).saturating_mul(1000));
        self.live.relock_at = moment(at).filter(|_| armed);
    }

    /// Arms the relock anew, when a mode that kept the door open has ended.
    pub(crate) fn rearm(&mut self) {
        let unlocked = matches!(self.live.bolt, Bolt::Retracted | Bolt::Unlatched | Bolt::Between);
        if unlocked && self.live.travel.is_none() && self.live.relock_at.is_none() {
            self.arm_relock(self.config.settings.auto_relock);
        }
    }

    pub(crate) fn bolt(&mut self, new: Bolt, storage: &mut impl Storage, effects: &mut Effects) {
        let old = self.live.bolt;
        self.live.bolt = new;
        effects.changed |= old != new;
        if let Some(travel) = self.live.travel {
            let there = match travel.operation {
                Operation::Lock => new == Bolt::Extended,
                _ => matches!(new, Bolt::Retracted | Bolt::Unlatched),
            };
            if there {
                self.arrived(storage, effects);
            }
            return;
        }
        let by_hand = self.live.now < self.live.hand_until || !self.config.commissioned;
        match (old, new) {
            (_, Bolt::Extended) => {
                self.live.relock_at = None;
                self.live.jammed = false;
            }
            (Bolt::Extended, Bolt::Between | Bolt::Retracted | Bolt::Unlatched) if !by_hand => {
                self.alarm(Alarm::UnauthorisedMovement, storage, effects);
                // an open leaf leaves the bolt as it is; it is locked again when the leaf shuts
                if self.close(&Wish::AUTO_LOCK, storage, effects).is_err() {
                    self.live.relock_at = moment(self.live.now);
                }
            }
            (Bolt::Unknown, Bolt::Between | Bolt::Retracted | Bolt::Unlatched)
                if self.vitals.want_locked && self.config.commissioned =>
            {
                // power or sensor came back with the bolt not where it was sent
                self.live.relock_at = moment(self.live.now.saturating_add(AFTER_CLOSE_MS));
            }
            (Bolt::Unlatched, Bolt::Retracted) | (_, Bolt::Unknown) => {}
            (_, Bolt::Retracted | Bolt::Unlatched) if self.live.relock_at.is_none() => {
                self.arm_relock(self.config.settings.auto_relock);
            }
            _ => {}
        }
    }

    pub(crate) fn leaf(&mut self, new: Leaf, storage: &mut impl Storage, effects: &mut Effects) {
        let old = self.live.leaf;
        if old == new {
            return;
        }
        self.live.leaf = new;
        self.live.leaf_fitted |= new != Leaf::Unknown;
        effects.changed = true;
        match new {
            Leaf::Open => {
                self.live.open_since = self.live.now;
                self.vitals.door_open_events = self.vitals.door_open_events.saturating_add(1);
                // the first report after power-up is no movement
                self.live.forced = old == Leaf::Closed && self.live.bolt == Bolt::Extended;
            }
            Leaf::Closed => {
                self.live.forced = false;
                self.live.ajar = false;
                if old == Leaf::Open {
                    self.vitals.door_closed_events = self.vitals.door_closed_events.saturating_add(1);
                }
                let soonest = self.live.now.saturating_add(AFTER_CLOSE_MS);
                self.live.relock_at = self.live.relock_at.and_then(|at| moment(at.get().max(soonest)));
            }
            Leaf::Unknown => {}
        }
        if old != Leaf::Unknown {
            let detail = u32::from(self.door_state().code());
            self.note(
                Record { detail, ..Record::of(RecordKind::Door, Source::Unspecified) },
                storage,
                effects,
            );
        }
        if self.live.forced && new == Leaf::Open {
            self.alarm(Alarm::DoorForced, storage, effects);
        }
    }

    pub(crate) fn hand(&mut self, hand: Hand, storage: &mut impl Storage, effects: &mut Effects) {
        match hand {
            Hand::KeyLock | Hand::ThumbturnLock => self.by_hand(true, hand, storage, effects),
            Hand::KeyUnlock | Hand::ThumbturnUnlock => self.by_hand(false, hand, storage, effects),
            Hand::PrivacyButton => self.privacy_button(storage, effects),
            Hand::FactoryReset => self.factory_reset(storage, effects),
            Hand::FrontRemoved => self.alarm(Alarm::FrontRemoved, storage, effects),
        }
    }

    /// A hand has the last word: the motor stops, and the bolt may now move without a command.
    fn by_hand(&mut self, lock: bool, hand: Hand, storage: &mut impl Storage, effects: &mut Effects) {
        self.live.hand_until = self.live.now.saturating_add(HAND_MS);
        if self.live.travel.take().is_some() {
            effects.motion = Some(Motion::Brake);
            effects.changed = true;
        }
        self.vitals.want_locked = lock;
        let operation = if lock { Operation::Lock } else { Operation::Unlock };
        let detail = u32::from(matches!(hand, Hand::ThumbturnLock | Hand::ThumbturnUnlock));
        let record =
            Record { operation: Some(operation), detail, ..Record::of(RecordKind::Manual, Source::Manual) };
        self.note(record, storage, effects);
    }

    pub(crate) fn motor(&mut self, motor: Motor, storage: &mut impl Storage, effects: &mut Effects) {
        let error = match motor {
            Motor::Stalled => OperationError::Stalled,
            Motor::NoEnd => OperationError::Jammed,
            Motor::BrownOut => OperationError::BrownOut,
        };
        self.failed_travel(error, storage, effects);
    }

    /// The motion did not reach its end: stop, say so, and lock again later where locking was the last wish.
    pub(crate) fn failed_travel(
        &mut self,
        error: OperationError,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        let Some(travel) = self.live.travel.take() else { return };
        effects.motion = Some(Motion::Brake);
        effects.feedback = Some(Feedback::Trouble);
        effects.changed = true;
        self.live.jammed = true;
        let record = Record { error: Some(error), ..travel.as_wish().record(RecordKind::Refused) };
        self.note(record, storage, effects);
        self.alarm(Alarm::LockJammed, storage, effects);
        if travel.operation != Operation::Lock {
            self.arm_relock(travel.relock);
        } else if self.live.retries < RETRIES {
            self.live.retries = self.live.retries.saturating_add(1);
            self.live.relock_at = moment(self.live.now.saturating_add(RETRY_MS));
        }
    }

    /// What is due at the door by now.
    pub(crate) fn door_timers(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        let now = self.live.now;
        if self.live.travel.is_some_and(|travel| travel.until <= now) {
            self.failed_travel(OperationError::Jammed, storage, effects);
        }
        let due = self.live.relock_at.is_some_and(|at| at.get() <= now);
        if due && self.live.travel.is_none() && self.live.leaf != Leaf::Open {
            self.live.relock_at = None;
            // the leaf is not open, so closing cannot be refused
            let _ = self.close(&Wish::AUTO_LOCK, storage, effects);
        }
        if self.ajar_at().is_some_and(|at| at <= now) {
            self.live.ajar = true;
            effects.changed = true;
            self.alarm(Alarm::DoorAjar, storage, effects);
        }
    }

    /// When an open leaf becomes ajar.
    pub(crate) fn ajar_at(&self) -> Option<Millis> {
        let period = self.config.settings.open_period;
        let waiting = self.live.leaf == Leaf::Open && !self.live.ajar && period > 0;
        waiting.then(|| self.live.open_since.saturating_add(u64::from(period).saturating_mul(1000)))
    }

    /// Raises an alarm and writes its record.
    pub(crate) fn alarm(&mut self, alarm: Alarm, storage: &mut impl Storage, effects: &mut Effects) {
        effects.alarms.raise(alarm);
        let detail = u32::from(alarm.code());
        self.note(Record { detail, ..Record::of(RecordKind::Alarm, Source::Unspecified) }, storage, effects);
    }
}

impl Travel {
    fn as_wish(&self) -> Wish {
        Wish {
            operation: self.operation,
            source: self.source,
            user: self.user,
            credentials: self.credentials,
            version: self.version,
            allowed_by: self.allowed_by,
            fabric: self.fabric,
            node: self.node,
            relock: self.relock,
            charge: None,
        }
    }
}
