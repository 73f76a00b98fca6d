//! The jump process: a cylinder as a sequence of lifts, sets and drops, evaluated only at the corners of its curves.
//!
//! Same curves and contact law as `event`, but forces are looked at only at the ends of each piece, and each neighbour is
//! settled once after each jump. For millions of trials. Not for drawing: it has no in-between.

use crate::{
    contact::{hold_down, plug_travel, push_up, resist_up},
    curve::OPEN,
    describe::ELEMENTS,
    lock::Lock,
    mechanism::{Felt, Hand, Lifted, Mechanism},
};

/// Force of a key pin without its spring (N): weight and a trace of friction. Estimate.
pub const LOOSE_N: f64 = 0.03;
/// Movement below which a hand says "it does not move" (mm). Estimate.
pub const STILL_MM: f64 = 0.02;

/// A slope from which a piece is an upright wall: nothing rests part-way up it.
pub const STEEP: f64 = 1e3;

/// A cylinder in the jump process.
pub struct Fast<'a> {
    lock: &'a Lock,
    x: [f64; ELEMENTS],
    piece: [usize; ELEMENTS],
    ys: [f64; ELEMENTS],
    y: f64,
    force: f64,
    events: u64,
}

impl<'a> Fast<'a> {
    /// A cylinder at rest without tension.
    #[must_use]
    pub fn new(lock: &'a Lock) -> Self {
        let mut f = Self {
            lock,
            x: [0.0; ELEMENTS],
            piece: [0; ELEMENTS],
            ys: [0.0; ELEMENTS],
            y: 0.0,
            force: 0.0,
            events: 0,
        };
        f.reset();
        f
    }

    #[inline]
    fn solve(&mut self) {
        self.y = if self.force > 0.0 {
            plug_travel(&self.ys[..self.lock.n], self.force, self.lock.stiffness, usize::MAX)
        } else {
            0.0
        };
    }

    #[inline]
    fn load(&self, i: usize) -> f64 {
        (self.lock.stiffness * (self.y - self.ys[i])).max(0.0)
    }

    #[inline]
    fn place(&mut self, i: usize, x: f64, piece: usize) {
        self.x[i] = x;
        self.piece[i] = piece;
        self.ys[i] = self.lock.curves[i].on(piece, x);
        self.solve();
    }

    /// Whether the element stands on the plug's ledge: its spring is taken by the plug.
    #[inline]
    fn on_ledge(&self, i: usize) -> bool {
        let (k, c) = (self.piece[i], &self.lock.curves[i]);
        let left = if self.x[i] > c.x(k) { k } else { k.wrapping_sub(1) };
        self.x[i] > 0.0 && left < c.len() && c.slope(left) > 0.0
    }

    /// Slides an element up a rising piece as far as the plug's load pushes it. True if it moved.
    fn climb(&mut self, i: usize) -> bool {
        let (lock, k) = (self.lock, self.piece[i]);
        let c = &lock.curves[i];
        let s = c.slope(k);
        let n = self.load(i);
        if s <= 0.0 || n <= 0.0 {
            return false;
        }
        let up = push_up(s, lock.mu);
        let down = lock.spring(i, self.x[i]) + lock.drag[i];
        if up <= 0.0 || n * up <= down * 1.000_001 {
            return false;
        }
        if s >= STEEP {
            self.place(i, c.x(k + 1), k + 1);
            return true;
        }
        let rest = down / up;
        let others = plug_travel(&self.ys[..lock.n], (self.force - rest).max(0.0), lock.stiffness, i);
        let target = others - rest / lock.stiffness;
        if k + 1 >= c.len() || target < c.y(k + 1) {
            let x = c.x(k) + (target - c.y(k)) / s;
            if x <= self.x[i] {
                return false;
            }
            self.place(i, x, k);
        } else {
            self.place(i, c.x(k + 1), k + 1);
        }
        true
    }

    /// Lets an element fall by one piece, or to where the plug holds it. True if it may fall further.
    fn fall(&mut self, i: usize) -> bool {
        let lock = self.lock;
        let c = &lock.curves[i];
        let x = self.x[i];
        let k = self.piece[i];
        let left = if x > c.x(k) { k } else { k.wrapping_sub(1) };
        if !lock.sprung[i] || x <= 0.0 || left >= c.len() {
            return false;
        }
        let s = c.slope(left);
        let down = lock.spring(i, x);
        if s > 0.0 {
            if self.force > 0.0 {
                let without = plug_travel(&self.ys[..lock.n], self.force, lock.stiffness, i);
                if c.y(left) < without {
                    if s >= STEEP {
                        // it stands on the ledge itself, clear of the plug's way
                        return false;
                    }
                    return self.rest_on_ledge(i, left, s, down);
                }
            }
        } else if self.load(i) * hold_down(s, lock.mu) >= down {
            return false;
        }
        self.place(i, c.x(left), left);
        true
    }

