//! What the cylinder room costs: both solvers, blows, and the same trials in NumPy and in plain JavaScript
//! beside them in one run. Prints one JSON array of rows; `cargo xtask bench` makes the table.
//!
//! Rates are per second of processor time of one thread (Linux), so that other work on the machine disturbs
//! them little; where that clock is missing, of wall time. Each figure is the median of several rounds.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement reads the clock and prints"
)]

#[path = "../../doorward/benches/foundation/own_time.rs"]
mod own_time;
mod peers;
#[allow(dead_code, reason = "shared with the bench of the house")]
#[path = "../../doorward/benches/foundation/row.rs"]
mod row;

use anyhow::Context as _;
use cylinder::{
    attacker::Attacker,
    bump::{Blow, Tool, strike},
    describe::{Description, ELEMENTS, Security, Tolerance},
    event::Exact,
    fast::Fast,
    lock::{Lock, Maker},
    mechanism::Mechanism,
    odds::odds,
    param::{P, Values},
    rng::Rng,
    session::{Move, Session},
    strategy,
    times::{Attack, Figures},
};
use own_time::timed;
use row::Row;
use std::time::Instant;

/// Attempts on each cylinder, in all three languages.
const ATTEMPTS: u64 = 8;

/// What all parts share: five plain stacks, an expert.
pub struct Bench {
    figures: Figures,
    values: Values,
    maker: Maker,
    expert: Attacker,
    quick: bool,
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let quick = args.iter().any(|a| a == "--quick");
    let only = args.iter().position(|a| a == "--only").and_then(|k| args.get(k + 1));
    let wanted = |part: &str| only.is_none_or(|o| o == "cylinder" || o.split(',').any(|o| o == part));
    let figures = Figures::embedded()?;
    let values = figures.parameters.central();
    let maker = Maker::new(&five(), &figures.families, &values, None)?;
    let expert = figures.attackers.get("expert")?.clone();
    let bench = Bench { figures, values, maker, expert, quick };
    let mut rows = Vec::new();
    if wanted("fast") {
        bench.fast(&mut rows)?;
        rows.push(bench.agreement());
    }
    if wanted("event") {
        rows.push(bench.event()?);
    }
    if wanted("impact") {
        let rate = bench.blows();
        rows.push(Row::at_least("cylinder: blows of a bump key, one core", rate, "/s", 50_000.0).note(
            "closed-form flights, both accounts by turns, five stacks; what happens between blows is not counted",
        ));
    }
    if wanted("odds") {
        bench.odds(&mut rows)?;
    }
    if wanted("peers") {
        peers::measure(&bench, &mut rows);
    }
    println!("{}", serde_json::to_string_pretty(&rows)?);
    Ok(())
}

fn five() -> Description {
    Description {
        kind: "pin-tumbler".into(),
        pins: Some(5),
        security: Security::None,
        tolerance: Tolerance::Medium,
        ..Description::default()
    }
}

