//! An entry that nobody recognises. First what has an innocent reason is ruled out, each with its evidence: a key or
//! the thumbturn, a wrong clock, a slot that changed hands, a late report. What then still fits nobody is a matter of
//! security, and has its steps in order. Judges the facts of one entry; finding them is the hub's business.

use access::{DoorId, LockId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::words::{say, word};

/// Told so much later than it happened, a report is late.
pub const LATE: SignedDuration = SignedDuration::from_secs(60);
/// A clock that was lost or set so close to the entry makes its time doubtful.
pub const CLOCK_NEAR: SignedDuration = SignedDuration::from_hours(48);

/// By which way it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Code, card or finger.
    Credential,
    /// Key, thumbturn, or by hand: the lock recognises nobody.
    Hand,
    /// From here or by another controller.
    Afar,
    /// The lock did not say.
    Unsaid,
}

/// What is known of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its place in the log.
    pub index: u64,
    /// What the log says of it.
    pub summary: String,
    /// Where.
    pub door: DoorId,
    /// Which lock.
    pub lock: LockId,
    /// When, by the best clock known, and in words.
    pub at: (Timestamp, String),
    /// When it was told here, and in words.
    pub told: (Timestamp, String),
    /// By which way.
    pub way: Way,
    /// The slot of its code.
    pub slot: Option<u16>,
    /// Somebody was recognised.
    pub recognised: bool,
    /// The lock named the time itself, and trusted its clock.
    pub own_time: bool,
    /// The clock was lost, set or jumped near that time: in words.
    pub clock_trouble: Option<String>,
    /// The slot changed hands, or was written at the lock, near that time: in words.
    pub slot_trouble: Option<String>,
    /// Who opened it from here, when it was opened from afar.
    pub ordered_by: Option<String>,
    /// Maker and model, as told or reported.
    pub model: Option<String>,
}

/// What a check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It explains the entry.
    Explains,
    /// It is ruled out.
    RuledOut,
    /// It cannot be told.
    CannotTell,
}

impl Verdict {
    /// In a word or two.
    pub fn words(self) -> String {
        match self {
            Self::Explains => word("mend.verdict.explains"),
            Self::RuledOut => word("mend.verdict.ruled-out"),
            Self::CannotTell => word("mend.verdict.cannot-tell"),
        }
    }
}

/// One innocent reason, looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// `hand`, `clock`, `slot`, `late`.
    pub id: &'static str,
    /// The question.
    pub title: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why.
    pub evidence: String,
}

/// A step to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `password`, `access`, `export`, `maker`.
    pub id: &'static str,
    /// What.
    pub title: String,
    /// How.
    pub how: String,
    /// The page where it is done from; for the maker the words to send.
    pub place: String,
}

/// The judgement of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// In a sentence.
    pub said: String,
    /// It fits nobody: a matter of security.
    pub fits_nobody: bool,
    /// What was looked at, in order.
    pub reasons: Vec<Reason>,
    /// What to do, in order; empty when it is explained.
    pub steps: Vec<Step>,
}

/// Judges an entry.
pub fn judge(facts: &Facts) -> Judged {
    if facts.recognised {
        let said = word("mend.entry.known");
        return Judged { said, fits_nobody: false, reasons: Vec::new(), steps: Vec::new() };
    }
    let reasons = vec![hand(facts), clock(facts), slot(facts), late(facts)];
    match reasons.iter().find(|reason| reason.verdict == Verdict::Explains) {
        Some(reason) => {
            let said = say("mend.entry.explained", &[("reason", &reason.title)]);
            Judged { said, fits_nobody: false, steps: Vec::new(), reasons }
        }
        None => Judged { said: word("mend.entry.nobody"), fits_nobody: true, steps: steps(facts), reasons },
    }
}

fn reason(id: &'static str, verdict: Verdict, evidence: String) -> Reason {
    Reason { id, title: word(&format!("mend.entry.{id}.title")), verdict, evidence }
}

fn hand(facts: &Facts) -> Reason {
    match (facts.way, &facts.ordered_by) {
        (Way::Hand, _) => reason("hand", Verdict::Explains, word("mend.entry.hand.explains")),
        (Way::Afar, Some(who)) => {
            reason("hand", Verdict::Explains, say("mend.entry.hand.ordered", &[("who", who)]))
        }
        (Way::Credential, _) => reason("hand", Verdict::RuledOut, word("mend.entry.hand.ruled-out")),
        (Way::Afar, None) => reason("hand", Verdict::RuledOut, word("mend.entry.hand.afar")),
        (Way::Unsaid, _) => reason("hand", Verdict::CannotTell, word("mend.entry.hand.cannot-tell")),
    }
}

fn clock(facts: &Facts) -> Reason {
    match &facts.clock_trouble {
        Some(what) => reason("clock", Verdict::Explains, say("mend.entry.clock.explains", &[("what", what)])),
        None if facts.own_time => {
            let at = &facts.at.1;
            reason("clock", Verdict::RuledOut, say("mend.entry.clock.ruled-out", &[("at", at)]))
        }
        None => reason("clock", Verdict::CannotTell, word("mend.entry.clock.cannot-tell")),
    }
}

