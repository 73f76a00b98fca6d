//! Stories of a whole body without a process: a year in a second, and every trouble on demand.

use lock::{
    Alarm, Answer, BatteryLevel, ClockQuality, Command, LockState, Operation, OperationError, RecordKind,
    SettingId,
};

use crate::frame::Message;
use crate::hand::{Hand, RadioFaults, Turner};
use crate::rig::{Rig, START};
use crate::world::{JAM_AT, OUT, World};

const CODE: &str = "004711";

fn ready() -> Rig {
    let mut rig = Rig::new();
    rig.set_clock();
    rig.give(1, CODE);
    assert!(rig.ask(&Command::WriteSetting(SettingId::AutoRelockTime, 0)) == Answer::Done);
    rig.hand(Hand::Turn { with: Turner::Thumbturn, lock: true }).unwrap();
    rig.wait(10_000);
    acknowledge(&mut rig);
    rig.records.clear();
    rig
}

fn acknowledge(rig: &mut Rig) {
    let next = rig.status().next_record;
    assert!(rig.ask(&Command::AckRecords(next - 1)) == Answer::Done);
}

#[test]
fn e1_a_code_moves_the_bolt_and_the_record_arrives_once_and_in_order() {
    let mut rig = ready();
    assert_eq!(rig.status().lock, LockState::Locked);
    rig.typed(CODE);
    assert_eq!(rig.body.world.bolt, 0);
    assert!(rig.has(RecordKind::Done, |r| r.operation == Some(Operation::Unlock) && r.user == 1));
    let allowed = rig.records.iter().position(|r| r.kind == RecordKind::Allowed).unwrap();
    let done = rig.records.iter().position(|r| r.kind == RecordKind::Done).unwrap();
    assert!(allowed < done);
    let numbers: Vec<u64> = rig.records.iter().map(|r| r.seq).collect();
    assert!(numbers.windows(2).all(|w| w[1] == w[0] + 1), "{numbers:?}");
    let state = rig.body.state();
    assert_eq!((state.keypad.light, state.keypad.meaning), ("green", "Opened"));
    let decision = state.decision.unwrap();
    assert_eq!(decision.result, "Allowed: unlock by code in slot 1, at any time.");
}

#[test]
fn e1_the_latch_springs_back_and_the_same_code_opens_again() {
    let mut rig = ready();
    rig.typed(CODE);
    assert_eq!(rig.status().lock, LockState::Unlatched);
    rig.wait(1000);
    rig.typed(CODE);
    rig.wait(4_000);
    assert_eq!(rig.status().lock, LockState::Unlocked);
    assert!(!rig.has(RecordKind::Alarm, |_| true), "a latch that springs back is no alarm");
    rig.wait(60_000);
    assert!(!rig.status().jammed);
}

#[test]
fn no_state_or_frame_names_a_code() {
    let mut rig = ready();
    rig.typed("98765");
    let shown = serde_json::to_string(&rig.body.state()).unwrap();
    assert!(!shown.contains(CODE) && !shown.contains("98765"));
    for message in &rig.overheard {
        let bytes = message.encode();
        assert!(!bytes.windows(CODE.len()).any(|w| w == CODE.as_bytes()));
    }
    let stored = rig.body.keep.durable.values();
    assert!(
        stored.flat_map(|region| region.windows(CODE.len())).all(|w| w != CODE.as_bytes()),
        "the code lies in storage"
    );
}

#[test]
fn e2_without_radio_everything_at_the_door_works_and_the_log_catches_up() {
    let mut rig = ready();
    rig.hand(Hand::Radio { reach: false }).unwrap();
    for _ in 0..20 {
        rig.typed(CODE);
        rig.wait(30_000);
        rig.hand(Hand::Turn { with: Turner::Key, lock: true }).unwrap();
        rig.wait(30_000);
    }
    assert!(rig.records.is_empty(), "a record came through without radio");
    rig.hand(Hand::Radio { reach: true }).unwrap();
    for _ in 0..100 {
        rig.wait(1_000);
        if let Some(last) = rig.numbers().last().copied() {
            rig.ask(&Command::AckRecords(last));
        }
    }
    let numbers = rig.numbers();
    assert!(numbers.windows(2).all(|w| w[1] == w[0] + 1), "a hole: {numbers:?}");
    assert_eq!(numbers.last().copied(), Some(rig.status().next_record - 1));
    let mut opened: Vec<_> = rig
        .records
        .iter()
        .filter(|r| r.kind == RecordKind::Done && r.operation == Some(Operation::Unlock))
        .map(|r| (r.seq, r.wall))
        .collect();
    opened.sort_unstable();
    opened.dedup();
    assert_eq!(opened.len(), 20);
    // the lock's own times, a minute apart
    assert!(opened.windows(2).all(|w| (59..=61).contains(&(w[1].1 - w[0].1))), "{opened:?}");
}

