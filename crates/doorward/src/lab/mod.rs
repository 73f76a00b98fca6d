//! `doorward lab`: the cylinder lab on the command line. Reads descriptions, runs the model of `cylinder`,
//! prints text or JSON, and draws. It knows cylinders by stated parameters only: nothing here opens a
//! particular named lock.

mod attack;
mod draw;
mod input;
mod keys;
mod stop;

use clap::{Args, Subcommand};
use std::process::ExitCode;

/// The cylinder lab: count keys; pick, rake, bump, impression, compare and rank cylinders.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Lab {
    /// Print the JSON Schema of a cylinder description, with units and words, and stop.
    #[arg(long)]
    schema: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Count the keys of a bitting system.
    Keys(keys::Keys),
    /// Pick one element at a time: P(open) against time, with its bands.
    Pick(attack::One),
    /// Rake: P(open) against time, with its bands.
    Rake(attack::One),
    /// Bump: P(open) against time, with its bands, and by each account of why it opens.
    Bump(attack::One),
    /// Snap gun: as bump, with a needle struck up under the pins.
    Snap(attack::One),
    /// Impression: file a blank after the marks of the pins; P(open) against time, with its bands.
    Impression(attack::One),
    /// A machine that tries every code: P(open) against time, with its bands.
    Machine(attack::One),
    /// Several cylinders side by side (a JSON array of descriptions; `-` reads standard input).
    Compare(attack::Many),
    /// Rate each cylinder of a JSON array of descriptions (`-` reads standard input).
    Rank(attack::Many),
}

/// Runs the lab; `json` is the program-wide flag and counts as well as the subcommand's own.
///
/// # Errors
/// Bad input, naming the field; an unreadable or unwritable file.
pub fn run(lab: Lab, json: bool) -> anyhow::Result<ExitCode> {
    if lab.schema {
        say(include_str!("schema.json").trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    match lab.command {
        Some(Command::Keys(k)) => keys::run(&k, json)?,
        Some(Command::Pick(o)) => attack::one(&o, cylinder::times::Attack::Pick, json)?,
        Some(Command::Rake(o)) => attack::one(&o, cylinder::times::Attack::Rake, json)?,
        Some(Command::Bump(o)) => attack::one(&o, cylinder::times::Attack::Bump, json)?,
        Some(Command::Snap(o)) => attack::one(&o, cylinder::times::Attack::Snap, json)?,
        Some(Command::Impression(o)) => attack::one(&o, cylinder::times::Attack::Impression, json)?,
        Some(Command::Machine(o)) => attack::one(&o, cylinder::times::Attack::Machine, json)?,
        Some(Command::Compare(m)) => attack::compare(&m, json)?,
        Some(Command::Rank(m)) => attack::rank(&m, json)?,
        None => anyhow::bail!(
            "say what to do: keys, pick, rake, bump, snap, impression, machine, compare, rank, or --schema"
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints one block on standard output; a closed pipe is no error.
fn say(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    match writeln!(std::io::stdout().lock(), "{text}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
