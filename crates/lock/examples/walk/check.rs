//! What must hold after every act and in every state: the goals G1 to G8, by the shadow's account.

use lock::{Answer, Bolt, ClockQuality, Hand, Input, Leaf, LockState, Motion, Privilege, Source};

use crate::act::{self, Act, Remote};
use crate::disk::Fault;
use crate::node::{Node, Seen};
use crate::scene::T0;
use crate::shadow::{configures, fits};

/// So many wrong attempts the shadow counts: where one wrong code begins a lock-out the lock itself counts no further,
/// since the longest lock-out is reached.
const COUNTED: u32 = 4;

impl Node {
    /// What must hold after an act that began in `before`; keeps the shadow.
    ///
    /// # Errors
    /// The goal that was broken.
    pub fn check(&mut self, before: &Node, act: Act, fault: Fault, seen: &Seen) -> Result<(), String> {
        if let Some(record) = seen.not_durable {
            return Err(format!("G5: retract before record {record} was durable"));
        }
        for effects in &seen.effects {
            if let Some(Motion::Retract { by, .. }) = &effects.motion {
                self.check_retract(before, act, by)?;
            }
        }
        self.check_residents(before, act, fault, seen)?;
        self.count(before, act, seen)?;
        self.keep_configuration(before, act, fault, seen)?;
        self.keep_rest(act, seen);
        if act == Act::Wait && fault == Fault::None && self.lock.next_timer().is_some_and(|at| at <= self.now)
        {
            return Err("the lock asks to be woken at once, again and again".to_owned());
        }
        Ok(())
    }

    /// G1, G4, G5, G6, G8: the bolt goes in only by an act that asks for it, for somebody who may.
    fn check_retract(&self, before: &Node, act: Act, by: &lock::Authorised) -> Result<(), String> {
        let (shadow, now) = (&before.shadow, before.now);
        if let Some((kind, which, remote)) = act::shows(act) {
            let source = match kind {
                _ if remote => Source::Remote,
                lock::CredentialKind::Pin => Source::Keypad,
                lock::CredentialKind::Rfid => Source::Rfid,
                _ => Source::Biometric,
            };
            let shown = by.credentials().iter().flatten().any(|c| *c == act::reference(kind, which));
            if !fits(before.setup, kind, which) || !shown || by.source() != source || by.user() == 0 {
                return Err(format!("G1: {act:?} opened as {:?} by {:?}", by.credentials(), by.source()));
            }
            let needed = if before.setup.dual && !before.setup.emergency(which) { 2 } else { 1 };
            if by.credentials().iter().flatten().count() < needed {
                return Err("G1: one credential opened where two are asked for".to_owned());
            }
            let may = shadow.may_open(before.setup, now, which, remote);
            may.map_err(|why| format!("G1/G4: {act:?} opened {why}"))?;
            let channel = act::channel(kind, remote);
            if before.lock.attempts_known()[channel] < shadow.wrong[channel] {
                return Err("G6: opened with forgotten attempts".to_owned());
            }
            return Ok(());
        }
        let second = match act {
            Act::Send(Remote::Unlock | Remote::UnlockTimed | Remote::Unbolt) => false,
            Act::SendAsSecond(Remote::Unlock) => true,
            other => return Err(format!("G1: {other:?} opened")),
        };
        if by.source() != Source::Remote || by.user() != 0 {
            return Err("G1: a command without a code named a user".to_owned());
        }
        shadow.peer_may_open(now, second).map_err(|why| format!("G1: {act:?} opened {why}"))
    }