#[test]
fn e2_bad_air_loses_and_doubles_messages_but_no_command_works_twice_and_no_record_is_lost() {
    for seed in 0..4 {
        let world = World { travel_ms: 0, ..World::default() };
        let mut rig = Rig::with(world, crate::rig::Memory::default(), seed);
        rig.set_clock();
        rig.give(1, CODE);
        rig.hand(Hand::RadioFaults(RadioFaults {
            delay_ms: 30,
            jitter_ms: 200,
            loss: 250,
            duplicate: 250,
            sleep_ms: 0,
        }))
        .unwrap();
        let mut done = 0;
        for _ in 0..15 {
            rig.wait(12_000);
            done += usize::from(rig.ask_patiently(&Command::Unlock(None), 20) == Some(Answer::Done));
            rig.typed(CODE);
        }
        assert!(done >= 14, "only {done} of 15 commands got an answer");
        rig.hand(Hand::RadioFaults(RadioFaults::default())).unwrap();
        for _ in 0..60 {
            rig.wait(1_000);
            // a cautious hub: acknowledges what it holds without a hole
            let numbers = rig.numbers();
            let whole = (1..).zip(&numbers).take_while(|(n, seq)| n == *seq).last().map_or(0, |(n, _)| n);
            rig.ask(&Command::AckRecords(whole));
        }
        let numbers = rig.numbers();
        assert_eq!(numbers.len() as u64, rig.status().next_record - 1, "records were lost");
        let remote = |r: &&lock::Record| {
            r.kind == RecordKind::Allowed
                && r.source == lock::Source::Remote
                && r.operation == Some(Operation::Unlock)
        };
        let mut unlocks: Vec<u64> = rig.records.iter().filter(remote).map(|r| r.seq).collect();
        unlocks.sort_unstable();
        unlocks.dedup();
        assert!(unlocks.len() <= 15, "{} unlocks for 15 commands", unlocks.len());
        assert!(unlocks.len() >= done, "a command was answered and not done");
    }
}

#[test]
fn a05_replayed_frames_do_nothing() {
    let mut rig = ready();
    assert!(rig.ask(&Command::Unlock(None)) == Answer::Done);
    rig.wait(10_000);
    rig.hand(Hand::Turn { with: Turner::Key, lock: true }).unwrap();
    rig.wait(10_000);
    acknowledge(&mut rig);
    let heard: Vec<Message> =
        rig.overheard.iter().filter(|m| matches!(m, Message::Command(_))).cloned().collect();
    let before = rig.status();
    let dropped = rig.body.dropped;
    // on a line of its own, as a stranger would, so that the memory for lost answers does not help it
    rig.body.connect(2, 1);
    for round in 0..3 {
        for frame in &heard {
            rig.body.radio(rig.now, 2, frame.clone());
        }
        rig.wait(20_000);
        if round == 1 {
            rig.hand(Hand::Power { on: false }).unwrap();
            rig.hand(Hand::Power { on: true }).unwrap();
        }
    }
    rig.collect();
    assert_eq!(rig.body.world.bolt, OUT, "a replayed frame moved the bolt");
    assert_eq!(rig.body.dropped - dropped, 3 * heard.len() as u64);
    assert_eq!(rig.status().version, before.version);
}

#[test]
fn a07_no_bytes_without_a_seal_do_anything() {
    let mut rig = ready();
    let before = rig.status().next_record;
    for length in 0..64_usize {
        for fill in [0_u8, 1, 2, 255] {
            rig.send(Message::Command(vec![fill; length.max(1)]));
        }
    }
    assert_eq!(rig.status().next_record, before);
    assert_eq!(rig.body.world.bolt, OUT);
    assert!(rig.body.dropped >= 256);
}

#[test]
fn e3_something_in_the_strike_is_a_jam_and_never_locked() {
    let mut rig = ready();
    rig.hand(Hand::MotorSpeed { travel_ms: 900 }).unwrap();
    rig.typed(CODE);
    rig.wait(10_000);
    rig.hand(Hand::Jam { on: true }).unwrap();
    rig.ask(&Command::Lock(None));
    rig.wait(200);
    assert!(rig.body.state().moving);
    rig.wait(10_000);
    assert_eq!(rig.body.world.bolt, JAM_AT);
    assert!(rig.has(RecordKind::Refused, |r| r.error == Some(OperationError::Stalled)));
    assert!(rig.has(RecordKind::Alarm, |r| r.detail == u32::from(Alarm::LockJammed.code())));
    let status = rig.status();
    assert!(status.jammed);
    assert_eq!(status.lock, LockState::NotFullyLocked);
}

