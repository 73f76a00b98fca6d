//! The reader of storage: any bytes, with checksums that hold so that they are looked into. A start moves nothing, and
//! what it makes of the bytes does not panic whatever is done to it then.

#![no_main]

mod memory;

use libfuzzer_sys::fuzz_target;
use lock::{Bolt, Hand, Input, Key, Leaf, Motion, VITALS_BYTES, step};
use memory::{BYTES, Memory, Small};

/// CRC-32 as in zlib, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

/// Puts a body with a whole header: `magic | sequence 8 | length 4 | CRC 4`, the CRC over sequence, length and body.
fn put(place: &mut [u8; BYTES], sequence: u64, len: usize, body: &[u8]) {
    let mut summed = sequence.to_le_bytes().to_vec();
    summed.extend((len as u32).to_le_bytes());
    summed.extend((0..len).map(|at| body.get(at).copied().unwrap_or(0)));
    let sum = crc(&summed);
    place[..4].copy_from_slice(b"DwL1");
    place[4..16].copy_from_slice(&summed[..12]);
    place[16..20].copy_from_slice(&sum.to_le_bytes());
    place[20..20 + len].copy_from_slice(&summed[12..]);
}

fuzz_target!(|bytes: &[u8]| {
    let Some((head, rest)) = bytes.split_at_checked(2) else { return };
    let vitals = VITALS_BYTES - 20;
    let (first, second) = rest.split_at(rest.len().min(vitals));
    let mut memory = Memory::blank();
    put(&mut memory.places[2], u64::from(head[0]), vitals, first);
    put(&mut memory.places[1], u64::from(head[1]), Small::CONFIG_BYTES - 20, second);
    let (mut lock, effects) = Small::boot(0, &mut memory);
    assert!(effects.motion.is_none(), "a start moves nothing");
    let mut now = 0;
    let inputs = [
        Input::Bolt(Bolt::Extended),
        Input::Leaf(Leaf::Closed),
        Input::Key(Key::Digit(1)),
        Input::Key(Key::Enter),
        Input::Hand(Hand::KeyUnlock),
        Input::AskChallenge { peer: 1, entropy: [1; 16] },
        Input::Timer,
        Input::ClockChip(Some(2_000_000_000)),
        Input::Timer,
    ];
    for input in inputs {
        let effects = step(&mut lock, now, input, &mut memory);
        // one digit is no code: whatever the storage says, none is that short
        assert!(!matches!(effects.motion, Some(Motion::Retract { .. })));
        let _ = lock.status(now);
        now += u64::from(head[0]) * 1_000;
    }
});