    /// Residents get in: who may open does, when nothing goes wrong. Not a goal of safety, but a lock that opens to
    /// nobody would reach all of those.
    fn check_residents(&self, before: &Node, act: Act, fault: Fault, seen: &Seen) -> Result<(), String> {
        let Some((kind, which, remote)) = act::shows(act) else { return Ok(()) };
        let asks_to_lock = matches!(act, Act::TypeLock(_) | Act::Send(Remote::LockWith(_)));
        if fault != Fault::None || before.setup.dual || !fits(before.setup, kind, which) || asks_to_lock {
            return Ok(());
        }
        let mut lock = before.lock.clone();
        let status = lock.status(before.now);
        let left = if remote { status.remote_lockout } else { status.keypad_lockout };
        let clocks = before.shadow.clock.is_none() || status.clock == ClockQuality::Trusted;
        let plain = matches!(kind, lock::CredentialKind::Pin) && left == 0 && !status.budget_spent;
        // a reserve that loss of power left half used counts as used
        let reserve = (4_000..4_400).contains(&before.shadow.millivolts);
        // digits typed before belong to the entry
        let fresh = lock.next_timer().is_none() || before.setup.whole_entries;
        let may = before.shadow.may_open(before.setup, before.now, which, remote);
        if plain && clocks && fresh && !reserve && may.is_ok() && !seen.opened() {
            return Err(format!("{act:?} did not open although it may"));
        }
        Ok(())
    }

    /// G6: the lock never knows of fewer attempts than there were.
    fn count(&mut self, before: &Node, act: Act, seen: &Seen) -> Result<(), String> {
        if let Some((kind, which, remote)) = act::shows(act) {
            let channel = act::channel(kind, remote);
            let spent = channel == 0 && before.lock.clone().status(before.now).budget_spent;
            let right = fits(before.setup, kind, which) && before.shadow.granted[which];
            let may = before.shadow.may_open(before.setup, before.now, which, remote).is_ok();
            // a right code is right even when power or storage goes before the bolt moves: the count may be back at
            // none; a strange one counts as soon as it was compared, except where a spent budget lets only strong
            // codes through
            if right && self.compared && (seen.opened() || may) {
                self.shadow.wrong[channel] = 0;
            } else if which == 2 && self.compared && !spent && before.shadow.commissioned {
                self.shadow.wrong[channel] = (self.shadow.wrong[channel] + 1).min(COUNTED);
            }
        }
        let nobody = match act {
            Act::NotMatched => Some(2),
            // a public number is nobody's, and counts
            Act::Weak(_) => Some(1),
            _ => None,
        };
        if let Some(channel) = nobody.filter(|_| self.compared) {
            self.shadow.wrong[channel] = (self.shadow.wrong[channel] + 1).min(COUNTED);
        }
        if act == Act::Send(Remote::Lift) && (matches!(seen.answer, Some(Answer::Done)) || seen.lost) {
            self.shadow.wrong = [0; 4];
        }
        if act == Act::Hand(Hand::FactoryReset) {
            self.shadow.wrong = [0; 4];
        }
        let known = self.lock.attempts_known();
        for (wrong, known) in self.shadow.wrong.iter().zip(known) {
            if known < *wrong {
                return Err(format!("G6: {wrong} wrong attempts, the lock knows of {known}"));
            }
        }
        Ok(())
    }

    /// After every act the configuration is the old one or the one that the act asked for, never a mixture; after a
    /// `Done` the new one, after a refusal the old one.
    fn keep_configuration(
        &mut self,
        before: &Node,
        act: Act,
        fault: Fault,
        seen: &Seen,
    ) -> Result<(), String> {
        let (old, is) = (before.configuration, self.configuration);
        if seen.synced && !seen.lost {
            self.shadow.unsure = None;
        }
        if is == old {
            if seen.lost
                && let Some((unsure, _)) = self.shadow.unsure.take()
                && unsure == is
            {
                return Ok(());
            }
            self.refused(before, act, fault, seen, old);
            return Ok(());
        }
        if configures(act) {
            let mut done = before.clone();
            done.apply(act, Fault::None);
            let new = done.configuration;
            if is == new {
                self.shadow.unsure = None;
                let wall = before.shadow.wall(before.now);
                let late = matches!(act, Act::Send(Remote::GrantLate(_)));
                let second = matches!(act, Act::SendAsSecond(_));
                if second && before.shadow.second != Some(Privilege::Admin) {
                    return Err("A32: a peer changed what its privilege does not cover".to_owned());
                }
                if late && before.shadow.revoked {
                    return Err("G4: a message from before the revocation was taken".to_owned());
                }
                self.shadow.configured(before.setup, wall, act);
                return Ok(());
            }
        }
        if seen.lost
            && let Some((unsure, asked)) = self.shadow.unsure.take()
            && unsure == is
        {
            self.shadow.configured(before.setup, before.shadow.wall(before.now), asked);
            return Ok(());
        }
        Err(format!("{act:?} left neither the old nor the new configuration"))
    }

