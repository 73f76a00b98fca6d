//! Each rule of the calendar with two homes that get different answers, and the answer or sighting that decided.

use access::battery::Outlook;
use access::{DoorId, GrantId};
use jiff::civil::{Date, date};
use uuid::Uuid;

use super::{Task, tasks};
use crate::living::samples::{ago, door, home, now};
use crate::living::sight::{Done, Ends, FlagUp, Home, KeyOut};
use crate::living::travel::Travel;

fn of(home: &Home, kind: &str) -> Option<Task> {
    tasks(home).into_iter().find(|task| task.kind == kind)
}

fn due(home: &Home, kind: &str) -> Date {
    of(home, kind).unwrap_or_else(|| panic!("no {kind}")).due
}

#[test]
fn h3_cells_are_changed_by_the_forecast_or_by_a_rule_of_thumb_that_says_so() {
    let mut forecast = home("");
    let lock = &mut forecast.doors[0].locks[0];
    lock.outlook = Some(Outlook {
        day: ago(-40 * 24),
        early: ago(-20 * 24),
        late: ago(-90 * 24),
        since: ago(2000),
        readings: 31,
    });
    let task = of(&forecast, "battery").unwrap();
    assert_eq!(task.due, date(2026, 12, 13));
    assert!(task.decided_by.contains("31 readings") && task.estimate, "{}", task.decided_by);
    let without = of(&home(""), "battery").unwrap();
    assert_eq!(without.due, date(2027, 10, 14));
    assert!(without.decided_by.contains("no forecast"), "{}", without.decided_by);
    let mut low = home("");
    low.doors[0].locks[0].battery_low = true;
    let task = of(&low, "battery").unwrap();
    assert_eq!(task.due, date(2026, 11, 23));
    assert!(task.decided_by.contains("says that its battery is low (80 %)") && !task.estimate);
}

#[test]
fn h3_a_plain_deadbolt_has_no_cells_and_no_firmware() {
    let mut plain = home("[smart]\nkind = \"none\"");
    plain.doors[0].locks[0].told = true;
    assert!(of(&plain, "battery").is_none() && of(&plain, "firmware").is_none());
    assert!(of(&plain, "backup").is_some());
    let mut told = home("[smart]\nkind = \"stand-alone\"");
    told.doors[0].locks[0].told = true;
    assert!(of(&told, "battery").is_some() && of(&told, "firmware").is_some());
}

#[test]
fn h3_firmware_is_looked_for_three_months_after_it_was_met_or_looked_at() {
    let mut known = home("");
    known.doors[0].locks[0].firmware = Some(("1.2".into(), Some(ago(20 * 24))));
    assert_eq!(due(&known, "firmware"), date(2027, 2, 3));
    let id = of(&known, "firmware").unwrap().id;
    known.done.push(Done { task: id, at: ago(24), by: "Ana".into(), note: String::new() });
    let task = of(&known, "firmware").unwrap();
    assert_eq!(task.due, date(2027, 2, 22));
    assert!(task.decided_by.contains("ticked off by Ana") && task.last.is_some());
    assert!(of(&home(""), "firmware").unwrap().decided_by.contains("no version"));
}

#[test]
fn p4_a_backup_never_tried_is_due_at_once_and_one_of_last_month_in_a_year() {
    let tried = home("");
    assert_eq!(due(&tried, "backup"), date(2027, 10, 24));
    let mut never = home("");
    never.doors[0].locks[0].backup_tested = None;
    let task = of(&never, "backup").unwrap();
    assert!(task.overdue && task.decided_by.contains("Nobody has said"), "{task:?}");
    assert!(task.title.contains("spare key"));
    let keyless = of(&home("[cylinder]\nkind = \"none\""), "backup").unwrap();
    assert!(keyless.title.contains("emergency way"), "{}", keyless.title);
    assert!(keyless.decided_by.contains("cylinder.kind: no keyway at all (told)"), "{}", keyless.decided_by);
}

#[test]
fn h3_a_dead_battery_is_rehearsed_where_the_lock_can() {
    assert!(of(&home(""), "rehearsal").is_none());
    let mut can = home("");
    can.doors[0].locks[0].rehearses = true;
    assert!(of(&can, "rehearsal").unwrap().decided_by.contains("never tried"));
    can.doors[0].locks[0].rehearsed = Some((ago(24), true));
    assert_eq!(due(&can, "rehearsal"), date(2027, 11, 22));
    can.doors[0].locks[0].rehearsed = Some((ago(24), false));
    assert_eq!(due(&can, "rehearsal"), date(2026, 12, 6));
}

#[test]
fn h3_strike_and_hinges_by_frame_and_screws() {
    let wood = of(&home("[frame]\nmaterial = \"wood\""), "strike-hinges").unwrap();
    let steel = of(&home("[frame]\nmaterial = \"steel\""), "strike-hinges").unwrap();
    let loose = of(&home("[frame]\nmaterial = \"steel\"\nscrew_state = \"loose\""), "strike-hinges").unwrap();
    assert_eq!((wood.due, steel.due, loose.due), (date(2027, 4, 14), date(2027, 10, 14), date(2027, 1, 14)));
    assert!(steel.decided_by.contains("frame.material: steel (told)"), "{}", steel.decided_by);
    assert!(loose.decided_by.contains("frame.screw_state"), "{}", loose.decided_by);
    assert!(of(&home(""), "strike-hinges").unwrap().decided_by.contains("not known"));
}

