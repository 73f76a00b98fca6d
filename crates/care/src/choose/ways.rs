//! Ways of access side by side for this home (A1): who can use each, whether it can be picked, and what happens when
//! something fails. Each cell says why and what it rests on; the cells are data, `rules/ways.toml`.

use std::sync::LazyLock;

use door::report::Report;
use door::survey::{Key, Survey};
use serde::{Deserialize, Serialize};

use crate::rule::{Decided, Rests, When, read};
use crate::words::{say, word};

/// The ways, in the order of the table.
pub const WAYS: &[&str] = &["keypad", "phone", "fingerprint", "key-and-keypad", "voice", "keyless"];

/// The questions, in the order of the table, each with the answer that makes it matter in a home; `None`: always.
const ASKS: &[(&str, Option<(Key, &str)>)] = &[
    ("children", Some((Key::HomeChildren, "yes"))),
    ("cleaners", Some((Key::HomeHelpers, "yes"))),
    ("gloves", Some((Key::HomeCold, "yes"))),
    ("wet", Some((Key::HomeCold, "yes"))),
    ("no-phone", Some((Key::HomeNoPhone, "yes"))),
    ("picked", None),
    ("dead-battery", None),
    ("no-network", None),
    ("lost-phone", None),
    ("power-cut", None),
];

/// How a way does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// Well.
    Good,
    /// With a drawback.
    Partly,
    /// Badly or not at all.
    Poor,
}

impl Does {
    /// In words.
    pub fn words(self) -> String {
        word(match self {
            Self::Good => "choose.does.good",
            Self::Partly => "choose.does.partly",
            Self::Poor => "choose.does.poor",
        })
    }
}

/// A question of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    /// Short name.
    pub id: &'static str,
    /// In words.
    pub words: String,
    /// Whether this home needs it, as far as is known.
    pub matters: bool,
    /// The answer that decides whether it does.
    pub decided: Option<Decided>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The question.
    pub ask: &'static str,
    /// How the way does.
    pub does: Does,
    /// Why.
    pub why: String,
    /// What that rests on.
    pub rests: Rests,
    /// Answers of this home that decided; empty where it is the same for every home.
    pub decided: Vec<Decided>,
}

/// A way with its cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Way {
    /// Short name.
    pub id: &'static str,
    /// In words.
    pub words: String,
    /// One for each question, in order.
    pub cells: Vec<Cell>,
    /// Questions that matter here and that it does badly.
    pub poor_here: usize,
}

/// The table for a home.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The questions.
    pub asks: Vec<Ask>,
    /// The ways, those first that do badly in the fewest questions that matter.
    pub ways: Vec<Way>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    source: Vec<RawSource>,
    cell: Vec<RawCell>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    id: String,
    title: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCell {
    way: String,
    ask: String,
    say: Does,
    words: String,
    rests: String,
    #[serde(default)]
    when: When,
}

static RULES: LazyLock<Result<File, String>> =
    LazyLock::new(|| read("ways.toml", include_str!("../../rules/ways.toml")));

/// The table for this home; `report` is the audit of the door.
pub fn table(survey: &Survey, report: &Report) -> Table {
    let asks: Vec<Ask> = ASKS.iter().map(|(id, needs)| ask(survey, id, *needs)).collect();
    let mut ways: Vec<Way> = WAYS.iter().map(|id| way(survey, report, id, &asks)).collect();
    // stable: equals stay in the order of the table
    ways.sort_by_key(|way| way.poor_here);
    Table { asks, ways }
}

fn ask(survey: &Survey, id: &'static str, needs: Option<(Key, &str)>) -> Ask {
    let matters = needs.is_none_or(|(key, _)| survey.yes(key) == Some(true));
    let decided = needs.map(|(key, _)| Decided::of(survey, key));
    Ask { id, words: word(&format!("choose.ask.{id}")), matters, decided }
}

fn way(survey: &Survey, report: &Report, id: &'static str, asks: &[Ask]) -> Way {
    let cells: Vec<Cell> = asks.iter().filter_map(|ask| cell(survey, report, id, ask.id)).collect();
    let poor_here = cells
        .iter()
        .filter(|cell| cell.does == Does::Poor && asks.iter().any(|ask| ask.id == cell.ask && ask.matters))
        .count();
    Way { id, words: word(&format!("choose.way.{id}")), cells, poor_here }
}

/// The first cell whose condition holds.
fn cell(survey: &Survey, report: &Report, way: &str, ask: &'static str) -> Option<Cell> {
    let file = RULES.as_ref().ok()?;
    let mut cells = file.cell.iter().filter(|cell| cell.way == way && cell.ask == ask);
    let (raw, decided) = cells.find_map(|raw| raw.when.holds(survey).map(|decided| (raw, decided)))?;
    let rests = match raw.rests.as_str() {
        "estimate" => Rests::Estimate,
        "works" => Rests::Works,
        "audit" => Rests::Audit,
        id => {
            let source = file.source.iter().find(|source| source.id == id)?;
            Rests::Source { title: source.title.clone(), address: source.address.clone() }
        }
    };
    let key = format!("choose.cell.{}", raw.words);
    let why = match &rests {
        Rests::Audit => say(&key, &[("answer", &report.can_be_picked.answer)]),
        _ => word(&key),
    };
    Some(Cell { ask, does: raw.say, why, rests, decided })
}

#[cfg(test)]
#[path = "ways_test.rs"]
mod tests;
