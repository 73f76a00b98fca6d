//! What happens at the door: keys, cards and fingers. Collects an entry, has it counted, compared and judged, and
//! turns the verdict into a motion or a refusal that looks the same whatever its reason.

use crate::command::Emergency;
use crate::effects::{Decision, Effects, Feedback};
use crate::guess::Charge;
use crate::input::Key;
use crate::record::{Record, RecordKind};
use crate::secret::Secret;
use crate::state::{Channel, Core, Credential, Partial};
use crate::storage::Storage;
use crate::travel::Wish;
use crate::words::{
    Alarm, AllowedBy, CredentialKind, CredentialRef, Millis, Operation, OperationError, Source, UserIndex,
    UserStatus, UserType,
};

/// An entry with no key for this long is dropped.
const ENTRY_MS: Millis = 10_000;
/// The next credential of a dual or tri rule must come within this time.
const PARTIAL_MS: Millis = 30_000;

/// Somebody asks for something with a code, card or finger.
pub(crate) struct Ask<'a> {
    pub operation: Operation,
    pub source: Source,
    pub channel: Channel,
    pub kind: CredentialKind,
    pub data: &'a [u8],
    pub fabric: u8,
    pub node: u64,
    pub relock: u32,
}

/// Who asked, as far as is known.
#[derive(Clone, Copy, Default)]
pub(crate) struct Who {
    pub user: UserIndex,
    pub credential: Option<CredentialRef>,
    pub version: u32,
}

