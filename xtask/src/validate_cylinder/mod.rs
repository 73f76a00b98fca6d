//! `cargo xtask validate cylinder`: holds the model of cylinders against counts, trials and belts, and writes
//! `docs/cylinders.md`. What may be fitted is in `figures/cylinder/validation.toml`, written down before the
//! first run.

use anyhow::Context as _;
use cylinder::{
    bump::{Stack, collide},
    describe::{Description, Security, Tolerance},
    event::Event,
    keys::{Space, brute_force, master_probes},
    lock::{Lock, Maker},
    master,
    param::{P, Parameters},
    rng::Rng,
    times::{Attack, Figures, Plan, run as run_model, wilson},
};
use serde::Deserialize;
use std::{fmt::Write as _, path::Path};

mod belts;

const SEED: u64 = 20_261_123;

/// What the model is, for whoever reads the figures below.
const MODEL: &str = "\
## What is in the model and what is not

One rule: the plug turns as far as the least of its obstacle curves lets it. Set, false set,
counter-rotation, dropped pins and overset are shapes of those curves. Two solvers read them:
`event` from one contact event to the next, forces checked on the way, and `fast`, which looks
only at the corners. A family is rated where the two differ by at most 0.08 in P(open in 100 s)
and in 300 s for an expert, a hobby picker and a beginner alike (50 cylinders, 4 attempts each;
the test `fast_agrees_with_event`). That is now so for pins with standard, spool, mushroom and
mixed drivers, master pins, dimple, wafers, discs, levers and sliders, with and without false
gates, and for pins with a sidebar; not for serrated or stepped drivers alone (0.35 against 0.25
and 0.61 against 0.73 for an expert), which are not rated. An earlier `event` checked the force
only at the start of each short way up a slope and pushed where no hand could; it, not `fast`, was
wrong for sliders and false gates.

* Levers, sliders and a sidebar's elements are elements of one piece with a gate each, and false
  gates as shallower ones: what a stump, a bar or a spring of its own adds is not there. A lever's
  stump does not move sideways; a sidebar is a second row that must be right before the plug goes
  on.
* Magnets are not there: they need fields. Nor are pins within pins, winding keyways, side rows
  that the key moves, and the bending of picks.
* Blows (`bump`, `snap`) are flights in closed form between two-body collisions, by two accounts
  of why they open, both shown. Impressioning and the machine that tries every code use the same
  curves.
* Cylinders are stated parameters. Nothing here is keyed to opening a particular named lock, and
  there is no way from a code to a key: the mechanics are in every textbook, a recipe for one
  product would only serve whoever stands before that product.

";

#[derive(Deserialize)]
struct Sets {
    population: Vec<Population>,
    trial: Vec<Trial>,
    belts: BeltSets,
}

#[derive(Deserialize)]
struct Population {
    name: String,
    note: String,
    kind: String,
    pins: Vec<u8>,
    security: Vec<Security>,
    tolerance: Vec<Tolerance>,
}

#[derive(Deserialize)]
struct Trial {
    name: String,
    #[serde(rename = "use")]
    used: String,
    population: String,
    attack: String,
    attacker: String,
    within_s: f64,
    opened: u32,
    of: u32,
    source: String,
}

#[derive(Deserialize)]
struct BeltSets {
    fit: Vec<String>,
}

/// Runs everything and writes the document under `root`.
pub fn run(root: &Path) -> anyhow::Result<()> {
    let sets = std::fs::read_to_string(root.join("figures/cylinder/validation.toml"))?;
    let sets: Sets = toml::from_str(&sets).context("figures/cylinder/validation.toml")?;
    let mut out = String::from(
        "# Cylinders: does the model agree with the world?\n\n\
         Made by `cargo xtask validate cylinder`; do not edit. Seed 20261123. What was fitted and what was\n\
         predicted was written down in `figures/cylinder/validation.toml` before the first run. Most\n\
         figures behind the mechanics are estimates; where the model misses, the miss is shown.\n\n",
    );
    out += MODEL;
    counts(&mut out)?;
    closed_forms(&mut out)?;
    signs(&mut out)?;
    trials(&mut out, &sets)?;
    others(&mut out)?;
    belts::belts(&mut out, &sets, root)?;
    std::fs::create_dir_all(root.join("docs"))?;
    std::fs::write(root.join("docs/cylinders.md"), out)?;
    println!("docs/cylinders.md written");
    Ok(())
}

