//! `doorward lab keys`: exact counts of key codes.

use super::say;
use anyhow::Context as _;
use clap::Args;
use cylinder::keys::{Space, brute_force, embedded_systems, master_probes};

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
    /// A named bitting system (KW1, SC1, SC4 ...); `--pins`, `--depths` and `--macs` override it.
    #[arg(long)]
    system: Option<String>,
    /// List the bitting systems with their sources.
    #[arg(long)]
    systems: bool,
    /// JSON: {"total","legal"}; with --all every count.
    #[arg(long)]
    json: bool,
    /// With --json, every count.
    #[arg(long)]
    all: bool,
}

/// Counts and prints.
pub fn run(k: &Keys, json: bool) -> anyhow::Result<()> {
    let json = json || k.json;
    let systems = embedded_systems()?;
    if k.systems {
        if json {
            return say(&serde_json::to_string_pretty(&systems)?);
        }
        for s in &systems {
            let line = format!(
                "{:8} {:26} {} cuts, {} depths, MACS {}\n         {}",
                s.name, s.maker, s.pins, s.depths, s.macs, s.source
            );
            say(&line)?;
        }
        return Ok(());
    }
    let base =
        match &k.system {
            None => None,
            Some(name) => {
                let found = systems.iter().find(|s| s.name.eq_ignore_ascii_case(name));
                let names: Vec<&str> = systems.iter().map(|s| s.name.as_str()).collect();
                Some(found.with_context(|| {
                    format!("system: {name} is not known; there are {}", names.join(", "))
                })?)
            }
        };
    let pins = k.pins.or(base.map(|s| s.pins)).context("pins: say how many cuts")?;
    let depths = k.depths.or(base.map(|s| s.depths)).context("depths: say how many depths")?;
    let macs = k.macs.or(base.map(|s| s.macs)).context("macs: say the largest difference")?;
    let space = Space::new(pins, depths, macs)?;
    let c = space.counts();
    let probes = master_probes(pins, depths)?;
    let sound = space.left_after_sound();
    if json && !k.all {
        return say(&serde_json::json!({ "total": c.total, "legal": c.legal }).to_string());
    }
    if json {
        let all = serde_json::json!({
            "total": c.total, "legal": c.legal, "held": c.held, "en1303": c.en1303,
            "master_probes": probes, "left_after_sound": sound,
            "brute_force_s": brute_force(&space, 0.7).0,
        });
        return say(&all.to_string());
    }
    let listed = c.en1303.map_or_else(|| "too many to list".to_owned(), |n| n.to_string());
    say(&format!(
        "codes                                        {}\n\
         within MACS {macs}                                {}\n\
         of those, key cannot be drawn out turned     {}\n\
         of those within MACS, by EN 1303's rule      {listed} (a paraphrase: check the standard)\n\
         \n\
         A change key's holder finds the master key in at most {} keys ({} blanks), {} on average.\n\
         Who hears all cuts but not their height is left with {sound:.1} codes on average.\n\
         A machine at 0.7 s a try needs at most {:.0} s.",
        c.total,
        c.legal,
        c.held,
        probes.most,
        probes.blanks,
        probes.mean,
        brute_force(&space, 0.7).0,
    ))
}
