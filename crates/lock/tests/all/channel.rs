//! The sealed channel, peers, records and read-back: A05, A06, A07, A15, A32, G5, G7.

use lock::{
    Alarm, Answer, Bolt, Command, CredentialKind, FORGERIES, Frame, Input, MAX_FRAME, Motion, PeerEnd,
    PeerFields, Privilege, Record, RecordKind, Refusal, SettingId, UserType, Zone, chain_mac, credential_mac,
    next_chain_key,
};

use crate::support::{Rig, commissioning, pin_fields, pin_ref};

fn end() -> PeerEnd {
    PeerEnd::new([5; 32], commissioning().lock_id, 1)
}

#[test]
fn g7_a05_a_frame_works_once_before_and_after_power_loss() {
    let mut rig = Rig::new();
    let challenge = rig.challenge(1);
    let frame = end().seal_command(&challenge, [1; 8], &Command::Unlock(None)).expect("it fits");
    assert!(rig.step(Input::Frame(frame.clone())).motion.is_some());
    for round in 0..3 {
        for _ in 0..3 {
            let effects = rig.step(Input::Frame(frame.clone()));
            assert!(effects.motion.is_none() && effects.answer.is_none(), "round {round}");
            rig.challenge(1);
        }
        rig.reboot();
    }
}

#[test]
fn a05_a_challenge_dies_after_ten_seconds_and_is_the_same_while_unused() {
    let mut rig = Rig::new();
    let challenge = rig.challenge(1);
    assert_eq!(challenge, rig.challenge(1), "a stranger who asks disturbs nobody");
    let frame = end().seal_command(&challenge, [1; 8], &Command::Unlock(None)).expect("it fits");
    rig.now += lock::CHALLENGE_MS;
    assert!(rig.step(Input::Frame(frame)).answer.is_none());
    assert_ne!(challenge, rig.challenge(1));
}

#[test]
fn a06_challenges_differ_even_when_the_random_generator_does_not() {
    let mut rig = Rig::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        for _ in 0..5 {
            assert!(seen.insert(rig.challenge(1)));
            rig.send(&Command::ReadStatus);
        }
        rig.reboot();
    }
}

#[test]
fn a07_no_plain_or_altered_frame_of_any_length_becomes_a_command() {
    let mut rig = Rig::new();
    for len in 0..=64 {
        let mut plain = vec![0u8; len];
        let _ = Command::Unlock(None).encode(&mut plain);
        rig.challenge(1);
        assert!(rig.step(Input::Frame(Frame::new(&plain).expect("short"))).answer.is_none());
        plain.iter_mut().zip([1, 1]).for_each(|(byte, header)| *byte = header);
        assert!(rig.step(Input::Frame(Frame::new(&plain).expect("short"))).motion.is_none());
        rig.now += 2 * lock::CHALLENGE_MS;
    }
    let challenge = rig.challenge(1);
    let frame = end().seal_command(&challenge, [1; 8], &Command::Unlock(None)).expect("it fits");
    let good = frame.as_bytes().to_vec();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let mut copy = rig.clone();
        let effects = copy.step(Input::Frame(Frame::new(&bad).expect("short")));
        assert!(effects.motion.is_none() && effects.answer.is_none(), "bit {bit}");
    }
    assert!(rig.step(Input::Frame(frame)).motion.is_some(), "the unaltered one still works");
    assert!(Frame::new(&[0; MAX_FRAME + 1]).is_none());
}

#[test]
fn a07_a_plain_command_behind_a_header_is_not_taken() {
    for command in
        [Command::Unlock(None), Command::Lock(None), Command::WriteSetting(SettingId::SoundVolume, 1)]
    {
        for tag in [0, 16] {
            let mut rig = Rig::new();
            rig.challenge(1);
            let mut plain = [0u8; lock::MAX_COMMAND];
            let len = command.encode(&mut plain).expect("it fits");
            let frame = [&[lock::FRAME_VERSION, 1][..], &[0; 8], &plain[..len], &vec![0; tag]].concat();
            let effects = rig.step(Input::Frame(Frame::new(&frame).expect("short")));
            assert!(effects.motion.is_none() && effects.answer.is_none());
            assert!(rig.send(&Command::ReadSetting(SettingId::SoundVolume)) == Answer::Setting(0));
        }
    }
}

