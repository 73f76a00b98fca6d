//! Arrival readiness and the dry run: what is said beforehand, against what then happens (P2, pains 1, 11, 12).

use access::*;
use jiff::civil::{DateTime, date, time};
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, at, caps, plain};

const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

fn day(day: i8, hour: i8) -> Option<DateTime> {
    Some(date(2026, 5, day).at(hour, 0, 0, 0))
}

fn stay(world: &mut World, name: &str, number: u8, door: DoorId, from: Option<DateTime>) -> GrantId {
    let person = world.person(name);
    let code = world.code(person, number);
    let mut give = world.wish(person, code, Target::Door(door));
    give.from = from;
    let id = give.id;
    world.act(Command::Give(give)).unwrap();
    id
}

fn ready(world: &World, contact: Contact) -> Vec<(Timestamp, Ready)> {
    let all = arrivals(&world.house, world.now, AHEAD, |_| contact);
    all.into_iter().map(|one| (one.at, one.ready)).collect()
}

const HERE: Contact = Contact { reachable: Some(true), next: None, since: None };

fn away(world: &World, minutes: i64) -> Contact {
    let since = world.now.checked_sub(SignedDuration::from_mins(minutes)).ok();
    Contact { reachable: Some(false), next: None, since }
}

/// A lock that keeps the beginning has the code days before, proven.
#[test]
fn a_guest_of_next_week_is_proven_on_a_lock_that_keeps_the_beginning() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    world.lock(door, caps(4));
    stay(&mut world, "Ana", 1, door, day(10, 15));
    stay(&mut world, "Later", 2, door, day(30, 15));
    let begins = at("2026-05-10T15:00:00Z");
    assert!(matches!(&ready(&world, HERE)[..], [(when, Ready::Coming { .. })] if *when == begins));
    world.work();
    let all = ready(&world, HERE);
    assert!(matches!(all[..], [(_, Ready::Proven { evidence: Evidence::ReadBack, .. })]), "{all:?}");
    // proven stays proven while the lock is away
    assert!(ready(&world, away(&world, 600))[0].1.is_there());
    // who opens by now is no arrival any more
    world.now = at("2026-05-11T00:00:00Z");
    assert_eq!(ready(&world, HERE), []);
}

/// A lock that keeps nothing gets the code when it begins; whether that will be in time depends on its reach.
#[test]
fn what_the_hub_sends_at_the_beginning_rests_on_the_lock_being_there() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, plain(4));
    stay(&mut world, "Ana", 1, door, day(10, 15));
    world.work();
    let of = |world: &World, contact| ready(world, contact)[0].1.clone();
    assert_eq!(of(&world, HERE), Ready::SentThen);
    assert!(matches!(of(&world, away(&world, 10)), Ready::Coming { .. }), "days before, a short silence");
    assert!(of(&world, away(&world, 31)).is_at_risk(), "a long one");
    world.now = at("2026-05-10T14:00:00Z");
    assert!(of(&world, away(&world, 1)).is_at_risk(), "an hour before, any silence");
    assert!(matches!(of(&world, Contact::default()), Ready::Coming { .. }), "nothing heard since the start");
    // what should open already and is not proven stays on the list until it is
    world.now = at("2026-05-10T15:30:00Z");
    assert!(of(&world, away(&world, 1)).is_at_risk());
    assert!(matches!(of(&world, HERE), Ready::Coming { .. }));
    world.work();
    assert_eq!(ready(&world, HERE), [], "it opens: {:?}", world.bodies[&lock].slots);
}

/// A sleeping lock: in time if it wakes early enough for a second attempt.
#[test]
fn a_sleeping_lock_is_in_time_if_it_wakes_before() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    world.lock(door, Capabilities { sleeps: true, ..plain(4) });
    stay(&mut world, "Ana", 1, door, day(4, 15));
    world.work();
    world.now = at("2026-05-04T11:00:00Z");
    let wakes = |next: Option<&str>| Contact { reachable: Some(false), next: next.map(at), since: None };
    let of = |world: &World, contact| ready(world, contact)[0].1.clone();
    assert!(matches!(of(&world, wakes(Some("2026-05-04T14:00:00Z"))), Ready::Coming { by: Some(_), .. }));
    assert!(of(&world, wakes(Some("2026-05-04T14:57:00Z"))).is_at_risk(), "no time for a second attempt");
    assert!(of(&world, wakes(Some("2026-05-04T10:30:00Z"))).is_at_risk(), "it did not wake");
    assert!(matches!(of(&world, wakes(None)), Ready::Coming { .. }));
    world.now = at("2026-05-04T13:30:00Z");
    assert!(of(&world, wakes(None)).is_at_risk());
}

/// A refusal of the lock and a told lock are said; a revoked grant is nobody's arrival.
#[test]
fn refused_told_and_ended() {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, caps(4));
    let ana = stay(&mut world, "Ana", 1, door, None);
    let op = world.plan(lock).ops[0].clone();
    let id = OpId::new(world.uuid());
    let no = Failure::Rejected("too simple".into());
    let changes = failed(&world.house, lock, &op, id, &no, world.now);
    world.apply(changes);
    let all = ready(&world, HERE);
    assert!(matches!(&all[..], [(_, Ready::AtRisk { why })] if why.contains("too simple")), "{all:?}");
    world.act(Command::Revoke { id: ana }).unwrap();
    assert_eq!(ready(&world, HERE), []);

    let shed = world.door("shed", "UTC");
    let told = LockId::new(world.uuid());
    let (name, address) = ("bolt".to_owned(), LockAddress::told());
    let capabilities = Capabilities::told();
    let add = Command::AddLock { id: told, door: shed, name, address, capabilities, told: Told::default() };
    world.act(add).unwrap();
    stay(&mut world, "Ben", 2, shed, day(10, 15));
    assert!(matches!(ready(&world, HERE)[..], [(_, Ready::Told)]));
}

