//! Checks of what people type: names and free words.

use crate::refusal::Refusal;

/// Longest name, in characters.
pub(crate) const NAME_MAX: usize = 80;
/// Longest note, in characters.
pub(crate) const NOTE_MAX: usize = 500;
/// Longest reason, in characters.
pub(crate) const REASON_MAX: usize = 200;

/// A name without surrounding space.
pub(crate) fn name(what: &'static str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let sound = !text.is_empty() && text.chars().count() <= NAME_MAX && !text.chars().any(char::is_control);
    if sound { Ok(text.to_owned()) } else { Err(Refusal::Name { what, max: NAME_MAX }) }
}

/// Refuses a name that another row has, in whatever case.
pub(crate) fn unique<'a>(
    what: &'static str,
    name: &str,
    mut others: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let folded = name.to_lowercase();
    if others.any(|other| other.to_lowercase() == folded) {
        return Err(Refusal::NameTaken { what, name: name.to_owned() });
    }
    Ok(())
}

/// Free words: lines are allowed, other control characters are not kept.
pub(crate) fn free(what: &'static str, text: &str, max: usize) -> Result<String, Refusal> {
    let kept: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if kept.chars().count() > max { Err(Refusal::TooLong { what, max }) } else { Ok(kept) }
}

/// Refuses one row too many.
pub(crate) fn room(what: &'static str, have: usize, max: usize) -> Result<(), Refusal> {
    if have >= max { Err(Refusal::TooMany { what, max }) } else { Ok(()) }
}
