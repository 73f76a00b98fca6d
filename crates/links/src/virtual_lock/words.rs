//! The lock's words in the hub's: records, state, refusals, capabilities. Pure. Every record of the lock
//! becomes exactly one of the hub's, so that its numbers stay without holes.

use access::{Capabilities, CodeLengths, LockoutRule, ReadBack, ScheduleSupport};
use hub::ports::{
    Bolt, Budget, Denial, DoorSensor, LinkError, LockRecord, LockReport, Mode, RecordKind, RecordSource, Why,
};
use jiff::Timestamp;
use lock::{
    Alarm, BatteryLevel, ClockQuality, CredentialKind, DoorState, LockState, Operation, OperationError,
    Record, Refusal, Source, Status,
};

/// The fabric and node under which the hub is paired (see `Commissioning` in the lock's process).
pub const OUR_FABRIC: u8 = 1;

/// What a virtual lock can do.
pub fn capabilities(status: &Status, sleep_ms: u32) -> Capabilities {
    Capabilities {
        slots: status.users.min(status.credentials),
        first_slot: 1,
        code: CodeLengths { min: status.min_pin, max: status.max_pin },
        read_back: ReadBack::Value,
        schedules: ScheduleSupport {
            week_day: status.week_days,
            year_day: status.year_days,
            lease: true,
            once: true,
            one_kind: false,
        },
        remote: true,
        bolt_sensor: true,
        door_sensor: true,
        sequenced_log: true,
        sleeps: sleep_ms > 0,
        write_gap_ms: 0,
        link_security: Some(
            "XChaCha20-Poly1305, a key of its own, a fresh challenge for each command".into(),
        ),
        firmware: Some(env!("CARGO_PKG_VERSION").into()),
        // the lock core's own rule: from the second lock-out on each is longer, kept over a power cut
        lockout: Some(LockoutRule::Escalating),
    }
}

/// State without a reason. `budget`: wrong attempts that the lock allows, once it is known.
pub fn report(status: &Status, budget: Option<u32>) -> LockReport {
    LockReport {
        bolt: Some(match status.lock {
            // the lock says *not fully locked* of a bolt that is out while the door is open, and of one
            // between
            LockState::NotFullyLocked => Bolt::Between,
            LockState::Locked => Bolt::Extended,
            LockState::Unlocked | LockState::Unlatched => Bolt::Retracted,
            LockState::Unknown => Bolt::Unknown,
        }),
        door: Some(match status.door {
            DoorState::Closed => DoorSensor::Closed,
            DoorState::Open | DoorState::ForcedOpen => DoorSensor::Open,
            DoorState::Ajar => DoorSensor::Ajar,
            DoorState::Jammed | DoorState::Error | DoorState::Unknown => DoorSensor::Unknown,
        }),
        battery_percent: battery_percent(status),
        battery_mv: (status.millivolts > 0).then(|| u32::from(status.millivolts)),
        battery_low: Some(matches!(
            status.battery,
            BatteryLevel::Low | BatteryLevel::Reserve | BatteryLevel::Empty
        )),
        jammed: Some(status.jammed),
        travel_ms: None,
        lockout_ms: Some(u32::try_from(status.keypad_lockout).unwrap_or(u32::MAX)),
        clock_known: Some(status.clock == ClockQuality::Trusted),
        clock_unconfirmed: Some(status.clock == ClockQuality::Unconfirmed),
        mode: Some(mode(status.mode)),
        budget: Some(Budget { used: status.budget_used, limit: budget, spent: status.budget_spent }),
        rehearsing: Some(status.rehearsing),
        firmware: Some(env!("CARGO_PKG_VERSION").into()),
        signal: None,
    }
}

/// From the voltage under load, between a pack at 4.0 V (nothing left for the motor) and one at 6.1 V
/// (fresh): a straight line, an estimate as coarse as most locks' own.
fn battery_percent(status: &Status) -> Option<u8> {
    let above = u32::from(status.millivolts).checked_sub(4_000);
    match status.millivolts {
        0 => None,
        _ => u8::try_from((above.unwrap_or(0) * 100 / 2_100).min(100)).ok(),
    }
}

/// One record. `version` tells the hub's version of the wish behind a credential version of the lock.
pub fn record(record: &Record, version: impl Fn(u32) -> Option<u64>) -> LockRecord {
    let known = record.wall > 0 && record.quality == ClockQuality::Trusted;
    let at =
        i64::try_from(record.wall).ok().and_then(|wall| Timestamp::from_second(wall).ok()).filter(|_| known);
    LockRecord {
        sequence: Some((record.boot, record.seq)),
        at,
        kind: kind(record),
        source: source(record),
        // user and code slot carry the same number (see `errands.rs`); a finger or card names its user
        slot: (record.user > 0 && record.user != lock::ALL).then_some(record.user),
        version: version(record.version),
        why: why(record),
    }
}

