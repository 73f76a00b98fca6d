//! P2: what counts as proof, and what is never concluded.

use access::*;

use crate::world::{Fault, Held, World, at, caps, plain};

struct Small {
    world: World,
    door: DoorId,
    lock: LockId,
    ana: PersonId,
    code: CredentialId,
    grant: GrantId,
}

fn small(capabilities: Capabilities) -> Small {
    let mut world = World::new();
    let door = world.door("front", "UTC");
    let lock = world.lock(door, capabilities);
    let ana = world.person("Ana");
    let code = world.code(ana, 1);
    let grant = world.give(ana, code, door);
    Small { world, door, lock, ana, code, grant }
}

impl Small {
    fn standing(&self) -> Standing {
        let (house, now) = (&self.world.house, self.world.now);
        let contact =
            Contact { reachable: Some(self.world.bodies[&self.lock].reachable), next: None, since: None };
        standing(house, &house.grants[&self.grant], &house.locks[&self.lock], now, &contact)
    }

    fn op_id(&mut self) -> OpId {
        OpId::new(self.world.uuid())
    }

    fn first(&self) -> Op {
        self.world.plan(self.lock).ops[0].clone()
    }

    fn foreign(&mut self, slot: u16, number: u8) {
        let held =
            Held { digest: [number; 32], person: None, enabled: true, validity: Vec::new(), not_after: None };
        self.world.bodies.get_mut(&self.lock).unwrap().slots.insert(slot, held);
    }
}

#[test]
fn in_force_needs_more_than_the_locks_word() {
    let mut s = small(caps(4));
    let looked = s.first();
    assert_eq!(looked.work, Work::Read, "a slot that was never looked into is read first");
    s.world.perform(s.lock, &looked);
    let set = s.first();
    assert!(matches!(set.work, Work::Set { .. }));
    let id = s.op_id();
    let changes = sent(&s.world.house, s.lock, &set, id, s.world.now);
    s.world.apply(changes);
    assert!(matches!(s.standing(), Standing::Sending { .. }));
    let changes = acknowledged(&s.world.house, s.lock, &set, id, true, s.world.now);
    assert!(changes.iter().all(|change| proven(&s.world.house, change).is_none()), "a word is no proof");
    s.world.apply(changes);
    assert!(matches!(s.standing(), Standing::Sending { .. }));
    let read = s.first();
    assert_eq!(read.work, Work::Read);
    let id = s.op_id();
    let changes =
        observed(&s.world.house, s.lock, &read, id, Reading::Matches { enabled: true }, s.world.now);
    let proofs: Vec<_> = changes.iter().filter_map(|change| proven(&s.world.house, change)).collect();
    let what = Proven::InForce(Evidence::ReadBack);
    assert_eq!(proofs, [Proof { lock: s.lock, slot: 1, person: Some(s.ana), what }]);
    s.world.apply(changes.clone());
    assert_eq!(s.standing(), Standing::InForce { since: s.world.now, evidence: Evidence::ReadBack });
    assert!(s.world.house.errands.is_empty());
    // I8: told twice is told once
    let before = s.world.house.clone();
    s.world.apply(changes);
    assert_eq!(s.world.house, before);
}

#[test]
fn use_at_the_door_proves_an_unreadable_lock() {
    let mut s = small(Capabilities { read_back: ReadBack::Never, ..caps(4) });
    s.world.work();
    assert!(matches!(s.standing(), Standing::AcceptedUnreadable { .. }));
    assert!(s.world.house.errands.is_empty(), "accepted, unreadable is final");
    s.world.wait(60);
    let changes = used(&s.world.house, s.lock, 1, None, s.world.now);
    assert_eq!(
        changes.iter().filter_map(|c| proven(&s.world.house, c)).map(|p| p.what).collect::<Vec<_>>(),
        [Proven::InForce(Evidence::UsedAtDoor)]
    );
    s.world.apply(changes);
    assert_eq!(s.standing(), Standing::InForce { since: s.world.now, evidence: Evidence::UsedAtDoor });
    // a removal there is as final as it gets, too
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    assert!(matches!(s.standing(), Standing::Ending { .. }));
    s.world.work();
    assert_eq!(s.standing(), Standing::Ended);
    assert!(s.world.house.wanted.is_empty());
}

