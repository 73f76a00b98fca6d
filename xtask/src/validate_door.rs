//! `cargo xtask validate door`: holds the audit against published results and writes `docs/validation.md`.
//!
//! Targets stand in `figures/validation/door.toml`, split into *fit* and *predict* before the first run. Every target is
//! shown, also those that the model misses. A miss is a finding, not a failure of the command.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use door::engine::run::{Attempt, Counts, GRID, Sampling};
use door::figures::{Attacker, Figures};
use door::survey::Survey;
use door::validation::{Found, Outcome};
use door::ways::{PICKING, Way};
use serde::Deserialize;

const WORLDS: usize = 40_000;
const SEED: u64 = 2026;

#[derive(Deserialize)]
struct Targets {
    limits: Vec<String>,
    target: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    id: String,
    role: String,
    what: String,
    observed: [f64; 2],
    value: f64,
    unit: String,
    source: String,
    address: String,
}

/// Runs every target and writes the page.
///
/// # Errors
/// The targets or figures cannot be read, or a target has no mechanism here.
pub fn run(what: Option<&str>) -> anyhow::Result<()> {
    if what != Some("door") {
        bail!("usage: cargo xtask validate door");
    }
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| "xtask".to_owned()));
    let root = here.parent().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let file = root.join("figures/validation/door.toml");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("{} could not be read", file.display()))?;
    let targets: Targets = toml::from_str(&text).context("the targets are not right")?;
    let bench = Bench { figures: Figures::builtin()? };
    let mut found = Found { targets: Vec::new(), limits: targets.limits };
    for target in targets.target {
        let model = rounded(bench.model(&target.id)?);
        found.targets.push(outcome(target, model));
    }
    write(&root.join("docs/validation.md"), &page(&found))?;
    write(&root.join("figures/validation/found.json"), &(serde_json::to_string_pretty(&found)? + "\n"))
}

fn write(out: &std::path::Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(out, text).with_context(|| format!("{} could not be written", out.display()))
}

/// Three decimals, four digits at most: the sampling allows no more.
fn rounded(value: f64) -> f64 {
    if value >= 10.0 { value.round() } else { (value * 1000.0).round() / 1000.0 }
}

fn outcome(target: Target, model: f64) -> Outcome {
    let agrees = (target.observed[0]..=target.observed[1]).contains(&model);
    let Target { id, role, what, observed, value, unit, source, address } = target;
    Outcome { id, role, what, value, observed, unit, model, agrees, source, address }
}

fn page(found: &Found) -> String {
    let mut out = String::from(INTRO);
    for (role, title) in [("fit", "Chosen with these in view"), ("predict", "Predicted")] {
        let these: Vec<_> = found.targets.iter().filter(|one| one.role == role).collect();
        let hits = these.iter().filter(|one| one.agrees).count();
        let _ = write!(out, "\n## {title}: {hits} of {} agree\n\n", these.len());
        out.push_str("| what | published | model | |\n|---|---|---|---|\n");
        for target in these {
            let _ = writeln!(
                out,
                "| {} | {} ({} to {}) {} | {} | {} |",
                target.what,
                target.value,
                target.observed[0],
                target.observed[1],
                target.unit,
                number(target.model),
                if target.agrees { "agrees" } else { "**misses**" }
            );
        }
    }
    out.push_str("\n## Where the published values come from\n\n");
    for target in &found.targets {
        let _ = writeln!(out, "- `{}`: {} <{}>", target.id, target.source, target.address);
    }
    out.push_str("\n## What would change the answer\n\n");
    for limit in &found.limits {
        let _ = writeln!(out, "- {limit}");
    }
    out
}

