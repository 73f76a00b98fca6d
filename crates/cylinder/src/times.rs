//! Times to open: the distribution that the audit uses, with three bands kept apart.
//!
//! A run draws the unknown figures `draws` times; under each draw it makes `locks` cylinders and lets the
//! attacker try each `attempts` times. Every trial is keyed by (seed, lock, attempt), the same under every
//! draw, so that draws differ only by the figures. Threads change nothing but the waiting.

use crate::{
    attacker::{Attacker, Attackers},
    bump::{self, Tool},
    describe::Description,
    error::{Error, in_range},
    family::Families,
    fast::Fast,
    impression,
    lock::{Lock, Maker},
    machine,
    param::{Parameters, Values},
    rng::Rng,
    strategy,
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Everything that is data: parameters, families and attackers.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Mechanics.
    pub parameters: Parameters,
    /// Families of cylinder.
    pub families: Families,
    /// Named attackers.
    pub attackers: Attackers,
}

impl Figures {
    /// The figures that came with the program.
    ///
    /// # Errors
    /// Only if an embedded file were damaged.
    #[cfg(feature = "std")]
    pub fn embedded() -> Result<Self, Error> {
        Ok(Self {
            parameters: Parameters::embedded()?,
            families: Families::embedded()?,
            attackers: Attackers::embedded()?,
        })
    }
}

/// What is done to the cylinder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Attack {
    /// One element at a time.
    Pick,
    /// With a rake.
    Rake,
    /// With a bump key.
    Bump,
    /// With a snap gun.
    Snap,
    /// By filing a blank after the marks that the pins leave on it.
    Impression,
    /// By a machine that tries every code.
    Machine,
}

impl Attack {
    /// Every attack, in a fixed order.
    pub const ALL: [Attack; 6] =
        [Attack::Pick, Attack::Rake, Attack::Bump, Attack::Snap, Attack::Impression, Attack::Machine];

    /// Whether there is a model of this attack on such a cylinder. What is not shown to be right is not
    /// rated, never guessed.
    ///
    /// # Errors
    /// [`Error::NotRated`] with the reason.
    pub fn rated(self, d: &Description) -> Result<(), Error> {
        match self {
            Attack::Pick | Attack::Rake => d.rated(),
            Attack::Bump | Attack::Snap => bump::applies(d),
            Attack::Impression => impression::applies(d),
            Attack::Machine => d.family().map(|_| ()),
        }
    }
}

/// Size of a run. Trials in all: `draws * locks * attempts`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Seed; the same seed gives the same bits.
    pub seed: u64,
    /// Draws of the unknown figures (1 to 4,096); the first is the central one.
    pub draws: u32,
    /// Cylinders under each draw (1 to 65,536).
    pub locks: u32,
    /// Attempts on each cylinder (1 to 65,536).
    pub attempts: u32,
    /// When the attacker gives up (s).
    pub horizon_s: f64,
    /// Threads (1 to 256).
    pub threads: usize,
}

/// Most trials in one run.
pub const MOST_TRIALS: u64 = 100_000_000;

impl Plan {
    /// A plan of about `trials` trials: 8 attempts on each cylinder, at least 32 draws, and more when there
    /// are many trials, so that no draw takes long (a run can be stopped between draws).
    #[must_use]
    pub fn of(seed: u64, trials: u32) -> Self {
        let draws = (trials / 8192).clamp(32, 4096);
        let locks = (trials / draws / 8).max(2);
        Self { seed, draws, locks, attempts: 8, horizon_s: 1800.0, threads: 1 }
    }

    fn check(&self) -> Result<(), Error> {
        in_range("draws", f64::from(self.draws), 1.0, 4096.0)?;
        in_range("locks", f64::from(self.locks), 1.0, 65_536.0)?;
        in_range("attempts", f64::from(self.attempts), 1.0, 65_536.0)?;
        in_range("horizon_s", self.horizon_s, 1.0, 1e6)?;
        in_range("threads", self.threads as f64, 1.0, 256.0)?;
        let all = u64::from(self.draws) * u64::from(self.locks) * u64::from(self.attempts);
        in_range("trials", all as f64, 1.0, MOST_TRIALS as f64)?;
        Ok(())
    }
}

/// Times of one run: for each draw, for each lock, the times at which attempts opened (s), sorted.
#[derive(Debug, Clone)]
pub struct Times {
    plan: Plan,
    /// `[draw][lock]`: sorted opening times; attempts that failed are not in the list.
    opened: Vec<Vec<Vec<f32>>>,
}

