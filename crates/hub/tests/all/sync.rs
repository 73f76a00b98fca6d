//! A change of access, from the wish to the proof (P1, P2, E2), and what happens when things fail on the way.

use std::sync::atomic::Ordering;

use hub::access::{Command, Evidence, ReadBack, ScheduleId, Standing, Window};
use hub::ports::{AlertKind, Ids, LinkError};

use crate::house::TestHouse;

/// Six digits without a pattern, made up for tests.
const CODE: &str = "048293";

#[test]
fn p2_a_code_is_in_force_only_once_it_was_read_back() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(10);
    assert!(matches!(house.standing(grant), Standing::InForce { evidence: Evidence::ReadBack, .. }));
    let slot = house.link.holds(1).expect("a code on the lock");
    assert_eq!(slot.pin, CODE);
    assert!(house.log().iter().any(|line| line.contains("Ana is in force on Front lock (read back)")));
}

#[test]
fn p2_a_lock_that_forgets_is_never_called_in_force() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    house.link.forgetful.store(true, Ordering::SeqCst);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(600);
    assert!(!matches!(house.standing(grant), Standing::InForce { .. }));
    let writes =
        house.link.calls.lock().expect("calls").iter().filter(|call| call.starts_with("write")).count();
    assert!((1..=10).contains(&writes), "{writes} writes: a lock that forgets is not hammered");
}

#[test]
fn e2_a_change_waits_for_a_lock_out_of_reach_and_says_since_when() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    house.reach(false);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(60);
    assert!(matches!(house.standing(grant), Standing::Waiting { .. }));
    assert!(house.link.holds(1).is_none());
    house.reach(true);
    house.pass(60);
    assert!(matches!(house.standing(grant), Standing::InForce { .. }));
}

/// A radio lock that misses one command may say nothing for hours: nobody tells that it is in reach again, and what
/// waits reaches it all the same, without hammering it meanwhile.
#[test]
fn p2_one_command_without_an_answer_is_not_the_end_of_it() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    house.link.reachable.store(false, Ordering::SeqCst);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(3600);
    assert!(matches!(house.standing(grant), Standing::Waiting { .. }), "{:?}", house.standing(grant));
    let asked = house.link.calls.lock().expect("calls").len();
    assert!((2..=20).contains(&asked), "{asked} attempts in an hour");
    house.link.reachable.store(true, Ordering::SeqCst);
    // at most the longest wait for a silent lock
    house.pass(20 * 60);
    assert!(matches!(house.standing(grant), Standing::InForce { .. }), "{:?}", house.standing(grant));
}

#[test]
fn p2_a_revocation_reaches_a_lock_that_was_away() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(10);
    house.reach(false);
    house.act(Command::Revoke { id: grant });
    house.pass(30);
    assert!(matches!(house.standing(grant), Standing::Ending { .. } | Standing::Waiting { .. }));
    assert!(house.link.holds(1).is_some(), "nothing can reach it yet");
    house.reach(true);
    house.pass(60);
    assert!(house.link.holds(1).is_none());
    assert!(matches!(house.standing(grant), Standing::Ended));
    assert!(house.log().iter().any(|line| line.contains("gone from Front lock")));
}

#[test]
fn p2_kill_at_any_commit_loses_nothing_that_was_wanted() {
    // the hub is killed after every single commit between the wish and the proof, once for each
    for kill_after in 0..12 {
        let mut house = TestHouse::with_lock(ReadBack::Value, true);
        let ana = house.person("Ana");
        let code = house.code(ana, CODE);
        house.reach(false);
        let grant = house.give(ana, code, None);
        let start = house.store.disk.lock().expect("disk").commits;
        house.reach(true);
        for _ in 0..20 {
            if house.store.disk.lock().expect("disk").commits >= start + kill_after {
                break;
            }
            house.pass(5);
        }
        let mut house = house.killed_and_started();
        house.pass(120);
        assert!(
            matches!(house.standing(grant), Standing::InForce { .. }),
            "killed after {kill_after} commits"
        );
        assert_eq!(house.link.holds(1).map(|held| held.pin).as_deref(), Some(CODE));
    }
}

#[test]
fn p2_a_refusal_says_so_once_and_stops() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    *house.link.refuse.lock().expect("refuse") = Some(LinkError::Rejected("codes start with 1 here".into()));
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(3600);
    assert!(matches!(house.standing(grant), Standing::Refused { .. }));
    let writes =
        house.link.calls.lock().expect("calls").iter().filter(|call| call.starts_with("write")).count();
    assert_eq!(writes, 1, "the same write would be refused again");
    let refused =
        house.mail.sent.lock().expect("mail").iter().filter(|a| a.kind == AlertKind::ChangeRefused).count();
    assert_eq!(refused, 1);
}

