//! What the hub asks of a lock, as commands of the lock core. Slot, user and PIN index carry the same number:
//! a slot of the hub is a user of the lock with its code and schedules.
//!
//! A slot that is not in use is filled from behind: user, schedules, and the code last, so that nothing opens
//! before all of it is there. A slot in use whose hours change is disabled meanwhile: what is broken off in
//! the middle opens for nobody until the hub has tried again.

use std::sync::{Arc, Mutex};

use access::Pin;
use hub::ports::{Ack, LinkError, Observed, Operation, SlotWrite};
use jiff::Timestamp;
use lock::{
    ALL_SCHEDULES, Answer, Command, CredentialDetail, CredentialFields, CredentialKind, CredentialRef,
    DataOperation, Emergency, Refusal, Secret, Status, UserDetail, UserFields, UserStatus, UserType,
    credential_mac,
};
use tokio::sync::{mpsc, oneshot};
use virtual_lock::Pairing;

use super::plan::{Room, SlotPlan};
use super::session::Request;
use super::versions::Versions;
use super::words;
use super::zone::zone_for;

/// The way to one lock's session, one errand at a time.
#[derive(Clone)]
pub struct Asker {
    requests: mpsc::Sender<Request>,
    versions: Arc<Mutex<Versions>>,
    folder: std::path::PathBuf,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Asker {
    /// For one lock.
    pub fn new(
        requests: mpsc::Sender<Request>,
        versions: Arc<Mutex<Versions>>,
        folder: std::path::PathBuf,
    ) -> Self {
        Self { requests, versions, folder, turn: Arc::default() }
    }

    /// Asks one command.
    pub async fn ask(&self, command: Command) -> Result<Answer, LinkError> {
        let gone = || LinkError::Unreachable("its session has ended".into());
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request { command, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Asks a command that is done or refused.
    pub async fn done(&self, command: Command) -> Result<(), LinkError> {
        match self.ask(command).await? {
            Answer::Done | Answer::CredentialSet(..) => Ok(()),
            Answer::Refused(why) | Answer::CredentialRefused(why, _) => Err(words::refusal(why)),
            Answer::Denied(why) => Err(words::denial(why)),
            _ => Err(unexpected()),
        }
    }

    async fn status(&self) -> Result<Status, LinkError> {
        match self.ask(Command::ReadStatus).await? {
            Answer::Status(status) => Ok(status),
            _ => Err(unexpected()),
        }
    }

    async fn user(&self, slot: u16) -> Result<Option<UserDetail>, LinkError> {
        match self.ask(Command::GetUser(slot)).await? {
            Answer::User(view) => Ok(view.user),
            Answer::Refused(why) => Err(words::refusal(why)),
            _ => Err(unexpected()),
        }
    }

    async fn code(&self, slot: u16) -> Result<Option<CredentialDetail>, LinkError> {
        match self.ask(Command::GetCredential(pin_slot(slot))).await? {
            Answer::Credential(view) => Ok(view.detail),
            Answer::Refused(why) => Err(words::refusal(why)),
            _ => Err(unexpected()),
        }
    }

    /// Writes a whole slot.
    pub async fn write_slot(&self, write: &SlotWrite) -> Result<Ack, LinkError> {
        let _turn = self.turn.lock().await;
        let status = self.status().await?;
        in_range(write.slot, &status)?;
        let room = Room { week_days: status.week_days.into(), year_days: status.year_days.into() };
        let plan = SlotPlan::new(write, room)?;
        let user = self.user(write.slot).await?;
        let code = self.code(write.slot).await?;
        match &user {
            None => {
                let fields = fields(&plan, plan.status);
                self.done(Command::SetUser(DataOperation::Add, write.slot, fields)).await?;
                self.schedules(write.slot, &plan).await?;
                self.set_code(write, &plan, code.is_some(), &status).await?;
            }
            // only the digits, or nothing but the version, may have changed: one command does it
            Some(user) if plan.user_type == UserType::Unrestricted && same_user(user, &plan) => {
                self.set_code(write, &plan, code.is_some(), &status).await?;
            }
            Some(_) => {
                let closed = fields(&plan, UserStatus::Disabled);
                self.done(Command::SetUser(DataOperation::Modify, write.slot, closed)).await?;
                self.done(Command::ClearWeekDay(ALL_SCHEDULES, write.slot)).await?;
                self.done(Command::ClearYearDay(ALL_SCHEDULES, write.slot)).await?;
                self.schedules(write.slot, &plan).await?;
                self.set_code(write, &plan, code.is_some(), &status).await?;
                if plan.status == UserStatus::Enabled {
                    let open = UserFields { status: Some(UserStatus::Enabled), ..UserFields::default() };
                    self.done(Command::SetUser(DataOperation::Modify, write.slot, open)).await?;
                }
            }
        }
        Ok(Ack::Applied)
    }

    async fn schedules(&self, slot: u16, plan: &SlotPlan) -> Result<(), LinkError> {
        for (index, s) in (1_u8..).zip(&plan.week_days) {
            self.done(Command::SetWeekDay(index, slot, *s)).await?;
        }
        for (index, s) in (1_u8..).zip(&plan.year_days) {
            self.done(Command::SetYearDay(index, slot, *s)).await?;
        }
        Ok(())
    }

    async fn set_code(
        &self,
        write: &SlotWrite,
        plan: &SlotPlan,
        there: bool,
        status: &Status,
    ) -> Result<(), LinkError> {
        let next = status.version.max(status.revoked).checked_add(1);
        let version =
            next.ok_or_else(|| LinkError::Rejected("the lock's versions are used up: reset it".into()))?;
        self.note_version(version, write.version)?;
        let data = secret(&write.pin)?;
        self.done(Command::SetCredential(CredentialFields {
            operation: if there { DataOperation::Modify } else { DataOperation::Add },
            credential: pin_slot(write.slot),
            data,
            user: Some(write.slot),
            status: None,
            user_type: None,
            version,
            not_after: plan.not_after,
            emergency: Emergency::No,
        }))
        .await
    }

    fn note_version(&self, lock: u32, hub: u64) -> Result<(), LinkError> {
        let noted = self.versions.lock().map_err(|_| std::io::Error::other("poisoned"));
        noted.and_then(|mut table| table.note(lock, hub)).map_err(|error| {
            LinkError::Unexpected(format!("the table of versions cannot be written: {error}"))
        })
    }

    /// Empties a slot, with everything else of the same user.
    pub async fn clear_slot(&self, slot: u16) -> Result<Ack, LinkError> {
        let _turn = self.turn.lock().await;
        match self.done(Command::ClearUser(slot)).await {
            Ok(()) => {}
            // a number that the lock does not have is as empty as can be
            Err(LinkError::Rejected(_)) if self.status().await?.users < slot => return Ok(Ack::Applied),
            Err(error) => return Err(error),
        }
        // a code that another controller tied to another user
        if self.code(slot).await?.is_some() {
            self.done(Command::ClearCredential(Some(pin_slot(slot)), 0)).await?;
        }
        Ok(Ack::Applied)
    }

    /// Reads a slot back: the lock shows its keyed MAC of the code, and everything besides.
    pub async fn read_slot(&self, slot: u16, expected: Option<&SlotWrite>) -> Result<Observed, LinkError> {
        let _turn = self.turn.lock().await;
        let Some(code) = self.code(slot).await? else { return Ok(Observed::Empty) };
        let Some(write) = expected else { return Ok(Observed::Taken) };
        let pairing =
            Pairing::read(&self.folder).map_err(|error| LinkError::Unexpected(error.to_string()))?;
        let mac = credential_mac(&pairing.mac_key, CredentialKind::Pin, write.pin.expose().as_bytes());
        let status = self.status().await?;
        let room = Room { week_days: status.week_days.into(), year_days: status.year_days.into() };
        let plan = SlotPlan::new(write, room)?;
        if code.user != slot || code.mac != mac || code.not_after != plan.not_after {
            return Ok(Observed::Differs);
        }
        let Some(user) = self.user(slot).await? else { return Ok(Observed::Differs) };
        if user.user_type != plan.user_type {
            return Ok(Observed::Differs);
        }
        let restricted =
            matches!(plan.user_type, UserType::WeekDay | UserType::YearDay | UserType::ScheduleRestricted);
        if restricted && !self.same_schedules(slot, &plan, room).await? {
            return Ok(Observed::Differs);
        }
        Ok(Observed::Matches { enabled: code.enabled })
    }

    async fn same_schedules(&self, slot: u16, plan: &SlotPlan, room: Room) -> Result<bool, LinkError> {
        let mut week_days = Vec::new();
        for index in (1_u8..).take(room.week_days) {
            match self.ask(Command::GetWeekDay(index, slot)).await? {
                Answer::WeekDay(s) => week_days.push(s),
                Answer::Refused(Refusal::NotFound) => {}
                Answer::Refused(why) => return Err(words::refusal(why)),
                _ => return Err(unexpected()),
            }
        }
        let mut year_days = Vec::new();
        for index in (1_u8..).take(room.year_days) {
            match self.ask(Command::GetYearDay(index, slot)).await? {
                Answer::YearDay(s) => year_days.push(s),
                Answer::Refused(Refusal::NotFound) => {}
                Answer::Refused(why) => return Err(words::refusal(why)),
                _ => return Err(unexpected()),
            }
        }
        Ok(plan.schedules_match(week_days, year_days))
    }

    /// Throws or draws the bolt.
    pub async fn operate(&self, operation: Operation) -> Result<Ack, LinkError> {
        self.done(match operation {
            Operation::Lock => Command::Lock(None),
            Operation::Unlock => Command::Unlock(None),
        })
        .await
        .map(|()| Ack::Applied)
    }

    /// Sets clock and zone.
    pub async fn set_clock(&self, now: Timestamp, time_zone: &str) -> Result<Ack, LinkError> {
        let zone = zone_for(now, time_zone)?;
        let unix = u64::try_from(now.as_second())
            .map_err(|_| LinkError::Rejected("this machine's clock stands before 1970: set it".into()))?;
        self.done(Command::SetClock(unix, zone)).await.map(|()| Ack::Applied)
    }

    /// Tells the lock what is durable here.
    pub async fn acknowledge(&self, seq: u64) -> Result<Ack, LinkError> {
        self.done(Command::AckRecords(seq)).await.map(|()| Ack::Applied)
    }

    /// Gives the user in this slot a finger or card; a user who is not there is made.
    pub async fn enrol(&self, user: u16, kind: CredentialKind, data: &[u8]) -> Result<(), LinkError> {
        let _turn = self.turn.lock().await;
        in_range(user, &self.status().await?)?;
        let data = Secret::new(data).ok_or_else(unexpected)?;
        if self.user(user).await?.is_none() {
            self.done(Command::SetUser(DataOperation::Add, user, UserFields::default())).await?;
        }
        let credential = CredentialRef { kind, index: user };
        let there = match self.ask(Command::GetCredential(credential)).await? {
            Answer::Credential(view) => view.detail.is_some(),
            _ => return Err(unexpected()),
        };
        let status = self.status().await?;
        let version = status.version.max(status.revoked).saturating_add(1);
        // the finger belongs to the same wish of the hub as the code beside it
        if let Some(hub) = self.code(user).await?.and_then(|code| self.hub_version(code.version)) {
            self.note_version(version, hub)?;
        }
        self.done(Command::SetCredential(CredentialFields {
            operation: if there { DataOperation::Modify } else { DataOperation::Add },
            credential,
            data,
            user: Some(user),
            status: None,
            user_type: None,
            version,
            not_after: 0,
            emergency: Emergency::No,
        }))
        .await
    }

    fn hub_version(&self, lock: u32) -> Option<u64> {
        self.versions.lock().ok().and_then(|table| table.hub(lock))
    }
}

fn unexpected() -> LinkError {
    LinkError::Unexpected("the lock answers something else than was asked".into())
}

fn in_range(slot: u16, status: &Status) -> Result<(), LinkError> {
    let most = status.users.min(status.credentials);
    if (1..=most).contains(&slot) {
        return Ok(());
    }
    Err(LinkError::Rejected(format!("this lock has slots 1 to {most}, not {slot}")))
}

fn pin_slot(slot: u16) -> CredentialRef {
    CredentialRef { kind: CredentialKind::Pin, index: slot }
}

fn secret(pin: &Pin) -> Result<Secret, LinkError> {
    Secret::new(pin.expose().as_bytes()).ok_or_else(unexpected)
}

fn fields(plan: &SlotPlan, status: UserStatus) -> UserFields {
    UserFields { status: Some(status), user_type: Some(plan.user_type), ..UserFields::default() }
}

fn same_user(user: &UserDetail, plan: &SlotPlan) -> bool {
    user.user_type == plan.user_type && user.status == plan.status
}
