//! The cylinder cut open along its axis: stacks or plates, the pick, an obstacle curve beside each element,
//! and (for pins) the view from above onto the shear line, where one sees which hole pinches first.

use std::fmt::Write as _;

use cylinder::describe::{DRIVER_MM, Driver};
use cylinder::lock::Lock;
use cylinder::session::Snapshot;

use super::layout::{EXAGGERATED, Layout, f};
use crate::lab::state_word;

/// Widest gap that is drawn in the view onto the shear line (px).
const WIDEST: f64 = 20.0;

/// The side view at one moment. `at` is the chosen element.
pub(crate) fn side(lock: &Lock, element: &str, snap: &Snapshot, at: usize) -> String {
    let l = Layout::of(lock);
    let mut svg = String::with_capacity(16 * 1024);
    let _ = write!(
        svg,
        "<svg id=\"side\" class=\"side{}\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"side-t side-d\" \
         data-s=\"{}\" data-y0=\"{}\" data-pitch=\"{}\" data-half=\"{}\" data-left=\"{}\" data-plan=\"{}\">\
         <title id=\"side-t\">The cylinder cut open from the side</title><desc id=\"side-d\">{}</desc>",
        if l.split { "" } else { " plates" },
        f(l.width),
        f(l.height),
        f(l.s),
        f(l.y0),
        f(l.pitch),
        f(l.half),
        f(l.left),
        f(l.plan()),
        escape(&snap.words)
    );
    body(&mut svg, &l);
    for i in 0..l.n {
        let state = &snap.elements[i];
        let chosen = if i == at { " chosen" } else { "" };
        let _ = write!(
            svg,
            "<g class=\"ch is-{}{chosen}\" data-i=\"{i}\">",
            state_word(state.state).replace(' ', "-")
        );
        if l.split {
            stack(&mut svg, &l, lock, i, state.lift, state.lower);
        } else {
            plate(&mut svg, &l, lock, i, state.lift, snap.travel);
        }
        curve(&mut svg, &l, lock, i, state.lift, snap.travel);
        words(&mut svg, &l, element, i, state_word(state.state));
        svg.push_str("</g>");
    }
    let y0 = f(l.y0);
    let _ = write!(
        svg,
        "<line class=\"shear\" x1=\"0\" x2=\"{}\" y1=\"{y0}\" y2=\"{y0}\"/>\
         <text class=\"tiny\" text-anchor=\"middle\" transform=\"translate(11 {}) rotate(-90)\">{}</text>",
        f(l.width),
        f(l.y0 - 34.0),
        if l.split { "shear line" } else { "fence" }
    );
    pick(&mut svg, &l, lock, snap);
    if l.split {
        plan(&mut svg, &l, snap);
    }
    svg.push_str("</svg>");
    svg
}

fn body(svg: &mut String, l: &Layout) {
    let w = f(l.width);
    let (y0, floor) = (f(l.y0), f(l.floor));
    if l.split {
        let _ = write!(
            svg,
            "<rect class=\"shell\" width=\"{w}\" height=\"{y0}\"/>\
             <rect class=\"plug\" y=\"{y0}\" width=\"{w}\" height=\"{}\"/>",
            f(l.floor - l.y0)
        );
        for i in 0..l.n {
            let _ = write!(
                svg,
                "<rect class=\"bore\" x=\"{}\" y=\"6\" width=\"{}\" height=\"{}\" rx=\"2\"/>",
                f(l.cx(i) - l.half - 1.5),
                f(2.0 * l.half + 3.0),
                f(l.floor - 20.0)
            );
        }
    } else {
        let _ = write!(svg, "<rect class=\"bore\" width=\"{w}\" height=\"{floor}\" rx=\"6\"/>");
    }
    let _ = write!(
        svg,
        "<rect class=\"keyway\" x=\"0\" y=\"{}\" width=\"{}\" height=\"22\"/>",
        f(l.floor - 28.0),
        f(l.width - 6.0)
    );
}

