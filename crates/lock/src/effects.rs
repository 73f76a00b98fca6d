//! What one step asks of the host, and the token without which no motor turns the bolt in.

use crate::input::Frame;
use crate::words::{
    Alarm, AllowedBy, CredentialRef, Millis, Mode, Operation, OperationError, Source, UserIndex, coded,
};

/// Proof that one opening was allowed, and by what. Made only by the decision of this crate, neither copied nor
/// cloned, and used up by the retract that it allows.
#[derive(PartialEq, Eq, Debug)]
pub struct Authorised {
    credentials: [Option<CredentialRef>; 3],
    user: UserIndex,
    source: Source,
    allowed_by: AllowedBy,
    record: u64,
}

impl Authorised {
    pub(crate) const fn new(
        credentials: [Option<CredentialRef>; 3],
        user: UserIndex,
        source: Source,
        allowed_by: AllowedBy,
        record: u64,
    ) -> Self {
        Self { credentials, user, source, allowed_by, record }
    }
    /// The credentials that were shown; all `None` for a remote command by privilege alone.
    #[must_use]
    pub const fn credentials(&self) -> &[Option<CredentialRef>; 3] {
        &self.credentials
    }
    /// Whose they are; 0 for a peer's own privilege.
    #[must_use]
    pub const fn user(&self) -> UserIndex {
        self.user
    }
    /// Where the wish came from.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }
    /// The rule of time that allowed it.
    #[must_use]
    pub const fn allowed_by(&self) -> AllowedBy {
        self.allowed_by
    }
    /// Number of the `Allowed` record, durable already.
    #[must_use]
    pub const fn record(&self) -> u64 {
        self.record
    }
}

/// A command to the motor driver.
#[derive(PartialEq, Eq, Debug)]
pub enum Motion {
    /// Bolt out. Needs no authority: locking is always possible.
    Extend,
    /// Bolt in; with `unlatch` the latch too.
    Retract {
        /// What allows it.
        by: Authorised,
        /// Pull the latch as well.
        unlatch: bool,
    },
    /// Stop and brake (both driver outputs low), as at rest.
    Brake,
}

coded! {
    /// Light and sound at the door. The same for a duress code as for any other.
    Feedback {
        /// A key was taken. No sign of the code's length.
        KeyTaken = 1,
        /// Opened.
        Accepted = 2,
        /// Refused.
        Refused = 3,
        /// Locked out for now.
        LockedOut = 4,
        /// Show the next credential of the same user.
        ShowNext = 5,
        /// Locked.
        Locked = 6,
        /// Bolt or motor trouble.
        Trouble = 7,
        /// Battery low.
        BatteryLow = 8,
    }
}

/// Why the lock did what it did; the *how this lock decides* panel shows the last one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Decision {
    /// What was asked.
    pub operation: Operation,
    /// Where it came from.
    pub source: Source,
    /// The credential found, if any.
    pub credential: Option<CredentialRef>,
    /// Its user, 0 for nobody.
    pub user: UserIndex,
    /// The rule of time that was met.
    pub allowed_by: AllowedBy,
    /// Mode in force.
    pub mode: Mode,
    /// Milliseconds of lock-out left on the channel afterwards.
    pub lockout: Millis,
    /// Nothing: allowed.
    pub refused: Option<OperationError>,
}

/// Alarms raised in one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Alarms {
    bits: u32,
}

impl Alarms {
    pub(crate) fn raise(&mut self, alarm: Alarm) {
        self.bits |= 1u32.checked_shl(u32::from(alarm.code())).unwrap_or(0);
    }
    /// Whether this one was raised.
    #[must_use]
    pub fn has(&self, alarm: Alarm) -> bool {
        self.bits & 1u32.checked_shl(u32::from(alarm.code())).unwrap_or(0) != 0
    }
    /// Those raised.
    pub fn iter(self) -> impl Iterator<Item = Alarm> {
        Alarm::ALL.iter().copied().filter(move |alarm| self.has(*alarm))
    }
    /// Whether none was raised.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bits == 0
    }
}

/// What the host is to do after a step. Everything that had to be durable before it is durable already.
#[derive(Default)]
pub struct Effects {
    /// Drive the motor. At most one motion a step.
    pub motion: Option<Motion>,
    /// Show this at the door.
    pub feedback: Option<Feedback>,
    /// New records are there to be sent; see [`crate::Lock::seal_records`].
    pub records: bool,
    /// The state that [`crate::Status`] shows changed; see [`crate::Lock::seal_status`].
    pub changed: bool,
    /// Send these to the hub at once, outside the record flow. `Duress` is not to be shown at the door.
    pub alarms: Alarms,
    /// Send this challenge to the peer that asked.
    pub challenge: Option<[u8; 16]>,
    /// Send this sealed answer to the peer whose frame it was.
    pub answer: Option<Frame>,
    /// Call [`crate::step`] with `Timer` at this time at the latest. The same as [`crate::Lock::next_timer`].
    pub wake_at: Option<Millis>,
    /// The last decision, when one was taken.
    pub decision: Option<Decision>,
}
