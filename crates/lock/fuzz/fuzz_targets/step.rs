//! Any sequence of inputs, sealed commands among them, with storage that refuses now and then and loss of power: no
//! panic, no overflow, and nothing opens but by a code, card, finger or command that names itself.

#![no_main]

mod memory;

use libfuzzer_sys::fuzz_target;
use lock::{
    BatteryReading, Bolt, Command, Commissioning, CredentialKind, Frame, Hand, Input, Key, Leaf, LockState,
    Motion, Motor, PeerEnd, Secret, step,
};
use memory::{Memory, Small};

const KEY: [u8; 32] = [5; 32];
const ID: [u8; 16] = [1; 16];

/// Takes bytes off the front; zeros when there are none left.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }
    fn take(&mut self, len: usize) -> Vec<u8> {
        let (head, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        head.to_vec()
    }
    fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }
}

fn input(source: &mut Source<'_>) -> Input {
    let of = source.byte();
    match source.byte() % 14 {
        0 => Input::Key(match of % 13 {
            10 => Key::Enter,
            11 => Key::Clear,
            12 => Key::Lock,
            digit => Key::Digit(digit),
        }),
        1 => {
            let len = usize::from(source.byte() % 65);
            Input::Shown {
                kind: CredentialKind::from_code(of % 9).unwrap_or(CredentialKind::Rfid),
                data: Secret::new(&source.take(len)).unwrap_or_default(),
                weak: of & 128 == 0,
            }
        }
        2 => Input::NotMatched(CredentialKind::from_code(of % 9).unwrap_or(CredentialKind::Face)),
        3 => Input::AskChallenge { peer: of % 4, entropy: std::array::from_fn(|_| source.byte()) },
        4 => {
            let len = usize::from(of);
            Input::Frame(Frame::new(&source.take(len)).expect("short enough"))
        }
        5 => Input::Hand(match of % 7 {
            0 => Hand::KeyLock,
            1 => Hand::KeyUnlock,
            2 => Hand::ThumbturnLock,
            3 => Hand::ThumbturnUnlock,
            4 => Hand::PrivacyButton,
            5 => Hand::FactoryReset,
            _ => Hand::FrontRemoved,
        }),
        6 => Input::Bolt(match of % 5 {
            0 => Bolt::Extended,
            1 => Bolt::Retracted,
            2 => Bolt::Unlatched,
            3 => Bolt::Between,
            _ => Bolt::Unknown,
        }),
        7 => Input::Leaf([Leaf::Closed, Leaf::Open, Leaf::Unknown][usize::from(of % 3)]),
        8 => Input::Motor([Motor::Stalled, Motor::NoEnd, Motor::BrownOut][usize::from(of % 3)]),
        9 => Input::Battery(BatteryReading {
            millivolts: u16::from(source.byte()) * 256 + u16::from(source.byte()),
            under_load: of & 1 == 1,
            celsius: source.byte() as i8,
        }),
        10 => Input::ClockChip((of > 0).then(|| source.number())),
        11 => Input::ClockLost,
        12 => Input::Commission(Commissioning {
            lock_id: ID,
            mac_key: [7; 32],
            chain_key: [9; 32],
            peer_key: KEY,
            fabric: of,
            node: 7,
        }),
        _ => Input::Timer,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut source = Source(bytes);
    let mut memory = Memory::blank();
    let (mut lock, _) = Small::boot(0, &mut memory);
    let mut now = 0u64;
    let mut salt = 0u64;
    for _ in 0..64 {
        if source.0.is_empty() {
            break;
        }
        now = now.saturating_add(match source.byte() % 8 {
            0 => 60_000,
            1 => 3_600_000,
            2 => source.number() >> 16,
            _ => 1,
        });
        let mut asks = None;
        let inputs = match source.byte() % 8 {
            0 => {
                // any command that decodes, sealed as the peer would
                let len = usize::from(source.byte());
                let Some(command) = Command::decode(&source.take(len)) else { continue };
                let asked =
                    step(&mut lock, now, Input::AskChallenge { peer: 1, entropy: [0; 16] }, &mut memory);
                let Some(challenge) = asked.challenge else { continue };
                salt += 1;
                let end = PeerEnd::new(KEY, ID, 1);
                let frame = end.seal_command(&challenge, salt.to_le_bytes(), &command).expect("it fits");
                asks = Some(command);
                vec![Input::Frame(frame)]
            }
            1 => {
                memory.refuse_after = Some(u32::from(source.byte() % 16));
                continue;
            }
            2 => {
                memory.refuse_after = None;
                let (reborn, effects) = Small::boot(0, &mut memory);
                assert!(effects.motion.is_none(), "a start moves nothing");
                (lock, now) = (reborn, 0);
                continue;
            }
            _ => vec![input(&mut source)],
        };
        for input in inputs {
            let shows = matches!(input, Input::Key(Key::Enter) | Input::Shown { .. });
            let bolt = matches!(input, Input::Bolt(_));
            let effects = step(&mut lock, now, input, &mut memory);
            if let Some(Motion::Retract { by, .. }) = &effects.motion {
                let commanded = matches!(
                    asks,
                    Some(Command::Unlock(_) | Command::Unbolt(_) | Command::UnlockWithTimeout(..))
                );
                assert!(shows && by.user() != 0 || commanded, "something else opened");
            }
            assert!(effects.wake_at == lock.next_timer());
            let status = lock.status(now);
            assert!(status.lock != LockState::Locked || bolt || status.door.code() != 0, "G3");
        }
    }
});
