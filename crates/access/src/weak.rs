//! Codes that are guessed first, and codes that are not: the block list and the generator.
//!
//! Short block lists help little against a guesser who is let to try (Markert et al., IEEE S&P 2020: people
//! pick 6 digits hardly better than 4); they keep out what is tried within the first handful, and the lock's
//! lock-out does the rest. What helps most is not to let people choose: [`generate`].

use std::fmt;

use crate::pin::{PIN_DIGITS_MAX, PIN_DIGITS_MIN, Pin};

/// Why a code is easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weakness {
    /// One digit over and over.
    OneDigit,
    /// Digits in a row, up or down.
    Run,
    /// A part repeated: 1212, 123123.
    Repeat,
    /// Reads as a date or a year.
    Date,
    /// Forwards and backwards the same: 1221.
    Mirror,
    /// A line or a figure on the keypad: 2580, 147258.
    Figure,
    /// Among the codes that people choose most.
    Common,
}

impl fmt::Display for Weakness {
    /// Plain words with the way out. Never the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::OneDigit => "it is one digit over and over",
            Self::Run => "its digits follow each other",
            Self::Repeat => "it repeats a part of itself",
            Self::Date => "it reads as a date or a year",
            Self::Mirror => "it is the same forwards and backwards",
            Self::Figure => "it draws a line on the keypad",
            Self::Common => "it is among the codes that many people choose",
        };
        write!(
            f,
            "this code is among the first that a stranger tries: {what}. Choose another, or let one be made"
        )
    }
}

/// Lines on a telephone keypad that runs do not cover.
const FIGURES: [&str; 10] =
    ["2580", "0852", "1470", "0741", "3690", "0963", "147258", "258369", "147369", "159357"];
/// Often chosen and not caught by the rules above.
const COMMON: [&str; 12] = [
    "1004", "4321", "6969", "1122", "1313", "112233", "121314", "102030", "696969", "131313", "159753",
    "314159",
];

/// Why a code is easy to guess, if it is.
pub fn weakness(pin: &Pin) -> Option<Weakness> {
    let text = pin.expose();
    let digits: Vec<i8> = text.bytes().map(|b| b.wrapping_sub(b'0') as i8).collect();
    let steps: Vec<i8> = digits.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.iter().all(|step| *step == 0) {
        return Some(Weakness::OneDigit);
    }
    if is_run(&steps) {
        return Some(Weakness::Run);
    }
    if (1..=digits.len() / 2).any(|part| repeats(&digits, part)) {
        return Some(Weakness::Repeat);
    }
    if digits.iter().eq(digits.iter().rev()) {
        return Some(Weakness::Mirror);
    }
    if reads_as_date(&digits) {
        return Some(Weakness::Date);
    }
    if FIGURES.contains(&text) {
        return Some(Weakness::Figure);
    }
    COMMON.contains(&text).then_some(Weakness::Common)
}

/// 1234, 987654, 7890 (with 0 after 9), 2468.
fn is_run(steps: &[i8]) -> bool {
    let same = |by: i8| steps.iter().all(|step| (*step - by).rem_euclid(10) == 0);
    [1, -1, 2, -2].into_iter().any(same)
}

fn repeats(digits: &[i8], part: usize) -> bool {
    digits.len().is_multiple_of(part) && digits.chunks(part).all(|chunk| chunk == &digits[..part])
}

/// DDMM, MMDD, a year from 1900 to 2099, or these with a year of two or four digits in any usual order.
fn reads_as_date(digits: &[i8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits.get(range).map_or(0, |part| part.iter().fold(0_u32, |n, d| n * 10 + *d as u32))
    };
    let two = |at: usize| number(at..at + 2);
    let four = |at: usize| number(at..at + 4);
    let year = |n: u32| (1900..2100).contains(&n);
    let day_month = |a: u32, b: u32| {
        let pair = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
        pair(a, b) || pair(b, a)
    };
    match digits.len() {
        4 => year(four(0)) || day_month(two(0), two(2)),
        // two digits are a year whatever they are: only the day and the month decide
        6 => day_month(two(0), two(2)) || day_month(two(2), two(4)),
        8 => (year(four(4)) && day_month(two(0), two(2))) || (year(four(0)) && day_month(two(4), two(6))),
        _ => false,
    }
}

/// A code of so many digits from random bytes, each code that is not weak equally likely. `None` when the
/// bytes ran out before one was found (give 64 and try again with fresh ones) or no code has that length.
pub fn generate(digits: u8, random: &[u8]) -> Option<Pin> {
    let length = usize::from(digits);
    if !(PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&length) {
        return None;
    }
    // a byte below 250 gives each digit equally often; the others are passed over
    let mut stream = random.iter().filter(|byte| **byte < 250).map(|byte| char::from(b'0' + byte % 10));
    loop {
        let text = zeroize::Zeroizing::new(stream.by_ref().take(length).collect::<String>());
        let pin = Pin::parse(&text).ok()?;
        if weakness(&pin).is_none() {
            return Some(pin);
        }
    }
}
