//! Bytes of a [`Command`]: the reading half. Whatever is not exactly one known command gives nothing at all.

use super::{
    AliroReader, Command, CredentialFields, DataOperation, Emergency, Holiday, Name, PeerFields, SettingId,
    Transition, UserFields, WeekDay, YearDay, Zone, read_credential,
};
use crate::secret::Secret;
use crate::wire::Reader;
use crate::words::{CredentialRule, Mode, Privilege, UserStatus, UserType};

pub(super) fn command(r: &mut Reader<'_>) -> Option<Command> {
    let command = match r.u8() {
        1 => Command::Lock(pin(r)),
        2 => Command::Unlock(pin(r)),
        3 => Command::Unbolt(pin(r)),
        4 => {
            let pin = pin(r);
            Command::UnlockWithTimeout(r.u16(), pin)
        }
        10 => Command::SetUser(r.word(DataOperation::from_code, DataOperation::Add), r.u16(), user(r)),
        11 => Command::GetUser(r.u16()),
        12 => Command::ClearUser(r.u16()),
        13 => Command::SetCredential(credential_fields(r)),
        14 => Command::GetCredential(read_credential(r)),
        15 => {
            let which = if r.bool() { Some(read_credential(r)) } else { None };
            Command::ClearCredential(which, r.u32())
        }
        16 => Command::RevokeThrough(r.u32()),
        20 => Command::SetWeekDay(r.u8(), r.u16(), week_day(r)),
        21 => Command::GetWeekDay(r.u8(), r.u16()),
        22 => Command::ClearWeekDay(r.u8(), r.u16()),
        23 => Command::SetYearDay(r.u8(), r.u16(), YearDay { start: r.u64(), end: r.u64() }),
        24 => Command::GetYearDay(r.u8(), r.u16()),
        25 => Command::ClearYearDay(r.u8(), r.u16()),
        26 => Command::SetHoliday(
            r.u8(),
            Holiday { start: r.u64(), end: r.u64(), mode: r.word(Mode::from_code, Mode::Normal) },
        ),
        27 => Command::GetHoliday(r.u8()),
        28 => Command::ClearHoliday(r.u8()),
        30 => Command::WriteSetting(setting(r), r.u32()),
        31 => Command::ReadSetting(setting(r)),
        32 => Command::ReadStatus,
        33 => Command::SetClock(r.u64(), zone(r)),
        34 => Command::ConfirmClock(r.u64()),
        35 => Command::ReadRecords(r.u64()),
        36 => Command::AckRecords(r.u64()),
        40 => Command::SetPeer(peer(r)),
        41 => Command::ClearPeer(r.u8()),
        42 => Command::SetAliroReader(AliroReader {
            signing_key: r.array(),
            verification_key: r.array(),
            group: r.array(),
            resolving_key: r.array(),
        }),
        43 => Command::ClearAliroReader,
        44 => Command::GetAliroReader,
        45 => Command::LiftBudget,
        46 => Command::RehearseDeadBattery(r.u8()),
        _ => return None,
    };
    r.good().then_some(command)
}

fn secret(r: &mut Reader<'_>) -> Secret {
    match Secret::new(r.short()) {
        Some(secret) => secret,
        None => {
            r.fail();
            Secret::default()
        }
    }
}

fn pin(r: &mut Reader<'_>) -> Option<Secret> {
    if r.bool() { Some(secret(r)) } else { None }
}

fn setting(r: &mut Reader<'_>) -> SettingId {
    r.word(SettingId::from_code, SettingId::Language)
}

fn optional<T>(r: &mut Reader<'_>, decode: fn(u8) -> Option<T>) -> Option<T> {
    match r.u8() {
        255 => None,
        code => {
            let word = decode(code);
            if word.is_none() {
                r.fail();
            }
            word
        }
    }
}

fn user(r: &mut Reader<'_>) -> UserFields {
    let name = if r.bool() {
        let name = Name::new(r.short());
        if name.is_none() {
            r.fail();
        }
        name
    } else {
        None
    };
    UserFields {
        name,
        unique_id: if r.bool() { Some(r.u32()) } else { None },
        status: optional(r, UserStatus::from_code),
        user_type: optional(r, UserType::from_code),
        rule: optional(r, CredentialRule::from_code),
    }
}

fn credential_fields(r: &mut Reader<'_>) -> CredentialFields {
    CredentialFields {
        operation: r.word(DataOperation::from_code, DataOperation::Add),
        credential: read_credential(r),
        data: secret(r),
        user: r.maybe_u16(),
        status: optional(r, UserStatus::from_code),
        user_type: optional(r, UserType::from_code),
        version: r.u32(),
        not_after: r.u64(),
        emergency: r.word(Emergency::from_code, Emergency::No),
    }
}

fn week_day(r: &mut Reader<'_>) -> WeekDay {
    WeekDay { days: r.u8(), start_hour: r.u8(), start_minute: r.u8(), end_hour: r.u8(), end_minute: r.u8() }
}

pub(crate) fn zone(r: &mut Reader<'_>) -> Zone {
    let mut zone = Zone { offset: r.i32(), ..Zone::default() };
    for change in &mut zone.next {
        *change = Transition { at: r.u64(), offset: r.i32() };
    }
    zone
}

fn peer(r: &mut Reader<'_>) -> PeerFields {
    PeerFields {
        id: r.u8(),
        key: r.array(),
        privilege: r.word(Privilege::from_code, Privilege::View),
        fabric: r.u8(),
        node: r.u64(),
    }
}
