//! E4: schedules on locks that keep them and on locks that do not, over time and both edges of daylight
//! saving. The hub runs for a fortnight in simulated time, woken only when the plan says so.

use access::*;
use jiff::civil::{Weekday, date, time};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::world::{World, at, caps, plain};

/// Lives from `start` for so many days, waking when the plan says; checks the lock against the grants at
/// every wake and at each quarter of an hour.
fn live(world: &mut World, lock: LockId, start: &str, days: i64) -> u32 {
    world.now = at(start);
    let end = world.now + SignedDuration::from_hours(24 * days);
    let mut wakes = 0;
    world.work();
    while world.now < end {
        let next = world.plan(lock).next_at.unwrap_or(Timestamp::MAX);
        let quarter = world.now + SignedDuration::from_mins(15);
        if next <= quarter {
            world.now = next;
            wakes += 1;
            world.work();
        } else {
            // the hub sleeps: whatever should open or shut in between was planned for
            world.now = quarter;
        }
        world.assert_converged();
        assert!(wakes < 5_000, "woken for nothing");
    }
    wakes
}

fn scheduled(capabilities: Capabilities, zone: &str, windows: Vec<Window>) -> (World, LockId) {
    let mut world = World::new();
    world.now = at("2026-01-01T00:00:00Z");
    let door = world.door("front", zone);
    let lock = world.lock(door, capabilities);
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let schedule = world.schedule(windows);
    let mut give = world.wish(ana, code, Target::Door(door));
    give.schedule = Some(schedule);
    world.act(Command::Give(give)).unwrap();
    (world, lock)
}

#[test]
fn weekdays_over_a_fortnight_on_every_kind_of_lock() {
    let window = Window { days: Days::WEEKDAYS, start: time(8, 0, 0, 0), end: time(18, 0, 0, 0) };
    let (mut world, lock) = scheduled(caps(4), "Europe/Vienna", vec![window]);
    live(&mut world, lock, "2026-05-01T00:00:00Z", 14);
    assert_eq!(world.bodies[&lock].writes, 1, "a lock that keeps schedules is written once");

    let (mut world, lock) = scheduled(plain(4), "Europe/Vienna", vec![window]);
    let wakes = live(&mut world, lock, "2026-05-01T00:00:00Z", 14);
    assert_eq!(world.bodies[&lock].writes, 20, "ten working days, on and off");
    assert!(wakes <= 30, "{wakes}");

    let lease = ScheduleSupport { week_day: 0, year_day: 0, lease: true, once: false, one_kind: false };
    let (mut world, lock) = scheduled(Capabilities { schedules: lease, ..caps(4) }, "UTC", vec![window]);
    world.now = at("2026-05-04T09:00:00Z");
    world.work();
    let held = world.bodies[&lock].slots[&1].not_after;
    assert_eq!(held, Some(at("2026-05-04T18:00:00Z")), "the lock ends the day by itself");
}

#[test]
fn windows_over_midnight_are_split_and_mean_the_same() {
    let night = Window {
        days: Days::of(&[Weekday::Friday, Weekday::Sunday]),
        start: time(22, 0, 0, 0),
        end: time(6, 0, 0, 0),
    };
    let day = Window { days: Days::ALL, start: time(0, 0, 0, 0), end: time(0, 0, 0, 0) };
    for windows in [vec![night], vec![day], vec![night, day]] {
        let (mut world, lock) = scheduled(caps(4), "Europe/Vienna", windows.clone());
        live(&mut world, lock, "2026-05-01T00:00:00Z", 10);
        for held in world.bodies[&lock].slots.values().flat_map(|held| &held.validity) {
            assert!(held.windows.iter().all(|window| !window.crosses_midnight()), "{held:?}");
        }
        let (mut world, lock) = scheduled(plain(4), "Europe/Vienna", windows);
        live(&mut world, lock, "2026-05-01T00:00:00Z", 10);
    }
}

