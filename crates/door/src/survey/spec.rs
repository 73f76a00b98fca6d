//! What a question of the survey is: its words, its kind of answer, its range. The questions themselves are in
//! `keys`.

use super::keys::Key;

/// One word that a choice may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opt {
    /// The word in files, JSON and commands.
    pub word: &'static str,
    /// What it means, in plain words.
    pub means: &'static str,
    /// Other spellings that are accepted and turned into `word` (`true` and `false` among them).
    pub also: &'static [&'static str],
}

/// What sort of answer a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Exactly one of these words.
    Choice(&'static [Opt]),
    /// Any number of these words, also none of them.
    Many(&'static [Opt]),
    /// A length in millimetres between the two bounds; inches are read where written `3in`.
    Length {
        /// Smallest believable length, mm.
        min: f64,
        /// Largest believable length, mm.
        max: f64,
    },
    /// A whole number between the two bounds.
    Count {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
        /// What is counted: `pieces`, `months`, `days`, `digits`.
        unit: &'static str,
    },
    /// `true` or `false`.
    YesNo,
}

/// One key of the survey.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The key itself.
    pub key: Key,
    /// `section.name`, as in the file.
    pub path: &'static str,
    /// What answers it takes.
    pub kind: Kind,
    /// The question as put to a person.
    pub ask: &'static str,
    /// How to find out without taking the door apart.
    pub help: &'static str,
}

pub(super) const fn o(word: &'static str, means: &'static str) -> Opt {
    Opt { word, means, also: &[] }
}

pub(super) const fn oa(word: &'static str, means: &'static str, also: &'static [&'static str]) -> Opt {
    Opt { word, means, also }
}

pub(super) const fn mm(min: f64, max: f64) -> Kind {
    Kind::Length { min, max }
}

pub(super) const fn count(min: u32, max: u32, unit: &'static str) -> Kind {
    Kind::Count { min, max, unit }
}
