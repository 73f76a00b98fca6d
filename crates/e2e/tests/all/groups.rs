//! Journey 6: groups, schedules with names, time zones, locks that nobody can reach.

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{around_now_in_utc, door, id, in_force, logged, person, press, virtual_lock};

/// P2, P6, S2: one grant for a cleaner on forty doors, some of them told.
#[test]
fn p6_s2_one_grant_to_a_group_of_forty_doors() {
    let hub = HubProcess::with_owner();
    let mut doors = Vec::new();
    for number in 1..=40 {
        doors.push(door(&hub, &format!("Flat {number}"), "UTC"));
    }
    let reached: Vec<String> =
        doors[..3].iter().zip(1..).map(|(door, n)| virtual_lock(&hub, door, &format!("Lock {n}"))).collect();
    for (door, n) in doors[3..].iter().zip(4..) {
        let told = json!({ "door": door, "name": format!("Lock {n}"), "told": { "maker": "a maker", "model": "by Wi-Fi" } });
        hub.post("/told-locks", &told);
    }
    let group = id(&hub.post("/groups", &json!({ "name": "Flats", "doors": doors })));
    let hours = id(&hub.post("/schedules", &json!({ "name": "Cleaning", "windows": around_now_in_utc() })));
    let cleaner = person(&hub, "Carla");
    let body =
        json!({ "person": cleaner, "group": group, "schedule": hours, "new_code": { "pin": "004711" } });
    let notices = hub.post("/grants/preview", &body).to_string();
    assert!(notices.contains("cannot be reached from here"), "{notices}");
    let grant = id(&hub.post("/grants", &body));
    let count = |grant: &Value, standing: &str| {
        grant["locks"].as_array().into_iter().flatten().filter(|lock| lock["standing"] == standing).count()
    };
    let grant = hub.until(&format!("/grants/{grant}"), 40, |grant| {
        count(grant, "in_force") == 3 && count(grant, "told") == 37
    });
    assert!(grant["when"].as_str().is_some_and(|when| when.contains("Cleaning")), "{grant}");
    assert_eq!(hub.get("/grants").as_array().map(Vec::len), Some(1));
    for lock in &reached {
        assert_eq!(press(&hub, lock, "004711")["decision"]["allowed"], true);
    }
    // told locks count: in the list of locks, and in who gets in by a door
    assert_eq!(hub.get("/locks").as_array().map(Vec::len), Some(40));
    let told = hub.get(&format!("/doors/{}", doors[39]));
    assert_eq!(
        (&told["who"][0]["name"], &told["who"][0]["locks"][0]["standing"]),
        (&json!("Carla"), &json!("told"))
    );
    // a schedule that is in use is not taken away under the grant
    let answer = hub.ask("DELETE", &format!("/schedules/{hours}"), None);
    assert_eq!(answer.status, 409, "{}", answer.text);
    // and one revocation ends it everywhere
    hub.ask("DELETE", &format!("/grants/{}", id(&grant)), None).ok();
    crate::house::settled(&hub);
    for lock in &reached {
        assert_eq!(press(&hub, lock, "004711")["decision"]["allowed"], false);
    }
}

/// P2: a schedule means each door's own local time.
#[test]
fn p2_each_door_has_its_own_time_zone() {
    let hub = HubProcess::with_owner();
    let (here, far) = (door(&hub, "Here", "UTC"), door(&hub, "Far", "Asia/Tokyo"));
    let (near_lock, far_lock) = (virtual_lock(&hub, &here, "Near"), virtual_lock(&hub, &far, "Distant"));
    let both = id(&hub.post("/groups", &json!({ "name": "Both", "doors": [here, far] })));
    let hours = id(&hub.post("/schedules", &json!({ "name": "Now in UTC", "windows": around_now_in_utc() })));
    let ana = person(&hub, "Ana");
    let body = json!({ "person": ana, "group": both, "schedule": hours, "new_code": { "pin": "004711" } });
    in_force(&hub, &id(&hub.post("/grants", &body)));
    assert_eq!(press(&hub, &near_lock, "004711")["decision"]["allowed"], true);
    assert_eq!(press(&hub, &far_lock, "004711")["decision"]["allowed"], false);
    logged(&hub, "Ana was refused at Distant: outside their hours");
}
