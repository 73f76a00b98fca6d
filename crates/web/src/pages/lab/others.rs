//! Two more ways to open the cylinder on the page: a key filed from its marks, round by round, and a machine that
//! tries every code. Both are the mechanics that the odds rest on, with one seed; whole pages, without scripts.

use cylinder::attacker::Attacker;
use cylinder::describe::Description;
use cylinder::impression::{self, Round};
use cylinder::machine::Pass;
use cylinder::rng::Rng;
use cylinder::session::Session;

use super::span;
use crate::drawing::lab as draw;
use crate::lab::figures;
use crate::problem::Problem;

/// Most rounds that are shown: about an hour of filing.
const ROUNDS: usize = 240;
/// Keys of the hand's and the machine's scatter, apart from the cylinder's own.
const FILING_KEY: u64 = 0xf11e;
const MACHINE_KEY: u64 = 0x0b07;

/// Filing a key, at one round.
pub(super) struct Filing {
    pub step: usize,
    pub last: usize,
    pub words: String,
    pub svg: String,
}

/// The rounds of a practised hand at this cylinder; `None` where this is no way to open it, or nobody asked.
pub(super) fn filing(
    d: &Description,
    session: &Session,
    seed: u64,
    step: Option<usize>,
) -> Result<Option<Filing>, Problem> {
    let Some(step) = step.filter(|_| impression::applies(d).is_ok()) else { return Ok(None) };
    let expert = expert()?;
    let mut rng = Rng::keyed(seed ^ FILING_KEY, 1);
    let rounds = impression::rounds(d, session.lock(), &expert, session.values(), &mut rng, ROUNDS)
        .map_err(|error| crate::lab::refused(&error))?;
    let step = step.min(rounds.len() - 1);
    let round = &rounds[step];
    let words = told(session.kind().element(), round, step + 1);
    let svg = draw::blank(session.lock(), round, &words);
    Ok(Some(Filing { step, last: rounds.len() - 1, words, svg }))
}

fn expert() -> Result<Attacker, Problem> {
    Ok(figures()?.attackers.get("expert").map_err(|error| crate::lab::refused(&error))?.clone())
}

/// One round in words.
fn told(element: &str, round: &Round, number: usize) -> String {
    let at = format!("Round {number}, blank {}, after {}. ", round.blank, span(round.time_s));
    if round.turned {
        return at + "Every cut is where it must be: the plug turns, and the blank is a key.";
    }
    let places = |wanted: &dyn Fn(usize) -> bool| -> Vec<String> {
        (0..round.marked.len()).filter(|i| wanted(*i)).map(|i| (i + 1).to_string()).collect()
    };
    let true_marks = places(&|i| round.marked[i] && round.load[i] > 0.0);
    let false_marks = places(&|i| round.marked[i] && round.load[i] <= 0.0);
    let unseen = places(&|i| !round.marked[i] && round.load[i] > 0.0);
    let mut said = at;
    if true_marks.is_empty() && false_marks.is_empty() {
        said.push_str("Turned hard and rocked; no mark is seen, so it is turned again.");
    }
    if !true_marks.is_empty() {
        said.push_str(&format!(
            "Turned hard, {element} {} pinched the blank and left a mark; there it is filed one step deeper.",
            true_marks.join(", ")
        ));
    }
    if !unseen.is_empty() && !true_marks.is_empty() {
        said.push_str(&format!(
            " {} {} pinched it too, too lightly to be seen.",
            capital(element),
            unseen.join(", ")
        ));
    }
    if !false_marks.is_empty() {
        said.push_str(&format!(
            " At {} a scratch was taken for a mark: filed where nothing pressed, which may spoil it.",
            false_marks.join(", ")
        ));
    }
    if round.spoilt {
        said.push_str(" A cut is deeper now than the deepest of the system: this blank is spoilt, another begins from nothing.");
    }
    said
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|l| l.to_uppercase().collect::<String>()).unwrap_or_default() + letters.as_str()
}

/// The machine at this cylinder, in words: how many codes, how many open it, when the first comes.
pub(super) fn machine(session: &Session, seed: u64) -> Vec<String> {
    let pass = Pass::of(session.lock(), session.values(), &mut Rng::keyed(seed ^ MACHINE_KEY, 1));
    let count = |n: f64| grouped(n as u64);
    let mut said = vec![format!(
        "{} codes keep to the rules of this system. At {} s a try, all of them take {}.",
        count(pass.all),
        pass.each_s,
        span(pass.all * pass.each_s)
    )];
    said.push(match pass.open {
        open if open < 1.0 => {
            "With this machine's error none of them opened the cylinder on the first pass; it goes over them again."
                .to_owned()
        }
        open => {
            let more = if open < 2.0 { "opens this very cylinder" } else { "open this very cylinder, since a gate is wider than a pin is exact" };
            let (place, after) = (count(pass.place), span(pass.place * pass.each_s));
            format!("{} of them {more}. Tried in a random order, the first came as number {place}, after {after}.", count(open))
        }
    });
    said
}

/// A number with its thousands apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{filing, grouped, machine};
    use crate::lab::{SHELF, figures};
    use cylinder::session::Session;

    #[test]
    fn d6_a_filed_blank_turns_in_the_end_and_every_round_is_told() {
        let one = SHELF.iter().find(|one| one.slug == "three-pins").unwrap();
        let session = Session::new(&one.description(), figures().unwrap(), one.seed).unwrap();
        let at = |step| filing(&one.description(), &session, one.seed, Some(step)).unwrap().unwrap();
        let end = at(10_000);
        assert!(end.words.contains("the blank is a key"), "{}", end.words);
        let mut marks = 0;
        for step in 0..end.last {
            let round = at(step);
            assert!(round.words.starts_with(&format!("Round {}, blank ", step + 1)), "{}", round.words);
            marks += round.svg.matches("class=\"mark\"").count();
        }
        assert!(marks >= 3, "{marks}");
        let discs = SHELF.iter().find(|one| one.slug == "discs").unwrap();
        let session = Session::new(&discs.description(), figures().unwrap(), discs.seed).unwrap();
        assert!(filing(&discs.description(), &session, 4, Some(0)).unwrap().is_none());
    }

    #[test]
    fn d6_the_machine_is_told_in_numbers() {
        assert_eq!(
            (grouped(7), grouped(79_666), grouped(1_000_000)),
            ("7".into(), "79,666".into(), "1,000,000".into())
        );
        let one = SHELF.iter().find(|one| one.slug == "five-pins").unwrap();
        let session = Session::new(&one.description(), figures().unwrap(), one.seed).unwrap();
        let said = machine(&session, one.seed);
        assert!(said[0].contains("codes keep to the rules") && said.len() == 2, "{said:?}");
    }
}
