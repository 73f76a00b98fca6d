//! Writing a survey: as TOML that reads back to the same answers, and as words for people.

use std::fmt::Write as _;

use super::Kind;
use super::keys::{Key, SECTIONS};
use super::{Evidence, Survey, Value};

impl Survey {
    /// The survey as a file. Reading it back gives the same survey.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        for (section, title) in SECTIONS {
            let mut lines = String::new();
            for (key, answer) in self.known().filter(|(key, _)| key.section() == *section) {
                let _ = writeln!(lines, "{} = {}", key.name(), as_toml(key, answer.value));
            }
            if !lines.is_empty() {
                let _ = writeln!(out, "# {title}\n[{section}]\n{lines}");
            }
        }
        let mut seen = String::new();
        for (key, answer) in self.known() {
            if let Evidence::Seen { when } = &answer.evidence {
                let _ = writeln!(seen, "\"{}\" = \"{when}\"", key.path());
            }
        }
        if !seen.is_empty() {
            let _ = write!(out, "# Answers read by the hub, with the time\n[seen]\n{seen}");
        }
        out
    }
}

fn as_toml(key: Key, value: Value) -> String {
    match value {
        Value::Choice(_) => format!("\"{}\"", in_words_plain(key, value)),
        Value::Many(bits) => {
            let words: Vec<String> = set_words(key, bits).map(|word| format!("\"{word}\"")).collect();
            format!("[{}]", words.join(", "))
        }
        Value::Number(number) => format!("{number}"),
        Value::Yes(yes) => yes.to_string(),
    }
}

fn set_words(key: Key, bits: u32) -> impl Iterator<Item = &'static str> {
    key.options().iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, opt)| opt.word)
}

fn in_words_plain(key: Key, value: Value) -> &'static str {
    match value {
        Value::Choice(at) => key.options().get(usize::from(at)).map_or("", |opt| opt.word),
        Value::Many(_) | Value::Number(_) | Value::Yes(_) => "",
    }
}

/// A value as text that [`Survey::set_text`] reads back: for form fields and `KEY=VALUE`.
pub fn as_text(key: Key, value: Value) -> String {
    match value {
        Value::Choice(_) => in_words_plain(key, value).to_owned(),
        Value::Many(0) => "none".to_owned(),
        Value::Many(bits) => set_words(key, bits).collect::<Vec<_>>().join(","),
        Value::Number(number) => format!("{number}"),
        Value::Yes(yes) => yes.to_string(),
    }
}

/// A value in words for people.
pub fn in_words(key: Key, value: Value) -> String {
    match (value, key.spec().kind) {
        (Value::Choice(at), _) => key.options().get(usize::from(at)).map_or("", |opt| opt.means).to_owned(),
        (Value::Many(bits), _) => {
            let words: Vec<&str> = key
                .options()
                .iter()
                .enumerate()
                .filter(|(at, _)| bits >> at & 1 == 1)
                .map(|(_, opt)| opt.means)
                .collect();
            if words.is_empty() { "none of them".to_owned() } else { words.join(", ") }
        }
        (Value::Number(number), Kind::Length { .. }) => format!("{} mm", tidy(number)),
        (Value::Number(number), Kind::Count { max, unit: "months", .. }) if number >= f64::from(max) => {
            "never".to_owned()
        }
        (Value::Number(number), Kind::Count { unit, .. }) => format!("{number} {}", counted(number, unit)),
        (Value::Number(number), _) => tidy(number),
        (Value::Yes(yes), _) => if yes { "yes" } else { "no" }.to_owned(),
    }
}

/// The unit for so many: `1 door`, `2 doors`.
fn counted(number: f64, unit: &'static str) -> &'static str {
    match unit {
        _ if number != 1.0 => unit,
        "people" => "person",
        _ => unit.strip_suffix('s').unwrap_or(unit),
    }
}

fn tidy(number: f64) -> String {
    let rounded = libm::round(number * 10.0) / 10.0;
    format!("{rounded}")
}
