//! `doorward lab keys`: exact counts of key codes, what rules and master keying leave of them, and what a
//! picture or a sound of a key gives away. Counts only: no way from a code to a key or from a lock to a code.

use super::{draw, say};
use anyhow::Context as _;
use clap::Args;
use cylinder::{
    en1303,
    keys::{Probes, Space, System, brute_force, embedded_systems, master_probes},
    master,
    times::wilson,
};
use serde::Serialize;
use std::path::PathBuf;

/// Seconds a try of the machine that the brute-force time is for (etinaude, "Unlocked").
const TRY_S: f64 = 0.7;

/// How to count.
#[derive(Debug, Args)]
pub struct Keys {
    /// Cuts (1 to 24).
    #[arg(long, required_unless_present_any = ["system", "systems"])]
    pins: Option<u8>,
    /// Depths (1 to 16).
    #[arg(long, required_unless_present_any = ["system", "systems"])]
    depths: Option<u8>,
    /// Largest difference between neighbouring cuts.
    #[arg(long, required_unless_present_any = ["system", "systems"])]
    macs: Option<u8>,
    /// A named bitting system (KW1, SC1, SC4, LW4 ...); `--pins`, `--depths` and `--macs` override it.
    #[arg(long)]
    system: Option<String>,
    /// List the bitting systems with their sources.
    #[arg(long)]
    systems: bool,
    /// Cuts of a top master key, as 3,1,4,0,2: size of the system below it.
    #[arg(long, value_delimiter = ',')]
    top: Option<Vec<u8>>,
    /// Steps between depths of that master system: 1 or 2.
    #[arg(long, default_value_t = 2)]
    progression: u8,
    /// Error of a depth read off a picture of the key (mm, one standard deviation).
    #[arg(long, default_value_t = 0.1)]
    photo_sigma_mm: f64,
    /// Depth step (mm), where the named system does not say.
    #[arg(long)]
    step_mm: Option<f64>,
    /// Also check the count by this many random codes.
    #[arg(long)]
    trials: Option<u32>,
    /// Seed of those random codes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Draw the counts into this SVG file.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// JSON: {"total","legal"}; with --all every count.
    #[arg(long)]
    json: bool,
    /// With --json, every count.
    #[arg(long)]
    all: bool,
}

/// Every count of one system.
#[derive(Debug, Serialize)]
struct All {
    total: u128,
    legal: u128,
    held: u128,
    en1303: Option<u128>,
    en1303_grades: Option<Vec<en1303::Met>>,
    en1303_grade: Option<u8>,
    bits: f64,
    bits_after_photo: Option<f64>,
    photo_sigma_mm: f64,
    left_after_sound: f64,
    master_probes: Probes,
    master_probes_mean_exact: f64,
    master_system: Option<master::System>,
    brute_force_s: f64,
    sampled: Option<Sampled>,
}

/// A count by dice.
#[derive(Debug, Serialize)]
struct Sampled {
    trials: u32,
    seed: u64,
    legal: f64,
    sampling: [f64; 2],
}

