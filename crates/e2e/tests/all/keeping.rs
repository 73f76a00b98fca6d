//! Backup, restore, and data folders that must not be touched.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use e2e::pages::{Browser, SCOPES};
use e2e::{HubProcess, must, run};
use serde_json::json;
use tempfile::TempDir;

use crate::house::{front, give, in_force, logged, person, press};

const PASSPHRASE: &str = "a passphrase of the test";

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A backup of the house through the command line: the file, the file with its passphrase.
fn backup(hub: &HubProcess, folder: &TempDir) -> (PathBuf, PathBuf) {
    let (out, secret) = (folder.path().join("house.backup"), folder.path().join("passphrase"));
    must(std::fs::write(&secret, format!("{PASSPHRASE}\n")), "the passphrase");
    hub.command_json(&["backup", &text(&out), "--backup-passphrase-file", &text(&secret)]);
    (out, secret)
}

/// Starts a second `serve` on a folder that must be refused; what it said.
fn refused(data: &Path) -> String {
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--data", &text(data)], &[], "");
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// L2, S5: backup, restore into a new folder, start there: people, doors, grants and log are there, and every
/// code is read from its lock again before anything is called in force.
#[test]
fn l2_a_restored_house_has_everything_and_reads_its_locks_again() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let grant = give(&hub, &person(&hub, "Ana"), &door, "004711");
    in_force(&hub, &grant);
    let folder = must(tempfile::tempdir(), "a folder");
    let (file, secret) = backup(&hub, &folder);
    let bytes = must(std::fs::read(&file), "the backup");
    assert!(!bytes.windows(6).any(|window| window == b"004711" || window == b"SQLite"), "it is sealed");
    // after the backup something happens that the backup does not know
    hub.post("/people", &json!({ "name": "Later", "kind": "guest" }));
    let token = hub.token().to_owned();
    let before = hub.get("/log/state");
    hub.stop();

    let new = must(tempfile::tempdir(), "a folder");
    // the locks go on living where they are: their storage moves along, as the real ones stay on their doors
    copy_all(&hub.data().join("virtual"), &new.path().join("virtual"));
    private(new.path());
    let arguments = [
        "--json",
        "restore",
        &text(&file),
        "--data",
        &text(new.path()),
        "--backup-passphrase-file",
        &text(&secret),
    ];
    let output = run(&arguments, &[], "");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut restored = HubProcess::start_on(new, &[]);
    assert_eq!(restored.setup_code(), "", "the house has its owner");
    restored.use_token(token);
    let people = restored.get("/people").to_string();
    assert!(people.contains("Ana") && !people.contains("Later"), "{people}");
    assert_eq!(restored.get("/doors").as_array().map(Vec::len), Some(1));
    logged(&restored, "every code is read from its lock again");
    in_force(&restored, &grant);
    assert_eq!(press(&restored, &lock, "004711")["decision"]["allowed"], true);
    logged(&restored, "Ana unlocked Front by code");
    assert_eq!(restored.post("/log/verify", &json!({}))["whole"], true);
    assert!(before["size"].as_u64() > Some(4));
}

fn copy_all(from: &Path, to: &Path) {
    must(std::fs::create_dir_all(to), "a folder");
    for entry in must(std::fs::read_dir(from), "a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => copy_all(&path, &target),
            Ok(kind) if kind.is_file() => drop(must(std::fs::copy(&path, &target), "a file")),
            // sockets belong to a process that has ended
            _ => {}
        }
    }
    private(to);
}

pub fn private(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    must(std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)), "a private folder");
}

/// S5, L2: a wrong passphrase changes nothing; a folder in use is not restored into.
#[test]
fn s5_a_wrong_passphrase_or_a_running_hub_refuses_a_restore() {
    let hub = HubProcess::with_owner();
    let folder = must(tempfile::tempdir(), "a folder");
    let (file, _) = backup(&hub, &folder);
    let new = must(tempfile::tempdir(), "a folder");
    let output = run(&["restore", &text(&file), "--data", &text(new.path())], &[], "a wrong passphrase\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.to_lowercase().contains("passphrase"), "{said}");
    let left: Vec<_> =
        must(std::fs::read_dir(new.path()), "the folder").flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|name| name == "doorward.db"), "{left:?}");
    let cut = folder.path().join("cut.backup");
    let bytes = must(std::fs::read(&file), "the backup");
    must(std::fs::write(&cut, &bytes[..bytes.len() - 100]), "a cut backup");
    let output = run(&["restore", &text(&cut), "--data", &text(new.path())], &[], &format!("{PASSPHRASE}\n"));
    assert_eq!(output.status.code(), Some(1), "a cut backup");
    assert!(!new.path().join("doorward.db").exists());

    let output =
        run(&["restore", &text(&file), "--data", &text(hub.data())], &[], &format!("{PASSPHRASE}\n"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("another hub is using this data folder"), "{said}");
    hub.get("/people");
}

