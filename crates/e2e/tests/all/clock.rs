//! The wall clock of the machine jumps under a running hub, by libfaketime (Debian's `faketime`).

use std::path::{Path, PathBuf};

use e2e::pages::{Browser, SCOPES};
use e2e::{HubProcess, must};

/// The library that stands between a program and the clock, where Debian puts it.
fn faketime() -> Option<PathBuf> {
    let found = must(std::fs::read_dir("/usr/lib"), "/usr/lib").flatten().find_map(|entry| {
        let path = entry.path().join("faketime/libfaketime.so.1");
        path.exists().then_some(path)
    });
    if found.is_none() {
        let required = std::env::var("DOORWARD_REQUIRE_COUNTERPARTS").is_ok_and(|value| value == "1");
        assert!(!required, "missing: libfaketime (`apt-get install faketime`)");
        eprintln!("skipped: missing libfaketime (`apt-get install faketime`)");
    }
    found
}

fn set(file: &Path, offset: &str) {
    // put in place in one step: a half-written offset would be another jump
    let next = file.with_extension("next");
    must(std::fs::write(&next, format!("{offset}\n")), "the offset");
    must(std::fs::rename(&next, file), "the offset");
}

/// A clock that jumps is noticed: an alert says by how much, the log keeps it, and the house goes on.
#[test]
fn e5_l1_a_clock_that_jumps_is_noticed() {
    let Some(library) = faketime() else { return };
    let folder = must(tempfile::tempdir(), "a folder");
    let file = folder.path().join("offset");
    set(&file, "+0");
    let text = |path: &Path| path.display().to_string();
    let mut hub = HubProcess::start_in(&[
        ("LD_PRELOAD", &text(&library)),
        ("FAKETIME_TIMESTAMP_FILE", &text(&file)),
        ("FAKETIME_NO_CACHE", "1"),
        // a program measures waits by another clock, which never jumps
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ]);
    hub.use_token(Browser::first_owner(&hub).make_token("tests", &SCOPES));
    let quiet = hub.get("/alerts").to_string();
    assert!(!quiet.contains("clock"), "{quiet}");
    set(&file, "+2h");
    let alerts = hub.until("/alerts", 60, |alerts| alerts.to_string().contains("clock_jumped"));
    let words = alerts.to_string();
    // two hours, give or take the time between two looks
    assert!(
        words.contains("by 7200 s") || words.contains("by 7199 s") || words.contains("by 7201 s"),
        "{words}"
    );
    let log = hub.get("/log").to_string();
    assert!(log.contains("clock of this machine jumped"), "{log}");
    assert_eq!(hub.post("/log/verify", &serde_json::json!({}))["whole"], true);
}
