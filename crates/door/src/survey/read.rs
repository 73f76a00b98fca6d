//! Reading a survey from TOML, with errors that say where, what and which word was probably meant.
//! All problems of a file are gathered, up to a limit; a file with any problem gives no survey.

use std::fmt;

use toml::de::{DeTable, DeValue};

use super::Kind;
use super::keys::{ALSO, Key, SECTIONS, SPECS};
use super::{Answer, Evidence, Survey, Value, units};

/// Largest file read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Most lines read: the whole questionnaire with notes takes about 200.
pub const MAX_LINES: usize = 800;
/// Most problems listed.
const MAX_PROBLEMS: usize = 20;
/// Words that mean *unknown*.
const UNKNOWN: &[&str] = &["unknown", "don't know", "dont-know", "?", ""];

/// One thing wrong with a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, from 1, when it was read from a file.
    pub at: Option<(usize, usize)>,
    /// What is wrong and what would be right.
    pub what: String,
}

impl Problem {
    fn new(what: impl Into<String>) -> Self {
        Self { at: None, what: what.into() }
    }

    fn at(mut self, position: (usize, usize)) -> Self {
        self.at = Some(position);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Problem {}

/// Everything wrong with a survey file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    /// In the order of the file; at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for ReadError {}

impl From<Problem> for ReadError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl Survey {
    /// Reads a survey file. Answers are *told*, save those that a `[seen]` section names with the time of
    /// the sighting.
    ///
    /// # Errors
    /// Every problem found, with line and column.
    pub fn from_toml(text: &str) -> Result<Self, ReadError> {
        check_size(text)?;
        let parsed = DeTable::parse(text).map_err(|error| {
            let place = error.span().map_or((1, 1), |span| position(text, span.start));
            Problem::new(format!("this is not TOML: {}", error.message())).at(place)
        })?;
        let mut reader = Reader { text, survey: Survey::default(), problems: Vec::new() };
        let root = parsed.get_ref();
        for (name, value) in root {
            reader.section(name.get_ref(), name.span().start, value.get_ref());
        }
        if let Some(DeValue::Table(seen)) = root.get("seen").map(toml::Spanned::get_ref) {
            reader.seen(seen);
        }
        reader.problems.sort_by_key(|problem| problem.at);
        reader.problems.truncate(MAX_PROBLEMS);
        if reader.problems.is_empty() {
            Ok(reader.survey)
        } else {
            Err(ReadError { problems: reader.problems })
        }
    }
}

fn check_size(text: &str) -> Result<(), ReadError> {
    if text.len() > MAX_BYTES {
        return Err(Problem::new(format!(
            "the file has {} bytes; a survey has at most {MAX_BYTES}",
            text.len()
        ))
        .into());
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        return Err(
            Problem::new(format!("the file has {lines} lines; a survey has at most {MAX_LINES}")).into()
        );
    }
    Ok(())
}

/// Line and column, both from 1, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

struct Reader<'a> {
    text: &'a str,
    survey: Survey,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn section(&mut self, name: &str, start: usize, value: &DeValue<'_>) {
        let place = position(self.text, start);
        if !SECTIONS.iter().any(|(section, _)| *section == name) && name != "seen" {
            self.problems.push(unknown_section(name).at(place));
            return;
        }
        let DeValue::Table(table) = value else {
            self.problems.push(
                Problem::new(format!("`{name}` is a section: write `[{name}]` and its keys below")).at(place),
            );
            return;
        };
        if name == "seen" {
            return;
        }
        for (key_name, value) in table {
            let path = format!("{name}.{}", key_name.get_ref());
            let Some(key) = Key::of_path(&path) else {
                self.problems.push(unknown_key(&path).at(position(self.text, key_name.span().start)));
                continue;
            };
            match raw_of(value.get_ref()).and_then(|raw| value_of(key, &raw)) {
                Ok(Some(new)) if self.survey.value(key).is_some_and(|old| old != new) => {
                    let what = format!("`{path}` and `{}` are the same measure and differ", twin(&path, key));
                    self.problems.push(Problem::new(what).at(position(self.text, value.span().start)));
                }
                Ok(Some(value)) => self.survey.tell(key, value),
                Ok(None) => {}
                Err(problem) => self.problems.push(problem.at(position(self.text, value.span().start))),
            }
        }
    }

    fn seen(&mut self, seen: &DeTable<'_>) {
        for (path, when) in seen {
            let place = position(self.text, path.span().start);
            let Some(key) = Key::of_path(path.get_ref()) else {
                self.problems.push(unknown_key(path.get_ref()).at(place));
                continue;
            };
            let when = match when.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Datetime(date) => date.to_string(),
                _ => {
                    self.problems.push(
                        Problem::new(format!("`{}` under [seen] is a date or time in quotes", key.path()))
                            .at(place),
                    );
                    continue;
                }
            };
            if when.parse::<toml::value::Datetime>().is_err() {
                let what = format!(
                    "`{when}` is no date or time: write it as `2026-11-23` or `2026-11-23T08:00:00Z`"
                );
                self.problems.push(Problem::new(what).at(place));
                continue;
            }
            match self.survey.value(key) {
                Some(value) => self.survey.put(key, Answer { value, evidence: Evidence::Seen { when } }),
                None => {
                    let what = format!("[seen] names `{}`, but the file gives no answer to it", key.path());
                    self.problems.push(Problem::new(what).at(place));
                }
            }
        }
    }
}

