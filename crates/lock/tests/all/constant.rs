//! Constant time without a clock: what an entry costs in instructions, counted by valgrind's callgrind over this very
//! program. A comparison that leaves early, or that looks closer at a code that is nearly right, costs another number.
//! What a processor makes of the same instructions is timed by the bench (`benches/cost/welch.rs`).

use std::process::Command;

use lock::{CredentialKind, Effects, Input, Key, Region, SettingId, Storage, StorageError, UserType, step};

use crate::support::{Bench, Rig, commissioning};

/// The code whose entry is counted.
const CODE: &str = "LOCK_COUNTED_CODE";
/// Six codes are set, one to a slot: the first and the last.
const FIRST: &str = "135701";
const LAST: &str = "135706";

/// Storage that takes everything and holds nothing, so that only the lock counts.
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

/// A lock whose six users never open, so that a right code ends like a wrong one.
fn lock() -> Bench {
    let mut rig = Rig::new();
    rig.send(&lock::Command::WriteSetting(SettingId::WrongCodeEntryLimit, 255));
    for slot in 1..=6 {
        rig.add(slot, &format!("1357{slot:02}"), UserType::NonAccess);
    }
    rig.lock
}

/// The step that compares. A function of its own: callgrind counts while it is entered.
#[inline(never)]
fn step_that_is_counted(lock: &mut Bench) -> Effects {
    step(lock, 5_000, Input::Key(Key::Enter), &mut Nowhere)
}

/// Enters a code, [`FIRST`] unless callgrind's run names another. It never opens.
#[test]
fn one_entry() {
    let code = std::env::var(CODE).unwrap_or_else(|_| FIRST.to_owned());
    let mut lock = lock();
    for digit in code.bytes() {
        step(&mut lock, 5_000, Input::Key(Key::Digit(digit - b'0')), &mut Nowhere);
    }
    let effects = step_that_is_counted(&mut lock);
    assert!(effects.motion.is_none() && effects.decision.is_some());
}

/// A code that is not set, whose MAC shares so many bytes at its beginning with the first slot's and none with others'.
fn stranger(shared: usize) -> String {
    let key = commissioning().mac_key;
    let mac = |code: &str| lock::credential_mac(&key, CredentialKind::Pin, code.as_bytes());
    let set: Vec<_> = (1..=6).map(|slot| mac(&format!("1357{slot:02}"))).collect();
    let alike = |a: &[u8], b: &[u8]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let fits = |code: &String| {
        let mac = mac(code);
        alike(&mac, &set[0]) == shared && set[1..].iter().all(|other| alike(&mac, other) == 0)
    };
    (200_000..1_000_000).map(|code| code.to_string()).find(fits).expect("one in 65 536")
}

/// Instructions of the step that compares this code; `None` without valgrind.
fn instructions(code: &str) -> Option<u64> {
    let own = std::env::current_exe().expect("a test has a program");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(["--collect-atstart=no", "--toggle-collect=*step_that_is_counted*"])
        .arg(own)
        .args(["--exact", "constant::one_entry", "--test-threads=1"])
        .env(CODE, code)
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{told}");
    let counted = told.lines().find_map(|line| line.split_once("Collected : "));
    Some(counted.expect("callgrind counts").1.trim().parse().expect("a number"))
}

/// A18: an entry costs the same number of instructions whichever slot its code is in and however near a wrong one is.
#[test]
fn a18_an_entry_costs_the_same_instructions_whatever_the_code() {
    let Some(first) = instructions(FIRST) else {
        let required = std::env::var_os("DOORWARD_REQUIRE_COUNTERPARTS").is_some();
        assert!(!required, "missing: valgrind (apt-get install valgrind)");
        eprintln!("skipped: valgrind is not here");
        return;
    };
    assert!(first > 10_000, "a step with a comparison in it was counted: {first}");
    assert_eq!(instructions(LAST), Some(first), "the first slot and the last");
    let far = instructions(&stranger(0));
    assert_eq!(
        instructions(&stranger(2)),
        far,
        "a wrong code that compares nearly equal and one that does not"
    );
}
