//! Data sheets of locks: what a maker or a tester states of a model, field by field, each with the page that says it.
//!
//! A field without a source is refused, and so is a sheet that is only half filled in. What no page states is left
//! out and counts as unknown. Whether a lock fits a door is `fit`'s business.

use std::collections::BTreeMap;

use door::survey::{Key, units};
use serde::{Deserialize, Serialize};

/// The sheets that come with the program: file name and content.
pub const BUILTIN: &[(&str, &str)] = &[
    ("brinks-80.toml", include_str!("../../../../figures/locks/brinks-80.toml")),
    ("cal-royal-cb160.toml", include_str!("../../../../figures/locks/cal-royal-cb160.toml")),
    ("cal-royal-crb800.toml", include_str!("../../../../figures/locks/cal-royal-crb800.toml")),
    ("copper-creek-dbfr5410.toml", include_str!("../../../../figures/locks/copper-creek-dbfr5410.toml")),
    ("copper-creek-dbs2410.toml", include_str!("../../../../figures/locks/copper-creek-dbs2410.toml")),
    ("danalock-v3-zwave.toml", include_str!("../../../../figures/locks/danalock-v3-zwave.toml")),
    ("emtek-single-cylinder.toml", include_str!("../../../../figures/locks/emtek-single-cylinder.toml")),
    ("kwikset-zwave-deadbolt.toml", include_str!("../../../../figures/locks/kwikset-zwave-deadbolt.toml")),
    ("lockly-pgd728f.toml", include_str!("../../../../figures/locks/lockly-pgd728f.toml")),
    ("nuki-smart-lock.toml", include_str!("../../../../figures/locks/nuki-smart-lock.toml")),
    ("schlage-encode-be489.toml", include_str!("../../../../figures/locks/schlage-encode-be489.toml")),
    ("stone-harbor-deadbolt.toml", include_str!("../../../../figures/locks/stone-harbor-deadbolt.toml")),
    ("switchbot-lock.toml", include_str!("../../../../figures/locks/switchbot-lock.toml")),
    ("tedee-go.toml", include_str!("../../../../figures/locks/tedee-go.toml")),
    ("tell-db1000.toml", include_str!("../../../../figures/locks/tell-db1000.toml")),
    ("union-1027.toml", include_str!("../../../../figures/locks/union-1027.toml")),
    ("union-3g110.toml", include_str!("../../../../figures/locks/union-3g110.toml")),
];

/// Largest sheet read, bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Holds {
    /// Lengths: some (`any`) or a range (`from`, `to`), each believable between these bounds, mm.
    Length(f64, f64),
    /// Words of this list.
    Words(&'static [&'static str]),
    /// Words of a survey key's options.
    Options(Key),
    /// Free text.
    Text,
}

/// Every field a sheet may have, in the order of the page.
pub const FIELDS: &[(&str, Holds)] = &[
    ("mount", Holds::Words(&["bored", "mortice", "rim", "on-cylinder", "on-deadbolt"])),
    ("thickness", Holds::Length(20.0, 120.0)),
    ("thickness_kit", Holds::Length(20.0, 120.0)),
    ("backset", Holds::Length(15.0, 130.0)),
    ("cross_bore", Holds::Length(12.0, 80.0)),
    ("edge_bore", Holds::Length(8.0, 50.0)),
    ("handing", Holds::Words(&["left", "right", "left-in", "right-in", "left-out", "right-out"])),
    ("throw", Holds::Length(5.0, 60.0)),
    ("hole_depth", Holds::Length(5.0, 80.0)),
    ("clearance", Holds::Length(5.0, 400.0)),
    ("depth_inside", Holds::Length(5.0, 400.0)),
    ("cylinder_inside", Holds::Length(0.0, 40.0)),
    ("both_sides", Holds::Words(&["yes"])),
    ("grade", Holds::Options(Key::BoltGrade)),
    ("scheme", Holds::Text),
    ("cylinder", Holds::Text),
    ("ways", Holds::Options(Key::SmartWays)),
    ("radio", Holds::Options(Key::SmartRadio)),
    ("radio_class", Holds::Text),
    ("power", Holds::Text),
    ("log", Holds::Options(Key::SmartLogPlace)),
    ("backup", Holds::Text),
    ("default_code", Holds::Text),
    ("wrong_codes", Holds::Text),
];

/// A page that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name within the sheet.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Where it is.
    pub address: String,
    /// `primary`: the maker's own words; `secondary`: somebody who read or tried.
    pub seen: String,
}

/// What a field says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stated {
    /// One of these lengths, mm.
    Any(Vec<f64>),
    /// From, to, mm; an open end where the page gives none.
    Range(Option<f64>, Option<f64>),
    /// These words.
    Words(Vec<String>),
    /// In the page's words, shortened.
    Text(String),
}

/// A field with where it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// What it says.
    pub stated: Stated,
    /// What the page says, shortened.
    pub says: String,
    /// The page.
    pub source: Source,
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sheet {
    /// Short name: letters, digits, hyphens.
    pub id: String,
    /// Maker.
    pub maker: String,
    /// Model.
    pub model: String,
    /// What a buyer should know beside; empty.
    pub note: String,
    /// What is stated; a field that is not there is unknown.
    pub fields: BTreeMap<String, Field>,
}

