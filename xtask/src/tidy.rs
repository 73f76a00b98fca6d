//! `cargo xtask tidy`: the shape of the code as a check. The table of allowed imports between rooms is the
//! one in ARCHITECTURE.md; an edge that is not in it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::run::root;

/// Which rooms a room may import. Downward only.
const ROOMS: &[(&str, &[&str])] = &[
    // ground floor
    ("lock", &[]),
    ("cylinder", &[]),
    ("journal", &[]),
    ("access", &["lock"]),
    ("door", &["cylinder", "lock"]),
    ("care", &["access", "door"]),
    // first floor
    ("hub", &["access", "care", "door", "journal", "lock"]),
    // second floor
    ("store_sqlite", &["hub", "access", "journal"]),
    ("virtual_lock", &["lock"]),
    ("links", &["hub", "access", "lock", "virtual_lock"]),
    ("notify", &["hub", "access"]),
    ("vault", &["hub", "access"]),
    ("web", &["hub", "access", "care", "journal", "door", "cylinder", "lock"]),
    // roof
    (
        "doorward",
        &[
            "hub",
            "access",
            "care",
            "journal",
            "door",
            "cylinder",
            "lock",
            "links",
            "notify",
            "store_sqlite",
            "vault",
            "virtual_lock",
            "web",
        ],
    ),
    // proving ground
    ("e2e", &[]),
    ("sim", &["hub", "access", "journal", "store_sqlite"]),
    ("xtask", &["lock", "cylinder", "door"]),
];

/// Libraries that only the named rooms may use.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["store_sqlite"]),
    ("axum", &["web"]),
    ("rumqttc-next", &["links"]),
    ("lettre", &["notify"]),
    ("tokio", &["store_sqlite", "virtual_lock", "links", "notify", "web", "doorward", "e2e", "vault", "sim"]),
];

/// Longest file, in lines.
const FILE_LINES_MAX: usize = 600;
/// Longest function, in lines, tests aside.
const FUNCTION_LINES_MAX: usize = 100;

/// Runs every check and prints what it found.
pub fn run() -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut manifests = vec![("xtask".to_owned(), root().join("xtask"))];
    for entry in std::fs::read_dir(root().join("crates"))? {
        let entry = entry?;
        manifests.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    manifests.sort();
    for (room, folder) in &manifests {
        imports(room, folder, &mut found)?;
        let mut files = Vec::new();
        rust_files(&folder.join("src"), &mut files)?;
        dead_files(folder, &files, &mut found)?;
        rust_files(&folder.join("tests"), &mut files)?;
        rust_files(&folder.join("benches"), &mut files)?;
        rust_files(&folder.join("examples"), &mut files)?;
        for file in &files {
            file_shape(file, &mut found)?;
        }
    }
    texts(&root(), &mut found)?;
    if found.is_empty() {
        println!("tidy: nothing to do");
        return Ok(());
    }
    found.sort();
    for line in &found {
        eprintln!("{line}");
    }
    bail!("tidy: {} things to mend", found.len())
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn imports(room: &str, folder: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    let path = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let manifest: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let Some(allowed) = rooms.get(room) else {
        found.push(format!("{}: the room {room} is not in tidy's table", relative(&path)));
        return Ok(());
    };
    let dependencies =
        manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    for name in dependencies.keys() {
        if rooms.contains_key(name.as_str()) && !allowed.contains(&name.as_str()) {
            found.push(format!("{}: {room} may not import {name}", relative(&path)));
        }
        let only = LIBRARIES.iter().find(|(library, _)| library == name);
        if only.is_some_and(|(_, users)| !users.contains(&room)) {
            found.push(format!("{}: {room} may not use {name}", relative(&path)));
        }
    }
    let inherits =
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
    if inherits != Some(true) {
        found.push(format!("{}: [lints] workspace = true is missing", relative(&path)));
    }
    Ok(())
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

/// A file that no `mod` names is not compiled.
fn dead_files(folder: &Path, files: &[PathBuf], found: &mut Vec<String>) -> anyhow::Result<()> {
    let mut named = BTreeSet::new();
    for file in files {
        for line in std::fs::read_to_string(file)?.lines() {
            let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            let line = line.trim_start_matches("pub(super) ");
            if let Some(path) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
                let file = Path::new(path).file_stem().unwrap_or_default();
                named.insert(file.to_string_lossy().into_owned());
            }
            if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                named.insert(name.trim_start_matches("r#").to_owned());
            }
        }
    }
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let module = if stem == "mod" {
            file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned()
        } else {
            stem
        };
        let entry = ["lib", "main"].contains(&module.as_str()) || file.starts_with(folder.join("src/bin"));
        if !entry && !named.contains(&module) {
            found.push(format!("{}: no `mod` names this file", relative(file)));
        }
    }
    Ok(())
}

fn file_shape(file: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let name = relative(file);
    let says = text.starts_with("//!") || text.starts_with("#![no_std]\n#![doc = include_str!");
    if !says {
        found.push(format!("{name}: starts without `//!` saying what it is for"));
    }
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > FILE_LINES_MAX {
        found.push(format!("{name}: {} lines, {FILE_LINES_MAX} are the cap", lines.len()));
    }
    let proving = ["tests", "examples"];
    if !file.components().any(|part| proving.iter().any(|folder| part.as_os_str() == *folder)) {
        functions(&name, &lines, found);
    }
    Ok(())
}

/// Function lengths by indentation, which rustfmt keeps true: from `fn` to the closing brace in its column.
fn functions(name: &str, lines: &[&str], found: &mut Vec<String>) {
    let tests = lines.iter().position(|line| line.trim() == "#[cfg(test)]").unwrap_or(lines.len());
    let mut at = 0;
    while at < tests {
        let line = lines[at];
        let indent = line.len() - line.trim_start().len();
        let starts = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "pub(crate) fn ",
            "pub(crate) async fn ",
            "const fn ",
        ];
        if starts.iter().any(|start| line.trim_start().starts_with(start)) && !line.trim_end().ends_with(';')
        {
            let close = format!("{}}}", " ".repeat(indent));
            let length = lines[at..].iter().position(|line| *line == close).unwrap_or(0);
            if length + 1 > FUNCTION_LINES_MAX {
                let words = line.trim();
                found.push(format!("{name}:{}: {} lines in `{words}`", at + 1, length + 1));
            }
        }
        at += 1;
    }
}

/// The project speaks of itself alone: no machine paths in what is written down.
fn texts(folder: &Path, found: &mut Vec<String>) -> anyhow::Result<()> {
    let listed = std::process::Command::new("git").args(["ls-files"]).current_dir(folder).output()?;
    for name in String::from_utf8_lossy(&listed.stdout).lines() {
        let path = folder.join(name);
        if name == "xtask/src/tidy.rs" || !path.is_file() {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (at, line) in text.lines().enumerate() {
            if ["/work/", "/root/", "/home/"].iter().any(|machine| line.contains(machine)) {
                found.push(format!("{name}:{}: a path of a machine", at + 1));
            }
        }
    }
    Ok(())
}
