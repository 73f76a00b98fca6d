//! Which kind of lock suits this home (A2): rules count for or against each kind, and the answer says which and why,
//! and what would change it. The rules are data, `rules/homes.toml`; their weights are judged and called so.

use std::sync::LazyLock;

use door::survey::{Key, Kind, Survey};
use serde::{Deserialize, Serialize};

use crate::rule::{Decided, When, read};
use crate::words::{say, word};

/// The kinds, in the order in which equals are named: what changes least first.
pub const KINDS: &[&str] = &["keep", "phone-inside", "keypad-key", "managed", "keyless"];

/// A reason for or against a kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// In words.
    pub why: String,
    /// Steps up or down.
    pub steps: i32,
    /// It takes the kind out altogether.
    pub out: bool,
    /// The answers that decided; empty for what holds in every home.
    pub decided: Vec<Decided>,
}

/// A kind of lock with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Short name.
    pub id: &'static str,
    /// In words.
    pub words: String,
    /// What it is.
    pub what: String,
    /// It cannot be used here.
    pub out: bool,
    /// The reasons, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// An answer that would put another kind first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turn {
    /// The key.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// The answer that would do it.
    pub answer: String,
    /// What would then come first.
    pub first: &'static str,
    /// All in one sentence.
    pub said: String,
}

/// The answer for a home.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HomeFit {
    /// The kinds, the best first.
    pub kinds: Vec<Ranked>,
    /// What would change the first place.
    pub turns: Vec<Turn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    kinds: Vec<String>,
    #[serde(default, rename = "for")]
    up: i32,
    #[serde(default, rename = "against")]
    down: i32,
    #[serde(default)]
    out: bool,
    words: String,
    #[serde(default)]
    when: When,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("homes.toml", include_str!("../../rules/homes.toml")));

/// The ranking for this home, and what would change it.
pub fn home_fit(survey: &Survey) -> HomeFit {
    let kinds = ranked(survey);
    let first = kinds.first().map_or("", |kind| kind.id);
    let turns = RULES.as_ref().map(|file| turns(survey, file, first)).unwrap_or_default();
    HomeFit { kinds, turns }
}

fn ranked(survey: &Survey) -> Vec<Ranked> {
    let rules = RULES.as_ref().map(|file| file.rule.as_slice()).unwrap_or_default();
    let mut kinds: Vec<Ranked> = KINDS.iter().map(|id| one(survey, rules, id)).collect();
    // stable: of equals the one that changes least
    kinds.sort_by_key(|kind| (kind.out, -kind.reasons.iter().map(|reason| reason.steps).sum::<i32>()));
    kinds
}

fn one(survey: &Survey, rules: &[RawRule], id: &'static str) -> Ranked {
    let holding = rules.iter().filter(|rule| rule.kinds.iter().any(|kind| kind == id));
    let mut reasons: Vec<Reason> = holding
        .filter_map(|rule| {
            let decided = rule.when.holds(survey)?;
            let why = word(&format!("choose.reason.{}", rule.words));
            Some(Reason { why, steps: rule.up - rule.down, out: rule.out, decided })
        })
        .collect();
    reasons.sort_by_key(|reason| (!reason.out, -reason.steps.abs()));
    Ranked {
        id,
        words: word(&format!("choose.kind.{id}")),
        what: word(&format!("choose.kind.{id}-is")),
        out: reasons.iter().any(|reason| reason.out),
        reasons,
    }
}

