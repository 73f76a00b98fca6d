//! What a step costs with 100 users and 200 credentials, storage in memory: median, mean and worst of each kind of input.
//!
//! `cargo run --release -p lock --example cost`. Worst values on a busy machine are those of the machine.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for the bench: it may print and look at the clock"
)]

use std::time::Instant;

use lock::{
    BatteryReading, Bolt, Command, Commissioning, CredentialFields, CredentialKind, CredentialRef,
    DataOperation, Emergency, Input, Key, Leaf, Lock, PeerEnd, Region, Secret, SettingId, Storage,
    StorageError, step,
};

type Large = Lock<100, 200, 1, 1, 10, 8, 1, 4, 256>;
const ID: [u8; 16] = [1; 16];

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

struct Bench {
    lock: Box<Large>,
    storage: Memory,
    now: u64,
    salt: u64,
}

impl Bench {
    fn step(&mut self, input: Input) -> (lock::Effects, u128) {
        let begun = Instant::now();
        let effects = step(&mut self.lock, self.now, input, &mut self.storage);
        (effects, begun.elapsed().as_nanos())
    }

    fn send(&mut self, command: &Command) -> u128 {
        let end = PeerEnd::new([5; 32], ID, 1);
        let (effects, _) = self.step(Input::AskChallenge { peer: 1, entropy: [0; 16] });
        self.salt += 1;
        let challenge = effects.challenge.expect("a challenge");
        let frame = end.seal_command(&challenge, self.salt.to_le_bytes(), command).expect("it fits");
        self.step(Input::Frame(frame)).1
    }
}

fn report(name: &str, times: &[u128]) {
    let sum: u128 = times.iter().sum();
    let count = u128::try_from(times.len()).unwrap_or(1).max(1);
    let worst = times.iter().max().copied().unwrap_or(0);
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    println!("{name}: median {middle} ns, mean {} ns, worst {worst} ns over {count}", sum / count);
}

fn main() {
    let mut storage = Memory { regions: vec![vec![0xFF; 32 * 1024]; 4 + 256] };
    let (lock, _) = Large::boot(0, &mut storage);
    println!("state: {} bytes, effects: {} bytes", size_of::<Large>(), size_of::<lock::Effects>());
    let mut bench = Bench { lock: Box::new(lock), storage, now: 0, salt: 0 };
    let keys = Commissioning {
        lock_id: ID,
        mac_key: [7; 32],
        chain_key: [9; 32],
        peer_key: [5; 32],
        fabric: 1,
        node: 1,
    };
    bench.step(Input::Commission(keys));
    bench.step(Input::Bolt(Bolt::Extended));
    bench.step(Input::Leaf(Leaf::Closed));
    bench.send(&Command::WriteSetting(SettingId::GuessingBudget, 0));
    let mut sets = Vec::new();
    for n in 0..200u16 {
        let kind = if n < 100 { CredentialKind::Pin } else { CredentialKind::Rfid };
        let data =
            if n < 100 { format!("{:06}", 100_000 + u32::from(n)) } else { format!("card number {n}") };
        sets.push(bench.send(&Command::SetCredential(CredentialFields {
            operation: DataOperation::Add,
            credential: CredentialRef { kind, index: n % 100 + 1 },
            data: Secret::new(data.as_bytes()).expect("short"),
            user: (n >= 100).then_some(n - 99),
            status: None,
            user_type: None,
            version: 0,
            not_after: 0,
            emergency: Emergency::No,
        })));
    }
    let (mut digits, mut wrong, mut right, mut bolts, mut timers, mut battery) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for n in 0..2_000u32 {
        bench.now += 1_000_000;
        timers.push(bench.step(Input::Timer).1);
        let code = if n % 2 == 0 { format!("{:06}", 100_000 + n % 100) } else { "000000".to_owned() };
        for digit in code.bytes() {
            digits.push(bench.step(Input::Key(Key::Digit(digit - b'0'))).1);
        }
        let entered = bench.step(Input::Key(Key::Enter)).1;
        if n % 2 == 0 {
            right.push(entered)
        } else {
            wrong.push(entered)
        }
        bolts.push(bench.step(Input::Bolt(Bolt::Retracted)).1);
        bolts.push(bench.step(Input::Bolt(Bolt::Extended)).1);
        let reading = BatteryReading { millivolts: 6_000, under_load: true, celsius: 20 };
        battery.push(bench.step(Input::Battery(reading)).1);
    }
    report("digit", &digits);
    report("battery", &battery);
    report("timer", &timers);
    report("bolt", &bolts);
    report("wrong code", &wrong);
    report("right code", &right);
    report("credential set (whole configuration written)", &sets);
}
