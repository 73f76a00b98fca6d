//! Where everything in a cylinder is, and how elements slide when contact no longer holds them: shared by
//! both solvers.

use crate::{
    contact::{hold_down, plug_travel, push_up, resist_up},
    curve::GATE,
    describe::ELEMENTS,
    lock::Lock,
};

/// Force of a key pin without its spring (N): weight and a trace of friction. Estimate.
pub const LOOSE_N: f64 = 0.03;
/// Movement below which a hand says "it does not move" (mm). Estimate.
pub const STILL_MM: f64 = 0.02;
/// A slope from which a piece is an upright wall: nothing rests part-way up it.
pub const STEEP: f64 = 1e3;
/// Kinetic friction against static: what slips goes on until it is held with this much to spare. Estimate; it
/// also keeps the number of slips finite.
const KINETIC: f64 = 0.9;
/// Forces that differ by less than this factor are even: rounding moves nothing.
const EVEN: f64 = 1.0 + 1e-9;
/// What stands for a slope that locks itself: one newton of load holds up far more than any spring.
const LOCKED: f64 = 1e9;
/// Slides shorter than this (mm) are not made.
const LEAST: f64 = 1e-7;

/// Positions of plug and elements; lengths in mm, forces in N.
#[derive(Debug, Clone)]
pub struct Body {
    /// Lift of each element.
    pub x: [f64; ELEMENTS],
    /// Piece of its curve that it is on.
    pub piece: [usize; ELEMENTS],
    /// Its curve's value there.
    pub ys: [f64; ELEMENTS],
    /// Plug travel.
    pub y: f64,
    /// Force of the plug at the shear line.
    pub force: f64,
    /// Slides, sets, drops and lifts so far.
    pub events: u64,
    /// Way fallen so far, all elements together (mm): what a hand on the wrench feels as a drop.
    pub fallen: f64,
    /// Bit set: elements off their rest.
    raised: u32,
    /// Bit set: elements on a rising piece, which the plug may push up.
    rising: u32,
    /// What carries each raised element: height of the foot of the piece below it, infinite at rest.
    foot: [f64; ELEMENTS],
    /// Downward force that one newton of load holds up there; infinite on an upright ledge, and where nothing
    /// pulls the element down.
    hold: [f64; ELEMENTS],
    /// Upward push of one newton of load on the piece it is on (0: none).
    push: [f64; ELEMENTS],
}

impl Body {
    /// Everything at rest, no tension.
    #[must_use]
    pub fn new(lock: &Lock) -> Self {
        let mut b = Self {
            x: [0.0; ELEMENTS],
            piece: [0; ELEMENTS],
            ys: [0.0; ELEMENTS],
            y: 0.0,
            force: 0.0,
            events: 0,
            fallen: 0.0,
            raised: 0,
            rising: 0,
            foot: [f64::INFINITY; ELEMENTS],
            hold: [0.0; ELEMENTS],
            push: [0.0; ELEMENTS],
        };
        b.release(lock);
        b
    }

    /// Lets go of everything.
    pub fn release(&mut self, lock: &Lock) {
        self.force = 0.0;
        self.y = 0.0;
        self.x = [0.0; ELEMENTS];
        self.piece = [0; ELEMENTS];
        (self.raised, self.rising) = (0, 0);
        for (i, c) in lock.curves.iter().enumerate().take(lock.n) {
            self.ys[i] = c.y(0);
            if c.slope(0) > 0.0 {
                self.rising |= 1 << i;
                self.push[i] = push_up(c.slope(0), lock.mu).max(0.0);
            }
        }
    }

    /// Whether nothing can slip: no loaded element is pushed up its slope, and every raised one is held by
    /// its ledge or by friction. Cheap; most of the time it is so.
    #[inline]
    #[must_use]
    pub fn quiet(&self, lock: &Lock, lifted: usize) -> bool {
        let mut rising = self.rising;
        while rising != 0 {
            let i = rising.trailing_zeros() as usize;
            rising &= rising - 1;
            if self.load(lock, i) * self.push[i] > (lock.spring(i, self.x[i]) + lock.drag[i]) * EVEN {
                return false;
            }
        }
        let mut raised = self.raised & !1_u32.checked_shl(lifted as u32).unwrap_or(0);
        while raised != 0 {
            let i = raised.trailing_zeros() as usize;
            raised &= raised - 1;
            if self.foot[i] >= self.y {
                return false;
            }
            if self.hold[i] < f64::INFINITY
                && self.load(lock, i) * self.hold[i] < lock.spring(i, self.x[i]) * (2.0 - EVEN)
            {
                return false;
            }
        }
        true
    }

