//! The scenes. Each has a small menu of acts, so that it closes; together they have every kind of input and every
//! command in them, and every one of those at least once under every fault (`covers_everything`).

use lock::{Bolt, CredentialKind, Emergency, Hand, Leaf, Mode, Motor, Privilege, SettingId, UserType};

use crate::act::{Act, Remote};
use crate::scene::{Faults, Scene, Setup};

const TIME: [Act; 2] = [Act::Wait, Act::Reboot];
const BOLTS: [Act; 5] = [
    Act::Bolt(Bolt::Extended),
    Act::Bolt(Bolt::Retracted),
    Act::Bolt(Bolt::Between),
    Act::Bolt(Bolt::Unlatched),
    Act::Bolt(Bolt::Unknown),
];
const HANDS: [Act; 4] = [
    Act::Hand(Hand::ThumbturnLock),
    Act::Hand(Hand::ThumbturnUnlock),
    Act::Hand(Hand::KeyLock),
    Act::Hand(Hand::KeyUnlock),
];
const LEAVES: [Act; 3] = [Act::Leaf(Leaf::Closed), Act::Leaf(Leaf::Open), Act::Leaf(Leaf::Unknown)];

static PLAIN: Setup = Setup::PLAIN;
static KEYS: Setup = Setup { whole_entries: false, ..Setup::PLAIN };
static FREE_BOLT: Setup = Setup { obeys: false, ..Setup::PLAIN };
static CARDS: Setup = Setup { kinds: [CredentialKind::Rfid; 2], ..Setup::PLAIN };
static FINGERS: Setup = Setup { kinds: [CredentialKind::Fingerprint; 2], ..Setup::PLAIN };
static DUAL: Setup = Setup { kinds: [CredentialKind::Pin, CredentialKind::Rfid], dual: true, ..Setup::PLAIN };
static BY_YEAR_DAY: Setup =
    Setup { types: [UserType::Unrestricted, UserType::YearDay], year_day: true, ..Setup::PLAIN };
static BY_BOTH: Setup = Setup {
    types: [UserType::Unrestricted, UserType::ScheduleRestricted],
    week_day: true,
    year_day: true,
    ..Setup::PLAIN
};
static LEASED: Setup = Setup { lease: [0, 120], ..Setup::PLAIN };
static EMERGENCY: Setup = Setup { emergencies: [Emergency::Once, Emergency::UntilChanged], ..Setup::PLAIN };
static ONE_EMERGENCY: Setup = Setup { emergencies: [Emergency::No, Emergency::UntilChanged], ..Setup::PLAIN };

fn send<const N: usize>(all: [Remote; N]) -> Vec<Act> {
    all.map(Act::Send).to_vec()
}

fn scene(name: &'static str, setup: &'static Setup, faults: Faults, acts: &[&[Act]]) -> Scene {
    Scene::new(name, setup, faults, [&acts.concat(), TIME.as_slice()].concat())
}

impl Scene {
    fn with(mut self, settings: &[(SettingId, u32)]) -> Self {
        self.settings.extend_from_slice(settings);
        self
    }

    /// Every lock-out a multiple of a minute and every wrong code one, so that few moments are reached.
    fn minutes(self) -> Self {
        self.with(&[(SettingId::UserCodeTemporaryDisableTime, 60), (SettingId::WrongCodeEntryLimit, 1)])
    }

    /// Wall times beyond so many seconds are one: further than every end in the scene, and further than a step of the
    /// clock (120 s) beyond what it is set to.
    fn horizon(self, horizon: u64) -> Self {
        Self { horizon, ..self }
    }

    /// Expiring users are used first until then.
    fn first_use(self, first_use: u64) -> Self {
        Self { first_use, ..self }
    }

    fn large(self) -> Self {
        Self { large: true, ..self }
    }
}

/// Every scene.
pub fn scenes() -> Vec<Scene> {
    let mut all = guessing();
    all.extend(people());
    all.extend(time());
    all.extend(remote());
    all.extend(body());
    all.extend(large());
    all
}

