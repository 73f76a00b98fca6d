//! Living with the locks through the hub: tasks and what they clear, the review, the register of keys, the calendar's
//! address, travel times, an entry that nobody recognises, a search for a fault that outlives its lock.

use care::living::privacy::Answers;
use care::living::travel::Trend;
use care::mend::entry::{Verdict, judge};
use hub::access::{Command, LockAddress, LockId, ReadBack};
use hub::ports::{Ids, LinkEvent, LockRecord, LockReport, RecordKind, RecordSource, Role};
use hub::{Actor, Given, HubError, KeyWish};
use zeroize::Zeroizing;

use crate::house::TestHouse;
use crate::ports::{address, capabilities};

const CODE: &str = "048293";

fn house() -> TestHouse {
    TestHouse::with_lock(ReadBack::Value, true)
}

fn viewer(house: &TestHouse) -> Actor {
    Actor { role: Role::Viewer, name: "Vera".into(), ..house.owner() }
}

fn task(house: &TestHouse, kind: &str) -> care::living::calendar::Task {
    house.hub.tasks().into_iter().find(|task| task.kind == kind).unwrap_or_else(|| panic!("no {kind}"))
}

macro_rules! ask {
    ($house:expr, $call:expr) => {{
        let answer = $house.pool.run_until($call);
        $house.settle();
        answer
    }};
}

fn record(house: &mut TestHouse, seq: u64, kind: RecordKind, source: RecordSource, slot: Option<u16>) {
    let at = Some("2026-11-23T08:00:00Z".parse().expect("a time"));
    let record = LockRecord { sequence: Some((1, seq)), at, kind, source, slot, version: None, why: None };
    house.tell(LinkEvent::Record { address: address(), record });
}

#[test]
fn h3_a_task_is_ticked_off_with_a_note_and_stands_in_the_log() {
    let mut house = house();
    let (hub, owner) = (house.hub.clone(), house.owner());
    let before = task(&house, "firmware");
    ask!(house, hub.tick_off(&owner, &before.id, "there was none")).expect("done");
    let after = task(&house, "firmware");
    assert!(after.decided_by.contains("ticked off by Olga"), "{}", after.decided_by);
    assert!(
        house.log()[0].contains("Look for new firmware for Front lock (there was none)"),
        "{:?}",
        house.log()[0]
    );
    let vera = viewer(&house);
    assert_eq!(ask!(house, hub.tick_off(&vera, &before.id, "")), Err(HubError::Forbidden));
    assert_eq!(ask!(house, hub.tick_off(&owner, "firmware-nothing", "")), Err(HubError::NotFound("task")));
    let long = "x".repeat(301);
    assert!(matches!(ask!(house, hub.tick_off(&owner, &before.id, &long)), Err(HubError::Refused(_))));
    // it survives a restart
    let house = house.killed_and_started();
    assert!(task(&house, "firmware").decided_by.contains("ticked off by Olga"));
}

#[test]
fn p4_a_backup_that_was_tried_clears_its_red_flag_and_one_that_failed_does_not() {
    let mut house = house();
    let (hub, owner, lock, door) = (house.hub.clone(), house.owner(), house.lock, house.door);
    let told = door::survey::Survey::from_toml("[habits]\nbackup_tested_months = 20").expect("a survey");
    ask!(house, hub.tell_survey(&owner, door, &told)).expect("told");
    assert_eq!(hub.red_flags(Some(door)).len(), 1);
    let refused = ask!(house, hub.tick_off(&owner, &task(&house, "flag").id, ""));
    assert!(matches!(refused, Err(HubError::Refused(why)) if why.contains("by itself")));
    ask!(house, hub.backup_tried(&owner, lock, false, "it does not turn")).expect("noted");
    assert_eq!(hub.red_flags(Some(door)).len(), 1);
    assert!(house.log()[0].contains("it does not work (it does not turn)"));
    ask!(house, hub.tick_off(&owner, &task(&house, "backup").id, "works")).expect("done");
    assert!(hub.red_flags(Some(door)).is_empty());
    assert!(house.log().iter().any(|line| line.contains("Red flag cleared")));
}

