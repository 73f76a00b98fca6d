//! `doorward figures`: every figure, where it comes from, who uses it, and what we do not know.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use door::figures::{Figure, Kind};
use serde_json::json;

use super::{load_figures, say};

/// Every figure the audit rests on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only figures whose id holds this text.
    filter: Option<String>,
    /// Only what we do not know: the estimates.
    #[arg(long)]
    estimates: bool,
    /// Folder with figures that take the place of ours (*.toml).
    #[arg(long, value_name = "FOLDER")]
    figures: Option<PathBuf>,
}

/// Lists figures.
///
/// # Errors
/// A figures file that is not right.
pub fn run(args: Args, json: bool) -> anyhow::Result<ExitCode> {
    let figures = load_figures(args.figures.as_deref())?;
    let users = figures.users()?;
    let wanted = |figure: &&Figure| {
        args.filter.as_ref().is_none_or(|text| figure.id.contains(text.as_str()))
            && (!args.estimates || figure.kind == Kind::Estimate)
    };
    let chosen: Vec<&Figure> = figures.all().filter(wanted).collect();
    if json {
        let rows: Vec<_> = chosen.iter().map(|figure| row(figure, &users)).collect();
        say(&serde_json::to_string_pretty(&json!({ "schema": 1, "figures": rows }))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for figure in &chosen {
        describe(&mut out, figure, &users);
    }
    let estimates = figures.all().filter(|figure| figure.kind == Kind::Estimate).count();
    let _ = write!(
        out,
        "{} figures in all; {} have a source, {} are estimates: judged, kept wide, and marked wherever they show.\n\
         What we do not know: `doorward figures --estimates`.",
        figures.all().count(),
        figures.all().count() - estimates,
        estimates
    );
    say(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn row(figure: &Figure, users: &BTreeMap<String, Vec<&'static str>>) -> serde_json::Value {
    json!({
        "id": figure.id, "what": figure.what, "unit": figure.unit, "population": figure.population,
        "value": figure.in_words(), "median": figure.dist.median(), "range90": figure.dist.range90(),
        "kind": figure.kind.word(), "note": figure.note, "overridden": figure.overridden,
        "source": figure.source.as_ref().map(|s| json!({ "title": s.title, "year": s.year, "address": s.address })),
        "ways": users.get(&figure.id),
    })
}

fn describe(out: &mut String, figure: &Figure, users: &BTreeMap<String, Vec<&'static str>>) {
    let own = if figure.overridden { ", put in by the owner" } else { "" };
    let _ =
        writeln!(out, "{}  {} {}  [{}{own}]", figure.id, figure.in_words(), figure.unit, figure.kind.word());
    let _ = writeln!(out, "    {} ({})", figure.what, figure.population);
    if let Some(source) = &figure.source {
        let year = if source.year > 0 { format!(" ({})", source.year) } else { String::new() };
        let _ = writeln!(out, "    source: {}{year} {}", source.title, source.address);
    }
    if !figure.note.is_empty() {
        let _ = writeln!(out, "    note: {}", figure.note);
    }
    if let Some(ways) = users.get(&figure.id).filter(|ways| !ways.is_empty()) {
        let _ = writeln!(out, "    used by: {}", ways.join(", "));
    }
    out.push('\n');
}
