//! Ways in that break nothing and need no skill: an open door, a key, a latch slipped back.

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::scene::Now;
use crate::ways::{Outcome, Part, Way, power};

/// The slots of these ways.
#[derive(Debug, Clone)]
pub struct Entry {
    handle: Slot,
    none: Is,
    outside: Slot,
    found: Slot,
    found_luck: Slot,
    search: Slot,
    copies: Slot,
    reaches: Slot,
    copy_luck: Slot,
    control: ByWord,
    master: Slot,
    master_factor: Slot,
    turn: Slot,
    slip: Option<Slip>,
}

#[derive(Debug, Clone)]
struct Slip {
    latch: Is,
    deadlocks: Slot,
    fails: Slot,
    fails_luck: Slot,
    time: Slot,
    gap: Slot,
    gap_needed: Slot,
    throw: Slot,
    hole: Hole,
    push: Slot,
    push_works: Slot,
    push_luck: Slot,
}

/// How deep the bolt's hole is.
#[derive(Debug, Clone, Copy)]
enum Hole {
    /// As measured, mm.
    Measured(Slot),
    /// Nobody measured it: how much deeper it is than its bolt comes out, mm. Whoever cut it cut it for that bolt,
    /// so a longer bolt is no likelier to be stopped by its hole than a short one.
    Spare(Slot),
}

impl Hole {
    fn build(b: &mut Build<'_>) -> Self {
        let told = b.knows(Key::FrameHoleDepth);
        let slot = b.number(Key::FrameHoleDepth);
        if told { Self::Measured(slot) } else { Self::Spare(slot) }
    }

    /// Whether it stops a bolt that comes out `throw` mm before that dead-locks.
    #[inline]
    fn stops(self, w: &World, throw: f64) -> bool {
        match self {
            Self::Measured(depth) => w.get(depth) < throw.min(FULL_THROW),
            Self::Spare(more) => w.get(more) < 0.0,
        }
    }
}

/// A bolt that is out so far has dead-locked, however much longer it is, mm (1 in, the full throw of graded bolts).
const FULL_THROW: f64 = 25.0;

impl Entry {
    /// Asks for what these ways need.
    pub fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Unlocked]);
        let handle = b.figure("unlocked.try_s");
        b.serving(&[Way::Key]);
        let insider = if b.attacker.has("old-key") { "insider" } else { "stranger" };
        Self {
            handle,
            none: b.is(Key::CylinderKind, &["none"]),
            outside: b.yes(Key::HabitKeyOutside),
            found: b.figure("key.found"),
            found_luck: b.luck("key found"),
            search: b.figure("key.search_s"),
            copies: b.number(Key::CylinderCopies),
            reaches: b.figure(&format!("key.copy_reaches.{insider}")),
            copy_luck: b.luck("key copy"),
            control: b.by_word(Key::CylinderKeyControl, "key.control"),
            master: b.yes(Key::CylinderMaster),
            master_factor: b.figure("key.master"),
            turn: b.figure("key.turn_s"),
            slip: b.attacker.has("card").then(|| Slip::build(b)),
        }
    }

    /// Sets the times of these ways.
    #[inline]
    pub fn run(&self, w: &World, now: &Now, out: &mut Outcome) {
        if now.unlocked {
            out.set(Way::Unlocked, w.get(self.handle), Part::Habits);
        }
        if !self.none.so(w) {
            out.set(Way::Key, self.key(w), Part::Keys);
        }
        if let Some(slip) = self.slip.as_ref() {
            let (time, part) = slip.time(w, now);
            out.set(Way::Slip, time, part);
        }
    }

    /// One of the copies about in this person's hands, or else a hidden key found.
    #[inline]
    fn key(&self, w: &World) -> f64 {
        let each = w.get(self.reaches) * self.control.get(w);
        let each =
            (each * if w.holds(self.master) { w.get(self.master_factor) } else { 1.0 }).clamp(0.0, 0.999);
        // one copy more than known stands for those nobody counted
        let none_of_them = power(1.0 - each, w.get(self.copies) + 1.0);
        if w.get(self.copy_luck) < 1.0 - none_of_them {
            return w.get(self.turn);
        }
        let found = w.holds(self.outside) && w.get(self.found_luck) < w.get(self.found);
        if found { w.get(self.search) + w.get(self.turn) } else { f64::INFINITY }
    }
}

impl Slip {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Slip]);
        Self {
            latch: b.is(Key::BoltKind, &["latch"]),
            deadlocks: b.yes(Key::BoltDeadlocks),
            fails: b.figure("slip.deadlatch_fails"),
            fails_luck: b.fate("deadlatch"),
            time: b.figure("slip.time_s"),
            gap: b.number(Key::FrameGap),
            gap_needed: b.figure("slip.gap_mm"),
            throw: b.number(Key::BoltThrow),
            hole: Hole::build(b),
            push: b.figure("slip.push_back_s"),
            push_works: b.figure("slip.push_works"),
            push_luck: b.fate("push back"),
        }
    }

    /// A latch that holds alone is slipped with a card unless it dead-locks and that works. A bolt that does not
    /// dead-lock, also because its hole stops it, may be pushed back bit by bit, and the latch beside it is still
    /// to be slipped.
    #[inline]
    fn time(&self, w: &World, now: &Now) -> (f64, Part) {
        let tight = (w.get(self.gap_needed) / w.get(self.gap).max(0.3)).clamp(0.5, 8.0);
        let latch = w.get(self.time) * tight;
        if !now.thrown {
            let guarded =
                self.latch.so(w) && w.holds(self.deadlocks) && w.get(self.fails_luck) >= w.get(self.fails);
            return (if guarded { f64::INFINITY } else { latch }, Part::Bolt);
        }
        let shallow = self.hole.stops(w, w.get(self.throw));
        let loose = shallow || !w.holds(self.deadlocks);
        if loose && w.get(self.push_luck) < w.get(self.push_works) {
            let part = if shallow { Part::Strike } else { Part::Bolt };
            return (w.get(self.push) * tight + latch, part);
        }
        (f64::INFINITY, Part::Bolt)
    }
}
