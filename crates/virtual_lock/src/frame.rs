//! The byte protocol of a virtual lock: framing and messages, for both ends. `docs/virtual-lock-protocol.md`
//! says the same in prose. Knows nothing of what sealed bytes hold and keeps no state beyond an unfinished
//! frame.
//!
//! A frame is `length u16, big-endian | kind u8 | body`; the length counts kind and body, 1 to [`MAX_FRAME`].

/// Longest frame without its length field.
pub const MAX_FRAME: usize = 4096;
/// Longest sealed radio frame (the lock core's own bound).
pub const MAX_SEALED: usize = lock::MAX_FRAME;
/// Version of this protocol. There is one per build and no negotiation.
pub const VERSION: u8 = 2;

/// Which of the two channels a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The radio, for hubs and other controllers.
    Radio,
    /// The hand, for whoever shows the body.
    Hand,
}

/// Why a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Another version of the protocol.
    Version,
    /// Too many connections.
    Busy,
    /// The first frame was not a greeting, or named a peer or channel that does not exist.
    Greeting,
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    /// To the lock, first on every connection.
    Hello {
        /// What the connection is for.
        channel: Channel,
        /// Peer slot, 1 to [`lock::PEERS`], on the radio; 0 on the hand channel.
        peer: u8,
    },
    /// From the lock, in answer to `Hello`.
    Welcome {
        /// Identity of the lock.
        lock_id: [u8; 16],
        /// Fresh random bytes that the hand channel's seals are bound to; unused on the radio.
        salt: [u8; 16],
        /// How often the radio listens, milliseconds; 0: always.
        sleep_ms: u32,
    },
    /// From the lock: the connection ends here.
    Refused(Refused),
    /// To the lock: give me a challenge. The same token again gets the same challenge again.
    Ask {
        /// Chosen by the asker, another one for each command.
        token: u32,
    },
    /// From the lock.
    Challenge {
        /// As asked.
        token: u32,
        /// Fresh random bytes.
        challenge: [u8; 16],
    },
    /// To the lock: a sealed command.
    Command(Vec<u8>),
    /// To the lock: a sealed command with more to follow. With the answer comes a challenge for the next one.
    CommandMore(Vec<u8>),
    /// From the lock: the sealed answer to a command.
    Answer(Vec<u8>),
    /// From the lock, unasked: sealed records or state.
    Push(Vec<u8>),
    /// Both ways on the hand channel: sealed JSON.
    Hand(Vec<u8>),
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hello { channel, peer } => write!(f, "Hello({channel:?}, {peer})"),
            Self::Refused(why) => write!(f, "Refused({why:?})"),
            Self::Ask { token } => write!(f, "Ask({token})"),
            Self::Challenge { token, .. } => write!(f, "Challenge({token})"),
            Self::Welcome { sleep_ms, .. } => write!(f, "Welcome(sleep {sleep_ms} ms)"),
            Self::Command(sealed) => write!(f, "Command({} bytes)", sealed.len()),
            Self::CommandMore(sealed) => write!(f, "CommandMore({} bytes)", sealed.len()),
            Self::Answer(sealed) => write!(f, "Answer({} bytes)", sealed.len()),
            Self::Push(sealed) => write!(f, "Push({} bytes)", sealed.len()),
            Self::Hand(sealed) => write!(f, "Hand({} bytes)", sealed.len()),
        }
    }
}

