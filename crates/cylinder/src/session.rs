//! A cylinder under someone's own hands: tension, probe, lift, with a snapshot after each step that says in
//! words and numbers what there is to see and feel. For a page or a terminal that is driven many times a
//! second.
//!
//! Pure and cheap: one step is a handful of contact events. Time is only counted in steps by the caller;
//! nothing here runs by itself.

use crate::{
    body::STILL_MM,
    curve::OPEN,
    describe::Description,
    error::{Error, in_range},
    event::{Ended, Event},
    lock::{Lock, Maker},
    rng::Rng,
    times::Figures,
};
use serde::{Deserialize, Serialize};

/// Most torque a session takes (N mm).
pub const MOST_TORQUE: f64 = 200.0;
/// Most force at the pick (N).
pub const MOST_FORCE: f64 = 20.0;
/// Points kept of the force trace.
pub const TRACE: usize = 240;
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
    /// Load between plug and shell (N).
    pub load: f64,
    /// Force a probing pick would feel (N).
    pub feel: f64,
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
    element: &'static str,
    torque: f64,
    force: f64,
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
        let element = maker.resolved().kind.element();
        Ok(Self { lock, event, element, torque: 0.0, force: 0.0, trace: Vec::new() })
    }

    /// The cylinder: curves, set lifts and drivers, for drawing.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Force at the pick over the last steps (N), oldest first, at most [`TRACE`].
    #[must_use]
    pub fn trace(&self) -> &[f32] {
        &self.trace
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
                    self.event.release(&self.lock);
                }
            }
            Move::Lift { at, height, force } => {
                in_range("at", at as f64, 0.0, (self.lock.n - 1) as f64)?;
                in_range("height", height, 0.0, 50.0)?;
                in_range("force", force, 0.0, MOST_FORCE)?;
                blocked = self.lift(at, height, force, &mut low);
            }
            Move::Withdraw => {
                self.force = 0.0;
                self.event.withdraw(&self.lock);
            }
            Move::Release => {
                (self.torque, self.force) = (0.0, 0.0);
                self.event.release(&self.lock);
            }
        }
        if self.trace.len() == TRACE {
            self.trace.remove(0);
        }
        self.trace.push(self.force as f32);
        Ok(self.snapshot(before, low, blocked))
    }

    fn lift(&mut self, at: usize, height: f64, cap: f64, low: &mut f64) -> bool {
        if self.event.held().is_some_and(|h| h != at) || height < self.event.body().x[at] {
            // the tip goes down or elsewhere: what it held comes to rest first
            self.event.withdraw(&self.lock);
        }
        let to = height.min(self.lock.travel);
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

    fn snapshot(&self, before: f64, low: f64, blocked: bool) -> Snapshot {
        let b = self.event.body();
        let elements: Vec<Seen> = (0..self.lock.n)
            .map(|i| Seen {
                lift: b.x[i],
                load: if b.force > 0.0 { b.load(&self.lock, i) } else { 0.0 },
                feel: b.feel(&self.lock, i),
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
            elements,
            words: String::new(),
        };
        s.words = self.words(&s);
        s
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
        let in_gate = c.gates().iter().any(|g| b.x[i] >= g.0 - STILL_MM && b.x[i] <= g.1);
        if in_gate {
            State::Set
        } else if past {
            State::Overset
        } else if b.on_ledge(&self.lock, i) || c.at(b.x[i]) > c.at(0.0) + 0.02 {
            State::FalseSet
        } else if b.load(&self.lock, i) > 0.05 {
            State::Binding
        } else {
            State::Lifted
        }
    }

    fn words(&self, s: &Snapshot) -> String {
        if s.open {
            return format!("Open. Every {} is clear of the shear line and the plug turns.", self.element);
        }
        if s.torque <= 0.0 {
            return format!("No tension. The {}s rest on their springs and nothing binds.", self.element);
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
                parts.push(format!("{}{plural} {} {verb}", self.element, which.join(", ")));
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
    fn bad_moves_change_nothing_and_name_the_field() {
        let mut s = session(Security::None);
        s.step(Move::Tension { torque: 10.0 }).unwrap();
        let y = s.event.body().y;
        for (m, name) in [
            (Move::Tension { torque: f64::NAN }, "torque"),
            (Move::Lift { at: 9, height: 1.0, force: 1.0 }, "at"),
            (Move::Lift { at: 0, height: -1.0, force: 1.0 }, "height"),
        ] {
            let e = s.step(m).unwrap_err().to_string();
            assert!(e.starts_with(name), "{e}");
        }
        assert_eq!(y.to_bits(), s.event.body().y.to_bits());
    }
}
