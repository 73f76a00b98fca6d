//! The jump process: a cylinder as a sequence of lifts, sets and drops, evaluated only at the corners of its
//! curves.
//!
//! Same curves and contact law as `event`, but forces are looked at only at the ends of each piece, and each
//! neighbour is settled once after each jump. For millions of trials. Not for drawing: it has no in-between.

use crate::{
    body::{Body, STILL_MM},
    contact::resist_up,
    curve::{CORNERS, GATE, OPEN},
    lock::Lock,
    mechanism::{Felt, Hand, Lifted, Mechanism},
};

/// Rounds in which neighbours are settled after one jump.
const ROUNDS: usize = 40;

/// A cylinder in the jump process.
pub struct Fast<'a> {
    lock: &'a Lock,
    b: Body,
}

impl<'a> Fast<'a> {
    /// A cylinder at rest without tension.
    #[must_use]
    pub fn new(lock: &'a Lock) -> Self {
        Self { lock, b: Body::new(lock) }
    }

    /// Lets loaded elements climb and unheld ones drop; `lifted` is under the pick and does not drop.
    fn settle(&mut self, lifted: usize) {
        for _ in 0..ROUNDS {
            if self.b.quiet(self.lock, lifted) {
                return;
            }
            let mut slid = self.b.climb(self.lock) || self.b.sink(self.lock, lifted);
            if !slid {
                let mut raised = self.b.raised();
                while raised != 0 {
                    let j = raised.trailing_zeros() as usize;
                    raised &= raised - 1;
                    while j != lifted && self.b.x[j] > 0.0 && self.b.drop_one(self.lock, j) {
                        slid = true;
                    }
                }
            }
            if !slid {
                return;
            }
        }
    }
}

impl Mechanism for Fast<'_> {
    fn elements(&self) -> usize {
        self.lock.n
    }

    fn tension(&mut self, force: f64) -> f64 {
        let fallen = self.b.fallen;
        self.b.force = force;
        self.b.solve(self.lock);
        self.settle(usize::MAX);
        self.b.fallen - fallen
    }

    #[inline]
    fn drag(&mut self, i: usize) -> f64 {
        self.b.events += 1;
        self.b.feel(self.lock, i)
    }

    fn lift(&mut self, i: usize, hand: &Hand) -> Lifted {
        let (lock, b) = (self.lock, &mut self.b);
        b.events += 1;
        let (start, first_y) = (b.x[i], b.y);
        let (mut low, mut felt, mut blocked) = (b.y, Felt::Nothing, false);
        // where the pick stops if nothing happens; a stack that shoots on may pass it
        let mut target = start + hand.travel;
        let cap = hand.cap + lock.spring(i, start) + lock.drag[i];
        for _ in 0..2 * CORNERS {
            let b = &mut self.b;
            let c = &lock.curves[i];
            let (from, k) = (b.x[i], b.piece[i]);
            if from >= target || k + 1 >= c.len() {
                break;
            }
            let s = c.slope(k);
            let spring = lock.spring(i, from) + lock.drag[i];
            let load = b.load(lock, i);
            let resisted = resist_up(load, s, lock.mu);
            let corner = c.x(k + 1);
            let end = corner.min(target);
            if s < 0.0 {
                // the load grows on the way: it may get only so far
                let x = b.reach(lock, i, s, end, cap);
                if x < end {
                    // the plug, pushed back so far, may let go of others
                    b.place(lock, i, x, k);
                    self.settle(i);
                    low = low.min(self.b.y);
                    blocked = true;
                    break;
                }
            } else if spring + resisted > cap {
                blocked = true;
                break;
            }
            let whole = end >= corner;
            b.place(lock, i, end, if whole { k + 1 } else { k });
            // the drag that this piece put up and the gate does not
            let frees = whole && s == 0.0 && load > 0.0 && frees_into_gate(c, k);
            let freed = if frees { resisted / (spring + resisted) } else { 0.0 };
            if frees {
                b.place_beyond(lock, i, corner + hand.jump);
            }
            if s != 0.0 || frees {
                self.settle(i);
            }
            let y = self.b.y;
            if y >= OPEN {
                felt = Felt::Click;
                break;
            }
            if felt == Felt::Nothing && (y - low >= hand.click || (frees && freed >= hand.give)) {
                felt = Felt::Click;
                target = target.min(self.b.x[i] + hand.run_on(spring + resisted));
            }
            low = low.min(y);
        }
        let moved = self.b.x[i] - start;
        if blocked && felt == Felt::Nothing {
            felt = if moved < STILL_MM { Felt::Stuck } else { Felt::Stop };
        }
        self.settle(usize::MAX);
        Lifted { felt, moved, back: (first_y - low).max(0.0) }
    }

    fn lower(&mut self, i: usize) {
        self.b.events += 1;
        self.b.place(self.lock, i, 0.0, 0);
        self.settle(usize::MAX);
    }

    fn reset(&mut self) {
        self.b.events += 1;
        self.b.release(self.lock);
    }

    fn lift_at(&self, i: usize) -> f64 {
        self.b.x[i]
    }

    fn travel(&self) -> f64 {
        self.b.y
    }

    fn events(&self) -> u64 {
        self.b.events
    }
}

/// Whether the piece after `k` is the edge of a gate.
pub(crate) fn frees_into_gate(c: &crate::curve::Curve, k: usize) -> bool {
    k + 3 < c.len() && c.y(k + 1) < c.y(k + 2) && c.y(k + 3) >= GATE
}
