//! What the hub asks of a lock, as commands of the lock core. Slot, user and PIN index carry the same number:
//! a slot of the hub is a user of the lock with its code and schedules.
//!
//! A slot that is not in use is filled from behind: user, schedules, and the code last, so that nothing opens
//! before all of it is there. A slot in use whose hours change is disabled meanwhile: what is broken off in
//! the middle opens for nobody until the hub has tried again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use access::Pin;
use hub::ports::{Ack, LinkError, Observed, Operation, Order, SlotWrite};
use jiff::Timestamp;
use lock::{
    ALL_SCHEDULES, Answer, Command, CredentialDetail, CredentialFields, CredentialKind, CredentialRef,
    DataOperation, Emergency, Refusal, Secret, SettingId, Status, UserDetail, UserFields, UserStatus,
    UserType, credential_mac,
};
use tokio::sync::{mpsc, oneshot, watch};
use virtual_lock::Pairing;

use super::plan::{Room, SlotPlan};
use super::session::Request;
use super::versions::Versions;
use super::words;
use super::zone::zone_for;

/// Tries to set a credential: as thought, once the slot is known to be taken, once the version is.
const SET_TRIES: usize = 3;

/// The way to one lock's session, one errand at a time.
#[derive(Clone)]
pub struct Asker {
    requests: mpsc::Sender<Request>,
    versions: Arc<Mutex<Versions>>,
    folder: std::path::PathBuf,
    turn: Arc<tokio::sync::Mutex<()>>,
    /// What the lock last said of itself.
    status: watch::Receiver<Option<Status>>,
    /// Records that are durable here, through this number.
    acks: Arc<watch::Sender<u64>>,
    /// The highest version that was given out here.
    given: Arc<AtomicU32>,
}

impl Asker {
    /// For one lock.
    pub fn new(
        requests: mpsc::Sender<Request>,
        versions: Arc<Mutex<Versions>>,
        folder: std::path::PathBuf,
        status: watch::Receiver<Option<Status>>,
        acks: watch::Sender<u64>,
    ) -> Self {
        let (acks, given) = (Arc::new(acks), Arc::default());
        Self { requests, versions, folder, turn: Arc::default(), status, acks, given }
    }

    /// Asks one command of several.
    async fn ask(&self, command: Command) -> Result<Answer, LinkError> {
        self.request(command, true).await
    }

