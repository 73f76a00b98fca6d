//! A list of people: all or nothing, twice the same as once, and a dry run that changes nothing (P1, P6).

use hub::access::{Effect, PersonKind, Pin, ReadBack, Standing};
use hub::{ImportLine, Imported};

use crate::house::TestHouse;

fn line(number: u64, person: &str, place: &str, code: Option<&str>) -> ImportLine {
    ImportLine {
        number,
        person: person.into(),
        kind: PersonKind::Service,
        place: place.into(),
        schedule: String::new(),
        from: None,
        until: None,
        once: false,
        reason: "cleans".into(),
        code: code.map(|code| Pin::parse(code).expect("a code")),
    }
}

fn import(house: &mut TestHouse, lines: Vec<ImportLine>, dry_run: bool) -> Vec<Imported> {
    let (hub, owner) = (house.hub.clone(), house.owner());
    let told = house.pool.run_until(hub.import(&owner, lines, dry_run)).expect("an answer");
    house.settle();
    told
}

fn list() -> Vec<ImportLine> {
    vec![
        line(2, "Ana", "front DOOR", Some("048293")),
        line(3, "Ben", "Front door", None),
        line(4, "Cleo", "", None),
    ]
}

fn counts(house: &TestHouse) -> (usize, usize, usize) {
    house.hub.view(|view| (view.house.people.len(), view.house.credentials.len(), view.house.grants.len()))
}

#[test]
fn p6_a_list_is_brought_in_whole_and_once() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let told = import(&mut house, list(), true);
    assert!(told.iter().all(|one| one.problem.is_none()), "{told:?}");
    assert_eq!(told[0].locks[0].effect, Effect::Send { alone: true });
    assert_eq!((told[0].new_person, told[0].gives, told[2].gives), (true, true, false));
    assert_eq!(counts(&house), (0, 0, 0), "a dry run changes nothing");
    assert!(house.link.holds(1).is_none());

    import(&mut house, list(), false);
    house.pass(30);
    assert_eq!(counts(&house), (3, 2, 2));
    assert_eq!(house.link.holds(1).expect("Ana's code").pin, "048293", "its zero lives");
    let grants: Vec<_> = house.hub.view(|view| view.house.grants.keys().copied().collect());
    for grant in grants {
        assert!(matches!(house.standing(grant), Standing::InForce { .. }));
    }
    assert!(house.log().iter().any(|line| line.contains("brought a list of people in")));
    assert!(!house.log().iter().any(|line| line.contains("048293")));

    let again = import(&mut house, list(), false);
    assert!(again.iter().all(|one| !one.new_person && !one.gives && one.problem.is_none()), "{again:?}");
    assert_eq!(counts(&house), (3, 2, 2), "the same list again is nothing new");
    // a restart finds all of it
    let house = house.killed_and_started();
    assert_eq!(counts(&house), (3, 2, 2));
}

#[test]
fn p6_with_a_problem_in_one_line_nothing_is_changed() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let mut lines = list();
    lines.push(line(5, "Dora", "Back door", None));
    lines.push(line(6, "Emil", "Front door", Some("048293")));
    lines.push(line(7, "Fay", "Front door", Some("1234")));
    let told = import(&mut house, lines, false);
    let problems: Vec<(u64, &str)> =
        told.iter().filter_map(|one| Some((one.number, one.problem.as_deref()?))).collect();
    assert_eq!(problems.iter().map(|one| one.0).collect::<Vec<_>>(), [5, 6, 7], "{problems:?}");
    assert!(problems[0].1.contains("no door and no group named Back door"));
    assert!(problems.iter().all(|one| !one.1.contains("048293") && !one.1.contains("1234")), "{problems:?}");
    assert_eq!(counts(&house), (0, 0, 0));
    let (hub, owner) = (house.hub.clone(), house.owner());
    let many = (0..1_001).map(|n| line(n, "Ana", "", None)).collect();
    assert!(house.pool.run_until(hub.import(&owner, many, false)).is_err(), "too long a list");
}
