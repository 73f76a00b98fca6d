//! A cylinder under someone's own hands: tension, probe, lift, with a snapshot after each step that says in
//! words and numbers what there is to see and feel. For a page or a terminal that is driven many times a
//! second.
//!
//! Pure and cheap: one step is a handful of contact events. Time is only counted in steps by the caller;
//! nothing here runs by itself. What to do next and why is the business of [`crate::coach`].

use crate::{
    body::STILL_MM,
    curve::OPEN,
    describe::Description,
    error::{Error, in_range},
    event::{Ended, Event},
    family::Kind,
    lock::{Lock, Maker},
    param::Values,
    rng::Rng,
    times::Figures,
};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// Most torque a session takes (N mm).
pub const MOST_TORQUE: f64 = 200.0;
/// Most force at the pick (N).
pub const MOST_FORCE: f64 = 20.0;
/// Greatest lift that may be asked for (mm).
pub const MOST_LIFT: f64 = 50.0;
/// Points kept of the force trace.
pub const TRACE: usize = 240;
/// A led pick gives like a spring: force at once (N) and force per mm that the hand is ahead of the tip
/// (N/mm). Estimate: blade and fingers together.
pub const PICK_N: f64 = 1.0;
/// See [`PICK_N`].
pub const PICK_N_MM: f64 = 20.0;
/// Plug travel (mm) that is seen as a false set.
const FALSE_SET_MM: f64 = 0.12;

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Move {
    /// Holds this torque on the wrench (N mm).
    Tension {
        /// Torque (N mm), 0 to [`MOST_TORQUE`].
        torque: f64,
    },
    /// Puts the pick under element `at` (from 0) and lifts it to `height` (mm) with at most `force` (N).
    Lift {
        /// Element, from 0.
        at: usize,
        /// Height of the tip (mm).
        height: f64,
        /// Most force (N), 0 to [`MOST_FORCE`].
        force: f64,
    },
    /// Leads the pick under element `at` towards `wish` (mm): the blade bends, so the further the hand is
    /// ahead of the tip, the harder it pushes ([`PICK_N`]).
    Lead {
        /// Element, from 0.
        at: usize,
        /// Where the hand is (mm).
        wish: f64,
    },
    /// Takes the pick away.
    Withdraw,
    /// Lets go of everything.
    Release,
}

/// State of one element, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// At rest on its spring.
    Resting,
    /// Held between plug and shell.
    Binding,
    /// Stands on the plug's ledge, clear of the shear line.
    Set,
    /// Caught in a waist, groove or false gate.
    FalseSet,
    /// Lifted too far: the piece below blocks.
    Overset,
    /// Up on the pick, free.
    Lifted,
}

/// One element as seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Seen {
    /// Lift (mm).
    pub lift: f64,
    /// Lift of its lower piece (mm): a key pin falls back when its driver stands on the ledge. The same as
    /// `lift` for elements of one piece.
    pub lower: f64,
    /// Load between plug and shell (N).
    pub load: f64,
    /// Force a probing pick would feel (N).
    pub feel: f64,
    /// How much further the plug could turn before this element alone stops it (mm; at most [`OPEN`]); below
    /// zero by as much as contact gives.
    pub play: f64,
    /// Its state.
    pub state: State,
}

/// Everything to draw and to say after a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// Plug travel at the shear line (mm).
    pub travel: f64,
    /// Plug turned by (degrees, true scale).
    pub degrees: f64,
    /// Torque held (N mm).
    pub torque: f64,
    /// Force at the pick (N).
    pub force: f64,
    /// Whether the plug gave in this step by enough to be felt: a click.
    pub click: bool,
    /// Plug turned back in this step by (mm): counter-rotation.
    pub back: f64,
    /// Whether the pick could not get where it wanted.
    pub blocked: bool,
    /// Whether it is open.
    pub open: bool,
    /// Where the tip of the pick is: element and height (mm).
    pub tip: Option<(usize, f64)>,
    /// The elements.
    pub elements: Vec<Seen>,
    /// The same in plain words.
    pub words: String,
}