impl Core<'_> {
    pub(crate) fn key(&mut self, key: Key, storage: &mut impl Storage, effects: &mut Effects) {
        self.live.entry_until = self.live.now.saturating_add(ENTRY_MS);
        match key {
            Key::Digit(digit @ 0..=9) => {
                self.live.entry.push(b'0'.saturating_add(digit));
                effects.feedback = Some(Feedback::KeyTaken);
            }
            Key::Digit(_) => {}
            Key::Clear => self.live.entry.clear(),
            Key::Enter => self.entered(Operation::Unlock, storage, effects),
            Key::Lock if self.live.entry.is_empty() => self.one_touch(storage, effects),
            Key::Lock => self.entered(Operation::Lock, storage, effects),
        }
    }

    /// The lock key alone. Locking needs no authority (G2), so it works on a new lock; an owner may turn it off.
    fn one_touch(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        let refused = if !self.config.settings.one_touch {
            Some(OperationError::Restricted)
        } else if self.is_locking() {
            // nothing to do, so no record either: whoever leans on the key must not wash the log away
            effects.feedback = Some(Feedback::Locked);
            None
        } else {
            self.close(&Wish::lock(Source::Button), storage, effects).err()
        };
        if refused.is_some() {
            effects.feedback = Some(Feedback::Refused);
        }
        let ask = Ask {
            operation: Operation::Lock,
            source: Source::Button,
            channel: Channel::Keypad,
            kind: CredentialKind::Pin,
            data: &[],
            fabric: 0,
            node: 0,
            relock: 0,
        };
        self.decided(&ask, Who::default(), AllowedBy::Always, refused, effects);
    }

    fn entered(&mut self, operation: Operation, storage: &mut impl Storage, effects: &mut Effects) {
        let entry = core::mem::take(&mut self.live.entry);
        if entry.is_empty() || !self.config.commissioned {
            effects.feedback = Some(Feedback::Refused);
            return;
        }
        let ask = Ask {
            operation,
            source: Source::Keypad,
            channel: Channel::Keypad,
            kind: CredentialKind::Pin,
            data: entry.expose(),
            fabric: 0,
            node: 0,
            relock: self.config.settings.auto_relock,
        };
        // the answer is for remote peers; at the door the feedback tells enough
        let _ = self.ask(&ask, storage, effects);
    }

    /// A card or finger.
    pub(crate) fn shown(
        &mut self,
        kind: CredentialKind,
        data: &Secret,
        weak: bool,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        let (source, channel) = match kind {
            CredentialKind::Rfid => (Source::Rfid, Channel::Card),
            CredentialKind::Fingerprint | CredentialKind::FingerVein | CredentialKind::Face => {
                (Source::Biometric, Channel::Biometric)
            }
            // codes come by key, Aliro keys are stored and reported only
            _ => return,
        };
        if !self.config.commissioned {
            return;
        }
        // a public number is nobody's (A25), and an attempt like any other: uncounted ones could wash the log away
        let nobody = weak && kind == CredentialKind::Rfid && !self.config.settings.weak_rfid;
        let data = if nobody { &[] } else { data.expose() };
        let relock = self.config.settings.auto_relock;
        let ask =
            Ask { operation: Operation::Unlock, source, channel, kind, data, fabric: 0, node: 0, relock };
        let _ = self.ask(&ask, storage, effects);
    }

    /// Counts, compares, judges, and acts.
    pub(crate) fn ask(
        &mut self,
        ask: &Ask<'_>,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        if self.lockout_left(ask.channel) > 0 {
            // not compared and not counted, so no record either: a flood cannot wash the log away
            self.decided(ask, Who::default(), AllowedBy::Always, Some(OperationError::LockedOut), effects);
            effects.feedback = Some(Feedback::LockedOut);
            return Err(OperationError::LockedOut);
        }
        let Ok(charge) = self.charge(ask.channel, storage) else {
            self.live.storage_failed = true;
            effects.alarms.raise(Alarm::StorageFailed);
            effects.feedback = Some(Feedback::Refused);
            self.decided(
                ask,
                Who::default(),
                AllowedBy::Always,
                Some(OperationError::StorageFailed),
                effects,
            );
            return Err(OperationError::StorageFailed);
        };
        let slot = self.identify(ask.kind, ask.data).and_then(|slot| self.credentials.get(slot).copied());
        let Some(slot) = slot else {
            return self.refuse(
                ask,
                charge,
                Who::default(),
                OperationError::InvalidCredential,
                storage,
                effects,
            );
        };
        let who = Who { user: slot.user, credential: Some(slot.which), version: slot.version };
        match self.may(&slot, ask.source, charge.strong_only) {
            Ok(allowed_by) => self.allowed(ask, charge, &slot, allowed_by, storage, effects),
            Err(error) => {
                if error == OperationError::InsufficientBattery {
                    self.emergency_tested(&slot, storage, effects);
                }
                self.refuse(ask, charge, who, error, storage, effects)
            }
        }
    }

    fn allowed(
        &mut self,
        ask: &Ask<'_>,
        charge: Charge,
        slot: &Credential,
        allowed_by: AllowedBy,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        let who = Who { user: slot.user, credential: Some(slot.which), version: slot.version };
        let Some(credentials) = self.enough(slot, ask.source) else {
            if ask.source == Source::Remote {
                let error = OperationError::MoreCredentials;
                return self.refuse(ask, charge, who, error, storage, effects);
            }
            self.forgive(charge, false);
            effects.feedback = Some(Feedback::ShowNext);
            self.decided(ask, who, allowed_by, Some(OperationError::MoreCredentials), effects);
            return Err(OperationError::MoreCredentials);
        };
        let wish = Wish {
            operation: ask.operation,
            source: ask.source,
            user: slot.user,
            credentials,
            version: slot.version,
            allowed_by,
            fabric: ask.fabric,
            node: ask.node,
            relock: ask.relock,
            charge: Some(charge),
        };
        let moved = if ask.operation == Operation::Lock {
            self.close(&wish, storage, effects)
        } else {
            self.use_up(slot, storage).and_then(|()| self.open(&wish, storage, effects))
        };
        self.live.partial = Partial::NONE;
        self.decided(ask, who, allowed_by, moved.err(), effects);
        match moved {
            Ok(()) => {
                effects.feedback = Some(Feedback::Accepted);
                self.after_entry(slot, &wish, storage, effects);
                Ok(())
            }
            Err(OperationError::StorageFailed) => {
                effects.feedback = Some(Feedback::Refused);
                Err(OperationError::StorageFailed)
            }
            Err(error) => self.refuse(ask, charge, who, error, storage, effects),
        }
    }

    /// The credentials that make the entry whole, or `None` while the user's rule wants more. Different credentials
    /// only, all of one user, all at the door.
    fn enough(&mut self, slot: &Credential, source: Source) -> Option<[Option<CredentialRef>; 3]> {
        let rule = self.user(slot.user)?.rule;
        let alone = [Some(slot.which), None, None];
        if rule == crate::CredentialRule::Single || slot.emergency != Emergency::No {
            return Some(alone);
        }
        if source == Source::Remote {
            return None;
        }
        let now = self.live.now;
        let partial = &mut self.live.partial;
        if partial.user != slot.user || partial.until <= now {
            *partial = Partial { user: slot.user, shown: [None; 3], until: 0 };
        }
        partial.until = now.saturating_add(PARTIAL_MS);
        if !partial.shown.contains(&Some(slot.which))
            && let Some(free) = partial.shown.iter_mut().find(|shown| shown.is_none())
        {
            *free = Some(slot.which);
        }
        let needed = usize::from(rule.code()).saturating_add(1);
        (partial.shown.iter().flatten().count() >= needed).then_some(partial.shown)
    }

    /// What an opening uses up is durably used up before the bolt moves: a disposable user, a one-time emergency
    /// code, the first use of an expiring user; and the last use of an emergency code is remembered.
    fn use_up(&mut self, slot: &Credential, storage: &mut impl Storage) -> Result<(), OperationError> {
        let wall = self.wall();
        let minutes = u64::from(self.config.settings.expiring);
        let mut changed = slot.emergency != Emergency::No;
        if changed
            && let Some(kept) = self.credentials.iter_mut().find(|c| c.taken() && c.which == slot.which)
        {
            kept.tested = wall;
            kept.spent = slot.emergency == Emergency::Once;
        }
        let user = usize::from(slot.user).checked_sub(1).and_then(|index| self.users.get_mut(index));
        if let Some(user) = user {
            if user.user_type == UserType::Disposable {
                user.status = UserStatus::Disabled;
                changed = true;
            }
            if user.user_type == UserType::Expiring && user.expires == 0 {
                user.expires = wall.saturating_add(minutes.saturating_mul(60));
                changed = true;
            }
        }
        if changed && self.save_config(storage).is_err() {
            return Err(OperationError::StorageFailed);
        }
        Ok(())
    }

    /// An emergency code typed while the battery (or its rehearsal) forbids opening is a test passed.
    fn emergency_tested(&mut self, slot: &Credential, storage: &mut impl Storage, effects: &mut Effects) {
        if slot.emergency == Emergency::No {
            return;
        }
        let wall = self.wall();
        if let Some(kept) = self.credentials.iter_mut().find(|c| c.taken() && c.which == slot.which) {
            kept.tested = wall;
            // a test forgotten is only a test to be made again
            let _ = self.save_config(storage);
        }
        let record = Record {
            user: slot.user,
            credentials: [Some(slot.which), None, None],
            ..Record::of(RecordKind::Emergency, Source::Keypad)
        };
        self.note(record, storage, effects);
    }

    fn after_entry(
        &mut self,
        slot: &Credential,
        wish: &Wish,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        if slot.emergency != Emergency::No {
            self.note(wish.record(RecordKind::Emergency), storage, effects);
        }
        if self.user(slot.user).is_some_and(|user| user.user_type == UserType::Forced) {
            effects.alarms.raise(Alarm::Duress);
            let alarm = Record { detail: u32::from(Alarm::Duress.code()), ..wish.record(RecordKind::Alarm) };
            self.note(Record { operation: Some(Operation::Forced), ..alarm }, storage, effects);
        }
    }

    /// Refuses a compared entry: one record, whatever the reason, so that storage is written alike.
    pub(crate) fn refuse(
        &mut self,
        ask: &Ask<'_>,
        charge: Charge,
        who: Who,
        error: OperationError,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        let lockout = self.settle_wrong(charge, effects);
        self.live.partial = Partial::NONE;
        let wrong = u32::from(self.attempts(ask.channel).wrong);
        let (kind, detail) = match lockout {
            Some(seconds) => (RecordKind::LockOut, seconds),
            None => (RecordKind::Refused, wrong),
        };
        let operation = if error == OperationError::NonAccess { Operation::NonAccess } else { ask.operation };
        let record = Record {
            operation: Some(operation),
            error: Some(error),
            user: who.user,
            credentials: [who.credential, None, None],
            version: who.version,
            detail,
            fabric: ask.fabric,
            node: ask.node,
            ..Record::of(kind, ask.source)
        };
        self.note(record, storage, effects);
        effects.feedback = Some(Feedback::Refused);
        self.decided(ask, who, AllowedBy::Always, Some(error), effects);
        Err(error)
    }

    fn decided(
        &mut self,
        ask: &Ask<'_>,
        who: Who,
        allowed_by: AllowedBy,
        refused: Option<OperationError>,
        effects: &mut Effects,
    ) {
        let decision = Decision {
            operation: ask.operation,
            source: ask.source,
            credential: who.credential,
            user: who.user,
            allowed_by,
            mode: self.mode(),
            lockout: self.lockout_left(ask.channel),
            refused,
        };
        self.live.decision = Some(decision);
        effects.decision = Some(decision);
    }

    /// Notes the decision on a command without a code.
    pub(crate) fn decided_for_peer(
        &mut self,
        ask: &Ask<'_>,
        refused: Option<OperationError>,
        effects: &mut Effects,
    ) {
        self.decided(ask, Who::default(), AllowedBy::Privilege, refused, effects);
    }

    /// A reader that matched nobody: a failed attempt of its channel.
    pub(crate) fn not_matched(
        &mut self,
        kind: CredentialKind,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        // no stored credential has empty data, so this is compared with all and equals none
        self.shown(kind, &Secret::EMPTY, false, storage, effects);
    }
}