#[test]
fn a06_forgeries_burn_the_challenge_and_are_told() {
    let mut rig = Rig::new();
    rig.challenge(1);
    let forged =
        Frame::new(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
    let forged = forged.expect("short");
    for n in 1..=FORGERIES {
        let effects = rig.step(Input::Frame(forged.clone()));
        assert_eq!(effects.alarms.has(Alarm::ForgedCommands), n == FORGERIES);
    }
    let none = rig.step(Input::AskChallenge { peer: 1, entropy: [1; 16] }).challenge;
    assert!(none.is_none(), "the peer waits");
    rig.now += lock::CHALLENGE_MS;
    assert!(rig.send(&Command::ReadStatus) != Answer::Refused(Refusal::AccessDenied));
}

#[test]
fn a15_another_lock_another_peer_and_another_key_open_nothing() {
    let mut rig = Rig::new();
    let challenge = rig.challenge(1);
    let ends = [
        PeerEnd::new([5; 32], [0; 16], 1),
        PeerEnd::new([6; 32], commissioning().lock_id, 1),
        PeerEnd::new([5; 32], commissioning().lock_id, 2),
        PeerEnd::new([5; 32], commissioning().lock_id, 0),
        PeerEnd::new([5; 32], commissioning().lock_id, 255),
    ];
    for end in ends {
        let frame = end.seal_command(&challenge, [1; 8], &Command::Unlock(None)).expect("it fits");
        assert!(rig.step(Input::Frame(frame)).answer.is_none());
    }
    assert!(rig.step(Input::AskChallenge { peer: 2, entropy: [0; 16] }).challenge.is_none());
}

#[test]
fn a32_privileges_hold_and_the_last_admin_stays() {
    let mut rig = Rig::new();
    let levels = [Privilege::View, Privilege::Operate, Privilege::Manage];
    for (id, privilege) in (2..).zip(levels) {
        let fields = PeerFields { id, key: [id; 32], privilege, fabric: id, node: 7 };
        assert!(rig.send(&Command::SetPeer(fields)) == Answer::Done);
    }
    let commands = [
        (Command::ReadStatus, Privilege::View),
        (Command::Lock(None), Privilege::Operate),
        (Command::Unlock(None), Privilege::Operate),
        (Command::AckRecords(1), Privilege::Manage),
        (Command::WriteSetting(SettingId::AutoRelockTime, 30), Privilege::Manage),
        (Command::WriteSetting(SettingId::WrongCodeEntryLimit, 200), Privilege::Admin),
        (Command::SetCredential(pin_fields(1, "135792")), Privilege::Admin),
        (Command::ClearPeer(1), Privilege::Admin),
        (Command::LiftBudget, Privilege::Admin),
    ];
    for (id, privilege) in (2..).zip(levels) {
        for (command, least) in &commands {
            let (answer, _) = rig.send_as(id, [id; 32], command);
            let refused = answer == Answer::Refused(Refusal::AccessDenied);
            assert_eq!(refused, privilege < *least, "peer {id}");
        }
    }
    assert!(rig.send(&Command::ClearPeer(1)) == Answer::Refused(Refusal::InvalidInState));
    let (answer, _) = rig.send_as(2, [2; 32], &Command::ReadStatus);
    assert!(matches!(answer, Answer::Status(_)));
}

#[test]
fn the_read_back_proves_the_code_without_telling_it() {
    let mut rig = Rig::new();
    rig.add(3, "908172", UserType::Unrestricted);
    let Answer::Credential(view) = rig.send(&Command::GetCredential(pin_ref(3))) else {
        panic!("a credential")
    };
    let expected = credential_mac(&commissioning().mac_key, CredentialKind::Pin, b"908172");
    assert_eq!(view.detail.map(|d| d.mac), Some(expected));
    // E7, P2: the code itself is nowhere in storage
    for bytes in rig.storage.durable.values() {
        assert!(!bytes.windows(6).any(|window| window == b"908172"));
    }
}

#[test]
fn l1_records_come_in_order_chained_and_are_kept_until_acknowledged() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    assert!(rig.opens("135792"));
    let records = rig.records();
    let (mut key, mut before) = (commissioning().chain_key, [0; 16]);
    for (seq, record) in (1..).zip(&records) {
        assert_eq!(record.seq, seq);
        assert_eq!(record.mac, chain_mac(&key, &before, record), "record {seq}");
        assert_eq!(Record::decode(&record.encode()).as_ref(), Some(record));
        before = record.mac;
        key = next_chain_key(&key);
    }
    let last = records.last().expect("some").seq;
    let push = rig.lock.seal_records(1, 0, &mut rig.storage).expect("records wait");
    let (first, Answer::Records(1, next, some)) = end().open_push(push.as_bytes()).expect("it opens") else {
        panic!("records")
    };
    assert_eq!((next, some[0].map(|r| r.seq)), (last + 1, Some(1)));
    let again = rig.lock.seal_status(1, rig.now).expect("a peer");
    assert!(end().open_push(again.as_bytes()).expect("it opens").0 > first, "numbers only rise");
    assert!(rig.send(&Command::AckRecords(last)) == Answer::Done);
    assert!(rig.send(&Command::AckRecords(10_000)) == Answer::Refused(Refusal::Constraint));
}

