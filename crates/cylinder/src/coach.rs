//! What to do next with a cylinder under one's hands, and why: hints for a person, and a whole pick worked
//! out in advance, to be watched step by step.
//!
//! The coach looks inside the cylinder, which no picker can; it teaches and is no attacker of [`crate::times`].

use crate::{
    curve::OPEN,
    error::Error,
    family::Kind,
    session::{Move, Session, Snapshot, State},
};
use alloc::{format, string::String, vec, vec::Vec};
use serde::Serialize;

/// Torque that the coach starts with (N mm): light, as teachers of picking advise. Estimate.
const LIGHT_NMM: f64 = 14.0;
/// Least torque that it eases to before it starts over (N mm).
const LEAST_NMM: f64 = 1.5;
/// Most force at the pick (N).
const FORCE_N: f64 = 12.0;
/// Steps in which a hand lifts (mm).
const STEP_MM: f64 = 0.02;
/// Most moves of a pick worked out in advance.
pub const MOST_MOVES: usize = 240;

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Advice {
    /// Hold this torque (N mm): from nothing.
    Tense {
        /// Torque (N mm).
        torque: f64,
    },
    /// Lift (or turn) this element.
    Lift {
        /// Element, from 0.
        at: usize,
    },
    /// Ease the tension to this torque (N mm), so that something falls back.
    Ease {
        /// Torque (N mm).
        torque: f64,
    },
    /// Lower this element: it has no spring and went too far.
    Lower {
        /// Element, from 0.
        at: usize,
    },
    /// Let go and start over.
    LetGo,
    /// Nothing: it is open.
    Done,
}

/// A hint, as a move and in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hint {
    /// What to do.
    pub advice: Advice,
    /// The same in a sentence.
    pub words: String,
}

/// The element in this state that carries the greatest load.
fn heaviest(snap: &Snapshot, state: State) -> Option<usize> {
    let of_state = snap.elements.iter().enumerate().filter(|(_, e)| e.state == state);
    of_state.max_by(|a, b| a.1.load.total_cmp(&b.1.load)).map(|(i, _)| i)
}

/// The next thing to do, given how it stands.
#[must_use]
pub fn hint(session: &Session, snap: &Snapshot) -> Hint {
    let element = session.kind().element();
    let verb = if session.lock().sprung[0] { "Lift" } else { "Turn" };
    let say = |advice, words: String| Hint { advice, words };
    if snap.open {
        return say(Advice::Done, "It is open.".into());
    }
    if snap.torque <= 0.0 {
        let words = format!(
            "Hold a light tension first: about {LIGHT_NMM:.0} N mm. Without it nothing binds and nothing stays up."
        );
        return say(Advice::Tense { torque: LIGHT_NMM }, words);
    }
    let n = |i: usize| i + 1;
    if let Some(at) = heaviest(snap, State::Overset) {
        if snap.torque <= LEAST_NMM {
            let words = format!(
                "{} {} went too far and does not come back. Let go and start over.",
                cap(element),
                n(at)
            );
            return say(Advice::LetGo, words);
        }
        let words = format!(
            "{} {} is too high. Ease the tension until it drops back; what was set may drop with it.",
            cap(element),
            n(at)
        );
        return say(Advice::Ease { torque: (0.6 * snap.torque).max(LEAST_NMM) }, words);
    }
    if let Some(at) = beyond(session, snap) {
        let words = format!("{} {} was turned past its gate. Turn it back.", cap(element), n(at));
        return say(Advice::Lower { at }, words);
    }
    let stuck = snap.blocked.then_some(snap.tip).flatten().map(|t| t.0);
    let binder = heaviest(snap, State::Binding).or_else(|| heaviest(snap, State::FalseSet));
    let at = binder.or_else(|| snap.elements.iter().position(|e| e.state != State::Set));
    let Some(at) = at else {
        return say(Advice::Ease { torque: 0.6 * snap.torque }, "Ease the tension a little.".into());
    };
    if stuck == Some(at) && snap.torque > LEAST_NMM {
        let words = format!(
            "{} {} is held too hard to move. Ease the tension a little, then lift it again.",
            cap(element),
            n(at)
        );
        return say(Advice::Ease { torque: (0.7 * snap.torque).max(LEAST_NMM) }, words);
    }
    let words = match snap.elements[at].state {
        State::FalseSet => format!(
            "{verb} {element} {} slowly past its waist or false gate: the plug will turn back a little. Let it, and \
             hold the tension light, so that the others stay.",
            n(at)
        ),
        State::Binding => {
            format!("{verb} {element} {}: it is the one that binds. Slowly, until you feel the click.", n(at))
        }
        _ => format!("{verb} {element} {}.", n(at)),
    };
    say(Advice::Lift { at }, words)
}

