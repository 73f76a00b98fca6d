//! Do it yourself or call someone (A7), by task and by what was found, with what to say to them. The rules are data,
//! `rules/calls.toml`.

use std::sync::LazyLock;

use door::survey::Survey;
use serde::{Deserialize, Serialize};

use crate::rule::{Decided, When, read};
use crate::words::word;

/// The tasks, in the order of the page.
pub const TASKS: &[&str] = &["measure", "strike", "frame", "drill", "new-lock", "cylinder", "wiring"];

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Whoever lives there.
    Yourself,
    /// A locksmith.
    Locksmith,
    /// A licensed electrician.
    Electrician,
    /// The landlord or the owners' board first, and the building code.
    Landlord,
}

impl Who {
    /// In words.
    pub fn words(self) -> String {
        word(match self {
            Self::Yourself => "setup.who.yourself",
            Self::Locksmith => "setup.who.locksmith",
            Self::Electrician => "setup.who.electrician",
            Self::Landlord => "setup.who.landlord",
        })
    }
}

/// A task and who does it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// Short name.
    pub task: &'static str,
    /// In words.
    pub words: String,
    /// Who.
    pub who: Who,
    /// Why.
    pub why: String,
    /// What to say to them; empty for yourself.
    pub say: String,
    /// Answers that decided.
    pub decided: Vec<Decided>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    call: Vec<RawCall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCall {
    task: String,
    who: Who,
    words: String,
    #[serde(default)]
    when: When,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("calls.toml", include_str!("../../rules/calls.toml")));

/// Who does this task at this door; `None` for a task that there is not.
pub fn call(survey: &Survey, task: &str) -> Option<Call> {
    let task = TASKS.iter().copied().find(|one| *one == task)?;
    let mut rules = RULES.as_ref().ok()?.call.iter().filter(|rule| rule.task == task);
    let (rule, decided) = rules.find_map(|rule| rule.when.holds(survey).map(|decided| (rule, decided)))?;
    let say = match rule.who {
        Who::Yourself => String::new(),
        _ => word(&format!("setup.call.{}-say", rule.words)),
    };
    Some(Call {
        task,
        words: word(&format!("setup.task.{task}")),
        who: rule.who,
        why: word(&format!("setup.call.{}", rule.words)),
        say,
        decided,
    })
}

/// Every task.
pub fn calls(survey: &Survey) -> Vec<Call> {
    TASKS.iter().filter_map(|task| call(survey, task)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::home;

    fn who(text: &str, task: &str) -> (Who, String) {
        let call = call(&home(text), task).unwrap();
        (call.who, call.decided.first().map(|one| one.key.to_owned()).unwrap_or_default())
    }

    #[test]
    fn a7_the_rules_are_whole() {
        let file = RULES.as_ref().unwrap();
        for rule in &file.call {
            assert!(TASKS.contains(&rule.task.as_str()), "{}", rule.task);
            assert!(crate::words::has(&format!("setup.call.{}", rule.words)), "{}", rule.words);
            let said = crate::words::has(&format!("setup.call.{}-say", rule.words));
            assert_eq!(said, rule.who != Who::Yourself, "{}", rule.words);
            rule.when.tells_two_homes_apart(&rule.words);
            // the rule's home gets this rule, or one that stands before it for the same answers
            let call = call(&rule.when.example(), &rule.task).unwrap();
            let before = file.call.iter().take_while(|one| one.words != rule.words);
            let before = before.filter(|one| one.task == rule.task);
            let shadowed = before.filter(|one| one.when.holds(&rule.when.example()).is_some()).count() > 0;
            assert_eq!(call.why == word(&format!("setup.call.{}", rule.words)), !shadowed, "{}", rule.words);
        }
        assert_eq!(calls(&home("")).len(), TASKS.len());
    }

    #[test]
    fn a7_what_was_found_decides_whom_to_call() {
        assert_eq!(who("", "wiring").0, Who::Electrician);
        assert_eq!(who("", "strike").0, Who::Yourself);
        let rented = who("[home]\ntenure = \"rent\"\n", "strike");
        assert_eq!(rented, (Who::Landlord, "home.tenure".to_owned()));
        let sagging = who("[measure]\nstrike_offset_mm = 5\n", "frame");
        assert_eq!(sagging, (Who::Locksmith, "measure.strike_offset_mm".to_owned()));
        assert_eq!(who("[measure]\nstrike_offset_mm = 1\n", "frame").0, Who::Yourself);
        assert_eq!(who("[hinges]\nscrew_state = \"loose\"\n", "frame").0, Who::Locksmith);
        assert_eq!(who("[home]\nkind = \"flat\"\n", "new-lock"), (Who::Landlord, "home.kind".to_owned()));
        assert_eq!(who("[home]\nkind = \"house\"\n", "new-lock").0, Who::Yourself);
        assert_eq!(who("[cylinder]\nmaster_keyed = true\n", "cylinder").0, Who::Landlord);
    }

    #[test]
    fn a7_it_says_what_to_say_to_them() {
        let landlord = call(&home("[home]\ntenure = \"rent\"\n"), "drill").unwrap();
        assert!(!landlord.say.is_empty() && !landlord.why.is_empty());
        assert!(call(&home(""), "drill").unwrap().say.is_empty());
    }
}
