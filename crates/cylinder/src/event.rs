//! The quasi-static cylinder, solved exactly from one contact event to the next: the reference for `fast`,
//! and what a picture is drawn from.
//!
//! Between events everything is linear: the plug's travel follows from the loads, an element slides only
//! where its spring or the pick beats what contact holds. An event is a corner of a curve, an element joining
//! or leaving contact, or a neighbour that begins to slip; nothing is stepped over. Inertia is left out (that
//! is `bump`'s business) save for the short jump of a stack that comes free under load, which is given to it.

use crate::{
    body::{Body, STEEP, STILL_MM},
    contact::resist_up,
    curve::{CORNERS, OPEN},
    fast::frees_into_gate,
    lock::Lock,
    mechanism::{Felt, Hand, Lifted, Mechanism},
};

/// Most events in one motion: far above what any cylinder needs; a motion that meets it is cut short there.
const MOST_EVENTS: usize = 2000;
/// Parts into which a slope that pushes the plug back is cut, so that its neighbours are looked at on the
/// way.
const PARTS: f64 = 16.0;

/// A cylinder solved event by event.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) b: Body,
    /// The element under the pick, which does not fall.
    pub(crate) held: Option<usize>,
}

/// What ended a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The pick got where it wanted.
    There,
    /// It would need more force than it has.
    Blocked,
    /// The plug gave by as much as was asked for.
    Gave,
    /// A loaded stack came free at its gate.
    Freed,
    /// The plug is free.
    Open,
}

/// A push's result.
#[derive(Debug, Clone, Copy)]
pub struct Push {
    /// Why it ended.
    pub ended: Ended,
    /// Force at the pick when it ended (N).
    pub force: f64,
    /// Largest force on the way (N).
    pub peak: f64,
    /// Friction and cam force just before a stack came free (N).
    pub resisted: f64,
    /// Load on it then (N).
    pub load: f64,
}

impl Event {
    /// A cylinder at rest without tension.
    #[must_use]
    pub fn new(lock: &Lock) -> Self {
        Self { b: Body::new(lock), held: None }
    }

    /// Lets go of everything.
    pub fn release(&mut self, lock: &Lock) {
        self.held = None;
        self.b.release(lock);
    }

    /// Where everything is.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.b
    }

    /// The element on the pick, if any.
    #[must_use]
    pub fn held(&self) -> Option<usize> {
        self.held
    }

    /// Sets the plug's force (N) and lets everything come to rest.
    pub fn tense(&mut self, lock: &Lock, force: f64) {
        self.b.force = force;
        self.b.solve(lock);
        self.rest(lock);
    }

    /// Lets every element slide as far as it must, one event at a time, until nothing slips.
    pub fn rest(&mut self, lock: &Lock) {
        for _ in 0..MOST_EVENTS {
            let lifted = self.held.unwrap_or(usize::MAX);
            if self.b.quiet(lock, lifted) {
                return;
            }
            let mut slipped = self.b.climb(lock) || self.b.sink(lock, lifted);
            for i in 0..lock.n {
                if self.b.x[i] > 0.0 && self.held != Some(i) {
                    slipped |= self.b.drop_one(lock, i);
                }
            }
            if !slipped {
                return;
            }
        }
    }

    /// Takes the pick away from whatever it holds.
    pub fn withdraw(&mut self, lock: &Lock) {
        self.held = None;
        self.rest(lock);
    }

    /// Pushes element `i` up to lift `to` (mm) with at most `cap` newtons, event by event, while all others
    /// follow. Ends early when the plug has advanced by `give` (mm) beyond the lowest it was at since `low`,
    /// or when a loaded stack comes free at its gate. The element stays on the pick until [`Self::withdraw`].
    pub fn push(&mut self, lock: &Lock, i: usize, to: f64, cap: f64, give: f64, low: &mut f64) -> Push {
        self.held = Some(i);
        let mut out = Push { ended: Ended::There, force: 0.0, peak: 0.0, resisted: 0.0, load: 0.0 };
        for _ in 0..MOST_EVENTS {
            let c = &lock.curves[i];
            let k = self.b.piece[i];
            if self.b.x[i] >= to || k + 1 >= c.len() {
                break;
            }
            let s = c.slope(k);
            let load = self.b.load(lock, i);
            let spring = lock.spring(i, self.b.x[i]) + lock.drag[i];
            out.resisted = resist_up(load, s, lock.mu);
            out.force = spring + out.resisted;
            if s >= 0.0 && out.force > cap {
                out.ended = Ended::Blocked;
                break;
            }
            out.peak = out.peak.max(out.force);
            let end = c.x(k + 1).min(to);
            let mut x = self.next_event(lock, i, s, end);
            if s < 0.0 {
                let reach = self.b.reach(lock, i, s, x, cap);
                if reach < x {
                    out.ended = Ended::Blocked;
                    (out.force, out.peak) = (cap, cap);
                    x = reach;
                }
            }
            if x >= c.x(k + 1) {
                self.b.place(lock, i, c.x(k + 1), k + 1);
            } else {
                self.b.place(lock, i, x, k);
            }
            self.b.events += 1;
            if self.b.piece[i] == k + 1 && s == 0.0 && load > 0.0 && frees_into_gate(c, k) {
                out.load = load;
                out.ended = Ended::Freed;
                return out;
            }
            self.rest(lock);
            if out.ended == Ended::Blocked {
                *low = low.min(self.b.y);
                break;
            }
            if self.b.y >= OPEN {
                out.ended = Ended::Open;
                break;
            }
            let gave = self.b.y - *low >= give;
            *low = low.min(self.b.y);
            if gave {
                out.ended = Ended::Gave;
                break;
            }
        }
        out
    }

    /// Lift at which the next thing happens on a piece of slope `s`: contact gained or lost, or a part of a
    /// slope done; at most `end`. On a flat piece nothing changes before its end.
    fn next_event(&self, lock: &Lock, i: usize, s: f64, end: f64) -> f64 {
        if s == 0.0 || s.abs() >= STEEP {
            return end;
        }
        let (x0, now) = (self.b.x[i], self.b.ys[i]);
        let mut best = end;
        if s < 0.0 && now <= self.b.y {
            let c = &lock.curves[i];
            let k = self.b.piece[i];
            best = best.min(x0 + (c.x(k + 1) - c.x(k)) / PARTS);
        }
        // rising: it leaves the load to the others; falling: it meets the plug
        let y = if s > 0.0 { self.b.travel_with(lock, self.b.force, i) } else { self.b.y };
        let x = x0 + (y - now) / s;
        if x > x0 + 1e-6 && x < best {
            best = x;
        }
        best
    }

    /// Carries a freed stack on by `jump` (mm) before the plug follows.
    pub fn shoot(&mut self, lock: &Lock, i: usize, jump: f64) {
        let x = self.b.x[i] + jump;
        self.b.place_beyond(lock, i, x);
        self.rest(lock);
    }
}

