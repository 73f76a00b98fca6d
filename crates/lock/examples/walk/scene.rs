//! The scenes of the walk: which things happen in each, how the lock is set up for it, and an opinion, independent of
//! the lock's, about who may open. Every scene is walked to closure; together they cover every kind of input.

use lock::{
    Answer, Bolt, Command, Commissioning, CredentialFields, CredentialKind, CredentialRef, DataOperation,
    Emergency, Hand, Input, Leaf, Millis, Mode, Motor, Secret, SettingId, UserFields, UserType, View,
    YearDay, step,
};

use crate::disk::{Disk, Fault};
use crate::node::{Act, Node, Remote, Seen, Shadow, Small};

/// Two codes that are set and one that never is.
pub const CODES: [&str; 3] = ["135790", "246813579", "000000"];
/// The peer's key and the lock's identity.
pub const KEY: [u8; 32] = [5; 32];
pub const LOCK_ID: [u8; 16] = *b"the walked lock!";
/// 2026-11-23 00:00:00 UTC.
pub const T0: u64 = 1_795_392_000;
/// The second user's year-day schedule in the scene of time, seconds after [`T0`].
const WINDOW: std::ops::Range<u64> = 60..120;
/// Beyond this every wall time is alike.
const HORIZON: u64 = T0 + 300;
/// A wait where the lock waits for nothing.
pub const IDLE_MS: Millis = 60_000;

/// A scene.
pub struct Scene {
    pub name: &'static str,
    pub acts: Vec<Act>,
    settings: Vec<(SettingId, u32)>,
    second_user: UserType,
    obeys: bool,
    /// Storage that refuses is walked too.
    pub refusals: bool,
    /// Only walked when asked for by name: it takes longer than three minutes.
    pub large: bool,
}

impl Scene {
    /// How its states are looked at.
    pub fn view(&self) -> View {
        View { horizon: HORIZON, configuration_only: false }
    }

    /// The state in which it begins: commissioned, both codes set, bolt out, leaf shut.
    pub fn start(&self) -> Node {
        let mut disk = Disk::blank();
        let (lock, _) = Small::boot(0, &mut disk);
        let shadow = Shadow {
            bolt: Bolt::Unknown,
            leaf: Leaf::Unknown,
            leaf_seen: false,
            granted: [false; 2],
            wrong: [0; 2],
            mode: Mode::Normal,
            clock: None,
            doubtful: false,
            frame: None,
        };
        let mut node = Node {
            lock,
            disk,
            now: 0,
            shadow,
            depth: 0,
            scheduled: self.second_user != UserType::Unrestricted,
            obeys: self.obeys,
            reborn: false,
            compared: false,
            operations: Vec::new(),
        };
        let commissioning = Commissioning {
            lock_id: LOCK_ID,
            mac_key: [7; 32],
            chain_key: [9; 32],
            peer_key: KEY,
            fabric: 1,
            node: 2,
        };
        step(&mut node.lock, 0, Input::Commission(commissioning), &mut node.disk);
        for (id, value) in &self.settings {
            node.tell(&Command::WriteSetting(*id, *value));
        }
        for which in 0..2 {
            node.tell(&grant(which));
            node.shadow.granted[which] = true;
        }
        if self.second_user != UserType::Unrestricted {
            let fields = UserFields { user_type: Some(self.second_user), ..UserFields::default() };
            node.tell(&Command::SetUser(DataOperation::Modify, 2, fields));
            let span = YearDay { start: T0 + WINDOW.start, end: T0 + WINDOW.end };
            node.tell(&Command::SetYearDay(1, 2, span));
        }
        node.apply(Act::Bolt(Bolt::Extended), Fault::None);
        node.apply(Act::Leaf(Leaf::Closed), Fault::None);
        node.shadow.frame = None;
        node
    }
}

impl Node {
    fn tell(&mut self, command: &Command) {
        let mut seen = Seen { effects: Vec::new(), answer: None, lost: false };
        self.send(command, &mut seen);
        let done = matches!(seen.answer, Some(Answer::Done | Answer::CredentialSet(..)));
        assert!(done, "the scene could not be set up");
    }
}

/// The credential of a code.
pub fn pin(which: usize) -> CredentialRef {
    CredentialRef { kind: CredentialKind::Pin, index: if which == 0 { 1 } else { 2 } }
}

/// The command that sets a code, with a new user.
pub fn grant(which: usize) -> Command {
    Command::SetCredential(CredentialFields {
        operation: DataOperation::Add,
        credential: pin(which),
        data: Secret::new(CODES[which].as_bytes()).unwrap_or_default(),
        user: None,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    })
}

