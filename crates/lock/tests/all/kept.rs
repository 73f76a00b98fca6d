//! What is stored comes back as it was, and what the lock says of itself is so: answers, door states, storage that
//! cannot be read. Mostly found by mutation testing.

use lock::{
    Alarm, AliroReader, Answer, Bolt, Command, CredentialFields, CredentialKind, CredentialRef, DoorState,
    Input, Leaf, MAX_ANSWER, MAX_COMMAND, Region, Secret, Storage, StorageError, UserType, WeekDay, Zone,
};

use crate::support::{Bench, Memory, Rig, pin_fields};

/// Storage in which some regions do not answer.
struct Deaf(Memory, fn(Region) -> bool);

impl Storage for Deaf {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        if (self.1)(region) { Err(StorageError) } else { self.0.read(region, offset, into) }
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        self.0.write(region, offset, bytes)
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        self.0.sync()
    }
}

#[test]
fn g8_counters_or_configuration_that_cannot_be_read_are_told_and_open_to_nobody() {
    let unreadable: [fn(Region) -> bool; 2] =
        [|region| matches!(region, Region::Vitals(_)), |region| matches!(region, Region::Config(_))];
    for deaf in unreadable {
        let mut rig = Rig::new();
        rig.add(1, "135792", UserType::Unrestricted);
        let mut storage = Deaf(rig.storage.after_power_cut(), deaf);
        let (lock, effects) = Bench::boot(0, &mut storage);
        assert!(effects.alarms.has(Alarm::StorageFailed) && effects.motion.is_none());
        (rig.lock, rig.storage, rig.now) = (lock, storage.0, 0);
        assert!(!rig.opens("135792"), "locked out, or without any code");
    }
}

#[test]
fn e1_the_aliro_reader_is_reported_as_it_was_set_but_for_its_key() {
    let mut rig = Rig::new();
    let view = |rig: &mut Rig| match rig.send(&Command::GetAliroReader) {
        Answer::Aliro(view) => view.reader,
        _ => panic!("no reader"),
    };
    assert_eq!(view(&mut rig), None);
    let reader = AliroReader {
        signing_key: [1; 32],
        verification_key: [2; 65],
        group: [3; 16],
        resolving_key: [4; 16],
    };
    assert!(rig.send(&Command::SetAliroReader(reader)) == Answer::Done);
    assert_eq!(view(&mut rig), Some(([2; 65], [3; 16], [4; 16])));
    rig.reboot();
    assert_eq!(view(&mut rig), Some(([2; 65], [3; 16], [4; 16])));
    assert!(rig.send(&Command::ClearAliroReader) == Answer::Done);
    assert_eq!(view(&mut rig), None);
}

#[test]
fn e3_the_door_is_open_ajar_or_forced() {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    let door = |rig: &mut Rig| rig.lock.status(rig.now).door;
    assert_eq!(door(&mut rig), DoorState::Closed);
    assert!(rig.opens("135792"));
    rig.step(Input::Leaf(Leaf::Open));
    assert_eq!(door(&mut rig), DoorState::Open);
    rig.wait(121_000);
    assert_eq!(door(&mut rig), DoorState::Ajar);
    rig.step(Input::Leaf(Leaf::Closed));
    rig.step(Input::Bolt(Bolt::Extended));
    let effects = rig.step(Input::Leaf(Leaf::Open));
    assert!(effects.alarms.has(Alarm::DoorForced));
    assert_eq!(door(&mut rig), DoorState::ForcedOpen);
    rig.step(Input::Leaf(Leaf::Unknown));
    assert_eq!(door(&mut rig), DoorState::Unknown);
}

#[test]
fn a16_the_zone_outlives_loss_of_power() {
    // 2026-11-23 00:45 UTC, a Monday: a quarter to two in Berlin
    let now = 1_795_392_000 + 45 * 60;
    let mut rig = Rig::new();
    let user = rig.add(1, "135792", UserType::WeekDay);
    let hours = WeekDay { days: 0b10, start_hour: 1, start_minute: 30, end_hour: 2, end_minute: 0 };
    assert!(rig.send(&Command::SetWeekDay(1, user, hours)) == Answer::Done);
    assert!(rig.send(&Command::SetClock(now, Zone { offset: 3_600, ..Zone::NONE })) == Answer::Done);
    assert!(rig.opens("135792"));
    rig.reboot();
    rig.step(Input::ClockChip(Some(now + 60)));
    assert!(rig.opens("135792"), "local time, by the zone in storage");
}

#[test]
fn e1_the_next_free_index_is_told() {
    let mut rig = Rig::new();
    let mut set = |index: u16| {
        let code = format!("{:06}", 135_790 + u32::from(index));
        match rig.send(&Command::SetCredential(pin_fields(index, &code))) {
            Answer::CredentialSet(_, next) => next,
            _ => panic!("not taken"),
        }
    };
    assert_eq!(set(1), Some(2));
    assert_eq!(set(3), Some(4));
    assert_eq!(set(2), Some(4), "3 is taken");
    assert_eq!(set(6), None, "a lock of six users");
}

#[test]
fn e1_a_phone_key_is_a_whole_uncompressed_point() {
    let mut rig = Rig::new();
    let mut set = |first: u8, len: usize| {
        let mut point = [7; 65];
        point[0] = first;
        let fields = CredentialFields {
            credential: CredentialRef { kind: CredentialKind::AliroEvictable, index: 1 },
            data: Secret::new(&point[..len]).expect("short"),
            ..pin_fields(1, "135790")
        };
        matches!(rig.send(&Command::SetCredential(fields)), Answer::CredentialSet(..))
    };
    assert!(!set(3, 65) && !set(4, 64));
    assert!(set(4, 65));
}

/// As the fuzz target `parser`, with bytes of a fixed seed: mostly small, since the words are.
#[test]
fn a07_whatever_decodes_encodes_to_the_same_bytes() {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        // xorshift64 (Marsaglia 2003)
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut decoded = 0;
    for _ in 0..300_000 {
        let bits = next();
        let len = usize::try_from(bits % 24).unwrap_or(0);
        let mut bytes: Vec<u8> = (0..len)
            .map(|_| match next() {
                byte if byte & 0x300 == 0 => byte.to_le_bytes()[0],
                byte => byte.to_le_bytes()[0] % 3,
            })
            .collect();
        bytes.insert(0, (bits >> 32).to_le_bytes()[0] % 47);
        if let Some(command) = Command::decode(&bytes) {
            let mut out = [0u8; MAX_COMMAND];
            let len = command.encode(&mut out).expect("a command fits");
            assert_eq!(&out[..len], bytes);
            decoded += 1;
        }
        if let Some(answer) = Answer::decode(&bytes) {
            let mut out = [0u8; MAX_ANSWER];
            let len = answer.encode(&mut out).expect("an answer fits");
            assert_eq!(&out[..len], bytes);
            decoded += 1;
        }
    }
    assert!(decoded > 5_000, "{decoded} of them meant something");
    // found by the fuzzer: a number that is not there
    assert!(Answer::decode(&[5, 2, 0, 164, 0]).is_none() && Answer::decode(&[5, 2, 0, 0, 0]).is_some());
}
