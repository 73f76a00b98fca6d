//! Blows: one strike of a bump key or of a snap gun's needle, as flights in closed form between events, and a
//! series of them.
//!
//! Two accounts of why it opens are both here, because nobody has settled it: *simultaneous* (all stacks are
//! apart at one moment, long enough for the plug to start) and *ratchet* (torque held on, chambers clear one
//! after the other in binding order, each caught on its ledge). Their weight is a figure like any other.

use crate::{
    attacker::Attacker,
    describe::{Description, ELEMENTS},
    error::Error,
    family::Kind,
    lock::Lock,
    param::{P, Values},
    rng::Rng,
};
use alloc::format;
use serde::{Deserialize, Serialize};

/// What happens to one stack after a blow: the time (s) in which nothing is at the shear line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Driver has risen clear.
    pub open: f64,
    /// Driver is back, or the key pin has risen into the way.
    pub shut: f64,
    /// Greatest height of the driver above the shear line (mm).
    pub height: f64,
}

/// The flight of one stack: masses in kg, lengths in m, time in s.
#[derive(Debug, Clone, Copy)]
pub struct Stack {
    /// Driver's mass (kg).
    pub driver: f64,
    /// Key pin's mass (kg).
    pub key_pin: f64,
    /// Spring stiffness (N/m).
    pub rate: f64,
    /// Constant force against rising: preload at rest (N).
    pub preload: f64,
    /// Friction against rising (N).
    pub friction: f64,
    /// Rise at which the driver clears the shear line (m).
    pub rise: f64,
}

/// Speeds (m/s) of driver and key pin just after a key pin of speed `v` hit a driver at rest, with
/// restitution `e`: momentum is kept, and they part at `e v`.
#[must_use]
pub fn collide(key_pin: f64, driver: f64, v: f64, e: f64) -> (f64, f64) {
    let all = key_pin + driver;
    ((1.0 + e) * key_pin / all * v, (key_pin - e * driver) / all * v)
}

impl Stack {
    /// When the driver, thrown up at `v` (m/s), passes height `rise` going up and coming down, and how high
    /// it gets (m). Closed form: a spring with a constant force is an oscillator about a shifted middle.
    #[must_use]
    pub fn flight(&self, v: f64) -> Option<(f64, f64, f64)> {
        if self.rate <= 0.0 {
            return None;
        }
        let w = libm::sqrt(self.rate / self.driver);
        let up = (self.preload + self.friction) / self.rate;
        // rising: x + up = a sin(w t + p)
        let a = libm::sqrt(up * up + v * v / (w * w));
        let top = a - up;
        if top <= self.rise {
            return None;
        }
        let p = libm::asin(up / a);
        let t1 = (libm::asin((self.rise + up) / a) - p) / w;
        let t_top = (core::f64::consts::FRAC_PI_2 - p) / w;
        // falling: friction now holds back, x + down = b cos(w (t - t_top))
        let down = (self.preload - self.friction).max(0.0) / self.rate;
        let b = top + down;
        let t2 = t_top + libm::acos(((self.rise + down) / b).min(1.0)) / w;
        Some((t1, t2, top))
    }
}

/// What strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// A key cut to its deepest everywhere, driven in: its teeth lift every stack by their slope.
    #[default]
    BumpKey,
    /// A needle flicked up under the key pins, which lie at rest.
    SnapGun,
}

/// Whether a bump key is a thing for this cylinder.
///
/// # Errors
/// [`Error::NotRated`] for families without pin stacks.
pub fn applies(d: &Description) -> Result<(), Error> {
    match d.family()? {
        Kind::PinTumbler | Kind::Dimple => Ok(()),
        other => Err(Error::NotRated(format!(
            "bumping needs pairs of pins that part; a {} has none",
            other.word()
        ))),
    }
}

/// One blow.
#[derive(Debug, Clone, Copy)]
pub struct Blow {
    /// With what.
    pub tool: Tool,
    /// Speed of key or needle (m/s).
    pub speed: f64,
    /// Torque held (N mm).
    pub torque: f64,
    /// Which account of why it opens: one by one in binding order, or all at one moment.
    pub ratchet: bool,
}