#[test]
fn e5_power_cut_in_mid_travel_at_every_position_never_ends_unlocked_without_authority() {
    for position in (0..=OUT).step_by(50) {
        let mut rig = ready();
        rig.hand(Hand::MotorSpeed { travel_ms: 1000 }).unwrap();
        rig.typed(CODE);
        rig.wait(10_000);
        // locking is cut off on its way
        rig.hand(Hand::PowerCutAt { position }).unwrap();
        rig.ask(&Command::Lock(None));
        rig.wait(5_000);
        assert!(!rig.body.state().powered, "the power stayed at {position}");
        assert_eq!(rig.body.world.bolt, position, "mechanics moved without power");
        let durable = rig.body.keep.durable.clone();
        rig.wait(60_000);
        assert!(rig.body.keep.durable == durable, "a lock without power wrote");
        rig.hand(Hand::Power { on: true }).unwrap();
        rig.wait(60_000);
        assert_eq!(rig.body.world.bolt, OUT, "cut at {position}: locking was not finished");
        assert!(rig.has(RecordKind::Boot, |_| true));
        assert!(!rig.has(RecordKind::Alarm, |r| r.detail == u32::from(Alarm::UnauthorisedMovement.code())));
    }
}

#[test]
fn e5_a_process_killed_in_mid_travel_finds_the_bolt_where_it_was() {
    let mut rig = ready();
    rig.hand(Hand::MotorSpeed { travel_ms: 1000 }).unwrap();
    rig.typed(CODE);
    rig.wait(10_000);
    rig.ask(&Command::Lock(None));
    rig.wait(500);
    let shown = rig.body.state().bolt;
    let mut rig = rig.killed(5_000);
    assert!(rig.body.world.bolt.abs_diff(shown) <= 60, "{} is far from {shown}", rig.body.world.bolt);
    rig.wait(60_000);
    assert_eq!(rig.body.world.bolt, OUT);
    rig.typed(CODE);
    rig.wait(5_000);
    assert_eq!(rig.body.world.bolt, 0, "the code did not survive");
}

#[test]
fn e5_the_battery_warns_long_before_it_ends_and_never_opens_by_itself() {
    let mut rig = ready();
    rig.hand(Hand::MotorSpeed { travel_ms: 900 }).unwrap();
    let mut levels = vec![rig.status().battery];
    let mut percent_at_low = None;
    for percent in (0..=100_u8).rev().step_by(2) {
        rig.hand(Hand::SetBattery { percent }).unwrap();
        rig.wait(20_000);
        if rig.body.state().powered {
            rig.typed(CODE);
            rig.wait(8_000);
        }
        if rig.body.state().powered {
            rig.ask(&Command::Lock(None));
            rig.wait(8_000);
        }
        if rig.body.state().powered {
            rig.typed(CODE);
            rig.wait(8_000);
        }
        if rig.body.state().powered {
            let level = rig.status().battery;
            if level != BatteryLevel::Good && percent_at_low.is_none() {
                percent_at_low = Some(percent);
            }
            levels.push(level);
            acknowledge(&mut rig);
        }
        // by hand it always works
        rig.hand(Hand::Turn { with: Turner::Key, lock: true }).unwrap();
        rig.wait(8_000);
        assert_eq!(rig.body.world.bolt, OUT, "at {percent} % the bolt is not out");
    }
    assert!(percent_at_low.is_some_and(|percent| percent >= 20), "warned at {percent_at_low:?}");
    assert!(levels.contains(&BatteryLevel::Empty), "{levels:?}");
    assert!(rig.records.iter().any(|r| r.error == Some(OperationError::InsufficientBattery)));
}

#[test]
fn e4_a_lost_clock_is_said_and_set_again_by_the_hub() {
    let mut rig = ready();
    assert_eq!(rig.status().clock, ClockQuality::Trusted);
    rig.hand(Hand::LoseClock).unwrap();
    assert_eq!(rig.status().clock, ClockQuality::Unknown);
    assert!(!rig.body.state().clock_trusted);
    // an unrestricted code still opens
    rig.typed(CODE);
    assert_eq!(rig.body.world.bolt, 0);
    rig.set_clock();
    assert_eq!(rig.status().clock, ClockQuality::Trusted);
}

#[test]
fn the_clock_chip_keeps_the_time_over_a_change_of_cells() {
    let mut rig = ready();
    rig.wait(3_600_000);
    rig.hand(Hand::ReplaceBattery).unwrap();
    let status = rig.status();
    let expected = START + rig.now / 1000;
    assert!(status.wall.abs_diff(expected) <= 2, "{} instead of {expected}", status.wall);
}

