//! The walk's own account of the lock, kept without looking into it: what was granted, revoked, told and seen, and an
//! opinion on who may open. It repeats the rules in other words; it does not call the lock's.

use std::hash::{Hash, Hasher};

use lock::{Bolt, CredentialKind, Hand, Leaf, Millis, Mode, Privilege, UserType};

use crate::act::{Act, Remote};
use crate::scene::{Setup, T0, WINDOW};

/// Collects what is hashed.
struct Feed<'a>(&'a mut Vec<u8>);

impl Hasher for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    fn finish(&self) -> u64 {
        0
    }
}

/// What the walk knows by itself.
#[derive(Clone, Debug, Hash)]
pub struct Shadow {
    pub commissioned: bool,
    /// Last reports since power-up.
    pub bolt: Bolt,
    pub leaf: Leaf,
    pub leaf_seen: bool,
    /// Which credentials are set.
    pub granted: [bool; 2],
    pub types: [UserType; 2],
    pub disabled: [bool; 2],
    /// A one-time emergency code was used.
    pub spent: [bool; 2],
    /// Something was revoked, so that no message of before may come in.
    pub revoked: bool,
    /// Strange credentials compared since the last right one, by channel. Stops at 4.
    pub wrong: [u32; 4],
    pub mode: Mode,
    pub holiday: Option<Mode>,
    pub week_day: bool,
    pub year_day: bool,
    /// The wall time that the lock was told, and when; and whether it was told something doubtful.
    pub clock: Option<(u64, Millis)>,
    pub doubtful: bool,
    /// When an expiring user ends.
    pub expires: Option<u64>,
    pub millivolts: u16,
    pub reserve_used: bool,
    pub rehearsal: Option<Millis>,
    pub second: Option<Privilege>,
    /// A change that storage refused: until a later write went through, a loss of power may leave it in force. The
    /// configuration that it would leave.
    pub unsure: Option<(u128, Act)>,
}

impl Shadow {
    pub fn new(setup: &Setup) -> Self {
        Self {
            commissioned: true,
            bolt: Bolt::Unknown,
            leaf: Leaf::Unknown,
            leaf_seen: false,
            granted: [true; 2],
            types: setup.types,
            disabled: [false; 2],
            spent: [false; 2],
            revoked: false,
            wrong: [0; 4],
            mode: Mode::Normal,
            holiday: None,
            week_day: setup.week_day,
            year_day: setup.year_day,
            clock: None,
            doubtful: false,
            expires: None,
            millivolts: 6_000,
            reserve_used: false,
            rehearsal: None,
            second: None,
            unsure: None,
        }
    }

    /// What goes into the fingerprint, times made relative.
    pub fn feed(&self, now: Millis, into: &mut Vec<u8>) {
        let mut own = self.clone();
        // the wall time is in the lock's own form; that there is one is not
        own.clock = own.clock.map(|_| (0, 0));
        own.rehearsal = own.rehearsal.map(|until| until.saturating_sub(now));
        own.hash(&mut Feed(into));
    }

    /// Wall time by this account.
    pub fn wall(&self, now: Millis) -> Option<u64> {
        self.clock.map(|(base, at)| base + (now - at) / 1000)
    }

