//! How long things take, and a hundred locks at once. The figures of the release build are in
//! `docs/performance.md`; here only what would be a plain fault fails.

use std::time::Duration;

use futures::future::join_all;
use hub::ports::body::{RadioFaults, Turner};
use hub::ports::{Ack, Bodies, Hand, Link, LinkEvent, Observed};
use tokio::time::Instant;

use super::house::{House, by_number, is_unlock};
use super::stories::{runtime, story};

const CODE: &str = "004711";

fn middle_and_late(mut all: Vec<Duration>) -> (Duration, Duration) {
    all.sort_unstable();
    (all[all.len() / 2], all[all.len() * 99 / 100])
}

#[test]
fn from_the_last_key_to_the_record_at_the_hub() {
    story(|mut house| async move {
        let lock = house.lock("Front").await;
        house.give(&lock, 1, 1, CODE).await;
        let mut took = Vec::new();
        for _ in 0..50 {
            for digit in CODE.bytes() {
                let key = hub::ports::body::Key::Digit(digit - b'0');
                house.hand(&lock, Hand::Press { key }).await;
            }
            let start = Instant::now();
            let pressed = house.supervisor.clone();
            let address = lock.clone();
            let enter = tokio::spawn(async move {
                let key = hub::ports::body::Key::Enter;
                pressed.hand(&address, Hand::Press { key }).await
            });
            let record = house.record("entry", is_unlock).await;
            took.push(start.elapsed());
            enter.await.expect("pressed").expect("taken");
            let (boot, seq) = record.sequence.expect("a number");
            house.link.acknowledge(&lock, boot, seq).await.expect("acknowledged");
            house.hand(&lock, Hand::Turn { with: Turner::Key, lock: true }).await;
        }
        let (middle, late) = middle_and_late(took);
        println!("last key to record: p50 {middle:?}, p99 {late:?}");
        assert!(middle < Duration::from_millis(100), "{middle:?}");
    });
}

/// 150 ms each way: from the wish to the code read back, as the work loop does it on a slot never looked into, with
/// acknowledgements and the heartbeat between.
#[test]
fn p2_over_a_slow_radio_a_code_is_proven_in_a_few_seconds() {
    story(|mut house| async move {
        let lock = house.lock("Front").await;
        let slow = RadioFaults { delay_ms: 150, ..RadioFaults::default() };
        house.hand(&lock, Hand::RadioFaults(slow)).await;
        let start = Instant::now();
        assert_eq!(house.link.read_slot(&lock, 1, None).await, Ok(Observed::Empty));
        let write = super::house::write(1, 1, CODE);
        house.link.write_slot(&lock, write.clone()).await.expect("written");
        let read = house.link.read_slot(&lock, 1, Some(write)).await;
        assert_eq!(read, Ok(Observed::Matches { enabled: true }));
        let took = start.elapsed();
        println!("a code proven over 150 ms each way: {took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
    });
}

/// A hundred processes take a while to start: `cargo test -p links --test all -- --ignored --nocapture
/// hundred`.
#[test]
#[ignore = "a hundred processes: half a minute of both cores"]
fn a_hundred_locks_one_entry_a_second_each_and_one_person_revoked_on_all() {
    runtime().block_on(async {
        let mut house = House::new();
        let mut locks = Vec::new();
        for n in 0..100 {
            locks.push(house.lock(&format!("Door {n}")).await);
        }
        house.drain();
        let start = Instant::now();
        join_all(locks.iter().map(|lock| house.give(lock, 1, 1, CODE))).await;
        println!("one code on 100 locks: {:?}", start.elapsed());

        const SECONDS: u32 = 10;
        let start = Instant::now();
        let users = locks.iter().enumerate().map(|(n, lock)| {
            let supervisor = house.supervisor.clone();
            let lock = lock.clone();
            tokio::spawn(async move {
                for second in 0..SECONDS {
                    let at = Duration::from_secs(second.into()) + Duration::from_millis(10 * n as u64);
                    tokio::time::sleep_until(start + at).await;
                    for digit in CODE.bytes() {
                        let key = hub::ports::body::Key::Digit(digit - b'0');
                        supervisor.hand(&lock, Hand::Press { key }).await.expect("pressed");
                    }
                    let key = hub::ports::body::Key::Enter;
                    supervisor.hand(&lock, Hand::Press { key }).await.expect("pressed");
                }
            })
        });
        let users: Vec<_> = users.collect();
        let mut entries = 0;
        while entries < 100 * SECONDS {
            house.record("entry", is_unlock).await;
            entries += 1;
        }
        println!("{entries} entries on 100 locks in {:?}", start.elapsed());
        for user in users {
            user.await.expect("typed");
        }
        let events = house.drain();
        for lock in &locks {
            let own =
                |event: &&LinkEvent| matches!(event, LinkEvent::Record { address, .. } if address == lock);
            by_number(&events.iter().filter(own).cloned().collect::<Vec<_>>());
        }
        let start = Instant::now();
        let cleared = join_all(locks.iter().map(|lock| house.link.clear_slot(lock, 1))).await;
        let read = join_all(locks.iter().map(|lock| house.link.read_slot(lock, 1, None))).await;
        println!("one person revoked on 100 locks, read back: {:?}", start.elapsed());
        assert!(cleared.iter().all(|done| *done == Ok(Ack::Applied)));
        assert!(read.iter().all(|seen| *seen == Ok(hub::ports::Observed::Empty)));
        house.supervisor.stop().await;
    });
}
