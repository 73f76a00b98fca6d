//! Log, verification, export: what a stranger can check, and what a change of one byte does.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use e2e::{HubProcess, must};
use serde_json::json;

use crate::house::person;

/// L2: the log is whole, from the API and from the shell.
#[test]
fn l2_the_log_verifies() {
    let hub = HubProcess::with_owner();
    person(&hub, "Ana");
    let verdict = hub.command_json(&["log", "verify"]);
    assert_eq!(verdict["whole"], true, "{verdict}");
    assert!(verdict["checked"].as_u64().is_some_and(|checked| checked >= 3));
    let state = hub.get("/log/state");
    assert_eq!(state["root"], verdict["root"]);
    assert!(
        state["checkpoint"].as_str().is_some_and(|note| note.contains("\n\n\u{2014} ")),
        "a signed note: {state}"
    );
}

fn files_of(tar: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(must(std::fs::File::open(tar), "the export"));
    for entry in must(archive.entries(), "a tar file") {
        let mut entry = must(entry, "an entry");
        let name = must(entry.path(), "a name").display().to_string();
        let mut bytes = Vec::new();
        must(entry.read_to_end(&mut bytes), "its content");
        files.insert(name, bytes);
    }
    files
}

/// Entries of a C2SP tlog-tiles bundle: each a big-endian length of two bytes and the entry.
fn bundle(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let [high, low, rest @ ..] = bytes {
        let (entry, more) = rest.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        bytes = more;
    }
    entries
}

fn export(hub: &HubProcess, out: &Path) -> BTreeMap<String, Vec<u8>> {
    hub.command_json(&["export", &out.display().to_string()]);
    files_of(out)
}

/// L2: an export holds tiles, entries, the signed checkpoint and its key in the layout of tlog-tiles. Whether
/// they verify with somebody else's program is tested in the journal itself.
#[test]
fn l2_an_export_is_a_tar_of_tiles_and_a_checkpoint() {
    let hub = HubProcess::with_owner();
    person(&hub, "Ana");
    let folder = must(tempfile::tempdir(), "a folder");
    let out = folder.path().join("log.tar");
    let files = export(&hub, &out);
    let names: Vec<&String> = files.keys().collect();
    let file = |end: &str| files.iter().find(|(name, _)| name.ends_with(end)).map(|(_, bytes)| bytes.clone());
    let checkpoint = String::from_utf8(file("checkpoint").unwrap_or_else(|| panic!("{names:?}"))).unwrap();
    let key = String::from_utf8(file("checkpoint.key").unwrap_or_else(|| panic!("{names:?}"))).unwrap();
    let mut lines = checkpoint.lines();
    let (origin, size) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let size: usize = size.parse().unwrap();
    assert!(key.starts_with(&format!("{origin}+")), "the key is of the log that signs: {key}");
    assert!(checkpoint.contains(&format!("\n\n\u{2014} {origin} ")), "{checkpoint}");
    let (hashes, entries) =
        (file(&format!("tile/0/000.p/{size}")), file(&format!("tile/entries/000.p/{size}")));
    assert_eq!(hashes.map(|tile| tile.len()), Some(32 * size), "{names:?}");
    assert_eq!(entries.map(|bytes| bundle(&bytes).len()), Some(size));
    // the file is not overwritten
    let again = hub.command(&["export", &out.display().to_string()]);
    assert_eq!(again.status.code(), Some(1));
}

/// L2: one byte of one leaf changed in the database: `log verify` names that leaf and ends with 1.
#[test]
fn l2_a_changed_byte_is_found_and_its_entry_named() {
    let mut hub = HubProcess::with_owner();
    for name in ["Ana", "Ben", "Carla", "Dora"] {
        person(&hub, name);
    }
    let folder = must(tempfile::tempdir(), "a folder");
    let files = export(&hub, &folder.path().join("log.tar"));
    let entries =
        files.iter().find(|(name, _)| name.contains("tile/entries/")).map(|(_, bytes)| bundle(bytes));
    let entries = entries.unwrap_or_default();
    let victim = 4;
    hub.stop();
    let database = hub.data().join("doorward.db");
    let mut bytes = must(std::fs::read(&database), "the database");
    let leaf = &entries[victim];
    let places: Vec<usize> =
        bytes.windows(leaf.len()).enumerate().filter(|(_, w)| w == leaf).map(|(at, _)| at).collect();
    assert!(!places.is_empty(), "leaf {victim} stands in the database as it was exported");
    for at in places {
        bytes[at + leaf.len() - 3] ^= 0x40;
    }
    must(std::fs::write(&database, bytes), "the database is changed");
    hub.start_again();
    let output = hub.command(&["log", "verify"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("at entry {victim}:")), "{said}");
    let verdict = hub.post("/log/verify", &json!({}));
    assert_eq!((&verdict["whole"], &verdict["broken_at"]), (&json!(false), &json!(victim)));
    let output = hub.command(&["--json", "log", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(serde_json::from_slice::<serde_json::Value>(&output.stdout).is_ok(), "one document, even then");
}
