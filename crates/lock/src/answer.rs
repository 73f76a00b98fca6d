//! What the lock answers to a command, and its encoding. Answers travel sealed (`channel.rs`). Never holds a code:
//! a credential is shown by its MAC.

use crate::command::{AliroReader, Emergency, Holiday, Name, WeekDay, YearDay};
use crate::record::{RECORD_BYTES, Record};
use crate::secret::Secret;
use crate::wire::{Reader, Writer};
use crate::words::{
    BatteryLevel, ClockQuality, CredentialRef, CredentialRule, DoorState, LockState, Millis, Mode,
    OperationError, Seconds, UserIndex, UserStatus, UserType, coded,
};

/// Longest encoded answer.
pub const MAX_ANSWER: usize = 400;
/// Most records in one answer.
pub const RECORDS_PER_ANSWER: usize = 4;
/// Most credentials of one user (Matter NumberOfCredentialsSupportedPerUser).
pub const CREDENTIALS_PER_USER: usize = 5;

coded! {
    /// Why a command was refused.
    Refusal {
        /// The operation failed; the record says why.
        Failure = 1,
        /// The same code is there already.
        Duplicate = 2,
        /// The slot is taken.
        Occupied = 3,
        /// A field is wrong for this command, or Modify of an empty slot.
        InvalidCommand = 4,
        /// A field is outside its range.
        Constraint = 5,
        /// No room.
        Exhausted = 6,
        /// Nothing there.
        NotFound = 7,
        /// Not possible in this state.
        InvalidInState = 8,
        /// The peer's privilege is too low.
        AccessDenied = 9,
        /// The version is at or below a revoked one.
        Stale = 10,
        /// Storage did not take it; nothing was changed.
        StorageFailed = 11,
        /// The setting cannot be written.
        ReadOnly = 12,
    }
}

/// A user as read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserView {
    /// The slot asked for.
    pub index: UserIndex,
    /// Everything about an occupied slot.
    pub user: Option<UserDetail>,
    /// Next occupied slot.
    pub next: Option<UserIndex>,
}

/// An occupied user slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserDetail {
    /// Name.
    pub name: Name,
    /// Hub's number, [`crate::NO_UNIQUE_ID`] for none.
    pub unique_id: u32,
    /// Enabled or disabled.
    pub status: UserStatus,
    /// Type.
    pub user_type: UserType,
    /// Rule.
    pub rule: CredentialRule,
    /// Its credentials.
    pub credentials: [Option<CredentialRef>; CREDENTIALS_PER_USER],
    /// Fabric that made it.
    pub creator: u8,
    /// Fabric that changed it last.
    pub modifier: u8,
    /// When an expiring user stops; 0 before first use.
    pub expires: Seconds,
}

/// A credential as read back.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialView {
    /// The slot asked for.
    pub credential: CredentialRef,
    /// What is in it.
    pub detail: Option<CredentialDetail>,
    /// Next occupied index of the kind.
    pub next: Option<u16>,
}

/// An occupied credential slot.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialDetail {
    /// Whose.
    pub user: UserIndex,
    /// Whether its user is enabled.
    pub enabled: bool,
    /// Version it was set with.
    pub version: u32,
    /// Lease end, 0 for none.
    pub not_after: Seconds,
    /// Emergency code or not.
    pub emergency: Emergency,
    /// When an emergency code was last used or tested with the clock known; 0 for never.
    pub tested: Seconds,
    /// Keyed MAC of the code: [`crate::credential_mac`]. Who holds the key can prove what is on the lock.
    pub mac: [u8; 16],
    /// Fabric that made it.
    pub creator: u8,
    /// Fabric that changed it last.
    pub modifier: u8,
    /// The public key of an Aliro credential; empty otherwise.
    pub public: Secret,
}

