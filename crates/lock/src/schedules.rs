//! Week-day, year-day and holiday schedules: set, read and cleared by peers, all three alike. Whether one holds now is
//! decided in `decide.rs`.

use crate::answer::{Answer, Refusal};
use crate::command::{ALL_SCHEDULES, DataOperation, Holiday, WeekDay, YearDay};
use crate::effects::Effects;
use crate::remote::From;
use crate::state::Core;
use crate::storage::Storage;
use crate::words::UserIndex;

/// What the three kinds of schedule differ in. A free slot holds the default.
pub(crate) trait Schedule: Copy + Default + PartialEq {
    /// Matter LockDataTypeEnum.
    const DATA: u32;
    /// Whether each belongs to a user; else to the house, whose commands say user 0.
    const OF_USER: bool;
    /// Whether it may be set; a default never may.
    fn well_formed(&self) -> bool;
    /// The answer that shows it.
    fn shown(self) -> Answer;
    /// All of the kind, those of the first user first, and how many each user (or the house) has.
    fn table<'c>(core: &'c mut Core<'_>) -> (&'c mut [Self], usize);
}

impl Schedule for WeekDay {
    const DATA: u32 = 3;
    const OF_USER: bool = true;
    fn well_formed(&self) -> bool {
        let start = (self.start_hour, self.start_minute);
        let end = (self.end_hour, self.end_minute);
        let hours = self.start_hour <= 23 && self.end_hour <= 23;
        let minutes = self.start_minute <= 59 && self.end_minute <= 59;
        (1..=0x7F).contains(&self.days) && hours && minutes && start < end
    }
    fn shown(self) -> Answer {
        Answer::WeekDay(self)
    }
    fn table<'c>(core: &'c mut Core<'_>) -> (&'c mut [Self], usize) {
        (core.week_days, core.week_per_user)
    }
}

impl Schedule for YearDay {
    const DATA: u32 = 4;
    const OF_USER: bool = true;
    fn well_formed(&self) -> bool {
        self.start < self.end
    }
    fn shown(self) -> Answer {
        Answer::YearDay(self)
    }
    fn table<'c>(core: &'c mut Core<'_>) -> (&'c mut [Self], usize) {
        (core.year_days, core.year_per_user)
    }
}

impl Schedule for Holiday {
    const DATA: u32 = 5;
    const OF_USER: bool = false;
    fn well_formed(&self) -> bool {
        self.start < self.end
    }
    fn shown(self) -> Answer {
        Answer::Holiday(self)
    }
    fn table<'c>(core: &'c mut Core<'_>) -> (&'c mut [Self], usize) {
        let each = core.holidays.len();
        (core.holidays, each)
    }
}

const BAD: Answer = Answer::Refused(Refusal::InvalidCommand);

/// Place of schedule `index` of `user` in the flat list, when both exist.
fn place<S: Schedule>(index: u8, user: UserIndex, each: usize, all: usize) -> Option<usize> {
    let index = usize::from(index).checked_sub(1).filter(|index| *index < each)?;
    let owner = if S::OF_USER { usize::from(user).checked_sub(1)? } else { 0 };
    owner.checked_mul(each)?.checked_add(index).filter(|place| *place < all)
}

impl Core<'_> {
    /// Whether a kind of schedule may be set or shown for this user.
    fn owned<S: Schedule>(&self, user: UserIndex) -> bool {
        !S::OF_USER || self.user(user).is_some_and(|user| user.taken())
    }

    pub(crate) fn set_schedule<S: Schedule>(
        &mut self,
        index: u8,
        user: UserIndex,
        schedule: S,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let owned = self.owned::<S>(user);
        let (all, each) = S::table(self);
        let slot = place::<S>(index, user, each, all.len()).and_then(|place| all.get_mut(place));
        let Some(slot) = slot.filter(|_| schedule.well_formed()) else { return BAD };
        if !owned {
            return Answer::Refused(Refusal::Failure);
        }
        let operation = if *slot == S::default() { DataOperation::Add } else { DataOperation::Modify };
        *slot = schedule;
        self.saved_change(S::DATA, operation, user, None, index, from, storage, effects)
    }

    pub(crate) fn get_schedule<S: Schedule>(&mut self, index: u8, user: UserIndex) -> Answer {
        let owned = self.owned::<S>(user);
        let (all, each) = S::table(self);
        match place::<S>(index, user, each, all.len()).and_then(|place| all.get(place)) {
            None => BAD,
            Some(schedule) if owned && *schedule != S::default() => schedule.shown(),
            Some(_) => Answer::Refused(Refusal::NotFound),
        }
    }

    pub(crate) fn clear_schedule<S: Schedule>(
        &mut self,
        index: u8,
        user: UserIndex,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let owned = self.owned::<S>(user);
        let (all, each) = S::table(self);
        let (first, count) = if index == ALL_SCHEDULES { (1, each) } else { (index, 1) };
        let Some(first) = place::<S>(first, user, each, all.len()) else { return BAD };
        if !owned {
            return Answer::Refused(Refusal::Failure);
        }
        all.iter_mut().skip(first).take(count).for_each(|slot| *slot = S::default());
        self.saved_change(S::DATA, DataOperation::Clear, user, None, index, from, storage, effects)
    }
}