#[test]
fn presence_never_proves_the_value() {
    let mut s = small(Capabilities { read_back: ReadBack::Presence, ..caps(4) });
    s.world.work();
    assert!(matches!(s.standing(), Standing::AcceptedUnreadable { .. }));
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.work();
    assert!(s.world.house.wanted.is_empty(), "but an empty slot is plainly empty");
}

#[test]
fn an_old_answer_says_nothing() {
    // R6: an answer that is older than the last operation is discarded by its id
    let mut s = small(caps(4));
    let late = s.op_id();
    let read = s.first();
    s.world.perform(s.lock, &read);
    let set = s.first();
    let id = s.op_id();
    let changes = sent(&s.world.house, s.lock, &set, id, s.world.now);
    s.world.apply(changes);
    for reading in [Reading::Matches { enabled: true }, Reading::Empty, Reading::Differs, Reading::Taken] {
        let changes = observed(&s.world.house, s.lock, &read, late, reading, s.world.now);
        assert_eq!(changes, [], "{reading:?}");
    }
    let failure = Failure::Rejected("late".into());
    assert_eq!(failed(&s.world.house, s.lock, &set, late, &failure, s.world.now), []);
    assert_eq!(acknowledged(&s.world.house, s.lock, &set, late, true, s.world.now), []);
}

#[test]
fn an_answer_to_an_older_wish_does_not_settle_the_newer() {
    let mut s = small(caps(4));
    let read = s.first();
    s.world.perform(s.lock, &read);
    let set = s.first();
    let id = s.op_id();
    let changes = sent(&s.world.house, s.lock, &set, id, s.world.now);
    s.world.apply(changes);
    // revoked while on its way
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    let changes = acknowledged(&s.world.house, s.lock, &set, id, true, s.world.now);
    s.world.apply(changes);
    assert_eq!(s.first().work, Work::Clear, "it may have landed: it is cleared");
    assert!(matches!(s.standing(), Standing::Ending { .. }));
    s.world.settle();
    s.world.assert_converged();
    assert!(s.world.house.wanted.is_empty());
}

#[test]
fn refused_is_final_until_the_wish_changes() {
    let mut s = small(caps(4));
    let read = s.first();
    s.world.perform(s.lock, &read);
    let set = s.first();
    let id = s.op_id();
    let changes = sent(&s.world.house, s.lock, &set, id, s.world.now);
    s.world.apply(changes);
    let failure = Failure::Rejected("code too simple".into());
    let changes = failed(&s.world.house, s.lock, &set, id, &failure, s.world.now);
    s.world.apply(changes);
    let why = "code too simple".to_owned();
    assert_eq!(s.standing(), Standing::Refused { why, since: s.world.now });
    assert_eq!(s.world.plan(s.lock).ops, []);
    assert_eq!(retry(&s.world.house, s.lock, s.world.now), [], "trying the same again changes nothing");
    s.world.recode(s.code, s.ana, 2).unwrap();
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }));
}

#[test]
fn unclear_answers_are_tried_three_times_and_then_wait_for_a_person() {
    let mut s = small(caps(4));
    let read = s.first();
    s.world.perform(s.lock, &read);
    s.world.bodies.get_mut(&s.lock).unwrap().faults = vec![Fault::FalseSuccess; 3];
    for _ in 0..30 {
        // a lock that says done and does nothing: its reads are honest
        let body = s.world.bodies.get_mut(&s.lock).unwrap();
        body.faults = vec![Fault::FalseSuccess];
        s.world.work();
        s.world.wait(5);
    }
    assert!(matches!(s.standing(), Standing::Suspended { .. }), "{:?}", s.standing());
    let writes = s.world.bodies[&s.lock].writes;
    s.world.wait(100_000);
    s.world.work();
    assert_eq!(s.world.bodies[&s.lock].writes, writes, "L3, I11: no endless trying");
    // L4: the owner asks, or the lock returns
    s.world.bodies.get_mut(&s.lock).unwrap().faults.clear();
    let changes = retry(&s.world.house, s.lock, s.world.now);
    s.world.apply(changes);
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }));
}

