//! `doorward compare`, `fit` and `setup`: which lock, does it fit, and how far its set-up is. The first two also take
//! a survey in a file, and then ask no hub. All advice is `care`'s.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use care::choose::fit::{fit, fit_all};
use care::choose::sheet::{MAX_BYTES, Sheet, builtin};
use care::choose::{Wish, advice};
use clap::Subcommand;
use door::Options;
use door::figures::Figures;
use door::survey::Survey;
use serde_json::{Value, json};

use super::find;
use crate::audit::{load_figures, read};
use crate::client::{Client, Connection};
use crate::output::{print, table, text};

/// Choosing and setting up.
#[derive(Subcommand)]
pub enum AdviceCommand {
    /// Say which kind of lock suits a door, what each choice brings, and find mistakes in a plan.
    ///
    /// Example: doorward compare front-door.toml --plan keyless
    Compare(Compare),
    /// Say whether a lock fits a door: fits, after which work, not, or what to measure first.
    ///
    /// Example: doorward fit front-door.toml tell-db1000
    Fit(FitArgs),
    /// Show the checklist of a door's set-up, tick a step, or compare safe with risky.
    ///
    /// Example: doorward setup "Front door" --done mount --note "bolt moves freely"
    Setup(Setup),
}

/// Which lock.
#[derive(clap::Args)]
pub struct Compare {
    /// Survey of the door (a file ending in .toml, or `-`), or the name of a door in the hub.
    door: String,
    /// What is planned: an upgrade of the audit, such as new-keypad, keyless, reinforced-strike.
    #[arg(long, value_name = "PLAN", default_value = "", hide_default_value = true)]
    plan: String,
    /// The lock to be bought: the short name of a data sheet, or with a survey in a file also a sheet's file.
    #[arg(long, value_name = "MODEL", default_value = "", hide_default_value = true)]
    model: String,
}

/// Does it fit?
#[derive(clap::Args)]
pub struct FitArgs {
    /// Survey of the door (a file ending in .toml, or `-`), or the name of a door in the hub.
    door: String,
    /// Short name of a data sheet, or a sheet's file; all of them without it.
    #[arg(default_value = "", hide_default_value = true)]
    model: String,
}

/// How far is the set-up?
#[derive(clap::Args)]
pub struct Setup {
    /// Name of a door in the hub.
    door: String,
    /// Say that this step is done.
    #[arg(long, value_name = "STEP", conflicts_with = "open")]
    done: Option<String>,
    /// Say that this step is open again.
    #[arg(long, value_name = "STEP")]
    open: Option<String>,
    /// A note on the step, at most 300 characters.
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    /// Instead of the list: this door's set-up beside the risky one.
    #[arg(long, conflicts_with_all = ["done", "open"])]
    risks: bool,
}