/// One number with its three bands (each 90 %).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Banded {
    /// The number: the mean over what we do not know.
    pub value: f64,
    /// Chance: this many trials could have come out so.
    pub sampling: [f64; 2],
    /// From one cylinder of the kind to the next, the figures held fixed.
    pub lock_to_lock: [f64; 2],
    /// From what we do not know: figures and open answers.
    pub ignorance: [f64; 2],
}

/// Times to pick one cylinder. `trials` is the whole number of attempts over all draws; see [`run`] for more
/// say.
///
/// # Errors
/// As [`run`].
pub fn pick_times(
    cylinder: &Description,
    attacker: &Attacker,
    figures: &Figures,
    seed: u64,
    trials: u32,
) -> Result<Times, Error> {
    run(cylinder, attacker, Attack::Pick, figures, &Plan::of(seed, trials))
}

/// Times to open with a bump key; arguments as [`pick_times`].
///
/// # Errors
/// As [`run`]; families without pin stacks are not rated (a bump key needs pairs of pins that part).
pub fn bump_times(
    cylinder: &Description,
    attacker: &Attacker,
    figures: &Figures,
    seed: u64,
    trials: u32,
) -> Result<Times, Error> {
    run(cylinder, attacker, Attack::Bump, figures, &Plan::of(seed, trials))
}

/// Runs `plan`.
///
/// # Errors
/// [`Error::Field`] for impossible input, [`Error::NotRated`] where there is no model.
pub fn run(
    cylinder: &Description,
    attacker: &Attacker,
    attack: Attack,
    figures: &Figures,
    plan: &Plan,
) -> Result<Times, Error> {
    run_while(cylinder, attacker, attack, figures, plan, &|_| true)
}

/// As [`run`], asking `go_on(draws done)` before each draw; when it says no, what there is is returned (at
/// least one draw). It is called from the calling thread only when `threads` is 1.
///
/// # Errors
/// As [`run`].
pub fn run_while(
    cylinder: &Description,
    attacker: &Attacker,
    attack: Attack,
    figures: &Figures,
    plan: &Plan,
    go_on: &(dyn Fn(u32) -> bool + Sync),
) -> Result<Times, Error> {
    plan.check()?;
    attacker.check()?;
    cylinder.check(&figures.families)?;
    attack.rated(cylinder)?;
    let one = |draw| one_draw(cylinder, attacker, attack, figures, plan, draw);
    #[cfg(feature = "std")]
    let opened = on_threads(plan, &one, go_on)?;
    #[cfg(not(feature = "std"))]
    let opened = (0..plan.draws)
        .take_while(|draw| *draw == 0 || go_on(*draw))
        .map(one)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Times { plan: *plan, opened })
}

/// Times of one draw: for each cylinder, when its attempts opened.
#[cfg(feature = "std")]
type Drawn = Vec<Vec<f32>>;

/// Shares the draws out over threads; what comes back is in the order of the draws whoever did them.
#[cfg(feature = "std")]
fn on_threads(
    plan: &Plan,
    one: &(dyn Fn(u32) -> Result<Drawn, Error> + Sync),
    go_on: &(dyn Fn(u32) -> bool + Sync),
) -> Result<Vec<Drawn>, Error> {
    use std::sync::atomic::{AtomicU32, Ordering};
    let next = AtomicU32::new(0);
    // each worker keeps its own draws: nothing is shared but the counter
    let work = || -> Result<Vec<(u32, Drawn)>, Error> {
        let mut mine = Vec::new();
        loop {
            let draw = next.fetch_add(1, Ordering::Relaxed);
            if draw >= plan.draws || (draw > 0 && !go_on(draw)) {
                return Ok(mine);
            }
            mine.push((draw, one(draw)?));
        }
    };
    let mut done = if plan.threads == 1 {
        work()?
    } else {
        std::thread::scope(|s| {
            let hands: Vec<_> = (0..plan.threads).map(|_| s.spawn(work)).collect();
            let mut all = Vec::new();
            for hand in hands {
                let mine = hand.join();
                all.extend(
                    mine.map_err(|_| crate::error::field("threads", plan.threads, "a worker stopped"))??,
                );
            }
            Ok::<_, Error>(all)
        })?
    };
    done.sort_by_key(|(draw, _)| *draw);
    // draws are taken in order, so what is missing after a stop is a tail
    Ok(done.into_iter().enumerate().map_while(|(k, (draw, d))| (draw as usize == k).then_some(d)).collect())
}

/// Key for what belongs to a draw, apart from the trials' keys.
const DRAW_KEY: u64 = 0x5eed_d2a3_0000_0001;

