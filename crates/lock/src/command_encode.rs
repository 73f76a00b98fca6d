//! Bytes of a [`Command`]: the writing half. Tags are fixed for ever; a new command takes a new tag.

use super::{AliroReader, Command, CredentialFields, PeerFields, UserFields, Zone};
use crate::secret::Secret;
use crate::wire::Writer;
use crate::words::CredentialRef;

pub(super) fn command(command: &Command, w: &mut Writer<'_>) {
    match command {
        Command::Lock(pin) => tagged_pin(w, 1, pin.as_ref()),
        Command::Unlock(pin) => tagged_pin(w, 2, pin.as_ref()),
        Command::Unbolt(pin) => tagged_pin(w, 3, pin.as_ref()),
        Command::UnlockWithTimeout(seconds, pin) => {
            tagged_pin(w, 4, pin.as_ref());
            w.u16(*seconds);
        }
        Command::SetUser(operation, index, fields) => {
            w.u8(10);
            w.u8(operation.code());
            w.u16(*index);
            user(w, fields);
        }
        Command::GetUser(index) => indexed(w, 11, *index),
        Command::ClearUser(index) => indexed(w, 12, *index),
        Command::SetCredential(fields) => {
            w.u8(13);
            credential_fields(w, fields);
        }
        Command::GetCredential(which) => {
            w.u8(14);
            credential(w, *which);
        }
        Command::ClearCredential(which, version) => {
            w.u8(15);
            w.bool(which.is_some());
            if let Some(which) = which {
                credential(w, *which);
            }
            w.u32(*version);
        }
        Command::RevokeThrough(version) => {
            w.u8(16);
            w.u32(*version);
        }
        other => schedules_and_rest(other, w),
    }
}

fn schedules_and_rest(command: &Command, w: &mut Writer<'_>) {
    match command {
        Command::SetWeekDay(index, user, s) => {
            scheduled(w, 20, *index, *user);
            w.bytes(&[s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute]);
        }
        Command::GetWeekDay(index, user) => scheduled(w, 21, *index, *user),
        Command::ClearWeekDay(index, user) => scheduled(w, 22, *index, *user),
        Command::SetYearDay(index, user, s) => {
            scheduled(w, 23, *index, *user);
            w.u64(s.start);
            w.u64(s.end);
        }
        Command::GetYearDay(index, user) => scheduled(w, 24, *index, *user),
        Command::ClearYearDay(index, user) => scheduled(w, 25, *index, *user),
        Command::SetHoliday(index, h) => {
            w.bytes(&[26, *index]);
            w.u64(h.start);
            w.u64(h.end);
            w.u8(h.mode.code());
        }
        Command::GetHoliday(index) => w.bytes(&[27, *index]),
        Command::ClearHoliday(index) => w.bytes(&[28, *index]),
        Command::WriteSetting(id, value) => {
            w.bytes(&[30, id.code()]);
            w.u32(*value);
        }
        Command::ReadSetting(id) => w.bytes(&[31, id.code()]),
        Command::ReadStatus => w.u8(32),
        Command::SetClock(unix, new) => {
            w.u8(33);
            w.u64(*unix);
            zone(w, new);
        }
        Command::ConfirmClock(unix) => numbered(w, 34, *unix),
        Command::ReadRecords(after) => numbered(w, 35, *after),
        Command::AckRecords(through) => numbered(w, 36, *through),
        Command::SetPeer(fields) => {
            w.u8(40);
            peer(w, fields);
        }
        Command::ClearPeer(id) => w.bytes(&[41, *id]),
        Command::SetAliroReader(reader) => {
            w.u8(42);
            aliro(w, reader);
        }
        Command::ClearAliroReader => w.u8(43),
        Command::GetAliroReader => w.u8(44),
        Command::LiftBudget => w.u8(45),
        Command::RehearseDeadBattery(minutes) => w.bytes(&[46, *minutes]),
        // the first half of the list is written by `command`
        _ => {}
    }
}

fn tagged_pin(w: &mut Writer<'_>, tag: u8, pin: Option<&Secret>) {
    w.u8(tag);
    w.bool(pin.is_some());
    if let Some(pin) = pin {
        w.short(pin.expose());
    }
}

fn indexed(w: &mut Writer<'_>, tag: u8, index: u16) {
    w.u8(tag);
    w.u16(index);
}

fn numbered(w: &mut Writer<'_>, tag: u8, number: u64) {
    w.u8(tag);
    w.u64(number);
}

fn scheduled(w: &mut Writer<'_>, tag: u8, index: u8, user: u16) {
    w.bytes(&[tag, index]);
    w.u16(user);
}

fn credential(w: &mut Writer<'_>, which: CredentialRef) {
    w.u8(which.kind.code());
    w.u16(which.index);
}

fn user(w: &mut Writer<'_>, fields: &UserFields) {
    w.bool(fields.name.is_some());
    if let Some(name) = &fields.name {
        w.short(name.as_bytes());
    }
    w.bool(fields.unique_id.is_some());
    if let Some(id) = fields.unique_id {
        w.u32(id);
    }
    w.u8(fields.status.map_or(255, |s| s.code()));
    w.u8(fields.user_type.map_or(255, |t| t.code()));
    w.u8(fields.rule.map_or(255, |r| r.code()));
}

fn credential_fields(w: &mut Writer<'_>, fields: &CredentialFields) {
    w.u8(fields.operation.code());
    credential(w, fields.credential);
    w.short(fields.data.expose());
    w.bool(fields.user.is_some());
    w.u16(fields.user.unwrap_or(0));
    w.u8(fields.status.map_or(255, |s| s.code()));
    w.u8(fields.user_type.map_or(255, |t| t.code()));
    w.u32(fields.version);
    w.u64(fields.not_after);
    w.u8(fields.emergency.code());
}

pub(crate) fn zone(w: &mut Writer<'_>, zone: &Zone) {
    w.i32(zone.offset);
    for change in zone.next {
        w.u64(change.at);
        w.i32(change.offset);
    }
}

fn peer(w: &mut Writer<'_>, fields: &PeerFields) {
    w.u8(fields.id);
    w.bytes(&fields.key);
    w.u8(fields.privilege.code());
    w.u8(fields.fabric);
    w.u64(fields.node);
}

fn aliro(w: &mut Writer<'_>, reader: &AliroReader) {
    w.bytes(&reader.signing_key);
    w.bytes(&reader.verification_key);
    w.bytes(&reader.group);
    w.bytes(&reader.resolving_key);
}