fn counts(out: &mut String) -> anyhow::Result<()> {
    *out += "## Exact counts\n\n| system | expected | counted |\n|---|---|---|\n";
    for (name, p, d, m, want) in [
        ("5 cuts, 10 depths, MACS 7", 5, 10, 7, 79_666_u128),
        ("6 cuts, 10 depths, MACS 7", 6, 10, 7, 753_754),
        ("5 cuts, 6 depths, MACS 4", 5, 6, 4, 6_306),
        ("5 cuts, 7 depths, MACS 4", 5, 7, 4, 10_483),
        ("6 cuts, 6 depths, MACS 3", 6, 6, 3, 20_650),
    ] {
        writeln!(out, "| {name} | {want} | {} |", Space::new(p, d, m)?.legal())?;
    }
    let probes = master_probes(5, 10)?;
    let schlage = Space::new(5, 10, 7)?;
    let system = |space: &Space, top: &[u8], step| master::system(space, top, step).map(|s| s.change_keys);
    writeln!(
        out,
        "\nMaster systems: 5 pins in two steps of ten depths {} change keys (published 1,024), 5 pins in single\n\
         steps of six depths {} (published 3,125; lockpicking101 t=58768).\n",
        system(&schlage, &[4, 6, 2, 5, 3], 2)?,
        system(&Space::new(5, 6, 4)?, &[2, 3, 1, 4, 2], 1)?,
    )?;
    writeln!(
        out,
        "Master key from a change key, 5 cuts of 10 depths: {} keys at most, {} blanks, mean {}\n\
         (Eastlake 2003: 45, 5, 22.5); with MACS 7, stopping at the first that opens, over all pairs of legal\n\
         keys {:.2}. A robot at 0.7 s a try: 4 x 4 {:.0} s, 5 x 5 {:.0} s\n\
         (etinaude: about 3 and 35 min).\n",
        probes.most,
        probes.blanks,
        probes.mean,
        master::mean_probes(&schlage),
        brute_force(&Space::new(4, 4, 3)?, 0.7).0,
        brute_force(&Space::new(5, 5, 4)?, 0.7).0,
    )?;
    Ok(())
}

fn closed_forms(out: &mut String) -> anyhow::Result<()> {
    *out += "## Closed forms\n\n";
    let (vd, vk) = collide(0.3e-3, 0.26e-3, 3.0, 0.6);
    let lost = 0.3e-3 * 3.0 - (0.26e-3 * vd + 0.3e-3 * vk);
    writeln!(
        out,
        "* Two-body collision: momentum off by {lost:.1e} kg m/s; parting speed {:.4} of e v.",
        (vd - vk) / 1.8
    )?;
    let s = Stack { driver: 0.26e-3, key_pin: 0.3e-3, rate: 100.0, preload: 0.5, friction: 0.1, rise: 2e-3 };
    let (up, down, top) = s.flight(5.0).context("the driver must clear")?;
    let given = 0.5 * s.driver * 25.0;
    let taken = (s.preload + s.friction) * top + 0.5 * s.rate * top * top;
    writeln!(
        out,
        "* Flight at 5 m/s: clear from {:.3} to {:.3} ms, {:.2} mm high; energy off by {:.1e} of itself.",
        up * 1e3,
        down * 1e3,
        top * 1e3,
        (given - taken) / given
    )?;
    for dt in [8e-6, 4e-6, 2e-6, 1e-6] {
        let (mut x, mut v, mut t) = (0.0_f64, 5.0_f64, 0.0);
        loop {
            v -= (s.preload + s.friction + s.rate * x) / s.driver * dt;
            if x + v * dt >= s.rise {
                t += (s.rise - x) / v;
                break;
            }
            x += v * dt;
            t += dt;
        }
        writeln!(
            out,
            "  * stepped at {:.0} µs it clears at {:.5} ms ({:+.5})",
            dt * 1e6,
            t * 1e3,
            (t - up) * 1e3
        )?;
    }
    // force against lift of one pin: plateau = preload + k x + 2 mu tau / r, drop at set
    let f = Figures::embedded()?;
    let d = Description { kind: "pin-tumbler".into(), pins: Some(1), security: Security::None, ..plain() };
    let values = f.parameters.central();
    let mut lock = Lock::empty();
    Maker::new(&d, &f.families, &values, None)?.make(&mut lock, &mut Rng::keyed(SEED, 0));
    let mut e = Event::new(&lock);
    e.tense(&lock, 3.0);
    let plateau = e.body().needed(&lock, 0);
    let expected = lock.preload[0] + 2.0 * values.get(P::Friction) * 3.0;
    writeln!(
        out,
        "* Lifting one pin under 3 N: {plateau:.4} N to start it; preload + 2 mu N = {expected:.4} N.\n"
    )?;
    Ok(())
}

