//! A failing seed is made short and told: shown with a seeded bug.

use sim::{Act, Options, Sabotage, Story, live, shrink};

/// Seeds that are tried until one meets the bug.
const SEEDS: u64 = 20;
/// Lives that may be spent on making it short.
const TRIES: u32 = 300;

#[test]
fn a_failing_seed_shrinks_to_a_story_that_can_be_read() {
    let bug = Options { sabotage: Some(Sabotage::RefusesClears), ..Options::default() };
    let (story, broken) = (1..=SEEDS)
        .find_map(|seed| {
            let story = Story::short(seed);
            let first = live(&story, bug).unwrap().violations.first().cloned()?;
            Some((story, first))
        })
        .expect("some seed has a code that ends");
    assert!(story.acts.len() > 80, "{}", story.acts.len());
    let short = shrink(&story, broken.property, bug, TRIES).unwrap();
    assert!(short.acts.len() <= 4, "made short: {:?}", short.acts);
    assert!(short.acts.iter().any(|(_, act)| matches!(act, Act::Arrive { .. })), "{:?}", short.acts);
    let told = live(&short, Options { lines: true, ..bug }).unwrap();
    let again = live(&short, Options { lines: true, ..bug }).unwrap();
    assert_eq!((&told.hash, &told.lines), (&again.hash, &again.lines));
    assert_eq!(told.violations.first().map(|one| one.property), Some(broken.property));
    // who came, what was given, what went over the air, all with its moment
    for words in ["At the machine gave Guest", "is set by the hub", "is in force on Lock", "day   "] {
        assert!(told.lines.iter().any(|line| line.contains(words)), "{words}:\n{}", told.lines.join("\n"));
    }
    assert!(told.lines.len() < 80, "{}", told.lines.join("\n"));
    let healthy = live(&short, Options::default()).unwrap();
    assert_eq!(healthy.violations, vec![], "without the bug nothing is broken");
}
