//! A tape: moves as short text that fits an address, so that a pick can be stepped without scripts, kept, sent
//! and played again. The same cylinder and the same tape give the same end, always.
//!
//! `r` lets go, `t140` holds 14.0 N mm, `l3-152` lifts the third element to 1.52 mm, `d3-152` leads the pick
//! there with a springy hand, `w` takes the pick away; moves are joined by `_`.

use cylinder::session::{Move, Session, Snapshot};

use crate::problem::Problem;

/// Most moves on a tape that comes in an address.
pub(crate) const MOVES_MAX: usize = 400;
/// Most characters of a tape.
const CHARS_MAX: usize = 6000;
/// Most force at the pick in a lift from a tape (N).
pub(crate) const FORCE_N: f64 = 12.0;

/// Moves from rest, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tape(pub Vec<Move>);

impl Tape {
    /// Reads a tape.
    ///
    /// # Errors
    /// Bad input naming the move that cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() > CHARS_MAX || text.split('_').count() > MOVES_MAX {
            return Err(Problem::bad_input(format!(
                "The tape is longer than {MOVES_MAX} moves. Let go and start a new one."
            )));
        }
        let moves = text.split('_').filter(|part| !part.is_empty()).map(|part| {
            one(part).ok_or_else(|| {
                let part: String = part.chars().take(12).filter(char::is_ascii_graphic).collect();
                Problem::bad_input(format!("The tape cannot be read at \"{part}\". Start over."))
            })
        });
        moves.collect::<Result<_, _>>().map(Self)
    }

    /// The tape as text.
    pub(crate) fn text(&self) -> String {
        let parts = self.0.iter().map(|m| match *m {
            Move::Tension { torque } => format!("t{:.0}", torque * 10.0),
            Move::Lift { at, height, .. } => format!("l{}-{:.0}", at + 1, height * 100.0),
            Move::Lead { at, wish } => format!("d{}-{:.0}", at + 1, wish * 100.0),
            Move::Withdraw => "w".to_owned(),
            Move::Release => "r".to_owned(),
        });
        parts.collect::<Vec<_>>().join("_")
    }

    /// Makes all moves on a session at rest; what the last one gave, or how it stands if there is none.
    ///
    /// # Errors
    /// Bad input naming the number that cannot be.
    pub(crate) fn play(&self, session: &mut Session) -> Result<Snapshot, Problem> {
        let mut snap = session.look();
        for m in &self.0 {
            snap = session.step(*m).map_err(|error| super::refused(&error))?;
        }
        Ok(snap)
    }

    /// Adds a move, rounded to what the text holds, so that a tape and its text are the same.
    pub(crate) fn push(&mut self, m: Move) {
        self.0.push(rounded(m));
    }
}

/// A move as the text holds it.
fn rounded(m: Move) -> Move {
    let tenth = |v: f64| (v * 10.0).round() / 10.0;
    let hundredth = |v: f64| (v * 100.0).round() / 100.0;
    match m {
        Move::Tension { torque } => Move::Tension { torque: tenth(torque) },
        Move::Lift { at, height, .. } => Move::Lift { at, height: hundredth(height), force: FORCE_N },
        Move::Lead { at, wish } => Move::Lead { at, wish: hundredth(wish) },
        other => other,
    }
}

fn one(part: &str) -> Option<Move> {
    let (word, rest) = part.split_at_checked(1)?;
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n < 100_000).map(f64::from);
    let place = |text: &str| {
        let (at, height) = text.split_once('-')?;
        let at = at.parse::<usize>().ok().filter(|at| (1..=99).contains(at))? - 1;
        Some((at, number(height)? / 100.0))
    };
    Some(match word {
        "t" => Move::Tension { torque: number(rest)? / 10.0 },
        "l" => place(rest).map(|(at, height)| Move::Lift { at, height, force: FORCE_N })?,
        "d" => place(rest).map(|(at, wish)| Move::Lead { at, wish })?,
        "w" if rest.is_empty() => Move::Withdraw,
        "r" if rest.is_empty() => Move::Release,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{MOVES_MAX, Tape};
    use crate::lab::{figures, shelf::SHELF};
    use cylinder::{coach, session::Session};

    #[test]
    fn d6_a_tape_is_its_text_and_plays_to_the_same_end() {
        for one in &SHELF {
            let start =
                Session::new(&one.description(), figures().expect("figures"), one.seed).expect("made");
            let mut tape = Tape::default();
            for m in coach::pick(&start).expect("a pick") {
                tape.push(m);
            }
            let again = Tape::parse(&tape.text()).expect("its own text");
            assert_eq!(tape, again, "{}", one.slug);
            let end = again.play(&mut start.clone()).expect("plays");
            assert!(end.open, "{}: {}", one.slug, end.words);
        }
    }

    #[test]
    fn bad_tapes_are_refused_in_words() {
        for bad in ["x", "t", "t-3", "l0-10", "l3", "l3-", "w1", "t9999999", "é", "l1-1e9"] {
            let refused = Tape::parse(bad).expect_err(bad).message;
            assert!(refused.contains("cannot be read"), "{bad}: {refused}");
        }
        let long = ["w"; MOVES_MAX + 1].join("_");
        assert!(Tape::parse(&long).expect_err("too long").message.contains("longer than"));
        assert_eq!(Tape::parse("").expect("none").0.len(), 0);
    }
}
