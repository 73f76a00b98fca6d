//! Pictures of a result as SVG, and the report as one HTML page. Pure text in, text out; no script, no
//! outside reference.
//!
//! Colours are named tokens (`--now`, `--soon`, `--minutes`, `--holds`, `--ink`, `--soft`, `--line`,
//! `--paper`) that the page
//! around a picture defines, so one drawing serves light and dark. Colour never stands alone: each mark
//! has its word,
//! and each picture a title, a description and the same figures in a table beside it.

pub mod bars;
pub mod curve;
pub mod door;
pub mod form;
pub mod page;
pub mod pictures;
mod pictures_more;
mod pictures_use;
mod stamps;
mod why;

/// The four classes of how soon a part gives, with the words and the mark that stand for them.
pub const CLASSES: &[(&str, &str, &str)] = &[
    ("now", "within a minute", "1"),
    ("soon", "within 5 minutes", "2"),
    ("minutes", "within 20 minutes", "3"),
    ("holds", "holds longer", "4"),
];

/// The words for a class.
pub fn class_words(class: &str) -> &'static str {
    CLASSES.iter().find(|(id, ..)| *id == class).map_or("", |(_, words, _)| words)
}

/// The mark for a class.
pub fn class_mark(class: &str) -> &'static str {
    CLASSES.iter().find(|(id, ..)| *id == class).map_or("", |(.., mark)| mark)
}

/// Text made safe for HTML and SVG, in content and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A share as whole percent: `46 %`, `under 1 %`, `over 99 %`.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 1.0 => "under 1 %".to_owned(),
        p if p > 99.0 && p < 100.0 => "over 99 %".to_owned(),
        p => format!("{} %", libm::round(p)),
    }
}

/// Seconds in words: `40 s`, `5 min`, `3 h`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{} s", libm::round(s)),
        s if s < 5400.0 => format!("{} min", libm::round(s / 60.0)),
        s => format!("{} h", libm::round(s / 3600.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_words_for_numbers() {
        assert_eq!(
            (percent(0.0), percent(0.004), percent(0.456)),
            ("0 %".into(), "under 1 %".into(), "46 %".into())
        );
        assert_eq!(
            (duration(12.4), duration(300.0), duration(7200.0)),
            ("12 s".into(), "5 min".into(), "2 h".into())
        );
        assert_eq!(escape("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
