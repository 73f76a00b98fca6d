//! `doorward lab pick|rake|bump|snap|impression|machine|compare|rank`: runs the model and prints P(open)
//! against time with its bands.

use super::{
    draw::{Line, chart},
    input::{Described, many},
    say,
    stop::Stop,
};
use anyhow::Context as _;
use clap::Args;
use cylinder::{
    describe::Description,
    morris::{Screen, screen},
    rank::{Ranked, rank_one},
    times::{Attack, Figures, Plan, Times, run_while},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::path::PathBuf;

/// Times (s) at which P(open) is told; the last four are for a machine, which does not tire.
const AT: [f64; 12] =
    [10.0, 30.0, 60.0, 120.0, 180.0, 300.0, 900.0, 1800.0, 3600.0, 21_600.0, 86_400.0, 604_800.0];
/// How long a machine is left at it (s): a week.
const MACHINE_S: f64 = 604_800.0;

/// What all runs share.
#[derive(Debug, Args)]
pub struct Shared {
    /// Who attacks: novice, hobbyist, expert, burglar.
    #[arg(long, default_value = "expert")]
    attacker: String,
    /// The same seed gives the same bits.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Attempts in all (for each cylinder).
    #[arg(long)]
    trials: Option<u64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Draw into this SVG file.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Threads (all cores if not told); changes nothing in the result.
    #[arg(long)]
    threads: Option<usize>,
    /// Take a figure as known, as friction=0.2; may be repeated. The names are those of
    /// `figures/cylinder/parameters.toml`; a wrong one lists them.
    #[arg(long, value_name = "FIGURE=VALUE")]
    set: Vec<String>,
}

/// One cylinder.
#[derive(Debug, Args)]
pub struct One {
    #[command(flatten)]
    described: Described,
    #[command(flatten)]
    shared: Shared,
    /// Also rank the figures by what measuring them would bring (Morris screening; this many trajectories).
    #[arg(long, value_name = "N")]
    measure: Option<u32>,
}

/// Several cylinders.
#[derive(Debug, Args)]
pub struct Many {
    /// JSON array of descriptions (see `doorward lab --schema`); `-` reads standard input.
    file: PathBuf,
    /// What is done to them: pick, rake, bump, snap, impression, machine.
    #[arg(long, default_value = "pick")]
    attack: String,
    #[command(flatten)]
    shared: Shared,
}

impl Shared {
    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn trials(&self, usual: u32) -> anyhow::Result<u32> {
        let most = cylinder::times::MOST_TRIALS;
        match self.trials {
            None => Ok(usual),
            Some(n) if (1..=most).contains(&n) => Ok(n as u32),
            Some(n) => anyhow::bail!("trials: {n} cannot be used: it must be from 1 to {most}"),
        }
    }

    fn plan(&self, attack: Attack) -> anyhow::Result<Plan> {
        let plan = Plan { threads: self.threads(), ..Plan::of(self.seed, self.trials(16_384)?) };
        Ok(if attack == Attack::Machine { Plan { horizon_s: MACHINE_S, ..plan } } else { plan })
    }

    /// The figures, with those that are taken as known.
    fn figures(&self) -> anyhow::Result<Figures> {
        let mut figures = Figures::embedded()?;
        for told in &self.set {
            let (name, value) =
                told.split_once('=').with_context(|| format!("set: {told} is not FIGURE=VALUE"))?;
            let value = value.parse().with_context(|| format!("{name}: {value} is not a number"))?;
            figures.parameters = figures.parameters.with(name, value)?;
        }
        Ok(figures)
    }
}

/// A progress bar on standard error, only where someone looks.
fn bar(length: u64, quiet: bool) -> ProgressBar {
    use std::io::IsTerminal as _;
    if quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn run(d: &Description, s: &Shared, attack: Attack, figures: &Figures, stop: &Stop) -> anyhow::Result<Times> {
    attack.rated(d)?;
    let plan = s.plan(attack)?;
    let progress = bar(u64::from(plan.draws), s.json);
    let go_on = |_| {
        progress.inc(1);
        !stop.raised()
    };
    let times = run_while(d, figures.attackers.get(&s.attacker)?, attack, figures, &plan, &go_on)?;
    progress.finish_and_clear();
    Ok(times)
}

/// P(open) of one run at the times told, as JSON.
fn points(t: &Times) -> Vec<serde_json::Value> {
    AT.iter()
        .filter(|at| **at <= t.plan().horizon_s)
        .map(|at| {
            let p = t.p_open(*at);
            json!({ "t_s": at, "p_open": p.value, "sampling": p.sampling,
                    "lock_to_lock": p.lock_to_lock, "ignorance": p.ignorance })
        })
        .collect()
}

/// Runs one cylinder.
pub fn one(o: &One, attack: Attack, json: bool) -> anyhow::Result<()> {
    let figures = o.shared.figures()?;
    let d = o.described.read()?;
    let stop = Stop::listen();
    let t = run(&d, &o.shared, attack, &figures, &stop)?;
    let effects = match o.measure {
        None => None,
        Some(n) => {
            let s =
                Screen { seed: o.shared.seed, trajectories: n.clamp(2, 50), attempts: 120, within: 300.0 };
            let progress = bar(u64::from(s.trajectories), o.shared.json);
            let a = figures.attackers.get(&o.shared.attacker)?;
            let e = screen(&d, a, attack, &figures, &s, &|_| {
                progress.inc(1);
                !stop.raised()
            })?;
            progress.finish_and_clear();
            Some(e)
        }
    };
    if let Some(path) = &o.shared.svg {
        let name = d.id.clone().unwrap_or_else(|| d.kind.clone());
        write_svg(path, &[Line { name, times: &t }])?;
    }
    let accounts = accounts(&d, &o.shared, attack, &figures, &stop)?;
    let cut = t.draws() < t.plan().draws as usize;
    if json || o.shared.json {
        let out = json!({
            "attack": attack, "attacker": o.shared.attacker, "seed": o.shared.seed,
            "trials": t.trials(), "stopped_early": cut, "cylinder": d,
            "open_questions": d.open_questions(), "median_s": t.median(),
            "points": points(&t), "measure_first": effects,
            "accounts": accounts.iter().map(|(name, t)| json!({
                "account": name, "median_s": t.median(), "points": points(t),
            })).collect::<Vec<_>>(),
        });
        return say(&serde_json::to_string_pretty(&out)?);
    }
    say(&table(&t))?;
    if cut {
        say("Stopped early: this is what there is.")?;
    }
    let open = d.open_questions();
    if !open.is_empty() {
        say(&format!("Not told, and drawn at random: {}.", open.join(", ")))?;
    }
    for (name, t) in &accounts {
        let p = |at: f64| t.p_open(at).value;
        say(&format!("If they open {name}: P(open) {:.3} in 60 s, {:.3} in 300 s.", p(60.0), p(300.0)))?;
    }
    if let Some(effects) = effects {
        say("\nWhich figure to measure first (mean change of P(open in 300 s) across its range):")?;
        for e in effects.iter().take(8) {
            let line = format!("  {:20} {:.3} ± {:.3}  ({:?})", e.figure, e.mean, e.scatter, e.tag);
            say(&line.to_lowercase())?;
        }
    }
    Ok(())
}

/// For blows: what each account of why they open gives alone. Nobody has settled which is right.
fn accounts(
    d: &Description,
    s: &Shared,
    attack: Attack,
    figures: &Figures,
    stop: &Stop,
) -> anyhow::Result<Vec<(&'static str, Times)>> {
    if !matches!(attack, Attack::Bump | Attack::Snap) {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    for (name, weight) in [("all at one moment", 0.0), ("one by one in binding order", 1.0)] {
        if stop.raised() {
            break;
        }
        let alone = Figures { parameters: figures.parameters.with("ratchet", weight)?, ..figures.clone() };
        out.push((name, run(d, s, attack, &alone, stop)?));
    }
    Ok(out)
}

/// The attack of a word.
fn attack_of(word: &str) -> anyhow::Result<Attack> {
    serde_json::from_value(word.to_lowercase().into()).map_err(|_| {
        anyhow::anyhow!(
            "attack: {word} cannot be used: it must be pick, rake, bump, snap, impression or machine"
        )
    })
}

fn table(t: &Times) -> String {
    let mut out =
        String::from("    time   P(open)   chance         lock to lock   not known      (90 % bands)\n");
    for at in AT.iter().filter(|at| **at <= t.plan().horizon_s) {
        let p = t.p_open(*at);
        let band = |b: [f64; 2]| format!("{:.3} – {:.3}", b[0], b[1]);
        out += &format!(
            "{at:6.0} s   {:.3}     {}  {}  {}\n",
            p.value,
            band(p.sampling),
            band(p.lock_to_lock),
            band(p.ignorance)
        );
    }
    match t.median() {
        Some(m) => out += &format!("Median {m:.0} s over {} attempts.", t.trials()),
        None => {
            out +=
                &format!("Fewer than half of {} attempts opened in {:.0} s.", t.trials(), t.plan().horizon_s);
        }
    }
    out + " Most figures behind this are estimates: read the last band first."
}

fn write_svg(path: &std::path::Path, lines: &[Line<'_>]) -> anyhow::Result<()> {
    std::fs::write(path, chart(lines)).with_context(|| format!("cannot write {}", path.display()))
}

/// Several cylinders side by side.
pub fn compare(m: &Many, json: bool) -> anyhow::Result<()> {
    let figures = m.shared.figures()?;
    let attack = attack_of(&m.attack)?;
    let descriptions = many(&m.file)?;
    let stop = Stop::listen();
    let mut done = Vec::new();
    for (k, d) in descriptions.iter().enumerate() {
        if stop.raised() {
            break;
        }
        let name = d.id.clone().unwrap_or_else(|| (k + 1).to_string());
        d.check(&figures.families).with_context(|| format!("entry {name}"))?;
        let t = run(d, &m.shared, attack, &figures, &stop).with_context(|| format!("entry {name}"))?;
        done.push((name, t));
    }
    if let Some(path) = &m.shared.svg {
        let lines: Vec<Line<'_>> = done.iter().map(|(n, t)| Line { name: n.clone(), times: t }).collect();
        write_svg(path, &lines)?;
    }
    if json || m.shared.json {
        let out: Vec<_> = done
            .iter()
            .map(|(n, t)| {
                json!({ "id": n, "median_s": t.median(), "trials": t.trials(), "points": points(t) })
            })
            .collect();
        return say(&serde_json::to_string_pretty(&out)?);
    }
    for (n, t) in &done {
        say(&format!("{n}\n{}\n", table(t)))?;
    }
    Ok(())
}

/// Rates each cylinder of a file.
pub fn rank(m: &Many, json: bool) -> anyhow::Result<()> {
    let figures = m.shared.figures()?;
    let attack = attack_of(&m.attack)?;
    let attacker = figures.attackers.get(&m.shared.attacker)?.clone();
    let descriptions = many(&m.file)?;
    // what is wrong with any entry is said before the first is run
    for (k, d) in descriptions.iter().enumerate() {
        match d.check(&figures.families) {
            Ok(()) | Err(cylinder::Error::NotRated(_)) => {}
            Err(e) => {
                let id = d.id.as_ref().map(|i| format!(" ({i})")).unwrap_or_default();
                anyhow::bail!("entry {}{id}: {e}", k + 1);
            }
        }
    }
    let plan = cylinder::rank::plan(m.shared.seed, m.shared.trials(960)?, m.shared.threads());
    let stop = Stop::listen();
    let progress = bar(descriptions.len() as u64, m.shared.json || json);
    let mut rows: Vec<Ranked> = Vec::new();
    for (k, d) in descriptions.iter().enumerate() {
        if stop.raised() {
            break;
        }
        rows.push(rank_one(d, k, attack, &attacker, &figures, &plan)?);
        progress.inc(1);
    }
    progress.finish_and_clear();
    if let Some(path) = &m.shared.svg {
        std::fs::write(path, super::draw::ranking(&rows))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if json || m.shared.json {
        return say(&serde_json::to_string_pretty(&rows)?);
    }
    for r in &rows {
        let line = match (r.rated, r.p_open_300s, r.ignorance) {
            (true, Some(p), Some(b)) => {
                let median = r.median_s.map_or_else(|| "       –".into(), |m| format!("{m:6.0} s"));
                let band = format!("not known {:.3} – {:.3}", b[0], b[1]);
                format!("{:24} {median}   P(open in 300 s) {p:.3}  {band}", r.id)
            }
            _ => format!("{:24} not rated: {}", r.id, r.why),
        };
        say(&line)?;
    }
    Ok(())
}
