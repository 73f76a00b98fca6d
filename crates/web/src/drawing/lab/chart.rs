//! P(open) against time: a line for each cylinder, with the band of what is not known. The page has the same
//! figures in a table.

use std::fmt::Write as _;

use cylinder::times::Times;

use super::layout::f;
use super::side::escape;

/// One line; several are numbered in their order.
pub(crate) struct Line<'a> {
    pub times: &'a Times,
}

const LEFT: f64 = 40.0;
const TOP: f64 = 10.0;
const WIDE: f64 = 300.0;
const HIGH: f64 = 170.0;
/// Where the time axis begins (s); it is logarithmic.
const FROM_S: f64 = 5.0;

/// The chart. Bands are drawn for a single line only: several would hide each other.
pub(crate) fn chart(lines: &[Line<'_>], words: &str) -> String {
    let horizon = lines.first().map_or(1800.0, |line| line.times.plan().horizon_s);
    let x = |t: f64| LEFT + WIDE * (t / FROM_S).ln() / (horizon / FROM_S).ln();
    let y = |p: f64| TOP + HIGH * (1.0 - p);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 352 {}\" role=\"img\" aria-labelledby=\"chart-t chart-d\">\
         <title id=\"chart-t\">Opened by a time</title><desc id=\"chart-d\">{}</desc>",
        f(TOP + HIGH + 26.0),
        escape(words)
    );
    for k in 0..=4 {
        let p = f64::from(k) / 4.0;
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{v}\" y2=\"{v}\"/>\
             <text class=\"tiny\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{:.0} %</text>",
            f(LEFT + WIDE),
            f(LEFT - 5.0),
            f(y(p) + 4.0),
            100.0 * p,
            v = f(y(p)),
        );
    }
    for (t, label) in [(10.0, "10 s"), (60.0, "1 min"), (300.0, "5 min"), (1800.0, "30 min")] {
        if t <= horizon {
            let anchor = if t < horizon { "middle" } else { "end" };
            let _ = write!(
                svg,
                "<text class=\"tiny\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>",
                f(x(t)),
                f(TOP + HIGH + 16.0)
            );
        }
    }
    let at: Vec<f64> = (0..=48).map(|k| FROM_S * (horizon / FROM_S).powf(f64::from(k) / 48.0)).collect();
    for (k, line) in lines.iter().enumerate() {
        let ps: Vec<_> = at.iter().map(|t| line.times.p_open(*t)).collect();
        if lines.len() == 1 {
            let up = at.iter().zip(&ps).map(|(t, p)| (x(*t), y(p.ignorance[1])));
            let down = at.iter().zip(&ps).rev().map(|(t, p)| (x(*t), y(p.ignorance[0])));
            let _ = write!(svg, "<path class=\"unknown\" d=\"{}Z\"/>", path(up.chain(down)));
            for side in [0, 1] {
                let edge = path(at.iter().zip(&ps).map(|(t, p)| (x(*t), y(p.lock_to_lock[side]))));
                let _ = write!(svg, "<path class=\"locks\" d=\"{edge}\"/>");
            }
        }
        let middle = path(at.iter().zip(&ps).map(|(t, p)| (x(*t), y(p.value))));
        let _ = write!(svg, "<path class=\"value v{k}\" d=\"{middle}\"/>");
        if lines.len() > 1 {
            // its number stands where half have opened, or at the end
            let half = ps.iter().position(|p| p.value >= 0.5).unwrap_or(at.len() - 1);
            let _ = write!(
                svg,
                "<text class=\"tiny\" x=\"{}\" y=\"{}\">{}</text>",
                f(x(at[half]) + 3.0),
                f(y(ps[half].value.min(0.5)) + 9.0),
                k + 1
            );
        }
    }
    svg + "</svg>"
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    for (k, (x, y)) in points.enumerate() {
        let _ = write!(d, "{}{:.1} {:.1}", if k == 0 { 'M' } else { 'L' }, x, y);
    }
    d
}