/// The whole state for people and hubs; see [`Status::encode`] for the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status {
    /// Bolt.
    pub lock: LockState,
    /// Leaf.
    pub door: DoorState,
    /// Mode in force, holidays reckoned in.
    pub mode: Mode,
    /// Battery level.
    pub battery: BatteryLevel,
    /// Last voltage under load.
    pub millivolts: u16,
    /// Trust in the clock.
    pub clock: ClockQuality,
    /// Wall time, 0 when unknown.
    pub wall: Seconds,
    /// Which start this is.
    pub boot: u32,
    /// Number the next record will take.
    pub next_record: u64,
    /// Oldest record still held.
    pub oldest_record: u64,
    /// Acknowledged through.
    pub acked: u64,
    /// Highest revoked version.
    pub revoked: u32,
    /// Highest version seen.
    pub version: u32,
    /// Milliseconds of lock-out left at the keypad and reader.
    pub keypad_lockout: Millis,
    /// The same for remote codes.
    pub remote_lockout: Millis,
    /// Failed attempts counted in the thirty-day budget.
    pub budget_used: u32,
    /// Whether it is spent.
    pub budget_spent: bool,
    /// Whether the motor is on its way.
    pub moving: bool,
    /// Whether the last travel jammed or stalled.
    pub jammed: bool,
    /// Whether a rehearsal runs.
    pub rehearsing: bool,
    /// Slots: users.
    pub users: u16,
    /// Slots: credentials in all (PIN, card and finger indexes each run to this).
    pub credentials: u16,
    /// Slots: week-day schedules of each user.
    pub week_days: u8,
    /// Slots: year-day schedules of each user.
    pub year_days: u8,
    /// Slots: holidays.
    pub holidays: u8,
    /// Fewest digits of a code.
    pub min_pin: u8,
    /// Most digits of a code.
    pub max_pin: u8,
}

/// Public half of the stored Aliro reader configuration.
#[derive(Clone, PartialEq, Eq)]
pub struct AliroView {
    /// Verification key, group and resolving key.
    pub reader: Option<([u8; 65], [u8; 16], [u8; 16])>,
    /// Fixed sub-identifier of this reader.
    pub sub_identifier: [u8; 16],
    /// How many Aliro keys of all kinds fit.
    pub keys: u16,
}

impl AliroView {
    pub(crate) fn of(reader: &AliroReader) -> ([u8; 65], [u8; 16], [u8; 16]) {
        (reader.verification_key, reader.group, reader.resolving_key)
    }
}

/// What comes back for a command.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "no allocation: there is no box to put the records in")]
pub enum Answer {
    /// Done, durable.
    Done,
    /// Refused; nothing changed.
    Refused(Refusal),
    /// The operation was refused; why.
    Denied(OperationError),
    /// To `SetCredential`: done; the user that was made, the next free index of the kind.
    CredentialSet(Option<UserIndex>, Option<u16>),
    /// To `SetCredential`: refused, with the next free index of the kind.
    CredentialRefused(Refusal, Option<u16>),
    /// To `GetUser`.
    User(UserView),
    /// To `GetCredential`.
    Credential(CredentialView),
    /// To `GetWeekDay`.
    WeekDay(WeekDay),
    /// To `GetYearDay`.
    YearDay(YearDay),
    /// To `GetHoliday`.
    Holiday(Holiday),
    /// To `ReadSetting`.
    Setting(u32),
    /// To `ReadStatus`.
    Status(Status),
    /// To `ReadRecords`: the oldest number still held, the number the next record will take, and records in order.
    Records(u64, u64, [Option<Record>; RECORDS_PER_ANSWER]),
    /// To `GetAliroReader`.
    Aliro(AliroView),
    /// Unasked: the state changed.
    Changed(Status),
}

impl Answer {
    /// Encodes into `into`; the length, or `None` when it does not fit ([`MAX_ANSWER`] always does).
    #[must_use]
    pub fn encode(&self, into: &mut [u8]) -> Option<usize> {
        let mut w = Writer::new(into);
        match self {
            Self::Done => w.u8(1),
            Self::Refused(why) => w.bytes(&[2, why.code()]),
            Self::Denied(why) => w.bytes(&[3, why.code()]),
            Self::CredentialSet(user, next) => {
                w.u8(4);
                maybe(&mut w, *user);
                maybe(&mut w, *next);
            }
            Self::CredentialRefused(why, next) => {
                w.bytes(&[5, why.code()]);
                maybe(&mut w, *next);
            }
            Self::User(view) => write_user(&mut w, view),
            Self::Credential(view) => write_credential(&mut w, view),
            Self::WeekDay(s) => w.bytes(&[8, s.days, s.start_hour, s.start_minute, s.end_hour, s.end_minute]),
            Self::YearDay(s) => {
                w.u8(9);
                w.u64(s.start);
                w.u64(s.end);
            }
            Self::Holiday(h) => {
                w.u8(10);
                w.u64(h.start);
                w.u64(h.end);
                w.u8(h.mode.code());
            }
            Self::Setting(value) => {
                w.u8(11);
                w.u32(*value);
            }
            Self::Status(status) => {
                w.u8(12);
                status.encode(&mut w);
            }
            Self::Records(oldest, next, records) => {
                w.u8(13);
                w.u64(*oldest);
                w.u64(*next);
                w.u8(records.iter().flatten().fold(0, |n: u8, _| n.saturating_add(1)));
                for record in records.iter().flatten() {
                    w.bytes(&record.encode());
                }
            }
            Self::Aliro(view) => write_aliro(&mut w, view),
            Self::Changed(status) => {
                w.u8(15);
                status.encode(&mut w);
            }
        }
        w.finish()
    }

