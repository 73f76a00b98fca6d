//! What an onlooker sees of the body, and the last decision in plain words. Reads only.

use lock::{
    AllowedBy, BatteryLevel, ClockQuality, CredentialKind, CredentialRef, Feedback, Mode, Operation,
    OperationError, Source,
};

use crate::body::Body;
use crate::hand::{Battery, BodyState, Decision, Keypad, Troubles};
use crate::keep::Keep;

impl<K: Keep> Body<K> {
    /// What is to be seen now.
    pub fn state(&mut self) -> BodyState {
        let (now, at) = (self.lock_now(), self.host_ms());
        let status = self.core.as_mut().map(|core| core.status(now));
        let lockout = status.map_or(0, |s| s.keypad_lockout);
        let wall = status.map_or(0, |s| s.wall);
        let world = &self.world;
        BodyState {
            at,
            powered: self.core.is_some(),
            bolt: self.travel.as_ref().map_or(world.bolt, |travel| travel.position(self.now)),
            moving: self.travel.is_some(),
            door_open: world.door_open,
            keypad: self.keypad(),
            battery: Battery {
                percent: world.pack.percent(),
                millivolts: world.pack.millivolts(0.0),
                under_load_millivolts: status.map_or(0, |s| u32::from(s.millivolts)),
                celsius: world.pack.celsius,
                level: level_word(status.map_or(BatteryLevel::Unknown, |s| s.battery)),
            },
            troubles: Troubles {
                out_of_reach: world.out_of_reach,
                radio: world.radio,
                jam: world.jam,
                power_cut_at: world.power_cut_at,
                wet_keypad: world.wet_keypad,
                bolt_sensor_dead: world.bolt_sensor_dead,
                door_sensor_dead: world.door_sensor_dead,
                cover_off: world.cover_off,
                travel_ms: world.travel_ms,
            },
            locked_out_until: (lockout > 0)
                .then(|| at.saturating_add(i64::try_from(lockout).unwrap_or(i64::MAX))),
            clock: (wall > 0).then(|| i64::try_from(wall).unwrap_or(i64::MAX)),
            clock_trusted: status.is_some_and(|s| s.clock == ClockQuality::Trusted),
            mode: mode_word(status.map_or(Mode::Normal, |s| s.mode)),
            rehearsing: status.is_some_and(|s| s.rehearsing),
            decision: self.decision.map(|(at, decision)| decision_in_words(at, &decision)),
            unsent_records: status
                .map_or(0, |s| u32::try_from(s.next_record.saturating_sub(s.acked + 1)).unwrap_or(u32::MAX)),
            frames_dropped: self.dropped,
        }
    }

    fn keypad(&self) -> Keypad {
        let (light, sound, meaning) = match self.shown.feedback {
            None => ("off", "silent", ""),
            Some(Feedback::KeyTaken) => ("white", "short click", "Key taken"),
            Some(Feedback::Accepted) => ("green", "two rising tones", "Opened"),
            Some(Feedback::Refused) => ("red", "two low tones", "Refused"),
            Some(Feedback::LockedOut) => ("red", "long low tone", "Locked out for now"),
            Some(Feedback::ShowNext) => ("white", "one high tone", "Show the next one"),
            Some(Feedback::Locked) => ("green", "one falling tone", "Locked"),
            Some(Feedback::Trouble) => ("amber", "three short tones", "Bolt or motor trouble"),
            Some(Feedback::BatteryLow) => ("amber", "four short tones", "Battery low"),
        };
        let (pressed, count) = (self.shown.pressed, self.shown.count);
        Keypad { pressed, light, sound, meaning, count }
    }
}

fn decision_in_words(at: i64, decision: &lock::Decision) -> Decision {
    let asked = operation_word(decision.operation);
    let credential = decision.credential.map(credential_words);
    let who = credential.clone().unwrap_or_else(|| match decision.source {
        Source::Remote | Source::ProprietaryRemote => "a sealed command".to_owned(),
        Source::Auto | Source::Schedule => "the lock itself".to_owned(),
        Source::Button => "the lock key".to_owned(),
        _ => "nothing that it knows".to_owned(),
    });
    let lockout_s = u32::try_from(decision.lockout.div_ceil(1000)).unwrap_or(u32::MAX);
    let result = match decision.refused {
        None => format!("Allowed: {asked} by {who}, {}.", schedule_words(decision.allowed_by)),
        Some(why) => format!("Refused: {asked} by {who}: {}.", refusal_words(why)),
    };
    Decision {
        at,
        asked,
        source: source_word(decision.source),
        credential,
        user: (decision.user > 0).then_some(decision.user),
        schedule: if decision.refused.is_none() {
            schedule_words(decision.allowed_by)
        } else {
            decision.refused.and_then(schedule_refusal).unwrap_or("not reached")
        },
        mode: mode_word(decision.mode),
        lockout_s,
        allowed: decision.refused.is_none(),
        result,
    }
}

