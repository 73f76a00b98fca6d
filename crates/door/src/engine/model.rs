//! A survey, figures and an attacker turned into slots to be filled once per world.
//!
//! Mechanisms ask for figures and answers while they are built; each gets a slot. A quantity asked for
//! twice is one
//! slot, so what ways in share is drawn once per world. Who asked for what is written down: that is what
//! a result rests on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::draws::{name_key, uniform};
use crate::figures::{Attacker, Band, Dist, FigureError, Figures, Table};
use crate::survey::{Key, Kind, Survey, Value};
use crate::ways::Way;

/// Where a quantity's value stands in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u16);

/// The values of one world.
#[derive(Debug, Clone)]
pub struct World {
    values: Vec<f64>,
}

impl World {
    /// The value in `slot`.
    #[inline]
    pub fn get(&self, slot: Slot) -> f64 {
        self.values[usize::from(slot.0)]
    }

    /// Whether the event in `slot` (0 or 1) holds.
    #[inline]
    pub fn holds(&self, slot: Slot) -> bool {
        self.get(slot) > 0.5
    }
}

/// One slot for each word of a choice; the world's choice says which counts.
#[derive(Debug, Clone)]
pub struct ByWord {
    choice: Slot,
    slots: Vec<Slot>,
}

impl ByWord {
    /// The value that belongs to this world's word.
    #[inline]
    pub fn get(&self, world: &World) -> f64 {
        world.get(self.slots[world.get(self.choice) as usize])
    }
}

#[derive(Debug, Clone)]
enum Law {
    /// Quantiles of a figure.
    Table(Arc<Table>),
    /// Uniform in 0..1: the luck of an attempt.
    Uniform,
    /// A word with cumulated weights.
    Words(Vec<f64>),
}

#[derive(Debug, Clone)]
struct Draw {
    slot: Slot,
    name: u64,
    law: Law,
}

/// An unknown answer and where its values stand: what a next question could ask.
#[derive(Debug, Clone, Copy)]
pub struct Unknown {
    /// The key nobody has answered.
    pub key: Key,
    /// Its slot.
    pub slot: Slot,
}

/// Everything that is drawn and everything that is fixed.
#[derive(Debug, Clone, Default)]
pub struct Draws {
    fixed: Vec<f64>,
    chance: Vec<Draw>,
    ignorance: Vec<Draw>,
    /// Unknown answers among them.
    pub unknown: Vec<Unknown>,
    /// Figure ids and who uses them.
    pub used: BTreeMap<String, Vec<Way>>,
    /// Keys that any mechanism asked for, known or not: only these can change the result.
    pub asked: BTreeSet<Key>,
}

impl Draws {
    /// A world with everything that is not drawn.
    pub fn start(&self) -> World {
        World { values: self.fixed.clone() }
    }

    /// Draws what differs from attempt to attempt.
    #[inline]
    pub fn chance(&self, world: &mut World, key: u64) {
        fill(&self.chance, world, key);
    }

    /// Draws what we do not know.
    #[inline]
    pub fn ignorance(&self, world: &mut World, key: u64) {
        fill(&self.ignorance, world, key);
    }
}

#[inline]
fn fill(draws: &[Draw], world: &mut World, key: u64) {
    for draw in draws {
        let u = uniform(key, draw.name);
        world.values[usize::from(draw.slot.0)] = match &draw.law {
            Law::Table(table) => table.at(u),
            Law::Uniform => u,
            Law::Words(cumulated) => {
                cumulated.partition_point(|sum| *sum <= u).min(cumulated.len() - 1) as f64
            }
        };
    }
}

/// Builds [`Draws`] while mechanisms ask for what they need.
pub struct Build<'a> {
    survey: &'a Survey,
    figures: &'a Figures,
    /// The attacker whose attempt it is.
    pub attacker: &'a Attacker,
    draws: Draws,
    slots: BTreeMap<String, Slot>,
    ways: Vec<Way>,
    missing: Option<String>,
}

impl<'a> Build<'a> {
    /// Starts with nothing.
    pub fn new(survey: &'a Survey, figures: &'a Figures, attacker: &'a Attacker) -> Self {
        let draws = Draws::default();
        Self { survey, figures, attacker, draws, slots: BTreeMap::new(), ways: Vec::new(), missing: None }
    }

    /// Says for which ways in the next requests are.
    pub fn serving(&mut self, ways: &[Way]) {
        self.ways = ways.to_vec();
    }

