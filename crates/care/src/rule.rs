//! Conditions of rules: what a rule asks of the survey, and which answers decided that it holds.
//!
//! A condition stands in the rules' files as a table, key of the survey to one word or a list of which one must fit:
//! a word of a choice, `yes`, `no`, `unknown`, `<50.8` or `>=4` for numbers, `has keypad` or `lacks key` for sets.
//! What follows from a rule that holds is the caller's business.

use std::collections::BTreeMap;

use door::survey::{Evidence, Key, Kind, Survey, Value};
use serde::{Deserialize, Serialize};

/// An answer or a sighting that decided a piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// The key of the survey.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// The answer in words; `not known`.
    pub answer: String,
    /// `told`, `seen` with the time, or `unknown`.
    pub how: String,
}

impl Decided {
    /// What is known of a key.
    pub fn of(survey: &Survey, key: Key) -> Self {
        let spec = key.spec();
        let (answer, how) = match survey.answer(key) {
            None => ("not known".to_owned(), "unknown".to_owned()),
            Some(known) => (
                survey.in_words(key).unwrap_or_default(),
                match &known.evidence {
                    Evidence::Told => "told".to_owned(),
                    Evidence::Seen { when } => format!("seen {when}"),
                },
            ),
        };
        Self { key: spec.path, ask: spec.ask, answer, how }
    }
}

/// What a rule asks of the survey: all of it must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(try_from = "BTreeMap<String, Words>")]
pub struct When(Vec<(Key, Vec<Test>)>);

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Any(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Unknown,
    Is(Value),
    Below(f64),
    AtLeast(f64),
    Has(&'static str),
    Lacks(&'static str),
}

impl TryFrom<BTreeMap<String, Words>> for When {
    type Error = String;

    fn try_from(table: BTreeMap<String, Words>) -> Result<Self, String> {
        let mut tests = Vec::new();
        for (path, words) in table {
            let key = Key::of_path(&path).ok_or_else(|| format!("there is no key `{path}` in the survey"))?;
            let words = match words {
                Words::One(word) => vec![word],
                Words::Any(words) => words,
            };
            let each = words.iter().map(|word| test(key, word)).collect::<Result<Vec<_>, _>>()?;
            tests.push((key, each));
        }
        Ok(Self(tests))
    }
}

fn test(key: Key, word: &str) -> Result<Test, String> {
    let wrong = || format!("`{}` cannot be `{word}`", key.path());
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| wrong());
    let numeric = matches!(key.spec().kind, Kind::Length { .. } | Kind::Count { .. });
    let member = |name: &str| {
        let options = key.options();
        let found = options.iter().find(|opt| opt.word == name.trim()).map(|opt| opt.word);
        found.filter(|_| matches!(key.spec().kind, Kind::Many(_))).ok_or_else(wrong)
    };
    if word == "unknown" {
        return Ok(Test::Unknown);
    }
    if let Some(text) = word.strip_prefix(">=").filter(|_| numeric) {
        return number(text).map(Test::AtLeast);
    }
    if let Some(text) = word.strip_prefix('<').filter(|_| numeric) {
        return number(text).map(Test::Below);
    }
    if let Some(name) = word.strip_prefix("has ") {
        return member(name).map(Test::Has);
    }
    if let Some(name) = word.strip_prefix("lacks ") {
        return member(name).map(Test::Lacks);
    }
    let mut one = Survey::default();
    one.set_text(key.path(), word).map_err(|problem| problem.what)?;
    one.value(key).map(Test::Is).ok_or_else(wrong)
}

impl Test {
    fn holds(&self, survey: &Survey, key: Key) -> bool {
        match self {
            Self::Unknown => survey.value(key).is_none(),
            Self::Is(value) => survey.value(key) == Some(*value),
            Self::Below(limit) => survey.number(key).is_some_and(|number| number < *limit),
            Self::AtLeast(limit) => survey.number(key).is_some_and(|number| number >= *limit),
            Self::Has(word) => survey.has(key, word) == Some(true),
            Self::Lacks(word) => survey.has(key, word) == Some(false),
        }
    }
}

impl When {
    /// The answers that decided, in the order of the rule; `None` where it does not hold. Empty where the rule asks
    /// nothing.
    pub fn holds(&self, survey: &Survey) -> Option<Vec<Decided>> {
        let all = self
            .0
            .iter()
            .all(|(key, tests)| tests.is_empty() || tests.iter().any(|one| one.holds(survey, *key)));
        all.then(|| self.0.iter().map(|(key, _)| Decided::of(survey, *key)).collect())
    }

    /// Whether it asks nothing and so always holds.
    pub fn always(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that it asks.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(|(key, _)| *key)
    }
}

/// What a statement rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rests {
    /// Judged by us: no source was found.
    Estimate,
    /// It follows from how the thing works.
    Works,
    /// The audit of this door.
    Audit,
    /// A page that was read.
    Source {
        /// What it is.
        title: String,
        /// Where it is.
        address: String,
    },
}

