//! The words of the rules: one text for each key, with named places, in files that can be translated as they are.
//!
//! A file is TOML; its tables give the first parts of a key (`[choose.way]`, `keypad = "A code"` is
//! `choose.way.keypad`). A place is a name in braces: `{model} fits`. Rules, figures and markup are elsewhere: here
//! stand only words.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The files in English, by name.
pub const ENGLISH: &[(&str, &str)] = &[
    ("ask.toml", include_str!("../words/en/ask.toml")),
    ("choose.toml", include_str!("../words/en/choose.toml")),
    ("living.toml", include_str!("../words/en/living.toml")),
    ("mend.toml", include_str!("../words/en/mend.toml")),
    ("setup.toml", include_str!("../words/en/setup.toml")),
];

static HERE: LazyLock<Words> = LazyLock::new(|| Words::read(ENGLISH).unwrap_or_default());

/// A language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    texts: BTreeMap<String, String>,
}

/// What is wrong with a file of words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// It is not TOML, or a value is no text.
    #[error("words file {file}: {what}")]
    File {
        /// Which.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// Two files say the same key.
    #[error("words file {file}: `{key}` is said twice")]
    Twice {
        /// The second of them.
        file: String,
        /// The key.
        key: String,
    },
}

impl Words {
    /// Reads the files of a language.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn read(files: &[(&str, &str)]) -> Result<Self, WordsError> {
        let mut words = Self::default();
        for (file, text) in files {
            let table: toml::Table = text.parse().map_err(|error: toml::de::Error| WordsError::File {
                file: (*file).to_owned(),
                what: error.message().to_owned(),
            })?;
            words.take(file, "", &table)?;
        }
        Ok(words)
    }

    fn take(&mut self, file: &str, under: &str, table: &toml::Table) -> Result<(), WordsError> {
        for (name, value) in table {
            let key = if under.is_empty() { name.clone() } else { format!("{under}.{name}") };
            match value {
                toml::Value::Table(inner) => self.take(file, &key, inner)?,
                toml::Value::String(text) => {
                    if self.texts.insert(key.clone(), text.trim().to_owned()).is_some() {
                        return Err(WordsError::Twice { file: file.to_owned(), key });
                    }
                }
                _ => {
                    let what = format!("`{key}` is a text in quotes");
                    return Err(WordsError::File { file: file.to_owned(), what });
                }
            }
        }
        Ok(())
    }

    /// The text of a key, places unfilled.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// Every key with its text, by key.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

/// The words of this key; the key itself where nobody wrote any, which a test of this crate never lets through.
pub fn word(key: &str) -> String {
    say(key, &[])
}

/// Whether there are words for this key.
pub fn has(key: &str) -> bool {
    HERE.get(key).is_some()
}

/// The words of this key with its places filled in: `say("choose.fit.too-thick", &[("most", "45 mm")])`.
pub fn say(key: &str, places: &[(&str, &str)]) -> String {
    #[cfg(test)]
    tests::met(key, places);
    let mut rest = HERE.get(key).unwrap_or(key);
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match places.iter().find(|(place, _)| *place == name) {
            Some((_, text)) => out.push_str(text),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Names in a row, as in a sentence: `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => say("choose.list.and", &[("most", &most.join(", ")), ("last", last)]),
    }
}

#[cfg(test)]
#[path = "words_test.rs"]
mod tests;