#[test]
fn a26_a_magnet_on_the_bolt_is_an_alarm_and_locked_again() {
    let mut rig = ready();
    rig.hand(Hand::PushBolt { to: 0 }).unwrap();
    assert!(rig.has(RecordKind::Alarm, |r| r.detail == u32::from(Alarm::UnauthorisedMovement.code())));
    rig.wait(10_000);
    assert_eq!(rig.body.world.bolt, OUT, "it was not locked again");
}

#[test]
fn a_bolted_door_does_not_open_and_a_forced_one_is_an_alarm() {
    let mut rig = ready();
    assert!(rig.hand(Hand::Door { open: true }).is_err());
    rig.hand(Hand::ForceDoor).unwrap();
    assert!(rig.has(RecordKind::Alarm, |r| r.detail == u32::from(Alarm::DoorForced.code())));
}

#[test]
fn e7_a_reset_lock_knows_nobody_and_asks_for_new_keys() {
    let mut rig = ready();
    assert!(rig.hand(Hand::FactoryReset).is_err(), "reset with the door shut");
    rig.typed(CODE);
    rig.wait(5_000);
    rig.hand(Hand::Door { open: true }).unwrap();
    rig.body.hand(rig.now, Hand::FactoryReset).unwrap();
    assert!(rig.body.take_out().contains(&crate::body::Out::Erased));
    rig.hand(Hand::Door { open: false }).unwrap();
    rig.hand(Hand::Turn { with: Turner::Key, lock: true }).unwrap();
    rig.typed(CODE);
    rig.wait(10_000);
    assert_eq!(rig.body.world.bolt, OUT, "an old code opens a reset lock");
}

#[test]
fn a_wet_keypad_drops_presses() {
    let mut rig = ready();
    rig.hand(Hand::WetKeypad { drops: 1000 }).unwrap();
    rig.typed(CODE);
    assert_eq!((rig.body.world.bolt, rig.body.state().keypad.pressed), (OUT, 0));
    assert!(rig.hand(Hand::WetKeypad { drops: 1001 }).is_err());
}

#[test]
fn a_year_of_use_is_lived_in_seconds_and_runs_the_pack_down() {
    let mut rig = ready();
    rig.hand(Hand::MotorSpeed { travel_ms: 900 }).unwrap();
    let fresh = rig.body.state().battery.percent;
    for _ in 0..365 {
        for _ in 0..2 {
            rig.typed(CODE);
            rig.wait(60_000);
            rig.ask(&Command::Lock(None));
            rig.wait(60_000);
        }
        acknowledge(&mut rig);
        rig.records.clear();
        rig.wait(86_400_000 - 4 * 60_000);
    }
    let left = rig.body.state().battery.percent;
    assert!(left < fresh - 10 && left > 5, "{left} % after a year");
}

/// G7: the challenge that comes with an answer serves one command, as any other, and nobody gets one unasked.
#[test]
fn g7_the_challenge_that_comes_with_an_answer_serves_once() {
    let mut rig = ready();
    let carried = |rig: &Rig| {
        rig.answers.iter().find_map(|m| match m {
            Message::Challenge { token: crate::UNASKED, challenge } => Some(*challenge),
            _ => None,
        })
    };
    assert!(rig.ask(&Command::ReadStatus) != Answer::Done);
    assert!(carried(&rig).is_none(), "nobody said that more would follow");
    rig.send(Message::Ask { token: 900 });
    let Some(Message::Challenge { challenge, .. }) = rig.answers.pop() else { panic!("no challenge") };
    let first = rig.end.seal_command(&challenge, [1; 8], &Command::ReadStatus).unwrap();
    rig.answers.clear();
    rig.send(Message::CommandMore(first.as_bytes().to_vec()));
    let next = carried(&rig).expect("a challenge came with the answer");
    assert_ne!(next, challenge);
    let unlock = rig.end.seal_command(&next, [2; 8], &Command::Unlock(None)).unwrap().as_bytes().to_vec();
    rig.send(Message::Command(unlock.clone()));
    rig.wait(2_000);
    assert_eq!(rig.body.world.bolt, 0);
    rig.hand(Hand::Turn { with: Turner::Thumbturn, lock: true }).unwrap();
    let again = rig.end.seal_command(&next, [3; 8], &Command::Unlock(None)).unwrap().as_bytes().to_vec();
    rig.send(Message::Command(unlock));
    rig.send(Message::Command(again));
    rig.wait(2_000);
    assert_eq!(rig.body.world.bolt, OUT, "one challenge moved the bolt twice");
}
