//! The thin façade: Matter Door Lock commands into the core's commands, the core's answers into Matter's responses and
//! statuses. Keeps no state and no rule: what cannot be translated at all is INVALID_COMMAND, everything else is the
//! core's word.

use lock::{
    AliroReader, Answer, Command, CredentialFields, CredentialKind, CredentialRef, CredentialRule,
    DataOperation, Emergency, Holiday, Mode, Name, Refusal, Secret, UserFields, UserStatus, UserType,
    WeekDay, YearDay,
};
use serde_json::{Map, Value, json};

use super::device::Device;

/// Matter counts seconds from 2000-01-01, the core from 1970-01-01.
pub const EPOCH: u64 = 946_684_800;
/// Commands that Matter wants in a timed interaction.
const TIMED: [&str; 10] = [
    "LockDoor",
    "UnlockDoor",
    "UnlockWithTimeout",
    "UnboltDoor",
    "SetUser",
    "ClearUser",
    "SetCredential",
    "ClearCredential",
    "SetAliroReaderConfig",
    "ClearAliroReaderConfig",
];

/// A Matter status other than success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Name of the global status.
    pub status: &'static str,
    /// Cluster status.
    pub cluster: Option<u64>,
}

impl Fault {
    /// A global status alone.
    pub const fn new(status: &'static str) -> Self {
        Self { status, cluster: None }
    }
}

const INVALID: Fault = Fault::new("INVALID_COMMAND");

/// The status that a refusal is in Matter.
pub fn fault(why: Refusal) -> Fault {
    match why {
        Refusal::Occupied => Fault { status: "FAILURE", cluster: Some(3) },
        Refusal::Duplicate => Fault { status: "FAILURE", cluster: Some(2) },
        Refusal::InvalidCommand => INVALID,
        Refusal::Constraint => Fault::new("CONSTRAINT_ERROR"),
        Refusal::Exhausted => Fault::new("RESOURCE_EXHAUSTED"),
        Refusal::NotFound => Fault::new("NOT_FOUND"),
        Refusal::InvalidInState => Fault::new("INVALID_IN_STATE"),
        Refusal::AccessDenied => Fault::new("UNSUPPORTED_ACCESS"),
        Refusal::ReadOnly => Fault::new("UNSUPPORTED_WRITE"),
        Refusal::Failure | Refusal::Stale | Refusal::StorageFailed => Fault::new("FAILURE"),
    }
}

/// The number of a status inside a response.
fn number(why: Refusal) -> u64 {
    match why {
        Refusal::Duplicate => 0x02,
        Refusal::Occupied => 0x03,
        Refusal::InvalidCommand => 0x85,
        Refusal::Constraint => 0x87,
        Refusal::Exhausted => 0x89,
        Refusal::NotFound => 0x8B,
        Refusal::InvalidInState => 0xCB,
        _ => 0x01,
    }
}

/// Arguments of a command.
struct Args<'a>(&'a Map<String, Value>);

impl Args<'_> {
    fn given(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
    fn maybe<T: TryFrom<u64>>(&self, name: &str) -> Result<Option<T>, Fault> {
        self.given(name).map(|value| whole(value).ok_or(INVALID)).transpose()
    }
    fn number<T: TryFrom<u64>>(&self, name: &str) -> Result<T, Fault> {
        self.maybe(name)?.ok_or(INVALID)
    }
    fn maybe_word<T>(&self, name: &str, decode: fn(u8) -> Option<T>) -> Result<Option<T>, Fault> {
        let code: Option<u8> = self.maybe(name)?;
        code.map(|code| decode(code).ok_or(INVALID)).transpose()
    }
    fn word<T>(&self, name: &str, decode: fn(u8) -> Option<T>) -> Result<T, Fault> {
        self.maybe_word(name, decode)?.ok_or(INVALID)
    }
    fn octets(&self, name: &str) -> Result<Option<Vec<u8>>, Fault> {
        self.given(name).map(|value| octets(value).ok_or(INVALID)).transpose()
    }
    fn secret(&self, name: &str) -> Result<Option<Secret>, Fault> {
        self.octets(name)?.map(|bytes| Secret::new(&bytes).ok_or(INVALID)).transpose()
    }
    fn array<const N: usize>(&self, name: &str) -> Result<[u8; N], Fault> {
        let bytes = self.octets(name)?.ok_or(INVALID)?;
        bytes.try_into().map_err(|_| Fault::new("CONSTRAINT_ERROR"))
    }
    fn time(&self, name: &str) -> Result<u64, Fault> {
        Ok(self.number::<u64>(name)? + EPOCH)
    }
    fn credential(&self) -> Result<Option<CredentialRef>, Fault> {
        let Some(value) = self.given("Credential") else { return Ok(None) };
        let field = |name: &str| value.get(name).and_then(whole::<u16>).ok_or(INVALID);
        let kind = u8::try_from(field("CredentialType")?).ok().and_then(CredentialKind::from_code);
        Ok(Some(CredentialRef { kind: kind.ok_or(INVALID)?, index: field("CredentialIndex")? }))
    }
}

