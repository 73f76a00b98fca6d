//! `doorward export` and `doorward backup`.

use std::path::PathBuf;

use serde_json::json;

use super::import;
use crate::client::Client;
use crate::machine::{ask_secret, passphrase};
use crate::output::print;

/// Write the log for others to verify, people as a list, or the whole house.
#[derive(clap::Args)]
pub struct Export {
    /// The file to make; it must not exist.
    out: PathBuf,
    /// In place of the log: people and their access as a list that `doorward import` takes, without codes.
    #[arg(long, conflicts_with = "house")]
    people: bool,
    /// In place of the log: doors, locks, people, groups, schedules, access and flags as JSON, without codes.
    #[arg(long)]
    house: bool,
}

/// Make an encrypted backup.
#[derive(clap::Args)]
pub struct Backup {
    /// The file to make; it must not exist.
    out: PathBuf,
    /// File with the passphrase; without it the passphrase is asked for.
    #[arg(long)]
    backup_passphrase_file: Option<PathBuf>,
}

/// Exports.
pub async fn export(client: &Client, export: Export, as_json: bool) -> anyhow::Result<()> {
    if export.people || export.house {
        let out = &export.out;
        let bytes = if export.people {
            import::people(client, out).await?
        } else {
            import::house(client, out).await?
        };
        print(as_json, &json!({ "file": out, "bytes": bytes }), |_| {
            println!("{} ({bytes} bytes), without codes.", out.display());
        });
        return Ok(());
    }
    let bytes = client.download("/export", &json!({}), &export.out).await?;
    print(as_json, &json!({ "file": export.out, "bytes": bytes }), |_| {
        println!(
            "{} ({bytes} bytes). Any program that knows tlog-tiles can verify it.",
            export.out.display()
        );
    });
    Ok(())
}

/// Backs up.
pub async fn backup(client: &Client, backup: Backup, as_json: bool) -> anyhow::Result<()> {
    let secret = match passphrase(backup.backup_passphrase_file.as_deref())? {
        Some(secret) => secret,
        None => ask_secret("Passphrase for the backup")?,
    };
    let body = json!({ "passphrase": secret.as_str() });
    let bytes = client.download("/backup", &body, &backup.out).await?;
    print(as_json, &json!({ "file": backup.out, "bytes": bytes }), |_| {
        println!(
            "{} ({bytes} bytes). Keep the passphrase: without it nobody can open the file.",
            backup.out.display()
        );
    });
    Ok(())
}
