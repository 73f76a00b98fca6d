//! One blow on a bump key as a still picture: for each stack the time in which nothing was at its shear line.
//! The page's script plays the same blow in slow motion in the side view.

use std::fmt::Write as _;

use cylinder::slow::Film;

use super::layout::f;

const LEFT: f64 = 44.0;
const WIDE: f64 = 296.0;
const ROW: f64 = 22.0;

/// Bars over time, with the stretch in which all were apart.
pub(crate) fn film(film: &Film, words: &str) -> String {
    let end = film.step_ms * (film.plug.len().max(2) - 1) as f64;
    let x = |ms: f64| LEFT + WIDE * (ms / end).min(1.0);
    let n = film.stacks.len() as f64;
    let high = ROW * n + 34.0;
    let mut svg = format!(
        "<svg class=\"film\" viewBox=\"0 0 360 {}\" role=\"img\" aria-labelledby=\"film-t film-d\">\
         <title id=\"film-t\">One blow, {end:.1} milliseconds</title><desc id=\"film-d\">{}</desc>",
        f(high),
        super::side::escape(words)
    );
    if let Some([from, to]) = film.together {
        let _ = write!(
            svg,
            "<rect class=\"together\" x=\"{}\" y=\"0\" width=\"{}\" height=\"{}\"/>",
            f(x(from)),
            f((x(to) - x(from)).max(1.0)),
            f(ROW * n)
        );
    }
    for (i, stack) in film.stacks.iter().enumerate() {
        let y = ROW * i as f64 + 4.0;
        let _ = write!(svg, "<text class=\"tiny\" x=\"2\" y=\"{}\">pin {}</text>", f(y + 11.0), i + 1);
        let _ = write!(
            svg,
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y1}\" y2=\"{y1}\"/>",
            f(LEFT + WIDE),
            y1 = f(y + 7.0)
        );
        if let Some([from, to]) = stack.apart {
            let _ = write!(
                svg,
                "<rect class=\"apart\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"14\" rx=\"3\"/>",
                f(x(from)),
                f(y),
                f((x(to) - x(from)).max(1.0))
            );
        }
    }
    for k in 0..=4 {
        let ms = end * f64::from(k) / 4.0;
        let _ = write!(
            svg,
            "<text class=\"tiny\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{ms:.1} ms</text>",
            f(x(ms)),
            f(high - 8.0)
        );
    }
    svg + "</svg>"
}
