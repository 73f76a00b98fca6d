//! Small pictures for the choices of the survey, so that a layman can compare instead of knowing words.
//! Each is drawn in a box of 48 by 32; decoration beside the word, never instead of it. Size, line and colour are
//! the page's (`.survey svg` in its stylesheet): said once, and not again in each of some two hundred pictures.

use super::pictures_more::MORE;
use super::pictures_use::{MEASURES, USE};
use super::stamps::stamp;

/// The picture of a choice as SVG; `None` where words say it better.
pub fn picture(path: &str, word: &str) -> Option<String> {
    let drawn = PICTURES
        .iter()
        .chain(MORE)
        .chain(USE)
        .find(|(key, option, _)| *key == path && *option == word)
        .map(|(.., shape)| (*shape).to_owned());
    drawn.or_else(|| stamp(path, word)).map(|shape| framed(&shape))
}

/// The picture of what a question asks to be measured, counted or looked at, where it has no choices to draw.
pub fn measure(path: &str) -> Option<String> {
    MEASURES.iter().find(|(key, _)| *key == path).map(|(_, shape)| framed(shape))
}

fn framed(shape: &str) -> String {
    format!("<svg viewBox=\"0 0 48 32\" aria-hidden=\"true\">{shape}</svg>")
}

const PICTURES: &[(&str, &str, &str)] = &[
    // keys, bow on the left
    (
        "cylinder.kind",
        "pin-tumbler",
        "<circle cx=\"9\" cy=\"16\" r=\"7\"/><path d=\"M16 13h28v6l-4-3-4 4-4-5-4 4-4-3-4 3h-4z\"/>",
    ),
    (
        "cylinder.kind",
        "wafer",
        "<circle cx=\"10\" cy=\"16\" r=\"5\"/><path d=\"M15 14h18v4l-3-2-3 2-3-2-3 2h-6z\"/>",
    ),
    (
        "cylinder.kind",
        "lever",
        "<circle cx=\"8\" cy=\"16\" r=\"6\"/><path d=\"M14 16h28M36 16v9h6v-9M38 21h4\"/>",
    ),
    (
        "cylinder.kind",
        "dimple",
        "<circle cx=\"9\" cy=\"16\" r=\"7\"/><path d=\"M16 11h28v10H16z\"/><circle cx=\"23\" cy=\"16\" r=\"1.5\"/><circle cx=\"29\" cy=\"14\" r=\"1.5\"/><circle cx=\"35\" cy=\"17\" r=\"1.5\"/><circle cx=\"40\" cy=\"15\" r=\"1.5\"/>",
    ),
    (
        "cylinder.kind",
        "slider",
        "<circle cx=\"9\" cy=\"16\" r=\"7\"/><path d=\"M16 11h28v10H16zM18 16q5-5 9 0t9 0 7-2\"/>",
    ),
    (
        "cylinder.kind",
        "disc-detainer",
        "<circle cx=\"9\" cy=\"16\" r=\"7\"/><path d=\"M16 20v-4q14-8 28 0v4zM22 19l2-4M28 19l1-5M34 19l-1-5M39 19l-2-4\"/>",
    ),
    (
        "cylinder.kind",
        "none",
        "<rect x=\"10\" y=\"6\" width=\"28\" height=\"20\" rx=\"3\"/><path d=\"M16 16h16\"/>",
    ),
    ("cylinder.shape", "bored", "<circle cx=\"24\" cy=\"16\" r=\"12\"/><path d=\"M24 10v12\"/>"),
    ("cylinder.shape", "profile", "<path d=\"M19 16a8 8 0 1 1 10 0v12H19z\"/><path d=\"M24 7v6\"/>"),
    (
        "cylinder.shape",
        "rim",
        "<circle cx=\"16\" cy=\"16\" r=\"8\"/><path d=\"M16 12v8\"/><rect x=\"30\" y=\"6\" width=\"14\" height=\"20\" rx=\"2\"/>",
    ),
    // strikes, seen on the frame
    (
        "frame.strike",
        "plate",
        "<rect x=\"18\" y=\"3\" width=\"12\" height=\"26\" rx=\"1\"/><rect x=\"21\" y=\"11\" width=\"6\" height=\"10\"/><circle cx=\"24\" cy=\"6\" r=\"1\"/><circle cx=\"24\" cy=\"26\" r=\"1\"/>",
    ),
    (
        "frame.strike",
        "box",
        "<rect x=\"12\" y=\"3\" width=\"12\" height=\"26\" rx=\"1\"/><path d=\"M24 9h12v14H24z\"/><circle cx=\"18\" cy=\"6\" r=\"1\"/><circle cx=\"18\" cy=\"26\" r=\"1\"/>",
    ),
    (
        "frame.strike",
        "reinforced",
        "<rect x=\"20\" y=\"1\" width=\"8\" height=\"30\" rx=\"1\"/><rect x=\"22\" y=\"12\" width=\"4\" height=\"8\"/><path d=\"M24 4v.1M24 8v.1M24 24v.1M24 28v.1\"/>",
    ),
    (
        "frame.strike",
        "electric",
        "<rect x=\"18\" y=\"3\" width=\"12\" height=\"26\" rx=\"1\"/><path d=\"M21 11h9v10h-9zM34 12l4 4h-3l3 5\"/>",
    ),
    (
        "frame.screw_state",
        "stripped",
        "<circle cx=\"24\" cy=\"16\" r=\"8\"/><path d=\"M20 12l8 8M10 10a16 16 0 0 1 8-8M38 22a16 16 0 0 1-8 8\"/>",
    ),
    ("frame.screw_state", "loose", "<path d=\"M8 26h32M20 10h8l-2 4h-4zM22 14v12M26 14v12\"/>"),
    ("frame.screw_state", "tight", "<path d=\"M8 18h32M18 14h12l-3 4h-6zM22 18v11M26 18v11\"/>"),
    // door leaves, cut through
    (
        "door.leaf",
        "hollow-core",
        "<rect x=\"6\" y=\"9\" width=\"36\" height=\"14\"/><path d=\"M6 12h36M6 20h36M12 12l4 8M20 12l4 8M28 12l4 8M36 12l3 6\"/>",
    ),
    (
        "door.leaf",
        "solid",
        "<rect x=\"6\" y=\"9\" width=\"36\" height=\"14\"/><path d=\"M9 20q8-8 16-4t15-4M9 14q8-4 14-2\"/>",
    ),
    ("door.leaf", "steel", "<rect x=\"6\" y=\"9\" width=\"36\" height=\"14\" stroke-width=\"3\"/>"),
    (
        "door.leaf",
        "composite",
        "<rect x=\"6\" y=\"9\" width=\"36\" height=\"14\"/><path d=\"M12 14h.1M18 18h.1M24 14h.1M30 18h.1M36 14h.1\"/>",
    ),
    (
        "door.leaf",
        "glass",
        "<rect x=\"6\" y=\"9\" width=\"36\" height=\"14\"/><path d=\"M14 20l6-8M22 20l6-8\"/>",
    ),
    (
        "door.glazing",
        "none",
        "<rect x=\"16\" y=\"2\" width=\"16\" height=\"28\"/><circle cx=\"29\" cy=\"17\" r=\"1.2\"/>",
    ),
    (
        "door.glazing",
        "out-of-reach",
        "<rect x=\"16\" y=\"2\" width=\"16\" height=\"28\"/><path d=\"M18 4h12v5H18z\"/><circle cx=\"29\" cy=\"20\" r=\"1.2\"/>",
    ),
    (
        "door.glazing",
        "within-reach",
        "<rect x=\"12\" y=\"2\" width=\"16\" height=\"28\"/><path d=\"M31 2h5v28h-5z\"/><circle cx=\"25\" cy=\"17\" r=\"1.2\"/>",
    ),
    // hinges from outside
    (
        "hinges.pins",
        "exposed",
        "<path d=\"M8 4h14v24H8zM26 4h14v24H26z\"/><path d=\"M24 4v24\" stroke-width=\"4\"/><path d=\"M24 1v2\"/>",
    ),
    (
        "hinges.pins",
        "fixed",
        "<path d=\"M8 4h14v24H8zM26 4h14v24H26z\"/><path d=\"M24 4v24\" stroke-width=\"4\"/><circle cx=\"24\" cy=\"16\" r=\"1\" stroke-width=\"3\"/>",
    ),
    ("hinges.pins", "hidden", "<path d=\"M22 2v28M26 2v28\"/>"),
    // bolts, seen on the door's edge
    ("bolt.kind", "latch", "<path d=\"M8 4h14v24H8zM22 12h8q4 4 0 8h-8z\"/>"),
    ("bolt.kind", "rim", "<path d=\"M6 2h6v28H6zM12 8h16v16H12zM28 13h8v6h-8z\"/>"),
    ("bolt.kind", "deadbolt", "<path d=\"M8 4h14v24H8zM22 11h16v10H22z\"/>"),
    ("bolt.kind", "mortice", "<path d=\"M8 2h14v28H8zM11 6h8v20h-8zM22 12h14v8H22z\"/>"),
    ("bolt.kind", "multipoint", "<path d=\"M10 1h10v30H10zM20 4h10v4H20zM20 14h10v4H20zM20 24h10v4H20z\"/>"),
    ("bolt.kind", "none", "<path d=\"M14 2h20v28H14z\"/>"),
    (
        "bolt.thumbturn",
        "turn",
        "<circle cx=\"24\" cy=\"16\" r=\"11\"/><path d=\"M24 8v16\" stroke-width=\"5\"/>",
    ),
    (
        "bolt.thumbturn",
        "lockable",
        "<circle cx=\"24\" cy=\"16\" r=\"11\"/><path d=\"M24 8v16\" stroke-width=\"5\"/><path d=\"M38 22h8v8h-8zM40 22v-3h4v3\"/>",
    ),
    ("bolt.thumbturn", "none", "<circle cx=\"24\" cy=\"16\" r=\"11\"/><path d=\"M24 11v10M22 11h4\"/>"),
    (
        "second_lock.kind",
        "chain",
        "<path d=\"M6 8h8v8H6zM34 8h8v8h-8z\"/><path d=\"M14 12q10 14 20 0\" stroke-dasharray=\"3 3\"/>",
    ),
    ("second_lock.kind", "surface-bolt", "<path d=\"M6 10h26v10H6zM32 12h12v6H32zM16 20v6\"/>"),
    (
        "smart.kind",
        "stand-alone",
        "<rect x=\"14\" y=\"2\" width=\"20\" height=\"28\" rx=\"4\"/><path d=\"M20 8h.1M24 8h.1M28 8h.1M20 13h.1M24 13h.1M28 13h.1M20 18h.1M24 18h.1M28 18h.1\" stroke-width=\"2.6\"/>",
    ),
    ("smart.kind", "electric-strike", "<path d=\"M6 4h10v24H6zM16 11h8v10h-8M30 10l6 6h-5l5 8\"/>"),
    (
        "smart.kind",
        "access-panel",
        "<rect x=\"6\" y=\"6\" width=\"16\" height=\"20\" rx=\"2\"/><path d=\"M22 16h10M32 8h10v16H32z\"/>",
    ),
    ("smart.kind", "none", "<circle cx=\"24\" cy=\"16\" r=\"9\"/><path d=\"M24 11v10\"/>"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::{Key, Kind, SPECS};

    #[test]
    fn d1_every_picture_is_of_a_choice() {
        for (path, word, _) in PICTURES.iter().chain(MORE).chain(USE) {
            let key = Key::of_path(path).unwrap();
            assert!(key.options().iter().any(|opt| opt.word == *word), "{path} {word}");
        }
        assert!(picture("cylinder.kind", "pin-tumbler").unwrap().starts_with("<svg"));
        assert!(picture("home.people", "3").is_none());
    }

    /// D1: a layman compares pictures: every choice has one, and every length says what is measured. What has to be
    /// measured to choose a lock is drawn larger, in the measuring guide.
    #[test]
    fn d1_every_choice_has_a_picture_and_every_length_a_drawing() {
        for spec in SPECS.iter().filter(|spec| spec.key.section() != "measure") {
            for opt in spec.key.options() {
                assert!(picture(spec.path, opt.word).is_some(), "{} {}", spec.path, opt.word);
            }
            if let Kind::Length { .. } = spec.kind {
                assert!(measure(spec.path).is_some(), "{}", spec.path);
            }
        }
    }

    /// No two answers to one question look alike.
    #[test]
    fn d1_the_pictures_of_a_question_differ() {
        for spec in SPECS.iter().filter(|spec| spec.key.section() != "measure") {
            let options = spec.key.options();
            for (at, one) in options.iter().enumerate() {
                let same = |other: &&crate::survey::Opt| {
                    picture(spec.path, other.word) == picture(spec.path, one.word)
                };
                assert!(!options[at + 1..].iter().any(|other| same(&other)), "{} {}", spec.path, one.word);
            }
        }
    }
}
