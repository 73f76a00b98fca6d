//! From Z-Wave's words to ours: notifications to records, values to reports. Pure, and the only place that knows
//! what a number of the Notification or Door Lock command class means (numbers: Z-Wave Alliance, notification
//! command class list, as the driver's own tables have them).

use hub::ports::{Bolt, Denial, DoorSensor, LockRecord, LockReport, RecordKind, RecordSource};

use super::wire::{Name, Notified, Scalar, class};

/// Notification types.
const ACCESS_CONTROL: u16 = 6;
const HOME_SECURITY: u16 = 7;
const POWER: u16 = 8;
/// Refused because the code is there already; it comes after the write was taken.
const DUPLICATE: u16 = 0x0f;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// Something happened.
    Happened(LockRecord),
    /// A code was put into (true) or taken out of (false) the record's slot, at the lock or from elsewhere.
    Code(LockRecord, bool),
    /// All codes are gone.
    AllGone(LockRecord),
    /// A code that was written is refused: it is there in another slot.
    Duplicate {
        /// The slot that was written, where the lock says it.
        slot: Option<u16>,
    },
    /// Only a state changed.
    State(LockReport),
    /// Nothing that matters here.
    Nothing,
}

/// Reads a notification.
pub(super) fn notification(told: &Notified) -> Said {
    let slot = user(told);
    match (told.kind, told.event) {
        (ACCESS_CONTROL, event) => access_control(event, slot, told.label.as_deref()),
        (HOME_SECURITY, 0x03 | 0x09) => {
            Said::Happened(record(RecordKind::Tamper, RecordSource::Unknown, None))
        }
        (HOME_SECURITY, 0x01 | 0x02) => {
            Said::Happened(record(RecordKind::Forced, RecordSource::Unknown, None))
        }
        (POWER, 0x0a | 0x0b) => Said::State(LockReport { battery_low: Some(true), ..LockReport::default() }),
        (POWER, 0x01) => Said::Happened(record(RecordKind::Restarted, RecordSource::Unknown, None)),
        _ => Said::Nothing,
    }
}

/// The slot that a notification names. User 0 is nobody.
fn user(told: &Notified) -> Option<u16> {
    let parameters = told.parameters.as_ref()?;
    let id = parameters.get("userId").and_then(serde_json::Value::as_u64)?;
    u16::try_from(id).ok().filter(|id| *id != 0)
}

fn record(kind: RecordKind, source: RecordSource, slot: Option<u16>) -> LockRecord {
    LockRecord { sequence: None, at: None, kind, source, slot, version: None, why: None }
}

fn access_control(event: u16, slot: Option<u16>, label: Option<&str>) -> Said {
    use RecordKind::{CodeChanged, Denied, Failed, Locked, LockedOut, Unlocked, WrongCode};
    use RecordSource::{Auto, Keypad, Manual, Remote, Unknown};
    let (kind, source, slot) = match event {
        0x01 => (Locked, Manual, None),
        0x02 => (Unlocked, Manual, None),
        0x03 => (Locked, Remote, None),
        0x04 => (Unlocked, Remote, None),
        0x05 | 0x21 | 0x23 => (Locked, Keypad, slot),
        0x06 | 0x22 | 0x24 => (Unlocked, Keypad, slot),
        0x07 => (Failed, Manual, None),
        0x08 => (Failed, Remote, None),
        0x09 => (Locked, Auto, None),
        0x0a => (Failed, Auto, None),
        0x0b => return Said::State(LockReport { jammed: Some(true), ..LockReport::default() }),
        0x0c => return Said::AllGone(record(CodeChanged, Unknown, None)),
        0x0d => return Said::Code(record(CodeChanged, Unknown, slot), false),
        0x0e => return Said::Code(record(CodeChanged, Unknown, slot), true),
        DUPLICATE => return Said::Duplicate { slot },
        0x10 | 0x13 => (LockedOut { seconds: 0 }, Keypad, None),
        0x12 => (CodeChanged, Unknown, None),
        0x14 | 0x15 => (WrongCode, Remote, None),
        0x16 | 0x17 => return Said::State(door_state(event)),
        0x20 => (Denied(Denial::Mode), Keypad, slot),
        0x2f => (Denied(Denial::Disabled), Keypad, slot),
        0x30 => (Denied(Denial::Schedule), Keypad, slot),
        0x31 | 0x33 => (Denied(Denial::Mode), Keypad, slot),
        0x32 => (WrongCode, Keypad, None),
        // a keypad that is idle again, a lock state that is idle again
        0x00 | 0x11 | 0xfe => return Said::Nothing,
        _ => {
            let word: String = label.unwrap_or("an event without a name").chars().take(60).collect();
            (RecordKind::Other(word), Unknown, slot)
        }
    };
    Said::Happened(record(kind, source, slot))
}

