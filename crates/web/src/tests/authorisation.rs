//! The table of authorisation, written a second time in `tests/authorisation.txt` and asked of every route
//! as every kind of caller.

use std::collections::BTreeMap;

use axum::http::Method;
use hub::ports::{Role, Scope};

use super::fakes::{TestHouse, Who};
use crate::auth::Needs;
use crate::routes;

const TABLE: &str = include_str!("../../tests/authorisation.txt");
/// Stands in a path for every id; nothing has it.
const NO_ID: &str = "00000000-0000-7000-8000-000000000000";

/// Kinds of callers with what each may do, spelled out here once more on purpose.
const MAY: [(&str, &[&str]); 9] = [
    ("nobody", &["open"]),
    ("viewer", &["open", "signed-in", "account", "read", "read-or-loopback"]),
    ("manager", &["open", "signed-in", "account", "read", "read-or-loopback", "manage", "operate", "reveal"]),
    (
        "owner",
        &["open", "signed-in", "account", "read", "read-or-loopback", "manage", "operate", "reveal", "admin"],
    ),
    ("token:read", &["open", "signed-in", "read", "read-or-loopback"]),
    ("token:manage", &["open", "signed-in", "manage"]),
    ("token:operate", &["open", "signed-in", "operate"]),
    ("token:reveal", &["open", "signed-in", "reveal"]),
    ("token:admin", &["open", "signed-in", "admin"]),
];

fn rows() -> BTreeMap<(String, String), String> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [method, path, needs] = words[..] else { panic!("not three words: {line}") };
            ((path.to_owned(), method.to_owned()), needs.to_owned())
        })
        .collect()
}

fn word(needs: Needs) -> &'static str {
    match needs {
        Needs::Open => "open",
        Needs::SignedIn => "signed-in",
        Needs::Account => "account",
        Needs::ReadOrLoopback => "read-or-loopback",
        Needs::Scope(Scope::Read) => "read",
        Needs::Scope(Scope::Manage) => "manage",
        Needs::Scope(Scope::Operate) => "operate",
        Needs::Scope(Scope::Reveal) => "reveal",
        Needs::Scope(Scope::Admin) => "admin",
    }
}

#[test]
fn s5_every_route_has_a_row_and_every_row_a_route() {
    let code: BTreeMap<(String, String), String> = routes::all()
        .rows
        .iter()
        .map(|row| ((row.path.clone(), row.method.to_string()), word(row.needs).to_owned()))
        .collect();
    let table = rows();
    for (route, needs) in &code {
        assert_eq!(table.get(route), Some(needs), "{route:?} in tests/authorisation.txt");
    }
    for route in table.keys() {
        assert!(code.contains_key(route), "{route:?} stands in tests/authorisation.txt and is no route");
    }
}

async fn callers(house: &TestHouse) -> Vec<(&'static str, Who)> {
    let owner = house.owner().await;
    let mut callers = vec![
        ("nobody", Who::Nobody),
        ("viewer", house.invited(&owner, Role::Viewer, "Vera").await),
        ("manager", house.invited(&owner, Role::Manager, "Max").await),
    ];
    for (name, scope) in [
        ("token:read", Scope::Read),
        ("token:manage", Scope::Manage),
        ("token:operate", Scope::Operate),
        ("token:reveal", Scope::Reveal),
        ("token:admin", Scope::Admin),
    ] {
        callers.push((name, house.token(&owner, scope).await));
    }
    callers.push(("owner", owner));
    callers
}

#[tokio::test]
async fn s5_every_route_answers_every_caller_as_its_row_says() {
    let house = TestHouse::new().await;
    let callers = callers(&house).await;
    // signing out ends the session: asked last
    let mut table: Vec<_> = rows().into_iter().collect();
    table.sort_by_key(|((path, _), _)| path == "/sign-out");
    let mut asked = 0;
    for ((path, method), needs) in &table {
        let api = path.starts_with("/api/") || path == "/metrics" || path == "/healthz";
        let address = path.replace("{id}", NO_ID).replace("{slot}", "1").replace("{version}", "0");
        let address = address.replace("{name}", "style.css");
        let method: Method = method.parse().expect("a method");
        for (name, who) in &callers {
            let may = MAY.iter().find(|(kind, _)| kind == name).expect("a kind").1;
            // a token opens no page: there it is nobody
            let program = matches!(who, Who::Program(_));
            let allowed = if program && !api { needs == "open" } else { may.contains(&needs.as_str()) };
            let (status, problem) = house.ask(who, &method, &address).await;
            let refused =
                matches!(problem.as_str(), "sign_in_first" | "forbidden" | "form_token" | "other_site")
                    || (status == 303 && !api && !allowed);
            assert_eq!(refused, !allowed, "{method} {address} as {name} ({needs}): {status} {problem}");
            asked += 1;
        }
    }
    assert_eq!(asked, table.len() * MAY.len());
}

#[tokio::test]
async fn s5_unknown_methods_and_paths_are_refused() {
    let house = TestHouse::new().await;
    let owner = house.owner().await;
    let ask = async |method: Method, path: &str| house.ask(&owner, &method, path).await.0;
    assert_eq!(ask(Method::DELETE, "/people").await, 405);
    assert_eq!(ask(Method::PATCH, "/api/v1/doors").await, 405);
    assert_eq!(ask(Method::GET, "/nowhere").await, 404);
    assert_eq!(ask(Method::GET, "/api/v1/nowhere").await, 404);
}
