//! How far a set-up has come: what was said of each step, by whom and when. One document a door, so that it can be left
//! and taken up again on another device. What the hub sees by itself is never written here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Longest note, characters.
pub const NOTE_MAX: usize = 300;

/// What was said of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Said {
    /// It is done.
    pub done: bool,
    /// Who said so.
    pub by: String,
    /// When (RFC 3339).
    pub at: String,
    /// A note.
    pub note: String,
    /// Ending of the photo's file; empty without one.
    pub photo: String,
    /// The lock that was at the door then; empty without one.
    pub lock: String,
}

/// The document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Progress {
    /// When it was begun (RFC 3339); empty before.
    pub began: String,
    /// By step.
    pub steps: BTreeMap<String, Said>,
}

impl Progress {
    /// Reads the document; a damaged one counts as nothing said.
    pub fn read(body: Option<&str>) -> Self {
        body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
    }

    /// What was said of a step, if anything.
    pub fn said(&self, step: &str) -> Option<&Said> {
        self.steps.get(step)
    }

    /// Takes in what is said of a step. A photo stays until another comes.
    pub fn say(&mut self, step: &str, said: Said) {
        if self.began.is_empty() {
            self.began.clone_from(&said.at);
        }
        let photo = self.steps.get(step).map(|old| old.photo.clone()).unwrap_or_default();
        let photo = if said.photo.is_empty() { photo } else { said.photo.clone() };
        self.steps.insert(step.to_owned(), Said { photo, ..said });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_what_was_said_survives_and_a_damaged_document_counts_as_nothing() {
        let mut progress = Progress::default();
        let at = |at: &str| Said { done: true, at: at.to_owned(), ..Said::default() };
        progress.say("mount", Said { photo: "jpg".to_owned(), ..at("2026-11-23T08:00:00Z") });
        progress.say("mount", at("2026-11-24T08:00:00Z"));
        assert_eq!(progress.said("mount").unwrap().photo, "jpg");
        assert_eq!(progress.began, "2026-11-23T08:00:00Z");
        let kept = serde_json::to_string(&progress).unwrap();
        assert_eq!(Progress::read(Some(&kept)), progress);
        assert_eq!(Progress::read(Some("{")), Progress::default());
        assert_eq!(Progress::read(None), Progress::default());
    }
}
