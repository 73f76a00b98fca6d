//! How an attacker works through a cylinder: one element at a time, or with a rake. Knows only what a hand
//! feels.

use crate::{
    attacker::Attacker,
    body::STILL_MM,
    lock::Lock,
    mechanism::{Felt, Hand, Mechanism},
    rng::Rng,
};

/// Plug travel (mm) that anyone sees as "it has turned, but it is not open": a false set.
const FALSE_SET_MM: f64 = 0.12;
/// Each step of easing off leaves this share of the tension. Estimate.
const EASING: f64 = 0.7;
/// Most steps of easing off: down to a sixteenth, below which a wrench in the hand is only held, not pressed.
/// Estimate.
const EASING_STEPS: u32 = 8;

/// A hand at work: keeps time and the tension wanted.
struct Work<'a> {
    a: &'a Attacker,
    lock: &'a Lock,
    time: f64,
    /// Force at the shear line this attempt means to hold (N).
    force: f64,
    /// Share of it now held: eased off against security pins.
    ease: f64,
}

impl Work<'_> {
    /// Holds the tension now meant; returns how far elements fell at that, together (mm).
    fn tense<M: Mechanism>(&self, m: &mut M, rng: &mut Rng) -> f64 {
        let wobble = 1.0 + 0.5 * self.a.torque_cv * rng.normal();
        m.tension((self.force * self.ease * wobble).max(0.02))
    }

    /// Smallest plug advance noticed this time (mm at the shear line).
    fn click(&self, rng: &mut Rng) -> f64 {
        let lever = self.lock.radius / self.lock.wrench;
        (self.a.click_mm * lever * (1.0 + 0.3 * rng.normal())).max(1e-4)
    }

    /// Someone who knows security pins eases off at a false set and where nothing moves, and comes back after
    /// a click.
    fn judge(&mut self, travel: f64, felt: Felt) {
        if travel > FALSE_SET_MM {
            self.ease = self.ease.min(0.5);
        }
        match felt {
            Felt::Stuck => self.ease = (self.ease * 0.8).max(0.2),
            Felt::Click if travel <= FALSE_SET_MM => self.ease = (self.ease * 1.3).min(self.ease.max(1.0)),
            _ => {}
        }
    }

    fn begin<M: Mechanism>(&mut self, m: &mut M, rng: &mut Rng) {
        m.reset();
        let spread = (1.0 + self.a.torque_cv * rng.normal()).max(0.2);
        self.force = self.a.torque_nmm / self.lock.radius * spread;
        self.ease = 1.0;
        self.tense(m, rng);
    }
}

/// Picks one element at a time: feel for the one that binds hardest, lift it, repeat; ease off against false
/// sets; start over when nothing helps. Returns the time to open (s), or infinity when `horizon` (s) is
/// reached first.
pub fn pick<M: Mechanism>(m: &mut M, lock: &Lock, a: &Attacker, rng: &mut Rng, horizon: f64) -> f64 {
    let mut w = Work { a, lock, time: a.setup_s, force: 0.0, ease: 1.0 };
    let n = m.elements();
    loop {
        w.begin(m, rng);
        let (mut believed, mut tried, mut stale, mut rounds) = (0_u32, 0_u32, 0_u32, 0_u32);
        while stale < a.patience && rounds < 4 {
            let chosen = heaviest(&mut w, m, believed | tried, n, rng);
            if w.time > horizon {
                return f64::INFINITY;
            }
            let Some(i) = chosen else {
                // everything is believed set or was tried in vain: some belief is wrong
                rounds += 1;
                if tried == 0 && a.aware && rounds % 2 == 1 {
                    // all feel set and it is not open: some sit in a groove or waist, which a lighter hand
                    // frees
                    w.ease = (w.ease * 0.5).max(0.15);
                } else if tried == 0 {
                    // or it only wants a little more torque
                    w.ease = (w.ease * 1.5).min(2.5);
                } else if !a.aware || !feather(&mut w, m, rng) {
                    // a beginner does not know that easing helps; and sometimes it does not
                    break;
                }
                (believed, tried) = (0, 0);
                continue;
            };
            w.tense(m, rng);
            let hand = Hand {
                cap: a.force_cap_n,
                click: w.click(rng),
                give: 3.5 * a.force_noise * lock.hand[i] * (1.0 + 0.3 * rng.normal()),
                overrun: (a.lift_noise_mm * lock.hand[i] * rng.normal()).abs(),
                grows: lock.noise_grows,
                jump: lock.jump * a.release * (1.0 + 0.4 * rng.normal()).max(0.0),
                travel: lock.travel,
            };
            brush(&w, m, i, rng);
            let lifted = m.lift(i, &hand);
            w.time += a.lift_s * lock.pace * (0.75 + 0.5 * rng.uniform());
            if m.is_open() {
                return if w.time > horizon { f64::INFINITY } else { w.time };
            }
            if lifted.back > 0.05 {
                // the plug turned back: others may have dropped
                believed = 0;
            }
            match lifted.felt {
                Felt::Click => {
                    believed |= 1 << i;
                    (tried, stale, rounds) = (0, 0, 0);
                }
                Felt::Stop if a.aware => {
                    believed |= 1 << i;
                    stale += 1;
                }
                Felt::Stop | Felt::Stuck | Felt::Nothing => {
                    tried |= 1 << i;
                    stale += 1;
                    if !lock.sprung[i] {
                        m.lower(i);
                        w.time += 0.5 * a.lift_s * lock.pace;
                    }
                }
            }
            if a.aware {
                w.judge(m.travel(), lifted.felt);
            }
        }
        w.time += a.reset_s * lock.pace;
        if !lock.sprung[0] {
            // without springs each element is turned back by hand
            w.time += 0.3 * a.lift_s * lock.pace * n as f64;
        }
    }
}

