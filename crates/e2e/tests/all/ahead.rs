//! What is to come, from the command line, the API and the pages: who comes in the next days, what a change would do
//! before it does, a list brought in and written out.

use e2e::pages::Browser;
use e2e::{HubProcess, PASSWORD, must};
use serde_json::{Value, json};

use crate::house::{SOON, door, front, id, in_force, person, radio, stands};

/// Zeros in front, so that a number in its place would show.
const CODE: &str = "0048293";

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// P2, pains 1 and 11: a guest of tomorrow is proven today; what cannot be sent is at risk, and the alert says so.
#[test]
fn p2_who_comes_and_whether_the_lock_is_ready() {
    let hub = HubProcess::with_owner();
    let (at, lock) = front(&hub);
    assert_eq!(hub.command_json(&["ready"]), json!([]));
    let ana = person(&hub, "Ana");
    let body = json!({
        "person": ana, "door": at, "new_code": { "pin": CODE },
        "from": soon(1), "until": soon(3),
    });
    // the dry run says it, and nothing has happened
    let foreseen = hub.post("/grants/foresee", &body);
    assert_eq!(foreseen[0]["effect"]["what"], "send", "{foreseen}");
    assert_eq!(foreseen[0]["person"], "Ana");
    assert_eq!(hub.get("/grants"), json!([]));
    assert_eq!(hub.get(&format!("/people/{ana}"))["codes"], json!([]), "no code was made");

    let grant = id(&hub.post("/grants", &body));
    let proven = hub.until("/arrivals?days=14", SOON, |all| all[0]["ready"] == "proven");
    assert_eq!((proven[0]["person_name"].as_str(), rows(&proven).len()), (Some("Ana"), 1));
    let said = hub.command(&["ready", "--days", "14"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("Ana") && said.contains("read back"), "{said}");
    // a lock that nobody can reach from here: for the owner to do
    let shed = door(&hub, "Shed", "UTC");
    hub.post("/told-locks", &json!({ "door": shed, "name": "Bolt", "told": {} }));
    let told = json!({ "person": ana, "door": shed, "new_code": {}, "from": soon(2) });
    assert_eq!(hub.post("/grants/foresee", &told)[0]["effect"]["what"], "by_hand");
    let told = id(&hub.post("/grants", &told));
    hub.until("/arrivals", SOON, |all| rows(all).iter().any(|one| one["ready"] == "told"));
    assert_eq!(hub.ask("DELETE", &format!("/grants/{told}"), None).status, 204);

    // ending it: said before, then done
    let ending = hub.get(&format!("/grants/{grant}/ending"));
    assert_eq!(ending[0]["effect"]["what"], "take_off", "{ending}");
    let said = hub.command(&["revoke", "Ana", "--dry-run"]);
    assert!(said.status.success() && String::from_utf8_lossy(&said.stdout).contains("taken off"));
    stands(&hub, &grant, "scheduled");
    radio(&hub, &lock, false);
    let words = hub.get(&format!("/grants/{grant}/ending"))[0]["words"].to_string();
    assert!(words.contains("when the lock is back in reach"), "{words}");
    // a second guest cannot be sent now: not yet a risk a day before, said as on its way
    let ben = person(&hub, "Ben");
    let body = json!({ "person": ben, "door": at, "new_code": {}, "from": soon(1) });
    hub.post("/grants", &body);
    let all = hub.until("/arrivals", SOON, |all| rows(all).len() == 2);
    let ben = rows(&all).iter().find(|one| one["person_name"] == "Ben").unwrap();
    assert_eq!(ben["ready"], "coming", "{ben}");
    // one who should be able to come in now is
    let cleo = person(&hub, "Cleo");
    hub.post("/grants", &json!({ "person": cleo, "door": at, "new_code": {} }));
    let risk = |one: &Value| one["person_name"] == "Cleo" && one["ready"] == "at_risk";
    hub.until("/arrivals", SOON, |all| rows(all).iter().any(risk));
    let mut browser = Browser::sign_in(&hub, "Olga", PASSWORD).unwrap_or_else(|page| panic!("{page}"));
    let (_, metrics) = browser.get("/metrics");
    assert!(metrics.contains("doorward_arrivals_at_risk 1"), "{metrics}");
    let (_, page) = browser.get("/ready");
    assert!(page.contains("Should open already") && page.contains("at risk"), "{page}");
    radio(&hub, &lock, true);
    hub.until("/arrivals", SOON, |all| rows(all).iter().all(|one| one["ready"] == "proven"));
    assert_eq!(hub.ask("GET", "/arrivals?days=91", None).status, 422);
}

/// Noon of so many days from today, in UTC, in the form of the API.
fn soon(days: i64) -> String {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let then = must(today.checked_add(jiff::Span::new().days(days)), "a date");
    format!("{then}T12:00")
}

/// P1, P6, pain 16: a list is checked, brought in whole, and written out again without codes.
#[test]
fn p6_a_list_is_brought_in_and_written_out() {
    let hub = HubProcess::with_owner();
    front(&hub);
    let folder = must(tempfile::tempdir(), "a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let list = format!(
        "person,kind,place,until,reason,code\n\"Ana, the cleaner\",service,Front door,2036-06-30T18:00,cleans,{CODE}\n\
         Ben,guest,Front door,,,\nCleo,resident,,,,\n"
    );
    must(std::fs::write(file("list.csv"), &list), "the list");
    let dry = hub.command_json(&["import", &file("list.csv"), "--dry-run"]);
    assert_eq!((&dry["done"], rows(&dry["lines"]).len()), (&json!(false), 3), "{dry}");
    assert_eq!(dry["lines"][0]["locks"][0]["effect"]["what"], "send");
    assert_eq!(hub.get("/people"), json!([]), "a dry run changes nothing");
    // all or nothing
    must(std::fs::write(file("bad.csv"), format!("{list}Dora,guest,Barn,,,\n")), "the list");
    let bad = hub.command(&["import", &file("bad.csv")]);
    let said = String::from_utf8_lossy(&bad.stdout).into_owned() + &String::from_utf8_lossy(&bad.stderr);
    assert!(!bad.status.success() && said.contains("no door and no group named Barn"), "{said}");
    assert!(!said.contains(CODE));
    assert_eq!(hub.get("/people"), json!([]));

    assert_eq!(hub.command_json(&["import", &file("list.csv")])["done"], true);
    for grant in rows(&hub.get("/grants")) {
        in_force(&hub, &id(grant));
    }
    assert_eq!(rows(&hub.get("/people")).len(), 3);
    assert_eq!(hub.command_json(&["import", &file("list.csv")])["done"], true);
    assert_eq!((rows(&hub.get("/people")).len(), rows(&hub.get("/grants")).len()), (3, 2), "nothing twice");

    assert!(hub.command(&["export", "--people", &file("out.csv")]).status.success());
    let out = must(std::fs::read_to_string(file("out.csv")), "the list");
    assert!(out.contains("\"Ana, the cleaner\",service,Front door,,,2036-06-30T18:00"), "{out}");
    assert!(!out.contains(CODE), "{out}");
    assert_eq!(out.lines().count(), 4, "{out}");
    // what was written is a list that can be brought in: nothing is new
    let again = hub.command_json(&["import", &file("out.csv"), "--dry-run"]);
    assert!(
        rows(&again["lines"]).iter().all(|line| line["gives"] == false && line["new_person"] == false),
        "{again}"
    );
    assert!(hub.command(&["export", "--house", &file("house.json")]).status.success());
    let house: Value = must(serde_json::from_slice(&must(std::fs::read(file("house.json")), "it")), "JSON");
    assert_eq!((rows(&house["people"]).len(), rows(&house["grants"]).len()), (3, 2));
    assert!(!house.to_string().contains(CODE));
    assert!(
        !hub.command(&["export", "--people", &file("out.csv")]).status.success(),
        "no file is overwritten"
    );
    assert!(!hub.output().contains(CODE));
}