/// Driver's outline: origin at the middle of its lower end.
fn driver_path(driver: Driver, half: f64, s: f64) -> String {
    let (h, top) = (half, -DRIVER_MM * s);
    let waist = (0.40 * s).min(0.45 * half);
    let lip = 0.6 * s;
    let mut right: Vec<(f64, f64)> = vec![(h, 0.0)];
    match driver {
        Driver::Standard | Driver::Mixed => {}
        Driver::Spool => {
            right.extend([(h, -lip), (h - waist, -lip - 2.0), (h - waist, top + lip + 2.0), (h, top + lip)])
        }
        Driver::Mushroom => {
            right.extend([
                (h, -0.3 * s),
                (h - waist, -1.8 * s),
                (h - waist, top + lip + 2.0),
                (h, top + lip),
            ]);
        }
        Driver::Serrated => {
            for k in 0..4 {
                let z = -(0.3 + 0.7 * f64::from(k)) * s;
                right.extend([(h, z), (h - 0.5 * waist, z - 2.0), (h - 0.5 * waist, z - 4.0), (h, z - 6.0)]);
            }
        }
        Driver::Stepped => right = vec![(h - waist, 0.0), (h - waist, -s), (h, -s - 1.0)],
    }
    right.push((h, top + 1.5));
    right.push((h - 2.0, top));
    let mut d = String::from("M");
    for (x, y) in &right {
        let _ = write!(d, "{} {} ", f(*x), f(*y));
    }
    for (x, y) in right.iter().rev() {
        let _ = write!(d, "{} {} ", f(-x), f(*y));
    }
    d + "Z"
}

fn stack(svg: &mut String, l: &Layout, lock: &Lock, i: usize, lift: f64, lower: f64) {
    let cx = l.cx(i);
    let set = lock.set_lift[i];
    let parting = l.y0 + (set - lift) * l.s;
    let top = parting - DRIVER_MM * l.s;
    let long = (lock.key_pin[i]) * l.s;
    let (h, tip) = (l.half - 0.5, l.half * 0.45);
    let _ = write!(
        svg,
        "<path class=\"spring\" d=\"M0 0L{a} .06 -{a} .18 {a} .3 -{a} .42 {a} .54 -{a} .66 {a} .78 -{a} .9 0 1\" \
         transform=\"translate({cx} 7) scale(1 {})\"/>\
         <path class=\"driver\" d=\"{}\" transform=\"translate({cx} {})\"/>\
         <path class=\"keypin\" d=\"M-{h} 1.5L-{} 0 {} 0 {h} 1.5 {h} {} {tip} {} -{tip} {} -{h} {}Z\" \
         transform=\"translate({cx} {})\"/>",
        f((top - 7.0).max(4.0)),
        driver_path(lock.driver[i], h, l.s),
        f(parting),
        f(h - 2.0),
        f(h - 2.0),
        f(long - 8.0),
        f(long),
        f(long),
        f(long - 8.0),
        f(l.y0 + (set - lower) * l.s),
        a = f(l.half - 4.0),
        cx = f(cx),
        h = f(h),
        tip = f(tip),
    );
}

/// A wafer, lever, slider or disc unrolled: one plate, its edge cut as deep as its obstacle curve says, and the
/// fence that wants in.
fn plate(svg: &mut String, l: &Layout, lock: &Lock, i: usize, lift: f64, travel: f64) {
    let set = lock.set_lift[i];
    let (h, s) = (l.half, l.s);
    let (top, bottom) = (-(set + 1.4) * s, (l.travel - set + 1.4) * s);
    let mut d = format!("M-{} {}L{} {}", f(h), f(top), f(h), f(top));
    for (x, y) in lock.curves[i].corners() {
        // at lift x this place of the edge is level with the fence
        let at = (x - set) * s;
        if at < bottom {
            let _ = write!(d, " {} {}", f(h - Layout::depth(y)), f(at));
        }
    }
    let _ = write!(d, " {} {} -{} {}Z", f(h), f(bottom), f(h), f(bottom));
    let _ = write!(
        svg,
        "<path class=\"plate\" d=\"{d}\" transform=\"translate({} {})\"/>\
         <path class=\"fence\" d=\"M0 -1L9 -1 9 -4 13 -4 13 4 9 4 9 1 0 1Z\" transform=\"translate({} {})\"/>",
        f(l.cx(i)),
        f(l.y0 + (set - lift) * s),
        f(l.cx(i) + h - Layout::depth(travel)),
        f(l.y0),
    );
}

