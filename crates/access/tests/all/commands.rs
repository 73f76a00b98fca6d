//! P1, P6: what every command changes, and what it refuses.

use access::*;
use jiff::civil::date;

use crate::world::{World, caps, plain};

fn slots(world: &World, lock: LockId) -> Vec<u16> {
    world.house.wanted_of(lock).filter(|row| row.spec.is_some()).map(|row| row.slot).collect()
}

#[test]
fn p6_one_grant_for_a_cleaner_on_forty_doors() {
    let mut world = World::new();
    let doors: Vec<_> = (0..40).map(|n| world.door(&format!("flat {n}"), "Europe/Vienna")).collect();
    let locks: Vec<_> = doors.iter().map(|door| world.lock(*door, caps(4))).collect();
    let group = world.group("all flats", &doors);
    let cleaner = world.person("Cleaner");
    let code = world.code(cleaner, 1);
    let give = world.wish(cleaner, code, Target::Group(group));
    let id = give.id;
    world.act(Command::Give(give)).unwrap();
    world.work();
    assert!(locks.iter().all(|lock| world.opens(*lock, [1; 32])));
    // a door leaves the group, another joins: the grant follows
    let new = world.door("attic", "UTC");
    let late = world.lock(new, caps(4));
    let mut now_in = doors[1..].to_vec();
    now_in.push(new);
    world.act(Command::ChangeGroup { id: group, name: "all flats".into(), doors: now_in }).unwrap();
    world.work();
    assert!(!world.opens(locks[0], [1; 32]) && world.opens(late, [1; 32]));
    world.act(Command::Revoke { id }).unwrap();
    world.work();
    assert!(world.bodies.values().all(|body| body.slots.is_empty()));
    assert_eq!(world.house.wanted.len(), 0);
    assert_eq!(world.act(Command::Revoke { id }), Err(Refusal::Ended));
}

#[test]
fn several_grants_of_one_code_share_one_slot() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, caps(4));
    let group = world.group("house", &[door]);
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let always = world.give(ana, code, door);
    let mut give = world.wish(ana, code, Target::Group(group));
    give.until = Some(date(2026, 6, 1).at(0, 0, 0, 0));
    world.act(Command::Give(give)).unwrap();
    world.work();
    assert_eq!(slots(&world, lock), [1]);
    let spec = world.house.wanted[&(lock, 1)].spec.clone().unwrap();
    assert_eq!(spec.validity, [Validity::ALWAYS], "what always holds covers the rest");
    world.act(Command::Revoke { id: always }).unwrap();
    let spec = world.house.wanted[&(lock, 1)].spec.clone().unwrap();
    assert_eq!(spec.validity.len(), 1);
    assert!(spec.validity[0].until.is_some(), "what is left still ends");
    world.work();
    world.assert_converged();
}

#[test]
fn giving_twice_is_the_same_as_working_out_everything() {
    // the short way for a new grant and the long way over all grants give the same wish
    let mut world = World::new();
    let door = world.door("front", "Europe/Vienna");
    let lock = world.lock(door, caps(4));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    for day in [3, 2, 9] {
        let mut give = world.wish(ana, code, Target::Door(door));
        give.from = Some(date(2026, 6, day).at(8, 0, 0, 0));
        give.until = Some(date(2026, 6, day + 1).at(8, 0, 0, 0));
        world.act(Command::Give(give)).unwrap();
    }
    let before = world.house.wanted[&(lock, 1)].clone();
    assert_eq!(before.spec.as_ref().unwrap().validity.len(), 3);
    // a change of nothing works everything out again and finds nothing to do
    let grant = world.house.grants.values().next().unwrap().clone();
    let Grant { id, schedule, from, until, reason, .. } = grant;
    world.act(Command::ChangeGrant { id, schedule, from, until, reason }).unwrap();
    assert_eq!(world.house.wanted[&(lock, 1)], before);
}

#[test]
fn a_slot_is_given_once_and_never_renumbered() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, caps(9));
    let people: Vec<_> = (1..=4)
        .map(|n| {
            let person = world.person(&format!("person {n}"));
            let code = world.code(person, n);
            (world.give(person, code, door), code)
        })
        .collect();
    world.work();
    world.act(Command::Revoke { id: people[1].0 }).unwrap();
    world.work();
    assert_eq!(slots(&world, lock), [1, 3, 4], "the survivors stay where they are");
    let mut versions = vec![world.house.seen[&(lock, 2)].version];
    let last = world.person("last");
    let code = world.code(last, 9);
    world.give(last, code, door);
    versions.push(world.house.wanted[&(lock, 2)].version);
    assert!(versions[1] > versions[0], "a reused slot goes on counting: {versions:?}");
}

