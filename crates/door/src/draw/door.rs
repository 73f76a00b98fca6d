//! The drawn door: this door, seen from outside, each part filled by how soon it gives.

use std::fmt::Write as _;

use crate::draw::{CLASSES, class_mark, class_words, escape};
use crate::report::{PartResult, Report};
use crate::survey::{Key, Survey};

/// The door as SVG. Parts link to `#part-ID`; parts that this door does not have are left out.
pub fn door_svg(report: &Report, survey: &Survey) -> String {
    let mut svg = String::new();
    let described: Vec<String> = report
        .parts
        .iter()
        .filter(|part| part.there)
        .map(|part| format!("{} {}", part.words, class_words(part.class)))
        .collect();
    let _ = write!(
        svg,
        "<svg class=\"door\" viewBox=\"0 0 340 470\" role=\"group\" aria-labelledby=\"door-t door-d\">\
         <title id=\"door-t\">The door from outside, by how soon each part gives</title>\
         <desc id=\"door-d\">{}.</desc>",
        escape(&described.join("; "))
    );
    let mut pen = Pen { report, svg };
    pen.wall();
    pen.leaf(survey);
    pen.glass(survey);
    pen.hinges(survey);
    pen.lock_side(survey);
    pen.beside();
    pen.svg.push_str("</svg>");
    pen.svg
}

/// The key to the colours, as HTML.
pub fn legend() -> String {
    let mut out = String::from("<ul class=\"legend\">");
    for (class, words, mark) in CLASSES {
        let _ = write!(
            out,
            "<li><svg viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" aria-hidden=\"true\">\
             <rect width=\"16\" height=\"16\" rx=\"3\" fill=\"var(--{class})\"/></svg> {mark} {words}</li>"
        );
    }
    out.push_str("</ul>");
    out
}

struct Pen<'a> {
    report: &'a Report,
    svg: String,
}

