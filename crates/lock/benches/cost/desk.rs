//! A lock with 100 users and 200 credentials on a desk, storage in memory, and every kind of step done to it.

use std::time::Instant;

use lock::{
    BatteryReading, Bolt, Command, CredentialFields, CredentialKind, CredentialRef, DataOperation, Effects,
    Hand, Holiday, Input, Key, Leaf, Lock, Mode, Motor, PeerFields, Privilege, Region, Secret, SettingId,
    Storage, StorageError, Transition, UserFields, WeekDay, YearDay, Zone, step,
};

use crate::peer::{commissioning, fields, sealed};

/// 100 users, 200 credentials, a week-day and a year-day schedule each, 10 holidays, 8 Aliro keys, 256 records.
pub type Large = Lock<100, 200, 1, 1, 10, 8, 1, 4, 256>;
const T0: u64 = 1_795_392_000;

/// Every kind of step that is told apart.
pub const KINDS: [&str; 26] = [
    "a digit",
    "a right code",
    "a wrong code",
    "a code that begins a lock-out",
    "a card",
    "a finger not known",
    "a bolt report",
    "a leaf report",
    "a battery reading",
    "a timer",
    "a hand",
    "a motor fault",
    "a challenge",
    "a frame that does not open",
    "a remote unlock",
    "a remote unlock with a code",
    "a credential set",
    "a credential cleared",
    "all credentials of a kind cleared",
    "a user changed",
    "everybody cleared",
    "a schedule set",
    "the clock set with a new zone",
    "a setting or peer",
    "records read",
    "erasure",
];

#[derive(Clone)]
struct Memory {
    regions: Vec<Vec<u8>>,
}

impl Memory {
    fn place(region: Region) -> usize {
        match region {
            Region::Config(copy) => usize::from(copy),
            Region::Vitals(copy) => 2 + usize::from(copy),
            Region::Record(place) => 4 + usize::from(place),
        }
    }
}

