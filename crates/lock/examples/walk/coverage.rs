//! Whether the scenes together have every input and every command in them, and each in a scene with loss of power at
//! every storage operation.

use std::collections::BTreeSet;

use lock::{Command, Input, Key, MAX_COMMAND};

use crate::act::{self, Act};
use crate::scene::{Faults, Scene, T0};

/// Kinds of command that no scene has, by the first byte of their encoding: readings, for which one stands, and those
/// for which the walked lock has no place (it has no Aliro reader).
const LEFT_OUT: [u8; 10] = [
    11, // GetUser
    14, // GetCredential
    21, // GetWeekDay
    24, // GetYearDay
    27, // GetHoliday
    31, // ReadSetting
    35, // ReadRecords
    42, // SetAliroReader
    43, // ClearAliroReader
    44, // GetAliroReader
];

/// Words for what an input is, fine enough to tell every kind apart.
fn word(input: &Input) -> String {
    match input {
        Input::Commission(_) => "commission".to_owned(),
        Input::Key(Key::Digit(_)) => "digit".to_owned(),
        Input::Key(key) => format!("{key:?}"),
        Input::Shown { kind, weak, .. } => format!("shown {kind:?} {weak}"),
        Input::NotMatched(_) => "not matched".to_owned(),
        Input::AskChallenge { .. } => "challenge".to_owned(),
        Input::Frame(_) => "frame".to_owned(),
        Input::Hand(hand) => format!("{hand:?}"),
        Input::Bolt(bolt) => format!("bolt {bolt:?}"),
        Input::Leaf(leaf) => format!("leaf {leaf:?}"),
        Input::Motor(motor) => format!("motor {motor:?}"),
        Input::Battery(_) => "battery".to_owned(),
        Input::ClockChip(_) => "clock chip".to_owned(),
        Input::ClockLost => "clock lost".to_owned(),
        Input::Timer => "timer".to_owned(),
    }
}

const INPUTS: [&str; 34] = [
    "commission",
    "digit",
    "Enter",
    "Clear",
    "Lock",
    "shown Rfid false",
    "shown Rfid true",
    "shown Fingerprint false",
    "shown Face false",
    "not matched",
    "challenge",
    "frame",
    "KeyLock",
    "KeyUnlock",
    "ThumbturnLock",
    "ThumbturnUnlock",
    "PrivacyButton",
    "FactoryReset",
    "FrontRemoved",
    "bolt Extended",
    "bolt Retracted",
    "bolt Unlatched",
    "bolt Between",
    "bolt Unknown",
    "leaf Closed",
    "leaf Open",
    "leaf Unknown",
    "motor Stalled",
    "motor NoEnd",
    "motor BrownOut",
    "battery",
    "clock chip",
    "clock lost",
    "timer",
];

/// The first byte of a command's encoding names its kind.
fn tag(command: &Command) -> u8 {
    let mut bytes = [0u8; MAX_COMMAND];
    command.encode(&mut bytes).map_or(u8::MAX, |_| bytes[0])
}

/// Checks it.
///
/// # Errors
/// What no scene has.
pub fn covers_everything(scenes: &[Scene]) -> Result<(), String> {
    let (mut inputs, mut tags) = (BTreeSet::new(), BTreeSet::new());
    for scene in scenes.iter().filter(|scene| !scene.large && scene.faults != Faults::Between) {
        for act in &scene.acts {
            inputs.extend(act::inputs(*act).iter().map(word));
            if let Act::Send(remote) | Act::SendAsSecond(remote) = act {
                tags.insert(tag(&act::command(*remote, T0, 1)));
            }
        }
    }
    let missing: Vec<&str> = INPUTS.into_iter().filter(|input| !inputs.contains(*input)).collect();
    if !missing.is_empty() {
        return Err(format!("no scene has {missing:?}"));
    }
    // every kind of command is one that decodes from its tag
    let missing: Vec<u8> =
        (0..=u8::MAX).filter(|tag| decodes(*tag) && !tags.contains(tag) && !LEFT_OUT.contains(tag)).collect();
    if !missing.is_empty() {
        return Err(format!("no scene has the commands whose first byte is one of {missing:?}"));
    }
    Ok(())
}

/// Whether some bytes after a tag make a command.
fn decodes(tag: u8) -> bool {
    (0..MAX_COMMAND).any(|len| {
        let mut bytes = vec![0u8; len + 1];
        bytes[0] = tag;
        Command::decode(&bytes).is_some()
    })
}