fn number(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

struct Bench {
    figures: Figures,
}

impl Bench {
    fn model(&self, id: &str) -> anyhow::Result<f64> {
        Ok(match id {
            "short-screws-median" => self.kicks(SHORT)?.way_median(Way::Kick).unwrap_or(f64::INFINITY),
            "short-screws-8" => self.kicks(SHORT)?.way_within(Way::Kick, 9.0),
            "long-screws-20" => 1.0 - self.kicks(LONG)?.way_within(Way::Kick, 21.0),
            "box-strike-helps" => self.kicks_median(BOX)? / self.kicks_median(SHORT)?,
            "grades-in-order" => self.grades_in_order()?,
            "classes-in-order" => self.classes_in_order()?,
            "vki-5min" => self.skilled(&["picks"], "expert")?.way_within(Way::Pick, 300.0),
            "vki-20min" => self.skilled(&["picks"], "expert")?.way_within(Way::Pick, 1200.0),
            "stiwa-15min" => self.within_of(&self.skilled(&["picks", "rake"], "expert")?, 900.0),
            "bump-expert" => self.skilled(&["bump-key"], "expert")?.way_within(Way::Bump, 180.0),
            "bump-layman" => self.skilled(&["bump-key"], "learner")?.way_within(Way::Bump, 180.0),
            "snap-fails" => 1.0 - self.snap()?.way_possible(Way::Snap),
            "unforced-share" => {
                self.share_of(&self.mixed(&[("opportunist", 1.0), ("practised-burglar", 1.0)])?, UNFORCED)
            }
            "csew-unlocked" => self.share_of(&self.mixed(DOOR_MIX)?, &[Way::Unlocked]),
            "csew-key" => self.share_of(&self.mixed(DOOR_MIX)?, &[Way::Key]),
            "csew-glass" => self.share_of(&self.mixed(DOOR_MIX)?, &[Way::Glass]),
            "picked-of-unforced" => {
                let mix =
                    self.mixed(&[("opportunist", 0.45), ("practised-burglar", 0.45), ("tool-burglar", 0.1)])?;
                self.share_of(&mix, PICKING) / self.share_of(&mix, UNFORCED)
            }
            "german-attempts" => {
                1.0 - (self.succeeds("", "opportunist")? + self.succeeds("", "practised-burglar")?) / 2.0
            }
            "dutch-secure-doors" => {
                let before = self.succeeds("[door]\nclass = \"none\"", "practised-burglar")?;
                1.0 - self.succeeds("[door]\nclass = \"rc2\"", "practised-burglar")? / before
            }
            "ncvs-unforced-largest" => {
                let mix = self.mixed(&[("opportunist", 1.0), ("practised-burglar", 1.0)])?;
                let unforced = self.share_of(&mix, UNFORCED);
                f64::from(u8::from(unforced > 1.0 - unforced))
            }
            "offenders-pick-or-key" => {
                let mix = self.mixed(DOOR_MIX)?;
                self.share_of(&mix, PICKING) + self.share_of(&mix, &[Way::Key])
            }
            "csew-forced" => self.share_of(&self.mixed(DOOR_MIX)?, FORCED),
            "german-lever-first" => {
                let survey = "[home]\nkind = \"flat\"\n[cylinder]\nshape = \"profile\"\n";
                let counts = self.sample(&self.figures, survey, self.attacker("practised-burglar")?)?;
                let lever = counts.first[Way::PryStrike as usize] + counts.first[Way::PryHinge as usize];
                let others = FORCED.iter().filter(|way| !matches!(way, Way::PryStrike | Way::PryHinge));
                f64::from(u8::from(others.map(|way| counts.first[*way as usize]).all(|one| one < lever)))
            }
            "spf-deadlock" => {
                let both = |survey: &str| -> anyhow::Result<f64> {
                    Ok(self.succeeds(survey, "opportunist")? + self.succeeds(survey, "practised-burglar")?)
                };
                let latch = both("[bolt]\nkind = \"latch\"\n")?;
                latch
                    / both(
                        "[bolt]\nkind = \"mortice\"\ndeadlocks = true\n[habits]\nbolt_thrown = \"always\"\n",
                    )?
            }
            "ladder-against-kicks" => {
                let energy = self.figures.get("kick.energy").context("no kick.energy")?;
                let steps = 10_000;
                let above = |at: &i32| energy.table.at((f64::from(*at) + 0.5) / f64::from(steps)) > 203.0;
                (0..steps).filter(above).count() as f64 / f64::from(steps)
            }
            "pin-3-guesses" => self.guessed(3.0)?,
            "pin-10-guesses" => self.guessed(10.0)?,
            "lockout-10min" => self.pauses()?,
            "stuffing" => {
                self.figures.get("account.password.reused").and_then(|f| f.dist.median()).unwrap_or(0.0)
            }
            other => bail!("target `{other}` has no mechanism in xtask/src/validate_door.rs"),
        })
    }

    fn sample(&self, figures: &Figures, survey: &str, attacker: &Attacker) -> anyhow::Result<Counts> {
        let survey = Survey::from_toml(survey)?;
        let sampling = Sampling { seed: SEED, worlds: WORLDS, threads: 1, grid: GRID.to_vec(), detail: true };
        Ok(Attempt::new(&survey, figures, attacker)?.run(&sampling))
    }

    fn attacker(&self, name: &str) -> anyhow::Result<&Attacker> {
        self.figures.attacker(name).with_context(|| format!("no attacker {name}"))
    }

    /// The figures with some of them put at one value, so that a time counts blows or guesses.
    fn pinned(&self, pins: &[(&str, f64)]) -> anyhow::Result<Figures> {
        let mut figures = self.figures.clone();
        for (id, value) in pins {
            let text = format!(
                "[[figure]]\nid = \"{id}\"\nwhat = \"pinned\"\nunit = \"x\"\npopulation = \"validation\"\nband = \"chance\"\nvalue = {{ point = {value:?} }}\nseen = \"estimate\"\nnote = \"pinned for a check\"\n"
            );
            figures.override_with("validation", &text)?;
        }
        Ok(figures)
    }

    /// Kicks at a door, one second each, by a grown man who does not mind noise.
    fn kicks(&self, survey: &str) -> anyhow::Result<Counts> {
        let figures =
            self.pinned(&[("kick.each_s", 1.0), ("force.start_s", 0.0), ("noise.weight.kick", 0.0)])?;
        let kicker =
            Attacker { tools: vec!["hands".into(), "body".into()], ..self.attacker("opportunist")?.clone() };
        self.sample(&figures, survey, &kicker)
    }

    fn kicks_median(&self, survey: &str) -> anyhow::Result<f64> {
        Ok(self.kicks(survey)?.way_median(Way::Kick).unwrap_or(f64::INFINITY))
    }

    /// Everything but the bolt made as strong as it gets.
    fn grades_in_order(&self) -> anyhow::Result<f64> {
        let mut last = 0.0;
        for grade in ["ansi-3", "ansi-2", "ansi-1"] {
            let survey = format!("{LONG}\n[bolt]\nkind = \"deadbolt\"\ngrade = \"{grade}\"\nthrow_mm = 25\n")
                .replacen(LONG_BOLT, "", 1);
            let figures = self.pinned(&[
                ("kick.each_s", 1.0),
                ("force.start_s", 0.0),
                ("noise.weight.kick", 0.0),
                ("leaf.hold.solid", 5000.0),
                ("frame.hold.wood", 5000.0),
                ("hinges.hold_each", 5000.0),
                ("bolt.hold.deadbolt", 1.0),
            ])?;
            let kicker = Attacker {
                tools: vec!["hands".into(), "body".into()],
                ..self.attacker("opportunist")?.clone()
            };
            let median =
                self.sample(&figures, &survey, &kicker)?.way_median(Way::Kick).unwrap_or(f64::INFINITY);
            if median <= last {
                return Ok(0.0);
            }
            last = median;
        }
        Ok(1.0)
    }

    fn classes_in_order(&self) -> anyhow::Result<f64> {
        let mut last = 0.0;
        let figures = self.pinned(&[("noise.weight.pry-strike", 0.0)])?;
        for class in ["rc2", "rc3", "rc4", "rc5"] {
            let survey = format!("[door]\nclass = \"{class}\"");
            let median = self
                .sample(&figures, &survey, self.attacker("tool-burglar")?)?
                .way_median(Way::PryStrike)
                .unwrap_or(0.0);
            if median <= last {
                return Ok(0.0);
            }
            last = median;
        }
        Ok(1.0)
    }

    /// A person with these tools at an ordinary pin cylinder of no standard, in no hurry.
    fn skilled(&self, tools: &[&str], skill: &str) -> anyhow::Result<Counts> {
        let mut who = self.attacker("picker")?.clone();
        who.skill = skill.to_owned();
        who.tools = std::iter::once("hands").chain(tools.iter().copied()).map(str::to_owned).collect();
        let figures = self.pinned(&[("noise.weight.bump", 0.0)])?;
        self.sample(&figures, ORDINARY_CYLINDER, &who)
    }

    /// Share of worlds in which any of the picking ways has succeeded by then; they are taken as tried side by side.
    fn within_of(&self, counts: &Counts, seconds: f64) -> f64 {
        1.0 - PICKING.iter().map(|way| 1.0 - counts.way_within(*way, seconds)).product::<f64>()
    }

    fn snap(&self) -> anyhow::Result<Counts> {
        let figures = self.pinned(&[("noise.weight.snap", 0.0)])?;
        self.sample(&figures, EURO, self.attacker("tool-burglar")?)
    }

    fn mixed(&self, mix: &[(&str, f64)]) -> anyhow::Result<Vec<(Counts, f64)>> {
        mix.iter()
            .map(|(name, weight)| Ok((self.sample(&self.figures, "", self.attacker(name)?)?, *weight)))
            .collect()
    }

    /// Share of successes that come by these ways, over a mix of attackers at typical doors.
    fn share_of(&self, mix: &[(Counts, f64)], ways: &[Way]) -> f64 {
        let sum = |counts: &Counts, ways: &[Way]| {
            ways.iter().map(|way| counts.first[*way as usize]).sum::<u64>() as f64
        };
        let these: f64 = mix.iter().map(|(counts, weight)| weight * sum(counts, ways)).sum();
        let all: f64 = mix.iter().map(|(counts, weight)| weight * sum(counts, Way::ALL)).sum();
        these / all
    }

    /// Share of attempts that succeed before he gives up.
    fn succeeds(&self, survey: &str, attacker: &str) -> anyhow::Result<f64> {
        let counts = self.sample(&self.figures, survey, self.attacker(attacker)?)?;
        Ok(counts.first.iter().sum::<u64>() as f64 / counts.worlds() as f64)
    }

    fn guesser(&self) -> anyhow::Result<Attacker> {
        Ok(Attacker { tools: vec!["hands".into(), "codes".into()], ..self.attacker("picker")?.clone() })
    }

    /// Chosen codes opened within so many guesses, one second each and no pause.
    fn guessed(&self, guesses: f64) -> anyhow::Result<f64> {
        let figures = self.pinned(&[("code.entry_s", 1.0), ("code.willing", 1.0)])?;
        let survey = format!("{KEYPAD}lockout = \"none\"\ncode_choice = \"chosen\"\n");
        Ok(self.sample(&figures, &survey, &self.guesser()?)?.way_within(Way::Guess, guesses + 1.0))
    }

    /// Evenly drawn codes opened in ten minutes under a short pause, as a number of guesses.
    fn pauses(&self) -> anyhow::Result<f64> {
        let figures = self.pinned(&[("code.willing", 1.0)])?;
        let survey = format!("{KEYPAD}lockout = \"short\"\ncode_choice = \"random\"\n");
        Ok(self.sample(&figures, &survey, &self.guesser()?)?.way_within(Way::Guess, 600.0) * 10_000.0)
    }
}

const UNFORCED: &[Way] = &[
    Way::Unlocked,
    Way::Key,
    Way::Pick,
    Way::Rake,
    Way::Bump,
    Way::Slip,
    Way::Guess,
    Way::WornKeys,
    Way::DefaultCode,
    Way::SharedCode,
    Way::RevokedGuest,
    Way::StolenPhone,
];
const FORCED: &[Way] =
    &[Way::Kick, Way::Shoulder, Way::PryStrike, Way::PryHinge, Way::Snap, Way::Drill, Way::Pull];
const DOOR_MIX: &[(&str, f64)] =
    &[("opportunist", 0.4), ("practised-burglar", 0.4), ("tool-burglar", 0.1), ("ex-guest", 0.1)];
const LONG_BOLT: &str = "[bolt]\nkind = \"deadbolt\"\nthrow_mm = 25\ngrade = \"ansi-2\"\n";
const SHORT: &str = "[door]\nleaf = \"solid\"\nclass = \"none\"\n[frame]\nmaterial = \"wood\"\nstrike = \"plate\"\nscrew_length_mm = 16\nscrews = 2\nscrew_state = \"tight\"\n[bolt]\nkind = \"deadbolt\"\nthrow_mm = 25\n[second_lock]\nkind = \"none\"\n[habits]\nbolt_thrown = \"always\"\n";
const LONG: &str = "[door]\nleaf = \"solid\"\nclass = \"none\"\n[frame]\nmaterial = \"wood\"\nstrike = \"plate\"\nscrew_length_mm = 76\nscrews = 2\nscrew_state = \"tight\"\n[second_lock]\nkind = \"none\"\n[habits]\nbolt_thrown = \"always\"\n[bolt]\nkind = \"deadbolt\"\nthrow_mm = 25\ngrade = \"ansi-2\"\n";
const BOX: &str = "[door]\nleaf = \"solid\"\nclass = \"none\"\n[frame]\nmaterial = \"wood\"\nstrike = \"box\"\nscrew_length_mm = 76\nscrews = 2\nscrew_state = \"tight\"\n[bolt]\nkind = \"deadbolt\"\nthrow_mm = 25\n[second_lock]\nkind = \"none\"\n[habits]\nbolt_thrown = \"always\"\n";
const ORDINARY_CYLINDER: &str = "[cylinder]\nkind = \"pin-tumbler\"\npins = 5\nsecurity = []\nstandard = \"none\"\n[second_lock]\nkind = \"none\"\n";
const EURO: &str = "[cylinder]\nkind = \"pin-tumbler\"\nshape = \"profile\"\nstandard = \"none\"\nanti_snap = false\n[second_lock]\nkind = \"none\"\n";
const KEYPAD: &str = "[second_lock]\nkind = \"none\"\n[smart]\nkind = \"stand-alone\"\nways = [\"keypad\"]\ncode_length = 4\ncodes = 1\n";

const INTRO: &str = "# Does the audit agree with the world?\n\n\
Made by `cargo xtask validate door` from `figures/validation/door.toml`. The targets and their roles were committed before \
the first run and are not changed afterwards. *Chosen with these in view* says only that the figures do what they were chosen for; \
*predicted* is the test. A target agrees when the model's value lies in the published interval. Misses stay in the table.\n";
