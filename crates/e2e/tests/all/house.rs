//! What most tests do first: a door, a virtual lock, a person, a grant, a code pressed on the keypad.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use e2e::HubProcess;
use serde_json::{Value, json};

/// Longest wait for a lock in reach; a loaded machine is slow.
pub const SOON: u64 = 30;
/// Keys of the days, from Monday.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The id in an answer.
pub fn id(made: &Value) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
}

/// Enters a door.
pub fn door(hub: &HubProcess, name: &str, time_zone: &str) -> String {
    id(&hub.post("/doors", &json!({ "name": name, "time_zone": time_zone })))
}

/// Makes a virtual lock on a door and waits until it answers.
pub fn virtual_lock(hub: &HubProcess, door: &str, name: &str) -> String {
    let lock = id(&hub.post("/virtual-locks", &json!({ "name": name, "door": door })));
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["reachable"] == true);
    lock
}

/// A door with one virtual lock, in UTC: ids of door and lock.
pub fn front(hub: &HubProcess) -> (String, String) {
    let door = door(hub, "Front door", "UTC");
    let lock = virtual_lock(hub, &door, "Front");
    (door, lock)
}

/// Enters a person.
pub fn person(hub: &HubProcess, name: &str) -> String {
    id(&hub.post("/people", &json!({ "name": name, "kind": "guest" })))
}

/// Gives a person a typed code for a door; id of the grant.
pub fn give(hub: &HubProcess, person: &str, door: &str, pin: &str) -> String {
    id(&hub.post("/grants", &json!({ "person": person, "door": door, "new_code": { "pin": pin } })))
}

/// Waits until every lock of a grant says that it is in force.
pub fn in_force(hub: &HubProcess, grant: &str) -> Value {
    stands(hub, grant, "in_force")
}

/// Waits until a grant stands so on every lock.
pub fn stands(hub: &HubProcess, grant: &str, standing: &str) -> Value {
    hub.until(&format!("/grants/{grant}"), SOON, |grant| {
        let locks = grant["locks"].as_array().map(Vec::as_slice).unwrap_or_default();
        !locks.is_empty() && locks.iter().all(|lock| lock["standing"] == standing)
    })
}

/// Does one thing at the door of a virtual lock; what is to be seen then.
pub fn hand(hub: &HubProcess, lock: &str, what: &Value) -> Value {
    hub.post(&format!("/virtual-locks/{lock}/hand"), what)
}

/// Types a code and enter; what is to be seen then.
pub fn press(hub: &HubProcess, lock: &str, code: &str) -> Value {
    for key in code.chars() {
        hand(hub, lock, &json!({ "do": "press", "key": key.to_string() }));
    }
    hand(hub, lock, &json!({ "do": "press", "key": "enter" }))
}

/// Carries the lock's radio out of reach or back.
pub fn radio(hub: &HubProcess, lock: &str, reach: bool) {
    hand(hub, lock, &json!({ "do": "radio", "reach": reach }));
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["reachable"] == reach);
}

/// Waits until the bolt of a virtual lock is at this position, 0 in, 1000 out.
pub fn bolt(hub: &HubProcess, lock: &str, position: u64) {
    hub.until(&format!("/virtual-locks/{lock}"), SOON, |state| {
        state["bolt"] == position && state["moving"] == false
    });
}

/// Waits for an entry of the log with these words; newest first, so that it is the newest of them.
pub fn logged(hub: &HubProcess, words: &str) -> Value {
    let has = |entry: &&Value| entry["summary"].as_str().is_some_and(|summary| summary.contains(words));
    let log = hub.until("/log?limit=500", SOON, |log| log.as_array().into_iter().flatten().any(|e| has(&e)));
    log.as_array().into_iter().flatten().find(has).cloned().unwrap_or_default()
}

/// Waits until nothing waits on any lock.
pub fn settled(hub: &HubProcess) -> Value {
    hub.until("/locks", 2 * SOON, |locks| {
        locks
            .as_array()
            .into_iter()
            .flatten()
            .all(|lock| lock["errands"].as_array().is_some_and(Vec::is_empty))
    })
}

/// Asks again until there is a value, at most so many seconds.
pub fn wait_for<T>(what: &str, seconds: u64, look: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(Instant::now() < end, "{what} did not come within {seconds} s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A window that is shut now in every time zone: no day within a day of today.
pub fn days_far_from_today() -> Value {
    // 1970-01-01 was a Thursday
    let today = usize::try_from(now() / 86_400 + 3).unwrap_or(0) % 7;
    let days: Vec<&str> = (2..=5).map(|ahead| DAYS[(today + ahead) % 7]).collect();
    json!([{ "days": days, "start": "08:00", "end": "18:00" }])
}

/// A window from an hour ago to in an hour by the clock of UTC, every day.
pub fn around_now_in_utc() -> Value {
    let minutes = now() / 60;
    let clock = |minutes: u64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
    json!([{ "days": DAYS, "start": clock(minutes - 60), "end": clock(minutes + 60) }])
}
