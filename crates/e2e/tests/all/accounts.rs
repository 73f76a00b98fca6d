//! Accounts: the first owner, a second one, tokens and what they may do, a forgotten password.

use e2e::pages::Browser;
use e2e::{HubProcess, PASSWORD, must, run};
use serde_json::{Value, json};

use crate::house::{front, give, id, in_force, logged, person};

/// S5: nothing answers before the house has an owner, and nobody takes it without the set-up code.
#[test]
fn s5_the_house_is_taken_once_and_with_the_code_of_the_terminal() {
    let hub = HubProcess::start();
    for path in ["/doors", "/people", "/log", "/tokens"] {
        assert_eq!(hub.ask("GET", path, None).status, 401, "{path}");
    }
    let client = reqwest::blocking::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    let client = client.tls_certs_only([]).build().unwrap();
    let take = |code: &str| {
        let fields = [("setup_code", code), ("name", "Mallory"), ("password", PASSWORD), ("again", PASSWORD)];
        client.post(format!("{}/first-visit", hub.url())).form(&fields).send().unwrap().status().as_u16()
    };
    assert!(take("AAAA-AAAA-AAAA") >= 400);
    Browser::first_owner(&hub);
    assert!(take(hub.setup_code()) >= 300);
    assert!(Browser::sign_in(&hub, "Mallory", PASSWORD).is_err());
    let mut hub = hub;
    hub.kill_and_start();
    assert_eq!(hub.setup_code(), "", "no code on a later start");
}

/// S5: a token may do what its scopes say, and nothing more; revoked it does nothing.
#[test]
fn s5_a_token_may_do_what_its_scopes_say() {
    let mut hub = HubProcess::with_owner();
    let (door, lock) = front(&hub);
    let ana = person(&hub, "Ana");
    in_force(&hub, &give(&hub, &ana, &door, "004711"));
    let code = id(&hub.get(&format!("/people/{ana}"))["codes"][0]);
    let all = hub.token().to_owned();
    let made = hub.post("/tokens", &json!({ "name": "a wall display", "scopes": ["read"] }));
    hub.use_token(made["secret"].as_str().unwrap_or_default().to_owned());
    hub.get("/doors");
    let operate = json!({ "operation": "lock" });
    let tries = [
        ("POST", format!("/locks/{lock}/operate"), operate.clone()),
        ("POST", format!("/virtual-locks/{lock}/hand"), json!({ "do": "press", "key": "1" })),
        ("POST", "/people".to_owned(), json!({ "name": "Ben", "kind": "guest" })),
        ("POST", format!("/codes/{code}/reveal"), json!({})),
        ("POST", "/backup".to_owned(), json!({ "passphrase": "a passphrase of the test" })),
        ("POST", "/tokens".to_owned(), json!({ "name": "more", "scopes": ["admin"] })),
        ("GET", "/settings/alerts".to_owned(), Value::Null),
    ];
    for (method, path, body) in &tries {
        let body = (!body.is_null()).then_some(body);
        let answer = hub.ask(method, path, body);
        assert_eq!(
            (answer.status, &answer.json["error"]["code"]),
            (403, &json!("forbidden")),
            "{path}: {}",
            answer.text
        );
    }
    let output = hub.command(&["lock", "Front door"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&output.stderr).is_empty());
    hub.use_token(all);
    assert_eq!(hub.ask("POST", &format!("/locks/{lock}/operate"), Some(&operate)).status, 200);
    // a token cannot give away more than it has, and a revoked one is worth nothing
    let second = made["secret"].as_str().unwrap_or_default().to_owned();
    assert_eq!(hub.ask("DELETE", &format!("/tokens/{}", id(&made)), None).status, 204);
    hub.use_token(second);
    assert_eq!(hub.ask("GET", "/doors", None).status, 401);
}

/// S5: a form without its token, or from another site, does nothing.
#[test]
fn s5_forms_of_strangers_do_nothing() {
    let hub = HubProcess::start();
    let mut browser = Browser::first_owner(&hub);
    let (status, _) = browser.post("/people", &[("name", "Mallory"), ("kind", "guest")]);
    assert_eq!(status, 403);
    let (_, people) = browser.get("/people");
    assert!(!people.contains("Mallory"));
}

/// S7: a second owner is invited, once.
#[test]
fn s7_a_second_owner_is_invited() {
    let hub = HubProcess::with_owner();
    let made = hub.post("/invites", &json!({ "role": "owner" }));
    let code = made["secret"].as_str().unwrap_or_default();
    assert!(Browser::invited(&hub, "not-the-code", "Otto").is_err());
    let mut otto = Browser::invited(&hub, code, "Otto").unwrap_or_else(|page| panic!("{page}"));
    assert_eq!(otto.get("/settings").0, 200);
    let token = otto.make_token("Otto's", &["admin"]);
    assert!(token.len() > 20);
    assert!(Browser::invited(&hub, code, "Third").is_err(), "once");
    let owners = hub.get("/owners");
    assert_eq!(owners.as_array().map(Vec::len), Some(2), "{owners}");
    logged(&hub, "Otto");
    assert!(Browser::sign_in(&hub, "Otto", PASSWORD).is_ok());
}

/// S5: guessing at the sign-in is slowed down.
#[test]
fn s5_guessing_at_the_sign_in_is_throttled() {
    let hub = HubProcess::with_owner();
    let refusals: Vec<String> = (0..12)
        .filter_map(|n| Browser::sign_in(&hub, "Olga", &format!("wrong password {n}")).err())
        .collect();
    assert_eq!(refusals.len(), 12);
    assert!(refusals.last().is_some_and(|page| page.contains("Too many tries")), "{:?}", refusals.last());
}

/// S7: a forgotten password is mended at the machine only, with the hub stopped; sessions end, the house stays.
#[test]
fn s7_an_owners_password_is_reset_at_the_machine() {
    let mut hub = HubProcess::with_owner();
    let data = hub.data().display().to_string();
    hub.stop();
    let new = "four mossy bicycles";
    let output = run(&["owner", "reset", "--data", &data], &[], "short\n");
    assert_eq!(output.status.code(), Some(1), "a weak password");
    let output = run(&["owner", "reset", "--name", "Nobody", "--data", &data], &[], &format!("{new}\n"));
    assert_eq!(output.status.code(), Some(1), "nobody of that name");
    let output = run(&["--json", "owner", "reset", "--data", &data], &[], &format!("{new}\n"));
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = must(serde_json::from_slice(&output.stdout), "one JSON document");
    assert_eq!(told["reset"], "Olga");
    hub.start_again();
    assert!(Browser::sign_in(&hub, "Olga", PASSWORD).is_err());
    assert!(Browser::sign_in(&hub, "Olga", new).is_ok());
    logged(&hub, "password");
}
