//! The radio side of the body: lines to peers, challenges, commands, records pushed until they are
//! acknowledged. Opens and seals nothing itself: the core does.

use std::collections::VecDeque;

use lock::{Frame, Input, Millis, RECORDS_PER_ANSWER};

use crate::air::Way;
use crate::battery::MESSAGE_MAH;
use crate::body::{Body, Out};
use crate::frame::Message;
use crate::keep::Keep;

/// A connection of a peer.
pub type LineId = u32;
/// The peer that records are pushed to: the hub, first peer of the pairing.
pub const HUB: u8 = 1;
/// Records on their way beyond the last acknowledged one at most.
const WINDOW: u64 = 64;
/// Records are sent again after this time without an acknowledgement, doubled up to the second figure,
/// milliseconds.
const AGAIN_MS: (Millis, Millis) = (2_000, 60_000);

/// Token of a challenge that nobody asked for: it comes with an answer, for the next command.
pub const UNASKED: u32 = 0;

/// Commands of one line whose answers are kept.
const ANSWERED: usize = 8;

/// A message and its line.
#[derive(Debug, Clone)]
pub struct Packet {
    line: LineId,
    message: Message,
}

/// What is known of a line.
#[derive(Debug)]
pub struct Line {
    peer: u8,
    /// Records up to here are on their way.
    sent: u64,
    /// Acknowledged through, as last seen.
    acked: u64,
    wait: Millis,
    /// When they are sent again.
    pub(crate) again_at: Option<Millis>,
    /// The last commands of this line with their answers: a command that comes once more, because its answer
    /// was lost or the air doubled it, gets the same answer and is not done again.
    answered: VecDeque<(Vec<u8>, Vec<u8>)>,
}

impl Line {
    fn new(peer: u8) -> Self {
        Self { peer, sent: 0, acked: 0, wait: AGAIN_MS.0, again_at: None, answered: VecDeque::new() }
    }

    pub(crate) fn begin_again(&mut self) {
        *self = Self::new(self.peer);
    }

    fn answer_again(&self, command: &[u8]) -> Option<Message> {
        let found = self.answered.iter().find(|(known, _)| known == command);
        found.map(|(_, answer)| Message::Answer(answer.clone()))
    }

    fn remember(&mut self, command: Vec<u8>, answer: Vec<u8>) {
        if self.answered.len() >= ANSWERED {
            self.answered.pop_front();
        }
        self.answered.push_back((command, answer));
    }
}

impl<K: Keep> Body<K> {
    /// A peer's connection is there. It hears at once what it missed.
    pub fn connect(&mut self, line: LineId, peer: u8) {
        self.lines.insert(line, Line::new(peer));
        self.tell_records = true;
        self.tell_status = true;
        self.settle();
    }

    /// It is gone.
    pub fn disconnect(&mut self, line: LineId) {
        self.lines.remove(&line);
    }

    /// A peer sends something; it takes its way through the air.
    pub fn radio(&mut self, now: Millis, line: LineId, message: Message) {
        self.advance(now);
        self.air.send(self.now, Way::Down, Packet { line, message });
        self.settle();
    }

    /// Counts bytes that were no message, and messages that the core does not believe.
    pub fn count_malformed(&mut self) {
        self.dropped = self.dropped.saturating_add(1);
    }

    /// Takes one arrival; false when there is none.
    pub(crate) fn receive(&mut self) -> bool {
        let Some((way, packet)) = self.air.arrive(self.now) else { return false };
        match way {
            Way::Up => self.out.push(Out::Radio(packet.line, packet.message)),
            Way::Down if self.core.is_some() => {
                self.world.pack.draw_mah(MESSAGE_MAH);
                self.hear(packet);
            }
            Way::Down => {}
        }
        true
    }

    fn hear(&mut self, packet: Packet) {
        let Some(line) = self.lines.get(&packet.line) else { return };
        match packet.message {
            Message::Ask { token } => self.challenge(packet.line, line.peer, token),
            Message::Command(sealed) => self.command(packet.line, line.peer, sealed, false),
            Message::CommandMore(sealed) => self.command(packet.line, line.peer, sealed, true),
            _ => self.count_malformed(),
        }
    }

    fn challenge(&mut self, line: LineId, peer: u8, token: u32) {
        let mut entropy = [0; 16];
        let now = self.lock_now();
        let Some(core) = self.core.as_mut().filter(|_| (self.entropy)(&mut entropy)) else { return };
        let mut effects = lock::step(core, now, Input::AskChallenge { peer, entropy }, &mut self.keep);
        if let Some(challenge) = effects.challenge.take() {
            self.say(line, Message::Challenge { token, challenge });
        }
        self.apply(effects);
    }