/// Reads a file of rules that came with the program.
///
/// # Errors
/// In one sentence: the file and what is wrong.
pub fn read<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("{file}: {}", error.to_string().trim()))
}

#[cfg(test)]
impl When {
    /// A home in which it holds.
    pub fn example(&self) -> Survey {
        let mut survey = Survey::default();
        for (key, tests) in &self.0 {
            let bits = |word: &str| 1 << key.option(word).unwrap_or_default();
            match tests.iter().find(|test| !matches!(test, Test::Unknown)) {
                None | Some(Test::Unknown) => survey.forget(*key),
                Some(Test::Is(value)) => survey.tell(*key, *value),
                Some(Test::Below(limit)) => {
                    let least = match key.spec().kind {
                        Kind::Length { min, .. } => min,
                        Kind::Count { min, .. } => f64::from(min),
                        _ => 0.0,
                    };
                    survey.tell(*key, Value::Number((limit - 1.0).max(least)));
                }
                Some(Test::AtLeast(limit)) => survey.tell(*key, Value::Number(*limit)),
                Some(Test::Has(word)) => survey.tell(*key, Value::Many(bits(word))),
                Some(Test::Lacks(_)) => survey.tell(*key, Value::Many(0)),
            }
        }
        survey
    }

    /// The same home with one answer other, in which it does not hold.
    pub fn counter(&self) -> Option<Survey> {
        let others = |key: Key| {
            let options = (0..key.options().len()).map(|at| Value::Choice(at as u8));
            let rest = [
                Value::Yes(true),
                Value::Yes(false),
                Value::Many(0),
                Value::Number(1.0),
                Value::Number(200.0),
            ];
            options.chain(rest).collect::<Vec<_>>()
        };
        self.0.iter().find_map(|(key, tests)| {
            let mut other = self.example();
            other.forget(*key);
            if tests.iter().all(|test| !test.holds(&other, *key)) {
                return Some(other);
            }
            others(*key).into_iter().find_map(|value| {
                let mut other = self.example();
                other.tell(*key, value);
                tests.iter().all(|test| !test.holds(&other, *key)).then_some(other)
            })
        })
    }

    /// It holds in one home and not in another, and names every answer that it asks.
    pub fn tells_two_homes_apart(&self, rule: &str) {
        if self.always() {
            return;
        }
        let decided = self.holds(&self.example()).unwrap_or_else(|| panic!("{rule} holds nowhere"));
        assert_eq!(decided.len(), self.keys().count(), "{rule}");
        let counter = self.counter().unwrap_or_else(|| panic!("{rule} holds everywhere"));
        assert!(self.holds(&counter).is_none(), "{rule}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct One {
        when: When,
    }

    fn when(text: &str) -> Result<When, String> {
        read::<One>("test", &format!("when = {{ {text} }}")).map(|one| one.when)
    }

    #[test]
    fn a_condition_names_the_answers_that_decided() {
        let rule = when(r#""home.tenure" = "rent", "frame.screw_length_mm" = ["<50.8", "unknown"]"#).unwrap();
        let rented = Survey::from_toml("[home]\ntenure = \"rent\"").unwrap();
        let decided = rule.holds(&rented).unwrap();
        let said: Vec<_> = decided.iter().map(|one| (one.key, one.how.as_str())).collect();
        assert_eq!(said, [("frame.screw_length_mm", "unknown"), ("home.tenure", "told")]);
        let owned = Survey::from_toml("[home]\ntenure = \"own\"").unwrap();
        assert!(rule.holds(&owned).is_none());
        let long = Survey::from_toml("[home]\ntenure = \"rent\"\n[frame]\nscrew_length_mm = 76").unwrap();
        assert!(rule.holds(&long).is_none());
    }

    #[test]
    fn sets_and_yes_or_no_are_asked_for() {
        let rule = when(r#""smart.ways" = "has keypad", "home.children" = "yes""#).unwrap();
        let survey = Survey::from_toml("[home]\nchildren = true\n[smart]\nways = [\"keypad\"]").unwrap();
        assert_eq!(rule.holds(&survey).unwrap().len(), 2);
        assert!(when(r#""smart.ways" = "lacks keypad""#).unwrap().holds(&survey).is_none());
        assert!(when("").unwrap().always());
    }

    #[test]
    fn a_condition_that_cannot_hold_is_refused() {
        for wrong in [
            r#""home.tenur" = "rent""#,
            r#""home.tenure" = "rented""#,
            r#""home.tenure" = "<3""#,
            r#""frame.gap_mm" = "<wide""#,
            r#""smart.ways" = "has tail""#,
        ] {
            assert!(when(wrong).is_err(), "{wrong}");
        }
    }
}
