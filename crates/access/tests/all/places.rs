//! A lock with fewer places than people: the nearest guest first, nobody shut out in between, and a warning in time.

use access::*;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::world::{World, caps, cases, plain};

struct Inn {
    world: World,
    door: DoorId,
    lock: LockId,
    guests: u8,
}

fn inn(capabilities: Capabilities) -> Inn {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, capabilities);
    Inn { world, door, lock, guests: 0 }
}

impl Inn {
    fn after(&self, hours: i64) -> DateTime {
        TimeZone::UTC.to_datetime(self.world.now + SignedDuration::from_hours(hours))
    }

    /// A stay from so many hours on to so many hours on.
    fn stay(&mut self, from: i64, until: i64) -> Result<GrantId, Refusal> {
        self.guests += 1;
        let person = self.world.person(&format!("guest {}", self.guests));
        let code = self.world.code(person, self.guests);
        let (from, until) = ((from > 0).then(|| self.after(from)), Some(self.after(until)));
        let give = GiveAccess { from, until, ..self.world.wish(person, code, Target::Door(self.door)) };
        let id = give.id;
        self.world.act(Command::Give(give)).map(|()| id)
    }

    fn has_place(&self, grant: GrantId) -> bool {
        let code = self.world.house.grants[&grant].credential;
        let theirs = |row: &Wanted| row.spec.as_ref().is_some_and(|spec| spec.credential == code);
        self.world.house.wanted_of(self.lock).any(theirs)
    }

    fn standing(&self, grant: GrantId) -> Standing {
        let (house, contact) = (&self.world.house, Contact { reachable: Some(true), ..Contact::default() });
        standing(house, &house.grants[&grant], &house.locks[&self.lock], self.world.now, &contact)
    }

    fn ready(&self, grant: GrantId) -> Option<Ready> {
        let contact = |_| Contact { reachable: Some(true), ..Contact::default() };
        let ahead = SignedDuration::from_hours(14 * 24);
        let all = arrivals(&self.world.house, self.world.now, ahead, contact);
        all.into_iter().find(|one| one.grant == grant).map(|one| one.ready)
    }

    /// Lets hours pass as the hub does: what is over is freed, what is due is done.
    fn pass(&mut self, hours: i64) {
        for _ in 0..hours {
            self.world.wait(3600);
            let over = lapse(&self.world.house, self.world.now);
            self.world.apply(over);
            self.world.work();
        }
    }
}

/// P2: on a lock that keeps hours, where the far guest's code is on the lock already, and on one that keeps none.
#[test]
fn p2_full_slots_go_to_the_nearest_guest() {
    for capabilities in [caps(2), plain(2)] {
        let mut inn = inn(capabilities);
        let first = inn.stay(0, 120).unwrap();
        let far = inn.stay(240, 290).unwrap();
        inn.world.work();
        assert!(inn.has_place(first) && inn.has_place(far));
        let near = inn.stay(72, 144).unwrap();
        inn.world.work();
        assert!(inn.has_place(near) && !inn.has_place(far), "who comes earlier has the place");
        assert!(matches!(inn.standing(far), Standing::Waiting { .. }), "{:?}", inn.standing(far));
        let full = inn.stay(100, 110);
        assert!(matches!(full, Err(Refusal::Full { .. })), "three at once on two places: {full:?}");
        inn.pass(121);
        assert!(inn.has_place(far), "the first has left");
        inn.pass(130);
        assert!(matches!(inn.standing(far), Standing::InForce { .. }), "{:?}", inn.standing(far));
        inn.world.assert_converged();
    }
}

/// P2: who will have a place in time is coming; who will not is at risk, days before.
#[test]
fn p2_a_guest_without_a_place_is_warned_of_days_before() {
    let mut inn = inn(plain(1));
    inn.stay(0, 100).unwrap();
    let next = inn.stay(120, 160).unwrap();
    assert!(matches!(inn.ready(next), Some(Ready::Coming { .. })), "{:?}", inn.ready(next));
    let mut tight = self::inn(plain(1));
    tight.stay(0, 100).unwrap();
    let at_once = tight.stay(100, 160).unwrap();
    assert!(tight.ready(at_once).is_some_and(|ready| ready.is_at_risk()), "{:?}", tight.ready(at_once));
    // said before it is given, and foreseen
    let person = tight.world.person("one more");
    let code = tight.world.code(person, 99);
    let (from, until) = (Some(tight.after(200)), Some(tight.after(210)));
    let give = GiveAccess { from, until, ..tight.world.wish(person, code, Target::Door(tight.door)) };
    let said = notices(&tight.world.house, &give, tight.world.now);
    assert!(said.iter().any(|one| one.kind == NoticeKind::WaitsForPlace && !one.blocks), "{said:?}");
    let ahead = foresee(&tight.world.house, Command::Give(give), tight.world.now).unwrap();
    assert_eq!(ahead[0].effect, Effect::Waits);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(60), ..ProptestConfig::default() })]

    /// Whatever stays are asked for: whoever was accepted can come in from their first hour to their last, and nobody
    /// who may enter is shut out in between, on every kind of lock.
    #[test]
    fn p2_nobody_who_was_accepted_is_shut_out(
        slots in 1_u16..4,
        kind in 0_usize..4,
        asked in prop::collection::vec((0_i64..60, 0_i64..80, 1_i64..60), 1..14),
    ) {
        let lease = ScheduleSupport { lease: true, ..plain(slots).schedules };
        let zwave = ScheduleSupport { year_day: 1, lease: false, one_kind: true, ..caps(slots).schedules };
        let capabilities = match kind {
            0 => caps(slots),
            1 => plain(slots),
            2 => Capabilities { schedules: lease, ..caps(slots) },
            _ => Capabilities { schedules: zwave, ..caps(slots) },
        };
        let mut inn = inn(capabilities);
        let mut asked = asked;
        asked.sort_unstable();
        let mut hour = 0;
        for (at, from, length) in asked {
            while hour < at {
                inn.pass(1);
                hour += 1;
                inn.world.assert_converged();
            }
            match inn.stay(from, from + length) {
                Ok(_) | Err(Refusal::Full { .. }) => inn.world.work(),
                Err(other) => prop_assert!(false, "{other}"),
            }
            inn.world.assert_converged();
        }
        for _ in 0..150 {
            inn.pass(1);
            inn.world.assert_converged();
        }
        prop_assert!(inn.world.house.wanted.is_empty(), "everybody has left");
    }
}