    fn command(&mut self, id: LineId, peer: u8, sealed: Vec<u8>, more: bool) {
        let again = self.lines.get(&id).and_then(|line| line.answer_again(&sealed));
        let answer = match again {
            Some(answer) => Some(answer),
            None => self.carry_out(id, sealed),
        };
        let Some(answer) = answer else { return self.count_malformed() };
        if more {
            // the challenge for the next command goes with the answer to this one: a command then takes one way
            // there and one back, and still has a challenge of its own
            self.challenge(id, peer, UNASKED);
        }
        self.say(id, answer);
    }

    /// The core's answer; `None` when it does not believe the frame.
    fn carry_out(&mut self, id: LineId, sealed: Vec<u8>) -> Option<Message> {
        let now = self.lock_now();
        let frame = Frame::new(&sealed)?;
        let core = self.core.as_mut()?;
        let mut effects = lock::step(core, now, Input::Frame(frame), &mut self.keep);
        let answer = effects.answer.take().map(|answer| answer.as_bytes().to_vec());
        if let (Some(answer), Some(line)) = (&answer, self.lines.get_mut(&id)) {
            line.remember(sealed, answer.clone());
        }
        self.apply(effects);
        self.set_chip();
        answer.map(Message::Answer)
    }

    /// What a step says that nobody asked for: the farewell of a lock that is being erased.
    pub(crate) fn farewell(&mut self, answer: Option<Frame>) {
        let Some(frame) = answer else { return };
        let hubs: Vec<LineId> =
            self.lines.iter().filter(|(_, line)| line.peer == HUB).map(|(id, _)| *id).collect();
        for line in hubs {
            self.say(line, Message::Push(frame.as_bytes().to_vec()));
        }
    }

    fn say(&mut self, line: LineId, message: Message) {
        self.world.pack.draw_mah(MESSAGE_MAH);
        self.air.send(self.now, Way::Up, Packet { line, message });
    }

    /// The chip takes the time that the core was told.
    fn set_chip(&mut self) {
        let (now, host) = (self.lock_now(), self.host_ms());
        let Some(core) = &mut self.core else { return };
        let wall = i64::try_from(core.status(now).wall).unwrap_or(0).saturating_mul(1000);
        let ahead = wall.saturating_sub(host);
        // the core tells whole seconds: less than two apart is the same time
        if wall > 0 && self.world.chip.is_none_or(|chip| chip.abs_diff(ahead) > 2_000) {
            self.world.chip = Some(ahead);
            self.keep_world();
        }
    }

    /// Sends what is new: records first, then the state.
    pub(crate) fn send_news(&mut self) {
        if std::mem::take(&mut self.tell_records) {
            let lines: Vec<LineId> = self.lines.keys().copied().collect();
            for line in lines {
                self.push_records(line);
            }
        }
        if std::mem::take(&mut self.tell_status) {
            let lines: Vec<(LineId, u8)> = self.lines.iter().map(|(id, line)| (*id, line.peer)).collect();
            let now = self.lock_now();
            for (line, peer) in lines {
                let Some(core) = &mut self.core else { return };
                if let Some(frame) = core.seal_status(peer, now) {
                    self.say(line, Message::Push(frame.as_bytes().to_vec()));
                }
            }
        }
        // in clear air all of it arrives now
        while let Some(packet) = self.air.arrive_up(self.now) {
            self.out.push(Out::Radio(packet.line, packet.message));
        }
    }

    fn push_records(&mut self, id: LineId) {
        let now = self.lock_now();
        let Some(core) = &mut self.core else { return };
        let Some(line) = self.lines.get_mut(&id).filter(|line| line.peer == HUB) else { return };
        let status = core.status(now);
        if status.acked > line.acked {
            (line.acked, line.wait) = (status.acked, AGAIN_MS.0);
        }
        line.sent = line.sent.max(status.acked);
        let mut frames = Vec::new();
        while line.sent + 1 < status.next_record && line.sent < status.acked + WINDOW {
            let Some(frame) = core.seal_records(HUB, line.sent, &mut self.keep) else { break };
            let held = (line.sent.saturating_add(1).max(status.oldest_record)..status.next_record)
                .filter(|seq| core.record(*seq, &mut self.keep).is_some());
            // the frame holds so many of them; behind the last one there are only holes
            line.sent = held.take(RECORDS_PER_ANSWER).last().unwrap_or(status.next_record - 1);
            frames.push(Message::Push(frame.as_bytes().to_vec()));
        }
        let waiting = status.acked + 1 < status.next_record;
        line.again_at = waiting.then(|| line.again_at.unwrap_or(self.now + line.wait));
        for frame in frames {
            self.say(id, frame);
        }
    }

    /// Sends records again that nobody acknowledged in time.
    pub(crate) fn send_again(&mut self) {
        for line in self.lines.values_mut() {
            if line.again_at.is_some_and(|at| at <= self.now) {
                line.wait = (line.wait * 2).min(AGAIN_MS.1);
                line.again_at = Some(self.now + line.wait);
                line.sent = 0;
                self.tell_records = true;
            }
        }
    }
}
