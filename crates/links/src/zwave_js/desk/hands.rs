//! What hands other than ours do to codes: at the keypad, by another controller, through the same server.

use std::time::Duration;

use access::LockAddress;
use hub::ports::{LinkEvent, LockReport, RecordKind};

use super::super::facts::Kind;
use super::super::known::OWN_CHANGE;
use super::super::translate::{self, Said};
use super::super::wire::{Changed, Notified};
use super::{Chore, Desk, Out};

impl Desk {
    pub(super) fn notified(&mut self, node: u16, told: &Notified, now: Duration, out: &mut Vec<Out>) {
        match translate::notification(told) {
            Said::Happened(record) => {
                if matches!(record.kind, RecordKind::Locked | RecordKind::Unlocked) {
                    self.tell(node, LockReport { jammed: Some(false), ..LockReport::default() }, out);
                }
                self.record(node, record, out);
            }
            Said::Code(record, taken) => {
                let slot = record.slot;
                if !self.is_own(node, slot, now) {
                    self.foreign_change(node, now);
                    self.record(node, record, out);
                    self.slot_event(node, slot, taken, out);
                }
            }
            Said::AllGone(record) => {
                self.foreign_change(node, now);
                self.record(node, record, out);
                out.push(Out::Chore(Chore::Sweep(node)));
            }
            Said::Duplicate { slot } => {
                if let Some(lock) = self.locks.get_mut(&node) {
                    lock.refused = Some((slot, now));
                }
            }
            Said::State(report) => self.tell(node, report, out),
            Said::Nothing => {}
        }
    }

    /// Whether a change of this slot is the echo of ours. A lock that names no slot gets the benefit of the doubt
    /// while anything was written.
    pub(super) fn is_own(&self, node: u16, slot: Option<u16>, now: Duration) -> bool {
        let Some(lock) = self.locks.get(&node) else { return false };
        let recent = |at: &Duration| now.saturating_sub(*at) < OWN_CHANGE;
        match slot {
            Some(slot) => lock.own.get(&slot).is_some_and(recent),
            None => lock.own.values().any(recent),
        }
    }

    /// Somebody else changed codes: what rested on nobody having done so no longer holds.
    pub(super) fn foreign_change(&mut self, node: u16, now: Duration) {
        if let Some(lock) = self.locks.get_mut(&node) {
            lock.foreign_change(now);
        }
    }

    pub(super) fn slot_event(&mut self, node: u16, slot: Option<u16>, taken: bool, out: &mut Vec<Out>) {
        let Some(lock) = self.locks.get(&node) else { return };
        if let Some(slot) = slot.filter(|slot| (1..=lock.facts.users).contains(slot)) {
            let address = LockAddress { link: self.link.clone(), key: lock.key.clone() };
            out.push(Out::Event(LinkEvent::Slot { address, slot, taken }));
        }
    }

    /// The driver heard of a slot's status: from a read or write of ours, or of another controller's.
    pub(super) fn slot_status(
        &mut self,
        node: u16,
        slot: u16,
        status: u8,
        now: Duration,
        out: &mut Vec<Out>,
    ) {
        let own = self.is_own(node, Some(slot), now);
        let Some(lock) = self.locks.get_mut(&node) else { return };
        let before = lock.statuses.insert(slot, status);
        let taken = status != 0;
        let changed = before.map_or(taken, |before| (before != 0) != taken);
        if changed && !own && status <= 4 {
            self.foreign_change(node, now);
            self.slot_event(node, Some(slot), taken, out);
        }
    }

    pub(super) fn user_changed(
        &mut self,
        node: u16,
        kind: &str,
        changed: &Changed,
        now: Duration,
        out: &mut Vec<Out>,
    ) {
        if kind.contains("learn") || changed.credential_type.is_some_and(|kind| kind != 1) {
            return;
        }
        let slot = changed.credential_slot.or(changed.user_id).filter(|slot| *slot != 0);
        let is_code = self.locks.get(&node).is_some_and(|lock| lock.facts.kind == Kind::Code);
        // User Code locks tell the same by the slot's status
        if is_code || self.is_own(node, slot, now) {
            return;
        }
        self.foreign_change(node, now);
        if slot.is_none() {
            out.push(Out::Chore(Chore::Sweep(node)));
        }
        self.slot_event(node, slot, !kind.ends_with("deleted"), out);
    }
}
