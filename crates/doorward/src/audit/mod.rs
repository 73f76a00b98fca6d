//! `doorward audit` and `doorward figures`: reads files, asks in the terminal, prints. All reckoning is in `door`.

mod asking;
pub mod figures;
mod text;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use door::figures::Figures;
use door::survey::{Survey, read::MAX_BYTES};
use door::{Options, audit};

/// How would someone get in?
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Survey of the door (TOML); `-` reads standard input.
    file: Option<PathBuf>,
    /// Also write the report as one HTML page.
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// Same seed, same result.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this attacker.
    #[arg(long, value_name = "NAME")]
    attacker: Option<String>,
    /// Single probabilities are for being in within this many seconds (1 to 3600).
    #[arg(long, value_name = "SECONDS", default_value_t = 300.0)]
    within: f64,
    /// Change an answer and show before and after; may be given several times.
    #[arg(long, value_name = "KEY=VALUE")]
    what_if: Vec<String>,
    /// Sampled worlds for each attacker (1000 to 10000000).
    #[arg(long, default_value_t = 10_000)]
    worlds: usize,
    /// Print the JSON Schema of a survey and stop.
    #[arg(long)]
    schema: bool,
    /// Ask in the terminal instead of reading a file; FILE, if given, is written.
    #[arg(long)]
    new: bool,
    /// Instead of a door: can a lock of this kind be picked? One of pin-tumbler, wafer, lever, dimple, slider,
    /// disc-detainer, none; more of it with --what-if cylinder.KEY=VALUE.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["file", "html", "new", "attacker"])]
    class: Option<String>,
    /// Folder with figures that take the place of ours (*.toml).
    #[arg(long, value_name = "FOLDER")]
    figures: Option<PathBuf>,
}

/// Runs the audit.
///
/// # Errors
/// A file that cannot be read or written, a survey or option that is not right; the message says which and what to do.
pub fn run(args: Args, json: bool) -> anyhow::Result<ExitCode> {
    if args.schema {
        say(&serde_json::to_string_pretty(&door::survey::schema::schema())?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let figures = load_figures(args.figures.as_deref())?;
    if let Some(kind) = &args.class {
        return class(kind, &args, &figures, json);
    }
    let survey = if args.new { asked(&args, &figures)? } else { read(args.file.as_deref())? };
    let options = Options {
        seed: args.seed,
        worlds: args.worlds,
        within_s: args.within,
        attacker: args.attacker.clone(),
        what_if: args.what_if.iter().map(|change| pair(change)).collect::<anyhow::Result<_>>()?,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        ..Options::default()
    };
    let report = audit(&survey, &figures, &options)?;
    if let Some(out) = &args.html {
        std::fs::write(out, door::draw::page::html(&report, &survey))
            .with_context(|| format!("the report could not be written to {}", out.display()))?;
    }
    if json {
        say(&serde_json::to_string_pretty(&report)?)?;
    } else {
        say(&text::report(&report))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// "Can this lock be picked?" for a class of locks.
fn class(kind: &str, args: &Args, figures: &Figures, json: bool) -> anyhow::Result<ExitCode> {
    let mut survey = Survey::default();
    survey.set_text("cylinder.kind", kind).map_err(|problem| anyhow::anyhow!("--class: {problem}"))?;
    for change in &args.what_if {
        let (key, value) = pair(change)?;
        if !key.starts_with("cylinder.") {
            bail!("with --class only keys of the cylinder count, such as cylinder.pins=6, not `{key}`");
        }
        survey.set_text(&key, &value).map_err(|problem| anyhow::anyhow!("--what-if: {problem}"))?;
    }
    if let Some(problem) = survey.contradictions().first() {
        bail!("the description contradicts itself: {problem}");
    }
    let answer = door::picked::class(&survey, figures, args.seed)?;
    if json {
        say(&serde_json::to_string_pretty(&answer)?)?;
    } else {
        let reasons: Vec<String> = answer.reasons.iter().map(|reason| format!("  - {reason}")).collect();
        say(&format!("{}\n{}", answer.answer, reasons.join("\n")))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints to standard output; a reader that has gone away is no error.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn pair(change: &str) -> anyhow::Result<(String, String)> {
    match change.split_once('=') {
        Some((key, value)) => Ok((key.trim().to_owned(), value.trim().to_owned())),
        None => bail!("--what-if takes KEY=VALUE, such as frame.screw_length_mm=3in, not `{change}`"),
    }
}

/// Reads a survey from a file or standard input.
///
/// # Errors
/// Names the file, the line and what is wrong.
pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Survey> {
    let Some(file) = file else {
        bail!(
            "name a survey file, or start one with `doorward audit --new my-door.toml`; `doorward audit --schema` lists every key"
        );
    };
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_BYTES as u64 + 1)
            .read_to_string(&mut text)
            .context("standard input could not be read")?;
    } else {
        let opened =
            std::fs::File::open(file).with_context(|| format!("{} could not be read", file.display()))?;
        opened
            .take(MAX_BYTES as u64 + 1)
            .read_to_string(&mut text)
            .with_context(|| format!("{} is no text file", file.display()))?;
    }
    Survey::from_toml(&text).map_err(|error| anyhow::anyhow!("{}:\n{error}", file.display()))
}

fn asked(args: &Args, figures: &Figures) -> anyhow::Result<Survey> {
    let start = match args.file.as_deref().filter(|file| file.exists()) {
        Some(file) => read(Some(file))?,
        None => Survey::default(),
    };
    let survey = asking::ask(start, figures, &mut std::io::stdin().lock(), &mut std::io::stderr().lock())?;
    if let Some(file) = &args.file {
        std::fs::write(file, survey.to_toml())
            .with_context(|| format!("{} could not be written", file.display()))?;
    }
    Ok(survey)
}

/// Our figures, with those of a folder in their place.
///
/// # Errors
/// Names the file and figure that is not right.
pub fn load_figures(folder: Option<&Path>) -> anyhow::Result<Figures> {
    let mut figures = Figures::builtin()?;
    let Some(folder) = folder else { return Ok(figures) };
    let listing = std::fs::read_dir(folder)
        .with_context(|| format!("the figures folder {} could not be read", folder.display()))?;
    let mut files: Vec<PathBuf> = listing
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} could not be read", file.display()))?;
        figures.override_with(&file.display().to_string(), &text)?;
    }
    Ok(figures)
}
