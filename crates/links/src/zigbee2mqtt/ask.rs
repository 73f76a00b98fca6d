//! Questions to a lock that wait for an answer. MQTT has no replies here: an answer is a later state message
//! that says what was asked. Because Zigbee2MQTT repeats everything it remembers in every message, this file
//! holds the rule that tells an answer from a repetition.

use access::Pin;
use futures::channel::oneshot;
use hub::ports::{Bolt, LinkError, Observed};

use super::wire::{User, UserStatus};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Any state message of the lock at all.
    Alive,
    /// What a slot holds.
    User(u16),
    /// The bolt to arrive here; `change`: it was somewhere else before.
    Bolt { target: Bolt, change: bool },
}

/// What came.
pub(super) enum Answer {
    /// The lock was heard.
    Alive,
    /// The slot; `repeated`: word for word what was remembered before, so that an unrelated message could
    /// look the same.
    User { user: User, repeated: bool },
    /// The bolt is there.
    Bolt,
    /// Zigbee2MQTT says that it failed.
    Failed(LinkError),
}

/// A question on its way. `prior` is what Zigbee2MQTT remembered of the slot when it was asked.
pub(super) struct Ask {
    pub lock: String,
    pub question: Question,
    pub prior: Option<User>,
    pub answer: oneshot::Sender<Answer>,
}

/// What a state message brings, as far as questions care.
pub(super) struct Heard<'a> {
    pub users: &'a std::collections::BTreeMap<u16, User>,
    pub bolt: Option<Bolt>,
    /// It tells of an event, or of something that changed: then it was sent for that reason.
    pub has_cause: bool,
}

impl Ask {
    /// The answer that this message is to the question, if it is one.
    pub(super) fn answered_by(&self, heard: &Heard<'_>) -> Option<Answer> {
        match self.question {
            Question::Alive => Some(Answer::Alive),
            Question::User(slot) => {
                let user = heard.users.get(&slot)?;
                let repeated = self.prior.as_ref().is_some_and(|prior| prior.same(user));
                // a repetition in a message with a cause of its own says nothing about the slot now
                (!repeated || !heard.has_cause).then(|| Answer::User { user: user.clone(), repeated })
            }
            Question::Bolt { target, change } => {
                let there = heard.bolt == Some(target);
                (there && (change || !heard.has_cause)).then_some(Answer::Bolt)
            }
        }
    }
}

/// What a slot shows, against the code that ought to be there.
pub(super) fn observed(user: &User, expected: Option<&Pin>) -> Observed {
    let enabled = match user.status {
        UserStatus::Available => return Observed::Empty,
        UserStatus::Unknown => return Observed::Unreadable,
        UserStatus::Enabled => true,
        UserStatus::Disabled => false,
    };
    match expected {
        Some(pin) if user.has_value() => {
            if user.is(pin) {
                Observed::Matches { enabled }
            } else {
                Observed::Differs
            }
        }
        _ => Observed::Taken,
    }
}

/// A command of ours that Zigbee2MQTT reports as failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// `set` or `get`.
    pub verb: &'static str,
    /// `pin_code` or `state`.
    pub key: &'static str,
    /// Why; in words of ours, because the line's own text holds the code that was sent.
    pub error: LinkError,
}

/// Reads a failure of a command to the lock of that name out of a log line.
pub(super) fn failure(line: &str, name: &str) -> Option<Failure> {
    let line = line.strip_prefix("z2m: ").unwrap_or(line);
    for verb in ["set", "get"] {
        for key in ["pin_code", "state"] {
            if let Some(rest) = line.strip_prefix(&format!("Publish '{verb}' '{key}' to '{name}' failed: ")) {
                return Some(Failure { verb, key, error: reason(rest) });
            }
        }
    }
    let missing = line.strip_prefix("No converter available for '")?;
    let (key, rest) = missing.split_once("' on '")?;
    let key = ["pin_code", "state"].into_iter().find(|known| *known == key)?;
    rest.starts_with(name).then_some(Failure {
        verb: "set",
        key,
        error: LinkError::Unsupported("this model takes no such command"),
    })
}