#[test]
fn a8_a_bolt_that_runs_hard_is_a_task_with_its_figures() {
    let mut slow = home("");
    let lock = &mut slow.doors[0].locks[0];
    lock.travel.first = vec![900; 10];
    lock.travel.travels = (0..20).map(|n| Travel { at: ago(400 - n), ms: 1300 }).collect();
    let task = of(&slow, "bolt-travel").unwrap();
    assert!(task.decided_by.contains("900 ms at first and takes 1300 ms now"), "{}", task.decided_by);
    assert!(task.place.ends_with("/mend?symptom=jams"));
    // its day stays where it is while time passes
    let later = Home { now: ago(-100 * 24), ..slow.clone() };
    assert_eq!(of(&later, "bolt-travel").unwrap().due, task.due);
    assert!(of(&home(""), "bolt-travel").is_none());
}

fn flag(id: &'static str, days: i64) -> FlagUp {
    FlagUp { id, what: "a flag", evidence: "frame.gap_mm: 6 mm (told)".into(), since: ago(days * 24) }
}

#[test]
fn h1_one_flag_is_a_task_and_two_are_a_pass_within_the_month_with_dates() {
    let mut one = home("");
    one.doors[0].flags = vec![flag("visible-gap", 3)];
    let task = of(&one, "flag").unwrap();
    assert!(!task.pass && task.by_itself.is_some());
    assert_eq!(task.due, date(2026, 12, 20));
    assert!(task.decided_by.contains("frame.gap_mm: 6 mm (told)"));
    let mut three = home("");
    three.doors[0].flags =
        vec![flag("visible-gap", 3), flag("strike-screws", 2), flag("account-password", 0)];
    let pass: Vec<_> = tasks(&three).into_iter().filter(|task| task.pass).collect();
    let days: Vec<Date> = pass.iter().map(|task| task.due).collect();
    assert_eq!(days, [date(2026, 12, 1), date(2026, 12, 11), date(2026, 12, 21)]);
    assert!(pass[0].why.contains("maintenance pass"));
}

#[test]
fn h3_codes_that_end_soon_are_told_without_a_name() {
    let mut ending = home("");
    let (grant, at) = (GrantId::new(Uuid::from_u128(7)), ending.doors[0].id);
    ending.access.ends = vec![Ends { grant, door: at, on: date(2026, 11, 28), by_itself: false }];
    let task = of(&ending, "guest-code").unwrap();
    assert_eq!((task.due, task.title.as_str()), (date(2026, 11, 28), "A guest's code for Door 1 ends"));
    assert!(task.decided_by.contains("only while the hub runs"));
    ending.access.ends[0].by_itself = true;
    assert!(of(&ending, "guest-code").unwrap().decided_by.contains("by itself"));
    ending.access.ends[0].on = date(2027, 2, 1);
    assert!(of(&ending, "guest-code").is_none());
}

#[test]
fn p3_the_review_comes_every_so_many_months_and_at_once_with_a_question() {
    assert!(of(&home(""), "review").is_none(), "nobody has access");
    let mut some = home("");
    (some.access.people, some.access.since) = (3, Some(ago(30 * 24)));
    assert_eq!(due(&some, "review"), date(2027, 4, 24));
    some.access.every_months = 3;
    assert_eq!(due(&some, "review"), date(2027, 1, 24));
    some.access.reviewed = Some(now());
    assert_eq!(due(&some, "review"), date(2027, 2, 23));
    some.access.questions = 2;
    let task = of(&some, "review").unwrap();
    assert_eq!(task.due, date(2026, 11, 23));
    assert!(task.decided_by.contains("2 of them ended and may still be on a lock"));
}

#[test]
fn p4_a_key_that_is_to_come_back_has_its_day() {
    let mut out = home("");
    let key = KeyOut { id: Uuid::from_u128(5), door: out.doors[0].id, back_by: Some(date(2026, 11, 1)) };
    out.keys = vec![key.clone()];
    assert!(of(&out, "key-back").unwrap().overdue);
    out.keys = vec![KeyOut { back_by: None, ..key }];
    assert!(of(&out, "key-back").is_none());
}

#[test]
fn h3_a_home_of_forty_doors_has_its_tasks_in_order_and_each_its_own_id() {
    let mut many = home("");
    many.doors = (1..=40).map(|n| door(n, "")).collect();
    many.doors
        .iter_mut()
        .for_each(|door| door.flags = vec![flag("visible-gap", 3), flag("strike-screws", 2)]);
    let all = tasks(&many);
    assert!(all.windows(2).all(|pair| pair[0].due <= pair[1].due));
    let ids: std::collections::BTreeSet<_> = all.iter().map(|task| &task.id).collect();
    assert_eq!(ids.len(), all.len());
    assert_eq!(all.iter().filter(|task| task.door == Some(DoorId::new(Uuid::from_u128(1001)))).count(), 6);
}
