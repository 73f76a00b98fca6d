//! The hub dies at every await of a small story, once at each: nothing that was accepted is lost, nothing comes twice,
//! and all comes to rest (I7).

use sim::{Act, HOUR, MINUTE, Options, Shape, live};

use crate::tale::tale;

fn life(kind: &str, awaits: Option<u64>) -> sim::Outcome {
    let mut acts = vec![
        (MINUTE, Act::Arrive { door: 0, shape: Shape::Always }),
        (HOUR, Act::Arrive { door: 0, shape: Shape::Hours(30) }),
        (2 * HOUR, Act::Recode { person: 0 }),
        (3 * HOUR, Act::Enter { person: 0, door: 0 }),
        (4 * HOUR, Act::OldDigits { person: 1 }),
        (5 * HOUR, Act::Revoke { grant: 0 }),
        (6 * HOUR, Act::Enter { person: 1, door: 0 }),
        (7 * HOUR, Act::Leave { person: 1 }),
    ];
    if let Some(awaits) = awaits {
        acts.insert(0, (0, Act::CrashAt { awaits, minutes: 1 }));
    }
    let mut story = tale(&[kind], acts);
    story.lasts = 8 * HOUR;
    live(&story, Options { lines: true, ..Options::default() }).unwrap()
}

#[test]
fn i7_the_hub_dies_at_every_await_and_loses_nothing() {
    for kind in ["own core", "zigbee", "write-only"] {
        let calm = life(kind, None);
        assert_eq!(calm.violations, vec![], "{}", calm.lines.join("\n"));
        assert!(calm.awaits > 40, "{}", calm.awaits);
        let mut died = 0;
        for at in 1..=calm.awaits {
            let outcome = life(kind, Some(at));
            died += outcome.coverage.get("hub died").copied().unwrap_or(0);
            assert_eq!(
                outcome.violations,
                vec![],
                "{kind}, dead at await {at}:\n{}",
                outcome.lines.join("\n")
            );
        }
        assert_eq!(died, calm.awaits, "{kind}: once at each");
    }
}
