//! The measuring guide (A4): for each measure the question, how to take it, and a drawing of our own. Drawings are text
//! in, SVG out, in the page's own colours; what a measure means for a lock is `fit`'s business.

use door::survey::{Key, Survey};
use serde::Serialize;

use crate::rule::Decided;
use crate::words::{has, word};

/// What to measure, in the order of taking it, with the drawing that belongs to it.
const MEASURES: &[(Key, &str)] = &[
    (Key::MeasurePrep, "prep"),
    (Key::DoorThickness, "thickness"),
    (Key::MeasureBackset, "backset"),
    (Key::MeasureCrossBore, "cross-bore"),
    (Key::MeasureEdgeBore, "edge-bore"),
    (Key::MeasureHanding, "handing"),
    (Key::MeasureStrikeOffset, "strike"),
    (Key::FrameGap, "gap"),
    (Key::FrameHoleDepth, "hole-depth"),
    (Key::MeasureClearance, "clearance"),
    (Key::MeasureDepthInside, "depth-inside"),
    (Key::MeasureCylinderInside, "cylinder-inside"),
    (Key::MeasureBothSides, "both-sides"),
];

/// One measure of the guide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measure {
    /// The key of the survey.
    pub key: &'static str,
    /// The question.
    pub ask: &'static str,
    /// How to find out.
    pub help: &'static str,
    /// What is known now.
    pub now: Decided,
    /// The drawing, SVG.
    #[serde(skip)]
    pub drawing: String,
}

/// The guide for this door.
pub fn guide(survey: &Survey) -> Vec<Measure> {
    let one = |(key, drawing): &(Key, &str)| {
        let spec = key.spec();
        Measure {
            key: spec.path,
            ask: spec.ask,
            help: spec.help,
            now: Decided::of(survey, *key),
            drawing: draw(drawing, "guide").unwrap_or_default(),
        }
    };
    MEASURES.iter().map(one).collect()
}

/// The drawing of that name; `place` keeps its parts' names apart from those of the same drawing elsewhere on a page.
pub fn draw(name: &str, place: &str) -> Option<String> {
    let shapes = DRAWINGS.iter().find(|(id, _)| *id == name).map(|(_, shapes)| *shapes)?;
    let (title, about) = (format!("choose.drawing.{name}"), format!("choose.drawing.{name}-shows"));
    if !has(&title) || !has(&about) {
        return None;
    }
    let mut out = format!(
        "<svg class=\"measure\" viewBox=\"0 0 240 150\" role=\"img\" aria-labelledby=\"d-{place}-{name}-t d-{place}-{name}-d\">\
         <title id=\"d-{place}-{name}-t\">{}</title><desc id=\"d-{place}-{name}-d\">{}</desc>",
        word(&title),
        word(&about)
    );
    for shape in shapes {
        shape.write(&mut out);
    }
    out.push_str("</svg>");
    Some(out)
}