#[test]
fn p1_a_removed_person_stays_until_no_lock_can_hold_their_code() {
    let mut world = World::new();
    let (front, shed) = (world.door("front", "UTC"), world.door("shed", "UTC"));
    let (near, far) = (world.lock(front, caps(4)), world.lock(shed, caps(4)));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    world.give(ana, code, front);
    world.give(ana, code, shed);
    world.work();
    world.bodies.get_mut(&far).unwrap().reachable = false;
    world.act(Command::RemovePerson { id: ana }).unwrap();
    world.work();
    assert!(!world.opens(near, [1; 32]));
    assert!(world.house.people[&ana].removing.is_some(), "the shed may still hold her code");
    assert_eq!(
        holder(&world.house, far, 1, None, None, world.now),
        Some((code, ana)),
        "a late entry finds her"
    );
    let refused = world.act(Command::RemovePerson { id: ana });
    assert_eq!(refused, Err(Refusal::Removing("Ana".into())));
    // her name is free again
    world.person("Ana");
    world.bodies.get_mut(&far).unwrap().reachable = true;
    world.settle();
    assert!(!world.house.people.contains_key(&ana) && !world.house.credentials.contains_key(&code));
    assert!(world.house.grants.values().all(|grant| grant.revoked.is_some()));
    // somebody without a code on any lock goes at once
    let ben = world.person("Ben");
    world.code(ben, 2);
    world.act(Command::RemovePerson { id: ben }).unwrap();
    assert!(!world.house.people.contains_key(&ben));
    assert_eq!(world.house.credentials.len(), 0);
}

#[test]
fn a_lock_is_removed_in_two_phases() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, caps(4));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    world.give(ana, code, door);
    world.work();
    assert_eq!(
        world.act(Command::RemoveDoor { id: door }),
        Err(Refusal::DoorHasLocks { door: "front".into() })
    );
    world.act(Command::RemoveLock { id: lock }).unwrap();
    assert!(world.house.locks[&lock].removing.is_some());
    world.work();
    assert!(!world.house.locks.contains_key(&lock), "its codes are gone, then so is it");
    assert!(world.bodies[&lock].slots.is_empty());
    assert_eq!((world.house.wanted.len(), world.house.errands.len(), world.house.seen.len()), (0, 0, 0));

    // out of reach for ever: the owner takes it away as it is
    let lock = world.lock(door, caps(4));
    world.work();
    world.bodies.get_mut(&lock).unwrap().reachable = false;
    world.act(Command::RemovePerson { id: ana }).unwrap();
    world.act(Command::RemoveLock { id: lock }).unwrap();
    world.settle();
    assert!(world.house.locks.contains_key(&lock) && world.house.people.contains_key(&ana));
    world.act(Command::ForgetLock { id: lock }).unwrap();
    assert!(!world.house.locks.contains_key(&lock));
    assert!(!world.house.people.contains_key(&ana), "no known lock can hold her code any more");
    world.act(Command::RemoveDoor { id: door }).unwrap();
}

#[test]
fn s6_a_told_lock_has_no_slots_and_goes_at_once() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let ana = world.person("Ana");
    let id = LockId::new(world.uuid());
    let code = ToldCode { person: ana, what: "key".into(), until: None };
    let told = Told { maker: Some("A maker".into()), codes: vec![code], ..Told::default() };
    let add = |told: Told, name: &str, id: LockId| Command::AddLock {
        id,
        door,
        name: name.into(),
        address: LockAddress::told(),
        capabilities: Capabilities::told(),
        told,
    };
    world.act(add(told.clone(), "deadbolt", id)).unwrap();
    let another = LockId::new(world.uuid());
    world.act(add(Told::default(), "second deadbolt", another)).unwrap();
    let code = world.code(ana, 1);
    let grant = world.give(ana, code, door);
    assert_eq!(world.house.wanted.len(), 0);
    let row = &world.house.locks[&id];
    let here = standing(&world.house, &world.house.grants[&grant], row, world.now, &Contact::default());
    assert_eq!(here, Standing::Told);
    world.act(Command::RemoveLock { id }).unwrap();
    assert!(!world.house.locks.contains_key(&id));
    let stranger = ToldCode { person: PersonId::new(world.uuid()), what: "key".into(), until: None };
    let bad = Told { codes: vec![stranger], ..Told::default() };
    assert_eq!(world.act(add(bad, "third", id)), Err(Refusal::Told { max: 200 }));
}