/// Something about the records themselves, which has no number.
pub fn unnumbered(kind: RecordKind) -> LockRecord {
    let source = RecordSource::Unknown;
    LockRecord { sequence: None, at: None, kind, source, slot: None, version: None, why: None }
}

/// How the lock decided: of records of an operation asked for, allowed or refused.
fn why(record: &Record) -> Option<Why> {
    use lock::RecordKind::{Allowed, Done, LockOut, Refused};
    if !matches!(record.kind, Allowed | Done | LockOut | Refused) {
        return None;
    }
    let credential =
        record.credentials.iter().flatten().next_back().copied().map(virtual_lock::credential_words);
    let schedule = match record.error {
        None => Some(virtual_lock::schedule_words(record.allowed_by)),
        Some(OperationError::OutsideSchedule) => Some("outside its hours"),
        Some(OperationError::TimeUnknown) => Some("cannot be checked: the clock is not set"),
        Some(OperationError::LeaseOver) => Some("its time is over"),
        Some(_) => None,
    };
    Some(Why {
        credential,
        user: (record.user > 0 && record.user != lock::ALL).then_some(record.user),
        schedule: schedule.map(str::to_owned),
        mode: None,
        lockout_s: if record.kind == LockOut { record.detail } else { 0 },
    })
}

fn mode(mode: lock::Mode) -> Mode {
    match mode {
        lock::Mode::Normal => Mode::Normal,
        lock::Mode::Vacation => Mode::Vacation,
        lock::Mode::Privacy => Mode::Privacy,
        lock::Mode::NoRemote => Mode::NoRemote,
        lock::Mode::Passage => Mode::Passage,
    }
}

/// The setting's value for a mode.
pub fn setting_of(mode: Mode) -> u32 {
    let mode = match mode {
        Mode::Normal => lock::Mode::Normal,
        Mode::Vacation => lock::Mode::Vacation,
        Mode::Privacy => lock::Mode::Privacy,
        Mode::NoRemote => lock::Mode::NoRemote,
        Mode::Passage => lock::Mode::Passage,
    };
    mode.code().into()
}

fn other(text: &str) -> RecordKind {
    RecordKind::Other(text.to_owned())
}

fn kind(record: &Record) -> RecordKind {
    let locking = record.operation == Some(Operation::Lock);
    match record.kind {
        lock::RecordKind::Boot => RecordKind::Restarted,
        lock::RecordKind::Allowed if locking => other("about to lock"),
        lock::RecordKind::Allowed => other("allowed, about to unlock"),
        lock::RecordKind::Done if record.operation == Some(Operation::Unlatch) => other("latch drawn"),
        lock::RecordKind::Done | lock::RecordKind::Manual if locking => RecordKind::Locked,
        lock::RecordKind::Done | lock::RecordKind::Manual => RecordKind::Unlocked,
        lock::RecordKind::Refused => refused(record.error),
        lock::RecordKind::LockOut => RecordKind::LockedOut { seconds: record.detail },
        lock::RecordKind::Alarm => alarm(record.detail),
        lock::RecordKind::Door => other(door_word(record.detail)),
        lock::RecordKind::UserChange | lock::RecordKind::Peer if record.fabric == OUR_FABRIC => {
            other("took a change sent from here")
        }
        lock::RecordKind::UserChange => RecordKind::CodeChanged,
        lock::RecordKind::Peer => other("another controller was let in or sent away"),
        lock::RecordKind::Setting => other("setting changed"),
        lock::RecordKind::Clock => RecordKind::ClockChanged,
        lock::RecordKind::Battery => battery(record.detail),
        lock::RecordKind::Reset => RecordKind::FactoryReset,
        lock::RecordKind::Emergency => RecordKind::EmergencyCode,
        lock::RecordKind::Rehearsal if record.detail == 0 => RecordKind::RehearsalEnded,
        lock::RecordKind::Rehearsal => RecordKind::RehearsalBegan,
        lock::RecordKind::BudgetLifted => RecordKind::BudgetLifted,
        lock::RecordKind::Mode => other("mode changed at the lock"),
    }
}

fn refused(error: Option<OperationError>) -> RecordKind {
    match error.unwrap_or(OperationError::Unspecified) {
        OperationError::InvalidCredential | OperationError::PinRequired => RecordKind::WrongCode,
        OperationError::DisabledUser | OperationError::NonAccess | OperationError::WrongSource => {
            RecordKind::Denied(Denial::Disabled)
        }
        OperationError::InsufficientBattery => RecordKind::Denied(Denial::Battery),
        OperationError::OutsideSchedule => RecordKind::Denied(Denial::Schedule),
        OperationError::TimeUnknown => RecordKind::Denied(Denial::ClockUnknown),
        OperationError::LeaseOver => RecordKind::Denied(Denial::Expired),
        OperationError::LockedOut => RecordKind::Denied(Denial::LockedOut),
        OperationError::BudgetSpent => RecordKind::Denied(Denial::BudgetSpent),
        OperationError::Mode | OperationError::Restricted => RecordKind::Denied(Denial::Mode),
        OperationError::MoreCredentials => other("a further credential is needed"),
        _ => RecordKind::Failed,
    }
}