/// Strikes once. `set` marks stacks already caught; it is updated. True if it opened.
#[must_use]
pub fn strike(lock: &Lock, v: &Values, blow: &Blow, set: &mut [bool; ELEMENTS], rng: &mut Rng) -> bool {
    let Blow { torque, ratchet, .. } = *blow;
    let mut windows = [Window { open: 0.0, shut: f64::INFINITY, height: 0.0 }; ELEMENTS];
    let order = binding_order(lock);
    let force = torque / lock.radius;
    let binder = order[..lock.n].iter().copied().find(|i| !set[*i]);
    for i in 0..lock.n {
        if set[i] {
            continue;
        }
        let Some(w) = window(lock, v, i, blow, if Some(i) == binder { force } else { 0.0 }, rng) else {
            windows[i] = Window { open: f64::INFINITY, shut: 0.0, height: 0.0 };
            continue;
        };
        windows[i] = w;
    }
    // the plug as a mass at the shear line: N = kg * m/s2, inertia in kg m2 (mg m2 * 1e-6), radius in m
    let r = lock.radius * 1e-3;
    let mass = v.get(P::PlugInertia) * 1e-6 / (r * r);
    let time_for = |mm: f64| libm::sqrt(2.0 * mm.max(0.0) * 1e-3 * mass / force);
    if ratchet {
        advance(lock, v, &order, &windows, set, time_for)
    } else {
        let open = (0..lock.n).map(|i| windows[i].open).fold(0.0, f64::max);
        let shut = (0..lock.n).map(|i| windows[i].shut).fold(f64::INFINITY, f64::min);
        // the plug must get past every chamber's offset and edge
        let most = lock.gap[..lock.n].iter().fold(0.0_f64, |a, g| a.max(*g));
        let least = lock.gap[..lock.n].iter().fold(f64::INFINITY, |a, g| a.min(*g));
        let need = most - least + v.get(P::Chamfer) + v.get(P::KeyPinEdge);
        shut - open > time_for(need)
    }
}

/// Chambers in the order in which they bind.
fn binding_order(lock: &Lock) -> [usize; ELEMENTS] {
    let mut order: [usize; ELEMENTS] = core::array::from_fn(|i| i);
    order[..lock.n].sort_by(|a, b| lock.gap[*a].total_cmp(&lock.gap[*b]));
    order
}

/// The window of one stack, or none if the blow does not part it at the shear line.
fn window(lock: &Lock, v: &Values, i: usize, blow: &Blow, load: f64, rng: &mut Rng) -> Option<Window> {
    if !lock.struck[i] || !lock.split[i] {
        return None;
    }
    let key_pin = v.get(P::KeyPinDensity) * lock.key_pin[i] * 1e-3;
    let driver = v.get(P::DriverMass) * 1e-3;
    let e = (v.get(P::PinRestitution) * (1.0 + 0.1 * rng.normal())).clamp(0.05, 0.98);
    let scatter = 1.0 + 0.05 * rng.normal();
    let bounce = 1.0 + v.get(P::KeyRestitution);
    let (rise, kick) = match blow.tool {
        // the bump key holds the stack one shallowest cut high: what is left to rise is the set lift less
        // that
        Tool::BumpKey => (lock.set_lift[i] - 0.2, bounce * v.get(P::KeyRamp) * blow.speed * scatter),
        // the needle meets key pins at rest, straight from below
        Tool::SnapGun => (lock.set_lift[i], bounce * blow.speed * scatter),
    };
    let rise = rise.max(0.05) * 1e-3;
    let (vd, vk) = collide(key_pin, driver, kick, e);
    let s = Stack {
        driver,
        key_pin,
        rate: lock.rate[i].max(1e-3) * 1e3,
        preload: lock.preload[i],
        friction: 2.0 * lock.mu * load,
        rise,
    };
    let (open, back, top) = s.flight(vd)?;
    let follow = v.get(P::Recoil) * vk.max(0.0);
    // the key pin must itself come up by as much to get in the way
    let blocked = if follow > 0.0 { rise / follow } else { f64::INFINITY };
    (back.min(blocked) > open).then(|| Window { open, shut: back.min(blocked), height: (top - rise) * 1e3 })
}

/// The ratchet: the plug moves on as each chamber in turn lets it, and each driver it has passed stays on its
/// ledge.
fn advance(
    lock: &Lock,
    v: &Values,
    order: &[usize; ELEMENTS],
    windows: &[Window; ELEMENTS],
    set: &mut [bool; ELEMENTS],
    time_for: impl Fn(f64) -> f64,
) -> bool {
    let edge = v.get(P::Chamfer);
    let mut now = 0.0_f64;
    for (k, &i) in order[..lock.n].iter().enumerate() {
        if set[i] {
            continue;
        }
        let w = windows[i];
        let from = now.max(w.open);
        let caught = from + time_for(edge);
        if caught > w.shut {
            return false;
        }
        set[i] = true;
        let next = order[..lock.n].get(k + 1).map_or(0.0, |j| lock.gap[*j] - lock.gap[i]);
        now = from + time_for(next.max(edge));
    }
    true
}