/// G6: attempts, lock-outs, budget, on every channel.
fn guessing() -> Vec<Scene> {
    let two = [(SettingId::WrongCodeEntryLimit, 2)];
    let card = CredentialKind::Rfid;
    let finger = CredentialKind::Fingerprint;
    vec![
        scene("guess", &PLAIN, Faults::All, &[&[Act::Type(0), Act::Type(2)]]).with(&two),
        scene("remote codes", &PLAIN, Faults::All, &[&send([Remote::UnlockWith(1), Remote::UnlockWith(2)])])
            .with(&two),
        scene(
            "budget",
            &PLAIN,
            Faults::Cuts,
            &[&[Act::Type(0), Act::Type(1), Act::Type(2), Act::Send(Remote::Lift)]],
        )
        .with(&[(SettingId::GuessingBudget, 4), (SettingId::BudgetRefill, 1)]),
        scene(
            "cards",
            &CARDS,
            Faults::Cuts,
            &[&[Act::Show(card, 0), Act::Show(card, 2), Act::Weak(0), Act::Show(CredentialKind::Face, 0)]],
        )
        .minutes(),
        scene("fingers", &FINGERS, Faults::Cuts, &[&[Act::Show(finger, 1), Act::NotMatched]]).minutes(),
        scene("keypad", &KEYS, Faults::Cuts, &[&[Act::Digit, Act::Clear, Act::Type(0)]])
            .with(&[(SettingId::WrongCodeEntryLimit, 1)]),
        scene("lock key", &PLAIN, Faults::Between, &[&[Act::LockKey, Act::TypeLock(0), Act::TypeLock(2)]])
            .minutes()
            .with(&[(SettingId::EnableOneTouchLocking, 1)]),
    ]
}

/// G1, G4: who may, and who may no longer.
fn people() -> Vec<Scene> {
    let kinds = UserType::ALL.iter().map(|kind| Act::Send(Remote::UserType(0, *kind)));
    let kinds: Vec<Act> = kinds.chain([Act::Send(Remote::Disable(0))]).collect();
    let modes = Mode::ALL.iter().map(|mode| Act::Send(Remote::Mode(*mode))).collect::<Vec<_>>();
    vec![
        scene("users at the keypad", &PLAIN, Faults::Between, &[&kinds, &[Act::Type(0)]]).minutes(),
        scene("users by remote", &PLAIN, Faults::Cuts, &[&kinds, &send([Remote::UnlockWith(0)])]).minutes(),
        scene(
            "two credentials",
            &DUAL,
            Faults::Cuts,
            &[&[Act::Type(0), Act::Type(2), Act::Show(CredentialKind::Rfid, 1)]],
        )
        .minutes()
        .with(&[(SettingId::UserCodeTemporaryDisableTime, 30)]),
        scene(
            "revocation",
            &PLAIN,
            Faults::Cuts,
            &[
                &send([Remote::Grant(0), Remote::GrantLate(0), Remote::Revoke(0), Remote::RevokeThrough]),
                &[Act::Type(0)],
            ],
        )
        .minutes(),
        scene(
            "everybody cleared",
            &PLAIN,
            Faults::Cuts,
            &[&send([Remote::Grant(0), Remote::ClearUsers, Remote::Unlock])],
        ),
        scene(
            "refused changes",
            &PLAIN,
            Faults::All,
            &[&send([Remote::Grant(1), Remote::Revoke(1), Remote::Unlock])],
        ),
        scene(
            "modes",
            &ONE_EMERGENCY,
            Faults::Cuts,
            &[
                &modes,
                &[Act::Type(0), Act::Type(1), Act::Send(Remote::Unlock), Act::Hand(Hand::PrivacyButton)],
            ],
        )
        .minutes()
        .with(&[(SettingId::EnablePrivacyModeButton, 1)]),
        scene(
            "emergency",
            &EMERGENCY,
            Faults::Cuts,
            &[
                &[Act::Type(0), Act::Type(1), Act::Send(Remote::Mode(Mode::Privacy))],
                &send([Remote::Rehearse]),
            ],
        )
        .minutes(),
        scene(
            "factory",
            &PLAIN,
            Faults::Cuts,
            &[&[
                Act::Commission,
                Act::Hand(Hand::FactoryReset),
                Act::Hand(Hand::FrontRemoved),
                Act::Send(Remote::Unlock),
                Act::Send(Remote::Grant(0)),
            ]],
        ),
    ]
}

