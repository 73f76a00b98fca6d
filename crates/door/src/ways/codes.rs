//! Codes at the keypad: guessed, read off worn keys, left as delivered, shared or stale.
//!
//! A guesser tries the commonest codes first. How far he gets in a given time follows from the pause
//! after wrong codes;
//! with several codes in use any of them opens. What people choose is far from even, and a longer code
//! that people
//! choose themselves is hardly better within the guesses a door allows (Markert and others 2020).

use libm::{exp, floor, lgamma, log};

use crate::engine::model::{Build, ByWord, Is, Slot, World};
use crate::survey::Key;
use crate::ways::scene::Now;
use crate::ways::{Outcome, Part, Way, power};

/// The slots of the code ways.
#[derive(Debug, Clone)]
pub struct Codes {
    keypad: Slot,
    length: Slot,
    codes: Slot,
    chosen: Is,
    pause: Pause,
    guess: Option<Guess>,
    old: bool,
    default: Is,
    default_tries: Slot,
    default_known: Slot,
    default_luck: Slot,
    shared: Shared,
    entry: Slot,
}

#[derive(Debug, Clone)]
struct Pause {
    entry: Slot,
    none: Is,
    escalating: Is,
    tries: Slot,
    pause: ByWord,
}

#[derive(Debug, Clone)]
struct Guess {
    willing: Slot,
    willing_luck: Slot,
    luck: Slot,
    blend: Slot,
    low: Vec<(f64, f64)>,
    high: Vec<(f64, f64)>,
    tail: Slot,
    worn: Is,
    worn_luck: Slot,
    distinct: Slot,
}

#[derive(Debug, Clone)]
struct Shared {
    untracked: ByWord,
    expire: Slot,
    stale: Slot,
    kept: Slot,
    expiring: Slot,
    none_stale: Slot,
    leak: Slot,
    luck: Slot,
    people: Slot,
}

impl Codes {
    /// Asks for what these ways need.
    pub fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Guess, Way::WornKeys, Way::DefaultCode, Way::SharedCode]);
        let keypad = b.has(Key::SmartWays, "keypad");
        let guess = b.attacker.has("codes").then(|| Guess::build(b));
        let entry = b.figure("code.entry_s");
        let pause = Pause::build(b);
        b.serving(&[Way::Guess, Way::WornKeys]);
        let length = b.number(Key::SmartCodeLength);
        let codes = b.number(Key::SmartCodes);
        let chosen = b.is(Key::SmartCodeChoice, &["chosen"]);
        b.serving(&[Way::DefaultCode]);
        let default = b.is(Key::SmartDefaultCode, &["unchanged"]);
        let default_tries = b.figure("code.default_tries");
        let default_known = b.figure("code.default_known");
        let default_luck = b.luck("default code");
        Self {
            keypad,
            length,
            codes,
            chosen,
            pause,
            guess,
            old: b.attacker.has("old-code"),
            default,
            default_tries,
            default_known,
            default_luck,
            shared: Shared::build(b),
            entry,
        }
    }

    /// Sets the times of the code ways.
    #[inline]
    pub fn run(&self, w: &World, now: &Now, out: &mut Outcome) {
        if !now.electronic || !w.holds(self.keypad) {
            return;
        }
        if w.get(self.shared.luck) < self.shared.share(w, self.old) {
            out.set(Way::SharedCode, 2.0 * w.get(self.entry), Part::Habits);
        }
        let Some(guess) = &self.guess else { return };
        if self.default.so(w) && w.get(self.default_luck) < w.get(self.default_known) {
            out.set(Way::DefaultCode, self.pause.time(w, w.get(self.default_tries)), Part::Electronics);
        }
        let codes = w.get(self.codes);
        if codes < 0.5 || w.get(guess.willing_luck) >= w.get(guess.willing) {
            return;
        }
        let length = w.get(self.length);
        let guesses = guess.guesses(w, length, codes, self.chosen.so(w));
        out.set(Way::Guess, self.pause.time(w, guesses), Part::Electronics);
        if guess.worn.so(w) {
            out.set(Way::WornKeys, self.pause.time(w, guess.worn(w, length, codes)), Part::Electronics);
        }
    }
}

impl Pause {
    fn build(b: &mut Build<'_>) -> Self {
        Self {
            entry: b.figure("code.entry_s"),
            none: b.is(Key::SmartLockout, &["none"]),
            escalating: b.is(Key::SmartLockout, &["escalating"]),
            tries: b.figure("code.lockout_tries"),
            pause: b.by_word(Key::SmartLockout, "code.pause"),
        }
    }

