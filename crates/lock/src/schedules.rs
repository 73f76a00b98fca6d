//! Week-day, year-day and holiday schedules: set, read and cleared by peers. Whether one holds now is decided in
//! `decide.rs`.

use crate::answer::{Answer, Refusal};
use crate::command::{ALL_SCHEDULES, DataOperation, Holiday, WeekDay, YearDay};
use crate::effects::Effects;
use crate::remote::From;
use crate::state::Core;
use crate::storage::Storage;
use crate::words::{CredentialRef, UserIndex};

/// Matter LockDataTypeEnum.
const DATA_WEEK_DAY: u32 = 3;
const DATA_YEAR_DAY: u32 = 4;
const DATA_HOLIDAY: u32 = 5;
const NO_CREDENTIAL: Option<CredentialRef> = None;

fn bad() -> Answer {
    Answer::Refused(Refusal::InvalidCommand)
}

/// Place of schedule `index` of `user` in the flat list, when both exist.
fn place(index: u8, user: UserIndex, each: usize, users: usize) -> Option<usize> {
    let index = usize::from(index).checked_sub(1).filter(|index| *index < each)?;
    let user = usize::from(user).checked_sub(1).filter(|user| *user < users)?;
    user.checked_mul(each)?.checked_add(index)
}

impl WeekDay {
    fn well_formed(&self) -> bool {
        let start = (self.start_hour, self.start_minute);
        let end = (self.end_hour, self.end_minute);
        let clock =
            self.start_hour <= 23 && self.end_hour <= 23 && self.start_minute <= 59 && self.end_minute <= 59;
        (1..=0x7F).contains(&self.days) && clock && start < end
    }
}

impl Core<'_> {
    fn taken(&self, user: UserIndex) -> bool {
        self.user(user).is_some_and(|user| user.taken())
    }

    pub(crate) fn set_week_day(
        &mut self,
        index: u8,
        user: UserIndex,
        schedule: WeekDay,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let Some(place) = place(index, user, self.week_per_user, self.users.len()) else { return bad() };
        if !schedule.well_formed() {
            return bad();
        }
        if !self.taken(user) {
            return Answer::Refused(Refusal::Failure);
        }
        let Some(slot) = self.week_days.get_mut(place) else { return bad() };
        let operation = if slot.days == 0 { DataOperation::Add } else { DataOperation::Modify };
        *slot = schedule;
        self.saved_change(DATA_WEEK_DAY, operation, user, NO_CREDENTIAL, index, from, storage, effects)
    }

    pub(crate) fn get_week_day(&self, index: u8, user: UserIndex) -> Answer {
        let Some(place) = place(index, user, self.week_per_user, self.users.len()) else { return bad() };
        match self.week_days.get(place).filter(|s| s.days != 0 && self.taken(user)) {
            Some(schedule) => Answer::WeekDay(*schedule),
            None => Answer::Refused(Refusal::NotFound),
        }
    }

    pub(crate) fn clear_week_day(
        &mut self,
        index: u8,
        user: UserIndex,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let each = self.week_per_user;
        let first = if index == ALL_SCHEDULES { 1 } else { index };
        let Some(first) = place(first, user, each, self.users.len()) else { return bad() };
        if !self.taken(user) {
            return Answer::Refused(Refusal::Failure);
        }
        let count = if index == ALL_SCHEDULES { each } else { 1 };
        for slot in self.week_days.iter_mut().skip(first).take(count) {
            *slot = WeekDay::default();
        }
        let operation = DataOperation::Clear;
        self.saved_change(DATA_WEEK_DAY, operation, user, NO_CREDENTIAL, index, from, storage, effects)
    }

    pub(crate) fn set_year_day(
        &mut self,
        index: u8,
        user: UserIndex,
        schedule: YearDay,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let Some(place) = place(index, user, self.year_per_user, self.users.len()) else { return bad() };
        if schedule.start >= schedule.end {
            return bad();
        }
        if !self.taken(user) {
            return Answer::Refused(Refusal::Failure);
        }
        let Some(slot) = self.year_days.get_mut(place) else { return bad() };
        let operation = if slot.end == 0 { DataOperation::Add } else { DataOperation::Modify };
        *slot = schedule;
        self.saved_change(DATA_YEAR_DAY, operation, user, NO_CREDENTIAL, index, from, storage, effects)
    }

    pub(crate) fn get_year_day(&self, index: u8, user: UserIndex) -> Answer {
        let Some(place) = place(index, user, self.year_per_user, self.users.len()) else { return bad() };
        match self.year_days.get(place).filter(|s| s.end != 0 && self.taken(user)) {
            Some(schedule) => Answer::YearDay(*schedule),
            None => Answer::Refused(Refusal::NotFound),
        }
    }

    pub(crate) fn clear_year_day(
        &mut self,
        index: u8,
        user: UserIndex,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let each = self.year_per_user;
        let first = if index == ALL_SCHEDULES { 1 } else { index };
        let Some(first) = place(first, user, each, self.users.len()) else { return bad() };
        if !self.taken(user) {
            return Answer::Refused(Refusal::Failure);
        }
        let count = if index == ALL_SCHEDULES { each } else { 1 };
        for slot in self.year_days.iter_mut().skip(first).take(count) {
            *slot = YearDay::default();
        }
        let operation = DataOperation::Clear;
        self.saved_change(DATA_YEAR_DAY, operation, user, NO_CREDENTIAL, index, from, storage, effects)
    }

    pub(crate) fn set_holiday(
        &mut self,
        index: u8,
        holiday: Holiday,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let place = usize::from(index).checked_sub(1);
        let Some(slot) = place.and_then(|place| self.holidays.get_mut(place)) else { return bad() };
        if holiday.start >= holiday.end {
            return bad();
        }
        let operation = if slot.end == 0 { DataOperation::Add } else { DataOperation::Modify };
        *slot = holiday;
        self.saved_change(DATA_HOLIDAY, operation, 0, NO_CREDENTIAL, index, from, storage, effects)
    }

    pub(crate) fn get_holiday(&self, index: u8) -> Answer {
        let place = usize::from(index).checked_sub(1);
        match place.and_then(|place| self.holidays.get(place)) {
            None => bad(),
            Some(holiday) if holiday.end == 0 => Answer::Refused(Refusal::NotFound),
            Some(holiday) => Answer::Holiday(*holiday),
        }
    }

    pub(crate) fn clear_holiday(
        &mut self,
        index: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        if index == ALL_SCHEDULES {
            self.holidays.fill(Holiday::default());
        } else {
            let place = usize::from(index).checked_sub(1);
            let Some(slot) = place.and_then(|place| self.holidays.get_mut(place)) else { return bad() };
            *slot = Holiday::default();
        }
        let operation = DataOperation::Clear;
        self.saved_change(DATA_HOLIDAY, operation, 0, NO_CREDENTIAL, index, from, storage, effects)
    }
}
