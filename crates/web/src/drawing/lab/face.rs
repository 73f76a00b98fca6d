//! The cylinder seen from its end, cut through one chamber: plug and shell as circles, the plug's lag drawn
//! larger than it is (or true). For pins and discs; other families say enough from the side.

use std::fmt::Write as _;

use cylinder::describe::DRIVER_MM;
use cylinder::family::Kind;
use cylinder::lock::Lock;
use cylinder::session::Snapshot;

use super::layout::{EXAGGERATED, f};
use super::side::escape;

/// Pixels per millimetre of plug radius; half the picture; half a pin.
const S: f64 = 8.2;
const MID: f64 = 110.0;
const HALF: f64 = 12.0;

/// The end view through element `at`; nothing for families that have none.
pub(crate) fn face(kind: Kind, lock: &Lock, snap: &Snapshot, at: usize) -> Option<String> {
    let inner = match kind {
        Kind::PinTumbler | Kind::Dimple => pins(lock, snap, at),
        Kind::DiscDetainer => disc(lock, snap, at),
        Kind::Wafer | Kind::Lever | Kind::Slider => return None,
    };
    let words = format!(
        "{} {} from the end: the plug has turned by {:.2} degrees.",
        kind.element(),
        at + 1,
        snap.degrees
    );
    Some(format!(
        "<svg id=\"face\" class=\"face\" viewBox=\"0 0 220 220\" role=\"img\" aria-labelledby=\"face-t face-d\">\
         <title id=\"face-t\">Cut through {} {}, seen from the end</title><desc id=\"face-d\">{}</desc>{inner}</svg>",
        kind.element(),
        at + 1,
        escape(&words)
    ))
}

fn turn(lock: &Lock, snap: &Snapshot) -> f64 {
    if snap.open { 80.0 } else { (snap.travel / lock.radius).to_degrees() * EXAGGERATED }
}

fn pins(lock: &Lock, snap: &Snapshot, at: usize) -> String {
    let r = lock.radius * S;
    let top = MID - r;
    let e = &snap.elements[at];
    let set = lock.set_lift[at];
    let parting = top + (set - e.lift) * S;
    let key_top = top + (set - e.lower) * S;
    let room = (lock.gap[at] * S * EXAGGERATED).min(24.0);
    let parted = e.play > 1.0;
    let angle = turn(lock, snap);
    let turned = format!("rotate({} {MID} {MID})", f(angle));
    let with_plug = if parted { turned.as_str() } else { "rotate(0)" };
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<circle class=\"shell\" cx=\"{MID}\" cy=\"{MID}\" r=\"104\"/>\
         <rect class=\"bore\" x=\"{}\" y=\"10\" width=\"{}\" height=\"{}\"/>\
         <g id=\"turning\" transform=\"{turned}\"><circle class=\"plug\" cx=\"{MID}\" cy=\"{MID}\" r=\"{}\"/>\
         <path id=\"slot\" class=\"bore\" d=\"M{} {}H{}V{}H{}Z\"/>\
         <rect class=\"bore\" x=\"{}\" y=\"{}\" width=\"9\" height=\"{}\"/>\
         <rect class=\"wrench\" x=\"{}\" y=\"{}\" width=\"7\" height=\"52\" rx=\"2\"/></g>",
        f(MID - HALF - 1.0),
        f(2.0 * HALF + 2.0),
        f(top - 8.0),
        f(r),
        f(MID - HALF - room),
        f(top - 2.0),
        f(MID + HALF + 2.0),
        f(MID + 18.0),
        f(MID - HALF - room),
        f(MID - 4.5),
        f(MID + 10.0),
        f(r - 14.0),
        f(MID - 3.5),
        f(MID + r - 16.0),
    );
    let long = lock.key_pin[at] * S;
    let _ = write!(
        svg,
        "<rect id=\"f-driver\" class=\"driver\" x=\"{x}\" y=\"{}\" width=\"{w}\" height=\"{}\" rx=\"2\" \
         transform=\"translate(0 {})\"/>\
         <g id=\"f-key\" transform=\"{with_plug}\"><rect id=\"f-keypin\" class=\"keypin\" x=\"{x}\" y=\"0\" width=\"{w}\" \
         height=\"{}\" rx=\"3\" transform=\"translate(0 {})\"/></g>\
         <circle class=\"line\" cx=\"{MID}\" cy=\"{MID}\" r=\"{}\"/>",
        f(-DRIVER_MM * S),
        f(DRIVER_MM * S),
        f(parting),
        f(long.min(70.0)),
        f(key_top),
        f(r),
        x = f(MID - HALF),
        w = f(2.0 * HALF),
    );
    svg
}

/// A disc with its gates, and the sidebar above that wants in. The disc turns by 18 degrees a cut.
fn disc(lock: &Lock, snap: &Snapshot, at: usize) -> String {
    let r = 74.0;
    let e = &snap.elements[at];
    let set = lock.set_lift[at];
    let per_mm = 12.85; // degrees for a millimetre at the rim of a disc of 4.5 mm radius
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<circle class=\"shell\" cx=\"{MID}\" cy=\"{MID}\" r=\"104\"/>\
         <circle class=\"bore\" cx=\"{MID}\" cy=\"{MID}\" r=\"{}\"/>\
         <g id=\"f-disc\" transform=\"rotate({} {MID} {MID})\"><circle class=\"plate\" cx=\"{MID}\" cy=\"{MID}\" \
         r=\"{r}\"/>",
        f(r + 4.0),
        f((e.lift - set) * per_mm),
    );
    // every notch of its curve, where it passes the sidebar
    let corners = lock.curves[at].corners();
    for pair in corners.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if y0 > 0.15 && (y0 - y1).abs() < 1e-6 && x1 - x0 > 0.01 {
            let deep = if y0 > 1.0 { 20.0 } else { 9.0 };
            let _ = write!(
                svg,
                "<rect class=\"notch{}\" x=\"{}\" y=\"{}\" width=\"14\" height=\"{}\" \
                 transform=\"rotate({} {MID} {MID})\"/>",
                if y0 > 1.0 { " true" } else { "" },
                f(MID - 7.0),
                f(MID - r - 1.0),
                f(deep),
                f((set - 0.5 * (x0 + x1)) * per_mm),
            );
        }
    }
    let sink = if snap.open { 17.0 } else { (snap.travel * 20.0).min(8.0) };
    let _ = write!(
        svg,
        "<rect class=\"bore\" x=\"{}\" y=\"{}\" width=\"26\" height=\"40\" transform=\"translate(-13 -20)\"/></g>\
         <rect id=\"f-bar\" class=\"fence\" x=\"{}\" y=\"{}\" width=\"11\" height=\"26\" rx=\"3\" \
         transform=\"translate(0 {})\"/>",
        f(MID),
        f(MID),
        f(MID - 5.5),
        f(MID - r - 27.0),
        f(sink),
    );
    svg
}