    /// Seconds until guess number `guesses` has been entered, pauses included; each pause of an
    /// escalating rule is twice
    /// the one before.
    #[inline]
    fn time(&self, w: &World, guesses: f64) -> f64 {
        let entering = guesses * w.get(self.entry);
        if self.none.so(w) {
            return entering;
        }
        let tries = w.get(self.tries).max(1.0);
        let pauses = floor((guesses - 1.0).max(0.0) / tries);
        let waiting = if self.escalating.so(w) { power(2.0, pauses.min(40.0)) - 1.0 } else { pauses };
        entering + waiting * self.pause.get(w)
    }
}

impl Guess {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::Guess]);
        let low = b.curve("code.chosen.amitay");
        let high = b.curve("code.chosen.datagenetics");
        let luck = b.luck("guess");
        let blend = b.fate("guess curve");
        let tail = b.figure("code.chosen_tail");
        b.serving(&[Way::Guess, Way::WornKeys]);
        let willing = b.figure("code.willing");
        let willing_luck = b.luck("code willing");
        b.serving(&[Way::WornKeys]);
        Self {
            willing,
            willing_luck,
            luck,
            blend,
            low,
            high,
            tail,
            worn: b.is(Key::SmartKeypadWear, &["visible"]),
            worn_luck: b.luck("worn"),
            distinct: b.figure("code.worn_orders"),
        }
    }

    /// The number of the guess that opens. Any of the codes will do, so the luck needed falls with their
    /// number.
    #[inline]
    fn guesses(&self, w: &World, length: f64, codes: f64, chosen: bool) -> f64 {
        let luck = 1.0 - power(1.0 - w.get(self.luck), 1.0 / codes);
        let space = power(10.0, length);
        let even = (luck * space).max(1.0);
        if !chosen {
            return even;
        }
        let blend = w.get(self.blend);
        let tail = w.get(self.tail);
        let low = inverse(&self.low, luck, space, tail);
        let high = inverse(&self.high, luck, space, tail);
        // between the two published curves, in the logarithm
        exp((1.0 - blend) * log(low) + blend * log(high)).min(even)
    }

    /// The worn digits in any order: length! of them, more where several codes wear the pad.
    #[inline]
    fn worn(&self, w: &World, length: f64, codes: f64) -> f64 {
        let orders = exp(lgamma(length + 1.0)) * w.get(self.distinct) * power(codes.max(1.0), 2.0);
        (w.get(self.worn_luck) * orders).max(1.0)
    }
}

/// The guess at which a guessing curve reaches `luck`. Points are (guesses, share opened); beyond the
/// last point no data
/// exist, and the share is taken to rise to 1 at the whole space with that power of the logarithm.
#[inline]
fn inverse(curve: &[(f64, f64)], luck: f64, space: f64, tail: f64) -> f64 {
    let mut before = (1.0, 0.0);
    for point in curve {
        if luck <= point.1 {
            let t = if point.1 > before.1 { (luck - before.1) / (point.1 - before.1) } else { 1.0 };
            return exp(log(before.0) + t * (log(point.0) - log(before.0))).max(1.0);
        }
        before = *point;
    }
    let t = power((luck - before.1) / (1.0 - before.1), 1.0 / tail);
    exp(log(before.0) + t * (log(space) - log(before.0)))
}

impl Shared {
    fn build(b: &mut Build<'_>) -> Self {
        b.serving(&[Way::SharedCode]);
        Self {
            untracked: b.by_word(Key::HabitCodesShared, "code.shared"),
            expire: b.yes(Key::HabitGuestCodesExpire),
            stale: b.number(Key::HabitStalePeople),
            kept: b.figure("code.stale_works"),
            expiring: b.figure("code.expiring_works"),
            none_stale: b.figure("code.removed_works"),
            leak: b.figure("code.leaks"),
            luck: b.luck("shared code"),
            people: b.number(Key::HomePeople),
        }
    }

    /// How likely this person has a code that works. A former guest has his own, if nobody ended it or it
    /// is shared;
    /// a stranger can only have heard of one.
    #[inline]
    fn share(&self, w: &World, old: bool) -> f64 {
        let shared = self.untracked.get(w);
        let stale = w.get(self.stale);
        if !old {
            let mouths = (w.get(self.people) + stale).min(50.0);
            return 1.0 - power(1.0 - w.get(self.leak) * shared, mouths);
        }
        let own = if w.holds(self.expire) {
            w.get(self.expiring)
        } else if stale >= 1.0 {
            w.get(self.kept)
        } else {
            w.get(self.none_stale)
        };
        1.0 - (1.0 - own) * (1.0 - shared)
    }
}
