//! The cylinder lab behind the pages: which cylinders there are, one cylinder under someone's hands, the
//! stream to the browser, the odds. The mechanics are the room `cylinder`'s; nothing here knows how a pin moves.
//!
//! # What keeps the lab from starving the house
//!
//! Everything is bounded in [`Limits`]: cylinders under hand in all and for one browser, messages a second,
//! size of a message, silence, length of a session, and the threads that the lab may keep busy at all. A run of
//! the odds waits for one of its own places, is cut off by the clock, and is kept, since the same question has
//! the same answer.
//!
//! # The line
//!
//! Cylinders are known here by stated parameters only, as everywhere in the project: no named product, no way
//! from a code or a picture to a key.

mod chosen;
mod desk;
mod odds;
mod pool;
mod shelf;
mod socket;
mod tape;
mod wire;

pub(crate) use chosen::Chosen;
pub(crate) use desk::Desk;
pub(crate) use odds::{Asked, AttackWord, Odds, Rank};
pub(crate) use pool::{Lab, Limits};
pub(crate) use shelf::{SHELF, Shelved};
pub(crate) use socket::hands;
pub(crate) use tape::{FORCE_N, Tape};
pub(crate) use wire::{film_words, word as state_word};

use std::sync::LazyLock;

use cylinder::times::Figures;

use crate::problem::Problem;

static FIGURES: LazyLock<Result<Figures, cylinder::Error>> = LazyLock::new(Figures::embedded);

/// The figures that came with the program.
pub(crate) fn figures() -> Result<&'static Figures, Problem> {
    FIGURES.as_ref().map_err(|error| Problem::internal("Reading the figures of the lab", error))
}

/// What is wrong with a description or a number, as the room `cylinder` says it.
pub(crate) fn refused(error: &cylinder::Error) -> Problem {
    Problem::bad_input(sentence(&error.to_string()))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