fn door_state(event: u16) -> LockReport {
    let door = if event == 0x16 { DoorSensor::Open } else { DoorSensor::Closed };
    LockReport { door: Some(door), ..LockReport::default() }
}

/// The raw values from which the place of the bolt follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct BoltValues {
    /// Mode of the lock: 0xff secured, 0xfe unknown, all others drawn in one way or another.
    pub mode: Option<u8>,
    /// The bolt's own sensor: true is out.
    pub out: Option<bool>,
}

impl BoltValues {
    /// *Extended* is said only when the sensor and the lock's own word agree.
    pub(super) fn bolt(self) -> Option<Bolt> {
        Some(match (self.mode?, self.out) {
            (0xfe, None) => Bolt::Unknown,
            (0xff | 0xfe, Some(true)) | (0xff, None) => Bolt::Extended,
            (0xff, Some(false)) | (_, Some(true)) => Bolt::Between,
            _ => Bolt::Retracted,
        })
    }
}

/// What a value means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Means {
    /// Part of the place of the bolt.
    Mode(Option<u8>),
    /// Part of the place of the bolt.
    BoltOut(Option<bool>),
    /// Ready to be told.
    Report(LockReport),
    /// A state that began; the record is told once.
    Began(LockReport, LockRecord),
    /// A slot of a User Code lock: its status.
    Slot(u16, Option<u8>),
    /// Seconds between two wakings.
    WakeUp(u32),
    /// Seconds until it locks by itself; 0: it does not.
    AutoRelock(u16),
    /// Nothing that matters here.
    Nothing,
}

/// Reads a value.
pub(super) fn value(kind: u16, property: &Name, key: Option<&Name>, value: &Scalar) -> Means {
    let key_text = key.map(Name::text).unwrap_or_default();
    let number: Option<u16> = value.number();
    match (kind, property.text(), key_text) {
        (class::DOOR_LOCK, "currentMode", _) => Means::Mode(value.number()),
        (class::DOOR_LOCK, "boltStatus", _) => Means::BoltOut(value.text().map(|text| text == "locked")),
        (class::DOOR_LOCK, "doorStatus", _) => match value.text() {
            Some("open") => Means::Report(door_state(0x16)),
            Some("closed") => Means::Report(door_state(0x17)),
            _ => Means::Nothing,
        },
        (class::DOOR_LOCK, "autoRelockTime", _) => number.map_or(Means::Nothing, Means::AutoRelock),
        (class::BATTERY, "level", _) => Means::Report(battery(value)),
        (class::BATTERY, "isLow", _) => {
            Means::Report(LockReport { battery_low: value.bool(), ..LockReport::default() })
        }
        (class::NOTIFICATION, "Access Control", "Lock state") => {
            Means::Report(LockReport { jammed: Some(number == Some(0x0b)), ..LockReport::default() })
        }
        (class::NOTIFICATION, "Access Control", "Door state" | "Door state (simple)") => match number {
            Some(event @ (0x16 | 0x17)) => Means::Report(door_state(event)),
            _ => Means::Nothing,
        },
        (class::NOTIFICATION, "Access Control", "Keypad state") if matches!(number, Some(0x10 | 0x13)) => {
            let shut = record(RecordKind::LockedOut { seconds: 0 }, RecordSource::Keypad, None);
            Means::Began(LockReport::default(), shut)
        }
        (class::NOTIFICATION, "Home Security", "Cover status") if number == Some(3) => {
            Means::Began(LockReport::default(), record(RecordKind::Tamper, RecordSource::Unknown, None))
        }
        (class::NOTIFICATION, "Power Management", "Battery maintenance status" | "Battery level status")
            if matches!(number, Some(10 | 11)) =>
        {
            Means::Report(LockReport { battery_low: Some(true), ..LockReport::default() })
        }
        (class::USER_CODE, "userIdStatus", _) => {
            key.and_then(Name::number).map_or(Means::Nothing, |slot| Means::Slot(slot, value.number()))
        }
        (class::WAKE_UP, "wakeUpInterval", _) => {
            value.number().filter(|s| *s > 0).map_or(Means::Nothing, Means::WakeUp)
        }
        _ => Means::Nothing,
    }
}

/// 0xff of the command class comes as level 0 with `isLow`.
fn battery(value: &Scalar) -> LockReport {
    let percent = value.number::<u8>().filter(|percent| *percent <= 100);
    LockReport { battery_percent: percent, ..LockReport::default() }
}

#[cfg(test)]
mod tests {
    use super::{BoltValues, Means, Said, notification, value};
    use crate::zwave_js::wire::{Name, Notified, Scalar, class};
    use hub::ports::{Bolt, Denial, RecordKind, RecordSource};

