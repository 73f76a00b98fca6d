//! The contract of `--json` (docs/audit-report.schema.json) and of a survey (`--schema`), held against what the
//! program writes and reads. The validator knows the keywords that the two schemas use and refuses all others.

use door::survey::schema::schema;
use door::{Options, audit};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{BUILDERS_LOCK, FIGURES, survey};

const REPORT: &str = include_str!("../../../../docs/audit-report.schema.json");

/// What issue and docs promise at least, as paths through objects and lists.
const PROMISED: &[&str] = &[
    "schema",
    "seed",
    "worlds",
    "attackers",
    "weakest",
    "layers",
    "flags",
    "maintenance_pass",
    "upgrades",
    "next_question",
    "figures",
    "attackers.name",
    "attackers.curve",
    "attackers.ways",
    "attackers.curve.t_s",
    "attackers.curve.p",
    "attackers.curve.chance",
    "attackers.curve.ignorance",
    "attackers.ways.id",
    "attackers.ways.first_share",
    "attackers.ways.median_s",
    "weakest.way",
    "weakest.attacker",
    "layers.id",
    "layers.share",
    "flags.id",
    "flags.evidence",
    "upgrades.id",
    "upgrades.attacker",
    "upgrades.within_s",
    "upgrades.p_before",
    "upgrades.p_after",
    "upgrades.price",
    "upgrades.renter",
    "next_question.key",
    "next_question.gain",
    "figures.id",
    "figures.kind",
];

/// Everything wrong with a value, each with its place.
fn wrong(schema: &Value, root: &Value, value: &Value, at: &str, out: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else { return };
    let mut say = |what: String| out.push(format!("{at}: {what}"));
    let number = value.as_f64();
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "x-unit" | "x-means" => {}
            "type" => {
                let types: Vec<&str> = rule.as_str().map(|one| vec![one]).unwrap_or_else(|| {
                    rule.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
                });
                let is = |kind: &&str| match *kind {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("type {other}"),
                };
                if !types.iter().any(is) {
                    say(format!("{value} is none of {types:?}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    say(format!("{value} is not among {rule}"));
                }
            }
            "minimum" if number.is_some_and(|n| n < rule.as_f64().unwrap()) => {
                say(format!("{value} < {rule}"))
            }
            "maximum" if number.is_some_and(|n| n > rule.as_f64().unwrap()) => {
                say(format!("{value} > {rule}"))
            }
            "minLength"
                if value.as_str().is_some_and(|text| text.len() < rule.as_u64().unwrap() as usize) =>
            {
                say("too short".to_owned());
            }
            "minItems"
                if value.as_array().is_some_and(|list| list.len() < rule.as_u64().unwrap() as usize) =>
            {
                say("too few".to_owned());
            }
            "maxItems"
                if value.as_array().is_some_and(|list| list.len() > rule.as_u64().unwrap() as usize) =>
            {
                say("too many".to_owned());
            }
            "minimum" | "maximum" | "minLength" | "minItems" | "maxItems" => {}
            // the survey's patterns: words that stand for a number; tried on the values of its tests only
            "pattern" => {}
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        say(format!("{name} is missing"));
                    }
                }
            }
            "additionalProperties" | "properties" | "items" | "anyOf" | "$ref" => {}
            other => panic!("a keyword that this validator does not know: {other}"),
        }
    }
    if let Some(to) = rules.get("$ref") {
        let name = to.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
        wrong(&root["$defs"][name], root, value, at, out);
    }
    if let Some(any) = rules.get("anyOf") {
        let fits = any.as_array().unwrap().iter().any(|one| {
            let mut own = Vec::new();
            wrong(one, root, value, at, &mut own);
            own.is_empty()
        });
        if !fits {
            out.push(format!("{at}: fits none of {any}"));
        }
    }
    if let (Some(fields), Some(known)) = (value.as_object(), rules.get("properties")) {
        for (name, field) in fields {
            let place = format!("{at}.{name}");
            match (known.get(name), rules.get("additionalProperties")) {
                (Some(schema), _) => wrong(schema, root, field, &place, out),
                (None, Some(Value::Bool(false))) => out.push(format!("{place}: is not in the schema")),
                (None, Some(schema)) => wrong(schema, root, field, &place, out),
                (None, None) => {}
            }
        }
    }
    if let (Some(list), Some(schema)) = (value.as_array(), rules.get("items")) {
        for (n, item) in list.iter().enumerate() {
            wrong(schema, root, item, &format!("{at}[{n}]"), out);
        }
    }
}

fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    wrong(schema, schema, value, "", &mut out);
    out
}

fn report(text: &str, options: Options) -> Value {
    serde_json::to_value(audit(&survey(text), &FIGURES, &options).unwrap()).unwrap()
}