fn slot(facts: &Facts) -> Reason {
    let number = facts.slot.map(|slot| slot.to_string());
    match (&facts.slot_trouble, number) {
        (Some(trouble), Some(number)) => {
            let places = [("slot", number.as_str()), ("what", trouble.as_str())];
            reason("slot", Verdict::Explains, say("mend.entry.slot.explains", &places))
        }
        (_, Some(number)) => {
            reason("slot", Verdict::RuledOut, say("mend.entry.slot.ruled-out", &[("slot", &number)]))
        }
        (_, None) => reason("slot", Verdict::CannotTell, word("mend.entry.slot.cannot-tell")),
    }
}

fn late(facts: &Facts) -> Reason {
    let by = facts.told.0.duration_since(facts.at.0);
    let places = [("at", facts.at.1.as_str()), ("told", facts.told.1.as_str())];
    if by > LATE && facts.own_time {
        reason("late", Verdict::Explains, say("mend.entry.late.explains", &places))
    } else {
        reason("late", Verdict::RuledOut, say("mend.entry.late.ruled-out", &places))
    }
}

fn steps(facts: &Facts) -> Vec<Step> {
    let step = |id: &'static str, place: String| Step {
        id,
        title: word(&format!("mend.step.{id}.title")),
        how: word(&format!("mend.step.{id}.how")),
        place,
    };
    let model = facts.model.clone().unwrap_or_else(|| word("mend.letter.model-unknown"));
    let slot = facts.slot.map_or_else(|| word("mend.letter.no-slot"), |slot| slot.to_string());
    let places = [("model", model.as_str()), ("at", facts.at.1.as_str()), ("slot", slot.as_str())];
    let letter = say("mend.letter.text", &places);
    vec![
        step("password", "/settings#password".into()),
        step("access", format!("/locks/{}#strangers", facts.lock)),
        step("export", "/settings#keep".into()),
        step("maker", letter),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::living::samples::{ago, now};
    use uuid::Uuid;

    fn facts() -> Facts {
        Facts {
            index: 4,
            summary: "Somebody we do not know unlocked".into(),
            door: DoorId::new(Uuid::from_u128(1)),
            lock: LockId::new(Uuid::from_u128(2)),
            at: (ago(1), "11:00".into()),
            told: (ago(1), "11:00".into()),
            way: Way::Credential,
            slot: Some(7),
            recognised: false,
            own_time: true,
            clock_trouble: None,
            slot_trouble: None,
            ordered_by: None,
            model: Some("Example Bolt".into()),
        }
    }

    fn explained_by(facts: &Facts) -> Option<&'static str> {
        let judged = judge(facts);
        let none = judged.reasons.iter().all(|one| one.verdict != Verdict::Explains);
        assert_eq!(judged.fits_nobody, none);
        judged.reasons.iter().find(|one| one.verdict == Verdict::Explains).map(|one| one.id)
    }

    #[test]
    fn a8_each_innocent_reason_explains_its_own_entry_and_no_other() {
        assert_eq!(explained_by(&facts()), None);
        assert_eq!(explained_by(&Facts { way: Way::Hand, slot: None, ..facts() }), Some("hand"));
        let ordered = Facts { way: Way::Afar, ordered_by: Some("Ana".into()), slot: None, ..facts() };
        assert_eq!(explained_by(&ordered), Some("hand"));
        let jumped = Facts { clock_trouble: Some("its clock jumped".into()), ..facts() };
        assert_eq!(explained_by(&jumped), Some("clock"));
        assert_eq!(
            explained_by(&Facts { slot_trouble: Some("it was Ben's".into()), ..facts() }),
            Some("slot")
        );
        assert_eq!(explained_by(&Facts { told: (now(), "12:00".into()), ..facts() }), Some("late"));
    }

    #[test]
    fn a8_what_fits_nobody_has_its_steps_in_order_and_what_is_explained_has_none() {
        let judged = judge(&facts());
        let steps: Vec<&str> = judged.steps.iter().map(|step| step.id).collect();
        assert_eq!(steps, ["password", "access", "export", "maker"]);
        assert!(judged.steps[3].place.contains("Example Bolt") && judged.steps[3].place.contains("slot 7"));
        assert!(judge(&Facts { way: Way::Hand, ..facts() }).steps.is_empty());
        assert!(judge(&Facts { recognised: true, ..facts() }).reasons.is_empty());
        let unsaid = judge(&Facts { way: Way::Unsaid, slot: None, own_time: false, ..facts() });
        assert!(unsaid.fits_nobody);
        let cannot = unsaid.reasons.iter().filter(|one| one.verdict == Verdict::CannotTell).count();
        assert_eq!(cannot, 3);
    }
}
