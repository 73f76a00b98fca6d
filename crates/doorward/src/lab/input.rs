//! Descriptions of cylinders from flags and files, with errors that name entry and field.

use anyhow::{Context as _, bail};
use clap::Args;
use cylinder::describe::Description;
use serde_json::{Map, Value};
use std::{io::Read as _, path::Path};

/// Most bytes read from a file of descriptions.
const MOST_BYTES: u64 = 4 << 20;
/// Most descriptions in one file.
const MOST_ENTRIES: usize = 2000;

/// One cylinder by flags, or from a file.
#[derive(Debug, Args)]
pub struct Described {
    /// A JSON file with one description (`-` reads standard input); flags override it.
    #[arg(long)]
    file: Option<std::path::PathBuf>,
    /// pin-tumbler, dimple, wafer, disc-detainer, lever or slider.
    #[arg(long)]
    kind: Option<String>,
    /// Number of pins, wafers, discs, levers or sliders.
    #[arg(long)]
    pins: Option<u8>,
    /// Security elements: none, some, all, unknown.
    #[arg(long)]
    security: Option<String>,
    /// Shape of security drivers: spool, mushroom, serrated, stepped, mixed.
    #[arg(long)]
    driver: Option<String>,
    /// Quality of make: loose, medium, tight, unknown.
    #[arg(long)]
    tolerance: Option<String>,
    /// Springs: soft, normal, stiff.
    #[arg(long)]
    springs: Option<String>,
    /// A second row against an active sidebar.
    #[arg(long)]
    sidebar: bool,
    /// False gates.
    #[arg(long)]
    false_gates: bool,
    /// Measures against bumping.
    #[arg(long)]
    anti_bump: bool,
    /// Chambers with a master pin.
    #[arg(long)]
    master_pins: Option<u8>,
    /// Cuts from bow to tip, as 3,1,4,0,2.
    #[arg(long, value_delimiter = ',')]
    bitting: Option<Vec<u8>>,
    /// Spread of the chamber offsets (µm).
    #[arg(long)]
    offset_um: Option<f64>,
    /// Spring stiffness (N/mm).
    #[arg(long, allow_negative_numbers = true)]
    spring_rate_n_mm: Option<f64>,
}

impl Described {
    /// The description meant.
    pub fn read(&self) -> anyhow::Result<Description> {
        let mut object = match &self.file {
            None => Map::new(),
            Some(path) => match text(path)? {
                Value::Object(o) => o,
                _ => bail!("{}: one description is an object: {{\"kind\": ...}}", path.display()),
            },
        };
        let words = [
            ("kind", &self.kind),
            ("security", &self.security),
            ("driver", &self.driver),
            ("tolerance", &self.tolerance),
            ("springs", &self.springs),
        ];
        for (key, word) in words {
            if let Some(w) = word {
                object.insert(key.into(), Value::from(w.as_str()));
            }
        }
        for (key, on) in
            [("sidebar", self.sidebar), ("false_gates", self.false_gates), ("anti_bump", self.anti_bump)]
        {
            if on {
                object.insert(key.into(), Value::from(true));
            }
        }
        if let Some(n) = self.pins {
            object.insert("pins".into(), n.into());
        }
        if let Some(n) = self.master_pins {
            object.insert("master_pins".into(), n.into());
        }
        if let Some(cuts) = &self.bitting {
            object.insert("bitting".into(), cuts.clone().into());
        }
        for (key, number) in [("offset_um", self.offset_um), ("spring_rate_n_mm", self.spring_rate_n_mm)] {
            if let Some(v) = number {
                if !v.is_finite() {
                    bail!("{key}: {v} cannot be used: it must be a number");
                }
                object.insert(key.into(), v.into());
            }
        }
        object.entry("kind").or_insert_with(|| "pin-tumbler".into());
        one(&Value::Object(object)).map_err(anyhow::Error::msg)
    }
}

/// Reads a JSON file of at most [`MOST_BYTES`]; `-` is standard input.
fn text(path: &Path) -> anyhow::Result<Value> {
    let shown = path.display();
    let mut bytes = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST_BYTES + 1).read_to_string(&mut bytes).context("standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot open {shown}"))?;
        file.take(MOST_BYTES + 1)
            .read_to_string(&mut bytes)
            .with_context(|| format!("cannot read {shown}"))?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{shown}: larger than {MOST_BYTES} bytes; split it");
    }
    serde_json::from_str(&bytes).with_context(|| format!("{shown} is not JSON"))
}

/// Reads an array of descriptions.
pub fn many(path: &Path) -> anyhow::Result<Vec<Description>> {
    let Value::Array(entries) = text(path)? else {
        bail!("{}: a list of descriptions is an array: [{{\"kind\": ...}}, ...]", path.display());
    };
    if entries.len() > MOST_ENTRIES {
        bail!("{}: {} entries; at most {MOST_ENTRIES} at a time", path.display(), entries.len());
    }
    entries
        .iter()
        .enumerate()
        .map(|(k, v)| {
            let id = v.get("id").and_then(Value::as_str).map(|i| format!(" ({i})")).unwrap_or_default();
            one(v).map_err(|e| anyhow::anyhow!("entry {}{id}: {e}", k + 1))
        })
        .collect()
}

/// One description; on failure the first field that is wrong is named.
fn one(value: &Value) -> Result<Description, String> {
    let Value::Object(object) = value else {
        return Err("a description is an object: {\"kind\": ...}".into());
    };
    // an id may be a number in someone's list; null means not told
    let mut clean = Map::new();
    for (key, v) in object {
        match (key.as_str(), v) {
            (_, Value::Null) => {}
            ("id", Value::Number(n)) => {
                clean.insert(key.clone(), n.to_string().into());
            }
            _ => {
                clean.insert(key.clone(), v.clone());
            }
        }
    }
    if !clean.contains_key("kind") {
        return Err("kind is missing; see doorward lab --schema".into());
    }
    serde_json::from_value(Value::Object(clean.clone())).map_err(|whole| {
        for (key, v) in &clean {
            let alone = Value::Object(Map::from_iter([(key.clone(), v.clone())]));
            if let Err(e) = serde_json::from_value::<Description>(alone) {
                return format!("{key}: {e}");
            }
        }
        whole.to_string()
    })
}
