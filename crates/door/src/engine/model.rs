//! A survey, figures and an attacker turned into slots to be filled once per world.
//!
//! Mechanisms ask for figures and answers while they are built; each gets a slot. A quantity asked for
//! twice is one
//! slot, so what ways in share is drawn once per world. Who asked for what is written down: that is what
//! a result rests on.
//!
//! Worlds are drawn [`LANES`] at a time, one quantity after the other, so that a figure's table is read
//! while it is at hand; a mechanism sees one world of the block.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::draws::{bits, name_key, uniform};
use crate::figures::{Attacker, Band, Dist, FigureError, Figures, Table, at_bits};
use crate::survey::{Key, Survey, Value};
use crate::ways::Way;

/// Where a quantity's value stands in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot(u16);

/// Worlds drawn together.
pub const LANES: usize = 32;

/// A block of worlds, of which one is looked at.
#[derive(Debug, Clone)]
pub struct World {
    /// Slot by slot, [`LANES`] values each.
    values: Vec<f64>,
    lane: usize,
}

impl World {
    /// The value in `slot`.
    #[inline]
    pub fn get(&self, slot: Slot) -> f64 {
        self.values[usize::from(slot.0) * LANES + self.lane]
    }

    /// Whether the event in `slot` (0 or 1) holds.
    #[inline]
    pub fn holds(&self, slot: Slot) -> bool {
        self.get(slot) > 0.5
    }

    /// Looks at world number `lane` of the block, below [`LANES`].
    #[inline]
    pub(super) fn look(&mut self, lane: usize) {
        self.lane = lane.min(LANES - 1);
    }

    /// The values of one slot in all worlds of the block.
    #[inline]
    pub(super) fn column(&mut self, slot: Slot) -> &mut [f64] {
        let at = usize::from(slot.0) * LANES;
        if self.values.len() < at + LANES {
            self.values.resize(at + LANES, 0.0);
        }
        &mut self.values[at..at + LANES]
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
    /// Where each quantity stands, by name: a changed survey keeps the places of what it shares.
    layout: Arc<BTreeMap<String, Slot>>,
    /// Unknown answers among them.
    pub unknown: Vec<Unknown>,
    /// Figure ids and who uses them.
    pub used: BTreeMap<String, Vec<Way>>,
    /// Keys that any mechanism asked for, known or not: only these can change the result.
    pub asked: BTreeSet<Key>,
}

/// What a changed survey draws otherwise than the one it came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Otherwise {
    fixed: Vec<(Slot, f64)>,
    chance: Vec<Draw>,
    ignorance: Vec<Draw>,
}

impl Draws {
    /// A block of worlds with everything that is not drawn.
    pub(super) fn start(&self) -> World {
        let values = self.fixed.iter().flat_map(|value| [*value; LANES]).collect();
        World { values, lane: 0 }
    }

    /// Draws what differs from attempt to attempt, each world under its own key.
    pub(super) fn chance(&self, world: &mut World, keys: &[u64; LANES]) {
        fill(&self.chance, world, keys);
    }

    /// Draws what we do not know, each world under its own key.
    pub(super) fn ignorance(&self, world: &mut World, keys: &[u64; LANES]) {
        fill(&self.ignorance, world, keys);
    }

    /// Draws what differs from attempt to attempt, the same for each run of worlds.
    pub(super) fn chance_shared(&self, world: &mut World, runs: &[Shared]) {
        fill_shared(&self.chance, world, runs);
    }

    /// Draws what we do not know, the same for each run of worlds.
    pub(super) fn ignorance_shared(&self, world: &mut World, runs: &[Shared]) {
        fill_shared(&self.ignorance, world, runs);
    }

    /// What these draws have otherwise than `base`, on whose layout they were built.
    pub(super) fn otherwise(&self, base: &Self) -> Otherwise {
        let drawn: BTreeSet<u16> =
            base.chance.iter().chain(&base.ignorance).map(|draw| draw.slot.0).collect();
        let new =
            |draws: &[Draw]| draws.iter().filter(|draw| !drawn.contains(&draw.slot.0)).cloned().collect();
        let mine: BTreeSet<u16> = self.chance.iter().chain(&self.ignorance).map(|draw| draw.slot.0).collect();
        let places = self.layout.values().filter(|slot| !mine.contains(&slot.0));
        let fixed = places
            .map(|slot| (*slot, self.fixed[usize::from(slot.0)]))
            .filter(|(slot, value)| {
                drawn.contains(&slot.0)
                    || base.fixed.get(usize::from(slot.0)).is_none_or(|old| old.to_bits() != value.to_bits())
            })
            .collect();
        Otherwise { fixed, chance: new(&self.chance), ignorance: new(&self.ignorance) }
    }
}

impl Otherwise {
    /// Changes a block drawn for the base; what stood there is kept in `kept`.
    pub(super) fn change(&self, world: &mut World, keys: &Keys, kept: &mut Vec<f64>) {
        kept.clear();
        for slot in self.places() {
            kept.extend_from_slice(world.column(slot));
        }
        for (slot, value) in &self.fixed {
            world.column(*slot).fill(*value);
        }
        fill(&self.chance, world, &keys.chance);
        fill(&self.ignorance, world, &keys.ignorance);
    }

