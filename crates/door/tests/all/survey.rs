//! D1: reading, refusing and writing surveys.

use door::survey::{Evidence, Key, Kind, SPECS, Survey, Value};

use crate::common::{BUILDERS_LOCK, survey};

fn complaint(text: &str) -> String {
    Survey::from_toml(text).unwrap_err().to_string()
}

#[test]
fn d1_reads_units_words_and_spellings() {
    let read = survey(BUILDERS_LOCK);
    assert!((read.number(Key::FrameScrewLength).unwrap() - 19.05).abs() < 1e-9);
    assert_eq!(read.word(Key::CylinderKind), Some("pin-tumbler"));
    assert_eq!(read.value(Key::AccountPassword), None);
    let read = survey(
        "[account]\nsecond_factor = true\n[habits]\nbackup_tested_months = \"never\"\ncodes_shared = false",
    );
    assert_eq!(read.word(Key::AccountSecondFactor), Some("app"));
    assert_eq!(read.number(Key::HabitBackupTested), Some(600.0));
    assert_eq!(read.word(Key::HabitCodesShared), Some("none"));
}

#[test]
fn d1_unknown_is_unknown_and_nothing_is_silent() {
    let read = survey("[door]\nleaf = \"unknown\"\n[bolt]\nthrow_mm = \"unknown\"\ndeadlocks = \"unknown\"");
    assert_eq!(read, Survey::default());
    assert_eq!(survey(""), Survey::default());
}

