//! What all ways in share in one world: who stands there and for how long, how loud he dares to be,
//! whether the bolt is thrown, whether a second lock is in use and how long that one holds.

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::{Outcome, Way};

/// Ways that make noise, each with a figure `noise.weight.<way>`: the share of its time that is as loud
/// as a kick.
const LOUD: &[Way] = &[
    Way::Kick,
    Way::Shoulder,
    Way::PryStrike,
    Way::PryHinge,
    Way::Glass,
    Way::Snap,
    Way::Drill,
    Way::Pull,
    Way::Bump,
];

/// The slots of the scene.
#[derive(Debug, Clone)]
pub struct Scene {
    patience: Slot,
    patience_scale: Slot,
    tolerance: Slot,
    weights: Vec<(Way, Slot)>,
    unlocked_share: ByWord,
    unlocked_luck: Slot,
    auto_lock: Slot,
    auto_lock_fails: Slot,
    electronic: Is,
    bolt: Is,
    no_bolt: Is,
    thrown_share: ByWord,
    thrown_luck: Slot,
    second: Is,
    second_share: ByWord,
    second_luck: Slot,
    second_time: ByWord,
    second_tools: bool,
}

/// The scene in one world.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Seconds after which he gives up.
    pub patience: f64,
    /// Seconds of full noise that he dares to make.
    pub tolerance: f64,
    /// Nothing is locked.
    pub unlocked: bool,
    /// A bolt holds, not the latch alone.
    pub thrown: bool,
    /// A second lock is in use.
    pub second_engaged: bool,
    /// Seconds to get past the second lock once the main one is open.
    pub second_time: f64,
    /// There are electronics.
    pub electronic: bool,
}

impl Scene {
    /// Asks for what the scene needs.
    pub fn build(b: &mut Build<'_>) -> Self {
        let name = b.attacker.name.clone();
        b.serving(Way::ALL);
        let patience = b.figure(&format!("patience.{name}"));
        let patience_scale = b.figure("patience.scale");
        b.serving(LOUD);
        let tolerance = b.figure(&format!("noise.{name}"));
        let weights = LOUD
            .iter()
            .map(|way| {
                b.serving(&[*way]);
                (*way, b.figure(&format!("noise.weight.{}", way.id())))
            })
            .collect();
        b.serving(&[Way::Unlocked]);
        let unlocked_share = b.by_word(Key::HabitUnlocked, "unlocked.share");
        let unlocked_luck = b.luck("unlocked");
        let auto_lock = b.yes(Key::SmartAutoLock);
        let auto_lock_fails = b.figure("unlocked.auto_lock_fails");
        let electronic = b.is(Key::SmartKind, &["stand-alone", "electric-strike", "access-panel"]);
        b.serving(&[Way::Kick, Way::Shoulder, Way::PryStrike, Way::Slip]);
        let bolt = b.is(Key::BoltKind, &["rim", "deadbolt", "mortice", "multipoint"]);
        let no_bolt = b.is(Key::BoltKind, &["none"]);
        let thrown_share = b.by_word(Key::HabitBoltThrown, "thrown.share");
        let thrown_luck = b.luck("thrown");
        b.serving(Way::ALL);
        let second = b.is(Key::SecondKind, &["chain", "surface-bolt", "rim", "deadbolt", "mortice"]);
        let second_share = b.by_word(Key::SecondUsed, "second.share");
        let second_luck = b.luck("second");
        let second_time = b.by_word(Key::SecondKind, "second.open");
        let second_tools = b.attacker.has("lever") || b.attacker.has("picks");
        Self {
            patience,
            patience_scale,
            tolerance,
            weights,
            unlocked_share,
            unlocked_luck,
            auto_lock,
            auto_lock_fails,
            electronic,
            bolt,
            no_bolt,
            thrown_share,
            thrown_luck,
            second,
            second_share,
            second_luck,
            second_time,
            second_tools,
        }
    }

    /// The scene in this world.
    #[inline]
    pub fn now(&self, w: &World) -> Now {
        let electronic = self.electronic.so(w);
        let mut share = self.unlocked_share.get(w);
        if electronic && w.holds(self.auto_lock) {
            share *= w.get(self.auto_lock_fails);
        }
        let unlocked = w.get(self.unlocked_luck) < share || self.no_bolt.so(w);
        let thrown = self.bolt.so(w) && w.get(self.thrown_luck) < self.thrown_share.get(w);
        // who leaves the main lock open does not work the second one either
        let second_engaged =
            !unlocked && self.second.so(w) && w.get(self.second_luck) < self.second_share.get(w);
        let second_time = if self.second_tools { self.second_time.get(w) } else { f64::INFINITY };
        Now {
            patience: w.get(self.patience) * w.get(self.patience_scale),
            tolerance: w.get(self.tolerance),
            unlocked,
            thrown,
            second_engaged,
            second_time,
            electronic,
        }
    }

    /// Strikes out the ways that would be louder than he dares.
    #[inline]
    pub fn silence(&self, w: &World, now: &Now, out: &mut Outcome) {
        for (way, weight) in &self.weights {
            let time = out.time(*way);
            if time.is_finite() && time * w.get(*weight) > now.tolerance {
                out.set(*way, f64::INFINITY, out.part(*way));
            }
        }
    }
}
