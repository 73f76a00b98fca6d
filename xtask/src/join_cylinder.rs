//! `cargo xtask join`: what the audit takes from the mechanics of cylinders, written to `figures/mechanics.toml`.
//!
//! The level of picking and bumping times stays anchored to published trials, which the model misses at the
//! expert's end (docs/cylinders.md). What no trial has measured is taken from the model instead of being judged:
//! how much one pin more, security pins or a side bar change, and how attempts at one cylinder differ. (Parts against
//! bumping work by definition in the model, so it cannot say how often they do: that stays an estimate.) Each is a ratio between two cylinders under the same draw of what is not known, so that a
//! wrong level cancels; its spread over the draws is the model's own ignorance band. A ratio never helps the
//! attacker where a part is stronger: draws in which it would are set to 1, and their share stands in the note.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use cylinder::describe::{Description, Security, Tolerance};
use cylinder::times::{Attack, Figures, Plan, Times, run as try_out};

const SEED: u64 = 20_261_123;
const DRAWS: u32 = 48;
const LOCKS: u32 = 10;
const ATTEMPTS: u32 = 8;
/// When an attempt to pick, rake, bump ends, s.
const PICK_S: f64 = 1800.0;
const RAKE_S: f64 = 120.0;
const BUMP_S: f64 = 180.0;
/// Least share with which a ratio of shares is formed: below it a few attempts decide.
const LEAST: f64 = 0.02;

/// Runs the model and writes the file.
///
/// # Errors
/// The model refuses a description, or the file cannot be written.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let bench = Bench { figures: Figures::embedded()? };
    let mut out = String::from(HEAD);
    let plain = |pins| Description {
        kind: "pin-tumbler".to_owned(),
        pins: Some(pins),
        security: Security::None,
        tolerance: Tolerance::Unknown,
        ..Description::default()
    };
    let five = plain(5);
    let spools = Description { security: Security::Some, ..plain(5) };
    let sidebar = Description { sidebar: true, ..plain(5) };
    // two pins more give a ratio twice as sure as one; its root is that of one pin
    let longer = |other: &Description, root: f64| bench.times_longer(&five, other, root);
    let left =
        |attack, horizon, other: &Description, root| bench.share_left(&five, other, attack, horizon, root);
    write_ratio(
        &mut out,
        "pick.per_element",
        "How many times longer with one more pin or disc",
        "times",
        &longer(&plain(7), 0.5)?,
    );
    write_ratio(
        &mut out,
        "pick.factor.spools",
        "How many times longer with security pins",
        "times",
        &longer(&spools, 1.0)?,
    );
    write_ratio(
        &mut out,
        "pick.factor.sidebar",
        "How many times longer with a side bar",
        "times",
        &longer(&sidebar, 1.0)?,
    );
    let rake = left(Attack::Rake, RAKE_S, &plain(7), 0.5)?;
    write_ratio(
        &mut out,
        "rake.per_element",
        "What is left of the share that gives to a rake with one more pin",
        "share",
        &rake,
    );
    let rake = left(Attack::Rake, RAKE_S, &spools, 1.0)?;
    write_ratio(&mut out, "rake.with_spools", "What is left of it with security pins", "share", &rake);
    let bump = left(Attack::Bump, BUMP_S, &plain(7), 0.5)?;
    write_ratio(
        &mut out,
        "bump.per_element",
        "What is left of the share that gives to a bump key with one more pin",
        "share",
        &bump,
    );
    let bump = left(Attack::Bump, BUMP_S, &spools, 1.0)?;
    write_ratio(&mut out, "bump.with_spools", "What is left of it with security pins", "share", &bump);
    bench.attempts(&five, &mut out)?;
    let file = root.join("figures/mechanics.toml");
    std::fs::write(&file, out).with_context(|| format!("{} could not be written", file.display()))
}

struct Bench {
    figures: Figures,
}

/// Ratios over the draws, sorted, and how many were set to 1.
struct Ratio {
    values: Vec<f64>,
    cut: usize,
}

impl Bench {
    fn times(&self, cylinder: &Description, attack: Attack, horizon_s: f64) -> anyhow::Result<Times> {
        let expert = self.figures.attackers.get("expert")?;
        let plan = Plan { seed: SEED, draws: DRAWS, locks: LOCKS, attempts: ATTEMPTS, horizon_s, threads: 1 };
        Ok(try_out(cylinder, expert, attack, &self.figures, &plan)?)
    }

    /// Ratio of median times to pick, draw by draw; an attempt that did not open counts as the whole horizon.
    fn times_longer(&self, base: &Description, other: &Description, root: f64) -> anyhow::Result<Ratio> {
        let (base, other) =
            (self.times(base, Attack::Pick, PICK_S)?, self.times(other, Attack::Pick, PICK_S)?);
        let ratio = |draw| (median(all(&other, draw)) / median(all(&base, draw))).powf(root);
        Ok(Ratio::of((0..DRAWS).map(ratio), |ratio| ratio.max(1.0)))
    }

