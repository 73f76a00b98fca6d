//! Whatever comes, in whatever order: no panic, no opening without authority, no code that does not read back.

use lock::{
    Alarm, Answer, BatteryReading, Bolt, Command, CredentialFields, CredentialKind, Frame, Hand, Input, Key,
    Leaf, LockState, Motion, Motor, RECORD_BYTES, Record, Region, Secret, Storage, UserType, Zone, step,
};
use proptest::prelude::*;

use crate::support::{Bench, Memory, Rig, pin_fields};

const T0: u64 = 1_795_392_000;

#[derive(Clone, Debug)]
enum Act {
    Pin(u8),
    Key(u8),
    Card(u8),
    Bolt(u8),
    Leaf(u8),
    Motor(u8),
    Hand(u8),
    Battery(u16, i8),
    Clock(u64),
    Lost,
    Bytes(Vec<u8>),
    Wait(u32),
    Reboot,
    Remote(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0u8..4).prop_map(Act::Pin),
        1 => (0u8..12).prop_map(Act::Key),
        1 => any::<u8>().prop_map(Act::Card),
        3 => (0u8..5).prop_map(Act::Bolt),
        2 => (0u8..3).prop_map(Act::Leaf),
        1 => (0u8..3).prop_map(Act::Motor),
        1 => (0u8..6).prop_map(Act::Hand),
        1 => (0u16..7000, any::<i8>()).prop_map(|(mv, c)| Act::Battery(mv, c)),
        1 => (0u64..5_000).prop_map(Act::Clock),
        1 => Just(Act::Lost),
        1 => proptest::collection::vec(any::<u8>(), 0..64).prop_map(Act::Bytes),
        3 => (0u32..200_000).prop_map(Act::Wait),
        1 => Just(Act::Reboot),
        2 => (0u8..4).prop_map(Act::Remote),
    ]
}

/// Code 0 is unrestricted, code 1 has a lease until T0 + 1000, code 2 a user who never opens, 3 is nobody's.
const CODES: [&str; 4] = ["135792", "246813", "112358", "999999"];

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.motor_works = false;
    rig.add(1, CODES[0], UserType::Unrestricted);
    let leased = CredentialFields { not_after: T0 + 1_000, ..pin_fields(2, CODES[1]) };
    rig.send(&Command::SetCredential(leased));
    rig.add(3, CODES[2], UserType::NonAccess);
    rig
}

