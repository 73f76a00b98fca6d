//! User records: made, changed, read and cleared by peers, with the manners of Matter's Door Lock cluster (a second
//! controller may change status, type and rule, never name or number). Credentials are in `codes.rs`.

use crate::answer::{Answer, CREDENTIALS_PER_USER, Refusal, UserDetail, UserView};
use crate::codes::{Marks, is_same_user};
use crate::command::{ALL, DataOperation, UserFields, WeekDay, YearDay};
use crate::effects::Effects;
use crate::record::{Record, RecordKind};
use crate::remote::From;
use crate::state::{Core, Partial, User};
use crate::storage::Storage;
use crate::words::{CredentialRef, Privilege, UserIndex, UserStatus};

/// So many of those who were cleared are named in the log in one step.
const NAMED_AT_ONCE: usize = 6;
/// Matter LockDataTypeEnum: a user record.
pub(crate) const DATA_USER: u32 = 2;

impl Core<'_> {
    pub(crate) fn user_mut(&mut self, index: UserIndex) -> Option<&mut User> {
        self.users.get_mut(usize::from(index).checked_sub(1)?)
    }

    /// The first free user slot.
    pub(crate) fn free_user(&self) -> Option<UserIndex> {
        (1u16..).zip(self.users.iter()).find(|(_, user)| !user.taken()).map(|(index, _)| index)
    }

    pub(crate) fn set_user(
        &mut self,
        operation: DataOperation,
        index: UserIndex,
        fields: &UserFields,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let Some(user) = self.user_mut(index) else { return Answer::Refused(Refusal::InvalidCommand) };
        if fields.status == Some(UserStatus::Available) || operation == DataOperation::Clear {
            return Answer::Refused(Refusal::InvalidCommand);
        }
        match (operation, user.taken()) {
            (DataOperation::Add, true) => return Answer::Refused(Refusal::Occupied),
            (DataOperation::Add, false) => {
                *user = User { status: UserStatus::Enabled, creator: from.fabric, ..User::FREE };
            }
            (_, false) => return Answer::Refused(Refusal::InvalidCommand),
            (_, true) => {
                let foreign = user.creator != from.fabric;
                if foreign && (fields.name.is_some() || fields.unique_id.is_some()) {
                    return Answer::Refused(Refusal::InvalidCommand);
                }
            }
        }
        user.name = fields.name.unwrap_or(user.name);
        user.unique_id = fields.unique_id.unwrap_or(user.unique_id);
        user.status = fields.status.unwrap_or(user.status);
        if let Some(user_type) = fields.user_type {
            user.user_type = user_type;
            user.expires = 0;
        }
        user.rule = fields.rule.unwrap_or(user.rule);
        user.modifier = from.fabric;
        self.live.partial = Partial::NONE;
        self.saved_change(DATA_USER, operation, index, None, 0, from, storage, effects)
    }

    pub(crate) fn get_user(&self, index: UserIndex) -> Answer {
        let Some(user) = self.user(index) else { return Answer::Refused(Refusal::InvalidCommand) };
        let detail = user.taken().then(|| UserDetail {
            name: user.name,
            unique_id: user.unique_id,
            status: user.status,
            user_type: user.user_type,
            rule: user.rule,
            credentials: self.credentials_of(index),
            creator: user.creator,
            modifier: user.modifier,
            expires: user.expires,
        });
        let later = (1u16..).zip(self.users.iter()).filter(|(other, _)| *other > index);
        let next = later.filter(|(_, user)| user.taken()).map(|(other, _)| other).next();
        Answer::User(UserView { index, user: detail, next })
    }

    fn credentials_of(&self, index: UserIndex) -> [Option<CredentialRef>; CREDENTIALS_PER_USER] {
        let mut list = [None; CREDENTIALS_PER_USER];
        let owned = self.credentials.iter().filter(|c| is_same_user(c, index));
        for (place, credential) in list.iter_mut().zip(owned) {
            *place = Some(credential.which);
        }
        list
    }

    pub(crate) fn clear_user(
        &mut self,
        index: UserIndex,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        if index != ALL && self.user(index).is_none() {
            return Answer::Refused(Refusal::InvalidCommand);
        }
        let chosen = |user: UserIndex| index == ALL || user == index;
        let known = (1u16..).zip(self.users.iter()).any(|(user, slot)| chosen(user) && slot.taken());
        if !known {
            return Answer::Done;
        }
        self.config.revoked = self.config.revoked.max(self.config.version);
        let mut gone = Marks::NONE;
        let taken = (1u16..).zip(self.users.iter()).filter(|(_, slot)| slot.taken());
        taken.for_each(|(user, _)| gone.set(user));
        self.drop_credentials(|c| chosen(c.user));
        for user in 1..=u16::try_from(self.users.len()).unwrap_or(u16::MAX) {
            if chosen(user) {
                self.reset_user(user);
            }
        }
        let answer =
            self.saved_change(DATA_USER, DataOperation::Clear, index, None, 0, from, storage, effects);
        if answer == Answer::Done && index == ALL {
            for (user, slot) in (1u16..).zip(self.users.iter_mut()) {
                slot.gone = gone.has(user);
            }
            self.live.naming = Some(from.fabric);
        }
        answer
    }

    /// After everybody was cleared: names those who lost access, a few in each step, since each costs a record.
    pub(crate) fn name_the_gone(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        let Some(fabric) = self.live.naming else { return };
        let node = self.peers.iter().find(|peer| peer.used && peer.fabric == fabric).map_or(0, |p| p.node);
        let from = From { fabric, node, privilege: Privilege::View };
        for _ in 0..NAMED_AT_ONCE {
            let mut slots = (1u16..).zip(self.users.iter_mut());
            let Some((user, slot)) = slots.find(|(_, slot)| slot.gone) else {
                self.live.naming = None;
                return;
            };
            slot.gone = false;
            self.note_change(DATA_USER, DataOperation::Clear, user, None, 0, from, storage, effects);
        }
    }

    /// Frees a user record with its schedules.
    pub(crate) fn reset_user(&mut self, index: UserIndex) {
        if let Some(user) = self.user_mut(index) {
            *user = User::FREE;
        }
        let first = usize::from(index).saturating_sub(1);
        let (week, year) = (self.week_per_user, self.year_per_user);
        for s in self.week_days.iter_mut().skip(first.saturating_mul(week)).take(week) {
            *s = WeekDay::default();
        }
        for s in self.year_days.iter_mut().skip(first.saturating_mul(year)).take(year) {
            *s = YearDay::default();
        }
        if self.live.partial.user == index {
            self.live.partial = Partial::NONE;
        }
    }

    /// Makes a change of users, credentials or schedules durable, writes its record, and answers.
    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of Matter's LockUserChange, and where to write it"
    )]
    pub(crate) fn saved_change(
        &mut self,
        data_type: u32,
        operation: DataOperation,
        user: UserIndex,
        credential: Option<CredentialRef>,
        index: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let answer = self.saved(storage);
        if answer == Answer::Done {
            self.note_change(data_type, operation, user, credential, index, from, storage, effects);
        }
        answer
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of Matter's LockUserChange, and where to write it"
    )]
    pub(crate) fn note_change(
        &mut self,
        data_type: u32,
        operation: DataOperation,
        user: UserIndex,
        credential: Option<CredentialRef>,
        index: u8,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        effects.changed = true;
        let detail = (data_type << 16) | (u32::from(operation.code()) << 8) | u32::from(index);
        let credentials = [credential, None, None];
        let record = Record { user, credentials, detail, ..from.record(RecordKind::UserChange) };
        self.note(record, storage, effects);
    }
}