#[test]
fn d1_errors_say_where_and_what_was_meant() {
    let said = complaint("[frame]\nscrew_lenght_mm = 76\n");
    assert!(said.contains("line 2, column 1") && said.contains("frame.screw_length_mm"), "{said}");
    let said = complaint("[cylinder]\nkind = \"pin-tumbeler\"\n");
    assert!(said.contains("line 2, column 8") && said.contains("`pin-tumbler`"), "{said}");
    let said = complaint("[framee]\ngap_mm = 2\n");
    assert!(said.contains("line 1, column 2") && said.contains("`frame`"), "{said}");
    let said = complaint("[bolt]\nthrow_mm = = 3\n");
    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn d1_bad_numbers_are_refused_with_the_reason() {
    assert!(complaint("[frame]\ngap_mm = nan").contains("no number"));
    assert!(complaint("[frame]\ngap_mm = -2").contains("negative"));
    let said = complaint("[frame]\nscrew_length_mm = 3");
    assert!(said.contains("out of range") && said.contains("3in"), "{said}");
    assert!(complaint("[smart]\ncode_length = 4.5").contains("whole number"));
    assert!(complaint("[smart]\ncode_length = 99").contains("out of range"));
    assert!(complaint("[smart]\ncode_length = 99999999999999999999").contains("too large"));
    assert!(complaint(&"# x\n".repeat(1000)).contains("lines"));
    assert!(complaint(&"x".repeat(70_000)).contains("bytes"));
}

#[test]
fn d1_the_order_of_keys_does_not_matter() {
    let mut sections: Vec<&str> = BUILDERS_LOCK.split("\n[").collect();
    sections.reverse();
    let turned: String =
        sections.iter().filter(|part| !part.trim().is_empty()).map(|part| format!("[{part}\n")).collect();
    assert_eq!(survey(&turned), survey(BUILDERS_LOCK));
}

#[test]
fn d1_seen_answers_carry_their_time() {
    let read = survey(
        "[smart]\ncode_length = 4\nkind = \"stand-alone\"\n[seen]\n\"smart.code_length\" = \"2026-11-20T08:00:00Z\"",
    );
    let seen = Evidence::Seen { when: "2026-11-20T08:00:00Z".to_owned() };
    assert_eq!(read.answer(Key::SmartCodeLength).unwrap().evidence, seen);
    assert_eq!(read.answer(Key::SmartKind).unwrap().evidence, Evidence::Told);
    assert_eq!(survey(&read.to_toml()), read);
    assert!(complaint("[seen]\n\"smart.code_length\" = \"yesterday\"").contains("no date"));
    assert!(complaint("[seen]\n\"smart.code_length\" = \"2026-11-20\"").contains("no answer"));
}

#[test]
fn d1_contradictions_are_named() {
    let read = survey("[cylinder]\nkind = \"none\"\npins = 5");
    let said = read.contradictions()[0].to_string();
    assert!(said.contains("cylinder.kind") && said.contains("cylinder.pins"), "{said}");
    assert!(survey(BUILDERS_LOCK).contradictions().is_empty());
    assert!(
        survey("[cylinder]\nkind = \"none\"\nstandard = \"none\"\n[smart]\nways = [\"keypad\"]")
            .contradictions()
            .is_empty()
    );
    let mut read = survey("[cylinder]\nkind = \"pin-tumbler\"\npins = 5\nstandard = \"skg-2\"");
    read.exchange(Key::CylinderKind, Value::Choice(Key::CylinderKind.option("none").unwrap()));
    assert!(read.contradictions().is_empty());
}

#[test]
fn d1_every_answer_survives_writing() {
    for spec in SPECS {
        let values: Vec<Value> = match spec.kind {
            Kind::Choice(options) => (0..options.len()).map(|at| Value::Choice(at as u8)).collect(),
            Kind::Many(options) => {
                vec![Value::Many(0), Value::Many((1 << options.len()) - 1), Value::Many(2)]
            }
            Kind::Length { min, max } => {
                vec![Value::Number(min), Value::Number(max), Value::Number(min + 0.25)]
            }
            Kind::Count { min, max, .. } => {
                vec![Value::Number(f64::from(min)), Value::Number(f64::from(max))]
            }
            Kind::YesNo => vec![Value::Yes(true), Value::Yes(false)],
        };
        for value in values {
            let mut one = Survey::default();
            one.tell(spec.key, value);
            assert_eq!(survey(&one.to_toml()), one, "{}", spec.path);
            let mut two = Survey::default();
            two.set_text(spec.path, &door::survey::write::as_text(spec.key, value)).unwrap();
            assert_eq!(two, one, "{}", spec.path);
        }
    }
}

#[test]
fn d1_the_schema_holds_every_key_without_references() {
    let schema = door::survey::schema::schema();
    let text = schema.to_string();
    assert!(!text.contains("$ref"));
    for spec in SPECS {
        let property = &schema["properties"][spec.key.section()]["properties"][spec.key.name()];
        assert!(property.is_object(), "{}", spec.path);
        assert!(property["title"].is_string());
    }
    assert_eq!(schema["properties"]["frame"]["properties"]["gap_mm"]["x-unit"], "mm");
    let kinds = schema["properties"]["cylinder"]["properties"]["kind"]["enum"].as_array().unwrap();
    for word in ["pin-tumbler", "dimple", "disc-detainer", "wafer", "none", "unknown"] {
        assert!(kinds.iter().any(|kind| kind == word));
    }
}

#[test]
fn a4_measures_are_read_in_both_units_and_under_both_names() {
    let read = survey(
        "[measure]\nthickness_mm = \"1 3/4in\"\nbackset_mm = \"2.375in\"\ncross_bore_mm = 54\nhanding = \"left-in\"",
    );
    assert!((read.number(Key::DoorThickness).unwrap() - 44.45).abs() < 1e-9);
    assert!((read.number(Key::MeasureBackset).unwrap() - 60.325).abs() < 1e-9);
    assert_eq!(read.word(Key::MeasureHanding), Some("left-in"));
    assert!(read.contradictions().is_empty());
    assert_eq!(survey(&read.to_toml()), read);
    let twice = Survey::from_toml("[door]\nthickness_mm = 44\n[measure]\nthickness_mm = 40").unwrap_err();
    assert!(twice.to_string().contains("are the same measure and differ"), "{twice}");
    assert!(Survey::from_toml("[door]\nthickness_mm = 44\n[measure]\nthickness_mm = 44").is_ok());
}

#[test]
fn a4_impossible_measures_are_named() {
    for (text, says) in [
        ("[measure]\nbackset_mm = 2.375", "if these are inches, write `\"2.375in\"`"),
        ("[measure]\nbackset_mm = -60", "cannot be negative"),
        ("[measure]\nbackset_mm = \"2in 5mm\"", "mixes two units"),
        ("[measure]\nbackset_mm = 600", "out of range"),
        ("[measure]\nhanding = \"left\"", "did you mean `left-"),
    ] {
        let problem = Survey::from_toml(text).unwrap_err().to_string();
        assert!(problem.contains(says), "{text}: {problem}");
    }
    for (text, says) in [
        ("[measure]\nthickness_mm = 35\nedge_bore_mm = 35", "as wide as the door is thick"),
        ("[measure]\nbackset_mm = 20\ncross_bore_mm = 54", "run out of the door's edge"),
        ("[measure]\nprep = \"none\"\ncross_bore_mm = 54", "no hole is cut yet"),
    ] {
        let problem = survey(text).contradictions().first().unwrap().to_string();
        assert!(problem.contains(says), "{text}: {problem}");
    }
}

#[test]
fn d1_one_of_a_thing_is_said_as_one() {
    let read = survey("[home]\npeople = 1\ndoors = 2\n[frame]\nscrews = 1\n");
    assert_eq!(read.in_words(Key::HomePeople).as_deref(), Some("1 person"));
    assert_eq!(read.in_words(Key::HomeDoors).as_deref(), Some("2 doors"));
    assert_eq!(read.in_words(Key::FrameScrews).as_deref(), Some("1 screw"));
}