    /// Ratio of shares that open, draw by draw.
    fn share_left(
        &self,
        base: &Description,
        other: &Description,
        attack: Attack,
        horizon: f64,
        root: f64,
    ) -> anyhow::Result<Ratio> {
        let (base, other) = (self.times(base, attack, horizon)?, self.times(other, attack, horizon)?);
        let share = |times: &Times, draw| {
            let times = all(times, draw);
            let opened = times.iter().filter(|time| **time < PICK_S).count() as f64;
            // none of so many is no proof of never (Jeffreys)
            (opened + 0.5) / (times.len() as f64 + 1.0)
        };
        let usable = (0..DRAWS).filter(|draw| share(&base, *draw) >= LEAST);
        let ratio = |draw| (share(&other, draw) / share(&base, draw)).max(0.001).powf(root);
        Ok(Ratio::of(usable.map(ratio), |ratio| ratio.min(1.0)))
    }

    /// How attempts at one and the same cylinder differ: times over that cylinder's median.
    fn attempts(&self, base: &Description, out: &mut String) -> anyhow::Result<()> {
        let times = self.times(base, Attack::Pick, PICK_S)?;
        let mut apart = Vec::new();
        for draw in 0..DRAWS {
            for lock in 0..LOCKS {
                let own: Vec<f64> = (0..ATTEMPTS).map(|attempt| one(&times, draw, lock, attempt)).collect();
                let middle = median(own.clone());
                if middle < PICK_S / 4.0 {
                    apart.extend(own.into_iter().filter(|time| *time < PICK_S).map(|time| time / middle));
                }
            }
        }
        apart.sort_by(f64::total_cmp);
        let note =
            format!("{} attempts at cylinders that mostly opened within {} s", apart.len(), PICK_S / 4.0);
        let what = "How much an attempt differs from the usual for this person and cylinder";
        write_figure(out, ("pick.attempt", what, "times", "chance"), &apart, &note);
        Ok(())
    }
}

impl Ratio {
    fn of(values: impl Iterator<Item = f64>, bound: impl Fn(f64) -> f64) -> Self {
        let mut cut = 0;
        let mut values: Vec<f64> = values
            .filter(|value| value.is_finite())
            .map(|value| {
                let held = bound(value);
                cut += usize::from(held != value);
                held
            })
            .collect();
        values.sort_by(f64::total_cmp);
        Self { values, cut }
    }
}

/// Time of one attempt, s; what did not open is at the end of all horizons.
fn one(times: &Times, draw: u32, lock: u32, attempt: u32) -> f64 {
    let place = |at: u32, of: u32| (f64::from(at) + 0.5) / f64::from(of);
    times.sample(place(draw, DRAWS), place(lock, LOCKS), place(attempt, ATTEMPTS)).unwrap_or(PICK_S)
}

fn all(times: &Times, draw: u32) -> Vec<f64> {
    let at = |lock| (0..ATTEMPTS).map(move |attempt| one(times, draw, lock, attempt));
    (0..LOCKS).flat_map(at).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn write_ratio(out: &mut String, id: &str, what: &str, unit: &str, ratio: &Ratio) {
    let note = format!(
        "ratio under the same draw of what is not known, {} draws; in {} of them the stronger part would have helped, and 1 stands there",
        ratio.values.len(),
        ratio.cut
    );
    write_figure(out, (id, what, unit, "ignorance"), &ratio.values, &note);
}

fn write_figure(
    out: &mut String,
    (id, what, unit, band): (&str, &str, &str, &str),
    sorted: &[f64],
    note: &str,
) {
    let at = |p: f64| sorted[((sorted.len() as f64 * p) as usize).min(sorted.len() - 1)];
    let points: Vec<String> =
        [0.05, 0.25, 0.5, 0.75, 0.95].iter().map(|p| format!("[{p}, {:.4}]", at(*p).max(0.001))).collect();
    let _ = write!(
        out,
        "\n[[figure]]\nid = \"{id}\"\nwhat = \"{what}\"\nunit = \"{unit}\"\npopulation = \"pin cylinders of five pins in the mechanical model, a practised picker\"\n\
         band = \"{band}\"\nvalue = {{ quantiles = [{}] }}\nseen = \"computed\"\n\
         source = {{ title = \"Doorward's mechanics of cylinders (cargo xtask join, seed {SEED})\", year = 2026, address = \"docs/cylinders.md\" }}\n\
         note = \"{note}\"\n",
        points.join(", ")
    );
}

const HEAD: &str = "# What the audit takes from the mechanics of cylinders. Written by `cargo xtask join`; do not edit.\n\
# The level of times is anchored to published trials (locks.toml); here is only what changes with the cylinder.\n";
