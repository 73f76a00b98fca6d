//! The command line as a program sees it: help, documents, exit codes, and how `serve` starts and ends.

use std::time::Duration;

use e2e::{HubProcess, must, run};
use serde_json::Value;

use crate::house::front;

/// Every command that a person can give; `help` of each is asked for.
const COMMANDS: [&[&str]; 26] = [
    &["serve"],
    &["doors"],
    &["people"],
    &["groups"],
    &["schedules"],
    &["locks"],
    &["grant"],
    &["revoke"],
    &["grants"],
    &["lock"],
    &["unlock"],
    &["log"],
    &["log", "verify"],
    &["flags"],
    &["export"],
    &["backup"],
    &["restore"],
    &["owner"],
    &["owner", "reset"],
    &["audit"],
    &["compare"],
    &["fit"],
    &["setup"],
    &["figures"],
    &["odds"],
    &["virtual-lock"],
];

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// S7: help with an example, for every command that the help itself lists.
#[test]
fn s7_every_commands_help_has_an_example() {
    let all = said(&run(&["help"], &[], "").stdout);
    let listed =
        all.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> =
        names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.len() > 15, "{all}");
    let nested = COMMANDS.iter().filter(|words| words.len() > 1).map(|words| words.to_vec());
    let mut missing = Vec::new();
    for words in names.iter().map(|name| vec![*name]).chain(nested) {
        let output = run(&[words.as_slice(), &["--help"]].concat(), &[], "");
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        if !said(&output.stdout).contains(&format!("doorward {}", words[0]))
            || !said(&output.stdout).contains("Example")
        {
            missing.push(words.join(" "));
        }
    }
    assert!(missing.is_empty(), "no example: {missing:?}");
    assert!(said(&run(&["--version"], &[], "").stdout).starts_with("doorward "));
}

/// Contract: 2 for wrong usage, 1 for what was refused or failed, 0 for done; messages on standard error.
#[test]
fn s7_exit_codes_and_messages() {
    let hub = HubProcess::with_owner();
    for words in COMMANDS {
        let output = hub.command(&[words, &["--no-such-option"]].concat());
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{words:?}");
    }
    assert_eq!(hub.command(&["no-such-command"]).status.code(), Some(2));
    for words in [
        vec!["doors", "show", "Nowhere"],
        vec!["lock", "Nowhere"],
        vec!["revoke", "Nobody"],
        vec!["grant", "Nobody", "--door", "Nowhere"],
        vec!["locks", "add", "0x1", "--door", "Nowhere"],
    ] {
        let output = hub.command(&[vec!["--json"], words.clone()].concat());
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(output.stdout.is_empty() && said(&output.stderr).starts_with("doorward: "), "{words:?}");
    }
    let output = run(&["doors"], &[("DOORWARD_URL", "http://127.0.0.1:9"), ("DOORWARD_TOKEN", "none")], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output.stderr).contains("is it running?"), "{}", said(&output.stderr));
    let output = run(&["doors"], &[("DOORWARD_URL", hub.url()), ("DOORWARD_TOKEN", "dw_wrong")], "");
    assert_eq!(output.status.code(), Some(1));
}