fn alarm(detail: u32) -> RecordKind {
    match u8::try_from(detail).ok().and_then(Alarm::from_code) {
        Some(Alarm::LockJammed) => RecordKind::Jammed,
        Some(Alarm::FactoryReset) => RecordKind::FactoryReset,
        Some(Alarm::PowerCycled) => RecordKind::Restarted,
        Some(Alarm::WrongCodeLimit) => other("too many wrong codes"),
        Some(Alarm::FrontRemoved) => RecordKind::Tamper,
        Some(Alarm::DoorForced | Alarm::UnauthorisedMovement) => RecordKind::Forced,
        Some(Alarm::DoorAjar) => RecordKind::Ajar,
        Some(Alarm::Duress) => RecordKind::Duress,
        Some(Alarm::BudgetSpent) => other("budget of wrong codes spent: waits are longer"),
        Some(Alarm::BatteryLow | Alarm::BatteryReserve) => RecordKind::BatteryLow,
        Some(Alarm::ClockJump) => RecordKind::ClockJumped,
        Some(Alarm::StorageFailed) => other("the lock's storage refuses writes"),
        Some(Alarm::ForgedCommands) => other("many forged commands"),
        None => other("alarm of an unknown kind"),
    }
}

fn battery(detail: u32) -> RecordKind {
    match u8::try_from(detail >> 16).ok().and_then(BatteryLevel::from_code) {
        Some(BatteryLevel::Low | BatteryLevel::Reserve | BatteryLevel::Empty) => RecordKind::BatteryLow,
        _ => other("battery good again"),
    }
}

fn door_word(detail: u32) -> &'static str {
    match u8::try_from(detail).ok().and_then(DoorState::from_code) {
        Some(DoorState::Open | DoorState::ForcedOpen) => "door opened",
        Some(DoorState::Closed) => "door closed",
        Some(DoorState::Ajar) => "door stands open",
        _ => "door sensor does not answer",
    }
}

fn source(record: &Record) -> RecordSource {
    match record.source {
        Source::Keypad => RecordSource::Keypad,
        Source::Manual if record.kind == lock::RecordKind::Manual && record.detail == 0 => RecordSource::Key,
        Source::Manual if record.kind == lock::RecordKind::Manual => RecordSource::Thumbturn,
        Source::Manual | Source::Button => RecordSource::Manual,
        Source::Remote | Source::ProprietaryRemote => RecordSource::Remote,
        Source::Rfid => RecordSource::Rfid,
        Source::Biometric => RecordSource::Fingerprint,
        Source::Auto | Source::Schedule => RecordSource::Auto,
        Source::Unspecified | Source::Aliro => RecordSource::Unknown,
    }
}

/// The code slot that a record says somebody else changed, and whether something is in it now.
pub fn foreign_change(record: &Record) -> Option<(u16, bool)> {
    if record.kind != lock::RecordKind::UserChange || record.fabric == OUR_FABRIC {
        return None;
    }
    let pin = record.credentials.iter().flatten().find(|c| c.kind == CredentialKind::Pin)?;
    let cleared = (record.detail >> 8) & 0xFF == u32::from(lock::DataOperation::Clear.code());
    Some((pin.index, !cleared)).filter(|(slot, _)| *slot != lock::ALL)
}

/// A refusal of the lock as the hub sorts errors.
pub fn refusal(why: Refusal) -> LinkError {
    let text = match why {
        Refusal::Duplicate => return LinkError::Duplicate,
        Refusal::StorageFailed => {
            return LinkError::Unexpected("its storage does not take the change".into());
        }
        Refusal::Stale => return LinkError::Unexpected("it holds a newer change already".into()),
        Refusal::Failure => "the operation failed",
        Refusal::Occupied => "the slot is taken",
        Refusal::InvalidCommand => "a field does not fit, or another controller owns the slot",
        Refusal::Constraint => "a value is outside its range",
        Refusal::Exhausted => "it has no room left",
        Refusal::NotFound => "nothing is there",
        Refusal::InvalidInState => "not in its present state",
        Refusal::AccessDenied => "this controller may not ask that",
        Refusal::ReadOnly => "the setting cannot be written",
    };
    LinkError::Rejected(text.into())
}

/// Why the lock did not operate, in words.
pub fn denial(why: OperationError) -> LinkError {
    let text = match why {
        OperationError::InsufficientBattery => "the battery is too low",
        OperationError::Mode => "its mode allows no remote operation",
        OperationError::LockedOut => "remote codes are locked out for now",
        OperationError::PinRequired => "it asks for a code with every remote command",
        OperationError::StorageFailed => "it could not write its record first",
        OperationError::TimeUnknown => "its clock is not set",
        OperationError::DoorOpen => "the door is open: shut it first",
        _ => "the lock does not allow it now",
    };
    LinkError::Rejected(text.into())
}
