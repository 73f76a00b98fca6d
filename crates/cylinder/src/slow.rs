//! One blow of a bump key or a snap gun in slow motion: where every pin and the plug are, microsecond by microsecond, for a
//! picture. [`crate::bump`] has the closed forms that the odds rest on; this one is stepped, and held against
//! them by tests.

use crate::{
    bump::{Tool, collide},
    describe::Description,
    error::{Error, in_range},
    lock::Lock,
    param::{P, Values},
    rng::Rng,
};
use alloc::vec::Vec;
use serde::Serialize;

/// Step (s).
const STEP_S: f64 = 1e-6;
/// Steps between two pictures.
const EVERY: usize = 25;
/// Longest blow shown (s).
const MOST_S: f64 = 8e-3;
/// Plug travel (mm) at which the picture ends: it is open.
const FREE_MM: f64 = 0.6;
/// How far a bump key already lifts a stack when nothing is struck (mm), as in [`crate::bump`].
const HELD_MM: f64 = 0.2;
/// Rise at which a driver's spring is solid (mm). Estimate: a chamber that holds the driver, the highest lift and
/// a spring of some ten turns. The closed forms of [`crate::bump`] leave it out.
const ROOM_MM: f64 = 7.0;

/// How the blow is struck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Blow {
    /// With what: a bump key's teeth lift by their slope, a snap gun's needle strikes from straight below.
    pub tool: Tool,
    /// Speed of key or needle (m/s), 0.1 to 20.
    pub speed: f64,
    /// Torque held (N mm), 1 to 200.
    pub torque: f64,
    /// Whether a driver that comes down beside its chamber is caught by the plug's ledge (the ratchet), or
    /// the plug is thrown back unless all are apart at once. Both accounts are found; nobody has settled it.
    pub ratchet: bool,
}

/// What one stack did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Track {
    /// Rise of the driver's lower end at each picture (mm).
    pub driver: Vec<f32>,
    /// Rise of the key pin's upper end (mm).
    pub key_pin: Vec<f32>,
    /// Rise at which the parting is level with the shear line (mm).
    pub rise: f64,
    /// From when to when nothing was at its shear line (ms); absent where the blow did not part it there.
    pub apart: Option<[f64; 2]>,
    /// Whether its driver ended on the plug's ledge.
    pub caught: bool,
}

/// A blow as a film.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Film {
    /// Time between two pictures (ms).
    pub step_ms: f64,
    /// How far the tool held every stack up before the blow (mm).
    pub held: f64,
    /// Plug travel at each picture (mm).
    pub plug: Vec<f32>,
    /// One track for each stack.
    pub stacks: Vec<Track>,
    /// Whether it opened.
    pub opened: bool,
    /// From when to when all were apart at once (ms), if they were.
    pub together: Option<[f64; 2]>,
}

/// A stack in flight; mm, s, N, kg.
struct Flying {
    driver: f64,
    key_pin: f64,
    v_driver: f64,
    v_key: f64,
    rise: f64,
    gap: f64,
    mass: f64,
    apart: Option<[f64; 2]>,
    caught: bool,
    struck: bool,
}

/// Films one blow. `rng` gives the scatter from blow to blow.
///
/// # Errors
/// [`Error::Field`] for a number that cannot be; [`Error::NotRated`] where a bump key is no tool.
pub fn film(d: &Description, lock: &Lock, v: &Values, blow: &Blow, rng: &mut Rng) -> Result<Film, Error> {
    crate::bump::applies(d)?;
    in_range("speed", blow.speed, 0.1, 20.0)?;
    in_range("torque", blow.torque, 1.0, 200.0)?;
    let least = lock.gap[..lock.n].iter().fold(f64::INFINITY, |a, g| a.min(*g));
    let mut stacks: Vec<Flying> = (0..lock.n).map(|i| start(lock, v, i, blow, least, rng)).collect();
    let force = blow.torque / lock.radius;
    let r = lock.radius * 1e-3;
    let mass = v.get(P::PlugInertia) * 1e-6 / (r * r);
    let ledge = v.get(P::Chamfer);
    let all_past = stacks.iter().fold(0.0_f64, |a, s| a.max(s.gap)) + ledge + v.get(P::KeyPinEdge);
    let mut film = Film {
        step_ms: STEP_S * EVERY as f64 * 1e3,
        held: held(blow.tool),
        plug: Vec::new(),
        stacks: stacks.iter().map(|s| Track::empty(s.rise)).collect(),
        opened: false,
        together: None,
    };
    let (mut y, mut vy) = (0.0_f64, 0.0_f64);
    for k in 0..(MOST_S / STEP_S) as usize {
        if k % EVERY == 0 {
            film.take(&stacks, y);
        }
        if y >= FREE_MM {
            break;
        }
        let now = k as f64 * STEP_S * 1e3;
        for (i, s) in stacks.iter_mut().enumerate() {
            s.fly(lock, i, if s.blocks() && (y - s.gap).abs() < 1e-9 { force } else { 0.0 });
            s.note(now);
        }
        if stacks.iter().all(|s| !s.blocks()) && y < all_past {
            let from = film.together.map_or(now, |t| t[0]);
            film.together = Some([from, now]);
        }
        vy += force / mass * STEP_S;
        y += vy * STEP_S * 1e3;
        (y, vy) = hold(&mut stacks, y, vy, ledge, blow.ratchet);
        film.opened |= y >= all_past;
    }
    film.take(&stacks, y);
    for (track, s) in film.stacks.iter_mut().zip(&stacks) {
        (track.apart, track.caught) = (s.apart, s.caught);
    }
    Ok(film)
}