/// S7: one folder, one hub.
#[test]
fn s7_a_second_hub_on_the_same_folder_is_refused() {
    let hub = HubProcess::with_owner();
    let said = refused(hub.data());
    assert!(said.contains("another hub is using this data folder"), "{said}");
    person(&hub, "Ana");
    let output = run(&["owner", "reset", "--data", &text(hub.data())], &[], "a quite new password\n");
    assert_eq!(output.status.code(), Some(1), "nor does anything else write there");
}

/// S7: a database of a newer version is left as it is, byte for byte.
#[test]
fn s7_a_database_of_a_newer_version_is_refused_untouched() {
    let mut hub = HubProcess::with_owner();
    person(&hub, "Ana");
    hub.stop();
    let path = hub.data().join("doorward.db");
    let mut file = must(std::fs::OpenOptions::new().write(true).open(&path), "the database");
    // the user version of a SQLite file stands at byte 60, big-endian: https://sqlite.org/fileformat2.html
    must(file.seek(SeekFrom::Start(60)), "the version");
    must(file.write_all(&9_999_u32.to_be_bytes()), "the version");
    drop(file);
    let before = must(std::fs::read(&path), "the database");
    let said = refused(hub.data());
    assert!(said.contains("newer version"), "{said}");
    assert!(must(std::fs::read(&path), "the database") == before, "untouched");
}

/// E5, L2: a damaged database is named, with the newest good backup; restoring that one brings the house back.
#[test]
fn e5_a_damaged_database_names_the_newest_good_backup() {
    let mut hub = HubProcess::with_owner();
    for number in 0..40 {
        person(&hub, &format!("Person {number}"));
    }
    hub.download("/backup", &json!({ "passphrase": PASSPHRASE }));
    let token = hub.token().to_owned();
    hub.stop();
    let path = hub.data().join("doorward.db");
    let mut bytes = must(std::fs::read(&path), "the database");
    let length = bytes.len();
    for byte in &mut bytes[4096..length] {
        *byte = !*byte;
    }
    must(std::fs::write(&path, &bytes), "a damaged database");
    let said = refused(hub.data());
    assert!(said.contains("damaged") && said.contains("newest good backup: doorward-"), "{said}");
    let backups = must(std::fs::read_dir(hub.data().join("backups")), "backups").flatten();
    let file =
        backups.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "backup"));
    let file = file.unwrap_or_else(|| panic!("no backup in the folder"));
    let output =
        run(&["restore", &text(&file), "--data", &text(hub.data())], &[], &format!("{PASSPHRASE}\n"));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    hub.start_again();
    hub.use_token(token);
    assert_eq!(hub.get("/people").as_array().map(Vec::len), Some(40));
}

/// E5: the hub copies its database by itself; when the database is damaged that copy is named and brings the
/// house back, with the key file that is still there. Copies hold no code in clear.
#[test]
fn e5_a_nightly_copy_is_made_and_brings_a_damaged_house_back() {
    let mut hub = HubProcess::start_in(&[("DOORWARD_NIGHTLY_AFTER_MS", "3000")]);
    let token = Browser::first_owner(&hub).make_token("tests", &SCOPES);
    hub.use_token(token.clone());
    person(&hub, "Ana");
    let (door, _) = front(&hub);
    give(&hub, &person(&hub, "Ben"), &door, "004711");
    let folder = hub.data().join("backups");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let copy = loop {
        let found = std::fs::read_dir(&folder).ok().and_then(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path())
                .find(|path| path.extension().is_some_and(|end| end == "db"))
        });
        if let Some(copy) = found {
            break copy;
        }
        assert!(std::time::Instant::now() < end, "no copy: {}", hub.output());
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let bytes = must(std::fs::read(&copy), "the copy");
    assert!(!bytes.windows(6).any(|window| window == b"004711"));
    hub.stop();
    must(std::fs::write(hub.data().join("doorward.db"), vec![7; 65536]), "a damaged database");
    let said = refused(hub.data());
    assert!(said.contains("damaged") && said.contains("newest good backup: nightly-"), "{said}");
    let output = run(&["restore", &text(&copy), "--data", &text(hub.data())], &[], "");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    hub.start_again();
    assert!(hub.get("/people").to_string().contains("Ana"));
    logged(&hub, "every code is read from its lock again");
    // without its key file such a copy cannot be read, and says so
    let new = must(tempfile::tempdir(), "a folder");
    let output = run(&["restore", &text(&copy), "--data", &text(new.path())], &[], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("without its key file"));
}
