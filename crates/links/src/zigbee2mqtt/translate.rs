//! From Zigbee2MQTT's words to ours: actions to records, states to reports. Pure, and the only place that
//! knows what an action means.

use hub::ports::{Bolt, Denial, DoorSensor, LockRecord, LockReport, RecordKind, RecordSource};

use super::facts::FIRST_SLOT;
use super::wire::{DoorState, LockState, State};

/// User number that says *nobody* in operation events (Zigbee Cluster Library, door lock cluster).
const NOBODY: u32 = 0xffff;

/// A record, and what it says of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happened {
    /// What happened.
    pub record: LockRecord,
    /// A code was put in (true) or taken out of (false) the record's slot.
    pub slot_taken: Option<bool>,
}

/// Reads the action of a state message, if it holds one.
pub(super) fn action(state: &State) -> Option<Happened> {
    let word = state.action.as_deref()?;
    let told = source(state.action_source_name.as_deref());
    let (kind, source, slot_taken) = match word {
        "lock" => (RecordKind::Locked, told, None),
        "unlock" => (RecordKind::Unlocked, told, None),
        "one_touch_lock" => (RecordKind::Locked, told, None),
        "key_lock" => (RecordKind::Locked, RecordSource::Key, None),
        "key_unlock" => (RecordKind::Unlocked, RecordSource::Key, None),
        "auto_lock" | "schedule_lock" => (RecordKind::Locked, RecordSource::Auto, None),
        "schedule_unlock" => (RecordKind::Unlocked, RecordSource::Auto, None),
        "manual_lock" => (RecordKind::Locked, RecordSource::Manual, None),
        "manual_unlock" => (RecordKind::Unlocked, RecordSource::Manual, None),
        "lock_failure_invalid_pin_or_id" | "unlock_failure_invalid_pin_or_id" => {
            (RecordKind::WrongCode, told, None)
        }
        "lock_failure_invalid_schedule" | "unlock_failure_invalid_schedule" => {
            (RecordKind::Denied(Denial::Schedule), told, None)
        }
        "pin_code_added" | "pin_code_changed" => (RecordKind::CodeChanged, told, Some(true)),
        "pin_code_deleted" => (RecordKind::CodeChanged, told, Some(false)),
        "master_code_changed" | "rfid_code_added" | "rfid_code_deleted" => {
            (RecordKind::CodeChanged, told, None)
        }
        other if other.contains("jam") => (RecordKind::Jammed, told, None),
        other => (RecordKind::Other(other.to_owned()), told, None),
    };
    let slot = state.action_user.filter(|user| *user != NOBODY).and_then(|user| u16::try_from(user).ok());
    let slot = slot.filter(|slot| *slot >= FIRST_SLOT);
    // a thumbturn or a key has no code, whatever number came along
    let slot = if matches!(source, RecordSource::Manual | RecordSource::Key | RecordSource::Auto) {
        None
    } else {
        slot
    };
    let record = LockRecord { sequence: None, at: None, kind, source, slot, version: None, why: None };
    Some(Happened { record, slot_taken: slot.and(slot_taken) })
}

fn source(name: Option<&str>) -> RecordSource {
    match name {
        Some("keypad") => RecordSource::Keypad,
        Some("rf") => RecordSource::Remote,
        Some("manual") => RecordSource::Manual,
        Some("rfid") => RecordSource::Rfid,
        Some("fingerprint") => RecordSource::Fingerprint,
        _ => RecordSource::Unknown,
    }
}

/// Where the bolt is said to be.
pub(super) fn bolt(state: LockState) -> Bolt {
    match state {
        LockState::Locked => Bolt::Extended,
        LockState::Unlocked => Bolt::Retracted,
        LockState::NotFullyLocked => Bolt::Between,
    }
}

