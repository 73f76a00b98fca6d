//! Commands that talk to a running hub: the same as the pages, from the shell.

mod access;
mod bolts;
mod find;
mod house;
mod keeping;
mod log;

use std::process::ExitCode;

use clap::Subcommand;

use crate::client::{Client, Connection};

/// Commands that talk to a running hub.
#[derive(Subcommand)]
pub enum HubCommand {
    /// List doors, show one with everybody who can get in, add or remove one.
    Doors(house::Doors),
    /// List people, show, add or remove one, show or change a code.
    People(house::People),
    /// List door groups, add or remove one.
    Groups(house::Groups),
    /// List named schedules, add or remove one.
    Schedules(house::Schedules),
    /// List locks, the ones that were found, and add one to a door.
    Locks(house::Locks),
    /// Give somebody access to a door or a group.
    Grant(access::Grant),
    /// End somebody's access.
    Revoke(access::Revoke),
    /// List who has access to what, and where it stands.
    Grants(access::Grants),
    /// Throw the bolt of a door.
    Lock(bolts::Bolt),
    /// Draw the bolt of a door.
    Unlock(bolts::Bolt),
    /// Show the log, or verify it whole.
    Log(log::Log),
    /// Write the log for others to verify: a tar file of tiles, checkpoint and a readable list.
    Export(keeping::Export),
    /// Make an encrypted backup of everything.
    Backup(keeping::Backup),
}

/// Runs one.
pub fn run(connection: &Connection, command: HubCommand, json: bool) -> anyhow::Result<ExitCode> {
    let client = Client::new(connection)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            HubCommand::Doors(doors) => house::doors(&client, doors, json).await,
            HubCommand::People(people) => house::people(&client, people, json).await,
            HubCommand::Groups(groups) => house::groups(&client, groups, json).await,
            HubCommand::Schedules(schedules) => house::schedules(&client, schedules, json).await,
            HubCommand::Locks(locks) => house::locks(&client, locks, json).await,
            HubCommand::Grant(grant) => access::grant(&client, grant, json).await,
            HubCommand::Revoke(revoke) => access::revoke(&client, revoke, json).await,
            HubCommand::Grants(grants) => access::grants(&client, grants, json).await,
            HubCommand::Lock(bolt) => bolts::operate(&client, bolt, "lock", json).await,
            HubCommand::Unlock(bolt) => bolts::operate(&client, bolt, "unlock", json).await,
            HubCommand::Log(log) => log::log(&client, log, json).await,
            HubCommand::Export(export) => keeping::export(&client, export, json).await,
            HubCommand::Backup(backup) => keeping::backup(&client, backup, json).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
