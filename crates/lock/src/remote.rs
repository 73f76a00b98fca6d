//! Commands from outside: challenges, sealed frames, privileges, and what each command does (G7, A05 to A07, A32,
//! A33). Nothing here believes a byte that the channel has not opened.

use crate::answer::{AliroView, Answer, Refusal};
use crate::channel::{self, Bind, Opened};
use crate::command::{Command, Holiday, PeerFields, WeekDay, YearDay};
use crate::effects::Effects;
use crate::entry::Ask;
use crate::input::Frame;
use crate::record::{Record, RecordKind};
use crate::secret::Secret;
use crate::state::{Challenge, Channel, Core, Peer};
use crate::storage::Storage;
use crate::travel::Wish;
use crate::words::{
    Alarm, AllowedBy, CredentialKind, Millis, Operation, OperationError, Privilege, Source, UserType,
};

/// How long a challenge may be used.
pub const CHALLENGE_MS: Millis = 10_000;
/// So many frames that do not open burn the challenge; the peer then waits as long as a challenge lives.
pub const FORGERIES: u8 = 8;

/// The peer behind an opened command.
#[derive(Clone, Copy)]
pub(crate) struct From {
    pub fabric: u8,
    pub node: u64,
    pub privilege: Privilege,
}

impl Core<'_> {
    fn slot(peer: u8) -> usize {
        usize::from(peer).wrapping_sub(1)
    }

    /// Seals what nobody asked for; `None` when this start's numbers are used up. The number never returns within one
    /// start, and a start's number never returns: no nonce is used twice.
    pub(crate) fn seal_push(&mut self, peer: u8, key: &[u8; 32], answer: &Answer) -> Option<Frame> {
        self.live.push_count = self.live.push_count.checked_add(1)?;
        let counter = (u64::from(self.vitals.boot) << 32) | u64::from(self.live.push_count);
        channel::seal_push(key, &self.config.lock_id, peer, counter, answer)
    }

    pub(crate) fn ask_challenge(&mut self, peer: u8, entropy: &[u8; 16], effects: &mut Effects) {
        let slot = Self::slot(peer);
        if !self.peers.get(slot).is_some_and(|p| p.used) {
            return;
        }
        let now = self.live.now;
        let Some(kept) = self.challenges.get(slot).copied() else { return };
        if kept.until > now {
            // unused: the same again, so that a stranger's question disturbs nobody; burnt: none yet
            effects.challenge = (kept.failed < FORGERIES).then_some(kept.bytes);
            return;
        }
        let Some(count) = self.live.challenge_count.checked_add(1) else { return };
        self.live.challenge_count = count;
        // boot and count make it unique even under a broken random generator; the MAC keeps it unguessable
        let parts: [&[u8]; 4] =
            [b"doorward challenge v1", &self.vitals.boot.to_le_bytes(), &count.to_le_bytes(), entropy];
        let bytes = channel::hmac128(&self.config.mac_key, &parts);
        if let Some(place) = self.challenges.get_mut(slot) {
            *place = Challenge { bytes, until: now.saturating_add(CHALLENGE_MS), failed: 0, told: kept.told };
            effects.challenge = Some(bytes);
        }
    }

    pub(crate) fn frame(&mut self, frame: &Frame, storage: &mut impl Storage, effects: &mut Effects) {
        let bytes = frame.as_bytes();
        let Some(id) = channel::claimed_peer(bytes) else { return };
        let slot = Self::slot(id);
        let Some(peer) = self.peers.get(slot).copied().filter(|p| p.used) else { return };
        let Some(challenge) = self.challenges.get(slot).copied() else { return };
        if challenge.until <= self.live.now || challenge.failed >= FORGERIES {
            return;
        }
        let lock_id = self.config.lock_id;
        let bind = Bind { key: &peer.key, lock_id: &lock_id, peer: id, challenge: &challenge.bytes };
        let opened = channel::open_command(&bind, bytes);
        let Some(Opened { command, salt }) = opened else {
            self.forged(slot, storage, effects);
            return;
        };
        if let Some(place) = self.challenges.get_mut(slot) {
            // used up before anything is done with it: no command works twice (G7)
            *place = Challenge::NONE;
        }
        let from = From { fabric: peer.fabric, node: peer.node, privilege: peer.privilege };
        let answer = self.command(command, from, storage, effects);
        effects.answer = channel::seal_answer(&bind, salt, &answer);
    }

    fn forged(&mut self, slot: usize, storage: &mut impl Storage, effects: &mut Effects) {
        let now = self.live.now;
        let Some(place) = self.challenges.get_mut(slot) else { return };
        place.failed = place.failed.saturating_add(1);
        if place.failed >= FORGERIES {
            place.until = now.saturating_add(CHALLENGE_MS);
            // the alarm each time, the record once until the peer itself is heard: a flood must not wash the log away
            if core::mem::replace(&mut place.told, true) {
                effects.alarms.raise(Alarm::ForgedCommands);
            } else {
                self.alarm(Alarm::ForgedCommands, storage, effects);
            }
        }
    }

    fn command(
        &mut self,
        command: Command,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        if from.privilege < command.privilege() {
            return Answer::Refused(Refusal::AccessDenied);
        }
        let relock = self.config.settings.auto_relock;
        match command {
            Command::Lock(pin) => self.operate(Operation::Lock, pin.as_ref(), relock, from, storage, effects),
            Command::Unlock(pin) => {
                self.operate(Operation::Unlock, pin.as_ref(), relock, from, storage, effects)
            }
            Command::Unbolt(pin) => {
                self.operate(Operation::Unbolt, pin.as_ref(), relock, from, storage, effects)
            }
            Command::UnlockWithTimeout(seconds, pin) => {
                self.operate(Operation::Unlock, pin.as_ref(), u32::from(seconds), from, storage, effects)
            }
            Command::SetUser(operation, index, fields) => {
                self.set_user(operation, index, &fields, from, storage, effects)
            }
            Command::GetUser(index) => self.get_user(index),
            Command::ClearUser(index) => self.clear_user(index, from, storage, effects),
            Command::SetCredential(fields) => self.set_credential(&fields, from, storage, effects),
            Command::GetCredential(which) => self.get_credential(which),
            Command::ClearCredential(which, version) => {
                self.clear_credential(which, version, from, storage, effects)
            }
            Command::RevokeThrough(version) => self.revoke_through(version, from, storage, effects),
            other => self.command_of_schedules(other, from, storage, effects),
        }
    }

    fn command_of_schedules(
        &mut self,
        command: Command,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        match command {
            Command::SetWeekDay(index, user, s) => self.set_schedule(index, user, s, from, storage, effects),
            Command::GetWeekDay(index, user) => self.get_schedule::<WeekDay>(index, user),
            Command::ClearWeekDay(index, user) => {
                self.clear_schedule::<WeekDay>(index, user, from, storage, effects)
            }
            Command::SetYearDay(index, user, s) => self.set_schedule(index, user, s, from, storage, effects),
            Command::GetYearDay(index, user) => self.get_schedule::<YearDay>(index, user),
            Command::ClearYearDay(index, user) => {
                self.clear_schedule::<YearDay>(index, user, from, storage, effects)
            }
            Command::SetHoliday(index, h) => self.set_schedule(index, 0, h, from, storage, effects),
            Command::GetHoliday(index) => self.get_schedule::<Holiday>(index, 0),
            Command::ClearHoliday(index) => self.clear_schedule::<Holiday>(index, 0, from, storage, effects),
            Command::WriteSetting(id, value) => self.write_setting(id, value, from, storage, effects),
            Command::ReadSetting(id) => Answer::Setting(self.read_setting(id)),
            Command::ReadStatus => Answer::Status(self.status(self.live.now)),
            Command::SetClock(unix, zone) => self.set_clock(unix, zone, from, storage, effects),
            Command::ConfirmClock(unix) => self.confirm_clock(unix, from, storage, effects),
            Command::ReadRecords(after) => self.records_after(after, storage),
            Command::AckRecords(through) => self.ack(through, storage),
            other => self.command_of_the_house(other, from, storage, effects),
        }
    }

    fn command_of_the_house(
        &mut self,
        command: Command,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        match command {
            Command::SetPeer(fields) => self.set_peer(&fields, from, storage, effects),
            Command::ClearPeer(id) => self.clear_peer(id, from, storage, effects),
            Command::SetAliroReader(reader) => {
                match self.aliro.first_mut() {
                    None => return Answer::Refused(Refusal::Exhausted),
                    Some(Some(_)) => return Answer::Refused(Refusal::InvalidInState),
                    Some(place) => *place = Some(reader),
                }
                self.saved(storage)
            }
            Command::ClearAliroReader => {
                self.aliro.fill(None);
                self.saved(storage)
            }
            Command::GetAliroReader => Answer::Aliro(AliroView {
                reader: self.aliro.iter().flatten().next().map(AliroView::of),
                // fixed for the life of the pairing, and nothing secret: derived from the public identity
                sub_identifier: channel::hmac128(
                    &self.config.lock_id,
                    &[b"doorward aliro sub-identifier v1"],
                ),
                keys: self.index_limit(CredentialKind::AliroIssuer),
            }),
            Command::LiftBudget => {
                self.lift_budget();
                self.note(from.record(RecordKind::BudgetLifted), storage, effects);
                effects.changed = true;
                Answer::Done
            }
            Command::RehearseDeadBattery(minutes) => self.rehearse(minutes, from, storage, effects),
            // everything else has been dealt with before
            _ => Answer::Refused(Refusal::InvalidCommand),
        }
    }

    /// Makes a change durable and answers.
    pub(crate) fn saved(&mut self, storage: &mut impl Storage) -> Answer {
        match self.save_config(storage) {
            Ok(()) => Answer::Done,
            Err(_) => Answer::Refused(Refusal::StorageFailed),
        }
    }

    /// Lock, unlock or unbolt for a peer, with a code or on its privilege.
    fn operate(
        &mut self,
        operation: Operation,
        pin: Option<&Secret>,
        relock: u32,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let ask = Ask {
            operation,
            source: Source::Remote,
            channel: Channel::Remote,
            kind: CredentialKind::Pin,
            data: pin.map_or(&[], Secret::expose),
            fabric: from.fabric,
            node: from.node,
            relock,
        };
        let done = match pin {
            Some(_) => self.ask(&ask, storage, effects),
            None => self.by_privilege(&ask, storage, effects),
        };
        match done {
            Ok(()) => Answer::Done,
            Err(OperationError::StorageFailed) => Answer::Refused(Refusal::StorageFailed),
            Err(error) => Answer::Denied(error),
        }
    }

    fn by_privilege(
        &mut self,
        ask: &Ask<'_>,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Result<(), OperationError> {
        let lock = ask.operation == Operation::Lock;
        let checked = if self.config.settings.require_pin {
            Err(OperationError::PinRequired)
        } else if self.lockout_left(Channel::Remote) > 0 {
            Err(OperationError::LockedOut)
        } else if lock {
            self.mode_allows(Source::Remote, UserType::Unrestricted, false)
        } else {
            self.mode_allows(Source::Remote, UserType::Unrestricted, false)
                .and_then(|()| self.battery_allows(Source::Remote, false))
        };
        let wish = Wish {
            operation: ask.operation,
            allowed_by: AllowedBy::Privilege,
            fabric: ask.fabric,
            node: ask.node,
            relock: ask.relock,
            ..Wish::lock(Source::Remote)
        };
        let moved = checked.and_then(|()| {
            if lock { self.close(&wish, storage, effects) } else { self.open(&wish, storage, effects) }
        });
        let refused = moved.err();
        self.decided_for_peer(ask, refused, effects);
        if let Some(error) = refused {
            let record = wish.record(RecordKind::Refused);
            self.note(
                Record { error: Some(error), allowed_by: AllowedBy::Always, ..record },
                storage,
                effects,
            );
        }
        moved
    }

    fn ack(&mut self, through: u64, storage: &mut impl Storage) -> Answer {
        if through >= self.vitals.next_seq {
            return Answer::Refused(Refusal::Constraint);
        }
        self.vitals.acked = self.vitals.acked.max(through);
        // not synced: an acknowledgement forgotten only means that records are sent again
        match self.write_vitals(storage) {
            Ok(()) => Answer::Done,
            Err(_) => Answer::Refused(Refusal::StorageFailed),
        }
    }

    fn set_peer(
        &mut self,
        fields: &PeerFields,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let admins = self.other_admins(fields.id);
        let Some(slot) = self.peers.get_mut(Self::slot(fields.id)) else {
            return Answer::Refused(Refusal::Constraint);
        };
        if !admins && fields.privilege != Privilege::Admin {
            return Answer::Refused(Refusal::InvalidInState);
        }
        *slot = Peer {
            used: true,
            privilege: fields.privilege,
            fabric: fields.fabric,
            node: fields.node,
            key: fields.key,
        };
        self.peer_changed(fields.id, from, storage, effects)
    }

    fn clear_peer(
        &mut self,
        id: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let admins = self.other_admins(id);
        let Some(slot) = self.peers.get_mut(Self::slot(id)) else {
            return Answer::Refused(Refusal::Constraint);
        };
        if !admins {
            return Answer::Refused(Refusal::InvalidInState);
        }
        *slot = Peer::FREE;
        self.peer_changed(id, from, storage, effects)
    }

    fn other_admins(&self, id: u8) -> bool {
        let mut others = (1u8..).zip(self.peers.iter()).filter(|(other, _)| *other != id);
        others.any(|(_, peer)| peer.used && peer.privilege == Privilege::Admin)
    }

    fn peer_changed(
        &mut self,
        id: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let answer = self.saved(storage);
        if answer == Answer::Done {
            if let Some(challenge) = self.challenges.get_mut(Self::slot(id)) {
                *challenge = Challenge::NONE;
            }
            self.note(Record { detail: u32::from(id), ..from.record(RecordKind::Peer) }, storage, effects);
        }
        answer
    }
}

impl From {
    /// A record of something that this peer did.
    pub(crate) fn record(&self, kind: RecordKind) -> Record {
        Record { fabric: self.fabric, node: self.node, ..Record::of(kind, Source::Remote) }
    }
}
