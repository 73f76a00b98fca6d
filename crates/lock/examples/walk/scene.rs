//! A scene of the walk: what happens in it, how the lock is set up for it, and which faults are gone through. The list
//! of scenes is in `menu.rs`.

use lock::{
    Answer, Bolt, Command, CredentialFields, CredentialKind, Emergency, Input, Leaf, Millis, SettingId,
    UserType, View, step,
};

use crate::act::{self, Act, Remote};
use crate::disk::{Disk, Fault};
use crate::node::{Node, Seen, Small};
use crate::shadow::Shadow;

/// The keys of the two peers and the lock's identity.
pub const KEY: [u8; 32] = [5; 32];
pub const KEY_2: [u8; 32] = [6; 32];
pub const LOCK_ID: [u8; 16] = *b"the walked lock!";
/// 2026-11-23 00:00:00 UTC, a Monday.
pub const T0: u64 = 1_795_392_000;
/// When every schedule and holiday of the walk holds, in seconds after [`T0`]: the second and third minute.
pub const WINDOW: std::ops::Range<u64> = 60..180;
/// Beyond this, in seconds after [`T0`], every wall time is alike unless a scene says otherwise: all schedules and leases
/// of the walk end before, and it is further than one step of the clock (120 s) beyond the latest time to which the
/// clock is set (300 s).
const HORIZON: u64 = 421;
/// A wait where the lock waits for nothing.
pub const IDLE_MS: Millis = 60_000;

/// Which faults of the storage a scene goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// None but the loss of power between two acts.
    Between,
    /// Loss of power at every operation: each waiting write there or not, in every combination, or one torn.
    Cuts,
    /// Those, and storage that refuses from each operation on.
    All,
}

/// How the lock is set up, as far as the shadow must know.
pub struct Setup {
    /// The two credentials.
    pub kinds: [CredentialKind; 2],
    /// Both belong to the first user, who needs both.
    pub dual: bool,
    pub types: [UserType; 2],
    pub emergencies: [Emergency; 2],
    /// Ends of leases in seconds after [`T0`]; 0 for none.
    pub lease: [u64; 2],
    pub week_day: bool,
    pub year_day: bool,
    /// The bolt goes in and out again at once, so that its travel adds no states where it is not the question.
    pub obeys: bool,
    /// No digits are typed alone, so that every typed code is a whole entry.
    pub whole_entries: bool,
}

impl Setup {
    pub const PLAIN: Self = Self {
        kinds: [CredentialKind::Pin; 2],
        dual: false,
        types: [UserType::Unrestricted; 2],
        emergencies: [Emergency::No; 2],
        lease: [0; 2],
        week_day: false,
        year_day: false,
        obeys: true,
        whole_entries: true,
    };

    /// Whose credential it is: 0 or 1.
    pub fn owner(&self, which: usize) -> usize {
        if self.dual { 0 } else { which.min(1) }
    }

    pub fn emergency(&self, which: usize) -> bool {
        which < 2 && self.emergencies[which] != Emergency::No
    }
}

/// A scene.
pub struct Scene {
    pub name: &'static str,
    pub acts: Vec<Act>,
    pub settings: Vec<(SettingId, u32)>,
    pub setup: &'static Setup,
    pub faults: Faults,
    /// Seconds after [`T0`] beyond which every wall time is alike.
    pub horizon: u64,
    /// Seconds after [`T0`] until which an expiring user may be used first. Later ones would expire at ever later times,
    /// in the same way.
    pub first_use: u64,
    /// Only walked when asked for: it does not close within minutes.
    pub large: bool,
}

impl Scene {
    /// A scene like the others.
    pub fn new(name: &'static str, setup: &'static Setup, faults: Faults, acts: Vec<Act>) -> Self {
        let settings =
            vec![(SettingId::GuessingBudget, 0), (SettingId::AutoRelockTime, 0), (SettingId::OpenPeriod, 0)];
        Self { name, acts, settings, setup, faults, horizon: HORIZON, first_use: u64::MAX, large: false }
    }

    /// How its states are looked at.
    pub const fn view(&self) -> View {
        View { horizon: T0 + self.horizon, configuration_only: false }
    }

    /// Whether an act would begin an expiry later than the scene has them.
    pub fn too_late(&self, node: &Node, act: Act) -> bool {
        let Some((_, which, _)) = act::shows(act) else { return false };
        let begins = which < 2
            && node.shadow.types[node.setup.owner(which)] == UserType::Expiring
            && node.shadow.expires.is_none();
        begins && node.shadow.wall(node.now).is_some_and(|wall| wall > T0.saturating_add(self.first_use))
    }

    /// The state in which it begins: commissioned, both credentials set, bolt out, leaf shut.
    pub fn start(&self) -> Node {
        let mut disk = Disk::blank();
        let (lock, _) = Small::boot(0, &mut disk);
        let mut node = Node {
            lock,
            disk,
            now: 0,
            shadow: Shadow::new(self.setup),
            depth: 0,
            setup: self.setup,
            frame: None,
            reborn: false,
            compared: false,
            configuration: 0,
        };
        step(&mut node.lock, 0, Input::Commission(act::commissioning()), &mut node.disk);
        for (id, value) in &self.settings {
            node.tell(&Command::WriteSetting(*id, *value));
        }
        for which in 0..2 {
            let setup = self.setup;
            let fields = CredentialFields {
                user: (setup.dual && which == 1).then_some(1),
                user_type: (!(setup.dual && which == 1)).then_some(setup.types[which]),
                emergency: setup.emergencies[which],
                not_after: if setup.lease[which] == 0 { 0 } else { T0 + setup.lease[which] },
                ..act::fields(setup.kinds[which], which)
            };
            node.tell(&Command::SetCredential(fields));
        }
        let extras = [
            (self.setup.dual, Remote::Dual),
            (self.setup.week_day, Remote::WeekDay),
            (self.setup.year_day, Remote::YearDay),
        ];
        for (_, remote) in extras.iter().filter(|(wanted, _)| *wanted) {
            node.tell(&act::command(*remote, T0, 0));
        }
        node.apply(Act::Bolt(Bolt::Extended), Fault::None);
        node.apply(Act::Leaf(Leaf::Closed), Fault::None);
        node.frame = None;
        node
    }
}

impl Node {
    fn tell(&mut self, command: &Command) {
        let mut seen = Seen::nothing();
        self.send_command(command, 1, &mut seen);
        let done = matches!(seen.answer, Some(Answer::Done | Answer::CredentialSet(..)));
        assert!(done, "the scene could not be set up");
    }
}