/// The other path of a key that has two.
fn twin(path: &str, key: Key) -> &'static str {
    let also = ALSO.iter().find(|(also, of)| *of == key && *also != path).map(|(also, _)| *also);
    if path == key.path() { also.unwrap_or_default() } else { key.path() }
}

/// A value as written, before the key says how to read it.
enum Raw {
    Text(String),
    Number(f64),
    Yes(bool),
    List(Vec<String>),
}

fn raw_of(value: &DeValue<'_>) -> Result<Raw, Problem> {
    match value {
        DeValue::String(text) => Ok(Raw::Text(text.to_string())),
        DeValue::Boolean(yes) => Ok(Raw::Yes(*yes)),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map(|number| Raw::Number(number as f64))
            .map_err(|_| Problem::new(format!("`{}` is too large a number", integer.as_str()))),
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Raw::Number(number)),
            _ => Err(Problem::new(format!("`{}` is no number that can be measured", float.as_str()))),
        },
        DeValue::Array(items) => items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                _ => Err(Problem::new("a list holds words in quotes")),
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Raw::List),
        DeValue::Datetime(_) | DeValue::Table(_) => {
            Err(Problem::new("a word, a number, true or false, or a list of words is expected here"))
        }
    }
}

/// Reads a value given as text, as from a form. `None` means *unknown*.
pub(crate) fn value_of_text(key: Key, text: &str) -> Result<Option<Value>, Problem> {
    let text = text.trim();
    let raw = match key.spec().kind {
        Kind::Many(_) => match text {
            "none" => Raw::List(Vec::new()),
            _ if UNKNOWN.contains(&text) => Raw::Text(text.to_owned()),
            _ => Raw::List(
                text.split([',', ' ', '+']).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            ),
        },
        _ => Raw::Text(text.to_owned()),
    };
    value_of(key, &raw)
}

fn value_of(key: Key, raw: &Raw) -> Result<Option<Value>, Problem> {
    if let Raw::Text(text) = raw
        && UNKNOWN.contains(&text.trim().to_ascii_lowercase().as_str())
    {
        return Ok(None);
    }
    match key.spec().kind {
        Kind::Choice(_) => choice(key, raw),
        Kind::Many(_) => many(key, raw),
        Kind::Length { min, max } => length(key, raw, min, max),
        Kind::Count { min, max, unit } => counted(key, raw, min, max, unit),
        Kind::YesNo => yes_no(key, raw),
    }
    .map(Some)
}

fn choice(key: Key, raw: &Raw) -> Result<Value, Problem> {
    let word = match raw {
        Raw::Text(text) => text.trim().to_ascii_lowercase(),
        Raw::Yes(yes) => yes.to_string(),
        Raw::Number(number) => number.to_string(),
        Raw::List(_) => return Err(Problem::new(format!("`{}` takes one word, not a list", key.path()))),
    };
    key.option(&word).map(Value::Choice).ok_or_else(|| unknown_word(key, &word))
}

fn many(key: Key, raw: &Raw) -> Result<Value, Problem> {
    let words = match raw {
        Raw::List(words) => words.clone(),
        Raw::Text(word) if word == "none" => Vec::new(),
        Raw::Text(word) => vec![word.clone()],
        Raw::Yes(_) | Raw::Number(_) => {
            return Err(Problem::new(format!("`{}` takes a list of words", key.path())));
        }
    };
    let mut bits = 0_u32;
    for word in words {
        let word = word.trim().to_ascii_lowercase();
        let at = key.option(&word).ok_or_else(|| unknown_word(key, &word))?;
        bits |= 1 << at;
    }
    Ok(Value::Many(bits))
}