/// A credential in plain words: `code in slot 3`.
#[must_use]
pub fn credential_words(which: CredentialRef) -> String {
    let kind = match which.kind {
        CredentialKind::ProgrammingPin => return "the programming code".to_owned(),
        CredentialKind::Pin => "code",
        CredentialKind::Rfid => "card",
        CredentialKind::Fingerprint => "finger",
        CredentialKind::FingerVein => "vein pattern",
        CredentialKind::Face => "face",
        CredentialKind::AliroIssuer | CredentialKind::AliroEvictable | CredentialKind::AliroNonEvictable => {
            "phone key"
        }
    };
    format!("{kind} in slot {}", which.index)
}

const fn operation_word(operation: Operation) -> &'static str {
    match operation {
        Operation::Lock => "lock",
        Operation::Unlock | Operation::Forced => "unlock",
        Operation::NonAccess => "entry without access",
        Operation::Unlatch => "unlatch",
        Operation::Unbolt => "unbolt",
    }
}

const fn source_word(source: Source) -> &'static str {
    match source {
        Source::Unspecified => "unknown",
        Source::Manual => "key or thumbturn",
        Source::ProprietaryRemote | Source::Remote => "remote",
        Source::Keypad => "keypad",
        Source::Auto => "the lock itself",
        Source::Button => "lock key",
        Source::Schedule => "schedule",
        Source::Rfid => "card reader",
        Source::Biometric => "finger reader",
        Source::Aliro => "phone reader",
    }
}

/// The rule of time that allowed something, in plain words: `within its dates`.
#[must_use]
pub const fn schedule_words(by: AllowedBy) -> &'static str {
    match by {
        AllowedBy::Always => "at any time",
        AllowedBy::WeekDay => "within its week-day hours",
        AllowedBy::YearDay => "within its dates",
        AllowedBy::Both => "within its dates and week-day hours",
        AllowedBy::Expiring => "within its time since first use",
        AllowedBy::Emergency => "as an emergency code",
        AllowedBy::Privilege => "by the controller's privilege",
        AllowedBy::Passage => "in passage mode",
    }
}

const fn schedule_refusal(why: OperationError) -> Option<&'static str> {
    match why {
        OperationError::OutsideSchedule => Some("outside its hours"),
        OperationError::TimeUnknown => Some("cannot be checked: the clock is not set"),
        OperationError::LeaseOver => Some("its lease is over"),
        _ => None,
    }
}

const fn refusal_words(why: OperationError) -> &'static str {
    match why {
        OperationError::Unspecified => "no reason is known",
        OperationError::InvalidCredential => "it is not on this lock",
        OperationError::DisabledUser => "it is disabled",
        OperationError::Restricted => "a rule of this lock forbids it",
        OperationError::InsufficientBattery => "the battery is too low to open and keep a reserve",
        OperationError::OutsideSchedule => "it is outside its hours",
        OperationError::TimeUnknown => "its hours cannot be checked, because the lock's clock is not set",
        OperationError::LeaseOver => "its time is over",
        OperationError::LockedOut => "the keypad is locked out after wrong codes",
        OperationError::Mode => "the lock's mode keeps it out",
        OperationError::WrongSource => "it may not be used this way",
        OperationError::MoreCredentials => "another credential of the same person is needed first",
        OperationError::Stalled => "the motor met something",
        OperationError::Jammed => "the bolt did not arrive",
        OperationError::StorageFailed => "the lock could not write its record first",
        OperationError::PinRequired => "a code must come with the command",
        OperationError::DoorOpen => "the door is open, and the bolt would meet the frame",
        OperationError::BrownOut => "the battery gave way under the motor",
        OperationError::NonAccess => "this person is known and never let in",
        OperationError::BudgetSpent => {
            "too many wrong codes this month: waits are longer until the owner lifts it"
        }
    }
}

const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "normal",
        Mode::Vacation => "vacation",
        Mode::Privacy => "privacy",
        Mode::NoRemote => "no_remote",
        Mode::Passage => "passage",
    }
}

const fn level_word(level: BatteryLevel) -> &'static str {
    match level {
        BatteryLevel::Unknown => "unknown",
        BatteryLevel::Good => "good",
        BatteryLevel::Low => "low",
        BatteryLevel::Reserve => "reserve",
        BatteryLevel::Empty => "empty",
    }
}