/// An element without spring that stands beyond its gate and binds or rests in a false one there.
fn beyond(session: &Session, snap: &Snapshot) -> Option<usize> {
    let lock = session.lock();
    (0..lock.n).find(|&i| {
        let past = lock.curves[i].gates().first().is_some_and(|g| snap.elements[i].lift > g.1);
        past && !lock.sprung[i]
    })
}

fn cap(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|l| l.to_uppercase().collect::<String>()).unwrap_or_default() + letters.as_str()
}

/// Why it stands as it stands: the mechanics behind the words of a snapshot, for whoever has never seen it.
#[must_use]
pub fn why(session: &Session, snap: &Snapshot) -> String {
    let element = session.kind().element();
    let list = |state: State| -> Vec<usize> {
        (0..snap.elements.len()).filter(|i| snap.elements[*i].state == state).map(|i| i + 1).collect()
    };
    if snap.open {
        return format!(
            "Nothing crosses the shear line any more. The key does the same to all {element}s at once; a pick did it one \
             by one, in the order in which they bound."
        );
    }
    if snap.torque <= 0.0 {
        return match session.kind() {
            Kind::DiscDetainer => {
                "Without tension the sidebar does not press, and the discs can be turned to and fro.".into()
            }
            _ => "Without tension the plug does not press on anything: whatever is lifted falls back.".into(),
        };
    }
    if snap.back > 0.02 {
        return format!(
            "The {element} that moves has a waist or a false gate. Its lip pushes the plug back against your tension. A \
             plug that goes back takes its ledges with it, and whatever stood on them may drop."
        );
    }
    let (over, false_set) = (list(State::Overset), list(State::FalseSet));
    if let Some(i) = over.first() {
        return format!(
            "Now the lower part of {element} {i} crosses the shear line and blocks as well as the upper part did. Only \
             less tension lets it slide back."
        );
    }
    if !false_set.is_empty() {
        return false_set_words(session.kind());
    }
    let (binding, set) = (list(State::Binding), list(State::Set));
    let Some(i) = binding.first() else {
        return format!(
            "The tension is light and nothing is pinched hard: feel for the {element} that resists."
        );
    };
    let made = "No two chambers are drilled exactly in line; these differ by hundredths of a millimetre.";
    if binding.len() > 1 {
        return format!(
            "{made} The tension is strong enough to press on {} {element}s at once: lighter tension would tell them \
             apart better.",
            binding.len()
        );
    }
    if set.is_empty() {
        return format!(
            "{made} The plug turns until the one that is furthest out of line, {element} {i}, is pinched. It binds; the \
             others still move freely on their springs."
        );
    }
    format!(
        "What is set stands on a ledge as narrow as the plug has turned. The plug has gone on until the next one out of \
         line, {element} {i}, is pinched: that is the binding order."
    )
}

fn false_set_words(kind: Kind) -> String {
    match kind {
        Kind::PinTumbler | Kind::Dimple => {
            "The plug turned into the waist of a security driver and stops there: it looks and feels set, and is not. \
             The full-width end of that driver still has to pass the shear line, and it must push the plug back to do so."
                .into()
        }
        _ => "A shallow notch lets the plug (or the sidebar) sink in a little, like the true gate, but not far enough. It \
              has to be lifted out again against the tension."
            .into(),
    }
}

/// A whole pick, worked out by following [`hint`] with a patient hand: the moves from rest to open (or as far
/// as [`MOST_MOVES`] go). The session itself is not changed.
///
/// # Errors
/// None in practice: every move is within its range.
pub fn pick(session: &Session) -> Result<Vec<Move>, Error> {
    let mut s = session.clone();
    let mut moves = vec![Move::Release];
    let mut snap = s.step(Move::Release)?;
    while !snap.open && moves.len() < MOST_MOVES {
        let (made, after) = match hint(&s, &snap).advice {
            Advice::Done => break,
            Advice::Tense { torque } | Advice::Ease { torque } => {
                one(&mut s, Move::Tension { torque: to_grid(torque, 10.0) })?
            }
            Advice::LetGo => one(&mut s, Move::Release)?,
            Advice::Lower { at } => {
                let height = to_grid((s.lock().set_lift[at] - 0.3).max(0.0), 100.0);
                one(&mut s, Move::Lift { at, height, force: FORCE_N })?
            }
            Advice::Lift { at } => lift(&mut s, at)?,
        };
        moves.push(made);
        snap = after;
        if !snap.open && !snap.blocked && matches!(made, Move::Lift { .. }) {
            moves.push(Move::Withdraw);
            snap = s.step(Move::Withdraw)?;
        }
    }
    Ok(moves)
}