/// The obstacle curve, upright beside its element: level with the parting (or the gate), so that the dot moves
/// with the element and the gate lies on the shear line.
fn curve(svg: &mut String, l: &Layout, lock: &Lock, i: usize, lift: f64, travel: f64) {
    let (x0, w) = l.curve(i);
    let level = |x: f64| l.y0 + (lock.set_lift[i] - x) * l.s;
    let mut d = String::new();
    for (k, (x, y)) in lock.curves[i].corners().into_iter().enumerate() {
        let cmd = if k == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{cmd}{} {}", f(x0 + w * Layout::bent(y)), f(level(x)));
    }
    let (top, bottom) = (level(l.travel), level(0.0));
    let now = x0 + w * Layout::bent(travel);
    let dot = x0 + w * Layout::bent(lock.curves[i].at(lift));
    let _ = write!(
        svg,
        "<path class=\"axis\" d=\"M{x} {t}V{b}\"/><path class=\"curve\" d=\"{d}\"/>\
         <path class=\"now\" d=\"M0 {t}V{b}\" transform=\"translate({n} 0)\"/>\
         <circle class=\"dot\" r=\"3\" transform=\"translate({} {})\"/>",
        f(dot),
        f(level(lift)),
        x = f(x0),
        t = f(top),
        b = f(bottom),
        n = f(now),
    );
}

fn words(svg: &mut String, l: &Layout, element: &str, i: usize, word: &str) {
    let cx = f(l.cx(i) + if l.n <= 6 { 10.0 } else { 4.0 });
    let many = if l.n <= 6 { "" } else { " many" };
    let name = if l.n <= 6 { format!("{element} {}", i + 1) } else { format!("{}", i + 1) };
    let _ = write!(
        svg,
        "<text class=\"n{many}\" x=\"{cx}\" y=\"{}\" text-anchor=\"middle\">{name}</text>\
         <text class=\"st{many}\" x=\"{cx}\" y=\"{}\" text-anchor=\"middle\">{word}</text>",
        f(l.floor + 15.0),
        f(l.floor + 30.0),
    );
}

fn pick(svg: &mut String, l: &Layout, lock: &Lock, snap: &Snapshot) {
    let base = l.floor - 12.0;
    let (show, x, up) = match snap.tip {
        Some((at, height)) => {
            let rest = if l.split {
                l.y0 + (lock.set_lift[at] + lock.key_pin[at]) * l.s
            } else {
                l.y0 + (l.travel + 1.4) * l.s
            };
            ("", l.cx(at), base - rest + height * l.s)
        }
        None => (" away", l.cx(0) - 24.0, 4.0),
    };
    let _ = write!(
        svg,
        "<g class=\"pick{show}\" id=\"pick\"><path class=\"shank\" d=\"M-600 {b}H4\" transform=\"translate({x} 0)\"/>\
         <path class=\"hook\" d=\"M0 0V-1\" transform=\"translate({x} {b}) scale(1 {})\"/></g>",
        f(up.max(2.0)),
        b = f(base),
        x = f(x),
    );
}

/// From above onto the shear line. The pin leans on the shell's hole; the plug's hole comes from the left by as
/// much as the plug turns. Where it arrives first, the pin binds.
fn plan(svg: &mut String, l: &Layout, snap: &Snapshot) {
    let y = l.plan();
    let _ = write!(
        svg,
        "<g id=\"plan\"><text class=\"tiny\" x=\"2\" y=\"{}\">From above, at the shear line: the plug's hole is the thick one\
         </text>",
        f(y - 20.0)
    );
    for (i, e) in snap.elements.iter().enumerate() {
        let cx = l.cx(i) + 8.0;
        let gap = (e.play.max(0.0) * l.s * EXAGGERATED).min(WIDEST);
        let clear = if e.play > 1.0 { " clear" } else { "" };
        let (cx, y) = (f(cx), f(y));
        let _ = write!(
            svg,
            "<g class=\"hole is-{}{clear}\" data-i=\"{i}\"><circle class=\"inshell\" cx=\"{cx}\" cy=\"{y}\" r=\"12\"/>\
             <circle class=\"inplug\" r=\"12\" transform=\"translate({} {y})\"/>\
             <circle class=\"pin\" cx=\"{cx}\" cy=\"{y}\" r=\"10\"/></g>",
            crate::lab::state_word(e.state).replace(' ', "-"),
            f(l.cx(i) + 8.0 + 2.0 - gap),
        );
    }
    svg.push_str("</g>");
}

/// Text for SVG.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
