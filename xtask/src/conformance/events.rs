//! The lock's records as Matter events. The log is the only source: an event is a record read in Matter's words.

use lock::{Operation, Record, RecordKind, Source};
use serde_json::{Value, json};

use super::cluster::reference;

/// A Matter event.
pub struct Event {
    /// Name.
    pub name: &'static str,
    /// Fields.
    pub fields: Value,
}

/// What one record is in Matter, if anything. The order and number of events follow from the records alone.
fn event(record: &Record) -> Option<Event> {
    let remote = record.source == Source::Remote;
    let user = (record.user != 0).then_some(record.user);
    let fabric = remote.then_some(record.fabric);
    let node = remote.then_some(record.node);
    let credentials: Vec<Value> = record.credentials.iter().flatten().map(|c| reference(*c)).collect();
    let credentials = if credentials.is_empty() { Value::Null } else { Value::from(credentials) };
    let operation = record.operation.map(|operation| match operation {
        // Matter has no word of its own for a bolt drawn without the latch
        Operation::Unbolt => Operation::Unlock.code(),
        other => other.code(),
    });
    match record.kind {
        RecordKind::Boot => Some(Event { name: "StartUp", fields: json!({}) }),
        // the first record of a paired lock stands where a node reports that it has started
        RecordKind::Peer if record.detail == 0 => Some(Event { name: "StartUp", fields: json!({}) }),
        RecordKind::Done | RecordKind::Manual => Some(Event {
            name: "LockOperation",
            fields: json!({
                "LockOperationType": operation, "OperationSource": record.source.code(), "UserIndex": user,
                "FabricIndex": fabric, "SourceNode": node, "Credentials": credentials,
            }),
        }),
        RecordKind::Refused | RecordKind::LockOut => Some(Event {
            name: "LockOperationError",
            fields: json!({
                "LockOperationType": operation, "OperationSource": record.source.code(),
                "OperationError": record.error.map_or(0, lock::OperationError::matter), "UserIndex": user,
                "FabricIndex": fabric, "SourceNode": node, "Credentials": credentials,
            }),
        }),
        RecordKind::Alarm if record.detail <= 8 => {
            Some(Event { name: "DoorLockAlarm", fields: json!({ "AlarmCode": record.detail }) })
        }
        RecordKind::Door => {
            Some(Event { name: "DoorStateChange", fields: json!({ "DoorState": record.detail }) })
        }
        RecordKind::UserChange => {
            let index = match record.credentials.first().copied().flatten() {
                Some(credential) => Some(u32::from(credential.index)),
                None if record.detail >> 16 == 2 => Some(u32::from(record.user)),
                None => Some(record.detail & 0xFF),
            };
            Some(Event {
                name: "LockUserChange",
                fields: json!({
                    "LockDataType": record.detail >> 16, "DataOperationType": record.detail >> 8 & 0xFF,
                    "OperationSource": record.source.code(), "UserIndex": user, "FabricIndex": fabric,
                    "SourceNode": node, "DataIndex": index,
                }),
            })
        }
        _ => None,
    }
}

/// Every event of the log, numbered from 0.
pub fn events(records: &[Record]) -> Vec<(u64, Event)> {
    let mut out = Vec::new();
    for record in records {
        // a lock-out is a failed operation and an alarm
        let alarm = (record.kind == RecordKind::LockOut)
            .then(|| Event { name: "DoorLockAlarm", fields: json!({ "AlarmCode": 4 }) });
        out.extend(event(record));
        out.extend(alarm);
    }
    (0..).zip(out).collect()
}