impl Message {
    /// The whole frame, length field included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0, 0];
        match self {
            Self::Hello { channel, peer } => {
                out.extend([0x01, VERSION, u8::from(*channel == Channel::Hand), *peer]);
            }
            Self::Welcome { lock_id, salt, sleep_ms } => {
                out.extend([0x02, VERSION]);
                out.extend(lock_id);
                out.extend(salt);
                out.extend(sleep_ms.to_be_bytes());
            }
            Self::Refused(why) => {
                out.extend([0x03, refusal_code(*why)]);
            }
            Self::Ask { token } => {
                out.push(0x10);
                out.extend(token.to_be_bytes());
            }
            Self::Challenge { token, challenge } => {
                out.push(0x11);
                out.extend(token.to_be_bytes());
                out.extend(challenge);
            }
            Self::Command(sealed) => sealed_body(&mut out, 0x12, sealed, MAX_SEALED),
            Self::CommandMore(sealed) => sealed_body(&mut out, 0x15, sealed, MAX_SEALED),
            Self::Answer(sealed) => sealed_body(&mut out, 0x13, sealed, MAX_SEALED),
            Self::Push(sealed) => sealed_body(&mut out, 0x14, sealed, MAX_SEALED),
            Self::Hand(sealed) => sealed_body(&mut out, 0x20, sealed, MAX_FRAME - 1),
        }
        let length = u16::try_from(out.len() - 2).unwrap_or(u16::MAX);
        out[..2].copy_from_slice(&length.to_be_bytes());
        out
    }

    /// Reads kind and body of one frame; `None` when anything is malformed, unknown or left over.
    #[must_use]
    pub fn decode(frame: &[u8]) -> Option<Self> {
        let (kind, body) = frame.split_first()?;
        match (kind, body) {
            (0x01, [VERSION, channel @ (0 | 1), peer]) => Some(Self::Hello {
                channel: if *channel == 1 { Channel::Hand } else { Channel::Radio },
                peer: *peer,
            }),
            (0x02, [VERSION, rest @ ..]) if rest.len() == 36 => Some(Self::Welcome {
                lock_id: rest[..16].try_into().ok()?,
                salt: rest[16..32].try_into().ok()?,
                sleep_ms: u32::from_be_bytes(rest[32..].try_into().ok()?),
            }),
            (0x03, [code]) => refusal_from(*code).map(Self::Refused),
            (0x10, token) => Some(Self::Ask { token: u32::from_be_bytes(token.try_into().ok()?) }),
            (0x11, body) if body.len() == 20 => Some(Self::Challenge {
                token: u32::from_be_bytes(body[..4].try_into().ok()?),
                challenge: body[4..].try_into().ok()?,
            }),
            (0x12, sealed) => bounded(sealed, MAX_SEALED).map(Self::Command),
            (0x13, sealed) => bounded(sealed, MAX_SEALED).map(Self::Answer),
            (0x14, sealed) => bounded(sealed, MAX_SEALED).map(Self::Push),
            (0x15, sealed) => bounded(sealed, MAX_SEALED).map(Self::CommandMore),
            (0x20, sealed) => bounded(sealed, MAX_FRAME - 1).map(Self::Hand),
            _ => None,
        }
    }
}

/// Writes kind and body; a body beyond its bound is left out whole, which the other end drops as malformed.
fn sealed_body(out: &mut Vec<u8>, kind: u8, sealed: &[u8], most: usize) {
    out.push(kind);
    if sealed.len() <= most {
        out.extend(sealed);
    }
}

fn bounded(sealed: &[u8], most: usize) -> Option<Vec<u8>> {
    (!sealed.is_empty() && sealed.len() <= most).then(|| sealed.to_vec())
}

fn refusal_code(why: Refused) -> u8 {
    match why {
        Refused::Version => 1,
        Refused::Busy => 2,
        Refused::Greeting => 3,
    }
}

fn refusal_from(code: u8) -> Option<Refused> {
    match code {
        1 => Some(Refused::Version),
        2 => Some(Refused::Busy),
        3 => Some(Refused::Greeting),
        _ => None,
    }
}

/// What a stream of bytes held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A message.
    Message(Message),
    /// A frame that is none; the stream goes on behind it.
    Malformed,
    /// The length field is impossible: the stream cannot be followed any more and is to be closed.
    Lost,
}

/// Cuts a stream of bytes into frames. Holds at most one unfinished frame and what was pushed behind it.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    at: usize,
}