#[test]
fn silence_backs_off_and_is_never_given_up() {
    let mut s = small(caps(4));
    let mut attempts = 0;
    for _ in 0..86_400 {
        if !s.world.plan(s.lock).ops.is_empty() {
            attempts += 1;
            let op = s.first();
            s.world.bodies.get_mut(&s.lock).unwrap().faults = vec![Fault::Lost];
            s.world.perform(s.lock, &op);
            assert!(matches!(s.standing(), Standing::Waiting { .. }));
        }
        s.world.wait(1);
    }
    assert!((90..130).contains(&attempts), "a day of silence cost {attempts} attempts");
    let changes = retry(&s.world.house, s.lock, s.world.now);
    s.world.apply(changes);
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }));
}

#[test]
fn a_write_that_timed_out_but_landed_is_found() {
    let mut s = small(caps(4));
    let read = s.first();
    s.world.perform(s.lock, &read);
    s.world.bodies.get_mut(&s.lock).unwrap().faults = vec![Fault::AnswerLost];
    s.world.work();
    s.world.wait(10);
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }));
    assert_eq!(s.world.bodies[&s.lock].writes, 1, "read back, not written again");
}

#[test]
fn a_duplicate_is_looked_for_before_it_is_refused() {
    let mut s = small(caps(4));
    let read = s.first();
    s.world.perform(s.lock, &read);
    let set = s.first();
    let refuse = |s: &mut Small| {
        let id = s.op_id();
        let changes = sent(&s.world.house, s.lock, &set, id, s.world.now);
        s.world.apply(changes);
        let changes = failed(&s.world.house, s.lock, &set, id, &Failure::Duplicate, s.world.now);
        s.world.apply(changes);
    };
    refuse(&mut s);
    s.world.wait(60);
    assert_eq!(s.first().work, Work::Read, "it may be our own write of before");
    let look = s.first();
    s.world.perform(s.lock, &look);
    assert!(matches!(s.first().work, Work::Set { .. }));
    refuse(&mut s);
    let Standing::Refused { why, .. } = s.standing() else { panic!("{:?}", s.standing()) };
    assert!(why.contains("another slot"));
}

#[test]
fn a_foreign_code_is_shown_and_left_alone_until_the_owner_says() {
    let mut s = small(caps(4));
    s.foreign(1, 77);
    s.world.work();
    assert_eq!(s.world.house.seen[&(s.lock, 1)].holds, Holds::Foreign);
    assert!(s.world.house.wanted.contains_key(&(s.lock, 2)), "Ana's code takes a free place");
    assert!(matches!(s.standing(), Standing::InForce { .. }));
    assert!(s.world.opens(s.lock, [77; 32]), "and the foreign code still opens");
    // told by the lock, in a slot that nobody wants
    s.foreign(4, 78);
    let changes = slot_told(&s.world.house, s.lock, 4, true, s.world.now);
    s.world.apply(changes);
    assert_eq!(s.world.house.seen[&(s.lock, 4)].holds, Holds::Foreign);
    s.world.settle();
    assert!(s.world.opens(s.lock, [78; 32]));

    // remove
    assert_eq!(
        s.world.act(Command::RemoveForeign { lock: s.lock, slot: 2 }),
        Err(Refusal::NotForeign { lock: s.world.house.locks[&s.lock].name.clone(), slot: 2 })
    );
    s.world.act(Command::RemoveForeign { lock: s.lock, slot: 1 }).unwrap();
    s.world.work();
    assert!(!s.world.opens(s.lock, [77; 32]));
    assert!(!s.world.house.wanted.contains_key(&(s.lock, 1)));

    // adopt
    let credential = Credential {
        id: CredentialId::new(s.world.uuid()),
        person: s.ana,
        digits: 6,
        sealed: vec![1],
        digest: [78; 32],
        version: 1,
        changed: s.world.now,
    };
    let grant = GrantId::new(s.world.uuid());
    let held = s.world.bodies.get_mut(&s.lock).unwrap().slots.get_mut(&4).unwrap();
    held.person = Some(s.ana);
    let (lock, slot, reason) = (s.lock, 4, "the old code".to_owned());
    let id = credential.id;
    s.world.act(Command::AdoptForeign { lock, slot, grant, credential, reason }).unwrap();
    let writes = s.world.bodies[&s.lock].writes;
    s.world.work();
    assert_eq!(s.world.bodies[&s.lock].writes, writes, "taken as it is, only read back");
    assert_eq!(holder(&s.world.house, s.lock, 4, None, None, s.world.now), Some((id, s.ana)));
    s.world.act(Command::Revoke { id: grant }).unwrap();
    s.world.work();
    assert!(!s.world.opens(s.lock, [78; 32]));
}

