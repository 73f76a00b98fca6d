//! Arrivals at risk: told once and days before, not for a passing fault, and not again after a restart.

use hub::access::{Command, GiveAccess, GrantId, ReadBack, Ready, Target};
use hub::ports::{AlertKind, Ids};
use jiff::civil::date;

use crate::house::TestHouse;

fn guest(house: &mut TestHouse, name: &str, digits: &str, day: i8) -> GrantId {
    let person = house.person(name);
    let credential = house.code(person, digits);
    let id = GrantId::new(house.ids.uuid());
    house.act(Command::Give(GiveAccess {
        id,
        person,
        credential,
        target: Target::Door(house.door),
        schedule: None,
        from: Some(date(2026, 11, day).at(15, 0, 0, 0)),
        until: Some(date(2026, 11, day + 1).at(11, 0, 0, 0)),
        once: false,
        reason: "stay".into(),
    }));
    id
}

fn alerts(house: &TestHouse) -> Vec<String> {
    let all = house.hub.view(|view| view.alerts());
    all.into_iter().filter(|one| one.kind == AlertKind::ArrivalAtRisk).map(|one| one.text).collect()
}

fn ready(house: &TestHouse) -> Vec<Ready> {
    house.hub.view(|view| view.arrivals(14)).into_iter().map(|one| one.ready).collect()
}

/// The lock keeps no hours: the code goes there when the stay begins, and the lock falls silent before.
#[test]
fn p2_a_lock_that_falls_silent_before_an_arrival_is_told_once() {
    let mut house = TestHouse::with_lock(ReadBack::Value, false);
    guest(&mut house, "Ana", "048293", 24);
    guest(&mut house, "Later", "730184", 29);
    house.pass(300);
    assert_eq!(ready(&house), [Ready::SentThen, Ready::SentThen]);
    house.reach(false);
    house.pass(600);
    assert_eq!(alerts(&house), Vec::<String>::new(), "a passing fault, a day before");
    house.pass(1_800);
    assert!(ready(&house).iter().all(Ready::is_at_risk), "{:?}", ready(&house));
    let told = alerts(&house);
    assert_eq!(told.len(), 1, "in six days there is time: {told:?}");
    assert!(told[0].contains("Ana") && told[0].contains("2026-11-24 15:00"), "by the door's clock: {told:?}");
    house.pass(1_800);
    assert_eq!(alerts(&house).len(), 1, "told once");
    // a restart repeats nothing; back in reach, all is well again, and it is in the log
    let mut house = house.killed_and_started();
    house.pass(600);
    assert_eq!(ready(&house), [Ready::SentThen, Ready::SentThen]);
    let logged = house.log().iter().filter(|line| line.contains("may not be on Front lock in time")).count();
    assert_eq!(logged, 1);
    // silent again is another matter and told again
    house.reach(false);
    house.pass(2_400);
    let logged = house.log().iter().filter(|line| line.contains("may not be on Front lock in time")).count();
    assert_eq!(logged, 2);
}

/// A lock that keeps the hours has the code a day before, proven; then it may be away as long as it likes.
#[test]
fn p2_a_code_that_is_on_the_lock_is_no_risk() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    guest(&mut house, "Ana", "048293", 24);
    house.pass(60);
    assert!(matches!(ready(&house)[..], [Ready::Proven { .. }]), "{:?}", ready(&house));
    house.reach(false);
    house.pass(4_000);
    assert_eq!(alerts(&house), Vec::<String>::new());
}
