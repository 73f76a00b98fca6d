//! The ways in: what each needs, how long it takes, and which part of the door gives.
//!
//! A way's time is a function of one world's values. Nothing here has a probability of its own: each
//! follows from
//! figures and answers through a mechanism that the module of that way describes.

pub mod codes;
pub mod cylinder;
pub mod entry;
pub mod force;
pub mod remote;
pub mod scene;

use crate::engine::model::{Build, World};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident, $all:ident: $($variant:ident $id:literal $words:literal),* $(,)?) => {
        $(#[$doc])*
        #[allow(missing_docs, reason = "each is described by its words")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// How many.
            pub const COUNT: usize = Self::ALL.len();

            /// The id in files and JSON.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            /// In plain words.
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),* }
            }

            /// The one with that id.
            pub fn of_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.id() == id)
            }
        }
    };
}

names! {
    /// A way in.
    Way, WAYS:
    Unlocked "unlocked" "walk in: it was left unlocked",
    Key "key" "use a key or a copy",
    Pick "pick" "pick the cylinder",
    Rake "rake" "rake the cylinder",
    Bump "bump" "bump the cylinder",
    Snap "snap" "snap the cylinder",
    Drill "drill" "drill the cylinder",
    Pull "pull" "pull the cylinder",
    Slip "slip" "slip the latch back",
    Kick "kick" "kick the door in",
    Shoulder "shoulder" "shoulder the door in",
    PryStrike "pry-strike" "pry at the strike",
    PryHinge "pry-hinge" "pry at the hinges",
    Glass "glass" "break the glass and turn the lock from inside",
    Spike "spike" "work the motor or wiring from outside",
    Guess "guess" "guess a code",
    WornKeys "worn-keys" "read the code off worn keys",
    DefaultCode "default-code" "use the factory code",
    SharedCode "shared-code" "use a shared or stale code",
    RevokedGuest "revoked-guest" "use a guest access that was ended",
    StolenPhone "stolen-phone" "use a stolen phone",
    Account "account" "take over the account",
    Radio "radio" "replay or relay the radio",
    Downgrade "downgrade" "listen in while it is paired",
    Cloud "cloud" "come in through the maker's servers",
}

names! {
    /// A part or layer of the door that can give.
    Part, PARTS:
    Leaf "leaf" "door leaf",
    Frame "frame" "frame and gap",
    Strike "strike" "strike and screws",
    Hinges "hinges" "hinges",
    Bolt "bolt" "bolt",
    Cylinder "cylinder" "cylinder",
    SecondLock "second-lock" "second lock",
    Glass "glass" "glass",
    Electronics "electronics" "electronics and codes",
    Account "account" "account and network",
    Keys "keys" "keys and copies",
    Habits "habits" "habits",
}

/// Ways that break or bend something.
pub const FORCE: &[Way] =
    &[Way::Kick, Way::Shoulder, Way::PryStrike, Way::PryHinge, Way::Glass, Way::Snap, Way::Drill, Way::Pull];
/// Ways that open the cylinder and leave it whole.
pub const PICKING: &[Way] = &[Way::Pick, Way::Rake, Way::Bump];

/// `base` to the power of `exponent`, for bases that are not negative: by way of the logarithm, which takes half
/// the time of an exactly rounded power. Off by a few parts in 10^15, where figures have two digits.
#[inline]
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if base > 0.0 {
        return libm::exp(exponent * libm::log(base));
    }
    if exponent > 0.0 { 0.0 } else { 1.0 }
}

/// The time of every way in one world, in seconds; infinite where it cannot be done. With the part that
/// gives.
#[derive(Debug, Clone)]
pub struct Outcome {
    times: [f64; Way::COUNT],
    parts: [Part; Way::COUNT],
}

impl Default for Outcome {
    fn default() -> Self {
        Self { times: [f64::INFINITY; Way::COUNT], parts: [Part::Leaf; Way::COUNT] }
    }
}

impl Outcome {
    /// Forgets the last world.
    #[inline]
    pub fn clear(&mut self) {
        self.times = [f64::INFINITY; Way::COUNT];
    }

    /// Records a way's time and the part that gives.
    #[inline]
    pub fn set(&mut self, way: Way, seconds: f64, part: Part) {
        self.times[way as usize] = seconds;
        self.parts[way as usize] = part;
    }

    /// Adds the time of a further barrier behind all ways recorded so far, which open the main lock only.
    /// Where that barrier takes longer than the lock, it is the part that counts.
    #[inline]
    pub fn behind(&mut self, seconds: f64, part: Part) {
        for (time, gives) in self.times.iter_mut().zip(&mut self.parts) {
            if *time < f64::INFINITY {
                if seconds > *time {
                    *gives = part;
                }
                *time += seconds;
            }
        }
    }

    /// Seconds this way takes.
    #[inline]
    pub fn time(&self, way: Way) -> f64 {
        self.times[way as usize]
    }

    /// The part that gives on this way.
    #[inline]
    pub fn part(&self, way: Way) -> Part {
        self.parts[way as usize]
    }

    /// The quickest way, its time and part; `None` when nothing opens the door.
    #[inline]
    pub fn first(&self) -> Option<(Way, f64, Part)> {
        let mut best = None;
        let mut least = f64::INFINITY;
        for way in Way::ALL {
            let time = self.times[*way as usize];
            if time < least {
                least = time;
                best = Some((*way, time, self.parts[*way as usize]));
            }
        }
        best
    }
}

/// All mechanisms of one door against one attacker.
#[derive(Debug, Clone)]
pub struct Mechanisms {
    scene: scene::Scene,
    at_door: Option<AtDoor>,
    remote: remote::Remote,
}

/// What only somebody at the door can do.
#[derive(Debug, Clone)]
struct AtDoor {
    force: force::Force,
    cylinder: cylinder::CylinderWays,
    entry: entry::Entry,
    codes: codes::Codes,
}

impl Mechanisms {
    /// Asks for everything the mechanisms need.
    pub fn build(b: &mut Build<'_>) -> Self {
        let scene = scene::Scene::build(b);
        let at_door = b.attacker.has("hands").then(|| AtDoor {
            force: force::Force::build(b),
            cylinder: cylinder::CylinderWays::build(b),
            entry: entry::Entry::build(b),
            codes: codes::Codes::build(b),
        });
        Self { scene, at_door, remote: remote::Remote::build(b) }
    }

    /// Works out one world: the time of every way, ways that are too loud for this attacker left out.
    /// Returns how long the attacker stays.
    #[inline]
    pub fn run(&self, world: &World, out: &mut Outcome) -> f64 {
        out.clear();
        let now = self.scene.now(world);
        self.remote.run(world, &now, out);
        if let Some(here) = &self.at_door {
            here.cylinder.run(world, out);
            here.codes.run(world, &now, out);
            here.entry.run(world, &now, out);
        }
        if now.second_engaged {
            out.behind(now.second_time, Part::SecondLock);
        }
        // force comes last: it opens the door as a whole, second lock and all
        if let Some(here) = &self.at_door {
            here.force.run(world, &now, out);
            self.scene.silence(world, &now, out);
        }
        now.patience
    }
}
