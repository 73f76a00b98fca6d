//! Figures: what is refused, and that nothing the engine asks for is missing.

use door::engine::model::{needs_prior, prior_id};
use door::engine::run::Attempt;
use door::figures::{Figures, Kind};
use door::survey::{SPECS, Survey};

use crate::common::FIGURES;

const ONE: &str = r#"
[[figure]]
id = "x"
what = "w"
unit = "s"
population = "p"
band = "chance"
value = { point = 1 }
seen = "primary"
source = { title = "t", year = 2020, address = "https://example.org" }
"#;

fn refused(text: &str) -> String {
    Figures::builtin().unwrap().override_with("own.toml", text).unwrap_err().to_string()
}

#[test]
fn d2_a_figure_without_its_source_is_refused() {
    Figures::builtin().unwrap().override_with("own.toml", ONE).unwrap();
    let without: String =
        ONE.lines().filter(|line| !line.starts_with("source")).map(|line| format!("{line}\n")).collect();
    assert!(refused(&without).contains("needs a source"));
    for field in ["what", "unit", "population", "band", "value", "seen"] {
        let without: String =
            ONE.lines().filter(|line| !line.starts_with(field)).map(|line| format!("{line}\n")).collect();
        assert!(refused(&without).contains(field), "{field}");
    }
    assert!(refused(&ONE.replace("primary", "hearsay")).contains("hearsay"));
    assert!(refused(&ONE.replace("point = 1", "point = nan")).contains("no number"));
    assert!(refused(&ONE.replace("point = 1", "log = [3, 1]")).contains("smaller"));
    assert!(refused(&ONE.replace("point = 1", "trials = 3, successes = 4")).contains("trials"));
    assert!(refused("[[figure]").contains("own.toml"));
}

#[test]
fn d2_an_estimate_says_what_it_leans_on() {
    for figure in FIGURES.all() {
        assert!(figure.kind != Kind::Estimate || !figure.note.is_empty(), "{}", figure.id);
        assert!(figure.kind == Kind::Estimate || figure.source.is_some(), "{}", figure.id);
    }
}

#[test]
fn d2_an_override_is_marked() {
    let mut figures = Figures::builtin().unwrap();
    figures.override_with("own.toml", &ONE.replace("id = \"x\"", "id = \"kick.energy\"")).unwrap();
    assert!(figures.get("kick.energy").unwrap().overridden);
    assert!(!FIGURES.get("kick.energy").unwrap().overridden);
}

/// D2: an attacker and a price of the owner's own keep their place in the order, and the report says so.
#[test]
fn d2_own_attackers_and_prices_keep_their_place_and_are_said() {
    let mut figures = Figures::builtin().unwrap();
    let own = "[[attacker]]\nname = \"opportunist\"\nwho = \"a child\"\ntools = [\"hands\"]\nskill = \"none\"\nnote = \"tried\"\n";
    figures.override_with("own.toml", own).unwrap();
    let names = |figures: &Figures| figures.attackers.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&figures), names(&FIGURES));
    let options = door::Options { worlds: 1000, upgrade_worlds: 50, ..door::Options::default() };
    let report = door::audit(&door::survey::Survey::default(), &figures, &options).unwrap();
    assert_eq!(report.overridden, ["attacker opportunist"]);
}

#[test]
fn d2_nothing_asked_for_is_missing() {
    for spec in SPECS {
        let prior = FIGURES.get(&prior_id(spec.key)).is_some();
        assert_eq!(prior, needs_prior(spec.key), "a prior for {}", spec.path);
    }
    for attacker in &FIGURES.attackers {
        Attempt::new(&Survey::default(), &FIGURES, attacker).unwrap();
        // each word of each choice alone
        for spec in SPECS {
            for opt in spec.key.options() {
                let mut survey = Survey::default();
                survey.set_text(spec.path, opt.word).unwrap();
                Attempt::new(&survey, &FIGURES, attacker).unwrap();
            }
        }
    }
}

#[test]
fn d2_no_figure_lies_unused() {
    let mut used: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for attacker in &FIGURES.attackers {
        used.extend(Attempt::new(&Survey::default(), &FIGURES, attacker).unwrap().draws.used.into_keys());
    }
    let idle: Vec<&str> = FIGURES
        .all()
        .map(|figure| figure.id.as_str())
        .filter(|id| {
            !used.contains(*id)
                && !id.starts_with("prior.")
                && !id.starts_with("stranded.")
                && !id.starts_with("pick.skill.")
        })
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}
