//! The survey of one door: what is known of it, and how.
//!
//! Every answer is *seen* by the hub, *told* by a person, or unknown; an unknown one is absent, and
//! nothing fills it in silently. The survey knows nothing of figures or of what an answer is worth.

pub mod check;
pub mod keys;
pub mod read;
pub mod schema;
pub mod spec;
pub mod units;
pub mod write;

pub use keys::{KEYS, Key, SECTIONS, SPECS};
pub use read::{Problem, ReadError};
pub use spec::{Kind, Opt, Spec};

/// The value of an answer; its shape is that of the key's [`Kind`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Position among the key's options.
    Choice(u8),
    /// One bit for each of the key's options.
    Many(u32),
    /// Millimetres or a count, as the key says.
    Number(f64),
    /// Yes or no.
    Yes(bool),
}

/// How an answer came to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Read by the hub from the lock or its gateway, at that time (RFC 3339).
    Seen {
        /// When.
        when: String,
    },
    /// Said by a person.
    Told,
}

/// One known answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What.
    pub value: Value,
    /// How it is known.
    pub evidence: Evidence,
}

/// What is known of one door. Absent means unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    answers: Vec<Option<Answer>>,
}

impl Default for Survey {
    fn default() -> Self {
        Self { answers: vec![None; KEYS] }
    }
}

impl Survey {
    /// The answer to `key`, if known.
    pub fn answer(&self, key: Key) -> Option<&Answer> {
        self.answers.get(key as usize).and_then(Option::as_ref)
    }

    /// The value of `key`, if known.
    pub fn value(&self, key: Key) -> Option<Value> {
        self.answer(key).map(|answer| answer.value)
    }

    /// The word chosen for `key`, if known and a choice.
    pub fn word(&self, key: Key) -> Option<&'static str> {
        match self.value(key)? {
            Value::Choice(at) => key.options().get(usize::from(at)).map(|opt| opt.word),
            Value::Many(_) | Value::Number(_) | Value::Yes(_) => None,
        }
    }

    /// The number given for `key`, if known and a number.
    pub fn number(&self, key: Key) -> Option<f64> {
        match self.value(key)? {
            Value::Number(number) => Some(number),
            Value::Choice(_) | Value::Many(_) | Value::Yes(_) => None,
        }
    }

    /// Yes or no for `key`, if known.
    pub fn yes(&self, key: Key) -> Option<bool> {
        match self.value(key)? {
            Value::Yes(yes) => Some(yes),
            Value::Choice(_) | Value::Many(_) | Value::Number(_) => None,
        }
    }

    /// Whether the set given for `key` holds `word`; `None` when the set is unknown.
    pub fn has(&self, key: Key, word: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Many(bits) => key.option(word).map(|at| bits >> at & 1 == 1),
            Value::Choice(_) | Value::Number(_) | Value::Yes(_) => None,
        }
    }

    /// Records an answer as told.
    pub fn tell(&mut self, key: Key, value: Value) {
        self.put(key, Answer { value, evidence: Evidence::Told });
    }

    /// Records an answer with its evidence.
    pub fn put(&mut self, key: Key, answer: Answer) {
        if let Some(slot) = self.answers.get_mut(key as usize) {
            *slot = Some(answer);
        }
    }

    /// Forgets an answer: the key is unknown again.
    pub fn forget(&mut self, key: Key) {
        if let Some(slot) = self.answers.get_mut(key as usize) {
            *slot = None;
        }
    }

    /// Records an answer given as text, as in a form field or a `--what-if KEY=VALUE`.
    /// The words `unknown` and `don't know` and the empty text forget the answer.
    ///
    /// # Errors
    /// Says what is wrong with the key or value and names the nearest valid word.
    pub fn set_text(&mut self, path: &str, text: &str) -> Result<Key, Problem> {
        let key = Key::of_path(path).ok_or_else(|| read::unknown_key(path))?;
        match read::value_of_text(key, text)? {
            Some(value) => self.tell(key, value),
            None => self.forget(key),
        }
        Ok(key)
    }

    /// The known answers in the order of the questionnaire.
    pub fn known(&self) -> impl Iterator<Item = (Key, &Answer)> {
        SPECS.iter().filter_map(|spec| self.answer(spec.key).map(|answer| (spec.key, answer)))
    }

    /// Adds what the hub has seen to what was told: a sighting wins over a word, since it is of the door
    /// itself.
    pub fn overlay(&mut self, seen: &Survey) {
        for (key, answer) in seen.known() {
            self.put(key, answer.clone());
        }
    }

    /// An answer in words, for people: `76 mm`, `deadbolt`, `keypad, phone`, `yes`.
    pub fn in_words(&self, key: Key) -> Option<String> {
        self.value(key).map(|value| write::in_words(key, value))
    }
}