/// A session with one cylinder.
#[derive(Debug, Clone)]
pub struct Session {
    lock: Lock,
    event: Event,
    kind: Kind,
    values: Values,
    torque: f64,
    force: f64,
    tip: Option<(usize, f64)>,
    trace: Vec<f32>,
}

impl Session {
    /// A cylinder of this description, made from `seed`, at rest.
    ///
    /// # Errors
    /// As [`Maker::new`].
    pub fn new(d: &Description, figures: &Figures, seed: u64) -> Result<Self, Error> {
        let mut rng = Rng::keyed(seed, 0);
        let maker = Maker::new(d, &figures.families, &figures.parameters.central(), None)?;
        let mut lock = Lock::empty();
        maker.make(&mut lock, &mut rng);
        let event = Event::new(&lock);
        let (kind, values) = (maker.resolved().kind, maker.values().clone());
        Ok(Self { lock, event, kind, values, torque: 0.0, force: 0.0, tip: None, trace: Vec::new() })
    }

    /// The cylinder: curves, set lifts and drivers, for drawing.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Its family.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The figures it was made under.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Force at the pick over the last steps (N), oldest first, at most [`TRACE`].
    #[must_use]
    pub fn trace(&self) -> &[f32] {
        &self.trace
    }

    /// How it stands now, without doing anything: nothing clicks, nothing turns back.
    #[must_use]
    pub fn look(&self) -> Snapshot {
        let y = self.event.body().y;
        self.snapshot(y, y, false)
    }

    /// Makes one move.
    ///
    /// # Errors
    /// [`Error::Field`] for a number that cannot be or an element that is not there; nothing is changed then.
    pub fn step(&mut self, m: Move) -> Result<Snapshot, Error> {
        let before = self.event.body().y;
        let mut low = before;
        let mut blocked = false;
        match m {
            Move::Tension { torque } => {
                self.torque = in_range("torque", torque, 0.0, MOST_TORQUE)?;
                if torque > 0.0 {
                    self.event.tense(&self.lock, torque / self.lock.radius);
                } else {
                    self.release();
                }
            }
            Move::Lift { at, height, force } => {
                in_range("at", at as f64, 0.0, (self.lock.n - 1) as f64)?;
                in_range("height", height, 0.0, MOST_LIFT)?;
                in_range("force", force, 0.0, MOST_FORCE)?;
                blocked = self.lift(at, height, force, &mut low);
            }
            Move::Lead { at, wish } => {
                in_range("at", at as f64, 0.0, (self.lock.n - 1) as f64)?;
                in_range("wish", wish, 0.0, MOST_LIFT)?;
                blocked = self.lead(at, wish, &mut low);
            }
            Move::Withdraw => {
                self.force = 0.0;
                self.tip = None;
                self.event.withdraw(&self.lock);
            }
            Move::Release => {
                self.force = 0.0;
                self.release();
            }
        }
        if self.trace.len() == TRACE {
            self.trace.remove(0);
        }
        self.trace.push(self.force as f32);
        Ok(self.snapshot(before, low, blocked))
    }

    /// Lets go of everything; what has no spring stays where it was turned to only while it is held, so it is
    /// turned back by hand here.
    fn release(&mut self) {
        self.torque = 0.0;
        self.tip = None;
        self.event.release(&self.lock);
    }

    /// Brings the tip under element `at`; true if what is asked is above where the element is.
    fn reach(&mut self, at: usize, height: f64) -> bool {
        let up = height >= self.event.body().x[at];
        if self.event.held().is_some_and(|h| h != at) || !up {
            // the tip goes down or elsewhere: what it held comes to rest first
            self.event.withdraw(&self.lock);
        }
        up || height >= self.event.body().x[at]
    }