/// The whole of what a state message says, as a report.
pub(super) fn report(state: &State) -> LockReport {
    let (door, jammed) = match state.door_state {
        Some(DoorState::Open | DoorState::ErrorForcedOpen) => (Some(DoorSensor::Open), Some(false)),
        Some(DoorState::Closed) => (Some(DoorSensor::Closed), Some(false)),
        Some(DoorState::ErrorJammed) => (Some(DoorSensor::Unknown), Some(true)),
        Some(DoorState::ErrorUnspecified | DoorState::Undefined) => (Some(DoorSensor::Unknown), None),
        None => (None, None),
    };
    LockReport {
        bolt: state.lock_state.map(bolt),
        door,
        battery_percent: state.battery,
        battery_mv: state.voltage,
        battery_low: state.battery_low,
        jammed,
        signal: state.linkquality.map(|q| format!("{q}/255")),
        ..LockReport::default()
    }
}

/// What happened when the door state changed to this, beyond the report.
pub(super) fn door_record(state: DoorState) -> Option<LockRecord> {
    let kind = match state {
        DoorState::ErrorJammed => RecordKind::Jammed,
        DoorState::ErrorForcedOpen => RecordKind::Forced,
        _ => return None,
    };
    Some(LockRecord {
        sequence: None,
        at: None,
        kind,
        source: RecordSource::Unknown,
        slot: None,
        version: None,
        why: None,
    })
}

#[cfg(test)]
mod tests {
    use super::{action, report};
    use crate::zigbee2mqtt::wire::state;
    use hub::ports::{Bolt, Denial, RecordKind, RecordSource};

    fn read(word: &str, source: &str, user: u32) -> (RecordKind, RecordSource, Option<u16>, Option<bool>) {
        let text = format!(r#"{{"action":"{word}","action_source_name":"{source}","action_user":{user}}}"#);
        let happened = action(&state(text.as_bytes()).unwrap()).unwrap();
        (happened.record.kind, happened.record.source, happened.record.slot, happened.slot_taken)
    }

    /// E1: every source is recorded as what it is.
    #[test]
    fn actions_of_the_yale_definition() {
        use RecordKind::{CodeChanged, Denied, Locked, Other, Unlocked, WrongCode};
        use RecordSource::{Auto, Key, Keypad, Manual, Remote};
        assert_eq!(read("unlock", "keypad", 3), (Unlocked, Keypad, Some(3), None));
        assert_eq!(read("lock", "rf", 0xffff), (Locked, Remote, None, None));
        assert_eq!(read("manual_lock", "manual", 0), (Locked, Manual, None, None));
        assert_eq!(read("key_unlock", "manual", 5), (Unlocked, Key, None, None));
        assert_eq!(read("auto_lock", "manual", 5), (Locked, Auto, None, None));
        assert_eq!(read("unlock_failure_invalid_pin_or_id", "keypad", 0), (WrongCode, Keypad, None, None));
        assert_eq!(
            read("unlock_failure_invalid_schedule", "keypad", 7),
            (Denied(Denial::Schedule), Keypad, Some(7), None)
        );
        assert_eq!(read("pin_code_added", "keypad", 4), (CodeChanged, Keypad, Some(4), Some(true)));
        assert_eq!(read("pin_code_deleted", "keypad", 4), (CodeChanged, Keypad, Some(4), Some(false)));
        assert_eq!(read("pin_code_deleted", "keypad", 0), (CodeChanged, Keypad, None, None));
        assert_eq!(read("dance", "elbow", 1).0, Other("dance".into()));
    }

    #[test]
    fn no_action_no_record() {
        for text in [r#"{"action":null}"#, r#"{"action":""}"#, "{}", r#"{"action_user":3}"#] {
            assert_eq!(action(&state(text.as_bytes()).unwrap()), None);
        }
    }

    /// *Locked* is said only of `locked`.
    #[test]
    fn not_fully_locked_is_between() {
        for (word, bolt) in
            [("locked", Bolt::Extended), ("unlocked", Bolt::Retracted), ("not_fully_locked", Bolt::Between)]
        {
            let text = format!(r#"{{"state":"LOCK","lock_state":"{word}"}}"#);
            assert_eq!(report(&state(text.as_bytes()).unwrap()).bolt, Some(bolt));
        }
        assert_eq!(report(&state(br#"{"state":"LOCK"}"#).unwrap()).bolt, None);
    }
}
