//! What the hub sees of a door by itself (D1), and the red flags it watches (H1).

use hub::access::{LockoutRule, ReadBack};
use hub::ports::AlertKind;

use crate::house::TestHouse;

const CODE: &str = "048293";

fn tell(house: &mut TestHouse, toml: &str) {
    let told = door::survey::Survey::from_toml(toml).expect("a survey");
    let (hub, owner, at) = (house.hub.clone(), house.owner(), house.door);
    house.pool.run_until(hub.tell_survey(&owner, at, &told)).expect("told");
    house.settle();
}

fn flags(house: &TestHouse) -> Vec<&'static str> {
    house.hub.red_flags(Some(house.door)).into_iter().map(|flag| flag.id).collect()
}

#[test]
fn d1_codes_lengths_and_lock_out_fill_themselves() {
    use door::survey::Key;
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    house.give(ana, code, None);
    house.pass(20);
    let survey = house.hub.survey(house.door);
    assert_eq!(survey.number(Key::SmartCodes), Some(1.0));
    assert_eq!(survey.number(Key::SmartCodeLength), Some(6.0));
    assert_eq!(survey.yes(Key::HabitGuestCodesExpire), Some(false));
    assert_eq!(survey.number(Key::HabitStalePeople), Some(0.0));
    assert_eq!(survey.word(Key::SmartLogPlace), Some("home"));
    // this lock's link does not say what happens after wrong codes: nothing is guessed
    assert_eq!(
        house.hub.view(|view| view.house.locks[&house.lock].capabilities.lockout),
        None::<LockoutRule>
    );
    assert_eq!(survey.word(Key::SmartLockout), None);
}

#[test]
fn h1_a_told_flag_is_raised_once_and_cleared() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    tell(&mut house, "[frame]\ngap_mm = 6\nscrew_length_mm = 19\n");
    assert_eq!(flags(&house), ["strike-screws", "visible-gap"]);
    house.pass(120);
    let raised =
        |house: &mut TestHouse| house.log().iter().filter(|line| line.starts_with("Red flag at")).count();
    assert_eq!(raised(&mut house), 2, "each told once");
    let since: Vec<_> = house.hub.red_flags(None).into_iter().map(|flag| flag.since).collect();
    let alerts = house.hub.view(|view| view.alerts());
    let kinds = alerts.iter().filter(|alert| alert.kind == AlertKind::RedFlag);
    assert_eq!(kinds.clone().count(), 2);
    assert!(kinds.clone().all(|alert| alert.text.contains("maintenance pass this month")));
    // a restart tells nothing anew and keeps since when
    let mut house = house.killed_and_started();
    house.pass(30);
    assert_eq!(raised(&mut house), 2);
    assert_eq!(house.hub.red_flags(None).into_iter().map(|flag| flag.since).collect::<Vec<_>>(), since);
    tell(&mut house, "[frame]\ngap_mm = 2\nscrew_length_mm = 76\n");
    assert!(flags(&house).is_empty());
    assert_eq!(house.log().iter().filter(|line| line.starts_with("Red flag cleared")).count(), 2);
}

#[test]
fn h1_an_age_that_was_told_grows_until_its_flag_is_up() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    tell(&mut house, "[habits]\nbackup_tested_months = 11\n");
    assert!(flags(&house).is_empty());
    house.clock.pass(std::time::Duration::from_secs(61 * 86_400));
    house.pass(30);
    assert_eq!(flags(&house), ["backup-untested"]);
    assert!(house.log().iter().any(|line| line.contains("13 months")));
}

#[test]
fn h1_firmware_that_stays_for_months_is_flagged_from_what_the_hub_saw() {
    use hub::ports::{LinkEvent, LockReport};
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let report = |version: &str| LinkEvent::Report {
        address: crate::ports::address(),
        report: LockReport { firmware: Some(version.into()), ..LockReport::default() },
    };
    house.tell(report("1.0"));
    house.pass(30);
    assert!(flags(&house).is_empty());
    house.clock.pass(std::time::Duration::from_secs(125 * 86_400));
    house.pass(30);
    assert_eq!(flags(&house), ["firmware-old"]);
    house.tell(report("1.1"));
    house.pass(30);
    assert!(flags(&house).is_empty(), "a new version is young as far as the hub knows");
}

#[test]
fn h1_a_code_nobody_gave_flags_the_door_until_it_is_gone() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let strange = crate::ports::Held { pin: "918273".into(), enabled: true };
    house.link.slots.lock().expect("slots").insert(1, strange);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    house.give(ana, code, None);
    house.pass(60);
    assert_eq!(flags(&house), ["code-shared"]);
    assert!(
        house.hub.red_flags(None)[0].evidence.contains("(seen 2026-11-23T08:0"),
        "{:?}",
        house.hub.red_flags(None)
    );
    house.act(hub::access::Command::RemoveForeign { lock: house.lock, slot: 1 });
    house.pass(60);
    assert!(flags(&house).is_empty(), "cleared by what the lock says, not by a word");
    assert!(house.log().iter().any(|line| line.starts_with("Red flag cleared at Front door: code shared")));
}