#[test]
fn a_code_changed_behind_our_back_starts_no_war() {
    // I14
    let mut s = small(caps(4));
    s.world.work();
    s.world.wait(3_600);
    s.foreign(1, 66);
    let changes = slot_told(&s.world.house, s.lock, 1, true, s.world.now);
    s.world.apply(changes);
    assert!(!matches!(s.standing(), Standing::InForce { .. }), "doubted until it is read");
    s.world.work();
    assert!(s.world.opens(s.lock, [66; 32]), "never overwritten silently");
    assert!(s.world.opens(s.lock, [1; 32]), "and Ana is not locked out: her code took another place");

    // removed behind our back: said, and not written back for ever
    s.world.bodies.get_mut(&s.lock).unwrap().slots.remove(&2);
    let changes = slot_told(&s.world.house, s.lock, 2, false, s.world.now);
    s.world.apply(changes);
    s.world.work();
    assert!(matches!(s.standing(), Standing::Suspended { .. }));
    let writes = s.world.bodies[&s.lock].writes;
    s.world.wait(100_000);
    s.world.work();
    assert_eq!(s.world.bodies[&s.lock].writes, writes);
    let changes = retry(&s.world.house, s.lock, s.world.now);
    s.world.apply(changes);
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }));
}

#[test]
fn an_echo_of_our_own_write_changes_nothing() {
    let mut s = small(caps(4));
    s.world.work();
    let since = s.standing();
    let changes = slot_told(&s.world.house, s.lock, 1, true, s.world.now);
    s.world.apply(changes);
    s.world.wait(5);
    s.world.work();
    assert_eq!(s.standing(), since, "looked at again, and in force since the same moment");
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.work();
    let changes = slot_told(&s.world.house, s.lock, 1, true, s.world.now);
    assert_eq!(changes, [], "a late report of the code that was just removed");
}

#[test]
fn two_people_swap_codes_through_a_clear() {
    // R8, I5: checked by the world at every operation
    let mut s = small(caps(4));
    let ben = s.world.person("Ben");
    let bens = s.world.code(ben, 2);
    s.world.give(ben, bens, s.door);
    s.world.work();
    s.world.recode(s.code, s.ana, 9).unwrap();
    s.world.recode(bens, ben, 1).unwrap();
    s.world.recode(s.code, s.ana, 2).unwrap();
    s.world.work();
    s.world.assert_converged();
    assert!(s.world.house.errands.is_empty());
    // and a code that passes on waits for the first to lose it
    s.world.act(Command::RemovePerson { id: s.ana }).unwrap();
    let cleo = s.world.person("Cleo");
    s.world.bodies.get_mut(&s.lock).unwrap().faults = vec![Fault::Lost, Fault::FalseSuccess];
    let refused = s.world.recode(bens, ben, 2);
    assert_eq!(refused, Err(Refusal::Duplicate), "while Ana's row is there, her digits are taken");
    let cleos = s.world.code(cleo, 5);
    s.world.give(cleo, cleos, s.door);
    s.world.settle();
    s.world.assert_converged();
}

