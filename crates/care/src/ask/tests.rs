//! Each question in several wordings, two doors that get different answers, and strangers that get none.

use door::figures::Figures;
use door::{Options, audit};

use super::*;

fn reply(question: &str, survey: &str) -> Reply {
    let survey = Survey::from_toml(survey).unwrap();
    let figures = Figures::builtin().unwrap();
    let options = Options { worlds: 1000, upgrade_worlds: 300, ..Options::default() };
    let report = audit(&survey, &figures, &options).unwrap();
    let about = About { survey: &survey, report: &report, sight: None, audit: "/doors/x/audit".into() };
    ask(question, &about).unwrap()
}

#[test]
fn questions_are_found_in_many_wordings() {
    for (id, wordings) in [
        ("plain-lock", &["is mine easier to pick than a plain lock?", "Can my smart lock be picked?"][..]),
        ("keyless", &["does keyless solve it?", "Would a lock without a keyway help?"]),
        ("pick-or-bump", &["pick or bump?", "what is quicker, bumping or picking"]),
        (
            "wifi",
            &[
                "will it work without Wi-Fi?",
                "what happens when the internet is down",
                "does it need a network",
            ],
        ),
        (
            "cloud-log",
            &["is the cloud log safe?", "who can see my entries at the maker", "is my data private"],
        ),
        (
            "diy",
            &["do it myself?", "do I need a locksmith", "Should I call an electrician or install it myself?"],
        ),
        ("dearer", &["does a dearer lock resist more?", "is an expensive lock better"]),
        ("weakest", &["what is the weakest way in?", "how would a burglar get in"]),
        ("first", &["what should I do first?", "what helps most for the money"]),
    ] {
        for wording in wordings {
            assert_eq!(question(wording).unwrap(), Some(id), "{wording}");
        }
    }
}

#[test]
fn a_stranger_is_told_honestly_what_can_be_answered() {
    for stranger in ["what is the capital of France", "tell me a joke", "how tall are giraffes?", "zzz"] {
        assert_eq!(question(stranger).unwrap(), None, "{stranger}");
    }
    let said = reply("tell me a joke", "");
    assert!(said.question.is_none() && said.others.len() == QUESTIONS.len());
    assert!(said.answer.contains("cannot answer"), "{}", said.answer);
    assert_eq!(question("  "), Err(AskError::Empty));
    assert_eq!(question(&"x".repeat(301)), Err(AskError::Long));
}

#[test]
fn two_doors_get_different_answers_and_each_names_what_decided() {
    let plain = "[cylinder]\nkind = \"pin-tumbler\"\npins = 5\n";
    for (question, one, other, decided) in [
        (
            "is mine easier to pick than a plain lock?",
            plain,
            "[cylinder]\nkind = \"disc-detainer\"",
            "half-round key",
        ),
        ("does keyless solve it?", plain, "[cylinder]\nkind = \"none\"", "no keyway"),
        ("will it work without Wi-Fi?", "[smart]\nradio = \"wifi\"", "[smart]\nradio = \"zigbee\"", "Zigbee"),
        (
            "is the cloud log safe?",
            "[smart]\nlog_place = \"cloud\"",
            "[smart]\nlog_place = \"home\"",
            "at home",
        ),
        ("do it myself?", "[home]\ntenure = \"own\"", "[smart]\nkind = \"access-panel\"", "panel"),
    ] {
        let (a, b) = (reply(question, one), reply(question, other));
        assert_ne!(a.answer, b.answer, "{question}");
        assert!(b.reasons.iter().any(|reason| reason.text.contains(decided)), "{question}: {b:?}");
        assert!(b.reasons.iter().all(|reason| reason.link.starts_with('/')));
    }
    let (weak, strong) = (
        "[door]\nleaf = \"hollow-core\"\n[frame]\nmaterial = \"wood\"\nscrew_length_mm = 19",
        "[door]\nclass = \"rc4\"\n[cylinder]\nkind = \"disc-detainer\"\nstandard = \"vds-bz\"",
    );
    assert_ne!(
        reply("what is the weakest way in?", weak).answer,
        reply("what is the weakest way in?", strong).answer
    );
    let dear = reply("does a dearer lock resist more?", weak);
    assert!(dear.reasons.iter().any(|reason| reason.text.contains("grade")), "{dear:?}");
    let bump = reply("pick or bump?", plain);
    assert!(bump.reasons.len() >= 3, "{bump:?}");
    let none = reply("pick or bump?", "[cylinder]\nkind = \"none\"");
    assert_ne!(bump.answer, none.answer);
}