/// A series of blows until it opens (s), or infinity when `horizon` (s) is reached first.
#[must_use]
pub fn open(lock: &Lock, a: &Attacker, v: &Values, tool: Tool, rng: &mut Rng, horizon: f64) -> f64 {
    let (per_minute, mean) = match tool {
        Tool::BumpKey => (a.strikes_per_min, v.get(P::StrikeSpeed) * a.strike_factor),
        // the spring of the gun strikes, not the hand
        Tool::SnapGun => (a.snaps_per_min, v.get(P::SnapSpeed)),
    };
    let pace = 60.0 / per_minute;
    let scatter = if tool == Tool::BumpKey { a.strike_cv } else { 0.1 };
    let ratchet = rng.uniform() < v.get(P::Ratchet);
    let mut set = [false; ELEMENTS];
    let mut time = a.setup_s;
    while time <= horizon {
        let speed = mean * (1.0 + scatter * rng.normal()).max(0.05);
        let torque = v.get(P::BumpTorque) * (1.0 + a.torque_cv * rng.normal()).max(0.1);
        if strike(lock, v, &Blow { tool, speed, torque, ratchet }, &mut set, rng) {
            return time;
        }
        if rng.uniform() >= v.get(P::KeepsSets) {
            set = [false; ELEMENTS];
        }
        time += pace * (0.7 + 0.6 * rng.uniform());
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        Stack { driver: 0.26e-3, key_pin: 0.3e-3, rate: 100.0, preload: 0.5, friction: 0.0, rise: 2e-3 }
    }

    #[test]
    fn collisions_keep_momentum_and_part_at_e_v() {
        for e in [0.0, 0.4, 0.9, 1.0] {
            let (vd, vk) = collide(0.3e-3, 0.26e-3, 3.0, e);
            assert!((0.26e-3 * vd + 0.3e-3 * vk - 0.3e-3 * 3.0).abs() < 1e-12);
            assert!((vd - vk - e * 3.0).abs() < 1e-12);
        }
        let (vd, vk) = collide(0.3e-3, 0.26e-3, 3.0, 1.0);
        let energy = 0.5 * 0.26e-3 * vd * vd + 0.5 * 0.3e-3 * vk * vk;
        assert!((energy - 0.5 * 0.3e-3 * 9.0).abs() < 1e-12, "elastic: energy kept");
    }

    #[test]
    fn flights_agree_with_small_steps_and_with_energy() {
        for friction in [0.0, 0.2] {
            let s = Stack { friction, ..stack() };
            let v0 = 5.0;
            let (t1, t2, top) = s.flight(v0).unwrap();
            let energy = s.preload * top + 0.5 * s.rate * top * top + friction * top;
            assert!((energy - 0.5 * s.driver * v0 * v0).abs() < 1e-9, "work done = energy given");
            for (dt, within) in [(1e-6, 2e-6), (1e-7, 2e-7)] {
                let (mut x, mut v, mut t, mut up, mut down) = (0.0, v0, 0.0, 0.0, 0.0);
                while x >= 0.0 && down == 0.0 {
                    let f = s.preload + s.rate * x + friction * f64::signum(v);
                    v -= f / s.driver * dt;
                    x += v * dt;
                    t += dt;
                    if up == 0.0 && x >= s.rise {
                        up = t;
                    }
                    if up > 0.0 && v < 0.0 && x <= s.rise {
                        down = t;
                    }
                }
                assert!((up - t1).abs() < within, "{up} {t1} at {dt}");
                assert!((down - t2).abs() < 4.0 * within, "{down} {t2} at {dt}");
            }
        }
    }

    #[test]
    fn a_slow_blow_does_not_lift_a_driver_clear() {
        let s = stack();
        let need = libm::sqrt(2.0 * (s.preload * s.rise + 0.5 * s.rate * s.rise * s.rise) / s.driver);
        assert!(s.flight(0.999 * need).is_none());
        assert!(s.flight(1.001 * need).is_some());
    }
}