/// The next visit of somebody who comes by the week, on a lock that keeps no hours.
#[test]
fn the_next_visit_counts_where_the_hub_keeps_the_hours() {
    let mut world = World::new();
    let door = world.door("front", "Europe/Vienna");
    world.lock(door, plain(4));
    let friday = Days::of(&[jiff::civil::Weekday::Friday]);
    let windows = vec![Window { days: friday, start: time(8, 0, 0, 0), end: time(12, 0, 0, 0) }];
    let schedule = Some(world.schedule(windows));
    let cleaner = world.person("Cleaner");
    let code = world.code(cleaner, 1);
    let give = GiveAccess { schedule, ..world.wish(cleaner, code, Target::Door(door)) };
    world.act(Command::Give(give)).unwrap();
    world.work();
    assert_eq!(ready(&world, HERE), [(at("2026-05-08T06:00:00Z"), Ready::SentThen)]);
}

fn effects(world: &World, command: Command) -> Vec<Effect> {
    let before = world.house.clone();
    let all = foresee(&world.house, command, world.now).unwrap();
    assert_eq!(world.house, before, "a dry run changes nothing");
    all.into_iter().map(|one| one.effect).collect()
}

/// The dry run says what then happens on each lock: radio only where it was foretold.
#[test]
fn what_a_change_would_do_is_said_lock_by_lock() {
    let mut world = World::new();
    let (front, back) = (world.door("front", "UTC"), world.door("back", "UTC"));
    let (able, bare) = (world.lock(front, caps(4)), world.lock(back, plain(4)));
    let both = world.group("both", &[front, back]);
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let mut give = world.wish(ana, code, Target::Group(both));
    give.from = day(10, 15);
    give.until = day(12, 11);
    let id = give.id;
    let begins = at("2026-05-10T15:00:00Z");
    let foreseen = effects(&world, Command::Give(give.clone()));
    assert_eq!(foreseen, [Effect::Send { alone: true }, Effect::SendLater { at: begins }]);
    world.act(Command::Give(give)).unwrap();
    world.work();
    assert_eq!((world.bodies[&able].writes, world.bodies[&bare].writes), (1, 0));

    // revoked before it begins: one lock has it, the other never got it
    let foreseen = effects(&world, Command::Revoke { id });
    assert_eq!(foreseen, [Effect::TakeOff, Effect::Drop]);
    // moved to now
    let reason = String::new();
    let change = Command::ChangeGrant { id, schedule: None, from: None, until: day(12, 11), reason };
    let foreseen = effects(&world, change.clone());
    assert_eq!(foreseen, [Effect::Change { alone: true }, Effect::Send { alone: false }]);
    world.act(change).unwrap();
    world.work();
    assert_eq!((world.bodies[&able].writes, world.bodies[&bare].writes), (2, 1));
    // moved away again: the lock that cannot wait loses it until then
    let reason = String::new();
    let change = Command::ChangeGrant { id, schedule: None, from: day(10, 15), until: day(12, 11), reason };
    assert_eq!(effects(&world, change)[1], Effect::TakeOffUntil { at: Some(begins) });

    // a second grant of the same code keeps it there
    let again = world.give(ana, code, front);
    assert_eq!(effects(&world, Command::Revoke { id: again }), [Effect::Change { alone: true }]);
    let same = world.give(ana, code, front);
    assert_eq!(effects(&world, Command::Revoke { id: same }), [Effect::Nothing]);

    // a refusal is the same as the command's own
    let other = world.person("Ben");
    let theirs = world.wish(other, code, Target::Door(front));
    let no = foresee(&world.house, Command::Give(theirs.clone()), world.now).unwrap_err();
    assert_eq!(Err(no), decide(&world.house, Command::Give(theirs), world.now).map(|_| ()));
}

/// Every effect has words, and a lock that nothing can be sent to is named as such.
#[test]
fn by_hand_is_said() {
    let mut world = World::new();
    let door = world.door("shed", "UTC");
    let id = LockId::new(world.uuid());
    let capabilities = Capabilities::told();
    let (name, address, told) = ("bolt".to_owned(), LockAddress::told(), Told::default());
    world.act(Command::AddLock { id, door, name, address, capabilities, told }).unwrap();
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let give = world.wish(ana, code, Target::Door(door));
    let foreseen = foresee(&world.house, Command::Give(give), world.now).unwrap();
    assert_eq!((foreseen[0].effect, foreseen[0].person), (Effect::ByHand, Some(ana)));
    assert!(foreseen[0].effect.words(|at| at.to_string()).contains("at the lock"));
    let later = Effect::SendLater { at: world.now };
    assert!(later.words(|_| "on Sunday".into()).ends_with("on Sunday"));
}
