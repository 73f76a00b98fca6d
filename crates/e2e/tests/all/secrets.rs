//! S5: a known code is in no file, no output and no ordinary answer.

use e2e::pages::Browser;
use e2e::{HubProcess, PASSWORD, random_code};
use serde_json::json;

use crate::house::{front, hand, id, in_force, logged, person, press};

/// S5, P1: only the request to show a code shows it, and the log says who looked.
#[test]
fn s5_a_known_code_is_nowhere_in_clear() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let ana = person(&hub, "Ana");
    let code = random_code(9);
    let body = json!({ "person": ana, "door": door, "new_code": { "pin": code } });
    in_force(&hub, &id(&hub.post("/grants", &body)));
    assert_eq!(press(&hub, &lock, &code)["decision"]["allowed"], true);
    logged(&hub, "Ana unlocked Front by code");
    // refused tries with it are traps too: errors must not repeat what was typed
    hub.ask("POST", "/grants", Some(&body));
    hub.ask(
        "POST",
        "/grants",
        Some(&json!({ "person": ana, "door": door, "new_code": { "pin": format!("{code}x") } })),
    );
    hub.ask("POST", "/grants", Some(&json!({ "person": ana, "door": door, "pin": code })));
    hand(&hub, &lock, &json!({ "do": "turn", "with": "key", "lock": true }));
    look_everywhere(&hub, &code);

    let credential = id(&hub.get(&format!("/people/{ana}"))["codes"][0]);
    let shown = hub.post(&format!("/codes/{credential}/reveal"), &json!({}));
    assert_eq!(shown["pin"], code.as_str());
    let looked = logged(&hub, "Olga (tests)");
    assert_eq!(looked["person"], json!(ana), "{looked}");
    let words = looked["summary"].as_str().unwrap_or_default();
    assert!(words.contains("code of Ana"), "the log says who looked: {words}");
    hub.command(&["people", "show", "Ana"]);
    look_everywhere(&hub, &code);
    look_everywhere(&hub, PASSWORD);
    look_everywhere(&hub, hub.token());
    // and at rest, after a backup, with nothing running
    hub.download("/backup", &json!({ "passphrase": "a passphrase of the test" }));
    hub.stop();
    in_files(&hub, &code);
    in_files(&hub, PASSWORD);
}

/// S5: pages show a code only where it was asked for.
#[test]
fn s5_no_page_shows_a_code_by_itself() {
    let mut hub = HubProcess::start();
    let token = Browser::first_owner(&hub).make_token("tests", &e2e::pages::SCOPES);
    hub.use_token(token);
    let (door, lock) = front(&hub);
    let ana = person(&hub, "Ana");
    let code = random_code(9);
    let body = json!({ "person": ana, "door": door, "new_code": { "pin": code } });
    let grant = id(&hub.post("/grants", &body));
    in_force(&hub, &grant);
    let credential = id(&hub.get(&format!("/people/{ana}"))["codes"][0]);
    let mut browser = Browser::sign_in(&hub, "Olga", PASSWORD).unwrap();
    let pages = [
        "/".to_owned(),
        format!("/doors/{door}"),
        format!("/people/{ana}"),
        format!("/grants/{grant}"),
        format!("/locks/{lock}"),
        format!("/virtual/{lock}"),
        "/people".to_owned(),
        "/grid".to_owned(),
        "/log".to_owned(),
        "/settings".to_owned(),
    ];
    for page in &pages {
        let (status, text) = browser.get(page);
        assert_eq!(status, 200, "{page}");
        assert!(!text.contains(&code), "{page} shows a code");
    }
    let (status, text) = browser.send(&format!("/people/{ana}"), &format!("/codes/{credential}/show"), &[]);
    assert_eq!(status, 200, "{text}");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert!(text.contains(&code) || digits.contains(&code), "asked for, it is shown");
}

fn look_everywhere(hub: &HubProcess, secret: &str) {
    in_files(hub, secret);
    assert!(!hub.output().contains(secret), "in what the hub printed");
    for path in [
        "/people",
        "/grants",
        "/locks",
        "/doors",
        "/log?limit=500",
        "/alerts",
        "/virtual-locks",
        "/tokens",
        "/owners",
    ] {
        assert!(!hub.get(path).to_string().contains(secret), "in {path}");
    }
}

/// Every file below the data folder, the virtual locks' storage among them.
fn in_files(hub: &HubProcess, secret: &str) {
    let files = hub.files();
    assert!(
        files.iter().any(|file| file.ends_with("flash.bin")),
        "the lock's storage is among them: {files:?}"
    );
    for file in files {
        // a file may go while we look
        let Ok(bytes) = std::fs::read(&file) else { continue };
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "in {}", file.display());
    }
}
