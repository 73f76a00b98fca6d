//! Reads a YAML test file into steps. Knows the form of the files, nothing of locks.

use std::path::Path;

use anyhow::{Context, bail};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// A test file.
pub struct Suite {
    /// File name.
    pub file: String,
    /// PICS that the whole file needs.
    pub pics: Vec<String>,
    /// Its `config` block: defaults, and values by name.
    pub config: Map<String, Value>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A step as written; absent fields are `None`.
#[derive(Default)]
pub struct Step {
    /// What it says of itself.
    pub label: String,
    /// Who speaks: `alpha` unless said otherwise.
    pub identity: String,
    /// Cluster, the file's by default.
    pub cluster: String,
    /// Command or pseudo command.
    pub command: String,
    /// Attribute to read or write.
    pub attribute: Option<String>,
    /// Event to read.
    pub event: Option<String>,
    /// Least event number.
    pub event_number: Option<u64>,
    /// Guard.
    pub pics: Option<String>,
    /// Switched off by its authors (manual steps).
    pub disabled: bool,
    /// A timed interaction.
    pub timed: bool,
    /// Named arguments.
    pub arguments: Map<String, Value>,
    /// The value to write.
    pub value: Option<Value>,
    /// Expected responses: one, or several for events. Empty when any success will do.
    pub responses: Vec<Value>,
    /// The responses were written as a list, so their number counts.
    pub listed: bool,
}

impl Suite {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is not of the known form.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(file, &text)
    }

    fn parse(file: String, text: &str) -> anyhow::Result<Self> {
        let documents = Yaml::load_from_str(text)?;
        let root = documents.first().map(plain).context("the file is empty")?;
        let config = root.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
        let cluster = config.get("cluster").map(text_of).unwrap_or_default();
        let pics = match root.get("PICS") {
            Some(Value::Array(list)) => list.iter().map(text_of).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![text_of(one)],
        };
        let Some(Value::Array(tests)) = root.get("tests") else { bail!("there is no list of tests") };
        let steps = tests.iter().map(|test| step(test, &cluster)).collect::<anyhow::Result<_>>()?;
        Ok(Self { file, pics, config, steps })
    }
}

fn step(test: &Value, cluster: &str) -> anyhow::Result<Step> {
    let test = test.as_object().context("a step is not a mapping")?;
    let text = |key: &str| test.get(key).filter(|v| !v.is_null()).map(text_of);
    let mut step = Step {
        label: text("label").unwrap_or_default(),
        identity: text("identity").unwrap_or_else(|| "alpha".to_owned()),
        cluster: text("cluster").unwrap_or_else(|| cluster.to_owned()),
        command: text("command").unwrap_or_default(),
        attribute: text("attribute"),
        event: text("event"),
        event_number: test.get("eventNumber").and_then(Value::as_u64),
        pics: text("PICS"),
        disabled: test.get("disabled").and_then(Value::as_bool).unwrap_or(false),
        timed: test.get("timedInteractionTimeoutMs").is_some_and(|v| !v.is_null()),
        ..Step::default()
    };
    if let Some(arguments) = test.get("arguments").and_then(Value::as_object) {
        step.value = arguments.get("value").cloned();
        if let Some(Value::Array(values)) = arguments.get("values") {
            for entry in values {
                let name = entry.get("name").map(text_of).context("an argument has no name")?;
                step.arguments.insert(name, entry.get("value").cloned().unwrap_or(Value::Null));
            }
        }
    }
    match test.get("response") {
        None | Some(Value::Null) => {}
        Some(Value::Array(list)) => {
            step.listed = true;
            step.responses.clone_from(list);
        }
        Some(one) => step.responses.push(one.clone()),
    }
    Ok(step)
}

/// A scalar as text.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// YAML as plain values. Numbers of any base become numbers, quoted text stays text.
fn plain(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(text)) => Value::String(text.to_string()),
        Yaml::Sequence(list) => Value::Array(list.iter().map(plain).collect()),
        Yaml::Mapping(map) => {
            let entries = map.iter().map(|(key, value)| (text_of(&plain(key)), plain(value)));
            Value::Object(entries.collect())
        }
        Yaml::Tagged(_, inner) => plain(inner),
        _ => Value::Null,
    }
}