fn whole<T: TryFrom<u64>>(value: &Value) -> Option<T> {
    T::try_from(value.as_u64()?).ok()
}

/// An octet string: text as it stands, or `hex:` digits.
pub fn octets(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    let Some(digits) = text.strip_prefix("hex:") else { return Some(text.as_bytes().to_vec()) };
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// Octets as the files write them.
pub fn hex(bytes: &[u8]) -> Value {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Value::String(format!("hex:{digits}"))
}

/// Runs one command for a peer.
///
/// # Errors
/// Any Matter status but success.
pub fn invoke(
    device: &mut Device,
    peer: u8,
    timed: bool,
    name: &str,
    args: &Map<String, Value>,
) -> Result<Value, Fault> {
    if TIMED.contains(&name) && !timed {
        return Err(Fault::new("NEEDS_TIMED_INTERACTION"));
    }
    let args = Args(args);
    let command = match name {
        "LockDoor" => Command::Lock(args.secret("PINCode")?),
        "UnlockDoor" => Command::Unlock(args.secret("PINCode")?),
        "UnboltDoor" => Command::Unbolt(args.secret("PINCode")?),
        "UnlockWithTimeout" => Command::UnlockWithTimeout(args.number("Timeout")?, args.secret("PINCode")?),
        "SetUser" => return done(device.send(peer, &set_user(&args)?)),
        "GetUser" => Command::GetUser(args.number("UserIndex")?),
        "ClearUser" => Command::ClearUser(args.number("UserIndex")?),
        "SetCredential" => return set_credential(device, peer, &args),
        "GetCredentialStatus" => Command::GetCredential(args.credential()?.ok_or(INVALID)?),
        "ClearCredential" => Command::ClearCredential(args.credential()?, 0),
        "SetAliroReaderConfig" => Command::SetAliroReader(AliroReader {
            signing_key: args.array("SigningKey")?,
            verification_key: args.array("VerificationKey")?,
            group: args.array("GroupIdentifier")?,
            resolving_key: args.array("GroupResolvingKey")?,
        }),
        "ClearAliroReaderConfig" => Command::ClearAliroReader,
        _ => return schedule(device, peer, name, &args),
    };
    respond(device.send(peer, &command))
}

fn done(answer: Answer) -> Result<Value, Fault> {
    match answer {
        Answer::Done => Ok(Value::Null),
        Answer::Refused(why) => Err(fault(why)),
        _ => Err(Fault::new("FAILURE")),
    }
}

fn respond(answer: Answer) -> Result<Value, Fault> {
    match answer {
        Answer::User(view) => Ok(user(&view)),
        Answer::Credential(view) => {
            let detail = view.detail.as_ref();
            let public = detail.map(|d| d.public.expose()).filter(|key| !key.is_empty());
            Ok(json!({
                "CredentialExists": detail.is_some(),
                "UserIndex": detail.map(|d| d.user),
                "CreatorFabricIndex": detail.map(|d| d.creator),
                "LastModifiedFabricIndex": detail.map(|d| d.modifier),
                "NextCredentialIndex": view.next,
                "CredentialData": public.map(hex),
            }))
        }
        answer => done(answer),
    }
}

fn user(view: &lock::UserView) -> Value {
    let Some(u) = &view.user else {
        return json!({
            "UserIndex": view.index, "UserName": null, "UserUniqueID": null, "UserStatus": null, "UserType": null,
            "CredentialRule": null, "Credentials": null, "CreatorFabricIndex": null,
            "LastModifiedFabricIndex": null, "NextUserIndex": view.next,
        });
    };
    let credentials: Vec<Value> = u.credentials.iter().flatten().map(|c| reference(*c)).collect();
    json!({
        "UserIndex": view.index,
        "UserName": String::from_utf8_lossy(u.name.as_bytes()),
        "UserUniqueID": (u.unique_id != lock::NO_UNIQUE_ID).then_some(u.unique_id),
        "UserStatus": u.status.code(),
        "UserType": u.user_type.code(),
        "CredentialRule": u.rule.code(),
        "Credentials": credentials,
        "CreatorFabricIndex": u.creator,
        "LastModifiedFabricIndex": u.modifier,
        "NextUserIndex": view.next,
    })
}

/// A credential as a CredentialStruct.
pub fn reference(credential: CredentialRef) -> Value {
    json!({ "CredentialType": credential.kind.code(), "CredentialIndex": credential.index })
}

fn set_user(args: &Args<'_>) -> Result<Command, Fault> {
    let name = args.given("UserName").map(|name| {
        let text = name.as_str().ok_or(INVALID)?;
        Name::new(text.as_bytes()).ok_or(Fault::new("CONSTRAINT_ERROR"))
    });
    Ok(Command::SetUser(
        args.word("OperationType", DataOperation::from_code)?,
        args.number("UserIndex")?,
        UserFields {
            name: name.transpose()?,
            unique_id: args.maybe("UserUniqueID")?,
            status: args.maybe_word("UserStatus", UserStatus::from_code)?,
            user_type: args.maybe_word("UserType", UserType::from_code)?,
            rule: args.maybe_word("CredentialRule", CredentialRule::from_code)?,
        },
    ))
}

fn set_credential(device: &mut Device, peer: u8, args: &Args<'_>) -> Result<Value, Fault> {
    let credential = args.credential()?.ok_or(INVALID)?;
    let operation = args.word("OperationType", DataOperation::from_code)?;
    let user = args.maybe("UserIndex")?;
    let translated = (|| {
        Ok::<_, Fault>(CredentialFields {
            operation,
            credential,
            data: args.secret("CredentialData")?.ok_or(INVALID)?,
            user,
            status: args.maybe_word("UserStatus", UserStatus::from_code)?,
            user_type: args.maybe_word("UserType", UserType::from_code)?,
            version: 0,
            not_after: 0,
            emergency: Emergency::No,
        })
    })();
    // a value with no name in the core still gets the core's response: it refuses the operation `Clear` as it does
    // every other field that cannot be, and says which index is free next
    let fields = translated.unwrap_or_else(|_| CredentialFields {
        operation: DataOperation::Clear,
        credential,
        data: Secret::EMPTY,
        user,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    });
    let (status, user, next) = match device.send(peer, &Command::SetCredential(fields)) {
        Answer::CredentialSet(user, next) => (0, user, next),
        Answer::CredentialRefused(why, next) => (number(why), None, next),
        answer => return done(answer),
    };
    Ok(json!({ "Status": status, "UserIndex": user, "NextCredentialIndex": next }))
}

fn schedule(device: &mut Device, peer: u8, name: &str, args: &Args<'_>) -> Result<Value, Fault> {
    let week = || args.number("WeekDayIndex");
    let year = || args.number("YearDayIndex");
    let holiday = || args.number("HolidayIndex");
    let user = || args.number("UserIndex");
    let command = match name {
        "SetWeekDaySchedule" => Command::SetWeekDay(
            week()?,
            user()?,
            WeekDay {
                days: args.number("DaysMask")?,
                start_hour: args.number("StartHour")?,
                start_minute: args.number("StartMinute")?,
                end_hour: args.number("EndHour")?,
                end_minute: args.number("EndMinute")?,
            },
        ),
        "GetWeekDaySchedule" => {
            let (index, user) = (week()?, user()?);
            let answer = device.send(peer, &Command::GetWeekDay(index, user));
            return Ok(read(json!({ "WeekDayIndex": index, "UserIndex": user }), &answer));
        }
        "ClearWeekDaySchedule" => Command::ClearWeekDay(week()?, user()?),
        "SetYearDaySchedule" => {
            let span = YearDay { start: args.time("LocalStartTime")?, end: args.time("LocalEndTime")? };
            Command::SetYearDay(year()?, user()?, span)
        }
        "GetYearDaySchedule" => {
            let (index, user) = (year()?, user()?);
            let answer = device.send(peer, &Command::GetYearDay(index, user));
            return Ok(read(json!({ "YearDayIndex": index, "UserIndex": user }), &answer));
        }
        "ClearYearDaySchedule" => Command::ClearYearDay(year()?, user()?),
        "SetHolidaySchedule" => Command::SetHoliday(
            holiday()?,
            Holiday {
                start: args.time("LocalStartTime")?,
                end: args.time("LocalEndTime")?,
                mode: args.word("OperatingMode", Mode::from_code)?,
            },
        ),
        "GetHolidaySchedule" => {
            let index = holiday()?;
            let answer = device.send(peer, &Command::GetHoliday(index));
            return Ok(read(json!({ "HolidayIndex": index }), &answer));
        }
        "ClearHolidaySchedule" => Command::ClearHoliday(holiday()?),
        _ => return Err(Fault::new("UNSUPPORTED_COMMAND")),
    };
    done(device.send(peer, &command))
}

/// The response to a read of a schedule: what was asked, a status, and the schedule when there is one.
fn read(asked: Value, answer: &Answer) -> Value {
    let found = match answer {
        Answer::WeekDay(s) => json!({
            "Status": 0, "DaysMask": s.days, "StartHour": s.start_hour, "StartMinute": s.start_minute,
            "EndHour": s.end_hour, "EndMinute": s.end_minute,
        }),
        Answer::YearDay(s) => {
            json!({ "Status": 0, "LocalStartTime": s.start - EPOCH, "LocalEndTime": s.end - EPOCH })
        }
        Answer::Holiday(h) => json!({
            "Status": 0, "LocalStartTime": h.start - EPOCH, "LocalEndTime": h.end - EPOCH,
            "OperatingMode": h.mode.code(),
        }),
        Answer::Refused(why) => json!({ "Status": number(*why) }),
        _ => json!({ "Status": 1 }),
    };
    match (asked, found) {
        (Value::Object(mut asked), Value::Object(found)) => {
            asked.extend(found);
            Value::Object(asked)
        }
        (_, found) => found,
    }
}