    fn lift(&mut self, at: usize, height: f64, cap: f64, low: &mut f64) -> bool {
        let to = height.min(self.lock.travel);
        if !self.reach(at, to) {
            return self.lower(at, to, cap, low);
        }
        let blocked = self.push(at, to, cap, low);
        self.tip = Some((at, self.event.body().x[at]));
        blocked
    }

    /// Pushes up; true when it needs more force than there is.
    fn push(&mut self, at: usize, to: f64, cap: f64, low: &mut f64) -> bool {
        for _ in 0..64 {
            let push = self.event.push(&self.lock, at, to, cap, f64::INFINITY, low);
            self.force = push.force;
            match push.ended {
                // the tip is led by hand: the stack does not shoot on
                Ended::Freed => self.event.rest(&self.lock),
                Ended::Blocked => return true,
                Ended::There | Ended::Gave | Ended::Open => return false,
            }
        }
        false
    }

    /// The tip goes below where the element stands: a spring follows by itself (unless contact holds it), a
    /// disc is turned back with the pick.
    fn lower(&mut self, at: usize, to: f64, cap: f64, low: &mut f64) -> bool {
        self.force = 0.0;
        let mut blocked = false;
        if !self.lock.sprung[at] {
            let (ended, force) = self.event.pull(&self.lock, at, to, cap, low);
            self.force = force;
            blocked = ended == Ended::Blocked;
            self.tip = Some((at, self.event.body().x[at]));
        } else {
            self.tip = Some((at, to));
        }
        self.event.withdraw(&self.lock);
        blocked
    }

    /// Follows the hand with a blade that bends: tries the whole way, then shorter and shorter steps, each
    /// with the force that the blade has at its end.
    fn lead(&mut self, at: usize, wish: f64, low: &mut f64) -> bool {
        let to = wish.min(self.lock.travel);
        if !self.reach(at, to) {
            let ahead = self.event.body().x[at] - to;
            let cap = (PICK_N + PICK_N_MM * ahead).min(MOST_FORCE);
            return self.lower(at, to, cap, low);
        }
        let mut part = to - self.event.body().x[at];
        let mut blocked = false;
        for _ in 0..40 {
            let x = self.event.body().x[at];
            if to - x < 1e-6 || part < 0.004 {
                break;
            }
            let end = (x + part).min(to);
            let cap = (PICK_N + PICK_N_MM * (wish - end)).min(MOST_FORCE);
            blocked = self.push(at, end, cap, low);
            if blocked {
                part *= 0.4;
            }
        }
        self.tip = Some((at, self.event.body().x[at]));
        blocked
    }

    fn snapshot(&self, before: f64, low: f64, blocked: bool) -> Snapshot {
        let b = self.event.body();
        let elements: Vec<Seen> = (0..self.lock.n)
            .map(|i| Seen {
                lift: b.x[i],
                lower: self.lower_piece(i),
                load: if b.force > 0.0 { b.load(&self.lock, i) } else { 0.0 },
                feel: b.feel(&self.lock, i),
                play: (b.ys[i] - b.y).min(OPEN),
                state: self.state(i),
            })
            .collect();
        let lever = self.lock.wrench / self.lock.radius;
        let open = b.y >= OPEN;
        let mut s = Snapshot {
            travel: b.y.min(OPEN),
            degrees: (b.y.min(OPEN) / self.lock.radius).to_degrees(),
            torque: self.torque,
            force: self.force,
            click: (b.y - low).min(OPEN) * lever > 0.06 && b.y > before,
            back: (before - low).max(0.0),
            blocked,
            open,
            tip: self.tip,
            elements,
            words: String::new(),
        };
        s.words = self.words(&s);
        s
    }

    fn lower_piece(&self, i: usize) -> f64 {
        let b = self.event.body();
        if !self.lock.split[i] || !b.on_ledge(&self.lock, i) || b.force <= 0.0 {
            return b.x[i];
        }
        match self.tip {
            Some((at, height)) if at == i => height.min(b.x[i]),
            _ => 0.0,
        }
    }

