//! Local or cloud (L4): where the log of each lock is kept, for how long, who else sees it; and a decision path that
//! ends in advice with its reasons. The advice is remembered with what it rested on, and asked again when that changes.

use std::collections::BTreeMap;

use access::{DoorId, LockId};
use door::survey::{Evidence, Key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sight::{DoorSight, Home, LockSight};
use crate::words::{say, word};

/// Where a log is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Nowhere: it keeps none.
    None,
    /// In the lock.
    Lock,
    /// On a machine at home.
    Home,
    /// At the maker's.
    Cloud,
    /// Nobody said.
    Unknown,
}

/// The log of one lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogOf {
    /// Door.
    pub door: DoorId,
    /// Its name.
    pub door_name: String,
    /// Lock.
    pub lock: LockId,
    /// Its name.
    pub lock_name: String,
    /// Where.
    pub place: Place,
    /// The same in words.
    pub place_words: String,
    /// For how long, in words.
    pub kept: String,
    /// Who else sees it, in words.
    pub seen_by: String,
    /// How that is known: `seen`, `told` or `unknown`.
    pub how: &'static str,
}

/// The three answers of the decision path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// Do you need to look from afar?
    pub from_afar: Option<bool>,
    /// Is the lock on a network of its own?
    pub own_network: Option<bool>,
    /// Are you at ease with what the maker does with your data?
    pub at_ease: Option<bool>,
}

/// Advice with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// `local`, `own-tunnel`, `separate-first`, `cloud-with-care`.
    pub id: &'static str,
    /// In a sentence.
    pub title: String,
    /// What decided, in order.
    pub reasons: Vec<String>,
    /// What to do.
    pub steps: Vec<String>,
}

/// What was decided, and what it rested on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// The answers.
    pub answers: Answers,
    /// The advice's id.
    pub advice: String,
    /// When.
    pub at: Option<Timestamp>,
    /// What it rested on: thing and state, in words.
    pub rested_on: BTreeMap<String, String>,
}

/// The log of every lock of a home.
pub fn logs(home: &Home) -> Vec<LogOf> {
    let each = |door: &DoorSight| door.locks.iter().map(|lock| log_of(door, lock)).collect::<Vec<_>>();
    home.doors.iter().flat_map(each).collect()
}

fn log_of(door: &DoorSight, lock: &LockSight) -> LogOf {
    let answered = door.survey.word(Key::SmartLogPlace);
    let seen =
        door.survey.answer(Key::SmartLogPlace).is_some_and(|a| matches!(a.evidence, Evidence::Seen { .. }));
    let told = lock.log_place.as_deref();
    let place = match (told, answered) {
        // the owner's own words on this lock come before the hub's on the door
        (Some(words), _) if is_cloud(words) => Place::Cloud,
        _ if !lock.told => Place::Home,
        (Some(_), _) => Place::Lock,
        (None, Some("none")) => Place::None,
        (None, Some("lock")) => Place::Lock,
        (None, Some("home")) => Place::Home,
        (None, Some("cloud")) => Place::Cloud,
        (None, _) => Place::Unknown,
    };
    let how = match (place, told) {
        (Place::Unknown, _) => "unknown",
        (_, Some(_)) => "told",
        _ if !lock.told || seen => "seen",
        _ => "told",
    };
    let days = door.survey.number(Key::SmartLogDays);
    let kept = match (place, days) {
        (Place::None, _) => word("living.log.none"),
        (Place::Home, _) if !lock.told => word("living.log.for-ever"),
        (_, Some(days)) => say("living.log.days", &[("days", &format!("{days:.0}"))]),
        _ => word("living.log.days-unknown"),
    };
    let key = match place {
        Place::None => "none",
        Place::Lock => "lock",
        Place::Home => "home",
        Place::Cloud => "cloud",
        Place::Unknown => "unknown",
    };
    LogOf {
        door: door.id,
        door_name: door.name.clone(),
        lock: lock.id,
        lock_name: lock.name.clone(),
        place,
        place_words: word(&format!("living.log.place.{key}")),
        kept,
        seen_by: word(&format!("living.log.seen-by.{key}")),
        how,
    }
}

fn is_cloud(words: &str) -> bool {
    let words = words.to_lowercase();
    ["cloud", "maker", "app", "server", "online"].iter().any(|sign| words.contains(sign))
}

/// The network that a home's locks are on, as surveyed: the least separate one counts.
fn network(home: &Home) -> Option<(&DoorSight, &'static str)> {
    let known = home.doors.iter().filter_map(|door| Some((door, door.survey.word(Key::NetworkKind)?)));
    known.min_by_key(|(_, word)| ["shared", "own", "separate"].iter().position(|one| one == word))
}

