//! Force: kick, shoulder, lever at the strike, lever or pins at the hinges, and glass.
//!
//! The door is a chain: leaf, strike with its screws in the frame, bolt, hinges. Each link has an energy,
//! in joules,
//! that a single blow must bring to break it; the weakest link counts. A weaker blow needs more of them:
//! after Basquin's
//! law for fatigue, blows = (resistance / energy) ^ m. The strike holds by its plate in the frame and by
//! what the screws
//! find beyond the frame, in the wall; a second lock holds beside the first. A door tested as a set holds
//! at least what it was tested with.
//! Opening with a lever takes longer the stronger the chain is and the narrower the gap.

use libm::ceil;

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::scene::Now;
use crate::ways::{Outcome, Part, Way, power};

/// Joules that each link of the chain withstands in a single blow.
#[derive(Debug, Clone, Copy)]
struct Chain {
    leaf: f64,
    strike: f64,
    bolt: f64,
    hinges: f64,
}

impl Chain {
    #[inline]
    fn weakest(&self) -> (f64, Part) {
        let mut least = (self.leaf, Part::Leaf);
        for link in [(self.strike, Part::Strike), (self.bolt, Part::Bolt), (self.hinges, Part::Hinges)] {
            if link.0 < least.0 {
                least = link;
            }
        }
        least
    }
}

/// The slots of the chain.
#[derive(Debug, Clone)]
struct Links {
    leaf: ByWord,
    thickness: Slot,
    plate: ByWord,
    frame: ByWord,
    screw_length: Slot,
    screws: Slot,
    state: ByWord,
    jamb: Slot,
    shim: Slot,
    stud: Slot,
    wooden: Is,
    bolt: ByWord,
    grade: ByWord,
    throw: Slot,
    gap: Slot,
    latch: Slot,
    latch_throw: Slot,
    second: ByWord,
    class: ByWord,
    hinge_each: Slot,
    hinges: Slot,
    hinge_length: Slot,
    hinge_state: ByWord,
    hinge_bolts: Slot,
    hinge_bolt: Slot,
}

impl Links {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Kick, Way::Shoulder, Way::PryStrike, Way::PryHinge]);
        Self {
            leaf: b.by_word(Key::DoorLeaf, "leaf.hold"),
            thickness: b.number(Key::DoorThickness),
            plate: b.by_word(Key::FrameStrike, "strike.factor"),
            frame: b.by_word(Key::FrameMaterial, "frame.hold"),
            screw_length: b.number(Key::FrameScrewLength),
            screws: b.number(Key::FrameScrews),
            state: b.by_word(Key::FrameScrewState, "screws.state"),
            jamb: b.figure("frame.jamb_mm"),
            shim: b.figure("frame.shim_mm"),
            stud: b.figure("screws.stud_j_per_mm"),
            wooden: b.is(Key::FrameMaterial, &["wood", "plastic", "aluminium"]),
            bolt: b.by_word(Key::BoltKind, "bolt.hold"),
            grade: b.by_word(Key::BoltGrade, "grade.hold"),
            throw: b.number(Key::BoltThrow),
            gap: b.number(Key::FrameGap),
            latch: b.figure("bolt.hold.latch"),
            latch_throw: b.figure("bolt.latch_throw_mm"),
            second: b.by_word(Key::SecondKind, "second.hold"),
            class: b.by_word(Key::DoorClass, "class.hold"),
            hinge_each: b.figure("hinges.hold_each"),
            hinges: b.number(Key::HingeCount),
            hinge_length: b.number(Key::HingeScrewLength),
            hinge_state: b.by_word(Key::HingeScrewState, "screws.state"),
            hinge_bolts: b.yes(Key::HingeBolts),
            hinge_bolt: b.figure("hinges.bolt_hold"),
        }
    }

    #[inline]
    fn chain(&self, w: &World, now: &Now) -> Chain {
        let class = self.class.get(w);
        let second = if now.second_engaged { self.second.get(w) } else { 0.0 };
        let leaf = self.leaf.get(w) * w.get(self.thickness) / 44.0;
        Chain {
            leaf: leaf.max(class),
            strike: (self.strike(w) + second).max(class),
            bolt: (self.bolt(w, now) + second).max(class),
            hinges: self.hinges(w).max(class),
        }
    }

    /// The frame's own hold, as far as the screws fill it, spread by the strike; plus what the screws
    /// find in the stud.
    #[inline]
    fn strike(&self, w: &World) -> f64 {
        let length = w.get(self.screw_length);
        let jamb = w.get(self.jamb);
        let filled = (length / jamb).min(1.0);
        let own = self.frame.get(w) * filled;
        let beyond =
            if self.wooden.so(w) { (length - jamb - w.get(self.shim)).clamp(0.0, 50.0) } else { 0.0 };
        let screws = w.get(self.screws).min(8.0);
        let stud = w.get(self.stud) * beyond * screws;
        (own * (screws / 2.0).min(2.0) * self.plate.get(w) + stud) * self.state.get(w)
    }

    /// The bolt as far as it stands in the frame; its grade if it holds one, which is then the better
    /// evidence. The latch beside it holds by itself, so a bolt thrown never holds less than the latch alone.
    #[inline]
    fn bolt(&self, w: &World, now: &Now) -> f64 {
        let gap = w.get(self.gap);
        let stands = (w.get(self.latch_throw) - gap) / w.get(self.latch_throw);
        let latch = w.get(self.latch) * stands.clamp(0.05, 1.0);
        if !now.thrown {
            return latch;
        }
        let stands = ((w.get(self.throw) - gap) / 22.0).clamp(0.05, 1.2);
        (self.bolt.get(w).max(self.grade.get(w)) * stands).max(latch)
    }

    #[inline]
    fn hinges(&self, w: &World) -> f64 {
        let anchored = (w.get(self.hinge_length) / 25.0).clamp(0.5, 2.5);
        let each = w.get(self.hinge_each) * anchored * self.hinge_state.get(w);
        let pegs = if w.holds(self.hinge_bolts) { w.get(self.hinge_bolt) } else { 0.0 };
        each * w.get(self.hinges) + pegs
    }
}