fn plain() -> Description {
    Description { tolerance: Tolerance::Medium, ..Description::default() }
}

/// What must make a cylinder harder, under the central figures; 60 s.
fn signs(out: &mut String) -> anyhow::Result<()> {
    use cylinder::describe::Springs;
    let f = Figures::embedded()?;
    let base = Description { kind: "pin-tumbler".into(), pins: Some(5), security: Security::None, ..plain() };
    let p = |d: &Description, attack, who: &str| -> anyhow::Result<f64> {
        let plan = Plan { seed: SEED, draws: 1, locks: 20_000, attempts: 2, horizon_s: 60.0, threads: 2 };
        Ok(run_model(d, f.attackers.get(who)?, attack, &f, &plan)?.p_open(60.0).value)
    };
    *out += "## Signs\n\nP(open in 60 s) before and after, 40,000 attempts each; a difference that chance gives one\n\
             time in ten is called chance.\n\n";
    *out += "| harder should be | hobby picker | beginner | expert bumping | |\n|---|---|---|---|---|\n";
    for (name, harder, bumps) in [
        ("six pins, not five", Description { pins: Some(6), ..base.clone() }, true),
        ("tight, not medium", Description { tolerance: Tolerance::Tight, ..base.clone() }, false),
        ("all spools", Description { security: Security::All, ..base.clone() }, false),
        ("stiff springs", Description { springs: Springs::Stiff, ..base.clone() }, true),
    ] {
        let pair = |attack, who: &str| -> anyhow::Result<[f64; 2]> {
            Ok([p(&base, attack, who)?, p(&harder, attack, who)?])
        };
        let (pick, novice) = (pair(Attack::Pick, "hobbyist")?, pair(Attack::Pick, "novice")?);
        let bump = pair(Attack::Bump, "expert")?;
        let holds = |b: [f64; 2]| {
            let error = ((b[0] * (1.0 - b[0]) + b[1] * (1.0 - b[1])) / 40_000.0).sqrt();
            match (b[0] - b[1]) / error.max(1e-9) {
                z if z > 1.645 => "holds",
                z if z < -1.645 => "does not hold",
                _ => "within chance",
            }
        };
        let bumping = if bumps { holds(bump) } else { "not listed beforehand" };
        writeln!(
            out,
            "| {name} | {:.3}, {:.3} | {:.3}, {:.3} | {:.3}, {:.3} | hobby picker {}; beginner {}; bumping {bumping} |",
            pick[0],
            pick[1],
            novice[0],
            novice[1],
            bump[0],
            bump[1],
            holds(pick),
            holds(novice),
        )?;
    }
    *out += "\nThe sign of the springs once failed: stiff ones made picking easier. The cause was found\n\
             by switching off one thing after another. Hands eased off to one fixed share of the\n\
             torque, at which only a stiff spring brings back a stack lifted too far; a fixed limit\n\
             of force left a stiff-sprung stack less room to be lifted too far; and the tremble of a\n\
             hand did not grow with its force. Hands now ease off until something falls, lean on what\n\
             they feel, and tremble with force. A beginner, who does not ease off, still gains from\n\
             stiff springs in the model: they bring a stack lifted too far back while others carry\n\
             the load. Whether that is so in the hand nobody has measured.\n\n";
    Ok(())
}