fn reason(text: &str) -> LinkError {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["in range for device", "must be numbers", "must be a number"]) {
        LinkError::Rejected("Zigbee2MQTT does not allow that slot on this model".into())
    } else if has(&[
        "timed out",
        "imeout",
        "elivery",
        "NO_ACK",
        "no network route",
        "NO_ROUTE",
        "UNREACH",
        "expired",
    ]) {
        LinkError::Unreachable("the lock did not answer Zigbee2MQTT".into())
    } else if has(&["UNSUP"]) {
        LinkError::Unsupported("the lock does not know this command")
    } else {
        LinkError::Unexpected("Zigbee2MQTT could not deliver the command".into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Answer, Ask, Heard, Question, failure, observed};
    use crate::zigbee2mqtt::wire::{User, UserStatus, state};
    use access::Pin;
    use futures::channel::oneshot;
    use hub::ports::{Bolt, LinkError, Observed};

    fn ask(question: Question, prior: Option<UserStatus>) -> Ask {
        let (answer, _) = oneshot::channel();
        Ask { lock: "0x1".into(), question, prior: prior.map(User::bare), answer }
    }

    fn slot_answer(prior: Option<UserStatus>, now: Option<UserStatus>, has_cause: bool) -> Option<bool> {
        let users: BTreeMap<u16, User> = now.map(|status| (3, User::bare(status))).into_iter().collect();
        let heard = Heard { users: &users, bolt: None, has_cause };
        match ask(Question::User(3), prior).answered_by(&heard) {
            Some(Answer::User { repeated, .. }) => Some(repeated),
            Some(_) => panic!("answer of another kind"),
            None => None,
        }
    }

    #[test]
    fn a_repetition_is_told_from_an_answer() {
        use UserStatus::{Available, Enabled};
        assert_eq!(slot_answer(None, Some(Available), true), Some(false));
        assert_eq!(slot_answer(Some(Enabled), Some(Available), true), Some(false));
        // the battery was reported: the old entry comes along
        assert_eq!(slot_answer(Some(Available), Some(Available), true), None);
        assert_eq!(slot_answer(Some(Available), Some(Available), false), Some(true));
        assert_eq!(slot_answer(Some(Available), None, false), None);
    }

    #[test]
    fn a_bolt_already_there_needs_a_message_of_its_own() {
        let users = BTreeMap::new();
        let heard = |bolt, has_cause| Heard { users: &users, bolt: Some(bolt), has_cause };
        let moved = ask(Question::Bolt { target: Bolt::Extended, change: true }, None);
        assert!(moved.answered_by(&heard(Bolt::Extended, true)).is_some());
        assert!(moved.answered_by(&heard(Bolt::Between, true)).is_none());
        let stood = ask(Question::Bolt { target: Bolt::Extended, change: false }, None);
        assert!(stood.answered_by(&heard(Bolt::Extended, true)).is_none());
        assert!(stood.answered_by(&heard(Bolt::Extended, false)).is_some());
    }

    #[test]
    fn what_a_slot_shows() {
        let pin = Pin::parse("0471").unwrap();
        let with = |text: &str| state(text.as_bytes()).unwrap().users.remove(&3).unwrap();
        let same = with(r#"{"users":{"3":{"status":"disabled","pin_code":"0471"}}}"#);
        let other = with(r#"{"users":{"3":{"status":"enabled","pin_code":"1471"}}}"#);
        assert_eq!(observed(&same, Some(&pin)), Observed::Matches { enabled: false });
        assert_eq!(observed(&same, None), Observed::Taken);
        assert_eq!(observed(&other, Some(&pin)), Observed::Differs);
        assert_eq!(observed(&User::bare(UserStatus::Enabled), Some(&pin)), Observed::Taken);
        assert_eq!(observed(&User::bare(UserStatus::Available), Some(&pin)), Observed::Empty);
        assert_eq!(observed(&User::bare(UserStatus::Unknown), None), Observed::Unreadable);
    }

    /// The form of a failed write in Zigbee2MQTT 2.14.1, with the code in it.
    const FAILED: &str = "z2m: Publish 'set' 'pin_code' to 'it's front' failed: 'Error: ZCL command \
        0x000d6f0011223344/1 closuresDoorLock.setPinCode({\"userid\":3,\"userstatus\":1,\"usertype\":0,\
        \"pincodevalue\":\"0471\"}, {\"timeout\":10000}) failed (Timeout - 6699 - 1 - 7 - 257 - 5 after 10000ms)'";

    #[test]
    fn a_failure_is_read_and_its_text_is_not_kept() {
        let failure = failure(FAILED, "it's front").unwrap();
        assert_eq!((failure.verb, failure.key), ("set", "pin_code"));
        assert!(matches!(failure.error, LinkError::Unreachable(_)));
        assert!(!format!("{failure:?} {}", failure.error).contains("0471"));
    }

    #[test]
    fn failures_of_others_are_not_ours() {
        assert_eq!(failure(FAILED, "back"), None);
        assert_eq!(failure("z2m: MQTT publish: topic 'x', payload 'y'", "x"), None);
        let range =
            "z2m: Publish 'get' 'pin_code' to 'a' failed: 'Error: userId must be in range for device'";
        assert!(matches!(failure(range, "a").unwrap().error, LinkError::Rejected(_)));
        let none = "z2m: No converter available for 'pin_code' on 'a': ({\"user\":1,\"pin_code\":\"0471\"})";
        assert!(matches!(failure(none, "a").unwrap().error, LinkError::Unsupported(_)));
    }
}
