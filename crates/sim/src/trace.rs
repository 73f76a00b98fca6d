//! What happened, as one number and, where somebody reads it, as lines.

use sha2::{Digest as _, Sha256};

use crate::story::span;
use crate::time::Ms;

/// The trace of one world.
#[derive(Default)]
pub struct Trace {
    hash: Sha256,
    /// Lines, where they are kept.
    pub lines: Vec<String>,
    keep: bool,
}

impl Trace {
    /// With or without lines.
    pub fn new(keep: bool) -> Self {
        Self { keep, ..Self::default() }
    }

    /// Whether lines are kept: whoever makes a long one asks first.
    pub fn keeps(&self) -> bool {
        self.keep
    }

    /// One thing that happened. `line` is part of the number.
    pub fn note(&mut self, at: Ms, line: &str) {
        self.hash.update(at.to_le_bytes());
        self.hash.update(line.as_bytes());
        if self.keep {
            self.lines.push(format!("{}  {line}", span(at)));
        }
    }

    /// A line for the reader alone.
    pub fn tell(&mut self, at: Ms, line: &str) {
        if self.keep {
            self.lines.push(format!("{}  {line}", span(at)));
        }
    }

    /// The number so far.
    pub fn hash(&self) -> String {
        hex::encode(&self.hash.clone().finalize()[..12])
    }
}