/// Runs one.
///
/// # Errors
/// A file that cannot be read, a door or lock that there is not, or what the hub refuses; the message says which.
pub fn run(connection: &Connection, command: AdviceCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        AdviceCommand::Compare(compare) => {
            let found = match survey_of(&compare.door)? {
                Some(survey) => compared(&survey, &compare)?,
                None => {
                    let asked = [("plan", compare.plan.as_str()), ("model", compare.model.as_str())];
                    hub(connection, &compare.door, "advice", &asked)?
                }
            };
            print(json, &found, in_words);
        }
        AdviceCommand::Fit(args) => {
            let found = match survey_of(&args.door)? {
                Some(survey) => fitted(&survey, &args.model)?,
                None => hub(connection, &args.door, "fit", &[("model", args.model.as_str())])?,
            };
            print(json, &found, fit_in_words);
        }
        AdviceCommand::Setup(setup) => set_up(connection, &setup, json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The survey in a file; `None` where a door of the hub is meant.
fn survey_of(door: &str) -> anyhow::Result<Option<Survey>> {
    let file = Path::new(door);
    let is_file = door == "-" || file.extension().is_some_and(|ending| ending == "toml");
    if is_file { read(Some(file)).map(Some) } else { Ok(None) }
}

fn compared(survey: &Survey, compare: &Compare) -> anyhow::Result<Value> {
    let figures: Figures = load_figures(None)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let how = Options { threads, ..Options::default() };
    let report = door::audit(survey, &figures, &how)?;
    let wish = Wish {
        upgrade: Some(compare.plan.clone()).filter(|plan| !plan.is_empty()),
        changes: Vec::new(),
        sheet: if compare.model.is_empty() { None } else { Some(sheet(&compare.model)?) },
    };
    Ok(serde_json::to_value(advice(survey, &figures, &report, &how, &wish)?)?)
}

fn fitted(survey: &Survey, model: &str) -> anyhow::Result<Value> {
    if let Some(problem) = survey.contradictions().first() {
        bail!("the survey contradicts itself: {problem}");
    }
    if model.is_empty() {
        return Ok(serde_json::to_value(fit_all(survey, &builtin()?))?);
    }
    let sheet = sheet(model)?;
    Ok(json!({ "fit": fit(survey, &sheet), "sheet": sheet }))
}

/// A data sheet by its short name, or from a file.
fn sheet(model: &str) -> anyhow::Result<Sheet> {
    let file = Path::new(model);
    if file.extension().is_some_and(|ending| ending == "toml") {
        let about = std::fs::metadata(file).with_context(|| format!("{model} could not be read"))?;
        if about.len() > MAX_BYTES as u64 {
            bail!("{model} is larger than a data sheet may be ({MAX_BYTES} bytes)");
        }
        let text = std::fs::read_to_string(file).with_context(|| format!("{model} could not be read"))?;
        return Ok(Sheet::read(model, &text)?);
    }
    let sheets = builtin()?;
    let ids: Vec<String> = sheets.iter().map(|sheet| sheet.id.clone()).collect();
    match sheets.into_iter().find(|sheet| sheet.id == model) {
        Some(sheet) => Ok(sheet),
        None => bail!("there is no data sheet `{model}`; there are: {}", ids.join(", ")),
    }
}

/// Asks a running hub about one of its doors.
fn hub(connection: &Connection, door: &str, what: &str, asked: &[(&str, &str)]) -> anyhow::Result<Value> {
    let client = Client::new(connection)?;
    let asked: Vec<(&str, String)> = asked
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    waited(async {
        let id = find::id(&client, "/doors", "door", door).await?;
        client.get(&format!("/doors/{id}/{what}"), &asked).await
    })
}

fn waited<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

fn set_up(connection: &Connection, setup: &Setup, as_json: bool) -> anyhow::Result<()> {
    if setup.risks {
        let found = hub(connection, &setup.door, "risks", &[])?;
        print(as_json, &found, risks_in_words);
        return Ok(());
    }
    let step = setup.done.as_ref().or(setup.open.as_ref());
    if let Some(step) = step {
        let client = Client::new(connection)?;
        let word = json!({ "step": step, "done": setup.done.is_some(), "note": setup.note });
        waited(async {
            let id = find::id(&client, "/doors", "door", &setup.door).await?;
            client.post(&format!("/doors/{id}/setup"), &word).await
        })?;
    }
    let found = hub(connection, &setup.door, "setup", &[])?;
    print(as_json, &found, steps_in_words);
    Ok(())
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn percent(value: &Value) -> String {
    door::draw::percent(value.as_f64().unwrap_or(0.0))
}

fn decided(value: &Value) -> String {
    let one = |row: &Value| format!("{} {} ({})", text(row, "ask"), text(row, "answer"), text(row, "how"));
    rows(value, "decided").iter().map(one).collect::<Vec<_>>().join("; ")
}

fn in_words(found: &Value) {
    println!("Kinds of lock for this home (the order is judged: an estimate)");
    for (at, kind) in rows(&found["home"], "kinds").iter().enumerate() {
        let out = if kind["out"] == true { ": not here" } else { "" };
        println!("{}. {}{out}", at + 1, text(kind, "words"));
        for reason in rows(kind, "reasons") {
            let sign = if reason["steps"].as_i64().unwrap_or(0) > 0 { '+' } else { '-' };
            println!("   {sign} {} [{}]", text(reason, "why"), decided(reason));
        }
    }
    for turn in rows(&found["home"], "turns") {
        println!("   ? {}", text(turn, "said"));
    }
    println!("\nWays to open it");
    let asks: Vec<String> = rows(&found["ways"], "asks").iter().map(|ask| text(ask, "words")).collect();
    for way in rows(&found["ways"], "ways") {
        println!("{}", text(way, "words"));
        for (ask, cell) in asks.iter().zip(rows(way, "cells")) {
            println!("   {ask}: {} ({})", text(cell, "why"), text(cell, "does"));
        }
    }
    println!("\n{}", text(&found["options"], "weakest"));
    let line = |one: &Value| {
        let p = &one["p"];
        let price = one["price"].as_array().map_or_else(String::new, |price| {
            price
                .iter()
                .map(|one| format!("{:.0}", one.as_f64().unwrap_or(0.0)))
                .collect::<Vec<_>>()
                .join("-")
        });
        vec![
            text(one, "words"),
            format!("{} -> {}", percent(&p["p_before"]), percent(&p["p_after"])),
            format!("{:.3}", one["stranded"]["per_year"].as_f64().unwrap_or(0.0)),
            price,
            text(one, "minutes"),
            text(one, "undo"),
        ]
    };
    let choices: Vec<Vec<String>> = rows(&found["options"], "choices").iter().map(line).collect();
    table(&["choice", "P(in)", "locked out a year", "price", "min", "taken back"], &choices);
    println!("\nMistakes{}", found["plan"].as_str().map(|plan| format!(" in: {plan}")).unwrap_or_default());
    for one in rows(found, "mistakes") {
        println!("  ! {} {} [{}]", text(one, "what"), text(one, "mend"), decided(one));
    }
    if rows(found, "mistakes").is_empty() {
        println!("  None of the usual ones was found in what is known.");
    }
}

fn fit_in_words(found: &Value) {
    let Some(all) = found.as_array() else {
        let fit = &found["fit"];
        println!("{}: {}", text(fit, "name"), text(fit, "said"));
        for line in rows(fit, "lines") {
            let source = text(&line["source"], "title");
            println!("  {}: {} [{source}]", text(line, "verdict"), text(line, "why"));
        }
        for one in rows(fit, "measure") {
            println!("  measure: {} {} ({})", text(one, "ask"), text(one, "help"), text(one, "key"));
        }
        if let Some(ask) = fit["ask"].as_str() {
            println!("  {ask}");
        }
        return;
    };
    let line = |fit: &Value| vec![text(fit, "id"), text(fit, "verdict"), text(fit, "said")];
    table(&["lock", "verdict", "why"], &all.iter().map(line).collect::<Vec<_>>());
}

fn steps_in_words(found: &Value) {
    let steps = rows(found, "steps");
    let done = |step: &&Value| matches!(step["stands"].as_str(), Some("seen" | "told" | "ticked"));
    println!("{} of {} done", steps.iter().filter(done).count(), steps.len());
    let line = |step: &Value| {
        vec![text(step, "stands"), text(step, "id"), text(step, "what"), text(step, "evidence")]
    };
    table(&["stands", "step", "what", "evidence"], &steps.iter().map(line).collect::<Vec<_>>());
    println!();
    let call = |call: &Value| vec![text(call, "words"), text(call, "who"), text(call, "why")];
    table(&["task", "who", "why"], &rows(found, "calls").iter().map(call).collect::<Vec<_>>());
}

fn risks_in_words(found: &Value) {
    println!(
        "P(in) for {}: everything safe {}, as it is {}, everything risky {}",
        text(found, "attacker"),
        percent(&found["p_all_safe"]),
        percent(&found["p_now"]),
        percent(&found["p_all_risky"])
    );
    let line = |one: &Value| {
        vec![
            text(one, "what"),
            text(&one["yours"], "answer"),
            text(one, "side"),
            format!("{} {}", text(one, "safe"), percent(&one["p_safe"])),
            format!("{} {}", text(one, "risky"), percent(&one["p_risky"])),
        ]
    };
    let rows: Vec<Vec<String>> = rows(found, "differences").iter().map(line).collect();
    table(&["what", "yours", "side", "safe", "risky"], &rows);
}
