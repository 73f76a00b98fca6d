//! What can happen in the walk: one word for every kind of input and every command that changes anything, and the
//! input or command that it stands for.

use lock::{
    BatteryReading, Bolt, Command, Commissioning, CredentialFields, CredentialKind, CredentialRef,
    CredentialRule, DataOperation, Emergency, Hand, Holiday, Input, Key, Leaf, Mode, Motor, PeerFields,
    Privilege, Secret, SettingId, UserFields, UserType, WeekDay, YearDay, Zone,
};

use crate::scene::{KEY, KEY_2, LOCK_ID, T0, WINDOW};

/// Two codes that are set and one that never is. The second is long enough to be a strong one.
pub const CODES: [&str; 3] = ["135790", "246813579", "000000"];
/// Two cards that may be set and one that never is.
const CARDS: [&[u8]; 3] = [b"the first card", b"the second card", b"a strange card"];

/// One thing that can happen. Credentials are 0 and 1, and 2 for one that nobody ever set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// A code is typed, with Enter.
    Type(usize),
    /// A code is typed, with the lock key.
    TypeLock(usize),
    /// A digit alone.
    Digit,
    /// The entry is dropped.
    Clear,
    /// The lock key alone.
    LockKey,
    /// A card or a finger is shown.
    Show(CredentialKind, usize),
    /// A card's public number alone is read.
    Weak(usize),
    /// A finger that the sensor does not know.
    NotMatched,
    /// A remote command of the first peer.
    Send(Remote),
    /// A remote command of the second peer.
    SendAsSecond(Remote),
    /// A peer asks for a challenge and does not use it.
    Ask(u8),
    /// A frame that does not open, in the name of the first peer.
    Forge,
    /// The last accepted frame comes again.
    Replay,
    Bolt(Bolt),
    Leaf(Leaf),
    Motor(Motor),
    Hand(Hand),
    /// Millivolts under load at 20 C.
    Battery(u16),
    ClockLost,
    /// The clock chip answers, with this many seconds after T0.
    ClockChip(u64),
    Commission,
    /// Time passes to the next instant at which it matters.
    Wait,
    /// Power goes and comes back.
    Reboot,
}

/// Remote commands of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remote {
    Unlock,
    UnlockWith(usize),
    LockWith(usize),
    UnlockTimed,
    Unbolt,
    Lock,
    Revoke(usize),
    /// Everything up to the newest version is revoked.
    RevokeThrough,
    ClearUsers,
    /// A code is set, with a new user.
    Grant(usize),
    /// A late message: a code is set under the version that the first one had.
    GrantLate(usize),
    Mode(Mode),
    Clock(u64),
    Confirm,
    UserType(usize, UserType),
    Disable(usize),
    Dual,
    WeekDay,
    NoWeekDay,
    YearDay,
    NoYearDay,
    Holiday(Mode),
    NoHoliday,
    Lift,
    Rehearse,
    /// The second peer is set.
    Peer(Privilege),
    /// A peer is removed.
    NoPeer(u8),
    Acknowledge,
    /// Something is read, which changes nothing.
    Read,
}

/// Where an act shows a credential: kind, which, by remote.
pub fn shows(act: Act) -> Option<(CredentialKind, usize, bool)> {
    match act {
        Act::Type(which) | Act::TypeLock(which) => Some((CredentialKind::Pin, which, false)),
        Act::Show(kind, which) => Some((kind, which, false)),
        Act::Send(Remote::UnlockWith(which) | Remote::LockWith(which)) => {
            Some((CredentialKind::Pin, which, true))
        }
        _ => None,
    }
}

/// The channel whose attempts a shown credential counts in.
pub fn channel(kind: CredentialKind, remote: bool) -> usize {
    match kind {
        _ if remote => 3,
        CredentialKind::Rfid => 1,
        CredentialKind::Pin => 0,
        _ => 2,
    }
}

/// The data of a credential.
pub fn data(kind: CredentialKind, which: usize) -> Secret {
    let finger = [u8::try_from(which).unwrap_or(9), 0];
    let bytes = match kind {
        CredentialKind::Pin => CODES[which].as_bytes(),
        CredentialKind::Rfid => CARDS[which],
        _ => &finger,
    };
    Secret::new(bytes).unwrap_or_default()
}

/// The reference of a credential: both kinds count from 1.
pub fn reference(kind: CredentialKind, which: usize) -> CredentialRef {
    CredentialRef { kind, index: if which == 0 { 1 } else { 2 } }
}

/// A credential to set, with a new user.
pub fn fields(kind: CredentialKind, which: usize) -> CredentialFields {
    CredentialFields {
        operation: DataOperation::Add,
        credential: reference(kind, which),
        data: data(kind, which),
        user: None,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    }
}

/// The pairing of the walked lock.
pub fn commissioning() -> Commissioning {
    Commissioning {
        lock_id: LOCK_ID,
        mac_key: [7; 32],
        chain_key: [9; 32],
        peer_key: KEY,
        fabric: 1,
        node: 2,
    }
}