#[test]
fn p3_the_review_shows_the_last_use_and_keeps_or_ends_in_one_step() {
    let mut house = house();
    let (hub, owner) = (house.hub.clone(), house.owner());
    let (ana, ben) = (house.person("Ana"), house.person("Ben"));
    let (of_ana, of_ben) = (house.code(ana, CODE), house.code(ben, "719304"));
    house.give(ana, of_ana, None);
    let grant = house.give(ben, of_ben, None);
    house.pass(20);
    record(&mut house, 1, RecordKind::Unlocked, RecordSource::Keypad, Some(1));
    let lines = ask!(house, hub.review(&owner)).expect("a review");
    let of = |person| lines.iter().find(|line| line.item.person == person).expect("there");
    assert!(of(ana).item.last_use.is_some() && of(ben).item.last_use.is_none());
    ask!(house, hub.review_keep(&owner, &of(ana).id)).expect("kept");
    ask!(house, hub.review_end(&owner, &of(ben).id)).expect("ended");
    assert!(hub.view(|view| view.house.grants[&grant].revoked.is_some()));
    let after = ask!(house, hub.review(&owner)).expect("a review");
    assert!(after.iter().any(|line| line.item.person == ana && line.kept.is_some()));
    assert!(house.log().iter().any(|line| line.contains("Olga looked at the access of Ana and kept it")));
    house.pass(20);
    ask!(house, hub.review_done(&owner)).expect("done");
    assert!(hub.review_state().0.is_some());
    assert!(task(&house, "review").decided_by.contains("last review was done"));
    assert!(matches!(ask!(house, hub.review_every(&owner, 0)), Err(HubError::Refused(_))));
    ask!(house, hub.review_every(&owner, 3)).expect("set");
    assert_eq!(hub.review_state().1, 3);
    assert!(ask!(house, hub.review_end(&owner, "nobody")).is_err());
}

#[test]
fn p4_where_a_key_lies_is_sealed_and_who_looked_is_logged() {
    let mut house = house();
    let (hub, owner, door) = (house.hub.clone(), house.owner(), house.door);
    let wish = |given| KeyWish { door, what: "spare key".into(), given, back_by: None };
    let lies = Given::Lies(Zeroizing::new("under the third pot".into()));
    let key = ask!(house, hub.key_enter(&owner, wish(lies))).expect("entered");
    let named =
        ask!(house, hub.key_enter(&owner, wish(Given::Named("the plumber".into())))).expect("entered");
    assert!(house.log().iter().all(|line| !line.contains("third pot")));
    let stale = Actor { fresh: false, ..owner.clone() };
    assert_eq!(ask!(house, hub.key_place(&stale, key)).err(), Some(HubError::NeedsFreshPassword));
    assert_eq!(ask!(house, hub.key_place(&owner, key)).expect("shown").as_str(), "under the third pot");
    assert!(house.log()[0].contains("Olga looked where a key to Front door lies"));
    ask!(house, hub.key_changed(&owner, named, true)).expect("lost");
    assert_eq!(hub.keys().lost_of(door), 1);
    ask!(house, hub.key_changed(&owner, named, false)).expect("back");
    assert!(ask!(house, hub.key_changed(&owner, named, false)).is_err());
    let empty = ask!(house, hub.key_enter(&owner, wish(Given::Named(" ".into()))));
    assert!(matches!(empty, Err(HubError::Refused(_))));
    let vera = viewer(&house);
    assert_eq!(ask!(house, hub.key_place(&vera, key)).err(), Some(HubError::Forbidden));
}

#[test]
fn h3_the_calendars_address_is_renewed_and_ended_and_a_guess_is_held_off() {
    let mut house = house();
    let (hub, owner) = (house.hub.clone(), house.owner());
    assert_eq!(hub.calendar_tasks("guess", "10.0.0.9").err(), Some(HubError::NotFound("page")));
    let first = ask!(house, hub.calendar_open(&owner)).expect("an address");
    assert_eq!(first.len(), 64);
    assert!(!hub.calendar_tasks(&first, "10.0.0.1").expect("tasks").0.is_empty());
    let second = ask!(house, hub.calendar_open(&owner)).expect("an address");
    assert!(hub.calendar_tasks(&first, "10.0.0.1").is_err(), "the old one has ended");
    let held = (0..60).map(|n| hub.calendar_tasks(&format!("{n:064x}"), "10.0.0.9").err());
    assert!(held.into_iter().any(|error| matches!(error, Some(HubError::Throttled { .. }))));
    // whoever guesses does not shut out whoever knows
    assert!(hub.calendar_tasks(&second, "10.0.0.9").is_ok());
    ask!(house, hub.calendar_close(&owner)).expect("closed");
    assert!(hub.calendar_tasks(&second, "10.0.0.1").is_err());
    assert!(hub.calendar_since().is_none());
}

