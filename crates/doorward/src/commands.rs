//! Commands that talk to a running hub: the same as the pages, from the shell.

mod access;
pub mod advice;
mod asking;
mod bolts;
mod care;
mod find;
mod flags;
mod house;
mod import;
mod keeping;
mod log;
mod networks;
mod ready;

use std::process::ExitCode;

use clap::Subcommand;

use crate::client::{Client, Connection};

/// Commands that talk to a running hub.
#[derive(Subcommand)]
pub enum HubCommand {
    /// List doors, show one with everybody who can get in, add or remove one.
    ///
    /// Example: doorward doors show "Front door"
    Doors(house::Doors),
    /// List people, show, add or remove one, show or change a code.
    ///
    /// Example: doorward people add Ana --kind service
    People(house::People),
    /// List door groups, add or remove one.
    ///
    /// Example: doorward groups add Flats --door "Flat 1" --door "Flat 2"
    Groups(house::Groups),
    /// List named schedules, add or remove one.
    ///
    /// Example: doorward schedules add Weekdays --window "mon,tue,wed,thu,fri 08:00-18:00"
    Schedules(house::Schedules),
    /// List locks, the ones that were found, and add one to a door.
    ///
    /// Example: doorward locks add 0x000d6f0011223344 --door "Front door"
    Locks(house::Locks),
    /// Connect Z-Wave JS, list radio networks, take a lock into one, let one go.
    ///
    /// Example: doorward networks include
    Networks(networks::Networks),
    /// Give somebody access to a door or a group.
    ///
    /// Example: doorward grant Ana --door "Front door" --schedule Weekdays --until 2026-06-30T18:00
    Grant(access::Grant),
    /// End somebody's access.
    ///
    /// Example: doorward revoke Ana --door "Front door"
    Revoke(access::Revoke),
    /// List who has access to what, and where it stands.
    ///
    /// Example: doorward grants --person Ana
    Grants(access::Grants),
    /// Say who comes in the next days and whether the locks are ready for them.
    ///
    /// Example: doorward ready --days 7
    Ready(ready::Ready),
    /// Throw the bolt of a door.
    ///
    /// Example: doorward lock "Front door"
    Lock(bolts::Bolt),
    /// Draw the bolt of a door.
    ///
    /// Example: doorward unlock "Front door"
    Unlock(bolts::Bolt),
    /// Show the log, or verify it whole.
    ///
    /// Example: doorward log --door "Front door" --kind entry,refused --limit 20
    Log(log::Log),
    /// List the red flags that are up, with their evidence and since when.
    ///
    /// Example: doorward flags --door "Front door"
    Flags(flags::Flags),
    /// Bring in people and their access from a list, all or nothing.
    ///
    /// Example: doorward import people.csv --dry-run
    Import(import::Import),
    /// List what is to be done in this home and when, or tick something off.
    ///
    /// Example: doorward tasks --done battery-1a2b3c4d --note "four new cells"
    Tasks(care::Tasks),
    /// Make or end the secret address by which calendars subscribe to the tasks.
    ///
    /// Example: doorward calendar open
    Calendar(care::CalendarArgs),
    /// Go through who still has access: keep or end each.
    ///
    /// Example: doorward review --end 0198c5a0-...
    Review(care::Review),
    /// The register of keys: who has which copy, where the spare lies, the backup tried.
    ///
    /// Example: doorward keys add "copy 3" --door "Front door" --holder "the plumber"
    Keys(care::Keys),
    /// Where each log is kept and who sees it, local or cloud, account and network.
    ///
    /// Example: doorward privacy --reach house.example.org
    Privacy(care::Privacy),
    /// Find out what is wrong at a door, from what the hub has seen.
    ///
    /// Example: doorward doctor "Front door" offline
    Doctor(care::Doctor),
    /// Ask about a door in your own words; answered from its own data.
    ///
    /// Example: doorward ask "will it work without Wi-Fi?" --door front-door.toml
    Ask(care::Ask),
    /// Write the log for others to verify: a tar file of tiles, checkpoint and a readable list. Or people as a list,
    /// or the whole house as JSON, both without codes.
    ///
    /// Example: doorward export log.tar
    Export(keeping::Export),
    /// Make an encrypted backup of everything.
    ///
    /// Example: doorward backup house.backup
    Backup(keeping::Backup),
}

/// Runs one.
pub fn run(connection: &Connection, command: HubCommand, json: bool) -> anyhow::Result<ExitCode> {
    // a question about a door in a file needs no hub
    if let HubCommand::Ask(ask) = &command
        && care::ask_file(ask, json)?.is_some()
    {
        return Ok(ExitCode::SUCCESS);
    }
    let client = Client::new(connection)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            HubCommand::Doors(doors) => house::doors(&client, doors, json).await,
            HubCommand::People(people) => house::people(&client, people, json).await,
            HubCommand::Groups(groups) => house::groups(&client, groups, json).await,
            HubCommand::Schedules(schedules) => house::schedules(&client, schedules, json).await,
            HubCommand::Locks(locks) => house::locks(&client, locks, json).await,
            HubCommand::Networks(networks) => networks::networks(&client, networks, json).await,
            HubCommand::Grant(grant) => access::grant(&client, grant, json).await,
            HubCommand::Revoke(revoke) => access::revoke(&client, revoke, json).await,
            HubCommand::Grants(grants) => access::grants(&client, grants, json).await,
            HubCommand::Ready(ready) => ready::ready(&client, ready, json).await,
            HubCommand::Lock(bolt) => bolts::operate(&client, bolt, "lock", json).await,
            HubCommand::Unlock(bolt) => bolts::operate(&client, bolt, "unlock", json).await,
            HubCommand::Log(log) => log::log(&client, log, json).await,
            HubCommand::Flags(flags) => flags::flags(&client, flags, json).await,
            HubCommand::Import(import) => import::import(&client, import, json).await,
            HubCommand::Tasks(tasks) => care::tasks(&client, tasks, json).await,
            HubCommand::Calendar(args) => care::calendar(&client, args, json).await,
            HubCommand::Review(review) => care::review(&client, review, json).await,
            HubCommand::Keys(keys) => care::keys(&client, keys, json).await,
            HubCommand::Privacy(args) => care::privacy(&client, args, json).await,
            HubCommand::Doctor(args) => care::doctor(&client, args, json).await,
            HubCommand::Ask(ask) => care::ask(&client, ask, json).await,
            HubCommand::Export(export) => keeping::export(&client, export, json).await,
            HubCommand::Backup(backup) => keeping::backup(&client, backup, json).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