/// [`Event`] with its lock, as a [`Mechanism`] for the same attackers that meet `fast`.
pub struct Exact<'a> {
    lock: &'a Lock,
    state: Event,
}

impl<'a> Exact<'a> {
    /// A cylinder at rest.
    #[must_use]
    pub fn new(lock: &'a Lock) -> Self {
        Self { lock, state: Event::new(lock) }
    }
}

impl Mechanism for Exact<'_> {
    fn elements(&self) -> usize {
        self.lock.n
    }

    fn tension(&mut self, force: f64) -> f64 {
        let fallen = self.state.b.fallen;
        self.state.tense(self.lock, force);
        self.state.b.fallen - fallen
    }

    fn drag(&mut self, i: usize) -> f64 {
        self.state.b.events += 1;
        self.state.b.feel(self.lock, i)
    }

    fn lift(&mut self, i: usize, hand: &Hand) -> Lifted {
        let (start, first_y) = (self.state.b.x[i], self.state.b.y);
        let mut low = first_y;
        let mut felt = Felt::Nothing;
        let mut blocked = false;
        let mut to = start + hand.travel;
        let cap = hand.cap + self.lock.spring(i, start) + self.lock.drag[i];
        for _ in 0..2 * CORNERS {
            let give = if felt == Felt::Nothing { hand.click } else { f64::INFINITY };
            let push = self.state.push(self.lock, i, to, cap, give, &mut low);
            match push.ended {
                Ended::There => break,
                Ended::Blocked => {
                    blocked = true;
                    break;
                }
                Ended::Open => {
                    felt = Felt::Click;
                    break;
                }
                Ended::Gave => {
                    felt = Felt::Click;
                    to = to.min(self.state.b.x[i] + hand.run_on(push.force));
                }
                Ended::Freed => {
                    self.state.shoot(self.lock, i, hand.jump);
                    let spring = self.lock.spring(i, self.state.b.x[i]) + self.lock.drag[i];
                    let noticed = push.resisted / (spring + push.resisted) >= hand.give
                        || self.state.b.y - low >= hand.click;
                    if felt == Felt::Nothing && noticed {
                        felt = Felt::Click;
                        to = to.min(self.state.b.x[i] + hand.run_on(push.force));
                    }
                    low = low.min(self.state.b.y);
                }
            }
        }
        let moved = self.state.b.x[i] - start;
        if blocked && felt == Felt::Nothing {
            felt = if moved < STILL_MM { Felt::Stuck } else { Felt::Stop };
        }
        self.state.withdraw(self.lock);
        Lifted { felt, moved, back: (first_y - low).max(0.0) }
    }

    fn lower(&mut self, i: usize) {
        self.state.b.place(self.lock, i, 0.0, 0);
        self.state.rest(self.lock);
    }

    fn reset(&mut self) {
        self.state.release(self.lock);
    }

    fn lift_at(&self, i: usize) -> f64 {
        self.state.b.x[i]
    }

    fn travel(&self) -> f64 {
        self.state.b.y
    }

    fn events(&self) -> u64 {
        self.state.b.events
    }
}