fn length(key: Key, raw: &Raw, min: f64, max: f64) -> Result<Value, Problem> {
    let (millimetres, bare) = match raw {
        Raw::Number(number) if *number < 0.0 => {
            return Err(Problem::new(format!("`{}` cannot be negative ({number})", key.path())));
        }
        Raw::Number(number) => (*number, true),
        Raw::Text(text) => {
            let value =
                units::length_mm(text).map_err(|what| Problem::new(format!("`{}`: {what}", key.path())))?;
            (value, text.chars().all(|c| !c.is_alphabetic() && c != '"'))
        }
        Raw::Yes(_) | Raw::List(_) => {
            return Err(Problem::new(format!(
                "`{}` is a length: millimetres, or inches written `3in`",
                key.path()
            )));
        }
    };
    if (min..=max).contains(&millimetres) {
        return Ok(Value::Number(millimetres));
    }
    let inches = millimetres * 25.4;
    let hint = if bare && (min..=max).contains(&inches) {
        format!("; if these are inches, write `\"{millimetres}in\"`")
    } else {
        String::new()
    };
    Err(Problem::new(format!("`{}` = {millimetres} mm is out of range: {min} to {max} mm{hint}", key.path())))
}

fn counted(key: Key, raw: &Raw, min: u32, max: u32, unit: &str) -> Result<Value, Problem> {
    let number = match raw {
        Raw::Number(number) => *number,
        Raw::Text(text) if unit == "months" && text.trim().eq_ignore_ascii_case("never") => f64::from(max),
        Raw::Text(text) => {
            let digits = text.trim();
            let plain = !digits.is_empty() && digits.len() <= 9 && digits.chars().all(|c| c.is_ascii_digit());
            match digits.parse::<u32>() {
                Ok(number) if plain => f64::from(number),
                _ => {
                    return Err(Problem::new(format!(
                        "`{}` is a whole number of {unit}, not `{digits}`",
                        key.path()
                    )));
                }
            }
        }
        Raw::Yes(_) | Raw::List(_) => {
            return Err(Problem::new(format!("`{}` is a whole number of {unit}", key.path())));
        }
    };
    if number.fract() != 0.0 {
        return Err(Problem::new(format!("`{}` is a whole number of {unit}, not {number}", key.path())));
    }
    if number < f64::from(min) || number > f64::from(max) {
        return Err(Problem::new(format!(
            "`{}` = {number} is out of range: {min} to {max} {unit}",
            key.path()
        )));
    }
    Ok(Value::Number(number))
}

fn yes_no(key: Key, raw: &Raw) -> Result<Value, Problem> {
    let word = match raw {
        Raw::Yes(yes) => return Ok(Value::Yes(*yes)),
        Raw::Text(text) => text.trim().to_ascii_lowercase(),
        Raw::Number(number) => number.to_string(),
        Raw::List(_) => "a list".to_owned(),
    };
    match word.as_str() {
        "true" | "yes" => Ok(Value::Yes(true)),
        "false" | "no" | "none" => Ok(Value::Yes(false)),
        _ => {
            let nearest = nearest(&word, &["true", "false", "yes", "no", "unknown"]);
            Err(Problem::new(format!(
                "`{}` is true or false, not `{word}`; the nearest word is `{nearest}`",
                key.path()
            )))
        }
    }
}

fn unknown_word(key: Key, word: &str) -> Problem {
    let mut words: Vec<&str> = key.options().iter().map(|opt| opt.word).collect();
    words.push("unknown");
    let close = nearest(word, &words);
    Problem::new(format!(
        "`{}` cannot be `{word}`; did you mean `{close}`? It takes: {}",
        key.path(),
        words.join(", ")
    ))
}

fn unknown_section(name: &str) -> Problem {
    let names: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
    let close = nearest(name, &names);
    Problem::new(format!(
        "there is no section `{name}`; did you mean `{close}`? There are: {}",
        names.join(", ")
    ))
}

pub(crate) fn unknown_key(path: &str) -> Problem {
    let paths: Vec<&str> = SPECS.iter().map(|spec| spec.path).collect();
    let close = nearest(path, &paths);
    Problem::new(format!("there is no key `{path}`; did you mean `{close}`?"))
}

/// The candidate with the smallest edit distance; the first of equals. Empty only if there are no
/// candidates.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> &'a str {
    candidates.iter().copied().min_by_key(|candidate| distance(word, candidate)).unwrap_or("")
}

/// Edits (insert, delete, replace) between two words; words longer than 64 characters are cut.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replace = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