/// The inputs of an act that is no command and no wait.
pub fn inputs(act: Act) -> Vec<Input> {
    let typed = |which: usize, last: Key| {
        let digits = CODES[which].bytes().map(|digit| Input::Key(Key::Digit(digit - b'0')));
        digits.chain([Input::Key(last)]).collect()
    };
    let weak = |which| Input::Shown {
        kind: CredentialKind::Rfid,
        data: data(CredentialKind::Rfid, which),
        weak: true,
    };
    vec![match act {
        Act::Type(which) => return typed(which, Key::Enter),
        Act::TypeLock(which) => return typed(which, Key::Lock),
        Act::Digit => Input::Key(Key::Digit(1)),
        Act::Clear => Input::Key(Key::Clear),
        Act::LockKey => Input::Key(Key::Lock),
        Act::Show(kind, which) => Input::Shown { kind, data: data(kind, which), weak: false },
        Act::Weak(which) => weak(which),
        Act::NotMatched => Input::NotMatched(CredentialKind::Fingerprint),
        Act::Ask(peer) => Input::AskChallenge { peer, entropy: [0; 16] },
        Act::Forge => {
            let mut forged = [9; 40];
            forged[0] = lock::FRAME_VERSION;
            forged[1] = 1;
            Input::Frame(lock::Frame::new(&forged).expect("short"))
        }
        Act::Bolt(bolt) => Input::Bolt(bolt),
        Act::Leaf(leaf) => Input::Leaf(leaf),
        Act::Motor(motor) => Input::Motor(motor),
        Act::Hand(hand) => Input::Hand(hand),
        Act::Battery(millivolts) => {
            Input::Battery(BatteryReading { millivolts, under_load: true, celsius: 20 })
        }
        Act::ClockLost => Input::ClockLost,
        Act::ClockChip(offset) => Input::ClockChip(Some(T0 + offset)),
        Act::Commission => Input::Commission(commissioning()),
        Act::Wait => Input::Timer,
        Act::Send(_) | Act::SendAsSecond(_) | Act::Replay | Act::Reboot => return Vec::new(),
    }]
}

/// The command that a word of the walk stands for; `wall` is what the clock would be confirmed with, `version` the
/// newest version on the lock.
pub fn command(remote: Remote, wall: u64, version: u32) -> Command {
    let user = |which: usize| if which == 0 { 1 } else { 2 };
    let change = |which, fields| Command::SetUser(DataOperation::Modify, user(which), fields);
    let pin = |which: usize| Secret::new(CODES[which].as_bytes());
    let (start, end) = (T0 + WINDOW.start, T0 + WINDOW.end);
    match remote {
        Remote::Unlock => Command::Unlock(None),
        Remote::UnlockWith(which) => Command::Unlock(pin(which)),
        Remote::LockWith(which) => Command::Lock(pin(which)),
        Remote::UnlockTimed => Command::UnlockWithTimeout(5, None),
        Remote::Unbolt => Command::Unbolt(None),
        Remote::Lock => Command::Lock(None),
        Remote::Revoke(which) => Command::ClearCredential(Some(reference(CredentialKind::Pin, which)), 0),
        Remote::RevokeThrough => Command::RevokeThrough(version),
        Remote::ClearUsers => Command::ClearUser(lock::ALL),
        Remote::Grant(which) => Command::SetCredential(fields(CredentialKind::Pin, which)),
        Remote::GrantLate(which) => {
            Command::SetCredential(CredentialFields { version: 1, ..fields(CredentialKind::Pin, which) })
        }
        Remote::Mode(mode) => Command::WriteSetting(SettingId::OperatingMode, mode.code().into()),
        Remote::Clock(offset) => Command::SetClock(T0 + offset, Zone::NONE),
        Remote::Confirm => Command::ConfirmClock(wall),
        Remote::UserType(which, user_type) => {
            change(which, UserFields { user_type: Some(user_type), ..UserFields::default() })
        }
        Remote::Disable(which) => {
            change(which, UserFields { status: Some(lock::UserStatus::Disabled), ..UserFields::default() })
        }
        Remote::Dual => change(0, UserFields { rule: Some(CredentialRule::Dual), ..UserFields::default() }),
        // 2026-11-23 is a Monday; 00:01 to 00:01 is its second minute
        Remote::WeekDay => {
            let minute = WeekDay { days: 0b10, start_hour: 0, start_minute: 1, end_hour: 0, end_minute: 2 };
            Command::SetWeekDay(1, 2, minute)
        }
        Remote::NoWeekDay => Command::ClearWeekDay(1, 2),
        Remote::YearDay => Command::SetYearDay(1, 2, YearDay { start, end }),
        Remote::NoYearDay => Command::ClearYearDay(1, 2),
        Remote::Holiday(mode) => Command::SetHoliday(1, Holiday { start, end, mode }),
        Remote::NoHoliday => Command::ClearHoliday(1),
        Remote::Lift => Command::LiftBudget,
        Remote::Rehearse => Command::RehearseDeadBattery(1),
        Remote::Peer(privilege) => {
            Command::SetPeer(PeerFields { id: 2, key: KEY_2, privilege, fabric: 2, node: 3 })
        }
        Remote::NoPeer(id) => Command::ClearPeer(id),
        Remote::Acknowledge => Command::AckRecords(1),
        Remote::Read => Command::ReadStatus,
    }
}
