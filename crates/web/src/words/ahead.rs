//! What is to come, in the words of the pages: whether a lock is ready for somebody, and what a change would do.

use access::{Foreseen, Ready};
use hub::View;
use jiff::Timestamp;

use super::errand::{Said, Tone, evidence};
use super::time::Zone;

/// How ready a lock is for somebody, in words.
pub(crate) fn ready(ready: &Ready, zone: &Zone, now: Timestamp) -> Said {
    let said = |code, word, why: String, tone| Said { word, since: None, why, tone, code, retry: false };
    match ready {
        Ready::Proven { since, evidence: how } => {
            let why = format!("{}, {}", evidence(*how), zone.moment(*since, now).words());
            said("proven", "ready", why, Tone::Good)
        }
        Ready::Accepted { since } => {
            let since = zone.moment(*since, now).words();
            let why = format!("accepted {since}; this lock never shows its codes");
            said("accepted", "ready as far as can be known", why, Tone::Amber)
        }
        Ready::SentThen => {
            let why = "the lock cannot wait by itself; it answers now".to_owned();
            said("sent_then", "sent when it begins", why, Tone::Quiet)
        }
        Ready::Coming { why, by } => {
            let by = by.map(|at| format!(", next about {}", zone.moment(at, now).words()));
            said("coming", "on its way", format!("{why}{}", by.unwrap_or_default()), Tone::Moving)
        }
        Ready::Told => {
            let why = "nothing can be sent there: set it at the lock or in its app".to_owned();
            said("told", "for you to do", why, Tone::Amber)
        }
        Ready::AtRisk { why } => said("at_risk", "at risk", why.clone(), Tone::Bad),
    }
}

/// What a change would do to one lock.
pub(crate) struct Ahead {
    pub lock: access::LockId,
    /// `Front door, Oak`.
    pub place: String,
    pub person: Option<String>,
    /// The effect's name for programs.
    pub what: serde_json::Value,
    /// In words, with what it waits for.
    pub words: String,
}

/// What was foreseen, with names, and with the reach of each lock where something is to be sent.
pub(crate) fn ahead(view: &View<'_>, foreseen: &[Foreseen]) -> Vec<Ahead> {
    let of = |one: &Foreseen| {
        let lock = view.house.locks.get(&one.lock)?;
        let door = view.house.doors.get(&lock.door)?;
        let zone = Zone::named(&door.time_zone);
        let mut words = one.effect.words(|at| format!("at {}", zone.moment(at, view.now).words()));
        use access::Effect::{Change, Send, TakeOff, TakeOffUntil};
        let radio = matches!(one.effect, Send { .. } | Change { .. } | TakeOff | TakeOffUntil { .. });
        if radio && view.live(lock.id).reachable == Some(false) {
            let wakes = view.live(lock.id).next_contact.filter(|at| *at > view.now);
            let when = match wakes {
                Some(at) => format!("wakes, about {}", zone.moment(at, view.now).words()),
                None => "is back in reach".to_owned(),
            };
            words.push_str(&format!(", when the lock {when}"));
        }
        Some(Ahead {
            lock: lock.id,
            place: format!("{}, {}", door.name, lock.name),
            person: one.person.and_then(|id| view.house.people.get(&id)).map(|person| person.name.clone()),
            what: serde_json::to_value(one.effect).unwrap_or_default(),
            words,
        })
    };
    foreseen.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::{Tone, ready};
    use crate::words::Zone;
    use access::Ready;
    use jiff::Timestamp;

    /// A risk is the only thing that is said in red, and it says why.
    #[test]
    fn readiness_in_words() {
        let zone = Zone::named("UTC");
        let now: Timestamp = "2026-11-23T14:02:00Z".parse().expect("a time");
        let risk = ready(&Ready::AtRisk { why: "the lock is out of reach".into() }, &zone, now);
        assert_eq!((risk.tone, risk.sentence().as_str()), (Tone::Bad, "at risk (the lock is out of reach)"));
        let coming = ready(&Ready::Coming { why: "it waits".into(), by: Some(now) }, &zone, now);
        assert_eq!((coming.tone, coming.why.as_str()), (Tone::Moving, "it waits, next about 14:02"));
        for one in [Ready::SentThen, Ready::Told, Ready::Accepted { since: now }] {
            assert_ne!(ready(&one, &zone, now).tone, Tone::Bad);
        }
    }
}