    /// Elements off their rest, as bits.
    #[inline]
    #[must_use]
    pub fn raised(&self) -> u32 {
        self.raised
    }

    /// Writes down where element `i` is.
    #[inline]
    fn put(&mut self, lock: &Lock, i: usize, x: f64, piece: usize, y: f64) {
        let c = &lock.curves[i];
        self.fallen += (self.x[i] - x).max(0.0);
        (self.x[i], self.piece[i], self.ys[i]) = (x, piece, y);
        let bit = 1 << i;
        self.rising = if c.slope(piece) > 0.0 { self.rising | bit } else { self.rising & !bit };
        self.push[i] = if c.slope(piece) > 0.0 { push_up(c.slope(piece), lock.mu).max(0.0) } else { 0.0 };
        if x > 0.0 {
            self.raised |= bit;
            let left = if x > c.x(piece) { piece } else { piece.max(1) - 1 };
            let s = c.slope(left);
            (self.foot[i], self.hold[i]) = if !lock.sprung[i] {
                (f64::NEG_INFINITY, f64::INFINITY)
            } else if s > 0.0 {
                (c.y(left), if s >= STEEP { f64::INFINITY } else { hold_down(s, lock.mu).min(LOCKED) })
            } else {
                (f64::NEG_INFINITY, hold_down(s, lock.mu))
            };
        } else {
            self.raised &= !bit;
        }
    }

    /// Finds the plug's travel from the elements' places.
    #[inline]
    pub fn solve(&mut self, lock: &Lock) {
        self.y = self.travel_with(lock, self.force, usize::MAX);
    }

    /// Plug travel if it pressed with `force` and element `skip` were not there.
    #[inline]
    #[must_use]
    pub fn travel_with(&self, lock: &Lock, force: f64, skip: usize) -> f64 {
        if self.force <= 0.0 {
            0.0
        } else {
            plug_travel(&self.ys[..lock.n], force.max(0.0), lock.stiffness, skip)
        }
    }

    /// Load that element `i` carries.
    #[inline]
    #[must_use]
    pub fn load(&self, lock: &Lock, i: usize) -> f64 {
        (lock.stiffness * (self.y - self.ys[i])).max(0.0)
    }

    /// Load that element `i` would carry if its curve were at `height` (mm), the others where they are.
    #[must_use]
    pub fn load_at(&self, lock: &Lock, i: usize, height: f64) -> f64 {
        if self.force <= 0.0 {
            return 0.0;
        }
        let mut ys = self.ys;
        ys[i] = height;
        let y = plug_travel(&ys[..lock.n], self.force, lock.stiffness, usize::MAX);
        (lock.stiffness * (y - height)).max(0.0)
    }

    /// How far up a falling piece of slope `s` a pick of at most `cap` newtons gets element `i`, which is now
    /// on it: the lift at which the load has grown to what it can still push against; `end` if it gets there.
    #[must_use]
    pub fn reach(&self, lock: &Lock, i: usize, s: f64, end: f64, cap: f64) -> f64 {
        let (x, height) = (self.x[i], self.ys[i]);
        let coefficient = resist_up(1.0, s, lock.mu);
        let room = cap - lock.spring(i, x) - lock.drag[i];
        let most = (room / coefficient).max(0.0);
        if coefficient <= 0.0 || self.load_at(lock, i, height + s * (end - x)) <= most {
            return end;
        }
        // the others carry the rest, and that says where the plug is
        let y = plug_travel(&self.ys[..lock.n], (self.force - most).max(0.0), lock.stiffness, i);
        (x + (y - most / lock.stiffness - height) / s).clamp(x, end)
    }