    /// Decodes; `None` when anything is malformed, unknown or left over.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let refusal = |r: &mut Reader<'_>| r.word(Refusal::from_code, Refusal::Failure);
        let answer = match r.u8() {
            1 => Self::Done,
            2 => Self::Refused(refusal(&mut r)),
            3 => Self::Denied(r.word(OperationError::from_code, OperationError::Unspecified)),
            4 => Self::CredentialSet(r.maybe_u16(), r.maybe_u16()),
            5 => Self::CredentialRefused(refusal(&mut r), r.maybe_u16()),
            6 => Self::User(read_user(&mut r)),
            7 => Self::Credential(read_credential(&mut r)),
            8 => Self::WeekDay(WeekDay {
                days: r.u8(),
                start_hour: r.u8(),
                start_minute: r.u8(),
                end_hour: r.u8(),
                end_minute: r.u8(),
            }),
            9 => Self::YearDay(YearDay { start: r.u64(), end: r.u64() }),
            10 => Self::Holiday(Holiday {
                start: r.u64(),
                end: r.u64(),
                mode: r.word(Mode::from_code, Mode::Normal),
            }),
            11 => Self::Setting(r.u32()),
            12 => Self::Status(Status::decode(&mut r)),
            13 => read_records(&mut r),
            14 => Self::Aliro(AliroView {
                reader: if r.bool() { Some((r.array(), r.array(), r.array())) } else { None },
                sub_identifier: r.array(),
                keys: r.u16(),
            }),
            15 => Self::Changed(Status::decode(&mut r)),
            _ => return None,
        };
        r.finish().then_some(answer)
    }
}

impl Status {
    /// Fields in the order of the struct: one byte for each word, count and truth value, else their own width.
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&[self.lock.code(), self.door.code(), self.mode.code(), self.battery.code()]);
        w.u16(self.millivolts);
        w.u8(self.clock.code());
        w.u64(self.wall);
        w.u32(self.boot);
        w.u64(self.next_record);
        w.u64(self.oldest_record);
        w.u64(self.acked);
        w.u32(self.revoked);
        w.u32(self.version);
        w.u64(self.keypad_lockout);
        w.u64(self.remote_lockout);
        w.u32(self.budget_used);
        w.bool(self.budget_spent);
        w.bool(self.moving);
        w.bool(self.jammed);
        w.bool(self.rehearsing);
        w.u16(self.users);
        w.u16(self.credentials);
        w.bytes(&[self.week_days, self.year_days, self.holidays, self.min_pin, self.max_pin]);
    }

    fn decode(r: &mut Reader<'_>) -> Self {
        Self {
            lock: r.word(LockState::from_code, LockState::Unknown),
            door: r.word(DoorState::from_code, DoorState::Unknown),
            mode: r.word(Mode::from_code, Mode::Normal),
            battery: r.word(BatteryLevel::from_code, BatteryLevel::Unknown),
            millivolts: r.u16(),
            clock: r.word(ClockQuality::from_code, ClockQuality::Unknown),
            wall: r.u64(),
            boot: r.u32(),
            next_record: r.u64(),
            oldest_record: r.u64(),
            acked: r.u64(),
            revoked: r.u32(),
            version: r.u32(),
            keypad_lockout: r.u64(),
            remote_lockout: r.u64(),
            budget_used: r.u32(),
            budget_spent: r.bool(),
            moving: r.bool(),
            jammed: r.bool(),
            rehearsing: r.bool(),
            users: r.u16(),
            credentials: r.u16(),
            week_days: r.u8(),
            year_days: r.u8(),
            holidays: r.u8(),
            min_pin: r.u8(),
            max_pin: r.u8(),
        }
    }
}

