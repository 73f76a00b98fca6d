//! Battery, rehearsals and budget at the hub: kept, told once, there again after a restart.

use hub::RehearsalKind;
use hub::access::ReadBack;
use hub::ports::{
    AlertKind, Bolt, Budget, Denial, LinkEvent, LockRecord, LockReport, Order, RecordKind, RecordSource,
};

use crate::house::TestHouse;
use crate::ports::address;

fn battery(house: &mut TestHouse, percent: u8) {
    let report = LockReport { battery_percent: Some(percent), ..LockReport::default() };
    house.tell(LinkEvent::Report { address: address(), report });
}

fn record(seq: u64, kind: RecordKind, source: RecordSource) -> LinkEvent {
    let sequence = Some((1, seq));
    let record = LockRecord { sequence, at: None, kind, source, slot: None, version: None, why: None };
    LinkEvent::Record { address: address(), record }
}

fn alerts(house: &TestHouse, kind: AlertKind) -> Vec<String> {
    house.hub.view(|view| view.alerts().into_iter().filter(|a| a.kind == kind).map(|a| a.text).collect())
}

#[test]
fn e5_the_forecast_is_shown_warned_of_once_and_there_after_a_restart() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let day = std::time::Duration::from_secs(86_400);
    // one point in two days, told in steps of five: empty after two hundred days
    let mut days = 0_u64;
    while alerts(&house, AlertKind::LowBattery).is_empty() {
        let percent = 100 - days / 2;
        battery(&mut house, u8::try_from(percent.div_ceil(5) * 5).unwrap());
        house.clock.jump(day);
        days += 1;
        assert!(days < 190, "no warning in time");
    }
    let told = alerts(&house, AlertKind::LowBattery);
    assert!(told[0].starts_with("The cells of Front lock are likely to be empty about"), "{told:?}");
    assert!(told[0].contains("an estimate"), "{told:?}");
    assert!(days <= 186, "fewer than fourteen days are left on day {days}");
    let outlook = house.hub.view(|view| view.live(house.lock).outlook).expect("a forecast");
    let mut house = house.killed_and_started();
    house.settle();
    let again = house.hub.view(|view| view.live(house.lock).outlook).expect("a forecast after the restart");
    assert_eq!(again.since, outlook.since);
    battery(&mut house, 5);
    house.clock.jump(day);
    battery(&mut house, 4);
    assert!(alerts(&house, AlertKind::LowBattery).is_empty(), "warned twice of the same cells");
}

#[test]
fn e5_a_rehearsal_collects_what_the_lock_tells_and_keeps_it() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let (owner, lock) = (house.owner(), house.lock);
    let report = LockReport { bolt: Some(Bolt::Extended), clock_known: Some(true), ..LockReport::default() };
    house.tell(LinkEvent::Report { address: address(), report });
    // this lock's link cannot ask for a dead battery: nothing begins
    let refused =
        house.pool.run_until(house.hub.begin_rehearsal(&owner, lock, RehearsalKind::DeadBattery, 5));
    assert!(refused.is_err());
    assert!(house.hub.view(|view| view.rehearsals(lock).running.is_none()));
    house
        .pool
        .run_until(house.hub.begin_rehearsal(&owner, lock, RehearsalKind::PowerCut, 0))
        .expect("it runs");
    house.tell(record(1, RecordKind::Restarted, RecordSource::Unknown));
    house.tell(record(2, RecordKind::Unlocked, RecordSource::Keypad));
    house.tell(record(3, RecordKind::Denied(Denial::Battery), RecordSource::Keypad));
    house.pool.run_until(house.hub.end_rehearsal(&owner, lock)).expect("it ends");
    let mut house = house.killed_and_started();
    house.settle();
    let kept = house.hub.view(|view| view.rehearsals(lock));
    let last = kept.last(RehearsalKind::PowerCut).expect("a report");
    assert!(last.is_good() && last.restarted.is_some() && last.opened_after.is_some(), "{last:?}");
    assert!(kept.running.is_none());
}

#[test]
fn g6_a_spent_budget_raises_one_alert_with_the_way_out() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let spent = |used, spent| LockReport {
        budget: Some(Budget { used, limit: Some(36), spent }),
        ..LockReport::default()
    };
    house.tell(LinkEvent::Report { address: address(), report: spent(35, false) });
    assert!(alerts(&house, AlertKind::BudgetSpent).is_empty());
    house.tell(LinkEvent::Report { address: address(), report: spent(36, true) });
    house.tell(LinkEvent::Report { address: address(), report: spent(36, true) });
    let told = alerts(&house, AlertKind::BudgetSpent);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("within twelve hours") && told[0].contains("lift it"), "{told:?}");
}

#[test]
fn p4_an_emergency_code_that_was_used_counts_as_a_tested_backup() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let lock = house.lock;
    assert!(house.hub.view(|view| view.house.locks[&lock].told.backup_tested.is_none()));
    house.tell(record(1, RecordKind::EmergencyCode, RecordSource::Keypad));
    assert!(house.hub.view(|view| view.house.locks[&lock].told.backup_tested.is_some()));
}

#[test]
fn e3_an_order_that_a_link_cannot_carry_is_refused_in_words_and_logged() {
    let mut house = TestHouse::with_lock(ReadBack::Value, true);
    let (owner, lock) = (house.owner(), house.lock);
    let refused = house.pool.run_until(house.hub.order(&owner, lock, Order::LiftBudget));
    let words = refused.expect_err("a link without orders").to_string();
    assert!(words.contains("cannot do that"), "{words}");
    let log = house.log();
    assert!(log.iter().any(|line| line.contains("without effect")), "{log:?}");
    assert!(log.iter().all(|line| !line.starts_with(|c: char| c.is_ascii_lowercase())), "{log:?}");
}