#[test]
fn a_late_entry_names_whoever_held_the_slot_then() {
    // I4
    let mut s = small(caps(4));
    s.world.work();
    let held = s.world.house.wanted[&(s.lock, 1)].version;
    let then = s.world.now;
    s.world.wait(60);
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.work();
    s.world.wait(600);
    let ben = s.world.person("Ben");
    let bens = s.world.code(ben, 2);
    s.world.give(ben, bens, s.door);
    s.world.work();
    let now = s.world.house.wanted[&(s.lock, 1)].version;
    let who = |version, at| holder(&s.world.house, s.lock, 1, version, at, s.world.now);
    assert_eq!(who(Some(held), None), Some((s.code, s.ana)), "by the version that the lock wrote down");
    assert_eq!(who(Some(now), None), Some((bens, ben)));
    assert_eq!(who(None, Some(then)), Some((s.code, s.ana)), "by the lock's clock");
    assert_eq!(who(None, Some(s.world.now)), Some((bens, ben)));
    assert_eq!(who(None, None), Some((bens, ben)));
    assert_eq!(who(Some(now + 5), None), None, "a version that never was is nobody's");
    assert_eq!(holder(&s.world.house, s.lock, 3, None, None, s.world.now), None);

    // many holders later the oldest are forgotten: their entries are nobody's then, never the next one's
    for number in 10..20 {
        s.world
            .act(Command::RemovePerson { id: s.world.house.grants.values().last().unwrap().person })
            .unwrap();
        s.world.work();
        s.world.wait(60);
        let person = s.world.person(&format!("guest {number}"));
        let code = s.world.code(person, number);
        s.world.give(person, code, s.door);
        s.world.work();
    }
    let who = |version, at| holder(&s.world.house, s.lock, 1, version, at, s.world.now);
    assert_eq!((who(Some(held), None), who(None, Some(then))), (None, None));
}

#[test]
fn an_entry_after_the_revocation_and_before_the_clear_is_still_theirs() {
    let mut s = small(caps(4));
    s.world.work();
    s.world.bodies.get_mut(&s.lock).unwrap().reachable = false;
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.wait(600);
    let entered = s.world.now;
    s.world.wait(600);
    s.world.bodies.get_mut(&s.lock).unwrap().reachable = true;
    s.world.work();
    assert!(s.world.house.wanted.is_empty());
    let who = holder(&s.world.house, s.lock, 1, None, Some(entered), s.world.now);
    assert_eq!(who, Some((s.code, s.ana)), "the lock was out of reach: the code still opened");
    s.world.wait(1);
    assert_eq!(holder(&s.world.house, s.lock, 1, None, Some(s.world.now), s.world.now), None);
}

#[test]
fn a_full_lock_can_still_be_freed_of_a_foreign_code() {
    let mut s = small(caps(1));
    s.foreign(1, 77);
    s.world.work();
    assert!(matches!(s.standing(), Standing::Refused { .. }), "{:?}", s.standing());
    assert!(s.world.opens(s.lock, [77; 32]));
    s.world.act(Command::RemoveForeign { lock: s.lock, slot: 1 }).unwrap();
    s.world.bodies.get_mut(&s.lock).unwrap().slots.get_mut(&1).unwrap().person = Some(s.ana);
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }), "{:?}", s.standing());
    assert!(!s.world.opens(s.lock, [77; 32]));
}

#[test]
fn revocations_come_first() {
    let mut s = small(caps(9));
    s.world.work();
    let ben = s.world.person("Ben");
    let bens = s.world.code(ben, 2);
    s.world.give(ben, bens, s.door);
    let first = s.world.plan(s.lock).ops;
    assert_eq!(first[0].slot, 2);
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    let ops = s.world.plan(s.lock).ops;
    assert_eq!((ops[0].slot, &ops[0].work), (1, &Work::Clear));
    assert_eq!(ops.len(), 2, "and nothing else is touched");
}

#[test]
fn times_do_not_decide_what_is_newer() {
    // a wall clock that jumps back changes nothing in what is discarded
    let mut s = small(plain(4));
    s.world.work();
    s.world.now = at("2020-01-01T00:00:00Z");
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.work();
    assert!(!s.world.opens(s.lock, [1; 32]));
    assert!(s.world.house.wanted.is_empty());
}

/// Digits of ours with other hours are ours: the slot is written anew, and nobody's code is found there.
#[test]
fn p2_other_hours_are_not_a_strangers_code() {
    let mut s = small(caps(4));
    s.world.work();
    let held = s.world.bodies.get_mut(&s.lock).unwrap().slots.get_mut(&1).unwrap();
    held.not_after = Some(at("2100-01-01T00:00:00Z"));
    let look = look(&s.world.house, s.lock, 1);
    s.world.perform(s.lock, &look);
    assert!(
        !matches!(s.standing(), Standing::InForce { .. } | Standing::Refused { .. }),
        "{:?}",
        s.standing()
    );
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }), "{:?}", s.standing());
    assert_eq!(s.world.bodies[&s.lock].slots[&1].not_after, None);
    assert_eq!(s.world.house.wanted.keys().map(|(_, slot)| *slot).collect::<Vec<_>>(), [1]);
}