#[test]
fn p2_an_unreadable_lock_gives_accepted_and_no_more() {
    let mut house = TestHouse::with_lock(ReadBack::Never, true);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(30);
    assert!(
        matches!(house.standing(grant), Standing::AcceptedUnreadable { .. }),
        "{:?}",
        house.standing(grant)
    );
}

#[test]
fn e4_hours_are_emulated_on_a_lock_that_keeps_none() {
    let mut house = TestHouse::with_lock(ReadBack::Value, false);
    let hours = ScheduleId::new(house.ids.uuid());
    let time = |hour| jiff::civil::Time::constant(hour, 0, 0, 0);
    let window = Window { days: hub::access::Days::WEEKDAYS, start: time(8), end: time(18) };
    house.act(Command::AddSchedule { id: hours, name: "Office hours".into(), windows: vec![window] });
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, Some(hours));
    house.pass(60);
    let open = |house: &TestHouse| house.link.holds(1).is_some_and(|held| held.enabled);
    assert!(open(&house), "09:00 on a Monday: {:?}", house.standing(grant));
    house.pass(9 * 3600 + 120);
    assert!(!open(&house), "18:02 on a Monday: {:?}", house.standing(grant));
    assert!(matches!(house.standing(grant), Standing::OffHours));
    house.pass(14 * 3600);
    assert!(open(&house), "08:02 on Tuesday: {:?}", house.standing(grant));
}

#[test]
fn l1_a_full_disk_refuses_the_wish_and_changes_nothing() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let people = house.hub.view(|view| view.house.people.len());
    house.store.full.store(true, Ordering::SeqCst);
    let id = hub::access::PersonId::new(house.ids.uuid());
    let command = Command::AddPerson {
        id,
        name: "Ana".into(),
        kind: hub::access::PersonKind::Guest,
        note: String::new(),
    };
    let (hub, owner) = (house.hub.clone(), house.owner());
    let refused = house.pool.run_until(hub.act(&owner, command.clone()));
    assert!(refused.is_err_and(|error| error.to_string().contains("disk is full")));
    assert_eq!(house.hub.view(|view| view.house.people.len()), people);
    house.store.full.store(false, Ordering::SeqCst);
    house.act(command);
    assert_eq!(house.hub.view(|view| view.house.people.len()), people + 1);
}

#[test]
fn e4_a_lock_that_lost_its_clock_is_given_the_time_again() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    house.pass(120);
    let given =
        |house: &TestHouse| house.link.calls.lock().expect("calls").iter().filter(|c| *c == "clock").count();
    assert_eq!(given(&house), 1, "once when it came into reach");
    let report = hub::ports::LockReport { clock_known: Some(false), ..hub::ports::LockReport::default() };
    house.tell(hub::ports::LinkEvent::Report { address: crate::ports::address(), report });
    house.pass(10);
    assert_eq!(given(&house), 2);
    house.pass(180);
    assert!(given(&house) >= 4, "and again while it does not know the time");
    let before = given(&house);
    let report = |known| hub::ports::LockReport { clock_known: Some(known), ..Default::default() };
    for known in [true, false] {
        house.tell(hub::ports::LinkEvent::Report { address: crate::ports::address(), report: report(known) });
    }
    house.pass(2);
    assert_eq!(given(&house), before + 1, "at once, however lately it was given");
}

#[test]
fn p2_a_strangers_code_found_while_looking_is_shown_and_never_touched() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let strange = crate::ports::Held { pin: "918273".into(), enabled: true };
    house.link.slots.lock().expect("slots").insert(1, strange);
    let ana = house.person("Ana");
    let code = house.code(ana, CODE);
    let grant = house.give(ana, code, None);
    house.pass(60);
    assert!(
        matches!(house.standing(grant), Standing::InForce { .. }),
        "in another slot: {:?}",
        house.standing(grant)
    );
    assert_eq!(house.link.holds(1).map(|held| held.pin).as_deref(), Some("918273"), "left as it was");
    assert_eq!(house.hub.view(|view| view.strangers().len()), 1);
    assert!(house.mail.sent.lock().expect("mail").iter().any(|alert| alert.kind == AlertKind::ForeignCode));
}