/// Feels all elements not ruled out and returns the one that seems to bind hardest.
fn heaviest<M: Mechanism>(w: &mut Work, m: &mut M, out: u32, n: usize, rng: &mut Rng) -> Option<usize> {
    let mut best = None;
    let mut most = 0.0;
    w.tense(m, rng);
    for i in (0..n).filter(|i| out >> i & 1 == 0) {
        w.time += w.a.probe_s * w.lock.pace;
        let felt = m.drag(i) * (1.0 + w.a.force_noise * w.lock.hand[i] * rng.normal()).max(0.0);
        if best.is_none() || felt > most {
            best = Some(i);
            most = felt;
        }
    }
    best
}

/// The shank of the pick brushes the neighbour nearer the mouth and lifts it, sometimes too far: the lower
/// that one must stay and the higher the pick must reach, the likelier.
fn brush<M: Mechanism>(w: &Work, m: &mut M, i: usize, rng: &mut Rng) {
    if rng.uniform() >= w.a.brush || i == 0 || !w.lock.sprung[i] {
        return;
    }
    let reach = w.lock.set_lift[i] * (0.3 + 0.75 * rng.uniform());
    let more = reach - m.lift_at(i - 1);
    if more > 0.0 {
        let hand = Hand {
            cap: 0.5 * w.a.force_cap_n,
            click: f64::INFINITY,
            give: f64::INFINITY,
            overrun: 0.0,
            grows: 0.0,
            // nobody minds that pin: it comes free as under a rake
            jump: w.lock.jump * (1.0 + 5.0 * rng.uniform()),
            travel: more,
        };
        m.lift(i - 1, &hand);
    }
}

/// Eases the tension little by little until something is felt to fall, so that what was lifted too far comes
/// back and the rest stays; then holds as before. False when nothing fell.
fn feather<M: Mechanism>(w: &mut Work, m: &mut M, rng: &mut Rng) -> bool {
    let held = w.ease;
    let mut fell = false;
    for _ in 0..EASING_STEPS {
        w.ease *= EASING;
        w.time += 0.5 * w.a.probe_s * w.lock.pace;
        if w.tense(m, rng) > STILL_MM {
            fell = true;
            break;
        }
    }
    w.ease = held;
    w.tense(m, rng);
    fell
}

/// Rakes: each stroke lifts every element by a random part of a rake's profile while the tension wavers;
/// starts over after some strokes. Time to open (s), or infinity when `horizon` (s) is reached first.
pub fn rake<M: Mechanism>(m: &mut M, lock: &Lock, a: &Attacker, rng: &mut Rng, horizon: f64) -> f64 {
    let mut w = Work { a, lock, time: a.setup_s, force: 0.0, ease: 1.0 };
    let n = m.elements();
    loop {
        w.begin(m, rng);
        for _ in 0..30 {
            w.time += a.stroke_s * lock.pace;
            if w.time > horizon {
                return f64::INFINITY;
            }
            w.tense(m, rng);
            let reach = lock.travel * (0.25 + 0.75 * rng.uniform());
            for i in (0..n).rev() {
                // a rake pushes a whole row: each element sees a smaller force and no careful stop
                let hand = Hand {
                    cap: 0.4 * a.force_cap_n,
                    click: f64::INFINITY,
                    give: f64::INFINITY,
                    overrun: 0.0,
                    grows: 0.0,
                    // flung, not led: the stack flies on further than under a pick
                    jump: lock.jump * (1.0 + 5.0 * rng.uniform()),
                    travel: reach * rng.uniform(),
                };
                m.lift(i, &hand);
                if m.is_open() {
                    return w.time;
                }
            }
        }
        w.time += a.reset_s * lock.pace;
    }
}
