//! No key without words, no words without use, every place filled, and easy to read.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Longest school grade that the words may ask for.
const GRADE_MAX: f64 = 8.0;

/// Names of things at a door: they are what they are, so each counts as one short word.
const TERMS: &[&str] = &[
    "doorward",
    "deadbolt",
    "deadbolts",
    "cylinder",
    "cylinders",
    "backset",
    "keyway",
    "thumbturn",
    "battery",
    "batteries",
    "fingerprint",
    "fingerprints",
    "electronics",
    "electronic",
    "electric",
    "electrician",
    "locksmith",
    "firmware",
    "keypad",
    "password",
    "passwords",
    "millimetres",
    "landlord",
    "bluetooth",
    "wi-fi",
    "zigbee",
    "z-wave",
    "internet",
    "network",
    "audit",
    "survey",
    "reinforced",
    "laminated",
    "emergency",
    "calendar",
    "assistant",
    "holiday",
    "security",
    "factory",
    "account",
    "hinge",
    "hinges",
    "template",
    "wireguard",
    "tailscale",
    "troubleshooting",
    "gateway",
    "handing",
    "alignment",
    "clearance",
    "projection",
    "diameter",
    "tempered",
    "toughened",
    "multipoint",
    "mortice",
];

/// Called for every use of a key in a test of this crate.
pub(super) fn met(key: &str, places: &[(&str, &str)]) {
    let words = HERE.get(key);
    assert!(words.is_some(), "no words for `{key}`");
    let wanted = named(words.unwrap_or_default());
    let given: BTreeSet<&str> = places.iter().map(|(name, _)| *name).collect();
    assert_eq!(wanted, given, "places of `{key}`");
}

fn named(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn a_files_words_are_read_and_its_faults_named() {
    let words = Words::read(&[("a", "[x.y]\nz = \"one {two}\"")]).unwrap();
    assert_eq!(words.get("x.y.z"), Some("one {two}"));
    assert!(Words::read(&[("a", "[x]\ny = 3")]).unwrap_err().to_string().contains("`x.y`"));
    assert!(Words::read(&[("a", "x = ")]).is_err());
    let twice = Words::read(&[("a", "x = \"1\""), ("b", "x = \"2\"")]).unwrap_err();
    assert_eq!(twice.to_string(), "words file b: `x` is said twice");
}

/// Texts in quotes of a source that may be keys, a place in braces standing for any one part.
fn literals(source: &str, tables: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    for (at, piece) in source.split('"').enumerate() {
        let first = piece.split('.').next().unwrap_or_default();
        let plain = piece.chars().all(|c| c.is_ascii_alphanumeric() || "._-{}".contains(c));
        if at % 2 == 1 && plain && piece.contains('.') && tables.contains(first) {
            found.insert(piece.to_owned());
        }
    }
}

fn sources(folder: &Path, ending: &str, take: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, ending, take);
        } else if path.extension().is_some_and(|extension| extension == ending)
            && !path.ends_with("words.rs")
            && !path.ends_with("words_test.rs")
        {
            take(&std::fs::read_to_string(&path).unwrap().replace("\\\"", "'"));
        }
    }
}

fn fits(pattern: &str, key: &str) -> bool {
    let (pattern, key): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), key.split('.').collect());
    pattern.len() == key.len()
        && pattern.iter().zip(&key).all(|(part, word)| match part.split_once('{') {
            Some((before, after)) => {
                word.starts_with(before) && word.ends_with(after.rsplit_once('}').map_or("", |(_, end)| end))
            }
            None => part == word,
        })
}

#[test]
fn no_key_is_missing_and_none_unused() {
    let words = Words::read(ENGLISH).unwrap();
    let tables: BTreeSet<String> =
        words.all().filter_map(|(key, _)| key.split('.').next()).map(str::to_owned).collect();
    let mut asked = BTreeSet::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    sources(&root.join("src"), "rs", &mut |text| literals(text, &tables, &mut asked));
    let missing: Vec<&String> =
        asked.iter().filter(|key| !words.all().any(|(known, _)| fits(key, known))).collect();
    assert!(missing.is_empty(), "asked for and not written: {missing:?}");
    let used_in_words = ["choose.list.and"];
    let unused: Vec<&str> = words
        .all()
        .map(|(key, _)| key)
        .filter(|key| !used_in_words.contains(key) && !asked.iter().any(|pattern| fits(pattern, key)))
        .collect();
    assert!(unused.is_empty(), "written and never asked for: {unused:?}");
}

/// Vowel groups of a word, without a silent `e` at its end: the usual count of syllables by machine.
fn syllables(word: &str) -> usize {
    let word: String = word.to_ascii_lowercase().chars().filter(char::is_ascii_alphabetic).collect();
    let vowel = |c: char| "aeiouy".contains(c);
    let mut count = 0;
    let mut before = false;
    for c in word.chars() {
        count += usize::from(vowel(c) && !before);
        before = vowel(c);
    }
    let silent = word.ends_with('e') && !word.ends_with("le") || word.ends_with("ed") && count > 1;
    (count - usize::from(silent && count > 1)).max(1)
}

/// Flesch-Kincaid grade level: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid and others, 1975).
fn grade(text: &str) -> f64 {
    let mut sentences = 0.0;
    let (mut words, mut sounds) = (0.0, 0.0);
    for sentence in text.split(['.', '?', '!', ';', ':']).filter(|part| part.split_whitespace().count() > 1) {
        sentences += 1.0;
        for word in sentence.split_whitespace() {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
            if bare.is_empty() {
                continue;
            }
            let term = TERMS.contains(&bare.as_str()) || word.contains('{');
            words += 1.0;
            sounds += if term { 1.0 } else { syllables(&bare) as f64 };
        }
    }
    0.39 * words / f64::max(sentences, 1.0) + 11.8 * sounds / f64::max(words, 1.0) - 15.59
}

#[test]
fn the_words_are_easy_to_read() {
    assert!(grade("The cat sat on the mat. It was fat.") < 2.0);
    assert!(
        grade("Notwithstanding considerable organisational difficulties, administrators persevered.") > 14.0
    );
    for (file, text) in ENGLISH {
        let words = Words::read(&[(file, text)]).unwrap();
        let whole: String = words.all().fold(String::new(), |out, (_, text)| out + text + ". ");
        let grade = grade(&whole);
        assert!(grade <= GRADE_MAX, "{file}: school grade {grade:.1}");
        for (key, text) in words.all().filter(|(_, text)| text.split_whitespace().count() > 12) {
            let one = super::tests::grade(text);
            assert!(one <= GRADE_MAX + 4.0, "{key}: school grade {one:.1}: {text}");
        }
    }
}

#[test]
fn places_are_filled() {
    assert_eq!(list(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
}