    /// Puts element `i` somewhere and finds the plug's travel.
    #[inline]
    pub fn place(&mut self, lock: &Lock, i: usize, x: f64, piece: usize) {
        let (before, y) = (self.ys[i], lock.curves[i].on(piece, x));
        self.put(lock, i, x, piece, y);
        if y != before {
            self.solve(lock);
        }
    }

    /// Puts element `i` at a lift to the right of where it is.
    pub fn place_beyond(&mut self, lock: &Lock, i: usize, x: f64) {
        let c = &lock.curves[i];
        let mut k = self.piece[i];
        while k + 2 < c.len() && c.x(k + 1) <= x {
            k += 1;
        }
        self.place(lock, i, x, k);
    }

    /// The piece that the element would slide down on, if any.
    #[inline]
    fn left_piece(&self, lock: &Lock, i: usize) -> Option<usize> {
        let k = self.piece[i];
        if self.x[i] > lock.curves[i].x(k) { Some(k) } else { k.checked_sub(1) }
    }

    /// Whether the plug's ledge carries the element's spring.
    #[inline]
    #[must_use]
    pub fn on_ledge(&self, lock: &Lock, i: usize) -> bool {
        self.x[i] > 0.0 && self.left_piece(lock, i).is_some_and(|k| lock.curves[i].slope(k) > 0.0)
    }

    /// Force to move element `i` up from where it is, unbounded.
    #[inline]
    #[must_use]
    pub fn needed(&self, lock: &Lock, i: usize) -> f64 {
        let s = lock.curves[i].slope(self.piece[i]);
        lock.spring(i, self.x[i]) + lock.drag[i] + resist_up(self.load(lock, i), s, lock.mu)
    }

    /// What a probing pick feels at element `i`.
    #[inline]
    #[must_use]
    pub fn feel(&self, lock: &Lock, i: usize) -> f64 {
        if lock.sprung[i] && self.on_ledge(lock, i) {
            return if lock.split[i] { LOOSE_N } else { lock.spring(i, self.x[i]) };
        }
        self.needed(lock, i).clamp(0.0, 50.0)
    }

    /// Slides up together all elements that the plug pushes up their slopes, to the next event: once one
    /// breaks loose, those that kinetic friction would not have held go with it. False when none moves.
    pub fn climb(&mut self, lock: &Lock) -> bool {
        let mut rest = [0.0; ELEMENTS];
        let mut group = 0_u32;
        let (mut carried, mut starts) = (0.0, false);
        let mut rising = self.rising;
        while rising != 0 {
            let i = rising.trailing_zeros() as usize;
            rising &= rising - 1;
            let (n, up) = (self.load(lock, i), self.push[i]);
            let down = lock.spring(i, self.x[i]) + lock.drag[i];
            if n * up <= KINETIC * down * EVEN {
                continue;
            }
            let breaks = n * up > down * EVEN;
            starts |= breaks;
            if breaks && lock.curves[i].slope(self.piece[i]) >= STEEP {
                let k = self.piece[i] + 1;
                self.place(lock, i, lock.curves[i].x(k), k);
                self.events += 1;
                return true;
            }
            rest[i] = KINETIC * down / up;
            carried += rest[i];
            group |= 1 << i;
        }
        if !starts {
            return false;
        }
        self.slide_up(lock, group, &rest, carried)
    }

    fn slide_up(&mut self, lock: &Lock, group: u32, rest: &[f64; ELEMENTS], carried: f64) -> bool {
        // the others, with what the group does not carry
        let mut others = self.ys;
        for (i, y) in others.iter_mut().enumerate().take(lock.n) {
            if group >> i & 1 == 1 {
                *y = GATE;
            }
        }
        let mut y =
            plug_travel(&others[..lock.n], (self.force - carried).max(0.0), lock.stiffness, usize::MAX);
        for i in (0..lock.n).filter(|i| group >> i & 1 == 1) {
            let end = lock.curves[i].y(self.piece[i] + 1) + rest[i] / lock.stiffness;
            y = y.min(end);
        }
        let mut moved = false;
        for i in (0..lock.n).filter(|i| group >> i & 1 == 1) {
            let (c, k) = (&lock.curves[i], self.piece[i]);
            let to = y - rest[i] / lock.stiffness;
            if to >= c.y(k + 1) - 1e-12 {
                self.put(lock, i, c.x(k + 1), k + 1, c.y(k + 1));
                moved = true;
            } else if to > self.ys[i] + LEAST {
                self.put(lock, i, c.x(k) + (to - c.y(k)) / c.slope(k), k, to);
                moved = true;
            }
        }
        self.solve(lock);
        self.events += 1;
        moved
    }