/// What has only a tail or a machine to be held against.
fn others(out: &mut String) -> anyhow::Result<()> {
    let f = Figures::embedded()?;
    let d = Description { kind: "pin-tumbler".into(), pins: Some(6), ..Description::default() };
    let run = |attack, within: f64| -> anyhow::Result<(f64, [f64; 2])> {
        let plan = Plan { seed: SEED, draws: 32, locks: 32, attempts: 4, horizon_s: within, threads: 2 };
        let b = run_model(&d, f.attackers.get("expert")?, attack, &f, &plan)?.p_open(within);
        Ok((b.value, b.ignorance))
    };
    let (record, hour) = (run(Attack::Impression, 313.0)?, run(Attack::Impression, 3600.0)?);
    let snap = run(Attack::Snap, 180.0)?;
    writeln!(
        out,
        "## Impressioning, snap gun\n\n\
         Six pins, an expert. Impressioning: P(open in 5 min 13 s) {:.2} (not known {:.2}–{:.2}); that was the\n\
         fastest of many in 2008 (blackbag.toool.nl), so it should be small and not zero. P(open in an hour) {:.2}\n\
         (not known {:.2}–{:.2}); of the finalists of the US contest of 2012 one opened within the hour, their number\n\
         was not read. Snap gun: P(open in 3 min) {:.2} (not known {:.2}–{:.2}); no trial was found to hold it against.\n",
        record.0, record.1[0], record.1[1], hour.0, hour.1[0], hour.1[1], snap.0, snap.1[0], snap.1[1],
    )?;
    Ok(())
}

/// The cylinders of one population, each once.
fn cylinders(p: &Population) -> Vec<Description> {
    let mut all = Vec::new();
    for pins in &p.pins {
        for security in &p.security {
            for tolerance in &p.tolerance {
                all.push(Description {
                    kind: p.kind.clone(),
                    pins: Some(*pins),
                    security: *security,
                    tolerance: *tolerance,
                    ..Description::default()
                });
            }
        }
    }
    all
}

fn with_speed(speed: f64) -> anyhow::Result<Figures> {
    let text = include_str!("../../../figures/cylinder/parameters.toml");
    let (before, rest) = text.split_once("[strike_speed]").context("strike_speed is missing")?;
    let (own, after) = rest.split_once("\n[").context("strike_speed is not followed by another figure")?;
    let own: String = own
        .lines()
        .map(|l| match l.split_once(" = ") {
            Some(("value", _)) => format!("value = {speed:.2}\n"),
            Some(("low", _)) => format!("low = {:.2}\n", 0.6 * speed),
            Some(("high", _)) => format!("high = {:.2}\n", 1.5 * speed),
            _ => format!("{l}\n"),
        })
        .collect();
    let parameters = Parameters::parse(&format!("{before}[strike_speed]{own}\n[{after}"))?;
    Ok(Figures { parameters, ..Figures::embedded()? })
}

/// Predicted share opened, and the band of ignorance (mean of the cylinders' bands: they share the unknown
/// figures).
fn predict(t: &Trial, sets: &Sets, f: &Figures, draws: u32) -> anyhow::Result<(f64, [f64; 2])> {
    let p = sets.population.iter().find(|p| p.name == t.population).context("unknown population")?;
    let attack = if t.attack == "bump" { Attack::Bump } else { Attack::Pick };
    let all = cylinders(p);
    let (mut mean, mut band) = (0.0, [0.0, 0.0]);
    for d in &all {
        let plan = Plan { seed: SEED, draws, locks: 12, attempts: 2, horizon_s: t.within_s, threads: 2 };
        let b = run_model(d, f.attackers.get(&t.attacker)?, attack, f, &plan)?.p_open(t.within_s);
        mean += b.value / all.len() as f64;
        band[0] += b.ignorance[0] / all.len() as f64;
        band[1] += b.ignorance[1] / all.len() as f64;
    }
    Ok((mean, band))
}