/// The advice; `None` until the questions that it needs are answered.
pub fn advise(home: &Home, answers: Answers) -> Option<Advice> {
    let logs = logs(home);
    let cloud: Vec<&LogOf> = logs.iter().filter(|log| log.place == Place::Cloud).collect();
    let first = cloud.first().map(|log| {
        say(
            "living.path.cloud-lock",
            &[("lock", &log.lock_name), ("place", &log.place_words), ("how", log.how)],
        )
    });
    let logs_reason = first.unwrap_or_else(|| word("living.path.no-cloud-lock"));
    if !answers.from_afar? {
        let reasons = vec![word("living.path.not-afar"), logs_reason];
        return Some(advice("local", reasons));
    }
    let mut reasons = vec![word("living.path.afar"), logs_reason];
    if cloud.is_empty() {
        return Some(advice("own-tunnel", reasons));
    }
    if !answers.at_ease? {
        reasons.push(word("living.path.not-at-ease"));
        return Some(advice("own-tunnel", reasons));
    }
    reasons.push(word("living.path.at-ease"));
    let surveyed = network(home);
    let separate = answers.own_network.or(surveyed.map(|(_, word)| word == "separate"))?;
    let by_survey = surveyed.and_then(|(door, _)| door.answer(Key::NetworkKind));
    reasons.push(match by_survey.filter(|_| answers.own_network.is_none()) {
        Some(answer) => say("living.path.network-surveyed", &[("answer", &answer)]),
        None if separate => word("living.path.separate"),
        None => word("living.path.not-separate"),
    });
    Some(advice(if separate { "cloud-with-care" } else { "separate-first" }, reasons))
}

fn advice(id: &'static str, reasons: Vec<String>) -> Advice {
    let title = word(&format!("living.advice.{id}.title"));
    let steps = word(&format!("living.advice.{id}.steps")).lines().map(str::to_owned).collect();
    Advice { id, title, reasons, steps }
}

/// What advice on privacy rests on now: thing and state, in words.
pub fn rests_on(home: &Home) -> BTreeMap<String, String> {
    let mut on: BTreeMap<String, String> = logs(home)
        .into_iter()
        .map(|log| {
            (say("living.rests.log", &[("lock", &log.lock_name), ("door", &log.door_name)]), log.place_words)
        })
        .collect();
    if let Some((door, _)) = network(home)
        && let Some(words) = door.survey.in_words(Key::NetworkKind)
    {
        on.insert(word("living.rests.network"), words);
    }
    on
}

/// What has changed since the advice was given, in words; empty: it still stands.
pub fn changed(remembered: &Remembered, now: &BTreeMap<String, String>) -> Vec<String> {
    let before = &remembered.rested_on;
    let nothing = word("living.rests.nothing");
    let mut all: Vec<String> = Vec::new();
    for thing in before.keys().chain(now.keys().filter(|thing| !before.contains_key(*thing))) {
        let (was, is) = (before.get(thing).unwrap_or(&nothing), now.get(thing).unwrap_or(&nothing));
        if was != is {
            all.push(say("living.rests.changed", &[("thing", thing), ("was", was), ("is", is)]));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::living::samples::{home, now};

    const YES: Answers = Answers { from_afar: Some(true), own_network: None, at_ease: Some(true) };

    fn cloud(survey: &str) -> Home {
        let mut home = home(survey);
        (home.doors[0].locks[0].told, home.doors[0].locks[0].log_place) =
            (true, Some("maker's cloud".into()));
        home
    }

    #[test]
    fn l4_where_a_log_is_kept_is_seen_told_or_unknown() {
        let reached = &logs(&home(""))[0];
        assert_eq!((reached.place, reached.how), (Place::Home, "seen"));
        assert!(reached.seen_by.contains("Nobody"), "{}", reached.seen_by);
        let told = &logs(&cloud("[smart]\nlog_retention_days = 30"))[0];
        assert_eq!((told.place, told.how), (Place::Cloud, "told"));
        assert!(told.kept.contains("30 days") && told.seen_by.contains("maker"));
        let mut unknown = home("");
        unknown.doors[0].locks[0].told = true;
        let unknown = &logs(&unknown)[0];
        assert_eq!((unknown.place, unknown.how), (Place::Unknown, "unknown"));
    }

    #[test]
    fn l4_the_path_ends_in_other_advice_for_other_homes_and_names_what_decided() {
        let id = |home: &Home, answers| advise(home, answers).map(|advice| advice.id);
        let no = Answers { from_afar: Some(false), ..Answers::default() };
        assert_eq!(id(&cloud(""), no), Some("local"));
        assert_eq!(id(&home(""), YES), Some("own-tunnel"));
        assert_eq!(id(&cloud(""), Answers { at_ease: Some(false), ..YES }), Some("own-tunnel"));
        assert_eq!(id(&cloud("[network]\nkind = \"separate\""), YES), Some("cloud-with-care"));
        assert_eq!(id(&cloud("[network]\nkind = \"own\""), YES), Some("separate-first"));
        let said = advise(&cloud("[network]\nkind = \"own\""), YES).unwrap();
        assert!(said.reasons.iter().any(|reason| reason.contains("network.kind")), "{said:?}");
        assert!(said.reasons.iter().any(|reason| reason.contains("Lock 1") && reason.contains("told")));
        assert_eq!(id(&cloud(""), Answers::default()), None);
        assert_eq!(id(&cloud(""), YES), None, "the network is asked for");
    }

    #[test]
    fn l4_advice_is_asked_again_when_what_it_rested_on_changes() {
        let before = home("");
        let on = rests_on(&before);
        let remembered = Remembered {
            advice: "local".into(),
            at: Some(now()),
            rested_on: on.clone(),
            ..Remembered::default()
        };
        assert!(changed(&remembered, &on).is_empty());
        let changes = changed(&remembered, &rests_on(&cloud("")));
        assert_eq!(changes.len(), 1);
        assert!(changes[0].contains("Lock 1") && changes[0].contains("maker"), "{changes:?}");
        let networked = changed(&remembered, &rests_on(&home("[network]\nkind = \"shared\"")));
        assert!(networked[0].contains("network"), "{networked:?}");
    }
}