/// The figures and open answers of one draw; draw 0 is the central one.
///
/// # Errors
/// As [`Maker::new`].
pub fn maker_of(cylinder: &Description, figures: &Figures, seed: u64, draw: u32) -> Result<Maker, Error> {
    if draw == 0 {
        return Maker::new(cylinder, &figures.families, &figures.parameters.central(), None);
    }
    let mut rng = Rng::keyed(seed ^ DRAW_KEY, u64::from(draw));
    let values = figures.parameters.draw(&mut rng);
    Maker::new(cylinder, &figures.families, &values, Some(&mut rng))
}

fn one_draw(
    cylinder: &Description,
    attacker: &Attacker,
    attack: Attack,
    figures: &Figures,
    plan: &Plan,
    draw: u32,
) -> Result<Vec<Vec<f32>>, Error> {
    let maker = maker_of(cylinder, figures, plan.seed, draw)?;
    let hand = attacker.under(maker.values());
    let mut lock = Lock::empty();
    let mut all = Vec::with_capacity(plan.locks as usize);
    for made in 0..plan.locks {
        maker.make(&mut lock, &mut Rng::keyed(plan.seed, u64::from(made) << 32));
        let mut times = Vec::new();
        for attempt in 0..plan.attempts {
            let mut rng = Rng::keyed(plan.seed, (u64::from(made) << 32) + 1 + u64::from(attempt));
            let t = one_attempt(&lock, &hand, attack, maker.values(), &mut rng, plan.horizon_s);
            if t.is_finite() {
                times.push(t as f32);
            }
        }
        times.sort_by(f32::total_cmp);
        all.push(times);
    }
    Ok(all)
}

/// One attempt on one cylinder (s); infinite when it did not open within `horizon` (s).
#[must_use]
pub fn one_attempt(
    lock: &Lock,
    hand: &Attacker,
    attack: Attack,
    values: &Values,
    rng: &mut Rng,
    horizon: f64,
) -> f64 {
    match attack {
        Attack::Pick => strategy::pick(&mut Fast::new(lock), lock, hand, rng, horizon),
        Attack::Rake => strategy::rake(&mut Fast::new(lock), lock, hand, rng, horizon),
        Attack::Bump => bump::open(lock, hand, values, Tool::BumpKey, rng, horizon),
        Attack::Snap => bump::open(lock, hand, values, Tool::SnapGun, rng, horizon),
        Attack::Impression => impression::open(lock, hand, values, rng, horizon),
        Attack::Machine => machine::open(lock, values, rng, horizon),
    }
}

impl Times {
    /// The plan that was run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Draws done (fewer than planned after a stop).
    #[must_use]
    pub fn draws(&self) -> usize {
        self.opened.len()
    }

    /// Attempts done in all.
    #[must_use]
    pub fn trials(&self) -> u64 {
        self.opened.len() as u64 * u64::from(self.plan.locks) * u64::from(self.plan.attempts)
    }

    /// A time to open for someone else's sampling: each argument is uniform in 0 to 1 and picks the draw of
    /// what we do not know, the cylinder, and the attempt. `None`: not within the horizon. Monotone in
    /// `chance`.
    #[must_use]
    pub fn sample(&self, ignorance: f64, lock: f64, chance: f64) -> Option<f64> {
        let pick = |u: f64, n: usize| ((u.clamp(0.0, 1.0) * n as f64) as usize).min(n - 1);
        let draw = self.opened.get(pick(ignorance, self.opened.len()))?;
        let times = draw.get(pick(lock, draw.len()))?;
        let k = pick(chance, self.plan.attempts as usize);
        times.get(k).map(|t| f64::from(*t))
    }

    fn share(&self, times: &[f32], within: f64) -> f64 {
        times.iter().filter(|t| f64::from(**t) <= within).count() as f64 / f64::from(self.plan.attempts)
    }

    /// P(open within `within` seconds), bands apart. Beyond the horizon nothing more opens.
    #[must_use]
    pub fn p_open(&self, within: f64) -> Banded {
        let by_draw: Vec<f64> =
            self.opened.iter().map(|d| mean(d.iter().map(|t| self.share(t, within)))).collect();
        let value = mean(by_draw.iter().copied());
        let per_draw = f64::from(self.plan.locks) * f64::from(self.plan.attempts);
        // each cylinder against the others of its draw, with the figures held fixed; then all draws together
        let mut apart = Vec::new();
        for (draw, m) in self.opened.iter().zip(&by_draw) {
            apart.extend(draw.iter().map(|t| (self.share(t, within) - m, self.share(t, within))));
        }
        let seen = mean(apart.iter().map(|(d, _)| d * d));
        let chance = mean(apart.iter().map(|(_, s)| s * (1.0 - s))) / f64::from(self.plan.attempts);
        let keep = shrink(seen, chance);
        let lock_to_lock = around(value, apart.iter().map(|(d, _)| value + keep * d).collect());
        Banded {
            value,
            sampling: wilson(value, self.worth(value, within)),
            lock_to_lock,
            ignorance: spread(&by_draw, per_draw),
        }
    }