#[test]
fn changed_hours_and_zones_reach_every_lock_concerned() {
    let mut world = World::new();
    let door = world.door("front", "Europe/Vienna");
    let lock = world.lock(door, caps(4));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let time = |hour| jiff::civil::time(hour, 0, 0, 0);
    let window = |from, to| Window { days: Days::WEEKDAYS, start: time(from), end: time(to) };
    let schedule = world.schedule(vec![window(8, 18)]);
    let mut give = world.wish(ana, code, Target::Door(door));
    give.schedule = Some(schedule);
    world.act(Command::Give(give)).unwrap();
    world.work();
    world.assert_converged();
    assert!(world.opens(lock, [1; 32]), "Monday noon in Vienna");
    let name = "mornings".to_owned();
    world.act(Command::ChangeSchedule { id: schedule, name, windows: vec![window(6, 9)] }).unwrap();
    world.work();
    assert!(!world.opens(lock, [1; 32]));
    world.assert_converged();
    let held = world.house.wanted[&(lock, 1)].version;
    let (name, note) = ("front".to_owned(), String::new());
    world.act(Command::ChangeDoor { id: door, name, time_zone: "Asia/Tokyo".into(), note }).unwrap();
    assert!(world.house.wanted[&(lock, 1)].version > held, "another zone: written anew");
    assert_eq!(
        world.act(Command::RemoveSchedule { id: schedule }),
        Err(Refusal::InUse { what: "schedule", grants: 1 })
    );
}

#[test]
fn a_lock_that_describes_itself_anew_keeps_what_fits() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, caps(4));
    let people: Vec<_> = (1..=4)
        .map(|n| {
            let person = world.person(&format!("person {n}"));
            let code = world.code(person, n);
            world.give(person, code, door)
        })
        .collect();
    world.act(Command::Revoke { id: people[0] }).unwrap();
    world.work();
    // the table shrank: slot 4 is no more, slot 1 is free
    world.bodies.get_mut(&lock).unwrap().slots.remove(&4);
    world.act(Command::RedescribeLock { id: lock, capabilities: caps(3) }).unwrap();
    world.settle();
    assert_eq!(slots(&world, lock), [1, 2, 3]);
    world.assert_converged();
    // it no longer keeps schedules: emulated from now on
    world.act(Command::RedescribeLock { id: lock, capabilities: plain(3) }).unwrap();
    world.settle();
    world.assert_converged();
    let bad = Capabilities { code: CodeLengths { min: 8, max: 4 }, ..caps(3) };
    let refused = world.act(Command::RedescribeLock { id: lock, capabilities: bad });
    assert_eq!(refused, Err(Refusal::Capabilities("its code lengths")));
}

#[test]
fn limits_are_said() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let ana = world.person("Ana");
    let add = |world: &mut World, name: &str| {
        let id = PersonId::new(world.uuid());
        world.act(Command::AddPerson { id, name: name.into(), kind: PersonKind::Guest, note: String::new() })
    };
    assert_eq!(
        add(&mut world, " ana "),
        Err(Refusal::NameTaken { what: "person", name: "ana".into() }),
        "case and space do not tell people apart"
    );
    for name in ["", "   ", "two\nlines", &"x".repeat(81)] {
        assert_eq!(add(&mut world, name), Err(Refusal::Name { what: "person", max: 80 }), "{name:?}");
    }
    let (name, note) = ("back".to_owned(), String::new());
    let id = DoorId::new(world.uuid());
    let bad = Command::AddDoor { id, name, time_zone: "Mars/Olympus".into(), note };
    assert_eq!(world.act(bad), Err(Refusal::TimeZone("Mars/Olympus".into())));
    let code = world.code(ana, 1);
    let mut give = world.wish(ana, code, Target::Door(door));
    give.reason = "r".repeat(201);
    assert_eq!(world.act(Command::Give(give.clone())), Err(Refusal::TooLong { what: "reason", max: 200 }));
    give.reason = "visits".into();
    give.from = Some(date(2026, 6, 2).at(0, 0, 0, 0));
    give.until = Some(date(2026, 6, 1).at(0, 0, 0, 0));
    assert_eq!(world.act(Command::Give(give.clone())), Err(Refusal::Period));
    give.from = None;
    give.until = Some(date(2026, 5, 1).at(0, 0, 0, 0));
    assert_eq!(world.act(Command::Give(give.clone())), Err(Refusal::Past));
    give.until = None;
    let ben = world.person("Ben");
    give.person = ben;
    assert_eq!(world.act(Command::Give(give.clone())), Err(Refusal::NotTheirCode));
    give.person = ana;
    give.target = Target::Group(GroupId::new(world.uuid()));
    assert_eq!(world.act(Command::Give(give)), Err(Refusal::NotFound("group")));
    let id = ScheduleId::new(world.uuid());
    let time = jiff::civil::time(8, 0, 0, 0);
    let none = Window { days: Days::of(&[]), start: time, end: time };
    let refused = world.act(Command::AddSchedule { id, name: "never".into(), windows: vec![none] });
    assert_eq!(refused, Err(Refusal::Windows { max: 21 }));
}