/// What the stacks let the plug do: `(travel, speed)`. Where ledges catch, a stack that is apart when the plug
/// has passed the mouth of its chamber stays apart: its driver comes down on the ledge.
fn hold(stacks: &mut [Flying], mut y: f64, mut vy: f64, ledge: f64, ratchet: bool) -> (f64, f64) {
    for s in stacks.iter_mut().filter(|s| !s.caught) {
        if !s.blocks() {
            s.caught = ratchet && y >= s.gap + ledge;
        } else if y > s.gap {
            (y, vy) = (s.gap, 0.0);
        }
    }
    (y, vy)
}

/// How far a tool holds a stack up before it strikes (mm): under a snap gun's needle the pins are at rest.
fn held(tool: Tool) -> f64 {
    if tool == Tool::BumpKey { HELD_MM } else { 0.0 }
}

fn start(lock: &Lock, v: &Values, i: usize, blow: &Blow, least: f64, rng: &mut Rng) -> Flying {
    let key_mass = v.get(P::KeyPinDensity) * lock.key_pin[i] * 1e-3;
    let mass = v.get(P::DriverMass) * 1e-3;
    let e = (v.get(P::PinRestitution) * (1.0 + 0.1 * rng.normal())).clamp(0.05, 0.98);
    let slope = if blow.tool == Tool::BumpKey { v.get(P::KeyRamp) } else { 1.0 };
    let kick = (1.0 + v.get(P::KeyRestitution)) * slope * blow.speed * (1.0 + 0.05 * rng.normal());
    let (vd, vk) = collide(key_mass, mass, kick, e);
    let struck = lock.struck[i] && lock.split[i];
    Flying {
        driver: 0.0,
        key_pin: 0.0,
        v_driver: if struck { vd } else { 0.0 },
        v_key: if struck { v.get(P::Recoil) * vk.max(0.0) } else { 0.0 },
        rise: (lock.set_lift[i] - held(blow.tool)).max(0.05),
        gap: lock.gap[i] - least,
        mass,
        apart: None,
        caught: false,
        struck,
    }
}

impl Flying {
    /// Whether driver or key pin is at the shear line.
    fn blocks(&self) -> bool {
        !self.caught && (self.driver < self.rise || self.key_pin > self.rise)
    }

    /// One step of flight; `load` (N) is what the plug presses it with while it crosses the shear line.
    fn fly(&mut self, lock: &Lock, i: usize, load: f64) {
        if !self.struck {
            return;
        }
        let spring = lock.preload[i] + lock.rate[i] * self.driver;
        let rub = if self.driver < self.rise { 2.0 * lock.mu * load } else { 0.0 };
        if self.v_driver > 0.0 {
            self.v_driver -= (spring + rub) / self.mass * STEP_S;
        } else {
            self.v_driver -= (spring - rub).max(0.0) / self.mass * STEP_S;
        }
        self.driver += self.v_driver * STEP_S * 1e3;
        self.key_pin += self.v_key * STEP_S * 1e3;
        if self.driver > ROOM_MM {
            (self.driver, self.v_driver) = (ROOM_MM, self.v_driver.min(0.0));
        }
        if self.caught {
            // the plug has turned past: the driver stands on it, the key pin stays below
            if self.driver < self.rise {
                (self.driver, self.v_driver) = (self.rise, 0.0);
            }
            if self.key_pin > self.rise {
                (self.key_pin, self.v_key) = (self.rise, -self.v_key);
            }
            self.key_pin = self.key_pin.max(0.0);
        } else if self.driver <= self.key_pin {
            // down on its key pin again: both go down to the key together
            self.driver = self.driver.max(0.0);
            self.key_pin = self.driver;
            self.v_key = self.v_driver.min(0.0);
        }
    }

    fn note(&mut self, now: f64) {
        if self.struck && self.driver >= self.rise && self.key_pin <= self.rise {
            let from = self.apart.map_or(now, |a| a[0]);
            self.apart = Some([from, now]);
        }
    }
}

impl Track {
    fn empty(rise: f64) -> Self {
        Self { driver: Vec::new(), key_pin: Vec::new(), rise, apart: None, caught: false }
    }
}

