//! Whether the comparison of a code takes the same time whatever the code: Welch's t over two interleaved classes, as
//! *dudect* does (Reparaz, Balasch, Verbauwhede 2017). |t| above 4.5 would tell a difference. What is timed is the
//! public [`lock::credential_mac`] with the comparison behind it, by way of a step with a wrong code.

use std::time::Instant;

use lock::{
    Command, CredentialFields, CredentialKind, Input, Key, Lock, Region, Secret, SettingId, Storage,
    StorageError, step,
};

use crate::Row;
use crate::peer::{commissioning, fields, sealed};

type Small = Lock<10, 20, 1, 1, 1, 0, 0, 1, 4>;

/// Storage that takes everything and holds nothing, so that its time is always the same.
struct Nowhere;

impl Storage for Nowhere {
    fn read(&mut self, _: Region, _: u32, into: &mut [u8]) -> Result<(), StorageError> {
        into.fill(0xFF);
        Ok(())
    }
    fn write(&mut self, _: Region, _: u32, _: &[u8]) -> Result<(), StorageError> {
        Ok(())
    }
    fn sync(&mut self) -> Result<(), StorageError> {
        Ok(())
    }
}

/// A lock with ten codes whose holders never open, so that a right and a wrong code end alike.
fn lock() -> Small {
    let (mut lock, _) = Small::boot(0, &mut Nowhere);
    step(&mut lock, 0, Input::Commission(commissioning()), &mut Nowhere);
    let mut salt = 0u64;
    let mut send = |lock: &mut Small, command: &Command| {
        let asked = step(lock, 0, Input::AskChallenge { peer: 1, entropy: [0; 16] }, &mut Nowhere);
        salt += 1;
        let challenge = asked.challenge.expect("a challenge");
        let frame = sealed(&challenge, salt, command);
        assert!(step(lock, 0, Input::Frame(frame), &mut Nowhere).answer.is_some());
    };
    send(&mut lock, &Command::WriteSetting(SettingId::GuessingBudget, 0));
    send(&mut lock, &Command::WriteSetting(SettingId::WrongCodeEntryLimit, 255));
    for index in 1..=10u16 {
        let code = Secret::new(format!("1357{index:02}").as_bytes()).expect("short");
        let never = Some(lock::UserType::NonAccess);
        let set = CredentialFields { user_type: never, ..fields(CredentialKind::Pin, index, code, None) };
        send(&mut lock, &Command::SetCredential(set));
    }
    lock
}

/// Nanoseconds of the step that compares one entry.
fn entry(start: &Small, code: &[u8; 6]) -> f64 {
    let mut lock = start.clone();
    for digit in code {
        step(&mut lock, 1_000, Input::Key(Key::Digit(digit - b'0')), &mut Nowhere);
    }
    let begun = Instant::now();
    let effects = step(&mut lock, 1_000, Input::Key(Key::Enter), &mut Nowhere);
    let took = begun.elapsed().as_nanos();
    std::hint::black_box(effects);
    f64::from(u32::try_from(took).unwrap_or(u32::MAX))
}

#[derive(Default)]
struct Class {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Class {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let off = value - self.mean;
        self.mean += off / self.count;
        self.squares += off * (value - self.mean);
    }
    fn error(&self) -> f64 {
        self.squares / (self.count - 1.0) / self.count
    }
}

/// Welch's t between a class of codes that match the first slot and one of codes that match none or another.
fn t(rounds: u32, first: impl Fn(u64) -> [u8; 6], second: impl Fn(u64) -> [u8; 6]) -> f64 {
    let start = lock();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        // xorshift64 (Marsaglia 2003): only to mix the classes
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    // times beyond this are the machine's: twice the median of a first few
    let mut few: Vec<f64> = (0..1_001).map(|_| entry(&start, &first(next()))).collect();
    few.sort_by(f64::total_cmp);
    let most = 2.0 * few[500];
    let mut classes = [Class::default(), Class::default()];
    for _ in 0..rounds {
        let bits = next();
        let class = usize::from(bits >> 40 & 1 == 1);
        let code = if class == 0 { first(bits) } else { second(bits) };
        let took = entry(&start, &code);
        if took < most {
            classes[class].add(took);
        }
    }
    let [a, b] = &classes;
    (a.mean - b.mean) / (a.error() + b.error()).sqrt()
}

fn digits(number: u64) -> [u8; 6] {
    let mut out = *b"000000";
    let mut rest = number % 1_000_000;
    for place in out.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out
}

/// The two questions that a guesser could ask of the time.
pub fn measure(rounds: u32, rows: &mut Vec<Row>) {
    let note = "Welch's t; beyond 4.5 would tell a difference. Of a machine, so in no test";
    let near = t(rounds, |_| *b"135799", |bits| digits(bits & 0xFFFF_FFFF));
    rows.push(Row::below("lock: |t| of wrong codes, nearly right against any", near.abs(), "", 4.5, note));
    let slot = t(rounds, |_| *b"135701", |_| *b"135710");
    rows.push(Row::below("lock: |t| of codes in the first and the last slot", slot.abs(), "", 4.5, note));
}