    /// How many independent attempts these are worth for P(open in `within`) = `p`. All draws use the same
    /// cylinders and hands, so attempts under different draws are not independent: the scatter of the
    /// cylinders' means says what is left. With fewer than 8 cylinders that scatter is not to be relied on, and
    /// each attempt on each cylinder counts once.
    fn worth(&self, p: f64, within: f64) -> f64 {
        let (locks, once) =
            (self.plan.locks as usize, f64::from(self.plan.locks) * f64::from(self.plan.attempts));
        if locks < 8 {
            return once;
        }
        let of_lock =
            |k: usize| mean(self.opened.iter().filter_map(|d| d.get(k)).map(|t| self.share(t, within)));
        let scatter: f64 = (0..locks).map(|k| (of_lock(k) - p) * (of_lock(k) - p)).sum();
        let variance = scatter / (locks * (locks - 1)) as f64;
        if variance <= 0.0 {
            return once;
        }
        (p * (1.0 - p) / variance).clamp(locks as f64, self.trials() as f64)
    }

    /// Median time to open (s) over all draws, or `None` when fewer than half opened within the horizon.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let mut all: Vec<f32> = self.opened.iter().flatten().flatten().copied().collect();
        all.sort_by(f32::total_cmp);
        let half = (self.trials() / 2) as usize;
        all.get(half).map(|t| f64::from(*t))
    }

    /// Median time; where fewer than half opened, what a steady rate of openings gives (attempts start over
    /// again and again, so the tail is close to exponential). `None` below 5 openings. The flag says whether
    /// it was extended.
    #[must_use]
    pub fn median_extended(&self) -> Option<(f64, bool)> {
        if let Some(m) = self.median() {
            return Some((m, false));
        }
        let opened: Vec<f64> = self.opened.iter().flatten().flatten().map(|t| f64::from(*t)).collect();
        if opened.len() < 5 {
            return None;
        }
        let failed = self.trials() as f64 - opened.len() as f64;
        let exposure = opened.iter().sum::<f64>() + failed * self.plan.horizon_s;
        Some((core::f64::consts::LN_2 * exposure / opened.len() as f64, true))
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for v in values {
        sum += v;
        n += 1.0;
    }
    if n > 0.0 { sum / n } else { 0.0 }
}

