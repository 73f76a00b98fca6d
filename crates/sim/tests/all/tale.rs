//! Stories told by hand, for the tests beside.

use sim::{Act, KINDS, Ms, Options, Outcome, Sabotage, Story, live};

/// A house with one lock of each of these kinds, at UTC, in which these things happen; it lasts three days.
pub fn tale(kinds: &[&str], acts: Vec<(Ms, Act)>) -> Story {
    let number = |name: &&str| KINDS.iter().position(|kind| kind.name == *name).expect("a kind of that name");
    let doors = kinds.iter().map(|name| (number(name), 3)).collect();
    Story { seed: 11, begins: "2026-06-01T06:00:00Z", doors, acts, lasts: 3 * sim::DAY }
}

/// What becomes of it.
pub fn tell(kinds: &[&str], acts: Vec<(Ms, Act)>) -> Outcome {
    let outcome = live(&tale(kinds, acts), Options { lines: true, ..Options::default() }).expect("a world");
    assert_eq!(outcome.violations, vec![], "{}", outcome.lines.join("\n"));
    outcome
}

/// The properties that a seeded bug breaks.
pub fn broken_by(bug: Sabotage, kinds: &[&str], acts: Vec<(Ms, Act)>) -> Vec<&'static str> {
    let story = tale(kinds, acts);
    let healthy = live(&story, Options::default()).expect("a world");
    assert_eq!(healthy.violations, vec![], "without the bug nothing is broken");
    let outcome =
        live(&story, Options { sabotage: Some(bug), go_on: true, ..Options::default() }).expect("a world");
    let mut broken: Vec<_> = outcome.violations.iter().map(|one| one.property).collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}

/// The number of the first line that holds all of these words.
pub fn line(outcome: &Outcome, words: &[&str]) -> Option<usize> {
    outcome.lines.iter().position(|line| words.iter().all(|word| line.contains(word)))
}

/// How often a line holds all of these words.
pub fn lines(outcome: &Outcome, words: &[&str]) -> usize {
    outcome.lines.iter().filter(|line| words.iter().all(|word| line.contains(word))).count()
}