fn one(rig: &mut Rig, act: &Act) -> Vec<lock::Effects> {
    let bolts = [Bolt::Extended, Bolt::Retracted, Bolt::Unlatched, Bolt::Between, Bolt::Unknown];
    let hands = [
        Hand::KeyLock,
        Hand::KeyUnlock,
        Hand::ThumbturnLock,
        Hand::ThumbturnUnlock,
        Hand::PrivacyButton,
        Hand::FrontRemoved,
    ];
    let input = match act {
        Act::Pin(which) => return vec![rig.pin(CODES[usize::from(*which)])],
        Act::Key(key) => Input::Key(match key {
            10 => Key::Clear,
            11 => Key::Lock,
            digit => Key::Digit(*digit),
        }),
        Act::Card(n) => Input::Shown {
            kind: CredentialKind::from_code(n % 9).unwrap_or(CredentialKind::Rfid),
            data: Secret::new(&[*n; 12]).expect("short"),
            weak: n % 2 == 0,
        },
        Act::Bolt(n) => Input::Bolt(bolts[usize::from(*n)]),
        Act::Leaf(n) => Input::Leaf([Leaf::Closed, Leaf::Open, Leaf::Unknown][usize::from(*n)]),
        Act::Motor(n) => Input::Motor([Motor::Stalled, Motor::NoEnd, Motor::BrownOut][usize::from(*n)]),
        Act::Hand(n) => Input::Hand(hands[usize::from(*n)]),
        Act::Battery(millivolts, celsius) => {
            Input::Battery(BatteryReading { millivolts: *millivolts, under_load: true, celsius: *celsius })
        }
        Act::Clock(offset) => {
            return vec![rig.send_as(1, [5; 32], &Command::SetClock(T0 + offset, Zone::NONE)).1];
        }
        Act::Lost => Input::ClockLost,
        Act::Bytes(bytes) => Input::Frame(Frame::new(bytes).expect("short")),
        Act::Wait(ms) => {
            rig.now += u64::from(*ms);
            Input::Timer
        }
        Act::Reboot => return vec![rig.reboot()],
        Act::Remote(which) => {
            let pin = Secret::new(CODES[usize::from(*which)].as_bytes());
            return vec![rig.send_as(1, [5; 32], &Command::Unlock(pin)).1];
        }
    };
    vec![rig.step(input)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_opens_without_authority(acts in proptest::collection::vec(act(), 1..60)) {
        let mut rig = rig();
        // wall time by this test's own account: what the lock was told, plus what passed; nothing after a loss
        let mut told: Option<(u64, u64)> = None;
        for act in &acts {
            let seen = one(&mut rig, act);
            match act {
                Act::Clock(offset) => told = Some((T0 + offset, rig.now)),
                Act::Lost | Act::Reboot => told = None,
                _ => {}
            }
            for effects in &seen {
                if let Some(Motion::Retract { by, .. }) = &effects.motion {
                    let code = match act { Act::Pin(n) | Act::Remote(n) => usize::from(*n), _ => 9 };
                    prop_assert!(code <= 1, "{act:?} opened");
                    prop_assert_eq!(by.credentials()[0].map(|c| usize::from(c.index)), Some(code + 1));
                    if code == 1 {
                        let (base, at) = told.expect("a leased code opened without a clock");
                        prop_assert!(base + (rig.now - at) / 1000 < T0 + 1_000, "a lease was over");
                    }
                    prop_assert!(rig.lock.record(by.record(), &mut rig.storage).is_some(), "G5");
                }
            }
            let status = rig.lock.status(rig.now);
            prop_assert!(status.lock != LockState::Locked || status.door.code() != 0, "G3");
        }
    }

    #[test]
    fn a_decoded_command_encodes_to_the_same_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
        if let Some(command) = Command::decode(&bytes) {
            let mut out = [0u8; lock::MAX_COMMAND];
            let len = command.encode(&mut out).expect("it fits");
            prop_assert_eq!(&out[..len], &bytes[..]);
        }
        let _ = Answer::decode(&bytes);
    }

    #[test]
    fn tagged_bytes_never_panic_the_parsers(tag in 0u8..60, rest in proptest::collection::vec(any::<u8>(), 0..150)) {
        let bytes = [&[tag][..], &rest].concat();
        let again = Command::decode(&bytes).map(|command| {
            let mut out = [0u8; lock::MAX_COMMAND];
            command.encode(&mut out).map(|len| out[..len].to_vec())
        });
        prop_assert!(again.is_none_or(|out| out == Some(bytes.clone())));
        let answer = Answer::decode(&bytes).map(|answer| {
            let mut out = [0u8; lock::MAX_ANSWER];
            answer.encode(&mut out).map(|len| out[..len].to_vec())
        });
        prop_assert!(answer.is_none_or(|out| out == Some(bytes.clone())));
    }

    #[test]
    fn any_storage_starts_a_lock_that_opens_to_nobody(
        config in proptest::collection::vec(any::<u8>(), 0..400),
        vitals in proptest::collection::vec(any::<u8>(), 0..200),
        record in proptest::collection::vec(any::<u8>(), RECORD_BYTES),
        flip in any::<(u16, u8)>(),
    ) {
        let mut storage = Memory::default();
        storage.write(Region::Config(0), 0, &config).expect("memory");
        storage.write(Region::Vitals(1), 0, &vitals).expect("memory");
        storage.write(Region::Record(1), 0, &record).expect("memory");
        storage.sync().expect("memory");
        let (mut lock, effects) = Bench::boot(0, &mut storage);
        prop_assert!(effects.motion.is_none() && !lock.commissioned());
        prop_assert!(step(&mut lock, 1, Input::Key(Key::Enter), &mut storage).motion.is_none());
        // one flipped bit in a lock in use: the other copy, or nobody
        let mut rig = rig();
        let region = [Region::Config(0), Region::Config(1), Region::Vitals(0), Region::Vitals(1)];
        let bytes = rig.storage.durable.get_mut(&region[usize::from(flip.1 % 4)]).expect("written");
        let at = usize::from(flip.0) % bytes.len();
        bytes[at] ^= 1 << (flip.1 / 4 % 8);
        let effects = rig.reboot();
        prop_assert!(effects.motion.is_none() && !rig.opens("999999"));
        let _ = effects.alarms.has(Alarm::StorageFailed);
    }

    #[test]
    fn records_read_back_or_are_refused(bytes in proptest::array::uniform32(any::<u8>()), at in 0usize..RECORD_BYTES) {
        let mut rig = rig();
        let record = rig.records().pop().expect("some");
        prop_assert_eq!(Record::decode(&record.encode()), Some(record));
        let mut bad = record.encode();
        bad[at] ^= bytes[0] | 1;
        prop_assert_eq!(Record::decode(&bad), None);
    }
}