    /// Remembers a change that storage refused after it may have taken it.
    fn refused(&mut self, before: &Node, act: Act, fault: Fault, seen: &Seen, old: u128) {
        if !seen.lost && matches!(fault, Fault::FailFrom(_)) && configures(act) && self.disk.unsynced() {
            let mut done = before.clone();
            done.apply(act, Fault::None);
            let new = done.configuration;
            if new != old {
                self.shadow.unsure = Some((new, act));
            }
        }
    }

    fn keep_rest(&mut self, act: Act, seen: &Seen) {
        let done = matches!(seen.answer, Some(Answer::Done));
        match act {
            Act::Send(Remote::Clock(offset)) if done && !seen.lost => {
                self.shadow.told_time(self.now, T0 + offset);
                // after a loss of power the lock may doubt what it took before
                self.shadow.doubtful |= self.lock.status(self.now).clock != ClockQuality::Trusted;
            }
            // a chip is believed only where the lock knows no time but knows that there was one
            Act::ClockChip(offset)
                if !seen.lost && self.shadow.clock.is_none() && self.lock.status(self.now).wall > 0 =>
            {
                self.shadow.told_time(self.now, T0 + offset);
            }
            Act::Send(Remote::Confirm) if done => self.shadow.doubtful = false,
            Act::Send(Remote::Rehearse) if done && !seen.lost => {
                self.shadow.rehearsal = Some(self.now + 60_000);
            }
            _ => {}
        }
        if seen.opened() && (4_000..4_400).contains(&self.shadow.millivolts) {
            self.shadow.reserve_used = true;
        }
    }

    /// What must hold in a state, however it was reached.
    ///
    /// # Errors
    /// The goal that is broken.
    pub fn check_state(&mut self) -> Result<(), String> {
        // G3: *locked* only from the sensors
        let status = self.lock.status(self.now);
        let (s, state) = (&self.shadow, status.lock);
        let may_be_locked = s.bolt == Bolt::Extended && (s.leaf == Leaf::Closed || !s.leaf_seen);
        if state == LockState::Locked && !may_be_locked {
            return Err(format!("G3: locked is said with bolt {:?} and leaf {:?}", s.bolt, s.leaf));
        }
        // G2: a hand can always lock and always leave, without storage, and no motor works against it
        for (hand, end) in [(Hand::ThumbturnLock, Bolt::Extended), (Hand::ThumbturnUnlock, Bolt::Retracted)] {
            let mut by_hand = self.clone();
            by_hand.disk.begin(Fault::FailFrom(0));
            for input in [Input::Hand(hand), Input::Bolt(end)] {
                let effects = lock::step(&mut by_hand.lock, by_hand.now, input, &mut by_hand.disk);
                let against = match effects.motion {
                    Some(Motion::Retract { .. }) => end == Bolt::Extended,
                    Some(Motion::Extend) => end == Bolt::Retracted,
                    _ => false,
                };
                if against {
                    return Err(format!("G2: the motor works against {hand:?}"));
                }
            }
        }
        // G1, G4: every code is tried in a copy, whatever the acts of the scene
        for which in 0..2 {
            let mut tried = self.clone();
            let act = Act::Type(which);
            for effects in tried.apply(act, Fault::None).effects {
                if let Some(Motion::Retract { by, .. }) = &effects.motion {
                    self.check_retract(self, act, by)?;
                }
            }
        }
        // G7: nothing works twice
        if self.frame.is_some() {
            let replayed = self.clone().apply(Act::Replay, Fault::None);
            // a relock that is due anyway is no work of the frame
            if replayed.opened() || replayed.effects.iter().any(|e| e.answer.is_some()) {
                return Err("G7: a frame worked twice".to_owned());
            }
        }
        Ok(())
    }
}