    /// Puts back what [`Otherwise::change`] took away.
    pub(super) fn put_back(&self, world: &mut World, kept: &[f64]) {
        for (slot, column) in self.places().zip(kept.chunks_exact(LANES)) {
            world.column(slot).copy_from_slice(column);
        }
    }

    fn places(&self) -> impl Iterator<Item = Slot> {
        let drawn = self.chance.iter().chain(&self.ignorance).map(|draw| draw.slot);
        self.fixed.iter().map(|(slot, _)| *slot).chain(drawn)
    }
}

/// The keys of a block of worlds that share nothing.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) chance: [u64; LANES],
    pub(super) ignorance: [u64; LANES],
}

/// Worlds of a block that share a draw.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) key: u64,
    pub(super) lanes: Range<usize>,
}

fn fill(draws: &[Draw], world: &mut World, keys: &[u64; LANES]) {
    for draw in draws {
        let column = world.column(draw.slot);
        match &draw.law {
            Law::Table(table) => {
                if let Table::Quantiles(table) = &**table {
                    for (cell, key) in column.iter_mut().zip(keys) {
                        *cell = at_bits(table, bits(*key, draw.name));
                    }
                }
            }
            Law::Uniform => {
                for (cell, key) in column.iter_mut().zip(keys) {
                    *cell = uniform(*key, draw.name);
                }
            }
            Law::Words(cumulated) => {
                for (cell, key) in column.iter_mut().zip(keys) {
                    *cell = word(cumulated, uniform(*key, draw.name));
                }
            }
        }
    }
}

fn fill_shared(draws: &[Draw], world: &mut World, runs: &[Shared]) {
    for draw in draws {
        let column = world.column(draw.slot);
        for run in runs {
            let value = match &draw.law {
                Law::Table(table) => match &**table {
                    Table::Quantiles(table) => at_bits(table, bits(run.key, draw.name)),
                    other => other.at(0.5),
                },
                Law::Uniform => uniform(run.key, draw.name),
                Law::Words(cumulated) => word(cumulated, uniform(run.key, draw.name)),
            };
            column[run.lanes.clone()].fill(value);
        }
    }
}

/// The place of the word whose share of 0 to 1 holds `u`.
#[inline]
fn word(cumulated: &[f64], u: f64) -> f64 {
    cumulated.iter().take(cumulated.len() - 1).filter(|sum| **sum <= u).count() as f64
}

/// Builds [`Draws`] while mechanisms ask for what they need.
pub struct Build<'a> {
    survey: &'a Survey,
    figures: &'a Figures,
    /// The attacker whose attempt it is.
    pub attacker: &'a Attacker,
    draws: Draws,
    slots: BTreeMap<String, Slot>,
    /// Places taken in the draws this build goes by.
    layout: Arc<BTreeMap<String, Slot>>,
    ways: Vec<Way>,
    missing: Option<String>,
}

impl<'a> Build<'a> {
    /// Starts with nothing.
    pub fn new(survey: &'a Survey, figures: &'a Figures, attacker: &'a Attacker) -> Self {
        Self {
            survey,
            figures,
            attacker,
            draws: Draws::default(),
            slots: BTreeMap::new(),
            layout: Arc::default(),
            ways: Vec::new(),
            missing: None,
        }
    }

    /// Starts for a changed survey: what it shares with `base` stands where it stands there.
    pub(super) fn like(
        survey: &'a Survey,
        figures: &'a Figures,
        attacker: &'a Attacker,
        base: &Draws,
    ) -> Self {
        let mut build = Self::new(survey, figures, attacker);
        build.layout = Arc::clone(&base.layout);
        build.draws.fixed = vec![0.0; base.fixed.len()];
        build
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
            None => Ok(Draws { layout: Arc::new(self.slots), ..self.draws }),
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

    /// Whether somebody has answered `key`.
    pub fn knows(&self, key: Key) -> bool {
        self.survey.value(key).is_some()
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
        let slot = self.slot_of(id, value);
        self.slots.insert(id.to_owned(), slot);
        slot
    }

    fn drawn(&mut self, id: &str, name: u64, law: Law, band: Band) -> Slot {
        let slot = self.slot_of(id, 0.0);
        let draw = Draw { slot, name, law };
        match band {
            Band::Chance => self.draws.chance.push(draw),
            Band::Ignorance => self.draws.ignorance.push(draw),
        }
        self.slots.insert(id.to_owned(), slot);
        slot
    }

    fn slot_of(&mut self, id: &str, value: f64) -> Slot {
        match self.layout.get(id) {
            Some(slot) => {
                self.draws.fixed[usize::from(slot.0)] = value;
                *slot
            }
            None => self.next_slot(value),
        }
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

/// Keys that no way in asks for: they decide what is advised or what fits, and need no prior.
const ADVICE_ONLY: [Key; 4] = [Key::HomeChildren, Key::HomeHelpers, Key::HomeNoPhone, Key::HomeCold];

/// Whether a key without an answer is drawn from a prior.
pub fn needs_prior(key: Key) -> bool {
    !ADVICE_ONLY.contains(&key) && !key.path().starts_with("measure.")
}
