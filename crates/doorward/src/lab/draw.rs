//! Drawings for `--svg`: plain SVG text with title and description, no script, readable in light and dark.

use cylinder::{rank::Ranked, times::Times};
use std::fmt::Write as _;

/// One curve of a chart.
pub struct Line<'a> {
    /// Its name.
    pub name: String,
    /// Its run.
    pub times: &'a Times,
}

const COLOURS: [&str; 6] = ["#1b6ca8", "#b3541e", "#2e7d4f", "#7a4fa3", "#a33b52", "#5f6b1f"];
const LEFT: f64 = 60.0;
const TOP: f64 = 30.0;
const WIDE: f64 = 560.0;
const HIGH: f64 = 300.0;

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Place of a time (s) on a logarithmic axis from 5 s to the horizon.
fn place(t: f64, horizon: f64) -> f64 {
    LEFT + WIDE * (t / 5.0).ln() / (horizon / 5.0).ln()
}

/// P(open) against time with the band of what is not known.
pub fn chart(lines: &[Line<'_>]) -> String {
    let horizon = lines.first().map_or(1800.0, |l| l.times.plan().horizon_s);
    let mut svg = head(
        "P(open) against time",
        "Share of attempts that opened by a time; the shaded band is what we do not know (90 %).",
        380.0 + 16.0 * lines.len() as f64,
    );
    for k in 0..=4 {
        let y = TOP + HIGH * (1.0 - f64::from(k) / 4.0);
        let share = f64::from(k) / 4.0;
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#8886\"/>\
             <text x=\"8\" y=\"{}\">{share:.2}</text>",
            LEFT + WIDE,
            y + 4.0
        );
    }
    for t in [5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 1800.0] {
        if t <= horizon {
            let x = place(t, horizon);
            let y = TOP + HIGH + 18.0;
            let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{t} s</text>");
        }
    }
    for (k, line) in lines.iter().enumerate() {
        let colour = COLOURS[k % COLOURS.len()];
        let at: Vec<f64> = (0..=60).map(|i| 5.0 * (horizon / 5.0).powf(f64::from(i) / 60.0)).collect();
        let height = |p: f64| TOP + HIGH * (1.0 - p);
        let ps: Vec<_> = at.iter().map(|t| line.times.p_open(*t)).collect();
        let mut curve = String::new();
        let mut band = String::new();
        for (t, p) in at.iter().zip(&ps) {
            let _ = write!(curve, "{:.1},{:.1} ", place(*t, horizon), height(p.value));
            let _ = write!(band, "{:.1},{:.1} ", place(*t, horizon), height(p.ignorance[1]));
        }
        for (t, p) in at.iter().zip(&ps).rev() {
            let _ = write!(band, "{:.1},{:.1} ", place(*t, horizon), height(p.ignorance[0]));
        }
        let _ = write!(
            svg,
            "<polygon points=\"{band}\" fill=\"{colour}\" opacity=\"0.15\"/>\
             <polyline points=\"{curve}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{LEFT}\" y=\"{:.0}\" fill=\"{colour}\">{}</text>",
            TOP + HIGH + 40.0 + 16.0 * k as f64,
            escape(&line.name)
        );
    }
    svg + "</svg>\n"
}

/// A ranking as bars of P(open in 300 s) with the band of what is not known.
pub fn ranking(rows: &[Ranked]) -> String {
    let high = 60.0 + 22.0 * rows.len() as f64;
    let mut svg = head(
        "P(open in 300 s)",
        "One bar for each cylinder; the thin line is what we do not know (90 %).",
        high,
    );
    for (k, r) in rows.iter().enumerate() {
        let y = 40.0 + 22.0 * k as f64;
        let _ = write!(svg, "<text x=\"8\" y=\"{}\">{}</text>", y + 12.0, escape(&r.id));
        match (r.p_open_300s, r.ignorance) {
            (Some(p), Some(b)) => {
                let _ = write!(
                    svg,
                    "<rect x=\"200\" y=\"{y}\" width=\"{:.1}\" height=\"14\" fill=\"{}\"/>\
                     <line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{ly}\" y2=\"{ly}\" \
                     stroke=\"#888\" stroke-width=\"2\"/>\
                     <text x=\"606\" y=\"{}\">{p:.2}</text>",
                    400.0 * p,
                    COLOURS[0],
                    200.0 + 400.0 * b[0],
                    200.0 + 400.0 * b[1],
                    y + 12.0,
                    ly = y + 7.0,
                );
            }
            _ => {
                let _ = write!(svg, "<text x=\"200\" y=\"{}\">not rated</text>", y + 12.0);
            }
        }
    }
    svg + "</svg>\n"
}

/// Counts as bars on a logarithmic scale, each with its number.
pub fn counts(bars: &[(&str, u128)]) -> String {
    let most = bars.iter().map(|b| (b.1.max(1) as f64).log10()).fold(1.0, f64::max);
    let high = 60.0 + 22.0 * bars.len() as f64;
    let mut svg =
        head("Numbers of key codes", "One bar for each rule, on a logarithmic scale, with the number.", high);
    for (k, (name, n)) in bars.iter().enumerate() {
        let y = 40.0 + 22.0 * k as f64;
        let wide = 340.0 * (n.max(&1).to_owned() as f64).log10() / most;
        let _ = write!(
            svg,
            "<text x=\"8\" y=\"{ty}\">{}</text>\
             <rect x=\"160\" y=\"{y}\" width=\"{wide:.1}\" height=\"14\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{ty}\">{n}</text>",
            escape(name),
            COLOURS[0],
            166.0 + wide,
            ty = y + 12.0,
        );
    }
    svg + "</svg>\n"
}

fn head(title: &str, description: &str, high: f64) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 660 {high:.0}\" role=\"img\" \
         aria-labelledby=\"t d\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\
         <title id=\"t\">{title}</title><desc id=\"d\">{description}</desc>"
    )
}