/// The slots of all force ways.
#[derive(Debug, Clone)]
pub struct Force {
    links: Links,
    body: bool,
    kick: Blow,
    shoulder: Blow,
    fatigue: Slot,
    lever: Option<Lever>,
    hinge: Option<Hinge>,
    glass: Option<Glass>,
    class_time: ByWord,
    class_field: Slot,
}

#[derive(Debug, Clone)]
struct Blow {
    energy: Slot,
    landed: Slot,
    each: Slot,
    start: Slot,
}

#[derive(Debug, Clone)]
struct Lever {
    base: Slot,
    reference: Slot,
    exponent: Slot,
    blade: Slot,
    narrow: Slot,
}

#[derive(Debug, Clone)]
struct Hinge {
    exposed: Is,
    pins: Slot,
    side: Slot,
    pegs: Slot,
}

#[derive(Debug, Clone)]
struct Glass {
    reachable: Is,
    full: Is,
    time: ByWord,
    reach: Slot,
    turn: ByWord,
    turn_fate: Slot,
    willing: Slot,
    willing_luck: Slot,
    more: Slot,
}

impl Force {
    /// Asks for what the force ways need.
    pub fn build(b: &mut Build<'_>) -> Self {
        let links = Links::build(b);
        let kick = Blow::build(b, Way::Kick);
        let shoulder = Blow::build(b, Way::Shoulder);
        b.serving(&[Way::Kick, Way::Shoulder]);
        let fatigue = b.figure("kick.fatigue");
        let lever = Lever::build(b);
        let hinge = Hinge::build(b);
        let glass = Glass::build(b);
        b.serving(&[Way::PryStrike, Way::PryHinge]);
        Self {
            links,
            body: b.attacker.has("body"),
            kick,
            shoulder,
            fatigue,
            lever,
            hinge,
            glass,
            class_time: b.by_word(Key::DoorClass, "class.time"),
            class_field: b.figure("class.field"),
        }
    }

    /// Sets the times of the force ways.
    #[inline]
    pub fn run(&self, w: &World, now: &Now, out: &mut Outcome) {
        let chain = self.links.chain(w, now);
        let (hold, part) = chain.weakest();
        if self.body {
            let m = w.get(self.fatigue);
            out.set(Way::Kick, self.kick.time(w, hold, m), part);
            out.set(Way::Shoulder, self.shoulder.time(w, hold, m), part);
        }
        let least = self.class_time.get(w) * w.get(self.class_field);
        if let Some(lever) = &self.lever {
            let squeeze = lever.squeeze(w, w.get(self.links.gap));
            let part = match squeeze {
                wide if wide < 0.8 => Part::Frame,
                _ if chain.bolt < chain.strike => Part::Bolt,
                _ => Part::Strike,
            };
            let time = lever.time(w, chain.strike.min(chain.bolt), squeeze);
            out.set(Way::PryStrike, time.max(least), part);
            if let Some(hinge) = &self.hinge {
                let levered = lever.time(w, chain.hinges, squeeze) * w.get(hinge.side);
                let time = hinge.time(w, levered, w.holds(self.links.hinge_bolts));
                out.set(Way::PryHinge, time.max(least), Part::Hinges);
            }
        }
        if let Some(glass) = &self.glass {
            let time = glass.time(w, now);
            out.set(Way::Glass, if time.is_finite() { time.max(least) } else { time }, Part::Glass);
        }
    }
}