/// Counts and prints.
pub fn run(k: &Keys, json: bool) -> anyhow::Result<()> {
    let json = json || k.json;
    let systems = embedded_systems()?;
    if k.systems {
        return list(&systems, json);
    }
    let base = k.system.as_ref().map(|name| find(&systems, name)).transpose()?;
    let pins = k.pins.or(base.map(|s| s.pins)).context("pins: say how many cuts")?;
    let depths = k.depths.or(base.map(|s| s.depths)).context("depths: say how many depths")?;
    let macs = k.macs.or(base.map(|s| s.macs)).context("macs: say the largest difference")?;
    let space = Space::new(pins, depths, macs)?;
    if json && !k.all && k.svg.is_none() {
        // the whole of the contract, and nothing that takes time
        let (total, legal) = (space.total(), space.legal());
        return say(&serde_json::json!({ "total": total, "legal": legal }).to_string());
    }
    let all = count(k, &space, k.step_mm.or(base.and_then(|s| s.step_mm)))?;
    if let Some(path) = &k.svg {
        let mut bars = vec![("all", all.total), ("within MACS", all.legal), ("held when turned", all.held)];
        bars.extend(all.en1303.map(|n| ("by EN 1303's rule", n)));
        bars.extend(all.master_system.as_ref().map(|s| ("below the master", s.legal)));
        std::fs::write(path, draw::counts(&bars))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    match (json, k.all) {
        (true, true) => say(&serde_json::to_string(&all)?),
        (true, false) => say(&serde_json::json!({ "total": all.total, "legal": all.legal }).to_string()),
        _ => say(&words(&all, &space)),
    }
}

fn count(k: &Keys, space: &Space, step: Option<f64>) -> anyhow::Result<All> {
    if !(k.photo_sigma_mm.is_finite() && (0.001..=5.0).contains(&k.photo_sigma_mm)) {
        anyhow::bail!("photo_sigma_mm: {} cannot be used: it must be from 0.001 to 5", k.photo_sigma_mm);
    }
    if let Some(s) = step
        && !(s.is_finite() && (0.05..=3.0).contains(&s))
    {
        anyhow::bail!("step_mm: {s} cannot be used: it must be from 0.05 to 3");
    }
    let c = space.counts();
    let grades = en1303::meets(&en1303::grades()?, space);
    let highest = grades.iter().flatten().filter(|m| m.met).map(|m| m.grade).max();
    let sampled = k.trials.map(|n| {
        let share = space.sampled_share(k.seed, n);
        let total = c.total as f64;
        let sampling = wilson(share, f64::from(n.max(1))).map(|s| s * total);
        Sampled { trials: n, seed: k.seed, legal: share * total, sampling }
    });
    Ok(All {
        total: c.total,
        legal: c.legal,
        held: c.held,
        en1303: c.en1303,
        en1303_grade: highest,
        en1303_grades: grades,
        bits: space.bits(),
        bits_after_photo: step.map(|s| space.bits_after_photo(s, k.photo_sigma_mm).min(space.bits())),
        photo_sigma_mm: k.photo_sigma_mm,
        left_after_sound: space.left_after_sound(),
        master_probes: master_probes(space.pins(), space.depths())?,
        master_probes_mean_exact: master::mean_probes(space),
        master_system: k.top.as_ref().map(|t| master::system(space, t, k.progression)).transpose()?,
        brute_force_s: brute_force(space, TRY_S).0,
        sampled,
    })
}

fn words(a: &All, space: &Space) -> String {
    let number = |n: Option<u128>| n.map_or_else(|| "too many to list".to_owned(), |n| n.to_string());
    let grade = match (a.en1303_grades.is_some(), a.en1303_grade) {
        (false, _) => "too many to list".to_owned(),
        (true, None) => "none".to_owned(),
        (true, Some(g)) => g.to_string(),
    };
    let mut out = format!(
        "codes                                        {}\n\
         within MACS {:<2}                               {}\n\
         of those, key cannot be drawn out turned     {}\n\
         of those within MACS, by EN 1303's rule      {} (a paraphrase: check the standard)\n\
         highest EN 1303 grade of key-related rules   {grade} (from secondary sources)\n\
         \n\
         A change key's holder finds the master key in at most {} keys ({} blanks); {:.1} on average over all\n\
         pairs of legal keys, {} by the usual half.\n\
         A code is worth {:.1} bits.",
        a.total,
        space.macs(),
        a.legal,
        a.held,
        number(a.en1303),
        a.master_probes.most,
        a.master_probes.blanks,
        a.master_probes_mean_exact,
        a.master_probes.mean,
        a.bits,
    );
    if let Some(left) = a.bits_after_photo {
        out +=
            &format!(" A picture that shows each cut to {} mm leaves {left:.1} of them.", a.photo_sigma_mm);
    } else {
        out += " (Say --step-mm for what a picture gives away.)";
    }
    out += &format!(
        "\nWho hears all cuts but not their height is left with {:.1} codes on average: {:.1} bits.\n\
         A machine at {TRY_S} s a try needs at most {:.0} s.",
        a.left_after_sound,
        a.left_after_sound.log2(),
        a.brute_force_s
    );
    if let Some(m) = &a.master_system {
        out += &format!(
            "\nBelow that master key: {} change keys, {} of them within MACS; one cylinder opens to {} codes.",
            m.change_keys, m.legal, m.open_one_cylinder
        );
    }
    if let Some(s) = &a.sampled {
        out += &format!(
            "\nBy {} random codes (seed {}): {:.0} within MACS (90 % {:.0} to {:.0}).",
            s.trials, s.seed, s.legal, s.sampling[0], s.sampling[1]
        );
    }
    out
}

fn find<'a>(systems: &'a [System], name: &str) -> anyhow::Result<&'a System> {
    let names: Vec<&str> = systems.iter().map(|s| s.name.as_str()).collect();
    systems
        .iter()
        .find(|s| s.name.eq_ignore_ascii_case(name))
        .with_context(|| format!("system: {name} is not known; there are {}", names.join(", ")))
}

fn list(systems: &[System], json: bool) -> anyhow::Result<()> {
    if json {
        return say(&serde_json::to_string_pretty(systems)?);
    }
    for s in systems {
        say(&format!(
            "{:8} {:26} {} cuts, {} depths, MACS {}\n         {}",
            s.name, s.maker, s.pins, s.depths, s.macs, s.source
        ))?;
    }
    Ok(())
}
