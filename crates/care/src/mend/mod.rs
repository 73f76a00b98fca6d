//! Finding out what is wrong (A8): a symptom, its likely causes in the order of what the hub has seen, a check for each,
//! the remedy, and when to stop and call somebody. The rules are data (`rules/mend.toml`), the sightings that they name
//! are in [`signs`], the words in `words/en/mend.toml`.
//!
//! Also: whether a lost connection is more than that ([`calm`]), and an entry that nobody recognises ([`entry`]).

pub mod calm;
pub mod entry;
pub mod signs;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::living::sight::{DoorSight, Home, LockSight};
use crate::words::word;

/// The rules as data.
pub const RULES: &str = include_str!("../../rules/mend.toml");

static SYMPTOMS: LazyLock<Vec<Symptom>> = LazyLock::new(|| read(RULES).unwrap_or_default());

/// What one sees.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Symptom {
    /// Its name: `offline`, `jams`, ...
    pub id: String,
    /// What may be behind it.
    #[serde(rename = "cause")]
    pub causes: Vec<Cause>,
}

/// What may be behind it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// Its name.
    pub id: String,
    /// How often it is that, without any sighting: 1 to 5, an estimate.
    pub often: u8,
    /// Sightings that speak for it.
    #[serde(rename = "for")]
    pub speaks_for: Vec<String>,
    /// Sightings that speak against it.
    pub against: Vec<String>,
    /// What the hub can do about it.
    #[serde(default)]
    pub button: Option<Button>,
}

/// What the hub can do, or where it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Button {
    /// Try waiting changes now.
    Retry,
    /// Take the lock's clock as right.
    ConfirmClock,
    /// Forgive the wrong codes counted so far.
    LiftBudget,
    /// Bring the lock into its normal mode.
    ModeNormal,
    /// Throw the bolt and watch it.
    Lock,
    /// The gateway's settings.
    Settings,
    /// The log of the door.
    Log,
    /// The survey of the door.
    Survey,
    /// Who may open it, and when.
    Grants,
    /// Codes that nobody here gave.
    Strangers,
    /// The door's own settings.
    Door,
}

impl Button {
    /// Whether it asks something of the lock, so that a lock which is only told has none.
    pub fn asks_the_lock(self) -> bool {
        matches!(self, Self::Retry | Self::ConfirmClock | Self::LiftBudget | Self::ModeNormal | Self::Lock)
    }
}

/// Why the rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Not the form of the file.
    #[error("the rules cannot be read: {0}")]
    Form(String),
    /// A sighting that nobody makes.
    #[error("{symptom}, {cause}: there is no sighting `{sign}`")]
    Sign {
        /// Where.
        symptom: String,
        /// Where.
        cause: String,
        /// What was named.
        sign: String,
    },
    /// `often` out of range.
    #[error("{symptom}, {cause}: `often` is 1 to 5")]
    Often {
        /// Where.
        symptom: String,
        /// Where.
        cause: String,
    },
}

/// Reads rules and checks them.
///
/// # Errors
/// [`RulesError`] names the place.
pub fn read(text: &str) -> Result<Vec<Symptom>, RulesError> {
    #[derive(Deserialize)]
    struct File {
        symptom: Vec<Symptom>,
    }
    let file: File = toml::from_str(text).map_err(|error| RulesError::Form(error.message().to_owned()))?;
    for symptom in &file.symptom {
        for cause in &symptom.causes {
            let at = || (symptom.id.clone(), cause.id.clone());
            if !(1..=5).contains(&cause.often) {
                let (symptom, cause) = at();
                return Err(RulesError::Often { symptom, cause });
            }
            let mut named = cause.speaks_for.iter().chain(&cause.against);
            if let Some(sign) = named.find(|sign| !signs::NAMES.contains(&sign.as_str())) {
                let (symptom, cause) = at();
                return Err(RulesError::Sign { symptom, cause, sign: sign.clone() });
            }
        }
    }
    Ok(file.symptom)
}

/// Every symptom.
pub fn symptoms() -> &'static [Symptom] {
    &SYMPTOMS
}

/// A symptom by its name.
pub fn symptom(id: &str) -> Option<&'static Symptom> {
    SYMPTOMS.iter().find(|symptom| symptom.id == id)
}

