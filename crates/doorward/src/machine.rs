//! What is done at the machine itself, on the data folder or on files, without a running hub: restore,
//! resetting an owner's password, and the tools.

mod owner;
mod restore;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use vault::KeyVault;
use zeroize::Zeroizing;

/// Commands at the machine itself.
#[derive(Subcommand)]
pub enum MachineCommand {
    /// Put a backup back into a data folder; the hub must be stopped.
    ///
    /// Example: doorward restore doorward-20261122-140233.backup --data ~/house
    Restore(restore::Restore),
    /// Accounts, at the machine itself.
    ///
    /// Example: doorward owner reset --name Ana
    #[command(subcommand)]
    Owner(owner::OwnerCommand),
}

/// Runs one.
pub fn run(command: MachineCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        MachineCommand::Restore(restore) => restore::run(&restore, json),
        MachineCommand::Owner(owner::OwnerCommand::Reset(reset)) => owner::run(&reset, json),
    }
}

/// The data folder, made with mode 0700 if it is new.
pub fn data_folder(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let folder = match given {
        Some(folder) => folder.to_owned(),
        None => dirs::data_dir()
            .context("there is no data folder for this user: name one with --data")?
            .join("doorward"),
    };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    let is_empty = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
    #[cfg(unix)]
    if is_empty {
        // a folder made by hand for this: nobody else has anything in it, and nobody else shall look into it
        let private = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o700);
        std::fs::set_permissions(&folder, private)
            .with_context(|| format!("cannot keep others out of {}", folder.display()))?;
    }
    folder.canonicalize().with_context(|| format!("cannot open the data folder {}", folder.display()))
}

/// The passphrase from a file, without its line end.
pub fn passphrase(file: Option<&Path>) -> anyhow::Result<Option<Zeroizing<String>>> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = Zeroizing::new(text);
    Ok(Some(Zeroizing::new(text.trim_end_matches(['\n', '\r']).to_owned())))
}

/// Opens the vault of a data folder, or makes one beside a database that is new: new keys beside an old
/// database would leave everything in it sealed for good.
pub fn open_vault(data: &Path, passphrase: Option<&str>, is_new: bool) -> anyhow::Result<KeyVault> {
    if KeyVault::exists(data) || !is_new {
        return Ok(KeyVault::open(data, passphrase)?);
    }
    Ok(KeyVault::create(data, passphrase)?)
}

/// Asks for a secret at the terminal, or reads one line from standard input when there is none.
pub fn ask_secret(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    use std::io::IsTerminal as _;
    if std::io::stdin().is_terminal() {
        return Ok(Zeroizing::new(rpassword::prompt_password(format!("{prompt}: "))?));
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line)?;
    let secret = line.trim_end_matches(['\n', '\r']).to_owned();
    if secret.is_empty() {
        bail!("{prompt}: nothing was given");
    }
    Ok(Zeroizing::new(secret))
}

/// Now, for file names: `20261122-140233`.
pub fn stamp() -> String {
    #[allow(clippy::disallowed_methods, reason = "a file name wants the machine's own time")]
    let now = jiff::Timestamp::now();
    now.strftime("%Y%m%d-%H%M%S").to_string()
}

/// A runtime for a command that talks to the store.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
