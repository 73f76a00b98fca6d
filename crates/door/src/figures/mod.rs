//! Figures: every physical and human number the audit rests on, as data with its source.
//!
//! The loader refuses a figure that does not say what it is, in which unit, for whom, where it comes from
//! and how that was seen. A number without a source is an *estimate* and must say on what it leans.
//! This module samples nothing; it only turns a value into a table of quantiles.

mod builtin;
mod dist;
mod load;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use builtin::BUILTIN;
pub use dist::{Dist, STEPS, Steps, Table, at_bits};
pub use load::FigureError;

/// How a figure was seen by whoever wrote it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// In the standard, study, maker's page or code itself.
    Primary,
    /// In a trade page, news story or summary that reports it.
    Secondary,
    /// In an unofficial copy of a paid standard.
    Mirror,
    /// Worked out from sourced inputs; the note says how.
    Computed,
    /// No source: judged, and wide for that reason.
    Estimate,
}

impl Kind {
    /// The word in files and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Mirror => "mirror",
            Self::Computed => "computed",
            Self::Estimate => "estimate",
        }
    }
}

/// Which of the two intervals a figure's spread belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// It differs from one attempt to the next.
    Chance,
    /// It has one value at this door, which we do not know.
    Ignorance,
}

/// Where a figure comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Title, with author or publisher.
    pub title: String,
    /// Year of what it reports; 0 where the page gives none.
    pub year: u16,
    /// Address of the page read.
    pub address: String,
}

/// One figure.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name, `group.thing`.
    pub id: String,
    /// What it is, in plain words.
    pub what: String,
    /// Unit: `J`, `s`, `mm`, `share`, `times`, `pieces`, `weights`.
    pub unit: String,
    /// Of whom or what it holds.
    pub population: String,
    /// Chance or ignorance.
    pub band: Band,
    /// Its value.
    pub dist: Dist,
    /// Ready for sampling.
    pub table: Arc<Table>,
    /// Figures of one family share a draw, so that a stronger variant is stronger in every world.
    pub draw: String,
    /// How it was seen.
    pub kind: Kind,
    /// Source; absent for an estimate only.
    pub source: Option<Source>,
    /// How it was derived, what speaks against it; required of estimates and computed figures.
    pub note: String,
    /// The owner has put it in place of ours.
    pub overridden: bool,
}

/// All figures, attackers and upgrades.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    figures: BTreeMap<String, Figure>,
    /// Attackers, in the order of the file.
    pub attackers: Vec<Attacker>,
    /// Upgrades, in the order of the file.
    pub upgrades: Vec<Upgrade>,
    /// Attackers and upgrades that the owner put in, as `attacker NAME` and `upgrade ID`.
    pub replaced: Vec<String>,
}

/// Somebody who wants in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attacker {
    /// Short name, as in commands.
    pub name: String,
    /// In plain words.
    pub who: String,
    /// What he has and can do: the tools and skills that ways in ask for.
    pub tools: Vec<String>,
    /// `none`, `learner`, `practised` or `expert`: at picks, rakes and bump keys.
    pub skill: String,
    /// Why he is as he is: source or judgement.
    pub note: String,
}

impl Attacker {
    /// Whether he has that tool or skill.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|own| own == tool)
    }
}

/// Who may make a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renter {
    /// A renter may do it and undo it.
    May,
    /// A renter may do it after asking.
    Ask,
    /// It is for the owner.
    No,
}

/// One thing that can be done to a door.
#[derive(Debug, Clone, PartialEq)]
pub struct Upgrade {
    /// Short name.
    pub id: String,
    /// What to do, in plain words.
    pub what: String,
    /// Answers it changes: key path and value as text.
    pub changes: Vec<(String, String)>,
    /// Only where this answer stands so (key path, words), as told or seen.
    pub only_if: Vec<(String, Vec<String>)>,
    /// Price range in about one US dollar or euro, parts alone.
    pub price: Option<(f64, f64)>,
    /// Minutes of work.
    pub minutes: u32,
    /// Whether a renter may do it.
    pub renter: Renter,
    /// Who must be asked, if anybody.
    pub ask: Option<String>,
    /// Source of the price, or *estimate*.
    pub price_note: String,
}

impl Figures {
    /// The figures that come with the program.
    ///
    /// # Errors
    /// Never for the files as shipped; the tests read them all.
    pub fn builtin() -> Result<Self, FigureError> {
        let mut figures = Self::default();
        for (name, text) in BUILTIN {
            figures.add(name, text, false)?;
        }
        figures.check()?;
        Ok(figures)
    }

    /// Reads one more file over what is there: a figure, attacker or upgrade of the same name takes the
    /// place of ours,
    /// and the result says so.
    ///
    /// # Errors
    /// Names the file, the figure and what it lacks.
    pub fn override_with(&mut self, file: &str, text: &str) -> Result<(), FigureError> {
        self.add(file, text, true)?;
        self.check()
    }

    /// The figure of that id.
    pub fn get(&self, id: &str) -> Option<&Figure> {
        self.figures.get(id)
    }

    /// All figures by id.
    pub fn all(&self) -> impl Iterator<Item = &Figure> {
        self.figures.values()
    }

    /// The attacker of that name.
    pub fn attacker(&self, name: &str) -> Option<&Attacker> {
        self.attackers.iter().find(|attacker| attacker.name == name)
    }

    /// The attacker's name that is nearest to what was written.
    pub fn nearest_attacker(&self, name: &str) -> &str {
        let names: Vec<&str> = self.attackers.iter().map(|attacker| attacker.name.as_str()).collect();
        crate::survey::read::nearest(name, &names)
    }
}
