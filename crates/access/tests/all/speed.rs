//! Figures of a large house. Run with
//! `cargo test --release -p access -- --ignored --nocapture large`.

use std::time::Instant;

use access::*;

use crate::world::{World, caps};

#[test]
#[ignore = "ten thousand grants: for release builds"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn large_house_is_planned_quickly() {
    let mut world = World::new();
    let doors: Vec<DoorId> = (0..100).map(|n| world.door(&format!("door {n}"), "Europe/Vienna")).collect();
    let locks: Vec<LockId> = doors.iter().map(|door| world.lock(*door, caps(250))).collect();
    let group = world.group("all", &doors);
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    let schedule = world.schedule(vec![Window { days: Days::WEEKDAYS, start: time(8), end: time(18) }]);
    let mut people = Vec::new();
    let mut house = std::mem::take(&mut world.house);
    for n in 0..10_000u32 {
        let (person, credential) = (PersonId::new(world.uuid()), CredentialId::new(world.uuid()));
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&n.to_be_bytes());
        let created = world.now;
        let (name, note) = (format!("person {n}"), String::new());
        let kind = PersonKind::Guest;
        house.people.insert(person, Person { id: person, name, kind, note, created, removing: None });
        let (sealed, version, changed) = (vec![1], 1, created);
        let code = Credential { id: credential, person, digits: 6, sealed, digest, version, changed };
        house.credentials.insert(credential, code);
        people.push((person, credential));
    }
    world.house = house;
    let mut gives = Vec::new();
    for (n, (person, code)) in people.iter().enumerate() {
        let mut give = world.wish(*person, *code, Target::Door(doors[n % 100]));
        give.schedule = (n % 2 == 0).then_some(schedule);
        gives.push(Command::Give(give));
    }
    let start = Instant::now();
    for give in gives {
        for change in decide(&world.house, give, world.now).unwrap() {
            world.house.apply(change);
        }
    }
    eprintln!("10,000 grants decided one by one: {:?}", start.elapsed());

    let start = Instant::now();
    let zone = world.zone(locks[0]);
    let ops: usize = locks.iter().map(|lock| plan(&world.house, *lock, world.now, &zone).ops.len()).sum();
    let taken = start.elapsed();
    eprintln!("10,000 grants on 100 locks planned: {taken:?}");
    assert_eq!(ops, 10_000);
    assert!(taken.as_millis() < 50, "{taken:?}");

    let (person, code) = people[0];
    let all = world.wish(person, code, Target::Group(group));
    let id = all.id;
    let start = Instant::now();
    let changes = decide(&world.house, Command::Give(all), world.now).unwrap();
    eprintln!("one grant on 100 doors decided: {:?}", start.elapsed());
    world.apply(changes);
    let start = Instant::now();
    let changes = decide(&world.house, Command::Revoke { id }, world.now).unwrap();
    let taken = start.elapsed();
    eprintln!("its revocation over 100 locks decided: {taken:?}, {} rows", changes.len());
    assert!(taken.as_millis() < 10, "{taken:?}");
    world.apply(changes);
}
