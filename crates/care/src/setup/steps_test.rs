//! The checklist knows the door, ticks what was seen, and counts anew after the lock was replaced.

use super::*;
use crate::setup::calls::Who;
use crate::setup::progress::Said;
use crate::testing::home;

fn list(text: &str) -> Vec<Step> {
    steps(&home(text), &[], &Progress::default(), "")
}

fn ids(steps: &[Step]) -> Vec<&str> {
    steps.iter().map(|step| step.id.as_str()).collect()
}

fn one(steps: Vec<Step>, id: &str) -> Step {
    steps.into_iter().find(|step| step.id == id).unwrap()
}

#[test]
fn a5_the_steps_are_whole() {
    let file = RULES.as_ref().unwrap();
    for raw in &file.step {
        assert!(crate::words::has(&format!("setup.step.{}", raw.id)), "{}", raw.id);
        assert!(crate::words::has(&format!("setup.step.{}-how", raw.id)), "{}", raw.id);
        assert!(
            raw.call.is_empty() || crate::setup::calls::TASKS.contains(&raw.call.as_str()),
            "{}",
            raw.call
        );
        assert!(raw.draw.is_empty() || draw(&raw.draw, "").is_some(), "{}", raw.draw);
        assert!(known(&raw.id));
        raw.when.tells_two_homes_apart(&raw.id);
        raw.done.tells_two_homes_apart(&raw.id);
        if !raw.when.always() {
            let there = steps(&raw.when.example(), &[], &Progress::default(), "");
            assert!(ids(&there).contains(&raw.id.as_str()), "{}", raw.id);
            let gone = steps(&raw.when.counter().unwrap(), &[], &Progress::default(), "");
            assert!(!ids(&gone).contains(&raw.id.as_str()), "{}", raw.id);
        }
        if !raw.done.always() {
            let mut done = raw.when.example();
            done.overlay(&raw.done.example());
            let step = steps(&done, &[], &Progress::default(), "").into_iter().find(|one| one.id == raw.id);
            assert_eq!(step.unwrap().stands, Stands::Told, "{}", raw.id);
        }
    }
    assert!(!known("nothing"));
}

#[test]
fn a5_two_doors_get_different_steps_and_the_answer_is_named() {
    let plain = list("[smart]\nkind = \"none\"\n");
    let smart = list("[smart]\nkind = \"stand-alone\"\nradio = \"zwave\"\nways = [\"keypad\"]\n");
    for id in ["pair", "batteries", "default-code", "dead-battery", "own-codes"] {
        assert!(!ids(&plain).contains(&id), "{id}");
        assert!(ids(&smart).contains(&id), "{id}");
    }
    assert!(ids(&plain).contains(&"backup-cut"));
    let keyless = list("[cylinder]\nkind = \"none\"\n");
    assert!(ids(&keyless).contains(&"backup-code") && !ids(&keyless).contains(&"backup-cut"));
    let step = one(smart, "batteries");
    assert_eq!(step.decided[0].key, "smart.kind");
    assert!(!ids(&list("[home]\ncold = false\n")).contains(&"cold"));
}

#[test]
fn a5_what_the_hub_sees_ticks_itself_with_its_evidence() {
    let seen = "[smart]\nkind = \"stand-alone\"\nradio = \"zwave\"\nradio_class = \"current\"\n[seen]\n\"smart.radio_class\" = \"2026-11-23T08:00:00Z\"\n";
    let pair = one(list(seen), "pair");
    assert_eq!(pair.stands, Stands::Seen);
    assert!(pair.sees && pair.evidence.contains("seen 2026-11-23T08:00:00Z"), "{}", pair.evidence);
    let told =
        one(list(&seen.replace("[seen]\n\"smart.radio_class\" = \"2026-11-23T08:00:00Z\"\n", "")), "pair");
    assert_eq!(told.stands, Stands::Told);
    let legacy = one(list(&seen.replace("current", "legacy")), "pair");
    assert_eq!(legacy.stands, Stands::Open);
    let fact = Fact { id: "dead-battery", what: "A code was refused.".into(), when: "2026-11-23".into() };
    let survey = home("[smart]\nkind = \"stand-alone\"\n");
    let all = steps(&survey, &[fact], &Progress::default(), "");
    let rehearsed = one(all, "dead-battery");
    assert_eq!(rehearsed.stands, Stands::Seen);
    assert!(rehearsed.evidence.contains("A code was refused."));
}

#[test]
fn a5_a_yes_ticks_and_a_replaced_lock_counts_anew() {
    let survey = home("[smart]\nkind = \"stand-alone\"\n");
    let mut progress = Progress::default();
    let said = Said {
        done: true,
        by: "Ana".into(),
        at: "2026-11-20".into(),
        lock: "one".into(),
        note: "stiff".into(),
        ..Said::default()
    };
    progress.say("mount", said.clone());
    progress.say("strike-off", said);
    let now = steps(&survey, &[], &progress, "one");
    assert_eq!(one(now.clone(), "mount").stands, Stands::Ticked);
    assert!(one(now, "mount").evidence.contains("Ana"));
    let later = steps(&survey, &[], &progress, "two");
    let mount = one(later.clone(), "mount");
    assert_eq!((mount.stands.clone(), mount.done(), mount.note.as_str()), (Stands::Anew, false, "stiff"));
    // the strike is not the lock
    assert_eq!(one(later, "strike-off").stands, Stands::Ticked);
}

#[test]
fn a5_each_step_says_who_does_it() {
    let rent = list("[home]\ntenure = \"rent\"\n");
    assert_eq!(one(rent, "strike-off").call.unwrap().who, Who::Landlord);
    let wired = list("[smart]\nkind = \"electric-strike\"\n");
    assert_eq!(one(wired, "wiring").call.unwrap().who, Who::Electrician);
}