#[test]
fn both_edges_of_daylight_saving() {
    // Vienna: 29 March 2026 at 02:00 the clock goes to 03:00; 25 October at 03:00 back to 02:00
    let spring: Timestamp = at("2026-03-29T01:00:00Z");
    let autumn: Timestamp = at("2026-10-25T01:00:00Z");
    let opens = |windows: Vec<Window>, moment: Timestamp, minutes: i64| {
        let (mut world, lock) = scheduled(plain(4), "Europe/Vienna", windows);
        world.now = moment + SignedDuration::from_mins(minutes);
        world.work();
        world.opens(lock, [1; 32])
    };
    let window = |from: (i8, i8), to: (i8, i8)| {
        vec![Window { days: Days::ALL, start: time(from.0, from.1, 0, 0), end: time(to.0, to.1, 0, 0) }]
    };
    // a window that begins in the skipped hour begins when the clock has passed it
    assert!(!opens(window((2, 30), (4, 0)), spring, -1));
    assert!(opens(window((2, 30), (4, 0)), spring, 0));
    // one that lies wholly in it does not happen that day
    assert!(!opens(window((2, 10), (2, 50)), spring, -1));
    assert!(!opens(window((2, 10), (2, 50)), spring, 0));
    // one that ends in it ends at the jump
    assert!(opens(window((1, 0), (2, 30)), spring, -1));
    assert!(!opens(window((1, 0), (2, 30)), spring, 0));
    // the repeated hour: open both times, by the clock on the wall
    assert!(opens(window((2, 10), (2, 50)), autumn, -40));
    assert!(!opens(window((2, 10), (2, 50)), autumn, -5));
    assert!(!opens(window((2, 10), (2, 50)), autumn, 5));
    assert!(opens(window((2, 10), (2, 50)), autumn, 20));
    assert!(!opens(window((2, 10), (2, 50)), autumn, 55));

    for (start, zone) in [
        ("2026-03-25T00:00:00Z", "Europe/Vienna"),
        ("2026-10-21T00:00:00Z", "Europe/Vienna"),
        // half an hour of daylight saving, and the other half of the world
        ("2026-04-02T00:00:00Z", "Australia/Lord_Howe"),
        ("2026-10-01T00:00:00Z", "Australia/Lord_Howe"),
    ] {
        for windows in [window((2, 10), (2, 50)), window((22, 0), (2, 15)), window((1, 45), (2, 30))] {
            let (mut world, lock) = scheduled(plain(4), zone, windows.clone());
            live(&mut world, lock, start, 8);
            let (mut world, lock) = scheduled(caps(4), zone, windows);
            live(&mut world, lock, start, 8);
        }
    }
}

#[test]
fn an_end_in_the_repeated_hour_does_not_come_back() {
    // I2: until 02:30 on the night when 02:30 happens twice
    let mut world = World::new();
    let door = world.door("front", "Europe/Vienna");
    let lock = world.lock(door, plain(4));
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let mut give = world.wish(ana, code, Target::Door(door));
    give.until = Some(date(2026, 10, 25).at(2, 30, 0, 0));
    world.act(Command::Give(give)).unwrap();
    world.work();
    let first = at("2026-10-25T00:30:00Z");
    assert_eq!(world.plan(lock).next_at, Some(first));
    world.now = first - SignedDuration::from_secs(1);
    world.work();
    assert!(world.opens(lock, [1; 32]));
    for minutes in [0, 20, 40, 59, 61] {
        world.now = first + SignedDuration::from_mins(minutes);
        world.work();
        assert!(!world.opens(lock, [1; 32]), "{minutes} minutes after");
    }
    assert_eq!(world.house.wanted.len(), 0, "what ran out frees its place");
}

#[test]
fn ranges_begin_and_end_at_the_lock_or_by_the_hub() {
    for capabilities in [caps(4), plain(4)] {
        let mut world = World::new();
        let door = world.door("front", "America/New_York");
        let lock = world.lock(door, capabilities.clone());
        let ana = world.person("Ana");
        let code = world.code(ana, 1);
        let mut give = world.wish(ana, code, Target::Door(door));
        give.from = Some(date(2026, 5, 6).at(15, 0, 0, 0));
        give.until = Some(date(2026, 5, 9).at(11, 0, 0, 0));
        let id = give.id;
        world.act(Command::Give(give)).unwrap();
        world.work();
        let row = world.house.locks[&lock].clone();
        let contact = Contact { reachable: Some(true), next: None, since: None };
        let now = standing(&world.house, &world.house.grants[&id], &row, world.now, &contact);
        assert_eq!(now, Standing::Scheduled { starts: at("2026-05-06T19:00:00Z") });
        live(&mut world, lock, "2026-05-04T10:00:00Z", 7);
        let changes = lapse(&world.house, world.now);
        world.apply(changes);
        world.work();
        assert_eq!(world.house.wanted.len(), 0);
        assert!(world.bodies[&lock].slots.is_empty());
        let now = standing(&world.house, &world.house.grants[&id], &row, world.now, &contact);
        assert_eq!(now, Standing::Ended);
    }
}

fn any_window() -> impl Strategy<Value = Window> {
    (1u8..128, 0i8..24, 0i8..60, 0i8..24, 0i8..60).prop_map(|(days, h1, m1, h2, m2)| {
        let days: Vec<Weekday> = (0..7)
            .filter(|n| days & (1 << n) != 0)
            .map(|n| Weekday::from_monday_zero_offset(n).unwrap())
            .collect();
        Window { days: Days::of(&days), start: time(h1, m1, 0, 0), end: time(h2, m2, 0, 0) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: crate::world::cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_hours_in_any_zone_are_kept(
        windows in prop::collection::vec(any_window(), 1..4),
        zone in prop::sample::select(vec!["Europe/Vienna", "America/St_Johns", "Australia/Lord_Howe",
            "Asia/Kathmandu", "America/Santiago", "UTC"]),
        start in prop::sample::select(vec!["2026-03-27T00:00:00Z", "2026-10-23T12:00:00Z",
            "2026-04-03T00:00:00Z", "2026-09-04T00:00:00Z", "2026-02-27T00:00:00Z"]),
        keeps in any::<bool>(),
    ) {
        let capabilities = if keeps { caps(4) } else { plain(4) };
        let (mut world, lock) = scheduled(capabilities, zone, windows);
        live(&mut world, lock, start, 4);
    }
}