impl Storage for Memory {
    fn read(&mut self, region: Region, offset: u32, into: &mut [u8]) -> Result<(), StorageError> {
        let at = usize::try_from(offset).map_err(|_| StorageError)?;
        let held = self.regions[Self::place(region)].get(at..at + into.len()).ok_or(StorageError)?;
        into.copy_from_slice(held);
        Ok(())
    }
    fn write(&mut self, region: Region, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let at = usize::try_from(offset).map_err(|_| StorageError)?;
        let held = self.regions[Self::place(region)].get_mut(at..at + bytes.len()).ok_or(StorageError)?;
        held.copy_from_slice(bytes);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

/// The lock on the desk.
#[derive(Clone)]
pub struct Desk {
    lock: Box<Large>,
    storage: Memory,
    now: u64,
    salt: u64,
    times: Vec<(usize, u128)>,
}

fn code(n: u32) -> Secret {
    Secret::new(format!("{:06}", 100_000 + n).as_bytes()).expect("short")
}

fn card(n: u16) -> Secret {
    Secret::new(format!("card number {n}").as_bytes()).expect("short")
}

impl Desk {
    /// Commissioned, 100 codes and 100 cards set, two schedules of each kind for everybody, a full ring.
    pub fn new() -> Self {
        let mut storage = Memory { regions: vec![vec![0xFF; 32 * 1024]; 4] };
        storage.regions.extend(vec![vec![0xFF; lock::RECORD_BYTES]; 256]);
        let (lock, _) = Large::boot(0, &mut storage);
        let mut desk = Self { lock: Box::new(lock), storage, now: 0, salt: 0, times: Vec::new() };
        desk.step(9, Input::Commission(commissioning()));
        desk.step(6, Input::Bolt(Bolt::Extended));
        desk.step(7, Input::Leaf(Leaf::Closed));
        desk.send(23, &Command::WriteSetting(SettingId::GuessingBudget, 0));
        for n in 1..=99u16 {
            desk.send(16, &Command::SetCredential(fields(CredentialKind::Pin, n, code(n.into()), None)));
            desk.send(16, &Command::SetCredential(fields(CredentialKind::Rfid, n, card(n), Some(n))));
        }
        let last = fields(CredentialKind::Rfid, 100, card(100), None);
        desk.send(16, &Command::SetCredential(last));
        desk.times.clear();
        desk
    }

    fn step(&mut self, kind: usize, input: Input) -> Effects {
        let begun = Instant::now();
        let effects = step(&mut self.lock, self.now, input, &mut self.storage);
        self.times.push((kind, begun.elapsed().as_nanos()));
        effects
    }

    fn send(&mut self, kind: usize, command: &Command) {
        let effects = self.step(12, Input::AskChallenge { peer: 1, entropy: [0; 16] });
        self.salt += 1;
        let challenge = effects.challenge.expect("a challenge");
        let effects = self.step(kind, Input::Frame(sealed(&challenge, self.salt, command)));
        assert!(effects.answer.is_some(), "{}", KINDS[kind]);
    }

    fn typed(&mut self, kind: usize, code: &[u8]) {
        for digit in code {
            self.step(0, Input::Key(Key::Digit(digit - b'0')));
        }
        self.step(kind, Input::Key(Key::Enter));
    }

    fn wait(&mut self, ms: u64) {
        self.now += ms;
        self.step(9, Input::Timer);
    }

    /// In and out: bolt, door, auto-relock.
    fn through_the_door(&mut self) {
        self.step(6, Input::Bolt(Bolt::Unlatched));
        self.step(6, Input::Bolt(Bolt::Retracted));
        self.step(7, Input::Leaf(Leaf::Open));
        self.wait(5_000);
        self.step(7, Input::Leaf(Leaf::Closed));
        self.wait(60_000);
        self.step(6, Input::Bolt(Bolt::Extended));
        let reading = BatteryReading { millivolts: 6_000, under_load: true, celsius: 20 };
        self.step(8, Input::Battery(reading));
    }

    /// A day at a door: 24 entries by code with their keys, sensor reports and timers, 2 remote unlocks. What each step
    /// took, in nanoseconds.
    pub fn day(&mut self) -> Vec<(usize, u128)> {
        self.times.clear();
        for hour in 0..24u32 {
            self.now += 3_500_000;
            self.typed(1, code(1 + hour).expose());
            self.through_the_door();
            for _ in 0..30 {
                self.wait(1_000);
            }
        }
        self.send(14, &Command::Unlock(None));
        self.through_the_door();
        self.send(15, &Command::Unlock(Some(code(50))));
        self.through_the_door();
        std::mem::take(&mut self.times)
    }

    /// Every kind of step; what each took, in nanoseconds.
    pub fn everything(&mut self) -> Vec<(usize, u128)> {
        self.times.clear();
        self.now += 3_500_000;
        self.typed(1, code(1).expose());
        self.through_the_door();
        self.typed(2, b"000000");
        self.typed(2, b"000000");
        self.typed(3, b"000000");
        self.wait(1_000_000);
        let shown = |data| Input::Shown { kind: CredentialKind::Rfid, data, weak: false };
        self.step(4, shown(card(99)));
        self.through_the_door();
        self.step(5, Input::NotMatched(CredentialKind::Fingerprint));
        self.step(10, Input::Hand(Hand::KeyLock));
        self.send(14, &Command::Unlock(None));
        self.step(11, Input::Motor(Motor::Stalled));
        self.wait(120_000);
        self.send(15, &Command::Unlock(Some(code(50))));
        self.through_the_door();
        self.step(12, Input::AskChallenge { peer: 1, entropy: [0; 16] });
        let mut forged = [9; 100];
        (forged[0], forged[1]) = (lock::FRAME_VERSION, 1);
        self.step(13, Input::Frame(lock::Frame::new(&forged).expect("short")));
        self.commands();
        self.step(25, Input::Hand(Hand::FactoryReset));
        std::mem::take(&mut self.times)
    }

    fn commands(&mut self) {
        let rename = UserFields { name: lock::Name::new(b"somebody"), ..UserFields::default() };
        self.send(19, &Command::SetUser(DataOperation::Modify, 50, rename));
        let hours = WeekDay { days: 127, start_hour: 1, start_minute: 0, end_hour: 2, end_minute: 0 };
        self.send(21, &Command::SetWeekDay(1, 50, hours));
        self.send(21, &Command::SetYearDay(1, 50, YearDay { start: T0, end: T0 + 5 }));
        self.send(21, &Command::SetHoliday(1, Holiday { start: T0, end: T0 + 5, mode: Mode::Privacy }));
        let mut zone = Zone { offset: 3600, ..Zone::NONE };
        zone.next[0] = Transition { at: T0 + 9, offset: 7200 };
        self.send(22, &Command::SetClock(T0, zone));
        self.send(23, &Command::WriteSetting(SettingId::AutoRelockTime, 30));
        let peer = PeerFields { id: 2, key: [2; 32], privilege: Privilege::Operate, fabric: 2, node: 2 };
        self.send(23, &Command::SetPeer(peer));
        let held = self.lock.status(self.now).oldest_record;
        self.send(24, &Command::ReadRecords(held));
        self.send(24, &Command::ReadRecords(0));
        let last = fields(CredentialKind::Pin, 100, code(500), Some(100));
        self.send(16, &Command::SetCredential(last));
        let again = CredentialFields {
            operation: DataOperation::Modify,
            ..fields(CredentialKind::Pin, 1, code(600), Some(1))
        };
        self.send(16, &Command::SetCredential(again));
        let pin = |index| Some(CredentialRef { kind: CredentialKind::Pin, index });
        self.send(17, &Command::ClearCredential(pin(100), 0));
        self.send(18, &Command::ClearCredential(pin(lock::ALL), 0));
        self.send(18, &Command::ClearCredential(None, 0));
        for n in 1..=100u16 {
            self.send(16, &Command::SetCredential(fields(CredentialKind::Rfid, n, card(n), None)));
        }
        self.send(20, &Command::ClearUser(lock::ALL));
        // those who are gone are named in the log, a few in each step
        (0..20).for_each(|_| self.wait(1));
    }

    /// One step, or the few that belong together, of a kind that can be repeated for ever.
    fn again(&mut self, kind: usize) {
        match kind {
            0 => {
                self.step(0, Input::Key(Key::Digit(1)));
                return;
            }
            1 => self.typed(1, code(7).expose()),
            2 => self.typed(2, b"000000"),
            8 => {
                let reading = BatteryReading { millivolts: 6_000, under_load: true, celsius: 20 };
                self.step(8, Input::Battery(reading));
            }
            9 => self.wait(1_000),
            14 => self.send(14, &Command::Unlock(None)),
            16 => {
                let again = CredentialFields {
                    operation: DataOperation::Modify,
                    ..fields(CredentialKind::Pin, 1, code(600), Some(1))
                };
                self.send(16, &Command::SetCredential(again));
            }
            _ => {
                drop(self.everything());
            }
        }
        self.now += 2_000_000;
    }
}

/// The kinds that valgrind counts, and what each is made of.
pub const COUNTED: [(usize, &str); 7] = [
    (0, "a digit"),
    (9, "a timer"),
    (8, "a battery reading"),
    (2, "a wrong code: six digits and Enter, all 200 slots compared"),
    (1, "a right code: six digits and Enter, all 200 slots compared"),
    (14, "a remote unlock: challenge and sealed frame, with sealing at the peer's end"),
    (16, "a credential set: challenge and sealed frame, whole configuration written"),
];

/// Does steps of a kind so many times, for a tool that counts; on a thread of its own when its stack is measured.
pub fn repeat(kind: usize, times: u32, thread: bool) {
    let mut desk = Desk::new();
    let mut work = move || {
        for _ in 0..times {
            desk.again(kind);
        }
    };
    if thread {
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(work);
        thread.expect("a thread").join().expect("the steps end");
    } else {
        work();
    }
}
