//! I10: no digits of a code in the log, in an alert, in what the program says of itself.

use crate::facts::Facts;

/// Fewest digits that are looked for: every code of a story has more.
const DIGITS_MIN: usize = 6;

/// Whether a text holds the digits of any code that ever was.
pub fn leaks(facts: &Facts, text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if end - at >= DIGITS_MIN && facts.owners.contains_key(&text[at..end]) {
            return true;
        }
        at = end;
    }
    false
}
