//! `doorward owner reset`: a forgotten password, or a lost second factor, is mended at the machine itself by
//! whoever may read the data folder. The hub must be stopped, so that there is one writer.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use futures::channel::mpsc;
use hub::{Hub, Ports};
use serde_json::json;
use store_sqlite::SqliteStore;

use super::{ask_secret, data_folder, open_vault, passphrase, runtime};
use crate::output;
use crate::serve::ports::{SystemClock, SystemIds};

/// Accounts, at the machine itself.
#[derive(clap::Subcommand)]
pub enum OwnerCommand {
    /// Give an account a new password; every session of it ends. Stop the hub first.
    ///
    /// Example: doorward owner reset --name Ana
    Reset(Reset),
}

/// Give an account a new password.
#[derive(clap::Args)]
pub struct Reset {
    /// The hub's data folder.
    #[arg(long, env = "DOORWARD_DATA")]
    data: Option<PathBuf>,
    /// Which account; not needed when there is one.
    #[arg(long)]
    name: Option<String>,
    /// File with the passphrase of the key file, if it has one.
    #[arg(long, env = "DOORWARD_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Resets a password; the new one is asked for, or read as one line from standard input.
pub fn run(reset: &Reset, json: bool) -> anyhow::Result<ExitCode> {
    let data = data_folder(reset.data.as_deref())?;
    let secret = passphrase(reset.passphrase_file.as_deref())?;
    runtime()?.block_on(async {
        let store = Arc::new(SqliteStore::open(&data).await?);
        let vault = Arc::new(open_vault(&data, secret.as_deref().map(String::as_str), false)?);
        let (_sender, events) = mpsc::channel(1);
        let hub = Hub::open(Ports {
            store: store.clone(),
            links: std::collections::BTreeMap::new(),
            events,
            clock: Arc::new(SystemClock::default()),
            ids: Arc::new(SystemIds),
            vault,
            notify: Arc::new(notify::Switchboard::new(&notify::NotifyConfig::default())?),
        })
        .await?;
        let new = ask_secret("New password")?;
        let name = {
            let work = hub.run();
            let reset = hub.reset_owner(reset.name.as_deref(), &new);
            futures::pin_mut!(work, reset);
            match futures::future::select(reset, work).await {
                futures::future::Either::Left((name, _)) => name?,
                futures::future::Either::Right(_) => anyhow::bail!("the hub stopped by itself"),
            }
        };
        store.close().await;
        output::print(json, &json!({ "reset": name }), |_| {
            println!("{name} has a new password. Every session of that account has ended.");
        });
        Ok(ExitCode::SUCCESS)
    })
}
