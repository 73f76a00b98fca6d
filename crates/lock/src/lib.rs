#![no_std]
#![doc = include_str!("contract.md")]

#[cfg(test)]
extern crate std;

mod answer;
mod boot;
mod canon;
mod channel;
mod clock;
mod codec;
mod codes;
mod command;
mod decide;
mod effects;
mod entry;
mod guess;
mod image;
mod input;
mod lock;
mod odds;
mod people;
mod power;
mod record;
mod remote;
mod ring;
mod schedules;
mod secret;
mod settings;
mod state;
mod step;
mod storage;
mod travel;
mod wire;
mod words;

pub use answer::{
    AliroView, Answer, CREDENTIALS_PER_USER, CredentialDetail, CredentialView, MAX_ANSWER,
    RECORDS_PER_ANSWER, Refusal, Status, UserDetail, UserView,
};
pub use canon::View;
pub use channel::{FRAME_VERSION, PeerEnd, STRONG_DIGITS, credential_mac};
pub use codes::CARD_BYTES;
pub use command::{
    ALL, ALL_SCHEDULES, AliroReader, Command, CredentialFields, DataOperation, Emergency, Holiday,
    MAX_COMMAND, NO_UNIQUE_ID, Name, PeerFields, SettingId, Transition, UserFields, WeekDay, YearDay, Zone,
};
pub use effects::{Alarms, Authorised, Decision, Effects, Feedback, Motion};
pub use guess::{LOCKOUT_SECONDS, SPENT_WAIT_MS, lockout_seconds};
pub use image::VITALS_BYTES;
pub use input::{BatteryReading, Bolt, Commissioning, Frame, Hand, Input, Key, Leaf, MAX_FRAME, Motor};
pub use lock::{HomeLock, Lock, home_boot, home_step, step};
pub use odds::{Odds, Policy, odds};
pub use power::REHEARSAL_MINUTES;
pub use record::{RECORD_BYTES, Record, RecordKind};
pub use remote::{CHALLENGE_MS, FORGERIES};
pub use ring::{chain_mac, gap_mac, next_chain_key};
pub use secret::{MAX_SECRET, Secret};
pub use state::{PEERS, Settings};
pub use storage::{Region, Storage, StorageError};
pub use travel::TRAVEL_MS;
pub use words::{
    Alarm, AllowedBy, BatteryLevel, ClockQuality, CredentialKind, CredentialRef, CredentialRule, DoorState,
    LocalSeconds, LockState, Millis, Mode, Operation, OperationError, Privilege, Seconds, Source, UserIndex,
    UserStatus, UserType,
};
