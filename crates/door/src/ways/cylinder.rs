//! The cylinder: pick, rake, bump without harm; snap, drill, pull with it.
//!
//! How long a cylinder holds an expert is, for one's own cylinder, a thing we do not know (ignorance);
//! how an attempt goes
//! is chance. The level of times and shares is that of published trials; how much more elements and security
//! elements change comes from the mechanics of the room `cylinder` (`figures/mechanics.toml`). A standard that was tested against
//! destruction
//! holds at least its net test time, scaled by what differs between a test bench and a street.

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::{Outcome, Part, Way, power};

/// The slots of the cylinder ways.
#[derive(Debug, Clone)]
pub struct CylinderWays {
    none: Is,
    pick: Option<Pick>,
    rake: Option<Rake>,
    bump: Option<Bump>,
    snap: Option<Snap>,
    drill: Option<Destroy>,
    pull: Option<Destroy>,
    least: ByWord,
    field: Slot,
    profile: Is,
    round_or_rim: Is,
}

#[derive(Debug, Clone)]
struct Pick {
    expert: ByWord,
    pins: Slot,
    each: Slot,
    elements: Vec<(Slot, Slot)>,
    least: ByWord,
    field: Slot,
    skill: Slot,
    attempt: Slot,
}

#[derive(Debug, Clone)]
struct Rake {
    share: ByWord,
    fate: Slot,
    spools: Slot,
    with_spools: Slot,
    sidebar: Slot,
    pins: Slot,
    each: Slot,
    time: Slot,
    skill: Slot,
}

#[derive(Debug, Clone)]
struct Bump {
    kind: ByWord,
    share: Slot,
    fate: Slot,
    pins: Slot,
    each: Slot,
    spools: Slot,
    with_spools: Slot,
    anti: Slot,
    with_anti: Slot,
    standard: ByWord,
    time: Slot,
}

#[derive(Debug, Clone)]
struct Snap {
    anti: Slot,
    safe: Is,
    time: Slot,
    works: Slot,
    luck: Slot,
    projection: Slot,
    flush: Slot,
    anti_hold: Slot,
}

#[derive(Debug, Clone)]
struct Destroy {
    time: Slot,
    guard: Slot,
    factor: Slot,
}

impl CylinderWays {
    /// Asks for what the cylinder ways need.
    pub fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Snap, Way::Drill, Way::Pull]);
        let least = b.by_word(Key::CylinderStandard, "standard.hold");
        let field = b.figure("standard.field");
        let profile = b.is(Key::CylinderShape, &["profile"]);
        let round_or_rim = b.is(Key::CylinderShape, &["profile", "rim"]);
        let skilled = b.attacker.skill != "none";
        Self {
            none: b.is(Key::CylinderKind, &["none"]),
            pick: (skilled && b.attacker.has("picks")).then(|| Pick::build(b)),
            rake: (skilled && b.attacker.has("rake")).then(|| Rake::build(b)),
            bump: (skilled && b.attacker.has("bump-key")).then(|| Bump::build(b)),
            snap: b.attacker.has("snapper").then(|| Snap::build(b)),
            drill: b.attacker.has("drill").then(|| Destroy::build(b, Way::Drill, "hardened")),
            pull: b.attacker.has("puller").then(|| Destroy::build(b, Way::Pull, "pull-protection")),
            least,
            field,
            profile,
            round_or_rim,
        }
    }

    /// Sets the times of the cylinder ways.
    #[inline]
    pub fn run(&self, w: &World, out: &mut Outcome) {
        if self.none.so(w) {
            return;
        }
        if let Some(pick) = &self.pick {
            out.set(Way::Pick, pick.time(w), Part::Cylinder);
        }
        if let Some(rake) = &self.rake {
            out.set(Way::Rake, rake.time(w), Part::Cylinder);
        }
        if let Some(bump) = &self.bump {
            out.set(Way::Bump, bump.time(w), Part::Cylinder);
        }
        let least = self.least.get(w) * w.get(self.field);
        if let Some(snap) = self.snap.as_ref().filter(|_| self.profile.so(w)) {
            out.set(Way::Snap, snap.time(w, least), Part::Cylinder);
        }
        if let Some(drill) = &self.drill {
            out.set(Way::Drill, drill.time(w).max(least), Part::Cylinder);
        }
        if let Some(pull) = self.pull.as_ref().filter(|_| self.round_or_rim.so(w)) {
            out.set(Way::Pull, pull.time(w).max(least), Part::Cylinder);
        }
    }
}