    fn state(&self, i: usize) -> State {
        let (b, c) = (self.event.body(), &self.lock.curves[i]);
        let past = c.gates().first().is_some_and(|g| b.x[i] > g.1);
        if b.force <= 0.0 || b.x[i] < STILL_MM {
            return if b.force > 0.0 && b.load(&self.lock, i) > 0.05 {
                State::Binding
            } else {
                State::Resting
            };
        }
        // in the gate, or down on the broken edge just before it: the ledge that carries a set driver
        let ledge = if b.on_ledge(&self.lock, i) { STILL_MM } else { 1e-9 };
        let in_gate = c.gates().iter().any(|g| b.x[i] >= g.0 - ledge && b.x[i] <= g.1);
        if in_gate {
            State::Set
        } else if past && self.lock.split[i] {
            State::Overset
        } else if b.on_ledge(&self.lock, i) || c.at(b.x[i]) > c.at(0.0) + 0.02 {
            State::FalseSet
        } else if past && self.lock.sprung[i] {
            State::Overset
        } else if b.load(&self.lock, i) > 0.05 {
            State::Binding
        } else {
            State::Lifted
        }
    }

    fn words(&self, s: &Snapshot) -> String {
        let element = self.kind.element();
        if s.open {
            return format!("Open. Every {element} is clear of the shear line and the plug turns.");
        }
        if s.torque <= 0.0 {
            let rest = if self.lock.sprung[0] { "rest on their springs" } else { "turn freely" };
            return format!("No tension. The {element}s {rest} and nothing binds.");
        }
        let mut parts = Vec::new();
        for (state, verb) in [
            (State::Binding, "binding"),
            (State::Set, "set"),
            (State::FalseSet, "falsely set"),
            (State::Overset, "lifted too far"),
            (State::Lifted, "lifted, not binding"),
        ] {
            let which: Vec<String> = s
                .elements
                .iter()
                .enumerate()
                .filter(|(_, e)| e.state == state)
                .map(|(i, _)| (i + 1).to_string())
                .collect();
            if !which.is_empty() {
                let plural = if which.len() == 1 { "" } else { "s" };
                parts.push(format!("{element}{plural} {} {verb}", which.join(", ")));
            }
        }
        if s.back > 0.02 {
            parts.push("the plug turned back: an element with a waist pushes it, and others may drop".into());
        }
        if s.click {
            parts.push("a click: the plug gave a little".into());
        }
        if s.travel > FALSE_SET_MM {
            parts.push("the plug has turned but is not open: a false set".into());
        }
        if s.blocked {
            parts.push("the pick cannot lift further with this force".into());
        }
        let mut words = parts.join("; ");
        if let Some(first) = words.get(..1).map(str::to_uppercase) {
            words.replace_range(..1, &first);
        }
        words + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Security, Tolerance};

    fn session(security: Security) -> Session {
        let d = Description {
            kind: "pin-tumbler".into(),
            pins: Some(5),
            security,
            tolerance: Tolerance::Loose,
            ..Description::default()
        };
        Session::new(&d, &Figures::embedded().unwrap(), 4).unwrap()
    }

    /// Lifts what binds hardest, a little at a time, until it is set; as a patient person would.
    fn work(s: &mut Session, torque: f64) -> (bool, bool, bool) {
        let (mut false_set, mut back) = (false, false);
        let mut snap = s.step(Move::Tension { torque }).unwrap();
        for _ in 0..150 {
            let at = (0..5).max_by(|a, b| snap.elements[*a].feel.total_cmp(&snap.elements[*b].feel)).unwrap();
            let mut height = snap.elements[at].lift;
            for _ in 0..300 {
                height += 0.02;
                snap = s.step(Move::Lift { at, height, force: 12.0 }).unwrap();
                false_set |= snap.words.contains("false set");
                back |= snap.back > 0.02;
                if snap.open {
                    return (true, false_set, back);
                }
                if snap.blocked || snap.elements[at].state == State::Set {
                    break;
                }
            }
            snap = s.step(Move::Withdraw).unwrap();
        }
        (snap.open, false_set, back)
    }

