//! Red flags (H1): what is known of this door and should not be so. Each names its evidence; an unknown
//! answer
//! raises none. Two or more call for a maintenance pass this month; the dated list is made elsewhere.

use serde::Serialize;

use crate::survey::{Evidence, Key, Survey};

/// Strike screws shorter than this are flagged: 2 inches.
pub const SHORT_SCREW_MM: f64 = 50.8;
/// A gap from this width on is called visible: the nominal 1/8 inch and a little.
pub const VISIBLE_GAP_MM: f64 = 4.0;
/// Months after which a backup counts as untested.
pub const BACKUP_MONTHS: f64 = 12.0;
/// Months after which firmware counts as out of date.
pub const FIRMWARE_MONTHS: f64 = 3.0;

/// One red flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// Its name.
    pub id: &'static str,
    /// In plain words.
    pub what: &'static str,
    /// The answer it rests on, and how that is known.
    pub evidence: String,
}

/// All flags that the survey raises, in a fixed order.
pub fn flags(survey: &Survey) -> Vec<Flag> {
    let over = |key: Key, limit: f64| survey.number(key).is_some_and(|number| number > limit);
    let word = |key: Key, words: &[&str]| survey.word(key).is_some_and(|word| words.contains(&word));
    let mut raised = Vec::new();
    let mut raise = |when: bool, id, what, keys: &[Key]| {
        if when {
            raised.push(Flag { id, what, evidence: evidence(survey, keys) });
        }
    };
    raise(
        over(Key::HabitBackupTested, BACKUP_MONTHS),
        "backup-untested",
        "The backup key or code was not tried for over a year",
        &[Key::HabitBackupTested],
    );
    raise(
        word(Key::HabitCodesShared, &["untracked"]),
        "code-shared",
        "A code is shared and nobody knows by whom",
        &[Key::HabitCodesShared],
    );
    raise(
        over(Key::SmartFirmwareAge, FIRMWARE_MONTHS),
        "firmware-old",
        "The firmware is months out of date",
        &[Key::SmartFirmwareAge],
    );
    let short = survey.number(Key::FrameScrewLength).is_some_and(|length| length < SHORT_SCREW_MM);
    let bad = word(Key::FrameScrewState, &["stripped", "loose"]);
    let keys: Vec<Key> = [(short, Key::FrameScrewLength), (bad, Key::FrameScrewState)]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, key)| *key)
        .collect();
    raise(
        short || bad,
        "strike-screws",
        "The strike screws are stripped, loose or shorter than 2 inches",
        &keys,
    );
    raise(
        word(Key::AccountPassword, &["default", "reused"]),
        "account-password",
        "The account has a default or reused password",
        &[Key::AccountPassword],
    );
    let gap = survey.number(Key::FrameGap).is_some_and(|gap| gap >= VISIBLE_GAP_MM);
    raise(gap, "visible-gap", "There is a visible gap between frame and door", &[Key::FrameGap]);
    raised
}

/// Whether the flags call for a maintenance pass this month.
pub fn maintenance_pass(flags: &[Flag]) -> bool {
    flags.len() >= 2
}

fn evidence(survey: &Survey, keys: &[Key]) -> String {
    let said = |key: &Key| {
        let answer = survey.answer(*key)?;
        let how = match &answer.evidence {
            Evidence::Seen { when } => format!("seen {when}"),
            Evidence::Told => "told".to_owned(),
        };
        Some(format!("{}: {} ({how})", key.path(), survey.in_words(*key)?))
    };
    keys.iter().filter_map(said).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        flags(&Survey::from_toml(text).unwrap()).iter().map(|flag| flag.id).collect()
    }

    #[test]
    fn h1_each_flag_has_its_edge() {
        for (on, off, id) in [
            ("[habits]\nbackup_tested_months = 13", "[habits]\nbackup_tested_months = 12", "backup-untested"),
            ("[habits]\nbackup_tested_months = \"never\"", "", "backup-untested"),
            ("[habits]\ncodes_shared = \"untracked\"", "[habits]\ncodes_shared = \"tracked\"", "code-shared"),
            ("[smart]\nfirmware_age_months = 4", "[smart]\nfirmware_age_months = 3", "firmware-old"),
            ("[frame]\nscrew_length_mm = 50", "[frame]\nscrew_length_mm = \"2in\"", "strike-screws"),
            ("[frame]\nscrew_state = \"loose\"", "[frame]\nscrew_state = \"tight\"", "strike-screws"),
            ("[account]\npassword = \"reused\"", "[account]\npassword = \"unique\"", "account-password"),
            ("[frame]\ngap_mm = 4", "[frame]\ngap_mm = 3.2", "visible-gap"),
        ] {
            assert_eq!(ids(on), [id], "{on}");
            assert!(ids(off).is_empty(), "{off}");
        }
    }

    #[test]
    fn h1_two_flags_call_for_a_pass_and_say_why() {
        let survey =
            Survey::from_toml("[frame]\ngap_mm = 6\nscrew_state = \"stripped\"\nscrew_length_mm = 19")
                .unwrap();
        let flags = flags(&survey);
        assert!(maintenance_pass(&flags));
        assert!(flags[0].evidence.contains("19 mm (told)") && flags[0].evidence.contains("screw_state"));
        assert!(!maintenance_pass(&flags[..1]));
    }
}