/// A16, E4: the clock and everything that rests on it.
fn time() -> Vec<Scene> {
    let clock = [0, 60, 300].map(|offset| Act::Send(Remote::Clock(offset)));
    let lost = [Act::ClockLost, Act::Send(Remote::Confirm)];
    vec![
        scene("clock", &BY_YEAR_DAY, Faults::Cuts, &[&clock, &lost, &[Act::Type(1)]]).minutes(),
        scene(
            "clock chip",
            &BY_YEAR_DAY,
            Faults::Cuts,
            &[&clock[1..2], &[Act::ClockChip(0), Act::ClockChip(60), Act::ClockLost, Act::Type(1)]],
        )
        .minutes()
        .horizon(181),
        scene(
            "schedules",
            &BY_BOTH,
            Faults::Cuts,
            &[
                &clock[..1],
                &send([Remote::WeekDay, Remote::NoWeekDay, Remote::YearDay, Remote::NoYearDay]),
                &[Act::Type(1)],
            ],
        )
        .minutes()
        .horizon(181),
        scene(
            "holidays",
            &PLAIN,
            Faults::Cuts,
            &[
                &clock[..1],
                &send([
                    Remote::Holiday(Mode::Privacy),
                    Remote::Holiday(Mode::NoRemote),
                    Remote::Holiday(Mode::Passage),
                    Remote::NoHoliday,
                    Remote::Unlock,
                ]),
                &[Act::ClockLost],
            ],
        )
        .minutes()
        .horizon(181),
        scene("lease", &LEASED, Faults::Cuts, &[&clock, &lost, &[Act::Type(1)]]).minutes(),
        scene(
            "expiry",
            &PLAIN,
            Faults::Cuts,
            &[
                &clock[..2],
                &send([Remote::UserType(1, UserType::Expiring), Remote::UserType(1, UserType::Disposable)]),
                &[Act::Type(1), Act::ClockLost],
            ],
        )
        .minutes()
        .horizon(301)
        .first_use(240)
        .with(&[(SettingId::ExpiringUserTimeout, 1)]),
    ]
}

/// G7, A05 to A07, A15, A32: what comes from outside.
fn remote() -> Vec<Scene> {
    vec![
        scene(
            "challenges",
            &PLAIN,
            Faults::Cuts,
            &[
                &send([Remote::Unlock, Remote::Lock, Remote::Read, Remote::Acknowledge]),
                &[Act::Ask(1), Act::Forge, Act::Replay],
            ],
        ),
        scene(
            "two peers",
            &PLAIN,
            Faults::Cuts,
            &[
                &send([
                    Remote::Peer(Privilege::View),
                    Remote::Peer(Privilege::Operate),
                    Remote::Peer(Privilege::Admin),
                    Remote::NoPeer(1),
                    Remote::NoPeer(2),
                    Remote::Unlock,
                ]),
                &[
                    Act::SendAsSecond(Remote::Unlock),
                    Act::SendAsSecond(Remote::Revoke(0)),
                    Act::SendAsSecond(Remote::Peer(Privilege::Admin)),
                    Act::Ask(2),
                ],
            ],
        )
        .minutes(),
        scene(
            "locking by code",
            &PLAIN,
            Faults::Cuts,
            &[&send([
                Remote::Lock,
                Remote::LockWith(0),
                Remote::LockWith(2),
                Remote::Unbolt,
                Remote::UnlockTimed,
            ])],
        )
        .minutes(),
    ]
}