    fn told(kind: u16, event: u16, user: Option<u16>) -> Said {
        let parameters = user.map(|user| serde_json::json!({ "userId": user }));
        notification(&Notified { kind, event, label: Some("Dance".into()), parameters })
    }

    fn record(said: Said) -> (RecordKind, RecordSource, Option<u16>) {
        match said {
            Said::Happened(it) | Said::Code(it, _) | Said::AllGone(it) => (it.kind, it.source, it.slot),
            other => panic!("{other:?}"),
        }
    }

    /// E1: every source is recorded as what it is; a thumbturn has no code whatever number came along.
    #[test]
    fn who_and_how() {
        use RecordKind::{CodeChanged, Denied, Failed, Locked, Other, Tamper, Unlocked, WrongCode};
        use RecordSource::{Auto, Keypad, Manual, Remote, Unknown};
        assert_eq!(record(told(6, 6, Some(3))), (Unlocked, Keypad, Some(3)));
        assert_eq!(record(told(6, 6, Some(0))), (Unlocked, Keypad, None));
        assert_eq!(record(told(6, 2, Some(3))), (Unlocked, Manual, None));
        assert_eq!(record(told(6, 4, None)), (Unlocked, Remote, None));
        assert_eq!(record(told(6, 9, None)), (Locked, Auto, None));
        assert_eq!(record(told(6, 10, None)), (Failed, Auto, None));
        assert_eq!(record(told(6, 0x32, Some(0))), (WrongCode, Keypad, None));
        assert_eq!(record(told(6, 0x30, Some(7))), (Denied(Denial::Schedule), Keypad, Some(7)));
        assert_eq!(record(told(6, 0x2f, Some(7))), (Denied(Denial::Disabled), Keypad, Some(7)));
        assert_eq!(record(told(6, 14, Some(4))), (CodeChanged, Unknown, Some(4)));
        assert_eq!(record(told(7, 3, None)), (Tamper, Unknown, None));
        assert_eq!(record(told(6, 0x77, None)), (Other("Dance".into()), Unknown, None));
        assert_eq!(told(6, 15, Some(5)), Said::Duplicate { slot: Some(5) });
        assert_eq!(told(1, 1, None), Said::Nothing);
        assert!(matches!(told(6, 11, None), Said::State(report) if report.jammed == Some(true)));
        assert!(matches!(told(8, 11, None), Said::State(report) if report.battery_low == Some(true)));
    }

    /// *Locked* is never said against the bolt's own sensor.
    #[test]
    fn the_bolt_is_where_its_sensor_says() {
        let bolt = |mode, out| BoltValues { mode, out }.bolt();
        assert_eq!(bolt(Some(0xff), Some(true)), Some(Bolt::Extended));
        assert_eq!(bolt(Some(0xff), Some(false)), Some(Bolt::Between));
        assert_eq!(bolt(Some(0), Some(true)), Some(Bolt::Between));
        assert_eq!(bolt(Some(0), Some(false)), Some(Bolt::Retracted));
        assert_eq!(bolt(Some(1), None), Some(Bolt::Retracted));
        assert_eq!(bolt(Some(0xfe), None), Some(Bolt::Unknown));
        assert_eq!(bolt(None, Some(true)), None);
    }

    #[test]
    fn values_and_nonsense() {
        let read = |kind, property: &str, key: Option<&str>, scalar| {
            value(kind, &Name::Text(property.into()), key.map(|k| Name::Text(k.into())).as_ref(), &scalar)
        };
        assert_eq!(
            read(class::DOOR_LOCK, "currentMode", None, Scalar::Number(255.0)),
            Means::Mode(Some(255))
        );
        assert_eq!(read(class::DOOR_LOCK, "currentMode", None, Scalar::Number(1e9)), Means::Mode(None));
        assert_eq!(
            read(class::USER_CODE, "userIdStatus", Some("3"), Scalar::Number(1.0)),
            Means::Slot(3, Some(1))
        );
        assert_eq!(
            read(class::USER_CODE, "userCode", Some("3"), Scalar::Text("0471".into())),
            Means::Nothing
        );
        let level = |n| match read(class::BATTERY, "level", None, Scalar::Number(n)) {
            Means::Report(report) => report.battery_percent,
            other => panic!("{other:?}"),
        };
        assert_eq!((level(9.0), level(250.0), level(-3.0), level(0.5)), (Some(9), None, None, None));
        let cover = read(class::NOTIFICATION, "Home Security", Some("Cover status"), Scalar::Number(3.0));
        assert!(matches!(cover, Means::Began(_, record) if record.kind == RecordKind::Tamper));
    }
}