    async fn request(&self, command: Command, more: bool) -> Result<Answer, LinkError> {
        let gone = || LinkError::Unreachable("its session has ended".into());
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request { command, more, reply }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// Asks one command alone, which is done or refused.
    pub async fn done(&self, command: Command) -> Result<(), LinkError> {
        done(self.request(command, false).await?)
    }

    /// The same as one of several.
    async fn step(&self, command: Command) -> Result<(), LinkError> {
        done(self.ask(command).await?)
    }

    /// What the lock last said of itself, asked for only when it has said nothing yet: its state comes by itself
    /// whenever it changes.
    async fn known(&self) -> Result<Status, LinkError> {
        let said = *self.status.borrow();
        match said {
            Some(status) => Ok(status),
            None => self.status().await,
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
        let status = self.known().await?;
        in_range(write.slot, &status)?;
        let room = Room { week_days: status.week_days.into(), year_days: status.year_days.into() };
        let plan = SlotPlan::new(write, room)?;
        // mostly the slot is free, and saying so saves asking
        let new = Command::SetUser(DataOperation::Add, write.slot, fields(&plan, plan.status));
        let user = match self.ask(new).await? {
            Answer::Done => None,
            Answer::Refused(Refusal::Occupied) => self.user(write.slot).await?,
            Answer::Refused(why) => return Err(words::refusal(why)),
            _ => return Err(unexpected()),
        };
        match &user {
            None => {
                self.schedules(write.slot, &plan).await?;
                self.set_code(write, &plan).await?;
            }
            // only the digits, or nothing but the version, may have changed: one command does it
            Some(user)
                if matches!(plan.user_type, UserType::Unrestricted | UserType::Forced)
                    && same_user(user, &plan) =>
            {
                self.set_code(write, &plan).await?;
            }
            Some(_) => {
                let closed = fields(&plan, UserStatus::Disabled);
                self.step(Command::SetUser(DataOperation::Modify, write.slot, closed)).await?;
                self.step(Command::ClearWeekDay(ALL_SCHEDULES, write.slot)).await?;
                self.step(Command::ClearYearDay(ALL_SCHEDULES, write.slot)).await?;
                self.schedules(write.slot, &plan).await?;
                self.set_code(write, &plan).await?;
                if plan.status == UserStatus::Enabled {
                    let open = UserFields { status: Some(UserStatus::Enabled), ..UserFields::default() };
                    self.step(Command::SetUser(DataOperation::Modify, write.slot, open)).await?;
                }
            }
        }
        Ok(Ack::Applied)
    }

    async fn schedules(&self, slot: u16, plan: &SlotPlan) -> Result<(), LinkError> {
        for (index, s) in (1_u8..).zip(&plan.week_days) {
            self.step(Command::SetWeekDay(index, slot, *s)).await?;
        }
        for (index, s) in (1_u8..).zip(&plan.year_days) {
            self.step(Command::SetYearDay(index, slot, *s)).await?;
        }
        Ok(())
    }

    /// Sets the code into a free slot or over what is in it.
    async fn set_code(&self, write: &SlotWrite, plan: &SlotPlan) -> Result<(), LinkError> {
        let fields = CredentialFields {
            operation: DataOperation::Add,
            credential: pin_slot(write.slot),
            data: secret(&write.pin)?,
            user: Some(write.slot),
            status: None,
            user_type: None,
            version: 0,
            not_after: plan.not_after,
            emergency: plan.emergency,
        };
        self.set_credential(fields, Some(write.version)).await
    }

    /// Sets a credential under a version of its own; `hub` is the wish behind it. What the lock knows better than
    /// was thought here, whether the slot is taken and which versions are used up, is asked once and done again.
    async fn set_credential(&self, mut fields: CredentialFields, hub: Option<u64>) -> Result<(), LinkError> {
        let mut status = self.known().await?;
        for _ in 0..SET_TRIES {
            let last = status.version.max(status.revoked).max(self.given.load(Ordering::Relaxed));
            fields.version = last
                .checked_add(1)
                .ok_or_else(|| LinkError::Rejected("the lock's versions are used up: reset it".into()))?;
            self.given.store(fields.version, Ordering::Relaxed);
            if let Some(hub) = hub {
                self.note_version(fields.version, hub)?;
            }
            match self.ask(Command::SetCredential(fields.clone())).await? {
                Answer::Done | Answer::CredentialSet(..) => return Ok(()),
                Answer::CredentialRefused(Refusal::Occupied, _) => fields.operation = DataOperation::Modify,
                Answer::CredentialRefused(Refusal::Stale, _) => status = self.status().await?,
                Answer::Refused(why) | Answer::CredentialRefused(why, _) => return Err(words::refusal(why)),
                _ => return Err(unexpected()),
            }
        }
        Err(unexpected())
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
        match self.step(Command::ClearUser(slot)).await {
            Ok(()) => {}
            // a number that the lock does not have is as empty as can be
            Err(LinkError::Rejected(_)) if self.known().await?.users < slot => return Ok(Ack::Applied),
            Err(error) => return Err(error),
        }
        // a code that another controller tied to another user
        if self.code(slot).await?.is_some() {
            self.step(Command::ClearCredential(Some(pin_slot(slot)), 0)).await?;
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
        let status = self.known().await?;
        let room = Room { week_days: status.week_days.into(), year_days: status.year_days.into() };
        let plan = SlotPlan::new(write, room)?;
        if code.user != slot || code.mac != mac {
            return Ok(Observed::Differs);
        }
        let same = code.not_after == plan.not_after && code.emergency == plan.emergency;
        let Some(user) = self.user(slot).await? else { return Ok(Observed::Differs) };
        if !same || user.user_type != plan.user_type {
            return Ok(Observed::OtherHours);
        }
        let restricted =
            matches!(plan.user_type, UserType::WeekDay | UserType::YearDay | UserType::ScheduleRestricted);
        if restricted && !self.same_schedules(slot, &plan, room).await? {
            return Ok(Observed::OtherHours);
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

    /// Tells the lock what is durable here, as soon as nobody waits for something else of it. The newest number
    /// stands for all before it.
    pub fn acknowledge(&self, seq: u64) -> Ack {
        self.acks.send_replace(seq);
        Ack::Accepted
    }

    /// Asks for what [`Order`] names. `now`: the time that a clock which jumped is compared with.
    pub async fn order(&self, order: &Order, now: Timestamp) -> Result<Ack, LinkError> {
        let command = match order {
            Order::RehearseDeadBattery { minutes } => Command::RehearseDeadBattery(*minutes),
            Order::EnrolFinger { user, template } => {
                self.enrol(*user, CredentialKind::Fingerprint, &template.to_le_bytes()).await?;
                return Ok(Ack::Applied);
            }
            Order::EnrolCard { user, number } => {
                self.enrol(*user, CredentialKind::Rfid, &virtual_lock::card_bytes(*number)).await?;
                return Ok(Ack::Applied);
            }
            Order::Mode { mode } => Command::WriteSetting(SettingId::OperatingMode, words::setting_of(*mode)),
            Order::AutoRelock { seconds } => Command::WriteSetting(SettingId::AutoRelockTime, *seconds),
            Order::LiftBudget => Command::LiftBudget,
            Order::ConfirmClock => Command::ConfirmClock(u64::try_from(now.as_second()).unwrap_or(0)),
        };
        self.done(command).await.map(|()| Ack::Applied)
    }

    /// Gives the user in this slot a finger or card; a user who is not there is made.
    async fn enrol(&self, user: u16, kind: CredentialKind, data: &[u8]) -> Result<(), LinkError> {
        let _turn = self.turn.lock().await;
        in_range(user, &self.known().await?)?;
        let data = Secret::new(data).ok_or_else(unexpected)?;
        if self.user(user).await?.is_none() {
            self.step(Command::SetUser(DataOperation::Add, user, UserFields::default())).await?;
        }
        let credential = CredentialRef { kind, index: user };
        let there = match self.ask(Command::GetCredential(credential)).await? {
            Answer::Credential(view) => view.detail.is_some(),
            _ => return Err(unexpected()),
        };
        // the finger belongs to the same wish of the hub as the code beside it
        let hub = self.code(user).await?.and_then(|code| self.hub_version(code.version));
        let fields = CredentialFields {
            operation: if there { DataOperation::Modify } else { DataOperation::Add },
            credential,
            data,
            user: Some(user),
            status: None,
            user_type: None,
            version: 0,
            not_after: 0,
            emergency: Emergency::No,
        };
        self.set_credential(fields, hub).await
    }

    fn hub_version(&self, lock: u32) -> Option<u64> {
        self.versions.lock().ok().and_then(|table| table.hub(lock))
    }
}

fn done(answer: Answer) -> Result<(), LinkError> {
    match answer {
        Answer::Done | Answer::CredentialSet(..) => Ok(()),
        Answer::Refused(why) | Answer::CredentialRefused(why, _) => Err(words::refusal(why)),
        Answer::Denied(why) => Err(words::denial(why)),
        _ => Err(unexpected()),
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