impl Film {
    fn take(&mut self, stacks: &[Flying], y: f64) {
        self.plug.push(y as f32);
        for (track, s) in self.stacks.iter_mut().zip(stacks) {
            track.driver.push(s.driver as f32);
            track.key_pin.push(s.key_pin as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bump::Stack, lock::Maker, times::Figures};

    fn made(d: &Description, seed: u64) -> (Lock, Values) {
        let f = Figures::embedded().unwrap();
        let maker = Maker::new(d, &f.families, &f.parameters.central(), None).unwrap();
        let mut lock = Lock::empty();
        maker.make(&mut lock, &mut Rng::keyed(seed, 0));
        (lock, maker.values().clone())
    }

    fn pins(n: u8) -> Description {
        Description { kind: "pin-tumbler".into(), pins: Some(n), ..Description::default() }
    }

    #[test]
    fn d6_stepped_flights_agree_with_the_closed_form() {
        let (lock, v) = made(&pins(1), 5);
        // so little torque that the plug does not move while the driver is up
        let blow = Blow { tool: Tool::BumpKey, speed: 4.0, torque: 1.0, ratchet: false };
        let film = film(&pins(1), &lock, &v, &blow, &mut Rng::keyed(1, 1)).unwrap();
        let mut rng = Rng::keyed(1, 1);
        let e = (v.get(P::PinRestitution) * (1.0 + 0.1 * rng.normal())).clamp(0.05, 0.98);
        let kick = (1.0 + v.get(P::KeyRestitution)) * v.get(P::KeyRamp) * 4.0 * (1.0 + 0.05 * rng.normal());
        let key_mass = v.get(P::KeyPinDensity) * lock.key_pin[0] * 1e-3;
        let (vd, _) = collide(key_mass, v.get(P::DriverMass) * 1e-3, kick, e);
        let stack = Stack {
            driver: v.get(P::DriverMass) * 1e-3,
            key_pin: key_mass,
            rate: lock.rate[0] * 1e3,
            preload: lock.preload[0],
            friction: 0.0,
            rise: (lock.set_lift[0] - HELD_MM) * 1e-3,
        };
        let (open, _, top) = stack.flight(vd).unwrap();
        let apart = film.stacks[0].apart.unwrap();
        // friction before it clears is in the film only: 1 N mm is next to nothing
        assert!((apart[0] * 1e-3 - open).abs() < 0.05 * open + 5e-6, "{apart:?} {open}");
        let highest = film.stacks[0].driver.iter().fold(0.0_f32, |a, x| a.max(*x));
        assert!((f64::from(highest) - top * 1e3).abs() < 0.05 * top * 1e3, "{highest} {top}");
    }

    #[test]
    fn d6_a_harder_blow_and_fewer_pins_open_more_often() {
        let share = |n: u8, speed: f64, ratchet: bool| {
            let blow = Blow { tool: Tool::BumpKey, speed, torque: 30.0, ratchet };
            let opened = |k| {
                let (lock, v) = made(&pins(n), k);
                film(&pins(n), &lock, &v, &blow, &mut Rng::keyed(9, k)).unwrap().opened
            };
            (0..60).filter(|k| opened(*k)).count()
        };
        assert_eq!(share(5, 0.3, true), 0, "a tap lifts nothing clear");
        let (few, many) = (share(2, 5.0, true), share(6, 5.0, true));
        assert!(few > many, "fewer pins: {few} {many}");
        assert!(few >= share(2, 5.0, false), "ledges help");
    }

    #[test]
    fn d6_a_snap_gun_strikes_from_below_without_a_slope_and_from_rest() {
        let (lock, v) = made(&pins(1), 5);
        let shown = |tool, speed| {
            let blow = Blow { tool, speed, torque: 1.0, ratchet: false };
            film(&pins(1), &lock, &v, &blow, &mut Rng::keyed(1, 1)).unwrap()
        };
        let (key, gun) = (shown(Tool::BumpKey, 4.0), shown(Tool::SnapGun, 4.0));
        assert_eq!((key.held, gun.held), (HELD_MM, 0.0));
        assert!((gun.stacks[0].rise - key.stacks[0].rise - HELD_MM).abs() < 1e-9);
        // at the speed that the slope leaves of the key's the needle throws the driver as high
        let top = |film: &Film| film.stacks[0].driver.iter().fold(0.0_f32, |a, x| a.max(*x));
        let same = shown(Tool::SnapGun, 4.0 * v.get(P::KeyRamp));
        assert!((top(&same) - top(&key)).abs() < 0.05 * top(&key), "{} {}", top(&same), top(&key));
        assert_eq!(top(&gun) > top(&key), v.get(P::KeyRamp) < 1.0);
    }

    #[test]
    fn wafers_and_bad_numbers_are_refused_by_name() {
        let (lock, v) = made(&pins(3), 1);
        let mut rng = Rng::keyed(1, 1);
        let blow = Blow { tool: Tool::BumpKey, speed: f64::NAN, torque: 10.0, ratchet: true };
        let e = film(&pins(3), &lock, &v, &blow, &mut rng).unwrap_err().to_string();
        assert!(e.starts_with("speed"), "{e}");
        let wafer = Description { kind: "wafer".into(), ..Description::default() };
        let blow = Blow { speed: 5.0, ..blow };
        assert!(matches!(film(&wafer, &lock, &v, &blow, &mut rng), Err(Error::NotRated(_))));
    }
}