fn trials(out: &mut String, sets: &Sets) -> anyhow::Result<()> {
    *out += "## Published trials\n\nPopulations are estimates: ";
    for p in &sets.population {
        write!(out, "*{}*: {} ", p.name, p.note)?;
    }
    let fit = sets.trial.iter().find(|t| t.used == "fit").context("no trial to fit")?;
    let shipped = Parameters::embedded()?;
    let shipped = shipped.figure(P::StrikeSpeed);
    let goal = f64::from(fit.opened) / f64::from(fit.of);
    let mut best = (f64::INFINITY, 0.0);
    for k in 0..20 {
        let speed = 3.0 + 0.5 * f64::from(k);
        let miss = (predict(fit, sets, &with_speed(speed)?, 128)?.0 - goal).abs();
        if miss < best.0 {
            best = (miss, speed);
        }
    }
    writeln!(
        out,
        "\n\nFitted: strike_speed = {:.1} m/s, to one number, and used in this table alone. Until the figures of the lab grew\n\
         by six the table rested on 24 draws of what is not known, and the fit came to 10 m/s with the layman's row\n\
         agreeing; it now rests on 128 draws, since the fit on another 16 gave 11.5 m/s.\n\n\
         **What this is worth.** Two figures of bumping were moved after predictions had been seen, so the bumping\n\
         rows below are no blind predictions. In the first run the fit reached only 0.17 of the 0.78 seen; `recoil`\n\
         (nobody has measured it) was then moved from 0.25 to 0.05, and the shipped `strike_speed` from 4 to\n\
         {:.0} m/s, both for the fitted trial, but by someone who had seen the others. And the fitted speed of\n\
         {:.1} m/s is not the shipped one: the lab and the audit run with {:.0} m/s (bounds {:.1} to {:.1}).\n",
        best.1, shipped.value, best.1, shipped.value, shipped.low, shipped.high
    )?;
    *out += "| trial | used for | seen (90 %) | model | not known (90 %) | |\n|---|---|---|---|---|---|\n";
    let f = with_speed(best.1)?;
    for t in &sets.trial {
        let seen = f64::from(t.opened) / f64::from(t.of);
        let w = wilson(seen, f64::from(t.of));
        let (p, band) = predict(t, sets, &f, 128)?;
        let verdict = if p >= w[0] && p <= w[1] {
            "agrees"
        } else if band[1] >= w[0] && band[0] <= w[1] {
            "misses; the bands overlap"
        } else {
            "misses"
        };
        writeln!(
            out,
            "| {} | {} | {}/{} = {seen:.2} ({:.2}–{:.2}) | {p:.2} | {:.2}–{:.2} | {verdict} |",
            t.name, t.used, t.opened, t.of, w[0], w[1], band[0], band[1]
        )?;
    }
    *out += "\nThe picking rows miss at the expert's end, and no figure was moved for them. What is\n\
             known of the two samples speaks for a mechanism that the assumed population lacks rather\n\
             than for a wrong hand: of the 20 cylinders of 2016 five came from stores and fifteen\n\
             from the trade, at up to 187 euros (tt.com); of the twelve of 2017 one, from a store,\n\
             was picked in 15 minutes (wz.de; lockmaster.de on the same test). European cylinders\n\
             often have narrow, winding keyways, pins within pins and second rows. None of these is\n\
             in the assumed population and the first two are not in the model; what each cylinder of\n\
             the samples had was not published, so nothing can be fitted to them.\n";
    *out += "\nSources: ";
    let sources: Vec<&str> = sets.trial.iter().map(|t| t.source.as_str()).collect();
    writeln!(out, "{}.\n", sources.join("; "))?;
    Ok(())
}