/// G2, G3, G5, G8, A17, A26: bolt, leaf, hands, motor, battery.
fn body() -> Vec<Scene> {
    let moves = send([Remote::Unlock, Remote::Lock]);
    let motors = [Act::Motor(Motor::Stalled), Act::Motor(Motor::NoEnd), Act::Motor(Motor::BrownOut)];
    let levels = [6_000, 4_700, 4_300, 3_900].map(Act::Battery);
    let relock = [(SettingId::AutoRelockTime, 6)];
    vec![
        scene("bolt", &FREE_BOLT, Faults::Cuts, &[&moves, &BOLTS]),
        scene("refused records", &FREE_BOLT, Faults::All, &[&moves[..1], &BOLTS[..2]]),
        scene("refused hands", &FREE_BOLT, Faults::All, &[&moves[1..], &HANDS[..2], &BOLTS[..1]]),
        scene("hands", &FREE_BOLT, Faults::Cuts, &[&moves[..1], &HANDS, &BOLTS[..2]]),
        scene("motor", &FREE_BOLT, Faults::Cuts, &[&moves, &motors, &BOLTS[..3], &[Act::LockKey]])
            .with(&[(SettingId::EnableOneTouchLocking, 1)]),
        scene("relock", &FREE_BOLT, Faults::Between, &[&moves[..1], &BOLTS[..3], &motors[..1], &HANDS[..2]])
            .with(&relock),
        scene("leaf", &FREE_BOLT, Faults::Cuts, &[&moves, &LEAVES, &BOLTS[..2]]),
        scene("leaf and relock", &PLAIN, Faults::Between, &[&moves, &LEAVES, &HANDS[..1]])
            .with(&[(SettingId::AutoRelockTime, 6), (SettingId::OpenPeriod, 6)]),
        scene(
            "passage",
            &FREE_BOLT,
            Faults::Between,
            &[
                &moves[..1],
                &send([Remote::Mode(Mode::Normal), Remote::Mode(Mode::Passage), Remote::UnlockTimed]),
                &BOLTS[..2],
                &LEAVES[..2],
            ],
        )
        .with(&relock),
        scene("battery", &FREE_BOLT, Faults::Cuts, &[&levels, &moves, &motors[2..], &BOLTS[..3]]),
        scene(
            "battery and codes",
            &ONE_EMERGENCY,
            Faults::Cuts,
            &[
                &levels[..1],
                &levels[2..],
                &[Act::Type(0), Act::Type(1), Act::Send(Remote::Unlock), Act::Send(Remote::Rehearse)],
            ],
        )
        .minutes(),
    ]
}

/// Wide menus, for a machine that has the time.
fn large() -> Vec<Scene> {
    let moves = send([Remote::Unlock, Remote::Lock]);
    let times = [(SettingId::AutoRelockTime, 10), (SettingId::OpenPeriod, 10)];
    vec![
        scene(
            "large door",
            &FREE_BOLT,
            Faults::Cuts,
            &[&moves, &HANDS, &BOLTS, &LEAVES, &[Act::Motor(Motor::Stalled), Act::Type(0)]],
        )
        .with(&times)
        .large(),
        scene(
            "large remote",
            &PLAIN,
            Faults::Cuts,
            &[
                &send([
                    Remote::Unlock,
                    Remote::UnlockWith(1),
                    Remote::Revoke(1),
                    Remote::Grant(1),
                    Remote::Mode(Mode::Normal),
                    Remote::Mode(Mode::Privacy),
                ]),
                &[Act::Ask(1), Act::Forge, Act::Replay],
            ],
        )
        .with(&[(SettingId::WrongCodeEntryLimit, 1)])
        .large(),
        scene(
            "large power",
            &FREE_BOLT,
            Faults::Cuts,
            &[&[6_000, 4_300, 3_900].map(Act::Battery), &[Act::Type(0), Act::Motor(Motor::BrownOut)], &BOLTS],
        )
        .minutes()
        .with(&[(SettingId::AutoRelockTime, 10)])
        .large(),
    ]
}