    /// What was gathered.
    ///
    /// # Errors
    /// Names the first figure that was asked for and is not there.
    pub fn finish(self) -> Result<Draws, FigureError> {
        match self.missing {
            Some(id) => Err(FigureError::Missing(id)),
            None => Ok(self.draws),
        }
    }

    /// A figure by id, in the band it says.
    pub fn figure(&mut self, id: &str) -> Slot {
        self.note_use(id);
        if let Some(slot) = self.slots.get(id) {
            return *slot;
        }
        let Some(figure) = self.figures.get(id) else {
            return self.lost(id);
        };
        let (table, band) = (Arc::clone(&figure.table), figure.band);
        let name = name_key(&figure.draw);
        match *table {
            Table::Point(value) => self.fixed(id, value),
            _ => self.drawn(id, name, Law::Table(table), band),
        }
    }

    /// The curve of a figure: pairs of argument and value.
    pub fn curve(&mut self, id: &str) -> Vec<(f64, f64)> {
        self.note_use(id);
        match self.figures.get(id).map(|figure| &figure.dist) {
            Some(Dist::Curve(points)) => points.clone(),
            _ => {
                self.lost(id);
                vec![(0.0, 0.0), (1.0, 0.0)]
            }
        }
    }

    /// A uniform number of its own for the luck of an attempt.
    pub fn luck(&mut self, name: &str) -> Slot {
        self.uniform(name, Band::Chance)
    }

    /// A uniform number of its own for something that is so or not so at this door, and not known.
    pub fn fate(&mut self, name: &str) -> Slot {
        self.uniform(name, Band::Ignorance)
    }

    fn uniform(&mut self, name: &str, band: Band) -> Slot {
        let id = format!("~{name}");
        match self.slots.get(&id) {
            Some(slot) => *slot,
            None => self.drawn(&id, name_key(&id), Law::Uniform, band),
        }
    }

    /// The answer to a choice, as the position of its word; drawn from the prior when unknown.
    pub fn choice(&mut self, key: Key) -> Slot {
        self.draws.asked.insert(key);
        let id = key.path();
        if let Some(slot) = self.slots.get(id).copied() {
            self.note_prior(key);
            return slot;
        }
        if let Some(Value::Choice(at)) = self.survey.value(key) {
            return self.fixed(id, f64::from(at));
        }
        let words: Vec<&str> = key.options().iter().map(|opt| opt.word).collect();
        let law = self.words_law(key, &words);
        self.unknown(key, id, law)
    }

    /// 1 when the choice's word is among `words`, else 0: for known answers a constant.
    pub fn is(&mut self, key: Key, words: &[&str]) -> Is {
        let choice = self.choice(key);
        let mask = words.iter().filter_map(|word| key.option(word)).fold(0_u32, |mask, at| mask | 1 << at);
        Is { choice, mask }
    }

    /// One figure for each word of a choice: `family.word`, or `family.default` for words without one of
    /// their own.
    /// Only the word known is asked for.
    pub fn by_word(&mut self, key: Key, family: &str) -> ByWord {
        let choice = self.choice(key);
        let known = self.survey.word(key);
        let slots = key
            .options()
            .iter()
            .map(|opt| match known {
                Some(word) if word != opt.word => Slot(0),
                _ => {
                    let own = format!("{family}.{}", opt.word);
                    let id = if self.figures.get(&own).is_some() { own } else { format!("{family}.default") };
                    self.figure(&id)
                }
            })
            .collect();
        ByWord { choice, slots }
    }

    /// The answer to yes or no, as 1 or 0.
    pub fn yes(&mut self, key: Key) -> Slot {
        self.draws.asked.insert(key);
        let id = key.path();
        if let Some(slot) = self.slots.get(id).copied() {
            self.note_prior(key);
            return slot;
        }
        if let Some(Value::Yes(yes)) = self.survey.value(key) {
            return self.fixed(id, f64::from(u8::from(yes)));
        }
        let law = self.words_law(key, &["no", "yes"]);
        self.unknown(key, id, law)
    }