/// Wilson's 90 % interval for a share `p` of `n` (Wilson 1927).
#[must_use]
pub fn wilson(p: f64, n: f64) -> [f64; 2] {
    let z = 1.645;
    let z2 = z * z / n;
    let centre = (p + 0.5 * z2) / (1.0 + z2);
    let half = z / (1.0 + z2) * libm::sqrt(p * (1.0 - p) / n + 0.25 * z2 / n);
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

/// 5 % and 95 % points of shares, each seen in `n` attempts: the part of their scatter that `n` attempts
/// alone would give is taken out first, by drawing each towards the mean.
fn spread(shares: &[f64], n: f64) -> [f64; 2] {
    let m = mean(shares.iter().copied());
    let seen = mean(shares.iter().map(|s| (s - m) * (s - m)));
    let chance = mean(shares.iter().map(|s| s * (1.0 - s))) / n;
    let keep = shrink(seen, chance);
    around(m, shares.iter().map(|s| m + keep * (s - m)).collect())
}

/// Factor that takes the variance `chance` out of deviations of variance `seen`.
fn shrink(seen: f64, chance: f64) -> f64 {
    if seen > 0.0 { libm::sqrt(((seen - chance) / seen).max(0.0)) } else { 0.0 }
}

/// 5 % and 95 % points, widened to hold `value`, within 0 to 1.
fn around(value: f64, mut points: Vec<f64>) -> [f64; 2] {
    points.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let k = libm::round(q * (points.len().saturating_sub(1)) as f64) as usize;
        points.get(k).copied().unwrap_or(value)
    };
    [at(0.05).min(value).clamp(0.0, 1.0), at(0.95).max(value).clamp(0.0, 1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::{Security, Tolerance};

    fn plain() -> Description {
        Description {
            kind: "pin-tumbler".into(),
            pins: Some(5),
            security: Security::Some,
            tolerance: Tolerance::Medium,
            ..Description::default()
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("hobbyist").unwrap();
        let plan = Plan { draws: 6, locks: 6, attempts: 3, ..Plan::of(11, 1) };
        for attack in [Attack::Pick, Attack::Bump] {
            let one = run(&plain(), a, attack, &f, &plan).unwrap();
            for threads in [2, 5] {
                let more = run(&plain(), a, attack, &f, &Plan { threads, ..plan }).unwrap();
                assert_eq!(one.opened, more.opened, "{attack:?} on {threads} threads");
            }
        }
    }

    #[test]
    fn bands_hold_the_value_and_narrow_with_trials() {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("hobbyist").unwrap();
        let few = run(&plain(), a, Attack::Pick, &f, &Plan { locks: 4, ..Plan::of(3, 1) }).unwrap();
        let many = run(&plain(), a, Attack::Pick, &f, &Plan { locks: 40, ..Plan::of(3, 1) }).unwrap();
        let (p, q) = (few.p_open(60.0), many.p_open(60.0));
        assert!(q.sampling[1] - q.sampling[0] < p.sampling[1] - p.sampling[0]);
        assert!(q.sampling[0] <= q.value && q.value <= q.sampling[1]);
        assert!(q.ignorance[0] <= q.value && q.value <= q.ignorance[1], "{q:?}");
    }

    /// Runs that differ only by their seed scatter as their sampling bands say: 90 in 100 hold what many
    /// runs give together.
    #[test]
    fn the_sampling_band_is_as_wide_as_seeds_scatter() {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("hobbyist").unwrap();
        let plan = |seed| Plan { draws: 8, locks: 16, attempts: 4, horizon_s: 60.0, ..Plan::of(seed, 1) };
        let runs: Vec<Banded> = (0..60)
            .map(|s| run(&plain(), a, Attack::Pick, &f, &plan(1000 + s)).unwrap().p_open(60.0))
            .collect();
        // the seed also draws the figures: only the scatter of chance is at stake, so the figures are the same
        let fixed = |s: u64| {
            let maker = maker_of(&plain(), &f, 1, 0).unwrap();
            let hand = a.under(maker.values());
            let mut lock = Lock::empty();
            let mut times = Vec::new();
            for made in 0..16_u64 {
                maker.make(&mut lock, &mut Rng::keyed(s, made << 32));
                let mut opened: Vec<f32> = (0..4)
                    .map(|k| {
                        let mut rng = Rng::keyed(s, (made << 32) + 1 + k);
                        one_attempt(&lock, &hand, Attack::Pick, maker.values(), &mut rng, 60.0)
                    })
                    .filter(|t| t.is_finite())
                    .map(|t| t as f32)
                    .collect();
                opened.sort_by(f32::total_cmp);
                times.push(opened);
            }
            // eight draws that happen to be alike: no more is known than from one
            Times { plan: plan(s), opened: vec![times; 8] }.p_open(60.0)
        };
        let alike: Vec<Banded> = (0..200).map(fixed).collect();
        let all = mean(alike.iter().map(|b| b.value));
        let held = alike.iter().filter(|b| b.sampling[0] <= all && all <= b.sampling[1]).count();
        assert!((165..=195).contains(&held), "{held} of 200 bands hold {all}");
        assert!(runs.iter().all(|b| b.sampling[0] <= b.value && b.value <= b.sampling[1]));
    }

    #[test]
    fn huge_plans_and_nan_are_refused_by_name() {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("expert").unwrap();
        let plan = Plan { draws: 4096, locks: 65_536, attempts: 65_536, ..Plan::of(1, 1) };
        let e = run(&plain(), a, Attack::Pick, &f, &plan).unwrap_err().to_string();
        assert!(e.starts_with("trials"), "{e}");
        let plan = Plan { horizon_s: f64::NAN, ..Plan::of(1, 1) };
        let e = run(&plain(), a, Attack::Pick, &f, &plan).unwrap_err().to_string();
        assert!(e.starts_with("horizon_s"), "{e}");
    }

    #[test]
    fn samples_follow_the_distribution() {
        let f = Figures::embedded().unwrap();
        let a = f.attackers.get("expert").unwrap();
        let t = pick_times(&plain(), a, &f, 4, 2048).unwrap();
        let mut rng = Rng::keyed(9, 9);
        let n = 4000;
        let hits = (0..n)
            .filter(|_| t.sample(rng.uniform(), rng.uniform(), rng.uniform()).is_some_and(|s| s <= 60.0))
            .count();
        assert!((hits as f64 / f64::from(n) - t.p_open(60.0).value).abs() < 0.04);
    }
}