/// Median of what `rounds` runs give.
fn median(rounds: usize, mut one: impl FnMut(u64) -> f64) -> f64 {
    let mut values: Vec<f64> = (0..rounds as u64).map(&mut one).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What a run of picks came to.
#[derive(Default, Clone, Copy)]
struct Picks {
    picks: u64,
    events: u64,
    opened: u64,
    seconds: f64,
}

impl Bench {
    fn rounds(&self) -> usize {
        if self.quick { 3 } else { 9 }
    }

    /// Attempts on `cylinders` fresh cylinders, making them included.
    fn picks(&self, seed: u64, cylinders: u64) -> Picks {
        let mut lock = Lock::empty();
        let mut out = Picks::default();
        for made in 0..cylinders {
            self.maker.make(&mut lock, &mut Rng::keyed(seed, made << 32));
            for attempt in 0..ATTEMPTS {
                let mut rng = Rng::keyed(seed, (made << 32) + 1 + attempt);
                let mut m = Fast::new(&lock);
                let t = strategy::pick(&mut m, &lock, &self.expert, &mut rng, 1800.0);
                out.events += m.events();
                out.picks += 1;
                if t.is_finite() {
                    out.opened += 1;
                    out.seconds += t;
                }
            }
        }
        out
    }

    fn fast(&self, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        let cylinders = if self.quick { 2_000 } else { 20_000 };
        let mut last = Picks::default();
        let mut events = Vec::new();
        let picks = median(self.rounds(), |round| {
            let took = timed(|| last = self.picks(round, cylinders));
            events.push(last.events as f64 / took);
            last.picks as f64 / took
        });
        events.sort_by(f64::total_cmp);
        let each = last.events as f64 / last.picks as f64;
        rows.push(
            Row::at_least("cylinder: fast, events, one core", events[events.len() / 2], "/s", 10e6)
                .note("lifts, probes, sets, slides and drops of an expert on five plain stacks"),
        );
        rows.push(
            Row::at_least("cylinder: fast, expert picks of five pins, one core", picks, "/s", 300_000.0).note(
                format!(
                    "{each:.0} events each, making a cylinder for every {ATTEMPTS} attempts included; the reach was \
                     1,000,000"
                ),
            ),
        );
        let cores = std::thread::available_parallelism().context("cores")?.get();
        // each thread by its own processor time, so that what else runs here does not count as a loss
        let all_at_once = |threads: usize| {
            median(3, |round| {
                let one = |t: u64| {
                    (cylinders * ATTEMPTS) as f64
                        / timed(|| {
                            self.picks(100 + round * 64 + t, cylinders);
                        })
                };
                std::thread::scope(|s| {
                    let hands: Vec<_> = (0..threads as u64).map(|t| s.spawn(move || one(t))).collect();
                    hands.into_iter().filter_map(|h| h.join().ok()).sum()
                })
            })
        };
        let share = all_at_once(cores) / all_at_once(1) / cores as f64;
        rows.push(
            Row::at_least("cylinder: fast, what each of all cores gives", share, "of one alone", 0.9)
                .note(format!("{cores} threads at once against one, each by its own processor time")),
        );
        Ok(())
    }

    /// The tolerance that goes with the speed, on 50 cylinders; the test `fast_agrees_with_event` goes
    /// through all families.
    fn agreement(&self) -> Row {
        let mut lock = Lock::empty();
        let (mut worst, mut trials) = (0.0_f64, 0.0);
        for who in ["expert", "hobbyist", "novice"] {
            let Ok(a) = self.figures.attackers.get(who) else { continue };
            let mut apart = 0.0;
            trials = 0.0;
            for made in 0..50 {
                self.maker.make(&mut lock, &mut Rng::keyed(1, made));
                for attempt in 0..4 {
                    let rng = || Rng::keyed(2, 1000 + made * 10 + attempt);
                    let t = strategy::pick(&mut Fast::new(&lock), &lock, a, &mut rng(), 300.0);
                    let u = strategy::pick(&mut Exact::new(&lock), &lock, a, &mut rng(), 300.0);
                    apart += f64::from(u8::from(t.is_finite())) - f64::from(u8::from(u.is_finite()));
                    trials += 1.0;
                }
            }
            worst = worst.max((apart / trials).abs());
        }
        Row::at_most("cylinder: fast against event, P(open in 300 s) apart", worst, "", 0.08).note(format!(
            "the worst of three attackers, {trials} attempts each by both on the same 50 cylinders"
        ))
    }

    /// One frame of a session: a small lift and everything there is to draw and to say, on five spools, which
    /// give the most events. Every element in turn is led from rest to the top, under fresh tension.
    fn event(&self) -> anyhow::Result<Row> {
        let spools = Description { security: Security::All, ..five() };
        let mut session = Session::new(&spools, &self.figures, 7)?;
        let frames = if self.quick { 5_000 } else { 50_000 };
        let mut times = Vec::with_capacity(frames as usize);
        let mut opened = 0;
        for k in 0..frames {
            if k % 200 == 0 {
                session.step(Move::Release)?;
                session.step(Move::Tension { torque: 20.0 })?;
            }
            let (at, height) = ((k / 200 % 5) as usize, 0.02 * f64::from(k % 200));
            let begin = Instant::now();
            let seen = session.step(Move::Lift { at, height, force: 12.0 })?;
            times.push(begin.elapsed().as_secs_f64() * 1e6);
            opened += u32::from(seen.open);
        }
        times.sort_by(f64::total_cmp);
        let (half, high) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        Ok(Row::at_most("cylinder: event, one frame of a session, 99 of 100 under", high, "µs", 20.0).note(format!(
            "a lift of 0.02 mm under tension with its snapshot and words, five spools; median {half:.2} µs, wall time; \
             {opened} of {frames} frames were of an open cylinder"
        )))
    }

    /// Blows a second of processor time.
    fn blows(&self) -> f64 {
        let blows = if self.quick { 20_000 } else { 200_000 };
        median(self.rounds(), |round| {
            blows as f64
                / timed(|| {
                    self.struck(round, blows);
                })
        })
    }

    /// Share of blows that open.
    fn struck(&self, seed: u64, blows: u64) -> f64 {
        let v = &self.values;
        let mut lock = Lock::empty();
        let mut opened = 0;
        for k in 0..blows {
            if k % ATTEMPTS == 0 {
                self.maker.make(&mut lock, &mut Rng::keyed(seed, k << 32));
            }
            let mut rng = Rng::keyed(seed, (k << 32) + 1);
            let speed = v.get(P::StrikeSpeed) * (1.0 + self.expert.strike_cv * rng.normal()).max(0.05);
            let torque = v.get(P::BumpTorque) * (1.0 + self.expert.torque_cv * rng.normal()).max(0.1);
            let blow = Blow { tool: Tool::BumpKey, speed, torque, ratchet: k % 2 == 0 };
            opened += u64::from(strike(&lock, v, &blow, &mut [false; ELEMENTS], &mut rng));
        }
        opened as f64 / blows as f64
    }

    fn odds(&self, rows: &mut Vec<Row>) -> anyhow::Result<()> {
        for (who, attack, word) in [
            ("expert", Attack::Pick, "an expert picking"),
            ("novice", Attack::Pick, "a beginner picking"),
            ("expert", Attack::Bump, "an expert bumping"),
        ] {
            let unknown = Description { kind: "pin-tumbler".into(), ..Description::default() };
            odds(&unknown, who, attack, &self.figures, 1, 300.0)?;
            let ms = 1e3
                * median(3, |seed| timed(|| drop(odds(&unknown, who, attack, &self.figures, seed, 300.0))));
            rows.push(
                Row::told(&format!("cylinder: odds of {word} within 300 s, one core"), ms, "ms")
                    .note("2,304 attempts with the three bands, nothing known but that it is a pin tumbler"),
            );
        }
        Ok(())
    }
}