fn maybe(w: &mut Writer<'_>, value: Option<u16>) {
    w.bool(value.is_some());
    w.u16(value.unwrap_or(0));
}

fn write_user(w: &mut Writer<'_>, view: &UserView) {
    w.u8(6);
    w.u16(view.index);
    maybe(w, view.next);
    w.bool(view.user.is_some());
    if let Some(user) = &view.user {
        w.short(user.name.as_bytes());
        w.u32(user.unique_id);
        w.bytes(&[user.status.code(), user.user_type.code(), user.rule.code()]);
        w.u8(user.credentials.iter().flatten().fold(0, |n: u8, _| n.saturating_add(1)));
        for credential in user.credentials.iter().flatten() {
            w.u8(credential.kind.code());
            w.u16(credential.index);
        }
        w.bytes(&[user.creator, user.modifier]);
        w.u64(user.expires);
    }
}

fn read_user(r: &mut Reader<'_>) -> UserView {
    let index = r.u16();
    let next = r.maybe_u16();
    let user = if r.bool() {
        let name = Name::new(r.short());
        if name.is_none() {
            r.fail();
        }
        Some(UserDetail {
            name: name.unwrap_or_default(),
            unique_id: r.u32(),
            status: r.word(UserStatus::from_code, UserStatus::Available),
            user_type: r.word(UserType::from_code, UserType::Unrestricted),
            rule: r.word(CredentialRule::from_code, CredentialRule::Single),
            credentials: {
                let mut list = [None; CREDENTIALS_PER_USER];
                let count = usize::from(r.u8());
                if count > list.len() {
                    r.fail();
                }
                for place in list.iter_mut().take(count) {
                    *place = Some(crate::command::read_credential(r));
                }
                list
            },
            creator: r.u8(),
            modifier: r.u8(),
            expires: r.u64(),
        })
    } else {
        None
    };
    UserView { index, user, next }
}

fn write_credential(w: &mut Writer<'_>, view: &CredentialView) {
    w.bytes(&[7, view.credential.kind.code()]);
    w.u16(view.credential.index);
    maybe(w, view.next);
    w.bool(view.detail.is_some());
    if let Some(detail) = &view.detail {
        w.u16(detail.user);
        w.bool(detail.enabled);
        w.u32(detail.version);
        w.u64(detail.not_after);
        w.u8(detail.emergency.code());
        w.u64(detail.tested);
        w.bytes(&detail.mac);
        w.bytes(&[detail.creator, detail.modifier]);
        w.short(detail.public.expose());
    }
}

fn read_credential(r: &mut Reader<'_>) -> CredentialView {
    let credential = crate::command::read_credential(r);
    let next = r.maybe_u16();
    let detail = if r.bool() {
        Some(CredentialDetail {
            user: r.u16(),
            enabled: r.bool(),
            version: r.u32(),
            not_after: r.u64(),
            emergency: r.word(Emergency::from_code, Emergency::No),
            tested: r.u64(),
            mac: r.array(),
            creator: r.u8(),
            modifier: r.u8(),
            public: {
                let public = Secret::new(r.short());
                if public.is_none() {
                    r.fail();
                }
                public.unwrap_or_default()
            },
        })
    } else {
        None
    };
    CredentialView { credential, detail, next }
}

fn write_aliro(w: &mut Writer<'_>, view: &AliroView) {
    w.u8(14);
    w.bool(view.reader.is_some());
    if let Some((key, group, resolving)) = &view.reader {
        w.bytes(key);
        w.bytes(group);
        w.bytes(resolving);
    }
    w.bytes(&view.sub_identifier);
    w.u16(view.keys);
}

fn read_records(r: &mut Reader<'_>) -> Answer {
    let (oldest, next, count) = (r.u64(), r.u64(), usize::from(r.u8()));
    let mut records = [None; RECORDS_PER_ANSWER];
    if count > records.len() {
        r.fail();
    }
    for place in records.iter_mut().take(count) {
        *place = Record::decode(&r.array::<RECORD_BYTES>());
        if place.is_none() {
            r.fail();
        }
    }
    Answer::Records(oldest, next, records)
}