fn quick() -> Options {
    Options { worlds: 1000, upgrade_worlds: 200, ..Options::default() }
}

/// Whether a path is required by the schema, through lists, `$ref` and `anyOf`.
fn required(root: &Value, schema: &Value, path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else { return true };
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        return required(root, &root["$defs"][to.strip_prefix("#/$defs/").unwrap()], path);
    }
    if let Some(any) = schema.get("anyOf").and_then(Value::as_array) {
        return any.iter().any(|one| required(root, one, path));
    }
    if let Some(items) = schema.get("items") {
        return required(root, items, path);
    }
    let named = schema["required"].as_array().is_some_and(|list| list.iter().any(|one| one == name));
    named && required(root, &schema["properties"][name], rest)
}

#[test]
fn d2_the_schema_requires_every_promised_field() {
    let schema: Value = serde_json::from_str(REPORT).unwrap();
    for path in PROMISED {
        let parts: Vec<&str> = path.split('.').collect();
        assert!(required(&schema, &schema, &parts), "{path}");
    }
    assert!(!required(&schema, &schema, &["weakest", "colour"]));
}

#[test]
fn d2_reports_of_all_sorts_keep_the_contract() {
    let schema: Value = serde_json::from_str(REPORT).unwrap();
    let keyless = "[home]\ntenure = \"rent\"\n[cylinder]\nkind = \"none\"\n[smart]\nkind = \"stand-alone\"\n";
    let what_if = vec![("frame.screw_length_mm".to_owned(), "3in".to_owned())];
    for (text, options) in [
        ("", quick()),
        (BUILDERS_LOCK, Options { what_if, ..quick() }),
        (keyless, quick()),
        (BUILDERS_LOCK, Options { attacker: Some("picker".into()), within_s: 60.0, ..quick() }),
    ] {
        let report = report(text, options);
        assert_eq!(faults(&schema, &report), Vec::<String>::new());
        // D2: what it rests on, down to the source of each figure; only an estimate may be without
        for figure in report["figures"].as_array().unwrap() {
            assert!(figure["kind"] == "estimate" || figure["source"].is_object(), "{figure}");
        }
    }
}

#[test]
fn d2_the_schema_refuses_what_breaks_the_contract() {
    let schema: Value = serde_json::from_str(REPORT).unwrap();
    let good = report(BUILDERS_LOCK, quick());
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        faults(&schema, &value)
    };
    assert!(broken(&|_| ()).is_empty());
    assert_eq!(broken(&|v| v["attackers"][0]["curve"][0]["p"] = json!(1.2)).len(), 1);
    assert_eq!(broken(&|v| v["schema"] = json!(2)).len(), 1);
    assert_eq!(broken(&|v| v["upgrades"][0]["price"] = json!([1])).len(), 1);
    assert_eq!(broken(&|v| v["new_field"] = json!(1)).len(), 1);
    assert_eq!(broken(&|v| drop(v.as_object_mut().unwrap().remove("weakest"))).len(), 1);
    assert_eq!(broken(&|v| v["figures"][0]["kind"] = json!("guess")).len(), 1);
}

fn of_toml(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn d1_the_schema_of_a_survey_takes_what_the_reader_takes() {
    let schema = schema();
    assert_eq!(faults(&schema, &of_toml(BUILDERS_LOCK)), Vec::<String>::new());
    for (text, faulty) in [
        ("[frame]\nscrew_length_mm = 76", false),
        ("[frame]\nscrew_length_mm = \"3in\"", false),
        ("[frame]\nscrew_length_mm = 3", true),
        ("[door]\nleaf = \"unknown\"", false),
        ("[door]\nleaf = \"paper\"", true),
        ("[dore]\nleaf = \"solid\"", true),
        ("[cylinder]\nsecurity = [\"spools\"]", false),
        ("[cylinder]\nsecurity = [\"magic\"]", true),
        ("[smart]\ncode_length = 99", true),
    ] {
        assert_eq!(!faults(&schema, &of_toml(text)).is_empty(), faulty, "{text}");
        assert_eq!(door::survey::Survey::from_toml(text).is_err(), faulty, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is answered: the file fits the survey's schema, the report fits the report's.
    #[test]
    fn d1_d2_any_survey_and_its_report_fit_their_schemas(survey in crate::laws::any_survey()) {
        prop_assert_eq!(faults(&schema(), &of_toml(&survey.to_toml())), Vec::<String>::new());
        let report = audit(&survey, &FIGURES, &quick()).unwrap();
        let contract: Value = serde_json::from_str(REPORT).unwrap();
        prop_assert_eq!(faults(&contract, &serde_json::to_value(report).unwrap()), Vec::<String>::new());
    }
}
