//! A lost connection is no break-in. Says so with the evidence, or says what speaks against it: nothing is played down.

use jiff::SignedDuration;
use serde::Serialize;

use super::signs::sign;
use crate::living::sight::{DoorSight, Home, LockSight, What};
use crate::words::{say, word};

/// So long before the silence began is looked through as well.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// What is to be thought of a silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Calm {
    /// Nothing that was seen speaks of more than a lost connection.
    pub only_connection: bool,
    /// In a sentence.
    pub said: String,
    /// What that rests on.
    pub evidence: Vec<String>,
}

/// What is to be thought of a lock that is silent; `None` while it can be heard.
pub fn calm(home: &Home, door: &DoorSight, lock: &LockSight) -> Option<Calm> {
    let gateway = sign("gateway-down", home, door, lock);
    let silent = sign("silent", home, door, lock);
    if gateway.is_none() && silent.is_none() {
        return None;
    }
    let began = lock.silent_since.unwrap_or(home.now);
    let from = began.checked_sub(BEFORE).unwrap_or(began);
    let mut worse = Vec::new();
    if let Some(forced) = lock.since(from, &[What::Forced]).next() {
        worse.push(say("mend.calm.forced", &[("at", &door.moment(forced.at))]));
    }
    if let Some(lost) = lock.since(from, &[What::RecordsLost]).next() {
        worse.push(say("mend.calm.lost", &[("at", &door.moment(lost.at))]));
    }
    if let Some(unknown) = lock.since(from, &[What::OpenedByCredential]).find(|one| !one.known) {
        worse.push(say("mend.calm.unknown", &[("at", &door.moment(unknown.at))]));
    }
    let others = sign("others-silent", home, door, lock);
    let low = sign("battery-low", home, door, lock);
    let mut evidence: Vec<String> = [gateway, silent, others, low].into_iter().flatten().collect();
    if worse.is_empty() {
        evidence.push(say("mend.calm.nothing", &[("from", &door.moment(from))]));
        evidence.push(word("mend.calm.keeps"));
        return Some(Calm { only_connection: true, said: word("mend.calm.only"), evidence });
    }
    worse.extend(evidence);
    Some(Calm { only_connection: false, said: word("mend.calm.more"), evidence: worse })
}

#[cfg(test)]
mod tests {
    use super::calm;
    use crate::living::samples::{ago, happened, home};
    use crate::living::sight::What;

    #[test]
    fn a8_a_silent_lock_is_a_fault_of_the_connection_and_one_that_was_forced_is_not() {
        let mut quiet = home("");
        assert_eq!(calm(&quiet, &quiet.doors[0], &quiet.doors[0].locks[0]), None);
        let lock = &mut quiet.doors[0].locks[0];
        (lock.reachable, lock.silent_since) = (Some(false), Some(ago(3)));
        let mut forced = quiet.clone();
        let said = calm(&quiet, &quiet.doors[0], &quiet.doors[0].locks[0]).unwrap();
        assert!(said.only_connection && said.said.contains("no break-in"), "{said:?}");
        assert!(said.evidence.iter().any(|line| line.contains("23 November 2026, 09:00")), "{said:?}");
        forced.doors[0].locks[0].past = vec![happened(What::Forced, 4)];
        let said = calm(&forced, &forced.doors[0], &forced.doors[0].locks[0]).unwrap();
        assert!(!said.only_connection && said.evidence[0].contains("08:00"), "{said:?}");
    }
}
