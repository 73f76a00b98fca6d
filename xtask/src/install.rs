//! What the tests and the live pages need beside Rust: Debian packages, npm and pip packages, by name.
//! Everything that is there already is left alone, so a second run costs nothing.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::run::root;

/// Debian packages that the end-to-end tests use.
const APT: &[&str] = &[
    "chromium",
    "faketime",
    "mosquitto",
    "mosquitto-clients",
    "openssl",
    "python3-venv",
    "sqlite3",
    "valgrind",
];
/// Folders with a `package.json` that the end-to-end tests use.
const NPM: &[&str] = &["crates/e2e/browser"];
/// Installs the counterparts that tests talk to: Zigbee2MQTT with its Node, an SMTP receiver.
const COUNTERPARTS: &str = "crates/e2e/counterparts/setup.sh";
/// Folder with the `package.json` of the pages' own scripts.
const PAGES: &str = "crates/web/assets";

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn quiet(program: &str, args: &[&str], folder: &Path) -> anyhow::Result<()> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    if !output.status.success() {
        bail!("`{program} {}` failed:\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn npm(folder: &Path) -> anyhow::Result<()> {
    if folder.join("node_modules/.installed").exists() {
        return Ok(());
    }
    quiet("npm", &["install", "--no-audit", "--no-fund", "--loglevel=error"], folder)?;
    std::fs::write(folder.join("node_modules/.installed"), "")?;
    Ok(())
}

/// Fetches htmx for live pages, if npm is there; a page without it is a plain form and works.
pub fn pages() {
    let folder = root().join(PAGES);
    if !has("npm") {
        eprintln!("npm is not here: the pages will work as plain forms, without live updates");
        return;
    }
    if let Err(error) = npm(&folder) {
        eprintln!("npm could not fetch the pages' scripts ({error:#}): they will work as plain forms");
    }
}

/// Installs everything that the tests need.
pub fn tests() -> anyhow::Result<()> {
    let missing: Vec<&str> = APT.iter().copied().filter(|package| !installed(package)).collect();
    if !missing.is_empty() {
        eprintln!("installing {}", missing.join(" "));
        quiet("apt-get", &["update"], &root())?;
        let mut args = vec!["install", "-y", "--no-install-recommends"];
        args.extend(&missing);
        quiet("apt-get", &args, &root())?;
    }
    npm(&root().join(PAGES))?;
    for folder in NPM {
        let folder = root().join(folder);
        if folder.join("package.json").exists() {
            npm(&folder).with_context(|| folder.display().to_string())?;
        }
    }
    quiet("sh", &[COUNTERPARTS], &root())?;
    Ok(())
}

fn installed(package: &str) -> bool {
    let output =
        Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]).stderr(Stdio::null()).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("install ok installed"))
}
