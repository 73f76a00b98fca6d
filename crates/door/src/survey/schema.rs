//! The JSON Schema of a survey file, written out section by section without `$ref`.

use serde_json::{Map, Value as Json, json};

use super::keys::{ALSO, SECTIONS, SPECS};
use super::spec::{Kind, Spec};

/// The schema (draft 2020-12). Units stand in `x-unit`, the question in `title`, how to measure in
/// `description`.
pub fn schema() -> Json {
    let mut sections = Map::new();
    for (section, title) in SECTIONS {
        let mut properties = Map::new();
        for spec in SPECS.iter().filter(|spec| spec.key.section() == *section) {
            properties.insert(spec.key.name().to_owned(), property(spec));
        }
        for (path, key) in ALSO.iter().filter(|(path, _)| path.split('.').next() == Some(*section)) {
            let name = path.split_once('.').map_or(*path, |(_, name)| name);
            properties.insert(name.to_owned(), property(key.spec()));
        }
        let table = json!({ "type": "object", "title": title, "properties": properties, "additionalProperties": false });
        sections.insert((*section).to_owned(), table);
    }
    sections.insert("seen".to_owned(), seen());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Doorward survey of one door",
        "description": "Every key may be left out or set to \"unknown\"; nothing has a silent default.",
        "type": "object",
        "properties": sections,
        "additionalProperties": false,
    })
}

fn seen() -> Json {
    json!({
        "type": "object",
        "title": "Answers read by the hub",
        "description": "Key path in quotes = time of the sighting. An answer not listed here was told by a person.",
        "properties": {},
        "additionalProperties": { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}([T ].+)?$" },
    })
}

fn property(spec: &Spec) -> Json {
    let mut out = match spec.kind {
        Kind::Choice(options) => {
            let mut words: Vec<Json> = options.iter().map(|opt| json!(opt.word)).collect();
            words.push(json!("unknown"));
            let spellings = options.iter().flat_map(|opt| opt.also).map(|word| match *word {
                "true" => json!(true),
                "false" => json!(false),
                other => json!(other),
            });
            words.extend(spellings);
            let means: Map<String, Json> =
                options.iter().map(|opt| (opt.word.to_owned(), json!(opt.means))).collect();
            json!({ "enum": words, "x-means": means })
        }
        Kind::Many(options) => {
            let words: Vec<&str> = options.iter().map(|opt| opt.word).collect();
            let means: Map<String, Json> =
                options.iter().map(|opt| (opt.word.to_owned(), json!(opt.means))).collect();
            json!({ "type": ["array", "string"], "items": { "enum": words }, "pattern": "^unknown$", "x-means": means })
        }
        Kind::Length { min, max } => json!({
            "type": ["number", "string"], "minimum": min, "maximum": max, "x-unit": "mm",
            "pattern": "^(unknown|[0-9][0-9./ -]*\\s*(mm|cm|in|inch|inches|\")?)$",
        }),
        Kind::Count { min, max, unit } => json!({
            "type": ["integer", "string"], "minimum": min, "maximum": max, "x-unit": unit,
            "pattern": if unit == "months" { "^(unknown|never)$" } else { "^unknown$" },
        }),
        Kind::YesNo => json!({ "enum": [true, false, "unknown"] }),
    };
    if let Json::Object(map) = &mut out {
        map.insert("title".to_owned(), json!(spec.ask));
        if !spec.help.is_empty() {
            map.insert("description".to_owned(), json!(spec.help));
        }
    }
    out
}