/// Every answer to a question of the rules that would put another kind first.
fn turns(survey: &Survey, file: &File, first: &str) -> Vec<Turn> {
    let mut keys: Vec<Key> = file.rule.iter().flat_map(|rule| rule.when.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut turns = Vec::new();
    for key in keys {
        for text in tries(key) {
            let mut other = survey.clone();
            if other.set_text(key.path(), &text).is_err() || other.value(key) == survey.value(key) {
                continue;
            }
            let Some(then) = ranked(&other).first().map(|kind| kind.id).filter(|then| *then != first) else {
                continue;
            };
            let answer = other.in_words(key).unwrap_or_default();
            let places = [
                ("ask", key.spec().ask),
                ("answer", &answer),
                ("kind", &word(&format!("choose.kind.{then}"))),
            ];
            let said = say("choose.turn.said", &places);
            turns.push(Turn { key: key.path(), ask: key.spec().ask, answer, first: then, said });
            break;
        }
    }
    turns
}

/// Answers worth trying for a key.
fn tries(key: Key) -> Vec<String> {
    match key.spec().kind {
        Kind::Choice(options) => options.iter().map(|opt| opt.word.to_owned()).collect(),
        Kind::YesNo => vec!["yes".to_owned(), "no".to_owned()],
        Kind::Count { min, .. } => [min, 1, 2, 4, 8].iter().map(u32::to_string).collect(),
        Kind::Length { .. } | Kind::Many(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::home;

    fn first(text: &str) -> &'static str {
        home_fit(&home(text)).kinds[0].id
    }

    #[test]
    fn a2_the_rules_are_whole() {
        let file = RULES.as_ref().unwrap();
        for rule in &file.rule {
            assert!(rule.kinds.iter().all(|kind| KINDS.contains(&kind.as_str())), "{}", rule.words);
            assert!(crate::words::has(&format!("choose.reason.{}", rule.words)), "{}", rule.words);
            assert!(rule.out || rule.up != rule.down);
            rule.when.tells_two_homes_apart(&rule.words);
        }
    }

    #[test]
    fn a2_five_homes_get_their_own_answer() {
        let flat = "[home]\ntenure = \"rent\"\nkind = \"flat\"\npeople = 2\ndoors = 1\n";
        let house = "[home]\ntenure = \"own\"\nkind = \"house\"\npeople = 5\ndoors = 2\nchildren = true\n";
        let holiday = "[home]\ntenure = \"own\"\nkind = \"holiday-let\"\npeople = 8\ndoors = 4\n";
        let shared = "[home]\ntenure = \"own\"\nkind = \"shared\"\npeople = 4\ndoors = 1\nhelpers = true\n";
        let couple = "[home]\ntenure = \"own\"\nkind = \"house\"\npeople = 2\ndoors = 1\n";
        assert_eq!(first(flat), "phone-inside");
        assert_eq!(first(house), "keypad-key");
        assert_eq!(first(holiday), "managed");
        assert_eq!(first(shared), "keypad-key");
        assert_eq!(first(couple), "keep");
    }

    #[test]
    fn a2_each_reason_names_the_answer_that_decided() {
        let fit = home_fit(&home("[home]\ntenure = \"rent\"\nkind = \"flat\"\n"));
        let reason = &fit.kinds[0].reasons[0];
        assert_eq!((reason.decided[0].key, reason.decided[0].answer.as_str()), ("home.tenure", "rented"));
        let owned = home_fit(&home("[home]\ntenure = \"own\"\nkind = \"flat\"\n"));
        assert_ne!(fit.kinds[0].id, owned.kinds[0].id);
    }

    #[test]
    fn a2_it_says_what_would_change_the_ranking() {
        let fit = home_fit(&home("[home]\ntenure = \"rent\"\nkind = \"flat\"\npeople = 2\ndoors = 1\n"));
        let turn = fit.turns.iter().find(|turn| turn.key == "home.tenure").unwrap();
        assert!(turn.said.contains("owned") && turn.first != "phone-inside", "{}", turn.said);
    }

    #[test]
    fn a2_what_cannot_be_used_comes_last_and_says_why() {
        let fit = home_fit(&home("[cylinder]\nshape = \"profile\"\n[home]\nkind = \"holiday-let\"\n"));
        let keypad = fit.kinds.iter().find(|kind| kind.id == "keypad-key").unwrap();
        assert!(keypad.out && keypad.reasons[0].out);
        assert!(!fit.kinds[0].out);
    }
}
