//! Leading an element back down against contact: for discs, which no spring returns, under a hand that
//! watches (`session`). Attackers of `strategy` turn a disc back at leisure and do not come here.

use crate::{
    contact::resist_up,
    curve::OPEN,
    event::{Ended, Event},
    lock::Lock,
};

/// Most events in one motion.
const MOST_EVENTS: usize = 200;

impl Event {
    /// Turns element `i`, which has no spring, back to lift `to` (mm) with at most `cap` newtons, while all
    /// others follow. A wall of its gate stops it while the plug leans on it. `low` is the least plug travel
    /// on the way (mm), as in [`Event::push`].
    pub(crate) fn pull(&mut self, lock: &Lock, i: usize, to: f64, cap: f64, low: &mut f64) -> (Ended, f64) {
        self.held = Some(i);
        let mut force = 0.0;
        for _ in 0..MOST_EVENTS {
            let (c, k, x) = (&lock.curves[i], self.b.piece[i], self.b.x[i]);
            // the piece to the left of where it is
            let Some(left) = (if x > c.x(k) { Some(k) } else { k.checked_sub(1) }) else { break };
            if x <= to {
                break;
            }
            // going down a rising piece is going up the same piece seen from the other side
            let slope = -c.slope(left);
            force = lock.drag[i] + resist_up(self.b.load(lock, i), slope, lock.mu).max(0.0);
            if force > cap {
                return (Ended::Blocked, force);
            }
            let mut end = c.x(left).max(to);
            if slope < 0.0 {
                // the plug goes back on the way: its neighbours are looked at often
                end = end.max(x - (c.x(left + 1) - c.x(left)) / 16.0);
            }
            self.b.place(lock, i, end, left);
            self.b.events += 1;
            self.rest(lock);
            *low = low.min(self.b.y);
            if self.b.y >= OPEN {
                return (Ended::Open, force);
            }
        }
        (Ended::There, force)
    }
}
