//! P2, P3: the page's words for every state, and the access review.

use access::*;
use jiff::SignedDuration;
use jiff::civil::{date, time};

use crate::world::{World, plain};

#[test]
fn p2_the_page_says_for_each_lock_how_it_stands() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, plain(4));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let grant = world.give(ana, code, door);
    let say = |world: &World, reachable: Option<bool>| {
        let contact = Contact { reachable, next: None, since: None };
        standing(&world.house, &world.house.grants[&grant], &world.house.locks[&lock], world.now, &contact)
    };
    let given = world.now;
    let Standing::Waiting { since, why, .. } = say(&world, Some(false)) else { panic!() };
    assert_eq!((since, why.as_str()), (given, "the lock is out of reach"));
    assert!(matches!(say(&world, None), Standing::Waiting { .. }));
    assert_eq!(say(&world, Some(true)), Standing::Sending { since: given });
    world.work();
    let evidence = Evidence::ReadBack;
    assert_eq!(say(&world, Some(false)), Standing::InForce { since: given, evidence }, "also while away");
    let windows = vec![Window { days: Days::ALL, start: time(18, 0, 0, 0), end: time(20, 0, 0, 0) }];
    let schedule = Some(world.schedule(windows));
    let reason = String::new();
    world.act(Command::ChangeGrant { id: grant, schedule, from: None, until: None, reason }).unwrap();
    assert!(matches!(say(&world, Some(true)), Standing::Sending { .. }));
    world.work();
    assert_eq!(say(&world, Some(true)), Standing::OffHours);
    world.bodies.get_mut(&lock).unwrap().reachable = false;
    world.now = "2026-05-04T18:30:00Z".parse().unwrap();
    assert!(matches!(say(&world, Some(false)), Standing::Waiting { .. }), "it ought to open by now");
    world.act(Command::Revoke { id: grant }).unwrap();
    assert_eq!(say(&world, Some(false)), Standing::Ended, "it was proven off before");
}

#[test]
fn p3_the_review_asks_what_matters_first() {
    let mut world = World::new();
    let (front, back) = (world.door("front", "UTC"), world.door("back", "UTC"));
    let lock = world.lock(front, plain(9));
    let add = |world: &mut World, name: &str, number, until, reason: &str| {
        let person = world.person(name);
        let code = world.code(person, number);
        let mut give = world.wish(person, code, Target::Door(front));
        give.until = until;
        give.reason = reason.into();
        let id = give.id;
        world.act(Command::Give(give)).unwrap();
        (person, code, id)
    };
    let until = Some(date(2027, 1, 1).at(0, 0, 0, 0));
    let (_, used_code, used_grant) = add(&mut world, "Used", 1, until, "cleans");
    let (_, _, idle) = add(&mut world, "Idle", 2, until, "cleans");
    let (_, _, open) = add(&mut world, "Open", 3, None, "");
    let (_, _, gone) = add(&mut world, "Gone", 4, until, "stayed");
    world.work();
    world.bodies.get_mut(&lock).unwrap().reachable = false;
    world.act(Command::Revoke { id: gone }).unwrap();
    world.wait(100 * 86_400);
    let told = world.person("Told");
    let codes = vec![ToldCode { person: told, what: "key".into(), until: None }];
    let id = LockId::new(world.uuid());
    let (address, capabilities) = (LockAddress::told(), Capabilities::told());
    let (name, told_of) = ("deadbolt".to_owned(), Told { codes, ..Told::default() });
    world.act(Command::AddLock { id, door: back, name, address, capabilities, told: told_of }).unwrap();

    let mut last = LastUse::new();
    let yesterday = world.now - SignedDuration::from_hours(24);
    last.insert((used_code, front), yesterday);
    for code in world.house.credentials.values().filter(|code| code.digest == [3; 32]) {
        last.insert((code.id, front), yesterday);
    }
    let items = review(&world.house, &last, SignedDuration::from_hours(24 * 90), world.now);
    let asked: Vec<_> = items
        .iter()
        .map(|item| match &item.by {
            ReviewBy::Grant(grant) => (*grant, item.questions.clone()),
            ReviewBy::Told { what, .. } => {
                assert_eq!((what.as_str(), item.person), ("key", told));
                (GrantId::new(uuid::Uuid::nil()), Vec::new())
            }
        })
        .filter(|(grant, _)| grant.uuid() != uuid::Uuid::nil())
        .collect();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[0].0, gone);
    assert_eq!(asked[0].1[0], Question::EndedAndStillThere);
    assert_eq!(asked[1], (idle, vec![Question::NeverUsed]));
    assert_eq!(asked[2], (open, vec![Question::NoEnd, Question::NoReason]));
    assert_eq!(asked[3], (used_grant, vec![]));
    assert_eq!(items.iter().find(|item| item.last_use.is_some()).unwrap().last_use, Some(yesterday));
}