/// Why a sheet was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("data sheet {file}: {what}")]
pub struct SheetError {
    /// Which file.
    pub file: String,
    /// What is wrong, and the way out.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSheet {
    id: String,
    maker: String,
    model: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    source: Vec<Source>,
    #[serde(default)]
    field: BTreeMap<String, RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    any: Option<Vec<RawLength>>,
    from: Option<RawLength>,
    to: Option<RawLength>,
    is: Option<Vec<String>>,
    text: Option<String>,
    source: Option<String>,
    #[serde(default)]
    says: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawLength {
    Number(f64),
    Text(String),
}

impl Sheet {
    /// Reads a sheet.
    ///
    /// # Errors
    /// Names the file, the field and what is wrong: no source, a source that is not listed, a measure out of range,
    /// a field that there is not, nothing stated at all.
    pub fn read(file: &str, text: &str) -> Result<Self, SheetError> {
        let refused = |what: String| SheetError { file: file.to_owned(), what };
        if text.len() > MAX_BYTES {
            return Err(refused(format!("it is larger than {MAX_BYTES} bytes")));
        }
        let raw: RawSheet =
            toml::from_str(text).map_err(|error| refused(error.to_string().trim().to_owned()))?;
        checked(&raw).map_err(&refused)?;
        let mut fields = BTreeMap::new();
        for (name, field) in &raw.field {
            let field =
                field.read(name, &raw.source).map_err(|what| refused(format!("field `{name}`: {what}")))?;
            fields.insert(name.clone(), field);
        }
        let RawSheet { id, maker, model, note, .. } = raw;
        Ok(Self { id, maker, model, note, fields })
    }

    /// Maker and model.
    pub fn name(&self) -> String {
        format!("{} {}", self.maker, self.model)
    }

    /// A field, where stated.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(name)
    }

    /// The words of a field; empty where not stated.
    pub fn words(&self, name: &str) -> &[String] {
        match self.fields.get(name).map(|field| &field.stated) {
            Some(Stated::Words(words)) => words,
            _ => &[],
        }
    }
}

/// Head and sources of a sheet.
fn checked(raw: &RawSheet) -> Result<(), String> {
    for (name, text) in [("id", &raw.id), ("maker", &raw.maker), ("model", &raw.model)] {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is empty"));
        }
    }
    if !raw.id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(format!("`{}` is no short name: small letters, digits and hyphens", raw.id));
    }
    for source in &raw.source {
        if source.title.trim().is_empty() || !source.address.starts_with("http") {
            return Err(format!("source `{}` needs a title and the address of a page", source.id));
        }
        if !matches!(source.seen.as_str(), "primary" | "secondary") {
            return Err(format!("source `{}`: seen is `primary` (the maker) or `secondary`", source.id));
        }
    }
    if raw.field.is_empty() {
        return Err("it is not filled in: no field is stated".to_owned());
    }
    Ok(())
}

impl RawField {
    fn read(&self, name: &str, sources: &[Source]) -> Result<Field, String> {
        let (_, holds) = FIELDS.iter().find(|(field, _)| *field == name).ok_or_else(|| {
            let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
            format!("there is no such field; there are: {}", names.join(", "))
        })?;
        let Some(from) = &self.source else {
            return Err("it has no source; leave the field out if no page states it".to_owned());
        };
        let source = sources
            .iter()
            .find(|source| source.id == *from)
            .ok_or_else(|| format!("its source `{from}` is not listed under [[source]]"))?;
        if self.says.trim().is_empty() {
            return Err("`says` is empty: put down what the page says".to_owned());
        }
        let stated = match holds {
            Holds::Length(min, max) => self.lengths(*min, *max)?,
            Holds::Words(words) => Stated::Words(self.words(|word| words.contains(&word))?),
            Holds::Options(key) => {
                Stated::Words(self.words(|word| key.options().iter().any(|opt| opt.word == word))?)
            }
            Holds::Text => Stated::Text(
                self.text.clone().filter(|text| !text.trim().is_empty()).ok_or("it takes `text = \"…\"`")?,
            ),
        };
        Ok(Field { stated, says: self.says.clone(), source: source.clone() })
    }

    fn lengths(&self, min: f64, max: f64) -> Result<Stated, String> {
        let read = |length: &RawLength| {
            let mm = match length {
                RawLength::Number(number) => *number,
                RawLength::Text(text) => units::length_mm(text)?,
            };
            if (min..=max).contains(&mm) {
                Ok(mm)
            } else {
                Err(format!(
                    "{mm} mm cannot be: it lies between {min} and {max} mm; inches are written `\"2 3/8in\"`"
                ))
            }
        };
        match (&self.any, &self.from, &self.to) {
            (Some(any), None, None) if !any.is_empty() => {
                any.iter().map(read).collect::<Result<Vec<_>, _>>().map(Stated::Any)
            }
            (None, from, to) if from.is_some() || to.is_some() => {
                let from = from.as_ref().map(read).transpose()?;
                let to = to.as_ref().map(read).transpose()?;
                if from.zip(to).is_some_and(|(from, to)| from > to) {
                    return Err("`from` is more than `to`".to_owned());
                }
                Ok(Stated::Range(from, to))
            }
            _ => Err("it takes `any = [lengths]`, or `from` and `to`".to_owned()),
        }
    }

    fn words(&self, known: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
        let words = self.is.clone().filter(|words| !words.is_empty()).ok_or("it takes `is = [\"word\"]`")?;
        match words.iter().find(|word| !known(word)) {
            Some(word) => Err(format!("it cannot be `{word}`")),
            None => Ok(words),
        }
    }
}

/// The sheets that come with the program, by maker and model.
///
/// # Errors
/// One is damaged; a test keeps that from happening.
pub fn builtin() -> Result<Vec<Sheet>, SheetError> {
    let mut sheets =
        BUILTIN.iter().map(|(file, text)| Sheet::read(file, text)).collect::<Result<Vec<_>, _>>()?;
    sheets.sort_by_key(Sheet::name);
    Ok(sheets)
}

#[cfg(test)]
#[path = "sheet_test.rs"]
mod tests;