impl Pen<'_> {
    fn part(&self, id: &str) -> Option<&PartResult> {
        self.report.parts.iter().find(|part| part.id == id && part.there)
    }

    /// Draws a part as a link with its words, and its mark at the given place.
    fn draw(&mut self, id: &str, shape: &str, mark_at: (i32, i32)) {
        let Some(part) = self.part(id) else { return };
        let (class, words) = (part.class, class_words(part.class));
        let label = format!("{}: {words}", part.words);
        let _ = write!(
            self.svg,
            "<a href=\"#part-{id}\" aria-label=\"{label}\"><g class=\"part {class}\" fill=\"var(--{class})\" \
             stroke=\"var(--ink)\" stroke-width=\"1\">{shape}</g><title>{label}</title></a>",
            label = escape(&label)
        );
        self.mark(class, mark_at);
    }

    fn mark(&mut self, class: &str, (x, y): (i32, i32)) {
        let _ = write!(
            self.svg,
            "<g aria-hidden=\"true\"><circle cx=\"{x}\" cy=\"{y}\" r=\"9\" fill=\"var(--ink)\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"12\" font-weight=\"700\" fill=\"var(--paper)\">{}</text></g>",
            y + 4,
            class_mark(class)
        );
    }

    /// The wall side and the frame. The frame's own fill is that of the gap.
    fn wall(&mut self) {
        self.svg.push_str(
            "<path d=\"M6 462V10h328v452\" fill=\"none\" stroke=\"var(--line)\" stroke-width=\"6\"/>",
        );
        self.draw("frame", "<path d=\"M30 456V22h280v434h-16V38H46v418z\"/>", (302, 60));
    }

    fn leaf(&mut self, survey: &Survey) {
        self.draw("leaf", "<rect x=\"50\" y=\"42\" width=\"240\" height=\"412\" rx=\"2\"/>", (86, 430));
        let panels = match survey.word(Key::DoorLeaf) {
            Some("glass") => "<rect x=\"70\" y=\"62\" width=\"200\" height=\"372\"/>",
            Some("steel" | "composite") => "<path d=\"M66 260h208M66 346h208\"/>",
            Some("hollow-core") => "<rect x=\"74\" y=\"250\" width=\"192\" height=\"190\"/>",
            _ => {
                "<rect x=\"74\" y=\"262\" width=\"84\" height=\"72\"/><rect x=\"182\" y=\"262\" width=\"56\" height=\"72\"/>\
                 <rect x=\"74\" y=\"352\" width=\"84\" height=\"72\"/><rect x=\"182\" y=\"352\" width=\"84\" height=\"72\"/>"
            }
        };
        let _ = write!(
            self.svg,
            "<g fill=\"none\" stroke=\"var(--ink)\" stroke-opacity=\".35\" stroke-width=\"1.5\">{panels}</g>"
        );
    }

    fn glass(&mut self, survey: &Survey) {
        let (shape, mark) = match survey.word(Key::DoorGlazing) {
            Some("out-of-reach") => {
                ("<rect x=\"90\" y=\"60\" width=\"160\" height=\"44\" rx=\"3\"/>", (106, 82))
            }
            Some("within-reach") => {
                ("<rect x=\"150\" y=\"110\" width=\"74\" height=\"120\" rx=\"3\"/>", (168, 128))
            }
            _ => (
                "<rect x=\"90\" y=\"60\" width=\"160\" height=\"90\" rx=\"3\" stroke-dasharray=\"5 4\"/>",
                (106, 78),
            ),
        };
        self.draw("glass", shape, mark);
    }

    fn hinges(&mut self, survey: &Survey) {
        let count = survey.number(Key::HingeCount).unwrap_or(3.0).clamp(1.0, 5.0) as i32;
        let mut shapes = String::new();
        for at in 0..count {
            let y = if count == 1 { 230 } else { 70 + at * 330 / (count - 1) };
            let _ = write!(shapes, "<rect x=\"42\" y=\"{y}\" width=\"12\" height=\"34\" rx=\"3\"/>");
        }
        self.draw("hinges", &shapes, (66, 110));
    }

    fn lock_side(&mut self, survey: &Survey) {
        self.draw(
            "electronics",
            "<rect x=\"240\" y=\"146\" width=\"34\" height=\"52\" rx=\"6\"/>",
            (228, 172),
        );
        if self.part("electronics").is_some() {
            let mut dots = String::new();
            for key in 0..9 {
                let _ = write!(
                    dots,
                    "<circle cx=\"{}\" cy=\"{}\" r=\"2.4\"/>",
                    248 + key % 3 * 9,
                    158 + key / 3 * 11
                );
            }
            let _ = write!(self.svg, "<g fill=\"var(--paper)\" aria-hidden=\"true\">{dots}</g>");
        }
        let cylinder = match survey.word(Key::CylinderShape) {
            Some("profile") => "<path d=\"M250 218a8 8 0 1 1 14 0l-2 20h-10z\"/>",
            _ => "<circle cx=\"257\" cy=\"222\" r=\"12\"/>",
        };
        self.draw("cylinder", cylinder, (232, 222));
        self.draw("bolt", "<rect x=\"276\" y=\"212\" width=\"26\" height=\"16\" rx=\"2\"/>", (274, 246));
        let strike = match survey.word(Key::FrameStrike) {
            Some("reinforced") => "<rect x=\"300\" y=\"150\" width=\"10\" height=\"140\" rx=\"2\"/>",
            Some("box") => "<rect x=\"300\" y=\"196\" width=\"16\" height=\"50\" rx=\"2\"/>",
            _ => "<rect x=\"300\" y=\"196\" width=\"10\" height=\"50\" rx=\"2\"/>",
        };
        self.draw("strike", strike, (322, 222));
        self.draw(
            "second-lock",
            "<rect x=\"262\" y=\"300\" width=\"40\" height=\"14\" rx=\"2\"/>",
            (250, 307),
        );
        self.svg.push_str(
            "<path d=\"M246 262h26\" stroke=\"var(--ink)\" stroke-width=\"6\" stroke-linecap=\"round\" aria-hidden=\"true\"/>",
        );
    }

    /// What cannot be seen on a door: habits, keys and the account, as small signs above it.
    fn beside(&mut self) {
        let signs = [("habits", "habits", 46), ("keys", "keys", 142), ("account", "account", 238)];
        for (id, word, x) in signs {
            if self.part(id).is_none() {
                continue;
            }
            let shape = format!("<rect x=\"{x}\" y=\"0\" width=\"64\" height=\"18\" rx=\"9\"/>");
            self.draw(id, &shape, (x + 76, 9));
            let _ = write!(
                self.svg,
                "<text x=\"{}\" y=\"13\" text-anchor=\"middle\" font-size=\"11\" class=\"on\" fill=\"var(--on-mark)\" aria-hidden=\"true\">{word}</text>",
                x + 32
            );
        }
    }
}