#[test]
fn l1_an_overwritten_ring_shows_as_a_hole_and_storage_failures_too() {
    let mut rig = Rig::new();
    for _ in 0..50 {
        rig.send(&Command::Lock(None));
    }
    let status = rig.lock.status(rig.now);
    assert!(status.oldest_record > status.acked + 1, "the hub sees what it missed");
    let seq = status.next_record;
    rig.step(Input::Hand(lock::Hand::KeyUnlock));
    rig.storage.fail_from = Some(rig.storage.operations);
    assert!(rig.send(&Command::Lock(None)) == Answer::Done, "locking goes on");
    rig.storage.fail_from = None;
    rig.send(&Command::Lock(None));
    let held: Vec<u64> = rig.records().iter().map(|r| r.seq).filter(|s| *s >= seq).collect();
    let all: Vec<u64> = (seq..rig.lock.status(rig.now).next_record).collect();
    assert!(held.len() < all.len(), "numbers were given up: {held:?}");
    rig.reboot();
    let after: Vec<u64> = rig.records().iter().map(|r| r.seq).filter(|s| held.contains(s)).collect();
    assert_eq!(after, held, "and what was written stays");
}

#[test]
fn a16_only_a_peer_sets_the_clock_and_a_jump_waits_for_confirmation() {
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::YearDay);
    let span = lock::YearDay { start: 1_800_000_000, end: 1_900_000_000 };
    rig.send(&Command::SetYearDay(1, user, span));
    rig.clock(1_799_999_000);
    assert!(!rig.opens("135792"));
    let (_, effects) = rig.send_as(1, [5; 32], &Command::SetClock(1_800_000_100, Zone::NONE));
    assert!(effects.alarms.has(Alarm::ClockJump));
    assert!(!rig.opens("135792"), "a jump is not believed at once");
    assert!(rig.send(&Command::ConfirmClock(1_800_000_100)) == Answer::Done);
    assert!(rig.opens("135792"));
    rig.step(Input::ClockLost);
    rig.wait(70_000);
    assert!(!rig.opens("135792"));
    rig.step(Input::ClockChip(Some(1_700_000_000)));
    assert!(!rig.opens("135792"), "a chip that runs behind what was known is not believed");
}

#[test]
fn a23_reset_from_inside_erases_and_tells() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let effects = rig.step(Input::Hand(lock::Hand::FactoryReset));
    assert!(effects.alarms.has(Alarm::FactoryReset));
    let farewell = effects.answer.expect("a last push");
    let (_, Answer::Records(_, _, records)) = end().open_push(farewell.as_bytes()).expect("it opens") else {
        panic!("records")
    };
    assert!(records.iter().flatten().any(|r| r.kind == RecordKind::Reset));
    assert!(!rig.opens("135792") && !rig.lock.commissioned());
    for bytes in rig.storage.durable.iter().filter(|(region, _)| matches!(region, lock::Region::Config(_))) {
        assert!(!bytes.1.windows(32).any(|w| w == [5; 32] || w == [7; 32]), "keys stayed in storage");
    }
    rig.reboot();
    assert!(!rig.opens("135792"));
    rig.step(Input::Commission(commissioning()));
    assert!(rig.lock.commissioned());
    assert!(rig.step(Input::Bolt(Bolt::Extended)).motion != Some(Motion::Extend));
}