/// Whether the holder of a code may open, by the shadow's own account.
///
/// # Errors
/// Why not.
pub fn may_open(before: &Node, act: Act, which: usize) -> Result<(), &'static str> {
    let shadow = &before.shadow;
    let remote = matches!(act, Act::Send(_));
    match shadow.mode {
        Mode::Privacy => return Err("in privacy"),
        Mode::NoRemote if remote => return Err("by remote in no-remote"),
        _ => {}
    }
    if which == 1 && before.second_is_scheduled() {
        let wall = shadow.wall(before.now).ok_or("without a clock")?;
        if shadow.doubtful {
            return Err("with a clock that jumped");
        }
        if !WINDOW.contains(&(wall.saturating_sub(T0))) {
            return Err("outside the schedule");
        }
    }
    Ok(())
}

/// Every scene.
pub fn scenes() -> Vec<Scene> {
    let hands = [Act::Hand(Hand::ThumbturnLock), Act::Hand(Hand::KeyUnlock)];
    let bolts =
        [Bolt::Extended, Bolt::Retracted, Bolt::Between, Bolt::Unlatched, Bolt::Unknown].map(Act::Bolt);
    let time = [Act::Wait, Act::Reboot];
    let quick =
        vec![(SettingId::GuessingBudget, 0), (SettingId::AutoRelockTime, 10), (SettingId::OpenPeriod, 10)];
    let with = |extra: &[(SettingId, u32)]| [quick.as_slice(), extra].concat();
    let plain = UserType::Unrestricted;
    vec![
        Scene {
            name: "door",
            acts: [
                &[Act::Type(0), Act::Send(Remote::Lock)][..],
                &hands,
                &bolts,
                &[Act::Leaf(Leaf::Closed), Act::Leaf(Leaf::Open), Act::Motor(Motor::Stalled)],
                &time,
            ]
            .concat(),
            settings: quick.clone(),
            second_user: plain,
            obeys: false,
            refusals: false,
            large: true,
        },
        Scene {
            name: "guess",
            acts: [&[Act::Type(0), Act::Type(2)][..], &time].concat(),
            settings: with(&[(SettingId::WrongCodeEntryLimit, 2), (SettingId::AutoRelockTime, 0)]),
            second_user: plain,
            obeys: true,
            refusals: true,
            large: false,
        },
        Scene {
            name: "remote codes",
            acts: [&[Remote::UnlockWith(1), Remote::UnlockWith(2)].map(Act::Send)[..], &time].concat(),
            settings: with(&[(SettingId::WrongCodeEntryLimit, 2), (SettingId::AutoRelockTime, 0)]),
            second_user: plain,
            obeys: true,
            refusals: true,
            large: false,
        },
        Scene {
            name: "keypad",
            acts: vec![Act::Digit, Act::Type(0), Act::Wait, Act::Reboot],
            settings: with(&[(SettingId::WrongCodeEntryLimit, 1), (SettingId::AutoRelockTime, 0)]),
            second_user: plain,
            obeys: true,
            refusals: false,
            large: false,
        },
        Scene {
            name: "budget",
            acts: [&[Act::Type(0), Act::Type(1), Act::Type(2)][..], &time].concat(),
            settings: with(&[
                (SettingId::GuessingBudget, 4),
                (SettingId::BudgetRefill, 1),
                (SettingId::AutoRelockTime, 0),
            ]),
            second_user: plain,
            obeys: true,
            refusals: false,
            large: false,
        },
        Scene {
            name: "remote",
            acts: [
                &[Remote::Unlock, Remote::UnlockWith(1), Remote::Revoke(1), Remote::Grant(1)].map(Act::Send)
                    [..],
                &[Mode::Normal, Mode::Privacy].map(|mode| Act::Send(Remote::Mode(mode))),
                &[Act::Ask, Act::Forge, Act::Replay],
                &time,
            ]
            .concat(),
            settings: with(&[(SettingId::AutoRelockTime, 0), (SettingId::WrongCodeEntryLimit, 1)]),
            second_user: plain,
            obeys: true,
            refusals: false,
            large: true,
        },
        Scene {
            name: "time",
            acts: [
                &[0, 60, 300].map(|offset| Act::Send(Remote::Clock(offset)))[..],
                &[Act::Send(Remote::Confirm), Act::ClockLost, Act::Type(1)],
                &time,
            ]
            .concat(),
            // every wait a multiple of a minute, so that few moments are reached
            settings: with(&[
                (SettingId::AutoRelockTime, 0),
                (SettingId::UserCodeTemporaryDisableTime, 60),
                (SettingId::WrongCodeEntryLimit, 1),
            ]),
            second_user: UserType::YearDay,
            obeys: true,
            refusals: false,
            large: false,
        },
        Scene {
            name: "power",
            acts: [
                &[6_000, 4_300, 3_900].map(Act::Battery)[..],
                &[Act::Type(0), Act::Motor(Motor::BrownOut)],
                &bolts,
                &time,
            ]
            .concat(),
            settings: with(&[(SettingId::WrongCodeEntryLimit, 1), (SettingId::OpenPeriod, 0)]),
            second_user: plain,
            obeys: false,
            refusals: false,
            large: true,
        },
    ]
}
