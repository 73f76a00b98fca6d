//! `cargo xtask sqlx-prepare`: makes the data in `.sqlx/` anew, with which `query!` checks every statement
//! when there is no database at hand. Run it after changing a statement or a migration of a store.
//!
//! It makes a scratch database out of the migrations with the `sqlite3` shell, has the compiler check every
//! statement against it and keeps what the compiler found. The old data stays when anything fails.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

const CRATE: &str = "store_sqlite";

/// Makes `crates/store_sqlite/.sqlx` anew; `root` is the folder of the workspace.
///
/// # Errors
/// When the `sqlite3` shell is missing, a migration fails or a statement does not fit the schema.
pub fn run(root: &Path) -> Result<()> {
    let home = root.join("crates").join(CRATE);
    let scratch = tempfile::tempdir()?;
    let database = scratch.path().join("scratch.db");
    make_database(&home.join("migrations"), &database)?;

    let found = scratch.path().join("sqlx");
    fs::create_dir(&found)?;
    // the compiler has to look at the statements again
    touch(&home.join("src/lib.rs"))?;
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--package", CRATE])
        .current_dir(root)
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &found)
        .env("DATABASE_URL", format!("sqlite://{}", database.display()))
        .status()
        .context("cannot run cargo")?;
    ensure!(checked.success(), "a statement does not fit the schema (see above): .sqlx is left as it was");

    let kept = home.join(".sqlx");
    if kept.exists() {
        fs::remove_dir_all(&kept)?;
    }
    fs::create_dir(&kept)?;
    for entry in fs::read_dir(&found)? {
        let entry = entry?;
        fs::copy(entry.path(), kept.join(entry.file_name()))?;
    }
    touch(&home.join("src/lib.rs"))
}

fn make_database(migrations: &Path, database: &Path) -> Result<()> {
    let mut files: Vec<_> =
        fs::read_dir(migrations)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort_unstable();
    for file in files {
        let made = Command::new("sqlite3")
            .arg("-bail")
            .arg(database)
            .stdin(File::open(&file)?)
            .status()
            .context("cannot run the sqlite3 shell: install it (Debian: apt-get install sqlite3)")?;
        ensure!(made.success(), "{} does not run", file.display());
    }
    Ok(())
}

fn touch(file: &Path) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file's time of change is the wall clock's business")]
    let now = SystemTime::now();
    File::options().append(true).open(file)?.set_modified(now)?;
    Ok(())
}