/// Rounds to a grid, so that a pick can be written down in tenths of N mm and hundredths of a millimetre and
/// still ends the same.
fn to_grid(value: f64, parts: f64) -> f64 {
    libm::round(value * parts) / parts
}

fn one(s: &mut Session, m: Move) -> Result<(Move, Snapshot), Error> {
    s.step(m).map(|snap| (m, snap))
}

/// Lifts element `at` in small steps until it is set, blocked, or another state tells to stop; then makes the
/// same in one move, so that a tape holds one line for it.
fn lift(s: &mut Session, at: usize) -> Result<(Move, Snapshot), Error> {
    let start = s.clone();
    let before = s.look().elements[at];
    let mut height = to_grid(before.lift, 100.0);
    let mut snap = s.look();
    while height < s.lock().travel {
        height = to_grid(height + STEP_MM, 100.0);
        snap = s.step(Move::Lift { at, height, force: FORCE_N })?;
        let now = snap.elements[at].state;
        if snap.open || snap.blocked || now == State::Set || snap.travel >= OPEN {
            break;
        }
        // out of the lip, into something new: look again
        if now == State::Overset || (now == State::FalseSet && before.state == State::Binding) {
            break;
        }
    }
    let whole = Move::Lift { at, height, force: FORCE_N };
    let mut again = start;
    let after = again.step(whole)?;
    if after.open == snap.open && after.elements[at].state == snap.elements[at].state {
        *s = again;
        return Ok((whole, after));
    }
    Ok((whole, snap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        describe::{Description, Driver, Security, Tolerance},
        times::Figures,
    };

    fn made(d: &Description, seed: u64) -> Session {
        Session::new(d, &Figures::embedded().unwrap(), seed).unwrap()
    }

    fn kinds() -> Vec<Description> {
        let pins = |n, security, driver, tolerance| Description {
            kind: "pin-tumbler".into(),
            pins: Some(n),
            security,
            driver,
            tolerance,
            ..Description::default()
        };
        let other = |kind: &str, n, false_gates| Description {
            kind: kind.into(),
            pins: Some(n),
            false_gates,
            tolerance: Tolerance::Medium,
            ..Description::default()
        };
        vec![
            pins(1, Security::None, Driver::Standard, Tolerance::Loose),
            pins(5, Security::None, Driver::Standard, Tolerance::Medium),
            pins(5, Security::Some, Driver::Spool, Tolerance::Medium),
            pins(6, Security::All, Driver::Spool, Tolerance::Tight),
            pins(6, Security::All, Driver::Mixed, Tolerance::Medium),
            other("dimple", 8, false),
            other("wafer", 5, false),
            other("lever", 5, true),
            other("slider", 6, false),
            other("disc-detainer", 7, false),
            other("disc-detainer", 9, true),
        ]
    }

    #[test]
    fn d6_a_pick_worked_out_opens_every_kind_and_replays_to_the_same_end() {
        for d in kinds() {
            let mut opened = 0;
            let mut last = String::new();
            for seed in 1..=8 {
                let s = made(&d, seed);
                let moves = pick(&s).unwrap();
                let mut again = s.clone();
                let mut open = false;
                for m in &moves {
                    let snap = again.step(*m).unwrap();
                    open = snap.open;
                    last = snap.words;
                }
                opened += u32::from(open);
            }
            assert!(opened >= 6, "{opened} of 8 opened, the last: {last} {d:?}");
        }
    }

    #[test]
    fn d6_hints_and_reasons_name_the_one_that_binds() {
        let mut s = made(&kinds()[1], 3);
        let snap = s.look();
        assert!(matches!(hint(&s, &snap).advice, Advice::Tense { .. }));
        let snap = s.step(Move::Tension { torque: 10.0 }).unwrap();
        let Advice::Lift { at } = hint(&s, &snap).advice else { panic!("{:?}", hint(&s, &snap)) };
        let least = (0..5).min_by(|a, b| s.lock().gap[*a].total_cmp(&s.lock().gap[*b])).unwrap();
        assert_eq!(at, least, "the tightest chamber binds first");
        assert!(why(&s, &snap).contains(&format!("pin {}", at + 1)), "{}", why(&s, &snap));
    }
}
