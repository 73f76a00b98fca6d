//! The decision: whose credential is it, and may that person open now? Compares every slot in constant time, takes
//! every rule of user, lease, mode, schedule and battery in one place, and changes nothing.

use subtle::{ConditionallySelectable, ConstantTimeEq};

use crate::channel::credential_mac;
use crate::clock::DAY;
use crate::command::{Emergency, WeekDay, YearDay};
use crate::state::{Core, Credential, User};
use crate::words::{
    AllowedBy, BatteryLevel, CredentialKind, LocalSeconds, Mode, OperationError, Source, UserIndex, UserType,
};

impl Core<'_> {
    /// The slot that holds this credential. Every slot is looked at, whatever is found: the time taken tells nothing.
    pub(crate) fn identify(&self, kind: CredentialKind, data: &[u8]) -> Option<usize> {
        let mac = credential_mac(&self.config.mac_key, kind, data);
        let mut found = 0u32;
        let mut number = 0u32;
        for slot in self.credentials.iter() {
            number = number.saturating_add(1);
            let hit =
                mac.ct_eq(&slot.mac) & kind.code().ct_eq(&slot.which.kind.code()) & !slot.user.ct_eq(&0);
            found.conditional_assign(&number, hit);
        }
        found.checked_sub(1).and_then(|slot| usize::try_from(slot).ok())
    }

    pub(crate) fn user(&self, index: UserIndex) -> Option<&User> {
        self.users.get(usize::from(index).checked_sub(1)?)
    }

    /// Whether the holder of this credential may operate the lock now from this source, and by which rule of time.
    pub(crate) fn may(
        &self,
        slot: &Credential,
        source: Source,
        strong_only: bool,
    ) -> Result<AllowedBy, OperationError> {
        let user =
            self.user(slot.user).filter(|user| user.taken()).ok_or(OperationError::InvalidCredential)?;
        if strong_only && !slot.strong {
            return Err(OperationError::BudgetSpent);
        }
        if user.status == crate::UserStatus::Disabled || slot.spent {
            return Err(OperationError::DisabledUser);
        }
        if user.user_type == UserType::NonAccess {
            return Err(OperationError::NonAccess);
        }
        if user.user_type == UserType::RemoteOnly && source != Source::Remote {
            return Err(OperationError::WrongSource);
        }
        self.lease(slot)?;
        let emergency = slot.emergency != Emergency::No;
        self.mode_allows(source, user.user_type, emergency)?;
        self.battery_allows(source, emergency)?;
        if emergency {
            return Ok(AllowedBy::Emergency);
        }
        self.time_allows(slot.user, user)
    }

    fn lease(&self, slot: &Credential) -> Result<(), OperationError> {
        if slot.not_after == 0 {
            return Ok(());
        }
        match self.trusted_wall() {
            None if self.vitals.wall >= slot.not_after => Err(OperationError::LeaseOver),
            None => Err(OperationError::TimeUnknown),
            Some(wall) if wall >= slot.not_after => Err(OperationError::LeaseOver),
            Some(_) => Ok(()),
        }
    }

    /// Modes as in Matter: vacation leaves the keypad to the programming user, privacy leaves nothing outside, *no
    /// remote* leaves no remote.
    pub(crate) fn mode_allows(
        &self,
        source: Source,
        user_type: UserType,
        emergency: bool,
    ) -> Result<(), OperationError> {
        let remote = source == Source::Remote;
        let allowed = match self.mode() {
            Mode::Normal | Mode::Passage => true,
            Mode::Vacation => remote || emergency || user_type == UserType::Programming,
            Mode::Privacy => emergency && self.config.settings.emergency_in_privacy && !remote,
            Mode::NoRemote => !remote,
        };
        if allowed { Ok(()) } else { Err(OperationError::Mode) }
    }

    /// The reserve is one unlock and one lock: at the door, once; for emergency codes as long as the motor turns.
    pub(crate) fn battery_allows(&self, source: Source, emergency: bool) -> Result<(), OperationError> {
        if self.live.rehearsal_until > self.live.now {
            return Err(OperationError::InsufficientBattery);
        }
        let allowed = match self.live.battery {
            BatteryLevel::Unknown | BatteryLevel::Good | BatteryLevel::Low => true,
            BatteryLevel::Reserve => emergency || (source != Source::Remote && !self.vitals.reserve_spent),
            BatteryLevel::Empty => false,
        };
        if allowed { Ok(()) } else { Err(OperationError::InsufficientBattery) }
    }

    fn time_allows(&self, index: UserIndex, user: &User) -> Result<AllowedBy, OperationError> {
        match user.user_type {
            UserType::YearDay => self.in_year_day(index, self.local()).map(|_| AllowedBy::YearDay),
            UserType::WeekDay => self.in_week_day(index, self.local()).map(|_| AllowedBy::WeekDay),
            UserType::ScheduleRestricted => {
                let local = self.local();
                let has_week = self.week_days_of(index).any(|s| s.days != 0);
                let has_year = self.year_days_of(index).any(|s| s.end != 0);
                match (has_week, has_year) {
                    (true, true) => {
                        self.in_week_day(index, local)?;
                        self.in_year_day(index, local)?;
                        Ok(AllowedBy::Both)
                    }
                    (true, false) => self.in_week_day(index, local).map(|()| AllowedBy::WeekDay),
                    (false, true) => self.in_year_day(index, local).map(|()| AllowedBy::YearDay),
                    (false, false) => Err(OperationError::OutsideSchedule),
                }
            }
            UserType::Expiring => match self.trusted_wall() {
                None => Err(OperationError::TimeUnknown),
                Some(wall) if user.expires != 0 && wall >= user.expires => Err(OperationError::LeaseOver),
                Some(_) => Ok(AllowedBy::Expiring),
            },
            _ => Ok(AllowedBy::Always),
        }
    }

    fn in_week_day(&self, index: UserIndex, local: Option<LocalSeconds>) -> Result<(), OperationError> {
        let local = local.ok_or(OperationError::TimeUnknown)?;
        let inside = self.week_days_of(index).any(|s| week_day_holds(s, local));
        if inside { Ok(()) } else { Err(OperationError::OutsideSchedule) }
    }

    fn in_year_day(&self, index: UserIndex, local: Option<LocalSeconds>) -> Result<(), OperationError> {
        let local = local.ok_or(OperationError::TimeUnknown)?;
        let inside = self.year_days_of(index).any(|s| s.end != 0 && (s.start..s.end).contains(&local));
        if inside { Ok(()) } else { Err(OperationError::OutsideSchedule) }
    }

    fn week_days_of(&self, index: UserIndex) -> impl Iterator<Item = &WeekDay> {
        of_user(self.week_days, index, self.week_per_user)
    }

    fn year_days_of(&self, index: UserIndex) -> impl Iterator<Item = &YearDay> {
        of_user(self.year_days, index, self.year_per_user)
    }
}

fn of_user<T>(all: &[T], index: UserIndex, each: usize) -> impl Iterator<Item = &T> {
    let first = usize::from(index).saturating_sub(1).saturating_mul(each);
    all.iter().skip(first).take(each)
}

/// Whether a week-day schedule holds at this local time. 1970-01-01 was a Thursday. The end minute counts to its last
/// second.
pub(crate) fn week_day_holds(s: &WeekDay, local: LocalSeconds) -> bool {
    let day = (local / DAY).wrapping_add(4) % 7;
    let today = 1u8.checked_shl(u32::try_from(day).unwrap_or(0)).unwrap_or(0);
    let second = local % DAY;
    let start = u64::from(s.start_hour) * 3600 + u64::from(s.start_minute) * 60;
    let end = u64::from(s.end_hour) * 3600 + u64::from(s.end_minute) * 60 + 60;
    s.days & today != 0 && (start..end).contains(&second)
}
