//! A guesser who stands at the keypad for thirty days while residents come and go (G6, A19), beside the formula.

use lock::{Answer, Command, OperationError, Policy, UserType, odds};

use crate::support::{Rig, pin_fields};

const MINUTE: u64 = 60_000;
const DAY: u64 = 1_440 * MINUTE;

/// Guesses as soon as the lock lets him for `days`, with ten valid entries a day between; how many guesses were
/// compared with ordinary codes, and the longest that a resident with a strong code stood outside.
fn besiege(rig: &mut Rig, days: u64) -> (u64, u64) {
    let start = rig.now;
    let (mut compared, mut worst, mut entries) = (0, 0, 0);
    while rig.now < start + days * DAY {
        if rig.now >= start + entries * DAY / 10 {
            entries += 1;
            let code = if entries % 2 == 0 { "135792" } else { "246813579" };
            let came = rig.now;
            while !rig.opens(code) && code.len() > 6 {
                let wait = rig.lock.status(rig.now).keypad_lockout.max(1_000);
                rig.wait(wait);
            }
            worst = worst.max(rig.now - came);
            continue;
        }
        let left = rig.lock.status(rig.now).keypad_lockout;
        if left > 0 {
            rig.wait(left);
            continue;
        }
        let spent = rig.lock.status(rig.now).budget_spent;
        let refused = rig.pin("000000").decision.and_then(|d| d.refused);
        if refused == Some(OperationError::InvalidCredential) && !spent {
            compared += 1;
        }
        rig.wait(3_000);
    }
    (compared, worst)
}

fn home() -> Rig {
    let mut rig = Rig::new();
    rig.add(1, "135792", UserType::Unrestricted);
    rig.add(2, "246813579", UserType::Unrestricted);
    rig.send(&Command::WriteSetting(lock::SettingId::AutoRelockTime, 0));
    rig
}

#[test]
fn g6_thirty_days_of_guessing_stay_within_the_formula() {
    let mut rig = home();
    let (compared, worst) = besiege(&mut rig, 30);
    let odds = odds(&Policy::DEFAULT);
    assert!(compared <= odds.attempts, "{compared} guesses, the formula allows {}", odds.attempts);
    assert!(compared + 3 >= odds.attempts, "the formula is no idle bound: {compared} of {}", odds.attempts);
    assert!(odds.bound <= 1.0 / 1024.0);
    assert!(worst <= 16 * MINUTE, "a resident with a strong code stood outside for {} s", worst / 1000);
}

#[test]
fn g6_the_budget_survives_power_loss_and_a_peer_lifts_it() {
    let mut rig = home();
    besiege(&mut rig, 2);
    while !rig.lock.status(rig.now).budget_spent {
        rig.pin("000000");
        rig.wait(MINUTE);
    }
    rig.reboot();
    assert!(rig.lock.status(rig.now).budget_spent);
    rig.wait(16 * MINUTE);
    assert!(!rig.opens("135792"), "an ordinary code waits");
    rig.wait(MINUTE);
    assert!(rig.opens("246813579"), "a strong one opens");
    assert!(rig.send(&Command::LiftBudget) == Answer::Done);
    assert!(rig.opens("135792"));
}

#[test]
fn g6_when_the_guesser_has_gone_an_ordinary_code_works_within_twelve_hours() {
    let mut rig = home();
    besiege(&mut rig, 1);
    rig.wait(12 * 60 * MINUTE);
    assert!(rig.opens("135792"));
}

#[test]
fn g6_every_channel_has_a_budget_of_its_own() {
    let mut rig = home();
    let card = lock::CredentialFields {
        credential: lock::CredentialRef { kind: lock::CredentialKind::Rfid, index: 1 },
        data: lock::Secret::new(&[3; 16]).expect("short"),
        ..pin_fields(1, "000000")
    };
    assert!(matches!(rig.send(&Command::SetCredential(card)), Answer::CredentialSet(..)));
    for _ in 0..200 {
        rig.step(lock::Input::NotMatched(lock::CredentialKind::Rfid));
        rig.wait(MINUTE);
    }
    assert!(rig.opens("135792"), "cards do not spend the keypad's");
    let shown = |data: u8| lock::Input::Shown {
        kind: lock::CredentialKind::Rfid,
        data: lock::Secret::new(&[data; 16]).expect("short"),
        weak: false,
    };
    rig.wait(MINUTE);
    assert!(rig.step(shown(3)).motion.is_some(), "a sixteen-byte card is a strong credential");
    assert!(rig.step(shown(4)).motion.is_none());
}