/// A stay and office hours are more than this lock keeps at once, so the hub keeps them; when the stay is over, what is
/// left fits the lock, which has to hear of it although nobody changed a wish.
#[test]
fn p2_what_is_left_of_several_periods_is_written_in_the_locks_own_form() {
    for read_back in [ReadBack::Value, ReadBack::Never] {
        let zwave = ScheduleSupport { year_day: 1, lease: false, one_kind: true, ..caps(4).schedules };
        let mut s = small(Capabilities { schedules: zwave, read_back, ..caps(4) });
        s.world.act(Command::Revoke { id: s.grant }).unwrap();
        let office = Window {
            days: Days::WEEKDAYS,
            start: jiff::civil::time(8, 0, 0, 0),
            end: jiff::civil::time(18, 0, 0, 0),
        };
        let schedule = s.world.schedule(vec![office]);
        let soon = s.world.now.checked_add(jiff::SignedDuration::from_hours(2)).unwrap();
        let until = Some(jiff::tz::TimeZone::UTC.to_datetime(soon));
        for (schedule, until) in [(Some(schedule), None), (None, until)] {
            let wish = s.world.wish(s.ana, s.code, Target::Door(s.door));
            s.world.act(Command::Give(GiveAccess { schedule, until, ..wish })).unwrap();
        }
        s.world.work();
        let slot = s.world.house.wanted.values().find(|row| row.spec.is_some()).unwrap().slot;
        let kept = |s: &Small| s.world.bodies[&s.lock].slots[&slot].validity.clone();
        assert_eq!(kept(&s), Vec::new(), "{read_back:?}: kept by the hub");
        s.world.wait(2 * 3600 + 60);
        s.world.work();
        assert_eq!(kept(&s).len(), 1, "{read_back:?}: kept by the lock");
        assert_eq!(kept(&s)[0].windows, [office]);
        assert_eq!(s.world.plan(s.lock).ops, [], "and once is enough");
    }
}

/// A clock that was a year ahead wrote the end of a code into the future: nobody is named for it.
#[test]
fn i4_a_history_of_a_wrong_clock_names_nobody_wrongly() {
    let mut s = small(caps(4));
    s.world.work();
    let right = s.world.now;
    s.world.wait(400 * 86_400);
    s.world.act(Command::Revoke { id: s.grant }).unwrap();
    s.world.work();
    let ben = s.world.person("Ben");
    let bens = s.world.code(ben, 2);
    s.world.give(ben, bens, s.door);
    s.world.work();
    let entered = right.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    let who = |at| holder(&s.world.house, s.lock, 1, None, Some(at), entered);
    assert_eq!(who(entered), None, "the clock was set right, and the history is of no use");
    let later = s.world.now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    let who = |at| holder(&s.world.house, s.lock, 1, None, Some(at), later);
    assert_eq!(who(later), Some((bens, ben)));
}

/// A door that moves west lives longer: what was over is not over any more.
#[test]
fn p2_a_door_that_moves_wishes_anew_what_lives_again() {
    let mut s = small(caps(4));
    let soon = s.world.now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    let until = Some(jiff::tz::TimeZone::UTC.to_datetime(soon));
    let change =
        Command::ChangeGrant { id: s.grant, schedule: None, from: None, until, reason: String::new() };
    s.world.act(change).unwrap();
    s.world.work();
    s.world.wait(3700);
    let over = lapse(&s.world.house, s.world.now);
    s.world.apply(over);
    s.world.work();
    assert!(s.world.house.wanted.is_empty());
    let name = s.world.house.doors[&s.door].name.clone();
    let west =
        Command::ChangeDoor { id: s.door, name, time_zone: "America/New_York".into(), note: String::new() };
    s.world.act(west).unwrap();
    s.world.work();
    assert!(matches!(s.standing(), Standing::InForce { .. }), "{:?}", s.standing());
}
