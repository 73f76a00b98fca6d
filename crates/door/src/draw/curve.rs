//! P(in) over time with both intervals: the grey field is what we do not know, the dashed lines what
//! differs from
//! attempt to attempt.

use std::fmt::Write as _;

use crate::draw::{duration, escape, percent};
use crate::report::{AttackerResult, Point};

const LEFT: f64 = 34.0;
const TOP: f64 = 10.0;
const WIDTH: f64 = 246.0;
const HEIGHT: f64 = 120.0;

/// One attacker's curve as SVG, 0 to the last time of the curve.
pub fn curve_svg(attacker: &AttackerResult) -> String {
    let last = attacker.curve.last().map_or(600.0, |point| point.t_s);
    let x = |t: f64| LEFT + t / last * WIDTH;
    let y = |p: f64| TOP + (1.0 - p) * HEIGHT;
    let mut svg = String::new();
    let id = escape(&attacker.name);
    let said = attacker.curve.last().map_or_else(String::new, |point| {
        format!(
            "In within {}: {}; what we do not know leaves {} to {}, attempts differ from {} to {}.",
            duration(point.t_s),
            percent(point.at.p),
            percent(point.at.ignorance.0),
            percent(point.at.ignorance.1),
            percent(point.at.chance.0),
            percent(point.at.chance.1)
        )
    });
    let _ = write!(
        svg,
        "<svg class=\"curve\" viewBox=\"0 0 290 158\" role=\"img\" aria-labelledby=\"c-{id}-t c-{id}-d\">\
         <title id=\"c-{id}-t\">{}: in over time</title><desc id=\"c-{id}-d\">{}</desc>",
        escape(&attacker.who),
        escape(&said)
    );
    axes(&mut svg, last, &x, &y);
    let field = line(attacker, &x, &y, |point| point.at.ignorance.1);
    let back = points(attacker, |point| point.at.ignorance.0);
    let back: String = back.iter().rev().map(|(t, p)| format!("L{:.1} {:.1}", x(*t), y(*p))).collect();
    let _ = write!(svg, "<path d=\"{field}{back}Z\" fill=\"var(--soft)\" fill-opacity=\".28\"/>");
    for edge in
        [line(attacker, &x, &y, |point| point.at.chance.0), line(attacker, &x, &y, |point| point.at.chance.1)]
    {
        let _ =
            write!(svg, "<path d=\"{edge}\" fill=\"none\" stroke=\"var(--soft)\" stroke-dasharray=\"4 3\"/>");
    }
    let middle = line(attacker, &x, &y, |point| point.at.p);
    let _ = write!(
        svg,
        "<path d=\"{middle}\" fill=\"none\" stroke=\"var(--accent)\" stroke-width=\"2.5\"/></svg>"
    );
    svg
}

fn points(attacker: &AttackerResult, of: impl Fn(&Point) -> f64) -> Vec<(f64, f64)> {
    std::iter::once((0.0, 0.0)).chain(attacker.curve.iter().map(|point| (point.t_s, of(point)))).collect()
}

fn line(
    attacker: &AttackerResult,
    x: &impl Fn(f64) -> f64,
    y: &impl Fn(f64) -> f64,
    of: impl Fn(&Point) -> f64,
) -> String {
    let mut path = String::new();
    for (at, (t, p)) in points(attacker, of).iter().enumerate() {
        let _ = write!(path, "{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, x(*t), y(*p));
    }
    path
}

fn axes(svg: &mut String, last: f64, x: &impl Fn(f64) -> f64, y: &impl Fn(f64) -> f64) {
    for p in [0.0, 0.5, 1.0] {
        let _ = write!(
            svg,
            "<path d=\"M{LEFT} {y:.1}h{WIDTH}\" stroke=\"var(--line)\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" \
             font-size=\"10\" fill=\"var(--soft)\">{}%</text>",
            LEFT - 4.0,
            y(p) + 3.5,
            p * 100.0,
            y = y(p)
        );
    }
    let mut t = 0.0;
    while t <= last {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\" font-size=\"10\" fill=\"var(--soft)\">{} min</text>",
            x(t),
            TOP + HEIGHT + 16.0,
            if t + 60.0 > last { "end" } else { "middle" },
            t / 60.0
        );
        t += if last > 900.0 { 600.0 } else { 120.0 };
    }
}