/// What one sees, in words.
pub fn title(symptom: &str) -> String {
    word(&format!("mend.symptom.{symptom}.title"))
}

/// When to stop and whom to call.
pub fn stop(symptom: &str) -> String {
    word(&format!("mend.symptom.{symptom}.stop"))
}

/// A cause in words.
pub fn cause_title(cause: &str) -> String {
    word(&format!("mend.cause.{cause}.title"))
}

/// How likely a cause is by what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The owner found that it is this.
    Found,
    /// Something that was seen speaks for it.
    Likely,
    /// Nothing that was seen speaks for or against it.
    Possible,
    /// More that was seen speaks against it than for it.
    Unlikely,
    /// The owner found that it is not this.
    RuledOut,
}

impl Standing {
    /// In a word or two.
    pub fn words(self) -> String {
        match self {
            Self::Found => word("mend.standing.found"),
            Self::Likely => word("mend.standing.likely"),
            Self::Possible => word("mend.standing.possible"),
            Self::Unlikely => word("mend.standing.unlikely"),
            Self::RuledOut => word("mend.standing.ruled-out"),
        }
    }
}

/// A cause with what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranked {
    /// Its name.
    pub id: String,
    /// In words.
    pub title: String,
    /// How likely.
    pub standing: Standing,
    /// What was seen that speaks for it.
    pub seen_for: Vec<String>,
    /// What was seen that speaks against it.
    pub seen_against: Vec<String>,
    /// How to find out.
    pub check: String,
    /// What to do when it is that.
    pub remedy: String,
    /// What the hub can do.
    pub button: Option<Button>,
}

/// The causes of a symptom at this lock, the likeliest first. `checked` is what the owner found: true, it was that.
pub fn ranked(
    symptom: &Symptom,
    home: &Home,
    door: &DoorSight,
    lock: &LockSight,
    checked: &BTreeMap<String, bool>,
) -> Vec<Ranked> {
    let seen = |names: &[String]| -> Vec<String> {
        names.iter().filter_map(|name| signs::sign(name, home, door, lock)).collect()
    };
    let mut all: Vec<(Standing, i64, Ranked)> = symptom
        .causes
        .iter()
        .map(|cause| {
            let (seen_for, seen_against) = (seen(&cause.speaks_for), seen(&cause.against));
            let count = |list: &[String]| i64::try_from(list.len()).unwrap_or(0);
            let more = count(&seen_for) - count(&seen_against);
            let standing = match checked.get(&cause.id) {
                Some(true) => Standing::Found,
                Some(false) => Standing::RuledOut,
                None if more < 0 => Standing::Unlikely,
                None if more > 0 => Standing::Likely,
                None => Standing::Possible,
            };
            let id = cause.id.clone();
            let ranked = Ranked {
                title: cause_title(&id),
                check: word(&format!("mend.cause.{id}.check")),
                remedy: word(&format!("mend.cause.{id}.remedy")),
                button: cause.button.filter(|button| !lock.told || !button.asks_the_lock()),
                id,
                standing,
                seen_for,
                seen_against,
            };
            (standing, 3 * more + i64::from(cause.often), ranked)
        })
        .collect();
    // the sort keeps the order of the file where nothing tells two apart
    all.sort_by_key(|(standing, score, _)| (*standing, -score));
    all.into_iter().map(|(_, _, ranked)| ranked).collect()
}

/// The symptoms that a lock shows by itself, as far as the hub can see: to be offered first.
pub fn shown(home: &Home, door: &DoorSight, lock: &LockSight) -> Vec<&'static str> {
    let here = |name: &str| signs::sign(name, home, door, lock).is_some();
    let mut shown = Vec::new();
    let mut show = |when: bool, id: &'static str| {
        if when {
            shown.push(id);
        }
    };
    show(here("silent") || here("gateway-down"), "offline");
    show(here("battery-low") || here("battery-fast"), "battery");
    show(lock.jammed || here("bolt-slow"), "jams");
    show(here("shut-out") || here("budget-spent") || here("battery-refused"), "refuses");
    show(here("changes-stuck"), "code");
    show(here("unknown-lately") || here("foreign-codes"), "stranger");
    show(here("clock-lost"), "clock");
    shown
}

#[cfg(test)]
mod tests;
