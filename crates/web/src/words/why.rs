//! How a lock decided, in plain words: what was asked and how, what it recognised, hours, mode, lock-out, result.
//! Made of the lock's own record as the log keeps it; adds nothing that the record does not say.

use hub::LogItem;
use hub::ports::{Denial, LockRecord, RecordKind, RecordSource};

/// One decision, ready to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    /// Allowed, refused, or nothing to decide.
    pub allowed: Option<bool>,
    /// The result in a sentence.
    pub result: String,
    /// Label and words, in the order in which a lock looks at them.
    pub lines: Vec<(&'static str, String)>,
}

/// Log kinds that may hold a decision.
pub(crate) const KINDS: [&str; 2] = ["entry", "refused"];

/// The decision that a log entry tells of, if it is one of a lock.
pub(crate) fn decided(item: &LogItem, person: Option<&str>) -> Option<Decided> {
    let record: LockRecord = serde_json::from_value(item.detail.get("record")?.clone()).ok()?;
    let asked = asked(&record.kind)?;
    let by_hand = matches!(record.source, RecordSource::Key | RecordSource::Thumbturn | RecordSource::Manual);
    let mut lines = vec![("Asked", format!("{asked}, {}", way(record.source)))];
    if by_hand {
        let result = "Turned by hand: nothing for the lock to decide.".to_owned();
        return Some(Decided { allowed: None, result, lines });
    }
    let why = record.why.clone().unwrap_or_default();
    let allowed = matches!(record.kind, RecordKind::Unlocked | RecordKind::Locked);
    let whose = person.map(|name| format!(", of {name}")).unwrap_or_default();
    let known = match (&why.credential, record.slot, record.source) {
        (Some(credential), ..) => format!("{credential}{whose}"),
        (None, Some(slot), _) => format!("slot {slot}{whose}"),
        (None, None, RecordSource::Remote) => "a controller with a key of its own; no code".to_owned(),
        (None, None, RecordSource::Auto) => "nobody: the lock acts by itself".to_owned(),
        (None, None, _) if record.why.is_some() || record.kind == RecordKind::WrongCode => {
            "nothing that it knows".to_owned()
        }
        (None, None, _) => "not said by this lock".to_owned(),
    };
    lines.push(("Recognised", known));
    let schedule = why.schedule.unwrap_or_else(|| {
        if record.why.is_some() { "not reached" } else { "not said by this lock" }.to_owned()
    });
    lines.push(("Hours", schedule));
    lines.push(("Mode", why.mode.map_or("not known for that moment", |mode| mode.name()).to_owned()));
    let lockout = match (&record.kind, why.lockout_s) {
        (RecordKind::LockedOut { seconds }, _) => format!("began, for {seconds} s"),
        (RecordKind::Denied(Denial::LockedOut), _) => "was on".to_owned(),
        (_, 0) => "none".to_owned(),
        (_, seconds) => format!("began, for {seconds} s"),
    };
    lines.push(("Lock-out", lockout));
    Some(Decided { allowed: Some(allowed), result: result(&record.kind), lines })
}

/// Everything in one line, for lists and the command line.
pub(crate) fn sentence(decided: &Decided) -> String {
    let lines: Vec<String> =
        decided.lines.iter().map(|(label, text)| format!("{}: {text}", label.to_lowercase())).collect();
    format!("{} ({})", decided.result, lines.join("; "))
}

fn asked(kind: &RecordKind) -> Option<&'static str> {
    Some(match kind {
        RecordKind::Unlocked => "unlock",
        RecordKind::Locked => "lock",
        RecordKind::WrongCode | RecordKind::Denied(_) | RecordKind::LockedOut { .. } => "unlock",
        RecordKind::Failed => "lock or unlock",
        _ => return None,
    })
}

fn way(source: RecordSource) -> &'static str {
    match source {
        RecordSource::Keypad => "at the keypad",
        RecordSource::Key => "with the key",
        RecordSource::Manual => "by hand",
        RecordSource::Thumbturn => "with the thumbturn",
        RecordSource::Remote => "by a command over the radio",
        RecordSource::Rfid => "at the card reader",
        RecordSource::Fingerprint => "at the finger reader",
        RecordSource::Auto => "by the lock itself",
        RecordSource::Unknown => "in a way the lock did not say",
    }
}

fn result(kind: &RecordKind) -> String {
    let text = match kind {
        RecordKind::Unlocked => "Allowed: it unlocked.",
        RecordKind::Locked => "Allowed: it locked.",
        RecordKind::WrongCode => "Refused: no code, card or finger on this lock fits.",
        RecordKind::LockedOut { .. } => {
            "Refused: no code, card or finger fits, and it was one wrong attempt too many in a row."
        }
        RecordKind::Denied(Denial::Schedule) => "Refused: known, but outside its hours.",
        RecordKind::Denied(Denial::Expired) => "Refused: known, but its time is over.",
        RecordKind::Denied(Denial::Disabled) => "Refused: known, but switched off.",
        RecordKind::Denied(Denial::ClockUnknown) => {
            "Refused: known, but it has hours and the lock is not sure of the time."
        }
        RecordKind::Denied(Denial::LockedOut) => "Refused: too many wrong codes just before.",
        RecordKind::Denied(Denial::BudgetSpent) => {
            "Refused: too many wrong codes this month. Only codes of nine digits and more open."
        }
        RecordKind::Denied(Denial::Battery) => "Refused: too little battery to open and keep a reserve.",
        RecordKind::Denied(Denial::Mode) => "Refused: the lock's mode keeps it out.",
        _ => "Allowed, but the bolt did not get there.",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{decided, sentence};
    use hub::LogItem;
    use hub::ports::{LockRecord, Mode, RecordKind, RecordSource, Why};

    fn item(kind: RecordKind, source: RecordSource, why: Option<Why>) -> LogItem {
        let record = LockRecord { sequence: None, at: None, kind, source, slot: None, version: None, why };
        LogItem {
            index: 0,
            at: jiff::Timestamp::UNIX_EPOCH,
            happened: jiff::Timestamp::UNIX_EPOCH,
            kind: "entry".into(),
            summary: String::new(),
            door: None,
            person: None,
            detail: serde_json::json!({ "record": record }),
            erased: false,
        }
    }

    #[test]
    fn e1_a_decision_names_credential_hours_mode_and_lockout() {
        let why = Why {
            credential: Some("code in slot 3".into()),
            schedule: Some("within its week-day hours".into()),
            mode: Some(Mode::Normal),
            ..Why::default()
        };
        let said =
            decided(&item(RecordKind::Unlocked, RecordSource::Keypad, Some(why)), Some("Ana")).unwrap();
        assert_eq!(said.allowed, Some(true));
        assert_eq!(
            sentence(&said),
            "Allowed: it unlocked. (asked: unlock, at the keypad; recognised: code in slot 3, of Ana; hours: \
             within its week-day hours; mode: normal; lock-out: none)"
        );
    }

    #[test]
    fn g2_hands_are_not_decided_about_and_other_entries_are_none() {
        let said = decided(&item(RecordKind::Locked, RecordSource::Thumbturn, None), None).unwrap();
        assert_eq!(said.allowed, None);
        assert!(decided(&item(RecordKind::Ajar, RecordSource::Unknown, None), None).is_none());
        let wrong = decided(&item(RecordKind::WrongCode, RecordSource::Keypad, None), None).unwrap();
        assert!(wrong.lines.contains(&("Recognised", "nothing that it knows".to_owned())));
    }
}
