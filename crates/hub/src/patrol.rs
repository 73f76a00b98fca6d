//! When the round over a lock's slots goes on ([`access::patrol`]), and looks into slots that a report has put in doubt.

use std::collections::{BTreeMap, BTreeSet};

use access::{House, LockId, Op};
use jiff::{SignedDuration, Timestamp};

/// After a start the first round goes faster: nobody knows what happened meanwhile, or which copy of the house this is.
const FIRST_ROUND: SignedDuration = SignedDuration::from_mins(5);

/// Where the rounds stand. Nothing in it has to survive.
#[derive(Default)]
pub(crate) struct Patrol {
    at: BTreeMap<LockId, Stand>,
    doubts: BTreeSet<(LockId, u16)>,
}

#[derive(Clone, Copy)]
struct Stand {
    next: Timestamp,
    last: Option<u16>,
    first: bool,
}

impl Patrol {
    /// A report may be wrong or late: look.
    pub(crate) fn doubt(&mut self, lock: LockId, slot: u16) {
        self.doubts.insert((lock, slot));
    }

    /// A look that is due now at a lock that has nothing better to do, or else when the next one is.
    pub(crate) fn due(
        &mut self,
        house: &House,
        lock: LockId,
        now: Timestamp,
    ) -> Result<Op, Option<Timestamp>> {
        let doubted = self.doubts.range((lock, 0)..=(lock, u16::MAX)).next().copied();
        if let Some(doubt) = doubted {
            self.doubts.remove(&doubt);
            return Ok(access::look(house, lock, doubt.1));
        }
        let stand = self.at.get(&lock).copied();
        let last = stand.and_then(|stand| stand.last);
        let Some((op, wait)) = access::patrol(house, lock, last) else {
            self.at.remove(&lock);
            return Err(None);
        };
        let round_over = last.is_some_and(|last| op.slot <= last);
        let first = stand.is_none_or(|stand| stand.first) && !round_over;
        let wait = if first { wait.min(FIRST_ROUND) } else { wait };
        let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
        match stand {
            // a clock that was set back must not keep the round waiting for longer than a round
            Some(stand) if stand.next > now && stand.next <= next => Err(Some(stand.next)),
            Some(_) => {
                self.at.insert(lock, Stand { next, last: Some(op.slot), first });
                Ok(op)
            }
            None => {
                self.at.insert(lock, Stand { next, last: None, first: true });
                Err(Some(next))
            }
        }
    }
}