    /// The element comes down on a rising piece that the plug has turned under.
    fn rest_on_ledge(&mut self, i: usize, left: usize, s: f64, down: f64) -> bool {
        let lock = self.lock;
        let c = &lock.curves[i];
        let hold = hold_down(s, lock.mu);
        let rest = if hold.is_finite() { down / hold } else { 0.0 };
        if rest <= self.force {
            let others = plug_travel(&self.ys[..lock.n], self.force - rest, lock.stiffness, i);
            let target = others - rest / lock.stiffness;
            if target > c.y(left) {
                let x = c.x(left) + (target - c.y(left)) / s;
                if x < self.x[i] {
                    self.place(i, x, left);
                }
                return false;
            }
        }
        // the spring pushes the plug back: the ledge is gone
        self.place(i, c.x(left), left);
        true
    }

    fn settle(&mut self, i: usize) {
        for _ in 0..crate::curve::CORNERS {
            if !self.climb(i) {
                break;
            }
        }
        for _ in 0..crate::curve::CORNERS {
            if !self.fall(i) {
                break;
            }
            self.events += 1;
        }
    }

    fn settle_all_but(&mut self, i: usize) {
        // elements on narrow ledges share the load: a few rounds bring them close to balance
        for _ in 0..4 {
            let before = self.y;
            for j in 0..self.lock.n {
                if j != i && self.x[j] > 0.0 {
                    self.settle(j);
                }
            }
            if (self.y - before).abs() < 1e-5 {
                break;
            }
        }
    }
}

impl Mechanism for Fast<'_> {
    fn elements(&self) -> usize {
        self.lock.n
    }

    fn tension(&mut self, force: f64) {
        let eased = force < self.force;
        self.force = force;
        self.solve();
        if eased {
            self.settle_all_but(usize::MAX);
        }
    }

    #[inline]
    fn drag(&self, i: usize) -> f64 {
        let lock = self.lock;
        if self.on_ledge(i) && lock.sprung[i] {
            return if lock.split[i] { LOOSE_N } else { lock.spring(i, self.x[i]) };
        }
        let s = lock.curves[i].slope(self.piece[i]);
        let f = lock.spring(i, self.x[i]) + lock.drag[i] + resist_up(self.load(i), s, lock.mu);
        f.clamp(0.0, 50.0)
    }

    fn lift(&mut self, i: usize, hand: &Hand) -> Lifted {
        let lock = self.lock;
        self.events += 1;
        let start = self.x[i];
        let first_y = self.y;
        let (mut low, mut left, mut felt, mut blocked) = (self.y, hand.travel, Felt::Nothing, false);
        for _ in 0..2 * crate::curve::CORNERS {
            let c = &lock.curves[i];
            let k = self.piece[i];
            if left <= 0.0 || k + 2 >= c.len() {
                break;
            }
            let s = c.slope(k);
            let spring = lock.spring(i, self.x[i]) + lock.drag[i];
            // going down a slope the element soon carries the plug alone
            let load = if s < 0.0 && c.y(k + 1) < self.y { self.force } else { self.load(i) };
            let gives_way = if s < 0.0 && c.y(k) > self.y && c.y(k + 1) < self.y {
                // free until the slope meets the plug
                ((c.y(k) - self.y) / -s - (self.x[i] - c.x(k))).max(0.0)
            } else {
                0.0
            };
            let to = c.x(k + 1);
            let resisted = resist_up(load, s, lock.mu);
            if spring + resisted > hand.cap {
                let x = (self.x[i] + gives_way.min(left)).min(to);
                if x > self.x[i] {
                    self.place(i, x, k);
                }
                blocked = true;
                break;
            }
            let step = (to - self.x[i]).min(left);
            left -= step;
            if step < to - self.x[i] {
                let x = self.x[i] + step;
                self.place(i, x, k);
            } else {
                self.place(i, to, k + 1);
            }
            if s != 0.0 {
                self.settle_all_but(i);
            }
            if self.y >= OPEN {
                felt = Felt::Click;
                break;
            }
            // the drag that this piece put up and the next one does not
            let freed =
                if s == 0.0 && c.y(k + 1) < c.y(k + 2) { resisted / (spring + resisted) } else { 0.0 };
            if felt == Felt::Nothing && (self.y - low >= hand.click || freed >= hand.give) {
                felt = Felt::Click;
                left = hand.overrun;
            }
            low = low.min(self.y);
        }
        let moved = self.x[i] - start;
        if blocked && felt == Felt::Nothing {
            felt = if moved < STILL_MM { Felt::Stuck } else { Felt::Stop };
        }
        self.settle(i);
        self.settle_all_but(i);
        Lifted { felt, moved, back: (first_y - low).max(0.0) }
    }

    fn lower(&mut self, i: usize) {
        self.events += 1;
        self.place(i, 0.0, 0);
        self.settle_all_but(i);
    }

    fn reset(&mut self) {
        self.events += 1;
        self.force = 0.0;
        self.y = 0.0;
        for i in 0..self.lock.n {
            self.x[i] = 0.0;
            self.piece[i] = 0;
            self.ys[i] = self.lock.curves[i].y(0);
        }
    }

    fn travel(&self) -> f64 {
        self.y
    }

    fn events(&self) -> u64 {
        self.events
    }
}