/// A shape of a drawing.
enum Shape {
    /// The door's leaf or the frame: a filled box. x, y, width, height.
    Wood(f32, f32, f32, f32),
    /// Metal: a filled box.
    Metal(f32, f32, f32, f32),
    /// A hole or cylinder: x, y, radius.
    Hole(f32, f32, f32),
    /// An outline.
    Path(&'static str),
    /// A thin line of help.
    Help(&'static str),
    /// A measure between two points with arrow heads, and its word beside.
    Between(f32, f32, f32, f32, &'static str),
    /// A word.
    Say(f32, f32, &'static str),
}
use Shape::{Between, Help, Hole, Metal, Path, Say, Wood};

impl Shape {
    fn write(&self, out: &mut String) {
        use std::fmt::Write as _;
        let _ = match self {
            Wood(x, y, w, h) => {
                write!(out, "<rect class=\"wood\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>")
            }
            Metal(x, y, w, h) => {
                write!(
                    out,
                    "<rect class=\"metal\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"2\"/>"
                )
            }
            Hole(x, y, r) => write!(out, "<circle class=\"hole\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"),
            Path(d) => write!(out, "<path class=\"line\" d=\"{d}\"/>"),
            Help(d) => write!(out, "<path class=\"thin\" d=\"{d}\"/>"),
            Between(x1, y1, x2, y2, letter) => between(out, (*x1, *y1), (*x2, *y2), letter),
            Say(x, y, key) => {
                write!(out, "<text x=\"{x}\" y=\"{y}\">{}</text>", word(&format!("choose.label.{key}")))
            }
        };
    }
}

/// A line with an arrow head at each end and a letter in the middle.
fn between(out: &mut String, from: (f32, f32), to: (f32, f32), letter: &str) -> std::fmt::Result {
    use std::fmt::Write as _;
    let flat = (from.1 - to.1).abs() < 0.5;
    let head = |(x, y): (f32, f32), out: &mut String, sign: f32| {
        if flat {
            write!(out, "M{} {}L{x} {y}L{} {}", x + 6.0 * sign, y - 4.0, x + 6.0 * sign, y + 4.0)
        } else {
            write!(out, "M{} {}L{x} {y}L{} {}", x - 4.0, y + 6.0 * sign, x + 4.0, y + 6.0 * sign)
        }
    };
    write!(out, "<path class=\"size\" d=\"M{} {}L{} {}", from.0, from.1, to.0, to.1)?;
    head(from, out, 1.0)?;
    head(to, out, -1.0)?;
    let (x, y) = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
    let (x, y) = if flat { (x, y - 7.0) } else { (x + 12.0, y + 5.0) };
    write!(out, "\"/><text class=\"letter\" x=\"{x}\" y=\"{y}\">{letter}</text>")
}

const DRAWINGS: &[(&str, &[Shape])] = &[
    (
        "prep",
        &[
            Wood(14.0, 20.0, 60.0, 110.0),
            Hole(48.0, 75.0, 14.0),
            Metal(74.0, 66.0, 5.0, 18.0),
            Say(44.0, 146.0, "bored"),
            Wood(92.0, 20.0, 60.0, 110.0),
            Metal(152.0, 45.0, 5.0, 60.0),
            Path("M126 66a5 5 0 1 1 8 0l3 16h-14z"),
            Say(122.0, 146.0, "mortice"),
            Wood(170.0, 20.0, 60.0, 110.0),
            Say(200.0, 146.0, "blank"),
        ],
    ),
    (
        "thickness",
        &[
            Wood(90.0, 20.0, 46.0, 100.0),
            Metal(104.0, 58.0, 18.0, 26.0),
            Help("M90 120v18M136 120v18"),
            Between(90.0, 134.0, 136.0, 134.0, "A"),
            Say(113.0, 14.0, "edge"),
        ],
    ),
    (
        "backset",
        &[
            Wood(20.0, 15.0, 150.0, 120.0),
            Hole(110.0, 75.0, 26.0),
            Metal(170.0, 62.0, 6.0, 26.0),
            Help("M110 75v-62M170 15v-6M104 75h12"),
            Between(110.0, 28.0, 170.0, 28.0, "B"),
            Say(206.0, 80.0, "edge"),
        ],
    ),
    (
        "cross-bore",
        &[
            Wood(20.0, 15.0, 150.0, 120.0),
            Hole(110.0, 75.0, 30.0),
            Between(80.0, 75.0, 140.0, 75.0, "C"),
            Say(206.0, 80.0, "edge"),
        ],
    ),
    (
        "edge-bore",
        &[
            Wood(95.0, 10.0, 50.0, 130.0),
            Hole(120.0, 75.0, 14.0),
            Help("M120 61h50M120 89h50"),
            Between(166.0, 61.0, 166.0, 89.0, "D"),
            Say(44.0, 80.0, "edge"),
        ],
    ),
    (
        "handing",
        &[
            Path("M20 125h34M116 125h12M54 125q2-44 62-62"),
            Metal(50.0, 121.0, 8.0, 8.0),
            Path("M54 125L100 70"),
            Say(74.0, 146.0, "you"),
            Path("M132 125h12M196 125h34M196 125q-2-44-62-62"),
            Metal(192.0, 121.0, 8.0, 8.0),
            Path("M196 125L150 70"),
            Say(172.0, 146.0, "you"),
            Say(66.0, 30.0, "left-in"),
            Say(182.0, 30.0, "right-in"),
        ],
    ),
    (
        "strike",
        &[
            Wood(20.0, 15.0, 80.0, 120.0),
            Metal(100.0, 58.0, 30.0, 22.0),
            Wood(150.0, 15.0, 70.0, 120.0),
            Metal(144.0, 40.0, 6.0, 76.0),
            Path("M150 66h26v24h-26z"),
            Help("M130 69h70M176 78h30"),
            Between(196.0, 69.0, 196.0, 78.0, "E"),
            Say(60.0, 146.0, "door"),
            Say(186.0, 146.0, "frame"),
        ],
    ),
    (
        "gap",
        &[
            Wood(20.0, 15.0, 84.0, 120.0),
            Wood(126.0, 15.0, 90.0, 120.0),
            Help("M104 15v-6M126 15v-6"),
            Between(104.0, 40.0, 126.0, 40.0, "F"),
            Metal(104.0, 70.0, 34.0, 18.0),
            Say(60.0, 146.0, "door"),
            Say(172.0, 146.0, "frame"),
        ],
    ),
    (
        "hole-depth",
        &[
            Wood(90.0, 15.0, 130.0, 120.0),
            Path("M90 62h52v28h-52z"),
            Metal(84.0, 44.0, 6.0, 64.0),
            Help("M142 62v-30M90 44v-12"),
            Between(90.0, 36.0, 142.0, 36.0, "G"),
            Say(156.0, 146.0, "frame"),
        ],
    ),
    (
        "clearance",
        &[
            Wood(20.0, 10.0, 180.0, 130.0),
            Hole(130.0, 60.0, 22.0),
            Metal(60.0, 104.0, 80.0, 12.0),
            Help("M130 60v44"),
            Between(152.0, 60.0, 152.0, 104.0, "H"),
            Say(100.0, 134.0, "handle"),
        ],
    ),
    (
        "depth-inside",
        &[
            Wood(30.0, 15.0, 26.0, 120.0),
            Metal(56.0, 55.0, 34.0, 40.0),
            Wood(180.0, 15.0, 40.0, 120.0),
            Between(56.0, 120.0, 180.0, 120.0, "J"),
            Say(43.0, 148.0, "door"),
            Say(200.0, 148.0, "wall"),
        ],
    ),
    (
        "cylinder-inside",
        &[
            Wood(60.0, 15.0, 60.0, 120.0),
            Metal(120.0, 30.0, 8.0, 90.0),
            Metal(128.0, 62.0, 16.0, 24.0),
            Help("M128 62v-34M144 62v-34"),
            Between(128.0, 36.0, 144.0, 36.0, "K"),
            Say(186.0, 80.0, "inside"),
        ],
    ),
    (
        "both-sides",
        &[
            Wood(92.0, 15.0, 56.0, 120.0),
            Metal(84.0, 64.0, 72.0, 20.0),
            Path(
                "M84 74H40m0 0a10 10 0 1 1-20 0 10 10 0 0 1 20 0M156 74h44m0 0a10 10 0 1 0 20 0 10 10 0 0 0-20 0",
            ),
            Say(40.0, 110.0, "outside"),
            Say(200.0, 110.0, "inside"),
        ],
    ),
    (
        "screws",
        &[
            Wood(70.0, 15.0, 40.0, 120.0),
            Wood(114.0, 15.0, 96.0, 120.0),
            Metal(64.0, 30.0, 6.0, 90.0),
            Path("M64 44h120l8-3-8-3H64M64 106h120l8-3-8-3H64"),
            Path("M64 72h44l6-2-6-2H64"),
            Say(90.0, 146.0, "frame"),
            Say(164.0, 146.0, "stud"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_every_measure_has_its_drawing_with_title_and_words() {
        for measure in guide(&Survey::default()) {
            assert!(
                measure.drawing.starts_with("<svg") && measure.drawing.ends_with("</svg>"),
                "{}",
                measure.key
            );
            assert!(measure.drawing.contains("<title") && measure.drawing.contains("<desc"));
            assert!(!measure.drawing.contains("style="), "the page's policy allows no inline style");
            assert!(!measure.ask.is_empty());
        }
        for (name, _) in DRAWINGS {
            assert!(draw(name, "").is_some(), "{name}");
        }
        assert!(draw("nothing", "").is_none());
    }

    #[test]
    fn a4_the_guide_knows_what_was_measured() {
        let survey = Survey::from_toml("[measure]\nbackset_mm = \"2 3/8in\"\n").unwrap();
        let known = guide(&survey).into_iter().find(|one| one.key == "measure.backset_mm").unwrap();
        assert_eq!((known.now.answer.as_str(), known.now.how.as_str()), ("60.3 mm", "told"));
        let unknown =
            guide(&Survey::default()).into_iter().find(|one| one.key == "measure.backset_mm").unwrap();
        assert_eq!(unknown.now.how, "unknown");
    }
}