impl Pick {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Pick]);
        let elements = ["spools", "sidebar", "floating"]
            .map(|word| (b.has(Key::CylinderSecurity, word), b.figure(&format!("pick.factor.{word}"))))
            .to_vec();
        Self {
            expert: b.by_word(Key::CylinderKind, "pick.expert"),
            pins: b.number(Key::CylinderPins),
            each: b.figure("pick.per_element"),
            elements,
            least: b.by_word(Key::CylinderStandard, "pick.hold"),
            field: b.figure("standard.field"),
            skill: b.figure(&format!("pick.skill.{}", b.attacker.skill)),
            attempt: b.figure("pick.attempt"),
        }
    }

    #[inline]
    fn time(&self, w: &World) -> f64 {
        let more = power(w.get(self.each), w.get(self.pins) - 5.0);
        let mut time = self.expert.get(w) * more * w.get(self.skill) * w.get(self.attempt);
        for (there, factor) in &self.elements {
            if w.holds(*there) {
                time *= w.get(*factor);
            }
        }
        time.max(self.least.get(w) * w.get(self.field))
    }
}

impl Rake {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Rake]);
        Self {
            share: b.by_word(Key::CylinderKind, "rake.share"),
            fate: b.fate("rake"),
            spools: b.has(Key::CylinderSecurity, "spools"),
            with_spools: b.figure("rake.with_spools"),
            sidebar: b.has(Key::CylinderSecurity, "sidebar"),
            pins: b.number(Key::CylinderPins),
            each: b.figure("rake.per_element"),
            time: b.figure("rake.time_s"),
            skill: b.figure(&format!("pick.skill.{}", b.attacker.skill)),
        }
    }

    #[inline]
    fn time(&self, w: &World) -> f64 {
        let mut share = self.share.get(w) * power(w.get(self.each), w.get(self.pins) - 5.0);
        if w.holds(self.spools) {
            share *= w.get(self.with_spools);
        }
        if w.holds(self.sidebar) || w.get(self.fate) >= share {
            return f64::INFINITY;
        }
        w.get(self.time) * libm::sqrt(w.get(self.skill))
    }
}

impl Bump {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Bump]);
        let who = if b.attacker.skill == "learner" { "layman" } else { "expert" };
        Self {
            kind: b.by_word(Key::CylinderKind, "bump.kind"),
            share: b.figure(&format!("bump.share.{who}")),
            fate: b.fate("bump"),
            pins: b.number(Key::CylinderPins),
            each: b.figure("bump.per_element"),
            spools: b.has(Key::CylinderSecurity, "spools"),
            with_spools: b.figure("bump.with_spools"),
            anti: b.has(Key::CylinderSecurity, "anti-bump"),
            with_anti: b.figure("bump.with_anti"),
            standard: b.by_word(Key::CylinderStandard, "bump.standard"),
            time: b.figure("bump.time_s"),
        }
    }

    /// Whether this cylinder gives to a bump key at all is a fact about it; how long it takes is chance.
    #[inline]
    fn time(&self, w: &World) -> f64 {
        let mut share = w.get(self.share) * self.kind.get(w) * self.standard.get(w);
        share *= power(w.get(self.each), w.get(self.pins) - 5.0);
        if w.holds(self.spools) {
            share *= w.get(self.with_spools);
        }
        if w.holds(self.anti) {
            share *= w.get(self.with_anti);
        }
        if w.get(self.fate) < share { w.get(self.time) } else { f64::INFINITY }
    }
}

impl Snap {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Snap]);
        Self {
            anti: b.yes(Key::CylinderAntiSnap),
            safe: b.is(Key::CylinderStandard, &["ts007-3", "ss312"]),
            time: b.figure("snap.time_s"),
            works: b.figure("snap.works"),
            luck: b.luck("snap"),
            projection: b.number(Key::CylinderProjection),
            flush: b.figure("snap.flush"),
            anti_hold: b.figure("snap.anti_hold_s"),
        }
    }

    #[inline]
    fn time(&self, w: &World, least: f64) -> f64 {
        if w.get(self.luck) >= w.get(self.works) {
            return f64::INFINITY;
        }
        let flush = if w.get(self.projection) <= 3.0 { w.get(self.flush) } else { 1.0 };
        let guarded = w.holds(self.anti) || self.safe.so(w);
        let hold = if guarded { w.get(self.anti_hold) } else { 0.0 };
        (w.get(self.time) * flush + hold).max(least)
    }
}

impl Destroy {
    fn build(b: &mut Build<'_>, way: Way, guard: &str) -> Self {
        b.serving(&[way]);
        Self {
            time: b.figure(&format!("{}.time_s", way.id())),
            guard: b.has(Key::CylinderSecurity, guard),
            factor: b.figure(&format!("{}.guarded", way.id())),
        }
    }

    #[inline]
    fn time(&self, w: &World) -> f64 {
        let factor = if w.holds(self.guard) { w.get(self.factor) } else { 1.0 };
        w.get(self.time) * factor
    }
}
