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
    param::{P, Parameters},
    rank::{plan, rank_one},
    rng::Rng,
    times::{Attack, Figures, Plan, run as run_model, wilson},
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

const SEED: u64 = 20_261_123;

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
    counts(&mut out)?;
    closed_forms(&mut out)?;
    signs(&mut out)?;
    trials(&mut out, &sets)?;
    belts(&mut out, &sets, root)?;
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
    writeln!(
        out,
        "\nMaster key from a change key, 5 cuts of 10 depths: {} keys at most, {} blanks, mean {}\n\
         (Eastlake 2003: 45, 5, 22.5). A robot at 0.7 s a try: 4 x 4 {:.0} s, 5 x 5 {:.0} s\n\
         (etinaude: about 3 and 35 min).\n",
        probes.most,
        probes.blanks,
        probes.mean,
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
        while x < s.rise {
            v -= (s.preload + s.friction + s.rate * x) / s.driver * dt;
            x += v * dt;
            t += dt;
        }
        writeln!(
            out,
            "  * stepped at {:.0} µs it clears at {:.4} ms ({:+.4})",
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

/// What must make a cylinder harder, under the central figures: hobbyist, 60 s to pick; expert, 60 s to bump.
fn signs(out: &mut String) -> anyhow::Result<()> {
    use cylinder::describe::Springs;
    let f = Figures::embedded()?;
    let base = Description { kind: "pin-tumbler".into(), pins: Some(5), security: Security::None, ..plain() };
    let p = |d: &Description, attack, who: &str| -> anyhow::Result<f64> {
        let plan = Plan { seed: SEED, draws: 1, locks: 400, attempts: 2, horizon_s: 60.0, threads: 2 };
        Ok(run_model(d, f.attackers.get(who)?, attack, &f, &plan)?.p_open(60.0).value)
    };
    *out += "## Signs\n\n| harder should be | P(pick) before, after | P(bump) before, after | |\n";
    *out += "|---|---|---|---|\n";
    for (name, harder) in [
        ("six pins, not five", Description { pins: Some(6), ..base.clone() }),
        ("tight, not medium", Description { tolerance: Tolerance::Tight, ..base.clone() }),
        ("all spools", Description { security: Security::All, ..base.clone() }),
        ("stiff springs", Description { springs: Springs::Stiff, ..base.clone() }),
    ] {
        let pick = [p(&base, Attack::Pick, "hobbyist")?, p(&harder, Attack::Pick, "hobbyist")?];
        let bump = [p(&base, Attack::Bump, "expert")?, p(&harder, Attack::Bump, "expert")?];
        let holds = |b: [f64; 2]| if b[1] < b[0] { "holds" } else { "does not hold" };
        writeln!(
            out,
            "| {name} | {:.2}, {:.2} | {:.2}, {:.2} | picking {}, bumping {} |",
            pick[0],
            pick[1],
            bump[0],
            bump[1],
            holds(pick),
            holds(bump)
        )?;
    }
    *out += "\nOf bumping only pin number and spring stiffness were listed beforehand. A likely reason why\n\
             stiff springs make picking easier in the model, not tested: a stack lifted too far comes back by\n\
             itself.\n\n";
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
    let text = include_str!("../../figures/cylinder/parameters.toml");
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
        let plan = Plan { seed: SEED, draws, locks: 24, attempts: 2, horizon_s: t.within_s, threads: 2 };
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
    let goal = f64::from(fit.opened) / f64::from(fit.of);
    let mut best = (f64::INFINITY, 0.0);
    for k in 0..20 {
        let speed = 3.0 + 0.5 * f64::from(k);
        let miss = (predict(fit, sets, &with_speed(speed)?, 16)?.0 - goal).abs();
        if miss < best.0 {
            best = (miss, speed);
        }
    }
    writeln!(
        out,
        "\n\nFitted: strike_speed = {:.1} m/s, to one number. In the first run the fit reached only 0.17\n\
         of the 0.78 seen; the figure recoil (nobody has measured it) was then moved from 0.25 to 0.05\n\
         for the same fitted trial.\n",
        best.1
    )?;
    *out += "| trial | used for | seen (90 %) | model | not known (90 %) | |\n|---|---|---|---|---|---|\n";
    let f = with_speed(best.1)?;
    for t in &sets.trial {
        let seen = f64::from(t.opened) / f64::from(t.of);
        let w = wilson(seen, f64::from(t.of));
        let (p, band) = predict(t, sets, &f, 24)?;
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
    *out += "\nSources: ";
    let sources: Vec<&str> = sets.trial.iter().map(|t| t.source.as_str()).collect();
    writeln!(out, "{}.\n", sources.join("; "))?;
    Ok(())
}

const BELTS: [&str; 13] = [
    "White", "Yellow", "Orange", "Green", "Blue", "Purple", "Brown", "Red", "Black 1", "Black 2", "Black 3",
    "Black 4", "Black 5",
];

struct Entry {
    mechanism: String,
    belt: f64,
    fit: bool,
    score: f64,
}

/// What an entry says that the model can use, or nothing.
fn describe(e: &serde_json::Value) -> Option<(String, Description, f64)> {
    let list = |key: &str| -> Vec<String> {
        let items = e.get(key).and_then(|v| v.as_array());
        items.into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_owned).collect()
    };
    let belt = BELTS.iter().position(|b| Some(*b) == e["belt"].as_str())? as f64;
    let (mechanisms, features) = (list("lockingMechanisms"), list("features"));
    let kind = match mechanisms.first()?.as_str() {
        "Pin-tumbler" => "pin-tumbler",
        "Dimple" => "dimple",
        "Wafer" => "wafer",
        "Disc detainer" => "disc-detainer",
        "Lever" => "lever",
        "Slider" => "slider",
        _ => return None,
    };
    let text = format!("{} {}", e["version"].as_str().unwrap_or(""), e["notes"].as_str().unwrap_or(""));
    let pins = stated_count(&text.to_lowercase())?;
    let has = |word: &str| features.iter().any(|f| f.to_lowercase().contains(word));
    let secured = has("spool") || has("barrel") || has("drivers") || text.to_lowercase().contains("spool");
    let d = Description {
        kind: kind.into(),
        pins: Some(pins),
        security: if secured { Security::All } else { Security::Unknown },
        sidebar: has("sidebar") || mechanisms.len() > 1,
        false_gates: has("false gates"),
        ..Description::default()
    };
    d.rated().ok()?;
    Some((mechanisms[0].clone(), d, belt))
}

/// The first number that is followed by a word for elements: "6-pin", "10 lever", "5 discs".
fn stated_count(text: &str) -> Option<u8> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let element =
        |w: &str| ["pin", "disc", "lever", "slider", "wafer", "stack"].iter().any(|e| w.starts_with(e));
    words.windows(2).find_map(|w| {
        if let Ok(n) = w[0].parse::<u8>() {
            return (element(w[1]) && (1..=20).contains(&n)).then_some(n);
        }
        None
    })
}

fn belts(out: &mut String, sets: &Sets, root: &Path) -> anyhow::Result<()> {
    *out += "## Belts\n\n";
    let path = root.join("../shared/data/locks-by-belt.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        *out += "The list of locks by belt is not here: skipped.\n";
        return Ok(());
    };
    let data: serde_json::Value = serde_json::from_str(&text)?;
    let all = data["locks"].as_array().context("locks")?;
    let f = Figures::embedded()?;
    let a = f.attackers.get("expert")?;
    let p = plan(SEED, 480, 2);
    let mut entries = Vec::new();
    for e in all {
        let Some((mechanism, d, belt)) = describe(e) else { continue };
        let r = rank_one(&d, 0, a, &f, &p)?;
        if !r.rated {
            continue;
        }
        // too few openings for a median: harder than anything with one
        let score = r.median_s.map_or_else(|| f64::ln(1e6), f64::ln);
        let first = e["id"].as_str().unwrap_or("").get(..1).unwrap_or("").to_owned();
        entries.push(Entry { mechanism, belt, fit: sets.belts.fit.contains(&first), score });
    }
    report(out, &entries, all.len())
}

fn report(out: &mut String, entries: &[Entry], all: usize) -> anyhow::Result<()> {
    let (fit, test): (Vec<&Entry>, Vec<&Entry>) = entries.iter().partition(|e| e.fit);
    let rho = |es: &[&Entry]| spearman(&es.iter().map(|e| (e.score, e.belt)).collect::<Vec<_>>());
    let whole: Vec<&Entry> = entries.iter().collect();
    let b = interval(&whole, &rho);
    writeln!(
        out,
        "Of {all} entries, {} state a number of elements and a mechanism that the model rates ({} to fit,\n\
         {} to predict). Spearman correlation of the model's median time (expert) with the belt: {:.2}\n\
         (90 % {:.2} to {:.2}, bootstrap).\n",
        entries.len(),
        fit.len(),
        test.len(),
        rho(&whole),
        b[0],
        b[1]
    )?;
    let mut means: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for e in &fit {
        let m = means.entry(&e.mechanism).or_default();
        *m = (m.0 + e.belt, m.1 + 1.0);
    }
    let grand = fit.iter().map(|e| e.belt).sum::<f64>() / fit.len() as f64;
    let mean_of = |e: &Entry| means.get(e.mechanism.as_str()).map_or(grand, |m| m.0 / m.1);
    // one slope on the score within mechanisms, by least squares on the fitting half
    let mut scores: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for e in &fit {
        let s = scores.entry(&e.mechanism).or_default();
        *s = (s.0 + e.score, s.1 + 1.0);
    }
    let centre = fit.iter().map(|e| e.score).sum::<f64>() / fit.len() as f64;
    let score_of = |e: &Entry| e.score - scores.get(e.mechanism.as_str()).map_or(centre, |s| s.0 / s.1);
    let top: f64 = fit.iter().map(|e| score_of(e) * (e.belt - mean_of(e))).sum();
    let under: f64 = fit.iter().map(|e| score_of(e) * score_of(e)).sum();
    let slope = if under > 0.0 { top / under } else { 0.0 };
    let base = |e: &Entry| mean_of(e);
    let model = |e: &Entry| mean_of(e) + slope * score_of(e);
    let error = |es: &[&Entry], p: &dyn Fn(&Entry) -> f64| {
        es.iter().map(|e| (p(e) - e.belt).abs()).sum::<f64>() / es.len() as f64
    };
    let rank = |p: &dyn Fn(&Entry) -> f64| spearman(&test.iter().map(|e| (p(e), e.belt)).collect::<Vec<_>>());
    let gain = interval(&test, &|es| error(es, &base) - error(es, &model));
    *out += "| on the predicting half | mean error (belts) | Spearman |\n|---|---|---|\n";
    writeln!(out, "| mean of the mechanism | {:.2} | {:.2} |", error(&test, &base), rank(&base))?;
    writeln!(out, "| and the model within it | {:.2} | {:.2} |", error(&test, &model), rank(&model))?;
    let verdict = if gain[0] > 0.0 {
        "The model beats the baseline."
    } else if gain[1] < 0.0 {
        "The model does worse than the baseline."
    } else {
        "The interval holds zero: with so few entries the model is not shown to beat the baseline."
    };
    writeln!(
        out,
        "\nGain in mean error {:.2} belts (90 % {:.2} to {:.2}). {verdict}\n\
         Belts also measure rarity, tools and warding, and entries do not give tolerances or pinning.\n",
        error(&test, &base) - error(&test, &model),
        gain[0],
        gain[1]
    )?;
    Ok(())
}

/// 90 % bootstrap interval of a statistic of entries.
fn interval(entries: &[&Entry], of: &dyn Fn(&[&Entry]) -> f64) -> [f64; 2] {
    let mut rng = Rng::keyed(SEED, 77);
    let mut values: Vec<f64> = (0..1000)
        .map(|_| {
            let drawn: Vec<&Entry> =
                entries.iter().map(|_| entries[rng.below(entries.len() as u32) as usize]).collect();
            of(&drawn)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    [values[50], values[949]]
}

/// Spearman's rank correlation, ties at their mean rank.
fn spearman(pairs: &[(f64, f64)]) -> f64 {
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        values
            .iter()
            .map(|v| {
                let below = values.iter().filter(|w| *w < v).count() as f64;
                let same = values.iter().filter(|w| *w == v).count() as f64;
                below + 0.5 * (same - 1.0)
            })
            .collect()
    };
    let (x, y) = (ranks(pairs.iter().map(|p| p.0).collect()), ranks(pairs.iter().map(|p| p.1).collect()));
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let cov: f64 = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let (vx, vy): (f64, f64) =
        (x.iter().map(|a| (a - mx).powi(2)).sum(), y.iter().map(|b| (b - my).powi(2)).sum());
    if vx > 0.0 && vy > 0.0 { cov / (vx * vy).sqrt() } else { 0.0 }
}
