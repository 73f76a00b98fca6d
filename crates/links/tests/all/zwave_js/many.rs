//! Many codes on one lock, many locks on one server.

use std::time::{Duration, Instant};

use futures::future::join_all;
use hub::ports::{Ack, Observed};
use serde_json::Value;

use super::rig::House;
use crate::processes::installed;

/// P6: thirty people on one lock; frames counted at the lock.
#[tokio::test]
async fn thirty_people_on_one_lock() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let mut house = House::new(r#"[{"id":2,"kind":"code","users":30}]"#).await;
    let lock = house.rig.lock(2).await;
    house.rig.reachable(&lock, true).await;
    house.hand("/zero?node=2");
    let start = Instant::now();
    let code = |slot: u16| format!("{:06}", 1000 + slot);
    for slot in 1..=30 {
        assert_eq!(house.rig.read(&lock, slot, Some(&code(slot))).await, Ok(Observed::Empty));
        assert_eq!(house.rig.write(&lock, slot, &code(slot)).await, Ok(Ack::Applied));
        let seen = house.rig.read(&lock, slot, Some(&code(slot))).await;
        assert_eq!(seen, Ok(Observed::Matches { enabled: true }));
    }
    let took = start.elapsed();
    let memory = house.hand("/?node=2");
    let frames: u64 = memory["frames"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    eprintln!(
        "Z-Wave: 30 codes looked for, set and read back in {took:?}, {frames} exchanges: {}",
        memory["frames"]
    );
    assert!(
        (60..=61).contains(&frames),
        "a set and a get for each, one checksum for all: {}",
        memory["frames"]
    );
    for slot in 1..=30 {
        assert_eq!(memory["codes"][slot.to_string()]["code"], code(slot));
    }
    assert_eq!(house.rig.link.counts().unasked, 0);
}

/// P6: twenty locks on one server; one that is silent stops nobody else.
#[tokio::test]
async fn twenty_locks_on_one_server() {
    if !installed(&["zwave_js"]) {
        return;
    }
    let node = |id: u16| {
        format!(
            r#"{{"id":{id},"kind":"{}","users":5}}"#,
            if id.is_multiple_of(2) { "code" } else { "credential" }
        )
    };
    let nodes: Vec<String> = (2..22).map(node).collect();
    let mut house = House::new(&format!("[{}]", nodes.join(","))).await;
    let mut locks = Vec::new();
    for id in 2..22 {
        locks.push(house.rig.lock(id).await);
    }
    house.rig.during(Duration::from_secs(1)).await;
    house.hand("/set?node=7&mute=true");
    let start = Instant::now();
    let link = house.rig.link.clone();
    let writes = locks.iter().map(|lock| {
        let link = link.clone();
        async move { hub::ports::Link::write_slot(link.as_ref(), lock, super::rig::write(1, "004711")).await }
    });
    // a link's queue of events is bounded: somebody has to take them
    let (answers, _) = tokio::join!(join_all(writes), house.rig.during(Duration::from_secs(8)));
    eprintln!("Z-Wave: one code on each of 20 locks, one of them silent, within {:?}", start.elapsed());
    for (lock, answer) in locks.iter().zip(&answers) {
        let silent = lock.key.contains("-7-");
        assert_eq!(answer.is_ok(), !silent, "{}: {answer:?}", lock.key);
    }
    for id in (2..22).filter(|id| *id != 7) {
        assert_eq!(house.hand(&format!("/?node={id}"))["codes"]["1"]["code"], "004711", "{id}");
    }
}