    /// Whether the set holds `word`, as 1 or 0.
    pub fn has(&mut self, key: Key, word: &str) -> Slot {
        self.draws.asked.insert(key);
        let id = format!("{}={word}", key.path());
        if let Some(slot) = self.slots.get(&id).copied() {
            self.note_prior(key);
            return slot;
        }
        if let Some(has) = self.survey.has(key, word) {
            return self.fixed(&id, f64::from(u8::from(has)));
        }
        self.note_prior(key);
        let share = match self.prior(key) {
            Some(Dist::Weights(weights)) => weights.get(word).copied().unwrap_or(0.0),
            _ => {
                self.lost(&prior_id(key));
                0.0
            }
        };
        self.unknown(key, &id, Law::Words(vec![1.0 - share, 1.0]))
    }

    /// The answer to a length or count; drawn from the prior when unknown.
    pub fn number(&mut self, key: Key) -> Slot {
        self.draws.asked.insert(key);
        let id = key.path();
        if let Some(slot) = self.slots.get(id).copied() {
            self.note_prior(key);
            return slot;
        }
        if let Some(Value::Number(number)) = self.survey.value(key) {
            return self.fixed(id, number);
        }
        self.note_prior(key);
        match self.figures.get(&prior_id(key)).map(|figure| Arc::clone(&figure.table)) {
            Some(table) => self.unknown(key, id, Law::Table(table)),
            None => self.lost(&prior_id(key)),
        }
    }

    fn unknown(&mut self, key: Key, id: &str, law: Law) -> Slot {
        let slot = self.drawn(id, name_key(id), law, Band::Ignorance);
        self.draws.unknown.push(Unknown { key, slot });
        slot
    }

    fn words_law(&mut self, key: Key, words: &[&str]) -> Law {
        self.note_prior(key);
        let weights: Vec<f64> = match self.prior(key) {
            Some(Dist::Weights(weights)) => {
                words.iter().map(|word| weights.get(*word).copied().unwrap_or(0.0)).collect()
            }
            _ => {
                self.lost(&prior_id(key));
                vec![1.0; words.len()]
            }
        };
        let total: f64 = weights.iter().sum();
        let cumulated = weights.iter().scan(0.0, |sum, weight| {
            *sum += weight / total;
            Some(*sum)
        });
        Law::Words(cumulated.collect())
    }

    fn prior(&self, key: Key) -> Option<&Dist> {
        self.figures.get(&prior_id(key)).map(|figure| &figure.dist)
    }

    fn fixed(&mut self, id: &str, value: f64) -> Slot {
        let slot = self.next_slot(value);
        self.slots.insert(id.to_owned(), slot);
        slot
    }

    fn drawn(&mut self, id: &str, name: u64, law: Law, band: Band) -> Slot {
        let slot = self.next_slot(0.0);
        let draw = Draw { slot, name, law };
        match band {
            Band::Chance => self.draws.chance.push(draw),
            Band::Ignorance => self.draws.ignorance.push(draw),
        }
        self.slots.insert(id.to_owned(), slot);
        slot
    }

    fn next_slot(&mut self, value: f64) -> Slot {
        let slot = Slot(u16::try_from(self.draws.fixed.len()).unwrap_or(u16::MAX));
        self.draws.fixed.push(value);
        slot
    }

    fn lost(&mut self, id: &str) -> Slot {
        self.missing.get_or_insert_with(|| id.to_owned());
        self.next_slot(0.0)
    }

    fn note_prior(&mut self, key: Key) {
        if self.survey.value(key).is_none() {
            self.note_use(&prior_id(key));
        }
    }

    fn note_use(&mut self, id: &str) {
        let users = self.draws.used.entry(id.to_owned()).or_default();
        for way in &self.ways {
            if !users.contains(way) {
                users.push(*way);
            }
        }
    }
}

/// The figure that says how an unanswered key is spread.
pub fn prior_id(key: Key) -> String {
    format!("prior.{}", key.path())
}

/// A question about a choice, asked in each world.
#[derive(Debug, Clone, Copy)]
pub struct Is {
    choice: Slot,
    mask: u32,
}

impl Is {
    /// Whether it is so in this world.
    #[inline]
    pub fn so(self, world: &World) -> bool {
        self.mask >> (world.get(self.choice) as u32) & 1 == 1
    }
}

/// The kinds whose unknown answers need a prior: all of them. Used by the tests of the figure files.
pub fn needs_prior(kind: Kind) -> bool {
    match kind {
        Kind::Choice(_) | Kind::Many(_) | Kind::Length { .. } | Kind::Count { .. } | Kind::YesNo => true,
    }
}