    /// Slides down together all elements whose springs push the plug back from the slopes they stand on, to
    /// the next event; as [`Self::climb`].
    pub fn sink(&mut self, lock: &Lock, lifted: usize) -> bool {
        let mut rest = [0.0; ELEMENTS];
        let mut foot = [0; ELEMENTS];
        let (mut group, mut carried, mut starts) = (0_u32, 0.0, false);
        let mut raised = self.raised;
        while raised != 0 {
            let i = raised.trailing_zeros() as usize;
            raised &= raised - 1;
            if i == lifted || !lock.sprung[i] {
                continue;
            }
            let Some(left) = self.left_piece(lock, i) else { continue };
            let c = &lock.curves[i];
            let s = c.slope(left);
            if s <= 0.0 || s >= STEEP {
                continue;
            }
            let hold = self.hold[i];
            let down = lock.spring(i, self.x[i]);
            let held = self.load(lock, i) * hold;
            if held >= down / KINETIC * (2.0 - EVEN) || c.y(left) >= self.travel_with(lock, self.force, i) {
                continue;
            }
            starts |= held < down * (2.0 - EVEN);
            rest[i] = down / (KINETIC * hold);
            foot[i] = left;
            carried += rest[i];
            group |= 1 << i;
        }
        starts && self.slide_down(lock, group, &rest, &foot, carried)
    }

    fn slide_down(
        &mut self,
        lock: &Lock,
        group: u32,
        rest: &[f64; ELEMENTS],
        foot: &[usize; ELEMENTS],
        carried: f64,
    ) -> bool {
        let members = || (0..lock.n).filter(move |i| group >> i & 1 == 1);
        let mut y = f64::NEG_INFINITY;
        if carried <= self.force {
            let mut others = self.ys;
            for i in members() {
                others[i] = GATE;
            }
            y = plug_travel(&others[..lock.n], self.force - carried, lock.stiffness, usize::MAX);
        }
        for i in members() {
            y = y.max(lock.curves[i].y(foot[i]) + rest[i] / lock.stiffness);
        }
        let mut moved = false;
        for i in members() {
            let (c, k) = (&lock.curves[i], foot[i]);
            let to = y - rest[i] / lock.stiffness;
            if to <= c.y(k) + 1e-12 {
                self.put(lock, i, c.x(k), k, c.y(k));
                moved = true;
            } else if to < self.ys[i] - LEAST {
                self.put(lock, i, c.x(k) + (to - c.y(k)) / c.slope(k), k, to);
                moved = true;
            }
        }
        self.solve(lock);
        self.events += 1;
        moved
    }

    /// Lets element `i` slide down by one piece where nothing holds it. True if it may slide further.
    pub fn drop_one(&mut self, lock: &Lock, i: usize) -> bool {
        let Some(left) = self.left_piece(lock, i) else { return false };
        if !lock.sprung[i] {
            return false;
        }
        let c = &lock.curves[i];
        let s = c.slope(left);
        if s >= STEEP && self.force > 0.0 && c.y(left) < self.y {
            // it stands on the ledge: without it the plug would only be further on
            return false;
        }
        let down = lock.spring(i, self.x[i]);
        if s > 0.0 {
            if self.force > 0.0 && c.y(left) < self.travel_with(lock, self.force, i) {
                if s >= STEEP {
                    // it stands on the ledge itself, clear of the plug's way
                    return false;
                }
                // on the slope of its ledge: `sink` moves it with all others that are
                return false;
            }
        } else if self.load(lock, i) * self.hold[i] >= down {
            return false;
        }
        self.place(lock, i, c.x(left), left);
        self.events += 1;
        true
    }
}