impl Blow {
    fn build(b: &mut Build<'_>, way: Way) -> Self {
        b.serving(&[way]);
        let id = way.id();
        Self {
            energy: b.figure(&format!("{id}.energy")),
            landed: b.figure(&format!("{id}.landed")),
            each: b.figure(&format!("{id}.each_s")),
            start: b.figure("force.start_s"),
        }
    }

    /// Blows needed times the time for each. `hold` and energy in joules.
    #[inline]
    fn time(&self, w: &World, hold: f64, fatigue: f64) -> f64 {
        let ratio = hold / (w.get(self.energy) * w.get(self.landed));
        let blows = if ratio <= 1.0 { 1.0 } else { ceil(power(ratio, fatigue)) };
        w.get(self.start) + blows * w.get(self.each)
    }
}

impl Lever {
    fn build(b: &mut Build<'_>) -> Option<Self> {
        let tool = if b.attacker.has("crowbar") {
            "crowbar"
        } else if b.attacker.has("lever") {
            "screwdriver"
        } else {
            return None;
        };
        b.serving(&[Way::PryStrike, Way::PryHinge]);
        Some(Self {
            base: b.figure(&format!("pry.{tool}_s")),
            reference: b.figure("pry.reference_j"),
            exponent: b.figure("pry.exponent"),
            blade: b.figure(&format!("pry.{tool}_blade_mm")),
            narrow: b.figure("pry.narrow"),
        })
    }

    /// How much longer for a blade wider than the gap.
    #[inline]
    fn squeeze(&self, w: &World, gap: f64) -> f64 {
        power((w.get(self.blade) / gap.max(0.5)).clamp(0.6, 6.0), w.get(self.narrow))
    }

    /// Time grows with what holds at that edge, in joules.
    #[inline]
    fn time(&self, w: &World, hold: f64, squeeze: f64) -> f64 {
        w.get(self.base) * power(hold / w.get(self.reference), w.get(self.exponent)).max(0.2) * squeeze
    }
}

impl Hinge {
    fn build(b: &mut Build<'_>) -> Option<Self> {
        b.serving(&[Way::PryHinge]);
        Some(Self {
            exposed: b.is(Key::HingePins, &["exposed"]),
            pins: b.figure("hinges.pins_s"),
            side: b.figure("pry.hinge_side"),
            pegs: b.figure("hinges.pegs_factor"),
        })
    }

    #[inline]
    fn time(&self, w: &World, levered: f64, pegs: bool) -> f64 {
        if !self.exposed.so(w) {
            return levered;
        }
        let pins = w.get(self.pins) * if pegs { w.get(self.pegs) } else { 1.0 };
        pins.min(levered)
    }
}

impl Glass {
    fn build(b: &mut Build<'_>) -> Option<Self> {
        if !b.attacker.has("breaker") {
            return None;
        }
        b.serving(&[Way::Glass]);
        Some(Self {
            reachable: b.is(Key::DoorGlazing, &["within-reach"]),
            full: b.is(Key::DoorLeaf, &["glass"]),
            time: b.by_word(Key::DoorGlass, "glass.break"),
            reach: b.figure("glass.reach_s"),
            turn: b.by_word(Key::BoltThumbturn, "glass.turn_free"),
            turn_fate: b.luck("thumbturn"),
            willing: b.figure(&format!("glass.willing.{}", b.attacker.name)),
            willing_luck: b.luck("glass willing"),
            more: b.figure("glass.second_s"),
        })
    }

    /// Break, reach in, turn; a second lock takes a little longer. A latch alone opens by its handle.
    #[inline]
    fn time(&self, w: &World, now: &Now) -> f64 {
        let glass = self.reachable.so(w) || self.full.so(w);
        let turns = !now.thrown || w.get(self.turn_fate) < self.turn.get(w);
        let dares = w.get(self.willing_luck) < w.get(self.willing);
        if !(glass && turns && dares) {
            return f64::INFINITY;
        }
        let second = if now.second_engaged { w.get(self.more) } else { 0.0 };
        self.time.get(w) + w.get(self.reach) + second
    }
}