    fn trusted(&self, now: Millis) -> Result<u64, &'static str> {
        match (self.wall(now), self.doubtful) {
            (None, _) => Err("without a clock"),
            (Some(_), true) => Err("with a clock that jumped"),
            (Some(wall), false) => Ok(wall),
        }
    }

    fn inside(&self, now: Millis) -> Result<bool, &'static str> {
        Ok(WINDOW.contains(&self.trusted(now)?.saturating_sub(T0)))
    }

    fn mode(&self, now: Millis) -> Mode {
        self.holiday.filter(|_| self.inside(now) == Ok(true)).unwrap_or(self.mode)
    }

    fn source_allowed(
        &self,
        now: Millis,
        remote: bool,
        emergency: bool,
        kind: UserType,
    ) -> Result<(), &'static str> {
        match self.mode(now) {
            Mode::Privacy if !emergency || remote => return Err("in privacy"),
            Mode::NoRemote if remote => return Err("by remote in no-remote"),
            Mode::Vacation if !remote && !emergency && kind != UserType::Programming => {
                return Err("in vacation");
            }
            _ => {}
        }
        if self.rehearsal.is_some_and(|until| until > now) {
            return Err("in a rehearsal of a dead battery");
        }
        match self.millivolts {
            0..4_000 => Err("with an empty battery"),
            4_000..4_400 if emergency => Ok(()),
            4_000..4_400 if remote => Err("by remote out of the reserve"),
            4_000..4_400 if self.reserve_used => Err("with the reserve used"),
            _ => Ok(()),
        }
    }

    /// Whether a peer may open without a code.
    ///
    /// # Errors
    /// Why not.
    pub fn peer_may_open(&self, now: Millis, second: bool) -> Result<(), &'static str> {
        if second && self.second.is_none_or(|privilege| privilege < Privilege::Operate) {
            return Err("without the privilege");
        }
        self.source_allowed(now, true, false, UserType::Unrestricted)
    }

    /// Whether the holder of a credential may open.
    ///
    /// # Errors
    /// Why not.
    pub fn may_open(
        &self,
        setup: &Setup,
        now: Millis,
        which: usize,
        remote: bool,
    ) -> Result<(), &'static str> {
        let user = setup.owner(which);
        let kind = self.types[user];
        if which > 1 || !self.commissioned || !self.granted[which] {
            return Err("with a credential that is not set");
        }
        if self.disabled[user] || self.spent[which] {
            return Err("disabled");
        }
        match kind {
            UserType::NonAccess => return Err("as a user who never opens"),
            UserType::RemoteOnly if !remote => return Err("at the door as a remote-only user"),
            _ => {}
        }
        if setup.lease[which] > 0 && self.trusted(now)? >= T0 + setup.lease[which] {
            return Err("after the lease");
        }
        let emergency = setup.emergency(which);
        self.source_allowed(now, remote, emergency, kind)?;
        if emergency {
            return Ok(());
        }
        let restricted = kind == UserType::ScheduleRestricted;
        if restricted && !self.week_day && !self.year_day {
            return Err("without any schedule");
        }
        let by_day = kind == UserType::YearDay || restricted && self.year_day;
        let by_week = kind == UserType::WeekDay || restricted && self.week_day;
        if by_day && !(self.inside(now)? && self.year_day) || by_week && !(self.inside(now)? && self.week_day)
        {
            return Err("outside the schedule");
        }
        if kind == UserType::Expiring {
            let wall = self.trusted(now)?;
            if self.expires.is_some_and(|end| wall >= end) {
                return Err("after the user expired");
            }
        }
        Ok(())
    }

    /// What an act changes in the configuration once it is done; `wall` is the time at which it was done.
    pub fn configured(&mut self, setup: &Setup, wall: Option<u64>, act: Act) {
        match act {
            Act::Send(Remote::UnlockWith(which)) if which < 2 => self.used(setup, wall, which),
            Act::Send(remote) | Act::SendAsSecond(remote) => self.commanded(remote),
            Act::Hand(Hand::FactoryReset) => {
                let (bolt, leaf, leaf_seen) = (self.bolt, self.leaf, self.leaf_seen);
                let (millivolts, clock) = (self.millivolts, None);
                let fresh = Self::new(setup);
                *self = Self { bolt, leaf, leaf_seen, millivolts, clock, commissioned: false, ..fresh };
                self.granted = [false; 2];
            }
            Act::Commission => self.commissioned = true,
            Act::Hand(Hand::PrivacyButton) => {
                self.mode = if self.mode == Mode::Privacy { Mode::Normal } else { Mode::Privacy };
            }
            Act::Type(which) | Act::Show(_, which) if which < 2 => self.used(setup, wall, which),
            _ => {}
        }
    }

    /// What an opening uses up.
    fn used(&mut self, setup: &Setup, wall: Option<u64>, which: usize) {
        let user = setup.owner(which);
        if self.types[user] == UserType::Disposable {
            self.disabled[user] = true;
        }
        self.spent[which] |= setup.emergencies[which] == lock::Emergency::Once;
        if self.types[user] == UserType::Expiring && self.expires.is_none() {
            self.expires = wall.map(|wall| wall + 60);
        }
    }

    fn commanded(&mut self, remote: Remote) {
        match remote {
            Remote::Revoke(which) => {
                self.granted[which] = false;
                self.revoked = true;
            }
            Remote::RevokeThrough | Remote::ClearUsers => {
                self.granted = [false; 2];
                self.revoked = true;
            }
            Remote::Grant(which) | Remote::GrantLate(which) => {
                self.granted[which] = true;
                self.disabled[which] = false;
                self.types[which] = UserType::Unrestricted;
            }
            Remote::Mode(mode) => self.mode = mode,
            Remote::UserType(which, kind) => {
                self.types[which] = kind;
                self.expires = None;
            }
            Remote::Disable(which) => self.disabled[which] = true,
            Remote::WeekDay => self.week_day = true,
            Remote::NoWeekDay => self.week_day = false,
            Remote::YearDay => self.year_day = true,
            Remote::NoYearDay => self.year_day = false,
            Remote::Holiday(mode) => self.holiday = Some(mode),
            Remote::NoHoliday => self.holiday = None,
            Remote::Peer(privilege) => self.second = Some(privilege),
            Remote::NoPeer(2) => self.second = None,
            _ => {}
        }
    }

    /// The lock was told a time. More than two minutes off what it can have known is doubtful until confirmed.
    pub fn told_time(&mut self, now: Millis, new: u64) {
        let known = self.wall(now);
        let jump = known.is_some_and(|wall| wall.abs_diff(new) > 120);
        // a clock that was lost begins anew; what was doubtful before the loss is judged again by the lock
        self.doubtful = known.is_some() && (self.doubtful || jump);
        self.clock = Some((new, now));
    }

    /// Power went: what was only known since power-up is gone.
    pub fn lost_power(&mut self) {
        self.bolt = Bolt::Unknown;
        self.leaf = Leaf::Unknown;
        self.leaf_seen = false;
        self.clock = None;
        self.doubtful = false;
        self.rehearsal = None;
        self.millivolts = 6_000;
    }

    /// A battery reading under load.
    pub fn measured(&mut self, millivolts: u16) {
        self.millivolts = millivolts;
        if millivolts >= 4_900 {
            self.reserve_used = false;
        }
    }
}

/// Whether an act can change the configuration, by its words alone.
pub fn configures(act: Act) -> bool {
    match act {
        Act::Send(remote) | Act::SendAsSecond(remote) => !matches!(
            remote,
            Remote::Unlock
                | Remote::LockWith(_)
                | Remote::UnlockTimed
                | Remote::Unbolt
                | Remote::Lock
                | Remote::Clock(_)
                | Remote::Confirm
                | Remote::Lift
                | Remote::Rehearse
                | Remote::Acknowledge
                | Remote::Read
        ),
        Act::Hand(Hand::FactoryReset | Hand::PrivacyButton) | Act::Commission => true,
        Act::Type(which) | Act::Show(_, which) => which < 2,
        _ => false,
    }
}

/// The kind of a setup's credential is what an act shows.
pub fn fits(setup: &Setup, kind: CredentialKind, which: usize) -> bool {
    which < 2 && setup.kinds[which] == kind
}
