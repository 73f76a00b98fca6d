//! Questions in one's own words, answered from this home's data and the rules, without any model and any network. The
//! question is matched by full text (BM25 over stems) against phrasings of those that can be answered; each answer is
//! computed for this door, with its reasons and links to the figures. What matches none is told so, with the list.

mod answers;

use std::sync::LazyLock;

use bm25::{Document, SearchEngine, SearchEngineBuilder, Tokenizer};
use door::report::Report;
use door::survey::Survey;
use rust_stemmers::{Algorithm, Stemmer};
use serde::Serialize;

use crate::living::sight::DoorSight;
use crate::words::word;

/// What can be answered, in the order in which it is listed.
pub const QUESTIONS: &[&str] =
    &["plain-lock", "keyless", "pick-or-bump", "wifi", "cloud-log", "diy", "dearer", "weakest", "first"];

/// Longest question, characters.
pub const QUESTION_MAX: usize = 300;
/// A match below this score is taken as none. Found with the examples in the tests: strangers lie below.
const SCORE_MIN: f32 = 1.6;
/// Words that say nothing about what is asked.
const EMPTY: &[&str] = &[
    "a", "an", "and", "are", "be", "can", "do", "does", "for", "has", "have", "how", "i", "in", "is", "it",
    "me", "mine", "my", "of", "on", "one", "or", "should", "so", "that", "the", "this", "to", "was", "what",
    "when", "will", "with", "would", "you", "your", "if", "at", "than", "there", "really",
];

/// The door that is asked about.
pub struct About<'a> {
    /// Its survey.
    pub survey: &'a Survey,
    /// Its audit.
    pub report: &'a Report,
    /// What the hub has seen, for a door in the hub.
    pub sight: Option<&'a DoorSight>,
    /// Where the audit of this door can be read.
    pub audit: String,
}

/// A reason with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// In a sentence.
    pub text: String,
    /// The page with the figures or the answer behind it.
    pub link: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// Which question it was taken as; `None`: none of those that can be answered.
    pub question: Option<&'static str>,
    /// That question in words.
    pub taken_as: Option<String>,
    /// In a sentence.
    pub answer: String,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Other questions that can be answered.
    pub others: Vec<String>,
}

/// A question that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nothing was asked.
    #[error("write a question, for example: will it work without Wi-Fi?")]
    Empty,
    /// Too long.
    #[error("a question has at most {QUESTION_MAX} characters")]
    Long,
}

struct Stems(Stemmer);

impl Tokenizer for Stems {
    fn tokenize(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase().replace("wi-fi", "wifi");
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.filter(|word| !EMPTY.contains(word)).map(|word| self.0.stem(word).into_owned()).collect()
    }
}

static ENGINE: LazyLock<SearchEngine<usize, u32, Stems>> = LazyLock::new(|| {
    let documents = QUESTIONS.iter().enumerate().map(|(at, id)| {
        let text = format!("{} {}", title(id), word(&format!("ask.question.{id}.also")));
        Document::new(at, text)
    });
    let stems = Stems(Stemmer::create(Algorithm::English));
    SearchEngineBuilder::with_tokenizer_and_documents(stems, documents).build()
});

/// A question that can be answered, in words.
pub fn title(id: &str) -> String {
    word(&format!("ask.question.{id}.title"))
}

/// Which question this is, if it is one that can be answered.
///
/// # Errors
/// [`AskError`] for an empty or too long one.
pub fn question(text: &str) -> Result<Option<&'static str>, AskError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AskError::Empty);
    }
    if text.chars().count() > QUESTION_MAX {
        return Err(AskError::Long);
    }
    let best = ENGINE.search(text, 1).into_iter().next();
    Ok(best.filter(|best| best.score >= SCORE_MIN).and_then(|best| QUESTIONS.get(best.document.id).copied()))
}

/// Answers a question about a door.
///
/// # Errors
/// [`AskError`].
pub fn ask(text: &str, about: &About<'_>) -> Result<Reply, AskError> {
    let found = question(text)?;
    let others = QUESTIONS.iter().filter(|id| Some(**id) != found).map(|id| title(id)).collect();
    let Some(id) = found else {
        let answer = word("ask.none");
        return Ok(Reply { question: None, taken_as: None, answer, reasons: Vec::new(), others });
    };
    let (answer, reasons) = answers::answer(id, about);
    Ok(Reply { question: Some(id), taken_as: Some(title(id)), answer, reasons, others })
}

#[cfg(test)]
mod tests;
