//! What goes wrong at a lock, seen from outside: a jam, a lost clock, a magnet, a second controller, records that
//! somebody rewrote, the lock key. From outside: API and the lock's own file.

use std::path::PathBuf;

use e2e::HubProcess;
use serde_json::{Value, json};

use crate::house::{SOON, bolt, front, give, hand, id, in_force, logged, person, press, radio, wait_for};

const CODE: &str = "004711";
/// Bytes of a record in the lock's storage, CRC-32 last, and where the log's detail lies in it.
const RECORD: usize = 88;
const DETAIL: usize = 49;
/// Records that a virtual lock holds; they end its file.
const RING: usize = 1024;

fn ready(hub: &HubProcess) -> (String, String) {
    let (door, lock) = front(hub);
    in_force(hub, &give(hub, &person(hub, "Ana"), &door, CODE));
    (door, lock)
}

fn alert(hub: &HubProcess, kind: &str) -> String {
    let is = |alert: &&Value| alert["kind"] == kind;
    let all = hub.until("/alerts", SOON, |all| all.as_array().into_iter().flatten().any(|one| is(&one)));
    let found = all.as_array().into_iter().flatten().find(is).map(|one| one["text"].to_string());
    found.unwrap_or_default()
}

fn thumbturn(hub: &HubProcess, lock: &str, out: bool) {
    hand(hub, lock, &json!({ "do": "turn", "with": "thumbturn", "lock": out }));
    bolt(hub, lock, if out { 1000 } else { 0 });
}

/// CRC-32 as in zlib, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

fn flash(hub: &HubProcess) -> PathBuf {
    let storage = hub.files().into_iter().find(|path| path.ends_with("flash.bin"));
    storage.unwrap_or_else(|| panic!("a virtual lock has no storage"))
}

/// Changes the third newest record in a lock's storage, with a checksum that holds.
fn rewrite(path: &PathBuf) {
    let mut bytes = std::fs::read(path).unwrap();
    let ring = bytes.len() - RING * RECORD;
    let number = |at: &usize, bytes: &[u8]| u64::from_le_bytes(bytes[*at..*at + 8].try_into().unwrap());
    let whole = |at: &usize, bytes: &[u8]| {
        let (body, sum) = bytes[*at..*at + RECORD].split_at(RECORD - 4);
        crc32(body).to_le_bytes() == sum
    };
    let mut held: Vec<usize> = (0..RING).map(|n| ring + n * RECORD).filter(|at| whole(at, &bytes)).collect();
    held.sort_by_key(|at| number(at, &bytes));
    let at = held[held.len() - 3];
    bytes[at + DETAIL] ^= 1;
    let sum = crc32(&bytes[at..at + RECORD - 4]).to_le_bytes();
    bytes[at + RECORD - 4..at + RECORD].copy_from_slice(&sum);
    std::fs::write(path, bytes).unwrap();
}

/// L2: whoever rewrites a record in the lock's own storage, checksum and all, is found out by its chain.
#[test]
fn l2_a_record_rewritten_in_the_locks_storage_raises_an_alert() {
    let mut hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    radio(&hub, &lock, false);
    for out in [true, false, true, false] {
        thumbturn(&hub, &lock, out);
    }
    hub.stop();
    rewrite(&flash(&hub));
    hub.start_again();
    let state = || hub.ask("GET", &format!("/virtual-locks/{lock}"), None).json;
    wait_for("the lock's power", SOON, || (state()["powered"] == true).then_some(()));
    radio(&hub, &lock, true);
    let told = alert(&hub, "chain_broken");
    assert!(told.contains("do not fit together any more"), "{told}");
    logged(&hub, "The records of Front do not fit together any more");
}

