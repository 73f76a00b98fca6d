//! Where a code stands on a lock, in the words of the pages: *in force since 14:02 (read back)*,
//! *waiting since 13:40: the lock is out of reach*.

use access::{Evidence, Standing};
use hub::LockLive;
use jiff::Timestamp;

use super::time::{Moment, Zone};

/// How a statement looks; always beside words, never alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As wished.
    Good,
    /// Under way.
    Moving,
    /// True, but with a reservation.
    Amber,
    /// Somebody must do something.
    Bad,
    /// Says nothing either way.
    Quiet,
}

impl Tone {
    /// The class in the stylesheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Moving => "moving",
            Self::Amber => "amber",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }

    /// The mark beside the word, so that colour is never alone.
    pub(crate) fn mark(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Moving => "→",
            Self::Amber => "!",
            Self::Bad => "✕",
            Self::Quiet => "·",
        }
    }
}

/// One statement: a word or two, the time it holds since, and the reason.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// `in force`, `waiting`.
    pub word: &'static str,
    /// Since when, or from when.
    pub since: Option<Moment>,
    /// In brackets or after a colon.
    pub why: String,
    pub tone: Tone,
    /// A stable word for programs and tests.
    pub code: &'static str,
    /// Whether the owner can ask for another try.
    pub retry: bool,
}

impl Said {
    /// The whole statement as plain text: `in force since 14:02 (read back)`.
    pub(crate) fn sentence(&self) -> String {
        let since = self.since.as_ref().map(|at| format!(" {}", at.words())).unwrap_or_default();
        let why = if self.why.is_empty() { String::new() } else { format!(" ({})", self.why) };
        format!("{}{since}{why}", self.word)
    }
}

/// How we know, as the page says it.
pub(super) fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::ReadBack => "read back",
        Evidence::Checksum => "checksum",
        Evidence::UsedAtDoor => "used at the door",
        Evidence::LocksWord => "the lock's word",
        Evidence::Unreadable => "accepted, cannot be read",
    }
}

/// A standing in words.
pub(crate) fn standing(standing: &Standing, live: &LockLive, zone: &Zone, now: Timestamp) -> Said {
    let moment = |at: &Timestamp| Some(zone.moment(*at, now));
    let said = |code, word, since, why: String, tone| Said { word, since, why, tone, code, retry: false };
    match standing {
        Standing::Told => {
            let why =
                "nobody can reach this lock from here: set the code at the lock or in its app".to_owned();
            said("told", "told", None, why, Tone::Quiet)
        }
        Standing::Scheduled { starts } => {
            said("scheduled", "starts", moment(starts), String::new(), Tone::Quiet)
        }
        Standing::InForce { since, evidence: how } => {
            said("in_force", "in force since", moment(since), evidence(*how).to_owned(), Tone::Good)
        }
        Standing::Sending { since } => {
            said("sending", "sending since", moment(since), String::new(), Tone::Moving)
        }
        Standing::Waiting { since, why, next } => {
            let next = next.map(|at| format!(", next contact about {}", zone.moment(at, now).words()));
            let why = format!("{why}{}", next.unwrap_or_default());
            said("waiting", "waiting since", moment(since), why, Tone::Amber)
        }
        Standing::AcceptedUnreadable { since } => {
            let why = "this lock never shows its codes; the first use at the door proves it".to_owned();
            said("accepted_unreadable", "accepted, unreadable since", moment(since), why, Tone::Amber)
        }
        Standing::Refused { why, since } => {
            Said { retry: true, ..said("refused", "refused since", moment(since), why.clone(), Tone::Bad) }
        }
        Standing::Suspended { why, since } => Said {
            retry: true,
            ..said("suspended", "given up for now since", moment(since), why.clone(), Tone::Bad)
        },
        Standing::OffHours => {
            let why = "outside its hours the hub takes the code off this lock".to_owned();
            said("off_hours", "off now", None, why, Tone::Quiet)
        }
        Standing::Ending { since } if live.reachable == Some(false) => {
            let why = "the lock is out of reach: the code opens it until it is heard again".to_owned();
            said("ending", "ended, still on the lock since", moment(since), why, Tone::Amber)
        }
        Standing::Ending { since } => {
            said("ending", "being taken off since", moment(since), String::new(), Tone::Moving)
        }
        Standing::Ended => said("ended", "ended", None, String::new(), Tone::Quiet),
    }
}

#[cfg(test)]
mod tests {
    use super::{Tone, standing};
    use crate::words::Zone;
    use access::{Evidence, Standing};
    use hub::LockLive;
    use jiff::Timestamp;

    #[test]
    fn p2_the_page_says_whether_since_when_and_how_it_is_known() {
        let zone = Zone::named("UTC");
        let at: Timestamp = "2026-11-23T14:02:00Z".parse().expect("a time");
        let now: Timestamp = "2026-11-23T15:00:00Z".parse().expect("a time");
        let live = LockLive::default();
        let said =
            standing(&Standing::InForce { since: at, evidence: Evidence::ReadBack }, &live, &zone, now);
        assert_eq!((said.word, said.why.as_str()), ("in force since", "read back"));
        assert_eq!(said.since.map(|m| m.words()), Some("14:02".to_owned()));
        let why = "the lock is out of reach".to_owned();
        let said = standing(&Standing::Waiting { since: at, why, next: Some(now) }, &live, &zone, now);
        assert_eq!(said.why, "the lock is out of reach, next contact about 15:00");
        assert_eq!(said.tone, Tone::Amber);
        let silent = LockLive { reachable: Some(false), ..LockLive::default() };
        let said = standing(&Standing::Ending { since: at }, &silent, &zone, now);
        assert_eq!(said.word, "ended, still on the lock since", "a code that still opens is not called gone");
    }
}