#[test]
fn a8_travel_times_are_kept_and_a_bolt_that_grows_slow_is_a_task() {
    let mut house = house();
    let travel = |house: &mut TestHouse, ms: u32| {
        let report = LockReport { travel_ms: Some(ms), ..LockReport::default() };
        house.tell(LinkEvent::Report { address: address(), report });
    };
    for _ in 0..12 {
        travel(&mut house, 900);
    }
    for _ in 0..6 {
        travel(&mut house, 1300);
    }
    let mut house = house.killed_and_started();
    let sight = house.hub.home();
    assert!(matches!(sight.doors[0].locks[0].travel.trend(), Trend::Slower { first: 900, last: 1300 }));
    assert!(task(&house, "bolt-travel").decided_by.contains("900 ms"));
    record(&mut house, 1, RecordKind::Jammed, RecordSource::Unknown, None);
    assert_eq!(house.hub.home().doors[0].locks[0].travel.stalls.len(), 1);
    let (lock, hub) = (house.lock, house.hub.clone());
    house.act(Command::ForgetLock { id: lock });
    assert_eq!(hub.document("travel", &lock.to_string()), None, "it goes with its lock");
}

#[test]
fn a8_an_entry_by_nobody_is_judged_from_its_facts() {
    let mut house = house();
    let (hub, owner, door) = (house.hub.clone(), house.owner(), house.door);
    record(&mut house, 1, RecordKind::Unlocked, RecordSource::Keypad, Some(7));
    record(&mut house, 2, RecordKind::Unlocked, RecordSource::Thumbturn, None);
    let kinds = vec!["entry".to_owned()];
    let filter = hub::LogFilter { door: Some(door), kinds, ..hub::LogFilter::default() };
    let items = ask!(house, hub.log(&owner, &filter)).expect("the log");
    let (by_hand, unknown) = (items[0].index, items[1].index);
    let facts = ask!(house, hub.entry_facts(&owner, unknown)).expect("facts");
    let judged = judge(&facts);
    assert!(judged.fits_nobody && judged.steps.len() == 4, "{judged:?}");
    let explained = judge(&ask!(house, hub.entry_facts(&owner, by_hand)).expect("facts"));
    assert!(!explained.fits_nobody);
    assert_eq!(explained.reasons[0].verdict, Verdict::Explains);
    assert!(ask!(house, hub.entry_facts(&owner, 9_999)).is_err());
    assert!(ask!(house, hub.entry_facts(&owner, 0)).is_err(), "the first line is no entry");
}

#[test]
fn a8_a_search_is_resumed_and_set_aside_when_the_lock_was_replaced() {
    let mut house = house();
    let (hub, owner, door, lock) = (house.hub.clone(), house.owner(), house.door, house.lock);
    ask!(house, hub.mend_checked(&owner, door, lock, "jams", "door-sags", false)).expect("noted");
    let mut house = house.killed_and_started();
    let hub = {
        drop(hub);
        house.hub.clone()
    };
    let (flow, there) = hub.mending(door).expect("begun");
    assert!(there && !flow.checked["door-sags"]);
    let new = LockId::new(house.ids.uuid());
    house.act(Command::ForgetLock { id: lock });
    house.act(Command::AddLock {
        id: new,
        door,
        name: "New lock".into(),
        address: LockAddress { link: "test".into(), key: "two".into() },
        capabilities: capabilities(ReadBack::Value, true),
        told: access::Told::default(),
    });
    let (flow, there) = hub.mending(door).expect("still known");
    assert!(!there && flow.lock_name == "Front lock");
    assert!(ask!(house, hub.mend_checked(&owner, door, lock, "jams", "door-sags", true)).is_err());
    ask!(house, hub.mend_checked(&owner, door, new, "jams", "strike-rubs", true)).expect("noted");
    let (flow, there) = hub.mending(door).expect("begun anew");
    assert!(there && flow.lock == new && flow.checked.len() == 1);
    assert!(house.log().iter().any(|line| line.contains("found the cause at New lock")));
    assert!(ask!(house, hub.mend_checked(&owner, door, new, "jams", "nonsense", true)).is_err());
    ask!(house, hub.mend_ended(&owner, door)).expect("ended");
    assert!(hub.mending(door).is_none());
}

#[test]
fn l4_the_answers_are_kept_with_what_they_rested_on() {
    let mut house = house();
    let (hub, owner) = (house.hub.clone(), house.owner());
    let answers = Answers { from_afar: Some(true), ..Answers::default() };
    ask!(house, hub.privacy_answered(&owner, answers)).expect("kept");
    let kept = hub.privacy();
    assert_eq!((kept.answers, kept.advice.as_str()), (answers, "own-tunnel"));
    assert!(kept.at.is_some() && kept.rested_on.keys().any(|thing| thing.contains("Front lock")));
    assert!(house.log()[0].contains("tunnel of your own"));
}