/// E3: a bolt that meets something is told as a jam, and works again when that is gone.
#[test]
fn e3_a_jam_is_told_and_the_bolt_works_again_without_it() {
    let hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    thumbturn(&hub, &lock, false);
    hand(&hub, &lock, &json!({ "do": "jam", "on": true }));
    hub.post(&format!("/locks/{lock}/operate"), &json!({ "operation": "lock" }));
    let told = alert(&hub, "jam");
    assert!(told.contains("met something"), "{told}");
    let shown = hub.get(&format!("/doors/{door}"));
    assert!(shown["state"] != "Locked", "{shown}");
    hand(&hub, &lock, &json!({ "do": "jam", "on": false }));
    thumbturn(&hub, &lock, true);
    hub.until(&format!("/doors/{door}"), SOON, |door| door["state"] == "Locked");
}

/// A16: a lock that has lost the time refuses codes with an end, and no others, until it is told the time again.
#[test]
fn a16_a_lost_clock_denies_codes_with_an_end_and_no_others() {
    let hub = HubProcess::with_owner();
    let (door, lock) = ready(&hub);
    let body = json!({ "person": person(&hub, "Ben"), "door": door, "until": "2099-01-01T00:00",
        "new_code": { "pin": "918273" } });
    in_force(&hub, &id(&hub.post("/grants", &body)));
    hub.until(&format!("/locks/{lock}"), SOON, |lock| lock["live"]["clock_known"] == true);
    radio(&hub, &lock, false);
    hand(&hub, &lock, &json!({ "do": "lose_clock" }));
    assert_eq!(press(&hub, &lock, "918273")["decision"]["allowed"], false);
    assert_eq!(press(&hub, &lock, CODE)["decision"]["allowed"], true);
    radio(&hub, &lock, true);
    logged(&hub, "Ben was refused at Front");
    // the lock's own word: what the hub heard last may be from before
    let state = || hub.ask("GET", &format!("/virtual-locks/{lock}"), None).json;
    wait_for("the lock's time", SOON, || (state()["clock_trusted"] == true).then_some(()));
    bolt(&hub, &lock, 0);
    assert_eq!(press(&hub, &lock, "918273")["decision"]["allowed"], true);
}

/// A26: a bolt that moves without command or hand is an alarm, and goes back.
#[test]
fn a26_a_magnet_on_the_bolt_is_an_alarm_and_is_undone() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    thumbturn(&hub, &lock, true);
    // the bolt follows a hand for five seconds
    std::thread::sleep(std::time::Duration::from_secs(6));
    hand(&hub, &lock, &json!({ "do": "push_bolt", "to": 0 }));
    let told = alert(&hub, "tamper");
    assert!(told.contains("moved without any authority"), "{told}");
    bolt(&hub, &lock, 1000);
}

/// A32, P2: what a second controller writes is found and shown, and never taken off silently.
#[test]
fn a32_what_a_second_controller_writes_is_found_and_shown() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    let order = json!({ "order": "other_controller_writes", "slot": 7 });
    hub.post(&format!("/virtual-locks/{lock}/order"), &order);
    let mine = |all: &Value| {
        all.as_array().into_iter().flatten().any(|one| one["slot"] == 7 && one["lock"] == lock.as_str())
    };
    hub.until("/strangers", SOON, mine);
    hub.ask("DELETE", &format!("/locks/{lock}/slots/7"), None).ok();
    hub.until("/strangers", SOON, |all| !mine(all));
}

/// E3: the lock key locks on a new lock without a code, and says why where it cannot.
#[test]
fn e3_the_lock_key_locks_a_new_lock_and_says_why_with_the_door_open() {
    let hub = HubProcess::with_owner();
    let (_, lock) = ready(&hub);
    let lock_key = || hand(&hub, &lock, &json!({ "do": "press", "key": "lock" }));
    thumbturn(&hub, &lock, false);
    hand(&hub, &lock, &json!({ "do": "door", "open": true }));
    let refused = lock_key();
    assert_eq!(refused["decision"]["allowed"], false);
    assert!(refused["decision"]["result"].to_string().contains("the door is open"), "{refused}");
    hand(&hub, &lock, &json!({ "do": "door", "open": false }));
    let allowed = lock_key();
    assert_eq!(allowed["decision"]["result"], "Allowed: lock by the lock key, at any time.");
    bolt(&hub, &lock, 1000);
}