/// Contract: `--json` prints one document and nothing else, for every command; the token may stand in a file.
#[test]
fn s7_json_is_one_document() {
    let hub = HubProcess::with_owner();
    let (_, lock) = front(&hub);
    let folder = must(tempfile::tempdir(), "a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (log, house, secret) = (at("log.tar"), at("house.backup"), at("secret"));
    must(std::fs::write(&secret, "a passphrase of the test"), "a file");
    let weekdays = "mon,tue,wed,thu,fri 08:00-18:00";
    let commands: Vec<Vec<&str>> = vec![
        vec!["doors"],
        vec!["doors", "add", "Back door", "--time-zone", "Europe/Vienna"],
        vec!["doors", "show", "front door"],
        vec!["people", "add", "Ana", "--kind", "service"],
        vec!["people"],
        vec!["people", "show", "Ana"],
        vec!["groups", "add", "Both", "--door", "Front door", "--door", "Back door"],
        vec!["groups"],
        vec!["schedules", "add", "Weekdays", "--window", weekdays],
        vec!["schedules"],
        vec!["locks", "tell", "Old bolt", "--door", "Back door", "--maker", "a maker"],
        vec!["locks"],
        vec!["locks", "found"],
        vec!["locks", "strangers"],
        vec![
            "grant",
            "Ana",
            "--group",
            "Both",
            "--schedule",
            "Weekdays",
            "--until",
            "2099-06-30T18:00",
            "--preview",
        ],
        vec!["grant", "Ana", "--group", "Both", "--schedule", "Weekdays", "--until", "2099-06-30T18:00"],
        vec!["grants", "--person", "Ana"],
        vec!["people", "code", "Ana"],
        vec!["locks", "retry", "Front"],
        vec!["lock", "Front door"],
        vec!["unlock", "Front door"],
        vec!["revoke", "Ana"],
        vec!["grants", "--ended"],
        vec!["log", "--limit", "3"],
        vec!["log", "verify"],
        vec!["export", &log],
        vec!["backup", &house, "--backup-passphrase-file", &secret],
        vec!["locks", "remove", "Old bolt"],
        vec!["doors", "remove", "Back door"],
        vec!["figures"],
        vec!["odds", "--digits", "4"],
    ];
    for words in &commands {
        if words.as_slice() == ["doors", "remove", "Back door"] {
            hub.command_json(&["groups", "remove", "Both"]);
        }
        hub.command_json(words);
        if words[0] == "lock" || words[0] == "unlock" {
            let out = if words[0] == "lock" { 1000 } else { 0 };
            crate::house::bolt(&hub, &lock, out);
        }
    }
    must(std::fs::write(&secret, format!("{}\n", hub.token())), "a file");
    let output = run(&["doors", "--json", "--token-file", &secret], &[("DOORWARD_URL", hub.url())], "");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    let doors: Value = must(serde_json::from_slice(&output.stdout), "one document");
    assert_eq!(doors.as_array().map(Vec::len), Some(1));
}

/// Contract: SIGTERM ends the hub cleanly within five seconds, with a virtual lock running.
#[test]
fn s7_sigterm_ends_it_within_five_seconds() {
    let mut hub = HubProcess::with_owner();
    front(&hub);
    let took = hub.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!hub.data().join("doorward.db-wal").exists(), "everything is in the one file");
    hub.start_again();
    assert_eq!(hub.get("/locks").as_array().map(Vec::len), Some(1));
}

/// S5: what others could read along is refused, with the way out.
#[test]
fn s5_beyond_loopback_only_with_tls() {
    let folder = must(tempfile::tempdir(), "a folder");
    let data = folder.path().join("data").display().to_string();
    let output = run(&["serve", "--listen", "0.0.0.0:0", "--data", &data], &[], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output.stderr).contains("--tls auto"), "{}", said(&output.stderr));
    for bad in ["--listen=nonsense", "--tls=only-a-certificate.pem"] {
        let output = run(&["serve", bad, "--data", &data], &[], "");
        assert!(matches!(output.status.code(), Some(1 | 2)), "{bad}");
        assert!(!output.stderr.is_empty());
    }
}

/// S5, S7: a certificate of its own, its fingerprint printed, the command line with it; the same after a start.
#[test]
fn s5_tls_auto_serves_with_the_printed_fingerprint() {
    let mut hub = HubProcess::with_owner_and(&["--tls", "auto"]);
    assert!(hub.url().starts_with("https://"), "{}", hub.url());
    let fingerprint = hub.fingerprint().to_owned();
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    assert!(
        pairs.len() == 32 && pairs.iter().all(|pair| u8::from_str_radix(pair, 16).is_ok()),
        "{fingerprint}"
    );
    let certificate = hub.certificate().display().to_string();
    let output = hub.command(&["doors"]);
    assert_eq!(output.status.code(), Some(1), "an https hub is not trusted blindly");
    assert!(said(&output.stderr).contains("--ca"), "{}", said(&output.stderr));
    let doors = hub.command_json(&["doors", "--ca", &certificate]);
    assert_eq!(doors, serde_json::json!([]));
    let file = must(std::fs::read(hub.certificate()), "the certificate");
    let pem = said(&file);
    let body = e2e::pages::between(&pem, "-----BEGIN CERTIFICATE-----", "-----END").unwrap_or_default();
    let body: String = body.split_whitespace().collect();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body).unwrap();
    let digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
    let own = digest.map(|byte| format!("{byte:02X}")).join(":");
    assert_eq!(fingerprint.to_uppercase(), own, "what it printed is the fingerprint of what it serves");
    hub.kill_and_start();
    assert_eq!(hub.fingerprint(), fingerprint, "a phone that trusts it goes on trusting");
    assert!(must(std::fs::read(hub.certificate()), "the certificate") == file);
    hub.get("/doors");
}
