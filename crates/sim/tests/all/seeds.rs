//! Seeds: the same one gives the same trace, and two hundred of them break no promise.

use sim::{Options, Story, live, runs};

#[test]
fn the_same_seed_gives_the_same_trace_twice() {
    for seed in [1, 7, 42] {
        let story = Story::short(seed);
        let first = live(&story, Options::default()).unwrap();
        // another world in between leaves nothing behind
        live(&Story::short(seed + 1), Options::default()).unwrap();
        let second = live(&story, Options::default()).unwrap();
        assert_eq!((&first.hash, first.commits), (&second.hash, second.commits), "seed {seed}");
        let other = live(&Story::short(seed + 1), Options::default()).unwrap();
        assert_ne!(first.hash, other.hash, "seed {seed} and the next are two worlds");
    }
}

#[test]
fn two_hundred_short_worlds_break_no_promise() {
    let report = runs(1, 200, 2, Options::default(), Story::short).unwrap();
    let first = report.failures.first().map(|(seed, outcome)| (*seed, outcome.violations.clone()));
    assert_eq!(report.failed, 0, "{first:?}");
    for met in ["hub died", "bad weather", "late copy of a command", "state: in force", "state: suspended"] {
        assert!(report.coverage.get(met).is_some_and(|times| *times > 0), "never met: {met}");
    }
}