impl Decoder {
    /// Takes what came in. Call [`next`](Self::next) until it gives `None` before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` when more bytes are needed.
    #[expect(clippy::should_implement_trait, reason = "not an iterator: more may follow after `None`")]
    pub fn next(&mut self) -> Option<Parsed> {
        let waiting = self.bytes.get(self.at..)?;
        let (length, rest) = waiting.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 || length > MAX_FRAME {
            return Some(Parsed::Lost);
        }
        let frame = rest.get(..length)?;
        let parsed = Message::decode(frame).map_or(Parsed::Malformed, Parsed::Message);
        self.at += 2 + length;
        Some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, Decoder, MAX_FRAME, Message, Parsed, Refused};
    use proptest::prelude::*;

    fn any_message() -> impl Strategy<Value = Message> {
        let sealed = || prop::collection::vec(any::<u8>(), 1..=super::MAX_SEALED);
        prop_oneof![
            (any::<bool>(), any::<u8>()).prop_map(|(hand, peer)| Message::Hello {
                channel: if hand { Channel::Hand } else { Channel::Radio },
                peer
            }),
            (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u32>())
                .prop_map(|(lock_id, salt, sleep_ms)| Message::Welcome { lock_id, salt, sleep_ms }),
            prop_oneof![Just(Refused::Version), Just(Refused::Busy), Just(Refused::Greeting)]
                .prop_map(Message::Refused),
            any::<u32>().prop_map(|token| Message::Ask { token }),
            (any::<u32>(), any::<[u8; 16]>())
                .prop_map(|(token, challenge)| Message::Challenge { token, challenge }),
            sealed().prop_map(Message::Command),
            sealed().prop_map(Message::CommandMore),
            sealed().prop_map(Message::Answer),
            sealed().prop_map(Message::Push),
            prop::collection::vec(any::<u8>(), 1..MAX_FRAME).prop_map(Message::Hand),
        ]
    }

    fn drain(decoder: &mut Decoder) -> Vec<Parsed> {
        std::iter::from_fn(|| decoder.next()).collect()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_whatever_the_cuts(
            messages in prop::collection::vec(any_message(), 0..6),
            cut in 1_usize..700,
        ) {
            let bytes: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
            let mut decoder = Decoder::default();
            let mut got = Vec::new();
            for piece in bytes.chunks(cut) {
                decoder.push(piece);
                got.extend(drain(&mut decoder));
            }
            prop_assert_eq!(got, messages.into_iter().map(Parsed::Message).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            let mut seen = 0;
            while let Some(parsed) = decoder.next() {
                if parsed == Parsed::Lost { break; }
                seen += 1;
                prop_assert!(seen <= bytes.len());
            }
        }

        #[test]
        fn one_byte_more_or_less_is_malformed(message in any_message(), longer in any::<bool>()) {
            // a sealed body has no length of its own: there the seal finds the change, not the framing
            prop_assume!(!matches!(
                message,
                Message::Command(_)
                    | Message::CommandMore(_)
                    | Message::Answer(_) | Message::Push(_) | Message::Hand(_)
            ));
            let mut frame = message.encode()[2..].to_vec();
            if longer { frame.push(0) } else { frame.pop(); }
            prop_assert_eq!(Message::decode(&frame), None);
        }
    }

    #[test]
    fn a_malformed_frame_is_passed_over_and_the_next_one_read() {
        let mut decoder = Decoder::default();
        decoder.push(&[0, 2, 0x77, 0]);
        decoder.push(&Message::Ask { token: 7 }.encode());
        assert_eq!(drain(&mut decoder), [Parsed::Malformed, Parsed::Message(Message::Ask { token: 7 })]);
    }

    #[test]
    fn an_impossible_length_loses_the_stream() {
        for length in [0, MAX_FRAME + 1, usize::from(u16::MAX)] {
            let mut decoder = Decoder::default();
            decoder.push(&u16::try_from(length).unwrap().to_be_bytes());
            assert_eq!(decoder.next(), Some(Parsed::Lost));
        }
    }

    #[test]
    fn a_sealed_body_beyond_its_bound_is_malformed() {
        let mut frame = vec![0x12];
        frame.extend(vec![0; super::MAX_SEALED + 1]);
        assert_eq!(Message::decode(&frame), None);
        assert_eq!(Message::decode(&[0x12]), None);
    }
}
