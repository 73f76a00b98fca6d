//! Which records of a lock the hub has been told already: the one rule that keeps them from coming twice.

use lock::Status;

/// What a lock says of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// How often it has started.
    pub boot: u32,
    /// Number of the record that it writes next.
    pub next: u64,
    /// It knows that the hub has everything through this one.
    pub acked: u64,
}

impl Count {
    /// As a status has it.
    pub fn of(status: &Status) -> Self {
        Self { boot: status.boot, next: status.next_record, acked: status.acked }
    }
}

/// Through which record the hub has been told once `now` is taken; `None` when it is older than what is known already.
/// `known` is what this session heard last.
///
/// An answer may be overtaken on its way by a push with later records: within a session such a status is late. At its
/// beginning, where it was read under a fresh challenge, a lock that counts from less than what was told has lost its
/// storage. Records that the lock knows to be with the hub are not told again.
pub fn after(told: Option<u64>, known: Option<Count>, now: Count) -> Option<u64> {
    let ahead = told.is_some_and(|told| told >= now.next);
    let late = known.is_some_and(|known| ahead || (now.boot, now.next) < (known.boot, known.next));
    if late {
        return None;
    }
    Some(told.filter(|_| !ahead).unwrap_or(now.acked))
}

#[cfg(test)]
mod tests {
    use super::{Count, after};

    const fn count(boot: u32, next: u64, acked: u64) -> Count {
        Count { boot, next, acked }
    }

    #[test]
    fn l1_a_status_that_records_overtook_tells_nothing_again() {
        // pushed records 5 and 6 came before the answer that was given when 5 was still to be written
        assert_eq!(after(Some(6), Some(count(1, 4, 0)), count(1, 5, 0)), None);
        assert_eq!(after(Some(6), Some(count(1, 4, 0)), count(1, 7, 0)), Some(6));
        // the same over a restart of the lock within the session
        assert_eq!(after(Some(6), Some(count(1, 4, 0)), count(2, 6, 0)), None);
        assert_eq!(after(Some(6), Some(count(2, 7, 0)), count(1, 9, 0)), None);
    }

    #[test]
    fn l1_a_new_session_goes_on_and_a_lock_without_its_storage_begins_anew() {
        assert_eq!(after(None, None, count(1, 9, 5)), Some(5));
        assert_eq!(after(Some(7), None, count(1, 9, 5)), Some(7));
        assert_eq!(after(Some(7), None, count(1, 3, 0)), Some(0));
    }
}
