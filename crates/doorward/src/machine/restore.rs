//! `doorward restore`: puts a backup back. What is there now is kept aside, and nothing is touched before the
//! backup has passed its check.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;
use vault::backup::{OpenWith, unpack};

use super::{ask_secret, data_folder, passphrase, runtime, stamp};
use crate::output;
use crate::serve::RESTORED_MARK;
use crate::serve::keeper::DATABASE;

/// Put a backup back into a data folder.
#[derive(clap::Args)]
pub struct Restore {
    /// The backup; or one of the hub's own nightly copies (`.db`), for the folder that it was made in.
    file: PathBuf,
    /// The data folder; the hub on it must be stopped.
    #[arg(long, env = "DOORWARD_DATA")]
    data: Option<PathBuf>,
    /// File with the backup's passphrase; without it the passphrase is asked for.
    #[arg(long)]
    backup_passphrase_file: Option<PathBuf>,
}

/// Restores.
pub fn run(restore: &Restore, json: bool) -> anyhow::Result<ExitCode> {
    let data = data_folder(restore.data.as_deref())?;
    if restore.file.extension().is_some_and(|ending| ending == "db") {
        return plain(restore, &data, json);
    }
    let secret = match passphrase(restore.backup_passphrase_file.as_deref())? {
        Some(secret) => secret,
        None => ask_secret("Passphrase of the backup")?,
    };
    let scratch = data.join(format!("restore-{}", stamp()));
    let result = into_place(restore, &data, &scratch, OpenWith::Passphrase(secret));
    std::fs::remove_dir_all(&scratch).ok();
    tell(restore, &data, result?, json);
    Ok(ExitCode::SUCCESS)
}

/// A copy that the hub made by itself: a database without its key file, which is still the folder's own.
fn plain(restore: &Restore, data: &Path, json: bool) -> anyhow::Result<ExitCode> {
    if !data.join(vault::KEY_FILE).exists() {
        bail!(
            "{} is a database without its key file, and {} has none: codes in it could not be read; \
             restore a `.backup` file, which holds both",
            restore.file.display(),
            data.display()
        );
    }
    let restored = runtime()?
        .block_on(store_sqlite::restore(data, &restore.file))
        .context("the database was not put in place; nothing was changed")?;
    mark(data)?;
    tell(restore, data, restored.aside, json);
    Ok(ExitCode::SUCCESS)
}

fn tell(restore: &Restore, data: &Path, aside: Option<PathBuf>, json: bool) {
    let value = json!({ "restored": restore.file, "data": data, "aside": aside });
    output::print(json, &value, |_| {
        println!("Restored into {}.", data.display());
        if let Some(aside) = &aside {
            println!("What was there before is kept in {}.", aside.display());
        }
        println!("Locks may have changed since the backup: the hub checks every code again when it starts.");
    });
}

/// Every lock is read again before anything is called in force: see `Hub::doubt_everything`.
fn mark(data: &Path) -> anyhow::Result<()> {
    std::fs::write(data.join(RESTORED_MARK), "").context("the mark for a fresh check could not be written")
}

fn into_place(
    restore: &Restore,
    data: &Path,
    scratch: &Path,
    with: OpenWith,
) -> anyhow::Result<Option<PathBuf>> {
    let names = unpack(&restore.file, scratch, &with)?;
    for needed in [DATABASE, vault::KEY_FILE] {
        if !names.iter().any(|name| name == needed) {
            bail!("this backup holds no {needed}: nothing was changed");
        }
    }
    let key = scratch.join(vault::KEY_FILE);
    let restored = runtime()?
        .block_on(store_sqlite::restore(data, &scratch.join(DATABASE)))
        .context("the database of the backup was not put in place; nothing was changed")?;
    let live = data.join(vault::KEY_FILE);
    if live.exists() {
        let aside = beside(&live, &restored.aside);
        std::fs::rename(&live, aside)
            .context("the old key file could not be kept aside: run the command again")?;
    }
    std::fs::rename(&key, &live).context("the key file could not be put in place: run the command again")?;
    mark(data)?;
    Ok(restored.aside)
}

/// The name under which the old key file is kept: like the old database, so that the two are found together.
fn beside(key: &Path, database: &Option<PathBuf>) -> PathBuf {
    let number = database.as_ref().and_then(|path| path.to_str()).and_then(|name| name.rsplit_once('-'));
    let number = number.map_or_else(stamp, |(_, number)| number.to_owned());
    let mut name = key.as_os_str().to_owned();
    name.push(format!(".before-{number}"));
    name.into()
}
