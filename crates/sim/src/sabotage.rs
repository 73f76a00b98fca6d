//! Seeded bugs: each breaks one promise on purpose, so that a test can see its checker fail.

use hub::ports::{Ack, LinkError, LockRecord, Observed};

use crate::body::{Body, Command};

/// One bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// I1: a read says *empty* of a place that holds a code, and clears are forgotten.
    SaysEmpty,
    /// I2, I13: the end of a code is left out on the way to the lock, and the read does not see it.
    LosesTheEnd,
    /// I3: a read says that the expected code is there, whatever is; writes are forgotten.
    SaysMatches,
    /// I4: records name the neighbour's place.
    NamesTheNeighbour,
    /// I5: every code arrives with the same digits.
    SameDigits,
    /// I6: a write lands in the last place of the lock.
    LastPlace,
    /// I6: a write pushes another code off the lock.
    PushesOut,
    /// I10: an error text repeats the digits.
    TellsTheCode,
    /// I2, I12: clears are not done, and answered with nonsense.
    RefusesClears,
    /// I8: a write over the same digits switches them off and on.
    Toggles,
    /// I9: a clear leaves the user behind, and the read does not see it.
    LeavesTheUser,
    /// I14: reads do not see what strangers did.
    HidesStrangers,
    /// L2: no alert reaches anybody, and clears are not answered.
    MutesAlerts,
    /// L3: a write is never answered.
    NeverAnswers,
    /// L4: no write is done, and each is answered with nonsense.
    Babbles,
}

impl Sabotage {
    /// What arrives in place of a command.
    pub fn bend(self, command: Command, body: &Body) -> Command {
        match (self, command) {
            (Self::SaysEmpty | Self::RefusesClears | Self::MutesAlerts, Command::Clear(_)) => {
                Command::Clear(u16::MAX)
            }
            (Self::SaysMatches | Self::Babbles, Command::Set(_)) => Command::Clear(u16::MAX),
            (Self::LosesTheEnd, Command::Set(mut write)) => {
                write.not_after = None;
                write.validity.clear();
                Command::Set(write)
            }
            (Self::SameDigits, Command::Set(mut write)) => {
                if let Ok(pin) = access::Pin::parse("73915582") {
                    write.pin = pin;
                }
                Command::Set(write)
            }
            (Self::LastPlace, Command::Set(mut write)) => {
                write.slot = body.kind.first + body.kind.slots - 1;
                Command::Set(write)
            }
            (_, command) => command,
        }
    }

    /// What a read says in place of the truth.
    pub fn bend_reading(self, seen: Observed, expected: bool) -> Observed {
        match self {
            Self::SaysEmpty | Self::LeavesTheUser if !expected => Observed::Empty,
            Self::HidesStrangers if expected => Observed::Matches { enabled: true },
            Self::HidesStrangers => Observed::Empty,
            Self::SaysMatches if expected => Observed::Matches { enabled: true },
            Self::LosesTheEnd | Self::SameDigits | Self::LastPlace if expected && seen != Observed::Empty => {
                Observed::Matches { enabled: true }
            }
            _ => seen,
        }
    }

    /// What a command is answered with.
    pub fn bend_answer(self, result: Result<Ack, LinkError>, command: &Command) -> Result<Ack, LinkError> {
        match (self, command) {
            (Self::TellsTheCode, Command::Set(write)) => {
                Err(LinkError::Rejected(format!("it does not like {}", write.pin.expose())))
            }
            (Self::RefusesClears, Command::Clear(_)) | (Self::Babbles, Command::Clear(u16::MAX)) => {
                Err(LinkError::Unexpected("it says something else".into()))
            }
            (Self::MutesAlerts, Command::Clear(_)) => Err(LinkError::Unreachable("no answer".into())),
            _ => result,
        }
    }

    /// Whether only half of a command is done.
    pub fn halves(self, command: &Command) -> bool {
        self == Self::LeavesTheUser && matches!(command, Command::Clear(_))
    }

    /// The record as it is told.
    pub fn bend_record(self, mut record: LockRecord) -> LockRecord {
        if self == Self::NamesTheNeighbour {
            record.slot =
                record.slot.map(|slot| if slot % 2 == 0 { slot.saturating_sub(1) } else { slot + 1 });
            record.version = None;
        }
        record
    }
}
