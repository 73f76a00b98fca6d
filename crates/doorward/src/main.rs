//! The one binary, and the only place where rooms are joined. `doorward serve` is the hub; every other
//! command talks to a running hub through its API, works on a file, or is a tool of its own.

#![allow(clippy::print_stdout, reason = "a command line prints")]

mod audit;
mod client;
mod commands;
mod lab;
mod machine;
mod odds;
mod output;
mod serve;
mod virtual_lock_cmd;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use client::Connection;

/// Who can get in, and how? An open, local-first smart-lock system.
#[derive(Parser)]
#[command(name = "doorward", version, about, max_term_width = 100)]
struct Args {
    /// Print one JSON document and nothing else on standard output.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the hub: pages, API, log, links to locks.
    ///
    /// Example: doorward serve --data ~/house --listen 127.0.0.1:8080
    Serve(serve::Serve),
    #[command(flatten)]
    Hub(commands::HubCommand),
    #[command(flatten)]
    Advice(commands::advice::AdviceCommand),
    #[command(flatten)]
    Machine(machine::MachineCommand),
    /// Say how a door would be defeated, how soon and by whom, from a survey in a file.
    ///
    /// Example: doorward audit front-door.toml
    Audit(audit::Args),
    /// List every figure that the audit uses, with its source.
    ///
    /// Example: doorward figures --json
    Figures(audit::figures::Args),
    /// Try cylinders: count keys, pick, rake, bump, compare, rank.
    ///
    /// Example: doorward lab rank cylinders.json
    Lab(lab::Lab),
    /// Say what a guesser at the keypad can hope for.
    ///
    /// Example: doorward odds --digits 4 --codes 10 --budget 0
    Odds(odds::Odds),
    VirtualLock(virtual_lock_cmd::VirtualLockArgs),
    /// Print the description of the API (OpenAPI 3.1).
    #[command(hide = true)]
    Openapi,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.command {
        Command::Serve(serve) => serve::run(&serve, args.json),
        Command::Hub(command) => commands::run(&args.connection, command, args.json),
        Command::Advice(command) => commands::advice::run(&args.connection, command, args.json),
        Command::Machine(command) => machine::run(command, args.json),
        Command::Audit(audit) => audit::run(audit, args.json),
        Command::Figures(figures) => audit::figures::run(figures, args.json),
        Command::Lab(lab) => lab::run(lab, args.json),
        Command::Odds(odds) => odds::run(&odds, args.json),
        Command::VirtualLock(lock) => {
            virtual_lock_cmd::run(lock).map(|()| ExitCode::SUCCESS).map_err(anyhow::Error::from)
        }
        Command::Openapi => {
            println!("{}", web::openapi());
            Ok(ExitCode::SUCCESS)
        }
    };
    result.unwrap_or_else(|error| {
        eprintln!("doorward: {error:#}");
        ExitCode::FAILURE
    })
}
