//! Attributes of the façade: where the core keeps what Matter calls by another name. Optional attributes are there
//! exactly when the device's claims (PICS) say so.

use lock::{Answer, Command, DoorState, LockState, SettingId, Status};
use serde_json::{Value, json};

use super::cluster::{Fault, fault, hex};
use super::device::Device;
use super::pics::Pics;

const UNSUPPORTED: Fault = Fault::new("UNSUPPORTED_ATTRIBUTE");
/// All Matter features of the lock: PIN, RID, FGP, WDSCH, DPS, COTA, USR, YDSCH, HDSCH, UBOLT, ALIRO, ALBU.
const FEATURES: [(u32, &str); 12] = [
    (0, "F00"),
    (1, "F01"),
    (2, "F02"),
    (4, "F04"),
    (5, "F05"),
    (7, "F07"),
    (8, "F08"),
    (10, "F0a"),
    (11, "F0b"),
    (12, "F0c"),
    (13, "F0d"),
    (14, "F0e"),
];

/// How an attribute is stored.
enum Kept {
    /// A setting, written as a number.
    Number(SettingId),
    /// A setting, written as a truth value.
    Flag(SettingId),
    /// The language setting, written as text.
    Language,
    /// Read only.
    Fixed,
}

const fn table() -> [(u16, &'static str, Kept); 45] {
    use Kept::{Fixed, Flag, Language, Number};
    use SettingId as S;
    [
        (0x00, "LockState", Fixed),
        (0x01, "LockType", Fixed),
        (0x02, "ActuatorEnabled", Fixed),
        (0x03, "DoorState", Fixed),
        (0x04, "DoorOpenEvents", Number(S::DoorOpenEvents)),
        (0x05, "DoorClosedEvents", Number(S::DoorClosedEvents)),
        (0x06, "OpenPeriod", Number(S::OpenPeriod)),
        (0x11, "NumberOfTotalUsersSupported", Fixed),
        (0x12, "NumberOfPINUsersSupported", Fixed),
        (0x13, "NumberOfRFIDUsersSupported", Fixed),
        (0x14, "NumberOfWeekDaySchedulesSupportedPerUser", Fixed),
        (0x15, "NumberOfYearDaySchedulesSupportedPerUser", Fixed),
        (0x16, "NumberOfHolidaySchedulesSupported", Fixed),
        (0x17, "MaxPINCodeLength", Fixed),
        (0x18, "MinPINCodeLength", Fixed),
        (0x19, "MaxRFIDCodeLength", Fixed),
        (0x1a, "MinRFIDCodeLength", Fixed),
        (0x1b, "CredentialRulesSupport", Fixed),
        (0x1c, "NumberOfCredentialsSupportedPerUser", Fixed),
        (0x21, "Language", Language),
        (0x22, "LEDSettings", Number(S::LedSettings)),
        (0x23, "AutoRelockTime", Number(S::AutoRelockTime)),
        (0x24, "SoundVolume", Number(S::SoundVolume)),
        (0x25, "OperatingMode", Number(S::OperatingMode)),
        (0x26, "SupportedOperatingModes", Fixed),
        (0x27, "DefaultConfigurationRegister", Fixed),
        (0x28, "EnableLocalProgramming", Fixed),
        (0x29, "EnableOneTouchLocking", Flag(S::EnableOneTouchLocking)),
        (0x2a, "EnableInsideStatusLED", Flag(S::EnableInsideStatusLed)),
        (0x2b, "EnablePrivacyModeButton", Flag(S::EnablePrivacyModeButton)),
        (0x2c, "LocalProgrammingFeatures", Number(S::LocalProgrammingFeatures)),
        (0x30, "WrongCodeEntryLimit", Number(S::WrongCodeEntryLimit)),
        (0x31, "UserCodeTemporaryDisableTime", Number(S::UserCodeTemporaryDisableTime)),
        (0x32, "SendPINOverTheAir", Flag(S::SendPinOverTheAir)),
        (0x33, "RequirePINforRemoteOperation", Flag(S::RequirePinForRemoteOperation)),
        (0x35, "ExpiringUserTimeout", Number(S::ExpiringUserTimeout)),
        (0x80, "AliroReaderVerificationKey", Fixed),
        (0x81, "AliroReaderGroupIdentifier", Fixed),
        (0x82, "AliroReaderGroupSubIdentifier", Fixed),
        (0x83, "AliroExpeditedTransactionSupportedProtocolVersions", Fixed),
        (0x84, "AliroGroupResolvingKey", Fixed),
        (0x85, "AliroSupportedBLEUWBProtocolVersions", Fixed),
        (0x86, "AliroBLEAdvertisingVersion", Fixed),
        (0x87, "NumberOfAliroCredentialIssuerKeysSupported", Fixed),
        (0x88, "NumberOfAliroEndpointKeysSupported", Fixed),
    ]
}

fn find(name: &str, pics: &Pics) -> Result<(u16, Kept), Fault> {
    // the files write RequirePINForRemoteOperation in two ways
    let found = table().into_iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
    let (id, _, kept) = found.ok_or(UNSUPPORTED)?;
    if pics.claims(&format!("DRLK.S.A{id:04x}")) { Ok((id, kept)) } else { Err(UNSUPPORTED) }
}

/// Reads an attribute.
///
/// # Errors
/// UNSUPPORTED_ATTRIBUTE when the device does not claim it.
pub fn read(device: &mut Device, pics: &Pics, peer: u8, name: &str) -> Result<Value, Fault> {
    if let Some(value) = global(name, pics) {
        return Ok(value);
    }
    let (id, kept) = find(name, pics)?;
    match kept {
        Kept::Number(setting) => setting_of(device, peer, setting).map(Value::from),
        Kept::Flag(setting) => setting_of(device, peer, setting).map(|value| Value::from(value != 0)),
        Kept::Language => {
            let letters = setting_of(device, peer, SettingId::Language)?.to_le_bytes();
            let text: String = letters.iter().take_while(|c| **c != 0).map(|c| char::from(*c)).collect();
            Ok(Value::from(text))
        }
        Kept::Fixed if id >= 0x80 => aliro(device, peer, id),
        Kept::Fixed => {
            let Answer::Status(status) = device.send(peer, &Command::ReadStatus) else {
                return Err(Fault::new("FAILURE"));
            };
            Ok(fixed(id, &status))
        }
    }
}

fn setting_of(device: &mut Device, peer: u8, id: SettingId) -> Result<u32, Fault> {
    match device.send(peer, &Command::ReadSetting(id)) {
        Answer::Setting(value) => Ok(value),
        Answer::Refused(why) => Err(fault(why)),
        _ => Err(Fault::new("FAILURE")),
    }
}

fn fixed(id: u16, status: &Status) -> Value {
    match id {
        0x00 if status.lock == LockState::Unknown => Value::Null,
        0x00 => json!(status.lock.code()),
        0x01 => json!(0),
        0x02 => json!(true),
        0x03 if status.door == DoorState::Unknown => Value::Null,
        0x03 => json!(status.door.code()),
        0x11 => json!(status.users),
        // an index of each kind for each user, as far as there are credential slots
        0x12 | 0x13 => json!(status.users.min(status.credentials)),
        0x14 => json!(status.week_days),
        0x15 => json!(status.year_days),
        0x16 => json!(status.holidays),
        0x17 => json!(status.max_pin),
        0x18 => json!(status.min_pin),
        0x19 => json!(lock::CARD_BYTES.end()),
        0x1a => json!(lock::CARD_BYTES.start()),
        0x1b => json!(0b111),
        0x1c => json!(lock::CREDENTIALS_PER_USER),
        // inverted in Matter: a set bit is a mode that is not there
        0x26 => json!(0xFFE0),
        0x27 => json!(0),
        _ => json!(false),
    }
}

fn aliro(device: &mut Device, peer: u8, id: u16) -> Result<Value, Fault> {
    let Answer::Aliro(view) = device.send(peer, &Command::GetAliroReader) else {
        return Err(Fault::new("FAILURE"));
    };
    let part = |n: usize| {
        view.reader.as_ref().map_or(Value::Null, |(key, group, resolving)| match n {
            0 => hex(key),
            1 => hex(group),
            _ => hex(resolving),
        })
    };
    Ok(match id {
        0x80 => part(0),
        0x81 => part(1),
        0x82 => hex(&view.sub_identifier),
        // protocol version 1.0 as two octets: Aliro configuration is kept for a reader that speaks it
        0x83 | 0x85 => json!(["hex:0100"]),
        0x84 => part(2),
        0x86 => json!(0),
        _ => json!(view.keys),
    })
}

fn global(name: &str, pics: &Pics) -> Option<Value> {
    let claimed = |ids: &[u16], form: fn(u16) -> String| -> Value {
        ids.iter().copied().filter(|id| pics.claims(&form(*id))).collect::<Vec<_>>().into()
    };
    match name {
        "ClusterRevision" => Some(json!(10)),
        "FeatureMap" => {
            let present = FEATURES.iter().filter(|(_, claim)| pics.claims(&format!("DRLK.S.{claim}")));
            Some(json!(present.fold(0u32, |map, (bit, _)| map | 1 << bit)))
        }
        "AttributeList" => {
            let mut ids: Vec<u32> = table()
                .iter()
                .filter(|(id, _, _)| pics.claims(&format!("DRLK.S.A{id:04x}")))
                .map(|(id, _, _)| u32::from(*id))
                .collect();
            ids.extend([0xFFF8, 0xFFF9, 0xFFFB, 0xFFFC, 0xFFFD]);
            Some(json!(ids))
        }
        "AcceptedCommandList" => Some(claimed(
            &[
                0x00, 0x01, 0x03, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x1a, 0x1b, 0x1d,
                0x22, 0x24, 0x26, 0x27, 0x28, 0x29,
            ],
            |id| format!("DRLK.S.C{id:02x}.Rsp"),
        )),
        "GeneratedCommandList" => {
            Some(claimed(&[0x0c, 0x0f, 0x12, 0x1c, 0x23, 0x25], |id| format!("DRLK.S.C{id:02x}.Tx")))
        }
        _ => None,
    }
}

/// Writes an attribute.
///
/// # Errors
/// UNSUPPORTED_ATTRIBUTE when the device does not claim it, UNSUPPORTED_WRITE when it cannot be written, else the
/// core's refusal.
pub fn write(device: &mut Device, pics: &Pics, peer: u8, name: &str, value: &Value) -> Result<(), Fault> {
    const BAD: Fault = Fault::new("CONSTRAINT_ERROR");
    if global(name, pics).is_some() {
        return Err(Fault::new("UNSUPPORTED_WRITE"));
    }
    let (_, kept) = find(name, pics)?;
    let (id, value) = match kept {
        Kept::Fixed => return Err(Fault::new("UNSUPPORTED_WRITE")),
        Kept::Number(id) => (id, value.as_u64().and_then(|v| u32::try_from(v).ok()).ok_or(BAD)?),
        Kept::Flag(id) => {
            let flag = value.as_bool().or_else(|| value.as_u64().map(|v| v != 0)).ok_or(BAD)?;
            (id, u32::from(flag))
        }
        Kept::Language => {
            let text = value.as_str().filter(|text| text.len() <= 3).ok_or(BAD)?;
            let mut letters = [0u8; 4];
            for (to, from) in letters.iter_mut().zip(text.bytes()) {
                *to = from;
            }
            (SettingId::Language, u32::from_le_bytes(letters))
        }
    };
    match device.send(peer, &Command::WriteSetting(id, value)) {
        Answer::Done => Ok(()),
        Answer::Refused(why) => Err(fault(why)),
        _ => Err(Fault::new("FAILURE")),
    }
}