    #[test]
    fn a_plain_cylinder_opens_in_binding_order() {
        let mut s = session(Security::None);
        assert!(work(&mut s, 20.0).0);
        assert!(s.trace().len() <= TRACE);
    }

    #[test]
    fn spools_give_a_false_set_and_turn_the_plug_back() {
        let mut s = session(Security::All);
        let (open, false_set, back) = work(&mut s, 12.0);
        assert!(open && false_set && back, "{open} {false_set} {back}");
    }

    #[test]
    fn a_led_pick_follows_free_pins_at_once_and_bound_ones_with_force() {
        let mut s = session(Security::None);
        let snap = s.step(Move::Lead { at: 2, wish: 1.0 }).unwrap();
        assert!(snap.elements[2].lift > 0.99, "a spring gives way: {}", snap.elements[2].lift);
        s.step(Move::Release).unwrap();
        let snap = s.step(Move::Tension { torque: 60.0 }).unwrap();
        let at = snap.elements.iter().position(|e| e.state == State::Binding).unwrap();
        let near = s.step(Move::Lead { at, wish: 0.15 }).unwrap();
        assert!(near.elements[at].lift < 0.01 && near.blocked, "it does not move: {near:?}");
        let far = s.step(Move::Lead { at, wish: 2.0 }).unwrap();
        assert!(far.elements[at].lift > 0.1, "it moves once the blade is bent: {far:?}");
    }

    #[test]
    fn a_set_driver_stays_up_while_its_key_pin_falls_back() {
        let mut s = session(Security::None);
        let mut snap = s.step(Move::Tension { torque: 20.0 }).unwrap();
        let at = snap.elements.iter().position(|e| e.state == State::Binding).unwrap();
        let mut wish = 0.0;
        while snap.elements[at].state != State::Set && wish < 4.5 {
            wish += 0.02;
            snap = s.step(Move::Lift { at, height: wish, force: 12.0 }).unwrap();
        }
        snap = s.step(Move::Withdraw).unwrap();
        assert_eq!(snap.elements[at].state, State::Set);
        assert!(snap.elements[at].lift > 0.3 && snap.elements[at].lower == 0.0, "{snap:?}");
        snap = s.step(Move::Tension { torque: 0.0 }).unwrap();
        assert!(snap.elements[at].lift < 1e-9, "without tension it comes down");
    }

    #[test]
    fn a_disc_is_turned_back_with_the_pick() {
        let d = Description { kind: "disc-detainer".into(), pins: Some(5), ..Description::default() };
        let mut s = Session::new(&d, &Figures::embedded().unwrap(), 3).unwrap();
        s.step(Move::Tension { torque: 10.0 }).unwrap();
        let free = s.look().elements.iter().position(|e| e.load == 0.0).unwrap();
        let up = s.step(Move::Lead { at: free, wish: 2.0 }).unwrap();
        assert!(up.elements[free].lift > 1.5, "{up:?}");
        let down = s.step(Move::Lead { at: free, wish: 0.5 }).unwrap();
        assert!(down.elements[free].lift < 0.8, "{down:?}");
    }

    #[test]
    fn bad_moves_change_nothing_and_name_the_field() {
        let mut s = session(Security::None);
        s.step(Move::Tension { torque: 10.0 }).unwrap();
        let y = s.event.body().y;
        for (m, name) in [
            (Move::Tension { torque: f64::NAN }, "torque"),
            (Move::Lift { at: 9, height: 1.0, force: 1.0 }, "at"),
            (Move::Lift { at: 0, height: -1.0, force: 1.0 }, "height"),
            (Move::Lead { at: 0, wish: f64::INFINITY }, "wish"),
            (Move::Lead { at: 5, wish: 0.0 }, "at"),
        ] {
            let e = s.step(m).unwrap_err().to_string();
            assert!(e.starts_with(name), "{e}");
        }
        assert_eq!(y.to_bits(), s.event.body().y.to_bits());
    }
}
